"""What can go wrong, as few exception types as users need to tell apart, and checks of arguments.

Every message says what was given, what is wrong with it and what to do.
"""

from __future__ import annotations

import functools
import inspect
import operator
from collections.abc import Callable, Iterable, Mapping, Set
from difflib import get_close_matches
from typing import ParamSpec, SupportsIndex, TypeVar

from edgeom.forks import reason_to_refuse

__all__ = [
    "BackendError",
    "DegenerateDataError",
    "EdgeomError",
    "IncompleteError",
    "InputError",
    "check_size",
    "check_sizes",
    "keywords_checked",
    "nearest_name",
]

P = ParamSpec("P")
R = TypeVar("R")


class EdgeomError(Exception):
    """Base class of every error that edgeom raises on purpose."""


class InputError(EdgeomError, ValueError):
    """An argument that cannot be used: wrong shape, out of range, not a polynomial, ..."""


class BackendError(EdgeomError):
    """A solver outside of edgeom is missing, broke down or said what cannot be understood.

    The message ends with the last lines of its output and the folder in which its input is kept.
    """


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
    """Make a misspelt keyword an error that names the nearest one; see also :mod:`edgeom.forks`."""
    names = [name for name in inspect.signature(function).parameters if name != "self"]

    @functools.wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        for name in kwargs:
            if name not in names:
                raise InputError(
                    f"{function.__qualname__} has no argument {name!r}" + nearest_name(name, names)
                )
        if reason := reason_to_refuse():
            raise EdgeomError(reason)
        return function(*args, **kwargs)

    return checked


def check_size(
    value: SupportsIndex, name: str, low: int, high: int | None = None, bound: str = ""
) -> int:
    """Return an integer argument that lies in a range; `bound` says where `high` comes from.

    Raises
    ------
    InputError
        It is not an integer or out of range.

    Examples
    --------
    >>> check_size(7, "rank", 0, 3, "min(rows, cols) = 3")
    Traceback (most recent call last):
    edgeom.errors.InputError: rank must be between 0 and min(rows, cols) = 3, got 7
    """
    try:
        number = operator.index(value)
    except TypeError:
        raise InputError(f"{name} must be an integer, got {value!r}") from None
    if isinstance(value, bool):
        raise InputError(f"{name} must be an integer, got the bool {value}")
    if number < low or (high is not None and number > high):
        limit = f"at least {low}" if high is None else f"between {low} and {bound or high}"
        raise InputError(f"{name} must be {limit}, got {number}")
    return number


def check_sizes(values: Iterable[SupportsIndex], name: str) -> tuple[int, ...]:
    """Return positive integers, at least one, as a tuple.

    Raises
    ------
    InputError
        There is none, or an entry is not a positive integer.
    """
    try:
        entries = None if isinstance(values, Mapping | Set) else tuple(values)
    except TypeError:
        entries = None
    if entries is None:
        raise InputError(f"{name} must be a sequence of integers, got {values!r}")
    if not entries:
        raise InputError(f"{name} must have at least one entry, got none")
    return tuple(check_size(entry, f"{name}[{i}]", 1) for i, entry in enumerate(entries))
