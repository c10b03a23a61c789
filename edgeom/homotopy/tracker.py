"""Path tracking: from solutions at some parameters to solutions at others.

:class:`PathTracker` compiles a system once and then tracks any number of paths, each along a
straight segment of parameters. Every path that is started ends in a status.
"""

from __future__ import annotations

import ctypes
import os
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.errors import InputError, check_size
from edgeom.homotopy.codegen import aligned
from edgeom.homotopy.compiler import LANES
from edgeom.homotopy.lanes import INFO, Layout
from edgeom.homotopy.loop import OPTIONS, POINTERS
from edgeom.homotopy.paths import Complex, Index, PathResults, PathStatus, TrackerOptions
from edgeom.homotopy.rounding import moved_by_rounding
from edgeom.homotopy.rows import row_numbers, table_of
from edgeom.homotopy.tape import Tape
from edgeom.homotopy.written import compiled_tracker

__all__ = ["PathResults", "PathStatus", "PathTracker", "TrackerOptions"]

SHARE = 256  # paths from which on a thread of its own is worth it
SHARP_STEPS = 200  # of a path with more digits; who needs more is too far out
BENDS = 4  # bent routes that are tried for a lost path


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
    twofold : bool
        Whether residuals are computed with about twice the digits, for paths on which they cancel.

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
        twofold: bool = False,
    ) -> None:
        check_size(order, "order", 1)
        for group, word in (("u", "unknown"), ("p", "parameter")):
            if system.inputs.get(group) == 0:
                raise InputError(f"a system without {word}s has no paths to track")
        self.system = system
        self.optimise, self.real, self.twofold = optimise, real, twofold
        engine, self._constants = compiled_tracker(
            system, order, symmetric, real, optimise, twofold
        )
        self.layout = Layout(system.inputs["u"], system.inputs["p"], order, symmetric, real)
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

    @cached_property
    def sharper(self) -> PathTracker:
        """The same tracker, whose residuals have about twice the digits."""
        layout = self.layout
        rest = (layout.order, self.optimise, layout.symmetric, layout.real)
        return PathTracker(self.system, *rest, twofold=True)

    def again(
        self, starts: Complex, parameters: Complex, options: TrackerOptions | None = None
    ) -> PathResults:
        """Track paths once more, with twice the digits where rounding errors stop one of them.

        Parameters
        ----------
        starts : complex array (starts, unknowns)
        parameters : complex array (2, parameters)
        options : TrackerOptions, optional
            Of the first attempt, which is not made where it is known that more digits are needed.
        """
        if "sharper" in self.__dict__:
            return self._sharply(starts, parameters)
        results = self.track(starts, parameters, options=options)
        self.sharpen(results, starts, parameters)
        return results

    def _sharply(self, starts: Complex, parameters: Complex) -> PathResults:
        options = TrackerOptions(order=self.layout.order, max_steps=SHARP_STEPS)
        return self.sharper.track(starts, self.moved(parameters), options=options)

    def sharpen(
        self, results: PathResults, starts: Complex, parameters: Complex, until: float = 1.0
    ) -> None:
        """Track lost paths once more where rounding errors are what stops one of them.

        Parameters
        ----------
        results : PathResults
            Of paths from all starts; those of paths that arrive now are put in place.
        starts : complex array (starts, unknowns)
        parameters : complex array (2, parameters)
        until : float
            Paths that stalled at this t or later are left.
        """
        on_the_way = (results.t < until) | (until == 1.0)
        lost = np.flatnonzero((results.status == PathStatus.STALLED) & on_the_way)
        table = self.moved(parameters)
        if self.twofold or not len(lost):
            return
        if "sharper" not in self.__dict__:
            places = results.t[lost, None]
            there = table[1] + (places - 1) * (table[1] - table[0])
            if not moved_by_rounding(self.system, results.solutions[lost], there):
                return
        results.put(lost, self._sharply(starts[lost], parameters))

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
        tighter = TrackerOptions(order=self.layout.order).tighter()
        self.sharpen(results, starts, np.array([begin, end]), until)
        rng = np.random.default_rng(0)
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
