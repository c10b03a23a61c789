"""Random distance problems of every kind, small enough for exact counts.

Coefficients are rational numbers, written in the equations, and data and metrics are doubles with
few bits, so that exact arithmetic has short numbers to work with. A problem is fixed by its seed
and number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from fractions import Fraction
from itertools import combinations, product
from typing import Any

import numpy as np
import sympy

import edgeom as eg

BITS = 10  # of data, and of the entries of maps that make metrics
Random = np.random.Generator


@dataclass(frozen=True)
class Problem:
    """A variety by text, a metric and data; the parts are zero sets whose union it is.

    Attributes
    ----------
    kind : str
    polynomials : tuple of str
        Equations, or coordinates of a map.
    variables : str
    metric : tuple of tuples of float, or None
        None is the Euclidean one.
    data : tuple of float
    parts : tuple of (tuple of str, int)
        Equations and codimensions of zero sets, on which critical points are counted one by one;
        none for an image.
    """

    kind: str
    polynomials: tuple[str, ...]
    variables: str
    metric: tuple[tuple[float, ...], ...] | None
    data: tuple[float, ...]
    parts: tuple[tuple[tuple[str, ...], int], ...] = ()

    @property
    def class_name(self) -> str:
        return "AlgebraicVariety" if self.parts else "ParametrizedVariety"

    def variety(self) -> eg.AlgebraicVariety | eg.ParametrizedVariety:
        """Return the variety of the whole problem."""
        return getattr(eg, self.class_name)(list(self.polynomials), self.variables)

    def given_metric(self) -> eg.Metric | None:
        """Return the metric of the problem."""
        return None if self.metric is None else eg.Metric([list(row) for row in self.metric])

    def code(self) -> str:
        """Return a program of a few lines."""
        metric = "None" if self.metric is None else f"eg.Metric({[list(r) for r in self.metric]})"
        return (
            f"V = eg.{self.class_name}({list(self.polynomials)}, {self.variables!r})\n"
            f"points = eg.DistanceProblem(V, {metric}, data={list(self.data)}).critical_points()"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)

    @staticmethod
    def from_dict(plain: dict[str, Any]) -> Problem:
        """Return the problem of :meth:`to_dict`, read from JSON."""
        metric, parts = plain["metric"], plain["parts"]
        return Problem(
            plain["kind"],
            tuple(plain["polynomials"]),
            plain["variables"],
            None if metric is None else tuple(map(tuple, metric)),
            tuple(plain["data"]),
            tuple((tuple(equations), codimension) for equations, codimension in parts),
        )


def random_problem(seed: int, number: int) -> Problem:
    """Return one of the problems of a seed."""
    rng = np.random.default_rng([seed, number])
    kind = pick(rng, KINDS)
    polynomials, variables, dimension, parts = KINDS[kind](rng)
    metric, data = random_metric(rng, dimension), random_data(rng, dimension)
    return Problem(kind, polynomials, variables, metric, data, parts)


def pick(rng: Random, choices: Any) -> Any:
    """Return one of some values; of a dictionary a key."""
    values = list(choices)
    return values[int(rng.integers(len(values)))]


# Numbers


def _integer(rng: Random) -> Fraction:
    return Fraction(int(rng.integers(1, 10)))


def _decimal(rng: Random) -> Fraction:
    return Fraction(int(rng.integers(1, 1000)), 1000)


def _power(rng: Random) -> Fraction:
    return Fraction(10) ** int(rng.integers(-3, 4))


def _digit(rng: Random) -> Fraction:
    return _integer(rng) * Fraction(10) ** int(rng.integers(-3, 3))


COEFFICIENTS = (_integer, _decimal, _power, _power, _digit)


def short(rng: Random, value: float) -> float:
    """Round to a double of few bits; one in ten keeps all of them."""
    if rng.random() < 0.1:
        return float(value)
    mantissa, exponent = np.frexp(value)
    return float(np.ldexp(np.round(mantissa * 2**BITS), int(exponent) - BITS))


def random_data(rng: Random, dimension: int) -> tuple[float, ...]:
    """Return data of a size between 1e-6 and 1e6: one size, a size for each entry, or integers."""
    law = rng.random()
    if law < 0.1:
        return tuple(map(float, rng.integers(-9, 10, dimension)))
    sizes = 10.0 ** (rng.uniform(-6, 6, dimension) if law < 0.25 else rng.uniform(-6, 6))
    if law > 0.6:
        sizes = 10.0 ** rng.uniform(-1, 1)
    values = rng.normal(size=dimension) * sizes
    return tuple(short(rng, value) for value in values)


def random_metric(rng: Random, dimension: int) -> tuple[tuple[float, ...], ...] | None:
    """Return a Euclidean, a diagonal, or a dense metric of condition up to 1e6."""
    law = rng.random()
    if law < 0.4:
        return None
    if law < 0.6:
        weights = [short(rng, value) for value in 10.0 ** rng.uniform(-1.5, 1.5, dimension)]
        return tuple(map(tuple, np.diag(weights).tolist()))
    spread = 10.0 ** -rng.uniform(0, 3)  # of lengths, whose squares are in the metric
    lengths = spread ** rng.permutation(np.linspace(0, 1, dimension))
    first, second = (np.linalg.qr(rng.normal(size=(dimension,) * 2))[0] for _ in range(2))
    factor = np.round(first * lengths @ second * 2.0**14) / 2.0**14
    return tuple(map(tuple, (factor.T @ factor).tolist()))


# Polynomials


def random_polynomial(rng: Random, names: list[str], degree: int, constant: bool = False) -> str:
    """Return a polynomial of exactly this degree, without squares, in which each unknown occurs."""
    law, kept = pick(rng, COEFFICIENTS), pick(rng, (0.5, 0.8, 1.0))
    unknowns = sympy.symbols(names)
    while True:
        poly = sympy.Integer(0)
        for powers in product(range(degree + 1), repeat=len(names)):
            if sum(powers) > degree or (rng.random() > kept and (any(powers) or not constant)):
                continue
            value = law(rng) * int(rng.choice([-1, 1]))
            monomial = sympy.prod(x**k for x, k in zip(unknowns, powers, strict=True))
            poly += sympy.Rational(value.numerator, value.denominator) * monomial
        form = sympy.Poly(poly, unknowns)
        occurring = poly.free_symbols == set(unknowns)
        if occurring and form.total_degree() == degree and form.is_sqf:
            return str(poly)


def random_system(rng: Random, names: list[str], degrees: list[int]) -> tuple[str, ...]:
    """Return polynomials without common factors; the last one has a constant term."""
    while True:
        polys = [random_polynomial(rng, names, d, k > 0) for k, d in enumerate(degrees)]
        pairs = combinations(map(sympy.sympify, polys), 2)
        if all(sympy.gcd(f, g).is_number for f, g in pairs):
            return tuple(polys)


Variety = tuple[tuple[str, ...], str, int, tuple[tuple[tuple[str, ...], int], ...]]


def _names(count: int) -> list[str]:
    return list("xyzw"[:count])


def _zero_set(names: list[str], equations: tuple[str, ...], codimension: int) -> Variety:
    return equations, ", ".join(names), len(names), ((equations, codimension),)


def complete_intersection(rng: Random, choices: list[tuple[int, ...]]) -> Variety:
    """Return a zero set with as many equations as the codimension, by unknowns and degrees."""
    count, *degrees = pick(rng, choices)
    names = _names(count)
    return _zero_set(names, random_system(rng, names, degrees), len(degrees))


def times(*factors: str) -> str:
    """Return a product as text."""
    return "*".join(f"({factor})" for factor in factors)


def reducible(rng: Random) -> Variety:
    """Return a zero set of products, the last of two equations being a product or not."""
    count, *groups = pick(rng, REDUCIBLE)
    names = _names(count)
    factors = iter(random_system(rng, names, [d for group in groups for d in group]))
    equations = tuple(times(*(next(factors) for _ in group)) for group in groups)
    return _zero_set(names, equations, len(groups))


def several_dimensions(rng: Random) -> Variety:
    """Return a hypersurface and a smaller zero set, as all products of their equations."""
    count, degree, *degrees = pick(rng, SEVERAL)
    names = _names(count)
    first, *others = random_system(rng, names, [degree, *degrees])
    equations = tuple(times(first, other) for other in others)
    parts = (((first,), 1), (tuple(others), len(others)))
    return equations, ", ".join(names), count, parts


def minors(rng: Random) -> Variety:
    """Return a twisted cubic: more equations than its codimension."""
    names = _names(3)
    a, b = (random_system(rng, names, [1, 1, 1]) for _ in range(2))
    pairs = combinations(range(3), 2)
    equations = (f"({a[i]})*({b[j]}) - ({a[j]})*({b[i]})" for i, j in pairs)
    return _zero_set(names, tuple(equations), 2)


def polynomial_map(rng: Random) -> Variety:
    """Return an image; of a curve sometimes each point is taken several times."""
    count, *degrees = pick(rng, MAPS)
    names = ["s", "t"][:count]
    coordinates = [random_polynomial(rng, names, d) for d in degrees]
    if count == 1 and rng.random() < 0.1:
        coordinates = [text.replace("s", "(s^2 - s)") for text in coordinates]
    return tuple(coordinates), ", ".join(names), len(degrees), ()


def rational_map(rng: Random) -> Variety:
    """Return an image under a map with one denominator, or one for each coordinate."""
    count, below, *degrees = pick(rng, RATIONAL)
    names = ["s", "t"][:count]
    tops = [random_polynomial(rng, names, d) for d in degrees]
    common = random_polynomial(rng, names, below, constant=True)
    bottoms = [common] * len(tops)
    if count == 1 and rng.random() < 0.3:
        bottoms = [random_polynomial(rng, names, 1, constant=True) for _ in tops]
    pairs = zip(tops, bottoms, strict=True)
    return tuple(f"({f})/({g})" for f, g in pairs), ", ".join(names), len(degrees), ()


# unknowns, then degrees; products by groups of degrees; parameters, degrees below and above
CURVES = [(2, 2), (2, 2), (2, 3), (2, 3), (2, 4), (2, 5)]
SURFACES = [(3, 2), (3, 2), (3, 2), (3, 3), (3, 3), (4, 2)]
SPACE = [(3, 1, 2), (3, 2, 2), (3, 1, 3), (3, 2, 3), (4, 1, 2), (4, 1, 1, 2), (2, 2, 2)]
REDUCIBLE = [
    *[(2, (1, 1)), (2, (1, 2)), (2, (2, 2)), (2, (1, 3)), (2, (1, 1, 2)), (3, (1, 1)), (3, (1, 2))],
    *[(3, (2, 2)), (3, (1, 1), (2,)), (3, (1, 2), (1,)), (3, (1, 1), (1, 1))],
]
SEVERAL = [(2, 1, 1, 1), (2, 2, 1, 1), (2, 2, 1, 2), (3, 1, 1, 1), (3, 2, 1, 1), (3, 1, 1, 2)]
MAPS = [
    *[(1, 1, 2), (1, 2, 2), (1, 2, 3), (1, 3, 3), (1, 2, 4), (1, 1, 2, 3), (1, 3, 2, 3)],
    *[(2, 1, 1, 2), (2, 2, 2, 1), (2, 2, 2, 2), (2, 1, 1, 2, 2), (2, 1, 1, 3)],
]
RATIONAL = [
    *[(1, 1, 1, 2), (1, 1, 2, 2), (1, 2, 2, 2), (1, 2, 1, 2), (1, 2, 2, 1, 2), (1, 1, 3, 2)],
    *[(2, 1, 1, 1, 2), (2, 1, 1, 2, 2), (2, 1, 1, 1, 2, 1)],
]
KINDS: dict[str, Callable[[Random], Variety]] = {
    "plane curve": lambda rng: complete_intersection(rng, CURVES),
    "surface": lambda rng: complete_intersection(rng, SURFACES),
    "complete intersection": lambda rng: complete_intersection(rng, SPACE),
    "reducible": reducible,
    "several dimensions": several_dimensions,
    "minors": minors,
    "polynomial map": polynomial_map,
    "rational map": rational_map,
}
