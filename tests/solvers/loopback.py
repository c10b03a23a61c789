"""A backend that needs no other program: total-degree and parameter homotopies in plain NumPy.

It shows that the interface is all that a backend needs, and gives an independent third opinion on
small problems.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from edgeom.equations.export import collected
from edgeom.homotopy.tracker import PathStatus
from edgeom.solvers.base import SOLVE, TRACK, Availability, Backend, Ends

SHORTEST, MOST_STEPS, ALMOST = 1e-9, 1000, 0.9999


@dataclass(frozen=True)
class Loopback(Backend):
    """Euler steps and Newton corrections for all paths at once."""

    name = "loopback"
    title = "loop-back"
    capabilities = frozenset({SOLVE, TRACK})

    def availability(self):
        return Availability(self.name, True, "1.0", __name__)

    def solve(self, systems, seed=0):
        rng = np.random.default_rng(seed)
        return [self._total_degree(system, rng) for system in systems]

    def _total_degree(self, system, rng):
        """Track from u_i^d_i = 1: H = (1-t) γ (u^d - 1) + t F."""
        degrees = np.array([sum(next(iter(f))) for f in collected(system)])
        gamma = np.exp(2j * np.pi * rng.random(len(degrees)))
        roots = [np.exp(2j * np.pi * np.arange(d) / d) for d in degrees]
        starts = np.array(list(itertools.product(*roots)))

        def homotopy(u, t):
            values, jacobians = system.evaluate(u, np.zeros(0))
            easy, slope = gamma * (u**degrees - 1), gamma * degrees * u ** (degrees - 1)
            t = t[:, None]
            diagonal = (1 - t[..., None]) * slope[:, :, None] * np.eye(len(degrees))
            return (1 - t) * easy + t * values, t[..., None] * jacobians + diagonal, values - easy

        return march(homotopy, starts)

    def track(self, system, begin, starts, targets, seed=0):
        return [self._segment(system, begin, starts, target) for target in targets]

    @staticmethod
    def _segment(system, begin, starts, target):
        def homotopy(u, t):
            p = begin + t[:, None] * (target - begin)
            values, jacobians = system.evaluate(u, p)
            # F is affine linear in p
            slope = system.evaluate(u, target)[0] - system.evaluate(u, begin)[0]
            return values, jacobians, slope

        return march(homotopy, starts)


@np.errstate(all="ignore")
def march(homotopy, starts):
    """Track all paths of H(u, t) = 0 from t = 0 to 1, each with its own step length."""
    u, t = np.array(starts, complex), np.zeros(len(starts))
    step = np.full(len(u), 0.05)
    status = np.full(len(u), PathStatus.TOO_MANY_STEPS)
    going = np.arange(len(u))
    for _ in range(MOST_STEPS):
        if not len(going):
            break
        h = np.minimum(step[going], 1 - t[going])
        new = u[going] + h[:, None] * tangent(homotopy, u[going], t[going])
        sizes = []
        for _ in range(3):
            values, jacobians, _ = homotopy(new, t[going] + h)
            correction = solved(jacobians, values)
            new = new - correction
            sizes.append(np.linalg.norm(correction, axis=1) / np.linalg.norm(new, axis=1))
        good = (sizes[0] < 1e-2) & (sizes[1] < 0.1 * sizes[0] + 1e-13) & (sizes[2] < 1e-9)
        accepted = going[good]
        u[accepted], t[accepted] = new[good], t[accepted] + h[good]
        step[going] = np.where(good, 1.5 * step[going], h / 2)
        status[going[t[going] >= 1]] = PathStatus.SUCCESS
        short = going[step[going] < SHORTEST]
        # at the very end solutions come together: whether they do is for edgeom to see
        status[short] = np.where(t[short] > ALMOST, PathStatus.SUCCESS, PathStatus.STALLED)
        status[going[np.linalg.norm(u[going], axis=1) > 1e8]] = PathStatus.DIVERGED
        going = going[status[going] == PathStatus.TOO_MANY_STEPS]
    return Ends(u, status)


def tangent(homotopy, u, t):
    _, jacobians, slope = homotopy(u, t)
    return -solved(jacobians, slope)


def solved(matrices, values):
    """Solve linear systems; a singular matrix gives a vector that no test accepts."""
    try:
        return np.linalg.solve(matrices, values[:, :, None])[:, :, 0]
    except np.linalg.LinAlgError:
        return np.full_like(values, np.inf)
