"""Critical equations of squared distances as paths are tracked: the same, by fewer operations.

A chart in random position is x = M y with a plain chart y(u), so that

    ½ xᵀ S x - cᵀ x = ½ yᵀ S' y - c'ᵀ y,      S' = Mᵀ S M,  c' = Mᵀ c,

and M is gone from the equations: it moves the parameters, once for each path. Where products
y_i y_j coincide, as y_ij y_kl = y_il y_kj for matrices of rank 1, one of them has the sum of their
coefficients, and S' has zeros: what counts is S modulo the quadrics that vanish on the variety. Of
the 45 entries of a metric on 3×3 matrices 36 are left for those of rank 1.

Metrics of real problems are real all along a path whose start metric is, and products with S' are
half the work; the data alone is complex (docs/explanation/generic_metrics.md).
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.equations.critical import CriticalEquations, DistanceEquations
from edgeom.homotopy.derivatives import vjp
from edgeom.homotopy.tape import Builder, Tape, Var
from edgeom.homotopy.tracker import PathTracker
from edgeom.varieties.base import Chart

__all__ = ["ReducedTracker", "reduced"]

Array = NDArray[Any]
BITS = 64  # of the random integers at which products are compared


class ReducedTracker(PathTracker):
    """Tracks solutions of critical equations of a squared distance; takes their parameters.

    Parameters
    ----------
    equations : DistanceEquations
        Of a chart that is known in plain position, with data or metrics among the parameters. The
        latter have to be real.

    Examples
    --------
    >>> import edgeom as eg
    >>> from edgeom.equations.critical import critical_equations
    >>> chart = eg.DeterminantalVariety(3, 3, rank=1).chart(np.random.default_rng(0))
    >>> equations = critical_equations(chart, eg.Metric.euclidean(9), "metric")
    >>> tracker = ReducedTracker(equations)
    >>> len(equations.system.parameters), tracker.system.inputs["p"], tracker.layout.real
    (54, 45, 36)
    """

    def __init__(self, equations: DistanceEquations) -> None:
        tape, self._change = reduced(equations)
        given, left = self._change.shape[1], tape.inputs["p"]
        n = equations.coordinates
        super().__init__(tape, real=left - n)
        self.real = given - n

    @staticmethod
    def suits(equations: CriticalEquations) -> bool:
        """Whether the equations can be reduced."""
        return (
            isinstance(equations, DistanceEquations)
            and equations.free != "weights"
            and equations.chart.plain() is not None
        )

    def moved(self, parameters: Array) -> Array:
        return np.asarray(np.einsum("ij,gj->gi", self._change, np.asarray(parameters)))


def reduced(equations: DistanceEquations) -> tuple[Tape, Array]:
    """Return (u, p) -> F of fewer operations, and the matrix from their parameters to p."""
    plain = equations.chart.plain()
    assert plain is not None
    chart, position = plain
    n = len(position)
    classes = _classes(chart)
    change = _moved_metrics(position, classes)
    if equations.free == "data":
        matrix = change @ equations.metric.matrix[np.triu_indices(n)]
        return _tape(chart, classes, matrix), np.ascontiguousarray(position.T)
    above, below = np.zeros((len(classes), n)), np.zeros((n, change.shape[1]))
    return _tape(chart, classes, None), np.block([[change, above], [below, position.T]])


def _classes(chart: Chart) -> list[list[tuple[int, int]]]:
    """Return pairs i <= j of coordinates by their products y_i y_j; a square is the first, if any.

    Polynomials that have one value at a random point of many digits are the same.
    """
    rng = random.Random(0)
    y = chart.point([rng.getrandbits(BITS) for _ in chart.names])
    found: dict[int, list[tuple[int, int]]] = {}
    for i in range(len(y)):
        for j in range(i, len(y)):
            found.setdefault(y[i] * y[j], []).append((i, j))
    return [sorted(pairs, key=lambda pair: pair[0] != pair[1]) for pairs in found.values()]


def _moved_metrics(position: Array, classes: list[list[tuple[int, int]]]) -> Array:
    """Return the matrix from the upper triangle of S to the coefficients that S' has."""
    rows, cols = np.triu_indices(len(position))
    both = np.where(rows == cols, 0.5, 1.0)[:, None, None]
    outer = position[rows, :, None] * position[cols, None, :]
    entries = both * (outer + outer.transpose(0, 2, 1))  # (entry of S, i, j)
    lines = []
    for pairs in classes:
        (i, j) = pairs[0]
        weight = {True: 1.0, False: 2.0} if i == j else {False: 1.0}
        lines.append(sum(weight[k == m] * entries[:, k, m] for k, m in pairs))
    return np.array(lines)


def _tape(chart: Chart, classes: list[list[tuple[int, int]]], fixed: Array | None) -> Tape:
    """Record the gradient of ½ yᵀ S' y - c'ᵀ y; S' is fixed or among the parameters."""
    b = Builder()
    u = b.inputs("u", len(chart.names))
    y = [b.lift(value) for value in chart.point(u)]
    p = b.inputs("p", len(y) + (len(classes) if fixed is None else 0))
    values: list[Any] = list(p[: -len(y)]) if fixed is None else fixed.tolist()
    rows: list[list[tuple[Any, Var]]] = [[] for _ in y]
    for pairs, value in zip(classes, values, strict=True):
        i, j = pairs[0]
        rows[i].append((value, y[j]))
        if i != j:
            rows[j].append((value, y[i]))
    slope = [
        b.sum(value * other for value, other in row) - c
        for row, c in zip(rows, p[-len(y) :], strict=True)
    ]
    return b.finish({"F": vjp(y, u, slope)})
