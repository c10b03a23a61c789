"""What solutions of critical equations are: points, real or not, with index and distance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.critical.points import CriticalPoints
from edgeom.equations.critical import CriticalEquations
from edgeom.equations.digits import point_near, regular_solution
from edgeom.equations.hessian import NOT_REAL, UNDECIDED, indices, reality
from edgeom.evidence import Evidence
from edgeom.homotopy.precision import doubles
from edgeom.objectives.family import ObjectiveFamily
from edgeom.objectives.metric import Metric
from edgeom.varieties.base import Variety
from edgeom.varieties.placed import Placed

__all__ = ["describe"]

Array = NDArray[Any]
STEEP = 1e-10  # condition of a Hessian, and size of a correction, from which on digits decide
SMALL = 1e-8
STEEP_CHART = 1e5  # relative derivative of a point from which on it is taken with many digits
EQUAL = 1e-14  # relative difference of values that are equal up to rounding
PLACES = 6  # of coordinates, relative to the largest, that tell points of equal value apart
SMALLEST = 1e-6  # size that counts for smaller solutions, in good units


def describe(
    variety: Variety,
    family: ObjectiveFamily,
    data: Array,
    placed: Placed,
    parts: Sequence[tuple[CriticalEquations, Array]],
    expected: int,
    evidence: Evidence,
) -> CriticalPoints:
    """Turn solutions of critical equations into critical points.

    Parameters
    ----------
    variety, family
    data : array (parameters,)
    placed : Placed
        The same in good coordinates, in which the critical equations are.
    parts : sequence of (CriticalEquations, complex array (points, N))
        Distinct solutions, by the chart in which they were found.
    expected : int
        Number of critical points of general data.
    evidence : Evidence

    Raises
    ------
    InputError
        A part has solutions of the wrong shape.
    """
    real_problem = family.is_real and not np.iscomplexobj(data) and variety.is_real
    q, unit = placed.data_inward(data), 2.0**placed.exponent
    columns: list[tuple[Array, ...]] = []
    most = max(len(equations.system.unknowns) for equations, _ in parts)
    for number, (equations, u) in enumerate(parts):
        p = np.broadcast_to(equations.parameters(q), (len(u), len(equations.system.parameters)))
        x = _lifted(equations, u, p)
        index, smallest = np.full(len(u), NOT_REAL), np.full(len(u), np.nan)
        is_real = np.zeros(len(u), bool)
        if real_problem:
            answer = reality(equations, u, p, x)
            is_real = answer > 0
            hessians = indices(equations, u[is_real], p[is_real], placed.coordinates.scale)
            index = np.where(answer == UNDECIDED, UNDECIDED, NOT_REAL)
            index[is_real], smallest[is_real] = hessians.index, unit * hessians.smallest
        residual = _residuals(equations, u, p)
        padded = np.pad(u, ((0, 0), (0, most - u.shape[1])))
        columns.append((x, is_real, index, smallest, residual, padded, np.full(len(u), number)))
    x, is_real, index, smallest, residual, unknowns, chart = (
        np.concatenate(column) for column in zip(*columns, strict=True)
    )
    x = np.where(is_real[:, None], x.real, x)
    value = _values(family, placed, x, is_real, data)
    order = _order(is_real, value, x)
    return CriticalPoints(
        variety=variety,
        family=family,
        data=variety.unflatten(data) if family.like_points else data,
        points=variety.unflatten(placed.outward(x))[order],
        is_real=is_real[order],
        index=index[order],
        smallest_eigenvalue=smallest[order],
        value=value[order],
        residual=residual[order],
        charts=tuple(equations for equations, _ in parts),
        chart=chart[order],
        unknowns=unknowns[order],
        expected=expected,
        evidence=evidence,
        placed=placed,
    )


def _order(is_real: NDArray[np.bool_], value: Array, x: Array) -> NDArray[np.int64]:
    """Return the order of points: real ones first, by value; by coordinates where values are equal.

    Symmetric data have points of equal value, and conjugate ones have it, too, so that rounding
    would decide.
    """
    key = np.where(is_real, value.real, np.abs(value))
    order = np.lexsort((key, ~is_real))
    with np.errstate(invalid="ignore"):  # of infinite values
        new = np.diff(key[order]) > EQUAL * np.abs(key[order][1:])
    group = np.zeros(len(x), int)
    group[order[1:]] = np.cumsum(new | (np.diff(is_real[order].astype(int)) != 0))
    columns = np.hstack([x.real, x.imag]) / max(float(np.abs(x).max(initial=0)), 1e-300)
    return np.lexsort((*np.round(columns, PLACES).T[::-1], group))


def _lifted(equations: CriticalEquations, u: Array, p: Array) -> Array:
    """Return the points of solutions, with many digits where rounded unknowns do not tell them.

    Near a pole of the chart the last digits of the unknowns are the first ones of the point.
    """
    x = equations.system.lift(u)
    if equations.has_constraints or not u.size:
        return x
    count = len(equations.chart.names)
    slopes = equations.geometry.arrays(u=u[:, :count])["dx"].reshape(len(u), -1, count)
    with np.errstate(all="ignore"):
        growth = np.abs(slopes * u[:, None, :count]).sum(axis=2).max(axis=1)
        steep = ~(growth < STEEP_CHART * np.abs(x).max(axis=1))
    for i in np.flatnonzero(steep & np.abs(x).any(axis=1)):
        sharp = point_near(equations, u[i], p[i])
        if sharp is not None:
            x[i] = doubles(sharp)
    return x


def _values(
    family: ObjectiveFamily, placed: Placed, x: Array, is_real: NDArray[np.bool_], data: Array
) -> Array:
    """Return the objective at points in good coordinates; at real points it is real."""
    if isinstance(family, Metric):
        gap = x - placed.data_inward(data)
        return np.asarray(
            2.0**placed.exponent * np.einsum("pi,ij,pj->p", gap, placed.metric.matrix, gap)
        )
    points = placed.outward(x)
    values = np.zeros(len(x), complex)
    with np.errstate(all="ignore"):
        values[is_real] = family.values(points[is_real].real, data)
        values[~is_real] = family.values(points[~is_real], data)
    return values


def _residuals(equations: CriticalEquations, u: Array, p: Array) -> NDArray[np.float64]:
    """Return the relative size of a Newton correction at each solution.

    Where the Hessian is nearly singular it is the distance of the solution that Newton's method
    leads to with many digits, and infinite where there is no regular one.
    """
    if not u.size:
        return np.zeros(len(u))
    values, jacobians = equations.system.evaluate(u, p)
    size = np.maximum(np.linalg.norm(u, axis=1), SMALLEST)
    with np.errstate(all="ignore"):
        singular = np.linalg.svd(jacobians, compute_uv=False)
        steps = (np.linalg.pinv(jacobians, rcond=1e-15) @ values[:, :, None])[:, :, 0]
        residual = np.linalg.norm(steps, axis=1) / size
    safe = (singular[:, -1] > STEEP * singular[:, 0]) & (residual < SMALL)
    for i in np.flatnonzero(~safe):
        sharp = regular_solution(equations, u[i], p[i])
        residual[i] = np.inf if sharp is None else np.linalg.norm(sharp - u[i]) / size[i]
    return np.asarray(residual)
