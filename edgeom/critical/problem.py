"""Distance problems: a variety, a metric and data, and all their critical points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgeom.arrays import real_numbers
from edgeom.critical.general import CriticalProblem
from edgeom.critical.nearest_point import NearestPoint
from edgeom.errors import InputError, keywords_checked
from edgeom.objectives.metric import Metric
from edgeom.varieties.base import Variety
from edgeom.varieties.missing import split_missing
from edgeom.varieties.unseen import metric_for
from edgeom.views import view

__all__ = ["DistanceProblem"]


class DistanceProblem(CriticalProblem):
    """The squared distance (x-q)ᵀ S (x-q) from data q to the points x of a variety.

    It is the critical problem of :class:`~edgeom.SquaredDistance`.

    Parameters
    ----------
    variety : Variety
    metric : Metric, optional
        By default the variety's own, ``variety.default_metric``.
    data : array, optional
        The data point q, of the shape of the variety's points. Entries that are NaN, or masked,
        are missing: they get weight 0, and 0 stands in their place. Without data the problem is
        there for :meth:`at`, which puts data in.

    Raises
    ------
    InputError
        The metric or the data does not fit the variety; or so many entries have weight 0 that
        critical points are not isolated.

    Examples
    --------
    >>> import numpy as np, edgeom as eg
    >>> V = eg.DeterminantalVariety(2, 2, rank=1)
    >>> points = eg.DistanceProblem(V, data=[[3, 0], [0, 1]]).critical_points()
    >>> len(points), points.nearest.point.round(6) + 0.0
    (2, array([[3., 0.],
           [0., 0.]]))
    >>> problem = eg.DistanceProblem(V, data=[[1, 2], [3, np.nan]])
    >>> problem.critical_points().nearest.point.round(6)
    array([[1., 2.],
           [3., 6.]])
    """

    @keywords_checked
    def __init__(
        self, variety: Variety, metric: Metric | None = None, *, data: ArrayLike | None = None
    ) -> None:
        if not isinstance(variety, Variety):
            raise InputError(f"variety must be a Variety, got {type(variety).__name__}")
        observed = None
        if data is not None:
            data, observed = split_missing(variety, data)
        metric = metric_for(variety, metric, isolated=observed is None)
        if observed is not None:
            metric = metric_for(variety, metric.masked(observed))
        self._begin(variety, metric, data)

    def at(self, data: ArrayLike) -> Self:
        """Return the same problem for other data; generic fibres, one for each seed, are shared.

        They are not where entries are missing that have a weight.
        """
        filled, observed = split_missing(self.variety, data)
        weightless = np.diag(self.metric.matrix) == 0
        if observed is None or (observed | weightless).all():
            return super().at(filled)
        return type(self)(self.variety, self.metric, data=data)

    @property
    def metric(self) -> Metric:
        """The inner product."""
        assert isinstance(self.family, Metric)
        return self.family

    @classmethod
    @keywords_checked
    def from_data(cls, variety: Variety, X: ArrayLike, Y: ArrayLike) -> DistanceProblem:
        """Return the problem of the quadratic loss ‖MX - Y‖² on matrices M.

        Parameters
        ----------
        variety : Variety
            Of matrices with as many columns as X has rows.
        X : array (cols, samples)
            XXᵀ may be singular where critical points are isolated all the same.
        Y : array (rows, samples)

        Notes
        -----
        ‖MX - Y‖² = ‖(M - Q) X‖² + constant with Q = Y X⁺.
        """
        x, y = real_numbers(X, "X"), real_numbers(Y, "Y")
        rows, cols = variety.shape if len(variety.shape) == 2 else (0, 0)
        if x.ndim != 2 or x.shape[0] != cols or y.shape != (rows, x.shape[1]):
            raise InputError(
                f"X and Y must have shapes (cols, samples) and (rows, samples) for matrices of "
                f"shape {variety.shape}, got {x.shape} and {y.shape}"
            )
        metric = Metric.from_data(x, rows=variety.shape[0])
        return cls(variety, metric, data=_solution(x, y))

    def on(self, variety: Variety) -> DistanceProblem:
        return DistanceProblem(variety, self.metric)

    def __repr__(self) -> str:
        return f"DistanceProblem({self.variety!r}, {self.metric!r})"

    @keywords_checked
    def nearest_point(
        self,
        seed: int = 0,
        *,
        prove: bool = True,
        domain: Mapping[str, Sequence[float | None]] | None = None,
        searches: int | None = None,
    ) -> NearestPoint:
        """Find the nearest real point of the whole variety, singular points included.

        See :class:`edgeom.NearestPoint`.

        Parameters
        ----------
        seed : int
            Of the random numbers.
        prove : bool
            Try to prove it; without that it is quicker.
        domain : dict, optional
            From and to for parameters of a map, None for no end: ``{"t": (0, 1)}``.
        searches : int, optional
            Only so many local searches, where there are too many critical points to find all: the
            best end need not be the nearest point, and nothing is proved.

        Raises
        ------
        InputError
            Variety, metric or data is complex, or the metric may be indefinite.

        Examples
        --------
        The isolated point of a cubic is nearer than its branch:

        >>> import edgeom as eg
        >>> cubic = eg.AlgebraicVariety(["y^2 = x^2*(x - 1)"], "x y")
        >>> best = eg.DistanceProblem(cubic, data=[-0.1, 0.05]).nearest_point()
        >>> best.kind, best.point.round(9) + 0.0, round(best.squared_distance, 9)
        ('singular point', array([0., 0.]), 0.0125)
        """
        nearest: NearestPoint = view("nearest_point")(
            self, seed, prove=prove, domain=domain, searches=searches
        )
        return nearest


def _solution(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the matrix M that minimises ‖MX - Y‖², the smallest one where there are several."""
    moment = x @ x.T
    if np.linalg.matrix_rank(moment, hermitian=True) < len(moment):
        return np.asarray(y @ np.linalg.pinv(x))
    return np.asarray(np.linalg.solve(moment, x @ y.T).T)
