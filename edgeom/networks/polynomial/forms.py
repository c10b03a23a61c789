"""Polynomials in the inputs of a network, whose coefficients are values of any arithmetic.

A polynomial is a dictionary from exponents to coefficients. Only ``+`` and ``*`` are used, so the
coefficients may be numbers, arrays, symbols or the values of a program under construction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import combinations_with_replacement
from typing import Any

__all__ = ["Exponents", "Form", "composed", "degrees_of", "linear", "monomials", "times", "unit"]

Exponents = tuple[int, ...]
Form = dict[Exponents, Any]


def unit(count: int, i: int) -> Exponents:
    """Return the exponents of the i-th of so many variables."""
    return tuple(int(i == j) for j in range(count))


def monomials(variables: int, degrees: Iterable[int]) -> list[Exponents]:
    """Return the exponents of all monomials of these degrees, the highest degree first.

    Within a degree they come in lexicographic order.

    Examples
    --------
    >>> monomials(2, [2, 1])
    [(2, 0), (1, 1), (0, 2), (1, 0), (0, 1)]
    """
    return [
        tuple(picked.count(i) for i in range(variables))
        for degree in sorted(degrees, reverse=True)
        for picked in combinations_with_replacement(range(variables), degree)
    ]


def times(p: Form, q: Form) -> Form:
    """Multiply two polynomials."""
    product: Form = {}
    for a, x in p.items():
        for b, y in q.items():
            key = tuple(map(sum, zip(a, b, strict=True)))
            product[key] = product[key] + x * y if key in product else x * y
    return product


def linear(forms: Sequence[Form], row: Sequence[Any]) -> Form:
    """Return Σ w_i p_i."""
    total: Form = {}
    for p, weight in zip(forms, row, strict=True):
        for key, value in p.items():
            total[key] = total[key] + weight * value if key in total else weight * value
    return total


def composed(activation: Sequence[Fraction | int], p: Form) -> Form:
    """Return Σ a_k p^k for the coefficients (a_0, a_1, ...) of an activation.

    Examples
    --------
    >>> composed([0, 0, 1], {(1, 0): 1, (0, 1): 3})
    {(2, 0): 1, (1, 1): 6, (0, 2): 9}
    """
    total: Form = {}
    for k, a in enumerate(activation):
        if a:
            for key, value in _power(p, k).items():
                scaled = value if a == 1 else a * value
                total[key] = total[key] + scaled if key in total else scaled
    return total


def _power(p: Form, exponent: int) -> Form:
    """Return a power, by repeated squaring."""
    if exponent < 2:
        return p if exponent else {(0,) * len(next(iter(p))): 1}
    half = _power(p, exponent // 2)
    square = times(half, half)
    return times(square, p) if exponent % 2 else square


def degrees_of(activations: Sequence[Sequence[Fraction | int]], biases: bool) -> set[int]:
    """Return the degrees of the monomials that outputs can have.

    Examples
    --------
    >>> degrees_of([[0, 0, 1], [0, 0, 1]], biases=False), sorted(degrees_of([[0, 1, 1]], False))
    ({4}, [1, 2])
    """
    degrees = {1} | ({0} if biases else set())
    for activation in activations:
        found: set[int] = set()
        sums = {0}
        for k, a in enumerate(activation):
            if k:
                sums = {s + d for s in sums for d in degrees}
            if a:
                found |= sums
        degrees = found | ({0} if biases else set())
    return degrees
