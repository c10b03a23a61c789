"""Critical points through another solver than the embedded one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from edgeom.critical.account import missing, only_smooth
from edgeom.critical.points import CriticalPoints
from edgeom.errors import IncompleteError
from edgeom.evidence import Evidence
from edgeom.homotopy.monodromy import Progress
from edgeom.solvers.base import Backend
from edgeom.solvers.native import Solutions
from edgeom.solvers.outside import SolvedFiber, reach, solve_fiber
from edgeom.varieties.base import Array, Fact
from edgeom.varieties.placed import Placed

__all__ = ["points_through", "solved_by"]

Describe = Callable[[list[Any], int, Evidence], CriticalPoints]


def solved_by(
    solver: Backend,
    placed: Placed,
    known: Fact | None,
    seed: int,
    strict: bool,
    progress: Progress | None,
) -> SolvedFiber:
    """Find all critical points for general data.

    Raises
    ------
    IncompleteError
        Their number is not confirmed; if `strict`.
    """
    expected = None if known is None else known.value
    fiber = solve_fiber(placed.variety, placed.family, solver, seed, expected, progress)
    if strict and not fiber.confirmed:
        raise IncompleteError(
            f"{solver.title} found {len(fiber)} critical points for general data, but their "
            f"number is not confirmed: {fiber.check}. Try another seed, or "
            "raise_incomplete=False"
        )
    return fiber


def points_through(
    solver: Backend,
    fiber: SolvedFiber,
    data: Array,
    known: Fact | None,
    seed: int,
    strict: bool,
    progress: Progress | None,
    describe: Describe,
) -> CriticalPoints:
    """Carry critical points for general data to given data, in good coordinates.

    Raises
    ------
    DegenerateDataError, IncompleteError
        Points are missing; if `strict`.
    """
    (reached,) = reach(fiber, data[None], solver, seed, progress)
    name = f"{solver.title} {solver.availability().version}"
    reason = fiber.check if known is None else known.reason
    evidence = Evidence(
        method=solver.name,
        checks=(
            f"{len(fiber)} for general data: {reason}, and {name}",
            f"carried to this data by {name}, every end evaluated and polished by edgeom",
        ),
        seed=seed,
        paths=dict(reached.paths),
        residual=fiber.residual,
    )
    points = only_smooth(describe(reached.parts, len(fiber), evidence), strict)
    if strict and not points.complete:
        kinds = {"regular": reached.last["success"], "singular": reached.at_end}
        ends = {kind: n for kind, n in kinds.items() if n} if reached.at_end else {}
        raise missing(points, Solutions([], {}, reached.attempts, ends))
    return points
