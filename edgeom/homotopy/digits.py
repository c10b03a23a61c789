"""Newton's method and path tracking with many digits, for what double precision cannot tell.

The numbers are midpoints of Arb balls: fast, with as many bits as asked for, and nothing proved.
A system is given by the tape that :func:`edgeom.homotopy.kernels.jacobian_tape` returns.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.homotopy.tape import Tape

__all__ = [
    "OPTIONS",
    "evaluated",
    "extrapolated",
    "finished",
    "inverse_sizes",
    "refined",
    "regular_near",
    "regular_solution",
    "run",
    "solution_near",
    "upper",
    "way_to_the_end",
    "with_digits",
]

Array = NDArray[Any]
Refined = tuple[list[Any], Any]  #: unknowns and the Jacobian there
OPTIONS = {"digits": 100, "steps": 20}
STEP = 0.2  # largest tangent, relative to a point, and correction, relative to the one before
ON_THE_WAY = 0.3  # share of the digits that the points of a path have
TRACKED = 1500  # steps of a path, those that were too long included
END = 1e-25  # share of a path that is given up where it has no regular end
NEAR_END = 1e-8  # at this share it can be told how a path ends
FLOOR = 1e-6  # no point counts as smaller
CLOSE = 1e-20  # corrections of this size show that Newton's method converges
SINGULAR = 0.3  # share of the digits that a singular Jacobian loses, where unknowns and rows are 1
NEVER = 1e-14  # where corrections of this size still shrink slowly the solution is a multiple one
HALVINGS = 60  # of the distance to a multiple solution before it is called one


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
    """Return the largest modulus, nearly."""
    return max((float(value.abs_upper()) for value in values), default=0.0)


def _size(x: list[Any]) -> float:
    """Return the size of a point, in good units, in which the origin is not a small one."""
    return max(upper(x), FLOOR)


def refined(jacobian: Tape, u: Any, p: Any, share: float = 0.6) -> Refined | None:
    """Return unknowns and Jacobian after Newton steps, None without convergence.

    To be called with the digits set; the last correction has this share of them.
    """
    x, p = _numbers(u), _numbers(p)
    enough = 10.0 ** (-share * OPTIONS["digits"])
    for _ in range(OPTIONS["steps"]):
        value, matrix = evaluated(jacobian, x, p)
        step = _solved(matrix, value)
        if step is None:
            return None
        x = _less(x, step)
        if upper(step) <= _size(x) * enough:
            return x, matrix.mid()
    return None


def regular_solution(jacobian: Tape, u: Array, p: Array) -> Array | None:
    """Return the solution that Newton's method leads to, in doubles; None without a regular one."""
    with with_digits():
        here = refined(jacobian, u, p)
        return None if here is None else _regular(here)


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
        x, parameters = _numbers(u), _numbers(p)
        start, last = x, float("inf")
        for _ in range(HALVINGS):
            step = _solved(*reversed(evaluated(jacobian, x, parameters)))
            if step is None:
                return None
            x = _less(x, step)
            if upper(_less(x, start)) > reach:
                return None
            size = upper(step) / _size(x)
            if size <= CLOSE:
                here = refined(jacobian, x, parameters)
                return None if here is None else _regular(here)
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
        there = _between(_numbers(begin), _numbers(end), arb(rest))
        here = refined(jacobian, u, there)
        return None if here is None else _doubles(here[0])


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

    first, last = _numbers(begin), _numbers(end)
    sizes = []
    with with_digits():
        for left, guess in nearby:
            here = refined(jacobian, guess, _between(first, last, arb(left)))
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

    first, last = _numbers(begin), _numbers(end)
    with with_digits():
        sharp = []
        for left, guess in nearby:
            here = refined(jacobian, guess, _between(first, last, arb(left)))
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
        found = refined(jacobian, far, _between(first, last, arb(rest)))
        return None if found is None or not _alike(found[0], far) else _doubles(found[0])


def _alike(x: list[Any], y: list[Any]) -> bool:
    return all(upper([a - b]) <= 0.1 * upper([a]) + FLOOR for a, b in zip(x, y, strict=True))


def finished(jacobian: Tape, u: Array, begin: Array, end: Array, left: float) -> Array | None:
    """Track the last part of a path, where double precision has failed, to a regular end.

    Tangent steps and Newton's method, with steps that shrink where the path turns fast, as it does
    where solutions nearly meet or nearly form a curve.

    Parameters
    ----------
    jacobian : Tape
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
    with with_digits():
        rest, here, sharp = _last(jacobian, u, begin, end, left)
        return _regular(here) if here is not None and rest == 0 and sharp else None


def way_to_the_end(
    jacobian: Tape, u: Array, begin: Array, end: Array, left: float
) -> tuple[Array, Array, bool] | None:
    """Track a path as far as many digits reach, for an end that may not be regular.

    Parameters
    ----------
    jacobian, u, begin, end, left
        As for :func:`finished`.

    Returns
    -------
    last, next, regular or None
        The last point, the path where half of the share is left that is left at the last point, to
        first order, and whether the end is regular; the end twice where it is reached. None where
        the path is lost on the way.
    """
    with with_digits():
        rest, here, sharp = _last(jacobian, u, begin, end, left)
        if here is None or float(rest) > NEAR_END:
            return None
        if rest == 0:
            reached = _doubles(here[0])
            return reached, reached, sharp and _regular(here) is not None
        x, matrix = here
        half = _between(_numbers(begin), _numbers(end), rest / 2)
        step = _solved(matrix, evaluated(jacobian, x, half)[0])
        return None if step is None else (_doubles(x), _doubles(_less(x, step)), False)


def _last(
    jacobian: Tape, u: Array, begin: Array, end: Array, left: float
) -> tuple[Any, Refined | None, bool]:
    """Return the share that is left at the last point, this point, and if it has all digits."""
    from flint import arb

    first, last = _numbers(begin), _numbers(end)
    rest, share = arb(left), 1.0
    here = refined(jacobian, u, _between(first, last, rest))
    for _ in range(TRACKED):
        if here is None or float(rest) < END:
            break
        then = (rest * (1 - arb(share))).mid()
        moved = _moved(jacobian, here, _between(first, last, then))
        if moved is None:
            share /= 2
        else:
            here, rest, share = moved, then, min(1.0, 1.25 * share)
    sharp = refined(jacobian, here[0], _between(first, last, rest)) if here else None
    return rest, sharp or here, sharp is not None


def _moved(jacobian: Tape, here: Refined, p: list[Any]) -> Refined | None:
    """Return the solution for parameters near by, None where the step was too long.

    Only the first correction has to be small. Where solutions nearly form a curve, it leads back to
    the curve, and it is the next ones that move along it.
    """
    x, matrix = here
    tangent = _solved(matrix, evaluated(jacobian, x, p)[0])
    if tangent is None or upper(tangent) > STEP * _size(x):
        return None
    x = _less(x, tangent)
    value, there = evaluated(jacobian, x, p)
    correction = _solved(there, value)
    if correction is None or upper(correction) > STEP * upper(tangent):
        return None
    return refined(jacobian, _less(x, correction), p, ON_THE_WAY)


def _regular(here: Refined) -> Array | None:
    """Return a solution in doubles, None if it is singular: with unknowns and rows of size 1."""
    x, matrix = here
    sizes = [max(upper([value]), FLOOR) for value in x]
    rows = [
        [entry * size for entry, size in zip(row, sizes, strict=True)] for row in matrix.tolist()
    ]
    largest = [upper(row) for row in rows]
    if not all(largest):
        return None
    try:
        inverse = type(matrix)(
            [[entry / size for entry in row] for row, size in zip(rows, largest, strict=True)]
        ).inv()
    except ZeroDivisionError:
        return None
    if upper(inverse.entries()) > 10.0 ** (SINGULAR * OPTIONS["digits"]):
        return None
    return _doubles(x)


def _doubles(x: list[Any]) -> Array:
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
