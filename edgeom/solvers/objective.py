"""Generic fibres of objectives other than squared distances.

Monodromy moves the parameters θ and the linear term c, so every smooth point is critical for some
of them, and the pairs of points and parameters form one irreducible set for each component of the
variety. The list is complete when its trace is linear along lines of c; solutions grow more slowly
than c. Where it is not, as for likelihoods, points and parameters are tested together
(:mod:`edgeom.solvers.product_trace`). From there paths lead to general θ without a linear term,
which may have fewer critical points: every isolated one is the end of a path, so with all ends
known all are known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from edgeom.equations.critical import CriticalEquations
from edgeom.errors import IncompleteError, InputError
from edgeom.homotopy.endgame import classify
from edgeom.homotopy.ends import EndKind, PathEnds
from edgeom.homotopy.monodromy import MonodromyResult, Progress
from edgeom.objectives.family import ObjectiveFamily
from edgeom.solvers.charts import chart_for
from edgeom.solvers.fiber import Search
from edgeom.solvers.found import Found
from edgeom.solvers.generic import Fiber, LinearTermHomotopy, MultiplePoints
from edgeom.solvers.product_trace import product_trace_test
from edgeom.solvers.smooth import clearly_smooth, smooth_points
from edgeom.varieties.base import Array, Variety, gaussian
from edgeom.varieties.placed import Placed

__all__ = ["find_objective_fibers", "multiple_points", "with_poles"]

SEEDS = 8  # random starting points where the components are not known
ROUTES = 4  # routes from general linear terms until every end is known
TOGETHER = 1e-4  # distance of ends of paths at one multiple point, relative
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
    for _ in range(0 if unmet else TESTS):
        if fiber.confirmed:
            break
        fiber = replace(fiber, product_trace=product_trace_test(fiber, rng, progress))
    if not family.linear:
        fiber = _without_linear_term(fiber, rng)
    return replace(fiber, expected=expected)


def _without_linear_term(fiber: Fiber, rng: np.random.Generator) -> Fiber:
    """Carry a fibre to general parameters without a linear term."""
    equations = fiber.equations
    data = fiber.family.general(rng, equations.coordinates)
    target = equations.parameters(data)
    found = Found(data)
    several: list[PathEnds] = []
    for ends in islice(_routes(fiber, fiber.monodromy, target, rng), ROUTES):
        several.append(ends)
        good = ends.regular & ~_at_poles(equations, ends.ends)
        good[good] = smooth_points(equations, ends.ends[good], target)
        before = len(found)
        found.add(equations, ends.ends[good])
        if ends.complete and (not before or len(found) == before):
            break
    u = found.parts[0][1] if len(found) else fiber.monodromy.solutions[:0]
    result = MonodromyResult(
        solutions=u,
        parameters=target,
        components=(len(u),) if len(u) != len(fiber) else fiber.monodromy.components,
        paths=fiber.monodromy.paths,
        vertices=fiber.monodromy.vertices,
        trace=fiber.monodromy.trace,
    )
    homotopy = LinearTermHomotopy(
        start=fiber.monodromy,
        arrived=len(u),
        agrees=ends.complete,
        ends=with_poles(equations, ends),
        multiple=max(len(_multiple(equations, ends)) for ends in several),
    )
    return replace(fiber, monodromy=result, linear_term=homotopy)


def _routes(
    fiber: Fiber, start: MonodromyResult, target: Array, rng: np.random.Generator
) -> Iterator[PathEnds]:
    """Return how paths to parameters end, from one general linear term after the other."""
    starts, begin = start.solutions, start.parameters
    while True:
        yield classify(fiber.tracker, starts, begin, target, lift=fiber.equations.system.lift)
        middle = begin + 0.3 * np.abs(begin).max() * gaussian(rng, len(begin))
        moved = fiber.tracker.carry(starts, begin, middle)
        starts, begin = moved.solutions[moved.success], middle


def _multiple(equations: CriticalEquations, ends: PathEnds) -> Array:
    """Return the points of the variety where paths end at singular solutions."""
    u = ends.ends[ends.kind == EndKind.SINGULAR]
    u = u[~_at_poles(equations, u)]
    return equations.system.lift(u[clearly_smooth(equations, u)])


def multiple_points(
    fibers: Sequence[Fiber], placed: Placed, data: Array, seed: int = 0
) -> MultiplePoints:
    """Return the multiple critical points for given data, where general data has some.

    An isolated one is the end of as many paths as its multiplicity says, from every general linear
    term. Ends on a set of critical points are those where the linear term is stationary on it, and
    move with the linear term.

    Parameters
    ----------
    fibers : sequence of Fiber
    placed : Placed
    data : array (parameters,)
        In the user's coordinates.
    seed : int
        Of the second linear term.
    """
    there = placed.data_inward(data)
    found = [
        _multiple_points(fiber, there, seed)
        for fiber in fibers
        if fiber.linear_term is not None and fiber.linear_term.multiple
    ]
    x = np.concatenate([np.zeros((0, len(placed.coordinates.scale))), *(m.points for m in found)])
    return MultiplePoints(
        placed.outward(x),
        tuple(count for m in found for count in m.multiplicities),
        sum(m.elsewhere for m in found),
    )


def _multiple_points(fiber: Fiber, data: Array, seed: int) -> MultiplePoints:
    """Return the multiple critical points on one part of a variety, in good coordinates."""
    assert fiber.linear_term is not None
    rng = np.random.default_rng(np.random.SeedSequence([seed, 2]))
    routes = _routes(fiber, fiber.linear_term.start, fiber.equations.parameters(data), rng)
    first, second = (_multiple(fiber.equations, ends) for ends in islice(routes, 2))
    points, multiplicities, elsewhere = [], [], 0
    while len(first):
        near, there = (
            np.abs(x - first[0]).max(axis=1) <= TOGETHER * (1 + np.abs(first[0]).max())
            for x in (first, second)
        )
        count = int(near.sum())
        if count == int(there.sum()):
            points.append(first[near].mean(axis=0))
            multiplicities.append(count)
        else:
            elsewhere += count
        first = first[~near]
    x = np.array(points).reshape(-1, fiber.equations.coordinates)
    return MultiplePoints(x, tuple(multiplicities), elsewhere)


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
