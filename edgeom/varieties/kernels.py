"""Charts of matrices of bounded rank in affine families, by their kernels.

A matrix A(x) = A_0 + x_1 A_1 + ... + x_k A_k has rank at most r where it has a kernel of dimension
n - r: where A(x) K = 0 for a matrix K = L [Z; 1], with L in random position. The kernel is on the
shorter side, as the frame of general matrices is (:mod:`edgeom.varieties.determinantal`): then no
solution for general data has a smaller rank.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from edgeom.errors import IncompleteError, InputError
from edgeom.homotopy.tape import Tape
from edgeom.varieties.base import Array, Chart, dot, gaussian, geometry_tape, random_orthogonal

__all__ = ["FreeChart", "KernelChart"]

TRIES = 40  # random starts for a point of a section that no general kernel gives
STEPS = 60  # of Gauss and Newton from each
SMALL = 1e-9  # relative size of a singular value that is 0
LANDINGS = 3  # starts for each starting point of monodromy that is asked for


class KernelChart(Chart):
    """Points x with a kernel K of A(x), K = L [Z; 1].

    Parameters
    ----------
    family : array (k + 1, m, n)
        A_0, ..., A_k with m >= n.
    rank : int
        Less than n.
    count : int or None
        Number of equations that are independent; random combinations are taken of more. None where
        all are.
    rng : numpy.random.Generator or None
        For L; by default it is 1.
    """

    resolves = True

    def __init__(
        self,
        family: Array,
        rank: int,
        count: int | None = None,
        rng: np.random.Generator | None = None,
    ) -> None:
        self.family, self.rank = family, rank
        self.k, self.n = len(family) - 1, family.shape[2]
        self.corank = self.n - rank
        self.position = random_orthogonal(self.n, rng)
        z = [f"z{i}{j}" for i in range(rank) for j in range(self.corank)]
        self.names = (*(f"x{i}" for i in range(1, self.k + 1)), *z)
        equations = family.shape[1] * self.corank
        self.mix: Array | None = None
        if count is not None and count < equations:
            draw = rng or np.random.default_rng(equations)
            self.mix = draw.normal(size=(count, equations))
        if rng is not None:
            size = len(self.names)
            shape = (equations if self.mix is None else len(self.mix), size)
            self.shear = rng.normal(size=shape) / np.sqrt(size)

    def point(self, u: Sequence[Any]) -> list[Any]:
        return list(u[: self.k])

    def equations(self, u: Sequence[Any]) -> list[Any]:
        """Return the entries of A(x) K."""
        x, z = u[: self.k], u[self.k :]
        columns = []
        for j in range(self.corank):
            top = z[j :: self.corank]
            line = self.position.tolist()
            columns.append([_sum([row[self.rank + j], *map(_times, row, top)]) for row in line])
        return [
            _sum(
                _times(_sum(map(_times, parts, [1, *x])), v)
                for parts, v in zip(row, K, strict=True)
            )
            for row in self.family.transpose(1, 2, 0).tolist()
            for K in columns
        ]

    def constraints(self, u: Sequence[Any]) -> list[Any]:
        values = self.equations(u)
        return values if self.mix is None else [dot(values, row) for row in self.mix.tolist()]

    def remainders(self, u: Sequence[Any]) -> list[Any]:
        return [] if self.mix is None else self.equations(u)

    @cached_property
    def membership(self) -> Tape | None:
        if self.mix is None:
            return None  # K has full rank
        raise InputError(
            "the matrices of this family have more conditions for a kernel than independent ones, "
            "and it cannot be proved that points are on the variety"
        )

    def matrices(self, x: Array) -> Array:
        """Return A(x) for points (points, k)."""
        return np.asarray(self.family[0] + np.tensordot(x, self.family[1:], axes=(1, 0)))

    def coordinates(self, x: Array) -> Array:
        right: Array = np.linalg.svd(self.matrices(x), full_matrices=True)[2]
        K = right[:, self.rank :].conj().transpose(0, 2, 1)
        turned = self.position.T @ K
        z = turned[:, : self.rank] @ np.linalg.inv(turned[:, self.rank :])
        return np.asarray(np.concatenate([x, z.reshape(len(x), -1)], axis=1))

    def sample(self, rng: np.random.Generator, real: bool = False) -> Array:
        for attempt in range(TRIES):
            x = self._over_kernel(rng, real) if not attempt else None
            x = self._landed(rng, real) if x is None else x
            if x is not None and self._has_rank(x):
                return np.asarray(self.coordinates(x[None])[0])
        raise IncompleteError(
            f"no {'real ' if real else ''}matrix of rank {self.rank} was found in the family in "
            f"{TRIES} attempts; there may be none"
        )

    def component_samples(self, rng: np.random.Generator, count: int) -> list[Array]:
        """Return points of largest dimension that are found from random starts.

        A general kernel leads to one component only; steps of Gauss and Newton lead anywhere.
        """
        points = [self.sample(rng)]
        for _ in range(LANDINGS * (count - 1)):
            x = KernelChart(self.family, self.rank, rng=rng)._landed(rng, False)
            if x is not None and self._has_rank(x):
                points.append(self.coordinates(x[None])[0])
        sizes = [self.local_dimension(u) for u in points]
        return [u for u, size in zip(points, sizes, strict=True) if size == max(sizes)]

    def _has_rank(self, x: Array) -> bool:
        values = np.linalg.svd(self.matrices(x[None])[0], compute_uv=False)
        return bool(self.rank == 0 or values[self.rank - 1] > 1e-6 * values[0])

    def _over_kernel(self, rng: np.random.Generator, real: bool) -> Array | None:
        """Return a random point with a random kernel; None where there are none."""
        K = gaussian(rng, self.n * self.corank, real).reshape(self.n, self.corank)
        images = (self.family @ K).reshape(self.k + 1, -1)
        system, constant = images[1:].T, images[0]
        _, sizes, right = np.linalg.svd(system)
        free = right[int(np.sum(sizes > SMALL * sizes[0])) :].conj().T
        x = np.linalg.lstsq(system, -constant, rcond=SMALL)[0]
        gap = np.abs(system @ x + constant).max()
        if gap > SMALL * (np.abs(constant).max() + 1) or not free.shape[1]:
            return None
        return np.asarray(x + free @ gaussian(rng, free.shape[1], real))

    def _landed(self, rng: np.random.Generator, real: bool) -> Array | None:
        """Return a point that steps of Gauss and Newton from a random place lead to."""
        tape, cone = self._plain, not self.family[0].any()
        away = gaussian(rng, self.k, real)  # of cones a point where this form is 1: not 0
        u = gaussian(rng, len(self.names), real)
        for _ in range(STEPS):
            out = tape.arrays(u=u[None])
            g, jacobian = out["g"][0], out["dg"][0].reshape(-1, len(u))
            if cone:
                g = np.append(g, away @ u[: self.k] - 1)
                jacobian = np.vstack([jacobian, np.append(away, np.zeros(len(u) - self.k))])
            if np.abs(g).max() < 1e-13 * (1 + np.abs(u).max()) ** 2:
                return np.asarray(u[: self.k])
            u = u - np.linalg.lstsq(jacobian, g, rcond=1e-10)[0]
            if not np.isfinite(u).all() or np.abs(u).max() > 1e6:
                break
        return None

    @cached_property
    def _plain(self) -> Tape:
        """The equations and their derivatives, without combinations."""
        return geometry_tape(KernelChart(self.family @ self.position, self.rank))

    def local_dimension(self, u: Array) -> int:
        """Return the dimension of the set of points x near x(u)."""
        out = self._plain.arrays(u=u[None])
        size = len(self.names)
        _, sizes, right = np.linalg.svd(out["dg"][0].reshape(-1, size))
        free = right[int(np.sum(sizes > 1e-7 * sizes[0])) :].conj().T
        moved = out["dx"][0].reshape(-1, size) @ free
        return int(np.linalg.matrix_rank(moved, tol=1e-7)) if free.shape[1] else 0


class FreeChart(Chart):
    """All members of a family, or the one with coordinates 0."""

    def __init__(self, count: int, zeros: int = 0) -> None:
        self.names = tuple(f"x{k}" for k in range(1, count + 1))
        self.zeros = zeros

    def point(self, u: Sequence[Any]) -> list[Any]:
        return [*u, *[0] * self.zeros]

    def sample(self, rng: np.random.Generator, real: bool = False) -> Array:
        return gaussian(rng, len(self.names), real)

    def coordinates(self, x: Array) -> Array:
        return x[:, : len(self.names)]


def _times(a: Any, b: Any) -> Any:
    """Multiply a number by a value; products with 0 and 1 need no instruction."""
    if isinstance(a, int | float):
        return 0 if a == 0 else b if a == 1 else a * b
    return 0 if isinstance(a, int) and a == 0 else a * b


def _sum(values: Any) -> Any:
    total: Any = 0
    for value in values:
        if isinstance(value, int | float) and value == 0:
            continue
        total = value if isinstance(total, int) and total == 0 else total + value
    return total
