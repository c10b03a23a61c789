"""Lists of points as tables: for a terminal of 80 columns, and for notebooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.equations.hessian import UNDECIDED

__all__ = ["cells", "counted", "kind_of", "listing"]

Array = NDArray[Any]
SHOWN = 20  # points in a notebook
DIGITS = (7, 5, 3)  # as many as fit


def kind_of(is_real: bool, index: int, dimension: int, indefinite: bool) -> str:
    """Say what a critical point is.

    >>> kind_of(True, 0, 5, False), kind_of(True, 2, 5, False), kind_of(False, -1, 5, False)
    ('local minimum', 'saddle of index 2', 'not real')
    """
    if index == UNDECIDED:
        return "of undecided index" if is_real else "undecided"
    if not is_real:
        return "not real"
    if indefinite:
        return f"of index {index}"
    if index == 0:
        return "local minimum"
    return "local maximum" if index == dimension else f"saddle of index {index}"


def counted(counts: dict[int, int], dimension: int, indefinite: bool) -> str:
    """Say how many real points there are of each kind, from their numbers by index.

    >>> counted({0: 1, 1: 2, 5: 1}, 5, False)
    '1 local minimum, 2 saddles of index 1, 1 local maximum'
    """
    texts = []
    for index, count in counts.items():
        kind = kind_of(True, index, dimension, indefinite)
        if count > 1:
            kind = kind.replace("saddle", "saddles").replace("mum", "ma")
        texts.append(f"{count} {kind}")
    return ", ".join(texts)


def cells(kinds: Sequence[str], distances: Array, points: Array) -> list[list[str]]:
    """Return the first points as cells of a table, its header first.

    Parameters
    ----------
    kinds : sequence of str
    distances : array (points,)
        Squared ones.
    points : array (points, ...)
    """
    rows = [
        [str(i), kinds[i], _number(distances[i], 6), ", ".join(_number(v, 4) for v in p.ravel())]
        for i, p in enumerate(points[:SHOWN])
    ]
    if len(points) > SHOWN:
        rows.append(["…", f"{len(points) - SHOWN} more", "", ""])
    return [["", "kind", "squared distance", "point"], *rows] if rows else []


def listing(
    kinds: Sequence[str],
    distances: Array,
    points: Array,
    parameters: Mapping[str, Array] | None = None,
    head: str = "sq. distance",
    width: int = 80,
) -> str:
    """Return points as a table that is not wider than a terminal, whatever their shape.

    A row of a matrix is a line where it fits.

    Parameters
    ----------
    kinds, distances, points
        See :func:`cells`.
    parameters : dict of arrays (points,), optional
        The parameters of each point, by name.
    head : str
        What the distances are called.
    width : int
    """
    values = [_number(value, 6) for value in distances]
    names = ["", "kind", head]
    rows = [
        [str(i), kind, value] for i, (kind, value) in enumerate(zip(kinds, values, strict=True))
    ]
    sizes = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
    left = sum(sizes) + 2 * len(sizes)
    lines = [_row(names, sizes) + "point"]
    for i, (row, point) in enumerate(zip(rows, points, strict=True)):
        texts = _wrapped(point, width - left)
        at = [f"{name} = {_number(t[i], 6)}" for name, t in (parameters or {}).items()]
        texts += wrap(", ".join(at), width - left)
        start = _row(row, sizes)
        lines += [f"{start if k == 0 else '':{left}}{text}" for k, text in enumerate(texts)]
    return "\n".join(lines)


def _row(row: Sequence[str], sizes: Sequence[int]) -> str:
    number, kind, value = row
    return f"{number:>{sizes[0]}}  {kind:{sizes[1]}}  {value:>{sizes[2]}}  "


def _wrapped(point: Array, width: int) -> list[str]:
    """Return the entries of a point in lines."""
    across = point.shape[-1] if point.ndim else 1
    flat = np.asarray(point).ravel()
    for digits in DIGITS:
        texts = [_number(value, digits) for value in flat]
        size = max(map(len, texts), default=0)
        if across * (size + 2) - 2 <= width:
            break
    many = across if across * (size + 2) - 2 <= width else max(1, (width + 2) // (size + 2))
    return [
        "  ".join(
            f"{text:>{size}}" for text in texts[row + first : row + min(first + many, across)]
        )
        for row in range(0, len(texts), max(across, 1))
        for first in range(0, across, many)
    ]


def _number(value: Any, digits: int) -> str:
    number = complex(value)
    real = f"{number.real + 0.0:.{digits}g}"
    return f"{real}{number.imag:+.{digits}g}i" if number.imag else real
