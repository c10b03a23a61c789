"""What is said about weights as a critical point of the loss of a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from edgeom.networks.critical_weights import CriticalWeights
from edgeom.networks.linear.network import LinearNetwork

__all__ = ["REASONS", "CriticalPointReport", "Signs"]

REASONS = {
    "convex": "ℓ is convex and ∇ℓ(μ(w)) = 0 within the tolerance: where it is 0, ℓ has its least "
    "value on all matrices",
    "submersion": "dμ has maximal rank: μ is a submersion onto the smooth locus, and the type is "
    "that of μ(w) for ℓ on the neuromanifold",
    "Eckart-Young": "dμ has maximal rank, and μ(w) is a local minimum on the neuromanifold: the "
    "only one (Eckart and Young)",
    "least value": "within the tolerance L(w) is the least value of ℓ on matrices of rank at most "
    "r, a sum of squares of singular values (Eckart and Young)",
    "rank": "rank μ(w) < r and ∇ℓ(μ(w)) ≠ 0: L takes smaller and larger values near every such "
    "critical point",
    "minimum of ℓ": "μ(w) is a local minimum of ℓ on all matrices",
    "maximum of ℓ": "μ(w) is a local maximum of ℓ on all matrices",
    "Hessian": "the Hessian of L has eigenvalues of both signs",
    "flat": "the Hessian of L is degenerate and no theorem decides",
    "near": "the gradient of L is small because dμ nearly loses rank, not because that of ℓ is: "
    "compute the weights more precisely, or raise the tolerance",
}


@dataclass(frozen=True, eq=False, repr=False)
class CriticalPointReport(CriticalWeights):
    """What is known about weights as a critical point of L = ℓ∘μ.

    See also :class:`~edgeom.networks.critical_weights.CriticalWeights`.

    Attributes
    ----------
    network : LinearNetwork
    functional_residual : float
        Size of ∇ℓ(μ(w)) on the tangent space of the neuromanifold, relative to the terms of ∇ℓ. At
        a singular point the tangent space is that of all matrices.
    rank : int
        Of the product μ(w).
    fibre : int
        Dimension of the common kernel of the Hessian and dμ. Where dμ has maximal rank the fibre is
        a manifold and this is its dimension.
    invariant : int
        How many more flat directions are those in which ℓ never changes, see
        :meth:`edgeom.objectives.base.Objective.invariance`; all others are degenerate.

    Notes
    -----
    The residual is the largest ‖∂L/∂W_i‖, relative to Π_{j≠i} ‖W_j‖ times the terms of ∇ℓ.
    """

    network: LinearNetwork
    functional_residual: float
    rank: int
    fibre: int
    invariant: int = 0

    @property
    def maximal_differential(self) -> bool:
        """Whether dμ has the rank of the neuromanifold's dimension."""
        return self.differential_rank == self.network.dim

    @property
    def network_text(self) -> str:
        filling = "filling" if self.network.filling else "not filling"
        return f"widths {', '.join(map(str, self.network.widths))}, {filling}"

    @property
    def ranks(self) -> list[tuple[str, str]]:
        return [
            ("∇ℓ", f"{self.functional_residual:.0e} on the tangent space of the neuromanifold"),
            ("product", f"rank {self.rank}, r = {self.network.rank}"),
            ("dμ", f"rank {self.differential_rank}, at most {self.network.dim}"),
        ]

    @property
    def eigenvalues(self) -> str:
        text = f"{super().eigenvalues}, {self.fibre} of these in the kernel of dμ"
        return text + (f", {self.invariant} by the invariance of ℓ" if self.invariant else "")


class Signs(NamedTuple):
    """Numbers of eigenvalues of the Hessian of L, and of flat directions: of dμ, of ℓ."""

    negative: int
    positive: int
    flat: int
    fibre: int
    invariant: int = 0
