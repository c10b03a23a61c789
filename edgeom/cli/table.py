"""``edgeom table``: a table of real critical points, with its samples and pictures in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from edgeom.cli import signals
from edgeom.cli.files import metric_from_file, read_array, shaped
from edgeom.cli.options import (
    Certify,
    Given,
    Json,
    Scheduler,
    Seed,
    Workers,
    objective_of,
    variety_of,
)
from edgeom.cli.output import print_json, progress_bar
from edgeom.cli.pictures import can_draw, drawn
from edgeom.cli.shared import given
from edgeom.errors import InputError
from edgeom.files import read_limited, resolved, write_file
from edgeom.objectives.metric import Metric
from edgeom.records import described
from edgeom.tables.files import FORMAT as TABLE
from edgeom.tables.files import summary_fields
from edgeom.tables.laws import LAWS
from edgeom.tables.table import RealCriticalTable, real_critical_table
from edgeom.varieties.base import Variety

__all__ = ["table"]

Samples = Annotated[
    int | None, typer.Option(help="Number of random data points.", show_default="2000")
]
Law = Annotated[
    str,
    typer.Option(
        "--metric",
        help="fresh or weights: a new one for each sample; fixed: a random one for all; or a "
        "text or .npy file with a weight for each entry, or the matrix.",
    ),
]
Points = Annotated[
    Path | None, typer.Option(help="Text or .npy file: one data point, or one in each line.")
]
Out = Annotated[Path, typer.Option(help="New folder for samples, tables and picture.")]
Resume = Annotated[bool, typer.Option("--resume", help="Continue the run in the folder.")]


@given(variety=variety_of, other=objective_of)
def table(
    out: Out,
    variety: Variety,
    other: Given | None,
    samples: Samples = None,
    metric: Law = "fresh",
    data: Points = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    resume: Resume = False,
    certify: Certify = False,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Count real critical points and local minima for random data.

    edgeom table --rows 3 --cols 3 --rank 1 --samples 2000 --out run
    """
    folder = resolved(out)
    points = None if data is None else _points(variety, data)
    signals.remember("continue with --resume")
    with progress_bar(rate=True) as report:
        found = real_critical_table(
            variety,
            samples,
            metric=_metric(variety, metric, seed),
            objective=other,
            data=points,
            seed=seed,
            workers=workers,
            scheduler=scheduler,
            out=folder,
            resume=resume,
            certify=certify,
            progress=report,
        )
    files = _write(found, folder)
    if as_json:
        head = {"format": TABLE.name, **described(variety)}
        print_json({**head, **summary_fields(found), "columns": None, "folder": str(folder)})
    else:
        typer.echo(f"{found}\n\nvariety: {variety.text}\n{out}: samples, {', '.join(files)}")


def _metric(variety: Variety, name: str, seed: int) -> Metric | str:
    """Return what --metric names: a law, or the metric of the whole run."""
    if name in LAWS:
        return name
    if name == "fixed":
        return Metric.random(variety.ambient_dimension, seed)
    path = resolved(name, "a file")
    if not path.exists():
        raise InputError(f"--metric must be {', '.join(LAWS)}, fixed or a file, got {name!r}")
    return metric_from_file(variety, Path(name), "--metric")


def _points(variety: Variety, path: Path) -> NDArray[Any]:
    """Read one data point, or one from each line."""
    array = read_array(path)
    point = shaped(array, variety.shape)
    if point is not None:
        return point
    flat = array.reshape(len(array), -1) if array.ndim > 1 else array[:, None]
    if flat.shape[1] != np.prod(variety.shape):
        raise InputError(
            f"--data: {path} has shape {array.shape}; for {variety} it must hold one point of "
            f"shape {variety.shape} or a point with {np.prod(variety.shape)} numbers in each line"
        )
    return flat.reshape(len(flat), *variety.shape)


def _write(found: RealCriticalTable, folder: Path) -> list[str]:
    """Write the table next to its samples; return the names of the files.

    What is there already is left alone: the folder may be on a disk that nobody can write on.
    """
    files = {
        "table.md": f"{found.caption}\n\n{found.to_markdown()}\n".encode(),
        "table.tex": f"% {found.caption}\n{found.to_latex()}\n".encode(),
    }
    if can_draw():
        files["heat-map.png"] = drawn(found.plot, "png")
    for name, content in files.items():
        path = folder / name
        try:
            same = path.is_file() and read_limited(path) == content
        except (OSError, ValueError):
            same = False
        if not same:
            write_file(path, content, "continue with --resume")
    return list(files)
