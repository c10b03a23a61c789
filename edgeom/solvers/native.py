"""The embedded solver: from a generic fibre to data, losing no path."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.equations.critical import CriticalEquations
from edgeom.equations.digits import finished, regular_solution
from edgeom.homotopy.cauchy import is_same
from edgeom.homotopy.endgame import classify
from edgeom.homotopy.ends import PathEnds
from edgeom.homotopy.monodromy import Progress
from edgeom.homotopy.tracker import PathResults, PathTracker, TrackerOptions
from edgeom.solvers.charts import chart_for
from edgeom.solvers.drawing import draw_for
from edgeom.solvers.found import Found
from edgeom.solvers.generic import Fiber

__all__ = ["FAR", "NEAR", "Solutions", "all_ends", "finished_paths", "solve_at"]

Array = NDArray[Any]
FAR = 1e10  # how far paths may go, in units of the problem and of the data
ROUNDED = 1e-12  # a last Newton correction above this calls for more digits
MOVED = 1e-3  # by which an end may change then
ROUTES = 3  # by which all paths go to the data, until the end of each is known
FEW = 10  # paths of which no more than one in so many is lost are followed in another chart
NEAR = 1e-4  # the last part of paths that fail there is tracked with many digits


@dataclass(frozen=True, eq=False)
class Solutions:
    """Solutions for one data point, and the account of the paths that led to them.

    Attributes
    ----------
    parts : list of (CriticalEquations, complex array (points, N))
        The distinct solutions, by the chart in which they were found.
    paths : dict
        Number of paths by how they ended, those of retries included.
    attempts : int
    ends : dict
        Where solutions are missing, how the paths from general data end, by kind.
    """

    parts: list[tuple[CriticalEquations, Array]]
    paths: dict[str, int]
    attempts: int
    ends: dict[str, int]

    @classmethod
    def joined(cls, several: Sequence[Solutions]) -> Solutions:
        """Put the solutions on parts of a variety together."""
        if len(several) == 1:
            return several[0]
        paths, ends = Counter[str](), Counter[str]()
        for solutions in several:
            paths.update(solutions.paths)
            ends.update(solutions.ends)
        parts = [part for solutions in several for part in solutions.parts]
        return cls(parts, dict(paths), max(s.attempts for s in several), dict(ends))


def solve_at(
    fiber: Fiber, q: Array, seed: int = 0, attempts: int = 4, progress: Progress | None = None
) -> Solutions:
    """Track the fibre to data q; lost paths are made up for along other routes.

    The first attempt goes straight from the fibre to the data, and in another chart for the few
    paths that are lost near the infinity of the first one. Each further one has tighter
    tolerances, takes a detour through random complex parameters and, where the variety offers
    it, uses another chart; what it finds is added to what is known. Paths that fail only at their
    end, where critical points nearly meet, are finished with many digits.
    """
    rng = np.random.default_rng(np.random.SeedSequence([fiber.seed, seed]))
    target = fiber.equations.parameters(q)
    start = fiber.monodromy.parameters
    draw = draw_for(fiber.equations, q, linear_term=False, floor=1e-3)
    reaching = TrackerOptions(max_norm=FAR * max(1.0, float(np.abs(q).max(initial=0))))
    found = Found(q)
    paths: Counter[str] = Counter()

    def collect(
        equations: CriticalEquations, tracker: PathTracker, starts: Array, begin: Array
    ) -> None:
        """Track to the data; add what was found."""
        options = reaching.tighter() if len(found) else reaching
        segment = np.array([begin, target])
        results = tracker.track(starts, segment, options=options)
        if equations is fiber.equations:
            paths.update(_in_another_chart(fiber, results, starts, segment, options.tighter()))
        late = np.flatnonzero(~results.success & (results.t > 1 - NEAR))
        ends, regular = finished_paths(equations, tracker, starts[late], begin, target)
        arrived = _ascertained(equations, results.where(results.success), target)
        found.add(equations, np.concatenate([arrived, ends[regular]]))
        paths.update(results.counts())

    paths["started"] = len(fiber)
    if not len(fiber):
        return Solutions([(fiber.equations, fiber.monodromy.solutions)], dict(paths), 1, {})
    collect(fiber.equations, fiber.tracker, fiber.monodromy.solutions, start)
    attempt = 1
    while len(found) < len(fiber) and attempt < attempts:
        attempt += 1
        paths["started"] += len(fiber)
        paths["retried"] += len(fiber)
        equations, tracker, starts = _other_chart(fiber, rng)
        middle = draw(rng)
        options = TrackerOptions().tighter()
        first = tracker.track(starts, np.array([start, middle]), options=options)
        paths.update(first.where(~first.success).counts())
        collect(equations, tracker, first.solutions[first.success], middle)
        if progress is not None:
            progress("retry", len(found), len(fiber))
    ends: dict[str, int] = {}
    begin = None  # where classified paths start, another place for each attempt
    for _ in range(ROUTES):
        if len(found) == len(fiber):
            break
        last = all_ends(fiber, q, begin)
        ends = last.counts()
        found.add(fiber.equations, last.ends[last.regular])
        if last.complete:
            break
        begin = draw_for(fiber.equations, fiber.data, linear_term=False)(rng)
    nothing = [(fiber.equations, fiber.monodromy.solutions[:0])]
    return Solutions(found.parts or nothing, dict(paths), attempt, ends)


def _in_another_chart(
    fiber: Fiber, results: PathResults, starts: Array, segment: Array, options: TrackerOptions
) -> dict[str, int]:
    """Track in another chart the few paths that were lost on the way; return their account."""
    early = ~results.success & (results.t <= 1 - NEAR)
    lost = np.flatnonzero(early)
    if not 0 < len(lost) <= max(1, len(starts) // FEW):
        return {}
    account = results.where(early).counts()
    results.put(lost, fiber.charts.retry(starts[lost], segment, options))
    return account | {"started": len(lost), "retried": len(lost)}


def all_ends(fiber: Fiber, q: Array, through: Array | None = None) -> PathEnds:
    """Say of every path from the fibre to data q how it ends.

    Every connected component of the set of critical points and their limits meets an end, so that
    also where critical points of special data coincide none of their distances is missing.

    Parameters
    ----------
    fiber : Fiber
    q : array (coordinates,)
    through : complex array (parameters,), optional
        General parameters by way of which the paths go.
    """
    starts, begin = fiber.monodromy.solutions, fiber.monodromy.parameters
    if through is not None:
        carried = fiber.tracker.carry(starts, begin, through)
        if carried.success.all():
            starts, begin = carried.solutions, through
    lift = fiber.equations.system.lift
    return classify(fiber.tracker, starts, begin, fiber.equations.parameters(q), lift=lift)


def _ascertained(equations: CriticalEquations, results: PathResults, p: Array) -> Array:
    """Return ends without those that are known too roughly and prove to be no solutions.

    Newton's method seems to converge where the equations are rounding errors, as near a pole.
    """
    ends, kept = results.solutions.copy(), np.ones(len(results.solutions), bool)
    for i in np.flatnonzero(results.accuracy > ROUNDED):
        found = regular_solution(equations, ends[i], p)
        kept[i] = found is not None and is_same(found, ends[i], MOVED)
        ends[i] = found if kept[i] else ends[i]
    return ends[kept]


def finished_paths(
    equations: CriticalEquations, tracker: PathTracker, starts: Array, begin: Array, end: Array
) -> tuple[Array, NDArray[np.bool_]]:
    """Track paths that fail at their very end once more, the last part with many digits.

    Parameters
    ----------
    equations : CriticalEquations
    tracker : PathTracker
        Of these equations.
    starts : complex array (paths, N)
        At the parameters `begin`.
    begin, end : complex arrays (parameters,)

    Returns
    -------
    complex array (paths, N)
        The ends.
    bool array (paths,)
        Which paths have a regular end.
    """
    almost = begin + (1 - NEAR) * (end - begin)
    there = tracker.track(starts, np.array([begin, almost]), options=TrackerOptions().tighter())
    ends, regular = there.solutions.copy(), there.success.copy()
    for i in np.flatnonzero(there.success):
        found = finished(equations, there.solutions[i], begin, end, NEAR)
        regular[i] = found is not None
        if found is not None:
            ends[i] = found
    return ends, regular


def _other_chart(
    fiber: Fiber, rng: np.random.Generator
) -> tuple[CriticalEquations, PathTracker, Array]:
    """Return the fibre in another random chart, or as it is where there is no other."""
    equations = fiber.equations.in_chart(chart_for(fiber.variety, fiber.family, rng))
    starts = equations.unknowns_of(fiber.points, fiber.data)
    if starts is None:
        return fiber.equations, fiber.tracker, fiber.monodromy.solutions
    return equations, PathTracker(equations.system.tape, optimise=fiber.tracker.optimise), starts
