"""Small steps with polynomial equations: minors, squarefree parts, bases, decompositions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING, Any

from edgeom.errors import InputError
from edgeom.scaling import Coordinates, good_coordinates
from edgeom.varieties.components import Components, find_components
from edgeom.varieties.in_units import in_coordinates
from edgeom.varieties.polynomials import Polynomials

if TYPE_CHECKING:
    import sympy

__all__ = ["decomposed", "generate_one", "minors", "small_basis", "squarefree"]

MOST_MINORS = 400
MOST_UNKNOWNS, MOST_DEGREES = 3, 24  # of systems of which a Gröbner basis is asked


def squarefree(polys: Sequence[sympy.Poly]) -> list[sympy.Poly]:
    """Return the different squarefree parts of polynomials that are not zero."""
    parts = [poly.sqf_part() for poly in polys if not poly.is_zero]
    return list(
        dict.fromkeys(part.monic() if part.get_domain().is_Field else part for part in parts)
    )


def minors(rows: Sequence[Sequence[sympy.Poly]], size: int) -> list[sympy.Poly]:
    """Return all minors of a size of a matrix of polynomials.

    Raises
    ------
    InputError
        There are too many.
    """
    import sympy

    variables = rows[0][0].gens
    count = comb(len(rows), size) * comb(len(rows[0]), size)
    if count > MOST_MINORS:
        raise InputError(f"{count} minors would be needed, more than {MOST_MINORS} are not tried")
    found = []
    for chosen in combinations(rows, size):
        for columns in combinations(range(len(rows[0])), size):
            block = [[row[j].as_expr() for j in columns] for row in chosen]
            found.append(sympy.Poly(sympy.Matrix(block).det(method="berkowitz"), *variables))
    return found


def small_basis(polys: Sequence[sympy.Poly]) -> list[sympy.Poly] | None:
    """Return squarefree polynomials with the same zeros, by Gröbner bases; None for large systems.

    They are [1] where there are no zeros.
    """
    import sympy

    while True:
        n = len(polys[0].gens)
        if n > MOST_UNKNOWNS or sum(poly.total_degree() for poly in polys) > MOST_DEGREES:
            return None
        basis = sympy.groebner(list(polys), order="grevlex").polys
        parts = squarefree(basis)
        degrees = [[poly.total_degree() for poly in found] for found in (basis, parts)]
        if degrees[0] == degrees[1]:
            return list(basis)
        polys = parts


def generate_one(polys: Sequence[sympy.Poly]) -> bool:
    """Whether a Gröbner basis proves that there is no common zero; asked of small systems."""
    if any(poly.is_ground and not poly.is_zero for poly in polys):
        return True
    basis = small_basis(polys)
    return basis is not None and basis[0].is_ground


def decomposed(polys: Sequence[sympy.Poly]) -> tuple[Components, Polynomials, Coordinates]:
    """Decompose a zero set; the equations are returned in good coordinates, and these."""
    polynomials: Any = Polynomials([poly.as_expr() for poly in polys], polys[0].gens, "equation")
    coordinates, factors = good_coordinates(polynomials.polys)
    there = in_coordinates(polynomials, coordinates, factors)
    return find_components(there, coordinates), there, coordinates
