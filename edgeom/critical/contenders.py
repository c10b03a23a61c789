"""All real points that may be nearest to data: of the smooth part, of strata, and special ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from edgeom.certification.certificate import Certificate
from edgeom.critical.boxes import boxes_of
from edgeom.critical.domain import Domain, Face
from edgeom.critical.general import CriticalProblem
from edgeom.critical.parameters import parameters_of
from edgeom.critical.points import CriticalPoints
from edgeom.errors import DegenerateDataError, EdgeomError, IncompleteError, InputError
from edgeom.exact.msolve import availability
from edgeom.exact.real import Box
from edgeom.homotopy.ends import EndKind
from edgeom.solvers.native import all_ends
from edgeom.varieties.algebraic import AlgebraicVariety
from edgeom.varieties.base import Array, Variety
from edgeom.varieties.immersion import image_exceptions
from edgeom.varieties.parametrized import ParametrizedVariety
from edgeom.varieties.singular import SingularLocus, singular_locus

__all__ = ["NUMERICAL", "Contenders", "Strata", "Stratum", "distinct"]

EXACT_SECONDS = 60.0  # for each run of msolve
NUMERICAL = "which parameters are in the domain is known numerically"
ON = 1e-6  # relative size of an equation at a point of its zero set
REAL = 1e-6  # relative size of an imaginary part of the end of a path that may be real


@dataclass(frozen=True, eq=False)
class Stratum:
    """A set of points that may be nearest, as a problem of its own.

    Attributes
    ----------
    kind : str
        "smooth point", "singular point" or "boundary point".
    problem : CriticalProblem
        Of which its smooth points are critical points.
    domain : Domain or None
        The parameters that count; None for all.
    name : str
        What is added to a message about it.
    face : array (parameters,) or None
        The parameters of a face of a domain, NaN where they are free.
    """

    kind: str
    problem: CriticalProblem
    domain: Domain | None = None
    name: str = ""
    face: Array | None = None

    def parameters(self, own: Array | None) -> Array | None:
        """Return parameters of the whole map (points, parameters) for those of the stratum."""
        if own is None or self.face is None:
            return own
        out = np.tile(self.face, (len(own), 1)).astype(own.dtype)
        out[:, np.isnan(self.face)] = own
        return out


@dataclass
class Contenders:
    """Points that may be nearest, in the user's coordinates, and what is known of the list.

    Attributes
    ----------
    kinds : list of str
        Of each point: "smooth point", "singular point", "boundary point" or "limit point".
    points : list of arrays (n,)
    parameters : list of arrays (parameters,) or None
        That a map takes to a point, where they are known.
    is_minimum : list of bool
        Which of them may be local minima.
    lists : list of (CriticalPoints, Certificate or None)
        The whole lists of critical points, one for each stratum where it is one of isolated points.
    places : list of (int, int)
        In which of these lists a point is, and where; (-1, -1) for none.
    unknown : list of str
        What may be missing.
    unproved : list of str
        What is not proved.
    evidence : list of str
    completeness : list of str
        Why the lists are complete; empty where that is not proved.
    boxes : list of Box
        Around isolated singular points, each of which is in one of them, where that is proved.
    """

    kinds: list[str] = field(default_factory=list)
    points: list[Array] = field(default_factory=list)
    parameters: list[Array | None] = field(default_factory=list)
    is_minimum: list[bool] = field(default_factory=list)
    lists: list[tuple[CriticalPoints, Certificate | None]] = field(default_factory=list)
    places: list[tuple[int, int]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    unproved: list[str] = field(default_factory=list)
    evidence: list[str] = field(default_factory=list)
    completeness: list[str] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)

    def add(
        self, kind: str, points: Sequence[Array] | Array, parameters: Array | None = None
    ) -> None:
        """Add points that are in no list of critical points."""
        self.parameters += [None] * len(points) if parameters is None else list(parameters)
        self.kinds += [kind] * len(points)
        self.points += list(points)
        self.is_minimum += [True] * len(points)
        self.places += [(-1, -1)] * len(points)

    def add_list(self, stratum: Stratum, points: CriticalPoints, proof: Certificate | None) -> None:
        """Add the real points of a list of critical points that count."""
        inside = stratum.domain is None or stratum.domain.holds(points.parameters)
        which = np.flatnonzero(points.is_real & inside)
        self.places += [(len(self.lists), int(i)) for i in which]
        self.lists.append((points, proof))
        self.kinds += [stratum.kind] * len(which)
        self.points += [points.variety.flatten(x.real) for x in points.points[which]]
        self.is_minimum += points.is_minimum[which].tolist()
        image = isinstance(points.variety, ParametrizedVariety)
        t = stratum.parameters(points.parameters[which]) if image else None
        self.parameters += [None] * len(which) if t is None else list(t)

    def collect(self, stratum: Stratum, q: Array, seed: int, prove: bool) -> None:
        """Add the critical points of a stratum."""
        problem = stratum.problem.at(stratum.problem.shaped(q))
        try:
            points = problem.critical_points(seed)
            multiple = problem.multiple_points(seed)
        except (DegenerateDataError, IncompleteError, InputError) as error:
            self._collect_ends(stratum, q, seed, f"critical points{stratum.name}: {error}")
            return
        self.evidence.append(f"{len(points)} critical points{stratum.name}")
        proof = None
        if prove:
            try:
                proof = points.certify()
            except InputError as error:
                self.unproved.append(f"critical points{stratum.name}: {error}")
            else:
                why, instead = _completeness(points, proof)
                self.completeness.append(why)
                if not why:
                    text = f"critical points{stratum.name}: {proof.completeness}{instead}"
                    self.unproved.append(text)
        self.add_list(stratum, points, proof)
        size = 1 + np.abs(multiple.points).max(initial=0)
        real = np.abs(multiple.points.imag).max(axis=1, initial=0) < REAL * size
        self.add(stratum.kind, multiple.points[real].real)
        if multiple.elsewhere:
            self.unknown.append(f"critical points{stratum.name} form sets")

    def _collect_ends(self, stratum: Stratum, q: Array, seed: int, why: str) -> None:
        """Add the ends of all paths, where critical points of special data coincide."""
        self.unproved.append(why)
        problem = stratum.problem
        try:
            placed = problem.placed_for(q)
            theta = placed.data_inward(q)
            found = [(fiber, all_ends(fiber, theta)) for fiber in problem.fibers(seed)]
        except (DegenerateDataError, IncompleteError, InputError) as error:
            self.unknown.append(f"{why}; {error}")
            return
        for fiber, part in found:
            x = placed.outward(part.points[part.kind <= EndKind.SINGULAR])
            size = max(float(np.abs(q).max()), float(np.abs(x).max(initial=0)), 1e-300)
            real = np.abs(x.imag).max(axis=1, initial=0) < REAL * size
            ends = part.ends[part.kind <= EndKind.SINGULAR]
            t = parameters_of([fiber.equations.chart], np.zeros(len(ends), int), ends)
            if stratum.domain is not None:
                assert t is not None
                real &= stratum.domain.holds(t)
            whole = stratum.parameters(None if t is None else t[real])
            self.add(stratum.kind, x[real].real, whole)
            if not part.complete:
                self.unknown.append(f"{why}; not all ends of paths are known")
        count = sum(len(part) for _, part in found)
        self.evidence.append(f"ends of {count} paths from general data{stratum.name}")


class Strata:
    """Where an objective may be least on a variety: this does not depend on the data.

    Parameters
    ----------
    problem : CriticalProblem
        With any data.
    domain : Domain, optional
        The parameters of a map that count.
    """

    def __init__(self, problem: CriticalProblem, domain: Domain | None = None) -> None:
        self.problem, self.variety, self.domain = problem, problem.variety, domain

    @property
    def singular(self) -> SingularLocus | None:
        """Points that are not critical points and may be nearest; None where there are none."""
        if self.domain is None:
            return _exceptions(self.variety, self.problem.family.convex is not False)
        parts = [_in_domain(self.variety, self.domain)]
        parts += [_in_domain(f.variety, f.domain) for f in self._faces if f.variety and f.domain]
        return SingularLocus(
            (),
            np.concatenate([part.points for part in parts]),
            tuple(text for part in parts for text in part.unknown),
            all(part.proved_empty for part in parts),
        )

    @cached_property
    def _faces(self) -> list[Face]:
        if self.domain is None or not isinstance(self.variety, ParametrizedVariety):
            return []
        return list(self.domain.faces(self.variety))

    @cached_property
    def corners(self) -> Array:
        """Images of faces of the domain that are points."""
        points = [face.point for face in self._points]
        return np.array(points, float).reshape(-1, self.variety.ambient_dimension)

    @property
    def corner_parameters(self) -> Array:
        """The parameters of `corners`."""
        return np.array([face.parameters for face in self._points], float)

    @property
    def _points(self) -> list[Face]:
        return [f for f in self._faces if f.variety is None and np.isfinite(f.point).all()]

    @cached_property
    def all(self) -> list[Stratum]:
        """The smooth part, or one of each part, and singular strata of positive dimension."""
        below = () if self.singular is None else self.singular.strata
        strata = [Stratum("smooth point", self.problem, self.domain)]
        parts = _closed_parts(self.variety) if isinstance(self.variety, AlgebraicVariety) else ()
        if len(parts) > 1 and parts[0].codimension == 1:  # equations have a factor in common
            strata = [self._stratum("smooth point", part) for part in parts]
        strata += [self._stratum("singular point", variety) for variety in below]
        faces = [(f.variety, f.domain, f.parameters) for f in self._faces if f.variety is not None]
        return strata + [self._stratum("boundary point", *face) for face in faces]

    def _stratum(
        self, kind: str, variety: Variety, domain: Domain | None = None, face: Array | None = None
    ) -> Stratum:
        return Stratum(kind, self.problem.on(variety), domain, f" of the stratum {variety}", face)

    def contenders(self, q: Array, seed: int, prove: bool) -> Contenders:
        """Collect all points that may be nearest to data q (coordinates,)."""
        found = Contenders()
        for stratum in self.all:
            found.collect(stratum, q, seed, prove)
        if self.domain is not None:
            found.add("boundary point", self.corners, self.corner_parameters)
            found.evidence.append(f"{len(self._faces)} faces of the domain")
            found.unproved.append(NUMERICAL)
        if self.singular is None:
            found.evidence.append(self.variety.why_smooth or "the variety has no singular points")
            return found
        if self.singular.proved_empty:
            found.evidence.append(self._no_singular_points)
        elif not self.singular.unknown:
            count = len(self.singular.real_points)
            found.evidence.append(f"{count} real isolated singular points, by their equations")
            boxes = self.boxes if prove else None
            if boxes is None:
                found.unproved.append("singular points are known numerically only")
            elif len(boxes) != count:
                found.unknown.append(f"{count} real singular points are known, {len(boxes)} exist")
            found.boxes = boxes or []
        found.add("singular point", self.singular.real_points)
        found.unknown += self.singular.unknown
        return found

    @property
    def _no_singular_points(self) -> str:
        if self.singular is not None and self.singular.strata:
            if isinstance(self.variety, AlgebraicVariety):
                return "it is proved that there are no singular points but on these strata"
            return "other singular points are never nearest, by theory"
        if isinstance(self.variety, ParametrizedVariety):
            return "it is proved that the map is an immersion, and its image closed"
        if len(self.variety.parts()) > 1:
            return (
                "it is proved that no part has singular points of its own; points where parts meet "
                "are on both"
            )
        return "it is proved that there are no singular points"

    @cached_property
    def boxes(self) -> list[Box] | None:
        """Boxes around all real isolated singular points; None where they are not proved."""
        return None if self.singular is None else boxes_of(self.singular.systems)


@lru_cache(maxsize=16)
def _closed_parts(variety: AlgebraicVariety) -> tuple[Variety, ...]:
    """Return the parts of a set, with the points where they meet others.

    Zeros of a factor, or of the quotients by what equations have in common, are all on the set. So
    a part may have them all, if none of its components is one of another part.
    """
    parts = variety.parts()
    if len(parts) == 1 or variety.polynomials.excluded:
        return parts
    wholes = []
    for part in parts:
        assert isinstance(part, AlgebraicVariety)
        wholes.append(
            AlgebraicVariety(
                [p.as_expr() for p in part.polynomials.polys], part.polynomials.variables
            )
        )
    factors = [whole for whole in wholes if len(whole.polynomials.polys) == 1]
    return tuple(
        whole if whole in factors or _is_apart(whole, part.dimension, factors) else part
        for whole, part in zip(wholes, parts, strict=True)
    )


def _is_apart(
    variety: AlgebraicVariety, dimension: int, others: Sequence[AlgebraicVariety]
) -> bool:
    """Whether the components have this dimension, and none is in another set."""
    try:
        components = variety.components
    except (InputError, IncompleteError):
        return False
    return all(
        component.dimension == dimension
        and not any(other.contains(component.points[0], ON) for other in others)
        for component in components
    )


@lru_cache(maxsize=16)
def _in_domain(variety: ParametrizedVariety, domain: Domain) -> SingularLocus:
    """Return points of an image that are no critical points, with parameters in a domain."""
    return image_exceptions(variety, domain.holds, not domain.is_bounded)


@lru_cache(maxsize=16)  # whatever the metric
def _exceptions(variety: Variety, slope: bool) -> SingularLocus | None:
    """Return points of a variety that are not critical points and may be nearest.

    With a `slope` the gradient is not 0 at them, as that of a convex function is not.
    """
    if (slope and variety.why_smooth) or not variety.singular_points:
        return None
    if isinstance(variety, AlgebraicVariety):
        return singular_locus(variety)
    if isinstance(variety, ParametrizedVariety):
        return image_exceptions(variety)
    strata, nothing = variety.singular_strata(), np.zeros((0, variety.ambient_dimension))
    if strata is not None:
        return SingularLocus(tuple(strata), nothing, proved_empty=True)
    return SingularLocus((), nothing, (variety.singular_points,))


def distinct(points: Array, first: int, others: NDArray[np.bool_], apart: float) -> list[int]:
    """Return the number of a point, and those of others that are apart from all before them."""
    found = [first]
    for i in np.flatnonzero(others).tolist():
        if all(np.abs(points[i] - points[j]).max() > apart for j in found):
            found.append(i)
    return found


def _completeness(points: CriticalPoints, proof: Certificate) -> tuple[str, str]:
    """Return why it is proved that no critical point is missing, or "" and what to do."""
    if proof.complete:
        return proof.completeness, ""
    if isinstance(points.variety, ParametrizedVariety) and points.variety.is_projective:
        return "", "; an exact count leaves out infinite parameters"
    usable = availability()
    if not usable.available:
        return "", f"; an exact count may prove it: {usable.reason}"
    try:
        exact = points.exact_count(timeout=EXACT_SECONDS)
    except EdgeomError as error:
        return "", f"; there is no exact count: {error}"
    count = int(proof.is_distinct.sum())
    if exact.count == count:
        return f"complete: {count} = exact count modulo {' and '.join(map(str, exact.primes))}", ""
    return "", f"; the exact count is {exact.count}"
