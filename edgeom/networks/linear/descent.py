"""Descent on the loss of a network, by damped Newton steps that do not increase it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from edgeom.errors import InputError, check_size, keywords_checked
from edgeom.networks.arrays import Array, Weights, check_tolerance, check_type
from edgeom.networks.convolutional.loss import ConvolutionalNetworkLoss
from edgeom.networks.linear.classification import NetworkLoss

__all__ = ["Descent", "descend"]

LEAST, LARGEST = 1e-10, 1e10  # damping, relative to the largest eigenvalue
ROUNDING = 1e-15  # a residual that cannot be improved


@dataclass(frozen=True, eq=False)
class Descent:
    """Where a descent ended.

    Attributes
    ----------
    weights : list of arrays
    value : float
        L at the end.
    residual : float
        As in :meth:`NetworkLoss.residual`.
    steps : int
        Number of steps that were taken.
    converged : bool
        Whether the residual is below the tolerance.
    """

    weights: list[Array]
    value: float
    residual: float
    steps: int
    converged: bool

    def __str__(self) -> str:
        end = "converged" if self.converged else "not converged"
        return (
            f"descent, {end}: loss {self.value:.6g}, residual {self.residual:.0e}, "
            f"{self.steps} steps"
        )

    __repr__ = __str__


@keywords_checked
def descend(
    network_loss: NetworkLoss | ConvolutionalNetworkLoss,
    weights: Weights,
    *,
    tolerance: float = 1e-10,
    steps: int = 1000,
) -> Descent:
    """Go down from weights until rounding hides any further decrease.

    Parameters
    ----------
    network_loss : NetworkLoss
    weights : list of arrays
        The start.
    tolerance : float
        Residual up to which the end is a critical point.
    steps : int
        Largest number of steps.

    Raises
    ------
    InputError
        The weights do not fit, or an option is out of range.

    Notes
    -----
    A step is -(|H| + νI)⁻¹ ∇L with |H| the Hessian, its eigenvalues replaced by their absolute
    values, so that saddles repel. A step that does not decrease L enough, or that leads to where L
    is not finite, is shortened by raising ν.
    Directions along the fibre, in which the gradient vanishes, are left alone.

    Examples
    --------
    >>> import numpy as np
    >>> from edgeom.networks.linear.network import LinearNetwork
    >>> from edgeom.objectives.distances import SquaredDistance
    >>> loss = NetworkLoss(LinearNetwork([2, 1, 2]), SquaredDistance(np.diag([2.0, 1.0])))
    >>> end = descend(loss, loss.network.random_weights(seed=1))
    >>> end.converged, round(end.value, 12)
    (True, 1.0)
    """
    tolerance, steps = check_tolerance(tolerance), check_size(steps, "steps", 0)
    if not isinstance(network_loss, NetworkLoss | ConvolutionalNetworkLoss):
        check_type(network_loss, NetworkLoss, "network_loss")
    network: Any = network_loss.network
    matrices = network.unflatten(network.flatten(weights))
    value, damping = network_loss.value(matrices), 1.0
    taken = 0
    while taken < steps and network_loss.residual(matrices) > ROUNDING:
        gradient = network.flatten(network_loss.gradient(matrices))
        values, vectors = np.linalg.eigh(network_loss.hessian(matrices))
        largest = float(np.abs(values).max()) or 1.0
        turned = vectors.T @ gradient
        position = network.flatten(matrices)
        while damping <= LARGEST:
            moves = turned / (np.abs(values) + damping * largest)
            trial = network.unflatten(position - vectors @ moves)
            lower = _value(network_loss, trial)
            if value - lower >= 1e-4 * float(moves @ turned):
                break
            if abs(value - lower) <= ROUNDING * 10 * abs(value):  # then the gradient decides
                size = np.linalg.norm(network.flatten(network_loss.gradient(trial)))
                if size < 0.5 * np.linalg.norm(gradient):
                    break
            damping *= 4
        else:
            break
        matrices, value = trial, lower
        damping = max(damping / 8, LEAST)
        taken += 1
    residual = network_loss.residual(matrices)
    return Descent(matrices, value, residual, taken, residual <= tolerance)


def _value(network_loss: NetworkLoss | ConvolutionalNetworkLoss, weights: list[Array]) -> float:
    """Return L, infinite where it overflows."""
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            return network_loss.value(weights)
    except InputError:
        return np.inf
