"""Groups of units that have families of weights with the same function.

For general data the function is then Y on the span of what units can be at the data, or the best
one of its rank there. Whether weights in the cells have it is decided by linear programs, one for
each unit, where there are no more units than outputs; otherwise weights are searched for.
"""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np

from edgeom.networks.arrays import Array
from edgeom.networks.relu.groups import (
    SMALL,
    Group,
    Part,
    Pattern,
    Undecided,
    in_cell,
    rank_of,
    span_of,
)
from edgeom.objectives.matrices import null_space

__all__ = ["can_fit", "dual", "fitted_values", "jacobian", "searched"]

STARTS = 60  # of searches for weights
STEPS = 40
EXACT = 1e-12  # residual of data that is fitted
ROUGH = 1e-6  # difference of directions that are not the same


def jacobian(values: list[Array], inner: list[Array], outer: list[Array]) -> Array:
    """Return the derivatives of Σ C_a V_aᵀ S_aᵀ by all c and v (outputs · samples, unknowns)."""
    if not values:
        return np.zeros((0, 0))
    columns = []
    for s, v, c in zip(values, inner, outer, strict=True):
        eye = np.eye(len(c))
        for j in range(v.shape[1]):
            columns.append(np.einsum("ik,n->ink", eye, s @ v[:, j]))
            columns.append(np.einsum("i,nk->ink", c[:, j], s))
    return np.concatenate(columns, axis=2).reshape(-1, sum(block.shape[2] for block in columns))


def searched(
    values: Array, parts: list[Part], groups: tuple[Group, ...], rng: np.random.Generator
) -> list[Array] | None:
    """Return matrices N_a with Σ N_a U_aᵀ = Y on the spans of these parts, by weights in the cell.

    Newton steps of least length from many random weights, which stay in the cell; None where none
    of them arrives.
    """
    frame = span_of(np.column_stack([part.base for part in parts]))
    slopes = [frame.T @ part.base @ part.slopes for part in parts]
    wanted = values @ frame
    patterns = [groups[part.number][0] for part in parts]
    for _ in range(STARTS):
        inner = [
            start(pattern, part.rank, rng) for pattern, part in zip(patterns, parts, strict=True)
        ]
        images = np.column_stack([s @ v for s, v in zip(slopes, inner, strict=True)])
        joint = wanted @ np.linalg.pinv(images.T)
        outer = np.split(joint, np.cumsum([part.rank for part in parts])[:-1], axis=1)
        if fitted := _newton(wanted, slopes, patterns, inner, list(outer)):
            inner, outer = fitted
            return [c @ (part.slopes @ v).T for part, v, c in zip(parts, inner, outer, strict=True)]
    return None


def start(pattern: Pattern, count: int, rng: np.random.Generator) -> Array:
    """Return random weights (l, count) in the cell of a pattern, by steps in random directions."""
    y = in_cell(pattern, np.eye(pattern.forms.shape[1]), 1, rng)
    assert y is not None
    out = []
    for _ in range(count):
        w = y[:, 0]
        for _ in range(2 * len(w)):
            move = rng.normal(size=len(w))
            now, change = pattern.forms @ w, pattern.forms @ move
            low = float(np.max(-now[change > 0] / change[change > 0], initial=-1.0))
            high = float(np.min(-now[change < 0] / change[change < 0], initial=1.0))
            w = w + rng.uniform(low, high) * move
            w = w / np.linalg.norm(w)
        out.append(w)
    return np.array(out).T


def _newton(
    wanted: Array,
    slopes: list[Array],
    patterns: list[Pattern],
    inner: list[Array],
    outer: list[Array],
) -> tuple[list[Array], list[Array]] | None:
    """Follow shortest Newton steps to Σ C V S = Y inside the cells; None where they miss it."""
    for _ in range(STEPS):
        gap = wanted - sum(c @ (s @ v).T for s, v, c in zip(slopes, inner, outer, strict=True))
        if np.abs(gap).max() <= EXACT:
            return inner, outer
        step = np.linalg.pinv(jacobian(slopes, inner, outer), rcond=SMALL) @ gap.ravel()
        moves, place = [], 0
        for v, c in zip(inner, outer, strict=True):
            per = step[place : place + v.size + c.size].reshape(v.shape[1], -1).T
            moves.append((per[: len(c)], per[len(c) :]))
            place += v.size + c.size
        share = 1.0
        for pattern, v, (_, dv) in zip(patterns, inner, moves, strict=True):
            now, change = pattern.forms @ v, pattern.forms @ dv
            down = change < 0
            share = min(share, 0.9 * float(np.min(-now[down] / change[down], initial=2.0)))
        if share < 1e-6:
            return None
        outer = [c + share * dc for c, (dc, _) in zip(outer, moves, strict=True)]
        inner = [v + share * dv for v, (_, dv) in zip(inner, moves, strict=True)]
    return None


def fitted_values(
    groups: tuple[Group, ...], values: Array, defective: bool, best: bool
) -> list[Array]:
    """Return Y projected to the span of all units, or its truncations to the number of units.

    Of these only the best one is a local minimum.
    """
    frame = span_of(np.column_stack([pattern.values for pattern, _ in groups]))
    if not defective:
        return [values @ frame @ frame.T]
    u, sizes, v = np.linalg.svd(values @ frame, full_matrices=False)
    ways = list(map(list, combinations(range(len(sizes)), len(groups))))[: 1 if best else None]
    return [(u[:, way] * sizes[way]) @ v[way] @ frame.T for way in ways]


def dual(
    groups: tuple[Group, ...], fitted: Array, rng: np.random.Generator
) -> tuple[list[Array], list[Array]] | None:
    """Return weights v_a, c_a of units with Σ c_a (S_a v_a)ᵀ = F of this rank, if there are any.

    The c_a are independent, so there are μ_a with μ_a·c_b = δ_ab, and μ_aᵀF are the values of unit
    a: F has such weights if and only if there are such μ_a for each unit.

    Raises
    ------
    Undecided
        The values that were chosen are dependent.
    """
    inner = []
    for pattern, _ in groups:
        ways = null_space(np.column_stack([fitted.T, -pattern.values]), SMALL)[len(fitted) :]
        frame, sizes, _ = np.linalg.svd(ways, full_matrices=False)
        ways = frame[:, sizes > SMALL]
        v = in_cell(pattern, ways, 1, rng)
        if v is None:
            return None
        inner.append(v)
    images = np.column_stack([p.values @ v for (p, _), v in zip(groups, inner, strict=True)])
    if rank_of(images) < len(inner):
        raise Undecided
    outer = fitted @ np.linalg.pinv(images.T)
    return inner, [outer[:, [k]] for k in range(len(inner))]


def can_fit(groups: tuple[Group, ...], fitted: Array) -> bool:
    """Whether output weights may exist with which the data that is covered has these values.

    Where all units but one of those that are active have known output weights, the values at the
    data are multiples of that of the last one, modulo the others, by positive numbers.
    """
    active = np.array([pattern.signs for pattern, _ in groups]) > 0
    for order in permutations(range(len(groups))):
        known = np.zeros((len(fitted), 0))
        for k, number in enumerate(order):
            here = active[number] & ~active[list(order[k + 1 :])].any(axis=0)
            if not here.any():
                break
            rows = (fitted - known @ known.T @ fitted)[:, here].T
            lengths = np.linalg.norm(rows, axis=1)
            if lengths.max() <= SMALL:
                break
            rows = rows / np.maximum(lengths, SMALL)[:, None]
            if (rows @ rows[lengths.argmax()]).min() < 1 - ROUGH:
                return False
            known = np.column_stack([known, rows[lengths.argmax()]])
    return True
