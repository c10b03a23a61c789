"""The table of real critical points: how often each number of minima and of real points occurs."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from edgeom.errors import InputError, check_size, keywords_checked
from edgeom.homotopy.monodromy import Progress
from edgeom.metric import Metric
from edgeom.problem import metric_for
from edgeom.tables.engine import LAWS, SampleBlock, SampleEngine
from edgeom.varieties.base import Variety

if TYPE_CHECKING:
    import pandas

__all__ = ["RealCriticalTable", "joined", "real_critical_table"]

BLOCK = 500  # samples at a time


@dataclass(frozen=True, eq=False)
class RealCriticalTable:
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
    samples : SampleBlock
        Everything that is kept of each sample.
    """

    variety: str
    law: str
    seed: int
    degree: int
    samples: SampleBlock

    @property
    def rows(self) -> NDArray[np.int64]:
        """The numbers of local minima that occur."""
        return np.unique(self.samples.minima)

    @property
    def columns(self) -> NDArray[np.int64]:
        """The numbers of real critical points that occur."""
        return np.unique(self.samples.real)

    @property
    def counts(self) -> NDArray[np.int64]:
        """Number of samples for each number of minima (rows) and of real points (columns)."""
        place = (
            np.searchsorted(self.rows, self.samples.minima),
            np.searchsorted(self.columns, self.samples.real),
        )
        table = np.zeros((len(self.rows), len(self.columns)), int)
        np.add.at(table, place, 1)
        return table

    @property
    def undecided(self) -> int:
        """Number of samples with a real point whose index could not be decided."""
        return int(np.sum(self.samples.undecided > 0))

    @property
    def incomplete(self) -> int:
        """Number of samples with fewer distinct points than the degree."""
        return int(np.sum(~self.samples.complete))

    def __len__(self) -> int:
        return len(self.samples.sample)

    def interval(self, count: int) -> tuple[float, float]:
        """Return Wilson's 95 % confidence interval for the probability behind a count."""
        n, z = len(self), 1.959963984540054
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
        return [head, *body, ["all", *(str(v) for v in counts.sum(axis=0)), str(len(self))]]

    @property
    def caption(self) -> str:
        """What the table shows, in one sentence."""
        text = (
            f"Real critical points (columns) and local minima (rows) of the squared distance to "
            f"{self.variety}: {len(self)} samples, {self.law}, seed {self.seed}, "
            f"{self.degree} complex critical points each"
        )
        if self.undecided or self.incomplete:
            text += f"; {self.undecided} samples undecided, {self.incomplete} incomplete"
        return text + "."

    def __str__(self) -> str:
        cells = self._cells()
        widths = [max(len(row[j]) for row in cells) for j in range(len(cells[0]))]
        lines = ["  ".join(v.rjust(w) for v, w in zip(row, widths, strict=True)) for row in cells]
        rule = "─" * len(lines[0])
        return "\n".join([self.caption, "", lines[0], rule, *lines[1:-1], rule, lines[-1]])

    __repr__ = __str__

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
        try:
            import pandas
        except ImportError as error:
            raise InputError('pandas is missing: pip install "edgeom[tables]"') from error
        return pandas.DataFrame(
            self.counts,
            index=pandas.Index(self.rows, name="minima"),
            columns=pandas.Index(self.columns, name="real"),
        )


def joined(blocks: list[SampleBlock]) -> SampleBlock:
    """Put blocks of samples together."""
    columns: dict[str, Any] = {
        field.name: np.concatenate([getattr(block, field.name) for block in blocks])
        for field in fields(SampleBlock)
    }
    return SampleBlock(**columns)


@keywords_checked
def real_critical_table(
    variety: Variety,
    samples: int = 2000,
    *,
    metric: Metric | str = "fresh",
    seed: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
) -> RealCriticalTable:
    """Count real critical points and local minima for random data.

    Parameters
    ----------
    variety : Variety
    samples : int
        Number of data points q, with independent standard normal coordinates.
    metric : Metric or {"fresh", "weights"}
        A fixed metric, or a new one for each sample: ‖f(·)‖² with f an n×n matrix of independent
        standard normal entries ("fresh"), or squared normal entrywise weights ("weights").
    seed : int
        Each sample has its own random stream, made from the seed and its number.
    threads : int, optional
        By default one for each core; the result does not depend on it.
    progress : callable, optional
        Called with ("samples", done, total).

    Returns
    -------
    RealCriticalTable

    Raises
    ------
    InputError
        The metric is not positive definite, or another argument does not fit.
    IncompleteError
        The number of complex critical points could not be confirmed.

    Notes
    -----
    The index of a real point is that of the Riemannian Hessian. Samples with several equally
    likely laws give different tables: the law is part of the caption.

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
    check_size(samples, "samples", 1)
    check_size(seed, "seed", 0)
    if isinstance(metric, Metric):
        metric_for(variety, metric)
    elif metric not in LAWS:
        raise InputError(f"metric must be a Metric or one of {', '.join(LAWS)}, got {metric!r}")
    engine = SampleEngine(variety, metric, seed, threads or os.cpu_count() or 1)
    blocks = []
    for first in range(0, samples, BLOCK):
        blocks.append(engine.block(first, min(BLOCK, samples - first)))
        if progress is not None:
            progress("samples", min(first + BLOCK, samples), samples)
    return RealCriticalTable(str(variety), engine.law, seed, engine.degree, joined(blocks))
