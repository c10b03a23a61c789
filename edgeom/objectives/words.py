"""Families of objectives in words, as on the command line and in the folders of runs."""

from __future__ import annotations

from edgeom.errors import InputError, nearest_name
from edgeom.objectives.family import ObjectiveFamily
from edgeom.objectives.likelihood import KullbackLeibler, LogLikelihood
from edgeom.objectives.powers import PowerDistance

__all__ = ["KINDS", "read_objective"]

KINDS = ("power:4", "likelihood", "divergence")  #: examples of each


def read_objective(text: str) -> ObjectiveFamily:
    """Return the family of objectives that a text names.

    Parameters
    ----------
    text : str
        "power:4" with any even number, "likelihood" or "divergence".

    Raises
    ------
    InputError
        It names none.

    Examples
    --------
    >>> read_objective("power:6"), read_objective("likelihood")
    (PowerFamily('Σ (x - q)^6'), LikelihoodFamily('likelihood'))
    """
    kind, _, number = text.strip().partition(":")
    if kind == "power" and number.isdecimal() and len(number) < 4:
        return PowerDistance.law(int(number))
    if text.strip() == "likelihood":
        return LogLikelihood.law()
    if text.strip() == "divergence":
        return KullbackLeibler.law()
    raise InputError(
        f"an objective is one of {', '.join(KINDS)}, got {text!r:.60}{nearest_name(text, KINDS)}"
    )
