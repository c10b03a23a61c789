"""Known ED degrees, computed afresh: the table behind ``edgeom verify``.

Every row is one object with one metric. What the literature says, what a formula gives and what
monodromy, or another solver, finds without being told what to expect have to be the same number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from textwrap import fill
from typing import Any

from edgeom.critical.counting import EDDegree, ed_degree, generic_ed_degree
from edgeom.degrees.closed_forms import rank_one_formula
from edgeom.errors import EdgeomError, check_size, keywords_checked
from edgeom.homotopy.monodromy import Progress
from edgeom.solvers.registry import get_backend
from edgeom.varieties.algebraic import AlgebraicVariety
from edgeom.varieties.base import Variety
from edgeom.varieties.determinantal import DeterminantalVariety, SymmetricDeterminantalVariety
from edgeom.varieties.segre import SegreVariety

__all__ = ["COLUMNS", "Case", "Row", "Verification", "known_cases", "verify"]

COLUMNS = ("object", "metric", "literature", "source", "formula", "monodromy", "agree")
NUMBERS = ("literature", "formula", "monodromy")  # the columns of numbers
DHOST = "arXiv 1309.0049"  # The Euclidean distance degree of an algebraic variety
OSS = "arXiv 1311.2376"  # Exact solutions in structured low-rank approximation
FO = "arXiv 1210.8316"  # The number of singular vector tuples
LEGEND = (
    "unit: the Euclidean distance, for matrices and tensors the Frobenius norm; generic: a random "
    "metric; sources by number are on arXiv. Monodromy is not told what to expect: a trace "
    "test or paths from a generic metric confirm its counts."
)
SHIFT = (
    "the rank-one formula as printed belongs to P^m × P^n, that is to matrices of size "
    "(m+1)×(n+1): at m = n = 2 it gives the 39 of 3×3 matrices, at m = n = 3 the 284 of 4×4 "
    "matrices. edgeom takes sizes of matrices and shifts the index."
)
SKIPPED = "monodromy was left out to save time; slow=True, or --slow on the command line, runs it"
TOO_LARGE = "left out: too large a system to be solved without start solutions"
BLACK_BOX = (
    "unit: the Euclidean distance, for matrices and tensors the Frobenius norm; generic: a random "
    "metric; sources by number are on arXiv. {} is not told what to expect: two runs in different "
    "charts have to find the whole list, and every solution is evaluated by edgeom."
)


@dataclass(frozen=True)
class Case:
    """A number to verify.

    Attributes
    ----------
    object, metric : str
        Short names. The metric "generic" is a random one, any other the default of the variety.
    literature : int or None
    source : str
        Where `literature` comes from.
    variety : Variety
    formula : int or None
        To be used in place of the variety's own formula.
    slow : bool
        Whether monodromy takes too long to be run every time.
    large : bool
        Whether it is out of reach for a solver that starts from nothing but the equations.
    note : str
        What a reader of the row should know.
    """

    object: str
    metric: str
    literature: int | None
    source: str
    variety: Variety
    formula: int | None = None
    slow: bool = False
    large: bool = False
    note: str = ""

    @property
    def generic(self) -> bool:
        """Whether the metric is a random one."""
        return self.metric == "generic"


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes
    ----------
    object, metric, literature, source
        As in :class:`Case`.
    formula : int or None
        None where there is no formula.
    monodromy : EDDegree or None
        With its evidence; that of another solver where one was asked for. None where it was not
        run or failed; the note says why.
    agrees : bool
        Whether nothing failed and all numbers are the same.
    skipped : bool
        Whether monodromy, or the other solver, was left out because it takes long.
    note : str
    """

    object: str
    metric: str
    literature: int | None
    source: str
    formula: int | None
    monodromy: EDDegree | None
    agrees: bool
    skipped: bool = False
    note: str = ""

    @property
    def name(self) -> str:
        """Object and metric."""
        return f"{self.object}, {self.metric}"

    @property
    def cells(self) -> tuple[str, ...]:
        """The text under each of `COLUMNS`."""
        missing = "not run" if self.skipped else "failed"
        return (
            self.object,
            self.metric,
            "–" if self.literature is None else str(self.literature),
            self.source.removeprefix("arXiv "),
            "–" if self.formula is None else str(self.formula),
            missing if self.monodromy is None else str(self.monodromy),
            "yes" if self.agrees else "NO",
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON."""
        monodromy = None if self.monodromy is None else self.monodromy.to_dict()
        return {**vars(self), "monodromy": monodromy}


@dataclass(frozen=True)
class Verification:
    """The outcome of :func:`verify`, printed as a table.

    Attributes
    ----------
    rows : tuple of Row
    seed : int
    method : str
        "monodromy", or the backend that counted in its place.
    """

    rows: tuple[Row, ...]
    seed: int
    method: str = "monodromy"

    @property
    def columns(self) -> tuple[str, ...]:
        """The heads of the columns."""
        return tuple(self.method if column == "monodromy" else column for column in COLUMNS)

    @property
    def ok(self) -> bool:
        """Whether every row agrees."""
        return all(row.agrees for row in self.rows)

    @property
    def notes(self) -> tuple[str, ...]:
        """What must be known to read the table, in general and of single rows."""
        legend = LEGEND if self.method == "monodromy" else BLACK_BOX.format(self.method)
        return (legend, *(f"{row.name}: {row.note}" for row in self.rows if row.note))

    @property
    def verdict(self) -> str:
        """One line that names the rows that disagree."""
        wrong = [row.name for row in self.rows if not row.agrees]
        agreeing = len(self.rows) - len(wrong)
        line = f"{agreeing} of {len(self.rows)} rows agree, seed {self.seed}"
        return f"{line}; these do not: {'; '.join(wrong)}" if wrong else line

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON."""
        rows = [row.to_dict() for row in self.rows]
        if self.method != "monodromy":
            rows = [{self.method: row.pop("monodromy"), **row} for row in rows]
        return {"ok": self.ok, "seed": self.seed, "rows": rows}

    def __str__(self) -> str:
        lines = [self.columns, *(row.cells for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        align = [">" if column in NUMBERS else "" for column in COLUMNS]
        table = [
            "  ".join(map(format, cells, map("{}{}".format, align, widths))).rstrip()
            for cells in lines
        ]
        return "\n".join([*table, *(f"\n{fill(text)}" for text in (*self.notes, self.verdict))])


def known_cases() -> tuple[Case, ...]:
    """Return the numbers that :func:`verify` looks at: curves, matrices, tensors."""
    circle = AlgebraicVariety(["x^2 + y^2 - 1"], "x, y")
    ellipse = AlgebraicVariety(["x^2 + 4*y^2 - 4"], "x, y")
    cardioid = AlgebraicVariety(["(x^2 + y^2 + x)^2 - x^2 - y^2"], "x, y")
    symmetric = SymmetricDeterminantalVariety(3, rank=1)
    tensors = SegreVariety((2, 2, 2))
    m22, m23, m33, m34, m44 = (
        DeterminantalVariety(m, n, rank=1) for m, n in ((2, 2), (2, 3), (3, 3), (3, 4), (4, 4))
    )
    m33_2, m44_2 = DeterminantalVariety(3, 3, rank=2), DeterminantalVariety(4, 4, rank=2)
    return (
        Case("circle", "unit", 2, DHOST, circle),
        Case("circle", "generic", 4, "Macaulay2", circle),
        Case("ellipse x²+4y²=4", "unit", 4, DHOST, ellipse),
        Case("cardioid", "unit", 3, DHOST, cardioid),
        Case("cardioid", "generic", 7, "recomputed", cardioid),
        Case("2×2 rank 1", "unit", 2, DHOST, m22),
        Case("2×2 rank 1", "generic", 6, OSS, m22),
        Case("2×3 rank 1", "unit", 2, DHOST, m23),
        Case("2×3 rank 1", "generic", 10, OSS, m23),
        Case("3×3 rank 1", "unit", 3, "talk", m33),
        Case("3×3 rank 1", "generic", 39, "talk", m33),
        Case("3×4 rank 1", "unit", 3, DHOST, m34),
        Case("3×4 rank 1", "generic", 83, OSS, m34),
        Case("4×4 rank 1", "unit", 4, DHOST, m44),
        Case("4×4 rank 1", "generic", 284, OSS, m44),
        Case("printed r=1, m=n=2", "generic", 39, "talk", m33, rank_one_formula(3, 3), note=SHIFT),
        Case("printed r=1, m=n=3", "generic", 284, "talk", m44, rank_one_formula(4, 4)),
        Case("3×3 rank 2", "unit", 3, DHOST, m33_2),
        Case("3×3 rank 2", "generic", 39, OSS, m33_2),
        Case("4×4 rank 2", "unit", 6, DHOST, m44_2, large=True),
        Case("4×4 rank 2", "generic", 1350, OSS, m44_2, slow=True, large=True),
        Case("sym. 3×3 rank 1", "Frobenius", 3, DHOST, symmetric),
        Case("sym. 3×3 rank 1", "generic", 13, DHOST, symmetric),
        Case("2×2×2 rank 1", "unit", 6, FO, tensors),
        Case("2×2×2 rank 1", "generic", 34, DHOST, tensors),
    )


def _row(case: Case, count: Callable[[Variety, bool], EDDegree], skipped: str) -> Row:
    """Compute a row; `skipped` says why nothing is counted."""
    formula = case.formula or _formula(case.variety, case.generic)
    monodromy, note = None, skipped or case.note
    try:
        monodromy = None if skipped else count(case.variety, case.generic)
    except EdgeomError as error:
        note = str(error)
    numbers = {case.literature, formula, monodromy}
    return Row(
        object=case.object,
        metric=case.metric,
        literature=case.literature,
        source=case.source,
        formula=formula,
        monodromy=monodromy,
        agrees=len(numbers - {None}) == 1 and bool(skipped or monodromy is not None),
        skipped=bool(skipped),
        note=note,
    )


@keywords_checked
def verify(
    slow: bool = False,
    seed: int = 0,
    progress: Progress | None = None,
    cases: Sequence[Case] | None = None,
    backend: str | None = None,
) -> Verification:
    """Compute known ED degrees by formula and by monodromy, and compare.

    Monodromy is not told what to expect; each of its counts is confirmed by a trace test or by
    paths from a generic metric. A computation that fails makes its row disagree.

    Parameters
    ----------
    slow : bool
        Run monodromy also where it takes long.
    seed : int
        Of the random numbers.
    progress : callable, optional
        Called with (name of the row, rows done, number of rows).
    cases : sequence of Case, optional
        By default :func:`known_cases`.
    backend : str, optional
        Count by this solver, "phcpack" for example, instead of monodromy.

    Returns
    -------
    Verification

    Raises
    ------
    InputError
        The seed is not a non-negative integer, or there is no such backend.
    BackendError
        The backend is not available.

    Examples
    --------
    >>> from edgeom.varieties.determinantal import DeterminantalVariety
    >>> V = DeterminantalVariety(2, 2, rank=1)
    >>> result = verify(cases=[Case("2×2 rank 1", "generic", 6, "arXiv 1311.2376", V)])
    >>> print(result)
    object      metric   literature  source     formula  monodromy  agree
    2×2 rank 1  generic           6  1311.2376        6          6  yes
    ...
    >>> result.verdict
    '1 of 1 rows agree, seed 0'
    """
    check_size(seed, "seed", 0)
    if backend is not None:
        get_backend(backend).require()
    method = backend or "monodromy"

    @cache
    def count(variety: Variety, generic: bool) -> EDDegree:
        degree = generic_ed_degree if generic else ed_degree
        return degree(variety, method=method, seed=seed)

    rows = []
    cases = known_cases() if cases is None else cases
    for done, case in enumerate(cases):
        if progress is not None:
            progress(f"{case.object}, {case.metric}", done, len(cases))
        reason = (case.large and TOO_LARGE) if backend else (case.slow and not slow and SKIPPED)
        rows.append(_row(case, count, reason or ""))
    return Verification(tuple(rows), seed, method)


def _formula(variety: Variety, generic: bool) -> int | None:
    """Return the number of critical points by formula, where there is one."""
    if generic:
        fact = variety.generic_ed_degree_fact()
    else:
        fact = variety.ed_degree_fact(variety.default_metric)
    return None if fact is None else fact.value
