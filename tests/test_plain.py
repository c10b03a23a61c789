"""Plain data: what is read from JSON, what is refused and where."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import edgeom as eg
from edgeom import plain
from edgeom.plain import Fields, digest, from_json, one_line, read_json, to_json

TEXTS = st.text("ab ×≤π'\"\\/{}[]:,0", max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_what_is_written_is_read_again(content: dict[str, object]) -> None:
    again = from_json(to_json(content), "file")
    assert again == content and digest(again) == digest(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "Expecting value"),
        (b"{", "Expecting property name"),
        (b"[1]", r"holds no object, but \[1\]"),
        (b'{"a": NaN}', "NaN is not a finite number"),
        (b'{"a": [-Infinity]}', "-Infinity is not a finite number"),
        (b'{"a": 1e999}', "1e999 is not a finite number"),
        (b'{"a": %s}' % (b"9" * 5000), "a number has 5000 digits"),
        (b'{"a": 1, "b": 2, "a": 3}', "'a' is there twice"),
        (b'{"a": "\xff"}', "no UTF-8 text"),
        (b'{"a": "one\\ntwo"}', r"the text 'one\\ntwo' cannot be printed in one line"),
        (b'{"a": ["\\u001b[2J"]}', "cannot be printed"),
        (b'{"\\ud800": 1}', "cannot be printed"),
        (b'{"a": "\\u202eabc"}', "cannot be printed"),
        (b'{"a": ' + b"[" * 100_000, "nested too deeply"),
        (b'{"a": 1} {"b": 2}', "Extra data"),
        (b"\x80\x04cos\nsystem\n", "no UTF-8 text"),
    ],
)
def test_what_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(eg.InputError, match=f"^some file cannot be read: .*{message}"):
        from_json(content, "some file")


def test_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file.json"
    with pytest.raises(FileNotFoundError):
        read_json(path)
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps({"a": 1}).encode())
    assert read_json(path) == {"a": 1}
    monkeypatch.setattr(plain, "MAX_FILE", 5)
    with pytest.raises(eg.InputError, match="larger than"):
        read_json(path)
    with pytest.raises(eg.InputError, match="is not a file"):
        read_json(tmp_path)


@pytest.mark.parametrize(
    ("value", "form", "message"),
    [
        (True, int, "an integer, got True"),
        (1.0, int, r"an integer, got 1\.0"),
        ("1", float, "a number, got '1'"),
        (False, float, "a number, got False"),
        (1, bool, "true or false, got 1"),
        (1, str, "a text, got 1"),
        ([], dict, r"an object, got \[\]"),
        ("ab", list[str], "a list of texts, got 'ab'"),
        ([1, "2"], list[int], "a list of integers, got"),
        ([[1], 2], list[list[int]], "a list of lists of integers, got"),
        (-1, int, "at least 0, got -1"),
        (11, int, "at most 10, got 11"),
    ],
)
def test_forms(value: object, form: object, message: str) -> None:
    with pytest.raises(eg.InputError, match=rf"^file: a\.b must be {message}"):
        Fields({"a": {"b": value}}, "file", sep=": ").inside("a").of("b", form, 0, 10)


def test_fields() -> None:
    fields = Fields({"rows": 2, "cosl": 3}, "matrix")
    assert fields.of("rows", int) == 2 and fields.of("rows", float) == 2
    with pytest.raises(eg.InputError, match="matrix has no field cols, rank"):
        fields.only("rows", "cosl", "cols", "rank")
    with pytest.raises(eg.InputError, match="unknown field 'cosl'; did you mean 'cols'"):
        Fields({"cols": 1, "cosl": 3}, "matrix").only("cols")
    with pytest.raises(eg.InputError, match=r"matrix\.cols must be an integer, got nothing"):
        fields.of("cols", int)
    with pytest.raises(eg.InputError, match=r"matrix must be an object, got \[\]"):
        Fields([], "matrix")
    assert one_line(" a\n b\tc ") == "a b c"
