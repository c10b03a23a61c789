"""``edgeom degree``: the number of critical points for general data."""

from __future__ import annotations

from typing import Any

import typer

from edgeom.cli.options import (
    Certify,
    Given,
    Json,
    Method,
    Seed,
    Seeds,
    metric_of,
    objective_of,
    variety_of,
)
from edgeom.cli.output import print_json, progress_bar
from edgeom.cli.shared import given
from edgeom.critical.counting import ed_degree, generic_ed_degree
from edgeom.critical.numbers import EDDegree
from edgeom.critical.optimization import optimization_degree
from edgeom.errors import InputError
from edgeom.evidence import describe_paths
from edgeom.objectives.metric import Metric
from edgeom.plain import shortened
from edgeom.records import described
from edgeom.varieties.base import Variety

__all__ = ["degree"]

LONGEST = 66  # characters of a variety in a line


@given(variety=variety_of, metric=metric_of, other=objective_of)
def degree(
    variety: Variety,
    metric: Metric | None,
    other: Given | None,
    method: Method = "auto",
    seed: Seed = 0,
    seeds: Seeds = None,
    certify: Certify = False,
    as_json: Json = False,
) -> None:
    """Count the critical points for general data: the ED degree, or that of optimization.

    edgeom degree --rows 3 --cols 3 --rank 1 --generic

    edgeom degree --variety "zeros x^2 + 4*y^2 - 4 in x, y"

    edgeom degree --rows 3 --cols 3 --rank 2 --objective likelihood
    """
    with progress_bar() as report:
        options: dict[str, Any] = {"method": method, "seed": seed, "seeds": seeds}
        if other is not None:
            if seeds is not None:
                raise InputError("--seeds is for squared distances")
            chosen: dict[str, Any] = {"method": method, "seed": seed, "certify": certify}
            number = optimization_degree(variety, other, **chosen, progress=report)
        elif metric is None:
            number = generic_ed_degree(variety, **options, certify=certify, progress=report)
        else:
            number = ed_degree(variety, metric, **options, certify=certify, progress=report)
    kind, name = "metric", "generic" if metric is None else metric.name
    if other is not None:
        kind, name = "objective", other.name
    if as_json:
        found = number.to_dict()
        print_json({"format": found["format"], **described(variety), kind: name, **found})
    else:
        _print_degree(number, variety, kind, name)


def _print_degree(number: EDDegree, variety: Variety, kind: str, name: str) -> None:
    evidence = number.evidence
    words, short = (shortened(text, LONGEST) for text in (variety.text, str(variety)))
    lines = [("variety", words), (kind, name), ("method", evidence.method)]
    lines += [("check", text) for text in evidence.checks]
    lines += [("note", text) for text in evidence.notes]
    if evidence.paths:
        lines.append(("paths", describe_paths(evidence.paths)))
    if evidence.residual is not None:
        lines.append(("residual", f"at most {evidence.residual:.0e}"))
    if evidence.seed is not None:
        lines.append(("seed", str(evidence.seed)))
    typer.echo(f"{typer.style(str(number), bold=True)} critical points on {short}")
    for label, text in lines:
        typer.echo(f"  {label:9s} {text}")
