"""Critical points of the loss of a ReLU network: merged by their functions, least loss first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.networks.arrays import Array
from edgeom.networks.relu.cones import Vector, rational
from edgeom.networks.relu.landscape import Combination, Found, Search
from edgeom.networks.relu.ridge import RidgeSearch
from edgeom.networks.relu.sieve import Sieve

__all__ = ["ReluCriticalPoint", "ReluCriticalPoints", "collected", "penalised"]

EQUAL = 1e-9  # relative difference of losses that count as equal, with a penalty


@dataclass(frozen=True, eq=False)
class ReluCriticalPoint:
    """Critical weights with the same values at the data: a point, or a flat family.

    Those that are local minima are one item, and saddles with the same values are another one.

    Attributes
    ----------
    loss : float
        Σ (f(x_i) - y_i)², with the penalty if there is one.
    values : array (samples,)
        f(x_i).
    exact_loss : Fraction or None
        The loss exactly; None where there is a penalty.
    type : str
        "global minimum", "local minimum" or "saddle".
    is_isolated : bool
        Whether only scalings and permutations of units lead to other weights of this kind.
    dead : int
        Number of units of ``weights`` that are inactive at all data; with a penalty they are zero.
    on_boundary : bool
        Whether all these weights have a unit that is zero at some data.
    cells : tuple of tuples of Unit
        The signs of the units at the data, for cells that the family meets: all of them, unless it
        is flat and has the values y_i wherever units are active. Units that are left are dead or
        share one of these. For a saddle the last one is an idle unit, with sign 0, in each open
        cell that has one; further units may be idle, too.
    weights : list of arrays
        One of these weights.
    """

    loss: float
    values: Array
    exact_loss: Fraction | None
    type: str
    is_isolated: bool
    dead: int
    on_boundary: bool
    cells: tuple[Combination, ...]
    weights: list[Array]

    @property
    def is_minimum(self) -> bool:
        """Whether it is a local minimum, global or not."""
        return self.type != "saddle"

    @property
    def kind(self) -> str:
        """In words: isolated, flat, with dead units, on a boundary, or with an idle unit."""
        idle = self.dead or any(unit.sign == 0 for cell in self.cells for unit in cell)
        if self.type == "saddle" and idle:
            return "idle unit"
        words = "isolated" if self.is_isolated else "flat"
        if self.dead:
            words += f", {self.dead} dead unit{'s' * (self.dead > 1)}"
        return words + (", on a boundary" if self.on_boundary else "")

    @property
    def shown_loss(self) -> str:
        """The loss as text: a short fraction as it is, another number rounded."""
        exact = self.exact_loss
        short = exact is not None and exact.denominator < 10**4
        return str(exact) if short else f"{self.loss:.6g}"

    def __str__(self) -> str:
        return f"{self.type}, loss {self.shown_loss}: {self.kind}"

    __repr__ = __str__


@dataclass(frozen=True, eq=False)
class ReluCriticalPoints:
    """All critical points of the squared loss of a ReLU network on given data, least loss first.

    Attributes
    ----------
    items : tuple of ReluCriticalPoint
    combinations : int
        Combinations of activation patterns that were looked at.
    boundaries : bool
        Whether local minima on boundaries of cells are in the list.
    undecided : int
        Points, with a penalty or several outputs, of which doubles do not tell whether they are in
        their cell or minima, and combinations for which not all is known.
    """

    items: tuple[ReluCriticalPoint, ...]
    combinations: int
    boundaries: bool
    undecided: int = 0

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, i: int) -> ReluCriticalPoint:
        return self.items[i]

    def __iter__(self) -> Iterator[ReluCriticalPoint]:
        return iter(self.items)

    @property
    def complete(self) -> bool:
        """Whether nothing was left out: all open cells, and all minima on their boundaries."""
        return self.boundaries and not self.undecided

    @property
    def minima(self) -> tuple[ReluCriticalPoint, ...]:
        """The local minima, that of least loss first.

        With several outputs and several units there may be no global minimum.
        """
        return tuple(item for item in self.items if item.is_minimum)

    @property
    def bad_minima(self) -> tuple[ReluCriticalPoint, ...]:
        """Those that are not known to be global."""
        return tuple(item for item in self.items if item.type == "local minimum")

    @property
    def functions(self) -> int:
        """How many different values at the data the items have."""
        values = np.array([item.values.ravel() for item in self.items])
        size = EQUAL * float(np.abs(values).max(initial=0))
        return sum(
            not (np.abs(values[:i] - own).max(axis=1, initial=0) <= size).any()
            for i, own in enumerate(values)
        )

    def nearest(self, values: Sequence[float]) -> tuple[ReluCriticalPoint, float]:
        """Return the item whose values at the data are nearest to these, and their distance."""
        gaps = [float(np.linalg.norm(item.values - np.asarray(values))) for item in self.items]
        best = int(np.argmin(gaps))
        return self.items[best], gaps[best]

    def __str__(self) -> str:
        scope = (
            "complete: all open cells, and all local minima on their boundaries"
            if self.complete
            else f"{self.undecided} points or combinations of patterns are not decided"
            if self.undecided
            else "all open cells; local minima on boundaries were not looked for"
        )
        functions = self.functions
        lines = [
            f"{functions} critical functions, {len(self.minima)} of them local minima, in "
            f"{self.combinations} combinations of activation patterns",
            f"  {scope}",
        ]
        if twice := len(self.items) - functions:
            lines.append(f"  listed twice, some weights minima and others saddles: {twice}")
        if self.minima and self.minima[0].type != "global minimum":
            lines.append(
                "  weights that go to infinity may have less loss: no minimum is proved global"
            )
        rows = [(item.shown_loss, item.type, item.kind) for item in self.items]
        width = max((len(loss) for loss, _, _ in rows), default=0)
        lines += [f"  loss {loss:{width}s}  {kind:14s}  {words}" for loss, kind, words in rows]
        return "\n".join(lines)

    __repr__ = __str__


def collected(search: Search, boundaries: bool) -> ReluCriticalPoints:
    """Run a search, and merge minima and saddles with the same values at the data."""
    minima: dict[tuple[Any, ...], list[Found]] = {}
    saddles: dict[tuple[Any, ...], list[Found]] = {}
    sieve = Sieve(search, boundaries)
    settled: set[int] = set()
    for units, fits in sieve:
        if fits in settled:
            continue
        found = search.critical(units)
        if found is None:
            continue
        full = len(units) == search.hidden
        if full or search.can_die or units:  # other units are dead, or one is shared by several
            group = minima.setdefault(found.fitted, [])
            group.append(found)
            if fits is not None and _is_flat(search, group) and _inner(group):
                settled.add(fits)
        interior = not any(unit.on_boundary for unit in units)
        if not full and interior and (idle := search.idle(found)):
            saddles.setdefault(found.fitted, []).extend(idle)
    losses = {fitted: _loss(search, fitted) for fitted in (*minima, *saddles)}
    least = min((losses[fitted] for fitted in minima), default=None)
    items = [
        _item(search, group, losses[fitted], "global" if losses[fitted] == least else "local")
        for fitted, group in minima.items()
    ]
    items += [_item(search, group, losses[fitted], "") for fitted, group in saddles.items()]
    items.sort(key=lambda item: (item.exact_loss, item.type, item.values.tolist()))
    return ReluCriticalPoints(tuple(items), sieve.count, boundaries)


def penalised(search: Search, ridge: float, boundaries: bool) -> ReluCriticalPoints:
    """Run a search with a penalty, and sort what is found."""
    by_ridge, count = RidgeSearch(search, ridge), 0
    found = []
    for units in search.combinations(boundaries):
        count += 1
        if (point := by_ridge.critical(units)) is not None:
            found.append(point)
    found.sort(key=lambda point: point.loss)
    least = min((point.loss for point in found if point.is_minimum), default=0.0)
    items = []
    for point in found:
        missing = search.hidden - len(point.units)
        roots = [np.sqrt(np.linalg.norm(v)) for v in point.vectors]
        rows = [v / root for v, root in zip(point.vectors, roots, strict=True)]
        outer = [unit.sign * root for unit, root in zip(point.units, roots, strict=True)]
        scope = "global" if point.loss <= least * (1 + EQUAL) else "local"
        items.append(
            ReluCriticalPoint(
                loss=point.loss,
                values=point.fitted,
                exact_loss=None,
                type=f"{scope} minimum" if point.is_minimum else "saddle",
                is_isolated=missing == 0 or not point.units,
                dead=missing,
                on_boundary=any(unit.on_boundary for unit in point.units),
                cells=(point.units,),
                weights=[
                    np.array([*rows, *[np.zeros(search.count)] * missing]),
                    np.array([[*outer, *[0.0] * missing]]),
                ],
            )
        )
    return ReluCriticalPoints(tuple(items), count, boundaries, by_ridge.undecided)


def _loss(search: Search, fitted: tuple[Any, ...]) -> Fraction:
    total = rational(0)
    for f, y in zip(fitted, search.values, strict=True):
        total += (f - y) ** 2
    return _fraction(total)


def _item(search: Search, group: list[Found], loss: Fraction, scope: str) -> ReluCriticalPoint:
    inner = _inner(group)
    if search.can_die:
        chosen = min(inner or group, key=lambda f: (len(f.units), f.dimension))
    else:
        chosen = max(inner or group, key=lambda f: (len(f.units), -f.dimension))
    isolated = not _is_flat(search, group)
    return ReluCriticalPoint(
        loss=float(loss),
        values=np.array([float(_fraction(value)) for value in chosen.fitted]),
        exact_loss=loss,
        type=f"{scope} minimum" if scope else "saddle",
        is_isolated=isolated and bool(scope),
        dead=search.hidden - len(chosen.vectors) if search.can_die else 0,
        on_boundary=not inner,
        cells=tuple((*f.units, *([f.idle] if f.idle else [])) for f in group),
        weights=_weights(search, chosen),
    )


def _inner(group: list[Found]) -> list[Found]:
    """Return those that are in open cells."""
    return [f for f in group if not any(unit.on_boundary for unit in f.units)]


def _is_flat(search: Search, group: list[Found]) -> bool:
    """Whether critical points with the same values are not isolated."""
    return any(f.dimension > 0 or len(f.units) < search.hidden for f in group)


def _weights(search: Search, found: Found) -> list[NDArray[np.float64]]:
    """Return weights: output weights ±1, and units that are left are dead, shared or zero."""
    rows: list[Vector] = list(found.vectors)
    outer = [unit.sign for unit in found.units] + ([0] if found.idle else [])
    missing = search.hidden - len(rows)
    if missing and not found.idle and not search.can_die and rows:
        share = rational(Fraction(1, missing + 1))
        rows = [*rows[:-1], *([value * share for value in rows[-1]] for _ in range(missing + 1))]
        outer += outer[-1:] * missing
    else:
        dead = search.dead_point()
        rows += [dead] * missing
        outer += [0] * missing
    first = [[float(_fraction(value)) for value in row] for row in rows]
    return [np.array(first), np.array([outer], float)]


def _fraction(value: Any) -> Fraction:
    return Fraction(int(value.p), int(value.q))
