"""How the paths of a batch end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.homotopy.pointset import PointSet

__all__ = ["EndKind", "PathEnds", "limit", "shared"]

Array = NDArray[Any]
TINY = 1e-250  # unknowns that are smaller are 0
STEEP = -0.03  # d log|u| / d log(1 - t) of an unknown at infinity, with many digits


class EndKind(IntEnum):
    """How a path ends."""

    REGULAR = 0
    SINGULAR = 1
    INFINITE = 2
    FAILED = 3

    @property
    def text(self) -> str:
        """One line for people."""
        return {
            EndKind.REGULAR: "ends at a regular solution",
            EndKind.SINGULAR: "ends at a finite solution with a singular Jacobian",
            EndKind.INFINITE: "leaves every bounded region",
            EndKind.FAILED: "was lost, its end is not known",
        }[self]


@dataclass(frozen=True, eq=False)
class PathEnds:
    """The ends of a batch of paths, one for each path, in order.

    Attributes
    ----------
    kind : integer array (paths,)
        An :class:`EndKind` for each.
    ends : complex array (paths, N)
        The unknowns at t = 1; those that go to infinity are inf. Of a failed path, the last point.
    points : complex array (paths, n)
        The lifted ends, also inf where they go to infinity: part of a path may stay finite.
    winding : integer array (paths,)
        Number of paths in the cycle: 1 for a regular end, 0 where it is not known.
    valuation : float array (paths, N)
        The exponent of 1 - t with which an unknown goes to infinity, else 0.
    residual : float array (paths,)
        Uncertainty of the end, relative: the last Newton correction, or the difference of two
        estimates. NaN for failed paths.
    """

    kind: NDArray[np.int64]
    ends: Array
    points: Array
    winding: NDArray[np.int64]
    valuation: Array
    residual: Array

    def __len__(self) -> int:
        return len(self.kind)

    @property
    def regular(self) -> NDArray[np.bool_]:
        """Which paths end at a regular solution."""
        return np.asarray(self.kind == EndKind.REGULAR)

    @property
    def complete(self) -> bool:
        """Whether every end is known."""
        return not (self.kind == EndKind.FAILED).any()

    def at_infinity(self, paths: Array) -> PathEnds:
        """Return the ends with those of these paths at infinity."""
        kind, ends, points = self.kind.copy(), self.ends.copy(), self.points.copy()
        kind[paths] = EndKind.INFINITE
        ends[paths] = points[paths] = np.inf
        return replace(self, kind=kind, ends=ends, points=points)

    def counts(self) -> dict[str, int]:
        """Return the number of paths for each kind of end that occurs."""
        return {k.name.lower(): int(n) for k in EndKind if (n := np.sum(self.kind == k))}


def shared(points: Array) -> NDArray[np.bool_]:
    """Tell which of the points occur more than once."""
    known = PointSet(points.shape[1])
    numbers = known.add(points)
    return np.asarray(np.bincount(numbers, minlength=len(known))[numbers] > 1)


def limit(last: Array, then: Array, finite: Array) -> tuple[Array, Array]:
    """Return the end of a path and its exponents from two points, and what it is where finite.

    The second one is where half of the share is left that is left at the first, to first order:
    u (1 - v / 2) for u that grows with the exponent v.
    """
    with np.errstate(all="ignore"):
        slopes = np.nan_to_num(2 * (1 - then / last).real)
    slopes[np.abs(last) < TINY] = 0.0
    slopes[~np.isfinite(last) | ~np.isfinite(then)] = -1.0  # beyond what doubles hold
    slopes = np.where(slopes < STEEP, slopes, 0.0)
    return np.where(slopes < 0, complex(np.inf), finite), slopes
