"""The loss of a linear network as an objective on the space of its weights."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.homotopy.derivatives import vjp
from edgeom.homotopy.tape import Var
from edgeom.networks.linear.network import LinearNetwork
from edgeom.objectives.base import AlgebraicObjective
from edgeom.objectives.family import ObjectiveFamily
from edgeom.varieties.base import product

__all__ = ["WeightFamily", "WeightObjective"]


class WeightFamily(ObjectiveFamily):
    """The functions h(W_h ⋯ W_1; θ) of the weights, in the order of ``network.flatten``.

    Parameters
    ----------
    network : LinearNetwork
    loss : ObjectiveFamily
        The functions h of matrices.
    """

    noun = "the loss in the weights"
    like_points = False

    def __init__(self, network: LinearNetwork, loss: ObjectiveFamily) -> None:
        self.network, self.loss = network, loss
        widths = network.widths
        self.shapes = list(zip(widths[1:], widths[:-1], strict=True))
        self.dimension = sum(rows * cols for rows, cols in self.shapes)
        self.outputs = widths[-1] * widths[0]
        self.name = f"{loss.name} of a network of widths {', '.join(map(str, widths))}"
        self.is_real, self.is_exact = loss.is_real, loss.is_exact
        self.degree = None if loss.degree is None else loss.degree * network.depth

    def parameter_names(self, n: int) -> tuple[str, ...]:
        return self.loss.parameter_names(self.outputs)

    def _product(self, x: Sequence[Any]) -> list[Any]:
        layers, start = [], 0
        for rows, cols in self.shapes:
            layers.append([list(x[start + i * cols : start + (i + 1) * cols]) for i in range(rows)])
            start += rows * cols
        matrix = reduce(lambda below, layer: product(layer, below), layers)
        return [entry for row in matrix for entry in row]

    def gradient(self, x: Sequence[Var], theta: Sequence[Var]) -> list[Var]:
        entries = self._product(x)
        return vjp(entries, x, self.loss.gradient(entries, theta))

    def poles(self, x: Sequence[Var]) -> list[Var]:
        return self.loss.poles(self._product(x))

    def defined(self, x: NDArray[Any]) -> NDArray[np.bool_]:
        entries = self._product([x[..., i] for i in range(x.shape[-1])])
        return self.loss.defined(np.stack(entries, axis=-1))

    def values(self, x: NDArray[Any], theta: NDArray[Any]) -> NDArray[Any]:
        entries = self._product([x[..., i] for i in range(x.shape[-1])])
        return self.loss.values(np.stack(entries, axis=-1), theta)

    def draw(self, rng: np.random.Generator, n: int) -> NDArray[Any]:
        return self.loss.draw(rng, self.outputs)

    @property
    def law(self) -> str:
        return self.loss.law

    def refuse(self, data: NDArray[Any]) -> None:
        self.loss.refuse(data)


class WeightObjective(AlgebraicObjective):
    """The loss of a linear network as a function of its weights, as one list.

    Parameters
    ----------
    network : LinearNetwork
    loss : AlgebraicObjective
        On matrices.
    """

    def __init__(self, network: LinearNetwork, loss: AlgebraicObjective) -> None:
        family, self.data = loss.composable
        self.family = own = WeightFamily(network, family)
        self.shape, self.name = (sum(rows * cols for rows, cols in own.shapes),), own.name
        self.convex = None
