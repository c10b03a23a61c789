"""Algebraic degrees of optimization: the number of critical points for general parameters.

For squared distances that is the ED degree, for likelihoods the maximum likelihood degree.
"""

from __future__ import annotations

from inspect import isclass
from typing import Any

from edgeom.critical.counting import by_backend, certified, ed_degree
from edgeom.critical.numbers import EDDegree, counted
from edgeom.errors import IncompleteError, InputError, check_size, keywords_checked, nearest_name
from edgeom.homotopy.monodromy import Progress
from edgeom.objectives.base import AlgebraicObjective, algebraic
from edgeom.objectives.family import ObjectiveFamily
from edgeom.objectives.metric import Metric
from edgeom.solvers.fibers import find_fibers
from edgeom.solvers.registry import solver_names
from edgeom.varieties.base import Variety
from edgeom.varieties.placed import Placed
from edgeom.varieties.unseen import family_for

__all__ = ["family_of", "optimization_degree"]

METHODS = ("auto", "monodromy")


@keywords_checked
def optimization_degree(
    variety: Variety,
    objective: AlgebraicObjective | ObjectiveFamily | type[AlgebraicObjective],
    *,
    seed: int = 0,
    method: str = "auto",
    certify: bool = False,
    progress: Progress | None = None,
) -> EDDegree:
    """Return the algebraic degree of optimization: critical points for general parameters.

    Parameters
    ----------
    variety : Variety
    objective : Objective, or a kind of objectives
        Its data does not matter: ``eg.LogLikelihood``, ``eg.PowerDistance.law(p=4)`` or an
        objective with data stand for all objectives of the kind.
    seed : int
        Of the random numbers.
    method : {"auto", "monodromy", "phcpack"}
        As for :func:`edgeom.ed_degree`; formulas are known for squared distances only.
    certify : bool
        Prove that there are so many for some parameters at least, and with a formula no more.
    progress : callable, optional
        Called with (stage, done, total or None).

    Returns
    -------
    EDDegree
        An integer with its evidence.

    Raises
    ------
    InputError
        An argument does not fit.
    IncompleteError
        The count could not be confirmed.

    References
    ----------
    Nie, Ranestad, "Algebraic degree of polynomial optimization", arXiv 0802.1233; Hauenstein,
    Rodriguez, Sturmfels, "Maximum likelihood for matrices with rank constraints", arXiv 1210.0198.

    Examples
    --------
    >>> import edgeom as eg
    >>> V = eg.DeterminantalVariety(2, 2, rank=1)
    >>> int(eg.optimization_degree(V, eg.PowerDistance.law(p=4)))
    62
    """
    check_size(seed, "seed", 0)
    family = family_for(variety, family_of(objective))
    if isinstance(family, Metric):
        options: dict[str, Any] = {"method": method, "seed": seed, "certify": certify}
        return ed_degree(variety, family, **options, progress=progress)
    if method not in METHODS:
        known = (*METHODS, *solver_names())
        if method not in known:
            raise InputError(
                f"method must be one of {', '.join(known)} for {family.noun}, got {method!r}"
                + nearest_name(str(method), known)
            )
        number = by_backend(variety, family, method, seed, progress)
        return certified(number, variety, family, seed) if certify else number
    placed = Placed.of(variety, family)
    fibers = find_fibers(placed.variety, placed.family, seed, progress=progress)
    total = sum(map(len, fibers))
    if not all(fiber.confirmed for fiber in fibers):
        checks = "; ".join(check for fiber in fibers for check in fiber.checks)
        raise IncompleteError(
            f"{total} critical points of {family.noun} on {variety} were found, but the count is "
            f"not confirmed: {checks}; try another seed (this was {seed})"
        )
    number = EDDegree(total, counted(fibers, seed))
    return certified(number, variety, family, seed, fibers=fibers) if certify else number


def family_of(
    objective: AlgebraicObjective | ObjectiveFamily | type[AlgebraicObjective],
) -> ObjectiveFamily:
    """Return the family that an objective belongs to, or that a kind of objectives is."""
    if isinstance(objective, ObjectiveFamily):
        return objective
    if isclass(objective) and issubclass(objective, AlgebraicObjective):
        return objective.law()
    return algebraic(objective).family
