"""What can go wrong, as few exception types as users need to tell apart.

Every message says what was given, what is wrong with it and what to do.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import ParamSpec, TypeVar

__all__ = [
    "DegenerateDataError",
    "EdgeomError",
    "IncompleteError",
    "InputError",
    "keywords_checked",
    "nearest_name",
]

P = ParamSpec("P")
R = TypeVar("R")


class EdgeomError(Exception):
    """Base class of every error that edgeom raises on purpose."""


class InputError(EdgeomError, ValueError):
    """An argument that cannot be used: wrong shape, out of range, not a polynomial, ..."""


class DegenerateDataError(EdgeomError):
    """The data point has no well-defined finite list of critical points of the generic size.

    It lies on the ED discriminant, on the singular locus of the variety, or so close to one of
    them that critical points collide, become singular or run off to infinity.
    """


class IncompleteError(EdgeomError):
    """A list of critical points could not be shown to be complete."""


def nearest_name(given: str, names: Iterable[str]) -> str:
    """Return "; did you mean ...?" for a misspelt name, or nothing."""
    close = get_close_matches(given, list(names), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def keywords_checked(function: Callable[P, R]) -> Callable[P, R]:
    """Make a misspelt keyword an error that names the nearest one."""
    names = [name for name in inspect.signature(function).parameters if name != "self"]

    @functools.wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        for name in kwargs:
            if name not in names:
                raise InputError(
                    f"{function.__qualname__} has no argument {name!r}" + nearest_name(name, names)
                )
        return function(*args, **kwargs)

    return checked
