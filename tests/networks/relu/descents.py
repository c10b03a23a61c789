"""Gradient descents from random weights, many at once, whose ends have to be in the list."""

import numpy as np

import edgeom as eg
from edgeom.networks.relu.points import ReluCriticalPoints

LARGEST_STEP = 0.03
FLAT = 1e-3  # size of the gradient, along the kinks, of descents that have ended
KINK = 1e-3  # what a unit is at data that counts as zero


def ended(
    network: eg.ReluNetwork,
    points: ReluCriticalPoints,
    x: np.ndarray,
    y: np.ndarray,
    rng: np.random.Generator,
    starts: int,
    steps: int,
    phases: int,
    flat: float = FLAT,
) -> int:
    """Check that the ends of descents are in the list; return how many came to rest."""
    extended = np.vstack([x, np.ones(x.shape[1])]) if network.biases else x
    inner, outer = (rng.normal(size=(starts, *shape)) for shape in network.weight_shapes)
    least = points[0].loss if points[0].type == "global minimum" else 0.0
    count = 0
    for _ in range(phases):
        inner, outer = descended(inner, outer, extended, y, steps)
        values = outer @ np.maximum(inner @ extended, 0)
        assert np.all(np.sum((values - y) ** 2, axis=(1, 2)) > least - 1e-9)
        rest = np.array([is_at_rest(*w, extended, y, flat) for w in zip(inner, outer, strict=True)])
        for end in values[rest]:
            item, distance = points.nearest(end)
            assert distance < 2e-2, (network, item, distance)
        count += int(rest.sum())
        inner, outer = inner[~rest], outer[~rest]
        if rest.all():
            break
    return count


def descended(
    inner: np.ndarray, outer: np.ndarray, x: np.ndarray, y: np.ndarray, steps: int
) -> tuple[np.ndarray, np.ndarray]:
    """Follow the gradient from many weights at once, with steps that get shorter."""
    for t in range(steps):
        before = inner @ x
        after = np.maximum(before, 0)
        gap = outer @ after - y
        by_outer = 2 * gap @ np.swapaxes(after, 1, 2)
        by_inner = (2 * np.swapaxes(outer, 1, 2) @ gap * (before > 0)) @ x.T
        size = np.sqrt(np.sum(by_inner**2, (1, 2), keepdims=True)
                       + np.sum(by_outer**2, (1, 2), keepdims=True))  # fmt: skip
        step = LARGEST_STEP * (1 - t / steps) ** 2 / np.maximum(1, size / 5)
        inner, outer = inner - step * by_inner, outer - step * by_outer
    return inner, outer


def is_at_rest(
    inner: np.ndarray, outer: np.ndarray, x: np.ndarray, y: np.ndarray, flat: float
) -> bool:
    """Whether the gradient vanishes, without what pushes units across a kink they are at."""
    before = inner @ x
    gap = outer @ np.maximum(before, 0) - y
    size = np.linalg.norm(gap @ np.maximum(before, 0).T)
    for w, c, values in zip(inner, outer.T, before, strict=True):
        slope = (c @ gap * (values > 0)) @ x.T
        zeros = x[:, np.abs(values) < KINK * np.linalg.norm(w)]
        frame = np.linalg.qr(zeros)[0] if zeros.size else np.zeros((len(x), 0))
        size = max(size, np.linalg.norm(slope - frame @ (frame.T @ slope)))
    return bool(size < flat)
