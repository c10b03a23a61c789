"""Slices of the loss landscape: values, marks, alignment of weights and pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import edgeom as eg
from edgeom.networks.linear.landscape import LossSlice, aligned, loss_plane, loss_slice
from edgeom.networks.linear.network import LinearNetwork
from tests.networks.linear.planes import network_loss, thin_plane


@pytest.fixture(scope="module")
def thin() -> LossSlice:
    return thin_plane()


seeds = st.integers(0, 10**6)


def test_values_are_those_of_the_loss(thin: LossSlice) -> None:
    random = loss_slice(network_loss(), network_loss().network.random_weights(2), resolution=9)
    for found in (thin, random):
        assert found.values.shape == (len(found.y), len(found.x))
        for i, j in ((0, 0), (3, 8), (8, 2)):
            weights = found.weights(found.x[j], found.y[i])
            assert found.values[i, j] == pytest.approx(found.network_loss.value(weights))


def test_plane_has_orthonormal_coordinates(thin: LossSlice) -> None:
    np.testing.assert_allclose(thin.axes @ thin.axes.T, np.eye(2), atol=1e-12)
    first, second, third = thin.marks
    assert (first.x, first.y) == (0, 0)
    assert second.x > 0 and second.y == pytest.approx(0, abs=1e-12)
    assert [mark.report.index for mark in thin.marks] == [0, 0, 1]
    for mark in thin.marks:
        assert thin.x[0] < mark.x < thin.x[-1] and thin.y[0] < mark.y < thin.y[-1]
        value = thin.network_loss.value(thin.weights(mark.x, mark.y))
        assert value == pytest.approx(mark.report.value)
    assert third.y > 0


def test_given_directions_and_points() -> None:
    loss = network_loss((2, 1, 2))
    zero, x, y = [[[0, 0]], [[0], [0]]], [[[1, 0]], [[1], [0]]], [[[0, 1]], [[0], [1]]]
    found = loss_slice(loss, zero, [x, y], extent=2, resolution=5, points=[[[[1, 2]], [[1], [2]]]])
    assert found.x.tolist() == found.y.tolist() == [-2, -1, 0, 1, 2]
    center, point = found.marks
    assert (center.x, center.y, center.report.type) == (0, 0, "saddle")
    assert (point.x, point.y) == pytest.approx((1, 2)) and not point.report.critical
    assert found.values[4, 3] == pytest.approx(point.report.value)


@settings(max_examples=40)
@given(st.lists(st.integers(1, 5), min_size=3, max_size=5), seeds)
def test_random_directions_are_filter_normalised(widths: list[int], seed: int) -> None:
    loss = network_loss(tuple(widths))
    net = loss.network
    center = net.random_weights(seed)
    center[0][0] = 0
    found = loss_slice(loss, center, seed=seed, resolution=2)
    for axis in found.axes:
        for i, (part, weight) in enumerate(zip(net.unflatten(axis), center, strict=True)):
            norms = np.linalg.norm(weight, axis=1)
            if i == 0:
                norms[0] = 1
            np.testing.assert_allclose(np.linalg.norm(part, axis=1), norms)


def test_random_directions_depend_on_the_seed() -> None:
    loss = network_loss()
    first, again, other = (
        loss_slice(loss, loss.network.random_weights(), seed=seed, resolution=2)
        for seed in (3, 3, 4)
    )
    assert np.array_equal(first.values, again.values)
    assert not np.array_equal(first.axes, other.axes)


@settings(max_examples=40)
@given(st.lists(st.integers(1, 4), min_size=2, max_size=5), seeds)
def test_aligned_weights_have_the_same_product_and_are_nearer(widths: list[int], seed: int) -> None:
    net = LinearNetwork(widths)
    weights, reference = net.random_weights(seed), net.random_weights(seed + 1)
    turned = aligned(net, weights, reference)
    np.testing.assert_allclose(net.multiply(turned), net.multiply(weights), atol=1e-12)

    def gap(w: list[Any]) -> float:
        return float(np.linalg.norm(net.flatten(w) - net.flatten(reference)))

    assert gap(turned) <= gap(weights) + 1e-12
    assert np.linalg.norm(net.flatten(turned)) == pytest.approx(
        np.linalg.norm(net.flatten(weights))
    )
    back = aligned(net, turned, turned)
    np.testing.assert_allclose(net.flatten(back), net.flatten(turned), atol=1e-9)


def test_printed(thin: LossSlice) -> None:
    lines = repr(thin).splitlines()
    assert lines[0].startswith("loss of a network of widths 3, 1, 3 on a plane: 41×41 values from")
    assert len(lines) == 4 and lines[3].endswith("pure critical point of L: saddle")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda f, w: loss_slice(f, w, [w]), "two lists of arrays, got 1"),
        (lambda f, w: loss_slice(f, w, [w, w]), "must not be parallel"),
        (lambda f, w: loss_slice(f, w[:1]), "must be 2 matrices"),
        (lambda f, w: loss_slice(f, w, 5), "two lists of arrays, got 5"),
        (lambda f, w: loss_slice(f, w, points=5), "points must be lists of arrays, got 5"),
        (lambda f, w: loss_slice(f.network, w), "must be a NetworkLoss, got LinearNetwork"),
        (lambda f, w: loss_plane(f.network, [w, w, w]), "must be a NetworkLoss, got LinearNetwork"),
        (lambda f, w: loss_plane(f, 3), "three lists of arrays, got 3"),
        (lambda f, w: loss_slice(f, w, extent="a"), "extent must be a number"),
        (
            lambda f, w: loss_plane(f, [f.network.random_weights(s) for s in range(3)], margin="a"),
            "margin must be a number",
        ),
        (lambda f, w: loss_slice(f, w, extent=0), "extent must be a positive number"),
        (lambda f, w: loss_slice(f, w, resolution=1), "resolution must be between 2 and"),
        (lambda f, w: loss_slice(f, w, resolutoin=5), "did you mean 'resolution'"),
        (lambda f, w: loss_slice(f, w, seed=-1), "seed must be"),
        (
            lambda f, w: loss_slice(f, w, points=[f.network.random_weights(9)]),
            "not in the plane",
        ),
        (lambda f, w: loss_plane(f, [w, w]), "three lists of arrays, got 2"),
        (lambda f, w: loss_plane(f, [w, w, w]), "first two weights must not be the same"),
        (
            lambda f, w: loss_plane(f, [w, [2 * m for m in w], [3 * m for m in w]]),
            "on a line",
        ),
        (
            lambda f, w: loss_plane(f, [f.network.random_weights(s) for s in range(3)], margin=-1),
            "margin must be",
        ),
    ],
)
def test_wrong_arguments(call: Any, message: str) -> None:
    loss = network_loss()
    with pytest.raises(eg.InputError, match=message):
        call(loss, loss.network.random_weights(1))
