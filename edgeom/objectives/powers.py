"""Sums of powers of differences, and weighted sums of squares."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from edgeom.errors import InputError, check_size, check_sizes, keywords_checked
from edgeom.homotopy.tape import Var
from edgeom.objectives.base import AlgebraicObjective
from edgeom.objectives.family import Array, ObjectiveFamily, is_multiple, real_array, with_weights
from edgeom.scaling import Coordinates

__all__ = ["PowerDistance", "PowerFamily", "Ridge", "RidgeFamily", "ridge"]


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

    def __init__(self, p: int = 4, weights: ArrayLike | None = None) -> None:
        self.p = check_size(p, "p", 2)
        self.weights = None if weights is None else real_array(weights, "weights").ravel()
        if self.weights is not None and not self.weights.all():
            raise InputError("weights of a power distance must not be 0")
        self.given = self.weights  #: those that were asked for
        self.dimension = None if self.weights is None else len(self.weights)
        self.name = f"Σ (x - q)^{self.p}" if weights is None else f"Σ w (x - q)^{self.p}"
        positive = self.weights is None or bool((self.weights > 0).all())
        self.convex = self.coercive = self.p % 2 == 0 and positive
        self.homogeneity = self.degree = self.p
        self.indefinite = False

    @property
    def words(self) -> str | None:
        return with_weights(f"power:{self.p}", self.given)

    @property
    def key(self) -> Hashable | None:
        return self.p, None if self.weights is None else tuple(self.weights.tolist())

    def parameter_names(self, n: int) -> tuple[str, ...]:
        return tuple(f"q{i}" for i in range(1, n + 1))

    def on(self, weights: Array) -> ObjectiveFamily:
        if self.weights is not None or np.all(weights == 1):
            return self
        other = PowerFamily(self.p, weights)
        other.name, other.given = self.name, None
        return other

    def _weights(self, n: int) -> list[float]:
        return [1.0] * n if self.weights is None else self.weights.tolist()

    def weighs_like(self, weights: Array) -> bool:
        """Whether its weights are a multiple of these, exactly."""
        return is_multiple(self._weights(len(weights)), weights)

    def gradient(self, x: Sequence[Var], theta: Sequence[Var]) -> list[Var]:
        terms = zip(x, theta, self._weights(len(x)), strict=True)
        return [(v - q) ** (self.p - 1) * _short(self.p * w) for v, q, w in terms]

    def values(self, x: Array, theta: Array) -> Array:
        return np.asarray((x - theta) ** self.p @ np.array(self._weights(x.shape[-1])))

    def moved(self, coordinates: Coordinates) -> ObjectiveFamily:
        if coordinates.is_identity:
            return self
        scale = coordinates.scale**self.p
        other = PowerFamily(self.p, np.array(self._weights(len(scale))) * scale)
        other.name = self.name
        return other

    def inward(self, theta: Array, coordinates: Coordinates, widening: int = 0) -> Array:
        return np.asarray(coordinates.inward(theta))

    def rounding(self, theta: Array, coordinates: Coordinates) -> Array:
        return np.abs(theta) * (2.0**-52 if any(coordinates.origin) else 0.0)


class RidgeFamily(ObjectiveFamily):
    """The functions Σ λ_i x_i² of x, with the weights λ as parameters."""

    noun = "the ridge penalty"
    name = "Σ λ x²"
    degree = 2
    words = "ridge"

    def parameter_names(self, n: int) -> tuple[str, ...]:
        return tuple(f"l{i}" for i in range(1, n + 1))

    def gradient(self, x: Sequence[Var], theta: Sequence[Var]) -> list[Var]:
        return [2 * v * t for v, t in zip(x, theta, strict=True)]

    def values(self, x: Array, theta: Array) -> Array:
        return np.asarray(np.sum(theta * x**2, axis=-1))


class PowerDistance(AlgebraicObjective):
    """The objective Σ w_i (x_i - q_i)^p for an even p, a convex one.

    Parameters
    ----------
    data : array
        Q, of the shape of the points.
    p : int
        Even and at least 2; for p = 2 it is a squared distance.
    weights : array, optional
        Positive, of the shape of the points; by default every entry counts once.

    Raises
    ------
    InputError
        The data is not a finite real array, the power is odd or too small, or the weights do not
        fit.

    Examples
    --------
    >>> PowerDistance([[1, 0]], 4).value([[3, 1]])
    17.0
    """

    @keywords_checked
    def __init__(self, data: ArrayLike, p: int = 4, weights: ArrayLike | None = None) -> None:
        self.data = real_array(data, "the data")
        self.family = self.law(p, weights)
        self.p = self.family.p
        self.weights = np.ones(self.data.shape)
        if weights is not None:
            self.weights = real_array(weights, "weights")
            if self.weights.shape != self.data.shape:
                raise InputError(
                    f"weights must have the shape {self.data.shape} of the data, got "
                    f"{self.weights.shape}"
                )
        self.shape, self.name = self.data.shape, self.family.name
        self.convex = self.family.convex
        self.minima_are_global = self.p == 2 and weights is None

    @classmethod
    def law(cls, p: int = 4, weights: ArrayLike | None = None) -> PowerFamily:
        """Return the family of these objectives, with standard normal data.

        Raises
        ------
        InputError
            The power is odd or too small, or a weight is not positive.
        """
        family = PowerFamily(p, weights)
        if family.p % 2:
            raise InputError(f"p must be even for a smooth convex objective, got {p}")
        if family.weights is not None and not family.convex:
            raise InputError("weights of a power distance must be positive")
        return family

    def gradient(self, point: ArrayLike) -> Array:
        p = self.p
        return np.asarray(p * self.weights * (self.check(point) - self.data) ** (p - 1))

    def hessian(self, point: ArrayLike) -> Array:
        p, gap = self.p, self.check(point) - self.data
        return np.diag((p * (p - 1) * self.weights * gap ** (p - 2)).ravel())

    def gradient_size(self, point: ArrayLike) -> float:
        """Return `‖p w (|x| + |q|)^(p-1)‖`, entry by entry."""
        terms = np.abs(self.check(point)) + np.abs(self.data)
        return float(np.linalg.norm(self.p * self.weights * terms ** (self.p - 1)))

    def least_value(self, rank: int) -> float | None:
        """Return Σ σ_i² over i > rank for matrices and p = 2 (Eckart and Young)."""
        if not self.minima_are_global or self.data.ndim != 2:
            return None
        values = np.linalg.svd(self.data, compute_uv=False)
        return float(np.sum(values[rank:] ** 2))


class Ridge(AlgebraicObjective):
    """The penalty Σ λ_i x_i², see :func:`ridge`."""

    def __init__(self, data: ArrayLike) -> None:
        self.data = real_array(data, "the weights of the penalty")
        self.family, self.shape, self.name = RidgeFamily(), self.data.shape, RidgeFamily.name
        self.convex = bool((self.data >= 0).all())

    @classmethod
    def law(cls) -> RidgeFamily:
        return RidgeFamily()


def ridge(weights: ArrayLike, *, shape: int | Sequence[int] | None = None) -> Ridge:
    """Return the penalty Σ λ_i x_i².

    Parameters
    ----------
    weights : array, or a number
        λ, of the shape of the points; the same for all entries if it is a number.
    shape : tuple of int, optional
        Of the points, where λ is a number.

    Examples
    --------
    >>> ridge([1, 4]).value([1, 1]), ridge(0.5, shape=(2, 2)).value([[1, 1], [1, 1]])
    (5.0, 2.0)
    """
    values = real_array(weights, "the weights of the penalty")
    if shape is None:
        return Ridge(values)
    sizes = check_sizes([shape] if isinstance(shape, int) else shape, "shape")
    if values.size != 1:
        raise InputError("shape is for one number as the weight of all entries")
    return Ridge(np.full(tuple(sizes), values.item()))


def _short(value: float) -> Any:
    """Return an integer where a double is one: exact arithmetic is shorter with it."""
    return int(value) if value.is_integer() else value
