"""The programs inside one step of path tracking, made from the residual of a system.

A system is a tape with inputs ``u`` (unknowns) and ``p`` (parameters) and outputs ``F``, as many
as unknowns. For every critical-point problem F is the gradient of a function, so the Jacobian
∂F/∂u is symmetric and is factored as L D⁻¹ Lᵀ; any other one as L D⁻¹ U. Along a segment of
parameters p + s·dp the solution is a power series in s; its coefficients solve linear systems with
the one matrix ∂F/∂u.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.errors import InputError
from edgeom.homotopy.derivatives import jvp
from edgeom.homotopy.tape import Builder, Op, Tape, Var

__all__ = [
    "check_system",
    "coefficient_tape",
    "elimination_cost",
    "entries_tape",
    "factor_tape",
    "jacobian_tape",
    "newton_tape",
    "replay",
    "residual_tape",
    "squares",
    "taylor_tape",
]


def replay(tape: Tape, builder: Builder, **inputs: Sequence[Var]) -> dict[str, list[Var]]:
    """Record a finished tape once more, inside another program.

    Parameters
    ----------
    tape : Tape
    builder : Builder
        The other program.
    **inputs : sequences of Var
        What the tape is applied to, by groups.

    Returns
    -------
    dict
        The values of each group of outputs.

    Examples
    --------
    >>> b = Builder()
    >>> (x,) = b.inputs("x", 1)
    >>> square = b.finish({"y": [x * x]})
    >>> c = Builder()
    >>> (t,) = c.inputs("t", 1)
    >>> fourth = replay(square, c, x=replay(square, c, x=[t])["y"])
    >>> c.finish(fourth).evaluate({"t": [3]})
    {'y': [81]}
    """
    return tape.evaluate(inputs, constant=builder.constant)


def check_system(system: Tape) -> None:
    """Raise InputError unless a program is a square system of polynomial or rational equations."""
    if list(system.inputs) != ["u", "p"] or "F" not in system.outputs:
        raise InputError(
            f"a system takes 'u', then 'p', and returns 'F'; this program takes "
            f"{list(system.inputs)} and returns {list(system.outputs)}"
        )
    if len(system.outputs["F"]) != system.inputs["u"]:
        raise InputError(
            f"a system has as many equations as unknowns, got {len(system.outputs['F'])} "
            f"equations in {system.inputs['u']} unknowns"
        )
    if any(op is Op.SIZE for op, _, _ in system.code):
        raise InputError("a system is made of + - * and inverses; this program takes sizes")


def _start(system: Tape) -> tuple[Builder, list[Var], list[Var]]:
    check_system(system)
    builder = Builder()
    return (
        builder,
        builder.inputs("u", system.inputs["u"]),
        builder.inputs("p", system.inputs["p"]),
    )


def _jacobian(
    system: Tape, b: Builder, u: list[Var], p: list[Var], symmetric: bool
) -> list[list[Var]]:
    """Return the rows of ∂F/∂u, or of its lower triangle when it is symmetric."""
    residual = replay(system, b, u=u, p=p)["F"]
    size = len(u)
    columns = []
    for j in range(size):
        direction = [b.one if k == j else b.zero for k in range(size)]
        columns.append(jvp(residual[j:] if symmetric else residual, u, direction))
    if symmetric:
        return [[columns[j][i - j] for j in range(i + 1)] for i in range(size)]
    return [[column[i] for column in columns] for i in range(size)]


def jacobian_tape(system: Tape, symmetric: bool = True) -> Tape:
    """Return (u, p) -> F and J, row by row: ∂F/∂u, or its lower triangle when it is symmetric.

    Raises
    ------
    InputError
        The tape is not a square system, like the other tapes of this module.

    Examples
    --------
    >>> b = Builder()
    >>> (x, y), (p,) = b.inputs("u", 2), b.inputs("p", 1)
    >>> system = b.finish({"F": [x * y * y - p, x * x * y]})
    >>> jacobian_tape(system).evaluate({"u": [2, 3], "p": [1]})
    {'F': [17, 12], 'J': [9, 12, 4]}
    """
    b, u, p = _start(system)
    rows = _jacobian(system, b, u, p, symmetric)
    flat = [value for row in rows for value in row]
    return b.finish({"F": replay(system, b, u=u, p=p)["F"], "J": flat})


def squares(entries: NDArray[Any], size: int, symmetric: bool) -> NDArray[Any]:
    """Return Jacobians ``(lanes, size, size)`` from the entries that `jacobian_tape` gives."""
    if not symmetric:
        return entries.reshape(len(entries), size, size)
    full = np.zeros((len(entries), size, size), entries.dtype)
    rows, columns = np.tril_indices(size)
    full[:, rows, columns] = full[:, columns, rows] = entries
    return full


def factor_tape(system: Tape, symmetric: bool = True) -> Tape:
    """Return (u, p) -> L, D with ∂F/∂u = L diag(1/D) Lᵀ, without pivoting.

    For a Jacobian that is not symmetric L holds two triangles, of L and of U with
    ∂F/∂u = L (diag(1/D) + U): the rows of L left of the diagonal, then the columns of U above it.

    In random coordinates no pivot vanishes; a small one shows in the Newton corrections, which
    decide whether a step is accepted.

    Raises
    ------
    InputError
        A pivot is 0 whatever the unknowns are.

    Examples
    --------
    >>> b = Builder()
    >>> (x, y), (p,) = b.inputs("u", 2), b.inputs("p", 1)
    >>> system = b.finish({"F": [2 * x + 4 * y - p, 4 * x + 11 * y]})
    >>> factor_tape(system).evaluate({"u": [0, 0], "p": [0]}, constant=float)
    {'L': [2.0], 'D': [0.5, 0.3333333333333333]}
    >>> factor_tape(system, symmetric=False).evaluate({"u": [0, 0], "p": [0]}, constant=float)
    {'L': [2.0, 4.0], 'D': [0.5, 0.3333333333333333]}
    """
    b, u, p = _start(system)
    rows = _jacobian(system, b, u, p, symmetric)
    size = len(u)
    inverses: list[Var] = []
    lower: list[list[Var]] = [[] for _ in range(size)]
    upper: list[list[Var]] = [[] for _ in range(size)]  # columns; lower · pivots if symmetric
    for j in range(size):
        pivot = rows[j][j] - b.dot(lower[j], upper[j])
        if b.value(pivot) == 0:
            raise _no_pivot(j)
        inverses.append(b.inverse(pivot))
        for i in range(j + 1, size):
            below = rows[i][j] - b.dot(lower[i], upper[j])
            right = below if symmetric else rows[j][i] - b.dot(lower[j], upper[i])
            upper[i].append(right)
            lower[i].append(below * inverses[j])
    triangles = lower if symmetric else [*lower, *upper]
    return b.finish({"L": [value for part in triangles for value in part], "D": inverses})


def _no_pivot(number: int) -> InputError:
    return InputError(
        f"pivot {number + 1} of the Jacobian vanishes identically: the system can be solved in "
        "other coordinates only"
    )


def entries_tape(system: Tape, symmetric: bool = True) -> Tape:
    """Return (u, p) -> L, D with the entries of ∂F/∂u where :func:`factor_tape` has its factors."""
    b, u, p = _start(system)
    rows = _jacobian(system, b, u, p, symmetric)
    entries = [value for i, row in enumerate(rows) for value in row[:i]]
    if not symmetric:
        entries += [rows[i][j] for j in range(len(u)) for i in range(j)]
    return b.finish({"L": entries, "D": [row[i] for i, row in enumerate(rows)]})


def elimination_cost(entries: Tape, symmetric: bool = True) -> tuple[int, int]:
    """Return the multiplications of factors of a Jacobian: of nonzero entries, and in loops.

    Raises
    ------
    InputError
        A pivot is 0 whatever the unknowns are.

    Examples
    --------
    Only the last unknown meets the others:

    >>> b = Builder()
    >>> u, p = b.inputs("u", 9), b.inputs("p", 1)
    >>> arrow = b.finish({"F": [*(v * u[8] - p[0] for v in u[:8]), b.dot(u[:8], u[:8]) / 2]})
    >>> elimination_cost(entries_tape(arrow))
    (8, 121)
    """
    size = len(entries.outputs["D"])
    zero = [op is Op.CONST and entries.constants[number] == 0 for op, number, _ in entries.code]
    given = ~np.array([zero[i] for group in ("L", "D") for i in entries.outputs[group]], bool)
    filled, (lower, upper) = np.eye(size, dtype=bool), np.tril_indices(size, -1)
    filled[np.diag_indices(size)] = given[len(given) - size :]
    filled[lower, upper] = given[: len(lower)]
    filled[upper, lower] = given[: len(lower)] if symmetric else given[len(lower) : 2 * len(lower)]
    count = 0
    for k in range(size):
        if not filled[k, k]:
            raise _no_pivot(k)
        column, row = filled[k + 1 :, k], filled[k, k + 1 :]
        below, right = int(column.sum()), int(row.sum())
        count += below * (below + 1) // 2 if symmetric else below * right
        filled[k + 1 :, k + 1 :] |= column[:, None] & row
    return count, size**3 // (6 if symmetric else 3)


def _factors(b: Builder, size: int, symmetric: bool) -> tuple[list[Var], list[Var]]:
    """Declare the factors as inputs."""
    triangle = size * (size - 1) // 2
    return b.inputs("L", triangle if symmetric else 2 * triangle), b.inputs("D", size)


def _solve(
    b: Builder, triangles: Sequence[Var], inverses: Sequence[Var], rhs: list[Var], symmetric: bool
) -> list[Var]:
    """Solve L diag(1/D) Lᵀ x = rhs, or L (diag(1/D) + U) x = rhs."""
    size = len(rhs)
    x = list(rhs)
    parts = [triangles[i * (i - 1) // 2 : i * (i - 1) // 2 + i] for i in range(size)]
    for i in range(size):
        x[i] = x[i] - b.dot(parts[i], x[:i])
    if symmetric:
        x = [value * d for value, d in zip(x, inverses, strict=True)]
    else:
        skip = size * (size - 1) // 2
        parts = [triangles[skip + i * (i - 1) // 2 : skip + i * (i + 1) // 2] for i in range(size)]
    for i in reversed(range(size)):
        x[i] = x[i] - b.sum(parts[k][i] * x[k] for k in range(i + 1, size))
        if not symmetric:
            x[i] = x[i] * inverses[i]
    return x


def newton_tape(system: Tape, symmetric: bool = True) -> Tape:
    """Return (u, p, L, D) -> x, the Newton correction -(∂F/∂u)⁻¹ F."""
    b, u, p = _start(system)
    triangles, inverses = _factors(b, len(u), symmetric)
    residual = replay(system, b, u=u, p=p)["F"]
    rhs = [-value for value in residual]
    return b.finish({"x": _solve(b, triangles, inverses, rhs, symmetric)})


def residual_tape(system: Tape) -> Tape:
    """Return (u, p) -> r, the right-hand side -F of a Newton correction."""
    b, u, p = _start(system)
    return b.finish({"r": [-value for value in replay(system, b, u=u, p=p)["F"]]})


def coefficient_tape(system: Tape, k: int) -> Tape:
    """Return (u, p, dp, x) -> r, the right-hand side of the k-th Taylor coefficient of the path.

    The coefficients before it are x, in the order of :func:`taylor_tape`.
    """
    b, u, p = _start(system)
    size, dp = len(u), b.inputs("dp", len(p))
    x = b.inputs("x", (k - 1) * size)
    flat = [[value, *x[i::size]] for i, value in enumerate(u)]
    flat += [[value, slope] for value, slope in zip(p, dp, strict=True)]
    values: list[list[Var]] = [[] for _ in system.code]
    for order in range(k + 1):
        _extend(system, b, values, flat, order)
    return b.finish({"r": [-values[i][k] for i in system.outputs["F"]]})


def taylor_tape(system: Tape, order: int, symmetric: bool = True) -> Tape:
    """Return (u, p, dp, L, D) -> x, the Taylor coefficients 1..order of the path.

    The path u(s) solves F(u(s), p + s·dp) = 0; coefficient k of unknown i stands at (k-1)·N + i.
    Order by order: the k-th coefficient of F is first computed with the k-th coefficient of u set
    to 0, which gives the right-hand side, and then completed.

    Examples
    --------
    The square root, √(1 + s) = 1 + s/2 - s²/8 + ...:

    >>> b = Builder()
    >>> (x,), (p,) = b.inputs("u", 1), b.inputs("p", 1)
    >>> tape = taylor_tape(b.finish({"F": [x * x - p]}), 3)
    >>> tape.evaluate({"u": [1], "p": [1], "dp": [1], "L": [], "D": [0.5]})
    {'x': [0.5, -0.125, 0.0625]}
    """
    b, u, p = _start(system)
    size = len(u)
    dp = b.inputs("dp", len(p))
    triangles, inverses = _factors(b, size, symmetric)
    unknowns: list[list[Var]] = [[value] for value in u]
    parameters = [[value, slope] for value, slope in zip(p, dp, strict=True)]
    flat = [*unknowns, *parameters]  # inputs of a system are u, then p
    values: list[list[Var]] = [[] for _ in system.code]
    coefficients: list[Var] = []
    _extend(system, b, values, flat, 0)
    for k in range(1, order + 1):
        partial = [list(series) for series in values]
        _extend(system, b, partial, flat, k)
        rhs = [-partial[i][k] for i in system.outputs["F"]]
        new = _solve(b, triangles, inverses, rhs, symmetric)
        coefficients.extend(new)
        for series, value in zip(unknowns, new, strict=True):
            series.append(value)
        if k < order:
            _extend(system, b, values, flat, k)
    return b.finish({"x": coefficients})


def _extend(
    system: Tape, b: Builder, values: list[list[Var]], flat: list[list[Var]], k: int
) -> None:
    """Append the k-th series coefficient of every value of the system."""
    for i, (op, left, right) in enumerate(system.code):
        if op is Op.INPUT:
            series = flat[left]
            new = series[k] if k < len(series) else b.zero
        elif op is Op.CONST:
            new = b.constant(system.constants[left]) if k == 0 else b.zero
        elif op is Op.ADD:
            new = values[left][k] + values[right][k]
        elif op is Op.SUB:
            new = values[left][k] - values[right][k]
        elif op is Op.MUL:
            x, y = values[left], values[right]
            # the middle terms come first: they are shared by both passes over order k
            new = b.sum(x[j] * y[k - j] for j in range(1, k)) + x[0] * y[k]
            if k > 0:
                new = new + x[k] * y[0]
        else:
            x, y = values[left], values[i]
            if k == 0:
                new = b.inverse(x[0])
            else:
                new = -(y[0] * b.sum(x[j] * y[k - j] for j in range(1, k + 1)))
        values[i].append(new)
