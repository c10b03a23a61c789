"""Folders of version 0.1, whose manifests hold a variety as it would be typed.

Such a text is one call of a kind of variety, with integers, texts and lists of such. It is taken
apart and never evaluated; the equations in it are read by the grammar of :mod:`edgeom.text`.
"""

from __future__ import annotations

import ast
from typing import Any

from edgeom.errors import InputError
from edgeom.plain import Fields, digest
from edgeom.tables.manifest import FORMAT, sealed
from edgeom.varieties.fields import KIND, KINDS, check_fields

__all__ = ["FIRST_FORMAT", "converted"]

FIRST_FORMAT = "edgeom run 2"
LONGEST = 1_000_000  #: characters of a variety
LATER = {"irreducible": False}  #: arguments that version 0.1 did not know


def converted(manifest: dict[str, Any], place: str) -> dict[str, Any]:
    """Return a manifest of version 0.1 in the format of today.

    Parameters
    ----------
    manifest : dict
    place : str
        What it is called in error messages.

    Raises
    ------
    InputError
        It was changed, or its variety is none that the package has.
    """
    fields = Fields(manifest, place, sep=": ")
    run = fields.inside("run")
    if fields.of("digest", str) != digest(run.content):
        raise InputError(f"{place} was changed: its digest does not fit")
    text = run.of("variety", str)
    try:
        variety = _variety_fields(text)
        check_fields(variety, f"{text:.60}")
    except InputError as error:
        raise InputError(
            f"{place}: run.variety cannot be read as version 0.1 wrote it: {error}"
        ) from None
    return sealed({**manifest, "format": FORMAT, "run": {**run.content, "variety": variety}})


def _variety_fields(text: str) -> dict[str, Any]:
    """Return the fields of a variety that is written as a call."""
    if len(text) > LONGEST:
        raise InputError(f"it has {len(text)} characters, the limit is {LONGEST}")
    try:
        call = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        call = None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
        raise InputError(f"{text!r:.60} is not the name of a kind of variety with its arguments")
    if call.func.id not in KINDS:
        raise InputError(f"{call.func.id!r:.60} is not one of {', '.join(sorted(KINDS))}")
    names = list(KINDS[call.func.id].arguments)
    if len(call.args) > len(names):
        raise InputError(f"{text:.60} has too many arguments")
    given = list(zip(names, call.args, strict=False))
    given += [(str(keyword.arg), keyword.value) for keyword in call.keywords]
    fields = {name: _plain(node, text) for name, node in given}
    if len(fields) < len(given):
        raise InputError(f"{text:.60} gives an argument twice")
    later = {name: value for name, value in LATER.items() if name in names}
    return {KIND: call.func.id, **later, **fields}


def _plain(node: ast.expr, text: str) -> Any:
    if isinstance(node, ast.List | ast.Tuple):
        return [_plain(item, text) for item in node.elts]
    if isinstance(node, ast.Constant) and type(node.value) in (int, str, bool):
        return node.value
    found = ast.get_source_segment(text, node) or ""
    raise InputError(f"{found!r:.60} is not an integer, a text or a list")
