"""What is told of critical points: the evidence that they are all, notes, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from edgeom.critical.points import CriticalPoints
from edgeom.errors import DegenerateDataError, IncompleteError
from edgeom.evidence import Evidence
from edgeom.solvers.general import described_ends
from edgeom.solvers.generic import Fiber, MultiplePoints
from edgeom.solvers.native import Solutions
from edgeom.varieties.algebraic import AlgebraicVariety
from edgeom.varieties.base import Fact

__all__ = ["components_of", "evidence_of", "missing", "notes_on", "only_smooth", "with_multiple"]

MOST = 4  # multiple points that are shown
NEAR, DIGITS = 1e-4, 6  # imaginary part of a multiple point that is taken for zero; decimals
SOLUTION = 1e-6  # residual of a solution, at most


def evidence_of(
    fibers: Sequence[Fiber], solutions: Solutions, known: Fact | None, seed: int
) -> Evidence:
    """Return how it is known that all critical points for general data are there."""
    count = sum(map(len, fibers))
    if known is not None and known.value == count:
        checks: tuple[str, ...] = (f"{count} for general data: {known.reason}, and monodromy",)
    else:
        checks = tuple(f"{len(f)} for general data: {check}" for f in fibers for check in f.checks)
    return Evidence(
        method=fibers[0].method,
        checks=checks,
        seed=seed,
        paths=solutions.paths,
        residual=max(fiber.residual for fiber in fibers),
        components=components_of(fibers),
        notes=tuple(notes_on(fibers)),
    )


def components_of(fibers: Sequence[Fiber]) -> tuple[int, ...]:
    """Return the number of critical points on each component that was told from the others."""
    return tuple(count for fiber in fibers for count in fiber.monodromy.components)


def notes_on(fibers: Sequence[Fiber]) -> list[str]:
    """Return notes on the components of a variety, and on what is not counted."""
    several = sum(f.linear_term.multiple for f in fibers if f.linear_term is not None)
    notes = _on_components(fibers)
    if several:
        notes.append(
            f"only simple critical points are counted: {several} paths from a general linear term "
            "end at multiple ones or on sets of them"
        )
    return notes


def with_multiple(evidence: Evidence, found: MultiplePoints) -> Evidence:
    """Say where critical points are that are not simple."""
    notes = list(evidence.notes)
    for x, count in list(zip(found.points, found.multiplicities, strict=True))[:MOST]:
        shown = np.round(x.real if np.abs(x.imag).max() < NEAR else x, DIGITS) + 0
        place = np.array2string(shown, separator=", ")
        notes.append(f"a critical point of multiplicity {count} at {' '.join(place.split())}")
    if len(found.multiplicities) > MOST:
        notes.append(f"{len(found.multiplicities)} multiple critical points in all")
    if found.elsewhere:
        notes.append(f"{found.elsewhere} paths end on sets of critical points")
    return replace(evidence, notes=tuple(notes))


def _on_components(fibers: Sequence[Fiber]) -> list[str]:
    counts = components_of(fibers)
    if any(fiber.assumes_irreducible for fiber in fibers):
        return ["that the variety is irreducible was assumed"]
    if len({fiber.variety.dimension for fiber in fibers}) > 1:
        parts = ", ".join(f"{len(f)} in dimension {f.variety.dimension}" for f in fibers)
        return [f"the variety has components of several dimensions: {parts}"]
    if len(counts) > 1:
        parts = " + ".join(map(str, counts))
        return [f"the variety has several components: {parts} critical points"]
    return []


def only_smooth(points: CriticalPoints, strict: bool) -> CriticalPoints:
    """Return the critical points that are smooth points of the variety; there should be no other.

    A chart may go through singular points, such as matrices of lower rank, and for special data
    they solve the critical equations there.
    """
    variety = points.variety
    smooth = points.is_smooth
    solutions = points.residual < SOLUTION  # others are singular, or no solutions
    if smooth.all():
        return points.where(solutions)
    count = int(np.sum(~smooth))
    where = "where other components meet" if _meets(points, smooth) else "singular points of"
    text = f"{count} of {points.expected} critical points are {where} {variety}"
    if strict:
        raise DegenerateDataError(
            f"{text} for this data, as for data on the variety; move the data, or pass "
            "raise_incomplete=False to see the others"
        )
    evidence = replace(points.evidence, notes=(*points.evidence.notes, f"{text}, left out"))
    return replace(points.where(smooth & solutions), evidence=evidence)


def _meets(points: CriticalPoints, smooth: NDArray[np.bool_]) -> bool:
    """Whether the points that are not smooth ones are only where other components meet a part."""
    variety = points.variety
    if not isinstance(variety, AlgebraicVariety) or not variety.polynomials.excluded:
        return False
    return not any(variety.is_singular(x) for x in points.points[~smooth])


def missing(points: CriticalPoints, solutions: Solutions) -> Exception:
    """Return the error for missing points, from what became of the paths of the last attempt."""
    gone = points.expected - len(points)
    if gone < 0:
        return DegenerateDataError(
            f"{len(points)} critical points were met for this data, general data has "
            f"{points.expected}: they are not isolated; move the data, or pass "
            "raise_incomplete=False to see what was found"
        )
    ends = solutions.ends
    if ends and not ends.get("failed"):
        met = " (critical points meet there, or are points of whole curves of them)"
        return DegenerateDataError(
            f"{gone} of {points.expected} critical points are missing for this data: of the paths "
            f"from general data {described_ends(ends)}{met if ends.get('singular') else ''}. The "
            "data lies on the ED discriminant or extremely close to it; move the data, or pass "
            "raise_incomplete=False to see what was found"
        )
    if sum(len(u) for _, u in solutions.parts) >= points.expected:
        return DegenerateDataError(
            f"{gone} of {points.expected} critical points are singular for this data: they meet, "
            "or are points of whole curves of critical points. The data lies on the ED "
            "discriminant or extremely close to it; move the data, or pass raise_incomplete=False "
            "to see what was found"
        )
    return IncompleteError(
        f"{gone} of {points.expected} critical points were lost on the way to this data "
        f"({solutions.attempts} attempts); try another seed, or raise_incomplete=False"
    )
