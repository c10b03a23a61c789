"""Which solutions of critical equations are critical points at smooth points of the variety."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edgeom.equations.critical import CriticalEquations
from edgeom.errors import DegenerateDataError
from edgeom.homotopy import digits
from edgeom.varieties.base import Array

__all__ = ["clearly_smooth", "refuse_curves", "smooth_points"]

SMALL = 1e-7  # relative to what it would be without cancellation
ROUNDING = 1e-12  # what is smaller in doubles is 0
VANISHING = 1e-9  # with many digits; equations with rounded coefficients have no exact solutions
CLEARLY = 1e-3  # what is smaller is decided with many digits
ZERO = 1e-35  # what is smaller with many digits is 0


def smooth_points(equations: CriticalEquations, u: Array, p: Array) -> NDArray[np.bool_]:
    """Tell which solutions are smooth points of the variety, seen from the chart.

    The map of the chart has to be an immersion, and a point that solves combinations of more
    equations has to solve each of them.

    Parameters
    ----------
    equations : CriticalEquations
    u : complex array (points, N)
    p : complex array (parameters,)
        Of the system that they solve.
    """
    if not len(u):
        return np.zeros(0, bool)
    good = equations.chart.on_variety(equations.system.lift(u))
    if equations.remainders is not None:
        sizes = np.abs(equations.remainders.arrays(u=u[good])["f"]).max(axis=1, initial=0)
        for i in np.flatnonzero(good)[sizes > ROUNDING]:
            good[i] = _vanish(equations, u[i], p)
    if not equations.has_constraints:
        places = np.flatnonzero(good)
        sizes = _independence(equations, u[good])
        good[places] = sizes > SMALL
        for i in places[sizes <= CLEARLY]:
            good[i] = _is_immersed(equations, u[i], p, bool(good[i]))
    return good


def _vanish(equations: CriticalEquations, u: Array, p: Array) -> bool:
    """Whether the remainders vanish at the solution near u, with many digits."""
    tape = equations.remainders
    with digits.with_digits():
        here = digits.refined(equations.system.jacobian, u, p)
        if here is None or tape is None:
            return False
        return digits.upper(digits.run(tape, u=here[0])["f"]) < VANISHING


def _is_immersed(equations: CriticalEquations, u: Array, p: Array, otherwise: bool) -> bool:
    """Whether the columns of dx are independent at the solution near u, with many digits."""
    from flint import acb_mat

    with digits.with_digits():
        here = digits.refined(equations.system.jacobian, u, p)
        if here is None:
            return otherwise
        out, count = digits.run(equations.geometry, u=here[0]), len(here[0])
        sizes = [max(digits.upper([value]), ZERO) for value in out["x"]]
        rows = [
            [value / size for value in out["dx"][i * count : (i + 1) * count]]
            for i, size in enumerate(sizes)
        ]
        matrix = acb_mat(rows).transpose()
        gram = matrix * matrix.conjugate().transpose()
        return digits.upper([gram.det()]) > ZERO**2


def refuse_curves(equations: CriticalEquations, u: Array) -> None:
    """Raise an error if a singular solution for general data is a smooth point of the variety.

    The critical points of general data are simple: the projection of the pairs of data and smooth
    critical points to the data is unramified over general data. So it is one of a whole curve.

    Raises
    ------
    DegenerateDataError
    """
    if clearly_smooth(equations, u).any():
        raise DegenerateDataError(
            f"the critical equations are singular at general points: for "
            f"{equations.family.name!r} every data point has a positive-dimensional set of "
            "critical points; choose another one"
        )


def clearly_smooth(equations: CriticalEquations, u: Array) -> NDArray[np.bool_]:
    """Tell which unknowns are, in doubles, smooth points of the variety without any doubt."""
    good = np.zeros(len(u), bool)
    if len(u):
        good = equations.chart.on_variety(equations.system.lift(u)) & ~equations.chart.poles(u)
        good[good] = _independence(equations, u[good]) > CLEARLY
    return good


def _independence(equations: CriticalEquations, u: Array) -> NDArray[np.float64]:
    """Return how independent the columns of dx, or the rows of dg, are.

    It is their smallest singular value when they have length 1. A column of dx is zero when
    changing the unknown, by its own size or by 1, does nothing to the point, and a row of dg when
    all terms of the derivatives cancel.
    """
    if not len(u):
        return np.zeros(0)
    u = u[:, : len(equations.chart.names)]
    out = equations.geometry.arrays(u=u)
    if equations.has_constraints:
        dg = out["dg"].reshape(len(u), -1, u.shape[1])
        reach = np.maximum(np.linalg.norm(u, axis=1, keepdims=True), 1)
        floor = reach ** (np.array(equations.chart.degrees or [1]) - 1)
        columns = dg / np.maximum(np.linalg.norm(dg, axis=2), floor)[:, :, None]
    else:
        dx = out["dx"].reshape(len(u), -1, u.shape[1])
        reach = np.maximum(np.linalg.norm(out["x"], axis=1, keepdims=True), 1)
        floor = SMALL * reach / np.maximum(np.abs(u), 1)
        columns = dx / np.maximum(np.linalg.norm(dx, axis=1), floor)[:, None]
    columns[~np.isfinite(columns).all(axis=(1, 2))] = 0  # not known in doubles
    return np.asarray(np.linalg.svd(columns, compute_uv=False)[:, -1])
