"""What is drawn for each sample: metric and data, or the data of another objective."""

from __future__ import annotations

from edgeom.errors import InputError
from edgeom.objectives.family import ObjectiveFamily
from edgeom.objectives.metric import Metric
from edgeom.varieties.base import Variety
from edgeom.varieties.unseen import family_for, metric_for

__all__ = ["GIVEN", "LAWS", "Law", "check_problem", "law_in_words", "objective_in_words"]

Law = Metric | ObjectiveFamily | str  #: a metric, another objective, or one of LAWS
LAWS = ("fresh", "weights")
GIVEN = ("given weights", "given matrices")  #: a metric for each data point


def check_problem(variety: Variety, metric: Law) -> None:
    """Raise InputError unless real critical points can be counted for this variety and metric."""
    if isinstance(metric, Metric):
        metric_for(variety, metric)
        if metric.indefinite:
            raise InputError("real critical points are counted for positive definite metrics only")
    elif isinstance(metric, ObjectiveFamily):
        family_for(variety, metric)
        if not metric.is_real:
            raise InputError("real critical points are counted for real objectives only")
    elif not isinstance(metric, str) or metric not in (*LAWS, GIVEN[1]):
        raise InputError(f"metric must be a Metric or one of {', '.join(LAWS)}, got {metric!r}")
    if not variety.is_real or not variety.dimension:
        raise InputError(f"{variety} must be given by real equations and not be points only")


def law_in_words(metric: Law, data: str = "normal data") -> str:
    """Say how metric and data are drawn.

    >>> law_in_words("fresh")
    'a new map f and normal data for each sample'
    """
    if isinstance(metric, Metric):
        return f"fixed metric ({metric.name}), {data}"
    if isinstance(metric, ObjectiveFamily):
        return f"{metric.name}, {metric.law if data == 'normal data' else data}"
    if metric in GIVEN:
        return f"{metric} and {data} for each sample"
    kind = {"fresh": "a new map f", "weights": "new entrywise weights"}[metric]
    return f"{kind} and {data} for each sample"


def objective_in_words(law: Law) -> str:
    """Return of what critical points are counted."""
    return "the squared distance to" if isinstance(law, Metric | str) else f"{law.noun} on"
