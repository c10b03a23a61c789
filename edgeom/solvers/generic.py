"""The critical points for one generic complex data point, and how it is known that they are all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from numpy.typing import NDArray

from edgeom.equations.critical import CriticalEquations
from edgeom.homotopy.monodromy import MonodromyResult
from edgeom.homotopy.trace_test import TraceTest
from edgeom.homotopy.tracker import PathTracker
from edgeom.objectives.family import ObjectiveFamily
from edgeom.objectives.metric import Metric
from edgeom.solvers.charts import Charts
from edgeom.solvers.general import GeneralPaths, described_ends
from edgeom.varieties.base import Variety

__all__ = [
    "Fiber",
    "LinearTermHomotopy",
    "MetricHomotopy",
    "MultiplePoints",
    "ProductTraceTest",
]

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Fiber:
    """All critical points at one generic complex data point.

    Attributes
    ----------
    variety, family
    equations : CriticalEquations
        In a chart in random position.
    tracker : PathTracker
    monodromy : MonodromyResult
    residual : float
        Largest last Newton correction, relative to the solution.
    seed : int
    expected : int or None
        The count that a theorem gives.
    from_generic : MetricHomotopy or None
        The check from a generic metric, made when the trace test does not pass.
    general : GeneralPaths or None
        The paths from general equations that found the points, where monodromy did not.
    linear_term : LinearTermHomotopy or None
        The paths from an objective with a general linear term that found them.
    product_trace : ProductTraceTest or None
        The trace test of points and parameters together, made where that of points alone fails.
    unmet : str
        Why there may be components that no starting point of monodromy is on.
    """

    variety: Variety
    family: ObjectiveFamily
    equations: CriticalEquations
    tracker: PathTracker
    monodromy: MonodromyResult
    residual: float
    seed: int
    expected: int | None = None
    from_generic: MetricHomotopy | None = None
    general: GeneralPaths | None = None
    unmet: str = ""
    linear_term: LinearTermHomotopy | None = None
    product_trace: ProductTraceTest | None = None

    def __len__(self) -> int:
        return len(self.monodromy.solutions)

    @cached_property
    def charts(self) -> Charts:
        """What follows paths in other charts that are lost in this one."""
        return Charts(self.equations, self.tracker, self.variety)

    @property
    def metric(self) -> Metric:
        """The metric, of a squared distance."""
        assert isinstance(self.family, Metric)
        return self.family

    @property
    def points(self) -> Array:
        """The critical points, ``(points, coordinates)``."""
        return self.equations.system.lift(self.monodromy.solutions)

    @property
    def data(self) -> Array:
        """The generic data point q."""
        return self.equations.data_of(self.monodromy.parameters)

    @property
    def trace_passed(self) -> bool:
        """Whether the trace test passed on every component."""
        return all(trace is not None and trace.passed for trace in self.monodromy.trace)

    @property
    def confirmed(self) -> bool:
        """Whether it is known that the list is complete.

        This is the one place where that is decided. The number is that of a theorem; or it is an
        upper bound; or every end is known of the paths from general equations or from a generic
        metric, whose own list is complete; or the trace is linear on every component, or that in
        a product of spaces.
        """
        if len(self) in (self.expected, self.bound):
            return True
        if self.unmet:
            return False
        if self.general is not None:
            return self.general.agree
        if self.linear_term is not None and not self.linear_term.agrees:
            return False
        if self.product_trace is not None and self.product_trace.trace.passed:
            return True
        if self.from_generic is not None and self.from_generic.agrees:
            return True
        return all(trace is None or trace.passed for trace in self.monodromy.trace)

    @property
    def bound(self) -> int | None:
        """The generic ED degree, where it is known: no metric has more critical points."""
        fact = self.variety.generic_ed_degree_fact() if isinstance(self.family, Metric) else None
        return None if fact is None else fact.value

    @property
    def assumes_irreducible(self) -> bool:
        """Whether it was taken on trust that there is one component."""
        stated = getattr(self.variety, "irreducible", False)
        return stated and self.general is None

    @property
    def method(self) -> str:
        """How the points were found: "monodromy" or "homotopy"."""
        return "monodromy" if self.general is None else "homotopy"

    @property
    def checks(self) -> list[str]:
        """What was done to see that the list is complete, one line for each check."""
        traces = [str(trace) for trace in self.monodromy.trace if trace is not None]
        together = self.product_trace is not None and not self.unmet
        if together:
            traces = [str(self.product_trace)]
        if self.linear_term is not None:
            found = [f"monodromy, {trace}" for trace in traces]
            return ["; ".join([*found, str(self.linear_term)])]
        if together:
            return [f"monodromy, {traces[0]}"]
        if self.unmet and not self.confirmed:
            return [f"monodromy, {self.unmet}"]
        if len(traces) > 2 and self.trace_passed:
            traces = [f"trace test passed on {len(traces)} components"]
        if self.general is not None:
            return [str(self.general), *(traces if self.trace_passed else [])]
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
class LinearTermHomotopy:
    """A count without a linear term in the objective, from one with a general linear term.

    Attributes
    ----------
    start : MonodromyResult
        Critical points for the general linear term, where the paths start.
    arrived : int
        Distinct regular ends at smooth points where the objective is defined.
    agrees : bool
        Whether the end of every path is known.
    ends : dict
        How the paths end, by kind.
    multiple : int
        Paths that end at multiple critical points or on sets of them.
    """

    start: MonodromyResult
    arrived: int
    agrees: bool
    ends: Mapping[str, int]
    multiple: int = 0

    def __str__(self) -> str:
        count = len(self.start.solutions)
        return f"of {count} paths from a general linear term {described_ends(self.ends)}"


@dataclass(frozen=True, eq=False)
class MultiplePoints:
    """Critical points that are not simple, for one data point.

    Attributes
    ----------
    points : complex array (points, n)
        The isolated ones.
    multiplicities : tuple of int
        How many simple ones each becomes with a small general linear term.
    elsewhere : int
        Paths that end on sets of critical points.
    """

    points: Array
    multiplicities: tuple[int, ...]
    elsewhere: int


@dataclass(frozen=True)
class ProductTraceTest:
    """The trace test of critical points and of points of their curve on a hyperplane.

    Attributes
    ----------
    sections : int
        Points of the curve of critical points along a line of data on a general hyperplane.
    trace : TraceTest
        Of these and the critical points together.
    """

    sections: int
    trace: TraceTest

    def __str__(self) -> str:
        return f"multihomogeneous {self.trace}, with {self.sections} points on a hyperplane"


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
