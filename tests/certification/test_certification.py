"""Proofs for lists of critical points: what is claimed, with which reason, and what is refused."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from flint import acb, arb
from typer.testing import CliRunner

import edgeom as eg
from edgeom.certification.balls import REAL, PointProof, prove
from edgeom.certification.lists import ProvedList
from edgeom.certification.parameters import ExactParameters
from edgeom.cli.main import app
from edgeom.equations.hessian import UNDECIDED
from edgeom.exact.msolve import availability
from edgeom.varieties.base import Fact, Variety

ELLIPSE = eg.AlgebraicVariety(["x^2 + 4*y^2 - 4"], "x, y")
CIRCLE = eg.AlgebraicVariety(["x^2 + y^2 - 1"], "x, y")
MATRICES = eg.DeterminantalVariety(3, 3, rank=1)

# variety, whether its own metric and a random one have a proved bound that is reached
CASES = [
    (MATRICES, True, True),
    (eg.DeterminantalVariety(2, 3, rank=1), True, True),
    (eg.DeterminantalVariety(3, 2, rank=2), True, True),
    (eg.DeterminantalVariety(3, 3, rank=2), True, True),
    (eg.DeterminantalVariety(2, 2, rank=0), True, True),
    (eg.SymmetricDeterminantalVariety(3, rank=1), True, True),
    (eg.SymmetricDeterminantalVariety(3, rank=2), True, True),
    (eg.SkewDeterminantalVariety(4, rank=2), True, True),
    (eg.SegreVariety([2, 2, 2]), True, True),
    (eg.VeroneseVariety(2, 2), True, True),
    (eg.VeroneseVariety(2, 4), True, True),
    (eg.VeroneseVariety(3, 3), True, True),
    (ELLIPSE, True, True),
    (CIRCLE, False, True),
    (eg.ParametrizedVariety(["t", "t^2"], "t"), True, True),
]


def points_of(
    variety: Variety, metric: eg.Metric | None = None, seed: int = 0
) -> eg.CriticalPoints:
    q = np.random.default_rng(seed).normal(size=variety.ambient_dimension)
    return eg.DistanceProblem(variety, metric, data=variety.unflatten(q)).critical_points()


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(("variety", "own", "random"), CASES, ids=lambda v: str(v)[:40])
def test_lists_are_proved(variety: Variety, own: bool, random: bool, seed: int) -> None:
    n = variety.ambient_dimension
    for metric, complete in ((None, own), (eg.Metric.random(n, seed), random)):
        points = points_of(variety, metric, seed)
        proof = points.certify()
        assert proof.is_certified.all() and proof.is_distinct.sum() == len(points) == len(proof)
        assert not proof.is_undecided.any()
        assert np.array_equal(proof.is_real, points.is_real)
        assert np.array_equal(proof.index, points.index)
        assert proof.complete == complete
        assert ("complete:" in str(proof)) == complete
        flat = np.abs(proof.center - points.points).reshape(len(points), -1)
        assert (flat.max(axis=1) <= proof.radius + 1e-9 * np.abs(points.points).max()).all()


def test_summary_is_the_whole_story() -> None:
    proof = points_of(MATRICES, eg.Metric.random(9, 0), seed=1).certify()
    assert str(proof) == (
        "39 of 39 certified, 39 distinct, 7 real, 32 not real, 0 undecided; 3 local minima "
        "certified; complete: 39 = generic ED degree (determinantal formula)"
    )
    stored = json.loads(json.dumps(proof.to_dict()))
    assert stored["distinct"] == 39 and stored["complete"] and len(stored["center"]["re"]) == 39


def test_without_a_bound_there_is_no_proof_of_completeness() -> None:
    text = str(points_of(CIRCLE).certify())
    assert "completeness is not proved: 2 are at most 4" in text and "numerical evidence" in text


def test_kronecker_metrics_have_to_be_exact() -> None:
    """Rounding makes S = A ⊗ B a general metric, which has more critical points."""
    rng = np.random.default_rng(0)
    a, b = (m @ m.T for m in rng.normal(size=(2, 2, 2)))
    V = eg.DeterminantalVariety(2, 2, rank=1)
    exact, rounded = (
        eg.Metric(np.kron([[2, 1], [1, 3]], [[5, 1], [1, 1]])),
        eg.Metric(np.kron(a, b)),
    )
    assert exact.kronecker_factor(2, 2, exact=True) and rounded.kronecker_factor(2, 2)
    assert not rounded.kronecker_factor(2, 2, exact=True)
    assert points_of(V, exact).certify().complete
    proof = points_of(V, rounded).certify()
    assert proof.is_certified.all() and not proof.complete


def test_removed_and_repeated_points() -> None:
    points = points_of(MATRICES, eg.Metric.random(9, 0))
    fewer = points.where(np.arange(39) != 5).certify()
    assert fewer.is_certified.all() and not fewer.complete
    twice = points.where(np.r_[np.arange(39), 3]).certify()
    assert twice.duplicate_of[39] == 3 and twice.is_distinct.sum() == 39 and twice.complete


def test_what_is_handed_in_is_refused_merged_or_certified() -> None:
    problem = eg.DistanceProblem(MATRICES, data=np.diag([3.0, 2.0, 1.0]))
    best = np.diag([3.0, 0, 0])
    nudged = best + 1e-6 * np.random.default_rng(0).normal(size=(3, 3))
    proof = problem.certify([best, nudged, np.ones((3, 3)), np.diag([0, 2.5, 0]), np.eye(3)])
    assert proof.status == ("certified", "certified", *3 * ["not a solution"])
    assert proof.duplicate_of.tolist() == [-1, 0, -1, -1, -1]
    assert proof.is_real.tolist() == [True, False, False, False, False] and proof.index[0] == 0
    assert not proof.complete


@pytest.mark.parametrize("bad", [np.ones((2, 2)), [[[np.nan] * 3] * 3], np.ones((2, 3, 2))])
def test_candidates_of_a_wrong_shape(bad: object) -> None:
    problem = eg.DistanceProblem(MATRICES, data=np.eye(3) * [1, 2, 3])
    with pytest.raises(eg.InputError, match="points"):
        problem.certify(bad)


def test_candidates_for_a_parametrisation() -> None:
    problem = eg.DistanceProblem(eg.ParametrizedVariety(["t", "t^2"], "t"), data=[1, 2])
    with pytest.raises(eg.InputError, match="no chart with known coordinates"):
        problem.certify([[1, 1]])


def test_complex_data_has_no_reality() -> None:
    problem = eg.DistanceProblem(ELLIPSE, data=[1 + 1j, 0.5])
    proof = problem.critical_points().certify()
    assert proof.complete and "real" not in str(proof)
    with pytest.raises(eg.InputError, match="reality is not asked of complex data"):
        _ = proof.is_minimum


def test_singular_and_positive_dimensional() -> None:
    centre = eg.DistanceProblem(CIRCLE, data=[0, 0])
    proof = centre.certify([[1, 0], [0.6, 0.8]])
    assert proof.status == ("positive-dimensional",) * 2
    # the evolute of the ellipse: (a² - b²)/a cos³ t, -(a² - b²)/b sin³ t, exact doubles
    flat = eg.DistanceProblem(ELLIPSE, data=[1.5, 0])
    proof = flat.certify([[2, 0], [-2, 0]])
    assert proof.status == ("singular", "certified")
    assert "1 singular" in str(proof)


def test_more_equations_than_the_codimension() -> None:
    twisted = eg.AlgebraicVariety(["x*z - y^2", "x*y - z", "x^2 - y"], "x, y, z")
    proof = points_of(twisted).certify()
    assert proof.is_certified.all() and proof.is_distinct.all()


def test_indefinite_metric() -> None:
    metric = eg.Metric(np.diag([1.0, -3.0]), indefinite=True)
    proof = points_of(ELLIPSE, metric).certify()
    assert proof.complete and "minima" not in str(proof)


@pytest.mark.parametrize("gap", [1e-6, -1e-6, 1e-9, -1e-9, 1e-12, -1e-12, 1e-15, -1e-15])
def test_three_critical_points_that_nearly_meet(gap: float) -> None:
    """Next to the cusp (3/2, 0) of the evolute of the ellipse, where the points are known.

    They are (±2, 0) and x = 4/3 q, 4 y² = 4 - x².
    """
    q = 1.5 + gap
    x = 4 * q / 3
    y = np.sqrt(complex(1 - Fraction(q) ** 2 * 4 / 9))
    problem = eg.DistanceProblem(ELLIPSE, data=[q, 0])
    proof = problem.certify(np.array([[2, 0], [-2, 0], [x, y], [x, -y]]))
    assert proof.is_distinct.all() and proof.complete and not proof.is_undecided.any()
    assert proof.is_real.tolist() == [True, True, gap < 0, gap < 0]
    assert proof.index.tolist() == ([1, 1, 0, 0] if gap < 0 else [0, 1, -1, -1])


def test_precision_is_raised_until_it_is_enough() -> None:
    points = eg.DistanceProblem(ELLIPSE, data=[1.4999, 0]).critical_points()
    equations, q = points.charts[0], np.array([1.4999, 0])
    exact = ExactParameters(equations.head(2), equations.matrix(), q)
    low = [prove(equations, u, exact, real=True, bits=(14,)) for u in points.unknowns]
    more = [prove(equations, u, exact, real=True, bits=(14, 64)) for u in points.unknowns]
    assert not all(proof.certified for proof in low)
    assert all(proof.certified and proof.index >= 0 for proof in more)
    assert {proof.bits for proof in more} == {14, 64}


def test_a_ball_contains_the_point() -> None:
    """Against points in closed form: truncations of a rational matrix with rational vectors."""
    left, right = np.array([[3, 4], [-4, 3]]) / 5, np.array([[5, 12], [-12, 5]]) / 13
    q = 65 * left @ np.diag([2, 1]) @ right.T  # integers
    V = eg.DeterminantalVariety(2, 2, rank=1)
    proof = eg.DistanceProblem(V, data=q.round()).critical_points().certify()
    for i, point in enumerate(
        [65 * 2 * np.outer(left[:, 0], right[:, 0]), 65 * np.outer(left[:, 1], right[:, 1])]
    ):
        assert np.abs(proof.center[i] - point.round()).max() <= proof.radius[i] < 1e-10


def test_proofs_do_not_depend_on_the_start() -> None:
    """Any approximation that is near enough leads to the same point."""
    points = points_of(MATRICES, eg.Metric.random(9, 3), seed=3)
    rng = np.random.default_rng(0)
    equations, q = points.charts[0], points.data.ravel()
    exact = ExactParameters(equations.head(9), equations.matrix(), q)
    for i in range(5):
        u = points.unknowns[i]
        near = prove(equations, u * (1 + 1e-7 * rng.normal(size=len(u))), exact, real=True)
        sharp = prove(equations, u, exact, real=True)
        assert near.certified and near.reality == sharp.reality and near.index == sharp.index
        assert all(a.overlaps(b) for a, b in zip(near.x, sharp.x, strict=True))


@pytest.mark.parametrize("generic", [False, True])
def test_certified_degrees(generic: bool) -> None:
    count = eg.generic_ed_degree if generic else eg.ed_degree
    number = count(MATRICES, certify=True, seed=4)
    assert "no more by the" in number.evidence.checks[-1]
    number = count(eg.AlgebraicVariety(["x*(x^2 + 4*y^2 - 4)"], "x, y"), certify=True)
    assert f"{int(number)} distinct critical points certified" in number.evidence.checks[-1]


def test_command_line(tmp_path: Path) -> None:
    (tmp_path / "q.txt").write_text("1 2\n0.3 4\n")
    matrices = ["--rows", "2", "--cols", "2", "--rank", "1", "--certify"]
    run = CliRunner().invoke
    assert "2 distinct critical points certified" in run(app, ["degree", *matrices]).output
    points = ["points", *matrices, "--data", str(tmp_path / "q.txt")]
    assert "complete: 2 = ED degree (Eckart-Young)" in run(app, points).output
    stored = json.loads(run(app, [*points, "--json"]).output)
    assert stored["certificate"]["complete"] and stored["certificate"]["index"] == [0, 1]


def test_trace_test_is_public() -> None:
    points = points_of(MATRICES, eg.Metric.random(9, 1))
    for seed in range(3):
        whole = eg.trace_test(points, seed=seed)
        assert whole.passed and whole.squares and whole.deviation < 1e-10
    for gone in (0, 20, 38):
        missing = eg.trace_test(points.where(np.arange(39) != gone))
        assert not missing.passed and missing.deviation > 1e-3
    assert eg.trace_test(points, tolerance=1e-20).passed is False
    for bad in (0, -1.0, np.nan):
        with pytest.raises(eg.InputError, match="tolerance"):
            eg.trace_test(points, tolerance=bad)
    with pytest.raises(eg.InputError, match="at least one"):
        eg.trace_test(points.where(np.zeros(39, bool)))
    with pytest.raises(eg.InputError, match="CriticalPoints"):
        eg.trace_test([1, 2])  # type: ignore[arg-type]


@pytest.mark.skipif(not availability().available, reason="msolve is missing")
def test_exact_counts_are_the_certified_ones() -> None:
    rng = np.random.default_rng(5)
    for _ in range(6):
        f = rng.integers(-9, 10, size=(9, 9))
        metric = eg.Metric((f.T @ f + 9 * np.eye(9)).astype(float))
        problem = eg.DistanceProblem(MATRICES, metric, data=rng.integers(-30, 30, size=(3, 3)) / 8)
        points = problem.critical_points()
        proof, exact = points.certify(), points.exact_count(real=True)
        assert proof.complete and exact.count == proof.is_distinct.sum() == 39
        assert exact.is_radical and len(exact.real) == proof.is_real.sum()


def test_reality_by_counting_needs_that_no_other_point_is_the_conjugate() -> None:
    points = points_of(ELLIPSE)
    equations = points.charts[0]
    exact = ExactParameters(equations.head(2), equations.matrix(), points.data)

    def proof(middle: complex) -> PointProof:
        box = acb(arb(middle.real, 0.01), arb(middle.imag, 0.01))
        return PointProof("certified", 64, equations, [box] * 3, [box, box])

    proofs = [proof(1 + 0.5j), proof(1 - 0.5j), proof(2 + 0.001j)]
    for bound, reality in ((3, [UNDECIDED, UNDECIDED, REAL]), (4, [UNDECIDED] * 3)):
        listed = ProvedList.of(proofs, [exact] * 3, 2, Fact(bound, "a theorem"))
        assert listed.reality.tolist() == reality


def test_a_selection_is_a_certificate() -> None:
    points = eg.DistanceProblem(
        eg.DeterminantalVariety(2, 2, rank=1), eg.Metric.random(4, seed=1), data=[[3, 1], [0, 1]]
    ).critical_points()
    proof = points.certify()
    for name in ("real", "minima", "undecided"):
        mask = {"real": "is_real", "minima": "is_minimum", "undecided": "is_undecided"}[name]
        chosen = getattr(proof, name)
        assert isinstance(chosen, eg.Certificate)
        assert len(chosen) == getattr(proof, mask).sum() == len(getattr(points, name))
        assert np.array_equal(getattr(proof, mask), getattr(points, mask))
    assert proof.complete and not proof.real.complete and proof.where(slice(None)).complete
    assert np.array_equal(proof.real.center, proof.center[proof.is_real])


def test_repetitions_in_a_selection() -> None:
    points = eg.DistanceProblem(
        eg.DeterminantalVariety(2, 2, rank=1), data=[[3, 1], [0, 1]]
    ).critical_points()
    twice = np.array([0, 1, 0])
    proof = eg.DistanceProblem(points.variety, data=points.data).certify(points.points[twice].real)
    assert proof.duplicate_of.tolist() == [-1, -1, 0]
    assert proof.where(np.array([True, False, True])).duplicate_of.tolist() == [-1, 0]
    alone = proof.where(np.array([False, True, True]))
    assert alone.duplicate_of.tolist() == [-1, -1] and alone.is_distinct.all()
