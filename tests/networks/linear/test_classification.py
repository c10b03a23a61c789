"""Critical points of L = ℓ∘μ: pure or spurious, their types, and the statements behind them."""

from __future__ import annotations

from itertools import pairwise
from math import comb
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import edgeom as eg
from edgeom.networks.linear.classification import NetworkLoss
from edgeom.networks.linear.examples import (
    all_examples,
    balanced_weights,
    pure_minimum,
)
from edgeom.networks.linear.function_space import eckart_young
from edgeom.networks.linear.network import LinearNetwork
from edgeom.networks.linear.saddles import leave_saddle
from edgeom.objectives.base import Objective
from edgeom.objectives.distances import QuadraticLoss, SquaredDistance
from edgeom.objectives.polynomial import PolynomialObjective
from edgeom.objectives.powers import PowerDistance
from tests.networks.linear.losses import networks, seeds
from tests.selection import first

Array = NDArray[np.float64]


def make_loss(kind: str, shape: tuple[int, int], rng: np.random.Generator) -> Objective:
    rows, cols = shape
    if kind == "quadratic":
        return QuadraticLoss(rng.normal(size=(cols, cols + 2)), rng.normal(size=(rows, cols + 2)))
    if kind == "power":
        return PowerDistance(rng.normal(size=shape), 4)
    sign = -1 if kind == "concave" else 1
    metric = eg.Metric.random(rows * cols, int(rng.integers(10**6)))
    return SquaredDistance(
        rng.normal(size=shape), eg.Metric(sign * metric.matrix, indefinite=sign < 0)
    )


def tangential(gradient: Array, point: Array, rank: int) -> float:
    """The size of a gradient on the tangent space of the matrices of a rank at a point."""
    u, _, v = np.linalg.svd(point)
    normal = u[:, rank:] @ u[:, rank:].T @ gradient @ v[rank:].T @ v[rank:]
    return float(np.linalg.norm(gradient - normal))


def spurious_weights(net: LinearNetwork, product: Array, rank: int, seed: int) -> list[Array]:
    """Return random critical weights for a product of rank e < r that is critical on M_e.

    In bases adapted to the product W_i is diagonal on the first e vectors and, on the others,
    random except for two layers, where it is zero. So no partial products in front of and behind a
    layer are both nonzero on them.
    """
    rng = np.random.default_rng(seed)
    u, values, v = np.linalg.svd(product)
    skew = [np.eye(d) + 0.5 * np.triu(rng.normal(size=(d, d)), 1) for d in net.widths]
    inner = [np.linalg.qr(rng.normal(size=s.shape))[0] @ s for s in skew[1:-1]]
    bases = [v.T, *inner, u]
    zero = rng.choice(net.depth, size=2, replace=False)
    weights = []
    for i, (source, target) in enumerate(pairwise(bases)):
        middle = np.zeros((len(target), len(source)))
        middle[:rank, :rank] = np.diag(values[:rank] ** (1 / net.depth))
        if i not in zero:
            middle[rank:, rank:] = rng.normal(size=(len(target) - rank, len(source) - rank))
        weights.append(target @ middle @ np.linalg.inv(source))
    return weights


@settings(max_examples=60)
@given(networks(1), st.sampled_from(["quadratic", "power", "metric", "concave"]), seeds)
def test_derivatives_in_the_weights(net: LinearNetwork, kind: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    loss = NetworkLoss(net, make_loss(kind, net.shape, rng))
    weights = net.random_weights(seed)
    position, v = net.flatten(weights), rng.normal(size=net.parameter_count)
    gradient, hessian = loss.gradient(weights), loss.hessian(weights)
    assert [part.shape for part in gradient] == [w.shape for w in weights]
    assert hessian.shape == (net.parameter_count,) * 2
    assert np.array_equal(hessian, hessian.T)

    def slope(function: Any) -> Any:
        h = 1e-3
        value = [function(net.unflatten(position + k * h * v)) for k in (-2, -1, 1, 2)]
        return (value[0] - 8 * value[1] + 8 * value[2] - value[3]) / (12 * h)

    scale = 1e-7 * (1 + np.abs(hessian).max() + abs(loss.value(weights)))
    assert abs(slope(loss.value) - net.flatten(gradient) @ v) < scale
    turn = slope(lambda w: net.flatten(loss.gradient(w)))
    np.testing.assert_allclose(turn, hessian @ v, rtol=1e-6, atol=scale)


@settings(max_examples=60)
@given(networks(), st.sampled_from(["Frobenius", "quadratic"]), st.data(), seeds)
def test_type_transfers_where_the_differential_is_maximal(
    net: LinearNetwork, kind: str, data: st.DataObject, seed: int
) -> None:
    """Any weights of the fibre over P_I have the index of P_I, and flat only along the fibre."""
    rng = np.random.default_rng(seed)
    quadratic = make_loss("quadratic", net.shape, rng)
    assert isinstance(quadratic, QuadraticLoss)
    loss: Objective = (
        SquaredDistance(rng.normal(size=net.shape)) if kind == "Frobenius" else quadratic
    )
    assert isinstance(loss, SquaredDistance | QuadraticLoss)
    found = eckart_young(loss.data, net.rank, loss.metric)
    gaps = np.abs(np.diff(found.singular_values, append=0)) / found.singular_values[0]
    assume(gaps.min() > 1e-2 and np.linalg.cond(loss.metric.matrix) < 1e3)
    k = data.draw(st.integers(0, len(found) - 1))
    weights = net.fiber(found.points[k]).sample(seed)
    report = NetworkLoss(net, loss).classify(weights)
    assert report.critical and report.kind == "pure" and report.maximal_differential
    assert report.index == found.index[k]
    assert report.negative + report.positive == net.dim
    assert report.flat == report.fibre == net.parameter_count - net.dim
    assert report.type == ("global minimum" if k == 0 else "saddle")
    assert report.functional_residual < 1e-8


@pytest.mark.parametrize(
    "widths", first(2, [[3, 1, 3], [3, 1, 1, 3], [2, 1, 3], [3, 2, 3], [3, 1, 2, 1, 3]])
)
def test_type_transfers_for_a_generic_metric(widths: list[int]) -> None:
    net, seen = LinearNetwork(widths), set()
    for seed in range(3):
        rng = np.random.default_rng(seed)
        loss = make_loss("metric", net.shape, rng)
        assert isinstance(loss, SquaredDistance)
        for point in eg.CriticalProblem(net.neuromanifold(), loss).critical_points().real:
            weights = net.fiber(point.point, 1e-8).sample(seed)
            report = NetworkLoss(net, loss).classify(weights)
            assert (report.kind, report.index) == ("pure", point.index)
            assert report.type == ("local minimum" if point.index == 0 else "saddle")
            assert report.flat == report.fibre == net.parameter_count - net.dim
            seen.add(report.index)
    assert {0, 1} <= seen


def newton(loss: NetworkLoss, start: list[Array]) -> list[Array]:
    """Newton's method for ∇L = 0, which ends at all sorts of critical weights."""
    net = loss.network
    position = net.flatten(start)
    for _ in range(80):
        weights = net.unflatten(position)
        if loss.residual(weights) < 1e-13:
            break
        gradient = net.flatten(loss.gradient(weights))
        step = np.linalg.lstsq(loss.hessian(weights), gradient, rcond=1e-9)[0]
        position = position - step * min(1, 2 / max(np.linalg.norm(step), 1e-300))
    return weights


@pytest.mark.parametrize("kind", first(1, ["quadratic", "metric", "power"]))
def test_products_of_critical_weights(kind: str) -> None:
    """The product of critical weights, of rank e, is critical for ℓ on M_e.

    The weights are pure if and only if it is a smooth point of the neuromanifold and critical
    there; the type agrees with values nearby.
    """
    seen = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        net = LinearNetwork(rng.integers(1, 5, size=rng.integers(3, 6)).tolist())
        loss = NetworkLoss(net, make_loss(kind, net.shape, rng))
        weights = newton(loss, net.random_weights(seed))
        report = loss.classify(weights)
        values = np.linalg.svd(net.multiply(weights), compute_uv=False)
        unclear = (values > 1e-12 * values[0]) & (values < 1e-4 * values[0])
        if report.residual > 1e-12 or report.kind == "undecided" or unclear.any():
            continue
        assert_consistent(loss, weights, rng)
        seen.append((net.filling, report.kind, report.type.split()[-1]))
    assert len(seen) > 10
    assert {(True, "spurious", "saddle"), (False, "spurious", "saddle")} <= set(seen)
    assert {(True, "pure", "minimum")} <= set(seen)


def assert_consistent(loss: NetworkLoss, weights: list[Array], rng: np.random.Generator) -> None:
    """Compare the report on critical weights with definitions and with values of L."""
    net, report = loss.network, loss.classify(weights)
    position, product = net.flatten(weights), net.multiply(weights)
    gradient, size = loss.loss.gradient(product), loss.loss.gradient_size(product)
    assert tangential(gradient, product, report.rank) <= 1e-6 * size
    everywhere = np.linalg.norm(gradient) <= 1e-6 * size
    if net.filling:
        assert (report.kind == "pure") == everywhere
    else:
        assert (report.kind == "pure") == (report.rank == net.rank)
    near = [
        loss.value(net.unflatten(position + 1e-3 * v)) for v in rng.normal(size=(40, len(position)))
    ]
    if report.is_minimum:
        assert min(near) >= report.value - 1e-10 * (1 + abs(report.value))
    if report.negative:
        vector = np.linalg.eigh(loss.hessian(weights))[1][:, 0]
        ends = [loss.value(net.unflatten(position + s * vector)) for s in (1e-3, -1e-3)]
        assert min(ends) < report.value


@settings(max_examples=60)
@given(networks(), st.sampled_from(["Frobenius", "quadratic", "concave"]), st.data(), seeds)
def test_products_of_lower_rank_are_saddles(
    net: LinearNetwork, kind: str, data: st.DataObject, seed: int
) -> None:
    """The fibre leads to weights that are not critical, whatever the differentiable loss."""
    rng = np.random.default_rng(seed)
    rank = data.draw(st.integers(0, net.rank - 1))
    q = rng.normal(size=net.shape)
    if kind == "quadratic":
        loss = make_loss("quadratic", net.shape, rng)
        assert isinstance(loss, QuadraticLoss)
        q = loss.data
    elif kind == "concave":
        loss = SquaredDistance(q, eg.Metric(-np.eye(q.size), indefinite=True))
    else:
        loss = SquaredDistance(q)
    metric = loss.metric if kind == "quadratic" else None
    product = np.zeros(net.shape)
    if rank:
        points = eckart_young(q, rank, metric).points
        product = points[data.draw(st.integers(0, len(points) - 1))]
    weights = spurious_weights(net, product, rank, seed)
    network_loss = NetworkLoss(net, loss)
    report = network_loss.classify(weights)
    assert report.residual < 1e-12
    assert (report.kind, report.type, report.rank) == ("spurious", "saddle", rank)
    assert not report.maximal_differential

    size = max(np.linalg.norm(w, 2) for w in weights) or 1.0
    for distance in (1e-1, 1e-2):
        near = leave_saddle(network_loss, weights, distance=distance, seed=seed)
        gaps = [np.linalg.norm(a - b, 2) for a, b in zip(near, weights, strict=True)]
        assert max(gaps) < 30 * distance * size
        moved = np.abs(net.multiply(near) - product).max()
        assert moved < 1e-12 * (1 + np.prod([np.linalg.norm(w, 2) for w in near]))
    near = leave_saddle(network_loss, weights, distance=0.1, seed=seed)
    assert network_loss.residual(near) > 1e-7
    position, gradient = net.flatten(near), net.flatten(network_loss.gradient(near))
    values = []
    for sign in (-1, 1):
        ends = [
            network_loss.value(net.unflatten(position + sign * 2.0**-k * gradient))
            for k in range(30)
        ]
        values.append(min(ends) if sign < 0 else max(ends))
    here = network_loss.value(weights)
    assert values[0] < here < values[1]


def test_leaving_a_saddle_where_the_rows_have_to_turn() -> None:
    """∇ℓ vanishes on the row space of W_1: the other layers cannot help."""
    net = LinearNetwork([2, 2, 2])
    loss = NetworkLoss(net, SquaredDistance(np.diag([1.0, 0.0])))
    weights = [np.array([[0.0, 1.0], [0.0, 0.0]]), np.zeros((2, 2))]
    assert loss.classify(weights).type == "saddle"
    assert loss.residual(leave_saddle(loss, weights)) > 1e-3


@settings(max_examples=30)
@given(networks(), seeds)
def test_zero_weights(net: LinearNetwork, seed: int) -> None:
    """From three layers on the Hessian of L vanishes at zero weights: a saddle, not strict."""
    loss = NetworkLoss(net, SquaredDistance(np.random.default_rng(seed).normal(size=net.shape)))
    report = loss.classify([np.zeros(w.shape) for w in net.random_weights()])
    assert (report.residual, report.kind, report.type) == (0, "spurious", "saddle")
    if net.depth == 2:
        assert report.negative == report.positive > 0
    else:
        assert report.flat == report.fibre == net.parameter_count
        assert "not strict" in str(report)


def test_not_critical() -> None:
    loss = NetworkLoss(LinearNetwork([2, 1, 2]), SquaredDistance(np.eye(2)))
    report = loss.classify([[[1, 2]], [[1], [0]]])
    assert (report.critical, report.kind, report.type) == (False, "none", "none")
    assert report.residual > 0.1
    text = str(report)
    assert text.startswith("not a critical point of L") and "Hessian" not in text


def test_losses_that_are_not_convex() -> None:
    net = LinearNetwork([2, 2, 2])
    zero = [np.zeros((2, 2))] * 2
    m = PolynomialObjective.symbols(2, 2)
    bowl = sum(v**4 + v**2 for v in m)
    for expression, kind in (
        (bowl, "local minimum"),
        (-bowl, "local maximum"),
        (m[0, 0] ** 2 - m[1, 1] ** 2, "undecided"),  # the Hessian of L vanishes
        (sum(v**4 for v in m), "undecided"),
    ):
        report = NetworkLoss(net, PolynomialObjective(expression, m)).classify(zero)
        assert (report.kind, report.type) == ("pure", kind)
    thin = LinearNetwork([2, 1, 2])
    report = NetworkLoss(thin, PolynomialObjective(bowl, m)).classify(
        [np.zeros((1, 2)), np.zeros((2, 1))]
    )
    assert (report.kind, report.type) == ("spurious", "local minimum")
    concave = SquaredDistance(np.eye(2), eg.Metric(-np.eye(4), indefinite=True))
    report = NetworkLoss(net, concave).classify([np.eye(2), np.eye(2)])
    assert (report.kind, report.type) == ("pure", "local maximum")
    assert (report.negative, report.fibre) == (4, 4)
    # dμ of rank 3, ∇ℓ = 0, and the Hessian of L has both signs
    saddle = PolynomialObjective(m[0, 0] ** 2 - m[0, 1] ** 2, m)
    report = NetworkLoss(net, saddle).classify([np.zeros((2, 2)), np.diag([1.0, 0])])
    assert (report.kind, report.type, report.rank) == ("pure", "saddle", 0)
    assert "both signs" in report.reason


def test_maximal_differential_with_a_product_of_lower_rank() -> None:
    """In a filling network: W_2 invertible, W_1 not."""
    net = LinearNetwork([2, 2, 2])
    q = np.diag([1.0, 0.0])
    report = NetworkLoss(net, SquaredDistance(q)).classify([q, np.eye(2)])
    assert (report.kind, report.type, report.rank) == ("pure", "global minimum", 1)
    assert report.maximal_differential


def test_weights_in_single_precision() -> None:
    net = LinearNetwork([4, 2, 3])
    loss = NetworkLoss(net, SquaredDistance(np.random.default_rng(0).normal(size=net.shape)))
    weights = balanced_weights(net, eckart_young(loss.loss.data, 2).nearest)  # type: ignore[attr-defined]
    single = [np.asarray(w, np.float32) for w in weights]
    assert not loss.classify(single, tolerance=1e-10, polish=False).critical
    report = loss.classify(single, tolerance=1e-4)
    assert (report.kind, report.type) == ("pure", "global minimum")
    assert all(part.dtype == np.float64 for part in loss.gradient(single))


def test_counts_of_pure_critical_points() -> None:
    """C(m, r) matrices, each with a whole fibre of pure critical weights."""
    net = LinearNetwork([4, 2, 2, 3])
    q = np.random.default_rng(3).normal(size=net.shape)
    found = eckart_young(q, net.rank)
    assert len(found) == comb(3, 2)
    kinds = [
        NetworkLoss(net, SquaredDistance(q)).classify(net.fiber(point).sample(1)).type
        for point in found.points
    ]
    assert kinds == ["global minimum", "saddle", "saddle"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda loss: loss.classify([np.eye(2)]), "must be 2 matrices"),
        (lambda loss: loss.classify([np.eye(2), np.eye(2)]), r"W_1 must have shape \(1, 2\)"),
        (lambda loss: loss.value([[[np.nan, 1]], [[1], [1]]]), "finite"),
        (lambda loss: loss.gradient(5), "list of matrices"),
        (lambda loss: loss.classify([[[1, 0]], [[1], [0]]], tolerance=0), "between 0 and 1"),
        (lambda loss: loss.classify([[[1, 0]], [[1], [0]]], tolerence=0.1), "did you mean"),
        (lambda loss: NetworkLoss(loss.network, SquaredDistance(np.eye(3))), r"shape \(2, 2\)"),
        (
            lambda loss: NetworkLoss([2, 1, 2], loss.loss),
            "LinearNetwork, got list",
        ),
        (lambda loss: NetworkLoss(loss.network, np.sum), "SmoothLoss"),
        (lambda loss: pure_minimum([3, 1, 3]), "must be a LinearNetwork, got list"),
        (lambda loss: all_examples([3, 1, 3]), "must be a LinearNetwork, got list"),
        (lambda loss: balanced_weights([2, 2], np.eye(2)), "must be a LinearNetwork, got list"),
        (lambda loss: pure_minimum(loss.network, sed=1), "did you mean 'seed'"),
        (lambda loss: leave_saddle(loss.network, []), "must be a NetworkLoss, got LinearNetwork"),
        (lambda loss: leave_saddle(loss, [[[1, 0]], [[1], [0]]]), "largest rank"),
        (
            lambda loss: leave_saddle(
                NetworkLoss(loss.network, SquaredDistance(np.zeros((2, 2)))),
                [[[0, 0]], [[0], [0]]],
            ),
            "∇ℓ vanishes",
        ),
    ],
)
def test_wrong_arguments(call: Any, message: str) -> None:
    loss = NetworkLoss(LinearNetwork([2, 1, 2]), SquaredDistance(np.diag([2.0, 1.0])))
    with pytest.raises(eg.InputError, match=message):
        call(loss)
