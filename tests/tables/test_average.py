"""Average ED degrees: published values lie in their confidence intervals, and laws hold."""

import json
from math import comb, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgeom as eg
from edgeom.errors import InputError
from edgeom.tables.average import AverageEDDegree

ELLIPSE = eg.AlgebraicVariety(["x^2 + 4*y^2 - 4"], "x, y")
LITERATURE = Path(__file__).parents[1] / "data" / "literature.json"
TENSORS = {
    tuple(map(int, entry["parameters"].split("x"))): entry["average_real_critical_points"]
    for entry in json.loads(LITERATURE.read_text())["average_ed"]
    if entry["object"] == "rank-1 tensors"
}


def off(found: AverageEDDegree, value: float) -> float:
    """Return how many standard errors a value is away, 0.01 being the rounding of what is known."""
    return max(abs(found.value - value) - 0.01, 0) / found.standard_error


@pytest.mark.parametrize("seed", range(3))
def test_the_ellipse(seed: int) -> None:
    found = eg.average_ed_degree(ELLIPSE, 8000, seed=seed)
    assert abs(found.value - 3.0465782601) < 4 * found.standard_error
    assert set(found.counts) == {2, 4} and found.samples == 8000 and found.degree == 4


@pytest.mark.parametrize("degree", [2, 3, 4])
def test_binary_forms(degree: int) -> None:
    """For the Bombieri-Weyl metric the average is sqrt(3 d - 2)."""
    found = eg.average_ed_degree(eg.VeroneseVariety(2, degree), 4000)
    assert abs(found.value - sqrt(3 * degree - 2)) < 4 * found.standard_error + 1e-12


@pytest.mark.parametrize("dims", [(2, 2, 2), (2, 2, 3)])
def test_tensors(dims: tuple[int, ...]) -> None:
    assert off(eg.average_ed_degree(eg.SegreVariety(dims), 2000), TENSORS[dims]) < 4


@pytest.mark.slow
@pytest.mark.parametrize("dims", [d for d in TENSORS if sum(d) < 10], ids=str)
def test_more_tensors(dims: tuple[int, ...]) -> None:
    assert off(eg.average_ed_degree(eg.SegreVariety(dims), 5000, seed=2), TENSORS[dims]) < 4


@pytest.mark.parametrize(("rows", "cols", "rank"), [(2, 3, 1), (3, 3, 2)])
def test_matrices_have_no_variance(rows: int, cols: int, rank: int) -> None:
    found = eg.average_ed_degree(eg.DeterminantalVariety(rows, cols, rank), 40)
    number = comb(rows, rank)
    assert float(found) == number and found.interval() == (number, number)


def test_data_is_normal_in_the_metric() -> None:
    """Isometric problems have the same data, up to the isometry: an ellipse as a circle."""
    circle = eg.AlgebraicVariety(["x^2 + y^2 - 1"], "x, y")
    found = eg.average_ed_degree(circle, 500, metric=eg.Metric.weights([4, 1]), seed=5)
    assert found.counts == eg.average_ed_degree(ELLIPSE, 500, seed=5).counts
    turned = eg.Metric([[2.5, 1.5], [1.5, 2.5]])  # the same with other axes
    other = eg.average_ed_degree(circle, 2000, metric=turned, seed=6)
    assert abs(other.value - 3.0465782601) < 4 * other.standard_error


@pytest.mark.parametrize("size", [1e-6, 100])
def test_cones_do_not_notice_the_size_of_the_metric(size: float) -> None:
    V = eg.SegreVariety([2, 2, 2])
    found = eg.average_ed_degree(V, 200, metric=eg.Metric(size * np.eye(8)))
    assert found.counts == eg.average_ed_degree(V, 200).counts


def test_more_samples_begin_with_the_same_ones() -> None:
    few, many = (eg.average_ed_degree(ELLIPSE, n, seed=3).counts for n in (100, 150))
    assert all(0 <= many[real] - few[real] <= 50 for real in few)


def made(counts: dict[int, int], undecided: int = 0) -> AverageEDDegree:
    return AverageEDDegree(ELLIPSE, ELLIPSE.default_metric, 4, 0, counts, undecided)


def test_intervals() -> None:
    found = made({2: 50, 4: 50})
    assert found.value == 3 and found.standard_error == pytest.approx(1 / sqrt(99))
    low, high = found.interval(0.95)
    assert high - 3 == pytest.approx(3 - low) == pytest.approx(1.959964 / sqrt(99))
    assert found.interval(0.99)[0] < low
    wide = made({2: 50, 4: 50}, undecided=100).interval()
    assert wide[0] < 1.5 and wide[1] > 3.5  # what is undecided may be 0 or 4
    assert made({2: 1}).interval() == (2, 2)
    for confidence in (0, 1, 95):
        with pytest.raises(InputError, match="confidence must be between 0 and 1"):
            found.interval(confidence)


@pytest.mark.slow
def test_intervals_hold_what_they_say() -> None:
    inside = 0
    for seed in range(200):
        low, high = eg.average_ed_degree(ELLIPSE, 400, seed=seed).interval()
        inside += low < 3.0465782601 < high
    assert 180 <= inside <= 199


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"samples": 0}, "samples must be at least 1"),
        ({"metric": eg.Metric([[1, 0], [0, -1]], indefinite=True)}, "positive definite"),
        ({"metric": eg.Metric.euclidean(3)}, "the metric has 3 coordinates"),
        ({"sample": 3}, "did you mean 'samples'"),
    ],
)
def test_what_cannot_be_used(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        eg.average_ed_degree(ELLIPSE, **arguments)
