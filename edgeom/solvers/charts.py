"""Charts in random position, and others for the paths that are lost in one.

Near the infinity of a chart a point of the variety may be finite, but doubles do not tell where on
its path it is: about one path in a thousand passes there and stalls. In another chart in random
position the same segment of parameters leads to the same end, and the infinity is elsewhere.
"""

from __future__ import annotations

import numpy as np

from edgeom.equations.critical import CriticalEquations
from edgeom.homotopy.tracker import PathResults, PathTracker, TrackerOptions
from edgeom.objectives.family import ObjectiveFamily
from edgeom.objectives.metric import Metric
from edgeom.varieties.base import Array, Chart, Variety

__all__ = ["Charts", "chart_for"]

CHARTS = 3  # other charts in which a lost path is tracked
OTHER = 3  # seed of other charts, which are not those that fibres are found in


def chart_for(variety: Variety, family: ObjectiveFamily, rng: np.random.Generator) -> Chart:
    """Return a chart in random position for which the critical equations factor without pivoting.

    For a positive definite metric no pivot of the Hessian vanishes identically: at λ = 0 it is
    positive definite on the unknowns, and so it is for strictly convex functions. Other metrics
    and objectives need rotated coordinates.
    """
    chart = variety.chart(rng)
    if isinstance(family, Metric):
        return chart if family.is_definite or family.generic else chart.rotated(rng)
    return chart if family.convex else chart.rotated(rng)


class Charts:
    """Carries paths in one chart, and in others those that are lost in it.

    Parameters
    ----------
    equations : CriticalEquations
    tracker : PathTracker
        Of these equations.
    variety : Variety
    """

    def __init__(
        self, equations: CriticalEquations, tracker: PathTracker, variety: Variety
    ) -> None:
        self.equations, self.tracker, self.variety = equations, tracker, variety
        self._others: list[tuple[CriticalEquations, PathTracker]] = []

    def carry(
        self, starts: Array, begin: Array, end: Array, options: TrackerOptions | None = None
    ) -> PathResults:
        """Track every start from one point of parameters to another.

        Paths that are lost in all charts go along bent routes, as those of a tracker.

        Parameters
        ----------
        starts : complex array (starts, unknowns)
        begin, end : complex arrays (parameters,)
        options : TrackerOptions, optional
        """
        closely = TrackerOptions().tighter()
        results = self.tracker.track(starts, np.array([begin, end]), options=options)
        for number in range(CHARTS):
            lost = np.flatnonzero(~results.success)
            if not len(lost):
                return results
            moved = self._elsewhere(number, starts[lost], begin, end, closely)
            if moved is None:
                break
            results.put(lost, moved)
        lost = np.flatnonzero(~results.success)
        results.put(lost, self.tracker.carry(starts[lost], begin, end, options))
        return results

    def retry(
        self, starts: Array, parameters: Array, options: TrackerOptions | None = None
    ) -> PathResults:
        """Track every start once more, in another chart where there is one."""
        options = options or TrackerOptions().tighter()
        moved = self._elsewhere(0, starts, parameters[0], parameters[1], options)
        return moved or self.tracker.again(starts, parameters, options)

    def _elsewhere(
        self, number: int, starts: Array, begin: Array, end: Array, options: TrackerOptions
    ) -> PathResults | None:
        """Track in another chart and return; None where there is no other, or no way to or fro."""
        here = self.equations
        if here.chart.degrees and not self.variety.is_overdetermined:
            return None  # x(u) = u, and all equations are used: all charts are alike
        there, tracker = self._other(number)
        u = there.unknowns_at(here.system.lift(starts), begin)
        if u is None:
            return None
        moved = tracker.track(u, np.array([begin, end]), options=options)
        good = moved.success
        if good.any():
            home = here.unknowns_at(there.system.lift(moved.solutions[good]), end)
            if home is None:
                return None
            moved.solutions[good] = home
        return moved

    def _other(self, number: int) -> tuple[CriticalEquations, PathTracker]:
        while len(self._others) <= number:
            rng = np.random.default_rng([OTHER, len(self._others)])
            chart = chart_for(self.variety, self.equations.family, rng)
            equations = self.equations.in_chart(chart)
            tracker = PathTracker(equations.system.tape, optimise=self.tracker.optimise)
            self._others.append((equations, tracker))
        return self._others[number]
