"""Losses of convolutional networks in their filters, against the critical points on all strata."""

from __future__ import annotations

import numpy as np
import pytest

import edgeom as eg

CASES = [
    ((2, 2), None),
    ((2, 2, 2), None),
    ((3, 3), None),
    ((3, 2), (2, 1)),
    ((2, 2, 2), (1, 2, 1)),
]


def example(case: int, seed: int = 0):  # type: ignore[no-untyped-def]
    network = eg.ConvolutionalNetwork(*CASES[case])
    k = network.end_filter_size
    data = np.random.default_rng(seed).normal(size=k)
    return network, eg.NetworkLoss(network, eg.SquaredDistance(data, eg.Metric.random(k, 1)))


@pytest.mark.parametrize("case", range(len(CASES)))
def test_derivatives(case: int) -> None:
    network, loss = example(case)
    rng = np.random.default_rng(case)
    w, d = rng.normal(size=(2, network.parameter_count))
    h = 1e-5
    ends = [network.unflatten(w + s * d) for s in (h, -h)]
    slope = (loss.value(ends[0]) - loss.value(ends[1])) / (2 * h)
    filters = network.unflatten(w)
    gradient = network.flatten(loss.gradient(filters))
    assert slope == pytest.approx(gradient @ d, rel=1e-6)
    turn = [network.flatten(loss.gradient(end)) for end in ends]
    np.testing.assert_allclose(
        (turn[0] - turn[1]) / (2 * h), loss.hessian(filters) @ d, rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("case", range(len(CASES)))
def test_critical_filters_of_all_strata_are_classified(case: int) -> None:
    """Which filters are minima is known from their roots, by another computation."""
    network, loss = example(case)
    points = network.critical_points(loss.loss.data, loss.loss.metric)
    seen = 0
    for point in points.filters:
        if point.filters is None:
            continue
        report = loss.classify(point.filters, tolerance=1e-6)
        assert report.critical and report.is_minimum == point.is_filter_minimum
        simple = all(m == 1 for part in point.stratum for m in part)
        assert (report.kind == "pure") == simple
        assert simple == (report.differential_rank == network.dim)
        seen += 1
    assert seen


def test_a_filter_of_zeros_is_a_saddle_and_single_precision_is_polished() -> None:
    network, loss = example(1)
    report = loss.classify([np.zeros(2)] * 3)
    assert (report.kind, report.type) == ("spurious", "saddle") and "a filter is 0" in report.reason
    end = eg.descend(loss, network.random_filters(0)).weights
    layers = [w.astype(np.float32).reshape(1, 1, -1) for w in end]  # as of Conv1d
    report = loss.classify({f"{2 * i}.weight": w for i, w in enumerate(layers)})
    assert report.type == "local minimum" and 0 < report.moved < 1e-5
    report = loss.classify([np.asarray(w, float) for w in layers])
    assert not report.critical and "polish=True" in str(report)


def test_losses_that_do_not_fit() -> None:
    with pytest.raises(eg.InputError, match=r"end filters have shape .*quadratic_loss"):
        eg.NetworkLoss(eg.ConvolutionalNetwork((2, 2)), eg.SquaredDistance([1.0, 2.0]))
