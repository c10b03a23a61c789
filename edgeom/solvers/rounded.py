"""Solutions that are there only because the entries of a metric are rounded.

Weights like 1/3 have no exact value in double precision. For a special metric some solutions are
at infinity, and for the rounded one they are finite and very far away, the farther the smaller the
rounding errors. They are told from solutions that are far away anyhow by other rounding errors,
which move them.
"""

from __future__ import annotations

import numpy as np

from edgeom.equations.critical import DistanceEquations, critical_equations
from edgeom.homotopy.digits import regular_near
from edgeom.homotopy.ends import PathEnds
from edgeom.objectives.metric import Metric
from edgeom.varieties.base import Array

__all__ = ["rounded_otherwise", "without_rounded"]

LARGE = 1e7  # points that are nearer, in good units, are where they are
SHORT = 44  # bits of entries that may be meant exactly
MOVED = 0.05  # relative distance by which other rounding errors may move a point


def without_rounded(equations: DistanceEquations, ends: PathEnds, p: Array) -> PathEnds:
    """Return the ends of paths, those that are finite only by rounding errors at infinity.

    Parameters
    ----------
    equations : DistanceEquations
    ends : PathEnds
        Regular ones solve these equations.
    p : complex array (parameters,)
    """
    paths = np.flatnonzero(ends.regular)
    sizes = np.abs(ends.points[paths]).max(axis=1, initial=0)
    far = paths[sizes > LARGE]
    family = equations.family
    metric = rounded_otherwise(family) if len(far) and isinstance(family, Metric) else None
    if metric is None:
        return ends
    jacobian = critical_equations(equations.chart, metric, equations.free).system.jacobian
    gone = []
    for i in far:
        u = ends.ends[i]
        if regular_near(jacobian, u, p, MOVED * float(np.abs(u).max())) is None:
            gone.append(i)
    return ends.at_infinity(np.array(gone, int))


def rounded_otherwise(metric: Metric) -> Metric | None:
    """Return the metric with other last bits where these may be rounded; None where none may be.

    >>> rounded_otherwise(Metric.weights([1, 0.375])) is None
    True
    >>> abs(float(rounded_otherwise(Metric.weights([1, 1 / 3])).matrix[1, 1]) - 1 / 3) < 1e-16
    True
    """
    S = metric.matrix.copy()
    parts = [S.real, S.imag] if np.iscomplexobj(S) else [S]
    rng, moved = np.random.default_rng(0), False
    for part in parts:
        mantissas = np.ldexp(np.frexp(part)[0], SHORT)
        rounded = np.triu(mantissas != np.round(mantissas))
        up = np.where(rng.random(part.shape) < 0.5, np.inf, -np.inf)
        upper = np.where(rounded, np.nextafter(part, up), part)
        part[...] = np.triu(upper) + np.triu(upper, 1).T
        moved = moved or bool(rounded.any())
    return Metric(S, metric.name, indefinite=True) if moved else None
