"""Parts of results as plain data, and back: arrays, inner products, problems and evidence.

Arrays are nested lists, complex ones {"re": ..., "im": ...}. A number that is missing (NaN) is
null, and infinity the text "inf". Doubles are written with all the digits that they need.
"""

from __future__ import annotations

from dataclasses import fields as fields_of
from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgeom.errors import InputError
from edgeom.evidence import Evidence
from edgeom.objectives.family import ObjectiveFamily
from edgeom.objectives.metric import Metric
from edgeom.objectives.words import KINDS, read_objective
from edgeom.plain import Fields, one_line
from edgeom.varieties.base import Fact, Variety
from edgeom.varieties.fields import from_fields, to_fields
from edgeom.varieties.unseen import family_for

__all__ = [
    "EVIDENCE",
    "array_of",
    "described",
    "entries_of",
    "evidence_of",
    "fact_of",
    "integers_of",
    "maybe",
    "numbers",
    "place_names",
    "problem_fields",
    "problem_names",
    "problem_of",
    "real_if_all",
    "texts_of",
    "variety_and_family",
    "variety_and_metric",
    "variety_of_problem",
]

Array = NDArray[Any]
VARIETY = ("variety", "variety_text", "variety_fields")
METRIC, OBJECTIVE = ("metric", "metric_fields"), ("objective", "objective_words")
EVIDENCE = tuple(field.name for field in fields_of(Evidence))
INFINITE = {"inf": np.inf, "-inf": -np.inf}


def numbers(values: ArrayLike) -> Any:
    """Return numbers as (nested) lists, complex ones as real and imaginary parts.

    >>> numbers([1 + 2j, 3]), numbers([[1.5, np.nan], [np.inf, 0]])
    ({'re': [1.0, 3.0], 'im': [2.0, 0.0]}, [[1.5, None], ['inf', 0.0]])
    """
    array = np.asarray(values)
    if np.iscomplexobj(array):
        return {"re": numbers(array.real), "im": numbers(array.imag)}
    if array.dtype.kind != "f" or np.isfinite(array).all():
        return array.tolist()
    return _without_special(array.tolist())


def _without_special(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_special(item) for item in value]
    if np.isnan(value):
        return None
    return value if np.isfinite(value) else str(value)


def array_of(
    fields: Fields, name: str, shape: tuple[int | None, ...], finite: bool = True
) -> Array:
    """Return the array of doubles, real or complex, that a field holds.

    Parameters
    ----------
    fields : Fields
    name : str
    shape : tuple
        None stands for any number.
    finite : bool
        Refuse numbers that are missing or infinite.

    Raises
    ------
    InputError
        The field holds something else.

    Examples
    --------
    >>> array_of(Fields({"data": {"re": [1, 2], "im": [0, 1]}}, "q"), "data", (None,))
    array([1.+0.j, 2.+1.j])
    >>> array_of(Fields({"data": [1, "2"]}, "q"), "data", (2,))
    Traceback (most recent call last):
    edgeom.errors.InputError: q.data must be numbers of shape (2,), got [1, '2']
    """
    value = fields.content.get(name)
    try:
        if isinstance(value, dict):
            if set(value) != {"re", "im"}:
                raise ValueError
            parts = _array(value["re"]), _array(value["im"])
            if parts[0].shape != parts[1].shape:
                raise ValueError
            found: Array = np.empty(parts[0].shape, complex)
            found.real, found.imag = parts
        else:
            found = _array(value)
        fits = len(found.shape) == len(shape) and all(
            wanted in (None, size) for wanted, size in zip(shape, found.shape, strict=True)
        )
        if not fits and not (found.size == 0 and 0 in shape):
            raise ValueError
    except ValueError:
        fields.refuse(name, f"numbers of shape {str(shape).replace('None', 'any')}")
    if finite and not np.isfinite(found).all():
        fields.refuse(name, "finite numbers")
    if found.shape != shape and found.size == 0:
        found = found.reshape([0 if size is None else size for size in shape])
    return found


def _array(value: Any) -> Array:
    return np.array(_doubles(value), float)


def _doubles(value: Any) -> Any:
    """Return nested lists of floats; refuse whatever else NumPy would take for a number."""
    if isinstance(value, list):
        return [_doubles(item) for item in value]
    if value is None:
        return np.nan
    if isinstance(value, str) and value in INFINITE:
        return INFINITE[value]
    if type(value) is float:
        return value
    if type(value) is int and abs(value) < 2**1000:
        return float(value)
    raise ValueError


def integers_of(fields: Fields, name: str, shape: tuple[int | None, ...]) -> NDArray[np.int64]:
    """Return the array of integers that a field holds."""
    found = array_of(fields, name, shape)
    if np.iscomplexobj(found) or (found != np.round(found)).any() or np.any(np.abs(found) > 2**53):
        fields.refuse(name, "integers")
    return found.astype(np.int64)


def entries_of(variety: Variety, points: Array) -> dict[str, Array]:
    """Return the entries of points as columns, each real where all its values are."""
    flat = points.reshape(len(points), prod(variety.shape))
    return dict(zip(variety.entry_names, map(real_if_all, flat.T), strict=True))


def real_if_all(values: Array) -> Array:
    """Return real numbers where no value has an imaginary part."""
    return values if np.nan_to_num(values.imag).any() else values.real


def texts_of(fields: Fields, name: str) -> tuple[str, ...]:
    """Return the texts that a field holds."""
    return tuple(fields.of(name, list[str]))


def maybe(fields: Fields, name: str, form: Any) -> Any:
    """Return a field of a form, or None where it is null."""
    return None if fields.content.get(name) is None else fields.of(name, form)


def described(variety: Variety) -> dict[str, str]:
    """Return what JSON objects say of a variety; `--variety` takes its text."""
    return {"variety": one_line(str(variety)), "variety_text": one_line(variety.text)}


def problem_fields(
    variety: Variety, family: ObjectiveFamily, data: ArrayLike | None = None
) -> dict[str, Any]:
    """Return a variety, a metric and data, each for people and for :func:`problem_of`.

    Of another objective only the name is kept where it has no words: it cannot be made again.
    """
    fields: dict[str, Any] = {**described(variety), "variety_fields": to_fields(variety)}
    if isinstance(family, Metric):
        flags = {"indefinite": bool(family.indefinite), "generic": bool(family.generic)}
        fields["metric"] = one_line(family.name)
        fields["metric_fields"] = {"matrix": numbers(family.matrix), **flags}
    else:
        fields["objective"], fields["objective_words"] = one_line(family.name), family.words
    return fields if data is None else {**fields, "data": numbers(data)}


def place_names(fields: Fields) -> tuple[str, ...]:
    """Return the names of the fields of a variety and a metric, or another objective."""
    return (*VARIETY, *(OBJECTIVE if "objective_words" in fields.content else METRIC))


def problem_names(fields: Fields) -> tuple[str, ...]:
    """Return the names of the fields of a problem."""
    return (*place_names(fields), "data")


def variety_of_problem(fields: Fields) -> Variety:
    """Return the variety of a problem.

    Raises
    ------
    InputError
        The package has no such variety.
    """
    for name in ("variety", "variety_text"):
        fields.of(name, str)
    place = f"{fields.place}{fields.sep}variety_fields"
    return from_fields(fields.of("variety_fields", dict), place)


def variety_and_family(fields: Fields) -> tuple[Variety, ObjectiveFamily]:
    """Return the variety and the metric of a problem, or another objective.

    Raises
    ------
    InputError
        The package has no such variety or objective, or the matrix is that of no metric.
    """
    variety = variety_of_problem(fields)
    if "objective_words" not in fields.content:
        return variety, _metric(fields, fields.inside("metric_fields"), variety)
    name = fields.of("objective", str)
    if maybe(fields, "objective_words", str) is None:
        raise InputError(
            f"{fields.place} is about the objective {name:.60}, which cannot be made again: only "
            f"squared distances are kept, and objectives such as {', '.join(KINDS)}"
        )
    family = family_for(variety, read_objective(fields.content["objective_words"]))
    if name != family.name:
        fields.refuse("objective", f"{family.name!r}")
    return variety, family


def variety_and_metric(fields: Fields) -> tuple[Variety, Metric]:
    """Return the variety and the metric of a problem, which is about a squared distance."""
    variety, family = variety_and_family(fields)
    if not isinstance(family, Metric):
        fields.refuse("metric_fields", "those of a metric")
    return variety, family


def _metric(fields: Fields, inner: Fields, variety: Variety) -> Metric:
    inner.only("matrix", "indefinite", "generic")
    n = variety.ambient_dimension
    matrix = array_of(inner, "matrix", (n, n))
    indefinite, generic = inner.of("indefinite", bool), inner.of("generic", bool)
    try:
        return Metric(matrix, fields.of("metric", str), indefinite, generic=generic)
    except InputError as error:
        raise InputError(f"{inner.place}.matrix is no metric: {error}") from None


def problem_of(fields: Fields) -> tuple[Variety, ObjectiveFamily, Array]:
    """Return the variety, the metric or another objective, and the data of a problem."""
    variety, family = variety_and_family(fields)
    shape: tuple[int, ...] = variety.shape
    if not family.like_points:
        shape = (len(family.parameter_names(variety.ambient_dimension)),)
    return variety, family, array_of(fields, "data", shape)


def fact_of(fields: Fields, name: str) -> Fact | None:
    """Return the number with its reason that a field holds, None where it is null."""
    if maybe(fields, name, dict) is None:
        return None
    inner = fields.inside(name)
    inner.only("value", "reason")
    return Fact(inner.of("value", int, 0), inner.of("reason", str))


def evidence_of(fields: Fields) -> Evidence:
    """Return the evidence whose fields these are, perhaps among others."""
    paths = fields.inside("paths")
    return Evidence(
        method=fields.of("method", str),
        checks=texts_of(fields, "checks"),
        seed=maybe(fields, "seed", int),
        paths={name: paths.of(name, int, 0) for name in paths.content},
        residual=maybe(fields, "residual", float),
        components=tuple(fields.of("components", list[int])),
        notes=texts_of(fields, "notes"),
    )
