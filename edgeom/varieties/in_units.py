"""Polynomials in other coordinates, and some of a list of them."""

from __future__ import annotations

from collections.abc import Sequence

from edgeom.scaling import Coordinates, moved
from edgeom.varieties.polynomials import Polynomials

__all__ = ["in_coordinates", "some"]


def some(polynomials: Polynomials, numbers: Sequence[int]) -> Polynomials:
    """Return those of the polynomials that have these numbers, in this order."""
    expressions = [polynomials.expressions[i] for i in numbers]
    return Polynomials(expressions, polynomials.variables, "equation")


def in_coordinates(
    polynomials: Polynomials, change: Coordinates, factors: Sequence[int]
) -> Polynomials:
    """Return equations in other coordinates, multiplied by powers of two, exactly."""
    if change.is_identity:
        import sympy

        two = sympy.Integer(2)
        expressions = [e * two**f for e, f in zip(polynomials.expressions, factors, strict=True)]
    else:
        expressions = [
            moved(poly, change.origin, change.exponents, f).as_expr()
            for poly, f in zip(polynomials.polys, factors, strict=True)
        ]
    return Polynomials(expressions, polynomials.variables, "equation")
