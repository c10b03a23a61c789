"""Critical points of a ReLU network with one hidden unit and several outputs.

On a face of weight space, with zeros Z and active data A, the values at A are c zᵀ with the outer
weights c and z = X_Aᵀ w > 0. Critical points with c ≠ 0 are those of matrices of rank one: with the
projection P to the z that w can have on this face, c zᵀ is a singular value of Y_A P times its
singular vectors, the largest one for a local minimum (Eckart and Young). So z is known up to its
sign, and it is decided by a linear program whether weights on the face have it. Where w·x_i = 0 for
some i the point is a local minimum if all one-sided derivatives across the face are positive.
Numbers are doubles; singular values that meet, and signs and derivatives near 0, are undecided.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgeom.networks.arrays import Array
from edgeom.networks.relu.cones import doubles, inside, rational, solved
from edgeom.networks.relu.landscape import Search, Unit
from edgeom.networks.relu.points import ReluCriticalPoint, ReluCriticalPoints
from edgeom.objectives.matrices import null_space

__all__ = ["OutputPoint", "OutputSearch", "with_outputs"]

Mask = NDArray[np.bool_]
SMALL = 1e-9  # relative size of a number that has no sign
SAME = 1e-9  # relative difference of values and losses that are the same


@dataclass(frozen=True)
class OutputPoint:
    """A critical point, or a family of them with the same values.

    Attributes
    ----------
    signs : tuple of int
        Of w·x_i.
    inner, outer : arrays (d,), (outputs,)
        w and c.
    fitted : array (outputs, samples)
    is_minimum : bool
    is_isolated : bool
        Up to the scale of w and c.
    """

    signs: tuple[int, ...]
    inner: Array
    outer: Array
    fitted: Array
    is_minimum: bool
    is_isolated: bool


class OutputSearch:
    """The critical points of Σ ‖c relu(w·x_i) - y_i‖².

    Parameters
    ----------
    search : Search
        The arrangement of the data, for one output.
    values : array (outputs, samples)
        Y.
    """

    def __init__(self, search: Search, values: Array) -> None:
        self.search, self.y = search, values
        self.x = np.array([doubles(point) for point in search.points])
        self.undecided = self.count = 0
        self.doubtful: list[Array] = []  # values of points with derivatives near 0 across a face

    def points(self, boundaries: bool) -> list[OutputPoint]:
        """Return the critical points in open cells, and the local minima on their boundaries."""
        found = []
        for signs in self.search.cells + (self.search.faces if boundaries else []):
            active = np.array(signs) > 0
            self.count += 1
            if active.any():
                found += self._on_face(signs, active)
            if active.any() and 0 not in signs and (idle := self._idle(signs, active)):
                found.append(idle)
        if self.search.can_die:
            found.append(self._still(tuple([-1] * len(self.x)), doubles(self.search.dead_point())))
        elif boundaries and (zero := self._at_zero()):
            found.append(zero)
        return found

    def _at_zero(self) -> OutputPoint | None:
        """Return c for which w = 0 is a local minimum, where no weights are inactive everywhere.

        Half the derivative in a direction δ is -c·Σ y_i relu(x_i·δ), linear on the cells of the
        arrangement, which its rays span.
        """
        rays = [row for signs in self.search.faces if len(row := self.search.basis(signs)) == 1]
        sides = [sign * np.array(doubles(row[0])) for row in rays for sign in (1, -1)]
        values = [self.y @ np.maximum(self.x @ ray, 0) for ray in sides]
        forms = [[rational(-v) for v in value] for value in np.array(values).tolist() if any(value)]
        space = solved([], [], len(self.y))
        c = None if space is None else inside(space, forms)
        if c is None:
            return None
        zeros, outer = np.zeros(self.x.shape[1]), np.array(doubles(c), float)
        return OutputPoint((0,) * len(self.x), zeros, outer, np.zeros_like(self.y), True, False)

    def _on_face(self, signs: tuple[int, ...], active: Mask) -> list[OutputPoint]:
        """Return points with these signs and c ≠ 0."""
        basis = np.array([doubles(row) for row in self.search.basis(signs)])
        if not basis.size:
            return []
        frame = np.linalg.qr(basis.T)[0]
        slopes = self.x[active] @ frame
        columns = np.linalg.svd(slopes)[0][:, : np.linalg.matrix_rank(slopes, rtol=SMALL)]
        _, sigma, v = np.linalg.svd(self.y[:, active] @ columns, full_matrices=False)
        least = SMALL * (float(np.linalg.norm(self.y)) or 1.0)
        boundary, found = 0 in signs, []
        for j in range(1 if boundary else len(sigma)):
            if sigma[j] <= least:
                break
            if np.any(np.abs(np.delete(sigma, j) - sigma[j]) <= least):
                self.undecided += 1
                continue
            z = columns @ v[j]
            z = z * np.sign(z[np.abs(z).argmax()])
            w = self._weights(signs, z, frame, slopes)
            if w is None:
                continue
            c = self.y[:, active] @ z / (z @ z)
            fitted = np.zeros_like(self.y)
            fitted[:, active] = np.outer(c, z)
            if boundary and not self._rises(signs, active, c, fitted):
                continue
            isolated = columns.shape[1] == frame.shape[1]
            found.append(OutputPoint(signs, w, c, fitted, j == 0, isolated))
        return found

    def _weights(
        self, signs: tuple[int, ...], z: Array, frame: Array, slopes: Array
    ) -> Array | None:
        """Return weights on a face with active values z, if there are any."""
        if z.min() <= SMALL * z.max():
            self.undecided += bool(z.min() > -SMALL * z.max())
            return None
        least = frame @ np.linalg.pinv(slopes, rcond=SMALL) @ z
        free = frame @ null_space(slopes, SMALL)
        off = self.x[np.array(signs) < 0]
        off = off[np.any(off != 0, axis=1)]
        if not free.shape[1]:
            values = off @ least / (np.linalg.norm(off, axis=1) * np.linalg.norm(least))
            if np.any(values > -SMALL):
                self.undecided += bool(np.all(values < SMALL))
                return None
            return np.asarray(least)
        rows = np.vstack([-off @ np.column_stack([free, least]), [*[0.0] * free.shape[1], 1.0]])
        space = solved([], [], free.shape[1] + 1)
        forms = [[rational(v) for v in row] for row in rows.tolist()]
        y = None if space is None else inside(space, forms)
        if y is None:
            return None
        *moves, scale = doubles(y)
        return np.asarray(least + free @ moves / scale)

    def _rises(self, signs: tuple[int, ...], active: Mask, c: Array, fitted: Array) -> bool:
        """Whether all one-sided derivatives in directions across a face are positive.

        Half of one is Σ_active ρ_i x_i·δ + Σ_Z ρ_i relu(x_i·δ) with ρ_i = r_i·c, and 0 along the
        face. It is linear on the cells of the arrangement of Z, so it is looked at on their rays.
        """
        zeros = [i for i, sign in enumerate(signs) if not sign]
        rho = c @ (fitted - self.y)
        slope, size = rho[active] @ self.x[active], float(np.abs(rho).max()) or 1.0
        across = self.x[zeros]
        if np.linalg.matrix_rank(across) < len(zeros):
            self.undecided += 1  # data in special position
            return False
        inverse = np.linalg.pinv(across)
        a = (
            slope @ inverse
        )  # slope = Σ a_i x_i over the zeros, as the point is critical on the face
        rises = np.array([a + rho[zeros], -a]) / size
        if np.all(rises > -SMALL) and np.any(rises <= SMALL):
            self.doubtful.append(fitted)  # such as the border of a flat family
        return bool(np.all(rises > SMALL))

    def _idle(self, signs: tuple[int, ...], active: Mask) -> OutputPoint | None:
        """Return weights with c = 0 at which the loss is critical: Y_A X_Aᵀ w = 0."""
        search = self.search
        here = np.flatnonzero(active).tolist()
        rows = []
        for output in self.y.tolist():
            total = [rational(0)] * search.count
            for i in here:
                factor = rational(output[i])
                total = [t + factor * v for t, v in zip(total, search.points[i], strict=True)]
            rows.append(total)
        plane = solved(rows, [rational(0)] * len(rows), search.count)
        forms = [
            [sign * v for v in x] for sign, x in zip(signs, search.points, strict=True) if any(x)
        ]
        w = None if plane is None else inside(plane, forms)
        if w is None:
            return None
        flat = not any(any(row) for row in rows)
        return self._still(signs, doubles(w), flat)

    def _still(self, signs: tuple[int, ...], w: list[float], minimum: bool = True) -> OutputPoint:
        """Return weights of the function 0."""
        outer = np.zeros(len(self.y))
        return OutputPoint(signs, np.array(w), outer, np.zeros_like(self.y), minimum, False)


def with_outputs(search: Search, values: Array, boundaries: bool) -> ReluCriticalPoints:
    """Run a search for several outputs, and merge what has the same values at the data."""
    run = OutputSearch(search, values)
    groups: list[list[OutputPoint]] = []
    size = float(np.abs(values).max()) or 1.0
    for point in run.points(boundaries):
        for group in groups:
            same = np.abs(group[0].fitted - point.fitted).max() <= SAME * size
            if same and group[0].is_minimum == point.is_minimum:
                group.append(point)
                break
        else:
            groups.append([point])
    known = [group[0].fitted for group in groups if group[0].is_minimum]
    open_ = [x for x in run.doubtful if all(np.abs(x - y).max() > SAME * size for y in known)]
    losses = [float(np.sum((group[0].fitted - values) ** 2)) for group in groups]
    minima = [loss for loss, group in zip(losses, groups, strict=True) if group[0].is_minimum]
    least = min(minima, default=0.0)
    items = [
        _item(group, loss, loss <= least + SAME * size**2)
        for loss, group in zip(losses, groups, strict=True)
    ]
    items.sort(key=lambda item: (item.loss, item.type))
    return ReluCriticalPoints(tuple(items), run.count, boundaries, run.undecided + len(open_))


def _item(group: list[OutputPoint], loss: float, least: bool) -> ReluCriticalPoint:
    inner = [point for point in group if 0 not in point.signs]
    chosen = max(inner or group, key=lambda point: max(point.signs) < 0)
    scope = "global" if least else "local"
    return ReluCriticalPoint(
        loss=loss,
        values=chosen.fitted,
        exact_loss=None,
        type=f"{scope} minimum" if chosen.is_minimum else "saddle",
        is_isolated=all(point.is_isolated for point in group),
        dead=int(max(chosen.signs) < 0),
        on_boundary=not inner,
        cells=tuple((Unit(point.signs, int(point.outer.any())),) for point in group),
        weights=[chosen.inner[None], chosen.outer[:, None]],
    )
