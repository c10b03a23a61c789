"""Where second derivatives vanish, or almost: what is said of such points, and what is not."""

from __future__ import annotations

import numpy as np
import pytest

import edgeom as eg
from edgeom.networks.linear.classification import NetworkLoss
from edgeom.networks.linear.examples import (
    balanced_weights,
)
from edgeom.networks.linear.network import LinearNetwork
from edgeom.objectives.distances import QuadraticLoss, SquaredDistance
from edgeom.objectives.polynomial import PolynomialObjective
from edgeom.objectives.powers import PowerDistance


def test_degenerate_points_are_undecided() -> None:
    """On the ED discriminant the best approximations of the unit matrix are not isolated."""
    net = LinearNetwork([3, 1, 3])
    metric = eg.Metric(np.eye(9), indefinite=True)  # so that Eckart and Young is not used
    report = NetworkLoss(net, SquaredDistance(np.eye(3), metric)).classify(
        balanced_weights(net, np.diag([1.0, 0, 0]))
    )
    assert report.kind == "pure" and report.negative == 0
    assert (report.flat, report.fibre) == (3, 1)
    assert report.type == "undecided" and "degenerate" in report.reason
    assert str(report).startswith("pure critical point of L: of undecided type")


@pytest.mark.parametrize("size", [3e-5, 1e-5, 1e-7, 1e-10, 0])
def test_small_gradients_near_a_saddle_are_no_minimum(size: float) -> None:
    """Close to weights where dμ loses rank the gradient of L is small though that of ℓ is not."""
    net = LinearNetwork([2, 2, 2, 2])
    loss = NetworkLoss(net, SquaredDistance(np.diag([2.0, 1.0])))
    weights = balanced_weights(net, np.diag([2.0, 0.0]))
    for weight in weights:
        weight[1, 1] = size
    report = loss.classify(weights)
    assert report.critical
    assert report.type == ("undecided" if size > 1e-8 else "saddle")
    assert (report.kind == "undecided") == (size > 1e-8)
    if size > 1e-8:
        assert "nearly loses rank" in report.reason
        assert loss.classify(weights, tolerance=1e-4).type == "saddle"


@pytest.mark.parametrize("sign", [1, -1])
def test_hessian_next_to_a_degenerate_minimum(sign: int) -> None:
    """Of Σ (M - Q)^6, at weights next to the minimum as a descent finds them."""
    net = LinearNetwork([2, 2, 2])
    q = np.array([[2.0, 1.0], [0.0, 1.0]])
    product = q + sign * 1e-3 * np.array([[1, -1], [0, 2]])
    report = NetworkLoss(net, PowerDistance(q, 6)).classify(balanced_weights(net, product))
    assert (report.kind, report.type, report.negative) == ("pure", "global minimum", 0)


def test_a_degenerate_minimum_is_claimed_within_the_tolerance() -> None:
    """The gradient of Σ (M - Q)^8 is within the tolerance where all entries are 0.1 off."""
    q = np.array([[1, 0.3], [0.2, 1]])
    loss = NetworkLoss(LinearNetwork([2, 2, 2]), PowerDistance(q, 8))
    report = loss.classify([np.eye(2), q + 0.1])
    assert report.value > 0 and report.type == "global minimum"
    assert "∇ℓ(μ(w)) = 0 within the tolerance" in report.reason
    assert not loss.classify([np.eye(2), q + 0.1], tolerance=1e-12).critical


@pytest.mark.parametrize("best", [True, False])
def test_best_approximations_on_the_discriminant(best: bool) -> None:
    """They are not isolated, and the theorem of Eckart and Young decides all the same."""
    net = LinearNetwork([3, 1, 3])
    q = np.eye(3) if best else np.diag([2.0, 1.0, 1.0])
    report = NetworkLoss(net, SquaredDistance(q)).classify(
        balanced_weights(net, np.diag([0.0, 1.0, 0.0]))
    )
    assert (report.type == "global minimum") == best
    if best:
        assert report.flat > report.fibre and "Eckart and Young" in report.reason


def test_minima_of_a_quadratic_loss_with_dependent_samples() -> None:
    """XXᵀ is singular: the loss is constant along some directions of the neuromanifold."""
    net = LinearNetwork([3, 1, 3])
    loss = QuadraticLoss(np.eye(3, 2), np.array([[3.0, 0], [0, 1], [1, 1]]))
    u, values, v = np.linalg.svd(loss.Y)
    best, other = (values[k] * np.outer(u[:, k], [*v[k], 0]) for k in (0, 1))
    for product, kind in ((best, "global minimum"), (other, "saddle")):
        report = NetworkLoss(net, loss).classify(balanced_weights(net, product))
        assert (report.kind, report.type) == ("pure", kind)
        assert report.flat > report.fibre


def test_ranks_in_a_report_agree() -> None:
    net = LinearNetwork([3, 2, 3])
    weights = [np.diag([1, 1e-6, 0])[:2], np.diag([1, 1e-6, 0])[:, :2]]
    for tolerance in (1e-10, 1e-8, 1e-3):
        report = NetworkLoss(net, SquaredDistance(net.multiply(weights))).classify(
            weights, tolerance=tolerance
        )
        assert report.type == "global minimum"
        assert (report.kind == "pure") == (report.rank == 2) == report.maximal_differential


def test_flat_directions_outside_of_the_fibre() -> None:
    """At a point where all second derivatives vanish, and dμ has rank 2 of 4."""
    m = PolynomialObjective.symbols(2, 2)
    loss = NetworkLoss(LinearNetwork([2, 2, 2]), PolynomialObjective(sum(v**4 for v in m), m))
    report = loss.classify([np.diag([1.0, 0]), np.zeros((2, 2))])
    assert (report.differential_rank, report.flat, report.fibre) == (2, 8, 6)
