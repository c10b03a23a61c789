"""Proved lower bounds for the distance from the ED discriminant."""

import numpy as np
import pytest

import edgeom as eg

ELLIPSE = eg.AlgebraicVariety(["x^2 + 4*y^2 = 4"], "x, y")


def bound(variety, data, metric=None):
    return eg.discriminant_bound(eg.DistanceProblem(variety, metric, data=data).critical_points())


@pytest.mark.parametrize("weights", [[1, 1], [1, 9]])
def test_the_evolute_of_an_ellipse(weights):
    """In coordinates in which the metric is Euclidean the discriminant is an evolute."""
    scale = np.sqrt(weights)
    a, b = 2 * scale[0], 1 * scale[1]
    t = np.linspace(0, 2 * np.pi, 4001)
    c = a * a - b * b
    evolute = np.array([c / a * np.cos(t) ** 3, -c / b * np.sin(t) ** 3]).T / scale
    rng = np.random.default_rng(0)
    for q in rng.normal(size=(3, 2)):
        true = np.linalg.norm((evolute - q) * scale, axis=1).min()
        assert 0.002 * true < bound(ELLIPSE, q, eg.Metric.weights(weights)) < true


def test_equal_singular_values():
    V = eg.DeterminantalVariety(2, 2, 1)
    matrix = np.random.default_rng(1).normal(size=(2, 2))
    values = np.linalg.svd(matrix, compute_uv=False)
    found = bound(V, matrix)
    assert 0 < found < (values[0] - values[1]) / np.sqrt(2)
    assert bound(V, 2.0**20 * matrix) == pytest.approx(2.0**20 * found, rel=0.5)


def test_nothing_is_claimed_without_a_proof():
    acnode = eg.AlgebraicVariety(["y^2 = x^2*(x - 1)"], "x y")
    assert bound(acnode, [2, 1]) == 0  # 5 critical points, 9 are the bound
    complex_data = eg.DistanceProblem(ELLIPSE, data=[1j, 1]).critical_points()
    with pytest.raises(eg.InputError, match="must be real"):
        eg.discriminant_bound(complex_data)
