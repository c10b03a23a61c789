"""Tables by another solver than the embedded one: slow, as a second witness.

Every sample is a distance problem of its own; the samples are those of the embedded engine.
"""

from __future__ import annotations

import time

import numpy as np

from edgeom.critical.points import CriticalPoints
from edgeom.critical.problem import DistanceProblem
from edgeom.errors import DegenerateDataError
from edgeom.homotopy.monodromy import Progress
from edgeom.objectives.metric import Metric
from edgeom.solvers.base import Backend
from edgeom.tables.engine import SampleEngine
from edgeom.tables.samples import SampleBlock, joined

__all__ = ["block_by_backend"]


def block_by_backend(
    engine: SampleEngine, samples: int, solver: Backend, progress: Progress | None = None
) -> SampleBlock:
    """Compute samples 0, ..., samples - 1 by a backend, one after the other.

    Parameters
    ----------
    engine : SampleEngine
        Draws metrics and data.
    samples : int
    solver : Backend
    progress : callable, optional
        Called with (stage, done, total); after the first sample the stage tells the rate.
    """
    solver.require()
    fixed = engine.metric if isinstance(engine.metric, Metric) else None
    shared = DistanceProblem(engine.variety, fixed) if fixed is not None else None
    blocks, stage = [], "samples"
    for sample in range(samples):
        begin = time.perf_counter()
        metrics, data = engine.draw(np.array([sample]))
        q = engine.variety.unflatten(data[0])
        if shared is not None:
            problem = shared.at(q)
        else:
            problem = DistanceProblem(engine.variety, Metric(metrics[0]), data=q)
        points = problem.critical_points(engine.seed, backend=solver, raise_incomplete=False)
        blocks.append(_row(sample, points))
        if progress is not None:
            if sample == 0:
                rate = 1 / (time.perf_counter() - begin)
                stage = f"samples by {solver.title}, about {rate:.2g} a second"
            progress(stage, sample + 1, samples)
    return joined(blocks)


def _row(sample: int, points: CriticalPoints) -> SampleBlock:
    """Return one sample in the columns of a table."""
    if len(points) > points.expected:
        raise DegenerateDataError(f"sample {sample} has too many critical points: {len(points)}")
    flat = points.points.reshape(len(points), -1)
    imaginary = np.linalg.norm(flat.imag, axis=1) / np.linalg.norm(flat, axis=1)
    by_index = np.bincount(points.index[points.index >= 0], minlength=points.variety.dimension + 1)
    real = points.real
    return SampleBlock(
        sample=np.array([sample]),
        complete=np.array([points.complete]),
        real=np.array([len(real)]),
        minima=np.array([len(points.minima)]),
        undecided=np.array([len(points.undecided)]),
        by_index=by_index[None],
        attempts=np.ones(1, int),
        smallest_eigenvalue=np.array([np.abs(real.smallest_eigenvalue).min(initial=np.inf)]),
        margin=np.array([imaginary[~points.is_real].min(initial=np.inf)]),
        nearest=np.array([real.squared_distance.real.min(initial=np.inf)]),
        certified=np.zeros(1, int),
        proved=np.zeros(1, bool),
    )
