"""Roots of products of powers, in floating point: from a form to its factors.

A multiple root is found as a simple root of the squarefree part, where it is well-conditioned:
with r_i the distinct roots of multiplicity m_i, u'/u = Σ m_i/(z - r_i) = w/v in lowest terms. The
coefficients of v and w solve a linear system, the roots of v are the r_i, the residues the m_i.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Factor",
    "cofactor_gap",
    "distinct_roots",
    "expand",
    "find_factors",
    "turned",
]

Array = NDArray[Any]
ANGLES = np.linspace(0.3, 0.3 + np.pi, 8, endpoint=False)  # of rotations that move infinity


class Factor(NamedTuple):
    """A factor f(z^s)^m of a form, f a binary form of degree n.

    Attributes
    ----------
    degree : int
        n.
    multiplicity : int
        m.
    stride : int
        s.
    """

    degree: int
    multiplicity: int = 1
    stride: int = 1


def convolution_matrix(form: Array, columns: int) -> Array:
    """Return the matrix that multiplies filters with `columns` entries by a form."""
    matrix = np.zeros((len(form) + columns - 1, columns), form.dtype)
    for j in range(columns):
        matrix[j : j + len(form), j] = form
    return matrix


def cofactor_gap(p: Array, q: Array, size: int) -> tuple[float, float]:
    """Tell how far two forms of one degree are from p a = q b with filters a, b of some size.

    Returns
    -------
    gap, slope : float
        The least singular value of (a, b) ↦ p a - q b. If p and q move by δp and δq it moves by
        at most slope·(‖δp‖² + ‖δq‖²)^½; where there is a solution it is 0.
    """
    matrix = np.hstack([convolution_matrix(p, size), convolution_matrix(-q, size)])
    if matrix.shape[0] < matrix.shape[1]:
        return 0.0, 1.0
    return float(np.linalg.svd(matrix, compute_uv=False)[-1]), float(np.sqrt(size))


def turned(form: Array, angle: float) -> Array:
    """Return the form in coordinates (x', y') with x = c x' - s y', y = s x' + c y'."""
    c, s = np.cos(angle), np.sin(angle)
    degree = len(form) - 1
    x = [np.array([1.0])]
    y = [np.array([1.0])]
    for _ in range(degree):
        x.append(np.convolve(x[-1], [c, -s]))
        y.append(np.convolve(y[-1], [s, c]))
    terms = [form[i] * np.convolve(x[degree - i], y[i]) for i in range(degree + 1)]
    return np.asarray(sum(terms))


def distinct_roots(form: Array, count: int) -> tuple[Array, NDArray[np.int64]]:
    """Return the distinct roots of a form that has exactly `count` of them.

    Parameters
    ----------
    form : array (d + 1,)
        Real or complex coefficients of z^0, ..., z^d.
    count : int

    Returns
    -------
    lines : complex array (count, 2)
        Linear forms a x + b y of norm 1 that divide the form; the root is z = -a/b. For a real
        form conjugate roots are exactly conjugate, and real ones exactly real.
    multiplicities : integer array (count,)
    """
    powers = np.arange(len(form))
    at_pole = [(-np.sin(t)) ** powers[::-1] * np.cos(t) ** powers @ form for t in ANGLES]
    angle = ANGLES[np.argmax(np.abs(at_pole))]
    monic = turned(form, angle)
    monic = monic / np.linalg.norm(monic)
    derivative = monic[1:] * np.arange(1, len(monic))
    matrix = np.hstack(
        [convolution_matrix(derivative, count + 1), convolution_matrix(-monic, count)]
    )
    null = np.linalg.svd(matrix)[2][-1].conj()
    v, w = null[: count + 1], null[count + 1 :]
    found = np.roots(v[::-1]).astype(complex)
    slopes = np.polyval(np.polyder(v[::-1]), found)
    multiplicities = np.rint((np.polyval(w[::-1], found) / slopes).real).astype(np.int64)
    c, s = np.cos(angle), np.sin(angle)
    lines = np.stack([-found * c - s, -found * s + c], axis=1)
    return lines / np.linalg.norm(lines, axis=1, keepdims=True), multiplicities


def find_factors(form: Array, factors: Sequence[Factor]) -> list[Array] | None:
    """Return the roots of the factors of a form, or None if it has no such factors.

    Parameters
    ----------
    form : array (d + 1,)
        Real or complex, not 0, and general among the forms with these factors.
    factors : sequence of Factor
        No two of the same multiplicity and stride.

    Returns
    -------
    list of complex arrays (degree of the factor, 2)
        Linear forms a x^s + b y^s of norm 1 whose product, with the multiplicities, is the form up
        to a constant.

    Examples
    --------
    >>> form = np.array([1.0, 0, -3, 2])  # (1 - z)^2 (1 + 2 z)
    >>> double, single = find_factors(form, [Factor(1, 2), Factor(1)])
    >>> [np.round(-line[:, 0] / line[:, 1], 9).real.tolist() for line in (double, single)]
    [[1.0], [-0.5]]
    """
    lines, multiplicities = distinct_roots(form, sum(f.degree * f.stride for f in factors))
    left = np.ones(len(lines), bool)
    found: list[Array] = [np.zeros((0, 2), complex)] * len(factors)
    for k in sorted(range(len(factors)), key=lambda k: -factors[k].stride):
        factor = factors[k]
        places = np.flatnonzero(left & (multiplicities == factor.multiplicity))
        orbits = _orbits(lines[places], factor)
        if orbits is None:
            return None
        left[places[np.concatenate(orbits).astype(int)]] = False
        found[k] = np.array([_power_line(lines[places[o]], factor.stride) for o in orbits])
    product = expand(found, factors)
    scale = np.vdot(product, form) / np.vdot(product, product)
    good = np.linalg.norm(form - scale * product) <= 1e-6 * np.linalg.norm(form)
    return found if good else None


def expand(lines: Sequence[Array], factors: Sequence[Factor]) -> Array:
    """Return the product of the linear forms of :func:`find_factors`, with their multiplicities."""
    product = np.ones(1)
    for rows, factor in zip(lines, factors, strict=True):
        for row in rows:
            spread = np.zeros(factor.stride + 1, complex)
            spread[[0, -1]] = row
            for _ in range(factor.multiplicity):
                product = np.convolve(product, spread)
    return product


def _orbits(lines: Array, factor: Factor) -> list[NDArray[np.int64]] | None:
    """Return the places of as many orbits of roots of unity as the factor has roots."""
    if factor.stride == 1:
        exact = len(lines) == factor.degree
        return [np.array([i]) for i in range(len(lines))] if exact else None
    candidates = []
    for line in lines:
        turns = np.exp(2j * np.pi * np.arange(factor.stride) / factor.stride)
        images = np.stack([np.full(factor.stride, line[0]), line[1] * turns], axis=1)
        gaps = np.abs(images[:, :1] * lines[:, 1] - images[:, 1:] * lines[:, 0])
        places = np.unique(np.argmin(gaps, axis=1))
        if len(places) == factor.stride:
            candidates.append((gaps.min(axis=1).max(), places))
    orbits: list[NDArray[np.int64]] = []
    for _, places in sorted(candidates, key=lambda pair: pair[0]):
        if len(orbits) < factor.degree and not any(np.isin(places, o).any() for o in orbits):
            orbits.append(places)
    return orbits if len(orbits) == factor.degree else None


def _power_line(lines: Array, stride: int) -> Array:
    """Return the form a x^s + b y^s that the linear forms of an orbit divide."""
    product = np.ones(1)
    for line in lines:
        product = np.convolve(product, line)
    ends = product[[0, -1]]
    return np.asarray(ends / np.linalg.norm(ends))
