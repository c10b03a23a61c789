"""Interrupts: one message, a status that says so, a terminal as it was, and no process left.

Ctrl-C and a request to terminate become a KeyboardInterrupt in the main thread, which gives locks
back and ends workers on its way out. A thread sees to it that the process ends soon, also where the
main thread is deep in compiled code and notices nothing. Files are written whole or not at all, so
they do not mind.

This is what the command line imports first, before all that takes time.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from types import FrameType
from typing import NoReturn

__all__ = ["answer", "end", "received", "remember", "status", "words"]

GRACE = 1.2  #: seconds in which a process is to end by itself
SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
_received: int | None = None
_advice = ""


def answer() -> None:
    """Answer signals from now on."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup has it
            signal.signal(number, _interrupt)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(reader,), daemon=True).start()
    sys.unraisablehook = _hide_interrupts


def remember(advice: str) -> None:
    """Keep what to do after an interrupt from now on, for its message."""
    global _advice
    _advice = advice


def received() -> bool:
    """Whether this process is to end."""
    return _received is not None


def words(error: BaseException | None = None) -> str:
    """Return the message about an interrupt; what else goes wrong on the way out does not matter.

    >>> words(KeyboardInterrupt("8 points so far"))
    'interrupted: 8 points so far'
    """
    said = str(error) if isinstance(error, KeyboardInterrupt) else ""
    return "interrupted" + (said and f": {said}") + (_advice and f"; {_advice}")


def status() -> int:
    """Return the exit status that tells which signal ended the process."""
    return 128 + (_received or signal.SIGINT)


def end(error: BaseException | None = None) -> NoReturn:
    """Say that this was interrupted; end this process and all that it has started, at once."""
    with contextlib.suppress(Exception):
        multiprocessing = sys.modules.get("multiprocessing")
        for child in multiprocessing.active_children() if multiprocessing else ():
            child.kill()
    with contextlib.suppress(Exception):
        clear = "\r\x1b[2K\x1b[?25h" if sys.stderr.isatty() else ""  # the bar, and the cursor
        os.write(sys.stderr.fileno(), f"{clear}{words(error)}\n".encode())
    os._exit(status())


def _interrupt(number: int, frame: FrameType | None) -> None:
    global _received
    first, _received = _received is None, number
    if first:
        raise KeyboardInterrupt


def _watch(reader: int) -> None:
    """Wait for a signal, then end the process if it does not end by itself."""
    global _received
    while True:
        number = os.read(reader, 1)[0]
        if number in SIGNALS:
            break
    time.sleep(GRACE)
    _received = number
    end()


def _hide_interrupts(found: sys.UnraisableHookArgs) -> None:
    """Say nothing of interrupts where they cannot be raised: the process ends all the same."""
    if not isinstance(found.exc_value, KeyboardInterrupt):
        sys.__unraisablehook__(found)
