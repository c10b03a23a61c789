"""Other programs in child processes, from which nothing gets out but an answer or an error.

A child has a folder of its own, a time limit, a memory limit and a limit on what it writes; its
output goes to a file. Its whole process group is ended with it. The folder is deleted, except
after an error: then the message names it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from edgeom.errors import BackendError

__all__ = ["Limits", "run", "said", "tail", "workspace"]

LINES = 6  # of a program's last words in an error message
# Limits are set by a shell, in the child only; where one cannot be set the program runs without.
# With setpriv, which Linux has, the child ends also when this process is killed.
LAUNCH = """
{ ulimit -c 0; ulimit -v "$1"; ulimit -f "$2"; } 2>/dev/null
shift 2
setpriv --pdeathsig KILL true 2>/dev/null && set -- setpriv --pdeathsig KILL "$@"
exec "$@"
"""


@dataclass(frozen=True)
class Limits:
    """What a child process may use: seconds, bytes of memory, bytes in one file."""

    seconds: float
    memory: int = 8 * 2**30
    file_size: int = 2**30


@contextmanager
def workspace(prefix: str) -> Iterator[Path]:
    """Make a temporary folder that outlives the block only after a `BackendError`."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        yield folder
    except BackendError as error:
        raise BackendError(f"{error}\nits input and output are kept in {folder}") from error
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)


def said(path: str, option: str) -> tuple[str, str]:
    """Return what a program says to an option such as --version, on both of its outputs.

    Raises
    ------
    BackendError
        It cannot be started or says nothing for 20 seconds.
    """
    try:
        done = subprocess.run(
            [path, option],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=20,
            text=True,
            errors="replace",
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BackendError(f"{path} {option} failed: {error}") from None
    return done.stdout, done.stderr


def run(
    title: str, command: Sequence[str], folder: Path, limits: Limits, keyboard: str = ""
) -> None:
    """Run a program to its end; what it prints goes to the file ``screen`` in its folder.

    Parameters
    ----------
    title : str
        How to call the program in messages.
    command : sequence of str
    folder : Path
        Where it runs.
    limits : Limits
    keyboard : str
        What it is to read from its standard input.

    Raises
    ------
    BackendError
        It cannot be started, runs too long, is killed or reports an error.
    """
    screen = folder / "screen"
    (folder / "keyboard").write_text(keyboard, encoding="ascii")
    sizes = [str(limits.memory // 1024), str(limits.file_size // 512)]
    with screen.open("wb") as output, (folder / "keyboard").open("rb") as answers:
        try:
            child = subprocess.Popen(
                ["/bin/sh", "-c", LAUNCH, "sh", *sizes, *command],
                cwd=folder,
                stdin=answers,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "LC_ALL": "C"},
                start_new_session=True,
            )
        except OSError as error:
            raise BackendError(f"{title} cannot be started: {error}") from error
        try:
            status = child.wait(limits.seconds)
        except subprocess.TimeoutExpired:
            raise BackendError(
                f"{title} was stopped after {limits.seconds:g} seconds; allow more with timeout="
                + tail(screen)
            ) from None
        finally:
            _end(child)
    if status < 0:
        name = signal.Signals(-status).name
        hint = {"SIGXFSZ": ", it wrote too much", "SIGKILL": ", perhaps for want of memory"}
        raise BackendError(f"{title} was killed by {name}{hint.get(name, '')}" + tail(screen))
    if status:
        raise BackendError(f"{title} ended with exit status {status}" + tail(screen))


def tail(path: Path) -> str:
    """Return the last lines of a file, introduced for an error message."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 4000))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    lines = [line.rstrip()[:200] for line in text.splitlines() if line.strip()][-LINES:]
    return "".join(["\nits last words:", *(f"\n  {line}" for line in lines)]) if lines else ""


def _end(child: subprocess.Popen[bytes]) -> None:
    """End a child that still runs, with everything that it has started."""
    if child.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
