"""Imports point one way and never in a circle."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "edgeom"

# From bottom to top. A layer is a module or a subpackage of edgeom.
LAYERS = (
    "forks",
    "errors",
    "limits",
    "files",
    "plain",
    "arrays",
    "evidence",
    "views",
    "moved",
    "scaling",
    "homotopy",
    "formulas",
    "nested",
    "text",
    "objectives",
    "degrees",
    "varieties",
    "records",
    "results",
    "equations",
    "certification",
    "solvers",
    "exact",
    "critical",
    "tables",
    "networks",
    "pictures",
    "verification",
    "doctor",
    "cli",
    "__main__",
)

# Each costs noticeable time to import, so it waits until something needs it.
HEAVY = {"flint", "llvmlite", "matplotlib", "mpmath", "rich", "sympy", "typer"}

Source = tuple[str, ast.Module]  # the package that a module belongs to, and what is written in it


@cache
def modules() -> dict[str, Source]:
    """Return the modules of edgeom by name; the package itself, which knows all, is left out."""
    found = {}
    for path in sorted((ROOT / PACKAGE).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        package = ".".join(parts[:-1])
        name = package if parts[-1] == "__init__" else ".".join(parts)
        if name != PACKAGE:
            found[name] = package, ast.parse(path.read_text(encoding="utf-8"))
    return found


def layer_of(module: str) -> str:
    """`edgeom.homotopy.tape` -> `homotopy`; the package itself -> `edgeom`."""
    return module.split(".")[1] if "." in module else module


def imported(source: Source, known: set[str]) -> Iterator[str]:
    """Yield every edgeom module that is imported, for types or in functions too, or by its name."""
    package, tree = source
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: -(node.level - 1) or None] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            # `from edgeom import tables` names a module, `from edgeom import Metric` does not.
            full = {alias.name: f"{base}.{alias.name}" for alias in node.names}
            names = [name if name in known else base for name in full.values()]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            name = re.sub(r":\w+$", "", node.value)  # as an entry point names a class
            names = [name] if name in known else []
        else:
            continue
        yield from (name for name in names if name.split(".")[0] == PACKAGE)


def upward(source: Source, module: str, known: set[str]) -> list[str]:
    """Return the imports of a module that do not point to its own or a lower layer."""
    layer = layer_of(module)
    assert layer in LAYERS, f"{module} belongs to no layer: add '{layer}' to LAYERS in {__file__}"
    allowed = LAYERS[: LAYERS.index(layer) + 1]
    return [name for name in imported(source, known) if layer_of(name) not in allowed]


@pytest.mark.parametrize("module", modules())
def test_imports_point_down(module: str) -> None:
    wrong = upward(modules()[module], module, set(modules()))
    assert not wrong, f"{module} imports {wrong}, above its layer in {LAYERS}"


def circle(sources: dict[str, Source]) -> list[str]:
    """Return modules that import each other, each the one before it; none if there is no circle."""
    known = set(sources)
    graph = {name: known & set(imported(source, known)) for name, source in sources.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_imports_have_no_circle() -> None:
    assert not circle(modules())


def test_modules_of_edgeom_are_imported_where_a_file_begins() -> None:
    late = []
    for name, source in modules().items():
        for node in ast.walk(source[1]):
            if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.If):
                body = ast.Module([node], [])
                late += [f"{name}: {found}" for found in imported((source[0], body), set())]
    assert not late, "a type or a late import hides where modules depend on each other"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import numpy\nfrom edgeom.errors import InputError", []),
        ("from edgeom.homotopy.tape import Tape", []),
        ("from .tape import Tape\nfrom ..errors import InputError", []),
        ("import edgeom.cli", ["edgeom.cli"]),
        ("def f():\n    from edgeom.critical.points import x", ["edgeom.critical.points"]),
        ("from edgeom import objectives", ["edgeom.objectives"]),
        ("from edgeom import Metric", ["edgeom"]),
        ("from .. import objectives", ["edgeom.objectives"]),
        ("from ..varieties.base import Variety", ["edgeom.varieties.base"]),
        ("CLASS = 'edgeom.solvers.phcpack:Phcpack'", ["edgeom.solvers.phcpack"]),
    ],
)
def test_upward_imports_are_found(source: str, found: list[str]) -> None:
    known = set(modules())
    assert upward(("edgeom.homotopy", ast.parse(source)), "edgeom.homotopy.tracker", known) == found


def test_circles_are_found() -> None:
    texts = {
        "edgeom.a": "from edgeom import b",
        "edgeom.b": "def f():\n    from edgeom.c import g",
        "edgeom.c": "if TYPE_CHECKING:\n    from edgeom.a import A",
        "edgeom.d": "from edgeom.a import A",
    }
    sources = {name: ("edgeom", ast.parse(text)) for name, text in texts.items()}
    assert set(circle(sources)) == {"edgeom.a", "edgeom.b", "edgeom.c"}
    del sources["edgeom.c"]
    assert not circle(sources)


def test_module_without_a_layer_is_reported() -> None:
    with pytest.raises(AssertionError, match="add 'cellar' to LAYERS"):
        upward(("edgeom.cellar", ast.parse("")), "edgeom.cellar.wine", set())
