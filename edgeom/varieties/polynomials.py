"""Polynomials and rational functions given by text or sympy expressions, for any arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from edgeom.errors import InputError
from edgeom.formulas import Formulas, rounded
from edgeom.homotopy.constants import Constant
from edgeom.homotopy.tape import Var
from edgeom.limits import MAX_VARIABLES
from edgeom.nested import shortened
from edgeom.text import read
from edgeom.varieties.quotients import measure, multiplied_out

if TYPE_CHECKING:
    import sympy

__all__ = ["Polynomials"]


class Polynomials:
    """A list of polynomials, or of rational functions, that runs on any arithmetic.

    Parameters
    ----------
    expressions : sequence of text or sympy expressions
        Text is read by the grammar of :mod:`edgeom.text` and never evaluated.
    variables : sequence of sympy symbols or names
    what : str
        What the expressions are called in error messages.
    denominators : "refused", "cleared" or "kept"
        What is done with denominators that do not cancel.

    Attributes
    ----------
    variables : tuple of sympy symbols
    numerators, denominators : tuples of sympy.Poly
        Multiplied out, without common factors, with rational coefficients or Gaussian ones, which
        are exactly what was given, or the doubles that irrational numbers become. Denominators
        are primitive.
    excluded : tuple of sympy.Poly
        Those denominators that were cleared: points where one vanishes do not count.
    are_exact : bool
        Whether all numbers are kept as they are; others, like sqrt(2), become doubles.

    Raises
    ------
    InputError
        An expression cannot be read or has a denominator that is refused, a limit of
        :mod:`edgeom.limits` is exceeded, or a variable is no name.

    Examples
    --------
    >>> circle = Polynomials(["(1 - t^2)/(1 + t^2)", "2*t/(1 + t^2)"], "t", denominators="kept")
    >>> circle.numerators[0].as_expr(), circle.denominators[0].as_expr()
    (1 - t**2, t**2 + 1)
    >>> circle([3])
    [-0.8, 0.6000000000000001]
    """

    def __init__(
        self,
        expressions: Sequence[Any],
        variables: Sequence[Any],
        what: str = "expression",
        denominators: Literal["refused", "cleared", "kept"] = "refused",
    ) -> None:
        self.variables = _symbols(variables)
        self._items = tuple(
            _Item.read(given, self.variables, f"{what} {i}", denominators)
            for i, given in enumerate(_listed(expressions, what), 1)
        )
        self.numerators: tuple[sympy.Poly, ...] = tuple(item.numerator for item in self._items)
        self.denominators: tuple[sympy.Poly, ...] = tuple(item.denominator for item in self._items)
        cleared = [p for p in self.denominators if denominators == "cleared" and not p.is_ground]
        self.excluded: tuple[sympy.Poly, ...] = tuple(dict.fromkeys(cleared))

    @property
    def polys(self) -> list[sympy.Poly]:
        """The numerators: of equations all that matters besides `excluded`."""
        return list(self.numerators)

    @cached_property
    def expressions(self) -> list[sympy.Expr]:
        """What is evaluated, as sympy expressions in the form in which it was written."""
        return [item.expression() for item in self._items]

    @property
    def quotients(self) -> list[sympy.Expr]:
        """The expressions over the denominators that were cleared: what was given."""
        return self._over_cleared(self.expressions)

    def _over_cleared(self, expressions: list[Any]) -> list[Any]:
        if not self.excluded:
            return expressions
        pairs = zip(expressions, self.denominators, strict=True)
        return [top if bottom.is_ground else top / bottom.as_expr() for top, bottom in pairs]

    @property
    def texts(self) -> list[str]:
        """The expressions as text from which they can be made again, to the last bit."""
        exact = [item.expression(exact=True) for item in self._items]
        return list(map(str, self._over_cleared(exact)))

    @property
    def are_exact(self) -> bool:
        """Whether coefficients are kept as they are; others, like sqrt(2), become doubles."""
        return not any(item.formulas.irrational for item in self._items)

    @property
    def are_real(self) -> bool:
        """Whether all coefficients are real."""
        return all(poly.domain.is_QQ for poly in (*self.numerators, *self.denominators))

    def __call__(
        self, values: Sequence[Any], constant: Callable[[Constant], Any] = lambda value: value
    ) -> list[Any]:
        """Evaluate at values of the variables, as it was written or in a shorter form.

        Parameters
        ----------
        values : sequence
            Numbers, arrays, balls, symbols, values of another program, ...
        constant : callable
            Turns an exact constant into a number of the arithmetic, as for
            :meth:`edgeom.homotopy.tape.Tape.evaluate`.
        """

        def irrational(number: Any) -> Any:
            return constant(rounded(number))

        return [
            item.formulas.evaluate([item.short], values, constant, irrational)[0]
            for item in self._items
        ]


@dataclass(frozen=True, eq=False)
class _Item:
    """One of the expressions: the formula, and what it is when it is multiplied out."""

    formulas: Formulas
    written: Var
    short: Var  # the formula in the form in which it is evaluated
    numerator: Any
    denominator: Any

    @classmethod
    def read(cls, given: Any, variables: Sequence[Any], what: str, denominators: str) -> _Item:
        formulas = Formulas(variables)
        names = ", ".join(formulas.variables)
        written = _read(given, formulas, what)
        try:
            measure(formulas, written)
            numerator, denominator, cancels = multiplied_out(formulas, written)
        except InputError as error:
            raise InputError(f"{what} cannot be used: {error}; it is {given!s:.200}") from None
        if denominators == "refused" and not denominator.is_ground:
            raise InputError(
                f"{what} is not a polynomial in {names}: it has the denominator "
                f"{denominator.as_expr()}"
            )
        if cancels or (denominators == "cleared" and not denominator.is_ground):
            written = formulas.from_poly(numerator)
            if denominators == "kept":
                written = written / formulas.from_poly(denominator)
        for name in formulas.constants & set(formulas.variables):
            raise InputError(
                f"the variable {name} cannot be told from the number in {what}; rename it"
            )
        short = written
        if denominator.is_one and not formulas.irrational:
            short = shortened(formulas, written, numerator)
        return cls(formulas, written, short, numerator, denominator)

    def expression(self, exact: bool = False) -> Any:
        return self.formulas.expressions([self.written], exact)[0]


def _read(given: Any, formulas: Formulas, what: str) -> Var:
    """Read text or a sympy expression; an equation is the difference of its sides."""
    import sympy

    if isinstance(given, str):
        return read(given, formulas, what)
    if isinstance(given, Iterable) and not isinstance(given, sympy.Basic):
        raise InputError(f"{what} is not an expression: {given!r:.200}")
    try:  # strict, and nothing that holds others: text would be evaluated
        expression = sympy.sympify(given, strict=True)
    except (sympy.SympifyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{what} is not an expression: {given!r:.200}") from error
    if isinstance(expression, sympy.Equality):
        left, right = (formulas.from_sympy(side, what) for side in expression.args)
        return left - right
    if not isinstance(expression, sympy.Expr):
        raise InputError(f"{what} is not an expression: {given!r:.200}")
    return formulas.from_sympy(expression, what)


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
        raise InputError(f"variables must be one or more symbols, got {variables!r:.200}")
    symbols = tuple(sympy.Symbol(v) if isinstance(v, str) else v for v in variables)
    if not symbols or not all(isinstance(v, sympy.Symbol) for v in symbols):
        raise InputError(f"variables must be one or more symbols, got {variables!r:.200}")
    if len(symbols) > MAX_VARIABLES:
        raise InputError(f"there are {len(symbols)} variables, the limit is {MAX_VARIABLES}")
    for name in (symbol.name for symbol in symbols):
        if not name.isidentifier():
            raise InputError(
                f"{name!r:.80} cannot be the name of a variable: names are made of letters, "
                "digits and _, as x1"
            )
    if len({symbol.name for symbol in symbols}) < len(symbols):
        raise InputError(f"a variable is named twice: {variables!r:.200}")
    return symbols
