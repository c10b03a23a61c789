"""Critical points: what a computation found, sorted out and described.

Which points are real, and the indices of these, is found out by :mod:`edgeom.equations.hessian`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from edgeom.arrays import selection
from edgeom.certification.certificate import Certificate, certify
from edgeom.critical.listing import cells, counted, kind_of, listing
from edgeom.critical.parameters import parameters_of
from edgeom.critical.point import CriticalPoint
from edgeom.equations.critical import CriticalEquations
from edgeom.equations.hessian import UNDECIDED
from edgeom.errors import InputError, check_size
from edgeom.evidence import Evidence
from edgeom.exact.count import ExactCount, exact_count
from edgeom.objectives.family import ObjectiveFamily
from edgeom.objectives.metric import Metric
from edgeom.plain import shortened
from edgeom.results import Result, Summary
from edgeom.solvers.smooth import smooth_points
from edgeom.varieties.base import Fact, Variety
from edgeom.varieties.placed import Placed

__all__ = ["CriticalPoints"]

Array = NDArray[Any]
LONGEST = 66  # characters of a variety in a summary: lines have 80
COLUMNS = (
    "points", "is_real", "index", "smallest_eigenvalue", "value", "residual", "chart",
    "unknowns",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class CriticalPoints(Result):
    """Critical points of a squared distance or another objective.

    Real ones come first, those with the least value first.

    Attributes
    ----------
    variety : Variety
    family : ObjectiveFamily
        The metric, or the family of another objective.
    data : array
        The data point q, or the parameters of the objective.
    points : complex array (points, *shape)
        The imaginary parts of real points are exactly 0.
    is_real : bool array (points,)
    index : integer array (points,)
        See :class:`CriticalPoint`.
    smallest_eigenvalue : float array (points,)
        Of the Hessian of half the squared distance, or of another objective, in an orthonormal
        frame, by absolute value; NaN for non-real points.
    value : complex array (points,)
        Of the objective: (x-q)ᵀ S (x-q).
    residual : float array (points,)
    charts : tuple of CriticalEquations
        Those in which the points were found.
    chart : integer array (points,)
        Which of them, for each point.
    unknowns : complex array (points, N)
        Solutions of the critical equations of these charts; rows of charts with fewer unknowns end
        with zeros.
    expected : int
        Number of critical points of general complex data.
    evidence : Evidence
    placed : Placed
        The problem in good coordinates, in which charts and unknowns are.
    certificate : Certificate or None
        What was proved of them, where that is kept with them; :meth:`certify` proves it.
    """

    variety: Variety
    family: ObjectiveFamily
    data: Array
    points: Array
    is_real: NDArray[np.bool_]
    index: NDArray[np.int64]
    smallest_eigenvalue: NDArray[np.float64]
    value: Array
    residual: NDArray[np.float64]
    charts: tuple[CriticalEquations, ...]
    chart: NDArray[np.int64]
    unknowns: Array
    expected: int
    evidence: Evidence
    placed: Placed
    certificate: Certificate | None = None

    def __len__(self) -> int:
        return len(self.points)

    def __getitem__(self, i: SupportsIndex) -> CriticalPoint:
        real = bool(self.is_real[i])
        value = complex(self.value[i])
        t = None if self._parameters is None else self._parameters[i]
        return CriticalPoint(
            point=self.points[i].real if real else self.points[i],
            is_real=real,
            index=int(self.index[i]),
            value=value.real if real else value,
            residual=float(self.residual[i]),
            is_defined=bool(self.is_defined[i]),
            parameters=t if t is None or t.imag.any() else t.real,
        )

    def __iter__(self) -> Iterator[CriticalPoint]:
        return (self[i] for i in range(len(self)))

    @property
    def metric(self) -> Metric:
        """The metric, where the objective is the squared distance."""
        return self._distance("metric")

    @property
    def squared_distance(self) -> Array:
        """The values of the objective, where that is the squared distance."""
        self._distance("squared distance")
        return self.value

    def _distance(self, what: str) -> Metric:
        if isinstance(self.family, Metric):
            return self.family
        raise InputError(f"{self.family.noun} has no {what}; its values are in `value`")

    @property
    def _flat_data(self) -> Array:
        return self.variety.flatten(self.data) if self.family.like_points else self.data

    def where(self, which: NDArray[np.bool_] | slice) -> CriticalPoints:
        """Return the critical points of a selection, a boolean array or a slice."""
        which = selection(which, len(self))
        chosen: dict[str, Any] = {name: getattr(self, name)[which] for name in COLUMNS}
        if self.certificate is not None:
            chosen["certificate"] = self.certificate.where(which)
        return replace(self, **chosen)

    def unknowns_of(self, number: int) -> Array:
        """Return the solutions found in a chart, ``(points, N)``."""
        count = len(self.charts[number].system.unknowns)
        return self.unknowns[self.chart == number, :count]

    @property
    def good_points(self) -> Array:
        """The points in good coordinates, ``(points, coordinates)``."""
        out = np.zeros((len(self), self.variety.ambient_dimension), complex)
        for number, equations in enumerate(self.charts):
            out[self.chart == number] = equations.system.lift(self.unknowns_of(number))
        return out

    @cached_property
    def _parameters(self) -> Array | None:
        own = self.variety.parameters_at(self.points)
        charts = [e.chart for e in self.charts]
        return parameters_of(charts, self.chart, self.unknowns) if own is None else own

    @property
    def parameters(self) -> Array:
        """The parameters that the map of the variety takes to the points, ``(points, parameters)``.

        They are in the order of ``variety.variables``; where several have the same image, one of
        them. They are infinite where the map reaches a point in the limit only. The imaginary parts
        of real ones are exactly 0; a real point may have parameters that are not real.

        Raises
        ------
        InputError
            The variety is not given by a map.

        Examples
        --------
        >>> import edgeom as eg
        >>> circle = eg.ParametrizedVariety(["(1 - t^2)/(1 + t^2)", "2*t/(1 + t^2)"], "t")
        >>> points = eg.DistanceProblem(circle, data=[3, 4]).critical_points()
        >>> points.nearest.point.round(6), points.nearest.parameters.round(6)
        (array([0.6, 0.8]), array([0.5]))
        """
        if self._parameters is None:
            raise InputError(f"{self.variety} is not given by a map: its points have no parameters")
        return self._parameters

    @property
    def is_smooth(self) -> NDArray[np.bool_]:
        """Which points are smooth points of the variety, where these are solutions of equations.

        With its equations as constraints a regular solution is one: they have full rank there.
        """
        found, placed = self.good_points, self.placed
        q = placed.data_inward(self._flat_data)
        scale = np.abs(found).max(initial=0)
        if isinstance(self.family, Metric):
            scale = max(np.abs(q).max(), scale)
        cleaned = placed.variety.unflatten(np.where(np.abs(found) > 1e-9 * scale, found, 0))
        smooth = np.ones(len(self), bool)
        for number, equations in enumerate(self.charts):
            here = np.flatnonzero(self.chart == number)
            u = self.unknowns_of(number)
            smooth[here] = smooth_points(equations, u, equations.parameters(q))
            if not equations.has_constraints or equations.chart.resolves:
                singular = [placed.variety.is_singular(y) for y in cleaned[here]]
                smooth[here] &= ~np.array(singular, bool)
        return smooth

    @property
    def complete(self) -> bool:
        """Whether as many points are known as general complex data has."""
        return len(self) == self.expected

    @property
    def is_minimum(self) -> NDArray[np.bool_]:
        """Which points are local minima of the objective."""
        return np.asarray(self.is_real & (self.index == 0) & self.is_defined)

    @property
    def is_defined(self) -> NDArray[np.bool_]:
        """Which points are not outside of the domain of the objective, as that of a logarithm."""
        flat = self.points.reshape(len(self), prod(self.points.shape[1:])).real
        return np.asarray(self.family.defined(flat) | ~self.is_real)

    @property
    def is_undecided(self) -> NDArray[np.bool_]:
        """Of which points it cannot be said whether they are real, or of which index."""
        return np.asarray(self.index == UNDECIDED)

    @property
    def real(self) -> CriticalPoints:
        """The real critical points."""
        return self.where(self.is_real)

    @property
    def undecided(self) -> CriticalPoints:
        """The points of which it cannot be said whether they are real, or of which index."""
        return self.where(self.is_undecided)

    @property
    def minima(self) -> CriticalPoints:
        """The local minima of the objective."""
        return self.where(self.is_minimum)

    @property
    def nearest(self) -> CriticalPoint:
        """The nearest of the real smooth critical points.

        It is the best approximation of the data when that is a smooth point of the variety:
        singular points (``variety.singular_points``) are not compared.

        Raises
        ------
        InputError
            There is no real critical point, or distances are not positive.
        """
        if self._distance("nearest point").indefinite:
            raise InputError("there is no nearest point for a metric that may be indefinite")
        if not self.is_real.any():
            singular = self.variety.singular_points
            raise InputError(
                "there is no real smooth critical point"
                + (f"; the nearest point is among the {singular}" if singular else "")
            )
        return self[0]

    def certify(self, *, exact: bool = False) -> Certificate:
        """Prove that these are critical points, different, real or not, and of which index.

        Every point goes through a Krawczyk test in ball arithmetic, with more bits where that
        takes more; the number of different ones is compared with a proved upper bound. See
        docs/explanation/certification.md for what exactly is proved.

        Parameters
        ----------
        exact : bool
            Compare it with the number that :meth:`exact_count` finds for this data, where no
            upper bound is reached; docs/explanation/exact.md says what that number rests on.

        Raises
        ------
        InputError
            The variety is given by more equations than its codimension, and it cannot be proved
            that points are on it; or its coefficients are not rational.

        Examples
        --------
        >>> import edgeom as eg
        >>> V = eg.DeterminantalVariety(2, 2, rank=1)
        >>> eg.DistanceProblem(V, data=[[3, 1], [0, 1]]).critical_points().certify()
        2 of 2 certified, 2 distinct, 2 real, ... complete: 2 = ED degree (Eckart-Young)
        """
        proof = self._proof()
        if proof.complete or not exact:
            return proof
        reason = "the exact count modulo two primes, by Gröbner bases"
        return self._proof(Fact(self.exact_count().count, reason))

    def _proof(self, bound: Fact | None = None) -> Certificate:
        return certify(
            self.variety,
            self.family,
            self._flat_data,
            self.charts,
            self.chart,
            self.unknowns,
            self.evidence.checks,
            placed=self.placed,
            bound=bound,
        )

    def exact_count(self, *, real: bool = False, timeout: float = 600) -> ExactCount:
        """Count the critical points again, by a Gröbner basis (msolve).

        Data and metric are taken exactly as they are, every double being a rational number. See
        :func:`edgeom.exact_count`, which also takes fractions, and docs/explanation/exact.md.

        Parameters
        ----------
        real : bool
            Isolate the real critical points, too.
        timeout : float
            Seconds for each run of msolve.

        Raises
        ------
        BackendError
            msolve is missing or broke down.
        DegenerateDataError
            There are infinitely many critical points.
        InputError
            The data or the metric is complex, or the variety is of a kind without exact equations.
        """
        return exact_count(self.variety, self.family, self.data, real=real, timeout=timeout)

    @property
    def counts_by_index(self) -> dict[int, int]:
        """Number of real critical points for each index; -2 stands for undecided."""
        values, counts = np.unique(self.index[self.is_real], return_counts=True)
        return dict(zip(values.tolist(), counts.tolist(), strict=True))

    @property
    def kinds(self) -> list[str]:
        """What each point is, in words: "local minimum", "saddle of index 1", "not real"."""
        dimension, indefinite = self.variety.dimension, self.family.indefinite
        pairs = zip(self.is_real.tolist(), self.index.tolist(), strict=True)
        return [kind_of(*pair, dimension, indefinite) for pair in pairs]

    def listing(self, width: int = 80) -> str:
        """Return the points as a table for a terminal."""
        head = "sq. distance" if self._kind == "metric" else "value"
        width = check_size(width, "width", 40)
        return listing(self.kinds, self.value, self.points, self.named_parameters, head, width)

    @property
    def named_parameters(self) -> dict[str, Array]:
        """The parameters of the points by their names, none where the variety is no image."""
        if self._parameters is None:
            return {}
        names: list[str] = getattr(self.variety, "variables")  # noqa: B009
        return dict(zip(names, self._parameters.T, strict=True))

    def summary(self) -> Summary:
        whole = f"{len(self)}" if self.complete else f"{len(self)} of {self.expected}"
        name = shortened(str(self.variety), LONGEST)
        place = f"{'to' if self._kind == 'metric' else 'on'} {name}"
        rows = [("variety", shortened(self.variety.text, LONGEST)), (self._kind, self.family.name)]
        rows.append(("real", self._real_line))
        if self.is_real.any() and not self.family.indefinite and self._kind == "metric":
            value = f"{self.nearest.value:.6g}"
            rows.append(("nearest", f"smooth critical point, squared distance {value}"))
            if self.variety.singular_points:
                rows.append(("", f"not compared with {self.variety.singular_points}"))
        if len(self):
            rows.append(("residual", f"at most {self.residual.max():.0e}"))
        rows += self.evidence.rows()
        if self.certificate is not None:
            rows.append(("proof", str(self.certificate)))
        shown = self.real if self.is_real.any() else self
        table = cells(shown.kinds, shown.value, shown.points)
        return Summary(f"{whole} critical points of {self.family.noun} {place}", rows, table)

    @property
    def _kind(self) -> str:
        return "metric" if isinstance(self.family, Metric) else "objective"

    @property
    def _real_line(self) -> str:
        if np.iscomplexobj(self.data) or not self.family.is_real:
            return f"not asked: the data or the {self._kind} is complex"
        kinds = counted(self.counts_by_index, self.variety.dimension, self.family.indefinite)
        return f"{int(self.is_real.sum())}" + (f": {kinds}" if kinds else "")
