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
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.errors import IncompleteError, InputError
from edgeom.files import PART, write_file
from edgeom.plain import digest, from_json, one_line, read_json, to_json
from edgeom.tables.first_format import FIRST_FORMAT, converted
from edgeom.tables.lock import LOCK
from edgeom.tables.manifest import (
    DATA,
    MANIFEST,
    NORMAL,
    SHARD,
    check_manifest,
    sealed,
    shard_name,
)
from edgeom.tables.samples import Block
from edgeom.tables.shards import LAYOUTS, TABLE, Layout, from_parquet, to_parquet

__all__ = ["RunFolder", "checksum_of", "differences"]

LONGEST = 60  # characters of a value that an error message repeats
CONTINUE = "continue the run (resume=True, --resume)"
REPAIR = "rebuild it from the shards (repair_run, `edgeom repair`)"


class RunFolder:
    """A folder that holds the samples of one run, or those that are computed already.

    Parameters
    ----------
    path : Path
        The folder, which has to hold a run; :meth:`create` makes a new one.
    manifest : dict, optional
        A manifest that is to take the place of that in the folder.

    Raises
    ------
    InputError
        The folder does not exist or holds no run.

    Attributes
    ----------
    manifest : dict
    seal : str or None
        The digest that shards carry; None for those of version 0.1.
    """

    def __init__(self, path: Path, manifest: dict[str, Any] | None = None) -> None:
        self.path, self.remedy, self._late = path, CONTINUE, 0
        self.manifest: dict[str, Any]
        self.seal: str | None
        if manifest is not None:
            self.manifest, self.seal = manifest, manifest["digest"]
            return
        try:
            self.manifest, self.seal = _manifest(path)
        except FileNotFoundError:
            if not has_shards(path):
                raise InputError(f"{path} holds no run: it has no {MANIFEST}") from None
            raise InputError(f"{path / MANIFEST} is missing; {REPAIR}") from None
        except InputError as error:
            raise InputError(f"{error}; {REPAIR}" if has_shards(path) else str(error)) from None
        if self.seal is None:
            self.remedy = "start a new run (version 0.1 had other options)"

    @classmethod
    def make(
        cls, path: Path, run: dict[str, Any], about: dict[str, Any], layout: Layout = TABLE
    ) -> dict[str, Any]:
        """Make the empty folder of a new run; return its manifest, which is not yet written.

        Parameters
        ----------
        path : Path
        run : dict
            All that determines the numbers, including "samples" and "shard_size".
        about : dict
            What else readers should know.
        layout : Layout
        """
        cls.check_free(path)
        head = {"format": layout.format, **_lines(about)}
        manifest = sealed({**head, "run": run, "columns": layout.columns})
        manifest["shards"] = {}
        place = str(path / MANIFEST)
        check_manifest(from_json(to_json(manifest), place), place)  # no more is written than read
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"cannot make the folder {path}: {error.strerror}") from None
        return manifest

    @classmethod
    def create(cls, path: Path, manifest: dict[str, Any], data: NDArray[Any] | None) -> RunFolder:
        """Write the manifest of a new run, which says what is missing, and then its data."""
        cls.check_free(path)
        write_file(path / MANIFEST, to_json(manifest), "start again")
        if data is not None:
            _write_data(path, data)
        return cls(path)

    @property
    def layout(self) -> Layout:
        """What the shards hold."""
        return LAYOUTS[self.manifest["format"]]

    def check_layout(self, layout: Layout) -> None:
        """Raise InputError unless the folder is of this kind."""
        if self.layout is not layout:
            raise InputError(f"{self.path} holds {self.layout.noun}, not {layout.noun}")

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
        if path.exists() and not all(_is_passing(entry.name) for entry in path.iterdir()):
            raise InputError(f"{path} is not empty and holds no run; choose another folder")
        parent = next(folder for folder in (path, *path.absolute().parents) if folder.exists())
        if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
            raise InputError(f"{path} cannot be written: {parent} is not a writable folder")

    def check_same(self, run: dict[str, Any]) -> None:
        """Raise InputError with what differs unless the folder holds this run."""
        stored = self.manifest["run"]
        if digest(run) != digest(stored):
            texts = "; ".join(differences(stored, run))
            more = {**stored, "samples": 0, "data": 0} == {**run, "samples": 0, "data": 0}
            more &= run["samples"] > stored["samples"]
            end = stored.get("first", 0) + stored["samples"]
            hint = (
                f"; compute more samples in another folder (first={end}, --first {end}) and merge "
                "the folders (merge_runs, edgeom merge)"
            )
            raise InputError(f"{self.path} belongs to another run: {texts}{hint * more}")

    def check_about(self, about: dict[str, Any]) -> None:
        """Raise InputError unless the manifest says of the run what is found now."""
        stored = {name: self.manifest[name] for name in about}
        if texts := "; ".join(differences(stored, _lines(about))):
            raise InputError(f"{self.path / MANIFEST} is wrong about the run: {texts}")

    @property
    def shards(self) -> range:
        """Numbers of all shards, written or not."""
        run = self.manifest["run"]
        return range(-(-run["samples"] // run["shard_size"]))

    def samples_of(self, shard: int) -> range:
        """Return the numbers of the samples in a shard."""
        run = self.manifest["run"]
        first, size, begin = shard * run["shard_size"], run["shard_size"], run.get("first", 0)
        return range(begin + first, begin + min(first + size, run["samples"]))

    def is_finished(self) -> bool:
        """Whether nothing is missing, neither shards nor data."""
        try:
            self.data()
        except InputError:
            return False
        return not self.missing()

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

    def write(self, shard: int, block: Block) -> None:
        """Write one shard, then its checksum.

        Of many shards the checksums of the last per cent are written together, or the manifest
        would be most of what is written; :meth:`take_up` finds these shards without it.
        """
        content = to_parquet(block, shard, self.manifest)
        rest = len(self.shards) - len(self.manifest["shards"])
        write_file(self._file(shard), content, CONTINUE, needed=(rest - 1) * len(content))
        self.manifest["shards"][shard_name(shard)] = hashlib.sha256(content).hexdigest()
        self._late += 1
        if rest <= 1 or 100 * self._late >= len(self.manifest["shards"]):
            self.write_manifest()

    def take_up(self, shards: Iterable[int]) -> list[int]:
        """Enter whole shards of the run into the manifest; return those that are.

        Their numbers fit the checksum that they carry, and they carry the manifest of the run.
        """
        taken = []
        for shard in shards if self.seal is not None else []:
            with suppress(InputError, OSError):
                if self._file(shard).is_file():
                    self.block(shard)
                    content = self._file(shard).read_bytes()
                    self.manifest["shards"][shard_name(shard)] = hashlib.sha256(content).hexdigest()
                    taken.append(shard)
        return taken

    def write_manifest(self) -> None:
        """Write the manifest again, with the checksums of today."""
        self._late = 0
        self.manifest["shards"] = dict(sorted(self.manifest["shards"].items()))
        write_file(self.path / MANIFEST, to_json(self.manifest), CONTINUE)

    def delete(self) -> None:
        """Delete the files of the run, and the folder where nothing else is in it."""
        for name in (*map(shard_name, self.shards), DATA, MANIFEST):
            (self.path / name).unlink(missing_ok=True)
        with suppress(OSError):
            self.path.rmdir()

    def read(self, shard: int, columns: list[str] | None = None) -> dict[str, NDArray[Any]]:
        """Return some columns of a shard, by default all.

        Raises
        ------
        InputError
            The file has other columns or rows than a shard of the run.
        """
        path = self._file(shard)
        try:
            rows = len(self.samples_of(shard))
            return from_parquet(path, shard, rows, self.seal, columns, self.layout)
        except ValueError as error:
            raise InputError(
                f"{path} is no shard of the run: {error}; delete it, then {self.remedy}"
            ) from None

    def block(self, shard: int) -> Any:
        """Return the samples of a shard, a block of the kind of the folder."""
        return self.layout.block_of(self.read(shard))

    def blocks(self) -> Iterator[Any]:
        """Yield the samples of a finished run, shard by shard.

        Raises
        ------
        IncompleteError
            Shards are missing or damaged.
        """
        self.check_finished()
        yield from map(self.block, self.shards)

    def check_table(self) -> None:
        """Raise InputError unless the folder holds a table, IncompleteError unless all of it."""
        self.check_layout(TABLE)
        self.check_finished()

    def check_finished(self) -> None:
        """Raise IncompleteError where shards are missing or damaged."""
        if missing := self.missing():
            raise IncompleteError(
                f"{self.path} has {len(self.shards) - len(missing)} of {len(self.shards)} shards, "
                f"{shard_name(missing[0])} is missing or damaged; {self.remedy}"
            )


def checksum_of(data: NDArray[Any]) -> str:
    """Return the checksum of given data."""
    return hashlib.sha256(data.tobytes()).hexdigest()


def has_shards(path: Path) -> bool:
    """Whether there is a file in a folder that has the name of a shard."""
    return path.is_dir() and any(SHARD.fullmatch(entry.name) for entry in path.iterdir())


def _manifest(path: Path) -> tuple[dict[str, Any], str | None]:
    """Return the manifest of a folder, and the digest that its shards carry."""
    place = str(path / MANIFEST)
    manifest = read_json(path / MANIFEST)
    first = manifest.get("format") == FIRST_FORMAT
    if first:
        manifest = converted(manifest, place)
    check_manifest(manifest, place)
    return manifest, None if first else manifest["digest"]


def _write_data(path: Path, data: NDArray[Any]) -> None:
    buffer = io.BytesIO()
    np.save(buffer, data)
    write_file(path / DATA, buffer.getvalue(), f"{CONTINUE} with its data")


def _lines(about: dict[str, Any]) -> dict[str, Any]:
    """Return texts without line breaks, as manifests hold them."""
    return {k: one_line(v) if isinstance(v, str) else v for k, v in about.items()}


def _is_passing(name: str) -> bool:
    """Whether a file is one that a writer takes away: unfinished, or a lock."""
    return name.endswith(PART) or name.startswith(LOCK)


def differences(stored: Any, now: Any, name: str = "") -> Iterator[str]:
    """Say where two descriptions of runs differ."""
    if isinstance(stored, dict) and isinstance(now, dict):
        for key in sorted(stored.keys() | now.keys()):
            path = f"{name}.{key}" if name else key
            yield from differences(stored.get(key), now.get(key), path)
    elif stored != now:
        texts = [json.dumps(value, ensure_ascii=False) for value in (stored, now)]
        if max(map(len, texts)) > LONGEST:
            yield f"another {name}"
        else:
            yield f"{name} is {texts[0]} there and {texts[1]} here"
