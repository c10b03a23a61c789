"""What can go wrong, as few exception types as users need to tell apart, and checks of arguments.

Every message says what was given, what is wrong with it and what to do.
"""

from __future__ import annotations

import functools
import inspect
import operator
from collections.abc import Callable, Iterable, Mapping, Set
from difflib import get_close_matches
from types import NoneType, SimpleNamespace, UnionType
from typing import (
    ParamSpec,
    SupportsFloat,
    SupportsIndex,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

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
PACKAGE = __name__.split(".")[0]


class EdgeomError(Exception):
    """Base class of every error that edgeom raises on purpose.

    Examples
    --------
    >>> import edgeom as eg
    >>> try:
    ...     eg.DeterminantalVariety(3, 3, rank=4)
    ... except eg.EdgeomError as error:
    ...     print(error)
    rank must be between 0 and min(rows, cols) = 3, got 4
    """


class InputError(EdgeomError, ValueError):
    """An argument that cannot be used: wrong shape, out of range, not a polynomial, ...

    Examples
    --------
    >>> import edgeom as eg
    >>> eg.AlgebraicVariety(["x^2 + 3y"], "x, y")
    Traceback (most recent call last):
    edgeom.errors.InputError: equation 1 cannot be read: write * between '3' and 'y' to multiply
      x^2 + 3y
             ^
    """


class BackendError(EdgeomError):
    """A solver outside of edgeom is missing, broke down or said what cannot be understood.

    The message ends with the last lines of its output and the folder in which its input is kept.

    Examples
    --------
    >>> import edgeom as eg
    >>> from edgeom.solvers.phcpack import Phcpack
    >>> circle = eg.AlgebraicVariety(["x^2 + y^2 = 1"], "x, y")
    >>> eg.DistanceProblem(circle, data=[3, 1]).critical_points(backend=Phcpack(program="/no/phc"))
    Traceback (most recent call last):
    edgeom.errors.BackendError: phcpack is not available: there is no program '/no/phc'; ...
    """


class DegenerateDataError(EdgeomError):
    """The data point has no well-defined finite list of critical points of the generic size.

    It lies on the ED discriminant, on the singular locus of the variety, or so close to one of
    them that critical points collide, become singular or run off to infinity.

    Examples
    --------
    >>> import edgeom as eg
    >>> circle = eg.AlgebraicVariety(["x^2 + y^2 = 1"], "x, y")
    >>> eg.DistanceProblem(circle, data=[0, 0]).critical_points()
    Traceback (most recent call last):
    edgeom.errors.DegenerateDataError: 2 of 2 critical points are missing for this data: ...
    """


class IncompleteError(EdgeomError):
    """A list of critical points could not be shown to be complete.

    Examples
    --------
    >>> import edgeom as eg, pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp()) / "run"
    >>> V = eg.DeterminantalVariety(2, 2, rank=1)
    >>> table = eg.real_critical_table(V, samples=20, out=folder)
    >>> next(folder.glob("shard*")).unlink()
    >>> eg.load(folder)
    Traceback (most recent call last):
    edgeom.errors.IncompleteError: ... has 0 of 1 shards, ...; continue the run ...
    """


def nearest_name(given: str, names: Iterable[str]) -> str:
    """Return "; did you mean ...?" for a misspelt name, or nothing."""
    close = get_close_matches(given, list(names), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def keywords_checked(function: Callable[P, R]) -> Callable[P, R]:
    """Check arguments at the door of a public function.

    A misspelt keyword is an error that names the nearest one. A seed has to be an integer, and what
    is annotated as true or false, as a function, as a text or as an object of edgeom has to be one.
    See also :mod:`edgeom.forks`.

    Examples
    --------
    >>> @keywords_checked
    ... def sample(size: int, *, seed: int = 0, real: bool = False) -> None: ...
    >>> sample(3, seed=-1)
    Traceback (most recent call last):
    edgeom.errors.InputError: seed must be at least 0, got -1
    >>> sample(3, real="no")
    Traceback (most recent call last):
    edgeom.errors.InputError: real must be True or False, got 'no'
    """
    signature = inspect.signature(function)
    names = [name for name in signature.parameters if name not in ("self", "cls")]
    kinds = functools.cache(lambda: _kinds(function, signature))  # types may be defined later

    @functools.wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        for name in kwargs:
            if name not in names:
                raise InputError(
                    f"{function.__qualname__} has no argument {name!r}" + nearest_name(name, names)
                )
        if reason := reason_to_refuse():
            raise EdgeomError(reason)
        try:
            given = signature.bind(*args, **kwargs).arguments
        except TypeError:  # too few or too many, of which Python says more
            return function(*args, **kwargs)
        for name, kind in kinds().items():
            if name in given and given[name] is not signature.parameters[name].default:
                _check_kind(given[name], name, kind)
        return function(*args, **kwargs)

    return checked


def _kinds(function: Callable[..., object], signature: inspect.Signature) -> dict[str, set[object]]:
    """Return for each argument that can be checked the types that it may have."""
    found: dict[str, set[object]] = {}
    for name, parameter in signature.parameters.items():
        written = SimpleNamespace(__annotations__={name: parameter.annotation})
        try:
            annotation = get_type_hints(written, function.__globals__)[name]
        except NameError:  # known to type checkers only
            continue
        union = get_origin(annotation) in (Union, UnionType)
        parts = {
            get_origin(part) or part for part in (get_args(annotation) if union else [annotation])
        }
        alone = len(parts - {NoneType}) == 1  # of several kinds a function says more by itself
        by_name = (name == "seed" and int in parts) or (name == "tolerance" and float in parts)
        if by_name or (alone and all(map(_is_plain, parts))):
            found[name] = parts
    return found


def _is_plain(kind: object) -> bool:
    """Whether it is easy to tell if a value is of this kind."""
    if not inspect.isclass(kind):
        return False
    own = kind.__module__.split(".")[0] == PACKAGE or kind.__module__.startswith("numpy.random")
    return own or kind in (bool, str, NoneType, Callable)


def _check_kind(value: object, name: str, kinds: set[object]) -> None:
    """Raise InputError unless a value is of one of these kinds."""
    others = {kind for kind in kinds if kind not in (bool, int)}
    if any(callable(value) if kind is Callable else _is(value, kind) for kind in others):
        return
    if bool in kinds and type(value).__name__ in ("bool", "bool_"):  # that of NumPy, too
        return
    if int in kinds:  # a seed
        check_size(value, name, 0)  # type: ignore[arg-type]
        return
    if float in kinds:  # a tolerance
        if isinstance(value, SupportsFloat) and getattr(value, "ndim", 0) == 0:
            return
        raise InputError(f"{name} must be a number, got {value!r:.60}")
    words = [_word(kind) for kind in kinds if kind is not NoneType]
    shown = kinds & {bool, str} and isinstance(value, str | int | float)
    got = f"{value!r:.60}" if shown else type(value).__name__
    raise InputError(f"{name} must be {' or '.join(sorted(words))}, got {got}")


def _is(value: object, kind: object) -> bool:
    return inspect.isclass(kind) and isinstance(value, kind)


def _word(kind: object) -> str:
    words = {bool: "True or False", str: "a text", Callable: "a function"}
    return words.get(kind) or f"a {getattr(kind, '__name__', kind)}"


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
