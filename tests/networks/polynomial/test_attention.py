"""Lightning self-attention: coefficients, and the dimension of its functions."""

import numpy as np
import pytest

import edgeom as eg
from edgeom.networks.polynomial.attention import AttentionWeights


@pytest.mark.parametrize("tokens", [2, 3])
def test_coefficients_are_those_of_the_layer(tokens: int) -> None:
    weights = AttentionWeights(2, 3, 1, tokens)
    rng = np.random.default_rng(0)
    w, x = rng.normal(size=weights.parameter_count), rng.normal(size=(2, tokens))
    v, k, q = w[:6].reshape(3, 2), w[6:8].reshape(1, 2), w[8:].reshape(1, 2)
    output = (v @ x @ x.T @ k.T @ q @ x)[:, 0]
    powers = np.array([np.prod(x.ravel() ** np.array(alpha)) for alpha in weights.monomials])
    coefficients = np.array(weights.coefficients(w.tolist()), float).reshape(weights.shape)
    assert np.allclose(coefficients @ powers, output)


@pytest.mark.parametrize(
    ("inputs", "outputs", "rank"),
    [(2, 1, 1), (2, 2, 1), (2, 2, 2), (3, 2, 1), (3, 1, 2), (2, 1, 3)],
)
def test_dimension(inputs: int, outputs: int, rank: int) -> None:
    """That of V and of A of bounded rank, less one scale."""
    r = min(rank, inputs)
    variety = eg.AttentionNeurovariety(inputs, outputs, rank)
    assert variety.dimension == inputs * outputs + r * (2 * inputs - r) - 1
    assert len(variety.chart().names) == variety.dimension


@pytest.mark.parametrize("seed", [0, 1])
def test_critical_points(seed: int) -> None:
    variety = eg.AttentionNeurovariety(2, 1, rank=1)
    assert eg.generic_ed_degree(variety, seed=seed) == 10
