"""Nearest points of many data points: rate, memory, and a run that is killed and continued.

The data is random, 3×3 matrices with a metric of rank-one problem that is dense. A first run goes
through; a second one is killed (SIGKILL) and continued, and must have the same bytes. The rate is
compared with that of a table of the same data. Run as ``python -m benchmarks.nearest_run N``.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

CALL = """
import resource, sys, time
import numpy as np
import edgeom as eg
what, data, out, resume, prove = sys.argv[1:]
V, metric = eg.DeterminantalVariety(3, 3, 1), eg.Metric.random(9, seed=1)
q, begin = np.load(data), time.time()
options = dict(out=out, resume=resume == "resume")
if what == "table":
    eg.real_critical_table(V, metric=metric, data=q, certify=prove == "prove", **options)
else:
    found = eg.nearest_points(V, q, metric, prove=prove == "prove", **options)
    print(f"{int(found.alone.sum())} alone, {int(found.proved.sum())} proved")
used = resource.getrusage(resource.RUSAGE_SELF)
print(f"{what} {prove}: {len(q)} data points, {time.time() - begin:.1f} s, CPU "
      f"{used.ru_utime + used.ru_stime:.1f} s, at most {used.ru_maxrss / 1024:.0f} MiB", flush=True)
"""


def started(what: str, data: Path, out: Path, *options: str) -> subprocess.Popen[bytes]:
    """Start a run in a process of its own."""
    words = [*options, "new", "plain"][:2] if options else ["new", "plain"]
    return subprocess.Popen([sys.executable, "-c", CALL, what, str(data), str(out), *words])


def shards(folder: Path) -> dict[str, bytes]:
    """Return the files of a run, but its lock."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name[0] != "."}


def main() -> None:
    """Print rates, memory and whether the bytes are the same."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        for size in (count // 5, count):
            np.save(root / f"{size}.npy", np.random.default_rng(0).normal(size=(size, 3, 3)))
            started("nearest", root / f"{size}.npy", root / f"whole-{size}").wait()
        data = root / f"{count}.npy"
        started("table", data, root / "table").wait()
        run = root / "killed"
        process = started("nearest", data, run)
        while len(list(run.glob("shard-*"))) < 3 and process.poll() is None:
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        print(f"killed after {len(list(run.glob('shard-*')))} shards", flush=True)
        started("nearest", data, run, "resume", "plain").wait()
        same = shards(run) == shards(root / f"whole-{count}")
        print(f"continued, {'the same bytes' if same else 'OTHER BYTES'}", flush=True)
        started("nearest", root / f"{count // 5}.npy", root / "proved", "new", "prove").wait()
        started("table", root / f"{count // 5}.npy", root / "certified", "new", "prove").wait()


if __name__ == "__main__":
    main()
