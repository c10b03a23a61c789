"""Which real functions have real weights: decided, and compared with weights that are there."""

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest

import edgeom as eg
from edgeom.errors import InputError


def discriminant(rows: list[list[int]]) -> int:
    """D = M13² - M12 M23 of the minors of two rows over (x², xy, y²)."""
    a, b = rows
    minor = {(i, j): a[i] * b[j] - a[j] * b[i] for i, j in combinations(range(3), 2)}
    return minor[0, 2] ** 2 - minor[0, 1] * minor[1, 2]


@pytest.mark.parametrize("tolerance", [0, 1e-9])
def test_two_quadratic_forms_by_a_discriminant(tolerance: float) -> None:
    network = eg.PolynomialNetwork([2, 2, 2], 2)
    rng, seen = np.random.default_rng(0), set()
    for _ in range(200):
        rows = rng.integers(-2, 3, (2, 3)).tolist()
        if np.linalg.matrix_rank(rows) < 2:
            continue
        sign = (discriminant(rows) > 0) - (discriminant(rows) < 0)
        place = {1: "image", 0: "closure", -1: "outside"}[sign]
        assert network.real_image(rows, tolerance).place == place, rows
        seen.add(place)
    assert len(seen) == 3


@pytest.mark.parametrize(
    "network",
    [
        eg.PolynomialNetwork([2, 2, 3], 2),
        eg.PolynomialNetwork([2, 2, 1], 4),
        eg.PolynomialNetwork([2, 3, 2], 4),
        eg.PolynomialNetwork([3, 2, 1], 2),
        eg.PolynomialNetwork([4, 2, 1], 2),
    ],
    ids=str,
)
def test_functions_of_real_weights_are_in_the_image(network: eg.PolynomialNetwork) -> None:
    rng = np.random.default_rng(1)
    for _ in range(10):
        w = [rng.integers(-9, 10, shape) for shape in network.weight_shapes]
        exact = np.array(network.coefficients(network.flatten(w).astype(int).tolist()))
        assert network.real_image(exact.reshape(network.shape).tolist()).place == "image"
        v = network.random_weights(int(rng.integers(1000)))
        assert network.real_image(network.map(v), 1e-9).place == "image"


def test_sums_of_powers_of_conjugate_lines_are_outside() -> None:
    """(x + iy)⁴ + (x - iy)⁴ is real, and of no real network with two units."""
    form = [[2, 0, -12, 0, 2]]
    network = eg.PolynomialNetwork([2, 2, 1], 4)
    assert network.neurovariety().contains(np.array(form, float))
    assert network.real_image(form).place == "outside"
    assert network.find_weights(form) is None
    assert network.real_image([[0, 4, 0, 0, 0]]).place == "closure"  # x³y, a limit of differences
    assert network.real_image([[1, 0, 0, 0, 1]]).place == "image"
    assert network.real_image([[0, 0, 1, 0, 0]]).place == "outside"  # x²y² has rank 3


def test_closure_is_the_limit_of_the_image() -> None:
    network = eg.PolynomialNetwork([2, 2, 2], 2)
    assert network.real_image([[1, 0, 0], [0, 1, 0]]).place == "closure"
    for sign, place in ((1, "image"), (-1, "outside")):
        near = [[1, 0, 0], [0, 1, Fraction(sign, 10**6)]]
        assert network.real_image([[1, 0, near[1][2] * 0], near[1]]).place in ("image", "closure")
        moved = [[1, 0, Fraction(sign, 10**12)], [0, 1, 0]]
        assert network.real_image(moved).place == place


def test_symmetric_matrices() -> None:
    network = eg.PolynomialNetwork([3, 2, 1], 2)
    found = network.real_image([[1, 0, 0, -1, 0, 0]])
    assert found.place == "image" and "rank 2" in found.reason and "(1, 1)" in found.reason
    assert network.real_image([[1, 0, 0, -1, 0, 2]]).place == "outside"


def test_where_several_forms_annihilate() -> None:
    cubics = eg.PolynomialNetwork([2, 3, 1], 3)
    assert cubics.real_image([[1, 0, 1, 0]]).place == "image"
    assert eg.PolynomialNetwork([2, 2, 2], 3).real_image([[0, 0, 0, 0]] * 2).place == "image"


def test_other_networks_are_refused() -> None:
    deep = eg.PolynomialNetwork([3, 2, 2], 3)
    with pytest.raises(InputError, match="decided for one hidden layer"):
        deep.real_image(np.zeros(deep.shape))
    with pytest.raises(InputError, match="coefficients must have shape"):
        deep.real_image([[1, 2]])
    w = deep.random_weights(3)
    found = deep.find_weights(deep.map(w))
    assert found is not None and deep.same_function(w, found, 1e-6)
