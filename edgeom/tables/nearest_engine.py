"""Nearest points of blocks of data.

Every stratum has an engine of the tables; isolated singular points are compared with all data at
once. Data for which a list is not complete, or in which reality cannot be decided, goes to
:class:`~edgeom.critical.nearest.NearestProblem`, one by one. What an engine proves of all its
critical points tells, with bounds of their distances, which of the nearest points are proved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.certification.balls import REAL
from edgeom.certification.distances import bounds_in_doubles
from edgeom.certification.rounding import EPSILON
from edgeom.critical.boxes import boxes_in_doubles
from edgeom.critical.contenders import NUMERICAL, Stratum
from edgeom.critical.domain import Domain, Given
from edgeom.critical.nearest import UNSEEN, NearestProblem
from edgeom.critical.parameters import parameters_of
from edgeom.equations.hessian import NOT_REAL
from edgeom.errors import IncompleteError, InputError
from edgeom.objectives.metric import Metric
from edgeom.tables.engine import SampleEngine, Solved
from edgeom.tables.laws import GIVEN, Law
from edgeom.tables.proofs import ProvedPoints, SampleProver
from edgeom.tables.samples import NearestBlock
from edgeom.varieties.base import Variety
from edgeom.varieties.parametrized import ParametrizedVariety

__all__ = ["KINDS", "REASONS", "NearestEngine"]

Array = NDArray[Any]
KINDS = ("smooth point", "singular point", "limit point", "boundary point")
PROVED, NOT_ASKED, NO_PROOF, NOT_CERTIFIED, NOT_APART, ALONE = range(6)
REASONS = (
    "certified, and farther are all other critical and singular points",
    "a proof was not asked for",
    "there are no proofs for this variety and metric, see notes",
    "not all critical points are certified, or they are fewer than there can be",
    "balls of certified points do not tell which is nearest",
    "special data, computed by itself; NearestProblem may prove it",
)
LEVEL = 1e-9  # relative imaginary part of a value that may be real
FLAT = 1e-7  # relative eigenvalue of a Hessian at a point that may be one of a set
SAME = 1e-9  # relative difference of squared distances of one point, found twice


@dataclass(frozen=True)
class _Found:
    """The nearest point of a stratum for each data point, with bounds of squared distances.

    Attributes
    ----------
    points : array (samples, n)
    parameters : array (samples, parameters)
        NaN where real ones are not known.
    value, after : arrays (samples,)
        Its squared distance, and that of the next local minimum of the stratum.
    minimum : bool array (samples,)
        Whether it is a local minimum of the stratum.
    low, high, rest : arrays (samples,)
        Proved bounds of the first, and a lower bound of all others; -inf and inf for none.
    """

    points: Array
    parameters: Array
    value: Array
    after: Array
    minimum: Array
    low: Array
    high: Array
    rest: Array


class _Nearest:
    """The nearest points so far.

    Attributes
    ----------
    points, parameters, value, after, low, high, rest
        As in :class:`_Found`, of all strata.
    kind : integer array (samples,)
    """

    def __init__(self, samples: int, n: int, parameters: int) -> None:
        self.points = np.full((samples, n), np.nan)
        self.parameters = np.full((samples, parameters), np.nan)
        self.value, self.after = np.full(samples, np.inf), np.full(samples, np.inf)
        self.low, self.high = np.full(samples, np.inf), np.full(samples, np.inf)
        self.rest = np.full(samples, np.inf)
        self.kind = np.zeros(samples, int)

    def take(self, kind: int, found: _Found) -> None:
        """Take what is nearer; what was nearest is then the next, unless it is the same point."""
        nearer = found.value < self.value
        same = np.isclose(found.value, self.value, rtol=SAME, atol=0)
        farther = np.where(nearer, self.value, np.where(found.minimum, found.value, np.inf))
        second = np.where(same, np.inf, farther)
        self.after = np.minimum(np.minimum(self.after, found.after), second)
        beside = np.where(nearer, self.low, found.low)
        self.rest = np.minimum(np.minimum(self.rest, found.rest), beside)
        self.points[nearer], self.kind[nearer] = found.points[nearer], kind
        for name in ("parameters", "value", "low", "high"):
            getattr(self, name)[nearer] = getattr(found, name)[nearer]


class NearestEngine:
    """Computes nearest points for blocks of data.

    Parameters
    ----------
    variety : Variety
    metric : Metric or {"given weights", "given matrices"}
        A fixed one; or each data point comes with its own, as n or n×n numbers after its n.
    seed, threads : int
    prove : bool
    domain : dict, optional
        From and to for parameters of a map.
    """

    def __init__(
        self,
        variety: Variety,
        metric: Law,
        seed: int = 0,
        threads: int = 1,
        prove: bool = False,
        domain: Given | None = None,
    ) -> None:
        fixed = metric if isinstance(metric, Metric) else None
        self.variety, self.metric, self.prove, self.given = variety, metric, prove, domain
        self.problem = NearestProblem(variety, fixed, seed, domain)
        strata = self.problem.strata
        self.strata = strata.all
        law = "fresh" if fixed is None else fixed
        try:
            self.engines = [
                SampleEngine(stratum.problem.variety, law, seed, threads) for stratum in self.strata
            ]
        except (InputError, IncompleteError):  # no list of isolated points: one by one
            self.engines = []
        locus = strata.singular
        n = variety.ambient_dimension
        self.isolated = np.zeros((0, n)) if locus is None else locus.real_points
        self.corners, self.corner_parameters = strata.corners, strata.corner_parameters
        self.parameters = len(variety.variables) if isinstance(variety, ParametrizedVariety) else 0
        self.notes = () if locus is None else locus.unknown
        self.box_radius: float | None = None
        self.provers: list[SampleProver] = []
        self.obstacle = self._prepare() if prove else None

    @property
    def degree(self) -> int:
        """Number of complex critical points on the smooth part, 0 where there is no list."""
        return self.engines[0].degree if self.engines else 0

    def _prepare(self) -> str | None:
        """Make what proves; return why nothing can be proved."""
        if self.given is not None:
            return NUMERICAL
        if isinstance(self.metric, Metric) and self.metric.is_singular:
            return UNSEEN
        if self.notes:
            return self.notes[0]
        if not self.engines:
            return "critical points are no list of isolated points"
        try:
            for engine in self.engines:
                self.provers.append(SampleProver(engine.variety, engine.placed))
        except InputError as error:
            return str(error)
        for engine, prover in zip(self.engines, self.provers, strict=True):
            if prover.bound is None or prover.bound.value != engine.degree:
                bound = prover.bound
                most = "there is no bound" if bound is None else f"{bound.value} are {bound.reason}"
                return (
                    f"{engine.degree} critical points are known of {engine.variety}; {most}; "
                    "NearestProblem may prove single points by an exact count"
                )
        locus = self.problem.strata.singular
        if locus is not None and not locus.proved_empty:
            boxes = self.problem.strata.boxes
            if boxes is None or len(boxes) != len(self.isolated):
                return "singular points are known numerically only"
            self.isolated, self.box_radius = boxes_in_doubles(boxes, self.variety.ambient_dimension)
        return None

    def block(self, first: int, count: int, data: Array | None = None) -> NearestBlock:
        """Find nearest points for given data, and metrics where each point has its own."""
        assert data is not None
        n = self.variety.ambient_dimension
        q, metrics = data[:, :n], self._metrics(data)
        best = _Nearest(count, n, self.parameters)
        known, listed = np.full(count, bool(self.engines)), np.ones(count, bool)
        for number, (stratum, engine) in enumerate(zip(self.strata, self.engines, strict=False)):
            found = engine.solved(q, metrics)
            proof = None
            if self.prove and self.obstacle is None:
                proof = self.provers[number].points(found)
                listed &= self.provers[number].columns(proof)["proved"] & found.complete
            known &= _is_plain(found)
            inside = found.is_real & _in_domain(found, stratum.domain)
            nearest = _nearest_of(engine, found, inside, q, proof, stratum, self.parameters)
            best.take(KINDS.index(stratum.kind), nearest)
        unknown = np.full((len(self.isolated), self.parameters), np.nan)
        for kind, points, parameters in (
            (1, self.isolated, unknown),
            (3, self.corners, self.corner_parameters),
        ):
            for x, t in zip(points, parameters, strict=True):
                best.take(kind, self._isolated(x, t, q, metrics))
        known &= np.isfinite(best.value)
        for i in np.flatnonzero(~known).tolist():
            self._alone(best, i, q[i], metrics[i])
        reason = np.where(listed, NOT_APART, NOT_CERTIFIED)
        reason[listed & (best.high < best.rest)] = PROVED
        if self.obstacle is not None or not self.prove:
            reason[:] = NO_PROOF if self.prove else NOT_ASKED
        reason[~known] = ALONE
        return NearestBlock(
            np.arange(first, first + count), best.points, best.value, best.after,
            kind=best.kind, alone=~known, reason=reason, parameters=best.parameters,
        )  # fmt: skip

    def _metrics(self, data: Array) -> Array:
        """Return the metric of each data point (samples, n, n)."""
        n = self.variety.ambient_dimension
        if isinstance(self.metric, Metric):
            return np.broadcast_to(self.metric.matrix, (len(data), n, n))
        rest = data[:, n:]
        if self.metric == GIVEN[0]:
            return np.asarray(rest[:, :, None] * np.eye(n))
        return rest.reshape(-1, n, n)

    def _isolated(self, x: Array, t: Array, q: Array, metrics: Array) -> _Found:
        gap = x - q
        value = np.einsum("gi,gij,gj->g", gap, metrics, gap)
        low, high = np.full(len(q), -np.inf), np.full(len(q), np.inf)
        if self.box_radius is not None:
            low, high = bounds_in_doubles(x, self.box_radius, q, metrics)
        far = np.full(len(q), np.inf)
        minimum = np.ones(len(q), bool)
        points, parameters = np.tile(x, (len(q), 1)), np.tile(t, (len(q), 1))
        return _Found(points, parameters, value, far, minimum, low, high, far)

    def _alone(self, best: _Nearest, i: int, q: Array, metric: Array) -> None:
        problem = self.problem
        if not isinstance(self.metric, Metric):
            problem = NearestProblem(self.variety, Metric(metric), problem.seed, self.given)
        found = problem.at(self.variety.unflatten(q), prove=False)
        best.points[i], best.value[i] = self.variety.flatten(found.point), found.squared_distance
        if found.parameters is not None:
            best.parameters[i] = _real_or_nan(found.parameters[:1])[0]
        several = len(found.points) > 1 or found.dimension > 0
        best.after[i] = found.squared_distance if several else found.runner_up
        best.kind[i] = KINDS.index(found.kind)


def _is_plain(found: Solved) -> NDArray[np.bool_]:
    """Tell for each sample whether its critical points are a list of which nothing is missing."""
    # on a set of critical points that meets the real ones the value is that of a real one
    values = found.distances(found.points)
    with np.errstate(invalid="ignore"):
        level = (np.abs(values.imag) <= LEVEL * np.abs(values)) & (values.real >= 0)
    special = (level & ~found.is_real).any(axis=1)
    special |= found.columns["smallest_eigenvalue"] < FLAT
    return np.asarray(found.complete & (found.columns["undecided"] == 0) & ~special)


def _in_domain(found: Solved, domain: Domain | None) -> NDArray[np.bool_]:
    """Tell which points have parameters in a domain."""
    if domain is None:
        return np.ones(found.chart.shape, bool)
    unknowns = found.unknowns.reshape(found.chart.size, -1)
    charts = [equations.chart for equations in found.charts]
    with np.errstate(invalid="ignore"):  # missing points are NaN
        t = parameters_of(charts, found.chart.ravel(), unknowns)
    assert t is not None
    return domain.holds(t).reshape(found.chart.shape)


def _nearest_of(
    engine: SampleEngine,
    found: Solved,
    inside: NDArray[np.bool_],
    q: Array,
    proof: ProvedPoints | None,
    stratum: Stratum,
    parameters: int,
) -> _Found:
    """Return the nearest critical point of each sample among those that count."""
    every = np.arange(len(q))
    values = np.where(inside, found.distances(found.points.real), np.inf)
    first = values.argmin(axis=1)
    least = values[every, first]
    after = np.where(found.is_minimum, values, np.inf)
    after[every, first] = np.inf
    low, high = np.full(values.shape, -np.inf), np.full(values.shape, np.inf)
    if proof is not None:
        low[proof.certified & (proof.reality == NOT_REAL)] = np.inf
        real = proof.certified & (proof.reality == REAL)
        gap, origin = found.exact.gap[:, None], found.exact.origin
        shift = 0.0 if origin is None else EPSILON * np.abs(gap)
        metrics = found.metrics[:, None]
        bounds = bounds_in_doubles(proof.center.real, proof.radius + shift, gap, metrics)
        unit = found.unit[:, None]
        low[real], high[real] = (np.where(real, b * unit, 0)[real] for b in bounds)
    own = low[every, first], high[every, first]
    low[every, first] = np.inf
    rest = low.min(axis=1)
    x = engine.outward(found.points[every, first].real[:, None], q)[:, 0]
    t = np.full((len(q), parameters), np.nan)
    if parameters and isinstance(stratum.problem.variety, ParametrizedVariety):
        charts = [equations.chart for equations in found.charts]
        with np.errstate(invalid="ignore"):  # missing points are NaN
            own_t = parameters_of(charts, found.chart[every, first], found.unknowns[every, first])
        whole = stratum.parameters(own_t)
        t = t if whole is None else _real_or_nan(whole)
    return _Found(x, t, least, after.min(axis=1), found.is_minimum[every, first], *own, rest)


def _real_or_nan(parameters: Array) -> Array:
    """Return parameters (points, parameters), NaN for points where they are not real."""
    real = (parameters.imag == 0).all(axis=1, keepdims=True)
    return np.where(real, parameters.real, np.nan)
