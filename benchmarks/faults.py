"""Everything that may go wrong around a computation, tried: what was tried, and what survived.

Kills and full disks, several writers, damage to every byte of a folder, signals on a terminal,
wrong types over the whole API, inputs without bounds. A case survives when what it does ends in
time with the right numbers or with one clear error. ``python -m benchmarks.faults`` runs all kinds,
``python -m benchmarks.faults signals corruption --corruptions 100`` some.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from benchmarks import fault_commands, fault_folders, wrong_types
from benchmarks.corruption import CHANGES, check, finished

Case = tuple[str, Callable[[], object]]


def corruption(place: Path, count: int, number: int) -> Iterator[Case]:
    """Damage a folder at random, so many times."""
    drawn: list[list[object]] = []

    @seed(number)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(CHANGES)
    def draw(changes: list[object]) -> None:
        drawn.append(changes)

    draw()
    source = finished(place / "source")
    for changes in drawn[:count]:
        yield str(changes), lambda changes=changes: check(source, place / "copy", changes)


KINDS: dict[str, Callable[[Path], Iterator[Case]]] = {
    "certificates": fault_folders.certificates,
    "paths": fault_folders.paths,
    "kills": fault_folders.kills,
    "full disks": fault_folders.full_disks,
    "writers": fault_folders.writers,
    "empty": fault_folders.empty,
    "forks": fault_folders.forks,
    "signals": fault_commands.signals,
    "distributed": fault_commands.distributed,
    "sizes": fault_commands.sizes,
    "output": fault_commands.output,
    "types": wrong_types.cases,
}


def run(title: str, cases: Iterator[Case]) -> tuple[int, int]:
    """Run cases, print those that do not survive, and return how many were tried and survived."""
    tried = survived = 0
    begin = time.monotonic()
    for name, case in cases:
        tried += 1
        try:
            case()
        except Exception:
            lines = traceback.format_exc().strip().splitlines()
            print(f"  {title}: {name[:300]}\n    {lines[-1][:600]}", flush=True)
        else:
            survived += 1
    seconds = time.monotonic() - begin
    print(f"{title:14s} {tried:6d} tried {survived:6d} survived  {seconds:6.0f} s", flush=True)
    return tried, survived


def main(arguments: list[str] | None = None) -> int:
    """Run the kinds that are named, by default all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", help=f"{', '.join([*KINDS, 'corruption'])}")
    parser.add_argument("--corruptions", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    if unknown := set(options.kinds) - {*KINDS, "corruption"}:
        parser.error(f"there is no kind {', '.join(unknown)}")
    total = []
    for title in options.kinds or [*KINDS, "corruption"]:
        with tempfile.TemporaryDirectory(prefix="edgeom-faults-") as folder:
            place = Path(folder)
            if title == "corruption":
                cases = corruption(place, options.corruptions, options.seed)
            else:
                cases = KINDS[title](place)
            total.append(run(title, cases))
    tried, survived = map(sum, zip(*total, strict=True))
    print(f"{'all':14s} {tried:6d} tried {survived:6d} survived")
    return 0 if tried == survived else 1


if __name__ == "__main__":
    sys.exit(main())
