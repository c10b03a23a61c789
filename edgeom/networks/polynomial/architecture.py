"""Layers with polynomial activations: sizes, weights, and the map from weights to coefficients.

A network of widths (d_0, ..., d_L) sends weights W_1, ..., W_L to the polynomial map
W_L ρ(W_{L-1} ⋯ ρ(W_1 x)), where ρ acts on each coordinate. With biases a layer is an affine map:
W_l has one column more, the last one, for the constant 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import pairwise, permutations, product
from math import comb, factorial, prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from edgeom.errors import InputError, check_size, check_sizes
from edgeom.limits import MAX_DEGREE, MAX_TERMS
from edgeom.networks.arrays import Array, Weights, matrices_of_shapes, real_array
from edgeom.networks.polynomial.forms import (
    Exponents,
    Form,
    composed,
    degrees_of,
    linear,
    monomials,
    unit,
)
from edgeom.networks.polynomial.weights import WeightMap
from edgeom.varieties.polynomials import Polynomials

__all__ = ["PolynomialArchitecture"]

Activation = tuple[Fraction, ...]
MOST = 720  # permutations of units that are tried


class PolynomialArchitecture(WeightMap):
    """Widths, activations and biases of a network, and what follows from them at once.

    The functions of the network are asked of
    :class:`~edgeom.networks.polynomial.network.PolynomialNetwork`, which has the same parameters
    and attributes.
    """

    def __init__(
        self,
        widths: Sequence[int],
        degree: int | Sequence[int] = 2,
        biases: bool = False,
        activation: Sequence[Any] | str | None = None,
    ) -> None:
        self.widths = check_sizes(widths, "widths")
        if len(self.widths) < 3:
            raise InputError(
                f"widths must name the input, at least one hidden layer and the output, got "
                f"{self.widths}; LinearNetwork has no activations"
            )
        self.biases = bool(biases)
        self.depth = len(self.widths) - 1
        hidden = self.depth - 1
        self.activations = _powers(degree) if activation is None else _polynomials(activation)
        if len(self.activations) == 1:
            self.activations *= hidden
        if len(self.activations) != hidden:
            raise InputError(
                f"activations must be one for all or one for each of the {hidden} hidden layers "
                f"of widths {self.widths}, got {len(self.activations)}"
            )
        occurring = degrees_of(self.activations, self.biases)
        terms = sum(comb(self.widths[0] + d - 1, d) for d in occurring)
        if max(occurring) > MAX_DEGREE or terms > MAX_TERMS:
            raise InputError(
                f"outputs have degree {max(occurring)} and {terms:,} coefficients, the limits are "
                f"{MAX_DEGREE} and {MAX_TERMS:,}"
            )
        self.monomial_degrees = tuple(sorted(occurring, reverse=True))
        self.shape = (self.widths[-1], terms)
        self.parameter_count = sum(rows * cols for rows, cols in self.weight_shapes)

    @property
    def degree(self) -> int:
        """Degree of the outputs in the inputs."""
        return self.monomial_degrees[0]

    @property
    def degrees(self) -> tuple[int, ...]:
        """Degrees of the activations, one for each hidden layer."""
        return tuple(len(activation) - 1 for activation in self.activations)

    @property
    def activation(self) -> list[str]:
        """The activations as texts in t, one for each hidden layer."""
        return [_text(activation) for activation in self.activations]

    @property
    def is_homogeneous(self) -> bool:
        """Whether every activation is a power: then hidden units can be scaled."""
        return all(sum(map(bool, activation)) == 1 for activation in self.activations)

    @property
    def scalings(self) -> int:
        """Number of scalings of hidden units that change no function."""
        return sum(self.widths[1:-1]) if self.is_homogeneous else 0

    @property
    def weight_shapes(self) -> list[tuple[int, int]]:
        """Shapes of W_1, ..., W_L."""
        return [(m, n + self.biases) for n, m in pairwise(self.widths)]

    @property
    def rows(self) -> list[tuple[int, bool]]:
        return [
            (cols, self.is_homogeneous and layer < self.depth)
            for layer, (rows, cols) in enumerate(self.weight_shapes, 1)
            for _ in range(rows)
        ]

    @cached_property
    def monomials(self) -> list[Exponents]:
        """Exponents of the monomials whose coefficients an output has, highest degree first."""
        return monomials(self.widths[0], self.monomial_degrees)

    def check(self, weights: Weights) -> list[Array]:
        """Return weights as arrays of doubles.

        Raises
        ------
        InputError
            There are not L of them, or one is not a finite real matrix of the right shape.
        """
        with_biases = ", the last column for biases" if self.biases else ""
        where = f"widths {self.widths}{with_biases}"
        return matrices_of_shapes(weights, self.weight_shapes, where)

    def flatten(self, weights: Weights) -> Array:
        """Return all parameters as one vector: W_1 first, each matrix row by row."""
        return np.concatenate([matrix.ravel() for matrix in self.check(weights)])

    def unflatten(self, vector: ArrayLike) -> list[Array]:
        """Return the weights whose parameters are a vector, the inverse of :meth:`flatten`."""
        flat = real_array(vector, "the vector of parameters")
        if flat.shape != (self.parameter_count,):
            raise InputError(
                f"the vector of parameters must have shape {(self.parameter_count,)}, "
                f"got {flat.shape}"
            )
        return self._matrices(flat)

    def _matrices(self, flat: Any) -> list[Any]:
        ends = np.cumsum([m * n for m, n in self.weight_shapes])
        return [
            part.reshape(shape)
            for part, shape in zip(np.split(flat, ends[:-1]), self.weight_shapes, strict=True)
        ]

    def random_weights(self, seed: int = 0) -> list[Array]:
        """Return random weights, standard normal entries divided by the root of the row length."""
        rng = np.random.default_rng(check_size(seed, "seed", 0))
        return [rng.normal(size=shape) / np.sqrt(shape[1]) for shape in self.weight_shapes]

    def coefficients(self, flat: Sequence[Any]) -> list[Any]:
        """Return the coefficients of the outputs, one output after the other, in any arithmetic.

        Parameters
        ----------
        flat : sequence
            The parameters, in the order of :meth:`flatten`.
        """
        inputs = self.widths[0]
        layer: list[Form] = [{unit(inputs, i): 1} for i in range(inputs)]
        constant: list[Form] = [{(0,) * inputs: 1}] if self.biases else []
        start = 0
        for number, (rows, cols) in enumerate(self.weight_shapes):
            given = [*layer, *constant]
            layer = [
                linear(given, flat[start + i * cols : start + (i + 1) * cols]) for i in range(rows)
            ]
            start += rows * cols
            if number < self.depth - 1:
                layer = [composed(self.activations[number], form) for form in layer]
        return [form.get(key, 0) for form in layer for key in self.monomials]

    def permuted(self, flat: Sequence[Any]) -> Iterator[list[Any]]:
        if prod(map(factorial, self.widths[1:-1])) > MOST:
            return
        for orders in product(*(permutations(range(n)) for n in self.widths[1:-1])):
            inner = [tuple(range(self.widths[0])), *orders]
            outer = [*orders, tuple(range(self.widths[-1]))]
            layers = zip(self._rows_of(flat), inner, outer, strict=True)
            yield [
                rows[i][j]
                for rows, columns, order in layers
                for i in order
                for j in [*columns, *range(len(columns), len(rows[i]))]
            ]

    def scaled(self, flat: Sequence[Any], row: int, factor: Any) -> list[Any]:
        layers = self._rows_of(flat)
        layer, unit = 0, row
        while unit >= len(layers[layer]):
            unit -= len(layers[layer])
            layer += 1
        layers[layer][unit] = [value * factor for value in layers[layer][unit]]
        inverse = 1 / factor ** self.degrees[layer]
        for outer in layers[layer + 1]:
            outer[unit] = outer[unit] * inverse
        return [value for rows in layers for values in rows for value in values]

    def _rows_of(self, flat: Sequence[Any]) -> list[list[list[Any]]]:
        """Return the rows of each layer."""
        entries = iter(flat)
        return [
            [[next(entries) for _ in range(cols)] for _ in range(rows)]
            for rows, cols in self.weight_shapes
        ]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PolynomialArchitecture) and (
            (self.widths, self.activations, self.biases)
            == (other.widths, other.activations, other.biases)
        )

    def __hash__(self) -> int:
        return hash((self.widths, self.activations, self.biases))

    def __repr__(self) -> str:
        powers = self.degrees[0] if len(set(self.degrees)) == 1 else list(self.degrees)
        plain = all(a == (0,) * (len(a) - 1) + (1,) for a in self.activations)
        given = f"{powers}" if plain else f"activation={self.activation}"
        return (
            f"{type(self).__name__}({list(self.widths)}, {given}"
            f"{', biases=True' if self.biases else ''})"
        )

    def __str__(self) -> str:
        biases = " with biases" if self.biases else ""
        shown = self.activation if len(set(self.activation)) > 1 else self.activation[:1]
        return f"networks of widths {', '.join(map(str, self.widths))}{biases}, activation " + (
            ", ".join(shown)
        )


def _powers(degree: int | Sequence[int]) -> tuple[Activation, ...]:
    """Return activations that are powers."""
    if not isinstance(degree, int | np.integer | Iterable):
        raise InputError(f"degree must be an integer or a sequence of integers, got {degree!r:.80}")
    given = [degree] if isinstance(degree, int | np.integer) else list(degree)
    powers = [check_size(r, f"degree[{i}]", 2, MAX_DEGREE) for i, r in enumerate(given)]
    return tuple((Fraction(0),) * r + (Fraction(1),) for r in powers)


def _polynomials(given: Sequence[Any] | str) -> tuple[Activation, ...]:
    """Read one activation, by text or coefficients, or texts of several."""
    if isinstance(given, str):
        return (_read(given),)
    try:
        given = list(given)
        if all(isinstance(item, str) for item in given):
            return tuple(map(_read, given))
        entries = [Fraction(value) for value in given]
    except InputError:
        raise
    except (TypeError, ValueError, OverflowError):
        raise InputError(
            f"activation must be the coefficients (a_0, a_1, ...) of a polynomial or a text in t, "
            f"got {given!r:.80}"
        ) from None
    return (_checked(entries),)


def _read(text: str) -> Activation:
    (poly,) = Polynomials([text], ["t"], "activation").polys
    if not poly.domain.is_QQ:
        raise InputError(f"an activation must have real coefficients, got {text!r:.80}")
    entries = [Fraction(int(c.p), int(c.q)) for c in reversed(poly.all_coeffs())]
    return _checked(entries)


def _checked(entries: list[Fraction]) -> Activation:
    while entries and not entries[-1]:
        entries.pop()
    if len(entries) < 3:
        raise InputError(
            f"an activation must have degree at least 2, got degree {max(len(entries) - 1, 0)}; "
            "networks without activations are LinearNetwork"
        )
    return tuple(entries)


def _text(activation: Activation) -> str:
    terms = []
    for k, a in reversed(list(enumerate(activation))):
        if a:
            power = ["", "t", f"t^{k}"][min(k, 2)]
            number = "" if a == 1 and k else f"{a}" if a.denominator == 1 else f"({a})"
            terms.append("*".join(part for part in (number, power) if part))
    return " + ".join(terms)
