"""ED degrees of the matrices of bounded rank: general, symmetric, skew and Hankel.

Sizes are positive integers, and ranks integers from 0 to the largest one, that of a general matrix;
anything else is an InputError. `generic` counts are for a general quadratic form on the space of
matrices of the kind.

References
----------
Draisma, Horobet, Ottaviani, Sturmfels, Thomas, arXiv:1309.0049: ED degrees, polar degrees, Chern
classes. Ottaviani, Spaenlehauer, Sturmfels, arXiv:1311.2376: general and Hankel matrices. Nie,
Ranestad, Sturmfels, arXiv:math/0611562, and von Bothmer, Ranestad, arXiv:math/0701877: symmetric
matrices.
"""

from __future__ import annotations

from math import comb
from typing import SupportsIndex

from edgeom.degrees.generating import even_rank, hankel_terms, minor_sums, skew_sums, symmetric_sums
from edgeom.errors import check_size

__all__ = [
    "determinantal_ed_degree",
    "determinantal_generic_ed_degree",
    "determinantal_generic_ed_degrees",
    "hankel_generic_ed_degree",
    "rank_one_formula",
    "skew_ed_degree",
    "skew_generic_ed_degree",
    "symmetric_ed_degree",
    "symmetric_generic_ed_degree",
]


def determinantal_generic_ed_degrees(rows: SupportsIndex, cols: SupportsIndex) -> tuple[int, ...]:
    """Return the generic ED degrees of the matrices of rank <= r, for r = 0, ..., min(rows, cols).

    For m <= n, the coefficients of det(I + x U_0^T U_c), with c = n - m and U_c the m x m matrix of
    the numbers 2^(i-j) C(i+c, j+c). Determinantal form, derived from the resolution of the conormal
    variety over Gr(r, m) x Gr(r, n); checked against torus localisation and Macaulay2 multidegrees.

    Examples
    --------
    >>> determinantal_generic_ed_degrees(4, 4)
    (1, 284, 1350, 284, 1)
    """
    return minor_sums(check_size(rows, "rows", 1), check_size(cols, "cols", 1), 1)


def determinantal_generic_ed_degree(
    rows: SupportsIndex, cols: SupportsIndex, rank: SupportsIndex
) -> int:
    """Return the generic ED degree of the rows x cols matrices of rank <= rank.

    Examples
    --------
    >>> determinantal_generic_ed_degree(3, 3, 1)
    39
    """
    degrees = determinantal_generic_ed_degrees(rows, cols)
    highest = len(degrees) - 1
    return degrees[check_size(rank, "rank", 0, highest, f"min(rows, cols) = {highest}")]


def determinantal_ed_degree(rows: SupportsIndex, cols: SupportsIndex, rank: SupportsIndex) -> int:
    """Return the ED degree of the matrices of rank <= rank for the Frobenius norm (Eckart-Young).

    C(min(rows, cols), rank): a critical point keeps `rank` of the singular values.

    Examples
    --------
    >>> determinantal_ed_degree(4, 5, 2)
    6
    """
    size = min(check_size(rows, "rows", 1), check_size(cols, "cols", 1))
    return comb(size, check_size(rank, "rank", 0, size, f"min(rows, cols) = {size}"))


def rank_one_formula(rows: SupportsIndex, cols: SupportsIndex) -> int:
    """Return the generic ED degree of the rank-one matrices by the sum for P^m x P^n.

    The formula is commonly printed with the projective dimensions m and n, as the sum over
    s = 0, ..., m+n of (-1)^s (2^(m+n+1-s) - 1) (m+n-s)! times the sum over i + j = s of
    C(m+1, i) C(n+1, j) / ((m-i)! (n-j)!). Printed at (m, n), it counts for matrices of size
    (m+1) x (n+1). This function takes the size of the matrices and shifts: m = rows - 1 and
    n = cols - 1, so 39 = `rank_one_formula(3, 3)` is the printed formula at m = n = 2.

    Examples
    --------
    >>> rank_one_formula(4, 4)
    284
    """
    m, n = check_size(rows, "rows", 1) - 1, check_size(cols, "cols", 1) - 1
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

    Examples
    --------
    >>> [symmetric_generic_ed_degree(4, rank) for rank in range(5)]
    [1, 40, 122, 40, 1]
    """
    n = check_size(n, "n", 1)
    return symmetric_sums(n, 1)[check_size(rank, "rank", 0, n, f"n = {n}")]


def symmetric_ed_degree(n: SupportsIndex, rank: SupportsIndex) -> int:
    """Return the ED degree of the symmetric matrices of rank <= rank for the Frobenius norm.

    C(n, rank): a critical point keeps `rank` of the eigenvalues.

    Examples
    --------
    >>> symmetric_ed_degree(4, 2)
    6
    """
    n = check_size(n, "n", 1)
    return comb(n, check_size(rank, "rank", 0, n, f"n = {n}"))


def skew_generic_ed_degree(n: SupportsIndex, rank: SupportsIndex) -> int:
    """Return the generic ED degree of the skew-symmetric n x n matrices of an even rank <= rank.

    Pfaffian form, derived from the resolution of the conormal variety over a Grassmannian; checked
    against torus localisation for n <= 9.

    Examples
    --------
    >>> [skew_generic_ed_degree(8, rank) for rank in (2, 4, 6)]
    [13108, 108582, 13108]
    """
    n = check_size(n, "n", 1)
    return skew_sums(n, 1)[even_rank(rank, 0, n)]


def skew_ed_degree(n: SupportsIndex, rank: SupportsIndex) -> int:
    """Return the ED degree of the skew-symmetric matrices of rank <= rank for the Frobenius norm.

    C(n // 2, rank / 2): singular values come in pairs, and a critical point keeps `rank / 2` of the
    pairs. At a smooth point X the residual annihilates the image of X, so general data U = X + N
    has the image of X as an invariant space; U^T U has n // 2 different nonzero eigenvalues, each
    twice, whose eigenspaces are the ones to be kept.

    Examples
    --------
    >>> [skew_ed_degree(7, rank) for rank in (0, 2, 4, 6)]
    [1, 3, 3, 1]
    """
    n = check_size(n, "n", 1)
    return comb(n // 2, even_rank(rank, 0, n) // 2)


def hankel_generic_ed_degree(degree: SupportsIndex, rank: SupportsIndex) -> int:
    """Return the generic ED degree of the binary forms of one degree and border rank <= rank.

    They are the Hankel matrices of rank <= rank, in other words the secant variety of the rational
    normal curve of degree d. With r the rank, 0 <= 2 r <= d, the count is the sum over
    k = 0, ..., r of C(d-r+1, k) 2^(r-k) C(d-r-k, r-k).

    Examples
    --------
    >>> [hankel_generic_ed_degree(4, rank) for rank in (1, 2)]
    [10, 13]
    """
    degree = check_size(degree, "degree", 1)
    highest = degree // 2
    rank = check_size(rank, "rank", 0, highest, f"degree // 2 = {highest}")
    return sum(hankel_terms(degree, rank))
