"""The nearest point of a real variety, among all points that can be it.

A nearest point is a critical point on the smooth part, or a singular point. So all critical points
are compared with those of the singular locus, stratum by stratum, and with its isolated points.
Where critical points of special data coincide or form a set, the ends of all paths from general
data meet every connected component of it, on which the distance does not change. Descents from
random points are a second opinion, and find a representative of a set. See
docs/explanation/nearest.md.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from edgeom.certification.distances import distance_bounds
from edgeom.critical.boxes import boxes_in_doubles
from edgeom.critical.condition import condition_of
from edgeom.critical.contenders import Contenders, Strata, distinct
from edgeom.critical.descents import Part, Parts
from edgeom.critical.domain import Domain, Given
from edgeom.critical.local import LocalMinimum
from edgeom.critical.nearest_point import NearestPoint
from edgeom.critical.problem import DistanceProblem
from edgeom.equations.critical import CriticalEquations
from edgeom.equations.hessian import Indices, indices
from edgeom.errors import InputError, check_size
from edgeom.exact.member import lies_on
from edgeom.objectives.metric import Metric
from edgeom.varieties.base import Array, Variety
from edgeom.varieties.missing import split_missing
from edgeom.varieties.parametrized import ParametrizedVariety
from edgeom.varieties.placed import Placed

__all__ = ["NearestProblem", "nearest_point"]

DESCENTS = 12
ONLY_DESCENTS = 40  # where nothing else is known
EQUAL = 1e-8  # relative difference of squared distances that are equal
SMALL = 1e-10  # share of the squared size of a problem below which squared distances are rounding
SAME = 1e-5  # distance of points that are the same, relative to the size of the problem
NEARER = 1e-6  # relative difference of squared distances that a descent has to find
AWAY = 1e-2  # relative distance at which it is tried whether nearest points form a set
STRAIGHT = 0.15  # relative size of a direction that counts there
REFINED = 1e-6  # relative length of a Newton step at a critical point
FLAT = 1e-9  # relative size of a singular value of a Hessian that counts for 0
UNSEEN = (
    "the metric does not see all directions (entries are missing or have weight 0), far points may "
    "be nearer"
)
RUNS_AWAY = (
    "a descent goes on towards infinity, beyond this point: the least distance may not be attained"
)
FEW = 0.1  # moves that are smaller count for none


class NearestProblem:
    """Nearest points of one variety in one metric, for any data.

    Parameters
    ----------
    variety : Variety
        Real.
    metric : Metric, optional
        Real, and not indefinite.
    seed : int
    domain : dict, optional
        From and to for parameters of a map, None for no end: ``{"t": (0, 1)}``.

    Raises
    ------
    InputError
        The variety or the metric is complex, or the metric may be indefinite.

    Examples
    --------
    >>> import edgeom as eg
    >>> ellipse = eg.AlgebraicVariety(["x^2 + 4*y^2 = 4"], "x, y")
    >>> problem = eg.NearestProblem(ellipse)
    >>> [round(problem.at(q).distance, 9) for q in ([3, 0], [0, 3])]
    [1.0, 2.0]
    """

    def __init__(
        self,
        variety: Variety,
        metric: Metric | None = None,
        seed: int = 0,
        domain: Given | None = None,
    ) -> None:
        check_size(seed, "seed", 0)
        self.domain = None if domain is None else Domain.of(variety, domain)
        problem = DistanceProblem(variety, metric)
        self.strata = Strata(problem, self.domain)
        self.variety, self.metric, self.seed = variety, problem.metric, seed
        if self.metric.indefinite or not (self.metric.is_real and variety.is_real):
            raise InputError(
                "there is no nearest point for a complex variety, or a metric that is complex or "
                "may be indefinite"
            )

    def at(
        self, data: ArrayLike, *, prove: bool = True, searches: int | None = None
    ) -> NearestPoint:
        """Find the nearest point.

        Parameters
        ----------
        data : array
            Entries that are NaN are missing: they get weight 0.
        prove : bool
            Try to prove it.
        searches : int, optional
            Only so many local searches from random points, where there are too many critical
            points to find all. The best end is returned, which need not be the nearest point.
        """
        if searches is not None:
            searches = check_size(searches, "searches", 1)
        filled, observed = split_missing(self.variety, data)
        if observed is not None:
            metric = DistanceProblem(self.variety, self.metric).at(data).metric
            box = None if self.domain is None else self.domain.given()
            problem = NearestProblem(self.variety, metric, self.seed, box)
            return problem.at(filled, prove=prove, searches=searches)
        q = self.variety.flatten(data, "data")
        if np.iscomplexobj(q):
            raise InputError("data must be real: there is no nearest point for complex data")
        point = self.variety.unflatten(q)
        if self.variety.is_singular(point) and self.variety.contains(point, 1e-12):
            return self._at_data(q)
        if searches is None:
            found = self.strata.contenders(q, self.seed, prove)
        else:
            found = Contenders(unknown=[f"only {searches} local searches: others may be nearer"])
        if not prove:
            found.unproved.append("a proof was not asked for")
        rng = np.random.default_rng(np.random.SeedSequence([self.seed, 2]))  # anew for all data
        self._descend(found, q, rng, searches)
        if not found.points:
            raise InputError(
                f"no real point of {self.variety} was found; "
                + "; ".join(found.unknown or ["it has none, or only such as were not looked for"])
            )
        return self._chosen(found, q, rng)

    def _at_data(self, q: Array) -> NearestPoint:
        points = self.variety.unflatten(q[None])
        exact = lies_on(self.variety, q)
        where = "exactly" if exact else "to within rounding"
        why = f"the data is a singular point of the variety, {where}"
        return NearestPoint(
            self.variety, self.metric, points[0], points, 0.0, 0, "singular point", exact, why,
            np.inf, np.inf, (why,), self._parameters([None]),
        )  # fmt: skip

    # Descents.

    @cached_property
    def _placed(self) -> Placed:
        return Placed.of(self.variety, self.metric)

    @cached_property
    def _parts(self) -> Parts:
        """Where descents go."""
        parts = [(s.kind, s.problem.variety) for s in self.strata.all if s.kind == "smooth point"]
        singular = self.strata.singular
        parts += [("singular point", v) for v in (singular.unsearched if singular else ())]
        return Parts(parts, self.metric, self.domain, self.seed)

    def _part_of(self, x: Array) -> Part:
        """Return the part on which a point is."""
        return self._parts.of(np.asarray(self.variety.unflatten(x)))

    def _descend(
        self, found: Contenders, q: Array, rng: np.random.Generator, searches: int | None
    ) -> None:
        """Add the ends of descents where they are nearer than everything else."""
        ends = []
        for part in self._parts.all:
            placed = part.placed.for_data(q)
            there = placed.inward(q)
            count = DESCENTS if part.kind == "smooth point" else ONLY_DESCENTS
            for end in part.ends(there, searches or count, rng):
                x = placed.outward(end.point)
                kind = "limit point" if end.at_infinity else part.kind
                t = part.descent.chart.parameters(end.unknowns[None])
                ends.append((float(self.metric.values(x, q)), x, kind, t))
        found.evidence.append(f"{len(ends)} descents from random points")
        if not ends:
            return
        value, x, kind, t = min(ends, key=lambda end: end[0])
        values = self.metric.values(np.array(found.points).reshape(-1, len(q)), q)
        if value < values.min(initial=np.inf) * (1 - NEARER) - self._rounding(q):
            found.add(kind, x[None], t)
            if kind == "limit point" and self.metric.is_singular:
                found.unknown.insert(0, RUNS_AWAY)
            if values.size and not found.unproved + found.unknown:
                found.unknown.append("a descent has found a nearer point than these lists have")

    def _rounding(self, q: Array) -> float:
        """Return a squared distance that is as good as zero."""
        placed = self._placed.for_data(q)
        return float(
            SMALL**2 * 2.0**placed.exponent * max(1.0, np.abs(placed.inward(q)).max()) ** 2
        )

    # The choice.

    def _chosen(self, found: Contenders, q: Array, rng: np.random.Generator) -> NearestPoint:
        points = np.array(found.points) + 0.0
        values = self.metric.values(points, q)
        best = int(values.argmin())
        if found.places[best][0] < 0 and found.kinds[best] == "smooth point":
            points[best] = self._polished(points[best], q)
            values[best] = self.metric.values(points[best], q)
        equal = values[best] * (1 + EQUAL) + self._rounding(q)
        placed = self._placed.for_data(q)
        size = max(1.0, float(np.abs(placed.inward(q)).max()))
        ties = distinct(placed.inward(points), best, values <= equal, SAME * size)
        others = [
            i for i in np.flatnonzero(values > equal).tolist() if self._is_minimum(found, i, q)
        ]
        dimension, more = self._set_around(points[best], q, found.places[best], rng)
        condition = np.inf if dimension else self._condition(found, best, points[best], q)
        proved, reason = self._proof(found, ties, q)
        ties = ties[:1] if dimension else ties
        return NearestPoint(
            variety=self.variety,
            metric=self.metric,
            data=self.variety.unflatten(q),
            points=self.variety.unflatten(points[ties]),
            squared_distance=float(values[best]) if values[best] > self._rounding(q) else 0.0,
            dimension=dimension,
            kind=found.kinds[best],
            proved=proved and not dimension,
            reason=reason if not dimension else "nearest points form a set",
            runner_up=float(values[others].min(initial=np.inf)),
            condition=condition,
            evidence=tuple(dict.fromkeys([*found.evidence, *more])),
            parameters=self._parameters([found.parameters[i] for i in ties]),
        )

    def _parameters(self, known: list[Array | None]) -> Array | None:
        """Return parameters of points of an image, NaN where they are not known."""
        if not isinstance(self.variety, ParametrizedVariety):
            return None
        unknown = np.full(len(self.variety.variables), np.nan)
        t = np.array([unknown if row is None else row for row in known])
        return t if np.any(t.imag) else t.real + 0.0

    def _polished(self, x: Array, q: Array) -> Array:
        """Return the end of a descent from a point that is known roughly, where that is near."""
        part = self._part_of(x)
        placed = part.placed.for_data(q)
        start = part.descent.chart.coordinates(placed.inward(x)[None])
        end = None if start is None else part.run(start[0].real, placed.inward(q))
        if end is None or np.abs(end.point - placed.inward(x)).max() > AWAY:
            return x
        return placed.outward(end.point)

    def _set_around(
        self, x: Array, q: Array, place: tuple[int, int], rng: np.random.Generator
    ) -> tuple[int, list[str]]:
        """Return the dimension of the set of nearest points, for points that are not isolated."""
        if place != (-1, -1):  # a regular critical point
            return 0, []
        part = self._part_of(x)
        descent, placed = part.descent, part.placed.for_data(q)
        there = placed.inward(q)
        size = max(1.0, float(np.abs(there).max()))
        start = descent.chart.coordinates(placed.inward(x)[None])
        best = None if start is None else descent.run(start[0].real, there)
        if start is None or best is None:
            return 0, []
        moves = []
        for _ in range(len(x) + 1):
            end = part.run(descent.moved(start[0].real, AWAY * size, rng), there)
            if end is not None and _is_equal(end, best, size):
                moves.append((end.point - best.point) / (AWAY * size))
        sizes = np.linalg.svd(np.array(moves).reshape(-1, len(x)), compute_uv=False)
        dimension = int(np.sum(sizes > STRAIGHT * max(sizes.max(initial=0), FEW)))
        return dimension, [f"descents from {len(moves)} points around it"] if dimension else []

    def _regular(
        self, x: Array, q: Array
    ) -> tuple[CriticalEquations, Array, Array, Indices] | None:
        """Return the critical equations at a point of no list, and solution, data and index.

        None where it is no critical point, or where it may be one of a set.
        """
        part = self._part_of(x)
        placed, equations = part.placed.for_data(q), part.descent.equations
        there, start = placed.inward(q), part.descent.chart.coordinates(placed.inward(x)[None])
        if start is None:
            return None
        u = equations.with_multipliers(start[0].real, there)
        p = equations.parameters(there)
        with np.errstate(all="ignore"):
            values, jacobian = equations.system.evaluate(u[None], p[None])
            if not (np.isfinite(values).all() and np.isfinite(jacobian).all()):
                return None
            sizes = np.linalg.svd(jacobian[0], compute_uv=False)
            step = np.linalg.lstsq(jacobian[0], -values[0], rcond=None)[0]
        near = np.linalg.norm(step) <= REFINED * max(1.0, float(np.linalg.norm(u)))
        if not near or sizes[-1] <= FLAT * sizes[0]:
            return None
        return equations, u, there, indices(equations, u[None], p[None])

    def _is_minimum(self, found: Contenders, number: int, q: Array) -> bool:
        """Whether a point may be a local minimum."""
        if found.places[number][0] >= 0 or found.kinds[number] != "smooth point":
            return found.is_minimum[number]
        known = self._regular(np.asarray(found.points[number]), q)
        return known is None or known[3].index[0] <= 0

    def _condition(self, found: Contenders, number: int, x: Array, q: Array) -> float:
        which, i = found.places[number]
        if which >= 0:
            points = found.lists[which][0]
            u = points.unknowns_of(points.chart[i])[np.sum(points.chart[:i] == points.chart[i])]
            there = points.placed.inward(points.variety.flatten(points.data))
            return condition_of(points.charts[points.chart[i]], u, there)
        known = self._regular(x, q) if found.kinds[number] == "smooth point" else None
        return np.inf if known is None else condition_of(*known[:3])

    def _proof(self, found: Contenders, ties: list[int], q: Array) -> tuple[bool, str]:
        missing = [*found.unknown, *[UNSEEN] * self.metric.is_singular, *found.unproved]
        if missing:
            return False, missing[0]
        if len(ties) > 1:
            return False, "several points are at the same distance, up to rounding"
        if not self._is_proved_nearest(found, ties[0], q):
            return False, "balls of certified points do not tell which is nearest"
        singular = f"; {len(found.boxes)} singular points in exact boxes" if found.boxes else ""
        lists = "; ".join(found.completeness)
        return True, f"certified, and farther are all other critical points, {lists}{singular}"

    def _is_proved_nearest(self, found: Contenders, number: int, q: Array) -> bool:
        """Whether all other points of all lists are proved to be farther."""
        bounds: list[tuple[float, float]] = []
        own = -1
        which, i = found.places[number]
        for k, (_, proof) in enumerate(found.lists):
            if proof is None:
                return False
            if k == which:
                if not proof.is_real[i]:
                    return False
                own = len(bounds) + i
            bounds += [(low, high) for low, high in proof.squared_distance_bounds.tolist()]
        centers, radius = boxes_in_doubles(found.boxes, len(q))
        bounds += [distance_bounds(x, radius, q, self.metric.matrix) for x in centers]
        values = np.array(bounds)
        if own < 0:  # a singular point
            own = int(values[:, 1].argmin())
        return bool((np.delete(values[:, 0], own) > values[own, 1]).all())


def nearest_point(
    problem: DistanceProblem,
    seed: int = 0,
    *,
    prove: bool = True,
    domain: Given | None = None,
    searches: int | None = None,
) -> NearestPoint:
    """Find the nearest point of a problem with data, see `DistanceProblem.nearest_point`."""
    if problem.data is None:
        raise InputError("the problem has no data; use problem.at(data)")
    nearest = NearestProblem(problem.variety, problem.metric, seed, domain)
    return nearest.at(problem.data, prove=prove, searches=searches)


def _is_equal(end: LocalMinimum, best: LocalMinimum, size: float) -> bool:
    gap = abs(end.squared_distance - best.squared_distance)
    return gap <= EQUAL * best.squared_distance + (SMALL * size) ** 2
