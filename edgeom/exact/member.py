"""Whether a point of doubles is a point of a variety, exactly."""

from __future__ import annotations

from fractions import Fraction

from edgeom.varieties.algebraic import AlgebraicVariety
from edgeom.varieties.base import Array, Variety
from edgeom.varieties.determinantal import (
    DeterminantalVariety,
    SkewDeterminantalVariety,
    SymmetricDeterminantalVariety,
)

__all__ = ["lies_on"]

MATRICES = (DeterminantalVariety, SkewDeterminantalVariety, SymmetricDeterminantalVariety)


def lies_on(variety: Variety, q: Array) -> bool:
    """Whether it is proved that real coordinates (n,) are those of a point of a variety.

    It is asked of zero sets and of matrices of bounded rank; of others the answer is no.

    Examples
    --------
    >>> import numpy as np
    >>> circle = AlgebraicVariety(["x^2 + y^2 = 25"], "x y")
    >>> lies_on(circle, np.array([3.0, 4.0])), lies_on(circle, np.array([3.0, 4 + 1e-15]))
    (True, False)
    """
    values = [Fraction(float(v)) for v in q]
    if isinstance(variety, AlgebraicVariety):
        import sympy

        polynomials = variety.polynomials
        point = [sympy.Rational(v.numerator, v.denominator) for v in values]
        return (
            polynomials.are_exact
            and all(poly.eval(tuple(point)) == 0 for poly in polynomials.polys)
            and all(poly.eval(tuple(point)) != 0 for poly in polynomials.excluded)
        )
    if isinstance(variety, MATRICES):
        from flint import fmpq, fmpq_mat

        matrix = variety.unflatten(q)
        rows, cols = matrix.shape
        entries = [fmpq(*float(v).as_integer_ratio()) for v in matrix.ravel()]
        return bool(fmpq_mat(rows, cols, entries).rank() <= variety.rank)
    return False
