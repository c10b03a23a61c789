"""The table of real critical points: how often each number of minima and of real points occurs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from edgeom.critical.general import CriticalProblem
from edgeom.errors import InputError, check_size
from edgeom.files import resolved
from edgeom.plain import shortened
from edgeom.results import Result, Summary, need_pandas
from edgeom.tables.certificate import earlier
from edgeom.tables.formats import cells_of, latex, seeds, wilson
from edgeom.tables.laws import objective_in_words
from edgeom.tables.manifest import metric_of
from edgeom.tables.run import Machines, SampleRun, check_same_law
from edgeom.tables.samples import SampleBlock, joined
from edgeom.tables.store import RunFolder
from edgeom.tables.stored import StoredSamples, run_of
from edgeom.views import view

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes

__all__ = ["RealCriticalTable"]

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
    seed : int or tuple of int
        Several ones for a sum of tables.
    degree : int
        Number of complex critical points of every sample.
    samples : SampleBlock or StoredSamples
        Everything that is kept of each sample: in memory, or in the folder of the run.
    objective : str
        Of what critical points were counted: "the squared distance to".
    runs : tuple of SampleRun
        The runs of which the samples come, for :meth:`problem`; of a folder none, it has its own.
    proof : str or None
        Why a proved sample has no more critical points; None where no proofs were asked for, nor
        given later by :func:`edgeom.certify_run`.

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
    seed: int | tuple[int, ...]
    degree: int
    samples: SampleBlock | StoredSamples
    proof: str | None = None
    objective: str = "the squared distance to"
    runs: tuple[SampleRun, ...] = ()

    @classmethod
    def load(cls, folder: str | Path) -> RealCriticalTable:
        """Return the table of a finished run, whose samples stay in its folder.

        What its certificate proves (:func:`edgeom.certify_run`) is proved in the table.

        Raises
        ------
        InputError
            The folder holds no run, or a certificate that does not fit it.
        IncompleteError
            Samples are missing or damaged.
        """
        stored = RunFolder(resolved(folder))
        about = stored.manifest
        law, seed = about["law"], about["run"]["seed"]
        objective = objective_in_words(metric_of(about["run"], str(stored.path)))
        stored.check_table()
        account, reason = earlier(stored, older=True)
        proof = reason or about.get("proof")
        unproved = {int(k): entry["open"] + entry["different"] for k, entry in account.items()}
        samples = StoredSamples(stored, unproved)
        return cls(about["variety"], law, seed, about["degree"], samples, proof, objective)

    @classmethod
    def of_run(cls, run: SampleRun, block: SampleBlock) -> RealCriticalTable:
        """Return the table of a run whose samples are in memory."""
        objective, degree = objective_in_words(run.metric), run.engine.degree
        name, law, seed = str(run.variety), run.law, run.seed
        return cls(name, law, seed, degree, block, run.proof, objective, (run,))

    def __add__(self, other: RealCriticalTable) -> RealCriticalTable:
        """Return the table of the samples of both, which are then in memory.

        Raises
        ------
        InputError
            They count something else, have another law, in words or, where their runs are known,
            in metric and kind of data, or share samples.
        """
        if not isinstance(other, RealCriticalTable):
            return NotImplemented
        for name in ("variety", "law", "objective", "degree", "proof"):
            both = getattr(self, name), getattr(other, name)
            if both[0] != both[1] and not (name == "proof" and None in both):
                raise InputError(
                    f"tables can be added for one {name}, got {both[0]!r} and {both[1]!r}"
                )
        mine, rest = self._runs, other._runs
        if mine and rest:
            check_same_law(mine[0], rest[0])
        for seed, first, last in self._numbers():
            for other_seed, begin, end in other._numbers():
                if seed == other_seed and first <= end and begin <= last:
                    raise InputError(
                        f"tables share the samples {max(first, begin)} to {min(last, end)} of seed "
                        f"{seed}; use another seed, or first="
                    )
        every = [number for table in (self, other) for number in table._seeds]
        found = tuple(dict.fromkeys(every))
        return replace(
            self,
            seed=found[0] if len(found) == 1 else found,
            samples=joined([*self.samples.blocks(), *other.samples.blocks()]),
            proof=self.proof or other.proof,
            runs=mine + rest if mine and rest else (),
        )

    @property
    def _seeds(self) -> tuple[int, ...]:
        return (self.seed,) if isinstance(self.seed, int) else self.seed

    @property
    def _runs(self) -> tuple[SampleRun, ...]:
        """The runs of which the samples come, none where they are not known."""
        if isinstance(self.samples, StoredSamples):
            return (run_of(self.samples.folder, Machines()),)
        return self.runs

    def _numbers(self) -> list[tuple[int, int, int]]:
        """Return the seeds of the samples, with the first and last number, where known."""
        if self.runs:
            return [(run.seed, run.first, run.first + run.samples - 1) for run in self.runs]
        if not isinstance(self.seed, int) or not len(self):
            return []
        numbers = self.samples.sample
        return [(self.seed, int(numbers.min()), int(numbers.max()))]

    def problem(self, k: int) -> CriticalProblem:
        """Return the problem of the sample in place k, with its metric and data.

        Parameters
        ----------
        k : int
            Place in the arrays of :attr:`samples`, such as ``samples.real.argmax()``.

        Raises
        ------
        InputError
            There is no such sample, or the table was read from a file without its run.

        Examples
        --------
        >>> import edgeom as eg
        >>> table = eg.real_critical_table(eg.DeterminantalVariety(2, 2, rank=1), 50)
        >>> k = int(table.samples.real.argmax())
        >>> len(table.problem(k).critical_points().real) == int(table.samples.real[k])
        True
        """
        check_size(k, "k", 0, len(self) - 1, f"the number of samples - 1 = {len(self) - 1}")
        for run in self._runs:
            if k < run.samples:
                return run.problem(k)
            k -= run.samples
        raise InputError(
            "the table was read from a file that has no metrics and data of its samples, only what "
            "was found; make it again by real_critical_table, or keep its run in a folder (out), "
            "to which a file leads"
        )

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
        return wilson(count, int(self.counts.sum()))

    @property
    def caption(self) -> str:
        """What the table shows, in one sentence."""
        name = shortened(self.variety, LONGEST)
        text = (
            f"Real critical points (columns) and local minima (rows) of {self.objective} "
            f"{name}: {len(self)} samples, {self.law}, {seeds(self.seed)}, "
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
        cells = cells_of(self)
        widths = [max(len(row[j]) for row in cells) for j in range(len(cells[0]))]
        lines = ["  ".join(v.rjust(w) for v, w in zip(row, widths, strict=True)) for row in cells]
        rule = "─" * len(lines[0])
        return "\n".join([self.caption, "", lines[0], rule, *lines[1:-1], rule, lines[-1]])

    def summary(self) -> Summary:
        return Summary(self.caption, cells=cells_of(self))

    def to_markdown(self, *, percent: bool = False) -> str:
        """Return the table in Markdown, as counts or as shares in percent."""
        head, *body = cells_of(self, percent)
        rows = [head, ["---:"] * len(head), *body]
        return "\n".join("| " + " | ".join(row) + " |" for row in rows)

    def to_latex(
        self,
        *,
        percent: bool = False,
        interval: bool = False,
        caption: str | bool = False,
        label: str = "",
    ) -> str:
        """Return a LaTeX tabular environment (package booktabs), or a whole table.

        Parameters
        ----------
        percent : bool
            Shares of all decided samples, in percent, in place of counts: 0 where there is none,
            <0.1% for the smallest.
        interval : bool
            With Wilson's 95 % confidence intervals, for the shares of the last row.
        caption : str or bool
            Makes a table environment with this caption; True takes that of the table. Both are
            plain text with formulas between $ signs; other signs such as % and _ are escaped.
        label : str
            Of the table environment.
        """
        return latex(self, percent, interval, caption, label)

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

    def histogram(self, ax: Axes | None = None, *, of: str = "real") -> Axes:
        """Draw shares by real points, or by minima (``of="minima"``), with confidence intervals."""
        axes: Axes = view("plot_histogram")(self, ax, of=of)
        return axes

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the counts as a heat-map, by default in a new figure (needs matplotlib)."""
        axes: Axes = view("plot_table")(self, ax)
        return axes
