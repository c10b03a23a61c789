"""The Krawczyk test in ball arithmetic (Arb), point by point, with as many bits as it takes.

For an approximate solution m, an approximate inverse Y of the Jacobian there and a box B around m
the operator z - Y F(z) maps B into m - Y F(m) + (1 - Y J(B)) (B - m). If that lies inside B, and
the norm of 1 - Y J(B) is less than 1, there is exactly one solution in B (Krawczyk 1969; for
complex boxes Burr, Lee, Leykin 2019; Breiding, Rose, Timme, arXiv 2011.05000). The mean value form
holds for complex boxes as they are convex and J is analytic. The norm is the maximum norm with
weights, the modulus being that of complex numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.certification.inertia import inertia
from edgeom.certification.parameters import ExactParameters
from edgeom.equations.critical import CriticalEquations
from edgeom.hessian import NOT_REAL, UNDECIDED

__all__ = ["BITS", "REAL", "PointProof", "decided", "index_of_real_point", "prove"]

Array = NDArray[Any]
BITS = (64, 128, 256, 512)
REAL = 1  # for reality, beside NOT_REAL and UNDECIDED
SLACK = 1 + 1e-10  # more than all roundings in a handful of positive terms
REACH = 4  # size of a box relative to the error that is expected of its midpoint
FLOOR = 1e-3  # unknowns count as no smaller than this times the largest
NEAR = 1e-3  # a solution farther than this from what was handed in, relatively, is another one


@dataclass(frozen=True)
class PointProof:
    """What was proved of one point.

    Attributes
    ----------
    status : str
        "certified", or why not: "singular", "positive-dimensional", "not a solution",
        "undecided".
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
        x = _run(equations.system.lift_tape, bits[0], u=[])["x"]
        return PointProof("certified", bits[0], equations, [], x, REAL, 0)
    proof, midpoint = None, start
    for precision in bits:
        with ctx.workprec(precision):
            balls = parameters.balls()
            found, midpoint = _newton(equations, midpoint, balls, precision)
            if found is None:
                continue
            proof = _krawczyk(equations, midpoint, found, balls, real, precision) or proof
            if proof is not None and not _close(midpoint, start):
                return PointProof("not a solution", precision, equations, start, [])
        if proof is not None and (
            not real or decided(proof.reality, proof.index) or _slanted(proof)
        ):
            return proof
    if proof is not None:
        return proof
    status = _diagnosis(equations, u, parameters.doubles()[0])
    return PointProof(status, bits[-1], equations, start, [])


def decided(reality: Any, index: Any) -> Any:
    """Whether it is known that points are not real, or that they are and of which index."""
    return (reality == NOT_REAL) | ((reality == REAL) & (index != UNDECIDED))


def _slanted(proof: PointProof) -> bool:
    """Whether the unknowns are far from real though the point may be real: bits do not help."""
    far = max((_upper(v.imag) for v in proof.unknowns), default=0.0)
    size = max((_upper(v) for v in proof.unknowns), default=0.0)
    return proof.reality == UNDECIDED and far > 1e-4 * size


def _upper(value: Any) -> float:
    """Return an upper bound of a modulus."""
    return float(value.abs_upper()) * SLACK


@lru_cache(maxsize=10_000)
def _number(value: Any, bits: int) -> Any:
    from flint import acb, arb, fmpq

    if isinstance(value, complex):
        return acb(value)
    if isinstance(value, float | int):
        return acb(value)
    return acb(arb(fmpq(value.numerator, value.denominator)))


def _run(tape: Any, bits: int, **inputs: list[Any]) -> dict[str, list[Any]]:
    result: dict[str, list[Any]] = tape.evaluate(inputs, lambda value: _number(value, bits))
    return result


def _jacobian(equations: CriticalEquations, u: list[Any], p: list[Any], bits: int) -> Any:
    """Return F as a column and ∂F/∂u as a matrix."""
    from flint import acb_mat

    out = _run(equations.system.jacobian, bits, u=u, p=p)
    size = len(u)
    lower = iter(out["J"])
    rows: list[list[Any]] = [[None] * size for _ in range(size)]
    for i in range(size):
        for j in range(i + 1):
            rows[i][j] = rows[j][i] = next(lower)
    return acb_mat(size, 1, out["F"]), acb_mat(rows)


def _newton(
    equations: CriticalEquations, m: list[Any], p: list[Any], bits: int
) -> tuple[tuple[Any, Any] | None, list[Any]]:
    """Return Y and F at a refined midpoint, None where there is none, and the midpoint."""
    for _ in range(60):
        residual, jacobian = _jacobian(equations, m, p, bits)
        try:
            inverse = jacobian.mid().inv().mid()
        except ZeroDivisionError:
            return None, m
        step = inverse * residual
        size = max(map(_upper, m))
        length = max(map(_upper, step.entries()))
        if not np.isfinite(length):
            return None, m
        if length <= 2.0 ** -(0.75 * bits) * size:
            return (inverse, residual), m
        new = [(a - b).mid() for a, b in zip(m, step.entries(), strict=True)]
        if length > 1e3 * size:
            return None, m
        settled = length <= 2.0 ** -(0.45 * bits) * size
        m = new
        if settled:
            residual, _ = _jacobian(equations, m, p, bits)
            return (inverse, residual), m
    return None, m


def _krawczyk(
    equations: CriticalEquations,
    m: list[Any],
    found: tuple[Any, Any],
    p: list[Any],
    real: bool,
    bits: int,
) -> PointProof | None:
    inverse, residual = found
    size = len(m)
    moduli = np.array([_upper(v) for v in m])
    moduli = np.maximum(moduli, FLOOR * moduli.max()) if moduli.any() else np.ones(size)
    correction = np.array([_upper(v) for v in (inverse * residual).entries()])
    imaginary = np.array([_upper(v.imag) for v in m])
    radii = np.maximum(correction, 2.0 ** (8 - bits) * moduli)
    if real and np.all(imaginary < 2.0 ** -(bits // 2) * moduli):
        radii = np.maximum(radii, imaginary)
    radii = REACH * radii
    _, jacobian = _jacobian(equations, _box(m, radii), p, bits)
    root = _root_radii(_defect(inverse, jacobian), correction, radii)
    if root is None:
        return None
    box = _box(m, root)
    if not _immersed(equations, box, bits):
        return None
    x = _run(equations.system.lift_tape, bits, u=box)["x"]
    reality, index = UNDECIDED, UNDECIDED
    if real and np.all((2 * imaginary + root) * SLACK <= radii):
        reality = REAL
        line = _box([v.real for v in m], (root + imaginary) * SLACK)
        line = [type(v)(v.real) for v in line]
        index = _index(equations, line, p, bits)
    elif any(not v.imag.contains(0) for v in x):
        reality = index = NOT_REAL
    return PointProof("certified", bits, equations, box, x, reality, index)


def _box(m: list[Any], radii: NDArray[np.float64]) -> list[Any]:
    """Return boxes that contain the discs with these radii."""
    from flint import acb, arb

    return [
        acb(arb(v.real.mid(), float(r)), arb(v.imag.mid(), float(r)))
        for v, r in zip((acb(v) for v in m), radii, strict=True)
    ]


def _defect(inverse: Any, matrix: Any) -> NDArray[np.float64]:
    """Return upper bounds of the entries of 1 - Y J."""
    from flint import acb_mat

    size = inverse.nrows()
    one = acb_mat([[int(i == j) for j in range(size)] for i in range(size)])
    defect = one - inverse * matrix
    return np.array([_upper(v) for v in defect.entries()]).reshape(size, size)


def _root_radii(
    defect: NDArray[np.float64], correction: NDArray[np.float64], radii: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    """Return a smaller box around the one solution, or None where the test fails."""
    contraction = (defect @ radii / radii).max() * SLACK
    offset = (correction / radii).max() * SLACK
    if not (contraction < 0.5 and offset + contraction < 1):
        return None
    return np.asarray(offset / (1 - contraction) * radii * SLACK)


def _immersed(equations: CriticalEquations, box: list[Any], bits: int) -> bool:
    """Whether dx is injective on the kernel of dg all over a box: the point is smooth."""
    from flint import acb_mat

    count = len(equations.chart.names)
    out = _run(equations.geometry, bits, u=box[:count])
    rows = len(out["x"]) + len(out["g"])
    matrix = acb_mat(rows, count, out["dx"] + out["dg"])
    middle = matrix.mid()
    adjoint = middle.conjugate().transpose()
    try:
        inverse = ((adjoint * middle).inv() * adjoint).mid()
    except ZeroDivisionError:
        return False
    return bool(_defect(inverse, matrix).sum(axis=1).max() * SLACK < 1)


def _index(equations: CriticalEquations, line: list[Any], p: list[Any], bits: int) -> int:
    """Return the index all over a real box.

    Chart coordinates are coordinates of the variety there, and the index does not depend on them.
    With k constraints the Hessian in all unknowns has k more negative eigenvalues.
    """
    _, hessian = _jacobian(equations, line, p, bits)
    negative = inertia(hessian.real)
    constraints = len(line) - len(equations.chart.names)
    return UNDECIDED if negative is None else negative - constraints


def index_of_real_point(proof: PointProof, parameters: ExactParameters) -> int:
    """Return the index at a point that is real though its unknowns are not.

    Let P project orthogonally to the real tangent space, nearly. Near the point y = P x are real
    coordinates of the variety when P dx is regular, and the Hessian in them is Cᵀ H C with
    C = (P dx)⁻¹.
    """
    from flint import acb_mat, arb_mat, ctx

    equations, count = proof.equations, len(proof.unknowns)
    if len(equations.chart.names) < count:
        return UNDECIDED
    with ctx.workprec(proof.bits):
        out = _run(equations.geometry, proof.bits, u=proof.unknowns)
        dx = acb_mat(len(out["x"]), count, out["dx"])
        middle = np.array([complex(v.mid()) for v in out["dx"]]).reshape(-1, count)
        both = np.hstack([middle.real, middle.imag])
        frame = np.linalg.svd(both, full_matrices=False)[0][:, :count]
        try:
            change = (acb_mat(arb_mat(frame.T.tolist())) * dx).inv()
        except ZeroDivisionError:
            return UNDECIDED
        _, hessian = _jacobian(equations, proof.unknowns, parameters.balls(), proof.bits)
        negative = inertia((change.transpose() * hessian * change).real)
    return UNDECIDED if negative is None else negative


def _close(m: list[Any], start: list[Any]) -> bool:
    moved = max(_upper(a - b) for a, b in zip(m, start, strict=True))
    return moved <= NEAR * max(map(_upper, start))


def _diagnosis(equations: CriticalEquations, u: Array, p: Array) -> str:
    """Say why there is no proof: numerical evidence, in doubles."""
    evaluate: Callable[..., tuple[Array, Array]] = equations.system.evaluate
    with np.errstate(all="ignore"):
        there, jacobian = _flow(evaluate, u, p)
        if not np.isfinite(jacobian).all() or np.linalg.norm(there - u) > NEAR * _size(u):
            return "not a solution"
        values, right = np.linalg.svd(jacobian)[1:]
        if values[-1] > 1e-6 * values[0]:
            return "undecided"
        away, there_jacobian = _flow(evaluate, there + NEAR * _size(u) * right[-1].conj(), p)
        if not np.isfinite(there_jacobian).all():
            return "singular"
        moved = np.linalg.norm(away - there) > 0.5 * NEAR * _size(u)
        flat = np.linalg.svd(there_jacobian, compute_uv=False)
        return "positive-dimensional" if moved and flat[-1] < 1e-6 * flat[0] else "singular"


def _size(u: Array) -> float:
    return float(np.linalg.norm(u)) or 1.0


def _flow(evaluate: Callable[..., tuple[Array, Array]], u: Array, p: Array) -> tuple[Array, Array]:
    """Follow Gauss-Newton steps; return where they end and the Jacobian there, NaN if nowhere."""
    value, jacobian = (a[0] for a in evaluate(u[None], p))
    for _ in range(50):
        step = np.linalg.pinv(jacobian, rcond=1e-10) @ value
        u = u - step
        value, jacobian = (a[0] for a in evaluate(u[None], p))
        if not np.isfinite(jacobian).all():
            break
        if np.linalg.norm(step) <= 1e-12 * _size(u):
            return u, jacobian
    scale = np.linalg.norm(jacobian) * _size(u)
    good = np.linalg.norm(value) <= 1e-9 * scale
    return u, jacobian if good else np.full(jacobian.shape, np.nan)
