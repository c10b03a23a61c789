"""ED degrees and their evidence."""

import pickle
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import edgeom as eg
from edgeom.degrees.polar import determinantal_polar_degrees
from edgeom.homotopy.trace_test import trace_test
from edgeom.solvers.fiber import find_fiber


def section(rows, cols, codimension, *, affine, seed):
    """A generic linear or affine section of matrices of rank one, by minors."""
    import sympy

    matrix = sympy.Matrix(rows, cols, lambda i, j: sympy.Symbol(f"m{i}{j}"))
    rng = np.random.default_rng(seed)
    entries = list(matrix)
    equations = [
        matrix[i, j] * matrix[k, m] - matrix[i, m] * matrix[k, j]
        for i in range(rows)
        for k in range(i + 1, rows)
        for j in range(cols)
        for m in range(j + 1, cols)
    ]
    for _ in range(codimension):
        weights = [sympy.Rational(int(w), 7) for w in rng.integers(-20, 20, len(entries))]
        offset = sympy.Rational(int(rng.integers(1, 20)), 3) if affine else 0
        equations.append(sum(w * x for w, x in zip(weights, entries, strict=True)) - offset)
    return eg.AlgebraicVariety(equations, entries)


@pytest.mark.parametrize("seed", range(20))
def test_twenty_seeds_agree_and_every_path_has_an_end(seed):
    ellipse = eg.AlgebraicVariety(["x^2 + 4*y^2 - 4"], "x, y")
    degrees = {
        39: eg.generic_ed_degree(eg.DeterminantalVariety(3, 3, 1), method="monodromy", seed=seed),
        4: eg.ed_degree(ellipse, seed=seed),
    }
    for expected, degree in degrees.items():
        assert degree == expected
        paths = dict(degree.evidence.paths)
        started = paths.pop("started")
        paths.pop("retried", None)
        assert sum(paths.values()) == started
        assert degree.evidence.residual < 1e-9


@pytest.mark.parametrize(
    ("rows", "cols", "codimension"),
    [(2, 2, 1), *(pytest.param(2, 3, c, marks=pytest.mark.slow) for c in (1, 2))],
)
@pytest.mark.parametrize("affine", [False, True])
def test_generic_sections_follow_the_polar_degrees(rows, cols, codimension, affine):
    polar = determinantal_polar_degrees(rows, cols, 1)
    variety = section(rows, cols, codimension, affine=affine, seed=2)
    expected = polar.affine_section(codimension) if affine else polar.linear_section(codimension)
    assert eg.generic_ed_degree(variety, seed=1) == expected


@settings(max_examples=8)
@given(st.integers(0, 10**6), st.sampled_from([(2, 3, 1), (3, 2, 1), (3, 3, 2), (2, 4, 1)]))
def test_kronecker_metrics_keep_the_count_of_eckart_and_young(seed, size):
    rows, cols, rank = size
    X = np.random.default_rng(seed).normal(size=(cols, cols + 3))
    metric = eg.Metric.from_data(X, rows=rows)
    variety = eg.DeterminantalVariety(rows, cols, rank)
    counted = eg.ed_degree(variety, metric, method="monodromy", seed=seed)
    assert counted == eg.ed_degree(variety, metric, method="formula")


@settings(max_examples=6)
@given(st.integers(0, 10**6))
def test_the_count_does_not_change_under_duality(seed):
    assert eg.generic_ed_degree(
        eg.DeterminantalVariety(3, 3, 2), method="monodromy", seed=seed
    ) == eg.generic_ed_degree(eg.DeterminantalVariety(3, 3, 1), method="monodromy", seed=seed)


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ([[3, 7, 4], [3, 7, 3], [4, 6, 5]], 35),
        pytest.param([[1, 1, 1], [1, 1, 1], [1, 1, 2]], 11, marks=pytest.mark.slow),
        ([[1, 1, 1], [1, 1, 1], [1, 1, 1]], 3),
    ],
)
def test_special_weights(weights, expected):
    variety = eg.DeterminantalVariety(3, 3, 1)
    degree = eg.ed_degree(variety, eg.Metric.weights(weights), method="monodromy")
    assert degree == expected


def test_an_incomplete_list_with_a_linear_trace_is_not_taken_for_complete():
    """P_I + P_J = Q for complementary pairs of singular values: two of six with a linear sum."""
    variety = eg.DeterminantalVariety(4, 4, 2)
    fiber = find_fiber(variety, variety.default_metric)
    points = fiber.points
    partner = np.argmin([np.abs(points[0] + other - fiber.data).max() for other in points])
    direction = np.random.default_rng(1).normal(size=16) + 0j
    test = trace_test(
        fiber.tracker,
        fiber.equations.system.lift,
        fiber.monodromy.solutions[[0, partner]],
        fiber.monodromy.parameters,
        direction,
    )
    assert test.passed
    assert not test.squares
    assert len(fiber) == 6


def test_reducible_zero_sets_are_counted_by_component():
    variety = eg.AlgebraicVariety(["(x^2 + y^2 - 1)*(x - 3)*(x + y + 4)"], "x y")
    whole = eg.ed_degree(variety, seed=4)
    assert whole == 4
    assert sorted(whole.evidence.components) == [1, 1, 2]
    assert "several components: 1 + 1 + 2" in repr(whole) or "2 + 1 + 1" in repr(whole)
    single = eg.ed_degree(variety, seeds=1, seed=4)
    assert single in (1, 2)
    assert "seeds=" in repr(single)


def test_several_equations_with_two_components():
    # the twisted cubic and the line at x = z = 0 lie on these two quadrics
    variety = eg.AlgebraicVariety(["x*z - y^2", "y*w - z^2"], "x y z w")
    degree = eg.ed_degree(variety, seeds=12, seed=1)
    assert sorted(degree.evidence.components) == [1, 7]


def test_finitely_many_points():
    degree = eg.ed_degree(eg.AlgebraicVariety(["x^2 - 1", "y^2 - 4"], "x y"), seeds=24)
    assert degree == 4
    assert degree.evidence.components == (1, 1, 1, 1)


def test_an_indefinite_metric_is_counted_when_it_is_asked_for_by_name():
    ellipse = eg.AlgebraicVariety(["x^2 + 4*y^2 - 4"], "x y")
    assert eg.ed_degree(ellipse, eg.Metric([[1, 2], [2, 1]], indefinite=True)) == 4
    # the circle with x^2 - y^2, whose level lines touch it at infinity nowhere: generic
    circle = eg.AlgebraicVariety(["x^2 + y^2 - 1"], "x y")
    assert eg.ed_degree(circle, eg.Metric([[1, 0], [0, -1]], indefinite=True)) == 4


def test_a_metric_without_squares():
    # (x - a)(y - b) has no pivot in these coordinates; on the line it is a quadratic polynomial
    line = eg.AlgebraicVariety(["x + y - 1"], "x y")
    assert eg.ed_degree(line, eg.Metric([[0, 1], [1, 0]], indefinite=True)) == 1


def test_trivial_ranks():
    for rank in (0, 3):
        variety = eg.DeterminantalVariety(3, 4, rank)
        assert eg.ed_degree(variety) == 1 == eg.generic_ed_degree(variety, method="monodromy")


def test_large_formulas_say_that_they_are_not_confirmed():
    degree = eg.generic_ed_degree(eg.DeterminantalVariety(6, 6, 3))
    assert degree == 11295900
    assert "not confirmed numerically" in repr(degree)


@pytest.mark.slow
def test_a_large_count_by_monodromy():
    degree = eg.generic_ed_degree(eg.DeterminantalVariety(4, 4, 2), method="monodromy")
    assert degree == 1350


def test_degrees_are_integers_with_evidence():
    degree = eg.generic_ed_degree(eg.DeterminantalVariety(2, 2, 1), seed=3)
    assert isinstance(degree, int)
    assert (degree + 1, f"{degree}", list(range(degree))[-1]) == (7, "6", 5)
    assert "determinantal formula; monodromy, trace test passed" in repr(degree)
    assert degree.evidence.seed == 3
    copy = pickle.loads(pickle.dumps(degree))
    assert copy == degree
    assert copy.evidence == degree.evidence
    assert degree.to_dict()["value"] == 6


def test_the_same_seed_gives_the_same_evidence():
    variety = eg.DeterminantalVariety(2, 3, 1)
    first, second = (
        eg.generic_ed_degree(variety, method="monodromy", seed=9).evidence for _ in range(2)
    )
    assert first == second


def test_progress_is_reported():
    seen = []
    eg.generic_ed_degree(
        eg.DeterminantalVariety(2, 3, 1), progress=lambda *state: seen.append(state)
    )
    assert seen
    assert {stage for stage, _, _ in seen} == {"monodromy"}


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda V: eg.ed_degree(V, sede=3), "did you mean 'seed'"),
        (lambda V: eg.ed_degree(V, method="monodrmy"), "did you mean 'monodromy'"),
        (lambda V: eg.ed_degree(V, method="phc"), "one of auto, formula, monodromy"),
        (lambda V: eg.ed_degree(V, seed=-1), "seed must be at least 0"),
        (lambda V: eg.ed_degree(V, seeds=0), "seeds must be at least 1"),
        (lambda V: eg.ed_degree(V, eg.Metric.euclidean(4)), "4 coordinates"),
        (lambda V: eg.ed_degree(V, [[1, 0], [0, 1]]), "metric must be a Metric, got list"),
        (
            lambda V: eg.ed_degree(eg.AlgebraicVariety(["x^2 + y^2 - 1"], "x y"), method="formula"),
            "no formula is known",
        ),
    ],
)
def test_wrong_arguments(call, words):
    with pytest.raises(eg.InputError, match=words):
        call(eg.DeterminantalVariety(3, 3, 1))


def test_a_random_metric_is_known_to_be_generic():
    variety = eg.DeterminantalVariety(3, 3, 1)
    assert eg.ed_degree(variety, eg.Metric.random(9, seed=4), method="formula") == 39


def test_a_metric_that_is_singular_along_the_variety():
    # the metric does not see y, and on the cylinder x^2 = 1 every point is critical
    lines = eg.AlgebraicVariety(["x^2 - 1"], "x y")
    with pytest.raises(eg.DegenerateDataError, match="positive-dimensional"):
        eg.ed_degree(lines, eg.Metric([[1, 0], [0, 0]], indefinite=True))


@pytest.mark.slow
def test_more_points_than_there_can_be_are_no_count():
    """Weights over twelve orders of magnitude are too much for double precision."""
    weights = 10.0 ** (np.array([[2, 2, -1], [0, -2, 6], [-4, 6, -4]]) + 6)
    V = eg.DeterminantalVariety(3, 3, rank=1)
    for seed in range(3):
        with suppress(eg.IncompleteError):
            assert eg.ed_degree(V, metric=eg.Metric.weights(weights), seed=seed) <= 39
