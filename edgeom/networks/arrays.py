"""Real matrices: what networks accept as weights, and numerical ranks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import prod
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgeom.arrays import real_numbers
from edgeom.errors import InputError
from edgeom.networks.given import listed_weights

__all__ = [
    "TOLERANCE",
    "Array",
    "Weights",
    "check_number",
    "check_tolerance",
    "check_type",
    "matrices_of_shapes",
    "numerical_rank",
    "real_array",
    "real_matrices",
    "real_matrix",
    "relative_gradient",
]

Array = NDArray[np.float64]
#: Of all layers: a list, or what :func:`edgeom.networks.given.listed_weights` reads.
Weights = Iterable[ArrayLike] | Mapping[str, ArrayLike]
T = TypeVar("T")

TOLERANCE = 1e-10  #: a singular value up to this times the scale counts as zero


def real_array(value: Any, name: str) -> Array:
    """Return a copy as an array of doubles.

    Raises
    ------
    InputError
        It is not an array of finite real numbers.
    """
    array = real_numbers(value, name)
    if not np.isfinite(array).all():
        raise InputError(f"{name} must have finite entries, got NaN or infinity")
    return array


def real_matrix(value: Any, name: str) -> Array:
    """Return a copy as a matrix of doubles.

    Raises
    ------
    InputError
        It is not an array of finite real numbers with two axes.
    """
    array = real_array(value, name)
    if array.ndim != 2 or array.size == 0:
        raise InputError(f"{name} must be a matrix, got an array of shape {array.shape}")
    return array


def real_matrices(weights: Weights) -> list[Array]:
    """Return copies of weights W_1, ..., W_h as matrices of doubles.

    Parameters
    ----------
    weights : list of arrays, mapping, or model
        See :func:`edgeom.networks.given.listed_weights`.

    Raises
    ------
    InputError
        They are not a list of matrices of finite real numbers.
    """
    return [real_matrix(matrix, f"W_{i}") for i, matrix in enumerate(listed_weights(weights), 1)]


def matrices_of_shapes(
    weights: Weights, shapes: Sequence[tuple[int, int]], where: str
) -> list[Array]:
    """Return copies of weights W_1, ..., W_h of given shapes as matrices of doubles.

    Parameters
    ----------
    weights : list of arrays, mapping, or model
        Kernels (d_{i-1}, d_i) as in Keras are transposed where their shapes tell them.
    shapes : sequence of (int, int)
    where : str
        To what they belong, for messages: "widths (2, 1, 2)".

    Raises
    ------
    InputError
        There are not h of them, or one is not a finite real matrix of the right shape.
    """
    matrices = real_matrices(weights)
    if len(matrices) != len(shapes):
        raise InputError(f"weights must be {len(shapes)} matrices for {where}, got {len(matrices)}")
    given, turned = [matrix.shape for matrix in matrices], [(n, m) for m, n in shapes]
    if given == turned != list(shapes):  # kernels of Keras, unless the last layer comes first
        if given != list(shapes)[::-1]:
            return [np.ascontiguousarray(matrix.T) for matrix in matrices]
        raise InputError(
            f"W_1 must have shape {shapes[0]} for {where}, got {given[0]}: if these are kernels "
            "(inputs, outputs) as in Keras or X @ W1 @ W2, give their transposes [W1.T, W2.T] in "
            "this order; if the last layer comes first, give them reversed. The right one has the "
            "loss of the training run"
        )
    for i, (matrix, shape) in enumerate(zip(matrices, shapes, strict=True), 1):
        if matrix.shape != shape:
            raise InputError(f"W_{i} must have shape {shape} for {where}, got {matrix.shape}")
    return matrices


def check_number(value: float, name: str) -> float:
    """Return a finite number.

    Raises
    ------
    InputError
        It is not.
    """
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise InputError(f"{name} must be a number, got {value!r}") from None
    if not np.isfinite(number):
        raise InputError(f"{name} must be finite, got {number}")
    return number


def check_tolerance(value: float) -> float:
    """Return a tolerance, a number between 0 and 1.

    Raises
    ------
    InputError
        It is not.
    """
    number = check_number(value, "tolerance")
    if not 0 < number < 1:
        raise InputError(f"tolerance must be between 0 and 1, got {number}")
    return number


def check_type(value: object, kind: type[T], name: str) -> T:
    """Return an argument that is an object of a class.

    Raises
    ------
    InputError
        It is not.
    """
    if not isinstance(value, kind):
        raise InputError(f"{name} must be a {kind.__name__}, got {type(value).__name__}")
    return value


def numerical_rank(matrix: Array, tolerance: float, scale: float) -> int:
    """Return the number of singular values above `tolerance` times the scale."""
    values = np.linalg.svd(matrix, compute_uv=False)
    return int(np.sum(values > tolerance * scale))


def relative_gradient(parts: Sequence[Array], norms: Sequence[float], terms: float) -> float:
    """Return the largest derivative by a layer, relative to the norms of the others and to terms.

    Parameters
    ----------
    parts : sequence of arrays
        The derivatives by each layer.
    norms : sequence of float
        Of the layers.
    terms : float
        Size of the terms of the gradient of the loss by the function.
    """
    worst = 0.0
    for i, part in enumerate(parts):
        if size := float(np.linalg.norm(part)):
            worst = max(worst, size / (terms * prod([*norms[:i], *norms[i + 1 :]])))
    return worst
