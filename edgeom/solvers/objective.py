"""Generic fibres of objectives other than squared distances.

Monodromy moves the parameters θ and the linear term c, so every smooth point is critical for some
of them, and the pairs of points and parameters form one irreducible set for each component of the
variety. The list is complete when its trace is linear along lines of c; solutions grow more slowly
than c. Where it is not, as for likelihoods, points and parameters are tested together
(:mod:`edgeom.solvers.mixed_trace`). From there paths lead to general θ without a linear term, which
may have fewer critical points: every isolated one is the end of a path, so with all ends known all
are known.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from edgeom.equations.critical import CriticalEquations
from edgeom.errors import DegenerateDataError, IncompleteError, InputError
from edgeom.homotopy.endgame import classify
from edgeom.homotopy.ends import EndKind, PathEnds
from edgeom.homotopy.monodromy import MonodromyResult, Progress
from edgeom.objectives.family import ObjectiveFamily
from edgeom.solvers.fiber import Search, chart_for
from edgeom.solvers.found import Found
from edgeom.solvers.generic import Fiber, LinearTermHomotopy
from edgeom.solvers.mixed_trace import mixed_trace_test
from edgeom.solvers.smooth import clearly_smooth, smooth_points
from edgeom.varieties.base import Array, Variety, gaussian

__all__ = ["find_objective_fibers", "with_poles"]

SEEDS = 8  # random starting points where the components are not known
ROUTES = 4  # routes from general linear terms until every end is known
TESTS = 3  # lines along which points and parameters are tested, until one test passes
POLE = 1e-6  # values that count as zero, relative to sizes of about 1


def find_objective_fibers(
    variety: Variety,
    family: ObjectiveFamily,
    seed: int = 0,
    expected: int | None = None,
    stop: bool = False,
    seeds: int | None = None,
    progress: Progress | None = None,
) -> tuple[Fiber, ...]:
    """Find all critical points for general parameters, one fibre for each part of a variety.

    Parameters
    ----------
    variety, family
        In good coordinates.
    seed, expected, stop, seeds, progress
        As for :func:`~edgeom.solvers.fibers.find_fibers`.
    """
    return tuple(
        _fiber(part, family, seed, expected, stop, seeds, progress) for part in variety.parts()
    )


def _fiber(
    variety: Variety,
    family: ObjectiveFamily,
    seed: int,
    expected: int | None,
    stop: bool,
    seeds: int | None,
    progress: Progress | None,
) -> Fiber:
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    count, points, unmet = seeds or (1 if variety.is_irreducible else SEEDS), None, ""
    if seeds is None:
        try:
            points = variety.component_points(variety.dimension)
        except (InputError, IncompleteError) as error:
            unmet = f"from {count} random points, which may miss components: {error}"
    search = Search(variety, chart_for(variety, family, rng), family, rng, 0, progress)
    fiber = replace(search.run(seed, count, points, expected, stop), unmet=unmet)
    if not family.linear:
        fiber = _without_linear_term(fiber, rng)
    if not fiber.confirmed and not unmet:
        for _ in range(TESTS):
            fiber = replace(fiber, mixed_trace=mixed_trace_test(fiber, rng, progress))
            if fiber.confirmed:
                break
    return replace(fiber, expected=expected)


def _without_linear_term(fiber: Fiber, rng: np.random.Generator) -> Fiber:
    """Carry a fibre to general parameters without a linear term."""
    equations = fiber.equations
    starts, begin = fiber.monodromy.solutions, fiber.monodromy.parameters
    data = fiber.family.general(rng, equations.coordinates)
    target = equations.parameters(data)
    found = Found(data)
    for _ in range(ROUTES):
        ends = classify(fiber.tracker, starts, begin, target, lift=equations.system.lift)
        good = ends.regular & ~_at_poles(equations, ends.ends)
        good[good] = smooth_points(equations, ends.ends[good], target)
        before = len(found)
        found.add(equations, ends.ends[good])
        if ends.complete and (not before or len(found) == before):
            break
        middle = begin + 0.3 * np.abs(begin).max() * gaussian(rng, len(begin))
        moved = fiber.tracker.carry(starts, begin, middle)
        starts, begin = moved.solutions[moved.success], middle
    u = ends.ends[ends.kind == EndKind.SINGULAR]
    u = u[~_at_poles(equations, u)]
    multiple = int(clearly_smooth(equations, u).sum())
    if multiple:
        raise DegenerateDataError(
            f"{multiple} of {len(fiber)} paths end at multiple critical points or on curves of "
            f"them: {fiber.family.name} has no isolated simple ones on {fiber.variety} without a "
            "linear term; add another objective, such as a small ridge"
        )
    kinds = with_poles(equations, ends)
    u = found.parts[0][1] if len(found) else fiber.monodromy.solutions[:0]
    result = MonodromyResult(
        solutions=u,
        parameters=target,
        components=(len(u),) if len(u) != len(fiber) else fiber.monodromy.components,
        paths=fiber.monodromy.paths,
        vertices=fiber.monodromy.vertices,
        trace=fiber.monodromy.trace,
    )
    homotopy = LinearTermHomotopy(len(fiber), len(u), ends.complete, kinds)
    return replace(fiber, monodromy=result, linear_term=homotopy)


def _at_poles(equations: CriticalEquations, u: Array) -> NDArray[np.bool_]:
    """Tell at which unknowns the objective is not defined, as far as doubles can tell."""
    if equations.poles is None or not len(u):
        return np.zeros(len(u), bool)
    with np.errstate(all="ignore"):
        values = np.abs(equations.poles.arrays(u=u)["P"])
        x = np.abs(equations.system.lift(u)).max(axis=1, initial=0)
    return np.asarray((values <= POLE * np.maximum(x, POLE)[:, None]).any(axis=1))


def with_poles(equations: CriticalEquations, ends: PathEnds) -> dict[str, int]:
    """Return the number of paths by how they end, those at poles of the objective apart."""
    counts = ends.counts()
    finite = np.isfinite(ends.ends).all(axis=1)
    poles = np.zeros(len(ends), bool)
    poles[finite] = _at_poles(equations, ends.ends[finite])
    for kind in EndKind:
        here = int(np.sum(poles & (ends.kind == kind)))
        if here and kind is not EndKind.FAILED:
            counts[kind.name.lower()] -= here
            counts["pole"] = counts.get("pole", 0) + here
    return {name: n for name, n in counts.items() if n}
