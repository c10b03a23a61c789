"""The strata of the neuromanifold of a convolutional network, as complex varieties."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import product

from edgeom.errors import InputError, check_sizes
from edgeom.networks.convolutional.coincident_roots import CoincidentRootLocus, FactorVariety
from edgeom.networks.convolutional.matrices import ConvolutionalMatrices
from edgeom.networks.convolutional.roots import Factor
from edgeom.networks.convolutional.sharing import partitions

__all__ = ["ConvolutionalStrata"]

Patterns = Sequence[Sequence[int]]  # partitions, for every power of z


class ConvolutionalStrata(ConvolutionalMatrices):
    """The closures of end filters, by their roots; the parameters are those of the architecture."""

    def strata(self) -> list[Patterns]:
        """Return the root multiplicities that tell the strata apart, the largest stratum first.

        Returns
        -------
        list of tuples of tuples of int
            For every power of z in which there are filters, a partition of the degree of their
            product.

        Examples
        --------
        >>> ConvolutionalStrata((2, 2, 2)).strata()
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
        >>> ConvolutionalStrata((2, 2, 2)).stratum([(2, 1)])
        CoincidentRootLocus(3, (2, 1))
        """
        if not self.levels:
            raise InputError("the end filter is a single number, and every number is one")
        if not isinstance(patterns, Iterable):
            raise InputError(f"patterns must be a sequence of partitions, got {patterns!r:.60}")
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
        >>> V = ConvolutionalStrata((3, 3), strides=(2, 1)).neuromanifold()
        >>> V.shape, V.dimension, V.generic_ed_degree_fact().value
        ((7,), 5, 39)
        """
        return self.stratum([(1,) * level.degree for level in self.levels])
