"""Monodromy: from one solution at generic parameters to all of its component.

Solutions are collected at the vertices of a complete graph, random parameters, and carried along
its edges, straight segments. Going around the cycles of the graph permutes the solutions at a
vertex; when the incidence variety is irreducible these permutations reach every solution. An
edge is never used twice for one solution, so N solutions cost at most N paths per edge
(Duff, Hill, Jensen, Lee, Leykin, Sommars, "Solving polynomial systems via homotopy continuation
and monodromy", arXiv 1609.08722). When all edges are used up and the count is not confirmed, a
vertex is added.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.errors import InputError
from edgeom.homotopy.pointset import PointSet
from edgeom.homotopy.trace_test import Carrier, TraceTest, collided, trace_test
from edgeom.homotopy.tracker import PathResults, PathTracker, TrackerOptions

__all__ = ["Monodromy", "MonodromyResult", "Progress"]

Array = NDArray[Any]
SETTLED = 3  # fruitless vertices after which a linear trace is enough, the squares not quadratic
Retry = Callable[[Array, Array], PathResults]  # takes starts and the ends of a segment
Progress = Callable[[str, int, int | None], None]  #: called with (stage, done, total or None)


@dataclass(frozen=True)
class MonodromyResult:
    """Solutions at generic parameters and how they were found.

    Attributes
    ----------
    solutions : complex array (points, N)
    parameters : complex array (parameters,)
    components : tuple of int
        Number of solutions on each component on which a seed lay.
    paths : dict
        Paths started for monodromy, by how they ended; "retried" were run again with tighter
        tolerances, "collided" led two solutions to one and were discarded.
    vertices : int
        Size of the graph.
    trace : tuple of TraceTest or None
        One for each component, None where a known count was reached instead.
    """

    solutions: Array
    parameters: Array
    components: tuple[int, ...]
    paths: dict[str, int]
    vertices: int
    trace: tuple[TraceTest | None, ...]


@dataclass
class _Vertex:
    parameters: Array
    found: PointSet
    unknowns: Array  # (points, N)
    done: dict[int, NDArray[np.bool_]] = field(default_factory=dict)  # used, by the other vertex

    def waiting(self, other: int) -> NDArray[np.int64]:
        """Return which solutions have not used the edge to another vertex."""
        return np.flatnonzero(~self.done[other])

    def mark(self, other: int, numbers: NDArray[np.int64]) -> None:
        """Note that solutions are at both ends of an edge."""
        self.done[other][numbers] = True


def _enough(trace: TraceTest | None, patience: int) -> int:
    """Return how many fruitless vertices are enough; a linear trace without squares needs some."""
    return max(patience, SETTLED) if trace is not None and trace.passed else patience


class Monodromy:
    """Collects the solutions of one component over a graph of parameters.

    Parameters
    ----------
    tracker : PathTracker
    lift : callable
        From unknowns to points; solutions are equal when their points are.
    draw : callable
        Draws random parameters.
    direction : callable
        Draws the direction of a line of parameters for the trace test.
    rng : numpy.random.Generator
    vertices : int
        Vertices to begin with, at least 2.
    options : TrackerOptions, optional
    progress : callable, optional
        Called with ("monodromy", solutions found, expected number or None).
    carrier : Carrier, optional
        What tracks the paths of trace tests, of which none may be lost; by default the tracker.
    retry : callable, optional
        What tracks paths that failed or collided once more; by default the tracker, with tighter
        tolerances.
    """

    def __init__(
        self,
        tracker: PathTracker,
        lift: Callable[[Array], Array],
        draw: Callable[[np.random.Generator], Array],
        direction: Callable[[np.random.Generator], Array],
        rng: np.random.Generator,
        vertices: int = 4,
        options: TrackerOptions | None = None,
        progress: Progress | None = None,
        carrier: Carrier | None = None,
        retry: Retry | None = None,
    ) -> None:
        self.carrier, self.retry = carrier or tracker, retry or self._tighter
        self.tracker, self.lift, self.rng = tracker, lift, rng
        self.draw, self.direction = draw, direction
        if vertices < 2:
            raise InputError(f"monodromy needs at least 2 vertices, got {vertices}")
        self.options = options or TrackerOptions(order=tracker.layout.order)
        self.first_size = vertices
        self.progress = progress
        self.paths: Counter[str] = Counter()

    def component(
        self,
        seed: Array,
        parameters: Array,
        expected: int | None = None,
        stop: bool = False,
        patience: int = 24,
        most_vertices: int = 24,
    ) -> tuple[Array, TraceTest | None, int]:
        """Return all solutions at the given parameters on the component of a seed.

        Parameters
        ----------
        seed : complex array (N,)
            A solution at `parameters`.
        parameters : complex array (parameters,)
            Generic ones.
        expected : int, optional
            A number of solutions below which not to give up early.
        stop : bool
            Stop at the expected number; otherwise the trace test decides.
        patience : int
            Give up when this many vertices in a row have brought nothing new,
        most_vertices : int
            or when a graph of this size is used up.

        Returns
        -------
        solutions, trace, vertices
            The trace is None when the expected number was reached. A failed trace says that the
            list may be incomplete.
        """
        vertices = [self._vertex(parameters)]
        self._insert(vertices[0], seed[None])
        trace: TraceTest | None = None
        fruitless = -1  # the first vertices do not count
        while len(vertices) < most_vertices and fruitless < _enough(trace, patience):
            before = len(vertices[0].unknowns)
            for _ in range(self.first_size - 1 if len(vertices) == 1 else 1):
                vertices.append(self._vertex(self.draw(self.rng)))
            if self._exhaust(vertices, expected if stop else None):
                return vertices[0].unknowns, None, len(vertices)
            count = len(vertices[0].unknowns)
            short = expected is not None and count < expected
            fruitless = 0 if short or count > before else fruitless + 1
            failed = trace is not None and not (trace.passed or trace.lost)
            if not stop and (count > before or not failed):
                trace = self.test(vertices[0].unknowns, parameters)
                if trace.passed and (trace.squares or fruitless >= SETTLED):
                    break
        solutions = vertices[0].unknowns
        return solutions, trace or self.test(solutions, parameters), len(vertices)

    def test(self, solutions: Array, parameters: Array) -> TraceTest:
        """Run the trace test along a random line, along another one where paths are lost."""
        for options in (self.options, self.options.tighter(), self.options.tighter()):
            direction = self.direction(self.rng)
            direction *= np.linalg.norm(parameters) / np.linalg.norm(direction)
            result = trace_test(
                self.carrier, self.lift, solutions, parameters, direction, options=options
            )
            if not result.lost:
                break
        return result

    def _vertex(self, parameters: Array) -> _Vertex:
        nothing = np.zeros((0, self.tracker.layout.unknowns), complex)
        return _Vertex(parameters, PointSet(self._coordinates), nothing)

    @cached_property
    def _coordinates(self) -> int:
        """Number of coordinates of a lifted point."""
        return int(self.lift(np.ones((1, self.tracker.layout.unknowns), complex)).shape[1])

    def _insert(self, vertex: _Vertex, unknowns: Array) -> NDArray[np.int64]:
        before = len(vertex.found)
        numbers = vertex.found.add(self.lift(unknowns))
        new, first = np.unique(numbers, return_index=True)
        vertex.unknowns = np.concatenate([vertex.unknowns, unknowns[first[new >= before]]])
        fresh = np.zeros(len(vertex.found) - before, bool)
        vertex.done = {other: np.append(used, fresh) for other, used in vertex.done.items()}
        return numbers

    def _exhaust(self, vertices: list[_Vertex], expected: int | None) -> bool:
        """Use edges until none leads anywhere new; True when the expected number is at hand."""
        edges = [e for a, b in combinations(range(len(vertices)), 2) for e in ((a, b), (b, a))]
        for a, b in edges:
            vertices[a].done.setdefault(b, np.zeros(len(vertices[a].unknowns), bool))
        while True:
            if expected is not None and len(vertices[0].unknowns) >= expected:
                return True
            waiting = {(a, b): len(vertices[a].waiting(b)) for a, b in edges}
            edge = max(waiting, key=lambda e: waiting[e])
            if not waiting[edge]:
                return False
            if expected is not None:
                for i, vertex in enumerate(vertices):
                    if len(vertex.unknowns) >= expected and waiting[i, 0]:
                        edge = (i, 0)  # complete elsewhere: bring everything home
                        break
            self._use(vertices, edge)

    def _use(self, vertices: list[_Vertex], edge: tuple[int, int]) -> None:
        a, b = edge
        source, target = vertices[a], vertices[b]
        untracked = source.waiting(b)
        results = self._track(
            source.unknowns[untracked], np.array([source.parameters, target.parameters])
        )
        numbers = self._insert(target, results.solutions[results.success])
        source.mark(b, untracked)
        target.mark(a, numbers)
        if self.progress is not None:
            self.progress("monodromy", len(vertices[0].unknowns), None)

    def _track(self, starts: Array, parameters: Array) -> PathResults:
        """Track once, and once more what failed or collided."""
        results = self.tracker.track(starts, parameters, options=self.options)
        again = ~results.success | collided(results, self.lift)
        if again.any():
            self.paths["retried"] += int(again.sum())
            results.put(np.flatnonzero(again), self.retry(starts[again], parameters))
            met = collided(results, self.lift)
            results.status[met] = -1
            self.paths["collided"] += int(met.sum())
        self.paths["started"] += len(starts)
        self.paths.update(results.counts())
        return results

    def _tighter(self, starts: Array, parameters: Array) -> PathResults:
        return self.tracker.again(starts, parameters, self.options.tighter())
