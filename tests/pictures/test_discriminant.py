"""What is drawn is where the mathematics says."""

import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import is_color_like, to_hex
from matplotlib.contour import ContourSet

import edgeom as eg
from edgeom.pictures.discriminant import plot_plane_curve_problem
from edgeom.pictures.style import COLOURS, STYLE

METRIC = eg.Metric([[1, 0.5], [0.5, 2]])


def critical(
    equation: str, data: list[float], metric: eg.Metric | None = None, variables: str = "x, y"
) -> eg.CriticalPoints:
    variety = eg.AlgebraicVariety([equation], variables)
    return eg.DistanceProblem(variety, metric, data=data).critical_points()


@pytest.fixture(scope="module")
def ellipse() -> eg.CriticalPoints:
    return critical("x^2 + 4*y^2 - 4", [0.6, 0.35])


def drawn_points(ax: Axes, name: str) -> np.ndarray:
    found = [c for c in ax.collections if isinstance(c, PathCollection) and c.get_label() == name]
    assert len(found) == 1
    return np.asarray(found[0].get_offsets())


def curve_vertices(ax: Axes) -> np.ndarray:
    (curve,) = (c for c in ax.collections if isinstance(c, ContourSet))
    return np.concatenate([path.vertices for path in curve.get_paths()])


def segments(ax: Axes) -> np.ndarray:
    lines = [c for c in ax.collections if isinstance(c, LineCollection)]
    return np.concatenate([c.get_segments() for c in lines])


def by_first(points: np.ndarray) -> np.ndarray:
    return points[np.argsort(points[:, 0])]


def test_points_are_drawn_where_they_are(ellipse: eg.CriticalPoints) -> None:
    ax = plot_plane_curve_problem(ellipse)
    assert np.array_equal(drawn_points(ax, "data"), [[0.6, 0.35]])
    minima, maxima = drawn_points(ax, "local minimum"), drawn_points(ax, "local maximum")
    assert np.array_equal(by_first(minima), by_first(ellipse.minima.points.real))
    assert len(minima) == len(maxima) == 2
    assert np.abs(minima[:, 1]).min() > np.abs(maxima[:, 1]).max()  # on the flat sides


def test_whole_ellipse_is_drawn(ellipse: eg.CriticalPoints) -> None:
    ax = plot_plane_curve_problem(ellipse)
    x, y = curve_vertices(ax).T
    assert np.abs(x**2 + 4 * y**2 - 4).max() < 1e-3
    for values, radius in ((x, 2), (y, 1)):
        assert values.max() == pytest.approx(radius, abs=1e-3)
        assert values.min() == pytest.approx(-radius, abs=1e-3)
    assert ax.get_xlim()[0] < -2 < 2 < ax.get_xlim()[1] < 2.5
    assert ax.get_aspect() == 1


@pytest.mark.parametrize("metric", [None, METRIC], ids=["euclidean", "oblique"])
def test_segments_are_normals_in_the_metric(metric: eg.Metric | None) -> None:
    points = critical("y - x^2", [-0.6, 3], metric)
    ax = plot_plane_curve_problem(points)
    drawn = segments(ax)
    assert len(drawn) == len(points.real) == 3
    for start, end in drawn:
        assert np.array_equal(start, [-0.6, 3])
        tangent = np.array([1, 2 * end[0]])
        assert abs((end - start) @ points.metric.matrix @ tangent) < 1e-9


def test_unbounded_curve_shows_every_real_point() -> None:
    points = critical("x*y - 1", [3, 0.2])
    ax = plot_plane_curve_problem(points)
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    for x, y in [*points.real.points.real, points.data]:
        assert left < x < right and bottom < y < top


def test_colours_and_fill_tell_minima_from_maxima(ellipse: eg.CriticalPoints) -> None:
    ax = plot_plane_curve_problem(ellipse)
    styles = {
        c.get_label(): (to_hex(c.get_edgecolor()[0]).upper(), to_hex(c.get_facecolor()[0]).upper())
        for c in ax.collections
        if isinstance(c, PathCollection)
    }
    assert styles["local minimum"] == (COLOURS["minimum"],) * 2
    assert styles["local maximum"] == (COLOURS["maximum"], "#FFFFFF")


def test_only_what_is_there_has_a_label() -> None:
    ax = plot_plane_curve_problem(critical("x^2 + 4*y^2 - 4", [2, 2]))
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names == ["data", "local minimum", "local maximum"]
    cardioid = critical("(x^2 + y^2 + x)^2 - x^2 - y^2", [-0.6, 0.35])
    names = [t.get_text() for t in plot_plane_curve_problem(cardioid).get_legend().get_texts()]
    assert names == ["data", "local maximum"]  # the nearest point is the cusp


def test_given_axes_are_used_and_named(ellipse: eg.CriticalPoints) -> None:
    _, axes = plt.subplots(1, 2)
    assert plot_plane_curve_problem(ellipse, axes[1]) is axes[1]
    assert not axes[0].collections and len(plt.get_fignums()) == 1
    ax = plot_plane_curve_problem(critical("x1^2 + 4*beta^2 - 4", [1, 1], None, "x1, beta"))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("$x_{1}$", r"$\beta$")


def test_data_on_the_curve() -> None:
    ax = plot_plane_curve_problem(critical("x^2 + 4*y^2 - 4", [0, 1]))
    assert np.abs(drawn_points(ax, "local minimum") - [0, 1]).sum(axis=1).min() < 1e-9


@pytest.mark.parametrize(
    ("variety", "metric", "data", "message"),
    [
        (eg.DeterminantalVariety(2, 2, rank=1), None, [[1, 2], [3, 5]], "curve in the plane"),
        (eg.AlgebraicVariety(["x - y", "x + y - 2"], "x, y"), None, [3, 4], "curve in the plane"),
        (eg.AlgebraicVariety(["x*y", "x*z"], "x, y, z"), None, [1, 2, 3], "curve in the plane"),
        (eg.AlgebraicVariety(["y - x^2", "x*y - x^3"], "x, y"), None, [1, 3], "one equation"),
        (eg.AlgebraicVariety(["y - x^2"], "x, y"), None, [1j, 3], "real data"),
        (eg.AlgebraicVariety(["y - I*x^2"], "x, y"), None, [1, 3], "real curve"),
        (
            eg.AlgebraicVariety(["y - x^2"], "x, y"),
            eg.Metric([[1, 0], [0, -1]], indefinite=True),
            [1, 3],
            "positive definite",
        ),
        (eg.AlgebraicVariety(["x^2 + 2*y^2 + 1"], "x, y"), None, [1, 3], "no real critical point"),
    ],
    ids=["matrices", "point", "space", "equations", "data", "curve", "metric", "empty"],
)
def test_what_cannot_be_drawn(
    variety: eg.AlgebraicVariety, metric: eg.Metric | None, data: list[complex], message: str
) -> None:
    points = eg.DistanceProblem(variety, metric, data=data).critical_points()
    with pytest.raises(eg.InputError, match=message):
        plot_plane_curve_problem(points)


def test_missing_matplotlib_is_explained(
    ellipse: eg.CriticalPoints, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(eg.EdgeomError, match=r'pip install "edgeom\[plot\]"'):
        plot_plane_curve_problem(ellipse)


def test_style_and_colours_are_valid() -> None:
    assert all(map(is_color_like, COLOURS.values()))
    assert len(set(COLOURS.values())) == len(COLOURS)
    with plt.style.context(STYLE):
        assert all(plt.rcParams[name] == value for name, value in STYLE.items())
