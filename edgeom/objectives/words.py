"""Families of objectives in words, as on the command line and in the folders of runs."""

from __future__ import annotations

from math import prod

from edgeom.errors import InputError, nearest_name
from edgeom.objectives.base import SumFamily
from edgeom.objectives.family import ObjectiveFamily
from edgeom.objectives.likelihood import DivergenceFamily, LikelihoodFamily
from edgeom.objectives.polynomial import FormulaFamily, RationalObjective
from edgeom.objectives.powers import PowerDistance, Ridge

__all__ = ["KINDS", "read_formula", "read_objective"]

KINDS = ("power:4", "likelihood", "divergence")  #: examples of each


def read_objective(text: str) -> ObjectiveFamily:
    """Return the family of objectives that a text names.

    Parameters
    ----------
    text : str
        "power:4" with any even number, "likelihood", "divergence", each with "weights 1,2,3" behind
        it or not, "ridge"; a formula as for :func:`read_formula`; or "sum 1 power:4; 0.5 ridge".

    Raises
    ------
    InputError
        It names none.

    Examples
    --------
    >>> read_objective("power:6"), read_objective("likelihood weights 1,2,1")
    (PowerFamily('Σ (x - q)^6'), LikelihoodFamily('likelihood'))
    >>> read_objective("sum 1 power:4; 0.5 ridge"), read_objective("a*x^2 in x with a")
    (SumFamily('Σ (x - q)^4 + 0.5 Σ λ x²'), FormulaFamily('a*x**2'))
    """
    words = " ".join(text.split())
    if words.startswith("sum "):
        terms = [part.strip().split(" ", 1) for part in words[4:].split(";")]
        if all(len(term) == 2 for term in terms):
            parts = [(factor, read_objective(rest)) for factor, rest in terms]
            return SumFamily([(_number(factor, text), family) for factor, family in parts])
    if " in " in words:
        return FormulaFamily(*_taken_apart(words))
    name, found, rest = words.partition(" weights ")
    weights = [_number(part, text) for part in rest.split(",")] if found else None
    kind, _, number = name.partition(":")
    if kind == "power" and number.isdecimal() and len(number) < 4:
        return PowerDistance.law(int(number), weights)
    if name == "likelihood":
        return LikelihoodFamily(weights)
    if name == "divergence":
        return DivergenceFamily(weights)
    if words == "ridge":
        return Ridge.law()
    raise InputError(
        f"an objective is one of {', '.join(KINDS)}, or a formula like 'x^4 + a*y in x, y with a', "
        f"got {text!r:.60}{nearest_name(text, KINDS)}"
    )


def _number(text: str, whole: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError(f"{text.strip()!r:.40} is no number, in {whole!r:.60}") from None


def read_formula(text: str, shape: tuple[int, ...]) -> RationalObjective | FormulaFamily:
    """Return the objective that a formula with its variables stands for, or a family of them.

    Parameters
    ----------
    text : str
        "x^4 + y^4 - x*y in x, y": a polynomial or a rational function, read by
        :mod:`edgeom.text`, and the names of the coordinates in order; names of parameters may
        follow, as in "x^4 + a*y in x, y with a". With parameters it is a family.
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
    expression, names, parameters = _taken_apart(text)
    if len(names) != prod(shape):
        raise InputError(
            f"the objective has {len(names)} variables, points of shape {shape} have "
            f"{prod(shape)} coordinates"
        )
    if parameters:
        return FormulaFamily(expression, names, parameters)
    width = shape[-1] if len(shape) == 2 else len(names)
    rows = [names[i : i + width] for i in range(0, len(names), width)]
    return RationalObjective(expression, rows if len(shape) == 2 else names)


def _taken_apart(text: str) -> tuple[str, list[str], list[str]]:
    """Return a formula, its variables and its parameters."""
    expression, found, names = " ".join(text.split()).rpartition(" in ")
    if not found:
        raise InputError(
            f"an objective is written as 'x^4 + y^4 - x*y in x, y', with its variables, got "
            f"{text!r:.60}"
        )
    variables, _, parameters = names.partition(" with ")
    return expression, variables.replace(",", " ").split(), parameters.replace(",", " ").split()
