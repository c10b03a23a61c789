"""Certificates of finished runs: every sample is computed again from its seed, and proved.

A run keeps counts, not points. The certificate says for how many samples the stored counts are
proved, and names those where they are not. It is a file in the folder of the run, and grows shard
by shard, so that the work can be interrupted.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np

from edgeom.errors import InputError, check_size, keywords_checked
from edgeom.homotopy.monodromy import Progress
from edgeom.tables.engine import SampleBlock, joined
from edgeom.tables.manifest import MANIFEST, digest, metric_from, read_json, variety_from
from edgeom.tables.run import Machines, SampleRun, computer
from edgeom.tables.store import RunFolder, folder_path, write_file

__all__ = ["RunCertificate", "certify_run"]

FILE = "certificate.json"
FORMAT = "edgeom certificate 2"


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
    """

    samples: int
    proved: int
    open: list[int]
    different: list[int]
    proof: str

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
    """
    if workers is not None:
        check_size(workers, "workers", 1)
    stored = RunFolder(folder_path(folder))
    stored.samples()
    run = _run(stored, Machines(workers, scheduler))
    account = _account(stored)
    rest = {shard: run.tasks(shard) for shard in stored.shards if str(shard) not in account}
    if rest:
        with computer(run) as compute:
            tasks = list(chain.from_iterable(rest.values()))
            done = run.samples - sum(count for _, count, _ in tasks)
            blocks = run.counted(compute(tasks), done, progress)
            for shard, own in rest.items():
                block = joined(list(islice(blocks, len(own))))
                account[str(shard)] = _compared(block, stored, shard)
                _write(stored, account, run.proof or "")
    return RunCertificate(
        samples=run.samples,
        proved=sum(entry["proved"] for entry in account.values()),
        open=[n for shard in stored.shards for n in account[str(shard)]["open"]],
        different=[n for shard in stored.shards for n in account[str(shard)]["different"]],
        proof=json.loads((stored.path / FILE).read_text(encoding="utf-8"))["proof"],
    )


def _run(stored: RunFolder, machines: Machines) -> SampleRun:
    """Return the run that a folder holds, with proofs."""
    about, path = stored.manifest["run"], stored.path / MANIFEST
    variety, metric, data = variety_from(about, path), metric_from(about, path), stored.data()
    seed, samples, size = about["seed"], about["samples"], about["shard_size"]
    return SampleRun(variety, metric, seed, samples, data, size, machines, certify=True)


def _account(stored: RunFolder) -> dict[str, dict[str, Any]]:
    """Return what an earlier certificate says of shards that are still the same."""
    path = stored.path / FILE
    try:
        known = read_json(path)
    except FileNotFoundError:
        return {}
    except InputError as error:
        raise InputError(f"{error}; delete it") from None
    if known.get("format") != FORMAT or known.get("run") != stored.manifest["digest"]:
        raise InputError(f"{path} belongs to another run; delete it")
    account = known.get("shards")
    if not isinstance(account, dict) or known.get("digest") != _seal(known):
        raise InputError(f"{path} was changed: its digest does not fit; delete it")
    return {
        shard: entry
        for shard, entry in account.items()
        if entry["checksum"] == stored.checksum(int(shard))
    }


def _seal(content: dict[str, Any]) -> str:
    return digest({name: value for name, value in content.items() if name != "digest"})


def _write(stored: RunFolder, account: dict[str, dict[str, Any]], proof: str) -> None:
    content = {
        "format": FORMAT,
        "run": stored.manifest["digest"],
        "proof": proof,
        "shards": {shard: account[shard] for shard in sorted(account, key=int)},
    }
    content["digest"] = _seal(content)
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    write_file(stored.path / FILE, text.encode())


def _compared(block: SampleBlock, stored: RunFolder, shard: int) -> dict[str, Any]:
    """Return the account of one shard."""
    columns = stored.read(shard)
    same = np.ones(len(block.sample), bool)
    for name in ("sample", "real", "minima"):
        same &= getattr(block, name) == columns[name]
    for k, values in enumerate(block.by_index.T):
        same &= values == columns[f"index_{k}"]
    return {
        "checksum": stored.checksum(shard),
        "proved": int(np.sum(block.proved & same)),
        "open": block.sample[~block.proved].tolist(),
        "different": block.sample[block.proved & ~same].tolist(),
    }
