"""Newton's method and path tracking with many digits, for what double precision cannot tell.

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
STEP = 0.2  # largest tangent, relative to a point, and correction, relative to the one before
ON_THE_WAY = 0.3  # share of the digits that the points of a path have
GROWN = 1.05  # a point that has grown by this factor in a step may be on its way to infinity
APART = 1.5  # least factor between the shares at two points from which powers are taken
HELD = 0.03  # unknowns then have to be where powers of the share that is left predict them
LEAP = 1e4  # largest factor by which the share that is left shrinks then
WORTH = 1.1  # and the smallest
TRACKED = 1500  # steps of a path, those that were too long included
END = 1e-50  # share of a path that is given up where it has no regular end
EARLIER = 1e8  # times this share was left where an unknown has grown in the same way
STEADY = 0.03  # largest change of its growth since, relative to it and to 0.1
NEAR_END = 1e-8  # at this share it can be told how a path ends
FLOOR = 1e-6  # no point counts as smaller
CLOSE = 1e-20  # corrections of this size show that Newton's method converges
SHIFT = 0.01  # relative distance of the point at which the usual sizes of rows are taken
SINGULAR = 0.3  # share of the digits that a singular Jacobian loses, where unknowns and rows are 1
NEVER = 1e-14  # where corrections of this size still shrink slowly the solution is a multiple one
HALVINGS = 60  # of the distance to a multiple solution before it is called one


def _size(x: list[Any]) -> float:
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
        if upper(step) <= _size(x) * enough:
            return x, matrix.mid()
    return None


def regular_solution(jacobian: Tape, u: Array, p: Array) -> Array | None:
    """Return the solution that Newton's method leads to, in doubles; None without a regular one."""
    with with_digits():
        here = refined(jacobian, u, p)
        return None if here is None else _regular(jacobian, here, as_balls(p))


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
            size = upper(step) / _size(x)
            if size <= CLOSE:
                here = refined(jacobian, x, parameters)
                return None if here is None else _regular(jacobian, here, parameters)
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
        The end of the path in doubles; None where it is lost or singular: one of several solutions
        that coincide, or of a whole curve.
    """
    with with_digits():
        rest, here, sharp, _ = _last(jacobian, u, begin, end, left)
        there = here is not None and rest == 0 and sharp
        return _regular(jacobian, here, as_balls(end)) if there and here is not None else None


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
        The last point, the path where half of its share is left, to first order, and whether the
        end is regular; the end twice where it is reached. None where the path is lost on the way,
        or does not grow there as it has before.
    """
    with with_digits():
        rest, here, sharp, trail = _last(jacobian, u, begin, end, left)
        earlier = [point for point in trail if point[0] > EARLIER * rest]
        if here is None or float(rest) > NEAR_END or not (rest == 0 or earlier):
            return None
        if rest == 0:
            reached = doubles(here[0])
            is_regular = sharp and _regular(jacobian, here, as_balls(end)) is not None
            return reached, reached, is_regular
        found = []
        for share, x in (earlier[-1], (rest, here[0])):
            p, half = (between(as_balls(begin), as_balls(end), s) for s in (share, share / 2))
            step = solved(evaluated(jacobian, x, p)[1], evaluated(jacobian, x, half)[0])
            if step is None:
                return None
            found.append((doubles(x), doubles(less(x, step))))
    before, now = (1 - then / last for last, then in found)
    steady = np.abs(now - before) <= STEADY * np.maximum(np.abs(now), 0.1)
    return (*found[1], False) if steady.all() else None


def _last(
    jacobian: Tape, u: Array, begin: Array, end: Array, left: float
) -> tuple[Any, Refined | None, bool, list[tuple[Any, list[Any]]]]:
    """Return the share that is left at the last point, it, if it has all digits, and its trail."""
    from flint import arb

    first, last = as_balls(begin), as_balls(end)
    rest, share, factor = arb(left), 1.0, 2.0
    here = refined(jacobian, u, between(first, last, rest))
    trail = [] if here is None else [(rest, here[0])]
    for _ in range(TRACKED):
        if here is None or float(rest) < END:
            break
        grows = len(trail) > 1 and upper(here[0]) > GROWN * upper(trail[-2][1])
        if grows and factor > WORTH:
            then = (rest / arb(factor)).mid()
            guess = _grown(trail[-2], (rest, here[0]), then)
            found = refined(jacobian, guess, between(first, last, then), ON_THE_WAY)
            gap = float("inf") if found is None else _gap(found[0], guess)
            factor **= 2 if gap < HELD**2 else 1 if gap < HELD else 0.5
            factor = min(factor, LEAP)
            if found is None or not gap < HELD:
                continue
        else:
            then = (rest * (1 - arb(share))).mid()
            found = _moved(jacobian, here, between(first, last, then))
            share = share / 2 if found is None else min(1.0, 1.25 * share)
            if found is None:
                continue
            factor = max(factor, 2.0)
        here, rest = found, then
        if float(trail[-1][0]) > APART * float(rest):
            trail.append((rest, here[0]))
    sharp = refined(jacobian, here[0], between(first, last, rest)) if here else None
    return rest, sharp or here, sharp is not None, trail


def _grown(before: tuple[Any, list[Any]], here: tuple[Any, list[Any]], then: Any) -> list[Any]:
    """Extrapolate a path on which each unknown is a power of the share that is left."""
    (rest, x), (nearer, y) = before, here
    exponent = (then / nearer).log() / (nearer / rest).log()
    return [
        b if a == 0 or b == 0 else (b * (b / a) ** exponent).mid()
        for a, b in zip(x, y, strict=True)
    ]


def _gap(x: list[Any], y: list[Any]) -> float:
    """Return the largest difference of unknowns, relative to each."""
    gaps = [upper([a - b]) / _size([a]) for a, b in zip(x, y, strict=True)]
    return max(gaps) if np.isfinite(gaps).all() else float("inf")


def _moved(jacobian: Tape, here: Refined, p: list[Any]) -> Refined | None:
    """Return the solution for parameters near by, None where the step was too long.

    Only the first correction has to be small. Where solutions nearly form a curve, it leads back to
    the curve, and it is the next ones that move along it.
    """
    x, matrix = here
    tangent = solved(matrix, evaluated(jacobian, x, p)[0])
    if tangent is None or upper(tangent) > STEP * _size(x):
        return None
    x = less(x, tangent)
    value, there = evaluated(jacobian, x, p)
    correction = solved(there, value)
    if correction is None or upper(correction) > STEP * upper(tangent):
        return None
    return refined(jacobian, less(x, correction), p, ON_THE_WAY)


def _regular(jacobian: Tape, here: Refined, p: list[Any]) -> Array | None:
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
