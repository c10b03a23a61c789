"""What does not fit in a run folder is refused, by name, with what to do."""

import json
import os
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
from edgeom.tables.manifest import check_manifest
from edgeom.tables.store import checksum_of
from tests.tables.folders import (
    ELLIPSE,
    content_of,
    copied,
    parquet_of,
    replaced,
    saved,
    with_data,
    with_shard,
    write,
)

Change = Callable[[dict[str, Any]], Any]
SMALL = eg.DeterminantalVariety(2, 2, rank=1)


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
    (
        lambda m: m["run"].update(metric="stale"),
        ": run.metric must be fresh, weights, given matrices or an object",
    ),
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
        (lambda v: v.update(kind="Nothing"), "run.variety.kind must be one of A"),
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
        ([[1, 2], [2, 1]], "run.metric.matrix is no metric: .*positive semidefinite"),
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


def test_shards_are_checked(run: Path) -> None:
    table = parquet.read_table(run / "shard-00001.parquet")
    ints = table["real"].to_pylist()
    cases = {
        "Parquet": b"PAR1 nothing PAR1",
        "it has 9 rows, not 10": parquet_of(table.slice(1)),
        "it has the columns": parquet_of(table.drop_columns(["margin"])),
        "'more'": parquet_of(table.append_column("more", table["real"])),
        "its column real has the type int64 with missing values": parquet_of(
            replaced(table, "real", pyarrow.array([None, *ints[1:]], "int64"))
        ),
        "its column minima has the type INT32": parquet_of(
            replaced(table, "minima", pyarrow.array(ints, "int32"))
        ),
        "its column nearest has the type BYTE_ARRAY": parquet_of(
            replaced(table, "nearest", pyarrow.array(["x"] * 10))
        ),
        "its column sample has the type timestamp": parquet_of(
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
            assert text.endswith("delete it, then continue the run (resume=True, --resume)")


def test_shards_of_different_widths(run: Path) -> None:
    table = parquet.read_table(run / "shard-00001.parquet")
    place = table.column_names.index("index_1") + 1
    with_shard(run, parquet_of(table.add_column(place, "index_2", table["index_1"])))
    with pytest.raises(eg.InputError, match="has shards with different numbers of indices"):
        _ = eg.RealCriticalTable.load(run).samples.by_index
    assert eg.certify_run(run).different == list(range(10, 20))


def test_what_could_not_be_read_is_not_written(tmp_path: Path) -> None:
    metric = eg.Metric(np.eye(4), name="mine\x1b[2J")
    with pytest.raises(eg.InputError, match="cannot be printed"):
        eg.real_critical_table(SMALL, samples=5, metric=metric, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()
    metric = eg.Metric(np.eye(4), name="mine\n  and yours")
    table = eg.real_critical_table(SMALL, samples=5, metric=metric, out=tmp_path / "run")
    assert "mine and yours" in table.law
