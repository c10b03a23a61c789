"""Real factorisations of a filter into the filters of a convolutional network.

The layers of a network are sorted by their level: the layers whose filters are polynomials in the
same power z^S. A root t of such a filter is an orbit of S roots of the end filter u, those with
z^S = t. With u(z) = Σ_j z^j u_j(z^S), j < S, the form with the roots t whose whole orbits are roots
of u is the greatest common divisor of the u_j, which is rational.

Whether orbits can be chosen for all layers so that every filter is real depends only on how many
orbits there are with t positive, negative, in {0, ∞}, and in complex conjugate pairs, at every
level: an orbit chosen at one level takes known numbers of orbits of each kind from the levels
below it. So membership is a finite search over counts, all of them exact.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from typing import Any, NamedTuple

from edgeom.errors import InputError
from edgeom.networks.convolutional.real_roots import isolated_roots

__all__ = ["Level", "choose_orbits", "levels_of", "obstruction", "orbit_form", "real_factors"]

Form = tuple[Fraction, ...]


class Level(NamedTuple):
    """The layers whose filters are polynomials in the same power of z.

    Attributes
    ----------
    stride : int
        S, the product of the strides of the layers before.
    layers : tuple of int
        Their numbers, from 0; layers with one entry are left out.
    degrees : tuple of int
        Degrees of their filters as polynomials in z^S.
    """

    stride: int
    layers: tuple[int, ...]
    degrees: tuple[int, ...]

    @property
    def degree(self) -> int:
        """Degree of the product of the filters, as a polynomial in z^S."""
        return sum(self.degrees)

    @property
    def odd(self) -> int:
        """Number of filters of odd degree, that is of even width: each has a real root."""
        return sum(degree % 2 for degree in self.degrees)


class Kinds(NamedTuple):
    """Numbers of orbits: t positive, t negative, t = 0 or ∞, pairs of conjugates."""

    positive: int
    negative: int
    trivial: int
    pairs: int

    @property
    def real(self) -> int:
        return self.positive + self.negative + self.trivial

    @property
    def total(self) -> int:
        return self.real + 2 * self.pairs


@dataclass
class _Orbit:
    """A root t of :func:`orbit_form`: its enclosure (None for t = ∞) and how often it is left."""

    root: Any
    count: int

    @property
    def kind(self) -> int:
        """The field of :class:`Kinds` that it is counted in."""
        if self.root is None or self.root == 0:
            return 2
        if self.root.imag == 0:
            return 0 if self.root.real > 0 else 1
        return 3


def levels_of(sizes: Sequence[int], strides: Sequence[int]) -> tuple[Level, ...]:
    """Return the levels of an architecture, by increasing power of z.

    Examples
    --------
    >>> levels_of((3, 2, 1, 2), (1, 2, 2, 1))
    (Level(stride=1, layers=(0, 1), degrees=(2, 1)), Level(stride=4, layers=(3,), degrees=(1,)))
    """
    found: dict[int, list[int]] = {}
    power = 1
    for layer, (size, stride) in enumerate(zip(sizes, strides, strict=True)):
        if size > 1:
            found.setdefault(power, []).append(layer)
        power *= stride
    return tuple(
        Level(power, tuple(layers), tuple(sizes[layer] - 1 for layer in layers))
        for power, layers in sorted(found.items())
    )


def orbit_form(u: Form, stride: int) -> Form:
    """Return the largest binary form g such that g(x^S, y^S) divides u.

    Parameters
    ----------
    u : tuple of Fraction
        Not all of them 0.
    stride : int
        S.

    Returns
    -------
    tuple of Fraction
        Up to a constant factor.

    Examples
    --------
    >>> [str(value) for value in orbit_form((0, 0, 0, -4, -4, 1, 1), 2)]
    ['0', '-4', '1']
    """
    from flint import fmpz_poly

    common = lcm(*(value.denominator for value in u))
    integers = [int(value * common) for value in u]
    content = gcd(*integers)
    inner = [i for i, value in enumerate(integers) if value]
    first, last = inner[0], inner[-1]
    body = [value // content for value in integers[first : last + 1]]
    divisor = fmpz_poly([])
    for j in range(stride):
        divisor = divisor.gcd(fmpz_poly(body[j::stride]))
    middle = [Fraction(int(c)) for c in divisor.coeffs()]
    zeros = [Fraction(0)]
    return tuple([*(first // stride * zeros), *middle, *((len(u) - 1 - last) // stride * zeros)])


def choose_orbits(u: Form, levels: Sequence[Level]) -> list[Kinds] | None:
    """Return how many orbits of each kind the levels can take, or None if there is no way.

    Parameters
    ----------
    u : tuple of Fraction
        An end filter, not 0.
    levels : sequence of Level
        By increasing power of z.
    """
    found = [_kinds(_orbits(orbit_form(u, level.stride))) for level in levels]
    return _search(levels, found)


def _search(levels: Sequence[Level], available: Sequence[Kinds]) -> list[Kinds] | None:
    if not levels:
        return []
    *lower, level = levels
    for choice in _choices(level, available[-1]):
        rest = [
            _without(kinds, choice, level.stride // below.stride)
            for below, kinds in zip(lower, available[:-1], strict=True)
        ]
        if all(min(kinds) >= 0 for kinds in rest):
            chosen = _search(lower, rest)
            if chosen is not None:
                return [*chosen, choice]
    return None


def _choices(level: Level, have: Kinds) -> Iterator[Kinds]:
    """Yield the ways to take orbits for a level: enough of them, and enough of them real."""
    for positive in range(min(have.positive, level.degree) + 1):
        for negative in range(min(have.negative, level.degree - positive) + 1):
            for trivial in range(min(have.trivial, level.degree - positive - negative) + 1):
                real = positive + negative + trivial
                pairs, odd = divmod(level.degree - real, 2)
                if real >= level.odd and not odd and pairs <= have.pairs:
                    yield Kinds(positive, negative, trivial, pairs)


def _without(kinds: Kinds, taken: Kinds, step: int) -> Kinds:
    """Return what is left of the orbits of a lower level, `step` of them in one that is taken.

    The equation w^step = t has, for t > 0, the root of t and for even exponents its negative; for
    t < 0 one real solution when the exponent is odd and none otherwise.
    """
    inside = (step - 1) // 2 * taken.positive + step // 2 * taken.negative + step * taken.pairs
    return Kinds(
        kinds.positive - taken.positive,
        kinds.negative - (taken.negative if step % 2 else taken.positive),
        kinds.trivial - step * taken.trivial,
        kinds.pairs - inside,
    )


def _orbits(form: Form, bits: int = 128) -> list[_Orbit]:
    """Return the roots of an orbit form, of each pair of conjugates the one above the real line."""
    found = [_Orbit(root, m) for root, m in isolated_roots(form, bits) if not root.imag < 0]
    at_infinity = next(i for i, value in enumerate(reversed(form)) if value)
    return [*found, _Orbit(None, at_infinity)] if at_infinity else found


def _kinds(orbits: Sequence[_Orbit]) -> Kinds:
    return Kinds(*(sum(orbit.count for orbit in orbits if orbit.kind == k) for k in range(4)))


def obstruction(u: Form, levels: Sequence[Level]) -> str:
    """Say why a filter that is not 0 is no product of real filters."""
    for place in reversed(range(len(levels))):
        level = levels[place]
        have = len(orbit_form(u, level.stride)) - 1
        need = sum(above.degree * above.stride // level.stride for above in levels[place:])
        if have < need:
            return (
                f"needs a factor of degree {need} in z^{level.stride}, the largest one that u has "
                f"is of degree {have}"
            )
    odd = sum(level.odd for level in levels)
    if len(levels) == 1:
        have = _kinds(_orbits(orbit_form(u, levels[0].stride))).real
        where = "" if levels[0].stride == 1 else f" in z^{levels[0].stride}"
        return f"needs {odd} real roots{where}, u has {have}"
    return (
        f"u is a product of complex filters of these sizes only: the {odd} filters of even width "
        "need real roots, and the roots of u cannot be shared among the layers that way"
    )


def real_factors(u: Form, levels: Sequence[Level]) -> dict[int, list[Any]]:
    """Return real filters, by layer, whose product is a multiple of u, in ball arithmetic.

    Parameters
    ----------
    u : tuple of Fraction
        An end filter, not 0.
    levels : sequence of Level
        By increasing power of z.

    Returns
    -------
    dict of list of flint.arb
        Filters of Euclidean norm one, up to the radii of the balls.

    Raises
    ------
    InputError
        There are none; the message names the obstruction.
    """
    from flint import ctx

    chosen = choose_orbits(u, levels)
    if chosen is None:
        raise InputError(obstruction(u, levels))
    bits = 128
    while True:
        with ctx.workprec(bits):
            taken = _take(u, levels, chosen, bits)
            if taken is not None:
                return {
                    layer: form
                    for level, (real, pairs) in zip(levels, taken, strict=True)
                    for layer, form in _share(level, real, pairs)
                }
        bits *= 2


def _take(
    u: Form, levels: Sequence[Level], chosen: Sequence[Kinds], bits: int
) -> list[tuple[list[Any], list[Any]]] | None:
    """Return real orbits and pairs for every level, or None if the enclosures are too wide."""
    taken: list[tuple[list[Any], list[Any]]] = []
    used: list[tuple[int, Any, int]] = []  # stride, orbit and how often it was taken above
    for level, want in zip(reversed(levels), reversed(chosen), strict=True):
        orbits = _orbits(orbit_form(u, level.stride), bits)
        for stride, root, count in used:
            if not _remove(orbits, root, count, stride // level.stride):
                return None
        picked: list[tuple[Any, int]] = []
        for kind, number in enumerate(want):
            for orbit in (o for o in orbits if o.kind == kind):
                count = min(number, orbit.count)
                number -= count
                if count:
                    picked.append((orbit.root, count))
        used.extend((level.stride, root, count) for root, count in picked)
        each = [root for root, count in picked for _ in range(count)]
        real = [root for root in each if root is None or root.imag == 0]
        taken.append((real, [root for root in each if root is not None and root.imag != 0]))
    return taken[::-1]


def _remove(orbits: Sequence[_Orbit], root: Any, count: int, step: int) -> bool:
    """Take an orbit of a higher level from those of a lower one; False if it cannot be told."""
    if root is None or root == 0:
        (inside,) = (o for o in orbits if (o.root is None) == (root is None) and o.kind == 2)
        inside.count -= step * count
        return True
    targets = [root] if root.imag == 0 else [root, root.conjugate()]
    inside_of = [
        o
        for o in orbits
        if o.kind != 2 and any((o.root**step).overlaps(target) for target in targets)
    ]
    # conjugates are listed once: a pair of orbits has `step` pairs inside
    number = sum(1 if o.kind < 3 or len(targets) == 2 else 2 for o in inside_of)
    for orbit in inside_of:
        orbit.count -= count
    return number == step


def _share(level: Level, real: list[Any], pairs: list[Any]) -> Iterator[tuple[int, list[Any]]]:
    """Yield filters of the degrees of a level with these roots; odd degrees take one that is real.

    The real roots that are left then go two by two, like the pairs.
    """
    linear = [_linear(root) for root in real]
    single = [linear.pop(0) for _ in range(level.odd)]
    quadratic = [_times(a, b) for a, b in zip(linear[::2], linear[1::2], strict=True)]
    quadratic += [_quadratic(root) for root in pairs]
    for layer, degree in zip(level.layers, level.degrees, strict=True):
        factors = [single.pop(0)] if degree % 2 else []
        factors += [quadratic.pop(0) for _ in range(degree // 2)]
        form = factors[0]
        for factor in factors[1:]:
            form = _times(form, factor)
        yield layer, form


def _linear(root: Any) -> list[Any]:
    from flint import arb

    return _unit([arb(1), arb(0)] if root is None else [-root.real, arb(1)])


def _quadratic(root: Any) -> list[Any]:
    from flint import arb

    a, b = root.real, root.imag  # not a**2, which is NaN for a ball around 0
    return _unit([a * a + b * b, -2 * a, arb(1)])


def _times(a: Sequence[Any], b: Sequence[Any]) -> list[Any]:
    form = [0 * a[0]] * (len(a) + len(b) - 1)
    for i, value in enumerate(a):
        for j, other in enumerate(b):
            form[i + j] += value * other
    return _unit(form)


def _unit(form: Sequence[Any]) -> list[Any]:
    norm = sum(value * value for value in form).sqrt()
    return [value / norm for value in form]
