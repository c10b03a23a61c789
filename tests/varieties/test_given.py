"""Varieties that are given by polynomials: zero sets and images of maps."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
import sympy

from edgeom.errors import InputError
from edgeom.varieties.algebraic import AlgebraicVariety
from edgeom.varieties.determinantal import (
    DeterminantalVariety,
)
from edgeom.varieties.parametrized import ParametrizedVariety
from edgeom.varieties.polynomials import Polynomials
from edgeom.varieties.zero_set import ZeroSet
from tests.varieties.examples import GIVEN, SEEDS, differentials


class TestAlgebraicVarieties:
    """Which equations are understood, and what is said about the others."""

    x, y = sympy.symbols("x y")

    @pytest.mark.parametrize(
        ("equations", "variables"),
        [
            (["x^2 + y^2 - 1"], ["x", "y"]),
            (["x**2 + y**2 - 1"], "x y"),
            ("x^2 + y^2 - 1", "x, y"),
            (x**2 + y**2 - 1, [x, y]),
            ([sympy.Eq(x**2 + y**2, 1)], [x, y]),
            (["x^2 + y^2 = 1"], "x y"),
            (["x^2 + y^2 - 1", "0"], "x y"),
            (["(x^2 + y^2 - 1)^2"], "x y"),
            (["2*x^2 + 2*y^2 - 2", "x^3 + x*y^2 - x"], "x y"),
            (["(x^3 + x*y^2 - x)/x"], "x y"),
            (["x*(x + (y^2 - 1)/x)"], "x y"),
            (["x^2/(1 - y^2) = 1"], "x y"),
            ([x / (1 - y) - (1 + y) / x], [x, y]),
            ([(x + 0.5 * (y - x) - 0.5 * (y + x)) + x**2 + y**2 - 1], "x y"),
        ],
    )
    def test_the_circle(self, equations: Any, variables: Any) -> None:
        circle = AlgebraicVariety(equations, variables)
        assert (circle.shape, circle.dimension) == ((2,), 1)
        assert circle.contains([0.6, 0.8])
        assert not circle.is_singular([0.6, 0.8])
        assert not circle.contains([0.6, 0.81])
        assert not circle.contains([0.0, 0.0])

    def test_variables_may_be_called_like_constants(self) -> None:
        variety = AlgebraicVariety(["I*S - E"], "I S E")
        assert variety.contains([2, 3, 6])
        assert not variety.contains([1j, 1, 1])

    def test_order_of_variables(self) -> None:
        assert AlgebraicVariety(["x - 2*y"], "x y").contains([2, 1])
        assert AlgebraicVariety(["x - 2*y"], "y x").contains([1, 2])

    def test_complex_coefficients(self) -> None:
        variety = AlgebraicVariety([self.x + sympy.I * self.y - 1], [self.x, self.y])
        assert variety.contains([0, -1j])
        assert not variety.contains([0, 1j])
        assert not variety.is_real
        assert AlgebraicVariety(["x + y - 1"], "x y").is_real

    @pytest.mark.parametrize(
        ("equations", "variables", "message"),
        [
            (
                ["sin(x)"],
                "x y",
                r"equation 1 contains sin, not among the variables x, y\n  sin\(x\)\n  \^",
            ),
            (
                [sympy.sin(x)],
                "x y",
                r"equation 1 is not a polynomial in x, y: it contains sin\(x\)",
            ),
            (["x", "1/(x - x) + y"], "x y", "equation 2 cannot be read: division by zero"),
            (["1/((x + 1)^2 - x^2 - 2*x - 1)"], "x", "equation 1 .* division by zero"),
            ([1 / ((x + 1) ** 2 - x**2 - 2 * x - 1)], "x", "equation 1 .* division by zero"),
            (["sqrt(x)"], "x", "equation 1 cannot be read: .* roots are for rational numbers"),
            (["x^y"], "x y", "equation 1 .* the exponent of a polynomial has to be an integer"),
            (["x^0.5"], "x", "the exponent 1/2 of a polynomial is not an integer"),
            ([x**y], "x y", "equation 1 is not a polynomial"),
            ([sympy.sqrt(x)], "x", "equation 1 is not a polynomial"),
            ([abs(x)], "x", "equation 1 is not a polynomial"),
            (["x + w + v"], "x y", "equation 1 contains v, w, not among the variables x, y"),
            (
                ["x +"],
                "x",
                r"equation 1 cannot be read: a number, a variable or \( is missing after '\+'",
            ),
            (["x = 1 = 2"], "x", "equation 1 cannot be read: an equation has one ="),
            ([True], "x", "equation 1 is not an expression: True"),
            ([[x]], "x", "equation 1 is not an expression"),
            (["x"], "", "one or more symbols"),
            (["x"], [1], "one or more symbols"),
            (["x"], ["x", "x"], "named twice"),
            ([], "x", "there is no equation: the zero set is the whole space"),
            (["0", "x - x"], "x", "there is no equation"),
            ([5], "x", "the zero set is empty: equation 1 is the constant 5"),
            (["x", "1/2"], "x", "the zero set is empty: equation 2 is the constant 1/2"),
            (["x", "x - 1"], "x", "the zero set is empty: the equations generate the unit ideal"),
            (["x*y - 1", "x"], "x y", "the zero set is empty"),
            (["x^2 + 1", "x - 1.0"], "x", "the equations generate the unit ideal"),
            (["x^2 + 1", "x - sqrt(2)"], "x", "no point of the zero set could be found"),
            (["x + nan"], "x", "equation 1 contains nan, not among the variables x"),
            ([x + sympy.nan], "x", "equation 1 has a coefficient that is not finite, nan"),
            ([x, y * x + sympy.oo], "x y", "equation 2 has a coefficient that is not finite, oo"),
            ([x / 0], "x", "equation 1 has a coefficient that is not finite, zoo"),
            ([x + float("-inf")], "x", "equation 1 has a coefficient that is not finite, -oo"),
            (["x"], None, "variables must be one or more symbols, got None"),
            (["x"], 2, "variables must be one or more symbols, got 2"),
            (None, "x", "a list of equations is needed, got None"),
        ],
    )
    def test_refused(self, equations: Any, variables: Any, message: str) -> None:
        with pytest.raises(InputError, match=message):
            AlgebraicVariety(equations, variables)

    @pytest.mark.parametrize(
        "equations",
        [
            ["y - x^2", "y"],
            ["y - x^3", "y"],
            ["x^2 + y^2 - 1", "x - 1"],
            ["x*y - z", "x - y^2", "x^3 - y*z + x*z - z"],
            ["z - x^2 - y^2 + 2*x*y", "z"],
            ["z - x^2", "z*(z - 1)"],
        ],
    )
    def test_multiple_structures(self, equations: list[str]) -> None:
        """Tangent curves, and a curve in a surface, meet in points and not along a curve."""
        variables = "x y z" if any("z" in equation for equation in equations) else "x y"
        message = r"vanish to second order .* near \(.*multiple structure.* give reduced equations"
        with pytest.raises(InputError, match=message):
            AlgebraicVariety(equations, variables)

    @pytest.mark.parametrize(
        ("equations", "variables", "dimension"),
        [
            (["y^2 - x^3 - x^2"], "x y", 1),
            (["x^7 - y^5"], "x y", 1),
            (["x^20 + y^20 - 1"], "x y", 1),
            (["x^2 + y^2 - 0.000001"], "x y", 1),
            (["x^2 + y^2 + z^2 - 1", "x^2 + y^2 - x"], "x y z", 1),
            (["x^2 + y^2 + z^2 - 1", "x - 1"], "x y z", 1),
            (["x^2 + y^2 - 1", "(x^2 + y^2 - 1)*(x - 2)"], "x y", 1),
            (["x^2 - 1", "y^2 - 4", "x*y - 2"], "x y", 0),
            (["x*y", "x*z", "y*z"], "x y z", 1),
            (["x^2", "x*y"], "x y", 1),  # with a multiple point on a simple line
        ],
    )
    def test_reduced_sets_are_not_mistaken(
        self, equations: list[str], variables: str, dimension: int
    ) -> None:
        variety = AlgebraicVariety(equations, variables)
        assert variety.dimension == dimension
        for seed in range(10):
            assert variety.contains(variety.random_point(seed))

    @pytest.mark.parametrize(("rows", "cols", "size"), [(2, 4, 2), (3, 3, 2), (3, 3, 3), (3, 4, 3)])
    def test_minors(self, rows: int, cols: int, size: int) -> None:
        """The points of more equations than the codimension are recognised as smooth."""
        x = sympy.symbols(f"x:{rows * cols}")
        matrix = sympy.Matrix(rows, cols, x)
        minors = [
            matrix.extract(list(i), list(j)).det()
            for i in combinations(range(rows), size)
            for j in combinations(range(cols), size)
        ]
        variety = AlgebraicVariety(minors, x)
        known = DeterminantalVariety(rows, cols, size - 1)
        assert variety.dimension == known.dimension
        for seed in range(5):
            for real in (False, True):
                point = known.random_point(seed, real).ravel()
                assert variety.contains(point)
                assert not variety.is_singular(point)
                there = variety.coordinates.inward(point)
                assert variety.zero_set.codimension_at(there) == known.codimension

    def test_a_singular_point_is_left_again(self) -> None:
        """Where the first point found is singular, others near by decide."""
        zero_set = ZeroSet(Polynomials(["(y - 1)^2 - (x - 2)^3"], ["x", "y"]))
        cusp = np.array([2.0, 1.0])
        zero_set._land_once = lambda *args, **kwargs: cusp  # type: ignore[method-assign]
        assert zero_set.codimension_at(cusp) == 0
        assert zero_set._find_codimension() == 1

    def test_far_from_the_origin(self) -> None:
        """Large coordinates do not hide a large distance."""
        variety = AlgebraicVariety(["(x - 1000)^2 = (y - 1000)^3"], "x y")
        for point in ([1000, 1000], [1001, 1001], [1008, 1004], [1008 + 1e-8, 1004]):
            assert variety.contains(point)
        for point in ([1001.37, 1001.37], [1008.01, 1004], [999, 1000]):
            assert not variety.contains(point)

    def test_rounding_near_points_where_terms_vanish(self) -> None:
        """A plane y = z = 0 in the set, found with coordinates that are almost zero."""
        variety = AlgebraicVariety(["x*z - y^2", "y*w - z^2"], "x y z w")
        rng = np.random.default_rng(0)
        for _ in range(20):
            assert variety.contains(rng.normal(size=4) * [1, 1e-17, 1e-17, 1])

    @pytest.mark.parametrize("equation", ["x^2 + y^2 + 1", "x^2 + y^2"])
    def test_no_smooth_real_points(self, equation: str) -> None:
        variety = AlgebraicVariety([equation], "x y")
        assert variety.contains(variety.random_point(0))
        with pytest.raises(InputError, match="no smooth real point"):
            variety.random_point(0, real=True)

    @pytest.mark.parametrize("seed", SEEDS)
    def test_points_on_a_line_meet_every_component(self, seed: int) -> None:
        variety = AlgebraicVariety(["(x^2 + y^2 - 1) * (x - 2*y - 3) * (x + y)"], "x y")
        rng = np.random.default_rng(seed)
        points = variety.chart(rng).component_samples(rng, 4)
        assert len(points) == 4
        assert all(variety.contains(x) for x in points)
        components = [["x^2 + y^2 - 1"], ["x - 2*y - 3"], ["x + y"]]
        counts = [
            sum(AlgebraicVariety(equations, "x y").contains(x) for x in points)
            for equations in components
        ]
        assert counts == [2, 1, 1]

    def test_text(self) -> None:
        variety = AlgebraicVariety(["x*y - z", "x - y^2"], "x y z")
        assert str(variety) == "x*y - z = 0, x - y**2 = 0"
        assert repr(variety) == "AlgebraicVariety(['x*y - z', 'x - y**2'], ['x', 'y', 'z'])"


class TestParametrizedVarieties:
    """Images of polynomial maps."""

    @pytest.mark.parametrize("seed", SEEDS)
    @pytest.mark.parametrize("variety", [V for V in GIVEN if isinstance(V, ParametrizedVariety)],
                             ids=repr)  # fmt: skip
    def test_points_are_images(self, variety: ParametrizedVariety, seed: int) -> None:
        rng = np.random.default_rng(seed)
        count = len(variety.polynomials.variables)
        values = dict(zip(variety.polynomials.variables, rng.normal(size=count), strict=True))
        image = [float(e.subs(values)) for e in variety.polynomials.expressions]
        assert variety.contains(image)

    def test_too_many_parameters_are_cut_down(self) -> None:
        """Four parameters of 2×2 matrices of rank 1, three of which count."""
        variety = ParametrizedVariety(["s*u", "s*v", "t*u", "t*v"], "s t u v")
        chart = variety.chart(np.random.default_rng(0))
        assert (variety.dimension, len(chart.names)) == (3, 3)
        minors = DeterminantalVariety(2, 2, 1)
        for seed in SEEDS:
            u = chart.sample(np.random.default_rng(seed))
            x = differentials(chart, u)[0]
            assert minors.contains(x.reshape(2, 2))

    def test_the_plain_chart_is_the_map(self) -> None:
        chart = ParametrizedVariety(["t", "t^2", "t^3"], "t").chart()
        assert chart.names == ("t",)
        assert chart.point([3]) == [3, 9, 27]

    def test_quotients_that_cancel(self) -> None:
        variety = ParametrizedVariety(["t", "(t^3 - t)/t"], "t")
        assert variety.contains([2, 3])
        assert variety.chart().point([2]) == [2, 3]

    def test_constant_maps(self) -> None:
        variety = ParametrizedVariety(["1", "2"], "s")
        assert variety.dimension == 0
        assert variety.contains([1, 2])
        assert not variety.contains([1, 2.1])

    @pytest.mark.parametrize(
        ("map", "variables", "message"),
        [
            ([], "s", "at least one coordinate"),
            (["s", "s/(t - t)"], "s t", "coordinate 2 cannot be read: division by zero"),
            (["s", "x"], "s", "coordinate 2 contains x, not among the variables s"),
            (["s"], "", "one or more symbols"),
            (["s"], None, "one or more symbols, got None"),
            (["s", sympy.oo], "s", "coordinate 2 has a coefficient that is not finite, oo"),
            (3, "s", "a list of coordinates is needed, got 3"),
        ],
    )
    def test_refused(self, map: Any, variables: Any, message: str) -> None:
        with pytest.raises(InputError, match=message):
            ParametrizedVariety(map, variables)
