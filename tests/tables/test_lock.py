"""One writer: the second one is told who writes, and the dead do not count."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import edgeom as eg
from edgeom.tables import lock
from edgeom.tables.lock import LOCK, one_writer

HOLDER = """
import sys, time
from pathlib import Path
from edgeom.tables.lock import one_writer

with one_writer(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def holder(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    return process


def test_the_second_writer_is_told_who_writes(run: Path, tmp_path: Path) -> None:
    (run / "shard-00001.parquet").unlink()
    with holder(run) as process:
        message = rf"is being written by process {process.pid} on"
        with pytest.raises(eg.EdgeomError, match=message), one_writer(run):
            pass
        with pytest.raises(eg.EdgeomError, match="continue the run"):
            eg.repair_run(run)
        process.send_signal(signal.SIGKILL)
    with one_writer(run):  # that of the dead one does not count
        assert str(os.getpid()) in (run / LOCK).read_text()
    assert not (run / LOCK).exists()


def test_a_finished_run_is_read_while_another_writes(run: Path) -> None:
    with one_writer(run):
        assert len(eg.RealCriticalTable.load(run)) == 20
    assert eg.certify_run(run).proved == 20
    with one_writer(run):
        assert eg.certify_run(run).proved == 20


def test_a_writer_elsewhere_is_given_up_when_it_is_silent(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "LEASE", 0.3)
    lines = ["filelock/2", "pid=77", "host=elsewhere", "mode=lease", f"token={'0' * 32}"]
    (run / LOCK).write_text("\n".join([*lines, "duration=0.3", ""]))
    words: list[str] = []
    with one_writer(run, lambda stage, done, total: words.append(stage)):
        pass
    assert words == ["waiting for process 77 on elsewhere"]


def test_unfinished_files_of_the_dead_are_taken_away(run: Path) -> None:
    (run / ".shard-00001.parquet.12345678.part").touch()
    with one_writer(run):
        assert [path.name for path in run.glob(".*")] == [LOCK]
