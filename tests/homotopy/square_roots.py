"""Systems of square roots, whose paths are known."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.homotopy.tracker import PathTracker
from tests.programs import square_roots

Array = NDArray[Any]


def orthogonal(n: int, seed: int) -> Array:
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(n, n)))[0]


@cache
def roots_tracker(n: int, order: int = 4, seed: int = 1) -> PathTracker:
    """A tracker for T (v² - p) = 0, u = T v."""
    return PathTracker(square_roots(orthogonal(n, seed)), order=order)


def all_roots(p: Array, turn: Array) -> Array:
    signs = np.array(list(product([1, -1], repeat=len(p))))
    return signs * np.sqrt(p.astype(complex)) @ turn.T


def random_parameters(rng: np.random.Generator, *shape: int) -> Array:
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)
