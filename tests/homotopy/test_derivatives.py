"""Derivatives of programs are programs: both kinds agree with each other and with differences."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgeom.homotopy.derivatives import jvp, vjp
from edgeom.homotopy.tape import Builder
from tests.programs import Pair, Program, exact, flat, programs, rational


class TestDerivatives:
    """jvp and vjp, exactly and against numerical differentiation."""

    @given(programs(), st.randoms(use_true_random=False))
    def test_adjoint_identity(self, program: Program, random: Any) -> None:
        """Σ w_i (J v)_i = Σ (Jᵀ w)_j v_j, in exact arithmetic."""
        b = Builder()
        x = b.inputs("x", len(program.inputs))
        y = flat(program.direct(x, b.constant))
        y = [b.lift(value) for value in y]
        v, w = b.inputs("v", len(x)), b.inputs("w", len(y))
        tape = b.finish({"forward": jvp(y, x, v), "reverse": vjp(y, x, w)})
        numbers = {
            "x": [exact(value) for value in program.inputs],
            "v": [exact(random.randint(-9, 9)) for _ in x],
            "w": [exact(complex(random.randint(-9, 9), random.randint(-9, 9))) for _ in y],
        }
        result = tape.evaluate(numbers, exact)
        assert len(result["forward"]) == len(y)
        assert len(result["reverse"]) == len(x)
        assert dot(result["forward"], numbers["w"]) == dot(result["reverse"], numbers["v"])

    @given(programs("real"), st.randoms(use_true_random=False))
    def test_complex_step(self, program: Program, random: Any) -> None:
        """J v = Im f(x + i h v) / h + O(h²)."""
        b = Builder()
        x = b.inputs("x", len(program.inputs))
        y = [b.lift(value) for value in flat(program.direct(x, b.constant))]
        direction = [random.randint(-9, 9) for _ in x]
        tape = b.finish({"d": jvp(y, x, [b.constant(k) for k in direction])})
        exact_derivative = tape.evaluate({"x": [*map(Fraction, program.inputs)]}, Fraction)["d"]
        with mpmath.workdps(200):
            h = mpmath.mpf(10) ** -80
            steps = [mpmath.mpc(a, h * k) for a, k in zip(program.inputs, direction, strict=True)]
            moved = flat(program.tape().evaluate({"x": steps}, rational))
            for value, derivative in zip(moved, exact_derivative, strict=True):
                assert abs(mpmath.im(value) / h - rational(derivative)) < 1e-50

    @settings(max_examples=50)
    @given(programs(), st.integers(0, 3))
    def test_central_difference(self, program: Program, which: int) -> None:
        """One column of J, at complex points, from the reverse mode."""
        j = which % len(program.inputs)
        b = Builder()
        x = b.inputs("x", len(program.inputs))
        y = [b.lift(value) for value in flat(program.direct(x, b.constant))]
        tape = b.finish({"d": [vjp([value], x, [b.one])[j] for value in y]})
        derivative = tape.evaluate({"x": [exact(value) for value in program.inputs]}, exact)["d"]
        h = Fraction(1, 10**60)
        ends = []
        for sign in (1, -1):
            point = [exact(value) for value in program.inputs]
            point[j] = point[j] + Pair(sign * h, Fraction(0))
            ends.append(flat(program.direct(point, exact)))
        for plus, minus, truth in zip(*ends, derivative, strict=True):
            slope = (plus - minus) * Pair(1 / (2 * h), Fraction(0))
            assert (slope - truth).square < Fraction(1, 10**100)

    def test_intermediate_values_count_as_independent(self) -> None:
        b = Builder()
        (x,) = b.inputs("x", 1)
        s = x * x
        y = s * x + s
        tape = b.finish({"j": jvp([y], [s], [b.one]), "v": vjp([y], [s], [b.one])})
        assert tape.evaluate({"x": [5]}) == {"j": [6], "v": [6]}

    def test_values_that_do_not_depend_on_each_other(self) -> None:
        b = Builder()
        x, y = b.inputs("x", 2)
        assert [v.index for v in jvp([y * y, b.one], [x], [b.one])] == [b.zero.index] * 2
        assert [v.index for v in vjp([y * y], [x], [b.one])] == [b.zero.index]

    def test_nothing_to_differentiate(self) -> None:
        b = Builder()
        x, y = b.inputs("x", 2)
        assert jvp([], [x], [b.one]) == []
        assert vjp([], [], []) == []
        assert [v.index for v in vjp([], [x, y], [])] == [b.zero.index] * 2

    @pytest.mark.parametrize("derivative", [partial(jvp, tangents=[]), partial(vjp, cotangents=[])])
    def test_one_direction_for_each(self, derivative: Callable[..., Any]) -> None:
        (x,) = Builder().inputs("x", 1)
        with pytest.raises(ValueError, match="shorter"):
            derivative([x * x], [x])


def dot(a: list[Pair], b: list[Pair]) -> Pair:
    total = exact(0)
    for x, y in zip(a, b, strict=True):
        total = total + x * y
    return total
