"""Certificates: what is proved of a list of critical points."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.arrays import selection
from edgeom.certification.balls import BITS, REAL, outward
from edgeom.certification.distances import distance_bounds
from edgeom.certification.lists import ProvedList, check_bound
from edgeom.certification.parameters import ExactParameters
from edgeom.certification.several import prove_all
from edgeom.equations.critical import CriticalEquations, DistanceEquations
from edgeom.equations.hessian import NOT_REAL, UNDECIDED
from edgeom.errors import InputError
from edgeom.objectives.family import ObjectiveFamily
from edgeom.objectives.metric import Metric
from edgeom.results import Result, Summary
from edgeom.scaling import Coordinates
from edgeom.varieties.base import Chart, Fact, Variety
from edgeom.varieties.placed import Placed

__all__ = ["Certificate", "certify", "check_certifiable", "exact_parameters"]

Array = NDArray[Any]
COLUMNS = ("duplicate_of", "reality", "index", "center", "radius", "bits")  # one entry a point


@dataclass(frozen=True, eq=False, repr=False)
class Certificate(Result):
    """What is proved of a list of points, and what is not (docs/explanation/certification.md).

    Attributes
    ----------
    variety : Variety
    family : ObjectiveFamily
        The metric, or the family of another objective.
    data : array
        Metric and data are exactly these doubles.
    status : tuple of str
        Of each point: "certified" (a critical point lies in its ball, and one only in its box),
        or why there is no proof: "singular", "positive-dimensional", "not a solution",
        "undecided"; and of zero sets given by more equations than their codimension "not on the
        variety" (proved to be off) or "not shown to be on the variety".
    duplicate_of : integer array (points,)
        Number of an earlier point that is the same or not proved to be different, else -1.
    reality : integer array (points,)
        1 for real points, -1 for points that are not, -2 where it is undecided or not asked.
    index : integer array (points,)
        Number of negative eigenvalues of the Hessian at a real point; -1 for a non-real point, -2
        where it is undecided.
    center : complex array (points, *shape)
    radius : float array (points,)
        Every coordinate of the critical point is that close to the centre's.
    bits : integer array (points,)
        Precision of the proof.
    bound : Fact or None
        A proved upper bound for the number of isolated critical points.
    is_real_problem : bool
        Whether variety, metric and data are real.
    numerical : tuple of str
        Numerical evidence that no point is missing, where there is no proof.

    Examples
    --------
    >>> import edgeom as eg
    >>> ellipse = eg.AlgebraicVariety(["x^2 + 4*y^2 = 4"], "x, y")
    >>> proof = eg.DistanceProblem(ellipse, data=[0.3, 0.1]).critical_points().certify()
    >>> proof.complete, len(proof.real), len(proof.minima)
    (True, 4, 2)
    """

    variety: Variety
    family: ObjectiveFamily
    data: Array
    status: tuple[str, ...]
    duplicate_of: NDArray[np.int64]
    reality: NDArray[np.int64]
    index: NDArray[np.int64]
    center: Array
    radius: NDArray[np.float64]
    bits: NDArray[np.int64]
    bound: Fact | None
    is_real_problem: bool
    numerical: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.status)

    @property
    def metric(self) -> Metric:
        """The metric, where the objective is the squared distance."""
        if not isinstance(self.family, Metric):
            raise InputError(f"{self.family.noun} has no metric")
        return self.family

    def where(self, which: NDArray[np.bool_] | slice) -> Certificate:
        """Return what is proved of a selection of the points, a boolean array or a slice."""
        chosen = np.arange(len(self))[selection(which, len(self))]
        place = np.full(len(self) + 1, -1)  # the last one stands for no number
        place[chosen] = np.arange(len(chosen))
        columns: dict[str, Any] = {name: getattr(self, name)[chosen] for name in COLUMNS}
        columns["duplicate_of"] = place[columns["duplicate_of"]]
        return replace(self, status=tuple(self.status[i] for i in chosen), **columns)

    @property
    def is_certified(self) -> NDArray[np.bool_]:
        """Which points are certified."""
        return np.array([s == "certified" for s in self.status], bool)

    @property
    def is_distinct(self) -> NDArray[np.bool_]:
        """Which points are certified and no repetitions: pairwise different critical points."""
        return np.asarray(self.is_certified & (self.duplicate_of < 0))

    @property
    def complete(self) -> bool:
        """Whether it is proved that no isolated critical point is missing."""
        return self.bound is not None and int(self.is_distinct.sum()) == self.bound.value

    @property
    def is_real(self) -> NDArray[np.bool_]:
        """Which distinct points are certified to be real.

        Raises
        ------
        InputError
            Data, metric or variety is complex.
        """
        self._need_real()
        return np.asarray(self.is_distinct & (self.reality == REAL))

    @property
    def is_minimum(self) -> NDArray[np.bool_]:
        """Which distinct points are certified to be local minima."""
        flat = self.center.reshape(len(self), prod(self.center.shape[1:]))
        inside = self.family.defined(flat.real)
        return np.asarray(self.is_real & (self.index == 0) & inside)

    @property
    def is_undecided(self) -> NDArray[np.bool_]:
        """Distinct points not proved to be real or not, and real ones of unproved index."""
        self._need_real()
        open_index = (self.reality == REAL) & (self.index == UNDECIDED)
        return np.asarray(self.is_distinct & ((self.reality == UNDECIDED) | open_index))

    @property
    def real(self) -> Certificate:
        """What is proved of the real critical points."""
        return self.where(self.is_real)

    @property
    def minima(self) -> Certificate:
        """What is proved of the local minima."""
        return self.where(self.is_minimum)

    @property
    def undecided(self) -> Certificate:
        """What is proved of the undecided points."""
        return self.where(self.is_undecided)

    @property
    def squared_distance_bounds(self) -> NDArray[np.float64]:
        """Proved bounds of the squared distances of the real points, ``(points, 2)``.

        For points that are proved not to be real, or not certified, they are (inf, inf) and (0,
        inf).
        """
        self._need_real()
        out = np.tile([0.0, np.inf], (len(self), 1))
        out[self.is_certified & (self.reality == NOT_REAL)] = np.inf
        n = self.variety.ambient_dimension
        centers = np.array([self.variety.flatten(c.real) for c in self.center]).reshape(-1, n)
        q = self.variety.flatten(self.data)
        for i in np.flatnonzero(self.is_certified & (self.reality != NOT_REAL)):
            out[i] = distance_bounds(centers[i], self.radius[i], q, self.metric.matrix)
        return out

    def _need_real(self) -> None:
        if not self.is_real_problem:
            raise InputError(
                "reality is not asked of complex data, nor of a complex metric or variety: the "
                "conjugate of a critical point need not be one; use real data"
            )

    @property
    def completeness(self) -> str:
        """Whether the list is complete, and why that is known."""
        count = int(self.is_distinct.sum())
        if self.complete and self.bound is not None:
            return f"complete: {count} = {self.bound.reason}"
        text = "completeness is not proved"
        if self.bound is not None:
            text += f": {count} are at most {self.bound.value}, {self.bound.reason}"
        if self.numerical:
            text += f"; numerical evidence: {'; '.join(self.numerical)}"
        return text

    def __str__(self) -> str:
        parts = [
            f"{int(self.is_certified.sum())} of {len(self)} certified",
            f"{int(self.is_distinct.sum())} distinct",
        ]
        if self.is_real_problem:
            not_real = int(np.sum(self.is_distinct & (self.reality == NOT_REAL)))
            parts.append(f"{int(self.is_real.sum())} real")
            parts.append(f"{not_real} not real")
            parts.append(f"{int(self.is_undecided.sum())} undecided")
        others = Counter(s for s in self.status if s != "certified")
        parts.extend(f"{count} {status}" for status, count in others.items())
        text = ", ".join(parts)
        if self.is_real_problem and not self.family.indefinite:
            minima = int(self.is_minimum.sum())
            text += f"; {minima} local {'minimum' if minima == 1 else 'minima'} certified"
        return f"{text}; {self.completeness}"

    def summary(self) -> Summary:
        return Summary("Certificate", [("", str(self))])


def check_certifiable(charts: Sequence[Chart], variety: Variety) -> None:
    """Raise InputError unless solutions of the critical equations are points of the variety."""
    if not variety.is_exact:
        raise InputError(
            f"{variety} has coefficients that are not rational, and they were rounded to doubles; "
            "a proof would be about another variety. Give them as floating point numbers if that "
            "is meant"
        )
    try:
        for chart in charts:
            _ = chart.membership
    except InputError as error:
        raise InputError(
            f"{variety} is given by more equations than the codimension of its components; "
            "its critical points can be certified as solutions of random combinations of them, "
            "which vanish elsewhere, too; that they lie on the variety could not be proved: "
            f"{error}. Give it by as many equations as its codimension, by generators of all "
            "polynomials that vanish on it (exactly, since rounded coefficients have no "
            "relations), or as a DeterminantalVariety, SegreVariety, ParametrizedVariety, ..."
        ) from error


def certify(
    variety: Variety,
    family: ObjectiveFamily,
    data: Array,
    charts: Sequence[CriticalEquations],
    chart: NDArray[np.int64],
    unknowns: Array,
    numerical: tuple[str, ...] = (),
    bits: tuple[int, ...] = BITS,
    placed: Placed | None = None,
    bound: Fact | None = None,
) -> Certificate:
    """Prove what can be proved of a list of approximate critical points.

    Parameters
    ----------
    variety, family
    data : array (parameters,)
    charts : sequence of CriticalEquations
    chart : integer array (points,)
        The chart of each point.
    unknowns : complex array (points, N)
        Of charts with fewer unknowns the first ones count.
        Approximate solutions of the critical equations of these charts.
    numerical : tuple of str
        Numerical evidence of completeness.
    bits : tuple of int
        Precisions to try.
    placed : Placed, optional
        The problem in the coordinates of the critical equations; by default those of the variety.
    bound : Fact, optional
        An upper bound for the number of critical points; by default that of the variety.

    Raises
    ------
    InputError
        There is no proof that solutions of the critical equations are on the variety.
    """
    check_certifiable([equations.chart for equations in charts], variety)
    placed = placed or Placed(variety, family, Coordinates.identity(variety.ambient_dimension), 0)
    if not all(_same(equations.family, placed.family) for equations in charts):
        raise InputError("the points were computed for another objective than that of the proof")
    if not family.is_exact:
        raise InputError(
            f"{family.noun} has coefficients that are not rational, and they were rounded to "
            "doubles; a proof would be about another objective"
        )
    real = family.is_real and variety.is_real and not np.iscomplexobj(data)
    n = variety.ambient_dimension
    change = placed.coordinates
    exact = [exact_parameters(equations, placed, data) for equations in charts]
    proofs = prove_all(charts, chart, unknowns, exact, real, bits)
    proofs = [outward(proof, change) for proof in proofs]
    bound = bound or variety.critical_point_bound(family)
    proved = ProvedList.of(proofs, [exact[c] for c in chart], n, bound if real else None)
    certificate = Certificate(
        variety=variety,
        family=family,
        data=variety.unflatten(data) if family.like_points else data,
        status=tuple(proof.status for proof in proofs),
        duplicate_of=proved.duplicate_of,
        reality=proved.reality,
        index=proved.index,
        center=variety.unflatten(proved.center),
        radius=proved.radius.max(axis=1, initial=0),
        bits=np.array([proof.bits for proof in proofs], int),
        bound=bound,
        is_real_problem=real,
        numerical=numerical,
    )
    check_bound(int(certificate.is_distinct.sum()), bound)
    return certificate


def _same(one: ObjectiveFamily, other: ObjectiveFamily) -> bool:
    """Whether two families are the same, metrics entry by entry."""
    if isinstance(one, Metric) and isinstance(other, Metric):
        return np.array_equal(one.matrix, other.matrix)
    return one is other


def exact_parameters(equations: CriticalEquations, placed: Placed, data: Array) -> ExactParameters:
    """Return the parameters of critical equations exactly.

    Data of other objectives than squared distances is enclosed where it was rounded.
    """
    change = placed.coordinates
    if isinstance(equations, DistanceEquations):
        origin = change.base / change.scale if any(change.origin) else None
        n = equations.coordinates
        return ExactParameters(equations.head(n), equations.matrix(), data / change.scale, origin)
    theta = placed.data_inward(data)
    error = placed.family.rounding(theta, change)
    return ExactParameters.given(equations.parameters(theta), equations.parameters(error))
