"""Critical points of the squared loss with a ridge penalty: Σ (f(x_i) - y_i)² + ρ (‖W‖² + ‖c‖²).

At a critical point a unit is zero altogether or has |c| = ‖w‖, so that its penalty is 2ρ ‖v‖ with
v = |c| w. In the cells of fixed signs the loss is therefore convex in v, that of least squares with
a penalty of groups: each combination of patterns has one critical point at most with units that are
not zero, which is found by minimising over one unit after the other. Reals are doubles here; a
point too near to the border of its cell to tell is counted as undecided.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from edgeom.errors import IncompleteError
from edgeom.networks.arrays import Array
from edgeom.networks.relu.cones import Vector, doubles, inside, rational, solved
from edgeom.networks.relu.landscape import Combination, Search, Unit

__all__ = ["RidgePoint", "RidgeSearch"]

SWEEPS = (5, 50, 500, 5000, 50_000)  # before Newton's method is tried, again if it fails
NEWTON = 30  # steps of Newton's method
SHORT = 1e-3  # share of a step that is too short
BORDER = 1e-8  # relative size of a value that has no sign
SLACK = 1e-7  # of one-sided derivatives, relative to the penalty


@dataclass(frozen=True)
class RidgePoint:
    """A critical point with ridge.

    Attributes
    ----------
    units : tuple of Unit
        Those that are not zero.
    vectors : list of arrays
        v_j of each.
    loss : float
        With the penalty.
    fitted : array (samples,)
    is_minimum : bool
        Whether no unit that is zero, or at a kink, can lower the loss.
    """

    units: Combination
    vectors: list[Array]
    loss: float
    fitted: Array
    is_minimum: bool


class RidgeSearch:
    """The critical points with ridge ρ, by the combinations of patterns of a search.

    Parameters
    ----------
    search : Search
    ridge : float
        ρ, positive.
    """

    def __init__(self, search: Search, ridge: float) -> None:
        self.search, self.ridge = search, ridge
        self.x = np.array([doubles(point) for point in search.points])
        self.y = np.array(doubles(search.values))
        self.undecided = 0
        self._frames: dict[tuple[int, ...], Array] = {}
        self._residuals: dict[Combination, Array] = {}

    def critical(self, units: Combination) -> RidgePoint | None:
        """Return the critical point with these signs whose other units are zero, if there is one.

        On boundaries only local minima are returned.
        """
        if any(not self._frame(unit.signs).size for unit in units):
            return None  # a unit that is zero at all data is zero, with a penalty
        blocks = self._blocks(units)
        z = self._minimised(units, blocks)
        if z is None:
            return None
        vectors = [self._frame(u.signs) @ part for u, part in zip(units, z, strict=True)]
        for unit, v in zip(units, vectors, strict=True):
            sizes = np.linalg.norm(self.x, axis=1)
            values = self.x @ v / (np.linalg.norm(v) * np.where(sizes, sizes, 1))
            signs = np.where(sizes, unit.signs, 0)  # no unit has a sign at the point 0
            inner = signs * values
            if np.any(inner[signs != 0] < -BORDER):
                return None
            if np.any(inner[signs != 0] < BORDER):
                self.undecided += 1
                return None
        fitted = np.sum([b @ part for b, part in zip(blocks, z, strict=True)], axis=0)
        fitted = fitted if units else np.zeros(len(self.y))
        residual = fitted - self.y
        for unit, v in zip(units, vectors, strict=True):
            if unit.on_boundary and not self._is_least(unit, v, residual):
                return None
        steepest = self._steepest(residual) if len(units) < self.search.hidden else 0
        least = steepest <= self.ridge * (1 + SLACK)  # equal in the direction of a unit
        if not least and any(unit.on_boundary for unit in units):
            return None
        penalty = 2 * self.ridge * sum(float(np.linalg.norm(v)) for v in vectors)
        return RidgePoint(units, vectors, float(residual @ residual) + penalty, fitted, least)

    def _frame(self, signs: tuple[int, ...]) -> Array:
        """Return an orthonormal basis of the space in which a unit has these zeros."""
        zeros = tuple(i for i, sign in enumerate(signs) if not sign)
        if zeros not in self._frames:
            basis = self.search.basis(signs)
            rows = np.array([doubles(row) for row in basis])
            self._frames[zeros] = (
                np.linalg.qr(rows.T)[0] if rows.size else np.zeros((self.x.shape[1], 0))
            )
        return self._frames[zeros]

    def _minimised(self, units: Combination, blocks: list[Array]) -> list[Array] | None:
        """Minimise ‖Σ M_j z_j - y‖² + 2ρ Σ ‖z_j‖; None if a z_j is then 0.

        That is so if and only if the minimum without this unit keeps it at 0: ‖M_jᵀ r‖ ≤ ρ. The
        residuals r of all combinations are kept. Otherwise no unit is 0, and Newton's method
        converges.
        """
        if not units:
            self._residuals[()] = -self.y
            return []
        z = [np.zeros(block.shape[1]) for block in blocks]
        for j, block in enumerate(blocks):
            residual = self._residual_of(units[:j] + units[j + 1 :])
            pull = -block.T @ residual
            if np.linalg.norm(pull) <= self.ridge * (1 + SLACK):  # equal for opposite units
                self._residuals[units] = residual
                return None
            z[j] = pull / np.linalg.norm(pull)
        spectra = [np.linalg.eigh(block.T @ block) for block in blocks]
        rest = self.y - np.sum([b @ part for b, part in zip(blocks, z, strict=True)], axis=0)
        found = None
        for sweeps in SWEEPS:
            for _ in range(sweeps):  # one unit after the other, to come near
                for j, (block, (sizes, axes)) in enumerate(zip(blocks, spectra, strict=True)):
                    pull = axes.T @ (block.T @ (rest + block @ z[j]))
                    new = axes @ _shrunk(np.maximum(sizes, 0), pull, self.ridge)
                    rest -= block @ (new - z[j])
                    z[j] = new
            found = self._newton(blocks, z) if all(part.any() for part in z) else None
            if found is not None:
                break
        else:
            raise IncompleteError(
                "the minimum for one combination of patterns was not found; use a larger ridge"
            )
        z = found
        self._residuals[units] = (
            np.sum([b @ part for b, part in zip(blocks, z, strict=True)], axis=0) - self.y
        )
        return z

    def _residual_of(self, units: Combination) -> Array:
        """Return the residual of the minimum of a combination."""
        if units not in self._residuals:
            self._minimised(units, self._blocks(units))
        return self._residuals[units]

    def _newton(self, blocks: list[Array], z: list[Array]) -> list[Array] | None:
        """Follow damped Newton steps to the minimum; None where they do not lead there."""
        matrix = np.concatenate(blocks, axis=1)
        ends = np.cumsum([block.shape[1] for block in blocks])[:-1]
        gram, u = matrix.T @ matrix, np.concatenate(z)

        def value(at: Array) -> float:
            gap = matrix @ at - self.y
            return float(gap @ gap) + 2 * self.ridge * sum(
                float(np.linalg.norm(part)) for part in np.split(at, ends)
            )

        now = value(u)
        for _ in range(NEWTON):
            hessian, slope = gram.copy(), matrix.T @ (matrix @ u - self.y)
            start = 0
            for part in np.split(u, ends):
                here = slice(start, start + len(part))
                size = np.linalg.norm(part)
                line = part / size
                slope[here] += self.ridge * line
                hessian[here, here] += (
                    self.ridge / size * (np.eye(len(part)) - np.outer(line, line))
                )
                start += len(part)
            step, length = np.linalg.lstsq(hessian, -slope, rcond=1e-13)[0], 1.0
            if np.linalg.norm(slope) <= SLACK**2 * self.ridge:
                break
            while value(u + length * step) > now and length > SHORT:
                length /= 2
            if length <= SHORT:
                break
            u = u + length * step
            now = value(u)
        good = np.linalg.norm(slope) <= SLACK * self.ridge
        return list(np.split(u, ends)) if good else None

    def _blocks(self, units: Combination) -> list[Array]:
        """Return the matrices of the values at the data, by unknowns of each unit."""
        return [
            unit.sign * (np.array(unit.signs) > 0)[:, None] * self.x @ self._frame(unit.signs)
            for unit in units
        ]

    def _is_least(self, unit: Unit, v: Array, residual: Array) -> bool:
        """Whether no direction across the kinks of a unit lowers the loss to first order.

        Directions are combinations of the data at which it is zero; along the others the loss is
        stationary.
        """
        zeros = [i for i, sign in enumerate(unit.signs) if not sign]
        active = np.array(unit.signs) > 0
        slope = unit.sign * residual[active] @ self.x[active] + self.ridge * v / np.linalg.norm(v)
        across = self.x[zeros]
        span = solved([], [], len(zeros))
        assert span is not None
        for signs in self.search.around(tuple(zeros)):
            positive = np.array(signs) > 0
            total = slope + unit.sign * residual[zeros][positive] @ across[positive]
            total = total + SLACK * self.ridge * np.array(signs) @ across
            forms = [
                _rational(sign * across @ point) for sign, point in zip(signs, across, strict=True)
            ]
            if inside(span, [*forms, _rational(-across @ total)]) is not None:
                return False
        return True

    def _steepest(self, residual: Array) -> float:
        """Return the largest |Σ r_i relu(x_i·δ)| over δ of length 1.

        It is the length of the projection of a gradient to a face, at a δ in that face.
        """
        best = 0.0
        for signs, frame, active in self._all_faces:
            pull = frame.T @ (residual[active] @ self.x[active])
            size = float(np.linalg.norm(pull))
            if size > best:
                values = np.array(signs) * (self.x @ (frame @ pull))
                floor = -BORDER * size
                if (values >= floor).all() or (-values >= floor).all():
                    best = size
        return best

    @cached_property
    def _all_faces(self) -> list[tuple[tuple[int, ...], Array, Any]]:
        patterns = [*self.search.cells, *self.search.faces]
        return [(signs, self._frame(signs), np.array(signs) > 0) for signs in patterns]


def _shrunk(sizes: Array, pull: Array, ridge: float) -> Array:
    """Return the z with (Λ + ρ/‖z‖) z = b, or 0 if ‖b‖ ≤ ρ, for a diagonal matrix Λ.

    η = ‖z‖ solves Σ (b_i / (λ_i η + ρ))² = 1; the sum falls with η. Newton's method for the root
    of its -1/2-th power, which is concave, stays on one side.
    """
    if np.linalg.norm(pull) <= ridge:
        return np.zeros(len(pull))
    low, high = 0.0, 1.0
    while np.sum((pull / (sizes * high + ridge)) ** 2) > 1:
        low, high = high, 2 * high
        if high > 1e16:
            break
    eta = high
    for _ in range(200):
        terms = pull / (sizes * eta + ridge)
        value = float(terms @ terms)
        if value > 1:
            low = eta
        else:
            high = eta
        slope = float(np.sum(terms**2 * sizes / (sizes * eta + ridge)))
        new = eta + value * (np.sqrt(value) - 1) / slope if slope else (low + high) / 2
        if not low < new < high:
            new = (low + high) / 2
        if abs(new - eta) <= 1e-16 * eta:
            break
        eta = new
    return np.asarray(eta * pull / (sizes * eta + ridge))


def _rational(values: Array) -> Vector:
    return [rational(value) for value in values.tolist()]
