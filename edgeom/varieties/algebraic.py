"""Zero sets of polynomials, given by text or sympy expressions.

The chart is the identity with the equations as constraints. More equations than the codimension
are replaced by random combinations, as many as the codimension: near a smooth point of the zero
set these define the same set, and monodromy from such a point stays on its component.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgeom.degrees import closed_forms
from edgeom.errors import InputError, check_size
from edgeom.homotopy.tape import Builder, Tape
from edgeom.objectives.family import ObjectiveFamily
from edgeom.objectives.metric import Metric
from edgeom.scaling import GOOD_SIZE, Coordinates, good_coordinates
from edgeom.varieties.base import (
    Array,
    Chart,
    Fact,
    Variety,
    dot,
    product,
    random_orthogonal,
)
from edgeom.varieties.common_factor import common_factor, is_squarefree_on_a_line, split
from edgeom.varieties.components import Components, component_of, find_components
from edgeom.varieties.fields import kept_as
from edgeom.varieties.in_units import in_coordinates
from edgeom.varieties.polynomials import Polynomials
from edgeom.varieties.syzygies import Syzygies, exact_polynomials, find_syzygies
from edgeom.varieties.zero_set import NoPointError, ZeroSet, undefined_at

__all__ = ["AlgebraicVariety"]


class _ImplicitChart(Chart):
    def __init__(
        self,
        variety: AlgebraicVariety,
        rng: np.random.Generator | None,
        rotation: Array | None = None,
    ) -> None:
        self.variety, self.rotation = variety, rotation
        self.names = tuple(map(str, variety.polynomials.variables))
        polys, codimension = variety.polynomials.polys, variety.codimension
        degrees = [poly.total_degree() for poly in polys]
        self.mix: Array | None = None
        if len(polys) > codimension:
            self.mix = _combinations(degrees, codimension, rng or np.random.default_rng(len(polys)))
            degrees = sorted(degrees, reverse=True)[:codimension]
        self.degrees = tuple(degrees)

    def rotated(self, rng: np.random.Generator) -> Chart:
        rotation = random_orthogonal(len(self.names), rng)
        return _ImplicitChart(self.variety, rng, rotation)

    def point(self, u: Sequence[Any]) -> list[Any]:
        if self.rotation is None:
            return list(u)
        return [row[0] for row in product(self.rotation.tolist(), [[value] for value in u])]

    def constraints(self, u: Sequence[Any]) -> list[Any]:
        values = self.variety.polynomials(self.point(u))
        if self.mix is None:
            return values
        return [dot(values, row) for row in self.mix.tolist()]

    @cached_property
    def membership(self) -> Tape | None:
        if self.mix is None:
            return None  # the constraints are the equations
        b = Builder()
        x = self.point(b.inputs("u", len(self.names)))
        rows = [*self.mix.tolist(), *self.variety.syzygies.matrix(x)]
        f = [b.lift(value) for value in self.variety.polynomials(x)]
        return b.finish({"f": f, "M": [b.lift(value) for row in rows for value in row]})

    def sample(self, rng: np.random.Generator, real: bool = False) -> Array:
        return self._turned(self.variety.coordinates.outward(self.variety.zero_set.land(rng, real)))

    def component_samples(self, rng: np.random.Generator, count: int) -> list[Array]:
        """Return points on random linear spaces, which meet every component of this dimension.

        For one equation they are all its points on one line.
        """
        zero_set = self.variety.zero_set
        points = zero_set.line_points(rng) or [zero_set.slice(rng) for _ in range(count)]
        return [self._turned(self.variety.coordinates.outward(x)) for x in points]

    def coordinates(self, x: Array) -> Array | None:
        return self._turned(x)

    def on_variety(self, x: Array) -> NDArray[np.bool_]:
        here = ~undefined_at(self.variety.polynomials, x, 1e-8)
        return here if self.mix is None else here & self.variety.zero_set.solved_by(x, 1e-3)

    def remainders(self, u: Sequence[Any]) -> list[Any]:
        return [] if self.mix is None else self.variety.polynomials(self.point(u))

    def _turned(self, x: Array) -> Array:
        return x if self.rotation is None else np.asarray(x @ self.rotation)


def _combinations(degrees: Sequence[int], count: int, rng: np.random.Generator) -> Array:
    """Return random combinations of equations, as rows, of degrees as low as can be.

    To each of the equations of largest degree combinations of the others are added.
    """
    order = np.argsort([-degree for degree in degrees], kind="stable")
    mix = np.zeros((count, len(degrees)))
    mix[np.arange(count), order[:count]] = 1
    mix[:, order[count:]] = rng.normal(size=(count, len(degrees) - count))
    return mix


@kept_as(
    "{irreducible:irreducible }zeros {equations:, } in {variables:,}",
    equations=list[str],
    variables=list[str],
    irreducible=bool,
)
class AlgebraicVariety(Variety):
    """The zero set of polynomials.

    Parameters
    ----------
    equations : sequence
        Sympy expressions, or text (:mod:`edgeom.text`) such as ``"x^2 + y^2 = 1"``; there may be
        more than the codimension. Denominators are cleared, and points where one vanishes do not
        count.
    variables : sequence
        The coordinates, as sympy symbols or names; their order is the order of coordinates.
    irreducible : bool
        Whether the zero set is known to be irreducible. Then its one component is found from a
        point of it, without looking for others.

    Raises
    ------
    InputError
        An equation is not a rational function of the variables, or the zero set is empty, or the
        equations define it with a multiple structure, as a parabola and its tangent do.

    Notes
    -----
    The zero set may have several components, also of different dimensions; `dimension` is that of
    the component on which a random search lands. Squares of common factors are removed:
    x² = 0 is the line x = 0, once.

    Examples
    --------
    >>> import sympy
    >>> x, y = sympy.symbols("x y")
    >>> AlgebraicVariety([x**2 + 4*y**2 - 4], [x, y]).dimension
    1
    """

    is_irreducible = is_part = False

    def __init__(
        self, equations: Sequence[Any], variables: Sequence[Any], irreducible: bool = False
    ) -> None:
        self.is_irreducible = irreducible
        polynomials = Polynomials(equations, variables, "equation", "cleared")
        kept = [i for i, poly in enumerate(polynomials.polys) if not poly.is_zero]
        if not kept:
            raise InputError("there is no equation: the zero set is the whole space")
        for i in kept:
            if polynomials.polys[i].is_ground:
                raise InputError(
                    f"the zero set is empty: equation {i + 1} is the constant "
                    f"{polynomials.expressions[i]}"
                )
        reduced = self._reduced(polynomials, kept)
        self.polynomials = reduced
        coordinates, factors = good_coordinates(reduced.polys)
        if _is_good(coordinates, factors):
            self._describe(reduced, _zero_set(reduced))
        else:
            there = in_coordinates(reduced, coordinates, factors)
            self._describe(reduced, _zero_set(there))
            self._good, self._coordinates = self._moved(there, self.zero_set), coordinates

    def _moved(self, there: Polynomials, zero_set: ZeroSet) -> AlgebraicVariety:
        """Return the zero set of equations that are these in other coordinates."""
        other = object.__new__(type(self))
        other._describe(there, zero_set)
        other.is_exact, other.is_irreducible = self.is_exact, self.is_irreducible
        other.is_part = self.is_part
        return other

    @cached_property
    def syzygies(self) -> Syzygies:
        """Syzygies of the equations, as many as prove that a point is on the zero set.

        Raises
        ------
        InputError
            They could not be found.
        """
        points = self.chart().component_samples(np.random.default_rng(0), 4)
        equations = exact_polynomials(self.polynomials)
        return find_syzygies(equations, np.array(points), len(equations) - self.codimension)

    @cached_property
    def components(self) -> Components:
        """The irreducible components of all dimensions, each with witness points.

        Raises
        ------
        InputError
            More paths would be needed than are tried: say irreducible=True if that is known.
        IncompleteError
            Paths were lost, or points could not be grouped into components.

        Examples
        --------
        A plane and a line:

        >>> print(AlgebraicVariety(["x*y", "x*z"], "x y z").components)
        2 components
          dimension 2: surface of degree 1
          dimension 1: curve of degree 1
          check: complete witness sets, equation by equation
          check: 2 traces linear to ...
        """
        polynomials = self.zero_set.polynomials
        if self.is_irreducible:
            return component_of(polynomials, self.coordinates, self.codimension)
        return find_components(polynomials, self.coordinates)

    def parts(self) -> tuple[Variety, ...]:
        """Return varieties whose components have one dimension each; together they are this one.

        They are the factors of one equation, or of what all equations have in common, and for each
        smaller dimension the rest.
        """
        if self.is_irreducible or self.is_part:
            return (self,)
        common, rest = split(self.polynomials)
        if common == [self.polynomials]:
            return (self,)
        others = [] if rest is None else [self._part(rest, c) for c in self._codimensions if c > 1]
        parts = (*(self._part(factor, 1) for factor in common), *others)
        for part in parts:
            part.is_part = part is not self
        return parts

    @cached_property
    def _codimensions(self) -> Sequence[int]:
        """The codimensions that components may have."""
        polys = self.polynomials.polys
        if len(polys) == 1 or self.is_irreducible:
            return (self.codimension,)
        lowest = 1 if common_factor(polys).total_degree() > 0 else 2
        return range(lowest, min(len(polys), self.ambient_dimension) + 1)

    def component_points(self, dimension: int) -> Array | None:
        if len(self.polynomials.polys) == 1 or self.is_irreducible:
            return None  # a line meets all components of a hypersurface
        parts = [part for part in self.components if part.dimension == dimension]
        if any(part.multiplicity > 1 for part in parts):
            raise InputError(
                f"the equations vanish to second order on a component of dimension {dimension}: "
                "give reduced equations"
            )
        return np.array([part.points[0] for part in parts]).reshape(-1, self.ambient_dimension)

    def with_equations(self, equations: Sequence[Any], codimension: int) -> AlgebraicVariety:
        """Return the zero set of other equations in the same variables, of known codimension."""
        polynomials = Polynomials(equations, self.polynomials.variables, "equation")
        return self._part(polynomials, check_size(codimension, "codimension", 0))

    def _part(self, polynomials: Polynomials, codimension: int) -> AlgebraicVariety:
        """Return what has a given codimension, with as many combinations of the equations."""
        if codimension == self.codimension and polynomials is self.polynomials:
            return self
        return self._moved(polynomials, ZeroSet(polynomials, codimension))

    def placed(self, metric: Metric) -> tuple[Coordinates, Variety]:
        coordinates, factors = good_coordinates(self.polynomials.polys, metric.lengths)
        if _is_good(coordinates, factors):
            if self._good is None:
                return coordinates, self
            there = self.polynomials
        else:
            there = in_coordinates(self.polynomials, coordinates, factors)
        if coordinates == self._coordinates:
            return coordinates, self.good
        return coordinates, self._moved(there, ZeroSet(there, self.zero_set.codimension))

    def _describe(self, polynomials: Polynomials, zero_set: ZeroSet) -> None:
        self.polynomials, self.zero_set = polynomials, zero_set
        self.is_real = polynomials.are_real
        self.is_exact = polynomials.are_exact
        self.is_cone = all(poly.is_homogeneous for poly in polynomials.polys)
        self.shape = (len(polynomials.variables),)
        self.dimension = self.ambient_dimension - self.zero_set.codimension
        self.is_overdetermined = len(polynomials.polys) > self.codimension

    @staticmethod
    def _reduced(polynomials: Polynomials, kept: list[int]) -> Polynomials:
        """Drop zero equations, and repeated factors that all equations have."""
        equations = [polynomials.quotients[i] for i in kept]
        polys = [polynomials.polys[i] for i in kept]
        common = common_factor(polys)
        squarefree = common if is_squarefree_on_a_line(common) else common.sqf_part()
        if squarefree.total_degree() < common.total_degree():
            rest = [poly.quo(common) for poly in polys]
            constant = [k for k, poly in enumerate(rest) if poly.is_ground]
            equations = [
                (squarefree * rest[k]).as_expr() / polynomials.denominators[kept[k]].as_expr()
                for k in constant[:1] or range(len(rest))
            ]
        return Polynomials(equations, polynomials.variables, "equation", "cleared")

    def critical_point_bound(self, family: ObjectiveFamily) -> Fact | None:
        """Bound it by the largest degrees of equations (Nie, Ranestad, arXiv:0802.1233)."""
        return self.polynomial_fact(family.degree) if family.degree else None

    def polynomial_fact(self, degree: int) -> Fact | None:
        degrees = sorted((poly.total_degree() for poly in self.polynomials.polys), reverse=True)
        value = sum(
            closed_forms.optimization_degree(degree, degrees[:c], self.ambient_dimension)
            for c in self._codimensions
        )
        return Fact(value, "bound by the degrees of the equations")

    def chart(self, rng: np.random.Generator | None = None) -> Chart:
        return _ImplicitChart(self, rng)

    @property
    def singular_points(self) -> str:
        if all(poly.total_degree() <= 1 for poly in self.polynomials.polys):
            return ""
        return (
            f"points where the Jacobian of the equations has rank < {self.codimension}, "
            "if there are any"
        )

    def contains(self, point: ArrayLike, tolerance: float = 1e-8) -> bool:
        return self.zero_set.vanishes(self.coordinates.inward(self.flatten(point)), tolerance)

    def is_singular(self, point: ArrayLike, tolerance: float = 1e-8) -> bool:
        """Whether the Jacobian of the equations has too small a rank at a point of the set."""
        return self.zero_set.is_singular(self.coordinates.inward(self.flatten(point)), tolerance)

    @property
    def equations(self) -> list[str]:
        """The equations, as text."""
        return self.polynomials.texts

    @property
    def variables(self) -> list[str]:
        """The names of the coordinates."""
        return [str(variable) for variable in self.polynomials.variables]

    entry_names = variables

    @property
    def irreducible(self) -> bool:
        """Whether it was said to be irreducible."""
        return bool(self.is_irreducible)

    def __repr__(self) -> str:
        said = ", irreducible=True" if self.irreducible else ""
        return f"AlgebraicVariety({self.equations}, {self.variables}{said})"

    def __str__(self) -> str:
        shown = ", ".join(f"{e} = 0" for e in self.polynomials.expressions[:3])
        more = len(self.polynomials.expressions) - 3
        return shown + (f" and {more} more" if more > 0 else "")


def _zero_set(polynomials: Polynomials) -> ZeroSet:
    """Return the zero set, with points on its largest components where a search finds none."""
    if common_factor(polynomials.polys).total_degree() > 0:
        return ZeroSet(polynomials, 1)
    try:
        return ZeroSet(polynomials)
    except NoPointError:
        found = find_components(polynomials, Coordinates.identity(len(polynomials.variables)))
        if not len(found):
            raise
        points = [part.points for part in found if part.dimension == found.dimension]
        codimension = len(polynomials.variables) - found.dimension
        return ZeroSet(polynomials, codimension, np.concatenate(points))


def _is_good(coordinates: Coordinates, factors: Sequence[int]) -> bool:
    return coordinates.is_identity and max(map(abs, factors)) <= GOOD_SIZE
