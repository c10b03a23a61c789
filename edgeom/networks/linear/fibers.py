"""Fibres of a linear network: all weights with the same product, their components and paths.

Let M = U Σ Vᵀ have rank k. Weights with product M carry the frames

    F_i = W_i ⋯ W_1 V Σ^{-1/2}  (d_i, k)    and    G_i = Σ^{-1/2} Uᵀ W_h ⋯ W_{i+1}  (k, d_i),

which satisfy G_i F_i = I. The part F_i G_{i-1} of W_i does all the work, F_h G_0 = M. The rest
N_i = W_i - F_i G_{i-1} vanishes on F_{i-1} and has its image in the kernel of G_i, and the product
of all N_i is zero; so it can be scaled away, and what remains are independent pairs (F_i, G_i),
0 < i < h. They form a connected space if d_i > k; for d_i = k > 0 the sign of det F_i tells two
components apart. That is the theorem on the components of fibres (docs/explanation/fibers.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from numbers import Real

import numpy as np
from numpy.typing import ArrayLike

from edgeom.errors import InputError, check_size, keywords_checked
from edgeom.networks.arrays import (
    TOLERANCE,
    Array,
    Weights,
    check_tolerance,
    real_matrix,
)
from edgeom.networks.linear.layers import LinearArchitecture
from edgeom.networks.linear.paths import FramePath
from edgeom.varieties.base import random_orthogonal

__all__ = ["Fiber", "FiberPath"]

Frames = list[tuple[Array, Array]]

CHECKED = 13  # points of a new path at which its product is computed


class Fiber:
    """The fibre μ⁻¹(M): all weights of a linear network whose product is M.

    Parameters
    ----------
    network : LinearNetwork
    matrix : array (d_h, d_0)
        M, of rank at most r.
    tolerance : float
        Matrices that differ by at most this times ‖M‖ (spectral norm) are not told apart: a
        singular value of M below it counts as zero, and weights belong to the fibre when their
        product is that close to M. For M = 0 the product of the ‖W_i‖ takes the place of ‖M‖.

    Attributes
    ----------
    rank : int
        k, the numerical rank of M.
    bottlenecks : tuple of int
        The inner layers of width k, 0 < i < h with d_i = k. There are none for k < r.
    components : int
        Number of connected components, 2^b for b bottlenecks.

    Raises
    ------
    InputError
        M is not a finite real matrix of this shape, or its rank is larger than r.

    Notes
    -----
    Trager, Kohn, Bruna (arXiv 1910.01671), on the connected components of fibres: over a matrix of
    rank r there are 2^b, with b the number of inner layers of width r; layers 0 and h do not
    count, in the filling case neither. The fibre over a matrix of lower rank is connected.

    A matrix with a singular value a little above the tolerance has the components of its rank,
    although weights of different components come close to each other. One a little below has
    those of the lower rank, and the product along a path may leave M by the tolerance. To decide
    otherwise choose another tolerance; weights in single precision need about 1e-5.

    Examples
    --------
    >>> import numpy as np
    >>> import edgeom as eg
    >>> net = eg.LinearNetwork([2, 1, 1, 2])
    >>> fiber = net.fiber([[2, 0], [0, 0]])
    >>> fiber.bottlenecks, fiber.components
    ((1, 2), 4)
    >>> w = [[[2, 0]], [[1]], [[1], [0]]]
    >>> path = fiber.path(w, [[[1, 0]], [[4]], [[0.5], [0]]])
    >>> np.round(net.multiply(path(0.3)), 12)
    array([[2., 0.],
           [0., 0.]])
    >>> fiber.path(w, [[[-2, 0]], [[1]], [[-1], [0]]])
    Traceback (most recent call last):
    ...
    edgeom.errors.InputError: the weights lie in different components of the fibre: W_i ⋯ W_1 has opposite orientations at the layers i = 1, 2 of width 1
    """  # noqa: E501

    @keywords_checked
    def __init__(
        self, network: LinearArchitecture, matrix: ArrayLike, tolerance: float = TOLERANCE
    ) -> None:
        if not isinstance(network, LinearArchitecture):
            raise InputError(f"network must be a LinearNetwork, got {type(network).__name__}")
        self.network = network
        self.tolerance = check_tolerance(tolerance)
        self.matrix = real_matrix(matrix, "the matrix")
        if self.matrix.shape != network.shape:
            raise InputError(
                f"the matrix must have shape {network.shape} for widths {network.widths}, "
                f"got {self.matrix.shape}"
            )
        left, values, right = np.linalg.svd(self.matrix)
        self.rank = k = int(np.sum(values > self.tolerance * values[0]))
        if k > network.rank:
            raise InputError(
                f"the matrix has rank {k}, widths {network.widths} express matrices of rank at "
                f"most {network.rank}: its fibre is empty"
            )
        inner = range(1, network.depth)
        self.bottlenecks = tuple(i for i in inner if network.widths[i] == k)
        self.components: int = 2 ** len(self.bottlenecks)
        if k == len(right) and np.linalg.det(right) < 0:
            left[:, k - 1], right[k - 1] = -left[:, k - 1], -right[k - 1]
        self._values = values[:k]
        self._left, self._right = left, right.T

    def __repr__(self) -> str:
        return f"Fiber({self.network!r}, rank={self.rank}, components={self.components})"

    def check(self, weights: Weights) -> list[Array]:
        """Return weights of the fibre as arrays of doubles.

        Raises
        ------
        InputError
            They do not fit the network, or their product is not M within the tolerance.
        """
        matrices = self.network.check(weights)
        gap, scale = self._gap(matrices)
        if gap > self.tolerance * scale:
            raise InputError(
                f"the weights do not lie in the fibre: their product differs from the matrix by "
                f"{gap:.3g}, the tolerance is {self.tolerance:.3g} times {scale:.3g}"
            )
        return matrices

    def contains(self, weights: Weights) -> bool:
        """Whether the product of the weights is M within the tolerance."""
        gap, scale = self._gap(self.network.check(weights))
        return gap <= self.tolerance * scale

    def _gap(self, matrices: list[Array]) -> tuple[float, float]:
        """Return how far the product is from M, and the size that the tolerance is relative to."""
        gap = float(np.linalg.norm(self.network.multiply(matrices) - self.matrix, 2))
        return gap, float(self._values[0]) if self.rank else _norm_product(matrices)

    def invariant(self, weights: Weights) -> tuple[int, ...]:
        """Return the signs that tell the components apart, one for each bottleneck.

        At a layer of width k = rank M the columns of V, an orthonormal basis of the row space of
        M that depends on M only, are mapped to a basis of the layer's space. The sign is that of
        det(W_i ⋯ W_1 V), and of det(W_i ⋯ W_1) if k = d_0. It never vanishes on the fibre, so it
        is constant on components.

        Raises
        ------
        InputError
            The weights do not lie in the fibre.
        """
        frames = self._frames(self.check(weights))
        return tuple(_orientation(frames[i][0]) for i in self.bottlenecks)

    def same_component(self, first: Weights, second: Weights) -> bool:
        """Whether two points of the fibre are connected by a path in it.

        Raises
        ------
        InputError
            The weights do not lie in the fibre.
        """
        return self.invariant(first) == self.invariant(second)

    def path(self, start: Weights, end: Weights) -> FiberPath:
        """Return a path in the fibre between weights of the same component.

        Raises
        ------
        InputError
            The weights do not lie in the fibre, or lie in different components of it. Or they are
            scaled so badly that rounding takes the path out of the fibre.
        """
        first, second = self.check(start), self.check(end)
        frames, end_frames = self._frames(first), self._frames(second)
        opposite = [
            str(i)
            for i in self.bottlenecks
            if _orientation(frames[i][0]) != _orientation(end_frames[i][0])
        ]
        if opposite:
            raise InputError(
                f"the weights lie in different components of the fibre: W_i ⋯ W_1 has opposite "
                f"orientations at the layers i = {', '.join(opposite)} of width {self.rank}"
            )
        path = FiberPath(first, second, frames, end_frames)
        gaps = [self._gap(matrices) for matrices in path.samples(CHECKED)]
        drift = max(gap / scale if gap else 0.0 for gap, scale in gaps)
        # two ends that differ by the tolerance add its square
        if drift > self.tolerance * (1 + 4 * self.tolerance):
            raise InputError(
                f"rounding takes the path out of the fibre: its product is off by {drift:.3g}, the "
                f"tolerance is {self.tolerance:.3g}; scale the layers alike, or raise the tolerance"
            )
        return path

    @keywords_checked
    def sample(self, seed: int = 0, component: Sequence[int] | None = None) -> list[Array]:
        """Return random weights of the fibre, the norms of the factors being alike.

        Parameters
        ----------
        seed : int
        component : sequence of +1 and -1, optional
            Signs as from :meth:`invariant`; by default they are random.

        Raises
        ------
        InputError
            The signs are not those of a component, or the seed is no integer from 0.
        """
        rng = np.random.default_rng(check_size(seed, "seed", 0))
        bases = self._random_bases(rng)
        if component is not None:
            for i, sign in zip(self.bottlenecks, self._signs(component), strict=True):
                bases[i][:, 0] *= sign * _orientation(bases[i])
        k, widths = self.rank, self.network.widths
        unit = self._values[0] ** (1 / self.network.depth) if k else 1.0
        weights = []
        for (source, target), rest in zip(
            pairwise(bases), _zero_product([d - k for d in widths], rng), strict=True
        ):
            middle = np.zeros((len(target), len(source)))
            middle[:k, :k] = np.eye(k)
            middle[k:, k:] = unit * rest
            weights.append(target @ middle @ np.linalg.inv(source))
        return weights

    def _signs(self, component: Sequence[int]) -> list[int]:
        signs = list(component) if isinstance(component, Iterable) else []
        if len(signs) != len(self.bottlenecks) or any(sign not in (1, -1) for sign in signs):
            raise InputError(
                f"a component is given by one sign, 1 or -1, for each of the layers "
                f"{list(self.bottlenecks)}; got {component!r}"
            )
        return signs

    def _random_bases(self, rng: np.random.Generator) -> list[Array]:
        """Return bases of the layers' spaces whose first k vectors are the frame F_i."""
        k, depth = self.rank, self.network.depth
        bases = [self._right.copy()]
        for d in self.network.widths[1:-1]:
            stretch = np.exp(rng.normal(size=d) / 2)
            bases.append(random_orthogonal(d, rng) * stretch @ random_orthogonal(d, rng))
        bases.append(self._left.copy())
        for i, basis in enumerate(bases):
            basis[:, :k] *= self._values ** (i / depth - 0.5)
        return bases

    def _frames(self, weights: list[Array]) -> Frames:
        """Return (F_i, G_i) for i = 0, ..., h.

        The product of the weights may differ from M by the tolerance. All G_i F_i are then the
        same matrix next to I, and G_i is divided by it.
        """
        before, after = self.network.partial_products(weights)
        root = np.sqrt(self._values)
        source = self._right[:, : self.rank] / root
        target = (self._left[:, : self.rank] / root).T
        identity = target @ before[-1] @ source
        return [
            (b @ source, np.linalg.solve(identity, target @ a))
            for b, a in zip(before, after, strict=True)
        ]


class FiberPath:
    """A continuous, piecewise smooth path of weights with the same product.

    ``path(t)`` returns the weights at 0 <= t <= 1. Up to t = 1/3 the rests N_i of the start are
    scaled away, up to t = 2/3 the frames move, then the rests of the end are scaled in. For
    weights whose products differ within the fibre's tolerance, the product along the path stays
    between them up to the square of the difference.

    Examples
    --------
    >>> import edgeom as eg
    >>> import numpy as np
    >>> network = eg.LinearNetwork([2, 1, 2])
    >>> v = [np.array([[3.0, 1.0]]), np.array([[1.0], [2.0]])]
    >>> w = [2 * v[0], v[1] / 2]
    >>> path = network.fiber(network.multiply(v)).path(v, w)
    >>> network.multiply(path(0.5)).round(9)
    array([[3., 1.],
           [6., 2.]])
    """

    def __init__(
        self, start: list[Array], end: list[Array], frames: Frames, end_frames: Frames
    ) -> None:
        self._start, self._end = start, end
        self._rests, self._end_rests = _rests(start, frames), _rests(end, end_frames)
        self._outer = [(pairs[-1][0], pairs[0][1]) for pairs in (frames, end_frames)]
        inner = zip(frames[1:-1], end_frames[1:-1], strict=True)
        self._inner = [FramePath(first, second) for first, second in inner]

    def __repr__(self) -> str:
        widths = [self._start[0].shape[1], *(matrix.shape[0] for matrix in self._start)]
        return f"FiberPath(widths={widths}, rank={self._outer[0][0].shape[1]})"

    def __call__(self, t: float) -> list[Array]:
        """Return the weights at t.

        Raises
        ------
        InputError
            t is not between 0 and 1.
        """
        if not isinstance(t, Real):
            raise InputError(f"t must be a number, got {t!r}")
        if not 0 <= t <= 1:
            raise InputError(f"t must be between 0 and 1, got {t}")
        t = float(t)
        if t < 1 / 3:
            return _without(self._start, self._rests, 3 * t)
        if t > 2 / 3:
            return _without(self._end, self._end_rests, 3 - 3 * t)
        return self._move(3 * t - 1)

    def samples(self, n: int) -> list[list[Array]]:
        """Return the weights at n >= 2 equally spaced t from 0 to 1.

        Raises
        ------
        InputError
            n is not an integer, or less than 2.
        """
        return [self(t) for t in np.linspace(0, 1, check_size(n, "n", 2)).tolist()]

    def _move(self, s: float) -> list[Array]:
        (last, first), (end_last, end_first) = self._outer
        # G_i F_i = I again up to rounding, which large and small frames multiply
        inner = [(f, np.linalg.solve(g @ f, g)) for f, g in (path(s) for path in self._inner)]
        images = [*(f for f, _ in inner), (1 - s) * last + s * end_last]
        preimages = [(1 - s) * first + s * end_first, *(g for _, g in inner)]
        return [f @ g for f, g in zip(images, preimages, strict=True)]


def _rests(weights: list[Array], frames: Frames) -> list[Array]:
    """Return N_i = W_i - F_i G_{i-1}."""
    chain = zip(weights, pairwise(frames), strict=True)
    return [weight - image @ preimage for weight, ((_, preimage), (image, _)) in chain]


def _without(weights: list[Array], rests: list[Array], share: float) -> list[Array]:
    return [weight - share * rest for weight, rest in zip(weights, rests, strict=True)]


def _orientation(square: Array) -> int:
    return int(np.linalg.slogdet(square)[0])


def _norm_product(matrices: list[Array]) -> float:
    return float(np.prod([np.linalg.norm(matrix, 2) for matrix in matrices]))


def _zero_product(widths: list[int], rng: np.random.Generator) -> list[Array]:
    """Return random matrices with product zero, some of them of lower rank.

    All but one are general matrices of random ranks, so the rank of a product of some of them is
    the least of theirs. The last one is projected to the linear space of solutions.
    """
    matrices, ranks = [], []
    for n, m in pairwise(widths):
        ranks.append(int(rng.integers(min(m, n) + 1)))
        matrices.append(rng.normal(size=(m, ranks[-1])) @ rng.normal(size=(ranks[-1], n)))
    cut = int(rng.integers(len(matrices)))
    before, after = np.eye(widths[0]), np.eye(widths[-1])
    for matrix in matrices[:cut]:
        before = matrix @ before
    for matrix in reversed(matrices[cut + 1 :]):
        after = after @ matrix
    images = np.linalg.svd(before)[0][:, : min([widths[0], *ranks[:cut]])]
    rows = np.linalg.svd(after)[2][: min([widths[-1], *ranks[cut + 1 :]])]
    free = rng.normal(size=matrices[cut].shape)
    if rows.shape[0] == rows.shape[1] and images.shape[0] == images.shape[1]:
        matrices[cut] = np.zeros_like(free)  # and no rounding errors, which would have a rank
    else:
        matrices[cut] = free - rows.T @ (rows @ free @ images) @ images.T
    return matrices
