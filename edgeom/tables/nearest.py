"""The nearest points of many data points, by the engine of the tables, in memory or in a folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgeom.arrays import numbers
from edgeom.critical import nearest
from edgeom.critical.domain import Domain, Given
from edgeom.errors import InputError, check_size, keywords_checked
from edgeom.files import resolved
from edgeom.homotopy.monodromy import Progress
from edgeom.objectives.metric import Metric
from edgeom.plain import shortened
from edgeom.results import Result, Summary
from edgeom.tables import nearest_engine
from edgeom.tables.draw import check_definite
from edgeom.tables.laws import GIVEN, Law, law_in_words
from edgeom.tables.manifest import metric_of, variety_of
from edgeom.tables.nearest_engine import KINDS, NO_PROOF, PROVED, REASONS, NearestEngine
from edgeom.tables.run import Machines, Run
from edgeom.tables.samples import NearestBlock, joined
from edgeom.tables.shards import NEAREST
from edgeom.tables.store import RunFolder
from edgeom.varieties.base import Array, Variety
from edgeom.varieties.missing import split_missing
from edgeom.varieties.unseen import metric_for

__all__ = ["NearestPoints", "nearest_points"]

LONGEST = 50  # characters of a variety in the first line


@dataclass(frozen=True, eq=False, repr=False)
class NearestPoints(Result):
    """The nearest point for each of many data points.

    Attributes
    ----------
    variety : Variety
    metric : Metric or None
        None where each data point has its own.
    metrics : array (samples, n, n) or (samples, n), or None
        Their matrices, or the weights of the coordinates.
    domain : dict or None
        From and to for parameters of a map.
    data : array (samples, *shape)
    points : array (samples, *shape)
    squared_distance : float array (samples,)
    runner_up : float array (samples,)
        The squared distance of the next local minimum, singular point or limit, inf without one;
        equal to `squared_distance` where there are several nearest points.
    kind : tuple of str
        Of each: "smooth point", "singular point", "limit point" or "boundary point".
    alone : bool array (samples,)
        Which were computed one by one, as the data is special or a path was lost.
    reason : tuple of str
        Of each: why it is proved that no point is nearer, or why that is not proved.
    notes : tuple of str
        What is known to be missing, such as singular points that were not found.
    parameters : float array (samples, parameters) or None
        That a map takes to the points, NaN where real ones are not known; None where the variety
        is not given by a map.

    Examples
    --------
    >>> import edgeom as eg
    >>> ellipse = eg.AlgebraicVariety(["x^2 + 4*y^2 = 4"], "x, y")
    >>> found = eg.nearest_points(ellipse, [[3, 0], [0.1, 2]])
    >>> found.squared_distance.round(3)
    array([1.   , 1.002])
    """

    variety: Variety
    metric: Metric | None
    metrics: Array | None
    domain: Given | None
    data: Array
    points: Array
    squared_distance: NDArray[np.float64]
    runner_up: NDArray[np.float64]
    kind: tuple[str, ...]
    alone: NDArray[np.bool_]
    reason: tuple[str, ...]
    notes: tuple[str, ...]
    parameters: Array | None = None

    def __len__(self) -> int:
        return len(self.squared_distance)

    @classmethod
    def load(cls, folder: str | Path) -> NearestPoints:
        """Return the points of a finished run.

        Raises
        ------
        InputError
            The folder holds no nearest points.
        IncompleteError
            Some are missing or damaged.
        """
        stored = RunFolder(resolved(folder))
        stored.check_layout(NEAREST)
        block: NearestBlock = joined(list(stored.blocks()))
        run, place = stored.manifest["run"], str(stored.path)
        rows = stored.data()
        assert rows is not None
        variety, law = variety_of(run, place), metric_of(run, place)
        about, domain = stored.manifest, run["domain"]
        notes = tuple(about["notes"])
        return cls._of(variety, law, domain, rows, block, about["proof"], notes)

    @classmethod
    def _of(
        cls,
        variety: Variety,
        law: Law,
        domain: Given | None,
        rows: Array,
        block: NearestBlock,
        obstacle: str | None,
        notes: tuple[str, ...],
    ) -> NearestPoints:
        n = variety.ambient_dimension
        own = None if isinstance(law, Metric) else rows[:, n:]
        if own is not None and law == GIVEN[1]:
            own = own.reshape(-1, n, n)
        reasons = list(REASONS)
        reasons[NO_PROOF] = obstacle or REASONS[NO_PROOF]
        return cls(
            variety=variety,
            metric=law if isinstance(law, Metric) else None,
            metrics=own,
            domain=domain,
            data=variety.unflatten(rows[:, :n]),
            points=variety.unflatten(block.points),
            squared_distance=block.squared_distance,
            runner_up=block.runner_up,
            kind=tuple(KINDS[kind] for kind in block.kind.tolist()),
            alone=block.alone,
            reason=tuple(reasons[number] for number in block.reason.tolist()),
            notes=notes,
            parameters=block.parameters if block.parameters.shape[1] else None,
        )

    @property
    def complete(self) -> bool:
        """Whether nothing is known to be missing."""
        return not self.notes

    @property
    def proved(self) -> NDArray[np.bool_]:
        """For which data points it is proved that no point of the variety is nearer."""
        return np.array([reason == REASONS[PROVED] for reason in self.reason], bool)

    @property
    def distance(self) -> NDArray[np.float64]:
        """The distances from the data."""
        return np.asarray(np.sqrt(self.squared_distance))

    @property
    def _missing(self) -> NDArray[np.bool_]:
        """Which entries of data are missing: they have no weight, and 0 stands in their place."""
        weightless = np.zeros(self.variety.ambient_dimension)
        if self.metric is not None:
            weightless[~self.metric.matrix.any(axis=1)] = 1
        unseen = self.variety.unflatten(weightless) > 0
        return np.asarray(unseen & (self.data == 0).all(axis=0))

    def columns(self) -> dict[str, Any]:
        """Return the columns of a data frame: coordinates of data and points, parameters, the rest.

        Missing entries of data are NaN.
        """
        shown = np.where(self._missing, np.nan, self.data) if self._missing.any() else self.data
        flat = {"q": shown.reshape(len(self), -1), "x": self.points.reshape(len(self), -1)}
        if self.parameters is not None:
            flat["t"] = self.parameters
        out: dict[str, Any] = {
            f"{name}{i + 1}": column
            for name, rows in flat.items()
            for i, column in enumerate(rows.T)
        }
        out |= {"squared_distance": self.squared_distance, "runner_up": self.runner_up}
        out |= {"kind": list(self.kind), "alone": self.alone}
        return {**out, "proved": self.proved, "reason": list(self.reason)}

    def summary(self) -> Summary:
        kinds = (f"{self.kind.count(kind)} {kind}s" for kind in KINDS if kind in self.kind)
        name = shortened(str(self.variety), LONGEST)
        rows = [("kinds", ", ".join(kinds))]
        if len(self):
            low, middle, high = np.quantile(self.distance, [0, 0.5, 1])
            rows.append(("distance", f"{low:.6g} to {high:.6g}, median {middle:.6g}"))
        rows.append(("alone", f"{int(self.alone.sum())} computed one by one"))
        rows.append(("proved", str(int(self.proved.sum()))))
        others = dict.fromkeys(reason for reason in self.reason if reason != REASONS[PROVED])
        rows += [("", f"{self.reason.count(reason)} not: {reason}") for reason in others]
        rows += [("note", note) for note in self.notes]
        return Summary(f"nearest points of {name} for {len(self)} data points", rows)


@dataclass(frozen=True, eq=False)
class _NearestRun(Run[NearestEngine]):
    """The run of nearest points; its data has the metric of each data point beside it."""

    layout = NEAREST
    engine_type = NearestEngine
    noun = "data points"

    domain: dict[str, list[float | None]] | None = None

    def settings(self, threads: int) -> tuple[Any, ...]:
        return *super().settings(threads), self.domain

    def description(self) -> dict[str, Any]:
        return {**super().description(), "domain": self.domain}

    def options(self) -> dict[str, Any]:
        own = {
            "level": nearest_engine.LEVEL,
            "flat": nearest_engine.FLAT,
            "same": nearest_engine.SAME,
            "descents": nearest.DESCENTS,
        }
        return {**super().options(), **own}

    def about(self) -> dict[str, Any]:
        return {
            "variety": str(self.variety),
            "law": law_in_words(self.metric, "given data"),
            "degree": self.engine.degree,
            "proof": self.engine.obstacle,
            "notes": list(self.engine.notes),
        }

    def check_data(self) -> None:
        """Any data will do: what is special is solved alone."""


@keywords_checked
def nearest_points(
    variety: Variety,
    data: ArrayLike,
    metric: Metric | ArrayLike | None = None,
    *,
    domain: Mapping[str, Sequence[float | None]] | None = None,
    prove: bool = False,
    seed: int = 0,
    threads: int | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    shard_size: int | None = None,
    progress: Progress | None = None,
) -> NearestPoints:
    """Find the nearest points for many data points.

    Parameters
    ----------
    variety : Variety
    data : array (samples, *shape)
        Real. Entries that are NaN in every data point are missing.
    metric : Metric, or array (samples, *shape) or (samples, n, n), optional
        By default the variety's own. An array has a metric for each data point: weights of its
        entries, or a matrix for its n coordinates, positive definite.
    domain : dict, optional
        From and to for parameters of a map, None for no end: ``{"t": (0, 1)}``.
    prove : bool
        Try to prove each, see docs/explanation/nearest.md; `reason` says why one is not proved.
    seed : int
        Of the random numbers of the solver.
    threads, workers, scheduler, out, resume, shard_size
        As for :func:`edgeom.real_critical_table`: who computes, and the folder that keeps the
        points, so that a run can be killed and continued (docs/explanation/tables.md).
    progress : callable, optional
        Called with ("data points", done, total).

    Returns
    -------
    NearestPoints

    Raises
    ------
    InputError
        Variety, metric or data is complex or does not fit, or `out` belongs to another run.

    Examples
    --------
    >>> import numpy as np, edgeom as eg
    >>> cubic = eg.AlgebraicVariety(["y^2 = x^2*(x - 1)"], "x y")
    >>> found = nearest_points(cubic, [[-0.1, 0.05], [2, 1]])
    >>> found.kind, found.distance.round(4)
    (('singular point', 'smooth point'), array([0.1118, 0.4659]))
    """
    seed = check_size(seed, "seed", 0)
    if shard_size is not None:
        shard_size = check_size(shard_size, "shard_size", 1)
    machines = Machines(workers, scheduler, threads)
    if resume and out is None:
        raise InputError("resume needs the folder of the run: out")
    folder = None if out is None else resolved(out)
    q, observed = _data(variety, data)
    law, own = _law(variety, metric, observed, len(q))
    rows = q if own is None else np.hstack([q, own])
    box = None if domain is None else Domain.of(variety, domain).given()
    if not len(q):
        if folder is not None:
            raise InputError("data has no data points; a folder needs one at least")
        return NearestPoints._of(variety, law, box, rows, _nothing(q), None, ())
    run = _NearestRun(variety, law, seed, len(q), rows, shard_size, machines, prove, domain=box)
    if folder is not None:
        run.in_folder(folder, resume, progress)
        return NearestPoints.load(folder)
    block = run.in_memory(progress)
    engine = run.engine
    return NearestPoints._of(variety, law, box, rows, block, engine.obstacle, engine.notes)


def _nothing(q: Array) -> NearestBlock:
    whole, real, flags = np.zeros(0, int), np.zeros(0), np.zeros(0, bool)
    return NearestBlock(whole, q, real, real, whole, flags, whole, np.zeros((0, 0)))


def _data(variety: Variety, data: ArrayLike) -> tuple[Array, NDArray[np.bool_] | None]:
    """Return data as (samples, n), checked, and which coordinates are observed."""
    rows = _samples(variety, data, "data")
    observed: NDArray[np.bool_] | None = None
    if np.isnan(rows).any():
        seen = ~np.isnan(rows)
        if (seen != seen[0]).any():
            other = int(np.argmax((seen != seen[0]).reshape(len(seen), -1).any(axis=1)))
            raise InputError(
                f"data[{other}] has other missing entries than data[0]; call nearest_points for "
                "each pattern of missing entries"
            )
        _, observed = split_missing(variety, rows[0])
        rows = np.where(seen, rows, 0)
    return _flat(variety, rows, "data"), observed


def _law(
    variety: Variety,
    metric: Metric | ArrayLike | None,
    observed: NDArray[np.bool_] | None,
    samples: int,
) -> tuple[Law, Array | None]:
    """Return the metric, or how each data point has its own, and those numbers."""
    if metric is None or isinstance(metric, Metric):
        found = metric_for(variety, metric, isolated=observed is None)
        if observed is not None:
            found = metric_for(variety, found.masked(observed))
        return found, None
    if observed is not None:
        raise InputError("data with missing entries needs one metric for all data points")
    n, array = variety.ambient_dimension, numbers(metric, "metric", "iuf")
    if array.shape == (samples, n, n) and not (n == 1 and variety.shape == (1, 1)):
        check_definite(array.astype(float), lambda k: f"metric[{k}]")
        return GIVEN[1], array.reshape(samples, n * n)
    weights = _flat(variety, _samples(variety, array, "metric"), "metric")
    if len(weights) != samples or not (weights > 0).all():
        raise InputError(
            f"metric must have a positive weight for each entry of each of {samples} data points, "
            f"got {len(weights)} with the least {weights.min(initial=np.inf):.6g}"
        )
    return GIVEN[0], weights * np.diag(variety.default_metric.matrix)


def _samples(variety: Variety, values: ArrayLike, name: str) -> Array:
    """Return an array (samples, *shape)."""
    rows = numbers(values, name, "iufc")
    if rows.ndim != 1 + len(variety.shape) or rows.shape[1:] != variety.shape:
        shape = ", ".join(map(str, variety.shape))
        raise InputError(f"{name} must have shape (samples, {shape}), got {rows.shape}")
    return rows


def _flat(variety: Variety, rows: Array, name: str) -> Array:
    """Return real coordinates (samples, n)."""
    flat = np.array([variety.flatten(row, name) for row in rows])
    if np.iscomplexobj(flat):
        raise InputError(f"{name} must be real: there is no nearest point for complex data")
    return flat.astype(float).reshape(-1, variety.ambient_dimension)
