"""``edgeom merge``: the parts of a run, computed by the jobs of an array, in one folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edgeom.cli.layout import Layout, layout_of, show
from edgeom.cli.options import Json
from edgeom.cli.shared import given
from edgeom.files import resolved
from edgeom.records import described
from edgeom.tables.certificate import FILE
from edgeom.tables.manifest import MANIFEST, variety_of
from edgeom.tables.merge import merge_runs
from edgeom.tables.store import RunFolder

__all__ = ["merge"]

Parts = Annotated[
    list[Path], typer.Argument(help="Folders of `edgeom table --part`, in any order.")
]
Out = Annotated[Path, typer.Option(help="New folder for the whole run.")]


@given(layout=layout_of)
def merge(folders: Parts, out: Out, layout: Layout, as_json: Json = False) -> None:
    """Put the parts of a run together, with table, pictures and certificate.

    edgeom merge part-* --out run
    """
    found, folder = merge_runs(folders, out), resolved(out)
    variety = variety_of(RunFolder(folder).manifest["run"], str(folder / MANIFEST))
    more = [FILE] if (folder / FILE).is_file() else []
    show(found, folder, out, as_json, described(variety), layout, more)
