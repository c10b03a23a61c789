"""What a table is asked to count: how many samples, of which data, and whether there is room."""

from __future__ import annotations

from math import inf
from pathlib import Path
from shutil import disk_usage
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgeom.arrays import numbers
from edgeom.errors import EdgeomError, InputError, check_size
from edgeom.files import in_bytes
from edgeom.limits import check_cost
from edgeom.objectives.metric import Metric
from edgeom.tables.laws import Law
from edgeom.tables.manifest import MAX_SAMPLES
from edgeom.tables.shards import COLUMNS
from edgeom.tables.store import RunFolder
from edgeom.varieties.base import Variety

__all__ = ["check_room", "given_data"]

ROW = 32  # bytes that a sample takes on disk, about


def given_data(
    variety: Variety, law: Law, samples: int | None, data: ArrayLike | None
) -> tuple[int, NDArray[Any] | None]:
    """Return the number of samples and the coordinates of given data for each of them."""
    if data is None:
        return _size(samples), None
    if not isinstance(law, Metric | str) and not law.like_points:
        raise InputError(f"the data of {law.noun} is drawn by its law; leave out data")
    array = numbers(data, "data", "iufc")
    if array.shape == variety.shape:
        size = _size(samples)
        one = _real_coordinates(variety, array, "data")
        return size, np.broadcast_to(one, (size, len(one)))
    if array.shape[1:] != variety.shape or not len(array):
        raise InputError(
            f"data must have shape {variety.shape} or (samples, "
            f"{', '.join(map(str, variety.shape))}), got {array.shape}"
        )
    if samples not in (None, len(array)):
        raise InputError(f"samples must be {len(array)}, the number of data points, got {samples}")
    points = [_real_coordinates(variety, point, f"data[{i}]") for i, point in enumerate(array)]
    return len(array), np.array(points)


def _size(samples: int | None) -> int:
    if samples is not None and check_size(samples, "samples", 1) > MAX_SAMPLES:
        years = samples / 2000 / 3.16e7 if samples < 10**300 else inf
        raise InputError(
            f"samples must be at most {MAX_SAMPLES:.0e}, got {samples}: at 2000 a second they "
            f"would take {years:.3g} years"
        )
    return 2000 if samples is None else check_size(samples, "samples", 1)


def check_room(variety: Variety, samples: int, shard_size: int | None, folder: Path | None) -> None:
    """Refuse more samples than fit into memory, or on the disk."""
    row = 8 * (len(COLUMNS) + variety.dimension)
    if folder is None:
        what = f"{samples} samples without a folder (out, --out)"
        check_cost(what, memory=3.0 * row * samples)
        return
    in_shard = min(shard_size or 1, samples)  # by default shards are small
    check_cost(f"a shard of {in_shard} samples (shard_size)", memory=3.0 * row * in_shard)
    parent = next(place for place in (folder, *folder.parents) if place.exists())
    free = disk_usage(parent).free
    if ROW * samples > free and not RunFolder.exists(folder):
        raise EdgeomError(
            f"{samples} samples would take about {in_bytes(ROW * samples)} in {folder}, "
            f"{in_bytes(free)} are free; free space, ask for fewer, or choose another disk"
        )


def _real_coordinates(variety: Variety, point: NDArray[Any], name: str) -> NDArray[Any]:
    if np.iscomplexobj(point):
        raise InputError(f"{name} must be real")
    return np.asarray(variety.flatten(point, name), float)
