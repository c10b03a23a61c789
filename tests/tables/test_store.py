"""Run folders: what is in them, and what happens when something is missing, foreign or damaged."""

import json
from pathlib import Path

import numpy as np
import pandas
import pytest
from pyarrow import parquet

import edgeom as eg
from edgeom.files import write_file
from edgeom.tables.samples import SampleBlock
from edgeom.tables.shards import COLUMNS
from edgeom.tables.store import RunFolder
from edgeom.varieties.fields import to_fields

ELLIPSE = eg.AlgebraicVariety(["x^2 + 4*y^2 - 4"], "x, y")
METRIC = eg.Metric([[1, 0.1], [0.1, 3]])
FIELDS = list(SampleBlock.__dataclass_fields__)


def shards(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.parquet"))}


def table(out: Path, **options: object) -> eg.RealCriticalTable:
    options = {"samples": 250, "metric": METRIC, "shard_size": 100, **options}
    return eg.real_critical_table(ELLIPSE, out=out, **options)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a finished run; tests must not change it."""
    folder = tmp_path_factory.mktemp("runs") / "whole"
    table(folder)
    return folder


@pytest.fixture
def run(whole: Path, tmp_path: Path) -> Path:
    """Return a copy of a finished run, with a table next to it."""
    for path in whole.iterdir():
        (tmp_path / "run").mkdir(exist_ok=True)
        (tmp_path / "run" / path.name).write_bytes(path.read_bytes())
    return tmp_path / "run"


def test_table_is_that_of_the_samples_in_memory(whole: Path) -> None:
    memory = eg.real_critical_table(ELLIPSE, samples=250, metric=METRIC)
    loaded = eg.RealCriticalTable.load(whole)
    assert str(loaded) == str(memory) and "fixed metric" in loaded.law
    assert np.array_equal(loaded.counts, memory.counts)
    assert (len(loaded), loaded.undecided, loaded.incomplete) == (250, 0, 0)
    assert loaded.interval(10) == memory.interval(10)
    for name in FIELDS:
        one, other = getattr(loaded.samples, name), getattr(memory.samples, name)
        assert np.array_equal(one, other) and one.dtype == other.dtype
    assert np.array_equal(loaded.decided, memory.decided)
    with pytest.raises(AttributeError, match="'maxima'"):
        _ = loaded.samples.maxima


def test_manifest_says_what_was_computed(whole: Path) -> None:
    manifest = json.loads((whole / "manifest.json").read_text(encoding="utf-8"))
    run = manifest["run"]
    assert manifest["variety"] == str(ELLIPSE) and run["variety"] == to_fields(ELLIPSE)
    assert np.array_equal(run["metric"]["matrix"], METRIC.matrix)
    assert (run["seed"], run["samples"], run["shard_size"]) == (0, 250, 100)
    assert (manifest["degree"], run["data"]) == (4, "normal")
    assert set(run["versions"]) == {"edgeom", "numpy", "llvmlite", "pyarrow"}
    assert list(manifest["shards"]) == list(shards(whole)) and len(manifest["shards"]) == 3
    assert list(manifest["columns"]) == FIELDS == list(COLUMNS)


def test_samples_can_be_read_without_edgeom(whole: Path) -> None:
    frame = pandas.read_parquet(sorted(whole.glob("shard-*.parquet")))
    assert np.array_equal(frame["sample"], np.arange(250))
    assert (frame["real"] == frame.filter(like="index_").sum(axis=1)).all()
    assert frame.groupby(["minima", "real"]).size().sum() == 250


def test_shards_carry_the_digest(whole: Path) -> None:
    manifest = json.loads((whole / "manifest.json").read_text(encoding="utf-8"))
    metadata = parquet.read_metadata(whole / "shard-00001.parquet").metadata
    assert metadata[b"edgeom.run"].decode() == manifest["digest"]
    assert metadata[b"edgeom.shard"] == b"1"


def test_finished_run_is_resumed_without_work(run: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in run.iterdir()}
    calls: list[object] = []
    found = table(run, resume=True, progress=lambda *call: calls.append(call))
    assert len(found) == 250 and not calls
    assert {path.name: path.stat().st_mtime_ns for path in run.iterdir()} == before


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-10])


@pytest.mark.parametrize("damage", [flip, truncate, Path.unlink], ids=["flip", "cut", "gone"])
def test_damaged_shard_is_computed_again(damage, run: Path, whole: Path) -> None:
    damage(run / "shard-00001.parquet")
    assert RunFolder(run).missing() == [1]
    with pytest.raises(eg.IncompleteError, match=r"2 of 3 shards, shard-00001.parquet"):
        eg.RealCriticalTable.load(run)
    calls: list[tuple[str, int, int | None]] = []
    table(run, resume=True, progress=lambda *call: calls.append(call))
    assert calls == [("samples", 250, 250)]
    assert shards(run) == shards(whole)
    assert (run / "manifest.json").read_bytes() == (whole / "manifest.json").read_bytes()


def test_empty_folder_and_unfinished_files_are_no_obstacle(tmp_path: Path, whole: Path) -> None:
    (tmp_path / ".manifest.json.part").write_text("{")
    table(tmp_path, resume=True)
    assert shards(tmp_path) == shards(whole)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seed": 1}, "seed is 0 there and 1 here$"),
        ({"samples": 300, "shard_size": 50}, "samples is 250 .*; shard_size is 100 there and 50"),
        ({"metric": "fresh"}, 'metric is .* there and "fresh" here|another metric'),
        ({"metric": eg.Metric([[1, 0.1], [0.1, 3.0000000000000004]])}, "metric.matrix is"),
        ({"data": np.ones((250, 2))}, "data is|another data"),
    ],
    ids=["seed", "samples", "law", "matrix", "data"],
)
def test_folder_of_another_run_is_refused(
    options: dict[str, object], message: str, run: Path, whole: Path
) -> None:
    with pytest.raises(eg.InputError, match=f"belongs to another run: .*({message})"):
        table(run, resume=True, **options)
    assert shards(run) == shards(whole)


def test_other_versions_are_another_run(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgeom.tables.workers.version", lambda name: "0")
    with pytest.raises(eg.InputError, match=r'versions.numpy is ".*" there and "0" here'):
        table(run, resume=True)


def test_edited_manifest_is_noticed(run: Path) -> None:
    path = run / "manifest.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"seed": 0', '"seed": 1'), "utf-8")
    with pytest.raises(eg.InputError, match="was changed"):
        table(run, resume=True, seed=1)


def test_existing_folders_are_refused(run: Path, tmp_path: Path) -> None:
    with pytest.raises(eg.InputError, match="holds a run already"):
        table(run)
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "mine.txt").touch()
    for resume in (False, True):
        with pytest.raises(eg.InputError, match="is not empty and holds no run"):
            table(tmp_path / "letters", resume=resume)
    with pytest.raises(eg.InputError, match="is not a folder"):
        table(tmp_path / "letters" / "mine.txt")


def test_unwritable_folders_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(eg.InputError, match="not a writable folder"):
        table(tmp_path / "file" / "run")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("text", ["", "[]", '{"format": "edgeom run 1"}'])
def test_foreign_manifests_are_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(eg.InputError, match=r"manifest\.json (cannot be read|has the format)"):
        eg.RealCriticalTable.load(tmp_path)
    with pytest.raises(eg.InputError, match="holds no run"):
        eg.RealCriticalTable.load(tmp_path / "nowhere")


def test_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "table.md"
    write_file(path, b"old")
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(eg.EdgeomError, match=r"the disk is full, 3 bytes are needed and .* free"):
        write_file(path, b"new")
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"samples": 0}, "samples must be at least 1"),
        ({"shard_size": 0}, "shard_size must be"),
        ({"data": [np.nan, 1]}, "data must have finite entries"),
        ({"data": [[0, 1], [np.inf, 1]], "samples": None}, r"data\[1\] must have finite entries"),
        ({"data": [[0, 1], [2, 1]]}, "samples must be 2, the number of data points, got 250"),
        ({"data": [1, 2, 3]}, r"data must have shape \(2,\) or \(samples, 2\), got \(3,\)"),
        ({"data": [1j, 1]}, "data must be real"),
        ({"metric": eg.Metric([[1, 2], [2, 1]], indefinite=True)}, "positive definite"),
        ({"metric": "stale"}, "fresh, weights, got 'stale'"),
    ],
)
def test_wrong_input_leaves_nothing(
    options: dict[str, object], message: str, tmp_path: Path
) -> None:
    with pytest.raises(eg.InputError, match=message):
        table(tmp_path / "run", **options)
    assert not list(tmp_path.iterdir())


def test_given_data_are_kept(tmp_path: Path) -> None:
    points = np.random.default_rng(3).normal(size=(30, 2))
    found = table(tmp_path / "run", data=points, samples=None)
    assert np.array_equal(np.load(tmp_path / "run" / "data.npy"), points)
    assert "given data" in found.caption and len(found) == 30
    for i in range(5):
        problem = eg.DistanceProblem(ELLIPSE, METRIC, data=points[i])
        assert found.samples.real[i] == len(problem.critical_points().real)
    one = eg.real_critical_table(ELLIPSE, samples=30, metric="fresh", data=points[0])
    other = eg.real_critical_table(ELLIPSE, metric="fresh", data=np.tile(points[0], (30, 1)))
    assert np.array_equal(one.samples.nearest, other.samples.nearest)
    assert len(set(one.samples.nearest.tolist())) == 30
