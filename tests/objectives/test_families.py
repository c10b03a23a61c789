"""Families of objectives: gradients, coordinates, sums, words, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import edgeom as eg
from edgeom.objectives.base import AlgebraicObjective, Objective
from edgeom.objectives.family import ObjectiveFamily, derivative_tape
from edgeom.objectives.powers import PowerFamily
from edgeom.objectives.words import read_formula, read_objective
from edgeom.scaling import Coordinates

seeds = st.integers(0, 10**6)
SHAPE = (2, 2)


def objective(kind: str, seed: int) -> AlgebraicObjective:
    rng = np.random.default_rng(seed)
    q = rng.uniform(1, 3, size=SHAPE)
    made: dict[str, Any] = {
        "distance": lambda: eg.SquaredDistance(q, eg.Metric.random(4, seed)),
        "quadratic": lambda: eg.QuadraticLoss(rng.normal(size=(2, 4)), rng.normal(size=(2, 4))),
        "power": lambda: eg.PowerDistance(q, p=6, weights=rng.uniform(1, 2, size=SHAPE)),
        "likelihood": lambda: eg.LogLikelihood(q),
        "divergence": lambda: eg.KullbackLeibler(q),
        "ridge": lambda: eg.ridge(q),
        "polynomial": lambda: eg.PolynomialObjective(
            "s*a^3 - b*c + t*d^2", [["a", "b"], ["c", "d"]], parameters=["s", "t"], data=[2, -1]
        ),
        "rational": lambda: eg.RationalObjective("a/(b + c^2) + d^2/a", [["a", "b"], ["c", "d"]]),
        "sum": lambda: eg.PowerDistance(q) + 0.5 * eg.LogLikelihood(q) - 2 * eg.ridge(q),
    }
    found: AlgebraicObjective = made[kind]()
    return found


KINDS = (
    *("distance", "quadratic", "power", "likelihood", "divergence"),
    *("ridge", "polynomial", "rational", "sum"),
)


def slope(function: Any, x: Any, v: Any) -> Any:
    h = 1e-3
    near = np.asarray(function(x + h * v)) - function(x - h * v)
    far = np.asarray(function(x + 2 * h * v)) - function(x - 2 * h * v)
    return (8 * near - far) / (12 * h)


@settings(max_examples=40)
@given(st.sampled_from(KINDS), seeds)
def test_gradients_and_hessians_are_derivatives(kind: str, seed: int) -> None:
    h = objective(kind, seed)
    rng = np.random.default_rng(seed + 1)
    x, v = rng.uniform(1, 3, size=SHAPE), rng.normal(size=SHAPE)
    assert np.sum(h.gradient(x) * v) == pytest.approx(slope(h.value, x, v), rel=1e-6, abs=1e-6)
    turn = (h.hessian(x) @ v.ravel()).reshape(SHAPE)
    np.testing.assert_allclose(turn, slope(h.gradient, x, v), rtol=1e-6, atol=1e-6)


@settings(max_examples=40)
@given(st.sampled_from(KINDS), seeds)
def test_programs_of_families_are_their_gradients(kind: str, seed: int) -> None:
    """What critical equations are made of, against the objective's own formulas."""
    h = objective(kind, seed)
    x = np.random.default_rng(seed + 1).uniform(1, 3, size=4)
    out = derivative_tape(h.family, 4).arrays(x=x[None], t=h.theta[None])
    scale = np.abs(out["g"]).max() + 1
    np.testing.assert_allclose(out["g"][0], h.gradient(x.reshape(SHAPE)).ravel(), atol=1e-9 * scale)
    np.testing.assert_allclose(out["H"][0].reshape(4, 4), h.hessian(x.reshape(SHAPE)), rtol=1e-9)


@settings(max_examples=20)
@given(st.sampled_from([k for k in KINDS if k not in ("distance", "quadratic")]), seeds)
def test_families_are_made_again_from_their_words(kind: str, seed: int) -> None:
    h = objective(kind, seed)
    assert h.family.words is not None
    again = read_objective(h.family.words)
    assert (again.words, again.key, again.name) == (h.family.words, h.family.key, h.family.name)
    x = np.random.default_rng(seed + 1).uniform(1, 3, size=4)
    here, there = (f.values(x, h.theta) for f in (h.family, again))
    assert here == pytest.approx(there, rel=1e-12)


def test_weights_of_a_variety_are_no_words(tmp_path: Path) -> None:
    """An off-diagonal entry of a symmetric matrix counts twice by itself."""
    V = eg.SymmetricDeterminantalVariety(2, rank=1)
    problem = eg.CriticalProblem(V, eg.LogLikelihood([[4, 2], [2, 3]]))
    assert problem.family.words == "likelihood"
    points = problem.critical_points()
    points.save(tmp_path / "points.json")
    assert eg.load(tmp_path / "points.json").family.key == points.family.key


@settings(max_examples=30)
@given(st.sampled_from(KINDS), seeds, st.booleans())
def test_other_coordinates_are_the_same_function(kind: str, seed: int, moved: bool) -> None:
    """h(origin + D y) as a function of y has the gradient D ∇h."""
    h = objective(kind, seed)
    if kind in ("distance", "quadratic"):
        return  # metrics are moved by Placed
    origin = (0.25, 0.5, 0.0, 1.0) if moved else (0.0,) * 4
    change = Coordinates(origin, (1, 0, -2, 3))
    y = np.random.default_rng(seed + 1).uniform(1, 3, size=4)
    x = change.outward(y)
    family = h.family.moved(change)
    theta = family.inward(h.theta, change) if family is not h.family else h.theta
    if hasattr(h.family, "inward"):
        theta = h.family.inward(h.theta, change)
    here = derivative_tape(family, 4).arrays(x=y[None], t=theta[None])["g"][0]
    there = derivative_tape(h.family, 4).arrays(x=x[None], t=h.theta[None])["g"][0]
    np.testing.assert_allclose(here, there * change.scale, rtol=1e-8)


@pytest.mark.parametrize("text", ["power:4", "power:10", "likelihood", "divergence"])
def test_families_are_read_as_they_are_written(text: str) -> None:
    family = read_objective(text)
    assert isinstance(family, ObjectiveFamily) and family.words == text
    assert read_objective(str(family.words)).key == family.key


def test_sums_collect_parts_and_data() -> None:
    q = np.arange(1.0, 5).reshape(SHAPE)
    h = 2 * (eg.PowerDistance(q) + 3 * eg.ridge(q)) - eg.PowerDistance(q)
    assert [factor for factor, _ in h.parts] == [2, 6, -1]
    assert h.data.shape == (12,) and h.convex is None
    assert h.value(q) == pytest.approx(6 * np.sum(q**3))
    assert (eg.PowerDistance(q) + eg.ridge(q)).convex


def test_likelihoods_are_of_positive_points() -> None:
    h = eg.LogLikelihood([[1, 2], [3, 4]])
    assert h.value([[1, 2], [3, -4]]) == np.inf
    assert np.isfinite(h.value([[1, 2], [3, 4]]))
    assert h.family.defined(np.array([[1.0, 1, 1, 1], [1, 1, 1, -1]])).tolist() == [True, False]
    assert eg.KullbackLeibler([[1.0, 2]]).value([[1.0, 2]]) == pytest.approx(0)


def test_defaults_count_entries_of_symmetric_matrices() -> None:
    """Off the diagonal twice, as the Frobenius norm does."""
    V = eg.SymmetricDeterminantalVariety(2, rank=1)
    problem = eg.CriticalProblem(V, eg.PowerDistance([[1, 2], [2, 3]]))
    assert isinstance(problem.family, PowerFamily)
    assert problem.family.weights is not None
    assert problem.family.weights.tolist() == [1, 2, 1]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: eg.PowerDistance([[1, 2]], p=3), "p must be even"),
        (lambda: eg.PowerDistance([[1, 2]], weights=[[1, -1]]), "must be positive"),
        (lambda: eg.PowerDistance([[1, 2]], weights=[1, 2]), "have the shape"),
        (lambda: eg.PowerDistance([["a"]]), "finite real numbers"),
        (lambda: eg.LogLikelihood([[1, 0]]), "must be positive"),
        (lambda: eg.RationalObjective("x + y", "x"), "contains y"),
        (lambda: eg.RationalObjective("s*x", "x", parameters=["s"]), "1 numbers, one for each"),
        (lambda: eg.RationalObjective("I*x", "x"), "real coefficients"),
        (lambda: eg.RationalObjective("x", "x, x"), "named twice"),
        (lambda: eg.PolynomialObjective("1/x", "x"), "RationalObjective takes it"),
        (lambda: eg.ridge([1, 2], shape=2), "shape is for one number"),
        (lambda: eg.ridge([1, 2]) + eg.ridge([1]), "points of one shape"),
        (lambda: np.nan * eg.ridge(1.0, shape=2), "finite number"),
        (lambda: eg.PowerDistance([1.0]).at([1, 2]), "data must have shape"),
        (lambda: read_objective("power:5"), "p must be even"),
        (lambda: read_objective("likelyhood"), "did you mean 'likelihood'"),
        (lambda: read_formula("x^2 + y", (2,)), "with its variables"),
        (lambda: read_formula("x^2 in x", (2,)), "has 1 variables"),
        (lambda: eg.SquaredDistance.law(), "needs a metric"),
        (lambda: eg.QuadraticLoss.law(), "no family of its own"),
    ],
)
def test_what_is_refused(make: Any, message: str) -> None:
    with pytest.raises(eg.InputError, match=message):
        make()


def test_smooth_losses_have_no_critical_problem() -> None:
    loss = eg.SmoothLoss(
        lambda m: np.cosh(m).sum(), np.sinh, lambda m: np.diag(np.cosh(m).ravel()), (2, 2)
    )
    assert isinstance(loss, Objective)
    with pytest.raises(eg.InputError, match="no rational gradient"):
        eg.CriticalProblem(eg.DeterminantalVariety(2, 2, rank=1), loss)  # type: ignore[arg-type]
