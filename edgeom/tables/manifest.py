"""The manifest of a run folder: its fields, and what a run is made of again from them.

A manifest is plain data and is checked field by field. Its digest covers everything in it but the
checksums of the shards, so that a change by mistake is noticed.
"""

from __future__ import annotations

import re
from typing import Any

from edgeom.errors import InputError
from edgeom.objectives.metric import Metric
from edgeom.objectives.words import KINDS, read_objective
from edgeom.plain import Fields, digest
from edgeom.tables.laws import GIVEN, LAWS, Law
from edgeom.varieties.base import Variety
from edgeom.varieties.fields import KIND, from_fields

__all__ = [
    "DATA",
    "FORMAT",
    "MANIFEST",
    "MAX_SAMPLES",
    "NEAREST_FORMAT",
    "NORMAL",
    "SHARD",
    "check_manifest",
    "metric_fields",
    "metric_of",
    "sealed",
    "shard_name",
    "variety_of",
]

FORMAT = "edgeom run 3"
NEAREST_FORMAT = "edgeom nearest run 1"
MANIFEST = "manifest.json"
NORMAL = "normal"  #: data that is drawn
DATA = "data.npy"
NAMES = (
    "format",
    "variety",
    "law",
    "degree",
    "proof",
    "run",
    "columns",
    "digest",
    "shards",
)
RUN_NAMES = (
    "variety",
    "metric",
    "data",
    "seed",
    "samples",
    "shard_size",
    "certify",
    "options",
    "versions",
)
MAX_SAMPLES = 10**12
MAX_SHARDS = 10**6
SHARD = re.compile(r"shard-([0-9]{5,7})\.parquet", re.ASCII)
SHA256 = re.compile(r"[0-9a-f]{64}")


def shard_name(shard: int) -> str:
    """Return the name of the file of a shard."""
    return f"shard-{shard:05d}.parquet"


def sealed(content: dict[str, Any]) -> dict[str, Any]:
    """Return the content of a manifest with its digest."""
    return {**content, "digest": _seal(content)}


def _seal(content: dict[str, Any]) -> str:
    return digest({k: v for k, v in content.items() if k not in ("digest", "shards")})


def check_manifest(manifest: dict[str, Any], place: str) -> None:
    """Raise InputError, with the field and its value, unless a manifest is one that edgeom writes.

    Parameters
    ----------
    manifest : dict
    place : str
        What it is called in error messages.
    """
    fields = Fields(manifest, place, sep=": ")
    nearest = fields.of("format", str) == NEAREST_FORMAT
    if not nearest and manifest["format"] != FORMAT:
        raise InputError(f"{place} has the format {manifest['format']!r:.60}, not {FORMAT!r}")
    fields.only(*NAMES, *(["notes"] if nearest else []))
    if nearest:
        fields.of("notes", list[str])
    for name in ("variety", "law"):
        fields.of(name, str)
    fields.of("degree", int, 0)
    if manifest["proof"] is not None:
        fields.of("proof", str)
    fields.of("columns", dict)
    _check_run(fields.inside("run"), nearest)
    _check_shards(fields.inside("shards"), manifest["run"])
    if fields.of("digest", str) != _seal(manifest):
        raise InputError(f"{place} was changed: its digest does not fit")


def _check_run(run: Fields, nearest: bool) -> None:
    laws = GIVEN if nearest else (*LAWS, GIVEN[1])
    more = ["domain"] if nearest else ["first"] if "first" in run.content else []
    run.only(*RUN_NAMES, *more)
    if "first" in more:
        run.of("first", int, 1, MAX_SAMPLES)
    if nearest and run.content["domain"] is not None:
        box = run.inside("domain")
        for name in box.content:
            if len(box.of(name, list)) != 2:
                box.refuse(name, "two ends")
    run.inside("variety").of(KIND, str)
    if isinstance(run.content["metric"], dict):
        metric = run.inside("metric")
        if "objective" in metric.content:
            metric.only("objective")
            metric.of("objective", str)
        else:
            metric.only("matrix", "generic")
            metric.of("matrix", list[list[float]])
            metric.of("generic", bool)
    elif run.content["metric"] not in laws:
        run.refuse("metric", f"{', '.join(laws)} or an object")
    if nearest or run.content["metric"] == GIVEN[1] or run.content["data"] != NORMAL:
        data = run.inside("data")
        data.only("file", "sha256")
        if data.of("file", str) != DATA:
            data.refuse("file", f"{DATA!r}, in the folder itself")
        _check_checksum(data, "sha256")
    run.of("seed", int, 0)
    samples = run.of("samples", int, 1, MAX_SAMPLES)
    size = run.of("shard_size", int, 1)
    if samples > size * MAX_SHARDS:
        run.refuse("shard_size", f"at least {-(-samples // MAX_SHARDS)} for {samples} samples")
    run.of("certify", bool)
    run.of("options", dict)
    run.of("versions", dict)


def _check_shards(shards: Fields, run: dict[str, Any]) -> None:
    for name in shards.content:
        match = SHARD.fullmatch(name)
        shard = int(match[1]) if match else -1
        if shard_name(shard) != name or shard * run["shard_size"] >= run["samples"]:
            raise InputError(f"{shards.place} names {name!r:.60}, which is no shard of the run")
        _check_checksum(shards, name)


def _check_checksum(fields: Fields, name: str) -> None:
    if not SHA256.fullmatch(fields.of(name, str)):
        fields.refuse(name, "a checksum of 64 digits")


def variety_of(run: dict[str, Any], place: str) -> Variety:
    """Return the variety of a run.

    Raises
    ------
    InputError
        The package has no such variety.
    """
    return from_fields(run["variety"], f"{place}: run.variety")


def metric_fields(metric: Law) -> dict[str, Any] | str:
    """Return the metric of a run, another objective, or the law of metrics, as plain data.

    Raises
    ------
    InputError
        The objective cannot be written in words.
    """
    if isinstance(metric, str):
        return metric
    if not isinstance(metric, Metric):
        if metric.words is None:
            raise InputError(
                f"{metric.name} cannot be kept in a folder, only objectives in words such as "
                f"{', '.join(KINDS)}; leave out the folder"
            )
        return {"objective": metric.words}
    return {"matrix": metric.matrix.tolist(), "generic": bool(metric.generic)}


def metric_of(run: dict[str, Any], place: str) -> Law:
    """Return the metric of a run, another objective, or the law of metrics.

    Raises
    ------
    InputError
        The matrix is that of no metric.
    """
    metric = run["metric"]
    if isinstance(metric, str):
        return metric
    if "objective" in metric:
        return read_objective(metric["objective"])
    try:
        return Metric(metric["matrix"], generic=metric["generic"])
    except InputError as error:
        raise InputError(f"{place}: run.metric.matrix is no metric: {error}") from None
