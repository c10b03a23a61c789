"""Tables as files next to their samples: Markdown, LaTeX and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from edgeom.cli.output import print_json
from edgeom.cli.pictures import check_drawing, drawn
from edgeom.errors import InputError
from edgeom.files import read_limited, write_file
from edgeom.pictures.style import NUMBERS
from edgeom.tables.table import RealCriticalTable

__all__ = ["Layout", "layout_of", "show"]

PANEL = "Table and pictures"
Percent = Annotated[
    bool,
    typer.Option("--percent", help="Shares in percent, not counts.", rich_help_panel=PANEL),
]
Interval = Annotated[
    bool,
    typer.Option("--interval", help="Confidence intervals in LaTeX.", rich_help_panel=PANEL),
]
Caption = Annotated[
    str | None,
    typer.Option(
        help="Plain text with $formulas$ for a table environment in LaTeX; auto for edgeom's.",
        rich_help_panel=PANEL,
    ),
]
Label = Annotated[str, typer.Option(help="Its label.", rich_help_panel=PANEL)]
HeatMap = Annotated[
    bool,
    typer.Option("--heat-map", help="Also draw heat-map.png.", rich_help_panel=PANEL),
]
Histogram = Annotated[
    str | None,
    typer.Option(help="Also draw histogram.png, of real or of minima.", rich_help_panel=PANEL),
]


@dataclass(frozen=True)
class Layout:
    """How a table is written.

    Attributes
    ----------
    latex : dict
        Arguments of ``to_latex``.
    heat_map : bool
        Whether one is drawn.
    histogram : str or None
        Of which numbers one is drawn.
    """

    latex: dict[str, Any]
    heat_map: bool
    histogram: str | None


def layout_of(
    percent: Percent = False,
    interval: Interval = False,
    caption: Caption = None,
    label: Label = "",
    heat_map: HeatMap = False,
    histogram: Histogram = None,
) -> Layout:
    """Return the layout that the options ask for; refuse what could not be drawn."""
    if heat_map or histogram is not None:
        check_drawing()
    if histogram not in (None, *NUMBERS):
        raise InputError(f"--histogram must be one of {', '.join(NUMBERS)}, got {histogram!r}")
    text = {None: False, "auto": True}.get(caption, caption)
    latex = {"percent": percent, "interval": interval, "caption": text, "label": label}
    return Layout(latex, heat_map, histogram)


def show(
    found: RealCriticalTable,
    folder: Path,
    out: Path,
    as_json: bool,
    about: dict[str, Any],
    layout: Layout,
    more: Sequence[str] = (),
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
    layout : Layout
    more : sequence of str
        Other files that were written.
    """
    files = [*_write(found, folder, layout), *more]
    if as_json:
        fields = found.to_dict()
        print_json({"format": fields["format"], **about, **fields})
    else:
        words = f"variety: {about['variety_text']}\n{out}: samples, {', '.join(files)}"
        typer.echo(f"{found}\n\n{words}")


def _write(found: RealCriticalTable, folder: Path, layout: Layout) -> list[str]:
    """Write the table next to its samples; return the names of the files.

    What is there already is left alone: the folder may be on a disk that nobody can write on.
    """
    latex, percent = found.to_latex(**layout.latex), bool(layout.latex["percent"])
    files = {
        "table.md": f"{found.caption}\n\n{found.to_markdown(percent=percent)}\n".encode(),
        "table.tex": f"% {found.caption}\n{latex}\n".encode(),
    }
    if layout.heat_map:
        files["heat-map.png"] = drawn(found.plot, "png")
    if (of := layout.histogram) is not None:
        files["histogram.png"] = drawn(lambda ax: found.histogram(ax, of=of), "png")
    for name, content in files.items():
        path = folder / name
        try:
            same = path.is_file() and read_limited(path) == content
        except (OSError, ValueError):
            same = False
        if not same:
            write_file(path, content, "continue with --resume")
    return list(files)
