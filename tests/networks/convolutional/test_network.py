"""Linear convolutional networks: layers, products, membership, fibres, facts."""

from collections import Counter
from fractions import Fraction
from itertools import product
from math import comb, factorial, prod
from typing import Any

import numpy as np
import pytest
from flint import fmpz_mat
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from edgeom.errors import InputError
from edgeom.networks.convolutional.matrices import BOUNDARIES
from edgeom.networks.convolutional.network import ConvolutionalNetwork
from edgeom.networks.convolutional.real_roots import RootPattern, count_real_roots, root_pattern
from edgeom.networks.convolutional.sharing import partitions, sharings

LAW = settings(max_examples=40, deadline=None, derandomize=True)
INFINITY = "∞"
layers = st.integers(2, 4)
networks = layers.flatmap(
    lambda n: st.builds(
        ConvolutionalNetwork,
        st.lists(st.integers(1, 4), min_size=n, max_size=n),
        st.lists(st.integers(1, 3), min_size=n, max_size=n),
    )
)
plain = layers.flatmap(
    lambda n: st.builds(ConvolutionalNetwork, st.lists(st.integers(1, 4), min_size=n, max_size=n))
)
seeds = st.integers(0, 10**6)


def integers(network: ConvolutionalNetwork, seed: int, size: int = 5) -> list[list[int]]:
    rng = np.random.default_rng(seed)
    return [rng.integers(-size, size + 1, k).tolist() for k in network.filter_sizes]


def form(*roots: Any) -> np.ndarray:
    """Return the form with real or Gaussian integers as roots; it has to be real."""
    value = np.ones(1)
    for root in roots:
        value = np.convolve(value, [1, 0] if root == INFINITY else [-root, 1])
    assert not value.imag.any()
    return value.real.astype(int)


# Layers and products


@LAW
@given(networks, seeds, st.sampled_from(BOUNDARIES), st.integers(0, 5))
def test_product_of_layers_is_the_layer_of_the_end_filter(
    network: ConvolutionalNetwork, seed: int, boundary: str, more: int
) -> None:
    filters = integers(network, seed)
    size = network.end_filter_size + more
    if boundary == "circular":  # also shorter than the filter, which then wraps around
        size = network.end_stride * (more + 1)
    matrices = network.matrices(filters, input_size=size, boundary=boundary)
    whole = np.eye(size, dtype=int)
    for matrix in matrices:
        whole = matrix @ whole
    end = network.end_matrix(network.multiply(filters), input_size=size, boundary=boundary)
    assert np.array_equal(whole, end)
    if boundary == "circular":
        assert end.shape == (size // network.end_stride, size)
    else:
        assert len(end) == (size - network.end_filter_size) // network.end_stride + 1


@LAW
@given(networks, seeds, st.fractions(-2, 2, max_denominator=5))
def test_filters_multiply_like_polynomials(
    network: ConvolutionalNetwork, seed: int, z: Fraction
) -> None:
    filters = integers(network, seed)
    end = network.multiply(filters).tolist()
    assert len(end) == network.end_filter_size

    def value(row: list[int], at: Fraction) -> Fraction:
        return sum((c * at**i for i, c in enumerate(row)), Fraction(0))

    power, expected = 1, Fraction(1)
    for row, stride in zip(filters, network.strides, strict=True):
        expected *= value(row, z**power)
        power *= stride
    assert value(end, z) == expected
    assert network.end_stride == power


@LAW
@given(networks, seeds)
def test_dimension_is_the_rank_of_the_differential(
    network: ConvolutionalNetwork, seed: int
) -> None:
    jacobian = network.differential(network.random_filters(seed))
    assert jacobian.shape == (network.end_filter_size, network.parameter_count)
    scales = np.linalg.norm(jacobian, axis=0)
    rank = np.linalg.matrix_rank(jacobian / scales, rtol=1e-10)
    assert rank == network.dim == network.parameter_count - (network.depth - 1)


@LAW
@given(networks, seeds)
def test_differential_is_the_derivative(network: ConvolutionalNetwork, seed: int) -> None:
    filters, moved = integers(network, seed), integers(network, seed + 1)
    jacobian = network.differential(filters)
    flat = [v for row in moved for v in row]
    step = Fraction(1, 10**12)
    ahead = [
        [a + step * b for a, b in zip(f, m, strict=True)]
        for f, m in zip(filters, moved, strict=True)
    ]
    slope = (network.multiply(ahead) - network.multiply(filters)) / step
    gap = np.array(slope - jacobian @ flat, float)
    assert np.abs(gap).max() < 1e-9 * (1 + np.abs(jacobian).max() ** 2)


@LAW
@given(plain, seeds)
def test_rank_of_the_differential_by_common_roots(network: ConvolutionalNetwork, seed: int) -> None:
    """The image consists of the multiples of a form of degree Σ_roots (Σ m_l - max m_l)."""
    rng = np.random.default_rng(seed)
    roots = [
        [(INFINITY, 0, 1)[i] for i in rng.integers(0, 3, size - 1)] for size in network.filter_sizes
    ]
    jacobian = network.differential([form(*own).tolist() for own in roots])
    rank = fmpz_mat(jacobian.tolist()).rank()
    counts = [Counter(own) for own in roots]
    common = sum(sum(c[r] for c in counts) - max(c[r] for c in counts) for r in (INFINITY, 0, 1))
    assert rank == network.end_filter_size - common


def test_integers_and_fractions_are_multiplied_exactly() -> None:
    network = ConvolutionalNetwork((2, 2))
    large = 10**30
    assert network.multiply([[large, 1], [large, -1]]).tolist() == [large**2, 0, -1]
    mixed = network.multiply([np.array([2**40, 1]), np.array([2**40, -1])])
    assert mixed.tolist() == [2**80, 0, -1]
    assert network.multiply([[Fraction(1, 3), 1], [3, 0]]).tolist() == [1, 3, 0]
    assert network.multiply([[2**63, 1], [1, -1]]).tolist() == [2**63, 1 - 2**63, -1]
    assert network.multiply([[1, 2], [3, 4]]).dtype == np.int64
    assert network.multiply([[1, 2.5], [3, 4]]).dtype == float


def test_layers_of_both_boundaries() -> None:
    network = ConvolutionalNetwork((3,), strides=(2,))
    (valid,) = network.matrices([[1, 2, 3]], input_size=6)
    assert valid.tolist() == [[1, 2, 3, 0, 0, 0], [0, 0, 1, 2, 3, 0]]
    (circular,) = network.matrices([[1, 2, 3]], input_size=6, boundary="circular")
    assert circular.tolist() == [[1, 2, 3, 0, 0, 0], [0, 0, 1, 2, 3, 0], [3, 0, 0, 0, 1, 2]]
    (short,) = network.matrices([[1, 2, 4]], input_size=2, boundary="circular")
    assert short.tolist() == [[5, 2]]


@LAW
@given(networks, seeds, st.sampled_from(BOUNDARIES))
def test_quadratic_loss_is_a_squared_distance(
    network: ConvolutionalNetwork, seed: int, boundary: str
) -> None:
    assume(network.end_filter_size <= 15)
    rng = np.random.default_rng(seed)
    size = network.end_stride * -(-network.end_filter_size // network.end_stride)
    x = rng.normal(size=(size, 2 * network.end_filter_size))
    u, v = rng.normal(size=(2, network.end_filter_size))
    shape = network.end_matrix(u, input_size=size, boundary=boundary) @ x
    y = rng.normal(size=shape.shape)
    metric, q = network.quadratic_loss(x, y, boundary=boundary)

    def loss(w: np.ndarray) -> float:
        end = network.end_matrix(w, input_size=size, boundary=boundary)
        return float(np.sum((end @ x - y) ** 2))

    def squared(w: np.ndarray) -> float:
        return float((w - q) @ metric.matrix @ (w - q))

    assert loss(u) - loss(v) == pytest.approx(squared(u) - squared(v), rel=1e-8, abs=1e-8)
    assert squared(u) <= loss(u) * (1 + 1e-9)


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


class OnlyAnArray:
    """Like a tensor: converts to an array, but its entries are no numbers."""

    def __init__(self, values: Any) -> None:
        self.values = np.asarray(values)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if self.values.size == 0:
            raise RuntimeError("use tensor.detach().numpy() instead")
        return self.values.astype(dtype) if dtype else self.values


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
        (lambda: N((2, 2)).quadratic_loss("a", "b"), "inputs must hold real numbers"),
        (lambda: N((2, 2)).quadratic_loss(np.eye(3), [[1, 2j, 3]]), "outputs must hold real"),
        (lambda: N((2, 2)).multiply([[1, 2]]), "the network has 2 filters, got 1"),
        (lambda: N((2, 2)).multiply([[1, 2], [1, 2, 3]]), "filter 2 must have 2 entries, got 3"),
        (lambda: N((2, 2)).multiply([[1, 2], [1, np.nan]]), "filter 2 must have finite entries"),
        (lambda: N((2, 2)).multiply([[1, 2], [1, 1j]]), "filter 2 must be a sequence of real"),
        (lambda: N((2, 2)).multiply(3), "filters must be a sequence of arrays, got 3"),
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
