"""Who computes does not matter, and neither does who dies."""

import json
import multiprocessing
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

import edgeom as eg
from edgeom.tables import cluster as clusters
from edgeom.tables import run as running
from edgeom.tables import workers
from edgeom.tables.store import RunFolder

MATRICES = eg.DeterminantalVariety(2, 2, rank=1)
DEGREE = 6  # their generic ED degree
VARIETIES = [
    MATRICES,
    eg.SymmetricDeterminantalVariety(3, rank=1),
    eg.SegreVariety([2, 2, 2]),
    eg.VeroneseVariety(2, 3),
    eg.AlgebraicVariety(["x^2 + 4*y^2 - 4"], "x, y"),
    eg.ParametrizedVariety(["t", "t^2"], "t"),
]
# Under warnings as errors, sockets that a killed worker leaves open would fail the tests.
CLUSTER = pytest.mark.filterwarnings("default")


def shards(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.parquet"))}


def table(out: Path | None, samples: int = 2400, **options: object) -> eg.RealCriticalTable:
    return eg.real_critical_table(MATRICES, samples, out=out, shard_size=1000, **options)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("runs") / "alone"
    table(folder, threads=1)
    assert len(shards(folder)) == 3
    return shards(folder)


@pytest.fixture
def cluster() -> Iterator[object]:
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster:
        yield cluster


def killing(victim: Callable[[], int], after: int = 1) -> Callable[..., None]:
    """Return a progress callback that kills a process once."""
    calls: list[int] = []

    def report(stage: str, done: int, total: int | None) -> None:
        calls.append(done)
        if len(calls) == after:
            os.kill(victim(), signal.SIGKILL)

    return report


@pytest.mark.parametrize("variety", VARIETIES, ids=repr)
def test_varieties_can_be_sent(variety: eg.DeterminantalVariety) -> None:
    copy = pickle.loads(pickle.dumps(variety))
    assert repr(copy) == repr(variety)
    one, other = (eg.real_critical_table(V, samples=20) for V in (variety, copy))
    assert np.array_equal(one.samples.nearest, other.samples.nearest)


@pytest.mark.parametrize("block", [77, 1000])
def test_blocks_do_not_matter(
    block: int, expected: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "IN_BLOCK", DEGREE * block)
    table(tmp_path / "run")
    assert shards(tmp_path / "run") == expected


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_do_not_matter(
    workers: int, expected: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "IN_BLOCK", DEGREE * 500)
    calls: list[int] = []
    table(tmp_path / "run", workers=workers, progress=lambda stage, done, total: calls.append(done))
    assert shards(tmp_path / "run") == expected
    assert calls == [500, 1000, 1500, 2000, 2400]


def test_workers_without_a_folder() -> None:
    alone, shared = table(None, 700), table(None, 700, workers=2)
    assert np.array_equal(alone.samples.nearest, shared.samples.nearest)


def test_dead_worker_process_is_replaced(expected: dict[str, bytes], tmp_path: Path) -> None:
    def worker() -> int:
        pid = multiprocessing.active_children()[0].pid
        assert pid is not None
        return pid

    table(tmp_path / "run", workers=2, progress=killing(worker))
    assert shards(tmp_path / "run") == expected


def test_workers_that_keep_dying_are_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_begin_worker", os.abort)
    with pytest.raises(eg.EdgeomError, match="worker processes die"):
        table(tmp_path / "run", workers=1)
    monkeypatch.undo()
    assert len(table(tmp_path / "run", resume=True)) == 2400


def test_error_of_a_worker_is_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "versions_of", lambda names: dict.fromkeys(names, "0"))
    with pytest.raises(eg.EdgeomError, match="a worker has"):
        table(tmp_path / "run", workers=1)


def test_variety_that_cannot_be_sent(tmp_path: Path) -> None:
    class Here(eg.DeterminantalVariety):
        pass

    with pytest.raises(eg.InputError, match="cannot be sent to workers"):
        eg.real_critical_table(Here(2, 2, rank=1), 10, workers=1, out=tmp_path / "run")
    assert not list(tmp_path.iterdir())


PROGRAM = """
import sys
import edgeom as eg

if __name__ == "__main__":
    eg.real_critical_table(
        eg.DeterminantalVariety(2, 2, rank=1), 2400, out=sys.argv[1], shard_size=1000,
        workers=int(sys.argv[2]) or None,
        progress=lambda stage, done, total: print(done, flush=True),
    )
"""


@pytest.mark.parametrize("workers", [0, 2])
def test_killed_run_continues_to_the_same_bytes(
    workers: int, expected: dict[str, bytes], tmp_path: Path
) -> None:
    program, folder = tmp_path / "program.py", tmp_path / "run"
    program.write_text(PROGRAM)
    command = [sys.executable, str(program), str(folder), str(workers)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        next(line for line in process.stdout if int(line) >= 1500)
        process.kill()
    assert shards(folder).items() < expected.items()
    assert 1 <= len(shards(folder)) < 3
    with pytest.raises(eg.IncompleteError, match="continue the run"):
        eg.RealCriticalTable.load(folder)
    calls: list[int] = []
    found = table(folder, resume=True, progress=lambda stage, done, total: calls.append(done))
    assert shards(folder) == expected
    assert len(found) == 2400 and calls[0] > 1000


def test_shards_have_equally_many_paths(tmp_path: Path) -> None:
    """A run that is continued keeps what it was begun with."""
    for samples, given, size in ((20, None, 70_000), (20, 7, 7)):
        out = tmp_path / str(size)
        options = {"metric": "fresh", "out": out, "samples": samples}
        eg.real_critical_table(MATRICES, **options, shard_size=given)
        eg.real_critical_table(MATRICES, **options, resume=True)
        assert RunFolder(out).manifest["run"]["shard_size"] == size


def test_many_shards_are_found_without_the_manifest(tmp_path: Path) -> None:
    """The manifest of many shards is written now and then; nothing is computed again for that."""
    known: list[int] = []

    def stop(stage: str, done: int, total: int | None) -> None:
        known.append(len(RunFolder(tmp_path / "run").manifest["shards"]))
        if done == 280:
            raise KeyboardInterrupt

    options = {"samples": 300, "out": tmp_path / "run", "shard_size": 1}
    with pytest.raises(KeyboardInterrupt):
        eg.real_critical_table(MATRICES, **options, progress=stop)
    assert len(set(known)) < len(known) - 20  # as many times it was not written
    calls: list[int] = []
    eg.real_critical_table(
        MATRICES, **options, resume=True, progress=lambda stage, done, total: calls.append(done)
    )
    assert calls[0] == 280 and RunFolder(tmp_path / "run").missing() == []


def test_shards_without_a_checksum_are_taken_up(tmp_path: Path) -> None:
    """As when the disk is full after a shard, and before the manifest."""
    table(tmp_path / "run")
    whole = (tmp_path / "run" / "manifest.json").read_bytes()
    manifest = json.loads(whole)
    manifest["shards"] = {}
    (tmp_path / "run" / "manifest.json").write_text(json.dumps(manifest))
    table(tmp_path / "run", resume=True)
    assert (tmp_path / "run" / "manifest.json").read_bytes() == whole


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_worker_processes_do_not_outlive_a_killed_run(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    command = [sys.executable, str(program), str(tmp_path / "run"), "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        next(process.stdout)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        process.kill()
    assert children
    deadline = time.monotonic() + 10
    while any(alive(pid) for pid in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(alive(pid) for pid in children)


def alive(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@CLUSTER
def test_killed_worker_of_a_cluster_costs_no_data(
    cluster, expected: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed: list[int] = []

    def busy_worker() -> int:
        """Return the one with most blocks, which it computes or holds: both die with it."""
        every = cluster.scheduler.workers.values()
        busy = max(every, key=lambda worker: len(worker.processing) + len(worker.has_what))
        killed.append(cluster.workers[busy.name].pid)
        return killed[0]

    monkeypatch.setattr(running, "IN_BLOCK", DEGREE * 20)
    address = cluster.scheduler_address
    table(tmp_path / "run", scheduler=address, progress=killing(busy_worker, after=2))
    assert killed and shards(tmp_path / "run") == expected


def test_lost_cluster_is_one_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class LostClient:
        def nthreads(self) -> dict[str, int]:
            return {"worker": 1}

        def submit(self, work: object, job: bytes, task: workers.Task, **_: object) -> Future:
            future: Future = Future()
            if task[0] < 1500:
                future.set_result(workers.work(job, task))
            else:
                future.set_exception(CancelledError("the scheduler\nis gone"))
            return future

    monkeypatch.setattr(running, "IN_BLOCK", DEGREE * 100)
    monkeypatch.setattr(running, "connected", lambda *_: nullcontext(LostClient()))
    with pytest.raises(eg.EdgeomError, match=r"shards are kept, .*: the scheduler is gone"):
        table(tmp_path / "run", scheduler="tcp://127.0.0.1:1")
    assert RunFolder(tmp_path / "run").missing() == [1, 2]


@CLUSTER
@pytest.mark.slow
def test_local_cluster(expected: dict[str, bytes], tmp_path: Path) -> None:
    table(tmp_path / "run", scheduler="local", workers=2)
    assert shards(tmp_path / "run") == expected


@CLUSTER
@pytest.mark.parametrize("address", ["tcp://127.0.0.1:{port}", "nonsense://x", ""])
def test_unreachable_scheduler(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clusters, "TIMEOUT", 1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(eg.InputError, match="no dask scheduler answers"):
        table(tmp_path / "run", scheduler=address.format(port=port))
    assert not list(tmp_path.iterdir())


@CLUSTER
def test_server_that_is_no_scheduler(tmp_path: Path) -> None:
    def answer() -> None:
        connection, _ = server.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            connection.recv(1000)

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=answer).start()
        with pytest.raises(eg.InputError, match="no dask scheduler answers"):
            table(tmp_path / "run", scheduler=f"tcp://127.0.0.1:{server.getsockname()[1]}")
    assert not list(tmp_path.iterdir())


@CLUSTER
def test_cluster_without_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from distributed import LocalCluster

    monkeypatch.setattr(clusters, "TIMEOUT", 1)
    with (
        LocalCluster(n_workers=0, dashboard_address=":0") as cluster,
        pytest.raises(eg.InputError, match="has no workers"),
    ):
        table(tmp_path / "run", scheduler=cluster.scheduler_address)
    assert not list(tmp_path.iterdir())


def test_missing_libraries_are_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(eg.EdgeomError, match=r"edgeom\[distributed\]"):
        table(tmp_path / "run", scheduler="local")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(eg.EdgeomError, match=r"edgeom\[tables\]"):
        table(tmp_path / "run")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"workers": 0}, "workers must be between 1 and"),
        ({"threads": 0}, "threads must be between 1 and"),
        ({"workers": 2, "scheduler": "tcp://127.0.0.1:1"}, "has its own workers"),
        ({"resume": True}, "resume needs the folder"),
    ],
)
def test_wrong_arguments(options: dict[str, object], message: str) -> None:
    with pytest.raises(eg.InputError, match=message):
        table(None, **options)
