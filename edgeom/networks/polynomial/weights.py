"""Maps from weights to coefficients of polynomials, and charts with as few weights as needed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from edgeom.homotopy.tape import Tape
from edgeom.networks.arrays import Array
from edgeom.networks.polynomial.fit import fitted
from edgeom.varieties.base import Chart, gaussian, geometry_tape, random_orthogonal

__all__ = ["WeightChart", "WeightMap"]

ACCURACY = 1e-11  # of unknowns that are found for points, as a distance relative to the points
DEPENDENT = 1e-9  # relative size of a singular value that counts as 0


class WeightMap(ABC):
    """A polynomial map from weights to the coefficients of outputs.

    Attributes
    ----------
    shape : tuple of int
        (outputs, monomials), that of the coefficients.
    parameter_count : int
        Number of weights.
    """

    shape: tuple[int, int]
    parameter_count: int

    @property
    def ambient_dimension(self) -> int:
        """Number of all coefficients."""
        return self.shape[0] * self.shape[1]

    @property
    @abstractmethod
    def rows(self) -> list[tuple[int, bool]]:
        """How many weights belong together, in their order, and whether they can be scaled.

        Weights that can be scaled fulfil one linear condition in charts, in which their scale is
        fixed: others take it up.
        """

    @abstractmethod
    def coefficients(self, flat: Sequence[Any]) -> list[Any]:
        """Return the coefficients of the outputs, one output after the other, in any arithmetic."""

    def permuted(self, flat: Sequence[Any]) -> Iterator[list[Any]]:
        """Yield other weights of the same function, as permutations of units make them."""
        return iter(())

    def scaled(self, flat: Sequence[Any], row: int, factor: Any) -> list[Any]:
        """Return weights of the same function, with one of the rows multiplied by a factor."""
        raise NotImplementedError

    @cached_property
    def geometry(self) -> Tape:
        """The tape u -> x, dx of the map from weights to coefficients, with its differential."""
        return geometry_tape(WeightChart(self, np.zeros(self.parameter_count), None))

    def chart(self, rng: np.random.Generator, dimension: int) -> WeightChart:
        """Return a chart in random position with so many unknowns, the rank of the map.

        Each row has coordinates in a random orthonormal basis; where it can be scaled the first one
        is 1. Then coordinates are fixed, from the first on, as long as the rank stays.
        """
        base = np.zeros(self.parameter_count)
        columns: list[Array] = []
        start = 0
        for size, scaled in self.rows:
            turn = random_orthogonal(size, rng)
            if scaled:
                base[start : start + size] = turn[:, 0]
            block = np.zeros((len(base), size - scaled))
            block[start : start + size] = turn[:, int(scaled) :]
            columns.append(block)
            start += size
        return WeightChart(self, *self._fixed(base, np.concatenate(columns, 1), dimension, rng))

    def _fixed(
        self, base: Array, frame: Array, dimension: int, rng: np.random.Generator
    ) -> tuple[Array, Array]:
        """Fix unknowns, from the first on, until there are as many as the dimension."""
        free = list(range(frame.shape[1]))
        if len(free) == dimension:
            return base, frame
        u = gaussian(rng, len(free))
        dx = self.geometry.arrays(u=(base + frame @ u)[None])["dx"][0]
        slopes = dx.reshape(self.ambient_dimension, -1) @ frame
        slopes = slopes / np.linalg.norm(slopes, axis=0)
        for k in range(frame.shape[1]):
            if len(free) == dimension:
                break
            others = [j for j in free if j != k]
            values = np.linalg.svd(slopes[:, others], compute_uv=False)
            if int(np.sum(values > DEPENDENT * values[0])) == dimension:
                base = base + frame[:, k] * rng.normal()
                free = others
        return base, frame[:, free]


class WeightChart(Chart):
    """Weights w = base + frame·u, or all of them, as unknowns, and coefficients as points."""

    def __init__(self, source: WeightMap, base: Array, frame: Array | None) -> None:
        self.source, self.base, self.frame = source, base, frame
        count = len(base) if frame is None else frame.shape[1]
        self.names = tuple(f"w{i}" for i in range(1, count + 1))

    def weights(self, u: Sequence[Any]) -> list[Any]:
        """Return the weights."""
        if self.frame is None:
            return list(u)
        rows = []
        for start, row in zip(self.base.tolist(), self.frame.tolist(), strict=True):
            total: Any = start
            for value, unknown in zip(row, u, strict=True):
                if value:
                    total = total + (unknown if value == 1 else value * unknown)
            rows.append(total)
        return rows

    def point(self, u: Sequence[Any]) -> list[Any]:
        return self.source.coefficients(self.weights(u))

    def twins(self, u: Sequence[Any]) -> Iterator[list[Any]]:
        """Yield unknowns of the same function with permuted units, where only scales are fixed."""
        if self.frame is None or self.frame.shape[1] < sum(n - s for n, s in self.source.rows):
            return
        for flat in self.source.permuted(self.weights(u)):
            unknowns: list[Any] = []
            start = 0
            for number, (size, scaled) in enumerate(self.source.rows):
                row = self._coordinates(flat[start : start + size], start, scaled, len(unknowns))
                if scaled:
                    flat = self.source.scaled(flat, number, 1 / row[0])
                    row = [value / row[0] for value in row[1:]]
                unknowns += row
                start += size
            yield unknowns

    def _coordinates(self, row: list[Any], start: int, scaled: bool, first: int) -> list[Any]:
        """Return balls: coordinates of weights that belong together, in the basis of the chart."""
        from flint import acb, acb_mat

        assert self.frame is not None
        size = len(row)
        here = slice(start, start + size)
        basis = self.frame[here, first : first + size - scaled]
        if scaled:
            basis = np.column_stack([self.base[here], basis])
        matrix = acb_mat([[acb(value) for value in line] for line in basis.tolist()])
        found: list[Any] = matrix.solve(acb_mat(size, 1, row)).entries()
        return found

    def sample(self, rng: np.random.Generator, real: bool = False) -> Any:
        return gaussian(rng, len(self.names), real)

    @cached_property
    def geometry(self) -> Tape:
        """The tape u -> x, dx."""
        return geometry_tape(self)

    def coordinates(self, x: Any) -> Any:
        """Return unknowns of points, found by least squares, or None where some are not found."""
        rng = np.random.default_rng(0)
        count = len(self.names)
        u, found = fitted(
            self.geometry,
            np.asarray(x, complex),
            lambda number: gaussian(rng, number * count).reshape(number, count),
            ACCURACY,
        )
        return u if found.all() else None
