"""Squared distances: those to a point, and the quadratic loss of data pairs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgeom.errors import InputError, check_size, keywords_checked
from edgeom.homotopy.tape import Var
from edgeom.objectives.base import AlgebraicObjective, Array
from edgeom.objectives.family import ObjectiveFamily, real_array
from edgeom.objectives.metric import Metric
from edgeom.objectives.singular_values import singular_values

__all__ = ["QuadraticFamily", "QuadraticLoss", "SquaredDistance", "in_rows"]

ROUNDING = 1e-12  # relative size of what counts as equal


class QuadraticFamily(ObjectiveFamily):
    """The functions xᵀ S x - 2 cᵀx + k of x, with c and k as parameters; S may be singular.

    Parameters
    ----------
    matrix : array (n, n)
        Symmetric, real.
    """

    name = "quadratic"
    noun = "the quadratic loss"
    linear = True
    degree = 2
    like_points = False

    def __init__(self, matrix: ArrayLike) -> None:
        self.matrix = real_array(matrix, "the matrix")
        self.dimension = len(self.matrix)
        values = np.linalg.eigvalsh(self.matrix)
        self.convex = bool(values[0] >= -ROUNDING * abs(values[-1]))

    def parameter_names(self, n: int) -> tuple[str, ...]:
        return (*(f"c{i}" for i in range(1, n + 1)), "k")

    def gradient(self, x: Sequence[Var], theta: Sequence[Var]) -> list[Var]:
        b = x[0].builder
        rows = zip(self.matrix.tolist(), theta[:-1], strict=True)
        return [2 * (b.dot(row, x) - c) for row, c in rows]

    def values(self, x: NDArray[Any], theta: NDArray[Any]) -> NDArray[Any]:
        square = np.einsum("...i,ij,...j->...", x, self.matrix, x)
        return np.asarray(square - 2 * np.sum(x * theta[..., :-1], axis=-1) + theta[..., -1])


def in_rows(samples: str) -> bool:
    """Whether samples are rows.

    Raises
    ------
    InputError
        They are said to be neither rows nor columns.
    """
    if samples not in ("columns", "rows"):
        raise InputError(f"samples must be 'columns' or 'rows', got {samples!r}")
    return samples == "rows"


def _other_way(X: Array, Y: Array, samples: str) -> str:
    """Return a proposal where samples fit the other way round."""
    if len(X) != len(Y):
        return ""
    other = "columns" if in_rows(samples) else "rows"
    return f"; if samples are {other}, say samples={other!r}"


class SquaredDistance(AlgebraicObjective):
    """The squared distance (x-q)ᵀ S (x-q), of matrices that of the entries row by row.

    Parameters
    ----------
    data : array
        q, of the shape of the points.
    metric : Metric, optional
        S, by default the identity: ‖M-Q‖² in the Frobenius norm. An indefinite one is accepted,
        the distance is then not convex.

    Raises
    ------
    InputError
        The data is not a finite real array, or the metric does not fit it or is not real.

    Examples
    --------
    >>> loss = SquaredDistance([[3, 0], [0, 1]])
    >>> loss.value([[3, 0], [0, 0]]), loss.convex
    (1.0, True)
    """

    @keywords_checked
    def __init__(self, data: ArrayLike, metric: Metric | None = None) -> None:
        self.data = real_array(data, "the data")
        self.shape = self.data.shape
        self.metric = Metric.euclidean(self.data.size) if metric is None else metric
        if not isinstance(self.metric, Metric):
            raise InputError(f"metric must be a Metric, got {type(metric).__name__}")
        if self.metric.dimension != self.data.size or not self.metric.is_real:
            raise InputError(
                f"the metric of a distance of points of shape {self.shape} must be real with "
                f"{self.data.size} coordinates, got {self.metric!r}"
            )
        self.name = f"squared distance, metric: {self.metric.name}"
        values = np.linalg.eigvalsh(self.metric.matrix)
        self.convex = bool(values[0] >= -ROUNDING * abs(values[-1]))
        definite = not self.metric.indefinite and values[0] > ROUNDING * abs(values[-1])
        self.minima_are_global = bool(definite) and self._is_product

    @property
    def _is_product(self) -> bool:
        """Whether the metric is A ⊗ B, on matrices."""
        if len(self.shape) != 2:
            return False
        return self.metric.kronecker_factor(self.shape[0], self.shape[1])

    @property
    def family(self) -> Metric:  # type: ignore[override]
        """The metric."""
        return self.metric

    @classmethod
    def law(cls, metric: Metric | None = None) -> Metric:
        """Return the family of distances for a metric, which is the metric.

        Raises
        ------
        InputError
            There is none.
        """
        if metric is None:
            raise InputError("SquaredDistance.law needs a metric")
        return metric

    def value(self, point: ArrayLike) -> float:
        gap = (self.check(point) - self.data).ravel()
        return float(gap @ self.metric.matrix @ gap)

    def gradient(self, point: ArrayLike) -> Array:
        gap = (self.check(point) - self.data).ravel()
        return np.asarray(2 * self.metric.matrix @ gap).reshape(self.shape)

    def hessian(self, point: ArrayLike) -> Array:
        self.check(point)
        return np.asarray(2 * self.metric.matrix)

    def gradient_size(self, point: ArrayLike) -> float:
        """Return 2 ‖S‖ (‖M‖ + ‖Q‖)."""
        sizes = np.linalg.norm(self.check(point)) + np.linalg.norm(self.data)
        return float(2 * np.linalg.norm(self.metric.matrix, 2) * sizes)

    def least_value(self, rank: int) -> float | None:
        """Return Σ σ_i² over i > rank for the singular values of A^½ Q B^½ (Eckart and Young)."""
        if not self.minima_are_global:
            return None
        return float(np.sum(singular_values(self.data, self.metric)[rank:] ** 2))


class QuadraticLoss(AlgebraicObjective):
    """The quadratic loss ‖MX - Y‖² in the Frobenius norm: a sum over samples, not divided by any.

    Parameters
    ----------
    X : array (cols, samples)
        Inputs as columns.
    Y : array (rows, samples)
        Outputs as columns.
    samples : str
        "rows" if X is (samples, cols) and Y (samples, rows), as in PyTorch and scikit-learn.

    Attributes
    ----------
    samples : str
        How X and Y were given; the attributes X and Y have them as columns.
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
    singular, as with fewer samples than inputs, the loss does not change when M moves in the
    directions N with NX = 0: it is still a loss of a network, but its minima on matrices of bounded
    rank are not isolated and there is no distance problem. With X = U X', X' of full row rank, it is
    the loss for X' of M U: whitening on the row space (docs/how_to/training.md).

    Examples
    --------
    >>> loss = QuadraticLoss([[1, 0, 1], [0, 1, 1]], [[1, 2, 3], [0, 1, 1]])
    >>> loss.whitened, loss.data.round(12) + 0.0
    (False, array([[1., 2.],
           [0., 1.]]))
    >>> QuadraticLoss([[1, 2], [1, 2]], [[1, 1]]).data
    Traceback (most recent call last):
    ...
    edgeom.errors.InputError: X Xᵀ is singular: 2 samples of rank 1 in dimension 2; the loss does not determine M, use more samples; NetworkLoss(network, loss) has bad_minima() and classify() for these, too
    """  # noqa: E501

    @keywords_checked
    def __init__(self, X: ArrayLike, Y: ArrayLike, *, samples: str = "columns") -> None:
        self.X, self.Y = real_array(X, "X"), real_array(Y, "Y")
        if self.X.ndim != 2 or self.Y.ndim != 2:
            raise InputError(
                f"X and Y must be a matrix each, got shapes {self.X.shape} and {self.Y.shape}"
            )
        if in_rows(samples):
            self.X, self.Y = self.X.T.copy(), self.Y.T.copy()
        if self.X.shape[1] != self.Y.shape[1]:
            word = "row" if in_rows(samples) else "column"
            raise InputError(
                f"X and Y must have one {word} for each sample, got shapes {np.shape(X)} and "
                f"{np.shape(Y)}{_other_way(self.X, self.Y, samples)}"
            )
        self.shape = (len(self.Y), len(self.X))
        self.samples = samples
        self.moment = self.X @ self.X.T
        self.name = "‖MX - Y‖²"
        self.convex = True
        self.minima_are_global = True

    def value(self, point: ArrayLike) -> float:
        return float(np.sum((self.check(point) @ self.X - self.Y) ** 2))

    def gradient(self, point: ArrayLike) -> Array:
        return np.asarray(2 * (self.check(point) @ self.X - self.Y) @ self.X.T)

    def hessian(self, point: ArrayLike) -> Array:
        self.check(point)
        return np.asarray(2 * np.kron(np.eye(self.shape[0]), self.moment))

    def gradient_size(self, point: ArrayLike) -> float:
        """Return 2 (‖M‖ ‖X‖ + ‖Y‖) ‖X‖."""
        size = np.linalg.norm(self.X, 2)
        terms = np.linalg.norm(self.check(point)) * size + np.linalg.norm(self.Y)
        return float(2 * terms * size)

    def least_value(self, rank: int) -> float:
        """Return ‖Y - YP‖² + Σ σ_i(YP)² over i > rank, P the projection to the row space of X.

        MX takes all values of rank at most `rank` with rows in that space: the theorem of Eckart
        and Young for YP, whether XXᵀ is singular or not.
        """
        rank, space = check_size(rank, "rank", 0), self._row_space
        inside = self.Y @ space.T
        rest = np.linalg.svd(inside, compute_uv=False)[rank:]
        return float(np.sum((self.Y - inside @ space) ** 2) + np.sum(rest**2))

    def nearest(self, rank: int) -> Array:
        """Return a matrix of rank at most `rank` with the least loss, see :meth:`least_value`.

        Examples
        --------
        >>> loss = QuadraticLoss([[1.0], [1.0]], [[2.0], [0.0]])
        >>> loss.nearest(1).round(12) + 0.0
        array([[1., 1.],
               [0., 0.]])
        """
        rank, space = check_size(rank, "rank", 0), self._row_space
        u, values, v = np.linalg.svd(self.Y @ space.T, full_matrices=False)
        best = (u[:, :rank] * values[:rank]) @ v[:rank] @ space
        return np.asarray(best @ np.linalg.pinv(self.X))

    @property
    def _row_space(self) -> Array:
        """An orthonormal basis of the row space of X, as rows."""
        rank = np.linalg.matrix_rank(self.X)
        return np.asarray(np.linalg.svd(self.X, full_matrices=False)[2][:rank])

    def invariance(self) -> tuple[Array, Array]:
        rank = np.linalg.matrix_rank(self.X)
        return np.zeros((len(self.Y), 0)), np.linalg.svd(self.X)[0][:, rank:]

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
        rank = np.linalg.matrix_rank(self.moment, hermitian=True, rtol=1e-13)
        if rank < len(self.moment):
            raise InputError(
                f"X Xᵀ is singular: {self.X.shape[1]} samples of rank {rank} in dimension "
                f"{len(self.moment)}; the loss does not determine M, use more samples; "
                "NetworkLoss(network, loss) has bad_minima() and classify() for these, too"
            )
        return Metric.from_data(self.X, rows=self.shape[0])

    @property
    def family(self) -> Metric:  # type: ignore[override]
        """The metric, of the squared distance that the loss is up to a constant."""
        return self.metric

    @property
    def composable(self) -> tuple[ObjectiveFamily, NDArray[Any]]:
        slopes = self.Y @ self.X.T
        family = QuadraticFamily(np.kron(np.eye(self.shape[0]), self.moment))
        return family, np.append(slopes.ravel(), np.sum(self.Y**2))

    @property
    def data(self) -> Array:  # type: ignore[override]
        """Q = YXᵀ(XXᵀ)⁻¹, the matrix of least loss.

        Raises
        ------
        InputError
            XXᵀ is singular: it is not unique.
        """
        _ = self.metric  # refuses what is singular
        return np.asarray(np.linalg.solve(self.moment, self.X @ self.Y.T).T)

    def as_distance(self) -> tuple[SquaredDistance, float]:
        """Return the distance loss and the constant, ℓ(Q), that add up to this loss.

        Raises
        ------
        InputError
            XXᵀ is singular.
        """
        return SquaredDistance(self.data, self.metric), self.value(self.data)

    def whiten(self) -> tuple[SquaredDistance, Array]:
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
        return SquaredDistance(data @ root), root
