"""What a finished folder holds: its samples, which stay on disk, and its run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.errors import InputError
from edgeom.tables.laws import GIVEN, check_problem
from edgeom.tables.manifest import DATA, MANIFEST, metric_of, variety_of
from edgeom.tables.run import Machines, SampleRun
from edgeom.tables.samples import SampleBlock
from edgeom.tables.shards import TABLE
from edgeom.tables.store import RunFolder

__all__ = ["StoredSamples", "run_of"]


class StoredSamples:
    """The samples of a finished run, read from its shards each time they are asked for.

    It has the attributes of :class:`~edgeom.tables.samples.SampleBlock`, one array for each column.

    Attributes
    ----------
    folder : RunFolder
    unproved : mapping
        The shards that the certificate of the folder is about, each with the samples of which it
        does not prove what is stored.
    """

    def __init__(self, folder: RunFolder, unproved: Mapping[int, Sequence[int]]) -> None:
        self.folder, self.unproved = folder, unproved

    def blocks(self) -> Iterator[SampleBlock]:
        """Yield the samples shard by shard."""
        for shard in self.folder.shards:
            block: SampleBlock = self.folder.block(shard)
            if shard in self.unproved:
                proved = ~np.isin(block.sample, np.array(self.unproved[shard], int))
                block = replace(block, proved=proved)
            yield block

    def __getattr__(self, name: str) -> NDArray[Any]:
        if name not in TABLE.columns:
            raise AttributeError(f"samples have no column {name!r}")
        if name == "by_index":
            parts = [block.by_index for block in self.blocks()]
            if len({part.shape[1] for part in parts}) > 1:
                raise InputError(f"{self.folder.path} has shards with different numbers of indices")
            return np.concatenate(parts)
        if name == "proved" and self.unproved:
            return np.concatenate([block.proved for block in self.blocks()])
        folder = self.folder
        return np.concatenate([folder.read(shard, [name])[name] for shard in folder.shards])


def run_of(stored: RunFolder, machines: Machines, certify: bool = False) -> SampleRun:
    """Return the run of a table that a folder holds.

    Parameters
    ----------
    stored : RunFolder
    machines : Machines
        Who computes.
    certify : bool
        Prove what is counted.

    Raises
    ------
    InputError
        Its data does not fit its variety, or is damaged.
    """
    about, place = stored.manifest["run"], str(stored.path / MANIFEST)
    variety, metric, data = variety_of(about, place), metric_of(about, place), stored.data()
    check_problem(variety, metric)
    n = variety.ambient_dimension
    width = n + n * n if isinstance(metric, str) and metric in GIVEN else n
    if data is not None and data.shape[1] != width:
        raise InputError(
            f"{stored.path / DATA} has {data.shape[1]} numbers for each sample, points of "
            f"{variety} have {width}"
        )
    return SampleRun(
        variety=variety,
        metric=metric,
        seed=about["seed"],
        samples=about["samples"],
        data=data,
        given_shard_size=about["shard_size"],
        machines=machines,
        certify=certify,
        first=about.get("first", 0),
        words=stored.manifest["law"],
    )
