"""The trace test passes for complete lists of critical points and for no others."""

from __future__ import annotations

from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edgeom.errors import InputError
from edgeom.homotopy.trace_test import TraceTest, trace_test
from edgeom.homotopy.tracker import PathResults, TrackerOptions
from edgeom.objectives.metric import Metric
from edgeom.solvers.fiber import find_fiber
from edgeom.solvers.generic import Fiber
from edgeom.varieties.algebraic import AlgebraicVariety
from edgeom.varieties.base import Variety, gaussian
from edgeom.varieties.determinantal import DeterminantalVariety, SymmetricDeterminantalVariety

Array = NDArray[Any]
SEEDS = range(4)


@cache
def fiber_of(variety: Variety, metric: Metric, count: int, seed: int) -> Fiber:
    fiber = find_fiber(variety, metric, seed, expected=count, stop=True)
    assert len(fiber) == count
    return fiber


@cache
def matrices(seed: int) -> Fiber:
    """The 39 critical points for 3×3 matrices of rank 1 and a random metric."""
    return fiber_of(DeterminantalVariety(3, 3, 1), Metric.random(9, seed), 39, seed)


def run(
    fiber: Fiber, chosen: list[int] | range, seed: int = 0, tolerance: float = 1e-8
) -> TraceTest:
    """Test some of the critical points along a random line of data."""
    parameters = fiber.monodromy.parameters
    n = fiber.metric.dimension
    step = gaussian(np.random.default_rng(seed), n)
    step *= np.linalg.norm(parameters[-n:]) / np.linalg.norm(step)
    direction = np.concatenate([np.zeros(len(parameters) - n), step])
    solutions = fiber.monodromy.solutions[np.array(chosen, int)]
    lift = fiber.equations.system.lift
    return trace_test(fiber.tracker, lift, solutions, parameters, direction, tolerance)


@pytest.mark.parametrize("seed", SEEDS)
def test_complete_list_passes(seed: int) -> None:
    result = run(matrices(seed), range(39), seed)
    assert result.passed
    assert result.squares
    assert result.lost == 0
    assert result.deviation < 1e-10


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("missing", [0, 7, 20, 38])
def test_one_missing_fails(seed: int, missing: int) -> None:
    result = run(matrices(seed), [i for i in range(39) if i != missing], seed)
    assert not result.passed
    assert not result.squares
    assert result.lost == 0
    assert result.deviation > 1e-6


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("size", [1, 2, 13, 30])
def test_parts_fail(seed: int, size: int) -> None:
    chosen = np.random.default_rng([seed, size]).choice(39, size, replace=False)
    assert not run(matrices(seed), chosen.tolist(), seed).passed


@pytest.mark.parametrize(
    ("variety", "metric", "count"),
    [
        (DeterminantalVariety(2, 3, 1), Metric.random(6, 5), 10),
        (DeterminantalVariety(3, 3, 1), Metric.euclidean(9), 3),
        (SymmetricDeterminantalVariety(3, 1), Metric.random(6, 5), 13),
        (AlgebraicVariety(["x^2 + 4*y^2 - 4"], "x y"), Metric.euclidean(2), 4),
    ],
    ids=str,
)
def test_other_varieties(variety: Variety, metric: Metric, count: int) -> None:
    fiber = fiber_of(variety, metric, count, 1)
    assert run(fiber, range(count)).passed
    for missing in range(count):
        assert not run(fiber, [i for i in range(count) if i != missing]).passed


def test_sums_that_are_linear_by_accident() -> None:
    """Truncations to complementary pairs of singular values add up to the matrix itself."""
    fiber = fiber_of(DeterminantalVariety(4, 4, 2), Metric.euclidean(16), 6, 0)
    pairs = [
        pair
        for pair in combinations(range(6), 2)
        if np.allclose(fiber.points[list(pair)].sum(axis=0), fiber.data, atol=1e-8)
    ]
    assert len(pairs) == 3
    for pair in pairs:
        result = run(fiber, list(pair))
        assert result.passed
        assert not result.squares
    assert run(fiber, range(6)).passed
    others = set(combinations(range(6), 2)) - set(pairs)
    assert not any(run(fiber, list(pair)).passed for pair in others)


def test_tolerance() -> None:
    result = run(matrices(0), range(39), tolerance=1e-30)
    assert not result.passed
    assert result.deviation > result.tolerance == 1e-30


def test_lost_paths_do_not_pass() -> None:
    fiber = matrices(0)
    parameters = fiber.monodromy.parameters
    result = trace_test(
        fiber.tracker,
        fiber.equations.system.lift,
        fiber.monodromy.solutions,
        parameters,
        np.full(len(parameters), np.nan + 0j),
    )
    assert not result.passed
    assert result.lost == 39
    assert "39 paths lost" in str(result)


def test_an_empty_list_shows_nothing() -> None:
    with pytest.raises(InputError, match="at least one solution"):
        run(matrices(0), [])


@pytest.mark.parametrize(
    ("result", "text"),
    [
        (TraceTest(True, True, 3e-13, 1e-8), "trace test passed (linear to 3e-13)"),
        (TraceTest(True, False, 3e-13, 1e-8), "linear to 3e-13"),
        (TraceTest(False, False, 0.2, 1e-8), "trace test failed (deviation 2e-01)"),
        (TraceTest(False, False, np.inf, 1e-8, lost=2), "trace test not done, 2 paths lost"),
    ],
)
def test_text(result: TraceTest, text: str) -> None:
    assert text in str(result)


def test_paths_that_meet_are_told_apart_or_lost() -> None:
    """Distinct paths have distinct ends, so two that meet are tracked again more closely."""

    class Meeting:
        def __init__(self, stubborn: bool) -> None:
            self.stubborn = stubborn

        def carry(
            self, starts: Array, begin: Array, end: Array, options: TrackerOptions | None = None
        ) -> PathResults:
            ends = starts + end
            if options is None or self.stubborn:
                ends[0] = ends[-1]
            count = len(starts)
            return PathResults(ends, np.zeros(count, np.int64), np.zeros((count, 5)))

    solutions, base, direction = np.array([[1.0], [2], [4]]) + 0j, np.zeros(1), np.ones(1)
    arguments = (lambda u: u, solutions, base, direction)
    assert trace_test(Meeting(False), *arguments).passed
    lost = trace_test(Meeting(True), *arguments)
    assert not lost.passed
    assert lost.lost == 2
