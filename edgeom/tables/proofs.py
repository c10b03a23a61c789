"""Proofs for many samples: the bulk path, Arb for what it leaves open, and what both come to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from edgeom.certification.balls import REAL, decided, prove
from edgeom.certification.bulk import BulkProver
from edgeom.certification.certificate import check_certifiable
from edgeom.certification.distinct import groups
from edgeom.certification.lists import ProvedList, check_bound, discs
from edgeom.certification.parameters import ExactParameters
from edgeom.equations.critical import CriticalEquations
from edgeom.equations.hessian import UNDECIDED
from edgeom.varieties.base import Variety
from edgeom.varieties.placed import Placed

__all__ = ["ProvedPoints", "SampleProver"]

Array = NDArray[Any]


class Approximate(Protocol):
    """Approximate critical points of a block of samples, as engines find them.

    `chart` (samples, points) says in which of the `charts` a point is, `unknowns` (samples,
    points, N) are NaN where one is missing, and `exact` are the parameters of all samples.
    """

    @property
    def charts(self) -> list[CriticalEquations]: ...
    @property
    def chart(self) -> Array: ...
    @property
    def unknowns(self) -> Array: ...
    @property
    def exact(self) -> ExactParameters: ...


@dataclass(frozen=True)
class ProvedPoints:
    """Critical points of a block of samples, and what is proved of each.

    Attributes
    ----------
    charts, chart, unknowns, exact
        As they were found.
    found : bool array (samples, points)
    certified : bool array (samples, points)
        One of them where several may be the same.
    reality, index : integer arrays (samples, points)
    center, radius : arrays (samples, points, n)
        Discs around certified points, in good units.
    """

    charts: list[CriticalEquations]
    chart: Array
    unknowns: Array
    exact: ExactParameters
    found: NDArray[np.bool_]
    certified: NDArray[np.bool_]
    reality: NDArray[np.int64]
    index: NDArray[np.int64]
    center: NDArray[np.complex128]
    radius: NDArray[np.float64]

    @property
    def settled(self) -> NDArray[np.bool_]:
        return np.asarray(self.certified & decided(self.reality, self.index))


class SampleProver:
    """Certifies the critical points of blocks of samples.

    Parameters
    ----------
    variety : Variety
    placed : Placed
        The variety in the coordinates of the critical equations, with the metric of all samples or
        any of their law.

    Attributes
    ----------
    bound : Fact or None
        A proved upper bound for the number of isolated critical points of every sample.

    Raises
    ------
    InputError
        The critical equations do not define the variety.
    """

    def __init__(self, variety: Variety, placed: Placed) -> None:
        check_certifiable([placed.variety.chart()], variety)
        self.variety = variety
        self.family = placed.family
        self.bound = placed.variety.critical_point_bound(placed.family)
        self._provers: dict[CriticalEquations, BulkProver | None] = {}

    def _prover(self, equations: CriticalEquations) -> BulkProver | None:
        if equations not in self._provers:
            suits = BulkProver.suits(equations)
            self._provers[equations] = BulkProver(equations) if suits else None
        return self._provers[equations]

    def points(self, found: Approximate) -> ProvedPoints:
        """Prove what can be proved of critical points of a block of samples."""
        charts, chart, unknowns, exact = found.charts, found.chart, found.unknowns, found.exact
        shape, n = chart.shape, self.variety.ambient_dimension
        points = ProvedPoints(
            charts, chart, unknowns, exact,
            found=np.asarray(~np.isnan(unknowns).any(axis=2)),
            certified=np.zeros(shape, bool),
            reality=np.full(shape, UNDECIDED),
            index=np.full(shape, UNDECIDED),
            center=np.full((*shape, n), np.nan, complex),
            radius=np.full((*shape, n), np.nan),
        )  # fmt: skip
        self._in_bulk(points)
        self._point_by_point(points)
        different = groups(points.center, points.radius).max(axis=1) == shape[1] - 1
        open_samples = ~(different & points.settled.all(axis=1)) & points.found.any(axis=1)
        for g in np.flatnonzero(open_samples).tolist():
            self._as_list(points, g)
        return points

    def _in_bulk(self, points: ProvedPoints) -> None:
        p, p_radius = points.exact.doubles()
        for number in np.unique(points.chart[points.found]).tolist():
            prover = self._prover(points.charts[number])
            if prover is None:
                continue
            at = np.nonzero(points.found & (points.chart == number))
            proofs = prover.prove(points.unknowns[at], p[at[0]], p_radius[at[0]])
            points.certified[at], points.index[at] = proofs.certified, proofs.index
            points.reality[at] = proofs.reality
            points.center[at], points.radius[at] = proofs.center, proofs.radius

    def _point_by_point(self, points: ProvedPoints) -> None:
        """Prove in ball arithmetic what is still open."""
        n = self.variety.ambient_dimension
        for g, k in np.argwhere(points.found & ~points.settled).tolist():
            equations = points.charts[points.chart[g, k]]
            proof = prove(equations, points.unknowns[g, k], points.exact.sample(g), real=True)
            points.certified[g, k] = proof.certified
            points.reality[g, k], points.index[g, k] = proof.reality, proof.index
            (points.center[g, k],), (points.radius[g, k],) = discs([proof], n)

    def _as_list(self, points: ProvedPoints, g: int) -> None:
        """Certify the points of one sample as a list; keep the distinct ones."""
        some = np.flatnonzero(points.found[g])
        exact = points.exact.sample(g)
        charts = [points.charts[number] for number in points.chart[g, some]]
        proofs = [
            prove(equations, u, exact, real=True)
            for equations, u in zip(charts, points.unknowns[g, some], strict=True)
        ]
        n = self.variety.ambient_dimension
        listed = ProvedList.of(proofs, [exact] * len(some), n, self.bound)
        certified = np.array([proof.certified for proof in proofs])
        points.certified[g, some] = certified & (listed.duplicate_of < 0)
        points.reality[g, some], points.index[g, some] = listed.reality, listed.index

    def columns(self, points: ProvedPoints) -> dict[str, Array]:
        """Return the columns of a block of samples that are proved.

        Returns
        -------
        dict
            "real", "minima", "by_index" of certified points; "undecided", the others that were
            found; "certified", the number of distinct certified points; "proved", whether no
            isolated critical point is missing and nothing undecided.
        """
        real = points.certified & (points.reality == REAL)
        by_index = np.zeros((len(real), self.variety.dimension + 1), int)
        g, k = np.nonzero(real & (points.index >= 0))
        np.add.at(by_index, (g, points.index[g, k]), 1)
        with np.errstate(invalid="ignore"):  # a box that is certified holds no pole
            inside = self.family.defined(points.center.real)
        minima = np.sum(real & (points.index == 0) & inside, axis=1)
        undecided = np.sum(points.found & ~points.settled, axis=1)
        certified = points.certified.sum(axis=1)
        check_bound(int(certified.max(initial=0)), self.bound)
        complete = certified == (-1 if self.bound is None else self.bound.value)
        return {
            "real": real.sum(axis=1),
            "minima": minima,
            "by_index": by_index,
            "undecided": undecided,
            "certified": certified,
            "proved": complete & (undecided == 0),
        }
