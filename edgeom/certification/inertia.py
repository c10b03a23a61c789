"""Signs of eigenvalues of symmetric matrices of balls."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["inertia"]


def inertia(matrix: Any) -> int | None:
    """Return the number of negative eigenvalues of every symmetric matrix in a matrix of balls.

    By Sylvester's law of inertia it may be counted after a change of basis, here to approximate
    eigenvectors: then the matrix is nearly diagonal, and Gaussian elimination without pivoting,
    the largest entries first, has pivots whose signs can be read off. All pivots and the basis
    being regular is part of the proof.

    Parameters
    ----------
    matrix : arb_mat
        Symmetric.

    Returns
    -------
    int or None
        None where a sign is not certain.

    Examples
    --------
    >>> from flint import arb, arb_mat
    >>> small = arb(0, 0.1)
    >>> inertia(arb_mat([[1, small], [small, -2]]))
    1
    >>> inertia(arb_mat([[small, 1], [1, small]])), inertia(arb_mat([[small]]))
    (1, None)
    """
    from flint import arb_mat

    size = matrix.nrows()
    if size == 0:
        return 0
    largest = max(abs(v.mid()) for v in matrix.entries())
    if not largest > 0:
        return None
    middle = np.array([float(v.mid() / largest) for v in matrix.entries()]).reshape(size, size)
    if not np.isfinite(middle).all():
        return None
    values, vectors = np.linalg.eigh(middle)
    order = np.argsort(-np.abs(values))
    basis = arb_mat(vectors[:, order].tolist())
    try:
        basis.inv()
    except ZeroDivisionError:
        return None
    a = (basis.transpose() * matrix * basis).tolist()
    negative = 0
    for k in range(size):
        pivot = a[k][k]
        if pivot.contains(0) or not pivot.is_finite():
            return None
        negative += bool(pivot < 0)
        for i in range(k + 1, size):
            factor = a[i][k] / pivot
            for j in range(k + 1, i + 1):
                a[i][j] = a[j][i] = a[i][j] - factor * a[k][j]
    return negative
