"""The trace test in a product of spaces: lists for special metrics pass if they are complete."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, reduce

import numpy as np
import pytest

import edgeom as eg
from edgeom.solvers.fiber import find_fiber
from edgeom.solvers.generic import Fiber
from edgeom.solvers.product_trace import product_trace_test
from edgeom.varieties.base import Variety

SPECIAL = {  # points on a hyperplane, by intersection theory, or by hand for the circle
    "2×2×2 tensors": (eg.SegreVariety([2, 2, 2]), 6, 12),
    "2×3 matrices, by their columns": (eg.DeterminantalVariety(2, 3, rank=1), 2, 2),
    "2×3 matrices as a map, by the parameter s": (
        eg.ParametrizedVariety(["a", "a*s", "b", "b*s", "c", "c*s"], "a b c s"),
        2,
        2,
    ),
    "a circle, by its coordinates": (
        eg.AlgebraicVariety(["x^2 + y^2 = 1"], "x, y", irreducible=True),
        2,
        2,
    ),
}


@cache
def fiber_of(variety: Variety, count: int) -> Fiber:
    fiber = find_fiber(variety, variety.default_metric, 0, expected=count, stop=True)
    assert len(fiber) == count
    return fiber


@pytest.mark.parametrize("name", SPECIAL)
def test_complete_lists_pass_and_others_do_not(name: str) -> None:
    variety, count, sections = SPECIAL[name]
    fiber = fiber_of(variety, count)
    test = product_trace_test(fiber, np.random.default_rng(0))
    assert test.trace.passed
    assert test.trace.squares
    assert test.sections == sections
    solutions = fiber.monodromy.solutions[:-1]
    part = replace(fiber, monodromy=replace(fiber.monodromy, solutions=solutions))
    assert not product_trace_test(part, np.random.default_rng(0)).trace.passed


def test_far_from_generic_metrics_are_confirmed_by_it() -> None:
    """A metric A ⊗ B ⊗ C is rounded: paths from a generic one go to points that are very far."""
    rng = np.random.default_rng(0)
    factors = [g @ g.T for g in rng.normal(size=(3, 2, 2))]
    variety, metric = eg.SegreVariety([2, 2, 2]), eg.Metric(reduce(np.kron, factors))
    number = eg.ed_degree(variety, metric, method="monodromy")
    fact = variety.ed_degree_fact(metric)
    assert fact is not None
    assert number == fact.value == 6  # a generic metric has 34
    assert variety.ed_degree_fact(eg.Metric.random(8)) is None
    (check,) = number.evidence.checks
    assert "multihomogeneous trace test passed" in check
    assert "12 points on a hyperplane" in check


@pytest.mark.parametrize(("given", "sections"), [("equations", 28), ("image", 14)])
def test_it_comes_first_where_no_number_for_generic_metrics_is_known(
    given: str, sections: int
) -> None:
    """det = 0 of 3×3 matrices with one entry 0: most paths from a generic metric go to infinity."""
    if given == "image":
        columns = [["0", "a"], ["b", "c"], ["d", "e"]]
        entries = [x for row in columns for x in (*row, f"({row[0]})*s + ({row[1]})*t") if x != "0"]
        variety: Variety = eg.ParametrizedVariety(entries, "a b c d e s t")
    else:
        variety = eg.AlgebraicVariety(["b*(f*g - d*i) + c*(d*h - e*g)"], "b c d e f g h i")
    number = eg.ed_degree(variety)
    assert number == 8
    assert f"{sections} points on a hyperplane" in number.evidence.checks[0]


def test_where_neither_test_is_made_nothing_is_confirmed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgeom.solvers.fiber.MOST", 30)
    variety = eg.SegreVariety([2, 2, 2])
    monkeypatch.setattr(variety, "is_irreducible", False)
    fiber = find_fiber(variety, variety.default_metric)
    assert not fiber.confirmed
    assert "more than 30 points for a generic metric is not made" in fiber.checks[0]


@pytest.mark.slow
def test_tensors_with_many_more_points_for_a_generic_metric() -> None:
    number = eg.ed_degree(eg.SegreVariety([3, 4, 5]), method="monodromy", seed=1)
    assert number == 138
    assert "794 points on a hyperplane" in number.evidence.checks[0]
