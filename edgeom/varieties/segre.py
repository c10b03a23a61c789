"""Rank-one tensors: Segre varieties, and Veronese varieties for symmetric tensors.

Segre varieties are also the neuromanifolds of linear convolutional networks whose strides are
all larger than one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from functools import reduce
from itertools import combinations_with_replacement
from math import comb, factorial, prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from edgeom.degrees import closed_forms
from edgeom.degrees.polar import segre_veronese_polar_degrees
from edgeom.errors import InputError, check_size, check_sizes
from edgeom.limits import MAX_DEGREE, MAX_TERMS
from edgeom.objectives.metric import Metric
from edgeom.varieties.base import (
    Array,
    Chart,
    Fact,
    Variety,
    dot,
    gaussian,
    random_orthogonal,
)
from edgeom.varieties.fields import kept_as

__all__ = ["SegreVariety", "VeroneseVariety", "rank_one_power_fact"]


def _vector(position: Array, u: Sequence[Any]) -> list[Any]:
    """Return L (1, u): a point of projective space in a chart in random position."""
    return [dot([1, *u], row) for row in position.tolist()]


# For powers of even degree multiples by negative numbers are real points, too.
WHY_SMOOTH = (
    "a nearest point is not the origin: points of the cone span the space, so that one of them or "
    "its negative has a positive product with the data"
)


def rank_one_power_fact(dims: Sequence[int], degrees: Sequence[int], power: int) -> Fact:
    """Return the number of critical points of sums of powers on a Segre-Veronese variety."""
    value = closed_forms.segre_veronese_power_degree(dims, degrees, power)
    return Fact(value, "bound by Euler characteristics of sums of powers")


def _polynomial_fact(dims: Sequence[int], degrees: Sequence[int], degree: int) -> Fact:
    polar_degrees = segre_veronese_polar_degrees(dims, degrees)
    return Fact(polar_degrees.optimization_degree(degree), "bound by polar degrees")


class _SegreChart(Chart):
    """L_1(1, u_1) ⊗ ... ⊗ L_k(1, u_k) ⊗ v."""

    def __init__(self, dims: tuple[int, ...], rng: np.random.Generator | None) -> None:
        self.dims = dims
        self.positions = [random_orthogonal(n, rng) for n in dims[:-1]]
        names = [f"u{k}{i}" for k, n in enumerate(dims[:-1], 1) for i in range(1, n)]
        self.names = (*names, *(f"v{i}" for i in range(1, dims[-1] + 1)))
        self.linear = range(len(names), len(self.names))

    def point(self, u: Sequence[Any]) -> list[Any]:
        tensor = list(u[len(u) - self.dims[-1] :])
        start = len(u) - self.dims[-1]
        for position in reversed(self.positions):
            size = len(position) - 1
            start -= size
            factor = _vector(position, u[start : start + size])
            tensor = [b * a for a in factor for b in tensor]
        return tensor

    def plain(self) -> tuple[Chart, Array]:
        chart = copy(self)
        chart.positions = [np.eye(len(position), dtype=int) for position in self.positions]
        return chart, reduce(np.kron, [*self.positions, np.eye(self.dims[-1])])

    def sample(self, rng: np.random.Generator, real: bool = False) -> Array:
        return gaussian(rng, len(self.names), real)

    def coordinates(self, x: Array) -> Array | None:
        tensors = x.reshape(len(x), *self.dims)
        parts, rest = [], tensors.reshape(len(x), -1, self.dims[-1])
        weights = np.ones((len(x), 1))
        for axis, (n, position) in enumerate(zip(self.dims, self.positions, strict=False)):
            flat = np.moveaxis(tensors, axis + 1, 1).reshape(len(x), n, -1)
            turned = np.linalg.svd(flat, full_matrices=False)[0][:, :, 0] @ position
            affine = turned / turned[:, :1]
            parts.append(affine[:, 1:])
            factor = affine @ position.T
            weights = (weights[:, :, None] * factor[:, None, :]).reshape(len(x), -1)
        scale = np.sum(np.abs(weights) ** 2, axis=1)
        last = np.einsum("pa,pab->pb", weights.conj(), rest) / scale[:, None]
        return np.concatenate([*parts, last], axis=1)


@kept_as("segre {dims:x}", dims=list[int])
class SegreVariety(Variety):
    """Tensors of rank at most one.

    Parameters
    ----------
    dims : sequence of int
        Shape of the tensors, at least one axis, every length at least 1.

    Examples
    --------
    >>> V = SegreVariety((2, 2, 2))
    >>> V.ed_degree_fact(V.default_metric).value, V.generic_ed_degree_fact().value
    (6, 34)
    """

    is_cone = True

    def __init__(self, dims: Sequence[int]) -> None:
        self.dims = self.shape = check_sizes(dims, "dims")
        self.dimension = 1 + sum(n - 1 for n in self.shape)

    def chart(self, rng: np.random.Generator | None = None) -> Chart:
        return _SegreChart(self.shape, rng)

    @property
    def singular_points(self) -> str:
        return "the origin" if self.codimension else ""

    @property
    def why_smooth(self) -> str:
        return WHY_SMOOTH

    def contains(self, point: ArrayLike, tolerance: float = 1e-8) -> bool:
        tensor = self.flatten(point).reshape(self.shape)
        for axis, n in enumerate(self.shape):
            values = np.linalg.svd(np.moveaxis(tensor, axis, 0).reshape(n, -1), compute_uv=False)
            if len(values) > 1 and values[1] > tolerance * values[0]:
                return False
        return True

    def is_singular(self, point: ArrayLike, tolerance: float = 1e-8) -> bool:
        """Whether the point is 0, the vertex of the cone (smooth only for a linear space)."""
        linear = sum(n > 1 for n in self.shape) <= 1
        return not linear and not np.any(self.flatten(point))

    def ed_degree_fact(self, metric: Metric, exact: bool = False) -> Fact | None:
        """Return the number of singular vector tuples, for products of metrics of the factors.

        A ⊗ B ⊗ C becomes the Frobenius norm when the factors are moved by A^½, B^½ and C^½.
        """
        places = range(1, max(2, len(self.dims)))
        cuts = [(prod(self.dims[:i]), prod(self.dims[i:])) for i in places]
        if not all(metric.kronecker_factor(*sizes, exact) for sizes in cuts):
            return None
        product = "" if metric.is_euclidean else ", Kronecker metric"
        value = closed_forms.segre_ed_degree(self.shape)
        return Fact(value, f"singular vector tuples, Friedland-Ottaviani{product}")

    def polynomial_fact(self, degree: int) -> Fact | None:
        return _polynomial_fact(self.dims, (1,) * len(self.dims), degree)

    def power_fact(self, power: int) -> Fact | None:
        return rank_one_power_fact(self.dims, (1,) * len(self.dims), power)

    def likelihood_fact(self) -> Fact | None:
        return Fact(1, "maximum likelihood degree of independence")

    def generic_ed_degree_fact(self) -> Fact | None:
        value = closed_forms.segre_generic_ed_degree(self.shape)
        return Fact(value, "Segre formula (Chern classes)")

    def __repr__(self) -> str:
        return f"SegreVariety({self.shape})"

    def __str__(self) -> str:
        return "×".join(map(str, self.shape)) + " tensors of rank ≤ 1"


class _VeroneseChart(Chart):
    """All monomials of degree d in v, a parametrisation of the cone that covers it d times."""

    def __init__(self, exponents: list[tuple[int, ...]], degree: int) -> None:
        self.exponents, self.degree = exponents, degree
        self.names = tuple(f"v{i}" for i in range(1, len(exponents[0]) + 1))

    def point(self, u: Sequence[Any]) -> list[Any]:
        powers = [[1, value] for value in u]
        for row, value in zip(powers, u, strict=True):
            for _ in range(self.degree - 1):
                row.append(row[-1] * value)
        return [_times(powers, alpha) for alpha in self.exponents]

    def sample(self, rng: np.random.Generator, real: bool = False) -> Array:
        return gaussian(rng, len(self.names), real)

    def twins(self, u: Sequence[Any]) -> Iterator[list[Any]]:
        """Yield the unknowns times roots of unity, as balls."""
        from flint import acb, fmpq

        for k in range(self.degree):
            root = acb(fmpq(2 * k, self.degree)).exp_pi_i()
            yield [root * value for value in u]

    def coordinates(self, x: Array) -> Array | None:
        place = {alpha: k for k, alpha in enumerate(self.exponents)}
        count, d = len(self.names), self.degree
        pure = [place[tuple(d * (i == j) for i in range(count))] for j in range(count)]
        vectors = []
        for point in x.astype(complex):
            lead = int(np.argmax(np.abs(point[pure])))
            root = point[pure[lead]] ** (1 / d)
            mixed = [
                tuple((d - 1) * (i == lead) + (i == j) for i in range(count)) for j in range(count)
            ]
            vectors.append([point[place[alpha]] / root ** (d - 1) for alpha in mixed])
        return np.array(vectors)


def _times(powers: list[list[Any]], alpha: tuple[int, ...]) -> Any:
    total: Any = 1
    for row, exponent in zip(powers, alpha, strict=True):
        if exponent:
            total = row[exponent] * total
    return total


@kept_as("veronese {variables} degree {degree}", variables=int, degree=int)
class VeroneseVariety(Variety):
    """Symmetric tensors of rank one: d-th powers of linear forms, by the monomials of degree d.

    Parameters
    ----------
    variables : int
        Number n of variables of the forms.
    degree : int
        The exponent d.

    Notes
    -----
    The default metric is the Bombieri-Weyl norm, which weights the monomial α by d!/α! (the
    Frobenius norm of the symmetric tensor); ``Metric.euclidean`` is the unweighted choice.

    Examples
    --------
    >>> V = VeroneseVariety(3, 3)
    >>> V.ed_degree_fact(V.default_metric).value, V.generic_ed_degree_fact().value
    (7, 39)
    """

    is_cone = True

    def __init__(self, variables: int, degree: int) -> None:
        self.variables = check_size(variables, "variables", 1)
        self.degree = check_size(degree, "degree", 1, MAX_DEGREE)
        if comb(self.variables + self.degree - 1, self.degree) > MAX_TERMS:
            raise InputError(
                f"forms of degree {degree} in {variables} variables have more than {MAX_TERMS:,} "
                "monomials"
            )
        picks = combinations_with_replacement(range(variables), degree)
        self.exponents = [tuple(p.count(i) for i in range(variables)) for p in picks]
        self.shape = (len(self.exponents),)
        self.dimension = self.variables

    @property
    def default_metric(self) -> Metric:
        weights = [
            factorial(self.degree) // prod(map(factorial, alpha)) for alpha in self.exponents
        ]
        return Metric.weights(weights, name="Bombieri-Weyl norm")

    def chart(self, rng: np.random.Generator | None = None) -> Chart:
        return _VeroneseChart(self.exponents, self.degree)

    @property
    def singular_points(self) -> str:
        return "the origin" if self.codimension else ""

    @property
    def why_smooth(self) -> str:
        return WHY_SMOOTH

    def contains(self, point: ArrayLike, tolerance: float = 1e-8) -> bool:
        """Whether all 2×2 minors of the catalecticant of (d-1)-st derivatives vanish."""
        x = dict(zip(self.exponents, self.flatten(point), strict=True))
        if self.degree == 1:
            return True
        lower = VeroneseVariety(self.variables, self.degree - 1).exponents
        rows = [
            [x[tuple(a + (i == k) for k, a in enumerate(alpha))] for alpha in lower]
            for i in range(self.variables)
        ]
        values = np.linalg.svd(np.array(rows), compute_uv=False)
        return len(values) < 2 or bool(values[1] <= tolerance * values[0])

    def is_singular(self, point: ArrayLike, tolerance: float = 1e-8) -> bool:
        """Whether the point is 0, the vertex of the cone (smooth only for a linear space)."""
        return self.degree > 1 and self.variables > 1 and not np.any(self.flatten(point))

    def ed_degree_fact(self, metric: Metric, exact: bool = False) -> Fact | None:
        if metric.is_multiple_of(self.default_metric, exact):
            value = closed_forms.veronese_ed_degree(self.variables, self.degree)
            return Fact(value, "eigenvectors of symmetric tensors, Cartwright-Sturmfels")
        return None

    def polynomial_fact(self, degree: int) -> Fact | None:
        return _polynomial_fact((self.variables,), (self.degree,), degree)

    def power_fact(self, power: int) -> Fact | None:
        return rank_one_power_fact((self.variables,), (self.degree,), power)

    def generic_ed_degree_fact(self) -> Fact | None:
        value = closed_forms.veronese_generic_ed_degree(self.variables, self.degree)
        return Fact(value, "Veronese formula (Chern classes)")

    def __repr__(self) -> str:
        return f"VeroneseVariety({self.variables}, {self.degree})"

    def __str__(self) -> str:
        return f"powers of linear forms in {self.variables} variables, degree {self.degree}"
