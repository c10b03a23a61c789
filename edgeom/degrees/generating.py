"""What the generic ED degrees and the polar degrees are computed from.

For matrices the polar degrees are the coefficients in t of a determinant or Pfaffian. The functions
`..._sums` take the value of t and return one number for every rank: t = 1 gives the sum of the
polar degrees, and t a power of two larger than the sum gives every one of them as one digit of an
integer, see :func:`polar_terms`. For products of projective spaces they come from Chern classes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import dropwhile
from math import comb, isqrt
from typing import SupportsIndex

from edgeom.errors import InputError, check_size, check_sizes
from edgeom.limits import check_cost

__all__ = [
    "chern_degrees",
    "even_rank",
    "hankel_terms",
    "minor_sums",
    "polar_terms",
    "product_degrees",
    "skew_sums",
    "symmetric_sums",
]

FAR = 10**9  # beyond it costs are as good as infinite


def minor_sums(rows: int, cols: int, t: int) -> tuple[int, ...]:
    """Coefficients in x of det(I + x U_0(t)^T U_c(t)), where U_c(t) is lower triangular.

    For m <= n and c = n - m, U_c(t) is the m x m matrix of C(i+c, j+c) (1+t)^(i-j) t^j. The
    coefficient of x^r is t^(r(r-1)) times the generating function of the polar degrees.
    """
    from flint import fmpz_mat

    m, n = sorted((rows, cols))
    seconds = 2.2 * (min(m, FAR) / 100) ** 5  # measured for 50 to 100
    check_cost(f"the exact count for {rows}×{cols} matrices", seconds)
    powers = [[(1 + t) ** (i - j) * t**j if j <= i else 0 for j in range(m)] for i in range(m)]
    left, right = (
        fmpz_mat([[comb(i + c, j + c) * powers[i][j] for j in range(m)] for i in range(m)])
        for c in (0, n - m)
    )
    coefficients = (left.transpose() * right).charpoly().coeffs()
    return tuple((-1) ** r * int(a) for r, a in enumerate(reversed(coefficients)))


def symmetric_sums(n: int, t: int) -> tuple[int, ...]:
    """Coefficient of x^r: t^C(r, 2) times the generating function for rank <= r."""
    return _pfaffian_sums(
        n,
        t,
        pair=lambda a, b: sum(comb(a + b, k) for k in range(a + 1, b + 1)),
        single=lambda a: 2**a,
    )


def skew_sums(n: int, t: int) -> tuple[int, ...]:
    """Coefficient of x^r, r even: a power of t times the generating function for rank <= r."""
    return _pfaffian_sums(
        n,
        t,
        pair=lambda a, b: comb(a + b, a) * (b - a) // (a + b),
        single=lambda a: int(a == 0),
    )


def even_rank(rank: SupportsIndex, low: int, n: int) -> int:
    """Return the rank of a skew-symmetric n x n matrix as an int."""
    rank = check_size(rank, "rank", low, n, f"n = {n}")
    if rank % 2:
        raise InputError(f"rank must be even for skew-symmetric matrices, got {rank}")
    return rank


def polar_terms(sums: Callable[[int], Sequence[int]], rank: int) -> tuple[int, ...]:
    """Polar degrees from their generating function, from the first one that is not zero on."""
    bits = sums(1)[rank].bit_length()
    digits = _digits(sums(1 << bits)[rank], bits)
    return tuple(dropwhile(lambda digit: digit == 0, digits))


def hankel_terms(degree: int, rank: int) -> tuple[int, ...]:
    """Nonzero polar degrees of the binary forms of border rank <= rank."""
    c = degree - rank
    return tuple(comb(c + 1, k) * 2 ** (rank - k) * comb(c - k, rank - k) for k in range(rank + 1))


def chern_degrees(
    dims: Iterable[SupportsIndex], degrees: Iterable[SupportsIndex]
) -> tuple[int, ...]:
    """Integrals of c_(N-j) h^j over the product X of projective spaces, j = 0, ..., N = dim X."""
    dims = check_sizes(dims, "dims")
    return product_degrees(dims, degrees, [[comb(n, i) for i in range(n)] for n in dims])


def product_degrees(
    dims: Iterable[SupportsIndex],
    degrees: Iterable[SupportsIndex],
    classes: Sequence[Sequence[int]],
) -> tuple[int, ...]:
    """Integrals of γ h^j over a product of projective spaces, for a product γ of classes.

    Parameters
    ----------
    dims, degrees : iterables of int
        Numbers of variables of the factors, and the coefficients of h in their hyperplane classes.
    classes : sequence of sequences of int
        Coefficients of the powers of the hyperplane class of each factor.
    """
    dims, degrees = check_sizes(dims, "dims"), check_sizes(degrees, "degrees")
    if len(dims) != len(degrees):
        raise InputError(
            f"dims and degrees must have the same length, got {len(dims)} and {len(degrees)}"
        )
    total = [1]
    for size, degree, own in zip(dims, degrees, classes, strict=True):
        factor = [own[size - 1 - j] * degree**j for j in range(size)]
        product = [0] * (len(total) + size - 1)
        for a, x in enumerate(total):
            for b, y in enumerate(factor):
                product[a + b] += comb(a + b, a) * x * y
        total = product
    return tuple(total)


def _pfaffian_sums(
    n: int, t: int, pair: Callable[[int, int], int], single: Callable[[int], int]
) -> tuple[int, ...]:
    """Coefficients in x of the sum over I of x^|I| t^(sum of I) psi(I) psi(complement of I).

    I runs over the subsets of {0, ..., n-1}. The number psi(I) >= 0 is a coefficient of a Segre
    class of the bundle of symmetric (or skew) forms on a Grassmannian: the Pfaffian of the
    pair(a, b), bordered by single(a) when |I| is odd. The expansion of the Pfaffian of a sum of two
    matrices turns the sum over I into one Pfaffian, with entries pair(a, b) (1 - x_a x_b) for
    x_a = x (-t)^a. The border is one row for n odd, where one of the two sets is odd, and two rows
    for n even. The Pfaffian is positive at x, t > 0, hence the root of the determinant.
    """
    from flint import fmpz_mat

    seconds = 6 * (min(n, FAR) / 60) ** 5  # measured for 60
    check_cost(f"the exact count for {n}×{n} matrices", seconds)

    def pfaffian(x: int) -> int:
        weights = [x * (-t) ** a for a in range(n)]
        signs = [[1 + w for w in weights]] if n % 2 else [[-w for w in weights], [1] * n]
        border = len(signs)
        matrix = [[0] * (border + n) for _ in range(border + n)]
        if border == 2:
            matrix[0][1] = 1
        for a in range(n):
            for row, sign in enumerate(signs):
                matrix[row][border + a] = sign[a] * single(a)
            for b in range(a + 1, n):
                matrix[border + a][border + b] = pair(a, b) * (1 - weights[a] * weights[b])
        upper = fmpz_mat(matrix)
        return isqrt(int((upper - upper.transpose()).det()))

    bits = pfaffian(1).bit_length()
    return _digits(pfaffian(1 << bits), bits)


def _digits(number: int, bits: int) -> tuple[int, ...]:
    """Digits in base 2^bits, the lowest first."""
    mask = (1 << bits) - 1
    return tuple((number >> shift) & mask for shift in range(0, number.bit_length(), bits))
