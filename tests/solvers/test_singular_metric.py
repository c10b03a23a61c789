"""Counts and points for singular metrics, against exact counts and by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import edgeom as eg
from tests.exact.problems import needs_msolve
from tests.selection import first

MASKS: dict[str, tuple[eg.DeterminantalVariety, Any, int]] = {
    "2×2, one missing": (eg.DeterminantalVariety(2, 2, 1), [[1, 1], [1, 0]], 3),
    "3×3, diagonal": (eg.DeterminantalVariety(3, 3, 1), 1 - np.eye(3), 30),
    "3×3, two": (eg.DeterminantalVariety(3, 3, 1), [[1, 1, 1], [1, 0, 1], [1, 1, 0]], 25),
}


@pytest.mark.parametrize("name", MASKS)
def test_count(name: str) -> None:
    variety, observed, count = MASKS[name]
    assert eg.ed_degree(variety, eg.Metric.mask(observed)) == count


@needs_msolve
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", MASKS)
def test_exact_count(name: str, seed: int) -> None:
    variety, observed, count = MASKS[name]
    data = np.random.default_rng(seed).integers(-99, 99, variety.shape)
    assert eg.exact_count(variety, eg.Metric.mask(observed), data, seed=seed).count == count


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("variety", "observed", "count"),
    [
        (eg.DeterminantalVariety(3, 3, 1), [[1, 1, 1], [1, 1, 1], [1, 1, 0]], 8),
        (eg.DeterminantalVariety(3, 3, 1), [[1, 1, 0], [1, 1, 1], [0, 0, 1]], 6),
        (eg.DeterminantalVariety(3, 3, 2), [[1, 1, 1], [1, 1, 1], [1, 1, 0]], 5),
    ],
)
def test_masks_with_non_linear_traces(variety: Any, observed: Any, count: int, seed: int) -> None:
    assert eg.ed_degree(variety, eg.Metric.mask(observed), seed=seed) == count


@pytest.mark.parametrize("q", [0.4, -2.0])
def test_shadow_of_a_circle(q: float) -> None:
    """The ends of the shadow are critical for all data: no loop leads there from the others."""
    circle = eg.AlgebraicVariety(["x^2 + y^2 - 1"], "x, y")
    points = eg.DistanceProblem(circle, data=[q, np.nan]).critical_points()
    np.testing.assert_allclose(np.sort(points.points[:, 0].real), np.sort([-1, 1, q, q]))
    inside = abs(q) < 1
    assert len(points.real) == (4 if inside else 2)
    assert points.nearest.squared_distance == pytest.approx(0 if inside else 1, abs=1e-12)
    assert points.certify().is_certified.all()


@pytest.mark.slow
def test_several_components() -> None:
    V = eg.AlgebraicVariety(["(x^2 + y^2 - 1)*(y - x - 3)"], "x, y")
    assert eg.ed_degree(V, eg.Metric.mask([0, 1])) == 5


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("n", first(1, [2, 3]))
def test_completion(n: int, seed: int) -> None:
    """A matrix of rank one is found again from its first row and column."""
    rng = np.random.default_rng(seed)
    M = np.outer(*rng.normal(size=(2, n)))
    data = np.where(np.minimum.outer(range(n), range(n)) > 0, np.nan, M)
    points = eg.DistanceProblem(eg.DeterminantalVariety(n, n, 1), data=data).critical_points(seed)
    np.testing.assert_allclose(points.nearest.point, M, rtol=1e-8)
    assert points.nearest.squared_distance < 1e-16
    assert points.nearest.is_minimum


def test_weights_near_zero_are_other_weights() -> None:
    """With weight 0 there are fewer critical points than with any weight that is not 0."""
    V = eg.DeterminantalVariety(2, 2, 1)
    counts = [int(eg.ed_degree(V, eg.Metric.weights([1, 2, 3, w]))) for w in (0, 1e-3)]
    assert counts == [3, 6]


def test_missing_entries_in_problems() -> None:
    V = eg.DeterminantalVariety(2, 2, 1)
    problem = eg.DistanceProblem(V, eg.Metric.weights([1, 2, 3, 4]), data=[[1, 2], [3, np.nan]])
    np.testing.assert_array_equal(problem.metric.matrix, np.diag([1, 2, 3, 0]))
    np.testing.assert_array_equal(problem.data, [[1, 2], [3, 0]])
    same = problem.at([[5, 6], [7, np.nan]])
    assert same.metric is problem.metric
    assert eg.DistanceProblem(V, data=[[1, 2], [3, 4]]).at([[1, np.nan], [3, 4]]).metric.is_singular
    with pytest.raises(eg.InputError, match="form a set of dimension 1"):
        problem.at([[np.nan, 6], [7, 8]])
    with pytest.raises(eg.InputError, match="is a full matrix"):
        eg.DistanceProblem(V, eg.Metric.random(4), data=[[1, 2], [3, np.nan]])
    with pytest.raises(eg.InputError, match="form a set of dimension 1"):
        eg.DistanceProblem(V, data=[[1, np.nan], [3, np.nan]])


def test_table() -> None:
    V = eg.DeterminantalVariety(3, 3, 1)
    table = eg.real_critical_table(V, samples=50, metric=eg.Metric.mask(1 - np.eye(3)), seed=2)
    assert table.degree == 30
    assert table.incomplete == 0
    assert (table.columns % 2 == 0).all()


@pytest.mark.slow
def test_an_infimum_may_not_be_attained() -> None:
    """On x y² = 1 x is positive: for x = -1 the distance falls towards 1 at infinity.

    So nothing is called proved for such a metric.
    """
    curve = eg.AlgebraicVariety(["(x*y^2 - 1)*((x - 4)^2 + (y - 4)^2 - 1)"], "x, y")
    problem = eg.DistanceProblem(curve, data=[-1, np.nan])
    assert problem.critical_points().nearest.squared_distance == pytest.approx(16)
    best = problem.nearest_point()
    assert not best.proved and best.squared_distance < 2
    V = eg.DeterminantalVariety(2, 2, 1)
    best = eg.DistanceProblem(V, data=[[1, 2], [3, np.nan]]).nearest_point()
    assert not best.proved and "does not see all directions" in best.reason
    np.testing.assert_allclose(best.point, [[1, 2], [3, 6]], atol=1e-7)
