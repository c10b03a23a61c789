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
