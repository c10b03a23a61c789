"""Data with missing entries, and whether critical points are isolated for what is left."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import edgeom as eg
from edgeom.varieties.base import Variety
from edgeom.varieties.missing import split_missing
from edgeom.varieties.unseen import metric_for, unseen_dimension

NAN = float("nan")


def test_nan_and_masks_are_missing() -> None:
    V = eg.DeterminantalVariety(2, 2, 1)
    masked = np.ma.masked_array([[1, 2], [3, 4]], mask=[[0, 0], [1, 0]])
    for data in ([[1, 2], [NAN, 4]], masked, [[1, 2], [complex(NAN), 4]]):
        filled, observed = split_missing(V, data)
        np.testing.assert_array_equal(filled, [[1, 2], [0, 4]])
        assert observed is not None
        assert observed.tolist() == [True, True, False, True]


@pytest.mark.parametrize("data", [[[1, 2], [3, 4]], [1, NAN]])
def test_other_data_stays_as_it_is(data: Any) -> None:
    assert split_missing(eg.DeterminantalVariety(2, 2, 1), data) == (data, None)


def test_entries_of_a_coordinate_are_missing_together() -> None:
    V = eg.SymmetricDeterminantalVariety(2, 1)
    with pytest.raises(eg.InputError, match="have to be missing together"):
        split_missing(V, [[1, NAN], [2, 3]])


def components(observed: np.ndarray[Any, Any]) -> int:
    """Return the number of connected components of the graph of observed entries."""
    rows, cols = observed.shape
    seen: list[set[int]] = [{k} for k in range(rows + cols)]
    for i, j in np.argwhere(observed):
        ends = [part for part in seen if i in part or rows + j in part]
        seen = [part for part in seen if part not in ends] + [set().union(*ends)]
    return len(seen)


@given(st.lists(st.booleans(), min_size=12, max_size=12).filter(any))
def test_rank_one(entries: list[bool]) -> None:
    """Rows and columns can be scaled on each connected component of what is observed."""
    observed = np.array(entries).reshape(3, 4)
    V = eg.DeterminantalVariety(3, 4, rank=1)
    assert unseen_dimension(V, eg.Metric.mask(observed)) == components(observed) - 1


@pytest.mark.parametrize(("rows", "cols", "rank", "samples"), [(3, 4, 1, 3), (3, 4, 2, 1)])
def test_fewer_samples_than_columns(rows: int, cols: int, rank: int, samples: int) -> None:
    """On the kernel of Xᵀ the row space is free: r (n - samples) dimensions at least."""
    metric = eg.Metric.from_data(np.random.default_rng(0).normal(size=(cols, samples)), rows)
    V = eg.DeterminantalVariety(rows, cols, rank)
    expected = {(1, 3): 1, (2, 1): 7}[rank, samples]
    assert unseen_dimension(V, metric) == expected
    with pytest.raises(eg.InputError, match=f"form a set of dimension {expected};"):
        metric_for(V, metric)


@pytest.mark.parametrize(
    ("variety", "seen", "dimension"),
    [
        (eg.AlgebraicVariety(["x^2 + y^2 - 1"], "x, y"), [1, 0], 0),
        (eg.AlgebraicVariety(["x^2 + y^2 - 1"], "x, y, z"), [1, 1, 0], 1),
        (eg.AlgebraicVariety(["(x^2 + y^2 - 1)*(x - 2)"], "x, y"), [1, 0], 1),
        (eg.ParametrizedVariety(["s*t", "s", "s^2"], "s, t"), [0, 1, 1], 1),
        (eg.SegreVariety((2, 2, 2)), [1, 1, 1, 0, 1, 0, 0, 0], 0),
    ],
)
def test_other_varieties(variety: Variety, seen: list[int], dimension: int) -> None:
    """Components count one by one: on x = 2 nothing of y is seen."""
    assert unseen_dimension(variety, eg.Metric.mask(seen)) == dimension
