"""The point of a variety where an objective is least, and how it is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeom.objectives.family import ObjectiveFamily
from edgeom.plain import shortened
from edgeom.varieties.base import Array, Variety

__all__ = ["LeastPoint"]

LONGEST = 64  # characters of a variety in the first line


@dataclass(frozen=True, eq=False)
class LeastPoint:
    """Where an objective is least on a variety.

    Attributes
    ----------
    variety : Variety
    family : ObjectiveFamily
    data : array
    points : real array (points, *shape)
        All of them where there are several.
    value : float
    kind : str
        "smooth point", "singular point", or "data" where the data is on the variety.
    complete : bool
        Whether it is proved that all points that can be least are known; their values are compared
        in doubles.
    reason : str
        Why, or what is missing.
    runner_up : float
        The value at the next local minimum, or singular point; inf without one.
    evidence : tuple of str
        How the candidates were found.
    """

    variety: Variety
    family: ObjectiveFamily
    data: Array
    points: Array
    value: float
    kind: str
    complete: bool
    reason: str
    runner_up: float
    evidence: tuple[str, ...]

    @property
    def point(self) -> Array:
        """The point, the first one where there are several."""
        return np.asarray(self.points[0])

    def to_dict(self) -> dict[str, object]:
        """Return everything as plain data."""
        return {
            "variety": self.variety.text,
            "objective": self.family.name,
            "data": np.asarray(self.data).tolist(),
            "points": self.points.tolist(),
            "value": self.value,
            "kind": self.kind,
            "complete": self.complete,
            "reason": self.reason,
            "runner_up": self.runner_up if np.isfinite(self.runner_up) else None,
            "evidence": list(self.evidence),
        }

    def __str__(self) -> str:
        place = np.array2string(self.point, precision=8, suppress_small=True)
        rows = [("point", place.replace("\n", "\n" + " " * 13)), ("kind", self.kind)]
        if len(self.points) > 1:
            rows.append(("", f"one of {len(self.points)} with this value"))
        rows.append(("value", f"{self.value:.10g}"))
        if np.isfinite(self.runner_up):
            rows.append(("next", f"{self.runner_up:.10g}"))
        rows.append(("complete", f"{'yes' if self.complete else 'no'}: {self.reason}"))
        rows.extend(("evidence", text) for text in self.evidence)
        head = f"least point of {self.family.noun} on {shortened(str(self.variety), LONGEST)}"
        return "\n".join([head, *(f"  {name:10s} {text}" for name, text in rows)])

    __repr__ = __str__
