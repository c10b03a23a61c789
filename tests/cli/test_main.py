"""The command line: numbers, JSON, exit status, and one clear line for every error."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from edgeom.cli.main import JOBS, app, command_of
from edgeom.errors import IncompleteError
from edgeom.solvers.phcpack import Phcpack
from edgeom.varieties.determinantal import DeterminantalVariety
from edgeom.verification import COLUMNS, Case, verify

MATRICES = "degree --rows 3 --cols 3 --rank 1"
CIRCLE = "degree --equations x^2+y^2-1 --vars x,y"
EDGEOM = [sys.executable, "-c", "from edgeom.cli.main import main; main()"]


def run(command, *more):
    return CliRunner().invoke(app, [*command.split(), *map(str, more)])


def answer(command, *more):
    """Return the JSON object that a command prints."""
    result = run(f"{command} --json", *more)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def file(tmp_path):
    def write(text, name="W.txt") -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


@pytest.mark.parametrize(
    ("command", "value"),
    [
        (MATRICES, 3),
        (f"{MATRICES} --generic", 39),
        (f"{MATRICES} --generic --method formula", 39),
        (f"{MATRICES} --generic --method monodromy --seed 3", 39),
        ("degree --symmetric --rows 3 --rank 1", 3),
        ("degree --symmetric --rows 3 --cols 3 --rank 1 --generic", 13),
        ("degree --dims 2,2,2 --generic", 34),
        ("degree --equations x^2+4*y^2-4 --vars x,y", 4),
        (f"{CIRCLE} --generic", 4),
        ("degree --equations x^2+y^2+z^2-1 --equations x-z --vars x,y,z", 2),
        ("degree --equations x^2+y^2+z^2-1;x-z --vars x,y,z", 2),
        ("degree --equations (x^2+y^2-1)*(x-2) --vars x,y", 3),
        ("degree --equations (x^2+y^2-1)*(x-2) --vars x,y --seeds 5", 3),
    ],
)
def test_degree(command: str, value: int) -> None:
    assert answer(command)["value"] == value


def test_degree_comes_with_its_evidence() -> None:
    found = answer(f"{MATRICES} --generic --method monodromy --seed 7")
    assert found["variety"] == "3×3 matrices of rank ≤ 1" and found["metric"] == "generic"
    assert found["method"] == "monodromy" and found["seed"] == 7
    assert found["checks"] and found["paths"]["started"] > 39 and found["residual"] < 1e-10


def test_summary_for_people() -> None:
    first, *rest = run(f"{MATRICES} --generic").stdout.splitlines()
    assert first == "39 critical points on 3×3 matrices of rank ≤ 1"
    assert [line.split()[0] for line in rest] == [
        *["variety", "metric", "method", "check", "check", "paths", "residual", "seed"]
    ]


def test_entrywise_weights(file) -> None:
    weights = file("3 7 4\n3, 7, 3\n4 6 5\n")
    found = answer(MATRICES, "--weights", weights)
    assert found["value"] == 35
    assert found["metric"] == "entrywise weights from W.txt"


def test_weights_of_symmetric_matrices_count_both_sides(file) -> None:
    ones = file("1 1\n1 1\n")
    assert answer("degree --symmetric --rows 2 --rank 1", "--weights", ones)["value"] == 2
    matrix = file("1 0 0\n0 1 0\n0 0 1\n", "S.txt")
    assert answer("degree --symmetric --rows 2 --rank 1", "--weights", matrix)["value"] == 4


@pytest.mark.parametrize("text", ["1 4", "1\n4", "1, 4"])
def test_weights_of_a_vector_in_a_line_or_a_column(file, text: str) -> None:
    assert answer(CIRCLE, "--weights", file(text))["value"] == 4


def test_metric_matrix_in_a_binary_file(tmp_path) -> None:
    np.save(tmp_path / "S.npy", [[2.0, 1.0], [1.0, 3.0]])
    found = answer(CIRCLE, "--weights", tmp_path / "S.npy")
    assert found["value"] == 4
    assert found["metric"] == "metric matrix from S.npy"


def test_indefinite_metric(file) -> None:
    weights = file("1 -4")
    assert "positive semidefinite" in run(CIRCLE, "--weights", weights).stderr
    assert answer(f"{CIRCLE} --indefinite", "--weights", weights)["value"] == 4


def test_points(file) -> None:
    command = "points --rows 2 --cols 2 --rank 1"
    data = file("3 0\n0 1\n")
    found = answer(command, "--data", data)
    assert (found["count"], found["expected"], found["real"], found["minima"]) == (2, 2, 2, 1)
    assert np.allclose(found["points"][0]["point"], [[3, 0], [0, 0]])
    assert found["evidence"]["seed"] == 0
    generic = answer(f"{command} --generic --seed 2", "--data", data)
    assert generic["count"] == 6
    last = generic["points"][-1]
    assert last["is_real"] or set(last["point"]) == {"re", "im"}
    assert "local minimum" in run(command, "--data", data).stdout


def test_points_of_a_tensor_from_a_text_file(file) -> None:
    data = file("1 0 0 2\n0 4 5 1\n", "T.txt")
    found = answer("points --dims 2,2,2", "--data", data)
    assert found["data"] == [[[1, 0], [0, 2]], [[0, 4], [5, 1]]]


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("degree", "no variety given; use --rows"),
        ("degree --rows 3 --cols 3", "--rows needs --rank"),
        ("degree --rank 1", "--rank needs --rows and --cols"),
        ("degree --symmetric --rows 3 --cols 2 --rank 1", "equal, got 3 and 2"),
        (f"{MATRICES} --equations x --vars x", "--rows and --equations describe different"),
        ("degree --dims 2,2 --rank 1", "--rank and --dims describe different"),
        ("degree --dims 2,a", "--dims must be integers like 2,2,2, got '2,a'"),
        ("degree --equations x", "--equations needs --variables"),
        ("degree --vars x", "--variables needs --equations"),
        ("degree --equations ; --vars x", "there is no equation"),
        ("degree --equations x --vars=", "variables must be one or more symbols"),
        ("degree --equations sin(x) --vars x", "contains sin, not among"),
        (f"{MATRICES} --generic --weights W.txt", "--generic and --weights exclude each other"),
        (f"{MATRICES} --indefinite", "--indefinite needs --weights"),
        (f"{MATRICES} --weights nowhere.txt", "cannot read nowhere.txt: No such file"),
        (f"{MATRICES} --method monodrmy", "did you mean 'monodromy'?"),
        (f"{MATRICES} --seed -1", "seed must be at least 0, got -1"),
        ("verify --seed -1", "seed must be at least 0, got -1"),
        (f"{CIRCLE} --method formula", "no formula is known"),
        ("degree --rows 3 --cols 3 --rank 5", "between 0 and min(rows, cols) = 3, got 5"),
    ],
)
def test_wrong_input_is_one_line(command: str, message: str) -> None:
    assert_one_line(run(command), 2, message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 2 3", "has shape (1, 3)"),
        ("", "has shape (0,)"),
        ("1 nan", "--weights must have finite entries"),
        ("nan 0\n0 1", "a metric must have finite entries"),
        ("1 2\n3", "its lines have different lengths"),
        ("a b", "does not hold a matrix of numbers"),
    ],
)
def test_wrong_weights(file, text: str, message: str) -> None:
    assert_one_line(run(CIRCLE, "--weights", file(text)), 2, message)


def test_a_line_of_names_is_skipped(file) -> None:
    named = file("length, width of it\n0.3, 0.1\n", "named.csv")
    command = "points --json --variety", "zeros x^2+4*y^2-4 in x,y", "--data"
    with_names, without = (run(*command, path) for path in (named, file("0.3 0.1")))
    assert with_names.exit_code == 0 and with_names.output == without.output


def test_wrong_binary_file(file) -> None:
    weights = file("", "W.npy")
    assert_one_line(run(CIRCLE, "--weights", weights), 2, "does not hold a matrix")


def test_wrong_data(file) -> None:
    command = "points --rows 2 --cols 2 --rank 1"
    assert_one_line(run(command, "--data", file("1 2 3")), 2, "data must have shape (2, 2)")


def test_other_errors_have_status_1(monkeypatch) -> None:
    def lose_everything(*_, **__):
        raise IncompleteError("all paths were lost")

    monkeypatch.setattr("edgeom.cli.degree.ed_degree", lose_everything)
    assert_one_line(run(MATRICES), 1, "all paths were lost")


def test_interruption_has_status_130(monkeypatch) -> None:
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("edgeom.cli.degree.ed_degree", interrupted)
    result = run(MATRICES)
    assert (result.exit_code, result.stdout, result.stderr) == (130, "", "interrupted\n")


def assert_one_line(result, status: int, message: str) -> None:
    assert result.exit_code == status, result.output
    assert result.stdout == ""
    line, *place = result.stderr.splitlines()
    assert line.startswith("error: ") and message in line
    assert len(place) in (0, 2)  # the text and a mark below it


def test_misspelt_option_and_command() -> None:
    option = run("degree --rnk 1")
    assert option.exit_code == 2 and "--rank" in option.stderr
    command = run("degre")
    assert command.exit_code == 2 and "degree" in command.stderr


def test_version() -> None:
    assert run("--version").stdout.startswith("edgeom 0.")


@pytest.mark.parametrize(("literature", "status"), [(6, 0), (7, 1)])
def test_verify_tells_by_its_status(monkeypatch, literature: int, status: int) -> None:
    case = Case("2×2 rank 1", "generic", literature, "talk", DeterminantalVariety(2, 2, rank=1))
    monkeypatch.setattr(
        "edgeom.cli.verify.run_verification", lambda **options: verify(cases=[case], **options)
    )
    table, data = run("verify"), run("verify --json --seed 3")
    assert table.exit_code == data.exit_code == status
    assert json.loads(data.stdout)["ok"] == (status == 0)
    assert ("these do not: 2×2 rank 1, generic" in table.stdout) == (status == 1)


def test_table_fits_80_columns_without_colours() -> None:
    result = CliRunner().invoke(app, ["verify"], env={"COLUMNS": "80"})
    assert result.exit_code == 0, result.output
    assert result.stderr == "" and "\x1b" not in result.stdout
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == list(COLUMNS)
    assert [line.split()[-1] for line in lines[2:27]] == ["yes"] * 25


def test_process_prints_json_alone_and_has_a_status() -> None:
    good = subprocess.run([*EDGEOM, *MATRICES.split(), "--json"], capture_output=True, text=True)
    assert good.returncode == 0 and good.stderr == ""
    assert json.loads(good.stdout)["value"] == 3
    bad = subprocess.run([*EDGEOM, "degree", "--rank", "1"], capture_output=True, text=True)
    assert bad.returncode == 2 and bad.stdout == ""
    assert bad.stderr == "error: --rank needs --rows and --cols\n"


def test_points_by_another_solver(tmp_path):
    (tmp_path / "q.txt").write_text("1 2\n0.3 4\n")
    matrices = ["points", "--rows", "2", "--cols", "2", "--rank", "1"]
    command = [*matrices, "--data", str(tmp_path / "q.txt"), "--backend"]
    assert "did you mean 'phcpack'" in CliRunner().invoke(app, [*command, "phcpak"]).output
    if Phcpack().availability().available:
        assert "PHCpack" in CliRunner().invoke(app, [*command, "phcpack"]).output


def test_help_has_every_command_with_its_job_and_examples() -> None:
    text = run("--help").output
    for job, commands in JOBS.items():
        assert f"─ {job} ─" in text
        for name, (what, _) in commands.items():
            assert (command_of(name).help or "").startswith(f"{what}\n")
            assert f"│ {name} " in text
            assert f"edgeom {name}" in run(f"{name} --help").output
    assert "Exit status: 0 where the answer stands" in text


def test_shells_complete_commands() -> None:
    asked = {"_EDGEOM_COMPLETE": "complete_bash", "COMP_WORDS": "edgeom ne", "COMP_CWORD": "1"}
    done = subprocess.run(
        [sys.executable, "-c", "import sys; sys.argv = ['edgeom']; " + EDGEOM[-1]],
        capture_output=True,
        text=True,
        env={**os.environ, **asked},
    )
    assert done.stdout.split() == ["network", "nearest"]
