"""Paths through the infinity of a chart, and unknowns of points in charts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edgeom import AlgebraicVariety, DeterminantalVariety, Metric
from edgeom.equations.critical import Free, critical_equations
from edgeom.errors import IncompleteError
from edgeom.homotopy.tracker import PathTracker
from edgeom.solvers.charts import Charts, chart_for
from edgeom.solvers.fiber import find_fiber
from edgeom.solvers.native import solve_at
from edgeom.solvers.outside import _together
from edgeom.varieties.base import Variety, gaussian

MATRICES = DeterminantalVariety(2, 2, rank=1)
CIRCLE = AlgebraicVariety(["x^2 + y^2 = 1"], "x, y")


def largest(q: np.ndarray) -> np.ndarray:
    """Return the larger of the two critical points for real data and the Frobenius norm."""
    u, s, v = np.linalg.svd(q.reshape(2, 2))
    return np.asarray(s[0] * np.outer(u[:, 0], v[0]).ravel())


# Half-way the largest singular vector is (0, 1), where the chart (1, x) has no point.
BEGIN, END = np.array([1, 0.03, 0.04, 2]), np.array([1, -0.03, -0.04, 2])


def test_a_path_through_the_infinity_of_its_chart_arrives() -> None:
    equations = critical_equations(MATRICES.chart(), Metric.euclidean(4))
    tracker = PathTracker(equations.system.tape, optimise=0)
    begin, end = BEGIN, END
    start = equations.unknowns_at(largest(begin)[None], begin)
    assert start is not None
    assert not tracker.track(start, np.array([begin, end])).success.any()
    charts = Charts(equations, tracker, MATRICES)
    for results in (charts.carry(start, begin, end), charts.retry(start, np.array([begin, end]))):
        assert results.success.all()
        assert np.allclose(equations.system.lift(results.solutions)[0], largest(end))
        assert np.allclose(results.solutions, equations.unknowns_at(largest(end)[None], end))


def test_an_end_that_cannot_come_home_is_no_solution(monkeypatch: pytest.MonkeyPatch) -> None:
    equations = critical_equations(MATRICES.chart(), Metric.euclidean(4))
    tracker = PathTracker(equations.system.tape, optimise=0)
    start = equations.unknowns_at(largest(BEGIN)[None], BEGIN)
    assert start is not None
    monkeypatch.setattr(equations.chart, "coordinates", lambda x: None)
    charts = Charts(equations, tracker, MATRICES)
    assert not charts.retry(start, np.array([BEGIN, END])).success.any()
    assert np.isfinite(charts.carry(start, BEGIN, END).solutions).all()
    other = equations.in_chart(MATRICES.chart(np.random.default_rng(0)))
    with pytest.raises(IncompleteError, match="another seed"):
        _together(equations, [(other, start)], BEGIN)


def test_on_the_way_to_data_only_the_lost_path_is_tracked_again() -> None:
    fiber = find_fiber(MATRICES, Metric.euclidean(4), expected=2, stop=True)
    equations = critical_equations(MATRICES.chart(), Metric.euclidean(4))
    points = np.array([largest(BEGIN), BEGIN - largest(BEGIN)])  # Eckart-Young
    fiber = replace(
        fiber,
        equations=equations,
        tracker=PathTracker(equations.system.tape, optimise=0),
        monodromy=replace(
            fiber.monodromy, solutions=equations.unknowns_at(points, BEGIN), parameters=BEGIN
        ),
    )
    there = solve_at(fiber, END)
    assert there.attempts == 1
    assert there.paths["started"] == 3
    assert there.paths["retried"] == 1
    ((found, u),) = there.parts
    x = found.system.lift(u)
    assert min(np.abs(x - largest(END)).max(axis=1)) < 1e-9
    assert len(x) == 2


@pytest.mark.parametrize("variety", [MATRICES, CIRCLE], ids=str)
@pytest.mark.parametrize("free", ["data", "weights"])
def test_unknowns_come_back_from_points(variety: Variety, free: Free) -> None:
    rng = np.random.default_rng(0)
    n = variety.ambient_dimension
    metric = Metric.random(n, seed=1)
    equations = critical_equations(chart_for(variety, metric, rng), metric, free)
    weights = gaussian(rng, n) if free == "weights" else None
    u, q = equations.start_pair(rng, weights=weights)
    p = equations.parameters(q, weights)
    again = equations.unknowns_at(equations.system.lift(u[None]), p)
    assert again is not None
    assert np.allclose(again[0], u)
    assert np.allclose(equations.system.evaluate(again, p)[0], 0)
