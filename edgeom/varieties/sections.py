"""Matrices of bounded rank in affine families: linear sections of determinantal varieties.

A matrix A(x) = A_0 + x_1 A_1 + ... + x_k A_k has rank at most r where it has a kernel of dimension
n - r. That is the chart: x and a matrix K = L [Z; 1] with A(x) K = 0, L in random position. Minors
never occur. The kernel is on the shorter side, as the frame of general matrices is
(:mod:`edgeom.varieties.determinantal`): then no solution for general data has a smaller rank.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgeom.errors import IncompleteError, InputError, check_size
from edgeom.homotopy.tape import Tape
from edgeom.objectives.metric import Metric
from edgeom.varieties.algebraic import AlgebraicVariety
from edgeom.varieties.base import (
    Array,
    Chart,
    Variety,
    dot,
    gaussian,
    geometry_tape,
    random_orthogonal,
)
from edgeom.varieties.fields import kept_as

__all__ = ["KernelChart", "LinearSectionVariety"]

MINORS, ORDER = 40, 4  # number and order of minors by which components are found
TRIES = 40  # random starts for a point of a section that no general kernel gives
STEPS = 60  # of Gauss and Newton from each
SMALL = 1e-9  # relative size of a singular value that is 0
LANDINGS = 3  # such starts for each starting point of monodromy that is asked for
SAMPLES = 8  # general points that are looked at for the dimension


class KernelChart(Chart):
    """Points x with a kernel K of A(x), K = L [Z; 1].

    Parameters
    ----------
    family : array (k + 1, m, n)
        A_0, ..., A_k with m >= n.
    rank : int
        Less than n.
    count : int or None
        Number of equations that are independent; random combinations are taken of more. None where
        all are.
    rng : numpy.random.Generator or None
        For L; by default it is 1.
    """

    resolves = True

    def __init__(
        self,
        family: Array,
        rank: int,
        count: int | None = None,
        rng: np.random.Generator | None = None,
    ) -> None:
        self.family, self.rank = family, rank
        self.k, self.n = len(family) - 1, family.shape[2]
        self.corank = self.n - rank
        self.position = random_orthogonal(self.n, rng)
        z = [f"z{i}{j}" for i in range(rank) for j in range(self.corank)]
        self.names = (*(f"x{i}" for i in range(1, self.k + 1)), *z)
        equations = family.shape[1] * self.corank
        self.mix: Array | None = None
        if count is not None and count < equations:
            draw = rng or np.random.default_rng(equations)
            self.mix = draw.normal(size=(count, equations))
        if rng is not None:
            size = len(self.names)
            shape = (equations if self.mix is None else len(self.mix), size)
            self.shear = rng.normal(size=shape) / np.sqrt(size)

    def point(self, u: Sequence[Any]) -> list[Any]:
        return list(u[: self.k])

    def equations(self, u: Sequence[Any]) -> list[Any]:
        """Return the entries of A(x) K."""
        x, z = u[: self.k], u[self.k :]
        columns = []
        for j in range(self.corank):
            top = z[j :: self.corank]
            line = self.position.tolist()
            columns.append([_sum([row[self.rank + j], *map(_times, row, top)]) for row in line])
        return [
            _sum(
                _times(_sum(map(_times, parts, [1, *x])), v)
                for parts, v in zip(row, K, strict=True)
            )
            for row in self.family.transpose(1, 2, 0).tolist()
            for K in columns
        ]

    def constraints(self, u: Sequence[Any]) -> list[Any]:
        values = self.equations(u)
        return values if self.mix is None else [dot(values, row) for row in self.mix.tolist()]

    def remainders(self, u: Sequence[Any]) -> list[Any]:
        return [] if self.mix is None else self.equations(u)

    @cached_property
    def membership(self) -> Tape | None:
        if self.mix is None:
            return None  # K has full rank
        raise InputError(
            "the matrices of this family have more conditions for a kernel than independent ones, "
            "and it cannot be proved that points are on the variety"
        )

    def matrices(self, x: Array) -> Array:
        """Return A(x) for points (points, k)."""
        return np.asarray(self.family[0] + np.tensordot(x, self.family[1:], axes=(1, 0)))

    def coordinates(self, x: Array) -> Array:
        right: Array = np.linalg.svd(self.matrices(x), full_matrices=True)[2]
        K = right[:, self.rank :].conj().transpose(0, 2, 1)
        turned = self.position.T @ K
        z = turned[:, : self.rank] @ np.linalg.inv(turned[:, self.rank :])
        return np.asarray(np.concatenate([x, z.reshape(len(x), -1)], axis=1))

    def sample(self, rng: np.random.Generator, real: bool = False) -> Array:
        for attempt in range(TRIES):
            x = self._over_kernel(rng, real) if not attempt else None
            x = self._landed(rng, real) if x is None else x
            if x is not None and self._has_rank(x):
                return np.asarray(self.coordinates(x[None])[0])
        raise IncompleteError(
            f"no {'real ' if real else ''}matrix of rank {self.rank} was found in the family in "
            f"{TRIES} attempts; there may be none"
        )

    def component_samples(self, rng: np.random.Generator, count: int) -> list[Array]:
        """Return points of largest dimension that are found from random starts.

        A general kernel leads to one component only; steps of Gauss and Newton lead anywhere.
        """
        points = [self.sample(rng)]
        for _ in range(LANDINGS * (count - 1)):
            x = KernelChart(self.family, self.rank, rng=rng)._landed(rng, False)
            if x is not None and self._has_rank(x):
                points.append(self.coordinates(x[None])[0])
        sizes = [self.local_dimension(u) for u in points]
        return [u for u, size in zip(points, sizes, strict=True) if size == max(sizes)]

    def _has_rank(self, x: Array) -> bool:
        values = np.linalg.svd(self.matrices(x[None])[0], compute_uv=False)
        return bool(self.rank == 0 or values[self.rank - 1] > 1e-6 * values[0])

    def _over_kernel(self, rng: np.random.Generator, real: bool) -> Array | None:
        """Return a random point with a random kernel; None where there are none."""
        K = gaussian(rng, self.n * self.corank, real).reshape(self.n, self.corank)
        images = (self.family @ K).reshape(self.k + 1, -1)
        system, constant = images[1:].T, images[0]
        _, sizes, right = np.linalg.svd(system)
        free = right[int(np.sum(sizes > SMALL * sizes[0])) :].conj().T
        x = np.linalg.lstsq(system, -constant, rcond=SMALL)[0]
        gap = np.abs(system @ x + constant).max()
        if gap > SMALL * (np.abs(constant).max() + 1) or not free.shape[1]:
            return None
        return np.asarray(x + free @ gaussian(rng, free.shape[1], real))

    def _landed(self, rng: np.random.Generator, real: bool) -> Array | None:
        """Return a point that steps of Gauss and Newton from a random place lead to."""
        tape, cone = self._plain, not self.family[0].any()
        away = gaussian(rng, self.k, real)  # of cones a point where this form is 1: not 0
        u = gaussian(rng, len(self.names), real)
        for _ in range(STEPS):
            out = tape.arrays(u=u[None])
            g, jacobian = out["g"][0], out["dg"][0].reshape(-1, len(u))
            if cone:
                g = np.append(g, away @ u[: self.k] - 1)
                jacobian = np.vstack([jacobian, np.append(away, np.zeros(len(u) - self.k))])
            if np.abs(g).max() < 1e-13 * (1 + np.abs(u).max()) ** 2:
                return np.asarray(u[: self.k])
            u = u - np.linalg.lstsq(jacobian, g, rcond=1e-10)[0]
            if not np.isfinite(u).all() or np.abs(u).max() > 1e6:
                break
        return None

    @cached_property
    def _plain(self) -> Tape:
        """The equations and their derivatives, without combinations."""
        return geometry_tape(KernelChart(self.family @ self.position, self.rank))

    def local_dimension(self, u: Array) -> int:
        """Return the dimension of the set of points x near x(u)."""
        out = self._plain.arrays(u=u[None])
        size = len(self.names)
        _, sizes, right = np.linalg.svd(out["dg"][0].reshape(-1, size))
        free = right[int(np.sum(sizes > 1e-7 * sizes[0])) :].conj().T
        moved = out["dx"][0].reshape(-1, size) @ free
        return int(np.linalg.matrix_rank(moved, tol=1e-7)) if free.shape[1] else 0


class FreeChart(Chart):
    """All members of a family, or the one with coordinates 0."""

    def __init__(self, count: int, zeros: int = 0) -> None:
        self.names = tuple(f"x{k}" for k in range(1, count + 1))
        self.zeros = zeros

    def point(self, u: Sequence[Any]) -> list[Any]:
        return [*u, *[0] * self.zeros]

    def sample(self, rng: np.random.Generator, real: bool = False) -> Array:
        return gaussian(rng, len(self.names), real)

    def coordinates(self, x: Array) -> Array:
        return x[:, : len(self.names)]


@kept_as(
    "{irreducible:irreducible }section {matrices} rank {rank}",
    matrices=list[list[list[float]]],
    rank=int,
    irreducible=bool,
)
class LinearSectionVariety(Variety):
    """Matrices A_0 + x_1 A_1 + ... + x_k A_k of rank at most r; the coordinates are the x_i.

    Parameters
    ----------
    matrices : array (k + 1, rows, cols)
        A_0, ..., A_k, real; A_1, ..., A_k linearly independent.
    rank : int
        Bound on the rank, 1 <= rank <= min(rows, cols).
    irreducible : bool
        Whether the variety is known to be irreducible. Otherwise its components are found by the
        minors, in families of small matrices.

    Notes
    -----
    The default metric is the Frobenius norm of the matrices. Families with names are
    `HankelVariety`, `ToeplitzVariety`, `SymmetricToeplitzVariety` and `SylvesterVariety`.

    Examples
    --------
    >>> V = LinearSectionVariety.fixed_entries([[1, np.nan, np.nan], [np.nan] * 3], rank=1)
    >>> V.dimension, V.codimension
    (3, 2)
    >>> V.contains([[1, 2, 3], [2, 4, 6]]), V.contains([[1, 2, 3], [2, 4, 7]])
    (True, False)
    """

    is_irreducible = False
    irreducible = False  #: whether it was said to be
    corners: tuple[int, ...] | None  #: an entry for each coordinate that depends on it alone

    def __init__(self, matrices: ArrayLike, rank: int, irreducible: bool = False) -> None:
        array = _real(matrices)
        self.irreducible = self.is_irreducible = bool(irreducible)
        self.matrices = array.tolist()
        self._begin(array, rank)

    def _begin(self, family: NDArray[np.float64], rank: int, lowest: int = 1) -> None:
        """Set up the family."""
        self.family, (self.rows, self.cols) = family, family.shape[1:]
        small = min(self.rows, self.cols)
        self.rank = check_size(rank, "rank", lowest, small, f"min(rows, cols) = {small}")
        self.shape = (self.rows, self.cols)
        flat = family[1:].reshape(len(family) - 1, -1)
        if np.linalg.matrix_rank(flat) < len(flat):
            raise InputError("A_1, ..., A_k must be linearly independent")
        self.is_cone = not family[0].any()
        self.corners = _corners(flat)
        self.is_linear = self.rank == small
        self._set_dimension()

    def kernel_family(self) -> tuple[NDArray[np.float64], int]:
        """Return the family whose kernels are looked for, not wider than high, and its rank."""
        family = self.family if self.rows >= self.cols else self.family.transpose(0, 2, 1)
        return family, self.rank

    def _set_dimension(self) -> None:
        """Find the dimension, and how many equations of the chart are independent."""
        k = self.ambient_dimension
        self.dimension, self._independent = k, None
        if self.is_linear:
            return
        family, rank = self.kernel_family()
        rng = np.random.default_rng(k)
        chart = KernelChart(family, rank, rng=rng)
        self.dimension = chart.local_dimension(chart.component_samples(rng, SAMPLES)[0])
        self._independent = len(chart.names) - self.dimension
        if not self.dimension:
            raise InputError(
                f"the family has finitely many matrices of rank {rank}; eg.solve finds them"
            )
        self.is_overdetermined = self._independent < family.shape[1] * chart.corank

    def component_points(self, dimension: int) -> Array | None:
        if self.is_irreducible:
            return None
        return self._by_minors.component_points(dimension)

    @cached_property
    def _by_minors(self) -> AlgebraicVariety:
        """The same set as a zero set, where there are few minors."""
        import sympy

        size = self.rank + 1
        count = comb(self.rows, size) * comb(self.cols, size)
        if count > MINORS or size > ORDER:
            raise InputError(
                f"the components of a family with {count} minors of order {size} are not looked "
                "for; say irreducible=True where it is known to have one"
            )
        x = sympy.symbols(f"x1:{self.ambient_dimension + 1}")
        exact = [sympy.Matrix(A.shape[0], A.shape[1], [*map(_rational, A.ravel().tolist())])
                 for A in self.family]  # fmt: skip
        matrix = sum((v * A for v, A in zip(x, exact[1:], strict=True)), exact[0])
        minors = [
            matrix.extract(list(rows), list(cols)).det(method="berkowitz").expand()
            for rows in combinations(range(self.rows), size)
            for cols in combinations(range(self.cols), size)
        ]
        return AlgebraicVariety([minor for minor in minors if minor != 0], x)

    @classmethod
    def zero_pattern(cls, pattern: ArrayLike, rank: int) -> LinearSectionVariety:
        """Return the matrices of bounded rank that are 0 where a pattern is.

        Parameters
        ----------
        pattern : array of bool or of 0 and 1
            Where entries may be different from 0.
        rank : int

        Examples
        --------
        >>> LinearSectionVariety.zero_pattern([[1, 1, 0], [1, 1, 1], [0, 1, 1]], rank=2).dimension
        6
        """
        entries = np.asarray(pattern)
        if entries.ndim != 2 or not np.isin(entries, (0, 1)).all():
            raise InputError(f"a pattern is a matrix of 0 and 1, got {pattern!r:.80}")
        return cls.fixed_entries(np.where(entries, np.nan, 0), rank)

    @classmethod
    def fixed_entries(cls, matrix: ArrayLike, rank: int) -> LinearSectionVariety:
        """Return the matrices of bounded rank some of whose entries are given.

        Parameters
        ----------
        matrix : array (rows, cols)
            The entries, NaN where they are free.
        rank : int
        """
        entries = _real([matrix], free=True)[0]
        places = np.argwhere(np.isnan(entries))
        if not len(places):
            raise InputError("no entry is free; NaN stands for those that are")
        family = np.zeros((len(places) + 1, *entries.shape))
        family[0] = np.nan_to_num(entries)
        family[np.arange(1, len(family)), places[:, 0], places[:, 1]] = 1
        return cls(family, rank)

    @property
    def ambient_dimension(self) -> int:
        return len(self.family) - 1

    @property
    def default_metric(self) -> Metric:
        """The Frobenius norm of the matrices."""
        flat = self.family[1:].reshape(self.ambient_dimension, -1)
        return Metric(flat @ flat.T, "Frobenius norm")

    def chart(self, rng: np.random.Generator | None = None) -> Chart:
        k = self.ambient_dimension
        if self.is_linear or not self.dimension:
            return FreeChart(self.dimension, zeros=k - self.dimension)
        return KernelChart(*self.kernel_family(), self._independent, rng)

    def projected(self, matrix: ArrayLike) -> Array:
        """Return the nearest member of the family, in the Frobenius norm, of whatever rank.

        It has the same critical points as the matrix itself.
        """
        return self.unflatten(self._nearest_member(np.asarray(matrix, float)))

    def _nearest_member(self, array: Array) -> Array:
        flat = self.family[1:].reshape(self.ambient_dimension, -1)
        return np.asarray(np.linalg.lstsq(flat.T, (array - self.family[0]).ravel(), rcond=None)[0])

    def _flat(self, array: Array, name: str) -> Array:
        if self.corners is None:
            x = self._nearest_member(array)
        else:
            places = list(self.corners)
            values = self.family[1:].reshape(self.ambient_dimension, -1)
            entries = array.ravel()[places] - self.family[0].ravel()[places]
            x = entries / values[np.arange(len(places)), places]
        if np.abs(array - self.unflatten(x)).max() > 1e-10 * np.abs(array).max(initial=1e-300):
            raise InputError(
                f"{name} must be a {self.kind}; V.projected(...) is the nearest one, which has the "
                "same critical points for the Frobenius norm"
            )
        return x

    kind = "matrix of the family"

    def unflatten(self, coordinates: Array) -> Array:
        return np.asarray(self.family[0] + np.tensordot(coordinates, self.family[1:], axes=(-1, 0)))

    def _rank_of(self, point: ArrayLike, tolerance: float) -> int:
        matrix = self.unflatten(self.flatten(point))
        values = np.linalg.svd(matrix, compute_uv=False)
        return int(np.sum(values > tolerance * values[0])) if values[0] > 0 else 0

    @property
    def singular_points(self) -> str:
        return "" if self.is_linear else f"matrices of rank < {self.rank} and other singular ones"

    def contains(self, point: ArrayLike, tolerance: float = 1e-8) -> bool:
        return self._rank_of(point, tolerance) <= self.rank

    def is_singular(self, point: ArrayLike, tolerance: float = 1e-8) -> bool:
        """Whether the rank is below r; other singular points are not told."""
        return not self.is_linear and self._rank_of(point, tolerance) < self.rank

    def __repr__(self) -> str:
        said = ", irreducible=True" if self.irreducible else ""
        return f"LinearSectionVariety({self.matrices}, rank={self.rank}{said})"

    def __str__(self) -> str:
        size = f"{self.rows}×{self.cols}"
        return f"{self.ambient_dimension}-dimensional family of {size} matrices, rank ≤ {self.rank}"


def _rational(value: float) -> Any:
    import sympy

    return sympy.Rational(*value.as_integer_ratio())


def _corners(flat: NDArray[np.float64]) -> tuple[int, ...] | None:
    """Return for each matrix an entry where it alone is not 0; None where one has none."""
    alone = (flat != 0) & (np.sum(flat != 0, axis=0) == 1)
    return tuple(alone.argmax(axis=1).tolist()) if alone.any(axis=1).all() else None


def _real(matrices: Any, free: bool = False) -> NDArray[np.float64]:
    try:
        array = np.array(matrices)
    except ValueError:
        array = np.zeros(0)
    good = array.dtype.kind in "biuf" and array.ndim == 3 and array.size and len(array) > 1 - free
    if not good or not (free or np.isfinite(array).all()):
        raise InputError(
            "matrices must be an array A_0, ..., A_k of real matrices of one shape, "
            f"got {matrices!r:.80}"
        )
    return array.astype(float)


def _times(a: Any, b: Any) -> Any:
    """Multiply a number by a value; products with 0 and 1 need no instruction."""
    if isinstance(a, int | float):
        return 0 if a == 0 else b if a == 1 else a * b
    return 0 if isinstance(a, int) and a == 0 else a * b


def _sum(values: Any) -> Any:
    total: Any = 0
    for value in values:
        if isinstance(value, int | float) and value == 0:
            continue
        total = value if isinstance(total, int) and total == 0 else total + value
    return total
