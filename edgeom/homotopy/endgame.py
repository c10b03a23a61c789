"""How every path of a homotopy ends: regular, singular, at infinity, or failed.

A parameter homotopy to special parameters has paths that end at regular solutions and others that
do not. A count of the former can be relied on only if it is known of every other path why it is
not among them. So each one is looked at from loops around its end (:mod:`edgeom.homotopy.cauchy`),
on circles that shrink until two of them agree and predict where the path is much later; a finite
end is then tested with many digits, because solutions that nearly meet look like one multiple
solution in double precision. What the loops do not tell is tracked with many digits as well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.homotopy import digits
from edgeom.homotopy.cauchy import Segment, Series, closed_loops, is_same, moved
from edgeom.homotopy.ends import EndKind, PathEnds, limit, shared
from edgeom.homotopy.kernels import jacobian_tape, squares
from edgeom.homotopy.slow_paths import Way, way_to_the_end
from edgeom.homotopy.tracker import PathTracker, TrackerOptions

__all__ = ["classify"]

Array = NDArray[Any]
Lift = Callable[[Array], Array]
Strays = Callable[[Array, Array], NDArray[np.bool_]]

RADII = tuple(5 * 10.0**-k for k in range(2, 14))  # circles around t = 1
EARLY = 1e-3  # a path is tracked with many digits from a circle that is larger than this
AGREE = 1e-6  # relative, of the ends that two circles give
BEYOND = 1e-8  # with many digits, the series has to hold for this 1 - t as well
LESS_FAR = 1e-20  # or for this one, where it cannot be looked up so far out
FAR_BEYOND = 1e-30  # and at infinity for this share of the radius
STATIONS = 2e-5  # and is sharpened, where it does not, from this share of the radius on
HOLDS = 1e-2  # to this relative precision
GROWTH = 0.3  # least exponent with which the inverse Jacobian grows towards a singular end
ROUNDED = 1e-11  # a last Newton correction above this calls for more digits
NEARLY_SINGULAR = 1e-6  # so does a smaller condition of the Jacobian
EXACT = 1e-16  # the uncertainty of an end that is known with many digits
TWIN = 1e-13  # relative distance of equal regular ends, known with many digits
FAR_POINT = 1e6  # points that are larger may be infinite
CLUSTER = 1e-5  # relative distance of singular ends that are decided together


def classify(
    tracker: PathTracker,
    starts: Array,
    begin: Array,
    end: Array,
    options: TrackerOptions | None = None,
    lift: Lift | None = None,
    strays: Strays | None = None,
) -> PathEnds:
    """Track paths along a segment of parameters and say of each how it ends.

    Parameters
    ----------
    tracker : PathTracker
    starts : complex array (paths, N)
        Distinct regular solutions at `begin`; unknowns in good units, with sizes about 1.
    begin, end : complex arrays (parameters,)
        No parameters strictly between them may be special.
    options : TrackerOptions, optional
    lift : callable, optional
        From unknowns ``(points, N)`` to points ``(points, n)``, whose ends are given as well: they
        may be finite where unknowns are not. By default the unknowns themselves.
    strays : callable, optional
        From unknowns ``(points, N)`` and parameters to which of them are solutions that no path
        goes through before its end.

    Returns
    -------
    PathEnds

    Examples
    --------
    At p = 0 two of the three roots of p x³ + (x - 1)² = p meet, and one leaves:

    >>> from edgeom.homotopy.tape import Builder
    >>> b = Builder()
    >>> (x,), (p,) = b.inputs("u", 1), b.inputs("p", 1)
    >>> tracker = PathTracker(b.finish({"F": [p * x**3 + x * x - 2 * x + 1 - p]}))
    >>> starts = np.roots([1 + 1j, 1, -2, -1j])[:, None]
    >>> classify(tracker, starts, np.array([1 + 1j]), np.array([0])).counts()
    {'singular': 2, 'infinite': 1}
    """
    segment = Segment(np.asarray(begin), np.asarray(end))
    return _Endgame(tracker, np.asarray(starts, complex), segment, options, lift, strays).run()


class _Endgame:
    """The ends of a batch of paths while they are being found."""

    def __init__(
        self,
        tracker: PathTracker,
        starts: Array,
        segment: Segment,
        options: TrackerOptions | None,
        lift: Lift | None,
        strays: Strays | None,
    ) -> None:
        self.tracker, self.starts, self.segment, self.lift = tracker, starts, segment, lift
        self.strays = strays
        self.options = options or TrackerOptions(order=tracker.layout.order)
        # near the end unknowns of very different sizes are each compared with themselves
        self.close = replace(self.options.tighter(), share=1e-16, max_norm=1e14)
        self.jacobian = jacobian_tape(tracker.system, tracker.layout.symmetric)
        count, size = starts.shape
        self.near = starts.copy()  # the last point before the end, and the share that is left there
        self.left = np.ones(count)
        self.doubtful: dict[int, tuple[Array, Series, Series, Array]] = {}  # what loops have told
        self.early: dict[int, tuple[Array, float]] = {}  # where doubles still tell paths apart
        self.kind = np.full(count, EndKind.FAILED, np.int64)
        self.ends = starts.copy()
        self.points = self._lifted(starts) + 0j
        self.winding = np.zeros(count, np.int64)
        self.valuation = np.zeros((count, size))
        self.residual = np.full(count, np.nan)
        self.multiple: list[tuple[Array, int]] = []  # singular ends and their winding numbers

    def run(self) -> PathEnds:
        everything = np.arange(len(self.starts))
        if len(everything):
            self._approach(everything, self.options)
            self._part_strays()
            self._arrive(everything, self.options)
            again = self._twins()
            if len(again):  # distinct paths have distinct regular ends
                self._approach(again, self.options.tighter())
                self._arrive(again, self.options.tighter())
                self._reopen(self._twins())
            self._settle_doubtful()
            self._settle_poles()
            self._circle()
            for i in self._open():
                self._with_digits(i)
            self._part_twins()
        return PathEnds(
            self.kind, self.ends, self.points, self.winding, self.valuation, self.residual
        )

    def _open(self) -> NDArray[np.int64]:
        """Return the paths whose end is not known."""
        return np.flatnonzero(self.kind == EndKind.FAILED)

    def _reopen(self, paths: Array) -> None:
        self.kind[paths] = EndKind.FAILED
        self.residual[paths], self.winding[paths] = np.nan, 0
        self.ends[paths] = self.near[paths]

    def _finish(self, paths: Any, kind: EndKind, ends: Array, winding: Any, residual: Any) -> None:
        self.kind[paths], self.ends[paths] = kind, ends
        self.winding[paths], self.residual[paths] = winding, residual
        if kind is EndKind.REGULAR:
            self.points[paths] = self._lifted(np.atleast_2d(ends)).reshape(self.points[paths].shape)

    def _lifted(self, u: Array) -> Array:
        return u if self.lift is None else self.lift(u)

    def _approach(self, paths: Array, options: TrackerOptions) -> None:
        """Track to the first circle."""
        self._reopen(paths)
        first = self.segment.at(RADII[0])
        results = self.tracker.carry(self.starts[paths], self.segment.begin, first, options)
        there = paths[results.success]
        self.near[there], self.left[there] = results.solutions[results.success], RADII[0]
        self.ends[paths] = results.solutions

    def _part_strays(self) -> None:
        """Send paths back to their starts that are astray on the first circle, or where others are.

        A lost path that was carried around a bend may have changed over to another one. Without
        bends it arrives where it belongs, or is left to be tracked with many digits.
        """
        for _ in range(2):
            paths = np.flatnonzero(self.left < 1)
            same = paths[self._astray(self.near[paths])]
            if not len(same):
                return
            table = np.array([self.segment.begin, self.segment.at(RADII[0])])
            results = self.tracker.track(self.starts[same], table, options=self.options.tighter())
            alone = results.success & ~self._astray(results.solutions)
            self.near[same] = np.where(alone[:, None], results.solutions, self.starts[same])
            self.left[same] = np.where(alone, RADII[0], 1)

    def _astray(self, u: Array) -> NDArray[np.bool_]:
        astray = shared(u)
        if self.strays is not None and len(u):
            astray |= self.strays(u, self.segment.at(RADII[0]))
        return astray

    def _arrive(self, paths: Array, options: TrackerOptions) -> None:
        """Track from the first circle to the end, which regular paths reach."""
        paths = paths[self.left[paths] < 1]
        table = np.array([self.segment.at(RADII[0]), self.segment.end])
        results = self.tracker.track(self.near[paths], table, options=options)
        good = results.success
        ends, accuracy = results.solutions[good], results.accuracy[good]
        self._finish(paths[good], EndKind.REGULAR, ends, 1, accuracy)
        self.ends[paths[~good]] = results.solutions[~good]

    def _twins(self) -> NDArray[np.int64]:
        """Return the paths that share their regular end with others."""
        paths = np.flatnonzero(self.kind == EndKind.REGULAR)
        return paths[shared(self.ends[paths])]

    def _settle_doubtful(self) -> None:
        """Decide with many digits whether ends that look nearly singular are regular."""
        paths = np.flatnonzero(self.kind == EndKind.REGULAR)
        if not len(paths):
            return
        before = self._matrices(self.near[paths], self.segment.at(RADII[0]))
        rows = np.abs(before).max(axis=2, keepdims=True)
        scaled = self._matrices(self.ends[paths], self.segment.end) / rows
        scaled = scaled / np.abs(before / rows).max(axis=1, keepdims=True)
        values = np.linalg.svd(np.nan_to_num(scaled), compute_uv=False)
        singular = values[:, -1] < NEARLY_SINGULAR * np.maximum(values[:, 0], 1)
        for i in paths[singular | (self.residual[paths] > ROUNDED)]:
            reach = 1e-4 * max(float(np.abs(self.ends[i]).max()), 1e-6)
            if not self._is_regular(i, self.ends[i], reach):
                self._reopen(np.array([i]))

    def _settle_poles(self) -> None:
        """Track paths again, with many digits, that seem to end where the lifted point is infinite.

        Regular solutions at a pole attract paths to points beside it.
        """
        if self.lift is None:
            return
        far = ~(np.abs(self.points) < FAR_POINT).all(axis=1)
        for i in np.flatnonzero(far & (self.kind == EndKind.REGULAR)).tolist():
            self._followed(i, self.near[i], float(self.left[i]))

    def _matrices(self, u: Array, p: Array) -> Array:
        """Return ∂F/∂u ``(points, N, N)``."""
        entries = self.jacobian.arrays(u=u, p=np.broadcast_to(p, (len(u), len(p))))["J"]
        return squares(entries, u.shape[1], self.tracker.layout.symmetric)

    def _is_regular(self, i: int, u: Array, reach: float) -> bool:
        """Look for a regular end near a point, and take it."""
        found = digits.regular_near(self.jacobian, u, self.segment.end, reach)
        if found is not None:
            self._finish(i, EndKind.REGULAR, found, 1, EXACT)
        return found is not None

    def _circle(self) -> None:
        """Take loops on smaller and smaller circles until two of them agree."""
        earlier: dict[int, Series] = {}
        for radius in RADII:
            paths = self._open()
            paths = paths[self.left[paths] < 1]
            if radius < RADII[0]:
                paths = self._come_nearer(paths, radius)
            if not len(paths):
                return
            loops = closed_loops(self.tracker, self.near[paths], self.segment, radius, self.close)
            for i, samples in zip(paths.tolist(), loops, strict=True):
                if samples is None:
                    earlier.pop(i, None)
                    continue
                series = Series.of(samples, radius)
                if i in earlier and series.agrees(earlier[i], AGREE):
                    for share in (FAR_BEYOND, LESS_FAR):
                        point = self._holds(i, series, share)
                        if point is not None:
                            self._accept(i, samples, series, earlier[i], point, share)
                            break
                earlier[i] = series

    def _come_nearer(self, paths: Array, radius: float) -> Array:
        """Track from the last circle to the next one; return which paths came there."""
        last = RADII[RADII.index(radius) - 1]
        paths = paths[self.left[paths] == last]
        u, there = moved(
            self.tracker,
            self.near[paths],
            self.segment.at(last),
            self.segment.at(radius),
            self.close,
        )
        arrived = paths[there]
        self.near[arrived], self.left[arrived] = u[there], radius
        if radius > EARLY:
            self.early.update((int(i), (self.near[i].copy(), radius)) for i in arrived)
        return arrived

    def _holds(self, i: int, series: Series, share: float) -> Array | None:
        """Return the path's point much nearer to the end, if it is where the series predicts.

        A path to a large solution looks like one to infinity until the solution is near.
        """
        finite = (series.order == 0).all()
        left = min(BEYOND, 1e-3 * series.radius) if finite else share * series.radius
        predicted, way = series.at(left), (self.segment.begin, self.segment.end)
        point = digits.solution_near(self.jacobian, predicted, *way, left)
        if point is not None and is_same(point, predicted, HOLDS):
            return point
        return None if finite else self._sharpened(series, left)

    def _is_singular(self, i: int, series: Series) -> bool:
        """Whether the inverse Jacobian still grows much nearer to the end.

        Towards an end where w paths meet it grows with the exponent 1 - 1/w, and with 1 where one
        path arrives. Where others are only near it stops.
        """
        left = LESS_FAR * series.radius
        far = self._sharpened(series, left)
        if far is None:
            return False
        way = (self.segment.begin, self.segment.end)
        places = [(series.radius, self.near[i]), (left, far)]
        first, last = digits.inverse_sizes(self.jacobian, places, *way)
        return bool(np.log(last / first) > GROWTH * np.log(series.radius / left))

    def _sharpened(self, series: Series, left: float) -> Array | None:
        """Return the path's point much nearer to the end, from several that are sharpened."""
        shares = STATIONS * series.radius * 0.5 ** np.arange(5 + series.winding)
        nearby = [(float(share), series.at(share)) for share in shares]
        way = (self.segment.begin, self.segment.end)
        return digits.extrapolated(self.jacobian, nearby, *way, left, series.order, series.winding)

    def _accept(
        self,
        i: int,
        samples: Array,
        series: Series,
        earlier: Series,
        point: Array,
        share: float = 0,
    ) -> None:
        """Take what the loops tell; with `share` 0 also what many digits had better tell."""
        end, finite = series.end, series.order == 0
        size = max(float(np.abs(end[finite]).max(initial=0)), 1e-3)
        spread = np.abs(end[finite] - earlier.end[finite]).max(initial=0) / size
        if finite.all():
            known = any(
                w == series.winding and np.abs(e - end).max() < CLUSTER * size
                for e, w in self.multiple
            )
            reach = 3 * float(np.abs(point - end).max()) + 1e-10 * size
            if not known and self._is_regular(i, point, reach):
                return
            if not known and not self._is_singular(i, series):
                return
            # alone a path seldom arrives at a singular end, and easily at a point beside a pole
            if share and series.winding == 1 and self.lift is not None:
                self.doubtful[i] = samples, series, earlier, point
                return
            self.multiple.append((end, series.winding))
        elif share == LESS_FAR:
            self.doubtful[i] = samples, series, earlier, point
            return
        kind = EndKind.SINGULAR if finite.all() else EndKind.INFINITE
        self._finish(i, kind, end, series.winding, max(spread, EXACT))
        self.valuation[i] = series.valuation
        self.points[i] = Series.of(self._lifted(samples), series.radius).end

    def _followed(self, i: int, u: Array, left: float) -> Way | None:
        """Track what is left of a path with many digits; a regular end is taken."""
        found = way_to_the_end(self.jacobian, u, self.segment.begin, self.segment.end, left)
        if found is not None and found.regular:
            self._finish(i, EndKind.REGULAR, found.last, 1, EXACT)
        return found

    def _with_digits(self, i: int) -> None:
        """Take the end of a path from its last points that many digits reach."""
        found = self._followed(i, *self.early.get(i, (self.near[i], float(self.left[i]))))
        if found is not None and found.regular:
            return
        if i in self.doubtful:
            self._accept(i, *self.doubtful[i])
        if i in self.doubtful or found is None:
            return
        end, slopes = limit(found.last, found.then, found.limits[1])
        finite = slopes == 0
        size = max(np.abs(end[finite]).max(initial=0), 1e-3)
        spread = np.abs(end - found.limits[0])[finite].max(initial=0) / size
        kind = EndKind.SINGULAR if finite.all() else EndKind.INFINITE
        self._finish(i, kind, end, 0, max(float(spread), EXACT))
        self.valuation[i] = slopes
        nearly = np.where(finite, end, found.then)
        self.points[i] = limit(*self._lifted(np.array([found.last, found.then, nearly])))[0]

    def _part_twins(self) -> None:
        """Tell regular ends that nearly meet from one end that two paths have been led to."""
        twins = self._twins()
        kept: list[Array] = []
        for i in twins:
            sharp = digits.regular_solution(self.jacobian, self.ends[i], self.segment.end)
            if sharp is None or any(is_same(sharp, other, TWIN) for other in kept):
                self.kind[i], self.residual[i], self.winding[i] = EndKind.FAILED, np.nan, 0
            else:
                self._finish(i, EndKind.REGULAR, sharp, 1, EXACT)
                kept.append(sharp)
