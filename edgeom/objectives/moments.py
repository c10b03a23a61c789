"""Second moments of monomials in random inputs: the inner products of training.

For random inputs x the mean of ‖f(x)‖² is a quadratic form in the coefficients of f, whose matrix
has the moments E[x^(α+β)] of pairs of monomials as entries.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgeom.errors import InputError

__all__ = ["DISTRIBUTIONS", "gram_matrix"]

Exponents = Sequence[int]


def _gaussian(alpha: Exponents) -> Fraction:
    """Return the moment of standard normal inputs: Π (α_i - 1)!! for even exponents."""
    return Fraction(prod(prod(range(1, a, 2)) for a in alpha))


def _cube(alpha: Exponents) -> Fraction:
    """Return that of inputs uniform in [-1, 1]^d: Π 1/(α_i + 1)."""
    return prod((Fraction(1, a + 1) for a in alpha), start=Fraction(1))


def _sphere(alpha: Exponents) -> Fraction:
    """Return that on the unit sphere: of normal inputs, over d (d+2) ⋯ (d+|α|-2)."""
    d = len(alpha)
    return _gaussian(alpha) / prod(range(d, d + sum(alpha), 2))


DISTRIBUTIONS: dict[str, Callable[[Exponents], Fraction]] = {
    "gaussian": _gaussian,
    "uniform": _cube,
    "sphere": _sphere,
}


def gram_matrix(inputs: str | ArrayLike, monomials: Sequence[Exponents]) -> NDArray[np.float64]:
    """Return the matrix of moments E[x^(α+β)].

    Parameters
    ----------
    inputs : str or array (variables, samples)
        "gaussian": independent standard normal; "uniform": in the cube [-1, 1]^d; "sphere": on
        the unit sphere; or samples, whose mean is taken.
    monomials : sequence of exponents

    Raises
    ------
    InputError
        There is no such distribution, the monomials are none, or samples do not fit.

    Examples
    --------
    >>> gram_matrix("gaussian", [(2, 0), (1, 1), (0, 2)])
    array([[3., 0., 1.],
           [0., 1., 0.],
           [1., 0., 3.]])
    """
    exponents = _checked(monomials)
    if not isinstance(inputs, str):
        return _empirical(inputs, exponents)
    if inputs not in DISTRIBUTIONS:
        raise InputError(
            f"there are no inputs {inputs!r:.80}; there are gaussian (standard normal), uniform "
            "(in a cube), sphere, and arrays of samples"
        )
    moment = DISTRIBUTIONS[inputs]
    sums = exponents[:, None, :] + exponents[None, :, :]
    even = (sums % 2 == 0).all(axis=2)
    values = np.zeros(even.shape)
    known_moments: dict[tuple[int, ...], float] = {}
    for i, j in zip(*np.nonzero(even), strict=True):
        alpha = tuple(sums[i, j].tolist())
        if alpha not in known_moments:
            known_moments[alpha] = float(moment(alpha))
        values[i, j] = known_moments[alpha]
    return values


def _checked(monomials: Sequence[Exponents]) -> NDArray[np.int64]:
    try:
        exponents = np.array(list(monomials))
    except (TypeError, ValueError):
        exponents = np.zeros(0)
    if exponents.ndim != 2 or exponents.dtype.kind not in "iu" or not exponents.size:
        raise InputError(
            f"monomials must be a list of exponents such as [(2, 0), (1, 1), (0, 2)], got "
            f"{monomials!r:.80}"
        )
    if exponents.min() < 0 or len(np.unique(exponents, axis=0)) < len(exponents):
        raise InputError("exponents must be at least 0, and no monomial may be there twice")
    return exponents


def _empirical(inputs: Any, exponents: NDArray[np.int64]) -> NDArray[np.float64]:
    try:
        samples = np.array(inputs, float)
    except (TypeError, ValueError):
        raise InputError(f"samples must be an array of numbers, got {inputs!r:.80}") from None
    variables = exponents.shape[1]
    if samples.ndim != 2 or samples.shape[0] != variables or not samples.shape[1]:
        raise InputError(
            f"samples must be an array (variables, samples) with {variables} rows, got shape "
            f"{samples.shape}"
        )
    if not np.isfinite(samples).all():
        raise InputError("samples must be finite, got NaN or infinity")
    values = np.prod(samples[None, :, :] ** exponents[:, :, None], axis=1)
    return np.asarray(values @ values.T / samples.shape[1])
