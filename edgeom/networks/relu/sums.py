"""All critical points of squared distances to sums of matrices of bounded ranks.

Units of a ReLU network that have the same signs at the data add up to a matrix N_a of rank at most
the number of these units, and the network has the values Σ N_a B_aᵀ at the data. For one kind of
sizes, ranks and outputs the critical equations of ½ ‖Σ N_a B_aᵀ - Y‖² are one family, with the
parameters B_aᵀB_b and Y B_a, in which they are linear. So any point can be made critical, monodromy
finds all critical points for one general member, and each isolated critical point of another member
is the end of a path from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.homotopy.derivatives import vjp
from edgeom.homotopy.endgame import classify
from edgeom.homotopy.ends import EndKind
from edgeom.homotopy.monodromy import Monodromy
from edgeom.homotopy.pointset import PointSet
from edgeom.homotopy.tape import Builder, Tape, Var
from edgeom.homotopy.tracker import PathTracker, TrackerOptions
from edgeom.objectives.matrices import null_space
from edgeom.varieties.base import gaussian
from edgeom.varieties.determinantal import DeterminantalVariety

__all__ = ["Ends", "Shape", "SumFamily", "family_for"]

Array = NDArray[Any]
Shape = tuple[int, int]  #: columns of a matrix N_a, and its rank
SMALL = 1e-10
LEFT = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8)  # 1 - t where lost paths are looked at
STEEP = 0.08  # exponent of 1 / (1 - t) with which paths to infinity grow, at least,
FLAT = 0.04  # and at most, with which those to finite ends do
REAL = 1e-10  # relative imaginary part of a real point,
DOUBTFUL = 1e-6  # and of one that may be real
BLOCK = 50_000  # paths at a time
ROUTES = 4  # to members where the end of a path is not known


@lru_cache(maxsize=64)
def family_for(outputs: int, shapes: tuple[Shape, ...]) -> SumFamily:
    """Return the family of these sizes; what it has found is kept."""
    return SumFamily(outputs, shapes)


@dataclass(frozen=True, eq=False)
class Ends:
    """Where the paths to a member end.

    Attributes
    ----------
    real : array (points, entries)
        Entries of all N_a at the real regular ends.
    singular : complex array (points, entries)
        Roughly, the finite ends that are not regular.
    lost : bool
        Whether the end of some path is not known.
    doubtful : array (points, entries)
        Regular ends that are real or not.
    """

    real: Array
    singular: Array
    lost: bool
    doubtful: Array


class SumFamily:
    """The critical points of ½ ‖Σ N_a B_aᵀ - Y‖², N_a of given ranks, B_a with orthonormal columns.

    Parameters
    ----------
    outputs : int
        Rows of the N_a.
    shapes : tuple of (int, int)
        Columns and rank of each, the rank smaller than both sizes.

    Examples
    --------
    >>> len(SumFamily(2, ((2, 1), (2, 1))))  # two units with biases on a line
    12
    """

    def __init__(self, outputs: int, shapes: tuple[Shape, ...]) -> None:
        self.outputs, self.shapes = outputs, shapes
        self._rng = np.random.default_rng(0)
        self._starts: dict[int, tuple[Array, Array]] = {}
        self._charts = [
            DeterminantalVariety(outputs, r, rank).chart(self._rng) for r, rank in shapes
        ]
        self.unknowns = sum(len(chart.names) for chart in self._charts)
        pairs = list(combinations(range(len(shapes)), 2))
        self._pairs = pairs
        self._head = sum(shapes[a][0] * shapes[b][0] for a, b in pairs)
        self._data = outputs * sum(r for r, _ in shapes)
        b = Builder()
        u = b.inputs("u", self.unknowns)
        self._lift = b.finish({"x": [v for rows in self._matrices(u) for row in rows for v in row]})

    def __len__(self) -> int:
        return len(self._fibre[0])

    def parameters(self, bases: Sequence[Array], values: Array) -> Array:
        """Return the parameters of a member: B_aᵀB_b for a < b, then Y B_a."""
        grams = [(bases[a].T @ bases[b]).ravel() for a, b in self._pairs]
        return np.concatenate([*grams, *((values @ base).ravel() for base in bases)])

    def solve(self, members: Array) -> list[Ends]:
        """Follow the paths to members with these parameters (members, parameters)."""
        size = max(1, BLOCK // len(self))
        blocks = [members[begin : begin + size] for begin in range(0, len(members), size)]
        return [ends for block in blocks for ends in self._solved(block)]

    def _solved(self, members: Array) -> list[Ends]:
        count = len(self)
        found = [PointSet(self._data) for _ in members]
        paths = np.array([(i, k) for k in range(len(members)) for i in range(count)], np.int64)
        singular: dict[int, list[Array]] = {}
        for route in range(ROUTES):
            starts, begin = self._start(route)
            options = TrackerOptions().tighter() if route else None
            rows = np.array([begin, *members])
            results = self.tracker.track(starts, rows, paths[:, 0], 0, paths[:, 1] + 1, options)
            lifted = self.lift(results.solutions)
            for k in np.unique(paths[:, 1]).tolist():
                found[k].add(lifted[results.success & (paths[:, 1] == k)])
            short = [k for k in np.unique(paths[:, 1]).tolist() if len(found[k]) < count]
            if route:
                rest = paths[~results.success & np.isin(paths[:, 1], short)]
                ends, lost = self._judged(rest, members, starts, begin)
                singular.update({k: [] for k in short} | ends)
                if route == ROUTES - 1:
                    lost = self._looked_at(lost, members, found, singular)
                short = sorted({k for _, k in lost})
            paths = np.array([(i, k) for k in short for i in range(count)], np.int64)
            if not short:
                break
        return [_ends(points, singular.get(k, []), k in short) for k, points in enumerate(found)]

    def _judged(
        self, paths: Array, members: Array, starts: Array, begin: Array
    ) -> tuple[dict[int, list[Array]], list[tuple[int, int]]]:
        """Return the ends that are finite but singular by their members, and lost paths.

        A path ends at infinity where the exponent with which it grows is steady.
        """
        at, here = starts[paths[:, 0]], np.tile(begin, (len(paths), 1))
        there, number = members[paths[:, 1]], np.arange(len(paths))
        good, points = np.ones(len(paths), bool), self.lift(at)
        growth: list[Array] = []  # of the last steps that succeeded
        steps = np.zeros(len(paths), np.int64)
        for left in LEFT:
            new = begin + (1 - left) * (there - begin)
            results = self.tracker.track(
                at, np.concatenate([here, new]), number, number, number + len(paths),
                TrackerOptions().tighter(),
            )  # fmt: skip
            good &= results.success
            at, here = np.where(good[:, None], results.solutions, at), new
            now = self.lift(at)
            ratio = np.linalg.norm(now, axis=1) / np.linalg.norm(points, axis=1)
            growth.append(np.where(good, np.log(ratio) / np.log(LEFT[0] / LEFT[1]), np.nan))
            steps, points = steps + good, now
        slopes = np.array(growth[1:])  # the first step is another one
        last = [slopes[max(k - 3, 0) : max(k - 1, 0), i] for i, k in enumerate(steps.tolist())]
        infinite = np.array([len(s) == 2 and s[1] > STEEP and s[0] > FLAT for s in last], bool)
        finite = np.array([len(s) == 2 and abs(s[1]) < FLAT for s in last], bool)
        lost = [(int(i), int(k)) for i, k in paths[~(infinite | finite)]]
        singular: dict[int, list[Array]] = {}
        for i in np.flatnonzero(finite).tolist():
            singular.setdefault(int(paths[i, 1]), []).append(points[i])
        return singular, lost

    def _looked_at(
        self,
        lost: list[tuple[int, int]],
        members: Array,
        found: list[PointSet],
        singular: dict[int, list[Array]],
    ) -> list[tuple[int, int]]:
        """Look at the ends of lost paths from loops around them; return those that stay lost."""
        starts, begin = self._start(ROUTES - 1)
        rest = []
        for k in sorted({k for _, k in lost}):
            own = [i for i, member in lost if member == k]
            ends = classify(self.tracker, starts[own], begin, members[k] + 0j, lift=self.lift)
            found[k].add(ends.points[ends.regular])
            singular[k] += list(ends.points[ends.kind == EndKind.SINGULAR])
            rest += [
                (i, k) for i, kind in zip(own, ends.kind, strict=True) if kind == EndKind.FAILED
            ]
        return rest

    def split(self, point: Array) -> list[Array]:
        ends = np.cumsum([self.outputs * r for r, _ in self.shapes])[:-1]
        return [part.reshape(self.outputs, -1) for part in np.split(point, ends)]

    def lift(self, unknowns: Array) -> Array:
        """Return the entries of the N_a (points, entries)."""
        return self._lift.arrays(u=unknowns)["x"]

    @cached_property
    def tracker(self) -> PathTracker:
        """The compiled equations."""
        return PathTracker(self._equations)

    @cached_property
    def _equations(self) -> Tape:
        b = Builder()
        u = b.inputs("u", self.unknowns)
        p = iter(b.inputs("p", self._head + self._data))
        grams: dict[tuple[int, int], list[list[Var]]] = {}
        for i, j in self._pairs:
            (rows, _), (columns, _) = self.shapes[i], self.shapes[j]
            grams[i, j] = [[next(p) for _ in range(columns)] for _ in range(rows)]
            grams[j, i] = [list(column) for column in zip(*grams[i, j], strict=True)]
        matrices = self._matrices(u)
        entries, slopes = list[Var](), list[Var]()
        for a, matrix in enumerate(matrices):
            for i, row in enumerate(matrix):
                for j, entry in enumerate(row):
                    slope = entry - next(p)
                    for c, other in enumerate(matrices):
                        if c != a:
                            slope = slope + b.dot(other[i], [g[j] for g in grams[c, a]])
                    entries.append(entry)
                    slopes.append(slope)
        return b.finish({"F": vjp(entries, u, slopes)})

    def _matrices(self, u: list[Var]) -> list[list[list[Any]]]:
        """Record the N_a."""
        out, given = [], iter(u)
        for (r, _), chart in zip(self.shapes, self._charts, strict=True):
            entries = chart.point(list(islice(given, len(chart.names))))
            out.append([entries[i * r : (i + 1) * r] for i in range(self.outputs)])
        return out

    @cached_property
    def _fibre(self) -> tuple[Array, Array]:
        """All critical points of a general member, and its parameters."""
        rng = self._rng
        u, head = gaussian(rng, self.unknowns), self._draw(rng)[: self._head]
        rows = np.vstack([np.zeros(self._data), np.eye(self._data)])
        p = np.column_stack([np.tile(head, (len(rows), 1)), rows])
        values = self._equations.arrays(u=np.tile(u, (len(rows), 1)), p=p)["F"]
        slopes = (values[1:] - values[0]).T
        data = np.linalg.lstsq(slopes, -values[0], rcond=None)[0]
        free = null_space(slopes, SMALL)
        data = data + free @ gaussian(rng, free.shape[1])
        member = np.concatenate([head, data])
        search = Monodromy(self.tracker, self.lift, self._draw, self._direction, rng)
        solutions, self.trace, self.vertices = search.component(u, member)
        return solutions, member

    def _start(self, route: int) -> tuple[Array, Array]:
        """All critical points of a general member, one for each route, and its parameters."""
        if not route:
            return self._fibre
        if route not in self._starts:
            solutions, member = self._fibre
            end = self._draw(np.random.default_rng(route))
            there = self.tracker.carry(solutions, member, end)
            good = there.success.all()
            self._starts[route] = (there.solutions, end) if good else (solutions, member)
        return self._starts[route]

    def _draw(self, rng: np.random.Generator) -> Array:
        return np.concatenate([gaussian(rng, self._head) / 2, gaussian(rng, self._data)])

    def _direction(self, rng: np.random.Generator) -> Array:
        return np.concatenate([np.zeros(self._head), gaussian(rng, self._data)])


def _ends(found: PointSet, singular: list[Array], lost: bool) -> Ends:
    points = found.points
    sizes = np.linalg.norm(points, axis=1)
    off = np.abs(points.imag).max(axis=1, initial=0) / np.where(sizes, sizes, 1)
    real, doubtful = off <= REAL, (off > REAL) & (off < DOUBTFUL)
    ends = np.array(singular).reshape(len(singular), points.shape[1])
    return Ends(points[real].real, ends, lost, points[doubtful].real)
