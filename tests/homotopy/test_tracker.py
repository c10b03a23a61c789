"""The compiled tracker on systems whose paths are known."""

from __future__ import annotations

from dataclasses import fields
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from edgeom.homotopy.lanes import INFO
from edgeom.homotopy.tape import Builder
from edgeom.homotopy.tracker import PathResults, PathStatus, PathTracker, TrackerOptions
from tests.homotopy.square_roots import all_roots, orthogonal, random_parameters, roots_tracker
from tests.programs import Cubic, square_roots

Array = NDArray[Any]
Problem = tuple[PathTracker, Array, Array, Array, Array]


def continued(starts: Array, source: Array, target: Array, turn: Array) -> Array:
    """Ends of the paths: along a segment that misses 0 a root turns by less than π/2."""
    return (starts @ turn) * np.sqrt(target / source) @ turn.T


class TestKnownPaths:
    """Every path arrives where its analytic continuation does."""

    @pytest.mark.parametrize("seed", range(5))
    @pytest.mark.parametrize("n", [1, 3])
    def test_square_roots(self, n: int, seed: int) -> None:
        turn, rng = orthogonal(n, 1), np.random.default_rng(seed)
        source, targets = random_parameters(rng, n), random_parameters(rng, 40, n)
        starts = all_roots(source, turn)
        table = np.concatenate([source[None], targets])
        start = np.tile(np.arange(2**n), 40)
        target = np.repeat(np.arange(1, 41), 2**n)
        results = roots_tracker(n).track(starts, table, start, 0, target)
        assert results.success.all()
        ends = continued(starts[start], source, table[target], turn)
        errors = np.linalg.norm(results.solutions - ends, axis=1) / np.linalg.norm(ends, axis=1)
        assert errors.max() < 1e-12

    @given(
        st.complex_numbers(min_magnitude=1e-3, max_magnitude=1e3),
        st.complex_numbers(min_magnitude=1e-3, max_magnitude=1e3),
    )
    def test_one_square_root(self, source: complex, target: complex) -> None:
        way = target - source
        t = np.clip(-(way.conjugate() * source).real / (abs(way) ** 2 or 1), 0, 1)
        assume(abs(source + t * way) > 1e-2 * min(abs(source), abs(target)))
        root = np.sqrt(source)
        results = roots_tracker(1).track(np.array([[root]]), np.array([[source], [target]]))
        expected = root * np.sqrt(target / source)
        assert results.success.all()
        assert abs(results.solutions[0, 0] - expected) <= 1e-12 * abs(expected)

    def test_ends_belong_to_the_target_itself(self) -> None:
        """Not to the sum of source and difference, which is rounded to the size of the source."""
        table = np.array([[1e6], [1e-3]])
        results = roots_tracker(1).track(all_roots(table[0], orthogonal(1, 1)), table)
        np.testing.assert_allclose(np.abs(results.solutions), np.sqrt(1e-3), rtol=1e-15)

    @pytest.mark.parametrize("order", [1, 2, 3, 5, 6])
    def test_every_order_of_the_predictor(self, order: int) -> None:
        turn, rng = orthogonal(2, 1), np.random.default_rng(order)
        table = random_parameters(rng, 2, 2)
        starts = all_roots(table[0], turn)
        results = roots_tracker(2, order).track(starts, table)
        assert results.success.all()
        ends = continued(starts, *table, turn)
        np.testing.assert_allclose(results.solutions, ends, rtol=0, atol=1e-11)

    def test_higher_orders_take_fewer_steps(self) -> None:
        turn, rng = orthogonal(2, 1), np.random.default_rng(3)
        table = random_parameters(rng, 2, 2)
        steps = [
            roots_tracker(2, order).track(all_roots(table[0], turn), table).steps
            for order in (1, 2, 4)
        ]
        assert steps[0] > steps[1] > steps[2]

    @pytest.mark.parametrize("seed", range(3))
    def test_there_and_back(self, seed: int) -> None:
        """A segment and its reverse, on a system with products of unknowns and parameters."""
        rng = np.random.default_rng(seed)
        system = Cubic.random(3, rng)
        u = random_parameters(rng, 3)
        p = system.parameters(u)
        table = np.array([p, p + random_parameters(rng, 3)])
        tracker = PathTracker(system.tape(), optimise=0)
        there = tracker.track(u[None], table)
        assert there.success.all()
        assert np.linalg.norm(system.residual(there.solutions[0], table[1])) < 1e-12
        back = tracker.track(there.solutions, table, source=1, target=0)
        np.testing.assert_allclose(back.solutions[0], u, rtol=0, atol=1e-11)

    @pytest.mark.parametrize("seed", range(3))
    def test_accuracy_is_the_last_correction(self, seed: int) -> None:
        """With loose tolerances it is large, and bounds the error that is left."""
        turn, rng = orthogonal(2, 1), np.random.default_rng(seed)
        table = random_parameters(rng, 2, 2)
        starts = all_roots(table[0], turn)
        loose = TrackerOptions(
            tolerance=0.3, reach=10, correction=0.3, contraction=0.5, arrival=0.3
        )
        results = roots_tracker(2).track(starts, table, options=loose)
        ends = continued(starts, *table, turn)
        errors = np.linalg.norm(results.solutions - ends, axis=1) / np.linalg.norm(ends, axis=1)
        accuracy = results.info[:, INFO.index("accuracy")]
        assert results.success.all()
        assert (accuracy > 1e-13).all()
        assert (errors < accuracy).all()
        assert (errors > accuracy**2 / 100).all()

    def test_nowhere_to_go(self) -> None:
        turn = orthogonal(2, 1)
        p = np.array([[1 + 1j, 2 - 1j]])
        starts = all_roots(p[0], turn)
        results = roots_tracker(2).track(starts, p, source=0, target=0)
        assert results.success.all()
        np.testing.assert_allclose(results.solutions, starts, rtol=0, atol=1e-15)


@pytest.fixture(scope="module")
def problem() -> Problem:
    """Paths of very different lengths; some of them fail."""
    rng = np.random.default_rng(11)
    turn = orthogonal(3, 1)
    table = np.concatenate(
        [random_parameters(rng, 30, 3), rng.normal(size=(5, 3)), np.zeros((1, 3))]
    )
    starts = np.concatenate([all_roots(p, turn) for p in table[:4]])
    start = rng.integers(0, len(starts), 203)
    return roots_tracker(3), starts, table, start, rng.integers(0, len(table), 203)


@pytest.fixture(scope="module")
def results(problem: Problem) -> PathResults:
    tracker, starts, table, start, target = problem
    results = tracker.track(starts, table, start, start // 8, target)
    assert 0 < results.success.sum() < 203
    return results


class TestIndependence:
    """Bit for bit the same results, however the paths are shared out."""

    @staticmethod
    def same(a: PathResults, b: PathResults) -> bool:
        return all(getattr(a, f.name).tobytes() == getattr(b, f.name).tobytes() for f in fields(a))

    @pytest.mark.parametrize("threads", [2, 3, 8, 1000])
    def test_threads(self, problem: Problem, results: PathResults, threads: int) -> None:
        tracker, starts, table, start, target = problem
        shared = tracker.track(starts, table, start, start // 8, target, threads=threads)
        assert self.same(shared, results)

    def test_many_paths_are_shared_among_all_cores(
        self, problem: Problem, results: PathResults, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tracker, starts, table, start, target = problem
        parts = []

        def run(begin: int, end: int, *rest: Any) -> None:
            parts.append((begin, end))
            whole(begin, end, *rest)

        whole = tracker._run
        monkeypatch.setattr(tracker, "_run", run)
        monkeypatch.setattr("os.cpu_count", lambda: 3)
        monkeypatch.setattr("edgeom.homotopy.tracker.SHARE", 50)
        assert self.same(tracker.track(starts, table, start, start // 8, target), results)
        assert len(parts) == 3
        assert sorted(parts)[0][0] == 0
        assert sorted(parts)[-1][1] == len(start)

    @pytest.mark.parametrize("seed", range(3))
    def test_order(self, problem: Problem, results: PathResults, seed: int) -> None:
        tracker, starts, table, start, target = problem
        order = np.random.default_rng(seed).permutation(len(start))
        shuffled = tracker.track(starts, table, start[order], start[order] // 8, target[order])
        assert self.same(
            shuffled, PathResults(*(getattr(results, f.name)[order] for f in fields(results)))
        )

    @pytest.mark.parametrize("size", [1, 5, 8, 9, 64])
    def test_groups(self, problem: Problem, results: PathResults, size: int) -> None:
        tracker, starts, table, start, target = problem
        parts = [
            tracker.track(
                starts, table, start[i : i + size], start[i : i + size] // 8, target[i : i + size]
            )
            for i in range(0, len(start), size)
        ]
        together = PathResults(
            *(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(results))
        )
        assert self.same(together, results)

    def test_a_path_several_times(self, problem: Problem, results: PathResults) -> None:
        tracker, starts, table, start, target = problem
        twice = tracker.track(
            starts, table, np.repeat(start, 2), np.repeat(start, 2) // 8, np.repeat(target, 2)
        )
        assert self.same(twice.where(np.arange(406) % 2 == 0), results)
        assert self.same(twice.where(np.arange(406) % 2 == 1), results)

    def test_every_path_has_an_account(self, results: PathResults) -> None:
        steps, rejected = (results.info[:, INFO.index(name)] for name in ("steps", "rejected"))
        assert sum(results.counts().values()) == 203
        assert set(results.status.tolist()) <= set(map(int, PathStatus))
        assert (steps >= 1).all()
        assert ((rejected >= 0) & (rejected <= steps)).all()
        assert results.steps == steps.sum()
        assert ((results.t >= 0) & (results.t <= 1)).all()
        assert (results.t[results.success] == 1).all()
        assert 0 < results.residual < 1e-7
        lengths = np.linalg.norm(results.solutions, axis=1)[results.success]
        norms = results.info[results.success, INFO.index("norm")]
        np.testing.assert_allclose(norms, lengths, rtol=0.5)


def lost(results: PathResults) -> bool:
    return results.status[0] in (PathStatus.DIVERGED, PathStatus.STALLED)


class TestPathsThatDoNotArrive:
    """No path is called successful that is not at a regular solution."""

    @pytest.mark.parametrize("seed", range(4))
    def test_pole(self, seed: int) -> None:
        """u = 1 / p runs off to infinity."""
        b = Builder()
        (u,), (p,) = b.inputs("u", 1), b.inputs("p", 1)
        tracker = PathTracker(b.finish({"F": [p * u - 1]}), optimise=0)
        start = random_parameters(np.random.default_rng(seed), 1)
        results = tracker.track(1 / start[None], np.array([start, [0]]))
        assert lost(results)
        assert abs(results.solutions[0, 0]) > 1e6
        assert 0.999 < results.t[0] <= 1

    @pytest.mark.parametrize("seed", range(4))
    def test_branch_at_infinity(self, seed: int) -> None:
        """u = ±1 / √p."""
        b = Builder()
        (u,), (p,) = b.inputs("u", 1), b.inputs("p", 1)
        tracker = PathTracker(b.finish({"F": [p * u * u - 1]}), optimise=0)
        start = random_parameters(np.random.default_rng(seed), 1)
        results = tracker.track(1 / np.sqrt(start)[None], np.array([start, [0]]))
        assert lost(results)
        assert abs(results.solutions[0, 0]) > 1e3

    @pytest.mark.parametrize("seed", range(4))
    @pytest.mark.parametrize("n", [1, 3])
    def test_singular_end(self, n: int, seed: int) -> None:
        """One pair of roots meets at the end of the path, the other coordinates stay regular."""
        turn, rng = orthogonal(n, 1), np.random.default_rng(seed)
        source, target = random_parameters(rng, 2, n)
        target[0] = 0
        starts = all_roots(source, turn)
        results = roots_tracker(n).track(starts, np.array([source, target]))
        assert not results.success.any()
        assert (results.t > 0.99).all()

    def test_singular_point_on_the_way(self) -> None:
        """The real path from p = 1 to p = -1 meets the branch point at t = 1/2."""
        turn = orthogonal(1, 1)
        table = np.array([[1], [-1]])
        results = roots_tracker(1).track(all_roots(table[0], turn), table)
        assert (results.status == PathStatus.STALLED).all()
        np.testing.assert_allclose(results.t, 0.5, atol=1e-3)

    def test_start_that_is_no_solution(self) -> None:
        """There is no real solution to arrive at."""
        results = roots_tracker(1).track(np.array([[3.0]]), np.array([[-1], [-2]]))
        assert not results.success.any()

    @pytest.mark.parametrize("bad", [np.nan, np.inf])
    def test_infinite_input(self, bad: float) -> None:
        table = np.array([[1, 1], [2, 3]], complex)
        starts = all_roots(table[0], orthogonal(2, 1))
        broken = table.copy()
        broken[1, 0] = bad
        assert not roots_tracker(2).track(starts, broken).success.any()
        starts[1, 0] = bad
        assert roots_tracker(2).track(starts, table).success.tolist() == [True, False, True, True]

    def test_step_limit(self) -> None:
        turn, rng = orthogonal(2, 1), np.random.default_rng(0)
        table = random_parameters(rng, 20, 2)
        starts = np.repeat(all_roots(table[0], turn)[:1], 20, axis=0)
        full = roots_tracker(2).track(starts, table, target=np.arange(20))
        assert full.success.all()
        needed = full.info[:, INFO.index("steps")]
        limit = int(np.median(needed))
        assert needed.min() < limit < needed.max()
        results = roots_tracker(2).track(
            starts, table, target=np.arange(20), options=TrackerOptions(max_steps=limit)
        )
        assert (results.success == (needed <= limit)).all()
        assert (results.status[needed > limit] == PathStatus.TOO_MANY_STEPS).all()
        assert (results.info[needed > limit, INFO.index("steps")] == limit).all()

    def test_bound_of_the_solutions(self) -> None:
        table = np.array([[1], [1e6]])
        starts = all_roots(table[0], orthogonal(1, 1))
        results = roots_tracker(1).track(starts, table, options=TrackerOptions(max_norm=10))
        assert (results.status == PathStatus.DIVERGED).all()
        assert roots_tracker(1).track(starts, table).success.all()


class TestCarry:
    """Lost paths are tried again along bent routes."""

    def test_nothing_lost(self) -> None:
        turn, rng = orthogonal(3, 1), np.random.default_rng(2)
        table = random_parameters(rng, 2, 3)
        starts = all_roots(table[0], turn)
        carried = roots_tracker(3).carry(starts, *table)
        assert (
            carried.solutions.tobytes() == roots_tracker(3).track(starts, table).solutions.tobytes()
        )

    def test_around_a_branch_point(self) -> None:
        """The straight route from 1 to -1 meets 0, where both roots are 0."""
        turn = orthogonal(1, 1)
        starts = all_roots(np.array([1]), turn)
        carried = roots_tracker(1).carry(starts, np.array([1]), np.array([-1]))
        assert carried.success.all()
        assert (carried.t == 1).all()
        np.testing.assert_allclose(carried.solutions.real, 0, atol=1e-13)
        np.testing.assert_allclose(np.sort(carried.solutions[:, 0].imag), [-1, 1], atol=1e-13)

    def test_losses_at_the_end_are_left(self) -> None:
        table = np.array([[1 + 1j], [0]])
        starts = all_roots(table[0], orthogonal(1, 1))
        plain = roots_tracker(1).track(starts, table)
        carried = roots_tracker(1).carry(starts, *table, until=0.9)
        assert TestIndependence.same(carried, plain)
        assert not carried.success.any()

    def test_no_paths(self) -> None:
        carried = roots_tracker(2).carry(np.zeros((0, 2)), np.ones(2), np.ones(2))
        assert carried.solutions.shape == (0, 2)


class TestWithoutSymmetry:
    """Systems whose Jacobian is not symmetric."""

    @staticmethod
    def rows_mixed(n: int, seed: int) -> tuple[PathTracker, Array]:
        """The square roots, with rows that are random combinations of the equations."""
        turn = orthogonal(n, 1)
        b = Builder()
        u, p = b.inputs("u", n), b.inputs("p", n)
        x = [b.dot(u, column) for column in turn.T.tolist()]  # rotated back
        equations = [v * v - c for v, c in zip(x, p, strict=True)]
        mix = random_parameters(np.random.default_rng(seed), n, n)
        tape = b.finish({"F": [b.dot(equations, row) for row in mix.tolist()]})
        return PathTracker(tape, symmetric=False), turn

    @pytest.mark.parametrize("seed", range(3))
    @pytest.mark.parametrize("n", [1, 2, 5])
    def test_square_roots(self, n: int, seed: int) -> None:
        tracker, turn = self.rows_mixed(n, seed)
        rng = np.random.default_rng(seed)
        table = random_parameters(rng, 2, n)
        signs = np.array(list(product([1, -1], repeat=n)))
        starts = (signs * np.sqrt(table[0])) @ turn.T
        results = tracker.track(starts, table)
        assert results.success.all()
        ends = (starts @ turn) * np.sqrt(table[1] / table[0]) @ turn.T
        np.testing.assert_allclose(results.solutions, ends, rtol=0, atol=1e-10)

    def test_gradients_are_served_as_well(self) -> None:
        turn, rng = orthogonal(3, 1), np.random.default_rng(0)
        table = random_parameters(rng, 2, 3)
        starts = all_roots(table[0], turn)
        general = PathTracker(square_roots(turn), symmetric=False).track(starts, table)
        special = PathTracker(square_roots(turn)).track(starts, table)
        np.testing.assert_allclose(general.solutions, special.solutions, rtol=0, atol=1e-12)


class TestTheOrigin:
    """No correction is small beside a zero solution, yet paths arrive there."""

    @pytest.mark.parametrize("seed", range(10))
    def test_paths_end_at_zero(self, seed: int) -> None:
        """Of u + A(u, u) + p = 0, a regular solution is u = 0 at p = 0."""
        rng = np.random.default_rng(seed)
        b = Builder()
        u, p = b.inputs("u", 3), b.inputs("p", 3)
        matrix = rng.normal(size=(3, 3))
        squares = rng.normal(size=(3, 3))
        linear = [b.dot(u, row) for row in matrix.tolist()]
        quadratic = [b.dot([v * v for v in u], row) for row in squares.tolist()]
        tape = b.finish({"F": [x + y - c for x, y, c in zip(linear, quadratic, p, strict=True)]})
        start = 0.1 * random_parameters(rng, 3)
        begin = matrix @ start + squares @ start**2
        tracker = PathTracker(tape, symmetric=False)
        results = tracker.track(start[None], np.array([begin, np.zeros(3)]))
        assert results.counts() == {"success": 1}
