"""Problems in good coordinates.

A problem is a variety, a family of objectives and data; in other coordinates it is the same problem
for another variety, another family and other data. Solvers, thresholds, certificates and tables
work with the problem in good coordinates (:mod:`edgeom.scaling`); what users see is in theirs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from edgeom.objectives.family import ObjectiveFamily
from edgeom.objectives.metric import Metric
from edgeom.scaling import Coordinates, size_exponent
from edgeom.varieties.base import Array, Variety

__all__ = ["Placed"]


@dataclass(frozen=True, eq=False)
class Placed:
    """A variety and a family of objectives in good coordinates, and the way there and back.

    Attributes
    ----------
    variety : Variety
        In good coordinates.
    family : ObjectiveFamily
        Of a metric 2^-exponent D S D, with D the scale of the coordinates.
    coordinates : Coordinates
        From good coordinates to the user's.
    exponent : int
        Objectives are 2^exponent times those in good coordinates.
    widening : int
        The units of a cone are 2^widening times as long as those of the family.
    """

    variety: Variety
    family: ObjectiveFamily
    coordinates: Coordinates
    exponent: int
    widening: int = 0

    @classmethod
    def of(cls, variety: Variety, family: ObjectiveFamily) -> Placed:
        """Bring a variety and a family of objectives into good coordinates."""
        if not isinstance(family, Metric):
            return cls(variety.good, family.moved(variety.coordinates), variety.coordinates, 0)
        coordinates, good = variety.placed(family)
        scale = coordinates.scale
        exponent = size_exponent(family.matrix * scale * scale[:, None])
        return cls(good, family.rescaled(coordinates.exponents, exponent), coordinates, exponent)

    def for_data(self, data: Array) -> Placed:
        """Return the same for data in the user's coordinates: a cone has the size of its data."""
        degree = self.family.homogeneity
        exponent = size_exponent(data) if self.variety.is_cone and degree else 0
        if not exponent:
            return self
        return replace(
            self,
            coordinates=self.coordinates.widened(exponent),
            exponent=self.exponent + degree * exponent,
            widening=self.widening + exponent,
        )

    @property
    def metric(self) -> Metric:
        """The metric, of a squared distance."""
        assert isinstance(self.family, Metric)
        return self.family

    @property
    def is_identity(self) -> bool:
        """Whether the user's coordinates are good."""
        return self.coordinates.is_identity and not self.exponent

    def inward(self, x: Array) -> Array:
        """Return points ``(..., n)`` in good coordinates."""
        return x if self.coordinates.is_identity else self.coordinates.inward(x)

    def data_inward(self, data: Array) -> Array:
        """Return the data of the problem in good coordinates."""
        return np.asarray(self.family.inward(data, self.coordinates, self.widening))

    def outward(self, y: Array) -> Array:
        """Return points ``(..., n)`` in the user's coordinates."""
        return y if self.coordinates.is_identity else self.coordinates.outward(y)
