"""Symmetries of weights: scalings and permutations of hidden units that change no function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import factorial, prod

import numpy as np
from numpy.typing import ArrayLike

from edgeom.errors import InputError, check_size
from edgeom.networks.arrays import Array, Weights, real_array
from edgeom.networks.polynomial.architecture import PolynomialArchitecture

__all__ = ["Symmetries"]

SWEEPS = 10  # through all layers, until scales are balanced well enough


@dataclass(frozen=True)
class Symmetries:
    """The group of scalings and permutations of hidden units of a network.

    It acts by W'_l = P_l D_l W_l E_{l-1}⁻¹ P_{l-1}ᵀ, with permutations P_l and diagonal matrices
    D_l of hidden layers; E_l is what ρ makes of D_l: D_l^r for powers t^r. Biases, the last columns
    of weights, are scaled with the rows. Activations that are no powers leave signs at most: those
    of even and of odd ones.

    Attributes
    ----------
    network : PolynomialArchitecture

    Examples
    --------
    >>> symmetries = Symmetries(PolynomialArchitecture([2, 2, 1], 2))
    >>> print(symmetries)
    scalings of 2 hidden units, and 2 permutations
    >>> symmetries.apply([[[1, 2], [3, 4]], [[5, 6]]], [[2, 1]], [[1, 0]])
    [array([[3., 4.],
           [2., 4.]]), array([[6.  , 1.25]])]
    """

    network: PolynomialArchitecture

    @property
    def scalings(self) -> int:
        """Dimension of the group of scalings, 0 where there are no others than signs."""
        return self.network.scalings

    @property
    def permutations(self) -> int:
        """Number of permutations of units within their layers."""
        return prod(map(factorial, self.network.widths[1:-1]))

    def apply(
        self,
        weights: Weights,
        scalings: Sequence[ArrayLike] | None = None,
        permutations: Sequence[Sequence[int]] | None = None,
    ) -> list[Array]:
        """Return other weights of the same function.

        Parameters
        ----------
        weights : list of arrays
        scalings : list of arrays (d_l,), optional
            The diagonals of D_1, ..., D_{L-1}, without zeros; by default 1.
        permutations : list of sequences, optional
            For each hidden layer which unit comes first, second, ...; by default none moves.

        Raises
        ------
        InputError
            They do not fit the network, or its activations do not allow the scalings.
        """
        matrices, hidden = self.network.check(weights), self.network.widths[1:-1]
        scales = [np.ones(d) for d in hidden] if scalings is None else list(scalings)
        orders = [range(d) for d in hidden] if permutations is None else list(permutations)
        if len(scales) != len(hidden) or len(orders) != len(hidden):
            raise InputError(f"there must be one scaling or permutation for each of {hidden}")
        for layer, (given, order, width) in enumerate(zip(scales, orders, hidden, strict=True)):
            scale = real_array(given, f"scalings[{layer}]")
            if scale.shape != (width,) or sorted(order) != list(range(width)):
                raise InputError(
                    f"layer {layer + 1} has {width} hidden units, got a scaling of shape "
                    f"{scale.shape} and the permutation {list(order)}"
                )
            factors = [self._factor(layer, value) for value in scale.tolist()]
            matrices[layer] = (scale[:, None] * matrices[layer])[list(order)]
            after = matrices[layer + 1]
            after[:, :width] = (after[:, :width] / factors)[:, list(order)]
        return matrices

    def random(self, weights: Weights, seed: int = 0) -> list[Array]:
        """Return weights of the same function, by random scalings and permutations."""
        rng = np.random.default_rng(check_size(seed, "seed", 0))
        hidden = self.network.widths[1:-1]
        scales = [np.ones(d) for d in hidden]
        if self.network.is_homogeneous:
            scales = [np.exp(rng.normal(size=d)) * rng.choice([-1, 1], d) for d in hidden]
        return self.apply(weights, scales, [rng.permutation(d).tolist() for d in hidden])

    def balanced(self, weights: Weights) -> list[Array]:
        """Return weights of the same function whose units have weights of one size in and out.

        Where activations are powers each hidden unit is scaled so that its row of W_l and its
        column of W_{l+1} have the same norm; units that are zero stay as they are.
        """
        matrices = self.network.check(weights)
        if not self.network.is_homogeneous:
            return matrices
        for _ in range(SWEEPS):
            for layer, r in enumerate(self.network.degrees):
                rows = np.linalg.norm(matrices[layer], axis=1)
                cols = np.linalg.norm(matrices[layer + 1][:, : len(rows)], axis=0)
                both = (rows > 0) & (cols > 0)
                scale = np.ones(len(rows))
                scale[both] = (cols[both] / rows[both]) ** (1 / (r + 1))
                matrices[layer] = matrices[layer] * scale[:, None]
                matrices[layer + 1][:, : len(rows)] /= scale**r
        return matrices

    def _factor(self, layer: int, scale: float) -> float:
        """Return μ with ρ(λt) = μ ρ(t)."""
        powers = {scale**k for k, a in enumerate(self.network.activations[layer]) if a}
        if scale == 0 or len(powers) > 1:
            text = self.network.activation[layer]
            raise InputError(f"the activation {text} does not allow to scale a unit by {scale:g}")
        return float(powers.pop())

    def __str__(self) -> str:
        scaled = f"scalings of {self.scalings} hidden units, and " if self.scalings else ""
        count = self.permutations
        return f"{scaled}{count} permutation{'s' * (count > 1)}"
