"""A long table on dask: the overhead of blocks, memory of the client, a scheduler that dies.

python benchmarks/cluster.py [SAMPLES [WORKERS]]

A scheduler, workers and one client, each a process of its own, compute a table of 3×3 matrices of
rank 1. Scheduler and workers are killed in the middle and started again; the client says so and
ends, and a second one continues the run. From the CPU time of each process follows how long more
samples take on more cores.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

CLIENT = """
import sys
import edgeom as eg

def tell(stage, done, total):
    print(done, flush=True)

if __name__ == "__main__":
    address, out, samples = sys.argv[1:]
    matrices = eg.DeterminantalVariety(3, 3, rank=1)
    try:
        eg.real_critical_table(
            matrices, int(samples), metric=eg.Metric.random(9, seed=1),
            scheduler=address, out=out, resume=True, progress=tell,
        )
    except eg.EdgeomError as error:
        print(error, file=sys.stderr)
        sys.exit(3)
"""
LARGE, CORES = 10**8, 100  # the prediction


class Watched:
    """A process with all that it has started: CPU seconds and memory in MiB, also when it ended."""

    def __init__(self, arguments: list[str], stdout: int | None = subprocess.DEVNULL) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *arguments], stdout=stdout, stderr=subprocess.PIPE, text=True
        )
        self.seconds, self.memory = 0.0, []
        threading.Thread(target=self._look, daemon=True).start()

    def _look(self) -> None:
        try:
            process = psutil.Process(self.process.pid)
            while self.process.poll() is None:
                times = process.cpu_times()
                self.seconds = times.user + times.system
                self.memory.append(process.memory_info().rss / 2**20)
                time.sleep(0.1)
        except psutil.Error:
            pass

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def machines(port: int, workers: int) -> Iterator[list[Watched]]:
    """Start a scheduler and workers; the scheduler is the first."""
    address = f"tcp://127.0.0.1:{port}"
    tool, local = ["-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1"], "--no-dashboard"
    started = [Watched([*tool, "--port", str(port), local])]
    tool = ["-m", "distributed.cli.dask_worker", address, "--no-nanny", "--nthreads", "1"]
    for _ in range(workers):
        started.append(Watched([*tool, local, "--local-directory", tempfile.mkdtemp()]))
    try:
        time.sleep(8)
        yield started
    finally:
        for process in started:
            process.kill()


def run(
    address: str, out: Path, samples: int, stop: int, started: list[Watched]
) -> tuple[Watched, int, list[float]]:
    """Let a client compute until it has so many samples.

    Returns it, how many samples came after the first ones, and the CPU time that these took client,
    scheduler and workers: what they need to be ready does not count.
    """
    client = Watched(["-c", CLIENT, address, str(out), str(samples)], subprocess.PIPE)
    everyone = [[client], started[:1], started[1:]]
    first, done, before = None, 0, [0.0] * 3
    assert client.process.stdout is not None
    for line in client.process.stdout:
        done = int(line)
        if first is None:
            first, before = done, [sum(one.seconds for one in group) for group in everyone]
        if done >= stop:
            break
    time.sleep(0.5)
    after = [sum(one.seconds for one in group) for group in everyone]
    return client, done - (first or 0), [a - b for a, b in zip(after, before, strict=True)]


def main() -> None:
    """Run, kill, continue, and predict."""
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    workers = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address, out = f"tcp://127.0.0.1:{port}", Path(tempfile.mkdtemp()) / "run"
    with machines(port, workers) as started:
        client, *_ = run(address, out, samples, samples // 10, started)
        print(f"{len(list(out.glob('shard*')))} shards, then scheduler and workers are killed")
        for process in started:
            process.kill()
        begin = time.monotonic()
        assert client.process.stderr is not None
        said = client.process.stderr.read().strip().splitlines()[-1:]
    print(f"the client ends after {time.monotonic() - begin:.0f} s: {' '.join(said)[:300]}")
    with machines(port, workers) as started:
        client, done, seconds = run(address, out, samples, samples, started)
        print(f"continued, status {client.process.wait()}, {len(list(out.glob('shard*')))} shards")
        memory = client.memory
    names = ("client", "scheduler", "workers")
    for name, each in zip(names, seconds, strict=True):
        print(f"{name:10s} {each:7.1f} CPU s for {done} samples, {1e3 * each / done:.4f} ms each")
    quarter = len(memory) // 4
    print(
        f"client     {max(memory[: quarter * 2]):.0f} MiB at most in the first half, "
        f"{max(memory):.0f} in all"
    )
    share, one, alone = seconds[2] / done, seconds[0] / done, seconds[1] / done
    print(
        f"{LARGE:.0e} samples on {CORES} cores: {LARGE * share / CORES:.0f} s of workers; client "
        f"{LARGE * one:.0f} s and scheduler {LARGE * alone:.0f} s of CPU, beside them"
    )


if __name__ == "__main__":
    main()
