"""Monodromy: on a permutation group that is known, and on critical equations."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import count
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edgeom.errors import InputError
from edgeom.homotopy.monodromy import Monodromy
from edgeom.homotopy.pointset import PointSet
from edgeom.homotopy.tracker import PathResults, PathStatus
from edgeom.objectives.metric import Metric
from edgeom.solvers.fiber import find_fiber
from edgeom.solvers.generic import Fiber
from edgeom.varieties.algebraic import AlgebraicVariety
from edgeom.varieties.base import Variety
from edgeom.varieties.determinantal import (
    DeterminantalVariety,
    SkewDeterminantalVariety,
    SymmetricDeterminantalVariety,
)

Array = NDArray[Any]
ENDS = ("success", "stalled", "diverged", "too_many_steps", "collided")


class Permutations:
    """A tracker for a covering by `size` points whose paths permute the points at random.

    Vertices are numbered; the solutions at each are the numbers 1 to size. `breaks` tells of a
    path (from, to, solution) whether it is lost.
    """

    layout = SimpleNamespace(unknowns=1, order=4)

    def __init__(self, size: int, seed: int, breaks: Callable[[int, int, int], bool]) -> None:
        self.size, self.seed, self.breaks = size, seed, breaks
        self.used: list[tuple[int, int, int]] = []

    def permutation(self, a: int, b: int) -> Array:
        forward = np.random.default_rng([self.seed, min(a, b), max(a, b)]).permutation(self.size)
        return forward if a < b else np.argsort(forward)

    def track(self, starts: Array, parameters: Array, options: Any = None) -> PathResults:
        a, b = (int(p[0].real) for p in parameters)
        numbers = starts[:, 0].real.astype(int)
        self.used += [(a, b, int(number)) for number in numbers]
        ends = self.permutation(a, b)[numbers - 1] + 1.0
        broken = np.array([self.breaks(a, b, int(number)) for number in numbers], bool)
        status = np.where(broken, PathStatus.STALLED, PathStatus.SUCCESS).astype(np.int64)
        return PathResults(ends[:, None] + 0j, status, np.ones((len(starts), 5)))

    def again(self, starts: Array, parameters: Array, options: Any) -> PathResults:
        return self.track(starts, parameters)


def monodromy_of(tracker: Any, **options: Any) -> Monodromy:
    numbers = count(1)
    return Monodromy(
        tracker,
        lift=lambda u: u,
        draw=lambda rng: np.array([next(numbers) + 0j]),
        direction=lambda rng: np.ones(1, complex),
        rng=np.random.default_rng(0),
        **options,
    )


def add_up(paths: dict[str, int]) -> bool:
    return paths["started"] == sum(paths.get(end, 0) for end in ENDS)


class TestPermutations:
    """Every solution is found, by few paths, whatever is lost on the way."""

    start = np.zeros(1, complex)

    @pytest.mark.parametrize("seed", range(6))
    @pytest.mark.parametrize("size", [1, 2, 10, 60])
    def test_all_are_found(self, size: int, seed: int) -> None:
        tracker = Permutations(size, seed, lambda a, b, number: False)
        search = monodromy_of(tracker)
        solutions, trace, vertices = search.component(
            np.ones(1), self.start, expected=size, stop=True
        )
        assert sorted(solutions[:, 0].real) == list(range(1, size + 1))
        assert trace is None
        assert vertices >= 4
        assert add_up(search.paths)
        assert search.paths["success"] == search.paths["started"] == len(tracker.used)

    @pytest.mark.parametrize("seed", range(3))
    def test_no_path_is_tracked_twice_or_back(self, seed: int) -> None:
        tracker = Permutations(40, seed, lambda a, b, number: False)
        monodromy_of(tracker).component(np.ones(1), self.start, expected=40, stop=True)
        segments = {
            (a, b, number) if a < b else (b, a, int(tracker.permutation(a, b)[number - 1]) + 1)
            for a, b, number in tracker.used
        }
        assert len(segments) == len(tracker.used)

    @pytest.mark.parametrize("seed", range(6))
    def test_lost_paths_are_made_up_for(self, seed: int) -> None:
        """Every fifth path is lost, and is lost again when it is repeated."""
        tracker = Permutations(25, seed, lambda a, b, number: (7 * a + 3 * b + number) % 5 == 0)
        search = monodromy_of(tracker)
        solutions, _, _ = search.component(np.ones(1), self.start, expected=25, stop=True)
        assert sorted(solutions[:, 0].real) == list(range(1, 26))
        assert search.paths["stalled"] > 0
        assert search.paths["retried"] >= search.paths["stalled"]
        assert add_up(search.paths)

    @pytest.mark.parametrize("seed", range(6))
    def test_complete_elsewhere_but_the_way_home_is_broken(self, seed: int) -> None:
        """Vertices 1 and 2 lose most of what they send home; the others make up for it."""
        tracker = Permutations(20, seed, lambda a, b, number: a in (1, 2) and b == 0)
        solutions, trace, vertices = monodromy_of(tracker).component(
            np.ones(1), self.start, expected=20, stop=True, most_vertices=8
        )
        assert sorted(solutions[:, 0].real) == list(range(1, 21))
        assert trace is None
        assert vertices < 8

    def test_colliding_paths_are_discarded(self) -> None:
        """A tracker that jumps: solutions 1 and 2 arrive at the same point."""

        class Jumping(Permutations):
            def permutation(self, a: int, b: int) -> Array:
                ends = super().permutation(a, b).copy()
                ends[1] = ends[0]
                return ends

        search = monodromy_of(Jumping(6, 0, lambda a, b, number: False))
        results = search._track(np.arange(1.0, 7)[:, None], np.array([[0], [1]]))
        assert results.success.tolist() == [False, False, True, True, True, True]
        assert search.paths == {"retried": 2, "collided": 2, "started": 6, "success": 4}
        assert add_up(search.paths)

    def test_progress(self) -> None:
        calls: list[tuple[str, int]] = []
        tracker = Permutations(30, 1, lambda a, b, number: False)
        search = monodromy_of(tracker, progress=lambda stage, done, _: calls.append((stage, done)))
        search.component(np.ones(1), self.start, expected=30, stop=True)
        assert {stage for stage, _ in calls} == {"monodromy"}
        found = [done for _, done in calls]
        assert found == sorted(found)
        assert found[-1] == 30

    @pytest.mark.parametrize("vertices", [1, 0])
    def test_graphs_have_edges(self, vertices: int) -> None:
        tracker = Permutations(2, 0, lambda a, b, number: False)
        with pytest.raises(InputError, match="at least 2 vertices"):
            monodromy_of(tracker, vertices=vertices)

    def test_two_vertices_are_enough_to_begin_with(self) -> None:
        tracker = Permutations(12, 3, lambda a, b, number: False)
        solutions, _, vertices = monodromy_of(tracker, vertices=2).component(
            np.ones(1), self.start, expected=12, stop=True
        )
        assert len(solutions) == 12
        assert vertices >= 3


@cache
def matrices(seed: int) -> Fiber:
    return find_fiber(DeterminantalVariety(3, 3, 1), Metric.random(9, seed + 100), seed)


@pytest.mark.parametrize("seed", range(6))
class TestMatrices:
    """3×3 matrices of rank 1 and a generic metric: 39 critical points."""

    def test_count(self, seed: int) -> None:
        result = matrices(seed).monodromy
        assert result.components == (39,)
        assert len(result.solutions) == 39
        assert result.trace[0] is not None
        assert result.trace[0].passed

    def test_account(self, seed: int) -> None:
        result = matrices(seed).monodromy
        assert add_up(result.paths)
        assert result.paths["success"] >= 38
        assert result.paths.get("retried", 0) <= result.paths["started"]
        assert set(result.paths) <= {"started", "retried", *ENDS}

    def test_solutions(self, seed: int) -> None:
        """They solve the critical equations, are distinct, and lie on the variety."""
        fiber = matrices(seed)
        residual, jacobian = fiber.equations.system.evaluate(
            fiber.monodromy.solutions, fiber.monodromy.parameters
        )
        steps = np.linalg.solve(jacobian, residual[..., None])[..., 0]
        sizes = np.linalg.norm(fiber.monodromy.solutions, axis=1)
        assert (np.linalg.norm(steps, axis=1) < 1e-9 * sizes).all()
        points = PointSet(9)
        points.add(fiber.points)
        assert len(points) == 39
        assert all(fiber.variety.contains(fiber.variety.unflatten(x)) for x in fiber.points)


def test_the_same_seed_gives_the_same_solutions() -> None:
    first, again = (
        find_fiber(DeterminantalVariety(2, 3, 1), Metric.random(6, 1), seed=7) for _ in range(2)
    )
    other = find_fiber(DeterminantalVariety(2, 3, 1), Metric.random(6, 1), seed=8)
    assert first.monodromy.solutions.tobytes() == again.monodromy.solutions.tobytes()
    assert first.monodromy.paths == again.monodromy.paths
    assert first.monodromy.solutions.tobytes() != other.monodromy.solutions.tobytes()


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    ("variety", "metric", "number"),
    [
        (DeterminantalVariety(2, 2, 1), Metric.random(4, 3), 6),
        (DeterminantalVariety(2, 3, 1), Metric.random(6, 3), 10),
        (DeterminantalVariety(3, 3, 1), Metric.euclidean(9), 3),
        (SymmetricDeterminantalVariety(3, 1), Metric.random(6, 3), 13),
        (SkewDeterminantalVariety(4, 2), Metric.random(6, 3), 10),
        (AlgebraicVariety(["x^2 + 4*y^2 - 4"], "x y"), Metric.euclidean(2), 4),
    ],
    ids=str,
)
def test_known_counts(variety: Variety, metric: Metric, number: int, seed: int) -> None:
    fiber = find_fiber(variety, metric, seed)
    assert len(fiber) == number
    assert add_up(fiber.monodromy.paths)


def test_components_are_counted_apart() -> None:
    """A circle has 2 critical points, a line has 1."""
    variety = AlgebraicVariety(["(x^2 + y^2 - 1) * (x - 2*y - 3)"], "x y")
    fiber = find_fiber(variety, Metric.euclidean(2), seed=1, seeds=3)
    assert sorted(fiber.monodromy.components) == [1, 2]
    assert add_up(fiber.monodromy.paths)
