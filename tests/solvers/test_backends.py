"""What every backend has to do: the same problems, statuses, errors and options for all."""

import numpy as np
import pytest

import edgeom as eg
from edgeom.equations.critical import critical_equations
from edgeom.homotopy.tracker import PathStatus
from edgeom.solvers.base import PRECISIONS, SOLVE, TRACK
from edgeom.solvers.outside import reach, solve_fiber
from tests.selection import first

CIRCLE = eg.AlgebraicVariety(["x^2 + y^2 - 1"], "x y")
ELLIPSE = eg.AlgebraicVariety(["x^2 + 4*y^2 - 4"], "x y")
MATRICES = eg.DeterminantalVariety(2, 2, 1)
PROBLEMS = {
    "circle": (CIRCLE, None, 2),
    "ellipse": (ELLIPSE, None, 4),
    "cardioid": (eg.AlgebraicVariety(["(x^2 + y^2 + x)^2 - x^2 - y^2"], "x y"), None, 3),
    "2x2": (MATRICES, None, 2),
    "2x2 generic": (MATRICES, eg.Metric.random(4, seed=3), 6),
    "parametrised": (eg.ParametrizedVariety(["t^2", "t^3"], "t"), eg.Metric([[2, 1], [1, 3]]), 4),
}


def needs(backend, capability):
    if capability not in backend.capabilities:
        pytest.skip(f"{backend.name} does not {capability}")


@pytest.fixture
def ellipse(backend):
    """The critical equations of the ellipse, generic data and its four critical points."""
    equations = critical_equations(ELLIPSE.chart(), ELLIPSE.default_metric)
    fiber = solve_fiber(ELLIPSE, ELLIPSE.default_metric, backend, seed=1)
    assert len(fiber) == 4
    starts = equations.unknowns_of(fiber.points, fiber.data)
    return equations, equations.parameters(fiber.data), starts


def test_a_backend_says_what_it_is(backend):
    found = backend.require()
    assert found.available
    assert found.name == backend.name
    assert found.version[0].isdigit()
    assert found.where
    assert not found.reason
    assert backend.capabilities
    assert backend.capabilities <= {SOLVE, TRACK}
    assert backend.precision in backend.precisions
    assert set(backend.precisions) <= set(PRECISIONS)


@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize("seed", first(1, [0, 1]))
def test_all_critical_points_are_found_and_every_path_has_an_end(backend, name, seed):
    variety, metric, count = PROBLEMS[name]
    data = np.random.default_rng(seed).normal(size=variety.shape)
    problem = eg.DistanceProblem(variety, metric, data=data)
    points = problem.critical_points(seed, backend=backend)
    usual = problem.critical_points(seed)
    assert len(points) == len(usual) == count
    assert len(points.real) == len(usual.real)
    assert len(points.minima) == len(usual.minima)
    assert points.nearest.squared_distance == pytest.approx(usual.nearest.squared_distance)
    paths = dict(points.evidence.paths)
    assert paths.pop("started") >= paths.pop("retried", 0) + count
    assert sum(paths.values()) == points.evidence.paths["started"]
    assert paths["success"] >= count
    assert points.residual.max() < 1e-10


def test_black_box_reports_every_path(backend):
    needs(backend, SOLVE)
    targets = np.random.default_rng(2).normal(size=(3, 2)) + 1j
    system = critical_equations(ELLIPSE.chart(), ELLIPSE.default_metric).system
    solved = backend.solve([system.at(p) for p in targets], seed=5)
    assert len(solved) == 3
    for p, ends in zip(targets, solved, strict=True):
        assert set(ends.status.tolist()) <= set(PathStatus)
        claimed = ends.unknowns[ends.status == PathStatus.SUCCESS]
        values, _ = system.evaluate(claimed, p)
        assert np.sum(np.abs(values).max(axis=1) < 1e-6) == 4


def test_tracking_keeps_the_order_of_targets_and_starts(backend, ellipse):
    needs(backend, TRACK)
    equations, begin, starts = ellipse
    rng = np.random.default_rng(3)
    targets = np.array([begin, *(rng.normal(size=(3, 2)) + 1j)])
    tracked = backend.track(equations.system, begin, starts, targets, seed=1)
    assert [ends.unknowns.shape for ends in tracked] == [starts.shape] * 4
    for p, ends in zip(targets, tracked, strict=True):
        assert (ends.status == PathStatus.SUCCESS).all()
        assert np.abs(equations.system.evaluate(ends.unknowns, p)[0]).max() < 1e-6
    np.testing.assert_allclose(tracked[0].unknowns, starts, rtol=1e-6)


def test_nothing_to_track(backend, ellipse):
    needs(backend, TRACK)
    equations, begin, starts = ellipse
    (ends,) = backend.track(equations.system, begin, starts[:0], begin[None])
    assert ends.unknowns.shape == (0, 3)
    assert backend.track(equations.system, begin, starts, np.zeros((0, 2))) == []


def test_the_same_seed_gives_the_same_ends(backend, ellipse):
    needs(backend, TRACK)
    equations, begin, starts = ellipse
    first, second = (
        backend.track(equations.system, begin, starts, np.array([[0.3, 1.2]]), seed=4)[0]
        for _ in range(2)
    )
    np.testing.assert_array_equal(first.unknowns, second.unknowns)


def test_what_a_backend_cannot_do_is_an_error(backend):
    system = critical_equations(CIRCLE.chart(), CIRCLE.default_metric).system
    calls = {
        SOLVE: lambda: backend.solve([system.at(np.ones(2))]),
        TRACK: lambda: backend.track(system, np.ones(2), np.ones((1, 3)), np.ones((1, 2))),
    }
    for capability in {SOLVE, TRACK} - backend.capabilities:
        with pytest.raises(eg.BackendError, match=f"{backend.name!r} cannot {capability}"):
            calls[capability]()


def test_a_higher_precision_is_taken_where_there_is_one(backend):
    offered = backend.precisions
    sharper = backend
    for precision in (*offered[1:], offered[-1]):
        sharper = sharper.sharper()
        assert sharper.precision == precision


@pytest.mark.parametrize(
    ("variety", "data"),
    [(CIRCLE, [0.0, 0.0]), (ELLIPSE, [1.5, 0.0])],
    ids=["centre of a circle", "vertex of the evolute"],
)
def test_degenerate_data_is_recognised(backend, variety, data):
    problem = eg.DistanceProblem(variety, data=data)
    with pytest.raises(
        eg.DegenerateDataError, match=r"critical points are (missing|singular)|not isolated"
    ):
        problem.critical_points(backend=backend)
    found = problem.critical_points(backend=backend, raise_incomplete=False)
    assert not found.complete


def test_many_data_points_from_one_fibre(backend):
    fiber = solve_fiber(ELLIPSE, ELLIPSE.default_metric, backend, seed=2)
    data = np.random.default_rng(6).normal(size=(5, 2))
    reached = reach(fiber, data, backend, seed=1)
    assert [len(sample.found) for sample in reached] == [4] * 5
    for q, sample in zip(data, reached, strict=True):
        usual = eg.DistanceProblem(ELLIPSE, data=q).critical_points()
        assert (sample.found.find(usual.points) >= 0).all()


def test_progress_is_reported(backend):
    calls = []
    problem = eg.DistanceProblem(ELLIPSE, data=[0.4, 0.7])
    problem.critical_points(backend=backend, progress=lambda *call: calls.append(call))
    assert calls
    assert all(isinstance(stage, str) for stage, _, _ in calls)


@pytest.mark.parametrize(
    ("variety", "law", "count"),
    [
        (eg.DeterminantalVariety(2, 2, rank=1), eg.LogLikelihood, 1),
        (eg.AffineSpace(2), eg.RationalObjective("x + y + 1/(x*y)", "x, y"), 3),
    ],
)
def test_equations_with_divisions(backend, variety, law, count):
    objective = eg.LogLikelihood([[4, 2], [3, 1]]) if law is eg.LogLikelihood else law
    points = eg.CriticalProblem(variety, objective).critical_points(backend=backend)
    assert len(points) == count
    assert points.certify().is_distinct.sum() == count
