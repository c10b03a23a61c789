"""The run that a finished folder holds."""

from __future__ import annotations

from edgeom.errors import InputError
from edgeom.tables.laws import GIVEN, check_problem
from edgeom.tables.manifest import DATA, MANIFEST, metric_of, variety_of
from edgeom.tables.run import Machines, SampleRun
from edgeom.tables.store import RunFolder

__all__ = ["run_of"]


def run_of(stored: RunFolder, machines: Machines, certify: bool = False) -> SampleRun:
    """Return the run of a table that a folder holds.

    Parameters
    ----------
    stored : RunFolder
    machines : Machines
        Who computes.
    certify : bool
        Prove what is counted.

    Raises
    ------
    InputError
        Its data does not fit its variety, or is damaged.
    """
    about, place = stored.manifest["run"], str(stored.path / MANIFEST)
    variety, metric, data = variety_of(about, place), metric_of(about, place), stored.data()
    check_problem(variety, metric)
    n = variety.ambient_dimension
    width = n + n * n if isinstance(metric, str) and metric in GIVEN else n
    if data is not None and data.shape[1] != width:
        raise InputError(
            f"{stored.path / DATA} has {data.shape[1]} numbers for each sample, points of "
            f"{variety} have {width}"
        )
    return SampleRun(
        variety=variety,
        metric=metric,
        seed=about["seed"],
        samples=about["samples"],
        data=data,
        shard_size=about["shard_size"],
        machines=machines,
        certify=certify,
        first=about.get("first", 0),
        words=stored.manifest["law"],
    )
