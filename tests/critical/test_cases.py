"""Problems that are easily got wrong: numbers of points, nearest points, ED degrees."""

import numpy as np
import pytest

import edgeom as eg
from edgeom.exact import exact_count
from edgeom.exact.msolve import availability
from tests.cases import FILE, metric, params, problem, variety

FOUND = availability()


@pytest.mark.parametrize("case", params("points"))
def test_points(case):
    asked = problem(case)
    for seed in range(case.get("seeds", 1)):
        points = asked.critical_points(seed)
        assert len(points) == case["complex_points"]
        assert len(points.undecided) == 0
        if case.get("real_points") is not None:
            assert len(points.real) == case["real_points"]
        if case.get("nearest") is not None:
            nearest = pytest.approx(case["nearest"], rel=case.get("within", 1e-6), abs=1e-12)
            assert points.nearest.squared_distance == nearest


@pytest.mark.parametrize("case", params("singular_nearest"))
def test_nearest_points_that_are_singular(case):
    best = problem(case).nearest_point()
    nearest = pytest.approx(case["nearest"], rel=case.get("within", 1e-6))
    assert best.squared_distance == nearest


@pytest.mark.parametrize("case", params("nearly_degenerate"))
def test_nearly_degenerate_problems_give_no_wrong_number(case):
    """They may be refused."""
    try:
        points = problem(case).critical_points()
    except eg.EdgeomError:
        return
    assert len(points) == case["complex_points"]
    assert len(points.real) + len(points.undecided) >= case["real_points"]


@pytest.mark.parametrize("case", params("degrees"))
def test_ed_degrees(case):
    V, S = variety(case), metric(case)
    degrees = [eg.ed_degree(V, S, seed=seed) for seed in range(case.get("seeds", 1))]
    assert degrees == [case["ed_degree"]] * len(degrees)


@pytest.mark.parametrize("case", params("matrices"))
def test_matrices(case):
    points = problem(case).critical_points()
    assert len(points) == case["complex_points"]
    assert list(points.counts_by_index.values())[: len(case["by_index"])] == case["by_index"]


@pytest.mark.parametrize("factor", [1e11, 1.0, 1e-100])
def test_the_size_of_data_is_free_for_cones(factor):
    V = eg.DeterminantalVariety(3, 3, rank=1)
    data = factor * np.random.default_rng(0).normal(size=(3, 3))
    assert (
        len(eg.DistanceProblem(V, eg.Metric.random(9, seed=1), data=data).critical_points()) == 39
    )


def test_exported_equations_of_overdetermined_sets():
    """They are combinations, whose solutions on the set are the critical points."""
    V = eg.AlgebraicVariety(["y - x^2", "z - x*y", "x*z - y^2"], "x, y, z")
    system = eg.DistanceProblem(V, data=[1.0, 2.0, 0.5]).critical_system()
    solutions = eg.solve(system.to_sympy(), system.unknowns)
    assert sum(V.contains(x) for x in system.lift(solutions.points)) == 5 < len(solutions.points)


@pytest.mark.slow
@pytest.mark.skipif(not FOUND.available, reason=str(FOUND))
@pytest.mark.parametrize(
    "case",
    [case for case in FILE["points"] if "by_hand" not in case],
    ids=lambda case: case["name"],
)
def test_the_right_numbers_are_right(case):
    found = exact_count(variety(case), metric(case), case["data"], real=True)
    assert found.is_radical
    assert found.count == case["complex_points"]
    if case.get("real_points") is not None:
        assert len(found.real) == case["real_points"]
