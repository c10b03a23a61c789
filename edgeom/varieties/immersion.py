"""Points of the image of a map that may be nearest to data and are no critical points.

The nearest point of a closed image of real parameters is a critical point in the space of
parameters, or one at whose parameters the map is no immersion. Parameters of a rational map are
points p of a projective space, and it is (F_1/F_0, ..., F_n/F_0) with forms of the same degree. By
Euler's formula it is no immersion at p where the Jacobian of (F_0, ..., F_n) has not full rank. If
these forms have no common real zero, points go to infinity where F_0 vanishes and nowhere else, and
the image is closed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from edgeom.errors import IncompleteError, InputError
from edgeom.varieties.base import Array
from edgeom.varieties.ideals import decomposed, generate_one, minors, squarefree
from edgeom.varieties.parametrized import ParametrizedVariety
from edgeom.varieties.polynomials import Polynomials
from edgeom.varieties.singular import PointSystem, SingularLocus

if TYPE_CHECKING:
    import sympy

__all__ = ["image_exceptions"]

REAL = 1e-7  # relative size of an imaginary part of real parameters


def image_exceptions(
    variety: ParametrizedVariety,
    within: Callable[[Array], Array] | None = None,
    unbounded: bool = True,
) -> SingularLocus:
    """Find points of an image that may be nearest and are no critical points on its smooth part.

    Parameters
    ----------
    variety : ParametrizedVariety
    within : callable, optional
        Which parameters (points, parameters) count; by default all.
    unbounded : bool
        Whether parameters may be infinite.
    """
    polys = variety.polynomials
    nothing = np.zeros((0, variety.ambient_dimension))
    if len(polys.variables) > variety.dimension:
        return SingularLocus((), nothing, ("points at which the rank of the map is lower",))
    rational = not all(poly.is_ground for poly in polys.denominators)
    try:
        if rational and within is None and unbounded:
            forms = _forms(polys)
            closed, proved = _have_no_real_zero(forms)
            if closed:
                return _exceptions_of_forms(forms, proved)
        return _exceptions(variety, within, unbounded, rational)
    except (InputError, IncompleteError) as error:
        return SingularLocus((), nothing, (f"points where the map is no immersion: {error}",))


def _exceptions(
    variety: ParametrizedVariety,
    within: Callable[[Array], Array] | None,
    unbounded: bool,
    rational: bool,
) -> SingularLocus:
    """Return the points where a map of finite parameters is no immersion, and limits."""
    polys = variety.polynomials
    quotients = tuple(zip(polys.numerators, polys.denominators, strict=True))
    rows = [[t.diff(x) * b - t * b.diff(x) for x in polys.variables] for t, b in quotients]
    rows = [row for row in rows if any(not entry.is_zero for entry in row)]
    found = [_without(minor, polys.denominators) for minor in minors(rows, len(polys.variables))]
    proved, places = _real_zeros(found)
    if within is not None:
        places = places[within(places)]
    points = [p for p in map(variety.point_at, places) if np.isfinite(p).all()]
    unknown: list[str] = []
    told = True
    if unbounded and len(polys.variables) == 1:
        limit = _limit(polys)
        if limit is not None:
            points.append(limit)
            told = False
    elif unbounded:
        closed, sure = (False, False) if rational else _is_proper(polys)
        told &= sure
        if not closed:
            unknown.append("limits at infinite parameters")
    system = PointSystem(tuple(squarefree(found)), quotients)
    return SingularLocus(
        (),
        np.array(points).reshape(-1, variety.ambient_dimension),
        tuple(unknown),
        proved and not points and told and not unknown,
        (system,) if told and not proved and within is None else (),
    )


def _exceptions_of_forms(forms: Sequence[sympy.Poly], told: bool) -> SingularLocus:
    """Return the points where a rational map of a projective space is no immersion."""
    gens = forms[0].gens
    points: list[Array] = []
    systems, all_proved = [], told
    found = minors([[form.diff(x) for x in gens] for form in forms], len(gens))
    for flag in range(len(gens)):
        bottom, *tops = (_on_flag(form, flag) for form in forms)
        here = [_without(minor, [bottom]) for minor in _all_on_flag(found, flag)]
        if len(gens) == 2 and flag == 1 and not bottom.is_zero:  # the limit of a curve counts
            here = here[-1:]
        proved, places = _real_zeros(here)
        if proved:
            continue
        all_proved = False
        values = [[float(form(*place)) for form in (bottom, *tops)] for place in places.tolist()]
        points += [np.array(value[1:]) / value[0] for value in values if value[0]]
        systems.append(PointSystem(tuple(squarefree(here)), tuple((top, bottom) for top in tops)))
    where = np.array(points).reshape(-1, len(forms) - 1)
    return SingularLocus((), where, (), all_proved, tuple(systems) if told else ())


def _forms(polys: Polynomials) -> list[sympy.Poly]:
    """Return forms F_0, ..., F_n of the same degree, so that F_i/F_0 are the coordinates."""
    import sympy

    common = reduce(lambda a, b: a.lcm(b), polys.denominators)
    pairs = zip(polys.numerators, polys.denominators, strict=True)
    whole = [common, *(top * common.quo(bottom) for top, bottom in pairs)]
    infinity = sympy.Symbol("_".join(["infinity", *map(str, polys.variables)]))
    degree = max(poly.total_degree() for poly in whole if not poly.is_zero)
    gens, forms = (infinity, *polys.variables), []
    for poly in whole:
        terms = {(degree - sum(powers), *powers): c for powers, c in poly.terms()}
        forms.append(sympy.Poly(0 if poly.is_zero else terms, *gens, domain=poly.domain))
    return forms


def _on_flag(form: sympy.Poly, flag: int) -> sympy.Poly:
    """Return a form where its first coordinates are 0 and the next is 1, in the others.

    Where no other is left the last one stays, as a variable without meaning.
    """
    import sympy

    gens = form.gens
    there = form.as_expr().subs({x: int(i == flag) for i, x in enumerate(gens[: flag + 1])})
    return sympy.Poly(there, *(gens[flag + 1 :] or gens[-1:]), domain=form.domain)


def _all_on_flag(forms: Sequence[sympy.Poly], flag: int) -> list[sympy.Poly]:
    """Return forms as above; a variable without meaning is 0."""
    import sympy

    here = [_on_flag(form, flag) for form in forms]
    last = forms[0].gens[-1]
    return here if flag < len(forms[0].gens) - 1 else [*here, sympy.Poly(last, last, domain="QQ")]


def _without(poly: sympy.Poly, factors: Sequence[sympy.Poly]) -> sympy.Poly:
    """Return a polynomial without factors that vanish at poles only."""
    for factor in factors:
        while not poly.is_zero and (common := poly.gcd(factor)).total_degree() > 0:
            poly = poly.quo(common)
    return poly


def _real_zeros(polys: Sequence[sympy.Poly]) -> tuple[bool, Array]:
    """Return whether it is proved that there are no common zeros, and the real ones.

    Raises
    ------
    InputError
        They are of positive dimension.
    """
    polys = squarefree(polys)
    size = len(polys[0].gens) if polys else 0
    if not polys:
        raise InputError("they are everywhere")
    if generate_one(polys):
        return True, np.zeros((0, size))
    if size == 1:
        common = reduce(lambda a, b: a.gcd(b), polys)
        if common.is_ground:
            return True, np.zeros((0, 1))
        places = np.array([[complex(root)] for root in common.nroots(n=30)])
    else:
        components = decomposed(polys)[0]
        if components.dimension > 0:
            raise InputError(f"they form a set of dimension {components.dimension}")
        places = np.array([p for part in components for p in part.points]).reshape(-1, size)
    sizes = np.maximum(np.abs(places).max(axis=1, initial=0), 1e-3)
    return False, places[np.abs(places.imag).max(axis=1, initial=0) < REAL * sizes].real


def _have_no_real_zero(forms: Sequence[sympy.Poly]) -> tuple[bool, bool]:
    """Return whether forms have no common real zero, and whether they are proved to have none."""
    sure = True
    for flag in reversed(range(len(forms[0].gens))):
        try:
            proved, places = _real_zeros(_all_on_flag(forms, flag))
        except InputError:
            return False, False
        if len(places):
            return False, False
        sure &= proved
    return True, sure


def _limit(polys: Polynomials) -> Array | None:
    """Return the limit of a curve at an infinite parameter, None where there is none."""
    out = []
    for top, bottom in zip(polys.numerators, polys.denominators, strict=True):
        if top.degree() > bottom.degree():
            return None
        out.append(float(top.LC() / bottom.LC()) if top.degree() == bottom.degree() else 0.0)
    return np.array(out)


def _is_proper(polys: Polynomials) -> tuple[bool, bool]:
    """Return whether a map goes to infinity where parameters do, and whether that is proved.

    It does where the terms of highest degree have no common zero but the origin.
    """
    leading = [_leading_form(poly) for poly in polys.numerators if poly.total_degree() > 0]
    return _have_no_real_zero(leading)


def _leading_form(poly: sympy.Poly) -> sympy.Poly:
    """Return the terms of highest degree."""
    import sympy

    degree = poly.total_degree()
    terms = {powers: c for powers, c in poly.terms() if sum(powers) == degree}
    return sympy.Poly(terms, *poly.gens)
