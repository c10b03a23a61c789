"""The real common zeros of polynomials, where there are finitely many, in rational boxes."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from edgeom.errors import BackendError
from edgeom.exact.msolve import INFINITE, availability, parametrize
from edgeom.exact.rational import Field
from edgeom.exact.real import Box, isolate
from edgeom.exact.solutions import checked
from edgeom.exact.systems import ExactSystem, values_of

if TYPE_CHECKING:
    import sympy

__all__ = ["images", "real_zeros"]


def real_zeros(polys: Sequence[sympy.Poly], timeout: float = 60) -> list[Box] | None:
    """Return a box for each real common zero.

    Parameters
    ----------
    polys : sequence of sympy.Poly
        With rational coefficients, in the same variables.
    timeout : float
        Seconds for msolve.

    Returns
    -------
    list of Box or None
        None where msolve is missing, or there are infinitely many zeros.

    Examples
    --------
    >>> import sympy
    >>> x, y = sympy.symbols("x y")
    >>> boxes = real_zeros([sympy.Poly(x**2 - 2, x, y), sympy.Poly(y - x, x, y)])
    >>> boxes is None or len(boxes)
    2
    """
    if not availability().available:
        return None
    field = Field()
    x = field.generators(len(polys[0].gens))
    system = ExactSystem(field, len(x), values_of(polys, x, field), x)
    try:
        answer = parametrize(system, timeout)
        if answer is INFINITE or answer is None:
            return None
        found = checked(answer, system)
        return isolate(found, len(found))
    except BackendError:
        return None


def images(
    boxes: Sequence[Box], quotients: Sequence[tuple[sympy.Poly, sympy.Poly]]
) -> list[Box] | None:
    """Return boxes that hold the values of rational functions at all points of boxes.

    None where a denominator may vanish there.

    Examples
    --------
    >>> import sympy
    >>> from fractions import Fraction
    >>> t = sympy.Symbol("t")
    >>> [box] = images([((Fraction(1), Fraction(2)),)], [(sympy.Poly(1, t), sympy.Poly(t**2, t))])
    >>> [float(end) for end in box[0]]
    [0.25, 1.0]
    """
    found = []
    for box in boxes:
        values = []
        for top, bottom in quotients:
            low, high = _range(bottom, box)
            if low <= 0 <= high:
                return None
            values.append(_product(_range(top, box), (1 / high, 1 / low)))
        found.append(tuple(values))
    return found


def _range(poly: sympy.Poly, box: Box) -> tuple[Fraction, Fraction]:
    """Return an interval that holds the values of a polynomial."""
    low = high = Fraction(0)
    for powers, coefficient in poly.terms():
        term = (Fraction(int(coefficient.p), int(coefficient.q)),) * 2
        for power, side in zip(powers, box, strict=True):
            for _ in range(power):
                term = _product(term, side)
        low, high = low + term[0], high + term[1]
    return low, high


def _product(
    a: tuple[Fraction, Fraction], b: tuple[Fraction, Fraction]
) -> tuple[Fraction, Fraction]:
    ends = [x * y for x in a for y in b]
    return min(ends), max(ends)
