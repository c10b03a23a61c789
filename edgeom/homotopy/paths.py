"""What is asked of the path tracker, and what becomes of paths: options, statuses, results."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from numbers import Real

import numpy as np
from numpy.typing import NDArray

from edgeom.errors import InputError, check_size
from edgeom.homotopy.lanes import INFO
from edgeom.homotopy.loop import OPTIONS, STATUS

__all__ = ["Complex", "Index", "PathResults", "PathStatus", "TrackerOptions"]

Complex = NDArray[np.complex128]
Index = NDArray[np.int64]


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
