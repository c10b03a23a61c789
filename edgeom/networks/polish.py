"""The critical point next to weights that are nearly one, such as those of a training run.

Training stops early, and in single precision: the gradient is small, not zero. Newton's method for
∇L = 0 goes on from there in double precision. It is damped as by Levenberg and Marquardt: a step is
-H (H² + ν²)⁻¹ ∇L with the Hessian H, so directions along a set of critical points, in which H is
zero, are left alone, and the way to that set is, to first order, the shortest. Unlike descent it
does not leave a saddle.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from edgeom.errors import InputError
from edgeom.networks.arrays import Array, check_tolerance
from edgeom.networks.critical_weights import CriticalWeights
from edgeom.networks.given import is_single_precision, listed_weights

__all__ = ["FAR", "NOT_CRITICAL", "Polished", "polish", "report_on"]

FAR = 0.1  #: part of the norm of weights beyond which a critical point is another one
LEAST, LARGEST = 1e-7, 1e4  # ν, relative to the largest eigenvalue
ROUNDING = 1e-15
STEPS = 200

NOT_CRITICAL = (
    "classify(weights, polish=True), or --polish of edgeom classify, goes to the critical point "
    "next to them first; a larger tolerance takes them for one as they are"
)
NONE_NEAR = (
    f"no critical point was found within {FAR:.0%} of their norm: train longer, or let "
    "descend(network_loss, weights) go on to a minimum"
)


class _Architecture(Protocol):
    def flatten(self, weights: Any) -> Array: ...
    def unflatten(self, vector: ArrayLike) -> list[Array]: ...


class _Loss(Protocol):
    @property
    def network(self) -> _Architecture: ...
    def gradient(self, weights: Any) -> list[Array]: ...
    def hessian(self, weights: Any) -> Array: ...
    def residual(self, weights: Any) -> float: ...


@dataclass(frozen=True, eq=False)
class Polished:
    """Weights at which Newton's method ended.

    Attributes
    ----------
    weights : list of arrays
    moved : float
        Their distance from the start, relative to the norm of the start.
    residual : float
        As in ``residual`` of the loss.
    """

    weights: list[Array]
    moved: float
    residual: float


def polish(network_loss: _Loss, weights: list[Array]) -> Polished:
    """Return the critical point to which Newton's method leads from weights.

    Parameters
    ----------
    network_loss : NetworkLoss
    weights : list of arrays

    Returns
    -------
    Polished
        Its residual says whether a critical point was reached.

    Notes
    -----
    A step is taken if it makes the gradient smaller. See the top of this file.
    """
    network = network_loss.network
    start = position = network.flatten(weights)
    gradient = network.flatten(network_loss.gradient(weights))
    matrices, damping = weights, 1e-3
    for _ in range(STEPS):
        if network_loss.residual(matrices) <= ROUNDING:
            break
        values, vectors = np.linalg.eigh(network_loss.hessian(matrices))
        scale = float(np.abs(values).max()) or 1.0
        turned = vectors.T @ gradient
        while damping <= LARGEST:
            moves = values * turned / (values**2 + (damping * scale) ** 2)
            trial = network.unflatten(position - vectors @ moves)
            slope = _gradient(network_loss, trial)
            if slope is not None and np.linalg.norm(slope) < np.linalg.norm(gradient):
                break
            damping *= 10
        else:
            break
        matrices, gradient = trial, slope
        position = network.flatten(matrices)
        damping = max(damping / 10, LEAST)
    moved = float(np.linalg.norm(position - start)) / (float(np.linalg.norm(start)) or 1.0)
    return Polished(matrices, moved, network_loss.residual(matrices))


def _gradient(network_loss: _Loss, weights: list[Array]) -> Array | None:
    """Return the gradient as a vector, None where the loss is not defined."""
    try:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            found = network_loss.network.flatten(network_loss.gradient(weights))
    except InputError:
        return None
    return found if np.isfinite(found).all() else None


R = TypeVar("R", bound=CriticalWeights)


def report_on(
    network_loss: _Loss,
    weights: Any,
    classify: Callable[[list[Array], float, float], R],
    tolerance: float,
    flat: float,
    polished: bool | None,
    name: str = "weights",
) -> R:
    """Read weights and return the report on them, or on the critical point next to them.

    Parameters
    ----------
    network_loss : NetworkLoss, or that of another network
    weights : list of arrays, mapping, or model
    classify : callable
        From arrays, tolerance and flat to the report on them as they are.
    tolerance, flat, polished
        See :meth:`edgeom.NetworkLoss.classify`. Where there is no critical point near, the report
        is on the weights themselves.
    name : str
        What weights are called in error messages.
    """
    tolerance, flat = check_tolerance(tolerance), check_tolerance(flat)
    layers, network = listed_weights(weights, name), network_loss.network
    arrays = network.unflatten(network.flatten(layers))
    if not (is_single_precision(layers) if polished is None else polished):
        return classify(arrays, tolerance, flat)
    found = polish(network_loss, arrays)
    if found.residual <= tolerance and found.moved <= FAR:
        return replace(classify(found.weights, tolerance, flat), moved=found.moved)
    report = classify(arrays, tolerance, flat)
    return report if report.critical else replace(report, advice=NONE_NEAR)
