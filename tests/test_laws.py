"""Laws: changes of a problem that change no number of points and no index.

Points and distances go along with the change of coordinates. Each law is tried on problems of
several kinds, a few times, and more often where slow tests are run.
"""

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import edgeom as eg

x, y, z, s, t = sympy.symbols("x y z s t")
DENSE = ((3.0, 1.0, 0.5), (1.0, 2.0, -0.25), (0.5, -0.25, 1.0))


@dataclass(frozen=True)
class Problem:
    expressions: tuple[sympy.Expr, ...]
    variables: tuple[sympy.Symbol, ...]
    data: tuple[float, ...]
    metric: tuple[tuple[float, ...], ...]
    image: bool = False

    @lru_cache  # noqa: B019
    def solved(self):
        """All critical points; twice the same problem is solved once."""
        kind = eg.ParametrizedVariety if self.image else eg.AlgebraicVariety
        V = kind(self.expressions, self.variables)
        points = eg.DistanceProblem(V, eg.Metric(self.metric), data=self.data).critical_points()
        assert len(points.undecided) == 0
        return points

    def moved(self, exponents, vector):
        """The same in coordinates X_i = 2^k_i x_i + v_i, with the metric that keeps distances."""
        factors = [sympy.Integer(2) ** k for k in exponents]
        shifts = [sympy.Rational(v.numerator, v.denominator) for v in vector]
        if self.image:
            triples = zip(self.expressions, factors, shifts, strict=True)
            expressions = tuple(f * c + v for f, c, v in triples)
        else:
            triples = zip(self.variables, factors, shifts, strict=True)
            back = {u: (u - v) / c for u, c, v in triples}
            expressions = tuple(f.subs(back, simultaneous=True) for f in self.expressions)
        scale = 2.0 ** -np.array(exponents)
        metric = np.array(self.metric) * scale * scale[:, None]
        return replace(
            self,
            expressions=expressions,
            metric=tuple(map(tuple, metric.tolist())),
            data=tuple(
                float(Fraction(q) * Fraction(2) ** k + v)
                for q, k, v in zip(self.data, exponents, vector, strict=True)
            ),
        )

    def stretched(self, factor):
        """The same with a multiple of the metric."""
        metric = tuple(tuple(factor * value for value in row) for row in self.metric)
        return replace(self, metric=metric)

    def at(self, data):
        return replace(self, data=tuple(data))


def problem(expressions, variables, image=False):
    """A problem in the plane or in space with data and a metric in general position."""
    n = len(expressions) if image else len(variables)
    metric = tuple(row[:n] for row in DENSE[:n])
    return Problem(tuple(expressions), variables, (0.71875, -1.34375, 0.90625)[:n], metric, image)


PROBLEMS = {
    "ellipse": problem([x**2 + 4 * y**2 - x * y - 4], (x, y)),
    "cubic": problem([y**2 - x**3 + 2 * x + x * y / 3 - 1], (x, y)),
    "quadric": problem([x**2 + 3 * y**2 - z**2 + x * z - 2], (x, y, z)),
    "space quartic": problem([x * y + z - 1, x**2 + y**2 + 3 * z**2 - 5], (x, y, z)),
    "twisted cubic": problem([y - x**2, z - x * y, x * z - y**2], (x, y, z)),
    "line and parabola": problem([(x + 2 * y - 3) * (y - x**2)], (x, y)),
    "curve": problem([t**2 - t, t**3 + 1], (t,), image=True),
    "saddle": problem([s * t, s + t**2, s - 2 * t], (s, t), image=True),
    "circle": problem([(1 - t**2) / (1 + t**2), 2 * t / (1 + t**2)], (t,), image=True),
}
QUICK = ["ellipse", "curve", "circle", "cubic"]
SYSTEMS = ["space quartic", "twisted cubic"]


def assert_same(found, expected, factors=1.0, shifts=0.0, distance=1.0, digits=1e-9):
    """Compare the numbers of points and the indices; points and distances to some digits."""
    assert len(found) == len(expected)
    assert found.real.index.tolist() == expected.real.index.tolist()
    scale = np.abs(expected.points).max()
    ends = (found.real.points - shifts) / factors
    assert np.abs(ends - expected.real.points).max(initial=0) <= digits * scale
    assert np.allclose(
        found.real.squared_distance, distance * expected.real.squared_distance, rtol=digits
    )


def law(examples, names, *strategies):
    """Let hypothesis try a law on some of the problems."""

    def tried(check):
        settings(max_examples=examples, derandomize=True)(
            given(st.sampled_from(names), *strategies)(check)
        )()

    return tried


def often(few, many=40):
    """The number of examples, few by default and many for slow tests."""
    return pytest.mark.parametrize(
        ("examples", "names"),
        [(few, QUICK), pytest.param(many, list(PROBLEMS), marks=pytest.mark.slow)],
        ids=["few", "many"],
    )


def three(strategy):
    """A value for each coordinate; problems in the plane take the first two."""
    return st.lists(strategy, min_size=3, max_size=3)


SHIFTS = three(st.fractions(-(10**9), 10**9, max_denominator=1000))
EXPONENTS = three(st.integers(-30, 30))
CONSTANTS = three(st.fractions(-(10**6), 10**6, max_denominator=10**6).filter(bool))
ORDERS = st.permutations(range(3)).filter(lambda order: order.index(1) < order.index(0))
INVERTIBLE = three(three(st.integers(-9, 9))).filter(
    lambda rows: all(sympy.Matrix(rows)[:n, :n].det() for n in (2, 3))
)


@often(2)
def test_translations(examples, names):
    """The data is rounded on its way, so it is brought back for the comparison."""

    @law(examples, names, SHIFTS)
    def check(name, vector):
        original = PROBLEMS[name]
        n = len(original.data)
        moved = original.moved([0] * n, vector[:n])
        pairs = zip(moved.data, vector, strict=False)
        data = [float(Fraction(q) - v) for q, v in pairs]
        shifts = np.array(vector[:n], float)
        accuracy = 1e-9 + 1e-14 * np.abs(shifts).max()
        expected = original.at(data).solved()
        assert_same(moved.solved(), expected, shifts=shifts, digits=accuracy)


@often(3)
def test_units_of_the_coordinates(examples, names):
    @law(examples, names, EXPONENTS)
    def check(name, exponents):
        original = PROBLEMS[name]
        n = len(original.data)
        moved = original.moved(exponents[:n], [Fraction(0)] * n)
        factors = 2.0 ** np.array(exponents[:n])
        assert_same(moved.solved(), original.solved(), factors)


@often(3)
def test_scaling_of_space_and_of_the_metric(examples, names):
    @law(examples, names, st.integers(-60, 60), st.integers(-60, 60))
    def check(name, exponent, length):
        original = PROBLEMS[name]
        n = len(original.data)
        moved = original.moved([exponent] * n, [Fraction(0)] * n)
        found = moved.stretched(4.0 ** (exponent + length)).solved()
        distance = 4.0 ** (exponent + length)
        assert_same(found, original.solved(), 2.0**exponent, distance=distance)


@often(3)
def test_equations_times_constants(examples, names):
    @law(examples, [name for name in names if not PROBLEMS[name].image], CONSTANTS)
    def check(name, constants):
        original = PROBLEMS[name]
        pairs = zip(original.expressions, constants, strict=False)
        expressions = tuple(f * sympy.Rational(c.numerator, c.denominator) for f, c in pairs)
        found = replace(original, expressions=expressions).solved()
        assert_same(found, original.solved())


@often(3)
def test_permutations_of_unknowns(examples, names):
    """Of coordinates with the metric and the data; parameters of a map change places too."""

    @law(examples, names, ORDERS)
    def check(name, order):
        original = PROBLEMS[name]
        n = len(original.data)
        order = [k for k in order if k < n]
        metric, data = np.array(original.metric)[np.ix_(order, order)], original.data
        if original.image:
            changes = {
                "expressions": tuple(original.expressions[k] for k in order),
                "variables": original.variables[::-1],
            }
        else:
            changes = {"variables": tuple(original.variables[k] for k in order)}
        found = replace(
            original,
            metric=tuple(map(tuple, metric.tolist())),
            data=tuple(data[k] for k in order),
            **changes,
        ).solved()
        expected = original.solved()
        back = replace(found, points=found.points[:, np.argsort(order)])
        assert_same(back, expected)


@pytest.mark.parametrize(
    ("examples", "names"),
    [(2, SYSTEMS[:1]), pytest.param(30, SYSTEMS, marks=pytest.mark.slow)],
    ids=["few", "many"],
)
def test_combinations_of_equations(examples, names):
    @law(examples, names, INVERTIBLE)
    def check(name, rows):
        original = PROBLEMS[name]
        n = len(original.expressions)
        mixed = sympy.Matrix(rows)[:n, :n] * sympy.Matrix(original.expressions)
        found = replace(original, expressions=tuple(map(sympy.expand, mixed))).solved()
        assert_same(found, original.solved())
