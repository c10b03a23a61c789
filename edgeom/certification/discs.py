"""Arrays of discs: midpoint-radius arithmetic of NumPy, for many points at once without compiling.

The model of rounding is that of :mod:`edgeom.certification.rounding`, with the ε of the precision
that midpoints have: an addition or multiplication returns its exact value times 1 + δ, |δ| <= ε.
For discs (a, r) and (b, s) with sizes h >= |a| and k >= |b|

* a ± b has radius r + s + ε·(size of the computed value);
* a·b has radius h·(3ε·k + s) + r·(k + s).

Sizes of factors are moduli plus 2⁻⁴⁵⁰: so 3ε·h·k is at least 2⁻⁹⁵¹ more than it has to be, and that
is more than what all products in there lose by underflow. Radii are sums of products of doubles
that are not negative; the roundings on the longest way to one are counted, as there.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.certification.rounding import EPSILON
from edgeom.homotopy.constants import Constant, double
from edgeom.homotopy.tape import Tape

__all__ = ["EXTENDED", "Discs", "evaluated", "product"]

Array = NDArray[Any]
SMALLEST = 2.0**-450
EXTENDED = np.clongdouble if np.finfo(np.longdouble).nmant in (63, 112) else np.complex128

EPSILONS = {np.dtype(kind).char: float(np.finfo(kind).eps) for kind in "dDgG"}
MODULUS = 6  # roundings that a modulus may have seen, that to a double included


class Discs:
    """Discs of one shape, or one disc for all.

    Parameters
    ----------
    mid : array of any precision, or number
        Constants are numbers of Python.
    rad : array of doubles, optional
        Radii; None for exact values.
    count : int
        Roundings on the longest way to a radius.
    """

    __slots__ = ("_size", "_spread", "count", "mid", "rad")

    def __init__(self, mid: Any, rad: Any = None, count: int = 0) -> None:
        self.mid, self.rad, self.count = mid, rad, count
        self._size: Any = None
        self._spread: Any = None

    @property
    def epsilon(self) -> float:
        mid = self.mid
        return EPSILON if isinstance(mid, float | complex) else EPSILONS[mid.dtype.char]

    @property
    def size(self) -> Any:
        """Upper bounds of the moduli of midpoints."""
        if self._size is None:
            self._size = _modulus(self.mid) + SMALLEST
        return self._size

    @property
    def spread(self) -> Any:
        """What a product with 1 is wrong by, 3ε·k + s."""
        if self._spread is None:
            spread = self.size * (3 * self.epsilon)
            self._spread = spread if self.rad is None else spread + self.rad
        return self._spread

    @property
    def radius(self) -> Array:
        """Upper bounds of radii."""
        if self.rad is None:
            return np.zeros(np.shape(self.mid))
        return np.asarray(self.rad * (1 + (2 * self.count + 8) * EPSILON))

    def __add__(self, other: Discs) -> Discs:
        return self._sum(other, self.mid + other.mid)

    def __sub__(self, other: Discs) -> Discs:
        return self._sum(other, self.mid - other.mid)

    def _sum(self, other: Discs, mid: Any) -> Discs:
        total = Discs(mid)
        rad, count = _modulus(mid) * total.epsilon, MODULUS + 1
        for part in (self, other):
            if part.rad is not None:
                rad, count = rad + part.rad, max(count, part.count) + 1
        total.rad, total.count = rad, count
        return total

    def __mul__(self, other: Discs) -> Discs:
        if isinstance(other.mid, float | complex):  # a constant: its ε would be that of doubles
            self, other = other, self
        rad = self.size * other.spread
        count = 2 * MODULUS + 5 + other.count
        if self.rad is not None:
            wide = other.size if other.rad is None else other.size + other.rad
            rad = rad + self.rad * wide
            count += self.count + 1
        return Discs(self.mid * other.mid, rad, count)

    def __truediv__(self, other: Discs) -> Discs:
        return self * other.inverse()

    def inverse(self) -> Discs:
        """Return 1/z: with η >= |m·z - 1| its distance from m is at most η·|m|/(1 - η)."""
        mid = Discs(1 / self.mid)
        gap = mid * self - Discs(1.0)
        eta = np.asarray((gap.size + gap.radius) * (1 + 4 * MODULUS * EPSILON))
        with np.errstate(all="ignore"):
            rad = eta * mid.size / np.where(eta < 1, 1 - eta, 0.0)
        return Discs(mid.mid, np.where(eta < 1, rad, np.inf), MODULUS + 8)


def _modulus(mid: Any) -> Any:
    """Return moduli as doubles, or of numbers."""
    if isinstance(mid, float | complex):
        return abs(mid)
    return abs(mid.astype(complex) if mid.dtype.char in "gG" else mid)


def evaluated(tape: Tape, kind: Any = complex, **inputs: Any) -> dict[str, list[Discs]]:
    """Run a program of + - * and inverses; groups are lists of discs, or of exact arrays.

    Parameters
    ----------
    tape : Tape
    kind : complex type
        That of midpoints.
    **inputs
        Each group.
    """

    def constant(value: Constant) -> Discs:
        rounded = double(value)
        if isinstance(value, float | complex) or Fraction(rounded.real) == value:
            return Discs(rounded)
        return Discs(rounded, abs(rounded) * EPSILON + SMALLEST, 1)

    groups = {
        name: [v if isinstance(v, Discs) else Discs(np.asarray(v, kind)) for v in group]
        for name, group in inputs.items()
    }
    with np.errstate(all="ignore"):
        return tape.evaluate(groups, constant)


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
