"""The ways on which samples are reached from a generic fibre."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.equations.critical import CriticalEquations, DistanceEquations
from edgeom.equations.reduced import ReducedTracker
from edgeom.homotopy.tracker import PathTracker
from edgeom.objectives.metric import Metric
from edgeom.tables.laws import GIVEN, Law

__all__ = ["Route", "start_metric", "tracker_of"]

Array = NDArray[Any]
DENSE = ("fresh", GIVEN[1])  # laws of metrics that are not sparse
GOOD = 1e6  # condition of a fixed metric that may be moved


@dataclass(frozen=True)
class Route:
    """One chart with its compiled tracker, and a complex fibre in it from which paths start."""

    equations: CriticalEquations
    tracker: PathTracker
    starts: Array
    begin: Array


def start_metric(n: int, seed: int) -> Metric:
    """Return a generic metric that is real and well-conditioned: S = ffᵀ with f of size n×4n.

    Between real ones all metrics are positive definite, and paths meet no special metric.
    """
    f = np.random.default_rng(seed).normal(size=(n, 4 * n))
    return Metric(f @ f.T / (4 * n), f"random, seed {seed}", generic=True)


def tracker_of(equations: CriticalEquations, law: Law) -> PathTracker:
    """Compile the tracker of a route.

    In plain position a metric has other entries, rounded ones: products with a sparse or nearly
    singular metric are more accurate as it is given.
    """
    dense = isinstance(law, Metric) and law.matrix.all() and np.linalg.cond(law.matrix) < GOOD
    if (dense or law in DENSE) and ReducedTracker.suits(equations):
        assert isinstance(equations, DistanceEquations)
        return ReducedTracker(equations)
    entries = 0
    if isinstance(equations, DistanceEquations):
        entries = len(equations.system.parameters) - equations.coordinates
    return PathTracker(equations.system.tape, real=entries)
