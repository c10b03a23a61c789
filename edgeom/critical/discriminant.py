"""How far data is from the ED discriminant at least, with proof.

The discriminant is the set of data for which critical points coincide or are fewer. If for all data
of a ball each critical point stays in a box of its own, with exactly one solution in it, and if
there are as many boxes as critical points at most, the ball does not meet the discriminant.
"""

from __future__ import annotations

import numpy as np

from edgeom.certification.around import prove_around
from edgeom.certification.certificate import exact_parameters
from edgeom.certification.distinct import groups
from edgeom.certification.lists import discs
from edgeom.certification.parameters import ExactParameters
from edgeom.critical.points import CriticalPoints
from edgeom.errors import InputError, keywords_checked
from edgeom.objectives.metric import Metric
from edgeom.varieties.base import Array

__all__ = ["discriminant_bound"]

HALVINGS = 40  # of the radius, before it is given up
STEPS = 4  # by which it is then made larger, each time half as much


@keywords_checked
def discriminant_bound(points: CriticalPoints) -> float:
    """Return a proved lower bound for the distance of the data from the ED discriminant.

    Parameters
    ----------
    points : CriticalPoints
        All critical points of a squared distance, for a real problem.

    Returns
    -------
    float
        In the metric. Real data that is nearer has as many critical points, all of them regular.
        0 where nothing is proved: the list is not proved to be complete, or the metric is singular.

    Raises
    ------
    InputError
        The objective is another one, or the problem is not real.

    Examples
    --------
    The evolute of the ellipse has its nearest cusp, (1.5, 0), at distance 0.9:

    >>> import edgeom as eg
    >>> ellipse = eg.AlgebraicVariety(["x^2 + 4*y^2 = 4"], "x, y")
    >>> points = eg.DistanceProblem(ellipse, data=[2.4, 0]).critical_points()
    >>> 0 < discriminant_bound(points) < 0.9
    True
    """
    if not isinstance(points.family, Metric):
        raise InputError(f"the ED discriminant is that of a distance, not of {points.family.noun}")
    proof = points.certify()
    if not proof.is_real_problem:
        raise InputError("data, metric and variety must be real: a ball of real data is asked for")
    if not proof.complete or points.family.is_singular:
        return 0.0
    return _Ball(points).largest()


class _Ball:
    """Balls of data around that of a list of critical points."""

    def __init__(self, points: CriticalPoints) -> None:
        assert isinstance(points.family, Metric)
        q = points.variety.flatten(points.data)
        self.n, self.count = points.variety.ambient_dimension, len(points)
        self.items = []
        exact: list[ExactParameters] = [
            exact_parameters(equations, points.placed, q) for equations in points.charts
        ]
        for number, equations in enumerate(points.charts):
            for u in points.unknowns_of(number):
                self.items.append((equations, u, exact[number]))
        # x^T S x <= 1 has coordinates up to the roots of the diagonal of the inverse
        inverse = np.linalg.inv(points.family.matrix)
        self.unit = 1.01 * np.sqrt(np.diag(inverse)) / points.placed.coordinates.scale
        gaps = points.variety.flatten(points.data) - np.array(
            [points.variety.flatten(x) for x in points.points]
        )
        values = np.abs(points.family.values(gaps, np.zeros(self.n)))
        self.start = float(np.sqrt(values.max(initial=0.0))) or 1.0

    def largest(self) -> float:
        """Return about the largest radius for which everything is proved."""
        radius = self.start
        for _ in range(HALVINGS):
            if self._holds(radius * self.unit):
                break
            radius /= 2
        else:
            return 0.0
        for k in range(1, STEPS + 1):
            larger = radius * (1 + 2.0**-k)
            if self._holds(larger * self.unit):
                radius = larger
        return radius

    def _holds(self, reach: Array) -> bool:
        proofs = []
        for place, (equations, u, exact) in enumerate(self.items):
            proof = prove_around(equations, u, exact, reach)
            if proof is None:  # that which is the first to fail is asked first next time
                self.items.insert(0, self.items.pop(place))
                return False
            proofs.append(proof)
        center, radius = discs(proofs, self.n)
        return bool(groups(center[None], radius[None]).max() == self.count - 1)
