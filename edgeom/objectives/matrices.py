"""Matrices that describe metrics: their rank, their kernel and their signs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "are_definite",
    "in_units",
    "is_kronecker",
    "is_multiple",
    "is_semidefinite",
    "kernel",
    "null_space",
    "root",
    "unit_sizes",
]

ZERO = 1e-13  # relative size of an eigenvalue that is 0 up to rounding, in units of the diagonal


def is_multiple(matrix: NDArray[Any], other: NDArray[Any], exact: bool) -> bool:
    """Whether a matrix is a nonzero multiple of another one, to rounding or exactly."""
    if exact:
        if np.iscomplexobj(matrix) or np.iscomplexobj(other):
            return False
        return bool(matrix.any()) and _exact_rank([matrix.ravel(), other.ravel()]) == 1
    largest = np.unravel_index(np.argmax(np.abs(other)), other.shape)
    if other[largest] == 0 or matrix[largest] == 0:
        return False
    multiple = other * (matrix[largest] / other[largest])
    return bool(np.allclose(matrix, multiple, rtol=1e-14, atol=0))


def is_kronecker(matrix: NDArray[Any], rows: int, cols: int, exact: bool) -> bool:
    """Whether a matrix is A ⊗ B with symmetric and nonsingular factors of these sizes."""
    blocks = matrix.reshape(rows, cols, rows, cols).transpose(0, 2, 1, 3)
    flat = blocks.reshape(rows * rows, cols * cols)
    i, j = np.unravel_index(np.argmax(np.abs(flat)), flat.shape)
    pivot = flat[i, j]
    if pivot == 0:
        return False
    left, right = flat[:, j] / pivot, flat[i]
    if exact and np.iscomplexobj(matrix):
        return False
    if exact:
        factors = flat[:, j].reshape(rows, rows), right.reshape(cols, cols)
        regular = all(np.array_equal(f, f.T) and _exact_rank(f) == len(f) for f in factors)
        return _exact_rank(flat) == 1 and regular
    if np.abs(flat - np.outer(left, right)).max() > 1e-12 * abs(pivot):
        return False
    return all(_is_congruence(f) for f in (left.reshape(rows, rows), right.reshape(cols, cols)))


def _exact_rank(rows: ArrayLike) -> int:
    """Return the exact rank of a matrix of doubles."""
    from flint import fmpq, fmpq_mat

    matrix = np.asarray(rows, float)
    entries = [fmpq(*value.as_integer_ratio()) for value in matrix.ravel().tolist()]
    return int(fmpq_mat(matrix.shape[0], matrix.shape[1], entries).rank())


def _is_congruence(factor: NDArray[Any]) -> bool:
    """Whether a matrix is symmetric and nonsingular."""
    values = np.linalg.svd(factor, compute_uv=False)
    symmetric = np.abs(factor - factor.T).max() <= 1e-12 * np.abs(factor).max()
    return bool(symmetric and values[-1] > 1e-12 * values[0])


def is_semidefinite(matrix: NDArray[np.float64]) -> bool:
    """Whether no eigenvalue of a symmetric matrix is negative, up to rounding."""
    if np.diag(matrix).min() < 0:
        return False
    scaled, _ = in_own_units(matrix)
    return bool(np.linalg.eigvalsh(scaled)[0] >= -ZERO * np.abs(scaled).max())


def are_definite(matrices: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which of many matrices are symmetric and positive definite, up to rounding."""
    good = np.asarray(np.isfinite(matrices).all(axis=(1, 2)))
    checked = np.where(good[:, None, None], matrices, 0)
    skew = np.abs(checked - checked.transpose(0, 2, 1)).max(axis=(1, 2))
    good &= skew <= 1e-12 * np.abs(checked).max(axis=(1, 2))
    good &= (np.diagonal(checked, axis1=1, axis2=2) > 0).all(axis=1)
    values = np.linalg.eigvalsh(in_own_units(checked)[0])
    return np.asarray(good & (values[:, 0] > ZERO * values[:, -1]))


def kernel(matrix: NDArray[Any]) -> NDArray[Any]:
    """Return an orthonormal basis of {v : S v = 0} up to rounding, as columns."""
    scaled, units = in_own_units(matrix)
    _, sizes, right = np.linalg.svd(scaled)
    basis = units[:, None] * right[sizes <= ZERO * sizes[0]].conj().T
    return np.asarray(np.linalg.qr(basis)[0])


def null_space(matrix: NDArray[Any], small: float) -> NDArray[Any]:
    """Return an orthonormal basis of {v : matrix v = 0}, as columns.

    Singular values that are smaller than the largest by the factor `small` count as 0.
    """
    _, sizes, right = np.linalg.svd(matrix)
    rank = int(np.sum(sizes > small * sizes.max(initial=0)))
    return np.asarray(right[rank:].conj().T)


def root(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return L with S = LᵀL, for a positive semidefinite matrix S."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray(np.sqrt(np.maximum(values, 0))[:, None] * vectors.T)


def in_own_units(matrix: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Return D S D with entries on the diagonal of about 1, where they are not 0, and D.

    They may be of very different size.
    """
    diagonal = np.abs(np.diagonal(matrix, axis1=-2, axis2=-1))
    half = -np.round(np.log2(np.where(diagonal > 0, diagonal, 1)) / 2)
    units = np.ldexp(1.0, half.astype(int))
    return matrix * units[..., None, :] * units[..., :, None], units


def in_units(matrix: NDArray[Any], exponents: Sequence[int], exponent: int) -> NDArray[Any]:
    """Return 2^-exponent D S D with D = diag(2^exponents), without rounding."""
    powers = np.array(exponents, int)
    shift = powers + powers[:, None] - exponent
    real: NDArray[Any] = np.ldexp(matrix.real, shift)
    return real + 1j * np.ldexp(matrix.imag, shift) if np.iscomplexobj(matrix) else real


def unit_sizes(matrix: NDArray[Any]) -> NDArray[np.float64]:
    """Return the entries on the diagonal, or the largest in their row where they are 0."""
    diagonal, rows = np.abs(np.diag(matrix)), np.abs(matrix).max(axis=1)
    sizes = np.where(diagonal > 0, diagonal, rows)
    return np.asarray(np.where(sizes > 0, sizes, np.abs(matrix).max() or 1.0))
