"""Faults around the command line: signals, sizes, outputs, and addresses of schedulers."""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from benchmarks.terminal import COMMAND, interrupted

Case = tuple[str, Callable[[], object]]
MATRICES = ["--rows", "3", "--cols", "3", "--rank", "1"]
SMALL = ["--rows", "2", "--cols", "2", "--rank", "1"]
ELLIPSE = ["--variety", "zeros x^2 + 4*y^2 - 4 in x, y"]
CPU = 20  # seconds a command may compute, however busy the machine is; 3 is the most that was seen
PATIENCE = 200  # seconds after which it hangs


def signals(place: Path) -> Iterator[Case]:
    """Interrupt commands on a terminal, from their first moments on."""
    long = ["table", *MATRICES, "--samples", "200000"]
    commands: list[tuple[list[str], list[float], str]] = [
        (
            ["degree", *MATRICES, "--generic"],
            [0.08, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.6, 0.9, 1.5],
            "",
        ),
        (["verify"], [1.0, 2.0], ""),
        (long, [0.5, 1.0, 2.0, 4.0], ""),
        ([*long, "--workers", "2"], [0.8, 1.2, 1.6, 2.0, 3.0, 5.0], ""),
        ([*long, "--workers", "2", "--scheduler", "local"], [1.5, 2.5, 3.5, 6.0], ""),
        (["slice", *MATRICES, "--generic", "--grid", "200"], [1.0, 2.0, 5.0], ""),
        ([*long, "--workers", "2"], [5.0], "spawn_main"),  # with its workers stopped
    ]

    def case(arguments: list[str], after: float, number: int, stop: str) -> None:
        out = place / ("picture.png" if arguments[0] == "slice" else f"run{time.monotonic_ns()}")
        more = ["--out", str(out)] if arguments[0] in ("slice", "table") else []
        outcome = interrupted([*arguments, *more], after, number, stop)
        assert not (faults := outcome.faults(number)), "; ".join(faults)
        if arguments[0] == "table" and outcome.status:
            assert "interrupted; continue with --resume" in outcome.text or after < 4, outcome.text

    for number in (signal.SIGINT, signal.SIGTERM):
        for arguments, times, stop in commands:
            for after in times:
                name = (
                    f"{signal.Signals(number).name} to {' '.join(arguments)} after {after} s{stop}"
                )
                yield name, partial(case, arguments, after, number, stop)


def answered(
    arguments: list[str],
    place: Path,
    status: tuple[int, ...] = (1, 2),
    **options: object,
) -> str:
    """Run a command that has to end in time, with one line of an error or none."""
    begin = _spent_by_children()
    done = subprocess.run(
        [*COMMAND, *arguments],
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        cwd=place,
        timeout=PATIENCE,
        text=True,
        **{"stdout": subprocess.PIPE, **options},
    )
    assert done.returncode in status, (done.returncode, done.stderr)
    assert "Traceback" not in done.stderr, done.stderr[-600:]
    assert not done.stderr or done.stderr.count("\n") == 1 or "\n  " in done.stderr, done.stderr
    spent = _spent_by_children() - begin
    assert spent < CPU, f"it took {spent:.0f} CPU seconds"
    return done.stderr


def _spent_by_children() -> float:
    """Return the CPU seconds of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def sizes(place: Path) -> Iterator[Case]:
    """Ask for more than there is."""
    head = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 1000000)}\n"
    header = b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head
    (place / "big.npy").write_bytes(header + b"0" * 80)
    with (place / "sparse.npy").open("wb") as stream:
        stream.write(header)
        stream.truncate(8_000_000_000_200)
    for arguments in (
        ["table", *SMALL, "--samples", "99999999999999999999", "--out", "run"],
        ["table", *SMALL, "--samples", "9" * 400, "--out", "run"],
        ["table", *SMALL, "--samples", "999999999999", "--out", "run"],
        ["degree", "--rows", "1000000", "--cols", "1000000", "--rank", "1", "--generic"],
        ["degree", "--rows", "1000000", "--cols", "1000000", "--rank", "1"],
        ["degree", "--variety", "symmetric 100000x100000 rank 2", "--generic"],
        ["degree", "--equations", "x^99999999 + y", "--variables", "x,y"],
        ["degree", "--equations", "(x+y+1)^4999*(x-y)^4999", "--variables", "x,y"],
        ["slice", *ELLIPSE, "--grid", "100000000", "--out", "picture.png"],
        ["slice", *ELLIPSE, "--grid", "9" * 400, "--out", "picture.png"],
        ["slice", *ELLIPSE, "--refine", "100000000", "--out", "picture.png"],
        ["points", *SMALL, "--data", "big.npy"],
        ["points", *SMALL, "--data", "sparse.npy"],
        ["points", *SMALL, "--data", "/dev/zero"],
        ["degree", *SMALL, "--config", "/dev/zero"],
    ):
        yield " ".join(arguments)[:80], partial(answered, arguments, place)


def output(place: Path) -> Iterator[Case]:
    """Print where nothing can be printed, and draw where nothing can be drawn."""
    (place / "mark.txt").write_bytes(b"\xef\xbb\xbf1 2\n3 4\n")
    (place / "mark.toml").write_bytes(b"\xef\xbb\xbfseed = 3\n")
    table = ["table", *SMALL, "--samples", "20"]
    commands = [
        ["degree", *SMALL],
        ["degree", *SMALL, "--json"],
        ["points", *SMALL, "--data", "mark.txt"],
        ["network", "--widths", "3,1,3"],
        ["doctor"],
        ["--help"],
    ]
    for arguments in commands:

        def full(arguments: list[str] = arguments) -> None:
            with open("/dev/full", "w") as stream:
                answered(arguments, place, (1,), stdout=stream)

        def closed(arguments: list[str] = arguments) -> None:
            reader, writer = os.pipe()
            os.close(reader)
            with os.fdopen(writer, "w") as stream:
                answered(arguments, place, (1, 141), stdout=stream)

        yield f"/dev/full: {arguments[0]}", full
        yield f"a closed pipe: {arguments[0]}", closed
    for backend in ("nonsense", "qtagg", "module://nowhere"):
        environment = {**os.environ, "MPLBACKEND": backend}
        out = ["--out", f"run {backend[:4]}"]
        yield (
            f"MPLBACKEND={backend}, table",
            partial(answered, [*table, *out], place, (0,), env=environment),
        )
        picture = ["slice", *ELLIPSE, "--grid", "4", "--refine", "0", "--out", "picture.png"]
        yield (
            f"MPLBACKEND={backend}, slice",
            partial(answered, picture, place, (0,), env=environment),
        )
    yield (
        "a byte order mark in data",
        partial(answered, ["points", *SMALL, "--data", "mark.txt"], place, (0,)),
    )
    yield (
        "a byte order mark in options",
        partial(answered, ["degree", *SMALL, "--config", "mark.toml"], place, (0,)),
    )
    for size in (150, 250, 350, 500, 700, 1000, 1500):

        def small(size: int = size) -> None:
            def limit() -> None:
                resource.setrlimit(resource.RLIMIT_AS, (size << 20, size << 20))

            arguments = [*table, "--out", f"memory {size}"]
            answered(arguments, place, (0, 1, 2), preexec_fn=limit)

        yield f"{size} MiB of memory", small


@contextmanager
def _server(kind: str) -> Iterator[int]:
    """Yield the port of a server that is no scheduler."""
    if kind == "web":

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None: ...

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield server.server_address[1]
            server.shutdown()
    else:
        with socket.create_server(("127.0.0.1", 0)) as silent:  # it lets everybody wait
            yield silent.getsockname()[1]


def distributed(place: Path) -> Iterator[Case]:
    """Give addresses that are no scheduler, and take workers away."""
    table = ["table", *SMALL, "--samples", "20", "--out", "run"]

    def other(kind: str) -> None:
        with _server(kind) as port:
            address = f"tcp://127.0.0.1:{port}"
            text = answered([*table, "--scheduler", address], place, (2,))
            assert f"no dask scheduler answers at {address}" in text, text

    for kind in ("web", "silent"):
        yield f"a {kind} server", partial(other, kind)
    for address in ("http://127.0.0.1:1", "nonsense://x", "", "127.0.0.1", "\x1b[2J", "tcp://"):
        yield (
            f"the address {address!r}",
            partial(answered, [*table, "--scheduler", address], place, (2,)),
        )

    def lost() -> None:
        """Lose all workers in the middle."""
        script = Path(__file__).with_name("lost_workers.py")
        done = subprocess.run(
            [sys.executable, str(script), str(place / "lost")],
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout[-300:] + done.stderr[-900:]
        assert "the cluster has no workers" in done.stderr, done.stderr[-300:]

    yield "lost workers", lost
