"""Exact linear algebra and cells of arrangements."""

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgeom.networks.relu.cones import dot, inside, rational, sign_vectors, solved

small = st.integers(-4, 4)


def vectors(rows: list[list[int]]) -> list[list[object]]:
    return [[rational(value) for value in row] for row in rows]


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.lists(small, min_size=3, max_size=3), max_size=3), data=st.data())
def test_solutions_of_linear_equations(rows: list[list[int]], data: st.DataObject) -> None:
    right = data.draw(st.lists(small, min_size=len(rows), max_size=len(rows)))
    space = solved(vectors(rows), [rational(v) for v in right], 3)
    rank = np.linalg.matrix_rank(rows) if rows else 0
    both = np.column_stack([rows, right]) if rows else np.zeros((0, 4))
    if rows and np.linalg.matrix_rank(both) > rank:
        assert space is None
    else:
        assert space is not None and space.dimension == 3 - rank
        point = space.at([rational(k + 2) for k in range(space.dimension)])
        assert [dot(row, point) for row in vectors(rows)] == right


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(small, min_size=3, max_size=3), min_size=1, max_size=6))
def test_a_cone_has_a_point_or_its_forms_a_positive_relation(forms: list[list[int]]) -> None:
    """By Gordan's theorem exactly one of both: signs at points show it for many directions."""
    space = solved([], [], 3)
    assert space is not None
    point = inside(space, vectors(forms))
    directions = np.random.default_rng(0).normal(size=(2000, 3))
    if point is None:
        assert not np.any(np.all(directions @ np.array(forms).T > 1e-9, axis=1))
    else:
        assert all(dot(form, point) > 0 for form in vectors(forms))


def test_affine_spaces_and_cones() -> None:
    line = solved(vectors([[1, 1]]), [rational(-2)], 2)  # x + y = -2
    assert line is not None
    found = inside(line, vectors([[1, 0]]))
    assert found is not None and found[0] > 0 and found[0] + found[1] == -2
    assert inside(line, vectors([[1, 0], [0, 1]])) is None
    assert solved(vectors([[0, 0]]), [rational(1)], 2) is None


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(("points", "dimension"), [(3, 1), (5, 2), (6, 2), (4, 3), (6, 3)])
def test_numbers_of_cells(points: int, dimension: int, seed: int) -> None:
    rows = np.random.default_rng(seed).integers(-99, 99, (points, dimension)).tolist()
    cells = sign_vectors(vectors(rows), dimension)
    assert len(cells) == 2 * sum(comb(points - 1, k) for k in range(dimension))
    faces = sign_vectors(vectors(rows), dimension, faces=True)
    assert {face for face in faces if 0 not in face} == set(cells)
    at = np.random.default_rng(seed).normal(size=(5000, dimension)) @ np.array(rows).T
    assert {tuple(np.sign(row).astype(int).tolist()) for row in at} <= set(cells)
    codimension = [int(np.sum(np.array(face) == 0)) for face in faces]
    assert sum((-1) ** c for c in codimension if c < dimension) + (-1) ** dimension == 1
