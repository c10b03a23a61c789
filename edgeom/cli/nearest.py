"""``edgeom nearest``: nearest points on the command line."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from edgeom.cli.files import read_array, shaped
from edgeom.cli.options import Data, Given, Json, Seed, metric_of, objective_of, variety_of
from edgeom.cli.output import print_json, progress_bar
from edgeom.cli.points import problem_of
from edgeom.cli.shared import given
from edgeom.critical.nearest import NearestProblem
from edgeom.errors import InputError
from edgeom.files import write_file
from edgeom.objectives.metric import Metric
from edgeom.tables.nearest import NearestPoints, nearest_points
from edgeom.varieties.base import Variety

__all__ = ["nearest"]

Out = Annotated[
    Path | None, typer.Option("--out", help="A .csv, .parquet or .npy file for the points.")
]


@given(variety=variety_of, metric=metric_of, other=objective_of)
def nearest(
    variety: Variety,
    metric: Metric | None,
    other: Given | None,
    data: Data = None,
    out: Out = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Find the nearest point for one data point, with its proof, or for each line of a file.

    edgeom nearest --equations "y^2 = x^2*(x - 1)" --variables x,y --data q.csv --out points.csv

    With --objective it is the point where that is least, for one data point.
    """
    if other is not None:
        if out is not None:
            raise InputError("--out is for nearest points; --objective prints one point")
        least = problem_of(variety, metric, other, data, seed).least_point(seed)
        if as_json:
            print_json(least.to_dict())
        else:
            typer.echo(str(least))
        return
    if data is None:
        raise InputError("--data is missing: a text or .npy file with data points")
    array = read_array(data)
    point = shaped(array, variety.shape)
    if point is not None:
        best = NearestProblem(variety, metric, seed).at(point)
        if out is not None:
            raise InputError("--out is for several data points; this file holds one")
        if as_json:
            print_json(best.to_dict())
        else:
            typer.echo(str(best))
        return
    with progress_bar(rate=True) as report:
        rows = array.reshape(len(array), *variety.shape)
        found = nearest_points(variety, rows, metric, seed=seed, progress=report)
    if out is not None:
        _write(found, out)
    if as_json:
        print_json(found.to_dict())
    elif out is None and not sys.stdout.isatty():
        typer.echo(_csv(found), nl=False)
    else:
        typer.echo(str(found))


def _write(found: NearestPoints, out: Path) -> None:
    if out.suffix == ".npy":
        buffer = io.BytesIO()
        np.save(buffer, found.points)
        write_file(out, buffer.getvalue())
    elif out.suffix == ".parquet":
        buffer = io.BytesIO()
        found.to_pandas().to_parquet(buffer)
        write_file(out, buffer.getvalue())
    elif out.suffix == ".csv":
        write_file(out, _csv(found).encode())
    else:
        raise InputError(f"--out must end in .csv, .parquet or .npy, got {out}")


def _csv(found: NearestPoints) -> str:
    columns = found.columns()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*(np.asarray(c).tolist() for c in columns.values()), strict=True))
    return text.getvalue()
