"""Arrays of numbers that are given, checked and copied to doubles."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgeom.errors import InputError

__all__ = ["numbers", "real_numbers"]


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
    """Return a copy of an array in double precision whose entries are real."""
    array = numbers(values, name)
    if np.iscomplexobj(array):
        if array.imag.any():
            entry = array.flat[np.flatnonzero(array.imag)[0]]
            raise InputError(f"{name} must be real, got the entry {entry:.6g}")
        array = array.real
    return array
