"""Numbers of critical points with the account of how they were found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from edgeom.critical.account import components_of, notes_on
from edgeom.evidence import Evidence
from edgeom.objectives.family import ObjectiveFamily
from edgeom.objectives.metric import Metric
from edgeom.results import Result, Summary
from edgeom.solvers.generic import Fiber
from edgeom.varieties.base import Fact, Variety

__all__ = ["EDDegree", "counted", "known_count"]


class EDDegree(int, Result):
    """A number of critical points, with the account of how it was found.

    Attributes
    ----------
    evidence : Evidence

    Examples
    --------
    >>> import edgeom as eg
    >>> degree = eg.generic_ed_degree(eg.DeterminantalVariety(3, 3, rank=1), method="formula")
    >>> degree + 1, degree
    (40, 39 [determinantal formula])
    """

    evidence: Evidence

    def __new__(cls, value: int, evidence: Evidence) -> EDDegree:
        number = super().__new__(cls, value)
        number.evidence = evidence
        return number

    def __str__(self) -> str:
        return int.__repr__(self)

    def __repr__(self) -> str:
        parts = [*self.evidence.checks, *self.evidence.notes]
        if self.evidence.seed is not None:
            parts.append(f"seed {self.evidence.seed}")
        return f"{int(self)} [{'; '.join(parts)}]"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (int(self), self.evidence)

    def summary(self) -> Summary:
        return Summary(repr(self))


def known_count(variety: Variety, family: ObjectiveFamily) -> Fact | None:
    """Return the exact number of critical points for general data, where a theorem gives it."""
    if not isinstance(family, Metric):
        return None
    fact = variety.ed_degree_fact(family)
    if fact is None and family.generic:
        fact = variety.generic_ed_degree_fact()
    return fact


def counted(
    fibers: Sequence[Fiber], seed: int, formula: str | None = None, seeds: int | None = None
) -> Evidence:
    """Return how a number of critical points for general data was found."""
    checks = [check for fiber in fibers for check in fiber.checks]
    notes = notes_on(fibers)
    if not notes and seeds == 1 and not fibers[0].variety.is_irreducible:
        notes.append("the component of one random point; there may be others, see seeds=")
    paths: Counter[str] = Counter()
    for fiber in fibers:
        paths.update(fiber.monodromy.paths)
    return Evidence(
        method=fibers[0].method if formula is None else "formula",
        checks=(*([formula] if formula else []), *checks),
        seed=seed,
        paths=dict(paths),
        residual=max(fiber.residual for fiber in fibers),
        components=components_of(fibers),
        notes=tuple(notes),
    )
