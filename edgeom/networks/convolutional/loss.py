"""The loss of a convolutional network in its filters, and what kind of critical point filters are.

L = ℓ∘μ with μ the product of filters. Filters in one power of z can be multiplied first: their
products, one for each power, parametrise the closure of the neuromanifold without losing rank
(arXiv 2304.05752). μ loses rank where filters in the same power have a common root.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from edgeom.errors import InputError, keywords_checked
from edgeom.networks.arrays import Array, check_type, numerical_rank, relative_gradient
from edgeom.networks.convolutional.layers import ConvolutionalArchitecture
from edgeom.networks.convolutional.network import ConvolutionalNetwork
from edgeom.networks.critical_weights import CriticalWeights
from edgeom.networks.polish import NOT_CRITICAL, report_on
from edgeom.objectives.base import Objective

__all__ = ["ConvolutionalNetworkLoss", "FilterReport"]

REASONS = {
    "convex": "ℓ is convex and ∇ℓ(μ(w)) = 0 within the tolerance",
    "submersion": "dμ has maximal rank: the type is that of μ(w) for ℓ on the neuromanifold",
    "zero": "a filter is 0 and ∇ℓ(0) is not: L takes smaller and larger values close by",
    "Hessian": "the Hessian of L has eigenvalues of both signs",
    "orbit": "the Hessian of L is definite across the rescalings of the filters, which do not "
    "change L",
    "flat": "the Hessian of L is degenerate and no statement decides",
    "near": "the gradient of L is small because dμ nearly loses rank, not because that of ℓ is: "
    "compute the filters more precisely, or raise the tolerance",
}


@dataclass(frozen=True, eq=False, repr=False)
class FilterReport(CriticalWeights):
    """What is known about filters as a critical point of L = ℓ∘μ.

    See also :class:`~edgeom.networks.critical_weights.CriticalWeights`.

    Attributes
    ----------
    network : ConvolutionalNetwork

    Notes
    -----
    The residual is the largest ‖∂L/∂w_l‖, relative to the norms of the other filters times the
    terms of ∇ℓ. Filters are pure if μ(w) is a smooth point of the closure of the neuromanifold and
    critical for ℓ on it.
    """

    network: ConvolutionalNetwork

    noun = "filters"

    @property
    def network_text(self) -> str:
        return str(self.network)

    @property
    def ranks(self) -> list[tuple[str, str]]:
        return [("dμ", f"rank {self.differential_rank}, at most {self.network.dim}")]


class ConvolutionalNetworkLoss:
    """The loss L = ℓ∘μ of a convolutional network in its filters; ``NetworkLoss`` makes it.

    Parameters
    ----------
    network : ConvolutionalNetwork
    loss : Objective
        On end filters, of shape (end_filter_size,).

    Raises
    ------
    InputError
        The loss is not one, or takes arrays of another shape.

    Examples
    --------
    >>> import edgeom as eg
    >>> network = eg.ConvolutionalNetwork((2, 2))
    >>> metric, q = network.quadratic_loss([[1, 0, 2], [0, 1, 1], [1, 2, 0]], [[1, 3, 2]])
    >>> loss = eg.NetworkLoss(network, eg.SquaredDistance(q, metric))
    >>> end = eg.descend(loss, network.random_filters(1))
    >>> report = loss.classify(end.weights)
    >>> report.kind, report.type, network.multiply(end.weights).round(6) + 0
    ('pure', 'global minimum', array([0.25, 1.5 , 0.75]))
    """

    def __init__(self, network: ConvolutionalNetwork, loss: Objective) -> None:
        self.network = check_type(network, ConvolutionalNetwork, "network")
        if not isinstance(loss, Objective):
            raise InputError(f"loss must be an Objective, got {type(loss).__name__}")
        if loss.shape != (network.end_filter_size,):
            raise InputError(
                f"the loss takes arrays of shape {loss.shape}, end filters have shape "
                f"{(network.end_filter_size,)}; network.quadratic_loss(inputs, outputs) returns "
                "metric and data of a SquaredDistance"
            )
        self.loss = loss

    def __repr__(self) -> str:
        return f"NetworkLoss({self.network!r}, {self.loss!r})"

    def value(self, weights: Any) -> float:
        """Return L(w)."""
        return self.loss.value(self.network.multiply(weights))

    def gradient(self, weights: Any) -> list[Array]:
        """Return the derivatives by the filters."""
        slope = self.loss.gradient(self.network.multiply(weights))
        return self.network.unflatten(self.network.differential(weights).T @ slope)

    def hessian(self, weights: Any) -> Array:
        """Return the Hessian of L, (parameters, parameters), in the order of ``network.flatten``.

        D²L(V, V) = ∇²ℓ(dμ V, dμ V) + ⟨∇ℓ, d²μ(V, V)⟩.
        """
        filters = self.network.unflatten(self.network.flatten(weights))
        return self._hessian(filters, self.loss.gradient(self.network.multiply(filters)))

    def _hessian(self, filters: list[Array], slope: Array) -> Array:
        """Return the Hessian of L with an array in place of ∇ℓ."""
        differential = np.asarray(self.network.differential(filters), float)
        end = self.network.multiply(filters)
        total = differential.T @ self.loss.hessian(end) @ differential
        place, ends = 0, np.cumsum([0, *self.network.filter_sizes])
        for i, size in enumerate(self.network.filter_sizes):
            for unit in np.eye(size):
                other = [*filters[:i], unit, *filters[i + 1 :]]
                row = np.asarray(self.network.differential(other), float).T @ slope
                row[ends[i] : ends[i + 1]] = 0  # μ is linear in each filter
                total[place] += row
                place += 1
        return np.asarray((total + total.T) / 2)

    def residual(self, weights: Any) -> float:
        """Return the relative size of the gradient, see :class:`FilterReport`."""
        filters = self.network.unflatten(self.network.flatten(weights))
        terms = self.loss.gradient_size(self.network.multiply(filters))
        norms = [float(np.linalg.norm(each)) for each in filters]
        return relative_gradient(self.gradient(filters), norms, terms)

    @keywords_checked
    def classify(
        self,
        weights: Any,
        *,
        tolerance: float = 1e-8,
        flat: float = 1e-6,
        polish: bool | None = None,
    ) -> FilterReport:
        """Tell whether filters are a critical point of L, pure or spurious, and of which type.

        Parameters
        ----------
        weights : list of arrays, mapping, or model
            Filters (k_l,), or (1, 1, k_l) as of a Conv1d of PyTorch without bias.
        tolerance : float
            Relative size up to which gradients and singular values count as zero.
        flat : float
            Size, relative to the largest, up to which an eigenvalue of the Hessian has no sign.
        polish : bool, optional
            As in :meth:`edgeom.NetworkLoss.classify`.

        Returns
        -------
        FilterReport

        Raises
        ------
        InputError
            The filters do not fit the network, or a tolerance is not between 0 and 1.

        Notes
        -----
        Critical filters are *pure* if μ(w) ≠ 0 and ∇ℓ is orthogonal to the tangent space of the
        closure of the neuromanifold at μ(w), which for networks without strides is the space of all
        end filters; else they are *spurious* (Kohn, Merkh, Montúfar, Trager, arXiv 2108.01538; with
        strides arXiv 2304.05752).

        The type, in this order: ℓ convex and ∇ℓ(μ(w)) = 0, a global minimum. A filter is 0 and
        ∇ℓ(0) is not orthogonal to all products: a saddle, for L has the same value at all filters
        of which one is 0, and close by some of them are not critical. dμ of maximal rank: that of ℓ
        on the neuromanifold. Otherwise the signs of the Hessian, if it is degenerate in the
        directions of rescalings of filters only, or has both signs. What remains is undecided.
        """
        return report_on(self, weights, self._classify, tolerance, flat, polish, "filters")

    def _classify(self, filters: list[Array], tolerance: float, flat: float) -> FilterReport:
        """Classify filters as they are."""
        network = self.network
        end, differential = network.multiply(filters), network.differential(filters)
        differential = np.asarray(differential, float)
        slope = self.loss.gradient(end)
        terms = self.loss.gradient_size(end) or 1.0
        scale = float(np.linalg.norm(differential, 2)) or 1.0
        rank = numerical_rank(differential, tolerance, scale)
        residual = self.residual(filters)
        kind, type_, reason, signs = "none", "none", "", (0, 0)
        if residual <= tolerance:
            zero = any(not each.any() for each in filters)
            stationary = bool(np.linalg.norm(slope) <= tolerance * terms)
            maximal = rank == network.dim
            kind = self._kind(filters, slope / terms, maximal, zero, stationary, tolerance)
            hessian = self._hessian(filters, np.zeros_like(slope) if stationary else slope)
            frame = np.linalg.svd(differential)[2][: rank if maximal else len(hessian)]
            values = np.linalg.eigvalsh(frame @ hessian @ frame.T)
            bound = flat * max(float(np.abs(values).max(initial=0)), terms * tolerance)
            signs = int(np.sum(values < -bound)), int(np.sum(values > bound))
            free = 0 if maximal else network.depth - 1
            degenerate = len(values) - sum(signs) > free or zero
            if kind == "undecided":
                type_, reason = "undecided", "near"
            elif stationary and self.loss.convex:
                type_, reason = "global minimum", "convex"
            elif zero and not stationary and self._is_seen(slope / terms, tolerance):
                type_, reason = "saddle", "zero"
            elif all(signs) or not degenerate:
                reason = "submersion" if maximal else "Hessian" if all(signs) else "orbit"
                type_ = "saddle" if all(signs) else "local maximum" if signs[0] else "local minimum"
            else:
                type_, reason = "undecided", "flat"
        return FilterReport(
            network=network,
            value=self.loss.value(end),
            residual=residual,
            tolerance=tolerance,
            kind=kind,
            type=type_,
            reason=reason and REASONS[reason],
            differential_rank=rank,
            negative=signs[0],
            positive=signs[1],
            flat=network.parameter_count - sum(signs),
            weights=tuple(filters),
            advice="" if residual <= tolerance else NOT_CRITICAL,
        )

    def _kind(
        self,
        filters: list[Array],
        slope: Array,
        maximal: bool,
        zero: bool,
        stationary: bool,
        tolerance: float,
    ) -> str:
        """Tell whether critical filters are pure or spurious."""
        if zero:
            return "pure" if stationary and len(self.network.levels) == 1 else "spurious"
        along = 0.0 if stationary else self._along(filters, slope)
        if maximal:
            return "pure" if along <= np.sqrt(tolerance) else "undecided"
        return "pure" if along <= 10 * tolerance else "spurious"

    def _along(self, filters: list[Array], slope: Array) -> float:
        """Return the size of ∇ℓ on the tangent space of the closure of the neuromanifold."""
        network, powers = self.network, []
        steps = [prod(network.strides[:layer]) for layer in range(network.depth)]
        sizes, products = [], []
        for level in network.levels:
            own = [w for w, step in zip(filters, steps, strict=True) if step == level.stride]
            form = np.ones(1)
            for each in own:
                form = np.convolve(form, each)
            powers.append(level.stride)
            sizes.append(len(form))
            products.append(form)
        for power, step in enumerate(steps):  # filters of one entry in powers of their own
            if step not in powers:
                products[0] = products[0] * filters[power][0]
        strides = [b // a for a, b in zip(powers, [*powers[1:], powers[-1]], strict=True)]
        levels = ConvolutionalArchitecture(sizes, strides)
        frame = np.linalg.svd(np.asarray(levels.differential(products), float))[0][:, : network.dim]
        return float(np.linalg.norm(frame.T @ slope))

    def _is_seen(self, slope: Array, tolerance: float) -> bool:
        """Whether ∇ℓ is not orthogonal to all end filters."""
        ends = [self.network.multiply(self.network.random_filters(seed)) for seed in range(5)]
        return any(abs(end @ slope) > tolerance * np.linalg.norm(end) for end in ends)
