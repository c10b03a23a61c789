"""The files of a run folder that are JSON: read as data, checked field by field.

A manifest and a certificate carry a digest of everything in them that numbers rest on, so that
what was changed by hand is refused.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, NoReturn

from edgeom.errors import InputError
from edgeom.objectives.metric import Metric
from edgeom.varieties.base import Variety
from edgeom.varieties.fields import fields_of_text, variety_of

__all__ = [
    "DATA",
    "FORMAT",
    "MANIFEST",
    "NORMAL",
    "check_manifest",
    "digest",
    "metric_from",
    "read_json",
    "sealed",
    "variety_from",
]

FORMAT = "edgeom run 3"
OLD_FORMAT = "edgeom run 2"  #: that of version 0.1, with varieties as text
MANIFEST = "manifest.json"
NORMAL = "normal"  #: data that is drawn
DATA = "data.npy"
TEXTS = ("variety", "law")
NUMBERS = {"seed": 0, "samples": 1, "shard_size": 1}  #: and what they are at least
HEX = frozenset("0123456789abcdef")


def read_json(path: Path) -> dict[str, Any]:
    """Read an object from a file; a byte order mark is skipped.

    Raises
    ------
    FileNotFoundError
    InputError
        It cannot be read, is not JSON, or holds something else than an object.
    """
    try:
        content = json.loads(path.read_bytes().decode("utf-8-sig"), parse_constant=_no_number)
    except FileNotFoundError:
        raise
    except RecursionError:
        raise InputError(f"{path} cannot be read: its lists are nested too deeply") from None
    except UnicodeDecodeError:
        raise InputError(f"{path} cannot be read: it is no UTF-8 text") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}") from None
    if not isinstance(content, dict):
        raise InputError(f"{path} cannot be read: it holds no object, but {_short(content)}")
    return content


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


def digest(content: dict[str, Any]) -> str:
    """Return a checksum of plain data."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def sealed(content: dict[str, Any]) -> dict[str, Any]:
    """Return content with a digest of all of it, but of the checksums of the shards."""
    return {**content, "digest": _seal(content)}


def _seal(content: dict[str, Any]) -> str:
    return digest({k: v for k, v in content.items() if k not in ("digest", "shards")})


def check_manifest(path: Path, manifest: dict[str, Any]) -> None:
    """Raise InputError, with the field and its value, unless a manifest is one that edgeom writes.

    Parameters
    ----------
    path : Path
        Of the file.
    manifest : dict
    """
    known = manifest.get("format")
    if known not in (FORMAT, OLD_FORMAT):
        raise InputError(f"{path} has the format {_short(known)}, not {FORMAT!r}")
    fields = _Fields(path, manifest)
    run = _Fields(path, fields.of("run", dict), "run.")
    for name in TEXTS:
        fields.of(name, str)
    fields.of("degree", int, 0)
    if manifest.get("proof") is not None:
        fields.of("proof", str)
    shards = fields.of("shards", dict)
    for name, checksum in shards.items():
        _Fields(path, shards, "shards.").checksum(name, checksum)
    for name, least in NUMBERS.items():
        run.of(name, int, least)
    run.of("certify", bool)
    run.of("variety", dict if known == FORMAT else str)
    if not isinstance(run.content.get("metric"), str):
        metric = _Fields(path, run.of("metric", dict), "run.metric.")
        metric.of("matrix", list)
        metric.of("generic", bool)
    if run.content.get("data") != NORMAL:
        data = _Fields(path, run.of("data", dict), "run.data.")
        if data.of("file", str) != DATA:
            data.refuse("file", f"{DATA!r}")
        data.checksum("sha256", data.of("sha256", str))
    seal = _seal(manifest) if known == FORMAT else digest(manifest["run"])
    if fields.of("digest", str) != seal:
        raise InputError(f"{path} was changed: its digest does not fit")


class _Fields:
    """The fields of one object of a file."""

    def __init__(self, path: Path, content: dict[str, Any], inside: str = "") -> None:
        self.path, self.content, self.inside = path, content, inside

    def of(self, name: str, kind: type, least: int | None = None) -> Any:
        """Return a field of a type, and of a least size."""
        value = self.content.get(name)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.refuse(name, _KINDS[kind])
        if least is not None and value < least:
            self.refuse(name, f"at least {least}")
        return value

    def checksum(self, name: str, value: Any) -> None:
        if not isinstance(value, str) or len(value) != 64 or not HEX.issuperset(value):
            self.refuse(name, "a checksum of 64 digits")

    def refuse(self, name: str, wanted: str) -> NoReturn:
        got = _short(self.content[name]) if name in self.content else "nothing"
        raise InputError(f"{self.path}: {self.inside}{name} must be {wanted}, got {got}")


_KINDS = {
    dict: "an object",
    list: "a list",
    str: "a text",
    int: "an integer",
    bool: "true or false",
}


def variety_from(run: dict[str, Any], path: Path) -> Variety:
    """Return the variety of a run.

    Raises
    ------
    InputError
        It is of a kind that cannot be made again.
    """
    fields = run["variety"]
    if isinstance(fields, str):
        fields = fields_of_text(fields)
    return variety_of(fields, f"{path}: run.variety")


def metric_from(run: dict[str, Any], path: Path) -> Metric | str:
    """Return the metric of a run, or the law by which it is drawn."""
    metric = run["metric"]
    if isinstance(metric, str):
        return metric
    try:
        return Metric(metric["matrix"], generic=metric["generic"])
    except (InputError, TypeError, ValueError) as error:
        raise InputError(f"{path}: run.metric.matrix is no metric: {error}") from None


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
