"""Polynomials given by sympy expressions or text, to be run on any arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from edgeom.errors import InputError
from edgeom.homotopy.tape import Constant

if TYPE_CHECKING:
    import sympy

__all__ = ["Polynomials"]


class Polynomials:
    """A list of polynomials that runs on any arithmetic.

    Parameters
    ----------
    expressions : sequence of sympy expressions, or strings that sympy reads
        In strings ^ is a power and = an equation. Sympy evaluates them as Python expressions: do
        not pass on text from a stranger. Quotients have to cancel: (x^3 - x)/x is x^2 - 1.
    variables : sequence of sympy symbols or names
    what : str
        What the expressions are called in error messages.
    """

    def __init__(self, expressions: Sequence[Any], variables: Sequence[Any], what: str) -> None:
        import sympy

        self.variables = _symbols(variables)
        names = {str(v): v for v in self.variables}
        self.expressions: list[Any] = []
        self.polys: list[sympy.Poly] = []
        for i, given in enumerate(_listed(expressions, what), 1):
            try:
                expression = sympy.sympify(_read(given), locals=names)
            except Exception as error:  # sympify evaluates the text: anything can happen
                raise InputError(f"{what} {i} cannot be read: {given!r}") from error
            if isinstance(expression, sympy.Equality):
                expression = expression.lhs - expression.rhs
            if not isinstance(expression, sympy.Expr):
                raise InputError(f"{what} {i} is not an expression: {given!r}")
            infinite = expression.atoms(sympy.nan, sympy.oo, -sympy.oo, sympy.zoo)
            if infinite:
                raise InputError(
                    f"{what} {i} has a coefficient that is not finite, "
                    f"{', '.join(sorted(map(str, infinite)))}: {given}"
                )
            others = expression.free_symbols - set(self.variables)
            if others:
                raise InputError(
                    f"{what} {i} contains {', '.join(sorted(map(str, others)))}, "
                    f"not among the variables {', '.join(names)}"
                )
            try:
                self.polys.append(sympy.Poly(expression, *self.variables))
            except sympy.PolynomialError as error:
                raise InputError(
                    f"{what} {i} is not a polynomial in {', '.join(names)}: {given}"
                ) from error
            plain = _is_plain(expression)
            self.expressions.append(expression if plain else self.polys[-1].as_expr())

    @property
    def texts(self) -> list[str]:
        """The expressions as text from which they can be made again, to the last bit."""
        import sympy

        def exact(number: sympy.Float) -> sympy.Rational:
            return sympy.Rational(*float(number).as_integer_ratio())

        return [
            str(e.xreplace({x: exact(x) for x in e.atoms(sympy.Float)})) for e in self.expressions
        ]

    @property
    def are_exact(self) -> bool:
        """Whether coefficients are kept as they are; others, like sqrt(2), become doubles."""
        return all(map(_is_exact, self.expressions))

    @property
    def are_real(self) -> bool:
        """Whether all coefficients are real."""
        return all(complex(c).imag == 0 for poly in self.polys for c in poly.coeffs())

    def __call__(self, values: Sequence[Any]) -> list[Any]:
        """Evaluate at values of the variables, in the form in which they were written."""
        known = dict(zip(self.variables, values, strict=True))
        return [_evaluate(expression, known) for expression in self.expressions]


def _read(given: Any) -> Any:
    """Return text in sympy's notation: ^ is a power, and `left = right` an equation."""
    if not isinstance(given, str):
        return given
    left, equals, right = given.replace("^", "**").partition("=")
    return f"({left}) - ({right})" if equals and "=" not in right else left + equals + right


def _listed(expressions: Any, what: str) -> Iterable[Any]:
    import sympy

    if isinstance(expressions, str | sympy.Basic):
        return [expressions]
    if not isinstance(expressions, Iterable):
        raise InputError(f"a list of {what}s is needed, got {expressions!r}")
    return expressions


def _symbols(variables: Sequence[Any]) -> tuple[Any, ...]:
    import sympy

    if isinstance(variables, str):
        variables = [name for name in variables.replace(",", " ").split() if name]
    if not isinstance(variables, Iterable):
        raise InputError(f"variables must be one or more symbols, got {variables!r}")
    symbols = tuple(sympy.Symbol(v) if isinstance(v, str) else v for v in variables)
    if not symbols or not all(isinstance(v, sympy.Symbol) for v in symbols):
        raise InputError(f"variables must be one or more symbols, got {variables!r}")
    if len(set(symbols)) < len(symbols):
        raise InputError(f"a variable is named twice: {variables!r}")
    return symbols


def _is_plain(expression: Any) -> bool:
    """Whether an expression is written with sums, products and positive powers only."""
    if expression.is_Symbol or expression.is_number:
        return True
    if expression.is_Pow:
        power = expression.exp
        return bool(power.is_Integer and power > 0 and _is_plain(expression.base))
    return bool(expression.is_Add or expression.is_Mul) and all(map(_is_plain, expression.args))


def _evaluate(expression: Any, known: dict[Any, Any]) -> Any:
    if expression in known:
        return known[expression]
    if expression.is_number:
        result: Any = _constant(expression)
    elif expression.is_Add or expression.is_Mul:
        terms = [_evaluate(term, known) for term in expression.args]
        result = terms[0]
        for term in terms[1:]:
            result = result + term if expression.is_Add else result * term
    else:  # a positive power, see `_is_plain`
        base = _evaluate(expression.base, known)
        result = base
        for bit in bin(int(expression.exp))[3:]:
            result = result * result
            if bit == "1":
                result = result * base
    known[expression] = result
    return result


def _is_exact(expression: Any) -> bool:
    """Whether all numbers in an expression are rational, or floating point numbers."""
    if expression.is_number:
        return all(part.is_Rational or part.is_Float for part in expression.as_real_imag())
    return all(map(_is_exact, expression.args))


def _constant(number: Any) -> Constant:
    if number.is_Integer:
        return int(number)
    if number.is_Rational:
        return Fraction(int(number.p), int(number.q))
    value = complex(number.evalf(20))
    return value if value.imag else value.real
