"""Examples in the documents print what the documents say."""

import doctest
import re
import shlex
from pathlib import Path

import pytest

from edgeom.cli.main import command_of
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


def test_commands_in_the_documents_exist() -> None:
    """Every line that begins with `edgeom` in a block of the shell names options that there are."""
    text = "".join(path.read_text(encoding="utf-8") for path in PAGES.values())
    blocks = "".join(re.findall(r"```(?:sh|bash)\n(.*?)```", text, re.S))
    lines = re.findall(r"^edgeom .*$", blocks, re.M)
    assert len(lines) > 10
    for line in lines:
        name, *words = shlex.split(line, comments=True)[1:]
        known = {option for param in command_of(name).params for option in param.opts}
        given = {word.partition("=")[0] for word in words if word.startswith("--")}
        assert given <= known | {"--help"}, line
