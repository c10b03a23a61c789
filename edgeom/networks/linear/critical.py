"""All critical values of the loss of a linear network, and weights that have them.

For weights w with a product of rank e the image of dμ(w) contains the tangent space of the matrices
of rank e at μ(w) (Trager, Kohn, Bruna, arXiv 1910.01671, section 3). So w is critical for L = ℓ∘μ
only if μ(w) is critical for ℓ on matrices of rank e. Every such matrix has critical weights: for
e = r all of its fibre, for smaller e those with the smallest image of dμ, such as balanced ones.
The ranks e = r, ..., 0 one by one are therefore all that has to be computed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from edgeom.critical.general import CriticalProblem
from edgeom.critical.points import CriticalPoints
from edgeom.errors import DegenerateDataError, check_size
from edgeom.networks.arrays import Array
from edgeom.networks.linear.balanced import balanced_weights
from edgeom.networks.linear.network import LinearNetwork
from edgeom.networks.reports import CriticalPointReport
from edgeom.objectives.base import algebraic
from edgeom.varieties.determinantal import DeterminantalVariety

__all__ = ["NetworkCriticalPoint", "NetworkCriticalPoints", "network_critical_points"]

SAME = 1e-8  # relative distance of equal losses


@dataclass(frozen=True, eq=False)
class NetworkCriticalPoint:
    """A real critical point of ℓ on matrices of one rank, and critical weights of it.

    Attributes
    ----------
    matrix : array (rows, cols)
    rank : int
    index : int
        Of ℓ on matrices of this rank.
    weights : list of arrays
        Balanced ones.
    report : CriticalPointReport
        What is known of these weights.
    """

    matrix: Array
    rank: int
    index: int
    weights: list[Array]
    report: CriticalPointReport

    @property
    def value(self) -> float:
        """L(w)."""
        return self.report.value

    @property
    def is_minimum(self) -> bool:
        """Whether the weights are known to be a local minimum of L."""
        return self.report.is_minimum

    def __str__(self) -> str:
        return (
            f"{self.value:.6g}  index {self.index} on matrices of rank {self.rank}: "
            f"{self.report.kind} {self.report.type}"
        )

    __repr__ = __str__


@dataclass(frozen=True, eq=False)
class NetworkCriticalPoints:
    """All critical values of the loss of a linear network, the smallest first.

    Attributes
    ----------
    network : LinearNetwork
    loss : str
    by_rank : dict
        All complex critical points of ℓ on matrices of each rank, r and below.
    points : tuple of NetworkCriticalPoint
        The real ones with weights, by loss.
    notes : tuple of str
        What a reader must know.
    """

    network: LinearNetwork
    loss: str
    by_rank: dict[int, CriticalPoints]
    points: tuple[NetworkCriticalPoint, ...]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.points)

    def __iter__(self) -> Iterator[NetworkCriticalPoint]:
        return iter(self.points)

    def __getitem__(self, i: int) -> NetworkCriticalPoint:
        return self.points[i]

    @property
    def values(self) -> Array:
        """The critical values, in order."""
        return np.array([point.value for point in self.points])

    @property
    def minima(self) -> tuple[NetworkCriticalPoint, ...]:
        """Those whose weights are local minima, the global one first."""
        return tuple(point for point in self.points if point.is_minimum)

    @property
    def bad_minima(self) -> tuple[NetworkCriticalPoint, ...]:
        """The local minima that are not global."""
        if not self.points:
            return ()
        least = self.points[0].value
        return tuple(p for p in self.minima if p.value - least > SAME * max(abs(p.value), 1e-300))

    def __str__(self) -> str:
        kind = "filling" if self.network.filling else "not filling"
        lines = [
            f"{len(self)} real critical values of {self.loss}, network of widths "
            f"{', '.join(map(str, self.network.widths))}, {kind}"
        ]
        for rank, found in self.by_rank.items():
            lines.append(
                f"  rank {rank}    {len(found)} complex critical points, {len(found.real)} real: "
                f"{found.evidence.checks[0] if found.evidence.checks else ''}"
            )
        lines += [f"  {point}" for point in self.points]
        lines += [f"  note      {note}" for note in self.notes]
        return "\n".join(lines)

    __repr__ = __str__


def network_critical_points(
    network: LinearNetwork,
    loss: object,
    classify: Callable[[list[Array]], CriticalPointReport],
    seed: int = 0,
) -> NetworkCriticalPoints:
    """Return all critical values of ℓ∘μ, see :meth:`edgeom.NetworkLoss.critical_points`."""
    objective = algebraic(loss)
    check_size(seed, "seed", 0)
    rows, cols = network.shape
    by_rank: dict[int, CriticalPoints] = {}
    points, notes = [], []
    zero = np.zeros((rows, cols))
    for rank in range(network.rank, 0, -1):
        problem = CriticalProblem(DeterminantalVariety(rows, cols, rank), objective)
        try:
            found = by_rank[rank] = problem.critical_points(seed)
        except DegenerateDataError as error:
            if rank < min(rows, cols) or not objective.convex:
                raise
            notes.append(f"rank {rank}: ℓ is convex, its only minimum is left out ({error})")
            continue
        notes += [f"rank {rank}: {note}" for note in found.evidence.notes]
        listed = [(point.point, point.index) for point in found.real]
        if objective.convex and rank == min(rows, cols):  # a multiple one is the minimum
            multiple = problem.multiple_points(seed).points.reshape(-1, rows, cols)
            listed += [(x.real, 0) for x in multiple if np.abs(x.imag).max() < SAME]
        for matrix, index in listed:
            weights = balanced_weights(network, matrix, tolerance=SAME)
            report = classify(weights)
            points.append(NetworkCriticalPoint(matrix, rank, index, weights, report))
    if network.depth > 1:
        weights = balanced_weights(network, zero)
        points.append(NetworkCriticalPoint(zero, 0, 0, weights, classify(weights)))
    points.sort(key=lambda point: point.value)
    return NetworkCriticalPoints(network, objective.name, by_rank, tuple(points), tuple(notes))
