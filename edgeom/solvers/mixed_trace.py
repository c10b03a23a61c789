"""The trace test for points and parameters together, for every objective.

Let θ run along a general line, θ = θ₀ + s·d. The critical points x(s) form a curve of pairs (x, s),
irreducible when the pairs of points and parameters are (Bertini). A general hyperplane
a·x + b·s = e meets it in as many points as its degree; they are found by monodromy in a, b and e,
and by the trace test of an affine curve their sum is linear in e. Then the hyperplane turns to
s = 0: of the paths of these points, all ends of which are known, the finite ones lead to all
critical points at θ₀. See Leykin, Rodriguez, Sottile, "Trace tests", arXiv 1608.00540, sections 3
and 4, for the test in products of projective spaces.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from edgeom.equations.critical import CriticalEquations
from edgeom.homotopy.endgame import classify
from edgeom.homotopy.kernels import replay
from edgeom.homotopy.monodromy import Monodromy, Progress
from edgeom.homotopy.pointset import PointSet
from edgeom.homotopy.tape import Builder, Tape
from edgeom.homotopy.tracker import PathTracker, TrackerOptions
from edgeom.solvers.drawing import draw_for
from edgeom.solvers.generic import Fiber, MixedTraceTest
from edgeom.varieties.base import Array, gaussian

__all__ = ["mixed_trace_test"]

Lift = Callable[[Array], Array]
LEFT = (1e-1, 1e-2, 1e-3, 1e-4)  # shares of a path at which its growth is looked at
ROUTES = 6  # from general hyperplanes until it is known how every path ends
GROWTH = 1.3  # factor by which a path grows there that goes to infinity
SINGULAR = 1e-9  # condition of a matrix, in units of its rows and columns, that counts as singular
ACCURATE = 1e-9  # last Newton correction of a path that has arrived
NEAR_THE_END = replace(TrackerOptions().tighter(), max_norm=1e14)


def mixed_trace_test(
    fiber: Fiber, rng: np.random.Generator, progress: Progress | None = None
) -> MixedTraceTest:
    """Test whether a fibre is complete, along a general line of its parameters."""
    equations, theta = fiber.equations, fiber.monodromy.parameters
    n = equations.coordinates
    direction = draw_for(equations, theta).direction(rng)
    direction *= (np.linalg.norm(theta) or 1.0) / np.linalg.norm(direction)
    tracker = PathTracker(_curve(equations, theta, direction), symmetric=False)
    size = len(equations.system.unknowns)

    def lift(u: Array) -> Array:
        return np.hstack([equations.system.lift(u[:, :size]), u[:, size:]])

    def plane(rng: np.random.Generator) -> Array:
        place = gaussian(rng, 1) * 10 ** rng.uniform(-0.5, 0.5)
        return np.concatenate([gaussian(rng, n + 1), place])

    def parallel(rng: np.random.Generator) -> Array:
        return np.concatenate([np.zeros(n + 1), gaussian(rng, 1)])

    start = np.append(fiber.monodromy.solutions[0], 0)
    begin = plane(rng)
    begin[-1] = begin[: n + 1] @ lift(start[None])[0]  # the plane passes through the point
    search = Monodromy(tracker, lift, plane, parallel, rng, progress=progress)
    solutions, trace, _ = search.component(start, begin)
    assert trace is not None
    for _ in range(ROUTES):
        if not trace.lost:
            break
        trace = search.test(solutions, begin)
    known, count = PointSet(n), 0
    known.add(fiber.points)
    kinds: dict[str, int] = {}
    for route in range(ROUTES):
        end = np.zeros(n + 2, complex)
        end[n] = np.exp(2j * np.pi * rng.random())
        found = _ends(tracker, solutions, begin, end, lift, last=route == ROUTES - 1)
        if found is not None:
            ends, kinds = found
            points = lift(ends)[:, :n]
            is_known = known.find(points) >= 0
            others = _is_isolated(equations, ends[:, :size], theta) & ~is_known
            reached, new = PointSet(n), PointSet(n)
            reached.add(points[is_known])
            new.add(points[others])
            count = len(known) + len(new) if len(new) else len(reached)
            if count >= len(known):  # with fewer a path has changed over to another one
                break
        middle = plane(rng)
        moved = tracker.carry(solutions, begin, middle)
        if moved.success.all():
            solutions, begin = moved.solutions, middle
    return MixedTraceTest(len(solutions), trace, count, len(known), kinds)


def _ends(
    tracker: PathTracker, starts: Array, begin: Array, end: Array, lift: Lift, last: bool
) -> tuple[Array, dict[str, int]] | None:
    """Return the regular ends of paths, and how all of them end.

    Where a path leaves, it has grown over and over again close to its end. Where that cannot be
    said of a path, there is nothing to return; on the last route an endgame looks at it.
    """
    results = tracker.carry(starts, begin, end, until=0.99)
    arrived = results.success & (results.accuracy < ACCURATE)
    rest = starts[~arrived]
    sizes = []
    for left in LEFT:
        near = np.asarray(end + left * (begin - end), complex)
        there = tracker.carry(rest, begin, near, NEAR_THE_END)
        size = np.linalg.norm(lift(there.solutions), axis=1)
        sizes.append(np.where(there.success, size, np.nan))
    growth = np.array(sizes[1:]) / np.array(sizes[:-1])
    # far out a path may be lost, at the last places only
    grown, lost = growth > GROWTH, np.isnan(growth)
    leaving = (grown | lost).all(axis=0) & grown[:-1].all(axis=0)
    kinds = {"regular": int(arrived.sum()), "infinite": int(leaving.sum())}
    points = results.solutions[arrived]
    if not leaving.all():
        if not last:
            return None
        others = classify(tracker, rest[~leaving], begin, end, lift=lift)
        for kind, count in others.counts().items():
            kinds[kind] = kinds.get(kind, 0) + count
        points = np.concatenate([points, others.ends[others.regular]])
    return points, {kind: count for kind, count in kinds.items() if count}


def _is_isolated(equations: CriticalEquations, u: Array, theta: Array) -> NDArray[np.bool_]:
    """Tell which ends are isolated critical points: paths may end in sets of such as well."""
    if not len(u):
        return np.zeros(0, bool)
    matrices = equations.system.evaluate(u, theta)[1]
    for axis in (2, 1):
        matrices = matrices / np.maximum(np.abs(matrices).max(axis=axis, keepdims=True), 1e-300)
    sizes = np.linalg.svd(matrices, compute_uv=False)
    return np.asarray(sizes[:, -1] > SINGULAR * sizes[:, 0])


def _curve(equations: CriticalEquations, theta: Array, direction: Array) -> Tape:
    """Return (u, s; a, b, e) -> the critical equations at θ + s·d and a·x + b·s - e."""
    b = Builder()
    n, size = equations.coordinates, len(equations.system.unknowns)
    unknowns, plane = b.inputs("u", size + 1), b.inputs("p", n + 2)
    u, s = unknowns[:size], unknowns[size]
    p = [s * complex(d) + complex(value) for value, d in zip(theta, direction, strict=True)]
    F = replay(equations.system.tape, b, u=u, p=p)["F"]
    x = replay(equations.system.lift_tape, b, u=u)["x"]
    return b.finish({"F": [*F, b.dot(plane[: n + 1], [*x, s]) - plane[n + 1]]})
