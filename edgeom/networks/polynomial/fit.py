"""Unknowns of given points, by damped least squares from random starts, for many at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.homotopy.tape import Tape

__all__ = ["fitted"]

Array = NDArray[Any]
STEPS = 100
ROUNDS = 8  # of new starts for points that no start has reached
STARTS = 6  # for each point in a round
SMALLEST, LARGEST = 1e-13, 1e10  # damping


def fitted(
    geometry: Tape, points: Array, draw: Callable[[int], Array], tolerance: float
) -> tuple[Array, NDArray[np.bool_]]:
    """Return unknowns u with x(u) = x for points x, and for which points they were found.

    Parameters
    ----------
    geometry : Tape
        u -> x, dx.
    points : array (points, coordinates)
    draw : callable
        Draws so many starts, ``(starts, unknowns)``, real for real unknowns.
    tolerance : float
        Largest distance, relative to the point.
    """
    found = draw(len(points))
    missing = np.arange(len(points))
    for _ in range(ROUNDS):
        owner = np.repeat(missing, STARTS)
        u, good = _descended(geometry, points[owner], draw(len(owner)), tolerance)
        for i in np.flatnonzero(good)[::-1]:
            found[owner[i]] = u[i]
        missing = np.setdiff1d(missing, owner[good])
        if not len(missing):
            break
    return found, ~np.isin(np.arange(len(points)), missing)


def _descended(
    geometry: Tape, points: Array, u: Array, tolerance: float
) -> tuple[Array, NDArray[np.bool_]]:
    """Follow Levenberg-Marquardt steps from each start; tell which ones have arrived."""
    sizes = np.linalg.norm(points, axis=1)
    damping = np.ones(len(u))
    value, slopes = _at(geometry, u)
    distance = np.linalg.norm(points - value, axis=1)
    identity = np.eye(u.shape[1])
    for _ in range(STEPS):
        active = np.flatnonzero((distance > tolerance * sizes) & (damping < LARGEST))
        if not len(active):
            break
        adjoint = slopes[active].conj().transpose(0, 2, 1)
        gap = points[active] - value[active]
        scale = np.linalg.norm(adjoint, axis=(1, 2)) ** 2
        normal = adjoint @ slopes[active]
        normal = normal + (damping[active] * scale)[:, None, None] * identity
        step = np.linalg.solve(normal, adjoint @ gap[:, :, None])[:, :, 0]
        other, other_slopes = _at(geometry, u[active] + step)
        new = np.linalg.norm(points[active] - other, axis=1)
        better = new < distance[active]
        moved = active[better]
        u[moved] += step[better]
        value[moved], slopes[moved] = other[better], other_slopes[better]
        distance[moved] = new[better]
        damping[moved] = np.maximum(damping[moved] / 8, SMALLEST)
        damping[active[~better]] *= 6
    return u, distance <= tolerance * sizes


def _at(geometry: Tape, u: Array) -> tuple[Array, Array]:
    out = geometry.arrays(u=u)
    return out["x"].copy(), out["dx"].reshape(len(u), -1, u.shape[1]).copy()
