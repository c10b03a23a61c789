"""Arrays of numbers from whatever was given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgeom.errors import InputError

__all__ = ["check_window", "exact_rank", "numbers", "real_numbers"]


def numbers(values: ArrayLike, name: str) -> NDArray[Any]:
    """Return a copy of an array in double precision, real or complex.

    Raises
    ------
    InputError
        It is no array of numbers.

    Examples
    --------
    >>> numbers([[1, 2], [3]], "data")
    Traceback (most recent call last):
    edgeom.errors.InputError: data must be an array of numbers, got rows of different lengths: [[1, 2], [3]]
    """  # noqa: E501
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
    """Return a copy of an array of real numbers, in double precision.

    Raises
    ------
    InputError
        It is no array of numbers, or one of them is not real.
    """
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


def check_window(window: Sequence[float], name: str = "window") -> tuple[float, ...]:
    """Return a rectangle of a plane: x from, x to, y from, y to.

    Raises
    ------
    InputError
        It is not four finite numbers, or empty.

    Examples
    --------
    >>> check_window((0, 1, 1, 0))
    Traceback (most recent call last):
    edgeom.errors.InputError: window must be x from, x to, y from, y to, got (0, 1, 1, 0)
    """
    try:
        array = numbers(window, name)
    except InputError:
        array = np.empty(0)
    if array.shape != (4,) or np.iscomplexobj(array) or not np.isfinite(array).all():
        raise InputError(f"{name} must be four numbers, got {window!r:.80}")
    left, right, bottom, top = array.tolist()
    if left >= right or bottom >= top:
        raise InputError(f"{name} must be x from, x to, y from, y to, got {window!r:.80}")
    return left, right, bottom, top
