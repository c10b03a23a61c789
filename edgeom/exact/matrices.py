"""Small matrices of polynomials."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["Matrix", "determinant", "outer"]

Matrix = list[list[Any]]


def outer(left: Sequence[Any], right: Sequence[Any]) -> Matrix:
    """Return the products of entries of two vectors."""
    return [[a * b for b in right] for a in left]


def determinant(matrix: Matrix) -> Any:
    """Expand the determinant of a small matrix along its first row."""
    if len(matrix) == 1:
        return matrix[0][0]
    total = matrix[0][0] * 0
    for j, entry in enumerate(matrix[0]):
        minor = determinant([row[:j] + row[j + 1 :] for row in matrix[1:]])
        total = total + entry * minor * (-1) ** j
    return total
