"""Examples of critical points are what they say."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import edgeom as eg
from edgeom.networks.linear.examples import (
    Example,
    all_examples,
    balanced_weights,
    pure_minimum,
    pure_saddle,
    spurious_at_smooth_point,
    spurious_minimum,
    spurious_saddle,
)
from edgeom.networks.linear.network import LinearNetwork
from tests.networks.linear.losses import networks, seeds


@settings(max_examples=40)
@given(networks(1), seeds)
def test_examples_are_what_they_say(net: LinearNetwork, seed: int) -> None:
    found = all_examples(net, seed=seed)
    expected = {
        "pure minimum": True,
        "pure saddle": not net.filling,
        "spurious saddle": net.depth > 1,
        "spurious at a smooth point": net.filling and net.depth > 1,
        "spurious minimum": not net.filling,
    }
    for name, exists in expected.items():
        example = found[name]
        assert isinstance(example, Example) == exists, (name, example)
        if isinstance(example, Example):
            report = example.report
            assert report.kind == name.split()[0]
            assert report.type.endswith("minimum") == name.endswith("minimum")
            assert (report.type == "saddle") == (not name.endswith("minimum"))
            smooth = net.filling or report.rank == net.rank
            if name == "spurious at a smooth point":
                assert smooth and report.functional_residual > 1e-7
            if report.kind == "pure":
                assert smooth
    minimum = found["pure minimum"]
    assert repr(minimum) == str(minimum)
    assert isinstance(minimum, Example) and minimum.report.type == "global minimum"


def test_why_there_is_no_example() -> None:
    thin, wide, single = (LinearNetwork(w) for w in ([3, 1, 3], [3, 3, 3], [2, 3]))
    rank_one = np.outer([1, 2, 3], [1, 1, 1])
    for make, net, data, message in (
        (pure_saddle, wide, None, "filling: at pure critical points ∇ℓ = 0"),
        (pure_saddle, LinearNetwork([3, 2, 3]), np.diag([2, 1, 0]), "itself the only critical"),
        (spurious_saddle, single, None, "dμ is the identity"),
        (spurious_saddle, wide, rank_one, "data has rank 1: ∇ℓ = 0"),
        (spurious_at_smooth_point, thin, None, "not filling: smooth points .* rank r = 1"),
        (spurious_minimum, wide, None, "no singular points"),
        (spurious_minimum, thin, rank_one, "must be below r = 1"),
        (pure_minimum, thin, np.eye(2), r"must have shape \(3, 3\)"),
    ):
        with pytest.raises(eg.InputError, match=message):
            make(net, data)
    with pytest.raises(eg.InputError, match="between 0 and r - 1 = 0"):
        spurious_saddle(thin, rank=1)
    with pytest.raises(eg.DegenerateDataError):
        pure_minimum(thin, np.eye(3))
    assert spurious_saddle(wide, rank=0).report.rank == 0


@settings(max_examples=60)
@given(networks(1), st.data(), seeds)
def test_balanced_weights(net: LinearNetwork, data: st.DataObject, seed: int) -> None:
    rank = data.draw(st.integers(0, net.rank))
    product = net.multiply(net.random_weights(seed, rank=rank))
    weights = net.check(balanced_weights(net, product, tolerance=1e-8))
    np.testing.assert_allclose(net.multiply(weights), product, atol=1e-7 * np.abs(product).max())
    for first, second in pairwise(weights):
        np.testing.assert_allclose(second.T @ second, first @ first.T, atol=1e-10)


def test_balanced_weights_refuse_what_is_not_expressed() -> None:
    net = LinearNetwork([3, 1, 3])
    with pytest.raises(eg.InputError, match=r"rank 3, .* rank at most 1"):
        balanced_weights(net, np.eye(3))
    with pytest.raises(eg.InputError, match="shape"):
        balanced_weights(net, np.eye(2))
