"""Neurovarieties: the closures of the sets of functions that polynomial networks form."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from edgeom.degrees import closed_forms
from edgeom.networks.polynomial.architecture import PolynomialArchitecture
from edgeom.networks.polynomial.fit import fitted
from edgeom.networks.polynomial.rank import Rank, differential_rank
from edgeom.networks.polynomial.weights import WeightMap
from edgeom.objectives.metric import Metric
from edgeom.scaling import Coordinates
from edgeom.varieties.base import Chart, Fact, Variety, gaussian
from edgeom.varieties.fields import kept_as
from edgeom.varieties.parametrized import ParametrizedVariety
from edgeom.varieties.polynomials import Polynomials

__all__ = ["Neurovariety", "WeightVariety", "expected_dimension"]


def expected_dimension(network: PolynomialArchitecture) -> int:
    """Return the number of parameters without scalings, or of coefficients if that is less."""
    return min(network.parameter_count - network.scalings, network.ambient_dimension)


class WeightVariety(ParametrizedVariety):
    """The closure of the functions of a map from weights to coefficients, a cone.

    Parameters
    ----------
    source : WeightMap
    dimension : int
        The rank of its differential at general weights.
    """

    is_cone = True

    def __init__(self, source: WeightMap, dimension: int) -> None:
        self.source, self.dimension = source, dimension
        self.shape = source.shape
        self.is_real = self.is_exact = True

    @cached_property
    def polynomials(self) -> Polynomials:  # type: ignore[override]
        """The map from all weights to coefficients, multiplied out."""
        import sympy

        names = sympy.symbols(f"w1:{self.source.parameter_count + 1}")
        coefficients = map(sympy.sympify, self.source.coefficients(names))
        return Polynomials(list(coefficients), names, "coordinate")

    @cached_property
    def _geometry(self) -> Any:  # type: ignore[override]
        return self.source.geometry

    def placed(self, metric: Metric) -> tuple[Coordinates, Variety]:
        """Return the coordinates themselves: coefficients of networks have no units."""
        return self.coordinates, self

    def chart(self, rng: np.random.Generator | None = None) -> Chart:
        return self.source.chart(rng or np.random.default_rng(self.dimension), self.dimension)

    def contains(self, point: ArrayLike, tolerance: float = 1e-8) -> bool:
        """Whether weights of the function are found, by least squares from random complex weights.

        ``False`` means that none were found, which is evidence and not a proof; points of the
        closure that no weights reach are reached only in the limit.
        """
        x = self.flatten(point)
        if self.codimension == 0 or not x.any():
            return True
        rng = np.random.default_rng(0)
        count = self.source.parameter_count
        _, found = fitted(
            self._geometry,
            x[None] / np.linalg.norm(x),
            lambda number: gaussian(rng, number * count).reshape(number, count),
            tolerance,
        )
        return bool(found[0])

    def is_singular(self, point: ArrayLike, tolerance: float = 1e-8) -> bool:
        """Whether the point is 0, the vertex of the cone, if it is no linear space.

        Other singular points are not told.
        """
        return self.codimension > 0 and not np.any(self.flatten(point))

    @property
    def singular_points(self) -> str:
        if self.codimension == 0:
            return ""
        return "functions of smaller networks, and what else is singular on it"

    @abstractmethod
    def generic_ed_degree_fact(self) -> Fact | None: ...

    def ed_degree_fact(self, metric: Metric, exact: bool = False) -> Fact | None:
        if self.codimension == 0:
            return Fact(1, "a linear space")
        return None


@kept_as(
    "network {widths:x} {biases:biased }activation {activation:; }",
    widths=list[int],
    activation=list[str],
    biases=bool,
)
class Neurovariety(WeightVariety):
    """The closure of the set of functions of a polynomial network, as coefficients of its outputs.

    A point has the shape (outputs, monomials), the coefficients of the monomials
    :attr:`~edgeom.PolynomialNetwork.monomials` of each output.

    Parameters
    ----------
    widths : sequence of int
        (d_0, ..., d_L), the input first.
    activation : list of text
        Polynomials in t, one for all hidden layers or one for each.
    biases : bool

    Notes
    -----
    Charts have as many unknowns as the dimension: hidden units are scaled by one random linear
    condition on their weights, and where fibres are still of positive dimension, entries of the
    first layers are fixed, in random coordinates. So a general point has finitely many sets of
    unknowns: those that permutations of hidden units make of one of them, and few others. Points
    are compared as points, which divides by that group.

    Examples
    --------
    >>> V = Neurovariety([3, 2, 1], ["t^2"])
    >>> V.dimension, V.shape, V.text
    (5, (1, 6), 'network 3x2x1 activation t^2')
    """

    rank: Rank  #: how the dimension is known

    def __init__(
        self, widths: Sequence[int], activation: Sequence[str], biases: bool = False
    ) -> None:
        self.network = PolynomialArchitecture(widths, biases=biases, activation=activation)
        self.rank = differential_rank(self.network, expected_dimension(self.network))
        super().__init__(self.network, self.rank.value)

    @property
    def widths(self) -> tuple[int, ...]:
        """Widths of the network."""
        return self.network.widths

    @property
    def activation(self) -> list[str]:
        """Activations of the hidden layers."""
        texts = self.network.activation
        return texts[:1] if len(set(texts)) == 1 else texts

    @property
    def biases(self) -> bool:
        """Whether layers have biases."""
        return self.network.biases

    def generic_ed_degree_fact(self) -> Fact | None:
        """Return the generic ED degree of varieties that are known by another name."""
        widths, degrees = self.widths, self.network.degrees
        if self.codimension == 0:
            return Fact(1, "a linear space")
        if self.biases or not self.network.is_homogeneous:
            return None
        if len(widths) == 3 and widths[2] == 1 and degrees == (2,):
            value = closed_forms.symmetric_generic_ed_degree(*widths[:2])
            return Fact(value, "symmetric matrices of bounded rank, determinantal formula")
        if widths[1] == 1:
            sizes, powers = (widths[0], widths[-1]), (self.network.degree, 1)
            value = closed_forms.segre_veronese_generic_ed_degree(sizes, powers)
            return Fact(value, "a power of one linear form for all outputs, Segre-Veronese formula")
        return None

    def __repr__(self) -> str:
        biases = ", biases=True" if self.biases else ""
        return f"Neurovariety({list(self.widths)}, {self.activation}{biases})"

    def __str__(self) -> str:
        return f"functions of {self.network}"
