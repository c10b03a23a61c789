"""Singular loci of zero sets, stratum by stratum."""

import numpy as np
import pytest

import edgeom as eg
from edgeom.varieties.immersion import image_exceptions
from edgeom.varieties.singular import singular_locus


@pytest.mark.parametrize(
    ("equations", "variables", "points"),
    [
        (["y^2 = x^2*(x - 1)"], "x y", [[0, 0]]),
        (["y^2 = x^3"], "x y", [[0, 0]]),
        (["2*x^4 - 3*x^2*y + y^2 - 2*y^3 + y^4"], "x y", [[0, 0], [0, 1]]),  # a tacnode, a node
        (["x^2 + y^2"], "x y", [[0, 0]]),
        (
            ["1 - x^2 - y^2 - z^2 + 2*x*y*z"],
            "x y z",
            [[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]],
        ),
        (["x*z - y^2", "y - x^2"], "x y z", [[0, 0, 0]]),  # a twisted cubic and a line
    ],
    ids=str,
)
def test_isolated_singular_points(equations, variables, points):
    found = singular_locus(eg.AlgebraicVariety(equations, variables))
    assert not found.strata and not found.unknown and not found.proved_empty
    assert sorted(found.real_points.round(6).tolist()) == sorted(np.array(points, float).tolist())


@pytest.mark.parametrize(
    "equations", [["x^2 + y^2 + z^2 - 1"], ["x + y*z"], ["(x - 1)*(x^2 + y^2 + z^2 - 4)"]], ids=str
)
def test_smooth_parts_are_proved_to_be_smooth(equations):
    found = singular_locus(eg.AlgebraicVariety(equations, "x y z"))
    assert found.proved_empty and not len(found.points) and not found.strata


def test_strata():
    umbrella = singular_locus(eg.AlgebraicVariety(["x^2 - y^2*z"], "x y z"))
    assert [stratum.dimension for stratum in umbrella.strata] == [1]
    assert umbrella.strata[0].contains([0, 0, 7])
    assert umbrella.proved_empty  # two equations for a line: other singular points there are none


@pytest.mark.slow
def test_strata_that_are_multiple_are_deflated():
    edge = singular_locus(eg.AlgebraicVariety(["(x + y + 2*z)^2 - (x - z)^3"], "x y z"))
    assert [stratum.dimension for stratum in edge.strata] == [1] and not edge.unknown
    assert edge.strata[0].contains([1, -3, 1])
    steiner = singular_locus(eg.AlgebraicVariety(["x^2*y^2 + y^2*z^2 + z^2*x^2 - x*y*z"], "x y z"))
    assert [stratum.dimension for stratum in steiner.strata] == [1]
    assert [0, 0, 0] in steiner.real_points.round(6).tolist()


def test_where_maps_are_no_immersions():
    cusp = image_exceptions(eg.ParametrizedVariety(["t^2", "t^3"], "t"))
    assert np.allclose(cusp.points, 0) and len(cusp.points) == 1 and not cusp.unknown
    smooth = image_exceptions(eg.ParametrizedVariety(["t", "t^2", "t^3"], "t"))
    assert smooth.proved_empty
    pinch = image_exceptions(eg.ParametrizedVariety(["s*t", "s", "t^2"], "s t"))
    assert np.allclose(pinch.points, 0) and len(pinch.points) == 1 and not pinch.unknown
    limit = image_exceptions(eg.ParametrizedVariety(["1/(1 + t^2)", "t/(1 + t^2)"], "t"))
    assert np.allclose(limit.points, 0) and len(limit.points) == 1
    steiner = ["t/(1 + s^2 + t^2)", "s/(1 + s^2 + t^2)", "s*t/(1 + s^2 + t^2)"]
    roman = image_exceptions(eg.ParametrizedVariety(steiner, "s t"))
    pinches = np.vstack([np.eye(3), -np.eye(3)]) / 2  # two of them at infinite parameters
    assert sorted(roman.points.round(9).tolist()) == sorted(pinches.tolist())
    assert len(roman.systems) == 2 and not roman.unknown
    open_image = image_exceptions(eg.ParametrizedVariety(["s", "s*t"], "s t"))
    assert open_image.unknown
    cone = image_exceptions(eg.ParametrizedVariety(["s/(1 + s^2)", "t/(1 + s^2)"], "s t"))
    assert cone.unknown  # numerators and denominator vanish together at s = infinity
