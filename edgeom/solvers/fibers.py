"""All generic fibres of a variety: one for each dimension that its components have."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from edgeom.equations.critical import DistanceEquations, critical_equations
from edgeom.equations.family import family_of
from edgeom.errors import IncompleteError, InputError
from edgeom.homotopy.monodromy import Monodromy, MonodromyResult, Progress
from edgeom.homotopy.trace_test import TraceTest
from edgeom.homotopy.tracker import PathTracker
from edgeom.objectives.family import ObjectiveFamily
from edgeom.objectives.metric import Metric
from edgeom.solvers.charts import chart_for
from edgeom.solvers.drawing import draw_for
from edgeom.solvers.fiber import find_fiber
from edgeom.solvers.general import from_general
from edgeom.solvers.generic import Fiber
from edgeom.solvers.objective import find_objective_fibers
from edgeom.solvers.singular_metric import find_singular_fiber
from edgeom.varieties.base import Variety, gaussian

__all__ = ["find_fibers", "find_joint_fiber"]

FEW = 20  # paths from general equations that are tried first where there are too many equations
SEEDS = 8  # random starting points where the components are not known


def find_fibers(
    variety: Variety,
    family: ObjectiveFamily,
    seed: int = 0,
    expected: int | None = None,
    stop: bool = False,
    seeds: int | None = None,
    progress: Progress | None = None,
) -> tuple[Fiber, ...]:
    """Find all critical points for generic complex data.

    Equations and maps of degrees that are not too large are solved by paths from general ones of
    the same degrees (:mod:`edgeom.solvers.general`), everything else by monodromy.

    Parameters
    ----------
    variety, family
        In good coordinates.
    seed, expected, stop, progress
        As for :func:`~edgeom.solvers.fiber.find_fiber`.
    seeds : int, optional
        Number of starting points of monodromy. With a number monodromy is used in any case.

    Returns
    -------
    tuple of Fiber
        One for each dimension in which there are critical points, the largest first; at least one.
    """
    if not isinstance(family, Metric):
        return find_objective_fibers(variety, family, seed, expected, stop, seeds, progress)
    metric = family
    if seeds is not None or expected is not None:
        if metric.is_singular:
            return (find_singular_fiber(variety, metric, seed, seeds, progress),)
        count = seeds or (1 if variety.is_irreducible else SEEDS)
        return (find_fiber(variety, metric, seed, expected, stop, count, progress),)
    found = (_fiber(part, metric, seed, progress) for part in variety.parts())
    fibers = [fiber for fiber in found if fiber is not None]
    return tuple(f for f in fibers if len(f)) or tuple(fibers[-1:])


def find_joint_fiber(
    variety: Variety,
    family: ObjectiveFamily,
    seed: int = 0,
    expected: int | None = None,
    stop: bool = False,
) -> Fiber:
    """Find all critical points for generic complex data in one fibre.

    Raises
    ------
    InputError
        There are components of different dimensions.
    """
    fibers = find_fibers(variety, family, seed, expected, stop)
    if len({fiber.variety.dimension for fiber in fibers}) > 1:
        raise InputError(
            f"{variety} has components of different dimensions; make a table for each of them"
        )
    joint = None
    if len(fibers) > 1 and isinstance(family, Metric):
        joint = _fiber(variety, family, seed, None)
    return fibers[0] if joint is None else joint


def _fiber(variety: Variety, metric: Metric, seed: int, progress: Progress | None) -> Fiber | None:
    """Find the fibre of one part; None where it has no points that could be on it.

    Two ways lead to it, and the second one is gone where the first leads to no confirmed list.
    Paths from general equations are the first, except where they are many for equations that are
    more than the codimension: most of them lead to other solutions of their combinations; for maps
    with more parameters than the dimension and for singular metrics, where most go to infinity.
    """
    ways: list[Callable[..., Fiber | None]] = [_by_paths, _from_components]
    family = family_of(variety.chart()) if variety.is_overdetermined else None
    if metric.is_singular or (family is not None and family.count > FEW):
        ways.reverse()
    best = None
    for way in ways:
        fiber = way(variety, metric, seed, progress)
        if fiber is None and way is _from_components:
            return None
        if fiber is not None and (best is None or (fiber.confirmed and len(fiber) >= len(best))):
            best = fiber
        if best is not None and best.confirmed:
            break
    return best


def _from_components(
    variety: Variety, metric: Metric, seed: int, progress: Progress | None
) -> Fiber | None:
    """Find a fibre by monodromy from a point on each component; None where there are none."""
    count = 1 if variety.is_irreducible else SEEDS
    points, unmet = None, ""
    try:
        points = variety.component_points(variety.dimension)
    except (InputError, IncompleteError) as error:
        unmet = f"from {count} random points, which may miss components: {error}"
    if points is not None and not len(points):
        return None
    if metric.is_singular:
        return find_singular_fiber(variety, metric, seed, None, progress)
    return find_fiber(variety, metric, seed, None, False, count, progress, points, unmet)


def _by_paths(
    variety: Variety, metric: Metric, seed: int, progress: Progress | None
) -> Fiber | None:
    """Find a fibre by paths from general equations; None where there are too many."""
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    equations = critical_equations(chart_for(variety, metric, rng), metric)
    assert isinstance(equations, DistanceEquations)
    q = gaussian(rng, metric.dimension)
    general = from_general(equations, q, rng, progress)
    if general is None:
        return None
    try:
        tracker = PathTracker(equations.system.tape)
    except InputError:  # the Jacobian is singular wherever it may be: there are no such points
        return None
    parameters = equations.parameters(q)
    residual, traces, sizes = 0.0, list[TraceTest](), [0]
    solutions = general.solutions
    if len(solutions):
        check = tracker.track(solutions, np.array([parameters, parameters]))
        solutions = np.where(check.success[:, None], check.solutions, solutions)
        residual = check.residual
        lift = equations.system.lift
        draw = draw_for(equations, q)
        search = Monodromy(tracker, lift, draw, draw.direction, rng)
        traces, sizes = [search.test(solutions, parameters)], [len(solutions)]
    result = MonodromyResult(
        solutions=solutions,
        parameters=parameters,
        components=tuple(sizes),
        paths={"started": general.family.count, **general.ends},
        vertices=0,
        trace=tuple(traces),
    )
    return Fiber(variety, metric, equations, tracker, result, residual, seed, general=general)
