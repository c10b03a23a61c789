"""Critical equations with exact coefficients, in charts without spurious solutions.

A chart gives the point x(u) and a frame of the tangent space, polynomial vectors τ_1(u), …, τ_d(u)
which stay independent also where x(u) is singular; the critical equations are τ_i · ∇h = 0, of a
squared distance τ_i · (S x - c) = 0 with c = S q. Where the gradient is rational each inverse 1/a
in it is an unknown t with t a = 1, so that poles are no solutions. Frames that are derivatives of
x(u) would vanish at singular points for all data.

    general matrices      x = A Y,          τ = A_k e_jᵀ, l_i Y_kᵀ          A = L [I; X]
    (skew-)symmetric      x = A B Aᵀ,       τ = A_k A_lᵀ ± A_l A_kᵀ, l_i A_kᵀ ± A_k l_iᵀ
    cones of rank one     x = s m(u),       τ = m, ∂m
    polynomial maps       x = φ(u),         τ = ∂φ
    rational maps         x = s N(u),       τ = s ∂N + N ∂s    s D(u) = 1, so ∂s = -s² ∂D
    zero sets             f(x) = 0, S (x - q) = (N f)'ᵀ λ, see :func:`_zero_set`

L is a random matrix, or the identity, and l_i are its last columns: which points lie outside the
chart depends on L. For special data solutions at singular points remain, and for polynomial maps
solutions at parameters where the map is not an immersion: `boundary` vanishes there, and one more
unknown t with the equation t · boundary = 1 removes them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np

from edgeom.errors import InputError
from edgeom.exact.gradient import ExactGradient, MetricGradient
from edgeom.exact.kernels import Kernels
from edgeom.exact.matrices import determinant, outer
from edgeom.exact.rational import Field
from edgeom.varieties.affine import AffineSpace
from edgeom.varieties.algebraic import AlgebraicVariety
from edgeom.varieties.base import Variety, dot, product, transpose
from edgeom.varieties.determinantal import (
    DeterminantalVariety,
    SkewDeterminantalVariety,
    SymmetricDeterminantalVariety,
)
from edgeom.varieties.parametrized import ParametrizedVariety
from edgeom.varieties.polynomials import Polynomials
from edgeom.varieties.sections import LinearSectionVariety
from edgeom.varieties.segre import SegreVariety, VeroneseVariety

__all__ = ["ExactSystem", "MetricGradient", "exact_system", "only_point", "values_of"]

Matrix = list[list[Any]]


@dataclass(frozen=True, eq=False)
class ExactSystem:
    """Critical equations over a field.

    Attributes
    ----------
    field : Field
    unknowns : int
    equations : list of flint polynomials
        In `unknowns` or more variables, of which the first ones occur.
    point : list of flint polynomials
        The coordinates of the point of the variety.
    boundary : flint polynomial or None
        It is nonzero at the solutions that count; None where all of them do.
    """

    field: Field
    unknowns: int
    equations: list[Any]
    point: list[Any]
    boundary: Any = None

    def saturated(self) -> ExactSystem:
        """Return the system with one more unknown, whose solutions are not on the boundary."""
        spare = self.boundary.context().gens()[self.unknowns]
        return replace(
            self,
            unknowns=self.unknowns + 1,
            equations=[*self.equations, spare * self.boundary - 1],
            boundary=None,
        )


@dataclass(frozen=True, eq=False)
class _Place:
    """Where a system is built: the field, the metric, c = S q and a source of random numbers.

    Without one the position is the plain one, whose equations are the shortest.
    """

    field: Field
    gradient_of: ExactGradient
    data: list[Fraction]
    rng: np.random.Generator | None
    inverses: list[Any] = dataclasses.field(default_factory=list)

    def generators(self, count: int) -> list[Any]:
        """Return the unknowns.

        There are more for the inverses in the gradient, and one for :meth:`ExactSystem.saturated`.
        """
        more = self.gradient_of.inverses
        every = self.field.generators(count + more + 1)
        self.inverses[:] = every[count : count + more]
        return every[:count]

    def matrix(self, rows: int, cols: int) -> Matrix:
        """Return a random matrix of full rank, or ones on the diagonal."""
        if self.rng is None:
            return np.eye(rows, cols, dtype=int).tolist()
        size, inner = max(rows, cols), min(rows, cols)
        left, right = (self.field.random(self.rng, size, size) for _ in range(2))
        lower = [[left[i][j] if j < i else int(i == j) for j in range(inner)] for i in range(rows)]
        upper = [[right[i][j] if j > i else int(i == j) for j in range(cols)] for i in range(inner)]
        return product(lower, upper)

    def gradient(self, x: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """Return the gradient of the objective, and the equations of the inverses in it."""
        return self.gradient_of.at(x, self.data, self.field, self.inverses)

    def system(
        self, unknowns: int, x: list[Any], frame: list[list[Any]], boundary: Any
    ) -> ExactSystem:
        """Return the equations τ · ∇h = 0 for the vectors τ of a frame."""
        residual, more = self.gradient(x)
        equations = [*(dot(tangent, residual) for tangent in frame), *more]
        return ExactSystem(self.field, unknowns + len(more), equations, x, boundary)


def exact_system(
    variety: Variety,
    gradient: ExactGradient,
    data: list[Fraction],
    field: Field,
    rng: np.random.Generator | None = None,
) -> ExactSystem:
    """Return the critical equations of a variety with exact coefficients.

    Parameters
    ----------
    variety : Variety
        Of positive codimension and dimension, or an `AlgebraicVariety`.
    gradient : ExactGradient
        Of the objective.
    data : list of Fraction
    field : Field
    rng : np.random.Generator, optional
        For a chart in random position; by default it is the plain one.

    Raises
    ------
    InputError
        It is a kind of variety for which no equations are known here, or its coefficients are
        not rational.
    ZeroDivisionError
        The prime of the field divides a denominator.

    Examples
    --------
    >>> import edgeom as eg
    >>> V = eg.AlgebraicVariety(["x^2 + y^2 = 1"], "x, y")
    >>> metric = MetricGradient([[Fraction(1), Fraction(0)], [Fraction(0), Fraction(1)]])
    >>> system = exact_system(V, metric, [Fraction(1, 3), Fraction(1)], Field())
    >>> print(*system.equations, sep=", ")
    x1^2 + x2^2 - 1, -2*x1*x3 + x1 - 1/3, -2*x2*x3 + x2 - 1
    """
    place = _Place(field, gradient, data, rng)
    for kind, build in _BUILDERS.items():
        if isinstance(variety, kind):
            system: ExactSystem = build(variety, place)
            return system
    raise InputError(
        f"exact counts are known for {', '.join(kind.__name__ for kind in _BUILDERS)}, "
        f"got {type(variety).__name__}"
    )


def only_point(variety: Variety, data: list[Fraction]) -> list[Fraction] | None:
    """Return the critical point where there is but one for every metric, and no equation to solve.

    That is the data itself in a variety that fills its space, and the only point of one of
    dimension 0 that is parametrised.
    """
    if variety.codimension == 0:
        return data
    if variety.dimension or isinstance(variety, AlgebraicVariety):
        return None
    if isinstance(variety, ParametrizedVariety):
        zeros = [Field().number(0)] * len(variety.polynomials.variables)
        values = values_of(variety.polynomials.numerators, zeros, Field())
        return [Fraction(int(value.p), int(value.q)) for value in values]
    return [Fraction(0)] * len(data)


def _determinantal(variety: DeterminantalVariety, place: _Place) -> ExactSystem:
    """M = A Y with A on the shorter side."""
    r = variety.rank
    m, n = sorted(variety.shape)
    start = r * (m - r)
    u = place.generators(start + r * n)
    one = u[0] * 0 + 1
    a, fixed = _frame(place, m, r, u[:start])
    y = [u[start + k * n : start + (k + 1) * n] for k in range(r)]
    units = [[one * (i == j) for i in range(n)] for j in range(n)]
    moved = [(column, unit) for column in transpose(a) for unit in units]
    moved += [(column, row) for column in fixed for row in y]

    def coordinates(matrix: Matrix) -> list[Any]:
        turned = transpose(matrix) if variety.rows > variety.cols else matrix
        return [entry for row in turned for entry in row]

    tangents = [coordinates(outer(left, right)) for left, right in moved]
    boundary = determinant(product(y, place.matrix(n, r)))
    return place.system(len(u), coordinates(product(a, y)), tangents, boundary)


def _congruence(
    variety: SymmetricDeterminantalVariety | SkewDeterminantalVariety, place: _Place
) -> ExactSystem:
    """M = A B Aᵀ, by its entries on and above the diagonal, or above it."""
    n, r, sign = variety.n, variety.rank, variety.sign
    inner, outer = (
        [(i, j) for i in range(size) for j in range(i if sign > 0 else i + 1, size)]
        for size in (r, n)
    )
    start = r * (n - r)
    u = place.generators(start + len(inner))
    a, fixed = _frame(place, n, r, u[:start])
    b = [[u[0] * 0] * r for _ in range(r)]
    for (i, j), value in zip(inner, u[start:], strict=True):
        b[j][i] = value * sign
        b[i][j] = value
    columns = transpose(a)
    moved = [(columns[i], columns[j]) for i, j in inner]
    moved += [(left, right) for left in fixed for right in columns]
    tangents = [
        [left[i] * right[j] + right[i] * left[j] * sign for i, j in outer] for left, right in moved
    ]
    matrix = product(product(a, b), columns)
    return place.system(len(u), [matrix[i][j] for i, j in outer], tangents, determinant(b))


def _segre(variety: SegreVariety, place: _Place) -> ExactSystem:
    u = place.generators(variety.dimension)
    tensor, start = [u[0] * 0 + 1], 0
    for size in variety.shape:
        vector = _vector(place, size, u[start : start + size - 1])
        tensor = [left * right for left in tensor for right in vector]
        start += size - 1
    return _cone(place, u, tensor)


def _veronese(variety: VeroneseVariety, place: _Place) -> ExactSystem:
    u = place.generators(variety.dimension)
    vector = _vector(place, variety.variables, u[:-1])
    return _cone(place, u, [_monomial(vector, alpha) for alpha in variety.exponents])


def _cone(place: _Place, u: list[Any], shape: list[Any]) -> ExactSystem:
    """Build the cone of points s m; s is the last unknown, 0 at the vertex."""
    tangents = [shape, *([f.derivative(k) for f in shape] for k in range(len(u) - 1))]
    return place.system(len(u), [u[-1] * f for f in shape], tangents, u[-1])


def _parametrized(variety: ParametrizedVariety, place: _Place) -> ExactSystem:
    """Take a slice of the dimension of the image where there are more parameters."""
    d, parameters = variety.dimension, len(variety.polynomials.variables)
    *u, inverse = place.generators(d + 1)
    values = u
    if parameters > d:
        base, slope = place.matrix(parameters, 1), place.matrix(parameters, d)
        values = [dot(u, row) + start[0] for row, start in zip(slope, base, strict=True)]
    tops, bottom = _fraction(variety.polynomials, values, place.field)
    if bottom.is_constant():
        tangents = [[f.derivative(k) for f in tops] for k in range(d)]
        boundary = determinant(product(tangents, place.matrix(len(tops), d)))
        return place.system(d, tops, tangents, boundary)
    tangents = [
        [f.derivative(k) - f * inverse * bottom.derivative(k) for f in tops] for k in range(d)
    ]
    boundary = determinant(product(tangents, place.matrix(len(tops), d)))
    system = place.system(d + 1, [inverse * f for f in tops], tangents, boundary)
    return replace(system, equations=[*system.equations, inverse * bottom - 1])


def _affine(variety: AffineSpace, place: _Place) -> ExactSystem:
    x = place.generators(variety.n)
    slope, more = place.gradient(x)
    return ExactSystem(place.field, variety.n + len(more), [*slope, *more], x)


def _section(variety: LinearSectionVariety, place: _Place) -> ExactSystem:
    kernels = Kernels(variety, place.field.number)
    u = place.generators(kernels.unknowns)
    A = kernels.matrix(x := u[: kernels.coordinates])
    mix = place.matrix(len(A) * kernels.corank, kernels.multipliers)
    left, right = place.matrix(kernels.rank, len(A)), place.matrix(kernels.size, kernels.rank)
    boundary, (residual, more) = determinant(product(product(left, A), right)), place.gradient(x)
    found = kernels.equations(u, residual, place.matrix(kernels.size, kernels.size), mix)
    return ExactSystem(place.field, len(u) + len(more), [*found, *more], x, boundary)


def _zero_set(variety: AlgebraicVariety, place: _Place) -> ExactSystem:
    """All equations f = 0, and S (x - q) = (N f)'ᵀ λ with as many rows of N as the codimension.

    N is the identity where there are as many equations. Where the rank of (N f)' is too small the
    multipliers λ are not unique: if there are finitely many solutions then none is at such a
    point, in particular none at a singular point, and each point has one λ.
    """
    n, codimension = variety.ambient_dimension, variety.codimension
    u = place.generators(n + codimension)
    x, multipliers = u[:n], u[n:]
    _check_rational(variety.polynomials)
    f = values_of(variety.polynomials.polys, x, place.field)
    mixed = f
    if len(f) > codimension:
        mixed = [dot(f, row) for row in transpose(place.matrix(len(f), codimension))]
    residual, more = place.gradient(x)
    equations = [
        value - dot(multipliers, [g.derivative(j) for g in mixed]) if mixed else value
        for j, value in enumerate(residual)
    ]
    return ExactSystem(place.field, len(u) + len(more), [*f, *equations, *more], x)


_BUILDERS: dict[type[Variety], Callable[[Any, _Place], ExactSystem]] = {
    DeterminantalVariety: _determinantal,
    SymmetricDeterminantalVariety: _congruence,
    SkewDeterminantalVariety: _congruence,
    SegreVariety: _segre,
    VeroneseVariety: _veronese,
    AffineSpace: _affine,
    LinearSectionVariety: _section,
    AlgebraicVariety: _zero_set,
    ParametrizedVariety: _parametrized,
}


def _frame(place: _Place, size: int, rank: int, u: list[Any]) -> tuple[Matrix, Matrix]:
    """Return A = L [I; X] by rows, and the last columns of L, by which X moves A."""
    columns = transpose(place.matrix(size, size))
    top, fixed = columns[:rank], columns[rank:]
    a = [
        [
            top[k][i] + sum(u[j * rank + k] * column[i] for j, column in enumerate(fixed))
            for k in range(rank)
        ]
        for i in range(size)
    ]
    return a, fixed


def _vector(place: _Place, size: int, u: list[Any]) -> list[Any]:
    """Return L (1, u)."""
    return [dot([1, *u], row) for row in place.matrix(size, size)]


def _monomial(values: Sequence[Any], exponents: Sequence[int]) -> Any:
    total: Any = 1
    for value, exponent in zip(values, exponents, strict=True):
        if exponent:
            total = value**exponent * total
    return total


def _check_rational(polynomials: Polynomials) -> None:
    """Refuse coefficients that are not rational numbers."""
    if not (polynomials.are_exact and polynomials.are_real):
        raise InputError(
            "the coefficients must be rational numbers for an exact count, those of "
            f"{', '.join(map(str, polynomials.expressions[:3]))} are not"
        )


def _fraction(polynomials: Polynomials, u: Sequence[Any], field: Field) -> tuple[list[Any], Any]:
    """Return a rational map at u: numerators over their common denominator."""
    _check_rational(polynomials)
    common = reduce(lambda a, b: a.lcm(b), polynomials.denominators)
    pairs = zip(polynomials.numerators, polynomials.denominators, strict=True)
    scaled = [top * common.quo(below) for top, below in pairs]
    *tops, bottom = values_of([*scaled, common], u, field)
    return tops, bottom


def values_of(polys: Sequence[Any], x: Sequence[Any], field: Field) -> list[Any]:
    """Evaluate sympy polynomials with rational coefficients."""
    zero = x[0] * 0
    values = []
    for poly in polys:
        terms = (
            _monomial(x, alpha) * field.number(Fraction(int(c.p), int(c.q)))
            for alpha, c in poly.terms()
        )
        values.append(sum(terms, zero))
    return values
