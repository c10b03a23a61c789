"""Good coordinates: an exact change of unknowns after which a problem has sizes of about 1.

Polynomials are translated first and scaled then, x = origin + 2^e y, in rational arithmetic:
expanding (x - 10⁶)² + y² - 1 in doubles would lose twelve digits that nothing brings back. The
origin makes the forms below the leading ones small, for a quadric it is the centre; it moves only
where that makes the units shorter. The powers of two minimise the spread of log |coefficient| over
the terms of every polynomial (Morgan, "Solving polynomial systems using continuation", 1987,
chapter 5: SCLGEN), and make no rounding errors.

Coordinates that are good already stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import frexp
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import sympy

__all__ = [
    "GOOD_SIZE",
    "Coordinates",
    "centre",
    "exponents",
    "good_coordinates",
    "moved",
    "size_exponent",
]

Array = NDArray[Any]
Terms = dict[tuple[int, ...], Any]  #: exponents of a term -> its coefficient, exact
NEAR = 3  # an origin nearer than 2^NEAR, in units of the variety, stays where it is
FREE = 1e-9  # singular values below which a translation changes nothing
GOOD = 3  # exponents of unknowns of at most this size are not worth a change of coordinates
GOOD_SIZE = 10  # exponents of equations, metrics and data of at most this size stay as they are
CANCELLED = -36  # log₂ of what is left of a coefficient that a translation cancels
PASSES = 3  # of scaling and translating, each in the coordinates that the last one made better


@dataclass(frozen=True)
class Coordinates:
    """An exact affine change of coordinates, x = origin + 2^exponents · y.

    Attributes
    ----------
    origin : tuple of float
        Doubles, so that differences from doubles are rounded once.
    exponents : tuple of int

    Examples
    --------
    >>> change = Coordinates((1e6, 0.0), (0, 3))
    >>> change.inward(np.array([1e6 + 0.25, 4.0]))
    array([0.25, 0.5 ])
    >>> change.outward(np.array([0.25, 0.5]))
    array([1.00000025e+06, 4.00000000e+00])
    """

    origin: tuple[float, ...]
    exponents: tuple[int, ...]

    @classmethod
    def identity(cls, n: int) -> Coordinates:
        """Return the coordinates that change nothing."""
        return cls((0.0,) * n, (0,) * n)

    @property
    def is_identity(self) -> bool:
        """Whether nothing is changed."""
        return not any(self.origin) and not any(self.exponents)

    @cached_property
    def scale(self) -> NDArray[np.float64]:
        """2^exponents, ``(n,)``."""
        return np.asarray(np.ldexp(1.0, np.array(self.exponents, int)))

    @cached_property
    def base(self) -> NDArray[np.float64]:
        """The origin, ``(n,)``."""
        return np.array(self.origin, float)

    def inward(self, x: Array) -> Array:
        """Return y for points x ``(..., n)``."""
        return np.asarray((x - self.base) / self.scale if any(self.origin) else x / self.scale)

    def outward(self, y: Array) -> Array:
        """Return x for points y ``(..., n)``."""
        return np.asarray(self.base + self.scale * y if any(self.origin) else self.scale * y)

    def widened(self, exponent: int | Sequence[int]) -> Coordinates:
        """Return the coordinates whose units are 2^exponent times as long."""
        n = len(self.exponents)
        more = [exponent] * n if isinstance(exponent, int) else exponent
        return Coordinates(
            self.origin, tuple(e + m for e, m in zip(self.exponents, more, strict=True))
        )


def size_exponent(values: Array) -> int:
    """Return the k for which 2^k is the size of the largest value; 0 where that is good as it is.

    Examples
    --------
    >>> [size_exponent(np.array([0.0, x])) for x in (0.0, -100.0, 1e6, 1e-6)]
    [0, 0, 20, -19]
    """
    largest = float(np.abs(values).max(initial=0.0))
    exponent = frexp(largest)[1] if largest else 0
    return exponent if abs(exponent) > GOOD_SIZE else 0


def exact_terms(poly: sympy.Poly) -> Terms:
    """Return the terms of a polynomial with rational or Gaussian rational coefficients.

    Floating point numbers are taken exactly, and irrational ones to 40 digits.
    """
    return {alpha: c for alpha, given in poly.terms() if (c := _rational(given)) != 0}


def _rational(number: Any) -> Any:
    import sympy

    if number.is_Rational:
        return number
    parts = []
    for part in number.as_real_imag():
        if part.is_Float:
            parts.append(sympy.Rational(*float(part).as_integer_ratio()))
        elif part.is_Rational:
            parts.append(part)
        else:
            parts.append(sympy.Rational(str(part.evalf(40))))
    return parts[0] + sympy.I * parts[1]


def moved(
    poly: sympy.Poly, origin: Sequence[float] | Array, powers: Sequence[int], factor: int = 0
) -> sympy.Poly:
    """Return 2^factor · poly(origin + 2^powers · y), exactly, as a polynomial in the same symbols.

    Examples
    --------
    >>> import sympy
    >>> x, y = sympy.symbols("x y")
    >>> moved(sympy.Poly((x - 1000)**2 + 4*y**2 - 4), [1000, 0], [1, 0], -2).as_expr()
    x**2 + y**2 - 1
    """
    import sympy

    gens = poly.gens
    changed = sympy.Poly(exact_terms(poly) or {(0,) * len(gens): 0}, *gens, field=True)
    if any(origin):
        shift = [sympy.Rational(*float(value).as_integer_ratio()) for value in origin]
        changed = changed.shift_list(shift) if len(gens) > 1 else changed.shift(shift[0])
    two = sympy.Integer(2)
    terms = {
        alpha: c * two ** (factor + sum(a * e for a, e in zip(alpha, powers, strict=True)))
        for alpha, c in changed.terms()
    }
    return sympy.Poly(terms, *gens, field=True)


def good_coordinates(
    polys: Sequence[sympy.Poly], metric: Sequence[float] | None = None, is_map: bool = False
) -> tuple[Coordinates, tuple[int, ...]]:
    """Return good coordinates for the zero set of polynomials, and powers of two for these.

    Parameters
    ----------
    polys : sequence of sympy.Poly
        In the same symbols, none of them constant.
    metric : sequence of float, optional
        log₂ of the lengths of the coordinates in a metric, half of that of its diagonal. Where
        equations and metric ask for different units, what is found is in between.
    is_map : bool
        Whether the polynomials are the coordinates of a map: their constant terms do not count,
        and the metric is that of their values.

    Returns
    -------
    Coordinates
    tuple of int
        Equation i, in the new coordinates, times 2 to this power has coefficients of about 1.

    Examples
    --------
    >>> import sympy
    >>> x, y = sympy.symbols("x y")
    >>> good_coordinates([sympy.Poly((x - 1000)**2 + y**2 - 1)])
    (Coordinates(origin=(1000.0, 0.0), exponents=(0, 0)), (0,))
    >>> good_coordinates([sympy.Poly(10**8*x**2 + 4*y**2 - 4)])
    (Coordinates(origin=(0.0, 0.0), exponents=(-12, 0)), (-2,))
    >>> good_coordinates([sympy.Poly(10**8*x**2 + 4*y**2 - 4)], metric=[0, 0])
    (Coordinates(origin=(0.0, 0.0), exponents=(-11, -2)), (-1,))
    """
    n = len(polys[0].gens)
    units = _Units(metric, is_map)
    origin = np.zeros(n)
    before = powers, factors = exponents(polys, units=units)
    for _ in range(PASSES):
        here = [moved(p, origin, powers, f) for p, f in zip(polys, factors, strict=True)]
        origin = origin + np.ldexp(centre(here, not is_map), np.array(powers, int))
        powers, factors = exponents(polys, origin, units)
    far = np.abs(origin) > np.ldexp(1.0, np.array(powers, int) + NEAR)
    if sum(powers) > sum(before[0]) - NEAR or not far.any():
        origin, (powers, factors) = np.zeros(n), before
    elif not far.all():
        origin = np.where(far, origin, 0.0)
        powers, factors = exponents(polys, origin, units)
    if max(map(abs, powers), default=0) <= GOOD:
        powers = (0,) * n
        factors = _factors(polys, origin, powers, not is_map)
    return Coordinates(tuple(map(float, origin)), powers), factors


@dataclass(frozen=True)
class _Units:
    """What units have to suit besides the equations, see :func:`good_coordinates`."""

    metric: Sequence[float] | None = None
    is_map: bool = False


def exponents(
    polys: Sequence[sympy.Poly],
    origin: Sequence[float] | Array = (),
    units: _Units = _Units(),
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return powers of two of the unknowns and of the equations that make coefficients even.

    They minimise Σ (log₂|c| + α·e + f)² over all terms c x^α, with e the exponents of the unknowns
    and f the exponent of the equation; where a direction of e is free (a weighted homogeneous
    equation) the shortest e is taken. The lengths of the units in a metric shall be even as well,
    and count together as much as the terms.
    """
    n, count = len(polys[0].gens), len(polys)
    rows, values = [], []
    for i, poly in enumerate(polys):
        for alpha, size in _sizes(poly, origin, not units.is_map):
            rows.append([*alpha, *(float(k == i) for k in range(count)), 0.0])
            values.append(-size)
    if units.metric is not None:
        weight = (len(rows) / len(units.metric)) ** 0.5
        for j, length in enumerate(units.metric):
            row = [0.0] * (n + count) + [1.0]
            row[n + j if units.is_map else j] = -1.0 if units.is_map else 1.0
            rows.append([weight * value for value in row])
            values.append(-weight * length)
    solution = np.linalg.lstsq(np.array(rows, float), np.array(values), rcond=1e-9)[0]
    powers = tuple(round(v) for v in solution[:n])
    if units.is_map and units.metric is not None:
        return powers, tuple(round(v) for v in solution[n : n + count])
    return powers, _factors(polys, origin, powers, not units.is_map)


def _factors(
    polys: Sequence[sympy.Poly],
    origin: Sequence[float] | Array,
    powers: Sequence[int],
    constants: bool,
) -> tuple[int, ...]:
    """Return exponents of equations that put the middle of their coefficients at 1."""
    factors = []
    for poly in polys:
        sizes = [size + np.dot(alpha, powers) for alpha, size in _sizes(poly, origin, constants)]
        factors.append(-round((max(sizes) + min(sizes)) / 2))
    return tuple(factors)


def _sizes(
    poly: sympy.Poly, origin: Sequence[float] | Array, constants: bool
) -> Iterable[tuple[tuple[int, ...], float]]:
    """Yield the terms of a translated polynomial with log₂ of the sizes of their coefficients.

    What a translation nearly cancels has no size of its own, and is left out.
    """
    zeros = [0] * len(poly.gens)
    terms, bounds = exact_terms(poly), {}
    if any(origin):
        bounds = exact_terms(moved(_absolute(poly), np.abs(origin).tolist(), zeros))
        terms = exact_terms(moved(poly, origin, zeros))
    for alpha, c in terms.items():
        if not (constants or any(alpha)):
            continue
        size = max(_log2(part) for part in c.as_real_imag() if part != 0)
        if alpha not in bounds or size > _log2(bounds[alpha]) + CANCELLED:
            yield alpha, size


def _absolute(poly: sympy.Poly) -> sympy.Poly:
    import sympy

    sizes = {a: sum(map(abs, c.as_real_imag())) for a, c in exact_terms(poly).items()}
    return sympy.Poly(sizes, *poly.gens, field=True)


def _log2(number: Any) -> float:
    """Return log₂ of a rational number that may be too large or too small for a double."""
    p, q = abs(int(number.p)), int(number.q)
    shift = p.bit_length() - q.bit_length()
    mantissa = Fraction(p, q) / Fraction(2) ** shift
    return float(shift + np.log2(float(mantissa)))


def centre(polys: Sequence[sympy.Poly], constants: bool = True) -> NDArray[np.float64]:
    """Return the translation that makes the lower forms of polynomials small.

    A translation by t adds t·∇f_d to the form of degree d - 1: t is chosen by least squares to
    cancel it, for all polynomials together. What leaves the leading forms as they are is free, and
    is chosen in the same way for the next forms, down to the constants. Coefficients should be
    about 1.

    Examples
    --------
    >>> import sympy
    >>> x, y = sympy.symbols("x y")
    >>> centre([sympy.Poly(y - 7 - (x - 3)**2)]).round(9)
    array([3., 7.])
    """
    n = len(polys[0].gens)
    forms = [_forms(poly) for poly in polys]
    t, free = np.zeros(n), np.eye(n)
    for step in range(1, max((max(f, default=0) for f in forms), default=0) + 1):
        if not free.shape[1]:
            break
        current = [_forms(moved(p, t, [0] * n)) for p in polys] if t.any() else forms
        rows, values = [np.zeros((0, n))], [np.zeros(0)]
        for form in current:
            degree = max(form, default=0)
            if step <= degree - (not constants):
                upper, lower = form.get(degree - step + 1, {}), form.get(degree - step, {})
                matrix, rhs = _change(upper, lower, n)
                rows.append(matrix)
                values.append(-rhs)
        matrix, rhs = np.concatenate(rows) @ free, np.concatenate(values)
        if not matrix.size or not matrix.any():
            continue
        left, sizes, right = np.linalg.svd(matrix, full_matrices=True)
        rank = int(np.sum(sizes > FREE * max(sizes[0], 1.0)))
        coordinates = right[:rank].conj().T @ ((left.T @ rhs)[:rank] / sizes[:rank])
        t = t + free @ coordinates
        free = free @ right[rank:].T
    return t


def _forms(poly: sympy.Poly) -> dict[int, dict[tuple[int, ...], float]]:
    """Return the homogeneous parts of a polynomial by degree, real parts of coefficients only."""
    forms: dict[int, dict[tuple[int, ...], float]] = {}
    for alpha, c in exact_terms(poly).items():
        forms.setdefault(sum(alpha), {})[alpha] = float(c.as_real_imag()[0])
    return forms


def _change(
    upper: dict[tuple[int, ...], float], lower: dict[tuple[int, ...], float], n: int
) -> tuple[Array, Array]:
    """Return the matrix of t -> t·∇upper and the vector of lower, over common monomials."""
    entries: dict[tuple[int, ...], Array] = {}
    for alpha, c in upper.items():
        for j in range(n):
            if alpha[j]:
                beta = (*alpha[:j], alpha[j] - 1, *alpha[j + 1 :])
                entries.setdefault(beta, np.zeros(n))[j] += c * alpha[j]
    monomials = list({**dict.fromkeys(entries), **dict.fromkeys(lower)})
    matrix = np.array([entries.get(beta, np.zeros(n)) for beta in monomials]).reshape(-1, n)
    return matrix, np.array([lower.get(beta, 0.0) for beta in monomials])
