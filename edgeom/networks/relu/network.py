"""ReLU networks with one hidden layer: activation patterns, and all critical points of the loss."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from edgeom.errors import InputError, check_size, keywords_checked
from edgeom.networks.arrays import (
    Array,
    Weights,
    check_number,
    matrices_of_shapes,
    real_array,
)
from edgeom.networks.relu.cones import Vector, rational, sign_vectors
from edgeom.networks.relu.landscape import Search
from edgeom.networks.relu.merged import with_outputs
from edgeom.networks.relu.points import ReluCriticalPoints, collected, penalised

__all__ = ["ReluNetwork"]

ROWS = "; if samples are rows, give the transpose"


class ReluNetwork:
    """A network with one hidden layer of ReLU units: f(x) = C relu(W x), or C relu(W (x, 1)).

    Weights are W (hidden, inputs), or (hidden, inputs + 1) with biases as the last column, and
    C (outputs, hidden). Outputs have no biases.

    Parameters
    ----------
    inputs, hidden, outputs : int
    biases : bool

    Examples
    --------
    >>> network = ReluNetwork(1, 1)
    >>> points = network.critical_points([[0, 1, 2, 3]], [1, 0, 1, 3])
    >>> print(points)
    5 critical functions, 5 of them local minima, in 33 combinations of activation patterns
      complete: all open cells, and all local minima on their boundaries
      loss 1      global minimum  isolated
      loss 2      local minimum   flat
      loss 23/10  local minimum   isolated
      loss 10     local minimum   flat
      loss 11     local minimum   flat, 1 dead unit
    >>> points[0].weights  # 2 relu(x - 3/2)
    [array([[ 2., -3.]]), array([[1.]])]
    """

    @keywords_checked
    def __init__(self, inputs: int, hidden: int, outputs: int = 1, biases: bool = True) -> None:
        self.inputs = check_size(inputs, "inputs", 1)
        self.hidden = check_size(hidden, "hidden", 1)
        self.output_count = check_size(outputs, "outputs", 1)
        self.biases = bool(biases)

    @property
    def weight_shapes(self) -> list[tuple[int, int]]:
        """Shapes of W and C."""
        return [(self.hidden, self.inputs + self.biases), (self.output_count, self.hidden)]

    def check(self, weights: Weights) -> list[Array]:
        """Return weights as arrays of doubles.

        Raises
        ------
        InputError
            They are not two finite real matrices of the right shapes.
        """
        return matrices_of_shapes(weights, self.weight_shapes, repr(self))

    def random_weights(self, seed: int = 0) -> list[Array]:
        """Return random weights with standard normal entries."""
        rng = np.random.default_rng(check_size(seed, "seed", 0))
        return [rng.normal(size=shape) for shape in self.weight_shapes]

    def outputs(self, weights: Weights, inputs: ArrayLike) -> Array:
        """Return the outputs (outputs, samples) for inputs (inputs, samples)."""
        inner, outer = self.check(weights)
        return np.asarray(outer @ np.maximum(inner @ self._extended(inputs), 0))

    def loss(
        self, weights: Weights, inputs: ArrayLike, values: ArrayLike, ridge: float = 0
    ) -> float:
        """Return Σ ‖f(x_i) - y_i‖² + ρ (‖W‖² + ‖C‖²)."""
        outputs = self.outputs(weights, inputs)
        gap = outputs - self._targets(values, outputs.shape[1])
        penalty = sum(float(np.sum(matrix**2)) for matrix in self.check(weights))
        return float(np.sum(gap**2)) + ridge * penalty

    def gradient(
        self, weights: Weights, inputs: ArrayLike, values: ArrayLike, ridge: float = 0
    ) -> list[Array]:
        """Return the derivatives of the loss by W and C; that of relu at 0 is taken as 0."""
        inner, outer = self.check(weights)
        x = self._extended(inputs)
        before = inner @ x
        gap = outer @ np.maximum(before, 0) - self._targets(values, x.shape[1])
        back = 2 * outer.T @ gap * (before > 0)
        by_outer = 2 * gap @ np.maximum(before, 0).T
        return [back @ x.T + 2 * ridge * inner, by_outer + 2 * ridge * outer]

    def patterns(self, inputs: ArrayLike) -> list[tuple[int, ...]]:
        """Return the signs ±1 that the weights of one unit can have at the data, for open cells.

        n points of R^d in general position have 2 Σ_{k<d} C(n-1, k) of them without biases, and
        those of dimension d + 1 with biases. At the data point 0 the sign is given as -1 where
        there are no biases.

        Examples
        --------
        >>> ReluNetwork(1, 1).patterns([[0, 1]])
        [(1, 1), (1, -1), (-1, 1), (-1, -1)]
        """
        return sign_vectors(self._points(inputs), self.inputs + self.biases)

    @keywords_checked
    def critical_points(
        self, inputs: ArrayLike, values: ArrayLike, boundaries: bool = True, ridge: float = 0
    ) -> ReluCriticalPoints:
        """Return all critical points of Σ (f(x_i) - y_i)², decided exactly, or with a penalty.

        Parameters
        ----------
        inputs : array (inputs, samples), or (samples,) for one input
        values : array (outputs, samples), or (samples,) for one output
            y. Doubles are taken as the rational numbers that they are.
        boundaries : bool
            Also find the local minima on boundaries of cells, where the loss is not
            differentiable; without them the list is not complete.
        ridge : float
            ρ of a penalty ρ (‖W‖² + ‖C‖²), biases included. The numbers are then doubles.

        Returns
        -------
        ReluCriticalPoints
            Local minima with the same values at the data are one item, and so are saddles; a
            function that some weights have at a minimum and others at a saddle is listed twice.

        Raises
        ------
        InputError
            The data does not fit, there are several outputs and a penalty, or there are too many
            combinations of patterns.

        Notes
        -----
        In an open cell of weight space, with no unit zero at a data point, critical points with
        output weights that are not 0 are local minima: the loss is convex in the products of
        weights. Where an output weight is 0 they are saddles, unless the unit cannot change the
        loss to first order in any direction. A unit that is inactive at all data is dead.

        With several outputs numbers are doubles, what they do not tell is counted as undecided, and
        for several units critical points in open cells may be saddles and a global minimum need
        not exist (docs/explanation/relu.md).
        """
        if self.output_count > 1:
            return self._with_outputs(inputs, values, boundaries, ridge)
        search, ridge = self.search(inputs, values), check_number(ridge, "ridge")
        if ridge < 0:
            raise InputError(f"ridge must be at least 0, got {ridge:g}")
        return penalised(search, ridge, boundaries) if ridge else collected(search, boundaries)

    def search(self, inputs: ArrayLike, values: ArrayLike) -> Search:
        """Return the search for critical points, with exact numbers, for one output."""
        points = self._points(inputs)
        given = self._targets(values, len(points))[0]
        return Search(points, [rational(value) for value in given.tolist()], self.hidden)

    def _with_outputs(
        self, inputs: ArrayLike, values: ArrayLike, boundaries: bool, ridge: float
    ) -> ReluCriticalPoints:
        """Return the critical points of a network with several outputs."""
        if ridge:
            raise InputError(
                f"critical points of networks with {self.output_count} outputs are found without "
                "a penalty only"
            )
        points = self._points(inputs)
        given = self._targets(values, len(points))
        search = Search(points, [rational(0)] * len(points), 1)
        return with_outputs(search, given, self.hidden, boundaries)

    def _extended(self, inputs: ArrayLike) -> Array:
        """Return the inputs, with a row of 1 where there are biases."""
        x = real_array(inputs, "inputs")
        if self.inputs == x.ndim == 1:
            x = x[None]
        if x.ndim != 2 or not x.size or x.shape[0] != self.inputs:
            raise InputError(
                f"inputs must be an array ({self.inputs}, samples), got shape {x.shape}"
                + ROWS * (x.ndim == 2 and x.shape[1] == self.inputs)
            )
        return np.vstack([x, np.ones(x.shape[1])]) if self.biases else x

    def _targets(self, values: ArrayLike, samples: int) -> Array:
        """Return wanted outputs as an array (outputs, samples)."""
        given, shape = real_array(values, "values"), (self.output_count, samples)
        if self.output_count == given.ndim == 1:
            given = given[None]
        if given.shape != shape:
            raise InputError(
                f"values must have shape {shape}, one column for each of the {samples} data "
                f"points, got {np.shape(values)}" + ROWS * (given.shape == shape[::-1])
            )
        return given

    def _points(self, inputs: ArrayLike) -> list[Vector]:
        return [[rational(v) for v in column] for column in self._extended(inputs).T.tolist()]

    def __repr__(self) -> str:
        outputs = f", outputs={self.output_count}" if self.output_count > 1 else ""
        biases = "" if self.biases else ", biases=False"
        return f"ReluNetwork({self.inputs}, {self.hidden}{outputs}{biases})"
