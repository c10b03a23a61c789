"""Varieties as plain JSON fields, and back: nothing that is read is evaluated.

A kind of variety states the names of its constructor's arguments in ``Variety.arguments``; they
are attributes as well, and numbers, texts or lists of such. Texts of equations are read by the
grammar of :mod:`edgeom.text`.
"""

from __future__ import annotations

import ast
from typing import Any

from edgeom.errors import EdgeomError, InputError
from edgeom.varieties.base import Variety

__all__ = ["fields_of", "fields_of_text", "variety_of"]

KIND = "kind"


def fields_of(variety: Variety) -> dict[str, Any]:
    """Return a variety as plain data, ready for JSON.

    Of a kind without stated arguments only the text is kept, and it cannot be made again.

    Examples
    --------
    >>> from edgeom.varieties.determinantal import DeterminantalVariety
    >>> fields_of(DeterminantalVariety(3, 4, rank=1))
    {'kind': 'DeterminantalVariety', 'rows': 3, 'cols': 4, 'rank': 1}
    """
    kind = type(variety).__name__
    if not _is_known(type(variety)):
        return {KIND: kind, "text": repr(variety)}
    return {KIND: kind, **{name: _plain(getattr(variety, name)) for name in variety.arguments}}


def variety_of(fields: Any, where: str = "the fields") -> Variety:
    """Return the variety with these fields.

    Parameters
    ----------
    fields : dict
        As :func:`fields_of` returns them.
    where : str
        What the fields are called in error messages.

    Raises
    ------
    InputError
        They describe no variety of a kind that edgeom has.

    Examples
    --------
    >>> variety_of({"kind": "SegreVariety", "dims": [2, 2, 3]})
    SegreVariety((2, 2, 3))
    """
    if not isinstance(fields, dict):
        raise InputError(f"{where} must be an object with a kind of variety, got {_short(fields)}")
    name, known = fields.get(KIND), {cls.__name__: cls for cls in _kinds(Variety)}
    if not isinstance(name, str) or name not in known:
        raise InputError(
            f"{where} name no kind of variety that can be made again: {_short(name)} is not one of "
            f"{', '.join(sorted(known))}"
        )
    given = {key: value for key, value in fields.items() if key != KIND}
    if missing := set(known[name].arguments) ^ set(given):
        raise InputError(f"{where} of a {name} do not fit: {', '.join(sorted(missing))}")
    for key, value in given.items():
        if not _is_plain(value):
            raise InputError(
                f"{where} must be numbers, texts and lists of such, got {key} = {_short(value)}"
            )
    try:
        return known[name](**given)
    except EdgeomError:
        raise
    except (TypeError, ValueError) as error:
        raise InputError(f"{where} describe no {name}: {error}") from None


def fields_of_text(text: str) -> dict[str, Any]:
    """Return the fields of a variety that is written like its constructor, as version 0.1 did.

    Raises
    ------
    InputError
        The text is no call of a kind of variety with plain numbers, texts and lists.

    Examples
    --------
    >>> fields_of_text("DeterminantalVariety(3, 3, rank=1)")
    {'kind': 'DeterminantalVariety', 'rows': 3, 'cols': 3, 'rank': 1}
    """
    known = {cls.__name__: cls for cls in _kinds(Variety)}
    try:
        call = ast.parse(text, mode="eval").body
        assert isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
        names = known[call.func.id].arguments
        assert len(call.args) <= len(names)
        fields = dict(zip(names, map(ast.literal_eval, call.args), strict=False))
        fields |= {str(k.arg): ast.literal_eval(k.value) for k in call.keywords}
    except (SyntaxError, AssertionError, KeyError, ValueError, MemoryError, RecursionError):
        raise InputError(
            f"{_short(text)} is no variety that can be made again from its name"
        ) from None
    if "irreducible" in names:
        fields.setdefault("irreducible", False)
    return {KIND: call.func.id, **{key: _plain(value) for key, value in fields.items()}}


def _kinds(base: type[Variety]) -> list[type[Variety]]:
    """Return the kinds of variety that state their arguments."""
    below = [kind for cls in base.__subclasses__() for kind in _kinds(cls)]
    return [base, *below] if _is_known(base) else below


def _is_known(cls: type[Variety]) -> bool:
    """Whether a class is edgeom's own and states its arguments itself."""
    return "arguments" in vars(cls) and bool(cls.arguments) and cls.__module__.startswith("edgeom.")


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _is_plain(value: Any) -> bool:
    if isinstance(value, list):
        return all(_is_plain(item) for item in value)
    return isinstance(value, str | bool | int)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
