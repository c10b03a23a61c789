"""Hankel matrices: points, ranks and the numbers of Ottaviani, Spaenlehauer and Sturmfels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import edgeom as eg
from edgeom.degrees.closed_forms import hankel_generic_ed_degree

sizes = st.integers(1, 4)


def powers(values: list[float], rows: int, cols: int) -> np.ndarray:
    """Return the sum of the Hankel matrices of rank one of these numbers."""
    exponents = np.add.outer(np.arange(rows), np.arange(cols))
    return sum(np.asarray(value, float) ** exponents for value in values)


@given(sizes, sizes, st.data())
def test_sums_of_powers(rows: int, cols: int, data: st.DataObject) -> None:
    rank = data.draw(st.integers(0, min(rows, cols)))
    V = eg.HankelVariety(rows, cols, rank)
    assert V.dimension == (rows + cols - 1 if rank == min(rows, cols) else 2 * rank)
    values = [0.5, -1.0, 2.0, 1.5]
    point = powers(values[:rank], rows, cols) if rank else np.zeros((rows, cols))
    assert V.contains(point)
    assert np.array_equal(V.unflatten(V.flatten(point)), point)
    if rank < min(rows, cols):
        more = powers(values[: rank + 1], rows, cols)
        assert not V.contains(more)
        assert rank == 0 or (not V.is_singular(point) and V.is_singular(0 * point))


@pytest.mark.parametrize("shape", [(3, 3), (3, 4), (4, 3), (2, 5)])
def test_frobenius_norm(shape: tuple[int, int]) -> None:
    V = eg.HankelVariety(*shape, rank=1)
    point = V.unflatten(np.random.default_rng(0).normal(size=V.ambient_dimension))
    norm = V.flatten(point) @ V.default_metric.matrix @ V.flatten(point)
    assert norm == pytest.approx(np.sum(point**2))


@pytest.mark.parametrize(("rows", "cols", "rank"), [(2, 2, 1), (3, 3, 1), (3, 3, 2), (2, 4, 1)])
def test_generic_numbers(rows: int, cols: int, rank: int) -> None:
    V = eg.HankelVariety(rows, cols, rank)
    known = hankel_generic_ed_degree(rows + cols - 2, rank)
    assert V.generic_ed_degree_fact().value == known
    assert eg.generic_ed_degree(V, method="monodromy") == known


def test_frobenius_numbers() -> None:
    assert eg.ed_degree(eg.HankelVariety(3, 3, 2)) == 9


def test_the_least_distance_is_to_a_matrix_of_the_rank() -> None:
    V = eg.HankelVariety(3, 3, rank=2)
    q = powers([0.5, -1.0, 2.0], 3, 3)
    points = eg.DistanceProblem(V, data=q).critical_points()
    assert len(points) == 9 and points.nearest.squared_distance < np.sum(q**2)
    assert np.linalg.matrix_rank(points.nearest.point, tol=1e-8) == 2


def test_all_matrices() -> None:
    assert eg.ed_degree(eg.HankelVariety(2, 3, rank=2)) == 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: eg.HankelVariety(3, 3, 4), r"between 0 and min\(rows, cols\) = 3, got 4"),
        (lambda: eg.HankelVariety(0, 3, 0), "rows must be at least 1"),
        (lambda: eg.HankelVariety(2, 2, 1).flatten([[1, 2], [3, 4]]), "must be a Hankel matrix"),
    ],
)
def test_what_is_refused(make, message: str) -> None:
    with pytest.raises(eg.InputError, match=message):
        make()


@pytest.mark.parametrize("degrees,gcd", [((2, 2), 1), ((3, 4), 2), ((4, 3), 1), ((2, 3), 2)])
def test_factors_of_pairs(degrees, gcd):
    rng = np.random.default_rng(sum(degrees))
    V = eg.SylvesterVariety(degrees, gcd)
    h, a, b = (rng.normal(size=k + 1) for k in (gcd, degrees[0] - gcd, degrees[1] - gcd))
    found = V.factors(np.concatenate([np.convolve(h, a), np.convolve(h, b)]))
    for own, other in zip((h, a, b), found, strict=True):
        assert abs(own @ other) == pytest.approx(np.linalg.norm(own) * np.linalg.norm(other))
    assert np.linalg.norm(found[0]) == pytest.approx(1)
    assert found[0][np.abs(found[0]).argmax()] > 0
    assert np.convolve(found[0], found[1]) == pytest.approx(np.convolve(h, a))


def test_parameters_of_pairs_are_the_gcd_and_the_cofactors():
    V = eg.SylvesterVariety((2, 2), 1)
    points = eg.DistanceProblem(V, data=[2.01, 3, 1, 3, 2, -0.98]).critical_points()
    assert points.parameters.shape == (len(points), len(V.variables))
    for x, t in zip(points.points, points.parameters, strict=True):
        h, a, b = t[:2], t[2:4], t[4:]
        assert np.allclose(np.concatenate([np.convolve(h, a), np.convolve(h, b)]), x, atol=1e-9)
    assert not np.iscomplexobj(points.real.parameters) or not points.real.parameters.imag.any()
    assert "h0" in points.to_pandas()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("degrees", [(2, 2), (2, 3), (3, 4)])
def test_factors_multiply_to_the_pair_or_are_refused(degrees, seed):
    rng = np.random.default_rng(seed)
    m, n = degrees
    h, a, b = (rng.normal(size=k + 1) for k in (2, m - 2, n - 2))
    pair = np.concatenate([np.convolve(h, a), np.convolve(h, b)])
    with pytest.raises(eg.InputError, match=r"common factor of degree 2.*gcd=2"):
        eg.SylvesterVariety(degrees, 1).factors(pair)
    own, left, right = eg.SylvesterVariety(degrees, 2).factors(pair)
    assert np.append(np.convolve(own, left), np.convolve(own, right)) == pytest.approx(pair)
    with pytest.raises(eg.InputError, match="no common factor of degree 1"):
        eg.SylvesterVariety(degrees, 1).factors(rng.normal(size=m + n + 2))
    zero = np.append(pair[: m + 1], np.zeros(n + 1))
    with pytest.raises(eg.InputError, match=r"common factor of degree \d|is 0"):
        eg.SylvesterVariety(degrees, 1).factors(zero)
