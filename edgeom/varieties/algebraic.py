"""Zero sets of polynomials, given by sympy expressions.

The chart is the identity with the equations as constraints. More equations than the codimension
are replaced by random combinations, as many as the codimension: near a smooth point of the zero
set these define the same set, and monodromy from such a point stays on its component.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from edgeom.degrees import closed_forms
from edgeom.errors import InputError
from edgeom.homotopy.derivatives import jvp
from edgeom.homotopy.tape import Builder, Tape, double
from edgeom.objectives.metric import Metric
from edgeom.varieties.base import (
    Array,
    Chart,
    Fact,
    Variety,
    dot,
    gaussian,
    product,
    random_orthogonal,
)
from edgeom.varieties.polynomials import Polynomials

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
        count, codimension = len(variety.polynomials.polys), variety.codimension
        self.mix: Array | None = None
        if count > codimension:
            generator = rng or np.random.default_rng(count)
            self.mix = np.linalg.qr(generator.normal(size=(count, codimension)))[0].T
            self.defines = False  # random combinations vanish elsewhere, too

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

    def sample(self, rng: np.random.Generator, real: bool = False) -> Array:
        return self._turned(self.variety.land(rng, real))

    def component_samples(self, rng: np.random.Generator, count: int) -> list[Array]:
        """Return points on random linear spaces, which meet every component of this dimension.

        For one equation they are all its points on one line.
        """
        points = self.variety.line_points(rng) or [self.variety.slice(rng) for _ in range(count)]
        return [self._turned(x) for x in points]

    def coordinates(self, x: Array) -> Array | None:
        return self._turned(x)

    def _turned(self, x: Array) -> Array:
        return x if self.rotation is None else np.asarray(x @ self.rotation)


class AlgebraicVariety(Variety):
    """The zero set of polynomials.

    Parameters
    ----------
    equations : sequence
        Sympy expressions, or strings that sympy reads; there may be more than the codimension.
    variables : sequence
        The coordinates, as sympy symbols or names; their order is the order of coordinates.

    Raises
    ------
    InputError
        An equation is not a polynomial in the variables, or the zero set is empty, or the
        equations define it with a multiple structure, as x² = 0 or a parabola and its tangent do.

    Notes
    -----
    The zero set may have several components, also of different dimensions; `dimension` is that of
    the component on which a random search lands. Squares of a single equation are removed.

    Examples
    --------
    >>> import sympy
    >>> x, y = sympy.symbols("x y")
    >>> AlgebraicVariety([x**2 + 4*y**2 - 4], [x, y]).dimension
    1
    """

    is_irreducible = False

    def __init__(self, equations: Sequence[Any], variables: Sequence[Any]) -> None:
        polynomials = Polynomials(equations, variables, "equation")
        kept = [i for i, poly in enumerate(polynomials.polys) if not poly.is_zero]
        if not kept:
            raise InputError("there is no equation: the zero set is the whole space")
        for i in kept:
            if polynomials.polys[i].is_ground:
                raise InputError(
                    f"the zero set is empty: equation {i + 1} is the constant "
                    f"{polynomials.expressions[i]}"
                )
        self.polynomials = self._reduced(polynomials, kept)
        self.is_real = self.polynomials.are_real
        self.is_exact = self.polynomials.are_exact
        self.shape = (len(polynomials.variables),)
        self.dimension = self.ambient_dimension - self._find_codimension()

    @staticmethod
    def _reduced(polynomials: Polynomials, kept: list[int]) -> Polynomials:
        """Drop zero equations, and repeated factors where there is one equation."""
        expressions = [polynomials.expressions[i] for i in kept]
        if len(kept) == 1 and polynomials.polys[kept[0]].get_domain().is_Exact:
            poly = polynomials.polys[kept[0]]
            squarefree = poly.sqf_part()
            if squarefree.total_degree() < poly.total_degree():
                expressions = [squarefree.as_expr()]
        return Polynomials(expressions, polynomials.variables, "equation")

    @cached_property
    def _tape(self) -> Tape:
        b = Builder()
        x = b.inputs("x", self.ambient_dimension)
        values = [b.lift(value) for value in self.polynomials(x)]
        columns = [
            jvp(values, x, [b.one if k == j else b.zero for k in range(len(x))])
            for j in range(len(x))
        ]
        rows = [column[i] for i in range(len(values)) for column in columns]
        return b.finish({"f": values, "J": rows})

    def _values(self, x: Array) -> tuple[Array, Array]:
        out = self._tape.evaluate({"x": list(x)}, double)
        values = np.array(out["f"])
        return values, np.array(out["J"]).reshape(len(values), len(x))

    def _find_codimension(self) -> int:
        rng = np.random.default_rng(0)
        found = start = self._land_once(rng, real=False, tries=20)
        if start is None:
            raise self._empty()
        for _ in range(8):  # near a point that is only singular there are smooth ones
            if found is not None and (codimension := self._codimension_at(found)):
                return codimension
            reach = 0.03 * max(1.0, float(np.linalg.norm(start)))
            found = self._gauss_newton(start + reach * gaussian(rng, len(start)))
        place = np.real_if_close(start.round(4) + 0.0).tolist()
        raise InputError(
            "the equations vanish to second order on their zero set, at least near "
            f"({', '.join(f'{value:.4g}' for value in place)}): they define a multiple structure, "
            "as x^2 = 0 or a curve and its tangent do; give reduced equations (without squares, "
            "and with generators of all polynomials that vanish on the set)"
        )

    def _codimension_at(self, x: Array) -> int:
        """Return the rank of the Jacobian at a point, or 0 if it is not smooth and reduced."""
        _, jacobian = self._values(x)
        scales = np.abs(jacobian).max(axis=1, keepdims=True)
        if scales.max() <= 1e-6 * self._gradient_scale(x):
            return 0
        _, values, right = np.linalg.svd(jacobian / np.where(scales > 0, scales, 1))
        rank = int(np.sum(values > 1e-6 * values[0]))
        # by the implicit function theorem there is nothing to check when all equations count
        reduced = rank == len(jacobian) or self._extends_along(x, right[rank:].conj().T)
        return rank if reduced else 0

    def _extends_along(self, x: Array, kernel: Array) -> bool:
        """Whether the set leaves x in the directions of the Jacobian's kernel.

        From steps into two random directions of it the way back to the set has to be of second
        order. Where it is not, the kernel is larger than the tangent space.
        """
        if kernel.size == 0:
            return True
        rng = np.random.default_rng(0)
        frame = kernel @ gaussian(rng, 2 * kernel.shape[1]).reshape(-1, 2)
        for size in (1e-2, 1e-3, 1e-4):
            reach = size * max(1.0, float(np.linalg.norm(x)))
            starts = [x + reach * v / np.linalg.norm(v) for v in frame.T]
            ends = [self._gauss_newton(start) for start in starts]
            if all(
                end is not None and np.linalg.norm(end - start) <= 0.1 * reach
                for start, end in zip(starts, ends, strict=True)
            ):
                return True
        return False

    def _gradient_scale(self, x: Array) -> float:
        """Size the gradients would have if no terms cancelled."""
        sizes = [
            abs(complex(c)) * max(1.0, float(np.linalg.norm(x))) ** max(sum(alpha) - 1, 0)
            for poly in self.polynomials.polys
            for alpha, c in poly.terms()
        ]
        return float(max(sizes))

    def _empty(self) -> InputError:
        import sympy

        exact = all(poly.get_domain().is_Exact for poly in self.polynomials.polys)
        basis = sympy.groebner(self.polynomials.polys) if exact else None
        if basis is not None and basis.exprs == [1]:
            return InputError("the zero set is empty: the equations generate the unit ideal")
        return InputError("no point of the zero set could be found; are the equations consistent?")

    def land(self, rng: np.random.Generator, real: bool = False) -> Array:
        """Return a random smooth point of the largest rank seen, by damped Gauss-Newton steps.

        Raises
        ------
        InputError
            No such point was found (for `real`: the real points may be singular or absent).
        """
        for _ in range(50):
            x = self._land_once(rng, real)
            if x is not None and self._codimension_at(x) == self.codimension:
                return x
        kind = "real" if real else "complex"
        raise InputError(f"no smooth {kind} point of the zero set was found in 50 random trials")

    def line_points(self, rng: np.random.Generator) -> list[Array]:
        """Return the points of a hypersurface on a random complex line; none for other sets."""
        polys = self.polynomials.polys
        if len(polys) != 1:
            return []
        base, direction = (gaussian(rng, self.ambient_dimension) for _ in range(2))
        count = polys[0].total_degree() + 1
        nodes = np.exp(2j * np.pi * np.arange(count) / count)
        values = [self._values(base + t * direction)[0][0] for t in nodes]
        roots = np.roots(np.fft.fft(values)[::-1])
        points = [self._gauss_newton(base + t * direction) for t in roots]
        return [x for x in points if x is not None]

    def slice(self, rng: np.random.Generator) -> Array:
        """Return a point on a random linear space of complementary dimension.

        Damped Newton steps inside the space reach its intersections with all components about
        equally often; steps towards the nearest point (`land`) can miss a component for ever.
        """
        for _ in range(50):
            base = 10 ** rng.uniform(-0.5, 0.8) * gaussian(rng, self.ambient_dimension)
            frame = gaussian(rng, base.size * self.codimension).reshape(base.size, -1)
            x = base
            for _ in range(60):
                f, jacobian = self._values(x)
                step = frame @ np.linalg.lstsq(jacobian @ frame, f, rcond=None)[0]
                size, reach = np.linalg.norm(step), np.linalg.norm(base)
                x = x - step * min(1.0, reach / size if size else 1.0)
                if size < 1e-12 * reach:
                    break
            found = self._gauss_newton(x) if np.isfinite(x).all() else None
            if found is not None and self._codimension_at(found) == self.codimension:
                return found
        return self.land(rng)

    def _land_once(self, rng: np.random.Generator, real: bool, tries: int = 1) -> Array | None:
        for _ in range(tries):
            x = 10 ** rng.uniform(-0.5, 0.8) * gaussian(rng, self.ambient_dimension, real)
            if (found := self._gauss_newton(x)) is not None:
                return found
        return None

    def _gauss_newton(self, x: Array, steps: int = 200) -> Array | None:
        """Levenberg-Marquardt with damping |f|, which converges fast on smooth zero sets."""
        damping = 1.0
        f, jacobian = self._values(x)
        for _ in range(steps):
            size = float(np.linalg.norm(f))
            if size == 0:
                return x
            weight = np.sqrt(damping * min(size, 1.0))
            stacked = np.vstack([jacobian, weight * np.eye(len(x))])
            rhs = np.concatenate([f, np.zeros(len(x))])
            step = np.linalg.lstsq(stacked, rhs, rcond=None)[0]
            new = x - step
            f_new, j_new = self._values(new)
            if not np.isfinite(f_new).all():
                return None
            if np.linalg.norm(f_new) < size:
                x, f, jacobian = new, f_new, j_new
                damping = max(damping / 4, 1e-12)
            else:
                damping *= 4
            if np.linalg.norm(step) < 1e-14 * (1 + np.linalg.norm(x)):
                break
        return x if self._vanishes(x, 1e-10) else None

    def _vanishes(self, x: Array, tolerance: float) -> bool:
        """Whether every equation vanishes within a relative distance of x, or up to rounding.

        The gradient turns values into distances, also near singular points, where both are small.
        """
        f, jacobian = self._values(x)
        size, length = np.abs(x), float(np.linalg.norm(x))
        rounding = max(tolerance**2, 1e-13)
        for value, gradient, poly in zip(f, jacobian, self.polynomials.polys, strict=True):
            terms = sum(
                abs(complex(c)) * np.prod(size ** np.array(alpha)) for alpha, c in poly.terms()
            )
            if abs(value) > tolerance * np.linalg.norm(gradient) * length + rounding * terms:
                return False
        return True

    def critical_point_bound(self, metric: Metric) -> Fact | None:
        """Return the bound by the degrees of the equations, the largest ones.

        Draisma, Horobet, Ottaviani, Sturmfels, Thomas, arXiv:1309.0049, Proposition 2.6.
        """
        degrees = sorted((poly.total_degree() for poly in self.polynomials.polys), reverse=True)
        value = closed_forms.complete_intersection_ed_degree(
            degrees[: self.codimension], self.ambient_dimension
        )
        return Fact(value, "bound by the degrees of the equations")

    def chart(self, rng: np.random.Generator | None = None) -> Chart:
        return _ImplicitChart(self, rng)

    def contains(self, point: ArrayLike, tolerance: float = 1e-8) -> bool:
        return self._vanishes(self.flatten(point), tolerance)

    def is_singular(self, point: ArrayLike, tolerance: float = 1e-8) -> bool:
        """Whether the Jacobian of the equations has too small a rank at a point of the set."""
        x = self.flatten(point)
        if not self._vanishes(x, tolerance):
            return False
        values = np.linalg.svd(self._values(x)[1], compute_uv=False)
        bound = tolerance * self._gradient_scale(x)
        return int(np.sum(values > bound)) < self.codimension

    def __repr__(self) -> str:
        equations = self.polynomials.texts
        return f"AlgebraicVariety({equations}, {list(map(str, self.polynomials.variables))})"

    def __str__(self) -> str:
        shown = ", ".join(f"{e} = 0" for e in self.polynomials.expressions[:3])
        more = len(self.polynomials.expressions) - 3
        return shown + (f" and {more} more" if more > 0 else "")
