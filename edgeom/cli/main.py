"""The command line: ``edgeom degree``, ``points``, ``network``, ``verify``, ``doctor`` and more.

Every command is a file: options become a variety, a metric and data, the work is done by the
library, and what comes back is printed, for people or as JSON. Errors of the library become one
line on stderr here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import version
from io import TextIOWrapper
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from edgeom.cli import signals
from edgeom.cli.certify import certify as certify_run_folder
from edgeom.cli.classify import classify
from edgeom.cli.degree import degree
from edgeom.cli.doctor import doctor
from edgeom.cli.errors import one_line_each
from edgeom.cli.merge import merge
from edgeom.cli.nearest import nearest
from edgeom.cli.network import network
from edgeom.cli.points import points
from edgeom.cli.repair import repair
from edgeom.cli.slice import data_slice_picture
from edgeom.cli.table import table
from edgeom.cli.verify import verify

__all__ = ["app", "main"]

# The commands by what they are for, as the help lists them.
JOBS: dict[str, dict[str, Callable[..., None]]] = {
    "Count": {"degree": degree, "network": network},
    "Trained networks": {"classify": classify},
    "One data point": {"points": points, "nearest": nearest},
    "Many data points": {
        "table": table,
        "slice": data_slice_picture,
        "merge": merge,
        "certify": certify_run_folder,
        "repair": repair,
    },
    "This installation": {"verify": verify, "doctor": doctor},
}
STATUSES = (
    "Exit status: 0 where the answer stands; 1 where it cannot be vouched for, or something is "
    "missing; 2 where the input cannot be used; 130 and 143 after an interrupt."
)


class _Commands(TyperGroup):
    """Turns errors of the library into one line and an exit status."""

    def invoke(self, ctx: Any) -> Any:
        signals.remember("")  # of a command before
        with one_line_each():
            return super().invoke(ctx)


app = typer.Typer(cls=_Commands, no_args_is_help=True, pretty_exceptions_enable=False)


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # for terminals that have no × or ≤
    try:
        with one_line_each():
            try:
                app()
            finally:
                sys.stdout.flush()  # a help text, too, may find no room
    except typer.Exit as stop:
        sys.exit(stop.exit_code)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"edgeom {version('edgeom')}")
        raise typer.Exit


@app.callback(epilog=STATUSES)
def _edgeom(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Critical points of a squared distance on an algebraic variety, and how many there are."""


for _job, _commands in JOBS.items():
    for _name, _command in _commands.items():
        app.command(_name, rich_help_panel=_job)(_command)
