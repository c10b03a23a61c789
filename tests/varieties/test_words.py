"""Varieties in words: what is printed is read again, and nothing else is made of a text."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import edgeom as eg
from edgeom.plain import Form
from edgeom.varieties.base import Variety
from edgeom.varieties.fields import kinds, read_variety, to_fields
from edgeom.varieties.words import Words
from tests.varieties.test_fields import VARIETIES

READ = {
    "matrices 3x4 rank 1": "DeterminantalVariety(3, 4, rank=1)",
    "matrices 3 × 4  rank 1": "DeterminantalVariety(3, 4, rank=1)",
    "symmetric 3x3 rank 2": "SymmetricDeterminantalVariety(3, rank=2)",
    "symmetric 3 rank 2": "SymmetricDeterminantalVariety(3, rank=2)",
    "skew 6 rank 2": "SkewDeterminantalVariety(6, rank=2)",
    "hankel 4x4 rank 2": "HankelVariety(4, 4, rank=2)",
    "toeplitz 3x4 rank 1": "ToeplitzVariety(3, 4, rank=1)",
    "symmetric-toeplitz 3x3 rank 2": "SymmetricToeplitzVariety(3, rank=2)",
    "sylvester degrees 3, 2 gcd 1": "SylvesterVariety((3, 2), gcd=1)",
    "grassmannian 2,5": "Grassmannian(2, 5)",
    "section [[[0, 0]], [[1, 0]]] rank 1": (
        "LinearSectionVariety([[[0.0, 0.0]], [[1.0, 0.0]]], rank=1)"
    ),
    "segre 2x2x2": "SegreVariety((2, 2, 2))",
    "segre 3": "SegreVariety((3,))",
    "veronese 3 degree 4": "VeroneseVariety(3, 4)",
    "zeros x^2+4*y^2-4 in x,y": "AlgebraicVariety(['x**2 + 4*y**2 - 4'], ['x', 'y'])",
    "zeros x^2 = y; z - in in x y z in": (
        "AlgebraicVariety(['x**2 - y', '-in + z'], ['x', 'y', 'z', 'in'])"
    ),
    "irreducible zeros x^2 - y in x, y": (
        "AlgebraicVariety(['x**2 - y'], ['x', 'y'], irreducible=True)"
    ),
    "map t -> (t, t^3, t^4)": "ParametrizedVariety(['t', 't**3', 't**4'], ['t'])",
    "map s,t->(s*t,(1+s)*(1-t))": ("ParametrizedVariety(['s*t', '(1 - t)*(s + 1)'], ['s', 't'])"),
    "forms of degree 4 with roots 2, 1, 1": "CoincidentRootLocus(4, (2, 1, 1))",
    "products 1,2,1; 2,1,1": "FactorVariety([(1, 2, 1), (2, 1, 1)])",
}


@pytest.mark.parametrize(("text", "variety"), READ.items())
def test_every_form_is_read(text: str, variety: str) -> None:
    assert repr(eg.read_variety(text)) == variety


@pytest.mark.parametrize("variety", VARIETIES, ids=repr)
def test_there_and_back(variety: Variety) -> None:
    again = read_variety(variety.text)
    assert type(again) is type(variety)
    assert to_fields(again) == to_fields(variety) and again.text == variety.text


@given(st.lists(st.integers(-(10**20), 10**20), min_size=3, max_size=3), st.floats(0.01, 1e3))
def test_coefficients_come_back_exactly(numbers: list[int], double: float) -> None:
    a, b, c = numbers
    variety = eg.AlgebraicVariety([f"({a})*x^2 + ({b}/7)*x*y + {double!r}*y^2 + {c}*x"], "x y")
    assert read_variety(variety.text).polynomials.polys == variety.polynomials.polys  # type: ignore[attr-defined]


values = {
    int: st.integers(0, 999_999_999),
    bool: st.booleans(),
    list[int]: st.lists(st.integers(0, 99), min_size=1),
    list[list[int]]: st.lists(st.lists(st.integers(0, 99), min_size=1), min_size=1),
    list[list[list[float]]]: st.lists(
        st.lists(st.lists(st.floats(-1e9, 1e9), min_size=1), min_size=1), min_size=1
    ),
    list[str]: st.lists(st.from_regex(r"[a-z]\w*(\^[0-9]{1,3})?", fullmatch=True), min_size=1),
}


@pytest.mark.parametrize("words", [words for kind in kinds().values() for words in kind.words])
@given(data=st.data())
def test_a_template_reads_what_it_writes(words: Words, data: st.DataObject) -> None:
    given_values = {name: data.draw(values[form]) for name, form in words.forms.items()}
    written = words.write(given_values)
    found = words.read(written)
    assert found == {name: given_values[name] for name in found or given_values}


def test_kinds_are_told_by_their_first_word() -> None:
    first = [{words.first for words in kind.words} for kind in kinds().values()]
    assert all(len(names) == 1 for names in first)
    assert len(set.union(*first)) == len(first)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "described by words like 'matrices 3x3 rank 1', got None"),
        ("  ", "described by words like"),
        ("hankle 4x4 rank 2", "no kind of variety 'hankle'; did you mean 'hankel'?"),
        ("3x3", "no kind of variety '3x3'; there are affine, attention, filters, forms"),
        ("hankel 4x4", "hankel 4x4 is not written like hankel ROWSxCOLS rank RANK"),
        ("matrices 3x3 rank 1 + 1", "not written like matrices ROWSxCOLS rank RANK"),
        ("matrices 3x3 rank 1_0", "not written like"),
        ("matrices 3x3 rank -1", "not written like"),
        ("matrices 3x3 rank 99999999999", "not written like"),
        ("symmetric 3x4 rank 1", "symmetric NxN rank RANK or symmetric N rank RANK"),
        ("matrices 3x3 rank 9", r"rank must be between 0 and min\(rows, cols\) = 3, got 9"),
        ("zeros x^2 - 1", "zeros x.2 - 1 is not written like .irreducible. zeros EQUATIONS in"),
        ("zeros __import__('os') in x", "the character '\"'|the character"),
        ("zeros sin(x) in x", "contains sin, not among the variables x"),
        ("map t -> t", r"not written like map VARIABLES -> \(MAP\)"),
        ("forms of degree 4 with roots 2,1", "must be a partition of the degree 4"),
    ],
)
def test_what_is_refused(text: object, message: str) -> None:
    with pytest.raises(eg.InputError, match=message):
        read_variety(text)  # type: ignore[arg-type]


def test_long_texts_are_refused_at_once() -> None:
    with pytest.raises(eg.InputError, match="the limit is"):
        read_variety("zeros x" + " " * 6_000_000)
    with pytest.raises(eg.InputError, match="cannot be read"):
        read_variety("zeros " + "in " * 100_000)


def test_arguments_need_a_form() -> None:
    form: Form = float
    with pytest.raises(eg.InputError, match="the argument size of a variety has no form in words"):
        Words("ball {size}", {"size": form}).read("ball 2")


def test_kinds_of_others_have_no_words() -> None:
    class Mine(eg.SegreVariety):
        def __str__(self) -> str:
            return "mine"

    assert Mine([2, 2]).text == "mine"


def test_every_kind_is_known_before_it_is_loaded() -> None:
    program = (
        "from edgeom.varieties.fields import read_variety\n"
        "print(repr(read_variety('forms of degree 3 with roots 2,1')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "CoincidentRootLocus(3, (2, 1))\n", done.stderr


def test_points_print_the_variety() -> None:
    V = read_variety("matrices 2x2 rank 1")
    points = eg.DistanceProblem(V, data=np.array([[3.0, 0], [0, 1]])).critical_points()
    assert "\n  variety   matrices 2x2 rank 1\n" in str(points)
