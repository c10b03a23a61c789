"""Critical problems: a variety, an objective and its data, and all their critical points."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgeom.arrays import numbers
from edgeom.certification.certificate import Certificate, certify
from edgeom.critical.account import evidence_of, missing, only_smooth, with_multiple
from edgeom.critical.candidates import Candidates, coordinates_of
from edgeom.critical.describe import describe
from edgeom.critical.exchange import Exchange
from edgeom.critical.least_point import LeastPoint
from edgeom.critical.numbers import EDDegree, known_count
from edgeom.critical.optimization import optimization_degree
from edgeom.critical.points import CriticalPoints
from edgeom.critical.through import points_through, solved_by
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
from edgeom.objectives.base import AlgebraicObjective, Objective, algebraic
from edgeom.objectives.family import ObjectiveFamily
from edgeom.objectives.metric import Metric
from edgeom.solvers.base import Backend
from edgeom.solvers.fibers import find_fibers
from edgeom.solvers.generic import Fiber, MultiplePoints
from edgeom.solvers.native import Solutions, solve_at
from edgeom.solvers.objective import multiple_points
from edgeom.solvers.outside import SolvedFiber
from edgeom.solvers.registry import EMBEDDED, get_backend
from edgeom.varieties.base import Fact, Variety
from edgeom.varieties.placed import Placed
from edgeom.varieties.unseen import family_for
from edgeom.views import view

__all__ = ["CriticalProblem"]

Array = NDArray[Any]


class CriticalProblem(Exchange):
    """An objective on a variety, whose critical points on the smooth locus are asked for.

    Parameters
    ----------
    variety : Variety
    objective : Objective
        A function with a rational gradient: :class:`~edgeom.SquaredDistance`,
        :class:`~edgeom.PowerDistance`, :class:`~edgeom.LogLikelihood`,
        :class:`~edgeom.PolynomialObjective`, :class:`~edgeom.RationalObjective`, or sums of them.

    Raises
    ------
    InputError
        The objective does not fit the variety, or it has no rational gradient, so that there is
        no finite number to speak of.

    Examples
    --------
    >>> import edgeom as eg
    >>> E = eg.AlgebraicVariety(["x^2 + 4*y^2 = 4"], "x, y")
    >>> points = eg.CriticalProblem(E, eg.PowerDistance([1, 2], p=4)).critical_points()
    >>> len(points), len(points.real), len(points.minima)
    (8, 4, 2)
    """

    @keywords_checked
    def __init__(self, variety: Variety, objective: Objective | AlgebraicObjective) -> None:
        if not isinstance(variety, Variety):
            raise InputError(f"variety must be a Variety, got {type(variety).__name__}")
        given = algebraic(objective)
        self._begin(variety, family_for(variety, given.family), given.data)

    @classmethod
    def of_family(
        cls, variety: Variety, family: ObjectiveFamily, data: ArrayLike | None = None
    ) -> CriticalProblem:
        """Return the problem of the member of a family with given data, or of all of them.

        Parameters
        ----------
        variety : Variety
        family : ObjectiveFamily
            ``PowerDistance.law(p=4)``, for example.
        data : array, optional
            Without it the problem is there for :meth:`at`, which puts data in.
        """
        problem = object.__new__(CriticalProblem)
        problem._begin(variety, family_for(variety, family), data)
        return problem

    def _begin(self, variety: Variety, family: ObjectiveFamily, data: ArrayLike | None) -> None:
        self.variety, self.family = variety, family
        self._placed = Placed.of(variety, family)
        self.data: Array | None = None if data is None else self.shaped(self._checked(data))
        self._fibers: dict[int, tuple[Fiber, ...]] = {}
        self._solved: dict[tuple[int, Backend], SolvedFiber] = {}

    def shaped(self, data: Array) -> Array:
        """Return a list of parameters in the form of data."""
        return self.variety.unflatten(data) if self.family.like_points else data

    def _checked(self, data: ArrayLike) -> Array:
        """Return data as a list of parameters, checked."""
        if not self.family.like_points:
            theta = numbers(data, "data").ravel()
            count = len(self.family.parameter_names(self.variety.ambient_dimension))
            if len(theta) != count:
                raise InputError(f"the objective has {count} parameters, got {data!r:.80}")
        else:
            theta = self.variety.flatten(data, "data")
        self.family.refuse(theta)
        return theta

    def _refuse_singular(self, q: Array) -> None:
        if not isinstance(self.family, Metric) or self.family.is_singular:
            return
        point = self.variety.unflatten(q)
        if self.variety.is_singular(point) and self.variety.contains(point):
            raise DegenerateDataError(
                f"the data is a singular point of {self.variety}: its critical points are not "
                "counted by the ED degree; move the data, or use problem.nearest_point()"
            )

    def at(self, data: ArrayLike) -> Self:
        """Return the same problem for other data; generic fibres, one for each seed, are shared."""
        other = copy(self)
        other.data = self.shaped(self._checked(data))
        return other

    @keywords_checked
    def degree(
        self,
        seed: int = 0,
        *,
        method: str = "auto",
        certify: bool = False,
        progress: Progress | None = None,
    ) -> EDDegree:
        """Return the number of critical points for general parameters, with its evidence.

        The arguments are those of :func:`edgeom.optimization_degree`.
        """
        options: dict[str, Any] = {"seed": seed, "method": method, "certify": certify}
        return optimization_degree(self.variety, self.family, **options, progress=progress)

    @keywords_checked
    def critical_system(self, seed: int | None = None) -> PolynomialSystem:
        """Return the critical equations, with the data put in.

        Parameters
        ----------
        seed : int, optional
            Of a chart in random position; by default the plain chart, whose equations are short.
        """
        rng = None if seed is None else np.random.default_rng(seed)
        equations = critical_equations(self.variety.chart(rng), self.family)
        return equations.system.at(equations.parameters(self.parameters))

    @property
    def parameters(self) -> Array:
        """The data as a list of parameters.

        Raises
        ------
        InputError
            The problem has no data.
        """
        if self.data is None:
            raise InputError("the problem has no data; use problem.at(data)")
        return self.variety.flatten(self.data) if self.family.like_points else self.data

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
        q = self.parameters
        self._refuse_singular(q)
        known = known_count(self.variety, self.family)
        if not self.variety.chart().names:
            return self._single_point()
        if solver.name != EMBEDDED:
            return self._through(solver, known, seed, raise_incomplete, progress)
        fibers = self._found(seed, known, progress)
        total = sum(map(len, fibers))
        if raise_incomplete and not all(fiber.confirmed for fiber in fibers):
            checks = "; ".join(check for fiber in fibers for check in fiber.checks)
            raise IncompleteError(
                f"{total} critical points were found for general data, but their number is not "
                f"confirmed: {checks}. Try another seed, or raise_incomplete=False"
            )
        target = self.placed_for(q).data_inward(q)
        solutions = Solutions.joined(
            [solve_at(fiber, target, seed, progress=progress) for fiber in fibers]
        )
        evidence = evidence_of(fibers, solutions, known, seed)
        evidence = with_multiple(evidence, self.multiple_points(seed))
        points = only_smooth(self._described(q, solutions.parts, total, evidence), raise_incomplete)
        if raise_incomplete and not points.complete:
            raise missing(points, solutions)
        return points

    @keywords_checked
    def multiple_points(self, seed: int = 0) -> MultiplePoints:
        """Return the isolated critical points that are not simple, where every problem has some.

        They are in no list of critical points, and are known from a general linear term: paths
        from there meet in them.

        Returns
        -------
        MultiplePoints
            Points (points, n), with multiplicities; and the number of paths that end elsewhere, on
            sets of critical points of positive dimension.

        Examples
        --------
        >>> import edgeom as eg
        >>> V = eg.AffineSpace(1)
        >>> problem = eg.CriticalProblem(V, eg.PolynomialObjective("x^4/4 - x^3/3", "x"))
        >>> len(problem.critical_points()), problem.multiple_points().multiplicities
        (1, (2,))
        """
        q = self.parameters
        return multiple_points(self.fibers(seed), self.placed_for(q), q, seed)

    @keywords_checked
    def least_point(self, seed: int = 0) -> LeastPoint:
        """Find the point of the whole variety, singular points included, with the least value.

        Parameters
        ----------
        seed : int
            Of the random numbers.

        Raises
        ------
        InputError
            The objective, its data or the variety is complex, or no point was found.

        Examples
        --------
        >>> import edgeom as eg
        >>> V = eg.DeterminantalVariety(2, 2, rank=1)
        >>> best = eg.CriticalProblem(V, eg.PowerDistance([[3, 0.2], [0.1, 1]])).least_point()
        >>> round(best.value, 6), best.complete
        (0.638602, True)
        """
        found: LeastPoint = view("least_point")(self, seed)
        return found

    def on(self, variety: Variety) -> CriticalProblem:
        """Return the problem of the same family on another variety."""
        return CriticalProblem.of_family(variety, self.family)

    @keywords_checked
    def fibers(self, seed: int = 0) -> tuple[Fiber, ...]:
        """Return all critical points for general data, in good coordinates."""
        return self._found(seed, known_count(self.variety, self.family), None)

    def _found(self, seed: int, known: Fact | None, progress: Progress | None) -> tuple[Fiber, ...]:
        """Return the generic fibres, which are shared by problems with other data."""
        if seed not in self._fibers:
            self._fibers[seed] = find_fibers(
                self._placed.variety,
                self._placed.family,
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
            Which points are no solutions, and which are repeated.

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
        q = self.parameters
        placed, x = self.placed_for(q), coordinates_of(self.variety, points)
        found = Candidates.of(placed, placed.inward(x), placed.data_inward(q), seed)
        return certify(
            self.variety, self.family, q, found.charts, found.chart, found.unknowns, placed=placed
        )

    def placed_for(self, q: Array) -> Placed:
        """Return the problem in good coordinates."""
        return self._placed.for_data(q)

    def _described(
        self,
        q: Array,
        parts: Sequence[tuple[CriticalEquations, Array]],
        expected: int,
        evidence: Evidence,
    ) -> CriticalPoints:
        placed = self.placed_for(q)
        return describe(self.variety, self.family, q, placed, parts, expected, evidence)

    def _through(
        self,
        solver: Backend,
        known: Fact | None,
        seed: int,
        strict: bool,
        progress: Progress | None,
    ) -> CriticalPoints:
        """Compute all critical points by another solver than the embedded one."""
        q = self.parameters
        if (seed, solver) not in self._solved:
            fiber = solved_by(solver, self._placed, known, seed, strict, progress)
            self._solved[seed, solver] = fiber

        def describe(parts: list[Any], count: int, evidence: Evidence) -> CriticalPoints:
            return self._described(q, parts, count, evidence)

        fiber, there = self._solved[seed, solver], self.placed_for(q).data_inward(q)
        return points_through(solver, fiber, there, known, seed, strict, progress, describe)

    def _single_point(self) -> CriticalPoints:
        equations = critical_equations(self._placed.variety.chart(), self._placed.family)
        u = np.zeros((1, 0), complex)
        evidence = Evidence("formula", checks=("the variety is a single point",))
        return self._described(self.parameters, [(equations, u)], 1, evidence)

    def __repr__(self) -> str:
        return f"CriticalProblem({self.variety!r}, {self.family!r})"
