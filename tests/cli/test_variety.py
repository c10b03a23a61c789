"""Every command takes a variety in words or from a TOML file, and prints the words."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import edgeom as eg
from edgeom.cli.main import app


def run(command: str, *more: object):
    return CliRunner().invoke(app, [*command.split(), *map(str, more)])


def answer(command: str, *more: object) -> dict:
    result = run(command, *more, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def config(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "options.toml"
        path.write_text(text)
        return path

    return write


@pytest.mark.parametrize(
    ("words", "options", "value"),
    [
        ("matrices 3x3 rank 1", "--rows 3 --cols 3 --rank 1", 3),
        ("symmetric 3x3 rank 1", "--symmetric --rows 3 --rank 1", 3),
        ("segre 2x2x2", "--dims 2,2,2", 6),
        ("zeros x^2 + 4*y^2 - 4 in x,y", "--equations x^2+4*y^2-4 --vars x,y", 4),
    ],
)
def test_words_and_other_options_say_the_same(words: str, options: str, value: int) -> None:
    found, same = answer("degree --variety", words), answer(f"degree {options}")
    assert found["value"] == value and found == same
    assert found["variety_text"] == words
    assert words in run("degree --variety", words).stdout.splitlines()[1]


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("hankel 3x3 rank 2", 9),
        ("skew 4 rank 2", None),
        ("veronese 2 degree 3", 3),
        ("map t -> (t, t^2)", 3),
        ("zeros x^2+y^2-1, x-z in x,y,z", 4),
    ],
)
def test_what_is_printed_is_read_again(words: str, value: int | None) -> None:
    found = answer("degree --variety", words)
    assert value is None or found["value"] == value
    assert answer("degree --variety", found["variety_text"]) == found


def test_points_slices_and_tables(tmp_path: Path) -> None:
    np.savetxt(tmp_path / "q.txt", [[1.0, 0.3]])
    words = ["--variety", "zeros x^2 + 4*y^2 - 4 in x,y"]
    points = run("points --data", tmp_path / "q.txt", *words)
    assert "  variety   zeros x^2 + 4*y^2 - 4 in x,y\n" in points.stdout
    table = run("table --samples 5 --metric fixed --out", tmp_path / "run", *words)
    assert "\nvariety: zeros x^2 + 4*y^2 - 4 in x,y\n" in table.stdout
    drawn = run("slice --grid 4 --refine 0 --out", tmp_path / "a.png", *words)
    assert "\n  variety   zeros x^2 + 4*y^2 - 4 in x,y\n" in drawn.stdout


def test_options_from_a_file(config) -> None:
    path = config('variety = "matrices 2x2 rank 1"\ngeneric = true\nseed = 3\n')
    found = answer("degree --config", path)
    assert (found["value"], found["metric"]) == (6, "generic")
    assert answer("degree --config", path, "--variety", "matrices 2x3 rank 1")["value"] == 10
    both = run("degree --config", path, "--dims", "2,2")
    assert both.exit_code == 2 and "--variety and --dims describe different" in both.stderr


def test_lists_in_a_file(config) -> None:
    path = config('equations = ["x^2 + y^2 - 1", "x - z"]\nvariables = ["x", "y", "z"]\n')
    assert answer("degree --config", path)["value"] == 4
    assert answer("degree --config", config('equations = "x^2 + 4*y^2 - 4"\nvars = "x, y"'))
    assert answer("degree --config", config("dims = [2, 2, 2]"))["value"] == 6


def test_files_are_beside_the_file(config, tmp_path: Path) -> None:
    np.savetxt(tmp_path / "W.txt", [[3, 7, 4], [3, 7, 3], [4, 6, 5]])
    path = config('variety = "matrices 3x3 rank 1"\nweights = "W.txt"\n')
    assert answer("degree --config", path)["value"] == 35


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('varety = "matrices 2x2 rank 1"', "degree has no option 'varety'; did you mean"),
        ("config = 'a.toml'", "degree has no option 'config'"),
        ("variety = [", "options.toml is not TOML"),
        ("generic = 1", "generic must be true or false, got 1"),
        ("seed = true", "seed must be a number, a text or a list of such, got True"),
        ("[variety]\nrank = 1", "variety must be a number, a text or a list"),
        ('variety = "hankel 4x4"', "hankel 4x4 is not written like hankel ROWSxCOLS rank RANK"),
        ("rows = 3\nrank = 1", "--rows needs --cols"),
    ],
)
def test_wrong_files(config, text: str, message: str) -> None:
    result = run("degree --config", config(text))
    assert (result.exit_code, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: ") and message in line


def test_missing_file() -> None:
    result = run("degree --config nowhere.toml")
    assert result.exit_code == 2 and "cannot read nowhere.toml: No such file" in result.stderr


def test_long_names_are_those_of_python(tmp_path: Path) -> None:
    assert answer("degree --equations x^2+4*y^2-4 --variables x,y")["value"] == 4
    assert run("network --filter-sizes 2,2").stdout == run("network --filters 2,2").stdout
    slice_ = run("slice --what red --out a.png --variety", "zeros x^2+4*y^2-4 in x,y")
    assert "--what must be one of real, minima, got 'red'" in slice_.stderr


def test_points_of_hankel_matrices(tmp_path: Path) -> None:
    np.savetxt(tmp_path / "Q.txt", [[1, 2, 0], [2, 0, 3], [0, 3, 1]])
    found = answer("points --variety", "hankel 3x3 rank 2", "--data", tmp_path / "Q.txt")
    assert found["count"] == 9 and found["variety_text"] == "hankel 3x3 rank 2"
    for point in found["points"]:
        if point["is_real"]:
            assert eg.HankelVariety(3, 3, 2).contains(point["point"])
