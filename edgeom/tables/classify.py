"""Sorting out the critical points of many samples: the columns of a table."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.equations.critical import CriticalEquations
from edgeom.equations.hessian import UNDECIDED, indices, reality

__all__ = ["classify"]

Array = NDArray[Any]


def classify(
    charts: list[CriticalEquations],
    chart: Array,
    unknowns: Array,
    points: Array,
    parameters: Array,
    dimension: int,
) -> dict[str, Array]:
    """Return the columns of a block of samples that describe its real points.

    Parameters
    ----------
    charts : list of CriticalEquations
    chart : integer array (samples, points)
        The chart in which each point was found.
    unknowns : complex array (samples, points, N)
    points : complex array (samples, points, n)
        NaN where a point is missing.
    parameters : array (samples, parameters)
        Those with which the unknowns solve the critical equations.
    dimension : int
        Of the variety.

    Returns
    -------
    dict
        Columns of a block, and "is_real" and "is_minimum" (samples, points).
    """
    samples, count = points.shape[:2]
    real = np.zeros((samples, count), bool)
    undecided = np.zeros(samples, int)
    by_index = np.zeros((samples, dimension + 1), int)
    minimum = np.zeros((samples, count), bool)
    smallest = np.full(samples, np.inf)
    for number, equations in enumerate(charts):
        g, k = np.nonzero((chart == number) & ~np.isnan(points[:, :, 0]))
        answers = reality(equations, unknowns[g, k], parameters[g], points[g, k])
        np.add.at(undecided, g[answers == UNDECIDED], 1)
        g, k = g[answers > 0], k[answers > 0]
        if not len(g):
            continue
        real[g, k] = True
        hessians = indices(equations, unknowns[g, k], parameters[g])
        np.minimum.at(smallest, g, hessians.flatness)
        index = hessians.index
        np.add.at(undecided, g[index < 0], 1)
        inside = equations.family.defined(points[g, k].real)
        minimum[g, k] = (index == 0) & inside
        np.add.at(by_index, (g[index >= 0], index[index >= 0]), 1)
    unpaired = (count - real.sum(axis=1)) % 2 == 1  # the others should be pairs of conjugates
    whole = ~np.isnan(points[:, :, 0]).any(axis=1)
    undecided[unpaired & whole & (undecided == 0)] = 1
    with np.errstate(invalid="ignore"):  # the origin is real
        imaginary = np.linalg.norm(points.imag, axis=2) / np.linalg.norm(points, axis=2)
    return {
        "real": real.sum(axis=1),
        "minima": minimum.sum(axis=1),
        "undecided": undecided,
        "by_index": by_index,
        "smallest_eigenvalue": smallest,
        "margin": np.fmin.reduce(np.where(real, np.inf, imaginary), axis=1),
        "is_real": real,
        "is_minimum": minimum,
    }
