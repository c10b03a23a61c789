"""Runs of nearest points in folders: who computes does not matter, and neither does who dies."""

import json
import shutil

import numpy as np
import pytest

import edgeom as eg
from edgeom.tables.store import RunFolder

ACNODE = eg.AlgebraicVariety(["y^2 = x^2*(x - 1)"], "x y")
DATA = np.random.default_rng(0).normal(size=(1150, 2))
DATA[7] = DATA[1100] = [1 / 3, 0]  # special, between the isolated point and the branch
COLUMNS = ("points", "squared_distance", "runner_up", "alone", "data")


def points(folder, data=DATA, **options):
    return eg.nearest_points(ACNODE, data, out=folder, shard_size=300, **options)


def shards(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.parquet"))}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return a finished run; tests must not change it."""
    folder = tmp_path_factory.mktemp("runs") / "whole"
    points(folder, threads=1)
    return folder


def test_a_folder_has_what_memory_has(whole):
    memory, loaded = eg.nearest_points(ACNODE, DATA), eg.NearestPoints.load(whole)
    for name in COLUMNS:
        assert np.array_equal(getattr(memory, name), getattr(loaded, name))
    assert loaded.kind == memory.kind and loaded.reason == memory.reason
    assert str(loaded) == str(memory) == str(eg.load(whole))
    with pytest.raises(eg.InputError, match="holds nearest points, not a table"):
        eg.RealCriticalTable.load(whole)
    with pytest.raises(eg.InputError, match="holds nearest points, not a table"):
        eg.certify_run(whole)


class Killed(Exception):
    pass


def test_a_run_that_was_killed_goes_on_with_the_same_bytes(whole, tmp_path):
    def kill(stage, done, total):
        if done > 700:
            raise Killed

    with pytest.raises(Killed):
        points(tmp_path / "run", progress=kill)
    assert RunFolder(tmp_path / "run").missing() == [2, 3]
    with pytest.raises(eg.IncompleteError, match="2 of 4 shards"):
        eg.NearestPoints.load(tmp_path / "run")
    calls = []
    points(tmp_path / "run", resume=True, progress=lambda *call: calls.append(call))
    assert calls[-1] == ("data points", 1150, 1150) and calls[0][1] == 900
    assert shards(tmp_path / "run") == shards(whole)
    assert (tmp_path / "run" / "manifest.json").read_bytes() == (
        whole / "manifest.json"
    ).read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("options", [{"workers": 2}, {"scheduler": "local", "workers": 1}])
@pytest.mark.filterwarnings("default")
def test_workers_write_the_same_bytes(whole, tmp_path, options):
    points(tmp_path / "run", **options)
    assert shards(tmp_path / "run") == shards(whole)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"data": DATA + 1}, "belongs to another run: .*data"),
        ({"metric": eg.Metric.weights([1, 2])}, "belongs to another run: .*metric"),
        ({"prove": True}, "certify is false there and true here"),
    ],
)
def test_another_run_is_refused(whole, tmp_path, options, words):
    shutil.copytree(whole, tmp_path / "run")
    with pytest.raises(eg.InputError, match=words):
        points(tmp_path / "run", resume=True, **options)


def test_a_lost_manifest_is_rebuilt(whole, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(whole, run)
    (run / "manifest.json").unlink()
    assert eg.repair_run(run).finished
    assert json.loads((run / "manifest.json").read_text())["format"] == "edgeom nearest run 1"
    assert len(eg.NearestPoints.load(run)) == 1150


def test_metrics_of_their_own_and_proofs_are_kept(tmp_path):
    ellipse = eg.AlgebraicVariety(["x^2 + 4*y^2 = 4"], "x y")
    weights = np.random.default_rng(1).uniform(1, 2, size=(40, 2))
    options = {"out": tmp_path / "run", "prove": True}
    found = eg.nearest_points(ellipse, DATA[10:50], weights, **options)
    assert np.array_equal(found.metrics, weights) and found.proved.all()
    memory = eg.nearest_points(ellipse, DATA[10:50], weights)
    assert np.array_equal(found.points, memory.points)
    found.save(tmp_path / "points.json")
    again = eg.load(tmp_path / "points.json")
    assert np.array_equal(again.metrics, weights) and again.metric is None
    assert np.array_equal(again.proved, found.proved)


def test_domains_are_kept(tmp_path):
    parabola, domain = eg.ParametrizedVariety(["t", "t^2"], "t"), {"t": (0, None)}
    found = eg.nearest_points(parabola, DATA[:20], domain=domain, out=tmp_path / "run")
    assert found.domain == {"t": [0, None]} and "boundary point" in found.kind
    found.save(tmp_path / "points.json")
    assert eg.load(tmp_path / "points.json").domain == found.domain
    with pytest.raises(eg.InputError, match="domain"):
        eg.nearest_points(parabola, DATA[:20], out=tmp_path / "run", resume=True)


def test_what_needs_a_folder(tmp_path):
    with pytest.raises(eg.InputError, match="resume needs the folder"):
        eg.nearest_points(ACNODE, DATA, resume=True)
    with pytest.raises(eg.InputError, match="no data points"):
        points(tmp_path / "run", data=np.zeros((0, 2)))


def test_parameters_of_maps(tmp_path):
    """Each row has the t that the map takes to its point, as single nearest points have it."""
    cubic = eg.ParametrizedVariety(["t^2", "t^3 - t"], "t")
    found = eg.nearest_points(cubic, DATA[:30], out=tmp_path / "run")
    t = found.parameters[:, 0]
    known = ~np.isnan(t)
    assert known.sum() > 20
    np.testing.assert_allclose(np.array([t**2, t**3 - t]).T[known], found.points[known], atol=1e-9)
    alone = eg.NearestProblem(cubic).at(DATA[3], prove=False)
    np.testing.assert_allclose(found.parameters[3], alone.parameters[0], atol=1e-9)
    assert np.array_equal(found.columns()["t1"], t, equal_nan=True)
    found.save(tmp_path / "points.json")
    for again in (eg.load(tmp_path / "points.json"), eg.NearestPoints.load(tmp_path / "run")):
        assert np.array_equal(again.parameters, found.parameters, equal_nan=True)


def test_parameters_at_ends_of_a_domain():
    line = eg.ParametrizedVariety(["t", "2*t"], "t")
    found = eg.nearest_points(line, [[-3, 0], [0.2, 0.5], [9, 9]], domain={"t": (0, 1)})
    np.testing.assert_allclose(found.parameters[:, 0], [0, 0.24, 1], atol=1e-12)


def test_no_parameters_without_a_map(whole):
    found = eg.NearestPoints.load(whole)
    assert found.parameters is None and "t1" not in found.columns()
