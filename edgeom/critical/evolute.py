"""The ED discriminant of a plane curve: data with a multiple critical point, the evolute.

With f the equation, τ tangent to the curve and S the metric, the data q for which x is critical are
q = x - λ S⁻¹∇f, and the second derivative along the curve vanishes for λ = τᵀSτ / τᵀ∇²f τ. So the
discriminant is the image of the curve under a rational map. Its equation is found by linear algebra
from points of it over finite fields, and lifted to rational numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import gcd, isqrt, lcm, perm
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from edgeom.arrays import check_window
from edgeom.errors import DegenerateDataError, InputError, check_size, keywords_checked
from edgeom.objectives.metric import Metric
from edgeom.varieties.algebraic import AlgebraicVariety
from edgeom.varieties.unseen import metric_for
from edgeom.views import view

if TYPE_CHECKING:
    import sympy
    from matplotlib.axes import Axes

__all__ = ["EDDiscriminant", "centres_along", "ed_discriminant", "evolute", "plane_curve"]

Array = NDArray[Any]
LARGEST_DEGREE = 40  #: of an equation that is looked for
PRIMES = 400  # of about 31 bits: coefficients of up to two thousand digits
SPARE = 10  # points that check an equation


@keywords_checked
def ed_discriminant(curve: AlgebraicVariety, metric: Metric | None = None) -> EDDiscriminant:
    """Return the ED discriminant of a plane curve, as points, as curves and as an equation.

    It divides the plane of data into regions with different numbers of real critical points.

    Parameters
    ----------
    curve : AlgebraicVariety
        Given by one real equation in two variables.
    metric : Metric, optional
        By default the Euclidean one.

    Raises
    ------
    InputError
        It is no such curve, or the metric is not positive definite.

    Examples
    --------
    >>> import edgeom as eg
    >>> found = eg.ed_discriminant(eg.AlgebraicVariety(["x^2 + 4*y^2 - 4"], "x, y"))
    >>> found.degree
    6
    >>> found.equation.subs({"x": 1.5, "y": 0}) == found.equation.subs({"x": 0, "y": 3}) == 0
    True
    """
    if plane_curve(curve) is None:
        raise InputError(f"curve must be given by one equation in two variables, got {curve}")
    if not curve.is_real:
        raise InputError("a picture of data needs a curve with real equations")
    metric = metric_for(curve, metric)
    if not metric.is_definite:
        raise InputError(f"the metric must be positive definite, got {metric!r}")
    return EDDiscriminant(curve, metric)


@dataclass(frozen=True, eq=False)
class EDDiscriminant:
    """The ED discriminant of a plane curve, its evolute, see :func:`ed_discriminant`.

    `equation` and `degree` are exact; `curves`, `points` and `plot` show real points.

    Attributes
    ----------
    curve : AlgebraicVariety
    metric : Metric
    """

    curve: AlgebraicVariety
    metric: Metric

    @keywords_checked
    def curves(self, window: Sequence[float], resolution: int = 1201) -> list[Array]:
        """Return the real discriminant as polygons.

        Parameters
        ----------
        window : (float, float, float, float)
            x from, x to, y from, y to. The curve is followed three widths around its centre.
        resolution : int
            Grid lines by which it is followed.

        Returns
        -------
        list of arrays (points, 2)
            One for each piece of the curve there, with a row of NaN at its inflection points.
        """
        from contourpy import contour_generator

        count = check_size(resolution, "resolution", 10, 20_000)
        left, right, bottom, top = check_window(window)
        x, y = (
            3 * np.linspace(-1, 1, count) * (high - low) + (high + low) / 2
            for low, high in ((left, right), (bottom, top))
        )
        import sympy

        polynomials = self.curve.polynomials
        value = sympy.lambdify(polynomials.variables, polynomials.expressions[0])
        grid = np.broadcast_to(value(*np.meshgrid(x, y)), (count, count))
        lines = [np.asarray(line) for line in contour_generator(x, y, grid).lines(0.0)]
        return [centres_along(self.curve, self.metric, line) for line in lines]

    @keywords_checked
    def points(self, window: Sequence[float], resolution: int = 1201) -> Array:
        """Return points (points, 2) of the real discriminant in a window, see :meth:`curves`."""
        left, right, bottom, top = check_window(window)
        pieces = self.curves(window, resolution)
        every = np.concatenate(pieces) if pieces else np.zeros((0, 2))
        with np.errstate(invalid="ignore"):
            inside = (every >= [left, bottom]) & (every <= [right, top])
        return np.asarray(every[inside.all(axis=1)])

    @cached_property
    def equation(self) -> sympy.Expr:
        """The equation, with coprime integer coefficients, in the variables of the curve.

        Raises
        ------
        InputError
            The coefficients of the curve are no rational numbers, or the degree is above
            `LARGEST_DEGREE`.
        DegenerateDataError
            The discriminant is no curve, as for a circle or a line.
        """
        import sympy

        monomials, coefficients = _Fit(self.curve, self.metric).equation()
        x, y = self.curve.polynomials.variables
        terms = zip(monomials, coefficients, strict=True)
        return sympy.Add(*(sympy.Integer(c) * x**i * y**j for (i, j), c in terms))

    @property
    def degree(self) -> int:
        """Of the equation."""
        import sympy

        return int(sympy.Poly(self.equation, *self.curve.polynomials.variables).total_degree())

    def plot(self, ax: Axes | None = None, window: Sequence[float] | None = None) -> Axes:
        """Draw the discriminant into axes, which go on showing what they show.

        New axes show the window, (-2, 2, -2, 2) if none is given; see :meth:`curves` for it.
        """
        axes: Axes = view("plot_discriminant")(self, ax, window)
        return axes

    def __str__(self) -> str:
        return f"ED discriminant of {self.curve}, {self.metric.name}"

    __repr__ = __str__


def plane_curve(variety: object) -> AlgebraicVariety | None:
    """Return a variety if it is a plane curve given by one equation."""
    if not isinstance(variety, AlgebraicVariety) or variety.shape != (2,):
        return None
    return variety if len(variety.polynomials.expressions) == 1 else None


def evolute(variety: AlgebraicVariety, metric: Metric, points: Array) -> Array:
    """Return the centres of curvature of a plane curve at some of its points.

    Parameters
    ----------
    variety : AlgebraicVariety
        A curve in the plane given by one equation.
    metric : Metric
    points : array (points, 2)

    Returns
    -------
    array (points, 2)
        Infinite or NaN at inflection points and singular points.

    Examples
    --------
    >>> import edgeom as eg
    >>> ellipse = eg.AlgebraicVariety(["x^2 + 4*y^2 - 4"], "x, y")
    >>> evolute(ellipse, eg.Metric.euclidean(2), np.array([[2.0, 0.0], [0.0, 1.0]]))
    array([[ 1.5,  0. ],
           [ 0. , -3. ]])
    """
    import sympy

    f, variables = variety.polynomials.expressions[0], variety.polynomials.variables
    derivatives = [f.diff(v) for v in variables]
    derivatives += [f.diff(v, w) for v, w in ((variables[0],) * 2, variables, (variables[1],) * 2)]
    compiled = (sympy.lambdify(variables, expression) for expression in derivatives)
    x, y = points.T
    fx, fy, fxx, fxy, fyy = (np.broadcast_to(function(x, y), x.shape) for function in compiled)
    tangent = np.stack([-fy, fx], axis=-1).astype(float)
    length = np.einsum("pi,ij,pj->p", tangent, metric.matrix, tangent)
    second = fy * fy * fxx - 2 * fx * fy * fxy + fx * fx * fyy
    normal = np.stack([fx, fy], axis=-1) @ np.linalg.inv(metric.matrix)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(points - (length / second)[:, None] * normal + 0.0)


def centres_along(curve: AlgebraicVariety, metric: Metric, line: Array) -> Array:
    """Return the centres of curvature along a polygon next to a curve.

    The points of the polygon are brought to the curve by Newton's method. Where the centres pass
    through infinity, at inflection points, a row of NaN parts them.

    Parameters
    ----------
    curve : AlgebraicVariety
    metric : Metric
    line : array (points, 2)
    """
    import sympy

    f, variables = curve.polynomials.expressions[0], curve.polynomials.variables
    value, *slopes = (sympy.lambdify(variables, g) for g in (f, *map(f.diff, variables)))
    points = line
    for _ in range(5):
        x, y = points.T
        gradient = np.stack([np.broadcast_to(slope(x, y), x.shape) for slope in slopes], axis=-1)
        square = np.sum(gradient**2, axis=-1)
        step = np.broadcast_to(value(x, y), x.shape) / np.where(square > 0, square, np.inf)
        points = points - step[:, None] * gradient
    centres = evolute(curve, metric, points)
    with np.errstate(invalid="ignore"):
        side = np.sign(np.sum((centres - points) * gradient, axis=-1))
    through = np.flatnonzero(side[1:] * side[:-1] < 0) + 1
    return np.insert(centres, through, np.nan, axis=0)


class _Fit:
    """The equation of the discriminant, from its points over finite fields."""

    def __init__(self, curve: AlgebraicVariety, metric: Metric) -> None:
        if not curve.polynomials.are_exact:
            raise InputError("the equation of a discriminant needs rational coefficients")
        poly = curve.polynomials.numerators[0]
        f = {
            (int(i), int(j)): Fraction(int(c.p), int(c.q))
            for (i, j), c in poly.terms()
            if c.is_Rational
        }
        if len(f) != len(poly.terms()):
            raise InputError("the equation of a discriminant needs rational coefficients")
        self.f = f
        self.metric = [[Fraction(v) for v in row] for row in metric.matrix.tolist()]

    def equation(self) -> tuple[list[tuple[int, int]], list[int]]:
        """Return monomials and their integer coefficients."""
        modulus, residues, degree = 1, [0], 0
        prime, last = (1 << 31) - 1, None
        for _ in range(PRIMES):
            found = self._modulo(prime, degree)
            if found is not None:
                degree, own = found
                residues = (residues * len(own))[: len(own)] if modulus == 1 else residues
                step = pow(modulus, -1, prime)
                pairs = zip(residues, own, strict=True)
                residues = [r + modulus * ((v - r) * step % prime) for r, v in pairs]
                modulus *= prime
                rational = [_rational(r, modulus) for r in residues]
                if last is not None and rational == last and None not in rational:
                    return _monomials(degree), _coprime([v for v in rational if v is not None])
                last = rational
            prime = _prime_below(prime)
        raise InputError("the coefficients of the discriminant are too large to be found")

    def _modulo(self, prime: int, degree: int) -> tuple[int, list[int]] | None:
        """Return the degree and the coefficients modulo a prime, None for an unlucky one."""
        from flint import nmod_mat

        for d in range(degree or 1, (degree or LARGEST_DEGREE) + 1):
            monomials = _monomials(d)
            points = self._points(prime, len(monomials) + SPARE)
            if points is None:
                return None
            powers = [[[pow(v, k, prime) for k in range(d + 1)] for v in q] for q in points]
            rows = [a[i] * b[j] % prime for a, b in powers for i, j in monomials]
            kernel, nullity = nmod_mat(len(points), len(monomials), rows, prime).nullspace()
            if nullity > 1:
                raise DegenerateDataError(
                    "the ED discriminant of this curve is no curve: its centres of curvature are "
                    "single points"
                )
            if nullity == 1:
                vector = [int(kernel[k, 0]) for k in range(len(monomials))]
                lead = next(v for v in reversed(vector) if v)
                return d, [v * pow(lead, -1, prime) % prime for v in vector]
        raise InputError(
            f"the ED discriminant has a degree above {LARGEST_DEGREE}; use its curves or points"
        )

    def _points(self, prime: int, count: int) -> list[tuple[int, int]] | None:
        """Return points of the discriminant modulo a prime."""
        from flint import nmod_poly

        def reduced(c: Fraction) -> int:
            return c.numerator * pow(c.denominator, -1, prime) % prime

        try:
            f = {powers: reduced(c) for powers, c in self.f.items()}
            s = [[reduced(c) for c in row] for row in self.metric]
        except ValueError:  # a denominator is divisible by the prime
            return None
        found: list[tuple[int, int]] = []
        rng = np.random.default_rng(prime)
        for x in rng.integers(1, prime, size=100 * count).tolist():
            line = [0] * (1 + max(j for _, j in f))
            for (i, j), c in f.items():
                line[j] = (line[j] + c * pow(x, i, prime)) % prime
            polynomial = nmod_poly(line, prime)
            if polynomial.degree() < 1:
                continue
            for y, _ in polynomial.roots()[:1]:  # symmetric points would count once only
                centre = _centre(f, s, x, int(y), prime)
                if centre is not None:
                    found.append(centre)
            if len(found) >= count:
                return found
        if not found:
            raise DegenerateDataError(
                "the curve has no centres of curvature, as a line, or few points over finite fields"
            )
        return None


def _centre(
    f: dict[tuple[int, int], int], s: list[list[int]], x: int, y: int, p: int
) -> tuple[int, int] | None:
    """Return the centre of curvature at a point of a curve modulo a prime."""

    def derivative(a: int, b: int) -> int:
        terms = (
            c * perm(i, a) * perm(j, b) * pow(x, i - a, p) * pow(y, j - b, p)
            for (i, j), c in f.items()
            if i >= a and j >= b
        )
        return sum(terms) % p

    fx, fy = derivative(1, 0), derivative(0, 1)
    fxx, fxy, fyy = derivative(2, 0), derivative(1, 1), derivative(0, 2)
    second = fy * fy * fxx - 2 * fx * fy * fxy + fx * fx * fyy
    det = s[0][0] * s[1][1] - s[0][1] * s[1][0]
    if second % p == 0 or det % p == 0:
        return None
    length = fy * fy * s[0][0] - fx * fy * (s[0][1] + s[1][0]) + fx * fx * s[1][1]
    scale = length * pow(second * det, -1, p)
    normal = s[1][1] * fx - s[0][1] * fy, s[0][0] * fy - s[1][0] * fx
    return (x - scale * normal[0]) % p, (y - scale * normal[1]) % p


def _monomials(degree: int) -> list[tuple[int, int]]:
    return [(i, k - i) for k in range(degree + 1) for i in range(k + 1)]


def _rational(residue: int, modulus: int) -> Fraction | None:
    """Return the fraction with small terms that has a residue, by Euclid's algorithm."""
    bound = isqrt(modulus // 2)
    a, b, u, v = modulus, residue % modulus, 0, 1
    while b > bound:
        q = a // b
        a, b, u, v = b, a - q * b, v, u - q * v
    if not v or abs(v) > bound:
        return None
    return Fraction(b, v)


def _coprime(values: list[Fraction]) -> list[int]:
    """Return the multiples of fractions that are coprime integers, the last one positive."""
    common = lcm(*(v.denominator for v in values))
    whole = [int(v * common) for v in values]
    divisor = gcd(*whole)
    return [v // divisor for v in whole]


def _prime_below(number: int) -> int:
    import sympy

    return int(sympy.prevprime(number))
