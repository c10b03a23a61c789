"""The irreducible components of a zero set, with witness points on each.

The work is done in good coordinates: for each codimension all points on a general linear space
(:mod:`edgeom.homotopy.witness`), grouped by monodromy and traces
(:mod:`edgeom.homotopy.decomposition`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from edgeom.errors import IncompleteError, InputError
from edgeom.evidence import Evidence
from edgeom.homotopy.decomposition import decomposed
from edgeom.homotopy.solve import MOST_PATHS
from edgeom.homotopy.witness import Cascade, WitnessSet
from edgeom.scaling import Coordinates
from edgeom.varieties.base import Array
from edgeom.varieties.in_units import in_coordinates, some
from edgeom.varieties.polynomials import Polynomials
from edgeom.varieties.zero_set import ZeroSet, undefined_at

if TYPE_CHECKING:
    import sympy

__all__ = ["Component", "Components", "component_of", "find_components"]

NEAR = 4  # units are not changed for points that are nearer than 2^NEAR
NEARER = 3  # such changes
ON_SET = 1e-7  # distance of a point that solves an equation, in good units


@dataclass(frozen=True, eq=False)
class Component:
    """An irreducible component of a zero set.

    Attributes
    ----------
    dimension, degree : int
    points : complex array (degree, n)
        Its points on a general linear space of complementary dimension, in the user's coordinates.
        Where the multiplicity is 1 they are smooth points of the zero set, and the Jacobian of the
        equations has full rank there.
    multiplicity : int
        Number of paths that end at each witness point; 1 where the squarefree parts of the
        equations have full rank, so that x² = 0, y² = 0 has the origin once. Components where it is
        larger are not told apart: all of one dimension and multiplicity are one entry.
    witness : WitnessSet
        The same points in good coordinates, and what moves them.
    """

    dimension: int
    degree: int
    points: Array
    multiplicity: int
    witness: WitnessSet

    def __str__(self) -> str:
        if self.dimension == 0 and self.degree == 1:
            place = ", ".join(f"{_short(value)}" for value in self.points[0])
            text = f"the point ({place})"
        else:
            kind = {0: "points", 1: "curve", 2: "surface"}.get(
                self.dimension, f"component of dimension {self.dimension}"
            )
            text = f"{kind} of degree {self.degree}" if self.dimension else f"{self.degree} points"
        return text + (f", {self.multiplicity} times" if self.multiplicity > 1 else "")


def _short(value: complex) -> str:
    value = complex(round(value.real, 9), round(value.imag, 9)) + 0
    return f"{value.real:.6g}" if value.imag == 0 else f"{value:.6g}"


@dataclass(frozen=True)
class Components:
    """The components of a zero set, those of largest dimension first.

    Attributes
    ----------
    parts : tuple of Component
    evidence : Evidence
    """

    parts: tuple[Component, ...]
    evidence: Evidence

    def __len__(self) -> int:
        return len(self.parts)

    def __iter__(self) -> Iterator[Component]:
        return iter(self.parts)

    def __getitem__(self, number: int) -> Component:
        return self.parts[number]

    @property
    def dimension(self) -> int:
        """The largest dimension, -1 for an empty set."""
        return max((part.dimension for part in self.parts), default=-1)

    @property
    def dimensions_and_degrees(self) -> list[tuple[int, int]]:
        """Dimension and degree of each component."""
        return [(part.dimension, part.degree) for part in self.parts]

    def __str__(self) -> str:
        if not self.parts:
            return "the zero set is empty"
        lines = [f"{len(self)} component{'s' if len(self) > 1 else ''}"]
        lines += [f"  dimension {part.dimension}: {part}" for part in self.parts]
        return "\n".join([*lines, *(f"  check: {check}" for check in self.evidence.checks)])


@lru_cache(maxsize=16)
def find_components(
    polynomials: Polynomials, coordinates: Coordinates, seed: int = 0
) -> Components:
    """Decompose the zero set of polynomials.

    Parameters
    ----------
    polynomials : Polynomials
        In good coordinates, none of them constant.
    coordinates : Coordinates
        From these to the user's.
    seed : int

    Raises
    ------
    InputError
        Too many paths would be needed.
    IncompleteError
        Paths were lost, or witness points could not be grouped.
    """
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    found = _Found.of(polynomials, coordinates, rng)
    for _ in range(NEARER):
        nearer = found.nearer(rng)
        if nearer is None:
            break
        found = nearer
    sets = [part for whole in found.sets for part in decomposed(whole, rng)]
    sets = [part for part in sets if not undefined_at(found.polynomials, part.points, ON_SET).all()]
    how = "complete witness sets, equation by equation"
    return _described(sets, found.cascade, found.coordinates, seed, how)


@dataclass(frozen=True, eq=False)
class _Found:
    """The witness sets of all dimensions, in some coordinates."""

    polynomials: Polynomials
    coordinates: Coordinates
    cascade: Cascade
    sets: list[WitnessSet]

    @classmethod
    def of(
        cls, polynomials: Polynomials, coordinates: Coordinates, rng: np.random.Generator
    ) -> _Found:
        cascade = _cascade(polynomials)[1]
        return cls(polynomials, coordinates, cascade, cascade.run(rng))

    @property
    def degrees(self) -> list[tuple[int, int, int]]:
        """Codimension, multiplicity and number of points of each set."""
        return [(part.slice.dimension, part.multiplicity, len(part)) for part in self.sets]

    def nearer(self, rng: np.random.Generator) -> _Found | None:
        """Return the same in units as long as witness points are far away.

        Linear spaces in general position in units that are much too short for a component meet it
        only far out, where it looks like its asymptotes. None where they are not too short, or the
        same points are not found again.
        """
        traced = [p for p in self.sets if p.multiplicity == 1 and p.slice.dimension < len(p.base)]
        if not traced:
            return None
        points = np.concatenate([part.points for part in traced])
        sizes = np.log2(np.maximum(np.abs(points), 1)).mean(axis=0)
        if sizes.max() < NEAR:
            return None
        powers = [round(float(size)) for size in sizes]
        change = Coordinates.identity(len(powers)).widened(powers)
        factors = [-_middle_size(poly, powers) for poly in self.polynomials.polys]
        there = in_coordinates(self.polynomials, change, factors)
        try:
            found = _Found.of(there, self.coordinates.widened(powers), rng)
        except IncompleteError:
            return None
        return found if found.degrees == self.degrees else None


def _middle_size(poly: sympy.Poly, powers: Sequence[int]) -> int:
    """Return log₂ of the median of the coefficients in units of 2^powers."""
    sizes = [np.log2(float(abs(c))) + np.dot(alpha, powers) for alpha, c in poly.terms()]
    return round(float(np.median(sizes)))


def component_of(
    polynomials: Polynomials, coordinates: Coordinates, codimension: int, seed: int = 0
) -> Components:
    """Return the component of a random smooth point, for a set that is said to be irreducible.

    Parameters
    ----------
    polynomials, coordinates
        As for :func:`find_components`.
    codimension : int
        Of the set.
    seed : int
    """
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    zero_set, cascade = _cascade(polynomials)
    point = ZeroSet(zero_set.polynomials, codimension).land(rng)
    witness = cascade.through(point, codimension, rng)
    return _described(
        [witness], cascade, coordinates, seed, "that there is one component was assumed"
    )


def _cascade(polynomials: Polynomials) -> tuple[ZeroSet, Cascade]:
    reduced = _reduced(polynomials)
    size = len(reduced.variables)
    zero_set = ZeroSet(reduced, size)
    return zero_set, Cascade(
        equations=reduced,
        degrees=[poly.total_degree() for poly in reduced.polys],
        size=size,
        on_set=lambda x: zero_set.solved_by(x, ON_SET),
        is_multiple=lambda x, directions: _InSpace(zero_set, x, directions).is_multiple(),
        check=_check,
    )


def _described(
    sets: list[WitnessSet], cascade: Cascade, coordinates: Coordinates, seed: int, how: str
) -> Components:
    """Put the result together."""
    parts = sorted(
        (_component(witness, cascade.size, coordinates) for witness in sets),
        key=lambda part: (-part.dimension, part.multiplicity, part.degree),
    )
    traces = [part.witness.trace for part in parts if part.witness.trace is not None]
    deviation = max((trace.deviation for trace in traces), default=0.0)
    checks = [how, f"{len(traces)} traces linear to {deviation:.0e}"]
    evidence = Evidence(
        "numerical irreducible decomposition",
        checks=tuple(checks if traces else checks[:1]),
        seed=seed,
        paths=dict(cascade.paths),
        components=tuple(part.degree for part in parts),
    )
    return Components(tuple(parts), evidence)


def _component(witness: WitnessSet, size: int, coordinates: Coordinates) -> Component:
    return Component(
        dimension=size - witness.slice.dimension,
        degree=len(witness),
        points=coordinates.outward(witness.points),
        multiplicity=witness.multiplicity,
        witness=witness,
    )


def _check(paths: int) -> None:
    if paths > MOST_PATHS:
        raise InputError(
            f"{paths} paths would have to be tracked to find all components, more than "
            f"{MOST_PATHS} are not tried; if the zero set is known to be irreducible, say "
            "irreducible=True"
        )


def _reduced(polynomials: Polynomials) -> Polynomials:
    """Return the different squarefree parts of polynomials, sorted by falling degree."""
    parts = list(
        dict.fromkeys(
            poly.sqf_part().as_expr() if _has_square(poly) else expression
            for poly, expression in zip(polynomials.polys, polynomials.expressions, strict=True)
            if not poly.is_zero
        )
    )
    reduced = Polynomials(parts, polynomials.variables, "equation")
    order = sorted(range(len(parts)), key=lambda i: -reduced.polys[i].total_degree())
    return some(reduced, order)


def _has_square(poly: object) -> bool:
    exact = poly.get_domain().is_Exact  # type: ignore[attr-defined]
    return exact and not poly.is_sqf  # type: ignore[attr-defined]


class _InSpace(ZeroSet):
    """A zero set in a linear space x = base + A y, near y = 0."""

    def __init__(self, zero_set: ZeroSet, base: Array, directions: Array) -> None:
        self.whole, self.base, self.directions = zero_set, base, directions
        super().__init__(zero_set.polynomials, directions.shape[1])
        self.size = directions.shape[1]

    def _values(self, y: Array) -> tuple[Array, Array]:
        f, jacobian = self.whole._values(self.base + self.directions @ y)
        return f, jacobian @ self.directions

    def vanishes(self, y: Array, tolerance: float) -> bool:
        return self.whole.vanishes(self.base + self.directions @ y, tolerance)

    def is_multiple(self) -> bool:
        """Whether the base is an isolated point of a set that is not smooth there."""
        codimension = self.whole.codimension_at(self.base)
        if 0 < codimension < self.size:
            return False  # a smooth point of a component that is larger
        return self.is_isolated(np.zeros(self.size, complex))
