"""Polar degrees of determinantal and Segre-Veronese varieties, exact.

The polar degrees of a projective variety X are the multidegrees of its conormal variety. Their sum
is the generic ED degree, and dropping the first ones counts for generic linear sections. How they
are computed is in :mod:`edgeom.degrees.generating`.

Sizes and ranks are positive integers, ranks at most the largest one, and those of skew-symmetric
matrices even; anything else is an InputError.

References
----------
Draisma, Horobet, Ottaviani, Sturmfels, Thomas, arXiv:1309.0049: polar degrees and ED degrees.
Ottaviani, Spaenlehauer, Sturmfels, arXiv:1311.2376: general and Hankel matrices. Nie, Ranestad,
Sturmfels, arXiv:math/0611562, and von Bothmer, Ranestad, arXiv:math/0701877: symmetric matrices.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from math import comb
from typing import SupportsIndex

from edgeom.degrees.generating import (
    chern_degrees,
    even_rank,
    hankel_terms,
    minor_sums,
    polar_terms,
    skew_sums,
    symmetric_sums,
)
from edgeom.errors import check_size

__all__ = [
    "PolarDegrees",
    "determinantal_polar_degrees",
    "hankel_polar_degrees",
    "segre_veronese_polar_degrees",
    "skew_polar_degrees",
    "symmetric_polar_degrees",
]


@dataclass(frozen=True)
class PolarDegrees:
    """Polar degrees delta_first, delta_(first+1), ..., delta_(dim X) of a projective variety X.

    The other polar degrees are zero. The whole space P^N has delta_N = 1 here, so that sums count
    critical points on linear spaces as well.

    Parameters
    ----------
    first : int
        Index of the first polar degree that is not zero; it is N - 1 - dim of the dual variety.
    values : tuple of int
        The polar degrees from there on.

    References
    ----------
    Draisma, Horobet, Ottaviani, Sturmfels, Thomas, arXiv:1309.0049.

    Examples
    --------
    >>> PolarDegrees(0, (3, 6, 12, 12, 6)).total
    39
    """

    first: int
    values: tuple[int, ...]

    @property
    def total(self) -> int:
        """Their sum, the generic ED degree of X."""
        return sum(self.values)

    @property
    def degree(self) -> int:
        """The last one, the degree of X."""
        return self.values[-1]

    @property
    def dimension(self) -> int:
        """Index of the last one, the projective dimension of X."""
        return self.first + len(self.values) - 1

    def optimization_degree(self, degree: SupportsIndex) -> int:
        """Return the number of critical points of a general polynomial on the affine cone over X.

        It is the sum of delta_i (p - 1)^(i + 1): that of Kubjas, Kuznetsova and Sodomaco for a
        general sum of p-th powers, whose leading form is as general as those of polynomials. No
        polynomial of degree p has more isolated critical points on the cone without its vertex.

        Parameters
        ----------
        degree : int
            Degree p of the polynomial, at least 2.

        Raises
        ------
        InputError
            If `degree` is not such an integer.

        References
        ----------
        Kubjas, Kuznetsova, Sodomaco, "Algebraic degree of optimization over a variety with an
        application to p-norm distance degree", arXiv:2105.07785.

        Examples
        --------
        >>> determinantal_polar_degrees(2, 2, 1).optimization_degree(4)
        78
        """
        p = check_size(degree, "degree", 2)
        return sum(
            int(value * (p - 1) ** (i + 1)) for i, value in enumerate(self.values, self.first)
        )

    def linear_section(self, codim: SupportsIndex) -> int:
        """Return the generic ED degree of a generic linear section of X.

        Parameters
        ----------
        codim : int
            Codimension of the linear space, at least 0.

        Returns
        -------
        int
            The sum without delta_0, ..., delta_(codim-1); 0 when the section is empty.

        Raises
        ------
        InputError
            If `codim` is not a nonnegative integer.

        Examples
        --------
        >>> determinantal_polar_degrees(3, 3, 1).linear_section(1)
        36
        """
        return sum(self.values[max(0, check_size(codim, "codim", 0) - self.first) :])

    def affine_section(self, codim: SupportsIndex) -> int:
        """Return the generic ED degree of a generic affine section of the affine cone over X.

        Parameters
        ----------
        codim : int
            Codimension of the affine space, which misses the origin; 0 is no section.

        Returns
        -------
        int
            The count of the linear section of codimension `codim` - 1.

        Raises
        ------
        InputError
            If `codim` is not a nonnegative integer.

        Examples
        --------
        >>> [determinantal_polar_degrees(3, 3, 1).affine_section(codim) for codim in (0, 1, 2)]
        [39, 39, 36]
        """
        return self.linear_section(max(0, check_size(codim, "codim", 0) - 1))


def determinantal_polar_degrees(
    rows: SupportsIndex, cols: SupportsIndex, rank: SupportsIndex
) -> PolarDegrees:
    """Return the polar degrees of the rows x cols matrices of rank <= rank.

    Determinantal form, derived from the resolution of the conormal variety over Gr(r, m) x Gr(r, n)
    and checked against torus localisation and Macaulay2 multidegrees, see
    :func:`edgeom.degrees.generating.minor_sums`. The first index is
    rank (|rows - cols| + rank) - 1.

    Examples
    --------
    >>> determinantal_polar_degrees(3, 4, 1)
    PolarDegrees(first=1, values=(6, 16, 27, 24, 10))
    """
    rows, cols = check_size(rows, "rows", 1), check_size(cols, "cols", 1)
    size = min(rows, cols)
    rank = check_size(rank, "rank", 1, size, f"min(rows, cols) = {size}")
    first = rank * (abs(rows - cols) + rank) - 1
    return PolarDegrees(first, polar_terms(partial(minor_sums, rows, cols), rank))


def symmetric_polar_degrees(n: SupportsIndex, rank: SupportsIndex) -> PolarDegrees:
    """Return the polar degrees of the symmetric n x n matrices of rank <= rank.

    They are the algebraic degrees of semidefinite programming, in the order of the dimension. The
    first index is C(rank + 1, 2) - 1.

    Examples
    --------
    >>> symmetric_polar_degrees(4, 2)
    PolarDegrees(first=2, values=(10, 30, 42, 30, 10))
    """
    n = check_size(n, "n", 1)
    rank = check_size(rank, "rank", 1, n, f"n = {n}")
    return PolarDegrees(comb(rank + 1, 2) - 1, polar_terms(partial(symmetric_sums, n), rank))


def skew_polar_degrees(n: SupportsIndex, rank: SupportsIndex) -> PolarDegrees:
    """Return the polar degrees of the skew-symmetric n x n matrices of rank <= rank, for n >= 2.

    Pfaffian form, derived from the resolution of the conormal variety over a Grassmannian; checked
    against torus localisation for n <= 9. The first index is C(rank + n mod 2, 2) - 1.

    Examples
    --------
    >>> skew_polar_degrees(6, 2)
    PolarDegrees(first=0, values=(3, 6, 12, 24, 48, 68, 66, 42, 14))
    """
    n = check_size(n, "n", 2)
    rank = even_rank(rank, 2, n)
    return PolarDegrees(comb(rank + n % 2, 2) - 1, polar_terms(partial(skew_sums, n), rank))


def hankel_polar_degrees(degree: SupportsIndex, rank: SupportsIndex) -> PolarDegrees:
    """Return the polar degrees of the binary forms of border rank <= rank (Hankel matrices).

    For degree d and rank r, 2 <= 2 r <= d, they are C(d-r+1, k) 2^(r-k) C(d-r-k, r-k) for
    k = 0, ..., r, with first index r - 1.

    Examples
    --------
    >>> hankel_polar_degrees(4, 2)
    PolarDegrees(first=1, values=(4, 6, 3))
    """
    degree = check_size(degree, "degree", 2)
    highest = degree // 2
    rank = check_size(rank, "rank", 1, highest, f"degree // 2 = {highest}")
    return PolarDegrees(rank - 1, hankel_terms(degree, rank))


def segre_veronese_polar_degrees(
    dims: Iterable[SupportsIndex], degrees: Iterable[SupportsIndex]
) -> PolarDegrees:
    """Return the polar degrees of a product of projective spaces embedded by O(d_1, ..., d_s).

    `dims` are the numbers of variables of the factors, so (3, 3) is P^2 x P^2, and `degrees` the
    d_i. For X smooth of dimension N, delta_i is the sum over j >= i of (-1)^(N-j) C(j+1, i+1) times
    the degree of the Chern class c_(N-j). The first index is positive when the dual variety is no
    hypersurface.

    Examples
    --------
    >>> segre_veronese_polar_degrees((2, 2, 4), (1, 1, 1))
    PolarDegrees(first=1, values=(12, 40, 68, 56, 20))
    """
    chern = chern_degrees(dims, degrees)
    top = len(chern) - 1
    values = [
        sum((-1) ** (top - j) * comb(j + 1, i + 1) * chern[j] for j in range(i, top + 1))
        for i in range(top + 1)
    ]
    first = next(i for i, value in enumerate(values) if value)
    return PolarDegrees(first, tuple(values[first:]))
