"""Pictures of slices through the loss landscape of a network.

Dark is low. Marks are blue for minima, orange for saddles, vermilion for maxima; circles are pure
critical points, diamonds spurious ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from edgeom.errors import InputError
from edgeom.networks.arrays import Array
from edgeom.networks.linear.landscape import LossSlice, Mark
from edgeom.pictures.style import COLOURS, axes, pyplot, sequence

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_contours", "plot_side_by_side", "plot_surface"]

LEVELS = 24


def plot_contours(found: LossSlice, ax: Axes | None = None) -> Axes:
    """Draw contours, closer to each other where the loss is low, and the marks with their losses.

    Minima are filled, other critical points are rings. The scale belongs to this picture, and ends
    with a pale colour for all that is higher.

    Parameters
    ----------
    found : LossSlice
    """
    ax = axes(ax, figsize=(7, 5.4))
    from matplotlib.colors import BoundaryNorm
    from matplotlib.patheffects import withStroke
    from matplotlib.transforms import ScaledTranslation

    levels = _levels(found)
    colours: dict[str, Any] = {
        "cmap": sequence().reversed(),
        "norm": BoundaryNorm(levels, 256, extend="max"),
    }
    areas = ax.contourf(found.x, found.y, found.values, levels, extend="max", **colours)
    ax.contour(found.x, found.y, found.values, levels, colors="white", linewidths=0.5, alpha=0.6)
    top = _number(float(levels[-1]), 1)
    beside = ax.inset_axes((1.03, 0, 0.04, 1))  # as high as the axes, whatever their aspect
    bar = ax.figure.colorbar(areas, beside, spacing="proportional", ticks=levels[[0, 9, 16, -1]])
    bar.ax.set_yticklabels([_number(level, float(levels[-1])) for level in bar.get_ticks()])
    bar.set_label(f"$L$; pale: above {top}")
    if len(found.path):
        casing = [withStroke(linewidth=3.5, foreground="white")]
        ax.plot(*found.path.T, color=COLOURS["data"], lw=1.5, path_effects=casing, zorder=3)
        start: dict[str, Any] = {
            "s": 35,
            "color": COLOURS["data"],
            "path_effects": casing,
            "zorder": 3,
        }
        ax.scatter(*found.path[0], label="start of the run", **start)
    named: set[str] = set()
    for mark in found.marks:
        filled = mark.report.is_minimum or not mark.report.critical
        name, colour = _name(mark), _colour(mark)
        ring = ax.scatter(
            mark.x,
            mark.y,
            s=90 if mark.report.critical else 35,
            marker="D" if mark.report.kind == "spurious" else "o",
            facecolor=colour if filled else "white",
            zorder=4,
            label=None if name in named else name,
        )
        ring.set(edgecolor="white" if filled else colour, linewidth=2)
        named.add(name)
        ax.annotate(
            _number(mark.report.value, float(levels[-1])),
            (mark.x, mark.y),
            (0, 10),
            textcoords="offset points",
            ha="center",
            path_effects=[withStroke(linewidth=3, foreground="white")],
            zorder=5,
        )
    if named or len(found.path):
        below = ax.transAxes + ScaledTranslation(0, -0.5, ax.figure.dpi_scale_trans)
        ax.legend(loc="upper left", bbox_to_anchor=(0, 0), bbox_transform=below, ncols=2)
    ax.set(xlabel="$x$", xlim=(found.x[0], found.x[-1]), ylim=(found.y[0], found.y[-1]))
    ax.set_ylabel("$y$", rotation=0, labelpad=10)
    if found.orthonormal:
        ax.set_aspect("equal")
    return ax


def plot_surface(found: LossSlice, ax: Axes | None = None) -> Axes:
    """Draw the loss as a surface over the plane, cut off where it is high, and the marks.

    Parameters
    ----------
    found : LossSlice
    """
    ax = axes(ax, figsize=(7, 5.5), subplot_kw={"projection": "3d"})
    space: Any = ax  # matplotlib's three-dimensional axes have methods of their own
    space.computed_zorder = False  # or marks are hidden by the surface that they lie on
    top = float(_levels(found)[-1])
    x, y = np.meshgrid(found.x, found.y)
    space.plot_surface(
        x,
        y,
        np.minimum(found.values, top),
        cmap=sequence().reversed(),
        rcount=100,
        ccount=100,
        linewidth=0,
        antialiased=False,
    )
    for mark in found.marks:
        place = mark.x, mark.y, mark.report.value
        ring = space.scatter(*place, s=70, depthshade=False, zorder=4, label=_name(mark))
        ring.set(facecolor=_colour(mark), edgecolor="white", linewidth=1.5)
    if found.marks:
        handles, names = space.get_legend_handles_labels()
        once = dict(zip(names, handles, strict=True))
        space.legend(once.values(), once.keys(), loc="upper center", bbox_to_anchor=(0.5, -0.02))
    space.set(xlabel="$x$", ylabel="$y$", zlim=(min(0.0, float(found.values.min())), top))
    space.set_zlabel(f"$L$, cut off at {_number(top, 1)}")
    space.locator_params(nbins=4)
    for axis in (space.xaxis, space.yaxis, space.zaxis):
        axis.pane.set_facecolor("none")
    space.set_box_aspect((4, 4, 2))  # lower walls hide less
    space.view_init(elev=55, azim=-70)
    return ax


def plot_side_by_side(slices: Sequence[LossSlice], titles: Sequence[str] = ()) -> Figure:
    """Draw contours of slices next to each other, such as of a filling and of another network.

    Parameters
    ----------
    slices : sequence of LossSlice
    titles : sequence of str, optional
        By default the widths of the networks.

    Raises
    ------
    InputError
        There is no slice, or there are not as many titles.
    """
    if not slices or (titles and len(titles) != len(slices)):
        raise InputError(f"got {len(slices)} slices and {len(titles)} titles")
    plt = pyplot()
    figure, axes = plt.subplots(
        1, len(slices), figsize=(6 * len(slices), 5), squeeze=False, layout="constrained"
    )
    for each, title, ax in zip(slices, titles or map(_title, slices), axes[0], strict=True):
        plot_contours(each, ax)
        ax.set_title(title)
    shown: Figure = figure
    return shown


def _title(found: LossSlice) -> str:
    network = found.network_loss.network
    kind = "filling" if network.filling else "not filling"
    return f"widths {', '.join(map(str, network.widths))}, {kind}"


def _levels(found: LossSlice) -> Array:
    """Return levels of contours, denser at the bottom; the top leaves out steep walls."""
    low = float(min([found.values.min(), *(mark.report.value for mark in found.marks)]))
    marked = max((mark.report.value for mark in found.marks), default=low)
    high = max(float(np.quantile(found.values, 0.8)), marked + 0.3 * (marked - low))
    if high <= low:  # a constant
        high = low + 1
    return np.asarray(low + (high - low) * np.linspace(0, 1, LEVELS) ** 1.6)


def _name(mark: Mark) -> str:
    """Return what a mark is called in the legend."""
    if not mark.report.critical:
        return "given weights"
    kind = "" if mark.report.kind == "undecided" else f"{mark.report.kind} "
    return kind + ("critical point" if mark.report.type == "undecided" else mark.report.type)


def _colour(mark: Mark) -> str:
    if not mark.report.critical:
        return COLOURS["data"]
    return COLOURS.get(mark.report.type.split()[-1], COLOURS["not real"])


def _number(value: float, largest: float) -> str:
    return "0" if abs(value) < 1e-9 * largest else f"{value:.3g}"
