"""``edgeom points``: all critical points for one data point."""

from __future__ import annotations

from typing import Any

import typer

from edgeom.certification.certificate import Certificate
from edgeom.cli.files import read_array, shaped
from edgeom.cli.options import (
    Certify,
    Data,
    Json,
    Seed,
    Solver,
    metric_of,
    variety_of,
)
from edgeom.cli.output import described, numbers, print_json, progress_bar
from edgeom.cli.shared import given
from edgeom.critical.points import CriticalPoint, CriticalPoints
from edgeom.critical.problem import DistanceProblem
from edgeom.objectives.metric import Metric
from edgeom.solvers.registry import EMBEDDED
from edgeom.varieties.base import Variety

__all__ = ["points"]


@given(variety=variety_of, metric=metric_of)
def points(
    data: Data,
    variety: Variety,
    metric: Metric | None,
    backend: Solver = EMBEDDED,
    seed: Seed = 0,
    certify: Certify = False,
    as_json: Json = False,
) -> None:
    """Find all critical points for one data point.

    edgeom points --rows 3 --cols 3 --rank 1 --data Q.txt --json
    """
    if metric is None:
        metric = Metric.random(variety.ambient_dimension, seed)
    array = read_array(data)
    point = shaped(array, variety.shape)
    problem = DistanceProblem(variety, metric, data=array if point is None else point)
    with progress_bar() as report:
        found = problem.critical_points(seed, backend=backend, progress=report)
        proof = found.certify() if certify else None
    if as_json:
        print_json(_points_to_dict(found, proof))
    else:
        typer.echo(str(found) if proof is None else f"{found}\n  proof     {proof}")


def _points_to_dict(found: CriticalPoints, proof: Certificate | None) -> dict[str, Any]:
    certificate = None if proof is None else proof.to_dict()
    return {
        **described(found.variety),
        "metric": found.metric.name,
        "data": numbers(found.data),
        "count": len(found),
        "expected": found.expected,
        "real": len(found.real),
        "minima": len(found.minima),
        "points": [_point_to_dict(point) for point in found],
        "evidence": found.evidence.to_dict(),
        "certificate": certificate,
    }


def _point_to_dict(point: CriticalPoint) -> dict[str, Any]:
    distance = numbers(point.squared_distance)
    return {**vars(point), "point": numbers(point.point), "squared_distance": distance}
