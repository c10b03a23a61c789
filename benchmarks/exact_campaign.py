"""Compare critical points of random problems with exact counts by Gröbner bases.

Run as ``python -m benchmarks.exact_campaign --problems 200 --out campaign.jsonl`` from the root of
the repository, with msolve (docs/explanation/exact.md). Every problem ends with one of the verdicts
below; all that are not right are printed with a program that repeats them. A file of results is
continued where it stops.
"""

from __future__ import annotations

import argparse
import json
import signal
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

import edgeom as eg
from benchmarks.random_problems import KINDS, Problem, random_problem
from edgeom.exact import ExactCount, exact_count
from edgeom.varieties.polynomials import Polynomials
from edgeom.varieties.zero_set import ZeroSet

VERDICTS = {
    "right": "the numbers of complex and of real points, and all real distances, are right",
    "wrong": "one of them is not",
    "special": "refused, and the data is special: it has not the number of points of general data",
    "refused": "refused, although the data is general",
    "out of time": "stopped at the time limit",
    "broke": "an error that is not one of edgeom's own",
    "no exact count": "msolve did not answer in time, or not the same modulo two primes",
}
EXACT_SECONDS = 60.0  # for each run of msolve
DISTANCE = 1e-6  # of squared distances, relative to themselves
ROUNDING = 1e-13  # of squared distances, relative to the largest in sight


class OutOfTime(BaseException):
    """The time limit has been reached; not an Exception, so that nothing catches it on the way."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise OutOfTime after so many CPU seconds."""

    def stop(*_: Any) -> None:
        raise OutOfTime

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


# The right answer


class KnownZeroSet(eg.AlgebraicVariety):
    """Equations and the codimension that they have by their making; nothing of it is computed."""

    def __init__(self, equations: Sequence[str], variables: str, codimension: int) -> None:
        polynomials = Polynomials(equations, variables, "equation", "cleared")
        self._describe(polynomials, ZeroSet(polynomials, codimension))


def exact_parts(problem: Problem, data: Any, real: bool) -> list[ExactCount]:
    """Count on each part; the sum is the count of the union for general data."""
    parts = [KnownZeroSet(equations, problem.variables, c) for equations, c in problem.parts]
    return [
        exact_count(variety, problem.given_metric(), data, real=real, timeout=EXACT_SECONDS)
        for variety in parts or [problem.variety()]
    ]


def exact_distances(problem: Problem, counts: list[ExactCount]) -> list[float]:
    """Return the squared distances of all real points, from rational boxes."""
    n = len(problem.data)
    rows = problem.metric or np.eye(n).tolist()
    metric = [[Fraction(value) for value in row] for row in rows]
    values = []
    for count in counts:
        for box in count.real.boxes if count.real else ():
            gap = [(a + b) / 2 - Fraction(q) for (a, b), q in zip(box, problem.data, strict=True)]
            pairs = ((i, j) for i in range(n) for j in range(n))
            values.append(float(sum(metric[i][j] * gap[i] * gap[j] for i, j in pairs)))
    return sorted(values)


def right_answer(problem: Problem) -> dict[str, Any]:
    """Return the exact numbers; `real` is None where only the complex points could be counted."""
    try:
        counts = exact_parts(problem, problem.data, True)
    except (eg.BackendError, eg.IncompleteError):
        counts = exact_parts(problem, problem.data, False)
    isolated = all(count.real is not None for count in counts)
    distances = exact_distances(problem, counts) if isolated else None
    return {
        "complex": sum(count.count for count in counts),
        "real": None if distances is None else len(distances),
        "distances": distances,
        "simple": all(count.is_radical for count in counts),
    }


def general_count(problem: Problem) -> int:
    """Return the number of critical points for random data."""
    data = np.random.default_rng(0).integers(-1000, 1000, len(problem.data)) / 64
    return sum(count.count for count in exact_parts(problem, data.tolist(), False))


# The answer that is judged


def judge(problem: Problem, limit: float, seed: int = 0) -> dict[str, Any]:
    """Return a verdict on critical_points, with the numbers and the time it took."""
    begin = time.process_time()
    said: dict[str, Any] = {}
    try:
        with limited(limit), warnings.catch_warnings():
            warnings.simplefilter("error")
            variety, metric = problem.variety(), problem.given_metric()
            points = eg.DistanceProblem(variety, metric, data=problem.data).critical_points(seed)
            said = answer(points)
    except OutOfTime:
        said = {"verdict": "out of time"}
    except eg.EdgeomError as error:
        said = {"verdict": "refused", "error": f"{type(error).__name__}: {error}"}
    except Exception as error:
        said = {"verdict": "broke", "error": f"{type(error).__name__}: {error}"}
    said["seconds"] = round(time.process_time() - begin, 2)
    try:
        return _compared(problem, said)
    except (eg.BackendError, eg.IncompleteError) as error:
        return {**said, "verdict": "no exact count", "exact_error": str(error)[:300]}


def answer(points: eg.CriticalPoints) -> dict[str, Any]:
    """Return the numbers that are compared."""
    real = points.real
    largest = float(np.abs(points.points).max(initial=0)) + float(np.abs(points.data).max())
    return {
        "complex": len(points),
        "real": len(real),
        "distances": sorted(real.squared_distance.real.tolist()),
        "rounding": ROUNDING * float(np.linalg.norm(points.metric.matrix, 2)) * largest**2,
    }


def _compared(problem: Problem, said: dict[str, Any]) -> dict[str, Any]:
    try:
        exact = right_answer(problem)
    except eg.DegenerateDataError:
        exact = {"complex": None}  # infinitely many
    said["exact"] = exact
    if said.get("verdict") == "refused" and (
        exact["complex"] is None
        or not exact["simple"]
        or general_count(problem) != exact["complex"]
    ):
        said["verdict"] = "special"
    if "verdict" not in said:
        said["verdict"] = "right" if agrees(said, exact) else "wrong"
    return said


def agrees(said: dict[str, Any], exact: dict[str, Any]) -> bool:
    """Tell whether all numbers are right that are known exactly."""
    if said["complex"] != exact["complex"]:
        return False
    if exact["real"] is None:
        return True
    return said["real"] == exact["real"] and all(
        abs(a - b) <= DISTANCE * b + said["rounding"]
        for a, b in zip(said["distances"], exact["distances"], strict=True)
    )


# Many of them


def shown(entry: dict[str, Any]) -> str:
    """Return a verdict with a program that repeats it."""
    found = ", ".join(f"{key} {entry[key]}" for key in ("complex", "real") if key in entry)
    exact = entry.get("exact", {})
    lines = [
        f"# {entry['verdict']}: {entry['problem']['kind']}, number {entry['number']}; "
        f"found: {found or 'nothing'}; exact: complex {exact.get('complex')}, "
        f"real {exact.get('real')}; {entry['seconds']} s",
        *(f"# {entry[key]}" for key in ("error", "exact_error") if key in entry),
        Problem.from_dict(entry["problem"]).code(),
    ]
    return "\n".join(lines)


def summary(entries: list[dict[str, Any]]) -> str:
    """Return a table of verdicts by kind."""
    counts = Counter((entry["problem"]["kind"], entry["verdict"]) for entry in entries)
    seen = [name for name in VERDICTS if any(verdict == name for _, verdict in counts)]
    rows = [["", *seen], *([kind, *(str(counts[kind, v]) for v in seen)] for kind in KINDS)]
    totals = [str(sum(counts[kind, verdict] for kind in KINDS)) for verdict in seen]
    rows.append(["all", *totals])
    lines = [f"{row[0]:24s}" + "".join(f"{cell:>16s}" for cell in row[1:]) for row in rows]
    lines += [f"{name}: {VERDICTS[name]}" for name in seen]
    seconds = sum(entry["seconds"] for entry in entries)
    return "\n".join([*lines, f"{len(entries)} problems, {seconds:.0f} CPU seconds"])


def read(path: Path | None) -> list[dict[str, Any]]:
    """Return the results of a file; a last line that was cut off is left out."""
    if path is None or not path.exists():
        return []
    lines = path.read_text().splitlines()
    return [json.loads(line) for line in lines if line.endswith("}")]


def main() -> None:
    """Run a campaign."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=0, help="of the problems")
    parser.add_argument("--problems", type=int, default=100, help="how many")
    parser.add_argument("--start", type=int, default=0, help="number of the first one")
    parser.add_argument("--out", type=Path, help="file of results, one a line; it is continued")
    parser.add_argument("--limit", type=float, default=30.0, help="CPU seconds for each problem")
    parser.add_argument("--again", type=Path, help="repeat what is not right in this file")
    options = parser.parse_args()
    if options.again:
        tasks = [
            (entry["seed"], entry["number"])
            for entry in read(options.again)
            if entry["verdict"] not in ("right", "special")
        ]
    else:
        last = options.start + options.problems
        tasks = [(options.seed, number) for number in range(options.start, last)]
    known = {(entry["seed"], entry["number"]): entry for entry in read(options.out)}
    entries = []
    for seed, number in tasks:
        entry = known.get((seed, number))
        if entry is None:
            problem = random_problem(seed, number)
            entry = {"seed": seed, "number": number, "problem": problem.to_dict()}
            entry |= judge(problem, options.limit)
            if options.out:
                with options.out.open("a") as file:
                    file.write(json.dumps(entry) + "\n")
        entries.append(entry)
        if entry["verdict"] not in ("right", "special"):
            print(shown(entry), "\n", flush=True)
    print(summary(entries))


if __name__ == "__main__":
    main()
