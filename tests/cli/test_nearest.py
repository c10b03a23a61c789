"""``edgeom nearest``: one point with its proof, many into files and folders."""

import json

import numpy as np
import pandas
import pytest
from typer.testing import CliRunner

import edgeom as eg
from edgeom.cli import nearest as command
from edgeom.cli.main import app

ACNODE = eg.AlgebraicVariety(["y^2 = x^2*(x - 1)"], "x y")
CURVE = ["nearest", "--equations", "y^2 = x^2*(x - 1)", "--variables", "x,y"]
DATA = np.random.default_rng(2).normal(size=(30, 2))


def run(*more):
    return CliRunner().invoke(app, [*CURVE, *map(str, more)])


@pytest.fixture
def data(tmp_path):
    np.save(tmp_path / "q.npy", DATA)
    return tmp_path / "q.npy"


def test_one_point(tmp_path):
    (tmp_path / "q.csv").write_text("-0.1,0.05\n")
    result = run("--data", tmp_path / "q.csv", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["kind"] == "singular point"
    assert "proved     " in run("--data", tmp_path / "q.csv").stdout
    assert "holds one" in run("--data", tmp_path / "q.csv", "--out", tmp_path / "x.csv").output


def test_many_points_go_to_files(data, tmp_path):
    expected = eg.nearest_points(ACNODE, DATA)
    for name in ("x.csv", "x.npy", "x.parquet"):
        result = run("--data", data, "--out", tmp_path / name)
        assert result.exit_code == 0 and str(expected) in result.stdout
    assert np.array_equal(np.load(tmp_path / "x.npy"), expected.points)
    for frame in (pandas.read_csv(tmp_path / "x.csv"), pandas.read_parquet(tmp_path / "x.parquet")):
        assert np.allclose(frame[["x1", "x2"]], expected.points, rtol=1e-15)
        assert frame["reason"].tolist() == list(expected.reason)
    lines = run("--data", data).stdout.splitlines()
    assert lines[0].startswith("q1,q2,x1,x2,squared_distance") and len(lines) == 31


def test_a_folder_is_continued(data, tmp_path):
    assert run("--data", data, "--out", tmp_path / "run").exit_code == 0
    before = (tmp_path / "run" / "manifest.json").stat().st_mtime_ns
    assert "holds a run already" in run("--data", data, "--out", tmp_path / "run").output
    result = run("--data", data, "--out", tmp_path / "run", "--resume", "--json")
    answer = json.loads(result.stdout)
    assert answer == {"points": 30, "proved": 0, "out": str(tmp_path / "run")}
    assert (tmp_path / "run" / "manifest.json").stat().st_mtime_ns == before
    assert len(eg.load(tmp_path / "run")) == 30


def test_beside_a_file_there_is_a_folder_until_it_is_written(data, tmp_path, monkeypatch):
    monkeypatch.setattr(command, "MANY", 20)
    out, folder = tmp_path / "x.csv", tmp_path / "x.csv.run"
    with monkeypatch.context() as patch:
        patch.setattr(command, "_csv", lambda found: 1 / 0)  # something happens before the end
        assert run("--data", data, "--out", out).exception and folder.is_dir()
    assert "holds a run already" in run("--data", data, "--out", out).output
    assert run("--data", data, "--out", out, "--resume").exit_code == 0
    assert out.is_file() and not folder.exists()


def test_weights_for_each_point_and_proofs(data, tmp_path):
    weights = np.random.default_rng(3).uniform(1, 2, size=(30, 2))
    np.savetxt(tmp_path / "w.txt", weights)
    run("--data", data, "--metrics", tmp_path / "w.txt", "--out", tmp_path / "x.npy", "--prove")
    expected = eg.nearest_points(ACNODE, DATA, weights)
    assert np.allclose(np.load(tmp_path / "x.npy"), expected.points, atol=1e-12)


def test_domains(data):
    words = ["nearest", "--variety", "map t -> (t, t^2)", "--data", str(data)]
    result = CliRunner().invoke(app, [*words, "--domain", "t=0,1", "--json"])
    found = json.loads(result.stdout)
    assert found["domain"] == {"t": [0, 1]} and "boundary point" in found["kind"]
    result = CliRunner().invoke(app, [*words, "--domain", "t"])
    assert result.exit_code and "--domain must be like t=0,1" in result.output


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--resume"], "--resume needs --out"),
        (["--out", "x.txt"], "--out must end in .csv, .parquet, .npy, or be a folder"),
        (["--metrics", "q.npy", "--data", "long.npy"], "no point with 2 numbers in each line"),
    ],
)
def test_bad_options(options, words, data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("long.npy", np.zeros((4, 3)))
    result = run("--data", data, *options)
    assert result.exit_code and words in " ".join(result.output.split())


def test_missing_entries_of_one_point_and_of_many(tmp_path):
    options = ["nearest", "--rows", "2", "--cols", "2", "--rank", "1"]
    (tmp_path / "one.txt").write_text("1 2\n3 nan\n")
    result = CliRunner().invoke(app, [*options, "--data", str(tmp_path / "one.txt"), "--json"])
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert answer["points"][0][1][1] == pytest.approx(6)
    assert "does not see all directions" in answer["reason"]
    (tmp_path / "many.txt").write_text("1 2 3 nan\n2 1 3 nan\n")
    result = CliRunner().invoke(app, [*options, "--data", str(tmp_path / "many.txt")])
    lines = [line.split(",") for line in result.stdout.splitlines()]
    assert [line[:4] for line in lines[1:]] == [
        ["1.0", "2.0", "3.0", "nan"],
        ["2.0", "1.0", "3.0", "nan"],
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,2\n3;4\n", "line 2 has ';'"),
        ("1,2\n\n3,\n", "line 3 has an empty cell"),
        ("1,2\nb7,4\n", "'b7' in line 2 is no number"),
        ("1,2\n3,4,5\n", "3 numbers in line 2"),
    ],
)
def test_faults_of_data_files_name_the_line(text, message, tmp_path):
    (tmp_path / "q.csv").write_text(text)
    output = " ".join(run("--data", tmp_path / "q.csv").output.split())
    assert message in output.replace("│ ", "").replace(" │", "")


def test_columns_are_put_into_the_order_of_the_variables(tmp_path):
    (tmp_path / "q.csv").write_text("y,x\n0.05,-0.1\n1,2\n")
    assert run("--data", tmp_path / "q.csv").stdout.splitlines()[1].startswith("-0.1,0.05,")
