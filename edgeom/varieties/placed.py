"""Distance problems in good coordinates.

A problem is a variety, a metric and data; in other coordinates it is the same problem for another
variety, another metric and other data. Solvers, thresholds, certificates and tables work with the
problem in good coordinates (:mod:`edgeom.scaling`); what users see is in theirs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from edgeom.objectives.metric import Metric
from edgeom.scaling import Coordinates, size_exponent
from edgeom.varieties.base import Array, Variety

__all__ = ["Placed"]


@dataclass(frozen=True, eq=False)
class Placed:
    """A variety and a metric in good coordinates, and the way there and back.

    Attributes
    ----------
    variety : Variety
        In good coordinates.
    metric : Metric
        2^-exponent D S D, with D the scale of the coordinates.
    coordinates : Coordinates
        From good coordinates to the user's.
    exponent : int
        Squared distances are 2^exponent times those in good coordinates.
    """

    variety: Variety
    metric: Metric
    coordinates: Coordinates
    exponent: int

    @classmethod
    def of(cls, variety: Variety, metric: Metric) -> Placed:
        """Bring a variety and a metric into good coordinates."""
        coordinates, good = variety.placed(metric)
        scale = coordinates.scale
        exponent = size_exponent(metric.matrix * scale * scale[:, None])
        return cls(good, metric.rescaled(coordinates.exponents, exponent), coordinates, exponent)

    def for_data(self, q: Array) -> Placed:
        """Return the same for data q in the user's coordinates: a cone has the size of its data."""
        exponent = size_exponent(q) if self.variety.is_cone else 0
        if not exponent:
            return self
        return replace(
            self,
            coordinates=self.coordinates.widened(exponent),
            exponent=self.exponent + 2 * exponent,
        )

    @property
    def is_identity(self) -> bool:
        """Whether the user's coordinates are good."""
        return self.coordinates.is_identity and not self.exponent

    def inward(self, x: Array) -> Array:
        """Return points or data ``(..., n)`` in good coordinates."""
        return x if self.coordinates.is_identity else self.coordinates.inward(x)

    def outward(self, y: Array) -> Array:
        """Return points ``(..., n)`` in the user's coordinates."""
        return y if self.coordinates.is_identity else self.coordinates.outward(y)
