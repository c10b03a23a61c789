"""The explorer page, in a real browser, against the solver of the package."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgeom as eg
from tests.browser import CHROMIUM, DRIVER, Browser, browser

DOCS = Path(__file__).resolve().parents[1] / "docs"
TEXT = (DOCS / "explorer.md").read_text(encoding="utf-8")
CURVES = re.findall(r'<option value="([^"]+)"', TEXT)

pytestmark = pytest.mark.skipif(
    CHROMIUM is None or DRIVER is None, reason="Chromium and its driver are not installed"
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """The page, without the rest of the site."""
    folder = tmp_path_factory.mktemp("explorer")
    (body,) = re.findall(r"```\{raw\} html\n(.*?)```", TEXT, re.S)
    style = '<link rel="stylesheet" href="_static/site.css">'
    (folder / "page.html").write_text(f"<!doctype html><meta charset=utf-8>{style}{body}")
    (folder / "_static").symlink_to(DOCS / "_static")
    with browser(folder / "profile") as started:
        started.size(1000, 900)
        started.open(folder / "page.html")
        yield started


def show(page: Browser, equation: str, weight: float = 0) -> str:
    """Write an equation into its field and move the weight; return what the page says."""
    page.run(
        """const {equation, weight} = document.querySelector(".explorer").explorer;
        equation.value = arguments[0]; weight.value = arguments[1];
        equation.dispatchEvent(new Event("change")); weight.dispatchEvent(new Event("input"));""",
        equation,
        weight,
    )
    return said(page)


def said(page: Browser) -> str:
    text: str = page.run("return document.querySelector('[data-part=said]').textContent")
    return text


def points(page: Browser, q: list[float]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.run(
        "return document.querySelector('.explorer').explorer.curve.criticalPoints(...arguments)", *q
    )
    return found


@pytest.mark.parametrize("equation", CURVES)
def test_points_are_those_of_the_package(page: Browser, equation: str) -> None:
    rng = np.random.default_rng(len(equation))
    weight = int(rng.integers(-1, 2))
    text = show(page, equation, weight)
    problem = eg.DistanceProblem(
        eg.AlgebraicVariety([equation], "x, y"), eg.Metric.weights([1, 2.0**weight])
    )
    for q in rng.normal(size=(3, 2)).tolist():
        found, expected = points(page, q), problem.at(q).critical_points()
        assert f"ED degree {expected.expected}" in text and len(found) == len(expected)
        real = [p for p in found if p["real"]]
        ours = sorted(expected.real, key=lambda p: p.squared_distance)
        np.testing.assert_allclose(
            [[p["x"], p["y"], p["distance"]] for p in real],
            [[*p.point, p.squared_distance] for p in ours],
            atol=1e-6,
        )
        assert [p["minimum"] for p in real] == [p.index == 0 for p in ours]


def test_points_meet_where_the_data_point_is_dragged_over_the_evolute(page: Browser) -> None:
    show(page, "x^2 + 4*y^2 = 4")
    left, top, width, height = page.run(
        """const box = document.querySelector("canvas").getBoundingClientRect();
        return [box.left, box.top, box.width, box.height]"""
    )
    unit = height / 6.4
    middle = (left + width / 2, top + height / 2)
    page.drag(middle, (middle[0] + 0.2 * unit, middle[1] - 0.3 * unit))
    assert re.match(r"Data \(0\.\d+, 0\.\d+\): 4 real critical points, 2 local minima", said(page))
    page.drag(middle, (middle[0] + unit, middle[1]), (middle[0] + unit, middle[1] - 2 * unit))
    assert "2 real critical points, 1 local minimum; ED degree 4." in said(page)
    rows = page.run("return document.querySelectorAll('[data-part=list] tr').length")
    assert rows == 2
    page.run(
        """const key = new KeyboardEvent("keydown", {key: "ArrowLeft"});
        document.querySelector("canvas").dispatchEvent(key)"""
    )
    assert said(page).startswith("Data (0.9")


@pytest.mark.parametrize(
    ("equation", "message"),
    [
        ("x^2 + 3y", "write * before 'y' to multiply"),
        ("x^5 = y", "its degree is 5"),
        ("(x^2 + y", "a bracket is not closed"),
        ("z = x", "'z' is not a number, x or y"),
        ("1 = 2", "no x and no y"),
        ("x = 1/y", "only numbers can divide"),
        ("x^y", "exponents are 0, 1, 2"),
        ("alert(1)", "'alert' is not a number"),
    ],
)
def test_what_cannot_be_read_is_named(page: Browser, equation: str, message: str) -> None:
    assert message in show(page, equation)


def test_special_data_is_named(page: Browser) -> None:
    show(page, "x^2 + y^2 = 1")
    page.run(
        """const explorer = document.querySelector(".explorer").explorer;
        explorer.data = [0, 0]; explorer.update()"""
    )
    assert "the data lies on the ED discriminant" in said(page)
    assert "a factor is there several times" in show(page, "(x^2 + y^2 - 1)^2 = 0")
