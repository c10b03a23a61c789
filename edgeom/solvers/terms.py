"""Critical points for singular metrics, from those with general linear terms.

The squared distance is xᵀSx - 2cᵀx with c = S q, up to a constant. For a singular S these c are
special: pairs of critical points and data have components that no loop of data connects, as for a
circle that is projected to a line, where the ends of the shadow are critical for all data. With
general c they are connected, and monodromy finds all critical points; each isolated one for c = S q
is the end of a path from them. The other paths go to infinity, or end in sets of critical points of
positive dimension, which are not counted.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgeom.homotopy.endgame import classify
from edgeom.homotopy.monodromy import Progress
from edgeom.solvers.generic import Fiber, TermHomotopy
from edgeom.solvers.smooth import smooth_points
from edgeom.varieties.base import Array, gaussian

__all__ = ["for_data"]

RUNS = 3  # data points tried, until two have the same number of critical points


def for_data(fiber: Fiber, rng: np.random.Generator, progress: Progress | None = None) -> Fiber:
    """Return the fibre over general data, from one over general linear terms.

    Parameters
    ----------
    fiber : Fiber
        Its parameters are general.
    rng : numpy.random.Generator
    progress : callable, optional
        Called with ("paths to data", points found, number of paths).
    """
    equations, start = fiber.equations, fiber.monodromy
    S = fiber.metric.matrix
    scale = np.linalg.norm(start.parameters) / np.linalg.norm(S, 2)
    runs: list[tuple[Array, Array]] = []
    numbers: list[int] = []  # of the runs of which every end is known
    agree = False
    while len(runs) < RUNS and not agree:
        q = scale / np.sqrt(len(S)) * gaussian(rng, len(S))
        target = equations.parameters(q)
        lift = equations.system.lift
        ends = classify(fiber.tracker, start.solutions, start.parameters, target, lift=lift)
        u = ends.ends[ends.regular]
        runs.append((u[smooth_points(equations, u, target)], target))
        numbers += [len(runs[-1][0])] if ends.complete else []
        agree = len(numbers) > 1 and max(map(numbers.count, numbers)) > 1
        if progress is not None:
            progress("paths to data", len(runs[-1][0]), len(fiber))
    solutions, parameters = max(runs, key=lambda run: len(run[0]))
    agree = agree and fiber.confirmed and numbers.count(len(solutions)) > 1
    check = TermHomotopy(len(fiber), tuple(fiber.checks), len(solutions), ends.counts(), agree)
    found = replace(
        start,
        solutions=solutions,
        parameters=parameters,
        components=(len(solutions),),
        trace=(None,),
    )
    return replace(fiber, monodromy=found, expected=None, from_generic=check)
