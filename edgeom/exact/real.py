"""Real points among solutions over the rational numbers, enclosed in disjoint rational boxes.

The roots of w are isolated by ball arithmetic (Arb, in python-flint), in which real roots are told
from others with certainty, and carried on to the points. Precision is raised until boxes are
narrow and disjoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import chain, compress
from operator import not_
from typing import Any

from edgeom.errors import BackendError
from edgeom.exact.solutions import Solutions

__all__ = ["Box", "isolate"]

Box = tuple[tuple[Fraction, Fraction], ...]  #: an interval for each coordinate
BITS = (256, 1024, 4096, 16384, 65536)  # precisions to try
NARROW = 64  # bits of relative accuracy of a box


def isolate(solutions: Solutions, points: int) -> list[Box]:
    """Return a box for each real point; boxes are disjoint, and one point is in each.

    Parameters
    ----------
    solutions : Solutions
        Over the rational numbers.
    points : int
        How many different points they have, complex ones included. Where several solutions share
        a point it is enclosed by all of them, and it is real when it is its own conjugate: then
        the solutions themselves need not be real.

    Raises
    ------
    BackendError
        The points cannot be told apart with the largest precision.

    Examples
    --------
    >>> from edgeom.exact.msolve import parse
    >>> from edgeom.exact.rational import Field
    >>> from edgeom.exact.solutions import checked
    >>> from edgeom.exact.systems import ExactSystem
    >>> (x,) = Field().generators(1)
    >>> said = "[0, [0, 1, 2, ['x1'], [1], [1, [[2, [-2, 0, 1]], [1, [0, 2]], []]]]]:"
    >>> found = checked(parse(said, 1, 0), ExactSystem(Field(), 1, [x**2 - 2], [x]))
    >>> [[float(bound) for bound in box[0]] for box in isolate(found, 2)]
    [[-1.4142135623730951, -1.4142135623730951], [1.4142135623730951, 1.4142135623730951]]
    """
    from flint import ctx

    find = _real_solutions if points == len(solutions) else _real_images
    for bits in BITS:
        with ctx.workprec(bits):
            found = find(solutions, points)
            if found is not None and _narrow(found):
                return [tuple(map(_interval, x)) for x in found]
    raise BackendError(f"real points cannot be told apart with {BITS[-1]} bits")


def _real_solutions(solutions: Solutions, points: int) -> list[list[Any]] | None:
    """Return the points of the real solutions, if they are disjoint.

    Where different solutions have different points, a solution with a real point is its own
    conjugate.
    """
    real = [root.real for root, _ in solutions.eliminant.complex_roots() if root.imag == 0]
    found = [_point(solutions, t) for t in real]
    apart = all(not _overlap(x, y) for i, x in enumerate(found) for y in found[:i])
    return found if apart else None


def _real_images(solutions: Solutions, points: int) -> list[list[Any]] | None:
    """Return the real points among those of all solutions, if they are told apart."""
    groups: list[list[list[Any]]] = []
    for root, _ in solutions.eliminant.complex_roots():
        x = _point(solutions, root)
        near = [any(_overlap(x, y) for y in group) for group in groups]
        joined = [x, *chain.from_iterable(compress(groups, near))]
        groups = [joined, *compress(groups, map(not_, near))]
    if len(groups) != points:
        return None
    found = []
    for group in groups:
        conjugate = [value.conjugate() for value in group[0]]
        same = [other for other in groups if any(_overlap(conjugate, y) for y in other)]
        if len(same) != 1:
            return None
        if same[0] is group:
            found.append([value.real for value in group[0]])
    return found


def _point(solutions: Solutions, root: Any) -> list[Any]:
    """Return the point of the variety at a root of w, in balls."""
    common = solutions.denominator(root)
    u = [numerator(root) / common for numerator in solutions.numerators]
    return [_evaluate(f, u) for f in solutions.system.point]


def _evaluate(polynomial: Any, u: Sequence[Any]) -> Any:
    from flint import arb

    total = arb(0)
    for monomial, coefficient in polynomial.terms():
        term = arb(coefficient)
        for value, exponent in zip(u, monomial, strict=False):
            for _ in range(exponent):  # a power of a ball around 0 is undefined for arb
                term = term * value
        total = total + term
    return total


def _overlap(x: list[Any], y: list[Any]) -> bool:
    return all(a.overlaps(b) for a, b in zip(x, y, strict=True))


def _narrow(points: list[list[Any]]) -> bool:
    """Whether all balls are small beside the largest coordinate; at 0 there is nothing beside."""
    from flint import arb

    values = [value for x in points for value in x]
    if not all(value.is_finite() for value in values):
        return False
    unit = arb(2) ** -NARROW
    limit = unit * max((value.abs_upper() for value in values), default=unit).max(unit)
    return all(bool(value.rad() <= limit) for value in values)


def _interval(value: Any) -> tuple[Fraction, Fraction]:
    """Return the ends of a ball, exactly."""
    middle, radius = (
        int(mantissa) * Fraction(2) ** int(exponent)
        for mantissa, exponent in (value.mid().man_exp(), value.rad().man_exp())
    )
    return middle - radius, middle + radius
