"""The Krawczyk test for the points of a list at once, in discs of doubles (NumPy).

The mathematics is that of :mod:`edgeom.certification.balls`. Residuals are computed with extended
precision where the machine has it, so that boxes are hardly larger than the rounding of their
midpoints; everything else in doubles. What is not decided here is left to ball arithmetic.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.certification.arithmetic import SLACK, root_radii
from edgeom.certification.balls import (
    BITS,
    FLOOR,
    NEAR,
    REACH,
    REAL,
    PointProof,
    decided,
    prove,
)
from edgeom.certification.discs import EXTENDED, Discs, evaluated, product
from edgeom.certification.parameters import ExactParameters
from edgeom.certification.rounding import EPSILON
from edgeom.equations.critical import CriticalEquations
from edgeom.equations.hessian import NOT_REAL, UNDECIDED
from edgeom.homotopy.constants import double
from edgeom.homotopy.kernels import squares

__all__ = ["prove_all", "prove_together"]

Array = NDArray[Any]
FEWEST = 4  # points; ball arithmetic is faster for less
CHUNK = 512  # points at a time, whose arrays stay in a cache
DOUBLE = 53  # bits
SINGULAR = 1e15  # condition of a matrix that is not inverted


def prove_all(
    charts: Sequence[CriticalEquations],
    chart: NDArray[np.int64],
    unknowns: Array,
    exact: Sequence[ExactParameters],
    real: bool,
    bits: tuple[int, ...] = BITS,
) -> list[PointProof]:
    """Prove what can be proved of points: those of a chart together, what is left open in balls.

    Parameters
    ----------
    charts : sequence of CriticalEquations
    chart : integer array (points,)
        The chart of each point.
    unknowns : complex array (points, N)
        Of charts with fewer unknowns the first ones count.
    exact : sequence of ExactParameters
        For each chart.
    real, bits
        As for :func:`~edgeom.certification.balls.prove`; with more bits than the fewest of these
        nothing is left to doubles.
    """
    found: list[PointProof | None] = [None] * len(chart)
    for c in range(len(charts) if bits[0] <= BITS[0] else 0):
        here = np.flatnonzero(chart == c)
        u = unknowns[here, : len(charts[c].system.unknowns)]
        for i, proof in zip(here, prove_together(charts[c], u, exact[c], real), strict=True):
            found[i] = proof
    return [
        proof or prove(charts[c], u[: len(charts[c].system.unknowns)], exact[c], real, bits)
        for proof, c, u in zip(found, chart, unknowns, strict=True)
    ]


def prove_together(
    equations: CriticalEquations, u: Array, parameters: ExactParameters, real: bool
) -> list[PointProof | None]:
    """Prove what can be proved of many points of one sample, None for those that are left open.

    Parameters
    ----------
    equations : CriticalEquations
    u : complex array (points, N)
    parameters : ExactParameters
        Of the sample.
    real : bool
        Whether the problem is real; then points of which reality or index is open are left out.
    """
    nothing: list[PointProof | None] = [None] * len(u)
    underflows_gradually = bool(np.nextafter(0.0, 1.0) * 1.0 > 0)
    suits = underflows_gradually and equations.chart.membership is None
    if len(u) < FEWEST or not u.shape[1] or not suits:
        return nothing
    parts = np.array_split(u, -(-len(u) // CHUNK))
    with np.errstate(all="ignore"):
        lists = [_List(equations, part, parameters).proofs(real) for part in parts]
    return [proof for proofs in lists for proof in proofs]


class _List:
    """Points of one chart with all that is known of them.

    Attributes
    ----------
    m, radii : arrays (points, N)
        Boxes around refined midpoints.
    root : array (points, N)
        Radii of smaller boxes around the one solution in each, NaN where there is no proof.
    jacobian : pair of arrays (points, N, N)
        That of the equations all over the boxes: middles and radii.
    """

    def __init__(self, equations: CriticalEquations, u: Array, parameters: ExactParameters) -> None:
        self.equations, self.start, self.gap = equations, u, parameters.gap
        p, error = parameters.doubles()
        self.p = Discs(p[:, None], error[:, None], 1)
        more, error = parameters.doubles(np.empty(0, EXTENDED).real.dtype.type)
        there = equations.system.jacobian.arrays(u=u, p=np.broadcast_to(p, (len(u), len(p))))
        jacobian = squares(there["J"], u.shape[1], equations.system.symmetric)
        inverse = _inverses(jacobian)
        u = u - _applied(inverse, there["F"])
        columns = {"u": list(u.T.astype(EXTENDED)), "p": list(more)}
        residual = _stacked(equations.system.tape.evaluate(columns, double)["F"], len(u))
        u = u - _applied(inverse, residual.astype(complex))
        self.m = u
        residuals = self._residual(Discs(more[:, None], error[:, None], 1))
        middle, around = product(inverse, *(v[:, :, None] for v in residuals))
        correction = _sizes(middle, around)[:, :, 0]
        moduli, self.imaginary = np.abs(u), np.abs(u.imag)
        moduli = np.maximum(moduli, FLOOR * moduli.max(axis=1, keepdims=True)) + 1e-300
        nearly_real = (self.imaginary < 1e-8 * moduli).all(axis=1, keepdims=True)
        radii = np.maximum(correction, np.where(nearly_real, self.imaginary, 0))
        self.radii = REACH * np.maximum(radii, 2.0**-46 * moduli)
        self.jacobian = self._jacobian()
        middle, around = product(inverse, *self.jacobian)
        defect = _sizes(np.eye(u.shape[1]) - middle, around + 2 * EPSILON)
        self.root = root_radii(defect, correction, self.radii)

    def _residual(self, p: Discs) -> tuple[Array, Array]:
        """Return F at midpoints (points, N), as doubles and radii."""
        out = evaluated(self.equations.system.tape, EXTENDED, u=self.m.T, p=p)["F"]
        middle = out.mid.T.astype(complex)
        return middle, out.radius.T + 2 * EPSILON * np.abs(middle) + 2.0**-1000

    def _jacobian(self) -> tuple[Array, Array]:
        unknowns = Discs(self.m.T, self.radii.T)
        out = evaluated(self.equations.system.jacobian, u=unknowns, p=self.p)["J"]
        count, symmetric = self.m.shape[1], self.equations.system.symmetric
        return squares(out.mid.T, count, symmetric), squares(out.radius.T, count, symmetric)

    def proofs(self, real: bool) -> list[PointProof | None]:
        """Return the proofs."""
        center, radius = self._lifted(self.m, self.root)
        certified = np.isfinite(self.root).all(axis=1) & np.isfinite(center + radius).all(axis=1)
        certified &= self._immersed() & self._close(center)
        reality = np.full(len(center), UNDECIDED)
        reality[(np.abs(center.imag) > radius * SLACK).any(axis=1)] = NOT_REAL
        index = np.where(reality == NOT_REAL, NOT_REAL, UNDECIDED)
        if real:
            near = ((2 * self.imaginary + self.root) * SLACK <= self.radii).all(axis=1)
            reality[near] = REAL
            index[near] = self._indices()[near]
            certified &= decided(reality, index)
        return [
            PointProof(
                "certified", DOUBLE, self.equations,
                _balls(self.m[i], self.root[i]), _balls(center[i], radius[i]),
                int(reality[i]), int(index[i]),
            )
            if certified[i] else None
            for i in range(len(center))
        ]  # fmt: skip

    def _lifted(self, m: Array, radii: Array) -> tuple[Array, Array]:
        """Return discs around points of the variety (points, n)."""
        out = evaluated(self.equations.system.lift_tape, u=Discs(m.T, radii.T))["x"]
        return out.mid.T, out.radius.T

    def _close(self, center: Array) -> NDArray[np.bool_]:
        """Whether points are near those that were given, as in ball arithmetic."""
        there = self.equations.system.lift(self.start)
        moved = np.abs(center - there).max(axis=1, initial=0)
        least = 1e-5 * float(np.abs(self.gap).max(initial=0)) if len(self.gap) else 1e-5
        sizes = np.maximum(np.abs(center), np.abs(there)).max(axis=1, initial=least)
        return np.asarray(moved <= NEAR / 2 * sizes)

    def _immersed(self) -> NDArray[np.bool_]:
        """Whether [dx; dg] has full column rank all over the boxes."""
        count = len(self.equations.chart.names)
        out = evaluated(self.equations.geometry, u=Discs(self.m.T[:count], self.root.T[:count]))
        parts, shape = (out["dx"], out["dg"]), (len(self.m), -1, count)
        middle = np.concatenate([part.mid for part in parts]).T.reshape(shape)
        radius = np.concatenate([part.radius for part in parts]).T.reshape(shape)
        adjoint = middle.conj().transpose(0, 2, 1)
        inverse = _inverses(adjoint @ middle) @ adjoint
        image, around = product(inverse, middle, radius)
        defect = _sizes(np.eye(count) - image, around + 2 * EPSILON)
        return np.asarray(defect.sum(axis=2).max(axis=1, initial=0) * SLACK < 1)

    def _indices(self) -> NDArray[np.int64]:
        """Return indices at real points all over the boxes, UNDECIDED where a sign is open.

        As in bulk: Vᵀ H V is close to a diagonal of ±1, and strictly diagonally dominant.
        """
        middle, radius = self.jacobian
        middle = middle.real
        index = np.full(len(middle), UNDECIDED)
        good = np.flatnonzero(np.isfinite(middle + radius).all(axis=(1, 2)))
        values, vectors = np.linalg.eigh(middle[good])
        basis = vectors / np.sqrt(np.maximum(np.abs(values), 1e-300))[:, None, :]
        turned = basis.transpose(0, 2, 1)
        half, around = product(turned, middle[good], radius[good])
        image, wide = product(turned, half.transpose(0, 2, 1), around.transpose(0, 2, 1))
        diagonal = np.arange(middle.shape[1])
        sizes = _sizes(image, wide)
        rest = sizes.sum(axis=2) - sizes[:, diagonal, diagonal] + wide[:, diagonal, diagonal]
        signs = image[:, diagonal, diagonal]
        safe = (np.abs(signs) > rest * SLACK + 1e-9).all(axis=1)
        constraints = middle.shape[1] - len(self.equations.chart.names)
        index[good[safe]] = np.sum(signs < 0, axis=1)[safe] - constraints
        return index


def _applied(matrices: Array, vectors: Array) -> Array:
    return np.asarray(np.einsum("pij,pj->pi", matrices, vectors))


def _inverses(matrices: Array) -> Array:
    """Return approximate inverses, NaN where there are none."""
    inverses = np.full_like(matrices, np.nan)
    good = np.flatnonzero(np.isfinite(matrices).all(axis=(1, 2)))
    good = good[np.linalg.cond(matrices[good]) < SINGULAR]
    inverses[good] = np.linalg.inv(matrices[good])
    return inverses


def _stacked(columns: list[Any], count: int) -> Array:
    """Return columns as an array (points, columns); some may be one number for all points."""
    if not columns:
        return np.zeros((count, 0))
    return np.stack([np.broadcast_to(column, count) for column in columns], axis=1)


def _sizes(middle: Array, radius: Array) -> NDArray[np.float64]:
    """Return upper bounds of the moduli of discs."""
    return np.asarray((np.abs(middle) + radius) * (1 + 8 * EPSILON))


def _balls(center: Array, radius: Array) -> list[Any]:
    """Return balls that contain discs."""
    from flint import acb, arb

    return [
        acb(arb(z.real, r), arb(z.imag, r))
        for z, r in zip(center.tolist(), radius.tolist(), strict=True)
    ]
