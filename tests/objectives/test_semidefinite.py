"""Metrics that do not see all directions: their kernel, masks, and what is no such metric."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeom.errors import InputError
from edgeom.objectives.metric import Metric

SEEDS = range(4)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("n", "rank"), [(2, 1), (4, 3), (6, 2)])
def test_kernel(n: int, rank: int, seed: int) -> None:
    f = np.random.default_rng(seed).normal(size=(rank, n))
    metric = Metric.from_map(f)
    assert metric.kernel.shape == (n, n - rank)
    np.testing.assert_allclose(f @ metric.kernel, 0, atol=1e-12)
    np.testing.assert_allclose(metric.kernel.T @ metric.kernel, np.eye(n - rank), atol=1e-12)
    assert metric.is_singular
    assert not metric.is_definite


@given(st.lists(st.sampled_from([0.0, 1e-9, 1.0, 1e9]), min_size=1, max_size=6).filter(any))
def test_kernel_of_weights_of_any_size(weights: list[float]) -> None:
    zeros = [k for k, weight in enumerate(weights) if weight == 0]
    for metric in (Metric.weights(weights), Metric(np.diag(weights)).rescaled([3] * len(weights))):
        np.testing.assert_array_equal(metric.kernel, np.eye(len(weights))[:, zeros])
    assert Metric.weights(weights).is_definite == (not zeros)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("samples", [1, 2, 4])
def test_fewer_samples_than_columns(samples: int, seed: int) -> None:
    """S = I ⊗ XXᵀ does not see matrices that vanish on the columns of X."""
    X = np.random.default_rng(seed).normal(size=(4, samples))
    metric = Metric.from_data(X, rows=2)
    kernel = metric.kernel.T.reshape(-1, 2, 4)
    assert len(kernel) == 2 * (4 - samples)
    np.testing.assert_allclose(kernel @ X, 0, atol=1e-10)


def test_mask() -> None:
    observed = np.array([[True, False], [True, True]])
    metric = Metric.mask(observed)
    np.testing.assert_array_equal(np.diag(metric.matrix), [1, 0, 1, 1])
    assert metric.name == "3 of 4 entries observed"
    np.testing.assert_array_equal(Metric.mask([1, 0]).matrix, np.diag([1, 0]))


def test_masked_weights() -> None:
    metric = Metric.weights([1, 2, 3]).masked([True, False, True])
    np.testing.assert_array_equal(metric.matrix, np.diag([1, 0, 3]))
    assert metric.name == "entrywise weights, 2 of 3 entries observed"
    full = Metric.random(3)
    assert full.masked([True, True, True]) is full


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Metric.mask([1, 2]), "observed must say True or False"),
        (lambda: Metric.mask([0, 0]), "the metric is 0: all points have the same distance 0"),
        (lambda: Metric.random(2).masked([1, 0]), "'random, seed 0' is a full matrix"),
        (lambda: Metric([[1, 1], [1, 1 - 1e-9]]), "must be positive semidefinite"),
    ],
)
def test_refused(call: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()  # type: ignore[operator]
