"""ReLU networks with several outputs and several units: time, and what is undecided.

Standard normal data. Run as ``python benchmarks/relu_outputs.py``.
"""

from __future__ import annotations

import time

import numpy as np

import edgeom as eg

SIZES = (  # inputs, units, outputs, data points
    (1, 2, 2, 6),
    (1, 3, 2, 6),
    (1, 3, 3, 6),
    (2, 2, 2, 5),
    (2, 2, 2, 6),
    (2, 2, 3, 5),
)


def main() -> None:
    """Print a line for each size."""
    for inputs, hidden, outputs, samples in SIZES:
        rng = np.random.default_rng(3)
        x, y = rng.normal(size=(inputs, samples)), rng.normal(size=(outputs, samples))
        begin = time.process_time()
        points = eg.ReluNetwork(inputs, hidden, outputs=outputs).critical_points(x, y)
        seconds = time.process_time() - begin
        print(
            f"{hidden} units, {outputs} outputs, {samples} points of R^{inputs}: "
            f"{points.combinations} combinations, {points.functions} functions, "
            f"{len(points.minima)} minima, {points.undecided} undecided, {seconds:.1f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
