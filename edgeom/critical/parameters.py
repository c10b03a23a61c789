"""The parameters of points of images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from edgeom.varieties.base import Array, Chart

__all__ = ["parameters_of"]

ROUNDED = 1e-9  # imaginary parts below this, in good units, are rounding errors


def parameters_of(
    charts: Sequence[Chart], chart: NDArray[np.int64], unknowns: Array
) -> Array | None:
    """Return the parameters of points of an image in the user's units; None where there are none.

    Parameters
    ----------
    charts : sequence of Chart
    chart : integer array (points,)
        Which of them, for each point.
    unknowns : complex array (points, N)
    """
    out: Array | None = None
    for number, place in enumerate(charts):
        here = chart == number
        u = unknowns[here, : len(place.names)]
        sizes = np.maximum(np.abs(u).max(axis=1, initial=0), 1)
        real = np.abs(u.imag).max(axis=1, initial=0) <= ROUNDED * sizes
        t = place.parameters(np.where(real[:, None], u.real, u))
        if t is None:
            return None
        out = np.zeros((len(chart), t.shape[1]), complex) if out is None else out
        out[here] = t
    return out
