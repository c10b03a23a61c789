"""Files: what a name means, writing that leaves a whole file or none, reading that comes to an end.

A name is resolved once, where it comes in, and is absolute from then on: reading and writing mean
the same place, also after the program has gone to another folder.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from pathlib import Path

from edgeom.errors import EdgeomError, InputError
from edgeom.limits import MAX_FILE

__all__ = ["FULL", "PART", "in_bytes", "read_limited", "resolved", "write_file"]

PART = ".part"  #: ends the names of unfinished files
LONGEST = "x" * 40  # about as long as any name that is put into a folder
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  #: what a full disk, quota or limit says
NOT_THERE = (errno.ENOENT, errno.ENOTDIR, errno.EACCES)  # said later, by those who need it


def resolved(name: str | os.PathLike[str], what: str = "a folder") -> Path:
    r"""Return the absolute path that a name means, with ``~`` for the home directory.

    Parameters
    ----------
    name : path
    what : str
        What it is the name of, for error messages.

    Raises
    ------
    InputError
        Nothing can have this name.

    Examples
    --------
    >>> resolved("~/run") == Path.home() / "run"
    True
    >>> resolved("run\0")
    Traceback (most recent call last):
    edgeom.errors.InputError: 'run\x00' cannot be the name of a folder: it has a null character
    """
    try:
        text = os.fspath(name)
        if not isinstance(text, str):
            raise TypeError("it must be a text or a path")
        if not text:
            raise ValueError("it is empty")
        if "\0" in text:
            raise ValueError("it has a null character")
        text.encode()
        path = Path(text).expanduser()
        try:
            path = path.absolute()
        except FileNotFoundError:
            raise ValueError("the working directory was deleted; change to another one") from None
        _check_length(path)
    except TypeError:
        raise InputError(f"{name!r:.80} cannot be the name of {what}: it is no text") from None
    except UnicodeEncodeError:
        raise InputError(f"{text!r:.80} cannot be the name of {what}: it is no UTF-8") from None
    except (ValueError, RuntimeError) as error:  # the last where nobody has the home directory
        raise InputError(f"{text!r:.80} cannot be the name of {what}: {error}") from None
    return path


def _check_length(path: Path) -> None:
    """Raise ValueError if the system cannot look for files in a folder of this name."""
    try:
        os.lstat(path / LONGEST)
    except OSError as error:
        if error.errno not in NOT_THERE:
            raise ValueError(error.strerror) from None


def read_limited(path: Path, most: int = MAX_FILE) -> bytes:
    """Return what a file holds.

    Raises
    ------
    OSError
    ValueError
        It is no file, or holds more than `most` bytes.
    """
    with path.open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        if size <= most:
            parts, rest = [], most + 1
            while rest and (part := stream.read(min(rest, 2**20))):
                parts.append(part)
                rest -= len(part)
            if rest:
                return b"".join(parts)
    raise ValueError(f"it is larger than {in_bytes(most)}")


def write_file(path: Path, content: bytes, remedy: str = "try again", needed: int = 0) -> None:
    """Write a file that is there with all its content or, when this is interrupted, not at all.

    Parameters
    ----------
    path : Path
    content : bytes
    remedy : str
        What to do when there is space again.
    needed : int
        Bytes that the files after this one will take.

    Raises
    ------
    EdgeomError
        It cannot be written; nothing is left of it.
    """
    part = path.with_name(f".{path.name[:50]}.{secrets.token_hex(4)}{PART}")
    try:
        try:
            with part.open("xb") as stream:  # a new file, never what a link of this name points to
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    except OSError as error:
        if error.errno not in FULL:
            raise EdgeomError(f"cannot write {path}: {error.strerror}") from None
        free = _free(path.parent)
        raise EdgeomError(
            f"cannot write {path}: the disk is full, {in_bytes(len(content) + needed)} are needed"
            f"{free}; free space, then {remedy}"
        ) from None


def _free(folder: Path) -> str:
    try:
        return f" and {in_bytes(shutil.disk_usage(folder).free)} free"
    except OSError:
        return ""


def in_bytes(size: float) -> str:
    """Return a number of bytes in words.

    >>> in_bytes(300), in_bytes(3.2e6), in_bytes(8e12)
    ('300 bytes', '3.05 MiB', '7.28 TiB')
    """
    for unit in ("bytes", "KiB", "MiB", "GiB", "TiB"):
        if size < 1024 or unit == "TiB":
            return f"{size:.3g} {unit}"
        size /= 1024
    raise AssertionError
