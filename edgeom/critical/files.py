"""Critical points and nearest points in files, and how they come back.

Charts are not kept but for slices of parameters, since points determine their unknowns in any
chart: a list that is read can be certified, tested and counted again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.certification.files import PROVED, proved_fields, proved_of
from edgeom.critical.candidates import Candidates
from edgeom.critical.nearest_point import NearestPoint
from edgeom.critical.numbers import EDDegree
from edgeom.critical.points import CriticalPoints
from edgeom.equations.critical import CriticalEquations, critical_equations
from edgeom.equations.hessian import NOT_REAL, UNDECIDED
from edgeom.objectives.family import ObjectiveFamily
from edgeom.objectives.metric import Metric
from edgeom.plain import Fields
from edgeom.records import (
    EVIDENCE,
    array_of,
    entries_of,
    evidence_of,
    maybe,
    numbers,
    problem_fields,
    problem_names,
    problem_of,
    real_if_all,
    texts_of,
)
from edgeom.results import Format
from edgeom.varieties.base import Variety
from edgeom.varieties.parametrized import ParametrizedVariety
from edgeom.varieties.placed import Placed

__all__: list[str] = []

Array = NDArray[Any]
MOST = 100  # subspaces of parameters in which points were found
SEED = 0  # of the charts in random position in which points are found again
POINT = (
    "point", "is_real", "index", "residual", "smallest_eigenvalue",
    "parameters", "chart", "unknowns",
)  # fmt: skip


def _write(points: CriticalPoints) -> dict[str, Any]:
    proof = points.certificate
    image = isinstance(points.variety, ParametrizedVariety)
    subspaces = [e.chart.subspace for e in points.charts] if image else None
    return {
        **problem_fields(points.variety, points.family, points.data),
        "count": len(points),
        "expected": points.expected,
        "real": int(points.is_real.sum()),
        "minima": int(points.is_minimum.sum()),
        "points": [_point_fields(points, i) for i in range(len(points))],
        "subspaces": subspaces and [None if s is None else numbers(s) for s in subspaces],
        "evidence": points.evidence.to_dict(),
        "certificate": None if proof is None else proved_fields(proof),
    }


def _point_fields(points: CriticalPoints, i: int) -> dict[str, Any]:
    point, image = points[i], isinstance(points.variety, ParametrizedVariety)
    count = len(points.charts[points.chart[i]].system.unknowns)
    return {
        "point": numbers(point.point),
        "is_real": point.is_real,
        "index": point.index,
        _value_name(points.family): numbers(point.value),
        "residual": point.residual,
        "smallest_eigenvalue": numbers(points.smallest_eigenvalue[i]),
        "parameters": None if point.parameters is None else numbers(point.parameters),
        "chart": int(points.chart[i]) if image else None,
        "unknowns": numbers(points.unknowns[i, :count]) if image else None,
    }


def _value_name(family: ObjectiveFamily) -> str:
    return "squared_distance" if isinstance(family, Metric) else "value"


def _read(fields: Fields, folder: Path) -> CriticalPoints:
    fields.only(
        *("format", *problem_names(fields), "count", "expected", "real", "minima"),
        *("points", "subspaces", "evidence", "certificate"),
    )
    variety, family, data = problem_of(fields)
    found = fields.of("points", list[dict])  # type: ignore[type-arg]
    entries = [Fields(entry, f"{fields.place}: points[{i}]") for i, entry in enumerate(found)]
    columns = _point_columns(entries, variety, _value_name(family))
    flat = variety.flatten(data) if family.like_points else data
    placed = Placed.of(variety, family).for_data(flat)
    if isinstance(variety, ParametrizedVariety):
        charts, chart, unknowns = _on_subspaces(fields, entries, placed)
    elif not entries:
        charts, chart, unknowns = [], np.zeros(0, int), np.zeros((0, 0), complex)
    else:
        q, n = placed.data_inward(flat), variety.ambient_dimension
        x = [variety.flatten(point, f"{fields.place}: points") for point in columns["points"]]
        there = Candidates.of(placed, placed.inward(np.array(x).reshape(-1, n)), q, SEED)
        charts, chart, unknowns = there.charts, there.chart, there.unknowns
    certificate = None
    if maybe(fields, "certificate", dict) is not None:
        inner = fields.inside("certificate")
        inner.only(*PROVED)
        certificate = proved_of(inner, variety, family, data)
        if len(certificate) != len(entries):
            inner.refuse("status", f"{len(entries)} texts, one for each point")
    evidence = fields.inside("evidence")
    evidence.only(*EVIDENCE)
    points = CriticalPoints(
        variety=variety,
        family=family,
        data=data,
        charts=tuple(charts),
        chart=chart,
        unknowns=unknowns,
        expected=fields.of("expected", int, 0),
        evidence=evidence_of(evidence),
        placed=placed,
        certificate=certificate,
        **columns,
    )
    which = {"count": points.index, "real": points.is_real.nonzero()[0]}
    which["minima"] = points.is_minimum.nonzero()[0]
    for name, value in ((name, len(values)) for name, values in which.items()):
        if fields.of(name, int) != value:
            fields.refuse(name, f"{value}, the number of such points")
    return points


def _point_columns(entries: list[Fields], variety: Variety, value: str) -> dict[str, Array]:
    """Return the columns of critical points that do not depend on charts."""
    points = np.zeros((len(entries), *variety.shape), complex)
    is_real, index = np.zeros(len(entries), bool), np.zeros(len(entries), int)
    values, residual, smallest = (np.zeros(len(entries), t) for t in (complex, float, float))
    for i, entry in enumerate(entries):
        entry.only(*POINT, value)
        points[i] = array_of(entry, "point", variety.shape)
        is_real[i] = entry.of("is_real", bool)
        if is_real[i] and points[i].imag.any():
            entry.refuse("is_real", "false for a point that is not real")
        index[i] = entry.of("index", int, UNDECIDED, variety.dimension)
        if not is_real[i] and index[i] not in (NOT_REAL, UNDECIDED):
            entry.refuse("index", f"{NOT_REAL} for a point that is not real")
        values[i] = array_of(entry, value, ())
        residual[i] = entry.of("residual", float)
        smallest[i] = array_of(entry, "smallest_eigenvalue", (), finite=False).real
    return {
        "points": points,
        "is_real": is_real,
        "index": index,
        "value": values,
        "residual": residual,
        "smallest_eigenvalue": smallest,
    }


def _on_subspaces(
    fields: Fields, entries: list[Fields], placed: Placed
) -> tuple[list[CriticalEquations], NDArray[np.int64], Array]:
    """Return the charts of an image, and the unknowns of points there."""
    good = placed.variety
    assert isinstance(good, ParametrizedVariety)
    kept = fields.content["subspaces"]
    if not isinstance(kept, list):
        fields.refuse("subspaces", "a list")
    if len(kept) > MOST:
        fields.refuse("subspaces", f"a list of at most {MOST}")
    size = (len(good.variables) + 1, good.dimension + 1)
    charts = []
    for k, subspace in enumerate(kept):
        place = Fields({str(k): subspace}, f"{fields.place}: subspaces")
        frame = None if subspace is None else array_of(place, str(k), size)
        if (frame is None) != (good.chart().subspace is None):
            place.refuse(str(k), "a matrix" if frame is None else "null")
        charts.append(critical_equations(good.chart_on(frame), placed.family))
    chart = np.zeros(len(entries), int)
    unknowns = np.zeros((len(entries), good.dimension), complex)
    for i, entry in enumerate(entries):
        chart[i] = entry.of("chart", int, 0, len(charts) - 1)
        unknowns[i] = array_of(entry, "unknowns", (good.dimension,))
    return charts, chart, unknowns


def _columns(points: CriticalPoints) -> dict[str, Any]:
    value = points.value.real if points.is_real.all() else real_if_all(points.value)
    columns: dict[str, Any] = {
        "kind": points.kinds,
        "is_real": points.is_real,
        "index": points.index,
        _value_name(points.family): value,
        "residual": points.residual,
        "smallest_eigenvalue": points.smallest_eigenvalue,
    }
    for name, t in points.named_parameters.items():
        columns[name] = real_if_all(t)
    return columns | entries_of(points.variety, points.points)


FORMAT = Format(CriticalPoints, "critical points", _write, _read, _columns)


# Nearest points.

NEAREST = (
    "points", "squared_distance", "dimension", "kind", "proved", "reason", "runner_up",
    "condition", "evidence",
)  # fmt: skip


def _write_nearest(found: NearestPoint) -> dict[str, Any]:
    return {
        **problem_fields(found.variety, found.metric, found.data),
        **{name: getattr(found, name) for name in ("dimension", "kind", "proved", "reason")},
        "points": numbers(found.points),
        "squared_distance": found.squared_distance,
        "distance": found.distance,
        "runner_up": numbers(found.runner_up),
        "condition": numbers(found.condition),
        "evidence": list(found.evidence),
    }


def _read_nearest(fields: Fields, folder: Path) -> NearestPoint:
    fields.only("format", *problem_names(fields), *NEAREST, "distance")
    variety, family, data = problem_of(fields)
    if not isinstance(family, Metric):
        fields.refuse("metric_fields", "those of a metric")
    found = NearestPoint(
        variety=variety,
        metric=family,
        data=data,
        points=array_of(fields, "points", (None, *variety.shape)),
        squared_distance=fields.of("squared_distance", float),
        dimension=fields.of("dimension", int, 0, variety.dimension),
        kind=fields.of("kind", str),
        proved=fields.of("proved", bool),
        reason=fields.of("reason", str),
        runner_up=float(array_of(fields, "runner_up", (), finite=False)),
        condition=float(array_of(fields, "condition", (), finite=False)),
        evidence=texts_of(fields, "evidence"),
    )
    if not len(found.points) or np.iscomplexobj(found.points):
        fields.refuse("points", "one or more real points")
    if found.squared_distance < 0 or fields.of("distance", float) != found.distance:
        fields.refuse("distance", "the root of squared_distance")
    return found


def _nearest_columns(found: NearestPoint) -> dict[str, Any]:
    count = len(found.points)
    names = ("distance", "dimension", "kind", "proved", "condition")
    columns = {name: [getattr(found, name)] * count for name in names}
    return columns | entries_of(found.variety, found.points)


NEAREST_FORMAT = Format(
    NearestPoint, "nearest point", _write_nearest, _read_nearest, _nearest_columns
)


# Degrees.


def _write_degree(degree: EDDegree) -> dict[str, Any]:
    return {"value": int(degree), **degree.evidence.to_dict()}


def _read_degree(fields: Fields, folder: Path) -> EDDegree:
    told = [
        name
        for name in ("variety", "variety_text", "metric", "objective")
        if name in fields.content
    ]
    for name in told:  # by the command line
        fields.of(name, str)
    fields.only("format", "value", *EVIDENCE, *told)
    return EDDegree(fields.of("value", int, 0), evidence_of(fields))


DEGREE_FORMAT = Format(EDDegree, "degree", _write_degree, _read_degree, _write_degree)
