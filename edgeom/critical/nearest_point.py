"""The nearest point of a variety, and how it is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeom.objectives.metric import Metric
from edgeom.plain import shortened
from edgeom.results import Result, Summary
from edgeom.varieties.base import Array, Variety
from edgeom.varieties.parametrized import ParametrizedVariety

__all__ = ["NearestPoint"]

LONGEST = 64  # characters of a variety in the first line


@dataclass(frozen=True, eq=False, repr=False)
class NearestPoint(Result):
    """The point of a variety that is nearest to data.

    Attributes
    ----------
    variety : Variety
    metric : Metric
    data : array
    points : real array (nearest points, *shape)
        All of them where there are several; of a set of positive dimension one representative.
    squared_distance : float
    dimension : int
        0, or the dimension of the set that the nearest points form.
    kind : str
        "smooth point", "singular point", of an image "boundary point" of its domain, or "limit
        point": of an image, or where the metric does not see all directions and a descent goes on
        towards infinity, beyond this point, so that the least distance may not be attained.
    proved : bool
        Whether it is proved that no point of the variety is nearer; see
        docs/explanation/certification.md.
    reason : str
        What the proof rests on, or what is missing.
    runner_up : float
        The squared distance of the next local minimum, singular point or limit that is farther;
        inf without one. (Where nearest `points` are several it is farther than all of them.)
    condition : float
        Of the map from data to nearest point, in the metric: how far the point moves when the data
        does. inf at singular points, on the ED discriminant and where nearest points form a set.
    evidence : tuple of str
        How the candidates were found.
    parameters : array (nearest points, parameters) or None
        That a map takes to the points, in the order of `variety.variables`, where the variety is
        an image (`ParametrizedVariety`); NaN where they are not known, as at points where the map
        is no immersion.

    Examples
    --------
    >>> import edgeom as eg
    >>> cubic = eg.AlgebraicVariety(["y^2 = x^2*(x - 1)"], "x, y")
    >>> best = eg.DistanceProblem(cubic, data=[-0.1, 0.05]).nearest_point()
    >>> best.kind, best.point.round(9) + 0.0
    ('singular point', array([0., 0.]))
    """

    variety: Variety
    metric: Metric
    data: Array
    points: Array
    squared_distance: float
    dimension: int
    kind: str
    proved: bool
    reason: str
    runner_up: float
    condition: float
    evidence: tuple[str, ...]
    parameters: Array | None = None

    @property
    def point(self) -> Array:
        """The nearest point, the first one where there are several."""
        return np.asarray(self.points[0])

    @property
    def distance(self) -> float:
        """Its distance from the data."""
        return float(np.sqrt(self.squared_distance))

    def summary(self) -> Summary:
        count = len(self.points)
        place = np.array2string(self.point, precision=8, suppress_small=True)
        rows = [("point", place.replace("\n", "\n" + " " * 13))]
        if self.parameters is not None and isinstance(self.variety, ParametrizedVariety):
            names = ", ".join(map(str, self.variety.variables))
            rows.append((names, np.array2string(self.parameters[0], precision=8)))
        rows.append(("kind", self.kind))
        if count > 1:
            rows.append(("", f"one of {count} at the same distance"))
        if self.dimension:
            rows.append(("", f"one of a set of dimension {self.dimension}"))
        rows.append(("distance", f"{self.distance:.10g}"))
        if np.isfinite(self.runner_up):
            rows.append(("next", f"{np.sqrt(self.runner_up):.10g}"))
        rows.append(("condition", f"{self.condition:.3g}"))
        rows.append(("proved", f"{'yes' if self.proved else 'no'}: {self.reason}"))
        rows.extend(("evidence", text) for text in self.evidence)
        return Summary(f"nearest point of {shortened(str(self.variety), LONGEST)}", rows)
