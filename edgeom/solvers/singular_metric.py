"""Generic fibres for singular metrics, from those with general linear terms.

The squared distance is xᵀSx - 2cᵀx with c = S q, up to a constant. For a singular S these c are
special: pairs of critical points and data have components that no loop of data connects, as for a
circle that is projected to a line, where the ends of the shadow are critical for all data. With
general c they are connected. So S is treated as an objective that has a linear term besides its
data (:mod:`edgeom.solvers.objective`): each isolated critical point for c = S q is the end of a
path from those with general c. The other paths go to infinity, or end in sets of critical points
of positive dimension, which are not counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from edgeom.equations.critical import critical_equations
from edgeom.errors import DegenerateDataError
from edgeom.homotopy.monodromy import Progress
from edgeom.homotopy.tape import Var
from edgeom.homotopy.tracker import PathTracker
from edgeom.objectives.family import ObjectiveFamily
from edgeom.objectives.metric import Metric
from edgeom.solvers.generic import Fiber
from edgeom.solvers.objective import find_objective_fibers
from edgeom.varieties.base import Array, Variety
from edgeom.varieties.unseen import unseen_dimension

__all__ = ["find_singular_fiber"]


class _WithTerm(ObjectiveFamily):
    """Half the squared distance, as an objective that takes a linear term."""

    def __init__(self, metric: Metric) -> None:
        self.metric, self.name, self.dimension = metric, metric.name, metric.dimension

    def parameter_names(self, n: int) -> tuple[str, ...]:
        return self.metric.parameter_names(n)

    def gradient(self, x: Sequence[Var], theta: Sequence[Var]) -> list[Var]:
        b = x[0].builder
        gap = [v - q for v, q in zip(x, theta, strict=True)]
        return [b.dot(row, gap) for row in self.metric.matrix.tolist()]

    def values(self, x: Array, theta: Array) -> Array:
        return self.metric.values(x, theta) / 2


def find_singular_fiber(
    variety: Variety,
    metric: Metric,
    seed: int = 0,
    seeds: int | None = None,
    progress: Progress | None = None,
) -> Fiber:
    """Find the isolated critical points for generic complex data and a singular metric.

    Parameters
    ----------
    variety : Variety
        In good coordinates; with components of one dimension.
    metric, seed, seeds, progress
        As for :func:`~edgeom.solvers.fibers.find_fibers`.

    Raises
    ------
    DegenerateDataError
        Critical points are not isolated for any data.
    """
    if unseen_dimension(variety, metric):
        raise DegenerateDataError(
            f"the metric {metric.name!r} does not determine points of {variety}: every data point "
            "has a positive-dimensional set of critical points; choose another metric"
        )
    (fiber,) = find_objective_fibers(
        variety, _WithTerm(metric), seed, seeds=seeds, progress=progress
    )
    equations = critical_equations(fiber.equations.chart, metric)
    return replace(
        fiber,
        family=metric,
        equations=equations,
        tracker=PathTracker(equations.system.tape, optimise=fiber.tracker.optimise),
        monodromy=replace(fiber.monodromy, parameters=equations.parameters(fiber.data)),
    )
