"""Numbers of real critical points and of minima over a plane in data space.

The plane is cut into regions by the ED discriminant, where critical points meet. A coarse grid is
refined only where the numbers change, so the borders are sharp for the price of the borders.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgeom.arrays import check_window, numbers
from edgeom.critical.general import CriticalProblem
from edgeom.critical.optimization import family_of
from edgeom.critical.problem import DistanceProblem
from edgeom.errors import (
    DegenerateDataError,
    IncompleteError,
    InputError,
    check_size,
    keywords_checked,
)
from edgeom.homotopy.monodromy import Progress
from edgeom.limits import check_cost
from edgeom.objectives.base import AlgebraicObjective
from edgeom.objectives.family import ObjectiveFamily
from edgeom.objectives.metric import Metric
from edgeom.plain import shortened
from edgeom.results import Result, Summary
from edgeom.tables.engine import SampleEngine
from edgeom.tables.formats import in_percent
from edgeom.tables.laws import Law, check_problem, objective_in_words
from edgeom.varieties.base import Variety
from edgeom.varieties.unseen import metric_for
from edgeom.views import view

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["DataSlice", "data_slice"]

Array = NDArray[Any]
BLOCK = 500  # data points at a time
AGAIN = 2000  # undecided data points that are looked at one by one
UNKNOWN, UNDECIDED = -2, -1
LONGEST = 66  # characters of a variety in a summary


@dataclass(frozen=True, eq=False, repr=False)
class DataSlice(Result):
    """Numbers of real critical points and of local minima on a grid in a plane of data.

    Attributes
    ----------
    variety : Variety
    metric : Metric
    degree : int
        Number of complex critical points.
    origin : array (n,)
        Data of the point (0, 0) of the plane.
    axes : array (2, n)
        Directions of x and y, orthonormal for the metric.
    points : array (3, 2)
        The given points in the plane.
    x, y : arrays (columns,), (rows,)
        Grid lines.
    real, minima : integer arrays (rows, columns)
        -1 where they could not be decided.
    computed : bool array (rows, columns)
        Where critical points were computed; elsewhere the numbers are those of the corners of a
        grid cell whose corners agree.
    objective : str
        Of what critical points were counted.

    Examples
    --------
    >>> import edgeom as eg
    >>> ellipse = eg.AlgebraicVariety(["x^2 + 4*y^2 = 4"], "x, y")
    >>> window = (-2, 2, -2, 2)
    >>> plane = eg.data_slice(ellipse, [[0, 0], [1, 0], [0, 1]], window=window, grid=4, refine=0)
    >>> plane.real
    array([[2, 2, 4, 2, 2],
           [2, 2, 4, 2, 2],
           [2, 4, 4, 4, 2],
           [2, 2, 4, 2, 2],
           [2, 2, 4, 2, 2]])
    """

    variety: Variety
    metric: Metric
    degree: int
    origin: Array
    axes: Array
    points: Array
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    real: NDArray[np.int64]
    minima: NDArray[np.int64]
    computed: NDArray[np.bool_]
    objective: str = "the squared distance to"

    def data(self, x: ArrayLike, y: ArrayLike) -> Array:
        """Return the data, of the shape of the variety, with these coordinates in the plane."""
        place = np.stack(np.broadcast_arrays(x, y), axis=-1)
        return self.variety.unflatten(self.origin + place @ self.axes)

    def coordinates(self, data: Array) -> Array:
        """Return coordinates in the plane of data ``(points, n)``, projected if need be."""
        return np.asarray((data - self.origin) @ self.metric.matrix @ self.axes.T)

    def plot(self, ax: Axes | None = None, *, what: str = "real") -> Axes:
        """Colour the plane by a number, see :func:`edgeom.pictures.tables.plot_slice`."""
        axes: Axes = view("plot_slice")(self, ax, what=what)
        return axes

    def summary(self) -> Summary:
        size = f"{len(self.x)}×{len(self.y)}"
        title = (
            f"Real critical points of {self.objective} "
            f"{shortened(str(self.variety), LONGEST)}, {size} data points "
            f"in a plane; {self.metric.name}; {self.degree} complex critical points each, computed "
            f"at {int(self.computed.sum())} data points"
        )
        rows = [("variety", shortened(self.variety.text, LONGEST))]
        for name, values in (("real", self.real), ("minima", self.minima)):
            found, counts = np.unique(values, return_counts=True)
            parts = [
                f"{v}: {in_percent(count, values.size)}" if v >= 0 else f"{count} undecided"
                for v, count in zip(found.tolist(), counts.tolist(), strict=True)
            ]
            rows.append((name, ", ".join(parts)))
        return Summary(title, rows)


@keywords_checked
def data_slice(
    variety: Variety,
    points: ArrayLike,
    metric: Metric | None = None,
    *,
    objective: ObjectiveFamily | AlgebraicObjective | None = None,
    window: Sequence[float] | None = None,
    grid: int = 60,
    refine: int = 3,
    seed: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
) -> DataSlice:
    """Count real critical points and minima over the plane through three data points.

    Coordinates in the plane are orthonormal for the metric, with the first point as origin and the
    second on the x-axis.

    Parameters
    ----------
    variety : Variety
    points : array (3, ...)
        Data points that are not on a line. For a cone, as sets of matrices of bounded rank are,
        the numbers are the same along rays, so take a plane that misses the origin.
    metric : Metric, optional
        By default the variety's own.
    objective : ObjectiveFamily, optional
        Another objective than the squared distance, with data of the shape of a point:
        ``PowerDistance.law(p=4)``. The metric then is that of the plane only.
    window : (float, float, float, float), optional
        x from, x to, y from, y to; by default a square around the points.
    grid : int
        Cells of the coarse grid in each direction.
    refine : int
        How often cells are halved in each direction where the numbers at their corners differ.
        Islands smaller than a cell of the coarse grid may be missed; with 0 every number is
        computed.
    seed : int
        Of the random numbers of the solver.
    threads : int, optional
        By default one for each core; the result does not depend on it.
    progress : callable, optional
        Called with ("data points", done, total) in each round of refinement, and with ("undecided
        data points", done, total) when those are computed again, one by one.

    Returns
    -------
    DataSlice

    Raises
    ------
    InputError
        The points are on a line, the metric is not positive definite, or another argument does
        not fit.
    IncompleteError
        The number of complex critical points could not be confirmed.

    Examples
    --------
    >>> import edgeom as eg
    >>> ellipse = eg.AlgebraicVariety(["x^2 + 4*y^2 - 4"], "x, y")
    >>> found = data_slice(ellipse, [[0, 0], [1, 0], [0, 1]], window=(-3, 3.1, -3, 3.1), grid=15)
    >>> found.real.shape, set(found.real.ravel().tolist())
    ((121, 121), {2, 4})
    """
    metric = metric_for(variety, metric)
    law: Law = metric if objective is None else family_of(objective)
    _check_plane(variety, metric, law)
    lines = _lines(grid, refine)
    check_size(seed, "seed", 0)
    if threads is not None:
        check_size(threads, "threads", 1)
    given = _data_points(variety, points)
    axes = _axes(given, metric)
    placed = (given - given[0]) @ metric.matrix @ axes.T
    left, right, bottom, top = _window(placed) if window is None else check_window(window)
    x, y = np.linspace(left, right, lines), np.linspace(bottom, top, lines)
    engine = SampleEngine(variety, law, seed, threads or os.cpu_count() or 1)

    def data_at(rows: Array, cols: Array) -> Array:
        return np.asarray(given[0] + np.column_stack([x[cols], y[rows]]) @ axes)

    values, computed = _refined(lines, refine, lambda *at: _numbers(engine, data_at(*at), progress))
    rows, cols = np.nonzero(values[:, :, 0] == UNDECIDED)
    if len(rows):
        values[rows, cols] = _again(variety, law, data_at(rows, cols), seed, progress)
    return DataSlice(
        variety, metric, engine.degree, given[0], axes, placed, x, y,
        values[:, :, 0], values[:, :, 1], computed, objective_in_words(law),
    )  # fmt: skip


def _check_plane(variety: Variety, metric: Metric, law: Law) -> None:
    """Raise an error for objectives and metrics that planes of data are not for."""
    check_problem(variety, law)
    if not isinstance(law, Metric | str) and not law.like_points:
        raise InputError(f"a plane of data needs data like points; {law.noun} has parameters")
    if metric.is_singular:
        raise InputError(
            "the axes of a slice are orthonormal, which needs a positive definite metric; "
            f"{metric!r} does not see all directions"
        )


def _lines(grid: int, refine: int) -> int:
    """Return the number of lines of the finest grid in each direction."""
    check_size(grid, "grid", 1, 10**9)
    check_size(refine, "refine", 0, 30)
    lines: int = grid * 2**refine + 1
    cost = f"a grid of {lines:.3g}×{lines:.3g} points, of grid={grid} and refine={refine},"
    check_cost(cost, memory=40.0 * lines**2)
    return lines


def _numbers(engine: SampleEngine, data: Array, progress: Progress | None) -> Array:
    """Return the numbers of real points and of minima for data (points, n)."""
    out = np.empty((len(data), 2), int)
    for first in range(0, len(data), BLOCK):
        part = slice(first, first + BLOCK)
        samples = engine.solve(data[part])
        decided = samples.complete & (samples.undecided == 0)
        both = np.column_stack([samples.real, samples.minima])
        out[part] = np.where(decided[:, None], both, UNDECIDED)
        if progress is not None:
            progress("data points", min(first + BLOCK, len(data)), len(data))
    return out


def _again(variety: Variety, law: Law, data: Array, seed: int, progress: Progress | None) -> Array:
    """Return the numbers of data points that blocks left undecided, one by one with more care."""
    if isinstance(law, Metric):
        shared: CriticalProblem = DistanceProblem(variety, law)
    else:
        assert isinstance(law, ObjectiveFamily)
        shared = CriticalProblem.of_family(variety, law)
    out = np.full((len(data), 2), UNDECIDED)
    for i, q in enumerate(data[:AGAIN]):
        with suppress(DegenerateDataError, IncompleteError):
            points = shared.at(variety.unflatten(q)).critical_points(seed)
            if points.complete and not len(points.undecided):
                out[i] = len(points.real), len(points.minima)
        if progress is not None:
            progress("undecided data points", i + 1, min(len(data), AGAIN))
    return out


def _refined(
    size: int, refine: int, numbers: Callable[[Array, Array], Array]
) -> tuple[Array, NDArray[np.bool_]]:
    """Return the numbers at all grid points, and which of them were computed."""
    values = np.full((size, size, 2), UNKNOWN)
    computed = np.zeros((size, size), bool)

    def compute(wanted: Array) -> None:
        rows, cols = np.nonzero(wanted)
        values[rows, cols] = numbers(rows, cols)
        computed[rows, cols] = True

    for step in (2**level for level in range(refine, -1, -1)):
        wanted = np.zeros((size, size), bool)
        wanted[::step, ::step] = values[::step, ::step, 0] == UNKNOWN
        compute(wanted)
        _fill(values, step)
    while (thin := ~computed & _at_border(values)).any():  # regions are followed to their ends
        compute(thin)
    return values, computed


def _data_points(variety: Variety, points: ArrayLike) -> Array:
    array = numbers(points, "points", "iufc")
    if array.ndim == 0 or len(array) != 3:
        raise InputError(f"points must be three data points, got an array of shape {array.shape}")
    if np.iscomplexobj(array):
        raise InputError("points must be real")
    return np.array([variety.flatten(point, "a data point") for point in array], float)


def _axes(points: Array, metric: Metric) -> Array:
    """Return an orthonormal basis (2, n) of the plane's directions, by Gram-Schmidt."""
    root = np.linalg.cholesky(metric.matrix)
    turned, triangle = np.linalg.qr(root.T @ (points[1:] - points[0]).T)
    lengths = np.abs(np.diag(triangle))
    if lengths.size < 2 or lengths.min() <= 1e-10 * np.abs(points).max():
        raise InputError("the three data points must not be on a line")
    signs = np.sign(np.diag(triangle))
    return np.asarray(np.linalg.solve(root.T, turned * signs).T)


def _window(placed: Array) -> tuple[float, float, float, float]:
    """Return a square around points in the plane."""
    centre = placed.mean(axis=0)
    half = 1.6 * np.linalg.norm(placed - centre, axis=1).max()
    x, y = centre.tolist()
    return x - half, x + half, y - half, y + half


def _fill(values: Array, step: int) -> None:
    """Give every point of a cell with equal numbers at its corners these numbers."""
    corners = values[::step, ::step]
    agree = np.all(corners >= 0, axis=2)[:-1, :-1]
    for other in (corners[1:, :-1], corners[:-1, 1:], corners[1:, 1:]):
        agree = agree & np.all(corners[:-1, :-1] == other, axis=2)
    for i, j in np.argwhere(agree) * step:
        values[i : i + step + 1, j : j + step + 1] = values[i, j]


def _at_border(values: Array) -> NDArray[np.bool_]:
    """Tell which points have a neighbour, also a diagonal one, with other numbers."""
    border = np.zeros(values.shape[:2], bool)
    for here, there in (
        (np.s_[1:, :], np.s_[:-1, :]),
        (np.s_[:, 1:], np.s_[:, :-1]),
        (np.s_[1:, 1:], np.s_[:-1, :-1]),
        (np.s_[1:, :-1], np.s_[:-1, 1:]),
    ):
        other = np.any(values[here] != values[there], axis=2)
        border[here] |= other
        border[there] |= other
    return border
