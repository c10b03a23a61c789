"""Distance problems: all critical points, told apart and described, and what is refused."""

from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import edgeom as eg
from tests.selection import first


def truncations(Q, rank):
    """All P_I of Eckart and Young with their indices: pairs j in I, i not in I, σ_i > σ_j."""
    left, values, right = np.linalg.svd(Q)
    m = min(Q.shape)
    for chosen in combinations(range(m), rank):
        P = sum(values[k] * np.outer(left[:, k], right[k]) for k in chosen)
        others = set(range(m)) - set(chosen)
        yield P, sum(i < j for j in chosen for i in others)


@settings(max_examples=12)
@given(
    st.sampled_from([(2, 2, 1), (3, 2, 1), (3, 3, 1), (3, 3, 2), (3, 4, 2), (2, 4, 1)]),
    st.integers(0, 10**6),
)
def test_eckart_young(size, seed):
    rows, cols, rank = size
    Q = np.random.default_rng(seed).normal(size=(rows, cols))
    points = eg.DistanceProblem(eg.DeterminantalVariety(rows, cols, rank), data=Q).critical_points()
    assert len(points) == comb(min(rows, cols), rank) == len(points.real)
    assert len(points.minima) == 1
    for P, index in truncations(Q, rank):
        gaps = np.abs(points.points - P).max(axis=(1, 2))
        found = points[int(np.argmin(gaps))]
        assert gaps.min() < 1e-7
        assert found.index == index
        assert found.squared_distance == pytest.approx(np.sum((Q - P) ** 2))


@pytest.fixture(scope="module")
def generic():
    V = eg.DeterminantalVariety(3, 3, rank=1)
    return eg.DistanceProblem(V, metric=eg.Metric.random(9, seed=1))


@pytest.mark.parametrize("seed", range(12))
def test_a_generic_inner_product(generic, seed):
    Q = np.random.default_rng(seed).normal(size=(3, 3))
    points = generic.at(Q).critical_points(seed=7)
    assert len(points) == 39
    assert points.complete
    assert points.residual.max() < 1e-9
    # distinct, on the variety, non-real ones in conjugate pairs
    flat = points.points.reshape(39, 9)
    gaps = np.abs(flat[:, None] - flat[None]).max(axis=2) + np.eye(39)
    assert gaps.min() > 1e-6
    assert all(generic.variety.contains(x, 1e-8) for x in points.points)
    others = flat[~points.is_real]
    assert all(np.abs(others - x.conj()).max(axis=1).min() < 1e-8 for x in others)
    # critical: the residual S (x - q) is orthogonal to the tangent space
    S = generic.metric.matrix
    for x in points.points:
        left, _, right = np.linalg.svd(x)
        R = (S @ (x - Q).ravel()).reshape(3, 3)
        assert np.abs(R @ right[0]).max() < 1e-7 * np.abs(R).max()
        assert np.abs(left[:, 0] @ R).max() < 1e-7 * np.abs(R).max()
    # Euler characteristic 1 of the smooth real points; compare docs and the talk
    real = points.real
    assert len(points.undecided) == 0
    assert np.sum((-1.0) ** real.index) == 1
    assert len(real) >= 2 * len(points.minima) + 1
    assert points.nearest.squared_distance == pytest.approx(real.squared_distance.real.min())
    assert points.nearest.is_minimum


def test_the_index_agrees_with_the_distance_nearby(generic):
    """Walk along the variety around each real point and look at the distance."""
    Q = np.random.default_rng(5).normal(size=(3, 3))
    points = generic.at(Q).critical_points(seed=7)
    S, rng = generic.metric.matrix, np.random.default_rng(0)

    def value(x):
        return (x - Q).ravel() @ S @ (x - Q).ravel()

    for point in points.real:
        left, values, right = np.linalg.svd(point.point)
        a, b = left[:, 0] * values[0], right[0]
        changes = []
        for _ in range(300):
            da, db = rng.normal(size=(2, 3)) * 1e-3
            changes.append(value(np.outer(a + values[0] * da, b + db)) - value(point.point))
        assert (min(changes) > 0) == point.is_minimum


def test_regression_data_is_a_distance_problem():
    rng = np.random.default_rng(3)
    X, Y = rng.normal(size=(3, 10)), rng.normal(size=(2, 10))
    V = eg.DeterminantalVariety(2, 3, rank=1)
    points = eg.DistanceProblem.from_data(V, X, Y).critical_points()
    assert len(points) == 2
    # reduced-rank regression: the best matrix has the least squared loss of all of rank one
    best = points.nearest.point
    loss = np.sum((best @ X - Y) ** 2)
    for _ in range(200):
        step = np.outer(*(rng.normal(size=n) for n in (2, 3)))
        assert np.sum((step @ X - Y) ** 2) > loss


def test_structured_matrices_come_back_as_matrices():
    A = np.random.default_rng(2).normal(size=(3, 3))
    V = eg.SymmetricDeterminantalVariety(3, 1)
    points = eg.DistanceProblem(V, data=A + A.T).critical_points()
    assert points.points.shape == (3, 3, 3)
    values, vectors = np.linalg.eigh(A + A.T)
    for value, vector in zip(values, vectors.T, strict=True):
        P = value * np.outer(vector, vector)
        assert np.abs(points.points - P).max(axis=(1, 2)).min() < 1e-8
    W = eg.SkewDeterminantalVariety(4, 2)
    B = np.random.default_rng(2).normal(size=(4, 4))
    skew = eg.DistanceProblem(W, data=B - B.T).critical_points()
    assert np.array_equal(skew.points, -skew.points.transpose(0, 2, 1))


def test_real_points_from_complex_parameters():
    """A real point (negative, say) may have complex parameters only: x = t^2."""
    line = eg.ParametrizedVariety(["t^2", "2*t^2 + 1"], "t")
    points = eg.DistanceProblem(line, data=[-3.0, 2.0]).critical_points()
    assert len(points.real) == 1
    x = points.nearest.point
    assert x[0] < 0
    assert x[1] == pytest.approx(2 * x[0] + 1)
    assert points.nearest.is_minimum


def test_data_on_the_variety_is_its_own_nearest_point():
    E = eg.AlgebraicVariety(["x^2 + 4*y^2 = 4"], "x y")
    nearest = eg.DistanceProblem(E, data=[0, 1]).critical_points().nearest
    assert nearest.point == pytest.approx([0, 1])
    assert nearest.squared_distance == pytest.approx(0, abs=1e-25)
    assert nearest.squared_distance >= 0


def test_complex_data_and_metrics_are_counted_but_not_called_real():
    E = eg.AlgebraicVariety(["x^2 + 4*y^2 = 4"], "x y")
    points = eg.DistanceProblem(E, data=[1j, 0.5]).critical_points()
    assert len(points) == 4
    assert not points.is_real.any()
    assert "not asked" in str(points)
    indefinite = eg.Metric([[1, 2], [2, 1]], indefinite=True)
    points = eg.DistanceProblem(E, indefinite, data=[0.3, 0.5]).critical_points()
    with pytest.raises(eg.InputError, match="indefinite"):
        _ = points.nearest


def test_the_summary_tells_what_matters(generic):
    points = generic.at(np.random.default_rng(3).normal(size=(3, 3))).critical_points(seed=7)
    text = str(points)
    for words in (
        "39 critical points of the squared distance to 3×3 matrices of rank ≤ 1",
        "random, seed 1",
        "local minim",
        "nearest",
        "39 started, 39 arrived",
        "determinantal formula, and monodromy",
        "seed      7",
    ):
        assert words in text


def test_points_are_a_sequence(generic):
    points = generic.at(np.eye(3) + 0.1).critical_points(seed=7)
    assert len(list(points)) == len(points) == 39
    assert [p.is_real for p in points] == points.is_real.tolist()
    assert len(points.where(slice(0, 5))) == 5
    assert points[-1].index == -1
    assert points.counts_by_index.get(0) == len(points.minima)


def test_the_plain_equations_can_be_read(generic):
    import sympy

    V = eg.DeterminantalVariety(2, 2, 1)
    problem = eg.DistanceProblem(V, data=[[1, 2], [3, 5]])
    system = problem.critical_system()
    x, *y = symbols = sympy.symbols(system.unknowns)
    M = sympy.Matrix([[1], [x]]) * sympy.Matrix([y])
    distance = sum((a - b) ** 2 for a, b in zip(M, (1, 2, 3, 5), strict=True)) / 2
    assert [
        sympy.expand(sympy.diff(distance, v) - e)
        for v, e in zip(symbols, system.to_sympy(), strict=True)
    ] == [0, 0, 0]
    assert "3 equations in x10, y00, y01" in str(system)
    # in a random chart the same critical points solve the equations
    points = problem.critical_points()
    rng_system = problem.critical_system(seed=3)
    assert rng_system.unknowns == system.unknowns
    u = np.array([[m[1, 0] / m[0, 0], *m[0]] for m in points.points])
    assert np.abs(system.evaluate(u, np.zeros((2, 0)))[0]).max() < 1e-9


@pytest.mark.parametrize("rank", [0, 3])
def test_trivial_ranks(rank):
    Q = np.random.default_rng(1).normal(size=(3, 3))
    points = eg.DistanceProblem(eg.DeterminantalVariety(3, 3, rank), data=Q).critical_points()
    assert len(points) == 1 == len(points.minima)
    assert np.allclose(points.nearest.point, Q if rank else 0)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("gap", [1e-6, 1e-9, 1e-12])
def test_data_next_to_the_discriminant(gap, sign):
    """The ellipse inside and outside its evolute, and two singular values that nearly agree."""
    E = eg.AlgebraicVariety(["x^2 + 4*y^2 = 4"], "x y")
    for t in (0, 0.3, 1.1, 2.5, 4):
        evolute = np.array([3 / 2 * np.cos(t) ** 3, -3 * np.sin(t) ** 3])
        found = eg.DistanceProblem(E, data=(1 + sign * gap) * evolute).critical_points()
        assert len(found.real) == (2 if sign > 0 else 4)
        assert found.certify().complete
    V = eg.DeterminantalVariety(3, 3, 1)
    found = eg.DistanceProblem(V, data=np.diag([2, 2 + sign * gap, 1])).critical_points()
    assert len(found.real) == 3 and len(found.minima) == 1
    best = np.diag([2, 0, 0] if sign < 0 else [0, 2, 0])
    assert np.allclose(found.nearest.point, best, atol=2 * gap + 1e-9)
    proof = found.certify()
    assert proof.complete and proof.index[proof.is_real].tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("variety", "data"),
    [
        (eg.DeterminantalVariety(2, 2, 1), [[1, 2], [3, 6]]),
        (eg.DeterminantalVariety(3, 3, 2), np.diag([3, 2, 0])),
        pytest.param(
            eg.SymmetricDeterminantalVariety(3, 1), np.diag([1, 0, 0]), marks=pytest.mark.slow
        ),
    ],
)
def test_singular_points_are_not_counted(variety, data):
    """Data on the variety, where truncations have lower rank."""
    problem = eg.DistanceProblem(variety, data=data)
    with pytest.raises(eg.DegenerateDataError, match="are singular points of"):
        problem.critical_points()
    found = problem.critical_points(raise_incomplete=False)
    assert len(found) == 1 and np.allclose(found.nearest.point, data)
    assert "singular points" in found.evidence.notes[-1] and not found.complete


def test_data_on_the_discriminant_is_named():
    E = eg.AlgebraicVariety(["x^2 + 4*y^2 = 4"], "x y")
    cusp = [1.5, 0.0]  # of the evolute: three critical points meet in (2, 0)
    with pytest.raises(eg.DegenerateDataError, match="3 of 4 critical points are missing"):
        eg.DistanceProblem(E, data=cusp).critical_points()
    found = eg.DistanceProblem(E, data=cusp).critical_points(raise_incomplete=False)
    assert len(found) == 1 and not found.complete
    assert "1 of 4" in str(found)


def test_data_on_the_discriminant_up_to_rounding_has_all_points():
    """The doubles are 1e-17 away from the evolute, and two points differ in the ninth digit."""
    E = eg.AlgebraicVariety(["x^2 + 4*y^2 = 4"], "x y")
    t = 0.3
    evolute = [3 / 2 * np.cos(t) ** 3, -3 * np.sin(t) ** 3]
    found = eg.DistanceProblem(E, data=evolute).critical_points()
    assert len(found) == 4
    assert len(found.undecided) == 0
    assert len(found.real) == eg.exact_count(E, None, evolute, real=True).real.points.shape[0]


def test_degenerate_data_is_named():
    V = eg.DeterminantalVariety(3, 3, 1)
    with pytest.raises(eg.DegenerateDataError, match="ED discriminant"):
        eg.DistanceProblem(V, data=np.eye(3)).critical_points()
    with pytest.raises(eg.DegenerateDataError, match="singular point"):
        eg.DistanceProblem(V, data=np.zeros((3, 3))).critical_points()
    nodal = eg.AlgebraicVariety(["y^2 - x^3 - x^2"], "x y")
    with pytest.raises(eg.DegenerateDataError, match="singular point"):
        eg.DistanceProblem(nodal, data=[0, 0]).critical_points()


@pytest.mark.parametrize("side", [-1, 1])
@pytest.mark.parametrize("distance", [1e-3, 1e-5, 1e-7])
def test_data_near_the_discriminant_has_the_right_number_of_real_points(side, distance):
    """Four real critical points inside the evolute of the ellipse, two outside."""
    E = eg.AlgebraicVariety(["x^2 + 4*y^2 = 4"], "x y")
    t = 0.3
    factor = 1 + side * distance
    data = [factor * 3 / 2 * np.cos(t) ** 3, -factor * 3 * np.sin(t) ** 3]
    points = eg.DistanceProblem(E, data=data).critical_points()
    assert len(points) == 4
    assert len(points.real) == (2 if side > 0 else 4)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"data": [1, 2, 3]}, r"shape \(3, 3\), got \(3,\)"),
        ({"data": np.full((3, 3), np.inf)}, "finite"),
        ({"data": np.full((3, 3), np.nan)}, "the metric is 0"),  # every entry is missing
        ({"data": [["a", "b", "c"]] * 3}, "array of numbers"),
        ({"data": np.eye(3), "metrik": None}, "did you mean 'metric'"),
        ({"data": np.eye(3), "metric": np.eye(9)}, "metric must be a Metric"),
        ({"data": np.eye(3), "metric": eg.Metric.euclidean(3)}, "3 coordinates"),
    ],
)
def test_wrong_arguments(arguments, words):
    with pytest.raises(eg.InputError, match=words):
        eg.DistanceProblem(eg.DeterminantalVariety(3, 3, 1), **arguments)


def test_wrong_calls():
    V = eg.DeterminantalVariety(3, 3, 1)
    with pytest.raises(eg.InputError, match=r"use problem\.at"):
        eg.DistanceProblem(V).critical_points()
    with pytest.raises(eg.InputError, match="did you mean 'seed'"):
        eg.DistanceProblem(V, data=np.eye(3)).critical_points(sed=1)
    with pytest.raises(eg.InputError, match="seed must be an integer"):
        eg.DistanceProblem(V, data=np.eye(3)).critical_points(seed=1.5)
    with pytest.raises(eg.InputError, match="must be a Variety"):
        eg.DistanceProblem("3x3", data=np.eye(3))
    with pytest.raises(eg.InputError, match="X and Y must have shapes"):
        eg.DistanceProblem.from_data(V, np.ones((2, 5)), np.ones((3, 5)))


@pytest.mark.parametrize("seed", first(1, range(2)))
def test_no_solutions_of_a_positive_dimensional_set(seed):
    """Equal eigenvalues, and the centre of a sphere: whole curves and surfaces are critical."""
    V = eg.SymmetricDeterminantalVariety(3, rank=1)
    sphere = eg.AlgebraicVariety(["x^2 + y^2 + z^2 - 1"], "x, y, z")
    for variety, data in ((V, np.diag([2, 2, 1])), (sphere, [0, 0, 0])):
        problem = eg.DistanceProblem(variety, data=data)
        with pytest.raises(eg.DegenerateDataError):
            problem.critical_points(seed=seed)
        found = problem.critical_points(seed=seed, raise_incomplete=False)
        assert (found.residual < 1e-6).all()
