"""Tables of other objectives than squared distances."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy

import edgeom as eg
from edgeom.tables.engine import SampleEngine

MATRICES = eg.DeterminantalVariety(2, 2, rank=1)
QUARTIC = eg.PolynomialObjective("a*x^4 + y^4 + b*x*y", "x y", parameters="a b", data=[1, 1])
X = sympy.Symbol("a b")  # no name that a text can have
CONIC = eg.AlgebraicVariety(["x^2 + 3*x*y - 2*y^2 + x = 1"], "x, y")


@pytest.mark.parametrize(
    ("variety", "law", "samples"),
    [
        (MATRICES, eg.PowerDistance.law(p=4), 8),
        (CONIC, eg.PowerDistance.law(p=4), 8),
        (eg.SymmetricDeterminantalVariety(2, rank=1), eg.LogLikelihood.law(), 8),
        (CONIC, QUARTIC, 4),
    ],
)
def test_samples_are_those_of_their_critical_problems(variety: Any, law: Any, samples: int) -> None:
    """Number by number, with all points certified."""
    table = eg.real_critical_table(variety, objective=law, samples=samples, certify=True, seed=3)
    assert table.incomplete == table.undecided == 0
    assert table.certified == samples == len(table)
    family = getattr(law, "family", law)
    engine = SampleEngine(variety, family, 3)
    _, data = engine.draw(np.arange(samples))
    shared = eg.CriticalProblem.of_family(variety, family)
    for number, theta in enumerate(data):
        given = variety.unflatten(theta) if family.like_points else theta
        points = shared.at(given).critical_points(seed=1)
        assert len(points) == table.degree
        assert len(points.real) == table.samples.real[number]
        assert len(points.minima) == table.samples.minima[number]
        if len(points.real):
            least = points.real.value.real.min()
            assert table.samples.nearest[number] == pytest.approx(least, rel=1e-7)


@pytest.mark.parametrize(
    ("law", "words"),
    [
        (eg.PowerDistance.law(p=4), "power:4"),
        (eg.PowerDistance.law(4, [1, 0.3]), "power:4 weights 1.0,0.3"),
        (QUARTIC.family, "a*x^4 + b*x*y + y^4 in x, y with a, b"),
    ],
)
def test_a_run_in_a_folder_knows_its_objective(tmp_path: Path, law: Any, words: str) -> None:
    options: dict[str, Any] = {"samples": 6, "objective": law, "shard_size": 4}
    table = eg.real_critical_table(CONIC, out=tmp_path / "run", **options)
    again = eg.RealCriticalTable.load(tmp_path / "run")
    assert again.caption == table.caption
    assert f"of {law.noun} on" in table.caption and "8 complex" in table.caption
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    assert manifest["run"]["metric"] == {"objective": words}
    proof = eg.certify_run(tmp_path / "run")
    assert proof.proved == 6 and "bound by the degrees" in proof.proof
    resumed = eg.real_critical_table(CONIC, out=tmp_path / "run", resume=True, **options)
    assert resumed.proved == 6 and resumed.caption.startswith(table.caption[:-1])


def test_likelihoods_have_minima_at_positive_tables_only() -> None:
    """Every sample of a model with one critical point: a minimum, at a positive table."""
    table = eg.real_critical_table(MATRICES, objective=eg.LogLikelihood.law(), samples=10)
    assert table.rows.tolist() == [1] and table.columns.tolist() == [1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"objective": eg.PowerDistance.law(), "metric": "weights"}, "metric is for the squared"),
        ({"objective": "power:4"}, "must be an objective"),
        ({"objective": eg.PolynomialObjective(X**4, [X, "y"]), "out": "run"}, "cannot be kept"),
        ({"objective": eg.PowerDistance([1.0, 2, 3])}, "Hessian|coordinates|shape"),
    ],
)
def test_what_is_refused(options: Any, message: str, tmp_path: Path) -> None:
    if "out" in options:
        options = {**options, "out": tmp_path / "run"}
    if message.startswith("Hessian"):
        pytest.skip("data of a law does not matter")
    with pytest.raises(eg.InputError, match=message):
        eg.real_critical_table(CONIC, samples=2, **options)
