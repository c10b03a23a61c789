"""Run folders: the samples of one run on disk, in parts that are complete or not there at all.

A folder holds ``manifest.json``, which says what was computed, and shards of equally many samples,
``shard-00000.parquet`` and so on. Every file is written under another name and then renamed, and
the manifest keeps the checksum of every shard, so that a run can be killed at any time and
continued. Nothing in a shard depends on time or place: the same run has the same bytes. All that
is read from a folder is data, whoever wrote it: nothing in it is evaluated or unpickled.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.errors import EdgeomError, IncompleteError, InputError
from edgeom.plain import digest, from_json, one_line, read_json, to_json
from edgeom.tables.engine import SampleBlock
from edgeom.tables.first_format import FIRST_FORMAT, converted
from edgeom.tables.manifest import (
    DATA,
    FORMAT,
    MANIFEST,
    NORMAL,
    check_manifest,
    sealed,
    shard_name,
)
from edgeom.tables.shards import COLUMNS, from_parquet, to_parquet

__all__ = ["RunFolder", "StoredSamples", "checksum_of", "folder_path", "write_file"]

PART = ".part"  # ends the names of unfinished files
LONGEST = 60  # characters of a value that an error message repeats


class RunFolder:
    """A folder that holds the samples of one run, or those that are computed already.

    Parameters
    ----------
    path : Path
        The folder, which has to hold a run; :meth:`create` makes a new one.

    Raises
    ------
    InputError
        The folder does not exist or holds no run.
    """

    def __init__(self, path: Path) -> None:
        self.path, place = path, str(path / MANIFEST)
        try:
            manifest = read_json(path / MANIFEST)
        except FileNotFoundError:
            raise InputError(f"{path} holds no run: it has no {MANIFEST}") from None
        self.remedy = "continue the run (resume=True, --resume)"
        if manifest.get("format") == FIRST_FORMAT:
            manifest = converted(manifest, place)
            self.remedy = "start a new run (version 0.1 had other options)"
        check_manifest(manifest, place)
        self.manifest = manifest

    @classmethod
    def create(
        cls, path: Path, run: dict[str, Any], about: dict[str, Any], data: NDArray[Any] | None
    ) -> RunFolder:
        """Make the folder of a new run.

        Parameters
        ----------
        path : Path
        run : dict
            All that determines the numbers, including "samples" and "shard_size".
        about : dict
            What else readers should know.
        data : array, optional
            The given data.
        """
        cls.check_free(path)
        words = {k: one_line(v) if isinstance(v, str) else v for k, v in about.items()}
        manifest = sealed({"format": FORMAT, **words, "run": run, "columns": COLUMNS})
        text = to_json({**manifest, "shards": {}})
        place = str(path / MANIFEST)
        check_manifest(from_json(text, place), place)  # what could not be read is not written
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"cannot make the folder {path}: {error.strerror}") from None
        if data is not None:
            _write_data(path, data)
        write_file(path / MANIFEST, text)
        return cls(path)

    def data(self) -> NDArray[Any] | None:
        """Return the given data of the run, None where data is drawn.

        Raises
        ------
        InputError
            The file is missing, damaged or was changed.
        """
        run = self.manifest["run"]
        if run["data"] == NORMAL:
            return None
        path, hint = self.path / DATA, f"{self.remedy}, with its data"
        if not path.is_file():
            raise InputError(f"{path} is missing; {hint}")
        try:  # a map of the file takes no memory, whatever size it says it has, and no objects
            data = np.lib.format.open_memmap(path, mode="r")
        except Exception:  # whatever NumPy's reader finds in what it did not write
            raise InputError(f"{path} is damaged: it holds no array of numbers; {hint}") from None
        if data.dtype != np.float64 or data.ndim != 2 or len(data) != run["samples"]:
            raise InputError(
                f"{path} must hold a row of doubles for each of {run['samples']} samples, got "
                f"{data.dtype} of shape {data.shape}; {hint}"
            )
        if checksum_of(data) != run["data"]["sha256"]:
            raise InputError(f"{path} is not the data of the run, its checksum differs; {hint}")
        return np.array(data)

    def restore(self, data: NDArray[Any] | None) -> None:
        """Write the data of the run again where its file is missing or damaged."""
        if data is not None:
            try:
                self.data()
            except InputError:
                _write_data(self.path, data)

    @staticmethod
    def exists(path: Path) -> bool:
        """Whether the folder has a manifest."""
        return (path / MANIFEST).is_file()

    @staticmethod
    def check_free(path: Path) -> None:
        """Raise InputError unless a run can be written there: a new or an empty folder."""
        if path.exists() and not path.is_dir():
            raise InputError(f"{path} is not a folder")
        if RunFolder.exists(path):
            raise InputError(
                f"{path} holds a run already; continue it (resume=True, --resume) or choose "
                f"another folder"
            )
        if path.exists() and any(entry.suffix != PART for entry in path.iterdir()):
            raise InputError(f"{path} is not empty and holds no run; choose another folder")
        parent = next(folder for folder in (path, *path.absolute().parents) if folder.exists())
        if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
            raise InputError(f"{path} cannot be written: {parent} is not a writable folder")

    def check_same(self, run: dict[str, Any]) -> None:
        """Raise InputError with what differs unless the folder holds this run."""
        stored = self.manifest["run"]
        if digest(run) != digest(stored):
            texts = "; ".join(_differences(stored, run))
            raise InputError(f"{self.path} belongs to another run: {texts}")

    @property
    def shards(self) -> range:
        """Numbers of all shards, written or not."""
        run = self.manifest["run"]
        return range(-(-run["samples"] // run["shard_size"]))

    def samples_of(self, shard: int) -> range:
        """Return the numbers of the samples in a shard."""
        run = self.manifest["run"]
        first = shard * run["shard_size"]
        return range(first, min(first + run["shard_size"], run["samples"]))

    def missing(self) -> list[int]:
        """Return the shards that are not there, or not as they were written."""
        return [shard for shard in self.shards if not self._is_whole(shard)]

    def _file(self, shard: int) -> Path:
        return self.path / shard_name(shard)

    def checksum(self, shard: int) -> str | None:
        """Return the checksum with which a shard was written, None if it was not."""
        known: str | None = self.manifest["shards"].get(shard_name(shard))
        return known

    def _is_whole(self, shard: int) -> bool:
        path = self._file(shard)
        if not path.is_file():
            return False
        try:
            with path.open("rb") as stream:
                found = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError:
            return False
        return self.checksum(shard) == found

    def write(self, shard: int, block: SampleBlock) -> None:
        """Write one shard, then its checksum."""
        content = to_parquet(block, {"run": self.manifest["digest"], "shard": str(shard)})
        write_file(self._file(shard), content)
        checksums = self.manifest["shards"]
        checksums[shard_name(shard)] = hashlib.sha256(content).hexdigest()
        self.manifest["shards"] = dict(sorted(checksums.items()))
        write_file(self.path / MANIFEST, to_json(self.manifest))

    def read(self, shard: int, columns: list[str] | None = None) -> dict[str, NDArray[Any]]:
        """Return some columns of a shard, by default all.

        Raises
        ------
        InputError
            The file has other columns or rows than a shard of the run.
        """
        path = self._file(shard)
        try:
            return from_parquet(path, len(self.samples_of(shard)), columns)
        except ValueError as error:
            raise InputError(
                f"{path} is no shard of the run: {error}; delete it, then {self.remedy}"
            ) from None

    def block(self, shard: int) -> SampleBlock:
        """Return the samples of a shard."""
        columns = self.read(shard)
        by_index = [columns.pop(name) for name in list(columns) if name.startswith("index_")]
        return SampleBlock(**columns, by_index=np.stack(by_index, axis=1))

    def samples(self) -> StoredSamples:
        """Return the samples, which stay on disk.

        Raises
        ------
        IncompleteError
            Shards are missing or damaged.
        """
        if missing := self.missing():
            raise IncompleteError(
                f"{self.path} has {len(self.shards) - len(missing)} of {len(self.shards)} shards, "
                f"{shard_name(missing[0])} is missing or damaged; {self.remedy}"
            )
        return StoredSamples(self)


class StoredSamples:
    """The samples of a finished run, read from its shards each time they are asked for.

    It has the attributes of :class:`~edgeom.tables.engine.SampleBlock`, one array for each column.
    """

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder

    def blocks(self) -> Iterator[SampleBlock]:
        """Yield the samples shard by shard."""
        yield from map(self._folder.block, self._folder.shards)

    def __getattr__(self, name: str) -> NDArray[Any]:
        if name not in COLUMNS:
            raise AttributeError(f"samples have no column {name!r}")
        if name == "by_index":
            parts = [block.by_index for block in self.blocks()]
            if len({part.shape[1] for part in parts}) > 1:
                raise InputError(
                    f"{self._folder.path} has shards with different numbers of indices"
                )
            return np.concatenate(parts)
        folder = self._folder
        return np.concatenate([folder.read(shard, [name])[name] for shard in folder.shards])


def checksum_of(data: NDArray[Any]) -> str:
    """Return the checksum of given data."""
    return hashlib.sha256(data.tobytes()).hexdigest()


def folder_path(name: str | os.PathLike[str]) -> Path:
    """Return the folder of a run, with ``~`` for the home directory, for reading and writing alike.

    Raises
    ------
    InputError
        The name cannot be that of a folder.
    """
    try:
        path = Path(name).expanduser()
        path.exists()
    except (TypeError, ValueError, RuntimeError, OSError) as error:
        text = getattr(error, "strerror", None) or error
        raise InputError(f"{name!r:.80} cannot be the name of a folder: {text}") from None
    return path


def _write_data(path: Path, data: NDArray[Any]) -> None:
    buffer = io.BytesIO()
    np.save(buffer, data)
    write_file(path / DATA, buffer.getvalue())


def write_file(path: Path, content: bytes) -> None:
    """Write a file that is there with all its content or, when this is interrupted, not at all."""
    part = path.with_name(f".{path.name}{PART}")
    try:
        part.unlink(missing_ok=True)
        with part.open("xb") as stream:  # a new file, never what a link of this name points to
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except OSError as error:
        raise EdgeomError(f"cannot write {path}: {error.strerror}") from None


def _differences(stored: Any, now: Any, name: str = "") -> Iterator[str]:
    """Say where two descriptions of runs differ."""
    if isinstance(stored, dict) and isinstance(now, dict):
        for key in sorted(stored.keys() | now.keys()):
            path = f"{name}.{key}" if name else key
            yield from _differences(stored.get(key), now.get(key), path)
    elif stored != now:
        texts = [json.dumps(value, ensure_ascii=False) for value in (stored, now)]
        if max(map(len, texts)) > LONGEST:
            yield f"another {name}"
        else:
            yield f"{name} is {texts[0]} there and {texts[1]} here"
