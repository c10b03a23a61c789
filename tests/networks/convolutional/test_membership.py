"""What a network expresses: by real roots, by brute force, exactly and up to a tolerance."""

from collections import Counter
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from edgeom.errors import InputError
from edgeom.networks.convolutional.network import ConvolutionalNetwork
from edgeom.networks.convolutional.real_roots import count_real_roots
from tests.networks.convolutional.networks import (
    INFINITY,
    LAW,
    OnlyAnArray,
    form,
    integers,
    networks,
    plain,
    seeds,
)

# What a network expresses


@LAW
@given(plain, seeds)
def test_membership_by_real_roots(network: ConvolutionalNetwork, seed: int) -> None:
    rng = np.random.default_rng(seed)
    u = rng.integers(-4, 5, network.end_filter_size)
    u[rng.random(len(u)) < 0.3] = 0  # roots at 0 and infinity
    assume(u.any())
    inside = count_real_roots(u) >= network.even_widths
    assert network.contains(u) == inside
    assert network.contains(u[::-1]) == network.contains(-7 * u) == inside
    if inside:
        end = network.multiply(network.factor(u))
        assert np.abs(end - u).max() < 1e-12 * np.abs(u).max() * 4 ** len(u)
    else:
        have = count_real_roots(u)
        message = f"needs {network.even_widths} real roots, u has {have}"
        with pytest.raises(InputError, match=message):
            network.factor(u)


@LAW
@given(networks, seeds)
def test_products_are_end_filters(network: ConvolutionalNetwork, seed: int) -> None:
    filters = integers(network, seed, 2)
    u = network.multiply(filters)
    assert network.contains(u)
    factors = network.factor(u)
    norms = [np.linalg.norm(one) for one in factors]
    assert np.allclose(norms, norms[0])
    size = np.linalg.norm(u)
    assert np.linalg.norm(network.multiply(factors) - u) <= 1e-9 * size


@LAW
@given(plain, seeds)
def test_filling_means_that_nothing_is_left_out(network: ConvolutionalNetwork, seed: int) -> None:
    assert network.filling == (sum(k % 2 == 0 for k in network.filter_sizes) <= 1)
    degree = network.end_filter_size - 1
    fewest = form(*[r for k in range(1, degree // 2 + 1) for r in (k * 1j, -k * 1j)])
    fewest = np.convolve(fewest, [1, 0]) if degree % 2 else fewest
    assert network.contains(fewest) == network.filling
    rng = np.random.default_rng(seed)
    if network.filling:
        assert all(network.contains(u) for u in rng.integers(-3, 4, (5, degree + 1)))


@LAW
@given(networks)
def test_strides_are_filling_only_where_they_do_nothing(network: ConvolutionalNetwork) -> None:
    powers = [level.stride for level in network.levels]
    full = network.dim == network.end_filter_size
    assert full == network.stride_one == all(power == 1 for power in powers)
    assert network.filling == (full and network.even_widths <= 1)


# By brute force: forms with Gaussian integers as roots, whose orbits can be listed.


def brute_force(left: Counter[Any], factors: tuple[tuple[int, int], ...]) -> bool:
    """Whether roots can be shared among real factors of given (stride, degree), largest first."""
    if not factors:
        return not +left
    (stride, degree), *others = factors
    if degree == 0:
        return brute_force(left, tuple(others))
    tried = set()
    for root in +left:
        orbit = [root] * stride
        if root not in (INFINITY, 0):
            turns = {1: [1], 2: [1, -1], 4: [1, 1j, -1, -1j]}[stride]
            orbit = [root * turn for turn in turns]
            power = root**stride
            if power.imag:
                orbit += [r.conjugate() for r in orbit]
        need = Counter(orbit)
        key = frozenset(need.items())
        used = len(orbit) // stride
        if key in tried or used > degree or any(left[r] < m for r, m in need.items()):
            continue
        tried.add(key)
        if brute_force(left - need, ((stride, degree - used), *others)):
            return True
    return False


def random_roots(rng: np.random.Generator, degree: int) -> list[Any]:
    """Return roots of a real form, with many orbits among them."""
    roots: list[Any] = []
    while len(roots) < degree:
        a, b = (int(v) for v in rng.integers(-2, 3, 2))
        root = complex(a, b) if rng.random() < 0.6 else complex(a, 0)
        if rng.random() < 0.15:
            chunk: list[Any] = [INFINITY] * int(rng.integers(1, 3))
        else:
            turns = [[1], [1, -1], [1, 1j, -1, -1j]][rng.integers(0, 3)]
            chunk = [root * turn for turn in turns]
            if Counter(r.conjugate() for r in chunk) != Counter(chunk):
                chunk += [r.conjugate() for r in chunk]
        if len(roots) + len(chunk) <= degree:
            roots += chunk
    return [r if r == INFINITY else complex(r.real + 0.0, r.imag + 0.0) for r in roots]


@pytest.mark.parametrize(
    ("sizes", "strides"),
    [
        ((3, 2), (2, 1)),
        ((2, 2, 2), (1, 2, 1)),
        ((2, 2, 2), (2, 1, 1)),
        ((2, 2, 2), (2, 2, 1)),
        ((3, 3), (2, 1)),
        ((4, 2, 2), (1, 2, 1)),
        ((2, 2, 2, 2), (1, 2, 1, 1)),
        ((5, 2), (4, 1)),
        ((3, 2, 2), (2, 2, 1)),
        ((1, 2, 3), (2, 1, 1)),
        ((4, 4), (1, 1)),
        ((2, 2, 2, 2), (1, 1, 1, 1)),
    ],
)
def test_membership_by_brute_force(sizes: tuple[int, ...], strides: tuple[int, ...]) -> None:
    network = ConvolutionalNetwork(sizes, strides)
    rng = np.random.default_rng(0)
    factors = tuple((level.stride, d) for level in network.levels[::-1] for d in level.degrees)
    seen: Counter[bool] = Counter()
    for _ in range(60):
        roots = random_roots(rng, network.end_filter_size - 1)
        u = form(*roots)
        inside = network.contains(u)
        assert inside == brute_force(Counter(roots), factors), roots
        seen[inside] += 1
        if inside:
            end = network.multiply(network.factor(u))
            assert np.linalg.norm(end - u) < 1e-9 * np.linalg.norm(u)
        else:
            with pytest.raises(InputError, match=r"u is no end filter of the network: \w+"):
                network.factor(u)
    assert min(seen[True], seen[False]) >= 3, seen


def test_irrational_orbits_are_told_exactly() -> None:
    network = ConvolutionalNetwork((3, 2), strides=(2, 1))
    u = np.convolve([1, 1, 0], [-2, 0, 1])  # (1 + z)(z² - 2), a root at infinity
    assert network.contains(u)
    near = [*u[:-1], u[-1] + Fraction(1, 10**60)]
    assert not network.contains(near)
    with pytest.raises(InputError, match=r"needs a factor of degree 1 in z\^2"):
        network.factor(near)
    # two orbits with t = ±√2: either can be the factor in z²
    assert ConvolutionalNetwork((3, 2), (2, 1)).contains([-2, 0, 0, 0, 1])
    # t = (1 ± √-7)/2 cannot: a filter with two entries has a real root
    assert not ConvolutionalNetwork((3, 2), (2, 1)).contains([2, 0, -1, 0, 1])
    assert ConvolutionalNetwork((1, 3), (2, 1)).contains([2, 0, -1, 0, 1])
    assert not ConvolutionalNetwork((1, 3), (2, 1)).contains([2, 1, -1, 0, 1])


def test_orbits_that_are_close_to_a_root_are_told_apart() -> None:
    network = ConvolutionalNetwork((2, 2), strides=(2, 1))
    near = 1 + Fraction(1, 10**60)
    u = np.convolve(np.array([-1, 0, 1], object), [near, 1])  # (z² - 1)(z + near)
    first, second = network.factor(u)
    assert first[0] / first[1] == pytest.approx(1) and second[0] / second[1] == pytest.approx(-1)


def test_zero_and_one_entry() -> None:
    network = ConvolutionalNetwork((2, 2, 2))
    assert network.contains([0, 0, 0, 0])
    assert [one.tolist() for one in network.factor([0, 0, 0, 0])] == [[0, 0]] * 3
    ones = ConvolutionalNetwork((1, 1))
    assert ones.contains([-3]) and ones.filling and ones.dim == 1
    assert ones.multiply(ones.factor([-3])) == pytest.approx(-3)
    assert ones.fibre_components([-3]) == 2
    assert [one.tolist() for one in ConvolutionalNetwork((1, 2)).factor([0, 4])] == [[2], [0, 2]]


def test_rounding_can_leave_the_neuromanifold() -> None:
    network = ConvolutionalNetwork((2, 2))
    assert not network.contains(network.multiply([[1, -0.1], [1, -0.1]]))
    tenth = Fraction(1, 10)
    assert network.contains(network.multiply([[1, -tenth], [1, -tenth]]))


@pytest.mark.slow
@LAW
@given(networks, seeds, st.booleans())
def test_rounded_products_are_end_filters_up_to_a_tolerance(
    network: ConvolutionalNetwork, seed: int, equal: bool
) -> None:
    filters = network.random_filters(seed)
    if equal:  # multiple roots, which rounding moves off the real line
        longest = max(filters, key=len)
        filters = [longest[: len(one)] for one in filters]
    u = network.multiply(filters)
    for scale in (1.0, 1e-200, 1e200):
        assert network.contains(scale * u, tolerance=1e-10)
        factors = network.factor(scale * u, tolerance=1e-10)
        gap = network.multiply(factors) / scale - u
        assert np.linalg.norm(gap) <= 1.01e-10 * np.linalg.norm(u)
        norms = [np.linalg.norm(one) for one in factors]
        assert np.allclose(norms, norms[0], rtol=1e-9)


def test_a_tolerance_is_a_distance() -> None:
    square = ConvolutionalNetwork((2, 2))
    strided = ConvolutionalNetwork((3, 2), (2, 1))
    off = [1, -2, 1 + 1e-6]
    assert not square.contains(off) and not square.contains(off, tolerance=1e-9)
    assert square.contains(off, tolerance=1e-6)
    assert square.contains([1, -2, 1], tolerance=0.5) and square.contains([0, 0, 0], tolerance=0.5)
    with pytest.raises(InputError, match="needs 2 real roots, u has 0"):
        square.factor(off, tolerance=1e-9)
    # in the closure, but not close to products of real filters
    assert not strided.contains([1, 0, 0, 0, 1], tolerance=1e-3)


def test_weights_of_other_libraries() -> None:
    network = ConvolutionalNetwork((2, 3))
    weights = [np.array([[[1.0, 2.0]]], np.float32), np.array([[[3.0, 4.0, 5.0]]], np.float32)]
    for given_weights in (weights, [OnlyAnArray(w) for w in weights]):
        assert network.multiply(given_weights).tolist() == [3, 10, 13, 10]
        assert ConvolutionalNetwork.from_filters(given_weights).filter_sizes == (2, 3)
        assert len(network.matrices(given_weights, input_size=5)) == 2
    assert network.contains(OnlyAnArray([3, 10, 13, 10]))
    assert network.end_matrix(OnlyAnArray([3, 10, 13, 10]), input_size=4).tolist() == [
        [3, 10, 13, 10]
    ]
    metric, q = network.quadratic_loss(OnlyAnArray(np.eye(4)), OnlyAnArray([[1.0, 2, 3, 4]]))
    assert q.tolist() == [1, 2, 3, 4] and metric.dimension == 4
