"""The trace test: seeing whether a set of critical points is complete.

Move the data along a line q(s) = q + s·d. For a generic metric the sum of all critical points is
an affine linear function of s, and the sum of the squares of their coordinates is a quadratic
one: they do not change when s runs around a loop, no critical point runs off to infinity at a
finite s, and all of them grow at most like s. Sums over a proper subset of the critical points of
an irreducible variety change around some loop. The squares matter: the truncations P_I and P_J of
a 4×4 matrix to complementary pairs of singular values add up to the matrix itself, yet they are
only two of six. See docs/explanation/trace_test.md; the idea is that of Leykin, Rodriguez, Sottile,
"Trace tests", arXiv 1608.00540.

A passed test is numerical evidence, not a proof. A failed one is no proof of the contrary: for a
special metric critical points may run off to infinity at finite s, and the sums then have poles;
often (Frobenius norm) that of the squares alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from edgeom.errors import InputError
from edgeom.homotopy.ends import shared
from edgeom.homotopy.tracker import PathResults, TrackerOptions

__all__ = [
    "NODES",
    "Carrier",
    "Line",
    "TraceTest",
    "along_line",
    "collided",
    "judged",
    "trace_test",
]

Array = NDArray[Any]
NODES = np.array([0.7, -0.4 + 0.6j, -0.3 - 0.8j])  # where the line is sampled, besides s = 0
TOLERANCE = 1e-8  # largest deviation that is accepted of badly conditioned points
NOISE = 300  # times the accuracy of the points: deviations of complete lists are about as large


class Carrier(Protocol):
    """What tracks every path of a batch along one segment of parameters, in one way or another."""

    def carry(
        self, starts: Array, begin: Array, end: Array, options: TrackerOptions | None = None
    ) -> PathResults:
        """Track every start from one point of parameters to another."""


class Line(NamedTuple):
    """Points at four places of a line of parameters.

    Attributes
    ----------
    points : complex array (4, points, n)
    lost : int
        Paths that did not arrive; after the first place with such there is nothing but NaN.
    accuracy : float
        Largest last Newton correction, relative to the solution.
    """

    points: Array
    lost: int
    accuracy: float


@dataclass(frozen=True)
class TraceTest:
    """Outcome of a trace test.

    Attributes
    ----------
    passed : bool
        The sum of the points is linear.
    squares : bool
        The sum of the squares is quadratic as well, which rules out accidents.
    deviation : float
        Distance of the sum from a linear function, relative to the sizes of the points.
    tolerance : float
        Largest deviation that passes; it depends on how accurately the points are known.
    lost : int
        Paths that did not arrive; a test with lost paths is not passed.

    Examples
    --------
    >>> import edgeom as eg
    >>> ellipse = eg.AlgebraicVariety(["x^2 + 4*y^2 = 4"], "x, y")
    >>> points = eg.DistanceProblem(ellipse, data=[0.3, 0.1]).critical_points()
    >>> test = eg.trace_test(points)
    >>> test.passed, test.squares
    (True, True)
    """

    passed: bool
    squares: bool
    deviation: float
    tolerance: float
    lost: int = 0

    def __str__(self) -> str:
        if self.lost:
            return f"trace test not done, {self.lost} paths lost"
        if not self.passed:
            return f"trace test failed (deviation {self.deviation:.0e})"
        if self.squares:
            return f"trace test passed (linear to {self.deviation:.0e})"
        return f"trace linear to {self.deviation:.0e}, and nothing new at more vertices"


def trace_test(
    tracker: Carrier,
    lift: Callable[[Array], Array],
    solutions: Array,
    parameters: Array,
    direction: Array,
    tolerance: float = TOLERANCE,
    options: TrackerOptions | None = None,
) -> TraceTest:
    """Test whether sums over the lifted solutions are polynomials along a line of parameters.

    Parameters
    ----------
    tracker : Carrier
        A PathTracker, or what carries lost paths in other ways.
    lift : callable
        From unknowns ``(points, N)`` to points ``(points, n)``.
    solutions : complex array (points, N)
        At `parameters`.
    parameters, direction : complex arrays (parameters,)
        Base point and direction of a generic line of parameters.
    tolerance : float
        Largest accepted deviation; less where the points are known better.
    options : TrackerOptions, optional

    Raises
    ------
    InputError
        There are no solutions: an empty sum is linear and shows nothing.
    """
    line = along_line(tracker, lift, solutions, parameters, direction, options)
    return judged(line, tolerance)


def along_line(
    tracker: Carrier,
    lift: Callable[[Array], Array],
    solutions: Array,
    parameters: Array,
    direction: Array,
    options: TrackerOptions | None = None,
) -> Line:
    """Track solutions along a line and lift them at four places of it."""
    points, accuracy = lift(solutions), 0.0
    stations = np.full((1 + len(NODES), *points.shape), np.nan, complex)
    stations[0] = points
    for place, s in enumerate(NODES, 1):
        end = parameters + s * direction
        moved = tracker.carry(solutions, parameters, end, options)
        met = collided(moved, lift)
        if met.any():  # distinct paths have distinct ends
            closer = (options or TrackerOptions()).tighter()
            again = tracker.carry(solutions[met], parameters, end, closer)
            moved.put(np.flatnonzero(met), again)
            met = collided(moved, lift)
        lost = ~moved.success | met
        accuracy = max(accuracy, moved.residual)
        if lost.any():
            return Line(stations, int(lost.sum()), accuracy)
        stations[place] = lift(moved.solutions)
    return Line(stations, 0, accuracy)


def collided(results: PathResults, lift: Callable[[Array], Array]) -> NDArray[np.bool_]:
    """Tell which paths have arrived where another one has, which distinct paths never do."""
    met = results.success.copy()
    met[met] = shared(lift(results.solutions[met]))
    return met


def judged(line: Line, tolerance: float = TOLERANCE) -> TraceTest:
    """Return the outcome for points at the places of a line.

    Raises
    ------
    InputError
        There are no points: an empty sum is linear and shows nothing.
    """
    if line.points.shape[1] == 0:
        raise InputError("the trace test needs at least one solution, got none")
    tolerance = min(tolerance, NOISE * max(line.accuracy, float(np.finfo(float).eps)))
    if line.lost:
        return TraceTest(False, False, np.inf, tolerance, line.lost)
    at = np.array([0, *NODES])
    linear, quadratic = (_misfit(at, line.points**k, k) for k in (1, 2))
    return TraceTest(linear <= tolerance, quadratic <= tolerance, linear, tolerance)


def _misfit(at: Array, terms: Array, degree: int) -> float:
    """Return how far the sums over axis 1 are from a polynomial of a degree, relative to size."""
    sums = terms.sum(axis=1)
    size = float(np.abs(terms).sum(axis=1).max())
    basis = np.vander(at, degree + 1)
    rest = sums - basis @ np.linalg.lstsq(basis, sums, rcond=None)[0]
    gap = float(np.abs(rest).max())
    return gap / size if gap else 0.0
