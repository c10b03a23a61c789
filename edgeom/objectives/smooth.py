"""Objectives given by functions with their derivatives."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from edgeom.errors import InputError, check_sizes, keywords_checked
from edgeom.objectives.base import Array, Objective
from edgeom.plain import one_line

__all__ = ["SmoothLoss"]

ROUNDING = 1e-7  # size of derivatives relative to values that count as zero


class SmoothLoss(Objective):
    """A loss given by functions, checked once against finite differences.

    Given weights of a network can be classified with it. A function that is not algebraic has no
    finite number of critical points to be counted: there is no critical problem of it.

    Parameters
    ----------
    value, gradient, hessian : callables
        They take a matrix (rows, cols) and return a number, an array (rows, cols) and a symmetric
        array (n, n) in the n entries row by row. Without a gradient the value has to be written
        with ``jax.numpy``, and jax (``edgeom[jax]``) makes both derivatives; with a gradient and no
        Hessian, that is found by differences of the gradient, of sixth order and by two steps.
    shape : (int, int)
    convex : bool, optional
        What is known about convexity. It is not checked.
    at : array (rows, cols), optional
        The derivatives are checked at three random points about this one; by default about 0.
        They are independent normal with standard deviation 1.
    invariance : (array (rows, k), array (cols, l)), optional
        Columns a and b for which a vᵀ and u bᵀ can be added to matrices without a change, as a = 1
        for softmax; checked there, too. Types of critical points are decided modulo these.
    name : str

    Attributes
    ----------
    derivatives : str
        Where they come from: "given", "jax" or "differences of the gradient".

    Raises
    ------
    InputError
        A derivative is not that of the function before it, or has the wrong shape; or jax is
        needed and not installed, or cannot follow the function.

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
        gradient: Callable[[Array], Any] | None = None,
        hessian: Callable[[Array], Any] | None = None,
        shape: tuple[int, int] | None = None,
        *,
        convex: bool | None = None,
        at: ArrayLike | None = None,
        invariance: tuple[ArrayLike, ArrayLike] | None = None,
        name: str = "smooth loss",
    ) -> None:
        if shape is None:
            raise InputError("SmoothLoss needs the shape of its matrices: shape=(rows, cols)")
        sizes = check_sizes(shape, "shape")
        if len(sizes) != 2:
            raise InputError(f"shape must be (rows, cols), got {shape!r}")
        self.shape = (sizes[0], sizes[1])
        self.name, self.convex = name, convex
        self.derivatives = "given"
        if gradient is None:
            value, gradient, hessian = _by_jax(value, self.shape)
            self.derivatives = "jax"
        elif hessian is None:
            self.derivatives = "differences of the gradient"
        self._value, self._gradient, self._hessian = value, gradient, hessian
        self._invariance = self._declared(invariance)
        centre = np.zeros(self.shape) if at is None else self.check(at)
        rng = np.random.default_rng(0)
        for _ in range(3):
            self._check_derivatives(centre + rng.normal(size=self.shape), rng)

    def _declared(self, given: tuple[ArrayLike, ArrayLike] | None) -> tuple[Array, Array]:
        """Return orthonormal bases of what the loss is said to be invariant under."""
        if given is None:
            return super().invariance()
        frames = [
            np.asarray(frame, float).reshape(n, -1)
            for frame, n in zip(given, self.shape, strict=True)
        ]
        left, right = (np.linalg.qr(frame)[0] for frame in frames)
        return left, right

    def invariance(self) -> tuple[Array, Array]:
        return self._invariance

    def value(self, point: ArrayLike) -> float:
        return float(self._numbers(self._value, point, "value", ()))

    def gradient(self, point: ArrayLike) -> Array:
        return self._numbers(self._gradient, point, "gradient", self.shape)

    def hessian(self, point: ArrayLike) -> Array:
        n = self.shape[0] * self.shape[1]
        if self._hessian is None:
            return self._by_differences(self.check(point))
        return self._numbers(self._hessian, point, "hessian", (n, n))

    def _by_differences(self, matrix: Array) -> Array:
        """Return the Hessian by differences of the gradient, of two steps the one that agrees.

        In each direction the derivatives by steps h and h/2 are compared with those by h/4, and
        the step with the smallest change is taken: the larger one suffers from higher derivatives,
        the smaller one from rounding.
        """
        size = max(1.0, float(np.abs(matrix).max()))
        columns = []
        for unit in np.eye(matrix.size):
            direction = unit.reshape(self.shape)
            found = [
                _slope(self.gradient, matrix, direction, size * h).ravel()
                for h in (4e-2, 1e-2, 2.5e-3, 6e-4)
            ]
            changes = [np.linalg.norm(b - a) for a, b in pairwise(found)]
            columns.append(found[int(np.argmin(changes)) + 1])
        rows = np.array(columns)
        return np.asarray((rows + rows.T) / 2)

    def __repr__(self) -> str:
        said = "" if self.derivatives == "given" else f", derivatives: {self.derivatives}"
        return f"{type(self).__name__}({self.name}, shape={self.shape}{said})"

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
        left, right = self._invariance
        size = float(np.linalg.norm(gradient)) + ROUNDING * abs(value)
        if (
            max(np.abs(left.T @ gradient).max(initial=0), np.abs(gradient @ right).max(initial=0))
            > 1e-7 * size
        ):
            raise InputError("the loss changes in directions of its invariance")

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


def _slope(
    function: Callable[[ArrayLike], Any], matrix: Array, direction: Array, h: float = 5e-3
) -> Array:
    """Return the derivative in a direction by differences of sixth order with step h."""
    total = np.zeros(())
    for k, weight in ((1, 45), (2, -9), (3, 1)):
        ahead, behind = function(matrix + k * h * direction), function(matrix - k * h * direction)
        total = total + weight * (np.asarray(ahead) - behind)
    return np.asarray(total / (60 * h))


def _by_jax(
    value: Callable[[Any], Any], shape: tuple[int, int]
) -> tuple[Callable[[Array], Any], Callable[[Array], Any], Callable[[Array], Any]]:
    """Return the value and its derivatives, made by jax in double precision.

    Raises
    ------
    InputError
        Jax is not installed, or cannot follow the function.
    """
    try:
        import jax
    except ImportError:
        raise InputError(
            "SmoothLoss without a gradient needs jax, which is not installed: give the gradient, "
            'or run pip install "edgeom[jax]" and write the value with jax.numpy'
        ) from None
    n = shape[0] * shape[1]
    functions = [jax.jit(made(value)) for made in (lambda f: f, jax.grad, jax.hessian)]

    def in_doubles(function: Callable[[Any], Any], size: tuple[int, ...]) -> Callable[[Array], Any]:
        def call(matrix: Array) -> Any:
            with jax.enable_x64(True):
                return np.asarray(function(matrix), float).reshape(size)

        return call

    sizes: tuple[tuple[int, ...], ...] = ((), shape, (n, n))
    made = [in_doubles(f, size) for f, size in zip(functions, sizes, strict=True)]
    try:
        made[2](np.zeros(shape))
    except Exception as error:
        raise InputError(
            "jax cannot follow this function, which has to be written with jax.numpy: "
            f"{one_line(str(error)):.200}"
        ) from None
    return made[0], made[1], made[2]
