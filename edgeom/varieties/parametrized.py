"""Images of polynomial and rational maps, given by text or sympy expressions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from edgeom.degrees.closed_forms import veronese_generic_ed_degree
from edgeom.errors import InputError
from edgeom.objectives.family import ObjectiveFamily
from edgeom.objectives.metric import Metric
from edgeom.scaling import Coordinates
from edgeom.varieties.base import Array, Chart, Fact, Variety, dot, gaussian, geometry_tape
from edgeom.varieties.fields import kept_as
from edgeom.varieties.good_map import good_map
from edgeom.varieties.polynomials import Polynomials
from edgeom.varieties.rational_map import RationalChart

__all__ = ["ParametrizedVariety"]


class _MapChart(Chart):
    """The map, whose parameters are the unknowns in the units of good coordinates."""

    def __init__(self, polynomials: Polynomials, units: Coordinates) -> None:
        self.polynomials, self.units = polynomials, units
        self.names = tuple(map(str, polynomials.variables))
        self.map_degree = max(poly.total_degree() for poly in polynomials.polys)

    def point(self, u: Sequence[Any]) -> list[Any]:
        return self.polynomials(u)

    def sample(self, rng: np.random.Generator, real: bool = False) -> Array:
        return gaussian(rng, len(self.names), real)

    def parameters(self, u: Array) -> Array | None:
        return self.units.outward(u)


class _SliceChart(_MapChart):
    """The map on an affine subspace whose dimension is that of the image."""

    subspace: Array

    def __init__(self, polynomials: Polynomials, units: Coordinates, frame: Array) -> None:
        super().__init__(polynomials, units)
        self.subspace = frame
        self.names = tuple(f"w{i}" for i in range(frame.shape[1] - 1))

    def point(self, u: Sequence[Any]) -> list[Any]:
        rows = self.subspace[1:].tolist()
        return self.polynomials([dot(u, row) + start for start, *row in rows])

    def parameters(self, u: Array) -> Array | None:
        return self.units.outward(self.subspace[1:, 0] + u @ self.subspace[1:, 1:].T)


@kept_as("map {variables:,} -> ({map:, })", map=list[str], variables=list[str])
class ParametrizedVariety(Variety):
    """The closure of the image of a polynomial or rational map.

    Parameters
    ----------
    map : sequence
        The coordinates of the image point: sympy expressions, or text (:mod:`edgeom.text`).
    variables : sequence
        The parameters, as sympy symbols or names. There may be more than the dimension of the
        image: critical points are then computed on a random slice of parameter space, which
        meets every general fibre.

    Notes
    -----
    Critical points are counted on the image, not in parameter space: parameters with the same
    image count once.

    Examples
    --------
    >>> import sympy
    >>> s, t = sympy.symbols("s t")
    >>> ParametrizedVariety([s**3, s**2 * t, s * t**2, t**3], [s, t]).dimension
    2
    >>> ParametrizedVariety(["(1 - t^2)/(1 + t^2)", "2*t/(1 + t^2)"], "t").contains([0.6, 0.8])
    True
    """

    def __init__(self, map: Sequence[Any], variables: Sequence[Any]) -> None:
        self.polynomials = Polynomials(map, variables, "coordinate", "kept")
        if not self.polynomials.polys:
            raise InputError("the map must have at least one coordinate, got none")
        self.is_real = self.polynomials.are_real
        self.is_exact = self.polynomials.are_exact
        self.shape = (len(self.polynomials.polys),)
        self._units = Coordinates.identity(len(self.polynomials.variables))
        self._geometry = geometry_tape(_MapChart(self.polynomials, self._units))
        self.dimension = self._exact_rank() if self.is_exact and self.is_real else self._rank()
        self.is_overdetermined = self.dimension < len(self.polynomials.variables)
        self._coordinates, self._good = self._placed()

    def placed(self, metric: Metric) -> tuple[Coordinates, Variety]:
        return self._placed(metric.lengths)

    def _placed(
        self, lengths: Sequence[float] | None = None
    ) -> tuple[Coordinates, ParametrizedVariety]:
        """Find good coordinates of the image, and of the parameters."""
        change, units, there = good_map(self.polynomials, lengths)
        if there is None:
            return change, self
        good = object.__new__(ParametrizedVariety)
        good.__dict__.update(self.__dict__, polynomials=there, _good=None, _coordinates=None)
        good._units = units
        good._geometry = geometry_tape(_MapChart(there, units))
        return change, good

    def _rank(self) -> int:
        """Return the rank of the differential at a random point."""
        u = gaussian(np.random.default_rng(0), len(self.polynomials.variables))
        return int(np.linalg.matrix_rank(self._values(u)[1], rtol=1e-9))

    def _exact_rank(self) -> int:
        """Return the rank of the differential at a random point with integer coordinates."""
        from flint import fmpq, fmpq_mat

        def exact(value: Any) -> Any:
            return fmpq(*value.as_integer_ratio())

        count = self._geometry.inputs["u"]
        rng = np.random.default_rng(0)
        while True:
            u = [fmpq(v) for v in rng.integers(-(10**6), 10**6, count).tolist()]
            try:
                entries = self._geometry.evaluate({"u": u}, exact)["dx"]
            except ZeroDivisionError:  # a denominator vanishes there, which is rare
                continue
            return int(fmpq_mat(self.ambient_dimension, count, entries).rank())

    def _values(self, u: Array) -> tuple[Array, Array]:
        with np.errstate(all="ignore"):  # a step may lead to a pole
            out = self._geometry.arrays(u=u[None])
        return out["x"][0], out["dx"][0].reshape(self.ambient_dimension, len(u))

    def critical_point_bound(self, family: ObjectiveFamily) -> Fact | None:
        """Return the number of critical points of a general map of the same degree.

        Isolated critical points are the ends of paths from those of a general map, see
        docs/explanation/embedded_solver.md.
        """
        chart = self.good.chart()
        count = len(chart.names)
        if chart.map_degree and family.degree:
            value = (family.degree * chart.map_degree - 1) ** count
            return Fact(value, "bound by the degree of the map")
        if chart.rational_degree and family.degree == 2 and self.ambient_dimension > count:
            value = veronese_generic_ed_degree(count + 1, chart.rational_degree)
            return Fact(value, "bound by the degree of the rational map")
        return super().critical_point_bound(family)

    def chart(self, rng: np.random.Generator | None = None) -> Chart:
        generator = rng or np.random.default_rng(self.dimension)
        count, dimension = len(self.polynomials.variables), self.dimension
        if self._is_rational:
            turned = np.linalg.qr(generator.normal(size=(count + 1, count + 1)))[0]
            return self.chart_on(turned[:, : dimension + 1])
        if dimension == count:
            return self.chart_on(None)
        base = generator.normal(size=count)
        directions = np.linalg.qr(generator.normal(size=(count, dimension)))[0]
        frame = np.zeros((count + 1, dimension + 1))
        frame[0, 0], frame[1:, 0], frame[1:, 1:] = 1, base, directions
        return self.chart_on(frame)

    def chart_on(self, frame: Array | None) -> Chart:
        """Return the chart on the subspace of parameters that has a frame, None for all of them."""
        if self._is_rational and frame is not None:
            return RationalChart(self.polynomials, self._units, frame)
        if frame is not None:
            return _SliceChart(self.polynomials, self._units, frame)
        return _MapChart(self.polynomials, self._units)

    @property
    def _is_rational(self) -> bool:
        return not all(poly.is_ground for poly in self.polynomials.denominators)

    @property
    def is_projective(self) -> bool:
        """Whether infinite parameters form a set of positive dimension, on which points may be."""
        return self._is_rational and len(self.polynomials.variables) > 1

    def point_at(self, parameters: ArrayLike) -> Array:
        """Return the point with these parameters, as coordinates; NaN at a pole."""
        with np.errstate(all="ignore"):
            values = self.polynomials(list(np.asarray(parameters)))
        return np.asarray(np.array(values) + 0 * np.asarray(parameters)[0])

    def contains(self, point: ArrayLike, tolerance: float = 1e-8) -> bool:
        """Whether parameters of the point are found, by Gauss-Newton steps from 50 random starts.

        ``False`` means that none were found, which is evidence and not a proof; points of the
        closure outside the image are reached only in the limit.
        """
        x = self.flatten(point)
        if self.good is not self:
            return self.good.contains(self.coordinates.inward(x), tolerance)
        rng = np.random.default_rng(0)
        scale = float(np.linalg.norm(x)) or 1.0
        real = not np.iscomplexobj(x)
        for trial in range(50):
            u = gaussian(rng, len(self.polynomials.variables), real and trial % 2 == 0)
            damping = 1.0
            value, jacobian = self._values(u)
            for _ in range(100):
                gap = x - value
                if np.linalg.norm(gap) <= tolerance * scale:
                    return True
                stacked = np.vstack([jacobian, np.sqrt(damping) * np.eye(len(u))])
                rhs = np.concatenate([gap, np.zeros(len(u))])
                new = u + np.linalg.lstsq(stacked, rhs, rcond=None)[0]
                value_new, jacobian_new = self._values(new)
                if np.linalg.norm(x - value_new) < np.linalg.norm(gap):
                    u, value, jacobian = new, value_new, jacobian_new
                    damping = max(damping / 8, 1e-14)
                else:
                    damping = min(damping * 8, 1e12)
        return False

    def is_singular(self, point: ArrayLike, tolerance: float = 1e-8) -> bool:
        """Return False: a parametrisation alone does not show the singular points of its image."""
        self.flatten(point)
        return False

    @property
    def map(self) -> list[str]:
        """The coordinates of the map, as text."""
        return self.polynomials.texts

    @property
    def variables(self) -> list[str]:
        """The names of the parameters."""
        return [str(variable) for variable in self.polynomials.variables]

    def __repr__(self) -> str:
        return f"ParametrizedVariety({self.map}, {self.variables})"

    def __str__(self) -> str:
        names = ", ".join(map(str, self.polynomials.variables))
        shown = ", ".join(map(str, self.polynomials.expressions[:6]))
        more = ", …" if len(self.polynomials.expressions) > 6 else ""
        return f"image of ({names}) ↦ ({shown}{more})"
