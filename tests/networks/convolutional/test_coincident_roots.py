"""Strata of convolutional networks as varieties: dimensions, membership, ED degrees."""

from itertools import product
from math import comb, prod
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import edgeom as eg
from edgeom.degrees import closed_forms
from edgeom.errors import InputError
from edgeom.networks.convolutional.coincident_roots import (
    CoincidentRootLocus,
    FactorVariety,
    bombieri_metric,
)
from edgeom.networks.convolutional.network import ConvolutionalNetwork
from edgeom.networks.convolutional.real_roots import root_pattern
from edgeom.networks.convolutional.roots import Factor, distinct_roots, expand, find_factors
from edgeom.networks.convolutional.sharing import partitions
from tests.literature import ENTRIES
from tests.selection import first

LAW = settings(max_examples=25, deadline=None, derandomize=True)
LOCI = {
    tuple(map(int, e["parameters"].removeprefix("lambda=(").rstrip(")").split(","))): e
    for e in ENTRIES
    if e["object"].startswith("coincident root locus")
}
SEGRE = {
    tuple(map(int, e["parameters"].removesuffix(" r=1").split("x"))): e["ed_degree"]
    for e in ENTRIES
    if e["metric"] == "generic"
    and ("LCN neurovariety" in e["object"] or e["object"] == "rank<=r matrices")
    and e["parameters"].removesuffix(" r=1").replace("x", "").isdigit()
}
patterns = st.integers(2, 6).flatmap(lambda d: st.sampled_from(partitions(d)))


def locus(pattern: tuple[int, ...]) -> CoincidentRootLocus:
    return CoincidentRootLocus(sum(pattern), pattern)


def test_literature_has_all_loci_of_degree_two_to_four() -> None:
    assert set(LOCI) == {p for d in (2, 3, 4) for p in partitions(d) if p[0] > 1}
    assert all(e["metric"] == "generic" for e in LOCI.values())


@pytest.mark.parametrize("pattern", sorted(LOCI))
def test_generic_ed_degrees_are_those_of_the_literature(pattern: tuple[int, ...]) -> None:
    V = locus(pattern)
    known = LOCI[pattern]["ed_degree"]
    assert eg.generic_ed_degree(V, method="monodromy") == known
    fact = V.generic_ed_degree_fact()
    assert fact is not None and fact.value == known
    # the identity on coefficients is as good as generic for these
    assert eg.ed_degree(V, method="monodromy", seed=1) == known


@pytest.mark.parametrize("pattern", [(3, 1, 1), (2, 1, 1, 1), (4, 1), (5,), (2, 2, 2), (3, 3)])
def test_formulas_for_hooks_and_rectangles(pattern: tuple[int, ...]) -> None:
    fact = locus(pattern).generic_ed_degree_fact()
    assert fact is not None
    assert eg.generic_ed_degree(locus(pattern), method="monodromy") == fact.value


@pytest.mark.parametrize(("pattern", "value"), [((2, 2, 1), 34), ((3, 2), 45)])
def test_other_patterns_are_counted_by_monodromy(pattern: tuple[int, ...], value: int) -> None:
    assert locus(pattern).generic_ed_degree_fact() is None
    assert eg.generic_ed_degree(locus(pattern)) == value
    assert eg.generic_ed_degree(locus(pattern), seed=3) == value


@pytest.mark.parametrize("degree", first(2, [2, 3, 4, 5]))
def test_bombieri_metric_of_powers_and_of_the_discriminant(degree: int) -> None:
    metric = bombieri_metric(degree)
    for pattern in {(degree,), (2, *(1,) * (degree - 2))}:
        V = locus(pattern)
        fact = V.ed_degree_fact(metric)
        assert fact is not None and fact.value == degree
        assert eg.ed_degree(V, metric, method="monodromy") == degree
        assert V.ed_degree_fact(V.default_metric) is None
    # rounded weights 1/3 are no longer the Bombieri metric to the last digit
    exact = locus((degree,)).ed_degree_fact(metric, exact=True)
    assert (exact is not None) == (degree == 2)


@LAW
@given(st.integers(1, 6), st.floats(0, 7), st.integers(0, 99))
def test_bombieri_metric_is_invariant_under_rotations(d: int, angle: float, seed: int) -> None:
    u = np.random.default_rng(seed).normal(size=d + 1)
    c, s = np.cos(angle), np.sin(angle)
    moved = np.zeros(d + 1)
    for i, value in enumerate(u):
        term = np.array([value])
        for line in [[c, s]] * (d - i) + [[-s, c]] * i:
            term = np.convolve(term, line)
        moved += term
    S = bombieri_metric(d).matrix
    assert moved @ S @ moved == pytest.approx(u @ S @ u)
    assert S[1, 1] == 1 / comb(d, 1)


@LAW
@given(patterns)
def test_dimension_is_that_of_a_general_point(pattern: tuple[int, ...]) -> None:
    V = locus(pattern)
    chart = V.chart(np.random.default_rng(1))
    assert V.dimension == len(pattern) + 1 == len(chart.names)
    assert V.shape == (sum(pattern) + 1,)


@LAW
@given(patterns, st.integers(0, 99), st.booleans())
def test_random_points_have_the_pattern(pattern: tuple[int, ...], seed: int, real: bool) -> None:
    V = locus(pattern)
    x = V.random_point(seed, real)
    lines, multiplicities = distinct_roots(x, len(pattern))
    assert sorted(multiplicities, reverse=True) == list(pattern)
    assert np.allclose(np.linalg.norm(lines, axis=1), 1)
    found = find_factors(x, V.factors)
    assert found is not None
    again = expand(found, V.factors)
    scale = np.vdot(again, x) / np.vdot(again, again)
    assert np.linalg.norm(scale * again - x) < 1e-9 * np.linalg.norm(x)
    assert V.contains(x)
    away = np.random.default_rng(seed).normal(size=V.shape)
    if V.codimension:
        assert not V.contains(x + 1e-3 * np.linalg.norm(x) * away)


@LAW
@given(patterns, patterns, st.integers(0, 99))
def test_loci_contain_those_of_coarser_patterns(
    fine: tuple[int, ...], coarse: tuple[int, ...], seed: int
) -> None:
    """Δ_λ contains Δ_μ exactly when the parts of μ are sums of parts of λ, each used once."""
    assume(sum(fine) == sum(coarse))

    def sums(parts: tuple[int, ...]) -> bool:
        ways = product(range(len(coarse)), repeat=len(parts))
        return any(
            all(sum(p for p, w in zip(parts, way, strict=True) if w == j) == m
                for j, m in enumerate(coarse))
            for way in ways
        )  # fmt: skip

    numbers = np.random.default_rng(seed).choice(np.arange(-4, 5), len(coarse), replace=False)
    x = np.ones(1)
    for root, m in zip(numbers, coarse, strict=True):
        for _ in range(m):
            x = np.convolve(x, [-root, 1])
    assert root_pattern(x).partition == coarse
    assert locus(fine).contains(x, 1e-6) == sums(fine)


def test_real_critical_points_and_their_factors() -> None:
    V = CoincidentRootLocus(4, (2, 2))
    points = eg.DistanceProblem(V, data=[1, 2, 0.3, -1, 2]).critical_points()
    assert len(points) == 13 and points.residual.max() < 1e-10
    for point in points.points:
        (lines,) = find_factors(point, V.factors) or [np.zeros((0, 2))]
        assert len(lines) == 2
    assert V.is_singular(np.zeros(5)) and not V.is_singular(points.points[0])


@pytest.mark.parametrize(
    ("sizes", "strides", "linear"),
    [
        ((2, 2), (2, 1), True),
        ((2, 3), (2, 1), True),
        ((3, 2), (2, 1), False),
        ((3, 3), (3, 1), True),
        ((3, 3), (2, 2), False),
        ((2, 2), (3, 1), True),
        ((2, 2, 2), (2, 2, 2), True),
        ((2, 1, 2, 2), (1, 3, 2, 1), True),
        ((2, 2, 2), (1, 2, 1), False),
        ((2, 3, 2), (2, 2, 1), False),
    ],
)
def test_segre_counts_of_networks_with_strides(
    sizes: tuple[int, ...], strides: tuple[int, ...], linear: bool
) -> None:
    network = ConvolutionalNetwork(sizes, strides)
    V = network.neuromanifold()
    fact = V.generic_ed_degree_fact()
    assert fact is not None
    assert fact.value == SEGRE[tuple(sorted(network.segre_sizes))]
    assert eg.generic_ed_degree(V, method="monodromy") == fact.value
    assert network.is_segre == linear
    if linear:  # the identity on coefficients is the Frobenius norm of the tensors
        unit = closed_forms.segre_ed_degree(network.segre_sizes)
        assert eg.ed_degree(V, method="monodromy") == unit


def test_four_segre_counts() -> None:
    cases = {(2, 2): 6, (2, 3): 10, (3, 3): 39, (2, 2, 2): 34}
    for sizes, value in cases.items():
        V = ConvolutionalNetwork(sizes, (2,) * len(sizes)).neuromanifold()
        assert eg.generic_ed_degree(V) == value


architectures = st.integers(2, 4).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(1, 4), min_size=n, max_size=n),
        st.lists(st.integers(1, 3), min_size=n, max_size=n),
    )
)


@LAW
@given(architectures)
def test_segre_exactly_when_the_linear_map_is_one_to_one(given: tuple[Any, Any]) -> None:
    network = ConvolutionalNetwork(*given)
    sizes = network.segre_sizes
    powers = [level.stride for level in network.levels]
    places = [
        sum(i * s for i, s in zip(index, powers, strict=True)) for index in np.ndindex(*sizes)
    ]
    matrix = np.zeros((network.end_filter_size, prod(sizes)))
    matrix[places, np.arange(len(places))] = 1
    assert network.is_segre == (np.linalg.matrix_rank(matrix) == prod(sizes))


@LAW
@given(architectures, st.integers(0, 99))
def test_end_filters_lie_on_the_closure(given: tuple[Any, Any], seed: int) -> None:
    network = ConvolutionalNetwork(*given)
    assume(1 < network.end_filter_size <= 30)
    V = network.neuromanifold()
    assert V.dimension == network.dim
    u = network.multiply(network.random_filters(seed))
    assert V.contains(u, 1e-6)
    away = np.random.default_rng(seed).normal(size=u.shape)
    if V.codimension:
        assert not V.contains(u + 1e-2 * np.linalg.norm(u) * away, 1e-6)


def test_a_real_point_of_the_closure_that_is_no_end_filter() -> None:
    """(z² - i)(z² + i) = z⁴ + 1 is a product in complex numbers only."""
    network = ConvolutionalNetwork((3, 2), strides=(2, 1))
    u = [1, 0, 0, 0, 1]
    assert network.neuromanifold().contains(u)
    assert not network.contains(u)
    with pytest.raises(InputError, match="complex filters of these sizes only"):
        network.factor(u)


def test_factors_in_powers_with_multiplicities() -> None:
    V = FactorVariety([Factor(1, 2), Factor(2, 1, 2), (1, 1, 4)])
    assert (V.degree, V.dimension, V.top_stride) == (10, 5, 4)
    assert V.contains(V.random_point(3)) and V.contains(V.random_point(3, real=True))
    assert repr(V) == "FactorVariety([(1, 2, 1), (1, 1, 4), (2, 1, 2)])"
    assert eval(repr(V)).factors == V.factors
    assert str(V) == "products f(z^2) [degree 2] f(z^4) [degree 1] f(z)^2 [degree 1]"
    assert FactorVariety([(3,)]).is_linear


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: CoincidentRootLocus(3, (2, 2)), "partition of the degree 3, got .2, 2., of 4"),
        (lambda: CoincidentRootLocus(0, ()), "degree must be at least 1, got 0"),
        (lambda: CoincidentRootLocus(3, (3, 0)), r"pattern\[1\] must be at least 1, got 0"),
        (lambda: CoincidentRootLocus(2.5, (2,)), "degree must be an integer"),
        (lambda: FactorVariety([]), "at least one factor"),
        (lambda: FactorVariety([(1, 1), (2, 1)]), "same multiplicity and stride"),
        (lambda: FactorVariety([(1, 1, 2), (1, 1, 3)]), r"strides must divide .* got \[2, 3\]"),
        (lambda: FactorVariety([(1, 1, 2, 2)]), "a factor has a degree"),
        (lambda: bombieri_metric(-1), "degree must be at least 0"),
        (lambda: CoincidentRootLocus(2, (2,)).contains([1, 2]), r"must have shape \(3,\)"),
        (lambda: CoincidentRootLocus(2, (2,)).contains([1, 2, np.nan]), "finite entries"),
    ],
)
def test_bad_input(call: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_special_metric_whose_paths_from_a_generic_one_are_lost(seed: int) -> None:
    """Some of them go to infinity so slowly that their ends are not told: another test confirms."""
    assert eg.ed_degree(locus((2, 2)), bombieri_metric(4), method="monodromy", seed=seed) == 7
