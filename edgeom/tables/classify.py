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
FLAT = 1e-8  # relative size of an eigenvalue below which its sign is checked with more digits
DIGITS = 60


def classify(
    charts: list[CriticalEquations],
    chart: Array,
    unknowns: Array,
    points: Array,
    metrics: Array,
    data: Array,
    dimension: int,
) -> dict[str, Array]:
    """Return the columns of a block of samples that describe its real points.

    Parameters
    ----------
    charts : list of CriticalEquations
    chart : integer array (samples,)
        The chart in which each sample was solved.
    unknowns : complex array (samples, points, N)
    points : complex array (samples, points, n)
    metrics : array (samples, n, n)
    data : array (samples, n)
    dimension : int
        Of the variety.
    """
    samples = len(points)
    imaginary = np.linalg.norm(points.imag, axis=2) / np.linalg.norm(points, axis=2)
    real = imaginary < REAL
    for g, k in np.argwhere((imaginary >= REAL) & (imaginary < NOT_REAL)):
        real[g, k] = _really_real(charts[chart[g]], unknowns[g, k], metrics[g], data[g])
    by_index = np.zeros((samples, dimension + 1), int)
    undecided = np.zeros(samples, int)
    smallest = np.full(samples, np.inf)
    for number, equations in enumerate(charts):
        where = np.argwhere(real & (chart == number)[:, None])
        if not len(where):
            continue
        g, k = where.T
        values = _eigenvalues(equations, unknowns[g, k], metrics[g], data[g])
        flatness = np.abs(values).min(axis=1) / np.abs(values).max(axis=1)
        np.minimum.at(smallest, g, flatness)
        index = np.sum(values < 0, axis=1)
        for i in np.flatnonzero(flatness < FLAT):
            index[i] = _index(equations, unknowns[g[i], k[i]], metrics[g[i]], data[g[i]])
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
        "margin": np.where(real, np.inf, imaginary).min(axis=1),
        "nearest": np.where(real, squared, np.inf).min(axis=1),
    }


def _eigenvalues(equations: CriticalEquations, u: Array, S: Array, q: Array) -> Array:
    """Return the eigenvalues of the Riemannian Hessians at real points ``(points, N)``."""
    count = len(equations.chart.names)
    _, hessian = equations.system.evaluate(u, _parameters(equations, S, q))
    out = equations.geometry.arrays(u=u[:, :count])
    dx = out["dx"].reshape(len(u), -1, count)
    frame = np.broadcast_to(np.eye(count), (len(u), count, count))
    if out["dg"].shape[1]:
        dg = out["dg"].reshape(len(u), -1, count)
        right = np.linalg.svd(dg, full_matrices=True)[2]
        frame = right[:, dg.shape[1] :].conj().transpose(0, 2, 1)
    basis = dx @ frame
    both = np.concatenate([basis.real, basis.imag], axis=2)
    tangent = np.linalg.svd(both, full_matrices=False)[0][:, :, : frame.shape[2]]
    coordinates = frame @ (np.linalg.pinv(basis) @ tangent)
    block = hessian[:, :count, :count]
    turned = coordinates.transpose(0, 2, 1) @ block @ coordinates
    return np.linalg.eigvalsh(turned.real)


def _parameters(equations: CriticalEquations, S: Array, q: Array) -> Array:
    c: Array = np.einsum("pij,pj->pi", S, q)
    if equations.free == "data":
        return c
    rows, cols = np.triu_indices(q.shape[1])
    return np.concatenate([S[:, rows, cols], c], axis=1)


def _refined(equations: CriticalEquations, u: Array, S: Array, q: Array) -> tuple[Any, Any]:
    """Return unknowns and Hessian after Newton steps with many digits (mpmath)."""
    import mpmath

    parameters = [mpmath.mpf(float(v)) for v in _parameters(equations, S[None], q[None])[0]]
    x = mpmath.matrix([mpmath.mpc(complex(v)) for v in u])
    tape = equations.system.jacobian
    size = len(u)

    def evaluate() -> tuple[Any, Any]:
        out = tape.evaluate({"u": list(x), "p": parameters}, _exact)
        hessian = mpmath.matrix(size)
        entries = iter(out["J"])
        for i in range(size):
            for j in range(i + 1):
                hessian[i, j] = hessian[j, i] = next(entries)
        return mpmath.matrix(out["F"]), hessian

    for _ in range(8):
        value, hessian = evaluate()
        x -= mpmath.lu_solve(hessian, value)
    return x, evaluate()[1]


def _exact(value: Any) -> Any:
    import mpmath

    if isinstance(value, complex):
        return mpmath.mpc(value)
    if isinstance(value, float | int):
        return mpmath.mpf(value)
    return mpmath.mpf(value.numerator) / value.denominator


def _really_real(equations: CriticalEquations, u: Array, S: Array, q: Array) -> bool:
    """Whether a point is real to many digits."""
    import mpmath

    with mpmath.workdps(DIGITS):
        refined, _ = _refined(equations, u, S, q)
        x = equations.system.lift_tape.evaluate({"u": list(refined)}, _exact)["x"]
        size = max(abs(v) for v in x)
        return bool(max(abs(v.imag) for v in x) < size * mpmath.mpf(10) ** (-DIGITS // 2))


def _index(equations: CriticalEquations, u: Array, S: Array, q: Array) -> int:
    """Return the index of a real point with many digits, -1 when an eigenvalue stays too small."""
    import mpmath

    count = len(equations.chart.names)
    with mpmath.workdps(DIGITS):
        refined, hessian = _refined(equations, u, S, q)
        out = equations.geometry.evaluate({"u": list(refined)[:count]}, _exact)
        if out["dg"] or max(abs(mpmath.im(v)) for v in refined) > mpmath.mpf(10) ** -20:
            return -1
        dx = mpmath.matrix(len(out["x"]), count)
        for position, value in enumerate(out["dx"]):
            dx[position // count, position % count] = mpmath.re(value)
        gram = dx.T * dx
        lower = mpmath.cholesky(gram)
        inverse = mpmath.inverse(lower)
        real = hessian[:count, :count].apply(mpmath.re)
        values = mpmath.eigsy(inverse * real * inverse.T, eigvals_only=True)
        largest = max(abs(v) for v in values)
        if min(abs(v) for v in values) < largest * mpmath.mpf(10) ** (-DIGITS // 3):
            return -1
        return sum(bool(v < 0) for v in values)
