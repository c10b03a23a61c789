"""Whether a solution of combinations of equations solves the equations themselves.

There is a matrix M(u) with M f = 0 wherever the combinations vanish: its rows are the combinations
and syzygies (:mod:`edgeom.varieties.syzygies`). If M has full column rank all over a box, f = 0 at
the solution in there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.certification.arithmetic import SLACK, defect_of, modulus
from edgeom.equations.digits import run
from edgeom.homotopy.tape import Tape

__all__ = ["is_on_variety"]

Array = NDArray[Any]
KNOWN = 1e-3  # relative radii of entries that are known


def is_on_variety(membership: Tape | None, box: list[Any]) -> bool | None:
    """Whether a solution in a box is a point of the variety.

    Parameters
    ----------
    membership : Tape or None
        Of a chart: u -> f, M. None where all solutions are on the variety.
    box : list of acb
        Unknowns of the chart; it contains a solution of its constraints.

    Returns
    -------
    bool or None
        False where some equation is not zero anywhere in the box, None where nothing is proved.
    """
    if membership is None:
        return True
    out = run(membership, u=box)
    if any(not value.contains(0) for value in out["f"]):
        return False
    count = len(out["f"])
    rows = [out["M"][start : start + count] for start in range(0, len(out["M"]), count)]
    return True if _has_full_column_rank(rows) else None


def _has_full_column_rank(rows: list[list[Any]]) -> bool:
    """Whether this is proved of every matrix in a matrix of balls.

    As many rows as columns are chosen by a QR decomposition with scales and pivots, in which
    entries of which next to nothing is known count as zero; an approximate inverse of them shows
    that they are independent.
    """
    from flint import acb_mat

    middle = np.array([[_known(value) for value in row] for row in rows])
    if not np.isfinite(middle).all():
        return False
    row_scale = _powers_of_two(middle, axis=1)
    column_scale = _powers_of_two(middle * row_scale[:, None], axis=0)
    chosen = _independent(middle * row_scale[:, None] * column_scale)
    if len(chosen) < middle.shape[1]:
        return False
    entries = [
        [value * (row_scale[i] * scale) for value, scale in zip(rows[i], column_scale, strict=True)]
        for i in chosen
    ]
    matrix = acb_mat(entries)
    try:
        inverse = matrix.mid().inv().mid()
    except ZeroDivisionError:
        return False
    return bool(defect_of(inverse, matrix).sum(axis=1).max() * SLACK < 1)


def _known(value: Any) -> complex:
    """Return the middle of a ball, zero if the ball is not much smaller than that."""
    return complex(value) if modulus(value - value.mid()) < KNOWN * modulus(value) else 0j


def _powers_of_two(matrix: Array, axis: int) -> NDArray[np.float64]:
    """Return scales that make rows or columns of size 1, roughly; products with them are exact."""
    sizes = np.abs(matrix).max(axis=axis, initial=0)
    return np.asarray(np.exp2(-np.round(np.log2(np.where(sizes > 0, sizes, 1)))))


def _independent(matrix: Array) -> list[int]:
    """Choose rows, each the farthest from the span of those before."""
    rest, chosen = matrix.copy(), []
    for _ in range(matrix.shape[1]):
        sizes = np.linalg.norm(rest, axis=1)
        farthest = int(sizes.argmax())
        if not sizes[farthest] > 0:
            break
        direction = rest[farthest] / sizes[farthest]
        rest = rest - (rest @ direction.conj())[:, None] * direction
        chosen.append(farthest)
    return chosen
