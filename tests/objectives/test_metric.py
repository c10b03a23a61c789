"""Metrics: what each constructor stands for, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from edgeom.errors import InputError
from edgeom.objectives.metric import Metric

Array = NDArray[Any]
SEEDS = range(4)


def distance(metric: Metric, x: Array) -> complex:
    """The squared length of an array of coordinates."""
    flat = np.ravel(x)
    return flat @ metric.matrix @ flat


def spd(rng: np.random.Generator, n: int) -> Array:
    f = rng.normal(size=(n, n))
    return f @ f.T + 0.1 * np.eye(n)


class TestConstructors:
    """Each metric measures what its docstring says."""

    @pytest.mark.parametrize("seed", SEEDS)
    def test_matrix(self, seed: int) -> None:
        matrix = spd(np.random.default_rng(seed), 4)
        metric = Metric(matrix, "my metric")
        np.testing.assert_array_equal(metric.matrix, (matrix + matrix.T) / 2)
        assert (metric.dimension, metric.is_real, metric.indefinite) == (4, True, False)
        assert not metric.generic
        assert repr(metric) == "Metric('my metric', n=4)"

    @pytest.mark.parametrize("n", [1, 2, 7])
    def test_euclidean(self, n: int) -> None:
        metric = Metric.euclidean(n)
        x = np.random.default_rng(n).normal(size=n)
        assert distance(metric, x) == pytest.approx(np.sum(x**2))
        assert metric.is_euclidean
        assert metric.is_diagonal

    @given(st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=6))
    def test_weights(self, weights: list[float]) -> None:
        metric = Metric.weights(weights)
        x = np.arange(1.0, len(weights) + 1)
        assert distance(metric, x) == pytest.approx(np.sum(np.array(weights) * x**2))
        assert metric.is_diagonal
        assert metric.is_euclidean == (len(set(weights)) == 1)

    def test_weights_of_any_shape(self) -> None:
        weights = np.arange(1.0, 7).reshape(2, 3)
        x = np.random.default_rng(1).normal(size=(2, 3))
        assert distance(Metric.weights(weights), x) == pytest.approx(np.sum(weights * x**2))

    @pytest.mark.parametrize("seed", SEEDS)
    @pytest.mark.parametrize(("rows", "cols", "samples"), [(1, 1, 1), (2, 3, 3), (3, 2, 10)])
    def test_from_data_is_the_loss(self, rows: int, cols: int, samples: int, seed: int) -> None:
        """‖MX - Y‖² differs from the squared distance to Q = Y Xᵀ (X Xᵀ)⁻¹ by a constant."""
        rng = np.random.default_rng(seed)
        X, Y = rng.normal(size=(cols, samples)), rng.normal(size=(rows, samples))
        Q = Y @ X.T @ np.linalg.inv(X @ X.T)
        metric = Metric.from_data(X, rows)
        M, N = rng.normal(size=(2, rows, cols))
        loss = [np.sum((matrix @ X - Y) ** 2) for matrix in (M, N)]
        lengths = [distance(metric, matrix - Q) for matrix in (M, N)]
        assert loss[0] - loss[1] == pytest.approx(lengths[0] - lengths[1])
        assert metric.dimension == rows * cols
        assert metric.kronecker_factor(rows, cols)

    @pytest.mark.parametrize("seed", SEEDS)
    @pytest.mark.parametrize(("k", "n"), [(1, 1), (3, 3), (5, 2)])
    def test_from_map(self, k: int, n: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        f, x = rng.normal(size=(k, n)), rng.normal(size=n)
        assert distance(Metric.from_map(f), x) == pytest.approx(np.sum((f @ x) ** 2))

    @pytest.mark.parametrize("seed", [*SEEDS, np.random.SeedSequence(5)])
    def test_random(self, seed: Any) -> None:
        metric = Metric.random(5, seed)
        assert metric.generic
        assert np.linalg.eigvalsh(metric.matrix)[0] > 0
        assert not metric.is_diagonal
        f = np.random.default_rng(seed).normal(size=(5, 5))
        np.testing.assert_allclose(metric.matrix, f.T @ f / 5, atol=1e-11)

    def test_random_metrics_depend_on_the_seed_alone(self) -> None:
        drawn = [Metric.random(4, seed).matrix for seed in (0, 0, 1)]
        assert np.array_equal(drawn[0], drawn[1])
        assert not np.allclose(drawn[0], drawn[2])
        assert "seed 1" in Metric.random(4, 1).name

    @pytest.mark.parametrize("seed", SEEDS)
    def test_random_weights(self, seed: int) -> None:
        metric = Metric.random_weights(6, seed)
        assert metric.generic
        assert metric.indefinite
        assert metric.is_diagonal
        assert not metric.is_real
        assert len(set(np.diag(metric.matrix).tolist())) == 6

    def test_other_types_of_entries(self) -> None:
        expected = np.diag([0.5, 2.0])
        for rows in ([[Fraction(1, 2), 0], [0, 2]], ((0.5, 0), (0, 2)), expected.tolist()):
            np.testing.assert_array_equal(Metric(rows).matrix, expected)
        assert Metric(np.eye(2, dtype=np.int8)).matrix.dtype == float

    @pytest.mark.parametrize(
        "matrix",
        [np.diag([1.0, -1]), np.zeros((3, 3)), np.diag([1, 1j]), [[0, 1], [1, 0]]],
    )
    def test_indefinite_by_name(self, matrix: Any) -> None:
        metric = Metric(matrix, indefinite=True)
        np.testing.assert_array_equal(metric.matrix, matrix)
        assert metric.is_real == (not np.iscomplexobj(matrix))
        assert Metric.weights([1, -1], indefinite=True).indefinite


class TestRefused:
    """Every refusal says what was given and what is wrong with it."""

    @pytest.mark.parametrize(
        ("matrix", "message"),
        [
            ([1, 2], r"square matrix, got shape \(2,\)"),
            (3.0, r"square matrix, got shape \(\)"),
            (np.ones((2, 3)), r"square matrix, got shape \(2, 3\)"),
            (np.ones((2, 2, 2)), r"square matrix, got shape \(2, 2, 2\)"),
            (np.zeros((0, 0)), r"square matrix, got shape \(0, 0\)"),
            ([[1, np.nan], [np.nan, 1]], "finite entries, got NaN or infinity"),
            ([[np.inf, 0], [0, 1]], "finite entries, got NaN or infinity"),
            ([[1, 0.5], [0.25, 1]], r"symmetric, S - Sᵀ has an entry of size 0.25"),
            ([[1, 1j], [-1j, 1]], r"symmetric, S - Sᵀ has an entry of size 2"),
            ([[1, 1j], [1j, 1]], "must be real; pass indefinite=True"),
            ([[1, 2], [2, 1]], "semidefinite, its smallest eigenvalue is -1; pass indefinite"),
            ([[0, 1], [1, 2]], "must be positive semidefinite"),
            (np.zeros((2, 2)), "the metric is 0"),
            (-np.eye(3), "positive semidefinite, its smallest eigenvalue is -1"),
        ],
    )
    def test_matrix(self, matrix: Any, message: str) -> None:
        with pytest.raises(InputError, match=message):
            Metric(matrix)

    @pytest.mark.parametrize(
        "matrix", [np.ones((2, 3)), [[1, np.nan], [np.nan, 1]], [[1, 2], [0, 1]]]
    )
    def test_indefinite_does_not_mean_anything_goes(self, matrix: Any) -> None:
        with pytest.raises(InputError):
            Metric(matrix, indefinite=True)

    def test_rounding_is_no_asymmetry(self) -> None:
        matrix = spd(np.random.default_rng(0), 5)
        matrix[0, 1] *= 1 + 1e-15
        assert np.array_equal(Metric(matrix).matrix, Metric(matrix).matrix.T)

    @pytest.mark.parametrize(
        ("weights", "message"),
        [
            ([1, -2], "positive semidefinite, its smallest eigenvalue is -2"),
            ([1, 0, -2], "positive semidefinite, its smallest eigenvalue is -2"),
            ([1, np.nan], "finite entries"),
            ([1, 2j], "must be real"),
            ([], "square matrix"),
        ],
    )
    def test_weights(self, weights: Any, message: str) -> None:
        with pytest.raises(InputError, match=message):
            Metric.weights(weights)

    @pytest.mark.parametrize(
        ("X", "message"),
        [
            (np.ones(3), r"X must be a finite array \(cols, samples\), got shape \(3,\)"),
            ([[1, np.nan]], "X must be a finite array"),
            ([[1, np.inf]], "X must be a finite array"),
            (np.zeros((3, 2)), "X is 0, or has no samples"),
            (np.zeros((2, 0)), "X is 0, or has no samples"),
        ],
    )
    def test_data(self, X: Any, message: str) -> None:
        with pytest.raises(InputError, match=message):
            Metric.from_data(X, 2)

    @pytest.mark.parametrize(
        ("f", "message"),
        [
            (np.ones(3), r"f must be a finite matrix, got shape \(3,\)"),
            ([[np.nan, 1], [0, 1]], "f must be a finite matrix"),
            (np.zeros((2, 3)), "the metric is 0"),
        ],
    )
    def test_map(self, f: Any, message: str) -> None:
        with pytest.raises(InputError, match=message):
            Metric.from_map(f)

    @pytest.mark.parametrize(
        "make",
        [
            Metric.euclidean,
            Metric.random,
            Metric.random_weights,
            lambda n: Metric.from_data(np.eye(2), n),
        ],
    )
    @pytest.mark.parametrize("n", [0, -3, 2.5, "3", True])
    def test_sizes(self, make: Callable[[Any], Metric], n: Any) -> None:
        with pytest.raises(InputError, match=r"must be .*integer|must be at least 1"):
            make(n)


class TestProperties:
    """What a matrix is recognised as."""

    @pytest.mark.parametrize("seed", SEEDS)
    @pytest.mark.parametrize(("rows", "cols"), [(2, 2), (2, 3), (3, 2), (1, 4), (4, 1), (3, 3)])
    def test_kronecker_products(self, rows: int, cols: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        metric = Metric(np.kron(spd(rng, rows), spd(rng, cols)))
        assert metric.kronecker_factor(rows, cols)
        assert not metric.kronecker_factor(rows, cols + 1)

    @pytest.mark.parametrize("seed", SEEDS)
    @pytest.mark.parametrize(("rows", "cols"), [(2, 2), (2, 3), (3, 3)])
    def test_sums_of_kronecker_products(self, rows: int, cols: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        one, two = (np.kron(spd(rng, rows), spd(rng, cols)) for _ in range(2))
        assert not Metric(one + 1e-9 * two).kronecker_factor(rows, cols)
        assert not Metric.random(rows * cols, seed).kronecker_factor(rows, cols)
        assert not Metric.weights(rng.uniform(1, 2, rows * cols)).kronecker_factor(rows, cols)

    def test_order_of_the_factors(self) -> None:
        """A 2×3 matrix by rows: rows are weighted by the first factor."""
        weights = np.outer([1, 5], [1, 2, 7])
        assert Metric.weights(weights).kronecker_factor(2, 3)
        assert not Metric.weights(weights).kronecker_factor(3, 2)

    def test_singular_products_do_not_count(self) -> None:
        """Only invertible factors are a change of coordinates."""
        assert not Metric(np.kron(np.diag([1, 0]), np.eye(2)), indefinite=True).kronecker_factor(
            2, 2
        )
        assert not Metric(np.zeros((4, 4)), indefinite=True).kronecker_factor(2, 2)
        assert Metric(np.kron(np.diag([1, -1]), np.eye(2)), indefinite=True).kronecker_factor(2, 2)

    def test_products_of_skew_factors_do_not_count(self) -> None:
        """Its squared length of M is 2 det M: not equivalent to the Frobenius norm."""
        skew = np.array([[0, 1], [-1, 0]])
        assert not Metric(np.kron(skew, skew), indefinite=True).kronecker_factor(2, 2)
        four = np.kron(np.diag([1, 2]), skew)
        assert not Metric(np.kron(four, skew), indefinite=True).kronecker_factor(4, 2)
        assert not Metric(1j * np.kron(skew, four), indefinite=True).kronecker_factor(2, 4)

    @pytest.mark.parametrize("seed", SEEDS)
    def test_complex_products(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        one, two = (f + f.T for f in (spd(rng, n) * (1 + 1j * rng.normal(size=(n, n)))
                                      for n in (2, 3)))  # fmt: skip
        assert Metric(np.kron(one, two), indefinite=True).kronecker_factor(2, 3)
        assert not Metric(np.kron(one, two), indefinite=True).kronecker_factor(3, 2)

    @pytest.mark.parametrize("factor", [1, 0.3, -2, 1j])
    def test_multiples_of_the_identity(self, factor: complex) -> None:
        assert Metric(factor * np.eye(3), indefinite=True).is_euclidean
        assert not Metric(factor * np.diag([1, 1, 2]), indefinite=True).is_euclidean
        assert not Metric(factor * (np.eye(3) + 0.1), indefinite=True).is_diagonal

    def test_zero_is_not_euclidean(self) -> None:
        assert not Metric(np.zeros((3, 3)), indefinite=True).is_euclidean

    @pytest.mark.parametrize("factor", [1, 0.3, -2, 1j, 1e-9])
    def test_multiples_of_a_metric(self, factor: complex) -> None:
        metric = Metric.random(3, 1)
        assert Metric(factor * metric.matrix, indefinite=True).is_multiple_of(metric)
        assert not Metric(factor * np.diag([1, 1, 2]), indefinite=True).is_multiple_of(metric)
        other = metric.matrix + 1e-9 * np.eye(3)
        assert not Metric(factor * other, indefinite=True).is_multiple_of(metric)

    def test_zero_and_other_sizes_are_no_multiples(self) -> None:
        zero, metric = Metric(np.zeros((3, 3)), indefinite=True), Metric.weights([1, 2, 3])
        assert not zero.is_multiple_of(metric)
        assert not metric.is_multiple_of(zero)
        assert not zero.is_multiple_of(zero)
        assert not metric.is_multiple_of(Metric.weights([1, 2]))


class TestImmutability:
    """A metric never changes."""

    def test_the_given_array_is_copied(self) -> None:
        matrix = np.eye(2)
        metric = Metric(matrix)
        matrix[0, 0] = 5
        assert metric.matrix[0, 0] == 1

    def test_the_matrix_is_read_only(self) -> None:
        with pytest.raises(ValueError, match="read-only"):
            Metric.euclidean(2).matrix[0, 0] = 3

    def test_attributes_are_frozen(self) -> None:
        with pytest.raises(FrozenInstanceError):
            Metric.euclidean(2).name = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Metric([["a", "b"], ["c", "d"]]), r"a metric must be .* got \[\['a', 'b'"),
        (lambda: Metric([["1", "0"], ["0", "1"]]), "a metric must be an array of numbers"),
        (lambda: Metric([[1, 2], [3]]), r"rows of different lengths: \[\[1, 2\], \[3\]\]"),
        (lambda: Metric([[None]]), r"a metric must be an array of numbers, got \[\[None\]\]"),
        (lambda: Metric([[10**400]]), "a metric must be an array of numbers, got "),
        (lambda: Metric(None), "a metric must be an array of numbers, got None"),
        (lambda: Metric.weights(["a"]), r"weights must be an array of numbers, got \['a'\]"),
        (lambda: Metric.weights([[1, 2], [3]]), "weights must be .* rows of different lengths"),
        (lambda: Metric.from_data([["a"]], 2), "X must be an array of numbers"),
        (lambda: Metric.from_data([[1, 2], [3]], 2), "X must be .* rows of different lengths"),
        (lambda: Metric.from_data(1j * np.eye(2), 2), r"X must be real, got the entry 0\+1j"),
        (lambda: Metric.from_map("f"), "f must be an array of numbers, got 'f'"),
        (lambda: Metric.from_map([[1, 2], [3]]), "f must be .* rows of different lengths"),
        (lambda: Metric.from_map([[1 + 2j]]), r"f must be real, got the entry 1\+2j"),
        (lambda: Metric.random(2.0), "number of coordinates must be an integer, got 2.0"),
        (lambda: Metric.euclidean(None), "number of coordinates must be an integer, got None"),
        (lambda: Metric.euclidean(float("nan")), "must be an integer, got nan"),
        (lambda: Metric.random_weights(float("inf")), "must be an integer, got inf"),
        (lambda: Metric.from_data(np.eye(2), None), "rows must be an integer, got None"),
    ],
)  # fmt: skip
def test_what_is_no_number_is_refused(make: Callable[[], Metric], message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()


@pytest.mark.parametrize(
    "make",
    [
        lambda: Metric.euclidean(10**10),
        lambda: Metric.random(5001),
        lambda: Metric.random_weights(5001),
        lambda: Metric.weights(np.ones((5001, 1))),
        lambda: Metric.from_data(np.eye(2), 2501),
    ],
)
def test_too_large_for_a_matrix(make: Callable[[], Metric]) -> None:
    with pytest.raises(
        InputError, match=r"can have at most 5000 coordinates, got (10{10}|500[12])"
    ):
        make()


def test_real_numbers_of_complex_type() -> None:
    expected = Metric.from_map(np.diag([1.0, 2])).matrix
    np.testing.assert_array_equal(Metric.from_map(np.diag([1 + 0j, 2])).matrix, expected)
    np.testing.assert_array_equal(Metric.from_data(np.diag([1 + 0j, 2]), 1).matrix, expected)


def test_fractions_and_complex_numbers_mixed() -> None:
    metric = Metric([[Fraction(1, 2), 1j], [1j, 2]], indefinite=True)
    assert metric.matrix.tolist() == [[0.5, 1j], [1j, 2]]
