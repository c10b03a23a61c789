"""All critical values of losses of linear networks."""

from __future__ import annotations

import numpy as np
import pytest

import edgeom as eg
from edgeom.networks.linear.descent import descend
from edgeom.networks.linear.network import LinearNetwork
from edgeom.objectives.base import AlgebraicObjective
from tests.selection import first


@pytest.mark.parametrize("seed", [0, 1])
def test_a_quartic_loss_with_all_its_critical_points(seed: int) -> None:
    rng = np.random.default_rng(seed)
    net = LinearNetwork((2, 1, 2))
    loss = eg.NetworkLoss(net, eg.PowerDistance(rng.normal(size=(2, 2)), p=4))
    found = loss.critical_points(seed=seed)
    assert len(found.by_rank[1]) == 62 and found.by_rank[1].certify().is_distinct.all()
    for point in found:
        assert point.report.critical
        np.testing.assert_allclose(net.multiply(point.weights), point.matrix, atol=1e-9)
        if point.rank == net.rank:
            assert point.report.kind == "pure"
            assert point.report.is_minimum == (point.index == 0)
        else:
            assert point.report.kind == "spurious" and point.report.type == "saddle"
    assert np.all(np.diff(found.values) >= 0)
    assert found.points[0].is_minimum
    for start in range(4):  # descents find nothing that is not on the list
        end = descend(loss, net.random_weights(start))
        assert np.abs(found.values - end.value).min() <= 1e-8 * end.value


def test_a_bad_minimum_is_found_with_the_others() -> None:
    loss = eg.NetworkLoss(LinearNetwork((2, 1, 2)), eg.PowerDistance([[2.0, 0.3], [-0.2, 1.9]]))
    found = loss.critical_points()
    (bad,) = found.bad_minima
    assert bad.value > found.points[0].value and bad.report.type == "local minimum"
    assert "62 complex critical points" in str(found) and "pure local minimum" in str(found)


def test_lower_ranks_have_their_own_critical_points() -> None:
    """By Eckart and Young: one of each subset of the singular values."""
    net = LinearNetwork((3, 2, 3))
    loss = eg.NetworkLoss(net, eg.SquaredDistance(np.diag([3.0, 2, 1])))
    found = loss.critical_points()
    assert {rank: len(points) for rank, points in found.by_rank.items()} == {2: 3, 1: 3}
    np.testing.assert_allclose(found.values, [1, 4, 5, 9, 10, 13, 14], atol=1e-9)
    assert [point.rank for point in found] == [2, 2, 1, 2, 1, 1, 0]
    assert len(found.minima) == 1 and not found.bad_minima


@pytest.mark.parametrize("seed", first(1, [0, 1]))
@pytest.mark.parametrize(
    ("widths", "samples", "count"),
    [
        ((1, 1, 1), 1, 5),
        ((1, 1, 1, 1), 1, 17),
        ((1, 2, 1), 1, 9),
        ((1, 2, 1), 2, 9),
        ((2, 2, 1), 1, 9),
        pytest.param((2, 2, 1), 2, 33, marks=pytest.mark.slow),
    ],
)
def test_regularised_networks(widths: tuple[int, ...], samples: int, count: int, seed: int) -> None:
    """Mehta, Chen, Tang, Hauenstein, arXiv 1810.07716; zero is one of the critical points."""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(widths[0], samples)), rng.normal(size=(widths[-1], samples))
    loss = eg.NetworkLoss(LinearNetwork(widths), eg.QuadraticLoss(x, y)).on_weights()
    objective: AlgebraicObjective = loss + eg.ridge(rng.uniform(0.1, 1, size=loss.shape))
    points = eg.CriticalProblem(eg.AffineSpace(loss.shape[0]), objective)
    assert points.degree(seed) == count
    found = points.critical_points(seed)
    assert len(found) == count and np.abs(found.points).max(axis=1).min() < 1e-9
    assert found.certify().is_distinct.all()


def test_losses_in_weights_are_losses_of_products() -> None:
    rng = np.random.default_rng(0)
    net = LinearNetwork((2, 3, 2))
    loss = eg.NetworkLoss(net, eg.QuadraticLoss(rng.normal(size=(2, 1)), rng.normal(size=(2, 1))))
    weights = net.random_weights(1)
    flat, objective = net.flatten(weights), loss.on_weights()
    assert objective.value(flat) == pytest.approx(loss.value(weights))
    np.testing.assert_allclose(objective.gradient(flat), net.flatten(loss.gradient(weights)))
    np.testing.assert_allclose(objective.hessian(flat), loss.hessian(weights), atol=1e-12)


@pytest.mark.slow
def test_studies_are_complete_for_other_losses() -> None:
    study = eg.bad_minima_study([2, 1, 2], "quartic", samples=4, descents=1)
    assert study.evidence == "all critical points on the neuromanifold" and study.undecided == 0
    table = eg.take_away_table((2, 2, 2), (2, 1, 2), ["power", "divergence"], samples=4, descents=1)
    assert [cell.with_bad_minima for cell in table.cells[0]] == [0, 0, 0]
    assert len(table.cells[1]) == 3 and table.missed >= 0


def test_fewer_samples_than_inputs_have_bad_minima_only() -> None:
    rng = np.random.default_rng(0)
    loss = eg.NetworkLoss(LinearNetwork((3, 1, 3)), eg.QuadraticLoss(*rng.normal(size=(2, 3, 2))))
    with pytest.raises(eg.InputError, match=r"use more samples; .* has bad_minima\(\)"):
        loss.critical_points()
    assert loss.bad_minima(descents=0).with_bad_minima == 0


def test_a_point_says_on_which_matrices_its_index_is() -> None:
    loss = eg.NetworkLoss(LinearNetwork((2, 1, 2)), eg.SquaredDistance(np.diag([2.0, 1.0])))
    points = loss.critical_points()
    assert str(points[-1]) == "5  index 0 on matrices of rank 0: spurious saddle"
    assert all(f"  {point}" in str(points).splitlines() for point in points)
