"""Print what proofs cost: CPU seconds of tables with and without them, and of lists.

All in fresh processes, the least of three runs, 3×3 matrices of rank 1. HomotopyContinuation.jl was
measured to take 0.32 ms per point for certification on the same problem.
"""

from run import python

TABLES = """
import time
import edgeom as eg

V = eg.DeterminantalVariety(3, 3, rank=1)
metric = {"fixed": eg.Metric.random(9, seed=1), "fresh": "fresh"}[%r]
begin = time.process_time()
table = eg.real_critical_table(V, samples=2000, metric=metric, seed=0, threads=1, certify=%r)
print(time.process_time() - begin, table.proved, table.undecided, table.incomplete)
"""

POINTS = """
import time
import numpy as np
import edgeom as eg

V = eg.DeterminantalVariety(3, 3, rank=1)
problem = eg.DistanceProblem(V, eg.Metric.random(9, seed=1))
lists = [
    problem.at(q).critical_points()
    for q in np.random.default_rng(0).normal(size=(20, 3, 3))
]
lists[0].certify()
begin = time.process_time()
proofs = [points.certify() for points in lists]
print((time.process_time() - begin) / (20 * 39), sum(int(p.is_distinct.sum()) for p in proofs))
"""

EQUATIONS = """
import time
from itertools import combinations
import numpy as np
import sympy
import edgeom as eg

def minors(matrix, size):
    lines = [list(combinations(range(n), size)) for n in matrix.shape]
    return list({matrix[list(i), list(j)].det(): 0 for i in lines[0] for j in lines[1]})

def hankel(size):
    return sympy.Matrix(size, size, lambda i, j: sympy.Symbol(f"a{i + j}"))

equations = {
    "the twisted cubic": ["x^2 - y", "x*y - z", "x*z - y^2"],
    "3×3 matrices, rank 1": minors(sympy.Matrix(3, 3, sympy.symbols("m:9")), 2),
    "3×3 Hankel matrices, rank 1": minors(hankel(3), 2),
    "4×4 Hankel matrices, rank 2": minors(hankel(4), 3),
}[%r]
parsed = [sympy.sympify(str(e).replace("^", "**")) for e in equations]
names = sorted(set().union(*(e.free_symbols for e in parsed)), key=str)
V = eg.AlgebraicVariety(equations, names)
begin = time.process_time()
rows = len(V.syzygies.rows)
found = time.process_time() - begin
problem = eg.DistanceProblem(V, data=np.random.default_rng(0).normal(size=len(names)))
points = problem.critical_points()
points.certify()
begin = time.process_time()
proof = points.certify()
seconds = (time.process_time() - begin) / len(points)
distinct = int(proof.is_distinct.sum())
print(len(equations), V.codimension, rows, found, seconds, len(points), distinct)
"""
SETS = [
    "the twisted cubic",
    "3×3 matrices, rank 1",
    "3×3 Hankel matrices, rank 1",
    "4×4 Hankel matrices, rank 2",
]


def table(law: str, certify: bool) -> list[float]:
    """Return CPU seconds, samples proved, undecided and incomplete."""
    return min([*map(float, python(TABLES % (law, certify)).split())] for _ in range(3))


def main() -> None:
    """Print all figures."""
    for law in ("fixed", "fresh"):
        plain, proved = table(law, False), table(law, True)
        ratio = proved[0] / plain[0]
        print(
            f"2000 samples, {law} metric: {plain[0]:.2f} s ({78_000 / plain[0]:,.0f} paths per CPU "
            f"second with all that a table needs), with proofs {proved[0]:.2f} s, {ratio:.2f} times"
            f" as much  (limit 3) {'ok' if ratio < 3 else 'MISSED'}; {proved[1]:.0f} samples "
            f"proved, {proved[2]:.0f} undecided, {proved[3]:.0f} incomplete",
            flush=True,
        )
    seconds, distinct = min([*map(float, python(POINTS).split())] for _ in range(3))
    print(
        f"lists: {1000 * seconds:.2f} ms per point  (limit 0.32) "
        f"{'ok' if seconds < 0.32e-3 else 'MISSED'}, {distinct:.0f} of 780 certified and distinct"
    )
    for name in SETS:
        given, codimension, rows, found, seconds, points, distinct = map(
            float, python(EQUATIONS % name).split()
        )
        print(
            f"{name}: {given:.0f} equations, codimension {codimension:.0f}, {rows:.0f} syzygies in "
            f"{found:.2f} s, {1000 * seconds:.1f} ms per point; {distinct:.0f} of {points:.0f} "
            "certified and distinct"
        )


if __name__ == "__main__":
    main()
