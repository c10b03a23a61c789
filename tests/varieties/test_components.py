"""Components of zero sets whose decomposition is known."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import edgeom as eg
from edgeom.homotopy import decomposition as module
from edgeom.scaling import good_coordinates
from edgeom.varieties import components as described
from edgeom.varieties.components import Components, find_components
from edgeom.varieties.in_units import in_coordinates
from edgeom.varieties.polynomials import Polynomials
from tests.selection import first

X, Y, Z = sympy.symbols("x y z")
R = sympy.Rational
A = sympy.symbols("a b c d e f g")


def decomposition(equations: Any, variables: Any, seed: int = 0) -> Components:
    polynomials = Polynomials([e for e in equations if e != 0], variables, "equation", "cleared")
    coordinates, factors = good_coordinates(polynomials.polys)
    return find_components(in_coordinates(polynomials, coordinates, factors), coordinates, seed)


def union(*ideals: list[Any]) -> list[Any]:
    """All products of one equation of each."""
    products = [sympy.Integer(1)]
    for ideal in ideals:
        products = [sympy.expand(p * q) for p in products for q in ideal]
    return products


def minors(rows: Any, size: int) -> list[Any]:
    matrix = sympy.Matrix(rows)
    chosen = [
        sympy.expand(matrix.extract(list(i), list(j)).det())
        for i in combinations(range(matrix.rows), size)
        for j in combinations(range(matrix.cols), size)
    ]
    return [e for e in dict.fromkeys(chosen) if e != 0]


TANGENTS = Z**2 - 6 * X * Y * Z + 4 * X**3 * Z + 4 * Y**3 - 3 * X**2 * Y**2
SYMMETRIC = [
    [0, A[0], A[1], A[2]],
    [A[0], 0, A[3], A[4]],
    [A[1], A[3], 0, A[5]],
    [A[2], A[4], A[5], A[6]],
]

# name: equations, variables, (dimension, degree, multiplicity) of each component
KNOWN: dict[str, tuple[Any, Any, list[tuple[int, int, int]]]] = {
    "a plane and a line": (["x*y", "x*z"], "x y z", [(2, 1, 1), (1, 1, 1)]),
    "a line, a conic and a point": (
        union([X, Y], [Z - 1, X**2 + Y**2 - 4], [X - 1, Y - 2, Z - 3]),
        "x y z",
        [(1, 1, 1), (1, 2, 1), (0, 1, 1)],
    ),
    "four lines": (
        ["-3*x+5*x^2", "-3-z-2*z^2+x+2*x^2-z^2"],
        "x y z",
        [(1, 1, 1)] * 4,
    ),
    "four points": (["x^2-1", "y^2-1"], "x y", [(0, 1, 1)] * 4),
    "three lines and a circle": (
        ["z*(x^2+y^2-1)", "(z-1)*(x-y)"],
        "x y z",
        [(1, 1, 1)] * 3 + [(1, 2, 1)],
    ),
    "the twisted cubic": (["y-x^2", "z-x*y", "x*z-y^2"], "x y z", [(1, 3, 1)]),
    "its tangents": ([TANGENTS], "x y z", [(2, 4, 1)]),
    "the cubic twice and a plane section": (
        [TANGENTS, (Y - X**2) * (X + 5)],
        "x y z",
        [(1, 3, 1), (1, 3, 2)],
    ),
    "where its tangents are singular": (
        [sympy.diff(TANGENTS, v) for v in (X, Y, Z)],
        "x y z",
        [(1, 3, 2)],
    ),
    "the cubic twice and a line": ([TANGENTS, X * Y - Z], "x y z", [(1, 1, 1), (1, 3, 2)]),
    "a parabola and its tangent": (["y-x^2", "y"], "x y", [(0, 1, 2)]),
    "two equal columns": (
        minors([[A[0], A[0], A[1], A[2]], [A[3], A[3], A[4], A[5]]], 2),
        A[:6],
        [(4, 3, 1)],
    ),
    "six axes": (
        [f"x{i}*x{j}" for i in range(6) for j in range(i)],
        [f"x{i}" for i in range(6)],
        [(1, 1, 1)] * 6,
    ),
    "squares": (["(x-y)^2*z^3"], "x y z", [(2, 1, 1)] * 2),
    "different scales": (["10^12*x^2-1", "(y-10^6)*x*10^6-z"], "x y z", [(1, 1, 1)] * 2),
    "not where a denominator vanishes": (["x*(y-1)", "y*z/x"], "x y z", [(1, 1, 1)]),
    "nothing": (["x*y-1", "x", "y+x"], "x y", []),
}

# The cubic with the equation of its tangents: paths end on it at singular solutions
LONG = {
    "the cubic by its tangents and quadrics": (
        [TANGENTS, Y - X**2, Z - X * Y, X * Z - Y**2],
        "x y z",
        [(1, 3, 1)],
    ),
    "the cubic by its tangents and two quadrics": (
        [TANGENTS, Y - X**2, Z - X * Y],
        "x y z",
        [(1, 3, 1)],
    ),
}


def shape(parts: Components) -> list[tuple[int, int, int]]:
    return [(part.dimension, part.degree, part.multiplicity) for part in parts]


@pytest.mark.parametrize("seed", [0])
@pytest.mark.parametrize("name", first(10, KNOWN))
def test_known_components(name: str, seed: int) -> None:
    equations, variables, known = KNOWN[name]
    found = decomposition(equations, variables, seed)
    assert shape(found) == known
    assert found.dimension == max((d for d, _, _ in known), default=-1)
    symbols = (
        sympy.symbols(variables)
        if isinstance(variables, str)
        else sympy.symbols([str(v) for v in variables])
    )
    values = [sympy.lambdify(symbols, sympy.sympify(str(e).replace("^", "**"))) for e in equations]
    for part in found:
        assert part.points.shape == (part.degree, len(symbols))
        size = np.abs(part.points).max() + 1
        assert all(abs(v(*p)) < 1e-5 * size**6 for v in values for p in part.points)
    paths = dict(found.evidence.paths)
    assert paths.pop("started", 0) == sum(paths.values())


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("name", KNOWN)
def test_ten_seeds(name: str, seed: int) -> None:
    equations, variables, known = KNOWN[name]
    assert shape(decomposition(equations, variables, seed)) == known


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", LONG)
def test_long(name: str, seed: int) -> None:
    equations, variables, known = LONG[name]
    assert shape(decomposition(equations, variables, seed)) == known


# scale and translation of each coordinate
MOVES: dict[str, tuple[list[Any], list[Any]]] = {
    "small": ([R(1, 10**6)] * 6, [0] * 6),
    "large": ([10**6] * 6, [0] * 6),
    "elsewhere": ([1] * 6, [R(7, 2), -7, R(21, 2), 11, -13, 17]),
    "small and elsewhere": ([R(1, 10**6)] * 6, [1, 2, 3, 4, 5, 6]),
    "far away": ([1] * 6, [10**6, 2 * 10**6, -(10**6), 10**6, 0, 1]),
    "stretched": ([R(1, 4), 12, R(3, 938), 1, 100, R(1, 7)], [-6, 50, R(-7, 100), 1, 0, 3]),
    "large and stretched": ([R(1, 10**5), 553, 2661, 1, 1, 1], [R(-1, 2), 0, R(1, 2), 0, 0, 0]),
}


def moved(equations: Any, variables: Any, move: str) -> tuple[list[Any], list[Any]]:
    names = variables.split() if isinstance(variables, str) else list(map(str, variables))
    symbols = list(sympy.symbols(names))
    changed = {
        v: (v - place) / scale for v, scale, place in zip(symbols, *MOVES[move], strict=False)
    }
    texts = [sympy.sympify(str(e).replace("^", "**")) for e in equations]
    return [sympy.expand(e.subs(changed, simultaneous=True)) for e in texts], symbols


FAST = [
    ("a plane and a line", "small"),
    ("a plane and a line", "far away"),
    ("two equal columns", "small and elsewhere"),
    ("the twisted cubic", "large"),
    ("three lines and a circle", "large and stretched"),
    ("the cubic twice and a plane section", "stretched"),
]
ALL = [
    "a plane and a line",
    "a line, a conic and a point",
    "three lines and a circle",
    "the twisted cubic",
    "two equal columns",
    "six axes",
    "the cubic twice and a line",
]


@pytest.mark.parametrize(("name", "move"), first(5, FAST))
def test_at_another_place_and_scale(name: str, move: str) -> None:
    equations, variables, known = KNOWN[name]
    assert shape(decomposition(*moved(equations, variables, move))) == known


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("name", ALL)
def test_at_all_places_and_scales(name: str, move: str, seed: int) -> None:
    equations, variables, known = KNOWN[name]
    assert shape(decomposition(*moved(equations, variables, move), seed)) == known


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_symmetric_matrices_of_rank_two_with_zeros_on_the_diagonal(seed: int) -> None:
    found = decomposition(minors(SYMMETRIC, 3), A, seed)
    assert shape(found) == [(4, 1, 1)] + [(4, 3, 1)] * 3


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 2**20), st.lists(st.integers(0, 2), min_size=1, max_size=3))
def test_random_arrangements(seed: int, dimensions: list[int]) -> None:
    """General linear spaces of given dimensions in 3-space, as one zero set.

    Points and lines in general position lie on no plane of the arrangement.
    """
    rng = np.random.default_rng(seed)
    x = sympy.symbols("x y z")
    ideals = [
        [
            sum(int(c) * v for c, v in zip(row, [*x, 1], strict=True))
            for row in rng.integers(-9, 10, (3 - dimension, 4))
        ]
        for dimension in dimensions
    ]
    ranks = [
        np.linalg.matrix_rank(
            np.array([[float(sympy.diff(e, v)) for v in x] for e in ideal]), tol=1e-9
        )
        for ideal in ideals
    ]
    if [3 - d for d in dimensions] != ranks:
        return
    found = decomposition(union(*ideals), "x y z", seed)
    assert sorted(d for d, _, _ in shape(found)) == sorted(dimensions)
    assert all(degree == multiplicity == 1 for _, degree, multiplicity in shape(found))


def test_variety() -> None:
    variety = eg.AlgebraicVariety(["z*(x^2+y^2-1)", "(z-1)*(x-y)"], "x y z")
    assert variety.components is variety.components
    assert variety.components.dimensions_and_degrees == [(1, 1)] * 3 + [(1, 2)]
    assert str(variety.components[3]) == "curve of degree 2"
    for part in variety.components:
        for point in part.points:
            assert variety.contains(point)
            assert not variety.is_singular(point)


def test_a_point_is_written_out() -> None:
    found = decomposition(["x-1", "2*y+1"], "x y")
    assert "dimension 0: the point (1, -0.5)" in str(found)
    assert str(decomposition(["x", "x-1"], "x y")) == "the zero set is empty"


@pytest.mark.parametrize("seed", range(3))
def test_irreducibility_that_is_assumed(seed: int) -> None:
    variety = eg.AlgebraicVariety(["y-x^2", "z-x*y", "x*z-y^2"], "x y z", irreducible=True)
    found = variety.components
    assert shape(found) == [(1, 3, 1)]
    assert found.evidence.checks[0] == "that there is one component was assumed"


def test_too_many_paths_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(described, "MOST_PATHS", 3)
    with pytest.raises(eg.InputError, match=r"4 paths would have to be .*irreducible=True"):
        decomposition(["x^2-1", "y^2-1"], "x y")


def no_loops(witness: Any, rng: np.random.Generator) -> Any:
    return np.arange(len(witness))


def test_traces_alone_tell_components_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two conics, a line and a cubic, with loops that never meet a branch point."""
    monkeypatch.setattr(module, "_around", no_loops)
    found = decomposition(["(x^2+y^2-1)*(x*y-2)*(y-3*x+1)*(y^2-x^3-x)"], "x y")
    assert shape(found) == [(1, 1, 1), (1, 2, 1), (1, 2, 1), (1, 3, 1)]


def test_points_that_cannot_be_grouped_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_around", no_loops)
    monkeypatch.setattr(module, "MOST_OPEN", 1)
    with pytest.raises(eg.IncompleteError, match="2 witness points of dimension 1 could not"):
        decomposition(["x^2+y^2-1"], "x y")
