"""Shards: blocks of samples as Parquet files, which other programs can read as well."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.plain import from_json, one_line
from edgeom.tables.samples import SampleBlock

__all__ = ["COLUMNS", "carried", "from_parquet", "to_parquet"]

PARQUET: dict[str, Any] = {
    "version": "2.6",
    "data_page_version": "1.0",
    "compression": "zstd",
    "compression_level": 3,
}
COLUMNS = {
    "sample": "number of the sample; with the seed it determines metric and data",
    "complete": "whether as many distinct critical points were found as the degree",
    "real": "number of real critical points",
    "minima": "number of local minima",
    "undecided": "points that could not be called real or not, or their index",
    "by_index": "real critical points of each index: columns index_0, index_1, ...",
    "attempts": "attempts that the sample took",
    "smallest_eigenvalue": "least |eigenvalue| of a Hessian relative to its size: 1 / condition",
    "margin": "least |Im x|/|x| over the non-real points",
    "nearest": "squared distance of the nearest real critical point",
    "certified": "distinct certified critical points; 0 where no proofs were asked for",
    "proved": "whether the list is complete, and real points and indices are right, with proof",
}
# What is written in a shard besides its columns:
RUN, SHARD = "edgeom.run", "edgeom.shard"  #: digest of the manifest, and the number of the shard
CONTENT, ABOUT = "edgeom.sha256", "edgeom.manifest"  #: a checksum of the numbers, and the manifest
LONGEST = 2**20  #: characters of a manifest that each shard carries
TYPES: dict[type[np.generic], str] = {  #: of columns, and what Parquet calls them
    np.bool_: "BOOLEAN",
    np.int64: "INT64",
    np.float64: "DOUBLE",
}


def to_parquet(block: SampleBlock, shard: int, manifest: dict[str, Any]) -> bytes:
    """Return a block of samples as a Parquet file, with all that its manifest says of the run."""
    import pyarrow
    from pyarrow import parquet

    columns: dict[str, NDArray[Any]] = {}
    for field in fields(SampleBlock):
        values = getattr(block, field.name)
        if values.ndim == 1:
            columns[field.name] = values
        else:
            columns |= {f"index_{k}": column for k, column in enumerate(values.T)}
    metadata = {RUN: manifest["digest"], SHARD: str(shard), CONTENT: _content(columns)}
    about = json.dumps({**manifest, "shards": {}})
    if len(about) <= LONGEST:
        metadata[ABOUT] = about
    table = pyarrow.table(columns).replace_schema_metadata(metadata)
    buffer = io.BytesIO()
    parquet.write_table(table, buffer, row_group_size=len(block.sample), **PARQUET)
    return buffer.getvalue()


def from_parquet(
    path: Path, shard: int, rows: int, run: str | None, columns: list[str] | None = None
) -> dict[str, NDArray[Any]]:
    """Return columns of a shard, by default all.

    Parameters
    ----------
    path : Path
    shard, rows : int
        Its number, and that of its samples.
    run : str or None
        The digest of the manifest with which it was written; None does not ask for it.
    columns : list of str, optional

    Raises
    ------
    ValueError
        The file is no such shard, with the reason.
    """
    found, metadata = _read(path, rows, columns)
    for name, values in found.items():
        if values.dtype != _type_of(name):  # nulls, dates and the like
            raise ValueError(f"its column {name} has the type {values.dtype}")
    if run is not None and (metadata.get(RUN), metadata.get(SHARD)) != (run, str(shard)):
        raise ValueError("it was written for another run or place")
    if columns is None and metadata.get(CONTENT, "") not in ("", _content(found)):
        raise ValueError("its numbers do not fit its own checksum")
    return found


def carried(path: Path) -> dict[str, Any]:
    """Return the manifest that a shard carries, without checksums of shards.

    Raises
    ------
    ValueError
        It carries none, with the reason.
    """
    text = _read(path, None, [])[1].get(ABOUT)
    if text is None:
        raise ValueError("it carries no manifest")
    return from_json(text.encode(), str(path))


def _read(
    path: Path, rows: int | None, columns: list[str] | None
) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """Return columns and metadata of a Parquet file with the layout of a shard."""
    from pyarrow import ArrowException, parquet

    try:
        with parquet.ParquetFile(path) as file:
            _check_layout(file, file.metadata.num_rows if rows is None else rows)
            metadata = file.metadata.metadata or {}
            table = file.read(columns)
        found = {name: table[name].to_numpy() for name in table.column_names}
    except (OSError, ArrowException, ValueError, OverflowError) as error:
        raise ValueError(one_line(str(error))) from None
    return found, {
        str(k, "utf-8", "replace"): str(v, "utf-8", "replace") for k, v in metadata.items()
    }


def _content(columns: dict[str, NDArray[Any]]) -> str:
    """Return a checksum of names and numbers."""
    found = hashlib.sha256()
    for name, values in columns.items():
        found.update(f"{name} {values.dtype.str} {len(values)}\n".encode())
        found.update(np.ascontiguousarray(values).tobytes())
    return found.hexdigest()


def _check_layout(file: Any, rows: int) -> None:
    """Raise ValueError unless a Parquet file has the columns of a shard and as many rows."""
    if file.metadata.num_rows != rows:
        raise ValueError(f"it has {file.metadata.num_rows} rows, not {rows}")
    columns = [file.schema.column(i) for i in range(len(file.schema))]
    names, wanted = [column.path for column in columns], list(COLUMNS)
    place, count = wanted.index("by_index"), len(names) - len(wanted) + 1
    wanted[place : place + 1] = [f"index_{k}" for k in range(count)]
    if count < 1 or names != wanted:
        raise ValueError(f"it has the columns {names!r:.200}")
    for name, column in zip(names, columns, strict=True):
        if column.physical_type != TYPES[_type_of(name)]:
            raise ValueError(f"its column {name} has the type {column.physical_type}")


def _type_of(column: str) -> type[np.generic]:
    """Return the type of the entries of a column."""
    if column in ("complete", "proved"):
        return np.bool_
    return np.float64 if column in ("smallest_eigenvalue", "margin", "nearest") else np.int64
