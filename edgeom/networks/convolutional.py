"""Linear convolutional networks: which filters they express, and how filters parametrise them.

The end filters of a network of real filters are real binary forms that factor in a prescribed
way. Without strides they are a semi-algebraic set of full dimension, told by the number of real
roots; with strides they are a thin set, birational to a Segre variety.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgeom.errors import InputError, check_sizes, keywords_checked
from edgeom.metric import Metric
from edgeom.networks.coincident_roots import CoincidentRootLocus, FactorVariety
from edgeom.networks.conv_factorization import (
    choose_orbits,
    obstruction,
    orbit_form,
    real_factors,
)
from edgeom.networks.conv_matrices import ConvolutionalMatrices
from edgeom.networks.conv_roots import Factor
from edgeom.networks.conv_sharing import partitions, sharings
from edgeom.networks.real_roots import exact_filter, root_pattern

if TYPE_CHECKING:
    from edgeom.networks.conv_critical import NetworkCriticalPoints

__all__ = ["ConvolutionalNetwork"]

Array = NDArray[Any]
Patterns = Sequence[Sequence[int]]  # partitions, for every power of z


class ConvolutionalNetwork(ConvolutionalMatrices):
    """A linear convolutional network with one channel, in one dimension.

    Parameters
    ----------
    filter_sizes : sequence of int
        Sizes (k_1, ..., k_L) of the filters, the layer next to the input first.
    strides : sequence of int, optional
        Strides (s_1, ..., s_L); by default all are 1. The last one thins the output out and has
        no influence on the end filter.
    channels : int
        Must be 1.

    Raises
    ------
    InputError
        A size or stride is not a positive integer, there are not as many strides as filters, or
        more than one channel is asked for.

    References
    ----------
    Kohn, Merkh, Montúfar, Trager, "Geometry of Linear Convolutional Networks", arXiv 2108.01538;
    Kohn, Montúfar, Shahverdi, Trager, "Function Space and Critical Points of Linear Convolutional
    Networks", arXiv 2304.05752.

    Examples
    --------
    >>> network = ConvolutionalNetwork((2, 2))
    >>> network.multiply([[1, 2], [3, 4]])
    array([ 3, 10,  8])
    >>> network.contains([3, 10, 8]), network.contains([1, 0, 1]), network.filling
    (True, False, False)
    """

    def contains(self, u: Any) -> bool:
        """Whether a filter is an end filter of real filters, decided exactly.

        Without strides: u = 0, or u has at least e real roots, counted with multiplicity and at
        infinity, where e is the number of filters of even width. Proof: a form of odd degree has a
        real root; conversely give one real root to each filter of even width, and the others,
        whose number is even, two by two to filters that have room, like complex pairs. With
        strides the roots of the filters are whole orbits of roots of u, see
        :mod:`edgeom.networks.conv_factorization`.

        Parameters
        ----------
        u : sequence of int, Fraction or float, length end_filter_size
            Doubles are taken as the rational numbers that they are: for filters whose product has
            rounding errors the answer may be False on the boundary of the neuromanifold (and, with
            strides, everywhere, the neuromanifold being thin). Integers and fractions have none.

        Raises
        ------
        InputError
            It is not a filter of this size.

        References
        ----------
        Kohn, Merkh, Montúfar, Trager, arXiv 2108.01538.

        Examples
        --------
        >>> network = ConvolutionalNetwork((2, 3, 2))
        >>> network.contains([1, 0, 0, 0, 1]), network.contains([1, 0, 0, 1, 0])
        (False, True)
        """
        form = exact_filter(u, size=self.end_filter_size)
        return not any(form) or choose_orbits(form, self.levels) is not None

    def factor(self, u: Any) -> list[Array]:
        """Return filters that multiply to an end filter, all of the same Euclidean norm.

        Differences of squared norms of filters do not change along gradient flow, so these are the
        filters that a balanced start leads to. Other factorisations share the roots differently.

        Parameters
        ----------
        u : sequence of int, Fraction or float, length end_filter_size

        Returns
        -------
        list of L arrays (k_l,)
            Correct up to the rounding of their entries to doubles; filters of 0 for u = 0.

        Raises
        ------
        InputError
            u is no end filter; the message names the obstruction.

        Examples
        --------
        >>> network = ConvolutionalNetwork((2, 2))
        >>> network.multiply(network.factor([3, 10, 8])).round(12)
        array([ 3., 10.,  8.])
        >>> network.factor([1, 0, 1])
        Traceback (most recent call last):
        ...
        edgeom.errors.InputError: u is no end filter of the network: needs 2 real roots, u has 0
        """
        form = exact_filter(u, size=self.end_filter_size)
        if not any(form):
            return [np.zeros(size) for size in self.filter_sizes]
        if choose_orbits(form, self.levels) is None:
            raise InputError(f"u is no end filter of the network: {obstruction(form, self.levels)}")
        found = real_factors(form, self.levels)
        units = [
            np.array([float(value) for value in found.get(layer, [1])])
            for layer in range(self.depth)
        ]
        end = self.multiply(units)
        place = int(np.argmax(np.abs(end)))
        try:
            scale = float(form[place]) / end[place]
        except OverflowError:
            scale = 0.0
        if not scale:
            raise InputError("the entries of u are out of the range of doubles; rescale u")
        size = abs(scale) ** (1 / self.depth)
        return [np.sign(scale) * size * units[0], *(size * unit for unit in units[1:])]

    def boundary_kind(self, u: Any) -> str:
        """Tell where a filter lies: in the interior of the neuromanifold, on its boundary, outside.

        With e filters of even width, u lies in the interior when at least e distinct real roots
        have odd multiplicity, on the boundary when it has e real roots, but not e of these, and
        outside otherwise: among the forms close to u the least number of real roots is that of
        real roots of odd multiplicity. So every form on the boundary has a multiple real root, and
        the boundary lies inside the discriminant hypersurface. 0 is on the boundary, unless the
        network is filling.

        Parameters
        ----------
        u : sequence of int, Fraction or float, length end_filter_size

        Returns
        -------
        {"interior", "boundary", "outside"}

        Raises
        ------
        InputError
            It is not a filter of this size, or the network has strides: its neuromanifold then has
            no interior.

        References
        ----------
        Kohn, Merkh, Montúfar, Trager, arXiv 2108.01538.

        Examples
        --------
        >>> network = ConvolutionalNetwork((2, 2))
        >>> [network.boundary_kind(u) for u in ([1, 0, -1], [1, 2, 1], [1, 0, 1])]
        ['interior', 'boundary', 'outside']
        """
        form = exact_filter(u, size=self.end_filter_size)
        if not self.stride_one:
            raise InputError(
                f"boundary_kind is for networks without strides: {self} has a neuromanifold of "
                f"dimension {self.dim} in dimension {self.end_filter_size}, without interior"
            )
        if self.filling:
            return "interior"
        if not any(form):
            return "boundary"
        pattern = root_pattern(form)
        if pattern.odd_real_roots >= self.even_widths:
            return "interior"
        return "boundary" if pattern.real_roots >= self.even_widths else "outside"

    def fibre_components(self, u: Any) -> int:
        """Return the number of connected components of the real filters with an end filter u.

        Without strides, or with strides that do not mix powers of z: up to scales there are as many
        factorisations of u as ways to share its real roots and complex pairs, with their
        multiplicities, among filters of the given degrees. The scales of L filters with a fixed
        product are (ℝ∖0)^(L-1), which has 2^(L-1) components.

        Parameters
        ----------
        u : sequence of int, Fraction or float, length end_filter_size
            Not 0.

        Returns
        -------
        int
            0 if u is no end filter.

        Raises
        ------
        InputError
            u is 0 or no filter of this size, or the filters are polynomials in different powers of
            z. For a general end filter of such a network the numbers of the factors in each power
            multiply.

        Examples
        --------
        >>> network = ConvolutionalNetwork((2, 2))
        >>> [network.fibre_components(u) for u in ([1, 0, -1], [1, 2, 1], [1, 0, 1])]
        [4, 2, 0]
        """
        form = exact_filter(u, size=self.end_filter_size)
        if not any(form):
            raise InputError("the fibre over u = 0 has components of other kinds; give another u")
        if len(self.levels) > 1:
            raise InputError(
                "components are counted for networks whose filters are polynomials in the same "
                f"power of z, got powers {[level.stride for level in self.levels]}"
            )
        ways = 1
        for level in self.levels:
            inner = orbit_form(form, level.stride)
            pattern = root_pattern(inner)
            ways = 0
            if len(inner) == level.degree + 1:
                ways = sum(1 for _ in sharings(pattern, level.degrees))
        return int(2 ** (self.depth - 1) * ways)

    def strata(self) -> list[Patterns]:
        """Return the root multiplicities that tell the strata apart, the largest stratum first.

        Returns
        -------
        list of tuples of tuples of int
            For every power of z in which there are filters, a partition of the degree of their
            product.

        Examples
        --------
        >>> ConvolutionalNetwork((2, 2, 2)).strata()
        [((1, 1, 1),), ((2, 1),), ((3,),)]
        """
        choices = product(*(partitions(level.degree) for level in self.levels))
        return sorted(choices, key=lambda patterns: -sum(map(len, patterns)))

    def stratum(self, patterns: Patterns) -> FactorVariety:
        """Return the closure of the complex end filters with given root multiplicities.

        Parameters
        ----------
        patterns : tuple of tuples of int
            As in :meth:`strata`: for every power of z a partition of the degree of the product of
            the filters in it.

        Raises
        ------
        InputError
            They are no such partitions, or the end filter is a single number.

        Examples
        --------
        >>> ConvolutionalNetwork((2, 2, 2)).stratum([(2, 1)])
        CoincidentRootLocus(3, (2, 1))
        """
        if not self.levels:
            raise InputError("the end filter is a single number, and every number is one")
        given = [check_sizes(pattern, "pattern") for pattern in patterns]
        degrees = [level.degree for level in self.levels]
        if [sum(pattern) for pattern in given] != degrees:
            raise InputError(
                f"patterns must be partitions of {degrees}, got {[tuple(p) for p in given]}"
            )
        if self.stride_one:
            return CoincidentRootLocus(degrees[0], given[0])
        return FactorVariety(
            Factor(n, m, level.stride)
            for level, pattern in zip(self.levels, given, strict=True)
            for m, n in Counter(pattern).items()
        )

    def neuromanifold(self) -> FactorVariety:
        """Return the Zariski closure of the neuromanifold, a complex variety.

        Without strides it is the whole space. With strides it is birational to the Segre variety
        of the formats :attr:`segre_sizes`; the linear map from tensors to filters that adds up the
        entries with the same power of z is one to one exactly when :attr:`is_segre`.

        Raises
        ------
        InputError
            The end filter is a single number.

        Examples
        --------
        >>> V = ConvolutionalNetwork((3, 3), strides=(2, 1)).neuromanifold()
        >>> V.shape, V.dimension, V.generic_ed_degree_fact().value
        ((7,), 5, 39)
        """
        return self.stratum([(1,) * level.degree for level in self.levels])

    @keywords_checked
    def critical_points(
        self,
        data: ArrayLike,
        metric: Metric | None = None,
        *,
        seed: int = 0,
        raise_incomplete: bool = True,
    ) -> NetworkCriticalPoints:
        """Compute all critical points of a squared distance on all strata of the neuromanifold.

        See :func:`edgeom.networks.conv_critical.network_critical_points`.

        Parameters
        ----------
        data : array (end_filter_size,)
            The filter q that is to be approximated.
        metric : Metric, optional
            By default the Euclidean distance of the coefficients; see :meth:`quadratic_loss`.
        seed : int
            Of the random numbers.
        raise_incomplete : bool
            Raise an error for special data; otherwise what cannot be told is left out.

        Raises
        ------
        InputError
            The data or the metric does not fit.
        DegenerateDataError, IncompleteError
            As for :meth:`edgeom.DistanceProblem.critical_points`.

        Examples
        --------
        >>> points = ConvolutionalNetwork((2, 2)).critical_points([2, 1, 1])
        >>> points.nearest.roots[0], points.nearest.squared_distance < 1
        (RootPattern(real=(2,), pairs=()), True)
        """
        from edgeom.networks.conv_critical import network_critical_points

        return network_critical_points(
            self, data, metric, seed=seed, raise_incomplete=raise_incomplete
        )

    def facts(self) -> list[tuple[str, str]]:
        """Return what is known about the network, as pairs of a name and a text.

        Examples
        --------
        >>> dict(ConvolutionalNetwork((2, 2)).facts())["filling"]
        'no: 2 filters have even width, and end filters have at least 2 real roots'
        """
        from edgeom.networks.conv_facts import network_facts

        return network_facts(self)

    def __str__(self) -> str:
        sizes = ", ".join(map(str, self.filter_sizes))
        strides = "" if self.stride_one else f" and strides {', '.join(map(str, self.strides))}"
        return f"convolutional network with filter sizes {sizes}{strides}"
