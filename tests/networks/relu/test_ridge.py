"""Critical points with a ridge penalty, and the convex reformulation as an independent check."""

import numpy as np
import pytest
from scipy.optimize import minimize

import edgeom as eg
from edgeom.errors import InputError

RIDGE = 0.1
KINDS = [(1, 3, True), (1, 4, True), (2, 4, False)]


def example(seed: int) -> tuple[int, bool, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    inputs, samples, biases = KINDS[seed % len(KINDS)]
    return inputs, biases, rng.normal(size=(inputs, samples)), rng.normal(size=samples)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_items_are_critical(seed: int) -> None:
    inputs, biases, x, y = example(seed)
    network = eg.ReluNetwork(inputs, 2, biases=biases)
    points = network.critical_points(x, y, ridge=RIDGE)
    rng = np.random.default_rng(seed)
    assert points.complete and len(points.minima)
    for item in points:
        w = item.weights
        assert network.loss(w, x, y, RIDGE) == pytest.approx(item.loss, abs=1e-10)
        assert np.allclose(network.outputs(w, x)[0], item.values, atol=1e-9)
        near = [
            network.loss([m + 1e-4 * rng.normal(size=m.shape) for m in w], x, y, RIDGE) - item.loss
            for _ in range(200)
        ]
        if not item.on_boundary:
            slopes = network.gradient(w, x, y, RIDGE)
            assert max(np.abs(slope).max() for slope in slopes) < 1e-6
        if item.is_minimum:
            assert min(near) > -1e-11
        else:  # a unit that is zero can lower the loss in some direction
            data = np.vstack([x, np.ones(x.shape[1])]) if biases else x
            directions = rng.normal(size=(20_000, len(data)))
            pull = np.maximum(directions @ data, 0) @ (item.values - y)
            assert np.max(np.abs(pull) / np.linalg.norm(directions, axis=1)) > RIDGE


def test_descents_end_at_minima_of_the_list() -> None:
    _, _, x, y = example(1)
    network = eg.ReluNetwork(1, 1)
    points = network.critical_points(x, y, ridge=RIDGE)
    ends = set()
    for seed in range(6):
        w = network.random_weights(seed)
        for k in range(2000):
            slopes = network.gradient(w, x, y, RIDGE)
            w = [m - 0.05 * (1 - k / 2000) ** 2 * s for m, s in zip(w, slopes, strict=True)]
        item, distance = points.nearest(network.outputs(w, x)[0])
        assert distance < 1e-2
        ends.add(id(item))
    assert ends


def convex_minimum(network: eg.ReluNetwork, x: np.ndarray, y: np.ndarray) -> tuple[float, int]:
    """Return the least loss of wide networks, and the number of units that it needs.

    With all patterns and both signs the loss is convex in vectors of the closed cones of the
    patterns, with a penalty 2ρ ‖v‖ of each (Pilanci, Ergen, arXiv 2002.10553).
    """
    data = np.vstack([x, np.ones(x.shape[1])]) if network.biases else x
    signs = np.array(network.patterns(x))
    shape = (2, len(signs), len(data))

    def loss(z: np.ndarray) -> float:
        v = z.reshape(shape)
        values = np.einsum("pi,kpd,di->ki", np.maximum(signs, 0), v, data)
        lengths = np.sqrt(np.sum(v**2, axis=2) + 1e-12)
        return float(np.sum((values[0] - values[1] - y) ** 2) + 2 * RIDGE * lengths.sum())

    inside = {
        "type": "ineq",
        "fun": lambda z: (signs * np.einsum("kpd,di->kpi", z.reshape(shape), data)).ravel(),
    }
    start = 0.1 * np.random.default_rng(0).normal(size=np.prod(shape))
    found = minimize(
        loss, start, constraints=[inside], method="SLSQP", options={"maxiter": 1000, "ftol": 1e-11}
    )
    used = np.linalg.norm(found.x.reshape(shape), axis=2) > 1e-2
    return float(found.fun), int(used.sum())


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_the_global_minimum_is_that_of_the_convex_reformulation(seed: int) -> None:
    inputs, biases, x, y = example(seed)
    least = []
    for hidden in (1, 2, 3):
        network = eg.ReluNetwork(inputs, hidden, biases=biases)
        points = network.critical_points(x, y, ridge=RIDGE)
        assert points.minima[0].type == "global minimum"
        least.append(points.minima[0].loss)
    convex, _ = convex_minimum(network, x, y)
    assert least == sorted(least, reverse=True) or np.ptp(least) < 1e-8
    assert min(least) > convex - 1e-4
    assert least[-1] == pytest.approx(convex, abs=1e-4)


def test_large_and_impossible_penalties() -> None:
    _, _, x, y = example(0)
    network = eg.ReluNetwork(1, 2)
    points = network.critical_points(x, y, ridge=100.0)
    assert len(points) == 1 and points[0].is_isolated and not points[0].values.any()
    with pytest.raises(InputError, match="ridge must be at least 0, got -1"):
        network.critical_points(x, y, ridge=-1)
