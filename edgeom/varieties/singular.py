"""The singular locus of a zero set, stratum by stratum, down to points.

A part of codimension c is singular where all c×c minors of the Jacobian of its equations vanish.
These minors and the equations define a zero set of smaller dimension, whose own singular points
are again one, and so on. A part of it on which its equations vanish to higher order is given more
equations (deflation): near its general points the Jacobian has rank r, so all minors of size r + 1
vanish on it (Leykin, Verschelde, Zhao; Hauenstein, Wampler, Isosingular sets and deflation).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from edgeom.errors import IncompleteError, InputError, keywords_checked
from edgeom.varieties.algebraic import AlgebraicVariety
from edgeom.varieties.base import Array, Variety
from edgeom.varieties.ideals import decomposed, minors, small_basis, squarefree
from edgeom.varieties.polynomials import Polynomials
from edgeom.varieties.zero_set import ZeroSet

if TYPE_CHECKING:
    import sympy

__all__ = ["PointSystem", "SingularLocus", "singular_locus"]

DEFLATIONS = 4
ZERO = 1e-13  # coordinates of points that are smaller, in good units, are 0
RANK = 1e-6  # relative size of a singular value that counts, in good units


@dataclass(frozen=True, eq=False)
class PointSystem:
    """Polynomials with finitely many zeros that stand for points.

    Attributes
    ----------
    polys : tuple of sympy.Poly
    image : tuple of (numerator, denominator) or None
        The coordinates of the point at a zero, in the same variables; None for the zero itself.
    """

    polys: tuple[sympy.Poly, ...]
    image: tuple[tuple[sympy.Poly, sympy.Poly], ...] | None = None


@dataclass(frozen=True, eq=False)
class SingularLocus:
    """The singular points of a variety.

    Attributes
    ----------
    strata : tuple of Variety
        Sets of positive dimension: smooth points of the first are singular points of the variety,
        smooth ones of the next are singular ones of the first, and so on.
    points : complex array (points, n)
        Isolated singular points, of the variety or of a stratum, in the user's coordinates.
    unknown : tuple of str
        What could not be computed, with the reason; empty where nothing is missing.
    proved_empty : bool
        Whether it is proved that there is no singular point, real or complex, but in the strata.
    systems : tuple of PointSystem
        Of which the points are the real zeros, where that is proved.
    unsearched : tuple of AlgebraicVariety
        Sets of singular points whose components could not be computed.

    Examples
    --------
    >>> from edgeom import AlgebraicVariety
    >>> found = singular_locus(AlgebraicVariety(["y^2 = x^3"], "x y"))
    >>> found.strata, found.points.real.tolist()
    ((), [[0.0, 0.0]])
    """

    strata: tuple[Variety, ...]
    points: Array
    unknown: tuple[str, ...] = ()
    proved_empty: bool = False
    systems: tuple[PointSystem, ...] = ()
    unsearched: tuple[AlgebraicVariety, ...] = ()

    @property
    def real_points(self) -> Array:
        """The isolated singular points that are real."""
        size = np.maximum(np.abs(self.points).max(axis=1, initial=0), 1e-3)
        real = np.abs(self.points.imag).max(axis=1, initial=0) < 1e-7 * size
        return np.asarray(self.points[real].real)

    def __str__(self) -> str:
        lines = [f"dimension {stratum.dimension}: {stratum}" for stratum in self.strata]
        if len(self.points):
            lines.append(f"{len(self.points)} points, {len(self.real_points)} of them real")
        lines.extend(f"not known: {text}" for text in self.unknown)
        return "\n".join(lines or ["there are no singular points"])


@dataclass
class _Search:
    """What has been found so far."""

    strata: list[AlgebraicVariety] = field(default_factory=list)
    points: list[Array] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    systems: list[PointSystem] = field(default_factory=list)
    unsearched: list[AlgebraicVariety] = field(default_factory=list)
    proved_empty: bool = True
    told: bool = True  # whether the smooth points of all strata are manifolds of their dimension

    def below(self, variety: AlgebraicVariety) -> None:
        """Find the singular points of a zero set."""
        for part in variety.parts():
            assert isinstance(part, AlgebraicVariety)
            polys = part.polynomials.polys
            if part.dimension > 0 and any(poly.total_degree() > 1 for poly in polys):
                self._below_part(variety, polys, part.codimension)

    def _below_part(
        self, variety: AlgebraicVariety, polys: Sequence[sympy.Poly], codimension: int
    ) -> None:
        try:
            polys = squarefree([*polys, *_minors(polys, codimension)])
            for _ in range(DEFLATIONS):
                basis = small_basis(polys)
                if any(poly.is_ground for poly in basis or polys):
                    return
                if basis is not None and len(basis) <= len(polys):
                    polys = basis
                components, there, coordinates = decomposed(polys)
                larger = [part for part in components if part.dimension > 0]
                if all(part.multiplicity == 1 for part in larger):
                    break
                polys, basis = squarefree(_deflated(polys, there, larger)), None
                self.proved_empty = self.told = False
            isolated = [part.witness.points for part in components if part.dimension == 0]
            for y in isolated:
                self.points += list(coordinates.outward(np.where(np.abs(y) < ZERO, 0, y)))
            if not larger:
                self.proved_empty = False
                self.systems.append(PointSystem(tuple(polys)))
            else:
                beside = variety.ambient_dimension - max(part.dimension for part in larger)
                if basis is not None and len(basis) == beside:  # smooth where this is the rank
                    polys = basis
                else:
                    self.proved_empty = self.told = False
                stratum = variety.with_equations([poly.as_expr() for poly in polys], beside)
                self.strata.append(stratum)
                self.below(stratum)
        except (InputError, IncompleteError) as error:
            self.proved_empty = False
            self.unknown.append(f"singular points of {variety}: {error}")
            if isinstance(error, IncompleteError):
                expressions = [poly.as_expr() for poly in polys]
                self.unsearched.append(variety.with_equations(expressions, codimension + 1))


@keywords_checked
def singular_locus(variety: AlgebraicVariety) -> SingularLocus:
    """Find the singular points of a zero set.

    They are those of each part (``variety.parts()``): where parts meet is not told.

    Parameters
    ----------
    variety : AlgebraicVariety

    Returns
    -------
    SingularLocus
        Without points and strata for a smooth one; `unknown` says what could not be computed.

    Examples
    --------
    Whitney's umbrella is singular along its handle, whose one special point is the origin:

    >>> from edgeom import AlgebraicVariety
    >>> print(singular_locus(AlgebraicVariety(["x^2 - y^2*z"], "x y z")))
    dimension 1: x = 0, y = 0
    >>> print(singular_locus(AlgebraicVariety(["y^2 = x^2*(x - 1)"], "x y")))
    1 points, 1 of them real
    >>> print(singular_locus(AlgebraicVariety(["x^2 + y^2 = 1"], "x y")))
    there are no singular points
    """
    search = _Search()
    search.below(variety)
    points = np.array(search.points).reshape(-1, variety.ambient_dimension)
    return SingularLocus(
        tuple(search.strata),
        points,
        tuple(search.unknown),
        search.proved_empty,
        tuple(search.systems) if search.told else (),
        tuple(search.unsearched),
    )


def _minors(polys: Sequence[sympy.Poly], size: int) -> list[sympy.Poly]:
    """Return all minors of the Jacobian of a size."""
    return minors([[poly.diff(x) for x in poly.gens] for poly in polys], size)


def _deflated(
    polys: Sequence[sympy.Poly], there: Polynomials, parts: Sequence[Any]
) -> list[sympy.Poly]:
    """Add the minors that vanish on a multiple part."""
    part = next(part for part in parts if part.multiplicity > 1)
    _, jacobian = ZeroSet(there, 1)._values(part.witness.points[0])
    values = np.linalg.svd(jacobian, compute_uv=False)
    rank = int(np.sum(values > RANK * max(float(values[0]), 1e-3)))
    return [*polys, *_minors(polys, rank + 1)]
