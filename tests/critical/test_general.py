"""Critical points of other objectives than squared distances."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import edgeom as eg
from edgeom.exact.msolve import availability
from edgeom.objectives.powers import PowerFamily
from edgeom.solvers.product_trace import product_trace_test

MATRICES = eg.DeterminantalVariety(2, 2, rank=1)
RANK_TWO = eg.DeterminantalVariety(3, 3, rank=2)
SYMMETRIC = eg.SymmetricDeterminantalVariety(3, rank=2)
needs_msolve = pytest.mark.skipif(not availability().available, reason="msolve is missing")
seeds = st.integers(0, 10**6)


def curve(degree: int) -> eg.AlgebraicVariety:
    terms = {1: "2*x - 3*y", 2: "x^2 + 3*x*y - 2*y^2 + x", 3: "x^3 - 2*y^3 + x*y^2 + 3*x - y"}
    return eg.AlgebraicVariety([f"{terms[degree]} = 1"], "x, y")


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(
    ("variety", "law", "count"),
    [
        (MATRICES, eg.PowerDistance.law(p=4), 62),
        (MATRICES, eg.LogLikelihood, 1),
        (eg.DeterminantalVariety(2, 3, rank=1), eg.PowerDistance.law(p=4), 250),
        (eg.AlgebraicVariety(["x^2 + y^2 + z^2 = 1"], "x, y, z"), eg.PowerDistance.law(p=4), 26),
        (curve(1), eg.PowerDistance.law(p=4), 3),
        (curve(2), eg.PowerDistance.law(p=4), 8),
        (curve(3), eg.PowerDistance.law(p=4), 15),
        (curve(1), eg.PowerDistance.law(p=6), 5),
        (curve(2), eg.PowerDistance.law(p=6), 12),
        (curve(3), eg.PowerDistance.law(p=6), 21),
        (eg.AffineSpace(2), eg.RationalObjective("x + y + 1/(x*y)", "x, y"), 3),
        (eg.AffineSpace(3), eg.PolynomialObjective("x^3 + y^3 + z^3 - x*y*z + x", "x y z"), 8),
    ],
)
def test_known_degrees(variety: Any, law: Any, count: int, seed: int) -> None:
    degree = eg.optimization_degree(variety, law, seed=seed)
    assert degree == count
    assert "trace" in degree.evidence.checks[0]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(
    ("variety", "count"),
    [
        (eg.DeterminantalVariety(3, 3, rank=2), 10),
        (eg.DeterminantalVariety(3, 4, rank=2), 26),
        (eg.DeterminantalVariety(3, 5, rank=2), 58),
        (eg.SymmetricDeterminantalVariety(3, rank=2), 6),
        (eg.SymmetricDeterminantalVariety(4, rank=2), 37),
    ],
)
def test_maximum_likelihood_degrees(variety: Any, count: int, seed: int) -> None:
    """Hauenstein, Rodriguez, Sturmfels, arXiv 1210.0198, tables 1 and 2."""
    assert eg.optimization_degree(variety, eg.LogLikelihood, seed=seed) == count


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_a_general_polynomial_reaches_the_bound_by_polar_degrees(seed: int) -> None:
    terms = [
        f"({(3 * i + 5 * j + 7 * k + 2 * m) % 11 - 5})*a^{i}*b^{j}*c^{k}*d^{m}"
        for i in range(5)
        for j in range(5 - i)
        for k in range(5 - i - j)
        for m in range(5 - i - j - k)
    ]
    h = eg.PolynomialObjective(" + ".join(terms), [["a", "b"], ["c", "d"]])
    fact = MATRICES.polynomial_fact(4)
    assert fact is not None
    assert eg.optimization_degree(MATRICES, h, seed=seed) == fact.value == 78


@needs_msolve
@pytest.mark.parametrize(
    ("variety", "objective", "count"),
    [
        (MATRICES, eg.PowerDistance([[3, -1], [2, 5]], p=4), 62),
        (RANK_TWO, eg.LogLikelihood([[4, 7, 1], [9, 3, 5], [2, 8, 6]]), 10),
        (curve(2), eg.PowerDistance([1, 3], p=6), 12),
        (eg.AffineSpace(2), eg.RationalObjective("x + y + 1/(x*y)", "x, y"), 3),
        (SYMMETRIC, eg.LogLikelihood([[4, 7, 1], [7, 3, 5], [1, 5, 6]]), 6),
    ],
)
def test_exact_counts(variety: Any, objective: Any, count: int) -> None:
    exact = eg.exact_count(variety, objective)
    assert exact.count == count and exact.is_radical
    points = eg.CriticalProblem(variety, objective).critical_points(seed=3)
    assert len(points) == count
    proof = points.certify(exact=True)
    assert proof.is_distinct.all() and proof.complete and not proof.undecided


@settings(max_examples=8)
@given(seeds)
def test_the_squared_distance_is_a_critical_problem_as_any(seed: int) -> None:
    """By its own equations, and as the power distance with p = 2, by those of any objective."""
    q = np.random.default_rng(seed).normal(size=2)
    E = eg.AlgebraicVariety(["x^2 + 4*y^2 = 4"], "x, y")
    usual = eg.DistanceProblem(E, data=q).critical_points()
    same = eg.CriticalProblem(E, eg.SquaredDistance(q)).critical_points()
    other = eg.CriticalProblem(E, eg.PowerDistance(q, p=2)).critical_points()
    for found in (same, other):
        assert len(found) == len(usual) == 4
        assert found.counts_by_index == usual.counts_by_index
        np.testing.assert_allclose(found.real.points, usual.real.points, atol=1e-8)
        np.testing.assert_allclose(found.value[0], usual.squared_distance[0], rtol=1e-8)


def test_the_likelihood_of_independence_has_one_critical_point() -> None:
    counts = np.array([[4.0, 2], [3, 11]])
    problem = eg.CriticalProblem(MATRICES, eg.LogLikelihood(counts))
    (point,) = problem.critical_points().minima
    margins = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    np.testing.assert_allclose(point.point, margins)
    far = problem.at(1e7 * counts).critical_points()
    np.testing.assert_allclose(far.points[0], 1e7 * margins)
    assert far.smallest_eigenvalue[0] == pytest.approx(
        problem.critical_points().smallest_eigenvalue[0] / 1e7
    )


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_power_distances_are_homogeneous(scale: float) -> None:
    q = np.array([[3.0, 1], [0.5, 2]])
    usual = eg.CriticalProblem(MATRICES, eg.PowerDistance(q)).critical_points()
    scaled = eg.CriticalProblem(MATRICES, eg.PowerDistance(scale * q)).critical_points()
    assert len(scaled) == len(usual) == 62
    np.testing.assert_allclose(scaled.real.points, scale * usual.real.points, rtol=1e-9)
    np.testing.assert_allclose(scaled.real.value, scale**4 * usual.real.value, rtol=1e-9)
    np.testing.assert_allclose(
        scaled.real.smallest_eigenvalue, scale**2 * usual.real.smallest_eigenvalue, rtol=1e-6
    )


def test_indices_are_those_of_the_function_on_a_sphere() -> None:
    """x⁴ + 2y⁴ + 3z⁴ on the unit sphere: Euler characteristic 2."""
    S = eg.AlgebraicVariety(["x^2 + y^2 + z^2 = 1"], "x, y, z")
    h = eg.PolynomialObjective("x^4 + 2*y^4 + 3*z^4", "x y z")
    points = eg.CriticalProblem(S, h).critical_points()
    assert points.counts_by_index == {0: 8, 1: 12, 2: 6}
    proof = points.certify()
    assert proof.complete and len(proof.minima) == 8
    assert "26 critical points of the polynomial function on" in str(points)


def test_a_zero_set_at_another_place_is_the_same() -> None:
    """Good coordinates move the variety, and data stays where it is."""
    near = eg.AlgebraicVariety(["(x-3)^2 + 4*y^2 = 4"], "x, y")
    far = eg.AlgebraicVariety(["(x-1000000)^2 + 4*y^2 = 4"], "x, y")
    a = eg.CriticalProblem(near, eg.PowerDistance([4.0, 1])).critical_points()
    b = eg.CriticalProblem(far, eg.PowerDistance([1000001.0, 1])).critical_points()
    assert len(a) == len(b) == 8
    np.testing.assert_allclose(b.real.points - [999997, 0], a.real.points, atol=1e-8)
    assert b.certify().complete


@settings(max_examples=5)
@given(seeds)
def test_critical_points_are_critical(seed: int) -> None:
    """The gradient is normal to the cone: orthogonal to rows and columns."""
    rng = np.random.default_rng(seed)
    q = rng.normal(size=(2, 2))
    h = eg.PowerDistance(q) + 0.3 * eg.ridge(1, shape=(2, 2))
    for point in eg.CriticalProblem(MATRICES, h).critical_points(seed=1).real:
        g, m = h.gradient(point.point), point.point
        size = h.gradient_size(m) * np.linalg.norm(m)
        assert np.linalg.norm(g @ m.T) <= 1e-9 * size and np.linalg.norm(g.T @ m) <= 1e-9 * size
        assert point.value == pytest.approx(h.value(m))


def test_paths_that_end_at_poles_are_counted_apart() -> None:
    """On the line x + y = 1 the function 1/x + 1/y has two critical points, with poles at 0."""
    line = eg.AlgebraicVariety(["x + y = 1"], "x, y")
    points = eg.CriticalProblem(line, eg.RationalObjective("x^2 + 1/x - 3/y", "x, y"))
    found = points.critical_points()
    assert all(abs(p.point).min() > 1e-6 for p in found)


def test_points_and_parameters_together_notice_a_missing_point() -> None:
    (whole,) = eg.CriticalProblem(curve(2), eg.PowerDistance([1, 3])).fibers()
    rng = np.random.default_rng(0)
    assert product_trace_test(whole, rng).trace.passed
    part = replace(whole.monodromy, solutions=whole.monodromy.solutions[1:])
    assert not product_trace_test(replace(whole, monodromy=part), rng).trace.passed


def test_odd_powers_are_for_counting() -> None:
    cubic = eg.AlgebraicVariety(["x^3 - 2*y^3 + 3*z^3 + x*y^2 - 4*y*z*x + 2*z = 1"], "x, y, z")
    assert eg.optimization_degree(cubic, PowerFamily(3)) == 36


@pytest.mark.parametrize(
    ("variety", "objective", "error", "message"),
    [
        (MATRICES, eg.PowerDistance([1.0, 2]), eg.InputError, "must have shape"),
        (MATRICES, eg.LogLikelihood(np.ones(4)), eg.InputError, "must have shape"),
        (MATRICES, eg.ridge([1.0, 2]), eg.InputError, "must have shape"),
        (MATRICES, 5, eg.InputError, "must be an objective"),
        (MATRICES, eg.PolynomialObjective("x^2", "x"), eg.InputError, "1 coordinates, points of"),
    ],
)
def test_what_is_refused(variety: Any, objective: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        eg.CriticalProblem(variety, objective).critical_points()


def test_nearest_points_are_those_of_distances() -> None:
    points = eg.CriticalProblem(curve(2), eg.PowerDistance([1, 3])).critical_points()
    with pytest.raises(eg.InputError, match="no nearest point"):
        _ = points.nearest
    with pytest.raises(eg.InputError, match="no squared distance"):
        _ = points.squared_distance


@pytest.mark.parametrize(
    ("variety", "power", "count"),
    [
        (MATRICES, 3, 19),
        (MATRICES, 4, 62),
        (eg.SymmetricDeterminantalVariety(2, rank=1), 4, 20),
        (eg.VeroneseVariety(2, 3), 4, 31),
        (eg.SegreVariety((2, 2)), 4, 62),
    ],
)
def test_bounds_for_sums_of_powers_are_reached(variety: Any, power: int, count: int) -> None:
    """By Euler characteristics, and by monodromy."""
    assert eg.optimization_degree(variety, PowerFamily(power), seed=3) == count
    family = PowerFamily(power).on(np.diag(variety.default_metric.matrix))
    assert variety.critical_point_bound(family).value == count
    other = PowerFamily(power, np.arange(1.0, 1 + variety.ambient_dimension))
    assert variety.critical_point_bound(other).value > count


@pytest.mark.parametrize("seed", [0, 1])
def test_lists_of_powers_and_likelihoods_are_proved_to_be_complete(seed: int) -> None:
    rng = np.random.default_rng(seed)
    quartic = eg.CriticalProblem(MATRICES, eg.PowerDistance(rng.normal(size=(2, 2)), p=4))
    assert quartic.critical_points(seed).certify().complete
    table = eg.real_critical_table(MATRICES, objective=eg.PowerDistance.law(p=4), samples=20,
                                   seed=seed, certify=True)  # fmt: skip
    assert table.proved == 20
    counts = rng.integers(1, 100, size=(3, 3))
    likelihood = eg.CriticalProblem(RANK_TWO, eg.LogLikelihood(counts))
    assert likelihood.critical_points(seed).certify().complete


@pytest.mark.parametrize(
    ("objective", "simple", "multiple", "elsewhere"),
    [
        (eg.PolynomialObjective("x^4/4 - x^3/3", "x"), 1, {(0,): 2}, 0),
        (eg.PowerDistance([1.0, -2.0], p=4), 0, {(1, -2): 9}, 0),
        (eg.PolynomialObjective("(x^2 + y^2 - 1)^2", "x, y"), 1, {}, 2),
        (
            eg.PolynomialObjective("(x^2 + y^2 - 1)^2 + x^3", "x, y"),
            3,
            {(0, 1): 2, (0, -1): 2},
            0,
        ),
    ],
)
def test_multiple_critical_points_are_told(
    objective: Any, simple: int, multiple: dict[Any, int], elsewhere: int
) -> None:
    """Milnor numbers, and critical points that are not isolated."""
    problem = eg.CriticalProblem(eg.AffineSpace(objective.shape[0]), objective)
    for seed in (0, 1):
        points = problem.critical_points(seed)
        assert len(points) == simple
        found = problem.multiple_points(seed)
        assert found.elsewhere == elsewhere
        assert sorted(found.multiplicities) == sorted(multiple.values())
        for x, count in multiple.items():
            near = np.abs(found.points - np.array(x)).max(axis=1) < 1e-6
            assert np.array(found.multiplicities)[near].tolist() == [count]
        notes = " ".join(points.evidence.notes)
        assert "only simple critical points are counted" in notes
        assert ("sets of critical points" in notes) == bool(elsewhere)
