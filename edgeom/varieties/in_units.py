"""Polynomials in other coordinates, and some of a list of them."""

from __future__ import annotations

from collections.abc import Sequence

from edgeom.scaling import Coordinates, moved
from edgeom.varieties.polynomials import Polynomials

__all__ = ["in_coordinates", "some"]


def some(polynomials: Polynomials, numbers: Sequence[int]) -> Polynomials:
    """Return those of the polynomials that have these numbers, in this order."""
    quotients = [polynomials.quotients[i] for i in numbers]
    return Polynomials(quotients, polynomials.variables, "equation", "cleared")


def in_coordinates(
    polynomials: Polynomials, change: Coordinates, factors: Sequence[int]
) -> Polynomials:
    """Return equations in other coordinates, multiplied by powers of two, exactly."""
    if change.is_identity:
        import sympy

        two = sympy.Integer(2)
        equations = [e * two**f for e, f in zip(polynomials.quotients, factors, strict=True)]
    else:
        equations = [
            moved(top, change.origin, change.exponents, f).as_expr()
            / moved(bottom, change.origin, change.exponents).as_expr()
            for top, bottom, f in zip(
                polynomials.polys, polynomials.denominators, factors, strict=True
            )
        ]
    return Polynomials(equations, polynomials.variables, "equation", "cleared")
