"""Loops around the end of a path, and what they tell about it.

Near t = 1 a path u(t) of a parameter homotopy p(t) = p1 + τ (p0 - p1), τ = 1 - t, is a convergent
Laurent series in s = τ^(1/w): the w paths of a cycle are permuted when τ runs once around 0, and
each is back at its start after w rounds. Samples of u on these rounds give the coefficients of the
series by discrete Fourier transform, with an error that is exponentially small in the number of
samples: the end u(1) is the constant term, a negative exponent means an end at infinity
(Morgan, Sommese, Wampler, "Computing singular solutions to nonlinear analytic systems",
Numer. Math. 58 (1991); Sommese, Wampler, "The numerical solution of systems of polynomials", 10.3).
The circle has to be free of other branch points: estimates from two circles have to agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.homotopy.tracker import PathTracker, TrackerOptions

__all__ = ["Segment", "Series", "closed_loops", "is_same", "moved"]

Array = NDArray[Any]
VERTICES = 16  # samples on one round
MOST_ROUNDS = 16  # the largest winding number that is looked for
SAME = 1e-6  # relative distance of equal values of an unknown
SMALL = 1e-8  # an unknown counts as no smaller than this, and than this times the largest
NOISE = 1e-6  # relative size of a coefficient that counts


@dataclass(frozen=True, eq=False)
class Segment:
    """The parameters p1 + τ (p0 - p1) around the end p1 of a path, for complex τ."""

    begin: Array
    end: Array

    def at(self, tau: complex) -> Array:
        """Return the parameters at τ = 1 - t."""
        return self.end + tau * (self.begin - self.end)

    def circle(self, radius: float) -> Array:
        """Return the parameters on a circle, ``(VERTICES, parameters)``; the first τ is real."""
        turns = np.exp(2j * np.pi * np.arange(VERTICES) / VERTICES)
        turns[0] = 1.0
        return np.array([self.at(radius * turn) for turn in turns])


def unknown_sizes(u: Array) -> Array:
    """Return sizes relative to which unknowns ``(..., N)`` are compared."""
    sizes = np.abs(u)
    floor = np.maximum(SMALL, SMALL * sizes.max(axis=-1, keepdims=True))
    return np.asarray(np.maximum(sizes, floor))


def is_same(u: Array, v: Array, tolerance: float = SAME) -> NDArray[np.bool_]:
    """Whether points ``(points, N)`` are equal, unknown by unknown."""
    return np.asarray((np.abs(u - v) <= tolerance * unknown_sizes(v)).all(axis=-1))


def moved(
    tracker: PathTracker, u: Array, begin: Array, end: Array, options: TrackerOptions
) -> tuple[Array, NDArray[np.bool_]]:
    """Track points from some parameters to others; return ends and which have arrived."""
    results = tracker.track(u, np.array([begin, end]), options=options)
    return results.solutions, results.success


def closed_loops(
    tracker: PathTracker, u: Array, segment: Segment, radius: float, options: TrackerOptions
) -> list[Array | None]:
    """Track points at τ = radius around 0 until each is back at its start.

    Returns
    -------
    list
        For each point the samples ``(winding · VERTICES, N)``, or None where a path was lost or
        did not come back within `MOST_ROUNDS` rounds.
    """
    corners = segment.circle(radius)
    samples: list[list[Array]] = [[] for _ in u]
    loops: list[Array | None] = [None] * len(u)
    on_the_way, here = np.arange(len(u)), u
    for _ in range(MOST_ROUNDS):
        for k in range(VERTICES):
            for i, point in zip(on_the_way, here, strict=True):
                samples[i].append(point)
            there, arrived = moved(tracker, here, corners[k], corners[(k + 1) % VERTICES], options)
            on_the_way, here = on_the_way[arrived], there[arrived]
        home = is_same(here, u[on_the_way])
        for i in on_the_way[home]:
            loops[i] = np.array(samples[i])
        on_the_way, here = on_the_way[~home], here[~home]
        if not len(on_the_way):
            break
    return loops


@dataclass(frozen=True, eq=False)
class Series:
    """The Laurent series of a path in s = τ^(1/w), from samples on w rounds.

    Attributes
    ----------
    radius : float
        Of the circle, in τ.
    winding : int
    coefficients : complex array (terms, n)
        Each times radius^(k/w); exponents k from -terms/2 to terms/2 - 1.
    order : integer array (n,)
        The most negative exponent that is seen, 0 where there is none.
    """

    radius: float
    winding: int
    coefficients: Array
    order: NDArray[np.int64]

    @classmethod
    def of(cls, samples: Array, radius: float) -> Series:
        """Return the series of samples ``(w · VERTICES, n)``."""
        terms = len(samples)
        coefficients = np.fft.fftshift(np.fft.fft(samples, axis=0) / terms, axes=0)
        sizes = np.abs(coefficients)
        scale = unknown_sizes(sizes.max(axis=0))
        negative = sizes[: terms // 2] > NOISE * scale
        first = np.where(negative.any(axis=0), negative.argmax(axis=0), terms // 2)
        coefficients[np.arange(terms)[:, None] < first] = 0
        return cls(radius, terms // VERTICES, coefficients, first - terms // 2)

    @property
    def valuation(self) -> Array:
        """The exponent of τ of each unknown, negative where it goes to infinity, else 0."""
        return self.order / self.winding

    @property
    def end(self) -> Array:
        """The value at τ = 0; infinite unknowns are inf."""
        constant = self.coefficients[len(self.coefficients) // 2]
        return np.where(self.order < 0, complex(np.inf), constant)

    def at(self, radius: float) -> Array:
        """Return the sum of the series on the positive real axis."""
        terms = len(self.coefficients)
        exponents = (np.arange(terms) - terms // 2) / self.winding
        with np.errstate(all="ignore"):  # a series without negative powers has zeros there
            powers = np.exp(exponents * np.log(radius / self.radius))
            return np.asarray(
                np.where(self.coefficients == 0, 0, self.coefficients * powers[:, None]).sum(axis=0)
            )

    def agrees(self, other: Series, tolerance: float) -> bool:
        """Whether winding number, exponents and end are those of another circle's series."""
        if self.winding != other.winding or (self.order != other.order).any():
            return False
        finite = self.order == 0
        middle = len(self.coefficients) // 2
        a, b = (series.coefficients[middle][finite] for series in (self, other))
        scale = np.maximum(unknown_sizes(b), 1e-3) if len(b) else b
        return bool((np.abs(a - b) <= tolerance * scale).all())
