"""ED degrees of rank-one tensors: Segre, Veronese and Segre-Veronese varieties.

`dims` is the format of the tensors, the number of variables of each factor: (2, 2, 2) is the
product of three projective lines. Formats, numbers of variables and degrees are positive integers,
anything else is an InputError. `generic` counts are for a general quadratic form on the space of
tensors.

References
----------
Draisma, Horobet, Ottaviani, Sturmfels, Thomas, arXiv:1309.0049: smooth projective varieties.
Friedland, Ottaviani, arXiv:1210.8316: singular vector tuples. Cartwright, Sturmfels,
arXiv:1004.4953: eigenvectors of symmetric tensors.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import comb
from typing import SupportsIndex

import numpy as np
import numpy.typing as npt

from edgeom.degrees.generating import chern_degrees, product_degrees
from edgeom.errors import check_size, check_sizes

__all__ = [
    "segre_ed_degree",
    "segre_generic_ed_degree",
    "segre_veronese_generic_ed_degree",
    "segre_veronese_power_degree",
    "veronese_ed_degree",
    "veronese_generic_ed_degree",
]


def segre_veronese_generic_ed_degree(
    dims: Iterable[SupportsIndex], degrees: Iterable[SupportsIndex]
) -> int:
    """Return the generic ED degree of a Segre-Veronese variety, Segre and Veronese included.

    With `degrees` those of the embedding in each factor, it is the sum over j of
    (-1)^(N-j) (2^(j+1) - 1) deg c_(N-j), where N is the dimension of the product of projective
    spaces and c its Chern classes.

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

    Examples
    --------
    >>> segre_generic_ed_degree((2, 2, 2))
    34
    """
    dims = check_sizes(dims, "dims")
    return segre_veronese_generic_ed_degree(dims, [1] * len(dims))


def veronese_generic_ed_degree(n_variables: SupportsIndex, degree: SupportsIndex) -> int:
    """Return the generic ED degree of the powers of linear forms (rank-one symmetric tensors).

    Examples
    --------
    >>> veronese_generic_ed_degree(2, 3)
    7
    """
    n_variables = check_size(n_variables, "n_variables", 1)
    return segre_veronese_generic_ed_degree([n_variables], [check_size(degree, "degree", 1)])


def segre_ed_degree(dims: Iterable[SupportsIndex]) -> int:
    """Return the ED degree of the rank-one tensors for the Frobenius norm (singular vector tuples).

    For the format n_1, ..., n_s, the coefficient of the product of all z_i^(n_i - 1) in the product
    over i of (y_i^(n_i) - z_i^(n_i)) / (y_i - z_i), where y_i is the sum of the other z_j.

    Examples
    --------
    >>> [segre_ed_degree(dims) for dims in ((2, 2, 2), (2, 2, 3), (3, 3, 3))]
    [6, 8, 37]
    """
    dims = check_sizes(dims, "dims")
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

    ((d-1)^n - 1) / (d-2) for degree d in n variables, which is n for d = 2: the eigenvectors of a
    generic symmetric tensor.

    Examples
    --------
    >>> veronese_ed_degree(3, 2), veronese_ed_degree(3, 3)
    (3, 7)
    """
    degree = check_size(degree, "degree", 1)
    return sum((degree - 1) ** i for i in range(check_size(n_variables, "n_variables", 1)))


def segre_veronese_power_degree(
    dims: Iterable[SupportsIndex], degrees: Iterable[SupportsIndex], power: SupportsIndex
) -> int:
    """Return the number of critical points of a sum of powers on a Segre-Veronese cone, 0 excluded.

    The cone over X, a product of projective spaces, consists of the products of forms l_i^d_i, and
    the leading form of the objective is the product of the (Σ_k l_ik^p)^d_i: unit weights on a
    Segre variety, those of the Bombieri-Weyl norm on a Veronese variety. With the hyperplane class
    h and the divisor D where that form is 0 the number is, with M = dim X,

        (-1)^M ∫ ((p-1) c(X) + c_SM(X - D)) / (1 + (p-1) h) - c(X) / (1 + h)

    for general terms of lower degrees, and a bound for any others (docs/explanation/losses.md).

    Parameters
    ----------
    dims, degrees : iterables of int
        Numbers of variables of the factors, and degrees of the embedding.
    power : int
        p, at least 2. For p = 2 these are ED degrees.

    Examples
    --------
    >>> [segre_veronese_power_degree(dims, (1, 1), 4) for dims in ((2, 2), (2, 3), (3, 3))]
    [62, 250, 1393]
    >>> segre_veronese_power_degree([3], [3], 2), veronese_ed_degree(3, 3)
    (7, 7)
    """
    dims, p = check_sizes(dims, "dims"), check_size(power, "power", 2)
    whole = product_degrees(dims, degrees, [[comb(n, i) for i in range(n)] for n in dims])
    without = [
        [sum(comb(n, i) * (-p) ** (k - i) for i in range(k + 1)) for k in range(n)] for n in dims
    ]
    rest = product_degrees(dims, degrees, without)
    total = sum(
        (1 - p) ** j * ((p - 1) * a + b) - (-1) ** j * a
        for j, (a, b) in enumerate(zip(whole, rest, strict=True))
    )
    return int((-1) ** (len(whole) - 1) * total)


def _shift(array: npt.NDArray[np.object_], axis: int) -> npt.NDArray[np.object_]:
    """Move the entries one step up along an axis, with zeros entering and the last ones lost."""
    shifted = np.roll(array, 1, axis)
    shifted[(slice(None),) * axis + (0,)] = 0
    return shifted
