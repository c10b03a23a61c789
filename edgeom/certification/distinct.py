"""Which points are proved to be different."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.certification.rounding import EPSILON

__all__ = ["groups"]

Array = NDArray[Any]


def groups(center: Array, radius: Array) -> NDArray[np.int64]:
    """Give numbers to the points of each sample, different ones only to different points.

    A real linear function takes every point to an interval. Intervals that overlap, directly or
    through others, get the same number.

    Parameters
    ----------
    center : complex array (samples, points, n)
    radius : float array (samples, points, n)
        The points lie in these discs. NaN anywhere makes a sample one group.

    Returns
    -------
    integer array (samples, points)
        From 0; as many numbers as points where all are proved to be different.

    Examples
    --------
    >>> x = np.array([[[0.0], [1.0], [1.001]]])
    >>> (a, b, c), = groups(x, np.full(x.shape, 0.01)).tolist()
    >>> a == b, b == c
    (False, True)
    """
    samples, count, n = center.shape
    weights = np.random.default_rng(n).normal(size=(2, n))
    key = center.real @ weights[0] + center.imag @ weights[1]
    sizes = np.abs(weights).sum(axis=0)
    spread = (np.abs(center) * 2 * (n + 4) * EPSILON + radius) @ sizes
    spread = spread * (1 + 1e-10) + 2.0**-1000
    low, high = key - spread, key + spread
    order = np.argsort(low, axis=1)
    low, high = (np.take_along_axis(values, order, axis=1) for values in (low, high))
    reached = np.maximum.accumulate(high, axis=1)
    gaps = low[:, 1:] > reached[:, :-1] + 4 * EPSILON * np.abs(reached[:, :-1])
    numbers = np.zeros((samples, count), int)
    np.put_along_axis(numbers, order[:, 1:], np.cumsum(gaps, axis=1), axis=1)
    numbers[~np.isfinite(spread + key).all(axis=1)] = 0
    return numbers
