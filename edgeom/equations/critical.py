"""Critical equations of an objective, parametric and Lagrange, from one function.

In a chart x(u) with constraints g(u) = 0, critical points of h(x; θ) are the critical points of

    W(u, λ) = h(x(u); θ) - cᵀ x(u) - λᵀ g(u)

at c = 0. The linear term c makes every point critical for some parameters, and monodromy moves it;
where θ itself enters linearly, as the counts of a likelihood do, it is left out.

The squared distance is treated specially. Up to a constant ½ (x-q)ᵀ S (x-q) is

    W(u, λ) = ½ x(u)ᵀ S x(u) - cᵀ x(u) - λᵀ g(u),      c = S q,

with the entries of S compiled in. The equations are ∂W = 0: without constraints the parametric
equations (∂x/∂u)ᵀ (S x - c) = 0, with x(u) = u the Lagrange equations S (x - q) = (∂g)ᵀ λ, g = 0.
They are linear in the parameters (S, c). The Jacobian of all of these, the Hessian of W, is
symmetric.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from edgeom.equations.system import Array, PolynomialSystem
from edgeom.homotopy.derivatives import vjp
from edgeom.homotopy.tape import Builder, Tape, Var
from edgeom.objectives.family import ObjectiveFamily, derivative_tape
from edgeom.objectives.matrices import null_space
from edgeom.objectives.metric import Metric
from edgeom.varieties.base import Chart, gaussian, geometry_tape

__all__ = ["CriticalEquations", "DistanceEquations", "Free", "critical_equations"]

SMALL = 1e-10  # below this share of the largest, singular values count as 0

Free = Literal["data", "weights", "metric"]


@dataclass(frozen=True, eq=False)
class CriticalEquations:
    """The critical equations of a variety and a family of objectives in one chart.

    Attributes
    ----------
    system : PolynomialSystem
        Unknowns u, then the multipliers λ. The parameters are θ and, where the gradient is not
        linear in θ, the linear term c.
    chart : Chart
    family : ObjectiveFamily
    geometry : Tape
        u -> x, g and their Jacobians dx, dg.
    """

    system: PolynomialSystem
    chart: Chart
    family: ObjectiveFamily
    geometry: Tape

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

    @cached_property
    def coordinates(self) -> int:
        """Number of coordinates of a point."""
        return len(self.system.lift_tape.outputs["x"])

    @cached_property
    def slopes(self) -> Tape:
        """(x, t) -> g, H, P: gradient, Hessian and poles of the family."""
        return derivative_tape(self.family, self.coordinates)

    @cached_property
    def poles(self) -> Tape | None:
        """The tape of unknowns -> P that vanishes where the objective is not defined."""
        b = Builder()
        u = b.inputs("u", len(self.system.unknowns))[: len(self.chart.names)]
        x = [b.lift(value) for value in self.chart.point(u)]
        values = self.family.poles(x)
        return b.finish({"P": values}) if values else None

    @property
    def data_size(self) -> int:
        """Number of parameters θ."""
        return len(self.family.parameter_names(self.coordinates))

    def parameters(self, data: Array, weights: Array | None = None) -> Array:
        """Return the parameters of the equations for data: θ, or θ and c where c is not 0."""
        missing = len(self.system.parameters) - len(data)
        return np.concatenate([data, np.zeros(missing)]) if missing else np.asarray(data)

    def data_of(self, parameters: Array) -> Array:
        """Return data for which these are the parameters, where the linear term is 0."""
        return parameters[: self.data_size]

    def gradient(self, x: Array, data: Array) -> Array:
        """Return the gradient of the objective, with its linear term, at a point."""
        theta, linear = data[: self.data_size], data[self.data_size :]
        slope = self.slopes.arrays(x=x[None], t=theta[None])["g"][0]
        return np.asarray(slope - linear) if len(linear) else slope

    def curvature(self, x: Array, p: Array) -> Array:
        """Return the Hessians of the objective at points (points, n) and parameters."""
        out = self.slopes.arrays(x=x, t=p[:, : self.data_size])["H"]
        return out.reshape(len(x), x.shape[1], x.shape[1])

    def start_pair(
        self, rng: np.random.Generator, u: Array | None = None, weights: Array | None = None
    ) -> tuple[Array, Array]:
        """Return unknowns (u, λ) and data for which they are critical.

        Any smooth point, here a random one or the one given, can be made critical: θ is drawn, and
        c is the gradient up to a normal vector of the variety. Where the gradient is linear in θ,
        θ solves linear equations; λ always does.
        """
        u = self.chart.sample(rng) if u is None else u
        x, dx, dg = self._derivatives(u)
        tangent = dx @ null_space(dg, SMALL) if len(dg) else dx
        theta = self.family.general(rng, len(x))
        slope = self.gradient(x, theta)
        if self.family.linear:
            k = len(theta)
            many = self.slopes.arrays(
                x=np.broadcast_to(x, (k, len(x))), t=theta + np.eye(k, dtype=complex)
            )["g"]
            step = np.linalg.lstsq(tangent.T @ (many - slope).T, -tangent.T @ slope, rcond=None)[0]
            data = theta + step
        else:
            normal = null_space(tangent.T, SMALL)
            size = np.linalg.norm(slope) + 1e-3
            data = np.concatenate([theta, slope + size * normal @ gaussian(rng, normal.shape[1])])
        return self.with_multipliers(u, data, weights), data

    def unknowns_of(self, x: Array, data: Array) -> Array | None:
        """Return unknowns (points, N) of critical points x (points, n) for data."""
        u = self.chart.coordinates(x)
        return None if u is None else np.array([self.with_multipliers(v, data) for v in u])

    def unknowns_at(self, x: Array, parameters: Array) -> Array | None:
        """Return unknowns (points, N) of critical points x (points, n) at parameters."""
        return self.unknowns_of(x, parameters)

    def in_chart(self, chart: Chart) -> CriticalEquations:
        """Return the same equations in another chart of the same or another variety."""
        return critical_equations(chart, self.family)

    def with_multipliers(self, u: Array, data: Array, weights: Array | None = None) -> Array:
        """Return chart coordinates with the multipliers that fit best (N,)."""
        if not self.has_constraints:
            return u
        x, dx, dg = self._derivatives(u)
        return self._with_multipliers(u, dx, dg, self._slope(x, data, weights))

    def _with_multipliers(self, u: Array, dx: Array, dg: Array, slope: Array) -> Array:
        """Return chart coordinates with the multipliers that fit best to a gradient."""
        multipliers = np.linalg.lstsq(dg.T, dx.T @ slope, rcond=None)[0]
        if self.chart.shear is not None:
            multipliers = multipliers - self.chart.shear @ u
        return np.concatenate([u, multipliers])

    def _slope(self, x: Array, data: Array, weights: Array | None) -> Array:
        return self.gradient(x, data)

    def _derivatives(self, u: Array) -> tuple[Array, Array, Array]:
        out = self.geometry.arrays(u=u[None])
        x, g, count = out["x"][0], out["g"][0], len(u)
        return x, out["dx"][0].reshape(len(x), count), out["dg"][0].reshape(len(g), count)


@dataclass(frozen=True, eq=False)
class DistanceEquations(CriticalEquations):
    """The critical equations of the squared distance for a metric; those of half of it.

    Attributes
    ----------
    free : {"data", "weights", "metric"}
        What is among the parameters: c alone; weights d and c, for the metric S + diag(d); all
        entries of the metric on and above the diagonal and c. Weights are enough to reach a
        generic metric, see docs/explanation/generic_metrics.md.
    """

    free: Free

    @property
    def metric(self) -> Metric:
        """The metric S."""
        assert isinstance(self.family, Metric)
        return self.family

    def matrix(self, weights: Array | None = None) -> Array:
        """Return S + diag(d)."""
        S = self.metric.matrix
        return S if weights is None else S + np.diag(weights)

    def parameters(self, data: Array, weights: Array | None = None) -> Array:
        """Return the parameters for data q and the metric S + diag(weights)."""
        return np.concatenate([self.head(len(data), weights), self.matrix(weights) @ data])

    def data_of(self, parameters: Array) -> Array:
        S = self.metric.matrix
        return np.asarray(np.linalg.lstsq(S, parameters[-len(S) :], rcond=None)[0])

    def head(self, n: int, weights: Array | None = None) -> Array:
        """Return the parameters before c = S q."""
        if self.free == "data":
            return np.zeros(0)
        if self.free == "metric":
            return self.matrix(weights)[np.triu_indices(n)]
        return np.zeros(n) if weights is None else weights

    def curvature(self, x: Array, p: Array) -> Array:
        n = x.shape[1]
        if self.free == "data":
            return self.metric.matrix
        if self.free == "weights":
            return np.asarray(self.metric.matrix + p[:, :n, None] * np.eye(n))
        rows, cols = np.triu_indices(n)
        matrix = np.zeros((len(p), n, n))
        matrix[:, rows, cols] = matrix[:, cols, rows] = p[:, : len(rows)]
        return matrix

    def start_pair(
        self, rng: np.random.Generator, u: Array | None = None, weights: Array | None = None
    ) -> tuple[Array, Array]:
        """Return unknowns (u, λ) and data q for which they are critical.

        With T a basis of the tangent space, q = x + v for any v in the kernel of Tᵀ S.
        """
        u = self.chart.sample(rng) if u is None else u
        x, dx, dg = self._derivatives(u)
        tangent = dx @ null_space(dg, SMALL) if len(dg) else dx
        normal = null_space(tangent.T @ self.matrix(weights), SMALL)
        size = np.linalg.norm(x) + 1e-3
        q = x + size * normal @ gaussian(rng, normal.shape[1])
        return self.with_multipliers(u, q, weights), q

    def unknowns_at(self, x: Array, parameters: Array) -> Array | None:
        u = self.chart.coordinates(x)
        if u is None or not self.has_constraints:
            return u
        n = x.shape[1]
        p = np.broadcast_to(parameters, (len(x), len(parameters)))
        slopes = self.curvature(x, p) @ x[:, :, None]
        return np.array(
            [
                self._with_multipliers(v, *self._derivatives(v)[1:], s[:, 0] - c)
                for v, s, c in zip(u, slopes, p[:, -n:], strict=True)
            ]
        )

    def in_chart(self, chart: Chart) -> CriticalEquations:
        return critical_equations(chart, self.family, self.free)

    def _slope(self, x: Array, data: Array, weights: Array | None) -> Array:
        return np.asarray(self.matrix(weights) @ (x - data))


def critical_equations(
    chart: Chart, family: ObjectiveFamily, free: Free = "data"
) -> CriticalEquations:
    """Build the critical equations of a chart and a family of objectives.

    Parameters
    ----------
    chart : Chart
    family : ObjectiveFamily
        A metric, for the squared distance, or any other.
    free : {"data", "weights", "metric"}
        What of a metric is among the parameters, see :class:`DistanceEquations`.
    """
    count = len(chart.names)
    constraint_count = len(chart.constraints(Builder().inputs("u", count)))
    b = Builder()
    unknowns = b.inputs("u", count + constraint_count)
    u, multipliers = unknowns[:count], unknowns[count:]
    x = [b.lift(value) for value in chart.point(u)]
    g = [b.lift(value) for value in chart.constraints(u)]
    record = _distance_gradient if isinstance(family, Metric) else _gradient
    names, residual = record(b, family, x, free)
    gradient = vjp(x, u, residual)
    if g:
        pull = _pull(b, chart, u, g, multipliers)
        gradient = [a - v for a, v in zip(gradient, pull, strict=True)]
    tape = b.finish({"F": [*gradient, *(-value for value in g)]})
    lift = Builder()
    lifted = chart.point(lift.inputs("u", count + constraint_count)[:count])
    system = PolynomialSystem(
        tape=tape,
        lift_tape=lift.finish({"x": lifted}),
        unknowns=(*chart.names, *(f"lambda{i}" for i in range(1, constraint_count + 1))),
        parameters=names,
    )
    geometry = geometry_tape(chart)
    if isinstance(family, Metric):
        return DistanceEquations(system, chart, family, geometry, free)
    return CriticalEquations(system, chart, family, geometry)


def _pull(
    b: Builder, chart: Chart, u: list[Var], g: list[Var], multipliers: list[Var]
) -> list[Var]:
    """Record the derivatives of λᵀ g in u, or of (λ + M u)ᵀ g, which has the same critical points.

    With a general M no pivot of the Hessian vanishes identically on the solutions.
    """
    if chart.shear is None:
        return vjp(g, u, multipliers)
    rows = chart.shear.tolist()
    sheared = [value + b.dot(row, u) for value, row in zip(multipliers, rows, strict=True)]
    turned = [b.dot(list(column), g) for column in zip(*rows, strict=True)]
    return [v + w for v, w in zip(vjp(g, u, sheared), turned, strict=True)]


Recorded = tuple[tuple[str, ...], list[Var]]  # names of the parameters and a gradient


def _gradient(b: Builder, family: ObjectiveFamily, x: list[Var], free: Free) -> Recorded:
    """Record the gradient of an objective with its linear term."""
    n = len(x)
    names = family.parameter_names(n)
    terms = () if family.linear else tuple(f"c{i}" for i in range(1, n + 1))
    parameters = b.inputs("p", len(names) + len(terms))
    slope = family.gradient(x, parameters[: len(names)])
    if terms:
        slope = [g - c for g, c in zip(slope, parameters[len(names) :], strict=True)]
    return (*names, *terms), slope


def _distance_gradient(b: Builder, metric: Any, x: list[Var], free: Free) -> Recorded:
    """Record S x - c, the entries of S constants or parameters."""
    n = len(x)
    names = _metric_names(n, free)
    parameters = b.inputs("p", len(names) + n)
    moved, c = parameters[: len(names)], parameters[len(names) :]
    if free == "metric":
        place = {frozenset(pair): k for k, pair in enumerate(_upper(n))}
        rows: Sequence[Any] = [
            [moved[place[frozenset((i, j))]] for j in range(n)] for i in range(n)
        ]
    else:
        rows = metric.matrix.tolist()
    residual = [b.dot(row, x) - value for row, value in zip(rows, c, strict=True)]
    if free == "weights":
        residual = [r + d * v for r, d, v in zip(residual, moved, x, strict=True)]
    return (*names, *(f"c{i}" for i in range(1, n + 1))), residual


def _upper(n: int) -> list[tuple[int, int]]:
    return [(i, j) for i in range(n) for j in range(i, n)]


def _metric_names(n: int, free: Free) -> list[str]:
    if free == "metric":
        return [f"s{i + 1}_{j + 1}" for i, j in _upper(n)]
    return [f"d{i}" for i in range(1, n + 1)] if free == "weights" else []
