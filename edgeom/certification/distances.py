"""Proved bounds of squared distances, in ball arithmetic."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["distance_bounds"]

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
