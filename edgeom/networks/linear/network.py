"""Linear networks: the map from weights to the matrix they express, and its differential.

A linear network of widths (d_0, ..., d_h) sends weights W_1, ..., W_h to W_h ⋯ W_1. What it can
express is the variety of matrices of rank at most r = min d_i, and everything said here about its
parametrisation comes from the ranks of the partial products W_h ⋯ W_{i+1} and W_i ⋯ W_1.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import reduce
from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from edgeom.degrees.closed_forms import determinantal_ed_degree
from edgeom.errors import InputError, check_size, check_sizes, keywords_checked
from edgeom.networks.arrays import (
    TOLERANCE,
    Array,
    Weights,
    check_tolerance,
    numerical_rank,
    real_array,
    real_matrices,
)
from edgeom.varieties.determinantal import DeterminantalVariety

if TYPE_CHECKING:
    from edgeom.networks.linear.fibers import Fiber

__all__ = ["LinearNetwork"]

LARGEST = 100  # rows and columns up to which the determinantal formula takes about a second


class LinearNetwork:
    """A linear network: the map μ(W_1, ..., W_h) = W_h ⋯ W_1 on real matrices W_i (d_i, d_{i-1}).

    Parameters
    ----------
    widths : sequence of int
        (d_0, ..., d_h), the input first; at least two of them.

    Attributes
    ----------
    widths : tuple of int
    depth : int
        h, the number of layers.
    rank : int
        r = min d_i, the largest rank of a product.
    shape : tuple of int
        (d_h, d_0), of the product.
    filling : bool
        Whether r = min(d_0, d_h): then every matrix is a product.
    parameter_count : int
        Σ d_i d_{i-1}.
    dim : int
        r (d_0 + d_h - r), the dimension of the neuromanifold.

    Raises
    ------
    InputError
        There are fewer than two widths, or one is not a positive integer.

    References
    ----------
    Trager, Kohn, Bruna, *Pure and Spurious Critical Points: a Geometric Study of Linear Networks*,
    arXiv 1910.01671: the image of μ, the neuromanifold, is the determinantal variety of
    d_h×d_0 matrices of rank at most r.

    Examples
    --------
    >>> net = LinearNetwork([3, 1, 3])
    >>> net.rank, net.filling, net.dim, net.parameter_count
    (1, False, 5, 6)
    >>> net.multiply([[[1, 2, 3]], [[1], [0], [2]]])
    array([[1., 2., 3.],
           [0., 0., 0.],
           [2., 4., 6.]])
    """

    @keywords_checked
    def __init__(self, widths: Sequence[int]) -> None:
        self.widths = check_sizes(widths, "widths")
        if len(self.widths) < 2:
            raise InputError(
                f"widths must name the input and the output at least, got {self.widths}"
            )
        self.depth = len(self.widths) - 1
        self.rank = min(self.widths)
        rows, cols = self.shape = (self.widths[-1], self.widths[0])
        self.filling = self.rank == min(self.shape)
        self.parameter_count = sum(n * m for n, m in pairwise(self.widths))
        self.dim = self.rank * (rows + cols - self.rank)

    @classmethod
    def from_weights(cls, weights: Weights) -> LinearNetwork:
        """Return the network that weights W_1 (d_1, d_0), ..., W_h (d_h, d_{h-1}) belong to.

        Raises
        ------
        InputError
            The weights are not finite real matrices, or their shapes do not chain.
        """
        matrices = real_matrices(weights)
        if not matrices:
            raise InputError("weights must be at least one matrix, got none")
        for i, (first, second) in enumerate(pairwise(matrices), 1):
            if second.shape[1] != first.shape[0]:
                raise InputError(
                    f"the shapes of the weights must chain: W_{i + 1} has shape {second.shape}, "
                    f"W_{i} has shape {first.shape}; W_1, the first layer, comes first"
                )
        return cls([matrices[0].shape[1], *(matrix.shape[0] for matrix in matrices)])

    def neuromanifold(self) -> DeterminantalVariety:
        """Return the image of μ: matrices (d_h, d_0) of rank at most r, all when filling."""
        return DeterminantalVariety(*self.shape, rank=self.rank)

    @property
    def singular_locus(self) -> DeterminantalVariety | None:
        """Matrices of rank below r, where the neuromanifold is singular; None when it is a space.

        For r = 1 it is the zero matrix only.
        """
        return None if self.filling else DeterminantalVariety(*self.shape, rank=self.rank - 1)

    def check(self, weights: Weights) -> list[Array]:
        """Return weights as arrays of doubles.

        Raises
        ------
        InputError
            There are not h of them, or one is not a finite real matrix of the right shape.
        """
        matrices = real_matrices(weights)
        if len(matrices) != self.depth:
            raise InputError(
                f"weights must be {self.depth} matrices for widths {self.widths}, "
                f"got {len(matrices)}"
            )
        for i, matrix in enumerate(matrices, 1):
            if matrix.shape != (self.widths[i], self.widths[i - 1]):
                raise InputError(
                    f"W_{i} must have shape {(self.widths[i], self.widths[i - 1])} for widths "
                    f"{self.widths}, got {matrix.shape}"
                )
        return matrices

    def multiply(self, weights: Weights) -> Array:
        """Return the product W_h ⋯ W_1, an array (d_h, d_0)."""
        return reduce(lambda product, matrix: matrix @ product, self.check(weights))

    def flatten(self, weights: Weights) -> Array:
        """Return all parameters as one vector: W_1 first, each matrix row by row."""
        return np.concatenate([matrix.ravel() for matrix in self.check(weights)])

    def unflatten(self, vector: ArrayLike) -> list[Array]:
        """Return the weights whose parameters are a vector, the inverse of :meth:`flatten`.

        Raises
        ------
        InputError
            It is not a vector of `parameter_count` finite real numbers.
        """
        flat = real_array(vector, "the vector of parameters")
        if flat.shape != (self.parameter_count,):
            raise InputError(
                f"the vector of parameters must have shape {(self.parameter_count,)}, "
                f"got {flat.shape}"
            )
        shapes = [(m, n) for n, m in pairwise(self.widths)]
        ends = np.cumsum([m * n for m, n in shapes])
        return [
            part.reshape(shape)
            for part, shape in zip(np.split(flat, ends[:-1]), shapes, strict=True)
        ]

    def partial_products(self, weights: Weights) -> tuple[list[Array], list[Array]]:
        """Return what stands before and behind each layer in the product.

        Returns
        -------
        before : list of array
            W_i ⋯ W_1 (d_i, d_0) for i = 0, ..., h; the first is the identity.
        after : list of array
            W_h ⋯ W_{i+1} (d_h, d_i) for i = 0, ..., h; the last is the identity.
        """
        matrices = self.check(weights)
        before, after = [np.eye(self.widths[0])], [np.eye(self.widths[-1])]
        for matrix in matrices:
            before.append(matrix @ before[-1])
        for matrix in reversed(matrices):
            after.append(after[-1] @ matrix)
        return before, after[::-1]

    def differential(self, weights: Weights) -> Array:
        """Return the matrix of dμ at the weights, (d_h d_0, parameter_count).

        Columns are ordered as in :meth:`flatten`, rows are the entries of the product row by row.

        Notes
        -----
        dμ(V_1, ..., V_h) = Σ_i (W_h ⋯ W_{i+1}) V_i (W_{i-1} ⋯ W_1).
        """
        before, after = self.partial_products(weights)
        blocks = [np.kron(after[i], before[i - 1].T) for i in range(1, self.depth + 1)]
        return np.concatenate(blocks, axis=1)

    @keywords_checked
    def partial_ranks(
        self, weights: Weights, tolerance: float = TOLERANCE
    ) -> tuple[list[int], list[int]]:
        """Return the ranks of the partial products, in the order of :meth:`partial_products`.

        A singular value counts as zero when it is at most `tolerance` times the product of the
        largest singular values of the factors: rounding does not hide that a product vanishes.
        No rank is less than a_i + b_i - d_i, by which matrices of ranks a_i = rank(W_h ⋯ W_{i+1})
        and b_i = rank(W_i ⋯ W_1) have a product (Sylvester). That decides where small singular
        values of factors multiply to one below the tolerance, and keeps all ranks that are derived
        from these consistent.

        Raises
        ------
        InputError
            The weights do not fit, or the tolerance is not between 0 and 1.
        """
        tolerance = check_tolerance(tolerance)
        norms = [float(np.linalg.norm(matrix, 2)) for matrix in self.check(weights)]
        before, after = self.partial_products(weights)
        scales = [float(np.prod(norms[:i])) for i in range(self.depth + 1)]
        rests = [float(np.prod(norms[i:])) for i in range(self.depth + 1)]
        b = [numerical_rank(m, tolerance, s) for m, s in zip(before, scales, strict=True)]
        a = [numerical_rank(m, tolerance, s) for m, s in zip(after, rests, strict=True)]
        least = max(x + y - d for x, y, d in zip(a, b, self.widths, strict=True))
        return [max(x, least) for x in b], [max(x, least) for x in a]

    @keywords_checked
    def product_rank(self, weights: Weights, tolerance: float = TOLERANCE) -> int:
        """Return the numerical rank of the product, see :meth:`partial_ranks`."""
        return self.partial_ranks(weights, tolerance)[0][-1]

    @keywords_checked
    def differential_rank(self, weights: Weights, tolerance: float = TOLERANCE) -> int:
        """Return the rank of dμ at any weights, from the ranks of the partial products.

        Notes
        -----
        With a_i = rank(W_h ⋯ W_{i+1}) and b_i = rank(W_i ⋯ W_1), a_h = d_h and b_0 = d_0,

            rank dμ = Σ_{i=1}^h a_i b_{i-1} - Σ_{i=1}^{h-1} a_i b_i

        (Trager, Kohn, Bruna, arXiv 1910.01671; docs/fibers.md). The image of dμ is Σ A_i ⊗ B_{i-1}
        with A_i the column space of W_h ⋯ W_{i+1} and B_i the row space of W_i ⋯ W_1. Since
        A_1 ⊂ ... ⊂ A_h and B_0 ⊃ ... ⊃ B_{h-1}, bases adapted to the two flags turn each summand
        into a rectangle of a_i × b_{i-1} unit matrices with a common corner, and the sum into the
        staircase that they cover.
        """
        b, a = self.partial_ranks(weights, tolerance)
        whole = sum(a[i] * b[i - 1] for i in range(1, self.depth + 1))
        return whole - sum(a[i] * b[i] for i in range(1, self.depth))

    @keywords_checked
    def has_maximal_differential(self, weights: Weights, tolerance: float = TOLERANCE) -> bool:
        """Whether dμ has the largest rank it can have, the dimension of the neuromanifold.

        Notes
        -----
        Trager, Kohn, Bruna (arXiv 1910.01671), on the differential of μ; it follows from the
        formula for the rank (docs/fibers.md) and needs no hypothesis on the weights.

        * Not filling: if and only if the product has rank r; then the image of dμ is the tangent
          space of the neuromanifold.
        * Filling: if and only if for every 0 < i < h the product W_h ⋯ W_{i+1} has rank d_h or
          W_i ⋯ W_1 has rank d_0. This holds when the product has rank r, and at some weights whose
          product has lower rank.
        """
        return self.differential_rank(weights, tolerance) == self.dim

    @keywords_checked
    def random_weights(self, seed: int = 0, rank: int | None = None) -> list[Array]:
        """Return random weights, standard normal entries divided by √d_{i-1}.

        Parameters
        ----------
        seed : int
        rank : int, optional
            Rank of the product, 0 <= rank <= r: one layer, chosen at random, is preceded by a
            random orthogonal projection of this rank. By default it is r.

        Raises
        ------
        InputError
            The rank is out of range, or the seed is no integer from 0.
        """
        rng = np.random.default_rng(check_size(seed, "seed", 0))
        weights = [rng.normal(size=(m, n)) / np.sqrt(n) for n, m in pairwise(self.widths)]
        if rank is not None:
            rank = check_size(rank, "rank", 0, self.rank, f"min(widths) = {self.rank}")
            layer = int(rng.integers(self.depth))
            frame = np.linalg.qr(rng.normal(size=(self.widths[layer], rank)))[0]
            weights[layer] = weights[layer] @ frame @ frame.T
        return weights

    @keywords_checked
    def fiber(self, matrix: ArrayLike, tolerance: float = TOLERANCE) -> Fiber:
        """Return the fibre of μ over a matrix: all weights with this product."""
        from edgeom.networks.linear.fibers import Fiber

        return Fiber(self, matrix, tolerance)

    def facts(self) -> list[tuple[str, str]]:
        """Return what is known about the architecture, as names and texts.

        Notes
        -----
        The ED degree for the Frobenius norm is that of Eckart and Young, the generic one comes
        from the determinantal formula; for the fibres see
        :class:`edgeom.networks.linear.fibers.Fiber`.
        """
        return [
            ("widths", ", ".join(map(str, self.widths))),
            ("rank", str(self.rank)),
            ("parameters", str(self.parameter_count)),
            ("dimension", f"{self.dim} of {prod(self.shape)}"),
            ("filling", "yes" if self.filling else f"no: the rank is at most {self.rank}"),
            ("neuromanifold", self._matrices_text(self.rank)),
            ("singular locus", "empty" if self.filling else self._matrices_text(self.rank - 1)),
            ("general fibre", self._fiber_text()),
            ("ED degree", self._ed_degree_text()),
            ("generic ED degree", self._generic_ed_degree_text()),
        ]

    def _matrices_text(self, rank: int) -> str:
        if rank == 0:
            return "the zero matrix"
        if rank == min(self.shape):
            return f"all {self.shape[0]}×{self.shape[1]} matrices"
        return str(DeterminantalVariety(*self.shape, rank=rank))

    def numbers(self) -> dict[str, int | bool | list[int] | None]:
        """Return the numbers behind :meth:`facts`, by the same names, None where none is known.

        For "general fibre" it is the number of connected components.
        """
        small = min(self.shape) <= LARGEST
        fact = self.neuromanifold().generic_ed_degree_fact() if small else None
        return {
            "widths": list(self.widths),
            "rank": self.rank,
            "parameters": self.parameter_count,
            "dimension": self.dim,
            "filling": self.filling,
            "general fibre": 2 ** self.widths[1:-1].count(self.rank),
            "ED degree": determinantal_ed_degree(*self.shape, self.rank),
            "generic ED degree": 1 if self.filling else fact and fact.value,
        }

    def _fiber_text(self) -> str:
        components = 2 ** self.widths[1:-1].count(self.rank)
        return (
            f"dimension {self.parameter_count - self.dim}, {_number_text(components)} connected "
            f"component{'s' * (components > 1)}"
        )

    def _ed_degree_text(self) -> str:
        value = determinantal_ed_degree(*self.shape, self.rank)
        return f"{_number_text(value)} for the Frobenius norm: Eckart-Young"

    def _generic_ed_degree_text(self) -> str:
        if self.filling:
            return "1: every matrix is expressed"
        if min(self.shape) > LARGEST:
            return f"not computed for more than {LARGEST} rows and columns"
        fact = self.neuromanifold().generic_ed_degree_fact()
        return f"{_number_text(fact.value)}: {fact.reason}" if fact else "unknown"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LinearNetwork) and self.widths == other.widths

    def __hash__(self) -> int:
        return hash(self.widths)

    def __repr__(self) -> str:
        return f"LinearNetwork({list(self.widths)})"


def _number_text(value: int) -> str:
    """Return a number, rounded if it has more than thirty digits."""
    if value < 10**30:
        return str(value)
    digits, exponent = f"{Decimal(value):.2e}".split("e+")
    return f"about {digits}·10^{exponent}"
