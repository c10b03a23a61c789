"""Linear algebra and programs with many digits.

The numbers are midpoints of Arb balls: fast, with as many bits as asked for, and nothing proved.
"""

from __future__ import annotations

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
LONG = 10_000  # instructions from which on a program is not worth being compiled
LINES = {
    Op.ADD: "{0} + {1}",
    Op.SUB: "{0} - {1}",
    Op.MUL: "{0} * {1}",
    Op.INV: "one / {0}",
    Op.SIZE: "abs({0}.real) + abs({0}.imag)",
}


def with_digits() -> Any:
    """Return a context in which Arb has that many digits."""
    from flint import ctx

    return ctx.workdps(OPTIONS["digits"])


def run(tape: Tape, **inputs: Any) -> dict[str, list[Any]]:
    """Run a program on lists of complex balls, with the precision that is set."""
    from flint import ctx

    if len(tape.code) > LONG:
        return tape.evaluate(inputs, _constant)
    values = _function(tape, ctx.prec)([value for name in tape.inputs for value in inputs[name]])
    return dict(zip(tape.outputs, values, strict=True))


def _constant(value: Any) -> Any:
    from flint import acb, arb, fmpq

    if isinstance(value, complex | float | int):
        return acb(value)
    return acb(arb(fmpq(value.numerator, value.denominator)))


@lru_cache(maxsize=500)
def _function(tape: Tape, bits: int) -> Callable[[list[Any]], list[list[Any]]]:
    """Return the program as a function of its inputs, with constants of so many bits.

    It is written in Python, a line for each instruction and nothing else: what takes the time in an
    interpreter is to read the instructions.
    """
    names: list[str] = []
    lines = ["def program(x):"]
    for i, (op, a, b) in enumerate(tape.code):
        names.append({Op.INPUT: f"x[{a}]", Op.CONST: f"c{a}"}.get(op, f"v{i}"))
        if op >= Op.ADD:
            lines.append(f"    v{i} = {LINES[op].format(names[a], names[b])}")
    groups = ("[" + ", ".join(names[i] for i in group) + "]" for group in tape.outputs.values())
    lines.append(f"    return [{', '.join(groups)}]")
    scope = {f"c{i}": _constant(value) for i, value in enumerate(tape.constants)}
    scope["one"] = _constant(1)
    exec("\n".join(lines), scope)
    program: Callable[[list[Any]], list[list[Any]]] = scope["program"]
    return program


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
