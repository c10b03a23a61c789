"""Good coordinates for the image of a map: of its parameters and of its values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgeom.scaling import GOOD, NEAR, Coordinates, good_coordinates, moved
from edgeom.varieties.polynomials import Polynomials

__all__ = ["good_map"]


def good_map(
    polynomials: Polynomials, metric: Sequence[float] | None = None
) -> tuple[Coordinates, Polynomials | None]:
    """Return good coordinates of the image of a map, and the map there in good parameters.

    Parameters
    ----------
    polynomials : Polynomials
        The map.
    metric : sequence of float, optional
        As for :func:`~edgeom.scaling.good_coordinates`.

    Returns
    -------
    Coordinates
        The origin takes up large constants of the map.
    Polynomials or None
        None where map and parameters are good as they are.
    """
    polys = polynomials.polys
    moving = [i for i, poly in enumerate(polys) if not poly.is_ground]
    origin, powers = np.zeros(len(polys)), np.zeros(len(polys), int)
    if not moving:
        return Coordinates.identity(len(polys)), None
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
        return coordinates, None
    placed = [
        moved(poly - _exact(value), [0] * len(poly.gens), [0] * len(poly.gens), -power).as_expr()
        for poly, value, power in zip(there, origin.tolist(), powers.tolist(), strict=True)
    ]
    return coordinates, Polynomials(placed, polynomials.variables, "coordinate")


def _exact(value: float) -> object:
    import sympy

    return sympy.Rational(*value.as_integer_ratio())
