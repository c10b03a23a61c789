"""Exact ED degrees by formula: determinantal, tensor and complete intersection varieties.

The *generic* ED degree counts the complex critical points of the squared distance for a generic
quadratic form. It is the sum of the polar degrees of the projective variety, so most generic counts
are the generating functions of :mod:`edgeom.degrees.polar` at t = 1. The other counts belong to one
special metric, named in the docstring. Sizes of matrices and numbers of variables are affine: rank
one in size 3 x 3 is P^2 x P^2.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import comb, prod
from typing import SupportsIndex

import numpy as np
import numpy.typing as npt

from edgeom.degrees.polar import (
    checked_int,
    checked_ints,
    chern_degrees,
    even_rank,
    hankel_terms,
    minor_sums,
    skew_sums,
    symmetric_sums,
)
from edgeom.errors import InputError

__all__ = [
    "complete_intersection_ed_degree",
    "determinantal_ed_degree",
    "determinantal_generic_ed_degree",
    "determinantal_generic_ed_degrees",
    "hankel_generic_ed_degree",
    "rank_one_formula",
    "segre_ed_degree",
    "segre_generic_ed_degree",
    "segre_veronese_generic_ed_degree",
    "skew_generic_ed_degree",
    "symmetric_ed_degree",
    "symmetric_generic_ed_degree",
    "veronese_ed_degree",
    "veronese_generic_ed_degree",
]


def determinantal_generic_ed_degrees(rows: SupportsIndex, cols: SupportsIndex) -> tuple[int, ...]:
    """Return the generic ED degrees of the matrices of rank <= r, for every r at once.

    For m <= n, the coefficients of det(I + x U_0^T U_c), with c = n - m and U_c the m x m matrix of
    the numbers 2^(i-j) C(i+c, j+c). Determinantal form, derived from the resolution of the conormal
    variety over Gr(r, m) x Gr(r, n); checked against torus localisation and Macaulay2 multidegrees.

    Parameters
    ----------
    rows, cols : int
        Size of the matrices, both at least 1.

    Returns
    -------
    tuple of int
        Entry r belongs to rank <= r, for r = 0, ..., min(rows, cols).

    Raises
    ------
    InputError
        If a size is not a positive integer.

    References
    ----------
    Ottaviani, Spaenlehauer, Sturmfels, arXiv:1311.2376, for the varieties and their polar degrees.

    Examples
    --------
    >>> determinantal_generic_ed_degrees(4, 4)
    (1, 284, 1350, 284, 1)
    """
    return minor_sums(checked_int("rows", rows, 1), checked_int("cols", cols, 1), 1)


def determinantal_generic_ed_degree(
    rows: SupportsIndex, cols: SupportsIndex, rank: SupportsIndex
) -> int:
    """Return the generic ED degree of the rows x cols matrices of rank <= rank.

    Parameters
    ----------
    rows, cols, rank : int
        Size of the matrices, and 0 <= rank <= min(rows, cols).

    Returns
    -------
    int
        One entry of :func:`determinantal_generic_ed_degrees`.

    Raises
    ------
    InputError
        If a size is not a positive integer or the rank is out of range.

    References
    ----------
    Ottaviani, Spaenlehauer, Sturmfels, arXiv:1311.2376.

    Examples
    --------
    >>> determinantal_generic_ed_degree(3, 3, 1)
    39
    """
    degrees = determinantal_generic_ed_degrees(rows, cols)
    return degrees[checked_int("rank", rank, 0, len(degrees) - 1, "min(rows, cols)")]


def determinantal_ed_degree(rows: SupportsIndex, cols: SupportsIndex, rank: SupportsIndex) -> int:
    """Return the ED degree of the matrices of rank <= rank for the Frobenius norm (Eckart-Young).

    Parameters
    ----------
    rows, cols, rank : int
        Size of the matrices, and 0 <= rank <= min(rows, cols).

    Returns
    -------
    int
        C(min(rows, cols), rank): a critical point keeps `rank` of the singular values.

    Raises
    ------
    InputError
        If a size is not a positive integer or the rank is out of range.

    References
    ----------
    Draisma, Horobet, Ottaviani, Sturmfels, Thomas, arXiv:1309.0049.

    Examples
    --------
    >>> determinantal_ed_degree(4, 5, 2)
    6
    """
    size = min(checked_int("rows", rows, 1), checked_int("cols", cols, 1))
    return comb(size, checked_int("rank", rank, 0, size, "min(rows, cols)"))


def rank_one_formula(rows: SupportsIndex, cols: SupportsIndex) -> int:
    """Return the generic ED degree of the rank-one matrices by the sum for P^m x P^n.

    The formula is commonly printed with the projective dimensions m and n, as the sum over
    s = 0, ..., m+n of (-1)^s (2^(m+n+1-s) - 1) (m+n-s)! times the sum over i + j = s of
    C(m+1, i) C(n+1, j) / ((m-i)! (n-j)!). Printed at (m, n), it counts for matrices of size
    (m+1) x (n+1). This function takes the size of the matrices and shifts: m = rows - 1 and
    n = cols - 1, so 39 = `rank_one_formula(3, 3)` is the printed formula at m = n = 2.

    Parameters
    ----------
    rows, cols : int
        Size of the matrices, both at least 1.

    Returns
    -------
    int
        The same number as :func:`determinantal_generic_ed_degree` at rank 1.

    Raises
    ------
    InputError
        If a size is not a positive integer.

    References
    ----------
    Draisma, Horobet, Ottaviani, Sturmfels, Thomas, arXiv:1309.0049 (Chern classes and polar
    degrees of a smooth projective variety).

    Examples
    --------
    >>> rank_one_formula(4, 4)
    284
    """
    m, n = checked_int("rows", rows, 1) - 1, checked_int("cols", cols, 1) - 1
    # (m+n-i-j)! / ((m-i)! (n-j)!) is a binomial coefficient.
    return sum(
        (-1) ** (i + j)
        * (2 ** (m + n + 1 - i - j) - 1)
        * comb(m + n - i - j, m - i)
        * comb(m + 1, i)
        * comb(n + 1, j)
        for i in range(m + 1)
        for j in range(n + 1)
    )


def symmetric_generic_ed_degree(n: SupportsIndex, rank: SupportsIndex) -> int:
    """Return the generic ED degree of the symmetric n x n matrices of rank <= rank.

    The sum of the algebraic degrees of semidefinite programming over all dimensions. It is computed
    in polynomial time, as a coefficient of one Pfaffian.

    Parameters
    ----------
    n, rank : int
        Size of the matrices, and 0 <= rank <= n.

    Returns
    -------
    int
        ED degree for a generic quadratic form on the space of symmetric matrices.

    Raises
    ------
    InputError
        If the size is not a positive integer or the rank is out of range.

    References
    ----------
    Nie, Ranestad, Sturmfels, arXiv:math/0611562; von Bothmer, Ranestad, arXiv:math/0701877.

    Examples
    --------
    >>> [symmetric_generic_ed_degree(4, rank) for rank in range(5)]
    [1, 40, 122, 40, 1]
    """
    n = checked_int("n", n, 1)
    return symmetric_sums(n, 1)[checked_int("rank", rank, 0, n, "n")]


def symmetric_ed_degree(n: SupportsIndex, rank: SupportsIndex) -> int:
    """Return the ED degree of the symmetric matrices of rank <= rank for the Frobenius norm.

    Parameters
    ----------
    n, rank : int
        Size of the matrices, and 0 <= rank <= n.

    Returns
    -------
    int
        C(n, rank): a critical point keeps `rank` of the eigenvalues.

    Raises
    ------
    InputError
        If the size is not a positive integer or the rank is out of range.

    References
    ----------
    Draisma, Horobet, Ottaviani, Sturmfels, Thomas, arXiv:1309.0049.

    Examples
    --------
    >>> symmetric_ed_degree(4, 2)
    6
    """
    n = checked_int("n", n, 1)
    return comb(n, checked_int("rank", rank, 0, n, "n"))


def skew_generic_ed_degree(n: SupportsIndex, rank: SupportsIndex) -> int:
    """Return the generic ED degree of the skew-symmetric n x n matrices of rank <= rank.

    Pfaffian form, derived from the resolution of the conormal variety over a Grassmannian; checked
    against torus localisation for n <= 9.

    Parameters
    ----------
    n, rank : int
        Size of the matrices, and an even rank, 0 <= rank <= n.

    Returns
    -------
    int
        ED degree for a generic quadratic form on the space of skew-symmetric matrices.

    Raises
    ------
    InputError
        If the size is not a positive integer or the rank is odd or out of range.

    References
    ----------
    Draisma, Horobet, Ottaviani, Sturmfels, Thomas, arXiv:1309.0049 (polar degrees).

    Examples
    --------
    >>> [skew_generic_ed_degree(8, rank) for rank in (2, 4, 6)]
    [13108, 108582, 13108]
    """
    n = checked_int("n", n, 1)
    return skew_sums(n, 1)[even_rank(rank, 0, n)]


def hankel_generic_ed_degree(degree: SupportsIndex, rank: SupportsIndex) -> int:
    """Return the generic ED degree of the binary forms of one degree and border rank <= rank.

    They are the Hankel matrices of rank <= rank, in other words the secant variety of the rational
    normal curve of degree d. With r the rank, the count is the sum over k = 0, ..., r of
    C(d-r+1, k) 2^(r-k) C(d-r-k, r-k).

    Parameters
    ----------
    degree, rank : int
        Degree of the binary forms, and 0 <= 2 rank <= degree.

    Returns
    -------
    int
        ED degree for a generic quadratic form in the degree + 1 coefficients.

    Raises
    ------
    InputError
        If the degree is not a positive integer or the rank is out of range.

    References
    ----------
    Ottaviani, Spaenlehauer, Sturmfels, arXiv:1311.2376 (Hankel matrices).

    Examples
    --------
    >>> [hankel_generic_ed_degree(4, rank) for rank in (1, 2)]
    [10, 13]
    """
    degree = checked_int("degree", degree, 1)
    return sum(hankel_terms(degree, checked_int("rank", rank, 0, degree // 2, "degree // 2")))


def segre_veronese_generic_ed_degree(
    dims: Iterable[SupportsIndex], degrees: Iterable[SupportsIndex]
) -> int:
    """Return the generic ED degree of a Segre-Veronese variety, Segre and Veronese included.

    Parameters
    ----------
    dims : iterable of int
        Number of variables of each factor: dims = (3, 3) is P^2 x P^2.
    degrees : iterable of int
        Degree of the embedding in each factor, all at least 1.

    Returns
    -------
    int
        The sum over j of (-1)^(N-j) (2^(j+1) - 1) deg c_(N-j), where N is the dimension of the
        product of projective spaces and c its Chern classes.

    Raises
    ------
    InputError
        If an entry is not a positive integer or the lengths differ.

    References
    ----------
    Draisma, Horobet, Ottaviani, Sturmfels, Thomas, arXiv:1309.0049 (smooth projective varieties).

    Examples
    --------
    >>> segre_veronese_generic_ed_degree((3, 3), (1, 1)), segre_veronese_generic_ed_degree([3], [2])
    (39, 13)
    """
    chern = chern_degrees(dims, degrees)
    top = len(chern) - 1
    return sum((-1) ** (top - j) * (2 ** (j + 1) - 1) * chern[j] for j in range(top + 1))


def segre_generic_ed_degree(dims: Iterable[SupportsIndex]) -> int:
    """Return the generic ED degree of the rank-one tensors of a given format.

    Parameters
    ----------
    dims : iterable of int
        Format of the tensors: dims = (2, 2, 2) is the product of three projective lines.

    Returns
    -------
    int
        ED degree for a generic quadratic form on the space of tensors.

    Raises
    ------
    InputError
        If `dims` is empty or an entry is not a positive integer.

    References
    ----------
    Draisma, Horobet, Ottaviani, Sturmfels, Thomas, arXiv:1309.0049.

    Examples
    --------
    >>> segre_generic_ed_degree((2, 2, 2))
    34
    """
    dims = checked_ints("dims", dims)
    return segre_veronese_generic_ed_degree(dims, [1] * len(dims))


def veronese_generic_ed_degree(n_variables: SupportsIndex, degree: SupportsIndex) -> int:
    """Return the generic ED degree of the powers of linear forms (rank-one symmetric tensors).

    Parameters
    ----------
    n_variables, degree : int
        Number of variables and degree of the power, both at least 1.

    Returns
    -------
    int
        ED degree for a generic quadratic form on the space of homogeneous polynomials.

    Raises
    ------
    InputError
        If an argument is not a positive integer.

    References
    ----------
    Draisma, Horobet, Ottaviani, Sturmfels, Thomas, arXiv:1309.0049.

    Examples
    --------
    >>> veronese_generic_ed_degree(2, 3)
    7
    """
    n_variables = checked_int("n_variables", n_variables, 1)
    return segre_veronese_generic_ed_degree([n_variables], [checked_int("degree", degree, 1)])


def segre_ed_degree(dims: Iterable[SupportsIndex]) -> int:
    """Return the ED degree of the rank-one tensors for the Frobenius norm (singular vector tuples).

    The coefficient of the product of all z_i^(n_i - 1) in the product over i of
    (y_i^(n_i) - z_i^(n_i)) / (y_i - z_i), where y_i is the sum of the other z_j.

    Parameters
    ----------
    dims : iterable of int
        Format n_1, ..., n_s of the tensors: dims = (2, 2, 2) is the product of three lines.

    Returns
    -------
    int
        Number of singular vector tuples of a generic tensor.

    Raises
    ------
    InputError
        If `dims` is empty or an entry is not a positive integer.

    References
    ----------
    Friedland, Ottaviani, arXiv:1210.8316.

    Examples
    --------
    >>> [segre_ed_degree(dims) for dims in ((2, 2, 2), (2, 2, 3), (3, 3, 3))]
    [6, 8, 37]
    """
    dims = checked_ints("dims", dims)
    # An array of coefficients, cut off above the wanted exponents: z_i acts as a shift.
    product = np.zeros(dims, dtype=object)
    product.flat[0] = 1
    for i, size in enumerate(dims):
        power = total = product
        for _ in range(size - 1):
            power = _shift(power, i)
            total = power + sum(_shift(total, j) for j in range(len(dims)) if j != i)
        product = total
    return int(product.flat[-1])


def veronese_ed_degree(n_variables: SupportsIndex, degree: SupportsIndex) -> int:
    """Return the ED degree of the powers of linear forms for the Bombieri-Weyl metric.

    Parameters
    ----------
    n_variables, degree : int
        Number n of variables and degree d of the power, both at least 1.

    Returns
    -------
    int
        ((d-1)^n - 1) / (d-2), which is n for d = 2: the eigenvectors of a generic symmetric tensor.

    Raises
    ------
    InputError
        If an argument is not a positive integer.

    References
    ----------
    Cartwright, Sturmfels, arXiv:1004.4953.

    Examples
    --------
    >>> veronese_ed_degree(3, 2), veronese_ed_degree(3, 3)
    (3, 7)
    """
    degree = checked_int("degree", degree, 1)
    return sum((degree - 1) ** i for i in range(checked_int("n_variables", n_variables, 1)))


def complete_intersection_ed_degree(
    degrees: Iterable[SupportsIndex], dimension: SupportsIndex
) -> int:
    """Return the ED degree of a general complete intersection, affine in C^N or projective in P^N.

    It is the product of the degrees d_i times the sum of the products of (d_i - 1)^(k_i) over
    k_1 + ... + k_c <= N - c. A smooth projective complete intersection with special equations has
    it as generic ED degree, and its ED degree for a special metric is at most that.

    Parameters
    ----------
    degrees : iterable of int
        Degrees d_1, ..., d_c of the equations, all at least 1.
    dimension : int
        Dimension N of the surrounding space, at least c.

    Returns
    -------
    int
        Number of complex critical points for general equations and any nondegenerate metric.

    Raises
    ------
    InputError
        If an entry is not a positive integer or there are more equations than dimensions.

    References
    ----------
    Draisma, Horobet, Ottaviani, Sturmfels, Thomas, arXiv:1309.0049.

    Examples
    --------
    >>> complete_intersection_ed_degree([2], 2), complete_intersection_ed_degree([2, 3], 3)
    (4, 24)
    """
    degrees = checked_ints("degrees", degrees)
    dimension = checked_int("dimension", dimension, 1)
    if dimension < len(degrees):
        raise InputError(
            f"dimension must be at least the number of equations = {len(degrees)}, got {dimension}"
        )
    # The sum is the complete homogeneous polynomial of degree N - c in 1, d_1 - 1, ..., d_c - 1.
    sums = [1] * (dimension - len(degrees) + 1)
    for degree in degrees:
        for k in range(1, len(sums)):
            sums[k] += (degree - 1) * sums[k - 1]
    return prod(degrees) * sums[-1]


def _shift(array: npt.NDArray[np.object_], axis: int) -> npt.NDArray[np.object_]:
    """Move the entries one step up along an axis, with zeros entering and the last ones lost."""
    shifted = np.roll(array, 1, axis)
    shifted[(slice(None),) * axis + (0,)] = 0
    return shifted
