"""Generic fibres: all critical points for one generic complex data point, by monodromy.

A fibre is found once for a variety and a metric; every other data point is reached from it by
parameter homotopy.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.equations.critical import DistanceEquations, Free, critical_equations
from edgeom.errors import DegenerateDataError, IncompleteError
from edgeom.homotopy.endgame import classify
from edgeom.homotopy.monodromy import Monodromy, MonodromyResult, Progress
from edgeom.homotopy.pointset import PointSet
from edgeom.homotopy.trace_test import TraceTest
from edgeom.homotopy.tracker import PathTracker, TrackerOptions
from edgeom.objectives.family import ObjectiveFamily
from edgeom.objectives.metric import Metric
from edgeom.solvers.charts import Charts, chart_for
from edgeom.solvers.drawing import draw_for
from edgeom.solvers.generic import Fiber, MetricHomotopy
from edgeom.solvers.product_trace import product_trace_test
from edgeom.solvers.rounded import without_rounded
from edgeom.solvers.smooth import smooth_points
from edgeom.varieties.base import Chart, Variety, gaussian

__all__ = ["Search", "find_fiber"]

Array = NDArray[Any]
SINGULAR = 1e-10  # condition of a matrix that counts as singular
ROUTES = 6  # routes from a generic to a special metric before the two lists are said to differ
MOST = 5000  # critical points for a generic metric from which paths are followed to a special one
FAR = 4  # a metric is far from generic with FAR times fewer critical points
TESTS = 3  # lines of data for a test in a product of spaces, as some are badly conditioned
TRIES = 5  # random data points tried for one starting point
WORTH_OPTIMISING = 200  # critical points from which on slower, better compilation pays off


def find_fiber(
    variety: Variety,
    metric: Metric,
    seed: int = 0,
    expected: int | None = None,
    stop: bool = False,
    seeds: int = 1,
    progress: Progress | None = None,
    points: Array | None = None,
    unmet: str = "",
    chart: Chart | None = None,
) -> Fiber:
    """Find all critical points for generic complex data, by monodromy.

    When the trace of the solutions is not linear, because the metric is special or because some
    are missing, the list is checked and completed by paths from a generic metric.

    Parameters
    ----------
    variety, metric
    seed : int
        Of the random numbers.
    expected : int, optional
        The count that a theorem gives.
    stop : bool
        Stop at the expected count. Otherwise monodromy is not told of it, and goes on until the
        trace test passes or nothing new turns up.
    seeds : int
        Number of independent starting points; each component that they meet is counted. For one
        equation they are all its points on a random line, which meet every component.
    points : complex array (points, n), optional
        Starting points on the variety, one on each component.
    unmet : str
        Why there may be components that no starting point is on.
    chart : Chart, optional
        The only one to be used; by default there are two in random position.
    """
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    fact = variety.generic_ed_degree_fact() if metric.generic else None
    size = expected or (fact.value if fact else 0)
    weights = np.zeros(metric.dimension) if metric.generic else None
    own = chart or chart_for(variety, metric, rng)
    search = Search(variety, own, metric, rng, size, progress, weights)
    everywhere = variety.is_irreducible or points is not None or seeds > 1
    if everywhere and not metric.generic and variety.generic_ed_degree_fact() is None:
        search.patience = 1  # the test in a product of spaces comes next
    fiber = replace(search.run(seed, seeds, points, expected, stop), expected=expected, unmet=unmet)
    if fiber.confirmed or len(fiber) == fiber.bound:
        return _within_bound(fiber)
    try:
        if everywhere and _is_far_from_generic(fiber):
            fiber = _tested_in_product(fiber, rng, progress)
            if fiber.confirmed:
                return _within_bound(fiber)
        weights = np.abs(metric.matrix).max() * gaussian(rng, metric.dimension)
        # what one chart has at infinity another has not
        other = chart or chart_for(variety, metric, rng)
        if other.coordinates(fiber.points[:1]) is None:
            other = own
        if fiber.bound is not None and fiber.bound > MOST:
            raise _TooMany
        generic = Search(variety, other, metric, rng, size, _bounded(progress), weights)
        checked = _within_bound(_from_generic(fiber, generic.run(seed, seeds, points), search))
        if checked.confirmed or not everywhere or not _is_special(checked):
            return checked
        tested = _tested_in_product(replace(checked, from_generic=None), rng, progress)
        return tested if tested.confirmed else checked
    except _TooMany:
        return _without_generic(fiber, rng, progress)
    except _NearInfinity:
        return find_fiber(
            variety, metric, seed, expected, stop, seeds, progress, points, unmet, other
        )
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            f"{len(fiber)} critical points for general data were found so far; that there are no "
            "others was not confirmed yet"
        ) from None


def _is_special(fiber: Fiber) -> bool:
    """Whether the metric is special, all points are on one component, and there are some."""
    one = len(fiber) and len(fiber.monodromy.components) == 1
    return bool(one and not fiber.unmet and not fiber.metric.generic)


def _is_far_from_generic(fiber: Fiber) -> bool:
    """Whether most paths from a generic metric would go to infinity, as far as that is known."""
    return _is_special(fiber) and (fiber.bound is None or fiber.bound > FAR * len(fiber))


def _tested_in_product(fiber: Fiber, rng: np.random.Generator, progress: Progress | None) -> Fiber:
    """Test a fibre on one component together with places on lines of data."""
    for _ in range(TESTS if fiber.bound is None else 1):
        try:
            test = product_trace_test(fiber, rng, _bounded(progress))
        except _TooMany:
            break
        fiber = replace(fiber, product_trace=test)
        if fiber.confirmed:
            return fiber
    return replace(fiber, product_trace=None) if fiber.bound is None else fiber


def _without_generic(fiber: Fiber, rng: np.random.Generator, progress: Progress | None) -> Fiber:
    """Check a fibre where a generic metric has too many critical points."""
    if fiber.product_trace is None and fiber.variety.is_irreducible and len(fiber):
        fiber = replace(fiber, product_trace=product_trace_test(fiber, rng, progress))
        if fiber.confirmed:
            return _within_bound(fiber)
    why = f"a check by the paths from more than {MOST} points for a generic metric is not made"
    if fiber.product_trace is not None:
        why = f"{fiber.product_trace}; {why}"
    return replace(fiber, unmet="; ".join(filter(None, [fiber.unmet, why])))


class _TooMany(Exception):
    """A generic metric has more critical points than paths are followed from."""


class _NearInfinity(Exception):
    """A point was missed that is too near to the infinity of a chart to be found there."""


def _bounded(progress: Progress | None) -> Progress:
    """Return a report on progress that ends the work where it becomes too large."""

    def report(stage: str, done: int, total: int | None) -> None:
        if done > MOST:
            raise _TooMany
        if progress is not None:
            progress(stage, done, total)

    return report


def _within_bound(fiber: Fiber) -> Fiber:
    """Return a fibre, unless it has more points than there can be for any metric."""
    bound = fiber.variety.generic_ed_degree_fact()
    if bound is not None and len(fiber) > bound.value:
        raise IncompleteError(
            f"{len(fiber)} solutions were found, more than the generic ED degree {bound.value} "
            f"({bound.reason}): not all of them are critical points; the metric or the variety is "
            "too badly scaled for double precision"
        )
    return fiber


def _is_regular(hessian: Array, size: int) -> bool:
    """Whether a bordered Hessian is, in doubles, invertible on the kernel of its border.

    The sizes of equations and multipliers do not matter for that.
    """
    block, border = hessian[:size, :size], hessian[size:, :size]
    if len(border):
        border = border / np.linalg.norm(border, axis=1, keepdims=True)
        _, values, right = np.linalg.svd(border)
        if not values[-1] > SINGULAR * values[0]:
            return False
        kernel = right[len(border) :].conj().T
        block = kernel.T @ block @ kernel
    values = np.linalg.svd(block, compute_uv=False)
    return not len(values) or bool(values[-1] > SINGULAR * values[0])


class Search:
    """Monodromy for one variety, chart and metric.

    With `weights` the metric of the fibre is S + diag(weights) and has to be generic; the metric
    then moves in the loops as well, which mixes the critical points much better (for 4×4 matrices
    of rank 1 six paths per critical point find all, against twenty with the metric fixed).
    """

    def __init__(
        self,
        variety: Variety,
        chart: Chart,
        family: ObjectiveFamily,
        rng: np.random.Generator,
        size: int,
        progress: Progress | None,
        weights: Array | None = None,
    ) -> None:
        self.variety, self.family, self.rng, self.weights = variety, family, rng, weights
        free: Free = "data" if weights is None else "weights"
        self.equations = critical_equations(chart, family, free)
        self.optimise = int(size >= WORTH_OPTIMISING)
        self.progress = progress
        special = isinstance(family, Metric) and weights is None  # the trace need not be linear
        self.patience = 3 if special else 8 if family.linear else 24

    def run(
        self,
        seed: int,
        seeds: int,
        points: Array | None = None,
        expected: int | None = None,
        stop: bool = False,
    ) -> Fiber:
        """Return all solutions on the components that the starting points meet."""
        rng, equations = self.rng, self.equations
        starts: list[Array | None] = [None]
        if points is not None:
            starts = list(np.asarray(equations.chart.coordinates(points)))
        elif seeds > 1:
            starts = list(equations.chart.component_samples(rng, seeds)) or starts
        u, q = self._regular_start(starts[0])
        self.parameters = equations.parameters(q, self.weights)
        self.tracker = PathTracker(equations.system.tape, optimise=self.optimise)
        draw = draw_for(equations, q)
        charts = Charts(equations, self.tracker, self.variety)
        self.monodromy = Monodromy(
            self.tracker,
            equations.system.lift,
            draw,
            draw.direction,
            rng,
            progress=self.progress,
            carrier=charts,
            retry=charts.retry,
        )
        solutions, trace, vertices = self._component(u, expected, stop)
        parts, traces = [solutions], [trace]
        for start in starts[1:]:
            other = self._bring_home(start)
            if not any(len(self._common(part, other)) for part in parts):
                solutions, trace, size = self._component(other[0])
                vertices = max(vertices, size)
                self._add_part(parts, traces, solutions, trace)
        return self.fiber(seed, parts, traces, vertices)

    def _regular_start(self, given: Array | None) -> tuple[Array, Array]:
        """Draw a start pair at which the critical equations have an invertible Jacobian."""
        for _ in range(TRIES):
            u, q = self.equations.start_pair(self.rng, given, self.weights)
            p = self.equations.parameters(q, self.weights)
            hessian = self.equations.system.evaluate(u[None], p)[1][0]
            if _is_regular(hessian, len(self.equations.chart.names)):
                return u, q
        raise DegenerateDataError(
            f"the critical equations are singular at general points: for "
            f"{self.family.name!r} every data point has a positive-dimensional set of critical "
            "points, or none; choose another one"
        )

    def _component(
        self, u: Array, expected: int | None = None, stop: bool = False
    ) -> tuple[Array, TraceTest | None, int]:
        return self.monodromy.component(u, self.parameters, expected, stop, self.patience)

    def _common(self, part: Array, other: Array) -> Array:
        """Return which of the other solutions are in a part."""
        known = PointSet(self.equations.coordinates)
        known.add(self.equations.system.lift(part))
        return np.flatnonzero(known.find(self.equations.system.lift(other)) >= 0)

    def _add_part(
        self,
        parts: list[Array],
        traces: list[TraceTest | None],
        new: Array,
        trace: TraceTest | None,
    ) -> None:
        """Add the orbit of one more starting point; orbits that meet are one component."""
        for i in reversed(range(len(parts))):
            common = self._common(parts[i], new)
            if len(common):
                new = np.concatenate([parts.pop(i), np.delete(new, common, axis=0)])
                del traces[i]
                trace = self.monodromy.test(new, self.parameters)
        parts.append(new)
        traces.append(trace)

    def _bring_home(self, start: Array | None) -> Array:
        """Track one more starting point to the common parameters, from several data points."""
        for _ in range(TRIES):
            u, q = self.equations.start_pair(self.rng, start, self.weights)
            table = np.array([self.equations.parameters(q, self.weights), self.parameters])
            moved = self.tracker.track(u[None], table, options=TrackerOptions().tighter())
            self.monodromy.paths["started"] += 1
            self.monodromy.paths.update(moved.counts())
            if moved.success[0]:
                return moved.solutions
        raise IncompleteError(
            f"a starting point on {self.variety} could not be connected with the others in "
            f"{TRIES} attempts, so a component may be missing; try another seed"
        )

    def fiber(
        self, seed: int, parts: list[Array], traces: list[TraceTest | None], vertices: int
    ) -> Fiber:
        """Polish the solutions and put the result together."""
        check = self.tracker.track(
            np.concatenate(parts), np.array([self.parameters, self.parameters])
        )
        result = MonodromyResult(
            solutions=np.where(check.success[:, None], check.solutions, np.concatenate(parts)),
            parameters=self.parameters,
            components=tuple(map(len, parts)),
            paths=dict(self.monodromy.paths),
            vertices=vertices,
            trace=tuple(traces),
        )
        return Fiber(
            self.variety, self.family, self.equations, self.tracker, result, check.residual, seed
        )


def _from_generic(fiber: Fiber, generic: Fiber, search: Search) -> Fiber:
    """Check a fibre by paths from a generic metric, and add what was missing."""
    known, arrived = PointSet(fiber.metric.dimension), PointSet(fiber.metric.dimension)
    known.add(fiber.points)
    draw = draw_for(generic.equations, fiber.data)
    starts, begin = generic.monodromy.solutions, generic.monodromy.parameters
    target = generic.equations.parameters(fiber.data)
    lift = generic.equations.system.lift
    new: list[Array] = []
    for _ in range(ROUTES):
        ends = classify(generic.tracker, starts, begin, target, lift=lift)
        assert isinstance(generic.equations, DistanceEquations)
        ends = without_rounded(generic.equations, ends, target)
        there = ends.ends[ends.regular]
        there = there[smooth_points(generic.equations, there, target)]
        points = lift(there)
        arrived.add(points)
        before = len(known)
        numbers, first = np.unique(known.add(points), return_index=True)
        new.extend(there[first[numbers >= before]])
        agrees = generic.confirmed and ends.complete and len(numbers) == len(known)
        if agrees:
            break
        middle = draw(search.rng)
        carried = generic.tracker.carry(starts, begin, middle)
        starts, begin = carried.solutions[carried.success], middle
    check = MetricHomotopy(len(generic), len(arrived), agrees, ends.counts())
    return _completed(fiber, generic, search, new, check)


def _completed(
    fiber: Fiber, generic: Fiber, search: Search, new: list[Array], check: MetricHomotopy
) -> Fiber:
    """Return a fibre with points that monodromy had missed."""
    old = fiber.monodromy
    if new:
        missed: Array | None = np.array(new)
        if generic.equations.chart is not fiber.equations.chart:
            x = generic.equations.system.lift(np.array(new))
            missed = fiber.equations.unknowns_of(x, fiber.data)
        if missed is None:
            raise _NearInfinity
        together = np.concatenate([old.solutions, missed])
        trace = search.monodromy.test(together, old.parameters)
        found = search.fiber(fiber.seed, [together], [trace], old.vertices)
        fiber = replace(found, expected=fiber.expected, unmet=fiber.unmet)
    elif len(old.components) > 1:  # without linear traces the components are not told apart
        fiber = replace(fiber, monodromy=replace(old, components=(len(fiber),)))
    return fiber if fiber.trace_passed else replace(fiber, from_generic=check)
