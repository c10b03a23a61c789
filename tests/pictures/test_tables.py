"""Pictures of tables and slices show what was counted, and slices count what is there."""

import json
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.container import ErrorbarContainer
from typer.testing import CliRunner

import edgeom as eg
from edgeom.cli.main import app
from edgeom.critical.evolute import evolute
from edgeom.pictures.style import COLOURS
from edgeom.tables.slice import DataSlice, data_slice
from edgeom.tables.table import RealCriticalTable

ELLIPSE = eg.AlgebraicVariety(["x^2 + 4*y^2 - 4"], "x, y")
PLANE = [[0, 0], [1, 0], [0, 1]]
OBLIQUE = eg.Metric([[2, 0.7], [0.7, 1]])


@pytest.fixture(scope="module")
def table() -> RealCriticalTable:
    return eg.real_critical_table(eg.DeterminantalVariety(2, 3, rank=1), samples=300, seed=0)


@pytest.fixture(scope="module")
def ellipse() -> DataSlice:
    return data_slice(ELLIPSE, PLANE, window=(-2.61, 2.62, -3.43, 3.41), grid=30, refine=2)


def inside_evolute(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return (4 * x**2 + y**2 - 9) ** 3 + 972 * x**2 * y**2 < 0


def texts(ax: Axes) -> dict[tuple[float, float], str]:
    return {text.get_position(): text.get_text() for text in ax.texts}


def legend(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_heat_map_shows_counts_and_margins(table: RealCriticalTable) -> None:
    ax = table.plot()
    rows, cols = table.counts.shape
    written = texts(ax)
    for i, j in np.ndindex(rows, cols):
        assert int(written.get((j, i), "0")) == table.counts[i, j]
    margins = [int(text) for (x, y), text in written.items() if x > cols - 0.5 or y > rows - 0.5]
    sums = [*table.counts.sum(axis=1), *table.counts.sum(axis=0), 300]
    assert sorted(margins) == sorted(sums)
    assert [tick.get_text() for tick in ax.get_xticklabels()] == list(map(str, table.columns))
    assert [tick.get_text() for tick in ax.get_yticklabels()] == list(map(str, table.rows))
    left, right = ax.get_xlim()
    assert left < 0 < cols - 1 < right


def test_heat_map_is_darker_for_more(table: RealCriticalTable) -> None:
    (image,) = table.plot().images
    lightness = np.asarray(image.get_array())[..., :3] @ [0.299, 0.587, 0.114]
    order = np.argsort(table.counts.ravel())
    assert (np.diff(lightness.ravel()[order]) <= 1e-9).all()


def test_histogram_shows_shares_and_intervals(table: RealCriticalTable) -> None:
    ax = table.histogram()
    heights = np.zeros(len(table.columns))
    for bar in ax.patches:
        column = np.argmin(np.abs(table.columns - (bar.get_x() + bar.get_width() / 2)))
        heights[column] += bar.get_height()
    totals = table.counts.sum(axis=0)
    assert heights == pytest.approx(totals / 300)
    (bars,) = (c for c in ax.containers if isinstance(c, ErrorbarContainer))
    (lines,) = bars.lines[2]
    ends = np.array([segment[:, 1] for segment in lines.get_segments()])
    assert ends == pytest.approx(np.array([table.interval(int(total)) for total in totals]))
    assert legend(ax) == [str(minima) for minima in table.rows[::-1]]


def test_given_axes_are_used(table: RealCriticalTable, ellipse: DataSlice) -> None:
    _, axes = plt.subplots(1, 3)
    drawn = [table.plot(axes[0]), table.histogram(axes[1]), ellipse.plot(axes[2])]
    assert drawn == list(axes) and len(plt.get_fignums()) == 1


def test_slice_of_the_ellipse_is_bounded_by_the_evolute(ellipse: DataSlice) -> None:
    inside = inside_evolute(*np.meshgrid(ellipse.x, ellipse.y))
    assert np.array_equal(ellipse.real, np.where(inside, 4, 2))
    assert np.array_equal(ellipse.minima, np.where(inside, 2, 1))
    assert ellipse.computed.mean() < 0.2
    assert "2: " in str(ellipse) and "at 121×121" not in str(ellipse)
    assert "121×121 data points" in str(ellipse)


def test_thin_regions_are_followed_to_their_ends() -> None:
    thin = eg.AlgebraicVariety(["x^2 + 30*y^2 - 30"], "x, y")
    window = (-6.1, 6.2, -30.3, 30.1)
    coarse = data_slice(thin, PLANE, window=window, grid=12, refine=3)
    every = data_slice(thin, PLANE, window=window, grid=96, refine=0)
    assert every.computed.all() and coarse.computed.mean() < 0.5
    assert np.array_equal(coarse.real, every.real)
    assert np.array_equal(coarse.minima, every.minima)


def test_slice_counts_what_distance_problems_count() -> None:
    V, metric = eg.DeterminantalVariety(3, 3, rank=1), eg.Metric.random(9, seed=4)
    points = np.random.default_rng(4).normal(size=(3, 3, 3))
    found = data_slice(V, points, metric, grid=8, refine=1, seed=2)
    assert found.data(*found.points.T) == pytest.approx(points)
    assert found.axes @ metric.matrix @ found.axes.T == pytest.approx(np.eye(2))
    assert found.points[0] == pytest.approx([0, 0]) and found.points[1, 0] > 0
    assert found.points[1, 1] == pytest.approx(0)
    assert found.coordinates(points.reshape(3, 9)) == pytest.approx(found.points)
    problem = eg.DistanceProblem(V, metric, data=points[0])
    for i, j in np.argwhere(found.computed)[::30]:
        critical = problem.at(found.data(found.x[j], found.y[i])).critical_points()
        assert (len(critical.real), len(critical.minima)) == (found.real[i, j], found.minima[i, j])


def test_slice_for_the_frobenius_norm_has_one_colour() -> None:
    V = eg.DeterminantalVariety(3, 3, rank=2)
    found = data_slice(V, np.random.default_rng(0).normal(size=(3, 3, 3)), grid=5)
    assert (found.real == 3).all() and (found.minima == 1).all()
    assert found.computed.sum() == 36
    assert legend(found.plot()) == ["3"]


def test_threads_do_not_matter(ellipse: DataSlice) -> None:
    window = (ellipse.x[0], ellipse.x[-1], ellipse.y[0], ellipse.y[-1])
    other = data_slice(ELLIPSE, PLANE, window=window, grid=30, refine=2, threads=1)
    assert np.array_equal(other.real, ellipse.real)
    assert np.array_equal(other.computed, ellipse.computed)


def test_progress_is_reported() -> None:
    calls: list[tuple[str, int, int | None]] = []
    data_slice(ELLIPSE, PLANE, grid=3, refine=0, progress=lambda *call: calls.append(call))
    assert calls == [("data points", 16, 16)]


def test_slice_is_drawn_with_its_curve_and_discriminant(ellipse: DataSlice) -> None:
    ax = ellipse.plot()
    (mesh,) = (c for c in ax.collections if isinstance(c, QuadMesh))
    numbers = np.asarray(mesh.get_array()).reshape(ellipse.real.shape)
    assert np.array_equal(numbers, (ellipse.real - 2) // 2)
    assert legend(ax) == ["2", "4", "curve", "ED discriminant"]
    lines = {line.get_label(): line for line in ax.lines}
    x, y = lines["curve"].get_data()
    assert np.abs(x**2 + 4 * y**2 - 4).max() < 2e-3
    x, y = lines["ED discriminant"].get_data()
    astroid = np.abs(2 * x) ** (2 / 3) + np.abs(y) ** (2 / 3)
    assert astroid == pytest.approx(3 ** (2 / 3), abs=0.02)
    assert lines["ED discriminant"].get_color() == COLOURS["discriminant"]
    assert ax.get_xlim() == (ellipse.x[0], ellipse.x[-1])
    assert legend(ellipse.plot(what="minima"))[:2] == ["1", "2"]


def test_slice_of_matrices_shows_its_points() -> None:
    V = eg.DeterminantalVariety(2, 2, rank=1)
    points = np.random.default_rng(1).normal(size=(3, 2, 2))
    found = data_slice(V, points, eg.Metric.random(4, seed=1), grid=10, refine=1)
    ax = found.plot()
    drawn = [c.get_offsets() for c in ax.collections if not isinstance(c, QuadMesh)]
    assert np.array_equal(drawn[0], found.points)
    assert legend(ax) == [str(number) for number in np.unique(found.real)[::-1]]


def test_undecided_data_are_grey() -> None:
    found = data_slice(ELLIPSE, PLANE, window=(-1.5, 1.5, -3, 3), grid=2, refine=0)
    assert found.real[1, 0] == -1 == found.minima[1, 0]  # a cusp of the evolute
    assert "undecided" in legend(found.plot()) and "undecided" in str(found)


@pytest.mark.parametrize("metric", [eg.Metric.euclidean(2), OBLIQUE], ids=["euclidean", "oblique"])
def test_real_points_meet_on_the_evolute(metric: eg.Metric) -> None:
    angle = np.linspace(0.3, 6.4, 12)
    curve = np.column_stack([2 * np.cos(angle), np.sin(angle)])
    ends = evolute(ELLIPSE, metric, curve)
    problem = eg.DistanceProblem(ELLIPSE, metric, data=[1, 1])
    for point, end in zip(curve, ends, strict=True):
        near = [point + s * (end - point) for s in (0.999, 1.001)]
        # passing the centre of curvature a minimum becomes a maximum, or the other way around
        index = []
        for data in near:
            real = problem.at(data).critical_points().real
            index.append(real.index[np.argmin(np.linalg.norm(real.points - point, axis=1))])
        assert sorted(index) == [0, 1]


def test_evolute_leaves_at_an_inflection_point() -> None:
    cubic = eg.AlgebraicVariety(["y - x^3"], "x, y")
    ends = evolute(cubic, eg.Metric.euclidean(2), np.array([[0.0, 0.0], [1.0, 1.0]]))
    assert not np.isfinite(ends[0]).all()
    assert ends[1] == pytest.approx([-4, 8 / 3])


@pytest.mark.parametrize(
    ("points", "options", "message"),
    [
        ([[0, 0], [1, 1], [2, 2]], {}, "must not be on a line"),
        ([[0, 0], [1, 1]], {}, "three data points"),
        (3.0, {}, "three data points"),
        ([[0, 0], [1j, 1], [2, 2]], {}, "must be real"),
        ([[0, 0], [np.nan, 1], [2, 2]], {}, "finite"),
        ([[0, 0, 1], [1, 1, 2], [2, 2, 0]], {}, "shape"),
        (PLANE, {"window": (0, 1, 2)}, "four numbers"),
        (PLANE, {"window": (0, 1, 2, np.inf)}, "four numbers"),
        (PLANE, {"window": (1, 0, 0, 1)}, "x from, x to"),
        (PLANE, {"grid": 0}, "grid must be"),
        (PLANE, {"refine": -1}, "refine must be"),
        (PLANE, {"seed": 0.5}, "seed must be"),
        (PLANE, {"grids": 3}, "did you mean 'grid'"),
        (PLANE, {"metric": eg.Metric.euclidean(3)}, "3 coordinates"),
        (PLANE, {"metric": eg.Metric(np.diag([1, -1]), indefinite=True)}, "positive definite"),
    ],
)
def test_wrong_arguments(points: object, options: dict[str, object], message: str) -> None:
    with pytest.raises(eg.InputError, match=message):
        data_slice(ELLIPSE, points, **options)


def test_wrong_number_to_draw(ellipse: DataSlice) -> None:
    with pytest.raises(eg.InputError, match="did you mean 'minima'"):
        ellipse.plot(what="minimum")


def test_missing_matplotlib_is_explained(
    table: RealCriticalTable, ellipse: DataSlice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    for draw in (table.plot, table.histogram, ellipse.plot):
        with pytest.raises(eg.EdgeomError, match=r'pip install "edgeom\[plot\]"'):
            draw()


RUNNER = CliRunner()
ARGUMENTS = ["slice", "--equations", "x^2 + 4*y^2 - 4", "--vars", "x,y", "--grid", "8"]
ARGUMENTS += ["--refine", "1", "--window=-3,3.1,-4,4.1"]


@pytest.mark.parametrize("kind", ["png", "pdf", "svg"])
def test_command_writes_a_picture(tmp_path: Path, kind: str) -> None:
    out = tmp_path / f"ellipse.{kind}"
    done = RUNNER.invoke(app, [*ARGUMENTS, "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "17×17 data points" in done.output and str(out) in done.output
    starts = {"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml"}
    assert out.read_bytes().startswith(starts[kind])


def test_command_prints_json_and_takes_points(tmp_path: Path) -> None:
    points = np.random.default_rng(3).normal(size=(3, 4))
    np.savetxt(tmp_path / "points.txt", points)
    arguments = ["slice", "--rows", "2", "--cols", "2", "--rank", "1", "--generic", "--grid", "4"]
    arguments += ["--points", str(tmp_path / "points.txt"), "--what", "minima", "--json"]
    done = RUNNER.invoke(app, [*arguments, "--out", str(tmp_path / "a.png")])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert np.array(found["points"]).reshape(3, 4) == pytest.approx(points)
    assert (found["degree"], found["grid"]) == (6, [33, 33])
    assert sum(found["shares"]["real"].values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "a.gif"], "must end in"),
        (["--out", "nowhere/a.png"], "no folder nowhere"),
        (["--out", "a.png", "--what", "red"], "real, minima"),
        (["--out", "a.png", "--window", "1,2"], "four numbers"),
        (["--out", "a.png", "--window", "1,2,x,3"], "--window must be numbers"),
        (["--out", "a.png", "--points", "missing.txt"], "cannot read"),
    ],
)
def test_command_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = RUNNER.invoke(app, [*ARGUMENTS, *arguments])
    assert done.exit_code == 2 and message in done.output
    assert not list(tmp_path.iterdir())
