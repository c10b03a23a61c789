"""Folders of strangers: nothing in them runs, and nothing outside is written."""

import io
import json
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pytest
from pyarrow import parquet

import edgeom as eg
from edgeom.tables.store import RunFolder
from tests.tables.folders import (
    ELLIPSE,
    content_of,
    npy,
    parquet_of,
    replaced,
    saved,
    with_data,
    with_given_data,
    with_shard,
    write,
)


class Attack:
    """An object that runs a program when it is unpickled."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> Any:
        return os.system, (f"touch {self.canary}",)


def attacks(canary: Path) -> list[Any]:
    name = str(canary)
    return [
        f"__import__('os').system('touch {name}')",
        f"open({name!r}, 'w')",
        f"AlgebraicVariety([open({name!r}, 'w')], ['x', 'y'])",
        f"AlgebraicVariety(equations=[f'{{open({name!r}, chr(119))}}'], variables=['x', 'y'])",
        f"(lambda: open({name!r}, 'w'))()",
        f"exec('open({name!r}, \"w\")')",
        f"$(touch {name})",
        f"; touch {name}",
        f"cos\nsystem\n(S'touch {name}'\ntR.",
        f"\\input{{|touch {name}}}",
        {"py/object": "os.system", "py/reduce": [{"py/function": "os.system"}, f"touch {name}"]},
        {"__class__": "os.system", "args": [f"touch {name}"]},
        [f"!!python/object/apply:os.system ['touch {name}']"],
    ]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the ways to everything in a manifest."""
    items = value.items() if isinstance(value, dict) else ()
    items = enumerate(value[:1]) if isinstance(value, list) else items
    return [path] * bool(path) + [way for key, item in items for way in places(item, (*path, key))]


def planted(content: dict[str, Any], way: tuple[Any, ...], value: Any) -> dict[str, Any]:
    changed: dict[str, Any] = json.loads(json.dumps(content))
    inner: Any = changed
    for key in way[:-1]:
        inner = inner[key]
    inner[way[-1]] = value
    return changed


def used(folder: Path) -> list[str]:
    """Do everything with a folder that can be done; return why it was refused."""
    reasons = []
    for use in (
        lambda: RunFolder(folder),
        lambda: RunFolder(folder).data(),
        lambda: eg.RealCriticalTable.load(folder).to_latex(),
        lambda: eg.certify_run(folder),
        lambda: eg.real_critical_table(ELLIPSE, samples=20, out=folder, resume=True),
    ):
        try:
            use()
        except eg.EdgeomError as error:
            reasons.append(str(error))
    return reasons


@pytest.fixture
def canary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return what an attack would leave behind; nothing is computed meanwhile."""

    def computer(run: object) -> object:
        raise eg.EdgeomError("it would be computed")

    for module in ("run", "certificate"):
        monkeypatch.setattr(f"edgeom.tables.{module}.computer", computer)
    return tmp_path / "canary"


FREE = ("columns", "options", "versions")  # of any content: it is shown, and nothing else
WORDS = ("variety", "law", "proof")


def test_no_field_of_a_manifest_runs(run: Path, canary: Path) -> None:
    content = content_of(run)
    ways = [way for way in places(content) if not {*FREE} & {*way[:-1]} and way != ("digest",)]
    assert ("run", "variety", "equations", 0) in ways and len(ways) > 25
    for way in ways:
        for attack in attacks(canary):
            write(run, planted(content, way, attack))
            if not (way[0] in WORDS and isinstance(attack, str)) and way[-1] not in FREE:
                with pytest.raises(eg.EdgeomError):
                    eg.certify_run(run)
            assert not canary.exists(), (way, attack)


def test_no_word_in_a_manifest_runs(run: Path, canary: Path) -> None:
    """Words for readers may say anything: all of them at once."""
    content = content_of(run)
    ways = [way for way in places(content) if way[0] in WORDS or way[-1] in FREE]
    for attack in attacks(canary):
        if isinstance(attack, str) and attack.isprintable():
            changed = content
            for way in ways:
                value = {attack: attack} if way[-1] in FREE else attack
                changed = planted(changed, way, value)
            write(run, changed)
            reasons = used(run)  # the table is read
            assert len(reasons) == 2 and reasons[0] == "it would be computed"
            assert not canary.exists(), attack


def test_data_are_never_objects(run: Path, canary: Path) -> None:
    attack = np.array([[Attack(canary), 1]] * 20, object)
    zipped = io.BytesIO()
    np.savez(zipped, data=attack)
    for content in (
        saved(attack),
        saved(np.array([(Attack(canary), 1.0)] * 20, [("a", object), ("b", float)])),
        zipped.getvalue(),
        pickle.dumps(Attack(canary)),
        *(npy(text) for text in attacks(canary) if isinstance(text, str)),
        *(
            npy(f"{{'descr': {text!r}, 'fortran_order': False, 'shape': (20, 2)}}\n")
            for text in attacks(canary)
        ),
        npy(f"{{'descr': '<f8', 'fortran_order': open({str(canary)!r}, 'w'), 'shape': (20, 2)}}\n"),
        npy("(" * 5000),
        npy("{'descr': '<f8', 'fortran_order': False, 'shape': (20, 10000000000)}\n", b"0" * 80),
        npy("{'descr': '<f8', 'fortran_order': False, 'shape': (20, -2)}\n", b"0" * 80),
        b"",
    ):
        with_data(run, content)
        found = used(run)
        assert any("data.npy is damaged: it holds no array of numbers" in why for why in found)
        assert not canary.exists(), content


def test_no_shard_runs(run: Path, canary: Path) -> None:
    table = parquet.read_table(run / "shard-00001.parquet")
    program = pickle.dumps(Attack(canary))
    extension = {
        b"ARROW:extension:name": b"arrow.py_extension_type",
        b"ARROW:extension:metadata": program,
    }
    field = pyarrow.field("real", pyarrow.int64(), metadata=extension)
    schema = table.schema.set(table.column_names.index("real"), field)
    extended = pyarrow.table(table.columns, schema=schema)
    pandas = table.replace_schema_metadata({b"pandas": program, b"edgeom.run": program})
    binary = replaced(table, "nearest", pyarrow.array([program] * 10))
    for content in (program, parquet_of(extended), parquet_of(pandas), parquet_of(binary)):
        with_shard(run, content)
        used(run)
        assert not canary.exists()


def test_a_folder_cannot_lead_writers_elsewhere(run: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    for name in ("manifest.json", "shard-00001.parquet", "certificate.json"):
        (run / f".{name}.part").symlink_to(precious)
    (run / "shard-00001.parquet").unlink()
    (run / "shard-00001.parquet").symlink_to(precious)
    with_given_data(run, resume=True)
    assert eg.certify_run(run).proved == 20
    assert precious.read_text() == "mine" and not (run / "shard-00001.parquet").is_symlink()
