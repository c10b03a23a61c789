"""``edgeom points``: all critical points for one data point."""

from __future__ import annotations

from typing import Any

import typer

from edgeom.certification.certificate import Certificate
from edgeom.cli.files import read_array, shaped
from edgeom.cli.options import (
    Certify,
    Cols,
    Data,
    Dims,
    Equations,
    Generic,
    Indefinite,
    Json,
    Rank,
    Rows,
    Seed,
    Solver,
    Symmetric,
    Variables,
    Weights,
    metric_of,
    variety_of,
)
from edgeom.cli.output import numbers, print_json, progress_bar
from edgeom.critical.points import CriticalPoint, CriticalPoints
from edgeom.critical.problem import DistanceProblem
from edgeom.objectives.metric import Metric
from edgeom.solvers.registry import EMBEDDED

__all__ = ["points"]


def points(
    data: Data,
    rows: Rows = None,
    cols: Cols = None,
    rank: Rank = None,
    symmetric: Symmetric = False,
    dims: Dims = None,
    equations: Equations = None,
    variables: Variables = None,
    generic: Generic = False,
    weights: Weights = None,
    indefinite: Indefinite = False,
    backend: Solver = EMBEDDED,
    seed: Seed = 0,
    certify: Certify = False,
    as_json: Json = False,
) -> None:
    """Find all critical points for one data point.

    edgeom points --rows 3 --cols 3 --rank 1 --data Q.txt --json
    """
    variety = variety_of(rows, cols, rank, symmetric, dims, equations, variables)
    metric = metric_of(variety, generic, weights, indefinite)
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
        "variety": str(found.variety),
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
