"""Syzygies of polynomials f_1, ..., f_s: b_1, ..., b_s with b_1 f_1 + ... + b_s f_s = 0.

They are what makes more equations than the codimension cut out a set of the right dimension, and
they prove that a point is on it. Let N f be as many combinations as the codimension, B a matrix
whose rows are syzygies, and x a point with N f(x) = 0. Then f(x) is in the kernel of the matrix
[N; B(x)], and if that has full column rank, f(x) = 0. Near a smooth point of the set, at which the
equations generate its ideal, there are always enough syzygies: docs/explanation/certification.md.

They are found degree by degree, by linear algebra over the rational numbers. Of the syzygies of one
degree those are left out whose leading term is a multiple of an earlier one's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.errors import EdgeomError, InputError
from edgeom.homotopy.tape import Builder
from edgeom.varieties.polynomials import Polynomials

__all__ = ["Polynomial", "Syzygies", "exact_polynomials", "find_syzygies"]

Array = NDArray[Any]
Term = tuple[int, ...]
Polynomial = dict[Term, Fraction]  #: the coefficients by the exponents
Column = tuple[Term, int]  #: a term of one of the cofactors
LARGEST = 1_000_000  # entries of a linear system
ROUNDING = 1e-10  # relative changes of points that do not matter
KNOWN = 1e-3  # entries that change more by them, relatively, are zero
RANK = 1e-7  # singular values below it, relatively, are zero


@dataclass(frozen=True, eq=False)
class Syzygies:
    """Syzygies of polynomials, verified by exact arithmetic when the object is made.

    Attributes
    ----------
    equations : tuple of dict
        Polynomials with rational coefficients, by exponents.
    rows : tuple of dict
        Of each syzygy the cofactors that are not zero, by the number of the equation.

    Raises
    ------
    EdgeomError
        A row is not a syzygy.

    Examples
    --------
    >>> x, y = {(1, 0): Fraction(1)}, {(0, 1): Fraction(1)}
    >>> Syzygies((x, y), ({0: y, 1: {(1, 0): Fraction(-1)}},)).degree
    1
    >>> Syzygies((x, y), ({0: y, 1: x},))
    Traceback (most recent call last):
    edgeom.errors.EdgeomError: row 1 is not a syzygy of the equations
    """

    equations: tuple[Polynomial, ...]
    rows: tuple[dict[int, Polynomial], ...]

    def __post_init__(self) -> None:
        for number, row in enumerate(self.rows, 1):
            total: Counter[Term] = Counter()
            for j, cofactor in row.items():
                for a, b in cofactor.items():
                    for term, value in self.equations[j].items():
                        total[_times(a, term)] += b * value  # type: ignore[assignment]
            if any(total.values()):
                raise EdgeomError(f"row {number} is not a syzygy of the equations")

    @property
    def degree(self) -> int:
        """The largest degree of a cofactor."""
        return max((sum(a) for row in self.rows for b in row.values() for a in b), default=0)

    def matrix(self, x: Sequence[Any]) -> list[list[Any]]:
        """Return the cofactors at a point, one row for each syzygy, in any arithmetic."""
        terms: dict[Term, Any] = {}

        def value(term: Term) -> Any:
            if term not in terms:
                first = next(i for i, exponent in enumerate(term) if exponent)
                rest = (*term[:first], term[first] - 1, *term[first + 1 :])
                terms[term] = x[first] * value(rest) if any(rest) else x[first]
            return terms[term]

        def at(cofactor: Polynomial) -> Any:
            return sum(value(term) * c if any(term) else c for term, c in cofactor.items())

        columns = range(len(self.equations))
        return [[at(row[j]) if j in row else 0 for j in columns] for row in self.rows]

    def ranks(self, points: Array) -> NDArray[np.int64]:
        """Return the ranks of the matrices at points ``(points, n)``, up to rounding.

        Entries that the rounding of the points changes much are zero.
        """
        if not self.rows:
            return np.zeros(len(points), int)
        b = Builder()
        entries = self.matrix(b.inputs("x", points.shape[1]))
        tape = b.finish({"B": [b.lift(value) for row in entries for value in row]})
        size = np.abs(points).max(axis=1, keepdims=True)
        noise = np.random.default_rng(0).normal(size=points.shape)
        here, near = (tape.arrays(x=x)["B"] for x in (points, points + ROUNDING * size * noise))
        known = np.where(np.abs(near - here) < KNOWN * np.abs(here), here, 0)
        ranks = []
        for matrix in known.reshape(len(points), len(self.rows), -1):
            for axis in (1, 0):
                sizes = np.abs(matrix).max(axis=axis, keepdims=True)
                matrix = matrix / np.where(sizes > 0, sizes, 1)
            values = np.linalg.svd(matrix, compute_uv=False)
            ranks.append(int(np.sum(values > RANK * max(values[0], 1e-300))))
        return np.array(ranks)


def exact_polynomials(polynomials: Polynomials) -> tuple[Polynomial, ...]:
    """Return polynomials with their coefficients as fractions, as they are evaluated.

    Raises
    ------
    InputError
        A coefficient is not real.
    """
    from flint import Ordering, fmpq, fmpq_mpoly_ctx

    count = len(polynomials.variables)
    ring = fmpq_mpoly_ctx.get([f"x{i}" for i in range(1, count + 1)], Ordering.degrevlex)
    b = Builder()
    values = polynomials(b.inputs("x", count))
    tape = b.finish({"f": [b.lift(value) for value in values]})

    def constant(value: Any) -> Any:
        if isinstance(value, complex):
            raise InputError(f"{polynomials.texts} have coefficients that are not real")
        return ring.constant(fmpq(*value.as_integer_ratio()))

    expanded = tape.evaluate({"x": list(ring.gens())}, constant)["f"]
    return tuple(
        {tuple(map(int, a)): Fraction(int(c.p), int(c.q)) for a, c in f.to_dict().items()}
        for f in expanded
    )


def find_syzygies(equations: Sequence[Polynomial], points: Array, rank: int) -> Syzygies:
    """Return enough syzygies to have a given rank at points of the zero set.

    Parameters
    ----------
    equations : sequence of dict
    points : complex array (points, n)
    rank : int
        The number of equations minus the codimension: no more is possible at smooth points.

    Raises
    ------
    InputError
        The rank was reached at none of the points before the linear systems became too large.

    Examples
    --------
    >>> names = ["x^2 - y", "x*y - z", "x*z - y^2"]
    >>> curve = exact_polynomials(Polynomials(names, "x, y, z", "equation"))
    >>> found = find_syzygies(curve, np.array([[2.0, 4, 8]]), 1)
    >>> len(found.rows), found.degree
    (2, 1)
    """
    largest = sorted(map(_degree, equations), reverse=True)
    found, ranks = Syzygies(tuple(equations), ()), np.zeros(len(points), int)
    for degree in range(largest[-1], sum(largest[: points.shape[1] + 1]) + 1):
        more = _of_degree(found, degree)
        if more is None:
            break
        found, ranks = more, more.ranks(points)
        if (ranks >= rank).all():
            return found
    if not (ranks >= rank).any():
        raise InputError(
            f"their syzygies up to degree {found.degree} have rank {ranks.max(initial=0)} at "
            f"general points, and {rank} is needed"
        )
    return found


def _of_degree(found: Syzygies, degree: int) -> Syzygies | None:
    """Add the syzygies in which products have at most that degree, None if there are too many."""
    scaled = [_primitive(f) for f in found.equations]
    leading = [max(_columns_of(row), key=_order(scaled)) for row in found.rows]
    columns = [
        (a, j) for a, j in _columns(scaled, degree)
        if not any(i == j and all(x >= y for x, y in zip(a, b, strict=True)) for b, i in leading)
    ]  # fmt: skip
    products = [{_times(a, term): c for term, c in scaled[j].items()} for a, j in columns]
    blocks = _blocks(products)
    if any(len({t for k in block for t in products[k]}) * len(block) > LARGEST for block in blocks):
        return None
    rows = []
    for block in blocks:
        for vector in _kernel([products[k] for k in block]):
            row: dict[int, Polynomial] = {}
            for place, value in vector.items():
                a, j = columns[block[place]]
                row.setdefault(j, {})[a] = value * _factor(found.equations[j])
            rows.append(_normalised(row))
    return Syzygies(found.equations, (*found.rows, *rows))


def _blocks(products: list[dict[Term, int]]) -> list[list[int]]:
    """Return the numbers of polynomials that are connected by common terms, in ascending order.

    Equations that are homogeneous in several gradings have many small blocks.
    """
    owner: dict[Term, int] = {}
    blocks = {k: [k] for k in range(len(products))}
    block_of = list(range(len(products)))
    for k, product in enumerate(products):
        for term in product:
            one, other = block_of[k], block_of[owner.setdefault(term, k)]
            if one != other:
                small, large = sorted((one, other), key=lambda number: len(blocks[number]))
                for member in blocks[small]:
                    block_of[member] = large
                blocks[large] += blocks.pop(small)
    return [sorted(block) for block in blocks.values()]


def _kernel(products: list[dict[Term, int]]) -> Iterator[dict[int, int]]:
    """Yield the reduced basis of the linear relations of polynomials, integers by their numbers.

    Each has the last number that is not zero to itself.
    """
    from flint import fmpz_mat

    places: dict[Term, int] = {}
    for product in products:
        for term in product:
            places.setdefault(term, len(places))
    width = len(products)
    matrix = fmpz_mat(len(places), width)
    for j, product in enumerate(products):
        for term, value in product.items():
            matrix[places[term], j] = value
    reduced, denominator, rank = matrix.rref()
    pivots: list[int] = []
    for i in range(rank):
        start = pivots[-1] + 1 if pivots else 0
        pivots.append(next(j for j in range(start, width) if reduced[i, j] != 0))
    for free in sorted(set(range(width)) - set(pivots)):
        vector = {p: -int(reduced[i, free]) for i, p in enumerate(pivots) if reduced[i, free] != 0}
        vector[free] = int(denominator)
        divisor = gcd(*vector.values())
        yield {place: value // divisor for place, value in vector.items()}


def _columns(equations: Sequence[dict[Term, int]], degree: int) -> list[Column]:
    """Return the terms of cofactors with products of at most a degree, in a term order.

    Of homogeneous equations only products of exactly this degree count.
    """
    count = len(next(iter(equations[0])))
    homogeneous = all(len(set(map(sum, f))) == 1 for f in equations)
    columns = []
    for j, f in enumerate(equations):
        room = degree - _degree(f)
        for size in range(room if homogeneous else 0, room + 1):
            columns += [(a, j) for a in _terms(count, size)]
    return sorted(columns, key=_order(equations))


def _order(equations: Sequence[dict[Term, int]]) -> Callable[[Column], tuple[int, Term, int]]:
    degrees = [_degree(f) for f in equations]
    return lambda column: (sum(column[0]) + degrees[column[1]], *column)


def _columns_of(row: dict[int, Polynomial]) -> list[Column]:
    return [(a, j) for j, cofactor in row.items() for a in cofactor]


def _terms(count: int, degree: int) -> Iterator[Term]:
    """Yield all exponents of a degree."""
    if count == 1 and degree >= 0:
        yield (degree,)
    elif count > 1:
        for first in range(degree + 1):
            yield from ((first, *rest) for rest in _terms(count - 1, degree - first))


def _times(a: Term, b: Term) -> Term:
    return tuple(x + y for x, y in zip(a, b, strict=True))


def _degree(f: Mapping[Term, Any]) -> int:
    return max(map(sum, f))


def _factor(f: Polynomial) -> Fraction:
    """Return the factor that makes the coefficients integers without a common divisor."""
    values = f.values()
    return Fraction(lcm(*(c.denominator for c in values)), gcd(*(c.numerator for c in values)))


def _primitive(f: Polynomial) -> dict[Term, int]:
    return {term: int(value * _factor(f)) for term, value in f.items()}


def _normalised(row: dict[int, Polynomial]) -> dict[int, Polynomial]:
    """Multiply a row by a power of two: doubles neither overflow nor underflow."""
    size = max(abs(value) for cofactor in row.values() for value in cofactor.values())
    exponent = size.denominator.bit_length() - size.numerator.bit_length()
    scale = Fraction(2) ** exponent
    return {j: {a: value * scale for a, value in b.items()} for j, b in row.items()}
