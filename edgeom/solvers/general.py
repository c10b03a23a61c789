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
from numpy.typing import NDArray

from edgeom.equations.critical import CriticalEquations, DistanceEquations
from edgeom.equations.family import Family, family_of
from edgeom.errors import IncompleteError
from edgeom.homotopy import digits
from edgeom.homotopy.endgame import classify
from edgeom.homotopy.ends import EndKind
from edgeom.homotopy.kernels import jacobian_tape
from edgeom.homotopy.monodromy import Monodromy, Progress
from edgeom.homotopy.tracker import PathTracker
from edgeom.solvers.found import Found
from edgeom.solvers.rounded import without_rounded
from edgeom.solvers.smooth import refuse_curves, smooth_points
from edgeom.varieties.base import Array, gaussian

__all__ = ["LARGEST", "GeneralPaths", "described_ends", "from_general"]

LARGEST = 400  # solutions of a general member up to which paths start there
MANY = 200  # paths from which on slower, better compilation pays off
LARGE = 1e6  # points that are larger may be poles
POLE = 1e30  # and are when they are larger than this with many digits
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
        account = described_ends(self.ends, self.others)
        verdict = "the same" if self.agree else "NOT the same"
        return (
            f"of {self.family.count} paths from general equations of the same degrees {account}"
            f"; {verdict} in {self.runs} runs"
        )


def described_ends(ends: Mapping[str, int], others: int = 0) -> str:
    """Return how paths end in words; some regular ends may be no new smooth points.

    >>> described_ends({"regular": 4, "infinite": 2}, others=1)
    '4 end at regular solutions (1 of these no new smooth point), 2 go to infinity'
    """
    points = "point" if others == 1 else "points"
    old = f" ({others} of these no new smooth {points})" if others else ""
    kinds = {
        "regular": f"end at regular solutions{old}",
        "singular": "end at singular ones",
        "infinite": "go to infinity",
        "failed": "are lost",
    }
    return ", ".join(f"{n} {kinds[kind]}" for kind, n in ends.items())


def from_general(
    equations: DistanceEquations,
    q: Array,
    rng: np.random.Generator,
    progress: Progress | None = None,
) -> GeneralPaths | None:
    """Find all critical points for data q; None where there is no family, or too large a one.

    Parameters
    ----------
    equations : DistanceEquations
    q : complex array (coordinates,)
    rng : numpy.random.Generator
    progress : callable, optional
        Called with ("paths from a general member", points found, number of paths).
    """
    family = family_of(equations.chart)
    if family is None or family.count > LARGEST:
        return None
    tracker = PathTracker(
        family.tape(equations.chart, equations.metric),
        optimise=int(family.count > MANY),
        symmetric=family.symmetric,
    )
    end = family.given(equations.metric.matrix @ q)
    found = Found(q)
    whole_runs: list[int] = []  # the numbers of points of the runs of which every end is known
    runs, agree = 0, False
    first = int(rng.integers(2**31))
    while runs < RUNS and not agree:
        runs += 1
        starts, begin = _start(family, len(q), first + runs)  # each from another member
        ends = classify(
            tracker,
            starts,
            begin,
            end,
            lift=equations.system.lift,
            strays=family.strays(equations.chart),
        )
        ends = without_rounded(equations, ends, equations.parameters(q))
        if not equations.metric.is_singular:  # it may have curves besides isolated points
            refuse_curves(equations, ends.ends[ends.kind == EndKind.SINGULAR])
        u = ends.ends[ends.regular]
        u = u[~_poles(tracker, equations, u, end)]
        u = u[smooth_points(equations, u, equations.parameters(q))]
        numbers = set(found.add(equations, u))
        whole_runs += [len(numbers)] if ends.complete else []
        agree = whole_runs.count(len(found)) > 1
        if progress is not None:
            progress("paths from a general member", len(found), family.count)
    others = int(ends.regular.sum()) - len(numbers)
    solutions = found.parts[0][1] if len(found) else np.zeros((0, len(equations.system.unknowns)))
    return GeneralPaths(family, solutions, ends.counts(), others, runs, agree)


def _poles(
    tracker: PathTracker, equations: CriticalEquations, u: Array, p: Array
) -> NDArray[np.bool_]:
    """Tell which solutions are poles of the chart; with many digits those of large points."""
    poles = np.zeros(len(u), bool)
    if equations.chart.rational_degree and len(u):
        jacobian = jacobian_tape(tracker.system, tracker.layout.symmetric)
        near = np.abs(equations.system.lift(u)) < LARGE
        for i in np.flatnonzero(~near.all(axis=1)):
            with digits.with_digits():
                found = digits.refined(jacobian, u[i], p)
                x = [] if found is None else digits.run(equations.system.lift_tape, u=found[0])["x"]
                poles[i] = not x or not digits.upper(x) < POLE
    return poles


def _start(family: Family, coordinates: int, seed: int) -> tuple[Array, Array]:
    """Return the solutions of a general member and its parameters."""
    written = family.solved(np.random.default_rng(seed), coordinates)
    return _solved(family, seed % MEMBERS) if written is None else written


MEMBERS = 8  # general members of a family that are kept


@lru_cache(maxsize=64)
def _solved(family: Family, seed: int) -> tuple[Array, Array]:
    """Solve a general member by monodromy, which stops at the known number."""
    rng = np.random.default_rng(seed)
    tracker = PathTracker(
        family.tape(), optimise=int(family.count > MANY), symmetric=family.symmetric
    )
    u, begin = family.start_pair(rng)

    def draw(rng: np.random.Generator) -> Array:
        values = gaussian(rng, len(begin))
        values[family.general] = 0
        return values

    search = Monodromy(tracker, lambda v: v, draw, draw, rng)
    solutions, _, _ = search.component(u, begin, family.count, stop=True)
    if len(solutions) != family.count:
        raise IncompleteError(
            f"a general member of {family} has "
            f"{family.count} critical points, {len(solutions)} were found; try another seed"
        )
    return solutions, begin
