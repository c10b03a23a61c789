"""``edgeom certify``: proofs for the samples of a finished run."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from edgeom.cli import signals
from edgeom.cli.options import Json, Scheduler, Workers
from edgeom.cli.output import print_json, progress_bar
from edgeom.tables.certificate import certify_run

__all__ = ["certify"]

Folder = Annotated[Path, typer.Argument(help="Folder of a run of `edgeom table`.")]


def certify(
    folder: Folder, workers: Workers = None, scheduler: Scheduler = None, as_json: Json = False
) -> None:
    """Prove the counts of a run: every sample is computed again and certified.

    edgeom certify run
    """
    signals.remember("certify again: what is done is kept")
    with progress_bar(rate=True) as report:
        found = certify_run(folder, workers=workers, scheduler=scheduler, progress=report)
    if as_json:
        print_json(asdict(found))
    else:
        typer.echo(f"{found}\n\nvariety: {found.variety}\n{folder}: certificate.json")
    raise typer.Exit(0 if found.proved == found.samples else 1)
