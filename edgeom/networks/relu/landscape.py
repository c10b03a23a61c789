"""All critical points of the squared loss of a ReLU network with one hidden layer.

A unit c relu(w·x) with c ≠ 0 is s relu(v·x), with the sign s of c and v = |c| w. Where v·x_i has
fixed signs, the values of the network on the data are linear in v_1, ..., v_h, and the loss is a
convex quadratic function of them: its critical points are an affine space, found by exact linear
algebra, and it is decided exactly whether that meets the open cell of these signs. On the
boundaries of cells the loss has one-sided derivatives, and is convex on each closed cell that meets
a point; so a point is a local minimum if and only if no one-sided derivative is negative.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from math import comb
from typing import Any, NamedTuple

from edgeom.errors import InputError
from edgeom.networks.relu.cones import Vector, dot, inside, rational, sign_vectors, solved

__all__ = ["Combination", "Found", "Search", "Unit"]

MOST = 100_000  # combinations of patterns that are looked at


class Unit(NamedTuple):
    """The signs of w·x_i at the data, and that of the output weight."""

    signs: tuple[int, ...]
    sign: int

    @property
    def active(self) -> list[int]:
        """The data at which the unit is positive."""
        return [i for i, sign in enumerate(self.signs) if sign > 0]

    @property
    def on_boundary(self) -> bool:
        """Whether it is zero at some data."""
        return 0 in self.signs


Combination = tuple[Unit, ...]


@dataclass(frozen=True)
class Found:
    """Critical points with the same signs.

    Attributes
    ----------
    units : tuple of Unit
        Those that are not dead.
    vectors : list of vectors
        v_j of each, at one of the points.
    dimension : int
        Of the set of these v.
    fitted : tuple
        Values of the network at the data.
    idle : Unit or None
        The signs of a unit with output weight 0, at which the loss has a saddle; None otherwise.
    """

    units: Combination
    vectors: list[Vector]
    dimension: int
    fitted: tuple[Any, ...]
    idle: Unit | None = None


class Search:
    """The critical points of Σ (f(x_i) - y_i)², by combinations of patterns of units.

    Parameters
    ----------
    points : list of vectors
        x_i, with a last entry 1 where there are biases.
    values : list of rational numbers
        y_i.
    hidden : int
        h, the number of units.
    """

    def __init__(self, points: list[Vector], values: Vector, hidden: int) -> None:
        self.points, self.values, self.hidden = points, values, hidden
        self.count = len(points[0])
        patterns = sign_vectors(points, self.count, faces=True)
        self.cells = [signs for signs in patterns if 0 not in signs]
        self.faces = [signs for signs in patterns if 0 in signs]
        self._bases: dict[tuple[int, ...], list[Vector]] = {}
        self._grams: dict[tuple[Unit, Unit], list[Vector]] = {}
        self._idle: dict[tuple[Any, ...], list[tuple[Unit, Vector]]] = {}

    @property
    def can_die(self) -> bool:
        """Whether a unit can be inactive at all data."""
        return any(max(signs) < 0 for signs in self.cells)

    def dead_point(self) -> Vector:
        """Return weights of a unit that is inactive at all data, or 0 where there are none."""
        for signs in self.cells:
            if max(signs) < 0:
                forms = [[-v for v in x] for x in self.points if any(x)]
                return inside(self._all, forms) or []
        return [rational(0)] * self.count

    @cached_property
    def interior(self) -> list[Unit]:
        """Units that are active somewhere and zero at no data."""
        return [Unit(signs, s) for signs in self.cells if max(signs) > 0 for s in (1, -1)]

    @cached_property
    def boundary(self) -> list[Unit]:
        """Units that are zero at some data."""
        return [Unit(signs, s) for signs in self.faces for s in (1, -1)]

    def combinations(self, boundaries: bool) -> Iterator[Combination]:
        """Return all sets of at most h units; units of the same signs can be added up to one.

        Raises
        ------
        InputError
            There are too many.
        """
        units = self.interior + (self.boundary if boundaries else [])
        most = sum(comb(len(units), k) for k in range(self.hidden + 1))
        if most > MOST:
            hint = "; boundaries=False looks at open cells only" if boundaries else ""
            raise InputError(
                f"{self.hidden} units and {len(self.points)} data points have {most:,} "
                f"combinations of patterns, the limit is {MOST:,}{hint}"
            )
        for k in range(self.hidden + 1):
            yield from combinations(units, k)

    def critical(self, units: Combination) -> Found | None:
        """Return the critical points with these signs, where all other units are dead.

        On boundaries only local minima are returned.
        """
        bases = [self.basis(unit.signs) for unit in units]
        space = self._least_squares(units, bases)
        sizes = [len(basis) for basis in bases]
        forms = []
        for j, unit in enumerate(units):
            before, after = sum(sizes[:j]), sum(sizes[j + 1 :])
            for x, sign in zip(self.points, unit.signs, strict=True):
                if sign and any(x):
                    form = [sign * dot(x, direction) for direction in bases[j]]
                    forms.append([rational(0)] * before + form + [rational(0)] * after)
        z = inside(space, forms)
        if z is None:
            return None
        vectors, start = [], 0
        for basis, size in zip(bases, sizes, strict=True):
            vectors.append(_combined(basis, z[start : start + size], self.count))
            start += size
        fitted = self.fitted(units, vectors)
        residual = [f - y for f, y in zip(fitted, self.values, strict=True)]
        if any(u.on_boundary and not self._is_least(u, residual) for u in units):
            return None
        return Found(units, vectors, space.dimension, fitted)

    def fitted(self, units: Combination, vectors: Sequence[Vector]) -> tuple[Any, ...]:
        """Return the values of the network at the data."""
        values = [rational(0)] * len(self.points)
        for unit, v in zip(units, vectors, strict=True):
            for i in unit.active:
                values[i] += unit.sign * dot(self.points[i], v)
        return tuple(values)

    def idle(self, found: Found) -> list[Found]:
        """Return weights of the same function with a unit of output weight 0, where L has a saddle.

        With the residual r such weights w are critical iff Σ r_i w·x_i = 0 over the active data:
        then the mixed derivatives by c and w, the same sums, make a saddle, unless all vanish.
        There is one answer for each open cell of w.
        """
        if found.fitted not in self._idle:
            residual = [f - y for f, y in zip(found.fitted, self.values, strict=True)]
            self._idle[found.fitted] = self._idle_units(residual)
        return [
            Found(found.units, [*found.vectors, w], found.dimension, found.fitted, unit)
            for unit, w in self._idle[found.fitted]
        ]

    def _idle_units(self, residual: Vector) -> list[tuple[Unit, Vector]]:
        """Return the cells in which a unit of output weight 0 makes a saddle, each with weights."""
        units = []
        for signs in (signs for signs in self.cells if max(signs) > 0):
            unit = Unit(signs, 0)
            slope = _combined(
                [self.points[i] for i in unit.active], [residual[i] for i in unit.active],
                self.count,
            )  # fmt: skip
            if not any(slope):
                continue
            plane = solved([slope], [rational(0)], self.count)
            forms = [[s * v for v in x] for s, x in zip(signs, self.points, strict=True) if any(x)]
            if plane is not None and (w := inside(plane, forms)) is not None:
                units.append((unit, w))
        return units

    def basis(self, signs: tuple[int, ...]) -> list[Vector]:
        """Return a basis of the space in which a unit has these zeros."""
        zeros = tuple(i for i, sign in enumerate(signs) if not sign)
        if zeros not in self._bases:
            space = solved([self.points[i] for i in zeros], [rational(0)] * len(zeros), self.count)
            self._bases[zeros] = [] if space is None else space.directions
        return self._bases[zeros]

    def _least_squares(self, units: Combination, bases: list[list[Vector]]) -> Any:
        """Return all solutions of the normal equations."""
        rows: list[Vector] = []
        right: Vector = []
        for a, basis in zip(units, bases, strict=True):
            blocks = [self._gram(a, b) for b in units]
            for k, direction in enumerate(basis):
                rows.append([value for block in blocks for value in block[k]])
                total = rational(0)
                for i in a.active:
                    total += a.sign * self.values[i] * dot(self.points[i], direction)
                right.append(total)
        return solved(rows, right, sum(map(len, bases)))

    def _gram(self, a: Unit, b: Unit) -> list[Vector]:
        """Return the block of the normal equations of two units."""
        if (a, b) not in self._grams:
            left, right = self.basis(a.signs), self.basis(b.signs)
            both = [i for i in a.active if b.signs[i] > 0]
            ins = [[dot(self.points[i], d) for d in left] for i in both]
            outs = [[dot(self.points[i], d) for d in right] for i in both]
            sign = a.sign * b.sign
            self._grams[a, b] = [
                [sign * dot([x[k] for x in ins], [x[m] for x in outs]) for m in range(len(right))]
                for k in range(len(left))
            ]
        return self._grams[a, b]

    def _is_least(self, unit: Unit, residual: Vector) -> bool:
        """Whether no direction of a unit on a boundary has a negative derivative.

        Half the derivative is s (Σ r_i x_i·δ over active data + Σ r_i relu(x_i·δ) over zeros),
        linear on the cells of the arrangement of the zeros.
        """
        zeros = [i for i, sign in enumerate(unit.signs) if not sign]
        slope = _combined(
            [self.points[i] for i in unit.active], [residual[i] for i in unit.active], self.count
        )
        for signs in self.around(tuple(zeros)):
            extra = [i for i, sign in zip(zeros, signs, strict=True) if sign > 0]
            total = _combined(
                [slope, *(self.points[i] for i in extra)],
                [rational(1), *(residual[i] for i in extra)],
                self.count,
            )
            forms = [
                [sign * v for v in self.points[i]] for i, sign in zip(zeros, signs, strict=True)
            ]
            down = [-unit.sign * v for v in total]
            if any(down) and inside(self._all, [*forms, down]) is not None:
                return False
        return True

    @cached_property
    def _all(self) -> Any:
        return solved([], [], self.count)

    def around(self, zeros: tuple[int, ...]) -> list[tuple[int, ...]]:
        """Return the signs at the zeros of a unit that weights close by can have."""
        if zeros not in self._cells_around:
            points = [self.points[i] for i in zeros]
            self._cells_around[zeros] = sign_vectors(points, self.count)
        return self._cells_around[zeros]

    @cached_property
    def _cells_around(self) -> dict[tuple[int, ...], list[tuple[int, ...]]]:
        return {}


def _combined(vectors: Sequence[Vector], factors: Sequence[Any], count: int) -> Vector:
    """Return Σ factor · vector."""
    total = [rational(0)] * count
    for vector, factor in zip(vectors, factors, strict=True):
        if factor:
            total = [t + factor * v for t, v in zip(total, vector, strict=True)]
    return total
