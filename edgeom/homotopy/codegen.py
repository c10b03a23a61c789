"""Tapes as machine code: eight paths at once, compiled by LLVM.

A tape becomes one straight-line function over vectors ``<8 x double>``, real and imaginary parts
apart. Constants are run-time data: two tapes of the same shape (another metric, another chart)
share one compiled function, so a change of constants costs no compilation.

Buffers are block-major, ``[value][re | im][lane]``, aligned to 64 bytes, which keeps every load
and store unit-stride. Machine code is kept for the life of the process, keyed by its source.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.errors import InputError
from edgeom.homotopy.tape import Constant, Op, Tape

__all__ = ["LANES", "CompiledTape", "aligned", "compile_ir", "constant_table", "tape_function"]

LANES = 8
VECTOR = f"<{LANES} x double>"
_lock = threading.RLock()


def constant_table(tape: Tape) -> NDArray[np.float64]:
    """Return the run-time constants of a tape as doubles; complex ones take two places."""
    flat: list[float] = []
    for value in tape.constants:
        flat.extend(_parts(value))
    return np.array(flat or [0.0])


def _parts(value: Constant) -> tuple[float, ...]:
    if isinstance(value, complex):
        return value.real, value.imag
    return (float(value),)


def tape_function(tape: Tape, name: str) -> str:
    """Write a tape as an LLVM function ``name(constants, input groups..., output groups...)``.

    Every group is a pointer to ``[count][2]`` vectors. Real values (real constants and what is
    made of them alone) carry no imaginary part, so a product with a real constant costs two
    multiplications instead of four.
    """
    lines: list[str] = []
    emit = lines.append
    # (real part, imaginary part or None) of every value
    names: list[tuple[str, str | None]] = []
    where = [(group, i) for group, count in tape.inputs.items() for i in range(count)]
    is_zero = [op is Op.CONST and tape.constants[a] == 0 for op, a, _ in tape.code]
    slots = np.cumsum([0, *(len(_parts(value)) for value in tape.constants)])

    def load(target: str, group: str, offset: int) -> None:
        emit(f"{target}.p = getelementptr {VECTOR}, ptr %{group}, i32 {offset}")
        emit(f"{target} = load {VECTOR}, ptr {target}.p, align 64")

    def splat(target: str, slot: int) -> None:
        emit(f"{target}.p = getelementptr double, ptr %k, i32 {slot}")
        emit(f"{target}.s = load double, ptr {target}.p, align 8")
        emit(f"{target}.v = insertelement {VECTOR} poison, double {target}.s, i32 0")
        emit(
            f"{target} = shufflevector {VECTOR} {target}.v, {VECTOR} poison, "
            f"<{LANES} x i32> zeroinitializer"
        )

    def arith(target: str, op: str, x: str, y: str) -> str:
        emit(f"{target} = {op} contract {VECTOR} {x}, {y}")
        return target

    for i, (op, a, b) in enumerate(tape.code):
        re, im = f"%r{i}", f"%i{i}"
        if op is Op.INPUT:
            group, offset = where[a]
            load(re, group, 2 * offset)
            load(im, group, 2 * offset + 1)
            names.append((re, im))
            continue
        if op is Op.CONST:
            splat(re, int(slots[a]))
            if isinstance(tape.constants[a], complex):
                splat(im, int(slots[a]) + 1)
                names.append((re, im))
            else:
                names.append((re, None))
            continue
        (ar, ai), (br, bi) = names[a], names[b]
        if op is Op.SUB and is_zero[a]:
            emit(f"{re} = fneg {VECTOR} {br}")
            if bi is not None:
                emit(f"{im} = fneg {VECTOR} {bi}")
            names.append((re, im if bi is not None else None))
        elif op is Op.ADD or op is Op.SUB:
            word = "fadd" if op is Op.ADD else "fsub"
            arith(re, word, ar, br)
            if ai is not None and bi is not None:
                names.append((re, arith(im, word, ai, bi)))
            elif bi is not None:
                if op is Op.SUB:
                    emit(f"{im} = fneg {VECTOR} {bi}")
                names.append((re, bi if op is Op.ADD else im))
            else:
                names.append((re, ai))
        elif op is Op.MUL and ai is not None and bi is not None:
            arith(f"{re}.t", "fmul", ai, bi)
            arith(f"{re}.u", "fmul", ar, br)
            arith(re, "fsub", f"{re}.u", f"{re}.t")
            arith(f"{im}.t", "fmul", ai, br)
            arith(f"{im}.u", "fmul", ar, bi)
            names.append((re, arith(im, "fadd", f"{im}.u", f"{im}.t")))
        elif op is Op.MUL:
            arith(re, "fmul", ar, br)
            if ai is not None:
                names.append((re, arith(im, "fmul", ai, br)))
            elif bi is not None:
                names.append((re, arith(im, "fmul", ar, bi)))
            else:
                names.append((re, None))
        elif ai is None:
            one = f"splat (double {_hex(1.0)})"
            names.append((arith(re, "fdiv", one, ar), None))
        else:
            arith(f"{re}.t", "fmul", ar, ar)
            arith(f"{re}.u", "fmul", ai, ai)
            arith(f"{re}.n", "fadd", f"{re}.t", f"{re}.u")
            arith(f"{re}.q", "fdiv", f"splat (double {_hex(1.0)})", f"{re}.n")
            arith(re, "fmul", ar, f"{re}.q")
            emit(f"{im}.m = fneg {VECTOR} {ai}")
            names.append((re, arith(im, "fmul", f"{im}.m", f"{re}.q")))

    counter = 0
    for group, indices in tape.outputs.items():
        for position, index in enumerate(indices):
            for part, value in enumerate(names[index]):
                counter += 1
                emit(f"%o{counter} = getelementptr {VECTOR}, ptr %{group}, i32 {2 * position + part}")
                emit(f"store {VECTOR} {value or 'zeroinitializer'}, ptr %o{counter}, align 64")
    groups = ["k", *tape.inputs, *tape.outputs]
    arguments = ", ".join(f"ptr noalias %{group}" for group in groups)
    body = "\n  ".join(lines)
    return f"define internal void @{name}({arguments}) #0 {{\n  {body}\n  ret void\n}}\n"


def _hex(value: float) -> str:
    return f"0x{np.float64(value).view(np.uint64):016X}"


ATTRIBUTES = (
    'attributes #0 = { noinline nounwind "prefer-vector-width"="512" '
    '"min-legal-vector-width"="512" "no-trapping-math"="true" }\n'
)


@cache
def _target() -> Any:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple()


@cache
def compile_ir(source: str, optimise: int = 1) -> Any:
    """Compile LLVM source and return its execution engine (kept for the life of the process)."""
    import llvmlite.binding as llvm

    with _lock:
        machine = _target().create_target_machine(
            cpu=llvm.get_host_cpu_name(),
            features=llvm.get_host_cpu_features().flatten(),
            opt=optimise,
            jit=True,
        )
        module = llvm.parse_assembly(source + ATTRIBUTES)
        engine = llvm.create_mcjit_compiler(module, machine)
        engine.finalize_object()
        return engine


def aligned(count: int) -> NDArray[np.float64]:
    """Return a zeroed buffer of doubles that starts at a multiple of 64 bytes."""
    raw = np.zeros(count + 8)
    skip = (-raw.ctypes.data % 64) // 8
    return raw[skip : skip + count]


class CompiledTape:
    """A tape as a compiled function over arrays of complex numbers.

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
        groups = [*tape.inputs, *tape.outputs]
        sizes = [*tape.inputs.values(), *map(len, tape.outputs.values())]
        pointers = ", ".join(f"ptr %{g}" for g in groups)
        moved = "\n  ".join(
            f"%{g}.b = getelementptr {VECTOR}, ptr %{g}, i64 %{g}.n\n  "
            for g in groups
        )
        offsets = "\n  ".join(
            f"%{g}.n = mul i64 %b, {2 * size}" for g, size in zip(groups, sizes, strict=True)
        )
        call = ", ".join(f"ptr %{g}.b" for g in groups)
        source = tape_function(tape, "program") + (
            f"define void @blocks(i64 %n, ptr %k, {pointers}) {{\n"
            "entry:\n  br label %loop\nloop:\n"
            "  %b = phi i64 [ 0, %entry ], [ %next, %loop ]\n  "
            f"{offsets}\n  {moved}\n  call void @program(ptr %k, {call})\n"
            "  %next = add i64 %b, 1\n  %more = icmp slt i64 %next, %n\n"
            "  br i1 %more, label %loop, label %done\ndone:\n  ret void\n}\n"
        )
        engine = compile_ir(source, optimise)
        kind = ctypes.CFUNCTYPE(None, ctypes.c_int64, *[ctypes.c_void_p] * (len(groups) + 1))
        self._call = kind(engine.get_function_address("blocks"))

    def __call__(self, **inputs: NDArray[Any]) -> dict[str, NDArray[np.complex128]]:
        """Evaluate at `lanes` points: every input group is an array ``(lanes, count)``."""
        if set(inputs) != set(self.tape.inputs):
            raise InputError(f"the program takes {sorted(self.tape.inputs)}, got {sorted(inputs)}")
        lanes = len(next(iter(inputs.values())))
        blocks = -(-lanes // LANES)
        if blocks == 0:
            return {n: np.zeros((0, len(o)), complex) for n, o in self.tape.outputs.items()}
        packed = [
            _pack(np.asarray(inputs[name]), blocks, count)
            for name, count in self.tape.inputs.items()
        ]
        out = [aligned(blocks * len(o) * 2 * LANES) for o in self.tape.outputs.values()]
        pointers = [array.ctypes.data for array in [*packed, *out]]
        self._call(blocks, self._constants.ctypes.data, *pointers)
        return {
            name: _unpack(buffer, blocks, len(group))[:lanes]
            for (name, group), buffer in zip(self.tape.outputs.items(), out, strict=True)
        }


def _pack(values: NDArray[Any], blocks: int, count: int) -> NDArray[np.float64]:
    if values.ndim != 2 or values.shape[1] != count:
        raise InputError(f"expected an array of shape (lanes, {count}), got {values.shape}")
    buffer = aligned(blocks * count * 2 * LANES)
    view = buffer.reshape(blocks, count, 2, LANES)
    padded = np.ones((blocks * LANES, count), complex)
    padded[: len(values)] = values
    lanes = padded.reshape(blocks, LANES, count).transpose(0, 2, 1)
    view[:, :, 0], view[:, :, 1] = lanes.real, lanes.imag
    return buffer


def _unpack(buffer: NDArray[np.float64], blocks: int, count: int) -> NDArray[np.complex128]:
    view = buffer.reshape(blocks, count, 2, LANES)
    values = view[:, :, 0] + 1j * view[:, :, 1]
    return values.transpose(0, 2, 1).reshape(blocks * LANES, count)
