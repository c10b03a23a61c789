"""Every format is read back by a small parser of its own grammar, and by the program itself."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import edgeom as eg
from edgeom.equations.critical import critical_equations
from edgeom.equations.export import collected
from edgeom.equations.system import PolynomialSystem
from edgeom.errors import InputError
from edgeom.homotopy.constants import Constant
from edgeom.homotopy.tape import Builder, Var
from tests.equations.written import (
    check,
    random_point,
    taken_apart,
)
from tests.programs import Pair, exact

METHODS = ("to_phc", "to_macaulay2", "to_bertini", "to_julia", "to_msolve")


def system_of(
    build: Callable[[list[Var], list[Var]], Sequence[Var | Constant]],
    count: int,
    parameters: int = 0,
) -> PolynomialSystem:
    """The equations that `build` makes of unknowns i, e, x1, v3, ... and parameters."""
    b = Builder()
    u, p = b.inputs("u", count), b.inputs("p", parameters)
    tape = b.finish({"F": build(u, p)})
    names = ("i", "e", "x1", *(f"v{k}" for k in range(3, count)))[:count]
    lift = Builder()
    lifted = lift.finish({"x": lift.inputs("u", count)})
    return PolynomialSystem(tape, lifted, names, tuple(f"c{k}" for k in range(parameters)))


# --- round trips -----------------------------------------------------------------------------

sizes = st.floats(1e-25, 1e25) | st.floats(-1e25, -1e-25)
reals = st.integers(-(10**20), 10**20) | st.fractions(max_denominator=10**6) | sizes
complexes = reals | st.builds(complex, sizes, sizes)


@st.composite
def systems(draw: Any, numbers: st.SearchStrategy[Constant], parameters: int = 0) -> Any:
    """Products of two sums of a few terms, so that there is something to collect."""
    count = draw(st.integers(1, 14))
    term = st.tuples(
        numbers,
        st.lists(st.tuples(st.integers(0, count + parameters - 1), st.integers(1, 4)), max_size=2),
    )
    factor = st.lists(term, max_size=3)
    recipes = draw(st.lists(st.tuples(factor, factor), min_size=count, max_size=count))

    def build(u: list[Var], p: list[Var]) -> list[Var]:
        b, variables = u[0].builder, [*u, *p]

        def total(terms: Any) -> Var:
            value = b.zero
            for number, powers in terms:
                part = b.constant(number)
                for k, exponent in powers:
                    part = part * variables[k] ** exponent
                value = value + part
            return value

        return [total(first) * total(second) for first, second in recipes]

    return system_of(build, count, parameters)


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=60)
@given(data=st.data(), seed=st.integers(0, 10**6))
def test_round_trip(method: str, data: st.DataObject, seed: int) -> None:
    numbers = reals if method == "to_msolve" else complexes
    check(method, data.draw(systems(numbers)), seed)


@settings(max_examples=40)
@given(system=systems(complexes, parameters=3), seed=st.integers(0, 10**6))
def test_julia_keeps_parameters(system: PolynomialSystem, seed: int) -> None:
    check("to_julia", system, seed)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("rows", "cols", "rank", "chart"), [(2, 2, 1, None), (3, 4, 2, None), (3, 3, 1, 5)]
)
def test_round_trip_of_critical_systems(
    method: str, rows: int, cols: int, rank: int, chart: int | None
) -> None:
    V = eg.DeterminantalVariety(rows, cols, rank)
    data = np.random.default_rng(1).normal(size=(rows, cols))
    problem = eg.DistanceProblem(V, eg.Metric.random(rows * cols, seed=2), data=data)
    check(method, problem.critical_system(chart), 3)


@settings(max_examples=40)
@given(system=systems(complexes), seed=st.integers(0, 10**6))
def test_collected_equals_the_tape(system: PolynomialSystem, seed: int) -> None:
    point = random_point(seed, len(system.unknowns))
    want = system.tape.evaluate({"u": point, "p": []}, exact)["F"]
    for f, value in zip(collected(system), want, strict=True):
        total = exact(0)
        for exponents, c in f.items():
            term = Pair(c.re, c.im)
            for x, exponent in zip(point, exponents, strict=True):
                for _ in range(exponent):
                    term = term * x
            total = total + term
        assert total == value
        assert all(c != (0, 0) for c in f.values())
        assert list(f) == sorted(f, key=lambda e: (sum(e), e), reverse=True)


def test_sympy_round_trip() -> None:
    problem = eg.DistanceProblem(
        eg.DeterminantalVariety(2, 3, 1), eg.Metric.random(6, seed=4), data=np.eye(2, 3) + 0.1
    )
    system = problem.critical_system(seed=1)
    u = np.random.default_rng(5).normal(size=len(system.unknowns))
    names = dict(zip(system.unknowns, u, strict=True))
    values = [float(sympy.sympify(str(f)).subs(names)) for f in system.to_sympy()]
    want = system.evaluate(u[None], np.zeros((1, 0)))[0][0]
    np.testing.assert_allclose(values, want, rtol=1e-11, atol=1e-11)


# --- what other programs misread ---------------------------------------------------------------


def lines_of(method: str, f: Callable[[Var], Var | Constant]) -> str:
    """The one equation f(x1), as it is written."""
    text: str = getattr(system_of(lambda u, _: [f(u[0])], 1), method)()
    return taken_apart(method, text)[1][0].strip()


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (1, "x1"),
        (-1, "-x1"),
        (2, "2*x1"),
        (0.5, "5.0e-1*x1"),
        (1.5, "1.5*x1"),
        (Fraction(1, 3), "3.333333333333333e-1*x1"),
        (0.000123456789012345, "1.23456789012345e-4*x1"),
        (12345678901234567890, "1.2345678901234567e19*x1"),
        (1e22, "1.0e22*x1"),
        (10**9, "1.0e9*x1"),
        (0.1 + 0.2, "3.0000000000000004e-1*x1"),
    ],
)
def test_decimal_numbers(number: Constant, written: str) -> None:
    assert lines_of("to_bertini", lambda x: number * x) == written
    signed = "- x1" if number == -1 else f"+ {written}"
    assert lines_of("to_phc", lambda x: number * x) == f"x1 - x1 {signed}"


def test_complex_numbers() -> None:
    def f(x: Var) -> Var:
        return (0.5 - 1j) * x * x * x + 3j

    assert lines_of("to_phc", f) == "x1 - x1 + (5.0e-1 - 1*i)*x1^3 + (0 + 3*i)"
    assert lines_of("to_bertini", f) == "(5.0e-1 - 1*I)*x1^3 + (0 + 3*I)"
    assert lines_of("to_julia", f) == "(1//2 - 1*im)*x1^3 + (0 + 3*im)"
    assert lines_of("to_macaulay2", f) == "(1/2 - 1*ii)*x1^3 + (0 + 3*ii)"


def test_msolve_text() -> None:
    def build(u: list[Var], _: list[Var]) -> list[Var | Constant]:
        x, y = u
        return [(x * x - y) * Fraction(1, 3) - x * 0.5, 4 * y * y - 6, 0]

    text = system_of(lambda u, p: build(u[:2], p), 3).to_msolve()
    assert text == "x1, x2, x3\n0\n2*x1^2 - 3*x1 - 2*x2,\n2*x2^2 - 3,\n0\n"
    assert lines_of("to_msolve", lambda x: 1 - x) == "-x1 + 1"


def test_phc_order_is_pinned() -> None:
    system = system_of(lambda u, _: [u[11 - k] * u[11] - k for k in range(12)], 12)
    first = system.to_phc().splitlines()[1]
    assert first.startswith("x1 - x1 + x2 - x2 + ") and first.endswith(" + x12^2;")


def test_julia_fractions() -> None:
    assert lines_of("to_julia", lambda x: x * Fraction(-2, 3) + 4) == "-2//3*x1 + 4"
    assert lines_of("to_julia", lambda x: x * 0.1) == "1.0e-1*x1"


def test_complete_programs() -> None:
    def build(u: list[Var], _: list[Var]) -> list[Var | Constant]:
        return [u[0] * u[0] + 4 * u[1] - Fraction(1, 2), u[1] * u[0]]

    system = system_of(build, 2)
    assert (
        system.to_julia()
        == """\
# x1 = i, x2 = e
using HomotopyContinuation
@var x1 x2
f1 = x1^2 + 4*x2 - 1//2
f2 = x1*x2
F = System([f1, f2]; variables = [x1, x2])
result = solve(F)
display(result)
foreach(println, solutions(result))
"""
    )
    assert (
        system.to_bertini()
        == """\
% x1 = i, x2 = e
CONFIG
END;
INPUT
variable_group x1, x2;
function f1, f2;
f1 = x1^2 + 4*x2 - 5.0e-1;
f2 = x1*x2;
END;
"""
    )
    assert "R = QQ[x1, x2]\nF = {\n  x1^2 + 4*x2 - 1/2,\n  x1*x2\n  }\n" in system.to_macaulay2()
    assert "R = CC[x1]" in system_of(lambda u, _: [u[0] - 1j], 1).to_macaulay2()


# --- divisions -------------------------------------------------------------------------------


def test_divisions_become_unknowns() -> None:
    system = system_of(
        lambda u, p: [p[0] / (u[0] * u[1]) + 1 / u[1], 3 / (u[0] * u[1]) - u[0]], 2, 1
    )
    assert system.cleared.unknowns == ("i", "e", "t1", "t2")
    assert len(system.cleared.tape.outputs["F"]) == 4
    assert system.at(np.ones(1)).cleared.to_msolve().startswith("x1, x2, x3, x4\n")
    plain = system_of(lambda u, _: [u[0] / 3 - 1], 1)
    assert plain.cleared is plain


@given(st.integers(0, 10**6))
def test_cleared_equations_are_the_same_at_points_with_their_inverses(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = eg.CriticalProblem(
        eg.DeterminantalVariety(2, 2, rank=1), eg.LogLikelihood(rng.uniform(1, 9, size=(2, 2)))
    )
    system = problem.critical_system(seed)
    u = rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3))
    values, jacobians = system.evaluate(u, np.zeros(0))
    extended = system.with_inverses(u, np.zeros(0))
    cleared, slopes = system.cleared.evaluate(extended, np.zeros(0))
    np.testing.assert_allclose(cleared[:, :3], values, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(cleared[:, 3:], 0, atol=1e-9)
    by_u, by_t = slopes[:, :3, :3], slopes[:, :3, 3:]
    inner = np.linalg.solve(slopes[:, 3:, 3:], slopes[:, 3:, :3])
    np.testing.assert_allclose(by_u - by_t @ inner, jacobians, rtol=1e-6, atol=1e-6)


# --- errors ----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", [name for name in METHODS if name != "to_julia"])
def test_parameters_are_refused(method: str) -> None:
    V = eg.DeterminantalVariety(2, 2, 1)
    system = critical_equations(V.chart(), V.default_metric).system
    with pytest.raises(InputError, match=r"parameters c1, .*system\.at.*critical_system"):
        getattr(system, method)()
    assert getattr(system.at(np.arange(4.0)), method)()


@pytest.mark.parametrize("method", METHODS)
def test_systems_that_cannot_be_written(method: str) -> None:
    with pytest.raises(InputError, match="no unknowns"):
        getattr(system_of(lambda u, p: [], 0), method)()


def test_division_by_constants() -> None:
    system = system_of(lambda u, _: [u[0] / 0.1 + u[0] / (1 + 2j)], 1)
    ((_, c),) = collected(system)[0].items()
    assert c == (1 / Fraction(0.1) + Fraction(1, 5), Fraction(-2, 5))


def test_msolve_refuses_complex_coefficients() -> None:
    with pytest.raises(InputError, match="msolve takes real coefficients only"):
        system_of(lambda u, _: [u[0] * u[0] + 1j], 1).to_msolve()


@pytest.mark.parametrize("method", ["to_phc", "to_bertini", "to_julia"])
def test_huge_coefficients(method: str) -> None:
    system = system_of(lambda u, _: [u[0] * 1e200 * 1e200 - 1], 1)
    with pytest.raises(InputError, match="too large for double precision"):
        getattr(system, method)()
    assert system.to_macaulay2() and system.to_msolve()


# --- the programs themselves -------------------------------------------------------------------


def generic_problem() -> eg.DistanceProblem:
    V = eg.DeterminantalVariety(2, 2, 1)
    data = np.random.default_rng(0).normal(size=(2, 2))
    return eg.DistanceProblem(V, eg.Metric.random(4, seed=1), data=data)


def ellipse_problem() -> eg.DistanceProblem:
    x, y = sympy.symbols("i e")
    return eg.DistanceProblem(
        eg.AlgebraicVariety([x**2 + 4 * y**2 - 4], [x, y]), data=[0.3, 0.000123456789]
    )


def check_solutions(system: PolynomialSystem, points: list[list[complex]], count: int) -> None:
    assert len(points) == count
    u = np.array(points)
    values, jacobians = system.evaluate(u, np.zeros((count, 0)))
    steps = np.linalg.solve(jacobians, values[..., None])[..., 0]
    assert np.linalg.norm(steps, axis=1).max() < 1e-6 * np.linalg.norm(u, axis=1).max()
    distances = np.linalg.norm(u[:, None] - u[None], axis=2) + np.eye(count)
    assert distances.min() > 1e-6


def run_phc(text: str, folder: Path) -> list[tuple[list[complex], bool]]:
    """The solutions found by `phc -b`, in its order of unknowns, and whether they are regular."""
    source, target = folder / "in", folder / "out"
    source.write_text(text)
    target.unlink(missing_ok=True)
    subprocess.run(["phc", "-b", source, target], stdout=subprocess.DEVNULL, check=True, timeout=60)
    points = []
    for block in target.read_text().split("the solution for t :")[1:]:
        lines, _, rest = block.partition("==")
        found = re.findall(r"(x\d+) : +(\S+) +(\S+)", lines)
        assert [name for name, _, _ in found] == [f"x{k + 1}" for k in range(len(found))]
        point = [complex(float(re), float(im)) for _, re, im in found]
        points.append((point, "regular" in rest.split("==")[0]))
    return points


needs_phc = pytest.mark.skipif(shutil.which("phc") is None, reason="phc is not installed")
needs_macaulay2 = pytest.mark.skipif(shutil.which("M2") is None, reason="M2 is not installed")
PROBLEMS = [
    pytest.param(generic_problem, 6, id="generic"),
    pytest.param(ellipse_problem, 4, id="ellipse"),
]


@needs_phc
@pytest.mark.parametrize(("make", "count"), PROBLEMS)
def test_phc_solves(make: Callable[[], eg.DistanceProblem], count: int, tmp_path: Path) -> None:
    system = make().critical_system()
    points = [point for point, regular in run_phc(system.to_phc(), tmp_path) if regular]
    check_solutions(system, points, count)


@needs_phc
def test_phc_reads_order_and_digits(tmp_path: Path) -> None:
    random = Random(6)
    numbers = [random.uniform(1, 10) * 10.0**k for k in range(-12, 24, 3)]
    system = system_of(lambda u, _: [u[11 - k] - numbers[11 - k] for k in range(12)], 12)
    text = system.to_phc()
    ((point, _),) = run_phc(text, tmp_path)
    np.testing.assert_allclose(point, numbers, rtol=1e-14)
    # phc prints 15 digits; without the leading ones, the last ones of what it read show
    heads = [float(f"{number:.4e}") for number in numbers]
    lines = text.replace(";", "").split("\n")
    for k, head in enumerate(heads):
        lines[12 - k] += f" + {head:.4e};"
    ((point, _),) = run_phc("\n".join(lines), tmp_path)
    for value, number, head in zip(point, numbers, heads, strict=True):
        assert abs(value - (number - head)) < 5e-16 * number


@needs_macaulay2
@pytest.mark.slow
@pytest.mark.parametrize(("make", "count"), PROBLEMS)
def test_macaulay2_solves(
    make: Callable[[], eg.DistanceProblem], count: int, tmp_path: Path
) -> None:
    system = make().critical_system()
    program = tmp_path / "program.m2"
    program.write_text(system.to_macaulay2())
    done = subprocess.run(
        ["M2", "--script", program], capture_output=True, text=True, check=True, timeout=120
    )
    first, *lines = done.stdout.splitlines()
    assert int(first) == count
    points = [
        [
            complex(entry.replace("*ii", "j").replace("ii", "1j"))
            for entry in line.strip("{}").split(", ")
        ]
        for line in lines
    ]
    check_solutions(system, points, count)
