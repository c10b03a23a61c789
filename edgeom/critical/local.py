"""Local minima of a squared distance by descent: candidates, and a second opinion.

Steps are those of Gauss and Newton with the damping of Levenberg and Marquardt, in a chart and
under its constraints. They need no smoothness, so that they also end at cusps and vertices, slowly;
and they prove nothing. Where the distance is large compared with the curvature, and on sets of
nearest points, they are slow as well; so the last steps are Newton's on the critical equations, in
which directions along a set of solutions are left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from edgeom.equations.critical import critical_equations
from edgeom.objectives.matrices import null_space, root
from edgeom.objectives.metric import Metric
from edgeom.varieties.base import Array, Variety, geometry_tape

__all__ = ["Descent", "LocalMinimum"]

STEPS, ROUNDS = 60, 7  # Newton's method is tried after each round of steps
STILL = 1e-13  # relative length of a step that ends a descent
ON_SET = 1e-9  # size of a step back to the set, relative to a point, at an end
NEAR_SET = 1e-6  # the same where equations may vanish doubly, and rounding leaves half the digits
ON_ALL = 1e-7  # relative tolerance for equations that combinations in a chart stand for
RANK = 1e-9  # relative size of a singular value that counts
NEWTON = 8  # steps at most
NEAR = 1e-12  # relative length of a step of Newton's method at the end
FLAT = 1e-7  # relative size of an eigenvalue that is left out there
SETTLED = 1e-6  # share of the squared distance that other directions may promise at an end
TINY = 1e-300  # in place of an eigenvalue 0
DAMPED = 1e-15  # the least damping
LONGER, FREE = 20, 1e-26  # rounds, and the least damping, of a descent that has not ended
MOVED = 0.1  # how far they may lead, relative to a point
FAR = 1e9  # good units beyond which a descent goes to infinity


@dataclass(frozen=True, eq=False)
class LocalMinimum:
    """The end of a descent, in good coordinates.

    Attributes
    ----------
    point : array (n,)
    squared_distance : float
    unknowns : array
        In the chart of the descent.
    at_infinity : bool
        Whether parameters have become so large that the point is one of the closure, or points
        go on towards infinity.
    ended : bool
        Whether Newton's method has found a critical point there.
    """

    point: Array
    squared_distance: float
    unknowns: Array
    at_infinity: bool
    ended: bool = False


class Descent:
    """Descents to points of a real variety that are near data, in good coordinates.

    Where it is not known that the equations are `reduced`, they may vanish doubly on parts of it.
    """

    def __init__(
        self, variety: Variety, metric: Metric, rng: np.random.Generator, reduced: bool = True
    ) -> None:
        self.on_set = ON_SET if reduced else NEAR_SET
        self.variety, self.chart = variety, variety.chart(rng)
        self.geometry = geometry_tape(self.chart)
        self.equations = critical_equations(self.chart, metric)
        self.root = root(metric.matrix)

    def starts(self, q: Array, count: int, rng: np.random.Generator) -> list[Array]:
        """Return real chart coordinates to start from, some near the data."""
        near = self.chart.coordinates(q[None])
        out = []
        for k in range(count):
            size = float(rng.choice([0.1, 0.5, 1.0, 3.0]))
            if near is not None and self.chart.degrees and k % 2:
                length = max(float(np.abs(q).max()), 1e-3)
                out.append(near[0].real + size * length * rng.normal(size=len(near[0])))
            else:
                out.append(size * rng.normal(size=len(self.chart.names)))
        return out

    def moved(self, u: Array, length: float, rng: np.random.Generator) -> Array:
        """Return chart coordinates of a point at about this distance, in a random direction."""
        _, _, dx, dg = self._at(u, np.zeros(len(self.root)))
        frame = null_space(dg, RANK) if len(dg) else np.eye(len(u))
        slope = dx @ frame
        target = slope @ np.linalg.pinv(slope, rcond=1e-8) @ rng.normal(size=len(slope))
        size = float(np.linalg.norm(target)) or 1.0
        step = frame @ np.linalg.lstsq(slope, target * (length / size), rcond=1e-8)[0]
        return np.asarray(u + step)

    def run(self, u: Array, q: Array, longer: bool = False) -> LocalMinimum | None:
        """Descend from chart coordinates; None where no point of the variety is reached.

        With `longer` a place that is flat without being critical is no end.
        """
        damping, least, rounds = (FREE, FREE, LONGER) if longer else (1e-2, DAMPED, ROUNDS)
        end = None
        for _ in range(rounds):
            u, damping, still = self._descended(u, q, damping, least)
            end = self._end(u, q)
            found = None if end is None else self._refined(end.unknowns, q)
            last = None if found is None else self._end(found[0], q)
            if end is not None and found is not None and last is not None and _is_next(last, end):
                ended = found[1] <= SETTLED * last.squared_distance
                if ended or not longer:
                    return replace(last, ended=ended)
            if still or not np.isfinite(u).all():
                break
        return end

    def _descended(
        self, u: Array, q: Array, damping: float, least: float
    ) -> tuple[Array, float, bool]:
        """Return the coordinates after some steps, the damping, and whether this is the end."""
        weight = 1.0
        residual, g, dx, dg = self._at(u, q)
        value = residual @ residual + weight * (g @ g)
        for _ in range(STEPS):
            step = _step(residual, g, dx, dg, damping)
            there = self._at(u + step, q)
            new = there[0] @ there[0] + weight * (there[1] @ there[1])
            model = residual + dx @ step
            if len(g):  # the distance may grow on the way back to the set
                weight = max(weight, 2 * float(model @ model) / max(float(g @ g), 1e-300))
                weight = min(weight, 1e12)
                value = residual @ residual + weight * (g @ g)
                new = there[0] @ there[0] + weight * (there[1] @ there[1])
            if np.isfinite(new) and new <= value:
                u, (residual, g, dx, dg), value = u + step, there, new
                damping = max(damping / 4, least)
                if np.linalg.norm(step) <= STILL * max(float(np.linalg.norm(u)), 1e-3):
                    return u, damping, True
            else:
                damping *= 6
                if damping > 1e12:
                    return u, damping, True
        return u, damping, False

    def _refined(self, u: Array, q: Array) -> tuple[Array, float] | None:
        """Return where Newton steps on the critical equations lead, None unless to a minimum.

        Directions in which little changes are left out; what they promise is returned as well.
        """
        p, count = self.equations.parameters(q), len(u)
        v = self.equations.with_multipliers(u, q)
        with np.errstate(all="ignore"):
            for _ in range(NEWTON):
                values, jacobian = self.equations.system.evaluate(v[None], p[None])
                if not (np.isfinite(values).all() and np.isfinite(jacobian).all()):
                    return None
                step = np.linalg.lstsq(jacobian[0].real, -values[0].real, rcond=FLAT)[0]
                v = v + step
                if np.linalg.norm(step) <= NEAR * float(np.linalg.norm(v)):
                    break
            else:
                return None
        signs, frame = np.linalg.eigh(jacobian[0].real)
        flat = np.abs(signs) <= FLAT * np.abs(signs).max()
        slopes = frame[:, flat].T @ values[0].real
        promise = float(np.sum(slopes**2 / np.maximum(np.abs(signs[flat]), TINY)))
        negative = int(np.sum(signs[~flat] < 0))
        return (v[:count], promise) if negative <= len(v) - count else None

    def _end(self, u: Array, q: Array) -> LocalMinimum | None:
        for _ in range(5):  # back to the set
            residual, g, _, dg = self._at(u, q)
            if not len(g):
                break
            u = u - np.linalg.lstsq(dg, g, rcond=1e-10)[0]
        residual, g, _, dg = self._at(u, q)
        size = max(float(np.linalg.norm(u)), 1e-3)
        if not np.isfinite(residual).all():
            return None
        if len(g) and np.linalg.norm(np.linalg.lstsq(dg, g, rcond=1e-10)[0]) > self.on_set * size:
            return None
        x = self.geometry.arrays(u=u[None])["x"][0]
        if not self.chart.on_variety(x[None])[0]:
            return None
        if self.chart.remainders(list(u)) and not self.variety.contains(
            self.variety.unflatten(x), ON_ALL
        ):
            return None
        return LocalMinimum(x, float(residual @ residual), u, size > FAR)

    def _at(self, u: Array, q: Array) -> tuple[Array, Array, Array, Array]:
        with np.errstate(all="ignore"):
            out = self.geometry.arrays(u=u[None].astype(complex))
        x, count = out["x"][0].real, len(u)
        dx = out["dx"][0].real.reshape(len(x), count)
        g = out["g"][0].real
        return self.root @ (x - q), g, self.root @ dx, out["dg"][0].real.reshape(len(g), count)


def _is_next(last: LocalMinimum, end: LocalMinimum) -> bool:
    """Whether a point is near another one, and nearer to the data."""
    moved = float(np.linalg.norm(last.point - end.point))
    near = moved <= MOVED * max(float(np.linalg.norm(end.point)), 1.0)
    return near and last.squared_distance <= end.squared_distance * (1 + 1e-14) + 1e-30


def _step(residual: Array, g: Array, dx: Array, dg: Array, damping: float) -> Array:
    """Return the step that lessens the distance and leads back to the set."""
    count = dx.shape[1]
    with np.errstate(all="ignore"):
        if not np.isfinite(dx).all():
            return np.zeros(count)
        back, frame = np.zeros(count), np.eye(count)
        if len(g):
            left, sizes, right = np.linalg.svd(dg)
            rank = int(np.sum(sizes > RANK * max(float(sizes[0]), 1e-12)))
            back = -right[:rank].T @ ((left.T @ g)[:rank] / sizes[:rank])
            frame = right[rank:].T
        slope = dx @ frame
        scale = np.sqrt(damping) * max(float(np.linalg.norm(dx)), 1e-12)
        rows = np.vstack([slope, scale * np.eye(slope.shape[1])])
        goal = np.concatenate([-(residual + dx @ back), np.zeros(slope.shape[1])])
        return np.asarray(back + frame @ np.linalg.lstsq(rows, goal, rcond=None)[0])
