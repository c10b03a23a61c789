"""Neurovarieties: charts of the right dimension, and how many critical points there are."""

from math import factorial, prod

import numpy as np
import pytest
from flint import acb

import edgeom as eg
from edgeom.critical.counting import ed_degree
from edgeom.homotopy.precision import run
from tests.selection import first

NETWORKS = [
    eg.PolynomialNetwork([3, 2, 1], 2),
    eg.PolynomialNetwork([2, 1, 2, 1], 2),
    eg.PolynomialNetwork([2, 2, 3, 2], 2),
    eg.PolynomialNetwork([2, 2, 1], 2, biases=True),
    eg.PolynomialNetwork([2, 2, 1], activation=[0, 1, 0.5]),
]


def bombieri(network: eg.PolynomialNetwork) -> eg.Metric:
    weights = [
        prod(map(factorial, alpha)) / factorial(network.degree) for alpha in network.monomials
    ]
    return eg.Metric.weights(weights * network.shape[0])


@pytest.mark.parametrize("network", NETWORKS, ids=str)
@pytest.mark.parametrize("seed", [0, 1])
def test_charts_are_immersions_onto_the_neurovariety(
    network: eg.PolynomialNetwork, seed: int
) -> None:
    from edgeom.varieties.base import geometry_tape

    variety = network.neurovariety()
    chart = variety.chart(np.random.default_rng(seed))
    assert len(chart.names) == variety.dimension == network.dimension
    u = chart.sample(np.random.default_rng(seed + 1), real=True)
    out = geometry_tape(chart).arrays(u=u[None])
    dx = out["dx"][0].reshape(-1, len(u))
    assert np.linalg.matrix_rank(dx, rtol=1e-9) == variety.dimension
    assert network.find_weights(out["x"][0].reshape(network.shape), seed) is not None


def test_membership() -> None:
    variety = eg.PolynomialNetwork([3, 2, 1], 2).neurovariety()
    assert variety.contains([[1, 0, 0, 1, 0, 0]]) and variety.contains(np.zeros((1, 6)))
    assert not variety.contains([[1, 0, 0, 1, 0, 1]])  # x² + y² + z²
    assert variety.is_singular(np.zeros((1, 6))) and not variety.is_singular(np.eye(1, 6))
    space = eg.PolynomialNetwork([2, 2, 1], 2).neurovariety()
    assert space.contains([[1, 2, 3]]) and not space.is_singular([[0, 0, 0]])
    assert space.singular_points == "" and variety.singular_points


@pytest.mark.parametrize(
    ("widths", "degree", "count"),
    [((3, 2, 1), 2, 13), ((4, 3, 1), 2, 40), ((2, 1, 2), 2, 14), ((2, 1, 2, 1), 2, 10)],
)
def test_generic_degrees_by_formula(widths: tuple[int, ...], degree: int, count: int) -> None:
    fact = eg.PolynomialNetwork(widths, degree).neurovariety().generic_ed_degree_fact()
    assert fact is not None and fact.value == count


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(
    ("widths", "degree", "law", "count"),
    [
        ((3, 2, 1), 2, "gaussian", 3),
        ((3, 2, 1), 2, "uniform", 13),
        ((2, 1, 2), 2, "gaussian", 4),
        ((2, 1, 2), 2, "uniform", 6),
    ],
)
def test_learning_degrees(
    widths: tuple[int, ...], degree: int, law: str, count: int, seed: int
) -> None:
    assert eg.PolynomialNetwork(widths, degree).learning_degree(law, seed=seed) == count


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(
    ("widths", "degree", "law", "count"),
    [
        ((3, 2, 1), 2, "generic", 13),
        ((4, 3, 1), 2, "generic", 40),
        ((4, 3, 1), 2, "uniform", 40),
        ((4, 3, 1), 2, "gaussian", 4),
        ((2, 2, 1), 4, "generic", 13),
        ((2, 2, 1), 4, "uniform", 13),
        ((2, 2, 1), 4, "gaussian", 7),
        ((2, 2, 1), 4, "Bombieri-Weyl", 7),
        ((2, 1, 2), 2, "generic", 14),
        ((2, 2, 2), 3, "generic", 83),
        ((2, 1, 2, 1), 2, "generic", 10),
    ],
)
def test_learning_degrees_certified_for_one_data_point(
    widths: tuple[int, ...], degree: int, law: str, count: int, seed: int
) -> None:
    network = eg.PolynomialNetwork(widths, degree)
    variety = network.neurovariety()
    if law == "generic":
        metric = eg.Metric.random(variety.ambient_dimension, seed + 5)
    else:
        metric = bombieri(network) if law == "Bombieri-Weyl" else network.metric(law)
    found = ed_degree(variety, metric, method="monodromy", seed=seed, certify=True)
    assert found == count


def test_gaussian_quadratic_networks_have_real_critical_points_only() -> None:
    network = eg.PolynomialNetwork([3, 2, 1], 2)
    table = eg.real_critical_table(
        network.neurovariety(), metric=network.metric("gaussian"), samples=50, seed=1
    )
    assert table.columns.tolist() == [3] and set(table.rows.tolist()) == {1, 2}
    assert table.counts.sum() == 50


def test_linear_spaces() -> None:
    filling = eg.PolynomialNetwork([2, 2, 1], 2).neurovariety()
    assert eg.generic_ed_degree(filling, method="formula") == 1
    assert eg.ed_degree(filling, method="formula") == 1


@pytest.mark.parametrize("law", first(1, ["gaussian", "uniform"]))
@pytest.mark.parametrize("seed", first(1, [0, 2]))
def test_functions_of_complex_conjugate_weights_are_certified_to_be_real(
    law: str, seed: int
) -> None:
    """Units may be swapped: a sum of two conjugate fourth powers is its own conjugate."""
    network = eg.PolynomialNetwork([2, 2, 1], 4)
    data = np.random.default_rng(seed).normal(size=network.shape)
    points = network.critical_points(data, law, seed)
    proof = points.certify()
    assert proof.is_certified.all() and not proof.is_undecided.any()
    assert (proof.is_real == points.is_real).all()
    assert (proof.index[points.is_real] == points.index[points.is_real]).all()
    assert None in network.weights_of(points)


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_twins_are_the_same_functions(network: eg.PolynomialNetwork) -> None:
    chart = network.neurovariety().chart(np.random.default_rng(1))
    rng = np.random.default_rng(2)
    u = rng.normal(size=len(chart.names)) + 1j * rng.normal(size=len(chart.names))
    balls = [acb(v) for v in u.tolist()]
    x = np.array([complex(value) for value in run(chart.geometry, u=balls)["x"]])
    for twin in chart.twins(balls):
        there = np.array([complex(value) for value in run(chart.geometry, u=twin)["x"]])
        np.testing.assert_allclose(there, x, rtol=1e-9, atol=1e-9)
