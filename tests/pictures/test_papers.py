"""Pictures as papers have them: histograms of minima, legends that are whole, discriminants."""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

import edgeom as eg
from edgeom.tables import slice as slices

ELLIPSE = eg.AlgebraicVariety(["x^2 + 4*y^2 - 4"], "x, y")
PLANE = [[0, 0], [1, 0], [0, 1]]
ELLIPTOPE = eg.AlgebraicVariety(["1 + 2*x*y*z - x^2 - y^2 - z^2"], "x, y, z")


def test_histogram_of_minima() -> None:
    table = eg.real_critical_table(eg.DeterminantalVariety(2, 2, rank=1), 100)
    ax = table.histogram(of="minima")
    assert ax.get_xlabel() == "local minima"
    assert ax.get_xticks().tolist() == table.rows.tolist()
    heights = {bar.get_x() + bar.get_width() / 2: 0.0 for bar in ax.patches}
    for bar in ax.patches:
        heights[bar.get_x() + bar.get_width() / 2] += bar.get_height()
    assert list(heights.values()) == pytest.approx(table.counts.sum(axis=1) / 100)
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == [str(number) for number in table.columns[::-1]]
    with pytest.raises(eg.InputError, match="of must be one of real, minima"):
        table.histogram(of="minimum")


def test_legends_are_inside_of_figures() -> None:
    """With the default settings of matplotlib, as users have them."""
    found = eg.data_slice(ELLIPSE, PLANE, window=(-3, 3.1, -4, 4.1), grid=8, refine=1)
    loss = eg.NetworkLoss(eg.LinearNetwork([1, 1, 1]), eg.SquaredDistance([[1.0]]))
    weights = [[[[1.0]], [[1.0]]], [[[0.0]], [[0.0]]], [[[-1.0]], [[0.5]]]]
    for ax in (found.plot(), eg.loss_plane(loss, weights, resolution=11).plot()):
        figure = ax.figure
        figure.draw_without_rendering()
        box = ax.get_legend().get_window_extent()
        assert box.x0 >= 0 and box.x1 <= figure.bbox.x1 + 1
        assert box.y0 >= -1 and box.y1 <= figure.bbox.y1 + 1


def test_what_blocks_leave_undecided_is_computed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers are those of single problems, also where a block knows less."""
    whole = slices._numbers

    def forgetful(engine, data, progress):  # type: ignore[no-untyped-def]
        found = whole(engine, data, progress)
        found[::3] = slices.UNDECIDED
        return found

    window = (-1.9, 2.1, -1.8, 2.2)
    wanted = eg.data_slice(ELLIPTOPE, np.eye(3), window=window, grid=4, refine=0)
    monkeypatch.setattr(slices, "_numbers", forgetful)
    stages: list[str] = []
    found = eg.data_slice(
        ELLIPTOPE,
        np.eye(3),
        window=window,
        grid=4,
        refine=0,
        progress=lambda s, *_: stages.append(s),
    )
    np.testing.assert_array_equal(found.real, wanted.real)
    np.testing.assert_array_equal(found.minima, wanted.minima)
    assert "undecided data points" in stages


def test_slices_of_objectives_are_kept(tmp_path: Path) -> None:
    law = eg.PowerDistance.law(p=4)
    found = eg.data_slice(ELLIPSE, PLANE, objective=law, window=(-1, 1, -1, 1), grid=2, refine=0)
    found.save(tmp_path / "slice.json")
    loaded = eg.load(tmp_path / "slice.json")
    np.testing.assert_array_equal(loaded.real, found.real)
    assert str(loaded) == str(found)


def test_a_discriminant_is_drawn_over_axes() -> None:
    ax = plt.subplots()[1]
    ax.set(xlim=(-3, 3), ylim=(-2, 2))
    cubic = eg.AlgebraicVariety(["y^2 - x^3 + x"], "x, y")
    eg.ed_discriminant(cubic).plot(ax)
    assert ax.get_xlim() == (-3, 3) and len(ax.lines) == 2
    for line in ax.lines:  # no segment across the plane, from one end of an asymptote to the other
        points = np.column_stack(line.get_data()).astype(float)
        inside = (np.abs(points) < [3, 2]).all(axis=1)
        steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
        assert steps[inside[1:] & inside[:-1]].max() < 0.2


def test_a_discriminant_is_drawn_without_axes() -> None:
    found = eg.ed_discriminant(ELLIPSE)
    ax = found.plot(window=(-3, 3, -4, 4))
    assert ax.get_xlim() == (-3, 3) and ax.get_ylim() == (-4, 4) and ax.lines
    assert found.plot().get_xlim() == (-2, 2)
    plt.close("all")
