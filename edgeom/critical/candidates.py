"""Points from anywhere as approximate solutions of critical equations, in order to certify them.

A zero set may have components of several dimensions, and each of its parts has its own equations.
A point belongs to the first of them that have a solution near it, or to none where parts meet.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgeom.arrays import numbers
from edgeom.certification.diagnosis import NEAR, is_near_solution
from edgeom.equations.critical import CriticalEquations, critical_equations
from edgeom.errors import InputError
from edgeom.varieties.base import Variety
from edgeom.varieties.placed import Placed

__all__ = ["Candidates", "coordinates_of"]

Array = NDArray[Any]


class Candidates(NamedTuple):
    """Points, each as unknowns of one of the charts.

    Attributes
    ----------
    charts : list of CriticalEquations
        Only those that are needed.
    chart : integer array (points,)
        The chart of each point.
    unknowns : complex array (points, N)
        Of charts with fewer unknowns the first ones count; NaN where the chart has no such point.
    """

    charts: list[CriticalEquations]
    chart: NDArray[np.int64]
    unknowns: Array

    @classmethod
    def of(cls, placed: Placed, x: Array, q: Array, seed: int) -> Candidates:
        """Find the chart of each point.

        Parameters
        ----------
        placed : Placed
        x : array (points, n)
        q : array (n,)
            Points and data in good coordinates.
        seed : int
            Of the charts in random position.

        Raises
        ------
        InputError
            The variety has no chart with known coordinates.
        """
        parts = placed.variety.parts()
        lost = np.zeros(len(x), bool)
        if len(parts) > 1:  # where they meet is no smooth point
            meets = [placed.variety.is_singular(placed.variety.unflatten(point)) for point in x]
            lost = np.array(meets, bool)
        charts: list[CriticalEquations] = []
        found: list[Array] = []
        chart = np.full(len(x), -1)
        for number, part in enumerate(parts):
            equations = critical_equations(part.chart(np.random.default_rng(seed)), placed.family)
            u = _unknowns(equations, x, q, placed)
            u[lost] = np.nan
            charts.append(equations)
            found.append(u)
            if len(parts) == 1:  # no other chart is asked
                break
            p = equations.parameters(q)
            for i in np.flatnonzero(chart < 0):
                if is_near_solution(equations, u[i], p):
                    chart[i] = number
            if ((chart >= 0) | lost).all():
                break
        chart[chart < 0] = 0
        used, numbers = np.unique(chart, return_inverse=True)
        unknowns = np.zeros((len(x), max(found[k].shape[1] for k in used)), complex)
        for k in used:
            unknowns[chart == k, : found[k].shape[1]] = found[k][chart == k]
        return cls([charts[k] for k in used], numbers, unknowns)


def _unknowns(equations: CriticalEquations, x: Array, q: Array, placed: Placed) -> Array:
    """Return the unknowns of points, NaN where the chart has no such point."""
    u = equations.unknowns_of(x.astype(complex), q)
    if u is None:
        raise InputError(
            f"{placed.variety} has no chart with known coordinates; certify what "
            "critical_points() returns"
        )
    gaps = np.linalg.norm(equations.system.lift(u) - x, axis=1)
    u[gaps > NEAR * np.linalg.norm(x, axis=1)] = np.nan
    u[~equations.chart.on_variety(x)] = np.nan
    return u


def coordinates_of(variety: Variety, points: ArrayLike) -> Array:
    """Return the coordinates (points, n) of points (points, *shape).

    Raises
    ------
    InputError
        They have the wrong shape.
    """
    given = numbers(points, "points", "iufc")
    if not given.ndim or not len(given) or given.shape[1:] != variety.shape:
        raise InputError(
            f"points must have shape (points, {', '.join(map(str, variety.shape))}) and "
            f"not be empty, got {given.shape}"
        )
    x = np.array([variety.flatten(point, "points") for point in given])
    return x.reshape(-1, variety.ambient_dimension)
