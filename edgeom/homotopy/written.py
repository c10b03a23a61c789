"""Trackers that have been written down before, by this process or another one.

Doubles among the constants of a system are data at run time, so systems that differ in nothing else
have one tracker. Kept of it, in memory and on disk beside its machine code, are the digest of its
LLVM source, by which the machine code is found, and where its tables of constants come from. So
what has been written once is not written again.

A tracker is named by the shape of its system and by the files of this folder, which write it:
another version of edgeom has others.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from fractions import Fraction
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgeom.homotopy import code_cache
from edgeom.homotopy.codegen import parts_of
from edgeom.homotopy.compiler import compile_once, digest_of
from edgeom.homotopy.constants import Constant
from edgeom.homotopy.loop import tracker_source
from edgeom.homotopy.tape import Tape

__all__ = ["compiled_tracker"]


class _Written(NamedTuple):
    """What is kept of a tracker.

    An entry of a table of constants is a value, or the place of one, an integer, among the doubles
    of the system.
    """

    digest: str
    tables: list[list[float | int]]


_known: dict[str, _Written] = {}


def compiled_tracker(
    system: Tape, order: int, symmetric: bool, real: int, optimise: int, twofold: bool = False
) -> tuple[Any, list[NDArray[np.float64]]]:
    """Return the compiled tracker of a system, and its tables of constants.

    All but `optimise` are arguments of :func:`~edgeom.homotopy.loop.tracker_source`.
    """
    described = repr((_writer(), _shape(system), order, symmetric, real, twofold))
    key = hashlib.sha256(described.encode()).hexdigest()
    written = _known.get(key) or _load(key)
    if written is None:
        source, tapes = tracker_source(system, order, symmetric, real, twofold)
        place = _places(system)
        tables = [[entry for tape in part for entry in _entries(tape, place)] for part in tapes]
        written = _Written(digest_of(source), tables)
        engine = compile_once(written.digest, lambda: source, optimise)
        if _writer():
            code_cache.store(key, json.dumps(written).encode())
    else:
        engine = compile_once(
            written.digest,
            lambda: tracker_source(system, order, symmetric, real, twofold)[0],
            optimise,
        )
    _known[key] = written
    doubles = [part for value in system.constants if _is_data(value) for part in parts_of(value)]
    tables = [[doubles[x] if isinstance(x, int) else x for x in table] for table in written.tables]
    return engine, [np.array(table) for table in tables]


def _load(key: str) -> _Written | None:
    """Return what another process has kept."""
    content = code_cache.load(key) if _writer() else None
    return None if content is None else _Written(*json.loads(content))


@cache
def _writer() -> str:
    """Return a digest of what writes trackers; nothing where its files cannot be read."""
    found = hashlib.sha256()
    with suppress(OSError):
        for file in sorted(Path(__file__).parent.glob("*.py")):
            found.update(file.read_bytes())
        return found.hexdigest()
    return ""


def _is_data(value: Constant) -> bool:
    """Whether a constant is a double: programs do not depend on it, and compute nothing with it."""
    return not isinstance(value, int | Fraction)


def _shape(system: Tape) -> str:
    """Return a digest of a program up to its doubles."""
    code = np.fromiter(chain.from_iterable(system.code), np.int64, 3 * len(system.code))
    constants = [type(v).__name__ if _is_data(v) else v for v in system.constants]
    rest = repr((constants, system.inputs, system.outputs))
    return hashlib.sha256(code.tobytes() + rest.encode()).hexdigest()


def _places(system: Tape) -> dict[tuple[type, Constant], int]:
    """Return where each double of a system stands among the parts of all."""
    place: dict[tuple[type, Constant], int] = {}
    end = 0
    for value in filter(_is_data, system.constants):
        place[type(value), value] = end
        end += len(parts_of(value))
    return place


def _entries(tape: Tape, place: Mapping[tuple[type, Constant], int]) -> Iterator[float | int]:
    """Yield the table of constants of a program that was made from a system."""
    for value in tape.constants:
        for k, part in enumerate(parts_of(value)):
            yield place[type(value), value] + k if _is_data(value) else part
    if not tape.constants:  # a table is not empty
        yield 0.0
