"""The command line: ``edgeom degree``, ``edgeom points`` and ``edgeom verify``.

Options become a variety, a metric and data; the work is done by the library, and this module
prints what comes back, for people or as JSON. Errors of the library become one line on stderr.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from io import TextIOWrapper
from math import prod
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from rich import box, progress
from rich.console import Console
from rich.table import Table
from rich.text import Text
from typer.core import TyperGroup

from edgeom.counting import EDDegree, ed_degree, generic_ed_degree
from edgeom.errors import EdgeomError, InputError
from edgeom.evidence import describe_paths
from edgeom.homotopy.monodromy import Progress
from edgeom.metric import Metric
from edgeom.points import CriticalPoint, CriticalPoints
from edgeom.problem import DistanceProblem
from edgeom.varieties.algebraic import AlgebraicVariety
from edgeom.varieties.base import Variety
from edgeom.varieties.determinantal import DeterminantalVariety, SymmetricDeterminantalVariety
from edgeom.varieties.segre import SegreVariety
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

MATRICES, TENSORS, ZEROS = "Matrices of bounded rank", "Rank-one tensors", "Zero sets"
Rows = Annotated[int | None, typer.Option(help="Number of rows.", rich_help_panel=MATRICES)]
Cols = Annotated[int | None, typer.Option(help="Number of columns.", rich_help_panel=MATRICES)]
Rank = Annotated[int | None, typer.Option(help="Bound on the rank.", rich_help_panel=MATRICES)]
Symmetric = Annotated[
    bool, typer.Option("--symmetric", help="Symmetric matrices.", rich_help_panel=MATRICES)
]
Dims = Annotated[
    str | None, typer.Option(help="Shape of the tensors: 2,2,2.", rich_help_panel=TENSORS)
]
Equations = Annotated[
    list[str] | None,
    typer.Option(help="Polynomials, separated by ; or repeated.", rich_help_panel=ZEROS),
]
Variables = Annotated[
    str | None, typer.Option("--vars", help="Their variables: x,y.", rich_help_panel=ZEROS)
]
Generic = Annotated[bool, typer.Option("--generic", help="A random metric.")]
Weights = Annotated[
    Path | None,
    typer.Option(help="Text or .npy file: a weight for each entry, or the metric's matrix."),
]
Indefinite = Annotated[
    bool, typer.Option("--indefinite", help="Accept --weights that are indefinite or singular.")
]
Method = Annotated[str, typer.Option(help="auto, formula or monodromy.")]
Seed = Annotated[int, typer.Option(help="Seed of the random numbers.")]
Seeds = Annotated[
    int | None, typer.Option(help="Starting points of monodromy, to meet all components.")
]
Data = Annotated[Path, typer.Option(help="Text or .npy file: the data point.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


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
    as_json: Json = False,
) -> None:
    """Count the critical points for general data: the ED degree.

    edgeom degree --rows 3 --cols 3 --rank 1 --generic

    edgeom degree --equations "x^2 + 4*y^2 - 4" --vars x,y
    """
    variety = _variety(rows, cols, rank, symmetric, dims, equations, variables)
    metric = _metric(variety, generic, weights, indefinite)
    with _progress() as report:
        options: dict[str, Any] = {"method": method, "seed": seed, "seeds": seeds}
        if metric is None:
            number = generic_ed_degree(variety, **options, progress=report)
        else:
            number = ed_degree(variety, metric, **options, progress=report)
    name = "generic" if metric is None else metric.name
    if as_json:
        _print_json({"variety": str(variety), "metric": name, **number.to_dict()})
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
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Find all critical points for one data point.

    edgeom points --rows 3 --cols 3 --rank 1 --data Q.txt --json
    """
    variety = _variety(rows, cols, rank, symmetric, dims, equations, variables)
    metric = _metric(variety, generic, weights, indefinite)
    if metric is None:
        metric = Metric.random(variety.ambient_dimension, seed)
    array = _read(data)
    point = _shaped(array, variety.shape)
    problem = DistanceProblem(variety, metric, data=array if point is None else point)
    with _progress() as report:
        found = problem.critical_points(seed, progress=report)
    if as_json:
        _print_json(_points_to_dict(found))
    else:
        typer.echo(str(found))


@app.command()
def verify(
    slow: Annotated[bool, typer.Option("--slow", help="Monodromy also to 1350 points.")] = False,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Compute known ED degrees and compare them with formulas and the literature."""
    with _progress() as report:
        result = run_verification(slow=slow, seed=seed, progress=report)
    if as_json:
        _print_json(result.to_dict())
    else:
        _print_verification(result)
    raise typer.Exit(0 if result.ok else 1)


def _variety(
    rows: int | None,
    cols: int | None,
    rank: int | None,
    symmetric: bool,
    dims: str | None,
    equations: Sequence[str] | None,
    variables: str | None,
) -> Variety:
    """Return the variety that the options describe, which have to describe exactly one."""
    if symmetric:
        rows, cols = (cols if rows is None else rows), (rows if cols is None else cols)
    families: list[dict[str, Any]] = [
        {"--rows": rows, "--cols": cols, "--rank": rank, "--symmetric": symmetric or None},
        {"--dims": dims},
        {"--equations": equations or None, "--vars": variables},
    ]
    used = [[name for name, value in f.items() if value is not None] for f in families]
    named = [names[0] for names in used if names]
    if not named:
        raise InputError(
            "no variety given; use --rows, --cols and --rank, or --dims, or --equations and --vars"
        )
    if len(named) > 1:
        raise InputError(f"{' and '.join(named)} describe different varieties; use one of them")
    family = next(f for f, names in zip(families, used, strict=True) if names)
    missing = [name for name, value in family.items() if value is None and name != "--symmetric"]
    if missing:
        raise InputError(f"{named[0]} needs {' and '.join(missing)}")
    if equations and variables is not None:
        texts = [text for option in equations for text in option.split(";") if text.strip()]
        return AlgebraicVariety(texts, variables)
    if dims is not None:
        return SegreVariety(_integers(dims))
    assert rows is not None and cols is not None and rank is not None
    if not symmetric:
        return DeterminantalVariety(rows, cols, rank)
    if rows != cols:
        raise InputError(f"--symmetric needs --rows and --cols to be equal, got {rows} and {cols}")
    return SymmetricDeterminantalVariety(rows, rank)


def _integers(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f"--dims must be integers like 2,2,2, got {text!r}") from None


def _metric(
    variety: Variety, generic: bool, weights: Path | None, indefinite: bool
) -> Metric | None:
    """Return the metric that the options ask for, None for a generic one."""
    if generic and weights:
        raise InputError("--generic and --weights exclude each other: a generic metric is random")
    if indefinite and not weights:
        raise InputError("--indefinite needs --weights")
    if generic:
        return None
    if weights is None:
        return variety.default_metric
    array = _read(weights)
    entries = _shaped(array, variety.shape)
    if entries is not None:
        # a symmetric matrix has its entries off the diagonal twice, as in its default metric
        diagonal = variety.default_metric.matrix.diagonal() * variety.flatten(entries, "--weights")
        return Metric(np.diag(diagonal), f"entrywise weights from {weights.name}", indefinite)
    n = variety.ambient_dimension
    if array.shape == (n, n):
        return Metric(array, f"metric matrix from {weights.name}", indefinite)
    raise InputError(
        f"--weights: {weights} has shape {array.shape}; for {variety} it must be entrywise weights "
        f"of shape {variety.shape} or a metric matrix of shape {(n, n)}"
    )


def _read(path: Path) -> NDArray[Any]:
    try:
        if path.suffix == ".npy":
            return np.asarray(np.load(path))
        lines = path.read_text(encoding="utf-8").replace(",", " ").splitlines()
        table = [line.split() for line in lines if line.strip()]
        if len(set(map(len, table))) > 1:
            raise ValueError("its lines have different lengths")
        return np.array(table, float)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    except (ValueError, EOFError) as error:
        raise InputError(f"{path} does not hold a matrix of numbers: {error}") from None


def _shaped(array: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any] | None:
    """Return the array in this shape if it is meant to have it.

    Axes of length one do not matter, and tensors may be given in any layout: a text file has only
    lines and columns.
    """
    same = np.squeeze(array).shape == tuple(n for n in shape if n > 1)
    return array.reshape(shape) if same or (len(shape) > 2 and array.size == prod(shape)) else None


@contextmanager
def _progress() -> Iterator[Progress | None]:
    """Yield a callback that draws a bar, on a terminal and after a second of work."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    columns = progress.SpinnerColumn(), "{task.description}", progress.MofNCompleteColumn()
    begin, task = time.monotonic(), None
    bar = progress.Progress(*columns, progress.BarColumn(), console=console, transient=True)

    def report(stage: str, done: int, total: int | None) -> None:
        nonlocal task
        if task is None and time.monotonic() - begin > 1:
            bar.start()
            task = bar.add_task(stage, total=total)
        if task is not None:
            bar.update(task, description=stage, completed=done, total=total)

    try:
        yield report
    finally:
        bar.stop()


def _print_json(value: dict[str, Any]) -> None:
    typer.echo(json.dumps(value, indent=2))


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
    for column in COLUMNS:
        table.add_column(column, justify="right" if column in NUMBERS else "left")
    for row in result.rows:
        table.add_row(*map(Text, row.cells), style=None if row.agrees else "bold red")
    console = Console(highlight=False)
    console.print(table)
    for note in result.notes:
        console.print(Text(f"\n{note}", "dim"))
    console.print(Text(f"\n{result.verdict}", "bold green" if result.ok else "bold red"))


def _points_to_dict(found: CriticalPoints) -> dict[str, Any]:
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
