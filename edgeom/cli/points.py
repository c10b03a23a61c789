"""``edgeom points``: all critical points for one data point."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from edgeom.cli.files import names_of, read_array, shaped
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
from edgeom.cli.output import print_json, progress_bar
from edgeom.cli.shared import given
from edgeom.critical.general import CriticalProblem
from edgeom.critical.problem import DistanceProblem
from edgeom.errors import InputError
from edgeom.objectives.metric import Metric
from edgeom.objectives.polynomial import RationalObjective
from edgeom.solvers.registry import EMBEDDED
from edgeom.varieties.base import Variety

__all__ = ["points", "problem_of"]

ShowAll = Annotated[bool, typer.Option("--all", help="List points that are not real, too.")]


@given(variety=variety_of, metric=metric_of, other=objective_of)
def points(
    variety: Variety,
    metric: Metric | None,
    other: Given | None,
    data: Data = None,
    backend: Solver = EMBEDDED,
    seed: Seed = 0,
    certify: Certify = False,
    show_all: ShowAll = False,
    as_json: Json = False,
) -> None:
    """Find all critical points for one data point, and list them.

    edgeom points --rows 3 --cols 3 --rank 1 --data Q.txt

    edgeom points --rows 2 --cols 2 --rank 1 --data Q.txt --objective power:4

    With --json they are a file that edgeom.load reads.
    """
    problem = problem_of(variety, metric, other, data, seed)
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


def problem_of(
    variety: Variety, metric: Metric | None, other: Given | None, data: Path | None, seed: int
) -> CriticalProblem:
    """Return the problem that the options describe."""
    if isinstance(other, RationalObjective):
        if data is not None:
            raise InputError("an objective from a file has no data; leave out --data")
        return CriticalProblem(variety, other)
    if data is None:
        raise InputError("--data is missing: a text or .npy file with the data point")
    array = read_array(data, names_of(variety))
    point = shaped(array, variety.shape)
    given = array if point is None else point
    if other is not None:
        return CriticalProblem.of_family(variety, other, given)
    if metric is None:
        metric = Metric.random(variety.ambient_dimension, seed)
    return DistanceProblem(variety, metric, data=given)
