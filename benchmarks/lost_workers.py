"""A run on a cluster that loses its workers: what is said, and when it is given up."""

import logging
import sys

import edgeom as eg
from edgeom.tables import cluster

if __name__ == "__main__":
    from distributed import LocalCluster

    cluster.LOOK, cluster.WORD, cluster.PATIENCE = 0.5, 1.0, 4.0
    with LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address=":0", silence_logs=logging.CRITICAL
    ) as machines:

        def lose(stage: str, done: int, total: int | None) -> None:
            machines.scale(0)

        try:
            eg.real_critical_table(
                eg.DeterminantalVariety(3, 3, rank=1),
                40_000,
                out=sys.argv[1],
                scheduler=machines.scheduler_address,
                progress=lose,
                shard_size=500,
            )
        except eg.EdgeomError as error:
            print(error)
            sys.exit(0 if "has no workers for" in str(error) else 1)
        sys.exit(2)
