"""Which critical points are real, and the index of the Hessian at the real ones.

The index is that of the Riemannian Hessian in an orthonormal frame of the tangent space; in raw
chart coordinates the sign of a small eigenvalue would be lost. What double precision cannot decide
safely is refined with more digits and decided there; what cannot be decided there is undecided.
These are numerical answers; :mod:`edgeom.certification` proves them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.equations import digits
from edgeom.equations.critical import CriticalEquations

__all__ = ["NOT_REAL", "OPTIONS", "UNDECIDED", "Indices", "indices", "reality"]

Array = NDArray[Any]
NOT_REAL, UNDECIDED = -1, -2  # in place of an index
OPTIONS = {
    "real": 1e-10,  # |Im x|/|x| below which a point is real
    "not_real": 1e-7,  # above which it is not; between them more digits decide
    "flat": 1e-6,  # relative size of an eigenvalue below which its sign is found with more digits
    "smallest": 1e-3,  # size that counts for smaller points, in good units
    "steep": 1e6,  # condition of a chart at a point above which signs are found with more digits
}


def reality(equations: CriticalEquations, u: Array, p: Array, x: Array) -> NDArray[np.int64]:
    """Return 1 for real points, NOT_REAL for others, UNDECIDED where that cannot be said.

    Parameters
    ----------
    equations : CriticalEquations
        Of a real problem.
    u : complex array (points, N)
        Solutions.
    p : real array (points, parameters)
    x : complex array (points, n)
        The points of the variety; NaN where there is none, which is called NOT_REAL.
    """
    imaginary = np.linalg.norm(x.imag, axis=1)
    size = np.maximum(np.linalg.norm(x, axis=1), OPTIONS["smallest"])
    answer = np.where(imaginary <= OPTIONS["real"] * size, 1, NOT_REAL)
    for i in np.flatnonzero((answer < 0) & (imaginary < OPTIONS["not_real"] * size)):
        answer[i] = _real_with_digits(equations, u[i], p[i])
    return answer


@dataclass(frozen=True)
class Indices:
    """Hessians at real points: their indices and how safe they are.

    Attributes
    ----------
    index : integer array (points,)
        Number of negative eigenvalues; UNDECIDED where one stays too small to have a sign.
    smallest : float array (points,)
        The eigenvalue of least size, of the Hessian of half the squared distance.
    flatness : float array (points,)
        Its size relative to the objective's Hessian on the tangent space or to the largest
        eigenvalue, whichever is larger.
    """

    index: NDArray[np.int64]
    smallest: NDArray[np.float64]
    flatness: NDArray[np.float64]


def indices(
    equations: CriticalEquations, u: Array, p: Array, scale: Array | None = None
) -> Indices:
    """Return the indices of the Riemannian Hessians at real points.

    Parameters
    ----------
    equations : CriticalEquations
    u : complex array (points, N)
        Unknowns of real points; they may be complex themselves, as for a parametrisation of even
        degree.
    p : real array (points, parameters)
    scale : array (n,), optional
        Lengths of the units of x in the coordinates in which frames are orthonormal.
    """
    values, size, condition = _eigenvalues(equations, u, p)
    if not values.shape[1]:  # isolated points of the variety
        nothing = np.full(len(u), np.inf)
        return Indices(np.zeros(len(u), int), nothing, nothing)
    smallest = _smallest(values)
    with np.errstate(invalid="ignore"):
        flatness = np.abs(smallest) / size
    index = np.sum(values < 0, axis=1)
    for i in np.flatnonzero(~(flatness >= OPTIONS["flat"]) | ~(condition <= OPTIONS["steep"])):
        index[i] = _index_with_digits(equations, u[i], p[i])
    if scale is not None and np.any(scale != 1):
        smallest = _smallest(_eigenvalues(equations, u, p, scale)[0])
    return Indices(index, smallest, flatness)


def _smallest(values: Array) -> NDArray[np.float64]:
    """Return the values of least size, one in each row."""
    return np.take_along_axis(values, np.abs(values).argmin(axis=1)[:, None], axis=1)[:, 0]


def _eigenvalues(
    equations: CriticalEquations, u: Array, p: Array, scale: Array | None = None
) -> tuple[Array, Array, Array]:
    """Return the eigenvalues of the Riemannian Hessians at real points, and how good they are.

    A Hessian is that of the objective on the tangent space minus a part due to the curvature of
    the variety. The second array has the size of the larger one, the third the condition of the
    chart: far out in a chart unknowns of very different size describe directions that are nearly
    the same.
    """
    count = len(equations.chart.names)
    _, hessian = equations.system.evaluate(u, p)
    out = equations.geometry.arrays(u=u[:, :count])
    dx = out["dx"].reshape(len(u), out["x"].shape[1], count)
    frame = np.broadcast_to(np.eye(count), (len(u), count, count))
    if out["dg"].shape[1]:
        dg = out["dg"].reshape(len(u), out["g"].shape[1], count)
        right = np.linalg.svd(dg, full_matrices=True)[2]
        frame = right[:, dg.shape[1] :].conj().transpose(0, 2, 1)
    count = frame.shape[2]
    if not count:
        return np.zeros((len(u), 0)), np.ones(len(u)), np.ones(len(u))
    basis = (dx if scale is None else scale[:, None] * dx) @ frame
    lengths = np.linalg.norm(basis, axis=1, keepdims=True)
    lengths[lengths == 0] = 1
    basis, frame = basis / lengths, frame / lengths
    tangent, turn, condition = _orthonormal(basis)
    coordinates = frame @ turn
    block = hessian[:, : frame.shape[1], : frame.shape[1]]
    turned = (coordinates.transpose(0, 2, 1) @ block @ coordinates).real
    values = np.full((len(u), count), np.nan)
    good = np.isfinite(turned).all(axis=(1, 2))
    values[good] = np.linalg.eigvalsh(turned[good])
    rest = tangent.transpose(0, 2, 1) @ equations.curvature(out["x"], p).real @ tangent
    size = np.maximum(np.abs(values).max(axis=1), np.linalg.norm(rest, axis=(1, 2)))
    return values, size, condition


def _orthonormal(basis: Array) -> tuple[Array, Array, Array]:
    """Return real orthonormal bases of spans that are real, and how they are made.

    The second array turns a basis into the orthonormal one, the third is the condition of the
    basis. A basis may be complex, as the unknowns may be.
    """
    count = basis.shape[2]
    left, singular, right = np.linalg.svd(basis.real, full_matrices=False)
    with np.errstate(divide="ignore", invalid="ignore"):
        turn = right.transpose(0, 2, 1) / singular[:, None, :]
        condition = singular[:, 0] / singular[:, -1]
    slanted = np.abs(basis.imag).max(axis=(1, 2)) > 1e-12 * np.abs(basis).max(axis=(1, 2))
    if slanted.any():
        some = basis[slanted]
        both = np.concatenate([some.real, some.imag], axis=2)
        wide, sizes, _ = np.linalg.svd(both, full_matrices=False)
        left[slanted] = wide[:, :, :count]
        turn = turn.astype(complex)
        turn[slanted] = np.linalg.pinv(some) @ wide[:, :, :count]
        with np.errstate(divide="ignore"):
            condition[slanted] = sizes[:, 0] / sizes[:, count - 1]
    return left, turn, condition


def _real_with_digits(equations: CriticalEquations, u: Array, p: Array) -> int:
    """Tell whether a point is real to many digits."""
    with digits.with_digits():
        found = digits.refined(equations, u, p)
        if found is None:
            return UNDECIDED
        x = digits.run(equations.system.lift_tape, u=found[0])["x"]
        imaginary = digits.upper([value.imag for value in x])
        return 1 if imaginary <= digits.upper(x) * _share(0.5) else NOT_REAL


def _index_with_digits(equations: CriticalEquations, u: Array, p: Array) -> int:
    """Return the index of a real point with many digits.

    With k constraints the Hessian in all unknowns has the eigenvalues' signs of the Riemannian
    one and k more of either sign.
    """
    import mpmath

    places = digits.OPTIONS["digits"]
    with digits.with_digits(), mpmath.workdps(places):
        found = digits.refined(equations, u, p)
        if found is None or digits.upper([v.imag for v in found[0]]) > _share(0.2):
            return UNDECIDED
        entries = [v.real.str(places, radius=False) for v in found[1].entries()]
        size = len(u)
        hessian = mpmath.matrix(size, size)
        for k, entry in enumerate(entries):
            hessian[k // size, k % size] = mpmath.mpf(entry)
        values = mpmath.eigsy(hessian, eigvals_only=True)
        largest = max(abs(v) for v in values)
        if min(abs(v) for v in values) < largest * _share(0.5):
            return UNDECIDED
        return sum(bool(v < 0) for v in values) - (size - len(equations.chart.names))


def _share(share: float) -> float:
    """Return 10⁻ᵏ, k being a share of the digits."""
    return float(10.0 ** -(share * digits.OPTIONS["digits"]))
