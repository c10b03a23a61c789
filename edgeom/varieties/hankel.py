"""Hankel and Toeplitz matrices, symmetric Toeplitz matrices, and polynomials with common factors.

They are linear sections with names. A Hankel matrix of rank at most r has its entries
h_0, ..., h_d in a matrix with r + 1 columns, too, that has no more rank: one kernel vector, the
linear recurrence of the entries, is all that a chart needs. Toeplitz matrices are Hankel matrices
upside down. Two polynomials of degrees m and n have a common factor of degree k where the matrix of
(u, v) ↦ u f + v g, for u and v of degrees n - k and m - k, has a kernel: one vector again.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgeom.degrees import closed_forms
from edgeom.errors import InputError, check_size, check_sizes
from edgeom.limits import check_cost
from edgeom.objectives.metric import Metric
from edgeom.varieties.algebraic import AlgebraicVariety
from edgeom.varieties.base import Array, Fact, Variety
from edgeom.varieties.fields import kept_as
from edgeom.varieties.sections import LinearSectionVariety

__all__ = ["HankelVariety", "SylvesterVariety", "SymmetricToeplitzVariety", "ToeplitzVariety"]

Family = NDArray[np.float64]
FACTORS = 1e-6  # relative error of factors, and singular value of a pair that has them


def _constant_along(places: NDArray[np.int64]) -> Family:
    """Return the family of matrices whose entries are equal where the places are."""
    count = int(places.max()) + 1
    return np.concatenate(
        [np.zeros((1, *places.shape)), (np.arange(count)[:, None, None] == places).astype(float)]
    )


class _RecurrentVariety(LinearSectionVariety):
    """Matrices of bounded rank whose entries h_k make Hankel matrices of any shape."""

    is_irreducible = True
    name = ""

    def __init__(self, rows: int, cols: int, rank: int) -> None:
        rows, cols = check_size(rows, "rows", 1), check_size(cols, "cols", 1)
        check_cost(f"{rows}×{cols} matrices", memory=8.0 * rows * cols * (rows + cols))
        self._begin(_constant_along(self._places(rows, cols)), rank, lowest=0)

    def _places(self, rows: int, cols: int) -> NDArray[np.int64]:
        return np.add.outer(np.arange(rows), np.arange(cols))

    def kernel_family(self) -> tuple[Family, int]:
        width = self.rank + 1
        tall = np.add.outer(np.arange(self.ambient_dimension - self.rank), np.arange(width))
        return _constant_along(tall), self.rank

    def _set_dimension(self) -> None:
        self._independent = None
        self.dimension = self.ambient_dimension if self.is_linear else 2 * self.rank

    @property
    def singular_points(self) -> str:
        return "" if self.is_linear or not self.rank else f"matrices of rank < {self.rank}"

    @property
    def why_smooth(self) -> str:
        return (
            f"a nearest point has rank {self.rank}: to a matrix of lower rank a small multiple of "
            f"one with entries 1, t, t², ... can be added that has a positive product with the "
            "residual"
        )

    def is_singular(self, point: ArrayLike, tolerance: float = 1e-8) -> bool:
        """Whether the rank is below r (the singular locus, for 0 < r < min(rows, cols))."""
        return self.rank > 0 and super().is_singular(point, tolerance)

    def generic_ed_degree_fact(self) -> Fact | None:
        if self.is_linear:
            return Fact(1, "a linear space")
        value = closed_forms.hankel_generic_ed_degree(self.ambient_dimension - 1, self.rank)
        return Fact(value, "Hankel formula, Ottaviani-Spaenlehauer-Sturmfels")

    @property
    def kind(self) -> str:  # type: ignore[override]
        return f"{self.name} matrix"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.rows}, {self.cols}, rank={self.rank})"

    def __str__(self) -> str:
        return f"{self.name} {self.rows}×{self.cols} matrices of rank ≤ {self.rank}"


@kept_as("hankel {rows}x{cols} rank {rank}", rows=int, cols=int, rank=int)
class HankelVariety(_RecurrentVariety):
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

    name = "Hankel"


@kept_as("toeplitz {rows}x{cols} rank {rank}", rows=int, cols=int, rank=int)
class ToeplitzVariety(_RecurrentVariety):
    """Toeplitz matrices of rank at most r; coordinates are the entries along the diagonals.

    They are Hankel matrices with the columns in the other order: the first coordinate is that of
    the corner at the right of the first row.

    Parameters
    ----------
    rows, cols : int
    rank : int
        Bound on the rank, 0 <= rank <= min(rows, cols).

    Examples
    --------
    >>> V = ToeplitzVariety(3, 3, rank=2)
    >>> V.contains([[4, 2, 1], [8, 4, 2], [15, 8, 4]]), V.contains(np.eye(3))
    (True, False)
    """

    name = "Toeplitz"

    def _places(self, rows: int, cols: int) -> NDArray[np.int64]:
        return super()._places(rows, cols)[:, ::-1]


@kept_as("symmetric-toeplitz {n}x{n} rank {rank}", n=int, rank=int)
class SymmetricToeplitzVariety(LinearSectionVariety):
    """Symmetric Toeplitz matrices of rank at most r; coordinates are the entries of the first row.

    They have several components: a kernel vector of a symmetric Toeplitz matrix may be symmetric
    or skew-symmetric.

    Parameters
    ----------
    n : int
    rank : int
        Bound on the rank, 1 <= rank <= n.

    Examples
    --------
    >>> SymmetricToeplitzVariety(3, rank=2).dimension
    2
    """

    kind = "symmetric Toeplitz matrix"

    def __init__(self, n: int, rank: int) -> None:
        self.n = check_size(n, "n", 1)
        check_cost(f"{n}×{n} matrices", memory=8.0 * self.n**3)
        places = np.abs(np.subtract.outer(np.arange(self.n), np.arange(self.n)))
        self._begin(_constant_along(places), rank)

    def __repr__(self) -> str:
        return f"SymmetricToeplitzVariety({self.n}, rank={self.rank})"

    def __str__(self) -> str:
        return f"symmetric Toeplitz {self.n}×{self.n} matrices of rank ≤ {self.rank}"


@kept_as("sylvester degrees {degrees:,} gcd {gcd}", degrees=list[int], gcd=int)
class SylvesterVariety(LinearSectionVariety):
    """Pairs of polynomials of given degrees that have a common factor: approximate gcd.

    Points are the coefficients of both, one after the other; each is written from the lowest power
    to the highest, or each from the highest to the lowest as `numpy.poly` does: a common factor is
    one either way, and its coefficients are in the same order.

    Parameters
    ----------
    degrees : pair of int
        m and n, at least 1.
    gcd : int
        Degree of the common factor, at least 1 and at most the smaller degree.

    Notes
    -----
    The default metric is the sum of the squares of the coefficients. `matrix` returns the matrix
    of (u, v) ↦ u f + v g, whose rank is below its number of columns; with gcd = 1 it is the
    Sylvester matrix.

    Examples
    --------
    (1 + x)(2 + x) and (1 + x)(3 - x), lowest powers first:

    >>> V = SylvesterVariety((2, 2), gcd=1)
    >>> V.contains([2, 3, 1, 3, 2, -1]), V.contains([2, 3, 1, 3, 2, 1])
    (True, False)
    """

    is_irreducible = True

    def __init__(self, degrees: Sequence[int], gcd: int) -> None:
        self.degrees = check_sizes(degrees, "degrees")
        if len(self.degrees) != 2:
            raise InputError(f"degrees must be two numbers, got {degrees!r:.80}")
        m, n = self.degrees
        self.gcd = check_size(gcd, "gcd", 1, min(m, n), f"the smaller degree = {min(m, n)}")
        first, second = n - gcd + 1, m - gcd + 1  # coefficients of u and of v
        family = np.zeros((m + n + 3, m + n - gcd + 1, first + second))
        for i in range(m + 1):
            family[1 + i, np.arange(first) + i, np.arange(first)] = 1
        for i in range(n + 1):
            family[m + 2 + i, np.arange(second) + i, first + np.arange(second)] = 1
        self._begin(family, first + second - 1)
        self.shape = (m + n + 2,)

    def _set_dimension(self) -> None:
        self._independent = None
        self.is_linear = False
        self.dimension = self.ambient_dimension - self.gcd

    @property
    def default_metric(self) -> Metric:
        return Metric.euclidean(self.ambient_dimension)

    def matrix(self, point: ArrayLike) -> Array:
        """Return the matrix of (u, v) ↦ u f + v g."""
        return LinearSectionVariety.unflatten(self, self.flatten(point))

    def factors(self, point: ArrayLike) -> tuple[Array, Array, Array]:
        """Return h, a and b with f = h a and g = h b, coefficients in the order of those of f.

        h has length 1, and its largest coefficient is positive.

        Raises
        ------
        InputError
            Of this pair there is no common factor of this degree, or one of a larger degree.

        Examples
        --------
        >>> h, a, b = SylvesterVariety((2, 2), gcd=1).factors([2, 3, 1, 3, 2, -1])
        >>> (h / h[0]).round(9), (a * h[0]).round(9), (b * h[0]).round(9)
        (array([1., 1.]), array([2., 1.]), array([ 3., -1.]))
        """
        x = self.flatten(point)
        h, a, b = found = self._factors(x)
        error = np.abs(np.concatenate([np.convolve(h, a), np.convolve(h, b)]) - x).max()
        if error <= FACTORS * np.abs(x).max() and x.any():
            return found
        values = np.linalg.svd(self.matrix(x), compute_uv=False)
        degree = self.gcd - 1 + int(np.sum(values <= FACTORS * values[0]))
        if degree <= self.gcd:
            raise InputError(
                f"the two polynomials have no common factor of degree {self.gcd}; take the point "
                f"of {self!r} that is nearest to them"
            )
        largest = min(self.degrees)
        if degree > largest or not x.any():
            raise InputError("one of the two polynomials is 0: the other one is the common factor")
        raise InputError(
            f"the two polynomials have a common factor of degree {degree}, and none of degree "
            f"{self.gcd} is singled out; use SylvesterVariety({self.degrees}, gcd={degree}).factors"
        )

    def _factors(self, x: Array) -> tuple[Array, Array, Array]:
        """Return h, a and b, a and b from the smallest singular value of `matrix`."""
        m, n = self.degrees
        kernel = np.linalg.svd(self.matrix(x))[2][-1].conj()
        b, a = kernel[: n - self.gcd + 1], -kernel[n - self.gcd + 1 :]
        size = self.gcd + 1
        shifts = np.zeros((m + n + 2, size), kernel.dtype)
        for i in range(size):
            shifts[i : i + len(a), i] = a
            shifts[m + 1 + i : m + 1 + i + len(b), i] = b
        h = np.linalg.lstsq(shifts, x, rcond=None)[0]
        largest = h[np.abs(h).argmax()]
        scale = np.linalg.norm(h) * largest / np.abs(largest) if largest else 1.0
        return h / scale, a * scale, b * scale

    @property
    def variables(self) -> list[str]:
        """Names of the coefficients of h, a and b, see `factors`."""
        m, n = self.degrees
        counts = {"h": self.gcd + 1, "a": m - self.gcd + 1, "b": n - self.gcd + 1}
        return [f"{name}{i}" for name, count in counts.items() for i in range(count)]

    def singular_strata(self) -> Sequence[Variety]:
        """Return pairs with common factors of higher degree, and those of which one is 0.

        Pairs with a common factor of degree k and no more are smooth points: (h, a, b) ↦ (h a, h b)
        is an immersion there up to scaling, since h divides dh where h da = -a dh and h db = -b dh
        with coprime a and b. Where the degrees are equal the last stratum is that of proportional
        pairs, a cone that is smooth but for its vertex.
        """
        m, n = self.degrees
        higher = [SylvesterVariety(self.degrees, d) for d in range(self.gcd + 1, min(m, n) + 1)]
        names = [f"x{i}" for i in range(1, m + n + 3)]
        zero = names[m + 1 :] if m > n else names[: m + 1]
        return [*higher, *([AlgebraicVariety(zero, names)] if m != n else [])]

    def parameters_at(self, points: Array) -> Array | None:
        rows = [np.concatenate(self._factors(self.flatten(point))) for point in points]
        return np.array(rows).reshape(-1, len(self.variables))

    def _rank_of(self, point: ArrayLike, tolerance: float) -> int:
        values = np.linalg.svd(self.matrix(point), compute_uv=False)
        return int(np.sum(values > tolerance * values[0])) if values[0] > 0 else 0

    def _flat(self, array: Array, name: str) -> Array:
        return array

    def unflatten(self, coordinates: Array) -> Array:
        return coordinates

    @property
    def singular_points(self) -> str:
        return f"pairs with a common factor of degree > {self.gcd}"

    def __repr__(self) -> str:
        return f"SylvesterVariety({self.degrees}, gcd={self.gcd})"

    def __str__(self) -> str:
        m, n = self.degrees
        return f"polynomials of degrees {m} and {n} with a common factor of degree {self.gcd}"
