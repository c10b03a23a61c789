"""Boxes around isolated points, exactly and in doubles."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from edgeom.exact.real import Box
from edgeom.exact.zeros import images, real_zeros
from edgeom.varieties.base import Array
from edgeom.varieties.singular import PointSystem

__all__ = ["boxes_in_doubles", "boxes_of"]


def boxes_of(systems: Sequence[PointSystem]) -> list[Box] | None:
    """Return boxes around the points of systems; None without any, or where one is not proved."""
    found: list[Box] = []
    for system in systems:
        boxes = real_zeros(system.polys)
        if boxes is not None and system.image is not None:
            boxes = images(boxes, system.image)
        if boxes is None:
            return None
        found += boxes
    return found if systems else None


def boxes_in_doubles(boxes: Sequence[Box], n: int) -> tuple[Array, float]:
    """Return centres (boxes, n), and how far points of the boxes are from them at most."""
    centers, most = np.zeros((len(boxes), n)), Fraction(0)
    for number, box in enumerate(boxes):
        centers[number] = [float((low + high) / 2) for low, high in box]
        for x, (low, high) in zip(centers[number].tolist(), box, strict=True):
            most = max(most, high - Fraction(x), Fraction(x) - low)
    return centers, 1.01 * float(most)
