"""ED degrees of general complete intersections."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod
from typing import SupportsIndex

from edgeom.errors import InputError, check_size, check_sizes

__all__ = ["complete_intersection_ed_degree", "optimization_degree"]


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
    degrees = check_sizes(degrees, "degrees")
    dimension = check_size(dimension, "dimension", 1)
    if dimension < len(degrees):
        raise InputError(
            f"dimension must be at least the number of equations = {len(degrees)}, got {dimension}"
        )
    return optimization_degree(2, degrees, dimension)


def optimization_degree(
    degree: SupportsIndex, degrees: Iterable[SupportsIndex], dimension: SupportsIndex
) -> int:
    """Return the number of critical points of a general polynomial on a complete intersection.

    It is the product of the degrees d_i of general equations times the complete homogeneous
    polynomial of degree N - c in p - 1, d_1 - 1, ..., d_c - 1. No other polynomial of degree p and
    no other equations of these degrees have more isolated critical points.

    Parameters
    ----------
    degree : int
        Degree p of the polynomial, at least 2.
    degrees : iterable of int
        Degrees d_1, ..., d_c of the equations, all at least 1; there may be none.
    dimension : int
        Dimension N of the surrounding affine space, at least c.

    Raises
    ------
    InputError
        If an entry is out of range or there are more equations than dimensions.

    References
    ----------
    Nie, Ranestad, "Algebraic degree of polynomial optimization", arXiv:0802.1233, Theorem 2.2.

    Examples
    --------
    >>> optimization_degree(4, [2], 3), optimization_degree(3, [3], 3), optimization_degree(4, [], 2)
    (26, 36, 9)
    """  # noqa: E501
    p = check_size(degree, "degree", 2)
    sizes = [check_size(d, "degrees", 1) for d in degrees]
    dimension = check_size(dimension, "dimension", 1)
    if dimension < len(sizes):
        raise InputError(
            f"dimension must be at least the number of equations = {len(sizes)}, got {dimension}"
        )
    sums = [int((p - 1) ** k) for k in range(dimension - len(sizes) + 1)]
    for d in sizes:
        for k in range(1, len(sums)):
            sums[k] += (d - 1) * sums[k - 1]
    return prod(sizes) * sums[-1]
