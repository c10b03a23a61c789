"""Polynomial networks: the map from weights to coefficients, dimension, and what cannot be."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import edgeom as eg
from edgeom.errors import InputError
from tests.literature import DIMENSIONS

architectures = st.builds(
    eg.PolynomialNetwork,
    st.lists(st.integers(1, 3), min_size=3, max_size=4),
    st.integers(2, 3),
    st.booleans(),
    st.sampled_from([None, "t^2 - t", [0, 1, 0.5]]),
)


@settings(max_examples=25, deadline=None)
@given(network=architectures, seed=st.integers(0, 1000))
def test_coefficients_are_those_of_the_function(network: eg.PolynomialNetwork, seed: int) -> None:
    w = network.random_weights(seed)
    x = np.random.default_rng(seed).normal(size=(network.widths[0], 5))
    powers = [[np.prod(column**alpha) for alpha in network.monomials] for column in x.T]
    by_coefficients = network.map(w) @ np.array(powers).T
    assert np.allclose(by_coefficients, network.outputs(w, x), rtol=1e-9, atol=1e-9)
    flat = network.flatten(w)
    assert all(map(np.array_equal, network.unflatten(flat), w))


@pytest.mark.parametrize(
    "network",
    [eg.PolynomialNetwork([2, 2, 2], 3), eg.PolynomialNetwork([2, 2, 2, 1], [2, 3], biases=True)],
)
def test_differential_is_the_derivative(network: eg.PolynomialNetwork) -> None:
    rng = np.random.default_rng(0)
    w, v = rng.normal(size=(2, network.parameter_count))
    h = 1e-5
    ahead, behind = (network.map(network.unflatten(w + s * h * v)) for s in (1, -1))
    slope = network.differential(network.unflatten(w)) @ v
    assert np.allclose((ahead - behind).ravel() / (2 * h), slope, rtol=1e-5, atol=1e-6)


def test_dimensions_of_the_literature() -> None:
    assert len(DIMENSIONS) == 62
    for entry in DIMENSIONS:
        network = eg.PolynomialNetwork(entry["d"], entry["r"])
        assert network.dimension == entry["dim"], entry
        assert network.expected_dimension == entry["expected"]
        assert network.ambient_dimension == entry["ambient"]
        assert network.parameter_count == entry["params"]
        assert (network.defect > 0, network.filling) == (entry["defective"], entry["filling"])


@pytest.mark.parametrize(
    ("widths", "dimension", "expected"),
    [((5, 5, 3, 1), 32, 35), ((2, 3, 3, 2, 1), 9, 9), ((2, 3, 3, 4, 4, 2, 1), 33, 33)],
)
def test_dimensions_of_deep_networks(
    widths: tuple[int, ...], dimension: int, expected: int
) -> None:
    network = eg.PolynomialNetwork(widths, 2)
    assert (network.dimension, network.expected_dimension) == (dimension, expected)
    assert network.rank.proved == (dimension == expected)
    assert network.rank.error < 1e-12


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(
    "network",
    [
        eg.PolynomialNetwork([2, 3, 2], 2, biases=True),
        eg.PolynomialNetwork([2, 2, 2], activation=[0, 1, 0.5]),
        eg.PolynomialNetwork([2, 2, 2], activation=[0, 1, 0.5], biases=True),
        eg.PolynomialNetwork([2, 2, 3, 1], 3),
    ],
    ids=str,
)
def test_rank_is_that_of_the_differential_in_floating_point(
    network: eg.PolynomialNetwork, seed: int
) -> None:
    differential = network.differential(network.random_weights(seed))
    assert network.dimension == np.linalg.matrix_rank(differential, rtol=1e-9)


def test_a_square_with_biases_is_every_quadratic_activation() -> None:
    """t + t²/2 is ½ (t + 1)² - ½: with biases both networks have the same functions."""
    pure = eg.PolynomialNetwork([2, 2, 1], 2, biases=True)
    other = eg.PolynomialNetwork([2, 2, 1], activation=[0, 1, 0.5], biases=True)
    assert pure.dimension == other.dimension
    (a, b), half = pure.random_weights(3), np.array([0.5, 0.5])
    shifted = a.copy()
    shifted[:, 2] -= 1  # ½ (a x + b)² - ½ = ρ(a x + b - 1)
    outer = np.append(b[0, :2] / half, b[0, 2] + b[0, :2].sum())
    assert np.allclose(pure.map([a, b]), other.map([shifted, [outer]]))


def test_activations_are_read() -> None:
    by_text = eg.PolynomialNetwork([2, 2, 1], activation="t + t^2/2")
    assert by_text == eg.PolynomialNetwork([2, 2, 1], activation=[0, 1, Fraction(1, 2)])
    assert by_text.degrees == (2,) and not by_text.is_homogeneous
    mixed = eg.PolynomialNetwork([2, 2, 2, 1], activation=["t^2", "t^3"])
    assert mixed == eg.PolynomialNetwork([2, 2, 2, 1], [2, 3])
    assert repr(mixed) == "PolynomialNetwork([2, 2, 2, 1], [2, 3])" and mixed.degree == 6


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([3, 2],), "at least one hidden layer"),
        (([3, 2, 1], 1), r"degree\[0\] must be between 2"),
        (([3, 2, 1], [2, 2]), "one for each of the 1 hidden layers"),
        (([3, 2, 1], 2, False, [0, 1]), "degree at least 2, got degree 1"),
        (([3, 2, 1], 2, False, "t + s"), "s"),
        (([3, 2, 1], 2, False, [object()]), "coefficients"),
        (([2, 2, 2, 2, 2], 90), "the limits are"),
    ],
)
def test_what_is_no_network(arguments: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        eg.PolynomialNetwork(*arguments)


def test_weights_that_do_not_fit() -> None:
    network = eg.PolynomialNetwork([2, 2, 1], 2, biases=True)
    with pytest.raises(InputError, match="the last column for biases"):
        network.map([np.ones((2, 2)), np.ones((1, 2))])
    with pytest.raises(InputError, match="must be 2 matrices"):
        network.map([np.ones((2, 3))])
    with pytest.raises(InputError, match="inputs must be an array"):
        network.outputs(network.random_weights(), np.ones((3, 4)))
