"""Good coordinates for the image of a map: of its parameters and of its values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgeom.scaling import GOOD, NEAR, Coordinates, good_coordinates, moved
from edgeom.varieties.polynomials import Polynomials

__all__ = ["good_map"]


def good_map(
    polynomials: Polynomials, metric: Sequence[float] | None = None
) -> tuple[Coordinates, Coordinates, Polynomials | None]:
    """Return good coordinates of the image of a map and of its parameters, and the map there.

    Parameters
    ----------
    polynomials : Polynomials
        The map.
    metric : sequence of float, optional
        As for :func:`~edgeom.scaling.good_coordinates`.

    Returns
    -------
    Coordinates
        Of the image; the origin takes up large constants of the map.
    Coordinates
        Of the parameters.
    Polynomials or None
        None where map and parameters are good as they are.
    """
    if not all(poly.is_ground for poly in polynomials.denominators):
        return _good_quotients(polynomials)
    polys = polynomials.polys
    moving = [i for i, poly in enumerate(polys) if not poly.is_ground]
    origin, powers = np.zeros(len(polys)), np.zeros(len(polys), int)
    if not moving:
        return Coordinates.identity(len(polys)), _unmoved(polynomials), None
    lengths = None if metric is None else [metric[i] for i in moving]
    parameters, factors = good_coordinates([polys[i] for i in moving], lengths, is_map=True)
    if max(map(abs, factors)) > GOOD:
        powers[moving] = [-factor for factor in factors]
    there = [moved(poly, parameters.origin, parameters.exponents) for poly in polys]
    for i in moving:
        constant = float(there[i].coeff_monomial(1).as_real_imag()[0])
        if abs(constant) > 2.0 ** (powers[i] + NEAR):
            origin[i] = constant
    coordinates = Coordinates(tuple(origin.tolist()), tuple(powers.tolist()))
    if coordinates.is_identity and parameters.is_identity:
        return coordinates, parameters, None
    placed = [
        moved(poly - _exact(value), [0] * len(poly.gens), [0] * len(poly.gens), -power).as_expr()
        for poly, value, power in zip(there, origin.tolist(), powers.tolist(), strict=True)
    ]
    return coordinates, parameters, Polynomials(placed, polynomials.variables, "coordinate", "kept")


def _unmoved(polynomials: Polynomials) -> Coordinates:
    return Coordinates.identity(len(polynomials.variables))


def _good_quotients(
    polynomials: Polynomials,
) -> tuple[Coordinates, Coordinates, Polynomials | None]:
    """Return the same for a rational map: numerators and denominators get coefficients of about 1.

    The origin of the image stays where it is.
    """
    tops, bottoms = polynomials.numerators, polynomials.denominators
    moving = list(dict.fromkeys(p for p in (*tops, *bottoms) if not p.is_ground))
    parameters, found = good_coordinates(moving)
    factors = dict(zip(moving, found, strict=True))
    powers = [factors.get(b, 0) - factors.get(t, 0) for t, b in zip(tops, bottoms, strict=True)]
    if max(map(abs, powers)) <= GOOD:
        powers = [0] * len(powers)
    coordinates = Coordinates((0.0,) * len(powers), tuple(powers))
    if coordinates.is_identity and parameters.is_identity:
        return coordinates, parameters, None
    placed = [
        moved(
            top, parameters.origin, parameters.exponents, factors.get(bottom, 0) - power
        ).as_expr()
        / moved(bottom, parameters.origin, parameters.exponents, factors.get(bottom, 0)).as_expr()
        for top, bottom, power in zip(tops, bottoms, powers, strict=True)
    ]
    return coordinates, parameters, Polynomials(placed, polynomials.variables, "coordinate", "kept")


def _exact(value: float) -> object:
    import sympy

    return sympy.Rational(*value.as_integer_ratio())
