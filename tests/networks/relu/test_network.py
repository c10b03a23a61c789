"""ReLU networks: every critical point of the loss, compared with descents and by hand."""

from fractions import Fraction
from math import comb

import numpy as np
import pytest

import edgeom as eg
from edgeom.errors import InputError
from tests.networks.relu.descents import ended

KINDS = [(1, 1, 4, True), (1, 2, 4, True), (1, 2, 5, True), (2, 1, 5, False), (2, 2, 4, False),
         (2, 1, 4, True)]  # fmt: skip


def example(seed: int) -> tuple[eg.ReluNetwork, np.ndarray, np.ndarray, np.random.Generator]:
    rng = np.random.default_rng(seed)
    inputs, hidden, samples, biases = KINDS[seed % len(KINDS)]
    network = eg.ReluNetwork(inputs, hidden, biases=biases)
    return network, rng.normal(size=(inputs, samples)), rng.normal(size=samples), rng


def test_the_example_with_its_full_answer() -> None:
    network = eg.ReluNetwork(1, 1)
    points = network.critical_points([[0, 1, 2, 3]], [1, 0, 1, 3])
    assert points.complete and len(points) == len(points.minima) == 5
    assert [item.exact_loss for item in points] == [1, 2, Fraction(23, 10), 10, 11]
    assert [item.is_isolated for item in points] == [True, False, True, False, False]
    assert [item.type for item in points] == ["global minimum"] + ["local minimum"] * 4
    assert [item.dead for item in points] == [0, 0, 0, 0, 1]
    kinks = [-item.weights[0][0, 1] / item.weights[0][0, 0] for item in points[:4]]
    slopes = [abs(item.weights[0][0, 0]) * item.weights[1][0, 0] for item in points[:4]]
    assert (kinks[0], slopes[0]) == (1.5, 2)
    assert 2 < kinks[1] < 3 and slopes[1] * (3 - kinks[1]) == pytest.approx(3)
    assert (kinks[2], slopes[2]) == (pytest.approx(-2 / 7), pytest.approx(0.7))
    assert 0 < kinks[3] < 1 and slopes[3] * kinks[3] == pytest.approx(1)
    assert points[3].weights[0][0, 0] < 0 and len(points.bad_minima) == 4


@pytest.mark.parametrize("seed", [0, 2, 3, 4])
def test_items_are_critical(seed: int) -> None:
    network, x, y, rng = example(seed)
    for item in network.critical_points(x, y):
        w = item.weights
        assert np.allclose(network.outputs(w, x)[0], item.values, atol=1e-9)
        assert network.loss(w, x, y) == pytest.approx(item.loss)
        if not item.on_boundary:
            assert max(np.abs(part).max() for part in network.gradient(w, x, y)) < 1e-8
        near = [
            network.loss([m + 1e-5 * rng.normal(size=m.shape) for m in w], x, y) - item.loss
            for _ in range(100)
        ]
        if item.is_minimum:
            assert min(near) > -1e-12
        else:
            assert item.kind == "idle unit"


@pytest.mark.parametrize("ridge", [0, 0.1])
def test_special_data(ridge: float) -> None:
    """Small integers: data points that coincide, are 0 or on a line, and values that are equal."""
    for seed in range(10):
        rng = np.random.default_rng(seed)
        inputs, hidden, samples = (int(rng.integers(1, most)) for most in (3, 3, 4))
        x, y = rng.integers(-2, 3, (inputs, samples)), rng.integers(-2, 3, samples)
        network = eg.ReluNetwork(inputs, hidden, biases=bool(rng.integers(2)))
        for item in network.critical_points(x, y, ridge=ridge):
            w = item.weights
            assert np.allclose(network.outputs(w, x)[0], item.values)
            assert network.loss(w, x, y, ridge) == pytest.approx(item.loss)
            near = [
                network.loss([m + 1e-4 * rng.normal(size=m.shape) for m in w], x, y, ridge)
                for _ in range(50)
            ]
            assert min(near) > item.loss - 1e-9 or not item.is_minimum, (seed, item)


def descents(seed: int, starts: int, steps: int, phases: int) -> int:
    network, x, y, rng = example(seed)
    points = network.critical_points(x, y)
    return ended(network, points, x, y, rng, starts, steps, phases)


@pytest.mark.parametrize("seed", [0, 3, 5])
def test_ends_of_descents_are_in_the_list(seed: int) -> None:
    assert descents(seed, 20, 5000, 4) > 10


@pytest.mark.slow
def test_ends_of_many_descents_are_in_the_list() -> None:
    assert sum(descents(seed, 30, 10_000, 8) for seed in range(50)) > 0.9 * 30 * 50


def test_patterns() -> None:
    rng = np.random.default_rng(0)
    for inputs, samples in ((1, 5), (2, 5), (3, 6)):
        x = rng.normal(size=(inputs, samples))
        for biases in (False, True):
            d = inputs + biases
            count = 2 * sum(comb(samples - 1, k) for k in range(d))
            patterns = eg.ReluNetwork(inputs, 1, biases=biases).patterns(x)
            assert len(set(patterns)) == len(patterns) == count


def test_the_global_minimum_of_a_wide_network_is_zero() -> None:
    """Two units with biases interpolate three points on a line, one unit does not."""
    x, y = [[0, 1, 2]], [1, 0, 2]
    one, two = (eg.ReluNetwork(1, h).critical_points(x, y) for h in (1, 2))
    assert one[0].exact_loss > two[0].exact_loss == 0
    top = two[0]
    assert top.type == "global minimum" and not top.is_isolated


@pytest.mark.parametrize("seed", range(4))
def test_what_an_item_is(seed: int) -> None:
    """Functions are counted once, dead units are dead, and every open cell of idle units is there.

    Weights of one unit are critical with output weight 0 if and only if the gradient is 0; on the
    line g·w = 0 in the plane of weights these are two opposite rays, tried here one by one.
    """
    x = [[0, 1, 2, 3]]
    y = np.array([1, -1, 2, 0]) if not seed else np.random.default_rng(seed).integers(-3, 4, 4)
    network = eg.ReluNetwork(1, 2)
    points = network.critical_points(x, y)
    assert points.functions == len({tuple(item.values) for item in points}) <= len(points)
    assert f"{points.functions} critical functions" in str(points)
    for item in points:
        before = item.weights[0] @ np.vstack([x, np.ones(4)])
        assert np.sum(before.max(axis=1) < 0) >= item.dead
        if item.type != "saddle":
            continue
        residual = item.values - y
        found = set()
        for signs in network.patterns(x):
            g = np.vstack([x, np.ones(4)]) @ (residual * (np.array(signs) > 0))
            for w in (np.array([g[1], -g[0]]), np.array([-g[1], g[0]])):
                here = np.sign(w @ np.vstack([x, np.ones(4)]))
                if np.linalg.norm(g) > 1e-9 and tuple(here) == signs:
                    found.add(signs)
        assert found == {cell[-1].signs for cell in item.cells} != set()


def test_boundaries_can_be_left_out() -> None:
    network, x, y, _ = example(2)
    whole, cells = network.critical_points(x, y), network.critical_points(x, y, boundaries=False)
    inner = [item for item in whole if not item.on_boundary]
    assert [item.values.tolist() for item in cells] == [item.values.tolist() for item in inner]
    assert not cells.complete and "not looked for" in str(cells)
    assert len(inner) < len(whole) and whole.combinations > cells.combinations


def test_derivatives() -> None:
    network = eg.ReluNetwork(2, 3, outputs=2)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 7)), rng.normal(size=(2, 7))
    w, v = network.random_weights(1), network.random_weights(2)
    ahead, behind = (
        network.loss([a + h * b for a, b in zip(w, v, strict=True)], x, y) for h in (1e-6, -1e-6)
    )
    slope = sum(np.sum(g * b) for g, b in zip(network.gradient(w, x, y), v, strict=True))
    assert (ahead - behind) / 2e-6 == pytest.approx(slope, rel=1e-5)


def test_layouts_of_data() -> None:
    network = eg.ReluNetwork(1, 1)
    flat, x, y = network.critical_points([0, 1, 2], [1, 0, 3]), np.array([[0, 1, 2]]), [[1, 0, 3]]
    assert str(flat) == str(network.critical_points(x, y))
    w = network.random_weights(0)
    assert network.loss(w, x[0], y[0]) == network.loss(w, x, y)
    for inputs, values in ((x.T, y), (x, np.transpose(y))):
        with pytest.raises(InputError, match="if samples are rows, give the transpose"):
            network.critical_points(inputs, values)
        with pytest.raises(InputError, match="if samples are rows, give the transpose"):
            network.gradient(w, inputs, values)


def test_what_does_not_fit() -> None:
    network = eg.ReluNetwork(1, 1)
    with pytest.raises(InputError, match="one column for each of the 2 data points"):
        network.critical_points([[0, 1]], [1, 2, 3])
    with pytest.raises(InputError, match=r"inputs must be an array \(1, samples\)"):
        network.critical_points([[0, 1], [1, 2]], [1, 2])
    with pytest.raises(InputError, match="must have shape"):
        network.outputs([[[1.0]], [[1.0]]], [[0.0]])
    x = np.random.default_rng(0).normal(size=(2, 6))
    with pytest.raises(InputError, match="the limit is 3,000,000; boundaries=False"):
        eg.ReluNetwork(2, 4).critical_points(x, np.ones(6))
    with pytest.raises(InputError, match="the limit is 100,000"):
        eg.ReluNetwork(2, 3).critical_points(x, np.ones(6), ridge=0.1)
