"""Machine code on disk, so that a second process need not compile what a first one has.

The folder is ``machine-code`` in the place that the variable EDGEOM_CACHE names, or in ``edgeom``
where caches are kept on this system (XDG_CACHE_HOME, ~/.cache); ``EDGEOM_CACHE=off`` switches it
off.

What is loaded is run, so the folder has to belong to the user and to be closed to everybody else
(mode 0700); it is looked at and used through one descriptor, so that nobody can exchange it in
between. Each file begins with a checksum of its name and its content: a damaged one is deleted,
and the code compiled again. Files appear whole, under their final names, and the least recently
used ones go when there are too many bytes. A cache that cannot be used is no error.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from edgeom.errors import InputError
from edgeom.files import PART, in_bytes, resolved
from edgeom.limits import MAX_CACHE

__all__ = ["VARIABLE", "describe", "load", "place", "store"]

VARIABLE = "EDGEOM_CACHE"  # names another folder, or is "off"
CHECKSUM = hashlib.sha256().digest_size
ABANDONED = 3600.0  # seconds after which an unfinished file is one of a process that was killed


class _Unusable(Exception):
    """There is no cache; the text says why."""


def place() -> Path:
    """Return the folder of the machine code."""
    given = os.environ.get(VARIABLE, "")
    if given.lower() == "off":
        raise _Unusable(f"switched off by {VARIABLE}")
    if not hasattr(os, "geteuid"):
        raise _Unusable("files have no owners on this system")
    try:
        if given:
            return resolved(given) / "machine-code"
        base = os.environ.get("XDG_CACHE_HOME", "")
        if not os.path.isabs(base):
            base = "~/Library/Caches" if sys.platform == "darwin" else "~/.cache"
        return resolved(base) / "edgeom" / "machine-code"
    except InputError as error:
        raise _Unusable(str(error)) from None


@contextmanager
def _opened() -> Iterator[int]:
    """Make the folder if there is none, and give a descriptor of it."""
    path = place()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            path.mkdir(mode=0o700)
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        raise _Unusable(f"{path}: {error.strerror}") from None
    try:
        found = os.fstat(folder)
        if found.st_uid != os.geteuid():
            raise _Unusable(f"{path} belongs to another user")
        if found.st_mode & 0o077:
            raise _Unusable(f"{path} is open to others: chmod 700 closes it")
        yield folder
    finally:
        os.close(folder)


def load(key: str) -> bytes | None:
    """Return what was stored under a key, None if there is nothing that can be used."""
    with suppress(_Unusable, OSError), _opened() as folder:
        file = os.open(key, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
        with open(file, "rb") as stream:
            found = os.fstat(file)
            if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
                return None
            content = stream.read(MAX_CACHE)
        if content[:CHECKSUM] == _checksum(key, content[CHECKSUM:]):
            with suppress(OSError):
                os.utime(key, dir_fd=folder)  # the least recently used ones go first
            return content[CHECKSUM:]
        os.unlink(key, dir_fd=folder)
    return None


def store(key: str, code: bytes) -> None:
    """Keep machine code under a key, if there is a place for it."""
    if len(code) > MAX_CACHE // 4:
        return
    with suppress(_Unusable, OSError), _opened() as folder:
        part = secrets.token_hex(8) + PART
        file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=folder)
        try:
            with open(file, "wb") as stream:
                stream.write(_checksum(key, code) + code)
            os.rename(part, key, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with suppress(OSError):
                os.unlink(part, dir_fd=folder)
            raise
        _trim(folder)


def _checksum(key: str, code: bytes) -> bytes:
    return hashlib.sha256(key.encode() + code).digest()


def _files(folder: int) -> list[tuple[float, int, str]]:
    """Return time, size and name of the files, the least recently used one first."""
    files = []
    with os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):
                found = entry.stat(follow_symlinks=False)
                files.append((found.st_mtime, found.st_size, entry.name))
    return sorted(files)


def _trim(folder: int) -> None:
    """Delete what has not been used for longest until the rest is small enough."""
    files, now = _files(folder), time.time()
    total = sum(size for _, size, _ in files)
    for used, size, name in files:
        if total > MAX_CACHE or (name.endswith(PART) and used < now - ABANDONED):
            with suppress(OSError):
                os.unlink(name, dir_fd=folder)
            total -= size


def describe() -> tuple[bool, str]:
    """Say whether machine code is kept on disk, and where and how much, or why not.

    Examples
    --------
    >>> used, text = describe()
    >>> bool(text)
    True
    """
    try:
        with _opened() as folder:
            files = [entry for entry in _files(folder) if not entry[2].endswith(PART)]
            writable = os.access(".", os.W_OK, dir_fd=folder, effective_ids=True)
    except _Unusable as reason:
        return False, str(reason)
    except OSError as error:
        return False, f"{place()}: {error.strerror}"
    total = sum(size for _, size, _ in files)
    text = f"{place()}: {len(files)} files, {in_bytes(total)} of at most {in_bytes(MAX_CACHE)}"
    return True, text if writable else f"{text}, read-only"
