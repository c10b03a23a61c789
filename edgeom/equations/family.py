"""Critical equations in the family of all equations, or of all maps, of the same degrees.

Constraints g_i of degree d_i are members of the family Σ_j a_ij x_j^{d_i} + e_i + b g_i(x), a
metric S one of w_1 x_1² + ... + w_n x_n² + b xᵀSx. At b = 0 and general a, e, w the constraints
are a smooth complete intersection, also at infinity, and the metric is general; so the critical
equations have as many solutions as any member of the family can have isolated ones
(:func:`~edgeom.degrees.complete_intersections.complete_intersection_ed_degree`).

For a map of degree D in k parameters the distance is a polynomial of degree 2D in them, a member
of the family Σ_j a_j u_j^{2D}/(2D) + e_j u_j + b ½ |x(u)|² - cᵀx(u), whose critical points at
b = 0, c = 0 are (2D-1)^k and written down at once.

A rational map of degree D, with one denominator, is a member of the family of quotients
(Σ a_iα h^α + b P_i(h)) / (Σ d_α h^α + b Q(h)) of forms of degree D in the homogeneous parameters
h. A general one is a general projection of the Veronese variety in a general affine chart, whose
polar degrees do not change as long as it is not onto: its critical points are those of the
Veronese variety for a generic metric.

Every isolated solution of a member is the end of a path from a general one (Sommese, Wampler, The
numerical solution of systems of polynomials, theorem 7.1.1): where the ends of all paths are known
the solutions are.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations_with_replacement, product
from math import comb
from operator import mul

import numpy as np
from numpy.typing import NDArray

from edgeom.degrees.closed_forms import veronese_generic_ed_degree
from edgeom.degrees.complete_intersections import complete_intersection_ed_degree
from edgeom.equations.system import Array
from edgeom.homotopy.derivatives import vjp
from edgeom.homotopy.tape import Builder, Tape, Var
from edgeom.objectives.metric import Metric
from edgeom.varieties.base import Chart, gaussian

__all__ = ["EquationFamily", "Family", "MapFamily", "RationalFamily", "family_of"]

POLE = 1e-10  # a denominator that is smaller, relative to numerators, is 0


class Family(ABC):
    """Critical equations of all varieties of one shape.

    The parameters of its systems are those of a general member, the share b of the given member,
    weights w, where there are any, and c.
    """

    unknowns: int  #: number of chart coordinates
    general: int  #: number of parameters of a general member
    weighted: bool = True  #: whether there are weights
    symmetric: bool = True  #: whether the Jacobian is

    @property
    @abstractmethod
    def count(self) -> int:
        """Number of solutions of a general member."""

    @abstractmethod
    def tape(self, chart: Chart | None = None, metric: Metric | None = None) -> Tape:
        """Return the critical equations as a system.

        Parameters
        ----------
        chart, metric
            The member at b = 1; without them the members with b = 0 are left.
        """

    @abstractmethod
    def start_pair(self, rng: np.random.Generator) -> tuple[Array, Array]:
        """Choose unknowns, and parameters with b = 0 for which they are a solution."""

    def solved(self, rng: np.random.Generator, coordinates: int) -> tuple[Array, Array] | None:
        """Return all solutions of a general member and its parameters, if they are written down."""
        return None

    def strays(self, chart: Chart) -> Callable[[Array, Array], NDArray[np.bool_]] | None:
        """Return what tells, of unknowns and parameters, solutions that no path leads through."""
        return None

    def given(self, c: Array) -> Array:
        """Return the parameters of the given member."""
        weights = len(c) if self.weighted else 0
        return np.concatenate([np.zeros(self.general), [1.0], np.zeros(weights), c])

    def _inputs(self, b: Builder, coordinates: int) -> tuple[list[Var], Var, list[Var], list[Var]]:
        """Declare the parameters: those of a general member, b, w and c."""
        weights = coordinates if self.weighted else 0
        p = b.inputs("p", self.general + 1 + weights + coordinates)
        member, rest = p[: self.general], p[self.general :]
        return member, rest[0], rest[1 : 1 + weights], rest[1 + weights :]


def family_of(chart: Chart) -> Family | None:
    """Return the family to which the equations of a chart belong, where there is one."""
    count = len(chart.names)
    if chart.degrees:
        return EquationFamily(count, chart.degrees)
    if chart.map_degree:
        return MapFamily(count, chart.map_degree)
    if chart.rational_degree:
        coordinates = len(chart.point(Builder().inputs("u", count)))
        if coordinates > count:
            return RationalFamily(count, chart.rational_degree, coordinates)
    return None


@dataclass(frozen=True)
class EquationFamily(Family):
    """Equations of given degrees.

    Attributes
    ----------
    unknowns : int
    degrees : tuple of int
    """

    unknowns: int
    degrees: tuple[int, ...]

    @property
    def count(self) -> int:
        return complete_intersection_ed_degree(self.degrees, self.unknowns)

    @property
    def general(self) -> int:  # type: ignore[override]
        return (self.unknowns + 1) * len(self.degrees)

    def tape(self, chart: Chart | None = None, metric: Metric | None = None) -> Tape:
        b = Builder()
        n, height = self.unknowns, len(self.degrees)
        unknowns = b.inputs("u", n + height)
        u, multipliers = unknowns[:n], unknowns[n:]
        x = u if chart is None else [b.lift(value) for value in chart.point(u)]
        a, share, w, c = self._inputs(b, n)
        constraints = [
            b.dot(a[i * n : (i + 1) * n], [b.power(v, degree) for v in u]) + a[height * n + i]
            for i, degree in enumerate(self.degrees)
        ]
        if chart is not None:
            added = chart.constraints(u)
            constraints = [g + share * b.lift(f) for g, f in zip(constraints, added, strict=True)]
        gradient = vjp(x, u, _residual(b, x, share, w, c, metric))
        pull = vjp(constraints, u, multipliers)
        gradient = [v - y for v, y in zip(gradient, pull, strict=True)]
        return b.finish({"F": [*gradient, *(-value for value in constraints)]})

    def start_pair(self, rng: np.random.Generator) -> tuple[Array, Array]:
        n, height = self.unknowns, len(self.degrees)
        x, multipliers = gaussian(rng, n), gaussian(rng, height)
        a, w = gaussian(rng, height * n).reshape(height, n), gaussian(rng, n)
        degrees = np.array(self.degrees)[:, None]
        e = -np.sum(a * x**degrees, axis=1)
        c = w * x - multipliers @ (a * degrees * x ** (degrees - 1))
        return np.concatenate([x, multipliers]), np.concatenate([a.ravel(), e, [0], w, c])


@dataclass(frozen=True)
class MapFamily(Family):
    """Polynomial maps of a given degree in given parameters.

    Attributes
    ----------
    unknowns : int
    degree : int
    """

    unknowns: int
    degree: int
    weighted = False

    @property
    def count(self) -> int:
        return int((2 * self.degree - 1) ** self.unknowns)

    @property
    def general(self) -> int:  # type: ignore[override]
        return 2 * self.unknowns

    def tape(self, chart: Chart | None = None, metric: Metric | None = None) -> Tape:
        b = Builder()
        n = self.unknowns
        u = b.inputs("u", n)
        x = [] if chart is None else [b.lift(value) for value in chart.point(u)]
        a, share, w, c = self._inputs(b, len(x))
        powers = [b.power(v, 2 * self.degree - 1) for v in u]
        general = [s * v + start for s, v, start in zip(a[:n], powers, a[n:], strict=True)]
        added = vjp(x, u, _residual(b, x, share, w, c, metric)) if x else [b.zero] * n
        return b.finish({"F": [g + v for g, v in zip(general, added, strict=True)]})

    def start_pair(self, rng: np.random.Generator) -> tuple[Array, Array]:
        u, a = gaussian(rng, self.unknowns), gaussian(rng, self.unknowns)
        return u, np.concatenate([a, -a * u ** (2 * self.degree - 1), [0]])

    def solved(self, rng: np.random.Generator, coordinates: int) -> tuple[Array, Array] | None:
        power = 2 * self.degree - 1
        u, member = self.start_pair(rng)
        turns = np.exp(2j * np.pi * np.arange(power) / power)
        solutions = np.array([u * turn for turn in product(turns, repeat=self.unknowns)])
        return solutions, np.concatenate([member, np.zeros(coordinates)])


@dataclass(frozen=True)
class RationalFamily(Family):
    """Rational maps of a given degree, with one denominator.

    The equations are multiplied by its third power, so that a path to a pole ends at a solution.

    Attributes
    ----------
    unknowns : int
        Dimension of projective parameter space.
    degree : int
        Of numerators and denominator.
    coordinates : int
        Of a point; more than there are unknowns.
    """

    unknowns: int
    degree: int
    coordinates: int
    symmetric = False

    @property
    def count(self) -> int:
        return veronese_generic_ed_degree(self.unknowns + 1, self.degree)

    @property
    def general(self) -> int:  # type: ignore[override]
        return (self.coordinates + 1) * comb(self.unknowns + self.degree, self.degree)

    def tape(self, chart: Chart | None = None, metric: Metric | None = None) -> Tape:
        b = Builder()
        u = b.inputs("u", self.unknowns)
        a, share, w, c = self._inputs(b, self.coordinates)
        *tops, bottom = self._forms(b, u, a, share, chart)
        residual = _residual(b, tops, share, w, [bottom * s for s in c], metric)
        outer = vjp(tops, u, residual)
        inner = vjp([bottom], u, [b.dot(residual, tops)])
        return b.finish({"F": [bottom * v - y for v, y in zip(outer, inner, strict=True)]})

    def _forms(
        self, b: Builder, u: list[Var], a: list[Var], share: Var, chart: Chart | None
    ) -> list[Var]:
        """Return numerators and denominator."""
        monomials = [
            reduce(mul, factors)
            for factors in combinations_with_replacement([b.one, *u], self.degree)
        ]
        width = len(monomials)
        forms = [b.dot(a[i : i + width], monomials) for i in range(0, len(a), width)]
        if chart is None:
            return forms
        tops, bottom = chart.fractions(u)
        return [g + share * b.lift(f) for g, f in zip(forms, [*tops, bottom], strict=True)]

    def strays(self, chart: Chart) -> Callable[[Array, Array], NDArray[np.bool_]]:
        """Return what tells poles: isotropic ones are solutions of every member, beside its points.

        At b = 1 a point may be there, and nowhere before.
        """
        b = Builder()
        u = b.inputs("u", self.unknowns)
        a, share, _, _ = self._inputs(b, self.coordinates)
        tape = b.finish({"f": self._forms(b, u, a, share, chart)})

        def at_pole(u: Array, p: Array) -> NDArray[np.bool_]:
            values = np.abs(tape.arrays(u=u, p=np.broadcast_to(p, (len(u), len(p))))["f"])
            return np.asarray(values[:, -1] <= POLE * values[:, :-1].max(axis=1))

        return at_pole

    def start_pair(self, rng: np.random.Generator) -> tuple[Array, Array]:
        n = self.coordinates
        u, member, w = (gaussian(rng, size) for size in (self.unknowns, self.general, n))
        c = np.vstack([np.zeros(n), np.eye(n)])  # the equations are affine in it
        p = np.hstack([np.broadcast_to([*member, 0, *w], (n + 1, self.general + 1 + n)), c])
        constant, *rows = self.tape().arrays(u=np.broadcast_to(u, (n + 1, len(u))), p=p)["F"]
        slopes = np.array(rows).T - constant[:, None]
        kernel = np.linalg.svd(slopes)[2][self.unknowns :].conj().T
        c = np.linalg.lstsq(slopes, -constant)[0] + kernel @ gaussian(rng, n - self.unknowns)
        return u, np.concatenate([member, [0], w, c])


def _residual(
    b: Builder,
    x: Sequence[Var],
    share: Var,
    w: Sequence[Var],
    c: Sequence[Var],
    metric: Metric | None,
) -> list[Var]:
    """Return w x + b S x - c."""
    values = [v * s for v, s in zip(x, w, strict=True)] if w else [b.zero] * len(x)
    if metric is not None:
        products = [share * b.dot(row, x) for row in metric.matrix.tolist()]
        values = [value + s for value, s in zip(values, products, strict=True)]
    return [value - s for value, s in zip(values, c, strict=True)]
