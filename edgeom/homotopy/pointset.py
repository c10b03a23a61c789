"""Sets of complex points with equality up to a relative tolerance."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["PointSet"]

Array = NDArray[Any]
FLOOR = 1e-6  # solutions at the origin have errors of 1e-16 times a condition number


class PointSet:
    """A growing list of distinct points, found again by value.

    Points are sorted by one random real projection; a point is compared only with those whose
    projection agrees with its own to the tolerance.

    Parameters
    ----------
    coordinates : int
        Number of coordinates of a point.
    tolerance : float
        Largest distance of equal points, relative to their length.
    floor : float
        No point counts as shorter than this: coordinates are in good units, in which points have
        sizes about 1, and what is left of the origin after rounding is equal to it.

    Examples
    --------
    >>> points = PointSet(2)
    >>> points.add(np.array([[1.0, 2.0], [3.0, 4.0], [1.0, 2.0 + 1e-12]]))
    array([0, 1, 0])
    >>> len(points)
    2
    """

    def __init__(self, coordinates: int, tolerance: float = 1e-7, floor: float = FLOOR) -> None:
        rng = np.random.default_rng(coordinates)
        self.tolerance, self.floor = tolerance, floor
        weights = rng.normal(size=coordinates) + 1j * rng.normal(size=coordinates)
        self._weights = weights / np.linalg.norm(weights) if coordinates else weights
        self._points = np.zeros((0, coordinates))
        self._keys = np.zeros(0)
        self._order = np.zeros(0, int)

    def __len__(self) -> int:
        return len(self._points)

    @property
    def points(self) -> Array:
        """The points in the order in which they were added, ``(points, coordinates)``."""
        return self._points

    def find(self, points: Array) -> NDArray[np.int64]:
        """Return the number of each of the points ``(points, coordinates)``, or -1.

        Examples
        --------
        >>> points = PointSet(1)
        >>> numbers = points.add(np.array([[5.0], [7.0]]))
        >>> points.find(np.array([[7.0], [6.0]]))
        array([ 1, -1])
        """
        keys = (points @ self._weights).real
        reach = self._reach(points)
        low = np.searchsorted(self._keys, keys - reach)
        high = np.searchsorted(self._keys, keys + reach, side="right")
        found = np.full(len(points), -1, np.int64)
        rest = np.flatnonzero(high > low)
        place = low[rest]  # of the next candidate for each point that is not found yet
        while len(rest):
            candidates = self._order[place]
            gaps = np.linalg.norm(points[rest] - self._points[candidates], axis=1)
            near = gaps <= reach[rest]
            found[rest[near]] = candidates[near]
            place += 1
            left = ~near & (place < high[rest])
            rest, place = rest[left], place[left]
        return found

    def add(self, points: Array) -> NDArray[np.int64]:
        """Add those of the points ``(points, coordinates)`` that are new; return all numbers."""
        found = self.find(points)
        fresh = np.flatnonzero(found < 0)
        if len(fresh):
            batch = self._distinct(points[fresh])
            base = len(self)
            found[fresh] = base + batch
            first = np.unique(batch, return_index=True)[1]
            new = points[fresh[first]]
            self._points = np.concatenate([self._points, new])
            keys = (new @ self._weights).real
            self._keys = np.concatenate([self._keys, keys])
            self._order = np.concatenate([self._order, base + np.arange(len(first))])
            order = np.argsort(self._keys, kind="stable")
            self._keys, self._order = self._keys[order], self._order[order]
        return found

    def _reach(self, points: Array) -> Array:
        """Return how far from each point equal ones may be."""
        return np.asarray(self.tolerance * np.maximum(np.linalg.norm(points, axis=1), self.floor))

    def _distinct(self, points: Array) -> NDArray[np.int64]:
        """Give the points of a batch numbers, equal ones the same, in order of occurrence."""
        keys = (points @ self._weights).real
        reach = self._reach(points)
        order = np.argsort(keys, kind="stable")
        leader = np.arange(len(points))
        near = np.maximum(reach[order[:-1]], reach[order[1:]])
        for position in np.flatnonzero(np.diff(keys[order]) <= near):
            i = order[position]
            for j in order[position + 1 :]:
                if keys[j] - keys[i] > max(reach[i], reach[j]):
                    break
                if np.linalg.norm(points[i] - points[j]) <= reach[i]:
                    a, b = sorted((int(leader[i]), int(leader[j])))
                    leader[leader == b] = a
        return np.unique(leader, return_inverse=True)[1]
