"""Trackers that are known: found by the shape of a system, with the constants of this one."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgeom.homotopy import code_cache, compiler, written
from edgeom.homotopy.codegen import constant_table
from edgeom.homotopy.constants import Constant
from edgeom.homotopy.loop import tracker_source
from edgeom.homotopy.tape import Builder, Tape
from edgeom.homotopy.written import compiled_tracker

OPTIONS = (2, False, 0)  # order, symmetric, real


def system(a: Constant, b: Constant, c: Constant = 3) -> Tape:
    builder = Builder()
    (x, y), (p,) = builder.inputs("u", 2), builder.inputs("p", 1)
    return builder.finish({"F": [a * x * x + c * y - p, c * x + b * y / (y + a)]})


def check(tape: Tape) -> None:
    """Compare with a tracker that is written down for this system alone."""
    source, tapes = tracker_source(tape, *OPTIONS)
    engine, constants = compiled_tracker(tape, *OPTIONS, 0)
    assert engine is compiler.compile_ir(source, 0)
    for part, table in zip(tapes, constants, strict=True):
        assert table.tolist() == [x for one in part for x in constant_table(one).tolist()]


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Tape]:
    """The systems whose trackers are written, by a process that knows none."""
    done: list[Tape] = []

    def noted(tape: Tape, *options: int) -> object:
        done.append(tape)
        return tracker_source(tape, *options)

    monkeypatch.setenv(code_cache.VARIABLE, str(tmp_path))
    monkeypatch.setattr(written, "tracker_source", noted)
    start(monkeypatch)
    return done


def start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiler, "_engines", {})
    monkeypatch.setattr(written, "_known", {})


def test_systems_that_differ_in_doubles(
    sources: list[Tape], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *others = (system(a, b) for a, b in [(0.1, 0.7 + 2j), (0.2, 0.5j), (-1.5, 0.25 + 1j)])
    for tape in (first, *others):
        check(tape)
    start(monkeypatch)
    check(others[0])  # in another process
    assert sources == [first]


@pytest.mark.parametrize(
    "other", [system(0.1, 0.5), system(0.1, 2j, 4), system(1, 2j), system(2, 2j), system(0.1, 0.1)]
)
def test_systems_that_differ_in_more(other: Tape, sources: list[Tape]) -> None:
    check(system(0.1, 2j))
    check(other)
    assert len(sources) == 2


def test_machine_code_that_is_gone(sources: list[Tape], monkeypatch: pytest.MonkeyPatch) -> None:
    tape = system(0.1, 2j)
    check(tape)
    start(monkeypatch)
    largest = max(code_cache.place().iterdir(), key=lambda file: file.stat().st_size)
    largest.unlink()
    check(tape)
    assert sources == [tape, tape] and largest.exists()


def test_another_version_writes_its_own(
    sources: list[Tape], monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in ("one", "two", ""):  # the last one keeps nothing
        monkeypatch.setattr(written, "_writer", lambda version=version: version)
        start(monkeypatch)
        check(system(0.1, 2j))
    start(monkeypatch)
    check(system(0.1, 2j))
    assert len(sources) == 4
