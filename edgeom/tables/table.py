"""The table of real critical points: how often each number of minima and of real points occurs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgeom.critical.optimization import family_of as optimization_family
from edgeom.errors import InputError, check_size, keywords_checked
from edgeom.files import resolved
from edgeom.homotopy.monodromy import Progress
from edgeom.objectives.base import AlgebraicObjective
from edgeom.objectives.family import ObjectiveFamily
from edgeom.objectives.metric import Metric
from edgeom.plain import shortened
from edgeom.results import Result, Summary, need_pandas
from edgeom.solvers.base import Backend
from edgeom.solvers.registry import EMBEDDED, get_backend
from edgeom.tables.engine import SampleEngine
from edgeom.tables.given import check_room, given_data
from edgeom.tables.laws import Law, check_problem, objective_in_words
from edgeom.tables.manifest import metric_of
from edgeom.tables.other import block_by_backend
from edgeom.tables.run import Machines, SampleRun
from edgeom.tables.samples import SampleBlock
from edgeom.tables.store import RunFolder, StoredSamples
from edgeom.varieties.base import Variety
from edgeom.views import view

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes

__all__ = ["RealCriticalTable", "real_critical_table"]

LONGEST = 200  # characters of a variety in a caption


@dataclass(frozen=True, eq=False, repr=False)
class RealCriticalTable(Result):
    """Numbers of real critical points and of local minima over random data.

    Attributes
    ----------
    variety : str
        What was sampled, in words.
    law : str
        How metric and data were drawn.
    seed : int
    degree : int
        Number of complex critical points of every sample.
    samples : SampleBlock or StoredSamples
        Everything that is kept of each sample: in memory, or in the folder of the run.
    objective : str
        Of what critical points were counted: "the squared distance to".
    proof : str or None
        Why a proved sample has no more critical points; None where no proofs were asked for.

    Examples
    --------
    >>> import edgeom as eg
    >>> ellipse = eg.AlgebraicVariety(["x^2 + 4*y^2 = 4"], "x, y")
    >>> metric = eg.Metric.euclidean(2)
    >>> table = eg.real_critical_table(ellipse, metric=metric, samples=200, seed=0)
    >>> table.columns, table.rows, table.counts
    (array([2, 4]), array([1, 2]), array([[ 94,   0],
           [  0, 106]]))
    """

    variety: str
    law: str
    seed: int
    degree: int
    samples: SampleBlock | StoredSamples
    proof: str | None = None
    objective: str = "the squared distance to"

    @classmethod
    def load(cls, folder: str | Path) -> RealCriticalTable:
        """Return the table of a finished run, whose samples stay in its folder.

        Raises
        ------
        InputError
            The folder holds no run.
        IncompleteError
            Samples are missing or damaged.
        """
        stored = RunFolder(resolved(folder))
        about = stored.manifest
        law, seed = about["law"], about["run"]["seed"]
        degree, proof = about["degree"], about.get("proof")
        objective = objective_in_words(metric_of(about["run"], str(stored.path)))
        return cls(about["variety"], law, seed, degree, stored.samples(), proof, objective)

    @property
    def decided(self) -> NDArray[np.bool_]:
        """Which samples are complete, with every point called: those that are counted."""
        return np.asarray(self.samples.complete & (self.samples.undecided == 0))

    @cached_property
    def _tally(self) -> Counter[Any]:
        """Samples with each pair (minima, real) that is decided, and of each exceptional kind."""
        total: Counter[Any] = Counter()
        for block in self.samples.blocks():
            decided = block.complete & (block.undecided == 0)
            pairs = zip(block.minima[decided].tolist(), block.real[decided].tolist(), strict=True)
            total.update(pairs)
            total["all"] += len(decided)
            total["undecided"] += int(np.sum(block.undecided > 0))
            total["incomplete"] += int(np.sum(~block.complete))
            certified = decided & (block.certified == self.degree)
            total["certified"] += int(np.sum(certified))
            total["proved"] += int(np.sum(block.proved))
        return total

    @property
    def _pairs(self) -> NDArray[np.int64]:
        return np.array([key for key in self._tally if isinstance(key, tuple)], int).reshape(-1, 2)

    @property
    def rows(self) -> NDArray[np.int64]:
        """The numbers of local minima that occur."""
        return np.unique(self._pairs[:, 0])

    @property
    def columns(self) -> NDArray[np.int64]:
        """The numbers of real critical points that occur."""
        return np.unique(self._pairs[:, 1])

    @property
    def counts(self) -> NDArray[np.int64]:
        """Number of samples for each number of minima (rows) and of real points (columns)."""
        columns = self.columns.tolist()
        rows = self.rows.tolist()
        cells = [self._tally[row, c] for row in rows for c in columns]
        return np.array(cells, int).reshape(len(rows), len(columns))

    @property
    def undecided(self) -> int:
        """Number of samples with a point that could not be called real or not, or its index."""
        return self._tally["undecided"]

    @property
    def incomplete(self) -> int:
        """Number of samples with fewer distinct points than the degree."""
        return self._tally["incomplete"]

    @property
    def proved(self) -> int:
        """Number of samples with proofs of all that is counted, and that nothing is missing."""
        return self._tally["proved"]

    @property
    def certified(self) -> int:
        """Number of samples with as many certified points as the degree, all of them decided."""
        return self._tally["certified"]

    def __len__(self) -> int:
        return self._tally["all"]

    def interval(self, count: int) -> tuple[float, float]:
        """Return Wilson's 95 % confidence interval for the probability behind a count."""
        n, z = int(self.counts.sum()), 1.959963984540054
        if not n:
            return 0.0, 1.0
        share = count / n
        middle = (share + z * z / (2 * n)) / (1 + z * z / n)
        reach = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        return max(0.0, middle - reach), min(1.0, middle + reach)

    def _cells(self) -> list[list[str]]:
        """Return the table with margins as text, the header first."""
        counts = self.counts
        head = ["minima", *(str(c) for c in self.columns), "all"]
        body = [
            [str(row), *(str(v) for v in values), str(values.sum())]
            for row, values in zip(self.rows, counts, strict=True)
        ]
        return [head, *body, ["all", *(str(v) for v in counts.sum(axis=0)), str(counts.sum())]]

    @property
    def caption(self) -> str:
        """What the table shows, in one sentence."""
        name = shortened(self.variety, LONGEST)
        text = (
            f"Real critical points (columns) and local minima (rows) of {self.objective} "
            f"{name}: {len(self)} samples, {self.law}, seed {self.seed}, "
            f"{self.degree} complex critical points each"
        )
        if self.undecided or self.incomplete:
            text += f"; {self.undecided} samples undecided, {self.incomplete} incomplete"
        if self.proof is not None:
            if self.proved < self.certified:
                text += f"; {self.certified} samples with {self.degree} certified points"
            text += f"; {self.proved} samples proved ({self.proof})"
        return text + "."

    @property
    def nothing(self) -> str | None:
        """Why there is nothing to count, in words; None where there is."""
        if len(self._pairs):
            return None
        return "No sample is decided" if len(self) else "No samples"

    def __str__(self) -> str:
        if self.nothing is not None:
            return f"{self.caption}\n\n{self.nothing}."
        cells = self._cells()
        widths = [max(len(row[j]) for row in cells) for j in range(len(cells[0]))]
        lines = ["  ".join(v.rjust(w) for v, w in zip(row, widths, strict=True)) for row in cells]
        rule = "─" * len(lines[0])
        return "\n".join([self.caption, "", lines[0], rule, *lines[1:-1], rule, lines[-1]])

    def summary(self) -> Summary:
        return Summary(self.caption, cells=self._cells())

    def to_markdown(self) -> str:
        """Return the table in Markdown."""
        head, *body = self._cells()
        rows = [head, ["---:"] * len(head), *body]
        return "\n".join("| " + " | ".join(row) + " |" for row in rows)

    def to_latex(self) -> str:
        """Return a LaTeX tabular environment (package booktabs)."""
        head, *body = (" & ".join(row) + r" \\" for row in self._cells())
        layout = "r|" + "r" * len(self.columns) + "|r"
        lines = [rf"\begin{{tabular}}{{{layout}}}", r"\toprule", head, r"\midrule", *body[:-1]]
        return "\n".join([*lines, r"\midrule", body[-1], r"\bottomrule", r"\end{tabular}"])

    def to_pandas(self) -> pandas.DataFrame:
        """Return the counts as a data frame.

        Raises
        ------
        InputError
            pandas is not installed.
        """
        pandas = need_pandas()
        return pandas.DataFrame(
            self.counts,
            index=pandas.Index(self.rows, name="minima"),
            columns=pandas.Index(self.columns, name="real"),
        )

    def histogram(self, ax: Axes | None = None) -> Axes:
        """Draw shares by real points, with confidence intervals (needs matplotlib)."""
        axes: Axes = view("plot_histogram")(self, ax)
        return axes

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the counts as a heat-map, by default in a new figure (needs matplotlib)."""
        axes: Axes = view("plot_table")(self, ax)
        return axes


@keywords_checked
def real_critical_table(
    variety: Variety,
    samples: int | None = None,
    *,
    metric: Metric | str = "fresh",
    objective: ObjectiveFamily | AlgebraicObjective | None = None,
    data: ArrayLike | None = None,
    seed: int = 0,
    threads: int | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    shard_size: int = 10_000,
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
    metric : Metric or {"fresh", "weights"}
        A fixed metric, or a new one for each sample: ‖f(·)‖² with f an n×n matrix of independent
        standard normal entries ("fresh"), or squared normal entrywise weights ("weights").
    objective : ObjectiveFamily, optional
        Another objective than the squared distance: ``PowerDistance.law(p=4)``,
        ``LogLikelihood.law()`` or any family, whose law gives the data of each sample.
    data : array, optional
        Data points along the first axis, in place of random ones; or one for all samples.
    seed : int
        Each sample has its own random stream, made from the seed and its number.
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
    shard_size : int
        Samples in each file of `out`.
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
    seed = check_size(seed, "seed", 0)
    shard_size = check_size(shard_size, "shard_size", 1)
    machines = Machines(workers, scheduler, threads)
    if resume and out is None:
        raise InputError("resume needs the folder of the run: out")
    law: Law = metric
    if objective is not None:
        if not isinstance(metric, str) or metric != "fresh":
            raise InputError("metric is for the squared distance, objective for another one")
        law = optimization_family(objective)
    check_problem(variety, law)
    folder = None if out is None else resolved(out)
    size, points = given_data(variety, law, samples, data)
    check_room(variety, size, shard_size, folder)
    solver = get_backend(backend)
    if solver.name != EMBEDDED:
        if certify or not all(v is None for v in (points, workers, scheduler, folder)):
            raise InputError(
                f"backend={solver.name!r} takes random data and keeps samples in memory; leave "
                "out data, workers, scheduler, out and certify"
            )
        engine = SampleEngine(variety, law, seed)
        block = block_by_backend(engine, size, solver, progress)
        words = f"{engine.law}, by {solver.title}"
        return RealCriticalTable(str(variety), words, seed, engine.degree, block)
    run = SampleRun(variety, law, seed, size, points, shard_size, machines, certify)
    if folder is None:
        block = run.in_memory(progress)
        degree = run.engine.degree
        noun = objective_in_words(law)
        return RealCriticalTable(str(variety), run.law, seed, degree, block, run.proof, noun)
    run.in_folder(folder, resume, progress)
    return RealCriticalTable.load(folder)
