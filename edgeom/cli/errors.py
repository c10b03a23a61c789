"""What goes wrong on the command line, as one line and an exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn

import typer

from edgeom.cli import signals
from edgeom.errors import EdgeomError, InputError
from edgeom.files import FULL
from edgeom.plain import one_line

__all__ = ["one_line_each"]


@contextmanager
def one_line_each() -> Iterator[None]:
    """Turn what goes wrong in a command into one line on stderr and an exit status.

    2 is for input that cannot be used, 1 for all else; an interrupt has the status of its signal,
    and nothing is said to those who have closed a pipe.
    """
    try:
        yield
        sys.stdout.flush()
    except (KeyboardInterrupt, Exception) as error:
        if signals.received():
            signals.end(error)
        _explain(error)
        raise


def _explain(error: BaseException) -> None:
    """Stop with one line about an error; return if there is none, as for a fault of edgeom."""
    if isinstance(error, KeyboardInterrupt):
        _stop(signals.words(error), signals.status())
    if isinstance(error, EdgeomError):
        _stop(f"error: {error}", 2 if isinstance(error, InputError) else 1)
    if isinstance(error, MemoryError | SystemError):  # what libraries raise when memory is short
        text = one_line(str(error))
        _stop(f"error: there is not enough memory{text and ': '}{text}; ask for less at a time", 1)
    if isinstance(error, ImportError) or "start new thread" in str(error):
        _stop(f"error: {one_line(str(error))}; it may not be installed, or memory is short", 1)
    if isinstance(error, BrokenPipeError):
        _forget_output()
        raise typer.Exit(1) from None
    if isinstance(error, OSError):
        _forget_output()
        if error.errno in FULL:
            _stop("error: the output cannot be written: the disk is full; free space", 1)
        name = f": {error.filename}" if error.filename else ""
        _stop(f"error: {error.strerror or error}{name}", 1)


def _stop(text: str, status: int) -> NoReturn:
    with suppress(OSError):
        typer.echo(text, err=True)
    raise typer.Exit(status) from None


def _forget_output() -> None:
    """Let nothing be written any more, as Python would try at its end."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
