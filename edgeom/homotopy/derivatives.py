"""Derivatives of programs: forward (:func:`jvp`) and reverse (:func:`vjp`).

Both extend a program by the operations that compute the derivative, so what they return can be
differentiated again. Outputs and inputs are values of one program; inputs may be intermediate
values, which then count as independent.
"""

from __future__ import annotations

from collections.abc import Sequence

from edgeom.errors import InputError
from edgeom.homotopy.tape import UNARY, Op, Var

__all__ = ["jvp", "vjp"]


def jvp(outputs: Sequence[Var], inputs: Sequence[Var], tangents: Sequence[Var]) -> list[Var]:
    """Extend a program by the derivative of outputs along a tangent direction (forward mode).

    The result has one entry for each output, `tangents` one for each input.

    Examples
    --------
    >>> from edgeom.homotopy.tape import Builder
    >>> b = Builder()
    >>> x, y = b.inputs("x", 2)
    >>> tape = b.finish({"d": jvp([x * x * y], [x, y], [b.one, b.zero])})
    >>> tape.evaluate({"x": [3, 5]})
    {'d': [30]}
    """
    if not outputs:
        return []
    b = outputs[0].builder
    tangent: dict[int, Var] = {
        x.index: v for x, v in zip(inputs, tangents, strict=True) if v.index != b.zero.index
    }
    order, _ = _between(outputs, inputs)
    for i in order:
        op, left, right = b.code(i)
        dx, dy = tangent.get(left), tangent.get(right)
        if op is Op.INV:
            value = Var(b, i)
            result = -(value * value * dx) if dx is not None else b.zero
        elif op is Op.MUL:
            result = b.zero
            if dx is not None:
                result = result + dx * Var(b, right)
            if dy is not None:
                result = result + Var(b, left) * dy
        else:
            dx, dy = dx or b.zero, dy or b.zero
            result = dx + dy if op is Op.ADD else dx - dy
        if result.index != b.zero.index:
            tangent[i] = result
    return [tangent.get(y.index, b.zero) for y in outputs]


def vjp(outputs: Sequence[Var], inputs: Sequence[Var], cotangents: Sequence[Var]) -> list[Var]:
    """Extend a program by the gradient of the sum of cotangent_i output_i (reverse mode).

    The result has one entry for each input, `cotangents` one for each output.

    Examples
    --------
    >>> from edgeom.homotopy.tape import Builder
    >>> b = Builder()
    >>> x, y = b.inputs("x", 2)
    >>> tape = b.finish({"g": vjp([x * x * y], [x, y], [b.one])})
    >>> tape.evaluate({"x": [3, 5]})
    {'g': [30, 9]}
    """
    if not outputs:
        return [inputs[0].builder.zero] * len(inputs) if inputs else []
    b = outputs[0].builder
    order, moving = _between(outputs, inputs)
    adjoint: dict[int, Var] = {}

    def give(index: int, amount: Var) -> None:
        if index in moving:
            adjoint[index] = adjoint[index] + amount if index in adjoint else amount

    for y, weight in zip(outputs, cotangents, strict=True):
        give(y.index, weight)
    for i in reversed(order):
        bar = adjoint.get(i)
        if bar is None:
            continue
        op, left, right = b.code(i)
        if op is Op.INV:
            value = Var(b, i)
            give(left, -(value * value * bar))
        elif op is Op.MUL:
            give(left, bar * Var(b, right))
            give(right, bar * Var(b, left))
        else:
            give(left, bar)
            give(right, bar if op is Op.ADD else -bar)
    return [adjoint.get(x.index, b.zero) for x in inputs]


def _between(outputs: Sequence[Var], inputs: Sequence[Var]) -> tuple[list[int], set[int]]:
    """Return the operations between inputs and outputs in order, and all values that move."""
    b = outputs[0].builder
    last = max(y.index for y in outputs)
    sources = {x.index for x in inputs}
    needed = {y.index for y in outputs}
    for i in range(last, -1, -1):
        op, left, right = b.code(i)
        if i in needed and op >= Op.ADD and i not in sources:
            needed.add(left)
            if op not in UNARY:
                needed.add(right)
    moving = set(sources)
    order = []
    for i in range(last + 1):
        op, left, right = b.code(i)
        if i not in needed or i in sources or op < Op.ADD:
            continue
        if left in moving or (op not in UNARY and right in moving):
            if op is Op.SIZE:
                raise InputError("sizes have no derivative")
            moving.add(i)
            order.append(i)
    return order, moving
