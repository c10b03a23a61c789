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
from edgeom.cli.pictures import can_draw, check_drawing, drawn
from edgeom.cli.shared import given
from edgeom.errors import InputError
from edgeom.files import read_limited, resolved, write_file
from edgeom.objectives.metric import Metric
from edgeom.pictures.tables import NUMBERS
from edgeom.records import described
from edgeom.tables.files import FORMAT as TABLE
from edgeom.tables.files import summary_fields
from edgeom.tables.laws import LAWS
from edgeom.tables.merge import part_of
from edgeom.tables.sampling import real_critical_table
from edgeom.tables.table import RealCriticalTable
from edgeom.varieties.base import Variety

__all__ = ["check_histogram", "show", "table"]

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
Words = Annotated[
    str | None, typer.Option("--law", help="How data is drawn, in your own words, for captions.")
]
Percent = Annotated[bool, typer.Option("--percent", help="Shares in percent, not counts.")]
Interval = Annotated[
    bool, typer.Option("--interval", help="Confidence intervals in the LaTeX table.")
]
Histogram = Annotated[
    str | None, typer.Option(help="Also draw histogram.png, of real or of minima.")
]
Resume = Annotated[bool, typer.Option("--resume", help="Continue the run in the folder.")]


@given(variety=variety_of, other=objective_of)
def table(
    out: Out,
    variety: Variety,
    other: Given | None,
    samples: Samples = None,
    metric: Law = "fresh",
    data: Points = None,
    law: Words = None,
    part: Part = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    resume: Resume = False,
    certify: Certify = False,
    percent: Percent = False,
    interval: Interval = False,
    histogram: Histogram = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Count real critical points and local minima for random data.

    edgeom table --rows 3 --cols 3 --rank 1 --samples 2000 --out run

    edgeom table --variety "hankel 3x3 rank 2" --samples 100000 --part 3/40 --out part-3
    """
    folder = resolved(out)
    check_histogram(histogram)
    points = None if data is None else _points(variety, data)
    first = 0
    if part is not None:
        many = points is not None and points.shape != tuple(variety.shape)
        whole = len(points) if many and points is not None else 2000 if samples is None else samples
        first, samples = part_of(whole, *_numbers(part))
        if many and points is not None:
            points = points[first : first + samples]
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
    show(found, folder, out, as_json, described(variety), percent, interval, histogram)


def check_histogram(of: str | None) -> None:
    """Refuse what could not be drawn before any work."""
    if of is not None:
        check_drawing()
        if of not in NUMBERS:
            raise InputError(f"--histogram must be one of {', '.join(NUMBERS)}, got {of!r}")


def show(
    found: RealCriticalTable,
    folder: Path,
    out: Path,
    as_json: bool,
    about: dict[str, Any],
    percent: bool = False,
    interval: bool = False,
    histogram: str | None = None,
) -> None:
    """Write a table and its pictures next to its samples, and print it.

    Parameters
    ----------
    found : RealCriticalTable
    folder, out : Path
        Of the run, and how users call it.
    as_json : bool
    about : dict
        The variety, as JSON has it.
    percent, interval : bool
    histogram : str, optional
        Of what it is.
    """
    files = _write(found, folder, percent, interval, histogram)
    if as_json:
        head = {"format": TABLE.name, **about}
        print_json({**head, **summary_fields(found), "columns": None, "folder": str(folder)})
    else:
        typer.echo(
            f"{found}\n\nvariety: {about['variety_text']}\n{out}: samples, {', '.join(files)}"
        )


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


def _write(
    found: RealCriticalTable, folder: Path, percent: bool, interval: bool, histogram: str | None
) -> list[str]:
    """Write the table next to its samples; return the names of the files.

    What is there already is left alone: the folder may be on a disk that nobody can write on.
    """
    latex = found.to_latex(percent=percent, interval=interval)
    files = {
        "table.md": f"{found.caption}\n\n{found.to_markdown(percent=percent)}\n".encode(),
        "table.tex": f"% {found.caption}\n{latex}\n".encode(),
    }
    if can_draw():
        files["heat-map.png"] = drawn(found.plot, "png")
    if histogram is not None:
        files["histogram.png"] = drawn(lambda ax: found.histogram(ax, of=histogram), "png")
    for name, content in files.items():
        path = folder / name
        try:
            same = path.is_file() and read_limited(path) == content
        except (OSError, ValueError):
            same = False
        if not same:
            write_file(path, content, "continue with --resume")
    return list(files)
