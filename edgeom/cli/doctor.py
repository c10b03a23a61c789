"""``edgeom doctor``: what works here."""

from __future__ import annotations

import platform
from importlib.metadata import version

import typer

from edgeom import doctor as health
from edgeom.cli.options import Json
from edgeom.cli.output import print_json

__all__ = ["doctor"]


def doctor(as_json: Json = False) -> None:
    """Show which solvers and optional parts work here, and how to get what is missing.

    edgeom doctor

    edgeom doctor --json
    """
    findings = health.examine()
    if as_json:
        print_json(
            {
                "ok": findings.ok,
                "edgeom": version("edgeom"),
                "python": platform.python_version(),
                "platform": platform.platform(),
                "parts": [finding.to_dict() for finding in findings],
            }
        )
    else:
        typer.echo(str(findings))
    raise typer.Exit(0 if findings.ok else 1)
