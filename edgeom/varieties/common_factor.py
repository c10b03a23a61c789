"""The factor that equations have in common, and what is left of them without it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from math import prod
from operator import mul
from typing import TYPE_CHECKING, Any

import numpy as np

from edgeom.varieties.polynomials import Polynomials

if TYPE_CHECKING:
    import sympy

__all__ = ["common_factor", "is_squarefree_on_a_line", "split"]


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


def split(polynomials: Polynomials) -> tuple[list[Polynomials], Polynomials | None]:
    """Take out what equations have in common.

    Returns
    -------
    list of Polynomials
        The irreducible factors of the greatest common divisor, each where the others do not
        vanish; the equations themselves if there is one that is irreducible.
    Polynomials or None
        The quotients, where the common divisor does not vanish; None where one is constant.
    """
    polys = polynomials.polys
    common = common_factor(polys)
    factors = _factors(common)
    if len(polys) == 1 and len(factors) <= 1:
        return [polynomials], None
    below = reduce(mul, (poly.as_expr() for poly in polynomials.excluded), polys[0].one.as_expr())
    alone = [
        _where(
            polynomials,
            [factor],
            below * reduce(mul, [f.as_expr() for f in factors if f != factor], 1),
        )
        for factor in factors
    ]
    rest = [poly.quo(common) for poly in polys]
    quotients = _where(polynomials, rest, below * common.as_expr())
    return alone, None if any(poly.is_ground for poly in quotients.polys) else quotients


def _where(
    polynomials: Polynomials, numerators: Sequence[sympy.Poly], denominator: Any
) -> Polynomials:
    """Return equations, with coefficients of at most 1, that hold where a denominator is not 0."""
    scaled = [poly.as_expr() / max(map(abs, poly.coeffs())) for poly in numerators]
    return Polynomials(
        [equation / denominator for equation in scaled],
        polynomials.variables,
        "equation",
        "cleared",
    )


def _factors(poly: sympy.Poly) -> list[sympy.Poly]:
    """Return the factors of a polynomial over the rational or Gaussian numbers, each once."""
    if poly.is_ground:
        return []
    if not poly.domain.is_QQ:
        return [factor for factor, _ in poly.factor_list()[1]]
    from flint import fmpq, fmpq_mpoly_ctx

    ring = fmpq_mpoly_ctx.get([f"x{i}" for i in range(len(poly.gens))], "degrevlex")
    terms = {alpha: fmpq(int(c.p), int(c.q)) for alpha, c in poly.terms()}
    _, found = ring.from_dict(terms).factor()
    return [
        poly.from_dict(
            {tuple(map(int, alpha)): _rational(c) for alpha, c in factor.to_dict().items()},
            *poly.gens,
            domain=poly.domain,
        )
        for factor, _ in found
    ]


def _rational(value: Any) -> Any:
    import sympy

    return sympy.QQ(int(value.p), int(value.q))
