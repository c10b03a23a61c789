"""Linear convolutional networks: which filters they express, and how filters parametrise them.

The end filters of a network of real filters are real binary forms that factor in a prescribed
way. Without strides they are a semi-algebraic set of full dimension, told by the number of real
roots; with strides they are a thin set, birational to a Segre variety.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgeom.errors import InputError, keywords_checked
from edgeom.networks.arrays import check_tolerance, real_array
from edgeom.networks.convolutional.critical import NetworkCriticalPoints, network_critical_points
from edgeom.networks.convolutional.factorization import (
    choose_orbits,
    obstruction,
    orbit_form,
    real_factors,
)
from edgeom.networks.convolutional.facts import network_facts, network_numbers
from edgeom.networks.convolutional.near import near_filters
from edgeom.networks.convolutional.real_roots import exact_filter, root_pattern
from edgeom.networks.convolutional.sharing import sharings
from edgeom.networks.convolutional.strata import ConvolutionalStrata
from edgeom.objectives.metric import Metric

__all__ = ["ConvolutionalNetwork"]

Array = NDArray[Any]


class ConvolutionalNetwork(ConvolutionalStrata):
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

    @keywords_checked
    def __init__(
        self,
        filter_sizes: Iterable[int],
        strides: Iterable[int] | None = None,
        channels: int = 1,
    ) -> None:
        super().__init__(filter_sizes, strides, channels)

    @keywords_checked
    def contains(self, u: Any, tolerance: float = 0) -> bool:
        """Whether a filter is an end filter of real filters, decided exactly or up to a tolerance.

        Without strides: u = 0, or u has at least e real roots, counted with multiplicity and at
        infinity, where e is the number of filters of even width. Proof: a form of odd degree has a
        real root; conversely give one real root to each filter of even width, and the others,
        whose number is even, two by two to filters that have room, like complex pairs. With
        strides the roots of the filters are whole orbits of roots of u, see
        :mod:`edgeom.networks.convolutional.factorization`.

        Parameters
        ----------
        u : sequence of int, Fraction or float, length end_filter_size
            Doubles are taken as the rational numbers that they are. So the rounded product of
            filters may lie outside, on the boundary and, with strides, everywhere; a tolerance
            helps.
        tolerance : float
            At least 0, below 1. If it is positive, u also counts when filters are found, in
            floating point, whose product is at most tolerance·‖u‖ away from it; a numerical search
            may miss them.

        Raises
        ------
        InputError
            It is not a filter of this size, or the tolerance is out of range.

        References
        ----------
        Kohn, Merkh, Montúfar, Trager, arXiv 2108.01538.

        Examples
        --------
        >>> square = ConvolutionalNetwork((2, 2)).multiply([[1, -0.1], [1, -0.1]])
        >>> [ConvolutionalNetwork((2, 2)).contains(square, t) for t in (0, 1e-12)]
        [False, True]
        >>> network = ConvolutionalNetwork((2, 3, 2))
        >>> network.contains([1, 0, 0, 0, 1]), network.contains([1, 0, 0, 1, 0])
        (False, True)
        """
        form = exact_filter(u, size=self.end_filter_size)
        if not any(form) or choose_orbits(form, self.levels) is not None:
            return True
        return self._near(form, tolerance) is not None

    def _near(self, form: Sequence[Fraction], tolerance: float) -> list[Array] | None:
        """Return filters whose product is as close to a filter as that, if they are found."""
        if tolerance == 0:
            return None
        return near_filters(self, _doubles(form), check_tolerance(tolerance))

    @keywords_checked
    def factor(self, u: Any, tolerance: float = 0) -> list[Array]:
        """Return filters that multiply to an end filter, all of the same Euclidean norm.

        Differences of squared norms of filters do not change along gradient flow, so these are the
        filters that a balanced start leads to. Other factorisations share the roots differently.

        Parameters
        ----------
        u : sequence of int, Fraction or float, length end_filter_size
        tolerance : float
            As for :meth:`contains`, for end filters with rounding errors.

        Returns
        -------
        list of L arrays (k_l,)
            Correct up to the rounding of their entries to doubles, or up to the tolerance if u is
            no end filter; filters of 0 for u = 0.

        Raises
        ------
        InputError
            u is no end filter; the message names the obstruction. The tolerance is out of range.

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
            near = self._near(form, tolerance)
            if near is None:
                raise InputError(
                    f"u is no end filter of the network: {obstruction(form, self.levels)}"
                )
            return near
        found = real_factors(form, self.levels)
        units = [
            np.array([float(value) for value in found.get(layer, [1])])
            for layer in range(self.depth)
        ]
        return self.balance(units, _doubles(form))

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

        See :func:`edgeom.networks.convolutional.critical.network_critical_points`.

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
        return network_critical_points(
            self, real_array(data, "data"), metric, seed=seed, raise_incomplete=raise_incomplete
        )

    def facts(self) -> list[tuple[str, str]]:
        """Return what is known about the network, as pairs of a name and a text.

        Examples
        --------
        >>> dict(ConvolutionalNetwork((2, 2)).facts())["filling"]
        'no: 2 filters have even width, and end filters have at least 2 real roots'
        """
        return network_facts(self)

    def numbers(self) -> dict[str, Any]:
        """Return the numbers behind :meth:`facts`, by the same names, None where none is known.

        Examples
        --------
        >>> ConvolutionalNetwork((2, 2)).numbers()["general fibre"]  # least and greatest
        [4, 4]
        """
        return network_numbers(self)

    def __str__(self) -> str:
        sizes = ", ".join(map(str, self.filter_sizes))
        strides = "" if self.stride_one else f" and strides {', '.join(map(str, self.strides))}"
        return f"convolutional network with filter sizes {sizes}{strides}"


def _doubles(form: Sequence[Fraction]) -> Array:
    """Return rational numbers, not all 0, as doubles."""
    try:
        array = np.array([float(value) for value in form])
    except OverflowError:
        array = np.zeros(1)
    if not array.any():
        raise InputError("the entries of u are out of the range of doubles; rescale u")
    return array
