"""Linear networks: which matrices they express, and what is known of that set.

A linear network of widths (d_0, ..., d_h) sends weights W_1, ..., W_h to W_h ⋯ W_1. What it can
express is the variety of matrices of rank at most r = min d_i.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from math import prod

from numpy.typing import ArrayLike

from edgeom.degrees.closed_forms import determinantal_ed_degree
from edgeom.errors import keywords_checked
from edgeom.networks.arrays import TOLERANCE
from edgeom.networks.linear.fibers import Fiber
from edgeom.networks.linear.layers import LinearArchitecture
from edgeom.varieties.determinantal import DeterminantalVariety

__all__ = ["LinearNetwork"]

LARGEST = 100  # rows and columns up to which the determinantal formula takes about a second


class LinearNetwork(LinearArchitecture):
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
        super().__init__(widths)

    def neuromanifold(self) -> DeterminantalVariety:
        """Return the image of μ: matrices (d_h, d_0) of rank at most r, all when filling."""
        return DeterminantalVariety(*self.shape, rank=self.rank)

    @property
    def singular_locus(self) -> DeterminantalVariety | None:
        """Matrices of rank below r, where the neuromanifold is singular; None when it is a space.

        For r = 1 it is the zero matrix only.
        """
        return None if self.filling else DeterminantalVariety(*self.shape, rank=self.rank - 1)

    @keywords_checked
    def fiber(self, matrix: ArrayLike, tolerance: float = TOLERANCE) -> Fiber:
        """Return the fibre of μ over a matrix: all weights with this product."""
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


def _number_text(value: int) -> str:
    """Return a number, rounded if it has more than thirty digits."""
    if value < 10**30:
        return str(value)
    digits, exponent = f"{Decimal(value):.2e}".split("e+")
    return f"about {digits}·10^{exponent}"
