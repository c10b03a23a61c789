"""Certificates of finished runs: every sample is computed again from its seed, and proved.

A run keeps counts, not points. The certificate says for how many samples the stored counts are
proved, and names those where they are not. It is a file in the folder of the run, and grows shard
by shard, so that the work can be interrupted.
"""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np

from edgeom.errors import InputError, check_size, keywords_checked
from edgeom.homotopy.monodromy import Progress
from edgeom.objectives.metric import Metric
from edgeom.tables.engine import SampleBlock, joined
from edgeom.tables.run import Machines, SampleRun, computer
from edgeom.tables.store import RunFolder, write_file
from edgeom.varieties.algebraic import AlgebraicVariety
from edgeom.varieties.base import Variety
from edgeom.varieties.determinantal import (
    DeterminantalVariety,
    SkewDeterminantalVariety,
    SymmetricDeterminantalVariety,
)
from edgeom.varieties.parametrized import ParametrizedVariety
from edgeom.varieties.segre import SegreVariety, VeroneseVariety

__all__ = ["RunCertificate", "certify_run"]

FILE = "certificate.json"
FORMAT = "edgeom certificate 1"
VARIETIES: dict[str, type[Variety]] = {
    kind.__name__: kind
    for kind in (
        AlgebraicVariety,
        DeterminantalVariety,
        ParametrizedVariety,
        SegreVariety,
        SkewDeterminantalVariety,
        SymmetricDeterminantalVariety,
        VeroneseVariety,
    )
}


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
    stored = RunFolder(Path(folder))
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
    about = stored.manifest["run"]
    metric = about["metric"]
    if isinstance(metric, dict):
        metric = Metric(metric["matrix"], generic=metric["generic"])
    data = None if about["data"] == "normal" else np.load(stored.path / about["data"]["file"])
    variety = variety_from(about["variety"])
    seed, samples, size = about["seed"], about["samples"], about["shard_size"]
    return SampleRun(variety, metric, seed, samples, data, size, machines, certify=True)


def variety_from(text: str) -> Variety:
    """Return the variety that is written like its own constructor.

    Examples
    --------
    >>> variety_from("DeterminantalVariety(3, 3, rank=1)").dimension
    5
    """
    try:
        call = ast.parse(text, mode="eval").body
        assert isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
        kind = VARIETIES[call.func.id]
        positional = [ast.literal_eval(argument) for argument in call.args]
        named = {str(k.arg): ast.literal_eval(k.value) for k in call.keywords}
    except (SyntaxError, AssertionError, KeyError, ValueError):
        raise InputError(f"{text} is no variety that can be made again from its name") from None
    return kind(*positional, **named)


def _account(stored: RunFolder) -> dict[str, dict[str, Any]]:
    """Return what an earlier certificate says of shards that are still the same."""
    try:
        known = json.loads((stored.path / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise InputError(f"{stored.path / FILE} cannot be read: {error}; delete it") from None
    if known.get("format") != FORMAT or known.get("run") != stored.manifest["digest"]:
        raise InputError(f"{stored.path / FILE} belongs to another run; delete it")
    return {
        shard: entry
        for shard, entry in known["shards"].items()
        if entry["checksum"] == stored.checksum(int(shard))
    }


def _write(stored: RunFolder, account: dict[str, dict[str, Any]], proof: str) -> None:
    content = {
        "format": FORMAT,
        "run": stored.manifest["digest"],
        "proof": proof,
        "shards": {shard: account[shard] for shard in sorted(account, key=int)},
    }
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
