"""Points on zero sets of polynomials: Newton's method in double precision.

Coordinates are meant to be good ones (:mod:`edgeom.scaling`): random starting points have size 1.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from edgeom.errors import InputError
from edgeom.homotopy.constants import double
from edgeom.homotopy.derivatives import jvp
from edgeom.homotopy.tape import Builder, Tape
from edgeom.varieties.base import Array, gaussian
from edgeom.varieties.polynomials import Polynomials

__all__ = ["NoPointError", "ZeroSet", "undefined_at"]

STARTS = 12  # of the search for a point on a hyperplane
FAR = 10  # a point that is so many times further away than the hyperplane is not near
ROUNDING = 1e-13  # relative to what the value would be without cancellation


class NoPointError(InputError):
    """A search found no point of a zero set."""


class ZeroSet:
    """The zero set of polynomials as a place to find points on.

    Parameters
    ----------
    polynomials : Polynomials
        In good coordinates.
    codimension : int, optional
        By default that of a random point is found out.
    points : complex array (points, n), optional
        Known points, which are taken where a search finds none.

    Raises
    ------
    InputError
        No point was found, or the equations define a multiple structure.
    """

    def __init__(
        self,
        polynomials: Polynomials,
        codimension: int | None = None,
        points: Array | None = None,
    ) -> None:
        self.polynomials, self.points = polynomials, points
        self.size = len(polynomials.variables)
        self.codimension = codimension or self._find_codimension()

    @cached_property
    def _tape(self) -> Tape:
        b = Builder()
        x = b.inputs("x", self.size)
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
            if found is not None and (codimension := self.codimension_at(found)):
                return codimension
            reach = 0.03 * max(1.0, float(np.linalg.norm(start)))
            found = self._gauss_newton(start + reach * gaussian(rng, len(start)))
        place = np.real_if_close(start.round(4) + 0.0).tolist()
        raise InputError(
            "the equations vanish to second order on their zero set, at least near "
            f"({', '.join(f'{value:.4g}' for value in place)}): they define a multiple structure, "
            "as a curve and its tangent do; give reduced equations (without squares, "
            "and with generators of all polynomials that vanish on the set)"
        )

    def codimension_at(self, x: Array) -> int:
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

    def _empty(self) -> NoPointError:
        import sympy

        basis = sympy.groebner(self.polynomials.polys) if self.polynomials.are_exact else None
        if basis is not None and basis.exprs == [1]:
            return NoPointError("the zero set is empty: the equations generate the unit ideal")
        return NoPointError(
            "no point of the zero set could be found; are the equations consistent?"
        )

    def land(self, rng: np.random.Generator, real: bool = False) -> Array:
        """Return a random smooth point of the largest rank seen, by damped Gauss-Newton steps.

        Raises
        ------
        InputError
            No such point was found (for `real`: the real points may be singular or absent).
        """
        for _ in range(50):
            x = self._land_once(rng, real)
            if x is not None and self.codimension_at(x) == self.codimension:
                return x
            if self.points is not None and not real:
                return np.asarray(rng.choice(self.points))
        kind = "real" if real else "complex"
        raise InputError(f"no smooth {kind} point of the zero set was found in 50 random trials")

    def line_points(self, rng: np.random.Generator) -> list[Array]:
        """Return the points of a hypersurface on a random complex line; none for other sets."""
        polys = self.polynomials.polys
        if len(polys) != 1:
            return []
        base, direction = (gaussian(rng, self.size) for _ in range(2))
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
            base = 10 ** rng.uniform(-0.5, 0.8) * gaussian(rng, self.size)
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
            if found is not None and self.codimension_at(found) == self.codimension:
                return found
        return self.land(rng)

    def _land_once(self, rng: np.random.Generator, real: bool, tries: int = 1) -> Array | None:
        for _ in range(tries):
            x = 10 ** rng.uniform(-0.5, 0.8) * gaussian(rng, self.size, real)
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
        return x if self.vanishes(x, 1e-10) else None

    def is_isolated(self, x: Array) -> bool:
        """Whether a point of the set has no others around it.

        A curve through x meets nearly every hyperplane near x in a point near x; such points are
        looked for on hyperplanes at several distances.
        """
        rng = np.random.default_rng(0)
        for reach in (1e-1, 1e-2, 1e-3):
            radius = reach * max(1.0, float(np.linalg.norm(x)))
            normals = [gaussian(rng, self.size) for _ in range(STARTS)]
            planes = [_OnHyperplane(self, v / np.linalg.norm(v), x, radius) for v in normals]
            if not any(plane.has_point_near(x, rng) for plane in planes):
                return True
        return False

    def vanishes(self, x: Array, tolerance: float) -> bool:
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

    def solved_by(self, points: Array, tolerance: float) -> NDArray[np.bool_]:
        """Tell which of the points ``(points, n)`` solve every equation.

        Their distances from the zero sets of the equations are relative to their lengths, or
        absolute near the origin.
        """
        if not len(points):
            return np.zeros(0, bool)
        out = self._tape.arrays(x=points)
        slopes = np.linalg.norm(out["J"].reshape(len(points), -1, self.size), axis=2)
        length = np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1.0)
        terms = np.array(
            [
                sum(
                    abs(complex(c)) * np.prod(np.abs(points) ** np.array(alpha), axis=1)
                    for alpha, c in poly.terms()
                )
                for poly in self.polynomials.polys
            ]
        ).T
        return np.asarray(
            (np.abs(out["f"]) <= tolerance * slopes * length + ROUNDING * terms).all(axis=1)
        )

    def is_singular(self, x: Array, tolerance: float) -> bool:
        """Whether the Jacobian of the equations has too small a rank at a point of the set."""
        if not self.vanishes(x, tolerance):
            return False
        values = np.linalg.svd(self._values(x)[1], compute_uv=False)
        bound = tolerance * self._gradient_scale(x)
        return int(np.sum(values > bound)) < self.codimension


def undefined_at(polynomials: Polynomials, points: Array, tolerance: float) -> NDArray[np.bool_]:
    """Tell at which of the points ``(points, n)`` a denominator that was cleared vanishes."""
    undefined = np.zeros(len(points), bool)
    for poly in polynomials.excluded:
        denominator = Polynomials([poly.as_expr()], polynomials.variables)
        undefined |= ZeroSet(denominator, 1).solved_by(points, tolerance)
    return undefined


class _OnHyperplane(ZeroSet):
    """The points of a zero set on the hyperplane normal · (x - centre) = offset."""

    def __init__(self, whole: ZeroSet, normal: Array, centre: Array, offset: float) -> None:
        super().__init__(whole.polynomials, whole.codimension)
        self.whole, self.normal, self.centre, self.offset = whole, normal, centre, offset
        self.size = whole.size

    def has_point_near(self, x: Array, rng: np.random.Generator) -> bool:
        """Look for a point from a random one on the hyperplane."""
        v = gaussian(rng, self.size)
        v = v - self.normal.conj() * (self.normal @ v - 1)
        found = self._gauss_newton(self.centre + self.offset * v)
        return found is not None and bool(np.linalg.norm(found - x) < FAR * self.offset)

    def _values(self, x: Array) -> tuple[Array, Array]:
        f, jacobian = self.whole._values(x)
        gap = self.normal @ (x - self.centre) - self.offset
        return np.append(f, gap), np.vstack([jacobian, self.normal])

    def vanishes(self, x: Array, tolerance: float) -> bool:
        gap = abs(self.normal @ (x - self.centre) - self.offset)
        return bool(gap < 1e-6 * self.offset) and self.whole.vanishes(x, tolerance)
