"""Print how many paths a table takes in a CPU second, with every point found and classified.

Three tables of 2000 samples each, after one that compiles: 3×3 matrices of rank 1, 39 paths for a
sample, with one dense metric and with a new metric for each sample. CPU time of all threads.
"""

import resource
from typing import Any

import edgeom as eg

SAMPLES, PATHS = 2000, 39
LAWS: dict[str, dict[str, Any]] = {
    "one dense metric": {"metric": eg.Metric.random(9, seed=1)},
    "a new metric for each sample": {},
}


def cpu_seconds() -> float:
    """Return the CPU time of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Print a line for each law."""
    V = eg.DeterminantalVariety(3, 3, rank=1)
    for name, law in LAWS.items():
        eg.real_critical_table(V, samples=100, seed=9, **law)
        rates, lost = [], 0
        for seed in range(3):
            start = cpu_seconds()
            table = eg.real_critical_table(V, samples=SAMPLES, seed=seed, **law)
            rates.append(SAMPLES * PATHS / (cpu_seconds() - start))
            lost += table.undecided + table.incomplete
        low, high = (f"{rate:,.0f}" for rate in (min(rates), max(rates)))
        print(f"{name:30s} {low} to {high} paths per CPU second; {lost} samples not decided")


if __name__ == "__main__":
    main()
