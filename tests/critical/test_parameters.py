"""The parameters of critical points of images: the map takes them to the points."""

import numpy as np
import pytest
import sympy

import edgeom as eg

BEZIER = "({0})*(1-t)^3 + 3*({1})*(1-t)^2*t + 3*({2})*(1-t)*t^2 + ({3})*t^3"


def values(variety, parameters):
    """Evaluate the map as sympy does, exactly as it was given."""
    names = sympy.symbols(variety.variables)
    maps = [sympy.lambdify(names, sympy.sympify(text.replace("^", "**"))) for text in variety.map]
    return np.array([[f(*t) for f in maps] for t in parameters])


def check(variety, data, metric=None):
    points = eg.DistanceProblem(variety, metric, data=data).critical_points()
    found = values(variety, points.parameters)
    assert points.parameters.shape == (len(points), len(variety.variables))
    assert np.abs(found - points.points).max() < 1e-9 * np.abs(points.points).max()
    return points


@pytest.mark.parametrize(("seed", "size"), [(0, 1), (1, 1000)])
def test_bezier_curves(seed: int, size: int) -> None:
    controls = size * (3 + np.random.default_rng(seed).normal(size=(4, 2)).round(3))
    curve = eg.ParametrizedVariety([BEZIER.format(*column) for column in controls.T], "t")
    points = check(curve, controls.mean(axis=0))
    assert len(points) == 5
    real = points.real
    assert not real.parameters.imag.any()
    # brute force: the nearest of many points of the curve
    t = np.linspace(-20, 20, 400_001)
    x = np.stack([(1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3], axis=1) @ controls
    best = t[np.sum((x - controls.mean(axis=0)) ** 2, axis=1).argmin()]
    nearest = points.nearest
    assert nearest.parameters.dtype == float and nearest.parameters == pytest.approx(best, abs=1e-3)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("coordinates", "variables"),
    [
        (["(1 - t^2)/(1 + t^2)", "2*t/(1 + t^2)"], "t"),
        (["(t - 200)^2/40000", "t/200", "3"], "t"),
        (["1/(t - 200)", "t/200"], "t"),
        (["s^2", "s*t", "t^2"], "s t"),
        (["s", "t", "1/(1 + s^2 + 1000*t)"], "s, t"),
        (["a*c", "a*d", "b*c", "b*d"], "a b c d"),  # more than the dimension
        (["(a*c)/(1 + a)", "a*d", "b*c", "100*b*d"], "a b c d"),
    ],
)
def test_unknowns_of_charts(coordinates: list[str], variables: str, seed: int) -> None:
    variety = eg.ParametrizedVariety(coordinates, variables)
    rng = np.random.default_rng(seed)
    chart = variety.good.chart(rng)
    u = np.array([chart.sample(rng) for _ in range(4)])
    x = variety.coordinates.outward(np.array([chart.point(row.tolist()) for row in u]))
    assert np.allclose(values(variety, chart.parameters(u)), x, rtol=1e-9, atol=0)


def test_more_parameters_than_the_dimension() -> None:
    check(eg.ParametrizedVariety(["(a + b)^2", "a + b"], "a b"), [3, 1])


def test_parameters_at_infinity() -> None:
    circle = eg.ParametrizedVariety(["(1 - t^2)/(1 + t^2)", "2*t/(1 + t^2)"], "t")
    points = eg.DistanceProblem(circle, data=[3, 0]).critical_points()
    assert points.nearest.parameters == pytest.approx(0)
    assert np.isposinf(points[1].parameters) and points[1].point == pytest.approx([-1, 0])


def test_real_points_with_parameters_that_are_not_real() -> None:
    ray = eg.ParametrizedVariety(["t^2"], "t")  # the whole line over the complex numbers
    (point,) = eg.DistanceProblem(ray, data=[-4]).critical_points().real
    assert point.point == pytest.approx(-4)
    assert abs(point.parameters[0].imag) == pytest.approx(2)


def test_selections_keep_their_parameters() -> None:
    cubic = eg.ParametrizedVariety(["t", "t^3"], "t")
    points = eg.DistanceProblem(cubic, data=[0.5, 2]).critical_points()
    chosen = ~points.is_real
    assert np.array_equal(points.where(chosen).parameters, points.parameters[chosen])
    assert [p.parameters[0] for p in points.real] == points.real.parameters[:, 0].tolist()


def test_zero_sets_have_none() -> None:
    circle = eg.AlgebraicVariety(["x^2 + y^2 - 1"], "x, y")
    points = eg.DistanceProblem(circle, data=[3, 4]).critical_points()
    assert points.nearest.parameters is None
    with pytest.raises(eg.InputError, match="is not given by a map: its points have no parameters"):
        points.parameters  # noqa: B018
