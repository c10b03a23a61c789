"""How the site is built: `make docs`.

The pages of the reference (`reference/api.rst`, `reference/api/`) are made from the list of public
names, so that a name is added in one place, `edgeom/__init__.py`. Notebooks are copied from
`notebooks/` and shown as they are stored; `make notebooks` runs them. Where a docstring names a
page, as docs/explanation/losses.md, the site has a link.
"""

from __future__ import annotations

import re
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

import edgeom
from edgeom.cli.main import JOBS, command_of

HERE = Path(__file__).parent

project = "edgeom"
author = "The edgeom developers"
copyright = author
version = release = version_of("edgeom")

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx_copybutton",
    "sphinx-mathjax-offline",
    "sphinx_design",
]
exclude_patterns = ["_build", "**/.ipynb_checkpoints"]
templates_path = ["_templates"]
default_role = "code"  # as docstrings use it
language = "en"
smartquotes = False  # they would change --options

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "off"
nb_merge_streams = True

copybutton_prompt_text = r">>> |\.\.\. "  # what is copied can be run
copybutton_prompt_is_regexp = True

autodoc_typehints = "none"  # numpydoc shows the types that docstrings give
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
toc_object_entries = False
add_module_names = False

html_theme = "pydata_sphinx_theme"
html_title = "edgeom"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
WIDE = ("index", "start", "gallery/index", "comparison", "talk", "explorer")
html_sidebars: dict[str, list[str]] = {page: [] for page in WIDE}
html_theme_options: dict[str, Any] = {
    "header_links_before_dropdown": 6,
    "navigation_with_keys": False,
    "show_toc_level": 2,
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": ["sphinx-version"],
}


# Classes of what public calls return, that have no public name of their own.
RESULTS = (
    "critical.evolute.EDDiscriminant",
    "critical.least_point.LeastPoint",
    "solvers.generic.MultiplePoints",
    "networks.linear.critical.NetworkCriticalPoints",
    "networks.linear.critical.NetworkCriticalPoint",
    "networks.critical_weights.CriticalWeights",
    "networks.reports.CriticalPointReport",
    "networks.linear.descent.Descent",
    "networks.linear.function_space.EckartYoung",
    "networks.linear.landscape.LossSlice",
    "networks.linear.landscape.Mark",
    "networks.linear.study.BadMinimaStudy",
    "networks.linear.study.BadMinimum",
    "networks.linear.take_away.TakeAwayTable",
    "networks.convolutional.loss.FilterReport",
    "networks.polynomial.loss.WeightsReport",
    "networks.polynomial.real_image.RealImage",
    "networks.relu.points.ReluCriticalPoints",
    "networks.relu.points.ReluCriticalPoint",
    "networks.relu.landscape.Unit",
)


def write_reference() -> None:
    """Write the page that lists all public names, and autosummary makes a page for each.

    Results without a public name follow: they are not imported, but returned.
    """
    lines = ["Public names", "============", ""]
    for subject, names in edgeom._SUBJECTS.items():
        lines += [subject, "-" * len(subject), "", ".. currentmodule:: edgeom", ""]
        lines += [".. autosummary::", "   :toctree: api", ""]
        lines += [*(f"   {name}" for name in names), ""]
    lines += ["Results", "-------", "", "What calls return; there is no need to import these."]
    lines += ["", ".. currentmodule:: edgeom", "", ".. autosummary::", "   :toctree: api", ""]
    lines += [*(f"   ~{name}" for name in RESULTS), ""]
    path = HERE / "reference" / "api.rst"
    text = "\n".join(lines)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
    for page in (HERE / "reference" / "api").glob("edgeom.*.rst"):
        if page.stem.removeprefix("edgeom.") not in (*edgeom.__all__, *RESULTS):  # it is gone
            page.unlink()


def write_options() -> None:
    """Write what `--help` says of each command, which the page on commands includes."""
    lines = []
    for job, names in JOBS.items():
        lines += [f"## {job}", ""]
        for name in names:
            command = command_of(name)
            first, *examples = (command.help or "").split("\n\n")
            lines += [f"### `edgeom {name}`", "", first, "", "```sh", *examples, "```", ""]
            lines += ["| option | what it is |", "|---|---|"]
            for option in command.params:
                shown = ", ".join(f"`{text}`" for text in option.opts)
                default = option.default if isinstance(option.default, int | str) else None
                text = (option.help or "").replace("|", r"\|")
                lines.append(f"| {shown} | {text}{f' ({default})' if default else ''} |")
            lines.append("")
    text = re.sub(r"docs/([\w/]+)\.md", r"[words](/\1.md)", "\n".join(lines))
    (HERE / "reference" / "options.txt").write_text(text, encoding="utf-8")


def copy_notebooks() -> None:
    """Copy the notebooks to where the site has them, with links as they are from there."""
    here = HERE / "notebooks"
    here.mkdir(exist_ok=True)
    for old in here.glob("*.ipynb"):
        old.unlink()
    for source in (HERE.parent / "notebooks").glob("*.ipynb"):
        text = source.read_text(encoding="utf-8").replace("](../docs/", "](../")
        (here / source.name).write_text(text, encoding="utf-8")


def link_pages(app: Any, what: str, name: str, value: Any, options: Any, lines: list[str]) -> None:
    """Turn names of pages in docstrings into links; a page that is not there is a warning.

    The star of a shape such as (samples, *shape) is one and does not begin emphasis, and lines
    around |x| stand for its size.
    """
    example = False
    for i, line in enumerate(lines):
        example = bool(line.strip()) and (example or line.lstrip().startswith(">>>"))
        if example:
            continue
        line = re.sub(r"docs/([\w/]+)\.md", r":doc:`/\1`", line)
        line = re.sub(r"(?<=[( ])\*(?=\w+\))", r"\\*", line)
        lines[i] = re.sub(r"(`[^`]*`)|\|", lambda found: found[1] or r"\|", line)


def adapt(app: Any, page: str, source: list[str]) -> None:
    """Change what pages have for their readers in the repository.

    These are the empty line that doctest wants at the end of an example, and links to notebooks.
    """
    source[0] = source[0].replace("\n\n```\n", "\n```\n").replace("../notebooks/", "notebooks/")


def setup(app: Any) -> None:
    """Write and copy pages, and follow pages and docstrings; Sphinx calls this."""
    write_reference()
    write_options()
    copy_notebooks()
    app.connect("source-read", adapt)
    app.connect("autodoc-process-docstring", link_pages)
