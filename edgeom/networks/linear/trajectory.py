"""The plane of weights that shows most of a training run, with the run as a path in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from edgeom.errors import InputError, check_size, keywords_checked
from edgeom.networks.arrays import Weights, check_number, check_type
from edgeom.networks.linear.classification import NetworkLoss
from edgeom.networks.linear.landscape import LossSlice, sliced

__all__ = ["loss_trajectory"]


@keywords_checked
def loss_trajectory(
    network_loss: NetworkLoss,
    run: Iterable[Weights],
    *,
    margin: float = 0.2,
    resolution: int = 101,
) -> LossSlice:
    """Return the loss on the plane of the principal components of a training run.

    Parameters
    ----------
    network_loss : NetworkLoss
    run : sequence of lists of arrays
        The weights w_0, w_1, ... that training went through, as copies; at least three.
    margin : float
        How far the window reaches beyond the path, in parts of its width without a margin.
    resolution : int
        Grid lines in each direction.

    Returns
    -------
    LossSlice
        The last weights are the origin, and marked; x and y are the two directions in which
        w_k - w_end is largest, orthonormal. `path` holds all weights, projected: apart from the end
        they are off the plane, and the loss below the path is that of the plane.

    Raises
    ------
    InputError
        Weights do not fit the network, are fewer than three or on a line, or an option is out of
        range.

    References
    ----------
    Li, Xu, Taylor, Studer, Goldstein, arXiv 1712.09913, section 7.2.

    Examples
    --------
    >>> import numpy as np
    >>> from edgeom.networks.linear.network import LinearNetwork
    >>> from edgeom.objectives.distances import SquaredDistance
    >>> loss = NetworkLoss(LinearNetwork([2, 1, 2]), SquaredDistance(np.diag([2.0, 1.0])))
    >>> run = [loss.network.random_weights(seed=1)]
    >>> for _ in range(100):
    ...     pairs = zip(run[-1], loss.gradient(run[-1]), strict=True)
    ...     run.append([w - 0.05 * g for w, g in pairs])
    >>> found = loss_trajectory(loss, run, resolution=21)
    >>> found.path.shape, found.path[-1], found.explained > 0.9
    ((101, 2), array([0., 0.]), True)
    """
    network = check_type(network_loss, NetworkLoss, "network_loss").network
    if not isinstance(run, Iterable):
        raise InputError(f"run must be a sequence of weights, got {type(run).__name__}")
    weights = list(run)
    if len(weights) < 3:
        raise InputError(f"run must be the weights of at least three steps, got {len(weights)}")
    end = weights[-1]
    positions = np.array([network.flatten(each) for each in weights])
    moves = positions - positions[-1]
    _, sizes, directions = np.linalg.svd(moves, full_matrices=False)
    if len(sizes) < 2 or sizes[1] <= 1e-6 * sizes[0]:
        raise InputError(
            "the weights of the run are on a line, which makes no plane; are they copies of the "
            "weights at different steps?"
        )
    if check_number(margin, "margin") < 0:
        raise InputError(f"margin must be a number from 0, got {margin!r}")
    axes = directions[:2]
    path = moves @ axes.T
    low, high = path.min(axis=0), path.max(axis=0)
    reach = margin * (high - low).max()
    count = check_size(resolution, "resolution", 2, 10_000)
    x, y = (np.linspace(a - reach, b + reach, count) for a, b in zip(low, high, strict=True))
    found = sliced(network_loss, positions[-1], axes, x, y, [end])
    return replace(found, path=path, explained=float(np.sum(sizes[:2] ** 2) / np.sum(sizes**2)))
