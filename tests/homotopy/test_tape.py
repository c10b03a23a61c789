"""Straight-line programs: what is recorded, and one program in every arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import flint
import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from edgeom.errors import InputError
from edgeom.homotopy.constants import Constant, double
from edgeom.homotopy.tape import Builder, Op, Tape, Var
from tests.programs import Pair, Program, exact, flat, programs, rational


def values_of(program: Program) -> dict[str, list[Pair]]:
    """What a program computes, as Gaussian rationals, without any tape."""
    return program.direct([exact(x) for x in program.inputs], exact)


class TestBuilder:
    """What is recorded, and what is not."""

    @pytest.fixture
    def xy(self) -> tuple[Var, Var]:
        x, y = Builder().inputs("x", 2)
        return x, y

    @pytest.mark.parametrize(
        ("rule", "result"),
        [
            (lambda x, y: x + 0, lambda x, y: x),
            (lambda x, y: 0 + x, lambda x, y: x),
            (lambda x, y: x - 0, lambda x, y: x),
            (lambda x, y: 0 - x, lambda x, y: -x),
            (lambda x, y: x - x, lambda x, y: x.builder.zero),
            (lambda x, y: x * 0, lambda x, y: x.builder.zero),
            (lambda x, y: 0.0 * x, lambda x, y: x.builder.zero),
            (lambda x, y: x * 1, lambda x, y: x),
            (lambda x, y: 1.0 * x, lambda x, y: x),
            (lambda x, y: x * -1, lambda x, y: -x),
            (lambda x, y: 0 - (-x), lambda x, y: x),
            (lambda x, y: x + (-y), lambda x, y: x - y),
            (lambda x, y: -x + y, lambda x, y: y - x),
            (lambda x, y: x - (-y), lambda x, y: x + y),
            (lambda x, y: x + y, lambda x, y: y + x),
            (lambda x, y: x * y, lambda x, y: y * x),
            (lambda x, y: x / 4, lambda x, y: x * Fraction(1, 4)),
            (lambda x, y: x / y, lambda x, y: x * (1 / y)),
            (lambda x, y: x**0, lambda x, y: x.builder.one),
            (lambda x, y: x**1, lambda x, y: x),
            (lambda x, y: x**-2, lambda x, y: 1 / (x * x)),
            (lambda x, y: x + 2.0, lambda x, y: x + 2),
            (lambda x, y: x.builder.sum([]), lambda x, y: x.builder.zero),
            (lambda x, y: x.builder.dot([x, 2], [y, x]), lambda x, y: x * y + 2 * x),
        ],
    )
    def test_equal_values_are_one_value(
        self,
        xy: tuple[Var, Var],
        rule: Callable[[Var, Var], Var],
        result: Callable[[Var, Var], Var],
    ) -> None:
        assert rule(*xy).index == result(*xy).index

    @pytest.mark.parametrize(
        ("rule", "other"),
        [
            (lambda x, y: x - y, lambda x, y: y - x),
            (lambda x, y: x * x, lambda x, y: x + x),
            (lambda x, y: 1 / x, lambda x, y: 1 / y),
            (lambda x, y: x * 2, lambda x, y: x * 3),
            (lambda x, y: x + 1j, lambda x, y: x - 1j),
        ],
    )
    def test_different_values_are_kept_apart(
        self,
        xy: tuple[Var, Var],
        rule: Callable[[Var, Var], Var],
        other: Callable[[Var, Var], Var],
    ) -> None:
        assert rule(*xy).index != other(*xy).index

    def test_exact_constants_are_folded(self) -> None:
        b = Builder()
        third, sixth = b.constant(Fraction(1, 3)), b.constant(Fraction(1, 6))
        assert b.value(third + sixth) == Fraction(1, 2)
        assert b.value(third * 6) == 2
        assert b.value(third - 1) == Fraction(-2, 3)
        assert b.value(1 / sixth) == 6

    def test_doubles_are_not_folded(self) -> None:
        b = Builder()
        tenth, fifth = b.constant(0.1), b.constant(0.2)
        for value in (tenth + fifth, tenth - fifth, tenth * fifth, 1 / tenth, tenth * 3):
            assert b.value(value) is None
        exact_sum = b.finish({"s": [tenth + fifth]}).evaluate({}, constant=Fraction)["s"][0]
        assert exact_sum == Fraction(0.1) + Fraction(0.2) != Fraction(0.1 + 0.2)

    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            (True, 1),
            (np.int64(2**62 + 1), 2**62 + 1),
            (sympy.Integer(7), 7),
            (sympy.Rational(1, 3), Fraction(1, 3)),
            (Fraction(6, 3), 2),
            (np.float64(0.5), 0.5),
            (3.0, 3),
            (1e300, 1e300),
            (2 + 0j, 2),
            (np.complex128(1 + 2j), 1 + 2j),
        ],
    )
    def test_constants_are_kept_exactly(self, given: Constant, kept: Constant) -> None:
        b = Builder()
        value = b.value(b.constant(given))
        assert value == kept
        assert type(value) is type(kept)

    @pytest.mark.parametrize("exponent", [2, 3, 5, 8, 13, 31])
    def test_powers_by_repeated_squaring(self, exponent: int) -> None:
        b = Builder()
        (x,) = b.inputs("x", 1)
        tape = b.finish({"y": [x**exponent]})
        assert tape.evaluate({"x": [3]}) == {"y": [3**exponent]}
        assert len(tape) <= 2 * exponent.bit_length()

    def test_only_what_outputs_need_is_kept(self) -> None:
        b = Builder()
        x, y = b.inputs("x", 2)
        unused = 1 / (x * y + 7)
        tape = b.finish({"f": [x * x - 3], "nothing": []})
        assert len(tape) == 2
        assert tape.constants == (3,)
        assert tape.inputs == {"x": 2}
        assert tape.evaluate({"x": [2, None]}) == {"f": [1], "nothing": []}
        assert unused.builder is b

    def test_an_inverse_needs_no_constant(self) -> None:
        b = Builder()
        (x,) = b.inputs("x", 1)
        assert b.finish({"y": [1 / x]}).constants == ()

    def test_length_counts_operations(self) -> None:
        b = Builder()
        x, y = b.inputs("x", 2)
        tape = b.finish({"f": [x * y, x * y + 5, 5]})
        assert len(tape) == 2
        assert [op for op, _, _ in tape.code].count(Op.CONST) == 1

    def test_digest_is_of_the_whole_program(self) -> None:
        def tape(constant: Constant, name: str) -> Tape:
            b = Builder()
            (x,) = b.inputs("x", 1)
            return b.finish({name: [x * constant]})

        assert tape(2, "y").digest == tape(2, "y").digest
        assert len({tape(c, n).digest for c in (2, 3, 0.1) for n in "yz"}) == 6


class TestWrongInputs:
    """Every wrong input is an InputError that names what is wrong."""

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), complex(0, float("-inf"))])
    def test_infinite_constants(self, value: complex) -> None:
        with pytest.raises(InputError, match="must be finite"):
            Builder().constant(value)

    @pytest.mark.parametrize("value", ["3", None, [1], flint.arb(1)])
    def test_constants_that_are_no_numbers(self, value: Any) -> None:
        with pytest.raises(InputError, match="must be a number"):
            Builder().constant(value)

    def test_constants_beyond_double_precision(self) -> None:
        with pytest.raises(InputError, match="too large for double precision"):
            double(10**400)

    @pytest.mark.parametrize("exponent", [0.5, 2.0, "2", 1j])
    def test_exponents(self, exponent: Any) -> None:
        (x,) = Builder().inputs("x", 1)
        with pytest.raises(InputError, match="exponent must be an integer"):
            x**exponent

    def test_inverse_of_zero(self) -> None:
        (x,) = Builder().inputs("x", 1)
        with pytest.raises(ZeroDivisionError, match="inverse of the constant 0"):
            1 / (x - x)

    def test_inputs_declared_twice(self) -> None:
        b = Builder()
        b.inputs("x", 1)
        with pytest.raises(InputError, match="'x' are declared twice"):
            b.inputs("x", 2)

    def test_negative_number_of_inputs(self) -> None:
        with pytest.raises(InputError, match="at least 0, got -1"):
            Builder().inputs("x", -1)

    @pytest.mark.parametrize("combine", [Builder.add, Builder.mul])
    def test_values_of_two_programs(self, combine: Callable[..., Any]) -> None:
        (x,), (y,) = Builder().inputs("x", 1), Builder().inputs("x", 1)
        with pytest.raises(InputError, match="different programs"):
            combine(x.builder, x, x.builder.lift(y))

    @pytest.mark.parametrize(
        ("inputs", "message"),
        [
            ({}, "takes .'p', 'x'., got ..$"),
            ({"x": [1, 2]}, "got .'x'."),
            ({"x": [1, 2], "q": [1]}, "got .'q', 'x'."),
            ({"x": [1], "p": [1]}, "'x' has 2 entries, got 1"),
            ({"x": [1, 2], "p": []}, "'p' has 1 entries, got 0"),
        ],
    )
    def test_groups_of_evaluate(self, inputs: dict[str, list[int]], message: str) -> None:
        with pytest.raises(InputError, match=message):
            self.tape().evaluate(inputs)

    @pytest.mark.parametrize(
        "shapes",
        [
            {"x": (3, 2)},
            {"x": (3, 2), "q": (3, 1)},
            {"x": (3, 3), "p": (3, 1)},
            {"x": (3, 2), "p": (4, 1)},
            {"x": (3, 2), "p": (1, 1)},
            {"x": (2,), "p": (1,)},
            {"x": (3, 2), "p": ()},
            {"x": (3, 2, 1), "p": (3, 1)},
        ],
    )
    def test_shapes_of_arrays(self, shapes: dict[str, tuple[int, ...]]) -> None:
        with pytest.raises(InputError, match=r"the program takes|must be an array of shape"):
            self.tape().arrays(**{name: np.ones(shape) for name, shape in shapes.items()})

    def test_arrays_of_a_program_without_inputs(self) -> None:
        b = Builder()
        with pytest.raises(InputError, match="has no lanes"):
            b.finish({"y": [b.one]}).arrays()

    @staticmethod
    def tape() -> Tape:
        b = Builder()
        (x, y), (p,) = b.inputs("x", 2), b.inputs("p", 1)
        return b.finish({"f": [x * y - p]})


class TestArithmetics:
    """The tape computes what the program computes, in every arithmetic."""

    @given(programs())
    def test_gaussian_rationals(self, program: Program) -> None:
        result = program.tape().evaluate({"x": [exact(x) for x in program.inputs]}, exact)
        assert result == values_of(program)

    @given(programs("real"))
    def test_fractions(self, program: Program) -> None:
        result = program.tape().evaluate({"x": [*map(Fraction, program.inputs)]}, Fraction)
        assert flat(result) == [value.re for value in flat(values_of(program))]

    @given(programs("real"))
    def test_mpmath_real(self, program: Program) -> None:
        with mpmath.workdps(150):
            result = program.tape().evaluate({"x": [*map(mpmath.mpf, program.inputs)]}, rational)
            for value, truth in zip(flat(result), flat(values_of(program)), strict=True):
                assert abs(value - rational(truth.re)) < 1e-50

    @given(programs())
    def test_mpmath_complex(self, program: Program) -> None:
        def constant(value: Constant) -> Any:
            pair = exact(value)
            return mpmath.mpc(rational(pair.re), rational(pair.im))

        with mpmath.workdps(150):
            result = program.tape().evaluate({"x": [*map(constant, program.inputs)]}, constant)
            for value, truth in zip(flat(result), flat(values_of(program)), strict=True):
                assert abs(value - mpmath.mpc(rational(truth.re), rational(truth.im))) < 1e-50

    @pytest.mark.parametrize("bits", [53, 400])
    @given(program=programs("real"))
    def test_real_balls_contain_the_value(self, bits: int, program: Program) -> None:
        with flint.ctx.workprec(bits):
            result = program.tape().evaluate({"x": [*map(flint.arb, program.inputs)]}, ball)
            for value, truth in zip(flat(result), flat(values_of(program)), strict=True):
                assert contains(value, truth.re)
                assert bits == 53 or value.rad() < 1e-20

    @pytest.mark.parametrize("bits", [53, 400])
    @given(program=programs())
    def test_complex_balls_contain_the_value(self, bits: int, program: Program) -> None:
        def constant(value: Constant) -> Any:
            pair = exact(value)
            return flint.acb(ball(pair.re), ball(pair.im))

        with flint.ctx.workprec(bits):
            result = program.tape().evaluate({"x": [*map(constant, program.inputs)]}, constant)
            for value, truth in zip(flat(result), flat(values_of(program)), strict=True):
                assert contains(value.real, truth.re)
                assert contains(value.imag, truth.im)
                assert bits == 53 or value.rad() < 1e-20

    @settings(max_examples=30)
    @given(programs())
    def test_sympy(self, program: Program) -> None:
        def constant(value: Constant) -> Any:
            pair = exact(value)
            return symbolic(pair.re) + sympy.I * symbolic(pair.im)

        def expanded(a: Pair) -> Any:
            return symbolic(a.re) + sympy.I * symbolic(a.im)

        result = program.tape().evaluate({"x": [*map(constant, program.inputs)]}, constant)
        for value, truth in zip(flat(result), flat(values_of(program)), strict=True):
            assert sympy.radsimp(sympy.expand(value - expanded(truth))) == 0

    @given(programs(), st.integers(1, 5))
    def test_numpy(self, program: Program, lanes: int) -> None:
        """Equal to the rounding that balls of the same precision allow for."""
        tape = program.tape()
        result = tape.arrays(x=np.array([program.inputs] * lanes))
        assert result["y"].shape == (lanes, len(program.outputs[0]))
        assert result["z"].shape == (lanes, len(program.outputs[1]))
        balls = tape.evaluate({"x": [*map(pair_of_balls, program.inputs)]}, pair_of_balls)
        for name, truths in values_of(program).items():
            for column, truth, size in zip(result[name].T, truths, balls[name], strict=True):
                number = complex(truth.re, truth.im)
                assert (np.abs(column - number) <= 8 * float(size.re.rad() + size.im.rad())).all()

    def test_sympy_symbols_give_the_polynomials(self) -> None:
        b = Builder()
        x, y = b.inputs("x", 2)
        tape = b.finish({"f": [(x + y) ** 3 - x * y / 2]})
        s, t = sympy.symbols("s t")
        result = tape.evaluate({"x": [s, t]}, sympy.sympify)["f"][0]
        assert sympy.expand(result - ((s + t) ** 3 - s * t / 2)) == 0

    def test_integer_arrays_do_not_overflow(self) -> None:
        b = Builder()
        (x,) = b.inputs("x", 1)
        result = b.finish({"y": [x**5]}).arrays(x=np.array([[10**6]]))["y"]
        assert result[0, 0] == pytest.approx(1e30, rel=1e-15)

    def test_outputs_without_an_operation(self) -> None:
        b = Builder()
        (x,) = b.inputs("x", 1)
        result = b.finish({"y": [5, x], "none": []}).arrays(x=np.array([[1.0], [2.0]]))
        assert result["y"].tolist() == [[5, 1], [5, 2]]
        assert result["none"].shape == (2, 0)


def symbolic(fraction: Fraction) -> Any:
    return sympy.Rational(fraction.numerator, fraction.denominator)


def ball(value: Any) -> Any:
    fraction = Fraction(value)
    return flint.arb(flint.fmpq(fraction.numerator, fraction.denominator))


def pair_of_balls(value: Constant) -> Pair:
    pair = exact(value)
    return Pair(ball(pair.re), ball(pair.im))


def contains(value: Any, truth: Fraction) -> bool:
    """Whether a real ball contains a rational number, decided exactly."""
    middle, radius = value.mid().fmpq(), value.rad().fmpq()
    return abs(Fraction(str(middle)) - truth) <= Fraction(str(radius))
