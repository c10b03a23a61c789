"""Critical points of the quadratic loss on the neuromanifold of a convolutional network.

The neuromanifold is cut into strata by the multiplicities of roots. On each of them the loss is a
squared distance to a variety, whose critical points are all computed; what is real, what is an end
filter of real filters, and which critical points are local minima, on the neuromanifold or for the
filters that training moves, is then read off their roots.

A critical point u is a local minimum on the neuromanifold, for general data, when it is one on
its stratum and, for every power of z in which there are multiple roots, all of them are real,
there are no more real roots than filters of even width, and the distance grows when a multiple
root l becomes a pair of real ones: when u moves towards -u n²/l². With more real roots, or a
multiple pair, some direction can be followed both ways.

Filters without multiple roots over u are a local minimum of the loss, strict up to scales, when
u is one on its stratum, has no multiple pair, and the distance grows when a multiple root
becomes a pair of real ones. The number of real roots does not matter: a simple real root of a
real filter stays real. So there are more local minima for the filters than on the
neuromanifold, also when the network is filling.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgeom.critical.point import CriticalPoint
from edgeom.critical.points import CriticalPoints
from edgeom.critical.problem import DistanceProblem
from edgeom.errors import DegenerateDataError, InputError
from edgeom.networks.convolutional.coincident_roots import FactorVariety, spread
from edgeom.networks.convolutional.factorization import Level
from edgeom.networks.convolutional.real_roots import RootPattern
from edgeom.networks.convolutional.roots import expand, find_factors
from edgeom.networks.convolutional.sharing import sharings
from edgeom.networks.convolutional.strata import ConvolutionalStrata
from edgeom.objectives.metric import Metric

__all__ = ["CriticalFilter", "NetworkCriticalPoints", "network_critical_points"]

Array = NDArray[Any]
FLAT = 1e-7  # imaginary part of a linear form of norm 1 below which its root is real


@dataclass(frozen=True, eq=False, repr=False)
class CriticalFilter:
    """A real critical point of the squared distance on a stratum.

    Attributes
    ----------
    filter : array (end_filter_size,)
    squared_distance : float
    stratum : tuple of tuples of int
        Root multiplicities, for every power of z in which there are filters.
    roots : tuple of RootPattern
        The same, real roots and complex pairs told apart.
    index : int
        Of the squared distance on the stratum, see :class:`~edgeom.CriticalPoint`.
    in_neuromanifold : bool
        Whether real filters multiply to it.
    is_minimum : bool
        Whether it is a local minimum on the neuromanifold, for general data.
    is_filter_minimum : bool
        Whether the loss, as a function of all filters, has a local minimum at `filters`, for
        general data: a place where training ends. This is so where :attr:`is_minimum` holds, and
        at other points as well.
    filters : tuple of arrays or None
        Filters with this end filter at which the loss, as a function of all filters, has a
        critical point; None if there are none (for general data).
    """

    filter: Array
    squared_distance: float
    stratum: tuple[tuple[int, ...], ...]
    roots: tuple[RootPattern, ...]
    index: int
    in_neuromanifold: bool
    is_minimum: bool
    is_filter_minimum: bool
    filters: tuple[Array, ...] | None

    def __str__(self) -> str:
        where = "in the neuromanifold" if self.in_neuromanifold else "outside of the neuromanifold"
        kinds = {
            "local minimum there": self.is_minimum,
            "local minimum for the filters": self.is_filter_minimum,
        }
        found = [kind for kind, holds in kinds.items() if holds]
        return ", ".join(
            [
                f"squared distance {self.squared_distance:.6g}",
                f"roots {' '.join(map(str, self.roots))}",
                f"index {self.index} on its stratum",
                where,
                *found,
            ]
        )

    __repr__ = __str__


@dataclass(frozen=True, eq=False, repr=False)
class NetworkCriticalPoints:
    """All critical points of a squared distance on the strata of a neuromanifold.

    Attributes
    ----------
    network : ConvolutionalNetwork
    metric : Metric
    data : array (end_filter_size,)
    strata : dict
        For the root multiplicities of every stratum its complex critical points.
    filters : tuple of CriticalFilter
        The real ones, nearest first.
    """

    network: ConvolutionalStrata
    metric: Metric
    data: Array
    strata: dict[tuple[tuple[int, ...], ...], CriticalPoints]
    filters: tuple[CriticalFilter, ...]

    def __len__(self) -> int:
        return sum(map(len, self.strata.values()))

    @property
    def inside(self) -> tuple[CriticalFilter, ...]:
        """The real critical points that lie in the neuromanifold, nearest first."""
        return tuple(one for one in self.filters if one.in_neuromanifold)

    @property
    def minima(self) -> tuple[CriticalFilter, ...]:
        """The local minima on the neuromanifold, nearest first."""
        return tuple(one for one in self.filters if one.is_minimum)

    @property
    def filter_minima(self) -> tuple[CriticalFilter, ...]:
        """The local minima of the loss as a function of the filters, nearest first."""
        return tuple(one for one in self.filters if one.is_filter_minimum)

    @property
    def nearest(self) -> CriticalFilter:
        """The point of the neuromanifold next to the data.

        It is a critical point of the stratum in which it lies, and all of these are known.

        Raises
        ------
        InputError
            No critical point is known in the neuromanifold, for special data.
        """
        if not self.inside:
            raise InputError("no critical point is known in the neuromanifold; move the data")
        return self.inside[0]

    def __str__(self) -> str:
        places = ("in the neuromanifold", "minima on it", "minima for the filters")
        rows: list[tuple[str, ...]] = [("root multiplicities", "complex", "real", *places)]
        for patterns, points in self.strata.items():
            real = [one for one in self.filters if one.stratum == patterns]
            name = " ".join(f"({','.join(map(str, pattern))})" for pattern in patterns)
            numbers = [
                len(real),
                sum(one.in_neuromanifold for one in real),
                sum(one.is_minimum for one in real),
                sum(one.is_filter_minimum for one in real),
            ]
            count = f"{len(points)}" if points.complete else f"{len(points)} of {points.expected}"
            rows.append((name, count, *map(str, numbers)))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])])
            for row in rows
        ]
        head = f"critical points of the squared distance to the {self.network}"
        if self.inside:
            roots = " ".join(map(str, self.nearest.roots))
            distance = self.nearest.squared_distance
            lines.append(f"nearest: squared distance {distance:.6g}, roots {roots}")
        return "\n".join([head, *(f"  {line}" for line in lines)])

    __repr__ = __str__


def network_critical_points(
    network: ConvolutionalStrata,
    data: ArrayLike,
    metric: Metric | None = None,
    *,
    seed: int = 0,
    raise_incomplete: bool = True,
) -> NetworkCriticalPoints:
    """Compute all critical points of a squared distance on all strata of a neuromanifold.

    The strata are the end filters with given multiplicities of roots, for every power of z. The
    nearest point of the neuromanifold, and every critical point of the loss as a function of the
    filters, is a critical point on its stratum: the image of the differential of the map from
    filters to end filters contains the tangent space of the stratum. It is no larger when the roots
    can be shared so that no filter has a multiple root; then filters are critical themselves.

    When a critical point is a local minimum is said at the top of this file.

    Parameters
    ----------
    network : ConvolutionalNetwork
    data : array (end_filter_size,)
        Real and general; with strides, statements about filters and minima need that no roots of
        factors in different powers of z coincide, which is so for general data.
    metric : Metric, optional
        Positive definite; by default the Euclidean distance of the coefficients.
    seed : int
        Of the random numbers.
    raise_incomplete : bool
        Raise an error when the data is special: critical points on a stratum meet, move to 0, the
        vertex of all strata, or have roots that coincide further. Otherwise they are left out.

    Returns
    -------
    NetworkCriticalPoints

    Raises
    ------
    InputError
        The data or the metric does not fit, or the data is 0.
    DegenerateDataError
        The data is special; the message names the stratum.
    IncompleteError
        The critical points on a stratum could not be confirmed to be all.

    References
    ----------
    Kohn, Merkh, Montúfar, Trager, arXiv 2108.01538; for strides Kohn, Montúfar, Shahverdi, Trager,
    arXiv 2304.05752. The rules for local minima are derived in docs/explanation/convolutional.md.
    """
    if np.iscomplexobj(data) or (metric is not None and not metric.is_definite):
        raise InputError("data must be real and the metric positive definite")
    strata: dict[tuple[tuple[int, ...], ...], CriticalPoints] = {}
    filters: list[CriticalFilter] = []
    for given in network.strata():
        patterns = tuple(map(tuple, given))
        problem = DistanceProblem(network.stratum(patterns), metric, data=data)
        if not np.any(problem.data):
            raise InputError("the data is 0, which is its own nearest point; give other data")
        try:
            points = problem.critical_points(seed, raise_incomplete=raise_incomplete)
        except DegenerateDataError as error:
            raise DegenerateDataError(f"on the stratum {patterns}: {error}") from error
        strata[patterns] = points
        for point in points.real:
            one = _describe(network, problem, patterns, point)
            if one is not None:
                filters.append(one)
            elif raise_incomplete:
                raise DegenerateDataError(
                    f"a critical point on the stratum {patterns} has roots that coincide further, "
                    "or almost; move the data, or pass raise_incomplete=False to leave it out"
                )
    filters.sort(key=lambda one: one.squared_distance)
    return NetworkCriticalPoints(
        network, problem.metric, np.asarray(problem.data), strata, tuple(filters)
    )


@dataclass(frozen=True)
class _Roots:
    """The roots of the factor in one power of z: linear forms, real ones and one of each pair."""

    pattern: RootPattern
    lines: list[Array]


def _describe(
    network: ConvolutionalStrata,
    problem: DistanceProblem,
    patterns: tuple[tuple[int, ...], ...],
    point: CriticalPoint,
) -> CriticalFilter | None:
    """Return what the roots tell about a real critical point; None if they coincide further."""
    variety = problem.variety
    assert isinstance(variety, FactorVariety)
    lines = find_factors(point.point, variety.factors)
    if lines is None:
        return None
    found = [_sorted_roots(variety, lines, level) for level in network.levels]
    inside = all(
        roots.pattern.real_roots >= level.odd
        for roots, level in zip(found, network.levels, strict=True)
    )
    filters = _critical_filters(network, found, point.point) if inside else None
    force = problem.metric.matrix @ (point.point - problem.data)
    trained = (
        filters is not None
        and point.index == 0
        and all(max(roots.pattern.pairs, default=1) == 1 for roots in found)
        and all(force @ d > 0 for d in _splittings(variety, lines, point.point))
    )
    tight = all(
        max(roots.pattern.real, default=1) == 1 or roots.pattern.real_roots == level.odd
        for roots, level in zip(found, network.levels, strict=True)
    )
    return CriticalFilter(
        filter=point.point,
        squared_distance=float(np.real(point.squared_distance)),
        stratum=patterns,
        roots=tuple(roots.pattern for roots in found),
        index=point.index,
        in_neuromanifold=inside,
        is_minimum=trained and tight,
        is_filter_minimum=trained,
        filters=filters,
    )


def _is_real(line: Array) -> bool:
    return bool(abs((line[0] * np.conj(line[1])).imag) <= FLAT)


def _sorted_roots(variety: FactorVariety, lines: Sequence[Array], level: Level) -> _Roots:
    real: list[tuple[int, Array]] = []
    pairs: list[tuple[int, Array]] = []
    for factor, rows in zip(variety.factors, lines, strict=True):
        if factor.stride == level.stride:
            for row in rows:
                if _is_real(row):
                    real.append((factor.multiplicity, row))
                elif (row[0] * np.conj(row[1])).imag > 0:
                    pairs.append((factor.multiplicity, row))
    pattern = RootPattern(tuple(m for m, _ in real), tuple(m for m, _ in pairs))
    return _Roots(pattern, [row for _, row in (*real, *pairs)])


def _splittings(variety: FactorVariety, lines: Sequence[Array], point: Array) -> list[Array]:
    """Return, for every multiple real root l, the direction -u n²/l² in which it splits.

    n is a linear form with another root; which one does not matter at a critical point.
    """
    whole = expand(lines, variety.factors)
    scale = np.vdot(whole, point) / np.vdot(whole, whole)
    directions = []
    for k, factor in enumerate(variety.factors):
        for i, line in enumerate(lines[k]):
            if factor.multiplicity == 1 or not _is_real(line):
                continue
            phase = line[np.argmax(np.abs(line))] / np.abs(line).max()
            a, b = (line / phase).real
            others = [*lines]
            others[k] = np.delete(lines[k], i, axis=0)
            split = np.convolve([-b, a], [-b, a])
            for _ in range(factor.multiplicity - 2):
                split = np.convolve(split, [a, b])
            wide = spread(split.tolist(), factor.stride)
            rest = np.convolve(expand(others, variety.factors), wide)
            directions.append(-(scale * phase**factor.multiplicity * rest).real)
    return directions


def _critical_filters(
    network: ConvolutionalStrata, found: Sequence[_Roots], point: Array
) -> tuple[Array, ...] | None:
    """Return filters without multiple roots that multiply to a filter, if there are any."""
    filters = [np.ones(1)] * network.depth
    for level, roots in zip(network.levels, found, strict=True):
        sharing = next(sharings(roots.pattern, level.degrees, largest=1), None)
        if sharing is None:
            return None
        for column, line, weight in zip(
            sharing,
            roots.lines,
            [1] * len(roots.pattern.real) + [2] * len(roots.pattern.pairs),
            strict=True,
        ):
            form = _real_form(line, weight)
            for layer, times in zip(level.layers, column, strict=True):
                if times:
                    filters[layer] = np.convolve(filters[layer], form)
    return tuple(network.balance(filters, point))


def _real_form(line: Array, weight: int) -> Array:
    """Return the real linear form of a real root, or the quadratic one of a pair."""
    if weight == 2:
        return np.asarray(np.convolve(line, line.conj()).real)
    lead = line[np.argmax(np.abs(line))]
    return np.asarray((line * np.conj(lead)).real)
