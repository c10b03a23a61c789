"""Path tracking: from solutions at some parameters to solutions at others.

:class:`PathTracker` compiles a system once and then tracks any number of paths, each along a
straight segment of parameters. Every path that is started ends in a status.
"""

from __future__ import annotations

import ctypes
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import IntEnum
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.errors import InputError, check_size
from edgeom.homotopy.codegen import aligned
from edgeom.homotopy.compiler import LANES
from edgeom.homotopy.lanes import INFO, Layout
from edgeom.homotopy.loop import OPTIONS, POINTERS, STATUS
from edgeom.homotopy.rows import row_numbers, table_of
from edgeom.homotopy.tape import Tape
from edgeom.homotopy.written import compiled_tracker

__all__ = ["PathResults", "PathStatus", "PathTracker", "TrackerOptions"]

Complex = NDArray[np.complex128]
Index = NDArray[np.int64]

SHARE = 256  # paths from which on a thread of its own is worth it
BENDS = 4  # bent routes that are tried for a lost path


class PathStatus(IntEnum):
    """How a path ended."""

    SUCCESS = STATUS["success"]
    STALLED = STATUS["stalled"]
    DIVERGED = STATUS["diverged"]
    TOO_MANY_STEPS = STATUS["too_many_steps"]

    @property
    def text(self) -> str:
        """One line for people."""
        return {
            PathStatus.SUCCESS: "arrived at a regular solution",
            PathStatus.STALLED: "step length fell below its limit",
            PathStatus.DIVERGED: "left every bounded region",
            PathStatus.TOO_MANY_STEPS: "used up its steps",
        }[self]


@dataclass(frozen=True)
class TrackerOptions:
    """Tolerances of the tracker; lengths are relative to the current point, in good units.

    Attributes
    ----------
    order : int
        Order of the Taylor predictor.
    tolerance : float
        Size of what the predictor before the last misses in a step.
    reach : float
        Longest step, as a share of the distance to the nearest singularity of the path, which is
        estimated from its last two Taylor coefficients.
    correction : float
        Largest accepted first Newton correction.
    contraction : float
        Largest accepted ratio of the second to the first Newton correction.
    arrival : float
        First Newton correction at t = 1 below which a path has arrived.
    min_step : float
        A shorter step ends the path as stalled.
    max_steps : int
        Accepted and rejected steps of one path.
    max_norm : float
        A longer point ends the path as diverged.
    share : float
        An unknown counts as no smaller than √(share / N) times the length of the point.
    floor : float
        No unknown counts as smaller than this, so that paths can end at the origin.

    Raises
    ------
    InputError
        A number is not positive and finite, or `order` or `max_steps` is not an integer.

    Examples
    --------
    >>> TrackerOptions(max_steps=0)
    Traceback (most recent call last):
    ...
    edgeom.errors.InputError: max_steps must be at least 1, got 0
    """

    order: int = 4
    tolerance: float = 0.005
    reach: float = 0.5
    correction: float = 1e-2
    contraction: float = 5e-2
    arrival: float = 1e-7
    min_step: float = 1e-13
    max_steps: int = 2000
    max_norm: float = 1e10
    share: float = 1e-3
    floor: float = 1e-8

    def __post_init__(self) -> None:
        for name in ("order", "max_steps"):
            check_size(getattr(self, name), name, 1)
        for name in OPTIONS:
            value = getattr(self, name)
            if not (isinstance(value, Real) and 0 < float(value) < float("inf")):
                raise InputError(f"{name} must be a positive finite number, got {value!r}")

    def tighter(self) -> TrackerOptions:
        """Options for a second attempt at a path that failed or collided."""
        return replace(
            self,
            tolerance=self.tolerance / 20,
            reach=self.reach / 2,
            correction=self.correction / 10,
            contraction=self.contraction / 2,
            min_step=self.min_step / 10,
            max_steps=5 * self.max_steps,
        )


@dataclass(frozen=True)
class PathResults:
    """What became of a batch of paths.

    Attributes
    ----------
    solutions : complex array (paths, unknowns)
        Where each path ended.
    status : integer array (paths,)
        A :class:`PathStatus` for each.
    info : float array (paths, 5)
        t reached, size of the last Newton correction, steps, rejected steps, length of the point.
    """

    solutions: Complex
    status: Index
    info: NDArray[np.float64]

    @property
    def success(self) -> NDArray[np.bool_]:
        """Which paths arrived."""
        return np.asarray(self.status == PathStatus.SUCCESS)

    @property
    def steps(self) -> int:
        """Steps of all paths together."""
        return int(self.info[:, INFO.index("steps")].sum())

    @property
    def t(self) -> NDArray[np.float64]:
        """How far each path came, from 0 to 1."""
        return np.asarray(self.info[:, INFO.index("t")])

    @property
    def residual(self) -> float:
        """Largest last Newton correction of the paths that arrived, relative to the solution."""
        return float(self.accuracy[self.success].max(initial=0))

    @property
    def accuracy(self) -> NDArray[np.float64]:
        """Size of the last Newton correction of each path, relative to the solution."""
        return np.asarray(self.info[:, INFO.index("accuracy")])

    def put(self, which: Index, others: PathResults) -> None:
        """Put other results in place of those of some of the paths."""
        self.solutions[which] = others.solutions
        self.status[which] = others.status
        self.info[which] = others.info

    def where(self, which: NDArray[np.bool_]) -> PathResults:
        """Return the results of some of the paths."""
        return PathResults(self.solutions[which], self.status[which], self.info[which])

    def counts(self) -> dict[str, int]:
        """Return the number of paths for each status that occurs."""
        return {s.name.lower(): int(n) for s in PathStatus if (n := np.sum(self.status == s))}


class PathTracker:
    """Tracks solutions of F(u; p) = 0 along segments of parameters.

    Parameters
    ----------
    system : Tape
        Inputs ``u`` and ``p``, outputs ``F``.
    order : int
        Order of the Taylor predictor.
    optimise : int
        LLVM's code generation level: 0 compiles four times faster, 1 runs twice as fast.
    symmetric : bool
        Whether ∂F/∂u is symmetric, as for a gradient. Another one costs about twice as much.
    real : int
        So many of the first parameters are real on all paths, which saves operations.

    Attributes
    ----------
    system : Tape
    layout : Layout
    real : int
        So many of the first parameters that are given are real.

    Raises
    ------
    InputError
        The tape is not a square system with unknowns and parameters.

    Examples
    --------
    Both square roots of 4, carried along from those of 1:

    >>> from edgeom.homotopy.tape import Builder
    >>> b = Builder()
    >>> (x,), (p,) = b.inputs("u", 1), b.inputs("p", 1)
    >>> tracker = PathTracker(b.finish({"F": [x * x - p]}))
    >>> results = tracker.track(np.array([[1], [-1]]), np.array([[1], [4]]))
    >>> results.counts(), results.solutions[:, 0].real.round(12)
    ({'success': 2}, array([ 2., -2.]))
    """

    def __init__(
        self,
        system: Tape,
        order: int = 4,
        optimise: int = 1,
        symmetric: bool = True,
        real: int = 0,
    ) -> None:
        check_size(order, "order", 1)
        for group, word in (("u", "unknown"), ("p", "parameter")):
            if system.inputs.get(group) == 0:
                raise InputError(f"a system without {word}s has no paths to track")
        self.system = system
        self.optimise, self.real = optimise, real
        self.layout = Layout(system.inputs["u"], system.inputs["p"], order, symmetric, real)
        engine, self._constants = compiled_tracker(system, order, symmetric, real, optimise)
        kind = ctypes.CFUNCTYPE(None, ctypes.c_int64, *[ctypes.c_void_p] * len(POINTERS))
        self._call = kind(engine.get_function_address("track"))
        self._engine = engine

    def track(
        self,
        starts: Complex,
        parameters: Complex,
        start: Index | int | None = None,
        source: Index | int = 0,
        target: Index | int = 1,
        options: TrackerOptions | None = None,
        threads: int | None = None,
    ) -> PathResults:
        """Track paths from starts[start] at parameters[source] to parameters[target].

        Parameters
        ----------
        starts : complex array (starts, unknowns)
        parameters : complex array (rows, parameters)
        start, source, target : integer arrays (paths,), or a number for all paths
            Which row each path starts from and runs between; by default one path per start.
        options : TrackerOptions, optional
        threads : int, optional
            Threads that share the paths, by default one for each core where paths are many; the
            result does not depend on it.

        Returns
        -------
        PathResults
            One entry for each path, in order.

        Raises
        ------
        InputError
            An array has the wrong shape, a row number is out of range, a parameter that is real on
            all paths is not, or the options are for a predictor of another order.
        """
        options = options or TrackerOptions(order=self.layout.order)
        if options.order != self.layout.order:
            raise InputError(
                f"this tracker was compiled for order {self.layout.order}, the options ask for "
                f"order {options.order}"
            )
        starts = table_of(starts, self.layout.unknowns, "starts")
        parameters = table_of(self.moved(parameters), self.layout.parameters, "parameters")
        if parameters[:, : self.layout.real].imag.any():
            raise InputError(f"the first {self.real} parameters must be real, as on all paths")
        if start is None:
            start = np.arange(len(starts))
        index = row_numbers(
            {"start": start, "source": source, "target": target},
            {"start": len(starts), "source": len(parameters), "target": len(parameters)},
        )
        count = len(index[0])
        if threads is None:
            threads = max(1, min(os.cpu_count() or 1, count // SHARE))
        check_size(threads, "threads", 1)
        out = PathResults(
            np.empty((count, self.layout.unknowns), complex),
            np.full(count, PathStatus.TOO_MANY_STEPS, np.int64),
            np.zeros((count, len(INFO))),
        )
        values = np.array([float(getattr(options, name)) for name in OPTIONS])
        values[OPTIONS.index("share")] /= self.layout.unknowns

        def run(begin: int, end: int) -> None:
            self._run(begin, end, starts, parameters, index, out, values)

        chunks = np.linspace(0, count, max(1, min(threads, count // LANES)) + 1).astype(int)
        if len(chunks) == 2:
            run(0, count)
        else:
            with ThreadPoolExecutor(len(chunks) - 1) as pool:
                list(pool.map(run, chunks[:-1], chunks[1:]))
        out.info[:, INFO.index("accuracy")] **= 0.5
        out.info[:, INFO.index("norm")] **= 0.5
        return out

    def moved(self, parameters: Complex) -> Complex:
        """Return parameters of the system for rows of those that are given: the same ones."""
        return parameters

    def carry(
        self,
        starts: Complex,
        begin: Complex,
        end: Complex,
        options: TrackerOptions | None = None,
        until: float = 1.0,
    ) -> PathResults:
        """Track every start from one point of parameters to another, lost paths along bent routes.

        A path may be lost where it passes the infinity of a chart. A slightly bent route ends at
        the same solution unless a branch point lies between.

        Parameters
        ----------
        starts : complex array (starts, unknowns)
        begin, end : complex arrays (parameters,)
        options : TrackerOptions, optional
        until : float
            Paths that failed at this t or later, at the end rather than on the way, are left.
        """
        results = self.track(starts, np.array([begin, end]), options=options)
        rng = np.random.default_rng(0)
        tighter = TrackerOptions(order=self.layout.order).tighter()
        for _ in range(BENDS):
            lost = np.flatnonzero(~results.success & ((results.t < until) | (until == 1.0)))
            if not len(lost):
                break
            bend = rng.normal(size=len(end)) + 1j * rng.normal(size=len(end))
            bend[: self.real].imag = 0
            bend *= 0.1 * np.linalg.norm(end - begin) / np.linalg.norm(bend) * (begin != end)
            middle = (begin + end) / 2 + bend
            half = self.track(starts[lost], np.array([begin, middle]), options=tighter)
            good = half.success
            rest = self.track(half.solutions[good], np.array([middle, end]), options=tighter)
            results.put(lost[good], rest)
        return results

    def _run(
        self,
        begin: int,
        end: int,
        starts: Complex,
        parameters: Complex,
        index: list[Index],
        out: PathResults,
        options: NDArray[np.float64],
    ) -> None:
        if begin == end:
            return
        workspace = aligned(self.layout.size * LANES)
        start, source, target = (rows[begin:end] for rows in index)
        arrays: list[NDArray[Any]] = [
            starts, start, parameters, source, target,
            out.solutions[begin:end], out.info[begin:end], out.status[begin:end],
            workspace, options, *self._constants,
        ]  # fmt: skip
        self._call(end - begin, *(array.ctypes.data for array in arrays))
