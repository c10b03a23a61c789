"""Exact second opinions: critical points for rational data, counted by Gröbner bases.

Nothing here uses floating-point numbers, homotopies or the equations of :mod:`edgeom.equations`.
"""

from edgeom.exact.count import ExactCount, RealPoints, exact_count

__all__ = ["ExactCount", "RealPoints", "exact_count"]
