"""Critical points of networks with several outputs, merged by their functions."""

from __future__ import annotations

import numpy as np

from edgeom.networks.arrays import Array
from edgeom.networks.relu.cones import doubles
from edgeom.networks.relu.landscape import Search
from edgeom.networks.relu.outputs import OutputPoint, OutputSearch
from edgeom.networks.relu.points import ReluCriticalPoint, ReluCriticalPoints

__all__ = ["with_outputs"]

SAME = 1e-8  # relative difference of values and losses that are the same


def with_outputs(
    search: Search, values: Array, hidden: int, boundaries: bool
) -> ReluCriticalPoints:
    """Run a search for several outputs, and merge what has the same values at the data."""
    run = OutputSearch(search, values, hidden, boundaries)
    groups: list[list[OutputPoint]] = []
    known = {True: np.zeros((0, values.size)), False: np.zeros((0, values.size))}
    places: dict[bool, list[int]] = {True: [], False: []}
    size = float(np.abs(values).max()) or 1.0
    for point in run.points():
        rows, kind = known[point.is_minimum], point.is_minimum
        own = point.fitted.ravel()
        same = np.flatnonzero(np.abs(rows - own).max(axis=1, initial=0) <= SAME * size)
        if len(same):
            groups[places[kind][same[0]]].append(point)
        else:
            places[kind].append(len(groups))
            known[kind] = np.vstack([rows, own])
            groups.append([point])
    losses = [float(np.sum((group[0].fitted - values) ** 2)) for group in groups]
    minima = [loss for loss, group in zip(losses, groups, strict=True) if group[0].is_minimum]
    # weights of several units may go to infinity and the loss fall below all minima
    least = min(minima, default=0.0) if hidden == 1 else run.bound()
    items = [
        _item(search, hidden, group, loss, loss <= least + SAME * size**2)
        for group, loss in zip(groups, losses, strict=True)
    ]
    items.sort(key=lambda item: (item.loss, item.type))
    undecided = run.undecided + _open(run, known[True], size)
    return ReluCriticalPoints(tuple(items), run.count, boundaries, undecided)


def _open(run: OutputSearch, known: Array, size: float) -> int:
    """Return how many functions may be local minima and are not known to be."""
    rows = np.zeros((0, run.y.size))
    for fitted in run.doubtful:
        own = run.scale * fitted.ravel()
        if all(
            np.abs(some - own).max(axis=1, initial=0).min(initial=np.inf) > SAME * size
            for some in (known, rows)
        ):
            rows = np.vstack([rows, own])
    return len(rows)


def _item(
    search: Search, hidden: int, group: list[OutputPoint], loss: float, least: bool
) -> ReluCriticalPoint:
    inner = [point for point in group if not point.on_boundary]
    chosen = min(inner or group, key=lambda point: len(point.units))
    dead = hidden - len(chosen.units)
    weights = [
        np.vstack([chosen.inner, np.tile(doubles(search.dead_point()), (dead, 1))]),
        np.column_stack([chosen.outer, np.zeros((len(chosen.outer), dead))]),
    ]
    return ReluCriticalPoint(
        loss=loss,
        values=chosen.fitted,
        exact_loss=None,
        type=f"{'global' if least else 'local'} minimum" if chosen.is_minimum else "saddle",
        is_isolated=all(point.is_isolated for point in group),
        dead=dead,
        on_boundary=not inner,
        cells=tuple(point.units for point in group),
        weights=weights,
    )
