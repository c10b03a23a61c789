"""Exact numbers in and out: rational data and metrics, and the fields Q and GF(p).

Nothing is rounded: a double is the dyadic rational that it is. Polynomials are those of
python-flint, over Q or modulo a prime, behind one small interface.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.errors import InputError
from edgeom.exact.kernels import coordinates_of
from edgeom.limits import MAX_DIGITS
from edgeom.objectives.family import ObjectiveFamily
from edgeom.objectives.metric import Metric
from edgeom.varieties.base import Variety
from edgeom.varieties.sections import LinearSectionVariety

__all__ = ["Field", "data_of", "matrix_of", "parameters_of", "rational"]

Array = NDArray[Any]


def rational(value: Any, name: str = "number") -> Fraction:
    """Return a number as an exact fraction.

    Parameters
    ----------
    value : int, Fraction, float, Decimal, str, or rational of sympy, mpmath or flint
        Text is read as it stands: "0.1" is 1/10, the double 0.1 is not; exponents are at most 1000.
    name : str
        What it is called in error messages.

    Raises
    ------
    InputError
        It is not a finite real number, or not rational.

    Examples
    --------
    >>> rational("0.1"), rational(0.5)
    (Fraction(1, 10), Fraction(1, 2))
    >>> rational(1j)
    Traceback (most recent call last):
    edgeom.errors.InputError: number must be a finite rational number, got 1j
    """
    number: Any = value.real if isinstance(value, complex) and value.imag == 0 else value
    try:
        if isinstance(number, str | Decimal):
            if abs(int(str(number).lower().partition("e")[2] or 0)) > MAX_DIGITS:
                raise ValueError("too many digits")
            return Fraction(number)
        if hasattr(number, "as_integer_ratio"):
            return Fraction(*map(int, number.as_integer_ratio()))
        if hasattr(number, "_mpf_"):
            return _binary(*number._mpf_)
        return Fraction(int(number.numerator), int(number.denominator))
    except (AttributeError, TypeError, ValueError, OverflowError, ZeroDivisionError):
        raise InputError(f"{name} must be a finite rational number, got {value!r:.80}") from None


def _binary(sign: int, mantissa: Any, exponent: Any, _: Any) -> Fraction:
    """Return the value of a floating-point number of mpmath or sympy."""
    if not mantissa and exponent:
        raise ValueError("infinite or not a number")
    size = int(mantissa) * Fraction(2) ** int(exponent)
    return -size if sign else size


def data_of(variety: Variety, data: Any) -> list[Fraction]:
    """Return the coordinates of a data point, exactly.

    Parameters
    ----------
    variety : Variety
    data : array, or nested sequences, of numbers as in :func:`rational`
        Of the shape of the variety's points; symmetric or skew-symmetric where they are.

    Raises
    ------
    InputError
        The shape is wrong, an entry is not rational, or a symmetry does not hold exactly.
    """
    array = np.array(data, dtype=object)
    if array.shape != variety.shape:
        raise InputError(f"data must have shape {variety.shape}, got {array.shape}")
    entries = [rational(value, "an entry of the data") for value in array.flat]
    if isinstance(variety, LinearSectionVariety) and len(variety.shape) == 2:
        return coordinates_of(variety, entries)
    # which coordinate stands where, with its sign; symmetric matrices have fewer than entries
    places = variety.unflatten(np.arange(1, variety.ambient_dimension + 1)).ravel().tolist()
    coordinates = [Fraction(0)] * variety.ambient_dimension
    for place, value in zip(places, entries, strict=True):
        if place > 0:
            coordinates[place - 1] = value
    for place, value in zip(places, entries, strict=True):
        expected = coordinates[abs(place) - 1] * (1 if place > 0 else -1) if place else 0
        if value != expected:
            raise InputError(
                f"data must have exactly the symmetry of {variety}; it has the entry {value} where "
                f"{expected} is needed"
            )
    return coordinates


def parameters_of(variety: Variety, family: ObjectiveFamily, data: Any) -> list[Fraction]:
    """Return the parameters of an objective, exactly: a data point, or a list of numbers.

    Raises
    ------
    InputError
        As for :func:`data_of`, or the number of parameters is wrong.
    """
    if family.like_points:
        return data_of(variety, data)
    count = len(family.parameter_names(variety.ambient_dimension))
    values = [rational(v, "a parameter") for v in np.array(data, dtype=object).ravel()]
    if len(values) != count:
        raise InputError(f"the objective has {count} parameters, got {len(values)}")
    return values


def matrix_of(metric: Metric) -> list[list[Fraction]]:
    """Return the matrix of a metric, its doubles taken exactly.

    Raises
    ------
    InputError
        The metric is complex.
    """
    if not metric.is_real:
        raise InputError(
            "the metric must be real: Gröbner bases are computed over the rational numbers and "
            "modulo primes"
        )
    return [[rational(value) for value in row] for row in metric.matrix.tolist()]


@dataclass(frozen=True)
class Field:
    """The rational numbers, or the integers modulo a prime.

    Attributes
    ----------
    prime : int
        0 for the rational numbers.
    """

    prime: int = 0

    def number(self, value: int | Fraction) -> Any:
        """Return a number as a coefficient.

        Raises
        ------
        ZeroDivisionError
            The prime divides its denominator.
        """
        numerator, denominator = value.numerator, value.denominator
        if not self.prime:
            from flint import fmpq

            return fmpq(numerator, denominator)
        if denominator % self.prime == 0:
            raise ZeroDivisionError(f"{self.prime} divides the denominator of {value}")
        return numerator * pow(denominator, -1, self.prime) % self.prime

    def generators(self, count: int) -> list[Any]:
        """Return the unknowns x1, ..., xN as polynomials."""
        from flint import Ordering, fmpq_mpoly_ctx, nmod_mpoly_ctx

        names = [f"x{i}" for i in range(1, count + 1)]
        if self.prime:
            ring = nmod_mpoly_ctx.get(names, modulus=self.prime, ordering=Ordering.degrevlex)
            return list(ring.gens())
        return list(fmpq_mpoly_ctx.get(names, Ordering.degrevlex).gens())

    def polynomial(self, coefficients: Sequence[Any]) -> Any:
        """Return a polynomial in one variable from integers, constant term first."""
        if self.prime:
            from flint import nmod_poly

            return nmod_poly([int(value) for value in coefficients], self.prime)
        from flint import fmpz_poly

        return fmpz_poly(list(coefficients))

    def random(self, rng: np.random.Generator, rows: int, cols: int) -> list[list[int]]:
        """Return a random integer matrix: of any residues, or small ones over the rationals."""
        low, high = (0, self.prime) if self.prime else (-3, 4)
        values: list[list[int]] = rng.integers(low, high, size=(rows, cols)).tolist()
        return values
