"""Linear layers: sizes, the product of weights, and its differential.

Weights W_1, ..., W_h multiply to W_h ⋯ W_1. What is said here about this map comes from the ranks
of the partial products W_h ⋯ W_{i+1} and W_i ⋯ W_1.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from edgeom.errors import InputError, check_size, check_sizes, keywords_checked
from edgeom.networks.arrays import (
    TOLERANCE,
    Array,
    Weights,
    check_tolerance,
    matrices_of_shapes,
    numerical_rank,
    real_array,
    real_matrices,
)

__all__ = ["LinearArchitecture"]


class LinearArchitecture:
    """Widths of linear layers, and the map from their weights to the product.

    What the network expresses is asked of :class:`~edgeom.networks.linear.network.LinearNetwork`,
    which has the same parameters.
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
    def from_weights(cls, weights: Weights, shape: tuple[int, int] | None = None) -> Self:
        """Return the network that weights W_1 (d_1, d_0), ..., W_h (d_h, d_{h-1}) belong to.

        Parameters
        ----------
        weights : list of arrays, mapping, or model
        shape : (int, int), optional
            (d_h, d_0), where it is known: weights that fit it as kernels (d_{i-1}, d_i) only are
            taken for such.

        Raises
        ------
        InputError
            The weights are not finite real matrices, or their shapes do not chain.
        """
        matrices = real_matrices(weights)
        if not matrices:
            raise InputError("weights must be at least one matrix, got none")
        kernels = all(a.shape[1] == b.shape[0] for a, b in pairwise(matrices))
        chained = all(a.shape[0] == b.shape[1] for a, b in pairwise(matrices))
        wanted = None if shape is None else check_sizes(shape, "shape")
        straight = chained and wanted in (None, (len(matrices[-1]), matrices[0].shape[1]))
        if kernels and not straight and wanted == (matrices[-1].shape[1], len(matrices[0])):
            return cls([len(matrices[0]), *(matrix.shape[1] for matrix in matrices)])
        for i, (first, second) in enumerate(pairwise(matrices), 1):
            if second.shape[1] != first.shape[0]:
                hint = ", or kernels (inputs, outputs) as in Keras have to be transposed"
                raise InputError(
                    f"the shapes of the weights must chain: W_{i + 1} has shape {second.shape}, "
                    f"W_{i} has shape {first.shape}; W_1, the first layer, comes first"
                    + hint
                    * kernels
                )
        return cls([matrices[0].shape[1], *(matrix.shape[0] for matrix in matrices)])

    def check(self, weights: Weights) -> list[Array]:
        """Return weights as arrays of doubles.

        Parameters
        ----------
        weights : list of arrays, mapping, or model
            W_1 (d_1, d_0), ..., W_h (d_h, d_{h-1}), see
            :func:`edgeom.networks.given.listed_weights`. Kernels (d_{i-1}, d_i) as in Keras are
            transposed where their shapes tell them.

        Raises
        ------
        InputError
            There are not h of them, or one is not a finite real matrix of the right shape.
        """
        shapes = [(m, n) for n, m in pairwise(self.widths)]
        return matrices_of_shapes(weights, shapes, f"widths {self.widths}")

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

        (Trager, Kohn, Bruna, arXiv 1910.01671; docs/explanation/fibers.md). The image of dμ is Σ
        A_i ⊗ B_{i-1} with A_i the column space of W_h ⋯ W_{i+1} and B_i the row space of W_i ⋯ W_1.
        Since A_1 ⊂ ... ⊂ A_h and B_0 ⊃ ... ⊃ B_{h-1}, bases adapted to the two flags turn each
        summand into a rectangle of a_i × b_{i-1} unit matrices with a common corner, and the sum
        into the staircase that they cover.
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
        formula for the rank (docs/explanation/fibers.md) and needs no hypothesis on the weights.

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

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LinearArchitecture) and self.widths == other.widths

    def __hash__(self) -> int:
        return hash(self.widths)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({list(self.widths)})"
