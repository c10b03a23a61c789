"""Matrices of bounded rank: general, symmetric and skew-symmetric.

Their charts are [I; X] times a small matrix, in random position: M = L [I; X] Y for general
matrices, M = L [I; X] B [I; X]ᵀ Lᵀ with B symmetric or skew. L is orthogonal. Minors never occur.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from edgeom.degrees import closed_forms, polar
from edgeom.errors import InputError, check_size
from edgeom.objectives.metric import Metric
from edgeom.varieties.base import (
    Array,
    Chart,
    Fact,
    Variety,
    dot,
    gaussian,
    product,
    transpose,
)
from edgeom.varieties.fields import kept_as
from edgeom.varieties.frame import Frame
from edgeom.varieties.segre import rank_one_power_fact

__all__ = [
    "DeterminantalVariety",
    "SkewDeterminantalVariety",
    "SymmetricDeterminantalVariety",
]


class _MatrixChart(Chart):
    """M = L [I; X] Y, or its transpose when there are more rows than columns."""

    def __init__(self, rows: int, cols: int, rank: int, rng: np.random.Generator | None) -> None:
        self.transposed = rows > cols
        self.m, self.n = min(rows, cols), max(rows, cols)
        self.rank = rank
        self.frame = Frame(self.m, rank, rng)
        y = [f"y{i}{j}" for i in range(rank) for j in range(self.n)]
        self.names = (*self.frame.names, *y)
        self.linear = range(self.frame.count, len(self.names))

    def point(self, u: Sequence[Any]) -> list[Any]:
        if self.rank == 0:
            return [0] * (self.m * self.n)
        k = self.frame.count
        y = [list(u[k + i * self.n : k + (i + 1) * self.n]) for i in range(self.rank)]
        matrix = product(self.frame.matrix(u[:k]), y)
        if self.transposed:
            matrix = transpose(matrix)
        return [entry for row in matrix for entry in row]

    def plain(self) -> tuple[Chart, Array]:
        chart = copy(self)
        chart.frame = Frame(self.m, self.rank, None)
        sides = np.eye(self.n), self.frame.position
        return chart, np.kron(*(sides if self.transposed else sides[::-1]))

    def sample(self, rng: np.random.Generator, real: bool = False) -> Array:
        return gaussian(rng, len(self.names), real)

    def coordinates(self, x: Array) -> Array | None:
        shape = (self.n, self.m) if self.transposed else (self.m, self.n)
        matrices = x.reshape(len(x), *shape)
        if self.transposed:
            matrices = matrices.transpose(0, 2, 1)
        left = np.linalg.svd(matrices, full_matrices=False)[0]
        r = self.rank
        turned = np.einsum("ji,pjk->pik", self.frame.position, matrices)
        chart = self.frame.coordinates(left[:, :, :r])
        return np.concatenate([chart, turned[:, :r].reshape(len(x), r * self.n)], axis=1)


@kept_as("matrices {rows}x{cols} rank {rank}", rows=int, cols=int, rank=int)
class DeterminantalVariety(Variety):
    """Matrices of rank at most r: the functions a linear network with a bottleneck expresses.

    Parameters
    ----------
    rows, cols : int
        Size of the matrices.
    rank : int
        Bound on the rank, 0 <= rank <= min(rows, cols).

    Raises
    ------
    InputError
        A size is not a positive integer or the rank is out of range.

    Examples
    --------
    >>> V = DeterminantalVariety(3, 3, rank=1)
    >>> V, V.dimension
    (DeterminantalVariety(3, 3, rank=1), 5)
    >>> V.generic_ed_degree_fact()
    Fact(value=39, reason='determinantal formula')
    """

    is_cone = True

    def __init__(self, rows: int, cols: int, rank: int) -> None:
        self.rows, self.cols = check_size(rows, "rows", 1), check_size(cols, "cols", 1)
        m = min(self.rows, self.cols)
        self.rank = check_size(rank, "rank", 0, m, f"min(rows, cols) = {m}")
        self.shape = (self.rows, self.cols)
        self.dimension = self.rank * (self.rows + self.cols - self.rank)

    def chart(self, rng: np.random.Generator | None = None) -> Chart:
        return _MatrixChart(self.rows, self.cols, self.rank, rng)

    def contains(self, point: ArrayLike, tolerance: float = 1e-8) -> bool:
        return _numerical_rank(self._matrix(point), tolerance) <= self.rank

    def is_singular(self, point: ArrayLike, tolerance: float = 1e-8) -> bool:
        """Whether the rank is below r; the singular locus is M_{r-1}, empty for full rank."""
        if self.rank in (0, min(self.shape)):
            return False
        return _numerical_rank(self._matrix(point), tolerance) < self.rank

    def _matrix(self, point: ArrayLike) -> Array:
        return self.flatten(point).reshape(self.shape)

    @property
    def singular_points(self) -> str:
        full = self.rank in (0, min(self.rows, self.cols))
        return "" if full else f"matrices of rank < {self.rank}"

    @property
    def why_smooth(self) -> str:
        return (
            f"a nearest point has rank {self.rank}: to a matrix of lower rank one of rank one can "
            "be added that has a positive product with the residual"
        )

    def ed_degree_fact(self, metric: Metric, exact: bool = False) -> Fact | None:
        if metric.kronecker_factor(self.rows, self.cols, exact):
            value = closed_forms.determinantal_ed_degree(self.rows, self.cols, self.rank)
            reason = "Eckart-Young" if metric.is_euclidean else "Eckart-Young, Kronecker metric"
            return Fact(value, reason)
        return None

    def polynomial_fact(self, degree: int) -> Fact | None:
        polar_degrees = polar.determinantal_polar_degrees(self.rows, self.cols, self.rank)
        return Fact(polar_degrees.optimization_degree(degree), "bound by polar degrees")

    def power_fact(self, power: int) -> Fact | None:
        shape = (self.rows, self.cols)
        return rank_one_power_fact(shape, (1, 1), power) if self.rank == 1 else None

    def likelihood_fact(self) -> Fact | None:
        small, large = sorted((self.rows, self.cols))
        if self.rank in (1, small):
            return Fact(1, "maximum likelihood degree of independence, or of all tables")
        if small == 3:
            return Fact(2 ** (large + 1) - 6, "maximum likelihood degree, Rodriguez-Wang")
        return None

    def generic_ed_degree_fact(self) -> Fact | None:
        value = closed_forms.determinantal_generic_ed_degree(self.rows, self.cols, self.rank)
        return Fact(value, "determinantal formula")

    def __repr__(self) -> str:
        return f"DeterminantalVariety({self.rows}, {self.cols}, rank={self.rank})"

    def __str__(self) -> str:
        return f"{self.rows}×{self.cols} matrices of rank ≤ {self.rank}"


def _numerical_rank(matrix: Array, tolerance: float) -> int:
    values = np.linalg.svd(matrix, compute_uv=False)
    return int(np.sum(values > tolerance * values[0])) if values[0] > 0 else 0


class _CongruenceChart(Chart):
    """M = A B Aᵀ with A = L [I; X] and B symmetric or skew-symmetric, by the entries of M."""

    def __init__(self, n: int, rank: int, sign: int, rng: np.random.Generator | None) -> None:
        self.n, self.rank, self.sign = n, rank, sign
        self.frame = Frame(n, rank, rng)
        self.entries = _entries(rank, sign)
        self.names = (*self.frame.names, *(f"b{i}{j}" for i, j in self.entries))

    def point(self, u: Sequence[Any]) -> list[Any]:
        if self.rank == 0:
            return [0] * len(_entries(self.n, self.sign))
        a = self.frame.matrix(u[: self.frame.count])
        b: list[list[Any]] = [[0] * self.rank for _ in range(self.rank)]
        for (i, j), value in zip(self.entries, u[self.frame.count :], strict=True):
            b[i][j] = value
            if i != j:
                b[j][i] = value if self.sign > 0 else -value
        left = product(a, b)
        return [dot(left[i], a[j]) for i, j in _entries(self.n, self.sign)]

    def plain(self) -> tuple[Chart, Array]:
        chart = copy(self)
        chart.frame = Frame(self.n, self.rank, None)
        entries, L = _entries(self.n, self.sign), self.frame.position
        basis = _full(np.eye(len(entries)), self.n, self.sign)
        return chart, np.array([(L[i] @ basis @ L[j]) for i, j in entries])

    def sample(self, rng: np.random.Generator, real: bool = False) -> Array:
        return gaussian(rng, len(self.names), real)

    def coordinates(self, x: Array) -> Array | None:
        matrices = _full(x, self.n, self.sign)
        left = np.linalg.svd(matrices)[0][:, :, : self.rank]
        turned = np.einsum("ji,pjk,kl->pil", self.frame.position, matrices, self.frame.position)
        chart = self.frame.coordinates(left)
        small = [turned[:, i, j] for i, j in self.entries]
        return np.column_stack([chart, *small])


def _entries(n: int, sign: int) -> list[tuple[int, int]]:
    return [(i, j) for i in range(n) for j in range(i if sign > 0 else i + 1, n)]


def _full(x: Array, n: int, sign: int) -> Array:
    """Return symmetric or skew matrices from their entries along the last axis."""
    matrix = np.zeros((*x.shape[:-1], n, n), x.dtype)
    for k, (i, j) in enumerate(_entries(n, sign)):
        matrix[..., j, i] = sign * x[..., k]
        matrix[..., i, j] = x[..., k]
    return matrix


class _StructuredVariety(Variety):
    """Symmetric or skew-symmetric matrices of bounded rank, by their entries on one side."""

    is_cone = True

    kind: str
    sign: int

    def __init__(self, n: int, rank: int) -> None:
        self.n = check_size(n, "n", 1 if self.sign > 0 else 2)
        self.rank = check_size(rank, "rank", 0, self.n, f"n = {self.n}")
        self.shape = (self.n, self.n)
        r = self.rank
        self.dimension = r * (self.n - r) + r * (r + self.sign) // 2

    @property
    def ambient_dimension(self) -> int:
        return self.n * (self.n + self.sign) // 2

    @property
    def default_metric(self) -> Metric:
        """The Frobenius norm: an off-diagonal entry counts twice.

        ``Metric.euclidean(V.ambient_dimension)`` is the other choice: the identity on the entries
        on one side of the diagonal.
        """
        weights = [1.0 if i == j else 2.0 for i, j in _entries(self.n, self.sign)]
        return Metric.weights(weights, name="Frobenius norm")

    def chart(self, rng: np.random.Generator | None = None) -> Chart:
        return _CongruenceChart(self.n, self.rank, self.sign, rng)

    def _flat(self, array: Array, name: str) -> Array:
        gap = np.abs(array - self.sign * array.T).max()
        if gap > 1e-10 * np.abs(array).max():
            raise InputError(
                f"{name} must be a {self.kind} matrix; take its {self.kind} part, which has the "
                "same critical points for the Frobenius norm"
            )
        return np.array([array[i, j] for i, j in _entries(self.n, self.sign)])

    def unflatten(self, coordinates: Array) -> Array:
        return _full(coordinates, self.n, self.sign)

    @property
    def singular_points(self) -> str:
        return f"matrices of rank < {self.rank}" if self.codimension and self.rank else ""

    @property
    def why_smooth(self) -> str:
        step = "vvᵀ or -vvᵀ" if self.sign > 0 else "uvᵀ - vuᵀ"
        return (
            f"a nearest point has rank {self.rank}: to a matrix of lower rank a small {step} can "
            "be added that has a positive product with the residual"
        )

    def contains(self, point: ArrayLike, tolerance: float = 1e-8) -> bool:
        matrix = self.unflatten(self.flatten(point))
        return _numerical_rank(matrix, tolerance) <= self.rank

    def is_singular(self, point: ArrayLike, tolerance: float = 1e-8) -> bool:
        """Whether the rank is below r (the singular locus, for 0 < r below the largest rank)."""
        if self.rank == 0 or self.codimension == 0:
            return False
        return _numerical_rank(self.unflatten(self.flatten(point)), tolerance) < self.rank

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.n}, rank={self.rank})"

    def __str__(self) -> str:
        return f"{self.kind} {self.n}×{self.n} matrices of rank ≤ {self.rank}"


@kept_as("symmetric {n}x{n} rank {rank}", "symmetric {n} rank {rank}", n=int, rank=int)
class SymmetricDeterminantalVariety(_StructuredVariety):
    """Symmetric n×n matrices of rank at most r; coordinates are the entries i <= j.

    Parameters
    ----------
    n : int
        Size of the matrices.
    rank : int
        Bound on the rank, 0 <= rank <= n.

    Examples
    --------
    >>> V = SymmetricDeterminantalVariety(3, rank=1)
    >>> V.ed_degree_fact(V.default_metric).value, V.generic_ed_degree_fact().value
    (3, 13)
    """

    kind, sign = "symmetric", 1

    def ed_degree_fact(self, metric: Metric, exact: bool = False) -> Fact | None:
        if metric.is_multiple_of(self.default_metric, exact):
            value = closed_forms.symmetric_ed_degree(self.n, self.rank)
            return Fact(value, "Eckart-Young for symmetric matrices")
        return None

    def polynomial_fact(self, degree: int) -> Fact | None:
        polar_degrees = polar.symmetric_polar_degrees(self.n, self.rank)
        return Fact(polar_degrees.optimization_degree(degree), "bound by polar degrees")

    def power_fact(self, power: int) -> Fact | None:
        return rank_one_power_fact((self.n,), (2,), power) if self.rank == 1 else None

    def generic_ed_degree_fact(self) -> Fact | None:
        value = closed_forms.symmetric_generic_ed_degree(self.n, self.rank)
        return Fact(value, "symmetric determinantal formula")


@kept_as("skew {n}x{n} rank {rank}", "skew {n} rank {rank}", n=int, rank=int)
class SkewDeterminantalVariety(_StructuredVariety):
    """Skew-symmetric n×n matrices of rank at most r, r even; coordinates are the entries i < j.

    Examples
    --------
    >>> V = SkewDeterminantalVariety(4, rank=2)
    >>> V.ed_degree_fact(V.default_metric).value, V.generic_ed_degree_fact().value
    (2, 10)
    """

    kind, sign = "skew-symmetric", -1

    def __init__(self, n: int, rank: int) -> None:
        super().__init__(n, rank)
        if self.rank % 2:
            raise InputError(
                f"the rank of a skew-symmetric matrix is even, got {rank}; "
                f"rank {rank} and rank {rank - 1} are the same variety"
            )

    def ed_degree_fact(self, metric: Metric, exact: bool = False) -> Fact | None:
        if metric.is_multiple_of(self.default_metric, exact):
            value = closed_forms.skew_ed_degree(self.n, self.rank)
            return Fact(value, "Eckart-Young for skew-symmetric matrices")
        return None

    def polynomial_fact(self, degree: int) -> Fact | None:
        polar_degrees = polar.skew_polar_degrees(self.n, self.rank)
        return Fact(polar_degrees.optimization_degree(degree), "bound by polar degrees")

    def generic_ed_degree_fact(self) -> Fact | None:
        value = closed_forms.skew_generic_ed_degree(self.n, self.rank)
        return Fact(value, "skew-symmetric determinantal formula")
