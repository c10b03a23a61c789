"""What is said about weights as a critical point of the loss of a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from edgeom.networks.arrays import Array
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


@dataclass(frozen=True, eq=False)
class CriticalPointReport(CriticalWeights):
    """What is known about weights as a critical point of L = ℓ∘μ.

    Attributes
    ----------
    network : LinearNetwork
    value : float
        L(w).
    residual : float
        Largest ‖∂L/∂W_i‖, relative to Π_{j≠i} ‖W_j‖ times the terms of ∇ℓ.
    tolerance : float
        A residual up to it makes a critical point.
    functional_residual : float
        Size of ∇ℓ(μ(w)) on the tangent space of the neuromanifold, relative to the terms of ∇ℓ. At
        a singular point the tangent space is that of all matrices.
    kind : str
        "pure", "spurious", "undecided" or, for weights that are not critical, "none".
    type : str
        "global minimum", "local minimum", "saddle", "local maximum", "undecided", or "none".
    reason : str
        From which statement the type follows.
    rank : int
        Of the product μ(w).
    differential_rank : int
        Of dμ.
    negative, positive, flat : int
        Numbers of eigenvalues of the Hessian of L; they add up to the number of parameters.
    fibre : int
        Dimension of the common kernel of the Hessian and dμ. Where dμ has maximal rank the fibre is
        a manifold and this is its dimension.
    invariant : int
        How many more flat directions are those in which ℓ never changes, see
        :meth:`edgeom.objectives.base.Objective.invariance`; all others are degenerate.
    weights : list of arrays
        Those that were classified.
    moved : float or None
        How far they are from the given ones, relative to the norm of these, if they were polished.
    advice : str
        What to do with weights that are not critical.
    """

    network: LinearNetwork
    value: float
    residual: float
    tolerance: float
    functional_residual: float
    kind: str
    type: str
    reason: str
    rank: int
    differential_rank: int
    negative: int
    positive: int
    flat: int
    fibre: int
    invariant: int = 0
    weights: tuple[Array, ...] = ()
    moved: float | None = None
    advice: str = ""

    @property
    def maximal_differential(self) -> bool:
        """Whether dμ has the rank of the neuromanifold's dimension."""
        return self.differential_rank == self.network.dim

    def __str__(self) -> str:
        net = self.network
        filling = "filling" if net.filling else "not filling"
        rows = [
            ("network", f"widths {', '.join(map(str, net.widths))}, {filling}"),
            ("loss", f"{self.value:.6g}"),
            ("residual", self.residual_text),
            ("∇ℓ", f"{self.functional_residual:.0e} on the tangent space of the neuromanifold"),
            ("product", f"rank {self.rank}, r = {net.rank}"),
            ("dμ", f"rank {self.differential_rank}, at most {net.dim}"),
        ]
        if self.moved is not None:
            rows.insert(3, ("polished", f"moved by {self.moved:.1e} of the norm of the weights"))
        if self.advice:
            rows.append(("what now", self.advice))
        if self.critical:
            eigenvalues = (
                f"{self.negative} negative, {self.positive} positive, {self.flat} flat "
                f"eigenvalues, {self.fibre} of these in the kernel of dμ"
            )
            if self.invariant:
                eigenvalues += f", {self.invariant} by the invariance of ℓ"
            rows += [("Hessian", eigenvalues), ("reason", self.reason)]
        return "\n".join([self.headline, *(f"  {name:9s} {text}" for name, text in rows)])

    __repr__ = __str__


class Signs(NamedTuple):
    """Numbers of eigenvalues of the Hessian of L, and of flat directions: of dμ, of ℓ."""

    negative: int
    positive: int
    flat: int
    fibre: int
    invariant: int = 0
