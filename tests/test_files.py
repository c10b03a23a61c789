"""Names, whole files, reads that end."""

import errno
import os
from pathlib import Path

import pytest

import edgeom as eg
from edgeom import files
from edgeom.files import in_bytes, read_limited, resolved, write_file


def test_a_name_means_one_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    assert resolved("~/run") == tmp_path / "home" / "run"
    path = resolved("run")
    monkeypatch.chdir("/")
    assert path == tmp_path / "run" == resolved(path)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "it is empty"),
        ("a\0b", "null character"),
        ("x" * 300, "too long"),
        ("a/" * 3000, "too long"),
        ("bad\udcff", "no UTF-8"),
        (b"bytes", "it must be a text|no text"),
        (5, "no text"),
        ("~no such user/run", "home directory"),
    ],
)
def test_what_nothing_can_be_called(name: object, message: str) -> None:
    with pytest.raises(eg.InputError, match=f"cannot be the name of a folder: .*({message})"):
        resolved(name)  # type: ignore[arg-type]


def test_a_working_directory_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(eg.InputError, match="the working directory was deleted"):
        resolved("run")
    assert resolved("/run") == Path("/run")


def test_reads_end(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    assert read_limited(tmp_path / "file", 5) == b"12345"
    with pytest.raises(ValueError, match="larger than 4 bytes"):
        read_limited(tmp_path / "file", 4)
    with pytest.raises(ValueError, match="larger than 1 KiB"):
        read_limited(Path("/dev/zero"), 1024)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_write_that_fails_leaves_nothing(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(files.os, "fsync", fail)
    with pytest.raises(eg.EdgeomError) as error:
        write_file(tmp_path / "file", b"12345", "continue", needed=1019)
    full = "the disk is full, 1 KiB are needed and" in str(error.value)
    assert full == (number != errno.EIO) and not list(tmp_path.iterdir())


def test_an_interrupted_write_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(files.os, "fsync", stop)
    with pytest.raises(KeyboardInterrupt):
        write_file(tmp_path / "file", b"12345")
    assert not list(tmp_path.iterdir())


def test_sizes_in_words() -> None:
    assert in_bytes(0) == "0 bytes" and in_bytes(1e20).endswith(" TiB")
