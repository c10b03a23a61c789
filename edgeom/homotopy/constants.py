"""The numbers of a program: kept exact until an arithmetic is chosen."""

from __future__ import annotations

import cmath
import numbers
from fractions import Fraction

from edgeom.errors import InputError

__all__ = ["Constant", "double", "normal"]

Constant = int | Fraction | float | complex


def normal(value: Constant) -> Constant:
    """Return an equal constant of the plainest type: int, Fraction, float or complex.

    Examples
    --------
    >>> normal(2.0 + 0j), normal(Fraction(4, 6)), normal(0.5)
    (2, Fraction(2, 3), 0.5)
    """
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Rational):
        exact = Fraction(int(value.numerator), int(value.denominator))
        return int(exact) if exact.denominator == 1 else exact
    if not isinstance(value, numbers.Number):
        raise InputError(f"a constant of a program must be a number, got {value!r}")
    number = complex(value)
    if not cmath.isfinite(number):
        raise InputError(f"a constant of a program must be finite, got {value!r}")
    if number.imag != 0:
        return number
    real = number.real
    return int(real) if real.is_integer() and abs(real) < 2**53 else real


def double(value: Constant) -> float | complex:
    """Return a constant in double precision; one that is too large is an InputError.

    Examples
    --------
    >>> double(Fraction(1, 3)), double(1j)
    (0.3333333333333333, 1j)
    """
    if isinstance(value, complex):
        return value
    try:
        return float(value)
    except OverflowError:
        raise InputError("a constant of the program is too large for double precision") from None
