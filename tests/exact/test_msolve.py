"""What msolve is asked and answers, and an engine that breaks down."""

import dataclasses
import os
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from flint import fmpq

import edgeom as eg
from edgeom.exact import count, exact_count, msolve
from edgeom.exact.msolve import INFINITE, VARIABLE, availability, parse, text
from edgeom.exact.rational import Field
from edgeom.exact.real import isolate
from edgeom.exact.solutions import checked
from edgeom.exact.systems import ExactSystem
from tests.exact.problems import ELLIPSE, FOUND, PRIME, needs_msolve
from tests.stand_in import stand_in

# What is written and read


def test_input_is_collected_monomials():
    x, y, _ = Field().generators(3)
    f = (x * x - y) * (y + 2) * fmpq(1, 6)
    system = ExactSystem(Field(), 2, [f, x * 0, -y + fmpq(1, 2)], [x])
    assert text(system) == "x1, x2\n0\nx1^2*x2+2*x1^2-x2^2-2*x2,\n-2*x2+1\n"
    x, y, _ = Field(PRIME).generators(3)
    system = ExactSystem(Field(PRIME), 2, [x - 2 * y, y * y], [x])
    assert text(system) == f"x1, x2\n{PRIME}\nx1+{PRIME - 2}*x2,\nx2^2\n"
    large = 10**5000 + 1
    x, _ = Field().generators(2)
    system = ExactSystem(Field(), 1, [x - fmpq(large)], [x])
    assert text(system).endswith(f"x1-1{'0' * 4999}1\n")


ROOTS = (
    "[0, [0, 2, 2, ['x1', 'x2'], [0, 1], "
    "[1, [[2, [-2, 0, 1]], [1, [0, 2]], [[[1, [0, -2]], 1]]]]]]:"
)


def square_roots():
    """x2² = 2, x1 = 1: what ROOTS is the answer to."""
    x, y = Field().generators(2)
    return ExactSystem(Field(), 2, [y**2 - 2, x - 1], [x, y])


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("", "it is empty"),
        ("\n", "it is empty"),
        ("[0, [0, 2, 2, ['x1', 'x2'], [0, 1], [1, [[2, [-2, 0,", "cut off"),
        ("Segmentation fault (core dumped)", "cut off"),
        (ROOTS.replace("-2, 0, 1", "-2, x, 1"), "there is"),
        (ROOTS.replace("-2, 0, 1", "-2, 0,, 1"), "malformed"),
        (ROOTS.replace("-2, 0, 1", "-2, 0 1"), "malformed"),
        (ROOTS.replace("[-2, 0, 1]", "[-2, 0, 1,]"), "malformed"),
        (ROOTS[:-3] + ":", "malformed"),
        (ROOTS[:-1] + "]:", "malformed|there is"),
        ("[]:", "not a rational parametrization"),
        ("[1, 3, -1, []]:", "not a rational parametrization"),
        ("[2, 2, -1, []]:", "not a rational parametrization"),
        (ROOTS.replace("[0, 2, 2", "[7, 2, 2"), "not a rational parametrization"),
        (ROOTS.replace("'x1'", "'z1'"), "about the unknowns z1, x2"),
        (ROOTS.replace("'x1'", "'x2'"), "about the unknowns"),
        (ROOTS.replace("2, ['x1'", "1, ['x1'"), "2 solutions in a quotient ring of dimension 1"),
        (ROOTS.replace("[0, 1], [1", "[1, 1], [1"), "linear form"),
        (ROOTS.replace("[2, [-2, 0, 1]]", "[3, [-2, 0, 1]]"), "not a polynomial"),
        (ROOTS.replace("[-2, 0, 1]", "[-2, [0], 1]"), "not a polynomial"),
        (ROOTS.replace("-2]], 1]", "-2]], 0]"), "not the value of an unknown"),
    ],
)
def test_answers_that_are_refused(said, message):
    with pytest.raises(eg.BackendError, match=message):
        parse(said, 2, 0)


def test_answers_that_are_read():
    assert parse("[-1]:\n", 2, 0).dimension == 0
    assert parse("[1, 2, -1, []]:\n", 2, 0) is INFINITE
    answer = parse(ROOTS, 2, 0)
    assert (answer.dimension, answer.eliminant) == (2, [-2, 0, 1])
    solutions = checked(answer, square_roots())
    assert len(solutions) == 2
    root = Fraction(2**0.5)
    for box, value in zip(isolate(solutions, 2), (-root, root), strict=True):
        assert box[0][0] <= 1 <= box[0][1]
        assert abs(box[1][0] - value) < Fraction(1, 10**15)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"eliminant": [-3, 0, 1]}, "equation 1 of 2 does not vanish"),
        ({"eliminant": [0, 0, 1]}, "multiple roots or poles"),
        ({"denominator": [-2, 0, 1]}, "multiple roots or poles"),
        ({"numerators": [([0, -4], 1), None]}, "equation 2 of 2 does not vanish"),
        ({"numerators": [([0, -2], 3), None]}, "equation 2 of 2 does not vanish"),
        ({"form": [1, 1, 1]}, "linear form"),
    ],
)
def test_wrong_solutions_are_refused(change, message):
    answer = parse(ROOTS, 2, 0)
    checked(answer, square_roots())
    with pytest.raises(eg.BackendError, match=message):
        checked(dataclasses.replace(answer, **change), square_roots())


def test_multiple_roots_are_not_counted():
    """(x² - 2)² = 0 has two solutions; a parametrization by all four roots repeats them."""
    for field in (Field(), Field(PRIME)):
        x, _ = field.generators(2)
        system = ExactSystem(field, 1, [(x**2 - 2) ** 2], [x])
        answer = msolve.Answer(4, [4, 0, -4, 0, 1], [1], [None])
        with pytest.raises(eg.BackendError, match="multiple roots"):
            checked(answer, system)


@needs_msolve
def test_unknown_of_its_own():
    """No unknown tells these four solutions apart; msolve adds a linear form."""
    for field in (Field(), Field(PRIME)):
        x, y, _ = field.generators(3)
        system = ExactSystem(field, 2, [x**2 - 1, y**2 - 4], [x, y])
        answer = msolve.parametrize(system, 60)
        assert answer.form is not None
        solutions = checked(answer, system)
        assert (len(solutions), solutions.dimension) == (4, 4)
    assert solutions.images(np.random.default_rng(0)) == 4


@needs_msolve
def test_constant_equations():
    x, _ = Field().generators(2)
    assert msolve.parametrize(ExactSystem(Field(), 1, [x * 0], [x]), 60) is INFINITE
    nothing = msolve.parametrize(ExactSystem(Field(), 1, [x * 0 + 1, x], [x]), 60)
    assert len(checked(nothing, ExactSystem(Field(), 1, [], [x]))) == 0


# An engine that breaks down


@pytest.fixture
def fake(tmp_path, monkeypatch, scratch):
    """Put a shell script in the place of msolve."""

    def install(script, version="0.10.1"):
        program = stand_in(tmp_path / "fake-msolve", "-V", version, script)
        monkeypatch.setenv(VARIABLE, str(program))
        return program

    return install


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("kill -9 $$", "killed by SIGKILL"),
        ("kill -SEGV $$", "killed by SIGSEGV"),
        ("sleep 60", "stopped after 0.5 seconds; allow more with timeout="),
        ("echo cannot; exit 3", r"exit status 3(.|\n)*cannot"),
        ("true", "answer cannot be used"),
        (": > output", "answer cannot be used: it is empty"),
        ("echo '[0, [0, 3, 4, [' > output", "cut off"),
        ("head -c 1000 /dev/urandom > output", "answer cannot be used"),
        ("echo '[1, 7, -1, []]:' > output", "not a rational parametrization"),
    ],
)
def test_breakdowns(fake, scratch, script, message):
    fake(script)
    with pytest.raises(eg.BackendError, match=message) as caught:
        exact_count(ELLIPSE, None, [1, 2], timeout=0.5)
    kept = Path(str(caught.value).rpartition("kept in ")[2])
    assert kept.parent == scratch
    assert (kept / "input").read_text().startswith("x1, x2, x3\n")


@needs_msolve
def test_nothing_is_kept_after_success(scratch):
    exact_count(ELLIPSE, None, [1, 2])
    assert not list(scratch.iterdir())


@needs_msolve
def test_answer_to_another_question(fake, scratch):
    """A perfect answer, but for other data: it is of the right form, and its points are wrong."""
    rest = f'"{FOUND.where}" "$@"'
    fake(f"sed -i '$ s/1/2/' input; {rest}")
    with pytest.raises(eg.BackendError, match="does not vanish at them"):
        exact_count(ELLIPSE, None, [1, 2])


@needs_msolve
def test_primes_have_to_agree(fake, monkeypatch):
    """An engine that finds nothing modulo one prime is outvoted, and not believed on its own."""
    lie = f"sed -n 2p input | grep -q '^{PRIME}$' && echo '[-1]:' > output"
    fake(f"""{lie} || exec "{FOUND.where}" "$@" """)
    found = exact_count(ELLIPSE, None, [1, 2], prime=PRIME)
    assert found.count == 4
    assert PRIME not in found.primes
    monkeypatch.setattr(count, "PRIMES", 2)
    with pytest.raises(eg.IncompleteError, match=rf"differ: 0 modulo {PRIME}, 4 modulo \d+"):
        exact_count(ELLIPSE, None, [1, 2], prime=PRIME)


@pytest.mark.parametrize(
    ("version", "message"),
    [("", "gives no version"), ("GNU coreutils are not this", "gives no version")],
)
def test_other_programs(fake, version, message):
    fake("true", version)
    with pytest.raises(eg.BackendError, match=message):
        exact_count(ELLIPSE, None, [1, 2])


def test_missing_engine(monkeypatch):
    monkeypatch.setenv(VARIABLE, "/nowhere/msolve")
    with pytest.raises(eg.BackendError, match=r"no program '/nowhere/msolve'.*edgeom\[exact\]"):
        exact_count(ELLIPSE, None, [1, 2])
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setattr(msolve, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", os.devnull)
    assert "no program 'msolve'" in availability().reason


@needs_msolve
def test_engine_on_the_path(fake, monkeypatch, tmp_path):
    program = fake(f'"{FOUND.where}" "$@"')
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setattr(msolve, "find_spec", lambda name: None)
    program.rename(tmp_path / "msolve")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert availability().where == str(tmp_path / "msolve")
    assert exact_count(ELLIPSE, None, [1, 2]).count == 4
