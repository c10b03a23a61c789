"""Newton's method with many digits, for what double precision cannot tell.

The numbers are those of :mod:`edgeom.homotopy.precision`, which this module passes on. A system is
given by the tape that :func:`edgeom.homotopy.kernels.jacobian_tape` returns.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.homotopy.precision import (
    OPTIONS,
    as_balls,
    between,
    doubles,
    evaluated,
    less,
    run,
    solved,
    upper,
    with_digits,
)
from edgeom.homotopy.tape import Tape

__all__ = [
    "OPTIONS",
    "evaluated",
    "extrapolated",
    "inverse_sizes",
    "refined",
    "regular",
    "regular_near",
    "regular_solution",
    "run",
    "size_of",
    "solution_near",
    "upper",
    "with_digits",
]

Array = NDArray[Any]
Refined = tuple[list[Any], Any]  #: unknowns and the Jacobian there
FLOOR = 1e-6  # no point counts as smaller
CLOSE = 1e-20  # corrections of this size show that Newton's method converges
SHIFT = 0.01  # relative distance of the point at which the usual sizes of rows are taken
SINGULAR = 0.3  # share of the digits that a singular Jacobian loses, where unknowns and rows are 1
NEVER = 1e-14  # where corrections of this size still shrink slowly the solution is a multiple one
HALVINGS = 60  # of the distance to a multiple solution before it is called one


def size_of(x: list[Any]) -> float:
    """Return the size of a point, in good units, in which the origin is not a small one."""
    return max(upper(x), FLOOR)


def refined(jacobian: Tape, u: Any, p: Any, share: float = 0.6) -> Refined | None:
    """Return unknowns and Jacobian after Newton steps, None without convergence.

    To be called with the digits set; the last correction has this share of them.
    """
    x, p = as_balls(u), as_balls(p)
    enough = 10.0 ** (-share * OPTIONS["digits"])
    for _ in range(OPTIONS["steps"]):
        value, matrix = evaluated(jacobian, x, p)
        step = solved(matrix, value)
        if step is None:
            return None
        x = less(x, step)
        if upper(step) <= size_of(x) * enough:
            return x, matrix.mid()
    return None


def regular_solution(jacobian: Tape, u: Array, p: Array) -> Array | None:
    """Return the solution that Newton's method leads to, in doubles; None without a regular one."""
    with with_digits():
        here = refined(jacobian, u, p)
        return None if here is None else regular(jacobian, here, as_balls(p))


def regular_near(jacobian: Tape, u: Array, p: Array, reach: float) -> Array | None:
    """Return the regular solution near a point, also where others are very near.

    From a point that is further away than the nearest other solution Newton's method halves the
    distance at each step. A multiple solution is approached like that for ever, which ends here at
    distances far below those that doubles can tell.

    Parameters
    ----------
    jacobian : Tape
    u : complex array (N,)
    p : complex array (parameters,)
    reach : float
        The largest distance at which a solution counts as near.
    """
    with with_digits():
        x, parameters = as_balls(u), as_balls(p)
        start, last = x, float("inf")
        for _ in range(HALVINGS):
            step = solved(*reversed(evaluated(jacobian, x, parameters)))
            if step is None:
                return None
            x = less(x, step)
            if upper(less(x, start)) > reach:
                return None
            size = upper(step) / size_of(x)
            if size <= CLOSE:
                here = refined(jacobian, x, parameters)
                return None if here is None else regular(jacobian, here, parameters)
            if size <= NEVER and size > last / 10:
                return None
            last = size
        return None


def solution_near(jacobian: Tape, u: Array, begin: Array, end: Array, rest: float) -> Array | None:
    """Return the solution near a point where a share of a path is left, None where there is none.

    Parameters
    ----------
    jacobian, u, begin, end
        As for :func:`finished`.
    rest : float
        The share that is left.
    """
    from flint import arb

    with with_digits():
        if not np.isfinite(u).all():
            return None
        there = between(as_balls(begin), as_balls(end), arb(rest))
        here = refined(jacobian, u, there)
        return None if here is None else doubles(here[0])


def inverse_sizes(
    jacobian: Tape, nearby: list[tuple[float, Array]], begin: Array, end: Array
) -> list[float]:
    """Return the largest entries of the inverse Jacobian at points of a path.

    Parameters
    ----------
    jacobian, begin, end
        As for :func:`finished`.
    nearby : list of (float, complex array (N,))
        Shares that are left and solutions there. Where one of them is singular the size is 1e300,
        and where it is none it is 1.
    """
    from flint import arb

    first, last = as_balls(begin), as_balls(end)
    sizes = []
    with with_digits():
        for left, guess in nearby:
            here = refined(jacobian, guess, between(first, last, arb(left)))
            try:
                sizes.append(1.0 if here is None else upper(here[1].inv().entries()))
            except ZeroDivisionError:
                sizes.append(1e300)
    return sizes


def extrapolated(
    jacobian: Tape,
    nearby: list[tuple[float, Array]],
    begin: Array,
    end: Array,
    rest: float,
    order: NDArray[np.int64],
    winding: int,
) -> Array | None:
    """Return the solution where much less of a path is left, from several where more is left.

    With many digits for these, and hence for the coefficients of the power series, a solution is
    told from others that go to infinity side by side.

    Parameters
    ----------
    jacobian, begin, end
        As for :func:`finished`.
    nearby : list of (float, complex array (N,))
        Shares that are left and approximate solutions there.
    rest : float
        The share for which the solution is wanted.
    order : integer array (N,)
        The first exponent of the series of each unknown, in (share)^(1/winding).
    winding : int
    """
    from flint import arb

    first, last = as_balls(begin), as_balls(end)
    with with_digits():
        sharp = []
        for left, guess in nearby:
            here = refined(jacobian, guess, between(first, last, arb(left)))
            if here is None:
                return None
            sharp.append(here[0])
        unit = arb(nearby[0][0])
        nodes = [(arb(left) / unit) ** (arb(1) / winding) for left, _ in nearby]
        there = (arb(rest) / unit) ** (arb(1) / winding)
        weights = []  # of Lagrange's interpolation
        for j, node in enumerate(nodes):
            weight = arb(1)
            for k, other in enumerate(nodes):
                weight *= (there - other) / (node - other) if k != j else 1
            weights.append(weight)
        far = [
            (
                sum(w * x[i] / node**k for w, x, node in zip(weights, sharp, nodes, strict=True))
                * there**k
            ).mid()
            for i, k in enumerate(order.tolist())
        ]
        found = refined(jacobian, far, between(first, last, arb(rest)))
        return None if found is None or not _alike(found[0], far) else doubles(found[0])


def _alike(x: list[Any], y: list[Any]) -> bool:
    return all(upper([a - b]) <= 0.1 * upper([a]) + FLOOR for a, b in zip(x, y, strict=True))


def regular(jacobian: Tape, here: Refined, p: list[Any]) -> Array | None:
    """Return a solution in doubles, None if it is singular: with unknowns and rows of size 1.

    Rows are measured at a point near by, where nothing cancels.
    """
    x, matrix = here
    sizes = [max(upper([value]), FLOOR) for value in x]
    aside = [
        value + SHIFT * (1 + i % 3) * size
        for i, (value, size) in enumerate(zip(x, sizes, strict=True))
    ]
    usual = evaluated(jacobian, aside, p)[1].tolist()
    rows = []
    for row, other in zip(matrix.tolist(), usual, strict=True):
        scaled = [entry * size for entry, size in zip(row, sizes, strict=True)]
        reach = upper([*scaled, *(entry * size for entry, size in zip(other, sizes, strict=True))])
        if not reach:
            return None
        rows.append([entry / reach for entry in scaled])
    try:
        inverse = type(matrix)(rows).inv()
    except ZeroDivisionError:
        return None
    if upper(inverse.entries()) > 10.0 ** (SINGULAR * OPTIONS["digits"]):
        return None
    return doubles(x)
