"""The trace test in a product of spaces: critical points and places on a line of parameters.

For special metrics, and for objectives with poles, critical points run off to infinity at finite
places s of a line of parameters, and their sums have poles there. So the curve of pairs (x, s) is
cut by the surfaces s·l(x) = t, with l = a·f(x) - e a general affine function of coordinates f. For
t = 0 these are the critical points at s = 0 and the points with l = 0, which monodromy in a and e
finds from one critical point. When t moves none of them comes from or goes to infinity, and sums
over all of them are linear in t: there are no others. See docs/explanation/trace_test.md.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from edgeom.equations.critical import CriticalEquations
from edgeom.homotopy.kernels import replay
from edgeom.homotopy.monodromy import Monodromy, Progress
from edgeom.homotopy.tape import Builder, Tape, Var
from edgeom.homotopy.trace_test import TraceTest
from edgeom.homotopy.tracker import PathTracker, TrackerOptions
from edgeom.objectives.metric import Metric
from edgeom.solvers.drawing import draw_for
from edgeom.solvers.generic import Fiber, ProductTraceTest
from edgeom.varieties.base import Array, gaussian

__all__ = ["product_trace_test"]

PATIENCE = 6  # fruitless vertices after which the critical points are no complete list
ON_PLANE, ON_BOTH = (1, 0, 0), (0, 1, 0)  # alpha, beta and t in (alpha + beta·s) l(x) = t


def product_trace_test(
    fiber: Fiber, rng: np.random.Generator, progress: Progress | None = None
) -> ProductTraceTest:
    """Test whether a fibre is complete, along a general line of its parameters.

    Parameters
    ----------
    fiber : Fiber
        Of an irreducible variety, not empty.
    rng : numpy.random.Generator
    progress : callable, optional
    """
    equations, theta = fiber.equations, fiber.monodromy.parameters
    direction = draw_for(equations, theta).direction(rng)
    direction *= (np.linalg.norm(theta) or 1.0) / np.linalg.norm(direction)
    size, some = len(equations.system.unknowns), _telling_unknowns(fiber)
    curve = _curve(equations, theta, direction, some)
    tracker = PathTracker(curve, optimise=fiber.tracker.optimise, symmetric=False)

    def lift(u: Array) -> Array:
        f = u[:, some] if some else equations.system.lift(u[:, :size])
        return np.hstack([f, u[:, size:]])

    known = np.hstack([fiber.monodromy.solutions, np.zeros((len(fiber), 1))])
    points = lift(known)[:, :-1]

    def plane(rng: np.random.Generator) -> Array:
        place = gaussian(rng, 1) * 10 ** rng.uniform(-1.0, 1.5)
        return np.concatenate([gaussian(rng, points.shape[1]), place, ON_PLANE])

    def pencil(rng: np.random.Generator) -> Array:
        return np.concatenate([np.zeros(points.shape[1] + 3), gaussian(rng, 1)])

    begin, home = plane(rng), plane(rng)
    begin[-4] = begin[:-4] @ points[0]  # this plane passes through the first critical point
    closely = TrackerOptions().tighter()
    seed = tracker.carry(known[:1], begin, home, closely).solutions[0]
    search = _Sections(tracker, lift, plane, pencil, rng, progress=progress)
    search.fiber = known
    found, trace, _ = search.component(seed, home, patience=PATIENCE)
    assert trace is not None
    return ProductTraceTest(len(found), trace)


class _Sections(Monodromy):
    """Monodromy of plane sections, which are tested together with critical points."""

    fiber: Array

    def test(self, solutions: Array, parameters: Array) -> TraceTest:
        both = np.concatenate([self.fiber, solutions])
        return super().test(both, np.concatenate([parameters[:-3], ON_BOTH]))


def _telling_unknowns(fiber: Fiber) -> list[int]:
    """Return unknowns that determine the others on the curve; none if that is not known.

    Where x(u) is affine in some of them together, these solve linear equations with a positive
    definite matrix at real values of the others, so with an invertible one at general values.
    """
    chart, family = fiber.equations.chart, fiber.family
    if not len(chart.linear) or not isinstance(family, Metric) or not family.is_definite:
        return []
    return [i for i in range(len(chart.names)) if i not in chart.linear]


def _curve(equations: CriticalEquations, theta: Array, direction: Array, some: list[int]) -> Tape:
    """Return (u, s; a, e, α, β, t) -> critical equations at θ + s·d, (α + β s)(a·f - e) - t."""
    b = Builder()
    size = len(equations.system.unknowns)
    unknowns = b.inputs("u", size + 1)
    u, s = unknowns[:size], unknowns[size]
    n = len(some) or equations.coordinates
    slice_: list[Var] = b.inputs("p", n + 4)
    p = [s * complex(d) + complex(value) for value, d in zip(theta, direction, strict=True)]
    F = replay(equations.system.tape, b, u=u, p=p)["F"]
    f: list[Any] = [u[i] for i in some] or replay(equations.system.lift_tape, b, u=u)["x"]
    e, alpha, beta, t = slice_[n:]
    return b.finish({"F": [*F, (alpha + beta * s) * (b.dot(slice_[:n], f) - e) - t]})
