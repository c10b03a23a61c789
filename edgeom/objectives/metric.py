"""Inner products: the S in the squared distance (x-q)ᵀ S (x-q).

A metric is a symmetric matrix on the coordinates of a variety. Real statements (minima, the
nearest point) need a positive semidefinite one; complex counting makes sense for any symmetric
matrix and asks for it by name: ``indefinite=True``. What a semidefinite metric does not see, its
kernel, is missing in the data: weights 0 are missing entries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgeom.arrays import numbers, point, real_numbers
from edgeom.errors import InputError, check_size, keywords_checked
from edgeom.homotopy.tape import Var
from edgeom.objectives.family import ObjectiveFamily
from edgeom.objectives.matrices import (
    in_units,
    is_kronecker,
    is_multiple,
    is_semidefinite,
    kernel,
    unit_sizes,
)
from edgeom.objectives.moments import gram_matrix
from edgeom.scaling import Coordinates

__all__ = ["Metric"]

LARGEST = 5000  #: coordinates of a metric that is made here: its matrix takes 200 MB


@dataclass(frozen=True, eq=False)
class Metric(ObjectiveFamily):
    """A symmetric matrix S defining the squared distance (x-q)ᵀ S (x-q).

    As a family of objectives its members are these functions of x, with the data q as parameters.

    Parameters
    ----------
    matrix : array (n, n)
        Symmetric and, unless `indefinite`, real and positive semidefinite, not 0.
    name : str
        How the metric is called in summaries.
    indefinite : bool
        Accept a matrix that is complex or indefinite. Critical points are then counted over the
        complex numbers; there are no minima to speak of.

    Raises
    ------
    InputError
        The matrix is not one of numbers, or it is not square, finite, symmetric and positive
        semidefinite.

    Examples
    --------
    >>> Metric.weights([1, 4])
    Metric('entrywise weights', n=2)
    >>> Metric([[1, 2], [2, 1]])
    Traceback (most recent call last):
    ...
    edgeom.errors.InputError: the metric must be positive semidefinite, its smallest eigenvalue is -1; pass indefinite=True to count critical points over the complex numbers
    """  # noqa: E501

    matrix: NDArray[Any]
    name: str = "matrix"
    indefinite: bool = False
    generic: bool = field(default=False, kw_only=True)
    noun = "the squared distance"
    homogeneity = 2
    degree = 2

    @keywords_checked
    def __init__(
        self,
        matrix: ArrayLike,
        name: str = "given matrix",
        indefinite: bool = False,
        *,
        generic: bool = False,
    ) -> None:
        array = numbers(matrix, "a metric")
        if array.ndim != 2 or len(set(array.shape)) != 1 or array.size == 0:
            raise InputError(f"a metric must be a square matrix, got shape {array.shape}")
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
            if not scale:
                raise InputError("the metric is 0: all points have the same distance 0")
            if not is_semidefinite(array):
                raise InputError(
                    f"the metric must be positive semidefinite, its smallest eigenvalue is "
                    f"{float(np.linalg.eigvalsh(array)[0]):.6g}; pass indefinite=True to count "
                    f"critical points over the complex numbers"
                )
        array.flags.writeable = False
        object.__setattr__(self, "matrix", array)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "indefinite", indefinite)
        object.__setattr__(self, "generic", generic)

    def rescaled(self, exponents: Sequence[int], exponent: int = 0) -> Metric:
        """Return the metric 2^-exponent D S D with D = diag(2^exponents), without rounding."""
        if not any(exponents) and not exponent:
            return self
        matrix = in_units(self.matrix, exponents, exponent)
        matrix.flags.writeable = False
        other = object.__new__(Metric)
        for name in ("name", "indefinite", "generic"):
            object.__setattr__(other, name, getattr(self, name))
        object.__setattr__(other, "matrix", matrix)
        return other

    @property
    def lengths(self) -> list[float]:
        """log₂ of the lengths of the units of the coordinates, relative to the longest.

        A coordinate of length 0 on the diagonal counts by its largest entry.
        """
        sizes = unit_sizes(self.matrix)
        return list(np.log2(sizes / sizes.max()) / 2)

    def parameter_names(self, n: int) -> tuple[str, ...]:
        return tuple(f"q{i}" for i in range(1, n + 1))

    def gradient(self, x: Sequence[Var], theta: Sequence[Var]) -> list[Var]:
        b = x[0].builder
        gap = [v - q for v, q in zip(x, theta, strict=True)]
        return [2 * b.dot(row, gap) for row in self.matrix.tolist()]

    def values(self, x: NDArray[Any], theta: NDArray[Any]) -> NDArray[Any]:
        gap = x - theta
        return np.asarray(np.einsum("...i,ij,...j->...", gap, self.matrix, gap))

    def inward(
        self, theta: NDArray[Any], coordinates: Coordinates, widening: int = 0
    ) -> NDArray[Any]:
        return theta if coordinates.is_identity else coordinates.inward(theta)

    @property
    def convex(self) -> bool | None:  # type: ignore[override]
        """Whether S is positive semidefinite."""
        if not self.indefinite:
            return True
        values = np.linalg.eigvalsh(self.matrix) if self.is_real else np.array([-1.0, 0.0])
        return bool(values[0] >= -1e-12 * abs(values[-1]))

    @property
    def dimension(self) -> int:  # type: ignore[override]
        """Number of coordinates."""
        return int(self.matrix.shape[0])

    @cached_property
    def kernel(self) -> NDArray[Any]:
        """What the metric does not see: {v : S v = 0}, by an orthonormal basis, as columns.

        Examples
        --------
        >>> Metric.weights([1, 0, 2]).kernel.ravel().tolist()
        [0.0, 1.0, 0.0]
        """
        if self.generic:
            return np.zeros((self.dimension, 0))
        if self.is_diagonal:
            return np.eye(self.dimension)[:, np.diag(self.matrix) == 0]
        return kernel(self.matrix)

    @property
    def is_singular(self) -> bool:
        """Whether there are directions that the metric does not see."""
        return bool(self.kernel.shape[1])

    @property
    def is_definite(self) -> bool:
        """Whether it is known to be real and positive definite."""
        return not self.indefinite and not self.is_singular

    @property
    def is_real(self) -> bool:  # type: ignore[override]
        """Whether the matrix has real entries."""
        return not np.iscomplexobj(self.matrix)

    @property
    def is_euclidean(self) -> bool:
        """Whether S is a nonzero multiple of the identity."""
        first = self.matrix[0, 0]
        return bool(first != 0 and np.array_equal(self.matrix, first * np.eye(self.dimension)))

    @property
    def is_diagonal(self) -> bool:
        """Whether S only weights the coordinates."""
        return bool(np.array_equal(self.matrix, np.diag(np.diag(self.matrix))))

    @keywords_checked
    def is_multiple_of(self, other: Metric, exact: bool = False) -> bool:
        """Whether S is a nonzero multiple of another metric, to rounding or exactly."""
        if self.dimension != other.dimension:
            return False
        return is_multiple(self.matrix, other.matrix, exact)

    def kronecker_factor(self, rows: int, cols: int, exact: bool = False) -> bool:
        """Whether S = A ⊗ B with A rows×rows and B cols×cols symmetric and nonsingular.

        It is asked up to rounding, or exactly of the doubles.

        Such a metric is ‖A^½ M B^½‖_F², an invertible linear change of coordinates that keeps
        ranks, away from the Frobenius norm. A product of two skew factors is symmetric as well,
        and nothing of the kind: for 2×2 matrices it is 2 det M.
        """
        if self.dimension != check_size(rows, "rows", 1) * check_size(cols, "cols", 1):
            return False
        return is_kronecker(self.matrix, rows, cols, exact)

    @classmethod
    def euclidean(cls, n: int) -> Metric:
        """Return the identity on n coordinates.

        For symmetric matrices, stored by their entries i <= j, this is *not* the Frobenius norm,
        which counts off-diagonal entries twice: that one is the variety's ``default_metric``.
        """
        return cls(np.eye(_size(n)), "euclidean")

    @classmethod
    def weights(
        cls, weights: ArrayLike, indefinite: bool = False, *, name: str = "entrywise weights"
    ) -> Metric:
        """Return entrywise weights: Σ w_i (x_i - q_i)², for an array of any shape."""
        entries = numbers(weights, "weights").ravel()
        if entries.size:
            _size(entries.size)
        return cls(np.diag(entries), name, indefinite)

    @classmethod
    def mask(cls, observed: ArrayLike) -> Metric:
        """Return the metric of data with missing entries: weight 1 where observed, else 0.

        ``NaN`` in data says the same, see :class:`~edgeom.critical.problem.DistanceProblem`.

        Examples
        --------
        >>> Metric.mask([[True, True], [True, False]])
        Metric('3 of 4 entries observed', n=4)
        """
        entries = numbers(observed, "observed")
        if not np.isin(entries, (0, 1)).all():
            raise InputError(
                "observed must say True or False (1 or 0) for each entry; for other weights use "
                "Metric.weights"
            )
        name = f"{int(entries.sum())} of {entries.size} entries observed"
        return cls.weights(entries, name=name)

    def masked(self, observed: ArrayLike) -> Metric:
        """Return the same metric with weight 0 where nothing is observed; a diagonal one."""
        entries = numbers(observed, "observed").ravel()
        seen = point(entries, (len(self.matrix),), "observed").astype(bool)
        if seen.all():
            return self
        if not self.is_diagonal:
            raise InputError(
                f"missing entries are entries of weight 0, but the metric {self.name!r} is a full "
                "matrix; give weights (Metric.weights), or fill the entries in and give a metric "
                "with zeros in their rows and columns"
            )
        name = f"{self.name}, {int(seen.sum())} of {seen.size} entries observed"
        return Metric(np.diag(np.where(seen, np.diag(self.matrix), 0)), name, self.indefinite)

    @classmethod
    def from_data(cls, X: ArrayLike, rows: int) -> Metric:
        """Return the metric of the loss ‖MX - Y‖² on matrices M with `rows` rows.

        Parameters
        ----------
        X : array (cols, samples)
            Inputs as columns, not all 0. XXᵀ may be singular, as for fewer samples than columns.
        rows : int
            Number of rows of M.

        Notes
        -----
        ‖MX - Y‖² = ‖(M - Q) X‖² + constant with Q = Y X⁺, and S = I ⊗ XXᵀ.
        """
        data = real_numbers(X, "X")
        if data.ndim != 2 or not np.isfinite(data).all():
            raise InputError(f"X must be a finite array (cols, samples), got shape {data.shape}")
        moment = data @ data.T
        if not moment.any():
            raise InputError("X is 0, or has no samples: the loss does not depend on M")
        rows = check_size(rows, "rows", 1)
        _size(rows * len(data))
        return cls(np.kron(np.eye(rows), moment), "‖MX - Y‖²")

    @classmethod
    def from_map(cls, f: ArrayLike) -> Metric:
        """Return the metric ‖f(x)‖² of a linear map given as a matrix (k, n)."""
        matrix = real_numbers(f, "f")
        if matrix.ndim != 2 or not np.isfinite(matrix).all():
            raise InputError(f"f must be a finite matrix, got shape {matrix.shape}")
        return cls(matrix.T @ matrix, "‖f(·)‖²")

    @classmethod
    def from_moments(
        cls,
        inputs: str | ArrayLike,
        monomials: Sequence[Sequence[int]],
        outputs: int = 1,
        indefinite: bool = False,
    ) -> Metric:
        """Return the metric E‖f(x)‖² of polynomial maps f, by their coefficients.

        With it the loss E‖f(x) - g(x)‖² of training on a teacher g is a squared distance.

        Parameters
        ----------
        inputs : str or array (variables, samples)
            The law of x: "gaussian", "uniform" in [-1, 1]^d, "sphere", or samples as columns.
        monomials : sequence of exponents
            Those whose coefficients an output has.
        outputs : int
            S = I ⊗ (E[x^(α+β)]) for so many outputs, one after the other.
        indefinite : bool
            Accept a singular matrix, as of too few samples: it does not tell all functions apart.

        Examples
        --------
        >>> Metric.from_moments("gaussian", [(2, 0), (1, 1), (0, 2)]).matrix[0]
        array([3., 0., 1.])
        """
        gram = gram_matrix(inputs, monomials)
        rank = np.linalg.matrix_rank(gram, hermitian=True, rtol=1e-13)
        if rank < len(gram) and not indefinite:
            raise InputError(
                f"the moments of {len(gram)} monomials have rank {rank}: there are too few "
                "samples, or the inputs fulfil an equation; with indefinite=True critical points "
                "are counted for what they see"
            )
        outputs = check_size(outputs, "outputs", 1)
        _size(outputs * len(gram))
        name = f"{inputs} inputs" if isinstance(inputs, str) else "mean over samples"
        if rank < len(gram):
            name += f", which see {rank} of {len(gram)} monomials"
        return cls(np.kron(np.eye(outputs), gram), name, indefinite and rank < len(gram))

    @classmethod
    @keywords_checked
    def random(cls, n: int, seed: int | np.random.SeedSequence = 0) -> Metric:
        """Return S = fᵀf / n with f an n×n matrix of independent standard normal entries.

        With probability one such a metric is generic.
        """
        n = _size(n)
        f = np.random.default_rng(seed).normal(size=(n, n))
        label = f"random, seed {seed}" if isinstance(seed, int) else "random"
        # an ill-conditioned draw is still positive definite, whatever its rounding says
        return cls(f.T @ f / n + 1e-12 * np.eye(n), label, generic=True)

    @classmethod
    @keywords_checked
    def random_weights(cls, n: int, seed: int | np.random.SeedSequence = 0) -> Metric:
        """Return random complex entrywise weights, for counting over the complex numbers.

        They are generic with probability one: the squares of the coordinates have no common zero,
        so a general combination of them meets every variety at infinity as a general quadric does
        (docs/explanation/generic_metrics.md).
        """
        rng = np.random.default_rng(seed)
        n = _size(n)
        weights = rng.normal(size=n) + 1j * rng.normal(size=n)
        label = (
            f"random complex weights, seed {seed}" if isinstance(seed, int) else "random weights"
        )
        return cls(np.diag(weights), label, indefinite=True, generic=True)

    def __repr__(self) -> str:
        return f"Metric({self.name!r}, n={self.dimension})"


def _size(n: int) -> int:
    n = check_size(n, "the number of coordinates", 1)
    if n > LARGEST:
        raise InputError(
            f"a metric is a full matrix and can have at most {LARGEST} coordinates, got {n}"
        )
    return n
