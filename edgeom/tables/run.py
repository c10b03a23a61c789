"""Runs: which samples are computed, and by whom.

A run is cut into shards, and a shard into blocks of a few hundred samples. Blocks do not depend on
each other, so this process, worker processes or a dask cluster can compute them; they come back in
order and are stored by this process alone. What a worker loses with its life is computed again.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial
from itertools import chain, islice
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from edgeom.critical.general import CriticalProblem
from edgeom.equations import digits, hessian
from edgeom.errors import DegenerateDataError, InputError, check_size
from edgeom.homotopy.monodromy import Progress
from edgeom.homotopy.tracker import TrackerOptions
from edgeom.objectives.metric import Metric
from edgeom.plain import one_line
from edgeom.tables import engine
from edgeom.tables.cluster import connected, on_cluster
from edgeom.tables.draw import sample_problem
from edgeom.tables.engine import SampleEngine
from edgeom.tables.laws import Law, law_in_words
from edgeom.tables.lock import one_writer
from edgeom.tables.manifest import DATA, NORMAL, metric_fields
from edgeom.tables.samples import Block, SampleBlock, joined
from edgeom.tables.shards import TABLE, Layout
from edgeom.tables.store import RunFolder, checksum_of
from edgeom.tables.workers import (
    PACKAGES,
    Engine,
    Task,
    in_processes,
    optional,
    packed,
    versions_of,
)
from edgeom.varieties.base import Variety
from edgeom.varieties.fields import to_fields

__all__ = ["Machines", "Run", "SampleRun", "check_same_law", "computer"]

Array = NDArray[Any]
E = TypeVar("E", bound=Engine)
Compute = Callable[[list[Task]], Iterator[Block]]

IN_BLOCK = 20_000  # paths of a block, which is what one worker computes at a time
ON_CLUSTER = 5  # times as many in a block that goes over a network
IN_SHARD = 400_000  # and of a shard; both take about equally long whatever is computed
USUAL = 40  # paths of a sample where none are tracked
MOST = 100_000  # samples in a shard, unless more are asked for
MANY = 1000  # threads or worker processes of one machine
TRIED = 3  # samples of given data that are tried before all are computed


@dataclass(frozen=True)
class Machines:
    """Who computes.

    Attributes
    ----------
    workers : int, optional
        Number of worker processes; by default this process computes.
    scheduler : str, optional
        Address of a dask scheduler, or "local" for a cluster of `workers` processes.
    threads : int, optional
        Threads that share a block: by default one for each core, and one in each worker.

    Raises
    ------
    InputError
        A number is not positive, or there are workers besides those of a cluster.
    """

    workers: int | None = None
    scheduler: str | None = None
    threads: int | None = None

    def __post_init__(self) -> None:
        for name in ("threads", "workers"):
            if getattr(self, name) is not None:
                check_size(getattr(self, name), name, 1, MANY)
        if self.workers is not None and self.scheduler not in (None, "local"):
            raise InputError(
                f"the cluster at {self.scheduler} has its own workers; leave out workers"
            )


@dataclass(frozen=True, eq=False)
class Run(ABC, Generic[E]):
    """All that determines the numbers of a run, whatever is computed.

    Attributes
    ----------
    variety : Variety
    metric : Metric, ObjectiveFamily or str
        A fixed metric, the family of another objective, or a law.
    seed, samples : int
    data : array (samples, n) or None
        Given data; otherwise they are drawn.
    given_shard_size : int or None
        Samples in a shard; by default as many as have about `IN_SHARD` paths.
    machines : Machines
        They do not change the numbers.
    certify : bool
        Prove what is counted.
    first : int
        Number of the first sample.
    words : str, optional
        How metric and data are drawn; by default edgeom's own words.
    """

    layout: ClassVar[Layout]
    engine_type: ClassVar[type[Any]]
    noun: ClassVar[str] = "samples"  #: of what progress is told

    variety: Variety
    metric: Law
    seed: int
    samples: int
    data: Array | None
    given_shard_size: int | None
    machines: Machines
    certify: bool = False
    first: int = 0
    words: str | None = None

    @cached_property
    def engine(self) -> E:
        """The engine of this process."""
        threads = self.machines.threads or os.cpu_count() or 1
        engine: E = self.engine_type(*self.settings(threads))
        return engine

    @cached_property
    def shard_size(self) -> int:
        """Number of samples in a shard."""
        return self.given_shard_size or usual_shard_size(self.engine.degree)

    def settings(self, threads: int) -> tuple[Any, ...]:
        """Return the arguments of the engine of a process."""
        return self.variety, self.metric, self.seed, threads, self.certify

    @property
    def law(self) -> str:
        """How metric and data are drawn, in words."""
        data = "normal data" if self.data is None else "given data"
        return law_in_words(self.metric, data) if self.words is None else self.words

    def description(self) -> dict[str, Any]:
        """Return all that determines the bytes of the shards, ready for JSON."""
        data = self.data
        return {
            "variety": to_fields(self.variety),
            "metric": metric_fields(self.metric),
            "data": NORMAL if data is None else {"file": DATA, "sha256": checksum_of(data)},
            "seed": self.seed,
            "samples": self.samples,
            "shard_size": self.shard_size,
            "certify": self.certify,
            "options": self.options(),
            **({"first": self.first} if self.first else {}),
            "versions": versions_of((*PACKAGES, "pyarrow")),
        }

    def options(self) -> dict[str, Any]:
        """Return the settings of what computes."""
        return {
            "tracker": asdict(TrackerOptions()),
            "attempts": engine.ATTEMPTS,
            "distinct": engine.DISTINCT,
            "hessian": hessian.OPTIONS,
            "digits": digits.OPTIONS,
        }

    def tasks(self, shard: int) -> list[Task]:
        """Return the blocks of a shard."""
        end = min((shard + 1) * self.shard_size, self.samples)
        paths = IN_BLOCK * (1 if self.machines.scheduler is None else ON_CLUSTER)
        size = -(-paths // (self.engine.degree or USUAL))
        firsts = range(shard * self.shard_size, end, size)
        sizes = [(first, min(size, end - first)) for first in firsts]
        data = self.data
        return [(self.first + f, n, None if data is None else data[f : f + n]) for f, n in sizes]

    def problem(self, place: int) -> CriticalProblem:
        """Return the problem of the sample with number `first` + `place`."""
        row = None if self.data is None else self.data[place]
        return sample_problem(self.variety, self.metric, self.seed, self.first + place, row)

    def in_memory(self, progress: Progress | None = None) -> Any:
        """Compute all samples; return one block of the kind of the run."""
        self.check_data()
        with computer(self) as compute:
            every = list(chain.from_iterable(map(self.tasks, range(self._shards))))
            return joined(list(self.counted(compute(every), 0, progress)))

    def in_folder(
        self, path: Path, resume: bool = False, progress: Progress | None = None
    ) -> RunFolder:
        """Compute all samples, or those that the folder lacks, and store them shard by shard."""
        for library in ("pyarrow", "filelock"):
            optional(library, "tables")
        there = resume and RunFolder.exists(path)
        if there and self.given_shard_size is None:
            size = RunFolder(path).manifest["run"]["shard_size"]
            return replace(self, given_shard_size=size).in_folder(path, resume, progress)
        if there:
            folder = self._same(path)
            if folder.is_finished():  # it may be on a disk that nobody can write on
                return folder
            if folder.seal is None:
                raise InputError(f"{path} is not finished and of version 0.1; {folder.remedy}")
        else:
            RunFolder.check_free(path)
        with ExitStack() as stack:
            if there:
                stack.enter_context(one_writer(path, progress))
                folder = self._same(path)  # perhaps another process has gone on meanwhile
                folder.restore(self.data)
                if folder.take_up(s for s in folder.shards if folder.checksum(s) is None):
                    folder.write_manifest()
            compute = stack.enter_context(computer(self))
            if not there:
                self.check_data()
                manifest = RunFolder.make(path, self.description(), self.about(), self.layout)
                stack.enter_context(one_writer(path, progress))
                folder = RunFolder.create(path, manifest, self.data)
            tasks = {shard: self.tasks(shard) for shard in folder.missing()}
            every = list(chain.from_iterable(tasks.values()))
            if every:
                folder.check_about(self.computed())
            done = self.samples - sum(count for _, count, _ in every)
            blocks = self.counted(compute(every), done, progress)
            for shard, own in tasks.items():
                folder.write(shard, joined(list(islice(blocks, len(own)))))
        return folder

    @abstractmethod
    def about(self) -> dict[str, Any]:
        """Return what readers of the samples should know."""

    @abstractmethod
    def check_data(self) -> None:
        """Refuse data with which a run makes no sense."""

    def computed(self) -> dict[str, Any]:
        """Return what of this a folder with the same run has to say, too."""
        about = self.about()
        if not isinstance(self.metric, str):  # a metric may have another name
            del about["law"]
        return about

    def _same(self, path: Path) -> RunFolder:
        """Return the folder, which has to hold this run."""
        folder = RunFolder(path)
        folder.check_layout(self.layout)
        folder.check_same(self.description())
        stored = folder.manifest.get("law")
        if self.words is not None and one_line(self.words) != stored:
            raise InputError(
                f"{path} has the law {stored!r}, got {self.words!r}; leave out law, or give that "
                "of the run"
            )
        return folder

    @property
    def _shards(self) -> int:
        return -(-self.samples // self.shard_size)

    def counted(
        self, blocks: Iterator[Block], done: int, progress: Progress | None
    ) -> Iterator[Any]:
        """Pass blocks on and tell how many of all samples are done."""
        for block in blocks:
            done += len(block.sample)
            if progress is not None:
                progress(self.noun, done, self.samples)
            yield block


class SampleRun(Run[SampleEngine]):
    """The run of a table."""

    layout = TABLE
    engine_type = SampleEngine

    @property
    def proof(self) -> str | None:
        """Why lists that are called complete are; None where no proofs were asked for."""
        prover = self.engine.prover
        if prover is None:
            return None
        bound = prover.bound
        degree = self.engine.degree
        if bound is None:
            return "completeness is not proved, no upper bound is known"
        if bound.value != degree:
            return f"completeness is not proved, {degree} are at most {bound.value}, {bound.reason}"
        return f"{degree} = {bound.reason}"

    def about(self) -> dict[str, Any]:
        """Return what the caption of a table says."""
        return {
            "variety": str(self.variety),
            "law": self.law,
            "degree": self.engine.degree,
            "proof": self.proof,
        }

    def check_data(self) -> None:
        """Raise DegenerateDataError if some samples spread over given data are all special."""
        if self.data is None or self.samples <= TRIED:
            return
        chosen = np.linspace(0, self.samples - 1, TRIED).astype(int).tolist()
        n = self.variety.ambient_dimension
        points = [self.variety.unflatten(self.data[k, :n]) for k in chosen]
        why = f"have fewer than the {self.engine.degree} critical points of general data"
        if all(self.variety.contains(q) and self.variety.is_singular(q) for q in points):
            why = "are singular points of the variety"
        elif any(
            self.engine.block(self.first + k, 1, self.data[k : k + 1]).complete[0] for k in chosen
        ):
            return
        raise DegenerateDataError(
            f"all of {TRIED} data points that were tried out of {self.samples} {why}; move the "
            "data, or look at single points by DistanceProblem"
        )

    def _alone(self, place: int) -> SampleBlock:
        """Compute one sample of given data."""
        assert self.data is not None
        return self.engine.block(self.first + place, 1, self.data[place : place + 1])


def usual_shard_size(degree: int) -> int:
    """Return a round number of samples that have about `IN_SHARD` paths.

    >>> usual_shard_size(39), usual_shard_size(1350), usual_shard_size(2)
    (10000, 300, 100000)
    """
    size = min(IN_SHARD // (degree or USUAL), MOST)
    return max(int(float(f"{size:.0e}")), 1)


def check_same_law(one: SampleRun, other: SampleRun) -> None:
    """Raise InputError unless runs have one metric or law of it, and drawn or given data alike."""

    def key(run: SampleRun) -> Any:
        metric = run.metric
        if isinstance(metric, Metric | str) or metric.words is not None:
            return metric_fields(metric), run.data is None
        return metric.name, run.data is None

    if key(one) != key(other):
        words = [replace(run, words=None).law for run in (one, other)]
        more = ", which differ" if words[0] == words[1] else ""
        raise InputError(
            f"tables can be added for one law of metric and data, got {words[0]!r} and "
            f"{words[1]!r}{more}"
        )


@contextmanager
def computer(run: Run[Any]) -> Iterator[Compute]:
    """Yield a function that computes blocks and yields them in order."""
    machines = run.machines
    with ExitStack() as stack:
        shared: Callable[[list[Task]], Generator[Block]]
        if machines.scheduler is not None:
            client = stack.enter_context(connected(machines.scheduler, machines.workers))
            shared = partial(on_cluster, client, _job(run))
        elif machines.workers is not None:
            shared = partial(in_processes, machines.workers, _job(run))
        else:
            own: Engine = run.engine
            yield lambda tasks: (own.block(*task) for task in tasks)
            return

        def compute(tasks: list[Task]) -> Iterator[Block]:
            return stack.enter_context(closing(shared(tasks)))  # ends workers after an error, too

        yield compute


def _job(run: Run[Any]) -> bytes:
    return packed(run.engine_type, run.settings(run.machines.threads or 1))
