"""Varieties: dimensions, points, singular points, charts and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import pytest
import sympy
from numpy.typing import NDArray

from edgeom.errors import InputError
from edgeom.objectives.metric import Metric
from edgeom.varieties.algebraic import AlgebraicVariety
from edgeom.varieties.base import Chart, Variety, geometry_tape
from edgeom.varieties.determinantal import (
    DeterminantalVariety,
    SkewDeterminantalVariety,
    SymmetricDeterminantalVariety,
)
from edgeom.varieties.parametrized import ParametrizedVariety
from edgeom.varieties.polynomials import Polynomials
from edgeom.varieties.segre import SegreVariety, VeroneseVariety
from edgeom.varieties.zero_set import ZeroSet

Array = NDArray[Any]
SEEDS = range(2)

MATRICES: list[Variety] = [
    *(DeterminantalVariety(m, n, r) for m, n in ((1, 1), (1, 3), (2, 2), (3, 2), (2, 4), (4, 4))
      for r in range(1, min(m, n) + 1)),
    *(SymmetricDeterminantalVariety(n, r) for n in (1, 2, 4) for r in range(1, n + 1)),
    *(SkewDeterminantalVariety(n, r) for n in (2, 4, 5) for r in range(2, n + 1, 2)),
]  # fmt: skip
TENSORS: list[Variety] = [
    *map(SegreVariety, [(1,), (3,), (1, 3), (2, 2), (2, 2, 3), (2, 2, 2, 2)]),
    *(VeroneseVariety(n, d) for n, d in ((1, 1), (1, 3), (3, 1), (2, 2), (2, 5), (3, 3))),
]
GIVEN: list[Variety] = [
    AlgebraicVariety(["x^2 + 4*y^2 - 4"], "x y"),
    AlgebraicVariety(["x^3 - y^2"], "x y"),
    AlgebraicVariety(["x^2 + y^2 - z^2"], "x y z"),
    AlgebraicVariety(["y - x^2", "z - x*y", "x*z - y^2"], "x y z"),
    AlgebraicVariety(["0.3*x*y - 0.1", "x + z - 1.5"], "x y z"),
    AlgebraicVariety(["a*d - b*c"], "a b c d"),
    ParametrizedVariety(["s^3", "s^2*t", "s*t^2", "t^3"], "s t"),
    ParametrizedVariety(["t", "t^2", "t^3"], "t"),
    ParametrizedVariety(["s*u", "s*v", "t*u", "t*v"], "s t u v"),
    ParametrizedVariety(["s + t", "(s + t)^2 + 1", "s^2 + 2*s*t + t^2"], "s t"),
]
ALL = MATRICES + TENSORS + GIVEN
CONES = [V for V in MATRICES + TENSORS if V.codimension > 0]  # singular at 0
DIMENSIONS = {
    repr(DeterminantalVariety(4, 4, 2)): 12,
    repr(DeterminantalVariety(3, 2, 1)): 4,
    repr(SymmetricDeterminantalVariety(4, 2)): 7,
    repr(SkewDeterminantalVariety(5, 2)): 7,
    repr(SegreVariety((2, 2, 3))): 5,
    repr(VeroneseVariety(3, 3)): 3,
    **{repr(V): d for V, d in zip(GIVEN, [1, 1, 2, 1, 1, 3, 2, 1, 3, 1], strict=True)},
}


def differentials(chart: Chart, u: Array) -> tuple[Array, Array, Array]:
    """The point x(u) and the Jacobians of x and g."""
    out = geometry_tape(chart).arrays(u=u[None])
    n = out["x"].shape[1]
    return (
        out["x"][0],
        out["dx"][0].reshape(n, len(u)),
        out["dg"][0].reshape(out["g"].shape[1], len(u)),
    )


def rank(matrix: Array) -> int:
    return int(np.linalg.matrix_rank(matrix, rtol=1e-8)) if matrix.size else 0


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("variety", ALL, ids=repr)
class TestEveryVariety:
    """Laws that hold for all of them, in random charts."""

    def test_dimension(self, variety: Variety, seed: int) -> None:
        """It is the rank of the chart on the kernel of its constraints."""
        rng = np.random.default_rng(seed)
        chart = variety.chart(rng if seed else None)
        u = chart.sample(rng)
        assert u.shape == (len(chart.names),)
        assert len(set(chart.names)) == len(chart.names)
        _, dx, dg = differentials(chart, u)
        kernel = np.linalg.svd(dg)[2][len(dg) :].conj().T if len(dg) else np.eye(len(u))
        assert rank(dg) == len(dg)
        assert kernel.shape[1] == variety.dimension
        assert rank(dx @ kernel) == variety.dimension
        assert variety.dimension == DIMENSIONS.get(repr(variety), variety.dimension)
        assert variety.codimension == dx.shape[0] - variety.dimension
        assert variety.ambient_dimension == dx.shape[0]
        assert variety.default_metric.dimension == dx.shape[0]

    def test_random_points(self, variety: Variety, seed: int) -> None:
        point = variety.random_point(seed)
        assert point.shape == variety.shape
        assert np.iscomplexobj(point)
        assert variety.contains(point)
        assert not variety.is_singular(point)
        assert np.array_equal(point, variety.random_point(seed))
        assert not np.allclose(point, variety.random_point(seed + 1000))

    def test_random_real_points(self, variety: Variety, seed: int) -> None:
        point = variety.random_point(seed, real=True)
        assert point.shape == variety.shape
        assert np.isrealobj(point)
        assert variety.contains(point)
        assert not variety.is_singular(point)

    def test_points_near_by(self, variety: Variety, seed: int) -> None:
        point = variety.flatten(variety.random_point(seed))
        rng = np.random.default_rng(seed)
        noise = rng.normal(size=len(point)) * np.linalg.norm(point) / np.sqrt(len(point))
        near, off = (variety.unflatten(point + size * noise) for size in (1e-12, 1e-2))
        assert variety.contains(near)
        if seed == 0 or not isinstance(variety, ParametrizedVariety):  # a search that takes long
            assert variety.contains(off) == (variety.codimension == 0)

    def test_points_of_a_random_chart(self, variety: Variety, seed: int) -> None:
        rng = np.random.default_rng(seed)
        chart = variety.chart(rng)
        x, _, _ = differentials(chart, chart.sample(rng))
        assert variety.contains(variety.unflatten(x))

    def test_coordinates(self, variety: Variety, seed: int) -> None:
        """Flattening is undone by unflattening, one point or several at a time."""
        point = variety.random_point(seed)
        flat = variety.flatten(point)
        assert flat.shape == (variety.ambient_dimension,)
        np.testing.assert_array_equal(variety.unflatten(flat), point)
        many = variety.unflatten(np.array([flat, 2 * flat]))
        np.testing.assert_array_equal(many, [point, 2 * point])

    def test_chart_coordinates(self, variety: Variety, seed: int) -> None:
        rng = np.random.default_rng(seed)
        chart = variety.chart(rng)
        u = np.array([chart.sample(rng) for _ in range(3)])
        x = geometry_tape(chart).arrays(u=u)["x"]
        found = chart.coordinates(x)
        if isinstance(variety, ParametrizedVariety):
            assert found is None
            return
        assert found is not None
        again = geometry_tape(chart).arrays(u=found)["x"]
        np.testing.assert_allclose(again, x, rtol=0, atol=1e-10 * np.abs(x).max())
        if not isinstance(variety, VeroneseVariety):  # a d-th power has d roots
            np.testing.assert_allclose(found, u, rtol=1e-8, atol=1e-8)


class TestSingularPoints:
    """Known singular loci."""

    @pytest.mark.parametrize("variety", CONES, ids=repr)
    def test_vertices_of_cones(self, variety: Variety) -> None:
        assert variety.contains(np.zeros(variety.shape))
        assert variety.is_singular(np.zeros(variety.shape))

    @pytest.mark.parametrize(
        "variety", [V for V in MATRICES + TENSORS if V.codimension == 0], ids=repr
    )
    def test_linear_spaces_are_smooth(self, variety: Variety) -> None:
        assert not variety.is_singular(np.zeros(variety.shape))

    @pytest.mark.parametrize("seed", SEEDS)
    @pytest.mark.parametrize(
        ("variety", "smaller"),
        [
            (DeterminantalVariety(4, 5, 3), DeterminantalVariety(4, 5, 2)),
            (SymmetricDeterminantalVariety(4, 2), SymmetricDeterminantalVariety(4, 1)),
            (SkewDeterminantalVariety(6, 4), SkewDeterminantalVariety(6, 2)),
        ],
        ids=repr,
    )
    def test_lower_ranks(self, variety: Variety, smaller: Variety, seed: int) -> None:
        point = smaller.random_point(seed)
        assert variety.contains(point)
        assert variety.is_singular(point)
        assert not smaller.is_singular(point)
        assert not smaller.contains(variety.random_point(seed))

    @pytest.mark.parametrize(
        ("equations", "variables", "singular", "smooth"),
        [
            (["y^2 - x^3"], "x y", [0, 0], [1, 1]),
            (["y^2 - x^3 - x^2"], "x y", [0, 0], [-1, 0]),
            (["x*y"], "x y", [0, 0], [0, 3]),
            (["x^2 - y^2*z"], "x y z", [0, 0, 5], [2, 1, 4]),
            (["x^2 + y^2 - z^2"], "x y z", [0, 0, 0], [3, 4, 5]),
            (["x*z - y^2", "x - z^3"], "x y z", [0, 0, 0], [1, 1, 1]),
        ],
    )
    def test_zero_sets(
        self, equations: list[str], variables: str, singular: list[int], smooth: list[int]
    ) -> None:
        variety = AlgebraicVariety(equations, variables)
        assert variety.contains(singular)
        assert variety.is_singular(singular)
        assert variety.contains(smooth)
        assert not variety.is_singular(smooth)
        away = np.array(smooth) + 0.37
        assert not variety.contains(away)
        assert not variety.is_singular(away)

    def test_tolerance_is_relative(self) -> None:
        variety = DeterminantalVariety(2, 2, 1)
        for scale in (1e-100, 1.0, 1e100):
            nearly = scale * np.diag([1, 1e-6])
            assert not variety.contains(nearly)
            assert variety.contains(nearly, tolerance=1e-5)


class TestSizes:
    """Sizes and ranks are integers in a range."""

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda: DeterminantalVariety(0, 3, 0), "rows must be at least 1, got 0"),
            (lambda: DeterminantalVariety(3, -2, 0), "cols must be at least 1, got -2"),
            (lambda: DeterminantalVariety(3, 4, 4),
             r"rank must be between 0 and min\(rows, cols\) = 3, got 4"),
            (lambda: DeterminantalVariety(3, 4, -1), r"rank must be between 0 and .* got -1"),
            (lambda: DeterminantalVariety(3, 4, True), "rank must be an integer, got .*True"),
            (lambda: DeterminantalVariety(3, 4, 1.0), "rank must be an integer, got 1.0"),
            (lambda: DeterminantalVariety(3.0, 4, 1), "rows must be an integer, got 3.0"),
            (lambda: DeterminantalVariety("3", 4, 1), "rows must be an integer, got '3'"),
            (lambda: DeterminantalVariety(3, None, 1), "cols must be an integer, got None"),
            (lambda: SymmetricDeterminantalVariety(3, 4), "rank must be between 0 and n = 3"),
            (lambda: SymmetricDeterminantalVariety(0, 0), "n must be at least 1, got 0"),
            (lambda: SymmetricDeterminantalVariety(False, 0), "n must be an integer"),
            (lambda: SkewDeterminantalVariety(1, 0), "n must be at least 2, got 1"),
            (lambda: SkewDeterminantalVariety(4, 3), "rank of a skew-symmetric matrix is even"),
            (lambda: SkewDeterminantalVariety(4, 6), "rank must be between 0 and n = 4, got 6"),
            (lambda: SkewDeterminantalVariety(4, 2.0), "rank must be an integer, got 2.0"),
            (lambda: SegreVariety(()), "at least one"),
            (lambda: SegreVariety((2, 0)), "must be at least 1, got 0"),
            (lambda: SegreVariety((2, 1.5)), "must be an integer, got 1.5"),
            (lambda: SegreVariety((2, True)), "must be an integer, got .*True"),
            (lambda: SegreVariety("22"), "must be an integer, got '2'"),
            (lambda: VeroneseVariety(0, 2), "variables must be at least 1, got 0"),
            (lambda: VeroneseVariety(2, 0), "degree must be between 1 and"),
            (lambda: VeroneseVariety(True, 2), "variables must be an integer"),
            (lambda: VeroneseVariety(2, 2.0), "degree must be an integer, got 2.0"),
        ],
    )  # fmt: skip
    def test_refused(self, make: Callable[[], Variety], message: str) -> None:
        with pytest.raises(InputError, match=message):
            make()

    def test_one_number_is_no_shape(self) -> None:
        with pytest.raises(InputError, match="dims must be a sequence of integers, got 3"):
            SegreVariety(3)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        "variety",
        [SegreVariety((100000, 100000)), DeterminantalVariety(1000, 1000, 1),
         SymmetricDeterminantalVariety(200, 1), VeroneseVariety(20, 5)],
        ids=repr,
    )  # fmt: skip
    def test_too_large_for_a_metric(self, variety: Variety) -> None:
        message = f"at most 5000 coordinates, got {variety.ambient_dimension}$"
        with pytest.raises(InputError, match=message):
            _ = variety.default_metric

    def test_integers_of_other_types(self) -> None:
        variety = DeterminantalVariety(np.int64(3), np.uint8(4), np.int16(2))
        assert repr(variety) == "DeterminantalVariety(3, 4, rank=2)"
        assert type(variety.rank) is int

    @pytest.mark.parametrize(
        "variety",
        [DeterminantalVariety(2, 3, 0), SymmetricDeterminantalVariety(3, 0),
         SkewDeterminantalVariety(3, 0)],
        ids=repr,
    )  # fmt: skip
    def test_rank_zero_is_a_point(self, variety: Variety) -> None:
        zero = np.zeros(variety.shape)
        assert variety.dimension == 0
        assert variety.codimension == variety.ambient_dimension
        assert variety.contains(zero)
        assert not variety.is_singular(zero)
        other = variety.unflatten(np.ones(variety.ambient_dimension))
        assert not variety.contains(other)
        assert np.array_equal(variety.random_point(0), zero)


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


class TestFlatten:
    """Points are arrays of finite numbers of the right shape."""

    @pytest.mark.parametrize("variety", [V for V in ALL if V.ambient_dimension > 1], ids=repr)
    @pytest.mark.parametrize("bad", [np.nan, np.inf, complex(0, -np.inf)])
    def test_finite(self, variety: Variety, bad: complex) -> None:
        point = variety.random_point(0)
        point.flat[0] = bad
        for refuse in (variety.flatten, variety.contains, variety.is_singular):
            if refuse == variety.is_singular and variety.codimension == 0:
                continue
            with pytest.raises(InputError, match="point must have finite entries"):
                refuse(point)

    @pytest.mark.parametrize("variety", ALL, ids=repr)
    def test_shape(self, variety: Variety) -> None:
        shape = variety.shape
        for wrong in ((*shape, 1), (*shape[:-1], shape[-1] + 1), ()):
            with pytest.raises(InputError, match="q must have shape"):
                variety.flatten(np.ones(wrong), "q")

    @pytest.mark.parametrize(
        "point",
        ["ab", None, [["a", "b"], ["c", "d"]], [[True, False], [False, True]], [[None] * 2] * 2],
    )
    def test_numbers(self, point: Any) -> None:
        with pytest.raises(InputError, match="must be an array of numbers"):
            DeterminantalVariety(2, 2, 1).flatten(point)

    def test_ragged(self) -> None:
        with pytest.raises(InputError, match=r"point must be .* rows of different lengths: \[\[1"):
            DeterminantalVariety(2, 2, 1).flatten([[1, 2], [3]])

    @pytest.mark.parametrize("seed", SEEDS)
    @pytest.mark.parametrize(
        ("variety", "sign"),
        [(SymmetricDeterminantalVariety(4, 2), 1), (SkewDeterminantalVariety(4, 2), -1)],
    )
    def test_symmetry(self, variety: Variety, sign: int, seed: int) -> None:
        matrix = np.random.default_rng(seed).normal(size=(4, 4))
        for wrong in (matrix, matrix - sign * matrix.T):
            with pytest.raises(InputError, match=r"must be a .*symmetric matrix; take its"):
                variety.flatten(wrong)
        right = matrix + sign * matrix.T
        np.testing.assert_array_equal(variety.unflatten(variety.flatten(right)), right)
        rounded = right + 1e-14 * matrix
        np.testing.assert_allclose(variety.unflatten(variety.flatten(rounded)), right, atol=1e-12)

    @pytest.mark.parametrize("kind", [np.int64, np.float32, np.complex64])
    def test_types_of_numbers(self, kind: type) -> None:
        point = np.array([[0, 2], [-2, 0]], kind)
        assert SkewDeterminantalVariety(2, 2).flatten(point).tolist() == [2]
        assert DeterminantalVariety(2, 2, 1).flatten(point).tolist() == [0, 2, -2, 0]

    @pytest.mark.parametrize(
        ("variety", "point", "accepted"),
        [
            (SkewDeterminantalVariety(2, 2), np.zeros((2, 2), np.uint8), True),
            (SkewDeterminantalVariety(2, 2), np.array([[0, 1], [255, 0]], np.uint8), False),
            (SymmetricDeterminantalVariety(2, 1), np.array([[0, 64], [-64, 0]], np.int8), False),
        ],
    )
    def test_small_integers(self, variety: Variety, point: Array, accepted: bool) -> None:
        try:
            variety.flatten(point)
        except InputError:
            assert not accepted
        else:
            assert accepted


class TestKnownNumbers:
    """Theorems are quoted for the metrics they are about."""

    @pytest.mark.parametrize("variety", ALL, ids=repr)
    def test_metrics_of_another_size(self, variety: Variety) -> None:
        for n in (1, variety.ambient_dimension - 1, variety.ambient_dimension + 1):
            if n not in (0, variety.ambient_dimension):
                assert variety.ed_degree_fact(Metric.euclidean(n)) is None

    @pytest.mark.filterwarnings("error")
    @pytest.mark.parametrize("variety", MATRICES + TENSORS, ids=repr)
    def test_singular_metrics(self, variety: Variety) -> None:
        n = variety.ambient_dimension
        first = np.diag([0.0] + [1.0] * (n - 1))
        for matrix in (np.zeros((n, n)), first):
            assert variety.ed_degree_fact(Metric(matrix, indefinite=True)) is None

    @pytest.mark.parametrize("factor", [0.3, 7, -1, 1e-10])
    @pytest.mark.parametrize(
        "variety",
        [V for V in MATRICES + TENSORS if not isinstance(V, SkewDeterminantalVariety)],
        ids=repr,
    )
    def test_multiples_of_the_default_metric(self, variety: Variety, factor: float) -> None:
        multiple = Metric(factor * variety.default_metric.matrix, indefinite=True)
        fact = variety.ed_degree_fact(variety.default_metric)
        assert fact is not None
        assert variety.ed_degree_fact(multiple) == fact

    @pytest.mark.parametrize(
        "variety", [VeroneseVariety(3, 2), SymmetricDeterminantalVariety(3, 1)], ids=repr
    )
    def test_small_metrics_are_compared_to_their_own_size(self, variety: Variety) -> None:
        weights = 1e-10 * np.arange(1.0, variety.ambient_dimension + 1)
        assert variety.ed_degree_fact(Metric.weights(weights)) is None


class TestDefaultMetrics:
    """The metric that is meant when none is given."""

    @pytest.mark.parametrize("seed", SEEDS)
    @pytest.mark.parametrize("variety", MATRICES, ids=repr)
    def test_frobenius_norm(self, variety: Variety, seed: int) -> None:
        point = variety.random_point(seed, real=True)
        x = variety.flatten(point)
        assert x @ variety.default_metric.matrix @ x == pytest.approx(np.sum(point**2))

    @pytest.mark.parametrize("seed", SEEDS)
    @pytest.mark.parametrize(("n", "d"), [(2, 3), (3, 2), (3, 4)])
    def test_bombieri_weyl_norm(self, n: int, d: int, seed: int) -> None:
        """The norm of the symmetric tensor: |v|^2d for the d-th power of v."""
        variety = VeroneseVariety(n, d)
        v = np.random.default_rng(seed).normal(size=n)
        x = np.array([np.prod(v ** np.array(alpha)) for alpha in variety.exponents])
        assert variety.contains(x)
        length = x @ variety.default_metric.matrix @ x
        assert length == pytest.approx(np.sum(v**2) ** d)

    def test_other_varieties_take_the_identity(self) -> None:
        for variety in (SegreVariety((2, 2, 3)), *GIVEN):
            expected = Metric.euclidean(variety.ambient_dimension).matrix
            np.testing.assert_array_equal(variety.default_metric.matrix, expected)
