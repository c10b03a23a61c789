"""Critical equations of the squared distance, parametric and Lagrange, from one function.

In a chart x(u) with constraints g(u) = 0, critical points of ½ (x-q)ᵀ S (x-q) are the critical
points of

    W(u, λ) = ½ x(u)ᵀ S x(u) - cᵀ x(u) - λᵀ g(u),      c = S q,

up to a constant. The equations are ∂W = 0: without constraints the parametric equations
(∂x/∂u)ᵀ (S x - c) = 0, with x(u) = u the Lagrange equations S (x - q) = (∂g)ᵀ λ, g = 0. They are
linear in the parameters c, and their Jacobian, the Hessian of W, is symmetric.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeom.equations.system import Array, PolynomialSystem
from edgeom.homotopy.tape import Builder, Tape, vjp
from edgeom.metric import Metric
from edgeom.varieties.base import Chart, gaussian, geometry_tape

__all__ = ["CriticalEquations", "critical_equations"]


@dataclass(frozen=True, eq=False)
class CriticalEquations:
    """The critical equations of a variety and a metric in one chart; the parameters are c = S q.

    Attributes
    ----------
    system : PolynomialSystem
        Unknowns u, then the multipliers λ; parameters c.
    chart : Chart
    metric : Metric
    geometry : Tape
        u -> x, g and their Jacobians dx, dg.
    """

    system: PolynomialSystem
    chart: Chart
    metric: Metric
    geometry: Tape

    def start_pair(self, rng: np.random.Generator) -> tuple[Array, Array]:
        """Return unknowns (u, λ) and data q for which they are critical.

        Any smooth point can be made critical: with T a basis of its tangent space, q = x + v
        for any v in the kernel of Tᵀ S, and λ then solves a linear system.
        """
        u = self.chart.sample(rng)
        x, dx, dg = self._derivatives(u)
        tangent = dx @ _kernel(dg) if len(dg) else dx
        S = self.metric.matrix
        normal = _kernel(tangent.T @ S)
        size = np.sqrt(np.mean(np.abs(x) ** 2)) + 1e-3
        q = x + size * normal @ gaussian(rng, normal.shape[1]) * np.sqrt(len(x))
        if not len(dg):
            return u, q
        multipliers = np.linalg.lstsq(dg.T, dx.T @ (S @ (x - q)), rcond=None)[0]
        return np.concatenate([u, multipliers]), q

    def unknowns_of(self, x: Array, q: Array) -> Array | None:
        """Return unknowns (points, N) of critical points x (points, n) for data q."""
        u = self.chart.coordinates(x)
        if u is None:
            return None
        rows = []
        for point in u:
            value, dx, dg = self._derivatives(point)
            if len(dg):
                rhs = dx.T @ (self.metric.matrix @ (value - q))
                point = np.concatenate([point, np.linalg.lstsq(dg.T, rhs, rcond=None)[0]])
            rows.append(point)
        return np.array(rows)

    def _derivatives(self, u: Array) -> tuple[Array, Array, Array]:
        out = self.geometry.arrays(u=u[None])
        count = len(u)
        return out["x"][0], out["dx"][0].reshape(-1, count), out["dg"][0].reshape(-1, count)

    def tangent_frames(self, u: Array) -> Array:
        """Return orthonormal real frames ``(points, unknown u, dim)`` of ker dg, mapped to X.

        The result F satisfies: dx · F has orthonormal columns that span the tangent space.
        """
        frames = []
        for point in u:
            _, dx, dg = self._derivatives(point)
            kernel = _kernel(dg) if len(dg) else np.eye(len(point))
            _, triangle = np.linalg.qr(dx @ kernel)
            frames.append(kernel @ np.linalg.inv(triangle))
        return np.array(frames)


def critical_equations(chart: Chart, metric: Metric) -> CriticalEquations:
    """Build the critical equations of a chart and a metric."""
    b = Builder()
    count = len(chart.names)
    free = Builder()
    constraint_count = len(chart.constraints(free.inputs("u", count)))
    unknowns = b.inputs("u", count + constraint_count)
    c = b.inputs("p", metric.dimension)
    u, multipliers = unknowns[:count], unknowns[count:]
    x = [b.lift(value) for value in chart.point(u)]
    g = [b.lift(value) for value in chart.constraints(u)]
    rows = metric.matrix.tolist()
    residual = [b.dot(row, x) - value for row, value in zip(rows, c, strict=True)]
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
            parameters=tuple(f"c{i}" for i in range(1, metric.dimension + 1)),
        ),
        chart=chart,
        metric=metric,
        geometry=geometry_tape(chart),
    )


def _kernel(matrix: Array) -> Array:
    """Return an orthonormal basis of {v : matrix v = 0} as columns (a basis of full rank rows)."""
    _, values, right = np.linalg.svd(matrix)
    rank = int(np.sum(values > 1e-10 * values[0])) if len(values) and values[0] > 0 else 0
    return np.asarray(right[rank:].conj().T)

