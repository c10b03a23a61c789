"""Exact counts by Gröbner bases: known numbers, agreement with homotopies, and a lying engine."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import sympy
from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

import edgeom as eg
from edgeom.exact import count, exact_count, msolve
from edgeom.exact.gradient import MetricGradient
from edgeom.exact.msolve import LARGEST_PRIME, VARIABLE
from edgeom.exact.rational import Field, data_of, rational
from edgeom.exact.real import isolate
from edgeom.exact.solutions import checked
from edgeom.exact.systems import ExactSystem, exact_system
from edgeom.varieties.base import Variety
from tests.exact.problems import ELLIPSE, FOUND, PRIME, needs_msolve
from tests.selection import first

CIRCLE = eg.AlgebraicVariety(["x^2 + y^2 = 1"], "x, y")
CARDIOID = eg.AlgebraicVariety(["(x^2 + y^2 + x)^2 = x^2 + y^2"], "x, y")
RANK_ONE = eg.DeterminantalVariety(3, 3, rank=1)


def hankel(rank):
    """3×3 Hankel matrices by their minors: more equations than the codimension for rank 1."""
    a = sympy.symbols("a:5")
    matrix = sympy.Matrix(3, 3, lambda i, j: a[i + j])
    minors = [
        matrix.extract(list(rows), list(cols)).det()
        for rows in sympy.utilities.iterables.combinations(range(3), rank + 1)
        for cols in sympy.utilities.iterables.combinations(range(3), rank + 1)
    ]
    return eg.AlgebraicVariety(list(dict.fromkeys(minors)), a)


def integral_metric(size, seed):
    """A metric fᵀf with small integer entries, general enough for the varieties below."""
    f = np.random.default_rng(seed).integers(-10, 11, size=(size, size))
    return eg.Metric(f.T @ f)


def tenths(variety, seed):
    """Random data k/10, symmetric or skew-symmetric where it has to be: exact, and as doubles."""
    coordinates = np.random.default_rng(seed).integers(-30, 31, size=variety.ambient_dimension)
    array = variety.unflatten(coordinates)
    exact = np.array([Fraction(int(k), 10) for k in array.flat], object).reshape(array.shape)
    return exact, array / 10


# Known numbers

GENERAL = [
    (CIRCLE, 4),
    (CARDIOID, 7),
    (eg.DeterminantalVariety(2, 2, 1), 6),
    (eg.DeterminantalVariety(2, 3, 1), 10),
    (eg.DeterminantalVariety(3, 2, 1), 10),
    (RANK_ONE, 39),
    (eg.DeterminantalVariety(3, 3, 2), 39),
    (eg.DeterminantalVariety(4, 3, 2), 83),
    (eg.SymmetricDeterminantalVariety(3, 1), 13),
    (eg.SymmetricDeterminantalVariety(3, 2), 13),
    (eg.SymmetricDeterminantalVariety(4, 2), 122),
    (eg.SkewDeterminantalVariety(4, 2), 10),
    (eg.SkewDeterminantalVariety(5, 2), 42),
    (eg.SegreVariety((2, 2, 2)), 34),
    (eg.SegreVariety((2, 1, 2, 3)), 100),
    (eg.VeroneseVariety(2, 4), 10),
    (eg.VeroneseVariety(3, 2), 13),
    (hankel(1), 10),
    (hankel(2), 13),
]
SPECIAL = [
    (CIRCLE, None, 2),
    (ELLIPSE, None, 4),
    (CARDIOID, None, 3),
    (eg.DeterminantalVariety(2, 2, 1), None, 2),
    (eg.DeterminantalVariety(4, 4, 2), None, 6),
    (eg.SymmetricDeterminantalVariety(3, 1), None, 3),
    (eg.SymmetricDeterminantalVariety(3, 1), [1, 1, 1, 1, 1, 1], 13),
    (eg.SegreVariety((2, 2, 2)), None, 6),
    (eg.SegreVariety((3, 3, 3)), None, 37),
    (eg.VeroneseVariety(3, 3), None, 7),
    (hankel(1), [1, 2, 3, 2, 1], 6),
    (hankel(1), [1, 4, 6, 4, 1], 4),
    (hankel(2), [1, 2, 3, 2, 1], 9),
    (hankel(2), [1, 1, 1, 1, 1], 13),
    # singular minors of the weights lower the number
    (RANK_ONE, [3, 7, 4, 3, 7, 3, 4, 6, 5], 35),
    (RANK_ONE, [1, 1, 1, 1, 1, 1, 1, 1, 2], 11),
]


@needs_msolve
@pytest.mark.parametrize(("variety", "expected"), GENERAL, ids=str)
def test_general_metrics(variety, expected):
    metric = integral_metric(variety.ambient_dimension, 1)
    found = exact_count(variety, metric, tenths(variety, 2)[0], seed=3)
    assert (found.count, found.solutions, found.dimension) == (expected,) * 3
    assert found.is_radical
    assert len(set(found.primes)) == 2


@needs_msolve
@pytest.mark.parametrize(("variety", "weights", "expected"), SPECIAL, ids=str)
def test_special_metrics(variety, weights, expected):
    metric = weights and eg.Metric.weights(weights)
    assert exact_count(variety, metric, tenths(variety, 4)[0]).count == expected


@needs_msolve
@pytest.mark.parametrize("seed", first(9, range(20)))
def test_agrees_with_homotopies(seed):
    metric = integral_metric(9, seed)
    exact, doubles = tenths(RANK_ONE, 100 + seed)
    found = exact_count(RANK_ONE, metric, exact, real=True, seed=seed)
    points = eg.DistanceProblem(RANK_ONE, metric, data=doubles).critical_points(seed=seed)
    assert found.count == len(points) == 39
    assert len(found.real) == len(points.real)
    assert np.allclose(found.real.points, points.real.points.real, rtol=0, atol=1e-9)


@needs_msolve
@pytest.mark.parametrize(
    "variety",
    [
        CARDIOID,
        eg.DeterminantalVariety(3, 2, 1),
        eg.DeterminantalVariety(2, 3, 1),
        eg.SymmetricDeterminantalVariety(3, 1),
        eg.SymmetricDeterminantalVariety(3, 2),
        eg.SkewDeterminantalVariety(4, 2),
        eg.SegreVariety((2, 2, 2)),
        eg.VeroneseVariety(2, 3),
        hankel(1),
    ],
    ids=str,
)
def test_real_points_of_every_kind(variety):
    metric = integral_metric(variety.ambient_dimension, 5)
    exact, doubles = tenths(variety, 6)
    found = exact_count(variety, metric, exact, real=True)
    points = eg.DistanceProblem(variety, metric, data=doubles).critical_points()
    assert found.count == len(points)
    assert found.real.points.shape == (len(points.real), *variety.shape)
    assert np.allclose(found.real.points, points.real.points.real, rtol=0, atol=1e-8)


@needs_msolve
def test_boxes_are_exact_and_disjoint():
    found = exact_count(CIRCLE, None, [3, 4], real=True)
    exact = [(Fraction(3, 5), Fraction(4, 5)), (Fraction(-3, 5), Fraction(-4, 5))]
    for box, point in zip(found.real.boxes, exact, strict=True):
        for (low, high), value in zip(box, point, strict=True):
            assert low <= value <= high < low + Fraction(1, 2**60)
    assert found.real.points.tolist() == [[0.6, 0.8], [-0.6, -0.8]]


@needs_msolve
def test_doubles_are_taken_as_they_are():
    """The same doubles, with a metric of doubles: what certified numerical counts refer to."""
    rng = np.random.default_rng(3)
    variety, metric = eg.DeterminantalVariety(2, 3, 1), eg.Metric.random(6, seed=4)
    data = rng.normal(size=(2, 3))
    found = exact_count(variety, metric, data, real=True)
    points = eg.DistanceProblem(variety, metric, data=data).critical_points()
    assert (
        (found.count, len(found.real)) == (len(points), len(points.real)) == (10, len(found.real))
    )


@needs_msolve
@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.tuples(*[st.integers(-40, 40)] * 2))
def test_ellipse_is_divided_by_its_evolute(k):
    q = [Fraction(value, 10) for value in k]
    x, y = q
    side = (4 * x**2 + y**2 - 9) ** 3 + 972 * x**2 * y**2
    found = exact_count(ELLIPSE, None, q, real=True)
    if side == 0:
        assert not found.is_radical
    else:
        assert (found.count, found.dimension) == (4, 4)
        assert len(found.real) == (4 if side < 0 else 2)


@needs_msolve
def test_result_prints_what_was_found():
    shown = str(exact_count(ELLIPSE, None, ["3/10", "0.8"], real=True, seed=5, prime=PRIME))
    assert shown.startswith("4 complex critical points of the squared distance to x**2 + 4*y**2")
    assert "4 solutions modulo each prime, all simple" in shown
    assert "real      4, in disjoint rational boxes" in shown
    assert f"primes    {PRIME} and " in shown
    assert f"msolve {FOUND.version}" in shown
    again = str(exact_count(ELLIPSE, None, ["3/10", "0.8"], real=True, seed=5, prime=PRIME))
    assert again == shown


@needs_msolve
def test_components_of_smaller_dimension_are_not_counted():
    """A circle and the point (3, 0)."""
    variety = eg.AlgebraicVariety(["(x^2 + y^2 - 1)*(x - 3)", "(x^2 + y^2 - 1)*y"], "x, y")
    assert variety.dimension == 1
    found = exact_count(variety, None, [3, 4], real=True)
    assert found.is_radical
    assert found.real.points.tolist() == [[0.6, 0.8], [-0.6, -0.8]]


# Parametrised varieties


@needs_msolve
@pytest.mark.parametrize(
    ("map", "variables", "points", "solutions"),
    [
        (["t", "t^2"], "t", 3, 3),
        (["t^2", "t^4"], "t", 3, 6),  # every point twice
        (["t^2", "t^3"], "t", 4, 4),  # t = 0 solves the equations for all data
        (["s^3", "s^2*t", "s*t^2", "t^3"], "s, t", 7, 21),
        (["t^2 - 1", "t^3 - t"], "t", 5, 5),
    ],
)
def test_parametrisations_count_points(map, variables, points, solutions):
    data = [Fraction(k, 7) for k in (5, -4, 9, 3)[: len(map)]]
    found = exact_count(eg.ParametrizedVariety(map, variables), None, data)
    assert (found.count, found.solutions, found.dimension) == (points, solutions, solutions)


@needs_msolve
def test_more_parameters_than_dimensions():
    variety = eg.ParametrizedVariety(["a*c", "a*d", "b*c", "b*d"], "a, b, c, d")
    metric = integral_metric(4, 2)
    found = exact_count(variety, metric, [1, 2, 3, 5], real=True)
    same = exact_count(eg.DeterminantalVariety(2, 2, 1), metric, [[1, 2], [3, 5]], real=True)
    assert found.count == same.count == 6
    assert found.solutions == 12
    assert np.allclose(found.real.points, same.real.points.reshape(-1, 4), rtol=0, atol=1e-12)


@needs_msolve
def test_real_points_of_parameters_that_are_not_real():
    """(t², t⁴) is a whole parabola; at x < 0 the parameters are imaginary."""
    found = exact_count(eg.ParametrizedVariety(["t^2", "t^4"], "t"), None, [-3, 9], real=True)
    whole = exact_count(eg.ParametrizedVariety(["t", "t^2"], "t"), None, [-3, 9], real=True)
    assert len(found.real) == len(whole.real) == 3
    assert np.allclose(found.real.points, whole.real.points, rtol=0, atol=1e-12)
    assert found.real.points[0].tolist() == [-3, 9]


# Special data


@needs_msolve
def test_data_on_the_discriminant():
    """A point of the evolute with rational coordinates: two of four critical points coincide."""
    q = [Fraction(81, 250), Fraction(-192, 125)]
    found = exact_count(ELLIPSE, None, q, real=True)
    assert (found.count, found.dimension, len(found.real)) == (3, 4, 3)
    assert not found.is_radical
    assert "4 with multiplicities: the data lies on the ED discriminant" in str(found)


@needs_msolve
@pytest.mark.parametrize(
    ("variety", "data"),
    [
        (CIRCLE, [0, 0]),  # its centre
        (CARDIOID, [0, 0]),  # its cusp
        (eg.DeterminantalVariety(2, 2, 1), [[1, 0], [0, 1]]),
        (eg.DeterminantalVariety(3, 3, 2), [[1, 2, 3], [2, 4, 6], [3, 6, 9]]),
    ],
    ids=str,
)
def test_infinitely_many(variety, data):
    with pytest.raises(eg.DegenerateDataError, match="infinitely many solutions"):
        exact_count(variety, None, data)


@needs_msolve
def test_a_line_beside_a_plane_is_not_counted():
    found = exact_count(eg.AlgebraicVariety(["x*z", "y*z"], "x, y, z"), None, [1, 2, 3])
    assert found.count == 1


@needs_msolve
@pytest.mark.parametrize(
    ("variety", "data", "expected"),
    [
        # of rank one itself: the zero matrix solves the equations in a chart
        (eg.DeterminantalVariety(2, 2, 1), [[1, 2], [3, 6]], [[[1, 2], [3, 6]]]),
        # every point but one lies outside of the plain chart
        (RANK_ONE, np.diag([1, 2, 4]), [np.diag(d) for d in ([0, 0, 4], [0, 2, 0], [1, 0, 0])]),
        (eg.VeroneseVariety(2, 2), [4, 0, 1], [[4, 0, 0], [0, 0, 1]]),
        (eg.SegreVariety((2, 2)), [[0, 3], [0, 0]], [[[0, 3], [0, 0]]]),
    ],
    ids=str,
)
def test_special_matrices(variety, data, expected):
    found = exact_count(variety, None, data, real=True)
    assert found.count == len(expected)
    assert np.allclose(found.real.points, expected, rtol=0, atol=1e-15)


def test_point_at_the_origin():
    """A box around 0 is narrow in no relation to its size."""
    x, _ = Field().generators(2)
    system = ExactSystem(Field(), 1, [3 * x - 1], [x - fmpq(1, 3)])
    solutions = checked(msolve.Answer(1, [-1, 3], [1], [None]), system)
    (((low, high),),) = isolate(solutions, 1)
    assert -(Fraction(1, 2**120)) < low < 0 < high < Fraction(1, 2**120)


def test_single_points_need_no_engine(monkeypatch):
    monkeypatch.setenv(VARIABLE, "/nowhere/msolve")
    full = exact_count(eg.DeterminantalVariety(2, 2, 2), None, [[1, "1/2"], [3, 4]], real=True)
    assert full.real.points.tolist() == [[[1, 0.5], [3, 4]]]
    zero = exact_count(eg.DeterminantalVariety(2, 2, 0), None, [[1, 2], [3, 4]], real=True)
    assert zero.real.points.tolist() == [[[0, 0], [0, 0]]]
    constant = exact_count(eg.ParametrizedVariety(["t - t + 1/3", 2], "t"), None, [1, 1], real=True)
    assert constant.real.boxes == (((Fraction(1, 3),) * 2, (Fraction(2),) * 2),)
    assert full.count == zero.count == constant.count == 1
    assert "no equations to solve" in str(zero)


# Input


def test_rational_numbers():
    third, tenth = Fraction(1, 3), Fraction(1, 10)
    for value in (third, "1/3", sympy.Rational(1, 3), fmpq(1, 3)):
        assert rational(value) == third
    for value in ("0.1", Decimal("0.1")):
        assert rational(value) == tenth
    for value in (0.1, np.float64(0.1), sympy.Float(0.1), 0.1 + 0j):
        assert rational(value) == Fraction(0.1) != tenth
    assert rational(np.int8(-3)) == -3
    for value in (1j, float("nan"), np.inf, "x", None, sympy.sqrt(2), sympy.oo, "1/0", [1]):
        with pytest.raises(eg.InputError, match="finite rational number"):
            rational(value)


def test_symmetric_data():
    variety = eg.SkewDeterminantalVariety(3, 2)
    assert data_of(variety, [[0, 1, 2], [-1, 0, "3/2"], [-2, "-3/2", 0]]) == [1, 2, Fraction(3, 2)]
    for wrong in ([[0, 1, 2], [-1, 0, 3], [-2, 3, 0]], [[1, 1, 2], [-1, 0, 3], [-2, -3, 0]]):
        with pytest.raises(eg.InputError, match="symmetry"):
            data_of(variety, wrong)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((CIRCLE, None, [1, 2, 3]), {}, r"shape \(2,\), got \(3,\)"),
        ((CIRCLE, None, [1, np.nan]), {}, "finite rational number, got nan"),
        ((CIRCLE, None, [1, 1j]), {}, "finite rational number, got 1j"),
        ((CIRCLE, eg.Metric.euclidean(3), [1, 2]), {}, "3 coordinates"),
        ((CIRCLE, eg.Metric.random_weights(2), [1, 2]), {}, "metric must be real"),
        ((CIRCLE, np.eye(2), [1, 2]), {}, "must be a Metric, got ndarray"),
        (("circle", None, [1, 2]), {}, "must be a Variety, got str"),
        ((eg.AlgebraicVariety(["x = I*y"], "x, y"), None, [1, 2]), {}, "rational equations"),
        ((eg.AlgebraicVariety(["x^2 = sqrt(2)*y"], "x, y"), None, [1, 2]), {}, "rational numbers"),
        ((CIRCLE, None, [1, 2]), {"prime": 2**31 - 1}, f"between 1048576 and {LARGEST_PRIME}"),
        ((CIRCLE, None, [1, 2]), {"prime": 2**30}, "must be a prime number"),
        ((CIRCLE, None, [1, Fraction(1, PRIME)]), {"prime": PRIME}, "divides the denominator"),
        ((CIRCLE, None, [1, 2]), {"seed": -1}, "seed must be"),
        ((CIRCLE, None, [1, 2]), {"timeout": 0}, "timeout must be"),
        ((CIRCLE, None, [1, 2]), {"reel": True}, "did you mean 'real'"),
    ],
)
def test_wrong_arguments(arguments, options, message):
    with pytest.raises(eg.InputError, match=message):
        exact_count(*arguments, **options)


class Line(Variety):
    """A variety of a kind of its own."""

    shape, dimension = (2,), 1

    def chart(self, rng=None):
        raise NotImplementedError

    def contains(self, point, tolerance=1e-8):
        raise NotImplementedError

    def is_singular(self, point, tolerance=1e-8):
        raise NotImplementedError


def test_other_varieties_are_refused():
    with pytest.raises(eg.InputError, match=r"exact counts are known for .*, got Line"):
        exact_count(Line(), None, [1, 2])


@needs_msolve
def test_primes_in_denominators_are_avoided(monkeypatch):
    """A prime that cannot be used is replaced; one that was asked for is an error (see above)."""
    drawn = iter([PRIME, 1000000007, 1000000009])
    monkeypatch.setattr(count, "_random_prime", lambda rng: next(drawn))
    found = exact_count(ELLIPSE, None, [Fraction(1, PRIME), 1])
    assert (found.count, found.primes) == (4, (1000000007, 1000000009))


# Equations


def test_equations_vanish_at_critical_points():
    """In the exact field and in doubles the same points are critical."""
    variety = eg.SymmetricDeterminantalVariety(3, 1)
    metric = [[Fraction(int(i == j)) for j in range(6)] for i in range(6)]
    data = [Fraction(k) for k in (4, 0, 0, 1, 0, 9)]
    system = exact_system(variety, MetricGradient(metric), data, Field())
    values = [fmpq(0), fmpq(0), fmpq(4)]  # the matrix diag(4, 0, 0)
    assert [f(*values, fmpq(0)) for f in system.equations] == [0, 0, 0]
    assert [f(*values, fmpq(0)) for f in system.point] == [4, 0, 0, 0, 0, 0]
    assert system.boundary(*values, fmpq(0)) == 4
