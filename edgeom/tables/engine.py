"""All critical points for many data points at once, sorted out by sample.

From one generic complex fibre all samples of a block are reached by one call of the tracker.
Lost paths are tracked again in another chart, the ends of those that fail there with many digits,
and samples that still miss a point along other routes. A fixed metric is compiled into the
program, one for each sample is among the parameters, as the data of other objectives are.
Every sample has its own random stream: results do not depend on how samples are grouped.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.certification.parameters import ExactParameters
from edgeom.critical.numbers import known_count
from edgeom.equations.critical import CriticalEquations, Free, critical_equations
from edgeom.errors import IncompleteError, InputError
from edgeom.homotopy.pointset import PointSet
from edgeom.homotopy.tracker import TrackerOptions
from edgeom.objectives.family import ObjectiveFamily
from edgeom.objectives.metric import Metric
from edgeom.scaling import size_exponent
from edgeom.solvers.charts import chart_for
from edgeom.solvers.fibers import find_joint_fiber
from edgeom.solvers.native import NEAR, finished_paths
from edgeom.tables.classify import classify
from edgeom.tables.draw import draw, split_rows
from edgeom.tables.laws import GIVEN, Law, check_problem, law_in_words
from edgeom.tables.proofs import SampleProver
from edgeom.tables.routes import Route, start_metric, tracker_of
from edgeom.tables.samples import SampleBlock
from edgeom.varieties.base import Variety, gaussian
from edgeom.varieties.placed import Placed
from edgeom.varieties.unseen import family_for

__all__ = ["SampleEngine", "Solved"]

Array = NDArray[Any]
ATTEMPTS = 6
DISTINCT = 1e-7  # relative distance below which two points are one


@dataclass(frozen=True)
class Solved:
    """The critical points of a block of samples in good units.

    Attributes
    ----------
    charts : list of CriticalEquations
    chart : integer array (samples, points)
        In which of them each point was found.
    unknowns, points : complex arrays (samples, points, unknowns or n)
        NaN where a point is missing.
    complete : bool array (samples,)
    attempts : integer array (samples,)
    exact : ExactParameters
        Of all samples.
    metrics : array (samples, n, n)
    unit : array (samples,)
        Of squared distances.
    is_real, is_minimum : bool arrays (samples, points)
    columns : dict
        What else is said of the points, see :func:`~edgeom.tables.classify.classify`.
    """

    charts: list[CriticalEquations]
    chart: Array
    unknowns: Array
    points: Array
    complete: NDArray[np.bool_]
    attempts: NDArray[np.int64]
    exact: ExactParameters
    metrics: Array
    unit: Array
    is_real: NDArray[np.bool_]
    is_minimum: NDArray[np.bool_]
    columns: dict[str, Array]

    def distances(self, x: Array) -> Array:
        """Return the squared distances of points (samples, points, n) in good units."""
        gap = x - self.exact.gap[:, None, :]
        return np.asarray(np.einsum("gki,gij,gkj->gk", gap, self.metrics, gap) * self.unit[:, None])


class SampleEngine:
    """Computes blocks of samples of a variety.

    Parameters
    ----------
    variety : Variety
    metric : Metric, ObjectiveFamily or {"fresh", "weights"}
        A fixed metric; or a new one for each sample: S = fᵀf with f an n×n matrix of independent
        standard normal entries ("fresh"), or independent squared normal entrywise weights; or the
        family of another objective.
    seed : int
    threads : int
        Threads that share the paths of a block.
    certify : bool
        Prove what is counted.
    """

    def __init__(
        self,
        variety: Variety,
        metric: Law = "fresh",
        seed: int = 0,
        threads: int = 1,
        certify: bool = False,
    ) -> None:
        check_problem(variety, metric)
        self.variety, self.metric, self.seed, self.threads = variety, metric, seed, threads
        n = variety.ambient_dimension
        self.n = n
        self.is_distance = isinstance(metric, Metric | str)
        start: ObjectiveFamily = start_metric(n, seed)
        if isinstance(metric, ObjectiveFamily):
            start = family_for(variety, metric)
        self.family = start
        known = known_count(variety, start)
        self.placed = Placed.of(variety, start)
        self.fiber = find_joint_fiber(
            self.placed.variety,
            self.placed.family,
            seed,
            expected=None if known is None else known.value,
            stop=True,
        )
        if not self.fiber.confirmed:
            raise IncompleteError(
                f"the number of critical points is not confirmed: {'; '.join(self.fiber.checks)}"
            )
        self.degree = len(self.fiber)
        self._routes: list[Route] = []
        self.prover = SampleProver(variety, self.placed) if certify else None

    @property
    def law(self) -> str:
        """How metric and data are drawn, in words."""
        return law_in_words(self.metric)

    def route(self, attempt: int) -> Route:
        """Return the route of an attempt; it is made and compiled when it is first needed."""
        while len(self._routes) <= attempt:
            self._routes.append(self._new_route(len(self._routes)))
        return self._routes[attempt]

    def _new_route(self, attempt: int) -> Route:
        """Make a route: the straight one, that in another chart, or a detour in another chart."""
        rng = np.random.default_rng(np.random.SeedSequence([self.seed, attempt]))
        fiber, starts = self.fiber, self.fiber.monodromy.solutions
        chart = chart_for(fiber.variety, fiber.family, rng) if attempt else fiber.equations.chart
        free: Free = "data" if isinstance(self.metric, Metric) else "metric"
        equations = critical_equations(chart, fiber.family, free)
        if attempt:
            moved = equations.unknowns_of(fiber.points, fiber.data)
            if moved is None:  # the variety has one chart only
                equations = self._routes[0].equations
            else:
                starts = moved
        same = attempt > 0 and equations is self._routes[0].equations
        tracker = self._routes[0].tracker if same else tracker_of(equations, self.metric)
        begin = equations.parameters(fiber.data)
        if attempt > 1:
            middle = begin.copy()
            part = slice(-self.n, None) if self.is_distance else slice(0, len(fiber.data))
            size = np.linalg.norm(begin[part]) / np.sqrt(len(begin[part]))
            middle[part] += size * gaussian(rng, len(begin[part]))
            there = tracker.carry(starts, begin, middle)
            starts, begin = there.solutions[there.success], middle
        return Route(equations, tracker, starts, begin)

    def draw(self, samples: NDArray[np.int64]) -> tuple[Array, Array]:
        """Return metrics ``(samples, n, n)`` and data ``(samples, n)`` of some samples."""
        return draw(self.metric, self.family, self.n, self.seed, samples)

    def block(self, first: int, count: int, data: Array | None = None) -> SampleBlock:
        """Compute samples first, ..., first + count - 1, whose data may be given."""
        samples = np.arange(first, first + count)
        if isinstance(self.metric, str) and self.metric in GIVEN:
            assert data is not None
            metrics, data = split_rows(data, self.n)
        else:
            metrics, drawn = self.draw(samples)
            data = drawn if data is None else data
        return replace(self.solve(data, metrics), sample=samples)

    def solve(self, data: Array, metrics: Array | None = None) -> SampleBlock:
        """Compute samples for given data.

        Parameters
        ----------
        data : array (samples, n)
        metrics : array (samples, n, n), optional
            By default the fixed metric of the engine, the only one that an engine with a fixed
            metric can take.

        Returns
        -------
        SampleBlock
            The samples are numbered from 0.
        """
        found = self.solved(data, metrics)
        samples, columns = len(data), dict(found.columns)
        if self.is_distance:
            values = found.distances(found.points.real)
        else:
            with np.errstate(all="ignore"):
                outside = self.outward(found.points.real, data)
                values = self.family.values(outside, data[:, None, :])
        columns["nearest"] = np.where(found.is_real, values, np.inf).min(axis=1)
        columns["certified"], columns["proved"] = np.zeros(samples, int), np.zeros(samples, bool)
        if self.prover is not None:
            columns |= self.prover.columns(self.prover.points(found))
            columns["proved"] &= found.complete
        return SampleBlock(np.arange(samples), found.complete, attempts=found.attempts, **columns)

    def solved(self, data: Array, metrics: Array | None = None) -> Solved:
        """Find the critical points of samples, as for :meth:`solve`."""
        if not self.is_distance:
            metrics = np.zeros((len(data), 0, 0))
        if metrics is None:
            if not isinstance(self.metric, Metric):
                raise InputError("metrics must be given for an engine without a fixed metric")
            metrics = np.broadcast_to(self.metric.matrix, (len(data), self.n, self.n))
        metrics, inward, unit = self._inward(metrics, data)
        exact = self._exact(metrics, inward)
        targets = exact.doubles()[0]
        points, unknowns, chart, complete, attempts = self._solve(targets)
        charts = [route.equations for route in self._routes]
        columns = classify(charts, chart, unknowns, points, targets, self.variety.dimension)
        flags = columns.pop("is_real"), columns.pop("is_minimum")
        return Solved(
            charts,
            chart,
            unknowns,
            points,
            complete,
            attempts,
            exact,
            metrics,
            unit,
            *flags,
            columns,
        )

    def outward(self, x: Array, data: Array) -> Array:
        """Return points (samples, points, n) of good units in the user's coordinates."""
        change = self.placed.coordinates
        sizes = self._sizes(data)[:, None, None]
        return np.asarray(change.base + change.scale * np.ldexp(x, sizes))

    def _sizes(self, data: Array) -> NDArray[np.int64]:
        """Return the exponents of the units of each sample: a cone has the size of its data."""
        if not (self.placed.variety.is_cone and self.placed.family.homogeneity):
            return np.zeros(len(data), int)
        return np.array([size_exponent(q) for q in data], int)

    def _inward(self, metrics: Array, data: Array) -> tuple[Array, Array, Array]:
        """Return metrics and data in good units, and the unit of squared distances there.

        The origin of good coordinates is left to :class:`ExactParameters`.
        """
        placed = self.placed
        if not self.is_distance:
            moved = [
                placed.family.inward(q, placed.coordinates.widened(int(size)), int(size))
                for q, size in zip(data, self._sizes(data), strict=True)
            ]
            return metrics, np.array(moved), np.ones(len(data))
        powers = np.array(placed.coordinates.exponents, int)
        exponents = np.full(len(data), placed.exponent)
        if placed.variety.is_cone:
            sizes = self._sizes(data)
            data = np.ldexp(data, -sizes[:, None])
            exponents = exponents + 2 * sizes
        if powers.any():
            data = np.ldexp(data, -powers)
        if powers.any() or placed.exponent:
            metrics = np.ldexp(metrics, powers + powers[:, None] - placed.exponent)
        return metrics, data, np.ldexp(1.0, exponents)

    def _exact(self, metrics: Array, data: Array) -> ExactParameters:
        """Return the parameters of the critical equations, for metrics and data in good units."""
        if not self.is_distance:
            equations = self.fiber.equations
            errors = self.placed.family.rounding(data, self.placed.coordinates)
            every, slack = (
                np.array([equations.parameters(row) for row in rows]) for rows in (data, errors)
            )
            return ExactParameters.given(every, slack)
        change = self.placed.coordinates
        origin = change.base / change.scale if any(change.origin) else None
        if isinstance(self.metric, Metric):
            return ExactParameters(np.zeros(0), self.placed.metric.matrix, data, origin)
        rows, cols = np.triu_indices(self.n)
        # the equations are homogeneous in (S, c): equal sizes make equal step lengths, and powers
        # of two make no rounding errors
        ratio = np.linalg.norm(self.fiber.metric.matrix) / np.linalg.norm(metrics, axis=(1, 2))
        scaled = np.ldexp(metrics, np.round(np.log2(ratio)).astype(int)[:, None, None])
        return ExactParameters(scaled[:, rows, cols], scaled, data, origin)

    def _solve(self, targets: Array) -> tuple[Array, Array, Array, Array, Array]:
        """Return points, unknowns, their charts; completeness and attempts for each sample.

        The places of points that are missing hold NaN.
        """
        samples, K = len(targets), self.degree
        every = np.ones((samples, K), bool)
        u, x, arrived = self._track(0, targets, every)
        unknowns, points = u.reshape(samples, K, -1), x.reshape(samples, K, -1)
        arrived = arrived.reshape(samples, K)
        chart, attempts = np.zeros((samples, K), int), np.ones(samples, int)
        complete = arrived.all(axis=1) & _distinct(points)
        known = {int(g): PointSet(self.n, DISTINCT) for g in np.flatnonzero(~complete)}

        def add(g: int, u: Array, x: Array, attempt: int) -> None:
            before = len(known[g])
            place, first = np.unique(known[g].add(x), return_index=True)
            new = (place >= before) & (place < K)
            unknowns[g, place[new]], points[g, place[new]] = u[first[new]], x[first[new]]
            chart[g, place[new]] = attempt
            complete[g] = len(known[g]) == K

        for g in known:
            u, x = unknowns[g, arrived[g]], points[g, arrived[g]]
            unknowns[g], points[g] = np.nan, np.nan
            add(g, u, x, 0)
        for attempt in range(1, ATTEMPTS):
            rest = np.flatnonzero(~complete)
            if not len(rest):
                break
            attempts[rest] += 1
            again = np.ones((len(rest), len(self.route(attempt).starts)), bool)
            if attempt == 1:  # the same paths in another chart: only those that were lost
                again = ~arrived[rest] | arrived[rest].all(axis=1, keepdims=True)
            u, x, ok = self._track(attempt, targets[rest], again)
            owner = rest[np.nonzero(again)[0]]
            for g in rest.tolist():
                add(g, u[ok & (owner == g)], x[ok & (owner == g)], attempt)
        return points, unknowns, chart, complete, attempts

    def _track(self, attempt: int, targets: Array, which: Array) -> tuple[Array, Array, Array]:
        """Track chosen starts (targets, starts); return ends, their points, and who arrived."""
        route = self.route(attempt)
        target, start = np.nonzero(which)
        results = route.tracker.track(
            route.starts,
            np.concatenate([route.begin[None], targets]),
            start,
            0,
            target + 1,
            TrackerOptions().tighter() if attempt else None,
            self.threads,
        )
        ends, arrived = results.solutions, results.success
        if attempt:
            for g in np.unique(target[~arrived & (results.t > 1 - NEAR)]).tolist():
                late = np.flatnonzero((target == g) & ~arrived & (results.t > 1 - NEAR))
                first = route.starts[start[late]]
                ends[late], arrived[late] = finished_paths(
                    route.equations, route.tracker, first, route.begin, targets[g]
                )
        return ends, route.equations.system.lift(ends), arrived


def _distinct(points: Array) -> NDArray[np.bool_]:
    """Tell for each sample whether all its points ``(samples, points, n)`` are distinct."""
    weights = gaussian(np.random.default_rng(points.shape[2]), points.shape[2])
    keys = points @ weights
    size = np.abs(points).max(axis=2)
    steps = np.diff(np.sort(keys.real, axis=1), axis=1)
    clear = (steps > DISTINCT * size.max(axis=1, keepdims=True)).all(axis=1)
    for g in np.flatnonzero(~clear):  # all pairs
        gaps = np.abs(keys[g, :, None] - keys[g])
        np.fill_diagonal(gaps, np.inf)
        clear[g] = (gaps.min(axis=1) > DISTINCT * size[g]).all()
    return np.asarray(clear)
