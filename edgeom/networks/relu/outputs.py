"""Critical points of a ReLU network with several outputs.

For groups of units with the same signs the critical functions are those of matrices of given ranks
(:mod:`edgeom.networks.relu.groups`). In an open cell such a point is a local minimum if the Hessian
in the weights has no negative eigenvalue, and no more that vanish than there are families of
weights with the same function. On a face it has to be one along the face, and all one-sided
derivatives across it have to be positive. Units that are left over are dead, or idle, with output
weight 0: then the loss has a saddle, unless its gradient vanishes there. Numbers are doubles;
signs, eigenvalues and derivatives near 0 are undecided.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from edgeom.errors import InputError
from edgeom.networks.arrays import Array
from edgeom.networks.relu.cones import doubles, inside, rational, solved
from edgeom.networks.relu.faces import Rising
from edgeom.networks.relu.fitting import jacobian
from edgeom.networks.relu.groups import (
    SMALL,
    Pattern,
    Undecided,
    combined,
    counted,
    in_cell,
    patterns,
    span_of,
)
from edgeom.networks.relu.landscape import Search, Unit
from edgeom.networks.relu.several import Problem, Weights
from edgeom.networks.relu.sums import Ends, SumFamily
from edgeom.objectives.matrices import null_space

__all__ = ["MOST", "OutputPoint", "OutputSearch"]

MOST = 20_000  # combinations of patterns that are looked at
CRITICAL = 1e-7  # relative gradient of a critical point
ZERO = 1e-10  # relative size of an eigenvalue that vanishes


@dataclass(frozen=True, eq=False)
class OutputPoint:
    """Critical weights.

    Attributes
    ----------
    units : tuple of Unit
        Signs, and 1, or 0 for output weight 0; other units are dead.
    inner : array (units, d)
    outer : array (outputs, units)
    fitted : array (outputs, samples)
    is_minimum : bool
    is_isolated : bool
        Up to scales and permutations of units.
    on_boundary : bool
    """

    units: tuple[Unit, ...]
    inner: Array
    outer: Array
    fitted: Array
    is_minimum: bool
    is_isolated: bool
    on_boundary: bool


class OutputSearch:
    """The critical points of Σ ‖C relu(W x_i) - y_i‖².

    Parameters
    ----------
    search : Search
        The arrangement of the data, for one output.
    values : array (outputs, samples)
        Y.
    hidden : int
    boundaries : bool
        With local minima on the boundaries of cells.

    Raises
    ------
    InputError
        There are too many combinations of patterns.
    """

    def __init__(self, search: Search, values: Array, hidden: int, boundaries: bool) -> None:
        self.search, self.hidden, self.boundaries = search, hidden, boundaries
        self.scale = float(np.linalg.norm(values)) or 1.0
        self.y = values / self.scale
        self.x = np.array([doubles(point) for point in search.points])
        self.patterns = patterns(search, len(values), boundaries)
        self.count = counted(self.patterns, hidden)
        if self.count > MOST:
            hint = "; boundaries=False looks at open cells only" if boundaries else ""
            raise InputError(
                f"{hidden} units with {len(values)} outputs and {len(self.x)} data points have "
                f"{self.count:,} combinations of patterns, the limit is {MOST:,}{hint}"
            )
        self.undecided = 0
        self.doubtful: list[Array] = []  # functions that may be local minima
        self._idle: dict[bytes, list[tuple[Pattern, Array]]] = {}

    def bound(self) -> float:
        """Return the loss of networks with any number of units; no loss is below it."""
        frame = span_of(np.column_stack([pattern.values for pattern in self.patterns]))
        return float(np.linalg.norm(self.y - self.y @ frame @ frame.T) * self.scale) ** 2

    def points(self) -> Iterator[OutputPoint]:
        """Yield the critical points in open cells, and the local minima on their boundaries."""
        problems = [
            Problem(combination, self.y)
            for units in range(self.hidden + 1)
            for combination in combined(self.patterns, units)
        ]
        for problem, ends in zip(problems, self._solved(problems), strict=True):
            rng = np.random.default_rng(0)
            try:
                if problem.unsure(ends, rng):
                    raise Undecided
                choices = list(problem.solutions(ends, rng))
            except Undecided as error:
                self._leave(error)
                continue
            for matrices in choices:
                try:
                    yield from self._at(problem, matrices, rng)
                except Undecided as error:
                    self._leave(error)

    def _leave(self, error: Undecided) -> None:
        """Note what is undecided; a function that is known from elsewhere is no loss."""
        if error.fitted is None:
            self.undecided += 1
        else:
            self.doubtful.append(error.fitted)

    def _solved(self, problems: list[Problem]) -> list[dict[int, Ends]]:
        """Follow all paths, those of each family together."""
        members: dict[SumFamily, list[tuple[int, int]]] = {}
        for number, problem in enumerate(problems):
            for k, family in problem.families():
                members.setdefault(family, []).append((number, k))
        out: list[dict[int, Ends]] = [{} for _ in problems]
        for family, places in members.items():
            rows = np.array([problems[i].parameters(k, family) for i, k in places])
            for (i, k), ends in zip(places, family.solve(rows), strict=True):
                out[i][k] = ends
        return out

    def _at(
        self, problem: Problem, matrices: dict[int, Array], rng: np.random.Generator
    ) -> Iterator[OutputPoint]:
        """Yield the points with these matrices of the coupled parts of a combination."""
        weights = problem.weights(matrices, rng)
        if weights is None:
            return
        fitted = problem.fitted(weights)
        minimum = self._is_minimum(problem, weights, fitted)
        if not problem.on_boundary:
            yield from self._points(problem, weights, fitted, minimum)
        elif minimum:
            rising = Rising(problem, fitted, self.x)
            try:
                found = rising.weights(matrices, weights, rng)
            except Undecided:
                found, rising.is_near = None, True
            if found is not None:
                yield from self._points(problem, found, fitted, True)
            elif rising.is_near:  # such as the border of a flat family
                self.doubtful.append(fitted)

    def _is_minimum(self, problem: Problem, weights: Weights, fitted: Array) -> bool:
        """Whether the Hessian in the weights, along a face, says that there is a local minimum."""
        values = [pattern.values for pattern, _ in problem.groups]
        weights = weights.balanced(values)
        residual = fitted - self.y
        slopes = jacobian(values, weights.inner, weights.outer)
        if not slopes.size:
            return True
        size = float(np.linalg.norm(slopes, 2))
        if np.abs(slopes.T @ residual.ravel()).max() > CRITICAL * size:
            raise Undecided
        hessian = slopes.T @ slopes
        start = 0
        for s, v in zip(values, weights.inner, strict=True):
            cross = residual @ s
            for _ in range(v.shape[1]):
                o, d = cross.shape
                hessian[start : start + o, start + o : start + o + d] += cross
                hessian[start + o : start + o + d, start : start + o] += cross.T
                start += o + d
        eigenvalues = np.linalg.eigvalsh(hessian) / size**2
        if eigenvalues.min() < -ZERO:
            return False
        if int(np.sum(eigenvalues < ZERO)) > problem.still:
            raise Undecided
        return True

    def _points(
        self, problem: Problem, weights: Weights, fitted: Array, minimum: bool
    ) -> Iterator[OutputPoint]:
        """Yield critical weights, with the units that are left over where they can be."""
        units, inner, outer = [], [], []
        for (pattern, _), v, c in zip(problem.groups, weights.inner, weights.outer, strict=True):
            for j in range(v.shape[1]):
                units.append(Unit(pattern.signs, 1))
                inner.append(pattern.frame @ v[:, j])
                outer.append(self.scale * c[:, j])
        left = self.hidden - len(units)

        def point(
            is_minimum: bool, extra: list[tuple[Unit, Array, Array]], *, kink: bool = False
        ) -> OutputPoint:
            return OutputPoint(
                (*units, *(unit for unit, _, _ in extra)),
                np.array([*inner, *(w for _, w, _ in extra)]).reshape(-1, self.x.shape[1]),
                np.array([*outer, *(c for _, _, c in extra)]).reshape(-1, len(self.y)).T,
                fitted * self.scale,
                is_minimum,
                not left and problem.still == len(units),
                problem.on_boundary or kink,
            )  # fmt: skip

        if not left or self.search.can_die:
            yield point(minimum, [])
        elif minimum:
            shared = self._shared(problem, weights, fitted, left)
            zero = None if shared or not self.boundaries else self._at_zero(fitted)
            if shared:
                yield point(True, shared)
            elif zero is not None:
                unit = Unit((0,) * len(self.x), 1)
                yield point(True, [(unit, np.zeros(self.x.shape[1]), zero)] * left, kink=True)
        if left and not problem.on_boundary and (minimum or not self.search.can_die):
            for pattern, w in self._idle_units(fitted):
                idle = (Unit(pattern.signs, 0), w, np.zeros(len(self.y)))
                yield point(False, [idle] * left)

    def _shared(
        self, problem: Problem, weights: Weights, fitted: Array, left: int
    ) -> list[tuple[Unit, Array, Array]]:
        """Return units with output weight 0 and signs of others, where the loss is flat."""
        for (pattern, _), v in zip(problem.groups, weights.inner, strict=True):
            if np.abs((fitted - self.y) @ pattern.values).max() <= CRITICAL:
                w = pattern.frame @ v[:, 0]
                return [(Unit(pattern.signs, 1), w, np.zeros(len(self.y)))] * left
        return []

    def _at_zero(self, fitted: Array) -> Array | None:
        """Return c for which w = 0 is a local minimum, where no weights are inactive everywhere.

        Half the derivative in a direction δ is c·Σ r_i relu(x_i·δ), linear on the cells of the
        arrangement, which its rays span.
        """
        faces = self.search.faces
        rays = [row for signs in faces if len(row := self.search.basis(signs)) == 1]
        sides = [sign * np.array(doubles(row[0])) for row in rays for sign in (1, -1)]
        slopes = [(fitted - self.y) @ np.maximum(self.x @ ray, 0) for ray in sides]
        forms = [[rational(v) for v in slope] for slope in np.array(slopes).tolist() if any(slope)]
        space = solved([], [], len(self.y))
        c = None if space is None else inside(space, forms)
        return None if c is None else np.array(doubles(c), float)

    def _idle_units(self, fitted: Array) -> list[tuple[Pattern, Array]]:
        """Return open cells and weights w with Σ r_i (x_i·w) = 0 over active data, not for all."""
        key = np.round(fitted, 8).tobytes()
        if key not in self._idle:
            found = []
            for pattern in (p for p in self.patterns if not p.zeros):
                slope = (fitted - self.y) @ pattern.values
                if np.abs(slope).max() <= CRITICAL:
                    continue
                try:
                    ways = null_space(slope, SMALL)
                    w = in_cell(pattern, ways, 1, np.random.default_rng(0))
                except Undecided:
                    continue
                if w is not None:
                    found.append((pattern, pattern.frame @ w[:, 0]))
            self._idle[key] = found
        return self._idle[key]
