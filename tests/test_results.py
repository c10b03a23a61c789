"""Results go to files and come back: the same numbers, to the last digit, and nothing evaluated."""

import json
from dataclasses import fields, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import edgeom as eg
from edgeom.cli.main import app
from edgeom.records import entries_of
from edgeom.results import Result, as_text, result_from_dict

KEPT = Path(__file__).parent / "data" / "results-0.2"
ELLIPSE = eg.AlgebraicVariety(["x^2 + 4*y^2 - 4"], "x, y")


def points_of(variety: Any, data: Any, metric: Any = None, **options: Any) -> eg.CriticalPoints:
    return eg.DistanceProblem(variety, metric, data=data).critical_points(**options)


def through_a_file(result: Any, folder: Path) -> Any:
    result.save(folder / "result.json")
    again = eg.load(folder / "result.json")
    assert type(again) is type(result)
    assert again.to_dict() == result.to_dict()
    assert str(again) == str(result) and repr(again) == repr(result)
    assert "\n" in repr(result) or len(repr(result)) < 300
    return again


def same(one: Any, other: Any, names: list[str]) -> None:
    for name in names:
        a, b = np.asarray(getattr(one, name)), np.asarray(getattr(other, name))
        assert a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind in "fc"), name


COLUMNS = ["points", "is_real", "index", "smallest_eigenvalue", "value", "residual"]
PROBLEMS = [
    lambda: points_of(ELLIPSE, [0.3, 0.1]),
    lambda: points_of(ELLIPSE, [0.3 + 1j, 0.1], eg.Metric.random_weights(2, 1)),
    lambda: points_of(eg.DeterminantalVariety(2, 3, 1), np.eye(2, 3) + 0.1, eg.Metric.random(6)),
    lambda: points_of(eg.SymmetricDeterminantalVariety(2, 1), [[1, 2], [2, 5]]),
    lambda: points_of(eg.AlgebraicVariety(["(x^2 + y^2 - 1)*(x - 2)"], "x, y"), [0.3, 0.1]),
    lambda: points_of(eg.AlgebraicVariety(["(x - 1e6)^2 + y^2 - 1"], "x, y"), [1e6, 3]),
    lambda: points_of(eg.ParametrizedVariety(["100*t", "t^2"], "t"), [3, 4]),
    lambda: points_of(eg.ParametrizedVariety(["(a + b)^2", "a + b"], "a b"), [3, 1]),
    lambda: eg.CriticalProblem(ELLIPSE, eg.PowerDistance([1, 2], p=4)).critical_points(),
    lambda: points_of(
        eg.ParametrizedVariety(["(1 - t^2)/(1 + t^2)", "2*t/(1 + t^2)"], "t"), [3, 0]
    ),
]


@pytest.mark.parametrize("make", PROBLEMS)
def test_critical_points(make: Any, tmp_path: Path) -> None:
    points = make()
    again = through_a_file(points, tmp_path)
    same(points, again, [*COLUMNS, "data", "expected"])
    assert again.evidence == points.evidence
    assert again.family.name == points.family.name and again.variety.text == points.variety.text
    if isinstance(points.variety, eg.ParametrizedVariety):
        assert np.array_equal(again.parameters, points.parameters)
    proof = again.certify()
    assert proof.is_certified.all() and proof.is_distinct.all()
    assert proof.complete == points.certify().complete
    assert np.allclose(again.good_points, points.good_points)
    selected = through_a_file(points.where(points.index != 0), tmp_path)
    assert len(selected) == np.sum(points.index != 0)


def test_a_list_that_is_read_can_be_tested_and_counted_again(tmp_path: Path) -> None:
    again = through_a_file(points_of(ELLIPSE, [0.3, 0.1]), tmp_path)
    assert eg.trace_test(again).passed and again.is_smooth.all()
    missing = again.where(np.arange(4) > 0)
    assert not missing.complete and not eg.trace_test(missing).passed


def test_nothing_is_a_list_too(tmp_path: Path) -> None:
    points = points_of(ELLIPSE, [0.3, 0.1])
    assert len(through_a_file(points.where(points.index > 5), tmp_path)) == 0


@pytest.mark.parametrize(
    "points",
    [
        points_of(ELLIPSE, [0.3, 0.1]),
        points_of(ELLIPSE, [0.3j, 0.1], eg.Metric.random_weights(2)),
    ],
)
def test_certificates(points: eg.CriticalPoints, tmp_path: Path) -> None:
    names = ["status", "duplicate_of", "center", "radius", "bits"]
    proof = points.certify()
    names += ["reality", "index"] * proof.is_real_problem  # not asked otherwise
    again = through_a_file(proof, tmp_path)
    same(proof, again, names)
    assert again.bound == proof.bound and again.is_real_problem == proof.is_real_problem
    doubled = eg.DistanceProblem(ELLIPSE, data=[3, 0]).certify([[2, 0], [2, 0], [1, 1]])
    same(doubled, through_a_file(doubled, tmp_path), names)


def test_points_keep_their_certificate(tmp_path: Path) -> None:
    points = points_of(ELLIPSE, [0.3, 0.1])
    kept = replace(points, certificate=points.certify())
    again = through_a_file(kept, tmp_path)
    assert again.certificate.complete and "proof" in str(again)
    assert len(again.real.certificate) == len(again.real)


@pytest.mark.parametrize("metric", ["fresh", ELLIPSE.default_metric])
def test_tables(metric: Any, tmp_path: Path) -> None:
    table = eg.real_critical_table(ELLIPSE, samples=40, metric=metric, seed=3)
    again = through_a_file(table, tmp_path)
    same(table.samples, again.samples, [field.name for field in fields(table.samples)])
    assert np.array_equal(again.counts, table.counts)


def test_a_run_folder_is_a_result(tmp_path: Path) -> None:
    table = eg.real_critical_table(ELLIPSE, samples=30, out=tmp_path / "run")
    there = eg.load(tmp_path / "run")
    assert np.array_equal(there.counts, table.counts)
    assert np.array_equal(through_a_file(there, tmp_path).samples.margin, table.samples.margin)


def test_planes_of_data(tmp_path: Path) -> None:
    found = eg.data_slice(ELLIPSE, [[0, 0], [1, 0], [0, 1]], window=(-3, 3.1, -3, 3.1), grid=5)
    again = through_a_file(found, tmp_path)
    same(found, again, ["origin", "axes", "points", "x", "y", "real", "minima", "computed"])
    frame = found.to_pandas()
    assert len(frame) == found.real.size
    row = frame.iloc[7]
    place = np.unravel_index(7, found.real.shape)
    assert (row.x, row.y) == (found.x[place[1]], found.y[place[0]]) and row.real == found.real[
        place
    ]


def test_many_nearest_points(tmp_path: Path) -> None:
    found = eg.nearest_points(ELLIPSE, [[0.3, 0.1], [0, 0], [2, 0]])
    again = through_a_file(found, tmp_path)
    same(found, again, ["points", "data", "squared_distance", "runner_up", "alone"])
    assert len(found.to_pandas()) == 3
    content = {**found.to_dict(), "kind": ["smooth point", "cusp", "cusp"]}
    with pytest.raises(eg.InputError, match="kind must be 3 texts, each one of smooth point"):
        result_from_dict(content)


def test_averages(tmp_path: Path) -> None:
    found = eg.average_ed_degree(ELLIPSE, 60, seed=1)
    again = through_a_file(found, tmp_path)
    assert again.counts == found.counts and again.interval() == found.interval()
    assert found.to_pandas().samples.sum() == 60


def test_degrees(tmp_path: Path) -> None:
    degree = eg.generic_ed_degree(eg.DeterminantalVariety(3, 3, 1), method="formula")
    again = through_a_file(degree, tmp_path)
    assert again == 39 and again.evidence == degree.evidence and again + 1 == 40


def test_nearest_points(tmp_path: Path) -> None:
    best = eg.DistanceProblem(ELLIPSE, data=[0, 0]).nearest_point()
    again = through_a_file(best, tmp_path)
    same(best, again, ["points", "squared_distance", "runner_up", "condition", "dimension"])
    assert len(best.to_pandas()) == len(best.points) == 2
    curve = eg.ParametrizedVariety(["t", "t^2"], "t")
    best = eg.DistanceProblem(curve, data=[0, 3]).nearest_point()
    same(best, through_a_file(best, tmp_path), ["points", "parameters"])
    assert best.to_pandas()["t"].tolist() == best.parameters[:, 0].tolist()


def test_data_frames() -> None:
    points = points_of(ELLIPSE, [0.3, 0.1])
    frame = points.to_pandas()
    assert list(frame.columns[-2:]) == ["x", "y"] and len(frame) == 4
    assert frame.is_real.sum() == len(points.real)
    assert points.real.to_pandas().x.dtype == float
    assert np.allclose(frame[["x", "y"]], points.points)
    mixed = points_of(ELLIPSE, [3, 1])
    assert 0 < len(mixed.real) < len(mixed) and mixed.to_pandas().x.dtype == complex
    chosen = mixed.where(mixed.is_real).to_pandas()
    kinds = set(map(str, chosen.dtypes[["squared_distance", "x", "y"]]))
    assert kinds == {"float64"}
    columns = entries_of(ELLIPSE, np.array([[1, 2j], [3, 4]]))
    assert (columns["x"].dtype, columns["y"].dtype) == (float, complex)
    curve = points_of(eg.ParametrizedVariety(["s", "s^2"], "s"), [0, 5]).to_pandas()
    assert np.allclose(curve.s, curve["x[0]"])
    proof = points.certify().to_pandas()
    assert set(proof.status) == {"certified"} and np.allclose(proof.x, frame.x)


def test_pandas_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    with pytest.raises(eg.EdgeomError, match="pandas is missing: pip install"):
        points_of(ELLIPSE, [0.3, 0.1]).to_pandas()


class Tags(HTMLParser):
    """Checks that tags are closed, and collects them and the text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.open.append(tag)
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data + " "


def plane_of(variety: Any) -> eg.DataSlice:
    found = eg.data_slice(ELLIPSE, [[0, 0], [1, 0], [0, 1]], grid=2, refine=0)
    return replace(found, variety=variety)


def test_pages() -> None:
    hostile = eg.Metric(np.eye(2), "<script>alert('&')</script>")
    points = points_of(ELLIPSE, [0.3, 0.1], hostile)
    table = eg.real_critical_table(ELLIPSE, samples=5)
    plane = eg.data_slice(ELLIPSE, [[0, 0], [1, 0], [0, 1]], hostile, grid=2, refine=0)
    degree = eg.ed_degree(eg.DeterminantalVariety(2, 2, 1), method="formula")
    for result in (points, points.certify(), table, plane, degree):
        assert isinstance(result, Result)
        page = Tags()
        page.feed(result._repr_html_())
        page.close()
        assert not page.open and "script" not in page.seen
        assert len(result._repr_html_()) < 5000
    page = Tags()
    page.feed(points._repr_html_())
    assert "<script>" in page.text and "local minimum" in page.text and "4 critical" in page.text


def test_long_equations_are_cut() -> None:
    names = [f"coordinate{i}" for i in range(9)]
    long = eg.AlgebraicVariety([" + ".join(names)], names)
    points = replace(points_of(ELLIPSE, [0.1, 0.2]), variety=long)
    lines = str(points).splitlines()
    assert max(map(len, lines[:2])) <= 115 and "…" in lines[0] and "…" in lines[1]
    assert "coordinate8" in points.to_dict()["variety_text"]
    for text in (str(plane_of(long)), run("degree --variety", long.text)):
        assert "…" in text and "coordinate8" not in text


def run(command: str, *more: Any) -> str:
    result = CliRunner().invoke(app, [*command.split(), *map(str, more)])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ("points --equations x^2+4*y^2-4 --vars x,y --data Q.txt", eg.CriticalPoints),
        ("points --equations x^2+4*y^2-4 --vars x,y --data Q.txt --certify", eg.CriticalPoints),
        ("degree --rows 3 --cols 3 --rank 1 --generic --method formula", eg.EDDegree),
        ("table --equations x^2+4*y^2-4 --vars x,y --samples 20 --out run", eg.RealCriticalTable),
        ("slice --equations x^2+4*y^2-4 --vars x,y --grid 3 --refine 1 --out p.png", eg.DataSlice),
    ],
)
def test_json_of_the_command_line(
    command: str, kind: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("Q.txt").write_text("0.3 0.1")
    text = run(f"{command} --json")
    Path("found.json").write_text(text)
    found = eg.load("found.json")
    assert type(found) is kind
    content = json.loads(text)
    if kind is eg.CriticalPoints:
        assert content == found.to_dict() and text == as_text(found.to_dict())
        assert (found.certificate is not None) == ("--certify" in command)
    elif kind is eg.RealCriticalTable:
        assert content["counts"] == found.counts.tolist()


def test_points_are_listed(tmp_path: Path) -> None:
    data = tmp_path / "Q.txt"
    data.write_text("0.3 0.1")
    text = run("points --equations x^2+4*y^2-4 --vars x,y --data", data)
    points = points_of(ELLIPSE, [0.3, 0.1])
    for point in points.real:
        assert all(f"{value:.6g}"[:6] in text for value in point.point)
    np.savetxt(data, np.random.default_rng(0).normal(size=(3, 3)))
    command = "points --rows 3 --cols 3 --rank 1 --generic --seed 1 --data"
    text, whole = run(command, data), run(f"{command} {data} --all")
    table = text[text.index("\n\n") :].splitlines()
    assert max(map(len, table)) <= 80 and "that are not real (--all)" in table[-1]
    assert whole.count("not real  ") == 39 - len(
        [line for line in table if "index" in line or "minimum" in line]
    )
    assert max(map(len, whole[whole.index("\n\n") :].splitlines())) <= 80


# Files from elsewhere.


def changed(content: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {k: v for k, v in {**content, **changes}.items() if v != "left out"}


def a_point(**changes: Any) -> dict[str, Any]:
    entries = points_of(ELLIPSE, [0.3, 0.1]).to_dict()["points"]
    return {"points": [{**entries[0], **changes}, *entries[1:]]}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "edgeom critical point 1"}, "did you mean 'critical points'"),
        ({"format": "edgeom critical points 2"}, "reads up to version 1 of it; use a newer"),
        ({"format": "edgeom critical points one"}, "none of edgeom"),
        ({"format": 3}, "format must be a text, got 3"),
        ({"colour": 1}, "unknown field 'colour'"),
        ({"count": "left out"}, "has no field count"),
        ({"count": 5}, "count must be 4, the number of such points, got 5"),
        ({"minima": 3}, "minima must be"),
        ({"expected": -1}, "expected must be at least 0"),
        ({"data": [1, 2, 3]}, r"data must be numbers of shape \(2,\)"),
        ({"data": ["1", 2]}, "data must be numbers"),
        ({"data": [None, 2]}, "data must be finite numbers"),
        ({"data": [True, 2]}, "data must be numbers"),
        ({"data": {"re": [1, 2], "im": [1]}}, "data must be numbers"),
        ({"variety_fields": {"kind": "os.system"}}, "kind must be one of"),
        ({"variety_fields": {"kind": "AlgebraicVariety", "equations": ["__import__('os')"],
                             "variables": ["x"], "irreducible": False}}, "describes no variety"),
        ({"metric_fields": {"matrix": [[1, 2], [2, 1]], "indefinite": False, "generic": False}},
         "is no metric: the metric must be positive semidefinite"),
        ({"metric_fields": {"matrix": [[1, 0], [0, 1]]}}, "has no field indefinite"),
        ({"evidence": {}}, "evidence has no field method"),
        ({"points": [3]}, "points must be a list of objects"),
        (a_point(index=7), r"points\[0\].index must be at most 1"),
        (a_point(is_real=False), r"points\[0\].index must be -1 for a point that is not real"),
        (a_point(point={"re": [1, 2], "im": [1, 0]}), "is_real must be false for a point"),
        (a_point(point=[[1, 2]]), r"points\[0\].point must be numbers of shape \(2,\)"),
        (a_point(residual=None), r"points\[0\].residual must be a number"),
        (a_point(more=1), "unknown field 'more'"),
        ({"certificate": {"status": []}}, "certificate has no field duplicate_of"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(changes: dict[str, Any], message: str) -> None:
    content = points_of(ELLIPSE, [0.3, 0.1]).to_dict()
    with pytest.raises(eg.InputError, match=message) as caught:
        result_from_dict(changed(content, **changes), "found.json")
    assert "found.json" in str(caught.value) and len(str(caught.value)) < 600


@pytest.mark.parametrize(
    "kind", ["certificate", "table", "slice", "nearest", "degree", "average", "image"]
)
def test_no_field_can_be_missing_or_of_another_type(kind: str) -> None:
    points = points_of(ELLIPSE, [0.3, 0.1])
    results: dict[str, Any] = {
        "certificate": points.certify,
        "table": lambda: eg.real_critical_table(ELLIPSE, samples=4),
        "slice": lambda: eg.data_slice(ELLIPSE, [[0, 0], [1, 0], [0, 1]], grid=2, refine=0),
        "nearest": eg.DistanceProblem(ELLIPSE, data=[0.3, 0.1]).nearest_point,
        "average": lambda: eg.average_ed_degree(ELLIPSE, 20),
        "degree": lambda: eg.ed_degree(eg.DeterminantalVariety(2, 2, 1), method="formula"),
        "image": lambda: points_of(eg.ParametrizedVariety(["s", "s^2"], "s"), [0, 5]),
    }
    content = results[kind]().to_dict()
    for name in content:
        with pytest.raises(eg.InputError):
            result_from_dict({k: v for k, v in content.items() if k != name})
        if name in ("points", "window") and kind == "slice":
            continue  # told again by other fields
        with pytest.raises(eg.InputError):
            result_from_dict({**content, name: {"other": "thing"}})


def test_what_is_no_file_of_a_result(tmp_path: Path) -> None:
    with pytest.raises(eg.InputError, match="does not exist"):
        eg.load(tmp_path / "nothing.json")
    with pytest.raises(eg.InputError, match="holds no run"):
        eg.load(tmp_path)
    for text in ("[]", "{", '{"format": NaN}', "{}", "\x80"):
        (tmp_path / "x.json").write_bytes(text.encode("latin-1"))
        with pytest.raises(eg.InputError, match=r"x\.json"):
            eg.load(tmp_path / "x.json")
    with pytest.raises(eg.InputError, match="cannot write"):
        points_of(ELLIPSE, [0.3, 0.1]).save(tmp_path / "no" / "x.json")
    with pytest.raises(eg.InputError, match="cannot be the name of a file"):
        eg.load("a\0b")


@pytest.mark.parametrize("path", sorted(KEPT.glob("*.json")), ids=lambda p: p.stem)
def test_files_of_version_0_2(path: Path) -> None:
    found = eg.load(path)
    expected = {
        "points": "4 critical points",
        "image": "2 critical points",
        "certificate": "4 of 4 certified",
        "table": "Real critical points (columns)",
        "slice": "Real critical points",
        "nearest": "nearest point",
        "degree": "39",
        "nearest-points": "nearest points of",
        "average": "3.18 real critical points on average",
    }
    assert str(found).startswith(expected[path.stem])
    assert found.to_dict() == json.loads(path.read_text())


def test_there_is_a_file_of_each_kind() -> None:
    from edgeom.results import _known

    kinds = {json.loads(p.read_text())["format"] for p in KEPT.glob("*.json")}
    assert kinds == {form.name for form in _known().values()}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"subspaces": None}, "subspaces must be a list"),
        ({"subspaces": []}, r"points\[0\].chart must be at most -1"),
        ({"subspaces": [None] * 101}, "subspaces must be a list of at most 100"),
        ({"subspaces": [[[1, 2], [3, 4]]]}, r"subspaces.0 must be null, got \[\["),
        ({"subspaces": ["x"]}, "subspaces.0 must be numbers"),
    ],
)
def test_images_are_checked_as_well(changes: dict[str, Any], message: str) -> None:
    content = points_of(eg.ParametrizedVariety(["s", "s^2"], "s"), [0, 5]).to_dict()
    with pytest.raises(eg.InputError, match=message):
        result_from_dict({**content, **changes})
    entry = {**content["points"][0], "unknowns": [1, 2]}
    with pytest.raises(eg.InputError, match="unknowns must be numbers of shape"):
        result_from_dict({**content, "points": [entry, *content["points"][1:]]})
