"""The nearest point of the whole variety."""

import numpy as np
import pytest

import edgeom as eg
from edgeom.critical.nearest import NearestProblem
from edgeom.exact.msolve import availability
from tests.selection import first

NODAL = eg.AlgebraicVariety(["y^2 = x^2*(x + 1)"], "x y")
ACNODE = eg.AlgebraicVariety(["y^2 = x^2*(x - 1)"], "x y")
CUSP = eg.AlgebraicVariety(["y^2 = x^3"], "x y")
UMBRELLA = eg.AlgebraicVariety(["x^2 = y^2*z"], "x y z")
CONE = eg.AlgebraicVariety(["x^2 + y^2 = z^2"], "x y z")
ELLIPSE = eg.AlgebraicVariety(["x^2 + 4*y^2 = 4"], "x y")
CIRCLE = eg.AlgebraicVariety(["x^2 + y^2 = 4"], "x y")
DET1, DET2 = eg.DeterminantalVariety(3, 3, 1), eg.DeterminantalVariety(3, 3, 2)
SPHERE_AND_LINE = eg.AlgebraicVariety(
    ["(x^2 + y^2 + z^2 - 1)*(x - y)", "(x^2 + y^2 + z^2 - 1)*(z - 2*x - 1)"], "x y z"
)


def nearest(variety, data, **options):
    return eg.DistanceProblem(variety, data=data).nearest_point(**options)


def test_isolated_points_and_cusps_are_compared():
    best = nearest(ACNODE, [-0.1, 0.05])
    assert best.kind == "singular point"
    assert np.allclose(best.point, 0, atol=1e-12)
    assert best.squared_distance == pytest.approx(0.0125)
    assert best.runner_up == pytest.approx(1.2117185)
    cusp = nearest(CUSP, [-1, 0])
    assert cusp.distance == pytest.approx(1) and cusp.kind == "singular point"
    assert nearest(CUSP, [1, 0.4]).kind == "smooth point"


def test_nodes_never_win_against_data_off_the_curve_but_are_found_on_it():
    rng = np.random.default_rng(0)
    problem = NearestProblem(NODAL)
    for _ in range(5):
        data = 0.3 * rng.normal(size=2)
        assert problem.at(data, prove=False).kind == "smooth point"
    best = nearest(NODAL, [0, 0])
    assert best.distance == 0 and best.kind == "singular point" and best.condition == np.inf
    assert best.proved and best.reason.endswith("exactly")
    assert not nearest(NODAL, [1e-18, 0]).proved
    assert nearest(DET1, np.zeros((3, 3))).proved


def test_strata_of_positive_dimension():
    handle = nearest(UMBRELLA, [0.1, 0.2, -2])
    assert handle.kind == "singular point"
    assert np.allclose(handle.point, [0, 0, -2], atol=1e-12)
    line = nearest(SPHERE_AND_LINE, [0.1, 0.2, 2])
    assert line.distance == pytest.approx(
        np.sqrt(np.sum(np.cross([-0.1, -0.2, -1], [1, 1, 2]) ** 2) / 6)
    )
    assert line.proved == availability().available  # part by part
    near = nearest(SPHERE_AND_LINE, [-0.6662840663989387, -0.66723, -0.334715], prove=False)
    assert np.linalg.norm(near.point) == pytest.approx(1, abs=1e-9)  # no descent leaves the set


@pytest.mark.parametrize(
    ("variety", "data", "distance", "dimension"),
    [
        (CIRCLE, [0, 0], 2, 1),
        (CONE, [0, 0, 2], np.sqrt(2), 1),
        (eg.DeterminantalVariety(2, 2, 1), np.eye(2), 1, 1),
        pytest.param(DET1, np.eye(3), np.sqrt(2), 2, marks=pytest.mark.slow),
        pytest.param(DET1, np.diag([2.0, 2, 1]), np.sqrt(5), 1, marks=pytest.mark.slow),
        pytest.param(DET2, np.diag([3.0, 1, 1]), 1, 1, marks=pytest.mark.slow),
    ],
    ids=str,
)
def test_sets_of_nearest_points(variety, data, distance, dimension):
    best = nearest(variety, data)
    assert best.distance == pytest.approx(distance, rel=1e-9)
    assert best.dimension == dimension
    assert not best.proved and best.condition == np.inf
    assert len(best.points) == 1
    assert variety.contains(best.point)


def test_two_points_at_the_same_distance_are_both_returned():
    best = nearest(ELLIPSE, [0, 0])
    assert best.distance == pytest.approx(1)
    assert np.allclose(np.sort(best.points[:, 1]), [-1, 1])
    assert "same distance" in best.reason and not best.proved


def test_data_on_the_discriminant():
    """On the evolute two critical points coincide; the nearest one is another."""
    t = 0.7
    data = [1.5 * np.cos(t) ** 3, -3 * np.sin(t) ** 3]
    best = nearest(ELLIPSE, data)
    angle = np.linspace(0, 2 * np.pi, 200001)
    brute = np.hypot(2 * np.cos(angle) - data[0], np.sin(angle) - data[1]).min()
    assert best.distance == pytest.approx(brute, rel=1e-7)


def test_proofs():
    assert nearest(ELLIPSE, [0.6, 0.35]).proved
    assert nearest(ELLIPSE, [2, 0]).proved
    matrix = np.random.default_rng(3).normal(size=(3, 3))
    best = nearest(eg.DeterminantalVariety(3, 3, 1), matrix)
    assert best.proved
    values = np.linalg.svd(matrix, compute_uv=False)
    assert best.squared_distance == pytest.approx(np.sum(values[1:] ** 2))
    assert best.condition == pytest.approx(values[0] / (values[0] - values[1]))
    quick = nearest(ELLIPSE, [0.6, 0.35], prove=False)
    assert not quick.proved and quick.distance == nearest(ELLIPSE, [0.6, 0.35]).distance


@pytest.mark.skipif(not availability().available, reason="msolve is missing")
def test_proofs_with_singular_points():
    for data in ([-0.1, 0.05], [2, 0.3]):
        best = nearest(ACNODE, data)
        assert best.proved and "singular points in exact boxes" in best.reason


@pytest.mark.parametrize("prove", first(1, [False, True]))
def test_hankel_matrices(prove):
    """Matrices of smaller rank never win, and symmetric shapes have fewer coordinates."""
    variety = eg.HankelVariety(3, 3, 2)
    data = variety.projected(np.random.default_rng(5).normal(size=(3, 3)))
    best = nearest(variety, data, prove=prove)
    assert best.kind == "smooth point" and best.point.shape == (3, 3)
    assert variety.contains(best.point) and np.linalg.matrix_rank(best.point, tol=1e-6) == 2
    assert best.squared_distance == pytest.approx(np.sum((best.point - data) ** 2))
    assert any("of lower rank" in text for text in best.evidence)
    assert best.proved == (prove and availability().available)
    symmetric = nearest(eg.SymmetricDeterminantalVariety(2, 1), [[1, 2], [2, 0]], prove=False)
    assert np.allclose(symmetric.point, symmetric.point.T)


@pytest.mark.skipif(not availability().available, reason="msolve is missing")
def test_more_equations_than_the_codimension():
    cubic = eg.AlgebraicVariety(["x^2 - y", "x*y - z", "y^2 - x*z"], "x y z")
    best = nearest(cubic, [0.3, 1, -1])
    image = eg.ParametrizedVariety(["t", "t^2", "t^3"], "t")
    assert best.proved and best.distance == pytest.approx(nearest(image, [0.3, 1, -1]).distance)


@pytest.mark.slow
def test_common_complex_roots():
    """Real pairs with a common complex root have its conjugate in common: a singular point."""
    pairs = eg.SylvesterVariety((2, 2), 1)
    q = np.array([1.02, 0.01, 1, 2, 0.03, 1.98])
    best = nearest(pairs, q, prove=False)
    assert best.kind == "singular point"
    values = np.linalg.svd(q.reshape(2, 3), compute_uv=False)
    assert best.distance == pytest.approx(values[1])  # proportional pairs: rank one
    real = nearest(pairs, [2.01, 3, 1, 3, 2, -0.98], prove=False)
    assert real.kind == "smooth point"
    strata = eg.SylvesterVariety((3, 2), 1).singular_strata()
    assert [stratum.dimension for stratum in strata] == [5, 4]


def test_images_of_real_parameters():
    curve = eg.ParametrizedVariety(["t^2", "t^3"], "t")
    cusp = nearest(curve, [-1, 0.1])
    assert cusp.kind == "singular point" and np.allclose(cusp.point, 0)
    twisted = nearest(eg.ParametrizedVariety(["t", "t^2", "t^3"], "t"), [0.3, 1, -1])
    t = np.linspace(-3, 3, 2000001)
    gaps = np.array([t - 0.3, t**2 - 1, t**3 + 1])
    assert twisted.proved
    assert twisted.squared_distance == pytest.approx((gaps**2).sum(axis=0).min(), rel=1e-9)


def test_limits_of_an_image():
    """(1/(1 + t²), t/(1 + t²)) is a circle without the origin."""
    circle = eg.ParametrizedVariety(["1/(1 + t^2)", "t/(1 + t^2)"], "t")
    best = nearest(circle, [-1, 0])
    assert best.distance == pytest.approx(1)
    assert np.allclose(best.point, 0, atol=1e-6)


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_scales(scale):
    cubic = eg.AlgebraicVariety([f"y^2*{scale!r} = x^2*(x - {scale!r})"], "x y")
    best = nearest(cubic, [-0.1 * scale, 0.05 * scale])
    assert best.squared_distance == pytest.approx(0.0125 * scale**2)


def test_what_has_no_nearest_point():
    with pytest.raises(eg.InputError, match="no data"):
        eg.DistanceProblem(ELLIPSE).nearest_point()
    with pytest.raises(eg.InputError, match="data must be real"):
        nearest(ELLIPSE, [1j, 0])
    with pytest.raises(eg.InputError, match="complex variety"):
        NearestProblem(eg.AlgebraicVariety(["x^2 + I*y"], "x y"))
    with pytest.raises(eg.InputError, match="no real point"):
        nearest(eg.AlgebraicVariety(["x^2 + y^2 + 1"], "x y"), [1, 2])


def test_the_summary_says_it_all():
    text = str(nearest(ACNODE, [-0.1, 0.05], prove=False))
    for words in (
        "singular point",
        "distance   0.1118033989",
        "next       1.1007808",
        "proved     no",
    ):
        assert words in text


def test_points_where_parts_meet_are_no_singular_points_of_a_part():
    union = eg.AlgebraicVariety(["x*y", "x*z"], "x, y, z")
    found = eg.DistanceProblem(union, data=[0, 2, 3]).nearest_point()
    assert "no part has singular points of its own" in " ".join(found.evidence)
    assert "singular points of y = 0" not in str(found)


@pytest.mark.parametrize("height", [0.3, 1.7, 6.0])
def test_points_of_the_axis_of_an_ellipsoid_have_a_condition(height):
    # the pole of x²/a² + y²/a² + z²/b² = 1 has radius of curvature R = a²/b
    a, b = (2.0, 3.0) if height < 1 else (3.0, 2.0)
    surface = eg.AlgebraicVariety([f"(x^2 + y^2)/{a}^2 + z^2/{b}^2 = 1"], "x y z")
    best = eg.NearestProblem(surface).at([0, 0, height + b])
    assert best.point == pytest.approx([0, 0, b])
    radius = a * a / b
    assert best.condition == pytest.approx(radius / (radius + height))
    if a > b:  # the opposite pole is no minimum
        assert best.runner_up == np.inf


@pytest.mark.parametrize("data", [[2.0, 1.5, 0.3], [5.0, 3.0, -1.0], [-1.0, 0.5, 0.0], [0, 0, 0]])
def test_parameters_are_mapped_to_the_nearest_point(data):
    patch = eg.ParametrizedVariety(["s", "t", "s*t + s^2"], "s t")
    for domain in (None, {"s": (0, 1)}, {"s": (0, 1), "t": (-1, 1)}):
        best = eg.DistanceProblem(patch, data=data).nearest_point(domain=domain)
        assert best.parameters.shape == (len(best.points), 2)
        for t, x in zip(best.parameters, best.points, strict=True):
            assert patch.point_at(t) == pytest.approx(x, abs=1e-8)
        assert "s, t" in str(best)
    conic = eg.AlgebraicVariety(["x^2 + 4*y^2 = 4"], "x y")
    assert eg.DistanceProblem(conic, data=[3, 0]).nearest_point().parameters is None


def test_local_searches_alone():
    """They find what all critical points tell here, and never say that it is proved."""
    data = np.random.default_rng(4).normal(size=(3, 3))
    data[1, 2] = np.nan
    problem = eg.DistanceProblem(eg.DeterminantalVariety(3, 3, rank=1), data=data)
    whole, best = problem.nearest_point(prove=False), problem.nearest_point(searches=30)
    assert best.squared_distance == pytest.approx(whole.squared_distance)
    assert not best.proved and best.reason == "only 30 local searches: others may be nearer"
    with pytest.raises(eg.InputError, match="searches must be at least 1"):
        problem.nearest_point(searches=0)


def test_other_critical_points_may_be_where_parts_meet():
    """The foot on the line is on the plane as well; the nearest point is proved all the same."""
    plane_and_line = eg.AlgebraicVariety(["x*y", "x*z"], "x y z")
    best = eg.DistanceProblem(plane_and_line, data=[0, 0.5, 0.2]).nearest_point()
    assert best.proved and best.distance == 0 and best.runner_up == pytest.approx(0.29)


@pytest.mark.skipif(not availability().available, reason="msolve is missing")
def test_curves_of_singular_points_do_not_prevent_a_proof():
    """The handle of the umbrella is a stratum; pinch points of an image are in exact boxes."""
    data = np.array([0.4, -0.3, -0.8])  # next to the handle
    umbrella = nearest(UMBRELLA, data)
    assert umbrella.proved and umbrella.kind == "singular point"
    assert np.allclose(umbrella.point, [0, 0, -0.8])
    roman = ["t/(1 + s^2 + t^2)", "s/(1 + s^2 + t^2)", "s*t/(1 + s^2 + t^2)"]
    steiner = nearest(eg.ParametrizedVariety(roman, "s t"), [0.02, -0.01, 0.9])
    assert steiner.proved and "6 singular points in exact boxes" in steiner.reason
    assert 0 < steiner.distance < 0.4 + 1e-3  # (0, 0, 1/2) is a pinch point


def test_least_distances_that_are_not_attained_are_told():
    """The squared distance a² + 2 (1 - b)² with a d = b² tends to 0 as the missing d grows."""
    data = [[0, 1], [1, np.nan]]
    best = eg.DistanceProblem(eg.DeterminantalVariety(2, 2, rank=1), data=data).nearest_point(
        searches=8
    )
    assert best.kind == "limit point" and not best.proved and "may not be attained" in best.reason
    assert best.squared_distance < 1e-5 < 1e2 < abs(best.point[1, 1])
    attained = eg.DistanceProblem(eg.DeterminantalVariety(2, 2, rank=1), data=[[2, 1], [1, np.nan]])
    assert attained.nearest_point(searches=8).kind == "smooth point"
