"""Isolated solutions of systems with known numbers of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
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
@pytest.mark.parametrize("name", KNOWN)
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
