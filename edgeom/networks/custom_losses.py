"""Losses that are given: polynomials in the entries of M, and functions with their derivatives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from edgeom.errors import InputError, check_sizes, keywords_checked
from edgeom.networks.arrays import Array
from edgeom.networks.losses import Loss
from edgeom.varieties.polynomials import Polynomials

__all__ = ["PolynomialLoss", "SmoothLoss"]


class PolynomialLoss(Loss):
    """A polynomial in the entries of M.

    Parameters
    ----------
    expression : sympy expression or str
        Text is read by :mod:`edgeom.text`, and never evaluated.
    entries : matrix of sympy symbols, or a list of lists of symbols or names
        The entry of M that each stands for, see :meth:`symbols`.
    convex : bool, optional
        What is known about convexity. By default it is found out as far as possible: exactly for
        degree at most 2; a polynomial of odd degree above 2 is not convex; for a higher even
        degree a random point at which the Hessian has a negative eigenvalue is looked for, and
        without one `convex` is None, not True.

    Raises
    ------
    InputError
        It is not a real polynomial in the entries, or it is said to be convex and is not.

    Examples
    --------
    >>> m = PolynomialLoss.symbols(1, 2)
    >>> loss = PolynomialLoss(m[0, 0] ** 4 + (m[0, 1] - 1) ** 2, m)
    >>> loss.value([[2, 0]]), loss.gradient([[2, 0]]), loss.convex
    (17.0, array([[32., -2.]]), None)
    >>> PolynomialLoss("a^2 - b^2", [["a", "b"]]).convex
    False
    """

    SAMPLES = 200  #: random points at which a negative eigenvalue is looked for

    def __init__(self, expression: Any, entries: Any, convex: bool | None = None) -> None:
        import sympy

        rows = entries.tolist() if hasattr(entries, "tolist") else entries
        if not isinstance(rows, Sequence) or isinstance(rows, str):
            raise InputError(f"entries must be a matrix of symbols, got {entries!r:.80}")
        if not rows or any(isinstance(row, str) or np.ndim(row) != 1 for row in rows):
            raise InputError(f"entries must be rows of symbols, got {entries!r:.80}")
        if any(len(row) != len(rows[0]) for row in rows):
            raise InputError(f"entries must have rows of equal length, got {entries!r:.80}")
        self.shape = (len(rows), len(rows[0]))
        polynomials = Polynomials([expression], [v for row in rows for v in row], "loss")
        if not polynomials.are_real:
            raise InputError(f"the loss must have real coefficients, got {expression}")
        variables, poly = polynomials.variables, polynomials.polys[0]
        plain = poly.as_expr()
        first = [sympy.diff(plain, v) for v in variables]
        second = [sympy.diff(g, v) for g in first for v in variables]
        self._value, self._gradient, self._hessian = (
            sympy.lambdify([variables], found, modules="math", cse=True)
            for found in ([plain], first, second)
        )
        self.degree = int(poly.total_degree()) if poly else 0
        self.name = f"polynomial of degree {self.degree}"
        found = self._find_convexity()
        if convex and found is False:
            raise InputError(f"the loss is said to be convex, but it is not: {expression}")
        self.convex = found if convex is None else bool(convex)

    @staticmethod
    def symbols(rows: int, cols: int) -> Any:
        """Return a sympy matrix of symbols m11, m12, ..., for the entries of M."""
        import sympy

        check_sizes((rows, cols), "shape")
        return sympy.Matrix(rows, cols, lambda i, j: sympy.Symbol(f"m{i + 1}{j + 1}", real=True))

    def value(self, matrix: ArrayLike) -> float:
        return float(self._evaluate(self._value, matrix)[0])

    def gradient(self, matrix: ArrayLike) -> Array:
        return self._evaluate(self._gradient, matrix).reshape(self.shape)

    def hessian(self, matrix: ArrayLike) -> Array:
        n = self.shape[0] * self.shape[1]
        return self._evaluate(self._hessian, matrix).reshape(n, n)

    def _evaluate(self, function: Callable[[list[float]], Any], matrix: ArrayLike) -> Array:
        return np.array(function(self.check(matrix).ravel().tolist()), float).ravel()

    def _find_convexity(self) -> bool | None:
        """Return whether the Hessian is positive semidefinite, None if no counterexample is met."""
        if self.degree > 2 and self.degree % 2:
            return False
        rng = np.random.default_rng(0)
        for k in range(self.SAMPLES if self.degree > 2 else 1):
            spread = 10.0 ** (k % 5 - 2)
            values = np.linalg.eigvalsh(self.hessian(spread * rng.normal(size=self.shape)))
            if values[0] < -1e-10 * np.abs(values).max():
                return False
        return True if self.degree <= 2 else None


class SmoothLoss(Loss):
    """A loss given by functions, checked once against finite differences.

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

    def value(self, matrix: ArrayLike) -> float:
        return float(self._numbers(self._value, matrix, "value", ()))

    def gradient(self, matrix: ArrayLike) -> Array:
        return self._numbers(self._gradient, matrix, "gradient", self.shape)

    def hessian(self, matrix: ArrayLike) -> Array:
        n = self.shape[0] * self.shape[1]
        return self._numbers(self._hessian, matrix, "hessian", (n, n))

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
