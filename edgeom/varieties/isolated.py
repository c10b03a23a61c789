"""Isolated solutions of polynomial systems.

A system with as many equations as unknowns is solved by a total degree homotopy in good
coordinates; of more equations random combinations are solved, and of their solutions those are
kept that solve every equation. Singular ends may also lie on curves and surfaces of solutions:
whether one is isolated is seen from the points around it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.errors import IncompleteError, InputError
from edgeom.evidence import Evidence
from edgeom.homotopy.ends import EndKind, PathEnds
from edgeom.homotopy.monodromy import Progress
from edgeom.homotopy.pointset import PointSet
from edgeom.homotopy.solve import check_paths, solve_square, triangular_mix
from edgeom.scaling import Coordinates, good_coordinates
from edgeom.varieties.base import Array, dot
from edgeom.varieties.in_units import in_coordinates, some
from edgeom.varieties.polynomials import Polynomials
from edgeom.varieties.zero_set import ZeroSet, undefined_at

__all__ = ["IsolatedSolutions", "solve"]

RUNS = 4  # with different random numbers, until every path of one of them has a known end
APART = 1e-5  # relative distance below which singular ends are one solution
REAL = 1e-9  # relative size of an imaginary part that is one of rounding


@dataclass(frozen=True, eq=False)
class IsolatedSolutions:
    """The isolated solutions of a polynomial system.

    Attributes
    ----------
    points : complex array (solutions, n)
    multiplicity : integer array (solutions,)
        1 for regular solutions; of others the number of paths that end there. For more equations
        than unknowns it is that of random combinations of them.
    is_real : bool array (solutions,)
    variables : tuple of str
    evidence : Evidence
        The paths of the last run by how they ended, and the seed.

    Examples
    --------
    >>> import edgeom as eg
    >>> found = eg.solve(["x^2 + y^2 = 5", "x*y = 2"], "x, y")
    >>> found.points.real.round(6)
    array([[-2., -1.],
           [-1., -2.],
           [ 1.,  2.],
           [ 2.,  1.]])
    """

    points: Array
    multiplicity: NDArray[np.int64]
    is_real: NDArray[np.bool_]
    variables: tuple[str, ...]
    evidence: Evidence

    def __len__(self) -> int:
        return len(self.points)

    @property
    def is_regular(self) -> NDArray[np.bool_]:
        """Which solutions are regular: simple, with an invertible Jacobian."""
        return np.asarray(self.multiplicity == 1)

    @property
    def real_points(self) -> NDArray[np.float64]:
        """The real solutions, ``(real solutions, n)``."""
        return np.asarray(self.points[self.is_real].real)

    def __str__(self) -> str:
        singular = int(np.sum(~self.is_regular))
        paths = self.evidence.paths
        kinds = ", ".join(f"{n} {name}" for name, n in paths.items() if name != "started")
        lines = [
            f"{len(self)} isolated solutions, {int(self.is_real.sum())} of them real"
            + (f", {singular} singular" if singular else ""),
            f"  paths     {paths['started']} started: {kinds}",
            f"  residual  {self.evidence.residual:.0e}",
            f"  seed      {self.evidence.seed}",
        ]
        return "\n".join([*lines, *(f"  note      {note}" for note in self.evidence.notes)])


def solve(
    equations: Sequence[Any],
    variables: Sequence[Any],
    seed: int = 0,
    progress: Progress | None = None,
) -> IsolatedSolutions:
    """Find all isolated complex solutions of polynomial equations.

    Parameters
    ----------
    equations : sequence
        At least as many as variables; expressions or text, as for :class:`AlgebraicVariety`.
        Denominators are cleared, and points where one vanishes do not count.
    variables : sequence
        Symbols or names.
    seed : int
    progress : callable, optional
        Called with ("paths", 0, number of paths) before they are started.

    Returns
    -------
    IsolatedSolutions

    Raises
    ------
    InputError
        There are fewer equations than unknowns, or too many paths would be needed.
    IncompleteError
        The ends of some paths stayed unknown in every run.

    Examples
    --------
    >>> found = solve(["x^2 + y^2 - 5", "x*y - 2"], ["x", "y"])
    >>> len(found), found.real_points.round(9)[:, 0].tolist()
    (4, [-2.0, -1.0, 1.0, 2.0])
    """
    return _Solver(equations, variables, seed).run(progress)


@dataclass(frozen=True, eq=False)
class _Found:
    """The finite ends of a run in good coordinates that solve every equation."""

    regular: Array
    singular: Array
    paths: NDArray[np.int64]  # that end at each singular one
    ends: PathEnds


@dataclass(eq=False)
class _Solver:
    """A polynomial system in good coordinates."""

    equations: Sequence[Any]
    names: Sequence[Any]
    seed: int
    coordinates: Coordinates = field(init=False)
    polynomials: Polynomials = field(init=False)

    def __post_init__(self) -> None:
        given = Polynomials(self.equations, self.names, "equation", "cleared")
        kept = [i for i, poly in enumerate(given.polys) if not poly.is_zero]
        for i in kept:
            if given.polys[i].is_ground:
                raise InputError(f"equation {i + 1} is the constant {given.expressions[i]}")
        n = len(given.variables)
        if len(kept) < n:
            raise InputError(
                f"{len(kept)} equations in {n} unknowns have no isolated solutions; "
                "AlgebraicVariety(equations, variables).components describes the others"
            )
        kept.sort(key=lambda i: -given.polys[i].total_degree())
        chosen = some(given, kept)
        self.is_real = chosen.are_real
        self.coordinates, factors = good_coordinates(chosen.polys)
        self.polynomials = in_coordinates(chosen, self.coordinates, factors)
        self.degrees = [poly.total_degree() for poly in self.polynomials.polys][:n]
        check_paths(prod(self.degrees))

    @cached_property
    def zero_set(self) -> ZeroSet:
        return ZeroSet(self.polynomials, len(self.polynomials.variables))

    def run(self, progress: Progress | None) -> IsolatedSolutions:
        """Solve until the ends of all paths of one run are known."""
        rng = np.random.default_rng(np.random.SeedSequence(self.seed))
        for attempt in range(1, RUNS + 1):
            if progress is not None:
                progress("paths", 0, prod(self.degrees))
            found = self._once(rng)
            if found.ends.complete:
                return self._result(found, attempt)
        raise IncompleteError(
            f"of {len(found.ends)} paths {found.ends.counts()['failed']} were lost in each of "
            f"{RUNS} runs; {len(found.regular)} regular solutions were found; try another seed"
        )

    def _once(self, rng: np.random.Generator) -> _Found:
        n = len(self.degrees)
        mix = None
        if len(self.polynomials.polys) > n:
            mix = triangular_mix([p.total_degree() for p in self.polynomials.polys], n, rng)

        def equations(u: list[Any]) -> list[Any]:
            values = self.polynomials(u)
            return values if mix is None else [dot(values, row) for row in mix.tolist()]

        ends = solve_square(equations, self.degrees, rng)
        finite = ends.ends[ends.kind == EndKind.SINGULAR]
        singular, paths = self._merged(finite[self._solve_all(finite, 1e-6)])
        regular = ends.ends[ends.regular]
        return _Found(regular[self._solve_all(regular, 1e-8)], singular, paths, ends)

    def _solve_all(self, points: Array, tolerance: float) -> NDArray[np.bool_]:
        """Tell which ends solve every equation, also before denominators were cleared."""
        defined = ~undefined_at(self.polynomials, points, tolerance)
        if len(self.polynomials.polys) == len(self.degrees):
            return defined
        return defined & self.zero_set.solved_by(points, tolerance)

    @staticmethod
    def _merged(points: Array) -> tuple[Array, NDArray[np.int64]]:
        """Return distinct singular ends, and how many paths end there."""
        known = PointSet(points.shape[1], APART, floor=1.0)
        numbers = known.add(points)
        return known.points, np.bincount(numbers, minlength=len(known))

    def _result(self, found: _Found, attempts: int) -> IsolatedSolutions:
        isolated = np.array(
            [
                paths > 1 and self.zero_set.is_isolated(point)
                for point, paths in zip(found.singular, found.paths, strict=True)
            ],
            bool,
        )
        points = np.concatenate([found.regular, found.singular[isolated]])
        multiplicity = np.concatenate([np.ones(len(found.regular), int), found.paths[isolated]])
        size = np.maximum(np.abs(points).max(axis=1, initial=0), 1e-3)
        near_real = np.abs(points.imag).max(axis=1, initial=0) < REAL * size
        loose = np.abs(points.imag).max(axis=1, initial=0) < APART * size
        is_real = self.is_real & np.where(multiplicity == 1, near_real, loose)
        order = np.lexsort(np.round(points.real.T[::-1], 9))
        notes = []
        if not isolated.all():
            notes.append(
                f"{int(found.paths[~isolated].sum())} paths end at solutions that are not isolated"
            )
        if attempts > 1:
            notes.append(f"{attempts} runs")
        ends = found.ends
        evidence = Evidence(
            "total degree homotopy",
            seed=self.seed,
            paths={"started": len(ends), **ends.counts()},
            residual=float(ends.residual[ends.kind != EndKind.INFINITE].max(initial=0)),
            notes=tuple(notes),
        )
        outward = self.coordinates.outward(points)
        names = tuple(map(str, self.polynomials.variables))
        return IsolatedSolutions(
            np.where(is_real[:, None], outward.real, outward)[order],
            multiplicity[order],
            is_real[order],
            names,
            evidence,
        )
