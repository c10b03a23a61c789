"""The least value of an objective on a real variety, among all points where it can be.

A point with the least value is a critical point on the smooth part, or a singular point, as for
nearest points (:mod:`edgeom.critical.nearest`): at a singular point where the gradient of a
differentiable function is not 0 there is a direction of descent on the same varieties.
"""

from __future__ import annotations

import numpy as np

from edgeom.critical.contenders import Contenders, Strata, distinct
from edgeom.critical.general import CriticalProblem
from edgeom.critical.least_point import LeastPoint
from edgeom.errors import InputError, check_size
from edgeom.objectives.family import ObjectiveFamily, derivative_tape
from edgeom.varieties.base import Array

__all__ = ["least_point"]

EQUAL = 1e-9  # relative difference of values that are equal
SAME = 1e-5  # distance of points that are the same, relative to their size


def least_point(problem: CriticalProblem, seed: int = 0) -> LeastPoint:
    """Find where an objective is least, see :meth:`edgeom.CriticalProblem.least_point`."""
    check_size(seed, "seed", 0)
    variety, family = problem.variety, problem.family
    theta = problem.parameters
    if np.iscomplexobj(theta) or not (family.is_real and variety.is_real):
        raise InputError("there is no least value of a complex objective, or on a complex variety")
    if family.convex and family.like_points and _is_stationary(family, theta, theta):
        point = variety.unflatten(theta)
        if variety.contains(point, 1e-12):
            return _chosen(problem, _only("data", theta))
    return _chosen(problem, Strata(problem).contenders(theta, seed, prove=True))


def _is_stationary(family: ObjectiveFamily, x: Array, theta: Array) -> bool:
    slope = derivative_tape(family, len(x)).arrays(x=x[None], t=theta[None])["g"]
    return not np.any(slope)


def _only(kind: str, x: Array) -> Contenders:
    found = Contenders()
    found.add(kind, x[None])
    found.evidence.append("the data is on the variety, and the function is least there of all")
    return found


def _chosen(problem: CriticalProblem, found: Contenders) -> LeastPoint:
    variety, family, theta = problem.variety, problem.family, problem.parameters
    points = np.array(found.points).reshape(-1, variety.ambient_dimension)
    inside = family.defined(points)
    if not inside.any():
        raise InputError(
            f"no real critical point of {family.noun} on {variety} was found where it is defined; "
            + "; ".join(found.unknown)
        )
    points, minimum = points[inside], np.array(found.is_minimum)[inside]
    kinds = [kind for kind, good in zip(found.kinds, inside, strict=True) if good]
    values = family.values(points, theta).real
    best = int(values.argmin())
    equal = values <= values[best] + EQUAL * (abs(values[best]) + np.abs(values).max() * EQUAL)
    ties = distinct(points, best, equal, SAME * (1 + np.abs(points[best]).max()))
    missing = [*found.unknown, *found.unproved]
    if not family.coercive:
        missing.append("the function is not known to be bounded below by its critical values")
    proofs = "; ".join(text.removeprefix("complete: ") for text in found.completeness)
    return LeastPoint(
        variety=variety,
        family=family,
        data=theta if problem.data is None else problem.data,
        points=variety.unflatten(points[ties]),
        value=float(values[best]),
        kind=kinds[best],
        complete=not missing,
        reason=missing[0] if missing else proofs or found.evidence[0],
        runner_up=float(values[~equal & minimum].min(initial=np.inf)),
        evidence=tuple(dict.fromkeys(found.evidence)),
    )
