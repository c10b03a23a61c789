"""``edgeom nearest``: nearest points on the command line."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from edgeom.cli import signals
from edgeom.cli.files import names_of, read_array, shaped
from edgeom.cli.options import (
    Data,
    Given,
    Json,
    Scheduler,
    Seed,
    Workers,
    metric_of,
    objective_of,
    variety_of,
)
from edgeom.cli.output import print_json, progress_bar
from edgeom.cli.points import problem_of
from edgeom.cli.shared import given
from edgeom.critical.least_point import LeastPoint
from edgeom.critical.nearest import NearestProblem
from edgeom.critical.nearest_point import NearestPoint
from edgeom.errors import InputError
from edgeom.files import resolved, write_file
from edgeom.objectives.metric import Metric
from edgeom.tables.nearest import NearestPoints, nearest_points
from edgeom.tables.store import RunFolder
from edgeom.varieties.base import Variety

__all__ = ["nearest"]

FILES = (".csv", ".parquet", ".npy")
MANY = 10_000  # data points of which a folder is kept beside a file, until that is written
Out = Annotated[
    Path | None,
    typer.Option("--out", help="A .csv, .parquet or .npy file for the points, or a new folder."),
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume",
        help="Continue what was interrupted: with --out a folder, or with "
        f"--out a file for more than {MANY:,} data points; fewer are begun anew.",
    ),
]
Own = Annotated[
    Path | None,
    typer.Option(help="Text or .npy file: weights or a matrix for each data point."),
]
Box = Annotated[
    list[str] | None,
    typer.Option("--domain", help="Of a parameter of a map: t=0,1; an end may be left out."),
]
Prove = Annotated[bool, typer.Option("--prove", help="Try to prove each of many points.")]


@given(variety=variety_of, metric=metric_of, other=objective_of)
def nearest(
    variety: Variety,
    metric: Metric | None,
    other: Given | None,
    data: Data = None,
    metrics: Own = None,
    out: Out = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    resume: Resume = False,
    domain: Box = None,
    prove: Prove = False,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Find the nearest point for one data point, with its proof, or for each line of a file.

    edgeom nearest --equations "y^2 = x^2*(x - 1)" --variables x,y --data q.csv --out points.csv

    With --objective it is the point where that is least, for one data point.
    """
    if other is not None:
        if out is not None or metrics is not None or domain:
            raise InputError("--out, --metrics and --domain are for nearest points")
        return _print(problem_of(variety, metric, other, data, seed).least_point(seed), as_json)
    if data is None:
        raise InputError("--data is missing: a text or .npy file with data points")
    array = read_array(data, names_of(variety))
    point = shaped(array, variety.shape)
    if point is not None:
        if out is not None:
            raise InputError("--out is for several data points; this file holds one")
        return _print(NearestProblem(variety, metric, seed, _box(domain)).at(point), as_json)
    rows = _rows(variety, array, "--data")
    target = None if out is None else resolved(out, "a file")
    folder = _folder(target, len(rows), resume)
    if folder is not None:
        signals.remember("continue with --resume")
    with progress_bar(rate=True) as report:
        found = nearest_points(
            variety,
            rows,
            metric if metrics is None else _own(variety, metrics, len(rows)),
            domain=_box(domain),
            prove=prove,
            seed=seed,
            workers=workers,
            scheduler=scheduler,
            out=folder,
            resume=resume and folder is not None,
            progress=report,
        )
    if target is not None and target != folder:
        _write(found, target)
        if folder is not None:
            RunFolder(folder).delete()
    _report(found, target, as_json)


def _report(found: NearestPoints, target: Path | None, as_json: bool) -> None:
    """Print the points, or a summary where they are in a file."""
    if as_json and target is not None:
        print_json({"points": len(found), "proved": int(found.proved.sum()), "out": str(target)})
    elif not as_json and target is None and not sys.stdout.isatty():
        typer.echo(_csv(found), nl=False)
    else:
        _print(found, as_json)


def _print(found: NearestPoint | LeastPoint | NearestPoints, as_json: bool) -> None:
    if as_json:
        print_json(found.to_dict())
    else:
        typer.echo(str(found))


def _box(texts: list[str] | None) -> dict[str, tuple[float | None, float | None]] | None:
    """Read domains of parameters."""
    found = {}
    for text in texts or []:
        try:
            name, ends = text.split("=")
            low, high = (float(end) if end.strip() else None for end in ends.split(","))
        except ValueError:
            raise InputError(f"--domain must be like t=0,1, got {text!r:.80}") from None
        found[name.strip()] = (low, high)
    return found or None


def _rows(variety: Variety, array: NDArray[Any], option: str) -> NDArray[Any]:
    """Return one point of the shape of the variety for each line."""
    size = int(np.prod(variety.shape))
    if array.ndim == 0 or array[0].size != size:
        raise InputError(
            f"{option}: a file of shape {array.shape} has no point with {size} numbers in each line"
        )
    return array.reshape(len(array), *variety.shape)


def _own(variety: Variety, path: Path, samples: int) -> NDArray[Any]:
    """Read weights or a matrix for each data point."""
    array, n = read_array(path), variety.ambient_dimension
    if array.ndim and array[0].size == n * n and array[0].size != np.prod(variety.shape):
        return array.reshape(len(array), n, n)
    return _rows(variety, array, "--metrics")


def _folder(target: Path | None, samples: int, resume: bool) -> Path | None:
    """Return the run folder: the target itself, or one beside a file for many data points."""
    if target is None:
        if resume:
            raise InputError("--resume needs --out, where the points are")
        return None
    if not target.suffix:
        return target
    if target.suffix not in FILES:
        raise InputError(f"--out must end in {', '.join(FILES)}, or be a folder, got {target}")
    return target.with_name(f"{target.name}.run") if samples > MANY else None


def _write(found: NearestPoints, out: Path) -> None:
    buffer = io.BytesIO()
    if out.suffix == ".npy":
        np.save(buffer, found.points)
    elif out.suffix == ".parquet":
        found.to_pandas().to_parquet(buffer)
    else:
        buffer.write(_csv(found).encode())
    write_file(out, buffer.getvalue())


def _csv(found: NearestPoints) -> str:
    columns = found.columns()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*(np.asarray(c).tolist() for c in columns.values()), strict=True))
    return text.getvalue()
