"""The nearest points of many data points, by the engine of the tables.

Every stratum has its own engine; isolated singular points are compared with all data at once. Data
for which a list is not complete, or in which reality cannot be decided, goes to
:class:`~edgeom.critical.nearest.NearestProblem`, one by one.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgeom.arrays import numbers
from edgeom.critical.nearest import NearestProblem
from edgeom.errors import IncompleteError, InputError, check_size, keywords_checked
from edgeom.homotopy.monodromy import Progress
from edgeom.objectives.metric import Metric
from edgeom.plain import shortened
from edgeom.results import Result, Summary
from edgeom.tables.classify import classify
from edgeom.tables.engine import SampleEngine
from edgeom.varieties.base import Array, Variety

__all__ = ["NearestPoints", "nearest_points"]

BLOCK = 2000  # data points at a time
KINDS = ("smooth point", "singular point", "limit point")
LEVEL = 1e-9  # relative imaginary part of a value that may be real
FLAT = 1e-7  # relative eigenvalue of a Hessian at a point that may be one of a set
SAME = 1e-9  # relative difference of squared distances of one point, found twice
LONGEST = 50  # characters of a variety in the first line


@dataclass(frozen=True, eq=False, repr=False)
class NearestPoints(Result):
    """The nearest point for each of many data points.

    Attributes
    ----------
    variety : Variety
    metric : Metric
    data : array (samples, *shape)
    points : array (samples, *shape)
    squared_distance : float array (samples,)
    runner_up : float array (samples,)
        The least squared distance of another critical or singular point; inf without one.
    kind : tuple of str
        Of each: "smooth point", "singular point" or "limit point".
    alone : bool array (samples,)
        Which were computed one by one, as the data is special or a path was lost.
    complete : bool
        Whether nothing is known to be missing, such as singular points that were not found.
    notes : tuple of str

    Examples
    --------
    >>> import edgeom as eg
    >>> ellipse = eg.AlgebraicVariety(["x^2 + 4*y^2 = 4"], "x, y")
    >>> found = eg.nearest_points(ellipse, [[3, 0], [0.1, 2]])
    >>> found.squared_distance.round(3)
    array([1.   , 1.002])
    """

    variety: Variety
    metric: Metric
    data: Array
    points: Array
    squared_distance: NDArray[np.float64]
    runner_up: NDArray[np.float64]
    kind: tuple[str, ...]
    alone: NDArray[np.bool_]
    complete: bool
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.squared_distance)

    @property
    def distance(self) -> NDArray[np.float64]:
        """The distances from the data."""
        return np.asarray(np.sqrt(self.squared_distance))

    def columns(self) -> dict[str, Any]:
        """Return the columns of a data frame: coordinates of data and points, and the rest."""
        flat = {"q": self.data.reshape(len(self), -1), "x": self.points.reshape(len(self), -1)}
        out = {
            f"{name}{i + 1}": column
            for name, rows in flat.items()
            for i, column in enumerate(rows.T)
        }
        out |= {"squared_distance": self.squared_distance, "runner_up": self.runner_up}
        return {**out, "kind": list(self.kind), "alone": self.alone}

    def summary(self) -> Summary:
        kinds = (f"{self.kind.count(kind)} {kind}s" for kind in KINDS if kind in self.kind)
        name = shortened(str(self.variety), LONGEST)
        rows = [("kinds", ", ".join(kinds))]
        if len(self):
            low, middle, high = np.quantile(self.distance, [0, 0.5, 1])
            rows.append(("distance", f"{low:.6g} to {high:.6g}, median {middle:.6g}"))
        rows.append(("alone", f"{int(self.alone.sum())} computed one by one"))
        rows += [("note", note) for note in self.notes]
        return Summary(f"nearest points of {name} for {len(self)} data points", rows)


class _Engine(SampleEngine):
    """The engine of the tables, which also tells which point is the nearest."""

    def nearest(self, data: Array) -> tuple[Array, Array, Array, NDArray[np.bool_]]:
        """Return points (samples, n), their values, the next values, and whether all is known."""
        assert isinstance(self.metric, Metric)
        fixed = np.broadcast_to(self.metric.matrix, (len(data), self.n, self.n))
        metrics, inward, unit = self._inward(fixed, data)
        exact = self._exact(metrics, inward)
        targets = exact.doubles()[0]
        points, unknowns, chart, complete, _ = self._solve(targets)
        charts = [route.equations for route in self._routes]
        columns = classify(charts, chart, unknowns, points, targets, self.variety.dimension)
        gap = points - exact.gap[:, None, :]
        values = np.einsum("gki,gij,gkj->gk", gap, metrics, gap) * unit[:, None]
        # on a set of critical points that meets the real ones the value is real everywhere
        with np.errstate(invalid="ignore"):
            level = np.abs(values.imag) <= LEVEL * np.abs(values)
        special = (level & ~columns["is_real"]).any(axis=1) | (
            columns["smallest_eigenvalue"] < FLAT
        )
        values = np.where(columns["is_real"], values.real, np.inf)
        order = np.argsort(values, axis=1)[:, :2]
        every = np.arange(len(data))
        found = points[every, order[:, 0]].real
        change = self.placed.coordinates
        outside = change.base + change.scale * np.ldexp(found, self._sizes(data)[:, None])
        least = values[every, order[:, 0]]
        after = values[every, order[:, 1]] if order.shape[1] > 1 else np.full(len(data), np.inf)
        return outside, least, after, complete & (columns["undecided"] == 0) & ~special


@keywords_checked
def nearest_points(
    variety: Variety,
    data: ArrayLike,
    metric: Metric | None = None,
    *,
    seed: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
) -> NearestPoints:
    """Find the nearest points for many data points in one metric.

    Parameters
    ----------
    variety : Variety
    data : array (samples, *shape)
        Real.
    metric : Metric, optional
        By default the variety's own.
    seed : int
        Of the random numbers of the solver.
    threads : int, optional
        By default one for each core; the result does not depend on it.
    progress : callable, optional
        Called with ("data points", done, total).

    Returns
    -------
    NearestPoints
        Not proved; `DistanceProblem.nearest_point` proves one.

    Raises
    ------
    InputError
        Variety, metric or data is complex or does not fit.

    Examples
    --------
    >>> import numpy as np, edgeom as eg
    >>> cubic = eg.AlgebraicVariety(["y^2 = x^2*(x - 1)"], "x y")
    >>> found = nearest_points(cubic, [[-0.1, 0.05], [2, 1]])
    >>> found.kind, found.distance.round(4)
    (('singular point', 'smooth point'), array([0.1118, 0.4659]))
    """
    problem = NearestProblem(variety, metric, seed)
    q = _flat(variety, data)
    cores = os.cpu_count() or 1 if threads is None else threads
    check_size(cores, "threads", 1)
    strata = problem.strata
    engines = []
    try:
        for stratum in strata.all:
            engines.append(_Engine(stratum.problem.variety, problem.metric, seed, cores))
    except (InputError, IncompleteError):  # no list of isolated points: one by one
        engines = []
    singular = strata.singular
    isolated = np.zeros((0, q.shape[1])) if singular is None else singular.real_points
    points, values, after = (
        np.full_like(q, np.nan),
        np.full(len(q), np.inf),
        np.full(len(q), np.inf),
    )
    kinds = np.zeros(len(q), int)
    known = np.full(len(q), bool(engines))
    for first in range(0, len(q), BLOCK):
        part = slice(first, first + BLOCK)
        for number, engine in enumerate(engines):
            x, least, following, fine = engine.nearest(q[part])
            known[part] &= fine
            _merge(part, x, least, min(number, 1), points, values, after, kinds)
            after[part] = np.minimum(after[part], following)
        for x in isolated:
            gap = x - q[part]
            least = np.einsum("gi,ij,gj->g", gap, problem.metric.matrix, gap)
            _merge(part, np.tile(x, (len(gap), 1)), least, 1, points, values, after, kinds)
        for i in np.flatnonzero(~known[part]) + first:
            best = problem.at(variety.unflatten(q[i]), prove=False)
            points[i], values[i] = variety.flatten(best.point), best.squared_distance
            after[i], kinds[i] = best.runner_up, KINDS.index(best.kind)
        if progress is not None:
            progress("data points", min(first + BLOCK, len(q)), len(q))
    return NearestPoints(
        variety=variety,
        metric=problem.metric,
        data=variety.unflatten(q),
        points=variety.unflatten(points),
        squared_distance=values,
        runner_up=after,
        kind=tuple(KINDS[kind] for kind in kinds),
        alone=~known,
        complete=singular is None or not singular.unknown,
        notes=() if singular is None else singular.unknown,
    )


def _merge(
    part: slice,
    x: Array,
    least: Array,
    kind: int,
    points: Array,
    values: Array,
    after: Array,
    kinds: NDArray[np.int64],
) -> None:
    """Take what is nearer; what was nearest before is then the next, unless it is the same."""
    nearer = least < values[part]
    same = np.isclose(least, values[part], rtol=SAME, atol=0)
    second = np.where(same, np.inf, np.maximum(least, values[part]))
    after[part] = np.minimum(after[part], second)
    points[part][nearer], values[part][nearer] = x[nearer], least[nearer]
    kinds[part][nearer] = kind


def _flat(variety: Variety, data: ArrayLike) -> Array:
    """Return data as (samples, n), checked."""
    rows = numbers(data, "data", "iufc")
    if rows.ndim != 1 + len(variety.shape) or rows.shape[1:] != variety.shape:
        shape = ", ".join(map(str, variety.shape))
        raise InputError(f"data must have shape (samples, {shape}), got {rows.shape}")
    flat = np.array([variety.flatten(row, "data") for row in rows])
    if np.iscomplexobj(flat):
        raise InputError("data must be real: there is no nearest point for complex data")
    return flat.astype(float).reshape(-1, variety.ambient_dimension)
