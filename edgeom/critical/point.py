"""One critical point."""

from __future__ import annotations

from dataclasses import dataclass

from edgeom.varieties.base import Array

__all__ = ["CriticalPoint"]


@dataclass(frozen=True, eq=False)
class CriticalPoint:
    """One critical point.

    Attributes
    ----------
    point : array
        Of the shape of the variety; real where `is_real`.
    is_real : bool
    index : int
        Number of negative eigenvalues of the Hessian: 0 for a local minimum; -1 for a non-real
        point, -2 where reality or the sign of an eigenvalue cannot be decided.
    value : float or complex
        Of the objective: the squared distance.
    residual : float
        Size of a Newton correction relative to the solution.
    is_defined : bool
        False for a point outside of the domain of a logarithm.
    parameters : array or None
        Those that the map of the variety takes to the point, see :class:`CriticalPoints`.

    Examples
    --------
    >>> import edgeom as eg
    >>> ellipse = eg.AlgebraicVariety(["x^2 + 4*y^2 = 4"], "x, y")
    >>> for p in eg.DistanceProblem(ellipse, data=[0.3, 0.1]).critical_points().real:
    ...     print(p.point.round(3), p.index, round(p.squared_distance, 3))
    [0.387 0.981] 0 0.784
    [ 0.414 -0.978] 0 1.176
    [ 1.998 -0.042] 1 2.904
    [-1.999 -0.028] 1 5.303
    """

    point: Array
    is_real: bool
    index: int
    value: float | complex
    residual: float
    is_defined: bool = True
    parameters: Array | None = None

    @property
    def squared_distance(self) -> float | complex:
        """The value of the objective, where that is the squared distance."""
        return self.value

    @property
    def is_minimum(self) -> bool:
        """Whether it is a local minimum of the objective."""
        return self.is_real and self.index == 0 and self.is_defined
