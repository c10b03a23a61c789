"""Numbers in whatever users keep them: all of them give the same points."""

import decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas
import pytest
import sympy

import edgeom as eg
from edgeom.arrays import numbers, point, real_numbers

MATRIX = [[3.0, 1.0], [0.5, -2.0]]


class Holder:
    """What another library calls an array."""

    def __init__(self, values: Any) -> None:
        self.values = values

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        if self.values is None:
            raise RuntimeError("it lives on another machine")
        return np.array(self.values, dtype)


SAME = [
    MATRIX,
    tuple(map(tuple, MATRIX)),
    np.array(MATRIX),
    np.array(MATRIX, np.float16),
    np.array(MATRIX, np.longdouble),
    np.array(MATRIX, order="F")[:, :],
    sympy.Matrix([[3, 1], [sympy.Rational(1, 2), -2]]),
    sympy.ImmutableMatrix(MATRIX),
    pandas.DataFrame(MATRIX, columns=["a", "b"]),
    pandas.DataFrame(MATRIX, dtype="Float64"),
    [[Fraction(3), 1], [decimal.Decimal("0.5"), sympy.Integer(-2)]],
    [sympy.Matrix([3, 1]).T.tolist()[0], pandas.Series([0.5, -2])],
    Holder(MATRIX),
]


@pytest.mark.parametrize("values", SAME, ids=lambda values: type(values).__name__)
def test_a_matrix_in_many_forms(values: Any) -> None:
    V = eg.DeterminantalVariety(2, 2, rank=1)
    for found in (numbers(values, "q"), V.flatten(values).reshape(2, 2)):
        assert found.dtype == float and np.array_equal(found, MATRIX)
    problem = eg.DistanceProblem(V, data=values)
    assert problem.data is not None and problem.data.dtype == float
    assert np.array_equal(problem.data, MATRIX)


def test_half_precision_is_not_calculated_with() -> None:
    circle = eg.AlgebraicVariety(["x^2 + y^2 - 1"], "x, y")
    data = np.array([300, 400], np.float16)  # squares overflow
    points = eg.DistanceProblem(circle, data=data).critical_points()
    assert points.nearest.squared_distance == pytest.approx(499**2)
    assert eg.real_critical_table(circle, data=data[None], metric=circle.default_metric).counts == 1


@pytest.mark.parametrize("kind", [sympy.Matrix, pandas.DataFrame])
def test_a_row_or_column_is_a_vector_where_there_are_none(kind: Any) -> None:
    line = eg.AlgebraicVariety(["x + y + z"], "x, y, z")
    for values in ([[1], [2], [3]], [[1, 2, 3]]):
        assert np.array_equal(line.flatten(kind(values)), [1, 2, 3])
        with pytest.raises(eg.InputError, match="must have shape"):
            line.flatten(np.array(values))
    with pytest.raises(eg.InputError, match="must have shape"):
        point(kind([[1, 2, 3]]), (2,), "q")


def test_complex_numbers() -> None:
    found = numbers(sympy.Matrix([sympy.sqrt(2), sympy.I]), "q")
    assert np.array_equal(found, [[np.sqrt(2)], [1j]])
    assert numbers([np.complex64(1 + 1j)], "q").dtype == complex
    with pytest.raises(eg.InputError, match=r"q must be real, got the entry 0\+1j"):
        real_numbers([1, 1j], "q")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (sympy.Matrix([[1, sympy.Symbol("a")], [0, 1]]), r"the entry at \[0, 1\] is a$"),
        (pandas.DataFrame({"a": ["one"]}), "'one'"),
        ([[1, 2], [3]], "got rows of different lengths"),
        ([1, None], r"the entry at \[1\] is None"),
        ([10**400, 1], r"the entry at \[0\] is 1000"),
        (["1", "2"], r"got \['1', '2'\]$"),
        ([1, np.str_("2")], "got "),
        ({1, 2}, r"got \{1, 2\}$"),
        (Holder(None), ": it lives on another machine"),
        (np.array(["2020-01-01"], "M8[D]"), "got array"),
    ],
)
def test_what_is_no_number_is_shown(values: Any, message: str) -> None:
    with pytest.raises(eg.InputError, match=message) as caught:
        numbers(values, "q")
    text = str(caught.value)
    assert text.startswith("q must be an array of numbers, got ")
    assert len(text) < 300 and "\n" not in text


@pytest.mark.parametrize(
    "values",
    [
        np.ma.array([1.0, 99.0], mask=[False, True]),
        np.ma.array([1, 99], mask=[False, True]),
        np.ma.array([1, None], mask=[False, True], dtype=object),
        pandas.Series([1, None]),
        pandas.Series([1, pandas.NA], dtype="Int64"),
        pandas.Series([1, pandas.NA], dtype=object),
        [1, float("nan")],
        sympy.Matrix([1, sympy.nan]),
    ],
)
def test_what_is_missing_is_nan(values: Any) -> None:
    assert np.array_equal(numbers(values, "q").ravel(), [1, np.nan], equal_nan=True)
    with pytest.raises(eg.InputError, match="q must have finite entries"):
        eg.AlgebraicVariety(["x + y"], "x, y").flatten(values, "q")


@pytest.mark.parametrize(
    "values",
    [
        np.ma.array([[1, 2], [3, 9]], mask=[[0, 0], [0, 1]]),
        pandas.DataFrame([[1, 2], [3, pandas.NA]], dtype=object),
        pandas.DataFrame([[1, 2], [3, None]]),
        sympy.Matrix([[1, 2], [3, sympy.nan]]),
    ],
)
def test_missing_entries_have_no_weight(values: Any) -> None:
    points = eg.DistanceProblem(eg.DeterminantalVariety(2, 2, 1), data=values).critical_points()
    assert np.allclose(points.nearest.point, [[1, 2], [3, 6]])


def test_masks_that_hide_nothing() -> None:
    found = numbers(np.ma.array([1 + 2j, 3]), "q")
    assert type(found) is np.ndarray and np.array_equal(found, [1 + 2j, 3])


def test_metrics_tables_and_planes_take_them_too() -> None:
    ellipse = eg.AlgebraicVariety(["x^2 + 4*y^2 - 4"], "x, y")
    metric = eg.Metric(sympy.Matrix([[2, 1], [1, 3]]))
    assert np.array_equal(metric.matrix, [[2, 1], [1, 3]])
    frame = pandas.DataFrame({"x": [0.1, 0.2, 5], "y": [0, 0.1, 3]})
    table = eg.real_critical_table(ellipse, metric=metric, data=frame)
    assert len(table) == 3 and table.undecided == 0
    found = eg.data_slice(ellipse, frame, grid=2, refine=0)
    assert np.array_equal(found.origin, [0.1, 0])
    with pytest.raises(eg.InputError, match="data must be an array of numbers"):
        eg.real_critical_table(ellipse, data=[[1, "x"]])
    problem = eg.DistanceProblem(ellipse, data=[3, 0])
    assert problem.certify(sympy.Matrix([[2, 0]])).status == ("certified",)
    with pytest.raises(eg.InputError, match="points must have shape"):
        problem.certify(3)
