"""Linear convolutional networks: layers, products, membership, fibres, facts."""

from collections import Counter
from fractions import Fraction
from itertools import product
from math import comb, factorial, prod
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from edgeom.errors import InputError
from edgeom.networks.convolutional.network import ConvolutionalNetwork
from edgeom.networks.convolutional.real_roots import RootPattern, root_pattern
from edgeom.networks.convolutional.sharing import partitions, sharings
from tests.networks.convolutional.networks import (
    INFINITY,
    LAW,
    OnlyAnArray,
    form,
    networks,
    plain,
    seeds,
)

# The complement and the boundary


two_even = st.permutations([2, 4, 1, 3]).map(lambda sizes: sizes[:]) | st.sampled_from(
    [(2, 2), (2, 4), (4, 4), (2, 3, 2), (3, 2, 4), (2, 3, 3, 2)]
)


@LAW
@given(two_even, seeds, st.fractions(0, 1, max_denominator=20))
def test_complement_for_two_even_widths_is_two_convex_cones(
    sizes: tuple[int, ...], seed: int, t: Fraction
) -> None:
    """For exactly two filters of even width it consists of the definite forms, ± positive ones."""
    network = ConvolutionalNetwork(sizes)
    assert network.even_widths == 2
    rng = np.random.default_rng(seed)
    half = (network.end_filter_size - 1) // 2

    def positive() -> np.ndarray:
        rows = rng.integers(-3, 4, (2, half + 1))
        ends = form(*[0] * 2 * half) + form(*[INFINITY] * 2 * half)
        return sum((np.convolve(row, row) for row in rows), start=ends)

    p, q = positive(), positive()
    middle = [(1 - t) * int(a) + t * int(b) for a, b in zip(p, q, strict=True)]
    for u in (p, q, middle):
        assert not network.contains(u)
        assert not network.contains([-v for v in u])
    # a segment between the two cones meets the neuromanifold
    roots = [k / Fraction(50) for k in range(51)]
    crossing = [[(1 - s) * int(a) - s * int(b) for a, b in zip(p, q, strict=True)] for s in roots]
    signs = [u[0] > 0 for u in crossing if not network.contains(u)]
    assert signs == sorted(signs, reverse=True)
    # everything outside has one sign
    u = rng.integers(-5, 6, network.end_filter_size)
    if u.any() and not network.contains(u):
        values = [np.polyval(u[::-1], z) for z in (-1e3, -2, -1, -0.3, 0, 0.5, 1, 3, 1e3)]
        assert len(set(np.sign(values))) == 1


def test_complement_for_four_even_widths_is_not_convex() -> None:
    network = ConvolutionalNetwork((2, 2, 2, 2))
    p, q = np.array([100, 0, -5, 0, 2]), np.array([-96, 0, 0, 0, -1])
    assert not network.contains(p) and not network.contains(q)
    assert network.contains(p + q)  # (z² - 1)(z² - 4)


@LAW
@given(
    st.sampled_from([(2, 2), (2, 2, 2), (2, 4), (2, 2, 3), (4, 2, 2), (2, 2, 2, 2), (3, 2), (3,)]),
    seeds,
)
def test_boundary_lies_in_the_discriminant(sizes: tuple[int, ...], seed: int) -> None:
    network = ConvolutionalNetwork(sizes)
    rng = np.random.default_rng(seed)
    degree = network.end_filter_size - 1
    roots: list[Any] = []
    while len(roots) < degree:  # few different roots, so many multiple ones
        a, b = (int(v) for v in rng.integers(-1, 2, 2))
        chunk = [INFINITY] if rng.random() < 0.2 else [complex(a, b), complex(a, -b)] if b else [a]
        roots += chunk if len(roots) + len(chunk) <= degree else []
    u = form(*roots)
    pattern = root_pattern(u)
    kind = network.boundary_kind(u)
    assert (kind == "outside") == (not network.contains(u))
    if kind == "boundary":
        assert max(pattern.real) > 1 and pattern.odd_real_roots < network.even_widths
    noise = rng.integers(-9, 10, (6, degree + 1))
    near = [[int(a) + Fraction(int(b), 10**30) for a, b in zip(u, n, strict=True)] for n in noise]
    inside = [network.contains(v) for v in near]
    if kind != "boundary":
        assert all(inside) if kind == "interior" else not any(inside)
    else:  # let every real root of even multiplicity leave the real line
        assert not network.contains(split(roots, +1))
        assert network.contains(split(roots, 0))


def split(roots: list[Any], sign: int) -> list[Any]:
    """Move pairs of equal real roots to l² + ε n², n another linear form, ε = ±10⁻³⁰ or 0."""
    whole: list[Any] = [1]
    for root, m in Counter(roots).items():
        line = [1, 0] if root == INFINITY else [-root, 1]
        other = [0, 1] if root == INFINITY else [1, 0]
        real = root == INFINITY or not complex(root).imag
        for k in range(m // 2 if real else 0):
            square, extra = np.convolve(line, line), np.convolve(other, other)
            step = Fraction(sign * (k + 1), 10**30)
            parts = [_exact(a) + step * _exact(b) for a, b in zip(square, extra, strict=True)]
            whole = _times(whole, parts)
        rest = m % 2 if real else 0
        for _ in range(rest):
            whole = _times(whole, [_exact(v) for v in line])
        if not real and complex(root).imag > 0:
            z = complex(root)
            for _ in range(m):
                whole = _times(whole, [_exact(abs(z) ** 2), _exact(-2 * z.real), 1])
    return whole


def _exact(value: Any) -> Fraction:
    return Fraction(round(complex(value).real))


def _times(a: list[Any], b: list[Any]) -> list[Any]:
    c: list[Any] = [0] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            c[i + j] += x * y
    return c


def test_boundary_of_zero_and_of_filling_networks() -> None:
    assert ConvolutionalNetwork((2, 2)).boundary_kind([0, 0, 0]) == "boundary"
    assert ConvolutionalNetwork((3, 2)).boundary_kind([0, 0, 0, 0]) == "interior"
    assert ConvolutionalNetwork((3, 2)).boundary_kind([1, 3, 3, 1]) == "interior"
    assert ConvolutionalNetwork((2, 2, 2)).boundary_kind([1, 3, 3, 1]) == "boundary"
    assert ConvolutionalNetwork((2, 2, 2)).boundary_kind([0, 1, 0, -1]) == "interior"
    with pytest.raises(InputError, match="for networks without strides"):
        ConvolutionalNetwork((2, 2), (2, 1)).boundary_kind([1, 1, 1, 1])


# Fibres


def multinomial(parts: list[int]) -> int:
    return factorial(sum(parts)) // prod(map(factorial, parts))


@LAW
@given(st.lists(st.integers(0, 3), min_size=2, max_size=3), st.integers(0, 6))
def test_sharings_of_simple_roots_are_counted_by_multinomials(
    degrees: list[int], real: int
) -> None:
    total = sum(degrees)
    assume(real <= total and (total - real) % 2 == 0)
    pairs = (total - real) // 2
    found = list(sharings(RootPattern((1,) * real, (1,) * pairs), degrees))
    expected = 0
    for alone in product(*(range(d + 1) for d in degrees)):
        rest = [d - a for d, a in zip(degrees, alone, strict=True)]
        if sum(alone) == real and not any(r % 2 for r in rest):
            expected += multinomial(list(alone)) * multinomial([r // 2 for r in rest])
    assert len(found) == len(set(found)) == expected


@LAW
@given(plain, seeds)
def test_fibres_are_empty_exactly_outside(network: ConvolutionalNetwork, seed: int) -> None:
    assume(network.end_filter_size <= 8)
    u = np.random.default_rng(seed).integers(-4, 5, network.end_filter_size)
    assume(u.any())
    count = network.fibre_components(u)
    assert (count > 0) == network.contains(u)
    assert count % 2 ** (network.depth - 1) == 0


def test_fibre_components() -> None:
    assert ConvolutionalNetwork((2, 2, 2)).fibre_components(form(1, 2, 3)) == 4 * 6
    assert ConvolutionalNetwork((2, 2, 2)).fibre_components(form(1, 1, 3)) == 4 * 3
    assert ConvolutionalNetwork((3, 3)).fibre_components(form(1, 2, 3, 4)) == 2 * comb(4, 2)
    assert ConvolutionalNetwork((3, 3)).fibre_components(form(1, 2, 1j, -1j)) == 2 * 2
    assert ConvolutionalNetwork((1, 3), (3, 1)).fibre_components([1, 0, 0, 2, 0, 0, 3]) == 2
    assert ConvolutionalNetwork((1, 3), (3, 1)).fibre_components([1, 1, 0, 2, 0, 0, 3]) == 0
    with pytest.raises(InputError, match=r"got powers \[1, 2\]"):
        ConvolutionalNetwork((2, 2), (2, 1)).fibre_components([1, 1, 1, 1])
    with pytest.raises(InputError, match="the fibre over u = 0"):
        ConvolutionalNetwork((2, 2)).fibre_components([0, 0, 0])


def test_partitions() -> None:
    assert [len(partitions(n)) for n in range(8)] == [1, 1, 2, 3, 5, 7, 11, 15]


# Facts, names and errors


@LAW
@given(networks)
def test_facts_have_names_and_texts(network: ConvolutionalNetwork) -> None:
    facts = network.facts()
    names = [name for name, _ in facts]
    assert len(set(names)) == len(names)
    assert names[:4] == ["filter sizes", "strides", "end filter", "parameters"]
    assert all(isinstance(text, str) and text for _, text in facts)
    assert dict(facts)["filling"].startswith("yes" if network.filling else "no")
    assert str(network.dim) in dict(facts)["dimension"]


def test_facts_of_some_networks() -> None:
    facts = dict(ConvolutionalNetwork((2, 2, 2)).facts())
    assert facts["strata"].endswith("(2,1) 7, (3) 7")
    assert facts["general fibre"] == "6 × (ℂ∖0)^2 over ℂ; components over ℝ: 24"
    assert facts["ED degree"].startswith("1 ")
    facts = dict(ConvolutionalNetwork((3, 3)).facts())
    assert facts["general fibre"].endswith(
        "components over ℝ: 4 to 12, by the number of real roots"
    )
    facts = dict(ConvolutionalNetwork((5,)).facts())
    assert "strata" not in facts and facts["general fibre"] == "one point"
    facts = dict(ConvolutionalNetwork((2, 2, 2), (2, 2, 1)).facts())
    assert facts["generic ED degree"] == "34, that of 2×2×2 tensors of rank one"
    assert facts["ED degree"].startswith("6 ")
    assert facts["neuromanifold"] == "Segre variety of 2×2×2 tensors of rank one"
    facts = dict(ConvolutionalNetwork((2, 2, 2, 2), (1, 3, 1, 1)).facts())
    assert facts["neuromanifold"].endswith(
        "Segre variety of 3×3 tensors of rank one, "
        "factors with at least 2 real roots and 2 real roots in z^3"
    )
    facts = dict(ConvolutionalNetwork((3, 3), (2, 1)).facts())
    assert "birational" in facts["neuromanifold"] and facts["ED degree"].startswith("no formula")
    assert facts["general fibre"].startswith("ℂ∖0 over ℂ")


@LAW
@given(st.lists(st.integers(1, 6), min_size=1, max_size=3))
def test_components_over_general_end_filters(sizes: list[int]) -> None:
    network = ConvolutionalNetwork(sizes)
    degree = network.end_filter_size - 1
    assume(1 <= degree <= 8)
    counts = []
    for pairs in range(degree // 2 + 1):
        roots = [
            *range(degree - 2 * pairs),
            *(s * 1j * k for k in range(1, pairs + 1) for s in (1, -1)),
        ]
        counts.append(network.fibre_components(form(*roots)))
    positive = [count for count in counts if count]
    assert network.numbers()["general fibre"] == [min(positive), max(positive)]
    assert set(network.numbers()) <= set(dict(network.facts()))


def test_names() -> None:
    network = ConvolutionalNetwork([2, 3], strides=[2, 1])
    assert repr(network) == "ConvolutionalNetwork((2, 3), strides=(2, 1))"
    assert str(network) == "convolutional network with filter sizes 2, 3 and strides 2, 1"
    assert repr(ConvolutionalNetwork((2, 3))) == "ConvolutionalNetwork((2, 3))"
    same = ConvolutionalNetwork.from_filters([[1, 2], [3, 4, 5]], strides=(2, 1))
    assert repr(same) == repr(network)
    again, other = network.random_filters(3), network.random_filters(4)
    assert all(map(np.array_equal, again, network.random_filters(3)))
    assert not np.array_equal(again[0], other[0])


N = ConvolutionalNetwork


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: N(()), "filter_sizes must have at least one entry"),
        (lambda: N((2, 0)), r"filter_sizes\[1\] must be at least 1, got 0"),
        (lambda: N((2, 2.5)), r"filter_sizes\[1\] must be an integer, got 2.5"),
        (lambda: N(3), "filter_sizes must be a sequence of integers, got 3"),
        (lambda: N((2, 2), (1,)), "got 1 strides for 2 filters"),
        (lambda: N((2, 2), (1, 0)), r"strides\[1\] must be at least 1, got 0"),
        (
            lambda: N((2, 2), channels=3),
            "networks with one channel are supported, got channels = 3",
        ),
        (
            lambda: N((2, 2), stride=2),
            "ConvolutionalNetwork.__init__ has no argument 'stride'; did you mean 'strides'",
        ),
        (lambda: N((2, 2)).contains([1, 2, 1], tolerence=1e-3), "did you mean 'tolerance'"),
        (lambda: N((2, 2)).contains([1, 0, 1], tolerance=-1), "tolerance must be between 0 and 1"),
        (lambda: N((2, 2)).factor([1, 0, 1], tolerance="a"), "tolerance must be a number"),
        (
            lambda: N((2, 2)).multiply([np.ones((2, 1, 2)), [1, 2]]),
            r"filter 1 must have one axis, or .* got shape \(2, 1, 2\)",
        ),
        (lambda: N((2, 2)).contains(OnlyAnArray([])), r"u must be an array .*: use tensor.detach"),
        (lambda: N((2, 2)).quadratic_loss("a", "b"), "inputs must be an array of numbers"),
        (lambda: N((2, 2)).quadratic_loss(np.eye(3), [[1, 2j, 3]]), "outputs must be real, "),
        (lambda: N((2, 2)).multiply([[1, 2]]), "the network has 2 filters, got 1"),
        (lambda: N((2, 2)).multiply([[1, 2], [1, 2, 3]]), "filter 2 must have 2 entries, got 3"),
        (lambda: N((2, 2)).multiply([[1, 2], [1, np.nan]]), "filter 2 must have finite entries"),
        (lambda: N((2, 2)).multiply([[1, 2], [1, 1j]]), "filter 2 must be a sequence of real"),
        (lambda: N((2, 2)).multiply(3), "filters must be a sequence of arrays"),
        (lambda: N((2, 2)).contains([1, 2]), "u must have 3 entries, got 2"),
        (lambda: N((2, 2)).contains([1, 2, np.inf]), "u must have finite entries, got inf"),
        (lambda: N((2, 2)).factor([10**400, 0, -1]), "out of the range of doubles"),
        (
            lambda: N((2, 2)).matrices([[1, 2], [1, 2]], input_size=2),
            "input_size must be at least that of the end filter, 3, got 2",
        ),
        (
            lambda: N((2, 2), (2, 2)).matrices([[1, 2]] * 2, input_size=6, boundary="circular"),
            "multiple of the product of the strides, 4, for circular boundaries, got 6",
        ),
        (
            lambda: N((2,)).matrices([[1, 2]], input_size=6, boundary="circlar"),
            "boundary must be one of valid, circular, got 'circlar'; did you mean 'circular'",
        ),
        (lambda: N((2,)).matrices([[1, 2]], input=6), "no argument 'input'; did you mean"),
        (lambda: N((2, 2)).quadratic_loss(np.eye(3), np.eye(2)), r"shape \(1, 3\) for inputs"),
        (
            lambda: N((2, 2)).quadratic_loss([1, 2], [1]),
            "inputs and outputs must be arrays of signals as columns",
        ),
        (
            lambda: N((2, 2)).quadratic_loss(np.ones((3, 1)), np.ones((1, 1))),
            "the samples determine 1 of the 3 entries",
        ),
        (lambda: N((2, 2)).random_filters(-1), "seed must be at least 0"),
        (
            lambda: N((2, 2)).stratum([(3,)]),
            r"patterns must be partitions of \[2\], got \[\(3,\)\]",
        ),
        (lambda: N((1, 1)).neuromanifold(), "the end filter is a single number"),
        (lambda: N.from_filters([[1, 2], []]), "filter 2 must have at least one entry"),
        (lambda: N((2, 2)).critical_points([1, 2]), r"data must have shape \(3,\), got \(2,\)"),
        (lambda: N((2, 2)).critical_points([1, 2, 1j]), "data must be real"),
    ],
)
def test_bad_input(call: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()
