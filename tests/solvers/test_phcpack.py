"""PHCpack: what it finds, and what happens when it breaks down."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import edgeom as eg
from edgeom.cli.main import app
from edgeom.equations.critical import critical_equations
from edgeom.equations.system import PolynomialSystem
from edgeom.homotopy.tape import Builder
from edgeom.homotopy.tracker import PathStatus
from edgeom.solvers import phcpack
from edgeom.solvers.base import Ends
from edgeom.solvers.outside import solve_fiber
from edgeom.solvers.phc_text import read_solutions, read_version, short_lines, with_solutions
from edgeom.solvers.phcpack import Phcpack
from edgeom.verification import Case, verify
from tests.selection import first

FOUND = Phcpack().availability()
needs_phc = pytest.mark.skipif(not FOUND.available, reason=str(FOUND))
CIRCLE = eg.AlgebraicVariety(["x^2 + y^2 - 1"], "x y")
ELLIPSE = eg.AlgebraicVariety(["x^2 + 4*y^2 - 4"], "x y")
CARDIOID = eg.AlgebraicVariety(["(x^2 + y^2 + x)^2 - x^2 - y^2"], "x y")
RANK_ONE = eg.DeterminantalVariety(3, 3, 1)


# What it counts


def count(variety, generic, seed):
    degree = eg.generic_ed_degree if generic else eg.ed_degree
    return degree(variety, method="phcpack", seed=seed)


def account_adds_up(degree):
    paths = dict(degree.evidence.paths)
    started = paths.pop("started")
    paths.pop("retried")
    return sum(paths.values()) == started


@needs_phc
@pytest.mark.parametrize(
    ("variety", "generic", "expected"),
    [
        (CIRCLE, False, 2),
        (ELLIPSE, False, 4),
        (CARDIOID, False, 3),
        (eg.DeterminantalVariety(2, 2, 1), False, 2),
        (eg.DeterminantalVariety(2, 2, 1), True, 6),
        (eg.DeterminantalVariety(2, 3, 1), False, 2),
        (eg.DeterminantalVariety(2, 3, 1), True, 10),
        (RANK_ONE, False, 3),
        (RANK_ONE, True, 39),
        (eg.SymmetricDeterminantalVariety(3, 1), False, 3),
        (eg.SymmetricDeterminantalVariety(3, 1), True, 13),
    ],
    ids=str,
)
@pytest.mark.parametrize("seed", first(1, [0, 1]))
def test_known_counts(variety, generic, expected, seed):
    degree = count(variety, generic, seed)
    assert degree == expected
    assert account_adds_up(degree)
    assert degree.evidence.method == "phcpack"
    assert degree.evidence.residual < 1e-9
    assert f"PHCpack {FOUND.version}" in repr(degree)


LARGER = [
    (eg.DeterminantalVariety(3, 4, 1), True, 83),
    (eg.DeterminantalVariety(3, 3, 2), False, 3),
    (eg.DeterminantalVariety(3, 3, 2), True, 39),
    (eg.SymmetricDeterminantalVariety(3, 2), False, 3),
    (eg.SymmetricDeterminantalVariety(3, 2), True, 13),
]


@pytest.mark.slow
@needs_phc
@pytest.mark.parametrize(("variety", "generic", "expected"), LARGER[:1], ids=str)
def test_larger_counts(variety, generic, expected):
    degree = count(variety, generic, 0)
    assert degree == expected
    assert account_adds_up(degree)


@needs_phc
@pytest.mark.slow
@pytest.mark.parametrize(("variety", "generic", "expected"), LARGER, ids=str)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_larger_counts_for_more_seeds(variety, generic, expected, seed):
    degree = count(variety, generic, seed)
    assert degree == expected
    assert account_adds_up(degree)


@needs_phc
def test_known_numbers_are_verified_through_phcpack():
    cases = [
        Case("circle", "unit", 2, "", CIRCLE),
        Case("2×2", "generic", 6, "", eg.DeterminantalVariety(2, 2, 1)),
        Case("4×4", "generic", 1350, "", eg.DeterminantalVariety(4, 4, 2), large=True),
    ]
    result = verify(cases=cases, backend="phcpack", slow=True)
    assert result.ok
    assert [row.monodromy for row in result.rows] == [2, 6, None]
    assert result.rows[0].monodromy.evidence.method == "phcpack"
    assert result.columns[5] == "phcpack"
    assert "phcpack" in str(result).splitlines()[0]
    assert result.to_dict()["rows"][1]["phcpack"]["value"] == 6


@needs_phc
@pytest.mark.slow
def test_the_whole_table_is_verified_through_phcpack():
    done = CliRunner().invoke(app, ["verify", "--backend", "phcpack"])
    assert done.exit_code == 0
    assert "25 of 25 rows agree" in done.output


@needs_phc
@pytest.mark.parametrize("sample", first(3, range(10)))
def test_both_solvers_find_the_same_points(sample):
    data = np.random.default_rng(sample).normal(size=(3, 3))
    problem = eg.DistanceProblem(RANK_ONE, eg.Metric.random(9, seed=1), data=data)
    other, own = problem.critical_points(backend="phcpack"), problem.critical_points()
    gaps = np.abs(other.points.reshape(-1, 1, 9) - own.points.reshape(1, -1, 9)).max(axis=2)
    assert len(other) == len(own) == 39
    assert gaps.min(axis=0).max() < 1e-8
    assert sorted(gaps.argmin(axis=0)) == list(range(39))
    assert len(other.real) == len(own.real)
    assert len(other.minima) == len(own.minima)
    assert other.counts_by_index == own.counts_by_index
    np.testing.assert_allclose(other.nearest.point, own.nearest.point, atol=1e-8)


@needs_phc
def test_the_summary_names_the_program():
    problem = eg.DistanceProblem(eg.DeterminantalVariety(2, 2, 1), data=[[3, 1], [0, 2]])
    points = problem.critical_points(backend="phcpack")
    assert points.evidence.method == "phcpack"
    assert f"PHCpack {FOUND.version}" in str(points)
    assert "2 started, 2 arrived" in str(points)
    usual = str(problem.critical_points()).splitlines()
    assert str(points).splitlines()[:4] == usual[:4]


# How it is run


@needs_phc
@pytest.mark.parametrize(("precision", "error"), [("double-double", 1e-29), ("quad-double", 1e-60)])
def test_higher_precisions_are_real(system, precision, error, monkeypatch):
    """The output is read for more digits than a double has."""
    texts = []
    monkeypatch.setattr(
        phcpack,
        "read_solutions",
        lambda text, unknowns: texts.append(text) or read_solutions(text, unknowns),
    )
    backend = Phcpack(precision=precision)
    equations = critical_equations(CIRCLE.chart(), CIRCLE.default_metric)
    (ends,) = backend.solve([system])
    x = ends.unknowns[ends.status == PathStatus.SUCCESS]
    arrived = x[np.abs(np.abs(x[:, 0]) - 0.6) < 1e-6]
    assert len(arrived) == 2
    (tracked,) = backend.track(
        equations.system, np.array([3.0, 4.0]), arrived, np.array([[3.0, 4.0]])
    )
    np.testing.assert_allclose(tracked.unknowns, arrived, rtol=1e-12)
    for text in texts:
        residuals = [float(line.split("res :")[1].split("=")[0]) for line in text.splitlines()
                     if line.startswith("== err") and "regular" in line]  # fmt: skip
        assert residuals
        assert max(residuals) < error


@needs_phc
def test_systems_run_side_by_side_and_keep_their_order():
    data = np.random.default_rng(0).normal(size=(6, 2))
    systems = [eg.DistanceProblem(ELLIPSE, data=q).critical_system() for q in data]
    alone = Phcpack(processes=1).solve(systems, seed=3)
    together = Phcpack(processes=3).solve(systems, seed=3)
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one.unknowns, other.unknowns)


@needs_phc
@pytest.mark.parametrize("length", [255, 256, 257, 258, 260, 512, 513, 514])
def test_equations_of_every_length_are_read(monkeypatch, scratch, length):
    """phc -p breaks down over equations of 256 k + 1 characters."""
    terms = "x1^2" + " + 0.5*x1 - 0.5*x1" * (length // 18 - 1)
    text = f"1\n{terms} - 1.{'0' * (length - len(terms) - 6)};\n"
    assert len(text.splitlines()[1]) == length
    b = Builder()
    u, p = b.inputs("u", 1), b.inputs("p", 1)
    tape = b.finish({"F": [u[0] ** 2 - p[0]]})
    system = PolynomialSystem(tape, tape, ("x",), ("p",))
    monkeypatch.setattr(PolynomialSystem, "to_phc", lambda self: text)
    starts, one = np.array([[1.0], [-1.0]]), np.ones(1)
    (ends,) = Phcpack().track(system, one, starts, one[None])
    np.testing.assert_allclose(ends.unknowns, starts, atol=1e-12)
    if length % 256 == 1:
        monkeypatch.setattr(phcpack, "short_lines", lambda text: text)
        with pytest.raises(eg.BackendError, match="string_splitters"):
            Phcpack().track(system, one, starts, one[None])


@needs_phc
def test_nothing_is_left_behind_and_nothing_is_printed(system, scratch, capfd):
    Phcpack().solve([system] * 3)
    eg.DistanceProblem(CIRCLE, data=[1.0, 2.0]).critical_points(backend="phcpack")
    assert list(scratch.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def resident():
    """Kilobytes of memory of this process."""
    (line,) = (x for x in Path("/proc/self/status").read_text().splitlines() if "VmRSS" in x)
    return int(line.split()[1])


def memory_stays_flat(system, repeats):
    backend = Phcpack()
    for _ in range(10):
        backend.solve([system])
    before = resident()
    for _ in range(repeats):
        backend.solve([system])
    return resident() - before < 4000


@needs_phc
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux' /proc")
@pytest.mark.parametrize("repeats", first(1, [50, 500]))
def test_memory_stays_flat(system, scratch, repeats):
    assert memory_stays_flat(system, repeats)
    assert list(scratch.iterdir()) == []


# What it writes

SOLUTION = """\
solution 1 :    start residual :  2.012E-15   #iterations : 1   success
t :  {t}   0.00000000000000E+00
m : 1
the solution for t :
 x2 :  {x}   0.25
 x1 : -3.81911177464589E-01   6.77162759022564E-01
== err :  6.814E-16 = rco :  7.980E-02 = res :  1.263E-15 ={kind}=
"""
PAGE = "THE SOLUTIONS :\n\n1 2\n=====\n{solution}\nPHCv2.4.86 released 2022-05-30\n"


def page(t="1.00000000000000E+00", x="2.0", kind=" complex regular ="):
    return PAGE.format(solution=SOLUTION.format(t=t, x=x, kind=kind))


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (page(), PathStatus.SUCCESS),
        (page(kind=""), PathStatus.SUCCESS),
        (page(t="0.0", kind=""), PathStatus.SUCCESS),
        (page(kind=" real singular ="), PathStatus.SUCCESS),
        (page(kind=" no solution ="), PathStatus.SUCCESS),
        (page(t="0.98", kind=" no solution ="), PathStatus.STALLED),
        (page(kind=" at infinity ="), PathStatus.DIVERGED),
        (page(x="NaN"), PathStatus.DIVERGED),
        (page(x="+Inf********"), PathStatus.DIVERGED),
        (page(x="**********"), PathStatus.DIVERGED),
    ],
)
def test_solutions_are_read_with_their_status(text, status):
    ends = read_solutions(text, 2)
    assert ends.status.tolist() == [status]
    assert ends.unknowns[0, 0] == -3.81911177464589e-01 + 6.77162759022564e-01j
    if status != PathStatus.DIVERGED:
        assert ends.unknowns[0, 1] == 2 + 0.25j


def test_several_lists_are_read_and_path_reports_are_not():
    report = (
        "THE SOLUTIONS :\n1 2\n=====\n== 1 =  #step :  49 #fail : 13 #iter : 140 = failure ==\n"
    )
    assert len(read_solutions("START SOLUTIONS :\n" + report + page() + page(), 2)) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (page().replace("PHCv2", "P"), "ends too early"),
        (page().replace("1 2\n", "2 2\n"), "announces 2 solutions"),
        (page().replace(" x1", " x3"), "unknowns x2, x3"),
        (page(x="two"), "'two' stands in the place of a number"),
        ("PHCv2.4.86 released 2022-05-30\n", "no list of solutions"),
    ],
)
def test_unreadable_solutions(text, message):
    with pytest.raises(eg.BackendError, match=message):
        read_solutions(text, 2)


def test_start_solutions_are_read_back_exactly():
    rng = np.random.default_rng(1)
    solutions = rng.normal(size=(3, 2)) * 10.0 ** rng.integers(-20, 20, size=(3, 2)) + 1j / 3
    text = with_solutions("2\nx1;\nx2;\n", solutions) + "\nPHCv2.4.86 released 2022-05-30\n"
    ends = read_solutions(text, 2)
    assert isinstance(ends, Ends)
    np.testing.assert_array_equal(ends.unknowns, solutions)


def test_versions_and_lines():
    assert read_version("hello") is None
    assert (2, 4, 9) < read_version("PHCv2.4.86 released") < (2, 4, 100)
    text = short_lines("1\n" + " + ".join(["(1.5 - 2.5*i)*x1^2"] * 100) + ";\n")
    assert max(map(len, text.splitlines())) < 100
    assert " ".join(text.split()) == " ".join(["1", *["(1.5 - 2.5*i)*x1^2 +"] * 99,
                                               "(1.5 - 2.5*i)*x1^2;"])  # fmt: skip


@needs_phc
def test_the_fibre_counts_what_became_of_every_path():
    fiber = solve_fiber(CARDIOID, CARDIOID.default_metric, Phcpack())
    assert len(fiber) == 3
    assert set(fiber.paths) <= {
        "started", "retried", "success", "duplicate", "spurious", "singular", "diverged", "failed"
    }  # fmt: skip
