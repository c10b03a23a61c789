"""Points that are far away, and points that only rounding errors bring back from infinity."""

from math import comb

import numpy as np
import pytest

import edgeom as eg
from edgeom.solvers.rounded import rounded_otherwise


@pytest.mark.parametrize("power", [3, 6, 9])
def test_points_that_are_far_away_are_counted(power):
    """A nearly singular quadric has a critical point at a distance of about 10^(2 power)."""
    quadric = eg.AlgebraicVariety([f"x*y/10^{power} + x + y^2 - z^2"], "x y z")
    points = eg.DistanceProblem(quadric, data=[1, 2, 3]).critical_points()
    assert len(points) == 6
    assert np.abs(points.points).max() > 10.0 ** (2 * power - 1)
    assert points.certify().complete


def test_a_map_with_a_small_leading_coefficient():
    curve = eg.ParametrizedVariety(["s^2/3 + s", "700*s^3 - 7*s^4/100 + s^2/20"], "s")
    metric = eg.Metric([[12.3125, 0], [0, 2.61328125]])
    assert [eg.ed_degree(curve, metric, seed=seed) for seed in (0, 1)] == [7, 7]


@pytest.mark.parametrize("degree", [3, 4])
def test_points_at_infinity_stay_there_where_weights_are_rounded(degree):
    """The binomial weights divided by 7 are those of Bombieri only up to rounding."""
    powers = [f"s^{degree - k}*t^{k}" for k in range(degree + 1)]
    curve = eg.ParametrizedVariety(powers, "s t")
    metric = eg.Metric.weights([comb(degree, k) / 7 for k in range(degree + 1)])
    assert [eg.ed_degree(curve, metric, seed=seed) for seed in (0, 1)] == [degree, degree]
    assert eg.generic_ed_degree(curve) == 3 * degree - 2


def test_only_last_bits_are_rounded_otherwise():
    rng = np.random.default_rng(0)
    factor = rng.normal(size=(5, 5))
    metric = eg.Metric(factor @ factor.T)
    other = rounded_otherwise(metric)
    assert other is not None
    assert np.array_equal(other.matrix, other.matrix.T)
    assert 0 < np.abs(other.matrix / metric.matrix - 1).max() < 3e-16
    assert rounded_otherwise(eg.Metric.weights([1, 3, 0.1875])) is None


@pytest.mark.slow
def test_a_point_beside_paths_to_infinity():
    """Four paths go to infinity like the fourth root of what is left; one stops at 2e5."""
    surface = eg.ParametrizedVariety(
        ["100*s + t/10", "t/50 - s/160", "s*t^2/100 - 10*s*t - t^2"], "s t"
    )
    factor = np.array([[12, 0, 0], [31, 1, 0], [2, 0.125, 2]]) / 32
    assert [eg.ed_degree(surface, eg.Metric(factor @ factor.T), seed=s) for s in range(2)] == [9, 9]
