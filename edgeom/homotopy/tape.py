"""Straight-line programs: one program, any arithmetic.

A :class:`Builder` records what ordinary Python code does to :class:`Var` objects: additions,
subtractions, multiplications, inverses and sizes. Equal subexpressions are recorded once, and
products with 0 and 1 disappear on the spot. :meth:`Builder.finish` drops what no output needs and
gives a frozen :class:`Tape`. The same tape is evaluated with NumPy arrays, mpmath numbers, Arb
balls, fractions or sympy symbols, and is compiled by :mod:`edgeom.homotopy.codegen`; the plain
NumPy evaluation is the reference the compiled one is tested against.

Derivatives are programs as well, see :mod:`edgeom.homotopy.derivatives`.
"""

from __future__ import annotations

import hashlib
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.errors import InputError
from edgeom.homotopy.constants import Constant, double, normal

__all__ = ["UNARY", "Builder", "Op", "Tape", "Var"]


class Op(IntEnum):
    """Instructions of a tape."""

    INPUT = 0
    CONST = 1
    ADD = 2
    SUB = 3
    MUL = 4
    INV = 5
    SIZE = 6  # |Re x| + |Im x|, at least |x|


UNARY = (Op.INV, Op.SIZE)


class Var:
    """A value of a program under construction; arithmetic on it is recorded."""

    __slots__ = ("builder", "index")

    def __init__(self, builder: Builder, index: int) -> None:
        self.builder = builder
        self.index = index

    def __add__(self, other: Var | Constant) -> Var:
        return self.builder.add(self, self.builder.lift(other))

    __radd__ = __add__

    def __sub__(self, other: Var | Constant) -> Var:
        return self.builder.sub(self, self.builder.lift(other))

    def __rsub__(self, other: Constant) -> Var:
        return self.builder.sub(self.builder.lift(other), self)

    def __mul__(self, other: Var | Constant) -> Var:
        return self.builder.mul(self, self.builder.lift(other))

    __rmul__ = __mul__

    def __neg__(self) -> Var:
        return self.builder.sub(self.builder.zero, self)

    def __truediv__(self, other: Var | Constant) -> Var:
        return self.builder.mul(self, self.builder.inverse(self.builder.lift(other)))

    def __rtruediv__(self, other: Constant) -> Var:
        return self.builder.mul(self.builder.lift(other), self.builder.inverse(self))

    def __pow__(self, exponent: int) -> Var:
        return self.builder.power(self, exponent)

    def __repr__(self) -> str:
        return f"Var({self.index})"


class Builder:
    """Records a program. One builder belongs to one tape.

    Examples
    --------
    >>> b = Builder()
    >>> x, y = b.inputs("x", 2)
    >>> tape = b.finish({"f": [x * x + 4 * y * y - 4]})
    >>> tape.evaluate({"x": [2, 1]})
    {'f': [4]}
    """

    def __init__(self) -> None:
        self._code: list[tuple[Op, int, int]] = []
        self._known: dict[tuple[Op, int, int], int] = {}
        self._constants: list[Constant] = []
        self._constant_index: dict[tuple[type, Constant], int] = {}
        self._groups: dict[str, list[Var]] = {}
        self.zero = self.constant(0)
        self.one = self.constant(1)

    def inputs(self, name: str, count: int) -> list[Var]:
        """Declare a named group of inputs."""
        if name in self._groups:
            raise InputError(f"the inputs {name!r} are declared twice")
        if count < 0:
            raise InputError(f"the number of inputs must be at least 0, got {count}")
        start = sum(map(len, self._groups.values()))
        self._groups[name] = [self._emit(Op.INPUT, start + i, 0) for i in range(count)]
        return list(self._groups[name])

    def constant(self, value: Constant) -> Var:
        """Record a constant; it stays exact (int, Fraction, or the double that was given)."""
        value = normal(value)
        key = (type(value), value)
        if key not in self._constant_index:
            self._constant_index[key] = len(self._constants)
            self._constants.append(value)
        return self._emit(Op.CONST, self._constant_index[key], 0)

    def lift(self, value: Var | Constant) -> Var:
        """Return a value as a :class:`Var` of this program."""
        if isinstance(value, Var):
            if value.builder is not self:
                raise InputError("two values of different programs cannot be combined")
            return value
        return self.constant(value)

    def value(self, var: Var) -> Constant | None:
        """Return the constant behind a value, or None when it is not one."""
        op, where, _ = self._code[var.index]
        return self._constants[where] if op is Op.CONST else None

    def add(self, a: Var, b: Var) -> Var:
        """Record a + b."""
        if a.index == self.zero.index:
            return b
        if b.index == self.zero.index:
            return a
        if (negated := self._negated(b)) is not None:
            return self.sub(a, negated)
        if (negated := self._negated(a)) is not None:
            return self.sub(b, negated)
        if (folded := self._fold(a, b, lambda x, y: x + y)) is not None:
            return folded
        i, j = sorted((a.index, b.index))
        return self._emit(Op.ADD, i, j)

    def sub(self, a: Var, b: Var) -> Var:
        """Record a - b."""
        if b.index == self.zero.index:
            return a
        if a.index == b.index:
            return self.zero
        if (negated := self._negated(b)) is not None:
            return self.add(a, negated)
        if (folded := self._fold(a, b, lambda x, y: x - y)) is not None:
            return folded
        return self._emit(Op.SUB, a.index, b.index)

    def mul(self, a: Var, b: Var) -> Var:
        """Record a * b."""
        zero, one = self.zero.index, self.one.index
        if a.index == zero or b.index == zero:
            return self.zero
        if a.index == one:
            return b
        if b.index == one:
            return a
        if self.value(a) == -1:
            return -b
        if self.value(b) == -1:
            return -a
        if (folded := self._fold(a, b, lambda x, y: x * y)) is not None:
            return folded
        i, j = sorted((a.index, b.index))
        return self._emit(Op.MUL, i, j)

    def inverse(self, a: Var) -> Var:
        """Record 1 / a."""
        value = self.value(a)
        if value == 0:
            raise ZeroDivisionError("the inverse of the constant 0 was recorded")
        if isinstance(value, int | Fraction):
            return self.constant(1 / Fraction(value))
        return self._emit(Op.INV, a.index, 0)

    def size(self, a: Var) -> Var:
        """Record |Re a| + |Im a|, which bounds |a| from above; it has no derivative."""
        value = self.value(a)
        if isinstance(value, int | Fraction):
            return self.constant(value if value >= 0 else -value)
        return self._emit(Op.SIZE, a.index, 0)

    def power(self, a: Var, exponent: int) -> Var:
        """Record a ** exponent, an integer, by repeated squaring."""
        try:
            exponent = operator.index(exponent)
        except TypeError:
            raise InputError(f"an exponent must be an integer, got {exponent!r}") from None
        if exponent < 0:
            return self.inverse(self.power(a, -exponent))
        if exponent == 0:
            return self.one
        half = self.power(a, exponent // 2)
        square = self.mul(half, half)
        return self.mul(square, a) if exponent % 2 else square

    def sum(self, values: Iterable[Var | Constant]) -> Var:
        """Record the sum of values, left to right."""
        total = self.zero
        for value in values:
            total = self.add(total, self.lift(value))
        return total

    def dot(self, a: Sequence[Var | Constant], b: Sequence[Var | Constant]) -> Var:
        """Record the sum of products a_i b_i."""
        return self.sum(self.mul(self.lift(x), self.lift(y)) for x, y in zip(a, b, strict=True))

    def code(self, index: int) -> tuple[Op, int, int]:
        """Return the instruction that makes value number `index`."""
        return self._code[index]

    def finish(self, outputs: Mapping[str, Sequence[Var | Constant]]) -> Tape:
        """Freeze the program, keeping what the named outputs need."""
        wanted = {name: [self.lift(v).index for v in group] for name, group in outputs.items()}
        needed = {i for group in wanted.values() for i in group}
        for i in range(len(self._code) - 1, -1, -1):
            op, a, b = self._code[i]
            if i in needed and op >= Op.ADD:
                needed.update((a,) if op in UNARY else (a, b))
        needed.update(var.index for group in self._groups.values() for var in group)
        new: dict[int, int] = {}
        code: list[tuple[Op, int, int]] = []
        constants: list[Constant] = []
        for i in sorted(needed):
            op, a, b = self._code[i]
            new[i] = len(code)
            if op is Op.CONST:
                code.append((op, len(constants), 0))
                constants.append(self._constants[a])
            elif op is Op.INPUT:
                code.append((op, a, 0))
            else:
                code.append((op, new[a], 0 if op in UNARY else new[b]))
        return Tape(
            code=tuple(code),
            constants=tuple(constants),
            inputs={name: len(group) for name, group in self._groups.items()},
            outputs={name: tuple(new[i] for i in group) for name, group in wanted.items()},
        )

    def _emit(self, op: Op, a: int, b: int) -> Var:
        key = (op, a, b)
        index = self._known.get(key)
        if index is None:
            index = self._known[key] = len(self._code)
            self._code.append(key)
        return Var(self, index)

    def _negated(self, a: Var) -> Var | None:
        op, left, right = self._code[a.index]
        if op is Op.SUB and left == self.zero.index:
            return Var(self, right)
        return None

    def _fold(
        self, a: Var, b: Var, combine: Callable[[Constant, Constant], Constant]
    ) -> Var | None:
        x, y = self.value(a), self.value(b)
        if isinstance(x, int | Fraction) and isinstance(y, int | Fraction):
            return self.constant(combine(x, y))
        return None  # doubles are not folded: a rounding here would be one no ball could see


@dataclass(frozen=True)
class Tape:
    """A frozen straight-line program.

    Attributes
    ----------
    code : tuple of (Op, int, int)
        Instruction i makes value i; operands are numbers of earlier values (for INPUT the
        position among all inputs, for CONST the position among the constants).
    constants : tuple
        Exact constants: int, Fraction, float (a dyadic rational) or complex.
    inputs : dict
        Name of each group of inputs and its length, in order.
    outputs : dict
        Name of each group of outputs and the values it consists of.
    """

    code: tuple[tuple[Op, int, int], ...]
    constants: tuple[Constant, ...]
    inputs: dict[str, int]
    outputs: dict[str, tuple[int, ...]]

    def __len__(self) -> int:
        return sum(op >= Op.ADD for op, _, _ in self.code)

    @cached_property
    def digest(self) -> str:
        """A hash of the whole program."""
        text = repr((self.code, self.constants, self.inputs, self.outputs))
        return hashlib.sha256(text.encode()).hexdigest()

    def __hash__(self) -> int:
        return hash(self.digest)

    def evaluate(
        self,
        inputs: Mapping[str, Sequence[Any]],
        constant: Callable[[Constant], Any] = lambda value: value,
    ) -> dict[str, list[Any]]:
        """Run the program in any arithmetic with ``+ - *`` and ``1 / x``.

        Parameters
        ----------
        inputs : mapping
            One sequence per group, of its length; its entries are numbers, arrays of equal shape
            (one entry per lane), balls, fractions, symbols, ...
        constant : callable
            Turns an exact constant into a number of the arithmetic.

        Returns
        -------
        dict
            One list per group of outputs.
        """
        self._check_names(inputs)
        for name, count in self.inputs.items():
            if len(inputs[name]) != count:
                raise InputError(f"{name!r} has {count} entries, got {len(inputs[name])}")
        one, flat = constant(1), [value for name in self.inputs for value in inputs[name]]
        values: list[Any] = []
        for op, a, b in self.code:
            if op is Op.MUL:
                values.append(values[a] * values[b])
            elif op is Op.ADD:
                values.append(values[a] + values[b])
            elif op is Op.SUB:
                values.append(values[a] - values[b])
            elif op is Op.INPUT:
                values.append(flat[a])
            elif op is Op.CONST:
                values.append(constant(self.constants[a]))
            elif op is Op.INV:
                values.append(one / values[a])
            else:
                values.append(abs(values[a].real) + abs(values[a].imag))
        return {name: [values[i] for i in group] for name, group in self.outputs.items()}

    def arrays(self, **inputs: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """Run the program with NumPy: an array ``(lanes, count)`` for each group, in and out.

        What cannot be computed, as at a pole, is inf or NaN.
        """
        lanes, arrays = self.lanes(inputs), {}
        columns = {name: list(_floating(values).T) for name, values in inputs.items()}
        with np.errstate(all="ignore"):
            results = self.evaluate(columns, double)
        for name, values in results.items():
            kinds = {np.asarray(value).dtype for value in values}
            arrays[name] = np.empty((lanes, len(values)), np.result_type(float, *kinds))
            for column, value in enumerate(values):
                arrays[name][:, column] = value
        return arrays

    def lanes(self, inputs: Mapping[str, NDArray[Any]]) -> int:
        """Return the number of lanes of arrays ``(lanes, count)``, whose shapes are checked."""
        self._check_names(inputs)
        if not inputs:
            raise InputError("a program without inputs has no lanes; use `evaluate`")
        shapes = {name: np.shape(values) for name, values in inputs.items()}
        lanes = next((shape[0] for shape in shapes.values() if shape), 0)
        for name, count in self.inputs.items():
            if shapes[name] != (lanes, count):
                raise InputError(
                    f"{name!r} must be an array of shape (lanes, {count}), with the same number "
                    f"of lanes for every input, got {shapes[name]}"
                )
        return lanes

    def _check_names(self, inputs: Mapping[str, Any]) -> None:
        if set(inputs) != set(self.inputs):
            raise InputError(f"the program takes {sorted(self.inputs)}, got {sorted(inputs)}")


def _floating(values: NDArray[Any]) -> NDArray[Any]:
    """Return integers as doubles: they would overflow silently."""
    array = np.asarray(values)
    return array.astype(float) if array.dtype.kind in "biu" else array
