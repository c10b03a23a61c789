"""Modules of version 0.1 that are gone, so that what refers to them is refused with the reason.

A pickle names the modules of its classes, and what is in these has changed since.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["explain_moves"]

GONE = {
    f"edgeom.{name}"
    for name in (
        *("backends", "cli_certify", "cli_network", "cli_options", "cli_slice", "cli_table"),
        *("completeness", "counting", "hessian", "metric", "plotting", "points", "problem"),
        *("networks.classification", "networks.coincident_roots", "networks.conv_critical"),
        *("networks.conv_factorization", "networks.conv_facts", "networks.conv_layers"),
        *("networks.fibers", "networks.function_space", "networks.landscape"),
        *("networks.paths", "networks.saddles", "networks.study", "networks.take_away"),
        *("tables.pictures",),
    )
}


class _Moves:
    """Asked for a module after all others have not found it."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None, target: object = None) -> None:
        if name in GONE:
            raise ModuleNotFoundError(
                f"{name} is a module of edgeom 0.1. A pickle that refers to it can be read by that "
                "version only (pip install edgeom==0.1); compute it again with this one. Run "
                "folders of 0.1 are read",
                name=name,
            )


def explain_moves() -> None:
    """Put the reason into the error of an import that fails because of a move."""
    if not any(isinstance(finder, _Moves) for finder in sys.meta_path):
        sys.meta_path.append(_Moves())
