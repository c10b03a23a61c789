"""Messages and statuses of interrupted commands; tests/test_faults.py interrupts some."""

import errno
import signal

import pytest
from typer.testing import CliRunner

import edgeom as eg
from edgeom.cli import main, signals


def test_words(monkeypatch: pytest.MonkeyPatch) -> None:
    signals.remember("")
    assert signals.words() == "interrupted" and signals.status() == 130
    signals.remember("continue with --resume")
    assert signals.words(ValueError("x")) == "interrupted; continue with --resume"
    signals.remember("")
    monkeypatch.setattr(signals, "_received", signal.SIGTERM)
    assert signals.received() and signals.status() == 143


def test_the_first_signal_interrupts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signals, "_received", None)
    with pytest.raises(KeyboardInterrupt):
        signals._interrupt(signal.SIGTERM, None)
    signals._interrupt(signal.SIGTERM, None)  # the second one is not to disturb the end
    assert signals.status() == 143


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (KeyboardInterrupt("8 so far"), 130, "interrupted: 8 so far\n"),
        (MemoryError(), 1, "error: there is not enough memory; ask for less at a time\n"),
        (OSError(errno.ENOSPC, "full"), 1, "error: the output cannot be written: the disk is full"),
        (OSError(errno.EIO, "broken", "name"), 1, "error: broken: name\n"),
        (ImportError("no\nmap"), 1, "error: no map; it may not be installed, or memory is short\n"),
        (RuntimeError("can't start new thread"), 1, "error: can't start new thread; it may"),
        (BrokenPipeError(), 1, ""),
        (eg.InputError("wrong"), 2, "error: wrong\n"),
        (eg.IncompleteError("open"), 1, "error: open\n"),
    ],
)
def test_errors_are_one_line(
    error: BaseException, status: int, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("edgeom.cli.degree.ed_degree", fail)
    monkeypatch.setattr("edgeom.cli.errors.os.dup2", lambda *_: None)
    found = CliRunner().invoke(main.app, ["degree", "--rows", "2", "--cols", "2", "--rank", "1"])
    assert found.exit_code == status and found.stderr.startswith(message)
    assert found.stderr.count("\n") <= 1 and not found.stdout


def test_faults_of_edgeom_are_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("edgeom.cli.degree.ed_degree", fail)
    found = CliRunner().invoke(main.app, ["degree", "--rows", "2", "--cols", "2", "--rank", "1"])
    assert isinstance(found.exception, ZeroDivisionError)
