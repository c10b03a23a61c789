"""Imports point one way: a module uses only its own layer and those below it."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "edgeom"

# From bottom to top. A layer is a module or a subpackage of edgeom.
LAYERS = (
    "errors",
    "limits",
    "plain",
    "evidence",
    "scaling",
    "homotopy",
    "formulas",
    "text",
    "objectives",
    "degrees",
    "varieties",
    "equations",
    "certification",
    "solvers",
    "exact",
    "critical",
    "pictures",
    "tables",
    "networks",
    "verification",
    "doctor",
    "cli",
    "__main__",
)

# Each costs noticeable time to import, so it waits until something needs it.
HEAVY = {"flint", "llvmlite", "matplotlib", "mpmath", "rich", "sympy", "typer"}


def layer_of(module: str) -> str:
    """`edgeom.homotopy.tape` -> `homotopy`; the package itself -> `edgeom`."""
    return module.split(".")[1] if "." in module else module


def imported(source: str, package: str) -> Iterator[str]:
    """Yield every edgeom module that the source imports, also inside functions.

    `package` is the package that the source belongs to, for relative imports.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: -(node.level - 1) or None] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            # `from edgeom import tables` names a module, `from edgeom import Metric` does not.
            names = [
                f"{base}.{alias.name}" if base == PACKAGE and alias.name in LAYERS else base
                for alias in node.names
            ]
        else:
            continue
        yield from (name for name in names if name.split(".")[0] == PACKAGE)


def upward(source: str, module: str, package: str) -> list[str]:
    """Return the imports of a module that do not point to its own or a lower layer."""
    layer = layer_of(module)
    assert layer in LAYERS, f"{module} belongs to no layer: add '{layer}' to LAYERS in {__file__}"
    allowed = LAYERS[: LAYERS.index(layer) + 1]
    return [name for name in imported(source, package) if layer_of(name) not in allowed]


def modules() -> Iterator[tuple[str, str, Path]]:
    """Yield name, package and file of every module except `edgeom/__init__.py`."""
    for path in sorted((ROOT / PACKAGE).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        package = ".".join(parts[:-1])
        module = package if parts[-1] == "__init__" else ".".join(parts)
        if module != PACKAGE:
            yield module, package, path


@pytest.mark.parametrize(
    ("module", "package", "path"), [pytest.param(*found, id=found[0]) for found in modules()]
)
def test_imports_point_down(module: str, package: str, path: Path) -> None:
    wrong = upward(path.read_text(encoding="utf-8"), module, package)
    assert not wrong, f"{module} imports {wrong}, above its layer in {LAYERS}"


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
    ],
)
def test_upward_imports_are_found(source: str, found: list[str]) -> None:
    assert upward(source, "edgeom.homotopy.tracker", "edgeom.homotopy") == found


def test_module_without_a_layer_is_reported() -> None:
    with pytest.raises(AssertionError, match="add 'cellar' to LAYERS"):
        upward("", "edgeom.cellar.wine", "edgeom.cellar")


def test_importing_edgeom_loads_nothing_heavy() -> None:
    program = "import edgeom, sys; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    assert not HEAVY & set(done.stdout.split())
