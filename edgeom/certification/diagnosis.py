"""Why there is no proof of a point: numerical evidence, in doubles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.equations.critical import CriticalEquations

__all__ = ["NEAR", "diagnosis", "is_near_solution"]

Array = NDArray[Any]
NEAR = 1e-3  # a solution farther than this from what was handed in, relatively, is another one


def diagnosis(equations: CriticalEquations, u: Array, p: Array) -> str:
    """Say why there is no proof.

    Parameters
    ----------
    equations : CriticalEquations
    u : complex array (N,)
        Unknowns.
    p : array (parameters,)

    Returns
    -------
    str
        "singular", "positive-dimensional", "not a solution"; or "undecided", also where doubles
        overflow or underflow.
    """
    evaluate: Callable[..., tuple[Array, Array]] = equations.system.evaluate
    if not all(np.isfinite(values).all() for values in evaluate(u[None], p)):
        return "undecided"
    there, jacobian = _flow(evaluate, u, p)
    if not np.isfinite(jacobian).all() or np.linalg.norm(there - u) > NEAR * _size(u):
        return "not a solution"
    sizes = np.where(there != 0, np.abs(there), _size(there))
    scaled = jacobian * sizes * sizes[:, None] + np.where(jacobian != 0, 1e-300, 0)
    if not (_is_flat(jacobian) and _is_flat(scaled)):
        return "undecided"
    right = np.linalg.svd(jacobian)[2]
    away, there_jacobian = _flow(evaluate, there + NEAR * _size(u) * right[-1].conj(), p)
    if not np.isfinite(there_jacobian).all():
        return "singular"
    moved = np.linalg.norm(away - there) > 0.5 * NEAR * _size(u)
    return "positive-dimensional" if moved and _is_flat(there_jacobian) else "singular"


def is_near_solution(equations: CriticalEquations, u: Array, p: Array) -> bool:
    """Whether the equations have a solution near unknowns, as far as doubles can tell."""
    if not np.isfinite(u).all():
        return False
    with np.errstate(all="ignore"):
        return diagnosis(equations, u, p) != "not a solution"


def _is_flat(jacobian: Array) -> bool:
    """Whether a matrix is singular, nearly; not said of one that over- or underflowed."""
    entries = np.abs(jacobian)
    if not np.isfinite(entries).all() or np.any((entries > 0) & (entries < 1e-280)):
        return False
    values = np.linalg.svd(jacobian, compute_uv=False)
    return bool(values[-1] <= 1e-6 * values[0])


def _size(u: Array) -> float:
    return float(np.linalg.norm(u)) or 1.0


def _flow(evaluate: Callable[..., tuple[Array, Array]], u: Array, p: Array) -> tuple[Array, Array]:
    """Follow Gauss-Newton steps; return where they end and the Jacobian there, NaN if nowhere."""
    value, jacobian = (a[0] for a in evaluate(u[None], p))
    for _ in range(50):
        step = np.linalg.pinv(jacobian, rcond=1e-10) @ value
        u = u - step
        value, jacobian = (a[0] for a in evaluate(u[None], p))
        if not (np.isfinite(value).all() and np.isfinite(jacobian).all()):
            return u, np.full(jacobian.shape, np.nan)
        if np.linalg.norm(step) <= 1e-12 * _size(u):
            return u, jacobian
    good = np.linalg.norm(value) <= 1e-9 * np.linalg.norm(jacobian) * _size(u)
    return u, jacobian if good else np.full(jacobian.shape, np.nan)
