"""A plane of weights with minima and a saddle."""

from __future__ import annotations

from functools import cache

import numpy as np

import edgeom as eg
from edgeom.networks.linear.balanced import balanced_weights
from edgeom.networks.linear.classification import NetworkLoss
from edgeom.networks.linear.landscape import LossSlice, aligned, loss_plane
from edgeom.networks.linear.network import LinearNetwork
from edgeom.objectives.distances import SquaredDistance


@cache
def thin_plane() -> LossSlice:
    """The plane through two minima and a saddle between them."""
    net = LinearNetwork([3, 1, 3])
    rng = np.random.default_rng(1)
    loss = SquaredDistance(rng.normal(size=(3, 3)), eg.Metric.random(9, seed=1))
    points = eg.CriticalProblem(net.neuromanifold(), loss).critical_points()
    first = balanced_weights(net, points.minima[0].point)
    second = aligned(net, balanced_weights(net, points.minima[1].point), first)
    (saddle,) = points.where(points.index == 1).where(slice(0, 1))
    third = aligned(net, balanced_weights(net, saddle.point), first)
    return loss_plane(NetworkLoss(net, loss), [first, second, third], resolution=41)


def network_loss(widths: tuple[int, ...] = (3, 2, 3), seed: int = 0) -> NetworkLoss:
    net = LinearNetwork(widths)
    return NetworkLoss(net, SquaredDistance(np.random.default_rng(seed).normal(size=net.shape)))
