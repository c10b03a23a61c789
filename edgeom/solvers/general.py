"""All critical points by paths from a general member of a family of equations.

The family and its number of solutions are those of :mod:`edgeom.equations.family`. The solutions
of a general member are found once for each shape, by monodromy that is told their number, and
every other member is reached from there; an endgame says of each path how it ends. Nothing is
asked of the equations: they may be reducible, and the metric may be as special as it likes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from edgeom.equations.critical import CriticalEquations
from edgeom.equations.family import Family, family_of, general_tape
from edgeom.errors import IncompleteError
from edgeom.homotopy.endgame import EndKind, classify
from edgeom.homotopy.monodromy import Monodromy, Progress
from edgeom.homotopy.tracker import PathTracker
from edgeom.solvers.found import Found
from edgeom.solvers.smooth import refuse_curves, smooth_points
from edgeom.varieties.base import Array, gaussian

__all__ = ["LARGEST", "GeneralPaths", "described_ends", "from_general"]

LARGEST = 400  # solutions of a general member up to which paths start there
RUNS = 6  # routes from different members until two find everything that is known


@dataclass(frozen=True, eq=False)
class GeneralPaths:
    """What came of the paths from general members.

    Attributes
    ----------
    family : Family
    solutions : complex array (points, N)
        Unknowns of the distinct regular critical points.
    ends : dict
        How the paths of the last run ended, by kind.
    others : int
        Regular ends that are no smooth points of the variety, or points met before.
    runs : int
    agree : bool
        Whether two runs with all ends known led to the same points.
    """

    family: Family
    solutions: Array
    ends: dict[str, int]
    others: int
    runs: int
    agree: bool

    def __str__(self) -> str:
        account = described_ends(self.ends)
        rest = f", {self.others} of them no new smooth points" if self.others else ""
        verdict = "the same" if self.agree else "NOT the same"
        return (
            f"of {self.family.count} paths from general equations of the same degrees {account}"
            f"{rest}; {verdict} in {self.runs} runs"
        )


def described_ends(ends: Mapping[str, int]) -> str:
    """Return how paths end in words.

    >>> described_ends({"regular": 4, "infinite": 2})
    '4 end at regular solutions, 2 go to infinity'
    """
    kinds = {
        "regular": "end at regular solutions",
        "singular": "end at singular ones",
        "infinite": "go to infinity",
        "failed": "are lost",
    }
    return ", ".join(f"{n} {kinds[kind]}" for kind, n in ends.items())


def from_general(
    equations: CriticalEquations,
    q: Array,
    rng: np.random.Generator,
    progress: Progress | None = None,
) -> GeneralPaths | None:
    """Find all critical points for data q; None where there is no family, or too large a one.

    Parameters
    ----------
    equations : CriticalEquations
    q : complex array (coordinates,)
    rng : numpy.random.Generator
    progress : callable, optional
        Called with ("paths from a general member", points found, number of paths).
    """
    family = family_of(equations.chart)
    if family is None or family.count > LARGEST:
        return None
    tracker = PathTracker(general_tape(family, equations.metric, equations.chart))
    zeros = np.zeros(tracker.layout.parameters - family.own - len(q))
    end = np.concatenate([family.head(), zeros, equations.metric.matrix @ q])
    found = Found(q)
    whole_runs: list[int] = []  # the numbers of points of the runs of which every end is known
    runs, agree = 0, False
    while runs < RUNS and not agree:
        runs += 1
        starts, begin = _start(family, tracker.layout.parameters, int(rng.integers(2**31)))
        ends = classify(tracker, starts, begin, end, lift=equations.system.lift)
        refuse_curves(equations, ends.ends[ends.kind == EndKind.SINGULAR])
        u = ends.ends[ends.regular]
        u = u[smooth_points(equations, u)]
        numbers = set(found.add(equations, u))
        whole_runs += [len(numbers)] if ends.complete else []
        agree = whole_runs.count(len(found)) > 1
        if progress is not None:
            progress("paths from a general member", len(found), family.count)
    others = int(ends.regular.sum()) - len(numbers)
    solutions = found.parts[0][1] if len(found) else np.zeros((0, len(equations.system.unknowns)))
    return GeneralPaths(family, solutions, ends.counts(), others, runs, agree)


def _start(family: Family, parameters: int, seed: int) -> tuple[Array, Array]:
    """Return the solutions of a general member and its parameters."""
    if family.map_degree:
        member = family.draw(np.random.default_rng(seed))
        return family.roots(member), np.concatenate(
            [family.head(member), np.zeros(parameters - family.own)]
        )
    starts, begin = _solved(family, seed % MEMBERS)
    return starts, begin


MEMBERS = 8  # general members of a family that are kept


@lru_cache(maxsize=64)
def _solved(family: Family, seed: int) -> tuple[Array, Array]:
    """Solve a general member by monodromy, which stops at the known number."""
    rng = np.random.default_rng(seed)
    tracker = PathTracker(general_tape(family), optimise=int(family.count > 200))
    size = tracker.layout.parameters

    def draw(rng: np.random.Generator) -> Array:
        values = gaussian(rng, size)
        values[family.own - 1] = 0
        return values

    u, begin = _start_pair(family, rng)
    search = Monodromy(tracker, lambda v: v, draw, draw, rng)
    solutions, _, _ = search.component(u, begin, family.count, stop=True)
    if len(solutions) != family.count:
        raise IncompleteError(
            f"a general member of a family of equations of degrees {family.degrees} has "
            f"{family.count} critical points, {len(solutions)} were found; try another seed"
        )
    return solutions, begin


def _start_pair(family: Family, rng: np.random.Generator) -> tuple[Array, Array]:
    """Choose unknowns, and constants e and c for which they are a solution."""
    n, height = family.unknowns, len(family.degrees)
    x, multipliers = gaussian(rng, n), gaussian(rng, height)
    a, w = gaussian(rng, height * n).reshape(height, n), gaussian(rng, n)
    degrees = np.array(family.degrees)[:, None]
    e = -np.sum(a * x**degrees, axis=1)
    c = w * x - multipliers @ (a * degrees * x ** (degrees - 1))
    begin = np.concatenate([a.ravel(), e, [0], w, c])
    return np.concatenate([x, multipliers]), begin
