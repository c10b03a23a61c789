"""Nearest points of many data points."""

import mpmath
import numpy as np
import pytest

import edgeom as eg
from tests.selection import first

ELLIPSE = eg.AlgebraicVariety(["x^2 + 4*y^2 = 4"], "x y")
ACNODE = eg.AlgebraicVariety(["y^2 = x^2*(x - 1)"], "x y")


@pytest.mark.parametrize(
    ("variety", "metric"),
    [
        (ACNODE, None),
        (ACNODE, eg.Metric.weights([1, 3])),
        (eg.DeterminantalVariety(2, 2, 1), eg.Metric.random(4, seed=2)),
        pytest.param(eg.AlgebraicVariety(["x^2 = y^2*z"], "x y z"), None, marks=pytest.mark.slow),
        pytest.param(eg.ParametrizedVariety(["t^2", "t^3"], "t"), None, marks=pytest.mark.slow),
    ],
    ids=str,
)
def test_bulk_agrees_with_one_by_one(variety, metric):
    data = np.random.default_rng(1).normal(size=(12, *variety.shape))
    found = eg.nearest_points(variety, data, metric)
    problem = eg.NearestProblem(variety, metric)
    assert found.complete and not found.alone.any()
    for i, q in enumerate(data):
        best = problem.at(q, prove=False)
        assert found.squared_distance[i] == pytest.approx(best.squared_distance, rel=1e-9)
        assert found.kind[i] == best.kind
        assert np.allclose(found.points[i], best.point, atol=1e-7)
        assert variety.contains(found.points[i], 1e-6)


def test_special_data_is_solved_alone():
    circle = eg.AlgebraicVariety(["x^2 + y^2 = 4"], "x y")
    found = eg.nearest_points(circle, [[0, 0], [1, 0], [3, 4]])
    assert found.distance == pytest.approx([2, 1, 3])
    assert found.alone.tolist() == [True, False, False]


def test_rows_do_not_depend_on_each_other():
    data = np.random.default_rng(5).normal(size=(9, 3, 3))
    variety, metric = eg.DeterminantalVariety(3, 3, 1), eg.Metric.random(9, seed=1)
    whole = eg.nearest_points(variety, data, metric)
    for threads, part in ((1, slice(None)), (2, slice(2, 6))):
        some = eg.nearest_points(variety, data[part], metric, threads=threads)
        assert np.array_equal(some.points, whole.points[part])


def foot(a, b, x, y):
    """The nearest point of an ellipse to a point of the first quadrant, with 40 digits."""
    with mpmath.workdps(40):
        a, b, x, y = map(mpmath.mpf, (a, b, x, y))
        # Eberly's equation, a decreasing function of t > -b²
        low, high = -b * b + b * y, -b * b + mpmath.hypot(a * x, b * y)
        for _ in range(140):
            t = (low + high) / 2
            value = (a * x / (t + a * a)) ** 2 + (b * y / (t + b * b)) ** 2
            low, high = (t, high) if value > 1 else (low, t)
        point = a * a * x / (t + a * a), b * b * y / (t + b * b)
        return [float(v) for v in point], float(mpmath.hypot(point[0] - x, point[1] - y))


def test_the_earth_in_metres():
    """Heights above the WGS 84 ellipsoid."""
    a, b = 6378137, 6356752.314245
    equation = f"(x^2 + y^2)/{a}^2 + z^2/{b!r}^2 = 1"
    earth = eg.AlgebraicVariety([equation], "x y z")
    rng = np.random.default_rng(3)
    directions = rng.normal(size=(300, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    heights = np.concatenate(
        [10 ** rng.uniform(-3, 7, size=200), -(10 ** rng.uniform(0, 6, size=100))]
    )
    data = directions * (6.37e6 + heights)[:, None]
    found = eg.nearest_points(earth, data)
    for q, x, distance in zip(data, found.points, found.distance, strict=True):
        radius = np.hypot(q[0], q[1])
        point, expected = foot(a, b, radius, abs(q[2]))
        assert distance == pytest.approx(expected, rel=1e-9, abs=1e-6)
        assert np.hypot(x[0], x[1]) == pytest.approx(point[0], rel=1e-12)
        assert abs(x[2]) == pytest.approx(point[1], rel=1e-9)


@pytest.mark.parametrize("variety", [ELLIPSE, eg.DeterminantalVariety(2, 2, 1)], ids=str)
def test_proofs_are_those_of_single_points(variety):
    rng = np.random.default_rng(4)
    data = rng.normal(size=(4, *variety.shape))
    found = eg.nearest_points(variety, data, prove=True)
    assert found.proved.all() and "proved    4" in str(found)
    assert not eg.nearest_points(variety, data).proved.any()
    for q, value in zip(data, found.squared_distance, strict=True):
        best = eg.DistanceProblem(variety, data=q).nearest_point()
        assert best.proved and best.squared_distance == pytest.approx(value, rel=1e-12)


def test_what_is_not_proved_says_why():
    found = eg.nearest_points(ELLIPSE, [[0, 0], [3, 0], [1e-17, 2]], prove=True)
    assert found.proved.tolist() == [False, True, True]
    assert "do not tell" in found.reason[0]
    circle = eg.AlgebraicVariety(["x^2 + y^2 = 4"], "x y")
    assert "special data" in eg.nearest_points(circle, [[0, 0]], prove=True).reason[0]
    twins = eg.nearest_points(ELLIPSE, [[0.2, 1e-18], [0.2, 1e-6]], prove=True)
    assert "do not tell" in twins.reason[0] or twins.alone[0]
    assert twins.proved[1]
    umbrella = eg.AlgebraicVariety(["x^2 = y^2*z"], "x y z")
    assert (
        "7 critical points are known"
        in eg.nearest_points(umbrella, [[1, 2, 3]], prove=True).reason[0]
    )


@pytest.mark.parametrize(
    "variety", first(1, [ACNODE, eg.SymmetricDeterminantalVariety(2, 1)]), ids=str
)
def test_a_metric_for_each_data_point(variety):
    rng = np.random.default_rng(6)
    data = rng.normal(size=(5, *variety.shape))
    data = data + data.swapaxes(1, -1) if data.ndim == 3 else data
    n = variety.ambient_dimension
    maps = rng.normal(size=(5, n, n))
    matrices = maps.swapaxes(1, 2) @ maps + np.eye(n)
    weights = rng.uniform(0.5, 2, size=data.shape)
    weights = weights + weights.swapaxes(1, -1) if data.ndim == 3 else weights
    own = np.array([variety.flatten(w) for w in weights]) * np.diag(variety.default_metric.matrix)
    for given, metrics in ((matrices, matrices), (weights, [np.diag(w) for w in own])):
        found = eg.nearest_points(variety, data, given)
        assert found.metric is None and len(found.metrics) == 5
        for i, q in enumerate(data):
            best = eg.NearestProblem(variety, eg.Metric(metrics[i])).at(q, prove=False)
            assert found.squared_distance[i] == pytest.approx(best.squared_distance, rel=1e-9)


def test_missing_entries():
    V = eg.DeterminantalVariety(2, 2, 1)
    data = np.array([[[1, 2], [3, np.nan]], [[2, 1], [1, np.nan]]])
    found = eg.nearest_points(V, data)
    assert found.points[:, 1, 1] == pytest.approx([6, 0.5]) and "do not" not in found.reason[0]
    data[1] = [[np.nan, 1], [1, 2]]
    with pytest.raises(eg.InputError, match=r"data\[1\] has other missing entries"):
        eg.nearest_points(V, data)


def test_data_frames_and_summaries():
    found = eg.nearest_points(ACNODE, [[-0.1, 0.05], [2, 1]])
    frame = found.to_pandas()
    assert frame.shape == (2, 10) and not frame["proved"].any()
    assert frame["kind"].tolist() == ["singular point", "smooth point"]
    assert "1 smooth points, 1 singular points" in str(found)
    assert len(eg.nearest_points(ACNODE, np.zeros((0, 2)))) == 0


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([0, 1], r"shape \(samples, 2\)"),
        ([[0, 1, 2]], r"shape \(samples, 2\)"),
        ([[0, np.inf]], "finite"),
        ([[0, 1j]], "real"),
        ([["a", "b"]], "numbers"),
    ],
)
def test_bad_data_is_refused(data, words):
    with pytest.raises(eg.InputError, match=words):
        eg.nearest_points(ACNODE, data)


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        ([[1, 2], [3, -4]], "positive weight for each entry of each of 2"),
        ([[1, 2]], "positive weight for each entry of each of 2"),
        ([[[1, 2], [2, 1]], [[1, 0], [0, 1]]], r"metric\[0\] must be .* definite, .* is -1"),
        ([[[1, 0], [0, 1]], [[1, 0], [0, 0]]], r"metric\[1\] must be .* definite, .* is 0"),
        ([[[1, 2, 3]]], r"shape \(samples, 2\)"),
    ],
)
def test_bad_metrics_are_refused(metric, words):
    with pytest.raises(eg.InputError, match=words):
        eg.nearest_points(ACNODE, [[0, 1], [1, 0]], metric)


def test_the_runner_up_is_a_minimum():
    data = [[0.3, 0.2], [1.5, 0.1], [3, 4], [0, 0], [0, 0.5]]
    found = eg.nearest_points(ELLIPSE, data)
    for q, value in zip(data[:3], found.runner_up, strict=False):
        assert value == pytest.approx(eg.NearestProblem(ELLIPSE).at(q).runner_up)
    circle = eg.AlgebraicVariety(["x^2 + y^2 = 4"], "x y")
    centre = eg.nearest_points(circle, [[0, 0], [1, 0]])
    assert centre.runner_up == pytest.approx([4, np.inf])
    assert found.runner_up[3] == pytest.approx(found.squared_distance[3])
