"""The singular locus of a zero set, stratum by stratum, down to points.

A part of codimension c is singular where all c×c minors of the Jacobian of its equations vanish.
These minors and the equations define a zero set of smaller dimension, whose own singular points
are again one, and so on. A part of it on which its equations vanish to higher order is given more
equations (deflation): near its general points the Jacobian has rank r, so all minors of size r + 1
vanish on it (Leykin, Verschelde, Zhao; Hauenstein, Wampler, Isosingular sets and deflation).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING, Any

import numpy as np

from edgeom.errors import IncompleteError, InputError, keywords_checked
from edgeom.scaling import Coordinates, good_coordinates
from edgeom.varieties.algebraic import AlgebraicVariety
from edgeom.varieties.base import Array, Variety
from edgeom.varieties.components import Components, find_components
from edgeom.varieties.in_units import in_coordinates
from edgeom.varieties.parametrized import ParametrizedVariety
from edgeom.varieties.polynomials import Polynomials
from edgeom.varieties.zero_set import ZeroSet

if TYPE_CHECKING:
    import sympy

__all__ = ["SingularLocus", "image_exceptions", "singular_locus"]

MOST_MINORS = 400
DEFLATIONS = 4
ZERO = 1e-13  # coordinates of points that are smaller, in good units, are 0
RANK = 1e-6  # relative size of a singular value that counts, in good units


@dataclass(frozen=True, eq=False)
class SingularLocus:
    """The singular points of a variety.

    Attributes
    ----------
    strata : tuple of Variety
        Sets of positive dimension: smooth points of the first are singular points of the variety,
        smooth ones of the next are singular ones of the first, and so on.
    points : complex array (points, n)
        Isolated singular points, of the variety or of a stratum, in the user's coordinates.
    unknown : tuple of str
        What could not be computed, with the reason; empty where nothing is missing.
    proved_empty : bool
        Whether it is proved that there is no singular point, real or complex, but in the strata.
    systems : tuple of tuples of sympy.Poly
        Equations of which the points are the zeros, where no stratum is in the way.
    unsearched : tuple of AlgebraicVariety
        Sets of singular points whose components could not be computed.

    Examples
    --------
    >>> from edgeom import AlgebraicVariety
    >>> found = singular_locus(AlgebraicVariety(["y^2 = x^3"], "x y"))
    >>> found.strata, found.points.real.tolist()
    ((), [[0.0, 0.0]])
    """

    strata: tuple[Variety, ...]
    points: Array
    unknown: tuple[str, ...] = ()
    proved_empty: bool = False
    systems: tuple[tuple[sympy.Poly, ...], ...] = ()
    unsearched: tuple[AlgebraicVariety, ...] = ()

    @property
    def real_points(self) -> Array:
        """The isolated singular points that are real."""
        size = np.maximum(np.abs(self.points).max(axis=1, initial=0), 1e-3)
        real = np.abs(self.points.imag).max(axis=1, initial=0) < 1e-7 * size
        return np.asarray(self.points[real].real)

    def __str__(self) -> str:
        lines = [f"dimension {stratum.dimension}: {stratum}" for stratum in self.strata]
        if len(self.points):
            lines.append(f"{len(self.points)} points, {len(self.real_points)} of them real")
        lines.extend(f"not known: {text}" for text in self.unknown)
        return "\n".join(lines or ["there are no singular points"])


@dataclass
class _Search:
    """What has been found so far."""

    strata: list[AlgebraicVariety] = field(default_factory=list)
    points: list[Array] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    systems: list[tuple[sympy.Poly, ...]] = field(default_factory=list)
    unsearched: list[AlgebraicVariety] = field(default_factory=list)
    proved_empty: bool = True

    def below(self, variety: AlgebraicVariety) -> None:
        """Find the singular points of a zero set."""
        for part in variety.parts():
            assert isinstance(part, AlgebraicVariety)
            polys = part.polynomials.polys
            if part.dimension > 0 and any(poly.total_degree() > 1 for poly in polys):
                self._below_part(variety, polys, part.codimension)

    def _below_part(
        self, variety: AlgebraicVariety, polys: Sequence[sympy.Poly], codimension: int
    ) -> None:
        try:
            polys = _squarefree([*polys, *_minors(polys, codimension)])
            for _ in range(DEFLATIONS):
                if any(poly.is_ground for poly in polys) or _generate_one(polys):
                    return
                self.proved_empty = False
                components, there, coordinates = _components(polys)
                larger = [part for part in components if part.dimension > 0]
                if all(part.multiplicity == 1 for part in larger):
                    break
                polys = _squarefree(_deflated(polys, there, larger))
            isolated = [part.witness.points for part in components if part.dimension == 0]
            for y in isolated:
                self.points += list(coordinates.outward(np.where(np.abs(y) < ZERO, 0, y)))
            if not larger:
                self.systems.append(tuple(polys))
            else:
                largest = max(part.dimension for part in larger)
                stratum = variety.with_equations(
                    [poly.as_expr() for poly in polys], variety.ambient_dimension - largest
                )
                self.strata.append(stratum)
                self.below(stratum)
        except (InputError, IncompleteError) as error:
            self.proved_empty = False
            self.unknown.append(f"singular points of {variety}: {error}")
            if isinstance(error, IncompleteError):
                expressions = [poly.as_expr() for poly in polys]
                self.unsearched.append(variety.with_equations(expressions, codimension + 1))


@keywords_checked
def singular_locus(variety: AlgebraicVariety) -> SingularLocus:
    """Find the singular points of a zero set.

    They are those of each part (``variety.parts()``): where parts meet is not told.

    Parameters
    ----------
    variety : AlgebraicVariety

    Returns
    -------
    SingularLocus
        Without points and strata for a smooth one; `unknown` says what could not be computed.

    Examples
    --------
    Whitney's umbrella is singular along its handle, whose one special point is the origin:

    >>> from edgeom import AlgebraicVariety
    >>> print(singular_locus(AlgebraicVariety(["x^2 - y^2*z"], "x y z")))
    dimension 1: x**2 - y**2*z = 0, x = 0, y*z = 0 and 1 more
    >>> print(singular_locus(AlgebraicVariety(["y^2 = x^2*(x - 1)"], "x y")))
    1 points, 1 of them real
    >>> print(singular_locus(AlgebraicVariety(["x^2 + y^2 = 1"], "x y")))
    there are no singular points
    """
    search = _Search()
    search.below(variety)
    points = np.array(search.points).reshape(-1, variety.ambient_dimension)
    return SingularLocus(
        tuple(search.strata),
        points,
        tuple(search.unknown),
        search.proved_empty,
        () if search.strata else tuple(search.systems),
        tuple(search.unsearched),
    )


def _squarefree(polys: Sequence[sympy.Poly]) -> list[sympy.Poly]:
    """Return the different squarefree parts of polynomials that are not zero."""
    parts = [poly.sqf_part() for poly in polys if not poly.is_zero]
    return list(
        dict.fromkeys(part.monic() if part.get_domain().is_Field else part for part in parts)
    )


def _minors(polys: Sequence[sympy.Poly], size: int) -> list[sympy.Poly]:
    """Return all minors of the Jacobian of a size.

    Raises
    ------
    InputError
        There are too many.
    """
    import sympy

    variables = polys[0].gens
    count = comb(len(polys), size) * comb(len(variables), size)
    if count > MOST_MINORS:
        raise InputError(f"{count} minors would be needed, more than {MOST_MINORS} are not tried")
    jacobian = [[poly.diff(x) for x in variables] for poly in polys]
    minors = []
    for rows in combinations(range(len(polys)), size):
        for columns in combinations(range(len(variables)), size):
            block = [[jacobian[i][j].as_expr() for j in columns] for i in rows]
            minors.append(sympy.Poly(sympy.Matrix(block).det(method="berkowitz"), *variables))
    return minors


def _generate_one(polys: Sequence[sympy.Poly]) -> bool:
    """Whether a Gröbner basis proves that there is no common zero; asked of small systems."""
    import sympy

    n = len(polys[0].gens)
    if n > 3 or sum(poly.total_degree() for poly in polys) > 24:
        return False
    return bool(sympy.groebner(list(polys), order="grevlex").exprs == [1])


def _components(polys: Sequence[sympy.Poly]) -> tuple[Components, Polynomials, Coordinates]:
    """Decompose a zero set; the equations are returned in good coordinates, and these."""
    polynomials = Polynomials([poly.as_expr() for poly in polys], polys[0].gens, "equation")
    coordinates, factors = good_coordinates(polynomials.polys)
    there = in_coordinates(polynomials, coordinates, factors)
    return find_components(there, coordinates), there, coordinates


def _deflated(
    polys: Sequence[sympy.Poly], there: Polynomials, parts: Sequence[Any]
) -> list[sympy.Poly]:
    """Add the minors that vanish on a multiple part."""
    part = next(part for part in parts if part.multiplicity > 1)
    _, jacobian = ZeroSet(there, 1)._values(part.witness.points[0])
    values = np.linalg.svd(jacobian, compute_uv=False)
    rank = int(np.sum(values > RANK * max(float(values[0]), 1e-3)))
    return [*polys, *_minors(polys, rank + 1)]


def image_exceptions(
    variety: ParametrizedVariety,
    within: Callable[[Array], Array] | None = None,
    unbounded: bool = True,
) -> SingularLocus:
    """Find points of an image that may be nearest and are no critical points on its smooth part.

    They are points at parameters where the map is no immersion, and limits at infinite parameters.
    The nearest point of a closed image of real parameters is one of them or a critical point.

    Parameters
    ----------
    variety : ParametrizedVariety
    within : callable, optional
        Which parameters (points, parameters) count; by default all.
    unbounded : bool
        Whether parameters may be infinite.
    """
    polys = variety.polynomials
    parameters = polys.variables
    nothing = np.zeros((0, variety.ambient_dimension))
    if len(parameters) > variety.dimension:
        return SingularLocus((), nothing, ("points at which the rank of the map is lower",))
    rational = not all(poly.is_ground for poly in polys.denominators)
    try:
        immersed, places = _where_not_immersed(_numerators_of_derivatives(polys), parameters)
    except (InputError, IncompleteError) as error:
        return SingularLocus((), nothing, (f"points where the map is no immersion: {error}",))
    unknown = []
    if within is not None:
        places = places[within(places)]
    points = [p for p in map(variety.point_at, places) if np.isfinite(p).all()]
    if unbounded and len(parameters) == 1:
        limit = _limit(polys)
        if limit is not None:
            points.append(limit)
    elif unbounded and (rational or not _is_proper(polys)):
        unknown.append("limits at infinite parameters")
    found = np.array(points).reshape(-1, variety.ambient_dimension)
    return SingularLocus((), found, tuple(unknown), immersed and not len(found) and not unknown)


def _numerators_of_derivatives(polys: Polynomials) -> list[list[sympy.Poly]]:
    """Return the numerators of the derivatives of a map, one row for each coordinate."""
    return [
        [top.diff(x) * bottom - top * bottom.diff(x) for x in polys.variables]
        for top, bottom in zip(polys.numerators, polys.denominators, strict=True)
    ]


def _where_not_immersed(
    jacobian: Sequence[Sequence[sympy.Poly]], parameters: Sequence[Any]
) -> tuple[bool, Array]:
    """Return whether a map is proved to be an immersion, and where it is not."""
    import sympy

    size = len(parameters)
    rows = [row for row in jacobian if any(not entry.is_zero for entry in row)]
    if comb(len(rows), size) > MOST_MINORS:
        raise InputError(f"there are more than {MOST_MINORS} minors")
    blocks = (
        sympy.Matrix([[entry.as_expr() for entry in rows[i]] for i in chosen])
        for chosen in combinations(range(len(rows)), size)
    )
    minors = [sympy.Poly(block.det(method="berkowitz"), *parameters) for block in blocks]
    minors = _squarefree(minors)
    if any(minor.is_ground for minor in minors) or _generate_one(minors):
        return True, np.zeros((0, size))
    if size == 1:
        common = reduce(lambda a, b: a.gcd(b), minors)
        if common.total_degree() == 0:
            return True, np.zeros((0, 1))
        return False, np.array([[complex(root)] for root in common.nroots(n=30)])
    components = _components(minors)[0]
    if components.dimension > 0:
        raise InputError(f"they form a set of dimension {components.dimension}")
    return False, np.array([p for part in components for p in part.points]).reshape(-1, size)


def _limit(polys: Polynomials) -> Array | None:
    """Return the limit of a curve at an infinite parameter, None where there is none."""
    out = []
    for top, bottom in zip(polys.numerators, polys.denominators, strict=True):
        if top.degree() > bottom.degree():
            return None
        out.append(float(top.LC() / bottom.LC()) if top.degree() == bottom.degree() else 0.0)
    return np.array(out)


def _is_proper(polys: Polynomials) -> bool:
    """Whether leading forms have no common zero but the origin, so that the image is closed."""
    leading = [_leading_form(poly) for poly in polys.numerators if poly.total_degree() > 0]
    try:
        components = _components(_squarefree(leading))[0]
    except (InputError, IncompleteError):
        return False
    return components.dimensions_and_degrees == [(0, 1)]


def _leading_form(poly: sympy.Poly) -> sympy.Poly:
    """Return the terms of highest degree."""
    import sympy

    degree = poly.total_degree()
    terms = {powers: c for powers, c in poly.terms() if sum(powers) == degree}
    return sympy.Poly(terms, *poly.gens)
