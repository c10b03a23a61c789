"""A damaged folder is repaired from what the shards carry; nothing that was changed is taken."""

import json
from pathlib import Path

import numpy as np
import pyarrow
import pytest
from pyarrow import parquet
from typer.testing import CliRunner

import edgeom as eg
from edgeom.cli.main import app
from tests.tables.folders import DATA, content_of, copied, parquet_of, replaced, with_given_data


def table(folder: Path) -> str:
    return str(eg.RealCriticalTable.load(folder))


@pytest.mark.parametrize("content", [None, b"", b"{", b"\0" * 500, b'{"format": "edgeom run 3"}'])
def test_a_manifest_is_rebuilt(content: bytes | None, run: Path) -> None:
    whole, before = (run / "manifest.json").read_bytes(), table(run)
    if content is None:
        (run / "manifest.json").unlink()
    else:
        (run / "manifest.json").write_bytes(content)
    with pytest.raises(eg.InputError, match=r"rebuild it from the shards \(repair_run, `edgeom"):
        eg.RealCriticalTable.load(run)
    found = eg.repair_run(run)
    assert found.finished and found.manifest != "whole" and found.shards == 2
    assert (run / "manifest.json").read_bytes() == whole and table(run) == before
    assert eg.repair_run(run).manifest == "whole"


def test_damaged_shards_are_left_out(run: Path) -> None:
    before = table(run)
    (run / "manifest.json").write_text("[]")
    shard = run / "shard-00001.parquet"
    changed = parquet.read_table(shard)
    more = pyarrow.array(changed["minima"].to_numpy() + 1)
    parquet.write_table(replaced(changed, "minima", more), shard)  # with the old checksum
    found = eg.repair_run(run)
    assert (
        found.missing == [1] and not found.finished and "it computes what is missing" in str(found)
    )
    with pytest.raises(eg.IncompleteError, match="1 of 2 shards"):
        eg.RealCriticalTable.load(run)
    assert str(with_given_data(run, resume=True)) == before


def test_shards_of_another_run_or_place_are_left_out(run: Path, tmp_path: Path) -> None:
    eg.real_critical_table(
        eg.AlgebraicVariety(["x^2 + 4*y^2 - 4"], "x, y"),
        data=DATA + 1,
        out=tmp_path / "other",
        shard_size=10,
    )
    name = "shard-00001.parquet"
    (run / name).write_bytes((tmp_path / "other" / name).read_bytes())
    assert eg.repair_run(run).missing == [1]
    (run / name).write_bytes((run / "shard-00000.parquet").read_bytes())
    assert eg.repair_run(run).missing == [1]
    (run / name).write_bytes((tmp_path / "other" / name).read_bytes())
    (run / "manifest.json").unlink()
    with pytest.raises(eg.InputError, match="its shards are those of 2 runs"):
        eg.repair_run(run)


def test_shards_that_the_manifest_does_not_know_are_taken_up(run: Path) -> None:
    whole = (run / "manifest.json").read_bytes()
    manifest = content_of(run)
    del manifest["shards"]["shard-00001.parquet"]
    (run / "manifest.json").write_text(json.dumps(manifest))
    found = eg.repair_run(run)
    assert found.taken_up == [1] and found.finished and "taken up: shard-00001" in str(found)
    assert (run / "manifest.json").read_bytes() == whole


def test_data_and_certificates(run: Path) -> None:
    eg.certify_run(run)
    assert eg.repair_run(run).certificate is None
    (run / "certificate.json").write_text("{")
    np.save(run / "data.npy", DATA + 1e-9)
    found = eg.repair_run(run)
    assert "it was deleted" in str(found.certificate) and not (run / "certificate.json").exists()
    assert "its checksum differs; continue the run" in str(found.data) and not found.finished
    with_given_data(run, resume=True)
    assert eg.repair_run(run).finished and np.array_equal(np.load(run / "data.npy"), DATA)


def test_what_cannot_be_repaired(run: Path, tmp_path: Path) -> None:
    with pytest.raises(
        eg.InputError, match=r"holds no run: it has no manifest\.json and no shards"
    ):
        eg.repair_run(tmp_path)
    (run / "manifest.json").unlink()
    for path in run.glob("shard-*"):
        path.write_bytes(parquet_of(parquet.read_table(path).replace_schema_metadata({})))
    with pytest.raises(eg.InputError, match="no shard carries its manifest"):
        eg.repair_run(run)


def test_command_line(given: Path, tmp_path: Path) -> None:
    run = copied(given, tmp_path / "run")
    (run / "manifest.json").unlink()
    result = CliRunner().invoke(app, ["repair", str(run)])
    assert result.exit_code == 0 and "manifest rebuilt from the shards" in result.output
    (run / "shard-00000.parquet").unlink()
    result = CliRunner().invoke(app, ["repair", str(run), "--json"])
    assert result.exit_code == 1 and json.loads(result.output)["missing"] == [0]
