"""Paths tracked with many digits, where double precision does not lead to their end.

A path is a function of log s, where s is the share of it that is left. Near its end each unknown
is a limit plus powers of s, so that polynomials in log s through the last points predict the next
one, with steps of one length in log s; and an unknown that goes to infinity is a power itself.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgeom.homotopy.digits import evaluated, refined, regular, size_of
from edgeom.homotopy.precision import as_balls, between, doubles, less, solved, upper, with_digits
from edgeom.homotopy.tape import Tape

__all__ = ["finished", "way_to_the_end"]

Array = NDArray[Any]
Refined = tuple[list[Any], Any]  #: unknowns and the Jacobian there
Trail = list[tuple[Any, list[Any]]]  #: shares that are left, and the points there
STEP = 0.2  # largest tangent, relative to a point, and correction, relative to a move
EXACT = 0.02  # steps are made longer where corrections are smaller than this
ON_THE_WAY = 0.3  # share of the digits that the points of a path have
POINTS = 6  # through which the prediction goes
FIRST, LONGEST = 0.1, 9.0  # length of the first step and of the longest one, in log s
END_IN_SIGHT = 0.6  # from steps of this length on, it is tried to jump to the end
GROWN = 1.05  # a point that has grown by this factor in a step may be on its way to infinity
HELD = 0.03  # unknowns then have to be where powers of s predict them
QUADRATIC = 0.1  # and the next correction has to be smaller by this factor
ALIKE = 1e-20  # or as small as this
TRACKED = 600  # steps of a path, those that were too long included
NEAR_END = 1e-8  # at this share it can be told how a path ends
END = 1e-50  # share of a path that is given up where it has no regular end
END_OF_STILL = 1e-25  # the same where the point has not grown for long
EARLIER = 1e8  # times this share was left where an unknown has grown in the same way
STILL = 1.5  # largest factor by which a point that stays where it is has grown since


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
        rest, here, sharp = _last(jacobian, u, begin, end, left)
        there = here is not None and rest == 0 and sharp
        return regular(jacobian, here, as_balls(end)) if there and here is not None else None


class Way(NamedTuple):
    """Where a path was followed to.

    Attributes
    ----------
    last, then : complex arrays (N,)
        The last point, and the path where half of its share is left, to first order; the end twice
        where it is reached.
    limits : complex array (2, N)
        Two estimates of the end, the better one last; of use for unknowns that stay finite.
    regular : bool
        Whether it ends at a regular solution.
    """

    last: Array
    then: Array
    limits: Array
    regular: bool


def way_to_the_end(jacobian: Tape, u: Array, begin: Array, end: Array, left: float) -> Way | None:
    """Track a path as far as many digits reach, for an end that may not be regular.

    Parameters
    ----------
    jacobian, u, begin, end, left
        As for :func:`finished`.

    Returns
    -------
    Way or None
        None where the path is lost on the way.
    """
    with with_digits():
        rest, here, sharp = _last(jacobian, u, begin, end, left)
        if here is None or float(rest) > NEAR_END:
            return None
        if rest == 0:
            reached = doubles(here[0])
            return Way(reached, reached, np.array([reached, reached]), sharp)
        half = between(as_balls(begin), as_balls(end), rest / 2)
        then = _tangent(jacobian, here, half)
        if then is None:
            return None
        limits = _limits(jacobian, here, as_balls(begin), as_balls(end), rest)
        last, following = doubles(here[0]), doubles(then)
        return Way(last, following, np.array(limits or [last, following]), False)


def _limits(
    jacobian: Tape, here: Refined, begin: list[Any], end: list[Any], rest: Any
) -> list[Array] | None:
    """Return two estimates of the end of a path, None where they cannot be had.

    An unknown is its limit plus a power of the share that is left, of an unknown exponent, plus
    smaller terms. Where the share is halved the power falls by one factor, and Aitken's
    formula takes it away.
    """
    points = [here[0]]
    for _ in range(3):
        rest = rest / 2
        there = between(begin, end, rest)
        guess = _tangent(jacobian, here, there)
        found = None if guess is None else refined(jacobian, guess, there, ON_THE_WAY)
        if found is None:
            return None
        here = found
        points.append(here[0])
    return [
        doubles([_aitken(*values) for values in zip(*points[k : k + 3], strict=True)])
        for k in range(2)
    ]


def _aitken(x: Any, y: Any, z: Any) -> Any:
    """Return the limit of a sequence whose differences fall by one factor."""
    bend = (z - 2 * y + x).mid()
    return z if bend == 0 else (z - (z - y) ** 2 / bend).mid()


def _last(
    jacobian: Tape, u: Array, begin: Array, end: Array, left: float
) -> tuple[Any, Refined | None, bool]:
    """Return the share that is left at the last point, this point, and if it has all digits."""
    from flint import arb

    first, last = as_balls(begin), as_balls(end)
    rest, step = arb(left), FIRST
    here = refined(jacobian, u, between(first, last, rest))
    trail = [] if here is None else [(rest, here[0])]
    for _ in range(TRACKED):
        if here is None or float(rest) < END or _stays(trail):
            break
        if step >= END_IN_SIGHT:
            found = _corrected(jacobian, here, _tangent(jacobian, here, last), last, alone=True)
            there = refined(jacobian, found[0][0], last) if found is not None else None
            if there is not None and regular(jacobian, there, last) is not None:
                here, rest = there, arb(0)
                break
        then = (rest * arb(-step).exp()).mid()
        p = between(first, last, then)
        guess = _predicted(trail, then)
        found = _corrected(jacobian, here, guess or _tangent(jacobian, here, p), p)
        if found is None and guess is not None and step < END_IN_SIGHT:
            found = _corrected(jacobian, here, _tangent(jacobian, here, p), p)
        if found is None:
            step /= 3
            continue
        here, correction = found
        rest = then
        step = min(step * (1.6 if correction < EXACT else 1.1), LONGEST)
        trail.append((rest, here[0]))
    sharp = refined(jacobian, here[0], between(first, last, rest)) if here else None
    return rest, sharp or here, sharp is not None


def _stays(trail: Trail) -> bool:
    """Whether a path has hardly grown for long, near its end."""
    rest, x = trail[-1]
    if float(rest) > END_OF_STILL:
        return False
    before = next((y for share, y in reversed(trail) if share > EARLIER * rest), None)
    return before is not None and size_of(x) < STILL * size_of(before)


def _tangent(jacobian: Tape, here: Refined, p: list[Any]) -> list[Any] | None:
    """Return the point for parameters near by to first order."""
    x, matrix = here
    step = solved(matrix, evaluated(jacobian, x, p)[0])
    return None if step is None else less(x, step)


def _predicted(trail: Trail, then: Any) -> list[Any] | None:
    """Extrapolate the last points of a path; None where there are too few."""
    if len(trail) < 3:
        return None
    (rest, x), (nearer, y) = trail[-2:]
    if upper(y) > GROWN * upper(x):
        exponent = (then / nearer).log() / (nearer / rest).log()
        pairs = zip(x, y, strict=True)
        return [b if a == 0 or b == 0 else (b * (b / a) ** exponent).mid() for a, b in pairs]
    points = trail[-POINTS:]
    nodes = [(share / then).log() for share, _ in points]
    weights = []
    for j, node in enumerate(nodes):
        weight = node - node + 1
        for k, other in enumerate(nodes):
            if k != j:
                weight *= other / (other - node)
        weights.append(weight.mid())
    return [
        sum(w * x[i] for w, (_, x) in zip(weights, points, strict=True)).mid()
        for i in range(len(y))
    ]


def _corrected(
    jacobian: Tape,
    here: Refined,
    guess: list[Any] | None,
    p: list[Any],
    alone: bool = False,
) -> tuple[Refined, float] | None:
    """Return the solution near a prediction, None where the step was too long.

    Only the first correction has to be small. Where solutions nearly form a curve, it leads back to
    the curve, and it is the next ones that move along it. It is given relative to the move. With
    `alone`, and where a path grows, no other solution may be nearer than the correction is long:
    between two of them the next correction is not much smaller.
    """
    if guess is None:
        return None
    move = upper(less(guess, here[0]))
    grows = upper(guess) > GROWN * upper(here[0])
    if not np.isfinite(move) or (move > STEP * size_of(here[0]) and not grows):
        return None
    value, there = evaluated(jacobian, guess, p)
    correction = solved(there, value)
    if correction is None:
        return None
    size = upper(correction)
    if grows and not _gap(correction, guess) < HELD:
        return None
    if not grows and size > STEP * move:
        return None
    nearer = less(guess, correction)
    if grows or alone:
        again = solved(*reversed(evaluated(jacobian, nearer, p)))
        if again is None or _gap(again, nearer) > max(QUADRATIC * _gap(correction, guess), ALIKE):
            return None
    found = refined(jacobian, nearer, p, ON_THE_WAY)
    return None if found is None else (found, size / move if move else 0.0)


def _gap(step: list[Any], x: list[Any]) -> float:
    """Return the largest step of an unknown relative to it."""
    return max(upper([a]) / size_of([b]) for a, b in zip(step, x, strict=True))
