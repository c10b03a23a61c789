"""The ED discriminant of plane curves: equations, points and curves."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

import edgeom as eg
from edgeom.critical.evolute import evolute

SKEW = eg.Metric([[2, 0.5], [0.5, 1]])
CURVES = {
    "ellipse": ("x^2 + 4*y^2 - 4", 6),
    "parabola": ("y - x^2", 3),
    "cuspidal cubic": ("y^2 - x^3", 4),
    "smooth cubic": ("x^3 + y^3 - 1", 18),
    "lemniscate": ("(x^2 + y^2)^2 - x^2 + y^2", 6),
}


def curve(equation: str) -> eg.AlgebraicVariety:
    return eg.AlgebraicVariety([equation], "x, y")


@pytest.mark.parametrize("name", CURVES)
def test_equations_have_the_degrees_of_the_literature(name: str) -> None:
    """A smooth curve of degree d has an evolute of degree 3 d (d - 1) (Salmon)."""
    equation, degree = CURVES[name]
    assert eg.ed_discriminant(curve(equation)).degree == degree


@pytest.mark.slow
def test_a_quartic() -> None:
    assert eg.ed_discriminant(curve("x^4 + y^4 - 1")).degree == 36


@pytest.mark.parametrize("name", ["ellipse", "cuspidal cubic", "lemniscate"])
@pytest.mark.parametrize("metric", [None, SKEW])
def test_the_equation_vanishes_at_centres_of_curvature(name: str, metric: eg.Metric | None) -> None:
    found = eg.ed_discriminant(curve(CURVES[name][0]), metric)
    poly = sympy.Poly(found.equation, *sympy.symbols("x y"))
    points = found.points((-3, 3, -3, 3), resolution=401)
    assert len(points) > 10
    terms = [(float(c), i, j) for (i, j), c in poly.terms()]
    for x, y in points:
        values = [c * x**i * y**j for c, i, j in terms]
        assert abs(sum(values)) < 1e-9 * sum(map(abs, values))


def test_the_ellipse_is_that_of_the_textbooks() -> None:
    """(2x)^(2/3) + y^(2/3) = 3^(2/3) for semiaxes 2 and 1, without roots."""
    found = eg.ed_discriminant(curve("x^2 + 4*y^2 - 4")).equation
    x, y = sympy.symbols("x y")
    known = (4 * x**2 + y**2 - 9) ** 3 + 27 * 4 * 9 * x**2 * y**2
    assert sympy.expand(found - known) == 0


def test_numbers_of_real_points_change_there() -> None:
    ellipse = curve("x^2 + 4*y^2 - 4")
    equation = sympy.lambdify(sympy.symbols("x y"), eg.ed_discriminant(ellipse).equation)
    for seed in range(5):
        q = np.random.default_rng(seed).normal(size=2)
        real = len(eg.DistanceProblem(ellipse, data=q).critical_points().real)
        assert real == (4 if equation(*q) < 0 else 2)


@pytest.mark.parametrize(
    ("equation", "error", "message"),
    [
        ("x^2 + y^2 - 1", eg.DegenerateDataError, "no curve: its centres"),
        ("y - 2*x", eg.DegenerateDataError, "no centres of curvature"),
        ("x^2 + sqrt(2)*y^2 - 1", eg.InputError, "rational coefficients"),
    ],
)
def test_curves_without_an_equation(equation: str, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        _ = eg.ed_discriminant(curve(equation)).equation


def test_what_is_no_curve() -> None:
    with pytest.raises(eg.InputError, match="one equation in two variables"):
        eg.ed_discriminant(eg.AlgebraicVariety(["x^2 + y^2 + z^2 - 1"], "x, y, z"))
    with pytest.raises(eg.InputError, match="window"):
        eg.ed_discriminant(curve("y - x^2")).points((0, 1, 1, 0))


def test_lines_of_curvature_are_in_the_window() -> None:
    found = eg.ed_discriminant(curve("x^2 + 4*y^2 - 4"))
    points = found.points((0, 3, 0, 4), 401)
    assert (points >= 0).all() and points[:, 1].max() == pytest.approx(3, abs=0.1)
    piece = found.curves((-3, 3, -4, 4), 401)[0]
    np.testing.assert_allclose(evolute(found.curve, found.metric, np.array([[2.0, 0]])), [[1.5, 0]])
    assert piece.shape[1] == 2
