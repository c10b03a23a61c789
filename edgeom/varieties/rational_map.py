"""Charts of the images of rational maps: their parameters are points of projective space.

In homogeneous parameters no point of the hyperplane at infinity is special: the map
(1 - t²)/(1 + t²), 2 t/(1 + t²) reaches the point (-1, 0) of the circle there. The unknowns are
affine coordinates of a linear subspace in random position whose dimension is that of the image.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.scaling import Coordinates
from edgeom.varieties.base import Array, Chart, dot, gaussian
from edgeom.varieties.polynomials import Polynomials

__all__ = ["RationalChart"]

INFINITE = 1e-13  # a homogeneous coordinate is 0 when it is smaller than this, in a unit vector
POLE = 1e-6  # a denominator is nearly 0 when it is smaller than this, compared with its usual size


class RationalChart(Chart):
    """The map on a linear subspace of projective parameter space.

    Parameters
    ----------
    polynomials : Polynomials
        The map, with denominators.
    units : Coordinates
        Of the parameters, from those of the map to the user's.
    frame : array (parameters + 1, dimension + 1)
        A basis of the subspace, whose dimension is that of the image.
    """

    subspace: Array

    def __init__(self, polynomials: Polynomials, units: Coordinates, frame: Array) -> None:
        import sympy

        self.units, self.subspace = units, frame

        tops, bottoms = polynomials.numerators, polynomials.denominators
        self.names = tuple(f"w{i}" for i in range(1, frame.shape[1]))
        infinity = sympy.Symbol("_".join(["infinity", *map(str, polynomials.variables)]))
        common = reduce(lambda a, b: a.lcm(b), bottoms)
        rest = [common.quo(bottom) for bottom in bottoms]
        pairs = list(zip(tops, rest, strict=True))
        self.rational_degree = max(common.total_degree(), *map(_degree, pairs))

        def forms(polys: Sequence[Any]) -> Polynomials:
            homogeneous = [poly.homogenize(infinity).as_expr() for poly in polys]
            return Polynomials(homogeneous, [infinity, *polynomials.variables])

        self._quotients = forms([*tops, *bottoms])
        self._fractions = forms([common, *tops, *rest])
        self._missing = [_degree([b]) - _degree([t]) for t, b in zip(tops, bottoms, strict=True)]
        self._lacking = [
            self.rational_degree - d for d in [_degree([common]), *map(_degree, pairs)]
        ]

    def _homogeneous(self, u: Sequence[Any]) -> list[Any]:
        return [dot(row[1:], u) + row[0] for row in self.subspace.tolist()]

    def point(self, u: Sequence[Any]) -> list[Any]:
        h = self._homogeneous(u)
        values, count = self._quotients(h), len(self._missing)
        return [
            _times(top, h[0], missing) / _times(bottom, h[0], -missing)
            for top, bottom, missing in zip(
                values[:count], values[count:], self._missing, strict=True
            )
        ]

    def fractions(self, u: Sequence[Any]) -> tuple[list[Any], Any]:
        return self._forms(self._homogeneous(u))

    def _forms(self, h: Sequence[Any]) -> tuple[list[Any], Any]:
        bottom, *values = self._fractions(h)
        count = len(values) // 2
        products = [top * rest for top, rest in zip(values[:count], values[count:], strict=True)]
        bottom, *tops = (
            _times(value, h[0], lacking)
            for value, lacking in zip([bottom, *products], self._lacking, strict=True)
        )
        return tops, bottom

    def poles(self, u: Array) -> NDArray[np.bool_]:
        frame = self.subspace
        h = [
            frame[:, :1] + frame[:, 1:] @ u.T,
            gaussian(np.random.default_rng(0), frame.shape[0] * 50),
        ]
        sizes = []
        for values in h:
            values = values.reshape(len(frame), -1)
            _, bottom = self._forms(list(values / np.linalg.norm(values, axis=0)))
            sizes.append(np.abs(np.broadcast_to(bottom, values.shape[1])))
        return np.asarray(sizes[0] < POLE * np.median(sizes[1]))

    def sample(self, rng: np.random.Generator, real: bool = False) -> Array:
        return gaussian(rng, len(self.names), real)

    def parameters(self, u: Array) -> Array | None:
        frame = self.subspace
        h = frame[:, 0] + u @ frame[:, 1:].T
        infinite = np.asarray(np.abs(h[:, 0]) <= INFINITE * np.linalg.norm(h, axis=1))
        t = self.units.outward(h[:, 1:] / np.where(infinite, 1, h[:, 0])[:, None])
        return np.where(infinite[:, None], np.inf, t)

    def on_variety(self, x: Array) -> NDArray[np.bool_]:
        return np.asarray(np.isfinite(x).all(axis=1))


def _degree(factors: Sequence[Any]) -> int:
    """Return the degree of a product of polynomials, 0 for the product 0."""
    return sum(0 if poly.is_zero else int(poly.total_degree()) for poly in factors)


def _times(value: Any, factor: Any, exponent: int) -> Any:
    """Return value · factor^exponent, or the value where the exponent is negative."""
    for _ in range(exponent):
        value = value * factor
    return value
