"""Forms with multiple roots and forms in powers of z: the strata of convolutional networks.

Both are closures of sets of products f_1(z^{s_1})^{m_1} f_2(z^{s_2})^{m_2} ⋯ of binary forms. With
strides 1 they are the coincident root loci, with multiplicities 1 the end filters of networks with
strides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import comb, lcm
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from edgeom.degrees import closed_forms
from edgeom.errors import InputError, check_size, check_sizes
from edgeom.limits import MAX_DEGREE
from edgeom.networks.convolutional.roots import Factor, cofactor_gap, expand, find_factors
from edgeom.objectives.metric import Metric
from edgeom.varieties.base import Array, Chart, Fact, dot, gaussian, random_orthogonal
from edgeom.varieties.fields import kept_as
from edgeom.varieties.parametrized import ParametrizedVariety

__all__ = ["CoincidentRootLocus", "FactorVariety", "bombieri_metric", "convolve", "spread"]


def convolve(a: Sequence[Any], b: Sequence[Any]) -> list[Any]:
    """Multiply polynomials given by their coefficients, whatever these are."""
    product: list[Any] = [None] * (len(a) + len(b) - 1)
    for i, value in enumerate(a):
        for j, other in enumerate(b):
            term = value * other
            product[i + j] = term if product[i + j] is None else product[i + j] + term
    return product


def spread(form: Sequence[Any], stride: int) -> list[Any]:
    """Return the coefficients of f(z^s)."""
    wide: list[Any] = [0] * ((len(form) - 1) * stride + 1)
    wide[::stride] = form
    return wide


def bombieri_metric(degree: int) -> Metric:
    """Return the Bombieri metric Σ u_i² / C(d, i), which rotations of x and y do not change.

    Parameters
    ----------
    degree : int
        d, of the binary forms Σ u_i x^(d-i) y^i.

    Examples
    --------
    >>> np.diag(bombieri_metric(2).matrix)
    array([1. , 0.5, 1. ])
    """
    degree = check_size(degree, "degree", 0)
    return Metric.weights([1 / comb(degree, i) for i in range(degree + 1)], name="Bombieri")


class _FactorChart(Chart):
    """Π f_j(z^{s_j})^{m_j}, the f_j in affine charts, times a scale that one of them takes on.

    Every f_j but the last is L_j (1, a) with L_j orthogonal; when the last one has multiplicity 1
    it has all its coefficients, and otherwise the product gets a scale c. So a general form has
    one set of unknowns.
    """

    def __init__(self, factors: Sequence[Factor], rng: np.random.Generator | None) -> None:
        self.factors = factors
        self.whole = factors[-1].multiplicity == 1
        affine = factors[:-1] if self.whole else factors
        self.positions = [random_orthogonal(f.degree + 1, rng) for f in affine]
        names = [f"a{j}_{i}" for j, f in enumerate(affine, 1) for i in range(1, f.degree + 1)]
        last = [f"b{i}" for i in range(factors[-1].degree + 1)] if self.whole else ["c"]
        self.names = (*names, *last)

    def point(self, u: Sequence[Any]) -> list[Any]:
        product: list[Any] = [1]
        start = 0
        for position, factor in zip(self.positions, self.factors, strict=False):
            values = [1, *u[start : start + factor.degree]]
            start += factor.degree
            product = _times(product, [dot(values, row) for row in position.tolist()], factor)
        if self.whole:
            return _times(product, list(u[start:]), self.factors[-1])
        return [u[start] * value for value in product]

    def sample(self, rng: np.random.Generator, real: bool = False) -> Array:
        return gaussian(rng, len(self.names), real)


def _times(product: Sequence[Any], form: Sequence[Any], factor: Factor) -> list[Any]:
    result = list(product)
    for _ in range(factor.multiplicity):
        result = convolve(result, spread(form, factor.stride))
    return result


def _checked(factor: Iterable[int]) -> Factor:
    numbers = check_sizes(factor, "factor")
    if len(numbers) > 3:
        raise InputError(
            f"a factor has a degree, a multiplicity and a stride, got {len(numbers)} numbers"
        )
    return Factor(*numbers)


@kept_as("products {factors:; }", factors=list[list[int]])
class FactorVariety(ParametrizedVariety):
    """The closure of the products Π f_j(z^{s_j})^{m_j} of binary forms f_j of degrees n_j.

    Points are the coefficients of 1, z, ..., z^d, d = Σ n_j m_j s_j. A general point has one such
    factorisation up to constants, so the dimension is Σ n_j + 1.

    Parameters
    ----------
    factors : sequence of Factor
        (n, m, s) with n >= 1, no two with the same m and s. The strides divide each other.

    Raises
    ------
    InputError
        The factors are not of this kind.

    Examples
    --------
    >>> V = FactorVariety([Factor(1), Factor(1, stride=2)])  # (a + bz)(c + dz²)
    >>> V.shape, V.dimension, V.generic_ed_degree_fact().value
    ((4,), 3, 6)
    """

    def __init__(self, factors: Iterable[Factor | tuple[int, ...]]) -> None:
        given = [_checked(factor) for factor in factors]
        if not given:
            raise InputError("there must be at least one factor, got none")
        if len({(f.multiplicity, f.stride) for f in given}) < len(given):
            raise InputError(f"factors of the same multiplicity and stride are one, got {given}")
        degree = sum(f.degree * f.multiplicity * f.stride for f in given)
        if degree > MAX_DEGREE:
            raise InputError(f"the forms have degree {degree}, the limit is {MAX_DEGREE}")
        strides = sorted({f.stride for f in given})
        if any(b % a for a, b in pairwise(strides)):
            raise InputError(f"strides must divide each other, got {strides}")
        self.factors = tuple(sorted(given, key=lambda f: (-f.multiplicity, -f.stride)))
        from sympy import symbols

        names: list[Any] = []
        product: list[Any] = [1]
        for j, factor in enumerate(self.factors, 1):
            names += symbols(f"f{j}_:{factor.degree + 1}")
            product = _times(product, names[-factor.degree - 1 :], factor)
        super().__init__(product, names)

    @property
    def degree(self) -> int:
        """Degree of the forms."""
        return self.ambient_dimension - 1

    @property
    def top_stride(self) -> int:
        """The largest stride of a factor."""
        return max(f.stride for f in self.factors)

    @property
    def is_linear(self) -> bool:
        """Whether it is a linear space: there is one factor, of multiplicity 1."""
        return len(self.factors) == 1 and self.factors[0].multiplicity == 1

    def chart(self, rng: np.random.Generator | None = None) -> Chart:
        return _FactorChart(self.factors, rng)

    def contains(self, point: ArrayLike, tolerance: float = 1e-8) -> bool:
        """Whether the point has such factors, or is a limit of points that have them.

        A general point is told by factoring it, a point away from the variety by a linear system
        that has no solution; between them, close to the variety or special on it, parameters are
        looked for as :class:`~edgeom.ParametrizedVariety` does.
        """
        x = self.flatten(point)
        if not x.any() or self.codimension == 0:
            return True
        x = x / np.linalg.norm(x)
        gap, slope = self._gap(x)
        if gap > slope * tolerance:
            return False
        lines = find_factors(x, self.factors)
        if lines is not None:
            product = expand(lines, self.factors)
            product = product * (np.vdot(product, x) / np.vdot(product, product))
            if np.linalg.norm(product - x) <= tolerance:
                return True
        return super().contains(point, tolerance)

    def _gap(self, x: Array) -> tuple[float, float]:
        """Return a number that is 0 on the variety, and how fast it can grow away from it."""
        stride = self.top_stride
        if stride > 1:  # the parts u_j(w) of u = Σ z^j u_j(z^s) have a common factor
            common = sum(f.degree * f.multiplicity for f in self.factors if f.stride == stride)
            size = self.degree // stride + 1
            parts = np.zeros((stride, size), x.dtype)
            for j in range(stride):
                part = x[j::stride]
                parts[j, : len(part)] = part
            mix = np.linalg.qr(np.random.default_rng(0).normal(size=(stride, stride)))[0]
            first, second = mix[:2] @ parts
            gap, slope = cofactor_gap(first, second, size - common)
            return gap, slope
        order = np.arange(self.degree + 1)
        by_x, by_y = (x * order[::-1])[:-1], (x * order)[1:]
        gap, slope = cofactor_gap(by_x, by_y, sum(f.degree for f in self.factors))
        return gap, slope * 2 * self.degree

    def is_singular(self, point: ArrayLike, tolerance: float = 1e-8) -> bool:
        """Whether the point is 0, the vertex of the cone (smooth only for a linear space).

        Other singular points, forms whose factors coincide further, are not told.
        """
        return not self.is_linear and not np.any(self.flatten(point))

    def ed_degree_fact(self, metric: Metric, exact: bool = False) -> Fact | None:
        if self.is_linear and not metric.indefinite:
            return Fact(1, "a linear space")
        return None

    def generic_ed_degree_fact(self) -> Fact | None:
        """Return the generic ED degree of a linear space, or of a network with strides.

        With multiplicities 1 and different strides the variety has the polar degrees of the Segre
        variety of the factors: it is its image under a linear map that is birational on it, and
        whose differential loses rank i only in codimension above i
        (docs/explanation/convolutional.md). The number is that of Shahverdi, "Algebraic Complexity
        and Neurovariety of Linear Convolutional Networks", arXiv 2401.16613.
        """
        if self.is_linear:
            return Fact(1, "a linear space")
        if all(f.multiplicity == 1 for f in self.factors):
            sizes = [f.degree + 1 for f in self.factors]
            return Fact(closed_forms.segre_generic_ed_degree(sizes), "Segre formula")
        return None

    def __repr__(self) -> str:
        return f"FactorVariety({[tuple(f) for f in self.factors]})"

    def __str__(self) -> str:
        parts = []
        for f in self.factors[::-1]:
            variable = "z" if f.stride == 1 else f"z^{f.stride}"
            power = "" if f.multiplicity == 1 else f"^{f.multiplicity}"
            parts.append(f"f({variable}){power} [degree {f.degree}]")
        return "products " + " ".join(parts)


@kept_as("forms of degree {degree} with roots {pattern:,}", degree=int, pattern=list[int])
class CoincidentRootLocus(FactorVariety):
    """Binary forms whose roots have multiplicities λ, or coincide further.

    Parameters
    ----------
    degree : int
        Degree d of the forms Σ u_i x^(d-i) y^i; points are (u_0, ..., u_d).
    pattern : sequence of int
        λ, a partition of d. The dimension is its number of parts, plus 1.

    Notes
    -----
    The default metric is the Euclidean one of the coefficients; :func:`bombieri_metric` is the
    one that rotations of x and y do not change.

    Raises
    ------
    InputError
        The pattern is no partition of the degree.

    References
    ----------
    Lee, Sturmfels, "Duality of multiple root loci", arXiv 1508.00202.

    Examples
    --------
    >>> V = CoincidentRootLocus(3, (2, 1))  # the discriminant of cubics
    >>> V.dimension, V.contains([1, -3, 0, 4]), V.contains([1, -3, 0, 5])
    (3, True, False)
    >>> V.generic_ed_degree_fact()
    Fact(value=7, reason='hook formula, Lee-Sturmfels')
    """

    def __init__(self, degree: int, pattern: Iterable[int]) -> None:
        degree = check_size(degree, "degree", 1)
        self.pattern = tuple(sorted(check_sizes(pattern, "pattern"), reverse=True))
        if sum(self.pattern) != degree:
            raise InputError(
                f"pattern must be a partition of the degree {degree}, got {self.pattern}, "
                f"of {sum(self.pattern)}"
            )
        super().__init__(Factor(n, m) for m, n in Counter(self.pattern).items())

    def ed_degree_fact(self, metric: Metric, exact: bool = False) -> Fact | None:
        """Return d for the Bombieri metric and the patterns (d) and (2, 1, ..., 1).

        Powers of linear forms have d critical points, the eigenvectors of a symmetric 2×...×2
        tensor (Cartwright, Sturmfels). The discriminant is dual to them, and dual cones have the
        same ED degree (Draisma, Horobeț, Ottaviani, Sturmfels, Thomas, arXiv 1309.0049).
        """
        d = self.degree
        if d > 1 and self.pattern in ((d,), (2, *(1,) * (d - 2))):
            whole = lcm(*(comb(d, i) for i in range(d + 1)))
            integral = Metric.weights([whole // comb(d, i) for i in range(d + 1)])
            if metric.is_multiple_of(integral, exact):
                reason = "eigenvectors of binary forms" if self.pattern == (d,) else "duality"
                return Fact(d, reason)
        return super().ed_degree_fact(metric, exact)

    def generic_ed_degree_fact(self) -> Fact | None:
        """Return the generic ED degree for rectangular patterns (m, ..., m) and hooks (k, 1, ..., 1).

        f ↦ f^m is an embedding of the space of forms of degree n by forms of degree m, so the
        polar degrees are those of a Veronese variety. For hooks the number is
        (2k-1)d - 2(k-1)² (Lee, Sturmfels, arXiv 1508.00202).
        """  # noqa: E501
        first, last, d = self.pattern[0], self.pattern[-1], self.degree
        if first == 1:
            return Fact(1, "a linear space")
        if first == last:
            count = len(self.pattern) + 1
            value = closed_forms.veronese_generic_ed_degree(count, first)
            return Fact(value, "Veronese formula")
        if self.pattern[1] == 1:
            return Fact((2 * first - 1) * d - 2 * (first - 1) ** 2, "hook formula, Lee-Sturmfels")
        return None

    def __repr__(self) -> str:
        return f"CoincidentRootLocus({self.degree}, {self.pattern})"

    def __str__(self) -> str:
        parts = ", ".join(map(str, self.pattern))
        return f"forms of degree {self.degree} with root multiplicities ({parts})"
