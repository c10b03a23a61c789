"""All critical points for many data points at once, sorted out by sample.

From one generic complex fibre all samples of a block are reached by one call of the tracker.
Samples that miss a point are tracked again, whole, in other charts and along other routes. The
metric is fixed, and then its entries are constants of the program, or drawn for each sample, and
then they are parameters. Every sample has its own random stream, so the result does not depend on
how samples are grouped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.backends.fiber import chart_for, find_fiber
from edgeom.equations.critical import CriticalEquations, Free, critical_equations
from edgeom.errors import IncompleteError, InputError
from edgeom.homotopy.tracker import PathTracker, TrackerOptions
from edgeom.metric import Metric
from edgeom.problem import known_count
from edgeom.tables.classify import classify
from edgeom.varieties.base import Variety, gaussian

__all__ = ["LAWS", "SampleBlock", "SampleEngine"]

Array = NDArray[Any]
LAWS = ("fresh", "weights")
ATTEMPTS = 6
DISTINCT = 1e-7  # relative distance below which two points are one


@dataclass(frozen=True)
class SampleBlock:
    """What is kept of each sample; every array has one row per sample.

    Attributes
    ----------
    sample : integer array
        Number of the sample; with the seed it determines metric and data.
    complete : bool array
        Whether as many distinct points were found as the degree.
    real, minima, undecided : integer arrays
        Real critical points; local minima; real points whose index could not be decided.
    by_index : integer array (samples, dimension + 1)
        Real points of each index.
    attempts : integer array
        Attempts that the sample took.
    smallest_eigenvalue : float array
        Least |eigenvalue| of a Hessian relative to its largest, over the real points.
    margin : float array
        Least |Im x|/|x| over the non-real points: how far the sample is from another real count.
    nearest : float array
        Squared distance of the nearest real critical point.
    """

    sample: NDArray[np.int64]
    complete: NDArray[np.bool_]
    real: NDArray[np.int64]
    minima: NDArray[np.int64]
    undecided: NDArray[np.int64]
    by_index: NDArray[np.int64]
    attempts: NDArray[np.int64]
    smallest_eigenvalue: NDArray[np.float64]
    margin: NDArray[np.float64]
    nearest: NDArray[np.float64]


@dataclass(frozen=True)
class _Route:
    """One chart with its compiled tracker and the generic fibre in it."""

    equations: CriticalEquations
    tracker: PathTracker
    starts: Array
    begin: Array


class SampleEngine:
    """Computes blocks of samples of a variety.

    Parameters
    ----------
    variety : Variety
    metric : Metric or {"fresh", "weights"}
        A fixed metric; or a new one for each sample: S = fᵀf with f an n×n matrix of independent
        standard normal entries ("fresh"), or independent squared normal entrywise weights.
    seed : int
    threads : int
        Threads that share the paths of a block.
    """

    def __init__(
        self, variety: Variety, metric: Metric | str = "fresh", seed: int = 0, threads: int = 1
    ) -> None:
        if isinstance(metric, str) and metric not in LAWS:
            raise InputError(f"metric must be a Metric or one of {', '.join(LAWS)}, got {metric!r}")
        if isinstance(metric, Metric) and metric.indefinite:
            raise InputError("real critical points are counted for positive definite metrics only")
        self.variety, self.metric, self.seed, self.threads = variety, metric, seed, threads
        n = variety.ambient_dimension
        self.n = n
        start_metric = metric if isinstance(metric, Metric) else Metric.random_weights(n, seed)
        known = known_count(variety, start_metric)
        self.fiber = find_fiber(
            variety,
            start_metric,
            seed,
            expected=None if known is None else known.value,
            stop=True,
            seeds=1 if variety.is_irreducible else 8,
        )
        if not self.fiber.confirmed:
            raise IncompleteError(
                f"the number of critical points is not confirmed: {'; '.join(self.fiber.checks)}"
            )
        self.degree = len(self.fiber)
        self._routes: list[_Route] = []

    @property
    def law(self) -> str:
        """How metric and data are drawn, in words."""
        if isinstance(self.metric, Metric):
            return f"fixed metric ({self.metric.name}), normal data"
        kind = {"fresh": "a new map f", "weights": "new entrywise weights"}[self.metric]
        return f"{kind} and normal data for each sample"

    def _rng(self, attempt: int) -> np.random.Generator:
        """Random numbers of an attempt; the same ones for every block."""
        return np.random.default_rng(np.random.SeedSequence([self.seed, attempt]))

    def route(self, attempt: int) -> _Route:
        """Return the chart of an attempt; it is made and compiled when it is first needed."""
        while len(self._routes) <= attempt:
            chart = self.fiber.equations.chart
            if self._routes:
                chart = chart_for(self.variety, self.fiber.metric, self._rng(len(self._routes)))
            free: Free = "data" if isinstance(self.metric, Metric) else "metric"
            equations = critical_equations(chart, self.fiber.metric, free)
            starts: Array | None = self.fiber.monodromy.solutions
            if self._routes:
                starts = equations.unknowns_of(self.fiber.points, self.fiber.data)
            if starts is None:  # the variety has one chart only
                self._routes.append(self._routes[0])
                continue
            tracker = PathTracker(equations.system.tape)
            begin = equations.parameters(self.fiber.data)
            self._routes.append(_Route(equations, tracker, starts, begin))
        return self._routes[attempt]

    def draw(self, samples: NDArray[np.int64]) -> tuple[Array, Array]:
        """Return metrics ``(samples, n, n)`` and data ``(samples, n)`` of some samples."""
        matrices, data = [], []
        for sample in samples.tolist():
            rng = np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(sample,)))
            if self.metric == "fresh":
                f = rng.normal(size=(self.n, self.n))
                matrices.append(f.T @ f)
            elif self.metric == "weights":
                matrices.append(np.diag(rng.normal(size=self.n) ** 2))
            data.append(rng.normal(size=self.n))
        if isinstance(self.metric, Metric):
            fixed = np.broadcast_to(self.metric.matrix, (len(samples), self.n, self.n))
            return fixed, np.array(data).reshape(-1, self.n)
        return np.array(matrices).reshape(-1, self.n, self.n), np.array(data).reshape(-1, self.n)

    def block(self, first: int, count: int) -> SampleBlock:
        """Compute samples first, ..., first + count - 1."""
        samples = np.arange(first, first + count)
        metrics, data = self.draw(samples)
        points, unknowns, chart, complete, attempts = self._solve(metrics, data)
        columns = classify(
            [self.route(k).equations for k in range(len(self._routes))],
            chart, unknowns, points, metrics, data, self.variety.dimension,
        )  # fmt: skip
        return SampleBlock(sample=samples, complete=complete, attempts=attempts, **columns)

    def _parameters(self, metrics: Array, data: Array) -> Array:
        c: Array = np.einsum("gij,gj->gi", metrics, data)
        if isinstance(self.metric, Metric):
            return c
        rows, cols = np.triu_indices(self.n)
        # the equations are homogeneous in (S, c): equal sizes make equal step lengths
        scale = np.linalg.norm(self.fiber.metric.matrix) / np.linalg.norm(metrics, axis=(1, 2))
        return np.asarray(np.concatenate([metrics[:, rows, cols], c], axis=1) * scale[:, None])

    def _solve(self, metrics: Array, data: Array) -> tuple[Array, Array, Array, Array, Array]:
        """Return points, unknowns, their charts, completeness and attempts for each sample."""
        samples, K = len(data), self.degree
        targets = self._parameters(metrics, data)
        route = self.route(0)
        unknowns = np.zeros((samples, K, route.starts.shape[1]), complex)
        points = np.zeros((samples, K, self.n), complex)
        chart = np.zeros(samples, int)
        complete = np.zeros(samples, bool)
        attempts = np.zeros(samples, int)
        for attempt in range(ATTEMPTS):
            todo = np.flatnonzero(~complete)
            if not len(todo):
                break
            u, ok = self._attempt(attempt, targets[todo])
            x = self.route(attempt).equations.system.lift(u.reshape(-1, u.shape[2]))
            x = x.reshape(len(todo), K, self.n)
            good = ok & _distinct(x)
            # an incomplete sample keeps what its first attempt found
            keep = good | (attempt == 0)
            unknowns[todo[keep]], points[todo[keep]] = u[keep], x[keep]
            chart[todo[keep]] = attempt
            complete[todo] = good
            attempts[todo] += 1
        return points, unknowns, chart, complete, attempts

    def _attempt(self, attempt: int, targets: Array) -> tuple[Array, Array]:
        """Track the whole fibre to every target; return ends and whether all paths arrived."""
        route, K, samples = self.route(attempt), self.degree, len(targets)
        options = TrackerOptions().tighter() if attempt else None
        start, path_target = np.tile(np.arange(K), samples), np.repeat(np.arange(samples), K)
        begin = route.begin
        starts = route.starts
        if attempt > 1:  # a detour: another path to the same end
            middle = begin.copy()
            size = np.linalg.norm(begin[-self.n :]) / np.sqrt(self.n)
            middle[-self.n :] += size * gaussian(self._rng(attempt), self.n)
            first = route.tracker.carry(starts, begin, middle)
            if not first.success.all():
                return np.zeros((samples, K, starts.shape[1]), complex), np.zeros(samples, bool)
            starts, begin = first.solutions, middle
        table = np.concatenate([begin[None], targets])
        results = route.tracker.track(
            starts, table, start, 0, path_target + 1, options, self.threads
        )
        ends = results.solutions.reshape(samples, K, -1)
        return ends, np.all(results.success.reshape(samples, K), axis=1)


def _distinct(points: Array) -> NDArray[np.bool_]:
    """Tell for each sample whether all its points ``(samples, points, n)`` are distinct."""
    weights = gaussian(np.random.default_rng(points.shape[2]), points.shape[2])
    keys = points @ weights
    size = np.abs(points).max(axis=2)
    gaps = np.abs(keys[:, :, None] - keys[:, None, :])
    gaps[:, np.arange(keys.shape[1]), np.arange(keys.shape[1])] = np.inf
    nearest = gaps.min(axis=2)
    return np.asarray((nearest > DISTINCT * size).all(axis=1))
