"""Proofs of many points of one sample put together: which are different, and what follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.certification.balls import REAL, PointProof, index_of_real_point
from edgeom.certification.distinct import groups
from edgeom.certification.parameters import ExactParameters
from edgeom.certification.rounding import EPSILON
from edgeom.equations.hessian import UNDECIDED
from edgeom.errors import EdgeomError
from edgeom.varieties.base import Fact

__all__ = ["ProvedList", "check_bound", "discs"]

Array = NDArray[Any]


@dataclass(frozen=True)
class ProvedList:
    """What is proved of a list of points.

    Attributes
    ----------
    center : complex array (points, n)
    radius : float array (points, n)
        Discs around the points; NaN for points that are not certified.
    duplicate_of : integer array (points,)
        An earlier point that is the same or not proved to be different, else -1.
    reality, index : integer arrays (points,)
    """

    center: NDArray[np.complex128]
    radius: NDArray[np.float64]
    duplicate_of: NDArray[np.int64]
    reality: NDArray[np.int64]
    index: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        proofs: Sequence[PointProof],
        exact: Sequence[ExactParameters],
        n: int,
        bound: Fact | None,
    ) -> ProvedList:
        """Compare the points with each other.

        Parameters
        ----------
        proofs : sequence of PointProof
        exact : sequence of ExactParameters
            Those of each point.
        n : int
            Number of coordinates.
        bound : Fact or None
            An upper bound for the number of isolated critical points of a real problem.
        """
        center, radius = discs(proofs, n)
        duplicate_of = _duplicates(proofs, center, radius)
        reality = np.array([proof.reality for proof in proofs], int)
        index = np.array([proof.index for proof in proofs], int)
        distinct = [i for i, p in enumerate(proofs) if p.certified and duplicate_of[i] < 0]
        if bound is not None and len(distinct) == bound.value:
            for i in distinct:
                if reality[i] == UNDECIDED and _is_own_conjugate(i, distinct, proofs):
                    reality[i], index[i] = REAL, index_of_real_point(proofs[i], exact[i])
        center = np.where((reality == REAL)[:, None], center.real, center)
        return cls(center, radius, duplicate_of, reality, index)


def check_bound(distinct: int, bound: Fact | None) -> None:
    """Raise EdgeomError if more points are proved than there can be."""
    if bound is not None and distinct > bound.value:
        raise EdgeomError(
            f"{distinct} distinct critical points are certified, more than {bound.value}, "
            f"{bound.reason}: a theorem or a proof is used outside its hypotheses; please report "
            "this"
        )


def discs(
    proofs: Sequence[PointProof], n: int
) -> tuple[NDArray[np.complex128], NDArray[np.float64]]:
    """Return discs around the points as doubles, NaN for points that are not certified."""
    center = np.full((len(proofs), n), np.nan, complex)
    radius = np.full((len(proofs), n), np.nan)
    for i, proof in enumerate(proofs):
        for j, value in enumerate(proof.x):
            middle = complex(value.mid())
            reach = float(value.real.rad()) + float(value.imag.rad())
            center[i, j] = middle
            radius[i, j] = reach * (1 + 8 * EPSILON) + 2 * EPSILON * abs(middle) + 2.0**-1000
    return center, radius


def _duplicates(
    proofs: Sequence[PointProof], center: Array, radius: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return for each certified point an earlier one that may be the same, else -1."""
    duplicate_of = np.full(len(proofs), -1)
    certified = np.flatnonzero([proof.certified for proof in proofs])
    if not len(certified):
        return duplicate_of
    numbers = groups(center[certified][None], radius[certified][None])[0]
    for number in np.flatnonzero(np.bincount(numbers) > 1):
        together = certified[numbers == number].tolist()
        for position, i in enumerate(together):
            for j in together[:position]:
                if duplicate_of[j] < 0 and not _apart(proofs[i].x, proofs[j].x):
                    duplicate_of[i] = j
                    break
    return duplicate_of


def _apart(x: list[Any], y: list[Any]) -> bool:
    """Whether two boxes are disjoint."""
    return any(not a.overlaps(b) for a, b in zip(x, y, strict=True))


def _is_own_conjugate(i: int, every: list[int], proofs: Sequence[PointProof]) -> bool:
    """Whether a point can be the conjugate of no other point of a complete list.

    In a real problem conjugation permutes the isolated critical points, so it is real.
    """
    conjugate = [value.conjugate() for value in proofs[i].x]
    return all(j == i or _apart(conjugate, proofs[j].x) for j in every)
