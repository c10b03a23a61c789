"""Faults around run folders: kills, full disks, several writers, names, certificates."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

import edgeom as eg
from benchmarks.corruption import DATA, ELLIPSE, METRIC, continued, finished

Case = tuple[str, Callable[[], object]]
PROGRAM = """
import os, sys
import edgeom as eg
from edgeom import files

calls, last = 0, int(sys.argv[2])
def stopped(function):
    def wrapped(*arguments, **options):
        global calls
        calls += 1
        if calls == last:
            os._exit(9)
        return function(*arguments, **options)
    return wrapped
os.fsync, os.replace, os.rename = map(stopped, (os.fsync, os.replace, os.rename))
files.Path.replace = stopped(files.Path.replace)

if __name__ == "__main__":
    eg.real_critical_table(
        eg.DeterminantalVariety(2, 2, rank=1), 2000, metric=eg.Metric.random(4, 1), out=sys.argv[1],
        shard_size=400, resume=True, data=None,
    )
"""


def refused(use: Callable[[], object], *words: str) -> str:
    """Return the one line with which edgeom refuses something."""
    try:
        found = use()
    except eg.EdgeomError as error:
        text = str(error)
        assert "\n" not in text and len(text) < 1000, text
        assert all(word in text for word in words), text
        return text
    raise AssertionError(f"it was accepted: {found!r:.200}")


def certificates(place: Path) -> Iterator[Case]:
    """Change what a certificate rests on, and the certificate."""
    source = finished(place / "source")

    def copy() -> Path:
        shutil.rmtree(place / "run", ignore_errors=True)
        return shutil.copytree(source, place / "run")

    def edited(name: str, change: Callable[[dict], object]) -> Path:
        run = copy()
        content = json.loads((run / name).read_text())
        change(content)
        (run / name).write_text(json.dumps(content))
        return run

    def moved() -> None:
        run = copy()
        np.save(run / "data.npy", np.load(run / "data.npy") + 1e-9)
        refused(lambda: eg.certify_run(run), "data.npy is not the data of the run")
        continued(run)
        assert eg.certify_run(run).proved == len(DATA)

    yield "data moved by 1e-9", moved
    for name, content in (
        ("missing", None),
        ("empty", b""),
        ("truncated", (source / "data.npy").read_bytes()[:-9]),
    ):

        def damaged(content: bytes | None = content) -> None:
            run = copy()
            (run / "data.npy").unlink()
            if content is not None:
                (run / "data.npy").write_bytes(content)
            refused(lambda: eg.certify_run(run), "data.npy is")
            continued(run)
            assert eg.certify_run(run) == eg.certify_run(source)

        yield f"data {name}", damaged
    for shape in ((10, 4), (40,), (19, 2), (0, 2), (20, 2, 1)):

        def shaped(shape: tuple[int, ...] = shape) -> None:
            run = copy()
            np.save(run / "data.npy", np.resize(DATA, shape))
            refused(lambda: eg.certify_run(run), "data.npy")
            continued(run)

        yield f"data of shape {shape}", shaped
    changes: list[tuple[str, str, Callable[[dict], object]]] = [
        ("proved", "certificate.json", lambda c: c["shards"]["0"].update(proved=99999)),
        ("open", "certificate.json", lambda c: c["shards"]["0"].update(proved=9, open=[3])),
        ("proof", "certificate.json", lambda c: c.update(proof="because")),
        ("degree", "manifest.json", lambda c: c.update(degree=99)),
        ("law", "manifest.json", lambda c: c.update(law="another")),
        ("variety", "manifest.json", lambda c: c["run"]["variety"].update(variables=["y", "x"])),
        ("versions", "manifest.json", lambda c: c["run"]["versions"].update(numpy="0")),
    ]
    for name, file, change in changes:
        yield (
            f"{name} changed",
            lambda file=file, change=change: refused(
                lambda: eg.certify_run(edited(file, change)), file
            ),
        )
        if file == "manifest.json":
            yield (
                f"{name} changed, then --resume",
                lambda file=file, change=change: refused(
                    lambda: continued(edited(file, change)), file
                ),
            )


def paths(place: Path) -> Iterator[Case]:
    """Names of folders."""

    def home() -> None:
        os.environ["HOME"] = str(place)
        os.chdir(place)
        eg.real_critical_table(ELLIPSE, 5, out="~/run")
        assert (place / "run" / "manifest.json").exists() and not (place / "~").exists()
        assert len(eg.RealCriticalTable.load("~/run")) == 5
        assert len(eg.RealCriticalTable.load(place / "run")) == 5

    def gone() -> None:
        (place / "gone").mkdir()
        os.chdir(place / "gone")
        (place / "gone").rmdir()
        try:
            refused(lambda: eg.real_critical_table(ELLIPSE, 5, out="run"), "was deleted")
        finally:
            os.chdir(place)

    before = os.environ.get("HOME", "")
    yield "the home directory", home
    os.environ["HOME"] = before
    yield "a deleted working directory", gone
    for name in (
        "",
        "a\0b",
        "x" * 300,
        "bad\udcff",
        b"bytes",
        5,
        None,
        [],
        "~no such user/run",
        "/proc/x",
    ):
        for use in (
            lambda name: eg.real_critical_table(ELLIPSE, 5, out=name, resume=True),
            eg.RealCriticalTable.load,
            eg.certify_run,
            eg.repair_run,
        ):
            if name is not None or use is eg.certify_run:
                yield (
                    f"the name {name!r:.20}",
                    lambda name=name, use=use: refused(lambda: use(name)),
                )


def kills(place: Path) -> Iterator[Case]:
    """End a run in front of every write, and at random times; continue it to the same bytes."""
    program = place / "program.py"
    program.write_text(PROGRAM)

    def start(folder: Path, last: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, str(program), str(folder), str(last)])

    def shards(folder: Path) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted(folder.glob("*.parquet"))}

    whole = place / "whole"
    assert start(whole, -1).wait() == 0

    def same(folder: Path) -> None:
        assert start(folder, -1).wait() == 0
        assert shards(folder) == shards(whole)
        assert (folder / "manifest.json").read_bytes() == (whole / "manifest.json").read_bytes()
        assert not list(folder.glob(".*"))

    for last in range(1, 26, 3):

        def before_a_write(last: int = last) -> None:
            folder = place / f"write{last}"
            assert start(folder, last).wait() in (0, 9)
            same(folder)

        yield f"before write {last}", before_a_write
    rng = random.Random(0)
    for number in range(8):

        def at_random(number: int = number) -> None:
            folder = place / f"random{number}"
            with start(folder, -1) as process:
                time.sleep(0.6 + 1.2 * rng.random())
                process.kill()
            same(folder)

        yield f"at random {number}", at_random


def full_disks(place: Path) -> Iterator[Case]:
    """Write on disks with too little room."""
    disk = place / "disk"
    disk.mkdir()
    command = [sys.executable, "-m", "edgeom", "table", "--rows", "2", "--cols", "2", "--rank", "1"]
    command += ["--samples", "400", "--out", str(disk / "run")]
    for size in (4, 8, 16, 24, 32, 48, 64, 96):

        def full(size: int = size) -> None:
            mount = ["mount", "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", str(disk)]
            if subprocess.run(mount, capture_output=True).returncode:
                raise AssertionError("mounting a small disk is not permitted here")
            try:
                done = subprocess.run(command, capture_output=True, text=True)
                if done.returncode:
                    assert done.returncode == 1 and done.stderr.count("\n") == 1, done.stderr
                    assert "the disk is full" in done.stderr or (
                        "are free; free space, ask for fewer" in done.stderr
                    ), done.stderr
                assert not list(disk.rglob("*.part"))
                subprocess.run(["mount", "-o", "remount,size=10M", str(disk)], check=True)
                done = subprocess.run([*command, "--resume"], capture_output=True, text=True)
                assert done.returncode == 0, done.stderr
            finally:
                subprocess.run(["umount", str(disk)], check=True)

        yield f"{size} KiB", full


def writers(place: Path) -> Iterator[Case]:
    """Let several processes continue one folder."""
    program = place / "program.py"
    program.write_text(PROGRAM)
    for count in (2, 2, 2, 3, 4):

        def competing(count: int = count) -> None:
            folder = place / f"run{count}{time.monotonic_ns()}"
            command = [sys.executable, str(program), str(folder), "-1"]
            group = [
                subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(count)
            ]
            ends = [(process.communicate()[1], process.returncode) for process in group]
            assert any(code == 0 for _, code in ends)
            for text, code in ends:
                last = text.strip().splitlines()[-1:]
                assert (
                    code == 0
                    or "is being written by process" in last[0]
                    or ("holds a run already" in last[0])
                ), text
            assert len(eg.RealCriticalTable.load(folder)) == 2000

        yield f"{count} processes", competing

    def read_only() -> None:
        source = finished(place / "source")
        wanted = str(eg.RealCriticalTable.load(source))
        mount = ["mount", "--bind", "-o", "ro", str(source), str(source)]
        if subprocess.run(mount, capture_output=True).returncode:
            raise AssertionError("mounting is not permitted here")
        try:
            assert str(continued(source)) == wanted and eg.certify_run(source).proved == len(DATA)
            assert eg.repair_run(source).finished
        finally:
            subprocess.run(["umount", str(source)], check=True)

    yield "a disk that is read only", read_only


def empty(place: Path) -> Iterator[Case]:
    """Tables without a decided sample, and data that is all special."""
    import matplotlib

    matplotlib.use("agg")
    V = eg.DeterminantalVariety(3, 3, rank=1)

    def nothing() -> None:
        table = eg.real_critical_table(V, metric=V.default_metric, data=[np.eye(3)] * 2)
        assert "No sample is decided" in str(table)
        assert "No sample is decided" in table.plot().texts[0].get_text()
        assert "No sample is decided" in table.histogram().texts[0].get_text()
        assert table.to_markdown() and table.to_latex() and table.interval(0) == (0, 1)

    def special() -> None:
        for data in (np.zeros((500, 3, 3)), [np.eye(3)] * 500):
            begin = time.process_time()
            refused(lambda data=data: eg.real_critical_table(V, data=data, metric=V.default_metric))
            assert time.process_time() - begin < 60

    yield "no decided sample", nothing
    yield "special data", special


def forks(place: Path) -> Iterator[Case]:
    """Fork while another thread computes: the copy computes, too, or says why it cannot."""
    for number in range(20):

        def fork(number: int = number) -> None:
            thread = threading.Thread(target=lambda: eg.real_critical_table(ELLIPSE, 10_000))
            thread.start()
            time.sleep(0.01 * number)
            child = os.fork()
            if child == 0:
                try:
                    eg.real_critical_table(ELLIPSE, 10, metric=METRIC)
                except eg.EdgeomError as error:
                    os._exit(0 if "forked while" in str(error) else 1)
                os._exit(0)
            end = time.monotonic() + 90
            while not (found := os.waitpid(child, os.WNOHANG))[0] and time.monotonic() < end:
                time.sleep(0.05)
            if not found[0]:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
            thread.join()
            assert found[0] and found[1] == 0, "it hangs" if not found[0] else found

        yield f"after {10 * number} ms", fork
