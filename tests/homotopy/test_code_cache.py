"""Machine code on disk: found by the next process, never trusted, never in the way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from edgeom.homotopy import code_cache, compiler

PROGRAM = """
import numpy as np
from edgeom.homotopy import compiler
from edgeom.homotopy.codegen import CompiledTape
from edgeom.homotopy.tape import Builder

b = Builder()
x, y = b.inputs("x", 2)
f = CompiledTape(b.finish({"f": [1 / (x**7 - 3 * y) + x * y**5]}), optimise=1)
points = np.random.default_rng(0).normal(size=(20, 2, 2)) @ [1, 1j]
print(f(x=points)["f"].tobytes().hex())
"""


def compute(folder: Path | str) -> str:
    """Run a program in a fresh process that keeps machine code in a folder."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "EDGEOM_CACHE": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert not done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def expected() -> str:
    return compute("off")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(code_cache.VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache" / "machine-code"


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sources that were compiled, by a process that remembers none."""
    import llvmlite.binding as llvm

    done: list[str] = []
    real = llvm.parse_assembly

    def parse(source: str) -> object:
        if source:
            done.append(source)
        return real(source)

    monkeypatch.setattr(llvm, "parse_assembly", parse)
    return done


def engine(monkeypatch: pytest.MonkeyPatch, number: int = 1) -> object:
    monkeypatch.setattr(compiler, "_engines", {})
    return compiler.compile_ir(f"define i64 @number() #0 {{\n  ret i64 {number}\n}}\n", 0)


def test_processes_at_once_and_one_after_the_other(cache: Path, expected: str) -> None:
    """The same bits with a cache, without, and from a cache that four processes fill at once."""
    command, env = [sys.executable, "-c", PROGRAM], {**os.environ}
    running = [
        subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    assert [process.communicate()[0] for process in running] == [expected] * 4
    (file,) = cache.iterdir()
    assert cache.stat().st_mode & 0o777 == 0o700
    before = file.stat()
    assert compute(cache.parent) == expected
    assert (file.stat().st_ino, file.stat().st_size) == (before.st_ino, before.st_size)


def test_what_is_there_is_not_compiled(
    cache: Path, compilations: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine(monkeypatch)
    engine(monkeypatch)
    assert len(compilations) == 1
    engine(monkeypatch, 2)
    assert len(compilations) == 2 and len(list(cache.iterdir())) == 2


@pytest.mark.parametrize("damage", ["one bit", "half", "empty", "another program"])
def test_damaged_files_are_compiled_again(
    damage: str, cache: Path, compilations: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine(monkeypatch)
    (file,) = cache.iterdir()
    good = file.read_bytes()
    if damage == "another program":
        engine(monkeypatch, 2)
        (other,) = set(cache.iterdir()) - {file}
        other.replace(file)
    else:
        flipped = good[:-9] + bytes([good[-9] ^ 4]) + good[-8:]
        bad = {"one bit": flipped, "half": good[: len(good) // 2], "empty": b""}
        file.write_bytes(bad[damage])
    count = len(compilations)
    engine(monkeypatch)
    assert len(compilations) == count + 1
    assert file.read_bytes() == good


@pytest.mark.parametrize("how", ["others may write", "a link", "a file", "another user", "off"])
def test_folders_that_are_not_trusted(
    how: str, cache: Path, compilations: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is read from them, nothing is written there, and nothing else is different."""
    engine(monkeypatch)
    (file,) = cache.iterdir()
    if how == "others may write":
        cache.chmod(0o770)
    elif how == "a link":
        cache.rename(cache.with_name("elsewhere"))
        cache.symlink_to(cache.with_name("elsewhere"))
    elif how == "a file":
        file.unlink()
        cache.rmdir()
        cache.write_text("")
    elif how == "another user":
        monkeypatch.setattr(os, "geteuid", lambda: cache.stat().st_uid + 1)
    else:
        monkeypatch.setenv(code_cache.VARIABLE, "off")
    engine(monkeypatch)
    engine(monkeypatch, 2)
    assert len(compilations) == 3
    assert cache.is_file() or len(list(cache.iterdir())) == 1
    used, text = code_cache.describe()
    assert not used and ("off" in text or str(cache) in text)


def test_a_folder_that_cannot_be_written(
    cache: Path, compilations: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is there is used; for root, who may write everywhere, opening fails instead."""
    engine(monkeypatch)
    real = os.open

    def read_only(path: str, flags: int, *args: int, **options: int) -> int:
        if flags & os.O_CREAT:
            raise PermissionError(13, "Permission denied")
        return real(path, flags, *args, **options)

    monkeypatch.setattr(os, "open", read_only)
    engine(monkeypatch)
    assert len(compilations) == 1
    engine(monkeypatch, 2)
    assert len(compilations) == 2 and len(list(cache.iterdir())) == 1


def test_the_least_recently_used_go_first(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_cache, "MAX_CACHE", 4000)
    for name in ("first", "second", "third"):
        code_cache.store(name, bytes(900))
    for age, name in ((3, "first"), (2, "second"), (1, "third")):
        os.utime(cache / name, (1e9 - age, 1e9 - age))
    assert code_cache.load("first") == bytes(900)
    (cache / f"killed{code_cache.PART}").write_bytes(bytes(100))
    os.utime(cache / f"killed{code_cache.PART}", (1e9, 1e9))
    code_cache.store("fourth", bytes(950))
    code_cache.store("fifth", bytes(950))
    assert {path.name for path in cache.iterdir()} == {"first", "third", "fourth", "fifth"}
    code_cache.store("too large", bytes(1001))
    assert code_cache.load("too large") is None
    assert code_cache.describe()[1].startswith(f"{cache}: 4 files, 3.7")


def test_where_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(code_cache.VARIABLE)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")  # which is to be ignored
    assert code_cache.place() == tmp_path / ".cache/edgeom/machine-code"
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/cache")
    assert str(code_cache.place()) == "/var/cache/edgeom/machine-code"
