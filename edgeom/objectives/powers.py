"""Sums of powers of differences, and weighted sums of squares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from edgeom.errors import InputError, check_size
from edgeom.homotopy.tape import Var
from edgeom.objectives.family import Array, ObjectiveFamily, real_array
from edgeom.scaling import Coordinates

__all__ = ["PowerFamily", "RidgeFamily"]


class PowerFamily(ObjectiveFamily):
    """The functions Σ w_i (x_i - q_i)^p of x, with the data q as parameters.

    Parameters
    ----------
    p : int
        At least 2. Only for an even p there are minima to speak of.
    weights : array, optional
        Of any shape; by default every entry of a point counts once.
    """

    noun = "the power distance"
    homogeneous = True

    def __init__(self, p: int = 4, weights: ArrayLike | None = None) -> None:
        self.p = check_size(p, "p", 2)
        self.weights = None if weights is None else real_array(weights, "weights").ravel()
        if self.weights is not None and not self.weights.all():
            raise InputError("weights of a power distance must not be 0")
        self.dimension = None if self.weights is None else len(self.weights)
        self.name = f"Σ (x - q)^{self.p}" if weights is None else f"Σ w (x - q)^{self.p}"
        positive = self.weights is None or bool((self.weights > 0).all())
        self.convex = self.p % 2 == 0 and positive
        self.indefinite = False

    @property
    def text(self) -> str:
        return f"power:{self.p}"

    def parameter_names(self, n: int) -> tuple[str, ...]:
        return tuple(f"q{i}" for i in range(1, n + 1))

    def on(self, weights: Array) -> ObjectiveFamily:
        if self.weights is not None or np.all(weights == 1):
            return self
        other = PowerFamily(self.p, weights)
        other.name = self.name
        return other

    def _weights(self, n: int) -> list[float]:
        return [1.0] * n if self.weights is None else self.weights.tolist()

    def gradient(self, x: Sequence[Var], theta: Sequence[Var]) -> list[Var]:
        terms = zip(x, theta, self._weights(len(x)), strict=True)
        return [(v - q) ** (self.p - 1) * _short(self.p * w) for v, q, w in terms]

    def values(self, x: Array, theta: Array) -> Array:
        return np.asarray((x - theta) ** self.p @ np.array(self._weights(x.shape[-1])))

    def moved(self, coordinates: Coordinates) -> ObjectiveFamily:
        if any(coordinates.origin):  # differences of data from the origin would be rounded
            return super().moved(coordinates)
        if coordinates.is_identity:
            return self
        scale = coordinates.scale**self.p
        other = PowerFamily(self.p, np.array(self._weights(len(scale))) * scale)
        other.name = self.name
        return other

    def inward(self, theta: Array, coordinates: Coordinates, widening: int = 0) -> Array:
        return theta if any(coordinates.origin) else np.asarray(theta / coordinates.scale)


class RidgeFamily(ObjectiveFamily):
    """The functions Σ λ_i x_i² of x, with the weights λ as parameters."""

    noun = "the ridge penalty"
    name = "Σ λ x²"
    linear = False

    def parameter_names(self, n: int) -> tuple[str, ...]:
        return tuple(f"l{i}" for i in range(1, n + 1))

    def gradient(self, x: Sequence[Var], theta: Sequence[Var]) -> list[Var]:
        return [2 * v * t for v, t in zip(x, theta, strict=True)]

    def values(self, x: Array, theta: Array) -> Array:
        return np.asarray(np.sum(theta * x**2, axis=-1))


def _short(value: float) -> Any:
    """Return an integer where a double is one: exact arithmetic is shorter with it."""
    return int(value) if value.is_integer() else value
