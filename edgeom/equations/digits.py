"""Newton's method and path tracking with many digits, for what double precision cannot tell."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.equations.critical import CriticalEquations

__all__ = ["OPTIONS", "exact", "finished", "part", "refined", "with_digits"]

Array = NDArray[Any]
Refined = tuple[Any, Any]  #: unknowns and Hessian, matrices of mpmath
OPTIONS = {"digits": 100, "steps": 20}
TRACKED = 300  # steps of a path, those that were too long included


def with_digits() -> Any:
    """Return a context in which mpmath has that many digits."""
    import mpmath

    return mpmath.workdps(OPTIONS["digits"])


def part(share: float) -> Any:
    """Return 10⁻ᵏ, k being a share of the digits."""
    import mpmath

    return mpmath.mpf(10) ** -int(share * OPTIONS["digits"])


def exact(value: Any) -> Any:
    """Return a constant of a program as a number with many digits."""
    import mpmath

    if isinstance(value, complex):
        return mpmath.mpc(value)
    if isinstance(value, float | int):
        return mpmath.mpf(value)
    return mpmath.mpf(value.numerator) / value.denominator


def refined(equations: CriticalEquations, u: Any, p: Any) -> Refined | None:
    """Return unknowns and Hessian after Newton steps, None without convergence.

    To be called with the digits set.
    """
    import mpmath

    x, p = mpmath.matrix(_numbers(u)), _numbers(p)
    for _ in range(OPTIONS["steps"]):
        value, hessian = _evaluated(equations, x, p)
        try:
            step = mpmath.lu_solve(hessian, value)
        except ZeroDivisionError:
            return None
        x -= step
        if mpmath.norm(step) <= mpmath.norm(x) * part(0.6):
            return x, hessian
    return None


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
    import mpmath

    with with_digits():
        first, last = _numbers(begin), _numbers(end)
        rest, share = mpmath.mpf(left), mpmath.mpf(1)
        here = refined(equations, u, _between(first, last, rest))
        for _ in range(TRACKED):
            if here is None or 0 < rest < part(0.25):
                return None
            if rest == 0:
                return _regular(here)
            moved = _moved(equations, here, _between(first, last, rest * (1 - share)))
            if moved is None:
                share /= 2
            else:
                here, rest = moved, rest * (1 - share)
                share = min(mpmath.mpf(1), share * 5 / 4)
        return None


def _moved(equations: CriticalEquations, here: Refined, p: list[Any]) -> Refined | None:
    """Return the solution for parameters near by, None where the step was too long."""
    import mpmath

    x, hessian = here
    try:
        tangent = mpmath.lu_solve(hessian, _evaluated(equations, x, p)[0])
        correction = mpmath.lu_solve(*reversed(_evaluated(equations, x - tangent, p)))
    except ZeroDivisionError:
        return None
    length = mpmath.norm(tangent)
    if length > mpmath.norm(x) / 10 or mpmath.norm(correction) > length / 10:
        return None
    return refined(equations, list(x - tangent - correction), p)


def _between(first: list[Any], last: list[Any], left: Any) -> list[Any]:
    return [b + left * (a - b) for a, b in zip(first, last, strict=True)]


def _regular(here: Refined) -> Array | None:
    """Return a solution in doubles, None if it is singular."""
    import mpmath

    x, hessian = here
    probe = mpmath.matrix(np.random.default_rng(len(x)).normal(size=len(x)).tolist())
    try:
        stretch = mpmath.norm(mpmath.lu_solve(hessian, probe)) * mpmath.mnorm(hessian)
    except ZeroDivisionError:
        return None
    if stretch * part(0.3) > mpmath.norm(probe):
        return None
    return np.array([complex(v) for v in x])


def _numbers(values: Any) -> list[Any]:
    import mpmath

    return [mpmath.mpmathify(complex(v) if isinstance(v, np.number) else v) for v in values]


def _evaluated(equations: CriticalEquations, x: Any, p: list[Any]) -> tuple[Any, Any]:
    """Return F and ∂F/∂u."""
    import mpmath

    out = equations.system.jacobian.evaluate({"u": list(x), "p": p}, exact)
    hessian = mpmath.matrix(len(x))
    entries = iter(out["J"])
    for i in range(len(x)):
        for j in range(i + 1):
            hessian[i, j] = hessian[j, i] = next(entries)
    return mpmath.matrix(out["F"]), hessian
