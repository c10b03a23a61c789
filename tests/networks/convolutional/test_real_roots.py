"""Real roots of binary forms are counted exactly, with multiplicity and at infinity."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from edgeom.errors import InputError
from edgeom.networks.convolutional.real_roots import (
    RootPattern,
    count_real_roots,
    exact_filter,
    root_pattern,
    roots,
)

LAW = settings(max_examples=60, deadline=None, derandomize=True)
INFINITY = "∞"
small = st.integers(-3, 3)
points = st.one_of(small, st.just(INFINITY), st.fractions(-2, 2, max_denominator=3))
pairs = st.tuples(small, st.integers(1, 3))  # real and imaginary part
multiplicities = st.integers(1, 3)


def times(a: list[Any], b: list[Any]) -> list[Any]:
    return [
        sum(a[i] * b[k - i] for i in range(len(a)) if 0 <= k - i < len(b))
        for k in range(len(a) + len(b) - 1)
    ]


def form(real: dict[Any, int], complex_: dict[Any, int]) -> list[Any]:
    """Return the form with these roots."""
    product: list[Any] = [Fraction(2, 3)]
    for root, m in real.items():
        for _ in range(m):
            product = times(product, [1, 0] if root == INFINITY else [-root, 1])
    for (a, b), m in complex_.items():
        for _ in range(m):
            product = times(product, [a * a + b * b, -2 * a, 1])
    return product


@LAW
@given(
    st.dictionaries(points, multiplicities, max_size=4),
    st.dictionaries(pairs, multiplicities, max_size=3),
)
def test_pattern_of_a_form_with_given_roots(real: dict[Any, int], complex_: dict[Any, int]) -> None:
    u = form(real, complex_)
    pattern = root_pattern(u)
    assert pattern.real == tuple(sorted(real.values(), reverse=True))
    assert pattern.pairs == tuple(sorted(complex_.values(), reverse=True))
    assert pattern.degree == len(u) - 1
    assert count_real_roots(u) == pattern.real_roots == sum(real.values())
    assert sum(pattern.partition) == pattern.degree
    found = {root.value: root.multiplicity for root in roots(u)}
    wanted = {complex(np.inf if r == INFINITY else float(r)): m for r, m in real.items()}
    wanted |= {complex(a, s * b): m for (a, b), m in complex_.items() for s in (1, -1)}
    assert len(found) == len(wanted)
    for value, m in wanted.items():
        near = min(found, key=lambda z: abs(z - value) if np.isfinite(value) else -abs(z))
        assert found[near] == m
        assert near == value or abs(near - value) < 1e-15 * (1 + abs(value))


@LAW
@given(st.lists(st.integers(-9, 9), min_size=2, max_size=8))
def test_counts_are_those_of_sturm(u: list[int]) -> None:
    assume(any(u))
    z = sympy.Symbol("z")
    finite = sympy.Poly(u[::-1], z)
    real = sum(m * factor.count_roots() for factor, m in finite.factor_list()[1])
    assert count_real_roots(u) == real + len(u) - 1 - finite.degree()


@LAW
@given(st.lists(st.integers(-5, 5), min_size=2, max_size=6), st.integers(0, 10**6))
def test_moebius_maps_keep_the_pattern(u: list[int], seed: int) -> None:
    assume(any(u))
    a, b, c, d = np.random.default_rng(seed).integers(-4, 5, size=4).tolist()
    assume(a * d != b * c)
    degree = len(u) - 1
    moved: list[Any] = [0] * (degree + 1)
    for i, value in enumerate(u):
        term: list[Any] = [value]
        for line in [[a, b]] * (degree - i) + [[c, d]] * i:
            term = times(term, line)
        moved = [x + y for x, y in zip(moved, term, strict=True)]
    assert root_pattern(moved) == root_pattern(u)


@LAW
@given(
    st.dictionaries(points, multiplicities, min_size=1, max_size=3),
    st.dictionaries(pairs, st.just(1), max_size=1),
    st.lists(st.integers(-9, 9), min_size=14, max_size=14),
)
def test_real_roots_of_odd_multiplicity_stay(
    real: dict[Any, int], complex_: dict[Any, int], noise: list[int]
) -> None:
    u = form(real, complex_)
    step = Fraction(1, 10**40)
    near = [value + step * change for value, change in zip(u, noise, strict=False)]
    pattern = root_pattern(u)
    assert pattern.odd_real_roots <= count_real_roots(near) <= pattern.real_roots


def test_least_number_of_real_roots_is_attained() -> None:
    u = form({1: 4, 2: 3, 0: 1}, {})
    split = times(form({2: 1, 0: 1}, {}), times([1, -2, 1 + Fraction(1, 10**20)], [1, -2, 1]))
    lifted = times(times(split, [4, -4, 1 + Fraction(1, 10**20)]), [Fraction(3, 2)])
    lifted = [v * Fraction(2, 3) for v in lifted]
    assert root_pattern(u).odd_real_roots == 2
    assert len(lifted) == len(u) and max(abs(a - b) for a, b in zip(u, lifted, strict=True)) < 1e-9
    assert count_real_roots(lifted) == 4  # the roots 1 and 1 stay together
    assert count_real_roots(times(form({2: 1, 0: 1}, {(1, 1): 2}), [4, -4, 2])) == 2


def test_doubles_are_taken_as_they_are() -> None:
    assert exact_filter([0.1]) == (Fraction(3602879701896397, 36028797018963968),)
    assert root_pattern([0.25, -1.0, 1.0]) == RootPattern((2,), ())
    rounded = np.convolve([1, -0.1], [1, -0.1])  # the square of 1 - 0.1 z, up to rounding
    assert root_pattern(rounded) == RootPattern((), (1,))
    third = Fraction(1, 3)
    assert root_pattern([third**2, -2 * third, 1]).real == (2,)
    assert root_pattern([1e300, 1, 1e-300]).pairs == (1,)
    assert root_pattern(np.array([2, 3], dtype=np.int8)).real == (1,)


def test_roots_are_sorted_and_infinity_comes_last() -> None:
    found = roots([0, 6, -5, 1, 0, 0])
    assert [root.value for root in found] == [0, 2, 3, complex(np.inf)]
    assert [root.multiplicity for root in found] == [1, 1, 1, 2]
    assert all(root.is_real for root in found)
    assert not any(root.is_real for root in roots([1, 0, 1]))


@pytest.mark.parametrize(
    ("u", "message"),
    [
        ([0, 0], "the filter 0 has no roots"),
        ([1, float("nan")], "u must have finite entries, got nan"),
        ([1, float("-inf")], "u must have finite entries, got -inf"),
        ([1, 1j], "got the entry 1j"),
        ([[1, 2], [3, 4]], "got the entry"),
        ([1, None], "got the entry None"),
        ("12", "must be a sequence of real numbers, got '12'"),
        (3, "must be a sequence of real numbers, got 3"),
        ([], "must have at least one entry"),
    ],
)
def test_what_is_no_form_is_refused(u: Any, message: str) -> None:
    with pytest.raises(InputError, match=message.replace("[", r"\[")):
        root_pattern(u)


def test_size_is_checked() -> None:
    with pytest.raises(InputError, match="w must have 3 entries, got 2"):
        exact_filter([1, 2], "w", 3)
