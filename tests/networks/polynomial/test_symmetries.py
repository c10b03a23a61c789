"""Scalings and permutations change weights and no function."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import edgeom as eg
from edgeom.errors import InputError

networks = st.builds(
    eg.PolynomialNetwork,
    st.lists(st.integers(1, 3), min_size=3, max_size=4),
    st.integers(2, 3),
    st.booleans(),
)


@settings(max_examples=25, deadline=None)
@given(network=networks, seed=st.integers(0, 1000))
def test_the_group_changes_no_function(network: eg.PolynomialNetwork, seed: int) -> None:
    w = network.random_weights(seed)
    moved = network.symmetries.random(w, seed + 1)
    assert network.same_function(w, moved)
    balanced = network.symmetries.balanced(moved)
    assert network.same_function(w, balanced)
    for before, after in pairwise(balanced):
        rows = np.linalg.norm(before, axis=1)
        assert np.allclose(rows, np.linalg.norm(after[:, : len(rows)], axis=0), rtol=1e-2)


def test_same_function_exactly() -> None:
    network = eg.PolynomialNetwork([2, 2, 1], 2)
    v, w = [[[1, 2], [3, 4]], [[4, 8]]], [[[2, 4], [6, 8]], [[1, 2]]]
    assert network.same_function(v, w, tolerance=0)
    near = [[[1, 2], [3, 4]], [[4, 8 + 1e-12]]]
    assert network.same_function(v, near) and not network.same_function(v, near, tolerance=0)
    assert not network.same_function(v, [[[1, 2], [3, 4]], [[4, 7]]])


def test_activations_that_are_no_powers() -> None:
    odd = eg.PolynomialNetwork([2, 2, 1], activation="t^3 + t")
    assert odd.symmetries.scalings == 0 and odd.symmetries.permutations == 2
    w = odd.random_weights(1)
    assert odd.same_function(w, odd.symmetries.apply(w, [[-1, 1]]))
    with pytest.raises(InputError, match="does not allow to scale a unit by 2"):
        odd.symmetries.apply(w, [[2, 1]])
    with pytest.raises(InputError, match="does not allow"):
        eg.PolynomialNetwork([2, 2, 1], 2).symmetries.apply(w, [[0, 1]])
    with pytest.raises(InputError, match="permutation"):
        odd.symmetries.apply(w, None, [[0, 0]])
