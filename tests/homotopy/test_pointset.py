"""Sets of points against a comparison of every point with every other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from edgeom.homotopy.pointset import PointSet

Array = NDArray[Any]

# Gaussian integers are either equal or well apart.
batches = st.integers(1, 3).flatmap(
    lambda coordinates: st.lists(
        hnp.arrays(
            complex,
            st.integers(0, 12).map(lambda rows: (rows, coordinates)),
            elements=st.builds(complex, st.integers(-2, 2), st.integers(-1, 1)),
        ),
        min_size=1,
        max_size=4,
    )
)


def first_occurrences(points: Array) -> list[int]:
    """Number the points by hand."""
    known: list[tuple[complex, ...]] = []
    numbers = []
    for point in map(tuple, points.tolist()):
        if point not in known:
            known.append(point)
        numbers.append(known.index(point))
    return numbers


@given(batches)
def test_numbers_are_those_of_first_occurrences(parts: list[Array]) -> None:
    points = PointSet(parts[0].shape[1])
    numbers = np.concatenate([points.add(part) for part in parts]).tolist()
    everything = np.concatenate(parts)
    assert numbers == first_occurrences(everything)
    assert len(points) == len(set(numbers))
    assert points.find(everything).tolist() == numbers
    assert np.array_equal(points.points[numbers], everything)


@given(batches, st.integers(0, 2**32), st.sampled_from([1e-8, 1.0, 1e9]))
def test_rounding_and_scale_make_no_difference(parts: list[Array], seed: int, scale: float) -> None:
    everything = np.concatenate(parts)
    rng = np.random.default_rng(seed)
    noise = 1 + 1e-10 * rng.uniform(-1, 1, everything.shape)
    points = PointSet(everything.shape[1])
    assert points.add(scale * everything * noise).tolist() == first_occurrences(everything)


@given(batches, batches)
def test_find_does_not_add(parts: list[Array], others: list[Array]) -> None:
    known = np.concatenate(parts)
    asked = np.concatenate(others)
    points = PointSet(known.shape[1])
    points.add(known)
    size = len(points)
    asked = np.resize(asked, (len(asked), known.shape[1]))
    found = points.find(asked)
    for point, number in zip(asked, found, strict=True):
        equal = np.flatnonzero((points.points == point).all(axis=1))
        assert [number] == (equal.tolist() or [-1])
    assert len(points) == size


@pytest.mark.parametrize("tolerance", [1e-12, 1e-7, 1e-3])
def test_tolerance_is_relative_to_length(tolerance: float) -> None:
    points = PointSet(3, tolerance)
    point = np.array([[300.0, 400.0, 0.0]])
    points.add(point)
    asked = np.repeat(point, 2, axis=0)
    asked[:, 2] = 500 * tolerance * np.array([0.9, 1.1])
    assert points.find(asked).tolist() == [0, -1]


def test_points_with_equal_projections_are_told_apart() -> None:
    """All projections are 0 to rounding; only the comparison of coordinates separates them."""
    points = PointSet(3)
    weights = points._weights
    kernel = np.linalg.svd(weights[None])[2][1:].conj()
    rng = np.random.default_rng(0)
    many = (rng.normal(size=(50, 2)) + 1j * rng.normal(size=(50, 2))) @ kernel
    assert np.abs(many @ weights).max() < 1e-14
    assert points.add(many).tolist() == list(range(50))
    assert points.find(many[::-1]).tolist() == list(range(50))[::-1]


@pytest.mark.parametrize("seed", range(3))
def test_many_points(seed: int) -> None:
    rng = np.random.default_rng(seed)
    distinct = rng.normal(size=(3000, 5)) + 1j * rng.normal(size=(3000, 5))
    order = rng.integers(0, 3000, 9000)
    points = PointSet(5)
    assert points.add(distinct).tolist() == list(range(3000))
    assert points.add(distinct[order]).tolist() == order.tolist()
    assert len(points) == 3000


def test_the_origin_is_a_point() -> None:
    points = PointSet(2)
    assert points.add(np.zeros((2, 2))).tolist() == [0, 0]
    assert points.find(np.array([[0, 0], [1e-200, 0], [0, 1e-10]])).tolist() == [0, 0, -1]


@pytest.mark.parametrize("floor", [1e-8, 1e-3])
def test_near_the_origin_distances_are_absolute(floor: float) -> None:
    points = PointSet(2, tolerance=1e-4, floor=floor)
    points.add(np.array([[0, floor * 1e-5]]))
    asked = np.array([[0, -floor * 5e-5], [floor * 2e-4, 0], [floor, 0]])
    assert points.find(asked).tolist() == [0, -1, -1]


def test_empty_sets() -> None:
    points = PointSet(4)
    assert len(points) == 0
    assert points.points.shape == (0, 4)
    assert points.add(np.zeros((0, 4))).shape == (0,)
    assert points.find(np.ones((3, 4))).tolist() == [-1] * 3
    one_point_space = PointSet(0)
    assert one_point_space.add(np.zeros((3, 0))).tolist() == [0, 0, 0]
