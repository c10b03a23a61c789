"""The site that `make docs` has built, in a real browser: search, and pages on a phone."""

from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.browser import CHROMIUM, DRIVER, Browser, browser

SITE = Path(__file__).resolve().parents[1] / "docs" / "_build" / "html"
PAGES = [
    "index",
    "start",
    "how_to/own_curve",
    "explanation/tables",
    "gallery/index",
    "reference/api/edgeom.DistanceProblem",
    "reference/commands",
    "comparison",
    "explorer",
]

pytestmark = pytest.mark.skipif(
    CHROMIUM is None or DRIVER is None or not (SITE / "search.html").exists(),
    reason="Chromium and its driver are not installed, or the site is not built",
)


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.mark.parametrize(
    ("words", "page"), [("evolute", "Explorer"), ("NearestPoint", "NearestPoint")]
)
def test_search_finds_pages(chromium: Browser, words: str, page: str) -> None:
    chromium.open(f"{(SITE / 'search.html').as_uri()}?q={words}")
    end = monotonic() + 20
    found: list[str] = []
    while page not in found and monotonic() < end:
        sleep(0.1)
        found = chromium.run(
            "return [...document.querySelectorAll('#search-results li a')].map(a => a.textContent)"
        )
    assert page in found


@pytest.mark.parametrize("page", PAGES)
def test_pages_fit_a_phone(chromium: Browser, page: str) -> None:
    chromium.size(390, 844)
    chromium.open(SITE / f"{page}.html")
    width, window = chromium.run("return [document.documentElement.scrollWidth, innerWidth]")
    assert width <= window
    broken = chromium.run(
        "return [...document.images].filter(i => !i.naturalWidth).map(i => i.src)"
    )
    assert not broken
