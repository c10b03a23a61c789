"""Matrices that describe metrics: read as numbers, their rank, their kernel, their signs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgeom.errors import InputError

__all__ = [
    "exact_rank",
    "is_congruence",
    "is_semidefinite",
    "kernel",
    "numbers",
    "real_numbers",
]

ZERO = 1e-13  # relative size of an eigenvalue that is 0 up to rounding, in units of the diagonal


def numbers(values: ArrayLike, name: str) -> NDArray[Any]:
    """Return a copy of an array in double precision, real or complex."""
    try:
        array = np.array(values)
    except ValueError:
        raise InputError(
            f"{name} must be an array of numbers, got rows of different lengths: {values!r:.80}"
        ) from None
    if array.dtype.kind == "O":  # fractions, for example
        try:
            array = np.array([complex(number) for number in array.flat]).reshape(array.shape)
        except (TypeError, ValueError, OverflowError):
            raise InputError(f"{name} must be an array of numbers, got {values!r:.80}") from None
        if not array.imag.any():
            array = array.real
    if array.dtype.kind not in "biufc":
        raise InputError(f"{name} must be an array of numbers, got {values!r:.80}")
    return array.astype(complex if array.dtype.kind == "c" else float)


def real_numbers(values: ArrayLike, name: str) -> NDArray[Any]:
    """Return a copy of an array of real numbers in double precision."""
    array = numbers(values, name)
    if np.iscomplexobj(array):
        if array.imag.any():
            entry = array.flat[np.flatnonzero(array.imag)[0]]
            raise InputError(f"{name} must be real, got the entry {entry:.6g}")
        array = array.real
    return array


def exact_rank(rows: ArrayLike) -> int:
    """Return the exact rank of a matrix of doubles."""
    from flint import fmpq, fmpq_mat

    matrix = np.asarray(rows, float)
    entries = [fmpq(*value.as_integer_ratio()) for value in matrix.ravel().tolist()]
    return int(fmpq_mat(matrix.shape[0], matrix.shape[1], entries).rank())


def is_congruence(factor: NDArray[Any]) -> bool:
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


def kernel(matrix: NDArray[Any]) -> NDArray[Any]:
    """Return an orthonormal basis of {v : S v = 0} up to rounding, as columns."""
    scaled, units = in_own_units(matrix)
    _, sizes, right = np.linalg.svd(scaled)
    basis = units[:, None] * right[sizes <= ZERO * sizes[0]].conj().T
    return np.asarray(np.linalg.qr(basis)[0])


def in_own_units(matrix: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Return D S D with entries on the diagonal of about 1, where they are not 0, and D.

    They may be of very different size.
    """
    diagonal = np.abs(np.diag(matrix))
    half = -np.round(np.log2(np.where(diagonal > 0, diagonal, 1)) / 2)
    units = np.ldexp(1.0, half.astype(int))
    return matrix * units * units[:, None], units
