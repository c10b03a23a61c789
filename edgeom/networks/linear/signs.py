"""Signs of the Hessian of the loss of a linear network at critical weights.

Some of its eigenvalues have to be zero: those of the fibre of μ, and those of moves in which the
loss of matrices never changes. Where dμ has maximal rank, signs are found on the orthogonal
complement of these, so that no eigenvalue is compared with zero that has to be.
"""

from __future__ import annotations

from functools import reduce

import numpy as np

from edgeom.networks.arrays import Array, numerical_rank
from edgeom.networks.linear.network import LinearNetwork
from edgeom.networks.reports import Signs
from edgeom.objectives.base import Objective

__all__ = ["hessian_signs", "invariant_moves", "loss_hessian"]

NOISE = 1e-6  # eigenvalues are compared with this times the terms of the Hessian at least


def hessian_signs(
    network: LinearNetwork,
    loss: Objective,
    matrices: list[Array],
    hessian: Array,
    maximal: bool,
    flat: float,
) -> Signs:
    """Count eigenvalues of the Hessian of L by sign.

    Parameters
    ----------
    network : LinearNetwork
    loss : Objective
        ℓ.
    matrices : list of arrays
        The weights.
    hessian : array (parameters, parameters)
        Of L.
    maximal : bool
        Whether dμ has maximal rank.
    flat : float
        Size, relative to the largest, up to which an eigenvalue has no sign.
    """
    differential = network.differential(matrices)
    count = network.dim if maximal else len(hessian)
    frame = np.linalg.svd(differential)[2][:count]
    invariant = 0
    if maximal:
        moves = invariant_moves(network, loss, matrices) @ frame.T
        invariant = numerical_rank(moves, NOISE, 1.0)
        frame = np.linalg.svd(moves)[2][invariant:] @ frame
    values, vectors = np.linalg.eigh(frame @ hessian @ frame.T)
    size = NOISE * _hessian_size(network, loss, matrices)
    bound = flat * max(np.abs(values).max(initial=0.0), size)
    negative, positive = int(np.sum(values < -bound)), int(np.sum(values > bound))
    zero = len(hessian) - negative - positive
    if maximal:
        return Signs(negative, positive, zero, len(hessian) - count, invariant)
    kernel = frame.T @ vectors[:, np.abs(values) <= bound]
    scale = float(np.linalg.norm(differential, 2))
    moving = numerical_rank(differential @ kernel, np.sqrt(flat), scale) if zero else 0
    return Signs(negative, positive, zero, zero - moving)


def invariant_moves(network: LinearNetwork, loss: Objective, matrices: list[Array]) -> Array:
    """Return directions of W_h and W_1 in which L never changes, as rows of norm 1."""
    left, right = loss.invariance()
    moves = []
    for i, frame in ((-1, left), (0, right)):
        for vector in frame.T:
            for j in range(matrices[i].shape[1 if i else 0]):
                move = [np.zeros_like(matrix) for matrix in matrices]
                (move[i][:, j] if i else move[i][j])[:] = vector
                moves.append(network.flatten(move))
    return np.array(moves).reshape(len(moves), network.parameter_count)


def _hessian_size(network: LinearNetwork, loss: Objective, matrices: list[Array]) -> float:
    """Return the size of the terms of the Hessian of L, before they cancel."""
    product = network.multiply(matrices)
    norms = [float(np.linalg.norm(matrix, 2)) for matrix in matrices]

    def others(*layers: int) -> float:
        kept = [norm for k, norm in enumerate(norms) if k not in layers]
        return reduce(float.__mul__, kept, 1.0)

    bend = float(np.linalg.norm(loss.hessian(product), 2))
    slope = float(np.linalg.norm(loss.gradient(product))) + bend * others()
    first = max(others(i) for i in range(len(norms)))
    pairs = [others(i, j) for j in range(len(norms)) for i in range(j)]
    return bend * first**2 + slope * max(pairs, default=0.0)


def loss_hessian(network: LinearNetwork, loss: Objective, matrices: list[Array], g: Array) -> Array:
    """Return the Hessian of L with a matrix in place of ∇ℓ."""
    before, after = network.partial_products(matrices)
    differential = network.differential(matrices)
    total = differential.T @ loss.hessian(before[-1]) @ differential
    ends = np.cumsum([0, *(matrix.size for matrix in matrices)])
    for i in range(1, len(matrices) + 1):
        between = np.eye(network.widths[i])
        for j in range(i + 1, len(matrices) + 1):
            outer = before[i - 1] @ g.T @ after[j]
            block = np.einsum("bc,da->abcd", between, outer)
            block = block.reshape(matrices[j - 1].size, matrices[i - 1].size)
            rows, cols = slice(*ends[j - 1 : j + 1]), slice(*ends[i - 1 : i + 1])
            total[rows, cols] += block
            total[cols, rows] += block.T
            between = matrices[j - 1] @ between
    return np.asarray((total + total.T) / 2)
