"""``edgeom verify``: known ED degrees, computed and compared."""

from __future__ import annotations

from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from edgeom.cli.options import (
    Json,
    Seed,
)
from edgeom.cli.output import print_json, progress_bar
from edgeom.verification import COLUMNS, NUMBERS, Verification
from edgeom.verification import verify as run_verification

__all__ = ["verify"]


def verify(
    slow: Annotated[bool, typer.Option("--slow", help="Monodromy also to 1350 points.")] = False,
    backend: Annotated[
        str | None, typer.Option(help="Count by this solver, e.g. phcpack, not by monodromy.")
    ] = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Compute known ED degrees and compare them with formulas and the literature.

    edgeom verify

    edgeom verify --slow --json
    """
    with progress_bar() as report:
        result = run_verification(slow=slow, seed=seed, progress=report, backend=backend)
    if as_json:
        print_json(result.to_dict())
    else:
        _print_verification(result)
    raise typer.Exit(0 if result.ok else 1)


def _print_verification(result: Verification) -> None:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True)
    for column, name in zip(result.columns, COLUMNS, strict=True):
        table.add_column(column, justify="right" if name in NUMBERS else "left")
    for row in result.rows:
        table.add_row(*map(Text, row.cells), style=None if row.agrees else "bold red")
    console = Console(highlight=False)
    console.print(table)
    for note in result.notes:
        console.print(Text(f"\n{note}", "dim"))
    console.print(Text(f"\n{result.verdict}", "bold green" if result.ok else "bold red"))
