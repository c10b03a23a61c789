"""``edgeom points``: all critical points for one data point."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from edgeom.certification.certificate import Certificate
from edgeom.cli.files import read_array, shaped
from edgeom.cli.options import (
    Certify,
    Data,
    Given,
    Json,
    Seed,
    Solver,
    metric_of,
    objective_of,
    variety_of,
)
from edgeom.cli.output import described, numbers, print_json, progress_bar
from edgeom.cli.shared import given
from edgeom.critical.general import CriticalProblem
from edgeom.critical.points import CriticalPoint, CriticalPoints
from edgeom.critical.problem import DistanceProblem
from edgeom.errors import InputError
from edgeom.objectives.metric import Metric
from edgeom.objectives.polynomial import RationalObjective
from edgeom.solvers.registry import EMBEDDED
from edgeom.varieties.base import Variety

__all__ = ["points"]


@given(variety=variety_of, metric=metric_of, other=objective_of)
def points(
    variety: Variety,
    metric: Metric | None,
    other: Given | None,
    data: Data = None,
    backend: Solver = EMBEDDED,
    seed: Seed = 0,
    certify: Certify = False,
    as_json: Json = False,
) -> None:
    """Find all critical points for one data point.

    edgeom points --rows 3 --cols 3 --rank 1 --data Q.txt --json

    edgeom points --rows 2 --cols 2 --rank 1 --data Q.txt --objective power:4
    """
    problem = _problem(variety, metric, other, data, seed)
    with progress_bar() as report:
        found = problem.critical_points(seed, backend=backend, progress=report)
        proof = found.certify() if certify else None
    if as_json:
        print_json(_points_to_dict(found, proof))
    else:
        typer.echo(str(found) if proof is None else f"{found}\n  proof     {proof}")


def _problem(
    variety: Variety, metric: Metric | None, other: Given | None, data: Path | None, seed: int
) -> CriticalProblem:
    """Return the problem that the options describe."""
    if isinstance(other, RationalObjective):
        if data is not None:
            raise InputError("an objective from a file has no data; leave out --data")
        return CriticalProblem(variety, other)
    if data is None:
        raise InputError("--data is missing: a text or .npy file with the data point")
    array = read_array(data)
    point = shaped(array, variety.shape)
    given = array if point is None else point
    if other is not None:
        return CriticalProblem.of_family(variety, other, given)
    if metric is None:
        metric = Metric.random(variety.ambient_dimension, seed)
    return DistanceProblem(variety, metric, data=given)


def _points_to_dict(found: CriticalPoints, proof: Certificate | None) -> dict[str, Any]:
    certificate = None if proof is None else proof.to_dict()
    return {
        **described(found.variety),
        "metric" if isinstance(found.family, Metric) else "objective": found.family.name,
        "data": numbers(found.data),
        "count": len(found),
        "expected": found.expected,
        "real": len(found.real),
        "minima": len(found.minima),
        "points": [_point_to_dict(point, found) for point in found],
        "evidence": found.evidence.to_dict(),
        "certificate": certificate,
    }


def _point_to_dict(point: CriticalPoint, found: CriticalPoints) -> dict[str, Any]:
    name = "squared_distance" if isinstance(found.family, Metric) else "value"
    fields = {key: value for key, value in vars(point).items() if key not in ("value", "point")}
    return {**fields, "point": numbers(point.point), name: numbers(point.value)}
