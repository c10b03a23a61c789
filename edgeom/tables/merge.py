"""One run from its parts, computed by the jobs of an array, each in a folder of its own.

A part is a run of consecutive samples. Samples do not depend on who computes them, so the folder
that is put together has the bytes of the whole run computed at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.errors import InputError, check_size, keywords_checked
from edgeom.files import resolved
from edgeom.tables.certificate import earlier, write_account
from edgeom.tables.lock import one_writer
from edgeom.tables.manifest import DATA, NORMAL
from edgeom.tables.samples import SampleBlock, joined
from edgeom.tables.shards import TABLE
from edgeom.tables.store import RunFolder, checksum_of, differences
from edgeom.tables.table import RealCriticalTable

__all__ = ["merge_runs", "part_of"]


def part_of(samples: int, part: int, parts: int) -> tuple[int, int]:
    """Return the number of the first sample of a part, and how many samples it has.

    Raises
    ------
    InputError
        There is no such part.

    Examples
    --------
    >>> [part_of(10, part, 3) for part in (1, 2, 3)]
    [(0, 3), (3, 3), (6, 4)]
    """
    check_size(parts, "the number of parts", 1, samples, f"the number of samples = {samples}")
    check_size(part, "the part", 1, parts, f"the number of parts = {parts}")
    first = samples * (part - 1) // parts
    return first, samples * part // parts - first


@keywords_checked
def merge_runs(folders: Iterable[str | Path], out: str | Path) -> RealCriticalTable:
    """Put finished parts of a run together, with their certificates if all of them have one.

    Parameters
    ----------
    folders : sequence of paths
        Runs of :func:`edgeom.real_critical_table` that differ in `first` and `samples` only and
        leave no gap, in any order.
    out : path
        New folder for the whole run.

    Returns
    -------
    RealCriticalTable

    Raises
    ------
    InputError
        The folders are not parts of one run, or `out` is not new.
    IncompleteError
        A part is not finished.

    Examples
    --------
    >>> import tempfile
    >>> import edgeom as eg
    >>> V, place = eg.DeterminantalVariety(2, 2, rank=1), Path(tempfile.mkdtemp())
    >>> for first in (0, 30):
    ...     part = eg.real_critical_table(V, 30, first=first, out=place / str(first))
    >>> len(eg.merge_runs([place / "0", place / "30"], place / "whole"))
    60
    """
    if isinstance(folders, str | Path) or not isinstance(folders, Iterable):
        raise InputError(f"folders must be a list of folders, got {folders!r:.60}")
    parts = [RunFolder(resolved(folder)) for folder in folders]
    if not parts:
        raise InputError("there must be at least one folder to merge")
    for part in parts:
        part.check_layout(TABLE)
        part.check_finished()
    parts.sort(key=_first)
    _check_parts(parts)
    path, whole = resolved(out), _whole(parts)
    data = _data(parts)
    if data is not None:
        whole["data"] = {"file": DATA, "sha256": checksum_of(data)}
    about = {name: parts[0].manifest[name] for name in ("variety", "law", "degree", "proof")}
    manifest = RunFolder.make(path, whole, about)
    with one_writer(path):
        folder = RunFolder.create(path, manifest, data)
        blocks = _cut((b for part in parts for b in map(part.block, part.shards)), folder)
        for shard, block in zip(folder.shards, blocks, strict=True):
            folder.write(shard, block)
        _merge_certificates(parts, folder)
    return RealCriticalTable.load(path)


def _first(part: RunFolder) -> int:
    first: int = part.manifest["run"].get("first", 0)
    return first


def _check_parts(parts: Sequence[RunFolder]) -> None:
    """Raise InputError unless folders are parts of one run without gaps."""
    for part, after in pairwise(parts):
        own, rest = map(_shared, (part, after))
        if texts := "; ".join(differences(own, rest)):
            raise InputError(f"{part.path} and {after.path} are of different runs: {texts}")
        end = _first(part) + part.manifest["run"]["samples"]
        if _first(after) != end:
            kind = "lack" if _first(after) > end else "share"
            low, high = sorted((_first(after), end))
            raise InputError(f"{part.path} and {after.path} {kind} the samples {low} to {high - 1}")


def _shared(part: RunFolder) -> dict[str, Any]:
    """Return what is the same for all parts of a run."""
    every = {**part.manifest, **part.manifest["run"]}
    given = every["data"] != NORMAL
    own = ("run", "first", "samples", "data", "shards", "digest")
    return {**{k: v for k, v in every.items() if k not in own}, "given data": given}


def _whole(parts: Sequence[RunFolder]) -> dict[str, Any]:
    """Return the description of the run that has all samples."""
    run = {k: v for k, v in parts[0].manifest["run"].items() if k != "first"}
    run["samples"] = sum(part.manifest["run"]["samples"] for part in parts)
    return {**run, **({"first": _first(parts[0])} if _first(parts[0]) else {})}


def _data(parts: Sequence[RunFolder]) -> NDArray[Any] | None:
    if parts[0].manifest["run"]["data"] == NORMAL:
        return None
    found = [part.data() for part in parts]
    return np.concatenate([rows for rows in found if rows is not None])


def _cut(blocks: Iterator[SampleBlock], folder: RunFolder) -> Iterator[SampleBlock]:
    """Yield samples in the shards of a folder."""
    waiting: list[SampleBlock] = []
    for shard in folder.shards:
        size = len(folder.samples_of(shard))
        while sum(len(block.sample) for block in waiting) < size:
            waiting.append(next(blocks))
        every = joined(waiting)
        yield _part(every, slice(0, size))
        waiting = [_part(every, slice(size, None))]


def _part(block: SampleBlock, rows: slice) -> SampleBlock:
    return SampleBlock(**{name: values[rows] for name, values in vars(block).items()})


def _merge_certificates(parts: Sequence[RunFolder], folder: RunFolder) -> None:
    """Write a certificate for all samples, if every part has one for all of its samples."""
    rest: dict[str, list[int]] = {"open": [], "different": []}
    proofs = set()
    for part in parts:
        account, proof = earlier(part)
        if set(account) != set(map(str, part.shards)):
            return
        proofs.add(proof)
        for entry in account.values():
            for name, numbers in rest.items():
                numbers.extend(entry[name])
    if len(proofs) > 1:
        return
    merged = {}
    for shard in folder.shards:
        own = folder.samples_of(shard)
        lists = {name: [k for k in numbers if k in own] for name, numbers in rest.items()}
        proved = len(own) - sum(map(len, lists.values()))
        merged[str(shard)] = {"checksum": folder.checksum(shard), "proved": proved, **lists}
    write_account(folder, merged, proofs.pop())
