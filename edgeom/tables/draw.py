"""What every sample is: metric and data, drawn from its own stream, given, or from own laws.

The stream of a sample is made from the seed and its number, so a sample is the same whoever asks
for it. Metrics that are given, or drawn by a function, stand behind the data of their sample.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.arrays import numbers
from edgeom.critical.general import CriticalProblem
from edgeom.critical.problem import DistanceProblem
from edgeom.errors import InputError
from edgeom.limits import check_cost
from edgeom.objectives.family import ObjectiveFamily
from edgeom.objectives.matrices import are_definite
from edgeom.objectives.metric import Metric
from edgeom.tables.laws import GIVEN, Law
from edgeom.varieties.base import Variety
from edgeom.varieties.unseen import family_for

__all__ = [
    "Drawn",
    "check_definite",
    "draw",
    "own_samples",
    "own_words",
    "sample_problem",
    "split_rows",
]

Array = NDArray[Any]

#: draws a metric or data from a random generator
Drawn = Callable[[np.random.Generator], Any]


def draw(
    law: Law, family: ObjectiveFamily, n: int, seed: int, samples: NDArray[np.int64]
) -> tuple[Array, Array]:
    """Return metrics ``(samples, n, n)`` and data ``(samples, n)`` of some samples.

    Parameters
    ----------
    law : Metric, ObjectiveFamily or {"fresh", "weights"}
    family : ObjectiveFamily
        What draws data.
    n, seed : int
    samples : integer array
        Their numbers.
    """
    matrices, data = [], []
    for sample in samples.tolist():
        rng = _stream(seed, sample)
        if isinstance(law, str) and law == "fresh":
            f = rng.normal(size=(n, n))
            matrices.append(f.T @ f)
        elif isinstance(law, str) and law == "weights":
            matrices.append(np.diag(rng.normal(size=n) ** 2))
        data.append(family.draw(rng, n))
    if not isinstance(law, Metric | str):
        return np.zeros((len(samples), 0, 0)), np.array(data)
    if isinstance(law, Metric):
        fixed = np.broadcast_to(law.matrix, (len(samples), n, n))
        return fixed, np.array(data).reshape(-1, n)
    return np.array(matrices).reshape(-1, n, n), np.array(data).reshape(-1, n)


def split_rows(rows: Array, n: int) -> tuple[Array, Array]:
    """Return the metrics ``(samples, n, n)`` and the data ``(samples, n)`` of given samples."""
    return rows[:, n:].reshape(-1, n, n), rows[:, :n]


def own_samples(
    variety: Variety,
    metric: Array | Drawn | Metric | str,
    data: Drawn | Array | None,
    seed: int,
    first: int,
    samples: int,
) -> tuple[Law, Array | None]:
    """Return the law of metrics that a run has, and the rows of samples that users draw.

    Parameters
    ----------
    variety : Variety
    metric : Metric, str, array (samples, n, n) or callable
        A callable takes the stream of a sample and returns a metric, a matrix (n, n), or weights
        of the shape of a point.
    data : callable, array (samples, n) or None
        Drawn after the metric from the same stream; by default normal.
    seed, first, samples : int
        The samples are first, ..., first + samples - 1.

    Raises
    ------
    InputError
        A metric is not positive definite, or something has another shape.
    """
    n = variety.ambient_dimension
    each: Array | None = None
    if isinstance(metric, np.ndarray):
        each = metric
        if each.shape == (n, n):
            metric, each = Metric(each), None
        elif each.shape != (samples, n, n):
            raise InputError(
                f"metric must have shape {(n, n)} or (samples, {n}, {n}) with samples = {samples}, "
                f"got {each.shape}"
            )
    own = callable(metric) or each is not None
    if not own and not callable(data):
        assert isinstance(metric, Metric | str)
        return metric, data
    width = n + n * n * own
    check_cost(f"{samples} samples with own laws", memory=24.0 * samples * width)
    rows = np.empty((samples, width))
    for i in range(samples):
        rng = _stream(seed, first + i)
        if own:
            matrix = each[i] if each is not None else _matrix(variety, metric, rng, first + i)
            rows[i, n:] = np.ravel(matrix)
        if callable(data):
            rows[i, :n] = _point(variety, data(rng), f"data(rng) of sample {first + i}")
        else:
            rows[i, :n] = rng.normal(size=n) if data is None else data[i]
    if not own:
        assert isinstance(metric, Metric | str)
        return metric, rows
    check_definite(split_rows(rows, n)[0], lambda k: f"the metric of sample {first + k}")
    return GIVEN[1], rows


def own_words(metric: Any, data: Any, law: Law) -> str:
    """Say how samples of own laws are drawn, where users do not.

    >>> own_words(lambda rng: rng.random((3, 3)), None, "given matrices")
    'metrics by a function, normal data'
    """
    points = "data" if callable(data) else "normal data" if data is None else "given data"
    if callable(data):
        points += " by a function"
    if isinstance(law, str) and law in GIVEN:
        return f"{'metrics by a function' if callable(metric) else 'given metrics'}, {points}"
    if isinstance(law, Metric):
        return f"fixed metric ({law.name}), {points}"
    return f"{law} metrics, {points}"


def sample_problem(
    variety: Variety, law: Law, seed: int, sample: int, row: Array | None
) -> CriticalProblem:
    """Return the problem of one sample, with its data.

    Parameters
    ----------
    variety : Variety
    law : Metric, ObjectiveFamily or str
    seed, sample : int
    row : array, optional
        Of given data, and of the metric where each sample has its own.
    """
    n = variety.ambient_dimension
    if isinstance(law, ObjectiveFamily) and not isinstance(law, Metric):
        family = family_for(variety, law)
        theta = draw(law, family, n, seed, np.array([sample]))[1][0] if row is None else row
        shaped = variety.unflatten(theta) if family.like_points else theta
        return CriticalProblem.of_family(variety, law, shaped)
    if isinstance(law, str) and law in GIVEN:
        assert row is not None
        metrics, data = split_rows(row[None], n)
    else:
        normal = Metric.euclidean(n)
        metrics, data = draw(law, normal, n, seed, np.array([sample]))
        data = data if row is None else row[None]
    metric = law if isinstance(law, Metric) else Metric(metrics[0], f"that of sample {sample}")
    return DistanceProblem(variety, metric, data=variety.unflatten(data[0]))


def _stream(seed: int, sample: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(sample,)))


def _matrix(variety: Variety, metric: Any, rng: np.random.Generator, sample: int) -> Array:
    """Return the matrix of the metric that a function draws."""
    name, n = f"metric(rng) of sample {sample}", variety.ambient_dimension
    drawn = metric(rng)
    if isinstance(drawn, Metric):
        matrix = np.asarray(drawn.matrix)
    else:
        matrix = numbers(drawn, name, "iuf")
        if matrix.shape == variety.shape and matrix.shape != (n, n):
            matrix = np.diag(variety.flatten(matrix, name)) @ variety.default_metric.matrix
    if matrix.shape != (n, n):
        raise InputError(
            f"{name} must be a Metric, a matrix of shape {(n, n)} or weights of shape "
            f"{variety.shape}, got an array of shape {matrix.shape}"
        )
    return matrix


def _point(variety: Variety, drawn: Any, name: str) -> Array:
    point = numbers(drawn, name, "iuf")
    if point.shape != variety.shape:
        raise InputError(f"{name} must have shape {variety.shape}, got {point.shape}")
    if not np.isfinite(point).all():
        raise InputError(f"{name} must be finite")
    return np.asarray(variety.flatten(point, name), float)


def check_definite(matrices: Array, name: Callable[[int], str]) -> None:
    """Raise InputError, with the name of the first other one, unless all are positive definite."""
    good = are_definite(matrices)
    if not good.all():
        k = int(np.argmin(good))
        least = np.linalg.eigvalsh(np.nan_to_num(matrices[k]))[0]
        raise InputError(
            f"{name(k)} must be symmetric and positive definite, its least eigenvalue is "
            f"{least:.3g}"
        )
