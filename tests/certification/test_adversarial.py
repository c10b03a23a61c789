"""Proofs where a careless one would claim something false; the truth is known independently.

The curves here have their critical points at the roots of one polynomial N(t) with rational
coefficients, N being the derivative of the squared distance times something positive. Its roots are
isolated by Arb, the real ones exactly, and the sign of N' is the index.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pytest
from flint import arb, arb_mat, fmpq_mat
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import edgeom as eg
from edgeom.certification.certificate import Certificate, certify
from edgeom.certification.distinct import groups
from edgeom.certification.inertia import inertia
from edgeom.equations.critical import CriticalEquations, critical_equations
from edgeom.equations.hessian import NOT_REAL, UNDECIDED
from edgeom.varieties.base import Chart
from tests.certification.truth import (
    CIRCLE,
    ELLIPSE,
    MATRICES,
    PARABOLA,
    all_decided,
    contradictions,
    ellipse,
    matrices,
    parabola,
    rational,
    tensors,
)

LAW = settings(max_examples=60, deadline=None, derandomize=True)


# Close to the ED discriminant


@pytest.mark.parametrize("side", [0, 1, -1])
@pytest.mark.parametrize("gap", [1e-6, 1e-9, 1e-12, 1e-15])
def test_across_the_evolute_of_the_ellipse(gap: float, side: int) -> None:
    """Four points are real inside, two outside; on the evolute to double precision it depends."""
    for s in (0.3, 0.7, 2.2, -0.4, -2.9):
        q = np.array([1.5 * np.cos(s) ** 3, -3 * np.sin(s) ** 3]) * (1 + side * gap)
        truth = ellipse(q)
        if side:
            assert sum(one.real for one in truth) == (2 if side > 0 else 4)
        proof = eg.DistanceProblem(ELLIPSE, data=q).certify([one.doubles for one in truth])
        assert not contradictions(proof, truth)
        assert proof.complete and all_decided(proof)


@pytest.mark.parametrize("seed", range(4))
def test_where_two_real_matrices_merge(seed: int) -> None:
    """Neighbouring doubles on both sides of the discriminant of a generic metric."""
    S = eg.Metric.random(4, seed)
    start, end = crossing(S.matrix, seed)
    counts = set()
    for gap in (0, 1e-15, 1e-12, 1e-9, 1e-6):
        for q in (
            start + gap * (start - end) / norm(start - end),
            end + gap * (end - start) / norm(start - end),
        ):
            truth = matrices(S.matrix, q)
            points = np.array([one.doubles for one in truth]).reshape(-1, 2, 2)
            proof = eg.DistanceProblem(MATRICES, S, data=q.reshape(2, 2)).certify(points)
            assert not contradictions(proof, truth)
            assert proof.complete and all_decided(proof)
            counts.add(int(proof.is_real.sum()))
    assert counts == {2, 4}


def crossing(S: NDArray[Any], seed: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return data as close together as doubles can be, with different numbers of real points."""
    rng = np.random.default_rng(seed)

    def count(q: NDArray[Any]) -> int:
        return sum(one.real for one in matrices(S, q))

    a, b = rng.normal(size=(2, 4))
    while count(a) == count(b):
        b = rng.normal(size=4)
    while not np.array_equal(middle := (a + b) / 2, a) and not np.array_equal(middle, b):
        a, b = (middle, b) if count(middle) == count(a) else (a, middle)
        if norm(b - a) < 1e-15:
            break
    return a, b


def norm(q: NDArray[Any]) -> float:
    return float(np.linalg.norm(q))


@pytest.mark.parametrize("gap", [2.0**-20, 2.0**-35, 2.0**-50])
@pytest.mark.parametrize(("rows", "cols", "rank"), [(3, 3, 1), (3, 3, 2), (3, 4, 1), (4, 3, 2)])
def test_nearly_equal_singular_values(rows: int, cols: int, rank: int, gap: float) -> None:
    """Eckart-Young: a choice of singular values has as index the larger ones it leaves out."""
    sizes = [1, 1 + gap, 1 + 2 * gap]
    V = eg.DeterminantalVariety(rows, cols, rank=rank)
    q = np.zeros((rows, cols))
    q[range(3), range(3)] = sizes
    choices = list(combinations(range(3), rank))
    points = [np.where(np.isin(np.arange(rows), kept)[:, None], q, 0) for kept in choices]
    proof = eg.DistanceProblem(V, data=q).certify(points)
    assert proof.complete and all_decided(proof) and proof.is_real.all()
    index = [sum(j > i for i in kept for j in range(3) if j not in kept) for kept in choices]
    assert proof.index.tolist() == index
    assert (np.abs(proof.center - points).max(axis=(1, 2)) <= proof.radius).all()


def test_nearly_equal_singular_values_in_general_position() -> None:
    """Integers U diag(a, a + 1) Vᵀ with 10¹² between the singular values and their difference."""
    left, right = np.array([[3, 4], [-4, 3]]), np.array([[5, 12], [-12, 5]])
    a = 2.0**40
    terms = [np.outer(left[:, i], right[:, i]) for i in range(2)]
    proof = eg.DistanceProblem(MATRICES, data=a * terms[0] + (a + 1) * terms[1]).certify(
        [a * terms[0], (a + 1) * terms[1]]
    )
    assert proof.complete and proof.is_real.all() and proof.index.tolist() == [1, 0]
    assert proof.radius.max() < 1 and not proof.center.imag.any()


@pytest.mark.parametrize("q", [
    (0, 1e-14), (0, -1e-14), (0, 1e-28), (0, -1e-28), (0, 1e-60), (0, -1e-60), (1e-42, 0),
    (1e-42, 1e-28), (1e-42, -1e-28), (1e-42, -1e-42), (1e-100, 1e-28), (1e-100, -1e-28),
    (1e-100, 0), (1e-100, -1e-100), (1e-160, 0), (0, 1e50), (1e80, -1e80), (0, -1e150),
])  # fmt: skip
def test_three_points_at_a_cusp(q: tuple[float, float]) -> None:
    """Imaginary parts down to 10⁻⁵³ that are not zero, and real points as close to each other."""
    truth = parabola(q)
    proof = eg.DistanceProblem(PARABOLA, data=q).certify([one.doubles for one in truth])
    assert not contradictions(proof, truth)
    assert len(proof) == 3 and all_decided(proof)
    assert proof.is_real.tolist() == [one.real for one in truth]


@LAW
@given(st.integers(0, 2**32))
def test_data_of_any_size(seed: int) -> None:
    rng = np.random.default_rng(seed)
    q = rng.normal(size=2) * 10.0 ** rng.uniform(-100, 100, size=2)
    if seed % 2:
        q = rng.normal(size=2) * 10.0 ** rng.uniform(-9, 9, size=2)
    truth = ellipse(q)
    proof = eg.DistanceProblem(ELLIPSE, data=q).certify([one.doubles for one in truth])
    assert not contradictions(proof, truth)
    if seed % 2:
        assert proof.complete and all_decided(proof)


@LAW
@given(st.integers(0, 2**32))
def test_indefinite_metrics(seed: int) -> None:
    rng = np.random.default_rng(seed)
    q, weights = rng.normal(size=(2, 2))
    metric = eg.Metric.weights(weights, indefinite=True)
    truth = ellipse(q, weights)
    proof = eg.DistanceProblem(ELLIPSE, metric, data=q).certify([one.doubles for one in truth])
    assert not contradictions(proof, truth)
    assert proof.complete and all_decided(proof)


# What is handed in


def test_noise_and_repetitions() -> None:
    rng = np.random.default_rng(0)
    S, q = eg.Metric.random(4, 0), rng.normal(size=4)
    truth = matrices(S.matrix, q)
    exact = np.array([one.doubles for one in truth]).reshape(-1, 2, 2)
    problem = eg.DistanceProblem(MATRICES, S, data=q.reshape(2, 2))
    for size in (1e-12, 1e-6, 1e-3, 1e-1, 1.0):
        noise = rng.normal(size=(*exact.shape, 2)) @ [1, 1j]
        given = exact * (1 + size * noise)
        proof = problem.certify(np.concatenate([exact, given, given[:1]]))
        assert not contradictions(proof, truth)
        assert proof.is_distinct.sum() == 6 and proof.complete and all_decided_or_copies(proof)
        for x, status, center in zip(given, proof.status[6:], proof.center[6:], strict=False):
            if status == "certified":
                assert np.abs(center - x).max() <= 1.01e-3 * np.abs(x).max()
            else:
                assert status == "not a solution" and size >= 1e-4
    random = rng.normal(size=(20, 2, 1)) * rng.normal(size=(20, 1, 2))
    assert not contradictions(problem.certify(random), truth)


def all_decided_or_copies(proof: Certificate) -> bool:
    return not proof.is_undecided.any() and bool((proof.duplicate_of[6:] < 6).all())


@pytest.mark.parametrize("far", [1.0, 1e3, 1e5])
def test_large_multipliers_do_not_excuse_what_is_far_off(far: float) -> None:
    """Multipliers grow with the data; how far a point was moved is measured in coordinates."""
    q = [far * 3, far * 5]
    truth = [one for one in ellipse(q) if one.real]
    points = np.array([one.doubles for one in truth]).real
    angle = 0.1
    turned = points * [1, 2] @ [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
    proof = eg.DistanceProblem(ELLIPSE, data=q).certify(np.concatenate([points, turned / [1, 2]]))
    assert proof.status == (*2 * ["certified"], *2 * ["not a solution"])


@pytest.mark.parametrize("power", [-490, -100, 0, 100, 490])
def test_data_scaled_by_powers_of_two(power: int) -> None:
    """Verdicts do not depend on the unit; in a chart some unknowns have it and others have none."""
    rng = np.random.default_rng(2)
    S, q = eg.Metric.random(4, 2), rng.normal(size=4)
    truth = matrices(S.matrix, q)
    points = np.array([one.doubles for one in truth]).reshape(-1, 2, 2)
    unit = 2.0**power
    proof = eg.DistanceProblem(MATRICES, S, data=unit * q.reshape(2, 2)).certify(unit * points)
    assert proof.complete and all_decided(proof)
    assert proof.reality.tolist() == [1 if one.real else NOT_REAL for one in truth]
    real = proof.is_real
    assert proof.index[real].tolist() == [one.index for one in truth if one.real]
    assert (np.abs(proof.center - unit * points).max(axis=(1, 2)) < 1e-12 * unit).all()


@pytest.mark.parametrize("power", [-300, 300])
def test_metrics_scaled_by_powers_of_two(power: int) -> None:
    metric = eg.Metric(2.0**power * np.diag([1.0, 2.0]))
    truth = ellipse([0.3, 0.4], (1, 2))
    proof = eg.DistanceProblem(ELLIPSE, metric, data=[0.3, 0.4]).certify([t.doubles for t in truth])
    assert not contradictions(proof, truth)
    assert proof.complete and all_decided(proof)


@pytest.mark.parametrize("off", [1e-9, -1e-9, 1e-30, 1e-100, 1e-150])
def test_beside_the_centre_of_a_circle(off: float) -> None:
    proof = eg.DistanceProblem(CIRCLE, data=[off, 0]).certify([[1, 0], [-1, 0]])
    assert all_decided(proof)
    assert proof.index.tolist() == ([0, 1] if off > 0 else [1, 0])
    elsewhere = eg.DistanceProblem(CIRCLE, data=[off, 0]).certify([[0.6, 0.8], [0, 1]])
    assert not elsewhere.is_certified.any()


def test_positive_dimensional_sets_are_never_certified() -> None:
    angles = np.linspace(0, 6, 20)
    around = np.column_stack([np.cos(angles), np.sin(angles)])
    assert not eg.DistanceProblem(CIRCLE, data=[0, 0]).certify(around).is_certified.any()
    V = eg.DeterminantalVariety(3, 3, rank=1)
    u = np.column_stack([np.cos(angles), np.sin(angles), 0 * angles])
    proof = eg.DistanceProblem(V, data=np.diag([1.0, 1, 2])).certify(
        [*(np.outer(v, v) for v in u), np.diag([0, 0, 2.0])]
    )
    assert proof.is_certified.tolist() == [*20 * [False], True] and not proof.complete


def test_huge_and_tiny_candidates() -> None:
    problem = eg.DistanceProblem(MATRICES, data=[[3, 1], [0, 1]])
    for size in (1e100, 1e-100, 1e-308, 5e-324):
        proof = problem.certify(np.full((1, 2, 2), size))
        assert not proof.is_certified.any() and not proof.is_distinct.any()


# Charts


def test_complex_data_and_complex_metrics() -> None:
    """Points are proved, and nothing is said of reality."""
    rng = np.random.default_rng(0)
    q = rng.normal(size=(2, 2, 2)) @ [1, 1j]
    for metric in (eg.Metric.random(4, 0), eg.Metric.random_weights(4, 0)):
        proof = eg.DistanceProblem(MATRICES, metric, data=q).critical_points().certify()
        assert proof.is_certified.all() and proof.complete and not proof.is_real_problem
        with pytest.raises(eg.InputError, match="reality is not asked"):
            _ = proof.is_real


def in_charts(
    V: eg.DeterminantalVariety, S: eg.Metric, q: NDArray[Any], x: NDArray[Any],
    charts: Sequence[CriticalEquations],
) -> Certificate:  # fmt: skip
    """Certify each point in all charts."""
    unknowns = np.concatenate([np.asarray(e.unknowns_of(x.astype(complex), q)) for e in charts])
    chart = np.repeat(np.arange(len(charts)), len(x))
    return certify(V, S, q, charts, chart, unknowns)


def test_points_from_several_charts() -> None:
    """A point that is found in three charts, of three kinds of parameters, is one point."""
    rng = np.random.default_rng(5)
    S, q = eg.Metric.random(4, 5), rng.normal(size=4)
    truth = matrices(S.matrix, q)
    x = np.array([one.doubles for one in truth])
    charts = [
        critical_equations(MATRICES.chart(rng), S, free) for free in ("data", "weights", "metric")
    ]
    proof = in_charts(MATRICES, S, q, x, charts)
    assert not contradictions(proof, truth) and proof.is_certified.all() and proof.complete
    assert proof.duplicate_of.tolist() == [-1] * 6 + 2 * list(range(6))
    assert not proof.is_undecided.any() and (proof.index[:6] == proof.index[6:12]).all()


@pytest.mark.parametrize("tilt", [1e-2, 1e-5, 1e-8, 1e-11])
def test_points_far_out_in_a_chart(tilt: float) -> None:
    """One of the singular vectors is nearly orthogonal to the chart's first axis."""
    q = np.array([3.0, 1.0, 0.0, 1.0])
    left, sizes, right = np.linalg.svd(q.reshape(2, 2))
    x = np.array([sizes[i] * np.outer(left[:, i], right[i]).ravel() for i in range(2)])
    chart: Any = MATRICES.chart(np.random.default_rng(0))
    c, s = np.cos(tilt), np.sin(tilt)
    chart.frame.position = left @ [[-s, c], [c, s]]
    S = MATRICES.default_metric
    proof = in_charts(MATRICES, S, q, x, [critical_equations(chart, S)])
    assert proof.complete and all_decided(proof) and proof.index.tolist() == [0, 1]


@pytest.mark.parametrize("seed", range(6))
def test_real_tensors_with_unknowns_that_are_not_real(seed: int) -> None:
    f = np.random.default_rng(seed).normal(size=5)
    truth = tensors(f)
    proof = eg.DistanceProblem(eg.VeroneseVariety(2, 4), data=f).critical_points().certify()
    assert not contradictions(proof, truth)
    assert proof.complete and all_decided(proof)
    assert proof.is_real.sum() == sum(one.real for one in truth)


def test_reality_by_counting_needs_a_complete_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """A real tensor with unknowns that are not is called so in a complete list, or by symmetry."""
    f = np.random.default_rng(0).normal(size=5)
    points = eg.DistanceProblem(eg.VeroneseVariety(2, 4), data=f).critical_points()
    slanted = (np.abs(points.unknowns.imag).max(axis=1) > 1e-3) & points.is_real
    assert slanted.any() and points.where(slanted).certify().is_real.all()
    monkeypatch.setattr(type(points.charts[0].chart), "twins", Chart.twins)
    assert points.certify().is_real[slanted].all()
    for missing in range(len(points)):
        kept = np.arange(len(points)) != missing
        proof = points.where(kept).certify()
        assert not proof.complete and (proof.reality[slanted[kept]] == UNDECIDED).all()


def test_dimension_and_codimension_zero() -> None:
    nothing = eg.DeterminantalVariety(2, 2, rank=0)
    proof = eg.DistanceProblem(nothing, data=[[1, 2], [3, 4]]).critical_points().certify()
    assert proof.complete and proof.is_minimum.all() and not proof.center.any()
    everything = eg.DeterminantalVariety(2, 2, rank=2)
    proof = eg.DistanceProblem(everything, data=[[1, 2], [3, 4]]).certify(
        [[[1, 2], [3, 4]], [[1, 2], [3, 5]]]
    )
    assert proof.status == ("certified", "not a solution") and proof.complete
    points = eg.AlgebraicVariety(["x^2 - 2", "y*(y - 1)"], "x, y")
    proof = eg.DistanceProblem(points, data=[0.1, 0.3]).critical_points().certify()
    assert proof.complete and proof.is_minimum.sum() == 4


def test_the_dimension_of_an_image() -> None:
    """The image is the plane, whose one critical point is the data."""
    plane = eg.ParametrizedVariety(["s + t", "1e-11*(s - t)"], "s, t")
    assert plane.dimension == 2
    try:
        proof = eg.DistanceProblem(plane, data=[1.0, 1.0]).critical_points().certify()
    except eg.DegenerateDataError:  # its coordinates are of too different a size
        return
    assert not proof.is_certified.any() or np.abs(proof.center - 1).max() < 1e-6


def test_coefficients_that_are_no_doubles() -> None:
    """(x - √½)² + y² = 0 has no real smooth point; with √2 rounded it is a circle."""
    lines = eg.AlgebraicVariety(["x^2 - sqrt(2)*x + 1/2 + y^2"], "x, y")
    problem = eg.DistanceProblem(lines, eg.Metric.weights([1, 2]), data=[0.3, 0.4])
    c, r = np.sqrt(0.5), 8.267894930187443e-09
    way = np.array([c - 0.3, -0.8]) / norm(np.array([c - 0.3, -0.8]))
    try:
        proof = problem.certify(np.array([c, 0]) + r * np.array([way, -way]))
    except eg.InputError:
        return
    assert not proof.is_real.any()


# Tables


def test_tables_close_to_the_discriminant(seed: int = 0) -> None:
    """Compiled proofs and those in balls, for data on both sides at distances from 10⁻¹² to 1."""
    S = eg.Metric.random(4, seed)
    start, end = crossing(S.matrix, seed)
    steps = 10.0 ** np.linspace(-12, 0, 13)
    away = np.random.default_rng(seed).normal(size=4)
    data = np.concatenate([start + steps[:, None] * away, end - steps[:, None] * away])
    table = eg.real_critical_table(
        MATRICES, metric=S, data=data.reshape(-1, 2, 2), seed=seed, certify=True
    )
    (block,) = table.samples.blocks()
    truth = [[one.index for one in matrices(S.matrix, q) if one.real] for q in data]
    expected = np.array([[index.count(k) for k in range(4)] for index in truth])
    assert (block.by_index <= expected).all()  # whatever is certified is there
    proved = block.proved
    assert np.array_equal(block.by_index[proved], expected[proved])
    assert np.array_equal(block.real[proved], expected.sum(axis=1)[proved])
    far = np.tile(steps > 1e-11, 2)
    assert proved[far].all() and len(set(block.real[far])) > 1


# Parts


@LAW
@given(st.integers(0, 2**32))
def test_inertia_of_matrices_in_balls(seed: int) -> None:
    """Against Descartes' rule, which is exact for polynomials with real roots only."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 5))
    exact = rng.integers(-3, 4, size=(n, n)) * 2.0 ** rng.integers(-9, 9, size=(n, 1))
    exact = exact + exact.T
    if seed % 2:  # nearly singular
        exact = np.outer(exact[0], exact[0]) + 2.0**-30 * np.diag(rng.integers(-2, 3, size=n))
    radius = 2.0 ** float(rng.integers(-80, 0))
    balls = [[arb(v, radius) for v in row] for row in exact.tolist()]
    shift = np.tril(radius * rng.choice([-1, 0, 1], size=(n, n)))
    member = exact + shift + np.tril(shift, -1).T
    assert (np.abs(member - exact) <= radius).all()
    found = inertia(arb_mat(balls))
    if found is not None:
        signs = [c > 0 for c in rationals(member).charpoly() if c != 0]
        assert found == n - sum(a != b for a, b in pairwise(signs))
    elif not seed % 2 and radius < 2.0**-50:
        assert rationals(exact).det() == 0


def rationals(matrix: NDArray[Any]) -> fmpq_mat:
    return fmpq_mat(*matrix.shape, [rational(v) for v in matrix.ravel()])


@LAW
@given(st.integers(0, 2**32))
def test_equal_points_never_count_as_different(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count, n = int(rng.integers(2, 7)), int(rng.integers(1, 4))
    points = rng.normal(size=(count, n, 2)) @ [1, 1j] * 10.0 ** rng.uniform(-300, 300)
    points[1] = points[0]
    phase = np.exp(2j * np.pi * rng.random(points.shape))
    radius = np.abs(points) * 10.0 ** rng.uniform(-18, 0, size=points.shape)
    with np.errstate(under="ignore"):
        center = points + radius * phase
        radius = radius * (1 + 1e-15) + 4e-16 * np.abs(points) + 1e-320
    (numbers,) = groups(center[None], radius[None])
    assert numbers[0] == numbers[1]
    sharp = groups(points[None], np.zeros((1, count, n)))[0]
    assert len(set(sharp.tolist())) == count - 1
