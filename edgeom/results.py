"""What all results have: plain data, a file, a data frame, and a look in notebooks.

A result is one JSON object whose field `format` says what it is: "edgeom critical points 1" has
version 1 of the form of critical points. How a kind of result is written and read says a
:class:`Format`, which the room of the result keeps in a file of its own; it is loaded when a result
is written or read (:mod:`edgeom.views`). Reading evaluates nothing and checks every field.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from types import ModuleType
from typing import Any, Generic, TypeVar

from numpy.typing import NDArray

from edgeom.errors import EdgeomError, InputError, nearest_name
from edgeom.limits import MAX_FILE
from edgeom.plain import Fields, read_json, shortened
from edgeom.views import load_kinds, view

__all__ = ["Format", "Result", "Summary", "as_text", "load", "need_pandas", "result_from_dict"]

Array = NDArray[Any]
Plain = dict[str, Any]
R = TypeVar("R")

PREFIX = "edgeom "
WIDTH = 120  # characters of a line in a notebook, after which it is cut


@dataclass(frozen=True)
class Summary:
    """What a person is told of a result.

    Attributes
    ----------
    title : str
    rows : sequence of (str, str)
        Names, empty for a continuation, and texts.
    cells : sequence of sequences of str
        A table, its header first; shown in notebooks.
    """

    title: str
    rows: Sequence[tuple[str, str]] = ()
    cells: Sequence[Sequence[str]] = field(default=())

    def __str__(self) -> str:
        size = max([9, *(len(name) + 1 for name, _ in self.rows)])
        return "\n".join([self.title, *(f"  {name:{size}} {text}" for name, text in self.rows)])

    def html(self) -> str:
        """Return it as a part of a page."""
        parts = [f"<b>{_html(self.title)}</b>"]
        if self.rows:
            rows = [
                f"<tr><th style='text-align:left'>{_html(name)}</th>"
                f"<td style='text-align:left'>{_html(text)}</td></tr>"
                for name, text in self.rows
            ]
            parts.append(f"<table>{''.join(rows)}</table>")
        if self.cells:
            head, *body = self.cells
            lines = ["".join(f"<th>{_html(cell)}</th>" for cell in head)]
            lines += ["".join(f"<td>{_html(cell)}</td>" for cell in row) for row in body]
            parts.append(f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>")
        return f"<div>{''.join(parts)}</div>"


def _html(text: str) -> str:
    return escape(shortened(text, WIDTH))


class Result:
    """A result that can be kept: a dictionary, a file, and read again by :func:`load`."""

    def to_dict(self) -> Plain:
        """Return plain data, ready for JSON: what :meth:`save` writes (docs/reference/files.md)."""
        form = _format_of(type(self))
        return {"format": form.name, **form.write(self)}

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a file that :func:`edgeom.load` reads, a JSON object (docs/reference/files.md).

        Raises
        ------
        InputError
            The file cannot be written, or would be too large to be read; or the objective is one
        that cannot be made again.
        """
        fields = self.to_dict()
        if fields.get("objective_words", "") is None:
            raise InputError(
                f"{fields['objective']} cannot be kept in a file, since it has no words by which "
                "it is made again; to_dict() has the numbers"
            )
        content = as_text(fields).encode()
        if len(content) > MAX_FILE:
            raise InputError(
                f"the file would have {len(content) >> 20} MiB, more than the {MAX_FILE >> 20} MiB "
                "that are read; keep so many samples in a run folder (out=)"
            )
        target = file_path(path)
        part = target.with_name(f".{target.name}.part")
        try:  # whole or not at all
            part.write_bytes(content)
            part.replace(target)
        except OSError as error:
            raise InputError(f"cannot write {target}: {error.strerror}") from None

    def to_pandas(self) -> Any:
        """Return a data frame.

        Raises
        ------
        InputError
            pandas is not installed.
        """
        columns = _format_of(type(self)).columns(self)
        return need_pandas().DataFrame(columns)

    def summary(self) -> Summary:
        """Return what is printed."""
        raise NotImplementedError

    def __str__(self) -> str:
        return str(self.summary())

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return self.summary().html()


@dataclass(frozen=True)
class Format(Generic[R]):
    """How a kind of result is kept.

    Attributes
    ----------
    made : type
        Its class.
    kind : str
        What it is called in files.
    write : callable
        result -> plain data.
    read : callable
        fields, folder of the file -> result; it checks every field.
    columns : callable
        result -> columns of a data frame.
    version : int
        Of the form. When it goes up, `read` keeps reading the earlier ones.
    """

    made: type[R]
    kind: str
    write: Callable[[R], Plain]
    read: Callable[[Fields, Path], R]
    columns: Callable[[R], Mapping[str, Any]]
    version: int = 1

    @property
    def name(self) -> str:
        """What files of today call it."""
        return f"{PREFIX}{self.kind} {self.version}"

    def __post_init__(self) -> None:
        _formats[self.kind] = self


_formats: dict[str, Format[Any]] = {}


def _known() -> dict[str, Format[Any]]:
    load_kinds("results")
    return _formats


def _format_of(made: type) -> Format[Any]:
    return next(form for form in _known().values() if issubclass(made, form.made))


def load(path: str | os.PathLike[str]) -> Any:
    """Read a result: a file of :meth:`save`, JSON of the command line, or a run folder.

    Parameters
    ----------
    path : path
        Nothing in it is evaluated, wherever it comes from.

    Returns
    -------
    CriticalPoints, NearestPoint, NearestPoints, Certificate, RealCriticalTable, DataSlice,
    EDDegree or AverageEDDegree
        A certificate that is read is what somebody has written, and no proof.

    Raises
    ------
    InputError
        There is no such file, or it holds no result; the field that does not fit is named.

    Examples
    --------
    >>> import tempfile, edgeom as eg
    >>> V = eg.DeterminantalVariety(2, 2, rank=1)
    >>> points = eg.DistanceProblem(V, data=[[3, 1], [0, 1]]).critical_points()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     points.save(f"{folder}/points.json")
    ...     again = eg.load(f"{folder}/points.json")
    >>> len(again), again.nearest.squared_distance == points.nearest.squared_distance
    (2, True)
    """
    source = file_path(path)
    if source.is_dir():
        return view("result_of_folder")(source)
    try:
        content = read_json(source)
    except FileNotFoundError:
        raise InputError(f"{source} does not exist") from None
    if "run" in content:  # a manifest, or the certificate of a run
        raise InputError(
            f"{source} is a file of a run folder, which is read as a whole: give the folder, "
            f"{source.parent}"
        )
    return result_from_dict(content, str(source), source.parent)


def result_from_dict(content: Plain, place: str = "the dictionary", folder: Path = Path()) -> Any:
    """Return the result that a dictionary of `to_dict` describes.

    Parameters
    ----------
    content : dict
    place : str
        What it is called in error messages.
    folder : Path
        In which folders that it names are.

    Raises
    ------
    InputError
        It describes no result.
    """
    fields = Fields(content, place, sep=": ")
    name = fields.of("format", str)
    kind, _, number = name.removeprefix(PREFIX).rpartition(" ")
    known = _known()
    if not name.startswith(PREFIX) or kind not in known or not number.isdecimal():
        kinds = sorted(known)
        hint = nearest_name(kind, kinds) or f"; there are {', '.join(kinds)}"
        raise InputError(f"{place} has the format {name!r:.60}, which is none of edgeom{hint}")
    if not 1 <= int(number[:9]) <= known[kind].version:
        raise InputError(
            f"{place} has the format {name!r:.60}, this edgeom reads up to version "
            f"{known[kind].version} of it; use a newer edgeom"
        )
    result = known[kind].read(fields, folder)
    return result


def file_path(path: str | os.PathLike[str]) -> Path:
    """Return the path of a file, with ``~`` for the home directory."""
    try:
        found = Path(path).expanduser()
        with suppress(OSError):  # it may not be there yet
            found.lstat()
        if not found.name:
            raise ValueError("it is that of a folder")
    except (TypeError, ValueError, RuntimeError) as error:
        raise InputError(f"{path!r:.80} cannot be the name of a file: {error}") from None
    return found


def as_text(content: Plain) -> str:
    """Return plain data as JSON, with a line for each field and each entry of a list of objects.

    >>> print(as_text({"a": [1, 2], "b": [{"c": 1}, {"c": 2}]}), end="")
    {
     "a": [1, 2],
     "b": [
      {"c": 1},
      {"c": 2}
     ]
    }
    """

    def value(item: Any) -> str:
        if isinstance(item, list) and item and all(isinstance(entry, dict) for entry in item):
            return "[\n  " + ",\n  ".join(map(_json, item)) + "\n ]"
        return _json(item)

    lines = ",\n".join(f" {_json(name)}: {value(item)}" for name, item in content.items())
    return f"{{\n{lines}\n}}\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def need_pandas() -> ModuleType:
    """Return pandas.

    Raises
    ------
    EdgeomError
        It is not installed.
    """
    try:
        import pandas
    except ImportError as error:
        raise EdgeomError('pandas is missing: pip install "edgeom[tables]"') from error
    return pandas  # type: ignore[no-any-return]
