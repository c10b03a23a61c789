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

import numpy as np

from edgeom.equations.critical import CriticalEquations
from edgeom.homotopy.endgame import classify
from edgeom.homotopy.kernels import replay
from edgeom.homotopy.monodromy import Monodromy, Progress
from edgeom.homotopy.pointset import PointSet
from edgeom.homotopy.tape import Builder, Tape
from edgeom.homotopy.tracker import PathTracker
from edgeom.solvers.drawing import draw_for
from edgeom.solvers.generic import Fiber, MixedTraceTest
from edgeom.varieties.base import Array, gaussian

__all__ = ["mixed_trace_test"]


def mixed_trace_test(
    fiber: Fiber, rng: np.random.Generator, progress: Progress | None = None
) -> MixedTraceTest:
    """Test whether a fibre is complete, along a general line of its parameters."""
    equations, theta = fiber.equations, fiber.monodromy.parameters
    n = equations.coordinates
    direction = draw_for(equations, theta).direction(rng)
    direction *= np.linalg.norm(theta) / np.linalg.norm(direction)
    tracker = PathTracker(_curve(equations, theta, direction), symmetric=False)
    size = len(equations.system.unknowns)

    def lift(u: Array) -> Array:
        return np.hstack([equations.system.lift(u[:, :size]), u[:, size:]])

    def plane(rng: np.random.Generator) -> Array:
        return np.concatenate([gaussian(rng, n + 1), gaussian(rng, 1) * 10 ** rng.uniform(-0.5, 0.5)])

    def parallel(rng: np.random.Generator) -> Array:
        return np.concatenate([np.zeros(n + 1), gaussian(rng, 1)])

    start = np.append(fiber.monodromy.solutions[0], 0)
    begin = plane(rng)
    begin[-1] = begin[: n + 1] @ lift(start[None])[0]  # the plane passes through the point
    search = Monodromy(tracker, lift, plane, parallel, rng, progress=progress)
    solutions, trace, _ = search.component(start, begin)
    assert trace is not None
    end = np.zeros(n + 2, complex)
    end[n] = np.exp(2j * np.pi * rng.random())
    ends = classify(tracker, solutions, begin, end, lift=lift)
    known = PointSet(n)
    known.add(fiber.points)
    before = len(known)
    known.add(equations.system.lift(ends.ends[ends.regular, :size]))
    reached = PointSet(n)
    reached.add(equations.system.lift(ends.ends[ends.regular, :size]))
    found = len(reached) if len(known) == before else len(known)
    return MixedTraceTest(len(solutions), trace, found, before, ends.counts())


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
