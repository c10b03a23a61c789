"""Which combinations of patterns can have critical points, decided for many at once.

At a critical point each unit gives linear equations for the residual r: Σ r_i x_i·d = 0 over the
data at which it is active, for the directions d in which it keeps its zeros. The data where all
solutions of these equations, of all units together, are 0 is *fitted*: there the network has the
values y_i. Where no unit is active it is 0, and r_i = -y_i. Hence

* a unit that is zero at fitted data has equations for more directions: with zeros Z, where the data
  is linearly independent, there are a_i with Σ_active r_i x_i = Σ_Z a_i x_i, and a_i is between 0
  and -r_i since no one-sided derivative is negative;
* where all active units have the same sign and the data is fitted, so has y_i;
* a unit that is zero where no unit is active would lower the loss unless its sign is not that of
  y_i: half the derivative is -s y_i relu(x_i·δ);
* a unit has the values y_i itself at fitted data where no other one is active, and its signs: a
  linear program for each unit and each set of such data.

What is left over is decided combination by combination. Ranks are found modulo a prime, which never
makes them larger.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from itertools import chain, combinations, islice
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.errors import InputError
from edgeom.networks.relu.cones import dot, inside, rational, solved
from edgeom.networks.relu.landscape import Combination, Search

__all__ = ["MOST", "Sieve"]

MOST = 3_000_000  # combinations of patterns that are looked at
PRIME = 2**31 - 1
BLOCK = 50_000  # combinations at a time

Ints = NDArray[np.int64]


class Sieve:
    """The combinations of units of a search that may have critical points.

    Parameters
    ----------
    search : Search
    boundaries : bool
        With units that are zero at some data.

    Raises
    ------
    InputError
        There are too many combinations.
    """

    def __init__(self, search: Search, boundaries: bool) -> None:
        self.search = search
        self.units = search.interior + (search.boundary if boundaries else [])
        sizes = range(search.hidden + 1)
        self.count = sum(comb(len(self.units), k) for k in sizes)
        if self.count > MOST:
            hint = "; boundaries=False looks at open cells only" if boundaries else ""
            raise InputError(
                f"{search.hidden} units and {len(search.points)} data points have {self.count:,} "
                f"combinations of patterns, the limit is {MOST:,}{hint}"
            )
        self.active = self._masks([unit.active for unit in self.units])
        self.sign = np.array([unit.sign for unit in self.units], np.int64)
        self.zeros = self._masks([self._free_zeros(unit.signs) for unit in self.units])
        above = self._masks([[i for i, y in enumerate(search.values) if y > 0]])[0]
        below = self._masks([[i for i, y in enumerate(search.values) if y < 0]])[0]
        self.same = np.where(self.sign > 0, above, below)  # data with the sign of each unit
        self.above, self.below = above, below
        self.patterns = list(dict.fromkeys(unit.signs for unit in self.units))
        place = {signs: k for k, signs in enumerate(self.patterns)}
        self.pattern = np.array([place[unit.signs] for unit in self.units], np.int64)
        self.kinks = self._masks([self._free_zeros(signs) for signs in self.patterns])
        self._blocks: dict[tuple[int, int], Ints] = {}
        self._fits: dict[tuple[int, int], bool] = {}
        self._known: dict[tuple[int, ...], int] = {}

    def __iter__(self) -> Iterator[tuple[Combination, int | None]]:
        """Yield what may have critical points, with the data that it covers where all is fitted."""
        for k in range(self.search.hidden + 1):
            every = combinations(range(len(self.units)), k)
            while block := list(islice(every, BLOCK)):
                chosen = np.array(block, np.int64).reshape(len(block), k)
                covered, fitted, possible = self._judged(chosen)
                for i in np.flatnonzero(possible).tolist():
                    units = tuple(self.units[j] for j in block[i])
                    yield units, int(covered[i]) if fitted[i] == covered[i] else None

    def _judged(self, chosen: Ints) -> tuple[Ints, Ints, NDArray[np.bool_]]:
        """Return where some unit is active, what of that is fitted, and whether that can be."""
        count, k = chosen.shape
        active, sign = self.active[chosen], self.sign[chosen]
        covered = np.bitwise_or.reduce(active, axis=1, initial=0)
        fitted = self._fitted(np.sort(self.pattern[chosen], axis=1), covered)
        plus = np.bitwise_or.reduce(np.where(sign > 0, active, 0), axis=1, initial=0)
        minus = np.bitwise_or.reduce(np.where(sign < 0, active, 0), axis=1, initial=0)
        wrong = (plus & ~minus & ~self.above) | (minus & ~plus & ~self.below)
        lowers = self.zeros[chosen] & ~covered[:, None] & self.same[chosen]
        possible = ((wrong & fitted) == 0) & ~lowers.any(axis=1)
        for j in range(k):
            others = [active[:, i] for i in range(k) if i != j]
            own = active[:, j] & fitted
            own &= ~reduce(np.bitwise_or, others, np.zeros(count, np.int64))
            rows = np.flatnonzero(possible)
            pairs = zip(chosen[rows, j].tolist(), own[rows].tolist(), strict=True)
            possible[rows] = [self._fit(*pair) for pair in pairs]
        return covered, fitted, possible

    def _fit(self, number: int, data: int) -> bool:
        """Whether a unit can have the values y_i at some of its active data."""
        key = number, data
        if key not in self._fits:
            self._fits[key] = self._fits_exactly(number, data)
        return self._fits[key]

    def _fits_exactly(self, number: int, data: int) -> bool:
        search, unit = self.search, self.units[number]
        here = [i for i in range(len(search.points)) if data >> i & 1]
        zeros = [i for i, sign in enumerate(unit.signs) if not sign]
        space = solved(
            [search.points[i] for i in [*here, *zeros]],
            [*(unit.sign * search.values[i] for i in here), *[rational(0)] * len(zeros)],
            search.count,
        )
        forms = [
            [sign * v for v in x]
            for sign, x in zip(unit.signs, search.points, strict=True)
            if sign and any(x)
        ]
        return space is not None and inside(space, forms) is not None

    def _fitted(self, patterns: Ints, covered: Ints) -> Ints:
        """Return the data where the equations of units with these patterns make the residual 0."""
        if not patterns.shape[1]:
            return covered
        different, first, place = np.unique(
            patterns, axis=0, return_index=True, return_inverse=True
        )
        keys = list(map(tuple, different.tolist()))
        new = np.array([i for i, key in enumerate(keys) if key not in self._known], np.int64)
        if len(new):
            found = self._solved(different[new], covered[first[new]])
            self._known.update(zip([keys[i] for i in new.tolist()], found.tolist(), strict=True))
        known = np.array([self._known[key] for key in keys], np.int64)
        return np.asarray(known[place.ravel()])

    def _solved(self, patterns: Ints, covered: Ints) -> Ints:
        """Return the fitted data, from equations that grow with it."""
        n = len(self.search.points)
        fitted = np.zeros(len(patterns), np.int64)
        going = np.arange(len(patterns))
        while len(going):
            before = fitted[going]
            matrices = self._matrices(patterns[going], before)
            ranks = _ranks(matrices)
            now = np.where(ranks == np.bitwise_count(covered[going]), covered[going], before)
            rest = np.flatnonzero(now != covered[going])
            for i in range(n):
                open_ = rest[(covered[going][rest] >> i & 1 == 1) & (before[rest] >> i & 1 == 0)]
                without = matrices[open_].copy()
                without[:, :, i] = 0
                now[open_[_ranks(without) < ranks[open_]]] |= 1 << i
            fitted[going] = now
            kinks = np.bitwise_or.reduce(self.kinks[patterns[going]], axis=1, initial=0)
            going = going[(now != before) & (now != covered[going]) & ((now & kinks) != 0)]
        return fitted

    def _matrices(self, patterns: Ints, fitted: Ints) -> Ints:
        """Return the equations of units modulo the prime, those at fitted data with more rows."""
        kept = self.kinks[patterns] & ~fitted[:, None]
        codes = patterns << len(self.search.points) | kept
        different, place = np.unique(codes, return_inverse=True)
        blocks = np.array([self._block(code) for code in different.tolist()], np.int64)
        stacked = blocks[place.reshape(codes.shape)]
        return np.asarray(stacked.reshape(len(patterns), -1, stacked.shape[-1]))

    def _block(self, code: int) -> Ints:
        """Return the equations of a pattern that keeps some of its zeros, filled up with zeros."""
        search, n = self.search, len(self.search.points)
        number, kept = code >> n, code & ((1 << n) - 1)
        if (number, kept) not in self._blocks:
            signs = self.patterns[number]
            zeros = signs
            if self.kinks[number]:
                zeros = tuple(0 if kept >> i & 1 else 1 for i in range(n))
            rows = [
                [
                    _residue(dot(x, d)) if s > 0 else 0
                    for x, s in zip(search.points, signs, strict=True)
                ]
                for d in search.basis(zeros)
            ]
            rows += [[0] * n] * (search.count - len(rows))
            self._blocks[number, kept] = np.array(rows, np.int64)
        return self._blocks[number, kept]

    def _free_zeros(self, signs: tuple[int, ...]) -> list[int]:
        """Return the zeros of a unit, if the data there are linearly independent."""
        zeros = [i for i, sign in enumerate(signs) if not sign]
        independent = len(self.search.basis(signs)) == self.search.count - len(zeros)
        return zeros if independent else []

    @staticmethod
    def _masks(sets: list[list[int]]) -> Ints:
        return np.array([sum(1 << i for i in chain(one)) for one in sets], np.int64)


def _residue(value: Any) -> int:
    """Return a rational number modulo the prime."""
    return int(value.p) * pow(int(value.q), -1, PRIME) % PRIME


def _ranks(matrices: Ints) -> Ints:
    """Return the ranks of matrices (many, rows, columns) modulo the prime."""
    left = matrices.copy()
    many = np.arange(len(left))
    rank = np.zeros(len(left), np.int64)
    for column in range(left.shape[2]):
        usable = (left[:, :, column] != 0) & (np.arange(left.shape[1]) >= rank[:, None])
        found = usable.any(axis=1)
        pivot = np.where(found, usable.argmax(axis=1), np.minimum(rank, left.shape[1] - 1))
        to = np.minimum(rank, left.shape[1] - 1)
        row = left[many, pivot].copy()
        left[many, pivot] = left[many, to]
        left[many, to] = row
        factors = np.where(np.arange(left.shape[1]) > to[:, None], left[:, :, column], 0)
        factors[~found] = 0
        scale = np.where(found, row[:, column], 1)[:, None, None]
        changed = (left * scale - factors[:, :, None] * row[:, None, :]) % PRIME
        left = np.where((factors != 0)[:, :, None], changed, left)
        rank += found
    return rank
