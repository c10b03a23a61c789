"""Numbers from files: data points, weights and metrics."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from pathlib import Path
from tokenize import TokenError
from typing import Any
from zipfile import BadZipFile, ZipFile

import numpy as np
from numpy.typing import NDArray

from edgeom.errors import InputError
from edgeom.files import in_bytes, read_limited, resolved
from edgeom.limits import MAX_FILE
from edgeom.objectives.metric import Metric
from edgeom.varieties.algebraic import AlgebraicVariety
from edgeom.varieties.base import Variety

__all__ = ["metric_from_file", "names_of", "read_array", "read_arrays", "read_text", "shaped"]


def metric_from_file(variety: Variety, path: Path, option: str, indefinite: bool = False) -> Metric:
    """Return the metric that a file describes: entrywise weights or a matrix."""
    array = read_array(path)
    entries = shaped(array, variety.shape)
    if entries is not None:
        # a symmetric matrix has its entries off the diagonal twice, as in its default metric
        diagonal = variety.default_metric.matrix.diagonal() * variety.flatten(entries, option)
        return Metric(np.diag(diagonal), f"entrywise weights from {path.name}", indefinite)
    n = variety.ambient_dimension
    if array.shape == (n, n):
        return Metric(array, f"metric matrix from {path.name}", indefinite)
    raise InputError(
        f"{option}: {path} has shape {array.shape}; for {variety} it must be entrywise weights "
        f"of shape {variety.shape} or a metric matrix of shape {(n, n)}"
    )


def read_array(path: Path, names: Sequence[str] = ()) -> NDArray[Any]:
    """Read numbers from a text or .npy file; a byte order mark and a line of names are skipped.

    Columns whose names are `names` in another order are put into this one.
    """
    if path.suffix == ".npz":
        names = ", ".join(f"{name} {array.shape}" for name, array in read_arrays(path).items())
        raise InputError(
            f"{path} is an archive of arrays ({names}), where one array is wanted: save that by "
            'np.save("NAME.npy", array)'
        )
    try:
        if path.suffix == ".npy":
            return _array(path)
        text = read_limited(resolved(path, "a file")).decode("utf-8-sig")
        lines = [(k, line) for k, line in enumerate(text.splitlines(), 1) if line.strip()]
        cells = [_cells(number, line) for number, line in lines]
        header: list[str] = []
        if len(cells) > 1 and not any(map(_is_number, cells[0])):
            header = cells.pop(0)
            del lines[0]
        table = [_numbers(number, row) for (number, _), row in zip(lines, cells, strict=True)]
        for (number, _), row in zip(lines, table, strict=True):
            if len(row) != len(table[0]):
                raise ValueError(
                    "its lines have different lengths: "
                    f"{len(row)} numbers in line {number}, {len(table[0])} in line {lines[0][0]}"
                )
        array = np.array(table, float)
        if sorted(header) == sorted(names) and array.shape[1:] == (len(names),):
            return array[:, [header.index(name) for name in names]]
        return array
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    except (ValueError, SyntaxError, TokenError) as error:  # the last two by numpy, of headers
        raise InputError(f"{path} does not hold a matrix of numbers: {error}") from None


def names_of(variety: Variety) -> Sequence[str]:
    """Return the names of the coordinates of points of a zero set, nothing for others."""
    return variety.variables if isinstance(variety, AlgebraicVariety) else ()


def _cells(number: int, line: str) -> list[str]:
    """Return the entries of a line."""
    if ";" in line:
        raise ValueError(f"line {number} has ';' in it; separate numbers by commas or spaces")
    if "," in line and not all(cell.strip() for cell in line.split(",")):
        raise ValueError(f"line {number} has an empty cell; write nan for a missing entry")
    return line.replace(",", " ").split()


def _numbers(number: int, cells: list[str]) -> list[float]:
    for cell in cells:
        if not _is_number(cell):
            raise ValueError(
                f"{cell!r:.40} in line {number} is no number; leave out columns of names and other "
                "text"
            )
    return [float(cell) for cell in cells]


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Read the arrays of an .npz file, or the one of a text or .npy file, by their names."""
    if path.suffix in (".pt", ".pth", ".h5", ".keras"):
        raise InputError(
            f"{path} is a file of another program; write an .npz file there, by "
            'np.savez("weights.npz", **model.state_dict()) or *model.get_weights()'
        )
    if path.suffix != ".npz":
        return {path.stem: read_array(path)}
    try:
        with ZipFile(resolved(path, "a file")) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > MAX_FILE:
            raise ValueError(f"it has {in_bytes(size)}, the limit is {in_bytes(MAX_FILE)}")
        with np.load(resolved(path, "a file"), allow_pickle=False) as arrays:
            return dict(arrays)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    except (ValueError, BadZipFile, SyntaxError, TokenError, KeyError, EOFError) as error:
        raise InputError(f"{path} does not hold arrays of numbers: {error}") from None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _array(path: Path) -> NDArray[Any]:
    """Read an array of numbers from a .npy file."""
    # a mapped file is as long as it says, and holds no objects, which would be programs
    mapped = np.lib.format.open_memmap(resolved(path, "a file"), mode="r")
    if mapped.dtype.kind not in "biufc":
        raise ValueError(f"its entries are of type {mapped.dtype}")
    if mapped.nbytes > MAX_FILE:
        raise ValueError(f"it has {in_bytes(mapped.nbytes)}, the limit is {in_bytes(MAX_FILE)}")
    return np.array(mapped)


def read_text(path: Path) -> str:
    """Read a text file of moderate size; a byte order mark is skipped."""
    try:
        return read_limited(resolved(path, "a file")).decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    except ValueError as error:  # it is too long, or no UTF-8
        raise InputError(f"cannot read {path}: {error}") from None


def shaped(array: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any] | None:
    """Return the array in this shape if it is meant to have it.

    Axes of length one do not matter, and tensors may be given in any layout: a text file has only
    lines and columns.
    """
    same = np.squeeze(array).shape == tuple(n for n in shape if n > 1)
    return array.reshape(shape) if same or (len(shape) > 2 and array.size == prod(shape)) else None
