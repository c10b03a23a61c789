"""The critical points for one generic complex data point, and how it is known that they are all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.equations.critical import CriticalEquations
from edgeom.homotopy.monodromy import MonodromyResult
from edgeom.homotopy.tracker import PathTracker
from edgeom.objectives.metric import Metric
from edgeom.solvers.general import GeneralPaths, described_ends
from edgeom.varieties.algebraic import AlgebraicVariety
from edgeom.varieties.base import Variety

__all__ = ["Fiber", "MetricHomotopy", "TermHomotopy"]

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Fiber:
    """All critical points at one generic complex data point.

    Attributes
    ----------
    variety, metric
    equations : CriticalEquations
        In a chart in random position.
    tracker : PathTracker
    monodromy : MonodromyResult
    residual : float
        Largest last Newton correction, relative to the solution.
    seed : int
    expected : int or None
        The count that a theorem gives.
    from_generic : MetricHomotopy, TermHomotopy or None
        The check from a generic metric, made when the trace test does not pass; for a singular
        metric the way from general linear terms.
    general : GeneralPaths or None
        The paths from general equations that found the points, where monodromy did not.
    unmet : str
        Why there may be components that no starting point of monodromy is on.
    """

    variety: Variety
    metric: Metric
    equations: CriticalEquations
    tracker: PathTracker
    monodromy: MonodromyResult
    residual: float
    seed: int
    expected: int | None = None
    from_generic: MetricHomotopy | TermHomotopy | None = None
    general: GeneralPaths | None = None
    unmet: str = ""

    def __len__(self) -> int:
        return len(self.monodromy.solutions)

    @property
    def points(self) -> Array:
        """The critical points, ``(points, coordinates)``."""
        return self.equations.system.lift(self.monodromy.solutions)

    @property
    def data(self) -> Array:
        """The generic data point q."""
        S = self.metric.matrix
        c = self.monodromy.parameters[-len(S) :]
        return np.asarray(np.linalg.lstsq(S, c, rcond=None)[0])

    @property
    def trace_passed(self) -> bool:
        """Whether the trace test passed on every component."""
        return all(trace is not None and trace.passed for trace in self.monodromy.trace)

    @property
    def confirmed(self) -> bool:
        """Whether it is known that the list is complete.

        This is the one place where that is decided. The number is that of a theorem; or it is an
        upper bound; or every end is known of the paths from general equations or from a generic
        metric, whose own list is complete; or the trace is linear on every component.
        """
        if isinstance(self.from_generic, TermHomotopy):
            return self.from_generic.agrees
        if len(self) in (self.expected, self.bound):
            return True
        if self.unmet:
            return False
        if self.general is not None:
            return self.general.agree
        if self.from_generic is not None and self.from_generic.agrees:
            return True
        return all(trace is None or trace.passed for trace in self.monodromy.trace)

    @property
    def bound(self) -> int | None:
        """The generic ED degree, where it is known: no metric has more critical points."""
        fact = self.variety.generic_ed_degree_fact()
        return None if fact is None else fact.value

    @property
    def assumes_irreducible(self) -> bool:
        """Whether it was taken on trust that there is one component."""
        stated = isinstance(self.variety, AlgebraicVariety) and self.variety.is_irreducible
        return stated and self.general is None

    @property
    def method(self) -> str:
        """How the points were found: "monodromy" or "homotopy"."""
        return "monodromy" if self.general is None else "homotopy"

    @property
    def checks(self) -> list[str]:
        """What was done to see that the list is complete, one line for each check."""
        traces = [str(trace) for trace in self.monodromy.trace if trace is not None]
        if self.unmet and not self.confirmed:
            return [f"monodromy, {self.unmet}"]
        if len(traces) > 2 and self.trace_passed:
            traces = [f"trace test passed on {len(traces)} components"]
        if self.general is not None:
            return [str(self.general), *(traces if self.trace_passed else [])]
        if isinstance(self.from_generic, TermHomotopy):
            return [str(self.from_generic)]
        if self.from_generic is not None and self.from_generic.agrees:
            return [f"monodromy, {self.from_generic}"]
        if not self.trace_passed and len(self) == self.expected:
            return [f"monodromy, stays at {len(self)} over {self.monodromy.vertices} vertices"]
        if not self.trace_passed and len(self) == self.bound:
            return [f"monodromy, as many as there can be, the generic ED degree {self.bound}"]
        if self.from_generic is not None:
            return [f"monodromy, {self.from_generic}"]
        return list(dict.fromkeys(f"monodromy, {trace}" for trace in traces))


@dataclass(frozen=True)
class MetricHomotopy:
    """A count for a special metric, checked from a generic one.

    Every isolated critical point for the special metric is the end of a path that starts at the
    critical points for a generic metric. So those that arrive, once each, are all of them; the
    others must be seen to leave.

    Attributes
    ----------
    generic : int
        Critical points for the generic metric, where the paths start.
    arrived : int
        Distinct regular ends.
    agrees : bool
        Whether the list for the generic metric is known to be complete, the end of every path is
        known, and every critical point that monodromy had found is among them.
    ends : dict
        How the paths end, by kind.
    """

    generic: int
    arrived: int
    agrees: bool
    ends: Mapping[str, int]

    def __str__(self) -> str:
        verdict = "as by monodromy" if self.agrees else "NOT as by monodromy"
        return (
            f"metric homotopy: of {self.generic} paths from a generic metric "
            f"{described_ends(self.ends)}; {self.arrived} points, {verdict}"
        )


@dataclass(frozen=True)
class TermHomotopy:
    """A count for a singular metric, by paths from general linear terms.

    Attributes
    ----------
    general : int
        Critical points for a general linear term, where the paths start.
    checks : tuple of str
        How it is known that they are all.
    arrived : int
        Regular ends at smooth points of the variety.
    ends : dict
        How the paths end, by kind.
    agrees : bool
        Whether the starts are known to be complete, the end of every path is known, and a second
        data point has as many critical points.
    """

    general: int
    checks: tuple[str, ...]
    arrived: int
    ends: Mapping[str, int]
    agrees: bool

    def __str__(self) -> str:
        verdict = "as many" if self.agrees else "NOT as many"
        return (
            f"{self.general} for general linear terms ({'; '.join(self.checks)}), of the paths "
            f"from there {described_ends(self.ends)}; {verdict} for other data"
        )
