"""Grassmannians: the maximal minors of matrices, the cone over the Plücker embedding."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from edgeom.degrees import closed_forms
from edgeom.errors import InputError, check_size
from edgeom.limits import MAX_TERMS
from edgeom.objectives.metric import Metric
from edgeom.varieties.base import Array, Chart, Fact, Variety, dot, gaussian, random_orthogonal
from edgeom.varieties.fields import kept_as

__all__ = ["Grassmannian"]


class _PlueckerChart(Chart):
    """s times the maximal minors of [1 | A] L."""

    def __init__(self, k: int, n: int, rng: np.random.Generator | None) -> None:
        self.k, self.n = k, n
        self.position = random_orthogonal(n, rng)
        a = [f"a{i}{j}" for i in range(1, k + 1) for j in range(1, n - k + 1)]
        self.names = ("s", *a)

    def point(self, u: Sequence[Any]) -> list[Any]:
        k, width = self.k, self.n - self.k
        columns = self.position.T.tolist()
        rows = []
        for i in range(k):
            a = [1, *u[1 + i * width : 1 + (i + 1) * width]]
            rows.append([dot(a, [column[i], *column[k:]]) for column in columns])
        return [u[0] * minor for minor in _minors(rows)]

    def sample(self, rng: np.random.Generator, real: bool = False) -> Array:
        return gaussian(rng, len(self.names), real)

    def coordinates(self, x: Array) -> Array:
        out = []
        for point in x:
            frame = _subspace(point, self.k, self.n)
            turned = frame @ self.position.T
            a = np.linalg.solve(turned[:, : self.k], turned[:, self.k :])
            u = np.concatenate([[1.0], a.ravel()])
            plain = np.array(self.point(u.tolist()))
            u[0] = plain.conj() @ point / (plain.conj() @ plain)
            out.append(u)
        return np.array(out)


def _minors(rows: list[list[Any]]) -> list[Any]:
    """Return the maximal minors, by expansion along one row after the other."""
    n = len(rows[0])
    minors: dict[tuple[int, ...], Any] = {(j,): value for j, value in enumerate(rows[0])}
    for count, row in enumerate(rows[1:], 2):
        larger = {}
        for places in combinations(range(n), count):
            total: Any = 0
            for position, j in enumerate(places):
                rest = places[:position] + places[position + 1 :]
                term = row[j] * minors[rest]
                odd = (count - 1 - position) % 2
                total = (
                    (total - term if odd else total + term)
                    if position
                    else (-term if odd else term)
                )
            larger[places] = total
        minors = larger
    return list(minors.values())


def _subspace(point: Array, k: int, n: int) -> Array:
    """Return a basis, by rows, of the subspace with these Plücker coordinates.

    With J the largest coordinate, row i is the vector of the coordinates of J without its i-th
    index and with any other.
    """
    places = {J: c for c, J in enumerate(combinations(range(n), k))}
    lead = max(places, key=lambda J: abs(point[places[J]]))
    frame = np.zeros((k, n), point.dtype)
    for i in range(k):
        for j in range(n):
            J = [*lead[:i], j, *lead[i + 1 :]]
            if len(set(J)) == k:
                swaps = sum(a > b for c, a in enumerate(J) for b in J[c + 1 :])
                frame[i, j] = (-1) ** swaps * point[places[tuple(sorted(J))]]
    return frame


@kept_as("grassmannian {k},{n}", k=int, n=int)
class Grassmannian(Variety):
    """The cone over the Grassmannian of k-dimensional subspaces of n-dimensional space.

    Points are Plücker coordinates, the k×k minors of k×n matrices by columns in the order of
    `itertools.combinations`. For k = 2 they are the entries above the diagonal of skew-symmetric
    matrices of rank 2.

    Parameters
    ----------
    k, n : int
        1 <= k < n.

    Examples
    --------
    >>> V = Grassmannian(2, 4)
    >>> V.dimension, V.generic_ed_degree_fact().value
    (5, 10)
    >>> V.contains([1, 2, 3, 4, 5, -2]), V.contains([1, 2, 3, 4, 5, 6])
    (True, False)
    """

    is_cone = True

    def __init__(self, k: int, n: int) -> None:
        self.n = check_size(n, "n", 2)
        self.k = check_size(k, "k", 1, self.n - 1, f"n - 1 = {self.n - 1}")
        self.shape = (len(list(combinations(range(self.n), self.k))),) if self.n <= 30 else (0,)
        if not 0 < self.shape[0] <= MAX_TERMS:
            raise InputError(f"{self} has more than {MAX_TERMS:,} Plücker coordinates")
        self.dimension = self.k * (self.n - self.k) + 1

    def chart(self, rng: np.random.Generator | None = None) -> Chart:
        return _PlueckerChart(self.k, self.n, rng)

    @property
    def singular_points(self) -> str:
        return "the origin" if self.codimension else ""

    def contains(self, point: ArrayLike, tolerance: float = 1e-8) -> bool:
        """Whether the point is a multiple of the minors of the subspace that it should be of."""
        x = self.flatten(point)
        size = np.abs(x).max(initial=0)
        if not size:
            return True
        minors = np.array(_minors((_subspace(x, self.k, self.n) / size).tolist())) * size
        lead = int(np.argmax(np.abs(x)))
        return bool(np.abs(minors * (x[lead] / minors[lead]) - x).max() <= tolerance * size)

    def is_singular(self, point: ArrayLike, tolerance: float = 1e-8) -> bool:
        """Whether the point is 0, the vertex of the cone (smooth only for a linear space)."""
        return self.codimension > 0 and not np.any(self.flatten(point))

    def ed_degree_fact(self, metric: Metric, exact: bool = False) -> Fact | None:
        if self.codimension == 0 and metric.is_definite:
            return Fact(1, "a linear space")
        if 2 in (self.k, self.n - self.k) and metric.is_multiple_of(self.default_metric, exact):
            value = closed_forms.skew_ed_degree(self.n, 2)
            return Fact(value, "Eckart-Young for skew-symmetric matrices")
        return None

    def generic_ed_degree_fact(self) -> Fact | None:
        if self.codimension == 0:
            return Fact(1, "a linear space")
        if 2 in (self.k, self.n - self.k):
            value = closed_forms.skew_generic_ed_degree(self.n, 2)
            return Fact(value, "skew-symmetric determinantal formula")
        return None

    def __repr__(self) -> str:
        return f"Grassmannian({self.k}, {self.n})"

    def __str__(self) -> str:
        return f"Grassmannian of {self.k}-dimensional subspaces of {self.n}-dimensional space"
