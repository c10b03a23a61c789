"""Steps near poles and next to other paths."""

import numpy as np

import edgeom as eg
from edgeom.equations.critical import critical_equations
from edgeom.homotopy.tape import Builder
from edgeom.homotopy.tracker import PathTracker
from edgeom.solvers.fiber import find_fiber


def test_next_to_a_pole() -> None:
    """On 1/p the predictor is exact, and a step is half of the way to the pole."""
    b = Builder()
    (u,), (p,) = b.inputs("u", 1), b.inputs("p", 1)
    tracker = PathTracker(b.finish({"F": [u * p - 1]}))
    results = tracker.track(np.array([[1.0]]), np.array([[1.0], [1e-3]]))
    assert np.allclose(results.solutions, 1e3)
    assert 10 <= results.steps <= 16
    assert results.info[0, 3] == 0


def test_no_path_is_left_for_another() -> None:
    """Of 39 000 paths 17 end where another one does when steps are as long as tolerances allow."""
    rng = np.random.default_rng(0)
    fiber = find_fiber(eg.DeterminantalVariety(3, 3, 1), eg.Metric.random(9, seed=3), 1, 39)
    equations = critical_equations(fiber.equations.chart, fiber.metric)
    tracker = PathTracker(equations.system.tape)
    samples = rng.normal(size=(1000, 9)) @ fiber.metric.matrix
    table = np.concatenate([equations.parameters(fiber.data)[None], samples])
    which = np.repeat(np.arange(1, 1001), 39)
    starts = fiber.monodromy.solutions
    results = tracker.track(starts, table, np.tile(np.arange(39), 1000), 0, which)
    ends = equations.system.lift(results.solutions).reshape(1000, 39, 9)
    arrived = results.success.reshape(1000, 39)
    for points, here in zip(ends, arrived, strict=True):
        values = np.sort_complex(points[here] @ (np.arange(9) + 1j))
        assert len(np.unique(values.round(8))) == here.sum()
