"""Critical points known to many digits, and what in a certificate contradicts them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import acb, arb, ctx, fmpq, fmpq_poly
from numpy.typing import NDArray

import edgeom as eg
from edgeom.certification.certificate import Certificate
from edgeom.equations.hessian import NOT_REAL

DIGITS = 1500  # bits of what is called true
ELLIPSE = eg.AlgebraicVariety(["x^2 + 4*y^2 - 4"], "x, y")
CIRCLE = eg.AlgebraicVariety(["x^2 + y^2 - 1"], "x, y")
PARABOLA = eg.AlgebraicVariety(["y - x^2 + 1/2"], "x, y")
MATRICES = eg.DeterminantalVariety(2, 2, rank=1)
T = fmpq_poly([0, 1])


def rational(value: float) -> fmpq:
    return fmpq(*float(value).as_integer_ratio())


@dataclass(frozen=True)
class Truth:
    """A critical point: its coordinates as balls, whether it is real, and then its index."""

    point: list[Any]
    real: bool
    index: int

    def inside(self, center: NDArray[Any], radius: float) -> bool:
        with ctx.workprec(DIGITS):
            gaps = [x - acb(complex(c)) for x, c in zip(self.point, center.ravel(), strict=True)]
            return all(gap.abs_upper() <= arb(radius) for gap in gaps)

    @property
    def doubles(self) -> list[complex]:
        return [complex(x) for x in self.point]


def from_roots(N: fmpq_poly, point: Callable[[Any], list[Any]]) -> list[Truth]:
    with ctx.workprec(DIGITS):
        found = []
        for root, multiplicity in N.numer().complex_roots():
            assert multiplicity == 1
            t = acb(root)
            slope = N.derivative().numer()(t).real
            found.append(Truth(point(t), t.imag == 0, 0 if slope > 0 else 1))
        return found


def ellipse(q: Sequence[float], weights: Sequence[float] = (1, 1)) -> list[Truth]:
    """x = 2 (1 - t²)/(1 + t²), y = 2t/(1 + t²)."""
    (a, b), (v, w) = map(rational, q), map(rational, weights)
    d = 1 + T * T
    f = v * (2 * (1 - T * T) - a * d) ** 2 + w * (2 * T - b * d) ** 2
    N = f.derivative() * d - 4 * T * f
    assert N.degree() == 4, "a critical point is at t = ∞"
    return from_roots(N, lambda t: [2 * (1 - t * t) / (1 + t * t), 2 * t / (1 + t * t)])


def parabola(q: Sequence[float]) -> list[Truth]:
    """y = x² - 1/2, so that the evolute has its cusp at 0."""
    a, b = map(rational, q)
    N = 2 * T**3 - 2 * b * T - a
    return from_roots(N, lambda t: [t, t * t - acb(0.5)])


def matrices(S: NDArray[Any], q: NDArray[Any]) -> list[Truth]:
    """Rank one in (1, t) ⊗ v with the best v for each t."""
    s = [[rational(v) for v in row] for row in S.tolist()]
    c = [sum((s[i][j] * rational(q[j]) for j in range(4)), fmpq(0)) for i in range(4)]
    zero, one = fmpq_poly([0]), fmpq_poly([1])
    frame = ([one, zero, T, zero], [zero, one, zero, T])
    n = [[sum((u[i] * s[i][j] * v[j] for i in range(4) for j in range(4)), zero) for v in frame]
         for u in frame]  # fmt: skip
    b = [sum((u[i] * c[i] for i in range(4)), zero) for u in frame]
    v = [n[1][1] * b[0] - n[0][1] * b[1], n[0][0] * b[1] - n[1][0] * b[0]]
    h, d = b[0] * v[0] + b[1] * v[1], n[0][0] * n[1][1] - n[0][1] * n[1][0]

    def point(t: Any) -> list[Any]:
        x, y = (at(p, t) / at(d, t) for p in v)
        return [x, y, t * x, t * y]

    return from_roots(h * d.derivative() - h.derivative() * d, point)


def tensors(f: NDArray[Any]) -> list[Truth]:
    """Symmetric 2×2×2×2 tensors, the Bombieri-Weyl norm, the best c (cos θ, sin θ)⁴.

    Critical are the θ where f is, and there c is its value; the Hessian in c and θ is
    diag(1, -c f''(θ)). Where c < 0 no linear form with this power is real.
    """
    form = fmpq_poly([rational(c) * b for c, b in zip(f, (1, 4, 6, 4, 1), strict=True)])
    powers = from_roots((1 + T * T) * form.derivative() - 4 * T * form, lambda t: [t])
    truth = []
    with ctx.workprec(DIGITS):
        for one in powers:
            (t,) = one.point
            scale = at(form, t) / (1 + t * t) ** 4
            index = int((scale.real > 0) == (one.index == 0))
            truth.append(Truth([scale * t**k for k in range(5)], one.real, index))
    return truth


def at(p: fmpq_poly, t: Any) -> Any:
    return p.numer()(t) / int(p.denom())


def contradictions(proof: Certificate, truth: Sequence[Truth]) -> list[str]:
    """Return everything in a certificate that is not true."""
    wrong = []
    for i in np.flatnonzero(proof.is_certified).tolist():
        inside = [one for one in truth if one.inside(proof.center[i], float(proof.radius[i]))]
        if not inside:
            wrong.append(f"point {i}: no critical point in its ball")
        if proof.reality[i] == 1 and not any(one.real for one in inside):
            wrong.append(f"point {i}: not real")
        if proof.reality[i] == NOT_REAL and all(one.real for one in inside):
            wrong.append(f"point {i}: real")
        if proof.index[i] >= 0 and not any(one.index == proof.index[i] for one in inside):
            wrong.append(f"point {i}: index")
    if proof.is_distinct.sum() > len(truth):
        wrong.append("more points than there are")
    if proof.complete and not proof.is_undecided.any():
        real = sorted(one.index for one in truth if one.real)
        if real != sorted(proof.index[proof.is_real].tolist()):
            wrong.append("real points of each index")
    return wrong


def all_decided(proof: Certificate) -> bool:
    return bool(proof.is_distinct.all() and not proof.is_undecided.any())
