"""PHCpack: polyhedral black-box solving and parameter homotopy by the program ``phc``.

The program is run, never the Python module phcpy: docs/how_to/phcpack.md tells why.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from numbers import Real
from pathlib import Path
from typing import TypeVar

import numpy as np

from edgeom.equations.system import PolynomialSystem
from edgeom.errors import BackendError, InputError, check_size
from edgeom.solvers.base import PRECISIONS, SOLVE, TRACK, Array, Availability, Backend, Ends
from edgeom.solvers.phc_text import (
    DIGITS,
    answers,
    read_solutions,
    read_version,
    short_lines,
    with_solutions,
)
from edgeom.solvers.process import Limits, run, said, tail, workspace

__all__ = ["Phcpack"]

VARIABLE = "EDGEOM_PHC"  # names the program where it is not on the PATH
OLDEST = (2, 4, 86)  # whose menus and output are known
INSTALL = "install it with `apt install phcpack`, or name the program in the variable " + VARIABLE
Task = TypeVar("Task")


@dataclass(frozen=True)
class Phcpack(Backend):
    """The program ``phc`` by Jan Verschelde and others.

    Parameters
    ----------
    precision : {"double", "double-double", "quad-double"}
        In which paths are tracked and ends refined.
    timeout : float
        Seconds that one system, or one target, may take.
    processes : int, optional
        Systems that run side by side; by default as many as there are processors.
    program : str, optional
        By default the variable EDGEOM_PHC, or ``phc`` on the PATH.

    References
    ----------
    Verschelde, "Algorithm 795: PHCpack", ACM Trans. Math. Softw. 25 (1999).
    """

    precision: str = PRECISIONS[0]
    timeout: float = 600.0
    processes: int | None = None
    program: str | None = None

    name = "phcpack"
    title = "PHCpack"
    capabilities = frozenset({SOLVE, TRACK})
    precisions = PRECISIONS

    def __post_init__(self) -> None:
        self.check_precision()
        seconds = self.timeout
        if not (isinstance(seconds, Real) and 0 < float(seconds) < float("inf")):
            raise InputError(f"timeout must be a positive number of seconds, got {seconds!r}")
        if self.processes is not None:
            check_size(self.processes, "processes", 1)

    def availability(self) -> Availability:
        given = self.program or os.environ.get(VARIABLE) or "phc"
        path = shutil.which(given)
        if path is None:
            return Availability(
                self.name, False, reason=f"there is no program {given!r}; {INSTALL}"
            )
        return _probe(path, os.stat(path).st_mtime_ns)

    def solve(self, systems: Sequence[PolynomialSystem], seed: int = 0) -> list[Ends]:
        phc = self.require().where

        def one(system: PolynomialSystem, number: int) -> Ends:
            def fill(folder: Path) -> str:
                (folder / "input").write_text(_text(system), encoding="ascii")
                return ""

            command = [phc, f"-0{number}", f"-b{DIGITS[self.precision]}", "input", "output"]
            return self._run(command, fill, len(system.unknowns))

        return self._side_by_side(one, systems, seed)

    def track(
        self,
        system: PolynomialSystem,
        begin: Array,
        starts: Array,
        targets: Array,
        seed: int = 0,
    ) -> list[Ends]:
        phc = self.require().where
        unknowns = len(system.unknowns)
        if not len(starts):
            nothing = Ends(np.zeros((0, unknowns), complex), np.zeros(0, np.int64))
            return [nothing] * len(targets)
        start = with_solutions(_text(system.at(begin)), starts)

        def one(target: Array, number: int) -> Ends:
            def fill(folder: Path) -> str:
                (folder / "start").write_text(start, encoding="ascii")
                (folder / "target").write_text(_text(system.at(target)), encoding="ascii")
                return answers("target", "output", "start")

            command = [phc, f"-0{number}", f"-p{DIGITS[self.precision]}"]
            ends = self._run(command, fill, unknowns)
            if len(ends) != len(starts):
                raise BackendError(f"PHCpack returned {len(ends)} ends of {len(starts)} paths")
            return ends

        return self._side_by_side(one, list(targets), seed)

    def _side_by_side(
        self, one: Callable[[Task, int], Ends], tasks: Sequence[Task], seed: int
    ) -> list[Ends]:
        """Run tasks in child processes, each with its own seed."""
        seeds = 1 + np.random.SeedSequence(seed).generate_state(len(tasks)) % 10**6
        with ThreadPoolExecutor(self.processes or os.cpu_count() or 1) as pool:
            futures = [
                pool.submit(one, task, number)
                for task, number in zip(tasks, seeds.tolist(), strict=True)
            ]
            try:
                return [future.result() for future in futures]
            finally:
                for future in futures:
                    future.cancel()

    def _run(self, command: list[str], fill: Callable[[Path], str], unknowns: int) -> Ends:
        """Run the program in a folder of its own and read its answer."""
        with workspace("edgeom-phc-") as folder:
            run(self.title, command, folder, Limits(self.timeout), fill(folder))
            output = folder / "output"
            try:
                return read_solutions(output.read_text(encoding="utf-8"), unknowns)
            except (OSError, UnicodeDecodeError, BackendError) as error:
                said = tail(folder / "screen") or tail(output)
                raise BackendError(f"PHCpack's answer cannot be used: {error}{said}") from error


def _text(system: PolynomialSystem) -> str:
    return short_lines(system.to_phc())


@lru_cache(maxsize=16)
def _probe(path: str, modified: int) -> Availability:
    """Ask a program for its version; asked again when the file has changed."""
    name = Phcpack.name
    try:
        output, errors = said(path, "--version")
    except BackendError as error:
        return Availability(name, False, where=path, reason=str(error))
    version = read_version(output)
    if version is None:
        answer = (output + errors).strip()[:80]
        reason = f"{path} is not PHCpack's program, it answers {answer!r}; {INSTALL}"
        return Availability(name, False, where=path, reason=reason)
    text = ".".join(map(str, version))
    if version < OLDEST:
        reason = f"{path} is version {text}, {'.'.join(map(str, OLDEST))} is needed; {INSTALL}"
        return Availability(name, False, text, path, reason)
    return Availability(name, True, text, path)
