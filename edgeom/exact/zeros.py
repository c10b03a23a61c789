"""The real common zeros of polynomials, where there are finitely many, in rational boxes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from edgeom.errors import BackendError
from edgeom.exact.msolve import INFINITE, availability, parametrize
from edgeom.exact.rational import Field
from edgeom.exact.real import Box, isolate
from edgeom.exact.solutions import checked
from edgeom.exact.systems import ExactSystem, values_of

if TYPE_CHECKING:
    import sympy

__all__ = ["real_zeros"]


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
