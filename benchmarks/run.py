"""Print the benchmark figures: CPU seconds, the least of a few runs, each in a fresh process.

CPU time (user and system, all threads) varies less than wall-clock time on a busy machine; compare
figures of one run of this script with each other rather than across machines.
"""

import os
import platform
import resource
import shutil
import subprocess
import sys

os.environ["EDGEOM_CACHE"] = "off"  # compilation counts

SETUP = """
import time
import numpy as np
import edgeom as eg
from edgeom.solvers.fiber import find_fiber
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
    (
        "monodromy to all 39 (3×3 rank 1, kernels compiled)",
        0.1,
        "fiber(3, 2)",
        "assert len(fiber(3)) == 39",
    ),
    ("monodromy to all 39, with compiling", None, "", "assert len(fiber(3)) == 39"),
    ("monodromy to all 284 (4×4 rank 1), with compiling", 1.0, "", "assert len(fiber(4)) == 284"),
    ("monodromy to all 2205 (5×5), with compiling", 10.0, "", "assert len(fiber(5)) == 2205"),
    (
        "exact formula, 20×20, all ranks",
        0.05,
        "from edgeom.degrees.closed_forms import determinantal_generic_ed_degrees as f; f(2, 2)",
        "f(20, 20)",
    ),
]

RATE = """
from edgeom.tables.routes import start_metric, tracker_of

def rate(n, count, samples, free):
    V = eg.DeterminantalVariety(n, n, 1)
    size, rng = n * n, np.random.default_rng(0)
    if free == "data":
        law = metric = eg.Metric.random(size, seed=1)
        metrics = np.broadcast_to(metric.matrix, (samples, size, size))
    else:
        law, metric = "fresh", start_metric(size, 1)
        maps = rng.normal(size=(samples, size, size))
        metrics = maps.transpose(0, 2, 1) @ maps / size
    found = find_fiber(V, metric, 1, expected=count, stop=True)
    equations = critical_equations(found.equations.chart, metric, free)
    tracker = tracker_of(equations, law)
    targets = np.einsum("gij,gj->gi", metrics, rng.normal(size=(samples, size)))
    if free == "metric":
        rows, cols = np.triu_indices(size)
        targets = np.concatenate([metrics[:, rows, cols], targets], axis=1)
    table = np.concatenate([equations.parameters(found.data)[None], targets])
    begin = time.process_time()
    results = tracker.track(
        found.monodromy.solutions, table, np.tile(np.arange(count), samples), 0,
        np.repeat(np.arange(1, samples + 1), count),
    )
    seconds = time.process_time() - begin
    paths = len(results.status)
    print(paths / seconds, results.steps / paths, paths - results.success.sum(), paths)
"""

OBJECTIVE = """
from edgeom.objectives.powers import PowerDistance
from edgeom.solvers.objective import find_objective_fibers

def rate(n, p, samples):
    V, rng = eg.DeterminantalVariety(n, n, 1), np.random.default_rng(0)
    (found,) = find_objective_fibers(V, PowerDistance.law(p=p), 1)
    equations, count = found.equations, len(found)
    targets = [equations.parameters(q) for q in rng.normal(size=(samples, n * n))]
    table = np.concatenate([found.monodromy.parameters[None], targets])
    begin = time.process_time()
    results = found.tracker.track(
        found.monodromy.solutions, table, np.tile(np.arange(count), samples), 0,
        np.repeat(np.arange(1, samples + 1), count),
    )
    seconds = time.process_time() - begin
    paths = len(results.status)
    print(paths / seconds, results.steps / paths, paths - results.success.sum(), paths)
"""

# name, arguments of rate, limit in paths per CPU second
RATES = [
    ("3×3 rank 1, one dense metric", '3, 39, 2000, "data"', 100_000),
    ("3×3 rank 1, a new metric for each sample", '3, 39, 1000, "metric"', 50_000),
    ("4×4 rank 1, one dense metric", '4, 284, 100, "data"', 30_000),
]

# the same problem as the first rate, by another solver, with what edgeom does to check its answers
OTHER = """
import resource
from edgeom.solvers.outside import reach, solve_fiber
from edgeom.solvers.registry import get_backend

def spent():
    return sum(
        getattr(resource.getrusage(who), name)
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        for name in ("ru_utime", "ru_stime")
    )

def rate(name, samples):
    backend = get_backend(name)
    begin = spent()
    fiber = solve_fiber(
        eg.DeterminantalVariety(3, 3, 1), eg.Metric.random(9, seed=1), backend, 1, 39
    )
    solved = spent()
    reached = reach(fiber, np.random.default_rng(0).normal(size=(samples, 9)), backend)
    seconds = spent() - solved
    paths = sum(sample.paths["started"] for sample in reached)
    complete = sum(len(sample.found) == 39 for sample in reached)
    print(solved - begin, paths / seconds, complete, samples)
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
    print("\nParameter homotopy to random real data, first attempt")
    for name, arguments, limit in RATES:
        runs = [python(f"{SETUP}{RATE}\nrate({arguments})").split() for _ in range(3)]
        rate, steps, lost, paths = map(float, max(runs, key=lambda run: float(run[0])))
        print(
            f"{name:42s} {rate:9,.0f} paths per CPU second  (limit {limit:,}) "
            f"{'ok' if rate > limit else 'MISSED'}, {steps:.1f} steps per path, "
            f"{lost:.0f} of {paths:.0f} paths lost",
            flush=True,
        )
    runs = [python(f"{SETUP}{OBJECTIVE}\nrate(3, 4, 50)").split() for _ in range(3)]
    rate, steps, lost, paths = map(float, max(runs, key=lambda run: float(run[0])))
    print(
        f"{'3×3 rank 1, sum of fourth powers':42s} {rate:9,.0f} paths per CPU second, "
        f"{steps:.1f} steps per path, {lost:.0f} of {paths:.0f} paths lost"
    )
    if phc := shutil.which(os.environ.get("EDGEOM_PHC") or "phc"):
        solved, rate, complete, samples = python(f"{SETUP}{OTHER}\nrate('phcpack', 50)").split()
        print(
            f"{'the first of these by PHCpack':42s} {float(rate):9,.0f} paths per CPU second, "
            f"{complete} of {samples} samples complete; black box {float(solved):.2f} s ({phc})"
        )
    else:
        print("PHCpack is not installed, see docs/how_to/phcpack.md")


if __name__ == "__main__":
    main()
