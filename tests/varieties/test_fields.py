"""Varieties as plain fields: every kind comes back, and nothing else is made."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import edgeom as eg
from edgeom.networks.convolutional.coincident_roots import FactorVariety
from edgeom.varieties.base import Variety
from edgeom.varieties.fields import from_fields, kinds, to_fields

VARIETIES = [
    eg.AffineSpace(3),
    eg.DeterminantalVariety(3, 4, rank=2),
    eg.SymmetricDeterminantalVariety(3, rank=2),
    eg.SkewDeterminantalVariety(4, rank=2),
    eg.HankelVariety(3, 4, rank=2),
    eg.ToeplitzVariety(3, 4, rank=2),
    eg.SymmetricToeplitzVariety(3, rank=2),
    eg.SylvesterVariety((3, 2), gcd=1),
    eg.Grassmannian(2, 4),
    eg.LinearSectionVariety([[[1, 0], [0, -0.5]], [[0, 1], [1, 0]], [[0, 1e-7], [0, 0]]], rank=1),
    eg.LinearSectionVariety([[[0, 0]], [[1, 0]], [[0, 1]]], rank=1, irreducible=True),
    eg.SegreVariety((2, 2, 3)),
    eg.VeroneseVariety(2, 3),
    eg.AlgebraicVariety(["x^2 + 4*y^2 = 4"], "x, y"),
    eg.AlgebraicVariety(["0.1*x^2 + sqrt(2)*y^2 - pi"], "x, y"),
    eg.AlgebraicVariety(["(x^2 - y)/(x + 1)"], "x, y"),
    eg.AlgebraicVariety(["x*y - z^2"], "x y z", irreducible=True),
    eg.AlgebraicVariety(["x*y", "x*z"], "x y z"),
    eg.ParametrizedVariety(["(1 - t^2)/(1 + t^2)", "2*t/(1 + t^2)"], "t"),
    eg.ParametrizedVariety(["s^2", "s*t", "t^2"], "s t"),
    eg.CoincidentRootLocus(3, (2, 1)),
    eg.AffineSpace(3),
    FactorVariety([(1, 1, 1), (1, 1, 2)]),
    eg.Neurovariety([2, 2, 1], ["t^4"]),
    eg.ConvolutionalNeurovariety([2, 2], 2, [2]),
    eg.AttentionNeurovariety(2, 1, rank=1, tokens=2),
    eg.Neurovariety([2, 2, 2, 1], ["1/2*t^2 + t", "t^3"], biases=True),
]


def classes(base: type) -> list[type]:
    return [base, *(found for cls in base.__subclasses__() for found in classes(cls))]


def test_every_kind_of_the_package_is_known() -> None:
    own = [
        cls
        for cls in classes(Variety)
        if cls.__module__.startswith("edgeom.") and not getattr(cls, "__abstractmethods__", None)
    ]
    public = {cls.__name__ for cls in own if not cls.__name__.startswith("_")}
    assert public == set(kinds()) == {type(variety).__name__ for variety in VARIETIES}


@pytest.mark.parametrize("variety", VARIETIES, ids=repr)
def test_there_and_back(variety: Variety) -> None:
    fields = json.loads(json.dumps(to_fields(variety)))
    again = from_fields(fields)
    assert type(again) is type(variety) and repr(again) == repr(variety)
    assert to_fields(again) == fields == to_fields(variety)
    assert (again.shape, again.dimension) == (variety.shape, variety.dimension)
    for name in ("is_exact", "is_real", "is_cone", "is_irreducible"):
        assert getattr(again, name) == getattr(variety, name)
    point = variety.random_point(seed=3)
    assert np.array_equal(again.random_point(seed=3), point)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(-(10**20), 10**20), min_size=3, max_size=3), st.floats(0.01, 1e3))
def test_coefficients_come_back_exactly(numbers: list[int], double: float) -> None:
    a, b, c = numbers
    text = f"({a})*x^2 + ({b}/7)*x*y + ({double!r})*y^2 + ({c}) + x"
    variety = eg.AlgebraicVariety([text], "x y")
    assert from_fields(to_fields(variety)).polynomials.polys == variety.polynomials.polys


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (None, "variety must be an object, got None"),
        ("SegreVariety((2, 2))", "variety must be an object"),
        ({}, "variety.kind must be a text, got nothing"),
        ({"kind": ["SegreVariety"]}, "variety.kind must be a text"),
        (
            {"kind": "Path", "dims": [2]},
            "variety.kind must be one of AffineSpace, AlgebraicVariety, .*'Path'",
        ),
        ({"kind": "Variety"}, "variety.kind must be one of"),
        ({"kind": "__import__('os')"}, "variety.kind must be one of"),
        ({"kind": "SegreVariety"}, "variety has no field dims"),
        ({"kind": "SegreVariety", "dims": [2], "dim": 1}, "unknown field 'dim'; did you mean"),
        ({"kind": "SegreVariety", "dims": 2}, "variety.dims must be a list of integers, got 2"),
        ({"kind": "SegreVariety", "dims": [2, True]}, "variety.dims must be a list of integers"),
        ({"kind": "SegreVariety", "dims": []}, "variety describes no variety: dims must have"),
        ({"kind": "SegreVariety", "dims": [0]}, r"describes no variety: dims\[0\] must be at"),
        (
            {"kind": "DeterminantalVariety", "rows": 2, "cols": 2, "rank": 3},
            "describes no variety: rank must be between 0 and",
        ),
        (
            {"kind": "DeterminantalVariety", "rows": 2.0, "cols": 2, "rank": 1},
            r"variety.rows must be an integer, got 2\.0",
        ),
        (
            {"kind": "AlgebraicVariety", "equations": "x", "variables": ["x"], "irreducible": True},
            "variety.equations must be a list of texts",
        ),
        (
            {"kind": "AlgebraicVariety", "equations": ["x"], "variables": ["x"], "irreducible": 1},
            "variety.irreducible must be true or false",
        ),
        (
            {"kind": "ParametrizedVariety", "map": ["t", "exp(t)"], "variables": ["t"]},
            "describes no variety: coordinate 2 contains exp",
        ),
        ({"kind": "FactorVariety", "factors": [[1, 1, 1, 1]]}, "describes no variety: a factor"),
        ({"kind": "FactorVariety", "factors": [[10**9, 1, 1]]}, "degree 1000000000, the limit"),
        ({"kind": "CoincidentRootLocus", "degree": 3, "pattern": [2]}, "a partition of the degree"),
        ({"kind": "VeroneseVariety", "variables": 10**18, "degree": 10**18}, "degree must be"),
        ({"kind": "VeroneseVariety", "variables": 99, "degree": 99}, "more than 1,000,000 mono"),
    ],
)
def test_what_is_refused(fields: object, message: str) -> None:
    with pytest.raises(eg.InputError, match=message):
        from_fields(fields)


def test_kinds_of_others_are_kept_as_text() -> None:
    class SegreVariety(eg.SegreVariety):
        def __repr__(self) -> str:
            return "Mine(\n  2)"

    fields = to_fields(SegreVariety([2, 2]))
    assert fields == {"kind": "SegreVariety", "text": "Mine( 2)"}
    with pytest.raises(eg.InputError, match="no field dims"):
        from_fields(fields)
