"""The number of critical points by Gröbner bases: counted modulo primes, isolated over Q."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import inf
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgeom.errors import (
    DegenerateDataError,
    IncompleteError,
    InputError,
    check_size,
    keywords_checked,
)
from edgeom.exact.gradient import ExactGradient, exact_gradient
from edgeom.exact.msolve import INFINITE, LARGEST_PRIME, availability, parametrize
from edgeom.exact.rational import Field, parameters_of
from edgeom.exact.real import Box, isolate
from edgeom.exact.solutions import Solutions, checked
from edgeom.exact.systems import ExactSystem, exact_system, only_point
from edgeom.objectives.base import AlgebraicObjective
from edgeom.objectives.family import ObjectiveFamily
from edgeom.objectives.metric import Metric
from edgeom.varieties.base import Variety
from edgeom.varieties.unseen import family_for, metric_for

__all__ = ["ExactCount", "RealPoints", "exact_count"]

SMALLEST_PRIME = 2**20  # with less, random charts would meet critical points at infinity too often
PRIMES = 4  # to try, until two agree
CHARTS = 6  # to try over the rational numbers


@dataclass(frozen=True, eq=False)
class RealPoints:
    """Real critical points, isolated exactly, in the order of the objective.

    Attributes
    ----------
    points : float array (points, *shape)
        Midpoints of the boxes, rounded.
    boxes : tuple of Box
        Disjoint, with exactly one real critical point in each: an interval with rational ends for
        each coordinate, in the order of ``variety.flatten``.
    """

    points: NDArray[np.float64]
    boxes: tuple[Box, ...]

    def __len__(self) -> int:
        return len(self.boxes)


@dataclass(frozen=True, eq=False)
class ExactCount:
    """The number of critical points for rational data, by Gröbner bases.

    Attributes
    ----------
    variety : Variety
    family : ObjectiveFamily
        The metric, or the family of another objective.
    count : int
        Different complex critical points on the smooth locus.
    solutions : int
        Different solutions of the critical equations in a chart; more than `count` where several
        parameters have the same image.
    dimension : int
        Of the quotient ring of the critical equations modulo each prime: solutions with their
        multiplicities.
    primes : tuple of int
        Modulo which the numbers were found; none where there was nothing to compute.
    real : RealPoints or None
        None if they were not asked for.
    engine : str
    seed : int

    Examples
    --------
    >>> import edgeom as eg
    >>> circle = eg.AlgebraicVariety(["x^2 + y^2 = 1"], "x, y")
    >>> found = eg.exact_count(circle, None, ["3/2", 1])
    >>> found.count, found.is_radical, len(found.primes)
    (2, True, 2)
    """

    variety: Variety
    family: ObjectiveFamily
    count: int
    solutions: int
    dimension: int
    primes: tuple[int, ...]
    real: RealPoints | None
    engine: str
    seed: int

    @property
    def is_radical(self) -> bool:
        """Whether all solutions are simple; else the data lies on the ED discriminant."""
        return self.solutions == self.dimension

    def __str__(self) -> str:
        noun = "critical point" if self.count == 1 else "critical points"
        distance = isinstance(self.family, Metric)
        where = f"{self.family.noun} {'to' if distance else 'on'} {self.variety}"
        lines = [f"{self.count} complex {noun} of {where}, exactly"]
        kind = "metric" if distance else "objective"
        rows = [("variety", self.variety.text), (kind, self.family.name)]
        rows.append(("count", self._account()))
        if self.real is not None:
            rows.append(("real", f"{len(self.real)}, in disjoint rational boxes"))
        if self.primes:
            rows.append(("primes", " and ".join(map(str, self.primes))))
        rows += [("engine", self.engine), ("seed", str(self.seed))]
        return "\n".join([*lines, *(f"  {name:9s} {text}" for name, text in rows)])

    __repr__ = __str__

    def _account(self) -> str:
        if not self.primes:
            return "no equations to solve"
        account = f"{self.solutions} solutions modulo each prime"
        if self.solutions != self.count:
            account += f", with {self.count} different points"
        if self.is_radical:
            return f"{account}, all simple"
        return (
            f"{account}, {self.dimension} with multiplicities: the data lies on the ED discriminant"
        )


class _Tally(NamedTuple):
    """What has to agree modulo different primes."""

    points: int
    solutions: int
    dimension: int


@dataclass(frozen=True, eq=False)
class _Problem:
    variety: Variety
    family: ObjectiveFamily
    gradient: ExactGradient
    data: list[Fraction]
    timeout: float

    @classmethod
    def of(
        cls,
        variety: Variety,
        objective: ObjectiveFamily | AlgebraicObjective | None,
        data: Any,
        timeout: float,
    ) -> _Problem:
        """Return the problem that is given as for :func:`exact_count`."""
        if isinstance(objective, AlgebraicObjective):
            data = objective.data if data is None else data
        family = objective.family if isinstance(objective, AlgebraicObjective) else objective
        chosen = metric_for(variety, None) if family is None else family_for(variety, family)
        gradient = exact_gradient(chosen, variety.ambient_dimension)
        return cls(variety, chosen, gradient, parameters_of(variety, chosen, data), timeout)

    def solve(self, field: Field, rng: np.random.Generator | None) -> Solutions | None:
        """Return the solutions in one chart, `INFINITE` if their dimension is positive."""
        return self._solved(exact_system(self.variety, self.gradient, self.data, field, rng))

    def _solved(self, system: ExactSystem) -> Solutions | None:
        answer = parametrize(system, self.timeout)
        if answer is not INFINITE:
            found = checked(answer, system)
            if not found.on_boundary():
                return found
        return INFINITE if system.boundary is None else self._solved(system.saturated())

    def tally(self, prime: int, rng: np.random.Generator) -> _Tally | None:
        """Return the numbers of solutions modulo a prime, in a chart in random position."""
        found = self.solve(Field(prime), rng)
        if found is INFINITE:
            return INFINITE
        return _Tally(found.images(rng), len(found), found.dimension)

    def real(self, tally: _Tally, rng: np.random.Generator) -> list[Box]:
        """Return boxes around the real points; the plain chart, with short equations, is first."""
        for attempt in range(CHARTS):
            found = self.solve(Field(), rng if attempt else None)
            if found is not INFINITE and (len(found), found.dimension) == tally[1:]:
                return isolate(found, tally.points)
        raise IncompleteError(
            f"none of {CHARTS} charts over the rational numbers has the {tally.solutions} "
            "solutions that were found modulo primes; try another seed"
        )


def _check_countable(variety: Variety) -> None:
    """Raise InputError where there is nothing to be counted exactly."""
    if not isinstance(variety, Variety):
        raise InputError(f"variety must be a Variety, got {type(variety).__name__}")
    if not variety.is_real:
        raise InputError(f"exact counts are for varieties with rational equations, got {variety}")


@keywords_checked
def exact_count(
    variety: Variety,
    objective: ObjectiveFamily | AlgebraicObjective | None,
    data: Any = None,
    *,
    real: bool = False,
    prime: int | None = None,
    seed: int = 0,
    timeout: float = 600.0,
) -> ExactCount:
    """Count the critical points for rational data by Gröbner bases, and isolate the real ones.

    The critical equations are solved by msolve modulo two random primes, in charts in random
    position, and the numbers of solutions have to agree. With `real` they are solved over the
    rational numbers as well. All solutions are checked exactly; docs/explanation/exact.md tells
    what is proved by this, and what is counted for which variety.

    Parameters
    ----------
    variety : Variety
        A variety of edgeom, given by rational polynomials.
    objective : Metric, Objective or None
        Real; None stands for the variety's own metric. Its doubles are taken exactly. An objective
        such as ``PowerDistance(Q, p=4)`` has its own data.
    data : array or nested sequences of rational numbers
        Fractions, integers, sympy rationals, text such as "1/3" and "0.1"; doubles are taken
        exactly, as dyadic rationals.
    real : bool
        Isolate the real points. Denominators matter here: for 53-bit doubles it takes ten times
        as long as for small integers.
    prime : int, optional
        One of the two primes.
    seed : int
        Of the random primes and charts.
    timeout : float
        Seconds that one run of msolve may take.

    Raises
    ------
    InputError
        The data or the metric is not real and rational or has the wrong shape, or the kind of
        variety is not one that can be counted exactly.
    DegenerateDataError
        There are infinitely many critical points for this data.
    IncompleteError
        The numbers modulo several primes differ.
    BackendError
        msolve is missing, broke down, or its answer is wrong.

    References
    ----------
    Berthomieu, Eder, Safey El Din, "msolve: a library for solving polynomial systems",
    ISSAC 2021.

    Examples
    --------
    >>> import edgeom as eg
    >>> exact_count(eg.DeterminantalVariety(2, 2, rank=1), None, [["1/3", 1], [0, 1j]])
    Traceback (most recent call last):
    edgeom.errors.InputError: an entry of the data must be a finite rational number, got 1j
    """
    check_size(seed, "seed", 0)
    if prime is not None:
        prime = _checked_prime(prime)
    if not (isinstance(timeout, int | float) and 0 < timeout < inf):
        raise InputError(f"timeout must be a positive number of seconds, got {timeout!r}")
    _check_countable(variety)
    problem = _Problem.of(variety, objective, data, timeout)
    chosen = problem.family
    distance = isinstance(chosen, Metric) or not variety.dimension
    point = only_point(variety, problem.data) if distance else None
    if point is not None:
        isolated = [tuple((value, value) for value in point)]
        points = _real_points(problem, isolated) if real else None
        return ExactCount(variety, chosen, 1, 1, 1, (), points, "none", seed)
    rng = np.random.default_rng(seed)
    tally, primes = _agreed(problem, prime, rng)
    return ExactCount(
        variety=variety,
        family=chosen,
        count=tally.points,
        solutions=tally.solutions,
        dimension=tally.dimension,
        primes=primes,
        real=_real_points(problem, problem.real(tally, rng)) if real else None,
        engine=f"msolve {availability().version}",
        seed=seed,
    )


def _agreed(
    problem: _Problem, prime: int | None, rng: np.random.Generator
) -> tuple[_Tally, tuple[int, int]]:
    """Return numbers on which two primes agree, and these."""
    tallies: dict[int, _Tally | None] = {}
    for _ in range(PRIMES):
        drawn = _random_prime(rng) if prime is None or prime in tallies else prime
        try:
            tally = problem.tally(drawn, rng)
        except ZeroDivisionError as error:
            if drawn == prime:
                raise InputError(f"prime cannot be used: {error}; leave it out") from error
            continue
        for earlier, other in tallies.items():
            if earlier != drawn and other == tally:
                if tally is INFINITE:
                    raise _infinite(problem.variety)
                return tally, (earlier, drawn)
        tallies[drawn] = tally
    found = ", ".join(
        f"{'infinitely many' if t is INFINITE else t.points} modulo {p}" for p, t in tallies.items()
    )
    raise IncompleteError(
        f"the numbers of critical points modulo different primes differ: {found}; try another seed"
    )


def _infinite(variety: Variety) -> DegenerateDataError:
    return DegenerateDataError(
        f"there are infinitely many solutions of the critical equations of {variety} for this "
        "data, modulo two primes: their set has positive dimension, as for the centre of a circle "
        "or a singular point of the variety. Move the data; if that does not help, the variety "
        "has components of different dimensions, or the metric is degenerate"
    )


def _real_points(problem: _Problem, boxes: list[Box]) -> RealPoints:
    def middle(box: Box) -> list[Fraction]:
        return [(low + high) / 2 for low, high in box]

    theta = np.array([float(value) for value in problem.data])

    def value(box: Box) -> float:
        x = np.array([float(v) for v in middle(box)])
        return float(problem.family.values(x, theta))

    boxes = sorted(boxes, key=value)
    shape = (len(boxes), problem.variety.ambient_dimension)
    points = np.array([[float(value) for value in middle(box)] for box in boxes]).reshape(shape)
    return RealPoints(problem.variety.unflatten(points), tuple(boxes))


def _checked_prime(prime: int) -> int:
    from flint import fmpz

    number = check_size(prime, "prime", SMALLEST_PRIME, LARGEST_PRIME)
    if not fmpz(number).is_prime():
        raise InputError(f"prime must be a prime number, got {number}")
    return number


def _random_prime(rng: np.random.Generator) -> int:
    from flint import fmpz

    while True:
        number = int(rng.integers(LARGEST_PRIME // 2, LARGEST_PRIME))
        if fmpz(number).is_prime():
            return number
