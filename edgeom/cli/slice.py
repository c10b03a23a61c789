"""``edgeom slice``: a picture of the numbers of real critical points over a plane of data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from edgeom.cli.files import read_array
from edgeom.cli.options import (
    Json,
    Seed,
    definite_metric_of,
    variety_of,
)
from edgeom.cli.output import print_json, progress_bar
from edgeom.cli.pictures import check_drawing, drawn
from edgeom.cli.shared import given
from edgeom.errors import InputError
from edgeom.files import resolved, write_file
from edgeom.objectives.metric import Metric
from edgeom.pictures.style import NUMBERS
from edgeom.tables.slice import data_slice
from edgeom.varieties.base import Variety

__all__ = ["data_slice_picture"]

Out = Annotated[Path, typer.Option(help="Picture to write: .png, .pdf or .svg.")]
Points = Annotated[
    Path | None,
    typer.Option(
        help="Text or .npy file: three data points, one in each line; by default random ones."
    ),
]
Window = Annotated[
    str | None, typer.Option(help="x from, x to, y from, y to: -3,3,-3,3; default: fits points.")
]
Grid = Annotated[int, typer.Option(help="Cells of the coarse grid in each direction.")]
Refine = Annotated[int, typer.Option(help="How often cells at borders are halved.")]
What = Annotated[
    str, typer.Option("--what", "--colour", help="What the colours show: real or minima.")
]


@given(variety=variety_of, metric=definite_metric_of)
def data_slice_picture(
    out: Out,
    variety: Variety,
    metric: Metric | None,
    points: Points = None,
    window: Window = None,
    grid: Grid = 60,
    refine: Refine = 3,
    what: What = "real",
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Draw the numbers of real critical points over a plane through three data points.

    edgeom slice --equations "x^2+4*y^2-4" --vars x,y --window=-3,3,-4,4 --out ellipse.png
    """
    given = _random_points(variety, seed) if points is None else _given_points(variety, points)
    path = _picture(out, what)
    with progress_bar(rate=True) as report:
        found = data_slice(
            variety,
            given,
            Metric.random(variety.ambient_dimension, seed) if metric is None else metric,
            window=None if window is None else _numbers(window),
            grid=grid,
            refine=refine,
            seed=seed,
            progress=report,
        )
    size = {"figsize": (7.4, 5.6)}
    picture = drawn(lambda ax: found.plot(ax, what=what), path.suffix[1:], dpi=200, **size)
    write_file(path, picture)
    if as_json:
        print_json({**found.to_dict(), "picture": str(out)})
    else:
        typer.echo(f"{found}\n\n{out}: picture")


def _random_points(variety: Variety, seed: int) -> NDArray[Any]:
    """Return the axes of a plane curve's own plane, or three random points."""
    n = variety.ambient_dimension
    if n == 2:
        return variety.unflatten(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
    return variety.unflatten(np.random.default_rng(seed).normal(size=(3, n)))


def _given_points(variety: Variety, path: Path) -> NDArray[Any]:
    array = read_array(path)
    if array.size != 3 * np.prod(variety.shape):
        raise InputError(
            f"--points: {path} has shape {array.shape}; it must hold three data points of shape "
            f"{variety.shape}, one in each line"
        )
    return array.reshape(3, *variety.shape)


def _numbers(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f"--window must be numbers like -3,3,-3,3, got {text!r}") from None


def _picture(out: Path, what: str) -> Path:
    """Return the file to write; refuse what could not be drawn or written, before any work."""
    check_drawing()
    if what not in NUMBERS:
        raise InputError(f"--what must be one of {', '.join(NUMBERS)}, got {what!r}")
    if out.suffix not in (".png", ".pdf", ".svg"):
        raise InputError(f"--out must end in .png, .pdf or .svg, got {out}")
    path = resolved(out, "a picture")
    if not path.parent.is_dir():
        raise InputError(f"--out: there is no folder {out.parent}")
    if path.is_dir():
        raise InputError(f"--out: {out} is a folder")
    return path
