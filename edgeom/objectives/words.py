"""Families of objectives in words, as on the command line and in the folders of runs."""

from __future__ import annotations

from math import prod

from edgeom.errors import InputError, nearest_name
from edgeom.objectives.family import ObjectiveFamily
from edgeom.objectives.likelihood import KullbackLeibler, LogLikelihood
from edgeom.objectives.polynomial import RationalObjective
from edgeom.objectives.powers import PowerDistance

__all__ = ["KINDS", "read_formula", "read_objective"]

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


def read_formula(text: str, shape: tuple[int, ...]) -> RationalObjective:
    """Return the objective that a formula with its variables stands for.

    Parameters
    ----------
    text : str
        "x^4 + y^4 - x*y in x, y": a polynomial or a rational function, read by
        :mod:`edgeom.text`, and the names of the coordinates in order.
    shape : tuple of int
        Of the points.

    Raises
    ------
    InputError
        It cannot be read, or has another number of variables.

    Examples
    --------
    >>> read_formula("x^2/y in x, y", (2,)).value([3, 1])
    9.0
    """
    expression, found, variables = " ".join(text.split()).rpartition(" in ")
    if not found:
        raise InputError(
            f"an objective is written as 'x^4 + y^4 - x*y in x, y', with its variables, got "
            f"{text!r:.60}"
        )
    names = [name for name in variables.replace(",", " ").split() if name]
    if len(names) != prod(shape):
        raise InputError(
            f"the objective has {len(names)} variables, points of shape {shape} have "
            f"{prod(shape)} coordinates"
        )
    width = shape[-1] if len(shape) == 2 else len(names)
    rows = [names[i : i + width] for i in range(0, len(names), width)]
    return RationalObjective(expression, rows if len(shape) == 2 else names)
