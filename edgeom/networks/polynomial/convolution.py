"""Polynomial convolutional networks: filters, with a power as activation between them.

Layers are convolutions in one dimension with one channel, f = w_L * ρ(w_{L-1} * ⋯ ρ(w_1 * x)), with
strides. All outputs are the same function of their own window of inputs, so one output is enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

from edgeom.degrees import closed_forms
from edgeom.errors import InputError, check_size, check_sizes
from edgeom.limits import MAX_DEGREE
from edgeom.networks.polynomial.forms import Exponents, Form, composed, linear, monomials, unit
from edgeom.networks.polynomial.variety import WeightVariety
from edgeom.networks.polynomial.weights import WeightMap
from edgeom.varieties.base import Fact
from edgeom.varieties.fields import kept_as

__all__ = ["ConvolutionalNeurovariety", "Filters"]


class Filters(WeightMap):
    """The map from filters w_1, ..., w_L to the coefficients of one output.

    Parameters
    ----------
    sizes : tuple of int
        k_1, ..., k_L, at least two.
    degree : int
        r of the activation t^r.
    strides : tuple of int
        s_1, ..., s_{L-1}.
    """

    def __init__(self, sizes: tuple[int, ...], degree: int, strides: tuple[int, ...]) -> None:
        self.sizes, self.degree, self.strides = sizes, degree, strides
        self.windows = [1]  # numbers of values that one output needs, from the last layer back
        for size, stride in zip(sizes[::-1], (1, *strides[::-1]), strict=True):
            self.windows.append((self.windows[-1] - 1) * stride + size)
        self.windows.reverse()
        self.parameter_count = sum(sizes)
        self.shape = (1, len(self.monomials))

    @cached_property
    def monomials(self) -> list[Exponents]:
        """Exponents of the monomials of the window of inputs, in lexicographic order."""
        return monomials(self.windows[0], [self.degree ** (len(self.sizes) - 1)])

    @property
    def rows(self) -> list[tuple[int, bool]]:
        last = len(self.sizes) - 1
        return [(size, layer < last) for layer, size in enumerate(self.sizes)]

    def coefficients(self, flat: Sequence[Any]) -> list[Any]:
        layer: list[Form] = [{unit(self.windows[0], i): 1} for i in range(self.windows[0])]
        power = (Fraction(0),) * self.degree + (Fraction(1),)
        start = 0
        for number, size in enumerate(self.sizes):
            filter_ = flat[start : start + size]
            start += size
            stride = (*self.strides, 1)[number]
            layer = [
                linear(layer[i * stride : i * stride + size], filter_)
                for i in range(self.windows[number + 1])
            ]
            if number < len(self.sizes) - 1:
                layer = [composed(power, form) for form in layer]
        return [layer[0].get(key, 0) for key in self.monomials]


@kept_as(
    "filters {filter_sizes:,} degree {degree} strides {strides:,}",
    filter_sizes=list[int],
    degree=int,
    strides=list[int],
)
class ConvolutionalNeurovariety(WeightVariety):
    """The closure of the functions of a polynomial convolutional network.

    A point has the coefficients of one output, a form of degree r^{L-1} in its window of inputs.

    Parameters
    ----------
    filter_sizes : sequence of int
        (k_1, ..., k_L), at least two, each at least 2.
    degree : int
        r ≥ 2 of the activation t^r.
    strides : sequence of int, optional
        (s_1, ..., s_{L-1}) of all layers but the last; by default 1.

    Notes
    -----
    Filters are determined by the function up to scales and finitely many choices, so the dimension
    is Σ k_l - (L - 1) (Shahverdi, Marchetti, Kohn, arXiv 2410.00722). The map is a linear
    projection of the Segre-Veronese variety of degrees (r^{L-1}, ..., r, 1), and an immersion, so
    for a generic metric it has as many critical points.

    Examples
    --------
    >>> V = ConvolutionalNeurovariety([2, 2], 2)
    >>> V.dimension, V.shape, V.generic_ed_degree_fact().value
    (3, (1, 6), 14)
    """

    def __init__(
        self, filter_sizes: Iterable[int], degree: int = 2, strides: Iterable[int] | None = None
    ) -> None:
        self.filter_sizes = check_sizes(filter_sizes, "filter_sizes")
        if len(self.filter_sizes) < 2 or min(self.filter_sizes) < 2:
            raise InputError(
                f"there must be at least two filters of size at least 2, got {self.filter_sizes}"
            )
        hidden = len(self.filter_sizes) - 1
        self.degree = check_size(degree, "degree", 2)
        self.strides = (1,) * hidden if strides is None else check_sizes(strides, "strides")
        if len(self.strides) != hidden:
            raise InputError(f"there must be {hidden} strides, got {len(self.strides)}")
        if self.degree**hidden > MAX_DEGREE:
            raise InputError(f"outputs have degree {degree}^{hidden}, the limit is {MAX_DEGREE}")
        dimension = sum(self.filter_sizes) - hidden
        super().__init__(Filters(self.filter_sizes, self.degree, self.strides), dimension)

    def generic_ed_degree_fact(self) -> Fact | None:
        hidden = len(self.filter_sizes) - 1
        powers = [self.degree**k for k in range(hidden, -1, -1)]
        value = closed_forms.segre_veronese_generic_ed_degree(self.filter_sizes, powers)
        return Fact(value, "a projection of a Segre-Veronese variety")

    def __repr__(self) -> str:
        sizes, strides = list(self.filter_sizes), list(self.strides)
        return f"ConvolutionalNeurovariety({sizes}, {self.degree}, {strides})"

    def __str__(self) -> str:
        strides = (
            "" if set(self.strides) == {1} else f", strides {', '.join(map(str, self.strides))}"
        )
        sizes = ", ".join(map(str, self.filter_sizes))
        return f"functions of filters of sizes {sizes}{strides}, activation t^{self.degree}"
