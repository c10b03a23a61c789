"""Plain data, as JSON has it: read with limits and checked field by field; nothing is evaluated."""

from __future__ import annotations

import hashlib
import json
from math import inf, isfinite
from pathlib import Path
from typing import Any, NoReturn, get_args

from edgeom.errors import InputError, nearest_name
from edgeom.files import in_bytes, read_limited
from edgeom.limits import MAX_DIGITS, MAX_FILE

__all__ = ["Fields", "Form", "digest", "from_json", "one_line", "read_json", "shortened", "to_json"]

Form = Any  #: int, float, bool, str, dict, or list[...] of such
WORDS = {
    dict: ("an object", "objects"),
    str: ("a text", "texts"),
    int: ("an integer", "integers"),
    float: ("a number", "numbers"),
    bool: ("true or false", "true or false"),
}


def read_json(path: Path) -> dict[str, Any]:
    """Read an object from a file.

    Raises
    ------
    FileNotFoundError
    InputError
        See :func:`from_json`; or it is not a file that can be read.
    """
    if path.exists() and not path.is_file():
        raise InputError(f"{path} cannot be read: it is not a file")
    try:
        content = read_limited(path)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise InputError(f"{path} cannot be read: {error}") from None
    return from_json(content, str(path))


def from_json(content: bytes, place: str) -> dict[str, Any]:
    """Return an object that is written as JSON.

    Parameters
    ----------
    content : bytes
        UTF-8; a byte order mark is skipped.
    place : str
        What it is called in error messages.

    Raises
    ------
    InputError
        It is no object in JSON, larger than the limit, or holds a number that is not finite, a
        name twice, or a text that cannot be printed in one line.

    Examples
    --------
    >>> from_json(b'{"rows": [1, NaN]}', "notes.json")
    Traceback (most recent call last):
    edgeom.errors.InputError: notes.json cannot be read: NaN is not a finite number
    """
    try:
        if len(content) > MAX_FILE:
            raise ValueError(f"it is larger than {in_bytes(MAX_FILE)}")
        found = json.loads(
            content.decode("utf-8-sig"),
            parse_constant=_number,
            parse_float=_number,
            parse_int=_integer,
            object_pairs_hook=_object,
        )
        if not isinstance(found, dict):
            raise ValueError(f"it holds no object, but {found!r:.60}")
        _check_texts(found)
    except RecursionError:
        raise InputError(f"{place} cannot be read: it is nested too deeply") from None
    except UnicodeDecodeError:
        raise InputError(f"{place} cannot be read: it is no UTF-8 text") from None
    except ValueError as error:
        raise InputError(f"{place} cannot be read: {error}") from None
    return found


def _number(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise ValueError(f"{text:.60} is not a finite number")
    return value


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ValueError(f"a number has {len(text)} digits, the limit is {MAX_DIGITS}")
    return int(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice!r:.60} is there twice")
    return found


def _check_texts(content: Any) -> None:
    """Refuse texts with line breaks and control characters: they end up in messages and tables."""
    rest = [content]
    while rest:
        value = rest.pop()
        if isinstance(value, dict):
            rest += [*value, *value.values()]
        elif isinstance(value, list):
            rest += value
        elif isinstance(value, str) and not value.isprintable():
            raise ValueError(f"the text {value!r:.60} cannot be printed in one line")


def to_json(content: dict[str, Any]) -> bytes:
    """Return plain data as the text of a file."""
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def digest(content: dict[str, Any]) -> str:
    """Return a checksum of plain data."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def one_line(text: str) -> str:
    """Return a text with single spaces in place of line breaks."""
    return " ".join(text.split())


def shortened(text: str, length: int) -> str:
    """Return a text of at most so many characters, cut at its end where it is longer.

    >>> shortened("zeros x^2 + y^2 - 1, x*y - z in x, y, z", 24)
    'zeros x^2 + y^2 - 1, x …'
    """
    return text if len(text) <= length else f"{text[: length - 2].rstrip()} …"


class Fields:
    """The fields of one object, and where it stands.

    Parameters
    ----------
    content : dict
    place : str
        What the object is called in error messages.
    sep : str
        What stands between the place and the name of a field.

    Raises
    ------
    InputError
        The content is no object; and by all methods, with the field, where it does not fit.

    Examples
    --------
    >>> Fields({"rows": 3, "cols": "4"}, "matrix").of("cols", int)
    Traceback (most recent call last):
    edgeom.errors.InputError: matrix.cols must be an integer, got '4'
    """

    def __init__(self, content: Any, place: str, sep: str = ".") -> None:
        if not isinstance(content, dict):
            raise InputError(f"{place} must be an object, got {content!r:.80}")
        self.content, self.place, self.sep = content, place, sep

    def only(self, *names: str) -> None:
        """Refuse an object with other fields than these, or without one of them."""
        if missing := [name for name in names if name not in self.content]:
            raise InputError(f"{self.place} has no field {', '.join(missing)}")
        if unknown := [name for name in self.content if name not in names]:
            hint = nearest_name(unknown[0], names)
            raise InputError(f"{self.place} has an unknown field {unknown[0]!r:.60}{hint}")

    def of(self, name: str, form: Form, low: float = -inf, high: float = inf) -> Any:
        """Return a field of a form, and of a size if it is an integer."""
        value: Any = self.content.get(name)
        if not _fits(value, form):
            self.refuse(name, _in_words(form))
        if form is int and value < low:
            self.refuse(name, f"at least {low}")
        if form is int and value > high:
            self.refuse(name, f"at most {high}")
        return value

    def inside(self, name: str) -> Fields:
        """Return the fields of an object that is a field."""
        return Fields(self.of(name, dict), f"{self.place}{self.sep}{name}")

    def refuse(self, name: str, wanted: str) -> NoReturn:
        """Say what a field must be, and what it is."""
        got = f"{self.content[name]!r:.80}" if name in self.content else "nothing"
        raise InputError(f"{self.place}{self.sep}{name} must be {wanted}, got {got}")


def _fits(value: Any, form: Form) -> bool:
    if parts := get_args(form):
        return isinstance(value, list) and all(_fits(item, parts[0]) for item in value)
    return type(value) is form or (form is float and type(value) is int)


def _in_words(form: Form, many: bool = False) -> str:
    if parts := get_args(form):
        return ("lists of " if many else "a list of ") + _in_words(parts[0], many=True)
    return WORDS[form][many]
