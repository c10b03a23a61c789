"""Random parameters for monodromy, and random directions for the trace test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from edgeom.equations.critical import CriticalEquations, DistanceEquations
from edgeom.varieties.base import Array, gaussian

__all__ = ["Draw", "Drawn", "ObjectiveDraw", "draw_for"]

# log₁₀ of sizes of linear terms, relative to the first. For polynomials of degree four critical
# points ten times as far away meet for linear terms that are a thousand times as large.
SIZES = (-1.5, 3.5)


class Drawn(Protocol):
    """What draws parameters for monodromy, and directions in which the trace test moves them."""

    def __call__(self, rng: np.random.Generator) -> Array:
        """Draw parameters."""

    def direction(self, rng: np.random.Generator) -> Array:
        """Draw the direction of a line."""


def draw_for(
    equations: CriticalEquations, data: Array, linear_term: bool = True, floor: float = 0.0
) -> Drawn:
    """Return what draws parameters as large as those of data.

    Parameters
    ----------
    equations : CriticalEquations
    data : array
    linear_term : bool
        Whether the linear term of an objective is moved as well; for a singular metric S,
        whether it is any, and not S q.
    floor : float
        Added to the size of the data, which may be 0.
    """
    if isinstance(equations, DistanceEquations):
        spread = float(np.sqrt(np.mean(np.abs(data) ** 2))) + floor
        return Draw(equations, spread, not linear_term and equations.metric.is_singular)
    return ObjectiveDraw(equations, data, linear_term)


@dataclass(frozen=True)
class ObjectiveDraw:
    """Draws parameters of a family of objectives and linear terms, of several sizes."""

    equations: CriticalEquations
    data: Array
    linear_term: bool

    def __call__(self, rng: np.random.Generator) -> Array:
        theta = self.equations.family.general(rng, self.equations.coordinates)
        own, rest = np.split(self.data, [len(theta)])
        if len(theta) and own.any():
            theta *= np.linalg.norm(own) / np.linalg.norm(theta)
        out = self.equations.parameters(theta * 10 ** rng.uniform(-0.3, 0.3))
        if self.linear_term and len(rest):
            out[len(theta) :] = self._linear(rng)
        return out

    def direction(self, rng: np.random.Generator) -> Array:
        """Draw a direction of linear terms, of θ where there are none."""
        theta = self.equations.family.general(rng, self.equations.coordinates)
        if self.equations.family.linear:
            return theta
        return np.concatenate([0 * theta, self._linear(rng)])

    def _linear(self, rng: np.random.Generator) -> Array:
        rest = self.data[self.equations.data_size :]
        spread = np.linalg.norm(rest) / np.sqrt(max(len(rest), 1)) or 1.0
        return spread * 10 ** rng.uniform(*SIZES) * gaussian(rng, self.equations.coordinates)


@dataclass(frozen=True)
class Draw:
    """Draws parameters for monodromy: random data and, where the metric moves, random weights.

    Either q or c is isotropic, and the size varies: far away loops see the branch points
    together, and close by they see them apart. (With one size 3 of 4 critical points of an
    ellipse were often all that was found.)
    """

    equations: DistanceEquations
    spread: float
    seen: bool = False  #: whether c = S q always

    def __call__(self, rng: np.random.Generator) -> Array:
        S = self.equations.metric.matrix
        size = np.linalg.norm(S, 2)
        c = self.direction(rng)
        if rng.random() < 0.5 or self.seen:
            c[-len(S) :] = S @ c[-len(S) :] / size
        if self.equations.free == "weights":
            c[: len(S)] = size * gaussian(rng, len(S))
        return c

    def direction(self, rng: np.random.Generator) -> Array:
        """Draw a direction in the space of c, the metric fixed."""
        S = self.equations.metric.matrix
        c = self.spread * 10 ** rng.uniform(0, 1.7) * np.linalg.norm(S, 2) * gaussian(rng, len(S))
        return np.concatenate([np.zeros(len(S)), c]) if self.equations.free == "weights" else c
