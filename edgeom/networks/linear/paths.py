"""Paths of injective matrices with left inverses: G F = I, with F (d, k) and G (k, d).

By polar decomposition F = Y P, where the columns of Y are orthonormal and P is positive definite.
P moves along a straight line of logarithms and Y by rotations in as many planes as it has columns.
G is the pseudo-inverse P⁻¹Yᵀ of F and a rest that vanishes on Y: it turns with Y, and its entries
in the turning frame move along a straight line.
"""

from __future__ import annotations

import numpy as np

from edgeom.networks.arrays import Array

__all__ = ["FramePath", "Turn"]

ALIGNED = 1e-13  # sine below which two unit vectors are equal or opposite


class Turn:
    """A path of rotations R(s) in SO(d) from the identity, with R(1) Y = Y'.

    Parameters
    ----------
    start, end : array (d, k)
        Y and Y', with orthonormal columns; for k = d of the same determinant.

    Notes
    -----
    R(s) = R_k(s) ⋯ R_1(s), where R_j takes the image of column j of Y to that of Y' in the plane
    of the two. This plane is orthogonal to the columns that are already in place. Opposite columns
    turn in any plane orthogonal to these. There is none for j = k = d, but then the two columns
    are equal because the determinants are.
    """

    def __init__(self, start: Array, end: Array) -> None:
        self._planes: list[tuple[Array, float]] = []
        moved = start.copy()
        # the last column of a square frame has nowhere to turn, and is in place
        for j in range(min(start.shape[1], len(start) - 1)):
            source, target = moved[:, j], end[:, j]
            cosine = float(source @ target)
            across = target - cosine * source
            sine = float(np.linalg.norm(across))
            if sine < ALIGNED and cosine > 0:
                continue
            normal = _unit_normal(np.column_stack([end[:, :j], source]), across)
            plane = np.column_stack([source, normal])
            self._planes.append((plane, float(np.arctan2(sine, cosine))))
            _rotate(moved, *self._planes[-1])

    def __call__(self, s: float, vectors: Array) -> Array:
        """Return R(s) times the columns of an array (d, n)."""
        turned = vectors.copy()
        for plane, angle in self._planes:
            _rotate(turned, plane, s * angle)
        return turned


def _rotate(vectors: Array, plane: Array, angle: float) -> None:
    """Rotate columns in place, from the first towards the second column of an orthonormal plane."""
    cosine, sine = np.cos(angle), np.sin(angle)
    change = np.array([[cosine - 1, -sine], [sine, cosine - 1]])
    vectors += plane @ (change @ (plane.T @ vectors))


def _unit_normal(frame: Array, wanted: Array) -> Array:
    """Return a unit vector orthogonal to a frame, in the wanted direction if there is one."""
    size = np.linalg.norm(wanted)
    if size < ALIGNED:
        farthest = np.argmin(np.linalg.norm(frame, axis=1))
        wanted, size = np.eye(len(frame))[farthest], np.float64(1)
    normal = _project(frame, wanted / size)
    return _project(frame, normal / np.linalg.norm(normal))  # twice, for rounding


def _project(frame: Array, vector: Array) -> Array:
    """Return the part of a vector that is orthogonal to a frame."""
    return np.asarray(vector - frame @ (frame.T @ vector))


class FramePath:
    """A path (F(s), G(s)) with G(s) F(s) = I, between two given pairs.

    Parameters
    ----------
    start, end : pair of arrays (d, k) and (k, d)
        (F, G) with G F = I; for k = d the determinants of both F have the same sign.
    """

    def __init__(self, start: tuple[Array, Array], end: tuple[Array, Array]) -> None:
        (self._frame, self._log, rest), (frame, self._end_log, end_rest) = (
            _polar(start),
            _polar(end),
        )
        self._turn = Turn(self._frame, frame)
        # what R(1) takes to the rest of the end
        self._rest, self._end_rest = rest, end_rest @ self._turn(1.0, np.eye(len(frame)))

    def __call__(self, s: float) -> tuple[Array, Array]:
        """Return F(s) and G(s)."""
        logarithms, vectors = np.linalg.eigh((1 - s) * self._log + s * self._end_log)
        frame = self._turn(s, self._frame)
        rest = self._turn(s, ((1 - s) * self._rest + s * self._end_rest).T).T
        positive = vectors * np.exp(logarithms) @ vectors.T
        inverse = vectors * np.exp(-logarithms) @ vectors.T
        return frame @ positive, inverse @ frame.T + rest


def _polar(pair: tuple[Array, Array]) -> tuple[Array, Array, Array]:
    """Return Y, log P and G - F⁺ of a pair F = Y P, G."""
    left, values, right = np.linalg.svd(pair[0], full_matrices=False)
    pseudo_inverse = (right.T / values) @ left.T
    return left @ right, right.T * np.log(values) @ right, pair[1] - pseudo_inverse
