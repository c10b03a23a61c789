"""Print the benchmark figures: CPU seconds, the least of a few runs, each in a fresh process.

CPU time (user and system, all threads) varies less than wall-clock time on a busy machine; compare
figures of one run of this script with each other rather than across machines.
"""

import os
import platform
import resource
import subprocess
import sys

SETUP = """
import time
import numpy as np
import edgeom as eg
from edgeom.backends.fiber import find_fiber
from edgeom.equations.critical import critical_equations
from edgeom.homotopy.tracker import PathTracker

def fiber(n, seed=1):
    return find_fiber(eg.DeterminantalVariety(n, n, 1), eg.Metric.random_weights(n * n, seed), seed)

def kernels(n, optimise=1):
    V = eg.DeterminantalVariety(n, n, 1)
    rng = np.random.default_rng(0)
    equations = critical_equations(V.chart(rng), eg.Metric.random(n * n, seed=1))
    return equations, PathTracker(equations.system.tape, optimise=optimise)
"""

# name, limit (None: no limit was set), what is set up, what is timed
FIGURES = [
    ("kernels for 3×3 rank 1 compiled", 0.6, "", "kernels(3)"),
    ("monodromy to all 39 (3×3 rank 1, kernels compiled)", 0.1, "fiber(3, 2)", "assert len(fiber(3)) == 39"),
    ("monodromy to all 39, with compiling", None, "", "assert len(fiber(3)) == 39"),
    ("monodromy to all 284 (4×4 rank 1), with compiling", 1.0, "", "assert len(fiber(4)) == 284"),
    ("monodromy to all 2205 (5×5 rank 1), with compiling", 10.0, "", "assert len(fiber(5)) == 2205"),
    (
        "exact formula, 20×20, all ranks",
        0.05,
        "from edgeom.degrees.closed_forms import determinantal_generic_ed_degrees as f; f(2, 2)",
        "f(20, 20)",
    ),
]  # fmt: skip

PATHS = """
fixed = eg.Metric.random(9, seed=1)
V = eg.DeterminantalVariety(3, 3, 1)
found = find_fiber(V, fixed, 1, expected=39, stop=True)
equations = critical_equations(found.equations.chart, fixed)
tracker = PathTracker(equations.system.tape)
samples = 2000
targets = np.random.default_rng(0).normal(size=(samples, 9)) @ fixed.matrix
start = found.monodromy.parameters[-9:]
table = np.concatenate([[start], targets])
begin = time.process_time()
results = tracker.track(
    found.monodromy.solutions, table, np.tile(np.arange(39), samples), 0,
    np.repeat(np.arange(1, samples + 1), 39),
)
seconds = time.process_time() - begin
count = len(results.status)
print(f"{count / seconds:.0f} {results.steps / count:.1f} {count - results.success.sum()}")
"""


def child_seconds(*command: str) -> float:
    """Return the CPU seconds of a finished process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def python(code: str) -> str:
    """Run a program in a fresh process and return what it prints."""
    return subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout


def timed(setup: str, statement: str) -> float:
    """Return the CPU seconds of one statement in a fresh process."""
    clock = "time.process_time()"
    return float(python(f"{SETUP}\n{setup}\nt = {clock}\n{statement}\nprint({clock} - t)"))


def line(name: str, seconds: float, limit: float | None) -> None:
    """Print one figure."""
    verdict = "" if limit is None else f"  (limit {limit}) {'ok' if seconds < limit else 'MISSED'}"
    print(f"{name:55s} {seconds:7.3f} s{verdict}", flush=True)


def main() -> None:
    """Print all figures."""
    print(f"CPU seconds, Python {platform.python_version()}, {os.cpu_count()} cores\n")
    bare = min(child_seconds(sys.executable, "-c", "pass") for _ in range(3))
    whole = min(child_seconds(sys.executable, "-c", "import edgeom") for _ in range(3))
    line("import edgeom (without Python's own start)", whole - bare, 0.4)
    verify = [sys.executable, "-m", "edgeom", "verify"]
    line("edgeom verify, fresh process", min(child_seconds(*verify) for _ in range(3)), 6.0)
    for name, limit, setup, statement in FIGURES:
        line(name, min(timed(setup, statement) for _ in range(3)), limit)
    runs = [python(SETUP + PATHS).split() for _ in range(3)]
    rate, steps, lost = max(runs, key=lambda run: float(run[0]))
    print(
        f"\n3×3 rank 1, one dense metric, 2000 real data points: {rate} paths per CPU second, "
        f"{steps} steps per path, {lost} of 78000 paths lost in the first attempt"
    )


if __name__ == "__main__":
    main()
