"""What becomes of a phc that dies, hangs, floods or is another program: one error, nothing left."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import edgeom as eg
from edgeom.solvers import phcpack
from edgeom.solvers.phcpack import VARIABLE, Phcpack
from edgeom.solvers.process import Limits
from edgeom.verification import verify
from tests.stand_in import stand_in

CIRCLE = eg.AlgebraicVariety(["x^2 + y^2 - 1"], "x y")


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """Put a program called phc on the PATH, a shell script with the right version."""

    def install(script, version="PHCv2.4.86 released 2022-05-30"):
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        program = stand_in(folder / "phc", "--version", version, script)
        monkeypatch.delenv(VARIABLE, raising=False)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        return program

    return install


# Breakdowns


def failure(system, **options):
    """The message of the error, and how long it took to come."""
    begin = time.monotonic()
    with pytest.raises(eg.BackendError) as caught:
        Phcpack(**options).solve([system])
    return str(caught.value), time.monotonic() - begin


def kept_folder(message, scratch):
    """The folder that a message names, which is the only thing left behind."""
    (folder,) = scratch.iterdir()
    assert str(folder) in message
    return folder


def test_a_killed_phc(system, fake, scratch):
    fake('echo "solving"; kill -9 $$')
    message, _ = failure(system)
    assert "PHCpack was killed by SIGKILL" in message
    assert "solving" in message
    assert "x1" in (kept_folder(message, scratch) / "input").read_text()


def test_a_hanging_phc_is_stopped_with_its_children(system, fake, scratch, tmp_path):
    fake(f'echo "still at it"; sleep 60 & echo $! > {tmp_path}/child; wait')
    message, seconds = failure(system, timeout=0.5)
    assert "stopped after 0.5 seconds" in message
    assert "timeout=" in message
    assert "still at it" in message
    assert seconds < 10
    kept_folder(message, scratch)
    wait_until(lambda: gone((tmp_path / "child").read_text()))


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs the program setpriv")
def test_phc_ends_with_the_process_that_started_it(system, fake, tmp_path):
    fake(f"echo $$ > {tmp_path}/child; exec sleep 60")
    program = (
        "import edgeom as eg\n"
        "from edgeom.solvers.phcpack import Phcpack\n"
        "variety = eg.AlgebraicVariety(['x^2 + y^2 - 1'], 'x y')\n"
        "Phcpack().solve([eg.DistanceProblem(variety, data=[3, 4]).critical_system()])\n"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    parent = subprocess.Popen([sys.executable, "-c", program], env=environment)
    number = tmp_path / "child"
    wait_until(lambda: number.exists() and number.read_text().strip())
    parent.kill()
    parent.wait()
    wait_until(lambda: gone(number.read_text()))


def gone(number):
    """Whether a process has ended."""
    state = Path(f"/proc/{number.strip()}/stat")
    return not state.exists() or state.read_text().split()[2] == "Z"


def wait_until(happened):
    deadline = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize(
    "script",
    [
        "echo rubbish > output",
        "head -c 3000 /dev/urandom > output",
        "echo bananas",
        "printf 'THE SOLUTIONS :\\n\\n3 3\\n====\\nsolution 1 :\\n' > output",
        ": > output",
    ],
)
def test_rubbish(system, fake, scratch, script):
    fake(script)
    message, _ = failure(system)
    assert "PHCpack's answer cannot be used" in message
    kept_folder(message, scratch)


def test_a_phc_that_reports_an_error(system, fake, scratch):
    fake('echo "raised CONSTRAINT_ERROR : somewhere.adb:54" >&2; exit 1')
    message, _ = failure(system)
    assert "ended with exit status 1" in message
    assert "raised CONSTRAINT_ERROR" in message
    kept_folder(message, scratch)


def test_only_the_last_lines_are_shown(system, fake, scratch):
    fake('for i in 1 2 3 4 5 6 7 8 9; do echo "line $i"; done; exit 3')
    message, _ = failure(system)
    assert "line 9" in message
    assert "line 2" not in message


def test_a_flood_of_output_is_cut_off(system, fake, scratch, monkeypatch):
    monkeypatch.setattr(phcpack, "Limits", lambda seconds: Limits(seconds, file_size=2**20))
    fake("exec yes")
    message, _ = failure(system, timeout=30)
    assert "SIGXFSZ" in message
    assert (kept_folder(message, scratch) / "screen").stat().st_size <= 2**20


def test_a_phc_that_wants_too_much_memory(system, fake, scratch, monkeypatch):
    monkeypatch.setattr(phcpack, "Limits", lambda seconds: Limits(seconds, memory=2**26))
    fake("dd if=/dev/zero of=/dev/null bs=1G count=1")
    message, _ = failure(system, timeout=30)
    assert "memory" in message.lower()


def test_an_old_phc(system, fake):
    program = fake("exit 9", version="PHCv2.3.12 released 2010-01-01")
    found = Phcpack().availability()
    assert (found.available, found.version) == (False, "2.3.12")
    message, _ = failure(system)
    assert f"{program} is version 2.3.12, 2.4.86 is needed" in message
    assert "apt install phcpack" in message


def test_a_newer_phc_is_welcome(fake):
    fake("exit 9", version="PHCv2.4.100 released 2030-01-01")
    assert Phcpack().availability().version == "2.4.100"


def test_another_program_of_this_name(system, fake):
    fake("exit 9", version="Parallel Hamster Counter 9")
    message, _ = failure(system)
    assert "is not PHCpack's program, it answers 'Parallel Hamster Counter 9'" in message


def test_no_phc(system, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(VARIABLE, raising=False)
    message, _ = failure(system)
    assert "phcpack is not available: there is no program 'phc'" in message
    assert "apt install phcpack" in message
    assert VARIABLE in message
    (found,) = (x for x in eg.backends() if x.name == "phcpack")
    assert not found.available
    for call in (
        lambda: verify(backend="phcpack"),
        lambda: eg.ed_degree(CIRCLE, method="phcpack"),
        lambda: eg.DistanceProblem(CIRCLE, data=[1, 2]).critical_points(backend="phcpack"),
    ):
        with pytest.raises(eg.BackendError, match="apt install phcpack"):
            call()
    assert eg.ed_degree(CIRCLE) == 2  # everything else works


def test_the_program_may_be_named(system, fake, monkeypatch):
    program = fake("exit 9")
    monkeypatch.setenv("PATH", os.defpath)
    monkeypatch.setenv(VARIABLE, str(program))
    assert Phcpack().availability().where == str(program)
    monkeypatch.delenv(VARIABLE)
    assert Phcpack(program=str(program)).availability().where == str(program)


def test_one_failure_among_many_is_an_error(system, fake, scratch):
    fake("exit 4")
    with pytest.raises(eg.BackendError, match="exit status 4"):
        Phcpack(processes=2).solve([system] * 5)


def test_an_interrupt_leaves_nothing_behind(system, fake, scratch, monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    fake("sleep 5")
    monkeypatch.setattr(phcpack, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Phcpack().solve([system])
    assert list(scratch.iterdir()) == []
