"""Convolutional layers as matrices, Toeplitz or circulant, and the quadratic loss of signals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from edgeom.errors import InputError, check_size, keywords_checked, nearest_name
from edgeom.networks.arrays import real_array
from edgeom.networks.convolutional.layers import Array, ConvolutionalArchitecture, number_array
from edgeom.networks.convolutional.real_roots import entries, exact_filter
from edgeom.objectives.metric import Metric

__all__ = ["BOUNDARIES", "ConvolutionalMatrices"]

BOUNDARIES = ("valid", "circular")


class ConvolutionalMatrices(ConvolutionalArchitecture):
    """The matrices of convolutional layers; the parameters are those of the architecture."""

    @keywords_checked
    def matrices(
        self, filters: Sequence[ArrayLike], *, input_size: int, boundary: str = "valid"
    ) -> list[Array]:
        """Return the matrices of the layers, the one next to the input first.

        Their product (the last one on the left) is :meth:`end_matrix` of the end filter.

        Parameters
        ----------
        filters : sequence of L arrays (k_l,)
        input_size : int
            Length n of the input signal.
        boundary : {"valid", "circular"}
            "valid": Toeplitz matrices. Row i has the filter in the columns is, ..., is + k - 1, and
            there are as many rows as fit, ⌊(n - k)/s⌋ + 1; at the end up to s - 1 entries may
            not be reached. "circular": circulant matrices with n/s rows, columns are counted modulo
            n; entries of a filter longer than n that meet in a column are added.

        Returns
        -------
        list of L arrays (output of the layer, input of the layer)

        Raises
        ------
        InputError
            The filters do not fit, the input is shorter than the end filter ("valid") or its
            length is no multiple of all strides together ("circular").

        Examples
        --------
        >>> network = ConvolutionalMatrices((2, 2))
        >>> first, second = network.matrices([[1, 2], [3, 4]], input_size=4)
        >>> second @ first
        array([[ 3, 10,  8,  0],
               [ 0,  3, 10,  8]])
        """
        rows = self.check(filters)
        size = self._check_input(input_size, boundary)
        layers = []
        for row, stride in zip(rows, self.strides, strict=True):
            layers.append(_layer(row, stride, size, boundary))
            size = len(layers[-1])
        return layers

    @keywords_checked
    def end_matrix(self, u: Any, *, input_size: int, boundary: str = "valid") -> Array:
        """Return the matrix of one layer with an end filter and the end stride.

        Parameters
        ----------
        u : array (end_filter_size,)
        input_size, boundary
            As for :meth:`matrices`.

        Returns
        -------
        array (outputs, input_size)

        Raises
        ------
        InputError
            As for :meth:`matrices`.
        """
        exact_filter(u, size=self.end_filter_size)
        size = self._check_input(input_size, boundary)
        return _layer(entries(u), self.end_stride, size, boundary)

    def _check_input(self, input_size: int, boundary: str) -> int:
        if boundary not in BOUNDARIES:
            raise InputError(
                f"boundary must be one of {', '.join(BOUNDARIES)}, got {boundary!r}"
                + nearest_name(str(boundary), BOUNDARIES)
            )
        size = check_size(input_size, "input_size", 1, 10_000)
        if boundary == "valid" and size < self.end_filter_size:
            raise InputError(
                f"input_size must be at least that of the end filter, {self.end_filter_size}, "
                f"got {size}"
            )
        if boundary == "circular" and size % self.end_stride:
            raise InputError(
                f"input_size must be a multiple of the product of the strides, {self.end_stride}, "
                f"for circular boundaries, got {size}"
            )
        return size

    @keywords_checked
    def quadratic_loss(
        self, inputs: ArrayLike, outputs: ArrayLike, *, boundary: str = "valid"
    ) -> tuple[Metric, Array]:
        """Return the metric S and the data q with Σ ‖T(u) x - y‖² = (u-q)ᵀ S (u-q) + constant.

        T(u) is :meth:`end_matrix`.

        Parameters
        ----------
        inputs : array (input_size, samples)
            Signals x as columns.
        outputs : array (outputs, samples)
            The wanted signals y.
        boundary : {"valid", "circular"}

        Returns
        -------
        Metric, array (end_filter_size,)

        Raises
        ------
        InputError
            The signals are not finite and real, the shapes do not fit, or the samples do not
            determine the filter.

        Examples
        --------
        >>> network = ConvolutionalMatrices((2, 2))
        >>> X = np.eye(3)
        >>> metric, q = network.quadratic_loss(X, [[1.0, 2.0, 3.0]])
        >>> metric.matrix.tolist() == np.eye(3).tolist(), q
        (True, array([1., 2., 3.]))
        """
        x, y = real_array(inputs, "inputs"), real_array(outputs, "outputs")
        if x.ndim != 2 or y.ndim != 2:
            raise InputError(
                "inputs and outputs must be arrays of signals as columns, "
                f"got shapes {x.shape} and {y.shape}"
            )
        units = np.eye(self.end_filter_size)
        size = len(x)
        windows = np.stack(
            [self.end_matrix(unit, input_size=size, boundary=boundary) @ x for unit in units], -1
        )
        if y.shape != windows.shape[:2]:
            raise InputError(
                f"outputs must have shape {windows.shape[:2]} for inputs of shape {x.shape}, "
                f"got {y.shape}"
            )
        flat = windows.reshape(-1, self.end_filter_size)
        rank = np.linalg.matrix_rank(flat)
        if rank < self.end_filter_size:
            raise InputError(
                f"the samples determine {rank} of the {self.end_filter_size} entries of the end "
                "filter; use more samples"
            )
        metric = Metric(flat.T @ flat, "quadratic loss")
        return metric, np.linalg.lstsq(flat, y.ravel(), rcond=None)[0]


def _layer(row: Sequence[Any], stride: int, size: int, boundary: str) -> Array:
    """Return the Toeplitz or circulant matrix of a filter."""
    count = size // stride if boundary == "circular" else (size - len(row)) // stride + 1
    matrix: list[list[Any]] = [[0] * size for _ in range(count)]
    for i in range(count):
        for j, value in enumerate(row):
            matrix[i][(i * stride + j) % size] += value
    return number_array(matrix)
