"""A short part of the faults that benchmarks/faults.py tries; the whole of it is slow."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings

from benchmarks import fault_commands, fault_folders, faults, wrong_types
from benchmarks.corruption import CHANGES, SHARDS, Bytes, Change, Json, Swap, check, finished
from benchmarks.terminal import interrupted
from tests.test_layering import ROOT


@pytest.fixture(autouse=True)
def as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let commands find the package, and undo what cases do to the process."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    before, home = Path.cwd(), os.environ.get("HOME", "")
    yield
    os.chdir(before)
    os.environ["HOME"] = home


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a finished and certified run; tests must not change it."""
    return finished(tmp_path_factory.mktemp("faults") / "source")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(changes=[Swap("manifest.json", "certificate.json")])
@example(changes=[Bytes(file, "flip", 0.0, b"0") for file in ("manifest.json", SHARDS[0])])
@given(changes=CHANGES)
def test_no_damage_changes_a_number(changes: list[Change], source: Path, tmp_path: Path) -> None:
    assert check(source, tmp_path / "copy", changes)


def test_damage_that_is_accepted_is_noticed(source: Path, tmp_path: Path) -> None:
    other = finished(tmp_path / "other")
    (other / "manifest.json").write_bytes((source / "manifest.json").read_bytes())
    outcome = check(source, tmp_path / "copy", [Json("manifest.json", 0.1, 99, "value", True)])
    assert "refused" in outcome or "no shard of the run" in outcome or "must be" in outcome


@pytest.mark.parametrize("kind", ["certificates", "paths"])
def test_folders(kind: str, tmp_path: Path) -> None:
    tried, survived = faults.run(kind, faults.KINDS[kind](tmp_path))
    assert tried == survived > 15


def chosen(cases: Iterator[faults.Case], *words: str) -> list[faults.Case]:
    found = [case for case in cases if any(word in case[0] for word in words)]
    assert len(found) >= len(words)
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
@pytest.mark.parametrize(
    ("number", "after"), [(signal.SIGINT, 0.4), (signal.SIGTERM, 2.5)], ids=["early", "late"]
)
def test_interrupts(number: int, after: float, tmp_path: Path) -> None:
    command = ["table", *fault_commands.MATRICES, "--samples", "200000", "--workers", "1"]
    outcome = interrupted([*command, "--out", str(tmp_path / "run")], after, number)
    assert outcome.status == 128 + number and not outcome.left
    assert "Traceback" not in outcome.text and outcome.text.count("interrupted") == 1
    assert outcome.text.rfind("\x1b[?25l") <= outcome.text.rfind("\x1b[?25h")


def test_output(tmp_path: Path) -> None:
    for _, case in chosen(
        fault_commands.output(tmp_path), "/dev/full: degree", "a closed pipe: degree"
    )[:2]:
        case()


def test_sizes(tmp_path: Path) -> None:
    for _, case in chosen(fault_commands.sizes(tmp_path), "--grid 100000000"):
        case()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_forks(tmp_path: Path) -> None:
    for _, case in list(fault_folders.forks(tmp_path))[2:9:6]:
        case()


def test_wrong_types(tmp_path: Path) -> None:
    wrong = [object(), "\0", -1, [[1, 2], [3]]]
    names = (
        "Metric",
        "ed_degree",
        "data_slice",
        "real_critical_table",
        "certify_run",
        "repair_run",
    )
    cases = [case for case in wrong_types.cases(tmp_path, wrong) if case[0].split("(")[0] in names]
    tried, survived = faults.run("types", iter(cases))
    assert tried == survived > 150


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind", sorted(set(faults.KINDS) - {"full disks", "certificates", "paths"})
)
def test_every_fault(kind: str, tmp_path: Path) -> None:
    tried, survived = faults.run(kind, faults.KINDS[kind](tmp_path))
    assert tried == survived > 0


@pytest.mark.slow
def test_a_thousand_corruptions(tmp_path: Path) -> None:
    tried, survived = faults.run("corruption", faults.corruption(tmp_path, 1000, 2))
    assert tried == survived > 900
