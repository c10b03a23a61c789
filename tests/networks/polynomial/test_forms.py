"""Polynomials with coefficients of any arithmetic."""

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edgeom.networks.polynomial.forms import (
    Form,
    composed,
    degrees_of,
    linear,
    monomials,
    times,
    unit,
)

numbers = st.integers(-5, 5)
forms = st.dictionaries(st.tuples(st.integers(0, 2), st.integers(0, 2)), numbers, min_size=1)


def value(p: Form, x: int, y: int) -> int:
    return sum(c * x**a * y**b for (a, b), c in p.items())


@given(p=forms, q=forms, x=numbers, y=numbers)
def test_arithmetic_is_that_of_values(p: Form, q: Form, x: int, y: int) -> None:
    assert value(times(p, q), x, y) == value(p, x, y) * value(q, x, y)
    assert value(linear([p, q], [2, -3]), x, y) == 2 * value(p, x, y) - 3 * value(q, x, y)
    inner = value(p, x, y)
    assert value(composed([7, 0, Fraction(1, 2), 1], p), x, y) == 7 + inner**2 / 2 + inner**3


def test_monomials() -> None:
    assert monomials(2, [2]) == [(2, 0), (1, 1), (0, 2)]
    assert len(monomials(3, [4])) == 15 and len(monomials(3, range(5))) == 35
    assert unit(3, 1) == (0, 1, 0)


def test_degrees_that_occur() -> None:
    assert degrees_of([[0, 0, 0, 1]], biases=False) == {3}
    assert degrees_of([[0, 0, 0, 1]], biases=True) == {0, 1, 2, 3}
    assert degrees_of([[0, 1, 0, 1], [0, 0, 1]], biases=False) == {2, 4, 6}
    rng = np.random.default_rng(0)
    for biases in (False, True):  # each of these degrees does occur
        a = [[*rng.integers(-1, 2, 3).tolist(), 1] for _ in range(2)]
        form: Form = {(1,): 2, **({(0,): 3} if biases else {})}
        for activation in a:
            form = composed(activation, form)
            form = {(k,): form.get((k,), 0) + (k == 0) * biases * 5 for (k,) in form}
        assert {k for (k,), c in form.items() if c} <= degrees_of(a, biases)
