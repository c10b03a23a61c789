"""The trace test for critical points: numerical evidence that none is missing."""

from __future__ import annotations

import numpy as np

from edgeom.critical.points import CriticalPoints
from edgeom.errors import InputError, check_size, keywords_checked
from edgeom.homotopy.trace_test import TOLERANCE, Line, TraceTest, along_line, judged
from edgeom.homotopy.tracker import PathTracker
from edgeom.varieties.base import gaussian

__all__ = ["trace_test"]


@keywords_checked
def trace_test(points: CriticalPoints, *, seed: int = 0, tolerance: float = TOLERANCE) -> TraceTest:
    """Test whether critical points are all there are, by moving the data along a complex line.

    The sum of all critical points of a generic metric is an affine linear function on the line,
    and the sum of the squares of their coordinates a quadratic one
    (docs/explanation/trace_test.md). This is numerical evidence, not a proof; for a special metric
    the sums of a complete list may have poles, so that a failed test proves nothing.

    Parameters
    ----------
    points : CriticalPoints
    seed : int
        Of the direction of the line.
    tolerance : float
        Largest deviation from a linear function that passes, relative to the sum of the sizes of
        the points; less where the points are known better than that.

    Returns
    -------
    TraceTest

    Raises
    ------
    InputError
        There are no points, or the tolerance is not a positive number.

    References
    ----------
    Leykin, Rodriguez, Sottile, "Trace tests", arXiv:1608.00540.

    Examples
    --------
    >>> import numpy as np, edgeom as eg
    >>> V = eg.DeterminantalVariety(2, 2, rank=1)
    >>> problem = eg.DistanceProblem(V, eg.Metric.random(4), data=[[1, 2], [3, 5]])
    >>> points = problem.critical_points()
    >>> trace_test(points).passed, trace_test(points.where(np.arange(6) > 0)).passed
    (True, False)
    """
    check_size(seed, "seed", 0)
    if not isinstance(points, CriticalPoints):
        raise InputError(f"points must be CriticalPoints, got {type(points).__name__}")
    if not 0 < tolerance < np.inf:
        raise InputError(f"tolerance must be a positive number, got {tolerance!r}")
    data = points.placed.inward(points.variety.flatten(points.data))
    move = gaussian(np.random.default_rng(seed), len(data)) * (np.linalg.norm(data) or 1.0)
    whole = Line(np.zeros((4, 0, len(data)), complex), 0, 0.0)
    for number, equations in enumerate(points.charts):
        unknowns = points.unknowns_of(number)
        if not len(unknowns):
            continue
        start = equations.parameters(data)
        direction = equations.parameters(data + move) - start
        tracker = PathTracker(equations.system.tape)
        line = along_line(tracker, equations.system.lift, unknowns, start, direction)
        whole = Line(
            np.concatenate([whole.points, line.points], axis=1),
            whole.lost + line.lost,
            max(whole.accuracy, line.accuracy),
        )
    return judged(whole, tolerance)
