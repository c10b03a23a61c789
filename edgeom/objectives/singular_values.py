"""Singular values in the inner product of a metric A ⊗ B."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edgeom.errors import InputError
from edgeom.objectives.metric import Metric

__all__ = ["roots", "singular_values"]

Array = NDArray[np.float64]


def singular_values(data: Array, metric: Metric | None = None) -> Array:
    """Return the singular values of A^½ Q B^½ for a metric A ⊗ B, in decreasing order."""
    left, right = roots(Metric.euclidean(data.size) if metric is None else metric, data)
    return np.asarray(np.linalg.svd(left @ data @ right, compute_uv=False), float)


def roots(metric: Metric, data: Array) -> tuple[Array, Array]:
    """Return A^½ and B^½ for a metric A ⊗ B."""
    rows, cols = data.shape
    if not isinstance(metric, Metric):
        raise InputError(f"metric must be a Metric, got {type(metric).__name__}")
    if metric.dimension != rows * cols:
        raise InputError(
            f"the metric has {metric.dimension} coordinates, matrices of shape {data.shape} have "
            f"{rows * cols}"
        )
    if metric.indefinite or not metric.kronecker_factor(rows, cols):
        raise InputError(
            f"the singular value decomposition solves metrics A ⊗ B with positive definite A and "
            f"B only, {metric!r} is none; use DistanceProblem"
        )
    blocks = metric.matrix.reshape(rows, cols, rows, cols)
    b = blocks[0, :, 0, :]
    a = blocks[:, 0, :, 0] / b[0, 0]
    return _root(a), _root(b)


def _root(matrix: Array) -> Array:
    """Return the positive definite square root."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray(vectors * np.sqrt(values) @ vectors.T)
