"""Tapes as machine code: eight paths at once, compiled by LLVM.

A tape becomes one straight-line function over vectors ``<8 x double>``, real and imaginary parts
apart. Constants are run-time data: two tapes of the same shape (another metric, another chart)
share one compiled function, so a change of constants costs no compilation.

Buffers are block-major, ``[value][re | im][lane]``, aligned to 64 bytes, which keeps every load
and store unit-stride. :mod:`edgeom.homotopy.compiler` makes machine code of it.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.homotopy.compiler import LANES, VECTOR, compile_ir
from edgeom.homotopy.constants import Constant, double
from edgeom.homotopy.tape import Op, Tape

__all__ = [
    "CompiledTape",
    "Parts",
    "TapeWriter",
    "aligned",
    "constant_table",
    "parts_of",
    "tape_function",
    "vector_constant",
]

Parts = tuple[str, str | None]  # names of the real and the imaginary part; None for a real value


def constant_table(tape: Tape) -> NDArray[np.float64]:
    """Return the run-time constants of a tape as doubles; complex ones take two places.

    Examples
    --------
    >>> from edgeom.homotopy.tape import Builder
    >>> b = Builder()
    >>> (x,) = b.inputs("x", 1)
    >>> constant_table(b.finish({"y": [3 * x + 2j]}))
    array([3., 0., 2.])
    """
    flat = [part for value in tape.constants for part in parts_of(value)]
    return np.array(flat or [0.0])


def parts_of(value: Constant) -> tuple[float, ...]:
    """Return the places of a constant in a table."""
    number = double(value)
    return (number.real, number.imag) if isinstance(number, complex) else (number,)


def vector_constant(value: float) -> str:
    """Write a vector whose lanes all hold the same number, bit by bit.

    Examples
    --------
    >>> vector_constant(1.0)
    'splat (double 0x3FF0000000000000)'
    """
    return f"splat (double 0x{np.float64(value).view(np.uint64):016X})"


def tape_function(
    tape: Tape,
    name: str,
    real: Mapping[str, int] | None = None,
    writer: type[TapeWriter] | None = None,
) -> str:
    """Write a tape as an LLVM function ``name(constants, input groups..., output groups...)``.

    Every group is a pointer to ``[count][2]`` vectors; numbers that are known to be real take one
    vector instead of two. Real values (real constants and what is
    made of them alone) carry no imaginary part, so a product with a real constant costs two
    multiplications instead of four.

    Parameters
    ----------
    tape : Tape
    name : str
        What the function is called; it is visible in its own module only.
    real : mapping, optional
        How many of the first inputs of a group are real.
    writer : type, optional
        What writes the instructions; by default they are those of double precision.

    Returns
    -------
    str
        Source to be passed, with what calls it, to `compile_ir`.
    """
    body = "\n  ".join((writer or TapeWriter)(tape, real or {}).write())
    arguments = ", ".join(f"ptr noalias %{group}" for group in ["k", *_group_names(tape)])
    return f"define internal void @{name}({arguments}) #0 {{\n  {body}\n  ret void\n}}\n"


def _group_names(tape: Tape) -> list[str]:
    """Name the arguments by position: the names of groups may be anything, and be used twice."""
    inputs = [f"in{i}" for i in range(len(tape.inputs))]
    return inputs + [f"out{i}" for i in range(len(tape.outputs))]


class TapeWriter:
    """Writes the instructions of a tape as vector instructions, one kind per method.

    Value number i is called %ri and, where it has an imaginary part, %ii. Each method is given
    these two names and the operands, and returns the names that are in use.
    """

    def __init__(self, tape: Tape, real: Mapping[str, int]) -> None:
        self.tape = tape
        self.real = {f"in{k}": real.get(name, 0) for k, name in enumerate(tape.inputs)}
        self.lines: list[str] = []
        self.values: list[Parts] = []
        self.places = [
            (f"in{group}", i)
            for group, count in enumerate(tape.inputs.values())
            for i in range(count)
        ]
        self.slots = [0, *accumulate(len(parts_of(value)) for value in tape.constants)]

    def write(self) -> list[str]:
        for i, (op, a, b) in enumerate(self.tape.code):
            write = getattr(self, op.name.lower())
            self.values.append(write(f"%r{i}", f"%i{i}", a, b))
        for group, indices in enumerate(self.tape.outputs.values()):
            for position, index in enumerate(indices):
                self.output(f"out{group}", position, self.values[index])
        return self.lines

    def input(self, re: str, im: str, place: int, _: int) -> Parts:
        group, position = self.places[place]
        real = self.real[group]
        parts = (re,) if position < real else (re, im)
        for offset, target in enumerate(parts, position + max(0, position - real)):
            self._pointer(f"{target}.p", group, offset)
            self._let(target, f"load {VECTOR}, ptr {target}.p, align 64")
        return re, None if position < real else im

    def const(self, re: str, im: str, number: int, _: int) -> Parts:
        slot, end = self.slots[number : number + 2]
        self._splat(re, slot)
        return re, self._splat(im, slot + 1) if end - slot == 2 else None

    def add(self, re: str, im: str, a: int, b: int) -> Parts:
        (ar, ai), (br, bi) = self.values[a], self.values[b]
        self._arith(re, "fadd", ar, br)
        if ai is None or bi is None:
            return re, ai or bi
        return re, self._arith(im, "fadd", ai, bi)

    def sub(self, re: str, im: str, a: int, b: int) -> Parts:
        (ar, ai), (br, bi) = self.values[a], self.values[b]
        if self._is_zero(a):
            return self._negate(re, br), None if bi is None else self._negate(im, bi)
        self._arith(re, "fsub", ar, br)
        if bi is None:
            return re, ai
        return re, self._negate(im, bi) if ai is None else self._arith(im, "fsub", ai, bi)

    def mul(self, re: str, im: str, a: int, b: int) -> Parts:
        (ar, ai), (br, bi) = self.values[a], self.values[b]
        if ai is not None and bi is not None:
            self._arith(f"{re}.t", "fmul", ai, bi)
            self._arith(f"{re}.u", "fmul", ar, br)
            self._arith(re, "fsub", f"{re}.u", f"{re}.t")
            self._arith(f"{im}.t", "fmul", ai, br)
            self._arith(f"{im}.u", "fmul", ar, bi)
            return re, self._arith(im, "fadd", f"{im}.u", f"{im}.t")
        self._arith(re, "fmul", ar, br)
        if ai is not None:
            return re, self._arith(im, "fmul", ai, br)
        return re, None if bi is None else self._arith(im, "fmul", ar, bi)

    def inv(self, re: str, im: str, a: int, _: int) -> Parts:
        ar, ai = self.values[a]
        if ai is None:
            return self._arith(re, "fdiv", vector_constant(1.0), ar), None
        self._arith(f"{re}.t", "fmul", ar, ar)
        self._arith(f"{re}.u", "fmul", ai, ai)
        self._arith(f"{re}.n", "fadd", f"{re}.t", f"{re}.u")
        self._arith(f"{re}.q", "fdiv", vector_constant(1.0), f"{re}.n")
        self._negate(f"{im}.m", ai)
        self._arith(re, "fmul", ar, f"{re}.q")
        return re, self._arith(im, "fmul", f"{im}.m", f"{re}.q")

    def size(self, re: str, im: str, a: int, _: int) -> Parts:
        ar, ai = self.values[a]
        self._absolute(re if ai is None else f"{re}.a", ar)
        if ai is not None:
            self._arith(re, "fadd", f"{re}.a", self._absolute(f"{im}.a", ai))
        return re, None

    def output(self, group: str, position: int, value: Parts) -> None:
        for offset, part in enumerate(value):
            pointer = self._pointer(f"%{group}.{position}.{offset}", group, 2 * position + offset)
            stored = part or "zeroinitializer"
            self.lines.append(f"store {VECTOR} {stored}, ptr {pointer}, align 64")

    def _is_zero(self, index: int) -> bool:
        op, number, _ = self.tape.code[index]
        return op is Op.CONST and self.tape.constants[number] == 0

    def _let(self, target: str, text: str) -> str:
        self.lines.append(f"{target} = {text}")
        return target

    def _pointer(self, target: str, group: str, vector: int) -> str:
        return self._let(target, f"getelementptr {VECTOR}, ptr %{group}, i32 {vector}")

    def _arith(self, target: str, word: str, x: str, y: str) -> str:
        return self._let(target, f"{word} contract {VECTOR} {x}, {y}")

    def _absolute(self, target: str, x: str) -> str:
        return self._let(target, f"call {VECTOR} @llvm.fabs.v{LANES}f64({VECTOR} {x})")

    def _negate(self, target: str, x: str) -> str:
        return self._let(target, f"fneg {VECTOR} {x}")

    def _splat(self, target: str, slot: int) -> str:
        self._let(f"{target}.p", f"getelementptr double, ptr %k, i32 {slot}")
        self._let(f"{target}.s", f"load double, ptr {target}.p, align 8")
        self._let(f"{target}.v", f"insertelement {VECTOR} poison, double {target}.s, i32 0")
        zeros = f"<{LANES} x i32> zeroinitializer"
        return self._let(target, f"shufflevector {VECTOR} {target}.v, {VECTOR} poison, {zeros}")


def aligned(count: int) -> NDArray[np.float64]:
    """Return a zeroed buffer of doubles that starts at a multiple of 64 bytes."""
    raw = np.zeros(count + 8)
    skip = (-raw.ctypes.data % 64) // 8
    return raw[skip : skip + count]


class CompiledTape:
    """A tape as a compiled function over arrays of complex numbers.

    Parameters
    ----------
    tape : Tape
    optimise : int
        Level of LLVM's code generation, 0 to 3.

    Examples
    --------
    >>> from edgeom.homotopy.tape import Builder
    >>> b = Builder()
    >>> x, y = b.inputs("x", 2)
    >>> f = CompiledTape(b.finish({"f": [x * x + 4 * y * y - 4]}))
    >>> f(x=np.array([[2.0, 0.0], [1j, 1.0]]))["f"][:, 0]
    array([ 0.+0.j, -1.+0.j])
    """

    def __init__(self, tape: Tape, optimise: int = 1) -> None:
        self.tape = tape
        self._constants = constant_table(tape)
        engine = compile_ir(tape_function(tape, "program") + _loop_over_blocks(tape), optimise)
        groups = len(tape.inputs) + len(tape.outputs)
        kind = ctypes.CFUNCTYPE(None, ctypes.c_int64, *[ctypes.c_void_p] * (groups + 1))
        self._call = kind(engine.get_function_address("blocks"))

    def __call__(self, **inputs: NDArray[Any]) -> dict[str, NDArray[np.complex128]]:
        """Evaluate at `lanes` points.

        Parameters
        ----------
        **inputs : complex arrays (lanes, count)
            One for each group of inputs.

        Returns
        -------
        dict
            A complex array ``(lanes, count)`` for each group of outputs.

        Raises
        ------
        InputError
            A group is missing, unknown or of the wrong shape.
        """
        lanes = self.tape.lanes(inputs)
        blocks = -(-lanes // LANES)
        sizes = {name: len(group) for name, group in self.tape.outputs.items()}
        if blocks == 0:
            return {name: np.zeros((0, size), complex) for name, size in sizes.items()}
        packed = [_pack(np.asarray(inputs[name]), blocks) for name in self.tape.inputs]
        out = [aligned(blocks * size * 2 * LANES) for size in sizes.values()]
        pointers = [array.ctypes.data for array in [*packed, *out]]
        self._call(blocks, self._constants.ctypes.data, *pointers)
        return {
            name: _unpack(buffer, blocks, size)[:lanes]
            for (name, size), buffer in zip(sizes.items(), out, strict=True)
        }


def _loop_over_blocks(tape: Tape) -> str:
    """Write ``blocks(n, constants, groups...)``, which runs the program on n blocks of lanes."""
    names = _group_names(tape)
    sizes = [*tape.inputs.values(), *map(len, tape.outputs.values())]
    moves = "".join(
        f"  %{name}.n = mul i64 %b, {2 * size}\n"
        f"  %{name}.b = getelementptr {VECTOR}, ptr %{name}, i64 %{name}.n\n"
        for name, size in zip(names, sizes, strict=True)
    )
    taken = ", ".join(["i64 %n", "ptr %k", *(f"ptr %{name}" for name in names)])
    passed = ", ".join(["ptr %k", *(f"ptr %{name}.b" for name in names)])
    return f"""
define void @blocks({taken}) {{
entry:
  br label %loop
loop:
  %b = phi i64 [ 0, %entry ], [ %next, %loop ]
{moves}  call void @program({passed})
  %next = add i64 %b, 1
  %more = icmp slt i64 %next, %n
  br i1 %more, label %loop, label %done
done:
  ret void
}}
"""


def _pack(values: NDArray[Any], blocks: int) -> NDArray[np.float64]:
    lanes, count = values.shape
    buffer = aligned(blocks * count * 2 * LANES)
    view = buffer.reshape(blocks, count, 2, LANES)
    padded = np.ones((blocks * LANES, count), complex)
    padded[:lanes] = values
    blocked = padded.reshape(blocks, LANES, count).transpose(0, 2, 1)
    view[:, :, 0], view[:, :, 1] = blocked.real, blocked.imag
    return buffer


def _unpack(buffer: NDArray[np.float64], blocks: int, count: int) -> NDArray[np.complex128]:
    view = buffer.reshape(blocks, count, 2, LANES)
    values = np.empty((blocks, LANES, count), complex)
    values.real, values.imag = (view[:, :, part].transpose(0, 2, 1) for part in (0, 1))
    return values.reshape(blocks * LANES, count)
