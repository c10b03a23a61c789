"""The functions that the tracking loop calls: factor, newton and taylor.

For few unknowns each is one straight-line program. For many, solutions of linear systems are loops
(:mod:`edgeom.homotopy.linear`) between programs that give their right-hand sides; these know of the
system only, so the length of their code grows with it and no longer with N².
"""

from __future__ import annotations

from collections.abc import Sequence

from edgeom.homotopy.codegen import constant_table, tape_function
from edgeom.homotopy.compiler import VECTOR
from edgeom.homotopy.kernels import (
    coefficient_tape,
    elimination_cost,
    entries_tape,
    factor_tape,
    newton_tape,
    residual_tape,
    taylor_tape,
)
from edgeom.homotopy.lanes import Layout
from edgeom.homotopy.linear import factor_loops, solve_function
from edgeom.homotopy.pairs import PairWriter
from edgeom.homotopy.tape import Tape

__all__ = ["step_functions"]

MANY = 20  # unknowns from which on linear systems are solved in loops
DENSE = 10  # times faster are loops for the same multiplications

Tapes = tuple[Tape, ...]


def step_functions(
    system: Tape, layout: Layout, twofold: bool = False
) -> tuple[list[str], list[str], tuple[Tapes, Tapes, Tapes]]:
    """Write the functions of one step; `twofold` residuals have about twice the digits.

    Returns
    -------
    functions : list of str
    loops : list of str
        Those that these call, which are short, and worth being optimised.
    tapes : three tuples of Tape
        What factor, newton and taylor are made of; each takes the constants of its tapes, one
        after the other.
    """
    order, symmetric = layout.order, layout.symmetric

    def written(tape: Tape, name: str, twofold: bool = False) -> str:
        writer = PairWriter if twofold else None
        return tape_function(tape, name, {"p": layout.real, "dp": layout.real}, writer)

    many = layout.unknowns >= MANY
    functions, loops = [], []
    factor = entries_tape(system, symmetric) if many else None
    if factor is not None and _is_dense(factor, symmetric):
        functions += [written(factor, "entries"), DECLARED["eliminate"], FACTOR]
        loops.append(factor_loops(layout))
    else:
        factor = factor_tape(system, symmetric)
        functions.append(written(factor, "factor"))
    if many or twofold:
        newton = residual_tape(system)
        functions += [written(newton, "residual", twofold), DECLARED["solve"], NEWTON]
        loops.append(solve_function(layout))
    else:
        newton = newton_tape(system, symmetric)
        functions.append(written(newton, "newton"))
    if many:
        taylor = tuple(coefficient_tape(system, k) for k in range(1, order + 1))
        functions += [written(tape, f"coefficient{k}") for k, tape in enumerate(taylor, 1)]
        functions.append(_taylor(taylor, layout.unknowns))
    else:
        taylor = (taylor_tape(system, order, symmetric),)
        functions.append(written(taylor[0], "taylor"))
    return functions, loops, ((factor,), (newton,), taylor)


def _is_dense(entries: Tape, symmetric: bool) -> bool:
    """Whether factors are computed faster in loops, which do not know of entries that are 0."""
    nonzero, all_ = elimination_cost(entries, symmetric)
    return all_ <= DENSE * nonzero


DECLARED = {
    "eliminate": "declare void @eliminate(ptr, ptr)\n",
    "solve": "declare void @solve(ptr, ptr, ptr)\n",
}
FACTOR = """
define internal void @factor(ptr %k, ptr %u, ptr %p, ptr %L, ptr %D) #0 {
  call void @entries(ptr %k, ptr %u, ptr %p, ptr %L, ptr %D)
  call void @eliminate(ptr %L, ptr %D)
  ret void
}
"""


NEWTON = """
define internal void @newton(ptr %k, ptr %u, ptr %p, ptr %L, ptr %D, ptr %x) #0 {
  call void @residual(ptr %k, ptr %u, ptr %p, ptr %x)
  call void @solve(ptr %L, ptr %D, ptr %x)
  ret void
}
"""


def _taylor(tapes: Sequence[Tape], size: int) -> str:
    """Write the function that computes one coefficient after the other."""
    lines, slot = [], 0
    for i, tape in enumerate(tapes):
        lines += [
            f"%k{i} = getelementptr double, ptr %k, i64 {slot}",
            f"%x{i} = getelementptr {VECTOR}, ptr %x, i64 {2 * size * i}",
            f"call void @coefficient{i + 1}(ptr %k{i}, ptr %u, ptr %p, ptr %dp, ptr %x, ptr %x{i})",
            f"call void @solve(ptr %L, ptr %D, ptr %x{i})",
        ]
        slot += len(constant_table(tape))
    taken = ", ".join(f"ptr %{name}" for name in ("k", "u", "p", "dp", "L", "D", "x"))
    body = "\n  ".join([*lines, "ret void"])
    return f"define internal void @taylor({taken}) #0 {{\n  {body}\n}}\n"
