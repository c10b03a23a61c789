"""Polynomial convolutions: dimension, coefficients, and the generic ED degree by two ways."""

import numpy as np
import pytest

import edgeom as eg
from edgeom.errors import InputError
from edgeom.networks.polynomial.convolution import Filters


@pytest.mark.parametrize(
    ("sizes", "degree", "strides"), [((2, 2), 2, (1,)), ((3, 2, 2), 2, (2, 1)), ((2, 3), 3, (2,))]
)
def test_coefficients_are_those_of_the_network(
    sizes: tuple[int, ...], degree: int, strides: tuple[int, ...]
) -> None:
    filters = Filters(sizes, degree, strides)
    rng = np.random.default_rng(0)
    w, x = rng.normal(size=sum(sizes)), rng.normal(size=filters.windows[0])
    values = x
    for number, part in enumerate(np.split(w, np.cumsum(sizes)[:-1])):
        stride = (*strides, 1)[number]
        values = np.correlate(values, part, "valid")[::stride]
        values = values**degree if number < len(sizes) - 1 else values
    powers = np.array([np.prod(x ** np.array(alpha)) for alpha in filters.monomials])
    assert values == pytest.approx([powers @ np.array(filters.coefficients(w.tolist()), float)])


@pytest.mark.parametrize("sizes", [(2, 2), (3, 2), (2, 3, 2), (3, 3)])
@pytest.mark.parametrize("degree", [2, 3])
def test_dimension_is_the_rank(sizes: tuple[int, ...], degree: int) -> None:
    variety = eg.ConvolutionalNeurovariety(sizes, degree)
    assert variety.dimension == sum(sizes) - len(sizes) + 1
    u = np.random.default_rng(1).normal(size=(1, sum(sizes)))
    dx = variety.source.geometry.arrays(u=u)["dx"].reshape(-1, sum(sizes))
    assert np.linalg.matrix_rank(dx, rtol=1e-9) == variety.dimension


@pytest.mark.parametrize(
    ("sizes", "degree", "strides", "count"),
    [((2, 2), 2, [1], 14), ((2, 2), 2, [2], 14), ((3, 2), 2, [1], 79), ((2, 2), 3, [1], 22)],
)
def test_generic_degrees(
    sizes: tuple[int, ...], degree: int, strides: list[int], count: int
) -> None:
    variety = eg.ConvolutionalNeurovariety(sizes, degree, strides)
    fact = variety.generic_ed_degree_fact()
    assert fact is not None and fact.value == count
    assert eg.generic_ed_degree(variety, method="monodromy", seed=1) == count


def test_what_is_no_network() -> None:
    with pytest.raises(InputError, match="at least two filters"):
        eg.ConvolutionalNeurovariety([3])
    with pytest.raises(InputError, match="there must be 1 strides, got 2"):
        eg.ConvolutionalNeurovariety([3, 2], 2, [1, 1])
    with pytest.raises(InputError, match="the limit is"):
        eg.ConvolutionalNeurovariety([2] * 6, 9)
