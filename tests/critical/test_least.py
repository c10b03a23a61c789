"""Where an objective is least on a variety."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

import edgeom as eg

MATRICES = eg.DeterminantalVariety(2, 2, rank=1)
CUBIC = eg.AlgebraicVariety(["y^2 = x^2*(x - 1)"], "x, y")


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_no_descent_finds_less(seed: int) -> None:
    rng = np.random.default_rng(seed)
    q = rng.normal(size=(2, 2))
    best = eg.CriticalProblem(MATRICES, eg.PowerDistance(q)).least_point()

    def value(w: Any) -> float:
        return float(np.sum((np.outer(w[:2], w[2:]) - q) ** 4))

    ends = [minimize(value, rng.normal(size=4), tol=1e-14).fun for _ in range(20)]
    assert best.complete
    assert best.value == pytest.approx(min(ends), rel=1e-6)
    assert np.sum((best.point - q) ** 4) == pytest.approx(best.value)


def test_squares_are_nearest_points() -> None:
    q = [-0.1, 0.05]
    best = eg.CriticalProblem(CUBIC, eg.PowerDistance(q, p=2)).least_point()
    nearest = eg.DistanceProblem(CUBIC, data=q).nearest_point()
    assert best.kind == nearest.kind == "singular point"
    assert best.value == pytest.approx(nearest.squared_distance)
    assert best.runner_up == pytest.approx(nearest.runner_up)


def test_data_on_the_variety_and_multiple_points() -> None:
    on = eg.CriticalProblem(MATRICES, eg.PowerDistance([[1, 2], [2, 4.0]])).least_point()
    assert (on.kind, on.value, on.complete) == ("data", 0, True)
    well = eg.PolynomialObjective("x^4 + y^4 + x^2*y^2", "x, y")
    best = eg.CriticalProblem(eg.AffineSpace(2), well).least_point()
    assert best.value == pytest.approx(0, abs=1e-12)
    assert not best.complete and "completeness is not proved" in best.reason


def test_what_is_not_known_is_said() -> None:
    ring = eg.PolynomialObjective("(x^2 + y^2 - 1)^2", "x, y")
    best = eg.CriticalProblem(eg.AffineSpace(2), ring).least_point()
    assert not best.complete and "critical points form sets" in best.reason
    with pytest.raises(eg.InputError, match="no real critical point"):
        eg.CriticalProblem(eg.AffineSpace(1), eg.RationalObjective("x - 1/x", "x")).least_point()
    with pytest.raises(eg.InputError, match="complex"):
        eg.CriticalProblem.of_family(
            MATRICES, eg.PowerDistance.law(), np.array([[1j, 1], [0, 1]])
        ).least_point()
