"""No file and no function is too long to be read at once."""

import ast

import pytest

from tests.test_layering import PACKAGE, ROOT, modules

LONGEST_FILE = 400  # lines, of the package
LONGEST_TEST_FILE = 450
LONGEST_FUNCTION = 60  # lines without its docstring


@pytest.mark.parametrize(
    ("folder", "most"), [(PACKAGE, LONGEST_FILE), ("tests", LONGEST_TEST_FILE)]
)
def test_no_file_is_long(folder: str, most: int) -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in (ROOT / folder).rglob("*.py")
    }
    assert not {path: length for path, length in lengths.items() if length > most}


def length_of(function: ast.FunctionDef) -> int:
    """Return the number of lines of a function, its docstring left out."""
    first = function.body[0] if ast.get_docstring(function) is not None else None
    spoken = 0 if first is None else (first.end_lineno or 0) - first.lineno + 1
    return (function.end_lineno or 0) - function.lineno + 1 - spoken


def test_no_function_is_long() -> None:
    lengths = {
        f"{module}.{node.name}": length_of(node)
        for module, (_, tree) in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    }
    assert not {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION}


def test_docstrings_do_not_count() -> None:
    (function,) = ast.parse('def f():\n    """One\n\n    two."""\n    return 1\n').body
    assert isinstance(function, ast.FunctionDef) and length_of(function) == 2
