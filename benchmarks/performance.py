"""Print the figures of docs/explanation/performance.md, each beside what it was in version 0.2.

python benchmarks/performance.py            all figures
python benchmarks/performance.py tables     those of some sections

CPU time (user and system, all threads) of fresh processes, the best of a few runs; compilation
counts unless a name says otherwise. Compare ratios of one run rather than seconds of two machines.
"""

import os
import platform
import sys
from dataclasses import dataclass

from run import python

SETUP = """
import time
import numpy as np
import edgeom as eg

clock = time.process_time
"""


@dataclass(frozen=True)
class Figure:
    """One figure.

    Attributes
    ----------
    section, name, unit : str
    before : float, optional
        What it was in version 0.2, on the machine of the page.
    aim : float, optional
    code : str
        Prints the figure, and perhaps words that are shown behind it.
    runs : int
        How often it is measured; the best counts.
    more_is_better : bool
    """

    section: str
    name: str
    unit: str
    before: float | None
    aim: float | None
    code: str
    runs: int = 3
    more_is_better: bool = False


RATE = """
def rate(variety, metric, samples):
    from edgeom.tables.engine import SampleEngine
    engine = SampleEngine(variety, metric)
    engine.block(0, 50), engine.route(1)
    begin = clock()
    block = engine.block(50, samples)
    seconds = clock() - begin
    print(samples * engine.degree / seconds, int((~block.complete).sum()), "incomplete")

dense = lambda n: eg.Metric.random(n, seed=1)
matrices = lambda m, n: eg.DeterminantalVariety(m, n, rank=1)
"""

# variety, law, samples, paths per CPU second in version 0.2, aim
TABLES: list[tuple[str, str, str, int, float | None, float | None]] = [
    ("3×3 rank 1, fresh metrics", "matrices(3, 3)", "'fresh'", 1000, 54_000, 108_000),
    ("3×3 rank 1, one metric", "matrices(3, 3)", "dense(9)", 2000, 160_000, None),
    ("4×4 rank 1, fresh metrics", "matrices(4, 4)", "'fresh'", 50, 7_000, None),
    (
        "symmetric 3×3 rank 1, fresh metrics",
        "eg.SymmetricDeterminantalVariety(3, rank=1)",
        "'fresh'",
        2000,
        78_300,
        None,
    ),
    ("tensors 2×2×3, fresh metrics", "eg.SegreVariety([2, 2, 3])", "'fresh'", 500, 19_100, None),
]

FIGURES = [
    Figure(
        "tables",
        f"table, {name}, everything but set-up",
        "paths per CPU second",
        before,
        aim,
        f"{RATE}\nrate({variety}, {law}, {samples})",
        more_is_better=True,
    )
    for name, variety, law, samples, before, aim in TABLES
]

LISTS = """
def certified(n):
    V, rng = eg.DeterminantalVariety(n, n, rank=1), np.random.default_rng(0)
    problem = eg.DistanceProblem(V, eg.Metric.random(n * n, seed=1), data=rng.normal(size=(n, n)))
    points = problem.critical_points()
    begin = clock()
    proof = points.certify()
    print(1000 * (clock() - begin) / len(points), int(proof.is_distinct.sum()), "distinct")
"""
FIGURES += [
    Figure(
        "certificates",
        f"list of {n}×{n} rank 1, first call",
        "ms a point",
        before,
        0.32,
        f"{LISTS}\ncertified({n})",
    )
    for n, before in ((3, 0.90), (4, 1.95), (5, 4.3))
]
SECOND = """
import os, resource, subprocess, sys, tempfile

def second(program, *arguments):
    used = lambda: resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PYTHONPYCACHEPREFIX"] = folder  # byte code as of an installed package
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        spent = {}
        for run in ("byte code", "first", "second"):
            os.environ["EDGEOM_CACHE"] = "off" if run == "byte code" else folder
            before = used()
            command = [sys.executable, *program, *arguments, *(["--out", f"{folder}/{run}"] * CLI)]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            after = used()
            spent[run] = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    print(spent["second"], f"the first one {spent['first']:.2f}")
"""
ROWS = "'--rows', '4', '--cols', '4', '--rank', '1', '--samples', '100'"
LIBRARY = """import edgeom as eg
V, metric = eg.DeterminantalVariety(4, 4, 1), eg.Metric.random(16, seed=0)
eg.real_critical_table(V, metric=metric, samples=100)
"""
COMMAND = f"{SECOND}CLI = True\nsecond(['-m', 'edgeom'], 'table', {ROWS}"
FIGURES += [
    Figure("processes", f"4×4 rank 1, 100 samples, {name}: second process", "s", before, 1.0, code)
    for name, before, code in (
        ("one metric", 3.3, f"{SECOND}CLI = False\nsecond(['-c'], {LIBRARY!r})"),
        ("one metric, edgeom table", 4.6, f"{COMMAND}, '--metric', 'fixed')"),
        ("fresh metrics, edgeom table", 9.2, f"{COMMAND})"),
    )
]

COUNTED = """
import resource
begin = clock()
count = int({call}, method="monodromy"))
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(clock() - begin, f"{{count:,}} points, {{memory:.0f}} MB")
"""
MATRICES = "eg.generic_ed_degree(eg.DeterminantalVariety({}, {}, rank={})"
TENSORS = "eg.ed_degree(eg.SegreVariety([{}, {}, {}])"

# what is counted without a formula, its size, CPU seconds in version 0.2, aim, how often
COUNTS: list[tuple[str, tuple[int, int, int], float | None, float | None, int]] = [
    (MATRICES, (4, 4, 2), 3.9, None, 3),
    (MATRICES, (4, 5, 2), None, 40.0, 3),
    (MATRICES, (6, 6, 1), 24.0, 90.0, 1),
    (MATRICES, (5, 5, 2), None, None, 1),
    (TENSORS, (2, 4, 5), None, 10.0, 3),
    (TENSORS, (3, 3, 5), None, 10.0, 3),
    (TENSORS, (3, 4, 5), None, 10.0, 3),
]
FIGURES += [
    Figure(
        "counts",
        ("{}×{} rank {}, generic" if call is MATRICES else "tensors {}×{}×{}, Frobenius").format(
            *size
        ),
        "s",
        before,
        aim,
        COUNTED.format(call=call.format(*size)),
        runs=runs,
    )
    for call, size, before, aim, runs in COUNTS
]

TO_DATA = """
V, metric = eg.DeterminantalVariety(4, 4, rank=2), eg.Metric.random(16, seed=1)
data = np.random.default_rng(0).normal(size=(5, 4, 4))
problem = eg.DistanceProblem(V, metric, data=data[0])
problem.fibers()
begin = clock()
lists = [problem.at(q).critical_points() for q in data]
print((clock() - begin) / len(lists), {len(points) for points in lists})
"""
FIGURES.append(Figure("counts", "4×4 rank 2, from there to data", "s", 24.0, None, TO_DATA))

PRODUCTS = """
names = [f"{a}{i}" for a in "xy" for i in range(3)]
V = eg.ParametrizedVariety([f"x{i}*y{j}" for i in range(3) for j in range(3)], names)
"""
FIGURES += [
    Figure("maps", f"3×3 rank 1 as products, {name}", "s", before, aim, code)
    for name, before, aim, code in (
        (
            "3 for the Frobenius norm",
            19.6,
            None,
            f"{PRODUCTS}assert eg.ed_degree(V) == 3\nprint(clock())",
        ),
        (
            "39 for generic ones",
            17.8,
            None,
            f"{PRODUCTS}assert eg.generic_ed_degree(V) == 39\nprint(clock())",
        ),
    )
]

POWERS = """
def sums(rank, degree):  # of powers of binary forms
    terms = range(rank)
    return eg.ParametrizedVariety(
        [" + ".join(f"a{i}^{degree - k}*b{i}^{k}" for i in terms) for k in range(degree + 1)],
        [f"{letter}{i}" for letter in "ab" for i in terms],
    )
"""
FIGURES += [
    Figure(
        "maps",
        f"sums of {rank} powers of degree {degree}: {count}",
        "s",
        None,
        None,
        f"{POWERS}assert eg.ed_degree(sums({rank}, {degree})) == {count}\nprint(clock())",
    )
    for rank, degree, count in ((2, 5, 34), (3, 7, 142), (4, 9, 547))
]

DETERMINANTS = """
import sympy

def matrix(n, columns):  # with an entry 0
    return sympy.Matrix(n, columns, lambda i, j: i + j and sympy.Symbol(f"x{i}_{j}"))

def equations(n):
    M = matrix(n, n)
    return eg.AlgebraicVariety([M.det(method="berkowitz").expand()], [x for x in M if x != 0])

def image(n):
    M, c = matrix(n, n - 1), sympy.symbols(f"c:{n - 1}")
    free = [x for x in M if x != 0]
    return eg.ParametrizedVariety([*free, *(M * sympy.Matrix(c))], [*free, *c])
"""
FIGURES += [
    Figure(
        "unknowns",
        f"det = 0, {n}×{n}, an entry 0, as {name}: {5 * n - 7}",
        "s",
        before,
        None,
        f"{DETERMINANTS}assert eg.ed_degree({name}({n})) == {5 * n - 7}\nprint(clock())",
        runs=1,
    )
    for name, n, before in (
        ("equations", 3, 26),
        ("equations", 4, None),
        ("equations", 5, None),
        ("image", 3, 2.6),
        ("image", 4, None),
        ("image", 5, None),
        ("image", 6, None),
        ("image", 7, None),
        ("image", 8, None),
        ("image", 10, None),
    )
]


def measured(figure: Figure) -> tuple[float, str]:
    """Return the best of a few runs, and what is said with it."""
    runs = [python(SETUP + figure.code).split(maxsplit=1) for _ in range(figure.runs)]
    best = (max if figure.more_is_better else min)(runs, key=lambda run: float(run[0]))
    return float(best[0]), best[1].strip() if len(best) > 1 else ""


def shown(value: float) -> str:
    """Return a figure with three digits.

    >>> shown(123456.0), shown(0.012345)
    ('123,000', '0.0123')
    """
    return f"{float(f'{value:.3g}'):,.10g}"


def line(figure: Figure) -> str:
    """Measure a figure; return its line."""
    value, words = measured(figure)
    text = f"{figure.name:60s} {shown(value):>9s} {figure.unit}"
    if figure.before is not None:
        ratio = value / figure.before if figure.more_is_better else figure.before / value
        text += f"; before {shown(figure.before)}, {ratio:.2f} times as fast"
    if figure.aim is not None:
        met = value >= figure.aim if figure.more_is_better else value <= figure.aim
        text += f"; aim {shown(figure.aim)} {'ok' if met else 'MISSED'}"
    return text + (f"; {words}" if words else "")


def main() -> None:
    """Print the figures of the sections that are named, or all."""
    wanted = sys.argv[1:]
    sections = list(dict.fromkeys(figure.section for figure in FIGURES))
    if unknown := sorted(set(wanted) - set(sections)):
        sys.exit(f"no section {', '.join(unknown)}; there are {', '.join(sections)}")
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores")
    for section in wanted or sections:
        print(f"\n{section}", flush=True)
        for figure in FIGURES:
            if figure.section == section:
                print(line(figure), flush=True)


if __name__ == "__main__":
    main()
