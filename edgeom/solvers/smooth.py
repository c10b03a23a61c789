"""Which solutions of critical equations are critical points at smooth points of the variety."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edgeom.equations.critical import CriticalEquations
from edgeom.varieties.base import Array

__all__ = ["smooth_points"]

SMALL = 1e-7  # relative to what it would be without cancellation


def smooth_points(equations: CriticalEquations, u: Array) -> NDArray[np.bool_]:
    """Tell which solutions are smooth points of the variety, seen from the chart.

    The map of the chart has to be an immersion, and a point that solves combinations of more
    equations has to solve each of them.

    Parameters
    ----------
    equations : CriticalEquations
    u : complex array (points, N)
    """
    if not len(u):
        return np.zeros(0, bool)
    chart = equations.chart
    count = len(chart.names)
    out = equations.geometry.arrays(u=u[:, :count])
    good = chart.on_variety(out["x"])
    if not out["g"].shape[1]:
        dx = out["dx"].reshape(len(u), out["x"].shape[1], count)
        good &= _independence(dx, out["x"], u[:, :count]) > SMALL
    return good


def _independence(dx: Array, x: Array, u: Array) -> NDArray[np.float64]:
    """Return how independent the columns of dx are: their smallest singular value, with length 1.

    A column is zero when changing the unknown, by its own size or by 1, does nothing to the point.
    """
    lengths = np.linalg.norm(dx, axis=1)
    reach = np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1) / np.maximum(np.abs(u), 1)
    columns = dx / np.maximum(lengths, SMALL * reach)[:, None]
    return np.asarray(np.linalg.svd(columns, compute_uv=False)[:, -1])
