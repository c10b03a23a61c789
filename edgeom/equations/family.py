"""Critical equations in the family of all equations of the same degrees.

Constraints g_i of degree d_i are members of the family Σ_j a_ij x_j^{d_i} + e_i + b g_i(x), a
metric S one of w_1 x_1² + ... + w_n x_n² + b xᵀSx. At b = 0 and general a, e, w the constraints
are a smooth complete intersection, also at infinity, and the metric is general; so the critical
equations have as many solutions as any member of the family can have isolated ones
(:func:`~edgeom.degrees.complete_intersections.complete_intersection_ed_degree`). For a map of
degree D in k parameters the distance is a polynomial of degree 2D in them, a member of the family
Σ_j a_j u_j^{2D}/(2D) + e_j u_j + b ½ |x(u)|² - cᵀx(u), whose critical points at b = 0, c = 0 are
(2D-1)^k and written down at once.

Every isolated solution of a member is the end of a path from a general one (Sommese, Wampler, The
numerical solution of systems of polynomials, theorem 7.1.1): where the ends of all paths are known
the solutions are.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from edgeom.degrees.complete_intersections import complete_intersection_ed_degree
from edgeom.equations.system import Array
from edgeom.homotopy.derivatives import vjp
from edgeom.homotopy.tape import Builder, Tape, Var
from edgeom.objectives.metric import Metric
from edgeom.varieties.base import Chart, gaussian

__all__ = ["Family", "family_of", "general_tape"]


@dataclass(frozen=True)
class Family:
    """Equations of given degrees, or maps of a given degree.

    Attributes
    ----------
    unknowns : int
        Number of chart coordinates: of x for equations, of parameters for a map.
    degrees : tuple of int
        Of the constraints; empty for a map.
    map_degree : int
        Of the coordinates of a map; 0 for equations.
    """

    unknowns: int
    degrees: tuple[int, ...]
    map_degree: int = 0

    @property
    def count(self) -> int:
        """Number of solutions of a general member."""
        if self.map_degree:
            return int((2 * self.map_degree - 1) ** self.unknowns)
        return complete_intersection_ed_degree(self.degrees, self.unknowns)

    @property
    def own(self) -> int:
        """Number of parameters before those of a metric and of the data: a, e and b."""
        width = self.unknowns if not self.map_degree else 1
        height = len(self.degrees) if not self.map_degree else self.unknowns
        return (width + 1) * height + 1

    def head(self, member: Array | None = None) -> Array:
        """Return a, e and b: those of a general member with b = 0, or of the given equations."""
        if member is None:
            return np.concatenate([np.zeros(self.own - 1), [1.0]])
        return np.concatenate([member, [0.0]])

    def draw(self, rng: np.random.Generator) -> Array:
        """Draw the parameters a and e of a general member."""
        return gaussian(rng, self.own - 1)

    def roots(self, member: Array) -> Array:
        """Return the critical points of the general member for a map, ``(points, unknowns)``."""
        power = 2 * self.map_degree - 1
        a, e = member.reshape(2, -1)
        first = (-e / a) ** (1 / power)
        turns = np.exp(2j * np.pi * np.arange(power) / power)
        return np.array([first * t for t in product(turns, repeat=self.unknowns)])


def family_of(chart: Chart) -> Family | None:
    """Return the family to which the equations of a chart belong, where there is one."""
    count = len(chart.names)
    if chart.degrees:
        return Family(count, chart.degrees)
    return Family(count, (), chart.map_degree) if chart.map_degree else None


def general_tape(family: Family, metric: Metric | None = None, chart: Chart | None = None) -> Tape:
    """Return the critical equations of a family as a system.

    Parameters
    ----------
    family : Family
    metric, chart
        The member at b = 1; without it the members with b = 0 are left.

    Returns
    -------
    Tape
        Unknowns x and multipliers, or the parameters of a map. Parameters a (by equations), e, b;
        for equations w and c, for a map c.
    """
    b = Builder()
    n, height = family.unknowns, len(family.degrees)
    unknowns = b.inputs("u", n + height)
    u, multipliers = unknowns[:n], unknowns[n:]
    x = u if chart is None else [b.lift(value) for value in chart.point(u)]
    weights = 0 if family.map_degree else len(x)
    given = b.inputs("p", family.own + weights + len(x))
    a, rest = given[: family.own - 1], given[family.own - 1 :]
    share, w, c = rest[0], rest[1 : 1 + weights], rest[1 + weights :]
    if family.map_degree:
        power = 2 * family.map_degree - 1
        general = [
            s * b.power(v, power) + start for s, start, v in zip(a[:n], a[n:], u, strict=True)
        ]
        return b.finish({"F": _with_map(b, metric, x, u, general, share, c)})
    rows = [a[i * n : (i + 1) * n] for i in range(height)]
    constraints = [
        b.dot(row, [b.power(v, degree) for v in u]) + start
        for row, start, degree in zip(rows, a[height * n :], family.degrees, strict=True)
    ]
    residual = [v * s - value for v, s, value in zip(x, w, c, strict=True)]
    if chart is not None and metric is not None:
        constraints = [
            g + share * b.lift(f) for g, f in zip(constraints, chart.constraints(u), strict=True)
        ]
        products = (b.dot(row, x) for row in metric.matrix.tolist())
        residual = [r + share * s for r, s in zip(residual, products, strict=True)]
    gradient = vjp(x, u, residual)
    pull = vjp(constraints, u, multipliers)
    gradient = [v - y for v, y in zip(gradient, pull, strict=True)]
    return b.finish({"F": [*gradient, *(-value for value in constraints)]})


def _with_map(
    b: Builder,
    metric: Metric | None,
    x: list[Var],
    u: list[Var],
    general: list[Var],
    share: Var,
    c: list[Var],
) -> list[Any]:
    """Add the gradient of b ½ xᵀSx - cᵀx."""
    if metric is None:
        return general
    products = (b.dot(row, x) for row in metric.matrix.tolist())
    residual = [share * s - value for s, value in zip(products, c, strict=True)]
    return [g + v for g, v in zip(general, vjp(x, u, residual), strict=True)]
