"""Compiled proofs never claim what proofs in balls deny, and know the same of most points."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import edgeom as eg
from edgeom.certification import bulk
from edgeom.certification.balls import REAL, PointProof, prove
from edgeom.certification.bulk import BulkProofs, BulkProver
from edgeom.certification.parameters import ExactParameters
from edgeom.equations.critical import CriticalEquations, critical_equations
from edgeom.equations.hessian import NOT_REAL, UNDECIDED
from edgeom.tables.engine import SampleEngine
from edgeom.varieties.base import Variety
from tests.certification.test_adversarial import crossing
from tests.certification.truth import Truth, matrices, tensors
from tests.selection import first

Array = NDArray[Any]
RANK_ONE, RANK_TWO = (eg.DeterminantalVariety(3, 3, rank=r) for r in (1, 2))
MATRICES = eg.DeterminantalVariety(2, 2, rank=1)
# A variety, a metric or a law, and the share of points that the compiled proofs are to decide.
CASES = [
    (RANK_ONE, "fresh", 0.99),
    (RANK_ONE, eg.Metric.random(9, 1), 0.99),
    (RANK_TWO, RANK_TWO.default_metric, 0.95),
    (eg.DeterminantalVariety(2, 3, rank=1), "weights", 0.95),
    (eg.SymmetricDeterminantalVariety(3, rank=2), "fresh", 0.93),
    (eg.SkewDeterminantalVariety(4, rank=2), "fresh", 0.95),
    (eg.SegreVariety([2, 2, 2]), "fresh", 0.95),
    (eg.AlgebraicVariety(["x^2 + 4*y^2 - 4"], "x, y"), "fresh", 0.95),
    (eg.AlgebraicVariety(["x^2 + y^2 + z^2 - 1", "x*y - z"], "x, y, z"), "fresh", 0.95),
    (eg.VeroneseVariety(2, 4), "fresh", 0.3),  # real tensors have unknowns that are not real
]


@dataclass(frozen=True)
class Points:
    """Approximate critical points and the parameters of each."""

    equations: CriticalEquations
    unknowns: Array
    exact: ExactParameters
    owner: Array

    def bulk(self, more: float = 0.0) -> BulkProofs:
        """Prove, for parameters that are less well known by a relative amount."""
        p, p_radius = self.exact.doubles()
        p_radius = p_radius + more * np.abs(p)
        return BulkProver(self.equations).prove(self.unknowns, p[self.owner], p_radius[self.owner])

    def balls(self, i: int) -> PointProof:
        exact = self.exact.sample(int(self.owner[i]))
        return prove(self.equations, self.unknowns[i], exact, real=True)


def points_of(variety: Variety, metric: eg.Metric | str, count: int, seed: int) -> Points:
    """Track so many points to random samples; a few may be wrong."""
    engine = SampleEngine(variety, metric, seed)
    samples = np.arange(-(-count // engine.degree))
    metrics, data = engine.draw(samples)
    if isinstance(metric, eg.Metric):
        exact = ExactParameters(np.zeros(0), metric.matrix, data)
    else:
        rows, cols = np.triu_indices(variety.ambient_dimension)
        exact = ExactParameters(metrics[:, rows, cols], metrics, data)
    route = engine.route(0)
    table = np.concatenate([route.begin[None], exact.doubles()[0]])
    owner = np.repeat(samples, engine.degree)
    starts = np.tile(np.arange(engine.degree), len(samples))
    found = route.tracker.track(route.starts, table, starts, 0, owner + 1)
    return Points(route.equations, found.solutions, exact, owner)


def denials(points: Points, proofs: BulkProofs) -> tuple[list[str], int]:
    """Return what balls deny of compiled proofs, and the number of points compared."""
    wrong, compared = [], 0
    for i in np.flatnonzero(proofs.certified).tolist():
        proof = points.balls(i)
        compared += 1
        if not proof.certified:
            wrong.append(f"{i}: {proof.status}")
            continue
        gap = [abs(complex(x.mid()) - c) for x, c in zip(proof.x, proofs.center[i], strict=True)]
        reach = [float(x.rad()) for x in proof.x]
        if any(g > (r + s) * (1 + 1e-9) + 1e-15 * abs(c) for g, r, s, c in
               zip(gap, proofs.radius[i], reach, proofs.center[i], strict=True)):  # fmt: skip
            wrong.append(f"{i}: elsewhere")
        for name, here, there in (
            ("reality", proofs.reality[i], proof.reality), ("index", proofs.index[i], proof.index),
        ):  # fmt: skip
            if UNDECIDED not in (here, there) and here != there:
                wrong.append(f"{i}: {name} {here}, {there}")
    return wrong, compared


@pytest.mark.parametrize(
    ("count", "seed"), [(150, 0), pytest.param(3000, 1, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize(("variety", "metric", "share"), first(4, CASES), ids=str)
def test_bulk_agrees_with_balls(
    variety: Variety, metric: eg.Metric | str, share: float, count: int, seed: int
) -> None:
    points = points_of(variety, metric, count, seed)
    proofs = points.bulk()
    wrong, compared = denials(points, proofs)
    assert not wrong and compared >= share * count
    known = (proofs.reality == NOT_REAL) | ((proofs.reality == REAL) & (proofs.index >= 0))
    assert np.mean(proofs.certified & known) >= share
    assert np.array_equal(proofs.index == NOT_REAL, proofs.reality == NOT_REAL)
    assert (proofs.index[proofs.reality == REAL] <= variety.dimension).all()
    assert not (proofs.reality[~proofs.certified] != UNDECIDED).any()


def near_the_discriminant(seed: int) -> tuple[Points, list[list[Truth]]]:
    """All critical points for data at distances from 10⁻¹⁶ to 1 of where two real ones merge."""
    S = eg.Metric.random(4, seed)
    start, end = crossing(S.matrix, seed)
    rng = np.random.default_rng(seed)
    steps = np.concatenate([[0], 10.0 ** np.linspace(-16, 0, 60)])[:, None]
    away = rng.normal(size=4)
    data = np.concatenate([start + steps * away, end - steps * away])
    truth = [matrices(S.matrix, q) for q in data]
    equations = critical_equations(MATRICES.chart(rng), S)
    unknowns = np.concatenate(
        [
            np.asarray(equations.unknowns_of(np.array([one.doubles for one in row]), q))
            for row, q in zip(truth, data, strict=True)
        ]
    )
    owner = np.repeat(np.arange(len(data)), 6)
    return Points(equations, unknowns, ExactParameters(np.zeros(0), S.matrix, data), owner), truth


def lies(points: Points, proofs: BulkProofs, truth: list[list[Truth]]) -> list[str]:
    """Return what is claimed and not true."""
    wrong = []
    for i in np.flatnonzero(proofs.certified).tolist():
        reach = float(proofs.radius[i].max())
        inside = [one for one in truth[points.owner[i]] if one.inside(proofs.center[i], reach)]
        if not inside:
            wrong.append(f"{i}: no point")
        if proofs.reality[i] == REAL and not any(one.real for one in inside):
            wrong.append(f"{i}: not real")
        if proofs.reality[i] == NOT_REAL and all(one.real for one in inside):
            wrong.append(f"{i}: real")
        if proofs.index[i] >= 0 and not any(one.index == proofs.index[i] for one in inside):
            wrong.append(f"{i}: index")
    return wrong


@pytest.mark.parametrize("seed", range(3))
def test_close_to_the_discriminant(seed: int) -> None:
    points, truth = near_the_discriminant(seed)
    proofs = points.bulk()
    assert not lies(points, proofs, truth)
    known = proofs.certified & (proofs.reality != UNDECIDED)
    assert known[points.owner % 61 > 30].mean() > 0.9 and not known.all()


@pytest.mark.parametrize("seed", first(1, range(3)))
def test_starts_that_are_no_solutions(seed: int) -> None:
    points, truth = near_the_discriminant(seed)
    rng = np.random.default_rng(seed)
    for size in (1e-8, 1e-3, 1e-1, 10.0):
        noise = rng.normal(size=(*points.unknowns.shape, 2)) @ [1, 1j]
        moved = replace(points, unknowns=points.unknowns * (1 + size * noise))
        assert not lies(moved, moved.bulk(), truth)


def test_real_tensors_with_unknowns_that_are_not_real() -> None:
    V = eg.VeroneseVariety(2, 4)
    data = np.random.default_rng(0).normal(size=(40, 5))
    truth = [tensors(f) for f in data]
    equations = critical_equations(V.chart(), V.default_metric)
    x = np.array([one.doubles for row in truth for one in row])
    owner = np.repeat(np.arange(40), 4)
    unknowns = equations.unknowns_of(x, data[0])
    assert unknowns is not None
    points = Points(
        equations, unknowns, ExactParameters(np.zeros(0), V.default_metric.matrix, data), owner
    )
    proofs = points.bulk()
    assert not lies(points, proofs, truth) and proofs.certified.all()
    assert (proofs.reality == UNDECIDED).sum() > 10 and (proofs.reality == NOT_REAL).sum() > 10


@pytest.mark.parametrize("size", [1e-9, 1e-4, 1e-2, 0.1, 1.0])
def test_indices_hold_all_over_boxes(size: float) -> None:
    points = points_of(RANK_ONE, "fresh", 200, 2)
    p, p_radius = (values[points.owner] for values in points.exact.doubles())
    u = points.unknowns.real
    found = BulkProver(points.equations)._indices(u, size * np.abs(u), p, p_radius)
    assert (found == UNDECIDED).any() or size < 1e-4
    assert (found != UNDECIDED).any() or size > 0.01
    rng = np.random.default_rng(0)
    for _ in range(20):
        moved = u + size * np.abs(u) * rng.choice([-1, 1], size=u.shape)
        _, hessian = points.equations.system.evaluate(moved, p)
        index = np.sum(np.linalg.eigvalsh(hessian) < 0, axis=1)
        assert ((found == index) | (found == UNDECIDED)).all()


def test_radii_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without radii there are false claims here, so the tests above can fail."""
    monkeypatch.setattr(bulk, "_sizes", lambda out, name: np.abs(out[name]))
    monkeypatch.setattr(bulk, "root_radii", unchecked)
    points, truth = near_the_discriminant(0)
    assert lies(points, points.bulk(), truth)


def unchecked(defect: Array, correction: Array, radii: Array) -> Array:
    return correction


def test_parameters_within_their_radii() -> None:
    """What is proved holds for all parameters, here wherever c is within a millionth."""
    points = points_of(MATRICES, eg.Metric.random(4, 3), 300, 3)
    more = 1e-6
    proofs = points.bulk(more)
    assert 0.3 < proofs.certified.mean() < 1
    p = points.exact.doubles()[0][points.owner]
    rng = np.random.default_rng(0)
    for _ in range(5):
        other = p + more * np.abs(p) * rng.uniform(-1, 1, size=p.shape).round(1)
        u = points.unknowns
        for _ in range(4):
            value, jacobian = points.equations.system.evaluate(u, other)
            u = u - np.linalg.solve(jacobian, value[:, :, None])[:, :, 0]
        x = points.equations.system.lift(u)
        inside = (np.abs(x - proofs.center) <= proofs.radius + 1e-12 * np.abs(x)).all(axis=1)
        assert inside[proofs.certified].all()
        real = (np.abs(x.imag) < 1e-9 * np.abs(x).max()).all(axis=1)
        assert real[proofs.reality == REAL].all() and not real[proofs.reality == NOT_REAL].any()


@pytest.mark.parametrize("power", [-1000, -500, -150, 150, 500, 1000])
def test_data_of_extreme_size(power: int) -> None:
    """Nothing wrong is said where numbers overflow or underflow; undecided is right."""
    S = eg.Metric.random(4, 4)
    unit = 2.0**power
    q = np.random.default_rng(4).normal(size=4)
    truth = matrices(S.matrix, q)
    equations = critical_equations(MATRICES.chart(np.random.default_rng(4)), S)
    unknowns = equations.unknowns_of(np.array([one.doubles for one in truth]), q)
    assert unknowns is not None
    unknowns[:, 1:] *= unit  # the first is a ratio
    exact = ExactParameters(np.zeros(0), S.matrix, unit * q[None])
    points = Points(equations, unknowns, exact, np.zeros(6, int))
    proofs = points.bulk()
    for i in np.flatnonzero(proofs.certified).tolist():
        one = truth[i]
        assert proofs.reality[i] in (UNDECIDED, REAL if one.real else NOT_REAL)
        assert proofs.index[i] in (UNDECIDED, one.index if one.real else NOT_REAL)
        assert np.abs(proofs.center[i] / unit - one.doubles).max() < 1e-6


def test_what_is_missing_is_not_certified() -> None:
    points = points_of(MATRICES, "fresh", 30, 0)
    u = points.unknowns.copy()
    u[0], u[1], u[2], u[3, 0], u[4, 1] = np.nan, np.inf, 0, np.nan, 1e308
    proofs = replace(points, unknowns=u).bulk()
    assert not proofs.certified[:5].any() and proofs.certified[5:].mean() > 0.8
    assert (proofs.reality[:5] == UNDECIDED).all() and (proofs.index[:5] == UNDECIDED).all()
    empty = BulkProver(points.equations).prove(u[:0], np.zeros((0, 14)), np.zeros((0, 14)))
    assert len(empty.certified) == 0
