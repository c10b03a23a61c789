"""Newton's method and path tracking with many digits, for critical equations.

See :mod:`edgeom.homotopy.digits`, which does the work for any system.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from edgeom.equations.critical import CriticalEquations
from edgeom.homotopy import digits, slow_paths
from edgeom.homotopy.digits import OPTIONS, Refined, run, upper, with_digits

__all__ = [
    "OPTIONS",
    "evaluated",
    "finished",
    "point_near",
    "refined",
    "regular_solution",
    "run",
    "upper",
    "with_digits",
]

Array = NDArray[Any]


def evaluated(equations: CriticalEquations, u: list[Any], p: list[Any]) -> tuple[Any, Any]:
    """Return F as a column and ∂F/∂u as a matrix of balls."""
    return digits.evaluated(equations.system.jacobian, u, p)


def refined(equations: CriticalEquations, u: Any, p: Any) -> Refined | None:
    """Return unknowns and Hessian after Newton steps, None without convergence.

    To be called with the digits set.
    """
    return digits.refined(equations.system.jacobian, u, p)


def point_near(equations: CriticalEquations, u: Array, p: Array) -> list[Any] | None:
    """Return the point of the solution that Newton's method leads to, None without convergence."""
    with with_digits():
        here = refined(equations, u, p)
        return None if here is None else run(equations.system.lift_tape, u=here[0])["x"]


def regular_solution(equations: CriticalEquations, u: Array, p: Array) -> Array | None:
    """Return the solution that Newton's method leads to, in doubles; None without a regular one."""
    return digits.regular_solution(equations.system.jacobian, u, p)


def finished(
    equations: CriticalEquations, u: Array, begin: Array, end: Array, left: float
) -> Array | None:
    """Track the last part of a path to a regular end, or return None."""
    return slow_paths.finished(equations.system.jacobian, u, begin, end, left)
