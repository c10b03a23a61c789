"""The command line: ``edgeom degree``, ``points``, ``network``, ``verify``, ``doctor`` and more.

Every command is a file: options become a variety, a metric and data, the work is done by the
library, and what comes back is printed, for people or as JSON. Errors of the library become one
line on stderr here.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from io import TextIOWrapper
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from edgeom.cli import signals
from edgeom.cli.errors import one_line_each

__all__ = ["JOBS", "app", "command_of", "main"]

# The commands by what they are for, as the help lists them: what each does, and its function.
JOBS = {
    "Count": {
        "degree": (
            "Count the critical points for general data: the ED degree, or that of optimization.",
            "edgeom.cli.degree:degree",
        ),
        "network": (
            "Show the facts of a network: dimension, fibres or symmetries, ED degrees.",
            "edgeom.cli.network:network",
        ),
    },
    "Trained networks": {
        "classify": (
            "Tell whether weights of a linear network are critical, pure or spurious, and of which "
            "type.",
            "edgeom.cli.classify:classify",
        )
    },
    "One data point": {
        "points": (
            "Find all critical points for one data point, and list them.",
            "edgeom.cli.points:points",
        ),
        "nearest": (
            "Find the nearest point for one data point, with its proof, or for each line of a "
            "file.",
            "edgeom.cli.nearest:nearest",
        ),
    },
    "Many data points": {
        "table": (
            "Count real critical points and local minima for random data.",
            "edgeom.cli.table:table",
        ),
        "slice": (
            "Draw the numbers of real critical points over a plane through three data points.",
            "edgeom.cli.slice:data_slice_picture",
        ),
        "merge": (
            "Put the parts of a run together, with table, pictures and certificate.",
            "edgeom.cli.merge:merge",
        ),
        "certify": (
            "Prove the counts of a run: every sample is computed again and certified.",
            "edgeom.cli.certify:certify",
        ),
        "repair": (
            "Repair the folder of a run: rebuild its manifest from the shards, and say what is "
            "missing.",
            "edgeom.cli.repair:repair",
        ),
    },
    "This installation": {
        "verify": (
            "Compute known ED degrees and compare them with formulas and the literature.",
            "edgeom.cli.verify:verify",
        ),
        "doctor": (
            "Show which solvers and optional parts work here, and how to get what is missing.",
            "edgeom.cli.doctor:doctor",
        ),
    },
}
STATUSES = (
    "Exit status: 0 where the answer stands; 1 where it cannot be vouched for, or something is "
    "missing; 2 where the input cannot be used; 130 and 143 after an interrupt."
)


class _Commands(TyperGroup):
    """Loads a command when it is called; turns errors into one line and an exit status."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        return name, command if name is None else command_of(name), rest

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
    from importlib.metadata import version  # takes longer than all else here

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


@cache
def command_of(name: str) -> Any:
    """Load a command with its options."""
    module, _, function = next(jobs[name][1] for jobs in JOBS.values() if name in jobs).partition(
        ":"
    )
    alone = typer.Typer(add_completion=False)
    alone.command(name)(getattr(import_module(module), function))
    return get_command(alone)


def _not_loaded() -> None:
    """Stand for a command in a list."""


for _job, _commands in JOBS.items():
    for _name, (_text, _) in _commands.items():
        app.command(_name, help=_text, rich_help_panel=_job)(_not_loaded)
