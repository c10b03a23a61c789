"""Formulas multiplied out exactly: numerators and denominators without a common factor.

The formula runs on quotients. Denominators are kept as factors, one for each division in the
formula, so that sums over the same denominator do not multiply it. The parts of a quotient are
sizes first, which tells whether the work is feasible, and then polynomials of python-flint.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import prod
from typing import Any

from edgeom.errors import InputError
from edgeom.formulas import Formulas, rounded
from edgeom.homotopy.constants import Constant
from edgeom.homotopy.tape import Var
from edgeom.limits import Size

__all__ = ["measure", "multiplied_out"]


class _Quotient:
    """A quotient top / ∏ factor^exponent of numbers that can be added and multiplied."""

    __slots__ = ("below", "top")

    def __init__(self, top: Any, below: dict[int, tuple[Any, int]] | None = None) -> None:
        self.top, self.below = top, below or {}

    def __add__(self, other: _Quotient) -> _Quotient:
        left, right, below = self._common(other)
        return _Quotient(left + right, below)

    def __sub__(self, other: _Quotient) -> _Quotient:
        left, right, below = self._common(other)
        return _Quotient(left - right, below)

    def __mul__(self, other: _Quotient) -> _Quotient:
        below = dict(self.below)
        for key, (factor, exponent) in other.below.items():
            below[key] = (factor, exponent + below.get(key, (factor, 0))[1])
        return _Quotient(self.top * other.top, below)

    def __truediv__(self, other: _Quotient) -> _Quotient:
        factor = _Quotient(self.top, {id(other): (other.top, 1)})
        top = other.bottom()
        return factor if top is None else factor * _Quotient(top)

    def bottom(self) -> Any:
        """Return the product of the denominators; None for no factors."""
        factors = [factor for factor, exponent in self.below.values() for _ in range(exponent)]
        return prod(factors[1:], start=factors[0]) if factors else None

    def _common(self, other: _Quotient) -> tuple[Any, Any, dict[int, tuple[Any, int]]]:
        """Return both tops over a common denominator."""
        if not (self.below or other.below):
            return self.top, other.top, {}
        below = {**self.below, **other.below}
        for key in self.below.keys() & other.below.keys():
            below[key] = max(self.below[key], other.below[key], key=lambda pair: pair[1])
        tops = []
        for quotient in (self, other):
            top = quotient.top
            for key, (factor, exponent) in below.items():
                for _ in range(exponent - quotient.below.get(key, (factor, 0))[1]):
                    top = top * factor
            tops.append(top)
        return tops[0], tops[1], below


def measure(formulas: Formulas, var: Var) -> None:
    """Refuse a formula that is too large when it is multiplied out.

    Raises
    ------
    InputError
        With the size that is predicted, and the limit.
    """

    def number(value: Constant) -> _Quotient:
        parts = [Fraction(part) for part in (value.real, value.imag)]
        bits = [[abs(n).bit_length() for n in part.as_integer_ratio()] for part in parts]
        return _Quotient(Size(0, 0, 1, max(b[0] for b in bits), max(b[1] for b in bits)))

    variables = [_Quotient(Size(1 << i, 1)) for i in range(len(formulas.variables))]
    (found,) = formulas.evaluate([var], variables, number, lambda value: number(rounded(value)))
    found.bottom()


def multiplied_out(formulas: Formulas, var: Var) -> tuple[Any, Any, bool]:
    """Return numerator and denominator of a formula as sympy polynomials, and whether it cancels.

    Irrational numbers are the doubles that they become. The ring is that over the rational
    numbers, or the Gaussian ones where a coefficient is not real. The denominator is primitive.

    Raises
    ------
    InputError
        A denominator is 0.
    """
    from flint import fmpq, fmpq_mpoly_ctx

    count = len(formulas.variables)
    context = fmpq_mpoly_ctx.get([*(f"x{i}" for i in range(count)), "i"], "degrevlex")
    *variables, unit = context.gens()

    def number(value: Constant) -> _Quotient:
        re, im = (fmpq(*part.as_integer_ratio()) for part in (value.real, value.imag))
        return _Quotient(context.constant(re) + unit * im if im else context.constant(re))

    values = [_Quotient(variable) for variable in variables]
    (found,) = formulas.evaluate([var], values, number, lambda value: number(rounded(value)))
    square = unit * unit + 1
    below = found.bottom()
    top, bottom = found.top % square, context.constant(1) if below is None else below % square
    if bottom == 0:
        raise InputError("it has a division by zero")
    real = max(top.degrees()[-1], bottom.degrees()[-1]) <= 0  # 0 has degree -1
    factor = top.gcd(bottom) if real else context.constant(1)
    symbols = formulas.symbols
    numerator, denominator = (_poly(part / factor, symbols, real) for part in (top, bottom))
    if not real:
        written = denominator.total_degree()
        numerator, denominator = numerator.cancel(denominator, include=True)
        return *_scaled(numerator, denominator), denominator.total_degree() < written
    return *_scaled(numerator, denominator), factor.total_degree() > 0


def _scaled(numerator: Any, denominator: Any) -> tuple[Any, Any]:
    """Divide both by a number that makes the denominator primitive, or monic."""
    if denominator.domain.is_QQ:
        scale = denominator.content()
        scale = -scale if denominator.LC() < 0 else scale
    else:
        scale = denominator.LC()
    return numerator.quo_ground(scale), denominator.quo_ground(scale)


def _poly(value: Any, symbols: Sequence[Any], real: bool) -> Any:
    """Return a polynomial in variables and i, of degree at most 1 in i, as one of sympy."""
    import sympy

    terms: dict[tuple[int, ...], list[Any]] = {}
    for (*exponents, power), c in value.to_dict().items():
        parts = terms.setdefault(tuple(exponents), [sympy.QQ(0), sympy.QQ(0)])
        parts[power] = sympy.QQ(int(c.p), int(c.q))
    if real:
        rational = {alpha: parts[0] for alpha, parts in terms.items()}
        return sympy.Poly.from_dict(rational, *symbols, domain=sympy.QQ)
    gaussian = {alpha: sympy.QQ_I(*parts) for alpha, parts in terms.items()}
    return sympy.Poly.from_dict(gaussian, *symbols, domain=sympy.QQ_I)
