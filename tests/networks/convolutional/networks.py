"""Random convolutional networks and forms."""

from typing import Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from edgeom.networks.convolutional.network import ConvolutionalNetwork

LAW = settings(max_examples=40, deadline=None, derandomize=True)
INFINITY = "∞"
layers = st.integers(2, 4)
networks = layers.flatmap(
    lambda n: st.builds(
        ConvolutionalNetwork,
        st.lists(st.integers(1, 4), min_size=n, max_size=n),
        st.lists(st.integers(1, 3), min_size=n, max_size=n),
    )
)
plain = layers.flatmap(
    lambda n: st.builds(ConvolutionalNetwork, st.lists(st.integers(1, 4), min_size=n, max_size=n))
)
seeds = st.integers(0, 10**6)


def integers(network: ConvolutionalNetwork, seed: int, size: int = 5) -> list[list[int]]:
    rng = np.random.default_rng(seed)
    return [rng.integers(-size, size + 1, k).tolist() for k in network.filter_sizes]


def form(*roots: Any) -> np.ndarray:
    """Return the form with real or Gaussian integers as roots; it has to be real."""
    value = np.ones(1)
    for root in roots:
        value = np.convolve(value, [1, 0] if root == INFINITY else [-root, 1])
    assert not value.imag.any()
    return value.real.astype(int)


class OnlyAnArray:
    """Like a tensor: converts to an array, but its entries are no numbers."""

    def __init__(self, values: Any) -> None:
        self.values = np.asarray(values)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if self.values.size == 0:
            raise RuntimeError("use tensor.detach().numpy() instead")
        return self.values.astype(dtype) if dtype else self.values
