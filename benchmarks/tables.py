"""Print the tables of docs/explanation/tables.md in Markdown.

Without arguments: the tables of all varieties. With a number: the table of 3×3 matrices of rank 1
for that many samples, as shares in per cent with 95 % confidence intervals.
"""

import sys
import time

import edgeom as eg
from edgeom.tables.table import RealCriticalTable

# variety, number of samples
TABLES: list[tuple[eg.DeterminantalVariety | eg.SymmetricDeterminantalVariety, int]] = [
    (eg.DeterminantalVariety(2, 2, rank=1), 20_000),
    (eg.DeterminantalVariety(2, 3, rank=1), 20_000),
    (eg.DeterminantalVariety(3, 3, rank=1), 20_000),
    (eg.DeterminantalVariety(3, 4, rank=1), 4_000),
    (eg.DeterminantalVariety(4, 4, rank=1), 2_000),
    (eg.DeterminantalVariety(3, 3, rank=2), 20_000),
    (eg.SymmetricDeterminantalVariety(3, rank=1), 20_000),
    (eg.SymmetricDeterminantalVariety(3, rank=2), 20_000),
]


def intervals(table: RealCriticalTable) -> str:
    """Return shares in per cent with their confidence intervals, in Markdown."""
    rows = [["minima", *map(str, table.columns)], ["---:"] * (len(table.columns) + 1)]
    for minima, counts in zip(table.rows, table.counts, strict=True):
        cells = [str(minima)]
        for count in counts.tolist():
            low, high = (100 * share for share in table.interval(count))
            shown = f"{count}<br>{100 * count / len(table):.4f} [{low:.4f}, {high:.4f}]"
            cells.append(shown if count else "0")
        rows.append(cells)
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def main() -> None:
    """Print the tables."""
    million = [int(argument) for argument in sys.argv[1:]]
    wanted = [(eg.DeterminantalVariety(3, 3, rank=1), n) for n in million] or TABLES
    for variety, samples in wanted:
        begin = time.process_time()
        table = eg.real_critical_table(variety, samples=samples, seed=0)
        seconds = time.process_time() - begin
        text = intervals(table) if million else table.to_markdown()
        paths = samples * table.degree
        print(f"{table.caption}\n\n{text}\n")
        print(f"{paths} paths, {seconds:.0f} CPU seconds.\n", flush=True)


if __name__ == "__main__":
    main()
