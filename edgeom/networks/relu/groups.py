"""Units of several outputs that have the same signs, and what remains of them after elimination.

In a cell the values at the data are Σ N_a S_aᵀ, with a matrix N_a (outputs, d) for each group of
units with the same signs, of the rank of their number, and S_a the data at which they are active. A
group whose N_a can be any matrix, by its number of units or of outputs, leaves no residual on the
span of S_a: it is *free*, and the others matter in the orthogonal complement only, where more of
them may be free. What remains couples by spans that are not orthogonal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np

from edgeom.networks.arrays import Array
from edgeom.networks.relu.cones import doubles
from edgeom.networks.relu.landscape import Search
from edgeom.objectives.matrices import null_space

__all__ = [
    "Group",
    "Part",
    "Pattern",
    "Undecided",
    "combined",
    "counted",
    "in_cell",
    "patterns",
    "rank_of",
    "split",
]

SMALL = 1e-9  # relative size of a number that has no sign
ON_BORDER = 1e-10  # and of one that is 0: no weights inside a cell have it


@dataclass(frozen=True, eq=False)
class Pattern:
    """The signs of a unit at the data.

    Attributes
    ----------
    signs : tuple of int
    frame : array (d, l)
        An orthonormal basis of the weights that have the zeros of these signs.
    values : array (samples, l)
        S: what units with these weights are at the data, 0 where they are not active.
    forms : array (forms, l)
        Linear forms that are positive on weights with these signs.
    most : int
        Units above this number add nothing.
    """

    signs: tuple[int, ...]
    frame: Array
    values: Array
    forms: Array
    most: int

    @property
    def zeros(self) -> list[int]:
        """The data at which the unit is zero."""
        return [i for i, sign in enumerate(self.signs) if not sign]


class Undecided(Exception):
    """A number is too near to 0 to have a sign, or weights were not found that may exist.

    Parameters
    ----------
    fitted : array (outputs, samples), optional
        The function that may be critical, if it is only one.
    """

    def __init__(self, fitted: Array | None = None) -> None:
        super().__init__()
        self.fitted = fitted


Group = tuple[Pattern, int]  #: a pattern, and how many units have it


@dataclass(frozen=True, eq=False)
class Part:
    """A group in the complement of what was eliminated before it.

    Attributes
    ----------
    number : int
        Of the group.
    base : array (samples, r)
        U: an orthonormal basis of the span of what is left of S.
    slopes : array (r, l)
        T with U T = what is left of S.
    rank : int
        Number of units.
    is_moving : bool
        Whether its contribution, or the way in which units share it, is not determined by N.
    """

    number: int
    base: Array
    slopes: Array
    rank: int
    is_moving: bool

    @property
    def size(self) -> int:
        """r, the columns of the matrix that is left."""
        return int(self.base.shape[1])

    def weights(self, pattern: Pattern, rows: Array, rng: np.random.Generator) -> Array | None:
        """Return weights (l, units) in the cell whose images T v are in the span of rows (k, r).

        None where there are none.

        Raises
        ------
        Undecided
            Doubles do not tell.
        """
        lifted = np.linalg.pinv(self.slopes, rcond=SMALL) @ rows.T
        ways = np.linalg.qr(lifted)[0] if lifted.size else lifted
        return in_cell(pattern, np.column_stack([ways, self.still]), self.rank, rng)

    @property
    def still(self) -> Array:
        """The weights (l, k) that do not matter, as columns."""
        return null_space(self.slopes, SMALL)


def in_cell(pattern: Pattern, ways: Array, count: int, rng: np.random.Generator) -> Array | None:
    """Return so many combinations (l, count) of directions (l, k) that have the signs of a pattern.

    They are independent where they can be. None where there are none.

    Raises
    ------
    Undecided
        Doubles do not tell.
    """
    forms = pattern.forms @ ways
    if not ways.shape[1]:
        return None
    if ways.shape[1] == 1:
        side = np.sign(forms[:, 0].sum())
        least = float((side * forms[:, 0]).min()) / float(np.linalg.norm(ways))
        if ON_BORDER < least <= SMALL or -SMALL <= least < -ON_BORDER:
            raise Undecided
        return None if least <= SMALL else np.asarray(side * ways @ np.ones((1, count)))
    y = central(forms)
    return None if y is None else ways @ spread(forms, y, count, rng)


def central(forms: Array) -> Array | None:
    """Return the y of length 1 at which the least of linear forms (many, k) is largest.

    None where no y makes all of them positive. The shortest y with forms of 1 at least is a
    problem of nonnegative least squares (Lawson and Hanson, *Solving least squares problems*,
    chapter 23).

    Examples
    --------
    >>> central(np.array([[1.0, 0.0], [0.0, 1.0]])).round(3)
    array([0.707, 0.707])
    >>> central(np.array([[1.0, 0.0], [-1.0, 0.0]])) is None
    True
    """
    sizes = np.linalg.norm(forms, axis=1)
    if not np.all(sizes > SMALL):
        return None
    matrix = np.vstack([(forms / sizes[:, None]).T, np.ones(len(forms))])
    wanted = np.eye(len(matrix))[-1]
    gap = wanted - matrix @ _nonnegative(matrix, wanted)
    margin = gap[-1] / (np.linalg.norm(gap[:-1]) or 1.0)
    if np.linalg.norm(gap) <= SMALL or margin <= SMALL:
        return None
    y = -gap[:-1] / np.linalg.norm(gap[:-1])
    return y if (forms @ y > 0).all() else None


def _nonnegative(matrix: Array, wanted: Array) -> Array:
    """Return the x ≥ 0 with the least ‖matrix x - wanted‖."""
    x = np.zeros(matrix.shape[1])
    used = np.zeros(len(x), bool)
    for _ in range(10 * len(x)):
        slope = np.where(used, -np.inf, matrix.T @ (wanted - matrix @ x))
        new = int(slope.argmax())
        if slope[new] <= 1e-13:
            break
        used[new] = True
        while True:
            best = np.zeros(len(x))
            best[used] = np.linalg.lstsq(matrix[:, used], wanted, rcond=None)[0]
            if best[used].min() > 0:
                break
            low = used & (best <= 0)
            share = float(np.min(x[low] / (x[low] - best[low]), initial=1.0))
            x = x + share * (best - x)
            x[low & (x <= 1e-14)] = 0
            used &= x > 0
            if not used.any():
                return x
        x = best
    return x


def spread(forms: Array, y: Array, count: int, rng: np.random.Generator) -> Array:
    """Return points near y (k, count) at which all forms are positive, independent if possible."""
    room = float((forms @ y / np.linalg.norm(forms, axis=1)).min(initial=1.0))
    moves = rng.normal(size=(len(y), count))
    moves *= rng.uniform(0.3, 0.9) * room / np.linalg.norm(moves, axis=0)
    return np.asarray(y[:, None] + moves)


def patterns(search: Search, outputs: int, boundaries: bool) -> list[Pattern]:
    """Return the patterns of units that are active somewhere."""
    x = np.array([doubles(point) for point in search.points])
    sizes = np.linalg.norm(x, axis=1)
    out = []
    for signs in search.cells + (search.faces if boundaries else []):
        if max(signs) <= 0:
            continue
        frame = np.linalg.qr(np.array([doubles(row) for row in search.basis(signs)]).T)[0]
        values = np.where(np.array(signs)[:, None] > 0, x @ frame, 0)
        kept = [i for i, sign in enumerate(signs) if sign and sizes[i]]
        forms = np.array([signs[i] * (x[i] @ frame) / sizes[i] for i in kept])
        out.append(Pattern(signs, frame, values, forms, min(outputs, rank_of(values))))
    return out


def rank_of(matrix: Array) -> int:
    """Return the rank of a matrix of doubles."""
    sizes = np.linalg.svd(matrix, compute_uv=False)
    return int(np.sum(sizes > SMALL * sizes.max(initial=0)))


def span_of(matrix: Array) -> Array:
    """Return an orthonormal basis of the span of the columns of a matrix of doubles."""
    left, sizes, _ = np.linalg.svd(matrix, full_matrices=False)
    return np.asarray(left[:, sizes > SMALL * sizes.max(initial=0)])


def combined(known: Sequence[Pattern], units: int) -> Iterator[tuple[Group, ...]]:
    """Yield all groups of so many units."""
    for chosen in combinations_with_replacement(range(len(known)), units):
        counted = {k: chosen.count(k) for k in chosen}
        if all(count <= known[k].most for k, count in counted.items()):
            yield tuple((known[k], count) for k, count in counted.items())


def counted(known: Sequence[Pattern], hidden: int) -> int:
    """Return how many combinations of at most so many units there are."""
    ways = [1] + [0] * hidden  # by the number of units
    for pattern in known:
        most = min(pattern.most, hidden)
        ways = [sum(ways[max(0, k - most) : k + 1]) for k in range(hidden + 1)]
    return sum(ways)


def split(combination: tuple[Group, ...], outputs: int) -> tuple[list[Part], list[list[Part]]]:
    """Return the free parts in the order of elimination, and sets of others that couple."""
    n = len(combination[0][0].signs) if combination else 0
    projection, left = np.eye(n), list(range(len(combination)))
    free: list[Part] = []
    parts: list[Part] = []
    while True:
        parts = [_part(combination[a], a, projection) for a in left]
        chosen = next((p for p in parts if p.rank >= min(outputs, p.size)), None)
        if chosen is None:
            break
        free.append(chosen)
        left.remove(chosen.number)
        projection = projection - chosen.base @ chosen.base.T
    coupled: list[list[Part]] = []
    for part in parts:
        near = [c for c in coupled if any(np.abs(p.base.T @ part.base).max() > SMALL for p in c)]
        coupled = [c for c in coupled if c not in near] + [[*(p for c in near for p in c), part]]
    return free, coupled


def _part(group: Group, number: int, projection: Array) -> Part:
    pattern, units = group
    rest = projection @ pattern.values
    left, sizes, right = np.linalg.svd(rest, full_matrices=False)
    rank = int(np.sum(sizes > SMALL * np.linalg.norm(pattern.values)))
    moving = units > 1 or rank < rank_of(pattern.values)
    return Part(number, left[:, :rank], sizes[:rank, None] * right[:rank], units, moving)
