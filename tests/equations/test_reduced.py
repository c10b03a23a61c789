"""Critical equations in plain position are those in random position."""

import numpy as np
import pytest

import edgeom as eg
from edgeom.equations.critical import critical_equations
from edgeom.equations.reduced import ReducedTracker, reduced
from edgeom.errors import InputError
from edgeom.homotopy.tracker import PathTracker
from edgeom.varieties.base import Variety, gaussian

VARIETIES = [
    (eg.DeterminantalVariety(3, 3, rank=1), 36),
    (eg.DeterminantalVariety(3, 2, rank=1), 18),
    (eg.DeterminantalVariety(3, 3, rank=2), 45),
    (eg.SymmetricDeterminantalVariety(3, rank=1), 15),
    (eg.SymmetricDeterminantalVariety(3, rank=2), 21),
    (eg.SkewDeterminantalVariety(4, rank=2), 21),
    (eg.SegreVariety([2, 2, 3]), 54),
]


@pytest.mark.parametrize(("variety", "entries"), VARIETIES, ids=str)
@pytest.mark.parametrize("free", ["metric", "data"])
def test_same_functions(variety: Variety, entries: int, free: str) -> None:
    rng, n = np.random.default_rng(0), variety.ambient_dimension
    metric = eg.Metric.random(n)
    equations = critical_equations(variety.chart(rng), metric, free)  # type: ignore[arg-type]
    tape, change = reduced(equations)  # type: ignore[arg-type]
    assert tape.inputs["p"] == n + (entries if free == "metric" else 0)
    u = gaussian(rng, len(equations.system.unknowns))[None]
    p = gaussian(rng, len(equations.system.parameters))[None]
    values = equations.system.tape.arrays(u=u, p=p)["F"]
    others = tape.arrays(u=u, p=p @ change.T)["F"]
    assert np.allclose(others, values, rtol=1e-12, atol=1e-12 * np.abs(values).max())


def test_same_paths() -> None:
    """Fresh metrics, each path by all operations and by fewer ones."""
    variety, rng, n = eg.DeterminantalVariety(2, 3, rank=1), np.random.default_rng(1), 6
    equations = critical_equations(variety.chart(rng), eg.Metric.euclidean(n), "metric")
    whole, fewer = PathTracker(equations.system.tape), ReducedTracker(equations)  # type: ignore[arg-type]
    rows = np.triu_indices(n)
    start, q = equations.start_pair(rng)
    ends = [
        np.concatenate([eg.Metric.random(n, seed).matrix[rows], rng.normal(size=n)])
        for seed in range(20)
    ]
    table = np.array([equations.parameters(q), *ends])
    which = np.arange(1, 21)
    a = whole.track(start[None], table, np.zeros(20, int), 0, which)
    b = fewer.track(start[None], table, np.zeros(20, int), 0, which)
    both = a.success & b.success
    assert both.sum() >= 18
    assert np.allclose(a.solutions[both], b.solutions[both], rtol=1e-6)


def test_metrics_must_be_real() -> None:
    chart = eg.DeterminantalVariety(2, 2, rank=1).chart(np.random.default_rng(0))
    equations = critical_equations(chart, eg.Metric.euclidean(4), "metric")
    tracker = ReducedTracker(equations)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="the first 10 parameters must be real"):
        tracker.track(np.ones((1, 3)), np.full((2, 14), 1j))
