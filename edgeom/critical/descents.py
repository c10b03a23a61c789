"""Descents to the parts of a variety: which ends there are, and which of them run away.

Where the metric does not see all directions the least distance need not be attained: a descent
then goes on without end, ever farther from the origin. Those that are not at an end and may be
nearest go on for longer, until Newton's method finds a critical point or they have run away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from edgeom.critical.domain import Domain
from edgeom.critical.local import Descent, LocalMinimum
from edgeom.objectives.metric import Metric
from edgeom.varieties.base import Array, Variety
from edgeom.varieties.placed import Placed

__all__ = ["Part", "Parts"]

ON = 1e-6  # relative tolerance for a point of a part
PROMISING, MOST = 1.5, 4  # how far above the least one such a descent may be, and how many go on
GROWN = 1.2  # how much farther from the origin they are then, if they run away


@dataclass(frozen=True, eq=False)
class Part:
    """A part of a variety, in good coordinates, with descents there."""

    kind: str
    variety: Variety
    placed: Placed
    descent: Descent
    domain: Domain | None

    def run(self, u: Array, q: Array, longer: bool = False) -> LocalMinimum | None:
        """Descend in good coordinates; None where that leads out of the domain."""
        end = self.descent.run(u, q, longer)
        if end is None or self.domain is None:
            return end
        t = self.descent.chart.parameters(end.unknowns[None])
        return end if t is not None and self.domain.holds(t)[0] else None

    def ends(self, q: Array, count: int, rng: np.random.Generator) -> list[LocalMinimum]:
        """Return the ends of descents from random points, in good coordinates."""
        starts = self.descent.starts(q, count, rng)
        ends = [end for u in starts if (end := self.run(u, q)) is not None]
        if not self.placed.metric.is_singular:
            return ends
        near = PROMISING * min((end.squared_distance for end in ends), default=0.0)
        going = [end for end in ends if not end.ended and end.squared_distance <= near]
        going = sorted(going, key=lambda end: end.squared_distance)[:MOST]
        return [self._longer(end, q) if end in going else end for end in ends]

    def _longer(self, end: LocalMinimum, q: Array) -> LocalMinimum:
        last = self.run(end.unknowns, q, longer=True)
        if last is None or last.squared_distance > end.squared_distance:
            return end
        grown = np.linalg.norm(last.point) > GROWN * np.linalg.norm(end.point)
        return replace(last, at_infinity=last.at_infinity or (not last.ended and bool(grown)))


class Parts:
    """The parts of a variety, each with descents in a chart of its own.

    Parameters
    ----------
    parts : sequence of (str, Variety)
        Kinds of points, and varieties.
    metric : Metric
    domain : Domain or None
        The parameters that count.
    seed : int
    """

    def __init__(
        self, parts: Sequence[tuple[str, Variety]], metric: Metric, domain: Domain | None, seed: int
    ) -> None:
        rng = np.random.default_rng(np.random.SeedSequence([seed, 1]))
        self.all = []
        for kind, variety, placed in [(k, v, Placed.of(v, metric)) for k, v in parts]:
            descent = Descent(placed.variety, placed.metric, rng, kind == "smooth point")
            self.all.append(Part(kind, variety, placed, descent, domain))

    def of(self, point: Array) -> Part:
        """Return the part on which a point is."""
        if len(self.all) == 1:
            return self.all[0]
        return next((p for p in self.all if p.variety.contains(point, ON)), self.all[0])
