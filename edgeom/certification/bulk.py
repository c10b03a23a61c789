"""The Krawczyk test for thousands of points at once, compiled, in midpoint-radius doubles.

The mathematics is that of :mod:`edgeom.certification.balls`, the arithmetic and its error model
that of :mod:`edgeom.certification.rounding`. What cannot be decided here is left undecided.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.certification import programs
from edgeom.certification.arithmetic import SLACK, root_radii
from edgeom.certification.balls import FLOOR, REACH, REAL
from edgeom.certification.rounding import EPSILON, RADIUS, with_radii
from edgeom.equations.critical import CriticalEquations
from edgeom.equations.hessian import NOT_REAL, UNDECIDED
from edgeom.homotopy.codegen import CompiledTape
from edgeom.homotopy.tape import Tape

__all__ = ["BulkProofs", "BulkProver"]

Array = NDArray[Any]
LARGEST = 16  # unknowns; the programs grow with their cube
CHUNK = 4096  # points at a time, which bounds memory


@dataclass(frozen=True)
class BulkProofs:
    """What was proved of many points.

    Attributes
    ----------
    certified : bool array (points,)
    reality : integer array (points,)
        REAL, NOT_REAL or UNDECIDED.
    index : integer array (points,)
        Of real points; UNDECIDED or NOT_REAL for others.
    center : complex array (points, n)
    radius : float array (points, n)
        The point of the variety lies in these discs, coordinate by coordinate.
    """

    certified: NDArray[np.bool_]
    reality: NDArray[np.int64]
    index: NDArray[np.int64]
    center: NDArray[np.complex128]
    radius: NDArray[np.float64]


class BulkProver:
    """Proves statements about solutions of one system of critical equations.

    Parameters
    ----------
    equations : CriticalEquations
        Of a real problem.
    """

    def __init__(self, equations: CriticalEquations) -> None:
        self.equations = equations
        self.size = len(equations.system.unknowns)
        self.count = len(equations.chart.names)
        tape = equations.system.tape
        self._inverse = _compiled(programs.inverse_tape(tape))
        self._correction = _compiled(with_radii(programs.correction_tape(tape), ("u", "Y")))
        self._contraction = _compiled(with_radii(programs.contraction_tape(tape), ("Y",)))
        self._congruence = _compiled(with_radii(programs.congruence_tape(tape), ("V",)))
        self._immersion = _FullRank(partial(programs.immersion_rows, equations), self.count)
        membership = equations.chart.membership
        self._membership = None
        if membership is not None:
            rows = partial(programs.membership_rows, membership)
            self._membership = _FullRank(rows, self.count)
        self._lift = _compiled(with_radii(equations.system.lift_tape))

    @staticmethod
    def suits(equations: CriticalEquations) -> bool:
        """Whether the programs are not too long, and this process rounds as the proofs assume."""
        smallest = np.nextafter(0.0, 1.0)
        membership = equations.chart.membership
        equation_count = 0 if membership is None else len(membership.outputs["f"])
        size = max(len(equations.system.unknowns), equation_count)
        return 0 < size <= LARGEST and bool(smallest * 1.0 > 0)

    def prove(self, u: Array, p: Array, p_radius: Array) -> BulkProofs:
        """Prove what can be proved of approximate solutions.

        Parameters
        ----------
        u : complex array (points, N)
            NaN where there is none, which is not certified.
        p, p_radius : real arrays (points, parameters)
            Doubles and how far from them the parameters may be.
        """
        chunks = [slice(i, i + CHUNK) for i in range(0, max(len(u), 1), CHUNK)]
        with np.errstate(all="ignore"):
            parts = [self._prove(u[c], p[c], p_radius[c]) for c in chunks]
        columns = (
            np.concatenate([getattr(part, field.name) for part in parts])
            for field in fields(BulkProofs)
        )
        return BulkProofs(*columns)

    def _prove(self, u: Array, p: Array, p_radius: Array) -> BulkProofs:
        for _ in range(2):
            u = u + self._inverse(u=u, p=p)["x"]
        out = self._inverse(u=u, p=p)
        inverse = out["Y"]
        correction = _sizes(self._correction(**_discs(p=(p, p_radius)), u=u, Y=inverse), "c")
        moduli, imaginary = np.abs(u), np.abs(u.imag)
        moduli = np.maximum(moduli, FLOOR * moduli.max(axis=1, keepdims=True)) + 1e-300
        nearly_real = (imaginary < 1e-8 * moduli).all(axis=1, keepdims=True)
        radii = np.maximum(correction, np.where(nearly_real, imaginary, 0))
        radii = REACH * np.maximum(radii, 2.0**-46 * moduli)
        discs = _discs(u=(u, radii), p=(p, p_radius))
        defect = _sizes(self._contraction(**discs, Y=inverse), "E")
        square = defect.reshape(len(u), self.size, self.size)
        root = root_radii(square, correction, radii)
        lifted = self._lift(u=u, u_radius=root)
        center, radius = lifted["x"], lifted["x" + RADIUS].real
        certified = ~np.isnan(root[:, 0]) & np.isfinite(center).all(axis=1)
        u_chart, root_chart = u[:, : self.count], root[:, : self.count]
        sizes = np.abs(u_chart) + 1e-3 * np.abs(u_chart).max(axis=1, keepdims=True) + 1e-300
        certified &= self._immersion.holds(u_chart, root_chart, sizes)
        if self._membership is not None:
            certified &= self._membership.holds(u_chart, root_chart)
        near = ((2 * imaginary + root) * SLACK <= radii).all(axis=1)
        apart = (np.abs(center.imag) > radius * SLACK).any(axis=1)
        reality = np.where(near, REAL, np.where(apart, NOT_REAL, UNDECIDED))
        reality[~certified] = UNDECIDED
        index = np.where(reality == NOT_REAL, NOT_REAL, UNDECIDED)
        real = reality == REAL
        line = (root[real] + imaginary[real]) * SLACK
        index[real] = self._indices(u[real].real, line, p[real], p_radius[real])
        return BulkProofs(certified, reality, index, center, radius)

    def _indices(self, u: Array, radii: Array, p: Array, p_radius: Array) -> NDArray[np.int64]:
        """Return the indices all over real boxes, UNDECIDED where a sign is not certain.

        By Sylvester's law of inertia they may be read off Vᵀ H V for any basis V. With V close
        to eigenvectors, scaled, it is close to a diagonal of ±1; where it is strictly diagonally
        dominant its signs are those of the diagonal (Gershgorin), and V is a basis.
        """
        index = np.full(len(u), UNDECIDED)
        _, hessian = self.equations.system.evaluate(u, p)
        good = np.isfinite(hessian).all(axis=(1, 2))
        if not good.any():
            return index
        values, vectors = np.linalg.eigh(hessian[good])
        basis = vectors / np.sqrt(np.maximum(np.abs(values), 1e-300))[:, None, :]
        discs = _discs(u=(u[good], radii[good]), p=(p[good], p_radius[good]))
        out = self._congruence(**discs, V=basis.reshape(len(basis), -1))
        shape = (len(basis), self.size, self.size)
        middle = out["B"].real.reshape(shape)
        sizes = _sizes(out, "B").reshape(shape)
        radius = out["B" + RADIUS].real.reshape(shape)
        diagonal = np.arange(self.size)
        rest = sizes.sum(axis=2) - sizes[:, diagonal, diagonal] + radius[:, diagonal, diagonal]
        signs = middle[:, diagonal, diagonal]
        safe = (np.abs(signs) > rest * SLACK + 1e-9).all(axis=1)
        negative = np.sum(signs < 0, axis=1) - (self.size - self.count)
        index[np.flatnonzero(good)[safe]] = negative[safe]
        return index


class _FullRank:
    """Proves that a matrix A(u) has full column rank all over boxes.

    Parameters
    ----------
    rows : callable
        (builder, u) -> the rows of A.
    count : int
        Number of unknowns.
    """

    def __init__(self, rows: programs.RowsOf, count: int) -> None:
        self._inverse = _compiled(programs.rank_inverse_tape(rows, count))
        self._defect = _compiled(with_radii(programs.rank_tape(rows, count), ("Z",)))

    def holds(self, u: Array, radii: Array, weights: Array | None = None) -> NDArray[np.bool_]:
        """Return for each box whether it is proved, in a norm with weights (points, columns)."""
        inverse = self._inverse(u=u)["Z"]
        defect = _sizes(self._defect(u=u, u_radius=radii, Z=inverse), "E")
        size = int(np.sqrt(defect.shape[1]))
        square = defect.reshape(len(u), size, size)
        weights = np.ones((len(u), size)) if weights is None else weights
        rows = np.einsum("pij,pj->pi", square, weights) / weights
        return np.asarray(rows.max(axis=1) * SLACK < 1)


def _compiled(tape: Tape) -> CompiledTape:
    """Compile with little optimisation: a fifth of the time, and hardly slower code."""
    return CompiledTape(tape, optimise=0)


def _discs(**groups: tuple[Array, Array]) -> dict[str, Array]:
    result = {}
    for name, (middle, radius) in groups.items():
        result[name], result[name + RADIUS] = middle, radius
    return result


def _sizes(out: dict[str, Array], name: str) -> NDArray[np.float64]:
    """Return upper bounds of the moduli of discs."""
    return np.asarray((np.abs(out[name]) + out[name + RADIUS].real) * (1 + 8 * EPSILON))
