"""The dimension of a neurovariety: the exact rank of the differential over a large prime field.

The function of a network is evaluated at random inputs instead of being multiplied out: values at
as many general inputs as there are parameters determine every tangent vector, and cost nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.networks.polynomial.architecture import PolynomialArchitecture

__all__ = ["PRIME", "Rank", "differential_rank"]

PRIME = 2**61 - 1
EXTRA = 2  # inputs beyond those that are needed
Field = NDArray[Any]  # of integers modulo the prime, as objects: products do not overflow


@dataclass(frozen=True)
class Rank:
    """The rank of the differential at random weights.

    Attributes
    ----------
    value : int
        The rank modulo the prime; over the rational numbers it is at least this.
    proved : bool
        Whether it is as large as it can be, so that nothing is left to chance.
    error : float
        Bound for the probability that random weights or inputs, uniform modulo the prime, have a
        smaller rank than general ones; 0 if it is proved.
    """

    value: int
    proved: bool
    error: float

    def __str__(self) -> str:
        if self.proved:
            return f"{self.value}, proved by the rank modulo a prime, the largest that is possible"
        return (
            f"{self.value}, the rank modulo the prime 2^61 - 1 at random weights, "
            f"wrong with probability below {self.error:.0e}"
        )


def differential_rank(network: PolynomialArchitecture, most: int, seed: int = 0) -> Rank:
    """Return the rank of the differential of the map from weights to functions.

    Parameters
    ----------
    network : PolynomialArchitecture
    most : int
        A number that is known to be an upper bound.
    seed : int
        Of weights and inputs.

    Notes
    -----
    A minor that does not vanish modulo a prime does not vanish: the rank is a lower bound. Some
    minor of the largest size is a polynomial in weights and inputs of total degree at most
    rank·(degree in weights + degree in inputs); by the lemma of Schwartz and Zippel it vanishes
    at random ones with at most that probability over the prime, unless it is 0 modulo the prime.
    """
    from flint import nmod_mat

    rng = np.random.default_rng(seed)
    count = min(network.shape[1], most + EXTRA)  # as many inputs determine each tangent vector
    points = _random(rng, (network.widths[0], count))
    weights = [_random(rng, shape) for shape in network.weight_shapes]
    matrix = _differential(network, weights, points)
    rows, cols = matrix.shape
    value = int(nmod_mat(rows, cols, [int(v) for v in matrix.ravel()], PRIME).rank())
    in_weights = 1
    for r in reversed(network.degrees):
        in_weights = 1 + r * in_weights
    bound = most * (in_weights + network.degree) / PRIME
    return Rank(value, value == most, 0.0 if value == most else bound)


def _random(rng: np.random.Generator, shape: tuple[int, ...]) -> Field:
    return np.asarray(rng.integers(0, PRIME, shape).astype(object))


def _differential(network: PolynomialArchitecture, weights: list[Field], points: Field) -> Field:
    """Return the derivatives of all outputs at all points, by parameters in columns."""
    ones = np.full((1, points.shape[1]), 1, object)
    layers, slopes, values = [], [], points
    for number, matrix in enumerate(weights):
        given = np.vstack([values, ones]) if network.biases else values
        layers.append(given)
        values = matrix @ given % PRIME
        if number < network.depth - 1:
            activation = network.activations[number]
            slopes.append(_value([k * a for k, a in enumerate(activation)][1:], values))
            values = _value(activation, values)
    outputs, count = network.widths[-1], points.shape[1]
    back = np.zeros((outputs, outputs, count), object)  # of an output by the values of a layer
    back[np.arange(outputs), np.arange(outputs)] = 1
    blocks = []
    for number in reversed(range(network.depth)):
        given = layers[number]
        block = back[:, :, None, :] * given[None, None, :, :] % PRIME
        blocks.append(np.moveaxis(block, 3, 1).reshape(outputs * count, -1))
        if number:
            inner = weights[number][:, : network.widths[number]]
            back = np.einsum("oip,ij->ojp", back, inner) % PRIME * slopes[number - 1] % PRIME
    return np.concatenate(blocks[::-1], axis=1)


def _value(coefficients: Sequence[Fraction | int], at: Field) -> Field:
    """Evaluate a polynomial modulo the prime."""
    total = np.zeros(at.shape, object)
    for a in reversed(coefficients):
        number = Fraction(a)
        residue = number.numerator * pow(number.denominator, -1, PRIME)
        total = (total * at + residue) % PRIME
    return total
