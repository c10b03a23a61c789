"""Inner products: the S in the squared distance (x-q)ᵀ S (x-q).

A metric is a symmetric matrix on the coordinates of a variety. Real statements (minima, the
nearest point) need a positive definite one; complex counting makes sense for any symmetric
matrix and asks for it by name: ``indefinite=True``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgeom.errors import InputError

__all__ = ["Metric"]


@dataclass(frozen=True, eq=False)
class Metric:
    """A symmetric matrix S defining the squared distance (x-q)ᵀ S (x-q).

    Parameters
    ----------
    matrix : array (n, n)
        Symmetric and, unless `indefinite`, real and positive definite.
    name : str
        How the metric is called in summaries.
    indefinite : bool
        Accept a matrix that is complex, indefinite or singular. Critical points are then counted
        over the complex numbers; there are no minima to speak of.

    Raises
    ------
    InputError
        The matrix is not square, not finite, not symmetric or not positive definite.

    Examples
    --------
    >>> Metric.weights([1, 4])
    Metric('entrywise weights', n=2)
    >>> Metric([[1, 2], [2, 1]])
    Traceback (most recent call last):
    ...
    edgeom.errors.InputError: the metric must be positive definite, its smallest eigenvalue is -1; pass indefinite=True to count critical points over the complex numbers
    """  # noqa: E501

    matrix: NDArray[Any]
    name: str = "matrix"
    indefinite: bool = False
    generic: bool = field(default=False, kw_only=True)

    def __init__(
        self,
        matrix: ArrayLike,
        name: str = "given matrix",
        indefinite: bool = False,
        *,
        generic: bool = False,
    ) -> None:
        array = np.array(matrix)
        if array.ndim != 2 or array.shape[0] != array.shape[1] or array.size == 0:
            raise InputError(f"a metric must be a square matrix, got shape {array.shape}")
        array = array.astype(complex if np.iscomplexobj(array) else float)
        if not np.isfinite(array).all():
            raise InputError("a metric must have finite entries, got NaN or infinity")
        scale = float(np.abs(array).max())
        if np.abs(array - array.T).max() > 1e-12 * scale:
            worst = np.abs(array - array.T).max()
            raise InputError(f"a metric must be symmetric, S - Sᵀ has an entry of size {worst:.3g}")
        array = (array + array.T) / 2
        if not indefinite:
            if np.iscomplexobj(array):
                raise InputError(
                    "a metric must be real; pass indefinite=True to count critical points over "
                    "the complex numbers"
                )
            smallest = float(np.linalg.eigvalsh(array)[0])
            if smallest <= 1e-14 * scale:
                raise InputError(
                    f"the metric must be positive definite, its smallest eigenvalue is "
                    f"{smallest:.6g}; pass indefinite=True to count critical points over the "
                    f"complex numbers"
                )
        array.flags.writeable = False
        object.__setattr__(self, "matrix", array)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "indefinite", indefinite)
        object.__setattr__(self, "generic", generic)

    @property
    def dimension(self) -> int:
        """Number of coordinates."""
        return int(self.matrix.shape[0])

    @property
    def is_real(self) -> bool:
        """Whether the matrix has real entries."""
        return not np.iscomplexobj(self.matrix)

    @property
    def is_euclidean(self) -> bool:
        """Whether S is a multiple of the identity."""
        return bool(np.array_equal(self.matrix, self.matrix[0, 0] * np.eye(self.dimension)))

    @property
    def is_diagonal(self) -> bool:
        """Whether S only weights the coordinates."""
        return bool(np.array_equal(self.matrix, np.diag(np.diag(self.matrix))))

    def kronecker_factor(self, rows: int, cols: int) -> bool:
        """Whether S = A ⊗ B with A rows×rows and B cols×cols (to rounding).

        A Kronecker metric is ‖A^½ M B^½‖_F², an invertible linear change of coordinates that
        keeps ranks, away from the Frobenius norm.
        """
        if self.dimension != rows * cols:
            return False
        blocks = self.matrix.reshape(rows, cols, rows, cols).transpose(0, 2, 1, 3)
        flat = blocks.reshape(rows * rows, cols * cols)
        values = np.linalg.svd(flat, compute_uv=False)
        rank_one = values[0] > 0 and (len(values) == 1 or values[1] <= 1e-12 * values[0])
        smallest = np.linalg.svd(self.matrix, compute_uv=False)[-1]
        return bool(rank_one and smallest > 1e-12 * np.abs(self.matrix).max())

    @classmethod
    def euclidean(cls, n: int) -> Metric:
        """Return the identity on n coordinates.

        For symmetric matrices, stored by their entries i <= j, this is *not* the Frobenius norm,
        which counts off-diagonal entries twice: that one is the variety's ``default_metric``.
        """
        return cls(np.eye(_count(n)), "euclidean")

    @classmethod
    def weights(cls, weights: ArrayLike, indefinite: bool = False) -> Metric:
        """Return entrywise weights: Σ w_i (x_i - q_i)², for an array of any shape."""
        return cls(np.diag(np.asarray(weights).ravel()), "entrywise weights", indefinite)

    @classmethod
    def from_data(cls, X: ArrayLike, rows: int) -> Metric:
        """Return the metric of the loss ‖MX - Y‖² on matrices M with `rows` rows.

        Parameters
        ----------
        X : array (cols, samples)
            Inputs as columns; XXᵀ must be nonsingular.
        rows : int
            Number of rows of M.

        Notes
        -----
        ‖MX - Y‖² = ‖(M - Q) X‖² + constant with Q = Y Xᵀ (X Xᵀ)⁻¹, and S = I ⊗ XXᵀ.
        """
        data = np.asarray(X, float)
        if data.ndim != 2 or not np.isfinite(data).all():
            raise InputError(f"X must be a finite array (cols, samples), got shape {data.shape}")
        if np.linalg.matrix_rank(data) < data.shape[0]:
            raise InputError(
                f"X Xᵀ is singular: {data.shape[1]} samples of rank "
                f"{np.linalg.matrix_rank(data)} in dimension {data.shape[0]}; the loss does not "
                "determine M, use more samples"
            )
        return cls(np.kron(np.eye(_count(rows)), data @ data.T), "‖MX - Y‖²")

    @classmethod
    def from_map(cls, f: ArrayLike) -> Metric:
        """Return the metric ‖f(x)‖² of a linear map given as a matrix (k, n), k >= n."""
        matrix = np.asarray(f, float)
        if matrix.ndim != 2 or not np.isfinite(matrix).all():
            raise InputError(f"f must be a finite matrix, got shape {matrix.shape}")
        if np.linalg.matrix_rank(matrix) < matrix.shape[1]:
            raise InputError(
                f"f must be injective, it has rank {np.linalg.matrix_rank(matrix)} on "
                f"{matrix.shape[1]} coordinates"
            )
        return cls(matrix.T @ matrix, "‖f(·)‖²")

    @classmethod
    def random(cls, n: int, seed: int | np.random.SeedSequence = 0) -> Metric:
        """Return S = fᵀf / n with f an n×n matrix of independent standard normal entries.

        With probability one such a metric is generic.
        """
        f = np.random.default_rng(seed).normal(size=(_count(n), n))
        label = f"random, seed {seed}" if isinstance(seed, int) else "random"
        # an ill-conditioned draw is still positive definite, whatever its rounding says
        return cls(f.T @ f / n + 1e-12 * np.eye(n), label, generic=True)

    @classmethod
    def random_weights(cls, n: int, seed: int | np.random.SeedSequence = 0) -> Metric:
        """Return random complex entrywise weights, for counting over the complex numbers.

        They are generic with probability one: the squares of the coordinates have no common zero,
        so a general combination of them meets every variety at infinity as a general quadric does
        (docs/generic_metrics.md).
        """
        rng = np.random.default_rng(seed)
        weights = rng.normal(size=_count(n)) + 1j * rng.normal(size=n)
        label = (
            f"random complex weights, seed {seed}" if isinstance(seed, int) else "random weights"
        )
        return cls(np.diag(weights), label, indefinite=True, generic=True)

    def __repr__(self) -> str:
        return f"Metric({self.name!r}, n={self.dimension})"


def _count(n: int) -> int:
    if isinstance(n, bool) or int(n) != n or n < 1:
        raise InputError(f"the number of coordinates must be a positive integer, got {n!r}")
    return int(n)
