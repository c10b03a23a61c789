"""Certificates in files. What is read is what somebody has written: proofs are made, not read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.certification.certificate import Certificate
from edgeom.equations.hessian import UNDECIDED
from edgeom.objectives.family import ObjectiveFamily
from edgeom.plain import Fields
from edgeom.records import (
    array_of,
    entries_of,
    fact_of,
    integers_of,
    numbers,
    problem_fields,
    problem_names,
    problem_of,
    texts_of,
)
from edgeom.results import Format
from edgeom.varieties.base import Variety

__all__ = ["PROVED", "proved_fields", "proved_of"]

COUNTS = ("duplicate_of", "reality", "index", "bits")
PROVED = ("status", *COUNTS, "center", "radius", "distinct", "complete", "bound", "numerical")


def proved_fields(proof: Certificate) -> dict[str, Any]:
    """Return a certificate as plain data, without the problem that it is about."""
    asked = proof.is_real_problem
    return {
        "status": list(proof.status),
        "duplicate_of": proof.duplicate_of.tolist(),
        "reality": proof.reality.tolist() if asked else None,
        "index": proof.index.tolist() if asked else None,
        "center": numbers(proof.center),
        "radius": numbers(proof.radius),
        "bits": proof.bits.tolist(),
        "distinct": int(proof.is_distinct.sum()),
        "complete": proof.complete,
        "bound": None if proof.bound is None else vars(proof.bound),
        "numerical": list(proof.numerical),
    }


def proved_of(
    fields: Fields, variety: Variety, family: ObjectiveFamily, data: NDArray[Any]
) -> Certificate:
    """Return the certificate of a problem whose fields these are, perhaps among others."""
    status = texts_of(fields, "status")
    count, asked = len(status), fields.content["reality"] is not None
    nothing = np.full(count, UNDECIDED)
    columns = {
        name: integers_of(fields, name, (count,))
        if asked or name not in ("reality", "index")
        else nothing
        for name in COUNTS
    }
    if not all(-1 <= k < i for i, k in enumerate(columns["duplicate_of"].tolist())):
        fields.refuse("duplicate_of", "numbers of earlier points")
    center = array_of(fields, "center", (count, *variety.shape), finite=False)
    certificate = Certificate(
        variety=variety,
        family=family,
        data=data,
        status=status,
        center=center.astype(complex),
        radius=array_of(fields, "radius", (count,), finite=False),
        bound=fact_of(fields, "bound"),
        is_real_problem=asked,
        numerical=texts_of(fields, "numerical"),
        **columns,
    )
    for name, value in (
        ("distinct", int(certificate.is_distinct.sum())),
        ("complete", certificate.complete),
    ):
        if fields.of(name, type(value)) != value:
            fields.refuse(name, f"{value}, as the others say")
    return certificate


def _write(proof: Certificate) -> dict[str, Any]:
    problem = problem_fields(proof.variety, proof.family, proof.data)
    return {**problem, **proved_fields(proof)}


def _read(fields: Fields, folder: Path) -> Certificate:
    fields.only("format", *problem_names(fields), *PROVED)
    return proved_of(fields, *problem_of(fields))


def _columns(proof: Certificate) -> dict[str, Any]:
    return {
        "status": list(proof.status),
        "distinct": proof.is_distinct,
        "duplicate_of": proof.duplicate_of,
        "reality": proof.reality,
        "index": proof.index,
        "radius": proof.radius,
        "bits": proof.bits,
        **entries_of(proof.variety, proof.center),
    }


FORMAT = Format(Certificate, "certificate", _write, _read, _columns)
