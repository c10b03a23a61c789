"""Hankel matrices of bounded rank: the secant varieties of rational normal curves.

The entries of a general one of rank r are h_k = Σ_j c_j p_j^(d-k) q_j^k with r summands, i + j = k
and d = rows + cols - 2: a sum of r points of the cone over the curve. That is the chart, with
(p_j : q_j) on a line in random position.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from edgeom.degrees import closed_forms
from edgeom.errors import InputError, check_size
from edgeom.objectives.metric import Metric
from edgeom.varieties.base import Array, Chart, Fact, Variety, gaussian, random_orthogonal
from edgeom.varieties.fields import kept_as

__all__ = ["HankelVariety"]


class _SecantChart(Chart):
    """The sums of r points c_j (p_j, q_j)^d of the cone over the curve, each in any order."""

    def __init__(self, degree: int, rank: int, rng: np.random.Generator | None) -> None:
        self.degree, self.rank = degree, rank
        self.position = random_orthogonal(2, rng).tolist()
        self.names = tuple(f"{letter}{j}" for j in range(1, rank + 1) for letter in "ct")

    def point(self, u: Sequence[Any]) -> list[Any]:
        total: list[Any] = [0] * (self.degree + 1)
        for scale, t in zip(u[::2], u[1::2], strict=True):
            p, q = ([1], [1])
            first, second = (a + b * t for a, b in self.position)
            for _ in range(self.degree):
                p.append(p[-1] * first)
                q.append(q[-1] * second)
            total = [scale * p[self.degree - k] * q[k] + total[k] for k in range(self.degree + 1)]
        return total

    def sample(self, rng: np.random.Generator, real: bool = False) -> Array:
        return gaussian(rng, len(self.names), real)


class _AllChart(Chart):
    """All Hankel matrices, by their entries."""

    def __init__(self, count: int) -> None:
        self.names = tuple(f"h{k}" for k in range(count))

    def point(self, u: Sequence[Any]) -> list[Any]:
        return list(u)

    def sample(self, rng: np.random.Generator, real: bool = False) -> Array:
        return gaussian(rng, len(self.names), real)

    def coordinates(self, x: Array) -> Array:
        return x


@kept_as("hankel {rows}x{cols} rank {rank}", rows=int, cols=int, rank=int)
class HankelVariety(Variety):
    """Hankel matrices of rank at most r; coordinates are the entries h_k with i + j = k.

    Parameters
    ----------
    rows, cols : int
    rank : int
        Bound on the rank, 0 <= rank <= min(rows, cols).

    References
    ----------
    Ottaviani, Spaenlehauer, Sturmfels, "Exact solutions in structured low-rank approximation",
    arXiv 1311.2376.

    Examples
    --------
    >>> V = HankelVariety(3, 3, rank=2)
    >>> V.dimension, V.generic_ed_degree_fact().value
    (4, 13)
    >>> V.contains([[1, 2, 4], [2, 4, 8], [4, 8, 15]]), V.contains(np.fliplr(np.eye(3)))
    (True, False)
    """

    is_cone = True

    def __init__(self, rows: int, cols: int, rank: int) -> None:
        self.rows, self.cols = check_size(rows, "rows", 1), check_size(cols, "cols", 1)
        small = min(self.rows, self.cols)
        self.rank = check_size(rank, "rank", 0, small, f"min(rows, cols) = {small}")
        self.shape = (self.rows, self.cols)
        self.is_linear = self.rank == small
        self.dimension = self.ambient_dimension if self.is_linear else 2 * self.rank

    @property
    def ambient_dimension(self) -> int:
        return self.rows + self.cols - 1

    @property
    def default_metric(self) -> Metric:
        """The Frobenius norm: h_k counts as often as it stands in the matrix."""
        return Metric.weights(np.bincount(self._places.ravel()), name="Frobenius norm")

    @property
    def _places(self) -> Array:
        return np.add.outer(np.arange(self.rows), np.arange(self.cols))

    def chart(self, rng: np.random.Generator | None = None) -> Chart:
        if self.is_linear:
            return _AllChart(self.ambient_dimension)
        return _SecantChart(self.ambient_dimension - 1, self.rank, rng)

    def _flat(self, array: Array, name: str) -> Array:
        entries = np.concatenate([array[:, 0], array[-1, 1:]])
        if np.abs(array - self.unflatten(entries)).max() > 1e-10 * np.abs(array).max():
            raise InputError(
                f"{name} must be a Hankel matrix; take means along its antidiagonals, which have "
                "the same critical points for the Frobenius norm"
            )
        return entries

    def unflatten(self, coordinates: Array) -> Array:
        return coordinates[..., self._places]

    def _rank_of(self, point: ArrayLike, tolerance: float) -> int:
        matrix = self.unflatten(self.flatten(point))
        values = np.linalg.svd(matrix, compute_uv=False)
        return int(np.sum(values > tolerance * values[0])) if values[0] > 0 else 0

    @property
    def why_smooth(self) -> str:
        return (
            f"a nearest point has rank {self.rank}: to a matrix of lower rank one of the Hankel "
            "matrices of rank one can be added, which span all, that has a positive product with "
            "the residual"
        )

    def contains(self, point: ArrayLike, tolerance: float = 1e-8) -> bool:
        return self._rank_of(point, tolerance) <= self.rank

    def is_singular(self, point: ArrayLike, tolerance: float = 1e-8) -> bool:
        """Whether the rank is below r (the singular locus, for 0 < r < min(rows, cols))."""
        if self.rank == 0 or self.is_linear:
            return False
        return self._rank_of(point, tolerance) < self.rank

    def generic_ed_degree_fact(self) -> Fact | None:
        if self.is_linear:
            return Fact(1, "a linear space")
        value = closed_forms.hankel_generic_ed_degree(self.ambient_dimension - 1, self.rank)
        return Fact(value, "Hankel formula, Ottaviani-Spaenlehauer-Sturmfels")

    def __repr__(self) -> str:
        return f"HankelVariety({self.rows}, {self.cols}, rank={self.rank})"

    def __str__(self) -> str:
        return f"Hankel {self.rows}×{self.cols} matrices of rank ≤ {self.rank}"
