"""Domains of parameters: segments of curves, boxes of surfaces, and their boundary."""

import numpy as np
import pytest

import edgeom as eg

PARABOLA = eg.ParametrizedVariety(["t", "t^2"], "t")
CUSP = eg.ParametrizedVariety(["t^2", "t^3"], "t")
ARC = eg.ParametrizedVariety(["(1 - t^2)/(1 + t^2)", "2*t/(1 + t^2)"], "t")
BEZIER = eg.ParametrizedVariety(["t^3", "3*t*(1 - t)", "t"], "t")


def sampled(curve, low, high, q):
    """The least distance to many points of a segment, and how far it may be off."""
    t = np.linspace(low, high, 40001)
    x = np.array([np.broadcast_to(v, t.shape) for v in curve.polynomials([t])]).T
    return np.linalg.norm(x - q, axis=1).min(), np.linalg.norm(np.diff(x, axis=0), axis=1).max()


@pytest.mark.parametrize(
    ("curve", "low", "high"),
    [(PARABOLA, 0, 1), (CUSP, -1, 0.5), (CUSP, 0.25, 1), (ARC, 0, 1), (BEZIER, 0, 1)],
    ids=str,
)
def test_segments_of_curves(curve, low, high):
    data = np.random.default_rng(1).normal(size=(40, *curve.shape))
    found = eg.nearest_points(curve, data, domain={"t": (low, high)})
    for q, distance in zip(data, found.distance, strict=True):
        brute, step = sampled(curve, low, high, q)
        assert brute - step <= distance <= brute + 1e-12
    assert {"smooth point", "boundary point"} <= set(found.kind)
    problem = eg.NearestProblem(curve, domain={"t": (low, high)})
    best = problem.at(data[0], prove=False)
    assert best.distance == pytest.approx(found.distance[0], rel=1e-10)
    assert best.kind == found.kind[0]


def test_ends_and_half_lines():
    best = eg.DistanceProblem(PARABOLA, data=[-2, 0.1]).nearest_point(domain={"t": (0, None)})
    assert best.kind == "boundary point" and np.array_equal(best.point, [0, 0])
    assert not best.proved and "domain" in best.reason
    free = eg.DistanceProblem(PARABOLA, data=[-2, 0.1]).nearest_point(domain={"t": (None, 0)})
    assert free.kind == "smooth point" and free.distance < best.distance


def test_the_centre_of_an_arc():
    best = eg.DistanceProblem(ARC, data=[0, 0]).nearest_point(domain={"t": (0, 1)})
    assert best.distance == pytest.approx(1) and (best.point >= -1e-12).all()


def test_a_box_of_a_surface():
    """A quarter of a hyperbolic paraboloid: corners, edges and the inside all occur."""
    saddle = eg.ParametrizedVariety(["s", "t", "s*t"], "s t")
    box = {"s": (0, 1), "t": (-1, 1)}
    data = np.random.default_rng(2).normal(size=(60, 3))
    found = eg.nearest_points(saddle, data, domain=box)
    s, t = np.meshgrid(np.linspace(0, 1, 301), np.linspace(-1, 1, 601))
    x = np.stack([s, t, s * t], axis=-1).reshape(-1, 3)
    for q, distance in zip(data, found.distance, strict=True):
        brute = np.linalg.norm(x - q, axis=1).min()
        assert brute - 0.005 <= distance <= brute + 1e-12
    ends = (np.abs(found.points[:, 1]) == 1) & np.isin(found.points[:, 0], (0, 1))
    boundary = np.array(found.kind) == "boundary point"
    assert ends.any() and (boundary & ~ends).any() and not boundary.all()


@pytest.mark.parametrize(
    ("variety", "domain", "words"),
    [
        (PARABOLA, {"s": (0, 1)}, "domain names 's'; parameters are t"),
        (PARABOLA, {"t": (1, 0)}, r"domain\['t'\] is empty: from 1 to 0"),
        (PARABOLA, {"t": 3}, "must be two ends"),
        (PARABOLA, {"t": (0, "x")}, r"domain\['t'\] must be an array of numbers"),
        (PARABOLA, {}, "domain must be like {'t': "),
        (PARABOLA, {"t": (np.nan, 1)}, "is empty"),
        (eg.DeterminantalVariety(2, 2, 1), {"t": (0, 1)}, "given by no real map"),
        (eg.ParametrizedVariety(["s + t", "s + t"], "s t"), {"t": (0, 1)}, "as many parameters"),
    ],
)
def test_bad_domains_are_refused(variety, domain, words):
    with pytest.raises(eg.InputError, match=words):
        eg.NearestProblem(variety, domain=domain)
