"""Which losses of which linear networks have bad local minima, by samples.

All local minima are found where critical points on the neuromanifold can be computed, which is so
for every loss with a rational gradient; elsewhere there are descents from random weights, which are
a second opinion otherwise.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from edgeom.critical.general import CriticalProblem
from edgeom.errors import (
    DegenerateDataError,
    IncompleteError,
    InputError,
    check_size,
    keywords_checked,
)
from edgeom.networks.arrays import Array
from edgeom.networks.linear.balanced import balanced_weights
from edgeom.networks.linear.classification import NetworkLoss
from edgeom.networks.linear.descent import descend
from edgeom.networks.linear.function_space import eckart_young
from edgeom.networks.linear.laws import Factory, factory
from edgeom.networks.linear.network import LinearNetwork
from edgeom.networks.reports import CriticalPointReport
from edgeom.objectives.base import AlgebraicObjective, Objective
from edgeom.objectives.distances import QuadraticLoss, SquaredDistance

__all__ = ["BadMinimaStudy", "BadMinimum", "Factory", "bad_minima", "bad_minima_study"]

GAP = 1e-6  # relative difference of losses above which minima are different


@dataclass(frozen=True, eq=False)
class BadMinimum:
    """Weights that are a local minimum, and weights whose loss is smaller.

    Attributes
    ----------
    network_loss : NetworkLoss
    weights : list of arrays
        The local minimum.
    better : list of arrays
        Weights of the least loss that was found; the global minimum if all critical points are
        known.
    sample : int
        Number of the sample.
    """

    network_loss: NetworkLoss
    weights: list[Array]
    better: list[Array]
    sample: int

    @property
    def value(self) -> float:
        """L at the local minimum."""
        return self.network_loss.value(self.weights)

    @property
    def better_value(self) -> float:
        """L at the better weights."""
        return self.network_loss.value(self.better)

    @property
    def report(self) -> CriticalPointReport:
        """What :meth:`NetworkLoss.classify` says about the local minimum."""
        return self.network_loss.classify(self.weights)

    def returns(self, starts: int = 5, seed: int = 0, distance: float = 1e-2) -> int:
        """Return how many descents from near the weights come back to the same loss.

        They are those of :func:`edgeom.networks.linear.descent.descend`, by damped Newton steps.

        Parameters
        ----------
        starts : int
            Number of descents.
        seed : int
        distance : float
            Norm of the change of all parameters, relative to their norm.
        """
        starts = check_size(starts, "starts", 1)
        network = self.network_loss.network
        position = network.flatten(self.weights)
        rng = np.random.default_rng(check_size(seed, "seed", 0))
        count = 0
        for _ in range(starts):
            move = rng.normal(size=position.shape)
            move *= distance * np.linalg.norm(position) / np.linalg.norm(move)
            end = descend(self.network_loss, network.unflatten(position + move))
            count += abs(end.value - self.value) <= GAP * abs(self.value)
        return count

    def __str__(self) -> str:
        lines = [f"bad local minimum: loss {self.value:.6g}, {self.better_value:.6g} is possible"]
        return "\n".join([*lines, *("  " + line for line in str(self.report).splitlines())])

    __repr__ = __str__


@dataclass(frozen=True, eq=False)
class BadMinimaStudy:
    """How many samples have a local minimum that is not global.

    Attributes
    ----------
    network : LinearNetwork
    loss : str
        The law of the losses.
    samples, seed : int
    with_bad_minima : int
        Samples with a bad local minimum.
    undecided : int
        Samples without one that could not be decided: a point of undecided index, a critical point
        that was lost, a minimum that :meth:`NetworkLoss.classify` does not confirm, or a descent
        that ended at none.
    descents : int
        Number of descents from random weights.
    stuck : int
        How many of these ended at a bad local minimum.
    missed : int
        Samples with a bad local minimum that no descent ended at.
    evidence : str
        How local minima were looked for.
    theorem : str
        What is known.
    bad_minima : tuple of BadMinimum
        The worst of each sample with one.
    """

    network: LinearNetwork
    loss: str
    samples: int
    seed: int
    with_bad_minima: int
    undecided: int
    descents: int
    stuck: int
    missed: int
    evidence: str
    theorem: str
    bad_minima: tuple[BadMinimum, ...]

    def __str__(self) -> str:
        kind = "filling" if self.network.filling else "not filling"
        rows = [
            ("samples", f"{self.samples}, seed {self.seed}"),
            ("bad", f"{self.with_bad_minima} with a bad local minimum"),
            ("undecided", str(self.undecided)),
            ("descents", f"{self.descents}, of these {self.stuck} to a bad local minimum"),
            ("missed", f"{self.missed} samples with bad local minima that no descent met"),
            ("evidence", self.evidence),
            ("theorem", self.theorem),
        ]
        head = f"Bad local minima of a network of widths {self.network.widths}, {kind}; {self.loss}"
        return "\n".join([head, *(f"  {name:9s} {text}" for name, text in rows)])

    __repr__ = __str__


@keywords_checked
def bad_minima_study(
    widths: Sequence[int],
    loss: str | Factory | Objective = "generic metric",
    samples: int | None = None,
    seed: int = 0,
    *,
    descents: int = 3,
) -> BadMinimaStudy:
    """Count samples in which the loss of a linear network has a bad local minimum.

    Parameters
    ----------
    widths : sequence of int
        Of the network.
    loss : str, callable or Objective
        "quadratic": ‖MX - Y‖² with d_0 + 2 samples, X and Y standard normal. "generic metric":
        (M-Q)ᵀ fᵀf (M-Q), a new standard normal f and Q for each sample. "power": Σ (M-Q)^4.
        "quartic": ‖M-Q‖² + Σ (M-Q)^4, which grows like a square first and faster then. "ridge":
        Σ (M-Q)^4 + ‖M‖²/10. "divergence": Σ Q log(Q/M) - Q + M for Q from 1 to 100, on positive
        matrices. Or a function of a random generator that returns a convex objective, such as
        :class:`~edgeom.PowerDistance`; or one objective, see :meth:`edgeom.NetworkLoss.bad_minima`.
    samples : int, optional
        By default 100, and 1 for one objective.
    seed : int
    descents : int
        From random weights, for each sample.

    Returns
    -------
    BadMinimaStudy

    Raises
    ------
    InputError
        An argument is out of range, the loss is unknown, does not fit or is not convex.

    Notes
    -----
    Statements of Trager, Kohn, Bruna (arXiv 1910.01671) for smooth convex ℓ: a local minimum of L
    that is not global is pure with μ(w) of rank r, so L has one if and only if ℓ has one on the
    neuromanifold. Hence there is none in filling networks (found by Laurent and von Brecht, arXiv
    1712.01473), and none for a quadratic loss by Eckart and Young. That is no matter of the rank of
    X: if X = U X' with orthonormal columns U and X' of full row rank, L is the loss for X' of the
    weights (W_1 U, W_2, ..., W_h). W_1 ↦ W_1 U is open, so it maps local minima to local minima
    (docs/how_to/training.md; see also Zhang, arXiv 1901.09827).

    For a network that is not filling, the quadratic loss and distances for metrics A ⊗ B have one
    local minimum on the neuromanifold, by the formula of Eckart and Young; for other metrics and
    all losses with a rational gradient all critical points are computed: a sample without bad
    minima has none. For other losses descents are all there is: that none ended at a bad minimum
    proves nothing, one that did is a bad minimum.

    Examples
    --------
    >>> study = bad_minima_study([2, 1, 2], "generic metric", samples=10)
    >>> study.with_bad_minima, len(study.bad_minima), study.undecided
    (6, 6, 0)
    """
    network = LinearNetwork(widths)
    if isinstance(loss, Objective) and samples not in (None, 1):
        raise InputError(f"a given loss is one sample, got samples = {samples}")
    default = 1 if isinstance(loss, Objective) else 100
    samples = default if samples is None else check_size(samples, "samples", 1)
    seed, descents = check_size(seed, "seed", 0), check_size(descents, "descents", 0, 10**6)
    make, name = factory(network, loss)
    found: list[_Sample] = []
    problems: dict[Hashable, CriticalProblem] = {}
    for number in range(samples):
        rng = np.random.default_rng(np.random.SeedSequence((seed, number)))
        network_loss = NetworkLoss(network, _convex(make(rng)))
        found.append(_Sample(network_loss, number, descents, rng, problems))
    bad = [sample.bad for sample in found if sample.bad is not None]
    return BadMinimaStudy(
        network=network,
        loss=name or found[0].network_loss.loss.name,
        samples=samples,
        seed=seed,
        with_bad_minima=len(bad),
        undecided=sum(sample.undecided and sample.bad is None for sample in found),
        descents=samples * descents,
        stuck=sum(sample.stuck for sample in found),
        missed=sum(sample.bad is not None and not sample.stuck for sample in found),
        evidence="; ".join(dict.fromkeys(sample.evidence for sample in found)),
        theorem=_theorem(network, all(s.network_loss.loss.minima_are_global for s in found)),
        bad_minima=tuple(bad),
    )


def bad_minima(network_loss: NetworkLoss, seed: int = 0, *, descents: int = 3) -> BadMinimaStudy:
    """Look for bad local minima of one loss, see :meth:`edgeom.NetworkLoss.bad_minima`."""
    widths, loss = network_loss.network.widths, network_loss.loss
    return bad_minima_study(widths, loss, seed=seed, descents=descents)


def _convex(loss: Objective) -> Objective:
    """Return a loss that is known to be convex."""
    if isinstance(loss, Objective) and not loss.convex:
        unknown = "; if it is convex, pass convex=True to it" if loss.convex is None else ""
        raise InputError(f"the study is about convex losses, got {loss!r}{unknown}")
    return loss


class _Sample:
    """The local minima of one loss."""

    def __init__(
        self,
        network_loss: NetworkLoss,
        number: int,
        descents: int,
        rng: np.random.Generator,
        problems: dict[Hashable, CriticalProblem],
    ) -> None:
        self.network_loss, self.problems = network_loss, problems
        self.undecided = False
        network = network_loss.network
        self.evidence = f"{descents} descents for each sample"
        minima = self._on_neuromanifold()
        known = [balanced_weights(network, point, tolerance=1e-8) for point in minima or []]
        reached = []
        for seed in rng.integers(2**32, size=descents).tolist():
            end = descend(network_loss, self._start(seed))
            if network_loss.classify(end.weights).is_minimum:
                reached.append(end.weights)
            else:
                self.undecided |= minima is None
        values = [network_loss.value(weights) for weights in known + reached]
        best = min(values, default=np.nan)
        is_bad = [value - best > GAP * value + self._rounding() for value in values]
        self.stuck = sum(is_bad[len(known) :])
        self.bad: BadMinimum | None = None
        if any(is_bad):
            worst, least = int(np.argmax(values)), int(np.argmin(values))
            both = known + reached
            bad = BadMinimum(network_loss, both[worst], both[least], number)
            # what was enumerated is a minimum on the neuromanifold; in the weights it is checked
            if bad.report.is_minimum:
                self.bad = bad
            else:
                self.undecided = True

    def _on_neuromanifold(self) -> list[Array] | None:
        """Return all local minima on the neuromanifold, None if they cannot be computed."""
        network, loss = self.network_loss.network, self.network_loss.loss
        if network.filling or not isinstance(loss, AlgebraicObjective):
            return None
        try:
            if isinstance(loss, SquaredDistance | QuadraticLoss):
                if loss.minima_are_global:
                    self.evidence = "the only local minimum, by the formula of Eckart and Young"
                    if isinstance(loss, QuadraticLoss):
                        return [loss.nearest(network.rank)]
                    return [eckart_young(loss.data, network.rank, loss.metric).nearest]
                if isinstance(loss, QuadraticLoss) or not loss.metric.is_definite:
                    return None  # the critical points are not isolated
            points = self._problem(loss).critical_points()
        except (DegenerateDataError, IncompleteError):
            self.undecided = True
            return None
        self.evidence = "all critical points on the neuromanifold"
        self.undecided = len(points.undecided) > 0
        return [point.point for point in points.minima]

    def _problem(self, loss: AlgebraicObjective) -> CriticalProblem:
        """Return the critical problem; the generic fibre of losses of one family is shared."""
        key = loss.family.key
        if key is not None and key in self.problems:
            return self.problems[key].at(loss.data)
        problem = CriticalProblem(self.network_loss.network.neuromanifold(), loss)
        if key is not None:
            self.problems[key] = problem
        return problem

    def _start(self, seed: int) -> list[Array]:
        """Return random weights; positive ones where the loss is one of positive matrices."""
        network = self.network_loss.network
        weights = network.random_weights(seed)
        if np.isfinite(self.network_loss.value(weights)):
            return weights
        return [np.abs(weight) for weight in weights]

    def _rounding(self) -> float:
        """Return a bound for losses that are zero up to rounding."""
        shape, value = self.network_loss.network.shape, self.network_loss.loss.value
        size = value(np.zeros(shape))  # infinite for a loss of positive matrices
        return 1e-10 * (size if np.isfinite(size) else abs(value(np.ones(shape))))


def _theorem(network: LinearNetwork, quadratic: bool) -> str:
    if network.filling:
        return "none, for every smooth convex loss of a filling network"
    if quadratic:
        return "none, by Eckart and Young"
    return (
        "not excluded: the network is not filling, and the loss is neither ‖MX - Y‖² "
        "nor the squared distance of a metric A ⊗ B"
    )
