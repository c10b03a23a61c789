"""All critical points by way of any backend: black box, then parameter homotopy.

A backend reports where its paths ended; what is made of that is the same for all of them.
:func:`solve_fiber` solves for generic complex data from nothing but the equations, in several
charts, until the count is confirmed. :func:`reach` tracks these solutions to other data and makes
up for what is lost on the way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgeom.equations.critical import CriticalEquations, critical_equations
from edgeom.equations.system import PolynomialSystem
from edgeom.errors import IncompleteError
from edgeom.homotopy.monodromy import Progress
from edgeom.homotopy.pointset import PointSet
from edgeom.homotopy.tracker import PathStatus
from edgeom.objectives.family import ObjectiveFamily
from edgeom.objectives.metric import Metric
from edgeom.solvers.base import SOLVE, TRACK, Array, Backend, Ends
from edgeom.solvers.charts import chart_for
from edgeom.solvers.checked import Part, Reached
from edgeom.solvers.fiber import find_fiber
from edgeom.solvers.objective import find_objective_fibers
from edgeom.varieties.base import Variety, gaussian

__all__ = ["SolvedFiber", "reach", "solve_fiber"]

RUNS = 6  # black-box runs before a count is given up
ATTEMPTS = 4  # to reach data


@dataclass(frozen=True, eq=False)
class SolvedFiber:
    """All critical points for one generic complex data point, as far as a backend finds them.

    Attributes
    ----------
    variety, family
    equations : CriticalEquations
    data : array (coordinates,)
    solutions : array (points, N)
    paths : dict
        Paths of all runs, by what became of them.
    counts : tuple of int
        Distinct critical points that each run found.
    expected : int or None
        The count that a theorem gives.
    """

    variety: Variety
    family: ObjectiveFamily
    equations: CriticalEquations
    data: Array
    solutions: Array
    paths: dict[str, int]
    counts: tuple[int, ...]
    expected: int | None

    def __len__(self) -> int:
        return len(self.solutions)

    @property
    def confirmed(self) -> bool:
        """Whether the number is the known one or, where none is known, two runs found all."""
        return _enough(self.counts, len(self), self.expected)

    @property
    def check(self) -> str:
        """One line on how the list was seen to be complete, or not."""
        whole, runs = self.counts.count(len(self)), len(self.counts)
        if whole == runs > 1:
            return f"the same {len(self)} in {runs} runs in different charts"
        found = ", ".join(map(str, self.counts))
        return f"{runs} run{'s' * (runs > 1)} found {found} of these {len(self)}"

    @property
    def residual(self) -> float:
        """Largest Newton correction, relative to the solution."""
        u = self.solutions
        if not len(u):
            return 0.0
        parameters = self.equations.parameters(self.data)
        values, jacobians = self.equations.system.evaluate(u, parameters)
        steps = np.linalg.solve(jacobians, values[:, :, None])[:, :, 0]
        length = np.linalg.norm(u, axis=1)
        return float(np.max(np.linalg.norm(steps, axis=1) / np.where(length > 0, length, 1)))

    @property
    def points(self) -> Array:
        """The critical points (points, coordinates)."""
        return self.equations.system.lift(self.solutions)


def _enough(counts: Sequence[int], total: int, expected: int | None) -> bool:
    """Whether the expected number is reached or, where there is none, two runs found all."""
    return counts.count(total) > 1 and total > 0 if expected is None else total == expected


def solve_fiber(
    variety: Variety,
    family: ObjectiveFamily,
    backend: Backend,
    seed: int = 0,
    expected: int | None = None,
    progress: Progress | None = None,
) -> SolvedFiber:
    """Find the critical points for generic complex data through a backend.

    Runs differ in their chart and in the seed, so what one of them loses another finds. They go
    on until the expected number is reached or, where none is given, two runs have each found
    everything that is known. From the fourth run on they have the next higher precision. A
    backend that only tracks solutions gets them from monodromy.

    Parameters
    ----------
    variety, family, backend
    seed : int
        Of the random numbers.
    expected : int, optional
        The count that a theorem gives.
    progress : callable, optional
        Called with (name of the backend, points found, expected number or None).
    """
    if SOLVE not in backend.capabilities:
        return _by_monodromy(variety, family, seed, expected, progress)
    backend.require()
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    first = critical_equations(chart_for(variety, family, rng), family)
    x = first.system.lift(first.start_pair(rng)[0][None])[0]
    q = _general_data(first, x, rng)
    charts = [first]
    if first.unknowns_of(x[None], q) is None:  # what is found in another chart cannot come home
        charts *= RUNS
    charts += [_other_chart(first, variety, rng) for _ in range(RUNS - len(charts))]
    reached = Reached(PointSet(len(x)))
    counts: list[int] = []
    while not _enough(counts, len(reached.found), expected) and len(counts) < RUNS:
        # one run may do where the number is known, else the first two go side by side
        batch = charts[len(counts) :][: 1 if counts or expected is not None else 2]
        solver = backend.sharper() if len(counts) > 2 else backend
        systems = [equations.system.at(equations.parameters(q)) for equations in batch]
        solved = _solved(solver, systems, int(rng.integers(2**32)))
        for equations, ends in zip(batch, solved, strict=True):
            reached.add(equations, variety, q, ends)
            counts.append(reached.last["success"])
        if progress is not None:
            progress(backend.name, len(reached.found), expected)
    return SolvedFiber(
        variety, family, first, q, _together(first, reached.parts, q), dict(reached.paths),
        tuple(counts), expected,
    )  # fmt: skip


def _general_data(equations: CriticalEquations, x: Array, rng: np.random.Generator) -> Array:
    """Return general data; that of a squared distance is as large as a point x."""
    if isinstance(equations.family, Metric):
        return np.asarray((np.linalg.norm(x) / np.sqrt(len(x)) + 1e-3) * gaussian(rng, len(x)))
    return equations.family.general(rng, len(x))


def _by_monodromy(
    variety: Variety,
    family: ObjectiveFamily,
    seed: int,
    expected: int | None,
    progress: Progress | None,
) -> SolvedFiber:
    """Return the solutions of monodromy as a fibre."""
    if isinstance(family, Metric):
        fiber = find_fiber(variety, family, seed, expected, True, progress=progress)
    else:
        (fiber,) = find_objective_fibers(variety, family, seed, expected, True, progress=progress)
    equations = critical_equations(fiber.equations.chart, family)
    count = len(fiber)
    return SolvedFiber(
        variety, family, equations, fiber.data, fiber.monodromy.solutions,
        dict(fiber.monodromy.paths), (count, count) if fiber.confirmed else (count,), expected,
    )  # fmt: skip


def reach(
    fiber: SolvedFiber,
    data: Array,
    backend: Backend,
    seed: int = 0,
    progress: Progress | None = None,
) -> list[Reached]:
    """Find the critical points for given data from those of a fibre.

    The first attempt tracks the fibre to all data points, side by side. Where points are missing,
    further ones track it along detours, in another chart and with higher precision; what they
    find is added to what is known. A backend that does not track solves afresh for each attempt.

    Parameters
    ----------
    fiber : SolvedFiber
    data : array (samples, coordinates)
    backend : Backend
    seed : int
        Of the random numbers.
    progress : callable, optional
        Called with (name of the backend, samples done, number of samples).
    """
    backend.require()
    seeds = [int(s) for s in np.random.SeedSequence(seed).generate_state(len(data) + 1)]
    samples = [Reached(PointSet(fiber.equations.coordinates)) for _ in data]
    if TRACK in backend.capabilities:
        equations = fiber.equations
        begin = equations.parameters(fiber.data)
        targets = np.array([equations.parameters(q) for q in data])
        tracked = _tracked(backend, equations, begin, fiber.solutions, targets, seeds[-1])
        for sample, q, ends in zip(samples, data, tracked, strict=True):
            sample.add(equations, fiber.variety, q, ends)
    for done, (sample, q, s) in enumerate(zip(samples, data, seeds, strict=False), 1):
        rng = np.random.default_rng(s)
        solver = backend
        while len(sample.found) < len(fiber) and sample.attempts < ATTEMPTS:
            solver = solver.sharper() if sample.attempts > 1 else solver
            _again(fiber, sample, q, solver, rng)
        if progress is not None:
            progress(backend.name, done, len(data))
    return samples


def _again(
    fiber: SolvedFiber, sample: Reached, q: Array, backend: Backend, rng: np.random.Generator
) -> None:
    """Make one more attempt to find the critical points for data q."""
    equations = _other_chart(fiber.equations, fiber.variety, rng)
    seeds = [int(s) for s in rng.integers(2**32, size=2)]
    if TRACK not in backend.capabilities:
        system = equations.system.at(equations.parameters(q))
        sample.add(equations, fiber.variety, q, _solved(backend, [system], seeds[0])[0])
        return
    starts = equations.unknowns_of(fiber.points, fiber.data)
    if starts is None:
        equations, starts = fiber.equations, fiber.solutions
    scale = np.linalg.norm(fiber.data) + np.linalg.norm(q)
    detour = scale / np.sqrt(max(len(q), 1)) * gaussian(rng, len(q))
    stations = [equations.parameters(point) for point in (fiber.data, detour, q)]
    ends = Ends(starts, np.full(len(starts), PathStatus.SUCCESS))
    for begin, end, s in zip(stations, stations[1:], seeds, strict=False):
        arrived = ends.status == PathStatus.SUCCESS
        (leg,) = _tracked(backend, equations, begin, ends.unknowns[arrived], end[None], s)
        ends.unknowns[arrived] = leg.unknowns
        ends.status[arrived] = leg.status
    sample.add(equations, fiber.variety, q, ends)


def _solved(backend: Backend, systems: Sequence[PolynomialSystem], seed: int) -> list[Ends]:
    """Let a backend solve systems, which it gets without divisions."""
    solved = backend.solve([system.cleared for system in systems], seed)
    return [
        Ends(ends.unknowns[:, : len(system.unknowns)], ends.status)
        for system, ends in zip(systems, solved, strict=True)
    ]


def _tracked(
    backend: Backend,
    equations: CriticalEquations,
    begin: Array,
    starts: Array,
    targets: Array,
    seed: int,
) -> list[Ends]:
    """Let a backend track solutions of critical equations, which it gets without divisions."""
    system = equations.system
    starts = system.with_inverses(starts, begin)
    tracked = backend.track(system.cleared, begin, starts, targets, seed)
    return [Ends(ends.unknowns[:, : len(system.unknowns)], ends.status) for ends in tracked]


def _other_chart(
    first: CriticalEquations, variety: Variety, rng: np.random.Generator
) -> CriticalEquations:
    return first.in_chart(chart_for(variety, first.family, rng))


def _together(first: CriticalEquations, parts: Sequence[Part], q: Array) -> Array:
    """Return the solutions of several charts in the first one."""
    own = [u for equations, u in parts if equations is first]
    for equations, u in parts:
        if equations is not first and len(u):
            home = first.unknowns_of(equations.system.lift(u), q)
            if home is None:
                raise IncompleteError(
                    "a critical point is too near to the infinity of a chart; try another seed"
                )
            own.append(home)
    return np.concatenate(own)
