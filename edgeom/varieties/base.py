"""What every variety offers, and the charts in which its critical equations are written.

A chart describes (a dense part of) the variety by a polynomial map u -> x(u) together with
constraints g(u) = 0. A parametrised variety has a chart without constraints; a zero set has the
identity as map and its equations as constraints. The critical equations of both are the gradient
of one function (see :mod:`edgeom.equations.critical`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgeom.arrays import point as as_point
from edgeom.errors import InputError, keywords_checked
from edgeom.homotopy.derivatives import jvp
from edgeom.homotopy.tape import Builder, Tape
from edgeom.objectives.family import ObjectiveFamily
from edgeom.objectives.likelihood import LikelihoodFamily
from edgeom.objectives.metric import Metric
from edgeom.objectives.powers import PowerFamily
from edgeom.scaling import Coordinates
from edgeom.varieties.words import Words

__all__ = [
    "Chart",
    "Fact",
    "Variety",
    "dot",
    "gaussian",
    "geometry_tape",
    "product",
    "random_orthogonal",
    "transpose",
]

Array = NDArray[Any]


@dataclass(frozen=True)
class Fact:
    """An exact number and the reason it is known."""

    value: int
    reason: str


class Chart(ABC):
    """A polynomial map u -> x(u) onto a dense part of a variety, with constraints g(u) = 0.

    `point` and `constraints` are written with ``+ - *`` only, so they run on numbers, arrays,
    symbols and the values of a program under construction alike.
    """

    names: tuple[str, ...]  #: names of the unknowns u
    degrees: tuple[int, ...] = ()  #: of the constraints, where they are all equations, of x = u
    map_degree: int = 0  #: of x(u), where it is a polynomial map without constraints
    rational_degree: int = 0  #: of x(u), where it is a rational map, over one denominator
    linear: Sequence[int] = ()  #: unknowns in which x(u) is affine together, without constraints
    subspace: Array | None = None  #: (1, u) -> homogeneous parameters of a map; None for u itself
    resolves: bool = False  #: whether g is regular over singular points of the variety as well
    shear: Array | None = None  #: the matrix M where multipliers are written as λ + M u

    @abstractmethod
    def point(self, u: Sequence[Any]) -> list[Any]:
        """Return the coordinates x(u)."""

    def constraints(self, u: Sequence[Any]) -> list[Any]:
        """Return g(u); as many functions as the codimension of the variety in u-space."""
        return []

    @abstractmethod
    def sample(self, rng: np.random.Generator, real: bool = False) -> Array:
        """Return random chart coordinates of a smooth point."""

    def fractions(self, u: Sequence[Any]) -> tuple[list[Any], Any]:
        """Return the numerators of x(u) over one denominator, and that: forms of one degree."""
        return self.point(u), 1

    def on_variety(self, x: Array) -> NDArray[np.bool_]:
        """Tell which of the points x(u) may be on the variety, as far as doubles can tell."""
        return np.ones(len(x), bool)

    def remainders(self, u: Sequence[Any]) -> list[Any]:
        """Return what vanishes on the variety, and not wherever g(u) does."""
        return []

    @cached_property
    def membership(self) -> Tape | None:
        """The tape u -> f, M, where g(u) = 0 does not say that x(u) is a point of the variety.

        They are the variety's own equations f and a matrix M, by rows, with M f = 0 wherever
        g = 0. So x(u) is on the variety if g(u) = 0 and M has full column rank.

        Raises
        ------
        InputError
            There is no such matrix, with the reason.
        """
        return None

    def twins(self, u: Sequence[Any]) -> Iterator[list[Any]]:
        """Yield other unknowns of the same point, by symmetries of the map, in any arithmetic.

        The symmetries are exact, rational and invertible near u. A point with complex unknowns may
        be real: then its conjugate unknowns have the first ones among their twins.
        """
        return iter(())

    def poles(self, u: Array) -> NDArray[np.bool_]:
        """Tell at which unknowns ``(points, unknowns)`` x(u) is not defined, or nearly so."""
        return np.zeros(len(u), bool)

    def plain(self) -> tuple[Chart, Array] | None:
        """Return a chart of fewer operations and M with x(u) = M x_plain(u), if there is one."""
        return None

    def rotated(self, rng: np.random.Generator) -> Chart:
        """Return the same chart in randomly rotated coordinates, where that makes a difference."""
        return self

    def component_samples(self, rng: np.random.Generator, count: int) -> list[Array]:
        """Return chart coordinates of smooth points that meet, if possible, every component."""
        return [self.sample(rng) for _ in range(count)]

    def coordinates(self, x: Array) -> Array | None:
        """Return u with x(u) = x for points ``(points, coordinates)``; None if not implemented."""
        return None

    def parameters(self, u: Array) -> Array | None:
        """Return the parameters of a map at unknowns ``(points, unknowns)``, in the user's units.

        They are infinite where the map reaches a point in the limit only; None where the variety
        is not given by a map.
        """
        return None


def geometry_tape(chart: Chart) -> Tape:
    """Return u -> x, g and their Jacobians dx, dg (by rows), as one program."""
    b = Builder()
    u = b.inputs("u", len(chart.names))
    x = [b.lift(value) for value in chart.point(u)]
    g = [b.lift(value) for value in chart.constraints(u)]
    units = [[b.one if k == j else b.zero for k in range(len(u))] for j in range(len(u))]
    columns = [jvp([*x, *g], u, unit) for unit in units]
    dx = [column[i] for i in range(len(x)) for column in columns]
    dg = [column[len(x) + i] for i in range(len(g)) for column in columns]
    return b.finish({"x": x, "g": g, "dx": dx, "dg": dg})


def gaussian(rng: np.random.Generator, count: int, real: bool = False) -> Array:
    """Return independent standard normal numbers, real or complex."""
    values = rng.normal(size=count)
    return values if real else (values + 1j * rng.normal(size=count)) / np.sqrt(2)


def random_orthogonal(size: int, rng: np.random.Generator | None) -> Array:
    """Return a random orthogonal matrix, or the identity where no generator is given."""
    if rng is None:
        return np.eye(size, dtype=int)
    q, r = np.linalg.qr(rng.normal(size=(size, size)))
    return np.asarray(q * np.sign(np.diag(r)))


def product(a: Sequence[Sequence[Any]], b: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Multiply matrices given as rows, whatever their entries are."""
    return [[dot(row, [b[k][j] for k in range(len(b))]) for j in range(len(b[0]))] for row in a]


def transpose(a: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Turn the rows of a matrix into its columns, whatever its entries are."""
    return [list(column) for column in zip(*a, strict=True)]


def dot(x: Sequence[Any], y: Sequence[Any]) -> Any:
    """Add up products of entries, whatever they are."""
    first, *rest = (a * b for a, b in zip(x, y, strict=True))
    return sum(rest, first)


class Variety(ABC):
    """An irreducible algebraic set, or a union of such, in a space of arrays of one shape.

    Attributes
    ----------
    shape : tuple of int
        Shape of a point, e.g. (3, 3) for 3×3 matrices.
    dimension : int
        Complex dimension.
    """

    shape: tuple[int, ...]
    dimension: int

    def __init_subclass__(cls, **options: Any) -> None:
        """Check the arguments of questions that are asked of every variety."""
        super().__init_subclass__(**options)
        for name in vars(cls).keys() & {"contains", "is_singular"}:
            setattr(cls, name, keywords_checked(vars(cls)[name]))

    is_irreducible: bool = True  #: False when it is not known to be
    is_overdetermined: bool = False  #: given by more equations or parameters than are needed
    is_real: bool = True  #: whether it is given by real polynomials
    is_exact: bool = True  #: False when coefficients were rounded to doubles
    is_cone: bool = False  #: whether multiples of points are points
    words: ClassVar[Words | None] = None  #: how varieties of this kind are written in words

    _good: Variety | None = None
    _coordinates: Coordinates | None = None

    @property
    def text(self) -> str:
        """The variety in words, by which :func:`edgeom.read_variety` makes it again.

        Of a kind that the package does not have it is what is printed.
        """
        words: Words | None = vars(type(self)).get("words")
        if words is None:
            return str(self)
        return words.write({name: getattr(self, name) for name in words.forms})

    @property
    def good(self) -> Variety:
        """The variety in good coordinates, in which it is worked with; often it is the same."""
        return self._good or self

    @property
    def coordinates(self) -> Coordinates:
        """Those good coordinates: x = origin + 2^exponents · y, with y a point of `good`."""
        return self._coordinates or Coordinates.identity(self.ambient_dimension)

    def placed(self, metric: Metric) -> tuple[Coordinates, Variety]:
        """Return coordinates that are good for a metric as well, and the variety there."""
        return self.coordinates, self.good

    def parts(self) -> tuple[Variety, ...]:
        """Return varieties whose components have one dimension each; together they are this one."""
        return (self,)

    def component_points(self, dimension: int) -> Array | None:
        """Return a point on each component of a dimension; None where they need no points.

        They need none where the variety is irreducible, or where the samples of a chart meet all
        components.

        Raises
        ------
        InputError, IncompleteError
            They could not be found.
        """
        return None

    @property
    def ambient_dimension(self) -> int:
        """Number of coordinates of a point."""
        return prod(self.shape)

    @property
    def entry_names(self) -> list[str]:
        """What the entries of a point are called, row by row."""
        return [f"x[{','.join(map(str, place))}]" for place in np.ndindex(self.shape)]

    @property
    def codimension(self) -> int:
        """Ambient dimension minus dimension."""
        return self.ambient_dimension - self.dimension

    @property
    def default_metric(self) -> Metric:
        """The metric that is meant when none is given."""
        return Metric.euclidean(self.ambient_dimension)

    @abstractmethod
    def chart(self, rng: np.random.Generator | None = None) -> Chart:
        """Return a chart: the plain one, or one in random position."""

    @property
    def singular_points(self) -> str:
        """Where its singular points are, in words; empty where it is known to have none."""
        return "singular points of the variety, if there are any"

    @property
    def why_smooth(self) -> str:
        """Why the nearest point of data off the variety is a smooth one; empty if it need not be.

        It holds for every positive definite metric.
        """
        return ""

    @abstractmethod
    def contains(self, point: ArrayLike, tolerance: float = 1e-8) -> bool:
        """Whether a point lies on the variety, up to a relative tolerance."""

    def singular_strata(self) -> Sequence[Variety] | None:
        """Return varieties of which every point where this one is not smooth is a smooth point.

        Of one of them at least, up to points that are never nearest; None where they are not known.
        """
        return None

    def parameters_at(self, points: Array) -> Array | None:
        """Return parameters of points (points, *shape), where a kind of variety has its own.

        They are called by its ``variables``.
        """
        return None

    @abstractmethod
    def is_singular(self, point: ArrayLike, tolerance: float = 1e-8) -> bool:
        """Whether a point of the variety is a singular point of it."""

    def ed_degree_fact(self, metric: Metric, exact: bool = False) -> Fact | None:
        """Return the exact number of critical points for this metric, where a theorem gives it.

        There is none for a metric whose number of coordinates is not that of the variety. What
        the theorem asks of the metric may hold up to rounding, or with `exact` has to be true of
        its doubles.
        """
        return None

    def polynomial_fact(self, degree: int) -> Fact | None:
        """Return the number of critical points of a general polynomial of a degree, or a bound."""
        return None

    def power_fact(self, power: int) -> Fact | None:
        """Return the same for sums of powers with the weights of the default metric."""
        return None

    def likelihood_fact(self) -> Fact | None:
        """Return the maximum likelihood degree, where a theorem gives it."""
        return None

    def generic_ed_degree_fact(self) -> Fact | None:
        """Return the exact generic ED degree, where a formula gives it."""
        return None

    def critical_point_bound(self, family: ObjectiveFamily) -> Fact | None:
        """Return a proved upper bound for the number of isolated critical points, if there is one.

        It holds for every data point: isolated critical points, on the smooth locus, persist when
        metric and data are moved a little, so there are no more of them than for general data and
        this metric, or for general data and a general metric. Those of a polynomial persist when
        it is moved among all polynomials of its degree, and those of a sum of powers when terms of
        lower degree are moved.
        """
        facts: list[Fact | None] = []
        if isinstance(family, Metric):
            if (fact := self.ed_degree_fact(family, exact=True)) is not None:
                facts.append(Fact(fact.value, f"ED degree ({fact.reason})"))
            if (fact := self.generic_ed_degree_fact()) is not None:
                facts.append(Fact(fact.value, f"generic ED degree ({fact.reason})"))
        elif family.degree:
            facts.append(self.polynomial_fact(family.degree))
        usual = np.diag(self.default_metric.matrix).real
        if isinstance(family, PowerFamily) and family.weighs_like(usual):
            facts.append(self.power_fact(family.p))
        if isinstance(family, LikelihoodFamily) and family.weighs_like(usual):
            facts.append(self.likelihood_fact())
        return min((f for f in facts if f is not None), key=lambda f: f.value, default=None)

    @keywords_checked
    def random_point(self, seed: int = 0, real: bool = False) -> Array:
        """Return a random smooth point, complex or real.

        Raises
        ------
        InputError
            No real point could be found.
        """
        chart = self.good.chart()
        u = chart.sample(np.random.default_rng(seed), real)
        y = geometry_tape(chart).arrays(u=u[None])["x"][0]
        return self.unflatten(self.coordinates.outward(y))

    def flatten(self, point: ArrayLike, name: str = "point") -> Array:
        """Return the coordinates of a point, checked for shape and finite entries.

        They become doubles: differences and products of small integers would wrap around.
        """
        array = as_point(point, self.shape, name)
        if not np.isfinite(array).all():
            raise InputError(f"{name} must have finite entries, got NaN or infinity")
        return self._flat(array, name)

    def _flat(self, array: Array, name: str) -> Array:
        return array.reshape(self.ambient_dimension)

    def unflatten(self, coordinates: Array) -> Array:
        """Return the points with these coordinates along the last axis."""
        return coordinates.reshape(*coordinates.shape[:-1], *self.shape)
