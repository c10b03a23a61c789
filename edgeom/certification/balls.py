"""The Krawczyk test in ball arithmetic (Arb), point by point, with as many bits as it takes.

For an approximate solution m, an approximate inverse Y of the Jacobian there and a box B around m
the operator z - Y F(z) maps B into m - Y F(m) + (1 - Y J(B)) (B - m). If that lies inside B, and
the norm of 1 - Y J(B) is less than 1, there is exactly one solution in B (Krawczyk 1969; for
complex boxes Burr, Lee, Leykin 2019; Breiding, Rose, Timme, arXiv 2011.05000). The mean value form
holds for complex boxes as they are convex and J is analytic. The norm is the maximum norm with
weights, the modulus being that of complex numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.certification.arithmetic import (
    SLACK,
    box_around,
    defect_of,
    modulus,
    root_radii,
    upper,
)
from edgeom.certification.diagnosis import NEAR, diagnosis
from edgeom.certification.inertia import inertia
from edgeom.certification.membership import is_on_variety
from edgeom.certification.parameters import ExactParameters
from edgeom.certification.twins import index_across, is_own_twin
from edgeom.equations.critical import CriticalEquations
from edgeom.equations.digits import evaluated, run
from edgeom.equations.hessian import NOT_REAL, UNDECIDED
from edgeom.scaling import Coordinates

__all__ = [
    "BITS",
    "NEAR",
    "REAL",
    "PointProof",
    "decided",
    "index_of_real_point",
    "krawczyk",
    "newton",
    "prove",
]

Array = NDArray[Any]
BITS = (64, 128, 256, 512)
OFF, OPEN = "not on the variety", "not shown to be on the variety"
REAL = 1  # for reality, beside NOT_REAL and UNDECIDED
NUDGE = 2.0**-56  # relative, less than the rounding of what is handed in
REACH = 4  # size of a box relative to the error that is expected of its midpoint
FLOOR = 1e-3  # unknowns count as no smaller than this times the largest


@dataclass(frozen=True)
class PointProof:
    """What was proved of one point.

    Attributes
    ----------
    status : str
        "certified", or why not: "singular", "positive-dimensional", "not a solution",
        "not on the variety", "not shown to be on the variety", "undecided".
    bits : int
        Precision in which that was found out.
    equations : CriticalEquations
    unknowns : list of acb
        A box with exactly one solution, no larger than needed to contain it.
    x : list of acb
        A box around the point of the variety.
    reality : int
        REAL, NOT_REAL or UNDECIDED.
    index : int
        Index of a real point, UNDECIDED, or NOT_REAL.
    """

    status: str
    bits: int
    equations: CriticalEquations
    unknowns: list[Any]
    x: list[Any]
    reality: int = UNDECIDED
    index: int = UNDECIDED

    @property
    def certified(self) -> bool:
        """Whether the box contains exactly one solution, a critical point of the variety."""
        return self.status == "certified"


def prove(
    equations: CriticalEquations,
    u: Array,
    parameters: ExactParameters,
    real: bool,
    bits: tuple[int, ...] = BITS,
) -> PointProof:
    """Prove that there is a critical point near approximate unknowns, and what can be said of it.

    Parameters
    ----------
    equations : CriticalEquations
    u : complex array (N,)
    parameters : ExactParameters
        Of one sample.
    real : bool
        Whether the problem is real; then reality and index are asked, too.
    bits : tuple of int
        Precisions to try, until everything is decided.
    """
    from flint import acb, ctx

    start = [acb(complex(value)) for value in u]
    if not np.isfinite(u).all():
        return PointProof("not a solution", 0, equations, start, [])
    if not len(u):
        x = run(equations.system.lift_tape, u=[])["x"]
        return PointProof("certified", bits[0], equations, [], x, REAL, 0)
    proof, midpoint = None, start
    for precision in bits:
        with ctx.workprec(precision), np.errstate(all="ignore"):
            balls = parameters.balls()
            found, refined = newton(equations, midpoint, balls, precision)
            better = found and krawczyk(equations, refined, found, balls, real, precision)
            if better is None:
                continue  # the midpoint stays: too few bits may have led astray
            proof, midpoint = better, refined
            if not _close(equations, refined, start, parameters.gap):
                return PointProof("not a solution", precision, equations, start, [])
        if proof.status == OFF:
            return proof
        if not proof.certified:
            continue
        if not real or decided(proof.reality, proof.index) or _slanted(proof):
            return proof
    if proof is not None:
        return proof
    with np.errstate(all="ignore"):
        status = diagnosis(equations, u, parameters.doubles()[0])
    return PointProof(status, bits[-1], equations, start, [])


def outward(proof: PointProof, change: Coordinates) -> PointProof:
    """Return a proof with the box around the point in the coordinates x = origin + scale·y."""
    from flint import ctx

    if change.is_identity or not proof.x:
        return proof
    with ctx.workprec(max(proof.bits, BITS[0])):
        x = [
            value * float(scale) + float(start)
            for value, scale, start in zip(proof.x, change.scale, change.base, strict=True)
        ]
    return replace(proof, x=x)


def decided(reality: Any, index: Any) -> Any:
    """Whether it is known that points are not real, or that they are and of which index."""
    return (reality == NOT_REAL) | ((reality == REAL) & (index != UNDECIDED))


def _slanted(proof: PointProof) -> bool:
    """Whether the unknowns are far from real though the point may be real: bits do not help."""
    far = max((modulus(v.imag) for v in proof.unknowns), default=0.0)
    size = max((modulus(v) for v in proof.unknowns), default=0.0)
    return proof.reality == UNDECIDED and far > 1e-4 * size


def newton(
    equations: CriticalEquations, m: list[Any], p: list[Any], bits: int
) -> tuple[tuple[Any, Any] | None, list[Any]]:
    """Return Y and F at a refined midpoint, None where there is none, and the midpoint.

    With the fewest bits Y is that of the last midpoint but one: close to a singularity it is not
    good enough, but most points are far from any.
    """
    hasty = bits <= BITS[0]
    enough = 2.0 ** -(0.75 * bits if hasty else bits - 16)
    before = np.inf
    for number in range(60):
        residual, jacobian = evaluated(equations, m, p)
        moduli = np.array([modulus(v) for v in m])
        size = moduli.max()
        try:
            inverse = jacobian.mid().inv().mid()
            step = (inverse * residual).entries()
            lengths = np.array([modulus(v) for v in step])
        except ZeroDivisionError:
            lengths = np.full(len(m), np.inf)
        if not lengths.max() <= 1e3 * size:
            if number:
                return None, m
            # a start may be singular by its rounding
            m = [v + v * (i + 1) * NUDGE for i, v in enumerate(m)]
            continue
        relative = (lengths / np.where(moduli > 0, moduli, size or 1)).max()
        stalled = relative >= before / 2 and lengths.max() <= 2.0 ** -(0.45 * bits) * size
        if stalled or relative <= enough:
            return (inverse, residual), m
        m, before = [(a - b).mid() for a, b in zip(m, step, strict=True)], relative
        if hasty and relative <= 2.0 ** -(0.45 * bits):
            residual, _ = evaluated(equations, m, p)
            return (inverse, residual), m
    return None, m


def krawczyk(
    equations: CriticalEquations,
    m: list[Any],
    found: tuple[Any, Any],
    p: list[Any],
    real: bool,
    bits: int,
    even: Sequence[float] = (),
) -> PointProof | None:
    """Return a proof with inverse and residual at a midpoint, None where the test fails.

    Boxes are tried of which no side is shorter than a share `even` of the longest, too.
    """
    inverse, residual = found
    correction = np.array([upper(v) for v in (inverse * residual).entries()])
    imaginary = np.array([upper(v.imag) for v in m])
    more = [REACH * np.maximum(correction, share * correction.max()) for share in even]
    for radii in (*_guesses(m, correction, imaginary, real, bits), *more):
        _, jacobian = evaluated(equations, box_around(m, radii), p)
        defect = defect_of(inverse, jacobian)
        (root,) = root_radii(defect[None], correction[None], radii[None])
        if not np.isnan(root).any():
            break
    else:
        return None
    box = box_around(m, root)
    if not _immersed(equations, box, radii):
        return None
    member = is_on_variety(equations.chart.membership, box[: len(equations.chart.names)])
    if not member:
        return PointProof(OPEN if member is None else OFF, bits, equations, m, [])
    x = run(equations.system.lift_tape, u=box)["x"]
    reality, index = UNDECIDED, UNDECIDED
    if real and np.all((2 * imaginary + root) * SLACK <= radii):
        reality = REAL
        line = box_around([v.real for v in m], (root + imaginary) * SLACK)
        line = [type(v)(v.real) for v in line]
        index = _index(equations, line, radii, p)
    elif any(not v.imag.contains(0) for v in x):
        reality = index = NOT_REAL
    elif real and is_own_twin(equations, m, box, p, inverse, correction, radii):
        reality, index = REAL, index_across(equations, box, p)
    return PointProof("certified", bits, equations, box, x, reality, index)


def _guesses(
    m: list[Any],
    correction: NDArray[np.float64],
    imaginary: NDArray[np.float64],
    real: bool,
    bits: int,
) -> Iterator[NDArray[np.float64]]:
    """Yield radii of boxes to try.

    Unknowns count as no smaller than a part of the largest, and then each with its own size. The
    box of a point that is nearly real holds its conjugate first, and then may exclude it.
    """
    moduli = np.array([modulus(v) for v in m])
    floored = np.maximum(moduli, FLOOR * moduli.max()) if moduli.any() else np.ones(len(m))
    sizes = [floored, np.where(moduli > 0, moduli, floored)]
    guesses = [np.maximum(correction, 2.0 ** (8 - bits) * size) for size in sizes]
    if real and np.all(imaginary < 2.0 ** -(bits // 2) * floored):
        guesses = [np.maximum(radii, imaginary) for radii in guesses] + guesses
    for i, radii in enumerate(guesses):
        if not any(np.array_equal(radii, other) for other in guesses[:i]):
            yield REACH * radii


def _immersed(equations: CriticalEquations, box: list[Any], sizes: NDArray[np.float64]) -> bool:
    """Whether dx is injective on the kernel of dg all over a box: the point is smooth.

    Where it does not show, columns are scaled by the sizes of the unknowns, then rows; rows of
    which next to nothing is known are left out.
    """
    count = len(equations.chart.names)
    out = run(equations.geometry, u=box[:count])
    entries = out["dx"] + out["dg"]
    rows = [entries[start : start + count] for start in range(0, len(entries), count)]
    if _is_injective(rows):
        return True
    scaled = []
    for row in rows:
        values = [v * size for v, size in zip(row, sizes, strict=False)]
        largest = max(map(modulus, values))
        if max(modulus(v - v.mid()) for v in values) < 1e-3 * largest:
            scaled.append([v / largest for v in values])
    return _is_injective(scaled)


def _is_injective(rows: list[list[Any]]) -> bool:
    """Whether every matrix in a matrix of balls has a left inverse, which is exhibited."""
    from flint import acb_mat

    if not rows:
        return False
    matrix = acb_mat(rows)
    middle = matrix.mid()
    adjoint = middle.conjugate().transpose()
    try:
        inverse = ((adjoint * middle).inv() * adjoint).mid()
    except ZeroDivisionError:
        return False
    return bool(defect_of(inverse, matrix).sum(axis=1).max() * SLACK < 1)


def _index(
    equations: CriticalEquations,
    line: list[Any],
    sizes: NDArray[np.float64],
    p: list[Any],
) -> int:
    """Return the index all over a real box.

    Chart coordinates are coordinates of the variety there, and the index does not depend on them.
    With k constraints the Hessian in all unknowns has k more negative eigenvalues.
    """
    from flint import arb_mat

    _, hessian = evaluated(equations, line, p)
    negative = inertia(hessian.real)
    if negative is None:  # the unknowns may be of very different size
        scale = arb_mat(np.diag(sizes).tolist())
        negative = inertia(scale * hessian.real * scale)
    constraints = len(line) - len(equations.chart.names)
    return UNDECIDED if negative is None else negative - constraints


def index_of_real_point(proof: PointProof, parameters: ExactParameters) -> int:
    """Return the index at a point that is real though its unknowns are not.

    Let P project orthogonally to the real tangent space, nearly. Near the point y = P x are real
    coordinates of the variety when P dx is regular, and the Hessian in them is Cᵀ H C with
    C = (P dx)⁻¹.
    """
    from flint import ctx

    with ctx.workprec(proof.bits):
        return index_across(proof.equations, proof.unknowns, parameters.balls())


def _close(equations: CriticalEquations, m: list[Any], start: list[Any], q: Array) -> bool:
    """Whether two points of the variety are close, relative to their size.

    Points close to the origin count as no smaller than a part of the data, or of a unit.
    """
    tape = equations.system.lift_tape
    here, there = (run(tape, u=u)["x"] for u in (m, start))
    moved = max(modulus(a - b) for a, b in zip(here, there, strict=True))
    least = 1e-5 * float(np.abs(q).max()) if len(q) else 1e-5
    size = max(*map(modulus, here), *map(modulus, there), least)
    return moved <= NEAR * size
