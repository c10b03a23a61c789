"""``edgeom table``: a table of real critical points, with its samples and pictures in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from edgeom.cli import signals
from edgeom.cli.files import metric_from_file, read_array, shaped
from edgeom.cli.layout import Layout, layout_of, show
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
from edgeom.cli.output import progress_bar
from edgeom.cli.shared import given
from edgeom.errors import InputError
from edgeom.files import resolved
from edgeom.objectives.metric import Metric
from edgeom.records import described
from edgeom.tables.laws import LAWS
from edgeom.tables.merge import part_of
from edgeom.tables.sampling import real_critical_table
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
Part = Annotated[
    str | None, typer.Option(help="Compute a part only, such as 3/40; see edgeom merge.")
]
First = Annotated[
    int,
    typer.Option(help="Number of the first sample, to extend a run in a folder of its own.", min=0),
]
Words = Annotated[
    str | None,
    typer.Option("--law", help="How metric and data are drawn, in your own words, for captions."),
]
Resume = Annotated[bool, typer.Option("--resume", help="Continue the run in the folder.")]


@given(variety=variety_of, other=objective_of, layout=layout_of)
def table(
    out: Out,
    variety: Variety,
    other: Given | None,
    layout: Layout,
    samples: Samples = None,
    metric: Law = "fresh",
    data: Points = None,
    law: Words = None,
    first: First = 0,
    part: Part = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    resume: Resume = False,
    certify: Certify = False,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Count real critical points and local minima for random data.

    edgeom table --rows 3 --cols 3 --rank 1 --samples 2000 --out run

    edgeom table --variety "hankel 3x3 rank 2" --samples 100000 --part 3/40 --out part-3

    edgeom table --variety "hankel 3x3 rank 2" --samples 1000 --first 2000 --out more
    """
    folder = resolved(out)
    points = None if data is None else _points(variety, data)
    if part is not None:
        many = points is not None and points.shape != tuple(variety.shape)
        whole = len(points) if many and points is not None else 2000 if samples is None else samples
        begin, samples = part_of(whole, *_numbers(part))
        if many and points is not None:
            points = points[begin : begin + samples]
        first += begin
    signals.remember("continue with --resume")
    with progress_bar(rate=True) as report:
        found = real_critical_table(
            variety,
            samples,
            metric=_metric(variety, metric, seed),
            objective=other,
            data=points,
            law=law,
            seed=seed,
            first=first,
            workers=workers,
            scheduler=scheduler,
            out=folder,
            resume=resume,
            certify=certify,
            progress=report,
        )
    show(found, folder, out, as_json, described(variety), layout)


def _numbers(part: str) -> tuple[int, int]:
    try:
        number, parts = map(int, part.split("/"))
    except ValueError:
        raise InputError(f"--part must be a part of all, such as 3/40, got {part!r}") from None
    return number, parts


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
