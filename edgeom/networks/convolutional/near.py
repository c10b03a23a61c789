"""Filters whose product is a given end filter up to rounding, by numerical search.

End filters are a closed and often thin set, so the rounded product of filters may lie outside.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.networks.convolutional.layers import ConvolutionalArchitecture

__all__ = ["near_filters"]

Array = NDArray[Any]
STARTS = 20  # random filters to begin with
STEPS = 200  # from each of them
FLOOR = 1e-12  # of the damping: along scales there is nothing else


def near_filters(
    network: ConvolutionalArchitecture, u: Array, tolerance: float
) -> list[Array] | None:
    """Return filters whose product is at most `tolerance` times ‖u‖ away from u.

    Damped Gauss-Newton steps are made from random filters, the same ones in every call.

    Parameters
    ----------
    network : ConvolutionalNetwork
    u : array (end_filter_size,)
        Not 0.
    tolerance : float

    Returns
    -------
    list of L arrays (k_l,) or None
        None if no such filters were found.
    """
    target = u / np.abs(u).max()
    target = target / np.linalg.norm(target)
    for seed in range(STARTS):
        filters = _approach(network, network.random_filters(seed), target, tolerance)
        if filters is not None:
            return network.balance(filters, u)
    return None


def _approach(
    network: ConvolutionalArchitecture, filters: list[Array], target: Array, tolerance: float
) -> list[Array] | None:
    """Return filters with a product as close as that to the target, a unit vector."""
    ends = np.cumsum(network.filter_sizes)[:-1]
    damping = 1e-2
    filters = network.balance(filters, target)
    gap = network.multiply(filters) - target
    for _ in range(STEPS):
        if np.linalg.norm(gap) <= tolerance / 2:
            return filters
        jacobian = network.differential(filters)
        normal = jacobian.T @ jacobian + damping * np.eye(network.parameter_count)
        step = np.split(np.linalg.solve(normal, -jacobian.T @ gap), ends)
        moved = [row + change for row, change in zip(filters, step, strict=True)]
        after = network.multiply(moved) - target
        if np.linalg.norm(after) < np.linalg.norm(gap):
            filters, gap, damping = moved, after, max(damping / 5, FLOOR)
        else:
            damping *= 4
    return None
