"""Moments of random inputs, and the metric of training on them."""

from typing import Any

import numpy as np
import pytest

import edgeom as eg
from edgeom.errors import InputError
from edgeom.networks.polynomial.forms import monomials
from edgeom.objectives.moments import gram_matrix


def sampled(law: str, variables: int, count: int, rng: np.random.Generator) -> np.ndarray:
    if law == "uniform":
        return rng.uniform(-1, 1, (variables, count))
    x = rng.normal(size=(variables, count))
    return x / np.linalg.norm(x, axis=0) if law == "sphere" else x


@pytest.mark.parametrize("law", ["gaussian", "uniform", "sphere"])
@pytest.mark.parametrize("degrees", [[2], [3], [2, 1, 0]])
def test_moments_are_means(law: str, degrees: list[int]) -> None:
    powers = monomials(3, degrees)
    exact = gram_matrix(law, powers)
    mean = gram_matrix(sampled(law, 3, 400_000, np.random.default_rng(1)), powers)
    scale = np.sqrt(np.outer(np.diag(exact), np.diag(exact)))
    assert np.abs((exact - mean) / scale).max() < 0.06


def test_known_moments() -> None:
    quartics = gram_matrix("gaussian", [(4,), (2,)])
    assert np.array_equal(quartics, [[105, 15], [15, 3]])
    assert np.allclose(gram_matrix("uniform", [(2, 0), (0, 2)]), [[1 / 5, 1 / 9], [1 / 9, 1 / 5]])
    sphere = gram_matrix("sphere", [(1, 0, 0), (0, 1, 0), (0, 0, 1)])
    assert np.allclose(sphere, np.eye(3) / 3)


def test_the_metric_is_the_mean_of_squares() -> None:
    network = eg.PolynomialNetwork([2, 2, 2], 3)
    x = np.random.default_rng(0).normal(size=(2, 50))
    metric = network.metric(x)
    v, w = network.random_weights(1), network.random_weights(2)
    gap = (network.map(v) - network.map(w)).ravel()
    loss = np.mean(np.sum((network.outputs(v, x) - network.outputs(w, x)) ** 2, axis=0))
    assert gap @ metric.matrix @ gap == pytest.approx(loss)
    assert network.metric(metric) is metric


def test_gaussian_and_sphere_are_multiples_for_forms() -> None:
    powers = monomials(3, [2])
    assert np.allclose(gram_matrix("gaussian", powers), 15 * gram_matrix("sphere", powers))


def test_singular_moments() -> None:
    powers = monomials(2, [2])
    few = np.ones((2, 2)) + np.eye(2)
    with pytest.raises(InputError, match="moments of 3 monomials have rank 2: there are too few"):
        eg.Metric.from_moments(few, powers)
    seen = eg.Metric.from_moments(few, powers, indefinite=True)
    assert seen.indefinite and seen.name == "mean over samples, which see 2 of 3 monomials"
    with pytest.raises(InputError, match="fulfil an equation"):  # x² + y² = 1 on the sphere
        eg.Metric.from_moments("sphere", monomials(2, [2, 1, 0]))
    assert not eg.Metric.from_moments("gaussian", powers, indefinite=True).indefinite


@pytest.mark.parametrize(
    ("inputs", "powers", "message"),
    [
        ("gausian", [(1,)], "there are gaussian"),
        ("normal", [(1,)], "there are gaussian .standard normal."),
        ("gaussian", [], "monomials must be a list of exponents"),
        ("gaussian", [(1,), (1,)], "no monomial may be there twice"),
        ("gaussian", [(-1,)], "at least 0"),
        ([[1.0, 2.0]], [(1, 0)], "with 2 rows, got shape"),
        ([[float("nan")]], [(1,)], "finite"),
        ([["x"]], [(1,)], "array of numbers"),
    ],
)
def test_what_has_no_moments(inputs: Any, powers: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        gram_matrix(inputs, powers)
