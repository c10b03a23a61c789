"""Nearest points on the Earth's ellipse and ellipsoid, in metres, against bisection with 50 digits.

Points lie up to ten million metres above the surface and down to the centre, some on the axis, in
the plane of the equator, or inside the evolute, where there are more critical points. The other
algorithm is bisection in Eberly's equation, a decreasing function of one number t (D. Eberly,
Distance from a point to an ellipse, an ellipsoid, or a hyperellipsoid). Run as
``python -m benchmarks.earth N``.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import mpmath
import numpy as np
from numpy.typing import NDArray

import edgeom as eg

A, B = 6378137, 6356752.314245  # WGS 84
FAR = 10  # metres; the data itself is rounded to a nanometre


def foot(x: float, y: float) -> tuple[Any, Any, Any]:
    """Return the nearest point of the ellipse to (x, y), both at least 0, and its distance."""
    a, b, x, y = map(mpmath.mpf, (A, B, x, y))
    c = a * a - b * b
    if y == 0 and a * x < c:  # inside the evolute, on the long axis
        u = a * a * x / c
        v = b * mpmath.sqrt(1 - (u / a) ** 2)
        return u, v, mpmath.hypot(u - x, v)
    low, high = -b * b + b * y, -b * b + mpmath.hypot(a * x, b * y)
    for _ in range(180):
        t = (low + high) / 2
        value = (a * x / (t + a * a)) ** 2 + ((b * y / (t + b * b)) ** 2 if y else 0)
        low, high = (t, high) if value > 1 else (low, t)
    u, v = a * a * x / (t + a * a), b * b * y / (t + b * b) if y else mpmath.mpf(0)
    return u, v, mpmath.hypot(u - x, v - y)


def data(count: int, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return points above and inside, and some special ones."""
    directions = rng.normal(size=(count, n))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    surface = 1 / np.sqrt(
        (directions[:, :-1] ** 2).sum(axis=1) / A**2 + directions[:, -1] ** 2 / B**2
    )
    kind = np.arange(count) % 5
    heights = np.choose(
        kind,
        [
            rng.uniform(0, 1e7, count),
            10 ** rng.uniform(-3, 7, count),
            -rng.uniform(0, 6.3e6, count),
            -(10 ** rng.uniform(-3, 6.7, count)),
            -surface + 10 ** rng.uniform(0, 5, count),  # about the centre
        ],
    )
    q = directions * (surface + heights)[:, None]
    q[::50, -1] = 0  # the equator
    q[25::50, :-1] = 0  # the axis
    return np.asarray(q)


def main() -> None:
    """Print how far distances and points are from those of the other algorithm."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    for n, names in ((2, "x z"), (3, "x y z")):
        rest = "x^2" if n == 2 else "(x^2 + y^2)"
        earth = eg.AlgebraicVariety([f"{rest}/{A}^2 + z^2/{B!r}^2 = 1"], names)
        q = data(count, n, np.random.default_rng(n))
        begin = time.process_time()
        found = eg.nearest_points(earth, q)
        seconds = time.process_time() - begin
        worst = {"distance": 0.0, "distance in metres": 0.0, "point in metres": 0.0}
        with mpmath.workdps(50):
            for row, x, distance in zip(q, found.points, found.distance, strict=True):
                radius = mpmath.sqrt(sum(mpmath.mpf(v) ** 2 for v in row[:-1]))
                u, v, expected = foot(radius, abs(row[-1]))
                gap = abs(mpmath.mpf(distance) - expected)
                there = mpmath.sqrt(sum(mpmath.mpf(c) ** 2 for c in x[:-1]))
                off = mpmath.hypot(there - u, abs(x[-1]) - v)
                errors = (gap / expected if expected > FAR else 0, gap, off)
                for name, value in zip(worst, errors, strict=True):
                    worst[name] = max(worst[name], float(value))
        print(
            f"{'ellipse' if n == 2 else 'ellipsoid'}: {count} points in {seconds:.1f} CPU seconds, "
            f"{int(found.alone.sum())} alone; largest differences {worst}",
            flush=True,
        )


if __name__ == "__main__":
    main()
