"""Polar degrees, against published numbers, each other and brute force."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from itertools import combinations
from math import comb, factorial, prod
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeom.degrees.closed_forms import (
    determinantal_generic_ed_degree,
    hankel_generic_ed_degree,
    segre_veronese_generic_ed_degree,
    skew_generic_ed_degree,
    symmetric_generic_ed_degree,
)
from edgeom.degrees.polar import (
    PolarDegrees,
    determinantal_polar_degrees,
    hankel_polar_degrees,
    segre_veronese_polar_degrees,
    skew_polar_degrees,
    symmetric_polar_degrees,
)
from edgeom.errors import InputError
from tests.literature import ENTRIES

# Entries of these objects list their polar degrees with the degree of the variety last or first.
DEGREE_LAST: dict[str, Callable[..., PolarDegrees]] = {
    "rank<=r matrices": determinantal_polar_degrees,
    "symmetric rank<=r": symmetric_polar_degrees,
    "skew-symmetric rank<=r": skew_polar_degrees,
}
DEGREE_FIRST: dict[str, Callable[..., PolarDegrees]] = {
    "Segre (rank-1 tensors) = LCN neurovariety with these filter sizes": (
        lambda *dims: segre_veronese_polar_degrees(dims, [1] * len(dims))
    ),
    "Veronese (rank-1 symmetric tensors)": lambda n, d: segre_veronese_polar_degrees([n], [d]),
}
COVERED = [entry for entry in ENTRIES if "polar_degrees" in entry]
SECTIONS = [
    entry for entry in ENTRIES if " in generic " in entry["object"] and entry["metric"] == "generic"
]


def integers(text: str) -> list[int]:
    return [int(word) for word in re.findall(r"\d+", text)]


def label(entry: dict[str, Any]) -> str:
    return f"{entry['object']} {entry['parameters']}"


# Numbers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", COVERED, ids=label)
def test_literature(entry: dict[str, Any]) -> None:
    name, arguments = entry["object"], integers(entry["parameters"])
    listed = tuple(value for value in entry["polar_degrees"] if value)
    if name in DEGREE_LAST:
        polar = DEGREE_LAST[name](*arguments)
        assert polar.values == listed
    else:
        polar = DEGREE_FIRST[name](*arguments)
        assert polar.values == listed[::-1]
        assert polar.dimension == len(entry["polar_degrees"]) - 1
    assert polar.total == entry["ed_degree"]


@pytest.mark.parametrize("entry", SECTIONS, ids=label)
def test_sections_in_the_literature(entry: dict[str, Any]) -> None:
    (rank,) = integers(entry["object"])
    rows, cols, codim = integers(entry["parameters"])
    polar = determinantal_polar_degrees(rows, cols, rank)
    section = polar.affine_section if "AFFINE" in entry["object"] else polar.linear_section
    assert section(codim) == entry["ed_degree"]


def test_the_literature_is_there() -> None:
    assert {entry["object"] for entry in COVERED} == DEGREE_LAST.keys() | DEGREE_FIRST.keys()
    assert len(SECTIONS) > 20


@pytest.mark.parametrize(
    ("polar_degrees", "arguments", "first", "values"),
    [
        (determinantal_polar_degrees, (3, 3, 1), 0, (3, 6, 12, 12, 6)),
        (determinantal_polar_degrees, (4, 4, 1), 0, (4, 12, 36, 68, 84, 60, 20)),
        (determinantal_polar_degrees, (4, 4, 2), 3, (20, 80, 176, 256, 286, 256, 176, 80, 20)),
        (determinantal_polar_degrees, (2, 3, 2), 5, (1,)),
        (symmetric_polar_degrees, (3, 2), 2, (4, 6, 3)),
        (hankel_polar_degrees, (4, 1), 0, (6, 4)),
        (hankel_polar_degrees, (6, 2), 1, (24, 30, 10)),
        (hankel_polar_degrees, (6, 3), 2, (8, 16, 12, 4)),
    ],
)
def test_numbers(
    polar_degrees: Callable[..., PolarDegrees],
    arguments: tuple[int, ...],
    first: int,
    values: tuple[int, ...],
) -> None:
    assert polar_degrees(*arguments) == PolarDegrees(first, values)


# Determinantal -----------------------------------------------------------------------------------


@st.composite
def matrix_ranks(draw: st.DrawFn) -> tuple[int, int, int]:
    rows, cols = draw(st.integers(1, 7)), draw(st.integers(1, 7))
    return rows, cols, draw(st.integers(1, min(rows, cols)))


@given(matrix_ranks())
def test_determinantal(case: tuple[int, int, int]) -> None:
    rows, cols, rank = case
    polar = determinantal_polar_degrees(rows, cols, rank)
    assert polar == determinantal_polar_degrees(cols, rows, rank)
    assert polar.total == determinantal_generic_ed_degree(rows, cols, rank)
    assert polar.dimension == rank * (rows + cols - rank) - 1
    numerator = prod(comb(cols + i, rank) for i in range(rows - rank))
    assert polar.degree == numerator // prod(comb(rank + i, rank) for i in range(rows - rank))


@given(matrix_ranks())
def test_determinantal_duality(case: tuple[int, int, int]) -> None:
    rows, cols, rank = case
    if rank < min(rows, cols):
        dual = determinantal_polar_degrees(rows, cols, min(rows, cols) - rank)
        assert_dual(determinantal_polar_degrees(rows, cols, rank), dual, rows * cols - 1)


def assert_dual(polar: PolarDegrees, dual: PolarDegrees, ambient: int) -> None:
    """delta_i of a variety in P^ambient is delta_(ambient-1-i) of its dual."""
    assert polar.values == dual.values[::-1]
    assert polar.first == ambient - 1 - dual.dimension


# Symmetric, skew, Hankel -------------------------------------------------------------------------


@given(st.integers(1, 8), st.data())
def test_symmetric(n: int, data: st.DataObject) -> None:
    rank = data.draw(st.integers(1, n))
    polar = symmetric_polar_degrees(n, rank)
    corank = n - rank
    assert polar.total == symmetric_generic_ed_degree(n, rank)
    assert polar.dimension == comb(n + 1, 2) - comb(corank + 1, 2) - 1
    numerator = prod(comb(n + i, corank - i) for i in range(corank))
    assert polar.degree == numerator // prod(comb(2 * i + 1, i) for i in range(corank))
    if corank:
        assert_dual(polar, symmetric_polar_degrees(n, corank), comb(n + 1, 2) - 1)


@given(st.integers(2, 9), st.data())
def test_skew(n: int, data: st.DataObject) -> None:
    rank = 2 * data.draw(st.integers(1, n // 2))
    polar = skew_polar_degrees(n, rank)
    assert polar.total == skew_generic_ed_degree(n, rank)
    assert polar.dimension == comb(n, 2) - comb(n - rank, 2) - 1
    dual_rank = n - n % 2 - rank
    if dual_rank:
        assert_dual(polar, skew_polar_degrees(n, dual_rank), comb(n, 2) - 1)


def pfaffian(indices: tuple[int, ...], pair: Callable[[int, int], int]) -> int:
    """Expand a Pfaffian along its first row."""
    if not indices:
        return 1
    a, rest = indices[0], indices[1:]
    return sum(
        (-1) ** i * pair(a, b) * pfaffian(rest[:i] + rest[i + 1 :], pair)
        for i, b in enumerate(rest)
    )


@cache
def symmetric_segre_class(indices: tuple[int, ...]) -> int:
    """Number psi of a subset of {1, 2, ...} in the formula of von Bothmer and Ranestad."""

    def pair(i: int, j: int) -> int:
        return 2 ** (j - 1) if i == 0 else sum(comb(i + j - 2, k) for k in range(i, j))

    return pfaffian(indices if len(indices) % 2 == 0 else (0, *indices), pair)


@pytest.mark.parametrize("n", range(1, 8))
def test_symmetric_by_enumeration(n: int) -> None:
    everything = range(1, n + 1)
    for rank in range(1, n + 1):
        by_sum = dict.fromkeys(range(comb(n + 1, 2) + 1), 0)
        for subset in combinations(everything, rank):
            complement = tuple(i for i in everything if i not in subset)
            product = symmetric_segre_class(subset) * symmetric_segre_class(complement)
            by_sum[sum(subset)] += product
        polar = symmetric_polar_degrees(n, rank)
        assert tuple(value for value in by_sum.values() if value) == polar.values
        assert min(total for total, value in by_sum.items() if value) == polar.first + 1


@given(st.integers(2, 14), st.data())
def test_hankel(degree: int, data: st.DataObject) -> None:
    rank = data.draw(st.integers(1, degree // 2))
    polar = hankel_polar_degrees(degree, rank)
    assert polar.total == hankel_generic_ed_degree(degree, rank)
    assert polar.degree == comb(degree - rank + 1, rank)
    assert polar.dimension == 2 * rank - 1


# Segre-Veronese ----------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), min_size=1, max_size=4))
def test_segre_veronese(factors: list[tuple[int, int]]) -> None:
    dims, degrees = zip(*factors, strict=True)
    polar = segre_veronese_polar_degrees(dims, degrees)
    top = sum(dims) - len(dims)
    assert polar.total == segre_veronese_generic_ed_degree(dims, degrees)
    assert polar.dimension == top
    multinomial = factorial(top) // prod(factorial(n - 1) for n in dims)
    assert polar.degree == multinomial * prod(d ** (n - 1) for n, d in factors)
    assert all(value > 0 for value in polar.values)


@given(st.integers(1, 6), st.integers(1, 6))
def test_rank_one_matrices(rows: int, cols: int) -> None:
    polar = segre_veronese_polar_degrees((rows, cols), (1, 1))
    assert polar == determinantal_polar_degrees(rows, cols, 1)
    assert segre_veronese_polar_degrees([rows], [2]) == symmetric_polar_degrees(rows, 1)


@given(st.integers(2, 12))
def test_rational_normal_curve(degree: int) -> None:
    polar = segre_veronese_polar_degrees([2], [degree])
    assert polar == hankel_polar_degrees(degree, 1) == PolarDegrees(0, (2 * degree - 2, degree))


@given(st.integers(2, 4), st.integers(2, 4))
def test_discriminant_hypersurfaces(n: int, degree: int) -> None:
    polar = segre_veronese_polar_degrees([n], [degree])
    assert polar.first == 0
    assert polar.values[0] == n * (degree - 1) ** (n - 1)


def test_dual_defect() -> None:
    polar = segre_veronese_polar_degrees((2, 2, 4), (1, 1, 1))
    assert polar == PolarDegrees(1, (12, 40, 68, 56, 20))


# Sections ----------------------------------------------------------------------------------------


@given(matrix_ranks(), st.integers(0, 60))
def test_sections(case: tuple[int, int, int], codim: int) -> None:
    polar = determinantal_polar_degrees(*case)
    indexed = enumerate(polar.values, polar.first)
    assert polar.linear_section(codim) == sum(value for i, value in indexed if i >= codim)
    assert polar.affine_section(codim + 1) == polar.linear_section(codim)
    assert polar.affine_section(0) == polar.linear_section(0) == polar.total
    assert polar.linear_section(polar.dimension) == polar.degree
    assert polar.linear_section(polar.dimension + 1) == 0


# Input -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: determinantal_polar_degrees(3, 3, 0),
            "rank must be between 1 and min(rows, cols) = 3, got 0",
        ),
        (lambda: determinantal_polar_degrees(3, 0, 1), "cols must be at least 1, got 0"),
        (lambda: symmetric_polar_degrees(3, 4), "rank must be between 1 and n = 3, got 4"),
        (lambda: skew_polar_degrees(1, 1), "n must be at least 2, got 1"),
        (
            lambda: skew_polar_degrees(4, 3),
            "rank must be even for skew-symmetric matrices, got 3",
        ),
        (
            lambda: hankel_polar_degrees(4, 3),
            "rank must be between 1 and degree // 2 = 2, got 3",
        ),
        (lambda: segre_veronese_polar_degrees([2], [0]), "degrees[0] must be at least 1, got 0"),
        (
            lambda: segre_veronese_polar_degrees([2], [1, 1]),
            "dims and degrees must have the same length, got 1 and 2",
        ),
        (
            lambda: PolarDegrees(0, (2, 2, 2)).linear_section(-1),
            "codim must be at least 0, got -1",
        ),
        (
            lambda: PolarDegrees(0, (2, 2, 2)).affine_section(False),
            "codim must be an integer, got the bool False",
        ),
    ],
)
def test_wrong_input(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        call()
