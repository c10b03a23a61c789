"""Polynomial and rational objectives, given by text or sympy expressions."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgeom.errors import InputError, check_sizes, keywords_checked
from edgeom.formulas import Formulas, rounded
from edgeom.homotopy.derivatives import vjp
from edgeom.homotopy.tape import Var
from edgeom.objectives.base import AlgebraicObjective
from edgeom.objectives.family import ObjectiveFamily, real_array
from edgeom.text import read

NAME = re.compile(r"[^\W\d]\w*")  # that texts may contain

__all__ = ["FormulaFamily", "PolynomialObjective", "RationalObjective"]


class FormulaFamily(ObjectiveFamily):
    """The functions that a formula in variables and parameters stands for.

    Parameters
    ----------
    expression : str or sympy expression
        Text is read by :mod:`edgeom.text`, and never evaluated.
    variables, parameters : sequences of names or sympy symbols
    """

    noun = "the function"
    like_points = False

    def __init__(
        self, expression: Any, variables: Sequence[Any], parameters: Sequence[Any] = ()
    ) -> None:
        import sympy

        self.formulas = Formulas([*variables, *parameters])
        if len({*self.formulas.variables}) < len(self.formulas.variables):
            raise InputError(f"a variable is named twice: {', '.join(self.formulas.variables)}")
        self.written = _read(expression, self.formulas)
        self.dimension = len(variables)
        self.names = self.formulas.variables[self.dimension :]
        (self.expression,) = self.formulas.expressions([self.written])
        own = self.formulas.symbols[: self.dimension]
        top, bottom = sympy.fraction(sympy.cancel(sympy.together(self.expression)))
        self.denominator = None
        if bottom.free_symbols & set(own):
            self.denominator = self.formulas.from_sympy(bottom, "the denominator")
        else:
            poly = sympy.Poly(top, *own)
            self.degree = int(poly.total_degree()) if poly else 0
            if self.degree < 2 and not self.names:
                self.degree = None
        self.is_real = not sympy.sympify(self.expression, strict=True).has(sympy.I)
        self.is_exact = not self.formulas.irrational
        kind = "rational" if self.denominator is not None else "polynomial"
        self.noun = f"the {kind} function"
        self.name = str(self.expression)
        if len(self.name) > 60:
            self.name = kind if self.degree is None else f"{kind} of degree {self.degree}"

    @property
    def is_polynomial(self) -> bool:
        """Whether there is no denominator in the variables."""
        return self.denominator is None

    @property
    def words(self) -> str | None:
        names = self.formulas.variables
        if not all(NAME.fullmatch(name) and name not in ("in", "with") for name in names):
            return None
        (exact,) = self.formulas.expressions([self.written], exact=True)
        text = f"{exact} in {', '.join(names[: self.dimension])}".replace("**", "^")
        return f"{text} with {', '.join(self.names)}" if self.names else text

    @property
    def key(self) -> Hashable | None:
        return str(self.expression), self.formulas.variables, self.names

    def parameter_names(self, n: int) -> tuple[str, ...]:
        return tuple(self.names)

    def _recorded(self, formula: Var, x: Sequence[Var], theta: Sequence[Var]) -> Var:
        b = x[0].builder
        found = self.formulas.evaluate(
            [formula], [*x, *theta], b.constant, lambda number: b.constant(rounded(number))
        )
        return b.lift(found[0])

    def gradient(self, x: Sequence[Var], theta: Sequence[Var]) -> list[Var]:
        return vjp([self._recorded(self.written, x, theta)], x, [x[0].builder.one])

    def poles(self, x: Sequence[Var]) -> list[Var]:
        if self.denominator is None or self.names:
            return []
        return [self._recorded(self.denominator, x, [])]

    def values(self, x: NDArray[Any], theta: NDArray[Any]) -> NDArray[Any]:
        columns = [x[..., i] for i in range(x.shape[-1])]
        columns += [theta[..., i] for i in range(theta.shape[-1])]
        (found,) = self.formulas.evaluate([self.written], columns, _number, rounded)
        return np.asarray(found + np.zeros(x.shape[:-1]))


class RationalObjective(AlgebraicObjective):
    """A rational function of the coordinates of a point.

    Parameters
    ----------
    expression : str or sympy expression
        Text is read by :mod:`edgeom.text`, and never evaluated.
    variables : text such as "x, y", a list of names or symbols, or a matrix of them
        What each entry of a point is called.
    parameters : list of names or symbols, optional
        Names in the expression that stand for numbers, the data of the objective.
    data : array, optional
        These numbers.
    convex : bool, optional
        What is known about convexity.

    Raises
    ------
    InputError
        It is not a real rational function of the variables and parameters, or the data does not
        fit.

    Examples
    --------
    >>> import edgeom as eg
    >>> h = RationalObjective("x + y + 1/(x*y)", "x, y")
    >>> points = eg.CriticalProblem(eg.AffineSpace(2), h).critical_points()
    >>> len(points), points.minima[0].point, points.minima[0].value
    (3, array([1., 1.]), 3.0)
    """

    @keywords_checked
    def __init__(
        self,
        expression: Any,
        variables: Any,
        *,
        parameters: Any = (),
        data: ArrayLike = (),
        convex: bool | None = None,
    ) -> None:
        rows = _entries(variables)
        self.shape = np.shape(rows)
        entries = [v for row in rows for v in row] if len(self.shape) == 2 else rows
        self.family: FormulaFamily = FormulaFamily(expression, entries, _entries(parameters))
        if not self.family.is_real:
            raise InputError(f"the objective must have real coefficients, got {expression}")
        self.data = real_array(data, "data") if np.size(data) else np.zeros(0)
        if self.data.shape != (len(self.family.names),):
            raise InputError(
                f"data must be {len(self.family.names)} numbers, one for each parameter, got "
                f"{data!r:.80}"
            )
        self.name, self.convex = self.family.name, convex
        self.family.convex = convex

    @staticmethod
    def symbols(rows: int, cols: int) -> Any:
        """Return a sympy matrix of symbols m11, m12, ..., for the entries of a matrix."""
        import sympy

        check_sizes((rows, cols), "shape")
        return sympy.Matrix(rows, cols, lambda i, j: sympy.Symbol(f"m{i + 1}{j + 1}", real=True))


class PolynomialObjective(RationalObjective):
    """A polynomial in the coordinates of a point.

    Parameters
    ----------
    expression, variables, parameters, data
        As for :class:`RationalObjective`.
    convex : bool, optional
        What is known about convexity. By default it is found out as far as possible: exactly for
        degree at most 2; a polynomial of odd degree above 2 is not convex; for a higher even
        degree a random point at which the Hessian has a negative eigenvalue is looked for, and
        without one `convex` is None, not True.

    Raises
    ------
    InputError
        It is not a real polynomial in the variables, the data does not fit, or it is said to be
        convex and is not.

    Examples
    --------
    >>> m = PolynomialObjective.symbols(1, 2)
    >>> loss = PolynomialObjective(m[0, 0] ** 4 + (m[0, 1] - 1) ** 2, m)
    >>> loss.value([[2, 0]]), loss.gradient([[2, 0]]), loss.convex
    (17.0, array([[32., -2.]]), None)
    >>> PolynomialObjective("a^2 - b^2", "a, b").convex
    False
    """

    SAMPLES = 200  #: random points at which a negative eigenvalue is looked for

    def __init__(
        self,
        expression: Any,
        variables: Any,
        convex: bool | None = None,
        *,
        parameters: Any = (),
        data: ArrayLike = (),
    ) -> None:
        super().__init__(expression, variables, parameters=parameters, data=data)
        if not self.family.is_polynomial:
            names = ", ".join(self.family.formulas.variables)
            raise InputError(
                f"the objective is not a polynomial in {names}: {self.family.expression}; "
                "RationalObjective takes it"
            )
        self.degree = self.family.degree or 0
        found = self._find_convexity()
        if convex and found is False:
            raise InputError(f"the loss is said to be convex, but it is not: {expression}")
        self.convex = found if convex is None else bool(convex)
        self.family.convex = self.convex

    def _find_convexity(self) -> bool | None:
        """Return whether the Hessian is positive semidefinite, None if no counterexample is met."""
        if self.degree > 2 and self.degree % 2:
            return False
        rng = np.random.default_rng(0)
        for k in range(self.SAMPLES if self.degree > 2 else 1):
            spread = 10.0 ** (k % 5 - 2)
            values = np.linalg.eigvalsh(self.hessian(spread * rng.normal(size=self.shape)))
            if values[0] < -1e-10 * np.abs(values).max():
                return False
        return True if self.degree <= 2 else None


def _number(value: Any) -> Any:
    return value if isinstance(value, complex) else float(value)


def _read(expression: Any, formulas: Formulas) -> Var:
    import sympy

    if isinstance(expression, str):
        return read(expression, formulas, "the objective")
    try:  # strict: text would be evaluated
        found = sympy.sympify(expression, strict=True)
    except (sympy.SympifyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"the objective is not an expression: {expression!r:.80}") from error
    return formulas.from_sympy(found, "the objective")


def _entries(given: Any) -> Any:
    """Return names or symbols as a list, or as a list of lists of equal length."""
    if isinstance(given, str):
        return [name for name in given.replace(",", " ").split() if name]
    rows = given.tolist() if hasattr(given, "tolist") else given
    if not isinstance(rows, Sequence):
        raise InputError(f"variables must be a list or a matrix of symbols, got {given!r:.80}")
    rows = list(rows)
    nested = [isinstance(row, Sequence) and not isinstance(row, str) for row in rows]
    lengths = {len(row) if inner else 0 for row, inner in zip(rows, nested, strict=True)}
    if len(lengths) > 1:
        raise InputError(f"entries must have rows of equal length, got {given!r:.80}")
    return rows
