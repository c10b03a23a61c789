"""Pictures of the critical points of a plane curve, with their normals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from edgeom.critical.points import CriticalPoints
from edgeom.errors import InputError
from edgeom.pictures.style import COLOURS, axes
from edgeom.varieties.algebraic import AlgebraicVariety

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_plane_curve_problem"]


def plot_plane_curve_problem(points: CriticalPoints, ax: Axes | None = None) -> Axes:
    """Draw a plane curve, a data point, and the real critical points with their normals.

    A normal is the segment from the data to a critical point; it is orthogonal to the curve in
    the metric of the problem. Local minima are filled, the other critical points are rings.

    Parameters
    ----------
    points : CriticalPoints
        Of an :class:`~edgeom.AlgebraicVariety` given by one real equation in two variables, for
        real data and a positive definite metric.

    Raises
    ------
    InputError
        The critical points are not those of such a problem, or none of them is real.

    Examples
    --------
    >>> import edgeom as eg
    >>> ellipse = eg.AlgebraicVariety(["x^2 + 4*y^2 - 4"], "x, y")
    >>> points = eg.DistanceProblem(ellipse, data=[0.7, 0.4]).critical_points()
    >>> ax = plot_plane_curve_problem(points)
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['data', 'local minimum', 'local maximum']
    """
    variety = _plane_curve(points)
    ax = axes(ax)
    import sympy
    from matplotlib.collections import LineCollection

    q, real = points.data, points.real
    x, y, values = _sampled(variety, *_window(points))
    curve = ax.contour(x, y, values, [0], colors=COLOURS["variety"], linewidths=2.2, zorder=2)
    ax.scatter(q[0], q[1], marker="D", s=55, color=COLOURS["data"], zorder=5, label="data")
    for name, colour, fill, which in _kinds(real):
        if not which.any():
            continue
        ends = real.points[which].real
        normals = [np.array([q, end]) for end in ends]
        ax.add_collection(LineCollection(normals, colors=colour, linewidths=1.6, zorder=3))
        face = colour if fill else "white"
        rings = ax.scatter(ends[:, 0], ends[:, 1], s=85, facecolor=face, zorder=4, label=name)
        rings.set(edgecolor=colour, linewidth=2.2)
    drawn = [path.vertices for path in curve.get_paths()]
    corners = np.concatenate([*drawn, q[None], real.points.real])
    low, high = corners.min(axis=0), corners.max(axis=0)
    margin = 0.06 * (high - low).max()
    ax.set(xlim=(low[0] - margin, high[0] + margin), ylim=(low[1] - margin, high[1] + margin))
    names = [f"${sympy.latex(variable)}$" for variable in variety.polynomials.variables]
    ax.set(xlabel=names[0], aspect="equal")
    ax.set_ylabel(names[1], rotation=0, labelpad=10)
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return ax


def _plane_curve(points: CriticalPoints) -> AlgebraicVariety:
    """Return the curve of a problem that can be drawn, or say why it cannot."""
    variety = points.variety
    if not isinstance(variety, AlgebraicVariety) or (variety.shape, variety.dimension) != ((2,), 1):
        raise InputError(
            f"points must belong to a curve in the plane given by an equation, got {variety}"
        )
    if len(variety.polynomials.expressions) != 1:
        raise InputError(f"the curve must be given by one equation, got {variety}")
    if not variety.is_real or np.iscomplexobj(points.data) or not points.metric.is_definite:
        raise InputError("a picture needs a real curve, real data and a positive definite metric")
    if not points.is_real.any():
        raise InputError("there is no real critical point to draw")
    return variety


def _window(points: CriticalPoints) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the corners of a box about the ball whose radius is the largest critical distance.

    A bounded smooth curve lies in this ball, since its farthest point from the data is critical.
    """
    radius = np.sqrt(max(points.real.squared_distance.real.max(), 0))
    half = 1.15 * radius * np.sqrt(np.diag(np.linalg.inv(points.metric.matrix)))
    half = np.maximum(half, 0.1 * half.max() or 1.0)
    return points.data - half, points.data + half


def _sampled(
    variety: AlgebraicVariety, low: NDArray[Any], high: NDArray[Any], count: int = 500
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return grid lines and the values of the equation on the grid."""
    import sympy

    x, y = (np.linspace(a, b, count) for a, b in zip(low, high, strict=True))
    expression = sympy.lambdify(variety.polynomials.variables, variety.polynomials.expressions[0])
    return x, y, np.broadcast_to(expression(*np.meshgrid(x, y)), (count, count))


def _kinds(real: CriticalPoints) -> list[tuple[str, str, bool, NDArray[np.bool_]]]:
    """Return name, colour, whether filled, and which points, for each kind of critical point."""
    return [
        ("local minimum", COLOURS["minimum"], True, real.index == 0),
        ("local maximum", COLOURS["maximum"], False, real.index == 1),
        ("undecided index", COLOURS["not real"], False, real.index < 0),
    ]
