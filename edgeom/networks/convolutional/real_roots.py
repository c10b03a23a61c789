"""Real roots of binary forms, counted exactly, and the pattern of their multiplicities.

A filter u = (u_0, ..., u_d) is the binary form u_0 x^d + u_1 x^(d-1) y + ... + u_d y^d, or the
polynomial u(z) = u_0 + u_1 z + ... + u_d z^d with z = y/x. As a form it has d complex roots on the
projective line, counted with multiplicity: last entries that are 0 are roots at infinity.

Everything is decided by exact arithmetic. Integers and fractions are taken as they are, and a
double is the rational number that it stands for; so a double root that was rounded is in general
no double root any more, and fractions have to be used where that matters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, inf, lcm
from numbers import Rational
from typing import Any

import numpy as np

from edgeom.errors import InputError

__all__ = [
    "Root",
    "RootPattern",
    "count_real_roots",
    "entries",
    "exact_filter",
    "isolated_roots",
    "root_pattern",
    "roots",
]

BITS = 128  # of the enclosures of roots, far below the rounding of a double


@dataclass(frozen=True)
class Root:
    """A root of a real binary form.

    Attributes
    ----------
    value : complex
        The root z = y/x to double precision; infinite for a root at infinity.
    multiplicity : int
    is_real : bool
        Decided exactly; the root at infinity is real.
    """

    value: complex
    multiplicity: int
    is_real: bool


@dataclass(frozen=True)
class RootPattern:
    """The multiplicities of the roots of a real binary form: (real | pairs of complex conjugates).

    Attributes
    ----------
    real : tuple of int
        Multiplicities of the distinct real roots, largest first.
    pairs : tuple of int
        Multiplicities of the distinct pairs of complex conjugate roots, largest first.

    Examples
    --------
    >>> pattern = RootPattern((2, 1), (1,))
    >>> str(pattern), pattern.degree, pattern.real_roots, pattern.partition
    ('(2,1 | 1)', 5, 3, (2, 1, 1, 1))
    """

    real: tuple[int, ...]
    pairs: tuple[int, ...]

    @property
    def degree(self) -> int:
        """Degree of the form."""
        return sum(self.real) + 2 * sum(self.pairs)

    @property
    def real_roots(self) -> int:
        """Number of real roots, counted with multiplicity."""
        return sum(self.real)

    @property
    def odd_real_roots(self) -> int:
        """Number of distinct real roots of odd multiplicity.

        It is the least number of real roots among the forms close by: a root of even multiplicity
        can leave the real line, one of odd multiplicity keeps one real root.
        """
        return sum(m % 2 for m in self.real)

    @property
    def partition(self) -> tuple[int, ...]:
        """Multiplicities of all distinct complex roots, largest first."""
        return tuple(sorted((*self.real, *self.pairs, *self.pairs), reverse=True))

    def __str__(self) -> str:
        return f"({','.join(map(str, self.real))} | {','.join(map(str, self.pairs))})"


def entries(u: Any, name: str = "u") -> list[Any]:
    """Return the entries of a filter as numbers of Python, whose integers do not overflow.

    Parameters
    ----------
    u : sequence, array (k,) or array (1, 1, k)
        Also an object that converts to such an array, like a tensor of PyTorch.
    name : str
        How the filter is called in error messages.

    Raises
    ------
    InputError
        It is no such thing.
    """
    if hasattr(u, "__array__"):
        try:
            array = np.asarray(u)
        except (TypeError, ValueError, RuntimeError) as error:
            raise InputError(f"{name} must be an array of real numbers: {error}") from None
        if array.ndim != 1 and array.shape[:-1] != (1, 1):
            raise InputError(
                f"{name} must have one axis, or be the weights (1, 1, k) of a layer with one "
                f"channel, got shape {array.shape}"
            )
        u = array.ravel()
    if isinstance(u, str) or not np.iterable(u):
        raise InputError(f"{name} must be a sequence of real numbers, got {u!r:.80}")
    return [value.item() if isinstance(value, np.generic) else value for value in u]


def exact_filter(u: Any, name: str = "u", size: int | None = None) -> tuple[Fraction, ...]:
    """Return the entries of a filter as rational numbers, the very numbers that were given.

    Parameters
    ----------
    u : sequence of int, Fraction or float
        At least one entry.
    name : str
        How the filter is called in error messages.
    size : int, optional
        The number of entries that it must have.

    Raises
    ------
    InputError
        It is no such sequence, or an entry is infinite or NaN.

    Examples
    --------
    >>> exact_filter([1, 0.5])
    (Fraction(1, 1), Fraction(1, 2))
    """
    found = tuple(_rational(value, name) for value in entries(u, name))
    if not found:
        raise InputError(f"{name} must have at least one entry, got none")
    if size is not None and len(found) != size:
        raise InputError(f"{name} must have {size} entries, got {len(found)}")
    return found


def _rational(value: Any, name: str) -> Fraction:
    try:
        if isinstance(value, Rational):
            return Fraction(int(value.numerator), int(value.denominator))
        return Fraction(*value.as_integer_ratio())
    except (OverflowError, ValueError):
        raise InputError(f"{name} must have finite entries, got {value}") from None
    except (AttributeError, TypeError):
        raise InputError(
            f"{name} must be a sequence of real numbers (int, Fraction or float), "
            f"got the entry {value!r:.80}"
        ) from None


def isolated_roots(u: Sequence[Fraction], bits: int = BITS) -> list[tuple[Any, int]]:
    """Return disjoint enclosures of the distinct finite roots, with their multiplicities.

    Parameters
    ----------
    u : sequence of Fraction
        Not all of them 0.
    bits : int
        Relative accuracy to begin with; it is raised until the enclosures are disjoint.

    Returns
    -------
    list of (flint.acb, int)
        The imaginary part is exactly 0 for the real roots, and for no other.
    """
    from flint import ctx, fmpz_poly

    common = lcm(*(value.denominator for value in u))
    integers = [int(value * common) for value in u]
    content = gcd(*integers)
    polynomial = fmpz_poly([value // content for value in integers])
    while True:
        with ctx.workprec(bits):
            found: list[Any] = polynomial.complex_roots()
        enclosures = [root for root, _ in found]
        if not any(a.overlaps(b) for i, a in enumerate(enclosures) for b in enclosures[:i]):
            return found
        bits *= 2


def roots(u: Any) -> list[Root]:
    """Return the distinct roots of a form with their multiplicities, the real ones first.

    Parameters
    ----------
    u : sequence of int, Fraction or float
        Coefficients (u_0, ..., u_d), not all 0.

    Returns
    -------
    list of Root
        Real roots in increasing order, infinity last among them, then the others.

    Raises
    ------
    InputError
        The filter is 0, or not a sequence of finite real numbers.

    Examples
    --------
    >>> [(root.value, root.multiplicity) for root in roots([1, -2, 1, 0])]
    [((1+0j), 2), ((inf+0j), 1)]
    """
    form = _nonzero(u)
    found = [Root(complex(r.mid()), m, bool(r.imag == 0)) for r, m in isolated_roots(form)]
    at_infinity = _roots_at_infinity(form)
    if at_infinity:
        found.append(Root(complex(inf), at_infinity, True))
    return sorted(found, key=lambda root: (not root.is_real, root.value.real, root.value.imag))


def root_pattern(u: Any) -> RootPattern:
    """Return the multiplicities of the real roots and of the complex pairs, decided exactly.

    Parameters
    ----------
    u : sequence of int, Fraction or float
        Coefficients (u_0, ..., u_d), not all 0. Doubles are taken as the rational numbers that
        they are.

    Returns
    -------
    RootPattern

    Raises
    ------
    InputError
        The filter is 0, or not a sequence of finite real numbers.

    References
    ----------
    Kohn, Merkh, Montúfar, Trager, "Geometry of Linear Convolutional Networks", arXiv 2108.01538,
    where it is called the real root multiplicity pattern.

    Examples
    --------
    >>> print(root_pattern([1, 0, 2, 0, 1]), root_pattern([0, 0, 1, 1, 0]))
    ( | 2) (2,1,1 | )
    """
    found = roots(u)
    real = sorted((root.multiplicity for root in found if root.is_real), reverse=True)
    others = sorted((root.multiplicity for root in found if not root.is_real), reverse=True)
    return RootPattern(tuple(real), tuple(others[::2]))  # conjugates have the same multiplicity


def count_real_roots(u: Any) -> int:
    """Return the number of real roots of a form, counted with multiplicity and at infinity.

    Parameters
    ----------
    u : sequence of int, Fraction or float
        Coefficients (u_0, ..., u_d), not all 0.

    Raises
    ------
    InputError
        The filter is 0, or not a sequence of finite real numbers.

    Examples
    --------
    >>> count_real_roots([1, 0, 1]), count_real_roots([1, 2, 1]), count_real_roots([1, 0, 0])
    (0, 2, 2)
    """
    return root_pattern(u).real_roots


def _nonzero(u: Any) -> tuple[Fraction, ...]:
    form = exact_filter(u)
    if not any(form):
        raise InputError("the filter 0 has no roots; give one with an entry that is not 0")
    return form


def _roots_at_infinity(form: Sequence[Fraction]) -> int:
    return next(i for i, value in enumerate(reversed(form)) if value)
