"""Losses: smooth functions of the matrix that a linear network expresses.

Each knows its value, gradient and Hessian at a matrix M (rows, cols), the Hessian in the entries of
M row by row, and whether it is convex, as far as that can be said. Losses given by a polynomial or
by functions are in :mod:`edgeom.networks.custom_losses`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from edgeom.critical.problem import DistanceProblem
from edgeom.errors import InputError, check_size, keywords_checked
from edgeom.networks.arrays import Array, real_matrix
from edgeom.networks.linear.function_space import singular_values
from edgeom.objectives.metric import Metric
from edgeom.varieties.base import Variety

__all__ = ["DistanceLoss", "Loss", "PowerLoss", "QuadraticLoss"]

ROUNDING = 1e-12  # relative size of what counts as equal


class Loss(ABC):
    """A twice differentiable function ℓ of matrices of one shape.

    Attributes
    ----------
    shape : tuple of int
        (rows, cols) of the matrices.
    name : str
        How the loss is called in summaries.
    convex : bool or None
        None where it is not known.
    minima_are_global : bool
        Whether it is known that ℓ on matrices of rank r has no other local minimum than the global
        one, for every r: by Eckart and Young, for positive definite metrics A ⊗ B.
    """

    shape: tuple[int, int]
    name: str
    convex: bool | None
    minima_are_global: bool = False

    @keywords_checked
    def least_value(self, rank: int) -> float | None:
        """Return the least value on matrices of rank at most `rank`, None where none is known."""
        return None

    @abstractmethod
    def value(self, matrix: ArrayLike) -> float:
        """Return ℓ(M)."""

    @abstractmethod
    def gradient(self, matrix: ArrayLike) -> Array:
        """Return ∇ℓ(M), an array of the shape of M."""

    @abstractmethod
    def hessian(self, matrix: ArrayLike) -> Array:
        """Return the Hessian at M, a symmetric array (n, n) for the n entries row by row."""

    def gradient_size(self, matrix: ArrayLike) -> float:
        """Return the size of the terms that add up to ∇ℓ(M); rounding is judged against it.

        This is ‖∇ℓ(M)‖ + ‖∇²ℓ(M)‖ ‖M‖ unless a loss knows its terms.
        """
        m = self.check(matrix)
        bend = float(np.linalg.norm(self.hessian(m), 2) * np.linalg.norm(m))
        return float(np.linalg.norm(self.gradient(m))) + bend

    def check(self, matrix: ArrayLike) -> Array:
        """Return a matrix of doubles of the right shape.

        Raises
        ------
        InputError
            It is not a finite real matrix of this shape.
        """
        m = real_matrix(matrix, "the matrix")
        if m.shape != self.shape:
            raise InputError(f"the matrix must have shape {self.shape}, got {m.shape}")
        return m

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name}, shape={self.shape})"


class DistanceLoss(Loss):
    """The squared distance (M-Q)ᵀ S (M-Q) of the vectors of entries, row by row.

    Parameters
    ----------
    data : array (rows, cols)
        Q.
    metric : Metric, optional
        S on rows·cols coordinates; by default the identity: ‖M-Q‖² in the Frobenius norm. An
        indefinite one is accepted, the loss is then not convex.

    Raises
    ------
    InputError
        The data is not a finite real matrix, or the metric does not fit it or is not real.

    Examples
    --------
    >>> loss = DistanceLoss([[3, 0], [0, 1]])
    >>> loss.value([[3, 0], [0, 0]]), loss.convex
    (1.0, True)
    """

    @keywords_checked
    def __init__(self, data: ArrayLike, metric: Metric | None = None) -> None:
        self.data = real_matrix(data, "the data")
        self.shape = (self.data.shape[0], self.data.shape[1])
        self.metric = Metric.euclidean(self.data.size) if metric is None else metric
        if not isinstance(self.metric, Metric):
            raise InputError(f"metric must be a Metric, got {type(metric).__name__}")
        if self.metric.dimension != self.data.size or not self.metric.is_real:
            raise InputError(
                f"the metric of a loss on matrices of shape {self.shape} must be real with "
                f"{self.data.size} coordinates, got {self.metric!r}"
            )
        self.name = f"squared distance, metric: {self.metric.name}"
        values = np.linalg.eigvalsh(self.metric.matrix)
        self.convex = bool(values[0] >= -ROUNDING * abs(values[-1]))
        definite = not self.metric.indefinite and values[0] > ROUNDING * abs(values[-1])
        self.minima_are_global = bool(definite) and self.metric.kronecker_factor(*self.shape)

    def value(self, matrix: ArrayLike) -> float:
        gap = (self.check(matrix) - self.data).ravel()
        return float(gap @ self.metric.matrix @ gap)

    def gradient(self, matrix: ArrayLike) -> Array:
        gap = (self.check(matrix) - self.data).ravel()
        return np.asarray(2 * self.metric.matrix @ gap).reshape(self.shape)

    def hessian(self, matrix: ArrayLike) -> Array:
        self.check(matrix)
        return np.asarray(2 * self.metric.matrix)

    def gradient_size(self, matrix: ArrayLike) -> float:
        """Return 2 ‖S‖ (‖M‖ + ‖Q‖)."""
        sizes = np.linalg.norm(self.check(matrix)) + np.linalg.norm(self.data)
        return float(2 * np.linalg.norm(self.metric.matrix, 2) * sizes)

    @keywords_checked
    def least_value(self, rank: int) -> float | None:
        """Return Σ σ_i² over i > rank for the singular values of A^½ Q B^½ (Eckart and Young)."""
        if not self.minima_are_global:
            return None
        return float(np.sum(singular_values(self.data, self.metric)[rank:] ** 2))

    def distance_problem(self, variety: Variety) -> DistanceProblem:
        """Return the problem of all critical points of this loss on a variety of matrices."""
        return DistanceProblem(variety, self.metric, data=self.data)


class QuadraticLoss(Loss):
    """The quadratic loss ‖MX - Y‖² in the Frobenius norm: a sum over samples, not divided by any.

    Parameters
    ----------
    X : array (cols, samples)
        Inputs as columns.
    Y : array (rows, samples)
        Outputs as columns.

    Attributes
    ----------
    moment : array (cols, cols)
        XXᵀ.

    Raises
    ------
    InputError
        X or Y is not a finite real matrix, or the numbers of samples differ.

    Notes
    -----
    The gradient is 2(MX-Y)Xᵀ, the Hessian 2 I ⊗ XXᵀ, so the loss is convex for every X. If XXᵀ is
    nonsingular, ‖MX - Y‖² = ‖(M-Q)X‖² + constant with Q = YXᵀ(XXᵀ)⁻¹, a squared distance. If it is
    singular, the loss does not change when M moves in the directions N with NX = 0: it is still a
    loss of a network, but its minima on matrices of bounded rank are not isolated and there is no
    distance problem.

    Examples
    --------
    >>> loss = QuadraticLoss([[1, 0, 1], [0, 1, 1]], [[1, 2, 3], [0, 1, 1]])
    >>> loss.whitened, loss.data.round(12) + 0.0
    (False, array([[1., 2.],
           [0., 1.]]))
    >>> QuadraticLoss([[1, 2], [1, 2]], [[1, 1]]).data
    Traceback (most recent call last):
    ...
    edgeom.errors.InputError: X Xᵀ is singular: 2 samples of rank 1 in dimension 2; the loss does not determine M, use more samples
    """  # noqa: E501

    @keywords_checked
    def __init__(self, X: ArrayLike, Y: ArrayLike) -> None:
        self.X, self.Y = real_matrix(X, "X"), real_matrix(Y, "Y")
        if self.X.shape[1] != self.Y.shape[1]:
            raise InputError(
                f"X and Y must have one column for each sample, got shapes {self.X.shape} and "
                f"{self.Y.shape}"
            )
        self.shape = (len(self.Y), len(self.X))
        self.moment = self.X @ self.X.T
        self.name = "‖MX - Y‖²"
        self.convex = True
        rank = np.linalg.matrix_rank(self.moment, hermitian=True, rtol=ROUNDING)
        self.minima_are_global = bool(rank == len(self.X))

    def value(self, matrix: ArrayLike) -> float:
        return float(np.sum((self.check(matrix) @ self.X - self.Y) ** 2))

    def gradient(self, matrix: ArrayLike) -> Array:
        return np.asarray(2 * (self.check(matrix) @ self.X - self.Y) @ self.X.T)

    def hessian(self, matrix: ArrayLike) -> Array:
        self.check(matrix)
        return np.asarray(2 * np.kron(np.eye(self.shape[0]), self.moment))

    def gradient_size(self, matrix: ArrayLike) -> float:
        """Return 2 (‖M‖ ‖X‖ + ‖Y‖) ‖X‖."""
        size = np.linalg.norm(self.X, 2)
        terms = np.linalg.norm(self.check(matrix)) * size + np.linalg.norm(self.Y)
        return float(2 * terms * size)

    @keywords_checked
    def least_value(self, rank: int) -> float:
        """Return ‖Y - YP‖² + Σ σ_i(YP)² over i > rank, P the projection to the row space of X.

        MX takes all values of rank at most `rank` with rows in that space: the theorem of Eckart
        and Young for YP, whether XXᵀ is singular or not.
        """
        space = np.linalg.svd(self.X, full_matrices=False)[2][: np.linalg.matrix_rank(self.X)]
        inside = self.Y @ space.T
        rest = np.linalg.svd(inside, compute_uv=False)[rank:]
        return float(np.sum((self.Y - inside @ space) ** 2) + np.sum(rest**2))

    @property
    def whitened(self) -> bool:
        """Whether XXᵀ is a multiple of the identity: then the metric is the Frobenius norm's."""
        scale = float(np.trace(self.moment)) / len(self.moment)
        gap = np.abs(self.moment - scale * np.eye(len(self.moment))).max()
        return bool(scale > 0 and gap <= ROUNDING * scale)

    @cached_property
    def metric(self) -> Metric:
        """I ⊗ XXᵀ.

        Raises
        ------
        InputError
            XXᵀ is singular.
        """
        return Metric.from_data(self.X, rows=self.shape[0])

    @property
    def data(self) -> Array:
        """Q = YXᵀ(XXᵀ)⁻¹, the matrix of least loss.

        Raises
        ------
        InputError
            XXᵀ is singular: it is not unique.
        """
        _ = self.metric  # refuses what is singular
        return np.asarray(np.linalg.solve(self.moment, self.X @ self.Y.T).T)

    def as_distance(self) -> tuple[DistanceLoss, float]:
        """Return the distance loss and the constant, ℓ(Q), that add up to this loss.

        Raises
        ------
        InputError
            XXᵀ is singular.
        """
        return DistanceLoss(self.data, self.metric), self.value(self.data)

    def whiten(self) -> tuple[DistanceLoss, Array]:
        """Return the Frobenius loss in N = M R with R = (XXᵀ)^½, and R (cols, cols).

        M ↦ M R is linear, invertible and keeps ranks, so it maps critical points on matrices of
        rank at most r to critical points, with their indices: ℓ(M) = ‖M R - Q R‖² + ℓ(Q).

        Raises
        ------
        InputError
            XXᵀ is singular.
        """
        data = self.data
        values, vectors = np.linalg.eigh(self.moment)
        root = np.asarray(vectors * np.sqrt(values) @ vectors.T)
        return DistanceLoss(data @ root), root

    def distance_problem(self, variety: Variety) -> DistanceProblem:
        """Return the problem of all critical points of this loss on a variety of matrices.

        Its squared distances are the losses minus ℓ(Q).

        Raises
        ------
        InputError
            XXᵀ is singular, or the variety has matrices of another shape.
        """
        return DistanceProblem.from_data(variety, self.X, self.Y)


class PowerLoss(Loss):
    """The convex loss Σ (M_ij - Q_ij)^p for an even p.

    Parameters
    ----------
    data : array (rows, cols)
        Q.
    p : int
        Even and at least 2; for p = 2 it is the squared Frobenius distance.

    Raises
    ------
    InputError
        The data is not a finite real matrix, or the power is odd or too small.

    Examples
    --------
    >>> PowerLoss([[1, 0]], 4).value([[3, 1]])
    17.0
    """

    @keywords_checked
    def __init__(self, data: ArrayLike, p: int = 4) -> None:
        self.data = real_matrix(data, "the data")
        self.p = check_size(p, "p", 2)
        if self.p % 2:
            raise InputError(f"p must be even for a smooth convex loss, got {self.p}")
        self.shape = (self.data.shape[0], self.data.shape[1])
        self.name = f"Σ (M - Q)^{self.p}"
        self.convex = True
        self.minima_are_global = self.p == 2

    def value(self, matrix: ArrayLike) -> float:
        return float(np.sum((self.check(matrix) - self.data) ** self.p))

    def gradient(self, matrix: ArrayLike) -> Array:
        p = self.p
        return np.asarray(p * (self.check(matrix) - self.data) ** (p - 1))

    def hessian(self, matrix: ArrayLike) -> Array:
        p = self.p
        return np.diag(p * (p - 1) * (self.check(matrix) - self.data).ravel() ** (p - 2))

    def gradient_size(self, matrix: ArrayLike) -> float:
        """Return ‖p (|M| + |Q|)^(p-1)‖, entry by entry."""
        terms = np.abs(self.check(matrix)) + np.abs(self.data)
        return float(np.linalg.norm(self.p * terms ** (self.p - 1)))

    @keywords_checked
    def least_value(self, rank: int) -> float | None:
        """Return Σ σ_i² over i > rank if p = 2 (Eckart and Young)."""
        return float(np.sum(singular_values(self.data)[rank:] ** 2)) if self.p == 2 else None
