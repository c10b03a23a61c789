"""Path tracking: from solutions at some parameters to solutions at others.

:class:`PathTracker` compiles a system once and then tracks any number of paths, each along a
straight segment of parameters. Every path that is started ends in a status.
"""

from __future__ import annotations

import ctypes
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.errors import InputError
from edgeom.homotopy.codegen import LANES, aligned, compile_ir, constant_table
from edgeom.homotopy.loop import INFO, OPTIONS, Layout, tracker_source
from edgeom.homotopy.tape import Tape

__all__ = ["PathResults", "PathStatus", "PathTracker", "TrackerOptions"]

Complex = NDArray[np.complex128]
Index = NDArray[np.int64]


class PathStatus(IntEnum):
    """How a path ended."""

    SUCCESS = 0
    STALLED = 1
    DIVERGED = 2
    TOO_MANY_STEPS = 3

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
    """Tolerances of the tracker; lengths are relative to the current point.

    Attributes
    ----------
    order : int
        Order of the Taylor predictor.
    tolerance : float
        Size of the last Taylor term in a step.
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
    """

    order: int = 4
    tolerance: float = 0.05
    correction: float = 1e-2
    contraction: float = 5e-2
    arrival: float = 1e-7
    min_step: float = 1e-13
    max_steps: int = 2000
    max_norm: float = 1e10

    def tighter(self) -> TrackerOptions:
        """Options for a second attempt at a path that failed or collided."""
        return TrackerOptions(
            order=self.order,
            tolerance=self.tolerance / 20,
            correction=self.correction / 10,
            contraction=self.contraction / 2,
            arrival=self.arrival,
            min_step=self.min_step / 10,
            max_steps=5 * self.max_steps,
            max_norm=self.max_norm,
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
        sizes = self.info[self.success, INFO.index("accuracy")]
        return float(sizes.max()) if len(sizes) else 0.0

    def only(self, which: NDArray[np.bool_]) -> PathResults:
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
        Inputs ``u`` and ``p``, outputs ``F``; ∂F/∂u symmetric (a gradient).
    order : int
        Order of the Taylor predictor.
    optimise : int
        LLVM's code generation level: 0 compiles four times faster, 1 runs twice as fast.
    """

    def __init__(self, system: Tape, order: int = 4, optimise: int = 1) -> None:
        source, tapes = tracker_source(system, order)
        self.optimise = optimise
        self.layout = Layout(system.inputs["u"], system.inputs["p"], order)
        self._constants = [constant_table(tape) for tape in tapes]
        engine = compile_ir(source, optimise)
        kind = ctypes.CFUNCTYPE(None, ctypes.c_int64, *[ctypes.c_void_p] * 13)
        self._call = kind(engine.get_function_address("track"))
        self._engine = engine

    def track(
        self,
        starts: Complex,
        parameters: Complex,
        start: Index | None = None,
        source: Index | int = 0,
        target: Index | int = 1,
        options: TrackerOptions | None = None,
        threads: int = 1,
    ) -> PathResults:
        """Track paths from starts[start] at parameters[source] to parameters[target].

        Parameters
        ----------
        starts : complex array (starts, unknowns)
        parameters : complex array (rows, parameters)
        start, source, target : integer arrays (paths,), or a number for all paths
            Which row each path starts from and runs between; by default one path per start.
        options : TrackerOptions, optional
        threads : int
            Threads that share the paths; the result does not depend on it.
        """
        options = options or TrackerOptions(order=self.layout.order)
        starts = np.ascontiguousarray(starts, complex).reshape(-1, self.layout.unknowns)
        parameters = np.ascontiguousarray(parameters, complex)
        if parameters.ndim != 2 or parameters.shape[1] != self.layout.parameters:
            raise InputError(
                f"parameters must have shape (rows, {self.layout.parameters}), "
                f"got {parameters.shape}"
            )
        first = np.arange(len(starts)) if start is None else np.asarray(start)
        count = len(first)
        index = [
            np.ascontiguousarray(np.broadcast_to(np.asarray(rows, np.int64), count))
            for rows in (first, source, target)
        ]
        for rows, limit in zip(index, (len(starts), *[len(parameters)] * 2), strict=True):
            if count and (rows.min() < 0 or rows.max() >= limit):
                raise InputError(f"row numbers must be between 0 and {limit - 1}")
        out = PathResults(
            np.empty((count, self.layout.unknowns), complex),
            np.full(count, PathStatus.TOO_MANY_STEPS, np.int64),
            np.zeros((count, len(INFO))),
        )
        values = np.array([float(getattr(options, name)) for name in OPTIONS])

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
