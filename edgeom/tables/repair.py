"""Repairing run folders: a manifest is rebuilt from the shards, which carry all that it says.

A shard has a checksum of its numbers, the digest of its manifest and the manifest itself. So every
shard can be checked without a manifest, and nothing that was changed is taken up again.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeom.errors import InputError, keywords_checked
from edgeom.files import resolved
from edgeom.tables.certificate import FILE, earlier
from edgeom.tables.lock import one_writer
from edgeom.tables.manifest import MANIFEST, SHARD, check_manifest, shard_name
from edgeom.tables.shards import carried
from edgeom.tables.store import RunFolder, has_shards

__all__ = ["RunRepair", "repair_run"]


@dataclass(frozen=True)
class RunRepair:
    """What was found in a run folder, and what was done.

    Attributes
    ----------
    folder : Path
    manifest : str
        "whole", or why it could not be used and was rebuilt.
    shards : int
        Of the whole run.
    taken_up : list of int
        Shards that are whole, of which the manifest did not know.
    missing : list of int
        Shards that are missing or damaged: continuing the run computes them.
    data : str or None
        Why the given data of the run cannot be used; None where they are whole or drawn.
    certificate : str or None
        Why a certificate was deleted; None where there was none, or a whole one.

    Examples
    --------
    >>> import edgeom as eg, pathlib, tempfile
    >>> V = eg.DeterminantalVariety(2, 2, rank=1)
    >>> folder = pathlib.Path(tempfile.mkdtemp()) / "run"
    >>> table = eg.real_critical_table(V, samples=20, out=folder)
    >>> next(folder.glob("shard*")).write_text("damaged")
    7
    >>> eg.repair_run(folder).missing
    [0]
    """

    folder: Path
    manifest: str
    shards: int
    taken_up: list[int]
    missing: list[int]
    data: str | None
    certificate: str | None

    @property
    def finished(self) -> bool:
        """Whether the run is whole now."""
        return not self.missing and self.data is None

    def __str__(self) -> str:
        whole = self.shards - len(self.missing)
        lines = [f"{self.folder}: {whole} of {self.shards} shards are whole"]
        if self.manifest != "whole":
            lines.append(f"manifest rebuilt from the shards: {self.manifest}")
        if self.taken_up:
            lines.append(
                f"taken up: {', '.join(map(shard_name, self.taken_up[:5]))}"
                + (f" and {len(self.taken_up) - 5} more" if len(self.taken_up) > 5 else "")
            )
        lines += [text for text in (self.data, self.certificate) if text is not None]
        if self.missing:
            lines.append("continue the run (resume=True, --resume): it computes what is missing")
        return "\n".join(lines)


@keywords_checked
def repair_run(folder: str | Path) -> RunRepair:
    """Repair a run folder as far as it can be done without computing.

    The manifest is written again where it cannot be used, whole shards of which it does not know
    are taken up, and a certificate that cannot be used is deleted.

    Parameters
    ----------
    folder : path

    Raises
    ------
    InputError
        The folder holds no run, or no shard from which its manifest could be rebuilt.
    EdgeomError
        Another process writes there, or the folder cannot be written.

    Examples
    --------
    >>> import edgeom as eg, tempfile
    >>> V = eg.DeterminantalVariety(2, 2, rank=1)
    >>> folder = f"{tempfile.mkdtemp()}/run"
    >>> table = eg.real_critical_table(V, samples=20, out=folder)
    >>> print(eg.repair_run(folder))
    /...: 1 of 1 shards are whole
    """
    path = resolved(folder)
    with suppress(InputError):
        if (stored := RunFolder(path)).is_finished() and not _damaged_certificate(stored):
            return RunRepair(path, "whole", len(stored.shards), [], [], None, None)
    if not (path / MANIFEST).exists() and not has_shards(path):
        raise InputError(f"{path} holds no run: it has no {MANIFEST} and no shards")
    with one_writer(path):
        return _repaired(path)


def _repaired(path: Path) -> RunRepair:
    manifest, state = None, "whole"
    try:
        stored = RunFolder(path)
    except InputError as error:
        state, manifest = str(error).split(";")[0], _from_shards(path)
        stored = RunFolder(path, manifest)
    known = set(stored.shards) - set(stored.missing())
    taken_up = stored.take_up(stored.missing())
    if taken_up or manifest is not None:
        stored.write_manifest()
    missing = sorted(set(stored.shards) - known - set(taken_up))
    data = certificate = None
    try:
        stored.data()
    except InputError as error:
        data = str(error)
    if not missing and (certificate := _damaged_certificate(stored)):
        try:
            (path / FILE).unlink()
        except OSError as error:
            certificate = f"{certificate}; it cannot be deleted: {error.strerror}"
        else:
            certificate = f"{certificate}; it was deleted, certify the run again"
    listed = [] if manifest is not None else taken_up
    return RunRepair(path, state, len(stored.shards), listed, missing, data, certificate)


def _damaged_certificate(stored: RunFolder) -> str | None:
    """Return why the certificate in a folder cannot be used, None if it can or there is none."""
    try:
        earlier(stored)
    except InputError as error:
        return str(error).split(";")[0]
    return None


def _from_shards(path: Path) -> dict[str, Any]:
    """Return the manifest that the shards carry, without checksums of shards."""
    found: dict[str, dict[str, Any]] = {}
    votes: Counter[str] = Counter()
    reason = "it has no shards"
    for entry in sorted(path.iterdir()):
        if not SHARD.fullmatch(entry.name) or not entry.is_file():
            continue
        try:
            manifest = carried(entry)
            check_manifest(manifest, str(entry))
        except ValueError as error:
            reason = f"{entry.name}: {error}"
        else:
            found[manifest["digest"]] = manifest
            votes[manifest["digest"]] += 1
    if not found:
        raise InputError(f"{path} cannot be repaired, no shard carries its manifest ({reason})")
    if len(found) > 1:
        raise InputError(
            f"{path} cannot be repaired, its shards are those of {len(found)} runs "
            f"({', '.join(map(str, votes.values()))} shards); keep those of one run"
        )
    return found.popitem()[1]
