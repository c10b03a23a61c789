"""Compiled tapes against the plain evaluation of the same tapes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import flint
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edgeom.errors import InputError
from edgeom.homotopy.codegen import (
    CompiledTape,
    aligned,
    constant_table,
    tape_function,
    vector_constant,
)
from edgeom.homotopy.compiler import LANES, compile_ir
from edgeom.homotopy.constants import Constant
from edgeom.homotopy.tape import Builder, Op, Tape
from tests.programs import Pair, Program, exact, programs


def balls(value: Constant) -> Pair:
    pair = exact(value)
    parts = [flint.arb(flint.fmpq(x.numerator, x.denominator)) for x in (pair.re, pair.im)]
    return Pair(*parts)


def rounding(tape: Tape, point: NDArray[Any]) -> dict[str, list[float]]:
    """Bounds of the rounding errors at a point; infinite where an inverse may be one of 0."""
    values = tape.evaluate({"x": [balls(complex(x)) for x in point]}, balls)
    return {
        name: [float(size.re.rad()) + float(size.im.rad()) for size in group]
        for name, group in values.items()
    }


def points_near(program: Program, lanes: int, seed: int) -> NDArray[np.complex128]:
    """The inputs of a program in the first lane, and numbers of their size in the others."""
    rng = np.random.default_rng(seed)
    shape = (lanes, len(program.inputs))
    real = not any(isinstance(x, complex) for x in program.inputs)
    points = rng.normal(size=shape) + (0 if real else 1j) * rng.normal(size=shape)
    points[0] = program.inputs
    return points.astype(complex)


class TestAgreement:
    """To rounding, for every program, lane and level of optimisation."""

    @pytest.mark.parametrize("optimise", [0, 1])
    @pytest.mark.parametrize("numbers", ["real", "complex"])
    @settings(max_examples=30)
    @given(st.data())
    def test_random_programs(self, numbers: str, optimise: int, data: st.DataObject) -> None:
        program = data.draw(programs(numbers))
        tape = program.tape()
        points = points_near(program, data.draw(st.sampled_from([1, 7, 8, 9])), seed=len(tape))
        compiled = CompiledTape(tape, optimise)(x=points)
        with np.errstate(all="ignore"):
            plain = tape.arrays(x=points)
        for lane, point in enumerate(points):
            bounds = rounding(tape, point)
            assert lane > 0 or np.isfinite([*bounds["y"], *bounds["z"]]).all()
            for name, group in bounds.items():
                for column, bound in enumerate(group):
                    if np.isfinite(bound):
                        difference = compiled[name][lane, column] - plain[name][lane, column]
                        assert abs(difference) <= 16 * bound

    @pytest.mark.parametrize("optimise", [0, 1])
    @pytest.mark.parametrize("lanes", [0, 1, 7, 8, 9, 100])
    def test_every_lane_has_its_own_value(self, lanes: int, optimise: int) -> None:
        b = Builder()
        (x, y), (p,) = b.inputs("u", 2), b.inputs("p", 1)
        tape = b.finish({"f": [x * y - p, 1 / (x + 3)], "g": [p * p]})
        rng = np.random.default_rng(lanes)
        u = rng.normal(size=(lanes, 2)) + 1j * rng.normal(size=(lanes, 2))
        p_values = rng.normal(size=(lanes, 1)) + 1j * rng.normal(size=(lanes, 1))
        result = CompiledTape(tape, optimise)(u=u, p=p_values)
        truth = tape.arrays(u=u, p=p_values)
        assert {name: array.shape for name, array in result.items()} == {
            "f": (lanes, 2),
            "g": (lanes, 1),
        }
        for name in truth:
            np.testing.assert_allclose(result[name], truth[name], rtol=1e-13, atol=1e-14)

    def test_a_lane_does_not_depend_on_the_others(self) -> None:
        b = Builder()
        x = b.inputs("x", 3)
        f = CompiledTape(b.finish({"y": [1 / (x[0] * x[1] - 0.1) + x[2] ** 5]}))
        rng = np.random.default_rng(5)
        points = rng.normal(size=(50, 3)) + 1j * rng.normal(size=(50, 3))
        together = f(x=points)["y"]
        alone = np.concatenate([f(x=point[None])["y"] for point in points])
        assert together.tobytes() == alone.tobytes()
        assert f(x=points[::-1])["y"][::-1].tobytes() == together.tobytes()

    @pytest.mark.parametrize("op", [Op.ADD, Op.SUB, Op.MUL])
    @pytest.mark.parametrize("left", ["real", "complex", "input"])
    @pytest.mark.parametrize("right", ["real", "complex", "input"])
    def test_every_pair_of_kinds(self, op: Op, left: str, right: str) -> None:
        """Real values carry no imaginary part, which makes cases of every operation."""
        b = Builder()
        x = b.inputs("x", 2)
        kinds = {
            "real": [b.constant(0.3), b.constant(-0.7)],
            "complex": [b.constant(0.3 + 2j), b.constant(-0.7 - 1j)],
            "input": x,
        }
        u, v = kinds[left][0], kinds[right][1]
        y = {Op.ADD: u + v, Op.SUB: u - v, Op.MUL: u * v}[op]
        tape = b.finish({"y": [y, -y, 1 / y]})
        points = np.array([[0.5 - 1j, 3 + 0.2j]])
        result = CompiledTape(tape, 0)(x=points)["y"]
        np.testing.assert_allclose(result, tape.arrays(x=points)["y"], rtol=1e-14)

    def test_infinite_parts_stay_apart(self) -> None:
        b = Builder()
        (x,) = b.inputs("x", 1)
        points = np.array([[complex(2, np.inf)], [complex(-np.inf, 1)]])
        result = CompiledTape(b.finish({"y": [x]}), 0)(x=points)["y"]
        assert result.tobytes() == points.tobytes()


class TestConstants:
    """Constants are data, not code."""

    @staticmethod
    def tape(a: Constant, c: Constant) -> Tape:
        b = Builder()
        (x,) = b.inputs("x", 1)
        return b.finish({"y": [a * x * x + c]})

    @pytest.mark.parametrize(("first", "second"), [((2.5, -3), (0.1, 7)), ((2j, 5), (3 + 1j, 6))])
    def test_tapes_of_one_shape_share_their_code(
        self, first: tuple[Constant, Constant], second: tuple[Constant, Constant]
    ) -> None:
        tapes = self.tape(*first), self.tape(*second)
        sources = [tape_function(tape, "program") for tape in tapes]
        assert sources[0] == sources[1]
        assert tapes[0].digest != tapes[1].digest
        x = np.array([[0.5 + 1j], [-2]])
        for tape, (a, c) in zip(tapes, (first, second), strict=True):
            np.testing.assert_allclose(CompiledTape(tape)(x=x)["y"], a * x * x + c, rtol=1e-14)

    def test_real_and_complex_constants_do_not_share_their_code(self) -> None:
        sources = {tape_function(self.tape(a, 3), "program") for a in (2.5, 2.5j)}
        assert len(sources) == 2

    def test_table(self) -> None:
        table = constant_table(self.tape(1 + 2j, 0.25))
        assert table.tolist() == [1, 2, 0.25]
        assert constant_table(Builder().finish({})).tolist() == [0]

    def test_constants_too_large_for_doubles(self) -> None:
        with pytest.raises(InputError, match="too large for double precision"):
            CompiledTape(self.tape(10**400, 1))

    @given(st.floats(allow_nan=False))
    def test_vector_constants_are_exact(self, value: float) -> None:
        text = vector_constant(value)
        bits = int(text.removeprefix("splat (double 0x").removesuffix(")"), 16)
        assert np.uint64(bits).view(np.float64).tobytes() == np.float64(value).tobytes()


class TestShapes:
    """Groups of any name and length."""

    def test_empty_outputs(self) -> None:
        b = Builder()
        (x,) = b.inputs("x", 1)
        result = CompiledTape(b.finish({"none": [], "y": [x + 1]}), 0)(x=np.ones((3, 1)))
        assert result["none"].shape == (3, 0)
        assert result["y"].tolist() == [[2]] * 3
        assert CompiledTape(b.finish({}), 0)(x=np.ones((3, 1))) == {}

    def test_empty_inputs(self) -> None:
        b = Builder()
        b.inputs("x", 0)
        result = CompiledTape(b.finish({"y": [b.constant(2.5)]}), 0)(x=np.ones((9, 0)))
        assert result["y"].tolist() == [[2.5]] * 9

    def test_names_may_be_anything(self) -> None:
        b = Builder()
        (x,), (y,), (k,) = b.inputs("x", 1), b.inputs("the name", 1), b.inputs("k", 1)
        f = CompiledTape(b.finish({"x": [x + y], "k": [x * k]}), 0)
        result = f(**{"x": np.array([[2]]), "the name": np.array([[5]]), "k": np.array([[7]])})
        assert (result["x"].item(), result["k"].item()) == (7, 14)

    @pytest.mark.parametrize(
        "shapes",
        [
            {},
            {"u": (3, 2)},
            {"u": (3, 2), "q": (3, 1)},
            {"u": (3, 1), "p": (3, 1)},
            {"u": (3, 2), "p": (3, 2)},
            {"u": (3, 2), "p": (2, 1)},
            {"u": (2, 2), "p": (3, 1)},
            {"u": (2,), "p": (1,)},
            {"u": (3, 2, 1), "p": (3, 1)},
            {"u": (), "p": ()},
        ],
    )
    def test_wrong_shapes(self, shapes: dict[str, tuple[int, ...]]) -> None:
        b = Builder()
        (x, y), (p,) = b.inputs("u", 2), b.inputs("p", 1)
        f = CompiledTape(b.finish({"f": [x * y - p]}), 0)
        with pytest.raises(InputError, match=r"the program takes|must be an array of shape"):
            f(**{name: np.ones(shape) for name, shape in shapes.items()})

    def test_no_input_groups(self) -> None:
        b = Builder()
        with pytest.raises(InputError, match="has no lanes"):
            CompiledTape(b.finish({"y": [b.one]}), 0)()


class TestCompilation:
    """Machine code is made once, at a level that exists."""

    @pytest.mark.parametrize("optimise", [-1, 4, None, "2"])
    def test_levels_that_do_not_exist(self, optimise: Any) -> None:
        with pytest.raises(InputError, match="between 0 and 3"):
            compile_ir("", optimise)

    def test_threads_share_one_engine(self) -> None:
        b = Builder()
        (x,) = b.inputs("x", 1)
        tape = b.finish({"y": [x**6 - x]})
        source = tape_function(tape, "shared").replace("internal ", "")
        with ThreadPoolExecutor(8) as pool:
            engines = list(pool.map(compile_ir, [source] * 16))
        assert len({id(engine) for engine in engines}) == 1
        assert compile_ir(source, 0) is not engines[0]

    @pytest.mark.parametrize("count", [0, 1, 8, 1001])
    def test_buffers_are_aligned(self, count: int) -> None:
        buffers = [aligned(count) for _ in range(10)]
        for buffer in buffers:
            assert buffer.ctypes.data % (8 * LANES) == 0 or count == 0
            assert buffer.shape == (count,)
            assert not buffer.any()
