"""Newton's method and path tracking with many digits, for what double precision cannot tell.

The numbers are midpoints of Arb balls: fast, with as many bits as asked for, and nothing proved.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.equations.critical import CriticalEquations
from edgeom.homotopy.tape import Tape

__all__ = [
    "OPTIONS",
    "evaluated",
    "finished",
    "refined",
    "regular_solution",
    "run",
    "upper",
    "with_digits",
]

Array = NDArray[Any]
Refined = tuple[list[Any], Any]  #: unknowns and the Hessian there
OPTIONS = {"digits": 100, "steps": 20}
TRACKED = 400  # steps of a path, those that were too long included
END = 1e-25  # share of a path that is given up where it has no regular end


def with_digits() -> Any:
    """Return a context in which Arb has that many digits."""
    from flint import ctx

    return ctx.workdps(OPTIONS["digits"])


@lru_cache(maxsize=10_000)
def _constant(value: Any, bits: int) -> Any:
    from flint import acb, arb, fmpq

    if isinstance(value, complex | float | int):
        return acb(value)
    return acb(arb(fmpq(value.numerator, value.denominator)))


def run(tape: Tape, **inputs: Any) -> dict[str, list[Any]]:
    """Run a program on lists of complex balls, with the precision that is set."""
    from flint import ctx

    bits = ctx.prec
    return tape.evaluate(inputs, lambda value: _constant(value, bits))


def evaluated(equations: CriticalEquations, u: list[Any], p: list[Any]) -> tuple[Any, Any]:
    """Return F as a column and ∂F/∂u as a matrix of balls."""
    from flint import acb_mat

    out = run(equations.system.jacobian, u=u, p=p)
    size = len(u)
    lower = iter(out["J"])
    rows: list[list[Any]] = [[None] * size for _ in range(size)]
    for i in range(size):
        for j in range(i + 1):
            rows[i][j] = rows[j][i] = next(lower)
    return acb_mat(size, 1, out["F"]), acb_mat(rows)


def upper(values: list[Any]) -> float:
    """Return the largest modulus, nearly."""
    return max((float(value.abs_upper()) for value in values), default=0.0)


def refined(equations: CriticalEquations, u: Any, p: Any) -> Refined | None:
    """Return unknowns and Hessian after Newton steps, None without convergence.

    To be called with the digits set.
    """
    x, p = _numbers(u), _numbers(p)
    enough = 10.0 ** (-0.6 * OPTIONS["digits"])
    for _ in range(OPTIONS["steps"]):
        value, hessian = evaluated(equations, x, p)
        step = _solved(hessian, value)
        if step is None:
            return None
        x = _less(x, step)
        if upper(step) <= upper(x) * enough:
            return x, hessian.mid()
    return None


def regular_solution(equations: CriticalEquations, u: Array, p: Array) -> Array | None:
    """Return the solution that Newton's method leads to, in doubles; None without a regular one."""
    with with_digits():
        here = refined(equations, u, p)
        return None if here is None else _regular(here)


def finished(
    equations: CriticalEquations, u: Array, begin: Array, end: Array, left: float
) -> Array | None:
    """Track the last part of a path, where double precision has failed.

    Tangent steps and Newton's method, with steps that shrink where the path turns fast, as it does
    where critical points nearly meet or nearly form a curve.

    Parameters
    ----------
    equations : CriticalEquations
    u : complex array (N,)
        Unknowns where the part begins.
    begin, end : complex arrays (parameters,)
        The whole path.
    left : float
        The share of the path that is left.

    Returns
    -------
    complex array (N,) or None
        The end of the path in doubles; None where it is lost or its end is singular: one of several
        solutions that coincide, or of a whole curve.
    """
    from flint import arb

    with with_digits():
        first, last = _numbers(begin), _numbers(end)
        rest, share = arb(left), 1.0
        here = refined(equations, u, _between(first, last, rest))
        for _ in range(TRACKED):
            if here is None or 0 < float(rest) < END:
                return None
            if rest == 0:
                return _regular(here)
            then = (rest * (1 - arb(share))).mid()
            moved = _moved(equations, here, _between(first, last, then))
            if moved is None:
                share /= 2
            else:
                here, rest, share = moved, then, min(1.0, 1.25 * share)
        return None


def _moved(equations: CriticalEquations, here: Refined, p: list[Any]) -> Refined | None:
    """Return the solution for parameters near by, None where the step was too long."""
    x, hessian = here
    tangent = _solved(hessian, evaluated(equations, x, p)[0])
    if tangent is None or upper(tangent) > upper(x) / 10:
        return None
    predicted = _less(x, tangent)
    value, there = evaluated(equations, predicted, p)
    correction = _solved(there, value)
    if correction is None or upper(correction) > upper(tangent) / 10:
        return None
    return refined(equations, _less(predicted, correction), p)


def _regular(here: Refined) -> Array | None:
    """Return a solution in doubles, None if it is singular."""
    x, hessian = here
    try:
        inverse = hessian.inv()
    except ZeroDivisionError:
        return None
    if upper(inverse.entries()) * upper(hessian.entries()) > 10.0 ** (0.3 * OPTIONS["digits"]):
        return None
    return np.array([complex(v) for v in x])


def _between(first: list[Any], last: list[Any], rest: Any) -> list[Any]:
    return [(b + rest * (a - b)).mid() for a, b in zip(first, last, strict=True)]


def _less(x: list[Any], step: list[Any]) -> list[Any]:
    return [(a - b).mid() for a, b in zip(x, step, strict=True)]


def _solved(matrix: Any, column: Any) -> list[Any] | None:
    """Solve a linear system, None where the matrix is singular to the precision that is set."""
    try:
        solution: list[Any] = matrix.mid().solve(column.mid(), nonstop=False).mid().entries()
    except ZeroDivisionError:
        return None
    return solution


def _numbers(values: Any) -> list[Any]:
    from flint import acb

    return [v if isinstance(v, acb) else acb(complex(v)) for v in values]
