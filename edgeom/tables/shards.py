"""Shards: blocks of samples as Parquet files, which other programs can read as well."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.plain import from_json, one_line
from edgeom.tables.manifest import FORMAT, NEAREST_FORMAT
from edgeom.tables.samples import Block, NearestBlock, SampleBlock

__all__ = [
    "COLUMNS",
    "LAYOUTS",
    "NEAREST",
    "TABLE",
    "Layout",
    "carried",
    "from_parquet",
    "to_parquet",
]

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
NEAREST_COLUMNS = {
    "sample": "number of the data point",
    "points": "coordinates of the nearest point: columns x1, x2, ...",
    "squared_distance": "its squared distance from the data",
    "runner_up": "the squared distance of the next local minimum or singular point",
    "kind": "0 for a smooth point, 1 for a singular one, 2 for a limit point",
    "alone": "whether it was computed by itself, as for special data",
    "reason": "0 where it is proved; otherwise why it is not",
    "parameters": "of a map that takes them to the nearest point: columns t1, t2, ...",
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


@dataclass(frozen=True)
class Layout:
    """The columns of the shards of a kind of runs.

    Attributes
    ----------
    format : str
        Of manifests of such runs.
    noun : str
        What is in them.
    block : type
    columns : dict
        What each column is, in words.
    wide : dict
        Those that have several columns in a file, with how their names begin and the first number.
        A file may have none of one that is not the first of these.
    types : dict
        Types of columns that do not hold integers.
    """

    format: str
    noun: str
    block: type[Block]
    columns: dict[str, str]
    wide: dict[str, tuple[str, int]]
    types: dict[str, type[np.generic]]

    def names(self, given: Sequence[str]) -> list[str]:
        """Return the names of columns that a file has, with as many wide ones as are given."""
        names: list[str] = []
        for name in self.columns:
            names += (
                self.wide_names(name, self._count(name, given)) if name in self.wide else [name]
            )
        return names

    def _count(self, wide: str, given: Sequence[str]) -> int:
        least = wide == next(iter(self.wide))
        return max(int(least), sum(self._is_part(name, wide) for name in given))

    def _is_part(self, name: str, wide: str) -> bool:
        prefix = self.wide[wide][0]
        return name.startswith(prefix) and name[len(prefix) :].isdecimal()

    def wide_names(self, wide: str, count: int) -> list[str]:
        """Return the names of the parts of a wide column."""
        prefix, first = self.wide[wide]
        return [f"{prefix}{k + first}" for k in range(count)]

    def type_of(self, name: str) -> type[np.generic]:
        """Return the type of the entries of a column of a file."""
        wide = (w for w in self.wide if name not in self.columns and self._is_part(name, w))
        return self.types.get(next(wide, name), np.int64)

    def block_of(self, columns: dict[str, NDArray[Any]]) -> Block:
        """Return the block that the columns of a file make."""
        rest = {name: values for name, values in columns.items() if name in self.columns}
        for wide in self.wide:
            names = self.wide_names(wide, self._count(wide, list(columns)))
            none = np.zeros((len(rest["sample"]), 0), self.types.get(wide, np.int64))
            rest[wide] = np.stack([columns[name] for name in names], axis=1) if names else none
        return self.block(**rest)


TABLE = Layout(
    FORMAT, "a table", SampleBlock, COLUMNS, {"by_index": ("index_", 0)},
    {
        "complete": np.bool_, "proved": np.bool_, "smallest_eigenvalue": np.float64,
        "margin": np.float64, "nearest": np.float64,
    },
)  # fmt: skip
NEAREST = Layout(
    NEAREST_FORMAT, "nearest points", NearestBlock, NEAREST_COLUMNS,
    {"points": ("x", 1), "parameters": ("t", 1)},
    {
        "points": np.float64, "parameters": np.float64, "squared_distance": np.float64,
        "runner_up": np.float64, "alone": np.bool_,
    },
)  # fmt: skip
LAYOUTS = {layout.format: layout for layout in (TABLE, NEAREST)}


def to_parquet(block: Block, shard: int, manifest: dict[str, Any]) -> bytes:
    """Return a block of samples as a Parquet file, with all that its manifest says of the run."""
    import pyarrow
    from pyarrow import parquet

    layout = LAYOUTS[manifest["format"]]
    columns: dict[str, NDArray[Any]] = {}
    for field in fields(block):
        values = getattr(block, field.name)
        if values.ndim == 1:
            columns[field.name] = values
        else:
            names = layout.wide_names(field.name, values.shape[1])
            columns |= zip(names, values.T, strict=True)
    metadata = {RUN: manifest["digest"], SHARD: str(shard), CONTENT: _content(columns)}
    about = json.dumps({**manifest, "shards": {}})
    if len(about) <= LONGEST:
        metadata[ABOUT] = about
    arrays = [_to_arrow(values) for values in columns.values()]
    table = pyarrow.Table.from_arrays(arrays, list(columns)).replace_schema_metadata(metadata)
    buffer = io.BytesIO()
    parquet.write_table(table, buffer, row_group_size=len(block.sample), **PARQUET)
    return buffer.getvalue()


def from_parquet(
    path: Path,
    shard: int,
    rows: int,
    run: str | None,
    columns: list[str] | None = None,
    layout: Layout = TABLE,
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
    layout : Layout

    Raises
    ------
    ValueError
        The file is no such shard, with the reason.
    """
    found, metadata = _read(path, rows, columns, layout)
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
    text = _read(path, None, [], None)[1].get(ABOUT)
    if text is None:
        raise ValueError("it carries no manifest")
    return from_json(text.encode(), str(path))


def _read(
    path: Path, rows: int | None, columns: list[str] | None, layout: Layout | None
) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """Return columns and metadata of a Parquet file with a layout, one of all where it is None."""
    from pyarrow import ArrowException, parquet

    try:
        with parquet.ParquetFile(path) as file:
            if rows is not None and file.metadata.num_rows != rows:
                raise ValueError(f"it has {file.metadata.num_rows} rows, not {rows}")
            _check_layout(file, LAYOUTS.values() if layout is None else [layout])
            metadata = file.metadata.metadata or {}
            table = file.read(columns)
        found = {name: _from_arrow(name, table[name]) for name in table.column_names}
    except (OSError, ArrowException, ValueError, OverflowError) as error:
        raise ValueError(one_line(str(error))) from None
    return found, {
        str(k, "utf-8", "replace"): str(v, "utf-8", "replace") for k, v in metadata.items()
    }


# Arrow's own ways to and from arrays of NumPy import pandas, which takes longer than all of this.


def _to_arrow(values: NDArray[Any]) -> Any:
    """Return a column of numbers as Arrow has it, truth values as bits."""
    import pyarrow

    packed = np.packbits(values, bitorder="little") if values.dtype == bool else values
    data = pyarrow.py_buffer(np.ascontiguousarray(packed))
    kind = pyarrow.from_numpy_dtype(values.dtype)
    return pyarrow.Array.from_buffers(kind, len(values), [None, data])


def _from_arrow(name: str, column: Any) -> NDArray[Any]:
    """Return a column of numbers; ValueError if some are missing, or are dates and the like."""
    import pyarrow

    kinds = {pyarrow.from_numpy_dtype(kind): kind for kind in TYPES}
    if column.null_count or column.type not in kinds:
        also = " with missing values" if column.null_count else ""
        raise ValueError(f"its column {name} has the type {column.type}{also}")
    kind = kinds[column.type]
    parts = [np.empty(0, kind)]
    for chunk in column.chunks:
        _, data = chunk.buffers()
        if kind is np.bool_:
            numbers = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little").astype(bool)
        else:
            numbers = np.frombuffer(data, kind)
        parts.append(numbers[chunk.offset : chunk.offset + len(chunk)])
    return np.concatenate(parts)


def _content(columns: dict[str, NDArray[Any]]) -> str:
    """Return a checksum of names and numbers."""
    found = hashlib.sha256()
    for name, values in columns.items():
        found.update(f"{name} {values.dtype.str} {len(values)}\n".encode())
        found.update(np.ascontiguousarray(values).tobytes())
    return found.hexdigest()


def _check_layout(file: Any, layouts: Iterable[Layout]) -> None:
    """Raise ValueError unless a Parquet file has the columns of one of these layouts."""
    columns = [file.schema.column(i) for i in range(len(file.schema))]
    names = [column.path for column in columns]
    for layout in layouts:
        if names == layout.names(names):
            break
    else:
        raise ValueError(f"it has the columns {names!r:.200}")
    for name, column in zip(names, columns, strict=True):
        if column.physical_type != TYPES[layout.type_of(name)]:
            raise ValueError(f"its column {name} has the type {column.physical_type}")
