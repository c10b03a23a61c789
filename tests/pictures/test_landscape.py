"""Pictures of loss landscapes: contours, surfaces, marks, and two side by side."""

from __future__ import annotations

import sys
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex

import edgeom as eg
from edgeom.networks.linear.balanced import balanced_weights
from edgeom.networks.linear.classification import NetworkLoss
from edgeom.networks.linear.landscape import LossSlice, loss_slice
from edgeom.networks.linear.network import LinearNetwork
from edgeom.pictures.landscape import plot_contours, plot_side_by_side, plot_surface
from edgeom.pictures.style import COLOURS
from tests.networks.linear.planes import network_loss, thin_plane


@pytest.fixture(scope="module")
def thin() -> LossSlice:
    return thin_plane()


def legend(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


def corners(ax: Axes) -> int:
    """The number of corners of the first mark."""
    rings = [c for c in ax.collections if isinstance(c, PathCollection)]
    return len(np.unique(rings[0].get_paths()[0].vertices.round(9), axis=0))


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
