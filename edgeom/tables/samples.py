"""What is kept of each sample of a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["SampleBlock", "joined"]


@dataclass(frozen=True)
class SampleBlock:
    """What is kept of each sample; every array has one row per sample.

    Attributes
    ----------
    sample : integer array
        Number of the sample; with the seed it determines metric and data.
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

    sample: NDArray[np.int64]
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


def joined(blocks: Sequence[SampleBlock]) -> SampleBlock:
    """Put blocks of samples together."""
    columns: dict[str, Any] = {
        field.name: np.concatenate([getattr(block, field.name) for block in blocks])
        for field in fields(SampleBlock)
    }
    return SampleBlock(**columns)
