"""Numbers as plain data: what is read is what was written, and nothing else is taken for it."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from edgeom.errors import InputError
from edgeom.plain import Fields, from_json, shortened
from edgeom.records import array_of, integers_of, numbers
from edgeom.results import as_text

shapes = array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)


def written(value: Any) -> Fields:
    """Return a field as it comes back from a file."""
    return Fields(from_json(as_text({"a": value}).encode(), "x"), "x")


@given(st.one_of(arrays(float, shapes), arrays(complex, shapes)))
def test_arrays_come_back_with_all_digits(array: Any) -> None:
    found = array_of(written(numbers(array)), "a", array.shape, finite=False)
    assert found.dtype == array.dtype or not array.size
    assert found.shape == array.shape and np.array_equal(found, array, equal_nan=True)


@given(arrays(np.int64, shapes, elements=st.integers(-(2**53), 2**53)))
def test_integers_come_back(array: Any) -> None:
    assert np.array_equal(integers_of(written(numbers(array)), "a", array.shape), array)


@pytest.mark.parametrize(
    "value",
    [
        *([1, "2"], [1, True], [1, {}], [1, [2]], [[1, 2], [3]], [1, 2, 3], "12", 12, None),
        *([1, "nan"], [1, "Infinity"], [1, 10**400], {"re": [1, 2]}, {"re": 1, "im": [0, 1]}),
        {"re": [1, 2], "im": [0, 0], "abs": [1, 2]},
    ],
)
def test_what_is_no_array_of_two_numbers(value: Any) -> None:
    with pytest.raises(InputError, match=r"x\.a must be numbers of shape"):
        array_of(Fields({"a": value}, "x"), "a", (2,))


@pytest.mark.parametrize("value", [[1, 0.5], [1, None], [2**60, 1], {"re": [1, 2], "im": [0, 1]}])
def test_what_are_no_integers(value: Any) -> None:
    with pytest.raises(InputError, match=r"x\.a must be"):
        integers_of(Fields({"a": value}, "x"), "a", (2,))


def test_any_size() -> None:
    fields = Fields({"a": [[1, 2], [3, 4], [5, 6]], "b": []}, "x")
    assert array_of(fields, "a", (None, 2)).shape == (3, 2)
    assert array_of(fields, "b", (0, 2)).shape == (0, 2)
    with pytest.raises(InputError, match=r"of shape \(any, 3\)"):
        array_of(fields, "a", (None, 3))


@given(st.text(), st.integers(3, 40))
def test_shortened_texts(text: str, length: int) -> None:
    found = shortened(text, length)
    assert len(found) <= length
    assert found == text or (len(text) > length and text.startswith(found[:-2].rstrip()))


@given(
    st.dictionaries(
        st.text(max_size=3),
        st.one_of(st.integers(), st.text(), st.lists(st.dictionaries(st.text(), st.integers()))),
    )
)
def test_text_is_json(content: Any) -> None:
    assert json.loads(as_text(content)) == content
