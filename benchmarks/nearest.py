"""Compare nearest points with brute force, on varieties with all kinds of singular points.

Brute force knows each variety by patches x(u) that cover its real points, and descends from
hundreds of random u (Levenberg and Marquardt, many starts at once, derivatives by complex steps);
special points are patches of no parameters. It shares nothing with the package. Data is random, or
special: symmetric, on the variety, at or near a singular point. Run as ``python -m
benchmarks.nearest N``, for N data points for each variety; words choose varieties.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import edgeom as eg

Array = NDArray[Any]
Map = Callable[[Array, Array], Array]  #: parameters (starts, k), data (n,) -> points (starts, n)

STARTS, STEPS = 300, 80
WORSE = 1e-7  # relative difference of distances that counts
ZERO = 1e-7  # distance that is as good as none, relative to the size of the data


@dataclass(frozen=True)
class Patch:
    """A part of a variety, and how many parameters it has."""

    size: int
    points: Map
    singular: bool = False


@dataclass(frozen=True)
class Case:
    """A variety with its patches."""

    name: str
    variety: eg.Variety
    patches: tuple[Patch, ...]


def mapped(size: int, f: Callable[..., Any], singular: bool = False) -> Patch:
    """Return the patch of a function of coordinates."""

    def points(u: Array, q: Array) -> Array:
        values = f(*(u[:, i] for i in range(size)))
        return np.stack([v + 0 * u.sum(axis=1) for v in values], axis=1)

    return Patch(size, points, singular)


def product(u: Array, q: Array) -> Array:
    """Return 3×3 matrices of rank 2 by their factors."""
    left, right = u[:, :6].reshape(-1, 3, 2), u[:, 6:].reshape(-1, 2, 3)
    return (left @ right).reshape(-1, 9)


def recurrent(weights: Array) -> Map:
    """Return sequences of 7 numbers near q with a recurrence of order 2, by its coefficients.

    Those with given coefficients are a linear space; the nearest one is taken.
    """

    def points(u: Array, q: Array) -> Array:
        a, b = u.T
        row = np.stack([np.cos(a) * np.cos(b), np.sin(a) * np.cos(b), np.sin(b)], axis=1)
        C = np.zeros((len(u), 5, 7), complex)
        for k in range(5):
            C[:, k, k : k + 3] = row
        D = C / weights  # in the metric
        gram = D @ C.transpose(0, 2, 1)
        answer = np.linalg.solve(gram, (C @ q)[..., None])
        return q - (D.transpose(0, 2, 1) @ answer)[..., 0]

    return points


def cases() -> list[Case]:
    """Return the varieties of the comparison."""
    zeros, cos, sin, cosh = eg.AlgebraicVariety, np.cos, np.sin, np.cosh
    origin = mapped(0, lambda: (0, 0), True)
    sphere = mapped(2, lambda a, b: (cos(a) * cos(b), sin(a) * cos(b), sin(b)))
    roman = mapped(
        2,
        lambda a, b: (
            sin(a) * cos(b) * sin(b),
            cos(a) * cos(b) * sin(b),
            cos(a) * sin(a) * cos(b) ** 2,
        ),
    )
    sheets = [
        mapped(2, lambda a, b, s=s, t=t: (s * cosh(a), t * cosh(b), s * t * cosh(a + b)))
        for s in (1, -1)
        for t in (1, -1)
    ]
    corners = [mapped(0, lambda s=s, t=t: (s, t, s * t), True) for s in (1, -1) for t in (1, -1)]
    hankel = eg.HankelVariety(4, 4, 2)
    weights = np.diag(hankel.default_metric.matrix)
    axes = [
        mapped(1, lambda t, k=k: [t if i == k else 0 * t for i in range(3)], True) for k in range(3)
    ]
    segments = [
        mapped(1, lambda t, k=k: [sin(t) / 2 if i == k else 0 * t for i in range(3)], True)
        for k in range(3)
    ]
    return [
        Case(
            "nodal cubic",
            zeros(["y^2 = x^2*(x + 1)"], "x y"),
            (mapped(1, lambda t: (t**2 - 1, t**3 - t)), origin),
        ),
        Case(
            "cuspidal cubic",
            zeros(["y^2 = x^3"], "x y"),
            (mapped(1, lambda t: (t**2, t**3)), origin),
        ),
        Case(
            "cubic with an isolated point",
            zeros(["y^2 = x^2*(x - 1)"], "x y"),
            (mapped(1, lambda t: (t**2 + 1, t**3 + t)), origin),
        ),
        Case(
            "tacnode",
            zeros(["y^2 = x^4*(1 - x^2)"], "x y"),
            (mapped(1, lambda t: (sin(t), sin(t) ** 2 * cos(t))), origin),
        ),
        Case(
            "lemniscate",
            zeros(["(x^2 + y^2)^2 = x^2 - y^2"], "x y"),
            (
                mapped(
                    1, lambda t: (cos(t) / (1 + sin(t) ** 2), sin(t) * cos(t) / (1 + sin(t) ** 2))
                ),
                origin,
            ),
        ),
        Case(
            "cardioid",
            zeros(["(x^2 + y^2 + x)^2 = x^2 + y^2"], "x y"),
            (mapped(1, lambda t: ((1 - cos(t)) * cos(t), (1 - cos(t)) * sin(t))), origin),
        ),
        Case(
            "Whitney umbrella",
            zeros(["x^2 = y^2*z"], "x y z"),
            (mapped(2, lambda u, v: (u * v, u, v**2)), axes[2]),
        ),
        Case(
            "Cayley cubic",
            zeros(["x^2 + y^2 + z^2 - 2*x*y*z = 1"], "x y z"),
            (mapped(2, lambda a, b: (cos(a), cos(b), cos(a + b))), *sheets, *corners),
        ),
        Case(
            "Steiner surface",
            eg.ParametrizedVariety(
                ["t/(1 + s^2 + t^2)", "s/(1 + s^2 + t^2)", "s*t/(1 + s^2 + t^2)"], "s t"
            ),
            (roman, *segments, mapped(0, lambda: (0, 0, 0), True)),
        ),
        Case(
            "cone over a conic",
            zeros(["x^2 + y^2 = z^2"], "x y z"),
            (
                mapped(2, lambda r, a: (r * cos(a), r * sin(a), r)),
                mapped(0, lambda: (0, 0, 0), True),
            ),
        ),
        Case(
            "det = 0 of 3×3",
            eg.DeterminantalVariety(3, 3, 2),
            (
                Patch(12, product),
                Patch(6, lambda u, q: (u[:, :3, None] * u[:, None, 3:]).reshape(-1, 9), True),
            ),
        ),
        Case(
            "Hankel 4×4 of rank 2",
            hankel,
            (
                Patch(2, recurrent(weights)),
                Patch(2, lambda u, q: u[:, :1] * u[:, 1:] ** np.arange(7), True),
            ),
        ),
        Case(
            "sphere and line",
            zeros(
                ["(x^2 + y^2 + z^2 - 1)*(x - y)", "(x^2 + y^2 + z^2 - 1)*(z - 2*x - 1)"], "x y z"
            ),
            (
                sphere,
                mapped(1, lambda t: (t, t, 2 * t + 1)),
                mapped(0, lambda: (0, 0, 1), True),
                mapped(0, lambda: (-2 / 3, -2 / 3, -1 / 3), True),
            ),
        ),
    ]


def least(patch: Patch, q: Array, root: Array, rng: np.random.Generator) -> tuple[float, Array]:
    """Return the least distance from q that descents on a patch find, and the point."""
    sizes = rng.choice([0.3, 1.0, 3.0], size=(STARTS, 1))
    u = sizes * rng.normal(size=(STARTS if patch.size else 1, patch.size or 1))[: len(sizes)]
    if not patch.size:
        x = patch.points(u[:1, :0], q)[0].real
        return float(np.linalg.norm(root @ (x - q))), x
    damping = np.full(len(u), 1e-2)
    residual, slope = with_slope(patch, u, q, root)
    value = np.sum(residual**2, axis=1)
    for _ in range(STEPS):
        gram = slope.transpose(0, 2, 1) @ slope
        size = np.trace(gram, axis1=1, axis2=2)[:, None, None] + 1e-300
        gram = gram + damping[:, None, None] * size * np.eye(patch.size)
        right = -(slope.transpose(0, 2, 1) @ residual[..., None])
        step = np.linalg.solve(gram, right)[..., 0]
        new, there = with_slope(patch, u + step, q, root)
        after = np.sum(new**2, axis=1)
        good = after <= value
        u[good] += step[good]
        residual[good], slope[good], value[good] = new[good], there[good], after[good]
        damping = np.clip(np.where(good, damping / 4, damping * 6), 1e-14, 1e14)
    best = int(np.nanargmin(value))
    return float(np.sqrt(value[best])), patch.points(u[best : best + 1] + 0j, q)[0].real


def with_slope(patch: Patch, u: Array, q: Array, root: Array) -> tuple[Array, Array]:
    """Return residuals (starts, n) and their derivatives (starts, n, k), by complex steps."""
    h = 1e-30
    with np.errstate(all="ignore"):
        columns = [patch.points(u + 1j * h * e, q) for e in np.eye(patch.size)]
        slope = np.stack([np.imag(c) / h for c in columns], axis=2)
        residual = (columns[0].real - q) @ root.T
        slope = root @ slope
    bad = ~(np.isfinite(residual).all(axis=1) & np.isfinite(slope).all(axis=(1, 2)))
    residual[bad], slope[bad] = 1e100, 0
    return residual, slope


def data_for(case: Case, count: int, rng: np.random.Generator) -> list[tuple[str, Array]]:
    """Return data points with what kind they are: seven of ten random, the others special."""
    n, out = case.variety.ambient_dimension, []
    singular = [patch for patch in case.patches if patch.singular]

    def on(patches: tuple[Patch, ...] | list[Patch]) -> Array:
        patch = patches[rng.integers(len(patches))]
        return patch.points(rng.normal(size=(1, patch.size)) + 0j, rng.normal(size=n))[0].real

    for k in range(count):
        q = float(rng.choice([0.3, 1.0, 3.0])) * rng.normal(size=n)
        kind = ("random", "symmetric", "on the variety", "singular")[max(0, k % 10 - 6)]
        if kind == "symmetric":
            q = symmetric(q, rng)
        elif kind == "on the variety":
            q = on(case.patches)
        elif kind == "singular":
            q = on(singular) + float(rng.choice([0, 0, 1e-9, 1e-3])) * rng.normal(size=n)
        out.append((kind, q))
    return out


def symmetric(q: Array, rng: np.random.Generator) -> Array:
    """Return data that is fixed by some symmetry of coordinates."""
    n, choice = len(q), rng.integers(4)
    if n == 9 and choice < 2:  # equal singular values
        left, right = (np.linalg.qr(rng.normal(size=(3, 3)))[0] for _ in range(2))
        values = [[2, 1, 1], [1, 1, 1], [2, 2, 1]][rng.integers(3)]
        return np.asarray((left * values @ right).ravel())
    if choice == 0:
        return np.asarray(q * (np.arange(n) == rng.integers(n)))
    if choice == 1:
        return np.full(n, q[0])
    if choice == 2:
        return np.asarray(q * (np.arange(n) != rng.integers(n)))
    return np.round(q)


def main() -> None:
    """Print a line for each variety, and each data point at which something is wrong."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    wanted = sys.argv[2:]
    for case in cases():
        if wanted and not any(word in case.name for word in wanted):
            continue
        rng = np.random.default_rng(7)
        metric = case.variety.default_metric
        problem = eg.NearestProblem(case.variety, metric)
        root = np.linalg.cholesky(metric.matrix).T
        seen: Counter[str] = Counter()
        begin, brute = time.process_time(), 0.0
        for number, (kind, q) in enumerate(data_for(case, count, rng)):
            try:
                found = problem.at(case.variety.unflatten(q))
            except eg.EdgeomError as error:
                seen["error"] += 1
                print(f"  {case.name} {number} {kind} {q.tolist()}: {error}", flush=True)
                continue
            start = time.process_time()
            distance, x = min((least(p, q, root, rng) for p in case.patches), key=lambda f: f[0])
            brute += time.process_time() - start
            here = float(np.linalg.norm(root @ (case.variety.flatten(found.point) - q)))
            small = ZERO * max(1.0, float(np.abs(q).max()))
            seen["all"] += 1
            seen["proved"] += found.proved
            seen[found.kind] += 1
            seen["sets"] += found.dimension > 0
            seen[f"proved {kind}"] += found.proved
            seen[f"all {kind}"] += 1
            worse = found.distance > distance * (1 + WORSE) + small
            wrong = abs(here - found.distance) > WORSE * here + small
            there = case.variety.flatten(found.point)
            off = not case.variety.contains(found.point, 1e-6) and (
                min(least(p, there, root, rng)[0] for p in case.patches) > small
            )
            seen["better"] += found.distance < distance * (1 - 1e-6) - small
            if number % 100 == 99:
                print(f"  {case.name}, {number + 1} data points: {dict(seen)}", flush=True)
            for name, is_so in (("worse", worse), ("wrong", wrong), ("off", off)):
                seen[name] += is_so
                if is_so:
                    print(
                        f"  {name}: {case.name} {number} {kind} {q.tolist()}: {found.distance!r} "
                        f"{found.kind} {found.point.tolist()} {found.reason}; brute force "
                        f"{distance!r} at {x.tolist()}",
                        flush=True,
                    )
        seconds = (time.process_time() - begin - brute) / max(seen["all"], 1)
        print(f"{case.name}: {dict(seen)}, {seconds:.3f} s each", flush=True)


if __name__ == "__main__":
    main()
