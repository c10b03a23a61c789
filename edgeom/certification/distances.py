"""Proved bounds of squared distances, in ball arithmetic, and for many points in doubles."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.certification.rounding import EPSILON, TINY

__all__ = ["bounds_in_doubles", "distance_bounds"]

Array = NDArray[Any]
BITS = 128


def distance_bounds(center: Array, radius: float, q: Array, S: Array) -> tuple[float, float]:
    """Enclose (x-q)ᵀ S (x-q) for all real x whose coordinates are close to those of a centre.

    Parameters
    ----------
    center : real array (n,)
    radius : float
        Largest difference of a coordinate.
    q : real array (n,)
    S : real array (n, n)
        Data and metric are exactly these doubles.

    Examples
    --------
    >>> low, high = distance_bounds(np.ones(2), 1e-9, np.zeros(2), np.eye(2))
    >>> 2 - 1e-8 < low < 2 < high < 2 + 1e-8
    True
    """
    from flint import arb, ctx

    with ctx.workprec(BITS):
        gap = [arb(x, radius) - arb(y) for x, y in zip(center.tolist(), q.tolist(), strict=True)]
        value = arb(0)
        for i, row in enumerate(S.tolist()):
            value += arb(row[i]) * gap[i] * gap[i]
            for j in range(i):
                value += 2 * arb(row[j]) * gap[i] * gap[j]
        low, high = float(value.lower()), float(value.upper())
    return float(np.nextafter(low, -np.inf)), float(np.nextafter(high, np.inf))


def bounds_in_doubles(
    center: Array, radius: Array | float, q: Array, S: Array
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Enclose (x-q)ᵀ S (x-q) for many x at once, by the error model of `certification.rounding`.

    With g = x - q at the centres, |g|ᵀ|S| = a and radii r the value changes by at most
    2ar + rᵀ|S|r; computed with fewer than 2n + 8 roundings on any way it is wrong by (2n + 8)ε a|g|
    and by what n² products may lose by underflow. These sums of positive numbers are themselves
    right to one in 10⁹.

    Parameters
    ----------
    center : real array (..., n)
    radius : array (..., n) or float
        Largest difference of each coordinate.
    q : real array (..., n)
    S : real array (..., n, n)

    Examples
    --------
    >>> low, high = bounds_in_doubles(np.ones((3, 2)), 1e-9, np.zeros(2), np.eye(2))
    >>> bool((2 - 1e-8 < low).all() and (low < 2).all() and (high > 2).all())
    True
    """
    n = center.shape[-1]
    with np.errstate(all="ignore"):
        gap = center - q
        size, S = np.abs(gap), np.broadcast_to(S, (*gap.shape[:-1], n, n))
        r = np.broadcast_to(radius, gap.shape) * (1 + EPSILON) + EPSILON * size + TINY
        value = np.einsum("...i,...ij,...j->...", gap, S, gap)
        a = np.einsum("...i,...ij->...j", size, np.abs(S))
        rest = np.einsum("...i,...ij,...j->...", r, np.abs(S), r)
        rounding = (2 * n + 8) * EPSILON * np.einsum("...i,...i->...", a, size)
        error = (2 * np.einsum("...i,...i->...", a, r) + rest + rounding) * (1 + 1e-9) + TINY
        return np.nextafter(value - error, -np.inf), np.nextafter(value + error, np.inf)
