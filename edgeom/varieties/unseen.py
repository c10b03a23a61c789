"""Metrics that do not see all directions, and whether critical points are isolated for them.

A semidefinite metric S measures the images of points under x ↦ Sx. Where the tangent space of a
variety meets the kernel of S in 0 at general points, the image has the same dimension and critical
points are isolated for general data; where it meets it in dimension k, general points of the image
come from sets of that dimension, and so do critical points.
"""

from __future__ import annotations

import numpy as np

from edgeom.errors import InputError
from edgeom.objectives.family import ObjectiveFamily
from edgeom.objectives.matrices import null_space
from edgeom.objectives.metric import Metric
from edgeom.varieties.base import Array, Variety, geometry_tape

__all__ = ["family_for", "metric_for", "unseen_dimension"]

SAMPLES = 4  # general points that are looked at where a variety may have several components
SMALL = 1e-8  # relative size of a singular value that is 0


def family_for(variety: Variety, family: ObjectiveFamily) -> ObjectiveFamily:
    """Return a family of objectives for a variety, checked against it.

    Its defaults count coordinates as often as the variety's own metric does: an off-diagonal entry
    of a symmetric matrix twice.
    """
    if isinstance(family, Metric) or not isinstance(family, ObjectiveFamily):
        return metric_for(variety, family)
    if family.dimension not in (None, variety.ambient_dimension):
        raise InputError(
            f"the objective has {family.dimension} coordinates, points of {variety} have "
            f"{variety.ambient_dimension}"
        )
    return family.on(np.diag(variety.default_metric.matrix).real)


def metric_for(variety: Variety, metric: Metric | None, isolated: bool = True) -> Metric:
    """Return the metric of a problem, checked against the variety.

    With `isolated` critical points have to be isolated for general data.
    """
    if metric is None:
        return variety.default_metric
    if not isinstance(metric, Metric):
        raise InputError(
            f"metric must be a Metric, got {type(metric).__name__}; "
            "use Metric(matrix), Metric.weights(...), Metric.random(n), ..."
        )
    if metric.dimension != variety.ambient_dimension:
        raise InputError(
            f"the metric has {metric.dimension} coordinates, points of {variety} have "
            f"{variety.ambient_dimension}"
        )
    if isolated and not metric.indefinite and (dimension := unseen_dimension(variety, metric)):
        raise InputError(
            f"the metric {metric.name!r} has rank {metric.dimension - metric.kernel.shape[1]} and "
            f"does not determine points of {variety}: for general data the solutions form a set "
            f"of dimension {dimension}; give more entries positive weight, or bound the rank or "
            "the dimension further"
        )
    return metric


def unseen_dimension(variety: Variety, metric: Metric) -> int:
    """Return in which dimension the tangent space at general points meets the kernel of a metric.

    Examples
    --------
    Matrices of rank one with so many entries observed:

    >>> from edgeom.varieties.determinantal import DeterminantalVariety
    >>> V = DeterminantalVariety(2, 2, rank=1)
    >>> [unseen_dimension(V, Metric.mask(w)) for w in ([1, 1, 1, 0], [1, 1, 0, 0], [1, 0, 0, 0])]
    [0, 1, 2]
    """
    if not metric.is_singular:
        return 0
    chart = variety.good.chart()
    if not chart.names:
        return 0
    rng = np.random.default_rng(0)
    count = 1 if variety.is_irreducible else SAMPLES
    samples = chart.component_samples(rng, count) if count > 1 else [chart.sample(rng)]
    out = geometry_tape(chart).arrays(u=np.array(samples))
    scale, size = variety.coordinates.scale, len(chart.names)
    most = 0
    for dx, dg in zip(out["dx"], out["dg"], strict=True):
        tangent = dx.reshape(-1, size)
        if len(dg):
            tangent = tangent @ null_space(dg.reshape(-1, size), SMALL)
        tangent = _orthonormal(scale[:, None] * tangent)
        both = np.hstack([tangent, metric.kernel])
        most = max(most, both.shape[1] - _rank(both))
    return most


def _orthonormal(columns: Array) -> Array:
    left, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    return np.asarray(left[:, sizes > SMALL * sizes.max(initial=0)])


def _rank(columns: Array) -> int:
    sizes = np.linalg.svd(columns, compute_uv=False)
    return int(np.sum(sizes > SMALL * sizes[0]))
