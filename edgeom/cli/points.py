"""``edgeom points``: all critical points for one data point."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

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
from edgeom.cli.output import print_json, progress_bar
from edgeom.cli.shared import given
from edgeom.critical.problem import DistanceProblem
from edgeom.objectives.metric import Metric
from edgeom.solvers.registry import EMBEDDED
from edgeom.varieties.base import Variety

__all__ = ["points"]

ShowAll = Annotated[bool, typer.Option("--all", help="List points that are not real, too.")]


@given(variety=variety_of, metric=metric_of)
def points(
    data: Data,
    variety: Variety,
    metric: Metric | None,
    backend: Solver = EMBEDDED,
    seed: Seed = 0,
    certify: Certify = False,
    show_all: ShowAll = False,
    as_json: Json = False,
) -> None:
    """Find all critical points for one data point, and list them.

    edgeom points --rows 3 --cols 3 --rank 1 --data Q.txt

    With --json they are a file that edgeom.load reads.
    """
    if metric is None:
        metric = Metric.random(variety.ambient_dimension, seed)
    array = read_array(data)
    point = shaped(array, variety.shape)
    problem = DistanceProblem(variety, metric, data=array if point is None else point)
    with progress_bar() as report:
        found = problem.critical_points(seed, backend=backend, progress=report)
        if certify:
            found = replace(found, certificate=found.certify())
    if as_json:
        print_json(found.to_dict())
        return
    shown = found if show_all or not found.is_real.any() else found.real
    typer.echo(f"{found}\n\n{shown.listing()}")
    if len(shown) < len(found):
        typer.echo(f"and {len(found) - len(shown)} that are not real (--all)")
