"""Polynomials with common factors taken out are the same polynomials, and shorter."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy

from edgeom.homotopy.tape import Builder
from edgeom.varieties.polynomials import Polynomials

x = sympy.symbols("x:25")


def length(polynomials: Polynomials) -> int:
    b = Builder()
    return len(b.finish({"f": polynomials(b.inputs("x", len(polynomials.variables)))}))


@pytest.mark.parametrize(
    ("expression", "most"),
    [
        (sympy.Matrix(4, 4, x[:16]).det(method="berkowitz"), 51),
        (sympy.Matrix(5, 5, x).det(method="berkowitz"), 160),
        (sympy.Matrix(4, 4, lambda i, j: x[i + j]).det(method="berkowitz"), 50),
        ((x[0] + x[1] / 3 - 2 * x[2] + sympy.Rational(1, 7)) ** 5, 110),
        ((1 + sympy.I * x[0] + x[1]) ** 6, 70),
    ],
)
def test_long_formulas_become_shorter_and_keep_their_values(
    expression: sympy.Expr, most: int
) -> None:
    expanded = sympy.expand(expression)
    polynomials = Polynomials([expanded], x)
    assert length(polynomials) <= most
    values = [Fraction(k * k % 7 + 1, k + 2) for k in range(len(x))]
    (value,) = polynomials(values)
    numbers = [sympy.Rational(*v.as_integer_ratio()) for v in values]
    exact = expanded.subs(dict(zip(x, numbers, strict=True)))
    assert complex(value) == pytest.approx(complex(exact), rel=1e-13)
    assert polynomials.expressions == [expanded]


def test_short_formulas_stay_as_they_are_written() -> None:
    b = Builder()
    y = b.inputs("x", 2)
    f = Polynomials(["(x + y)^2*(x - y) + x*y"], "x, y")(y)
    assert len(b.finish({"f": f})) == 6


def test_formulas_that_are_written_shortly_stay_so() -> None:
    """A power of a sum is shorter than any nested form of it."""
    assert length(Polynomials(["(x + 2*y + 3*z + 1)^8"], "x, y, z")) == 8
