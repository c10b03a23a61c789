"""Blocks of samples from worker processes, in order; what dies with a worker is computed again."""

from __future__ import annotations

import os
import pickle
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import version
from multiprocessing import get_context, parent_process, resource_tracker
from typing import Any, Protocol

from numpy.typing import NDArray

from edgeom.errors import EdgeomError, InputError
from edgeom.tables.samples import Block

__all__ = [
    "DEATHS",
    "PACKAGES",
    "Engine",
    "Task",
    "deaf",
    "in_order",
    "in_processes",
    "optional",
    "packed",
    "versions_of",
    "work",
]

Task = tuple[int, int, NDArray[Any] | None]  #: first sample, how many, their data if given
DEATHS = 3  #: worker processes may die so often, one after the other, without a block in between
PACKAGES = ("edgeom", "numpy", "llvmlite")  #: their versions may change the last digits


def versions_of(packages: Sequence[str]) -> dict[str, str]:
    """Return the versions of packages that are installed."""
    return {name: version(name) for name in packages}


class Engine(Protocol):
    """What computes blocks."""

    @property
    def degree(self) -> int:
        """Number of paths of a sample; 0 where none are tracked."""
        ...

    def block(self, first: int, count: int, data: NDArray[Any] | None = None) -> Block:
        """Compute samples first, ..., first + count - 1, whose data may be given."""
        ...


# Workers get a job as bytes, make its engine once, and keep it: one for each thread.
_kept = threading.local()


def optional(module: str, extra: str) -> Any:
    """Import an optional library.

    Raises
    ------
    EdgeomError
        It is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise EdgeomError(f'{module} is missing: pip install "edgeom[{extra}]"') from error


def packed(made: type[Engine], settings: tuple[Any, ...]) -> bytes:
    """Return a job for workers: an engine by its arguments, and the versions that made them."""
    try:
        return pickle.dumps((made, settings, versions_of(PACKAGES)))
    except Exception as error:
        raise InputError(f"{settings[0]!r} cannot be sent to workers: {error}") from error


def work(job: bytes, task: Task) -> Block:
    """Compute one block in a worker."""
    if getattr(_kept, "job", None) != job:
        made, settings, versions = pickle.loads(job)
        here = versions_of(PACKAGES)
        if here != versions:
            raise EdgeomError(f"a worker has {here}, this process {versions}: install the same")
        _kept.engine, _kept.job = made(*settings), job
    block: Block = _kept.engine.block(*task)
    return block


def _result(future: Any) -> Block:
    block: Block = future.result()
    return block


def in_order(
    pool: Any,
    job: bytes,
    tasks: Sequence[Task],
    window: int,
    wait: Callable[[Any], Block] = _result,
    **options: Any,
) -> Iterator[Block]:
    """Yield blocks in order, with at most `window` of them under way."""
    waiting: deque[Any] = deque()
    for task in tasks:
        with deaf():
            waiting.append(pool.submit(work, job, task, **options))
        if len(waiting) == window:
            yield wait(waiting.popleft())
    while waiting:
        yield wait(waiting.popleft())


@contextmanager
def deaf() -> Iterator[None]:
    """Let processes that are started here never hear of Ctrl-C, from their first moment on.

    A terminal interrupts all processes of a command; workers leave that to the one they work for.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # which starts a process of its own, and then listens again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def in_processes(workers: int, job: bytes, tasks: list[Task]) -> Generator[Block]:
    """Yield blocks in order, computed by processes of this machine.

    Raises
    ------
    EdgeomError
        Processes keep dying.
    """
    done = deaths = 0
    while done < len(tasks):
        pool = ProcessPoolExecutor(workers, get_context("spawn"), initializer=_begin_worker)
        try:
            for block in in_order(pool, job, tasks[done:], 4 * workers):
                done, deaths = done + 1, 0
                yield block
        except BrokenProcessPool as error:
            deaths += 1
            if deaths == DEATHS:
                raise EdgeomError(
                    "worker processes die before they return anything; a script that starts "
                    'workers must do so under `if __name__ == "__main__":`'
                ) from error
        except BaseException:  # an interrupt, or nobody wants the rest: do not wait for it
            for process in list((pool._processes or {}).values()):
                process.kill()  # which ends one that is stopped, too
            raise
        finally:
            pool.shutdown(cancel_futures=True)


def _begin_worker() -> None:
    """Do not outlive the parent, which answers interrupts."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    assert parent is not None

    def follow() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
