"""Laws by which losses of linear networks are drawn, by name."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from edgeom.errors import InputError, nearest_name
from edgeom.networks.linear.network import LinearNetwork
from edgeom.objectives.base import Objective
from edgeom.objectives.distances import QuadraticLoss, SquaredDistance
from edgeom.objectives.family import ObjectiveFamily
from edgeom.objectives.likelihood import KullbackLeibler
from edgeom.objectives.metric import Metric
from edgeom.objectives.powers import PowerDistance, ridge

__all__ = ["Factory", "factory"]

#: draws a loss
Factory = Callable[[np.random.Generator], Objective]


def factory(network: LinearNetwork, loss: str | Factory | Objective) -> tuple[Factory, str]:
    """Return how a loss is drawn, and the name of its law, "" for a function without a name."""
    (rows, cols), n = network.shape, network.shape[0] * network.shape[1]

    def quadratic(rng: np.random.Generator) -> Objective:
        return QuadraticLoss(rng.normal(size=(cols, cols + 2)), rng.normal(size=(rows, cols + 2)))

    def generic(rng: np.random.Generator) -> Objective:
        metric = Metric.random(n, np.random.SeedSequence(int(rng.integers(2**63))))
        return SquaredDistance(rng.normal(size=(rows, cols)), metric)

    def power(rng: np.random.Generator) -> Objective:
        return PowerDistance(rng.normal(size=(rows, cols)), 4)

    def quartic(rng: np.random.Generator) -> Objective:
        data = rng.normal(size=(rows, cols))
        return SquaredDistance(data) + PowerDistance(data, 4)

    def ridged(rng: np.random.Generator) -> Objective:
        return PowerDistance(rng.normal(size=(rows, cols)), 4) + 0.1 * ridge(1, shape=(rows, cols))

    def divergence(rng: np.random.Generator) -> Objective:
        return KullbackLeibler(rng.integers(1, 101, size=(rows, cols)))

    laws: dict[str, tuple[Factory, str]] = {
        "quadratic": (quadratic, "quadratic loss"),
        "generic metric": (generic, "squared distance, generic metric"),
        "power": (power, "sum of fourth powers"),
        "quartic": (quartic, "squares and fourth powers"),
        "ridge": (ridged, "fourth powers with a ridge"),
        "divergence": (divergence, "Kullback-Leibler divergence"),
    }
    if isinstance(loss, Objective):
        return (lambda _: loss), loss.name
    if callable(loss):
        name = getattr(loss, "__name__", "")
        return loss, "" if name == "<lambda>" else name
    if isinstance(loss, ObjectiveFamily):
        raise InputError(
            f"loss must be drawn with its data, and {loss!r} is a law without: give a function, "
            f"as lambda rng: eg.PowerDistance(rng.normal(size={network.shape}), p=4)"
        )
    if not isinstance(loss, str) or loss not in laws:
        hint = nearest_name(loss, laws) if isinstance(loss, str) else ""
        raise InputError(f"loss must be a function or one of {', '.join(laws)}, got {loss!r}{hint}")
    return laws[loss]
