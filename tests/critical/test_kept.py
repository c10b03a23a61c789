"""Critical points of objectives in files."""

from pathlib import Path

import pytest
import sympy

import edgeom as eg
from edgeom.results import result_from_dict

ELLIPSE = eg.AlgebraicVariety(["x^2 + 4*y^2 - 4"], "x, y")


def test_objectives_without_words_are_not_kept(tmp_path: Path) -> None:
    x, y = sympy.symbols("in, y")  # a name that has a meaning in words
    objective = eg.PolynomialObjective(x**3 + 2 * y**2 - x, [x, y])
    points = eg.CriticalProblem(ELLIPSE, objective).critical_points()
    with pytest.raises(eg.InputError, match="cannot be kept in a file"):
        points.save(tmp_path / "points.json")
    content = points.to_dict()
    assert content["count"] == len(points)
    with pytest.raises(eg.InputError, match="which cannot be made again"):
        result_from_dict(content)
