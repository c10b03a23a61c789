"""Isolated solutions of systems with known numbers of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import example, given, settings
from hypothesis import strategies as st

import edgeom as eg
from edgeom.homotopy import solve as module
from edgeom.varieties import isolated

SEEDS = range(2)


def cyclic(n: int) -> tuple[list[Any], Any]:
    """The cyclic n-roots."""
    x = sympy.symbols(f"x0:{n}")
    sums = [
        sum(sympy.prod([x[(i + k) % n] for k in range(d)]) for i in range(n)) for d in range(1, n)
    ]
    return [*sums, sympy.prod(x) - 1], x


def katsura(n: int) -> tuple[list[Any], Any]:
    """Magnetism: n quadrics and one linear equation."""
    u = sympy.symbols(f"u0:{n + 1}")

    def at(i: int) -> Any:
        return u[abs(i)] if abs(i) <= n else 0

    sums = [sum(at(i) * at(m - i) for i in range(-n, n + 1)) - at(m) for m in range(n)]
    return [*sums, u[0] + 2 * sum(u[1:]) - 1], u


# name: equations, variables, solutions, real ones, multiplicities above 1
KNOWN: dict[str, tuple[Any, Any, int, int, list[int]]] = {
    "cyclic 4-roots have no isolated ones": (*cyclic(4), 0, 0, []),
    "cyclic 5-roots": (*cyclic(5), 70, 10, []),
    "katsura 4": (*katsura(4), 16, 12, []),
    "four points": (["x^2-1", "y^2-1"], "x y", 4, 4, []),
    "Griewank and Osborne": (["29/16*x^3 - 2*x*y", "y - x^2"], "x y", 1, 1, [3]),
    "a triple point": (["(x-1)^3*(x+2)", "y-x"], "x y", 2, 2, [3]),
    "solutions at infinity": (["x*y-1", "x^2+x-2"], "x y", 2, 2, []),
    "different scales": (["10^12*x^2-1", "y^2-10^12"], "x y", 4, 4, []),
    "a far circle": (["(x-10^6)^2+y^2-1", "2*y-1"], "x y", 2, 2, []),
    "the origin": (["x^2-y", "y^2-x"], "x y", 4, 2, []),
    "more equations than unknowns": (["x^2-1", "y^2-1", "x*y-1"], "x y", 2, 2, []),
    "two points and a line": (
        ["z*(x^2+y^2-1)", "z*(x-y)", "(z-1)*(x+2)"],
        "x y z",
        2,
        2,
        [],
    ),
    "an inconsistent system": (["x+y", "x-y", "x*y-1"], "x y", 0, 0, []),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] * (name == "cyclic 5-roots")) for name in KNOWN],
)
def test_known_systems(name: str, seed: int) -> None:
    equations, variables, count, real, multiple = KNOWN[name]
    found = eg.solve(equations, variables, seed=seed)
    assert len(found) == count
    assert found.is_real.sum() == real == len(found.real_points)
    assert sorted(found.multiplicity[found.multiplicity > 1].tolist()) == multiple
    assert (found.is_regular == (found.multiplicity == 1)).all()
    paths = dict(found.evidence.paths)
    assert paths.pop("started") == sum(paths.values())
    assert "failed" not in paths
    symbols = sympy.symbols(variables) if isinstance(variables, str) else variables
    for equation in equations:
        text = str(equation).replace("^", "**")
        value = sympy.lambdify(symbols, sympy.sympify(text), "numpy")
        size = sum(abs(c) for c in sympy.Poly(sympy.sympify(text), *symbols).coeffs())
        for point in found.points:
            assert abs(value(*point)) <= 1e-7 * float(size) * max(1, np.abs(point).max()) ** 2


MOVED = [name for name in KNOWN if not name.startswith(("cyclic", "katsura"))]


def check_moved(name: str, seed: int) -> None:
    """Scaling, translating and renaming unknowns does the same to the solutions.

    Factors and the order of the equations change nothing.
    """
    equations, names, *_ = KNOWN[name]
    before = eg.solve(equations, names)
    rng = np.random.default_rng(seed)
    x = sympy.symbols(names)
    tens = [sympy.Integer(10) ** int(k) for k in rng.integers(-6, 7, len(x))]
    places = [int(c) * sympy.Integer(10) ** int(k) for c, k in rng.integers(-4, 5, (len(x), 2))]
    back = {v: (v - place) / ten for v, place, ten in zip(x, places, tens, strict=True)}
    factors = [int(c) * sympy.Integer(10) ** int(k) for c, k in rng.integers(1, 10, (99, 2))]
    moved = [
        sympy.expand(
            factor * sympy.sympify(str(e).replace("^", "**")).subs(back, simultaneous=True)
        )
        for e, factor in zip(equations, factors, strict=False)
    ]
    order = rng.permutation(len(x))
    after = eg.solve([moved[i] for i in rng.permutation(len(moved))], [x[i] for i in order])
    assert len(after) == len(before)
    assert after.is_real.sum() == before.is_real.sum()
    assert sorted(after.multiplicity) == sorted(before.multiplicity)
    there = np.empty_like(after.points)
    there[:, order] = after.points
    expected = before.points * np.array(tens, float) + np.array(places, float)
    size = np.array(tens, float) * max(1, np.abs(before.points).max(initial=0))
    rounding = 1e-15 * np.abs(np.array(places, float))
    loose = 1e-4 if before.multiplicity.max(initial=1) > 1 else 1e-8
    gaps = np.abs(there[:, None] - expected) / (loose * size + rounding)
    assert (gaps.max(axis=2).min(axis=0, initial=np.inf) <= 1).all()


@pytest.mark.slow
@settings(max_examples=15, deadline=None, derandomize=True)
@example("a triple point", 0)  # far away: the ends of paths are known to five digits only
@given(st.sampled_from(MOVED), st.integers(0, 2**20))
def test_moved_systems(name: str, seed: int) -> None:
    check_moved(name, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("name", MOVED)
def test_moved_systems_at_length(name: str, seed: int) -> None:
    check_moved(name, seed)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**20), st.integers(2, 3))
def test_all_quadrics_through_given_points(seed: int, n: int) -> None:
    """They have nothing else in common: n + 1 points in general position, at any place."""
    rng = np.random.default_rng(seed)
    points = rng.integers(-99, 100, (n + 1, n))
    x = sympy.symbols(f"x0:{n}")
    if np.linalg.matrix_rank(points[1:] - points[0]) < n:
        return
    monomials = sorted(
        {p * q for p in (sympy.Integer(1), *x) for q in (sympy.Integer(1), *x)}, key=str
    )
    values = sympy.Matrix(
        [[m.subs(dict(zip(x, map(int, point), strict=True))) for m in monomials]
         for point in points]
    )  # fmt: skip
    equations = [sum(c * m for c, m in zip(v, monomials, strict=True)) for v in values.nullspace()]
    found = eg.solve(equations, x, seed=seed)
    assert len(found) == n + 1 and found.is_real.all() and found.is_regular.all()
    gaps = np.abs(found.points[:, None] - points).max(axis=2)
    assert gaps.min(axis=0).max() < 1e-7 and gaps.min(axis=1).max() < 1e-7


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_cyclic_6_roots(seed: int) -> None:
    """Paths pass by infinity, where one may change over to another that does not come back."""
    found = eg.solve(*cyclic(6), seed=seed)
    assert len(found) == 156 and found.is_real.sum() == 24


def test_points_where_a_denominator_vanishes_do_not_count() -> None:
    found = eg.solve(["x^2-x", "(y^2-4)/x"], "x y")
    np.testing.assert_allclose(found.real_points, [[1, -2], [1, 2]], atol=1e-12)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**20), st.integers(2, 3))
def test_random_quadrics_meet_in_general_position(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    x = sympy.symbols(f"x0:{n}")
    monomials = [sympy.prod(m) for m in np.array(np.meshgrid([1, *x], [1, *x])).reshape(2, -1).T]
    equations = [
        sum(int(c) * m for c, m in zip(row, monomials, strict=True))
        for row in rng.integers(-99, 100, (n, len(monomials)))
    ]
    found = eg.solve(equations, x, seed=seed)
    assert len(found) == 2**n
    assert int(found.is_real.sum()) % 2 == 0
    conjugates = np.abs(found.points[:, None] - found.points.conj()[None]).max(axis=2).min(axis=1)
    assert conjugates.max() <= 1e-7 * max(1, np.abs(found.points).max())


def test_report() -> None:
    calls: list[tuple[str, int, int | None]] = []
    found = eg.solve(["x^2-y", "y^2"], "x y", progress=lambda *call: calls.append(call))
    assert calls == [("paths", 0, 4)]
    assert str(found).splitlines()[0] == "1 isolated solutions, 1 of them real, 1 singular"
    assert "4 started: 4 singular" in str(found)


def test_refused_before_any_path_is_tracked() -> None:
    names = " ".join(f"x{i}" for i in range(15))
    with pytest.raises(eg.InputError, match="32768 paths would have to be tracked"):
        eg.solve([f"x{i}^2-1" for i in range(15)], names)
    with pytest.raises(eg.InputError, match="1 equations in 2 unknowns have no isolated solutions"):
        eg.solve(["x+y", "0"], "x y")
    with pytest.raises(eg.InputError, match="equation 2 is the constant 3"):
        eg.solve(["x", "3", "y"], "x y")


def test_lost_paths_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*arguments: Any) -> Any:
        ends = module.solve_square(*arguments)
        ends.kind[0] = 3
        return ends

    monkeypatch.setattr(isolated, "solve_square", lost)
    with pytest.raises(eg.IncompleteError, match="1 were lost in each of 4 runs; 3 regular"):
        eg.solve(["x^2-1", "y^2-1"], "x y")
