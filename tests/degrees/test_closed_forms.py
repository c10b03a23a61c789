"""ED degrees by formula, against published numbers, each other and brute force."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from itertools import combinations, pairwise, product
from math import comb, factorial, prod
from typing import Any

import numpy as np
import pytest
from flint import fmpz_mat
from hypothesis import given
from hypothesis import strategies as st

from edgeom.degrees import closed_forms, complete_intersections, matrices, tensors
from edgeom.degrees.closed_forms import (
    complete_intersection_ed_degree,
    determinantal_ed_degree,
    determinantal_generic_ed_degree,
    determinantal_generic_ed_degrees,
    hankel_generic_ed_degree,
    rank_one_formula,
    segre_ed_degree,
    segre_generic_ed_degree,
    segre_veronese_generic_ed_degree,
    segre_veronese_power_degree,
    skew_generic_ed_degree,
    symmetric_ed_degree,
    symmetric_generic_ed_degree,
    veronese_ed_degree,
    veronese_generic_ed_degree,
)
from edgeom.degrees.polar import segre_veronese_polar_degrees
from edgeom.errors import InputError
from tests.literature import ENTRIES

sizes = st.integers(1, 8)
formats = st.lists(st.integers(1, 4), min_size=1, max_size=4)


def test_closed_forms_has_every_formula() -> None:
    parts = (complete_intersections, matrices, tensors)
    assert closed_forms.__all__ == sorted(name for part in parts for name in part.__all__)


# Numbers -----------------------------------------------------------------------------------------


# (object, metric) of an entry -> the ED degree as a function of the integers in its parameters.
FORMULAS: dict[tuple[str, str], Callable[..., int]] = {
    ("rank<=r matrices", "generic"): determinantal_generic_ed_degree,
    ("rank<=r matrices", "unit"): determinantal_ed_degree,
    ("rank<=1", "generic"): lambda m, n: determinantal_generic_ed_degree(m, n, 1),
    ("rank<=1", "unit"): lambda m, n: determinantal_ed_degree(m, n, 1),
    ("rank<=2", "generic"): lambda m, n: determinantal_generic_ed_degree(m, n, 2),
    ("rank<=2", "unit"): lambda m, n: determinantal_ed_degree(m, n, 2),
    ("symmetric rank<=r", "generic"): symmetric_generic_ed_degree,
    ("symmetric rank<=r", "Frobenius/BW"): symmetric_ed_degree,
    ("symmetric 3x3 rank<=2", "generic"): symmetric_generic_ed_degree,
    ("symmetric 3x3 rank<=2", "Bombieri-Weyl/Frobenius"): lambda: symmetric_ed_degree(3, 2),
    ("skew-symmetric rank<=r", "generic"): skew_generic_ed_degree,
    ("Hankel rank<=r", "generic"): lambda n, r: hankel_generic_ed_degree(2 * n - 2, r),
    ("Hankel 2x3 rank<=r", "generic"): lambda r: hankel_generic_ed_degree(3, r),
    ("Hankel 3x4 rank<=r", "generic"): lambda r: hankel_generic_ed_degree(5, r),
    ("Hankel 3x3 rank<=2", "generic"): lambda: hankel_generic_ed_degree(4, 2),
    ("rank-1 tensors", "unit"): lambda *dims: segre_ed_degree(dims),
    ("Segre (rank-1 tensors) = LCN neurovariety with these filter sizes", "generic"): (
        lambda *dims: segre_generic_ed_degree(dims)
    ),
    ("Veronese (rank-1 symmetric tensors)", "generic"): veronese_generic_ed_degree,
    ("Veronese", "Bombieri-Weyl"): veronese_ed_degree,
    ("circle x^2+y^2=1", "generic diag"): lambda n: complete_intersection_ed_degree([2], n),
    ("ellipse x^2+4y^2=4", "unit"): lambda: complete_intersection_ed_degree([2], 2),
    ("hyperbola xy=1", "unit"): lambda: complete_intersection_ed_degree([2], 2),
    ("ellipsoid x^2+2y^2+3z^2=1", "unit"): lambda: complete_intersection_ed_degree([2], 3),
    ("projective Fermat curve", "unit"): lambda d: complete_intersection_ed_degree([d], 2),
    ("projective Fermat surface", "unit"): lambda d: complete_intersection_ed_degree([d], 3),
    ("generic linear subspace", "unit"): (
        lambda codim, n: complete_intersection_ed_degree([1] * codim, n)
    ),
    (
        "complete intersection random degrees (2,3), affine cone in C^4",
        "unit(=generic, random eqs)",
    ): lambda n: complete_intersection_ed_degree([2, 3], n),
    # Unit weights on the coordinates give the generic count of these varieties.
    ("rational normal curve", "unit coordinates"): lambda d: veronese_generic_ed_degree(2, d),
    (
        "Veronese v2(P^2) (symmetric 3x3 rank 1)",
        "unit on the 6 coordinates x_ij (i<=j), NOT Frobenius",
    ): (veronese_generic_ed_degree),
    ("symmetric corank 1, unit weights on coordinates x_ij i<=j", "unit coordinates"): (
        lambda n: symmetric_generic_ed_degree(n, n - 1)
    ),
}
COVERED = [entry for entry in ENTRIES if (entry["object"], entry["metric"]) in FORMULAS]


def integers(text: str) -> list[int]:
    return [int(word) for word in re.findall(r"\d+", text)]


def label(entry: dict[str, Any]) -> str:
    return f"{entry['object']} {entry['parameters']} {entry['metric']}"


def test_no_entry_of_the_literature_is_lost() -> None:
    assert {(e["object"], e["metric"]) for e in COVERED} == set(FORMULAS)


@pytest.mark.parametrize("entry", COVERED, ids=label)
def test_literature(entry: dict[str, Any]) -> None:
    formula = FORMULAS[entry["object"], entry["metric"]]
    assert formula(*integers(entry["parameters"])) == entry["ed_degree"]


# Object -> degree of the binary forms as a function of the integers in the parameters.
BINARY_FORMS: dict[str, Callable[..., int]] = {
    "Hankel rank<=r": lambda n, r: 2 * n - 2,
    "Hankel 2x3 rank<=r": lambda r: 3,
    "Hankel 3x4 rank<=r": lambda r: 5,
}


@pytest.mark.parametrize("name", BINARY_FORMS)
def test_rank_one_hankel_matrices_are_powers(name: str) -> None:
    entries = [
        entry
        for entry in ENTRIES
        if entry["object"] == name
        and entry["metric"].startswith("theta")
        and entry["parameters"].endswith("r=1")
    ]
    assert entries
    for entry in entries:
        degree = BINARY_FORMS[name](*integers(entry["parameters"]))
        assert veronese_ed_degree(2, degree) == entry["ed_degree"]


@pytest.mark.parametrize(
    ("rows", "cols", "by_rank"),
    [
        (2, 2, (1, 6, 1)),
        (2, 3, (1, 10, 1)),
        (3, 3, (1, 39, 39, 1)),
        (3, 4, (1, 83, 83, 1)),
        (3, 5, (1, 143, 143, 1)),
        (4, 4, (1, 284, 1350, 284, 1)),
        (4, 5, (1, 676, 4806, 676, 1)),
        (5, 5, (1, 2205, 55010, 55010, 2205, 1)),
        (6, 6, (1, 17730, 2649711, 11295900, 2649711, 17730, 1)),
    ],
)
def test_determinantal_numbers(rows: int, cols: int, by_rank: tuple[int, ...]) -> None:
    assert determinantal_generic_ed_degrees(rows, cols) == by_rank


@pytest.mark.parametrize(
    ("formula", "n", "by_rank"),
    [
        (symmetric_generic_ed_degree, 3, {0: 1, 1: 13, 2: 13, 3: 1}),
        (symmetric_generic_ed_degree, 4, {1: 40, 2: 122, 3: 40}),
        (symmetric_generic_ed_degree, 5, {1: 121, 2: 1042, 3: 1042, 4: 121}),
        (skew_generic_ed_degree, 3, {0: 1, 2: 1}),
        (skew_generic_ed_degree, 4, {0: 1, 2: 10, 4: 1}),
        (skew_generic_ed_degree, 5, {2: 42, 4: 1}),
        (skew_generic_ed_degree, 6, {2: 283, 4: 283}),
        (hankel_generic_ed_degree, 4, {0: 1, 1: 10, 2: 13}),
        (hankel_generic_ed_degree, 6, {1: 16, 2: 64, 3: 40}),
    ],
)
def test_structured_numbers(
    formula: Callable[[int, int], int], n: int, by_rank: dict[int, int]
) -> None:
    assert {rank: formula(n, rank) for rank in by_rank} == by_rank


@pytest.mark.parametrize(
    ("dims", "generic", "unit"),
    [((2, 2, 2), 34, 6), ((2, 2, 3), 100, 8), ((3, 3, 3), 2385, 37)],
)
def test_tensor_numbers(dims: tuple[int, ...], generic: int, unit: int) -> None:
    assert segre_generic_ed_degree(dims) == generic
    assert segre_ed_degree(dims) == unit


def test_affine_fermat_curves() -> None:
    # Degree 2 is left out: the unit metric is special for the circle.
    entries = [e for e in ENTRIES if e["object"].startswith("affine Fermat curve")]
    counts = {d: e["ed_degree"] for e in entries for d in integers(e["parameters"]) if d > 2}
    assert counts == {d: complete_intersection_ed_degree([d], 2) for d in (3, 4)}


def test_root_loci_of_rational_normal_curves() -> None:
    # One multiple root: the curve itself. One double root: its dual, the discriminant.
    entries = [e for e in ENTRIES if e["object"].startswith("coincident root locus")]
    for entry in entries:
        parts = integers(entry["parameters"])
        if len(parts) == 1 or sum(parts) == len(parts) + 1:
            assert veronese_generic_ed_degree(2, sum(parts)) == entry["ed_degree"]
    assert len(entries) == 7


# Determinantal laws ------------------------------------------------------------------------------


@given(sizes, sizes)
def test_duality_and_transpose(rows: int, cols: int) -> None:
    by_rank = determinantal_generic_ed_degrees(rows, cols)
    assert len(by_rank) == min(rows, cols) + 1
    assert by_rank == by_rank[::-1]
    assert by_rank == determinantal_generic_ed_degrees(cols, rows)
    assert determinantal_ed_degree(rows, cols, 1) == min(rows, cols)


@given(sizes, sizes)
def test_rank_one_in_four_ways(rows: int, cols: int) -> None:
    m, c = min(rows, cols), abs(rows - cols)
    double_sum = sum(
        4 ** (i - j) * comb(i, j) * comb(i + c, j + c) for i in range(m) for j in range(i + 1)
    )
    assert rank_one_formula(rows, cols) == double_sum
    assert determinantal_generic_ed_degree(rows, cols, 1) == double_sum
    assert segre_generic_ed_degree((rows, cols)) == double_sum


@pytest.mark.parametrize(("m", "n", "count"), [(1, 1, 6), (2, 2, 39), (3, 3, 284), (5, 5, 17730)])
def test_rank_one_formula_shifts_the_printed_index(m: int, n: int, count: int) -> None:
    printed = sum(
        (-1) ** s
        * (2 ** (m + n + 1 - s) - 1)
        * factorial(m + n - s)
        * sum(
            Fraction(comb(m + 1, i) * comb(n + 1, s - i), factorial(m - i) * factorial(n - s + i))
            for i in range(max(0, s - n), min(m, s) + 1)
        )
        for s in range(m + n + 1)
    )
    assert printed == count == rank_one_formula(m + 1, n + 1)


@given(st.integers(1, 4), st.data())
def test_polynomial_in_the_larger_size(m: int, data: st.DataObject) -> None:
    r = data.draw(st.integers(1, m))
    degree = r * (m - r)
    values = [determinantal_generic_ed_degree(m, n, r) for n in range(m, m + degree + 4)]
    for _ in range(degree):
        values = [b - a for a, b in pairwise(values)]
    assert values[0] > 0
    assert len(set(values)) == 1


@given(st.integers(3, 30))
def test_small_matrices(n: int) -> None:
    assert determinantal_generic_ed_degree(2, n, 1) == 4 * n - 2
    assert determinantal_generic_ed_degree(3, n, 1) == 8 * n**2 - 12 * n + 3


def minors(n: int, rank: int) -> list[int]:
    """All minors of the matrix of the numbers 2^(i-j) C(i, j)."""
    subsets = list(combinations(range(n), rank))
    return [
        int(fmpz_mat([[2 ** max(i - j, 0) * comb(i, j) for j in cols] for i in rows]).det())
        for rows, cols in product(subsets, subsets)
    ]


@pytest.mark.parametrize("n", range(1, 8))
def test_sums_of_minors(n: int) -> None:
    for rank in range(1, n + 1):
        values = minors(n, rank)
        assert symmetric_generic_ed_degree(n, rank) == sum(values)
        assert determinantal_generic_ed_degree(n, n, rank) == sum(v * v for v in values)


def test_large_matrices() -> None:
    by_rank = determinantal_generic_ed_degrees(20, 20)
    assert by_rank == by_rank[::-1]
    assert by_rank[1] == rank_one_formula(20, 20)


# Symmetric, skew, Hankel -------------------------------------------------------------------------


@given(sizes, st.data())
def test_symmetric_laws(n: int, data: st.DataObject) -> None:
    rank = data.draw(st.integers(0, n))
    assert symmetric_generic_ed_degree(n, rank) == symmetric_generic_ed_degree(n, n - rank)
    assert symmetric_generic_ed_degree(n, 1) == (3**n - 1) // 2 == veronese_generic_ed_degree(n, 2)
    assert symmetric_ed_degree(n, rank) == comb(n, rank) == determinantal_ed_degree(n, n, rank)


@given(st.integers(2, 12), st.data())
def test_skew_duality(n: int, data: st.DataObject) -> None:
    rank = 2 * data.draw(st.integers(0, n // 2))
    dual = n - n % 2 - rank
    assert skew_generic_ed_degree(n, rank) == skew_generic_ed_degree(n, dual)


@given(st.integers(2, 12))
def test_hankel_laws(degree: int) -> None:
    assert hankel_generic_ed_degree(degree, 1) == 3 * degree - 2
    assert hankel_generic_ed_degree(degree, 1) == veronese_generic_ed_degree(2, degree)
    # For degree 2 r the variety is dual to the squares of forms of degree r.
    if degree % 2 == 0:
        rank = degree // 2
        assert hankel_generic_ed_degree(degree, rank) == (3 ** (rank + 1) - 1) // 2


# Tensors -----------------------------------------------------------------------------------------


@given(formats, st.randoms())
def test_factors_commute_and_points_drop_out(dims: list[int], random: Any) -> None:
    shuffled = random.sample(dims, len(dims))
    for count in (segre_ed_degree, segre_generic_ed_degree):
        assert count(dims) == count(shuffled) == count([*dims, 1])


@given(sizes, sizes)
def test_singular_vector_pairs(rows: int, cols: int) -> None:
    assert segre_ed_degree((rows, cols)) == min(rows, cols)


@given(st.integers(1, 8))
def test_binary_tensors(factors: int) -> None:
    assert segre_ed_degree([2] * factors) == factorial(factors)


@given(formats)
def test_special_metric_has_fewer_points(dims: list[int]) -> None:
    assert segre_ed_degree(dims) <= segre_generic_ed_degree(dims)


@given(st.integers(1, 6), st.integers(3, 6))
def test_veronese(n: int, d: int) -> None:
    assert veronese_ed_degree(n, d) == ((d - 1) ** n - 1) // (d - 2)
    assert veronese_ed_degree(n, d) <= veronese_generic_ed_degree(n, d)
    assert veronese_ed_degree(n, 2) == n
    assert veronese_ed_degree(n, 1) == veronese_generic_ed_degree(n, 1) == 1


# Complete intersections --------------------------------------------------------------------------


@given(st.lists(st.integers(1, 4), min_size=1, max_size=3), st.integers(0, 3))
def test_complete_intersection_by_enumeration(degrees: list[int], dimension: int) -> None:
    exponents = product(range(dimension + 1), repeat=len(degrees))
    total = sum(
        prod((d - 1) ** k for d, k in zip(degrees, powers, strict=True))
        for powers in exponents
        if sum(powers) <= dimension
    )
    expected = prod(degrees) * total
    assert complete_intersection_ed_degree(degrees, len(degrees) + dimension) == expected


def test_complete_intersections_among_the_other_varieties() -> None:
    assert complete_intersection_ed_degree([2], 3) == determinantal_generic_ed_degree(2, 2, 1)
    assert complete_intersection_ed_degree([2], 2) == veronese_generic_ed_degree(2, 2)
    assert complete_intersection_ed_degree([2], 5) == skew_generic_ed_degree(4, 2)
    assert complete_intersection_ed_degree([2, 3], 2) == 6


# Input -------------------------------------------------------------------------------------------


def test_numpy_integers_are_integers() -> None:
    count = determinantal_generic_ed_degree(np.int64(3), np.int32(3), np.uint8(1))
    assert count == 39
    assert type(count) is int
    assert segre_ed_degree(np.array([2, 2, 2])) == 6


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: determinantal_generic_ed_degree(3, 4, 5),
            "rank must be between 0 and min(rows, cols) = 3, got 5",
        ),
        (
            lambda: determinantal_ed_degree(3, 4, -1),
            "rank must be between 0 and min(rows, cols) = 3, got -1",
        ),
        (lambda: determinantal_generic_ed_degrees(0, 2), "rows must be at least 1, got 0"),
        (lambda: rank_one_formula(2, 2.0), "cols must be an integer, got 2.0"),
        (
            lambda: rank_one_formula(np.array([2]), 2),
            "rows must be an integer, got array([2])",
        ),
        (lambda: rank_one_formula(True, 2), "rows must be an integer, got the bool True"),
        (lambda: symmetric_generic_ed_degree(3, 4), "rank must be between 0 and n = 3, got 4"),
        (lambda: symmetric_ed_degree(3, 4), "rank must be between 0 and n = 3, got 4"),
        (
            lambda: skew_generic_ed_degree(5, 3),
            "rank must be even for skew-symmetric matrices, got 3",
        ),
        (
            lambda: hankel_generic_ed_degree(5, 3),
            "rank must be between 0 and degree // 2 = 2, got 3",
        ),
        (lambda: segre_ed_degree(()), "dims must have at least one entry, got none"),
        (lambda: segre_ed_degree(3), "dims must be a sequence of integers, got 3"),
        (lambda: segre_generic_ed_degree((2, 0)), "dims[1] must be at least 1, got 0"),
        (
            lambda: segre_veronese_generic_ed_degree((2, 2), (1,)),
            "dims and degrees must have the same length, got 2 and 1",
        ),
        (lambda: veronese_generic_ed_degree(2, "3"), "degree must be an integer, got '3'"),
        (lambda: veronese_ed_degree(0, 3), "n_variables must be at least 1, got 0"),
        (
            lambda: complete_intersection_ed_degree([2, 2, 2], 2),
            "dimension must be at least the number of equations = 3, got 2",
        ),
    ],
)
def test_wrong_input(call: Callable[[], int], message: str) -> None:
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        call()


# Sums of powers ------------------------------------------------------------------------------


@given(formats)
def test_squares_are_squared_distances(dims: list[int]) -> None:
    assert segre_veronese_power_degree(dims, [1] * len(dims), 2) == segre_ed_degree(dims)


@given(st.integers(1, 5), st.integers(1, 4), st.integers(2, 6))
def test_powers_of_one_form(variables: int, degree: int, power: int) -> None:
    count = segre_veronese_power_degree([variables], [degree], power)
    if degree == 1:
        assert count == (power - 1) ** variables
    if power == 2:
        assert count == veronese_ed_degree(variables, degree)
    general = segre_veronese_polar_degrees([variables], [degree]).optimization_degree(power)
    assert count <= general
