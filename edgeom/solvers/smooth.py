"""Which solutions of critical equations are critical points at smooth points of the variety."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edgeom.equations.critical import CriticalEquations
from edgeom.varieties.base import Array

__all__ = ["smooth_points"]

SMALL = 1e-9  # relative to what it would be without cancellation


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
        good &= _rank_deficiency(dx) > SMALL
    return good


def _rank_deficiency(matrices: Array) -> NDArray[np.float64]:
    """Return the smallest singular values relative to the largest, rows and columns scaled."""
    values = np.linalg.svd(matrices, compute_uv=False)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.nan_to_num(values[:, -1] / np.maximum(values[:, 0], 1e-3))
