"""Run folders of strangers: what is refused, by name, and that nothing in a folder runs."""

import hashlib
import io
import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pytest
from pyarrow import parquet
from typer.testing import CliRunner

import edgeom as eg
from edgeom.cli.main import app
from edgeom.tables.manifest import check_manifest, sealed
from edgeom.tables.store import RunFolder, checksum_of

SMALL = eg.DeterminantalVariety(2, 2, rank=1)
ELLIPSE = eg.AlgebraicVariety(["x^2 + 4*y^2 - 4"], "x, y")
Change = Callable[[dict[str, Any]], Any]


def copied(source: Path, target: Path) -> Path:
    target.mkdir()
    for path in source.iterdir():
        (target / path.name).write_bytes(path.read_bytes())
    return target


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a finished run with given data and metric; tests must not change it."""
    folder = tmp_path_factory.mktemp("runs") / "given"
    data = np.random.default_rng(0).normal(size=(20, 2))
    metric = eg.Metric([[1, 0.1], [0.1, 3]])
    eg.real_critical_table(ELLIPSE, data=data, metric=metric, out=folder, shard_size=10)
    return folder


@pytest.fixture
def run(given: Path, tmp_path: Path) -> Path:
    return copied(given, tmp_path / "run")


def content_of(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return content


def write(folder: Path, content: dict[str, Any]) -> None:
    """Write a manifest with a digest that fits, as somebody would who means it."""
    (folder / "manifest.json").write_text(json.dumps(sealed(content)), encoding="utf-8")


def refusal(folder: Path) -> str:
    """Return why a folder is refused, by everything that reads it."""
    with pytest.raises(eg.InputError) as error:
        eg.RealCriticalTable.load(folder)
    for use in (
        lambda: eg.certify_run(folder),
        lambda: eg.real_critical_table(ELLIPSE, samples=20, out=folder, resume=True),
    ):
        with pytest.raises(eg.InputError) as again:
            use()
        assert str(again.value) == str(error.value)
    return str(error.value)


CHANGES: list[tuple[Change, str]] = [
    (lambda m: m.update(format="edgeom run 4"), "has the format 'edgeom run 4', not 'edgeom run 3"),
    (lambda m: m.update(format=3), ": format must be a text, got 3"),
    (lambda m: m.pop("law"), "has no field law"),
    (lambda m: m.update(law=None), ": law must be a text, got None"),
    (lambda m: m.update(more=1), "has an unknown field 'more'"),
    (lambda m: m.update(degree=-1), ": degree must be at least 0, got -1"),
    (lambda m: m.update(degree=True), ": degree must be an integer, got True"),
    (lambda m: m.update(proof=[]), ": proof must be a text"),
    (lambda m: m.update(columns=[]), ": columns must be an object"),
    (lambda m: m.update(run=[]), ": run must be an object"),
    (lambda m: m["run"].update(variety="ELLIPSE"), ": run.variety must be an object"),
    (lambda m: m["run"].update(variety={}), ": run.variety.kind must be a text"),
    (lambda m: m["run"].update(metric="stale"), ": run.metric must be fresh, weights or an object"),
    (lambda m: m["run"].update(metric=None), ": run.metric must be"),
    (lambda m: m["run"]["metric"].pop("generic"), ": run.metric has no field generic"),
    (lambda m: m["run"]["metric"].update(name="x"), ": run.metric has an unknown field 'name'"),
    (lambda m: m["run"]["metric"].update(matrix=[1, 2]), "matrix must be a list of lists of numb"),
    (lambda m: m["run"]["metric"].update(matrix=[["1"]]), "matrix must be a list of lists of numb"),
    (lambda m: m["run"]["metric"].update(generic=1), "generic must be true or false, got 1"),
    (lambda m: m["run"].update(data="uniform"), ": run.data must be an object, got 'uniform'"),
    (lambda m: m["run"]["data"].update(file="../data.npy"), "must be 'data.npy', in the folder"),
    (lambda m: m["run"]["data"].update(file="/etc/passwd"), "must be 'data.npy', in the folder"),
    (lambda m: m["run"]["data"].update(sha256="0"), ": run.data.sha256 must be a checksum of 64"),
    (lambda m: m["run"].update(seed=-1), ": run.seed must be at least 0"),
    (lambda m: m["run"].update(seed="0"), ": run.seed must be an integer, got '0'"),
    (lambda m: m["run"].update(samples=0), ": run.samples must be at least 1"),
    (lambda m: m["run"].update(samples=10**30), ": run.samples must be at most"),
    (lambda m: m["run"].update(samples=10**9, shard_size=1), "shard_size must be at least 1000 "),
    (lambda m: m["run"].update(shard_size=0), ": run.shard_size must be at least 1"),
    (lambda m: m["run"].update(certify="no"), ": run.certify must be true or false"),
    (lambda m: m["run"].update(options=[]), ": run.options must be an object"),
    (lambda m: m["run"].update(versions=None), ": run.versions must be an object"),
    (lambda m: m.update(shards=[]), ": shards must be an object"),
    *(
        (lambda m, name=name: m["shards"].update({name: "0" * 64}), "which is no shard of the run")
        for name in (
            "",
            "../shard-00000.parquet",
            "/tmp/shard-00000.parquet",
            "shard-00002.parquet",
            "shard-0.parquet",
            "shard-000000.parquet",
            "shard-٠٠٠٠٠.parquet",
            "shard-99999999999999999999.parquet",
            "shard-00000.parquet ",
            "data.npy",
        )
    ),
    (lambda m: m["shards"].update({"shard-00000.parquet": "g" * 64}), "a checksum of 64 digits"),
    (lambda m: m["shards"].update({"shard-00000.parquet": None}), "must be a text, got None"),
    (lambda m: m.update(law="one\ntwo"), "cannot be printed in one line"),
    (lambda m: m["run"]["options"].update({"\x1b[2J": 1}), "cannot be printed in one line"),
    (lambda m: m["run"]["options"].update(x=float("nan")), "NaN is not a finite number"),
]


@pytest.mark.parametrize(("change", "message"), CHANGES, ids=range(len(CHANGES)))
def test_what_does_not_fit_is_named(change: Change, message: str, run: Path) -> None:
    content = content_of(run)
    change(content)
    write(run, content)
    found = refusal(run)
    assert found.startswith(str(run / "manifest.json")) and message in found


def test_every_text_and_number_is_under_the_digest(run: Path) -> None:
    content = content_of(run)
    for name in ("variety", "law", "degree", "proof"):
        changed = {**content, name: 5 if name == "degree" else "other"}
        with pytest.raises(eg.InputError, match="was changed: its digest does not fit"):
            check_manifest(changed, "manifest")
    (run / "manifest.json").write_text(json.dumps({**content, "digest": "0"}))
    assert "was changed" in refusal(run)


@pytest.mark.parametrize("kind", ["folder", "pipe", "device", "loop"])
def test_what_is_no_file_is_not_read(kind: str, run: Path) -> None:
    for name in ("manifest.json", "data.npy", "shard-00000.parquet"):
        folder = copied(run, run.with_name(f"{kind}-{name}"))
        (folder / name).unlink()
        if kind == "folder":
            (folder / name).mkdir()
        elif kind == "pipe":
            os.mkfifo(folder / name)
        else:
            (folder / name).symlink_to(os.devnull if kind == "device" else folder / name)
        with pytest.raises(eg.EdgeomError, match=name.replace("shard", r"(holds no run|shard)")):
            eg.certify_run(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v: v.update(kind="Nothing"), "run.variety.kind must be one of AlgebraicVariety"),
        (lambda v: v.pop("equations"), "run.variety has no field equations"),
        (lambda v: v.update(equations=["x^2 + "]), "describes no variety: equation 1 cannot be"),
        (lambda v: v.update(variables=["x", "x"]), "describes no variety: a variable is named tw"),
        (lambda v: v.update(equations=["x^2+y^2-z"], variables=["x", "y", "z"]), "coordinates"),
    ],
)
def test_varieties_are_checked_when_they_are_needed(
    change: Change, message: str, run: Path
) -> None:
    content = content_of(run)
    change(content["run"]["variety"])
    write(run, content)
    assert len(eg.RealCriticalTable.load(run)) == 20  # the samples are what they are
    with pytest.raises(eg.InputError, match=message):
        eg.certify_run(run)
    result = CliRunner().invoke(app, ["certify", str(run)])
    assert result.exit_code == 2 and "Traceback" not in result.output


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        ([[1, 2], [2, 1]], "run.metric.matrix is no metric: .*positive definite"),
        ([[1, 2], [3]], "run.metric.matrix is no metric: .*different lengths"),
        ([], "run.metric.matrix is no metric"),
        ([[10**400, 0], [0, 1]], "run.metric.matrix is no metric"),
        ([[1.0]], "the metric has 1 coordinates"),
    ],
)
def test_metrics_are_checked_when_they_are_needed(
    matrix: list[Any], message: str, run: Path
) -> None:
    content = content_of(run)
    content["run"]["metric"]["matrix"] = matrix
    write(run, content)
    with pytest.raises(eg.InputError, match=message):
        eg.certify_run(run)


def test_data_of_another_space(run: Path) -> None:
    content, data = content_of(run), np.ones((20, 3))
    np.save(run / "data.npy", data)
    content["run"]["data"]["sha256"] = checksum_of(data)
    write(run, content)
    with pytest.raises(eg.InputError, match=r"has 3 numbers for each sample, points of .* have 2"):
        eg.certify_run(run)


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


def with_data(run: Path, content: bytes, checksum: str | None = None) -> None:
    (run / "data.npy").write_bytes(content)
    manifest = content_of(run)
    if checksum is not None:
        manifest["run"]["data"]["sha256"] = checksum
    write(run, manifest)


def npy(header: str, rest: bytes = b"") -> bytes:
    text = header.encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + rest


def saved(array: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


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


@pytest.mark.parametrize(
    "data",
    [np.zeros((19, 2)), np.zeros(20), np.zeros((20, 2), int), np.zeros((20, 2), complex),
     np.zeros((20, 2), ">f8"), np.array([["a", "b"]] * 20)],
    ids=lambda data: f"{data.dtype} {data.shape}",
)  # fmt: skip
def test_data_of_other_types(data: Any, run: Path) -> None:
    with_data(run, saved(data), checksum_of(data))
    with pytest.raises(eg.InputError, match=r"data\.npy must hold a row of doubles for each of 20"):
        eg.certify_run(run)


def with_shard(run: Path, content: bytes) -> None:
    """Put a file in place of a shard, with a checksum that fits."""
    (run / "shard-00001.parquet").write_bytes(content)
    manifest = content_of(run)
    manifest["shards"]["shard-00001.parquet"] = hashlib.sha256(content).hexdigest()
    write(run, manifest)


def parquet_of(table: pyarrow.Table) -> bytes:
    buffer = io.BytesIO()
    parquet.write_table(table, buffer)
    return buffer.getvalue()


def replaced(table: pyarrow.Table, name: str, values: pyarrow.Array) -> pyarrow.Table:
    return table.set_column(table.column_names.index(name), name, values)


def test_shards_are_checked(run: Path) -> None:
    table = parquet.read_table(run / "shard-00001.parquet")
    ints = table["real"].to_pylist()
    cases = {
        "Parquet": b"PAR1 nothing PAR1",
        "it has 9 rows, not 10": parquet_of(table.slice(1)),
        "it has the columns": parquet_of(table.drop_columns(["margin"])),
        "'more'": parquet_of(table.append_column("more", table["real"])),
        "its column real has the type float64": parquet_of(
            replaced(table, "real", pyarrow.array([None, *ints[1:]], "int64"))
        ),
        "its column minima has the type INT32": parquet_of(
            replaced(table, "minima", pyarrow.array(ints, "int32"))
        ),
        "its column nearest has the type BYTE_ARRAY": parquet_of(
            replaced(table, "nearest", pyarrow.array(["x"] * 10))
        ),
        "its column sample has the type datetime64": parquet_of(
            replaced(table, "sample", pyarrow.array(ints, pyarrow.timestamp("us")))
        ),
        "real.list": parquet_of(replaced(table, "real", pyarrow.array([[n] for n in ints]))),
    }
    for message, content in cases.items():
        with_shard(run, content)
        for use in (lambda: eg.RealCriticalTable.load(run).counts, lambda: eg.certify_run(run)):
            with pytest.raises(eg.InputError) as error:
                use()
            text = str(error.value)
            assert text.startswith(str(run / "shard-00001.parquet")) and message in text
            assert text.endswith("delete it and continue the run (resume=True, --resume)")


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
    data = np.load(run / "data.npy")
    metric = eg.Metric([[1, 0.1], [0.1, 3]])
    eg.real_critical_table(ELLIPSE, data=data, metric=metric, out=run, shard_size=10, resume=True)
    assert eg.certify_run(run).proved == 20
    assert precious.read_text() == "mine" and not (run / "shard-00001.parquet").is_symlink()


def test_what_could_not_be_read_is_not_written(tmp_path: Path) -> None:
    metric = eg.Metric(np.eye(4), name="mine\x1b[2J")
    with pytest.raises(eg.InputError, match="cannot be printed"):
        eg.real_critical_table(SMALL, samples=5, metric=metric, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()
    metric = eg.Metric(np.eye(4), name="mine\n  and yours")
    table = eg.real_critical_table(SMALL, samples=5, metric=metric, out=tmp_path / "run")
    assert "mine and yours" in table.law
