"""The critical functions of groups of units with several outputs, and weights that have them.

For each combination of groups the coupled parts are solved (:mod:`edgeom.networks.relu.sums`), by
singular values where a part is alone; the free ones follow by least squares. Whether weights in the
cell have the N_a that were found is decided by linear programs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product

import numpy as np

from edgeom.networks.arrays import Array
from edgeom.networks.relu.fitting import can_fit, dual, fitted_values, jacobian, searched
from edgeom.networks.relu.groups import (
    SMALL,
    Group,
    Part,
    Undecided,
    rank_of,
    split,
)
from edgeom.networks.relu.sums import Ends, SumFamily, family_for

__all__ = ["Lines", "Problem", "Weights"]

BORDER = 1e-2  # from the border of a cell, for ends that are known roughly


@dataclass(frozen=True, eq=False)
class Weights:
    """Weights of groups of units.

    Attributes
    ----------
    inner : list of arrays (l, units)
        In the frames of the patterns.
    outer : list of arrays (outputs, units)
    """

    inner: list[Array]
    outer: list[Array]

    def balanced(self, values: list[Array]) -> Weights:
        """Return the same matrices C_a V_aᵀ with factors that are balanced, by singular values.

        The signs of the eigenvalues of Hessians are the same.
        """
        inner, outer = [], []
        for s, v, c in zip(values, self.inner, self.outer, strict=True):
            triangle = np.linalg.qr(s @ v)[1]
            left, sizes, right = np.linalg.svd(c @ triangle.T, full_matrices=False)
            scales = np.sqrt(np.maximum(sizes, SMALL))
            inner.append(v @ np.linalg.solve(triangle, right.T) * scales)
            outer.append(left * sizes / scales)
        return Weights(inner, outer)


class Problem:
    """The critical points of ‖Σ N_a S_aᵀ - Y‖², N_a of the rank of its group.

    Parameters
    ----------
    combination : tuple of Group
    values : array (outputs, samples)
        Y, of size about 1.
    """

    def __init__(self, combination: tuple[Group, ...], values: Array) -> None:
        self.groups, self.y = combination, values
        self.free, self.coupled = split(combination, len(values))
        for parts in self.coupled:
            parts.sort(key=lambda part: (-part.size, -part.rank))
        self.defective = False  # whether families of matrices do not fit all data
        self.on_boundary = any(pattern.zeros for pattern, _ in combination)

    @cached_property
    def flat(self) -> list[bool]:
        """For each set of coupled parts whether the same function has families of matrices."""
        return [self._is_flat(parts) for parts in self.coupled]

    def _is_flat(self, parts: list[Part]) -> bool:
        if rank_of(np.column_stack([part.base for part in parts])) == sum(p.size for p in parts):
            return False
        rng, o = np.random.default_rng(0), len(self.y)
        inner = [rng.normal(size=(part.size, part.rank)) for part in parts]
        outer = [rng.normal(size=(o, part.rank)) for part in parts]
        slopes = jacobian([part.base for part in parts], inner, outer)
        unknowns = sum(part.rank * (o + part.size - part.rank) for part in parts)
        rank, span = rank_of(slopes), rank_of(np.column_stack([part.base for part in parts]))
        self.defective = self.defective or rank < min(unknowns, o * span)
        return rank < unknowns

    @property
    def parts(self) -> list[Part]:
        """All parts, in the order in which their weights are found."""
        return [part for parts in self.coupled for part in parts] + self.free[::-1]

    @cached_property
    def still(self) -> int:
        """The dimension of families of weights with the same function."""
        rng = np.random.default_rng(0)
        values = [pattern.values for pattern, _ in self.groups]
        inner = [
            rng.normal(size=(s.shape[1], k)) for s, (_, k) in zip(values, self.groups, strict=True)
        ]
        outer = [rng.normal(size=(len(self.y), k)) for _, k in self.groups]
        slopes = jacobian(values, inner, outer)
        return slopes.shape[1] - rank_of(slopes) if slopes.size else 0

    def fitted(self, weights: Weights) -> Array:
        """Return the values of the network at the data."""
        total = np.zeros_like(self.y)
        for (pattern, _), v, c in zip(self.groups, weights.inner, weights.outer, strict=True):
            total += c @ (pattern.values @ v).T
        return total

    def families(self) -> list[tuple[int, SumFamily]]:
        """Return the sets of coupled parts that are solved by paths, with their families."""
        return [
            (k, self._family(k))
            for k, parts in enumerate(self.coupled)
            if len(parts) > 1 and not self.flat[k]
        ]

    def parameters(self, k: int, family: SumFamily) -> Array:
        """Return the parameters of a set of coupled parts in its family."""
        return family.parameters([part.base for part in self.coupled[k]], self.y)

    def unsure(self, ends: dict[int, Ends], rng: np.random.Generator) -> bool:
        """Whether some critical points may be missing.

        A path was lost, or ends where critical points are not simple, or where it is not clear
        whether they are real, in the inside of the cell.
        """
        if any(one.lost for one in ends.values()):
            return True
        for k, one in ends.items():
            real = np.abs(one.singular.imag).max(axis=1, initial=0) < BORDER
            for point in [*one.singular[real].real, *one.doubtful]:
                if all(
                    self._is_inside(part, matrix, rng)
                    for part, matrix in zip(
                        self.coupled[k], self._family(k).split(point), strict=True
                    )
                ):
                    return True
        return False

    def _is_inside(self, part: Part, matrix: Array, rng: np.random.Generator) -> bool:
        """Whether weights in the cell, not near its border, have this matrix."""
        sizes, rows = np.linalg.svd(matrix, full_matrices=False)[1:]
        if sizes[part.rank - 1] <= BORDER:
            return False
        pattern = self.groups[part.number][0]
        try:
            v = part.weights(pattern, rows[: part.rank], rng)
        except Undecided:
            return False
        if v is None:
            return False
        return part.is_moving or bool((pattern.forms @ v).min() > BORDER * np.linalg.norm(v))

    def _family(self, k: int) -> SumFamily:
        shapes = tuple((part.size, part.rank) for part in self.coupled[k])
        return family_for(len(self.y), shapes)

    def solutions(
        self, ends: dict[int, Ends], rng: np.random.Generator
    ) -> Iterator[dict[int, Array]]:
        """Yield N_a by the number of each coupled part, for all critical points.

        Raises
        ------
        Undecided
            Not all are known.
        """
        whole = all(self.flat) and max((units for _, units in self.groups), default=0) == 1
        if whole and self.coupled:
            yield from self._of_fits(rng)
            return
        if self.defective:
            raise Undecided
        choices = []
        for k, parts in enumerate(self.coupled):
            if len(parts) == 1:
                choices.append([[matrix] for matrix in self._truncated(parts[0])])
            elif k in ends:
                choices.append([self._family(k).split(point) for point in ends[k].real])
            else:
                choices.append([self._searched(parts, None, rng)])
        for chosen in product(*choices):
            yield self._numbered(self.coupled, chosen)

    @staticmethod
    def _numbered(coupled: list[list[Part]], chosen: Sequence[Sequence[Array]]) -> dict[int, Array]:
        return {
            part.number: matrix
            for parts, matrices in zip(coupled, chosen, strict=True)
            for part, matrix in zip(parts, matrices, strict=True)
        }

    def _of_fits(self, rng: np.random.Generator) -> Iterator[dict[int, Array]]:
        """Yield matrices where families of them have the same function: one choice for each.

        The function is Y on the span of all units, or the best one of its rank there.
        """
        if self.defective and (self.free or len(self.coupled) > 1):
            raise Undecided
        fits = fitted_values(self.groups, self.y, self.defective, self.on_boundary)
        for fitted in fits:
            if rank_of(fitted) == len(self.groups):
                found = dual(self.groups, fitted, rng)
                if found is not None:
                    inner, outer = found
                    yield {
                        part.number: outer[part.number] @ (part.slopes @ inner[part.number]).T
                        for parts in self.coupled
                        for part in parts
                    }
            elif self.defective:
                raise Undecided(fitted)
            elif can_fit(self.groups, fitted):
                chosen = [self._searched(parts, fitted, rng) for parts in self.coupled]
                yield self._numbered(self.coupled, chosen)

    def _searched(
        self, parts: list[Part], fitted: Array | None, rng: np.random.Generator
    ) -> list[Array]:
        found = searched(self.y, parts, self.groups, rng)
        if found is None:
            raise Undecided(fitted)
        return found

    def _truncated(self, part: Part) -> list[Array]:
        """Return sums of singular values and vectors; for minima only the largest."""
        left, sizes, right = np.linalg.svd(self.y @ part.base, full_matrices=False)
        numbers = [int(k) for k in np.flatnonzero(sizes > SMALL)]
        ways = list(combinations(numbers, part.rank))[: 1 if self.on_boundary else None]
        for way in ways:
            others = np.delete(sizes, way)
            if any(np.abs(others - sizes[k]).min(initial=1) <= SMALL for k in way):
                raise Undecided
        return [(left[:, way] * sizes[list(way)]) @ right[list(way)] for way in map(list, ways)]

    def weights(self, matrices: dict[int, Array], rng: np.random.Generator) -> Weights | None:
        """Return weights in the cell with these matrices of the coupled parts, if there are any."""
        count = len(self.groups)
        inner: list[Array | None] = [None] * count
        outer: list[Array | None] = [None] * count
        rest = self.y.copy()
        for part in self.parts:
            pattern = self.groups[part.number][0]
            matrix = matrices.get(part.number)
            if matrix is None:
                matrix = rest @ part.base
            if part.rank < part.size:
                rows = np.linalg.svd(matrix, full_matrices=False)[2][: part.rank]
            else:
                rows = np.eye(part.size)
            v = part.weights(pattern, rows, rng)
            if v is None:
                return None
            images = (part.slopes @ v).T
            c = matrix @ np.linalg.pinv(images, rcond=SMALL)
            if (extra := part.rank - rank_of(images) if images.size else part.rank) > 0:
                still = np.linalg.svd(images)[0][:, -extra:] if images.size else np.eye(part.rank)
                c = c + rng.normal(size=(len(c), extra)) @ still.T
            if np.linalg.norm(c, axis=0).min() * np.linalg.norm(v) <= SMALL:
                return None
            inner[part.number], outer[part.number] = v, c
            rest = rest - c @ (pattern.values @ v).T
        return Weights([v for v in inner if v is not None], [c for c in outer if c is not None])

    def lines(self, matrices: dict[int, Array], first: Weights) -> Lines:
        """Return all weights with the same function, where only one unit has a choice.

        With v = D y for that unit, and σ the share of y in its values, σ c is linear in y for
        the output weights c of all groups.
        """
        moving = next(part for part in self.parts if part.is_moving)
        number = moving.number
        row = (moving.slopes @ first.inner[number])[:, 0]
        own = first.outer[number]
        lifted = np.linalg.pinv(moving.slopes, rcond=SMALL) @ row
        ways = np.column_stack([lifted, moving.still])
        scale = np.eye(ways.shape[1])[0]
        outer = [np.zeros((len(self.y), len(scale))) for _ in self.groups]
        for k in range(len(scale)):
            rest = scale[k] * self.y
            for part in self.parts:
                values = self.groups[part.number][0].values
                if part is moving:
                    outer[number][:, k] = own[:, 0] * scale[k]
                    rest = rest - own @ (values @ ways[:, k])[None]
                    continue
                v = first.inner[part.number]
                c = (
                    scale[k] * matrices[part.number]
                    if part.number in matrices
                    else rest @ part.base
                )
                c = c @ np.linalg.pinv((part.slopes @ v).T, rcond=SMALL)
                outer[part.number][:, k] = c[:, 0]
                rest = rest - c @ (values @ v).T
        outer[number] = own @ np.ones((1, len(scale))) * scale
        cone = self.groups[number][0].forms @ ways
        return Lines(number, ways, cone, scale, outer, first)


@dataclass(frozen=True, eq=False)
class Lines:
    """Weights with the same function, by the choice y of one unit.

    Attributes
    ----------
    number : int
        Of its group.
    ways : array (l, k)
        Its weights are these times y.
    cone : array (forms, k)
        Positive in its cell.
    scale : array (k,)
        σ as a form of y.
    outer : list of arrays (outputs, k)
        σ c for each group, as linear functions of y.
    first : Weights
        Those of other units.
    """

    number: int
    ways: Array
    cone: Array
    scale: Array
    outer: list[Array]
    first: Weights

    def weights(self, y: Array) -> Weights:
        """Return the weights for a choice."""
        inner = list(self.first.inner)
        inner[self.number] = (self.ways @ y)[:, None]
        share = self.scale @ y
        return Weights(inner, [(outer @ y / share)[:, None] for outer in self.outer])
