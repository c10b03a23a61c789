"""Paths from general equations and maps, and the parts into which zero sets are split."""

import numpy as np
import pytest

import edgeom as eg
from edgeom.degrees.closed_forms import veronese_generic_ed_degree
from edgeom.equations.family import EquationFamily, MapFamily, RationalFamily
from edgeom.homotopy.tracker import PathTracker
from edgeom.solvers import fiber
from tests.selection import first

FAMILIES = [
    EquationFamily(2, (3,)),
    EquationFamily(3, (2, 2)),
    MapFamily(1, 3),
    MapFamily(2, 2),
    RationalFamily(1, 3, 2),
    RationalFamily(2, 2, 4),
]


@pytest.mark.parametrize("family", FAMILIES, ids=str)
def test_a_start_pair_solves_the_equations(family) -> None:
    u, p = family.start_pair(np.random.default_rng(1))
    values = family.tape().arrays(u=u[None], p=p[None])["F"]
    assert np.abs(values).max() < 1e-10 * max(1, np.abs(p).max())


def test_the_written_roots_of_maps_are_all_of_them() -> None:
    family = MapFamily(2, 2)
    solutions, p = family.solved(np.random.default_rng(0), 0)
    assert len(np.unique(solutions.round(8), axis=0)) == family.count == 9
    tracker = PathTracker(family.tape())
    assert tracker.track(solutions, np.array([p, p])).success.all()


@pytest.mark.parametrize(("degree", "seed"), [(1, 0), (2, 0), (2, 1), (3, 2)])
def test_general_rational_curves(degree: int, seed: int) -> None:
    """A general projection of the rational normal curve has its generic ED degree 3 D - 2."""
    rng = np.random.default_rng(seed)
    forms = [
        " + ".join(f"({c})*t^{k}" for k, c in enumerate(rng.integers(-9, 10, degree + 1)) if c)
        for _ in range(3)
    ]
    V = eg.ParametrizedVariety([f"({top})/({forms[2]})" for top in forms[:2]], "t")
    assert eg.ed_degree(V, seed=seed) == veronese_generic_ed_degree(2, degree)


@pytest.mark.parametrize("seed", range(3))
def test_points_at_infinite_parameters_and_far_poles(seed: int) -> None:
    circle = eg.ParametrizedVariety(["(1 - t^2)/(1 + t^2)", "2*t/(1 + t^2)"], "t")
    points = eg.DistanceProblem(circle, data=[2, 0]).critical_points(seed)
    assert sorted(points.points[:, 0].real) == pytest.approx([-1, 1])
    far = eg.ParametrizedVariety(["(t^2 - 1)/(1 - t/1000)", "(t^2 + 1)/(1 - t/1000)"], "t")
    assert len(eg.DistanceProblem(far, data=[3, 0.8]).critical_points(seed)) == 4


def test_maps_with_too_many_parameters_go_by_monodromy() -> None:
    """Rank-one matrices as products: of 243 paths from general maps 228 lead to infinity."""
    names = [f"{a}{i}" for a in "xy" for i in range(3)]
    products = eg.ParametrizedVariety([f"x{i}*y{j}" for i in range(3) for j in range(3)], names)
    for degree, count in ((eg.ed_degree(products), 3), (eg.generic_ed_degree(products), 39)):
        assert degree == count
        assert degree.evidence.method == "monodromy"


def test_many_parameters_of_a_point_do_not_multiply_the_work() -> None:
    """Sums of two fifth powers are Hankel matrices of rank 2, each from 50 parameters."""
    sums = [f"a0^{5 - k}*b0^{k} + a1^{5 - k}*b1^{k}" for k in range(6)]
    V = eg.ParametrizedVariety(sums, "a0 a1 b0 b1")
    hankel = eg.HankelVariety(3, 4, 2)
    assert eg.ed_degree(V) == eg.ed_degree(hankel, eg.Metric.weights(np.ones(6))) == 34


def test_parameters_where_a_map_is_no_immersion_are_no_points() -> None:
    folded = eg.ParametrizedVariety(["t^2 - t", "(t^2 - t)^2"], "t")
    assert eg.ed_degree(folded) == eg.ed_degree(eg.ParametrizedVariety(["t", "t^2"], "t")) == 3


@pytest.mark.parametrize("seed", first(1, range(2)))
@pytest.mark.parametrize(
    "curve", [["1/(1 + {t})", "{t}"], ["{t}/(1 + ({t})^2)", "1/(1 + {t})"]], ids=["pole", "none"]
)
@pytest.mark.parametrize("cover", ["t^2", "a*t"])
def test_covers_of_a_curve_have_its_count(curve: list[str], cover: str, seed: int) -> None:
    once = eg.ParametrizedVariety([f.format(t="t") for f in curve], "t")
    names = "a, t" if "a" in cover else "t"
    often = eg.ParametrizedVariety([f.format(t=cover) for f in curve], names)
    assert eg.ed_degree(often, seed=seed) == eg.ed_degree(once)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("equations", "count"),
    [
        (["(x - 3)^2*(y - 1)", "(x - 3)^2*(y + 1)"], 1),  # a line, given twice
        (["(x + y)^2", "x*(x + y)^2"], 1),
        (["x*(x^2 + y^2 - 1)", "x*(x - 3)*y"], 5),  # a line and four points
        (["(x*y - 1)*(x + y)", "(x*y - 1)*(x - 1)"], 5),  # a hyperbola and a point
        (["(x^2 + y^2 - 1)*(x - 2)*(x^2 + 4*y^2 - 4)"], 7),
        (["(x - y/10 + 1)*(x - y/10 - 100)"], 2),
    ],
)
def test_factors_and_common_factors_are_parts(equations, count, seed) -> None:
    V = eg.AlgebraicVariety(equations, "x, y")
    assert eg.ed_degree(V, seed=seed) == count
    assert len(eg.DistanceProblem(V, data=[0.3, 0.7]).critical_points(seed)) == count


def test_a_search_that_finds_no_point_falls_back_on_components() -> None:
    names = [f"x{i}" for i in range(4)]
    axes = [f"{a}*{b}" for i, a in enumerate(names) for b in names[:i]]
    V = eg.AlgebraicVariety(axes, names)
    assert (V.dimension, eg.ed_degree(V)) == (1, 4)


ZERO_ON_THE_DIAGONAL = ["-b*d*i + b*f*g + c*d*h - c*e*g"]


def test_the_count_so_far_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    V = eg.AlgebraicVariety(ZERO_ON_THE_DIAGONAL, "b c d e f g h i")
    monkeypatch.setattr(fiber, "MOST", 10)
    with pytest.raises(eg.IncompleteError, match=r"8 critical points .* more than 10 points"):
        eg.ed_degree(V)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(fiber, "product_trace_test", interrupted)
    monkeypatch.setattr(fiber, "MOST", 5000)
    with pytest.raises(KeyboardInterrupt, match=r"8 critical points .* so far"):
        eg.ed_degree(V)
