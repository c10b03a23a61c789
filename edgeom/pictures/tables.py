"""Pictures of tables of real critical points and of slices through data space."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from edgeom.arrays import check_window
from edgeom.critical.evolute import EDDiscriminant, centres_along, plane_curve
from edgeom.errors import InputError, nearest_name
from edgeom.pictures.style import COLOURS, NUMBERS, axes, sequence
from edgeom.tables.slice import DataSlice
from edgeom.tables.table import RealCriticalTable
from edgeom.varieties.algebraic import AlgebraicVariety

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_discriminant", "plot_histogram", "plot_slice", "plot_table"]

Array = NDArray[Any]


def plot_table(table: RealCriticalTable, ax: Axes | None = None) -> Axes:
    """Draw the counts as a heat-map with logarithmic colours, the numbers in it, and margins.

    Parameters
    ----------
    table : RealCriticalTable
    """
    counts = table.counts
    rows, cols = counts.shape
    if table.nothing is not None:
        return _say(table, axes(ax, figsize=(5, 2)))
    ax = axes(ax, figsize=(1.6 + 0.85 * cols, 1.2 + 0.62 * rows))
    shade = np.log10(np.maximum(counts, 0.5))
    low, high = np.log10(0.5), np.log10(max(counts.max(), 2))
    colours = sequence()((shade - low) / (high - low))
    colours[counts == 0] = (0.96, 0.96, 0.96, 1)
    ax.imshow(colours, aspect="auto")
    for i, j in np.ndindex(rows, cols):
        if counts[i, j]:
            ink = "white" if _is_dark(colours[i, j]) else "black"
            ax.text(j, i, _grouped(int(counts[i, j])), ha="center", va="center", color=ink)
    margin: dict[str, Any] = {"va": "center", "color": "#606060"}
    for i, total in enumerate(counts.sum(axis=1).tolist()):
        ax.text(cols - 0.4, i, _grouped(total), ha="left", **margin)
    for j, total in enumerate(counts.sum(axis=0).tolist()):
        ax.text(j, rows - 0.25, _grouped(total), ha="center", **margin)
    ax.text(
        cols - 0.4, rows - 0.25, _grouped(int(counts.sum())), ha="left", weight="bold", **margin
    )
    ax.set_xticks(range(cols), [str(value) for value in table.columns])
    ax.set_yticks(range(rows), [str(value) for value in table.rows])
    ax.set_xticks(np.arange(cols + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(rows + 1) - 0.5, minor=True)
    ax.grid(which="minor", color="white", linewidth=2)
    ax.tick_params(which="both", length=0)
    ax.tick_params(axis="x", labeltop=True, labelbottom=False)
    ax.xaxis.set_label_position("top")
    ax.spines[:].set_visible(False)
    ax.set(xlabel=NUMBERS["real"], ylabel=NUMBERS["minima"], ylim=(rows - 0.05, -0.5))
    return ax


def plot_histogram(table: RealCriticalTable, ax: Axes | None = None, *, of: str = "real") -> Axes:
    """Draw the shares of samples by a number, with confidence intervals.

    Bars of the number of real critical points are divided by the number of local minima, and the
    other way round; the whiskers are Wilson's 95 % intervals.

    Parameters
    ----------
    table : RealCriticalTable
    of : {"real", "minima"}
        Each bar is for one number of these.

    Raises
    ------
    InputError
        `of` is something else.
    """
    _check_number(of, "of")
    ax = axes(ax, figsize=(7, 4.2))
    if table.nothing is not None:
        return _say(table, ax)
    real, counts, parts = table.columns, table.counts, table.rows
    other = "minima" if of == "real" else "real"
    if of == "minima":
        real, counts, parts = parts, counts.T, real
    total = counts.sum()
    width = 0.75 * (np.diff(real).min() if len(real) > 1 else 1)
    bottom = np.zeros(len(real))
    colours = _sequence(max(len(counts), 5))  # the same for tables with up to five numbers
    for number, row, colour in zip(parts, counts, colours, strict=False):
        share = row / total
        ax.bar(real, share, width, bottom, color=colour, edgecolor="white", label=str(number))
        bottom += share
    ends = np.array([table.interval(int(count)) for count in counts.sum(axis=0)])
    reach = np.maximum([bottom - ends[:, 0], ends[:, 1] - bottom], 0)
    ax.errorbar(real, bottom, reach, fmt="none", ecolor="#303030", elinewidth=1.3, capsize=4)
    ax.set(xlabel=NUMBERS[of], ylabel="share of samples", xticks=real)
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    ax.legend(title=NUMBERS[other], alignment="left", reverse=True)
    return ax


def _check_number(name: str, argument: str) -> None:
    if name not in NUMBERS:
        raise InputError(
            f"{argument} must be one of {', '.join(NUMBERS)}, got {name!r}"
            + nearest_name(name, NUMBERS)
        )


def _say(table: RealCriticalTable, ax: Axes) -> Axes:
    """Say in a picture that there is nothing to draw, and why."""
    why = f"{len(table)} samples: {table.undecided} undecided, {table.incomplete} incomplete"
    ax.set_axis_off()
    ax.text(0.5, 0.5, f"{table.nothing}\n{why}", ha="center", va="center", transform=ax.transAxes)
    return ax


def plot_slice(found: DataSlice, ax: Axes | None = None, *, what: str = "real") -> Axes:
    """Colour a plane of data by the number of real critical points or of local minima.

    The borders are the ED discriminant, where critical points meet. For a plane curve given by
    one equation the curve is drawn too, and the discriminant as a curve of its own, computed
    without counting: the evolute.

    Parameters
    ----------
    found : DataSlice
    what : {"real", "minima"}

    Raises
    ------
    InputError
        `what` is something else.
    """
    _check_number(what, "what")
    ax = axes(ax, figsize=(7.4, 5.6))
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    values = found.real if what == "real" else found.minima
    numbers = np.unique(values[values >= 0])
    colours = _sequence(len(numbers))
    place = np.where(values >= 0, np.searchsorted(numbers, values), -1)
    ax.pcolormesh(
        found.x,
        found.y,
        np.ma.masked_less(place, 0),
        cmap=ListedColormap(colours),
        vmin=-0.5,
        vmax=len(numbers) - 0.5,
        shading="nearest",
        rasterized=True,
    )
    names = [Patch(facecolor=c, label=str(v)) for v, c in zip(numbers, colours, strict=True)]
    if (values < 0).any():
        ax.set_facecolor(COLOURS["not real"])
        names.append(Patch(facecolor=COLOURS["not real"], label="undecided"))
    curve = plane_curve(found.variety)
    if curve is None:
        rings = ax.scatter(found.points[:, 0], found.points[:, 1], s=36, zorder=4)
        rings.set(facecolor="white", edgecolor="black")
    else:
        names.extend(_draw_curve(found, curve, ax))
    ax.legend(
        handles=names[::-1] if curve is None else names,
        title=NUMBERS[what],
        alignment="left",
        loc="upper left",
        bbox_to_anchor=(1, 1),
    )
    ax.set(xlim=(found.x[0], found.x[-1]), ylim=(found.y[0], found.y[-1]))
    ax.set(aspect="equal", xlabel="$x$")
    ax.set_ylabel("$y$", rotation=0, labelpad=10)
    ax.spines[:].set_visible(False)
    return ax


def plot_discriminant(
    found: EDDiscriminant, ax: Axes | None = None, window: Sequence[float] | None = None
) -> Axes:
    """Draw the ED discriminant of a plane curve, see :class:`EDDiscriminant`.

    Parameters
    ----------
    found : EDDiscriminant
    ax : Axes, optional
        They go on showing what they show; new ones show `window`, or (-2, 2, -2, 2).
    window : (float, float, float, float), optional
        x from, x to, y from, y to: the curve is followed three widths around its centre. By default
        what the axes show.
    """
    if ax is None:
        left, right, bottom, top = (-2, 2, -2, 2) if window is None else check_window(window)
        ax = axes(None, figsize=(6, 6))
        ax.set(xlim=(left, right), ylim=(bottom, top), aspect="equal")
    shown = *ax.get_xlim(), *ax.get_ylim()
    for piece in found.curves(shown if window is None else window):
        ax.plot(*piece.T, color=COLOURS["discriminant"], lw=2.2, scalex=False, scaley=False)
    ax.set(xlim=shown[:2], ylim=shown[2:])
    return ax


def _draw_curve(found: DataSlice, curve: AlgebraicVariety, ax: Axes) -> list[Any]:
    """Draw a plane curve and its evolute; return their entries for the legend."""
    import sympy
    from contourpy import contour_generator

    equation = sympy.lambdify(curve.polynomials.variables, curve.polynomials.expressions[0])
    x, y = (
        3 * np.linspace(-1, 1, 1201) * np.ptp(line) + line.mean() for line in (found.x, found.y)
    )
    data = found.data(*np.meshgrid(x, y))
    values = np.broadcast_to(equation(data[..., 0], data[..., 1]), data.shape[:2])
    lines = contour_generator(x, y, values).lines(0.0)
    entries = []
    for name, key, width in (("curve", "variety", 2.2), ("ED discriminant", "discriminant", 2.2)):
        handle = None
        for line in lines:
            shown = np.asarray(line)
            if key == "discriminant":
                on_curve = found.data(shown[:, 0], shown[:, 1])
                shown = found.coordinates(centres_along(curve, found.metric, on_curve))
            (handle,) = ax.plot(*shown.T, color=COLOURS[key], lw=width, label=name)
        if handle is not None:
            entries.append(handle)
    return entries


def _sequence(count: int) -> list[Any]:
    """Return colours for a few ordered numbers, the least first and light, dark only for many."""
    return [sequence()(value) for value in np.linspace(0.12, min(0.97, 0.2 + 0.16 * count), count)]


def _is_dark(colour: Array) -> bool:
    return bool(colour[:3] @ [0.299, 0.587, 0.114] < 0.55)


def _grouped(number: int) -> str:
    """Return a number with thin spaces between thousands."""
    return f"{number:,}".replace(",", "\u2009") if number >= 10_000 else str(number)
