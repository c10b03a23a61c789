"""Discs of arrays contain the exact values, and lists proved with them are those of balls."""

from __future__ import annotations

import inspect
import sys
from random import Random
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import edgeom as eg
from edgeom.certification import discs, several
from edgeom.certification.certificate import exact_parameters
from edgeom.certification.rounding import RADIUS
from edgeom.homotopy.tape import Builder
from edgeom.varieties.base import Variety
from tests.certification.test_rounding import escapes, random_inputs, random_tape


def run(seed: int, arithmetic: Any, kind: Any = complex) -> int:
    """Count the exact values of a random program that escape from their discs."""
    random = Random(seed)
    tape = random_tape(random)
    inputs, inside = random_inputs(random)
    y = arithmetic.Discs(inputs["y"].T.astype(kind), inputs["y" + RADIUS].T)
    with np.errstate(all="ignore"):
        out = arithmetic.evaluated(tape, kind, x=inputs["x"].T.astype(kind), y=y)["z"]
        mid = out.mid.astype(complex)
        # what the rounding of extended midpoints to doubles may add
        more = 4e-16 * np.abs(mid) + 5e-324 if kind is not complex else 0
        rad = out.radius + more
    return escapes(tape, {"z": mid.T, "z" + RADIUS: rad.T}, inside)


@pytest.mark.parametrize("kind", [complex, discs.EXTENDED])
def test_discs_contain_the_exact_values(kind: Any) -> None:
    assert not any(run(seed, discs, kind) for seed in range(50))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("h, k * (3 * self.epsilon) + s,", "h, s,"),
        ("h, k * (3 * self.epsilon) + s,", "h, k * (3 * self.epsilon),"),
        ("rad += size * self.epsilon", "pass"),
        ("np.add(self.rad[a], self.rad[b], out=rad)", "rad[:] = self.rad[a]"),
        ("rad += self.rad[a] * (k + s)", "pass"),
        ("self.rad[a] * (k + s)", "self.rad[a] * k"),
        ("_modulus(self.mid[rows]), SMALLEST", "_modulus(self.mid[rows]), 0.0"),
        ("or Fraction(near.real) == value", "or True"),
    ],
)
def test_every_term_is_needed(monkeypatch: pytest.MonkeyPatch, old: str, new: str) -> None:
    source = inspect.getsource(discs)
    assert source.count(old) == 1
    module = ModuleType("broken_discs")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(source.replace(old, new), module.__dict__)
    assert any(run(seed, module) for seed in range(300))


def test_inverses() -> None:
    b = Builder()
    (x,) = b.inputs("x", 1)
    tape = b.finish({"y": [1 / x]})
    mid, rad = np.array([2.0, 1j, 1e-3, 1.0]), np.array([0.5, 1e-9, 1e-12, 1.0])
    found = discs.evaluated(tape, x=discs.Discs(mid[None].astype(complex), rad[None]))["y"]
    center, (radius,) = found.mid[0], found.radius
    for turn in np.exp(2j * np.pi * np.arange(12) / 12):
        z = (mid + turn * rad)[:3]
        assert (np.abs(1 / z - center[:3]) <= radius[:3]).all()
    assert radius[1] < 1e-8 and not np.isfinite(radius[3])


def test_products_of_matrices() -> None:
    rng = np.random.default_rng(0)
    left, mid = (rng.normal(size=(5, 3, 3)) + 1j * rng.normal(size=(5, 3, 3)) for _ in "ab")
    rad = rng.random(size=(5, 3, 3))
    middle, around = discs.product(left, mid, rad)
    worst = np.einsum("pij,pjk->pik", np.abs(left), rad)
    assert (around >= worst).all() and (around <= 2 * worst).all()
    assert np.abs(middle - left @ mid).max() < 1e-13


@pytest.mark.parametrize(
    "variety",
    [
        eg.DeterminantalVariety(3, 3, rank=1),
        eg.DeterminantalVariety(3, 3, rank=2),
        eg.SegreVariety([2, 2, 2]),
        eg.AlgebraicVariety(["x^3 + y^3 + z^3 - x*y*z - 1"], "x, y, z"),
    ],
    ids=str,
)
def test_lists_are_those_of_balls(variety: Variety, monkeypatch: pytest.MonkeyPatch) -> None:
    n = variety.ambient_dimension
    data = np.random.default_rng(1).normal(size=variety.shape)
    points = eg.DistanceProblem(variety, eg.Metric.random(n, 2), data=data).critical_points()
    together = points.certify()
    monkeypatch.setattr(several, "prove_together", lambda e, u, p, real: [None] * len(u))
    alone = points.certify()
    assert np.mean(together.bits == several.DOUBLE) > 0.8 and (alone.bits >= 64).all()
    assert together.status == alone.status and together.complete == alone.complete
    for name in ("duplicate_of", "reality", "index"):
        np.testing.assert_array_equal(getattr(together, name), getattr(alone, name))
    gap = np.abs(together.center - alone.center).reshape(len(points), -1).max(axis=1)
    assert (gap <= (together.radius + alone.radius) * 1.001).all()
    assert np.median(together.radius / alone.radius) < 30


def test_what_is_far_from_a_solution_is_left_to_balls() -> None:
    problem = eg.DistanceProblem(
        eg.DeterminantalVariety(3, 3, 1), eg.Metric.random(9, 2), data=np.eye(3)
    )
    points = problem.critical_points()
    rng = np.random.default_rng(0)
    moved = points.unknowns + 0.1 * rng.normal(size=points.unknowns.shape)
    (equations,) = points.charts
    exact = exact_parameters(equations, points.placed, problem.variety.flatten(problem.data))
    assert several.prove_together(equations, moved, exact, True).count(None) > 30
