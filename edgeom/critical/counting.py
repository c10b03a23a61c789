"""ED degrees: the number of critical points, by formula, by monodromy, by both.

A number is returned with its evidence. Where there is a formula and the number is not too large,
monodromy confirms it without being told what to expect; where there is none, the trace test or a
homotopy from a generic metric confirms the count, and a generic number is found for two random
metrics.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from edgeom.certification import certificate
from edgeom.critical.numbers import EDDegree, counted, known_count
from edgeom.errors import (
    EdgeomError,
    IncompleteError,
    InputError,
    check_size,
    keywords_checked,
    nearest_name,
)
from edgeom.evidence import Evidence
from edgeom.homotopy.monodromy import Progress
from edgeom.objectives.family import ObjectiveFamily
from edgeom.objectives.metric import Metric
from edgeom.solvers.fibers import find_fibers
from edgeom.solvers.generic import Fiber
from edgeom.solvers.outside import solve_fiber
from edgeom.solvers.registry import get_backend, solver_names
from edgeom.varieties.base import Fact, Variety
from edgeom.varieties.placed import Placed
from edgeom.varieties.unseen import metric_for

__all__ = ["METHODS", "EDDegree", "by_backend", "certified", "ed_degree", "generic_ed_degree"]

METHODS = ("auto", "formula", "monodromy")
CONFIRM = 500  # a formula is confirmed numerically up to this number of critical points
Counted = tuple[EDDegree, tuple[Fiber, ...] | None]  # a number, and the fibres where it was found


@keywords_checked
def ed_degree(
    variety: Variety,
    metric: Metric | None = None,
    *,
    method: str = "auto",
    seed: int = 0,
    seeds: int | None = None,
    certify: bool = False,
    progress: Progress | None = None,
) -> EDDegree:
    """Return the ED degree: the number of critical points for general complex data.

    Parameters
    ----------
    variety : Variety
    metric : Metric, optional
        By default the variety's own (for matrices the Frobenius norm).
    method : {"auto", "formula", "monodromy", "phcpack"}
        "auto" takes a formula where one is known, confirmed by monodromy up to 500 points, and
        monodromy otherwise. "monodromy" uses no formula. "phcpack", like any backend that solves
        systems from nothing but their equations, counts what it finds, until two runs have each
        found everything that is known; it uses neither formula nor monodromy.
    seed : int
        Of the random numbers.
    seeds : int, optional
        Number of independent starting points of monodromy. All components that they meet are
        counted. By default 1 where the variety is irreducible and 8 otherwise; for one equation
        all points on a random line are used, which meet every component. ``seeds=1`` counts the
        component of one random point.
    certify : bool
        Prove that there are so many critical points for one data point at least, and with a
        formula that there are no more; see docs/explanation/certification.md.
    progress : callable, optional
        Called with (stage, done, total or None).

    Returns
    -------
    EDDegree
        An integer with its evidence.

    Raises
    ------
    InputError
        An argument does not fit, or there is no formula.
    IncompleteError
        The count could not be confirmed.
    BackendError
        The backend is missing or broke down.

    References
    ----------
    Draisma, Horobeț, Ottaviani, Sturmfels, Thomas, "The Euclidean distance degree of an algebraic
    variety", arXiv 1309.0049.

    Examples
    --------
    >>> import edgeom as eg
    >>> eg.ed_degree(eg.DeterminantalVariety(3, 3, rank=1)) == 3
    True
    >>> int(eg.ed_degree(eg.AlgebraicVariety(["x^2 + 4*y^2 - 4"], "x, y"), seed=1))
    4
    """
    metric = metric_for(variety, metric)
    _check(method, seed, seeds)
    fact = known_count(variety, metric)
    if method == "formula" or (method == "auto" and fact is not None):
        number, fibers = _by_formula(variety, metric, fact, method, seed, progress), None
    else:
        number, fibers = _count(variety, metric, method, seed, seeds, progress)
    return certified(number, variety, metric, seed, seeds, fibers) if certify else number


@keywords_checked
def generic_ed_degree(
    variety: Variety,
    *,
    method: str = "auto",
    seed: int = 0,
    seeds: int | None = None,
    certify: bool = False,
    progress: Progress | None = None,
) -> EDDegree:
    """Return the generic ED degree: the number of critical points for a generic metric.

    For a cone it is the sum of the polar degrees of the projective variety; for other sets it is
    none of theirs. A projective curve is entered as its cone: its homogeneous equations in all
    variables.

    Parameters
    ----------
    variety : Variety
    method, seed, seeds, certify, progress
        As for :func:`ed_degree`. Counts are made for random complex weights; without a formula
        the count is made for a random dense metric too, and has to agree.

    Returns
    -------
    EDDegree

    Raises
    ------
    InputError, IncompleteError, BackendError
        As for :func:`ed_degree`.

    Examples
    --------
    >>> import edgeom as eg
    >>> V = eg.DeterminantalVariety(3, 3, rank=1)
    >>> eg.generic_ed_degree(V) == 39 == eg.generic_ed_degree(V, method="monodromy", seed=5)
    True
    """
    _check(method, seed, seeds)
    fact = variety.generic_ed_degree_fact()
    weights = Metric.random_weights(variety.ambient_dimension, seed)
    if method == "formula" or (method == "auto" and fact is not None):
        number, fibers = _by_formula(variety, weights, fact, method, seed, progress), None
    elif fact is not None:
        number, fibers = _count(variety, weights, method, seed, seeds, progress)
    else:
        number, fibers = _twice(variety, weights, method, seed, seeds, progress)
    return certified(number, variety, weights, seed, seeds, fibers) if certify else number


def _twice(
    variety: Variety,
    weights: Metric,
    method: str,
    seed: int,
    seeds: int | None,
    progress: Progress | None,
) -> Counted:
    """Count for random weights and for a random dense metric, without a formula."""
    n = variety.ambient_dimension
    first, fibers = _count(variety, weights, method, seed, seeds, progress)
    second, _ = _count(variety, Metric.random(n, seed), method, seed + 1, seeds, progress)
    if first != second:
        raise IncompleteError(
            f"two random metrics gave {int(first)} and {int(second)} critical points for "
            f"{variety}; a generic number cannot be given, try another seed"
        )
    evidence = first.evidence.to_dict()
    evidence["checks"] = (*first.evidence.checks, "the same for a random dense metric")
    return EDDegree(first, Evidence(**evidence)), fibers


def certified(
    number: EDDegree,
    variety: Variety,
    family: ObjectiveFamily,
    seed: int,
    seeds: int | None = None,
    fibers: tuple[Fiber, ...] | None = None,
) -> EDDegree:
    """Add a proof that there are at least so many critical points, those that were counted.

    Certified critical points are nondegenerate, so they persist for general data and metrics.
    """
    if not variety.chart().names:
        return number
    distinct, proof = 0, None
    for fiber in fibers or _fibers(variety, family, seed, seeds=seeds):
        unknowns = fiber.monodromy.solutions
        chart = np.zeros(len(unknowns), int)
        proof = certificate.certify(
            fiber.variety, fiber.family, fiber.data, [fiber.equations], chart, unknowns
        )
        distinct += int(proof.is_distinct.sum())
    if distinct < number:
        raise IncompleteError(
            f"{distinct} of {int(number)} critical points could be certified for one data point; "
            f"try another seed (this was {seed})"
        )
    check = f"{distinct} distinct critical points certified for one data point, so at least that"
    if proof is not None and proof.complete and proof.bound is not None:
        check += f"; no more by the {proof.bound.reason}"
    evidence = number.evidence.to_dict()
    evidence["checks"] = (*number.evidence.checks, check)
    return EDDegree(number, Evidence(**evidence))


def _fibers(
    variety: Variety, family: ObjectiveFamily, seed: int, **options: Any
) -> tuple[Fiber, ...]:
    """Find the generic fibres in good coordinates."""
    placed = Placed.of(variety, family)
    return find_fibers(placed.variety, placed.family, seed, **options)


def _check(method: str, seed: int, seeds: int | None) -> None:
    methods = METHODS if method in METHODS else (*METHODS, *solver_names())
    if method not in methods:
        raise InputError(
            f"method must be one of {', '.join(methods)}, got {method!r}"
            + nearest_name(str(method), methods)
        )
    check_size(seed, "seed", 0)
    if seeds is not None:
        check_size(seeds, "seeds", 1)
        if method not in METHODS:
            raise InputError(f"seeds= are starting points of monodromy, method={method!r} has none")


def _by_formula(
    variety: Variety,
    metric: Metric,
    fact: Fact | None,
    method: str,
    seed: int,
    progress: Progress | None,
) -> EDDegree:
    if fact is None:
        raise InputError(
            f"no formula is known for {variety} with the metric {metric.name!r}; "
            "use method='monodromy'"
        )
    if method == "formula":
        return EDDegree(fact.value, Evidence("formula", (fact.reason,)))
    if fact.value > CONFIRM:
        note = f"not confirmed numerically above {CONFIRM}; method='monodromy' does it"
        return EDDegree(fact.value, Evidence("formula", (fact.reason,), notes=(note,)))
    if variety.dimension == 0:
        return EDDegree(fact.value, Evidence("formula", (fact.reason, "a single point")))
    (fiber,) = _fibers(variety, metric, seed, expected=fact.value, progress=progress)
    if len(fiber) != fact.value or not fiber.confirmed:
        raise EdgeomError(
            f"{fact.reason} gives {fact.value} critical points for {variety}, monodromy finds "
            f"{len(fiber)} ({'; '.join(fiber.checks)}), seed {seed}"
        )
    found = counted([fiber], seed, fact.reason)
    return EDDegree(fact.value, found)


def _count(
    variety: Variety,
    metric: Metric,
    method: str,
    seed: int,
    seeds: int | None,
    progress: Progress | None,
) -> Counted:
    """Count critical points numerically, without a formula."""
    if method in METHODS:
        return _by_monodromy(variety, metric, seed, seeds, progress)
    return by_backend(variety, metric, method, seed, progress), None


def by_backend(
    variety: Variety, family: ObjectiveFamily, name: str, seed: int, progress: Progress | None
) -> EDDegree:
    """Count the critical points that another solver finds for general data."""
    solver = get_backend(name)
    title = f"{solver.title} {solver.require().version}"
    if not variety.chart().names:
        return EDDegree(1, Evidence(name, ("the variety is a single point",)))
    placed = Placed.of(variety, family)
    fiber = solve_fiber(placed.variety, placed.family, solver, seed, progress=progress)
    if not fiber.confirmed:
        raise IncompleteError(
            f"{title} finds {len(fiber)} critical points of {variety}, but the count is not "
            f"confirmed: {fiber.check}; try another seed (this was {seed})"
        )
    evidence = Evidence(
        method=name,
        checks=(f"{title}, {fiber.check}",),
        seed=seed,
        paths=fiber.paths,
        residual=fiber.residual,
    )
    return EDDegree(len(fiber), evidence)


def _by_monodromy(
    variety: Variety, metric: Metric, seed: int, seeds: int | None, progress: Progress | None
) -> Counted:
    if not variety.chart().names:
        return EDDegree(1, Evidence("monodromy", ("the variety is a single point",))), None
    fibers = _fibers(variety, metric, seed, seeds=seeds, progress=progress)
    total = sum(map(len, fibers))
    if not all(fiber.confirmed for fiber in fibers):
        checks = "; ".join(check for fiber in fibers for check in fiber.checks)
        raise IncompleteError(
            f"{total} critical points of {variety} were found, but the count is not confirmed: "
            f"{checks}; try another seed (this was {seed})"
        )
    return EDDegree(total, counted(fibers, seed, None, seeds)), fibers
