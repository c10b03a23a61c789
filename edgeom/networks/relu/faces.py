"""Weights on a face of weight space from which the loss rises in all directions across it.

Half of a one-sided derivative, for a unit with zeros Z and output weights c, is
Σ_active ρ_i x_i·δ + Σ_Z ρ_i relu(x_i·δ) with ρ_i = r_i·c, and 0 along the face. With
Σ_active r_i x_iᵀ = Σ_Z a_i x_iᵀ it is positive in all directions across the face if and only if
a_i·c < 0 < (a_i + r_i)·c, where the data of Z is independent. These are linear forms of c, and the
function of the network determines them. Where it does not determine c, it is looked for: among all
choices where those of one unit decide, or of a pair of units with the same signs.
"""

from __future__ import annotations

import numpy as np

from edgeom.networks.arrays import Array
from edgeom.networks.relu.groups import SMALL, Pattern, Undecided, central, rank_of
from edgeom.networks.relu.several import Problem, Weights

__all__ = ["Rising"]

TRIES = 30  # random choices, where more than one unit has several


class Rising:
    """The conditions on output weights, for one function of a combination.

    Parameters
    ----------
    problem : Problem
    fitted : array (outputs, samples)
    x : array (samples, d)

    Raises
    ------
    Undecided
        The data at which a unit is zero is dependent.
    """

    def __init__(self, problem: Problem, fitted: Array, x: Array) -> None:
        self.problem, residual = problem, fitted - problem.y
        self.forms = [self._forms(pattern, residual, x) for pattern, _ in problem.groups]
        self.is_near = False  # a derivative vanishes, and none is negative

    @staticmethod
    def _forms(pattern: Pattern, residual: Array, x: Array) -> Array:
        """Return the forms (forms, outputs) that are positive where the loss rises."""
        if not pattern.zeros:
            return np.zeros((0, len(residual)))
        across = x[pattern.zeros]
        if rank_of(across) < len(across):
            raise Undecided
        active = np.array(pattern.signs) > 0
        a = residual[:, active] @ x[active] @ np.linalg.pinv(across)
        return np.concatenate([-a.T, (a + residual[:, pattern.zeros]).T])

    def least(self, weights: Weights) -> list[float]:
        """Return the least form at the output weights of each group, relative to their length."""
        return [
            float((forms @ (c / np.linalg.norm(c, axis=0))).min(initial=1.0))
            for forms, c in zip(self.forms, weights.outer, strict=True)
        ]

    def weights(
        self, matrices: dict[int, Array], first: Weights, rng: np.random.Generator
    ) -> Weights | None:
        """Return weights with the same function from which the loss rises, if there are any.

        Raises
        ------
        Undecided
            None were found, and there may be some.
        """
        least = self.least(first)
        if min(least) > SMALL:
            return first
        self.is_near = min(least) > -SMALL
        moving = [part for part in self.problem.parts if part.is_moving]
        if not moving:
            return None
        if len(moving) == 1 and moving[0].rank == 1:
            return self._by_one(matrices, first)
        fixed = [k for k, low in enumerate(least) if low <= SMALL]
        if len(moving) == 1 and moving[0].rank == moving[0].size == moving[0].slopes.shape[1] == 2:
            # output weights of other groups are what they are
            return self._pair(moving[0].number, first) if fixed == [moving[0].number] else None
        for _ in range(TRIES):
            weights = self.problem.weights(matrices, rng)
            if weights is None:
                continue
            if min(least := self.least(weights)) > SMALL:
                return weights
            fixed = [
                k
                for k in fixed
                if least[k] <= SMALL
                and weights.outer[k].shape[1] == 1
                and np.abs(_line(weights.outer[k]) - _line(first.outer[k])).max() <= SMALL
            ]
        if fixed:
            return None
        raise Undecided

    def _by_one(self, matrices: dict[int, Array], first: Weights) -> Weights | None:
        """Choose the weights of the one unit that has a choice, by a linear program."""
        lines = self.problem.lines(matrices, first)
        for side in (1, -1):
            forms = [lines.cone, side * lines.scale[None]]
            for k, outer in enumerate(lines.outer):
                forms.append(side * self.forms[k] @ outer)
            y = central(np.concatenate(forms))
            if y is not None:
                return lines.weights(y)
        return None

    def _pair(self, number: int, first: Weights) -> Weights | None:
        """Choose two units with the same signs whose weights v span a plane.

        For v₁ at a smaller angle than v₂ the output weights are N g with g₁ at the angle of v₂
        less 90 degrees and g₂ at that of v₁ plus 90.
        """
        cone = _angles(self.problem.groups[number][0].forms)
        matrix = first.outer[number] @ first.inner[number].T
        rising = _angles(self.forms[number] @ matrix)
        if cone is None or rising is None:
            return None
        quarter = np.pi / 2
        low = _common(cone, (rising[0] - quarter, rising[1] - quarter))
        high = _common(cone, (rising[0] + quarter, rising[1] + quarter))
        if low is None or high is None or not low[0] < high[1] - SMALL:
            return None
        middle = min(max((low[0] + high[1]) / 2, low[0]), high[1])
        one = (low[0] + min(low[1], middle)) / 2
        two = (high[1] + max(high[0], middle)) / 2
        v = np.array([[np.cos(one), np.cos(two)], [np.sin(one), np.sin(two)]])
        inner, outer = list(first.inner), list(first.outer)
        inner[number], outer[number] = v, matrix @ np.linalg.inv(v).T
        weights = Weights(inner, outer)
        return weights if min(self.least(weights)) > 0 else None


def _line(outer: Array) -> Array:
    return np.asarray(outer / np.linalg.norm(outer))


def _angles(forms: Array) -> tuple[float, float] | None:
    """Return the angles between which all forms (many, 2) are positive."""
    y = central(forms)
    if y is None:
        return None
    middle = np.arctan2(y[1], y[0])
    off = np.angle(np.exp(1j * (np.arctan2(forms[:, 1], forms[:, 0]) - middle)))
    return float(middle + off.max() - np.pi / 2), float(middle + off.min() + np.pi / 2)


def _common(one: tuple[float, float], two: tuple[float, float]) -> tuple[float, float] | None:
    """Return the intersection of two intervals of angles, the second one moved by full turns."""
    turns = 2 * np.pi * np.round((sum(one) - sum(two)) / (4 * np.pi))
    low, high = max(one[0], two[0] + turns), min(one[1], two[1] + turns)
    return (low, high) if low < high - SMALL else None
