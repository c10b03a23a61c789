"""What can go wrong, as few exception types as users need to tell apart.

Every message says what was given, what is wrong with it and what to do.
"""

from __future__ import annotations

__all__ = ["DegenerateDataError", "EdgeomError", "IncompleteError", "InputError"]


class EdgeomError(Exception):
    """Base class of every error that edgeom raises on purpose."""


class InputError(EdgeomError, ValueError):
    """An argument that cannot be used: wrong shape, out of range, not a polynomial, ..."""


class DegenerateDataError(EdgeomError):
    """The data point has no well-defined finite list of critical points of the generic size.

    It lies on the ED discriminant, on the singular locus of the variety, or so close to one of
    them that critical points collide, become singular or run off to infinity.
    """


class IncompleteError(EdgeomError):
    """A list of critical points could not be shown to be complete."""
