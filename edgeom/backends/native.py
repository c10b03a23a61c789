"""The embedded solver: monodromy to a generic complex fibre, and from there to data.

A :class:`Fiber` holds all critical points for one generic complex data point. It is found once
for a variety and a metric; every other data point is reached from it by parameter homotopy.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.equations.critical import CriticalEquations, critical_equations
from edgeom.errors import DegenerateDataError
from edgeom.homotopy.monodromy import Monodromy, MonodromyResult, Progress
from edgeom.homotopy.pointset import PointSet
from edgeom.homotopy.tracker import INFO, PathResults, PathStatus, PathTracker, TrackerOptions
from edgeom.metric import Metric
from edgeom.varieties.base import Variety, gaussian

__all__ = ["Fiber", "Solutions", "find_fiber", "solve_at"]

Array = NDArray[Any]
LARGE = 3000  # compiling for speed pays off from about this many paths on


@dataclass(frozen=True, eq=False)
class Fiber:
    """All critical points at one generic complex data point.

    Attributes
    ----------
    variety, metric
    equations : CriticalEquations
        In a chart in random position.
    monodromy : MonodromyResult
    residual : float
        Largest size of a last Newton correction, relative to the solution.
    seed : int
    """

    variety: Variety
    metric: Metric
    equations: CriticalEquations
    tracker: PathTracker
    monodromy: MonodromyResult
    residual: float
    seed: int

    def __len__(self) -> int:
        return len(self.monodromy.solutions)


@dataclass
class Solutions:
    """Solutions for one data point, and the account of the paths that led to them.

    Attributes
    ----------
    unknowns : complex array (points, N)
    points : complex array (points, coordinates)
    paths : dict
        Number of paths by how they ended; the paths of retries are counted as well.
    attempts : int
    failures : list of PathResults
        What was lost in the last attempt.
    """

    equations: CriticalEquations
    unknowns: Array
    points: Array
    paths: dict[str, int]
    attempts: int
    failures: list[PathResults] = field(default_factory=list)


def find_fiber(
    variety: Variety,
    metric: Metric,
    seed: int = 0,
    expected: int | None = None,
    seeds: int = 1,
    progress: Progress | None = None,
) -> Fiber:
    """Find all critical points for generic complex data, by monodromy.

    Parameters
    ----------
    variety, metric
    seed : int
        Of the random numbers.
    expected : int, optional
        A proved count at which to stop; without it the trace test decides.
    seeds : int
        Number of independent starting points; each component that they meet is counted.
    """
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    equations = critical_equations(variety.chart(rng), metric)
    u, q = _regular_start(equations, rng)
    tracker = PathTracker(equations.system.tape, optimise=_level(expected))
    S = metric.matrix
    parameters = S @ q
    spread = np.sqrt(np.mean(np.abs(q) ** 2))

    def draw(generator: np.random.Generator) -> Array:
        """Draw c = S q: q or c isotropic, of varying size, so that loops see all scales."""
        scale = spread * 10 ** generator.uniform(1, 2)
        if generator.random() < 0.5:
            return np.asarray(S @ (scale * gaussian(generator, len(q))))
        return np.asarray(scale * np.linalg.norm(S, 2) * gaussian(generator, len(q)))

    search = Monodromy(tracker, equations.system.lift, draw, rng, progress=progress)
    solutions, trace, vertices = search.component(u, parameters, expected)
    parts, traces = [solutions], [trace]
    for _ in range(1, seeds):
        other, other_q = equations.start_pair(rng)
        table = np.array([S @ other_q, parameters])
        moved = tracker.track(other[None], table, options=TrackerOptions().tighter())
        search.paths["started"] += 1
        search.paths.update(moved.counts())
        known = PointSet(len(q))
        known.add(equations.system.lift(np.concatenate(parts)))
        if moved.success[0] and known.find(equations.system.lift(moved.solutions))[0] < 0:
            solutions, trace, size = search.component(moved.solutions[0], parameters)
            parts.append(solutions)
            traces.append(trace)
            vertices = max(vertices, size)
    everything = np.concatenate(parts)
    check = tracker.track(everything, np.array([parameters, parameters]))
    return Fiber(
        variety=variety,
        metric=metric,
        equations=equations,
        tracker=tracker,
        monodromy=MonodromyResult(
            solutions=everything,
            parameters=parameters,
            components=tuple(map(len, parts)),
            paths=dict(search.paths),
            vertices=vertices,
            trace=tuple(traces),
        ),
        residual=float(check.info[:, INFO.index("accuracy")].max()),
        seed=seed,
    )


def _level(expected: int | None) -> int:
    return 0 if expected is not None and 6 * expected < LARGE else 1


def _regular_start(equations: CriticalEquations, rng: np.random.Generator) -> tuple[Array, Array]:
    """Draw a start pair at which the critical equations have an invertible Jacobian."""
    for _ in range(5):
        u, q = equations.start_pair(rng)
        c = equations.metric.matrix @ q
        _, jacobian = equations.system.evaluate(u[None], c)
        values = np.linalg.svd(jacobian[0], compute_uv=False)
        if values[-1] > 1e-10 * values[0]:
            return u, q
    raise DegenerateDataError(
        f"the critical equations are singular at general points: for the metric "
        f"{equations.metric.name!r} every data point has a positive-dimensional set of critical "
        "points, or none; choose another metric"
    )


def solve_at(
    fiber: Fiber, q: Array, seed: int = 0, attempts: int = 4, progress: Progress | None = None
) -> Solutions:
    """Track the fibre to data q; lost paths are made up for along other routes.

    The first attempt goes straight from the fibre to the data. Each further one has tighter
    tolerances, takes a detour through random complex parameters and, where the variety offers
    it, uses another chart; what it finds is added to what is known.
    """
    rng = np.random.default_rng(np.random.SeedSequence([fiber.seed, seed]))
    target = fiber.metric.matrix @ q
    start = fiber.monodromy.parameters
    direct = fiber.tracker.track(fiber.monodromy.solutions, np.array([start, target]))
    equations = fiber.equations
    found = PointSet(len(q))
    unknowns: list[Array] = []
    paths: Counter[str] = Counter()
    _collect(direct, equations, found, unknowns, paths)
    tried, failures = 1, [direct]
    while len(found) < len(fiber) and tried < attempts:
        tried += 1
        paths["retried"] += len(fiber)
        middle = _detour(fiber, rng)
        other, tracker, starts = _other_chart(fiber, rng)
        options = TrackerOptions().tighter()
        first = tracker.track(starts, np.array([start, middle]), options=options)
        second = tracker.track(
            first.solutions[first.success], np.array([middle, target]), options=options
        )
        failures = [second]
        fresh: list[Array] = []
        _collect(second, other, found, fresh, paths)
        lost = np.sum(~first.success)
        paths["started"] += int(lost)
        paths.update({PathStatus(s).name.lower(): 1 for s in first.status[~first.success]})
        if fresh:
            back = np.array(fresh)
            if other is not equations:
                points = other.system.lift(back)
                back = np.asarray(equations.unknowns_of(points, q))
            unknowns.extend(back)
        if progress is not None:
            progress("retry", len(found), len(fiber))
    u = np.array(unknowns).reshape(-1, len(equations.system.unknowns))
    return Solutions(equations, u, found.points, dict(paths), tried, failures)


def _collect(
    results: PathResults,
    equations: CriticalEquations,
    found: PointSet,
    unknowns: list[Array],
    paths: Counter[str],
) -> None:
    arrived = results.solutions[results.success]
    before = len(found)
    numbers = found.add(equations.system.lift(arrived))
    new = before
    for number, u in zip(numbers, arrived, strict=True):
        if number == new:
            unknowns.append(u)
            new += 1
    paths["started"] += len(results.status)
    paths.update(results.counts())


def _detour(fiber: Fiber, rng: np.random.Generator) -> Array:
    start = fiber.monodromy.parameters
    middle = fiber.metric.matrix @ gaussian(rng, fiber.metric.dimension)
    return np.asarray(middle * np.linalg.norm(start) / np.linalg.norm(middle))


def _other_chart(
    fiber: Fiber, rng: np.random.Generator
) -> tuple[CriticalEquations, PathTracker, Array]:
    """Return the fibre in another random chart, or as it is where there is no other."""
    equations = critical_equations(fiber.variety.chart(rng), fiber.metric)
    points = fiber.equations.system.lift(fiber.monodromy.solutions)
    data = np.linalg.lstsq(fiber.metric.matrix, fiber.monodromy.parameters, rcond=None)[0]
    starts = equations.unknowns_of(points, data)
    if starts is None:
        return fiber.equations, fiber.tracker, fiber.monodromy.solutions
    tracker = PathTracker(equations.system.tape, optimise=_level(len(fiber)))
    return equations, tracker, starts
