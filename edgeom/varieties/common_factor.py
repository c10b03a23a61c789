"""The factor that equations have in common, and what is left of them without it."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from edgeom.varieties.polynomials import Polynomials

if TYPE_CHECKING:
    import sympy

__all__ = ["common_factor", "is_squarefree_on_a_line", "without_common_factor"]


def is_squarefree_on_a_line(poly: sympy.Poly) -> bool:
    """Whether a polynomial has no multiple zero on a line: then it has no multiple factor.

    Almost all lines prove that; without it the greatest common factor with derivatives in many
    unknowns can take minutes.
    """
    restricted = _on_line(poly)
    return restricted.degree() == poly.total_degree() and bool(restricted.is_squarefree)


def common_factor(polys: Sequence[sympy.Poly]) -> sympy.Poly:
    """Return the greatest common divisor of polynomials; without zeros in common on a line it is 1.

    A line proves that where the polynomials keep their degrees on it.
    """
    common = polys[0]
    restricted = _on_line(common)
    if len(polys) > 1 and restricted.degree() == common.total_degree():
        for poly in polys[1:]:
            restricted = restricted.gcd(_on_line(poly))
        if restricted.degree() == 0:
            return common.one
    for poly in polys[1:]:
        common = common.gcd(poly)
    return common


def _on_line(poly: sympy.Poly) -> Any:
    """Return a polynomial on one random line."""
    from sympy.polys.rings import ring

    line, t = ring("t", poly.domain)
    rng = np.random.default_rng(0)
    place, direction = rng.integers(-999, 1000, (2, len(poly.gens))).tolist()
    x = [a + b * t for a, b in zip(place, direction, strict=True)]
    values = (
        prod((y**k for y, k in zip(x, powers, strict=True) if k), start=line(coefficient))
        for powers, coefficient in poly.terms()
    )
    return sum(values, line(0))


def without_common_factor(polynomials: Polynomials) -> tuple[Polynomials, Polynomials | None]:
    """Return the common factor of all equations, and the quotients where it does not vanish.

    There are no quotients where one of them is constant.
    """
    common = common_factor(polynomials.polys)
    below = common.as_expr()
    for denominator in polynomials.excluded:
        below *= denominator.as_expr()
    factors = [common.sqf_part(), *(poly.quo(common) for poly in polynomials.polys)]
    first, *rest = (poly.as_expr() / max(map(abs, poly.coeffs())) for poly in factors)
    alone, quotients = (
        Polynomials(expressions, polynomials.variables, "equation", "cleared")
        for expressions in ([first * common.as_expr() / below], [q / below for q in rest])
    )
    empty = any(poly.is_ground for poly in quotients.polys)
    return alone, None if empty else quotients
