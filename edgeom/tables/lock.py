"""One writer for a run folder.

The lock is a file in the folder that its holder touches every few seconds. That of a process which
has died on this machine is recognised at once, by its number and the time of its start; that of
another machine, over a network file system, by its age. Readers need no lock: what they read is
whole, whoever writes.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edgeom.errors import EdgeomError
from edgeom.files import PART
from edgeom.homotopy.monodromy import Progress

__all__ = ["LOCK", "one_writer"]

LOCK = ".lock"
LEASE = 30.0  #: seconds after which a lock is given up that nobody touches
PATIENCE = 1.5  #: leases to wait for a lock that another machine holds


@contextmanager
def one_writer(folder: Path, progress: Progress | None = None) -> Iterator[None]:
    """Be the only process that writes in a run folder.

    Parameters
    ----------
    folder : Path
    progress : callable, optional
        Told when this waits to see whether a process on another machine is alive.

    Raises
    ------
    EdgeomError
        Another process writes there; the message says which.
    """
    from filelock import SoftFileLease, Timeout

    lease = SoftFileLease(folder / LOCK, lease_duration=LEASE)
    try:
        try:
            lease.acquire(timeout=0)
        except Timeout:
            process, host = _holder(folder / LOCK)
            if host == socket.gethostname():
                raise
            if progress is not None:
                progress(f"waiting for process {process} on {host}", 0, None)
            lease.acquire(timeout=PATIENCE * LEASE)
    except Timeout:
        process, host = _holder(folder / LOCK)
        raise EdgeomError(
            f"{folder} is being written by process {process} on {host}; wait until it has ended, "
            "or end it, then continue the run (resume=True, --resume)"
        ) from None
    except OSError as error:
        raise EdgeomError(f"{folder} cannot be written: {error.strerror}") from None
    try:
        for part in folder.glob(f".*{PART}"):  # what was unfinished when another process ended
            part.unlink(missing_ok=True)
        yield
    finally:
        lease.release()


def _holder(lock: Path) -> tuple[str, str]:
    """Return number and machine of the process that holds a lock."""
    try:
        lines = lock.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # it has just been given back
        lines = []
    found = dict(line.split("=", 1) for line in lines if "=" in line and line.isprintable())
    return found.get("pid", "unknown")[:20], found.get("host", socket.gethostname())[:60]
