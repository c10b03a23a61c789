"""Polynomials with common factors taken out, x·y + x·z = x·(y + z): shorter programs.

Again and again the variable that is in most terms is taken out of them, Horner's scheme for several
variables (Ceberio, Kreinovich, "Greedy algorithms for optimizing multivariate Horner schemes",
SIGSAM Bulletin 38, 2004). Equal parts are computed once, up to sign. So an expanded determinant of
size n, with n! terms, becomes its expansion along rows, with about n·2^(n-1) products.
"""

from __future__ import annotations

from typing import Any

from edgeom.formulas import Formulas
from edgeom.homotopy.tape import Var

__all__ = ["shortened"]

LONG = 30  # operations from which on a formula is worth the work
SHORTER = 0.8  # of its operations or fewer are an improvement
MOST_TERMS = 20_000
DEEPEST = 100  # parts may be inside each other as often as the degree

Terms = dict[tuple[int, ...], Any]  # coefficients by exponents


def shortened(formulas: Formulas, written: Var, poly: Any) -> Var:
    """Return a formula for a sympy polynomial: the nested one where it is clearly shorter.

    Examples
    --------
    >>> from edgeom.homotopy.tape import Builder
    >>> from edgeom.varieties.polynomials import Polynomials
    >>> import sympy
    >>> x = sympy.symbols("x:16")
    >>> det = sympy.Matrix(4, 4, x).det(method="berkowitz").expand()
    >>> b = Builder()
    >>> f = Polynomials([det], x)(b.inputs("x", 16))
    >>> len(det.args), len(b.finish({"f": f}))
    (24, 51)
    """
    length = formulas.length(written)
    if length < LONG or len(poly.terms()) > MOST_TERMS or poly.total_degree() > DEEPEST:
        return written
    nested = _Nested(formulas, poly.domain).sum(poly.as_dict(native=True))
    return nested if formulas.length(nested) <= SHORTER * length else written


class _Nested:
    """Records polynomials of one ring in nested form."""

    def __init__(self, formulas: Formulas, domain: Any) -> None:
        self.formulas, self.domain = formulas, domain
        self.variables = [formulas.named(name) for name in formulas.variables]
        self.made: dict[frozenset[tuple[tuple[int, ...], Any]], Var] = {}

    def times(self, factor: Var, terms: Terms) -> Var:
        """Return a multiple of a polynomial, which may be the negative of one that there is."""
        opposite = frozenset((alpha, -c) for alpha, c in terms.items())
        if opposite in self.made:
            return -(factor * self.made[opposite])
        key = frozenset(terms.items())
        if key not in self.made:
            self.made[key] = self.sum(terms)
        return factor * self.made[key]

    def sum(self, terms: Terms) -> Var:
        """Return a polynomial: variables are taken out until none is in two terms."""
        parts = []
        while True:
            counts = [sum(map(bool, column)) for column in zip(*terms, strict=True)]
            most = max(counts, default=0)
            if most < 2:
                break
            i = counts.index(most)
            inside = {alpha: c for alpha, c in terms.items() if alpha[i]}
            terms = {alpha: c for alpha, c in terms.items() if not alpha[i]}
            power = min(alpha[i] for alpha in inside)
            rest = {(*a[:i], a[i] - power, *a[i + 1 :]): c for a, c in inside.items()}
            parts.append(self.times(self.formulas.power(self.variables[i], power), rest))
        return self.formulas.sum([*parts, *(self._term(a, c) for a, c in terms.items())])

    def _term(self, exponents: tuple[int, ...], c: Any) -> Var:
        value = self.formulas.from_sympy(self.domain.to_sympy(c), "a coefficient")
        for variable, exponent in zip(self.variables, exponents, strict=True):
            value = value * self.formulas.power(variable, exponent)
        return value
