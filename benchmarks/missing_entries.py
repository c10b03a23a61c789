"""Missing entries: how often local searches miss the best weighted approximation of low rank.

For random matrices with random weights, some of them 0, the nearest point is compared with the ends
of alternating least squares from random starts, a local method. For rank 2 of larger matrices local
searches in a chart stand for the nearest point. Run as
``python benchmarks/missing_entries.py``; words such as 4x4r1m4 choose cases, a number that of
matrices.
"""

from __future__ import annotations

import sys
import time

import numpy as np

import edgeom as eg

CASES = (  # size, rank, missing entries: 10 to 30 per cent
    (3, 1, 1),
    (3, 1, 2),
    (3, 2, 1),
    (4, 1, 2),
    (4, 1, 4),
    (4, 1, 5),
    (4, 2, 2),
    (4, 2, 4),
    (5, 1, 3),
    (5, 1, 5),
    (5, 1, 7),
    (5, 2, 3),
    (5, 2, 5),
    (5, 2, 7),
)
SEARCHED = {(4, 2), (5, 2)}  # size and rank with too many critical points to find all
SEARCHES = 40
STARTS = 200
ROUNDS, MOST = 500, 40  # rounds between checks, and checks
SETTLED = 1e-12  # share by which a squared distance falls between checks at an end


def local_minima(data: np.ndarray, weights: np.ndarray, rank: int, seed: int) -> np.ndarray:
    """Return the squared distances at the ends of alternating least squares."""
    a = np.random.default_rng(seed).normal(size=(STARTS, len(data), rank))
    values, going = np.full(STARTS, np.inf), np.arange(STARTS)
    for _ in range(MOST):
        for _ in range(ROUNDS):
            b = solved(a, data.T, weights.T)
            a = solved(b, data, weights)
        now = np.sum(weights * (a @ b.transpose(0, 2, 1) - data) ** 2, axis=(1, 2))
        falls = values[going] - now > SETTLED * now + 1e-25
        values[going] = np.minimum(now, values[going])
        a, going = a[falls], going[falls]
        if not len(going):
            break
    return values


def solved(b: np.ndarray, data: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the best a in data ≈ a bᵀ for given b (starts, n, rank), which is 1 or 2."""
    right = (weights * data) @ b
    if b.shape[2] == 1:
        return np.asarray(right / (weights @ b**2 + 1e-300))
    x, y = b[..., 0], b[..., 1]
    xx, xy, yy = (weights @ v[..., None] for v in (x * x, x * y, y * y))
    det = xx * yy - xy**2 + 1e-26 * (xx + yy) ** 2
    u, v = right[..., :1], right[..., 1:]
    with np.errstate(invalid="ignore"):  # where a start has run away
        return np.concatenate([yy * u - xy * v, xx * v - xy * u], axis=2) / det


def compare(n: int, rank: int, missing: int, samples: int) -> str:
    """Return a line about one case."""
    rng = np.random.default_rng(100 * n + 10 * rank + missing)
    weights = rng.uniform(0.5, 2, size=(n, n))
    weights.flat[rng.permutation(n * n)[:missing]] = 0
    problem = eg.NearestProblem(eg.DeterminantalVariety(n, n, rank), eg.Metric.weights(weights))
    searches = SEARCHES if (n, rank) in SEARCHED else None
    count: int | str = "-"
    if searches is None:
        count = len(problem.strata.problem.at(rng.normal(size=(n, n))).critical_points())
    worse, missed, gaps, limits, seconds = 0, [], 0, 0, 0.0
    for sample in range(samples):
        data = rng.normal(size=(n, n))
        begin = time.process_time()
        best = problem.at(data, prove=False, searches=searches)
        seconds += time.process_time() - begin
        ends = local_minima(data, weights, rank, sample)
        value, size = best.squared_distance, 1e-12 * float(np.sum(weights * data**2))
        limits += best.kind == "limit point"
        if ends.min() < value * (1 - 1e-9) - size:
            worse += 1
            print(f"  worse: {n} {rank} {missing} {sample}: {best} {ends.min()!r}", flush=True)
        gaps += int(ends.min() > value * (1 + 1e-6) + size)
        missed.append(float(np.mean(ends > value * (1 + 1e-6) + size)))
    return (
        f"| {n}×{n}, rank {rank} | {missing} | {count} | {np.mean(missed):.0%} | "
        f"{max(missed):.0%} | {gaps} | {worse} | {limits} | {seconds / samples:.2f} |"
    )


def main() -> None:
    """Print a line for each case."""
    words = sys.argv[1:]
    samples = next((int(word) for word in words if word.isdecimal()), 20)
    chosen = [word for word in words if not word.isdecimal()]
    for n, rank, missing in CASES:
        if not chosen or f"{n}x{n}r{rank}m{missing}" in chosen:
            print(compare(n, rank, missing, samples), flush=True)


if __name__ == "__main__":
    main()
