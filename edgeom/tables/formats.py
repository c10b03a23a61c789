"""Tables of real critical points as cells of text, in LaTeX, and as sums of each other."""

from __future__ import annotations

import re
from math import sqrt
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Counts", "cells_of", "latex", "seeds", "wilson"]

SIGNS = str.maketrans({
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "#": r"\#", "_": r"\_", "$": r"\$",
    "{": r"\{", "}": r"\}", "^": r"\^{}", "~": r"\~{}", "×": r"$\times$", "≤": r"$\le$",
    "‖": r"$\|$", "·": r"$\cdot$",
})  # fmt: skip


class Counts(Protocol):
    """What is written of a table."""

    @property
    def counts(self) -> NDArray[np.int64]:
        """Samples by minima (rows) and real points (columns)."""
        ...

    @property
    def rows(self) -> NDArray[np.int64]:
        """Numbers of minima."""
        ...

    @property
    def columns(self) -> NDArray[np.int64]:
        """Numbers of real points."""
        ...

    @property
    def caption(self) -> str:
        """What the table shows."""
        ...


def wilson(count: int, samples: int) -> tuple[float, float]:
    """Return Wilson's 95 % confidence interval for the probability behind a count."""
    n, z = samples, 1.959963984540054
    if not n:
        return 0.0, 1.0
    share = count / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def seeds(seed: int | tuple[int, ...]) -> str:
    """Return one or several seeds in words.

    >>> seeds(3), seeds((3, 4))
    ('seed 3', 'seeds 3, 4')
    """
    return f"seed {seed}" if isinstance(seed, int) else f"seeds {', '.join(map(str, seed))}"


def cells_of(table: Counts, percent: bool = False) -> list[list[str]]:
    """Return a table with margins as text, the header first."""
    counts, total = table.counts, int(table.counts.sum())

    def text(count: Any) -> str:
        return _percent(count / total) if percent and total else str(count)

    head = ["minima", *(str(c) for c in table.columns), "all"]
    body = [
        [str(row), *map(text, values), text(values.sum())]
        for row, values in zip(table.rows, counts, strict=True)
    ]
    return [head, *body, ["all", *map(text, counts.sum(axis=0)), text(counts.sum())]]


def latex(table: Counts, percent: bool, interval: bool, caption: str | bool, label: str) -> str:
    """Return a table in LaTeX, see :meth:`edgeom.RealCriticalTable.to_latex`."""
    cells = cells_of(table, percent)
    if percent:
        cells = [[text.replace("%", r"\%") for text in row] for row in cells]
    rows = [" & ".join(row) + r" \\" for row in cells]
    if interval:
        total = int(table.counts.sum())
        ends = [wilson(int(count), total) for count in table.counts.sum(axis=0)]
        texts = [rf"{100 * low:.1f}--{100 * high:.1f}\%" for low, high in ends]
        rows.append(" & ".join([r"95\,\%", *texts, ""]) + r" \\")
    layout = "r|" + "r" * len(table.columns) + "|r"
    rest = rows[len(table.rows) + 1 :]
    lines = [rf"\begin{{tabular}}{{{layout}}}", r"\toprule", rows[0], r"\midrule"]
    lines += [*rows[1 : len(table.rows) + 1], r"\midrule", *rest, r"\bottomrule", r"\end{tabular}"]
    if caption is False and not label:
        return "\n".join(lines)
    lines = [r"\begin{table}", r"\centering", *lines]
    if caption:
        text = table.caption if caption is True else caption
        lines.append(rf"\caption{{{_escaped(text)}}}")
    if label:
        lines.append(rf"\label{{{label}}}")
    return "\n".join([*lines, r"\end{table}"])


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def _escaped(text: str) -> str:
    r"""Return a text for LaTeX, which has other signs for some letters; formulas $...$ are kept.

    >>> print(_escaped("100% of x_1, $x_1^2$"))
    100\% of x\_1, $x_1^2$
    """
    parts = re.split(r"(\$[^$]+\$)", text)
    return "".join(part if k % 2 else part.translate(SIGNS) for k, part in enumerate(parts))
