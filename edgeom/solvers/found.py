"""Solutions of critical equations as they are found, each of them once.

Points that agree to seven digits may be one or two: they are compared with a hundred digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from edgeom.equations.critical import CriticalEquations
from edgeom.equations.digits import point_near
from edgeom.homotopy import digits
from edgeom.homotopy.pointset import PointSet
from edgeom.varieties.base import Array

__all__ = ["Found"]

NEAR = 1e-6  # relative distance of points that are compared with more digits
SAME = 1e-30  # that of points that are equal then


@dataclass
class _Member:
    equations: CriticalEquations
    u: Array
    sharp: list[Any] | None = None
    asked: bool = False


class Found:
    """A growing list of distinct critical points for one data point.

    Parameters
    ----------
    q : array
        The data.

    Attributes
    ----------
    parts : list of (CriticalEquations, complex array (points, N))
        The distinct solutions in the order in which they were added, by their equations.
    """

    def __init__(self, q: Array) -> None:
        self.q = q
        self._near: PointSet | None = None
        self._members: list[_Member] = []
        self._groups: list[list[int]] = []

    def __len__(self) -> int:
        return len(self._members)

    def add(self, equations: CriticalEquations, u: Array) -> list[int]:
        """Add those of the solutions ``(points, N)`` that are new; return the numbers of all."""
        if not len(u):
            return []
        if self._near is None:
            self._near = PointSet(equations.coordinates, NEAR)
        groups = self._near.add(equations.system.lift(u))
        while len(self._groups) < len(self._near):
            self._groups.append([])
        return [
            self._place(self._groups[g], _Member(equations, one))
            for g, one in zip(groups.tolist(), u, strict=True)
        ]

    def _place(self, group: list[int], new: _Member) -> int:
        for number in group:
            if self._same(self._members[number], new):
                return number
        group.append(len(self._members))
        self._members.append(new)
        return len(self._members) - 1

    def _same(self, a: _Member, b: _Member) -> bool:
        x, y = self._sharp(a), self._sharp(b)
        if x is None or y is None:
            return True
        with digits.with_digits():
            gap = digits.upper([v - w for v, w in zip(x, y, strict=True)])
            return gap <= SAME * max(digits.upper(x), digits.upper(y), NEAR)

    def _sharp(self, member: _Member) -> list[Any] | None:
        """Return the point with many digits, None where it is not a regular solution."""
        if not member.asked:
            member.asked = True
            p = member.equations.parameters(self.q)
            member.sharp = point_near(member.equations, member.u, p)
        return member.sharp

    @property
    def parts(self) -> list[tuple[CriticalEquations, Array]]:
        every = list(dict.fromkeys(member.equations for member in self._members))
        return [
            (equations, np.array([m.u for m in self._members if m.equations is equations]))
            for equations in every
        ]
