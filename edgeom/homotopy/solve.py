"""Solving a square system of polynomial equations from nothing, by a total degree homotopy.

Equations f_i of degrees d_i are deformed from x_i^{d_i} = c_i, whose d_1 ⋯ d_n solutions are known,
along (1 - t) γ_i (x_i^{d_i} - c_i) + t f_i. For general γ and c the paths are smooth for t < 1, and
every isolated solution of f is the end of as many of them as its multiplicity (Sommese, Wampler,
"The numerical solution of systems of polynomials", theorems 7.1.1 and 8.4.1). An endgame says of
each path how it ends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.errors import InputError
from edgeom.homotopy.endgame import classify
from edgeom.homotopy.ends import PathEnds
from edgeom.homotopy.tape import Builder, Tape, Var
from edgeom.homotopy.tracker import PathTracker

__all__ = ["MOST_PATHS", "check_paths", "solve_square", "triangular_mix"]

Array = NDArray[Any]
Equations = Callable[[list[Var]], Sequence[Any]]
MOST_PATHS = 20_000


def check_paths(count: int, most: int = MOST_PATHS) -> None:
    """Refuse more paths than can be tracked in reasonable time."""
    if count > most:
        raise InputError(
            f"{count} paths would have to be tracked, the product of the degrees of the "
            f"equations; more than {most} are not tried"
        )


def triangular_mix(degrees: Sequence[int], count: int, rng: np.random.Generator) -> Array:
    """Return combinations of equations, as rows: f_i and random multiples of those after it.

    The equations are to be sorted by falling degree, so that combination i has degree d_i. Outside
    the common zeros of all equations the zero sets of the first c combinations are smooth of
    codimension c, for every c, by Bertini's theorem.
    """
    mix = np.triu(rng.normal(size=(count, len(degrees))), 1)
    mix[np.arange(count), np.arange(count)] = 1
    return mix


def solve_square(
    equations: Equations, degrees: Sequence[int], rng: np.random.Generator
) -> PathEnds:
    """Track all paths of a total degree homotopy.

    Parameters
    ----------
    equations : callable
        From the unknowns, values of a program, to as many values; in good units.
    degrees : sequence of int
        Of the equations, at least 1.
    rng : numpy.random.Generator

    Returns
    -------
    PathEnds
        One for each of the paths, whose number is the product of the degrees.

    Raises
    ------
    InputError
        There are more than `MOST_PATHS`.

    Examples
    --------
    A circle and a line meet twice, and no path is lost:

    >>> rng = np.random.default_rng(0)
    >>> ends = solve_square(lambda u: [u[0]**2 + u[1]**2 - 5, u[0] - 2 * u[1]], [2, 1], rng)
    >>> ends.counts(), sorted(ends.ends[:, 0].real.round(9).tolist())
    ({'regular': 2}, [-2.0, 2.0])
    """
    check_paths(prod(degrees))
    gamma, start = np.exp(2j * np.pi * rng.random((2, len(degrees))))
    tape = _homotopy(equations, degrees, gamma, start, rng)
    roots = [
        c ** (1 / d) * np.exp(2j * np.pi * np.arange(d) / d)
        for c, d in zip(start, degrees, strict=True)
    ]
    tracker = PathTracker(tape, optimise=int(prod(degrees) > 500), symmetric=False)
    starts = np.array(list(product(*roots)), complex)
    return classify(tracker, starts, np.zeros(1), np.ones(1))


def _homotopy(
    equations: Equations,
    degrees: Sequence[int],
    gamma: Array,
    start: Array,
    rng: np.random.Generator,
) -> Tape:
    """Return the homotopy with t as its parameter; rows are mixed, so that no pivot vanishes."""
    size = len(degrees)
    b = Builder()
    u, (t,) = b.inputs("u", size), b.inputs("p", 1)
    rows = [
        (1 - t) * (complex(g) * (b.power(x, d) - complex(c))) + t * b.lift(f)
        for g, c, x, d, f in zip(gamma, start, u, degrees, equations(u), strict=True)
    ]
    mix = np.linalg.qr(rng.normal(size=(size, size)))[0]
    return b.finish({"F": [b.dot(rows, row) for row in mix.tolist()]})
