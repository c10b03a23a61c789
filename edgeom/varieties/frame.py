"""Charts of Grassmannians."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from edgeom.varieties.base import Array, random_orthogonal

__all__ = ["Frame"]


class Frame:
    """The n×r matrices L [I; X]: a chart of the Grassmannian in random position."""

    def __init__(self, size: int, rank: int, rng: np.random.Generator | None) -> None:
        self.size, self.rank = size, rank
        self.position = random_orthogonal(size, rng)
        self.count = rank * (size - rank)
        self.names = [f"x{i}{j}" for i in range(rank, size) for j in range(rank)]

    def matrix(self, u: Sequence[Any]) -> list[list[Any]]:
        r = self.rank
        x = [list(u[i * r : (i + 1) * r]) for i in range(self.size - r)]
        rows = []
        for line in self.position.tolist():
            row = []
            for j in range(r):
                total = line[j]
                for i in range(self.size - r):
                    total = total + x[i][j] * line[r + i]
                row.append(total)
            rows.append(row)
        return rows

    def coordinates(self, columns: Array) -> Array:
        """Return X for matrices (points, size, rank) whose columns span the same spaces."""
        turned = np.einsum("ji,pjk->pik", self.position, columns)
        top, bottom = turned[:, : self.rank], turned[:, self.rank :]
        return np.asarray(bottom @ np.linalg.inv(top)).reshape(len(columns), self.count)
