"""Processes that were forked in the middle of a computation.

A fork copies locks that other threads hold, and nobody is left in the copy to give them back: what
waits for one of them waits for ever. A process that was forked while another thread was inside
edgeom is told apart here, and refuses to compute.
"""

from __future__ import annotations

import os
import sys
import threading

__all__ = ["reason_to_refuse"]

PACKAGE = __name__.split(".")[0]
_computing = False  # whether another thread was inside edgeom at the last fork of this process
_refused = False


def reason_to_refuse() -> str | None:
    """Return why this process cannot compute, None if it can."""
    if not _refused:
        return None
    return (
        "this process was forked while another thread computed with edgeom, and waits for locks "
        "that nobody gives back; fork before, or start processes by multiprocessing's spawn"
    )


def _before() -> None:
    global _computing
    own = threading.get_ident()
    _computing = any(
        _inside(frame) for thread, frame in sys._current_frames().items() if thread != own
    )


def _inside(frame: object) -> bool:
    while frame is not None:
        name = str(getattr(frame, "f_globals", {}).get("__name__"))
        if name.split(".")[0] == PACKAGE:
            return True
        frame = getattr(frame, "f_back", None)
    return False


def _in_child() -> None:
    global _refused
    _refused = _computing


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_child=_in_child)
