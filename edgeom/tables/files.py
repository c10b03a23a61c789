"""Tables of real critical points and planes of data in files."""

from __future__ import annotations

from dataclasses import fields as fields_of
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.critical.domain import Domain
from edgeom.errors import InputError
from edgeom.objectives.metric import Metric
from edgeom.plain import Fields, one_line
from edgeom.records import (
    array_of,
    integers_of,
    maybe,
    numbers,
    place_names,
    problem_fields,
    texts_of,
    variety_and_metric,
    variety_of_problem,
)
from edgeom.results import Format
from edgeom.tables.average import AverageEDDegree
from edgeom.tables.nearest import NearestPoints
from edgeom.tables.nearest_engine import KINDS
from edgeom.tables.samples import SampleBlock, joined
from edgeom.tables.shards import NEAREST
from edgeom.tables.slice import UNDECIDED, DataSlice
from edgeom.tables.store import RunFolder
from edgeom.tables.stored import StoredSamples
from edgeom.tables.table import RealCriticalTable
from edgeom.varieties.base import Variety
from edgeom.varieties.parametrized import ParametrizedVariety

__all__ = ["result_of_folder", "summary_fields"]

Array = NDArray[Any]
INTEGERS = ("sample", "real", "minima", "undecided", "attempts", "certified")
FLAGS = ("complete", "proved")
ABOUT = (
    "variety", "objective", "law", "seed", "degree", "samples", "minima", "real", "counts",
    "undecided", "incomplete", "proof", "proved",
)  # fmt: skip


def result_of_folder(folder: Path) -> RealCriticalTable | NearestPoints:
    """Return the table or the nearest points of a run folder."""
    kind = NearestPoints if RunFolder(folder).layout is NEAREST else RealCriticalTable
    return kind.load(folder)


def summary_fields(table: RealCriticalTable) -> dict[str, Any]:
    """Return what a table says, without its samples."""
    return {
        "variety": one_line(table.variety),
        "objective": one_line(table.objective),
        "law": one_line(table.law),
        "seed": table.seed if isinstance(table.seed, int) else list(table.seed),
        "degree": table.degree,
        "samples": len(table),
        "minima": table.rows.tolist(),
        "real": table.columns.tolist(),
        "counts": table.counts.tolist(),
        "undecided": table.undecided,
        "incomplete": table.incomplete,
        "proof": None if table.proof is None else one_line(table.proof),
        "proved": None if table.proof is None else table.proved,
    }


def _write(table: RealCriticalTable) -> dict[str, Any]:
    if isinstance(table.samples, StoredSamples):
        folder = str(table.samples.folder.path)
        return {**summary_fields(table), "columns": None, "folder": folder}
    block = joined(list(table.samples.blocks()))
    columns = {field.name: numbers(getattr(block, field.name)) for field in fields_of(SampleBlock)}
    return {**summary_fields(table), "columns": columns, "folder": None}


def _read(fields: Fields, folder: Path) -> RealCriticalTable:
    """Read a table with its samples, or with the run folder that has them."""
    rest = [name for name in ("variety_text",) if name in fields.content]  # of the command line
    fields.only("format", *ABOUT, "columns", "folder", *rest)
    if maybe(fields, "folder", str) is not None:
        table = RealCriticalTable.load(folder / fields.content["folder"])
        if fields.content["columns"] is not None:
            fields.refuse("columns", "null: the samples are in the folder")
    else:
        columns = fields.inside("columns")
        count = fields.of("samples", int, 1)
        table = RealCriticalTable(
            variety=fields.of("variety", str),
            law=fields.of("law", str),
            seed=_seed(fields),
            degree=fields.of("degree", int, 0),
            samples=_samples(columns, count),
            proof=maybe(fields, "proof", str),
            objective=fields.of("objective", str),
        )
    for name, value in summary_fields(table).items():
        later = name in ("proof", "proved") and fields.content["folder"] is not None
        if later and fields.content[name] is None:  # the run was certified after it was written
            continue
        if fields.content[name] != value:
            fields.refuse(name, f"{value!r:.80}, as the samples say")
    return table


def _seed(fields: Fields) -> int | tuple[int, ...]:
    if isinstance(fields.content.get("seed"), list):
        several: list[int] = fields.of("seed", list[int])
        return tuple(several)
    one: int = fields.of("seed", int, 0)
    return one


def _samples(columns: Fields, count: int) -> SampleBlock:
    columns.only(*(field.name for field in fields_of(SampleBlock)))
    found: dict[str, Any] = {}
    for field in fields_of(SampleBlock):
        name = field.name
        if name in INTEGERS:
            found[name] = integers_of(columns, name, (count,))
        elif name in FLAGS:
            found[name] = _flags(columns, name, (count,))
        elif name == "by_index":
            found[name] = integers_of(columns, name, (count, None))
        else:
            found[name] = array_of(columns, name, (count,), finite=False)
    return SampleBlock(**found)


def _flags(fields: Fields, name: str, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    found = np.array(fields.of(name, list[bool] if len(shape) == 1 else list[list[bool]]), bool)
    if found.shape != shape:
        fields.refuse(name, f"true or false, of shape {shape}")
    return found


def _columns(table: RealCriticalTable) -> dict[str, Any]:
    """Return the samples, a row for each."""
    block = joined(list(table.samples.blocks()))
    return {
        field.name: getattr(block, field.name)
        for field in fields_of(SampleBlock)
        if field.name != "by_index"
    }


FORMAT = Format(RealCriticalTable, "table", _write, _read, _columns)


# Nearest points of many data points.

NEAREST_FIELDS = (
    "samples", "metrics", "domain", "points", "squared_distance", "runner_up", "kind", "alone",
    "reason", "notes",
)  # fmt: skip


def _write_nearest(found: NearestPoints) -> dict[str, Any]:
    own = found.metric is None
    metric = found.variety.default_metric if found.metric is None else found.metric
    return {
        **problem_fields(found.variety, metric, found.data),
        **({"metric": "one for each data point", "metric_fields": None} if own else {}),
        "samples": len(found),
        "metrics": None if found.metrics is None else numbers(found.metrics),
        "domain": found.domain,
        "points": numbers(found.points),
        "squared_distance": numbers(found.squared_distance),
        "runner_up": numbers(found.runner_up),
        "kind": list(found.kind),
        "alone": found.alone.tolist(),
        "reason": list(found.reason),
        "notes": list(found.notes),
        **({} if found.parameters is None else {"parameters": numbers(found.parameters)}),
    }


def _read_nearest(fields: Fields, folder: Path) -> NearestPoints:
    later = ["parameters"] if "parameters" in fields.content else []  # of images
    fields.only("format", *place_names(fields), "data", *NEAREST_FIELDS, *later)
    count, kind, reason = (
        fields.of("samples", int, 0), texts_of(fields, "kind"), texts_of(fields, "reason"),
    )  # fmt: skip
    if len(kind) != count or not set(kind) <= set(KINDS):
        fields.refuse("kind", f"{count} texts, each one of {', '.join(KINDS)}")
    if len(reason) != count:
        fields.refuse("reason", f"{count} texts")
    variety, metric, metrics = _metrics(fields, count)
    domain = maybe(fields, "domain", dict)
    return NearestPoints(
        variety=variety,
        metric=metric,
        metrics=metrics,
        domain=None if domain is None else Domain.of(variety, domain).given(),
        data=array_of(fields, "data", (count, *variety.shape)),
        points=array_of(fields, "points", (count, *variety.shape)),
        squared_distance=array_of(fields, "squared_distance", (count,)),
        runner_up=array_of(fields, "runner_up", (count,), finite=False),
        kind=kind,
        alone=_flags(fields, "alone", (count,)),
        reason=reason,
        notes=texts_of(fields, "notes"),
        parameters=_parameters(fields, variety, count),
    )


def _parameters(fields: Fields, variety: Variety, count: int) -> Array | None:
    """Return the parameters of nearest points of a map, where they are given."""
    if fields.content.get("parameters") is None or not isinstance(variety, ParametrizedVariety):
        return None
    shape = (count, len(variety.variables))
    return array_of(fields, "parameters", shape, finite=False)


def _metrics(fields: Fields, count: int) -> tuple[Variety, Metric | None, Array | None]:
    """Return the variety, and one metric or that of each data point."""
    if fields.content["metrics"] is None:
        return *variety_and_metric(fields), None
    variety = variety_of_problem(fields)
    n, nested = variety.ambient_dimension, fields.of("metrics", list)
    first = nested[0] if nested and isinstance(nested[0], list) else []
    deep = bool(first) and isinstance(first[0], list)
    return variety, None, array_of(fields, "metrics", (count, n, n) if deep else (count, n))


NEAREST_FORMAT = Format(
    NearestPoints, "nearest points", _write_nearest, _read_nearest, NearestPoints.columns
)


# Averages.

AVERAGE = ("value", "interval", "samples", "degree", "seed", "counts", "undecided")


def _write_average(found: AverageEDDegree) -> dict[str, Any]:
    return {
        **problem_fields(found.variety, found.metric),
        "value": found.value,
        "interval": list(found.interval()),
        "samples": found.samples,
        "degree": found.degree,
        "seed": found.seed,
        "counts": {str(real): count for real, count in found.counts.items()},
        "undecided": found.undecided,
    }


def _read_average(fields: Fields, folder: Path) -> AverageEDDegree:
    fields.only("format", *place_names(fields), *AVERAGE)
    variety, metric = variety_and_metric(fields)
    counts, degree = fields.inside("counts"), fields.of("degree", int, 0)
    for name in counts.content:
        if not name.isdecimal() or int(name[:9]) > degree:
            raise InputError(f"{counts.place} names {name!r:.60}, no number up to the degree")
    found = AverageEDDegree(
        variety=variety,
        metric=metric,
        degree=degree,
        seed=fields.of("seed", int, 0),
        counts={int(name): counts.of(name, int, 1) for name in counts.content},
        undecided=fields.of("undecided", int, 0),
    )
    if not found.counts or fields.of("samples", int) != found.samples:
        fields.refuse("samples", "the sum of counts and undecided")
    if not np.allclose(array_of(fields, "value", ()), found.value):
        fields.refuse("value", f"{found.value}, as the counts say")
    if not np.allclose(array_of(fields, "interval", (2,)), found.interval()):
        fields.refuse("interval", f"{list(found.interval())}, as the counts say")
    return found


def _average_columns(found: AverageEDDegree) -> dict[str, Any]:
    return {"real": list(found.counts), "samples": list(found.counts.values())}


AVERAGE_FORMAT = Format(
    AverageEDDegree, "average degree", _write_average, _read_average, _average_columns
)


# Planes of data.

PLANE = (
    "objective", "degree", "points", "window", "grid", "computed", "shares", "origin", "axes",
    "places", "x", "y", "values",
)  # fmt: skip


def _write_slice(found: DataSlice) -> dict[str, Any]:
    shares: dict[str, Any] = {}
    for name, values in (("real", found.real), ("minima", found.minima)):
        kinds, counts = np.unique(values, return_counts=True)
        pairs = zip(kinds.tolist(), counts.tolist(), strict=True)
        shares[name] = {str(number): count / values.size for number, count in pairs}
    return {
        **problem_fields(found.variety, found.metric),
        "objective": one_line(found.objective),
        "degree": found.degree,
        "points": numbers(found.data(found.points[:, 0], found.points[:, 1])),
        "window": [float(v) for v in (found.x[0], found.x[-1], found.y[0], found.y[-1])],
        "grid": list(found.real.shape),
        "computed": int(found.computed.sum()),
        "shares": shares,
        "origin": numbers(found.origin),
        "axes": numbers(found.axes),
        "places": numbers(found.points),
        "x": numbers(found.x),
        "y": numbers(found.y),
        "values": {name: getattr(found, name).tolist() for name in ("real", "minima", "computed")},
    }


def _read_slice(fields: Fields, folder: Path) -> DataSlice:
    rest = [name for name in ("picture",) if name in fields.content]  # of the command line
    fields.only("format", *place_names(fields), *PLANE, *rest)
    variety, metric = variety_and_metric(fields)
    n = variety.ambient_dimension
    x, y = array_of(fields, "x", (None,)), array_of(fields, "y", (None,))
    values, shape = fields.inside("values"), (len(y), len(x))
    values.only("real", "minima", "computed")
    found = DataSlice(
        variety=variety,
        metric=metric,
        degree=fields.of("degree", int, 0),
        origin=array_of(fields, "origin", (n,)),
        axes=array_of(fields, "axes", (2, n)),
        points=array_of(fields, "places", (3, 2)),
        x=x,
        y=y,
        real=integers_of(values, "real", shape),
        minima=integers_of(values, "minima", shape),
        computed=_flags(values, "computed", shape),
        objective=fields.of("objective", str),
    )
    for name in ("real", "minima"):
        if np.any(getattr(found, name) < UNDECIDED):
            values.refuse(name, f"at least {UNDECIDED}")
    if not found.real.size or any(np.iscomplexobj(a) for a in (x, y, found.axes, found.origin)):
        fields.refuse("x", "real numbers, as are y, axes and origin")
    for name in ("grid", "computed", "shares"):
        if fields.content[name] != (value := _write_slice(found)[name]):
            fields.refuse(name, f"{value!r:.80}, as the values say")
    return found


def _slice_columns(found: DataSlice) -> dict[str, Any]:
    x, y = np.meshgrid(found.x, found.y)
    values = {name: getattr(found, name).ravel() for name in ("real", "minima", "computed")}
    return {"x": x.ravel(), "y": y.ravel(), **values}


SLICE_FORMAT = Format(DataSlice, "slice", _write_slice, _read_slice, _slice_columns)
