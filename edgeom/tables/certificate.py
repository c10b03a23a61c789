"""Certificates of finished runs: every sample is computed again from its seed, and proved.

A run keeps counts, not points. The certificate says for how many samples the stored counts are
proved, and names those where they are not. It is a file in the folder of the run, and grows shard
by shard, so that the work can be interrupted. Its digest covers all that it rests on: that of the
manifest, with the variety, the law, the data and the versions, and the checksum of every shard.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np

from edgeom.errors import InputError, keywords_checked
from edgeom.files import resolved, write_file
from edgeom.homotopy.monodromy import Progress
from edgeom.plain import Fields, digest, read_json, to_json
from edgeom.tables.lock import one_writer
from edgeom.tables.run import Machines, computer
from edgeom.tables.samples import SampleBlock, joined
from edgeom.tables.store import RunFolder
from edgeom.tables.stored import run_of

__all__ = ["FILE", "RunCertificate", "certify_run", "earlier", "write_account"]

FILE = "certificate.json"
FORMAT = "edgeom certificate 3"
OLDER = ("edgeom certificate 1", "edgeom certificate 2")


@dataclass(frozen=True)
class RunCertificate:
    """What is proved of the samples of a run.

    Attributes
    ----------
    samples, proved : int
        All samples, and those whose stored counts are proved: of real points, of local minima, of
        points of each index, with no isolated critical point missing.
    open : list of int
        Samples of which something could not be proved.
    different : list of int
        Samples whose stored counts differ from what was found now.
    proof : str
        Why lists are complete.
    variety : str
        What was sampled, as :func:`edgeom.read_variety` reads it.
    digest : str
        SHA-256 of all that the certificate says and rests on: data, manifest and shards.

    Examples
    --------
    >>> import edgeom as eg, tempfile
    >>> folder = f"{tempfile.mkdtemp()}/run"
    >>> V = eg.DeterminantalVariety(2, 2, rank=1)
    >>> table = eg.real_critical_table(V, samples=20, out=folder)
    >>> proof = eg.certify_run(folder)
    >>> proof.samples, proof.proved, proof.different
    (20, 20, [])
    """

    samples: int
    proved: int
    open: list[int]
    different: list[int]
    proof: str
    variety: str
    digest: str

    def __str__(self) -> str:
        lines = [f"{self.proved} of {self.samples} samples proved as stored ({self.proof})"]
        for name, numbers in (("not proved", self.open), ("stored otherwise", self.different)):
            if numbers:
                shown = ", ".join(map(str, numbers[:10])) + (", …" if len(numbers) > 10 else "")
                lines.append(f"{len(numbers)} {name}: {shown}")
        return "\n".join(lines)


@keywords_checked
def certify_run(
    folder: str | Path,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> RunCertificate:
    """Prove the counts that a run folder holds, sample by sample.

    Parameters
    ----------
    folder : path
        Of a finished run. The certificate is written there; what an interrupted call has done is
        not done again.
    workers, scheduler
        Who computes, as for :func:`real_critical_table`.
    progress : callable, optional
        Called with ("samples", done, total).

    Raises
    ------
    InputError
        The folder holds no run, or one of a variety for which there are no proofs.
    IncompleteError
        Samples of the run are missing or damaged.

    Examples
    --------
    >>> import edgeom as eg, tempfile
    >>> folder = f"{tempfile.mkdtemp()}/run"
    >>> V = eg.DeterminantalVariety(2, 2, rank=1)
    >>> table = eg.real_critical_table(V, samples=20, out=folder)
    >>> print(eg.certify_run(folder))
    20 of 20 samples proved as stored (6 = generic ED degree (determinantal formula))
    """
    path = resolved(folder)
    with ExitStack() as stack:
        stored = _checked(path)
        run = run_of(stored, Machines(workers, scheduler), certify=True)
        account, proof = earlier(stored)
        if any(str(shard) not in account for shard in stored.shards):
            stack.enter_context(one_writer(path, progress))
            stored = _checked(path)
            account, proof = earlier(stored)
        rest = {shard: run.tasks(shard) for shard in stored.shards if str(shard) not in account}
        if rest:
            compute = stack.enter_context(computer(run))
            stored.check_about({"degree": run.engine.degree})
            tasks = list(chain.from_iterable(rest.values()))
            done = run.samples - sum(count for _, count, _ in tasks)
            blocks = run.counted(compute(tasks), done, progress)
            proof = run.proof or ""
            for shard, own in rest.items():
                block = joined(list(islice(blocks, len(own))))
                account[str(shard)] = _compared(block, stored, shard)
                write_account(stored, account, proof)
    return RunCertificate(
        samples=run.samples,
        proved=sum(entry["proved"] for entry in account.values()),
        open=[n for shard in stored.shards for n in account[str(shard)]["open"]],
        different=[n for shard in stored.shards for n in account[str(shard)]["different"]],
        proof=proof,
        variety=run.variety.text,
        digest=str(_content(stored, account, proof)["digest"]),
    )


def _checked(path: Path) -> RunFolder:
    """Return a finished run whose data and shards are those of its manifest."""
    stored = RunFolder(path)
    stored.check_table()
    stored.data()
    return stored


def earlier(stored: RunFolder, *, older: bool = False) -> tuple[dict[str, dict[str, Any]], str]:
    """Return what an earlier certificate says of shards that are still the same, and its proof.

    With `older` one of an older version is no error, and proves nothing.

    Raises
    ------
    InputError
        The certificate is damaged, was changed or belongs to another run.
    """
    path = stored.path / FILE
    try:
        fields = Fields(read_json(path), str(path), sep=": ")
        if older and fields.of("format", str) in OLDER:
            return {}, ""
        if fields.of("format", str) != FORMAT:
            raise InputError(f"{path} has the format {fields.content['format']!r:.60}")
        fields.only("format", "run", "proof", "shards", "digest")
        if fields.of("run", str) != stored.manifest["digest"]:
            raise InputError(f"{path} belongs to another run")
        proof, shards = fields.of("proof", str), fields.inside("shards")
        _check_account(shards, stored)
        if fields.of("digest", str) != _seal(fields.content):
            raise InputError(f"{path} was changed: its digest does not fit")
    except FileNotFoundError:
        return {}, ""
    except InputError as error:
        raise InputError(f"{error}; delete it, and all samples are proved again") from None
    return {
        shard: entry
        for shard, entry in shards.content.items()
        if entry["checksum"] == stored.checksum(int(shard))
    }, proof


def _check_account(shards: Fields, stored: RunFolder) -> None:
    """Raise InputError unless each entry is the account of the samples of a shard."""
    numbers = {str(shard): shard for shard in stored.shards}
    for name in shards.content:
        if name not in numbers:
            raise InputError(f"{shards.place} names {name!r:.60}, which is no shard of the run")
        entry, samples = shards.inside(name), stored.samples_of(numbers[name])
        entry.only("checksum", "proved", "open", "different")
        entry.of("checksum", str)
        rest = [*entry.of("open", list[int]), *entry.of("different", list[int])]
        if len(set(rest)) < len(rest) or not set(rest) <= set(samples):
            raise InputError(f"{entry.place} names samples that are not those of the shard")
        if entry.of("proved", int, 0) + len(rest) != len(samples):
            entry.refuse("proved", f"{len(samples) - len(rest)}, the number of other samples")


def _content(stored: RunFolder, account: dict[str, Any], proof: str) -> dict[str, Any]:
    """Return the content of the certificate, with its digest."""
    content = {
        "format": FORMAT,
        "run": stored.manifest["digest"],
        "proof": proof,
        "shards": {shard: account[shard] for shard in sorted(account, key=int)},
    }
    return {**content, "digest": _seal(content)}


def _seal(content: dict[str, Any]) -> str:
    return digest({name: value for name, value in content.items() if name != "digest"})


def write_account(stored: RunFolder, account: dict[str, dict[str, Any]], proof: str) -> None:
    """Write the certificate of a run, an entry for each shard."""
    content = to_json(_content(stored, account, proof))
    write_file(stored.path / FILE, content, "certify the run again")


def _compared(block: SampleBlock, stored: RunFolder, shard: int) -> dict[str, Any]:
    """Return the account of one shard."""
    there = stored.block(shard)
    same = (block.sample == there.sample) & (block.real == there.real)
    same &= block.minima == there.minima
    if block.by_index.shape == there.by_index.shape:
        same &= (block.by_index == there.by_index).all(axis=1)
    else:
        same[:] = False
    return {
        "checksum": stored.checksum(shard),
        "proved": int(np.sum(block.proved & same)),
        "open": block.sample[~block.proved].tolist(),
        "different": block.sample[block.proved & ~same].tolist(),
    }
