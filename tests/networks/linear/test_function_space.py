"""Eckart-Young with all critical points: by singular values, and by homotopy."""

from __future__ import annotations

from itertools import combinations
from math import comb
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import edgeom as eg
from edgeom.networks.linear.function_space import eckart_young, on_ed_discriminant, subset_index
from edgeom.objectives.distances import QuadraticLoss
from tests.selection import first

Array = NDArray[np.float64]
CASES = [(2, 2, 1), (3, 2, 1), (3, 3, 1), (3, 3, 2), (2, 4, 2), (4, 3, 2), (4, 4, 2), (3, 5, 2)]
seeds = st.integers(0, 10**6)


def with_values(shape: tuple[int, int], values: list[float], seed: int = 0) -> Array:
    """Return a random matrix with given singular values."""
    rng = np.random.default_rng(seed)
    u, v = (np.linalg.qr(rng.normal(size=(n, n)))[0] for n in shape)
    return u[:, : len(values)] * values @ v[: len(values)]


def kronecker(rows: int, cols: int, seed: int) -> eg.Metric:
    rng = np.random.default_rng(seed)
    a, b = (f @ f.T + np.eye(len(f)) for f in (rng.normal(size=(n, n)) for n in (rows, cols)))
    return eg.Metric(np.kron(a, b))


def tangential(gradient: Array, point: Array, rank: int) -> float:
    """The size of a gradient on the tangent space of the matrices of a rank at a point."""
    u, _, v = np.linalg.svd(point)
    normal = u[:, rank:] @ u[:, rank:].T @ gradient @ v[rank:].T @ v[rank:]
    return float(np.linalg.norm(gradient - normal))


@pytest.mark.parametrize(("rows", "cols", "rank"), first(4, CASES))
@pytest.mark.parametrize("law", ["Frobenius norm", "Kronecker metric", "quadratic loss"])
def test_singular_values_and_homotopy_agree(rows: int, cols: int, rank: int, law: str) -> None:
    """The same points with the same indices; those of homotopy come from a Hessian."""
    variety = eg.DeterminantalVariety(rows, cols, rank)
    rng = np.random.default_rng(rows + 10 * cols)
    q = rng.normal(size=(rows, cols))
    metric = eg.Metric.euclidean(q.size) if law[0] == "F" else kronecker(rows, cols, 1)
    problem = eg.DistanceProblem(variety, metric, data=q)
    if law[0] == "q":
        loss = QuadraticLoss(rng.normal(size=(cols, cols + 3)), rng.normal(size=(rows, cols + 3)))
        q, metric, problem = loss.data, loss.metric, eg.CriticalProblem(variety, loss)
    points, exact = problem.critical_points(), eckart_young(q, rank, metric)
    assert len(points.real) == len(points) == len(exact) == comb(min(rows, cols), rank)
    np.testing.assert_allclose(points.points.real, exact.points, atol=1e-8)
    assert points.index.tolist() == exact.index.tolist()
    np.testing.assert_allclose(points.squared_distance.real, exact.squared_distance, atol=1e-12)
    assert exact.index.tolist().count(0) == 1 and exact.index[0] == 0


@settings(max_examples=60)
@given(st.integers(1, 5), st.integers(1, 5), st.data(), seeds)
def test_points_are_critical_and_have_their_distances(
    rows: int, cols: int, data: st.DataObject, seed: int
) -> None:
    rank = data.draw(st.integers(1, min(rows, cols)))
    q = np.random.default_rng(seed).normal(size=(rows, cols))
    metric = kronecker(rows, cols, seed)
    found = eckart_young(q, rank, metric)
    assert len(found) == comb(min(rows, cols), rank)
    assert np.array_equal(found.nearest, found.points[0])
    assert (np.diff(found.squared_distance) >= 0).all()
    for point, distance in zip(found.points, found.squared_distance, strict=True):
        gap = (point - q).ravel()
        assert np.linalg.matrix_rank(point, rtol=1e-9) == rank
        assert gap @ metric.matrix @ gap == pytest.approx(distance)
        gradient = (metric.matrix @ gap).reshape(rows, cols)
        assert tangential(gradient, point, rank) < 1e-8 * np.abs(metric.matrix).max()


def test_indices_are_those_of_the_hessian() -> None:
    """By second differences of the distance along curves in the matrices of rank r."""
    q = with_values((3, 4), [3.0, 2.0, 1.0])
    for rank in (1, 2):
        found = eckart_young(q, rank)
        for point, index in zip(found.points, found.index, strict=True):
            u, s, v = np.linalg.svd(point)
            left, right = u[:, :rank] * np.sqrt(s[:rank]), np.sqrt(s[:rank, None]) * v[:rank]

            def value(
                x: Array, left: Array = left, right: Array = right, rank: int = rank
            ) -> float:
                dl, dr = x[: 3 * rank].reshape(3, rank), x[3 * rank :].reshape(rank, 4)
                return float(np.sum(((left + dl) @ (right + dr) - q) ** 2))

            n, h = 7 * rank, 1e-3
            e = h * np.eye(n)
            hessian = [
                [(value(a + b) - value(a - b) - value(b - a) + value(-a - b)) / 4 for a in e]
                for b in e
            ]
            values = np.linalg.eigvalsh(np.array(hessian) / h**2)
            assert np.sum(values < -1e-3) == index
            assert np.sum(values > 1e-3) == rank * (7 - rank) - index


@pytest.mark.parametrize("count", range(1, 7))
def test_indices_are_counted_by_gaussian_binomials(count: int) -> None:
    """Σ t^index over the subsets is the Poincaré polynomial of a Grassmannian."""

    def gaussian(m: int, r: int) -> list[int]:
        if r in (0, m):
            return [1]
        total = [0] * (r * (m - r) + 1)
        for shift, part in ((0, gaussian(m - 1, r - 1)), (r, gaussian(m - 1, r))):
            for k, value in enumerate(part):
                total[shift + k] += value
        return total

    for rank in range(count + 1):
        indices = [subset_index(subset, count) for subset in combinations(range(count), rank)]
        assert [indices.count(k) for k in range(rank * (count - rank) + 1)] == gaussian(count, rank)


@pytest.mark.parametrize(
    ("shape", "values", "rank", "on"),
    [
        ((3, 3), [3, 2, 1], 1, False),
        ((3, 3), [3, 2, 2], 1, True),
        ((3, 3), [2, 2, 1], 1, True),
        ((3, 3), [2, 2, 1], 2, True),
        ((3, 3), [2, 2, 2], 3, False),  # all matrices: no discriminant
        ((3, 3), [2, 2, 2], 0, False),  # a point
        ((3, 3), [2, 1, 0], 1, False),  # a single zero is no coincidence
        ((3, 3), [2, 1, 0], 2, False),
        ((3, 4), [2, 1, 0], 2, False),
        ((3, 3), [2, 0, 0], 1, True),
        ((3, 3), [2, 0, 0], 2, True),
        ((2, 5), [1, 1], 1, True),
        ((3, 3), [1, 1, 0], 2, True),
        ((3, 3), [0, 0, 0], 1, True),
        ((1, 3), [1], 1, False),
        ((4, 4), [4, 3, 2, 2 + 1e-12], 2, True),
        ((4, 4), [4, 3, 2 + 1e-6, 2], 2, False),
    ],
)
def test_ed_discriminant(shape: tuple[int, int], values: list[float], rank: int, on: bool) -> None:
    q = with_values(shape, values)
    assert on_ed_discriminant(q, rank) is on
    if 0 < rank < min(shape):
        assert on_ed_discriminant(q) is on
    if on:
        with pytest.raises(eg.DegenerateDataError, match="singular values coincide"):
            eckart_young(q, rank)
    elif rank:
        rest = min(shape) - (values[-1] == 0 and rank < min(shape))
        assert len(eckart_young(q, rank)) == comb(rest, rank)


def test_ed_discriminant_of_another_metric() -> None:
    """It is the image of that of the Frobenius norm."""
    x = np.random.default_rng(0).normal(size=(3, 7))
    q = with_values((3, 3), [2, 1, 1])
    values, vectors = np.linalg.eigh(x @ x.T)
    moved = q @ (vectors / np.sqrt(values) @ vectors.T)
    metric = eg.Metric.from_data(x, rows=3)
    assert on_ed_discriminant(moved, 1, metric)
    assert not on_ed_discriminant(q, 1, metric)
    assert not on_ed_discriminant(moved, 1)


@pytest.mark.parametrize(
    ("data", "rank"),
    first(
        1,
        [
            (np.diag([3.0, 1, 1]), 1),
            (np.diag([2.0, 2, 1]), 2),
            (np.array([[0.0, 1, 0], [-1, 0, 0]]), 1),
            (np.array([[1.0, 2, 2], [2, 1, -2], [2, -2, 1]]), 1),  # three times an orthogonal one
        ],
    ),
)
def test_homotopy_finds_too_few_points(data: Array, rank: int) -> None:
    """The singular values are equal exactly: rounded ones are told apart."""
    assert on_ed_discriminant(data, rank)
    variety = eg.DeterminantalVariety(*data.shape, rank)
    with pytest.raises(eg.DegenerateDataError):
        eg.DistanceProblem(variety, data=data).critical_points()


@pytest.mark.parametrize("rank", [1, 2])
def test_equal_singular_values_have_a_family_of_critical_points(rank: int) -> None:
    """σ_2 = σ_3 > 0 with rank Q > r: all turns in the plane of the two are critical."""
    u, _, v = np.linalg.svd(with_values((4, 4), [5.0, 3.0, 2.0, 1.0]))
    values = np.array([5.0, 2.0, 2.0, 1.0])
    q = u * values @ v
    for angle in np.linspace(0, 3, 7):
        a, b = (np.cos(angle) * w[1] + np.sin(angle) * w[2] for w in (u.T, v))
        point = 2 * np.outer(a, b) + (5 * np.outer(u[:, 0], v[0]) if rank == 2 else 0)
        assert tangential(point - q, point, rank) < 1e-12
        assert np.linalg.matrix_rank(point, rtol=1e-9) == rank


def test_a_single_zero_leaves_the_other_points_analytic() -> None:
    """For σ_m → 0 from both sides of det Q = 0 every P_I moves on smoothly."""
    u, _, v = np.linalg.svd(with_values((3, 3), [3.0, 2.0, 1.0]))
    at = eckart_young(u * [3, 2, 0] @ v, 1)
    assert at.subsets == ((0,), (1,))
    for small in (1e-4, -1e-4):
        near = eckart_young(u * [3, 2, small] @ v, 1)
        np.testing.assert_allclose(near.points[:2], at.points, atol=1e-12)
        np.testing.assert_allclose(near.points[2], small * np.outer(u[:, 2], v[2]), atol=1e-12)


def test_printed() -> None:
    text = str(eckart_young(np.diag([3.0, 1.0, 2.0]), 1))
    assert text.splitlines()[0].startswith("3 critical points")
    assert [line.split() for line in text.splitlines()[2:]] == [
        ["0", "5", "3"],
        ["1", "10", "2"],
        ["2", "13", "1"],
    ]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: eckart_young(np.eye(2), 3), r"between 1 and min\(rows, cols\) = 2"),
        (lambda: eckart_young(np.eye(2), 0), "between 1"),
        (lambda: eckart_young(np.eye(2), 1.5), "integer"),
        (lambda: eckart_young([[1, np.nan]], 1), "finite"),
        (lambda: eckart_young(np.eye(2), 1, eg.Metric.random(4)), "A ⊗ B"),
        (lambda: eckart_young(np.eye(2), 1, eg.Metric(-np.eye(4), indefinite=True)), "positive"),
        (lambda: eckart_young(np.eye(2), 1, eg.Metric.euclidean(9)), "9 coordinates"),
        (lambda: eckart_young(np.eye(2), 1, np.eye(4)), "must be a Metric"),
        (lambda: eckart_young(np.eye(2), 1, tolerance=2), "between 0 and 1"),
        (lambda: eckart_young(np.eye(2), 1, tolerence=1e-3), "did you mean 'tolerance'"),
        (lambda: on_ed_discriminant(np.eye(2), 3), "between 0"),
    ],
)
def test_wrong_arguments(call: Any, message: str) -> None:
    with pytest.raises(eg.InputError, match=message):
        call()
