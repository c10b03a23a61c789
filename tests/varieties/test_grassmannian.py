"""Grassmannians: Plücker coordinates, charts and counts."""

from itertools import combinations
from math import comb

import numpy as np
import pytest

import edgeom as eg
from tests.selection import first


def pluecker(matrix: np.ndarray) -> np.ndarray:
    """Return the maximal minors."""
    k, n = matrix.shape
    return np.array([np.linalg.det(matrix[:, J]) for J in combinations(range(n), k)])


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("k", "n"), [(1, 3), (2, 4), (2, 5), (3, 5), (3, 6)])
def test_points(k: int, n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    V = eg.Grassmannian(k, n)
    x = pluecker(rng.normal(size=(k, n)))
    assert V.contains(x)
    assert V.contains(0 * x)
    assert V.contains(x + rng.normal(size=len(x))) == (V.codimension == 0)
    chart = V.chart(rng)
    u = np.asarray(chart.coordinates(x[None]))[0]
    np.testing.assert_allclose(np.array(chart.point(u.tolist())), x, atol=1e-10)
    assert V.dimension == k * (n - k) + 1 == len(chart.names)


@pytest.mark.parametrize(("n", "count"), [(4, 10), (5, 42)])
def test_lines_are_skew_matrices_of_rank_two(n: int, count: int) -> None:
    lines, skew = eg.Grassmannian(2, n), eg.SkewDeterminantalVariety(n, 2)
    assert eg.generic_ed_degree(lines, method="monodromy") == count
    assert skew.generic_ed_degree_fact() == lines.generic_ed_degree_fact()
    assert eg.ed_degree(lines) == eg.ed_degree(skew, eg.Metric.euclidean(n * (n - 1) // 2))


@pytest.mark.parametrize(("n", "rank"), first(3, [(4, 2), (5, 2), (5, 4), (6, 2), (6, 4)]))
def test_skew_eckart_young(n: int, rank: int) -> None:
    V = eg.SkewDeterminantalVariety(n, rank)
    known = eg.ed_degree(V, method="formula")
    assert eg.ed_degree(V, method="monodromy", seed=n) == known == comb(n // 2, rank // 2)
    assert V.ed_degree_fact(eg.Metric.weights(range(1, V.ambient_dimension + 1))) is None
    if rank == 2:
        assert eg.ed_degree(eg.Grassmannian(n - 2, n), method="formula") == known


def test_lists_of_lines_are_proved_complete() -> None:
    data = np.random.default_rng(1).normal(size=10)
    points = eg.DistanceProblem(eg.Grassmannian(2, 5), data=data).critical_points()
    assert points.certify().complete


def test_refused() -> None:
    with pytest.raises(eg.InputError, match="k must be between 1 and n - 1 = 3, got 4"):
        eg.Grassmannian(4, 4)
    with pytest.raises(eg.InputError, match="Plücker coordinates"):
        eg.Grassmannian(40, 90)
