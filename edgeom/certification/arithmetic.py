"""Boxes of balls, and bounds of balls as doubles."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "SLACK",
    "UNDERFLOW",
    "box_around",
    "defect_of",
    "modulus",
    "root_radii",
    "upper",
]

SLACK = 1 + 1e-10  # more than all roundings in a handful of positive terms
UNDERFLOW = 2.0**-1070  # more than what they and conversions to doubles lose by underflow


def modulus(value: Any) -> float:
    """Return a modulus to double precision, 0 where it underflows."""
    return float(value.abs_upper())


def upper(value: Any) -> float:
    """Return an upper bound of a modulus, also where it underflows."""
    return modulus(value) * SLACK + UNDERFLOW


def box_around(m: list[Any], radii: NDArray[np.float64]) -> list[Any]:
    """Return boxes that contain the discs with these radii."""
    from flint import acb, arb

    return [
        acb(arb(v.real.mid(), float(r)), arb(v.imag.mid(), float(r)))
        for v, r in zip((acb(v) for v in m), radii, strict=True)
    ]


def defect_of(inverse: Any, matrix: Any) -> NDArray[np.float64]:
    """Return upper bounds of the moduli of the entries of 1 - Y J."""
    from flint import acb_mat

    size = inverse.nrows()
    one = acb_mat([[int(i == j) for j in range(size)] for i in range(size)])
    rest = one - inverse * matrix
    return np.array([upper(v) for v in rest.entries()]).reshape(size, size)


def root_radii(
    defect: NDArray[np.float64], correction: NDArray[np.float64], radii: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the radii (points, N) of smaller boxes around the one solution in each box.

    They are NaN where the test fails.

    Parameters
    ----------
    defect : array (points, N, N)
        Upper bounds of the moduli of the entries of 1 - Y J(B).
    correction, radii : arrays (points, N)
        Upper bounds of those of Y F(m), and the radii of B.
    """
    # of radii that are not tiny less is lost by underflow than is added
    rows = np.einsum("pij,pj->pi", defect, radii) / radii
    contraction = rows.max(axis=1) * SLACK + 1e-30
    offset = (correction / radii).max(axis=1) * SLACK + 1e-290
    proved = (contraction < 0.5) & (offset + contraction < 1) & (radii.min(axis=1) > 1e-280)
    share = np.where(proved, offset / (1 - contraction) * SLACK, np.nan)
    return np.asarray(share[:, None] * radii + UNDERFLOW)
