"""The command line: ``edgeom degree``, ``points``, ``network``, ``verify``, ``doctor`` and more.

Options become a variety, a metric and data; the work is done by the library, and this module
prints what comes back, for people or as JSON. Errors of the library become one line on stderr.
"""

from __future__ import annotations

import sys
from importlib.metadata import version
from io import TextIOWrapper
from typing import Annotated, Any

import numpy as np
import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text
from typer.core import TyperGroup

from edgeom.certification.certificate import Certificate
from edgeom.cli.certify import certify as certify_run_folder
from edgeom.cli.network import network
from edgeom.cli.options import (
    Certify,
    Cols,
    Data,
    Dims,
    Equations,
    Generic,
    Indefinite,
    Json,
    Method,
    Rank,
    Rows,
    Seed,
    Seeds,
    Solver,
    Symmetric,
    Variables,
    Weights,
    metric_of,
    print_json,
    progress_bar,
    read_array,
    shaped,
    variety_of,
)
from edgeom.cli.slice import data_slice_picture
from edgeom.cli.table import table
from edgeom.critical.counting import EDDegree, ed_degree, generic_ed_degree
from edgeom.critical.points import CriticalPoint, CriticalPoints
from edgeom.critical.problem import DistanceProblem
from edgeom.doctor import examine
from edgeom.errors import EdgeomError, InputError
from edgeom.evidence import describe_paths
from edgeom.objectives.metric import Metric
from edgeom.solvers.registry import EMBEDDED
from edgeom.varieties.base import Variety
from edgeom.verification import COLUMNS, NUMBERS, Verification
from edgeom.verification import verify as run_verification

__all__ = ["app", "main"]


class _Commands(TyperGroup):
    """Turns errors of the library into one line and an exit status."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except EdgeomError as error:
            typer.echo(f"error: {error}", err=True)
            raise typer.Exit(2 if isinstance(error, InputError) else 1) from error
        except KeyboardInterrupt:
            typer.echo("interrupted", err=True)
            raise typer.Exit(130) from None


app = typer.Typer(
    cls=_Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # for terminals that have no × or ≤
    app()


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"edgeom {version('edgeom')}")
        raise typer.Exit


@app.callback()
def _edgeom(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Critical points of a squared distance on an algebraic variety, and how many there are."""


@app.command()
def degree(
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
    method: Method = "auto",
    seed: Seed = 0,
    seeds: Seeds = None,
    certify: Certify = False,
    as_json: Json = False,
) -> None:
    """Count the critical points for general data: the ED degree.

    edgeom degree --rows 3 --cols 3 --rank 1 --generic

    edgeom degree --equations "x^2 + 4*y^2 - 4" --vars x,y
    """
    variety = variety_of(rows, cols, rank, symmetric, dims, equations, variables)
    metric = metric_of(variety, generic, weights, indefinite)
    with progress_bar() as report:
        options: dict[str, Any] = {"method": method, "seed": seed, "seeds": seeds}
        options["certify"] = certify
        if metric is None:
            number = generic_ed_degree(variety, **options, progress=report)
        else:
            number = ed_degree(variety, metric, **options, progress=report)
    name = "generic" if metric is None else metric.name
    if as_json:
        print_json({"variety": str(variety), "metric": name, **number.to_dict()})
    else:
        _print_degree(number, variety, name)


@app.command()
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


app.command()(table)
app.command("certify")(certify_run_folder)
app.command("slice")(data_slice_picture)
app.command()(network)


@app.command()
def verify(
    slow: Annotated[bool, typer.Option("--slow", help="Monodromy also to 1350 points.")] = False,
    backend: Annotated[
        str | None, typer.Option(help="Count by this solver, e.g. phcpack, not by monodromy.")
    ] = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Compute known ED degrees and compare them with formulas and the literature."""
    with progress_bar() as report:
        result = run_verification(slow=slow, seed=seed, progress=report, backend=backend)
    if as_json:
        print_json(result.to_dict())
    else:
        _print_verification(result)
    raise typer.Exit(0 if result.ok else 1)


@app.command()
def doctor(as_json: Json = False) -> None:
    """Show which solvers and optional parts work here, and how to get what is missing."""
    findings = examine()
    if as_json:
        print_json({"ok": findings.ok, "parts": [finding.to_dict() for finding in findings]})
    else:
        typer.echo(str(findings))
    raise typer.Exit(0 if findings.ok else 1)


def _print_degree(number: EDDegree, variety: Variety, metric: str) -> None:
    evidence = number.evidence
    lines = [("metric", metric), ("method", evidence.method)]
    lines += [("check", text) for text in evidence.checks]
    lines += [("note", text) for text in evidence.notes]
    if evidence.paths:
        lines.append(("paths", describe_paths(evidence.paths)))
    if evidence.residual is not None:
        lines.append(("residual", f"at most {evidence.residual:.0e}"))
    if evidence.seed is not None:
        lines.append(("seed", str(evidence.seed)))
    typer.echo(f"{typer.style(str(number), bold=True)} critical points on {variety}")
    for name, text in lines:
        typer.echo(f"  {name:9s} {text}")


def _print_verification(result: Verification) -> None:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True)
    for column, name in zip(result.columns, COLUMNS, strict=True):
        table.add_column(column, justify="right" if name in NUMBERS else "left")
    for row in result.rows:
        table.add_row(*map(Text, row.cells), style=None if row.agrees else "bold red")
    console = Console(highlight=False)
    console.print(table)
    for note in result.notes:
        console.print(Text(f"\n{note}", "dim"))
    console.print(Text(f"\n{result.verdict}", "bold green" if result.ok else "bold red"))


def _points_to_dict(found: CriticalPoints, proof: Certificate | None) -> dict[str, Any]:
    certificate = None if proof is None else proof.to_dict()
    return {
        "variety": str(found.variety),
        "metric": found.metric.name,
        "data": _numbers(found.data),
        "count": len(found),
        "expected": found.expected,
        "real": len(found.real),
        "minima": len(found.minima),
        "points": [_point_to_dict(point) for point in found],
        "evidence": found.evidence.to_dict(),
        "certificate": certificate,
    }


def _point_to_dict(point: CriticalPoint) -> dict[str, Any]:
    distance = _numbers(point.squared_distance)
    return {**vars(point), "point": _numbers(point.point), "squared_distance": distance}


def _numbers(values: Any) -> Any:
    """Return numbers as (nested) lists, complex ones as real and imaginary parts."""
    array = np.asarray(values)
    if np.iscomplexobj(array):
        return {"re": array.real.tolist(), "im": array.imag.tolist()}
    return array.tolist()
