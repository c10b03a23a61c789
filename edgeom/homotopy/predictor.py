"""The predictor as LLVM IR: Taylor coefficients of a path, closed by a geometric series.

With coefficients c_1, ..., c_K of an unknown its value at step h is predicted as

    u + c_1 h + ... + c_(K-2) h^(K-2) + c_(K-1) h^(K-1) / (1 - h c_K / c_(K-1)),

the Padé approximant of degrees [K-1/1]. It is exact for a simple pole, and near a branch point its
error is a small part of that of the Taylor polynomial: for √(1 - t) and K = 4 the coefficient c_5
is off by 0.003 in place of 0.027. How long a step may be is known from two lengths:

* (tolerance / |e|)^(1/K) with e = c_K - c_(K-1)²/c_(K-2), what the approximant [K-2/1] misses;
* a share of |c_(K-1)| / |c_K|, an estimate of the distance to the nearest singularity of the path,
  near which another path may be met: without this bound a few of a million paths end on another.

The smaller one is taken, but never less than (tolerance / |c_K|)^(1/K), the step of the Taylor
polynomial: one of the coefficients may happen to be 0. Both lengths are as in Telen, Van Barel,
Verschelde, A robust numerical path tracking algorithm for polynomial homotopy continuation, SIAM J.
Sci. Comput. 42 (2020), with norms in place of single unknowns.
"""

from __future__ import annotations

from edgeom.homotopy.codegen import vector_constant
from edgeom.homotopy.compiler import VECTOR
from edgeom.homotopy.lanes import INTEGERS, Pair, Writer

__all__ = ["predicted", "step_length"]

TINY = 1e-280  # added to squared denominators, so that 0/0 is 0


def step_length(w: Writer, tolerance: str, reach: str) -> str:
    """Write the length of a step, for weights of norms that are in the workspace."""
    n, order = w.layout.unknowns, w.layout.order
    square = w.op("fmul", tolerance, tolerance)
    last = w.weighted_norm("coef", n * (order - 1))
    taylor = _root(w, w.op("fdiv", square, last), 2 * order)
    if order < 3:
        return taylor
    error = vector_constant(0.0)
    for i in range(n):
        error = w.fma(w.load("w", i), _squared_error(w, i), error)
    h = _root(w, w.op("fdiv", square, error), 2 * order)
    before = w.weighted_norm("coef", n * (order - 2))
    radius = _root(w, w.op("fdiv", before, last), 2)
    return w.extremum("max", taylor, w.extremum("min", h, w.op("fmul", reach, radius)))


def predicted(w: Writer, h: str, i: int) -> Pair:
    """Write the prediction of unknown i at step h."""
    order = w.layout.order
    first = max(1, order - 1)
    value = _coefficient(w, first, i)
    if order > 1:
        last = _coefficient(w, order, i)
        bent = w.difference(value, (w.op("fmul", h, last[0]), w.op("fmul", h, last[1])))
        value = _quotient(w, w.product(value, value), bent)
    for k in reversed(range(1, first)):
        value = _step(w, h, value, _coefficient(w, k, i))
    return _step(w, h, value, w.number("u", i))


def _squared_error(w: Writer, i: int) -> str:
    """Write |e|² for unknown i, or |c_K|² where that is smaller, as where c_(K-2) is 0."""
    order = w.layout.order
    last, before = _coefficient(w, order, i), _coefficient(w, order - 1, i)
    guess = _quotient(w, w.product(before, before), _coefficient(w, order - 2, i))
    return w.extremum("min", w.squared(last), w.squared(w.difference(last, guess)))


def _root(w: Writer, x: str, degree: int) -> str:
    """Write x^(1/degree) for positive x, to a few per cent: divide the exponent's bits."""
    bits = w.name(f"bitcast {VECTOR} {x} to {INTEGERS}")
    number = w.name(f"sitofp {INTEGERS} {bits} to {VECTOR}")
    one = float(0x3FF0000000000000)
    offset = vector_constant(one * (1.0 - 1.0 / degree))
    scaled = w.fma(number, vector_constant(1.0 / degree), offset)
    whole = w.name(f"fptosi {VECTOR} {scaled} to {INTEGERS}")
    return w.name(f"bitcast {INTEGERS} {whole} to {VECTOR}")


def _coefficient(w: Writer, k: int, i: int) -> Pair:
    return w.number("coef", w.layout.unknowns * (k - 1) + i)


def _step(w: Writer, h: str, a: Pair, b: Pair) -> Pair:
    """Write h·a + b."""
    return w.fma(h, a[0], b[0]), w.fma(h, a[1], b[1])


def _quotient(w: Writer, a: Pair, b: Pair) -> Pair:
    size = w.op("fadd", w.squared(b), vector_constant(TINY))
    inverse = w.op("fdiv", vector_constant(1.0), size)
    real = w.fma(a[0], b[0], w.op("fmul", a[1], b[1]))
    imaginary = w.op("fsub", w.op("fmul", a[1], b[0]), w.op("fmul", a[0], b[1]))
    return w.op("fmul", real, inverse), w.op("fmul", imaginary, inverse)
