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
from typing import SupportsIndex

import numpy as np
import numpy.typing as npt

from edgeom.degrees.generating import chern_degrees
from edgeom.errors import check_size, check_sizes

__all__ = [
    "segre_ed_degree",
    "segre_generic_ed_degree",
    "segre_veronese_generic_ed_degree",
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


def _shift(array: npt.NDArray[np.object_], axis: int) -> npt.NDArray[np.object_]:
    """Move the entries one step up along an axis, with zeros entering and the last ones lost."""
    shifted = np.roll(array, 1, axis)
    shifted[(slice(None),) * axis + (0,)] = 0
    return shifted
