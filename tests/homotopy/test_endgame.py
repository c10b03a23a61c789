"""How paths end, on systems whose ends are known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import edgeom.homotopy.cauchy
import edgeom.homotopy.endgame as module
from edgeom.homotopy import slow_paths
from edgeom.homotopy.cauchy import Series
from edgeom.homotopy.endgame import classify
from edgeom.homotopy.ends import EndKind, PathEnds
from edgeom.homotopy.tape import Builder
from edgeom.homotopy.tracker import PathTracker

Array = NDArray[Any]
Equations = Callable[[Sequence[Any]], list[Any]]
SEEDS = range(3)


def total_degree(equations: Equations, degrees: Sequence[int], seed: int) -> PathEnds:
    """The ends of (1 - t) γ (x^d - c) + t f, as one parameter homotopy in t."""
    n, rng = len(degrees), np.random.default_rng(seed)
    b = Builder()
    u, (t,) = b.inputs("u", n), b.inputs("p", 1)
    gamma, c = np.exp(2j * np.pi * rng.random((2, n)))
    residual = [
        (1 - t) * complex(g) * (x**d - complex(v)) + t * f
        for g, v, x, d, f in zip(gamma, c, u, degrees, equations(u), strict=True)
    ]
    mix = np.linalg.qr(rng.normal(size=(n, n)) + 1j * rng.normal(size=(n, n)))[0]
    tape = b.finish({"F": [b.dot(residual, row) for row in mix.tolist()]})
    roots = [
        v ** (1 / d) * np.exp(2j * np.pi * np.arange(d) / d)
        for v, d in zip(c, degrees, strict=True)
    ]
    tracker = PathTracker(tape, optimise=0, symmetric=False)
    return classify(tracker, np.array(list(product(*roots))), np.zeros(1), np.ones(1))


# name: equations, degrees, numbers of ends, windings of singular ends, valuations at infinity
KNOWN: dict[str, tuple[Equations, tuple[int, ...], dict[str, int], list[int], set[float]]] = {
    "double root": (lambda u: [(u[0] - 1) ** 2], (2,), {"singular": 2}, [2, 2], set()),
    "double root at 0": (lambda u: [u[0] ** 2], (2,), {"singular": 2}, [2, 2], set()),
    "triple root and another": (
        lambda u: [(u[0] - 1) ** 3 * (u[0] + 2)],
        (4,),
        {"regular": 1, "singular": 3},
        [3] * 3,
        set(),
    ),
    "five roots meet": (lambda u: [(u[0] - 1) ** 5], (5,), {"singular": 5}, [5] * 5, set()),
    "roots at infinity": (
        lambda u: [u[0] - 2],
        (4,),
        {"regular": 1, "infinite": 3},
        [],
        {-1 / 3},
    ),
    "infinity in two directions": (
        lambda u: [u[0] * u[1] - 1, u[0] ** 2 + u[0] - 2],
        (3, 3),
        {"regular": 2, "infinite": 7},
        [],
        {-1.0, -1 / 3, 0.0},
    ),
    "Griewank and Osborne": (
        lambda u: [29 * u[0] ** 3 - 32 * u[0] * u[1], 16 * u[1] - 16 * u[0] ** 2],
        (3, 2),
        {"singular": 3, "infinite": 3},
        [3] * 3,
        {-1.0, -1 / 2, 0.0},
    ),
    "two cusps that meet": (
        lambda u: [u[0] ** 2 - u[1] ** 3, u[1] ** 2 - u[0] ** 3],
        (3, 3),
        {"regular": 5, "singular": 4},
        [1, 1, 1, 1],
        set(),
    ),
    "a line of solutions": (
        lambda u: [u[0] * u[1], u[0] * (u[1] - 1)],
        (2, 2),
        {"singular": 3, "infinite": 1},
        [1, 1, 1],
        {-1.0, 0.0},
    ),
    "the origin": (
        lambda u: [u[0] * (u[0] + 1), u[1] * (u[1] - 1) + u[0]],
        (2, 2),
        {"regular": 4},
        [],
        set(),
    ),
    "roots at a distance of 1e-6": (
        lambda u: [(u[0] - 1) ** 2 - 2.0**-40],
        (2,),
        {"regular": 2},
        [],
        set(),
    ),
    "roots at a distance of 1e-9": (
        lambda u: [(u[0] - 1) * (u[0] - 1 - 2.0**-30)],
        (2,),
        {"regular": 2},
        [],
        set(),
    ),
    "a large root": (
        lambda u: [(2.0**-20 * u[0] - 1) * (u[0] + 1)],
        (2,),
        {"regular": 2},
        [],
        set(),
    ),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", [name for name in KNOWN if name != "two cusps that meet"])
def test_known_ends(name: str, seed: int) -> None:
    equations, degrees, counts, windings, valuations = KNOWN[name]
    ends = total_degree(equations, degrees, seed)
    assert ends.counts() == counts
    assert sum(counts.values()) == len(ends) == np.prod(degrees)
    assert ends.complete
    assert sorted(ends.winding[ends.kind == EndKind.SINGULAR]) == windings
    found = np.unique(ends.valuation[ends.kind == EndKind.INFINITE])
    assert found.tolist() == pytest.approx(sorted(valuations))
    assert (np.isinf(ends.ends) == (ends.valuation < 0)).all()
    assert (ends.points == ends.ends)[np.isfinite(ends.ends)].all()
    regular = ends.ends[ends.regular]
    values = np.abs(np.array([equations(list(u)) for u in regular]))
    assert values.max(initial=0) < 1e-9 * max(np.abs(regular).max(initial=0), 1)
    assert len({tuple(u) for u in regular.tolist()}) == len(regular)
    finite = ends.ends[ends.kind == EndKind.SINGULAR]
    values = np.abs(np.array([equations(list(u)) for u in finite]))
    assert values.max(initial=0) < 1e-7


@pytest.mark.parametrize("seed", SEEDS)
def test_regular_ends_beside_a_multiple_one(seed: int) -> None:
    """x² = y³, y² = x³: 4 of 9 paths end at the origin, 5 at roots of unity."""
    equations, degrees, counts, _, _ = KNOWN["two cusps that meet"]
    ends = total_degree(equations, degrees, seed)
    assert ends.counts() == counts
    np.testing.assert_allclose(np.abs(ends.ends[ends.regular]), 1, atol=1e-12)
    assert np.abs(ends.ends[~ends.regular]).max() < 1e-8


def partly_finite() -> tuple[PathTracker, Array]:
    """(1 - p) λ = 1 and x² = 1 + (1 - p) + (1 - p)² λ, so λ leaves and x does not."""
    b = Builder()
    (x, multiplier), (p,) = b.inputs("u", 2), b.inputs("p", 1)
    q = 1 - p
    tape = b.finish({"F": [x * x - 1 - q - q * q * multiplier, q * multiplier - 1]})
    return PathTracker(tape, symmetric=False), np.array([[3**0.5, 1], [-(3**0.5), 1]])


def test_what_stays_finite() -> None:
    tracker, starts = partly_finite()
    ends = classify(tracker, starts, np.zeros(1), np.ones(1), lift=lambda u: u[:, :1] ** 2 + 3)
    assert ends.counts() == {"infinite": 2}
    np.testing.assert_allclose(ends.ends[:, 0], [1, -1])
    assert np.isinf(ends.ends[:, 1]).all()
    assert ends.valuation.tolist() == [[0, -1]] * 2
    np.testing.assert_allclose(ends.points, [[4], [4]])


@pytest.mark.parametrize("name", ["double root", "roots at infinity", "a line of solutions"])
def test_many_digits_see_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no loop closes, paths are tracked on with many digits."""
    monkeypatch.setattr(module, "closed_loops", lambda tracker, u, *_: [None] * len(u))
    equations, degrees, counts, _, valuations = KNOWN[name]
    ends = total_degree(equations, degrees, 0)
    assert ends.counts() == counts
    assert (ends.winding[~ends.regular] == 0).all()
    least = ends.valuation.min()
    assert least == pytest.approx(min(valuations, default=0), abs=1e-3)


def test_lost_paths_are_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "closed_loops", lambda tracker, u, *_: [None] * len(u))
    monkeypatch.setattr(slow_paths, "TRACKED", 3)
    monkeypatch.setattr(module, "RADII", module.RADII[:1])
    ends = total_degree(*KNOWN["double root"][:2], 0)
    assert ends.counts() == {"failed": 2}
    assert not ends.complete
    assert np.isnan(ends.residual).all()


def test_two_paths_to_one_regular_end() -> None:
    """One path is started twice, as if the other had jumped: only one end is believed."""
    b = Builder()
    (x,), (p,) = b.inputs("u", 1), b.inputs("p", 1)
    tracker = PathTracker(b.finish({"F": [x * x - p]}))
    ends = classify(tracker, np.array([[1], [1], [-1]]), np.ones(1), np.array([2j]))
    assert ends.counts() == {"regular": 2, "failed": 1}


def test_no_paths() -> None:
    tracker, starts = partly_finite()
    ends = classify(tracker, starts[:0], np.zeros(1), np.ones(1))
    assert ends.counts() == {}
    assert ends.complete


def test_every_kind_has_a_text() -> None:
    assert len({kind.text for kind in EndKind}) == len(EndKind)


@pytest.mark.parametrize("winding", [1, 2, 5])
def test_series(winding: int) -> None:
    """s⁻² + 3 + s and 7 - s with s = τ^(1/w), from samples on w rounds."""
    radius, terms = 0.1, winding * edgeom.homotopy.cauchy.VERTICES
    s = radius ** (1 / winding) * np.exp(2j * np.pi * np.arange(terms) / terms)
    series = Series.of(np.stack([s**-2 + 3 + s, 7 - s], axis=1), radius)
    assert series.winding == winding
    assert series.order.tolist() == [-2, 0]
    assert series.end[0] == np.inf
    assert series.end[1] == pytest.approx(7)
    s = 1e-3 ** (1 / winding)
    np.testing.assert_allclose(series.at(1e-3), [s**-2 + 3 + s, 7 - s], rtol=1e-9)
