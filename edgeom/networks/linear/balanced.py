"""Balanced factorisations: weights with a given product."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from edgeom.errors import InputError, keywords_checked
from edgeom.networks.arrays import TOLERANCE, Array, check_tolerance, check_type, real_matrix
from edgeom.networks.linear.network import LinearNetwork

__all__ = ["balanced_weights"]


@keywords_checked
def balanced_weights(
    network: LinearNetwork, matrix: ArrayLike, *, tolerance: float = TOLERANCE
) -> list[Array]:
    """Return weights with a given product and W_iᵀ W_i = W_{i-1} W_{i-1}ᵀ for i = 2, ..., h.

    From M = U Σ Vᵀ they are Σ^{1/h} between zeros, with U in front of the last and Vᵀ behind the
    first.

    Parameters
    ----------
    network : LinearNetwork
    matrix : array (d_h, d_0)
        M, of rank at most r.
    tolerance : float
        Relative size up to which a singular value is zero.

    Raises
    ------
    InputError
        M has another shape or a larger rank.

    Examples
    --------
    >>> net = LinearNetwork([2, 1, 2])
    >>> net.multiply(balanced_weights(net, [[4, 0], [4, 0]])).round(12) + 0.0
    array([[4., 0.],
           [4., 0.]])
    """
    m = real_matrix(matrix, "the matrix")
    if m.shape != check_type(network, LinearNetwork, "network").shape:
        raise InputError(
            f"the matrix must have shape {network.shape} for widths {network.widths}, got {m.shape}"
        )
    u, values, v = np.linalg.svd(m, full_matrices=False)
    rank = int(np.sum(values > check_tolerance(tolerance) * values[0]))
    if rank > network.rank:
        raise InputError(
            f"the matrix has rank {rank}, a network of widths {network.widths} expresses matrices "
            f"of rank at most {network.rank}"
        )
    root = values[:rank] ** (1 / network.depth)
    weights = []
    for i in range(1, network.depth + 1):
        weight = np.zeros((network.widths[i], network.widths[i - 1]))
        weight[:rank, :rank] = np.diag(root)
        weights.append(weight)
    if network.depth == 1:
        return [m]
    weights[0][:rank] = root[:, None] * v[:rank]
    weights[-1][:, :rank] = u[:, :rank] * root
    return weights
