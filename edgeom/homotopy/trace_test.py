"""The trace test, which tells whether a set of critical points is complete.

Move the data along a line q(s) = q + s·d. For a generic metric the sum of all critical points is
an affine linear function of s: it does not change when s runs around a loop, no critical point
runs off to infinity at a finite s, and all of them grow at most like s. The sum over a proper
subset of the critical points of an irreducible variety changes around some loop, so it is not
linear. See docs/trace_test.md; the idea is that of Leykin, Rodriguez, Sottile, "Trace tests",
arXiv 1608.00540.

A passed test is numerical evidence, not a proof. A failed one is no proof of the contrary: for a
special metric critical points may run off to infinity at finite s, and the trace then has poles.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.errors import InputError
from edgeom.homotopy.tracker import PathTracker, TrackerOptions

__all__ = ["TraceTest", "trace_test"]

Array = NDArray[Any]
NODES = np.array([0.7, -0.4 + 0.6j, -0.3 - 0.8j])  # where the line is sampled, besides s = 0
BENDS = 4  # bent routes that are tried for a lost path


@dataclass(frozen=True)
class TraceTest:
    """Outcome of a trace test.

    Attributes
    ----------
    passed : bool
    deviation : float
        Distance of the trace from a linear function, relative to the sizes of the points.
    tolerance : float
        Largest deviation that passes.
    lost : int
        Paths that did not arrive; a test with lost paths is not passed.
    """

    passed: bool
    deviation: float
    tolerance: float
    lost: int = 0

    def __str__(self) -> str:
        if self.lost:
            return f"trace test not done, {self.lost} paths lost"
        if not self.passed:
            return f"trace test failed (deviation {self.deviation:.0e})"
        return f"trace test passed (linear to {self.deviation:.0e})"


def trace_test(
    tracker: PathTracker,
    lift: Callable[[Array], Array],
    solutions: Array,
    parameters: Array,
    direction: Array,
    tolerance: float = 1e-8,
    options: TrackerOptions | None = None,
) -> TraceTest:
    """Test whether the sum of the lifted solutions is linear along a line of parameters.

    Parameters
    ----------
    tracker : PathTracker
    lift : callable
        From unknowns ``(points, N)`` to points ``(points, n)``.
    solutions : complex array (points, N)
        At `parameters`.
    parameters, direction : complex arrays (parameters,)
        Base point and direction of a generic line of parameters.
    tolerance : float
        Largest accepted deviation.
    options : TrackerOptions, optional

    Raises
    ------
    InputError
        There are no solutions: an empty sum is linear and shows nothing.
    """
    if len(solutions) == 0:
        raise InputError("the trace test needs at least one solution, got none")
    values, size = [lift(solutions).sum(axis=0)], 0.0
    for s in NODES:
        moved, lost = _carry(tracker, solutions, parameters, parameters + s * direction, options)
        if lost:
            return TraceTest(False, np.inf, tolerance, lost)
        points = lift(moved)
        size = max(size, float(np.abs(points).sum(axis=0).max()))
        values.append(points.sum(axis=0))
    slopes = (np.array(values[1:]) - values[0]) / NODES[:, None]
    gap = float(np.abs(slopes[1:] - slopes[0]).max())
    deviation = gap / size if gap else 0.0
    return TraceTest(deviation <= tolerance, deviation, tolerance)


def _carry(
    tracker: PathTracker, starts: Array, begin: Array, end: Array, options: TrackerOptions | None
) -> tuple[Array, int]:
    """Track every solution from one parameter to another; return how many were lost.

    A path may be lost where it passes the infinity of the chart. It is tried again along slightly
    bent routes, which end at the same solution unless a branch point lies between.
    """
    results = tracker.track(starts, np.array([begin, end]), options=options)
    rng = np.random.default_rng(0)
    for _ in range(BENDS):
        lost = np.flatnonzero(~results.success)
        if not len(lost):
            break
        bend = rng.normal(size=len(end)) + 1j * rng.normal(size=len(end))
        bend *= 0.1 * np.linalg.norm(end - begin) / np.linalg.norm(bend) * (begin != end)
        table = np.array([begin, (begin + end) / 2 + bend, end])
        half = tracker.track(starts[lost], table[:2], options=TrackerOptions().tighter())
        rest = tracker.track(
            half.solutions[half.success], table[1:], options=TrackerOptions().tighter()
        )
        results.solutions[lost[half.success]] = rest.solutions
        results.status[lost[half.success]] = rest.status
    return results.solutions, int(np.sum(~results.success))
