"""Slices of the loss landscape: values, marks, alignment of weights and pictures."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex

import edgeom as eg
from edgeom.networks.linear.classification import NetworkLoss
from edgeom.networks.linear.examples import balanced_weights
from edgeom.networks.linear.landscape import LossSlice, aligned, loss_plane, loss_slice
from edgeom.networks.linear.network import LinearNetwork
from edgeom.networks.losses import DistanceLoss
from edgeom.pictures.landscape import plot_contours, plot_side_by_side, plot_surface
from edgeom.pictures.style import COLOURS

seeds = st.integers(0, 10**6)


@pytest.fixture(autouse=True)
def close_figures() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def thin() -> LossSlice:
    """The plane through two minima and a saddle between them."""
    net = LinearNetwork([3, 1, 3])
    rng = np.random.default_rng(1)
    loss = DistanceLoss(rng.normal(size=(3, 3)), eg.Metric.random(9, seed=1))
    points = loss.distance_problem(net.neuromanifold()).critical_points()
    first = balanced_weights(net, points.minima[0].point)
    second = aligned(net, balanced_weights(net, points.minima[1].point), first)
    (saddle,) = points.where(points.index == 1).where(slice(0, 1))
    third = aligned(net, balanced_weights(net, saddle.point), first)
    return loss_plane(NetworkLoss(net, loss), [first, second, third], resolution=41)


def network_loss(widths: tuple[int, ...] = (3, 2, 3), seed: int = 0) -> NetworkLoss:
    net = LinearNetwork(widths)
    return NetworkLoss(net, DistanceLoss(np.random.default_rng(seed).normal(size=net.shape)))


def legend(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


def corners(ax: Axes) -> int:
    """The number of corners of the first mark."""
    rings = [c for c in ax.collections if isinstance(c, PathCollection)]
    return len(np.unique(rings[0].get_paths()[0].vertices.round(9), axis=0))


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


def test_contours_show_the_marks(thin: LossSlice) -> None:
    ax = thin.plot()
    assert legend(ax) == ["pure local minimum", "pure saddle"]
    shown = {text.get_text() for text in ax.texts}
    assert shown == {f"{mark.report.value:.3g}" for mark in thin.marks}
    rings = [c for c in ax.collections if isinstance(c, PathCollection)]
    places = [tuple(ring.get_offsets()[0]) for ring in rings]
    assert places == [(mark.x, mark.y) for mark in thin.marks]
    faces = [to_hex(ring.get_facecolor()[0]) for ring in rings]
    edges = [to_hex(ring.get_edgecolor()[0]) for ring in rings]
    assert faces == [COLOURS["minimum"].lower()] * 2 + ["#ffffff"]
    assert edges[2] == COLOURS["saddle"].lower()
    assert ax.get_xlim() == (thin.x[0], thin.x[-1])
    assert ax.get_aspect() == 1  # orthonormal coordinates
    skew = LossSlice(thin.network_loss, thin.origin, 2 * thin.axes, thin.x, thin.y, thin.values, ())
    assert skew.plot().get_aspect() == "auto"


def test_printed(thin: LossSlice) -> None:
    lines = repr(thin).splitlines()
    assert lines[0].startswith("loss of a network of widths 3, 1, 3 on a plane: 41×41 values from")
    assert len(lines) == 4 and lines[3].endswith("pure critical point of L: saddle")


def test_marks_of_all_kinds() -> None:
    """Spurious points are diamonds, weights that are not critical black dots."""
    loss = network_loss((2, 2, 2))
    net = loss.network
    zero = [np.zeros((2, 2))] * 2
    found = loss_slice(loss, zero, seed=1, resolution=9, points=[zero])
    other = loss_slice(loss, net.random_weights(0), resolution=9)
    ax = found.plot()
    assert legend(ax) == ["spurious saddle"]
    assert corners(ax) == 4
    assert legend(other.plot()) == ["given weights"]
    minimum = balanced_weights(net, loss.loss.data)  # type: ignore[attr-defined]
    ax = loss_slice(loss, minimum, resolution=9).plot()
    assert legend(ax) == ["pure global minimum"] and ax.texts[0].get_text() == "0"
    assert corners(ax) > 4


def test_surface_is_cut_off_above_the_marks(thin: LossSlice) -> None:
    ax: Any = thin.plot_surface()
    low, high = ax.get_zlim()
    assert low <= 0
    assert high >= max(mark.report.value for mark in thin.marks)
    assert legend(ax) == ["pure local minimum", "pure saddle"]
    assert ax.get_zlabel().startswith("$L$, cut off at")
    given = plt.figure().add_subplot(projection="3d")
    assert plot_surface(thin, given) is given


def test_side_by_side(thin: LossSlice) -> None:
    net = LinearNetwork([3, 3, 3])
    wide = loss_slice(NetworkLoss(net, thin.network_loss.loss), net.random_weights(), resolution=9)
    figure = plot_side_by_side([wide, thin])
    titles = [ax.get_title(loc="center") or ax.get_title(loc="left") for ax in figure.axes]
    assert [title for title in titles if title] == [
        "widths 3, 3, 3, filling",
        "widths 3, 1, 3, not filling",
    ]
    for ax in figure.axes[:2]:  # each with its own scale
        (bar,) = ax.child_axes
        assert bar.get_ylabel().startswith("$L$; pale: above ")
    with pytest.raises(eg.InputError, match="2 slices and 1 titles"):
        plot_side_by_side([wide, thin], ["one"])
    with pytest.raises(eg.InputError, match="0 slices"):
        plot_side_by_side([])


def test_constant_loss_is_drawn() -> None:
    found = loss_slice(
        network_loss((1, 1, 1)), [[[0]], [[0]]], [[[[1]], [[0]]], [[[0]], [[1]]]], resolution=5
    )
    flat = LossSlice(
        found.network_loss, found.origin, found.axes, found.x, found.y, np.ones((5, 5)), ()
    )
    assert plot_contours(flat).get_legend() is None


def test_missing_matplotlib_is_explained(thin: LossSlice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    for draw in (thin.plot, thin.plot_surface, lambda: plot_side_by_side([thin])):
        with pytest.raises(eg.EdgeomError, match=r"edgeom\[plot\]"):
            draw()


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
        (lambda f, w: loss_slice(f, w, resolution=1), "resolution must be at least 2"),
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
