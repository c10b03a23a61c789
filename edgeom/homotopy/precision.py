"""Linear algebra and programs with many digits.

The numbers are midpoints of Arb balls: fast, with as many bits as asked for, and nothing proved.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import lru_cache
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.homotopy.tape import Op, Tape

__all__ = [
    "OPTIONS",
    "as_balls",
    "between",
    "doubles",
    "evaluated",
    "less",
    "run",
    "solved",
    "upper",
    "with_digits",
]

Array = NDArray[Any]
OPTIONS = {"digits": 100, "steps": 20}
OPERATIONS: dict[Op, Callable[[Any, Any], Any]] = {
    Op.ADD: operator.add,
    Op.SUB: operator.sub,
    Op.MUL: operator.mul,
    Op.INV: operator.truediv,  # of 1
    Op.SIZE: lambda x, _: abs(x.real) + abs(x.imag),
}
Step = tuple[Callable[[Any, Any], Any], int, int]
Prepared = tuple[list[Any], list[Step], list[list[int]]]


def with_digits() -> Any:
    """Return a context in which Arb has that many digits."""
    from flint import ctx

    return ctx.workdps(OPTIONS["digits"])


def run(tape: Tape, **inputs: Any) -> dict[str, list[Any]]:
    """Run a program on lists of complex balls, with the precision that is set."""
    from flint import ctx

    constants, steps, outputs = _prepared(tape, ctx.prec)
    values = [value for name in tape.inputs for value in inputs[name]]
    values += constants
    for operation, x, y in steps:
        values.append(operation(values[x], values[y]))
    groups = ([values[i] for i in group] for group in outputs)
    return dict(zip(tape.outputs, groups, strict=True))


def _constant(value: Any) -> Any:
    from flint import acb, arb, fmpq

    if isinstance(value, complex | float | int):
        return acb(value)
    return acb(arb(fmpq(value.numerator, value.denominator)))


@lru_cache(maxsize=500)
def _prepared(tape: Tape, bits: int) -> Prepared:
    """Return constants of so many bits, operations on values by their numbers, and the outputs.

    Values are inputs, constants and results, in this order. Nothing of the instructions is left to
    be decided in the loop, where many digits would else take less time than Python.
    """
    inputs = sum(tape.inputs.values())
    constants = [*map(_constant, tape.constants), _constant(1)]
    count = inputs + len(constants)
    places, steps = list[int](), list[Step]()
    for op, a, b in tape.code:
        if op in (Op.INPUT, Op.CONST):
            places.append(a if op is Op.INPUT else inputs + a)
            continue
        x, y = (inputs + len(constants) - 1, places[a]) if op is Op.INV else (places[a], places[b])
        steps.append((OPERATIONS[op], x, y))
        places.append(count)
        count += 1
    return constants, steps, [[places[i] for i in group] for group in tape.outputs.values()]


def evaluated(jacobian: Tape, u: list[Any], p: list[Any]) -> tuple[Any, Any]:
    """Return F as a column and ∂F/∂u as a matrix of balls."""
    from flint import acb_mat

    out = run(jacobian, u=u, p=p)
    size, entries = len(u), out["J"]
    if len(entries) == size * size:
        return acb_mat(size, 1, out["F"]), acb_mat(size, size, entries)
    lower = iter(entries)
    rows: list[list[Any]] = [[None] * size for _ in range(size)]
    for i in range(size):
        for j in range(i + 1):
            rows[i][j] = rows[j][i] = next(lower)
    return acb_mat(size, 1, out["F"]), acb_mat(rows)


def upper(values: list[Any]) -> float:
    """Return the largest modulus, nearly; it is infinite where one is not known."""
    sizes = [float(value.abs_upper()) for value in values]
    return float("inf") if any(map(isnan, sizes)) else max(sizes, default=0.0)


def doubles(x: list[Any]) -> Array:
    """Return a point in double precision."""
    return np.array([complex(v) for v in x])


def between(first: list[Any], last: list[Any], rest: Any) -> list[Any]:
    """Return the point of a segment where this share of it is left."""
    return [(b + rest * (a - b)).mid() for a, b in zip(first, last, strict=True)]


def less(x: list[Any], step: list[Any]) -> list[Any]:
    """Return a point after a Newton step."""
    return [(a - b).mid() for a, b in zip(x, step, strict=True)]


def solved(matrix: Any, column: Any) -> list[Any] | None:
    """Solve a linear system, None where the matrix is singular to the precision that is set."""
    try:
        solution: list[Any] = matrix.mid().solve(column.mid(), nonstop=False).mid().entries()
    except ZeroDivisionError:
        return None
    return solution


def as_balls(values: Any) -> list[Any]:
    """Return numbers as balls."""
    from flint import acb

    return [v if isinstance(v, acb) else acb(complex(v)) for v in values]
