"""Polynomials and rational functions as programs, built from sympy expressions or by a parser.

A program is short where the polynomial that it computes is long, and runs on any arithmetic. Its
numbers are exact: integers, fractions and doubles. Irrational numbers such as √2 are inputs of the
program besides the variables, so that each arithmetic gives them its own value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import reduce
from operator import mul
from typing import Any

from edgeom.errors import InputError, nearest_name
from edgeom.homotopy.constants import Constant
from edgeom.homotopy.tape import Builder, Tape, Var
from edgeom.limits import MAX_DEGREE

__all__ = ["Formulas", "rounded"]

CONSTANTS = ("I", "pi", "sqrt")  # names with a meaning in texts, where no variable is called so


class Formulas:
    """A program that grows by formulas in given variables.

    Parameters
    ----------
    variables : sequence of str or sympy symbols

    Examples
    --------
    >>> formulas = Formulas(["x", "y"])
    >>> x, y = formulas.named("x"), formulas.named("y")
    >>> formulas.expressions([x * x + 4 * y * y - 4, formulas.root(2, Fraction(1, 2)) * x])
    [x**2 + 4*y**2 - 4, sqrt(2)*x]
    """

    def __init__(self, variables: Sequence[Any]) -> None:
        import sympy

        self.symbols = tuple(sympy.Symbol(v) if isinstance(v, str) else v for v in variables)
        self.variables = tuple(symbol.name for symbol in self.symbols)
        self.names = {*self.variables, *CONSTANTS}  #: all names that a text may contain
        self.irrational: list[Any] = []  #: sympy numbers
        self._has_unit = False
        self._builder = Builder()
        inputs = self._builder.inputs("x", len(self.variables))
        self._named: dict[str, Var] = dict(zip(self.variables, inputs, strict=True))
        self._roots: dict[Any, Var] = {}
        self._powers: dict[tuple[int, int], Var] = {}
        self._tapes: dict[tuple[int, ...], Tape] = {}

    def named(self, name: str) -> Var:
        """Return a variable, `I` or `pi`."""
        import sympy

        if (found := self._named.get(name)) is not None:
            return found
        return self.constant(sympy.I if name == "I" else sympy.pi)

    @property
    def constants(self) -> set[str]:
        """The names of constants that the formulas contain when they are printed."""
        import sympy

        found = {"pi" if number is sympy.pi else "sqrt" for number in self.irrational}
        return found | {"I"} if self._has_unit else found

    def number(self, value: Constant) -> Var:
        """Return an exact number; doubles are taken as they are."""
        return self._builder.constant(value)

    def rational(self, var: Var) -> int | Fraction | None:
        """Return the rational number that a formula is, or None."""
        value = self._builder.value(var)
        return value if isinstance(value, int | Fraction) else None

    def root(self, number: int | Fraction, exponent: int | Fraction) -> Var:
        """Return a power of a rational number."""
        import sympy

        base = sympy.Rational(*number.as_integer_ratio())
        return self.from_sympy(base ** sympy.Rational(*exponent.as_integer_ratio()), "a root")

    def power(self, base: Var, exponent: int) -> Var:
        """Return a power; of a negative one the base is inverted first."""
        key = (base.index, exponent)
        if key not in self._powers:
            start = self._builder.inverse(base) if exponent < 0 else base
            self._powers[key] = self._builder.power(start, abs(exponent))
        return self._powers[key]

    def sum(self, terms: Sequence[Var]) -> Var:
        """Add neighbours, then neighbouring sums, and so on."""
        while len(terms) > 1:
            pairs = zip(terms[::2], terms[1::2], strict=False)
            terms = [a + b for a, b in pairs] + list(terms[len(terms) // 2 * 2 :])
        return terms[0] if terms else self._builder.zero

    def length(self, formula: Var) -> int:
        """Return the number of operations of a formula."""
        return len(self._builder.finish({"f": [formula]}))

    def constant(self, number: Any) -> Var:
        """Return a sympy number that has no parts."""
        import sympy

        if number.is_Rational:
            return self._builder.constant(Fraction(int(number.p), int(number.q)))
        if number.is_Float:
            exact = sympy.Rational(number)
            value = Fraction(int(exact.p), int(exact.q))
            is_double = abs(value) < 2**1000 and Fraction(float(value)) == value
            return self._builder.constant(float(value) if is_double else value)
        if number is sympy.I:
            self._has_unit = True
            return self._builder.constant(1j)
        if number not in self._roots:
            (self._roots[number],) = self._builder.inputs(f"k{len(self.irrational)}", 1)
            self.irrational.append(number)
        return self._roots[number]

    def from_sympy(self, expression: Any, what: str) -> Var:
        """Read a sympy expression.

        Raises
        ------
        InputError
            It is not a rational function of the variables.
        """
        made: dict[Any, Var] = {}
        stack = [expression]
        while stack:  # expressions may be nested more deeply than calls may be
            node = stack[-1]
            if node in made:
                stack.pop()
                continue
            parts = self._parts(node, what)
            missing = [part for part in parts if part not in made]
            if missing:
                stack += missing
                continue
            try:
                made[node] = self._combined(node, [made[part] for part in parts], what)
            except ZeroDivisionError:
                raise InputError(f"{what} has a division by zero: {expression}") from None
        return made[expression]

    def from_poly(self, poly: Any) -> Var:
        """Return a sympy polynomial in the variables, with rational or Gaussian coefficients."""
        terms = []
        for exponents, c in poly.terms():
            value = self.from_sympy(c, "a coefficient")
            for variable, exponent in zip(self._named.values(), exponents, strict=True):
                value = value * self.power(variable, exponent)
            terms.append(value)
        return self.sum(terms)

    def _parts(self, node: Any, what: str) -> tuple[Any, ...]:
        """Return what a sum, product or power is made of; nothing for names and numbers."""
        import sympy

        if node.is_Add or node.is_Mul:
            parts: tuple[Any, ...] = node.args
            return parts
        if node.is_Pow and node.exp.is_Integer:
            if abs(node.exp) > MAX_DEGREE:
                raise InputError(
                    f"{what} is too large: the exponent {node.exp} is above the limit {MAX_DEGREE}"
                )
            return (node.base,)
        if node.is_Symbol:
            if node.name not in self._named:
                variables = ", ".join(self.variables)
                raise InputError(
                    f"{what} contains {node}, not among the variables {variables}"
                    + nearest_name(node.name, self.variables)
                )
        elif node in (sympy.nan, sympy.oo, -sympy.oo, sympy.zoo):
            raise InputError(f"{what} has a coefficient that is not finite, {node}")
        elif not node.is_number:
            raise InputError(
                f"{what} is not a polynomial in {', '.join(self.variables)}: it contains {node}"
            )
        return ()

    def _combined(self, node: Any, parts: list[Var], what: str) -> Var:
        if node.is_Add:
            return self.sum(parts)
        if node.is_Mul:
            return reduce(mul, parts)
        if parts:
            return self.power(parts[0], int(node.exp))
        if node.is_Symbol:
            return self.named(node.name)
        if not (node.is_Atom or node.evalf(20).is_finite):
            raise InputError(f"{what} has a coefficient that is not a finite number, {node}")
        return self.constant(node)

    def evaluate(
        self,
        formulas: Sequence[Var],
        values: Sequence[Any],
        constant: Callable[[Constant], Any],
        irrational: Callable[[Any], Any],
    ) -> list[Any]:
        """Evaluate formulas in any arithmetic, given by what it makes of numbers."""
        roots = {f"k{i}": [irrational(number)] for i, number in enumerate(self.irrational)}
        key = (len(roots), *(var.index for var in formulas))
        if key not in self._tapes:
            self._tapes[key] = self._builder.finish({"f": formulas})
        return self._tapes[key].evaluate({"x": values, **roots}, constant)["f"]

    def expressions(self, formulas: Sequence[Var], exact: bool = False) -> list[Any]:
        """Return sympy expressions; the exact ones have fractions for doubles.

        Then also irrational numbers that texts cannot contain are the doubles that they become.
        """
        import sympy

        def number(value: Constant) -> Any:
            if isinstance(value, complex):
                return number(value.real) + number(value.imag) * sympy.I
            if isinstance(value, float) and not (exact or value.is_integer()):
                return sympy.Float(value)
            return sympy.Rational(*value.as_integer_ratio())

        def irrational(value: Any) -> Any:
            readable = value is sympy.pi or (value.is_Pow and value.base.is_Rational)
            return value if readable or not exact else number(rounded(value))

        return self.evaluate(formulas, self.symbols, number, irrational)


def rounded(number: Any) -> float | complex:
    """Return a sympy number as a double, complex where it is not real."""
    value = complex(number.evalf(20))
    return value if value.imag else value.real
