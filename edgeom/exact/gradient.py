"""Gradients of objectives in polynomials with exact coefficients."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from edgeom.errors import InputError
from edgeom.exact.rational import Field, matrix_of
from edgeom.homotopy.tape import Builder, Op, Tape
from edgeom.objectives.family import ObjectiveFamily
from edgeom.objectives.metric import Metric
from edgeom.varieties.base import dot

__all__ = ["ExactGradient", "MetricGradient", "exact_gradient"]


class ExactGradient(ABC):
    """The gradient of a family of objectives, for polynomials x over a field.

    Attributes
    ----------
    inverses : int
        Number of inverses in it, each of which becomes an unknown.
    """

    inverses: int = 0

    @abstractmethod
    def at(
        self, x: Sequence[Any], data: Sequence[Fraction], field: Field, inverses: Sequence[Any]
    ) -> tuple[list[Any], list[Any]]:
        """Return the gradient, and equations that make the inverses what they are."""


@dataclass(frozen=True)
class MetricGradient(ExactGradient):
    """S (x - q).

    Attributes
    ----------
    matrix : list of lists of Fraction
    """

    matrix: list[list[Fraction]]

    def at(
        self, x: Sequence[Any], data: Sequence[Fraction], field: Field, inverses: Sequence[Any]
    ) -> tuple[list[Any], list[Any]]:
        number, zero = field.number, x[0] * 0
        values = []
        for row in self.matrix:
            terms = (value * number(s) for s, value in zip(row, x, strict=True) if s)
            values.append(sum(terms, zero) - number(dot(row, data)))
        return values, []


@dataclass(frozen=True, eq=False)
class FamilyGradient(ExactGradient):
    """The gradient of any family, recorded as a program.

    Attributes
    ----------
    family : ObjectiveFamily
    coordinates : int
    """

    family: ObjectiveFamily
    coordinates: int

    @cached_property
    def tape(self) -> Tape:
        """(x, t) -> g."""
        b = Builder()
        x = b.inputs("x", self.coordinates)
        theta = b.inputs("t", len(self.family.parameter_names(self.coordinates)))
        return b.finish({"g": self.family.gradient(x, theta)})

    @property
    def inverses(self) -> int:  # type: ignore[override]
        """Number of inverses in it."""
        return sum(op is Op.INV for op, _, _ in self.tape.code)

    def at(
        self, x: Sequence[Any], data: Sequence[Fraction], field: Field, inverses: Sequence[Any]
    ) -> tuple[list[Any], list[Any]]:
        zero = x[0] * 0
        inputs = [*x, *(zero + field.number(value) for value in data)]
        values: list[Any] = []
        spare, equations = iter(inverses), []
        for op, a, b in self.tape.code:
            if op is Op.INPUT:
                values.append(inputs[a])
            elif op is Op.CONST:
                values.append(zero + field.number(_rational(self.tape.constants[a])))
            elif op is Op.MUL:
                values.append(values[a] * values[b])
            elif op is Op.ADD:
                values.append(values[a] + values[b])
            elif op is Op.SUB:
                values.append(values[a] - values[b])
            else:
                inverse = next(spare)
                equations.append(inverse * values[a] - 1)
                values.append(inverse)
        return [values[i] for i in self.tape.outputs["g"]], equations


def exact_gradient(family: ObjectiveFamily, coordinates: int) -> ExactGradient:
    """Return the gradient of a family of objectives.

    Raises
    ------
    InputError
        It is complex, or has coefficients that are not rational.
    """
    if isinstance(family, Metric):
        return MetricGradient(matrix_of(family))
    if not (family.is_real and family.is_exact):
        raise InputError(
            f"exact counts are for objectives with rational coefficients, {family.name} has others"
        )
    return FamilyGradient(family, coordinates)


def _rational(value: Any) -> Fraction:
    return Fraction(*value.as_integer_ratio())
