"""Critical points in function space: the theorem of Eckart and Young with all its critical points.

For the Frobenius norm, and for every metric that a change of coordinates M ↦ A^½ M B^½ takes to it,
the critical points of the squared distance on matrices of rank at most r come from choosing r of
the singular values of the data. For other metrics there is :class:`edgeom.DistanceProblem`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgeom.errors import DegenerateDataError, InputError, check_size, keywords_checked
from edgeom.networks.arrays import Array, check_tolerance, real_matrix
from edgeom.objectives.distances import QuadraticLoss, SquaredDistance
from edgeom.objectives.metric import Metric
from edgeom.objectives.singular_values import roots, singular_values

__all__ = ["EckartYoung", "eckart_young", "on_ed_discriminant", "subset_index"]


@dataclass(frozen=True, eq=False)
class EckartYoung:
    """All critical points of a squared distance on the smooth locus of M_r, nearest first.

    Attributes
    ----------
    data : array (rows, cols)
        Q.
    rank : int
        r.
    metric : Metric
    singular_values : array (m,)
        σ_1 > ... > σ_m of Q, m = min(rows, cols); for a metric A ⊗ B those of A^½ Q B^½.
    subsets : tuple of tuples of int
        The sets I of r positions in `singular_values`, counted from 0.
    points : array (points, rows, cols)
        P_I, the data without the singular values outside of I.
    index : integer array (points,)
        Number of negative eigenvalues of the Hessian on M_r, see :func:`subset_index`.
    squared_distance : array (points,)
        Σ σ_i² over i outside of I.
    """

    data: Array
    rank: int
    metric: Metric
    singular_values: Array
    subsets: tuple[tuple[int, ...], ...]
    points: Array
    index: NDArray[np.int64]
    squared_distance: Array

    def __len__(self) -> int:
        return len(self.subsets)

    @property
    def nearest(self) -> Array:
        """The best approximation of the data, the only local minimum."""
        return np.asarray(self.points[0])

    @property
    def _metric_text(self) -> str:
        n = self.data.size
        plain = np.array_equal(self.metric.matrix, np.eye(n))
        return "" if plain else f" for the metric {self.metric.name}"

    def __str__(self) -> str:
        rows, cols = self.data.shape
        lines = [
            f"{len(self)} critical points of the squared distance to {rows}×{cols} matrices of "
            f"rank ≤ {self.rank}, by singular value decomposition{self._metric_text}",
            "  index  squared distance  singular values",
        ]
        for subset, index, distance in zip(
            self.subsets, self.index.tolist(), self.squared_distance.tolist(), strict=True
        ):
            kept = ", ".join(f"{value:.6g}" for value in self.singular_values[list(subset)])
            lines.append(f"  {index:5}  {distance:16.6g}  {kept}")
        return "\n".join(lines)

    __repr__ = __str__


@keywords_checked
def eckart_young(
    data: ArrayLike | SquaredDistance | QuadraticLoss,
    rank: int,
    metric: Metric | None = None,
    *,
    tolerance: float = 1e-8,
) -> EckartYoung:
    """Return all critical points of (M-Q)ᵀ S (M-Q) on matrices of rank r, with their indices.

    Parameters
    ----------
    data : array (rows, cols), SquaredDistance or QuadraticLoss
        Q; or a loss, which brings its own metric: that of ‖MX - Y‖² is I ⊗ XXᵀ, and without it the
        problem is another one.
    rank : int
        r, at least 1 and at most m = min(rows, cols).
    metric : Metric, optional
        S = A ⊗ B with positive definite A (rows, rows) and B (cols, cols), as that of the
        quadratic loss ‖MX - Y‖² with A = I, B = XXᵀ; by default the identity.
    tolerance : float
        Singular values closer than this times the largest one are equal, and one below it is zero.

    Returns
    -------
    EckartYoung
        C(m, r) points; C(m-1, r) if σ_m = 0 < r < m, for the others have lower rank.

    Raises
    ------
    InputError
        The rank is out of range, the data is not a finite real matrix, or the metric does not
        fit or is not such a product.
    DegenerateDataError
        The data lies on the ED discriminant: two singular values are equal, and there are
        infinitely many critical points, or too few.

    Notes
    -----
    Eckart and Young; with all critical points and indices Trager, Kohn, Bruna (arXiv 1910.01671).
    M ↦ A^½ M B^½ takes the metric to the Frobenius norm and keeps ranks, so nothing has to be
    shown again. All critical points are real and nondegenerate.

    Examples
    --------
    >>> import numpy as np
    >>> print(eckart_young(np.diag([3.0, 2.0, 1.0]), rank=2))
    3 critical points of the squared distance to 3×3 matrices of rank ≤ 2, by singular value decomposition
      index  squared distance  singular values
          0                 1  3, 2
          1                 4  3, 1
          2                 9  2, 1
    """  # noqa: E501
    if isinstance(data, SquaredDistance | QuadraticLoss):
        if metric is not None:
            raise InputError("a loss brings its own metric; leave out metric")
        metric, data = data.metric, data.data
    q = real_matrix(data, "the data")
    m = min(q.shape)
    r = check_size(rank, "rank", 1, m, f"min(rows, cols) = {m}")
    metric = Metric.euclidean(q.size) if metric is None else metric
    left, right = roots(metric, q)
    u, values, v = np.linalg.svd(left @ q @ right, full_matrices=False)
    if _coincide(values, r, tolerance):
        raise DegenerateDataError(
            f"the data lies on the ED discriminant of matrices of rank ≤ {r}: singular values "
            f"coincide, {', '.join(f'{value:.6g}' for value in values)}; move the data"
        )
    nonzero = int(np.sum(values > tolerance * values[0])) if r < m else m
    subsets = list(combinations(range(nonzero), r))
    distances = [float(np.sum(np.delete(values, subset) ** 2)) for subset in subsets]
    order = np.argsort(distances, kind="stable")
    parts = np.array([(u[:, list(i)] * values[list(i)]) @ v[list(i)] for i in subsets])[order]
    return EckartYoung(
        data=q,
        rank=r,
        metric=metric,
        singular_values=values,
        subsets=tuple(subsets[k] for k in order),
        points=np.linalg.inv(left) @ parts @ np.linalg.inv(right),
        index=np.array([subset_index(subsets[k], m) for k in order]),
        squared_distance=np.array(distances)[order],
    )


def subset_index(subset: Sequence[int], count: int) -> int:
    """Return the index of P_I on matrices of rank |I|: #{(j, i) : j in I, i outside, j > i}.

    Parameters
    ----------
    subset : sequence of int
        I, positions from 0 among the singular values, the largest first.
    count : int
        m, the number of singular values.

    Notes
    -----
    Statement of Trager, Kohn, Bruna for distinct singular values. For j in I and i outside, turning
    u_j, v_j towards u_i, v_i by angles θ, φ changes half the squared distance by
    σ_j (σ_j θ² - 2 σ_i θφ + σ_j φ²)/2 up to higher order: eigenvalues σ_j (σ_j ± σ_i), one of them
    negative if σ_i > σ_j. In the other tangent directions the Hessian is positive definite.

    Examples
    --------
    >>> subset_index((0, 1), 3), subset_index((1, 2), 3)
    (0, 2)
    """
    return sum(j > i for j in subset for i in set(range(count)) - set(subset))


@keywords_checked
def on_ed_discriminant(
    data: ArrayLike,
    rank: int | None = None,
    metric: Metric | None = None,
    *,
    tolerance: float = 1e-8,
) -> bool:
    """Whether the data lies on the ED discriminant of M_r: two of its singular values are equal.

    Parameters
    ----------
    data : array (rows, cols)
        Q.
    rank : int, optional
        r, between 0 and m = min(rows, cols); by default any with 0 < r < m, the discriminant is the
        same for all of these.
    metric : Metric, optional
        As in :func:`eckart_young`.
    tolerance : float
        Singular values closer than this times the largest one are equal.

    Raises
    ------
    InputError
        As in :func:`eckart_young`.

    Notes
    -----
    For 0 < r < m every coincidence σ_i = σ_j counts, whatever r: the limits of P_I for the sets I
    with i and without j and those with j in place of i are not isolated, or are the same. If
    σ_i > 0, they are the members of a family: of critical points of rank r if Q has rank above r,
    of points of lower rank otherwise. If σ_i = σ_j = 0, they are equal and of lower rank. For
    r = 0 and r = m the variety is a linear space and the discriminant is empty.

    A single zero, σ_m = 0, is no coincidence: every P_I is an analytic function of the data there.
    But those with m in I have rank r - 1, and critical points are counted on the smooth locus only:
    C(m-1, r) are left.

    Over the complex numbers this is a hypersurface, the discriminant of det(QQᵀ - t). Its real
    points have codimension 2 where two positive singular values are equal, codimension
    `2(|rows - cols| + 2)` where two vanish: its complement in the real matrices is connected.

    Examples
    --------
    >>> import numpy as np
    >>> on_ed_discriminant(np.diag([2.0, 1.0, 1.0]), 1), on_ed_discriminant(np.diag([2.0, 1.0, 0.0]), 1)
    (True, False)
    >>> on_ed_discriminant(np.eye(3)), on_ed_discriminant(np.eye(3), rank=3)
    (True, False)
    """  # noqa: E501
    q = real_matrix(data, "the data")
    m = min(q.shape)
    r = 1 if rank is None else check_size(rank, "rank", 0, m, f"min(rows, cols) = {m}")
    return _coincide(singular_values(q, metric), r, tolerance)


def _coincide(values: Array, rank: int, tolerance: float) -> bool:
    """Whether two of the singular values, in decreasing order, are equal and the rank lets them."""
    gaps = values[:-1] - values[1:]
    return bool(0 < rank < len(values) and (gaps <= check_tolerance(tolerance) * values[0]).any())
