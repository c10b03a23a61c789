"""Combinations of patterns that are told at once to have no critical points."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import edgeom as eg
from edgeom.networks.relu import points
from edgeom.networks.relu.landscape import Search
from edgeom.networks.relu.sieve import PRIME, Sieve, _ranks


class Everything:
    """All combinations, without a sieve."""

    def __init__(self, search: Search, boundaries: bool) -> None:
        self.every = list(search.combinations(boundaries))
        self.count = len(self.every)

    def __iter__(self) -> Iterator[tuple[Any, None]]:
        return ((units, None) for units in self.every)


def facts(found: points.ReluCriticalPoints) -> list[Any]:
    return [
        (p.exact_loss, tuple(p.values), p.type, p.is_isolated, p.dead, p.on_boundary) for p in found
    ]


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(
    ("inputs", "hidden", "samples", "biases"),
    [(1, 2, 4, True), (1, 3, 3, True), (2, 2, 3, False), (2, 1, 4, True)],
)
def test_nothing_is_lost(
    inputs: int, hidden: int, samples: int, biases: bool, seed: int, monkeypatch: Any
) -> None:
    """Points in general position, and integers: repeated, on lines and at the origin."""
    rng = np.random.default_rng(seed)
    x = rng.integers(-2, 3, size=(inputs, samples)) if seed else rng.normal(size=(inputs, samples))
    y = rng.integers(-2, 3, size=samples)
    network = eg.ReluNetwork(inputs, hidden, biases=biases)
    quick = network.critical_points(x, y)
    monkeypatch.setattr(points, "Sieve", Everything)
    slow = network.critical_points(x, y)
    assert facts(quick) == facts(slow)
    assert quick.combinations == slow.combinations


@given(st.integers(0, 10**6), st.integers(1, 5), st.integers(1, 5))
@settings(max_examples=50)
def test_ranks_modulo_a_prime(seed: int, rows: int, cols: int) -> None:
    rng = np.random.default_rng(seed)
    matrices = rng.integers(-2, 3, size=(8, rows, cols)) * rng.integers(0, 2, size=(8, rows, 1))
    expected = [np.linalg.matrix_rank(matrix) for matrix in matrices]
    assert _ranks(matrices.astype(np.int64) % PRIME).tolist() == expected


def test_most_combinations_are_told_at_once() -> None:
    rng = np.random.default_rng(0)
    network = eg.ReluNetwork(1, 2)
    search = network.search(rng.normal(size=(1, 5)), rng.normal(size=5))
    sieve = Sieve(search, True)
    assert sum(1 for _ in sieve) < 0.6 * sieve.count
    with pytest.raises(eg.InputError, match="combinations of patterns, the limit is 3,000,000"):
        eg.ReluNetwork(1, 6).critical_points(rng.normal(size=(1, 7)), rng.normal(size=7))
