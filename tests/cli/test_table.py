"""``edgeom table``: what it prints, what it writes, and one clear line for every error."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from rich.progress import Progress
from typer.testing import CliRunner

import edgeom as eg
from edgeom.cli.main import app
from edgeom.cli.output import _rate

MATRICES = "table --rows 2 --cols 2 --rank 1 --samples 300"
CONIC = "table --equations x^2+4*y^2-4 --vars x,y"


def run(command: str, *more: object):
    return CliRunner().invoke(app, [*command.split(), *map(str, more)])


def answer(command: str, *more: object) -> dict[str, object]:
    result = run(f"{command} --json", *more)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_prints_and_writes_the_table(tmp_path: Path) -> None:
    out = tmp_path / "run"
    result = run(MATRICES, "--out", out)
    assert result.exit_code == 0, result.output
    expected = eg.real_critical_table(eg.DeterminantalVariety(2, 2, rank=1), 300)
    assert result.stdout.startswith(str(expected))
    assert sorted(path.name for path in out.iterdir()) == [
        *["manifest.json", "shard-00000.parquet", "table.md", "table.tex"]
    ]
    assert expected.to_markdown() in (out / "table.md").read_text(encoding="utf-8")
    assert expected.to_latex() in (out / "table.tex").read_text(encoding="utf-8")
    assert str(eg.RealCriticalTable.load(out)) == str(expected)


def test_no_picture_without_matplotlib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgeom.cli.pictures.find_spec", lambda name: None)
    refused = run(MATRICES, "--heat-map", "--out", tmp_path / "run")
    assert refused.exit_code == 1 and "pictures need matplotlib" in refused.stderr
    assert not (tmp_path / "run").exists()


def test_json(tmp_path: Path) -> None:
    found = answer(MATRICES, "--seed", 3, "--out", tmp_path / "run")
    assert found["variety"] == "2×2 matrices of rank ≤ 1" and found["seed"] == 3
    assert (found["degree"], found["samples"]) == (6, 300)
    counts = np.array(found["counts"])
    assert counts.shape == (len(found["minima"]), len(found["real"])) and counts.sum() == 300
    assert found["undecided"] == found["incomplete"] == 0


def test_resume(tmp_path: Path) -> None:
    first = answer(MATRICES, "--out", tmp_path)
    assert "holds a run already" in run(MATRICES, "--out", tmp_path).stderr
    (tmp_path / "shard-00000.parquet").unlink()
    assert answer(MATRICES, "--resume", "--workers", 1, "--out", tmp_path) == first
    other = run(MATRICES, "--resume", "--seed", 1, "--out", tmp_path)
    assert other.exit_code == 2 and "seed is 0 there and 1 here" in other.stderr


@pytest.mark.parametrize(
    ("metric", "law"),
    [
        ("fresh", "a new map f"),
        ("weights", "new entrywise weights"),
        ("fixed", "fixed metric (random, seed 5)"),
        ("weights.txt", "fixed metric (entrywise weights from weights.txt)"),
        ("matrix.npy", "fixed metric (metric matrix from matrix.npy)"),
    ],
)
def test_metrics(metric: str, law: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("weights.txt").write_text("1 2\n3 4\n")
    np.save("matrix.npy", eg.Metric.random(4, 1).matrix)
    found = answer(MATRICES, "--metric", metric, "--seed", 5, "--out", "run")
    assert law in str(found["law"])


@pytest.mark.parametrize(
    ("text", "samples"),
    [("0.5 1\n", 2000), ("0.5 1\n1 2\n-1 3\n", 3)],
    ids=["one for all", "one in each line"],
)
def test_data(text: str, samples: int, tmp_path: Path) -> None:
    (tmp_path / "q.txt").write_text(text)
    found = answer(CONIC, "--data", tmp_path / "q.txt", "--out", tmp_path / "run")
    assert found["samples"] == samples and "given data" in str(found["law"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--samples 0", "samples must be at least 1"),
        ("--metric stale", "--metric must be fresh, weights, fixed or a file, got 'stale'"),
        ("--metric nan.txt", "NaN"),
        ("--metric negative.txt", "positive semidefinite"),
        ("--metric row.txt", "--metric: row.txt has shape (1, 3)"),
        ("--data nan.txt", "data must have finite entries"),
        ("--data row.txt", "--data: row.txt has shape (1, 3)"),
        ("--data nowhere.txt", "cannot read nowhere.txt"),
        ("--workers 0", "workers must be between 1 and"),
        ("--workers 2 --scheduler tcp://127.0.0.1:1", "has its own workers"),
        ("--scheduler nonsense://x", "no dask scheduler answers at nonsense://x"),
        ("--out nan.txt/run", "not a writable folder"),
        ("--out nan.txt", "is not a folder"),
    ],
)
def test_wrong_input_is_one_line_and_leaves_nothing(
    options: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    texts = {"nan.txt": "1 nan\n3 4\n", "negative.txt": "1 2\n3 -4\n", "row.txt": "1 2 3\n"}
    for name, text in texts.items():
        Path(name).write_text(text)
    result = run(f"{MATRICES} --out run {options}")
    assert result.exit_code == 2
    assert message in result.stderr and result.stderr.count("\n") == 1 and not result.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(texts)


def test_rate_is_steps_in_a_second() -> None:
    now = iter(range(100))
    bar = Progress(get_time=lambda: float(next(now)))
    name = bar.add_task("samples", total=5000)
    assert _rate().render(bar.tasks[0]).plain == ""
    for done in (500, 1000, 1500):
        bar.update(name, completed=done)
    assert _rate().render(bar.tasks[0]).plain in ("250/s", "500/s")


def test_library_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    result = run(MATRICES, "--out", tmp_path / "run")
    assert result.exit_code == 1 and "edgeom[tables]" in result.stderr
