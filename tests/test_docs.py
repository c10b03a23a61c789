"""Examples in the documents print what the documents say."""

import doctest
import re
from pathlib import Path

import pytest

from tests.test_layering import LAYERS

ROOT = Path(__file__).resolve().parents[1]
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


DOCS = ROOT / "docs"
PAGES = {str(path.relative_to(DOCS)): path for path in sorted(DOCS.rglob("*.md"))}


WITH_EXAMPLES = [page for page, path in PAGES.items() if "\n>>> " in path.read_text()]
SLOW = ("talk.md", "tutorials/")  # longer than a few seconds


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=pytest.mark.slow if page.startswith(SLOW) else ())
        for page in WITH_EXAMPLES
    ],
)
def test_examples(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = doctest.testfile(str(PAGES[page]), module_relative=False, optionflags=FLAGS)
    assert found.attempted and not found.failed


@pytest.mark.parametrize(
    "path", [*sorted(ROOT.glob("*.md")), *PAGES.values()], ids=lambda path: path.stem
)
def test_links_lead_somewhere(path: Path) -> None:
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
        assert (path.parent / link).exists(), f"{path.name} links to {link}"


def test_the_rooms_of_the_architecture_are_those_of_the_package() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"^  (\w+)/ ", text, re.M)
    rooms = {path.parent.name for path in (ROOT / "edgeom").glob("*/__init__.py")}
    assert named == [layer for layer in LAYERS if layer in rooms]


def test_make_targets_are_listed() -> None:
    targets = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.M)
    text = (DOCS / "developing.md").read_text(encoding="utf-8")
    assert all(re.search(rf"^make {target} +# ", text, re.M) for target in targets)
