"""What is kept of each sample of a run: of a table, or of nearest points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["Block", "NearestBlock", "SampleBlock", "joined"]

B = TypeVar("B", bound="Block")


@dataclass(frozen=True)
class Block:
    """What is kept of each sample; every array has one row per sample.

    Attributes
    ----------
    sample : integer array
        Number of the sample; with the seed it determines metric and data.
    """

    sample: NDArray[np.int64]


@dataclass(frozen=True)
class SampleBlock(Block):
    """What is kept of each sample of a table.

    Attributes
    ----------
    complete : bool array
        Whether as many distinct points were found as the degree.
    real, minima, undecided : integer arrays
        Real critical points; local minima; points that could not be called real or not, and real
        ones whose index could not be decided.
    by_index : integer array (samples, dimension + 1)
        Real points of each index.
    attempts : integer array
        Attempts that the sample took.
    smallest_eigenvalue : float array
        Least |eigenvalue| of a Hessian relative to its size, over the real points: the inverse of
        the sample's condition.
    margin : float array
        Least |Im x|/|x| over the non-real points: how far the sample is from another real count.
    nearest : float array
        Least value of the objective at a real critical point: the squared distance of the nearest.
    certified : integer array
        Distinct certified critical points; 0 where no proofs were asked for.
    proved : bool array
        Whether it is proved that no isolated critical point is missing, and of every point whether
        it is real and of which index; then the counts above are those that are proved.
    """

    complete: NDArray[np.bool_]
    real: NDArray[np.int64]
    minima: NDArray[np.int64]
    undecided: NDArray[np.int64]
    by_index: NDArray[np.int64]
    attempts: NDArray[np.int64]
    smallest_eigenvalue: NDArray[np.float64]
    margin: NDArray[np.float64]
    nearest: NDArray[np.float64]
    certified: NDArray[np.int64]
    proved: NDArray[np.bool_]

    def blocks(self) -> Iterator[SampleBlock]:
        """Yield the samples in parts that fit into memory: here there is one part."""
        yield self


@dataclass(frozen=True)
class NearestBlock(Block):
    """What is kept of the nearest point for each data point.

    Attributes
    ----------
    points : array (samples, n)
        Its coordinates.
    squared_distance, runner_up : float arrays
    kind : integer array
        See :data:`~edgeom.tables.nearest.KINDS`.
    alone : bool array
        Which were computed one by one.
    reason : integer array
        Why it is proved, 0, or why it is not.
    parameters : array (samples, parameters)
        That a map takes to the point, NaN where real ones are not known; none for other varieties.
    """

    points: NDArray[np.float64]
    squared_distance: NDArray[np.float64]
    runner_up: NDArray[np.float64]
    kind: NDArray[np.int64]
    alone: NDArray[np.bool_]
    reason: NDArray[np.int64]
    parameters: NDArray[np.float64]


def joined(blocks: Sequence[B]) -> B:
    """Put blocks of samples together; there must be one."""
    made = type(blocks[0])
    columns: dict[str, Any] = {
        field.name: np.concatenate([getattr(block, field.name) for block in blocks])
        for field in fields(made)
    }
    return made(**columns)
