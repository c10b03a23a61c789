"""The affine space: no variety at all, for critical points of functions as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from edgeom.degrees.closed_forms import optimization_degree
from edgeom.errors import check_size
from edgeom.objectives.metric import Metric
from edgeom.varieties.base import Array, Chart, Fact, Variety, gaussian, product, random_orthogonal
from edgeom.varieties.fields import kept_as

__all__ = ["AffineSpace"]


class _AffineChart(Chart):
    """x = R u with an orthogonal R, which is the identity in the plain chart."""

    def __init__(self, n: int, rng: np.random.Generator | None = None) -> None:
        self.n = n
        self.position = random_orthogonal(n, rng)
        self.names = tuple(f"x{i}" for i in range(1, n + 1))

    def point(self, u: Sequence[Any]) -> list[Any]:
        return [row[0] for row in product(self.position.tolist(), [[v] for v in u])]

    def sample(self, rng: np.random.Generator, real: bool = False) -> Array:
        return gaussian(rng, self.n, real)

    def rotated(self, rng: np.random.Generator) -> Chart:
        return _AffineChart(self.n, rng)

    def coordinates(self, x: Array) -> Array:
        return np.asarray(x @ self.position)


@kept_as("affine space {n}", n=int)
class AffineSpace(Variety):
    """All points with n coordinates.

    Parameters
    ----------
    n : int

    Examples
    --------
    >>> import edgeom as eg
    >>> h = eg.PolynomialObjective("x^4 + y^4 - 3*x*y + x", "x, y")
    >>> points = eg.CriticalProblem(AffineSpace(2), h).critical_points()
    >>> len(points), points.counts_by_index
    (9, {0: 2, 1: 1})
    """

    is_cone = True

    def __init__(self, n: int) -> None:
        self.n = check_size(n, "n", 1)
        self.shape, self.dimension = (self.n,), self.n

    def chart(self, rng: np.random.Generator | None = None) -> Chart:
        return _AffineChart(self.n)

    @property
    def singular_points(self) -> str:
        return ""

    def contains(self, point: ArrayLike, tolerance: float = 1e-8) -> bool:
        self.flatten(point)
        return True

    def is_singular(self, point: ArrayLike, tolerance: float = 1e-8) -> bool:
        return False

    def ed_degree_fact(self, metric: Metric, exact: bool = False) -> Fact | None:
        return Fact(1, "every point is a point of the space")

    def generic_ed_degree_fact(self) -> Fact | None:
        return Fact(1, "every point is a point of the space")

    def polynomial_fact(self, degree: int) -> Fact | None:
        return Fact(
            optimization_degree(degree, [], self.n), "bound by the degree of the polynomial"
        )

    def __repr__(self) -> str:
        return f"AffineSpace({self.n})"

    def __str__(self) -> str:
        return f"affine space of dimension {self.n}"
