"""Exact linear algebra and linear programming: cells of arrangements, and points in them.

Numbers are rational numbers of python-flint, vectors are lists of them. Whether an affine space
meets an open cone is decided by the first phase of the simplex method with Bland's rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

__all__ = [
    "AffineSpace",
    "Vector",
    "dot",
    "doubles",
    "inside",
    "rational",
    "sign_vectors",
    "solved",
]

Vector = list[Any]  # of fmpq
Signs = tuple[int, ...]


def rational(value: Any) -> Any:
    """Return a number as a rational number, exactly."""
    from flint import fmpq

    number = Fraction(value)
    return fmpq(number.numerator, number.denominator)


def doubles(vector: Vector) -> list[float]:
    """Return rational numbers rounded to doubles."""
    return [float(Fraction(int(value.p), int(value.q))) for value in vector]


def dot(a: Sequence[Any], b: Sequence[Any]) -> Any:
    """Return the sum of products; 0 for empty vectors."""
    total: Any = rational(0)
    for x, y in zip(a, b, strict=True):
        total += x * y
    return total


class AffineSpace:
    """The points base + Σ y_k directions_k.

    Attributes
    ----------
    base : list
    directions : list of lists
        Linearly independent.
    """

    def __init__(self, base: Vector, directions: list[Vector]) -> None:
        self.base, self.directions = base, directions

    @property
    def dimension(self) -> int:
        """Number of directions."""
        return len(self.directions)

    def at(self, y: Sequence[Any]) -> Vector:
        """Return the point with these coordinates."""
        point = list(self.base)
        for value, direction in zip(y, self.directions, strict=True):
            if value:
                point = [p + value * d for p, d in zip(point, direction, strict=True)]
        return point


def solved(rows: list[Vector], right: Vector, count: int) -> AffineSpace | None:
    """Return all solutions of linear equations in so many unknowns; None where there are none."""
    from flint import fmpq, fmpq_mat

    zero, one = fmpq(0), fmpq(1)
    if not rows:
        units = [[one if i == j else zero for i in range(count)] for j in range(count)]
        return AffineSpace([zero] * count, units)
    entries = [value for row, r in zip(rows, right, strict=True) for value in (*row, r)]
    reduced, rank = fmpq_mat(len(rows), count + 1, entries).rref()
    table = [[reduced[i, j] for j in range(count + 1)] for i in range(rank)]
    pivots = [next(j for j, value in enumerate(row) if value != 0) for row in table]
    if count in pivots:
        return None
    base = [zero] * count
    for row, pivot in zip(table, pivots, strict=True):
        base[pivot] = row[count]
    directions = []
    for free in sorted(set(range(count)) - set(pivots)):
        direction = [zero] * count
        direction[free] = one
        for row, pivot in zip(table, pivots, strict=True):
            direction[pivot] = -row[free]
        directions.append(direction)
    return AffineSpace(base, directions)


def inside(space: AffineSpace, forms: Iterable[Vector]) -> Vector | None:
    """Return a point of an affine space at which all linear forms are positive, if there is one.

    Examples
    --------
    >>> plane = solved([], [], 2)
    >>> one, zero = rational(1), rational(0)
    >>> inside(plane, [[one, zero], [-one, one]]) is not None  # x > 0, y > x
    True
    >>> inside(plane, [[one, zero], [-one, zero]]) is None
    True
    """
    values, slopes = [], []
    for form in forms:
        value = dot(form, space.base)
        slope = [dot(form, direction) for direction in space.directions]
        if value <= 0 and not any(slope):
            return None
        values.append(value)
        slopes.append(slope)
    if all(value > 0 for value in values):
        return space.base
    y = _feasible(slopes, values, space.dimension)
    return None if y is None else space.at(y)


def _feasible(slopes: list[Vector], values: Vector, count: int) -> Vector | None:
    """Return y with value + slope·y > 0 for all rows, if there is one.

    Minimise τ ≥ 0 over -slope·y - τ ≤ value - 1. Where the least τ is below 1 the inequalities
    are strict. Unknowns are y⁺, y⁻, τ ≥ 0.
    """
    one, zero = rational(1), rational(0)
    columns = 2 * count + 1
    rows = [
        [*(-s for s in slope), *slope, -one, value - one]
        for slope, value in zip(slopes, values, strict=True)
    ]
    tau = columns - 1
    basis = list(range(columns, columns + len(rows)))  # slacks
    # a dictionary: basic variable = right side - Σ entries · nonbasic variables
    nonbasic = list(range(columns))
    cost: Vector = [zero] * (columns + 1)
    cost[tau] = one
    worst = min(range(len(rows)), key=lambda i: rows[i][-1])
    if rows[worst][-1] < 0:
        _pivot(rows, cost, basis, nonbasic, worst, tau)
    while True:
        entering = [j for j in range(columns) if cost[j] < 0]
        if not entering:
            break
        column = min(entering, key=lambda j: nonbasic[j])
        limits = [
            (row[-1] / row[column], basis[i], i) for i, row in enumerate(rows) if row[column] > 0
        ]
        if not limits:
            break
        _pivot(rows, cost, basis, nonbasic, min(limits)[2], column)
    found: Vector = [zero] * (columns + len(rows))
    for i, variable in enumerate(basis):
        found[variable] = rows[i][-1]
    if found[tau] >= 1:
        return None
    return [found[k] - found[count + k] for k in range(count)]


def _pivot(
    rows: list[Vector], cost: Vector, basis: list[int], nonbasic: list[int], i: int, j: int
) -> None:
    """Exchange the basic variable of row i with the nonbasic one of column j."""
    pivot = rows[i][j]
    row = [value / pivot for value in rows[i]]
    row[j] = 1 / pivot
    rows[i] = row
    for k, other in enumerate(rows):
        if k != i and other[j]:
            factor = other[j]
            new = [x - factor * y for x, y in zip(other, row, strict=True)]
            new[j] = -factor / pivot
            rows[k] = new
    factor = cost[j]
    if factor:
        new = [x - factor * y for x, y in zip(cost, row, strict=True)]
        new[j] = -factor / pivot
        cost[:] = new
    basis[i], nonbasic[j] = nonbasic[j], basis[i]


def sign_vectors(points: Sequence[Vector], count: int, faces: bool = False) -> list[Signs]:
    """Return the signs that linear forms w in so many variables have at points: sign(w·x_i).

    At the point 0 forms have no sign; it is given as -1, as no relu is ever active there.

    Parameters
    ----------
    points : list of vectors
    count : int
        Number of variables.
    faces : bool
        With those of forms that vanish at some points; otherwise only the open cells.

    Examples
    --------
    >>> line = [[rational(x), rational(1)] for x in (0, 1, 2)]
    >>> len(sign_vectors(line, 2)), len(sign_vectors(line, 2, faces=True))
    (6, 13)
    """
    found: list[Signs] = [()]
    for number in range(len(points)):
        found = [
            (*signs, sign)
            for signs in found
            for sign in ((-1,) if not any(points[number]) else (1, 0, -1) if faces else (1, -1))
            if _meets(points[: number + 1], (*signs, sign), count)
        ]
    return found


def _meets(points: Sequence[Vector], signs: Signs, count: int) -> bool:
    space = solved(zeros := [p for p, s in zip(points, signs, strict=True) if not s],
                   [rational(0)] * len(zeros), count)  # fmt: skip
    forms = [[s * v for v in p] for p, s in zip(points, signs, strict=True) if s and any(p)]
    return space is not None and inside(space, forms) is not None
