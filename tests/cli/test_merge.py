"""``edgeom table --part`` and ``edgeom merge``: runs as job arrays compute them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from edgeom.cli.main import app
from edgeom.cli.output import Log

ELLIPSE = ["--equations", "x^2+4*y^2-4", "--variables", "x,y"]


def run(*words: object):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_parts_are_merged(tmp_path: Path) -> None:
    for part in (1, 2, 3):
        options = ["--samples", 50, "--part", f"{part}/3", "--law", "my law"]
        found = run("table", *ELLIPSE, *options, "--out", tmp_path / str(part))
        assert found.exit_code == 0, found.output
    parts = [tmp_path / part for part in "231"]
    options = ["--percent", "--interval", "--caption", "Mine", "--json"]
    options += ["--heat-map", "--histogram", "minima"]
    found = run("merge", *parts, "--out", tmp_path / "whole", *options)
    assert found.exit_code == 0 and json.loads(found.stdout)["samples"] == 50
    assert json.loads(found.stdout)["law"] == "my law"
    names = {path.name for path in (tmp_path / "whole").iterdir()}
    assert {"table.md", "table.tex", "heat-map.png", "histogram.png", "manifest.json"} <= names
    latex = (tmp_path / "whole" / "table.tex").read_text()
    assert r"100.0\%" in latex and r"\caption{Mine}" in latex


def test_a_run_is_extended(tmp_path: Path) -> None:
    head = ["table", *ELLIPSE, "--seed", 3]
    assert run(*head, "--samples", 20, "--out", tmp_path / "run").exit_code == 0
    found = run(*head, "--samples", 30, "--out", tmp_path / "run", "--resume")
    assert found.exit_code == 2 and "--first 20" in " ".join(found.stderr.split())
    for part in (1, 2):
        options = ["--samples", 10, "--first", 20, "--part", f"{part}/2"]
        assert run(*head, *options, "--out", tmp_path / f"more-{part}").exit_code == 0
    folders = [tmp_path / name for name in ("run", "more-1", "more-2")]
    for folder in folders:
        assert run("certify", folder).exit_code == 0
    found = run("merge", *folders, "--out", tmp_path / "whole")
    assert found.exit_code == 0 and "certificate.json" in found.stdout
    assert "30 samples proved" in (tmp_path / "whole" / "table.tex").read_text()
    assert run(*head, "--samples", 30, "--out", tmp_path / "one").exit_code == 0
    shard = "shard-00000.parquet"
    assert (tmp_path / "one" / shard).read_bytes() == (tmp_path / "whole" / shard).read_bytes()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--part", "4/3"], "part must be between 1 and the number of parts = 3, got 4"),
        (["--part", "three"], "--part must be a part of all, such as 3/40"),
        (["--part", "1/51"], "number of samples = 50, got 51"),
        (["--histogram", "maxima"], "--histogram must be one of real, minima"),
    ],
)
def test_what_is_refused(options: list[str], message: str, tmp_path: Path) -> None:
    found = run("table", *ELLIPSE, "--samples", 50, "--out", tmp_path / "run", *options)
    assert found.exit_code == 2 and message in found.stderr
    assert not (tmp_path / "run").exists()


def told(seconds: list[float], done: list[int], total: int) -> list[str]:
    lines: list[str] = []
    clock = iter([0.0, *seconds])
    log = Log(say=lines.append, clock=lambda: next(clock))
    for count in done:
        log("samples", count, total)
    return lines


def test_a_long_run_without_a_terminal_tells_each_minute() -> None:
    seconds, done = [4.0 + k for k in range(200)], [100 * (k + 1) for k in range(200)]
    lines = told(seconds, done, 1_000_000)
    assert len(lines) == 4 and lines[0] == "200 of 1 000 000 samples, 100/s, about 2.78 h left"


def test_a_short_run_tells_nothing() -> None:
    assert told([1.0 + k for k in range(30)], [100 * (k + 1) for k in range(30)], 3000) == []
