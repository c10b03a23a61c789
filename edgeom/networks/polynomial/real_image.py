"""Which real functions real weights reach: the image, its closure, and what lies outside.

The neurovariety is the complex closure of the image. Real points of it need not have real weights,
or be limits of functions that have them. That is decided here for one hidden layer: for squares and
one output by the rank of a symmetric matrix, and for two inputs by the roots of the binary form
that annihilates the outputs (Sylvester).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import comb

import numpy as np

from edgeom.errors import InputError
from edgeom.networks.convolutional.real_roots import root_pattern
from edgeom.networks.convolutional.roots import turned
from edgeom.networks.polynomial.architecture import PolynomialArchitecture

__all__ = ["RealImage", "real_image"]

COMBINATIONS = 200  # forms of a linear space that are tried
ANGLE = 0.7  # in radians, by which coordinates are turned


@dataclass(frozen=True)
class RealImage:
    """Where a real function lies.

    Attributes
    ----------
    place : {"image", "closure", "outside", "undecided"}
        Whether real weights have this function, only a limit of them, neither, or what could not
        be decided.
    reason : str
    """

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


def real_image(
    network: PolynomialArchitecture, rows: list[list[Fraction]], tolerance: float
) -> RealImage:
    """Tell where a function lies, exactly or up to a tolerance.

    Parameters
    ----------
    network : PolynomialArchitecture
        With one hidden layer and a power as activation, without biases.
    rows : list of lists of Fraction
        The coefficients of each output.
    tolerance : float
        0 for the exact answer; otherwise relative singular values and squared distances of roots
        up to it count as 0.

    Raises
    ------
    InputError
        The network is not of a kind for which this is decided.
    """
    plain = network.is_homogeneous and not network.biases and network.depth == 2
    inputs, _, outputs = network.widths[0], *network.widths[1:-1], network.widths[-1]
    if plain and network.degree == 2 and outputs == 1:
        return _quadratic(network, rows[0], tolerance)
    if plain and inputs == 2:
        return _binary(network, rows, tolerance)
    raise InputError(
        f"the real image is decided for one hidden layer with a power as activation, and two "
        f"inputs or squares with one output, not for {network}; `find_weights` looks for weights"
    )


def _quadratic(network: PolynomialArchitecture, row: list[Fraction], tolerance: float) -> RealImage:
    """Σ c_i (a_i·x)² with h terms is every symmetric matrix of rank at most h."""
    n, h, _ = network.widths
    matrix = [[Fraction(0)] * n for _ in range(n)]
    for value, alpha in zip(row, network.monomials, strict=True):
        i, j = [k for k, a in enumerate(alpha) for _ in range(a)]
        matrix[i][j] += value / 2
        matrix[j][i] += value / 2
    rank = _rank(matrix, tolerance)
    values = np.linalg.eigvalsh(np.array(matrix, float))
    chosen = values[np.argsort(-np.abs(values))[:rank]]
    signature = int(np.sum(chosen > 0)), int(np.sum(chosen < 0))
    relation = "at most" if rank <= h else "above"
    reason = f"a symmetric matrix of rank {rank}, {relation} {h}, and signature {signature}"
    return RealImage("image" if rank <= h else "outside", reason)


def _binary(
    network: PolynomialArchitecture, rows: list[list[Fraction]], tolerance: float
) -> RealImage:
    """Decide by the binary forms of degree h that annihilate all outputs.

    A form g of degree h with h distinct real roots (p : q) annihilates Σ_j C(r,j) a_j x^(r-j) y^j,
    Σ_i g_i a_{i+t} = 0 for all t, iff that is a combination of the powers (p x + q y)^r. Where g is
    unique its roots decide: if all are real and some coincide, g is a limit of forms with distinct
    roots, and the functions that these annihilate are near; a real form near one with complex
    roots has complex roots.
    """
    h, r = network.widths[1], network.degree
    equations = [
        [row[i + t] / comb(r, i + t) for i in range(h + 1)]
        for row in rows
        for t in range(r - h + 1)
    ]
    if len(rows) == 1 and h >= r:
        return RealImage("image", f"a real binary form of degree {r} is a sum of {r} real powers")
    kernel = _kernel(equations, h + 1, tolerance)
    if not kernel:
        return RealImage("outside", f"no form of degree {h} annihilates all outputs")
    if len(kernel) == 1:
        real, distinct = _roots(kernel[0], tolerance)
        roots = f"the form of degree {h} that annihilates all outputs has"
        if not real:
            return RealImage("outside", f"{roots} complex roots")
        if not distinct:
            return RealImage("closure", f"{roots} real roots only, and a multiple one")
        return RealImage("image", f"{roots} {h} distinct real roots")
    rng = np.random.default_rng(0)
    for _ in range(COMBINATIONS):
        factors = rng.integers(-50, 50, len(kernel)).tolist()
        form = [
            sum((c * g[i] for c, g in zip(factors, kernel, strict=True)), Fraction(0))
            for i in range(h + 1)
        ]
        if any(form) and _roots(form, 0) == (True, True):
            reason = f"a form with {h} distinct real roots annihilates all outputs"
            return RealImage("image", reason)
    return RealImage(
        "undecided", f"no form with {h} real roots was found among those that annihilate"
    )


def _roots(form: list[Fraction], tolerance: float) -> tuple[bool, bool]:
    """Tell whether all roots are real, and whether they are distinct."""
    if not tolerance:
        pattern = root_pattern(form)
        return not pattern.pairs, max((*pattern.real, *pattern.pairs)) == 1
    roots = np.roots(turned(np.array(form, float), ANGLE))  # none is at infinity in these
    reach = np.sqrt(tolerance) * (1 + np.abs(roots) ** 2)
    gaps = np.abs(roots[:, None] - roots) + np.diag(np.full(len(roots), np.inf))
    return bool(np.all(np.abs(roots.imag) <= reach)), bool(np.all(gaps.min(axis=1) > reach))


def _kernel(matrix: list[list[Fraction]], cols: int, tolerance: float) -> list[list[Fraction]]:
    """Return a basis of the kernel."""
    if not matrix:
        return [[Fraction(int(i == j)) for j in range(cols)] for i in range(cols)]
    if tolerance:
        array = np.array(matrix, float)
        _, values, right = np.linalg.svd(array)
        rank = int(np.sum(values > tolerance * values[0])) if values[0] else 0
        return [[Fraction(value) for value in row] for row in right[rank:].tolist()]
    from flint import fmpq, fmpq_mat

    exact = [fmpq(v.numerator, v.denominator) for row in matrix for v in row]
    reduced, rank = fmpq_mat(len(matrix), cols, exact).rref()
    rows = [[Fraction(int(v.p), int(v.q)) for v in row] for row in reduced.tolist()[:rank]]
    pivots = [next(j for j in range(cols) if row[j]) for row in rows]
    basis = []
    for free in (j for j in range(cols) if j not in pivots):
        vector = [Fraction(int(j == free)) for j in range(cols)]
        for row, pivot in zip(rows, pivots, strict=True):
            vector[pivot] = -row[free]
        basis.append(vector)
    return basis


def _rank(matrix: list[list[Fraction]], tolerance: float) -> int:
    if tolerance:
        values = np.linalg.svd(np.array(matrix, float), compute_uv=False)
        return int(np.sum(values > tolerance * values[0])) if values[0] else 0
    from flint import fmpq, fmpq_mat

    entries = [fmpq(v.numerator, v.denominator) for row in matrix for v in row]
    return int(fmpq_mat(len(matrix), len(matrix[0]), entries).rank())
