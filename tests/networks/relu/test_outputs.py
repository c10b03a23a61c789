"""One hidden unit with several outputs."""

from __future__ import annotations

import numpy as np
import pytest

import edgeom as eg
from edgeom.errors import InputError


def example(seed: int) -> tuple[eg.ReluNetwork, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    inputs, outputs, samples = (int(rng.integers(1, 3)), int(rng.integers(2, 4)), 4)
    network = eg.ReluNetwork(inputs, 1, outputs=outputs, biases=bool(rng.integers(2)))
    return network, rng.normal(size=(inputs, samples)), rng.normal(size=(outputs, samples))


@pytest.mark.parametrize("seed", range(8))
def test_items_are_critical_and_minima_are_minima(seed: int) -> None:
    network, x, y = example(seed)
    points = network.critical_points(x, y)
    assert points.complete
    rng = np.random.default_rng(seed)
    for item in points:
        w = item.weights
        np.testing.assert_allclose(network.outputs(w, x), item.values, atol=1e-9)
        assert network.loss(w, x, y) == pytest.approx(item.loss)
        if not item.on_boundary:
            assert max(np.abs(g).max() for g in network.gradient(w, x, y)) < 1e-8
        near = [
            network.loss([m + 1e-4 * rng.normal(size=m.shape) for m in w], x, y) for _ in range(100)
        ]
        assert min(near) > item.loss - 1e-9 or not item.is_minimum


@pytest.mark.parametrize("seed", range(4))
def test_ends_of_descents_are_in_the_list(seed: int) -> None:
    network, x, y = example(seed)
    points = network.critical_points(x, y)
    ended = 0
    for start in range(6):
        w = network.random_weights(100 * seed + start)
        for step in range(2000):
            slope = network.gradient(w, x, y)
            size = max(np.abs(g).max() for g in slope)
            rate = 0.1 * (1 - step / 2000) / (1 + size)
            w = [m - rate * g for m, g in zip(w, slope, strict=True)]
        nearest = min(np.abs(item.values - network.outputs(w, x)).max() for item in points)
        ended += nearest < 1e-3
    assert ended >= 4  # others are still on their way, past saddles and kinks


def test_one_output_written_as_two() -> None:
    """The second output is a multiple of the first: the same points, in another row."""
    x, y = np.array([[0.0, 1, 2, 3]]), np.array([1.0, 0, 1, 3])
    single = eg.ReluNetwork(1, 1).critical_points(x, y)
    double = eg.ReluNetwork(1, 1, outputs=2).critical_points(x, np.array([y, 2 * y]))
    losses = sorted({round(5 * item.loss, 9) for item in single})
    assert sorted({round(item.loss, 9) for item in double}) == losses


def test_what_is_refused() -> None:
    x, y = np.zeros((1, 2)), np.zeros((2, 2))
    with pytest.raises(InputError, match="one hidden unit and no penalty"):
        eg.ReluNetwork(1, 2, outputs=2).critical_points(x, y)
    with pytest.raises(InputError, match=r"values must have shape \(2, 2\)"):
        eg.ReluNetwork(1, 1, outputs=2).critical_points(x, y[0])
