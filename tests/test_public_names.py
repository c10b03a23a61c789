"""The public names of edgeom: loaded when they are used, typed, and described in one line each."""

import ast
import pydoc
import subprocess
import sys
from pathlib import Path

import pytest

import edgeom
from tests.test_layering import HEAVY, PACKAGE, ROOT


def loaded_by(program: str) -> set[str]:
    """Return the names of the modules that are loaded when a program has run."""
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; {program}; print(*sys.modules)"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


def test_importing_edgeom_loads_nothing_else() -> None:
    modules = loaded_by("import edgeom")
    assert {name for name in modules if name.startswith("edgeom.")} == {
        "edgeom.views",
        "edgeom.moved",
    }
    assert "numpy" not in modules


def test_a_name_loads_what_it_needs() -> None:
    modules = loaded_by("import edgeom; edgeom.Metric")
    assert "edgeom.objectives.metric" in modules
    assert not {"edgeom.tables.table", "edgeom.networks.linear.network"} & modules


def test_all_names_together_load_nothing_heavy() -> None:
    modules = loaded_by("from edgeom import *")
    assert "edgeom.tables.table" in modules
    assert not HEAVY & {name.partition(".")[0] for name in modules}


def test_the_command_line_loads_nothing_heavy() -> None:
    modules = loaded_by("import edgeom.cli.main")
    assert not {"numpy", "edgeom.cli.table"} & modules


def test_a_command_loads_what_it_needs(tmp_path: Path) -> None:
    words = f"table --rows 2 --cols 2 --rank 1 --samples 9 --out {tmp_path / 'run'}".split()
    run = f"from edgeom.cli.main import app; app({words}, standalone_mode=False)"
    modules = loaded_by(run)
    assert {"edgeom.cli.table", "pyarrow.parquet"} <= modules
    assert not {"matplotlib", "pandas", "rich", "sympy", "edgeom.cli.network"} & modules


def test_type_checkers_see_the_same_names() -> None:
    tree = ast.parse(Path(edgeom.__file__).read_text(encoding="utf-8"))
    typed = {
        alias.asname: node.module
        for block in tree.body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert typed == edgeom._MODULES


def test_dir_and_help_show_each_name_with_a_line() -> None:
    assert dir(edgeom) == sorted(edgeom.__all__)
    shown = pydoc.plain(pydoc.render_doc(edgeom)).splitlines()
    for name in edgeom.__all__:
        assert any(line.split()[:1] == [name] and len(line.split()) > 2 for line in shown), name


@pytest.mark.parametrize("name", edgeom.__all__)
def test_every_name_is_there_and_documented(name: str) -> None:
    value = getattr(edgeom, name)
    assert value.__doc__
    assert value.__module__ == edgeom._MODULES[name]
    assert getattr(edgeom, name) is value


def test_folders_are_attributes() -> None:
    assert loaded_by("import edgeom; edgeom.degrees") >= {"edgeom.degrees"}


def test_unknown_names_are_refused() -> None:
    with pytest.raises(AttributeError, match=f"module '{PACKAGE}' has no attribute 'degreee'"):
        edgeom.degreee  # noqa: B018
    with pytest.raises(AttributeError):
        edgeom.__main__  # noqa: B018
