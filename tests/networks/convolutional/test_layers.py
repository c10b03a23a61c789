"""Layers and products: matrices, the product of filters and its differential."""

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from flint import fmpz_mat
from hypothesis import assume, given
from hypothesis import strategies as st

from edgeom.networks.convolutional.matrices import BOUNDARIES
from edgeom.networks.convolutional.network import ConvolutionalNetwork
from tests.networks.convolutional.networks import (
    INFINITY,
    LAW,
    form,
    integers,
    networks,
    plain,
    seeds,
)

# Layers and products


@LAW
@given(networks, seeds, st.sampled_from(BOUNDARIES), st.integers(0, 5))
def test_product_of_layers_is_the_layer_of_the_end_filter(
    network: ConvolutionalNetwork, seed: int, boundary: str, more: int
) -> None:
    filters = integers(network, seed)
    size = network.end_filter_size + more
    if boundary == "circular":  # also shorter than the filter, which then wraps around
        size = network.end_stride * (more + 1)
    matrices = network.matrices(filters, input_size=size, boundary=boundary)
    whole = np.eye(size, dtype=int)
    for matrix in matrices:
        whole = matrix @ whole
    end = network.end_matrix(network.multiply(filters), input_size=size, boundary=boundary)
    assert np.array_equal(whole, end)
    if boundary == "circular":
        assert end.shape == (size // network.end_stride, size)
    else:
        assert len(end) == (size - network.end_filter_size) // network.end_stride + 1


@LAW
@given(networks, seeds, st.fractions(-2, 2, max_denominator=5))
def test_filters_multiply_like_polynomials(
    network: ConvolutionalNetwork, seed: int, z: Fraction
) -> None:
    filters = integers(network, seed)
    end = network.multiply(filters).tolist()
    assert len(end) == network.end_filter_size

    def value(row: list[int], at: Fraction) -> Fraction:
        return sum((c * at**i for i, c in enumerate(row)), Fraction(0))

    power, expected = 1, Fraction(1)
    for row, stride in zip(filters, network.strides, strict=True):
        expected *= value(row, z**power)
        power *= stride
    assert value(end, z) == expected
    assert network.end_stride == power


@LAW
@given(networks, seeds)
def test_dimension_is_the_rank_of_the_differential(
    network: ConvolutionalNetwork, seed: int
) -> None:
    jacobian = network.differential(network.random_filters(seed))
    assert jacobian.shape == (network.end_filter_size, network.parameter_count)
    scales = np.linalg.norm(jacobian, axis=0)
    rank = np.linalg.matrix_rank(jacobian / scales, rtol=1e-10)
    assert rank == network.dim == network.parameter_count - (network.depth - 1)


@LAW
@given(networks, seeds)
def test_differential_is_the_derivative(network: ConvolutionalNetwork, seed: int) -> None:
    filters, moved = integers(network, seed), integers(network, seed + 1)
    jacobian = network.differential(filters)
    flat = [v for row in moved for v in row]
    step = Fraction(1, 10**12)
    ahead = [
        [a + step * b for a, b in zip(f, m, strict=True)]
        for f, m in zip(filters, moved, strict=True)
    ]
    slope = (network.multiply(ahead) - network.multiply(filters)) / step
    gap = np.array(slope - jacobian @ flat, float)
    assert np.abs(gap).max() < 1e-9 * (1 + np.abs(jacobian).max() ** 2)


@LAW
@given(plain, seeds)
def test_rank_of_the_differential_by_common_roots(network: ConvolutionalNetwork, seed: int) -> None:
    """The image consists of the multiples of a form of degree Σ_roots (Σ m_l - max m_l)."""
    rng = np.random.default_rng(seed)
    roots = [
        [(INFINITY, 0, 1)[i] for i in rng.integers(0, 3, size - 1)] for size in network.filter_sizes
    ]
    jacobian = network.differential([form(*own).tolist() for own in roots])
    rank = fmpz_mat(jacobian.tolist()).rank()
    counts = [Counter(own) for own in roots]
    common = sum(sum(c[r] for c in counts) - max(c[r] for c in counts) for r in (INFINITY, 0, 1))
    assert rank == network.end_filter_size - common


def test_integers_and_fractions_are_multiplied_exactly() -> None:
    network = ConvolutionalNetwork((2, 2))
    large = 10**30
    assert network.multiply([[large, 1], [large, -1]]).tolist() == [large**2, 0, -1]
    mixed = network.multiply([np.array([2**40, 1]), np.array([2**40, -1])])
    assert mixed.tolist() == [2**80, 0, -1]
    assert network.multiply([[Fraction(1, 3), 1], [3, 0]]).tolist() == [1, 3, 0]
    assert network.multiply([[2**63, 1], [1, -1]]).tolist() == [2**63, 1 - 2**63, -1]
    assert network.multiply([[1, 2], [3, 4]]).dtype == np.int64
    assert network.multiply([[1, 2.5], [3, 4]]).dtype == float


def test_layers_of_both_boundaries() -> None:
    network = ConvolutionalNetwork((3,), strides=(2,))
    (valid,) = network.matrices([[1, 2, 3]], input_size=6)
    assert valid.tolist() == [[1, 2, 3, 0, 0, 0], [0, 0, 1, 2, 3, 0]]
    (circular,) = network.matrices([[1, 2, 3]], input_size=6, boundary="circular")
    assert circular.tolist() == [[1, 2, 3, 0, 0, 0], [0, 0, 1, 2, 3, 0], [3, 0, 0, 0, 1, 2]]
    (short,) = network.matrices([[1, 2, 4]], input_size=2, boundary="circular")
    assert short.tolist() == [[5, 2]]


@LAW
@given(networks, seeds, st.sampled_from(BOUNDARIES))
def test_quadratic_loss_is_a_squared_distance(
    network: ConvolutionalNetwork, seed: int, boundary: str
) -> None:
    assume(network.end_filter_size <= 15)
    rng = np.random.default_rng(seed)
    size = network.end_stride * -(-network.end_filter_size // network.end_stride)
    x = rng.normal(size=(size, 2 * network.end_filter_size))
    u, v = rng.normal(size=(2, network.end_filter_size))
    shape = network.end_matrix(u, input_size=size, boundary=boundary) @ x
    y = rng.normal(size=shape.shape)
    metric, q = network.quadratic_loss(x, y, boundary=boundary)

    def loss(w: np.ndarray) -> float:
        end = network.end_matrix(w, input_size=size, boundary=boundary)
        return float(np.sum((end @ x - y) ** 2))

    def squared(w: np.ndarray) -> float:
        return float((w - q) @ metric.matrix @ (w - q))

    assert loss(u) - loss(v) == pytest.approx(squared(u) - squared(v), rel=1e-8, abs=1e-8)
    assert squared(u) <= loss(u) * (1 + 1e-9)
