"""Parts of runs, as the jobs of an array compute them, and the run that they make."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import edgeom as eg
from edgeom.tables.merge import part_of

ELLIPSE = eg.AlgebraicVariety(["x^2 + 4*y^2 - 4"], "x, y")


@pytest.mark.parametrize(("samples", "parts"), [(10, 3), (7, 7), (100, 1), (1000, 33)])
def test_parts_are_a_partition(samples: int, parts: int) -> None:
    every = [part_of(samples, part, parts) for part in range(1, parts + 1)]
    numbers = [k for first, count in every for k in range(first, first + count)]
    assert numbers == list(range(samples)) and min(count for _, count in every) > 0


def computed(folder: Path, first: int, samples: int, **options) -> None:
    data = np.random.default_rng(0).normal(size=(60, 2)) if options.pop("given", False) else None
    rows = None if data is None else data[first : first + samples]
    eg.real_critical_table(
        ELLIPSE, samples, data=rows, first=first, out=folder, shard_size=16, **options
    )


@pytest.mark.parametrize("given", [False, True])
def test_the_whole_has_the_bytes_of_one_run(given: bool, tmp_path: Path) -> None:
    for name, first, samples in (("c", 37, 23), ("a", 0, 20), ("b", 20, 17)):
        computed(tmp_path / name, first, samples, given=given)
        assert eg.certify_run(tmp_path / name).proved == samples
    computed(tmp_path / "whole", 0, 60, given=given)
    table = eg.merge_runs([tmp_path / name for name in "cab"], tmp_path / "merged")
    assert len(table) == table.proved == 60 and table.proof in table.caption
    for path in (tmp_path / "whole").glob("*.*"):
        assert (tmp_path / "merged" / path.name).read_bytes() == path.read_bytes()
    merged = (tmp_path / "merged" / "certificate.json").read_bytes()
    assert eg.certify_run(tmp_path / "merged").proved == 60  # nothing has to be done for it
    eg.certify_run(tmp_path / "whole")
    assert (tmp_path / "whole" / "certificate.json").read_bytes() == merged
    assert eg.repair_run(tmp_path / "merged").finished


def test_a_part_of_a_whole_is_whole(tmp_path: Path) -> None:
    """Parts that do not begin with sample 0 make a run that can be continued by others."""
    computed(tmp_path / "b", 20, 10)
    computed(tmp_path / "c", 30, 5)
    table = eg.merge_runs([tmp_path / "b", tmp_path / "c"], tmp_path / "bc")
    assert table.samples.sample.tolist() == list(range(20, 35))
    assert (table.problem(0).data == eg.real_critical_table(ELLIPSE, 21).problem(20).data).all()


def test_a_run_with_more_samples_says_how_it_is_extended(tmp_path: Path) -> None:
    computed(tmp_path / "a", 0, 20)
    with pytest.raises(
        eg.InputError, match=r"samples is 20 there and 30 here; .*\(first=20, --first 20\)"
    ):
        computed(tmp_path / "a", 0, 30, resume=True)
    with pytest.raises(eg.InputError, match=r"samples is 20 there and 10 here$"):
        computed(tmp_path / "a", 0, 10, resume=True)
    with pytest.raises(eg.InputError, match=r"seed is 0 there and 1 here$"):
        computed(tmp_path / "a", 0, 20, resume=True, seed=1)


def test_what_is_no_part(tmp_path: Path) -> None:
    computed(tmp_path / "a", 0, 20)
    computed(tmp_path / "gap", 25, 5)
    computed(tmp_path / "seed", 20, 5, seed=1)
    with pytest.raises(eg.InputError, match="lack the samples 20 to 24"):
        eg.merge_runs([tmp_path / "a", tmp_path / "gap"], tmp_path / "out")
    with pytest.raises(eg.InputError, match="share the samples 0 to 19"):
        eg.merge_runs([tmp_path / "a", tmp_path / "a"], tmp_path / "out")
    with pytest.raises(eg.InputError, match="different runs: seed is 0 there and 1 here"):
        eg.merge_runs([tmp_path / "a", tmp_path / "seed"], tmp_path / "out")
    with pytest.raises(eg.InputError, match="holds no run"):
        eg.merge_runs([tmp_path / "nothing"], tmp_path / "out")
    with pytest.raises(eg.InputError, match="at least one folder"):
        eg.merge_runs([], tmp_path / "out")
    with pytest.raises(eg.InputError, match="list of folders"):
        eg.merge_runs(tmp_path / "a", tmp_path / "out")
    (tmp_path / "a" / "shard-00001.parquet").unlink()
    with pytest.raises(eg.IncompleteError, match="1 of 2 shards"):
        eg.merge_runs([tmp_path / "a"], tmp_path / "out")
    assert not (tmp_path / "out").exists()
