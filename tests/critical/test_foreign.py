"""Problems for other programs and their solutions back, by these programs where they are."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import edgeom as eg
from edgeom.equations.named import kept_names

CAYLEY = eg.AlgebraicVariety(["1 + 2*x*y*z - x^2 - y^2 - z^2"], "x, y, z")
TWISTED = eg.AlgebraicVariety(["y - x^2", "z - x^3", "x*z - y^2"], "x, y, z")
RANK_ONE = eg.DeterminantalVariety(3, 3, rank=1)
PROBLEMS = {
    "Cayley cubic": (eg.DistanceProblem(CAYLEY, data=[0.3, 0.1, 0.7]), 10),
    "twisted cubic": (eg.DistanceProblem(TWISTED, data=[0.1, 0.2, 0.3]), 5),
    "3x3 rank 1": (
        eg.DistanceProblem(RANK_ONE, data=np.random.default_rng(0).normal(size=(3, 3)).round(2)),
        3,
    ),
}
NAMES = [(name, program) for name in PROBLEMS for program in ("bertini", "julia", "macaulay2")]


def written(problem: eg.CriticalProblem, program: str) -> str:
    """Write the solutions of a problem, with mistakes, as a program would."""
    points = problem.critical_points()
    system = problem.critical_system()
    chart = eg.equations.critical.critical_equations(problem.variety.chart(), problem.family)
    u = chart.unknowns_of(
        points.points.reshape(len(points), -1), problem.variety.flatten(problem.data)
    )
    assert u is not None and u.shape[1] == len(system.unknowns)
    u = u + 1e-9 * np.random.default_rng(0).normal(size=u.shape)
    u = np.concatenate([u, u[:1], u[:1] + 1])  # one twice, one that is none
    if program == "bertini":
        rows = ["\n".join(f"{z.real:.15e} {z.imag:.15e}" for z in row) + "\n" for row in u]
        return f"{len(u)}\n\n" + "\n".join(rows)
    unit, left, right = {"julia": ("im", "ComplexF64[", "]"), "macaulay2": ("*ii", "{", "}")}[
        program
    ]
    lines = [", ".join(f"{z.real:.15g}{z.imag:+.15g}{unit}" for z in row) for row in u]
    return "".join(f"{left}{line}{right}\n" for line in lines)


@pytest.mark.parametrize(("name", "program"), NAMES)
def test_solutions_are_read_refined_and_certified(name: str, program: str, tmp_path: Path) -> None:
    problem, count = PROBLEMS[name]
    path = tmp_path / "solutions"
    path.write_text(written(problem, program))
    points = problem.points_from(path)
    known = problem.critical_points()
    assert len(points) == count == len(known) and points.residual.max() < 1e-12
    gaps = np.abs((points.points[:, None] - known.points).reshape(count, count, -1)).max(axis=2)
    assert gaps.min(axis=0).max() < 1e-9 and gaps.min(axis=1).max() < 1e-9
    assert points.certificate is not None and points.certificate.is_certified.all()
    assert points.evidence.method == program and f"{count} critical points" in str(points)
    assert "1 repeated" in points.evidence.checks[0]


def test_points_alone_are_enough(tmp_path: Path) -> None:
    problem, count = PROBLEMS["twisted cubic"]
    rows = problem.critical_points().points
    lines = [", ".join(f"{z.real:.15g} {z.imag:+.15g}im" for z in row) for row in rows]
    (tmp_path / "x").write_text("".join(f"[{line}]\n" for line in [*lines, "1, 2, 3"]))
    points = problem.points_from(tmp_path / "x", "julia")
    assert len(points) == count and "1 not on the variety" in points.evidence.checks[0]


def test_images_are_read_by_their_parameters(tmp_path: Path) -> None:
    curve = eg.ParametrizedVariety(["t", "t^2"], "t")
    problem = eg.DistanceProblem(curve, data=[1.0, 0.5])
    known = problem.critical_points()
    (tmp_path / "t").write_text(
        "".join(f"[{x:.12g}im]\n".replace("jim", "im") for x in known.points[:, 0])
    )
    assert len(problem.points_from(tmp_path / "t", "julia")) == len(known) == 3


def test_files_of_other_problems(tmp_path: Path) -> None:
    problem, _ = PROBLEMS["twisted cubic"]
    (tmp_path / "far").write_text("{1, 2, 3}\n{4, 5, 6}\n")
    with pytest.raises(eg.InputError, match="none of 2 solutions is a critical point"):
        problem.points_from(tmp_path / "far")
    (tmp_path / "short").write_text("{1, 2}\n")
    with pytest.raises(eg.InputError, match="have 2 unknowns; the critical equations have 5"):
        problem.points_from(tmp_path / "short")
    with pytest.raises(eg.InputError, match="cannot read"):
        problem.points_from(tmp_path / "missing")


def test_the_file_says_what_it_is() -> None:
    problem, _ = PROBLEMS["twisted cubic"]
    for program in ("phcpack", "bertini", "julia", "macaulay2"):
        text = problem.export(program)
        assert "original equation: x*z - y^2 = 0" in text and "random combinations" in text
        assert "data: [0.1, 0.2, 0.3]" in text and "lambda1" in text
    assert "norm sub(original" in problem.export("macaulay2")
    assert "maximum(abs, evaluate([-x^2 + y" in problem.export("julia")
    assert problem.export("msolve").startswith("x, y, z, lambda1, lambda2\n0\n")
    one = PROBLEMS["Cayley cubic"][0].export("macaulay2")
    assert "random combinations" not in one and "x - 3/10" in one


@pytest.mark.parametrize(
    ("program", "names", "kept"),
    [
        ("phcpack", "x y lambda1", True),
        ("phcpack", "x i", False),
        ("phcpack", "x e1", False),
        ("bertini", "x1 x10", False),
        ("bertini", "x1 x2", True),
        ("macaulay2", "x det", False),
        ("julia", "x pi", False),
        ("msolve", "x_1 y", True),
        ("phcpack", "x ä", False),
    ],
)
def test_which_names_are_kept(program: str, names: str, kept: bool) -> None:
    assert bool(kept_names(program, names.split())) == kept


def test_names_that_a_program_cannot_take_are_explained() -> None:
    circle = eg.AlgebraicVariety(["i^2 + e^2 - 1"], "i, e")
    text = eg.DistanceProblem(circle, data=[0.5, 2]).export("phcpack")
    assert text.startswith("3\nx1 - x1") and "x1, x2, ... are i, e, lambda1" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"program": "phc"}, "did you mean 'phcpack'"),
        ({"program": "julia", "system": "ideal"}, "program='macaulay2'"),
        ({"program": "macaulay2", "system": "ideals"}, "'square' or 'ideal'"),
    ],
)
def test_what_cannot_be_exported(arguments: dict[str, str], message: str) -> None:
    with pytest.raises(eg.InputError, match=message):
        PROBLEMS["twisted cubic"][0].export(**arguments)
    with pytest.raises(eg.InputError, match="for zero sets"):
        PROBLEMS["3x3 rank 1"][0].export("macaulay2", system="ideal")


def ran(*command: object, timeout: int = 200) -> str:
    words = [str(word) for word in command]
    done = subprocess.run(
        words, capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL
    )
    return done.stdout


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("phc") is None, reason="PHCpack is not installed")
@pytest.mark.parametrize("name", PROBLEMS)
def test_phcpack_solves_what_is_exported(name: str, tmp_path: Path) -> None:
    problem, count = PROBLEMS[name]
    problem.export("phcpack", tmp_path / "in")
    ran("phc", "-b", tmp_path / "in", tmp_path / "out")
    points = problem.points_from(tmp_path / "out")
    assert len(points) == count and points.certificate is not None
    assert points.certificate.is_certified.all()


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("M2") is None, reason="Macaulay2 is not installed")
@pytest.mark.parametrize("name", ["Cayley cubic", "twisted cubic"])
def test_macaulay2_solves_what_is_exported(name: str, tmp_path: Path) -> None:
    problem, count = PROBLEMS[name]
    problem.export("macaulay2", tmp_path / "ideal.m2", system="ideal")
    assert ran("M2", "--script", tmp_path / "ideal.m2").strip() == f"(0, {count})"
    problem.export("macaulay2", tmp_path / "square.m2")
    (tmp_path / "out").write_text(ran("M2", "--script", tmp_path / "square.m2"))
    assert len(problem.points_from(tmp_path / "out")) == count


def test_solutions_at_infinity_of_cleared_equations_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where inverses are unknowns, programs may end near infinity, at zeros of the inverses."""
    V = eg.DeterminantalVariety(2, 2, rank=1)
    problem = eg.CriticalProblem(V, eg.LogLikelihood([[4, 2], [3, 1]]))
    names = problem.critical_system().cleared.unknowns
    good = [2 / 3, 4.2, 1.8, 1 / 4.2, 1 / 1.8, 1 / 2.8, 1 / 1.2]
    bad = [-1, -1e14 + 1e16j, 1e14 - 1e16j, 1e-12, 1e-12, 1e-12, 1e-12]
    (tmp_path / "out").write_text("")
    read = ("phcpack", np.array([good, bad], complex), names)
    monkeypatch.setattr("edgeom.critical.foreign.read_written", lambda *_: read)
    points = problem.points_from(tmp_path / "out")
    assert len(points) == len(points.minima) == 1
    assert points.certificate.complete


@pytest.mark.parametrize("program", ["macaulay2", "bertini", "phcpack"])
def test_components_of_several_dimensions_are_written_one_by_one(
    program: str, tmp_path: Path
) -> None:
    union = eg.AlgebraicVariety(["x*y", "x*z"], "x, y, z")
    problem = eg.DistanceProblem(union, data=[1, 2, 3])
    with pytest.raises(eg.InputError, match=r"V.parts\(\)"):
        problem.export(program)
    texts = [eg.DistanceProblem(part, data=[1, 2, 3]).export(program) for part in union.parts()]
    assert len(texts) == 2 and all(texts)
    path = tmp_path / "found.txt"
    path.write_text("{0, 2, 3}\n{1, 0, 0}\n")
    points = problem.points_from(path, "macaulay2")
    assert len(points) == 2 and "several dimensions" in " ".join(points.evidence.notes)


def test_components_of_one_dimension_are_in_one_file() -> None:
    for equations in (["(x^2 + y^2 - 1)*(x - 2)"], ["x*y", "x*(y + 1)"]):
        curve = eg.AlgebraicVariety(equations, "x, y")
        assert eg.DistanceProblem(curve, data=[1, 2]).export("macaulay2", system="ideal")


def test_a_line_and_a_point_are_two_files() -> None:
    union = eg.AlgebraicVariety(
        [f"{a}*{b}" for a in ("x", "y") for b in ("(z - 1)", "(x - 1)", "(y - 2)")], "x, y, z"
    )
    with pytest.raises(eg.InputError, match="several dimensions"):
        eg.DistanceProblem(union, data=[1, 2, 3]).export("bertini")
    for part in union.parts():
        problem = eg.DistanceProblem(part, data=[1, 2, 3])
        assert part.parts() == (part,) and len(problem.critical_points()) == 1
        assert f"only components of dimension {part.dimension}" in problem.export("bertini")
