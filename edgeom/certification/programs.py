"""The programs behind proofs in bulk, made from the residual of a system.

Inverses are approximate and may be anything: what is proved of them is a program of ``+ - *``,
which runs in midpoint-radius arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from edgeom.equations.critical import CriticalEquations
from edgeom.homotopy.kernels import jacobian_tape, replay
from edgeom.homotopy.tape import Builder, Tape, Var
from edgeom.varieties.base import transpose

__all__ = [
    "congruence_tape",
    "contraction_tape",
    "correction_tape",
    "immersion_rows",
    "inverse_tape",
    "membership_rows",
    "rank_inverse_tape",
    "rank_tape",
]

Rows = list[list[Var]]
RowsOf = Callable[[Builder, list[Var]], Rows]


def inverse_tape(system: Tape) -> Tape:
    """Return (u, p) -> Y ≈ (∂F/∂u)⁻¹ row by row and x = -Y F, without pivoting."""
    b, u, p = _inputs(system)
    value, rows = _jacobian(system, b, u, p)
    inverse = _inverse(b, rows)
    return b.finish({"Y": _flat(inverse), "x": [-b.dot(row, value) for row in inverse]})


def correction_tape(system: Tape) -> Tape:
    """Return (u, p, Y) -> c = Y F."""
    b, u, p = _inputs(system)
    inverse = _square(b, "Y", len(u))
    value = replay(system, b, u=u, p=p)["F"]
    return b.finish({"c": [b.dot(row, value) for row in inverse]})


def contraction_tape(system: Tape) -> Tape:
    """Return (u, p, Y) -> E = 1 - Y ∂F/∂u, row by row."""
    b, u, p = _inputs(system)
    inverse = _square(b, "Y", len(u))
    _, rows = _jacobian(system, b, u, p)
    return b.finish({"E": _flat(_defect(b, inverse, rows))})


def congruence_tape(system: Tape) -> Tape:
    """Return (u, p, V) -> B = Vᵀ (∂F/∂u) V, row by row."""
    b, u, p = _inputs(system)
    basis = _square(b, "V", len(u))
    _, rows = _jacobian(system, b, u, p)
    columns = transpose(basis)
    half = [[b.dot(row, column) for column in columns] for row in rows]
    return b.finish({"B": _flat([[b.dot(c, h) for h in transpose(half)] for c in columns])})


def rank_inverse_tape(rows: RowsOf, count: int) -> Tape:
    """Return u -> Z ≈ (R A)⁻¹ row by row, for a matrix A(u) and a random matrix R."""
    b = Builder()
    return b.finish({"Z": _flat(_inverse(b, _mixed(b, rows(b, b.inputs("u", count)))))})


def rank_tape(rows: RowsOf, count: int) -> Tape:
    """Return (u, Z) -> E = 1 - Z R A, row by row.

    Where its norm is less than 1, A has full column rank.
    """
    b = Builder()
    mixed = _mixed(b, rows(b, b.inputs("u", count)))
    inverse = _square(b, "Z", len(mixed))
    return b.finish({"E": _flat(_defect(b, inverse, mixed))})


def immersion_rows(equations: CriticalEquations, b: Builder, u: list[Var]) -> Rows:
    """Return [dx; dg]: where it has full column rank, dx is injective on the kernel of dg."""
    out = replay(equations.geometry, b, u=u)
    return _rows([*out["dx"], *out["dg"]], len(u))


def membership_rows(membership: Tape, b: Builder, u: list[Var]) -> Rows:
    """Return the matrix of a chart that shows that solutions are on the variety."""
    return _rows(replay(membership, b, u=u)["M"], len(membership.outputs["f"]))


def _inputs(system: Tape) -> tuple[Builder, list[Var], list[Var]]:
    b = Builder()
    return b, b.inputs("u", system.inputs["u"]), b.inputs("p", system.inputs["p"])


def _square(b: Builder, name: str, size: int) -> Rows:
    flat = b.inputs(name, size * size)
    return [flat[i * size : (i + 1) * size] for i in range(size)]


def _flat(rows: Rows) -> list[Var]:
    return [value for row in rows for value in row]


def _jacobian(system: Tape, b: Builder, u: list[Var], p: list[Var]) -> tuple[list[Var], Rows]:
    out = replay(jacobian_tape(system), b, u=u, p=p)
    size, lower = len(u), iter(out["J"])
    rows: Rows = [[b.zero] * size for _ in range(size)]
    for i in range(size):
        for j in range(i + 1):
            rows[i][j] = rows[j][i] = next(lower)
    return out["F"], rows


def _rows(flat: list[Var], count: int) -> Rows:
    return [flat[start : start + count] for start in range(0, len(flat), count)]


def _mixed(b: Builder, rows: Rows) -> Rows:
    """Return R A, a square matrix."""
    columns = transpose(rows)
    mix = np.random.default_rng(len(columns)).normal(size=(len(columns), len(rows)))
    return [[b.dot(line, column) for column in columns] for line in mix.tolist()]


def _defect(b: Builder, inverse: Rows, rows: Rows) -> Rows:
    columns = transpose(rows)
    return [
        [(b.one if i == j else b.zero) - b.dot(row, column) for j, column in enumerate(columns)]
        for i, row in enumerate(inverse)
    ]


def _inverse(b: Builder, rows: Sequence[Sequence[Var]]) -> Rows:
    """Invert a matrix by Gauss-Jordan elimination without pivoting."""
    size = len(rows)
    left = [list(row) for row in rows]
    right = [[b.one if i == j else b.zero for j in range(size)] for i in range(size)]
    for k in range(size):
        scale = b.inverse(left[k][k])
        left[k] = [value * scale for value in left[k]]
        right[k] = [value * scale for value in right[k]]
        for i in range(size):
            if i != k:
                factor = left[i][k]
                left[i] = [x - factor * y for x, y in zip(left[i], left[k], strict=True)]
                right[i] = [x - factor * y for x, y in zip(right[i], right[k], strict=True)]
    return right
