"""Critical points of every kind for a given architecture, where they exist.

The loss is the squared Frobenius distance to data Q, so the matrices come from the theorem of
Eckart and Young; weights are balanced factorisations of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from edgeom.errors import DegenerateDataError, InputError, check_size, keywords_checked
from edgeom.networks.arrays import Array, check_type, real_matrix
from edgeom.networks.linear.balanced import balanced_weights
from edgeom.networks.linear.classification import CriticalPointReport, NetworkLoss
from edgeom.networks.linear.function_space import eckart_young
from edgeom.networks.linear.network import LinearNetwork
from edgeom.objectives.distances import SquaredDistance

__all__ = [
    "Example",
    "all_examples",
    "pure_minimum",
    "pure_saddle",
    "spurious_at_smooth_point",
    "spurious_minimum",
    "spurious_saddle",
]


@dataclass(frozen=True, eq=False)
class Example:
    """Weights that are a critical point of a loss.

    Attributes
    ----------
    network_loss : NetworkLoss
    weights : list of arrays
    """

    network_loss: NetworkLoss
    weights: list[Array]

    @property
    def report(self) -> CriticalPointReport:
        """What :meth:`NetworkLoss.classify` says about the weights."""
        return self.network_loss.classify(self.weights)

    def __str__(self) -> str:
        return str(self.report)

    __repr__ = __str__


@keywords_checked
def pure_minimum(network: LinearNetwork, data: ArrayLike | None = None, seed: int = 0) -> Example:
    """Return a global minimum: weights of the best approximation of Q.

    Parameters
    ----------
    network : LinearNetwork
    data : array (d_h, d_0), optional
        Q; by default independent standard normal entries.
    seed : int
        Of the data.

    Raises
    ------
    InputError
        The data has another shape.
    DegenerateDataError
        Q lies on the ED discriminant.
    """
    q = _data(check_type(network, LinearNetwork, "network"), data, seed)
    return _example(network, q, eckart_young(q, network.rank).nearest)


@keywords_checked
def pure_saddle(network: LinearNetwork, data: ArrayLike | None = None, seed: int = 0) -> Example:
    """Return a pure saddle: weights of a critical point of rank r that is not the nearest.

    Parameters
    ----------
    network, data, seed
        As in :func:`pure_minimum`.

    Raises
    ------
    InputError
        The network is filling: in pure critical points ∇ℓ = 0, and ℓ is convex. Or Q is such that
        its best approximation is the only critical point of rank r.
    DegenerateDataError
        Q lies on the ED discriminant.
    """
    if check_type(network, LinearNetwork, "network").filling:
        raise InputError(
            f"a network of widths {network.widths} is filling: at pure critical points ∇ℓ = 0, and "
            "for convex ℓ they are global minima"
        )
    q = _data(network, data, seed)
    found = eckart_young(q, network.rank)
    if len(found) < 2:
        raise InputError(
            f"the data has rank {network.rank} = r, and is itself the only critical point of "
            "rank r; use other data"
        )
    return _example(network, q, found.points[1])


@keywords_checked
def spurious_saddle(
    network: LinearNetwork,
    data: ArrayLike | None = None,
    seed: int = 0,
    *,
    rank: int | None = None,
) -> Example:
    """Return a spurious critical point, a saddle whose product has rank below r.

    The product is the best approximation of Q of this rank. At balanced weights the partial
    products have its column space and row space, to which ∇ℓ is orthogonal.

    Parameters
    ----------
    network, data, seed
        As in :func:`pure_minimum`.
    rank : int, optional
        Rank of the product, 0 <= rank < r; by default r - 1. For rank 0 all weights are zero, and
        from three layers on the Hessian vanishes.

    Raises
    ------
    InputError
        The network has one layer only, whose dμ is the identity. Or the rank is out of range, or Q
        has no larger rank than the product: then ∇ℓ = 0.
    DegenerateDataError
        Q lies on the ED discriminant of matrices of this rank.
    """
    if check_type(network, LinearNetwork, "network").depth == 1:
        raise InputError(
            f"a network of widths {network.widths} has one layer: dμ is the identity and every "
            "critical point is pure"
        )
    q = _data(network, data, seed)
    e = network.rank - 1 if rank is None else rank
    e = check_size(e, "rank", 0, network.rank - 1, f"r - 1 = {network.rank - 1}")
    if _rank(q) <= e:
        raise InputError(f"the data has rank {_rank(q)}: ∇ℓ = 0 at products of rank {e}")
    return _example(network, q, eckart_young(q, e).nearest if e else np.zeros(network.shape))


@keywords_checked
def spurious_at_smooth_point(
    network: LinearNetwork,
    data: ArrayLike | None = None,
    seed: int = 0,
    *,
    rank: int | None = None,
) -> Example:
    """Return a spurious critical point whose product is a smooth point of the neuromanifold.

    They exist in filling networks of at least two layers only, and there every spurious critical
    point is one: the neuromanifold is a linear space, but dμ loses rank at some weights whose
    product has rank below r. Where the product has rank r, dμ has maximal rank in any network
    and critical points are pure.

    Parameters
    ----------
    network, data, seed, rank
        As in :func:`spurious_saddle`.

    Raises
    ------
    InputError
        The network is not filling: smooth points of its neuromanifold have rank r. Or as in
        :func:`spurious_saddle`.
    DegenerateDataError
        Q lies on the ED discriminant of matrices of this rank.
    """
    if not check_type(network, LinearNetwork, "network").filling:
        raise InputError(
            f"a network of widths {network.widths} is not filling: smooth points of its "
            f"neuromanifold have rank r = {network.rank}, and critical weights with a product of "
            "rank r are pure"
        )
    return spurious_saddle(network, data, seed, rank=rank)


@keywords_checked
def spurious_minimum(
    network: LinearNetwork, data: ArrayLike | None = None, seed: int = 0
) -> Example:
    """Return a global minimum that is spurious by definition: μ(w) = Q is a singular point.

    Parameters
    ----------
    network : LinearNetwork
    data : array (d_h, d_0), optional
        Q, of rank below r; by default a random matrix of rank r - 1.
    seed : int
        Of the data.

    Raises
    ------
    InputError
        The network is filling: its neuromanifold has no singular points. Or Q has rank r or more.
    """
    if check_type(network, LinearNetwork, "network").filling:
        raise InputError(
            f"a network of widths {network.widths} is filling: its neuromanifold has no singular "
            "points"
        )
    if data is None:
        q = _data(network, None, seed)
        rank = network.rank - 1
        q = eckart_young(q, rank).nearest if rank else np.zeros(network.shape)
    else:
        q = _data(network, data, seed)
    if _rank(q) >= network.rank:
        raise InputError(
            f"the data has rank {_rank(q)}, it must be below r = {network.rank} to be a singular "
            "point of the neuromanifold"
        )
    return _example(network, q, q)


@keywords_checked
def all_examples(
    network: LinearNetwork, data: ArrayLike | None = None, seed: int = 0
) -> dict[str, Example | str]:
    """Return an example of each kind, or the reason why there is none.

    Parameters
    ----------
    network, data, seed
        As in :func:`pure_minimum`.

    Examples
    --------
    >>> found = all_examples(LinearNetwork([2, 2, 2]), [[2, 0], [0, 1]])
    >>> for name, example in found.items():
    ...     print(name, "-", example if isinstance(example, str) else example.report.type)
    pure minimum - global minimum
    pure saddle - a network of widths (2, 2, 2) is filling: at pure critical points ∇ℓ = 0, and for convex ℓ they are global minima
    spurious saddle - saddle
    spurious at a smooth point - saddle
    spurious minimum - a network of widths (2, 2, 2) is filling: its neuromanifold has no singular points
    """  # noqa: E501
    check_type(network, LinearNetwork, "network")
    kinds: dict[str, Callable[..., Example]] = {
        "pure minimum": pure_minimum,
        "pure saddle": pure_saddle,
        "spurious saddle": spurious_saddle,
        "spurious at a smooth point": spurious_at_smooth_point,
        "spurious minimum": spurious_minimum,
    }
    found: dict[str, Example | str] = {}
    for name, make in kinds.items():
        try:
            found[name] = make(network, data, seed)
        except (InputError, DegenerateDataError) as error:
            found[name] = str(error)
    return found


def _data(network: LinearNetwork, data: ArrayLike | None, seed: int) -> Array:
    if data is None:
        return np.random.default_rng(check_size(seed, "seed", 0)).normal(size=network.shape)
    q = real_matrix(data, "the data")
    if q.shape != network.shape:
        raise InputError(
            f"the data must have shape {network.shape} for widths {network.widths}, got {q.shape}"
        )
    return q


def _rank(matrix: Array) -> int:
    values = np.linalg.svd(matrix, compute_uv=False)
    return int(np.sum(values > 1e-8 * values[0]))


def _example(network: LinearNetwork, data: Array, product: Array) -> Example:
    return Example(NetworkLoss(network, SquaredDistance(data)), balanced_weights(network, product))
