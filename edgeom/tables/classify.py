"""Sorting out the critical points of many samples: real or not, and of which index.

What double precision cannot decide safely is refined with more digits and decided there; what
cannot be decided there is counted as undecided.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.equations.critical import CriticalEquations

__all__ = ["classify"]

Array = NDArray[Any]
REAL, NOT_REAL = 1e-10, 1e-7  # |Im x|/|x| below, above which a point is real, is not
FLAT = 1e-6  # relative size of an eigenvalue below which its sign is found with more digits
STEEP = 1e6  # condition of a chart at a point above which signs are found with more digits
DIGITS, STEPS = 100, 20


def classify(
    charts: list[CriticalEquations],
    chart: Array,
    unknowns: Array,
    points: Array,
    parameters: Array,
    metrics: Array,
    data: Array,
    dimension: int,
) -> dict[str, Array]:
    """Return the columns of a block of samples that describe its real points.

    Parameters
    ----------
    charts : list of CriticalEquations
    chart : integer array (samples, points)
        The chart in which each point was found.
    unknowns : complex array (samples, points, N)
    points : complex array (samples, points, n)
        NaN where a point is missing.
    parameters : array (samples, parameters)
        Those with which the unknowns solve the critical equations.
    metrics : array (samples, n, n)
    data : array (samples, n)
    dimension : int
        Of the variety.
    """
    samples = len(points)
    imaginary = np.linalg.norm(points.imag, axis=2) / np.linalg.norm(points, axis=2)
    real = imaginary < REAL
    undecided = np.zeros(samples, int)
    for g, k in np.argwhere((imaginary >= REAL) & (imaginary < NOT_REAL)):
        answer = _really_real(charts[chart[g, k]], unknowns[g, k], parameters[g])
        real[g, k] = answer is True
        undecided[g] += answer is None
    by_index = np.zeros((samples, dimension + 1), int)
    smallest = np.full(samples, np.inf)
    for number, equations in enumerate(charts):
        where = np.argwhere(real & (chart == number))
        if not len(where):
            continue
        g, k = where.T
        values, size, condition = _eigenvalues(equations, unknowns[g, k], parameters[g])
        flatness = np.abs(values).min(axis=1) / size
        np.minimum.at(smallest, g, flatness)
        index = np.sum(values < 0, axis=1)
        for i in np.flatnonzero((flatness < FLAT) | (condition > STEEP)):
            index[i] = _index(equations, unknowns[g[i], k[i]], parameters[g[i]])
        np.add.at(undecided, g[index < 0], 1)
        np.add.at(by_index, (g[index >= 0], index[index >= 0]), 1)
    gap = points - data[:, None, :]
    squared = np.einsum("gki,gij,gkj->gk", gap.real, metrics, gap.real)
    return {
        "real": real.sum(axis=1),
        "minima": by_index[:, 0],
        "undecided": undecided,
        "by_index": by_index,
        "smallest_eigenvalue": smallest,
        "margin": np.fmin.reduce(np.where(real, np.inf, imaginary), axis=1),
        "nearest": np.where(real, squared, np.inf).min(axis=1),
    }


def _eigenvalues(equations: CriticalEquations, u: Array, p: Array) -> tuple[Array, Array, Array]:
    """Return the eigenvalues of the Riemannian Hessians at real points, and how good they are.

    A Hessian is the metric on the tangent space minus a part due to curvature. The second array
    has the size of the larger one, the third the condition of the chart: far out in a chart
    unknowns of very different size describe directions that are nearly the same.
    """
    count = len(equations.chart.names)
    _, hessian = equations.system.evaluate(u, p)
    out = equations.geometry.arrays(u=u[:, :count])
    dx = out["dx"].reshape(len(u), -1, count)
    frame = np.broadcast_to(np.eye(count), (len(u), count, count))
    if out["dg"].shape[1]:
        dg = out["dg"].reshape(len(u), -1, count)
        right = np.linalg.svd(dg, full_matrices=True)[2]
        frame = right[:, dg.shape[1] :].conj().transpose(0, 2, 1)
    basis = dx @ frame
    lengths = np.linalg.norm(basis, axis=1, keepdims=True)
    basis, frame = basis / lengths, frame / lengths
    both = np.concatenate([basis.real, basis.imag], axis=2)
    left, singular, _ = np.linalg.svd(both, full_matrices=False)
    count = frame.shape[2]
    tangent, condition = left[:, :, :count], singular[:, 0] / singular[:, count - 1]
    coordinates = frame @ (np.linalg.pinv(basis) @ tangent)
    block = hessian[:, : frame.shape[1], : frame.shape[1]]
    turned = coordinates.transpose(0, 2, 1) @ block @ coordinates
    values = np.linalg.eigvalsh(turned.real)
    rest = tangent.transpose(0, 2, 1) @ _metric(equations, p, dx.shape[1]) @ tangent
    size = np.maximum(np.abs(values).max(axis=1), np.linalg.norm(rest, axis=(1, 2)))
    return values, size, condition


def _metric(equations: CriticalEquations, p: Array, n: int) -> Array:
    """Return the metric that belongs to parameters."""
    if equations.free == "data":
        return equations.metric.matrix
    rows, cols = np.triu_indices(n)
    matrix = np.zeros((len(p), n, n))
    matrix[:, rows, cols] = matrix[:, cols, rows] = p[:, : len(rows)]
    return matrix


def _refined(equations: CriticalEquations, u: Array, p: Array) -> tuple[Any, Any] | None:
    """Return unknowns and Hessian after Newton steps with many digits, None without convergence."""
    import mpmath

    parameters = [mpmath.mpf(float(v)) for v in p]
    x = mpmath.matrix([mpmath.mpc(complex(v)) for v in u])
    tape = equations.system.jacobian
    size = len(u)
    for _ in range(STEPS):
        out = tape.evaluate({"u": list(x), "p": parameters}, _exact)
        hessian = mpmath.matrix(size)
        entries = iter(out["J"])
        for i in range(size):
            for j in range(i + 1):
                hessian[i, j] = hessian[j, i] = next(entries)
        try:
            step = mpmath.lu_solve(hessian, mpmath.matrix(out["F"]))
        except ZeroDivisionError:
            return None
        x -= step
        if mpmath.norm(step) < mpmath.norm(x) * mpmath.mpf(10) ** (-3 * DIGITS // 5):
            return x, hessian
    return None


def _exact(value: Any) -> Any:
    import mpmath

    if isinstance(value, complex):
        return mpmath.mpc(value)
    if isinstance(value, float | int):
        return mpmath.mpf(value)
    return mpmath.mpf(value.numerator) / value.denominator


def _really_real(equations: CriticalEquations, u: Array, p: Array) -> bool | None:
    """Whether a point is real to many digits, None if that cannot be said."""
    import mpmath

    with mpmath.workdps(DIGITS):
        refined = _refined(equations, u, p)
        if refined is None:
            return None
        x = equations.system.lift_tape.evaluate({"u": list(refined[0])}, _exact)["x"]
        size = max(abs(v) for v in x)
        return bool(max(abs(v.imag) for v in x) < size * mpmath.mpf(10) ** (-DIGITS // 2))


def _index(equations: CriticalEquations, u: Array, p: Array) -> int:
    """Return the index of a real point with many digits, -1 when an eigenvalue stays too small.

    With k constraints the Hessian in all unknowns has the eigenvalues' signs of the Riemannian
    one and k more of either sign.
    """
    import mpmath

    with mpmath.workdps(DIGITS):
        refined = _refined(equations, u, p)
        if refined is None or max(map(abs, refined[0].apply(mpmath.im))) > mpmath.mpf(10) ** -20:
            return -1
        values = mpmath.eigsy(refined[1].apply(mpmath.re), eigvals_only=True)
        largest = max(abs(v) for v in values)
        if min(abs(v) for v in values) < largest * mpmath.mpf(10) ** (-DIGITS // 2):
            return -1
        return sum(bool(v < 0) for v in values) - (len(u) - len(equations.chart.names))
