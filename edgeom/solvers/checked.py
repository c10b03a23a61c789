"""The ends of a backend's paths, checked on our own equations.

Every end is evaluated, polished by Newton's method, lifted to the variety and compared with the
others, so each path is counted under what became of it:

success
    a regular critical point on the smooth part of the variety, new in this list
duplicate
    one that another path had reached
spurious
    a solution of the equations that is not a smooth point of the variety
singular
    a place where Newton's method does not converge or the equations are degenerate
diverged
    at infinity
failed
    given up by the backend
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.equations.critical import CriticalEquations
from edgeom.homotopy.pointset import PointSet
from edgeom.homotopy.tracker import PathStatus
from edgeom.solvers.base import Ends
from edgeom.varieties.base import Variety

__all__ = ["Part", "Reached", "check_ends"]

Array = NDArray[Any]
Part = tuple[CriticalEquations, Array]  #: solutions, by the chart in which they were found
CONVERGED = 1e-10  # last Newton correction of a regular solution, relative to it
NEAR = 1e-3  # how far, relative to its length, Newton's method may move an end
TINY = 1e-6  # length, relative to the longest, below which a solution counts as zero
FLAT = 1e-9  # derivative of a chart, relative to its usual size, that counts as degenerate
DEGENERATE = 1e-11  # reciprocal condition number of a matrix that is taken for singular


@dataclass(eq=False)
class Reached:
    """Critical points for one data point, and the account of the paths that led to them.

    Attributes
    ----------
    parts : list of (CriticalEquations, complex array (points, N))
        The distinct ones, by the chart in which they were found.
    paths : Counter
        Paths by what became of them, those of retries included.
    attempts : int
    last : Counter
        The paths of the last attempt alone.
    """

    found: PointSet
    parts: list[Part] = field(default_factory=list)
    paths: Counter[str] = field(default_factory=Counter)
    attempts: int = 0
    last: Counter[str] = field(default_factory=Counter)

    def add(self, equations: CriticalEquations, variety: Variety, q: Array, ends: Ends) -> None:
        """Check the ends of one more attempt and keep what is new."""
        regular, self.last = check_ends(equations, variety, q, ends)
        before = len(self.found)
        numbers = self.found.add(equations.system.lift(regular))
        self.parts.append((equations, regular[numbers >= before]))
        self.attempts += 1
        self.paths["started"] += len(ends)
        self.paths["retried"] += len(ends) * (self.attempts > 1)
        self.paths.update(self.last)

    @property
    def at_end(self) -> int:
        """Paths of the last attempt that did not end at a smooth critical point of their own."""
        return sum(self.last[kind] for kind in ("singular", "spurious", "duplicate", "diverged"))


def check_ends(
    equations: CriticalEquations, variety: Variety, q: Array, ends: Ends
) -> tuple[Array, Counter[str]]:
    """Find out what became of each path.

    Returns
    -------
    solutions : array (points, N)
        The distinct regular ones, polished.
    counts : Counter
        The number of paths for each kind; they add up to the paths that were started.
    """
    finite = np.isfinite(ends.unknowns).all(axis=1)
    diverged = (ends.status == PathStatus.DIVERGED) | ~finite
    claimed = (ends.status == PathStatus.SUCCESS) & ~diverged
    u, regular = _polish(equations, ends.unknowns[claimed], equations.parameters(q))
    u = u[regular]
    x = equations.system.lift(u)
    smooth = np.array([_on_smooth_part(variety, point) for point in x], bool)
    smooth &= _immersed(equations, u)
    numbers = PointSet(x.shape[1]).add(x[smooth])
    first = np.unique(numbers, return_index=True)[1]
    counts = Counter(
        success=len(first),
        duplicate=int(smooth.sum()) - len(first),
        spurious=int((~smooth).sum()),
        singular=int((~regular).sum()),
        diverged=int(diverged.sum()),
        failed=int((~claimed & ~diverged).sum()),
    )
    return u[smooth][first], +counts


def _on_smooth_part(variety: Variety, x: Array) -> bool:
    point = variety.unflatten(x)
    return variety.contains(point) and not variety.is_singular(point)


def _immersed(equations: CriticalEquations, u: Array) -> NDArray[np.bool_]:
    """Tell where a chart without constraints is an immersion.

    Elsewhere, as at the cusp of (t², t³), the equations hold for every metric and data.
    """
    out = equations.geometry.arrays(u=u[:, : len(equations.chart.names)])
    if out["g"].shape[1] or not len(u):
        return np.ones(len(u), bool)
    derivatives = out["dx"].reshape(len(u), out["x"].shape[1], -1)
    least = np.linalg.svd(derivatives, compute_uv=False)[:, -1]
    return np.asarray(least > FLAT * np.median(least))


def _polish(
    equations: CriticalEquations, u: Array, parameters: Array
) -> tuple[Array, NDArray[np.bool_]]:
    """Return ends after Newton's method, and which of them it found to be regular solutions.

    Rows and columns of the Jacobian are scaled, so that far away in a chart is not degenerate.
    """
    if not len(u):
        return u, np.zeros(0, bool)
    start, length = u, np.linalg.norm(u, axis=1)
    length = np.maximum(length, TINY * length.max())
    with np.errstate(all="ignore"):
        for _ in range(5):
            values, jacobians = equations.system.evaluate(u, parameters)
            rows = _sizes(jacobians, 2)
            scaled = jacobians / rows[:, :, None]
            columns = _sizes(scaled, 1)
            finite = np.isfinite(scaled).all(axis=(1, 2)) & np.isfinite(values).all(axis=1)
            usable = np.asarray(finite)
            scaled = np.where(usable[:, None, None], scaled / columns[:, None, :], 0)
            left, sizes, right = np.linalg.svd(scaled)
            inverse = np.where(sizes > 0, 1 / sizes, 0)
            turned = np.einsum("pij,pi->pj", left.conj(), np.nan_to_num(values / rows)) * inverse
            step = np.einsum("pji,pj->pi", right.conj(), turned) / columns
            u = u - step
            correction = np.linalg.norm(step, axis=1)
        regular: NDArray[np.bool_] = usable & (sizes[:, -1] > DEGENERATE * sizes[:, 0])
        regular &= correction <= CONVERGED * length
        regular &= np.linalg.norm(u - start, axis=1) <= NEAR * length
    return u, regular


def _sizes(matrices: Array, axis: int) -> Array:
    sizes = np.linalg.norm(matrices, axis=axis)
    return np.where(sizes > 0, sizes, 1)
