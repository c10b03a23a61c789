"""Real weights of a given function, by least squares from random starts."""

from __future__ import annotations

import numpy as np

from edgeom.networks.arrays import Array
from edgeom.networks.polynomial.architecture import PolynomialArchitecture

__all__ = ["fitted_weights"]

STARTS = 10
STEPS = 100


def fitted_weights(
    network: PolynomialArchitecture, target: Array, seed: int, tolerance: float
) -> list[Array] | None:
    """Return weights whose coefficients are the target's, if Levenberg-Marquardt finds some.

    Parameters
    ----------
    network : PolynomialArchitecture
    target : array (coefficients,)
    seed : int
    tolerance : float
        Largest distance, relative to the target.
    """
    rng = np.random.default_rng(seed)
    size = float(np.linalg.norm(target))
    if not size:
        return network.unflatten(np.zeros(network.parameter_count))
    for _ in range(STARTS):
        u = _descended(network, target / size, rng.normal(size=network.parameter_count), tolerance)
        if u is not None:
            matrices = network.unflatten(u)
            matrices[-1] = matrices[-1] * size
            return matrices
    return None


def _descended(
    network: PolynomialArchitecture, target: Array, u: Array, tolerance: float
) -> Array | None:
    damping, identity = 1.0, np.eye(len(u))
    value, slopes = _at(network, u)
    for _ in range(STEPS):
        gap = target - value
        distance = np.linalg.norm(gap)
        if distance <= tolerance:
            return u
        rows = np.vstack([slopes, np.sqrt(damping) * identity])
        step = np.linalg.lstsq(rows, np.concatenate([gap, np.zeros(len(u))]), rcond=None)[0]
        other, other_slopes = _at(network, u + step)
        if np.linalg.norm(target - other) < distance:
            u, value, slopes = u + step, other, other_slopes
            damping = max(damping / 8, 1e-12)
        elif damping < 1e12:
            damping *= 8
        else:
            return None
    return None


def _at(network: PolynomialArchitecture, u: Array) -> tuple[Array, Array]:
    out = network.geometry.arrays(u=u[None])
    return out["x"][0], out["dx"][0].reshape(-1, len(u))
