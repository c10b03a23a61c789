"""Pictures of end filters in a plane: real roots, the neuromanifold, the discriminant.

A picture shows an affine plane in the space of filters. Regions are coloured by the number of real
roots, and hatched outside of the neuromanifold. Where regions meet there is a multiple real root:
the forms with a double root at a given point are found in the plane by two linear equations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgeom.errors import InputError, keywords_checked
from edgeom.networks.convolutional.network import ConvolutionalNetwork
from edgeom.networks.convolutional.roots import turned
from edgeom.pictures.style import COLOURS, axes, sequence

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["discriminant_curve", "plot_neuromanifold", "real_root_counts"]

Array = NDArray[Any]
SLICES = {  # by degree: a plane in which the discriminant is a circle, one in which it is a cusp
    2: ([0.5, 0, 0.5], [[0.5, 0, -0.5], [0, 1, 0]], 2.0),
    3: ([1, 0, 0, 0], [[0, 0, 1, 0], [0, 0, 0, 1]], 2.0),
}
GRID = 401  # points along each axis
HATCH = "#8c8c8c"


def real_root_counts(filters: ArrayLike) -> NDArray[np.int64]:
    """Return the numbers of real roots of many forms, in floating point.

    Parameters
    ----------
    filters : array (..., d + 1)
        Coefficients of forms of degree d >= 1, none of them 0.

    Returns
    -------
    integer array (...)
        Counted with multiplicity and at infinity. Next to the discriminant a number may be wrong;
        :func:`~edgeom.networks.convolutional.real_roots.count_real_roots` is exact.

    Examples
    --------
    >>> real_root_counts([[1, 0, 1], [1, 0, -1], [0, 1, 0]])
    array([0, 2, 2])
    """
    forms = np.asarray(filters, float)
    degree = forms.shape[-1] - 1
    turn = np.array([turned(unit, 0.7) for unit in np.eye(degree + 1)])
    monic = forms @ turn
    companion = np.zeros((*forms.shape[:-1], degree, degree))
    companion[..., np.arange(1, degree), np.arange(degree - 1)] = 1
    companion[..., :, -1] = -monic[..., :-1] / monic[..., -1:]
    return np.asarray(np.sum(np.linalg.eigvals(companion).imag == 0, axis=-1))


def discriminant_curve(origin: ArrayLike, directions: ArrayLike, angles: ArrayLike) -> Array:
    """Return the points of a plane of forms with a double root at (x : y) = (cos φ : sin φ).

    Parameters
    ----------
    origin : array (d + 1,)
        A form o of degree d >= 2.
    directions : array (2, d + 1)
        Forms e, f; the points (a, b) of the plane are the forms o + a e + b f.
    angles : array (points,)
        φ.

    Returns
    -------
    array (points, 2)
        The points (a, b); NaN where there is none or more than one.

    Examples
    --------
    >>> discriminant_curve([1, 0, 0], [[0, 1, 0], [0, 0, 1]], [np.pi / 4]).round(12)
    array([[-2.,  1.]])
    """
    plane = np.vstack([np.asarray(origin, float), np.asarray(directions, float)])
    degree = plane.shape[1] - 1
    order = np.arange(degree)
    x, y = np.cos(np.asarray(angles, float)), np.sin(np.asarray(angles, float))
    powers = x[:, None] ** order[::-1] * y[:, None] ** order
    weights = np.arange(degree + 1)
    by_x, by_y = (plane * weights[::-1])[:, :-1], (plane * weights)[:, 1:]
    values = np.stack([powers @ by_x.T, powers @ by_y.T], axis=1)  # angle, derivative, o e f
    system, rhs = values[:, :, 1:], -values[:, :, 0]
    determinant = np.linalg.det(system)
    regular = np.abs(determinant) > 1e-12 * np.abs(system).max(axis=(1, 2)) ** 2
    points = np.full((len(values), 2), np.nan)
    points[regular] = np.linalg.solve(system[regular], rhs[regular][:, :, None])[:, :, 0]
    return points


@keywords_checked
def plot_neuromanifold(
    network: ConvolutionalNetwork,
    ax: Axes | None = None,
    *,
    origin: ArrayLike | None = None,
    directions: ArrayLike | None = None,
    reach: float | None = None,
) -> Axes:
    """Draw the neuromanifold in a plane of end filters, with the discriminant.

    Colours tell the number of real roots. What is hatched lies outside of the neuromanifold.

    Parameters
    ----------
    network : ConvolutionalNetwork
        Without strides; the end filter has at least three entries.
    origin : array (end_filter_size,), optional
        A filter o.
    directions : array (2, end_filter_size), optional
        Filters e and f: the plane is o + a e + b f. By default, for three entries, the plane
        u_0 + u_2 = 1, in which the discriminant is a circle; for four, the cubics (1, 0, a, b).
    reach : float, optional
        The picture shows |a|, |b| <= reach.

    Raises
    ------
    InputError
        The network has strides or a small end filter, or there is no plane like that.

    Examples
    --------
    >>> ax = plot_neuromanifold(ConvolutionalNetwork((2, 2)))
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['2 real roots', 'no real root: outside', 'discriminant']
    """
    o, frame, reach = _plane(network, origin, directions, reach)
    ax = axes(ax, figsize=(7.6, 4.7))
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    line = np.linspace(-reach, reach, GRID)
    a, b = np.meshgrid(line, line)
    counts = real_root_counts(o + a[..., None] * frame[0] + b[..., None] * frame[1])
    numbers = np.unique(counts)
    shades = sequence()(np.linspace(0.12, 0.6, len(o) // 2 + 1))
    colours = [shades[number // 2] for number in numbers]
    style: dict[str, Any] = {"shading": "nearest", "rasterized": True}
    ax.pcolormesh(
        line, line, np.searchsorted(numbers, counts), cmap=ListedColormap(colours), **style
    )
    outside = counts < network.even_widths
    if outside.any():
        hatching = ax.contourf(
            line, line, outside, levels=[0.5, 1.5], colors="none", hatches=["//"]
        )
        hatching.set(edgecolor=HATCH, linewidth=0)
    handles: list[Any] = []
    for number, colour in sorted(zip(numbers.tolist(), colours, strict=True), reverse=True):
        inside = number >= network.even_widths
        name = f"{number or 'no'} real root{'s' * (number > 1)}" + ("" if inside else ": outside")
        hatch = None if inside else "//"
        handles.append(Patch(facecolor=colour, edgecolor=HATCH, lw=0, hatch=hatch, label=name))
    angles = np.linspace(0, np.pi, 4001)
    curve = discriminant_curve(o, frame, angles)
    far = ~(np.abs(curve).max(axis=1) < 3 * reach)
    curve[far] = np.nan
    handles += ax.plot(*curve.T, color=COLOURS["discriminant"], lw=2.6, label="discriminant")
    ax.legend(handles=handles, loc="upper left", bbox_to_anchor=(1, 1))
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", xlabel="$a$")
    ax.set_ylabel("$b$", rotation=0, labelpad=10)
    sizes = ", ".join(map(str, network.filter_sizes))
    ax.set_title(f"filter sizes {sizes}; end filters ${_formula(o, frame)}$")
    ax.spines[:].set_visible(False)
    return ax


def _plane(
    network: ConvolutionalNetwork,
    origin: ArrayLike | None,
    directions: ArrayLike | None,
    reach: float | None,
) -> tuple[Array, Array, float]:
    """Return the plane to be drawn, checked."""
    if not isinstance(network, ConvolutionalNetwork):
        raise InputError(f"network must be a ConvolutionalNetwork, got {type(network).__name__}")
    size = network.end_filter_size
    if not network.stride_one or size < 3:
        raise InputError(
            "pictures are for networks without strides and end filters of at least three entries, "
            f"got the {network}"
        )
    if (origin is None) != (directions is None):
        raise InputError("origin and directions of a plane must be given together")
    if origin is None or directions is None:
        if size - 1 not in SLICES:
            raise InputError(
                f"give origin= and directions= of a plane of end filters with {size} entries; "
                "there are defaults for three and four"
            )
        o, frame, extent = SLICES[size - 1]
    else:
        o, frame, extent = origin, directions, 2.0
    try:
        o, frame = np.array(o, float), np.array(frame, float)
        extent = float(extent if reach is None else reach)
    except (TypeError, ValueError):
        raise InputError("origin, directions and reach must be real numbers") from None
    if o.shape != (size,) or frame.shape != (2, size):
        raise InputError(
            f"origin and directions must have shapes ({size},) and (2, {size}), "
            f"got {o.shape} and {frame.shape}"
        )
    if not (np.isfinite(o).all() and np.isfinite(frame).all() and 0 < extent < np.inf):
        raise InputError("origin, directions and reach must be finite, and reach positive")
    if np.linalg.matrix_rank(np.vstack([o, frame])) < 3:
        raise InputError(
            "origin and directions must be linearly independent, so that 0 is left out"
        )
    return o, frame, extent


def _formula(o: Array, frame: Array) -> str:
    """Return the entries of the filters of a plane, as mathematical text."""
    entries = []
    for column in np.vstack([o, frame]).T:
        terms = ""
        for value, name in zip(column.tolist(), ("", "a", "b"), strict=True):
            if value:
                size = f"{abs(value):.3g}" if not name or abs(value) != 1 else ""
                sign = ("-" if terms else "{-}") if value < 0 else "+" if terms else ""
                terms += f"{sign}{size}{name}"
        entries.append(terms or "0")
    return f"({', '.join(entries)})"
