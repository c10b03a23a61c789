"""Arrays of discs: midpoint-radius arithmetic of NumPy, for many points at once without compiling.

The model of rounding is that of :mod:`edgeom.certification.rounding`, with the ε of the precision
that midpoints have: an addition or multiplication returns its exact value times 1 + δ, |δ| <= ε.
For discs (a, r) and (b, s) with sizes h >= |a| and k >= |b|

* a ± b has radius r + s + ε·(size of the computed value);
* a·b has radius h·(3ε·k + s) + r·(k + s).

Sizes of factors are moduli plus 2⁻⁴⁵⁰: so 3ε·h·k is at least 2⁻⁹⁵¹ more than it has to be, and that
is more than what all products in there lose by underflow. Radii are sums of products of doubles
that are not negative; the roundings on the longest way to one are counted, as there.

A program is run in few steps: each has all operations of one kind whose operands are known by then.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgeom.certification.rounding import EPSILON
from edgeom.homotopy.constants import double
from edgeom.homotopy.tape import UNARY, Op, Tape

__all__ = ["EXTENDED", "Discs", "evaluated", "product"]

Array = NDArray[Any]
SMALLEST = 2.0**-450
EXTENDED = np.clongdouble if np.finfo(np.longdouble).nmant in (63, 112) else np.complex128
MODULUS = 6  # roundings that a modulus may have seen, that to a double included
BLOCK = 1 << 19  # values of a program at a time, which stay in a cache


@dataclass(frozen=True)
class Discs:
    """Discs at some points.

    Attributes
    ----------
    mid : array (discs, points)
    rad : array of doubles (discs, points)
    count : integer array (discs, 1), or number
        Roundings on the longest way to a radius.
    """

    mid: Array
    rad: Array
    count: Any = 0

    @property
    def radius(self) -> Array:
        """Upper bounds of radii."""
        return np.asarray(self.rad * (1 + (2 * self.count + 8) * EPSILON))


class _Step(NamedTuple):
    """Operations of one kind: their rows, and those of their operands."""

    op: Op
    rows: slice
    left: Array
    right: Array


@lru_cache(64)
def _steps(tape: Tape) -> tuple[list[_Step], dict[str, list[int]]]:
    """Return a program in steps, and the rows of its outputs; inputs and constants come first."""
    level: list[int] = []
    groups: defaultdict[tuple[int, Op], list[int]] = defaultdict(list)
    for i, (op, a, b) in enumerate(tape.code):
        level.append(0)
        if op >= Op.ADD:
            level[i] = 1 + (level[a] if op in UNARY else max(level[a], level[b]))
            groups[level[i], op].append(i)
    end = sum(tape.inputs.values())
    row = [a if op is Op.INPUT else end + a for op, a, _ in tape.code]
    end += len(tape.constants)
    steps = []
    for (_, op), group in sorted(groups.items()):
        for k, i in enumerate(group):
            row[i] = end + k
        left, right = (np.array([row[tape.code[i][side]] for i in group]) for side in (1, 2))
        steps.append(_Step(op, slice(end, end + len(group)), left, right))
        end += len(group)
    return steps, {name: [row[i] for i in indices] for name, indices in tape.outputs.items()}


class _Values:
    """The values of a program at some points, a row for each."""

    def __init__(self, kind: Any, values: int, points: int) -> None:
        self.mid = np.empty((values, points), kind)
        self.rad, self.size = np.empty((values, points)), np.empty((values, points))
        self.count = np.zeros((values, 1), int)
        self.epsilon = float(np.finfo(kind).eps)

    def put(self, rows: slice, mid: Any, rad: Any, count: Any) -> None:
        """Enter discs, with upper bounds of the moduli of their midpoints."""
        self.mid[rows], self.rad[rows], self.count[rows] = mid, rad, count
        self.size[rows] = _modulus(self.mid[rows]) + SMALLEST

    def run(self, step: _Step) -> None:
        """Run all operations of a step."""
        if step.op is Op.INV:
            self.put(step.rows, *self._inverse(step.left))
        elif step.op is Op.MUL:
            self._multiply(*step[1:])
        else:
            self._add(np.add if step.op is Op.ADD else np.subtract, *step[1:])

    def _add(self, add: np.ufunc, rows: slice, a: Array, b: Array) -> None:
        add(self.mid[a], self.mid[b], out=self.mid[rows])
        size, rad = _modulus(self.mid[rows]), self.rad[rows]
        np.add(self.rad[a], self.rad[b], out=rad)
        rad += size * self.epsilon
        np.add(size, SMALLEST, out=self.size[rows])
        self.count[rows] = np.maximum(np.maximum(self.count[a], self.count[b]), MODULUS + 1) + 2

    def _multiply(self, rows: slice, a: Array, b: Array) -> None:
        np.multiply(self.mid[a], self.mid[b], out=self.mid[rows])
        h, k, s, rad = self.size[a], self.size[b], self.rad[b], self.rad[rows]
        np.multiply(h, k * (3 * self.epsilon) + s, out=rad)
        rad += self.rad[a] * (k + s)
        np.add(_modulus(self.mid[rows]), SMALLEST, out=self.size[rows])
        self.count[rows] = self.count[a] + self.count[b] + 2 * MODULUS + 6

    def _inverse(self, a: Array) -> tuple[Array, Array, int]:
        """Return 1/z: with η >= |m·z - 1| its distance from m is at most η·|m|/(1 - η)."""
        mid, k, s = 1 / self.mid[a], self.size[a], self.rad[a]
        size = _modulus(mid) + SMALLEST
        gap = mid * self.mid[a] - 1
        rad = _modulus(gap) * self.epsilon + size * (k * (3 * self.epsilon) + s)
        around = Discs(gap, rad, self.count[a] + 2 * MODULUS + 8).radius
        eta = (_modulus(gap) + SMALLEST + around) * (1 + 4 * MODULUS * EPSILON)
        rad = eta * size / np.where(eta < 1, 1 - eta, 0.0)
        return mid, np.where(eta < 1, rad, np.inf), MODULUS + 8


def _modulus(mid: Array) -> Array:
    """Return moduli as doubles."""
    return np.asarray(abs(mid.astype(complex, copy=False)))


def evaluated(tape: Tape, kind: Any = complex, **inputs: Discs | Array) -> dict[str, Discs]:
    """Run a program of + - * and inverses.

    Parameters
    ----------
    tape : Tape
    kind : complex type
        That of midpoints, which holds those of the inputs.
    **inputs : Discs or arrays (count, points)
        Each group, arrays for exact values; with one point for all it may have one column.
    """
    groups = [inputs[name] for name in tape.inputs]
    discs = [g if isinstance(g, Discs) else Discs(g, np.zeros(g.shape)) for g in groups]
    points = max((disc.mid.shape[1] for disc in discs), default=1)
    steps, rows = _steps(tape)
    values = steps[-1].rows.stop if steps else sum(tape.inputs.values()) + len(tape.constants)
    blocks = max(1, round(values * points / BLOCK))
    cuts = np.linspace(0, points, blocks + 1).astype(int).tolist()
    v = None
    parts: list[dict[str, Discs]] = []
    with np.errstate(all="ignore"):
        for here in map(slice, cuts, cuts[1:]):
            width = here.stop - here.start
            if v is None or v.mid.shape[1] != width:
                v = _Values(kind, values, width)
            end = 0
            for disc in discs:
                own = slice(end, end + len(disc.mid))
                one = slice(None) if disc.mid.shape[1] == 1 else here
                v.put(own, disc.mid[:, one], disc.rad[:, one], disc.count)
                end = own.stop
            v.put(slice(end, end + len(tape.constants)), *_constants(tape))
            for step in steps:
                v.run(step)
            parts.append({k: Discs(v.mid[r], v.rad[r], v.count[r]) for k, r in rows.items()})
    return {
        name: Discs(
            np.concatenate([part[name].mid for part in parts], axis=1),
            np.concatenate([part[name].rad for part in parts], axis=1),
            parts[0][name].count,
        )
        for name in rows
    }


def _constants(tape: Tape) -> tuple[Array, Array, Array]:
    """Return discs around the constants of a program."""
    rounded = [double(value) for value in tape.constants]
    exact = [
        isinstance(value, float | complex) or Fraction(near.real) == value
        for value, near in zip(tape.constants, rounded, strict=True)
    ]
    mid = np.array(rounded, complex).reshape(-1, 1)
    rad = np.where(np.array(exact, bool).reshape(-1, 1), 0.0, abs(mid) * EPSILON + SMALLEST)
    return mid, rad, (rad > 0).astype(int)


def product(left: Array, mid: Array, rad: Array) -> tuple[Array, NDArray[np.float64]]:
    """Multiply matrices of doubles ``(points, ., .)``, exact ones by ones of discs.

    A sum of n complex products is wrong by at most 4nε(1 + nε) times the sum of their sizes, in
    any order (Higham, Accuracy and Stability of Numerical Algorithms, sections 3.1 and 3.6).

    Returns
    -------
    middle, radius : arrays
    """
    n = mid.shape[-2]
    sizes = np.abs(left.real) + np.abs(left.imag) + SMALLEST
    rest = np.abs(mid.real) + np.abs(mid.imag) + SMALLEST
    around = np.einsum("pij,pjk->pik", sizes, rad + 4 * (n + 8) * EPSILON * rest)
    middle = np.einsum("pij,pjk->pik", left, mid)
    return np.asarray(middle), np.asarray(around * (1 + 2 * (n + 8) * EPSILON))
