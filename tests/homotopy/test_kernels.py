"""The programs of one tracking step against linear algebra and numerically continued paths."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from edgeom.errors import InputError
from edgeom.homotopy.kernels import (
    factor_tape,
    jacobian_tape,
    newton_tape,
    replay,
    taylor_tape,
)
from edgeom.homotopy.tape import Builder, Tape
from tests.programs import Cubic

Array = NDArray[Any]
CASES = [(n, seed) for n in (1, 2, 4) for seed in range(4)]


def complex_normal(rng: np.random.Generator, *shape: int) -> Array:
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)


def lower_triangle(flat: Array, size: int) -> Array:
    """The matrix L with unit diagonal, from its rows."""
    matrix = np.eye(size, dtype=complex)
    matrix[np.tril_indices(size, -1)] = flat
    return matrix


@pytest.mark.parametrize(("n", "seed"), CASES)
class TestCubicGradients:
    """Random gradient systems, at random complex points."""

    @pytest.fixture
    def rng(self, seed: int) -> np.random.Generator:
        return np.random.default_rng(seed)

    @pytest.fixture
    def system(self, n: int, rng: np.random.Generator) -> Cubic:
        return Cubic.random(n, rng)

    def test_residual_and_jacobian(self, system: Cubic, n: int, rng: np.random.Generator) -> None:
        u, p = complex_normal(rng, 5, n), complex_normal(rng, 5, n)
        out = jacobian_tape(system.tape()).arrays(u=u, p=p)
        for i in range(5):
            jacobian = system.jacobian(u[i], p[i])
            np.testing.assert_allclose(out["F"][i], system.residual(u[i], p[i]), atol=1e-12)
            np.testing.assert_allclose(out["J"][i], jacobian[np.tril_indices(n)], atol=1e-12)

    def test_factors(self, system: Cubic, n: int, rng: np.random.Generator) -> None:
        u, p = complex_normal(rng, n), complex_normal(rng, n)
        out = factor_tape(system.tape()).arrays(u=u[None], p=p[None])
        lower = lower_triangle(out["L"][0], n)
        jacobian = system.jacobian(u, p)
        product = lower @ np.diag(1 / out["D"][0]) @ lower.T
        np.testing.assert_allclose(product, jacobian, atol=1e-10 * np.abs(jacobian).max())

    def test_newton_correction(self, system: Cubic, n: int, rng: np.random.Generator) -> None:
        u, p = complex_normal(rng, n), complex_normal(rng, n)
        tape = system.tape()
        factors = factor_tape(tape).arrays(u=u[None], p=p[None])
        correction = newton_tape(tape).arrays(u=u[None], p=p[None], **factors)["x"][0]
        truth = -np.linalg.solve(system.jacobian(u, p), system.residual(u, p))
        np.testing.assert_allclose(correction, truth, atol=1e-9 * np.linalg.norm(truth))

    def test_chord_correction(self, system: Cubic, n: int, rng: np.random.Generator) -> None:
        """Factors at one point serve for the residual at another."""
        u, v, p = complex_normal(rng, n), complex_normal(rng, n), complex_normal(rng, n)
        tape = system.tape()
        factors = factor_tape(tape).arrays(u=u[None], p=p[None])
        correction = newton_tape(tape).arrays(u=v[None], p=p[None], **factors)["x"][0]
        truth = -np.linalg.solve(system.jacobian(u, p), system.residual(v, p))
        np.testing.assert_allclose(correction, truth, atol=1e-9 * np.linalg.norm(truth))

    @pytest.mark.parametrize("order", [1, 4, 6])
    def test_taylor_coefficients(
        self, system: Cubic, n: int, rng: np.random.Generator, order: int
    ) -> None:
        """Cauchy's integrals over a circle of solutions, each found by Newton's method."""
        u = complex_normal(rng, n)
        p, dp = system.parameters(u), complex_normal(rng, n)
        tape = system.tape()
        factors = factor_tape(tape).arrays(u=u[None], p=p[None])
        kernel = taylor_tape(tape, order)
        found = kernel.arrays(u=u[None], p=p[None], dp=dp[None], **factors)["x"][0]
        radius = safe_radius(system, u, p, dp)
        nodes = radius * np.exp(2j * np.pi * np.arange(32) / 32)
        circle = np.array([solve_from(system, u, p + s * dp) for s in nodes])
        coefficients = np.fft.fft(circle, axis=0)[1 : order + 1] / 32
        scaled = found.reshape(order, n) * radius ** np.arange(1, order + 1)[:, None]
        np.testing.assert_allclose(scaled, coefficients, atol=1e-10 * np.linalg.norm(u))


@pytest.mark.parametrize(("n", "seed"), CASES)
def test_factors_without_symmetry(n: int, seed: int) -> None:
    """Random rows of a gradient have a general Jacobian; L (1/D + U) and Newton's correction."""
    rng = np.random.default_rng(seed)
    cubic, mix = Cubic.random(n, rng), complex_normal(rng, n, n)
    b = Builder()
    inputs = {"u": b.inputs("u", n), "p": b.inputs("p", n)}
    residual = replay(cubic.tape(), b, **inputs)["F"]
    tape = b.finish({"F": [b.dot(residual, row) for row in mix.tolist()]})
    u, p = complex_normal(rng, 1, n), complex_normal(rng, 1, n)
    out = factor_tape(tape, symmetric=False).arrays(u=u, p=p)
    lower = lower_triangle(out["L"][0][: n * (n - 1) // 2], n)
    upper = np.diag(1 / out["D"][0])
    upper.T[np.tril_indices(n, -1)] = out["L"][0][n * (n - 1) // 2 :]
    jacobian = mix @ cubic.jacobian(u[0], p[0])
    np.testing.assert_allclose(lower @ upper, jacobian, atol=1e-9 * np.abs(jacobian).max())
    found = jacobian_tape(tape, symmetric=False).arrays(u=u, p=p)["J"][0]
    np.testing.assert_allclose(found, jacobian.ravel(), atol=1e-12 * np.abs(jacobian).max())
    correction = newton_tape(tape, symmetric=False).arrays(u=u, p=p, **out)["x"][0]
    truth = -np.linalg.solve(jacobian, mix @ cubic.residual(u[0], p[0]))
    np.testing.assert_allclose(correction, truth, atol=1e-9 * np.linalg.norm(truth))


def safe_radius(system: Cubic, u: Array, p: Array, dp: Array) -> float:
    """A radius well inside the disc in which the path is analytic, by Newton-Kantorovich."""
    inverse = np.linalg.inv(system.jacobian(u, p))
    size = np.linalg.norm(inverse, 2) * np.linalg.norm(dp)
    bend = np.linalg.norm(inverse, 2) * max(np.linalg.norm(system.a), np.linalg.norm(system.c))
    return 0.02 / float(size * (1 + bend) * (1 + np.linalg.norm(u)))


def solve_from(system: Cubic, u: Array, p: Array) -> Array:
    for _ in range(8):
        u = u - np.linalg.solve(system.jacobian(u, p), system.residual(u, p))
    return u


class TestExactSeries:
    """Paths whose power series are known, in exact arithmetic."""

    @given(
        st.fractions(-5, 5, max_denominator=20).filter(bool),
        st.fractions(-5, 5, max_denominator=20),
        st.integers(1, 7),
    )
    def test_square_root(self, root: Fraction, slope: Fraction, order: int) -> None:
        """u² = p: the binomial series of √(r² + s·dp) = r √(1 + s·dp / r²)."""
        b = Builder()
        (u,), (p,) = b.inputs("u", 1), b.inputs("p", 1)
        found = series(b.finish({"F": [u * u - p]}), root, root**2, slope, order)
        coefficient, truth = root, []
        for k in range(1, order + 1):
            coefficient *= (Fraction(1, 2) - (k - 1)) / k * slope / root**2
            truth.append(coefficient)
        assert found == truth

    @given(
        st.fractions(-5, 5, max_denominator=20).filter(bool),
        st.fractions(-5, 5, max_denominator=20),
        st.integers(1, 7),
    )
    def test_reciprocal(self, p0: Fraction, slope: Fraction, order: int) -> None:
        """1 / u = p: the geometric series of 1 / (p + s·dp)."""
        b = Builder()
        (u,), (p,) = b.inputs("u", 1), b.inputs("p", 1)
        found = series(b.finish({"F": [1 / u - p]}), 1 / p0, p0, slope, order)
        assert found == [(-slope / p0) ** k / p0 for k in range(1, order + 1)]

    @given(st.fractions(-3, 3, max_denominator=9), st.integers(1, 6))
    def test_several_unknowns(self, root: Fraction, order: int) -> None:
        """A polynomial path ends its series: u = p and v = p² solve a triangular system."""
        assume(root != Fraction(1, 4))  # there the first pivot is 0
        b = Builder()
        (u, v), (p,) = b.inputs("u", 2), b.inputs("p", 1)
        # the gradient of (u - p)² / 2 + (u - p)(v - u²), stationary at u = p, v = u²
        w = u - p
        system = b.finish({"F": [w + v - u * u - 2 * u * w, w]})
        jacobian = factor_tape(system).evaluate({"u": [root, root**2], "p": [root]}, Fraction)
        coefficients = taylor_tape(system, order).evaluate(
            {"u": [root, root**2], "p": [root], "dp": [1], **jacobian}, Fraction
        )["x"]
        truth = [1, 2 * root, 0, 1] + [0] * (2 * order)
        assert coefficients == truth[: 2 * order]


def series(system: Tape, u: Any, p: Any, dp: Any, order: int) -> list[Any]:
    factors = factor_tape(system).evaluate({"u": [u], "p": [p]}, Fraction)
    inputs = {"u": [u], "p": [p], "dp": [dp], **factors}
    return taylor_tape(system, order).evaluate(inputs, Fraction)["x"]


class TestWrongSystems:
    """What is not a square system in u and p is refused."""

    @pytest.mark.parametrize(
        "kernel", [jacobian_tape, factor_tape, newton_tape, lambda tape: taylor_tape(tape, 2)]
    )
    @pytest.mark.parametrize(
        ("groups", "output", "equations", "message"),
        [
            (("p", "u"), "F", 2, "takes 'u', then 'p'"),
            (("u",), "F", 2, "takes 'u', then 'p'"),
            (("u", "p", "q"), "F", 2, "takes 'u', then 'p'"),
            (("u", "p"), "G", 2, "returns 'F'"),
            (("u", "p"), "F", 1, "1 equations in 2 unknowns"),
            (("u", "p"), "F", 3, "3 equations in 2 unknowns"),
        ],
    )
    def test_shapes(
        self,
        kernel: Callable[[Tape], Tape],
        groups: tuple[str, ...],
        output: str,
        equations: int,
        message: str,
    ) -> None:
        b = Builder()
        inputs = [b.inputs(name, 2) for name in groups]
        tape = b.finish({output: [inputs[0][0] * inputs[0][1]] * equations})
        with pytest.raises(InputError, match=message):
            kernel(tape)

    def test_pivot_that_vanishes_identically(self) -> None:
        b = Builder()
        (x, y), (p,) = b.inputs("u", 2), b.inputs("p", 1)
        with pytest.raises(InputError, match="pivot 1 of the Jacobian vanishes identically"):
            factor_tape(b.finish({"F": [y - p, x - p]}))


def test_replay_records_a_program_inside_another() -> None:
    b = Builder()
    (x, y), (c,) = b.inputs("x", 2), b.inputs("c", 1)
    inner = b.finish({"y": [x * y + Fraction(1, 3), c - 0.5]})
    outer = Builder()
    s, t = outer.inputs("s", 2)
    once = replay(inner, outer, x=[s, t], c=[s])["y"]
    twice = replay(inner, outer, x=once, c=[t])["y"]
    result = outer.finish({"y": twice}).evaluate({"s": [2, 3]}, Fraction)["y"]
    assert result == [Fraction(19, 3) * Fraction(3, 2) + Fraction(1, 3), Fraction(5, 2)]
