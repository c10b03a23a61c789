"""Witness sets of the zero set of polynomials, equation by equation.

A component of codimension k meets a general linear space x = b + A y of dimension k in as many
points as its degree; they are its witness points. In the linear spaces of dimensions 1, 2, ...,
each inside the next, the first k of a list of combinations g_1, g_2, ... of the equations are
solved. What solves all equations are witness points, or points on larger components; the others
are carried on: they lie on curves g_1 = ... = g_{k-1} = 0 in the next space, which are cut with
g_k by a homotopy from a product of d_k linear functions (the regenerative cascade of Hauenstein,
Sommese, Wampler, "Regenerative cascade homotopies for solving polynomial systems", Appl. Math.
Comput. 218 (2011)). The combinations are such that the points that are carried on are regular,
see :func:`edgeom.homotopy.solve.triangular_mix`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.errors import IncompleteError
from edgeom.homotopy.endgame import classify
from edgeom.homotopy.ends import EndKind, PathEnds
from edgeom.homotopy.monodromy import Monodromy
from edgeom.homotopy.pointset import PointSet
from edgeom.homotopy.solve import triangular_mix
from edgeom.homotopy.tape import Builder, Tape, Var
from edgeom.homotopy.trace_test import TraceTest
from edgeom.homotopy.tracker import PathTracker

__all__ = ["Cascade", "LinearSlice", "WitnessSet", "complex_normal"]

Array = NDArray[Any]
Equations = Callable[[list[Var]], Sequence[Any]]
TRIES = 4  # of a step in which a path is lost
APART = 1e-5  # relative distance below which singular ends are one point
FAR = 1e3  # singular ends farther away are not known well enough to tell what they are


@dataclass(frozen=True, eq=False)
class LinearSlice:
    """The solutions of combinations of equations on the linear spaces x = b + A y.

    Attributes
    ----------
    tracker : PathTracker
        Unknowns y. Parameters b, a linear function q of (y, 1), s and t: the last equation is
        q(y) + s ∏ ℓ_j(y) + t g(x), and g for (q, s, t) = (0, 0, 1).
    directions : array (n, k)
        A, with orthonormal columns.
    """

    tracker: PathTracker
    directions: Array

    @property
    def dimension(self) -> int:
        """Dimension of the linear spaces."""
        return int(self.directions.shape[1])

    def lift(self, y: Array, base: Array) -> Array:
        """Return the points x for y ``(points, k)``."""
        return np.asarray(base + y @ self.directions.T)

    def parameters(
        self, base: Array, q: Array | None = None, s: complex = 0, t: complex = 0
    ) -> Array:
        """Return the parameters of the tracker; without q, s and t those of the equations."""
        if q is None:
            q = np.zeros(self.dimension + 1)
            t = t if s else 1
        return np.concatenate([base, q, [s, t]]).astype(complex)


@dataclass(frozen=True, eq=False)
class WitnessSet:
    """Points of a zero set on a general linear space of complementary dimension.

    Attributes
    ----------
    slice : LinearSlice
    base : complex array (n,)
        b of the linear space.
    solutions : complex array (points, k)
        Witness points in coordinates y.
    multiplicity : int
        1 where the equations have full rank; of others the number of paths that end at a point.
    trace : TraceTest or None
        None for points, which are components of their own, and for multiple ones.
    """

    slice: LinearSlice
    base: Array
    solutions: Array
    multiplicity: int = 1
    trace: TraceTest | None = None

    @property
    def points(self) -> Array:
        """The witness points, ``(points, n)``."""
        return self.slice.lift(self.solutions, self.base)

    def __len__(self) -> int:
        return len(self.solutions)


@dataclass(eq=False)
class Cascade:
    """Finds the witness points of all codimensions.

    Parameters
    ----------
    equations : callable
        From x, values of a program, to the values of the equations, sorted by falling degree.
    degrees : sequence of int
        Of the equations.
    size : int
        Number of coordinates.
    on_set : callable
        From points ``(points, n)`` to whether they solve every equation.
    is_multiple : callable
        From a singular solution x and the directions A of a linear space through it to whether it
        is an isolated point of the zero set in this space, so that it lies on a multiple component.
    check : callable
        Called with the number of paths of a step before it is done.
    """

    equations: Equations
    degrees: Sequence[int]
    size: int
    on_set: Callable[[Array], NDArray[np.bool_]]
    is_multiple: Callable[[Array, Array], bool]
    check: Callable[[int], None]
    paths: Counter[str] = field(default_factory=Counter)
    doubtful: bool = False  #: whether a singular end that was left out is far away

    def run(self, rng: np.random.Generator) -> list[WitnessSet]:
        """Return the witness points of each codimension and multiplicity that occur.

        Other linear spaces are taken where a singular end is so far away that it is not clear what
        it is: a point of a multiple component may be.
        """
        for _ in range(TRIES):
            self.doubtful = False
            found = self._found(rng)
            if not self.doubtful:
                break
        return found

    def _found(self, rng: np.random.Generator) -> list[WitnessSet]:
        """Return the witness points on random linear spaces."""
        steps = min(len(self.degrees), self.size)
        self._prepare(steps, rng)
        found: list[WitnessSet] = []
        carried = np.zeros((1, 0), complex)
        for k in range(1, steps + 1):
            if not len(carried):
                break
            self.check(len(carried) * self.degrees[k - 1])
            sets, carried = self._step(k, carried, rng)
            found += sets
        return found

    def through(self, x: Array, codimension: int, rng: np.random.Generator) -> WitnessSet:
        """Return the witness points of the component of a smooth point, by monodromy.

        Raises
        ------
        IncompleteError
            Their trace does not become linear.
        """
        self._prepare(codimension, rng)
        self.base = x
        linear = complex_normal(rng, 1, codimension + 1)
        part = LinearSlice(self._tracker(codimension, linear, rng), self.frame[:, :codimension])

        def draw(rng: np.random.Generator) -> Array:
            size = 10 ** rng.uniform(-0.5, 2.5)
            return part.parameters(size * complex_normal(rng, 1, self.size)[0])

        def direction(rng: np.random.Generator) -> Array:
            return draw(rng) - part.parameters(np.zeros(self.size))

        search = Monodromy(part.tracker, lambda y: y, draw, direction, rng)
        seed = np.zeros(codimension, complex)
        solutions, trace, _ = search.component(seed, part.parameters(x))
        self.paths.update(search.paths)
        if trace is None or not trace.passed:
            raise IncompleteError(
                f"{len(solutions)} witness points of a component of codimension {codimension} were "
                "found, and their trace is not linear; try another seed"
            )
        return WitnessSet(part, x, solutions, trace=trace)

    def _prepare(self, steps: int, rng: np.random.Generator) -> None:
        """Draw the combinations and the linear spaces."""
        self.mix = triangular_mix(self.degrees, steps, rng)
        self.frame = np.linalg.qr(rng.normal(size=(self.size, self.size)))[0]
        self.base = complex_normal(rng, 1, self.size)[0]

    def _step(
        self, k: int, carried: Array, rng: np.random.Generator
    ) -> tuple[list[WitnessSet], Array]:
        """Cut with equation k; return the witness points and what is to be carried on."""
        for _ in range(TRIES):
            degree = self.degrees[k - 1]
            linear = complex_normal(rng, degree, k + 1)
            part = LinearSlice(self._tracker(k, linear, rng), self.frame[:, :k])
            ends = self._cut(part, carried, linear, rng)
            if ends is not None and ends.complete:
                break
        else:
            raise IncompleteError(
                f"paths to the points of codimension {k} were lost in {TRIES} attempts; "
                "try another seed"
            )
        self.paths["started"] += len(ends)
        self.paths.update(ends.counts())
        regular = ends.ends[ends.regular]
        on_set = self.on_set(part.lift(regular, self.base))
        singular = ends.ends[ends.kind == EndKind.SINGULAR]
        sets = self._multiple(part, singular)
        if on_set.any():
            sets.insert(0, WitnessSet(part, self.base, regular[on_set]))
        return sets, regular[~on_set]

    def _cut(
        self, part: LinearSlice, carried: Array, linear: Array, rng: np.random.Generator
    ) -> PathEnds | None:
        """Move the hyperplane y_k = 0 to each linear function, then to the equation."""
        here = np.zeros(part.dimension + 1, complex)
        here[-2] = 1
        y = np.concatenate([carried, np.zeros((len(carried), 1))], axis=1)
        begin = part.parameters(self.base, here)
        starts = []
        for q in linear:
            moved = part.tracker.carry(y, begin, part.parameters(self.base, q))
            if not moved.success.all():
                return None
            starts.append(moved.solutions)
        gamma = complex(np.exp(2j * np.pi * rng.random()))
        together = np.concatenate(starts)
        if len(_distinct(together)[0]) < len(together):
            return None
        start = part.parameters(self.base, None, gamma)
        return classify(part.tracker, together, start, part.parameters(self.base))

    def _multiple(self, part: LinearSlice, singular: Array) -> list[WitnessSet]:
        """Return the witness points of multiple components among singular ends."""
        points, paths = _distinct(singular)
        x = part.lift(points, self.base)
        on_set = self.on_set(x)
        kept = np.array(
            [s and self.is_multiple(p, part.directions) for s, p in zip(on_set, x, strict=True)],
            bool,
        )
        if (~kept & (np.abs(points).max(axis=1, initial=0) > FAR)).any():
            self.doubtful = True
        return [
            WitnessSet(part, self.base, points[kept & (paths == m)], int(m))
            for m in np.unique(paths[kept])
        ]

    def _tracker(self, k: int, linear: Array, rng: np.random.Generator) -> PathTracker:
        return PathTracker(self._tape(k, linear, rng), optimise=0, symmetric=False)

    def _tape(self, k: int, linear: Array, rng: np.random.Generator) -> Tape:
        """Return the first k combinations on the linear spaces, see :class:`LinearSlice`."""
        b = Builder()
        y, p = b.inputs("u", k), b.inputs("p", self.size + k + 3)
        base, q, (s, t) = p[: self.size], p[self.size : -2], p[-2:]
        rows = self.frame[:, :k].tolist()
        x = [c + b.dot(row, y) for c, row in zip(base, rows, strict=True)]
        values = [b.lift(v) for v in self.equations(x)]
        combined = [b.dot(values, row) for row in self.mix[:k].tolist()]
        product = b.one
        for function in linear.tolist():
            product = product * (b.dot(function[:-1], y) + function[-1])
        last = b.dot(q[:-1], y) + q[-1] + s * product + t * combined[-1]
        mixed = np.linalg.qr(rng.normal(size=(k, k)))[0].tolist()
        return b.finish({"F": [b.dot([*combined[:-1], last], row) for row in mixed]})


def _distinct(points: Array) -> tuple[Array, NDArray[np.int64]]:
    """Return distinct points, and how often each occurs."""
    known = PointSet(points.shape[1], APART, floor=1.0)
    numbers = known.add(points)
    return known.points, np.bincount(numbers, minlength=len(known))


def complex_normal(rng: np.random.Generator, *shape: int) -> Array:
    """Return independent complex normal numbers."""
    return np.asarray((rng.normal(size=shape) + 1j * rng.normal(size=shape)) / 2**0.5)
