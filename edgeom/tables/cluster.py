"""Blocks of samples from a dask cluster, whose scheduler and workers may be anywhere, or gone.

Nothing is waited for without end or without a word: each wait has a limit, and what takes longer
than a minute is said, to the logger "edgeom" (on stderr, where nobody has told it otherwise).
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Coroutine, Generator, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import ExitStack, contextmanager
from typing import Any

from edgeom.errors import EdgeomError, InputError
from edgeom.tables.samples import Block
from edgeom.tables.workers import DEATHS, Task, deaf, in_order, optional

__all__ = ["connected", "on_cluster"]

TIMEOUT = 10.0  #: seconds to wait for a scheduler, and for its first worker
LOOK = 5.0  #: seconds after which a wait for a block looks for workers
WORD = 60.0  #: seconds between two words about a wait
PATIENCE = 300.0  #: seconds without any worker, or without an answer of the scheduler
log = logging.getLogger("edgeom")


@contextmanager
def connected(scheduler: str, workers: int | None) -> Iterator[Any]:
    """Yield a client of the scheduler, which has a worker at least.

    Parameters
    ----------
    scheduler : str
        Its address, or "local" for a cluster on this machine.
    workers : int, optional
        Of a local cluster.

    Raises
    ------
    InputError
        No dask scheduler answers there, or it has no workers.
    """
    distributed = optional("distributed", "distributed")
    address: Any = scheduler
    with ExitStack() as stack:
        if address == "local":
            with deaf():
                cluster = distributed.LocalCluster(
                    n_workers=workers or os.cpu_count(),
                    threads_per_worker=1,
                    dashboard_address=":0",
                    silence_logs=logging.CRITICAL,
                )
            address = stack.enter_context(cluster)
        else:
            _knock(address)
        client = distributed.Client(address, timeout=TIMEOUT, set_as_default=False)
        stack.enter_context(client)
        try:
            client.wait_for_workers(1, timeout=TIMEOUT)
        except TimeoutError as error:
            raise InputError(f"the scheduler {scheduler} has no workers") from error
        yield client


def _knock(address: str) -> None:
    """Raise InputError unless a dask scheduler answers; a client would not give up as cleanly."""
    comms = optional("distributed.comm", "distributed")

    async def greet() -> None:
        comm = await comms.connect(address, timeout=TIMEOUT)
        await comm.close()

    try:
        _in_time(greet())
    except TimeoutError:
        raise InputError(
            f"no dask scheduler answers at {address}: what is there says nothing that dask "
            f"understands in {TIMEOUT:g} seconds"
        ) from None
    except Exception as error:  # whatever the answer of something else leads to
        raise InputError(f"no dask scheduler answers at {address}: {error}") from error


def _in_time(work: Coroutine[Any, Any, None]) -> None:
    """Do something elsewhere, and leave it there if it takes too long.

    There may be a running event loop in this thread, and what hangs may not hear that it is to end.
    """
    import asyncio

    done: Future[None] = Future()

    def run() -> None:
        try:
            done.set_result(asyncio.run(work))
        except BaseException as error:
            done.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    done.result(TIMEOUT)


def on_cluster(client: Any, job: bytes, tasks: list[Task]) -> Generator[Block]:
    """Yield blocks in order.

    Raises
    ------
    EdgeomError
        The cluster is lost, or has no workers for too long.
    """
    from distributed.scheduler import KilledWorker

    lost = (KilledWorker, CancelledError, OSError, ImportError)
    window = 4 * max(4, sum(client.nthreads().values()))
    watch = _Watch(client)
    try:
        yield from in_order(client, job, tasks, window, watch.wait, pure=False, retries=DEATHS)
    except lost as error:
        text = " ".join(str(error).split())
        raise EdgeomError(
            "the cluster cannot go on; finished shards are kept, continue the run (resume=True, "
            f"--resume): {text}"
        ) from error


class _Watch:
    """Waits for blocks of a cluster, and looks after it meanwhile."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def wait(self, future: Any) -> Block:
        """Return the block that a future brings."""
        begin = alive = word = time.monotonic()
        while True:
            try:
                block: Block = future.result(timeout=LOOK)
                return block
            except TimeoutError:
                now = time.monotonic()
            workers, reason = self._workers()
            alive = now if workers else alive
            if now - alive > PATIENCE:
                raise EdgeomError(
                    f"{reason} for {now - alive:.0f} seconds; finished shards are kept, continue "
                    "the run (resume=True, --resume) when there are workers"
                )
            if now - word > WORD:
                word = now
                log.warning("%s; nothing has come for %.0f seconds", reason, now - begin)

    def _workers(self) -> tuple[int, str]:
        """Return how many workers there are, and that in words."""
        try:
            client = self.client
            count = len(client.sync(client.scheduler.ncores, callback_timeout=TIMEOUT))
        except Exception as error:  # a scheduler that is gone, stopped or out of reach
            text = " ".join(str(error).split()) or type(error).__name__
            return 0, f"the scheduler does not answer ({text:.80})"
        return count, f"the cluster has {count} workers" if count else "the cluster has no workers"
