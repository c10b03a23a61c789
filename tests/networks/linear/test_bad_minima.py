"""Bad local minima: none in filling networks and for quadratic losses, some otherwise."""

from __future__ import annotations

import sys
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import edgeom as eg
from edgeom.networks.linear.balanced import balanced_weights
from edgeom.networks.linear.classification import NetworkLoss
from edgeom.networks.linear.descent import descend
from edgeom.networks.linear.examples import spurious_saddle
from edgeom.networks.linear.function_space import eckart_young
from edgeom.networks.linear.network import LinearNetwork
from edgeom.networks.linear.saddles import leave_saddle
from edgeom.networks.linear.study import BadMinimaStudy, BadMinimum, bad_minima_study
from edgeom.networks.linear.take_away import TakeAwayTable, take_away_table
from edgeom.networks.reports import CriticalPointReport
from edgeom.objectives.base import Objective
from edgeom.objectives.distances import QuadraticLoss, SquaredDistance
from edgeom.objectives.polynomial import PolynomialObjective
from edgeom.objectives.powers import PowerDistance
from edgeom.objectives.smooth import SmoothLoss

Array = NDArray[np.float64]
seeds = st.integers(0, 10**6)


@pytest.fixture(scope="module")
def table() -> TakeAwayTable:
    return take_away_table(samples=25, seed=1)


def logistic(rng: np.random.Generator) -> SmoothLoss:
    """A mean of log(1 + exp(-y·(Mx))) over samples, with a small quadratic term."""
    x, y = rng.normal(size=(3, 12)), np.sign(rng.normal(size=(3, 12)))

    def sigmoid(z: Array) -> Array:
        return 1 / (1 + np.exp(-z))

    def hessian(m: Array) -> Array:
        blocks = np.zeros((3, 3, 3, 3))
        for i, weight in enumerate(sigmoid(m @ x) * sigmoid(-m @ x)):
            blocks[i, :, i] = x * weight @ x.T / 12 + 0.02 * np.eye(3)
        return blocks.reshape(9, 9)

    return SmoothLoss(
        lambda m: np.logaddexp(0, -y * (m @ x)).sum() / 12 + 0.01 * np.sum(m**2),
        lambda m: -(y * sigmoid(-y * (m @ x))) @ x.T / 12 + 0.02 * m,
        hessian,
        (3, 3),
        convex=True,
    )


@pytest.mark.slow
def test_take_away_table(table: TakeAwayTable) -> None:
    """None, none, none, some: and the last in 1399 of the 2000 samples of the talk's table."""
    counts = [[cell.with_bad_minima for cell in row] for row in table.cells]
    assert counts[0] == [0, 0] and counts[1][0] == 0
    samples = table.cells[1][1].samples
    assert abs(counts[1][1] / samples - 1399 / 2000) < 4 * np.sqrt(0.7 * 0.3 / samples)
    assert not any(cell.undecided for row in table.cells for cell in row)
    assert [[cell.network.filling for cell in row] for row in table.cells] == [
        [True, True],
        [False, False],
    ]
    assert [cell.stuck > 0 for row in table.cells for cell in row] == [False, False, False, True]
    assert all(cell.descents == 3 * samples for row in table.cells for cell in row)


def test_evidence_and_theorems_are_named(table: TakeAwayTable) -> None:
    (first, second), (third, fourth) = table.cells
    for cell in (first, second):
        assert cell.evidence == "3 descents for each sample"
        assert cell.theorem.startswith("none, for every smooth convex loss")
    for cell in (third, fourth):
        assert cell.theorem.startswith("none, by") == (cell is third)
    assert third.evidence == "the only local minimum, by the formula of Eckart and Young"
    assert fourth.evidence == "all critical points on the neuromanifold"
    assert "not excluded" in fourth.theorem and "nor the squared distance of a" in fourth.theorem
    text = str(fourth)
    assert f"{fourth.with_bad_minima} with a bad local minimum" in text
    assert "25, seed 1" in text and "(3, 1, 3), not filling" in text


def test_bad_minima_are_bad_local_minima(table: TakeAwayTable) -> None:
    cell = table.cells[1][1]
    assert len(cell.bad_minima) == cell.with_bad_minima
    assert len({bad.sample for bad in cell.bad_minima}) == len(cell.bad_minima)
    for number, bad in enumerate(cell.bad_minima):
        net, report = bad.network_loss.network, bad.report
        assert (report.kind, report.type) == ("pure", "local minimum")
        assert report.residual < 1e-12
        assert report.flat == report.fibre == net.parameter_count - net.dim
        values = np.linalg.eigvalsh(bad.network_loss.hessian(bad.weights))
        assert np.sum(np.abs(values) < 1e-9 * values[-1]) == report.fibre
        assert values[0] > -1e-9 * values[-1]
        assert bad.value > bad.better_value * (1 + 1e-6)
        better = bad.network_loss.classify(bad.better)
        assert better.is_minimum
        if number < 10:
            near = bad.returns(starts=5, seed=number, distance=1e-3)
            assert near == 5
    assert str(cell.bad_minima[0]).startswith("bad local minimum: loss")


def test_descents_do_not_come_back_to_a_saddle() -> None:
    example = spurious_saddle(LinearNetwork([3, 2, 3]), rank=1)
    saddle = BadMinimum(example.network_loss, example.weights, example.weights, 0)
    assert saddle.returns(4) == 0


def test_descents_end_at_known_minima() -> None:
    """What a descent finds is in the list of all local minima, by another way of computing."""
    net = LinearNetwork([3, 1, 3])
    ended = 0
    for seed in range(6):
        rng = np.random.default_rng(seed)
        loss = SquaredDistance(rng.normal(size=(3, 3)), eg.Metric.random(9, seed))
        minima = eg.CriticalProblem(net.neuromanifold(), loss).critical_points().minima
        values = minima.squared_distance.real
        for start in range(8):
            end = descend(NetworkLoss(net, loss), net.random_weights(start))
            assert end.converged
            assert np.abs(values - end.value).min() < 1e-9 * end.value
            ended += end.value > values.min() * (1 + 1e-6)
    assert ended > 0


@settings(max_examples=40)
@given(
    st.lists(st.integers(1, 4), min_size=3, max_size=4),
    st.sampled_from(["power", "metric", "quadratic"]),
    seeds,
)
def test_descents_in_filling_networks_end_at_global_minima(
    widths: list[int], kind: str, seed: int
) -> None:
    inner = min(widths[0], widths[-1])
    net = LinearNetwork([widths[0], *(max(d, inner) for d in widths[1:-1]), widths[-1]])
    assert net.filling
    rng = np.random.default_rng(seed)
    rows, cols = net.shape
    loss: Objective = PowerDistance(rng.normal(size=net.shape))
    if kind == "metric":
        loss = SquaredDistance(rng.normal(size=net.shape), eg.Metric.random(rows * cols, seed))
    if kind == "quadratic":
        loss = QuadraticLoss(rng.normal(size=(cols, cols + 2)), rng.normal(size=(rows, cols + 2)))
    network_loss = NetworkLoss(net, loss)
    end = descend(network_loss, net.random_weights(seed))
    report = network_loss.classify(end.weights)
    assume(end.converged and report.kind != "undecided")  # some are slow next to saddles
    assert report.type == "global minimum"


@settings(max_examples=40)
@given(st.lists(st.integers(1, 4), min_size=3, max_size=4), seeds)
def test_descents_on_quadratic_losses_end_at_the_best_approximation(
    widths: list[int], seed: int
) -> None:
    net = LinearNetwork(widths)
    rows, cols = net.shape
    rng = np.random.default_rng(seed)
    loss = QuadraticLoss(rng.normal(size=(cols, cols + 3)), rng.normal(size=(rows, cols + 3)))
    exact = eckart_young(loss.data, net.rank, loss.metric)
    network_loss = NetworkLoss(net, loss)
    end = descend(network_loss, net.random_weights(seed))
    assume(end.converged)
    report = network_loss.classify(end.weights)
    assume(report.type not in ("undecided", "saddle"))
    assert report.type == "global minimum"
    assert end.value == pytest.approx(loss.value(exact.nearest))


def test_descent_leaves_a_saddle_that_is_not_strict() -> None:
    example = spurious_saddle(LinearNetwork([3, 2, 2, 3]), rank=0)
    loss, start = example.network_loss, example.weights
    assert descend(loss, start).steps == 0
    end = descend(loss, leave_saddle(loss, start, distance=0.1))
    assert end.converged and end.value < loss.value(start)
    assert loss.classify(end.weights).type == "global minimum"


def test_descent_is_monotone_and_can_be_cut_short() -> None:
    net = LinearNetwork([3, 2, 3])
    loss = NetworkLoss(net, PowerDistance(np.arange(9.0).reshape(3, 3)))
    start = net.random_weights(3)
    values = [descend(loss, start, steps=n).value for n in range(12)]
    assert values[0] == loss.value(start)
    assert all(b < a for a, b in pairwise(values))
    cut = descend(loss, start, steps=2)
    assert (cut.steps, cut.converged) == (2, False)
    with pytest.raises(eg.InputError, match="steps must be"):
        descend(loss, start, steps=-1)
    with pytest.raises(eg.InputError, match="did you mean 'tolerance'"):
        descend(loss, start, tolerence=1e-3)  # type: ignore[call-arg]


@pytest.mark.parametrize("loss", ["power", logistic])
def test_other_losses(loss: Any) -> None:
    """With a rational gradient all critical points are known, without one there are descents."""
    n = 2 if loss == "power" else 3
    thin = bad_minima_study((n, 1, n), loss, samples=12, descents=6)
    wide = bad_minima_study((n, n, n), loss, samples=6, descents=4)
    lists = "all critical points on the neuromanifold"
    assert thin.evidence == (lists if loss == "power" else "6 descents for each sample")
    assert thin.theorem.startswith("not excluded")
    assert wide.with_bad_minima == wide.stuck == 0
    assert thin.undecided + wide.undecided <= 2
    for bad in thin.bad_minima:
        assert bad.report.type == "local minimum" and bad.value > bad.better_value
        assert bad.returns(3, distance=1e-3) == 3
    if loss == "power":
        assert thin.with_bad_minima > 0
    else:
        assert thin.loss == "logistic"


@pytest.mark.slow
def test_rank_two_and_deeper_networks() -> None:
    for widths in ((3, 2, 3), (3, 1, 1, 3), (2, 1, 2, 3)):
        study = bad_minima_study(widths, samples=8, descents=1)
        assert study.with_bad_minima > 0 and study.undecided == 0
        for bad in study.bad_minima[:3]:
            assert bad.report.fibre == study.network.parameter_count - study.network.dim
        assert bad_minima_study(widths, "quadratic", samples=8, descents=1).with_bad_minima == 0


def test_a_bad_minimum_of_a_thin_network_is_a_saddle_of_a_wide_one(table: TakeAwayTable) -> None:
    wide = LinearNetwork([3, 3, 3])
    for bad in table.cells[1][1].bad_minima[:5]:
        loss = NetworkLoss(wide, bad.network_loss.loss)
        product = bad.network_loss.network.multiply(bad.weights)
        report = loss.classify(balanced_weights(wide, product, tolerance=1e-8))
        assert (report.kind, report.type) == ("spurious", "saddle")
        assert report.index > 0


def log_cosh(rng: np.random.Generator) -> SmoothLoss:
    """Σ log cosh(M - A), whose cosh overflows far away."""
    a = rng.normal(size=(3, 3))
    return SmoothLoss(
        lambda m: np.log(np.cosh(m - a)).sum(),
        lambda m: np.tanh(m - a),
        lambda m: np.diag(1 / np.cosh((m - a).ravel()) ** 2),
        (3, 3),
        convex=True,
    )


def test_steps_that_overflow_are_shortened() -> None:
    study = bad_minima_study((3, 1, 3), log_cosh, samples=10)
    assert study.samples == 10 and study.undecided == 0
    net = LinearNetwork((3, 1, 3))
    loss = NetworkLoss(net, PowerDistance(np.eye(3), 8))
    end = descend(loss, net.random_weights(0), steps=3)
    assert repr(end).startswith("descent, not converged: loss") and repr(end).endswith("3 steps")


@pytest.mark.parametrize("widths", [(3, 3, 3), (3, 1, 3)])
def test_quadratic_losses_with_dependent_samples(widths: tuple[int, ...]) -> None:
    """There is no distance problem; descents end at minima that a formula knows."""

    def loss(rng: np.random.Generator) -> QuadraticLoss:
        return QuadraticLoss(rng.normal(size=(3, 2)), rng.normal(size=(3, 2)))

    study = bad_minima_study(widths, loss, samples=5)
    assert study.with_bad_minima == study.undecided == 0
    if widths[1] == 1:
        assert study.evidence == "the only local minimum, by the formula of Eckart and Young"
        assert study.theorem == "none, by Eckart and Young"


def test_distances_that_are_only_semidefinite_have_descents() -> None:
    metric = eg.Metric(np.diag([1.0, 1, 1, 0]), indefinite=True)
    study = bad_minima_study(
        (2, 1, 2), lambda rng: SquaredDistance(rng.normal(size=(2, 2)), metric), 3
    )
    assert study.evidence == "3 descents for each sample"


def test_minima_that_are_enumerated_are_classified(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the weights are no minimum for sure the sample is not counted."""
    found = bad_minima_study((2, 1, 2), samples=10, descents=0)
    assert found.with_bad_minima > 0 and found.undecided == 0
    monkeypatch.setattr(CriticalPointReport, "is_minimum", False)
    again = bad_minima_study((2, 1, 2), samples=10, descents=0)
    assert (again.with_bad_minima, again.undecided) == (0, found.with_bad_minima)


def test_results_depend_on_the_seed_only() -> None:
    first, again, other = (
        bad_minima_study((2, 1, 2), samples=8, seed=seed, descents=1) for seed in (3, 3, 4)
    )
    assert [b.value for b in first.bad_minima] == [b.value for b in again.bad_minima]
    assert [b.value for b in first.bad_minima] != [b.value for b in other.bad_minima]


def test_table_as_text_and_frame(table: TakeAwayTable, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = str(table).splitlines()
    assert len(lines) == 4
    assert "none of 25       none of 25" in lines[2]
    assert f"{table.cells[1][1].with_bad_minima} of 25" in lines[3]
    frame = table.to_pandas()
    assert frame.shape == (2, 2)
    assert frame.iloc[1, 1] == table.cells[1][1].with_bad_minima
    assert frame.index[0] == "filling, widths 3, 3, 3"
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(eg.EdgeomError, match=r"edgeom\[tables\]"):
        table.to_pandas()


def test_a_function_names_its_column() -> None:
    def sixth_powers(rng: np.random.Generator) -> Objective:
        return PowerDistance(rng.normal(size=(1, 1)), 6)

    losses = [sixth_powers, lambda rng: sixth_powers(rng)]
    named, unnamed = (bad_minima_study((1, 1), each, samples=1).loss for each in losses)
    assert (named, unnamed) == ("sixth_powers", "Σ (x - q)^6")


def test_undecided_samples_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*args: Any, **kwargs: Any) -> Any:
        raise eg.DegenerateDataError("a point is missing")

    monkeypatch.setattr(eg.CriticalProblem, "critical_points", lost)
    study: BadMinimaStudy = bad_minima_study((2, 1, 2), samples=5, descents=0)
    assert (study.undecided, study.with_bad_minima) == (5, 0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: bad_minima_study((2, 1, 2), "quadric"), "did you mean 'quadratic'"),
        (lambda: bad_minima_study((2, 1, 2), 4), "one of quadratic, generic metric, power"),
        (lambda: bad_minima_study((2, 1, 2), samples=0), "samples must be"),
        (lambda: bad_minima_study((2, 1, 2), sample=2), "did you mean 'samples'"),
        (lambda: bad_minima_study((2, 1, 2), descents=-1), "descents must be"),
        (lambda: bad_minima_study((2, 0, 2)), r"widths\[1\] must be at least 1"),
        (lambda: bad_minima_study((2, 1, 2), lambda rng: 5), "loss must be an Objective"),
        (
            lambda: bad_minima_study(
                (1, 1), lambda rng: SquaredDistance([[1]], eg.Metric([[-1]], indefinite=True))
            ),
            "about convex losses",
        ),
        (
            lambda: bad_minima_study(
                (1, 1), lambda rng: PolynomialObjective("a^4 + a^3", [["a"]]), samples=1
            ),
            "about convex losses",
        ),
        (
            lambda: bad_minima_study(
                (1, 1), lambda rng: PolynomialObjective("a^4", [["a"]]), samples=1
            ),
            "pass convex=True",
        ),
        (
            lambda: descend(LinearNetwork([1, 1]), [[[1]]]),
            "must be a NetworkLoss, got LinearNetwork",
        ),
        (lambda: take_away_table((3, 1, 3)), "is not filling"),
        (lambda: take_away_table(loss=PowerDistance.law(p=4)), r"a law without: give a function"),
        (lambda: take_away_table(loss=5), "a function or one of quadratic, generic metric"),
        (lambda: take_away_table(non_filling=(3, 3, 3)), "is filling"),
    ],
)
def test_wrong_arguments(call: Any, message: str) -> None:
    with pytest.raises(eg.InputError, match=message):
        call()
