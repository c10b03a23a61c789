"""The loss of a polynomial network in its weights, and what kind of critical point weights are.

L = ℓ∘μ has critical points for two reasons: because μ(w) is critical for ℓ on the neurovariety
(pure), or because the differential dμ loses rank at w (spurious).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from edgeom.errors import InputError, keywords_checked
from edgeom.homotopy.derivatives import jvp, vjp
from edgeom.homotopy.tape import Builder, Tape
from edgeom.networks.arrays import Array, Weights, check_type, numerical_rank
from edgeom.networks.critical_weights import CriticalWeights
from edgeom.networks.polish import NOT_CRITICAL, report_on
from edgeom.networks.polynomial.network import PolynomialNetwork
from edgeom.objectives.base import Objective

__all__ = ["PolynomialNetworkLoss", "WeightsReport"]

STEPS = (1e-3, 1e-4)  # distances, relative to the weights, at which tangent spaces are compared
NEIGHBOURS = 4

REASONS = {
    "convex": "ℓ is convex and ∇ℓ(μ(w)) = 0 within the tolerance",
    "immersion": "dμ has maximal rank: the type is that of μ(w) for ℓ on the neurovariety",
    "Hessian": "the Hessian of L has eigenvalues of both signs",
    "flat": "the Hessian of L is degenerate and has not both signs",
    "near": "the gradient of L is small, but not that of ℓ on the tangent space: compute the "
    "weights more precisely",
}


@dataclass(frozen=True, eq=False, repr=False)
class WeightsReport(CriticalWeights):
    """What is known about weights of a polynomial network as a critical point of L = ℓ∘μ.

    See also :class:`~edgeom.networks.critical_weights.CriticalWeights`.

    Attributes
    ----------
    network : PolynomialNetwork
    smooth : bool or None
        Whether the neurovariety looks smooth at μ(w): where dμ loses rank this is seen from the
        tangent spaces at weights close by, which is evidence and no proof.

    Notes
    -----
    The residual is the size of the gradient of L, relative to that of dμ and of the terms of ∇ℓ.
    """

    network: PolynomialNetwork
    smooth: bool | None

    @property
    def maximal_differential(self) -> bool:
        """Whether dμ has the rank of the neurovariety's dimension."""
        return self.differential_rank == self.network.dimension

    @property
    def ranks(self) -> list[tuple[str, str]]:
        return [("dμ", f"rank {self.differential_rank}, at most {self.network.dimension}")]


class PolynomialNetworkLoss:
    """The loss L = ℓ∘μ of a polynomial network in its weights.

    Parameters
    ----------
    network : PolynomialNetwork
    loss : Objective
        On arrays of coefficients (outputs, monomials), such as a
        :class:`~edgeom.SquaredDistance` with a metric of the inputs.

    Examples
    --------
    >>> from edgeom.objectives.distances import SquaredDistance
    >>> network = PolynomialNetwork([2, 1, 1], 2)
    >>> distance = SquaredDistance([[2, 0, 1]], network.metric("gaussian"))
    >>> loss = PolynomialNetworkLoss(network, distance)
    >>> report = loss.classify([[[1, 0]], [[7 / 3]]])
    >>> report.kind, report.type, report.positive, report.flat
    ('pure', 'local minimum', 2, 1)
    """

    def __init__(self, network: PolynomialNetwork, loss: Objective) -> None:
        self.network = check_type(network, PolynomialNetwork, "network")
        if not isinstance(loss, Objective):
            raise InputError(f"loss must be an Objective, got {type(loss).__name__}")
        self.loss = loss
        if loss.shape != network.shape:
            raise InputError(
                f"the loss takes arrays of shape {loss.shape}, coefficients of {network} have "
                f"shape {network.shape}"
            )

    def __repr__(self) -> str:
        return f"PolynomialNetworkLoss({self.network!r}, {self.loss!r})"

    def value(self, weights: Weights) -> float:
        """Return L(w)."""
        return self.loss.value(self.network.map(weights))

    def gradient(self, weights: Weights) -> list[Array]:
        """Return the derivatives by W_1, ..., W_L."""
        slope = self.loss.gradient(self.network.map(weights)).ravel()
        return self.network.unflatten(self.network.differential(weights).T @ slope)

    def hessian(self, weights: Weights) -> Array:
        """Return the Hessian of L, (parameters, parameters), in the order of ``network.flatten``.

        D²L(V, V) = ∇²ℓ(dμ V, dμ V) + ⟨∇ℓ, d²μ(V, V)⟩.
        """
        function, differential = self.network.map(weights), self.network.differential(weights)
        slope = self.loss.gradient(function).ravel()
        u = self.network.flatten(weights)
        curvature = self._curvature.arrays(u=u[None], g=slope[None])["H"][0].reshape(len(u), -1)
        total = differential.T @ self.loss.hessian(function) @ differential + curvature
        return np.asarray((total + total.T) / 2)

    @cached_property
    def _curvature(self) -> Tape:
        """The tape of w and g -> the Hessian of ⟨g, μ(w)⟩."""
        b = Builder()
        u = b.inputs("u", self.network.parameter_count)
        g = b.inputs("g", self.network.ambient_dimension)
        values = [b.lift(value) for value in self.network.coefficients(u)]
        gradient = vjp(values, u, g)
        units = [[b.one if k == j else b.zero for k in range(len(u))] for j in range(len(u))]
        return b.finish({"H": [value for unit in units for value in jvp(gradient, u, unit)]})

    def residual(self, weights: Weights) -> float:
        """Return the size of the gradient, relative to that of dμ and of the terms of ∇ℓ."""
        function, differential = self.network.map(weights), self.network.differential(weights)
        slope = self.loss.gradient(function).ravel()
        size = float(np.linalg.norm(differential, 2)) * (self.loss.gradient_size(function) or 1.0)
        return float(np.linalg.norm(differential.T @ slope)) / (size or 1.0)

    @keywords_checked
    def classify(
        self,
        weights: Weights,
        *,
        tolerance: float = 1e-8,
        flat: float = 1e-6,
        polish: bool | None = None,
    ) -> WeightsReport:
        """Tell whether weights are a critical point of L, pure or spurious, and of which type.

        Parameters
        ----------
        weights : list of arrays, mapping, or model
        tolerance : float
            Relative size up to which gradients and singular values count as zero.
        flat : float
            Size, relative to the largest, up to which an eigenvalue of the Hessian has no sign.
        polish : bool, optional
            As in :meth:`edgeom.NetworkLoss.classify`: by default for single precision only.

        Notes
        -----
        As for linear networks (Trager, Kohn, Bruna, arXiv 1910.01671) critical weights are *pure*
        if μ(w) is a smooth point of the neurovariety and critical for ℓ on it, else *spurious*.

        Where dμ has maximal rank, μ is locally a submersion onto a smooth branch of the
        neurovariety: w is pure, and the type is that of μ(w). Elsewhere, in a filling network w is
        pure if and only if ∇ℓ(μ(w)) = 0. In others the tangent spaces at weights close by show
        whether μ(w) is a smooth point; if they do not come together it is singular, and w is
        spurious, as at weights with a unit that is zero, or two that are multiples.
        """
        return report_on(self, weights, self._classify, tolerance, flat, polish)

    def _classify(self, weights: list[Array], tolerance: float, flat: float) -> WeightsReport:
        """Classify weights as they are."""
        network = self.network
        function, differential = network.map(weights), network.differential(weights)
        slope = self.loss.gradient(function).ravel()
        terms = self.loss.gradient_size(function) or 1.0
        size = float(np.linalg.norm(differential, 2))
        residual = self.residual(weights)
        rank = numerical_rank(differential, tolerance, size)
        stationary = bool(np.linalg.norm(slope) <= tolerance * terms)
        kind, kind_type, reason, smooth = "none", "none", "", None
        negative = positive = 0
        if residual <= tolerance:
            maximal = rank == network.dimension
            smooth, along = self._smoothness(weights, differential, slope / terms, maximal)
            kind = "pure" if smooth and along <= np.sqrt(tolerance) else "spurious"
            negative, positive = self._signs(weights, differential, maximal, flat)
            degenerate = negative + positive < (rank if maximal else network.parameter_count)
            kind_type, reason = self._type(maximal, stationary, negative, positive, degenerate)
            if maximal and along > np.sqrt(tolerance):
                kind, kind_type, reason = "undecided", "undecided", "near"
        return WeightsReport(
            network=network,
            value=self.loss.value(function),
            residual=residual,
            tolerance=tolerance,
            kind=kind,
            type=kind_type,
            reason=reason and REASONS[reason],
            smooth=smooth,
            differential_rank=rank,
            negative=negative,
            positive=positive,
            flat=network.parameter_count - negative - positive,
            weights=tuple(weights),
            advice="" if residual <= tolerance else NOT_CRITICAL,
        )

    def _smoothness(
        self, weights: Weights, differential: Array, slope: Array, maximal: bool
    ) -> tuple[bool, float]:
        """Tell whether μ(w) is smooth, and the size of ∇ℓ on the tangent space there."""
        if maximal or self.network.filling:
            frame = np.linalg.svd(differential)[0][:, : self.network.dimension]
            along = slope if self.network.filling else frame.T @ slope
            return True, float(np.linalg.norm(along))
        rng = np.random.default_rng(0)
        u = self.network.flatten(weights)
        directions = rng.normal(size=(NEIGHBOURS, len(u)))
        angles = []
        for step in STEPS:
            near = u + step * (np.linalg.norm(u) or 1.0) * directions / np.sqrt(len(u))
            dx = self.network.geometry.arrays(u=near)["dx"].reshape(NEIGHBOURS, -1, len(u))
            frames = np.linalg.svd(dx)[0][:, :, : self.network.dimension]
            gaps = [
                np.linalg.norm(frame - frames[0] @ (frames[0].T @ frame), 2) for frame in frames[1:]
            ]
            angles.append(max(gaps))
        smooth = bool(angles[1] < angles[0] / 3)
        return smooth, float(np.linalg.norm(frames[0].T @ slope))

    def _signs(
        self, weights: Weights, differential: Array, maximal: bool, flat: float
    ) -> tuple[int, int]:
        """Count negative and positive eigenvalues.

        Where dμ has maximal rank they are those of ℓ on the neurovariety in an orthonormal frame
        of its tangent space: how units are scaled then does not matter.
        """
        hessian = self.hessian(weights)
        if maximal:
            _, sizes, right = np.linalg.svd(differential)
            count = self.network.dimension
            frame = right[:count] / sizes[:count, None]
            hessian = frame @ hessian @ frame.T
        values = np.linalg.eigvalsh(hessian)
        bound = flat * float(np.abs(values).max())
        return int(np.sum(values < -bound)), int(np.sum(values > bound))

    def _type(
        self, maximal: bool, stationary: bool, negative: int, positive: int, degenerate: bool
    ) -> tuple[str, str]:
        """Return the type of critical weights, and why."""
        if stationary and self.loss.convex:
            return "global minimum", "convex"
        reason = "immersion" if maximal else "Hessian"
        if negative and positive:
            return "saddle", reason
        if degenerate:
            return "undecided", "flat"
        return ("local maximum" if negative else "local minimum"), reason
