"""Varieties in words, and as plain fields that JSON can hold, and back: nothing is evaluated.

A kind of variety says with :func:`kept_as` which arguments its constructor takes; they are
attributes of the same names. Texts of equations are read by the grammar of :mod:`edgeom.text`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from edgeom.errors import InputError, nearest_name
from edgeom.limits import MAX_CHARACTERS
from edgeom.plain import Fields, Form, one_line
from edgeom.varieties.base import Variety
from edgeom.varieties.words import Words
from edgeom.views import load_kinds

__all__ = [
    "KIND",
    "Kind",
    "check_fields",
    "from_fields",
    "kept_as",
    "kinds",
    "read_variety",
    "to_fields",
]

KIND = "kind"  #: the field that says what the others are
EXAMPLE = "matrices 3x3 rank 1"
V = TypeVar("V", bound=type[Variety])


class Kind(NamedTuple):
    """A kind of variety, the forms of its constructor's arguments in their order, and its words."""

    make: type[Variety]
    arguments: dict[str, Form]
    words: tuple[Words, ...]


_kinds: dict[str, Kind] = {}


def kinds() -> dict[str, Kind]:
    """Return all kinds that the package has, by name."""
    load_kinds("varieties")
    return _kinds


def kind_of(name: str) -> Kind | None:
    """Return the kind with this name, None if there is none; others need not be loaded."""
    return _kinds.get(name) or kinds().get(name)


def kept_as(*templates: str, **arguments: Form) -> Callable[[V], V]:
    """Make a kind of variety known, with the arguments of its constructor and their forms.

    The templates say how it is written in words, see :mod:`edgeom.varieties.words`: by the first
    one, and it is read by all of them.
    """
    words = tuple(Words(template, arguments) for template in templates)

    def known(kind: V) -> V:
        _kinds[kind.__name__] = Kind(kind, arguments, words)
        kind.words = words[0]
        return kind

    return known


def read_variety(text: str) -> Variety:
    """Return the variety that is described in words, as its `text` has them.

    Parameters
    ----------
    text : str
        Such as "matrices 3x3 rank 1" or "zeros x^2 + 4*y^2 - 4 in x, y", see
        docs/reference/input.md.

    Raises
    ------
    InputError
        It is not of the form of any kind, or describes no variety.

    Examples
    --------
    >>> V = read_variety("skew 6x6 rank 2")
    >>> V, V.text
    (SkewDeterminantalVariety(6, rank=2), 'skew 6x6 rank 2')
    >>> read_variety("map t -> (t, t^3, t^4)").dimension
    1
    >>> read_variety("hankle 4x4 rank 2")
    Traceback (most recent call last):
    edgeom.errors.InputError: there is no kind of variety 'hankle'; did you mean 'hankel'?
    """
    if not isinstance(text, str) or not text.strip():
        raise InputError(f"a variety is described by words like {EXAMPLE!r}, got {text!r:.80}")
    if len(text) > MAX_CHARACTERS:
        raise InputError(f"the text has {len(text)} characters, the limit is {MAX_CHARACTERS}")
    forms = [(words, kind) for kind in kinds().values() for words in kind.words]
    for words, kind in forms:
        if (found := words.read(text)) is not None:
            return kind.make(**found)
    first = text.split()[0]
    same = [words.shown for words, _ in forms if words.first == first]
    if same:
        raise InputError(f"{text:.200} is not written like {' or '.join(same)}")
    known = sorted({words.first for words, _ in forms})
    hint = nearest_name(first, known) or f"; there are {', '.join(known)}"
    raise InputError(f"there is no kind of variety {first!r:.80}{hint}")


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
    kind = kind_of(name)
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
    kind = kind_of(fields[KIND])
    assert kind is not None
    try:
        return kind.make(**arguments)
    except InputError as error:
        raise InputError(f"{place} describes no variety: {error}") from None


def check_fields(fields: Any, place: str) -> None:
    """Raise InputError unless these are the fields of a kind of variety that the package has."""
    given = Fields(fields, place)
    name = given.of(KIND, str)
    if (kind := kind_of(name)) is None:
        given.refuse(KIND, f"one of {', '.join(sorted(kinds()))}")
    forms = kind.arguments
    given.only(KIND, *forms)
    for key, form in forms.items():
        given.of(key, form)


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
