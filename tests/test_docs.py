"""Examples in the documents print what the documents say."""

import doctest
import re
from pathlib import Path

import pytest

from tests.test_layering import LAYERS

ROOT = Path(__file__).resolve().parents[1]
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.mark.parametrize(
    "name", ["architecture", "files", "input", "losses", "nearest", "polynomial_networks", "relu"]
)
def test_examples(name: str) -> None:
    found = doctest.testfile(
        str(ROOT / "docs" / f"{name}.md"), module_relative=False, optionflags=FLAGS
    )
    assert found.attempted and not found.failed


@pytest.mark.parametrize("path", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))])
def test_links_lead_somewhere(path: Path) -> None:
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
        assert (path.parent / link).exists(), f"{path.name} links to {link}"


def test_the_rooms_of_the_readme_are_those_of_the_package() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"^  (\w+)/ ", text, re.M)
    rooms = {path.parent.name for path in (ROOT / "edgeom").glob("*/__init__.py")}
    assert named == [layer for layer in LAYERS if layer in rooms]


def test_make_targets_are_listed() -> None:
    targets = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.M)
    text = (ROOT / "docs" / "developing.md").read_text(encoding="utf-8")
    assert all(re.search(rf"^make {target} +# ", text, re.M) for target in targets)
