"""Varieties as plain fields that JSON can hold, and back: nothing that is read is evaluated.

A kind of variety says with :func:`kept_as` which arguments its constructor takes; they are
attributes of the same names. Texts of equations are read by the grammar of :mod:`edgeom.text`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from edgeom.errors import InputError
from edgeom.plain import Fields, Form, one_line
from edgeom.varieties.base import Variety

__all__ = ["KIND", "KINDS", "Kind", "check_fields", "from_fields", "kept_as", "to_fields"]

KIND = "kind"  #: the field that says what the others are
V = TypeVar("V", bound=type[Variety])


class Kind(NamedTuple):
    """A kind of variety, and the forms of the arguments of its constructor, in their order."""

    make: type[Variety]
    arguments: dict[str, Form]


KINDS: dict[str, Kind] = {}  #: by name: all that the package has


def kept_as(**arguments: Form) -> Callable[[V], V]:
    """Make a kind of variety known, with the arguments of its constructor and their forms."""

    def known(kind: V) -> V:
        KINDS[kind.__name__] = Kind(kind, arguments)
        return kind

    return known


def to_fields(variety: Variety) -> dict[str, Any]:
    """Return a variety as plain fields.

    Of a kind that the package does not have only the text is kept: it cannot be made again.

    Examples
    --------
    >>> from edgeom.varieties.determinantal import DeterminantalVariety
    >>> to_fields(DeterminantalVariety(3, 4, rank=1))
    {'kind': 'DeterminantalVariety', 'rows': 3, 'cols': 4, 'rank': 1}
    """
    name = type(variety).__name__
    kind = KINDS.get(name)
    if kind is None or kind.make is not type(variety):
        return {KIND: name, "text": one_line(repr(variety))}
    return {KIND: name, **{key: _plain(getattr(variety, key)) for key in kind.arguments}}


def from_fields(fields: Any, place: str = "variety") -> Variety:
    """Return the variety with these fields.

    Parameters
    ----------
    fields : dict
        As :func:`to_fields` returns them.
    place : str
        What they are called in error messages.

    Raises
    ------
    InputError
        They are not the fields of a kind of variety that the package has, or describe none.

    Examples
    --------
    >>> from_fields({"kind": "SegreVariety", "dims": [2, 2, 3]})
    SegreVariety((2, 2, 3))
    >>> from_fields({"kind": "SegreVariety", "dims": [2, "x"]})
    Traceback (most recent call last):
    edgeom.errors.InputError: variety.dims must be a list of integers, got [2, 'x']
    """
    check_fields(fields, place)
    arguments = {name: value for name, value in fields.items() if name != KIND}
    try:
        return KINDS[fields[KIND]].make(**arguments)
    except InputError as error:
        raise InputError(f"{place} describes no variety: {error}") from None


def check_fields(fields: Any, place: str) -> None:
    """Raise InputError unless these are the fields of a kind of variety that the package has."""
    given = Fields(fields, place)
    name = given.of(KIND, str)
    if name not in KINDS:
        given.refuse(KIND, f"one of {', '.join(sorted(KINDS))}")
    forms = KINDS[name].arguments
    given.only(KIND, *forms)
    for key, form in forms.items():
        given.of(key, form)


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
