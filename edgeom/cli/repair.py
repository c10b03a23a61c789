"""``edgeom repair``: a run folder whose manifest or shards are damaged."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from edgeom.cli.options import Json
from edgeom.cli.output import print_json
from edgeom.tables.repair import repair_run

__all__ = ["repair"]

Folder = Annotated[Path, typer.Argument(help="Folder of a run of `edgeom table`.")]


def repair(folder: Folder, as_json: Json = False) -> None:
    """Repair the folder of a run: rebuild its manifest from the shards, and say what is missing.

    edgeom repair run
    """
    found = repair_run(folder)
    if as_json:
        print_json({**asdict(found), "folder": str(found.folder), "finished": found.finished})
    else:
        typer.echo(str(found))
    raise typer.Exit(0 if found.finished else 1)
