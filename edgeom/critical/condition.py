"""How far a critical point of the squared distance moves when the data does."""

from __future__ import annotations

import numpy as np

from edgeom.equations.critical import CriticalEquations, DistanceEquations
from edgeom.objectives.matrices import root
from edgeom.varieties.base import Array

__all__ = ["condition_of"]


def condition_of(equations: CriticalEquations, u: Array, q: Array) -> float:
    """Return the norm of the derivative of a critical point by the data, in the metric.

    With W = ½ xᵀSx - cᵀx - λᵀg and c = Sq it is dx (∂²W)⁻¹ dxᵀ S.
    """
    assert isinstance(equations, DistanceEquations)
    count = len(equations.chart.names)
    _, hessian = equations.system.evaluate(u[None], equations.parameters(q)[None])
    out = equations.geometry.arrays(u=u[None, :count])
    dx = out["dx"][0].reshape(-1, count)
    try:
        inverse = np.linalg.inv(hessian[0])[:count, :count]
    except np.linalg.LinAlgError:
        return np.inf
    turn = root(equations.metric.matrix)
    return float(np.linalg.norm(turn @ dx @ inverse @ dx.T @ turn.T, 2))
