"""Tables of real critical points over random data: what is computed, and by whom."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from edgeom.arrays import numbers
from edgeom.critical.optimization import family_of as optimization_family
from edgeom.errors import InputError, check_size, keywords_checked
from edgeom.files import resolved
from edgeom.homotopy.monodromy import Progress
from edgeom.objectives.base import AlgebraicObjective
from edgeom.objectives.family import ObjectiveFamily
from edgeom.objectives.metric import Metric
from edgeom.solvers.base import Backend
from edgeom.solvers.registry import EMBEDDED, get_backend
from edgeom.tables.draw import Drawn, own_samples, own_words
from edgeom.tables.engine import SampleEngine
from edgeom.tables.given import check_room, given_data
from edgeom.tables.laws import Law, check_problem
from edgeom.tables.other import block_by_backend
from edgeom.tables.run import Machines, SampleRun
from edgeom.tables.table import RealCriticalTable
from edgeom.varieties.base import Variety

__all__ = ["real_critical_table"]


@keywords_checked
def real_critical_table(
    variety: Variety,
    samples: int | None = None,
    *,
    metric: Metric | str | ArrayLike | Drawn = "fresh",
    objective: ObjectiveFamily | AlgebraicObjective | None = None,
    data: ArrayLike | Drawn | None = None,
    law: str | None = None,
    seed: int = 0,
    first: int = 0,
    threads: int | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    shard_size: int | None = None,
    certify: bool = False,
    backend: str | Backend = EMBEDDED,
    progress: Progress | None = None,
) -> RealCriticalTable:
    """Count real critical points and local minima for random data.

    Parameters
    ----------
    variety : Variety
    samples : int, optional
        Number of data points q, 2000 by default, with independent standard normal coordinates.
    metric : Metric, {"fresh", "weights"}, array or callable
        A fixed metric, or a new one for each sample: ‖f(·)‖² with f an n×n matrix of independent
        standard normal entries ("fresh"), or squared normal entrywise weights ("weights"). An array
        (samples, n, n) has one for each sample. A function takes the random generator of the sample
        and returns a metric, a matrix (n, n), or weights of the shape of a point.
    objective : ObjectiveFamily, optional
        Another objective than the squared distance: ``PowerDistance.law(p=4)``,
        ``LogLikelihood.law()`` or any family, whose law gives the data of each sample.
    data : array or callable, optional
        Data points along the first axis, in place of random ones; or one for all samples; or a
        function of the random generator of the sample, after it has drawn the metric.
    law : str, optional
        How metric and data are drawn, in your own words: the caption has them in place of edgeom's
        words for both. A run that is continued keeps its law, another one is refused.
    seed : int
        Each sample has its own random stream, made from the seed and its number.
    first : int
        Number of the first sample. Runs of consecutive samples of one seed are parts of a whole,
        which can be added, or put together from folders by :func:`edgeom.merge_runs`.
    threads : int, optional
        By default one for each core; the result does not depend on it.
    workers : int, optional
        Number of worker processes, by default none. A script that uses them has to begin its
        work under ``if __name__ == "__main__":``.
    scheduler : str, optional
        Address of a dask.distributed scheduler, or "local" for a cluster on this machine.
    out : path, optional
        New folder for the samples; they are then not kept in memory (docs/explanation/tables.md).
    resume : bool
        Continue the run that `out` holds.
    shard_size : int, optional
        Samples in each file of `out`. By default a round number that takes about equally long for
        every variety, 10 000 for 3×3 matrices of rank 1; that of the run where it is continued.
    certify : bool
        Prove what is counted, see docs/explanation/certification.md: every point is a critical
        point, real or not, and of its index, and none is missing. What cannot be proved is
        undecided.
    backend : str or Backend
        Another solver, such as "phcpack", computes the samples one after the other, with random
        data and in memory only: a second or more for each, to compare with.
    progress : callable, optional
        Called with ("samples", done, total); for another solver the stage tells its rate.

    Returns
    -------
    RealCriticalTable

    Raises
    ------
    InputError
        The metric is not positive definite, `out` belongs to another run, the scheduler does not
        answer, or another argument does not fit.
    IncompleteError
        The number of complex critical points could not be confirmed.

    Notes
    -----
    The index of a real point is that of the Riemannian Hessian. Another law of metric and data
    gives another table: the law is part of the caption.

    Examples
    --------
    >>> import edgeom as eg
    >>> V = eg.DeterminantalVariety(2, 2, rank=1)
    >>> print(eg.real_critical_table(V, samples=50, metric=V.default_metric))
    Real critical points (columns) and local minima (rows) of the squared distance to ...
    <BLANKLINE>
    minima   2  all
    ───────────────
         1  50   50
    ───────────────
       all  50   50
    """
    seed, first = check_size(seed, "seed", 0), check_size(first, "first", 0)
    if shard_size is not None:
        shard_size = check_size(shard_size, "shard_size", 1)
    machines = Machines(workers, scheduler, threads)
    if resume and out is None:
        raise InputError("resume needs the folder of the run: out")
    if not (callable(metric) or isinstance(metric, Metric | str | None)):
        metric = numbers(metric, "metric", "iuf")
    own = callable(metric) or isinstance(metric, np.ndarray)
    kind = _law(metric, objective, own or callable(data))
    check_problem(variety, kind)
    folder = None if out is None else resolved(out)
    if samples is None and isinstance(metric, np.ndarray) and metric.ndim == 3:
        samples = len(metric)
    size, points = given_data(variety, kind, samples, None if callable(data) else data)
    check_room(variety, size, shard_size, folder)
    if own or callable(data):
        drawn = data if callable(data) else points
        kind, points = own_samples(variety, metric, drawn, seed, first, size)
        check_problem(variety, kind)
        law = law or own_words(metric, data, kind)
    solver = get_backend(backend)
    run = SampleRun(variety, kind, seed, size, points, shard_size, machines, certify, first, law)
    if solver.name != EMBEDDED:
        return _by_backend(run, solver, folder, progress)
    if folder is None:
        return RealCriticalTable.of_run(run, run.in_memory(progress))
    run.in_folder(folder, resume, progress)
    return RealCriticalTable.load(folder)


def _law(metric: Any, objective: Any, own: bool) -> Law:
    """Return the law of what is not drawn by users."""
    if objective is None:
        law: Any = metric if isinstance(metric, Metric | str | None) else "fresh"
        return law  # type: ignore[no-any-return]
    if own or not isinstance(metric, str) or metric != "fresh":
        raise InputError(
            "metric is for the squared distance, as functions for data are; objective is for "
            "another one"
        )
    return optimization_family(objective)


def _by_backend(
    run: SampleRun, solver: Backend, folder: Path | None, progress: Progress | None
) -> RealCriticalTable:
    """Return the table of the samples that another solver computes."""
    machines = run.machines
    elsewhere = (run.data, machines.workers, machines.scheduler, folder)
    if run.certify or run.first or any(value is not None for value in elsewhere):
        raise InputError(
            f"backend={solver.name!r} takes random data and keeps samples in memory; leave "
            "out data, first, workers, scheduler, out and certify"
        )
    engine = SampleEngine(run.variety, run.metric, run.seed)
    block = block_by_backend(engine, run.samples, solver, progress)
    words = f"{run.words or engine.law}, by {solver.title}"
    return RealCriticalTable(str(run.variety), words, run.seed, engine.degree, block)
