"""Critical equations of the squared distance, parametric and Lagrange, from one function.

In a chart x(u) with constraints g(u) = 0, critical points of ½ (x-q)ᵀ S (x-q) are the critical
points of

    W(u, λ) = ½ x(u)ᵀ S x(u) - cᵀ x(u) - λᵀ g(u),      c = S q,

up to a constant. The equations are ∂W = 0: without constraints the parametric equations
(∂x/∂u)ᵀ (S x - c) = 0, with x(u) = u the Lagrange equations S (x - q) = (∂g)ᵀ λ, g = 0. They are
linear in the parameters (S, c), and their Jacobian, the Hessian of W, is symmetric.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from edgeom.equations.system import Array, PolynomialSystem
from edgeom.homotopy.derivatives import vjp
from edgeom.homotopy.tape import Builder, Tape
from edgeom.objectives.metric import Metric
from edgeom.varieties.base import Chart, gaussian, geometry_tape

__all__ = ["CriticalEquations", "Free", "critical_equations"]

Free = Literal["data", "weights", "metric"]


@dataclass(frozen=True, eq=False)
class CriticalEquations:
    """The critical equations of a variety and a metric in one chart.

    Attributes
    ----------
    system : PolynomialSystem
        Unknowns u, then the multipliers λ. The last parameters are c, see `free`.
    chart : Chart
    metric : Metric
    geometry : Tape
        u -> x, g and their Jacobians dx, dg.
    free : {"data", "weights", "metric"}
        What is among the parameters: c alone; weights d and c, for the metric S + diag(d); all
        entries of the metric on and above the diagonal and c. Weights are enough to reach a
        generic metric, see docs/generic_metrics.md.
    """

    system: PolynomialSystem
    chart: Chart
    metric: Metric
    geometry: Tape
    free: Free

    @property
    def has_constraints(self) -> bool:
        """Whether there are multipliers among the unknowns."""
        return len(self.system.unknowns) > len(self.chart.names)

    @cached_property
    def remainders(self) -> Tape | None:
        """The tape of unknowns -> f that vanishes on the variety, where g alone does not say it."""
        b = Builder()
        u = b.inputs("u", len(self.system.unknowns))[: len(self.chart.names)]
        values = [b.lift(value) for value in self.chart.remainders(u)]
        return b.finish({"f": values}) if values else None

    def matrix(self, weights: Array | None = None) -> Array:
        """Return S + diag(d)."""
        S = self.metric.matrix
        return S if weights is None else S + np.diag(weights)

    def parameters(self, q: Array, weights: Array | None = None) -> Array:
        """Return the parameters for data q and the metric S + diag(weights)."""
        return np.concatenate([self.head(len(q), weights), self.matrix(weights) @ q])

    def head(self, n: int, weights: Array | None = None) -> Array:
        """Return the parameters before c = S q."""
        if self.free == "data":
            return np.zeros(0)
        if self.free == "metric":
            return self.matrix(weights)[np.triu_indices(n)]
        return np.zeros(n) if weights is None else weights

    @property
    def weighted(self) -> NDArray[np.bool_]:
        """Which weights are moved to make the metric generic: not those of missing entries."""
        S = self.metric
        missing = np.diag(S.matrix) == 0 if S.is_singular and S.is_diagonal else False
        return np.full(S.dimension, True) & ~np.asarray(missing)

    def start_pair(
        self, rng: np.random.Generator, u: Array | None = None, weights: Array | None = None
    ) -> tuple[Array, Array]:
        """Return unknowns (u, λ) and data q for which they are critical.

        Any smooth point, here a random one or the one given, can be made critical: with T a basis
        of its tangent space, q = x + v for any v in the kernel of Tᵀ S, and λ then solves a
        linear system.
        """
        u = self.chart.sample(rng) if u is None else u
        x, dx, dg = self._derivatives(u)
        tangent = dx @ _kernel(dg) if len(dg) else dx
        normal = _kernel(tangent.T @ self.matrix(weights))
        size = np.linalg.norm(x) + 1e-3
        q = x + size * normal @ gaussian(rng, normal.shape[1])
        return self._with_multipliers(u, self.matrix(weights) @ (x - q)), q

    def general_start(
        self, rng: np.random.Generator, u: Array | None = None, weights: Array | None = None
    ) -> tuple[Array, Array]:
        """Return unknowns (u, λ) and parameters for which they are critical, with a general c.

        For a singular metric the c = S q are not general: here any c is taken that makes the
        point critical.
        """
        u = self.chart.sample(rng) if u is None else u
        x, dx, dg = self._derivatives(u)
        tangent = dx @ _kernel(dg) if len(dg) else dx
        normal = _kernel(tangent.T)
        image = self.matrix(weights) @ x
        force = (np.linalg.norm(image) + 1e-3) * normal @ gaussian(rng, normal.shape[1])
        parameters = np.concatenate([self.head(len(x), weights), image + force])
        return self._with_multipliers(u, -force), parameters

    def unknowns_of(self, x: Array, q: Array) -> Array | None:
        """Return unknowns (points, N) of critical points x (points, n) for data q."""
        u = self.chart.coordinates(x)
        if u is None:
            return None
        forces = (x - q) @ self.matrix()
        return np.array([self._with_multipliers(*pair) for pair in zip(u, forces, strict=True)])

    def _with_multipliers(self, u: Array, force: Array) -> Array:
        """Return (u, λ) with λ such that the constraints pull with the force S x - c."""
        _, dx, dg = self._derivatives(u)
        if not len(dg):
            return u
        return np.concatenate([u, np.linalg.lstsq(dg.T, dx.T @ force, rcond=None)[0]])

    def _derivatives(self, u: Array) -> tuple[Array, Array, Array]:
        out = self.geometry.arrays(u=u[None])
        x, g, count = out["x"][0], out["g"][0], len(u)
        return x, out["dx"][0].reshape(len(x), count), out["dg"][0].reshape(len(g), count)


def critical_equations(chart: Chart, metric: Metric, free: Free = "data") -> CriticalEquations:
    """Build the critical equations of a chart and a metric.

    Parameters
    ----------
    chart : Chart
    metric : Metric
    free : {"data", "weights", "metric"}
        What is among the parameters, see :class:`CriticalEquations`.
    """
    count = len(chart.names)
    constraint_count = len(chart.constraints(Builder().inputs("u", count)))
    b = Builder()
    unknowns = b.inputs("u", count + constraint_count)
    u, multipliers = unknowns[:count], unknowns[count:]
    x = [b.lift(value) for value in chart.point(u)]
    g = [b.lift(value) for value in chart.constraints(u)]
    n = len(x)
    names = _metric_names(n, free)
    parameters = b.inputs("p", len(names) + n)
    moved, c = parameters[: len(names)], parameters[len(names) :]
    if free == "metric":
        place = {frozenset(pair): k for k, pair in enumerate(_upper(n))}
        rows: list[list[Any]] = [
            [moved[place[frozenset((i, j))]] for j in range(n)] for i in range(n)
        ]
    else:
        rows = metric.matrix.tolist()
    residual = [b.dot(row, x) - value for row, value in zip(rows, c, strict=True)]
    if free == "weights":
        residual = [r + d * v for r, d, v in zip(residual, moved, x, strict=True)]
    gradient = vjp(x, u, residual)
    if g:
        pull = vjp(g, u, multipliers)
        gradient = [a - v for a, v in zip(gradient, pull, strict=True)]
    tape = b.finish({"F": [*gradient, *(-value for value in g)]})
    lift = Builder()
    lifted = chart.point(lift.inputs("u", count + constraint_count)[:count])
    return CriticalEquations(
        system=PolynomialSystem(
            tape=tape,
            lift_tape=lift.finish({"x": lifted}),
            unknowns=(*chart.names, *(f"lambda{i}" for i in range(1, constraint_count + 1))),
            parameters=(*names, *(f"c{i}" for i in range(1, n + 1))),
        ),
        chart=chart,
        metric=metric,
        geometry=geometry_tape(chart),
        free=free,
    )


def _upper(n: int) -> list[tuple[int, int]]:
    return [(i, j) for i in range(n) for j in range(i, n)]


def _metric_names(n: int, free: Free) -> list[str]:
    if free == "metric":
        return [f"s{i + 1}_{j + 1}" for i, j in _upper(n)]
    return [f"d{i}" for i in range(1, n + 1)] if free == "weights" else []


def _kernel(matrix: Array) -> Array:
    """Return an orthonormal basis of {v : matrix v = 0}, as columns."""
    _, values, right = np.linalg.svd(matrix)
    rank = int(np.sum(values > 1e-10 * values[0])) if len(values) and values[0] > 0 else 0
    return np.asarray(right[rank:].conj().T)
