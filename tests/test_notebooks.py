"""Every notebook runs from top to bottom and is stored with its output."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_notebook

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
LARGEST = 1_500_000  # bytes; notebooks are kept in the repository

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs(notebook: Any) -> Iterator[Any]:
    for cell in code_cells(notebook):
        yield from cell.outputs


def pictures(notebook: Any) -> int:
    return sum("image/png" in output.get("data", {}) for output in outputs(notebook))


def test_notebooks_are_found() -> None:
    assert "01_ed_degree" in {path.stem for path in NOTEBOOKS}


@each_notebook
def test_notebook_is_stored_as_it_ran(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1)), "run `make notebooks`"
    assert not [output for output in outputs(notebook) if output.output_type == "error"]
    assert pictures(notebook)
    assert path.stat().st_size < LARGEST


@pytest.fixture
def execute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Run a notebook so that whatever it or Jupyter writes is in the temporary directory."""
    for variable in ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR"):
        folder = tmp_path / variable.lower()
        folder.mkdir()
        monkeypatch.setenv(variable, str(folder))
    monkeypatch.delenv("MPLBACKEND", raising=False)  # it would keep pictures out of the output
    resources = {"metadata": {"path": str(tmp_path)}}

    def run(notebook: Any) -> None:
        NotebookClient(notebook, timeout=300, kernel_name="python3", resources=resources).execute()

    return run


@pytest.mark.notebook
@pytest.mark.slow
@each_notebook
def test_notebook_runs(path: Path, execute: Callable[[Any], None]) -> None:
    notebook = nbformat.read(path, as_version=4)
    stored = pictures(notebook)
    execute(notebook)
    assert pictures(notebook) == stored


def test_an_error_in_a_cell_is_noticed(execute: Callable[[Any], None]) -> None:
    with pytest.raises(CellExecutionError, match="3 == 39"):
        execute(new_notebook(cells=[new_code_cell("assert 3 == 39")]))
