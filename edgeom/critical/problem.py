"""Distance problems: a variety, a metric and data, and all their critical points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgeom.arrays import numbers, real_numbers
from edgeom.certification.certificate import Certificate, certify
from edgeom.critical.account import evidence_of, missing, only_smooth
from edgeom.critical.candidates import Candidates
from edgeom.critical.describe import describe
from edgeom.critical.points import CriticalPoints
from edgeom.equations.critical import CriticalEquations, critical_equations
from edgeom.equations.system import PolynomialSystem
from edgeom.errors import (
    DegenerateDataError,
    IncompleteError,
    InputError,
    check_size,
    keywords_checked,
)
from edgeom.evidence import Evidence
from edgeom.homotopy.monodromy import Progress
from edgeom.objectives.metric import Metric
from edgeom.solvers.base import Backend
from edgeom.solvers.fibers import find_fibers
from edgeom.solvers.generic import Fiber
from edgeom.solvers.native import Solutions, solve_at
from edgeom.solvers.outside import SolvedFiber, reach, solve_fiber
from edgeom.solvers.registry import EMBEDDED, get_backend
from edgeom.varieties.base import Fact, Variety, metric_for
from edgeom.varieties.placed import Placed

__all__ = ["DistanceProblem", "known_count"]

Array = NDArray[Any]


class DistanceProblem:
    """The squared distance (x-q)ᵀ S (x-q) from data q to the points x of a variety.

    Parameters
    ----------
    variety : Variety
    metric : Metric, optional
        By default the variety's own, ``variety.default_metric``.
    data : array, optional
        The data point q, of the shape of the variety's points. Without it the problem is there
        for :meth:`at`, which puts data in.

    Raises
    ------
    InputError
        The metric or the data does not fit the variety.

    Examples
    --------
    >>> import numpy as np, edgeom as eg
    >>> V = eg.DeterminantalVariety(2, 2, rank=1)
    >>> points = eg.DistanceProblem(V, data=[[3, 0], [0, 1]]).critical_points()
    >>> len(points), points.nearest.point.round(6) + 0.0
    (2, array([[3., 0.],
           [0., 0.]]))
    """

    @keywords_checked
    def __init__(
        self, variety: Variety, metric: Metric | None = None, *, data: ArrayLike | None = None
    ) -> None:
        if not isinstance(variety, Variety):
            raise InputError(f"variety must be a Variety, got {type(variety).__name__}")
        self.variety = variety
        self.metric = metric_for(variety, metric)
        self._placed = Placed.of(variety, self.metric)
        self.data = None if data is None else variety.unflatten(self._coordinates(data))
        self._fibers: dict[int, tuple[Fiber, ...]] = {}
        self._solved: dict[tuple[int, Backend], SolvedFiber] = {}

    def _coordinates(self, data: ArrayLike) -> Array:
        q = self.variety.flatten(data, "data")
        q = q.astype(complex if np.iscomplexobj(q) else float)
        if self.variety.contains(data) and self.variety.is_singular(data):
            raise DegenerateDataError(
                f"the data is a singular point of {self.variety}: its critical points are not "
                "counted by the ED degree; move the data"
            )
        return q

    @classmethod
    @keywords_checked
    def from_data(cls, variety: Variety, X: ArrayLike, Y: ArrayLike) -> DistanceProblem:
        """Return the problem of the quadratic loss ‖MX - Y‖² on matrices M.

        Parameters
        ----------
        variety : Variety
            Of matrices with as many columns as X has rows.
        X : array (cols, samples)
            XXᵀ must be nonsingular.
        Y : array (rows, samples)

        Notes
        -----
        ‖MX - Y‖² = ‖(M - Q) X‖² + constant with Q = Y Xᵀ (X Xᵀ)⁻¹.
        """
        x, y = real_numbers(X, "X"), real_numbers(Y, "Y")
        rows, cols = variety.shape if len(variety.shape) == 2 else (0, 0)
        if x.ndim != 2 or x.shape[0] != cols or y.shape != (rows, x.shape[1]):
            raise InputError(
                f"X and Y must have shapes (cols, samples) and (rows, samples) for matrices of "
                f"shape {variety.shape}, got {x.shape} and {y.shape}"
            )
        metric = Metric.from_data(x, rows=variety.shape[0])
        return cls(variety, metric, data=np.linalg.solve(x @ x.T, x @ y.T).T)

    def at(self, data: ArrayLike) -> DistanceProblem:
        """Return the same problem for other data; generic fibres, one for each seed, are shared."""
        other = DistanceProblem(self.variety, self.metric, data=data)
        other._fibers, other._solved = self._fibers, self._solved
        return other

    @keywords_checked
    def critical_system(self, seed: int | None = None) -> PolynomialSystem:
        """Return the critical equations, with the data put in.

        Parameters
        ----------
        seed : int, optional
            Of a chart in random position; by default the plain chart, whose equations are short.
        """
        rng = None if seed is None else np.random.default_rng(seed)
        equations = critical_equations(self.variety.chart(rng), self.metric)
        return equations.system.at(equations.parameters(self._q))

    @property
    def _q(self) -> Array:
        if self.data is None:
            raise InputError("the problem has no data; use problem.at(data)")
        return self.variety.flatten(self.data)

    @keywords_checked
    def critical_points(
        self,
        seed: int = 0,
        *,
        backend: str | Backend = EMBEDDED,
        raise_incomplete: bool = True,
        progress: Progress | None = None,
    ) -> CriticalPoints:
        """Compute all critical points, by monodromy and parameter homotopy.

        Parameters
        ----------
        seed : int
            Of the random numbers.
        backend : str or Backend
            The solver. "phcpack" solves for general data by PHCpack's polyhedral homotopies, in
            place of monodromy, and tracks the solutions to the data; `edgeom.backends()` lists
            what there is.
        raise_incomplete : bool
            Raise an error when points are missing or their number is not confirmed; otherwise
            return what was found.
        progress : callable, optional
            Called with (stage, done, total or None).

        Returns
        -------
        CriticalPoints

        Raises
        ------
        DegenerateDataError
            Critical points coincide, are singular or lie at infinity for this data.
        IncompleteError
            The number of critical points could not be confirmed, or paths were lost.
        BackendError
            Another solver than the embedded one is missing or broke down.
        """
        check_size(seed, "seed", 0)
        solver = get_backend(backend)
        q = self._q
        known = known_count(self.variety, self.metric)
        if not self.variety.chart().names:
            return self._single_point()
        if solver.name != EMBEDDED:
            return self._through(solver, q, known, seed, raise_incomplete, progress)
        fibers = self._found(seed, known, progress)
        total = sum(map(len, fibers))
        if raise_incomplete and not all(fiber.confirmed for fiber in fibers):
            checks = "; ".join(check for fiber in fibers for check in fiber.checks)
            raise IncompleteError(
                f"{total} critical points were found for general data, but their number is not "
                f"confirmed: {checks}. Try another seed, or raise_incomplete=False"
            )
        target = self._placed_for(q).inward(q)
        solutions = Solutions.joined(
            [solve_at(fiber, target, seed, progress=progress) for fiber in fibers]
        )
        evidence = evidence_of(fibers, solutions, known, seed)
        points = only_smooth(self._described(q, solutions.parts, total, evidence), raise_incomplete)
        if raise_incomplete and not points.complete:
            raise missing(points, solutions)
        return points

    def _found(self, seed: int, known: Fact | None, progress: Progress | None) -> tuple[Fiber, ...]:
        """Return the generic fibres, which are shared by problems with other data."""
        if seed not in self._fibers:
            self._fibers[seed] = find_fibers(
                self._placed.variety,
                self._placed.metric,
                seed,
                expected=None if known is None else known.value,
                stop=True,
                progress=progress,
            )
        return self._fibers[seed]

    @keywords_checked
    def certify(self, points: ArrayLike, seed: int = 0) -> Certificate:
        """Prove what can be proved of approximate critical points from anywhere.

        Parameters
        ----------
        points : array (points, *shape)
        seed : int
            Of the chart in random position in which the proofs are made.

        Returns
        -------
        Certificate
            Points that are no solutions are called so, repetitions are marked.

        Raises
        ------
        InputError
            The points have the wrong shape, or the variety has no chart with known coordinates,
            as for a parametrisation: there `critical_points().certify()` works.

        Examples
        --------
        >>> import edgeom as eg
        >>> V = eg.DeterminantalVariety(2, 2, rank=1)
        >>> problem = eg.DistanceProblem(V, data=[[3, 0], [0, 1]])
        >>> problem.certify([[[3, 0], [0, 0]], [[1, 1], [1, 1]]]).status
        ('certified', 'not a solution')
        """
        q, n = self._q, self.variety.ambient_dimension
        given = numbers(points, "points")
        if not given.ndim or not len(given) or given.shape[1:] != self.variety.shape:
            raise InputError(
                f"points must have shape (points, {', '.join(map(str, self.variety.shape))}) and "
                f"not be empty, got {given.shape}"
            )
        x = np.array([self.variety.flatten(point, "points") for point in given]).reshape(-1, n)
        placed = self._placed_for(q)
        found = Candidates.of(placed, placed.inward(x), placed.inward(q), seed)
        return certify(
            self.variety, self.metric, q, found.charts, found.chart, found.unknowns, placed=placed
        )

    def _placed_for(self, q: Array) -> Placed:
        """Return the problem in good coordinates."""
        return self._placed.for_data(q)

    def _described(
        self,
        q: Array,
        parts: Sequence[tuple[CriticalEquations, Array]],
        expected: int,
        evidence: Evidence,
    ) -> CriticalPoints:
        placed = self._placed_for(q)
        return describe(self.variety, self.metric, q, placed, parts, expected, evidence)

    def _through(
        self,
        solver: Backend,
        q: Array,
        known: Fact | None,
        seed: int,
        raise_incomplete: bool,
        progress: Progress | None,
    ) -> CriticalPoints:
        """Compute all critical points by another solver than the embedded one."""
        fiber = self._solved.get((seed, solver))
        if fiber is None:
            expected = None if known is None else known.value
            placed = self._placed
            fiber = solve_fiber(placed.variety, placed.metric, solver, seed, expected, progress)
            self._solved[seed, solver] = fiber
        if not fiber.confirmed and raise_incomplete:
            raise IncompleteError(
                f"{solver.title} found {len(fiber)} critical points for general data, but their "
                f"number is not confirmed: {fiber.check}. Try another seed, or "
                "raise_incomplete=False"
            )
        (reached,) = reach(fiber, self._placed_for(q).inward(q)[None], solver, seed, progress)
        name = f"{solver.title} {solver.availability().version}"
        reason = fiber.check if known is None else known.reason
        evidence = Evidence(
            method=solver.name,
            checks=(
                f"{len(fiber)} for general data: {reason}, and {name}",
                f"carried to this data by {name}, every end evaluated and polished by edgeom",
            ),
            seed=seed,
            paths=dict(reached.paths),
            residual=fiber.residual,
        )
        points = self._described(q, reached.parts, len(fiber), evidence)
        points = only_smooth(points, raise_incomplete)
        if raise_incomplete and not points.complete:
            kinds = {"regular": reached.last["success"], "singular": reached.at_end}
            ends = {kind: n for kind, n in kinds.items() if n} if reached.at_end else {}
            raise missing(points, Solutions([], {}, reached.attempts, ends))
        return points

    def _single_point(self) -> CriticalPoints:
        equations = critical_equations(self._placed.variety.chart(), self._placed.metric)
        u = np.zeros((1, 0), complex)
        evidence = Evidence("formula", checks=("the variety is a single point",))
        return self._described(self._q, [(equations, u)], 1, evidence)

    def __repr__(self) -> str:
        return f"DistanceProblem({self.variety!r}, {self.metric!r})"


def known_count(variety: Variety, metric: Metric) -> Fact | None:
    """Return the exact number of critical points for general data, where a theorem gives it."""
    fact = variety.ed_degree_fact(metric)
    if fact is None and metric.generic:
        fact = variety.generic_ed_degree_fact()
    return fact
