"""The take-away table on bad local minima of linear networks.

For a quadratic loss there are none, nor for any smooth convex loss if the network is filling; both
are theorems. A network that is not filling can have them for other smooth convex losses.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from edgeom.errors import InputError, keywords_checked
from edgeom.networks.linear.laws import factory
from edgeom.networks.linear.network import LinearNetwork
from edgeom.networks.linear.study import BadMinimaStudy, Factory, bad_minima_study
from edgeom.results import need_pandas

__all__ = ["TakeAwayTable", "take_away_table"]


@dataclass(frozen=True, eq=False)
class TakeAwayTable:
    """Samples with bad local minima, by architecture and loss.

    Attributes
    ----------
    cells : tuple of tuples of BadMinimaStudy
        Rows: the filling network, the other one. Columns: the quadratic loss, the other losses.
    """

    cells: tuple[tuple[BadMinimaStudy, ...], ...]

    def to_pandas(self) -> Any:
        """Return the numbers of samples with a bad local minimum as a DataFrame.

        Raises
        ------
        InputError
            Pandas is not installed.
        """
        return need_pandas().DataFrame(
            [[cell.with_bad_minima for cell in row] for row in self.cells],
            index=[self._row_name(row[0]) for row in self.cells],
            columns=[cell.loss for cell in self.cells[0]],
        )

    @staticmethod
    def _row_name(cell: BadMinimaStudy) -> str:
        kind = "filling" if cell.network.filling else "not filling"
        return f"{kind}, widths {', '.join(map(str, cell.network.widths))}"

    @property
    def missed(self) -> int:
        """Samples with bad local minima, known from complete lists, that no descent met."""
        return sum(cell.missed for row in self.cells for cell in row)

    def __str__(self) -> str:
        rows = [["samples with a bad local minimum", *(cell.loss for cell in self.cells[0])]]
        for row in self.cells:
            counts = [f"{cell.with_bad_minima or 'none'} of {cell.samples}" for cell in row]
            rows.append([self._row_name(row[0]), *counts])
        widths = [max(len(row[j]) for row in rows) for j in range(len(rows[0]))]
        lines = [
            "   ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        return "\n".join([lines[0], "─" * max(map(len, lines)), *lines[1:]])

    __repr__ = __str__


@keywords_checked
def take_away_table(
    filling: Sequence[int] = (3, 3, 3),
    non_filling: Sequence[int] = (3, 1, 3),
    loss: str | Factory | Sequence[str | Factory] = "generic metric",
    samples: int = 100,
    seed: int = 0,
    *,
    descents: int = 3,
) -> TakeAwayTable:
    """Study the quadratic loss and another convex one in a filling and a non-filling network.

    Parameters
    ----------
    filling, non_filling : sequence of int
        Widths of the two networks.
    loss : str or callable, or several of them
        The other losses, such as ["power", "generic metric"]. Names are "generic metric", "power",
        "quartic", "ridge", "divergence", and "quadratic", as :func:`bad_minima_study` describes
        them. A function of a random generator that returns an objective is named in the table by
        its own name, a lambda by that of its objective.
    samples, seed, descents : int
        As in :func:`bad_minima_study`.

    Returns
    -------
    TakeAwayTable

    Raises
    ------
    InputError
        A network is not of its kind, or as in :func:`bad_minima_study`.

    Examples
    --------
    >>> print(take_away_table((2, 2, 2), (2, 1, 2), samples=10))
    samples with a bad local minimum   quadratic loss   squared distance, generic metric
    ────────────────────────────────────────────────────────────────────────────────────
    filling, widths 2, 2, 2            none of 10       none of 10
    not filling, widths 2, 1, 2        none of 10       6 of 10
    """
    for widths, kind in ((filling, True), (non_filling, False)):
        if LinearNetwork(widths).filling is not kind:
            raise InputError(
                f"a network of widths {tuple(widths)} is {'not ' * kind}filling: a network is "
                "filling if no inner layer is narrower than input and output"
            )
    several = isinstance(loss, Iterable) and not isinstance(loss, str)
    others: list[str | Factory] = list(loss) if several else [loss]  # type: ignore[arg-type, list-item]
    for each in others:
        factory(LinearNetwork(non_filling), each)  # what is no law is refused before any work
    return TakeAwayTable(
        tuple(
            tuple(
                bad_minima_study(widths, each, samples, seed, descents=descents)
                for each in ("quadratic", *others)
            )
            for widths in (filling, non_filling)
        )
    )
