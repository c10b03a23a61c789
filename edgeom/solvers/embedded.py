"""The embedded solver as a backend among others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeom.equations.system import PolynomialSystem
from edgeom.homotopy.tracker import PathTracker
from edgeom.solvers.base import TRACK, Array, Availability, Backend, Ends

__all__ = ["Embedded"]


@dataclass(frozen=True)
class Embedded(Backend):
    """The solver that comes with edgeom.

    Monodromy (:mod:`edgeom.solvers.fiber`) finds the solutions that it tracks.
    """

    name = "embedded"
    title = "embedded solver"
    capabilities = frozenset({TRACK})

    def availability(self) -> Availability:
        from importlib.metadata import version

        return Availability(self.name, True, version("edgeom"), "edgeom.homotopy")

    def track(
        self,
        system: PolynomialSystem,
        begin: Array,
        starts: Array,
        targets: Array,
        seed: int = 0,
    ) -> list[Ends]:
        targets = np.atleast_2d(targets)
        count = len(starts)
        results = PathTracker(system.tape).track(
            starts,
            np.concatenate([[begin], targets]),
            np.tile(np.arange(count), len(targets)),
            0,
            np.repeat(np.arange(1, len(targets) + 1), count),
        )
        parts = [slice(i * count, (i + 1) * count) for i in range(len(targets))]
        return [Ends(results.solutions[part], results.status[part]) for part in parts]
