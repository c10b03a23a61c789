"""Objectives: twice differentiable functions of points, and those with a rational gradient.

An :class:`AlgebraicObjective` is a member of a family (:mod:`edgeom.objectives.family`), given by
its data: all critical points on a variety can be computed. Of any other :class:`Objective` given
points can be classified, no more.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgeom.arrays import numbers
from edgeom.errors import InputError
from edgeom.homotopy.tape import Tape, Var
from edgeom.objectives.family import ObjectiveFamily, derivative_tape, real_array

__all__ = ["AlgebraicObjective", "Objective", "SumFamily", "SumOfObjectives", "algebraic"]

Array = NDArray[np.float64]


class Objective(ABC):
    """A twice differentiable function h of points of one shape, such as a loss of matrices.

    Attributes
    ----------
    shape : tuple of int
        Of the points.
    name : str
        How it is called in summaries.
    convex : bool or None
        None where it is not known.
    minima_are_global : bool
        Whether it is known that h on matrices of rank r has no other local minimum than the global
        one, for every r: by Eckart and Young, for positive definite metrics A ⊗ B.

    Examples
    --------
    >>> import edgeom as eg
    >>> loss = eg.PowerDistance([1.0, 2.0], p=4)
    >>> isinstance(loss, eg.Objective), loss.value([1, 0]), loss.gradient([1, 0])
    (True, 16.0, array([  0., -32.]))
    """

    shape: tuple[int, ...]
    name: str
    convex: bool | None
    minima_are_global: bool = False

    def least_value(self, rank: int) -> float | None:
        """Return the least value on matrices of rank at most `rank`, None where none is known."""
        return None

    def invariance(self) -> tuple[Array, Array]:
        """Return what can be added to matrices without changing h.

        Returns
        -------
        left : array (rows, k)
            Orthonormal columns a with h(M + a vᵀ) = h(M) for all M and v.
        right : array (cols, l)
            Orthonormal columns b with h(M + u bᵀ) = h(M) for all M and u.
        """
        return np.zeros((self.shape[0], 0)), np.zeros((self.shape[-1], 0))

    @abstractmethod
    def value(self, point: ArrayLike) -> float:
        """Return h(x)."""

    @abstractmethod
    def gradient(self, point: ArrayLike) -> Array:
        """Return ∇h(x), an array of the shape of x."""

    @abstractmethod
    def hessian(self, point: ArrayLike) -> Array:
        """Return the Hessian at x, a symmetric array (n, n) for the n entries row by row."""

    def gradient_size(self, point: ArrayLike) -> float:
        """Return the size of the terms that add up to ∇h(x); rounding is judged against it.

        This is ‖∇h(x)‖ + ‖∇²h(x)‖ ‖x‖ unless an objective knows its terms.
        """
        x = self.check(point)
        bend = float(np.linalg.norm(self.hessian(x), 2) * np.linalg.norm(x))
        return float(np.linalg.norm(self.gradient(x))) + bend

    def check(self, point: ArrayLike) -> Array:
        """Return a point of doubles of the right shape.

        Raises
        ------
        InputError
            It is not a finite real array of this shape.
        """
        noun = "matrix" if len(self.shape) == 2 else "point"
        x = real_array(point, f"the {noun}")
        if x.ndim != len(self.shape) or not x.size:
            raise InputError(f"the {noun} must be a {noun}, got an array of shape {x.shape}")
        if x.shape != self.shape:
            raise InputError(f"the {noun} must have shape {self.shape}, got {x.shape}")
        return x

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name}, shape={self.shape})"


class AlgebraicObjective(Objective):
    """A function whose gradient is rational: a member of a family.

    Objectives on points of one shape can be added and multiplied by numbers.

    Attributes
    ----------
    family : ObjectiveFamily
    data : array
        The parameters θ, of the shape of a point or a list, as the family has it.
    """

    family: ObjectiveFamily
    data: NDArray[Any]

    @classmethod
    def law(cls) -> ObjectiveFamily:
        """Return the family, for which data is drawn at random.

        Raises
        ------
        InputError
            A family of this kind needs more than its name.
        """
        raise InputError(f"{cls.__name__} is no family of its own; give an objective of this kind")

    def at(self, data: ArrayLike) -> Self:
        """Return the member of the same family with other data."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        values = numbers(data, "data")
        if values.shape != np.shape(self.data):
            raise InputError(f"data must have shape {np.shape(self.data)}, got {values.shape}")
        other.data = values
        return other

    @property
    def theta(self) -> NDArray[Any]:
        """The parameters as a list."""
        return np.asarray(self.data).ravel()

    @property
    def composable(self) -> tuple[ObjectiveFamily, NDArray[Any]]:
        """A family and parameters for compositions with maps, with the objective's own values."""
        return self.family, self.theta

    @cached_property
    def _tape(self) -> Tape:
        return derivative_tape(self.family, int(np.prod(self.shape)))

    def _derivatives(self, point: ArrayLike) -> dict[str, NDArray[Any]]:
        x = self.check(point).ravel()
        return self._tape.arrays(x=x[None], t=self.theta[None])

    def value(self, point: ArrayLike) -> float:
        return float(self.family.values(self.check(point).ravel(), self.theta).real)

    def gradient(self, point: ArrayLike) -> Array:
        return np.asarray(self._derivatives(point)["g"][0].real.reshape(self.shape))

    def hessian(self, point: ArrayLike) -> Array:
        n = int(np.prod(self.shape))
        found = self._derivatives(point)["H"][0].real.reshape(n, n)
        return np.asarray((found + found.T) / 2)

    def __add__(self, other: AlgebraicObjective) -> SumOfObjectives:
        return SumOfObjectives([(1.0, self), (1.0, algebraic(other))])

    def __sub__(self, other: AlgebraicObjective) -> SumOfObjectives:
        return SumOfObjectives([(1.0, self), (-1.0, algebraic(other))])

    def __rmul__(self, factor: float) -> SumOfObjectives:
        return SumOfObjectives([(factor, self)])


class SumFamily(ObjectiveFamily):
    """Linear combinations of members of families, with the parameters of all of them.

    Parameters
    ----------
    parts : sequence of (float, ObjectiveFamily)
        Factors and families.
    """

    noun = "the sum"
    like_points = False

    def __init__(self, parts: Sequence[tuple[float, ObjectiveFamily]]) -> None:
        self.parts = tuple(parts)
        dimensions = {family.dimension for _, family in self.parts} - {None}
        if len(dimensions) > 1:
            raise InputError(f"a sum needs objectives of one kind of points, got {dimensions}")
        self.dimension = dimensions.pop() if dimensions else None
        self.name = " + ".join(
            family.name if factor == 1 else f"{factor:.6g} {family.name}"
            for factor, family in self.parts
        )
        self.is_real = all(family.is_real for _, family in self.parts)
        self.is_exact = all(family.is_exact for _, family in self.parts)
        self.indefinite = any(family.indefinite for _, family in self.parts)
        degrees = [family.degree for _, family in self.parts]
        self.degree = None if None in degrees else max(d or 0 for d in degrees)
        convex = all(family.convex and factor >= 0 for factor, family in self.parts)
        self.convex = True if convex else None
        self.coercive = all(family.coercive and factor > 0 for factor, family in self.parts)

    @property
    def words(self) -> str | None:
        terms = [(factor, family.words) for factor, family in self.parts]
        if any(words is None or ";" in words for _, words in terms):
            return None
        return "sum " + "; ".join(f"{factor!r} {words}" for factor, words in terms)

    @property
    def key(self) -> Hashable | None:
        keys = tuple((factor, family.key) for factor, family in self.parts)
        return None if any(key is None for _, key in keys) else keys

    def _split(self, theta: Any, n: int) -> list[Any]:
        sizes = [len(family.parameter_names(n)) for _, family in self.parts]
        ends = np.cumsum([0, *sizes])
        return [theta[..., a:b] for a, b in pairwise(ends)]

    def parameter_names(self, n: int) -> tuple[str, ...]:
        return tuple(
            f"{name}_{i}"
            for i, (_, family) in enumerate(self.parts, 1)
            for name in family.parameter_names(n)
        )

    def gradient(self, x: Sequence[Var], theta: Sequence[Var]) -> list[Var]:
        split = self._split(np.array(theta, object), len(x))
        total = [x[0].builder.zero] * len(x)
        for (factor, family), own in zip(self.parts, split, strict=True):
            number = int(factor) if float(factor).is_integer() else float(factor)
            slope = family.gradient(x, list(own))
            total = [t + number * g for t, g in zip(total, slope, strict=True)]
        return total

    def poles(self, x: Sequence[Var]) -> list[Var]:
        return [value for _, family in self.parts for value in family.poles(x)]

    def defined(self, x: NDArray[Any]) -> NDArray[np.bool_]:
        every = [family.defined(x) for _, family in self.parts]
        return np.asarray(np.logical_and.reduce(every))

    def values(self, x: NDArray[Any], theta: NDArray[Any]) -> NDArray[Any]:
        split = self._split(theta, x.shape[-1])
        terms = [
            factor * family.values(x, own)
            for (factor, family), own in zip(self.parts, split, strict=True)
        ]
        return np.asarray(sum(terms))

    def draw(self, rng: np.random.Generator, n: int) -> NDArray[Any]:
        return np.concatenate([family.draw(rng, n) for _, family in self.parts])

    @property
    def law(self) -> str:
        return "; ".join(dict.fromkeys(family.law for _, family in self.parts))

    def on(self, weights: NDArray[Any]) -> ObjectiveFamily:
        return SumFamily([(factor, family.on(weights)) for factor, family in self.parts])

    def refuse(self, data: NDArray[Any]) -> None:
        if self.dimension is not None:
            split = self._split(data, self.dimension)
            for (_, family), own in zip(self.parts, split, strict=True):
                family.refuse(own)


class SumOfObjectives(AlgebraicObjective):
    """A linear combination of objectives on points of one shape.

    Parameters
    ----------
    parts : sequence of (float, AlgebraicObjective)

    Examples
    --------
    >>> import edgeom as eg
    >>> loss = eg.PowerDistance([[1.0, 2.0]], p=4) + 0.5 * eg.ridge(1.0, shape=(1, 2))
    >>> loss.value([[1, 2]]), loss.gradient([[1, 2]])
    (2.5, array([[1., 2.]]))
    """

    parts: list[tuple[float, AlgebraicObjective]]

    def __init__(self, parts: Sequence[tuple[float, AlgebraicObjective]]) -> None:
        flat: list[tuple[float, AlgebraicObjective]] = []
        for factor, part in parts:
            if not np.isfinite(factor):
                raise InputError(f"a factor must be a finite number, got {factor!r}")
            inner = part.parts if isinstance(part, SumOfObjectives) else [(1.0, part)]
            flat += [(float(factor) * f, p) for f, p in inner]
        shapes = {part.shape for _, part in flat}
        if len(shapes) != 1:
            raise InputError(f"objectives can be added on points of one shape, got {shapes}")
        self.parts = flat
        (self.shape,) = shapes
        self.family = SumFamily([(factor, part.family) for factor, part in flat])
        self.data = np.concatenate([part.theta for _, part in flat])
        self.name = self.family.name
        convex = all(part.convex and factor >= 0 for factor, part in flat)
        self.convex = True if convex else None


def algebraic(objective: object) -> AlgebraicObjective:
    """Return an objective with a rational gradient.

    Raises
    ------
    InputError
        It has none, or is no objective.
    """
    if isinstance(objective, AlgebraicObjective):
        return objective
    if isinstance(objective, Objective):
        raise InputError(
            f"{objective.name} has no rational gradient, so there is no finite number of critical "
            "points to be found; NetworkLoss(...).classify tells what given weights are"
        )
    raise InputError(
        f"objective must be an objective such as PowerDistance(...), got {type(objective).__name__}"
    )
