"""What reports on weights of any network have in common."""

from __future__ import annotations

__all__ = ["CriticalWeights"]


class CriticalWeights:
    """Weights as a critical point of a loss: what all reports are asked.

    Attributes
    ----------
    residual : float
        Relative size of the gradient.
    tolerance : float
        A residual up to it makes a critical point.
    kind : str
        "pure", "spurious", "undecided" or, for weights that are not critical, "none".
    type : str
        "global minimum", "local minimum", "saddle", "local maximum", "undecided", or "none".
    negative : int
        Number of negative eigenvalues of the Hessian.
    """

    residual: float
    tolerance: float
    kind: str
    type: str
    negative: int

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
