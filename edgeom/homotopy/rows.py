"""What trackers are given: tables of numbers, and which of their rows each path needs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.errors import InputError

__all__ = ["row_numbers", "table_of"]

Complex = NDArray[np.complex128]
Index = NDArray[np.int64]


def table_of(values: NDArray[Any], columns: int, name: str) -> Complex:
    """Return a table of complex numbers as the compiled code reads it."""
    table = np.ascontiguousarray(values, complex)
    if table.size == 0 and table.ndim <= 2:
        return table.reshape(0, columns)
    if table.ndim != 2 or table.shape[1] != columns:
        raise InputError(f"{name} must have shape (rows, {columns}), got {table.shape}")
    return table


def row_numbers(rows: dict[str, Index | int], limits: dict[str, int]) -> list[Index]:
    """Return row numbers, one of each kind for each path."""
    arrays = {name: np.asarray(numbers) for name, numbers in rows.items()}
    count = max((len(array) for array in arrays.values() if array.ndim == 1), default=1)
    for name, array in arrays.items():
        if array.size and array.dtype.kind not in "iu":
            raise InputError(f"{name} must hold row numbers, integers, got {array.dtype}")
        if array.shape not in ((), (count,)):
            raise InputError(
                f"{name} must be one row number or one for each of {count} paths, "
                f"got shape {array.shape}"
            )
        if array.size and count and not 0 <= array.min() <= array.max() < limits[name]:
            raise InputError(
                f"{name} must hold row numbers between 0 and {limits[name] - 1}, "
                f"got {array.min()} to {array.max()}"
            )
    return [
        np.ascontiguousarray(np.broadcast_to(array.astype(np.int64), count))
        for array in arrays.values()
    ]
