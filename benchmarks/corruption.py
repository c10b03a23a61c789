"""Random damage to run folders, and what has to hold afterwards.

Whatever happens to the bytes and to the JSON of a folder: reading, certifying, repairing and
continuing it end with the numbers that were in it or with an error of edgeom that says why not.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, combinations
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

import edgeom as eg
from edgeom.tables.certificate import FILE, earlier, write_account
from edgeom.tables.manifest import sealed
from edgeom.tables.store import RunFolder

ELLIPSE = eg.AlgebraicVariety(["x^2 + 4*y^2 - 4"], "x, y")
METRIC = eg.Metric([[1, 0.1], [0.1, 3]])
DATA = np.random.default_rng(0).normal(size=(20, 2))
FILES = ("manifest.json", "certificate.json", "data.npy")
SHARDS = ("shard-00000.parquet", "shard-00001.parquet")
WRONG = (None, True, 0, 1, -1, 99, 6.5, 1e308, 10**30, "", "word", "\x1b[2J", [], [1], {}, {"a": 1})


@dataclass(frozen=True)
class Bytes:
    """Damage to the bytes of a file."""

    file: str
    kind: str
    place: float
    amount: bytes

    def apply(self, folder: Path) -> None:
        path = folder / self.file
        if not path.is_file():
            return
        content = bytearray(path.read_bytes())
        at = int(self.place * max(len(content) - 1, 0))
        if self.kind == "flip" and content:
            content[at] ^= 1 << (len(self.amount) % 8)
        elif self.kind == "cut":
            del content[at:]
        elif self.kind == "insert":
            content[at:at] = self.amount
        elif self.kind == "overwrite":
            content[at : at + len(self.amount)] = self.amount
        elif self.kind == "zero":
            content[at : at + 512] = bytes(len(content[at : at + 512]))
        elif self.kind == "append":
            content += self.amount
        elif self.kind == "brackets":
            content[:] = b'{"run": ' + b"[" * 100_000
        path.unlink()
        if self.kind == "folder":
            path.mkdir()
        elif self.kind != "gone":
            path.write_bytes(content)


@dataclass(frozen=True)
class Swap:
    """One file in place of another."""

    source: str
    target: str

    def apply(self, folder: Path) -> None:
        if (folder / self.source).is_file() and not (folder / self.target).is_dir():
            content = (folder / self.source).read_bytes()
            (folder / self.target).write_bytes(content)


@dataclass(frozen=True)
class Json:
    """Another value for a field, or none; manifests may get a digest that fits."""

    file: str
    place: float
    value: Any
    kind: str
    seal: bool

    def apply(self, folder: Path) -> None:
        try:
            content = json.loads((folder / self.file).read_text(encoding="utf-8"))
            ways = list(_ways(content))
        except (OSError, ValueError, RecursionError):
            return
        if not ways:
            return
        way = ways[int(self.place * (len(ways) - 1))]
        inner = content
        for key in way[:-1]:
            inner = inner[key]
        old = inner[way[-1]]
        if self.kind == "gone":
            del inner[way[-1]]
        elif self.kind == "more" and isinstance(old, int | float):
            inner[way[-1]] = old + 1
        elif self.kind == "twice" and isinstance(old, list):
            inner[way[-1]] = [*old, *old]
        else:
            inner[way[-1]] = self.value
        if self.seal and self.file == "manifest.json":
            content = sealed(content)
        (folder / self.file).write_text(json.dumps(content), encoding="utf-8")


def _ways(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the ways to everything in plain data."""
    items: Any = value.items() if isinstance(value, dict) else ()
    items = enumerate(value) if isinstance(value, list) else items
    for key, inner in items:
        yield (*way, key)
        yield from _ways(inner, (*way, key))


Change = Bytes | Swap | Json
_KINDS = ["flip", "flip", "flip", "cut", "insert", "overwrite", "zero", "append", "brackets"]
_KINDS += ["gone", "folder"]
_EVERY = st.sampled_from(FILES + SHARDS)
_PLACE = st.floats(0, 1)
CHANGES: st.SearchStrategy[list[Change]] = st.lists(
    st.one_of(
        st.builds(
            Bytes, _EVERY, st.sampled_from(_KINDS), _PLACE, st.binary(min_size=1, max_size=9)
        ),
        st.builds(Swap, _EVERY, _EVERY),
        st.builds(
            Json,
            st.sampled_from(FILES[:2]),
            _PLACE,
            st.sampled_from(WRONG),
            st.sampled_from(["value", "value", "gone", "more", "twice"]),
            st.booleans(),
        ),
    ),
    min_size=1,
    max_size=3,
)  #: what happens to a folder, one thing after the other


def finished(folder: Path) -> Path:
    """Make a small finished run with given data, and certify it."""
    continued(folder, resume=False)
    eg.certify_run(folder)
    return folder


def continued(folder: Path, resume: bool = True) -> eg.RealCriticalTable:
    return eg.real_critical_table(
        ELLIPSE, data=DATA, metric=METRIC, out=folder, shard_size=10, resume=resume
    )


def partly_proved(folder: Path) -> list[str]:
    """Return the tables of a certified run when what is proved of some shards is lost.

    A shard may lose its proof and keep its numbers: readers of Parquet pass over bytes that mean
    nothing, and a repair takes such a shard up with another checksum.
    """
    stored = RunFolder(folder)
    account, proof = earlier(stored)
    (folder / FILE).unlink()
    tables = [str(eg.RealCriticalTable.load(folder))]
    for kept in chain.from_iterable(combinations(account, n) for n in range(len(account) + 1)):
        write_account(stored, {shard: account[shard] for shard in kept}, proof)
        tables.append(str(eg.RealCriticalTable.load(folder)))
    return tables  # the last account is the whole one again


def check(source: Path, folder: Path, changes: list[Change]) -> str:
    """Damage a copy of a run, use it in every way, and return what became of it.

    Raises
    ------
    AssertionError
        A changed number was accepted.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(source, folder)
    tables = partly_proved(folder)
    for change in changes:
        change.apply(folder)
    uses: list[tuple[str, Callable[[], Any], tuple[Any, ...]]] = [
        ("load", lambda: str(eg.RealCriticalTable.load(folder)), tables),
        ("certify", lambda: eg.certify_run(folder), (eg.certify_run(source),)),
        ("repair", lambda: eg.repair_run(folder) and None, (None,)),
        ("load again", lambda: str(eg.RealCriticalTable.load(folder)), tables),
        ("resume", lambda: str(continued(folder)), tables),
    ]
    outcome = []
    for name, use, right in uses:
        try:
            found = use()
        except eg.EdgeomError as error:
            assert "\n" not in str(error), (name, str(error))
            outcome.append(f"{name}: {str(error)[:200]}")
        else:
            assert found in right, (name, changes, found)
            outcome.append(f"{name}: the same")
    return "; ".join(outcome)
