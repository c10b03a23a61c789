"""Convolutional layers: sizes, matrices, and the product of filters.

One channel, one dimension. A filter w of size k and a stride s send a signal x to the signal
y_i = Σ_j w_j x_{is+j}. Written as the polynomial w(z) = Σ_j w_j z^j, filters of consecutive layers
multiply: the end filter of layers with strides s_1, s_2, ... is

    u(z) = w_1(z) w_2(z^{s_1}) w_3(z^{s_1 s_2}) ⋯ .
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import prod
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgeom.arrays import real_numbers
from edgeom.errors import InputError, check_size, check_sizes
from edgeom.networks.convolutional.coincident_roots import convolve, spread
from edgeom.networks.convolutional.factorization import Level, levels_of
from edgeom.networks.convolutional.real_roots import entries, exact_filter
from edgeom.networks.given import listed_weights

__all__ = ["ConvolutionalArchitecture", "number_array"]

Array = NDArray[Any]


class ConvolutionalArchitecture:
    """Sizes and strides of convolutional layers, and the map from their filters to the end filter.

    What the network expresses is asked of :class:`~edgeom.networks.convolutional.network.ConvolutionalNetwork`,
    which has the same parameters.
    """  # noqa: E501

    def __init__(
        self,
        filter_sizes: Iterable[int],
        strides: Iterable[int] | None = None,
        channels: int = 1,
    ) -> None:
        self.filter_sizes = check_sizes(filter_sizes, "filter_sizes")
        ones = (1,) * len(self.filter_sizes)
        self.strides = ones if strides is None else check_sizes(strides, "strides")
        if len(self.strides) != len(self.filter_sizes):
            raise InputError(
                f"there must be as many strides as filters, got {len(self.strides)} strides "
                f"for {len(self.filter_sizes)} filters"
            )
        if check_size(channels, "channels", 1) != 1:
            raise InputError(
                f"networks with one channel are supported, got channels = {channels}: filters "
                "with several channels do not multiply like polynomials"
            )
        self.levels: tuple[Level, ...] = levels_of(self.filter_sizes, self.strides)

    @classmethod
    def from_filters(
        cls, filters: Sequence[ArrayLike], strides: Iterable[int] | None = None
    ) -> Self:
        """Return the network to which these filters belong, as for :meth:`check`.

        Raises
        ------
        InputError
            The filters are no sequence of arrays with one axis, or the strides do not fit them.

        Examples
        --------
        >>> ConvolutionalArchitecture.from_filters([[1, 2, 3], [4, 5]]).filter_sizes
        (3, 2)
        """
        rows = enumerate(_listed(filters), 1)
        return cls([len(exact_filter(row, f"filter {i}")) for i, row in rows], strides)

    @property
    def depth(self) -> int:
        """Number of layers."""
        return len(self.filter_sizes)

    @property
    def parameter_count(self) -> int:
        """Number of entries of all filters."""
        return sum(self.filter_sizes)

    @property
    def end_filter_size(self) -> int:
        """Size of the end filter: 1 + Σ_l (k_l - 1) s_1 ⋯ s_{l-1}."""
        return 1 + sum(level.degree * level.stride for level in self.levels)

    @property
    def end_stride(self) -> int:
        """Product of all strides, the stride of the end filter."""
        return prod(self.strides)

    @property
    def dim(self) -> int:
        """Dimension of the neuromanifold: Σ_l k_l - (L - 1), the number of parameters less scales.

        A general end filter has finitely many factorisations up to the L - 1 scales that move from
        layer to layer (arXiv 2304.05752).
        """
        return self.parameter_count - (self.depth - 1)

    @property
    def stride_one(self) -> bool:
        """Whether the end filter is a plain product of polynomials, without powers of z."""
        return all(level.stride == 1 for level in self.levels)

    @property
    def even_widths(self) -> int:
        """Number of filters of even width, which are polynomials of odd degree."""
        return sum(level.odd for level in self.levels)

    @property
    def filling(self) -> bool:
        """Whether every filter of the end filter's size is an end filter.

        This is so exactly when there are no strides between filters of more than one entry and at
        most one filter has even width. With two of even width, forms with too few real roots are
        left out; with strides, the dimension is too small (arXiv 2108.01538).
        """
        return self.stride_one and self.even_widths <= 1

    @property
    def segre_sizes(self) -> tuple[int, ...]:
        """Sizes of the products of all filters that are polynomials in the same power of z.

        Filters of one entry and strides 1 disappear: this is the reduced architecture of
        arXiv 2304.05752.
        """
        return tuple(level.degree + 1 for level in self.levels)

    @property
    def is_segre(self) -> bool:
        """Whether the closure of the neuromanifold is, linearly, a Segre variety.

        The end filter is then a rank-one tensor in other coordinates: all products of one
        coefficient from each factor belong to different powers of z. With κ_j the
        :attr:`segre_sizes` and S_j the powers of z this is so exactly when κ_j <= S_{j+1}/S_j for
        all j but the last. Proof: if κ_j > S_{j+1}/S_j, then z^{S_{j+1}} is such a product in two
        ways; otherwise the sum of i_j S_j with i_j < κ_j is a mixed-radix number.
        """
        return all(
            below.degree + 1 <= above.stride // below.stride
            for below, above in pairwise(self.levels)
        )

    def check(self, filters: Sequence[Any]) -> list[list[Any]]:
        """Return filters as lists of numbers, checked for number, sizes and finite real entries.

        Entries are kept as they are: doubles, integers or fractions. A filter may be a sequence or
        an array (k,), or the weights (1, 1, k) of a layer with one channel, as PyTorch's Conv1d
        (without bias) has them: that layer multiplies signals by the matrices of this network.

        Raises
        ------
        InputError
            They are not filters of this network.
        """
        rows = _listed(filters)
        if len(rows) != self.depth:
            raise InputError(f"the network has {self.depth} filters, got {len(rows)}")
        checked = []
        for layer, (row, size) in enumerate(zip(rows, self.filter_sizes, strict=True), 1):
            name = f"filter {layer}"
            exact_filter(row, name, size)
            checked.append(entries(row, name))
        return checked

    def multiply(self, filters: Sequence[ArrayLike]) -> Array:
        """Return the end filter, the coefficients of w_1(z) w_2(z^{s_1}) w_3(z^{s_1 s_2}) ⋯.

        Parameters
        ----------
        filters : sequence of L arrays (k_l,)
            Of numbers; integers and fractions are multiplied exactly.

        Returns
        -------
        array (end_filter_size,)

        Raises
        ------
        InputError
            They are not filters of this network.

        Examples
        --------
        >>> ConvolutionalArchitecture((2, 2), strides=(2, 1)).multiply([[1, 2], [3, 4]])
        array([3, 6, 4, 8])
        """
        product: list[Any] = [1]
        for row, power in zip(self.check(filters), self._powers, strict=True):
            product = convolve(product, spread(row, power))
        return number_array(product)

    def flatten(self, filters: Any) -> Array:
        """Return all entries as one vector of doubles, the filter of the first layer first."""
        return np.concatenate([np.array(row, float) for row in self.check(filters)])

    def unflatten(self, vector: ArrayLike) -> list[Array]:
        """Return the filters whose entries are a vector, the inverse of :meth:`flatten`.

        Raises
        ------
        InputError
            It is not a vector of `parameter_count` real numbers.
        """
        flat = real_numbers(vector, "the vector of parameters")
        if flat.shape != (self.parameter_count,):
            raise InputError(
                f"the vector of parameters must have shape {(self.parameter_count,)}, "
                f"got {flat.shape}"
            )
        return np.split(flat, np.cumsum(self.filter_sizes)[:-1])

    @property
    def _powers(self) -> list[int]:
        """S_l = s_1 ⋯ s_{l-1}: layer l has a polynomial in z^{S_l}."""
        return [prod(self.strides[:layer]) for layer in range(self.depth)]

    def differential(self, filters: Sequence[ArrayLike]) -> Array:
        """Return the Jacobian matrix of :meth:`multiply`.

        Parameters
        ----------
        filters : sequence of L arrays (k_l,)

        Returns
        -------
        array (end_filter_size, parameter_count)
            Columns in the order of the layers and of the entries within each.

        Notes
        -----
        Without strides its image consists of the multiples of a form h: a root that has
        multiplicity m_l in filter l has multiplicity Σ m_l - max m_l in h. So the rank is
        end_filter_size - deg h, and it is full exactly when no two filters have a common root.

        Examples
        --------
        >>> ConvolutionalArchitecture((2, 2)).differential([[1, 2], [3, 4]])
        array([[3, 0, 1, 0],
               [4, 3, 2, 1],
               [0, 4, 0, 2]])
        """
        rows = [
            spread(row, power) for row, power in zip(self.check(filters), self._powers, strict=True)
        ]
        columns = []
        for layer, (size, power) in enumerate(zip(self.filter_sizes, self._powers, strict=True)):
            others: list[Any] = [1]
            for row in rows[:layer] + rows[layer + 1 :]:
                others = convolve(others, row)
            for place in range(size):
                before, after = place * power, (size - 1 - place) * power
                columns.append([0] * before + others + [0] * after)
        return number_array(columns).T

    def balance(self, filters: Sequence[ArrayLike], u: ArrayLike) -> list[Array]:
        """Return filters scaled to the same norm, with the product as close to u as that allows.

        Parameters
        ----------
        filters : sequence of L arrays (k_l,)
            None of them 0.
        u : array (end_filter_size,)
        """
        rows = [np.array(row, float) for row in self.check(filters)]
        units = [row / np.linalg.norm(row) for row in rows]
        end = self.multiply(units)
        aim = real_numbers(u, "u")
        if aim.shape != end.shape:
            raise InputError(f"u must have shape {end.shape}, got {aim.shape}")
        scale = float(end @ aim / (end @ end))
        size = abs(scale) ** (1 / self.depth)
        return [np.sign(scale) * size * units[0], *(size * unit for unit in units[1:])]

    def random_filters(self, seed: int = 0) -> list[Array]:
        """Return filters with independent standard normal entries."""
        rng = np.random.default_rng(check_size(seed, "seed", 0))
        return [rng.normal(size=size) for size in self.filter_sizes]

    def __repr__(self) -> str:
        strides = f", strides={self.strides}" if any(s > 1 for s in self.strides) else ""
        return f"{type(self).__name__}({self.filter_sizes}{strides})"


def _listed(filters: Any) -> list[Any]:
    return listed_weights(filters, "filters", "a sequence of arrays")


def number_array(values: list[Any]) -> Array:
    """Return an array of numbers, without rounding integers that are too long for NumPy."""
    exact = all(isinstance(value, int) for value in np.array(values, dtype=object).flat)
    try:
        return np.array(values, dtype=np.int64 if exact else None)
    except OverflowError:
        return np.array(values, dtype=object)
