"""Tables with proofs, and certificates of finished runs."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import edgeom as eg
from edgeom.cli.main import app
from edgeom.plain import digest
from edgeom.tables.engine import SampleEngine
from edgeom.tables.store import RunFolder

MATRICES = eg.DeterminantalVariety(3, 3, rank=1)
SMALL = eg.DeterminantalVariety(2, 2, rank=1)
CIRCLE = eg.AlgebraicVariety(["x^2 + y^2 - 1"], "x, y")
ROUNDED = eg.AlgebraicVariety(["sqrt(2)*x^2 + y^2 - 1"], "x, y")
LARGE = [eg.DeterminantalVariety(3, 3, rank=2), eg.SymmetricDeterminantalVariety(3, rank=2)]
VARIETIES = [
    SMALL,
    *LARGE,
    eg.SegreVariety([2, 2, 2]),
    eg.VeroneseVariety(2, 3),
    eg.VeroneseVariety(2, 4),
    eg.AlgebraicVariety(["x^2 + 4*y^2 - 4"], "x, y"),
]


@pytest.mark.parametrize(
    ("variety", "law"),
    [
        pytest.param(
            variety, law, marks=[pytest.mark.slow] * (variety in LARGE or law == "weights")
        )
        for variety in VARIETIES
        for law in ("fixed", "fresh", "weights")
    ],
    ids=str,
)
def test_proofs_agree_with_the_plain_answer(variety, law) -> None:
    metric = eg.Metric.random(variety.ambient_dimension, 1) if law == "fixed" else law
    plain = SampleEngine(variety, metric, seed=2).block(0, 60)
    proved = SampleEngine(variety, metric, seed=2, certify=True).block(0, 60)
    assert proved.proved.all() and not proved.undecided.any()
    for name in ("real", "minima", "by_index"):
        assert np.array_equal(getattr(plain, name), getattr(proved, name))
    assert not plain.proved.any() and not plain.certified.any()


def test_without_a_bound_nothing_is_proved() -> None:
    metric = CIRCLE.default_metric
    block = SampleEngine(CIRCLE, metric, certify=True).block(0, 20)
    assert (block.certified == 2).all() and not block.proved.any()
    table = eg.real_critical_table(CIRCLE, samples=20, metric=metric, certify=True)
    assert "0 samples proved" in table.caption


def test_the_table_says_what_is_proved() -> None:
    table = eg.real_critical_table(MATRICES, samples=200, certify=True, seed=3)
    assert table.proved == len(table) == 200
    reason = "39 = generic ED degree (determinantal formula)"
    assert f"200 samples proved ({reason})" in table.caption
    assert "proved" not in eg.real_critical_table(SMALL, samples=5).caption


@pytest.mark.slow
def test_every_one_of_78000_points_is_proved() -> None:
    for metric in (eg.Metric.random(9, 0), "fresh"):
        table = eg.real_critical_table(MATRICES, samples=2000, metric=metric, certify=True)
        assert table.proved == 2000 and not table.undecided and not table.incomplete
        assert (table.samples.certified == 39).all()


def test_a_variety_without_proofs() -> None:
    with pytest.raises(eg.InputError, match="not rational"):
        eg.real_critical_table(ROUNDED, samples=5, certify=True)


def test_a_run_of_a_variety_without_proofs(tmp_path: Path) -> None:
    eg.real_critical_table(ROUNDED, samples=5, out=tmp_path / "run")
    with pytest.raises(eg.InputError, match="not rational"):
        eg.certify_run(tmp_path / "run")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    eg.real_critical_table(SMALL, samples=250, out=folder, shard_size=100, seed=1)
    return folder


def test_a_run_is_certified_shard_by_shard(run: Path) -> None:
    calls: list[int] = []
    found = eg.certify_run(run, progress=lambda stage, done, total: calls.append(done))
    assert (found.samples, found.proved, found.open, found.different) == (250, 250, [], [])
    assert "6 = generic ED degree" in found.proof and calls[-1] == 250
    # what is done is not done again; a shard that is taken away from the certificate is
    calls.clear()
    assert eg.certify_run(run, progress=lambda *args: calls.append(1)) == found and not calls
    account = json.loads((run / "certificate.json").read_text())
    del account["shards"]["1"]
    del account["digest"]
    account["digest"] = digest(account)
    (run / "certificate.json").write_text(json.dumps(account))
    again = eg.certify_run(run, progress=lambda stage, done, total: calls.append(done))
    assert again == found and calls == [250]


def test_the_table_of_a_certified_run_says_so(run: Path) -> None:
    before, certificate = eg.load(run), run / "certificate.json"
    assert before.proved == 0 and before.proof is None
    before.save(run.parent / "before.json")
    reason = eg.certify_run(run).proof
    kept = eg.load(run.parent / "before.json")  # it leads to the folder, which is certified now
    assert kept.proved == 250 and kept.proof == reason
    assert (kept.problem(7).data == before.problem(7).data).all()
    kept.save(run.parent / "after.json")
    assert eg.load(run.parent / "after.json").caption == kept.caption
    table = eg.load(run)
    assert table.proved == 250 and table.samples.proved.all() and table.proof == reason
    assert f"250 samples proved ({reason})" in table.caption
    more = eg.real_critical_table(SMALL, samples=10, first=250, seed=1)
    assert (more + table).proved == (table + more).proved == 250
    assert (more + table).proof == reason and len(more + table) == 260
    with pytest.raises(eg.InputError, match=r"file of a run folder.* give the folder, .*run$"):
        eg.load(certificate)
    certificate.write_text(certificate.read_text().replace('"proved"', '"Proved"'))
    with pytest.raises(eg.InputError, match=r"certificate\.json.*; delete it"):
        eg.load(run)
    certificate.unlink()
    with pytest.raises(eg.InputError, match=r"after\.json: proof must be None"):
        eg.load(run.parent / "after.json")


def test_a_shard_that_was_changed_is_not_proved_in_the_table(run: Path) -> None:
    eg.certify_run(run)
    stored = RunFolder(run)
    stored.write(1, SampleEngine(SMALL, "weights", seed=1).block(100, 100))
    assert eg.load(run).proved == 150
    assert not eg.load(run).samples.proved[100:200].any()


def test_wrong_counts_are_found(run: Path) -> None:
    stored = RunFolder(run)
    block = SampleEngine(SMALL, "fresh", seed=1).block(100, 100)
    block.minima[7] += 1
    stored.write(1, block)
    found = eg.certify_run(run)
    assert found.different == [107] and found.proved == 249
    assert np.flatnonzero(~eg.load(run).samples.proved).tolist() == [107]
    assert "1 stored otherwise: 107" in str(found)
    result = CliRunner().invoke(app, ["certify", str(run)])
    assert result.exit_code == 1 and "249 of 250 samples proved as stored" in result.output


def test_runs_with_given_data_and_metric(tmp_path: Path) -> None:
    data = np.random.default_rng(0).normal(size=(30, 2, 2))
    metric = eg.Metric.random(4, 2)
    eg.real_critical_table(SMALL, data=data, metric=metric, out=tmp_path / "a", certify=True)
    assert eg.certify_run(tmp_path / "a").proved == 30
    manifest = json.loads((tmp_path / "a" / "manifest.json").read_text())
    assert manifest["proof"].startswith("6 =") and manifest["run"]["certify"] is True


def test_certificate_of_another_run(run: Path, tmp_path: Path) -> None:
    eg.real_critical_table(SMALL, samples=10, out=tmp_path / "other", seed=2)
    eg.certify_run(run)
    (tmp_path / "other" / "certificate.json").write_bytes((run / "certificate.json").read_bytes())
    with pytest.raises(eg.InputError, match="belongs to another run"):
        eg.certify_run(tmp_path / "other")
    (run / "certificate.json").write_text("{")
    with pytest.raises(eg.InputError, match=r"cannot be read: .*; delete it"):
        eg.certify_run(run)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.update(format="edgeom certificate 1"), "has the format"),
        (lambda c: c.update(proof=1), "proof must be a text, got 1"),
        (lambda c: c.pop("proof"), "has no field proof"),
        (lambda c: c.update(shards=[]), "shards must be an object"),
        (lambda c: c["shards"].update({"7": c["shards"]["0"]}), "'7', which is no shard"),
        (lambda c: c["shards"].update({"../0": {}}), "'../0', which is no shard"),
        (lambda c: c["shards"]["0"].update(proved=101), "shards.0.proved must be 100"),
        (lambda c: c["shards"]["0"].update(proved=True), "proved must be an integer, got True"),
        (lambda c: c["shards"]["0"].update(open=[100]), "not those of the shard"),
        (lambda c: c["shards"]["0"].update(open=[3, 3]), "not those of the shard"),
        (lambda c: c["shards"]["0"].update(open=["3"]), "open must be a list of integers"),
    ],
)
def test_a_changed_certificate_is_refused(change, message: str, run: Path) -> None:
    eg.certify_run(run)
    path = run / "certificate.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content))
    with pytest.raises(eg.InputError, match=rf"certificate\.json.*{message}.*; delete it"):
        eg.certify_run(run)


def test_no_run_and_unfinished_runs(run: Path, tmp_path: Path) -> None:
    with pytest.raises(eg.InputError, match="holds no run"):
        eg.certify_run(tmp_path)
    (run / "shard-00002.parquet").unlink()
    with pytest.raises(eg.IncompleteError, match="missing or damaged"):
        eg.certify_run(run)
    with pytest.raises(eg.InputError, match="did you mean"):
        eg.certify_run(run, worker=2)  # type: ignore[call-arg]


def test_workers_prove_the_same(run: Path) -> None:
    assert eg.certify_run(run, workers=2).proved == 250


def test_command_line(tmp_path: Path) -> None:
    run = CliRunner().invoke
    matrices = ["--rows", "2", "--cols", "2", "--rank", "1", "--samples", "50"]
    out = ["--out", str(tmp_path / "run")]
    assert "50 samples proved" in run(app, ["table", *matrices, *out, "--certify"]).output
    result = run(app, ["certify", str(tmp_path / "run"), "--json"])
    assert json.loads(result.output)["proved"] == 50 and result.exit_code == 0
    assert run(app, ["certify", str(tmp_path / "none")]).exit_code == 2


def test_a_refused_run_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(eg.InputError, match="not rational"):
        eg.real_critical_table(ROUNDED, samples=5, certify=True, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_table_without_a_decided_sample_prints() -> None:
    ellipse = eg.AlgebraicVariety(["x^2 + 4*y^2 - 4"], "x y")
    end_of_the_evolute = [1.5, 0]
    table = eg.real_critical_table(
        ellipse, samples=3, metric=ellipse.default_metric, data=end_of_the_evolute
    )
    assert "3 incomplete" in str(table) and table.counts.shape == (0, 0)
    assert table.to_markdown() and table.to_latex()


def test_a_changed_manifest_is_refused_everywhere(run: Path) -> None:
    manifest = json.loads((run / "manifest.json").read_text())
    manifest["run"]["seed"] = 6
    (run / "manifest.json").write_text(json.dumps(manifest))
    for use in (eg.certify_run, eg.RealCriticalTable.load):
        with pytest.raises(eg.InputError, match="was changed"):
            use(run)
