"""What reports on weights of any network have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from edgeom.networks.arrays import Array

__all__ = ["CriticalWeights"]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class CriticalWeights:
    """Weights as a critical point of L = ℓ∘μ: what all reports say.

    Attributes
    ----------
    value : float
        L(w).
    residual : float
        Relative size of the gradient, see ``residual`` of the loss.
    tolerance : float
        A residual up to it makes a critical point.
    kind : str
        "pure", "spurious", "undecided" or, for weights that are not critical, "none".
    type : str
        "global minimum", "local minimum", "saddle", "local maximum", "undecided", or "none".
    reason : str
        From which statement the type follows.
    differential_rank : int
        Of dμ.
    negative, positive, flat : int
        Numbers of eigenvalues of the Hessian of L; they add up to the number of parameters.
    weights : tuple of arrays
        Those that were classified.
    moved : float or None
        How far they are from the given ones, relative to the norm of these, if they were polished.
    advice : str
        What to do with weights that are not critical.
    """

    value: float
    residual: float
    tolerance: float
    kind: str
    type: str
    reason: str
    differential_rank: int
    negative: int
    positive: int
    flat: int
    weights: tuple[Array, ...] = ()
    moved: float | None = None
    advice: str = ""

    noun: ClassVar[str] = "weights"

    @property
    def critical(self) -> bool:
        """Whether the weights are a critical point within the tolerance."""
        return self.residual <= self.tolerance

    @property
    def is_minimum(self) -> bool:
        """Whether they are known to be a local minimum, global or not."""
        return self.type in ("global minimum", "local minimum")

    @property
    def index(self) -> int:
        """Number of negative eigenvalues of the Hessian; a saddle of index 0 is not strict."""
        return self.negative

    @property
    def residual_text(self) -> str:
        """The residual and the tolerance; where they look the same, with more digits."""
        short, tolerance = f"{self.residual:.0e}", f"{self.tolerance:.0e}"
        if short == tolerance:
            return f"{self.residual:.3e}, tolerance {self.tolerance:.3e}"
        return f"{short}, tolerance {tolerance}"

    @property
    def headline(self) -> str:
        """What they are, in one line."""
        if not self.critical:
            return "not a critical point of L"
        name = "of undecided type" if self.type == "undecided" else self.type
        strict = ", not strict" if self.type == "saddle" and not self.negative else ""
        kind = "" if self.kind == "undecided" else f"{self.kind} "
        return f"{kind}critical point of L: {name}{strict}"

    @property
    def network_text(self) -> str:
        """The network, in one line; empty where it is not said."""
        return ""

    @property
    def ranks(self) -> list[tuple[str, str]]:
        """Lines about ranks, each with its name."""
        return []

    @property
    def eigenvalues(self) -> str:
        """The signs of the eigenvalues of the Hessian, in words."""
        return f"{self.negative} negative, {self.positive} positive, {self.flat} flat eigenvalues"

    def __str__(self) -> str:
        rows = [("network", self.network_text)] if self.network_text else []
        rows += [("loss", f"{self.value:.6g}"), ("residual", self.residual_text)]
        if self.moved is not None:
            rows.append(("polished", f"moved by {self.moved:.1e} of the norm of the {self.noun}"))
        rows += self.ranks
        if self.critical:
            rows += [("Hessian", self.eigenvalues), ("reason", self.reason)]
        if self.advice:
            rows.append(("what now", self.advice))
        return "\n".join([self.headline, *(f"  {name:9s} {text}" for name, text in rows)])

    __repr__ = __str__
