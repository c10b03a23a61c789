"""Matrices of bounded rank in affine families: points, charts, components and counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import edgeom as eg
from edgeom.varieties.base import geometry_tape
from edgeom.varieties.kernels import KernelChart
from tests.exact.problems import needs_msolve

NAN = np.nan
FIXED = eg.LinearSectionVariety.fixed_entries([[1, NAN, NAN], [NAN, 2, NAN], [NAN, NAN, 3]], 2)
TRIDIAGONAL = eg.LinearSectionVariety.zero_pattern([[1, 1, 0], [1, 1, 1], [0, 1, 1]], 1)
WIDE = eg.LinearSectionVariety(np.random.default_rng(0).normal(size=(6, 2, 4)), 1, True)
FAMILIES: list[tuple[eg.LinearSectionVariety, int]] = [
    (FIXED, 5),
    (TRIDIAGONAL, 3),
    (WIDE, 2),
    (eg.HankelVariety(4, 4, 2), 4),
    (eg.ToeplitzVariety(3, 5, 2), 4),
    (eg.SymmetricToeplitzVariety(4, 3), 3),
    (eg.SylvesterVariety((3, 2), 1), 6),
    (eg.SylvesterVariety((3, 3), 2), 6),
]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("variety", "dimension"), FAMILIES, ids=[str(V) for V, _ in FAMILIES])
def test_charts(variety: eg.LinearSectionVariety, dimension: int, seed: int) -> None:
    """Samples are points of rank r with regular equations, and coordinates lead back to them."""
    assert variety.dimension == dimension
    rng = np.random.default_rng(seed)
    chart = variety.chart(rng)
    assert isinstance(chart, KernelChart)
    u = chart.sample(rng)
    out = geometry_tape(chart).arrays(u=u[None])
    x = out["x"][0]
    assert np.abs(out["g"]).max() < 1e-10
    jacobian = out["dg"][0].reshape(-1, len(u))
    assert np.linalg.matrix_rank(jacobian) == len(u) - dimension
    point = variety.unflatten(x)
    assert variety.contains(point)
    assert not variety.is_singular(point)
    np.testing.assert_allclose(variety.flatten(point), x, atol=1e-12)
    np.testing.assert_allclose(chart.coordinates(x[None])[0], u, rtol=1e-6, atol=1e-8)


def test_frobenius_norm_of_a_family() -> None:
    x = np.random.default_rng(1).normal(size=WIDE.ambient_dimension)
    gap = WIDE.unflatten(x) - WIDE.family[0]
    assert x @ WIDE.default_metric.matrix @ x == pytest.approx(np.sum(gap**2))


def test_projected() -> None:
    """The nearest member of the family, which has the same critical points as the matrix."""
    V = eg.HankelVariety(2, 3, 1)
    matrix = np.array([[1.0, 2, 4], [4, 0, 6]])
    np.testing.assert_allclose(V.projected(matrix), [[1, 3, 2], [3, 2, 6]])
    with pytest.raises(eg.InputError, match=r"must be a Hankel matrix; V\.projected"):
        V.flatten(matrix)


COUNTS: list[tuple[eg.LinearSectionVariety, int]] = [
    (eg.HankelVariety(3, 3, 1), 6),
    (eg.SymmetricToeplitzVariety(3, 2), 5),
    (eg.SymmetricToeplitzVariety(3, 1), 2),
    (eg.SylvesterVariety((2, 2), 1), 6),
    (eg.SylvesterVariety((2, 2), 2), 2),
    (FIXED, 36),
]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_components(seed: int) -> None:
    """One row, one column and two blocks of matrices of rank one."""
    assert eg.ed_degree(TRIDIAGONAL, seed=seed) == 1 + 1 + 2 + 2


@pytest.mark.parametrize(("variety", "count"), COUNTS, ids=[str(V) for V, _ in COUNTS])
def test_counts(variety: eg.LinearSectionVariety, count: int) -> None:
    assert eg.ed_degree(variety, seed=1) == count


@needs_msolve
@pytest.mark.parametrize(("variety", "count"), COUNTS, ids=[str(V) for V, _ in COUNTS])
def test_exact_counts(variety: eg.LinearSectionVariety, count: int) -> None:
    x = np.random.default_rng(2).integers(100, 999, variety.ambient_dimension).astype(float)
    assert eg.exact_count(variety, None, variety.unflatten(x)).count == count


@pytest.mark.slow
@pytest.mark.parametrize(
    ("degrees", "gcd", "count"), [((2, 3), 1, 18), ((3, 3), 1, 10), ((3, 3), 2, 19)]
)
def test_common_factors(degrees: tuple[int, int], gcd: int, count: int) -> None:
    variety = eg.SylvesterVariety(degrees, gcd)
    assert eg.ed_degree(variety) == count
    x = np.random.default_rng(3).integers(-99, 99, variety.ambient_dimension).astype(float)
    assert eg.exact_count(variety, None, x).count == count


@pytest.mark.slow
@pytest.mark.parametrize(("rank", "count"), [(2, 274), (3, 1096), (4, 1549), (5, 364)])
def test_hankel_matrices_of_six_rows(rank: int, count: int) -> None:
    """The numbers of Ottaviani, Spaenlehauer and Sturmfels, by monodromy that is not told."""
    V = eg.HankelVariety(6, 6, rank)
    assert V.generic_ed_degree_fact().value == count  # type: ignore[union-attr]
    assert eg.generic_ed_degree(V, method="monodromy") == count


def test_approximate_gcd() -> None:
    """Polynomials near a pair with the root -1: the nearest pair has a root in common."""
    f, g = np.polymul([1, 1], [1, 2]), np.polymul([1, 1], [-1, 3])
    noise = 1e-2 * np.random.default_rng(0).normal(size=6)
    V = eg.SylvesterVariety((2, 2), gcd=1)
    points = eg.DistanceProblem(
        V, data=np.concatenate([f[::-1], g[::-1]]) + noise
    ).critical_points()
    near = points.nearest.point
    roots = [np.roots(part[::-1]) for part in np.split(near, 2)]
    assert np.abs(np.subtract.outer(*roots)).min() < 1e-8
    assert points.nearest.squared_distance <= np.sum(noise**2)
    assert points.certify().is_certified.all()


def test_missing_entries_of_hankel_matrices() -> None:
    """A sum of two powers goes on as a linear recurrence: the last term is found again."""
    terms = 2.0 ** np.arange(5) + 0.5 ** np.arange(5)
    V = eg.HankelVariety(3, 3, 2)
    data = V.unflatten(np.append(terms[:4], NAN))
    nearest = eg.DistanceProblem(V, data=data).critical_points().nearest
    np.testing.assert_allclose(V.flatten(nearest.point), terms, rtol=1e-8)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: eg.LinearSectionVariety([[1, 2], [3, 4]], 1), "A_0, ..., A_k"),
        (lambda: eg.LinearSectionVariety(np.ones((3, 2, 2)), 1), "linearly independent"),
        (lambda: eg.LinearSectionVariety(np.ones((2, 2, 2)), 3), "rank must be between 1 and"),
        (lambda: eg.LinearSectionVariety.fixed_entries(np.eye(2), 1), "no entry is free"),
        (lambda: eg.LinearSectionVariety.zero_pattern([[2, 0]], 1), "a matrix of 0 and 1"),
        (lambda: eg.SylvesterVariety((2, 2, 2), 1), "degrees must be two numbers"),
        (lambda: eg.SylvesterVariety((2, 3), 3), "between 1 and the smaller degree = 2"),
        (lambda: eg.read_variety("section [[1] rank 1"), "matrices are written as lists of lists"),
    ],
)
def test_what_is_refused(make: Any, message: str) -> None:
    with pytest.raises(eg.InputError, match=message):
        make()
