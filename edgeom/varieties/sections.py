"""Matrices of bounded rank in affine families: linear sections of determinantal varieties.

Their charts are kernels (:mod:`edgeom.varieties.kernels`); minors occur only where components are
looked for, in families of small matrices.
"""

from __future__ import annotations

from functools import cached_property
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgeom.arrays import numbers
from edgeom.errors import InputError, check_size
from edgeom.objectives.metric import Metric
from edgeom.varieties.algebraic import AlgebraicVariety
from edgeom.varieties.base import Array, Chart, Variety
from edgeom.varieties.fields import kept_as
from edgeom.varieties.kernels import FreeChart, KernelChart

__all__ = ["LinearSectionVariety"]

MINORS, ORDER = 40, 4  # number and order of minors by which components are found
SAMPLES = 8  # general points that are looked at for the dimension


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
        entries = numbers(pattern, "pattern")
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
        if self._single is None:
            moved = np.tensordot(coordinates, self.family[1:], axes=(-1, 0))
        else:  # what is missing stays in its own entries
            place, factor = self._single
            moved = np.where(factor != 0, coordinates[..., place] * factor, 0)
        return np.asarray(self.family[0] + moved)

    @cached_property
    def _single(self) -> tuple[Array, Array] | None:
        """The coordinate that each entry depends on and its factor, where there is one at most."""
        used = self.family[1:] != 0
        if used.sum(axis=0).max(initial=0) > 1:
            return None
        return used.argmax(axis=0), self.family[1:].sum(axis=0)

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
