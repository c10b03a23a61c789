"""--objective on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from edgeom.cli.main import app

MATRICES = ("--rows", "2", "--cols", "2", "--rank", "1")


def run(*command: object) -> Result:
    return CliRunner().invoke(app, [*map(str, command)])


@pytest.mark.parametrize(("objective", "count"), [("power:4", 62), ("likelihood", 1)])
def test_degree(objective: str, count: int) -> None:
    found = json.loads(run("degree", *MATRICES, "--objective", objective, "--json").output)
    assert found["value"] == count and "objective" in found and "metric" not in found
    output = run("degree", *MATRICES, "--objective", objective, "--certify").output
    assert f"{count} distinct critical points certified" in output and "no more by" in output


def test_points_of_a_formula_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "h.txt"
    path.write_text("x^4 + y^4\n - x*y in x, y\n")
    options = ("--variety", "zeros x^2 + y^2 - 1 in x,y", "--objective", path)
    found = json.loads(run("points", *options, "--json").output)
    assert found["count"] == 8 and found["minima"] == 4
    assert all("value" in point and "squared_distance" not in point for point in found["points"])
    assert "8 critical points of the polynomial function on" in run("points", *options).output


def test_a_formula_with_parameters_is_a_family(tmp_path: Path) -> None:
    path, data = tmp_path / "h.txt", tmp_path / "ab.txt"
    path.write_text("a*x^4 + y^4 + b*x*y in x, y with a, b")
    data.write_text("1 3\n")
    options = ("--variety", "zeros x^2 + y^2 - 1 in x,y", "--objective", path)
    assert json.loads(run("degree", *options, "--json").output)["value"] == 8
    assert json.loads(run("points", *options, "--data", data, "--json").output)["count"] == 8
    run("table", *options, "--samples", 3, "--out", tmp_path / "run")
    out = run("table", *options, "--samples", 3, "--out", tmp_path / "run", "--resume").output
    assert "of the polynomial function on" in out and "3 samples" in out


def test_points_and_table_of_a_likelihood(tmp_path: Path) -> None:
    data = tmp_path / "counts.txt"
    data.write_text("4 2\n3 1\n")
    options = (*MATRICES, "--objective", "likelihood")
    found = json.loads(run("points", *options, "--data", data, "--json").output)
    assert found["count"] == found["minima"] == 1
    out = run("table", *options, "--samples", 4, "--out", tmp_path / "run").output
    assert "of the likelihood on 2×2 matrices of rank ≤ 1: 4 samples" in out


def test_where_an_objective_is_least(tmp_path: Path) -> None:
    data = tmp_path / "q.txt"
    data.write_text("3 0.2\n0.1 1\n")
    options = ("nearest", *MATRICES, "--objective", "power:4", "--data", data)
    found = json.loads(run(*options, "--json").output)
    assert found["value"] == pytest.approx(0.6386021667) and found["complete"]
    assert "least point of the power distance on 2×2 matrices" in run(*options).output
    assert "are for nearest points" in run(*options, "--out", "x.csv").output


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (("degree", *MATRICES, "--objective", "powr:4"), "did you mean 'power:4'"),
        (("degree", *MATRICES, "--objective", "power:4", "--seeds", "2"), "for squared distances"),
        (("points", *MATRICES, "--objective", "power:4"), "--data is missing"),
        (("points", *MATRICES), "--data is missing"),
    ],
)
def test_what_is_refused(command: tuple[str, ...], message: str) -> None:
    result = run(*command)
    assert result.exit_code != 0
    assert message in f"{result.output} {result.exception}"
