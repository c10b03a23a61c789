"""Nothing that a backend says is believed: made-up ends, and backends that lie or fail."""

from dataclasses import dataclass, field

import numpy as np
import pytest

import edgeom as eg
from edgeom.equations.critical import critical_equations
from edgeom.homotopy.tracker import PathStatus
from edgeom.solvers.base import SOLVE, TRACK, Availability, Backend, Ends
from edgeom.solvers.checked import check_ends
from edgeom.solvers.embedded import Embedded
from edgeom.solvers.outside import solve_fiber
from tests.solvers.loopback import Loopback

ELLIPSE = eg.AlgebraicVariety(["x^2 + 4*y^2 - 4"], "x y")
DATA = np.array([0.3, 0.8])


@dataclass(frozen=True, eq=False)
class Scripted(Loopback):
    """Changes what the loop-back backend returns, call by call."""

    solves: list = field(default_factory=list)
    tracks: list = field(default_factory=list)

    def solve(self, systems, seed=0):
        return [self._changed(self.solves, ends) for ends in super().solve(systems, seed)]

    def track(self, system, begin, starts, targets, seed=0):
        tracked = super().track(system, begin, starts, targets, seed)
        return [self._changed(self.tracks, ends) for ends in tracked]

    @staticmethod
    def _changed(changes, ends):
        return changes.pop(0)(ends) if changes else ends


def losing(*numbers):
    """A change that loses some of the successful paths, numbered from left to right."""

    def change(ends):
        status = ends.status.copy()
        bounded = np.linalg.norm(ends.unknowns, axis=1) < 100
        arrived = np.flatnonzero((status == PathStatus.SUCCESS) & bounded)
        arrived = arrived[np.argsort(ends.unknowns[arrived, 0].real)]
        status[arrived[list(numbers)]] = PathStatus.STALLED
        return Ends(ends.unknowns, status)

    return change


@pytest.fixture(scope="module")
def solved():
    equations = critical_equations(ELLIPSE.chart(), ELLIPSE.default_metric)
    points = eg.DistanceProblem(ELLIPSE, data=DATA).critical_points()
    return equations, equations.unknowns_of(points.points, DATA)


def test_every_kind_of_end_is_told_apart(solved):
    equations, u = solved
    noise = 1e-6 * np.random.default_rng(0).normal(size=(4, 3))
    ends = Ends(
        np.array([*(u + noise), u[0], u[1] + 2, u[2] * np.nan, u[2], u[3]]),
        np.array([PathStatus.SUCCESS] * 7 + [PathStatus.DIVERGED, PathStatus.TOO_MANY_STEPS]),
    )
    found, counts = check_ends(equations, ELLIPSE, DATA, ends)
    np.testing.assert_allclose(found, u, rtol=1e-12, atol=1e-12)
    assert counts == {"success": 4, "duplicate": 1, "singular": 1, "diverged": 2, "failed": 1}
    assert counts.total() == len(ends)


def test_solutions_off_the_variety_are_spurious():
    # two quadrics through the twisted cubic, squared up: they meet in a line as well
    cubic = eg.AlgebraicVariety(["x*z - y^2", "y*w - z^2", "x*w - y*z"], "x y z w")
    equations = critical_equations(cubic.chart(np.random.default_rng(0)), cubic.default_metric)
    u, q = equations.start_pair(np.random.default_rng(1))
    assert check_ends(equations, cubic, q, Ends(u[None], np.array([0])))[1] == {"success": 1}

    class Elsewhere:
        """A variety that has none of the points."""

        unflatten = staticmethod(cubic.unflatten)

        def contains(self, point):
            return False

    ends = Ends(u[None], np.array([PathStatus.SUCCESS]))
    assert check_ends(equations, Elsewhere(), q, ends)[1] == {"spurious": 1}


def test_rank_drops_are_spurious():
    """Symmetric matrices of rank two, in a chart in which matrices of rank one are solutions."""
    variety = eg.SymmetricDeterminantalVariety(2, 1)
    equations = critical_equations(variety.chart(), variety.default_metric)
    q = np.array([1.0, 2.0, 0.5])
    zero = Ends(np.array([[0.4, 0.0]], complex), np.array([PathStatus.SUCCESS]))
    found, counts = check_ends(equations, variety, q, zero)
    assert len(found) == 0
    assert set(counts) <= {"spurious", "singular"}


def test_a_cusp_of_the_parametrisation_is_spurious():
    curve = eg.ParametrizedVariety(["t^2", "t^3"], "t")
    equations = critical_equations(curve.chart(), curve.default_metric)
    roots = np.roots([3, 0, 2, -3 * DATA[1], -2 * DATA[0], 0])[:, None] + 0j
    ends = Ends(roots, np.full(5, PathStatus.SUCCESS))
    found, counts = check_ends(equations, curve, DATA, ends)
    assert len(found) == 4
    assert counts == {"success": 4, "spurious": 1}


def test_paths_lost_by_a_black_box_are_found_in_another_run():
    fiber = solve_fiber(ELLIPSE, ELLIPSE.default_metric, Scripted(solves=[losing(0)]))
    assert (len(fiber), fiber.counts) == (4, (3, 4, 4))
    assert fiber.confirmed
    assert fiber.paths["started"] == 24
    assert fiber.paths["retried"] == 16
    assert "3 runs found 3, 4, 4 of these 4" in fiber.check


def test_runs_that_lose_different_paths_confirm_nothing():
    """Together they know four points, but none of them found all."""
    lose = [losing(i % 4) for i in range(6)]
    fiber = solve_fiber(ELLIPSE, ELLIPSE.default_metric, Scripted(solves=lose))
    assert (len(fiber), fiber.counts) == (4, (3,) * 6)
    assert not fiber.confirmed
    fiber = solve_fiber(ELLIPSE, ELLIPSE.default_metric, Loopback(), expected=5)
    assert not fiber.confirmed
    assert len(fiber.counts) == 6


def test_paths_lost_on_the_way_are_made_up_for():
    backend = Scripted(tracks=[losing(1, 3)])
    points = eg.DistanceProblem(ELLIPSE, data=DATA).critical_points(backend=backend)
    assert points.complete
    paths = points.evidence.paths
    assert paths["retried"] == 4
    assert paths["failed"] == 2


def test_points_that_stay_lost_make_the_result_incomplete():
    problem = eg.DistanceProblem(ELLIPSE, data=DATA)

    def nothing(ends):
        return Ends(ends.unknowns, np.full(len(ends), PathStatus.STALLED))

    with pytest.raises(eg.IncompleteError, match="4 of 4 critical points were lost"):
        problem.critical_points(backend=Scripted(tracks=[nothing] * 7))
    found = problem.critical_points(backend=Scripted(tracks=[nothing] * 7), raise_incomplete=False)
    assert (len(found), found.expected, found.complete) == (0, 4, False)


def test_an_unconfirmed_count_is_an_error():
    def nothing(ends):
        return Ends(ends.unknowns, np.full(len(ends), PathStatus.STALLED))

    problem = eg.DistanceProblem(ELLIPSE, data=DATA)
    with pytest.raises(eg.IncompleteError, match="loop-back found 0 critical points"):
        problem.critical_points(backend=Scripted(solves=[nothing] * 6))


@dataclass(frozen=True)
class SolveOnly(Loopback):
    """A backend without parameter homotopy."""

    capabilities = frozenset({SOLVE})

    def track(self, system, begin, starts, targets, seed=0):
        raise self.incapable(TRACK)


def test_a_backend_that_cannot_track_solves_afresh():
    points = eg.DistanceProblem(ELLIPSE, data=DATA).critical_points(backend=SolveOnly())
    assert points.complete


class Missing(Backend):
    name, title, capabilities = "missing", "Missing", frozenset({SOLVE, TRACK})

    def availability(self):
        return Availability(self.name, False, reason="it was never written")


def test_a_missing_backend_is_an_error_that_says_why():
    assert "never written" in str(Missing().availability())
    with pytest.raises(eg.BackendError, match="missing is not available: it was never written"):
        eg.DistanceProblem(ELLIPSE, data=DATA).critical_points(backend=Missing())


def test_generic_fibres_are_kept_for_each_backend():
    backend = Loopback()
    problem = eg.DistanceProblem(ELLIPSE, data=DATA)
    problem.critical_points(backend=backend)
    other = problem.at([0.5, 0.1])
    other.critical_points(backend=backend)
    other.critical_points(backend=Embedded())
    assert list(problem._solved) == [(0, backend)]


@pytest.mark.parametrize(
    ("unknowns", "status"),
    [(np.zeros((2, 3)), np.zeros(1, int)), (np.zeros(3), np.zeros(3, int))],
)
def test_ends_of_the_wrong_shape(unknowns, status):
    with pytest.raises(eg.BackendError, match="one status for each path"):
        Ends(unknowns, status)


def test_ends_of_unknown_status():
    with pytest.raises(eg.BackendError, match="unknown status"):
        Ends(np.zeros((1, 3)), np.array([77]))
