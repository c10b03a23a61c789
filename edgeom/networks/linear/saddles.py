"""Why a critical point with a product of lower rank is a saddle: the fibre leads away from it.

Let μ(w) have rank e < r and ∇ℓ(μ(w)) ≠ 0. Arbitrarily near w the fibre of μ(w) has weights that are
not critical, so L takes smaller and larger values there than L(w); only that ℓ is differentiable is
used. Here these weights are constructed.

With frames F_i, G_i as in :mod:`edgeom.networks.linear.fibers` the rests N_i = W_i - F_i G_{i-1}
are maps n_i between the kernels of G_{i-1} and G_i, spaces of dimension d_i - e > 0, with product
zero. Let s be the largest number with n_s ⋯ n_1 ≠ 0. Changing n_{s+2}, ..., n_h arbitrarily keeps
the product zero, since n_{s+1} ⋯ n_1 = 0, and makes n_h ⋯ n_{s+2} ≠ 0. Then ∂L/∂W_{s+1} contains
(n_h ⋯ n_{s+2})ᵀ ∇ℓ (n_s ⋯ n_1)ᵀ. If the change was random and n_1 is composed with a random
invertible map on the right, which keeps the product zero too, that is not zero.
"""

from __future__ import annotations

import numpy as np

from edgeom.errors import InputError, check_size, keywords_checked
from edgeom.networks.arrays import Array, Weights, check_tolerance, check_type
from edgeom.networks.linear.classification import NetworkLoss

__all__ = ["leave_saddle"]


@keywords_checked
def leave_saddle(
    network_loss: NetworkLoss,
    weights: Weights,
    *,
    distance: float = 1e-2,
    seed: int = 0,
    tolerance: float = 1e-8,
) -> list[Array]:
    """Return weights with the same product, near the given ones, at which L is not critical.

    Gradient descent from there gets below L(w) at once.

    Parameters
    ----------
    network_loss : NetworkLoss
    weights : list of arrays
        Critical weights whose product has rank below r.
    distance : float
        Size of the change relative to that of the largest weight matrix, 1 in place of zero. The
        gradient has the size of a power of it, at most h - 1.
    seed : int
    tolerance : float
        Relative size up to which singular values and gradients are zero.

    Raises
    ------
    InputError
        The product has rank r, or ∇ℓ vanishes at it: then there need not be such weights.

    Notes
    -----
    Statement of Trager, Kohn, Bruna (arXiv 1910.01671) on critical points of lower rank; the proof
    that is carried out here is at the top of this file.

    Examples
    --------
    >>> import numpy as np
    >>> from edgeom.networks.linear.network import LinearNetwork
    >>> from edgeom.objectives.distances import SquaredDistance
    >>> loss = NetworkLoss(LinearNetwork([2, 2, 2]), SquaredDistance(np.eye(2)))
    >>> zero = [np.zeros((2, 2))] * 2
    >>> near = leave_saddle(loss, zero)
    >>> loss.value(near) == loss.value(zero), loss.residual(zero), loss.residual(near) > 0.01
    (True, 0.0, True)
    """
    tolerance, distance = check_tolerance(tolerance), check_tolerance(distance)
    network, loss = check_type(network_loss, NetworkLoss, "network_loss").network, network_loss.loss
    matrices = network.check(weights)
    product = network.multiply(matrices)
    rank = network.product_rank(matrices, tolerance)
    if rank == network.rank:
        raise InputError(
            f"the product has the largest rank, {rank}: critical weights are pure, and so are all "
            "weights with this product"
        )
    if np.linalg.norm(loss.gradient(product)) <= tolerance * loss.gradient_size(product):
        raise InputError("∇ℓ vanishes at the product: all weights with this product are critical")
    rng = np.random.default_rng(check_size(seed, "seed", 0))
    size = distance * (max(float(np.linalg.norm(matrix, 2)) for matrix in matrices) or 1.0)
    bases, projections = _kernels(matrices, rank)
    rests = [
        basis.T @ matrix @ before
        for basis, matrix, before in zip(bases[1:], matrices, bases[:-1], strict=True)
    ]
    changed = _noncritical(rests, size, distance, tolerance, rng)
    return [
        matrix + basis @ (new - rest) @ projection
        for matrix, basis, new, rest, projection in zip(
            matrices, bases[1:], changed, rests, projections[:-1], strict=True
        )
    ]


def _kernels(matrices: list[Array], rank: int) -> tuple[list[Array], list[Array]]:
    """Return orthonormal bases K_i of ker G_i, and K_iᵀ(1 - F_i G_i), the coordinates along F_i."""
    before = [np.eye(matrices[0].shape[1])]
    after = [np.eye(matrices[-1].shape[0])]
    for matrix in matrices:
        before.append(matrix @ before[-1])
    for matrix in reversed(matrices):
        after.insert(0, after[0] @ matrix)
    u, values, v = np.linalg.svd(before[-1])
    root = np.sqrt(values[:rank])
    bases, projections = [], []
    for b, a in zip(before, after, strict=True):
        frame = b @ v[:rank].T / root
        inverse = (u[:, :rank] / root).T @ a
        basis = np.linalg.svd(inverse)[2][rank:].T if rank else np.eye(len(b))
        bases.append(basis)
        projections.append(basis.T - basis.T @ frame @ inverse)
    return bases, projections


def _noncritical(
    rests: list[Array], size: float, distance: float, tolerance: float, rng: np.random.Generator
) -> list[Array]:
    """Return maps near n_1, ..., n_h with product zero as at the top of this file."""
    changed = list(rests)
    norms = [float(np.linalg.norm(rest, 2)) for rest in rests]
    part, s = np.eye(rests[0].shape[1]), 0
    for rest, norm in zip(rests, norms, strict=True):
        scale = norm * float(np.linalg.norm(part, 2))
        part = rest @ part
        if norm <= tolerance * size or np.linalg.norm(part, 2) <= tolerance * scale:
            break
        s += 1
    for i in range(s + 1, len(rests)):  # n_{s+2}, ..., n_h
        changed[i] = rests[i] + size * _unit(rests[i].shape, rng)
    first = changed[0].shape[1]
    changed[0] = changed[0] @ (np.eye(first) + distance * _unit((first, first), rng))
    return changed


def _unit(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Return a random matrix of norm 1."""
    matrix = rng.normal(size=shape)
    return np.asarray(matrix / np.linalg.norm(matrix, 2))
