"""Solutions given by a rational parametrization, checked by exact arithmetic.

x_i = N_i(t) / D(t) at the roots t of w. It is checked that w has no multiple root and no root in
common with D, that all equations vanish modulo w, and that t is a linear form in the unknowns: so
each root is a solution, and different roots are different solutions. What remains to be believed
is that there are no others, see docs/explanation/exact.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import lcm
from typing import Any

import numpy as np

from edgeom.errors import BackendError
from edgeom.exact.msolve import Answer
from edgeom.exact.systems import ExactSystem

__all__ = ["Solutions", "checked"]


@dataclass(frozen=True, eq=False)
class Solutions:
    """The solutions of a system over a field.

    Attributes
    ----------
    system : ExactSystem
    dimension : int
        Of the quotient ring: the number of solutions with multiplicities.
    eliminant : flint polynomial
        w; of degree 0 where there are no solutions.
    numerators : list of flint polynomials
        N_1, ..., N_n.
    denominator : flint polynomial
        D.
    """

    system: ExactSystem
    dimension: int
    eliminant: Any
    numerators: list[Any]
    denominator: Any

    def __len__(self) -> int:
        return int(self.eliminant.degree())

    def on_boundary(self) -> int:
        """Return the number of solutions at which the boundary of the chart is met."""
        if self.system.boundary is None or not len(self):
            return 0
        value = self._numerator(self.system.boundary, {})
        return int(self.eliminant.gcd(value).degree())

    def images(self, rng: np.random.Generator) -> int:
        """Return the number of different points x(u); over GF(p) only.

        It is the degree of the minimal polynomial of a random linear form in x on the solutions,
        the rank of its powers modulo w.
        """
        from flint import nmod_mat

        prime, size = self.system.field.prime, len(self)
        weights = rng.integers(1, prime, len(self.system.point)).tolist()
        form = sum(
            (f * weight for f, weight in zip(self.system.point, weights, strict=True)),
            self.system.point[0] * 0,
        )
        unit = self.system.field.polynomial([1])
        _, inverse, _ = self.denominator.xgcd(self.eliminant)
        value = self._numerator(form, {})
        for _ in range(form.total_degree()):
            value = value * inverse % self.eliminant
        rows: list[int] = []
        power = unit % self.eliminant
        for _ in range(size):
            coefficients = [int(c) for c in power.coeffs()]
            rows += coefficients + [0] * (size - len(coefficients))
            power = power * value % self.eliminant
        return int(nmod_mat(size, size, rows, prime).rank())

    def _numerator(self, polynomial: Any, known: dict[tuple[int, ...], Any]) -> Any:
        """Return D^degree · polynomial(N / D), over GF(p) modulo w.

        `known` holds products of unknowns that were found before.
        """
        field, degree = self.system.field, polynomial.total_degree()
        values = [*self.numerators, self.denominator]
        known[(0,) * len(values)] = field.polynomial([1])

        def product(exponents: tuple[int, ...]) -> Any:
            if exponents not in known:
                place = max(i for i, exponent in enumerate(exponents) if exponent)
                less = tuple(e - (i == place) for i, e in enumerate(exponents))
                value = product(less) * values[place]
                # over Q a remainder would have denominators
                known[exponents] = value % self.eliminant if field.prime else value
            return known[exponents]

        common = 1 if field.prime else lcm(*(int(c.q) for c in polynomial.coeffs()))
        total = field.polynomial([0])
        for monomial, c in polynomial.terms():
            exponents = monomial[: len(self.numerators)]
            scaled = int(c) if field.prime else (c * common).p
            total = total + product((*exponents, degree - sum(exponents))) * scaled
        return total

    def check(self) -> None:
        """Refuse what is not a list of different solutions."""
        w = self.eliminant
        if w.gcd(w.derivative()).degree() or w.gcd(self.denominator).degree():
            raise BackendError("msolve's parametrization has multiple roots or poles")
        known: dict[tuple[int, ...], Any] = {}
        for number, equation in enumerate(self.system.equations, 1):
            if equation != 0 and self._numerator(equation, known) % w != 0:
                raise BackendError(
                    f"msolve's solutions are wrong: equation {number} of "
                    f"{len(self.system.equations)} does not vanish at them"
                )


def checked(answer: Answer, system: ExactSystem) -> Solutions:
    """Return the solutions that an answer of msolve stands for, checked.

    Raises
    ------
    BackendError
        They are not different solutions of the system.

    Examples
    --------
    >>> from edgeom.exact.msolve import parse
    >>> from edgeom.exact.rational import Field
    >>> x, y = Field().generators(2)
    >>> system = ExactSystem(Field(), 1, [x**2 - 2], [x])
    >>> said = "[0, [0, 1, 2, ['x1'], [1], [1, [[2, [-2, 0, 1]], [1, [0, 2]], []]]]]:"
    >>> len(checked(parse(said, 1, 0), system))
    2
    """
    field = system.field
    if not answer.eliminant:
        unit = field.polynomial([1])
        return Solutions(system, 0, unit, [unit] * system.unknowns, unit)
    denominator = field.polynomial(answer.denominator)
    common = lcm(*(int(value[1]) for value in answer.numerators if value))
    numerators = []
    variable = field.polynomial([0, 1])
    for value in answer.numerators:
        if value is None:
            numerators.append(variable * denominator * common)
        else:
            coefficients, factor = value
            numerators.append(field.polynomial(coefficients) * (-(common // int(factor))))
    denominator = denominator * common
    eliminant = field.polynomial(answer.eliminant)
    if not field.prime:  # so that it divides over the integers what it divides over Q
        eliminant = eliminant // eliminant.content()
    found = Solutions(system, answer.dimension, eliminant, numerators, denominator)
    found.check()
    if answer.form is not None:
        values = [*numerators, variable * denominator]
        form = [field.polynomial([c]) * v for c, v in zip(answer.form, values, strict=True)]
        total = field.polynomial([0])
        for term in form:
            total = total + term
        if total % found.eliminant != 0:
            raise BackendError("msolve's linear form does not tell its solutions apart")
    return found
