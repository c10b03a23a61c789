"""Objectives given by functions with their derivatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from edgeom.errors import InputError, check_sizes, keywords_checked
from edgeom.objectives.base import Array, Objective

__all__ = ["SmoothLoss"]


class SmoothLoss(Objective):
    """A loss given by functions, checked once against finite differences.

    Given weights of a network can be classified with it. A function that is not algebraic has no
    finite number of critical points to be counted: there is no critical problem of it.

    Parameters
    ----------
    value, gradient, hessian : callables
        They take a matrix (rows, cols) and return a number, an array (rows, cols) and a symmetric
        array (n, n) in the n entries row by row.
    shape : (int, int)
    convex : bool, optional
        What is known about convexity. It is not checked.
    at : array (rows, cols), optional
        The derivatives are checked at three random points about this one; by default about 0.
        They are independent normal with standard deviation 1.
    name : str

    Raises
    ------
    InputError
        A derivative is not that of the function before it, or has the wrong shape.

    Examples
    --------
    >>> import numpy as np
    >>> loss = SmoothLoss(
    ...     lambda M: np.log(np.cosh(M)).sum(),
    ...     np.tanh,
    ...     lambda M: np.diag(1 / np.cosh(M.ravel()) ** 2),
    ...     shape=(2, 2),
    ...     convex=True,
    ... )
    >>> loss.gradient(np.zeros((2, 2)))
    array([[0., 0.],
           [0., 0.]])
    """

    @keywords_checked
    def __init__(
        self,
        value: Callable[[Array], Any],
        gradient: Callable[[Array], Any],
        hessian: Callable[[Array], Any],
        shape: tuple[int, int],
        *,
        convex: bool | None = None,
        at: ArrayLike | None = None,
        name: str = "smooth loss",
    ) -> None:
        sizes = check_sizes(shape, "shape")
        if len(sizes) != 2:
            raise InputError(f"shape must be (rows, cols), got {shape!r}")
        self.shape = (sizes[0], sizes[1])
        self.name, self.convex = name, convex
        self._value, self._gradient, self._hessian = value, gradient, hessian
        centre = np.zeros(self.shape) if at is None else self.check(at)
        rng = np.random.default_rng(0)
        for _ in range(3):
            self._check_derivatives(centre + rng.normal(size=self.shape), rng)

    def value(self, point: ArrayLike) -> float:
        return float(self._numbers(self._value, point, "value", ()))

    def gradient(self, point: ArrayLike) -> Array:
        return self._numbers(self._gradient, point, "gradient", self.shape)

    def hessian(self, point: ArrayLike) -> Array:
        n = self.shape[0] * self.shape[1]
        return self._numbers(self._hessian, point, "hessian", (n, n))

    def _numbers(
        self,
        function: Callable[[Array], Any],
        matrix: ArrayLike,
        what: str,
        shape: tuple[int, ...],
    ) -> Array:
        found = np.asarray(function(self.check(matrix)), float)
        if found.shape != shape or not np.isfinite(found).all():
            raise InputError(
                f"the {what} of a loss on matrices of shape {self.shape} must be finite and of "
                f"shape {shape}, got {found!r:.80}"
            )
        return found

    def _check_derivatives(self, matrix: Array, rng: np.random.Generator) -> None:
        direction = rng.normal(size=self.shape)
        value, gradient, hessian = self.value(matrix), self.gradient(matrix), self.hessian(matrix)
        if np.abs(hessian - hessian.T).max() > 1e-8 * np.abs(hessian).max():
            raise InputError("the hessian must be a symmetric array")
        slope = np.asarray(np.sum(gradient * direction))
        self._compare("gradient", _slope(self.value, matrix, direction), slope, abs(value))
        turn = (hessian @ direction.ravel()).reshape(self.shape)
        found = _slope(self.gradient, matrix, direction)
        self._compare("hessian", found, turn, float(np.linalg.norm(gradient)))

    @staticmethod
    def _compare(what: str, found: Array, claimed: Array, size: float) -> None:
        """Raise an error unless a derivative is that of finite differences of numbers of a size."""
        gap, slope = float(np.linalg.norm(found - claimed)), float(np.linalg.norm(found))
        if gap > 1e-5 * slope + 1e-7 * size:
            function = {"gradient": "value", "hessian": "gradient"}[what]
            raise InputError(
                f"the {what} is not the derivative of the {function}: in a random direction it "
                f"differs from finite differences, of size {slope:.3g}, by {gap:.3g}"
            )


def _slope(function: Callable[[ArrayLike], Any], matrix: Array, direction: Array) -> Array:
    """Return the derivative in a direction by differences of fourth order."""
    h = 1e-3
    near = np.asarray(function(matrix + h * direction)) - function(matrix - h * direction)
    far = np.asarray(function(matrix + 2 * h * direction)) - function(matrix - 2 * h * direction)
    return np.asarray((8 * near - far) / (12 * h))
