"""Commands on a terminal of their own, and what becomes of them after a signal."""

from __future__ import annotations

import os
import pty
import select
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Outcome", "interrupted"]

EARLY = 0.08  # seconds of CPU time in which Python starts, before anything of edgeom runs
COMMAND = [sys.executable, "-m", "edgeom"]


@dataclass(frozen=True)
class Outcome:
    """How a command ended after a signal.

    Attributes
    ----------
    status : int or None
        None if it did not end in time.
    seconds : float
        From the signal to the end.
    text : str
        What was on the terminal.
    left : list of str
        Processes that it left behind.
    """

    status: int | None
    seconds: float
    text: str
    left: list[str]

    def faults(self, number: int) -> list[str]:
        """Return what is wrong; nothing if the command had finished before."""
        found = []
        if self.status is None:
            found.append("it did not end")
        elif self.status not in (0, 128 + number):
            found.append(f"its status is {self.status}")
        if self.seconds > 2:
            found.append(f"it took {self.seconds:.1f} seconds to end")
        if "Traceback" in self.text or "Exception" in self.text:
            found.append(f"it shows a traceback: {self.text[-3000:]!r}")
        if self.status == 128 + number and self.text.count("interrupted") != 1:
            found.append(f"it does not say once that it was interrupted: {self.text[-200:]!r}")
        if self.text.rfind("\x1b[?25l") > self.text.rfind("\x1b[?25h"):
            found.append("the cursor stays hidden")
        if self.left:
            found.append(f"processes are left: {', '.join(self.left)}")
        return found


def interrupted(
    arguments: list[str],
    after: float,
    number: int = signal.SIGINT,
    stop: str = "",
    limit: float = 30.0,
) -> Outcome:
    """Run a command of edgeom on a terminal and send it a signal; SIGINT comes from its keyboard.

    Parameters
    ----------
    arguments : list of str
    after : float
        Seconds until the signal.
    number : int
    stop : str
        A word in the command line of the child processes that are stopped (SIGSTOP) before.
    limit : float
        Seconds to wait for the end.
    """
    child, terminal = pty.fork()
    if child == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a job in the background ignores it
        os.execv(COMMAND[0], [*COMMAND, *arguments])
    text = _read(terminal, after)
    while _seconds(child) < min(after, EARLY):  # on a busy machine Python itself takes its time
        text += _read(terminal, 0.01)
    if stop:
        for process in _session(child):
            if process != child and stop in _command_line(process):
                os.kill(process, signal.SIGSTOP)
    if number == signal.SIGINT:
        os.write(terminal, b"\x03")
    else:
        os.kill(child, number)
    begin, status = time.monotonic(), None
    while time.monotonic() - begin < limit:
        text += _read(terminal, 0.02)
        done, code = os.waitpid(child, os.WNOHANG)
        if done:
            status = os.waitstatus_to_exitcode(code)
            break
    seconds = time.monotonic() - begin
    text += _read(terminal, 0.1)
    time.sleep(max(0.0, 2 - seconds))  # children may take as long as that
    left = [process for process in _session(child) if process != child or status is None]
    names = [_command_line(process)[:60] for process in left]
    for process in left:
        os.kill(process, signal.SIGKILL)
    if status is None:
        os.waitpid(child, 0)
    os.close(terminal)
    return Outcome(status, seconds, text, names)


def _read(terminal: int, seconds: float) -> str:
    """Return what is written on a terminal in so many seconds."""
    parts, end = [], time.monotonic() + seconds
    while (rest := end - time.monotonic()) > 0:
        if not select.select([terminal], [], [], rest)[0]:
            break
        try:
            parts.append(os.read(terminal, 2**16))
        except OSError:  # nobody writes there any more
            time.sleep(max(0.0, min(rest, 0.02)))
            break
    return b"".join(parts).decode("utf-8", "replace")


def _session(leader: int) -> list[int]:
    """Return the living processes of a session."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[3]) == leader and fields[0] != "Z":
                found.append(int(entry.name))
    return found


def _seconds(process: int) -> float:
    """Return the CPU time of a process; without end if it has ended."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return float("inf")
    if fields[0] == "Z":
        return float("inf")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _command_line(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""
