"""From the witness points of one dimension to those of each irreducible component.

Moving the linear space around loops permutes the witness points of each component transitively, and
their sum is linear in the space's base point, which the sum over a proper part is not (Sommese,
Verschelde, Wampler, "Symmetric functions applied to decomposing solution sets of polynomial
systems", SIAM J. Numer. Anal. 40 (2002)).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.errors import IncompleteError
from edgeom.homotopy.pointset import PointSet
from edgeom.homotopy.trace_test import NODES, Line, TraceTest, along_line, judged
from edgeom.homotopy.tracker import TrackerOptions
from edgeom.homotopy.witness import WitnessSet, complex_normal

__all__ = ["decomposed"]

Array = NDArray[Any]
Groups = NDArray[np.int64]
LOOPS = 60  # of monodromy, until the trace of every group is linear
QUIET = 6  # loops that join nothing more, where points are far away
FAR = 10.0  # witness points farther away are far
MOST_OPEN = 12  # groups that are joined by their traces alone


def decomposed(witness: WitnessSet, rng: np.random.Generator) -> list[WitnessSet]:
    """Return the witness sets of the irreducible components.

    Points of multiple components are not moved, they stay together.

    Raises
    ------
    IncompleteError
        The trace of all points is not linear, so some are missing, or they could not be grouped.
    """
    part, count = witness.slice, len(witness)
    dimension = len(witness.base) - part.dimension
    if dimension == 0:
        return _split(witness, np.arange(count), [None] * count)
    if witness.multiplicity > 1:
        return [witness]
    traces = _Traces.along_lines(witness, rng)
    groups, quiet = np.arange(count), 0
    for _ in range(LOOPS):
        found = traces.of(groups)
        if all(trace.passed for trace in found) and quiet >= traces.needed:
            return _split(witness, groups, found)
        before = len(found)
        permutation = _around(witness, rng)
        for i in np.flatnonzero(permutation >= 0):
            a, b = sorted((groups[i], groups[permutation[i]]))
            groups[groups == b] = a
        quiet = quiet + 1 if len(np.unique(groups)) == before else 0
    groups = traces.joined(groups)
    found = traces.of(groups)
    if all(trace.passed for trace in found):
        return _split(witness, groups, found)
    raise IncompleteError(
        f"the {count} witness points of dimension {dimension} could not be grouped into "
        "components: their traces are not linear; try another seed"
    )


@dataclass(frozen=True, eq=False)
class _Traces:
    """Witness points at four places of each of some lines of linear spaces.

    The first line has size 1. Seen from there far branch points make no difference: a curve may
    look like straight lines. So where there are witness points farther away another line goes as
    far, in each coordinate, and traces have to be linear along both.
    """

    lines: tuple[Line, ...]
    needed: int

    @classmethod
    def along_lines(cls, witness: WitnessSet, rng: np.random.Generator) -> _Traces:
        sizes = np.abs(witness.points).max(axis=0)
        lines = [_line(witness, np.ones(len(sizes)), rng)]
        whole = judged(lines[0])
        if not whole.passed:
            raise IncompleteError(
                f"the {len(witness)} witness points of dimension "
                f"{len(witness.base) - witness.slice.dimension} are not complete: {whole}; "
                "try another seed"
            )
        if sizes.max() <= FAR:
            return cls(tuple(lines), 0)
        for power in (1, 0.75, 0.5, 0.25):
            line = _line(witness, np.maximum(sizes, 1) ** power, rng)
            if judged(line).passed:
                lines.append(line)
                break
        return cls(tuple(lines), QUIET)

    def of(self, groups: Groups) -> list[TraceTest]:
        """Return the tests of the groups, by their numbers."""
        return [self._test(groups == g) for g in np.unique(groups)]

    def _test(self, which: NDArray[np.bool_]) -> TraceTest:
        """Return the worst of the tests along the lines."""
        tests = [judged(line._replace(points=line.points[:, which])) for line in self.lines]
        return max(tests, key=lambda test: (not test.passed, test.deviation))

    def joined(self, groups: Groups) -> Groups:
        """Join groups whose traces are linear only together, as few as possible at a time.

        Where the branch points of a component are so far away that loops miss them.
        """
        groups = groups.copy()
        tests = zip(np.unique(groups), self.of(groups), strict=True)
        waiting = [g for g, trace in tests if not trace.passed]
        size = 2
        while size <= len(waiting) <= MOST_OPEN:
            for chosen in combinations(waiting, size):
                together = np.isin(groups, chosen)
                if self._test(together).passed:
                    groups[together] = chosen[0]
                    waiting = [g for g in waiting if g not in chosen]
                    break
            else:
                size += 1
        return groups


def _line(witness: WitnessSet, sizes: Array, rng: np.random.Generator) -> Line:
    """Move the linear space along a random line, in each coordinate as far as is asked.

    The points are corrected once more, and known to the size of that correction.
    """
    tracker, here = witness.slice.tracker, witness.slice.parameters(witness.base)
    for options in (None, TrackerOptions().tighter(), TrackerOptions().tighter()):
        direction = np.zeros(len(here), complex)
        direction[: len(sizes)] = sizes * complex_normal(rng, 1, len(sizes))[0]
        line = along_line(tracker, lambda y: y, witness.solutions, here, direction, options)
        if judged(line).passed:
            break
    if line.lost:
        return line
    accuracy, points = 0.0, [line.points[0]]
    for s, y in zip(NODES, line.points[1:], strict=True):
        there = here + s * direction
        corrected = tracker.track(y, np.array([there, there]))
        if not corrected.success.all():
            return line
        points.append(corrected.solutions)
        accuracy = max(accuracy, corrected.residual)
    return Line(np.array(points), 0, accuracy)


def _split(
    witness: WitnessSet, groups: NDArray[np.int64], traces: Sequence[TraceTest | None]
) -> list[WitnessSet]:
    return [
        WitnessSet(
            witness.slice, witness.base, witness.solutions[groups == g], witness.multiplicity, trace
        )
        for g, trace in zip(np.unique(groups), traces, strict=True)
    ]


def _around(witness: WitnessSet, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return where a random loop of linear spaces takes each witness point, -1 if it is lost."""
    part, size = witness.slice, len(witness.base)
    far = np.maximum(np.abs(witness.points).max(axis=0), 1) ** rng.random((2, 1))
    sizes = 10 ** rng.uniform(-0.5, 1.5, (2, 1)) * far  # branch points may be near or far away
    corners = [witness.base, *(sizes * complex_normal(rng, 2, size)), witness.base]
    y, alive = witness.solutions, np.arange(len(witness))
    for begin, end in pairwise(corners):
        moved = part.tracker.carry(y, part.parameters(begin), part.parameters(end))
        y, alive = moved.solutions[moved.success], alive[moved.success]
    known = PointSet(part.dimension)
    known.add(witness.solutions)
    permutation = np.full(len(witness), -1)
    permutation[alive] = known.find(y)
    return permutation
