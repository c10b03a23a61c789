"""The cross-entropy of labelled samples: softmax with several classes, or logistic regression."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from edgeom.errors import InputError, check_size, keywords_checked
from edgeom.objectives.base import Array, Objective
from edgeom.objectives.distances import in_rows
from edgeom.objectives.family import real_array

__all__ = ["CrossEntropyLoss"]


class CrossEntropyLoss(Objective):
    """The loss Σ_i log Σ_c exp(z_ci) - z_{y_i i} of logits z = MX: a sum, not divided by samples.

    It is convex, and no rational function: weights of a network can be classified with it, but
    critical points are not counted.

    Parameters
    ----------
    X : array (cols, samples)
        Inputs as columns.
    labels : integer array (samples,), or array (classes, samples)
        The class of each sample, from 0; or its probabilities, which add up to 1.
    logistic : bool
        Two classes and one row of logits, that of class 1; labels are 0 and 1, or -1 and 1.
    classes : int, optional
        Number of classes, by default as many as the labels need.
    samples : str
        "rows" if X is (samples, cols), as in PyTorch and scikit-learn; then probabilities are
        (samples, classes), too.

    Attributes
    ----------
    shape : (int, int)
        (classes, cols), with logistic=True (1, cols).

    Raises
    ------
    InputError
        The inputs are no finite real matrix, the labels do not fit them, or are no labels.

    Notes
    -----
    With P the probabilities exp(z_ci) / Σ exp(z_ki) and Y those of the labels the gradient is
    (P - Y) Xᵀ and the Hessian Σ_i (diag p_i - p_i p_iᵀ) ⊗ x_i x_iᵀ. Softmax does not change when
    the same number is added to all logits of a sample: the loss of M + 1 vᵀ is that of M.

    If a matrix separates the classes, the loss has no minimum: it decreases to 0 along that ray.

    Examples
    --------
    >>> loss = CrossEntropyLoss([[1.0, -1.0, 2.0]], [0, 1, 1])
    >>> loss.shape, round(loss.value([[0], [0]]), 9)  # 3 log 2
    ((2, 1), 2.079441542)
    >>> loss.gradient([[0], [0]])
    array([[0.],
           [0.]])
    >>> round(loss.value([[1], [3]]) - loss.value([[5], [7]]), 9) + 0
    0.0
    """

    @keywords_checked
    def __init__(
        self,
        X: ArrayLike,
        labels: ArrayLike,
        *,
        logistic: bool = False,
        classes: int | None = None,
        samples: str = "columns",
    ) -> None:
        self.X = real_array(X, "X")
        if self.X.ndim != 2:
            raise InputError(f"X must be a matrix, got an array of shape {self.X.shape}")
        self.samples, rows = samples, in_rows(samples)
        if rows:
            self.X = self.X.T.copy()
        given = real_array(labels, "labels")
        if logistic:
            if classes not in (None, 2):
                raise InputError(f"logistic=True means two classes, got classes = {classes}")
            given, classes = np.where(given == -1, 0.0, given), 2
        if given.ndim == 2 and rows:
            given = given.T
        count = self.X.shape[1]
        if given.shape[-1:] != (count,) or given.ndim > 2:
            fits = not rows and given.shape[:1] == self.X.shape[:1]
            other = "; if samples are rows, say samples='rows'" if fits else ""
            raise InputError(
                f"labels must have one entry for each of the {count} samples, got shape "
                f"{np.shape(labels)}{other}"
            )
        self.Y = _probabilities(given, classes)
        self.logistic = bool(logistic)
        self.shape = (1 if self.logistic else len(self.Y), len(self.X))
        self.name = "logistic loss" if self.logistic else "cross-entropy"
        self.convex = True

    def value(self, point: ArrayLike) -> float:
        logits = self._logits(point)
        top = logits.max(axis=0)
        sums = np.log(np.exp(logits - top).sum(axis=0)) + top
        return float(np.sum(sums - np.sum(self.Y * logits, axis=0)))

    def gradient(self, point: ArrayLike) -> Array:
        return np.asarray((self.probabilities(point) - self.Y)[-self.shape[0] :] @ self.X.T)

    def hessian(self, point: ArrayLike) -> Array:
        p = self.probabilities(point)[-self.shape[0] :]
        n = self.shape[0] * self.shape[1]
        found = np.einsum("ai,ci,di->acd", p, self.X, self.X)
        blocks = np.einsum("acd,ab->acbd", found, np.eye(len(p)))
        mixed = np.einsum("ai,ci->aci", p, self.X).reshape(n, -1)
        return np.asarray(blocks.reshape(n, n) - mixed @ mixed.T)

    def probabilities(self, point: ArrayLike) -> Array:
        """Return the probabilities of the classes, (classes, samples), for a matrix M."""
        logits = self._logits(point)
        weights = np.exp(logits - logits.max(axis=0))
        return np.asarray(weights / weights.sum(axis=0))

    def gradient_size(self, point: ArrayLike) -> float:
        """Return Σ_i ‖p_i - y_i‖ ‖x_i‖."""
        gaps = np.linalg.norm(self.probabilities(point) - self.Y, axis=0)
        return float(gaps @ np.linalg.norm(self.X, axis=0))

    def invariance(self) -> tuple[Array, Array]:
        rows = self.shape[0]
        left = np.zeros((1, 0)) if self.logistic else np.full((rows, 1), rows**-0.5)
        rank = np.linalg.matrix_rank(self.X)
        return left, np.linalg.svd(self.X)[0][:, rank:]

    def _logits(self, point: ArrayLike) -> Array:
        logits = self.check(point) @ self.X
        return np.concatenate([np.zeros_like(logits), logits]) if self.logistic else logits


def _probabilities(labels: Array, classes: int | None) -> Array:
    """Return the probabilities (classes, samples) that labels stand for."""
    if labels.ndim == 2:
        if (labels < 0).any() or not np.allclose(labels.sum(axis=0), 1):
            raise InputError("labels with two axes must be probabilities that add up to 1")
        if classes not in (None, len(labels)):
            raise InputError(f"labels are probabilities of {len(labels)} classes, not {classes}")
        return labels
    whole: Any = labels.astype(int)
    if (whole != labels).any() or (whole < 0).any():
        raise InputError("labels must be integers from 0, the classes of the samples")
    needed = int(whole.max()) + 1
    count = max(needed, 2) if classes is None else check_size(classes, "classes", 2)
    if needed > count:
        raise InputError(f"labels must be below {count}, the number of classes, got {needed - 1}")
    return np.eye(count)[:, whole]
