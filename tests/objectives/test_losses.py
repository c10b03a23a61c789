"""Losses: derivatives, the substitution to a distance, convexity, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import edgeom as eg
from edgeom.objectives.base import Objective
from edgeom.objectives.distances import QuadraticLoss, SquaredDistance
from edgeom.objectives.polynomial import PolynomialObjective
from edgeom.objectives.powers import PowerDistance
from edgeom.objectives.smooth import SmoothLoss

Array = NDArray[np.float64]
KINDS = ("distance", "metric", "quadratic", "singular", "power", "polynomial", "smooth")
seeds = st.integers(0, 10**6)


def softplus(shape: tuple[int, int]) -> SmoothLoss:
    """Σ log(1 + exp M), strictly convex."""

    def sigmoid(matrix: Array) -> Array:
        return 1 / (1 + np.exp(-matrix))

    return SmoothLoss(
        lambda m: np.logaddexp(0, m).sum(),
        sigmoid,
        lambda m: np.diag((sigmoid(m) * (1 - sigmoid(m))).ravel()),
        shape,
        convex=True,
    )


def make_loss(kind: str, shape: tuple[int, int], seed: int) -> Objective:
    rng = np.random.default_rng(seed)
    rows, cols = shape
    q = rng.normal(size=shape)
    if kind == "distance":
        return SquaredDistance(q)
    if kind == "metric":
        return SquaredDistance(q, eg.Metric.random(q.size, seed))
    if kind in ("quadratic", "singular"):
        samples = cols + 2 if kind == "quadratic" else max(cols - 1, 1)
        return QuadraticLoss(rng.normal(size=(cols, samples)), rng.normal(size=(rows, samples)))
    if kind == "power":
        return PowerDistance(q, 4)
    if kind == "polynomial":
        m = PolynomialObjective.symbols(rows, cols)
        return PolynomialObjective(sum(v**4 + v for v in m) + (m[0, 0] - m[-1, -1]) ** 2, m)
    return softplus(shape)


def slope(function: Any, matrix: Array, direction: Array) -> Any:
    """The derivative in a direction, by differences of fourth order."""
    h = 1e-3
    near = np.asarray(function(matrix + h * direction)) - function(matrix - h * direction)
    far = np.asarray(function(matrix + 2 * h * direction)) - function(matrix - 2 * h * direction)
    return (8 * near - far) / (12 * h)


@settings(max_examples=60)
@given(st.sampled_from(KINDS), st.integers(1, 4), st.integers(1, 4), seeds)
def test_derivatives(kind: str, rows: int, cols: int, seed: int) -> None:
    loss = make_loss(kind, (rows, cols), seed)
    rng = np.random.default_rng(seed + 1)
    m, v = rng.normal(size=(2, rows, cols))
    gradient, hessian = loss.gradient(m), loss.hessian(m)
    assert gradient.shape == loss.shape == (rows, cols)
    assert np.array_equal(hessian, hessian.T)
    assert np.sum(gradient * v) == pytest.approx(slope(loss.value, m, v), rel=1e-7, abs=1e-8)
    turn = (hessian @ v.ravel()).reshape(rows, cols)
    np.testing.assert_allclose(turn, slope(loss.gradient, m, v), rtol=1e-7, atol=1e-7)
    assert np.linalg.norm(gradient) <= loss.gradient_size(m) * (1 + 1e-12)


@settings(max_examples=40)
@given(st.sampled_from(KINDS), st.integers(1, 3), st.integers(1, 3), seeds)
def test_convex_losses_are_convex(kind: str, rows: int, cols: int, seed: int) -> None:
    loss = make_loss(kind, (rows, cols), seed)
    assert loss.convex is (None if kind == "polynomial" else True)
    values = np.linalg.eigvalsh(loss.hessian(np.random.default_rng(seed).normal(size=loss.shape)))
    assert values[0] >= -1e-12 * values[-1]


@settings(max_examples=40)
@given(st.integers(1, 4), st.integers(1, 4), seeds)
def test_quadratic_loss_is_a_distance(rows: int, cols: int, seed: int) -> None:
    loss = make_loss("quadratic", (rows, cols), seed)
    assert isinstance(loss, QuadraticLoss) and loss.minima_are_global
    m = np.random.default_rng(seed + 1).normal(size=(rows, cols))
    assert loss.value(m) == pytest.approx(np.linalg.norm(m @ loss.X - loss.Y) ** 2)
    distance, constant = loss.as_distance()
    assert loss.value(m) == pytest.approx(distance.value(m) + constant)
    np.testing.assert_allclose(loss.gradient(loss.data), 0, atol=1e-9 * np.abs(loss.moment).max())
    white, root = loss.whiten()
    np.testing.assert_allclose(root @ root, loss.moment, atol=1e-10 * np.abs(loss.moment).max())
    assert white.metric.is_euclidean
    assert loss.value(m) == pytest.approx(white.value(m @ root) + constant)


@settings(max_examples=40)
@given(st.sampled_from(["distance", "quadratic", "singular"]), st.integers(1, 4), seeds)
def test_least_value_is_that_of_the_best_approximation(kind: str, rank: int, seed: int) -> None:
    """Compared with all critical points, and with Eckart and Young in other coordinates."""
    loss = make_loss(kind, (3, 4), seed)
    least = loss.least_value(rank)
    assert least is not None
    rng = np.random.default_rng(seed)
    for _ in range(20):
        product = rng.normal(size=(3, rank)) @ rng.normal(size=(rank, 4))
        assert loss.value(product) >= least - 1e-12
    if isinstance(loss, QuadraticLoss):  # the best M = N X⁺, N the best approximation of Y X⁺ X
        u, values, v = np.linalg.svd(loss.Y @ np.linalg.pinv(loss.X) @ loss.X, full_matrices=False)
        best = u[:, :rank] * values[:rank] @ v[:rank] @ np.linalg.pinv(loss.X)
    else:
        assert isinstance(loss, SquaredDistance)
        u, values, v = np.linalg.svd(loss.data, full_matrices=False)
        best = u[:, :rank] * values[:rank] @ v[:rank]
    assert np.linalg.matrix_rank(best, rtol=1e-9) <= rank
    assert loss.value(best) == pytest.approx(least, abs=1e-9)


def test_least_value_where_it_is_known() -> None:
    q = np.diag([3.0, 2.0, 1.0])
    assert PowerDistance(q, p=2).least_value(1) == pytest.approx(5)
    assert PowerDistance(q, p=4).least_value(1) is None
    assert SquaredDistance(q, eg.Metric.random(9)).least_value(1) is None
    metric = eg.Metric(np.kron(np.diag([1.0, 4.0, 1.0]), np.eye(3)))
    assert SquaredDistance(q, metric).least_value(1) == pytest.approx(10)  # of 3, 4, 1
    assert SquaredDistance(q, eg.Metric(-np.eye(9), indefinite=True)).least_value(1) is None


def test_whitened() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, 8))
    values, vectors = np.linalg.eigh(x @ x.T)
    white = 1.7 * (vectors / np.sqrt(values) @ vectors.T) @ x
    y = rng.normal(size=(2, 8))
    assert QuadraticLoss(white, y).whitened
    assert not QuadraticLoss(x, y).whitened
    assert not QuadraticLoss(np.zeros((2, 4)), y[:, :4]).whitened


@pytest.mark.parametrize("rank", [1, 2])
def test_distance_problem_has_the_losses_as_distances(rank: int) -> None:
    loss = make_loss("quadratic", (3, 3), 5)
    assert isinstance(loss, QuadraticLoss)
    points = eg.CriticalProblem(eg.DeterminantalVariety(3, 3, rank), loss).critical_points()
    assert len(points.real) == 3
    for point in points:
        expected = point.squared_distance + loss.value(loss.data)
        assert loss.value(point.point) == pytest.approx(expected)


def test_distance_loss_gives_its_problem() -> None:
    loss = make_loss("metric", (2, 2), 1)
    assert isinstance(loss, SquaredDistance)
    points = eg.CriticalProblem(eg.DeterminantalVariety(2, 2, 1), loss).critical_points()
    assert len(points) == 6
    assert loss.value(points.nearest.point) == pytest.approx(points.nearest.squared_distance)


def test_singular_inputs_make_a_loss_but_no_distance_problem() -> None:
    loss = make_loss("singular", (2, 3), 0)
    assert isinstance(loss, QuadraticLoss) and loss.convex and loss.minima_are_global
    kernel = np.linalg.svd(loss.X.T)[2][-1]
    m = np.ones((2, 3))
    assert loss.value(m + np.outer([1, -2], kernel)) == pytest.approx(loss.value(m))
    variety = eg.DeterminantalVariety(2, 3, 1)
    for refused in (lambda: loss.data, loss.whiten, lambda: eg.CriticalProblem(variety, loss)):
        with pytest.raises(eg.InputError, match="X Xᵀ is singular: 2 samples of rank 2"):
            refused()


def test_when_minima_are_known_to_be_global() -> None:
    q = np.arange(6.0).reshape(2, 3)
    spd = np.array([[2.0, 1], [1, 3]]), np.diag([1.0, 2, 5])
    assert SquaredDistance(q).minima_are_global
    assert SquaredDistance(q, eg.Metric(np.kron(*spd))).minima_are_global
    assert PowerDistance(q, 2).minima_are_global
    assert not SquaredDistance(q, eg.Metric.random(6)).minima_are_global
    assert not PowerDistance(q, 4).minima_are_global
    negative = SquaredDistance(q, eg.Metric(-np.eye(6), indefinite=True))
    assert negative.convex is False and not negative.minima_are_global


@pytest.mark.parametrize(
    ("expression", "convex"),
    [
        ("3*a - b", True),
        ("7", True),
        ("a^2 + a*b + b^2", True),
        ("a^2 + 3*a*b + b^2", False),
        ("a^3", False),
        ("a^5 + b^4 + a^2", False),
        ("a^4 + b^4", None),  # no counterexample is no proof
        ("(a^2 - 1)^2 + b^2", False),
        ("a^4 + b^4 - 8*a^2*b^2", False),
    ],
)
def test_convexity_of_polynomials(expression: str, convex: bool | None) -> None:
    loss = PolynomialObjective(expression, [["a", "b"]])
    assert loss.convex is convex
    if convex is None:
        assert PolynomialObjective(expression, [["a", "b"]], convex=True).convex
    if convex is False:
        with pytest.raises(eg.InputError, match="said to be convex"):
            PolynomialObjective(expression, [["a", "b"]], convex=True)


def test_polynomial_reads_entries_row_by_row() -> None:
    m = PolynomialObjective.symbols(2, 3)
    loss = PolynomialObjective(m[0, 1] + 10 * m[1, 0] + sympy.Rational(1, 2) * m[1, 2] ** 2, m)
    assert loss.value([[0, 3, 0], [2, 0, 4]]) == 31
    assert loss.gradient([[0, 3, 0], [2, 0, 4]]).tolist() == [[0, 1, 0], [10, 0, 4]]
    assert loss.hessian(np.zeros((2, 3)))[5, 5] == 1


def test_wrong_derivatives_are_noticed() -> None:
    def value(m: Array) -> Any:
        return np.sum(m**4)

    def gradient(m: Array) -> Any:
        return 4 * m**3

    def hessian(m: Array) -> Any:
        return np.diag(12 * m.ravel() ** 2)

    SmoothLoss(value, gradient, hessian, (2, 2))
    with pytest.raises(eg.InputError, match="gradient is not the derivative of the value"):
        SmoothLoss(value, lambda m: 4 * m**3 + 1e-3, hessian, (2, 2))
    with pytest.raises(eg.InputError, match="hessian is not the derivative of the gradient"):
        SmoothLoss(value, gradient, lambda m: 1.001 * hessian(m), (2, 2))
    with pytest.raises(eg.InputError, match="symmetric"):
        SmoothLoss(value, gradient, lambda m: hessian(m) + np.eye(4, k=1), (2, 2))
    with pytest.raises(eg.InputError, match=r"gradient .* of shape \(2, 2\)"):
        SmoothLoss(value, lambda m: gradient(m).ravel(), hessian, (2, 2))
    with pytest.raises(eg.InputError, match="must be finite"):
        SmoothLoss(lambda m: np.nan, gradient, hessian, (2, 2))
    with pytest.raises(eg.InputError, match="did you mean 'convex'"):
        SmoothLoss(value, gradient, hessian, (2, 2), convx=True)  # type: ignore[call-arg]


def test_smooth_loss_is_checked_where_it_is_asked() -> None:
    """A loss that is defined near a matrix only."""
    loss = SmoothLoss(
        lambda m: -np.log(m).sum(),
        lambda m: -1 / m,
        lambda m: np.diag(m.ravel() ** -2.0),
        (1, 2),
        convex=True,
        at=[[30, 40]],
    )
    assert loss.value([[1, 1]]) == 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.zeros((3, 2)), r"shape \(2, 3\), got \(3, 2\)"),
        (np.full((2, 3), np.nan), "finite"),
        (1j * np.ones((2, 3)), "real"),
        (np.zeros(6), "must be a matrix"),
        ("abc", "real numbers"),
    ],
)
def test_wrong_matrices(kind: str, matrix: Any, message: str) -> None:
    loss = make_loss(kind, (2, 3), 0)
    for function in (loss.value, loss.gradient, loss.hessian):
        with pytest.raises(eg.InputError, match=message):
            function(matrix)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SquaredDistance([[np.inf]]), "finite"),
        (lambda: SquaredDistance([[1, 2]], eg.Metric.euclidean(3)), "2 coordinates"),
        (lambda: SquaredDistance([[1, 2]], np.eye(2)), "must be a Metric"),
        (lambda: SquaredDistance([[1, 2]], eg.Metric.random_weights(2)), "real"),
        (lambda: SquaredDistance([[1, 2]], metrik=None), "did you mean 'metric'"),
        (lambda: QuadraticLoss(np.ones((2, 3)), np.ones((2, 4))), "one column for each sample"),
        (lambda: QuadraticLoss(x=[[1]], Y=[[1]]), "no argument 'x'"),
        (
            lambda: QuadraticLoss(np.diag([1, 1, 1e-9]), np.eye(3)).data,
            "X Xᵀ is singular: .* rank 2",
        ),
        (lambda: PowerDistance([[1]], powr=3), "no argument 'powr'"),
        (lambda: PowerDistance([[1]], p=3), "p must be even"),
        (lambda: PowerDistance([[1]], 0), "at least 2"),
        (lambda: PolynomialObjective("a/b", [["a", "b"]]), "not a polynomial"),
        (lambda: PolynomialObjective("a + c", [["a", "b"]]), "contains c"),
        (lambda: PolynomialObjective("I*a", [["a", "b"]]), "real coefficients"),
        (lambda: PolynomialObjective("a", [["a"], ["b", "c"]]), "rows of equal length"),
        (lambda: PolynomialObjective("a", 5), "matrix of symbols"),
        (lambda: SmoothLoss(abs, abs, abs, (2, 2, 2)), "must be \\(rows, cols\\)"),
    ],
)
def test_wrong_losses(make: Any, message: str) -> None:
    with pytest.raises(eg.InputError, match=message):
        make()
