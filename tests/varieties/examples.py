"""Varieties that are given by polynomials, and the differentials of charts."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from edgeom.varieties.algebraic import AlgebraicVariety
from edgeom.varieties.base import Chart, Variety, geometry_tape
from edgeom.varieties.parametrized import ParametrizedVariety

Array = NDArray[Any]
SEEDS = range(2)
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


def differentials(chart: Chart, u: Array) -> tuple[Array, Array, Array]:
    """The point x(u) and the Jacobians of x and g."""
    out = geometry_tape(chart).arrays(u=u[None])
    n = out["x"].shape[1]
    return (
        out["x"][0],
        out["dx"][0].reshape(n, len(u)),
        out["dg"][0].reshape(out["g"].shape[1], len(u)),
    )
