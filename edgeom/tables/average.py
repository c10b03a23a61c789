"""The average ED degree: how many real critical points there are on average.

Data is normal in the metric S of the distance: its density is a multiple of exp(-½ qᵀ S q), so that
coordinates in an orthonormal basis are independent standard normal numbers. Then the average does
not depend on coordinates, and not on the size of the metric where the variety is a cone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np

from edgeom.errors import IncompleteError, InputError, check_size, keywords_checked
from edgeom.homotopy.monodromy import Progress
from edgeom.limits import check_cost
from edgeom.objectives.metric import Metric
from edgeom.plain import shortened
from edgeom.results import Result, Summary
from edgeom.tables.laws import check_problem
from edgeom.tables.sampling import real_critical_table
from edgeom.varieties.base import Variety
from edgeom.varieties.unseen import metric_for

__all__ = ["AverageEDDegree", "average_ed_degree"]

LONGEST = 66  # characters of a variety in a summary


@dataclass(frozen=True, eq=False, repr=False)
class AverageEDDegree(Result):
    """An estimate of the average ED degree.

    Attributes
    ----------
    variety : Variety
    metric : Metric
    degree : int
        Number of complex critical points.
    seed : int
    counts : dict
        Number of samples by their number of real critical points.
    undecided : int
        Samples whose number could not be decided.

    Examples
    --------
    >>> import edgeom as eg
    >>> ellipse = eg.AlgebraicVariety(["x^2 + 4*y^2 = 4"], "x, y")
    >>> found = eg.average_ed_degree(ellipse, samples=1000, seed=0)
    >>> found.degree, found.counts
    (4, {2: 476, 4: 524})
    >>> round(found.value, 2)
    3.05
    """

    variety: Variety
    metric: Metric
    degree: int
    seed: int
    counts: Mapping[int, int]
    undecided: int

    @property
    def samples(self) -> int:
        """Number of samples."""
        return sum(self.counts.values()) + self.undecided

    @property
    def value(self) -> float:
        """The mean over the samples that are decided."""
        decided = sum(self.counts.values())
        return sum(real * count for real, count in self.counts.items()) / decided

    def __float__(self) -> float:
        return self.value

    @property
    def standard_error(self) -> float:
        """Of the mean: the deviation of a sample over the root of their number."""
        decided = sum(self.counts.values())
        squares = sum(count * (real - self.value) ** 2 for real, count in self.counts.items())
        return sqrt(squares / max(decided - 1, 1) / decided)

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Return a confidence interval, by the normal approximation.

        Undecided samples may have any number of real critical points up to the degree: they make
        it wider.

        Raises
        ------
        InputError
            The confidence is not between 0 and 1.
        """
        if not 0 < confidence < 1:
            raise InputError(f"confidence must be between 0 and 1, got {confidence!r}")
        reach = NormalDist().inv_cdf((1 + confidence) / 2) * self.standard_error
        share = self.undecided / self.samples
        low, high = ((1 - share) * self.value + share * number for number in (0, self.degree))
        return low - reach, high + reach

    def summary(self) -> Summary:
        low, high = self.interval()
        rows = [
            ("variety", shortened(self.variety.text, LONGEST)),
            ("metric", f"{self.metric.name}, in which data is standard normal"),
            ("samples", f"{self.samples}, {self.undecided} of them undecided"),
            ("degree", f"{self.degree} complex critical points"),
            ("seed", str(self.seed)),
        ]
        cells = [["real critical points", "samples"]]
        cells += [[str(real), str(count)] for real, count in self.counts.items()]
        text = f"{self.value:.5g} real critical points on average (95 %: {low:.5g} to {high:.5g})"
        return Summary(text, rows, cells)


@keywords_checked
def average_ed_degree(
    variety: Variety,
    samples: int = 10_000,
    *,
    metric: Metric | None = None,
    seed: int = 0,
    threads: int | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> AverageEDDegree:
    """Estimate the expected number of real critical points for normal data.

    Parameters
    ----------
    variety : Variety
    samples : int
        Number of data points; the first ones are the same for any number.
    metric : Metric, optional
        By default the variety's own. Data is standard normal in it: q has a density that is a
        multiple of exp(-½ qᵀ S q).
    seed : int
    threads, workers, progress
        As for :func:`edgeom.real_critical_table`.

    Returns
    -------
    AverageEDDegree

    Raises
    ------
    InputError
        The metric is not positive definite, the variety is not real, or another argument does not
        fit.
    IncompleteError
        The number of complex critical points could not be confirmed, or no sample decided.

    References
    ----------
    Draisma, Horobeț, Ottaviani, Sturmfels, Thomas, arXiv:1309.0049, section 4.

    Examples
    --------
    >>> import edgeom as eg
    >>> V = eg.DeterminantalVariety(2, 3, rank=1)
    >>> average_ed_degree(V, samples=50)
    2 real critical points on average (95 %: 2 to 2)
      variety   matrices 2x3 rank 1
      metric    euclidean, in which data is standard normal
      samples   50, 0 of them undecided
      degree    2 complex critical points
      seed      0
    """
    samples, seed = check_size(samples, "samples", 1), check_size(seed, "seed", 0)
    metric = metric_for(variety, metric)
    check_problem(variety, metric)
    check_cost(f"{samples} samples", memory=32.0 * samples * variety.ambient_dimension)
    # q = L⁻ᵀ z with S = L Lᵀ has qᵀ S q = zᵀ z
    root = np.linalg.cholesky(metric.matrix)
    z = np.random.default_rng(seed).normal(size=(samples, variety.ambient_dimension))
    q = np.linalg.solve(root.T, z.T).T
    table = real_critical_table(
        variety,
        metric=metric,
        data=variety.unflatten(q),
        seed=seed,
        threads=threads,
        workers=workers,
        progress=progress,
    )
    real, counts = np.unique(table.samples.real[table.decided], return_counts=True)
    if not len(real):
        raise IncompleteError(f"none of {samples} samples could be decided; try another seed")
    pairs = zip(real.tolist(), counts.tolist(), strict=True)
    undecided = samples - int(counts.sum())
    return AverageEDDegree(variety, metric, table.degree, seed, dict(pairs), undecided)
