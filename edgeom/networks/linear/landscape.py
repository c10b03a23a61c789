"""Slices through the loss landscape of a linear network: the loss on a plane of weights.

As in Li, Xu, Taylor, Studer, Goldstein, *Visualizing the loss landscape of neural nets* (arXiv
1712.09913). A plane through critical points shows how they lie to each other; other critical points
of the loss on the plane need not be critical points of the loss.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from edgeom.errors import InputError, check_size, keywords_checked
from edgeom.networks.arrays import Array, Weights, check_number, check_type
from edgeom.networks.linear.classification import NetworkLoss
from edgeom.networks.linear.network import LinearNetwork
from edgeom.networks.reports import CriticalPointReport
from edgeom.views import view

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["LossSlice", "Mark", "aligned", "loss_plane", "loss_slice", "sliced"]

LINE = 1e-3  # distance from a line, relative to that of the weights, which does not make a plane
IN_PLANE = 1e-6  # relative distance from a plane up to which weights are in it


@dataclass(frozen=True, eq=False)
class Mark:
    """Weights in the plane of a slice.

    Attributes
    ----------
    x, y : float
        Coordinates in the plane.
    report : CriticalPointReport
    """

    x: float
    y: float
    report: CriticalPointReport


@dataclass(frozen=True, eq=False)
class LossSlice:
    """The loss of a network on a grid in a plane of weights.

    Attributes
    ----------
    network_loss : NetworkLoss
    origin : array (parameters,)
        The weights at (0, 0), as one vector.
    axes : array (2, parameters)
        Directions of x and y.
    x, y : arrays (columns,), (rows,)
        Grid lines.
    values : array (rows, columns)
        L at the grid points.
    marks : tuple of Mark
        Given weights in the plane.
    path : array (steps, 2)
        Of a training run, its weights projected to the plane; no steps without one.
    explained : float
        Part of the variance of the run's weights that is seen in the plane.
    """

    network_loss: NetworkLoss
    origin: Array
    axes: Array
    x: Array
    y: Array
    values: Array
    marks: tuple[Mark, ...]
    path: Array = field(default_factory=lambda: np.zeros((0, 2)))
    explained: float = 1.0

    @property
    def orthonormal(self) -> bool:
        """Whether lengths in the plane are those of the weights, as for :func:`loss_plane`."""
        return bool(np.allclose(self.axes @ self.axes.T, np.eye(2), atol=1e-9))

    def __str__(self) -> str:
        widths = ", ".join(map(str, self.network_loss.network.widths))
        rows, cols = self.values.shape
        lines = [
            f"loss of a network of widths {widths} on a plane: {rows}×{cols} values from "
            f"{self.values.min():.6g} to {self.values.max():.6g}"
        ]
        for mark in self.marks:
            name = str(mark.report).splitlines()[0]
            lines.append(f"  ({mark.x:.4g}, {mark.y:.4g})  loss {mark.report.value:.6g}, {name}")
        if len(self.path):
            lines.append(
                f"  a run of {len(self.path)} weights, {self.explained:.1%} of their variance in "
                "the plane"
            )
        return "\n".join(lines)

    __repr__ = __str__

    def weights(self, x: float, y: float) -> list[Array]:
        """Return the weights with these coordinates in the plane."""
        position = self.origin + x * self.axes[0] + y * self.axes[1]
        return self.network_loss.network.unflatten(position)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw contours, see :func:`edgeom.pictures.landscape.plot_contours`."""
        axes: Axes = view("plot_contours")(self, ax)
        return axes

    def plot_surface(self, ax: Axes | None = None) -> Axes:
        """Draw a surface, see :func:`edgeom.pictures.landscape.plot_surface`."""
        axes: Axes = view("plot_surface")(self, ax)
        return axes


@keywords_checked
def loss_slice(
    network_loss: NetworkLoss,
    center: Weights,
    directions: Sequence[Weights] | None = None,
    *,
    seed: int = 0,
    extent: float = 1.0,
    resolution: int = 101,
    points: Sequence[Weights] = (),
) -> LossSlice:
    """Return the loss on a plane through given weights.

    Parameters
    ----------
    network_loss : NetworkLoss
    center : list of arrays
        The weights at (0, 0).
    directions : two lists of arrays, optional
        Of x and y. By default they are random, each row of a matrix having the norm of the same
        row of the center: the filter normalisation of Li et al. A row of zeros counts as one of
        norm 1.
    seed : int
        Of the directions.
    extent : float
        x and y go from -extent to extent.
    resolution : int
        Grid lines in each direction.
    points : sequence of lists of arrays
        Weights in the plane that are marked; the center always is.

    Returns
    -------
    LossSlice
        Its ``plot()`` draws contours, ``plot_surface()`` a surface.

    Raises
    ------
    InputError
        Weights do not fit the network, a point is not in the plane, the directions are parallel,
        or an option is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from edgeom.objectives.distances import SquaredDistance
    >>> loss = NetworkLoss(LinearNetwork([2, 1, 2]), SquaredDistance(np.diag([2.0, 1.0])))
    >>> found = loss_slice(loss, [[[2, 0]], [[1], [0]]], resolution=11)
    >>> found.values.shape, float(found.values[5, 5])
    ((11, 11), 1.0)
    """
    network = check_type(network_loss, NetworkLoss, "network_loss").network
    matrices = network.check(center)
    if directions is None:
        rng = np.random.default_rng(check_size(seed, "seed", 0))
        directions = _random_directions(network, matrices, rng)
    directions = _lists(directions, 2, "directions")
    extent = check_number(extent, "extent")
    if extent <= 0:
        raise InputError(f"extent must be a positive number, got {extent!r}")
    axes = np.array([network.flatten(direction) for direction in directions])
    line = np.linspace(-extent, extent, check_size(resolution, "resolution", 2, 10_000))
    return sliced(
        network_loss,
        network.flatten(matrices),
        axes,
        line,
        line,
        [matrices, *_lists(points, None, "points")],
    )


@keywords_checked
def loss_plane(
    network_loss: NetworkLoss,
    weights: Sequence[Weights],
    *,
    margin: float = 0.5,
    resolution: int = 101,
    points: Sequence[Weights] = (),
) -> LossSlice:
    """Return the loss on the plane through three given weights.

    Coordinates are orthonormal; the first weights are the origin, the second on the x-axis.

    Parameters
    ----------
    network_loss : NetworkLoss
    weights : three lists of arrays
    margin : float
        How far the window reaches beyond them, in parts of its width without a margin.
    resolution : int
        Grid lines in each direction.
    points : sequence of lists of arrays
        Other weights in the plane that are marked.

    Returns
    -------
    LossSlice
        Its ``plot()`` draws contours, ``plot_surface()`` a surface.

    Raises
    ------
    InputError
        Weights do not fit the network or are on a line, a point is not in the plane, or an option
        is out of range.

    Examples
    --------
    >>> import edgeom as eg
    >>> import numpy as np
    >>> network = eg.LinearNetwork([1, 1, 1])
    >>> loss = eg.NetworkLoss(network, eg.SquaredDistance([[1.0]]))
    >>> corners = [[np.array([[a]]), np.array([[b]])] for a, b in [(0, 0), (1, 0), (0, 1)]]
    >>> eg.loss_plane(loss, corners, margin=0, resolution=3).values
    array([[1.    , 1.    , 1.    ],
           [1.    , 0.5625, 0.25  ],
           [1.    , 0.25  , 0.    ]])
    """
    network = check_type(network_loss, NetworkLoss, "network_loss").network
    weights = _lists(weights, 3, "weights")
    given = np.array([network.flatten(each) for each in weights])
    first = given[1] - given[0]
    size = float(np.abs(given).max())
    longest = max(float(np.linalg.norm(each - given[0])) for each in given)
    if np.linalg.norm(first) <= max(1e-10 * size, LINE * longest):
        raise InputError("the first two weights must not be the same, nor nearly")
    first = first / np.linalg.norm(first)
    second = given[2] - given[0] - (given[2] - given[0]) @ first * first
    if np.linalg.norm(second) <= max(1e-10 * size, LINE * longest):
        raise InputError(
            f"the three weights must not be on a line: the third is {np.linalg.norm(second):.1g} "
            f"off that of the others, which are up to {longest:.2g} apart; loss_trajectory draws "
            "the plane of a whole training run, loss_slice one of random directions"
        )
    axes = np.array([first, second / np.linalg.norm(second)])
    if check_number(margin, "margin") < 0:
        raise InputError(f"margin must be a number from 0, got {margin!r}")
    place = (given - given[0]) @ axes.T
    low, high = place.min(axis=0), place.max(axis=0)
    reach = margin * (high - low).max()
    count = check_size(resolution, "resolution", 2, 10_000)
    x, y = (np.linspace(a - reach, b + reach, count) for a, b in zip(low, high, strict=True))
    return sliced(network_loss, given[0], axes, x, y, [*weights, *_lists(points, None, "points")])


def aligned(network: LinearNetwork, weights: Weights, reference: Weights) -> list[Array]:
    """Return weights with the same product turned towards a reference.

    W_i becomes R_i W_i R_{i-1}ᵀ with orthogonal R_i, R_0 = 1 and R_h = 1. The R_i are chosen in
    turn, each so that the distance to the reference is least for it; the distance never grows.

    Parameters
    ----------
    network : LinearNetwork
    weights, reference : lists of arrays

    Raises
    ------
    InputError
        Weights do not fit the network.

    Examples
    --------
    >>> net = LinearNetwork([1, 1, 1])
    >>> aligned(net, [[[2]], [[3]]], [[[-1]], [[-1]]])
    [array([[-2.]]), array([[-3.]])]
    """
    turned, target = network.check(weights), network.check(reference)
    for _ in range(50):
        for i in range(network.depth - 1):
            pull = turned[i] @ target[i].T + turned[i + 1].T @ target[i + 1]
            u, _, v = np.linalg.svd(pull)
            rotation = v.T @ u.T
            turned[i], turned[i + 1] = rotation @ turned[i], turned[i + 1] @ rotation.T
    return turned


def _lists(given: Sequence[Weights], count: int | None, name: str) -> list[Weights]:
    """Return lists of arrays, as many as there have to be."""
    wanted = {2: "two ", 3: "three ", None: ""}[count]
    if not isinstance(given, Iterable):
        raise InputError(f"{name} must be {wanted}lists of arrays, got {given!r}")
    lists = list(given)
    if count not in (None, len(lists)):
        raise InputError(f"{name} must be {wanted}lists of arrays, got {len(lists)}")
    return lists


def sliced(
    network_loss: NetworkLoss,
    origin: Array,
    axes: Array,
    x: Array,
    y: Array,
    given: Sequence[Weights],
) -> LossSlice:
    """Return the slice with everything computed, `given` weights marked."""
    network, loss = network_loss.network, network_loss.loss
    if np.linalg.matrix_rank(axes, rtol=1e-10) < 2:
        raise InputError("the directions of a slice must not be parallel")
    inverse = np.linalg.pinv(axes)
    marks = []
    for weights in given:
        position = network.flatten(weights)
        place = (position - origin) @ inverse
        off = float(np.linalg.norm(origin + place @ axes - position))
        if off > IN_PLANE * max(float(np.linalg.norm(position)), float(np.linalg.norm(axes))):
            raise InputError(f"a point that is to be marked is not in the plane, but {off:.3g} off")
        marks.append(Mark(float(place[0]), float(place[1]), network_loss.classify(weights)))
    parts = [network.unflatten(vector) for vector in (origin, *axes)]
    layers = [
        w + x[:, None, None] * dx + y[:, None, None, None] * dy
        for w, dx, dy in zip(*parts, strict=True)
    ]
    products = reduce(lambda product, layer: layer @ product, layers)
    values = np.array([[loss.value(matrix) for matrix in row] for row in products])
    return LossSlice(network_loss, origin, axes, x, y, values, tuple(marks))


def _random_directions(
    network: LinearNetwork, matrices: list[Array], rng: np.random.Generator
) -> list[list[Array]]:
    """Return two random directions; rows of one entry have two only, so they may be parallel."""
    for _ in range(50):
        directions = [_filter_normalised(matrices, rng) for _ in range(2)]
        if np.linalg.matrix_rank([network.flatten(each) for each in directions]) == 2:
            break
    return directions


def _filter_normalised(matrices: list[Array], rng: np.random.Generator) -> list[Array]:
    """Return random weights whose rows have the norms of given ones."""
    out = []
    for matrix in matrices:
        direction = rng.normal(size=matrix.shape)
        norms = np.linalg.norm(matrix, axis=1, keepdims=True)
        norms[norms == 0] = 1
        out.append(direction * norms / np.linalg.norm(direction, axis=1, keepdims=True))
    return out
