"""What commands print: a bar of progress, and one JSON object."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import typer

from edgeom.homotopy.monodromy import Progress
from edgeom.results import as_text

__all__ = ["Log", "print_json", "progress_bar"]


class Log:
    """Tells of a long run in lines: how much is done, how fast it goes, how long it will take.

    Parameters
    ----------
    every : float
        Seconds between lines.
    first : float
        Seconds before the first one, which comes only if the rest takes longer than `every`.
    clock : callable
    say : callable, optional
        Takes a line; by default it goes to stderr.

    Examples
    --------
    >>> seconds = iter([0.0, 4.0, 6.0, 100.0])
    >>> log = Log(say=print, clock=lambda: next(seconds))
    >>> for done in (500, 1000, 20000):
    ...     log("samples", done, 100_000)
    1 000 of 100 000 samples, 250/s, about 7 min left
    20 000 of 100 000 samples, 203/s, about 7 min left
    """

    def __init__(
        self,
        every: float = 60.0,
        first: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
        say: Callable[[str], Any] | None = None,
    ) -> None:
        self.every, self.clock = every, clock
        self.say = partial(typer.echo, err=True) if say is None else say
        self.begin = clock()
        self.next = self.begin + first
        self.start: tuple[float, int] | None = None  #: when the first part was done, and how much
        self.silent = True

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """Tell that so much of all is done."""
        now = self.clock()
        if self.start is None or done < self.start[1]:
            self.start = now, done  # what is loaded and compiled first is no measure of the rest
        if now < self.next:
            return
        took, part = now - self.start[0], done - self.start[1]
        if not part:
            took, part = now - self.begin, done
        rate = part / took if took else 0.0
        left = None if total is None or not rate else (total - done) / rate
        if self.silent and left is not None and left < self.every:
            self.next = now + self.every
            return
        self.silent, self.next = False, now + self.every
        text = f"{_grouped(done)} of {_grouped(total)} {stage}" if total else f"{done} {stage}"
        self.say(f"{text}, {rate:.3g}/s" + (f", about {_duration(left)} left" if left else ""))


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def _duration(seconds: float) -> str:
    """Return a time in words.

    >>> _duration(40), _duration(400), _duration(4e4), _duration(4e6)
    ('40 s', '7 min', '11.1 h', '46.3 days')
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    if seconds < 6000:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.3g} h" if seconds < 172_800 else f"{seconds / 86_400:.3g} days"


def _rate() -> Any:
    """Return the column of a bar that shows steps in a second."""
    from rich.progress import ProgressColumn, Task
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text("" if task.speed is None else f"{task.speed:.0f}/s")

    return Rate()


@contextmanager
def progress_bar(rate: bool = False) -> Iterator[Progress | None]:
    """Yield a callback that draws a bar, on a terminal and after a second of work.

    With `rate` the bar also shows how fast it goes and how long it will take; without a terminal
    there is then a line on stderr for that, after a few seconds and every minute, see :class:`Log`.
    """
    if not sys.stderr.isatty():
        yield Log() if rate else None
        return
    from rich import progress
    from rich.console import Console

    columns: list[str | progress.ProgressColumn] = [
        progress.SpinnerColumn(),
        "{task.description}",
        progress.MofNCompleteColumn(),
        progress.BarColumn(),
    ]
    if rate:
        columns += [_rate(), progress.TimeRemainingColumn()]
    begin, task = time.monotonic(), None
    bar = progress.Progress(*columns, console=Console(stderr=True), transient=True)

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
