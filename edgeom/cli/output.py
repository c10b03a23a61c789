"""What commands print: a bar of progress, and one JSON object."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from rich import progress
from rich.console import Console
from rich.text import Text

from edgeom.homotopy.monodromy import Progress
from edgeom.results import as_text

__all__ = ["print_json", "progress_bar"]


class _Rate(progress.ProgressColumn):
    """Steps in a second."""

    def render(self, task: progress.Task) -> Text:
        return Text("" if task.speed is None else f"{task.speed:.0f}/s")


@contextmanager
def progress_bar(rate: bool = False) -> Iterator[Progress | None]:
    """Yield a callback that draws a bar, on a terminal and after a second of work.

    With `rate` the bar also shows how fast it goes and how long it will take.
    """
    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    columns: list[str | progress.ProgressColumn] = [
        progress.SpinnerColumn(),
        "{task.description}",
        progress.MofNCompleteColumn(),
        progress.BarColumn(),
    ]
    if rate:
        columns += [_Rate(), progress.TimeRemainingColumn()]
    begin, task = time.monotonic(), None
    bar = progress.Progress(*columns, console=console, transient=True)

    def report(stage: str, done: int, total: int | None) -> None:
        nonlocal task
        if task is None and time.monotonic() - begin > 1:
            bar.start()
            task = bar.add_task(stage, total=total, completed=done)
        elif task is not None:
            bar.update(task, description=stage, completed=done, total=total)

    try:
        yield report
    finally:
        bar.stop()


def print_json(value: dict[str, Any]) -> None:
    """Print one JSON object."""
    typer.echo(as_text(value), nl=False)
