"""Families of objectives: functions h(x; θ) of points x of a variety and of parameters θ.

A family is what is known of an objective before there is data: its gradient, recorded as a program
in x and θ, how θ is drawn at random, and where h is not defined. The squared distance for a metric
is one, with the data point as θ (:class:`~edgeom.objectives.metric.Metric`). Everything else is
made from the gradient: critical equations, Hessians, certificates and exact counts.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgeom.arrays import plain_array
from edgeom.errors import InputError
from edgeom.homotopy.derivatives import jvp
from edgeom.homotopy.tape import Builder, Tape, Var
from edgeom.scaling import Coordinates

__all__ = [
    "MovedFamily",
    "ObjectiveFamily",
    "derivative_tape",
    "is_multiple",
    "real_array",
    "with_weights",
]

Array = NDArray[Any]


class ObjectiveFamily(ABC):
    """Functions h(x; θ) of one kind, whose gradient in x is a rational function of x and θ.

    Attributes
    ----------
    name : str
        How it is called in summaries.
    noun : str
        What its members are: "the squared distance".
    dimension : int or None
        Number of coordinates of x; None where there may be any number.
    is_real : bool
        Whether h is real for real x and θ.
    indefinite : bool
        Whether minima are not spoken of.
    generic : bool
        Whether it is general among all families of its kind.
    convex : bool or None
        Whether h is known to be convex, or known not to be.
    coercive : bool
        Whether h is known to grow beyond all bounds at infinity and where its domain ends, so that
        it has a least value on closed sets.
    linear : bool
        Whether the gradient is linear in θ, and every point critical for some θ.
    degree : int or None
        Of h as a polynomial in x; None where it is none.
    homogeneity : int
        The d for which h(s x; s θ) is s^d h(x; θ), up to a constant; 0 where there is none.
    like_points : bool
        Whether data has the shape of a point; otherwise it is a list of parameters.
    """

    name: str
    noun: str = "the objective"
    dimension: int | None = None
    is_real: bool = True
    is_exact: bool = True
    indefinite: bool = False
    generic: bool = False
    convex: bool | None = None
    coercive: bool = False
    linear: bool = False
    degree: int | None = None
    homogeneity: int = 0
    like_points: bool = True

    @property
    def words(self) -> str | None:
        """The family in words, by which it is kept in files; None where there are none."""
        return None

    @property
    def key(self) -> Hashable | None:
        """What is equal for equal families; None where it is not known."""
        return self.words

    @abstractmethod
    def parameter_names(self, n: int) -> tuple[str, ...]:
        """Return the names of the parameters θ for points with n coordinates."""

    @abstractmethod
    def gradient(self, x: Sequence[Var], theta: Sequence[Var]) -> list[Var]:
        """Record ∇h(x; θ)."""

    @abstractmethod
    def values(self, x: Array, theta: Array) -> Array:
        """Return h at points ``(points, n)`` for parameters ``(k,)`` or ``(points, k)``."""

    def poles(self, x: Sequence[Var]) -> list[Var]:
        """Record functions that vanish where h is not defined."""
        return []

    def defined(self, x: Array) -> NDArray[np.bool_]:
        """Tell at which real points ``(..., n)`` h is a function, where its gradient is defined.

        A logarithm is one of positive numbers only: elsewhere there are no minima.
        """
        return np.ones(x.shape[:-1], bool)

    def draw(self, rng: np.random.Generator, n: int) -> Array:
        """Draw real parameters by the law of the family: independent standard normal ones."""
        return np.asarray(rng.normal(size=len(self.parameter_names(n))))

    @property
    def law(self) -> str:
        """That law, in words."""
        return "normal data"

    def general(self, rng: np.random.Generator, n: int) -> Array:
        """Draw general complex parameters."""
        count = len(self.parameter_names(n))
        return np.asarray((rng.normal(size=count) + 1j * rng.normal(size=count)) / np.sqrt(2))

    def on(self, weights: Array) -> ObjectiveFamily:
        """Return the family with its defaults for coordinates that count as often as is said."""
        return self

    def moved(self, coordinates: Coordinates) -> ObjectiveFamily:
        """Return the family in other coordinates of x."""
        return self if coordinates.is_identity else MovedFamily(self, coordinates)

    def inward(self, theta: Array, coordinates: Coordinates, widening: int = 0) -> Array:
        """Return the parameters that belong to the family in other coordinates.

        Parameters
        ----------
        theta : array (k,)
        coordinates : Coordinates
            Units are 2^widening times as long as those that `moved` was told of.
        widening : int
            0 where there is no homogeneity.
        """
        return np.asarray(theta / 2.0**widening) if widening else theta

    def rounding(self, theta: Array, coordinates: Coordinates) -> Array:
        """Return how far parameters that :meth:`inward` has returned may be from the exact ones."""
        return np.zeros(theta.shape)

    def refuse(self, data: Array) -> None:  # noqa: B027
        """Raise an error where data cannot be that of a member."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"


class MovedFamily(ObjectiveFamily):
    """h(origin + 2^exponents · y; θ) as a function of y; the constants are exact."""

    def __init__(self, family: ObjectiveFamily, coordinates: Coordinates) -> None:
        self.family, self.coordinates = family, coordinates
        self.name, self.noun, self.dimension = family.name, family.noun, family.dimension
        self.is_real, self.indefinite = family.is_real, family.indefinite
        self.is_exact = family.is_exact
        self.generic, self.convex = family.generic, family.convex
        self.coercive = family.coercive
        self.degree = family.degree
        self.linear, self.like_points = family.linear, family.like_points

    def parameter_names(self, n: int) -> tuple[str, ...]:
        return self.family.parameter_names(n)

    def _outward(self, y: Sequence[Var]) -> list[Var]:
        change = zip(y, self.coordinates.scale, self.coordinates.origin, strict=True)
        return [v * float(s) + o if o else v * float(s) for v, s, o in change]

    def gradient(self, x: Sequence[Var], theta: Sequence[Var]) -> list[Var]:
        slopes = self.family.gradient(self._outward(x), theta)
        return [g * float(s) for g, s in zip(slopes, self.coordinates.scale, strict=True)]

    def values(self, x: Array, theta: Array) -> Array:
        return self.family.values(self.coordinates.outward(x), theta)

    def poles(self, x: Sequence[Var]) -> list[Var]:
        return self.family.poles(self._outward(x))

    def defined(self, x: Array) -> NDArray[np.bool_]:
        return self.family.defined(self.coordinates.outward(x))

    def draw(self, rng: np.random.Generator, n: int) -> Array:
        return self.family.draw(rng, n)

    @property
    def law(self) -> str:
        return self.family.law

    def general(self, rng: np.random.Generator, n: int) -> Array:
        return self.family.general(rng, n)


def derivative_tape(family: ObjectiveFamily, n: int) -> Tape:
    """Return (x, t) -> g, H, P: the gradient of a family, its Hessian by rows, and its poles."""
    b = Builder()
    x, theta = b.inputs("x", n), b.inputs("t", len(family.parameter_names(n)))
    g = family.gradient(x, theta)
    columns = [jvp(g, x, [b.one if k == j else b.zero for k in range(n)]) for j in range(n)]
    rows = [column[i] for i in range(n) for column in columns]
    return b.finish({"g": g, "H": rows, "P": family.poles(x)})


def with_weights(words: str, weights: Array | None) -> str:
    """Add weights to the words for a family, where there are some.

    >>> with_weights("power:4", None), with_weights("power:4", np.array([1, 0.5]))
    ('power:4', 'power:4 weights 1.0,0.5')
    """
    if weights is None:
        return words
    return f"{words} weights {','.join(map(repr, weights.tolist()))}"


def is_multiple(values: ArrayLike, others: ArrayLike) -> bool:
    """Whether numbers are a multiple of as many others, exactly.

    >>> is_multiple([0.5, 1], [1, 2]), is_multiple([0.1, 0.3], [1, 3])
    (True, False)
    """
    one, other = ([Fraction(v) for v in np.asarray(a, float).tolist()] for a in (values, others))
    return all(a * other[0] == b * one[0] for a, b in zip(one, other, strict=True))


def real_array(values: ArrayLike, name: str) -> NDArray[np.float64]:
    """Return an array of finite doubles.

    Raises
    ------
    InputError
        It is not one of real numbers.
    """
    try:
        array = np.asarray(plain_array(values))
    except ValueError:
        array = np.zeros(0, object)
    if array.dtype.kind not in "biuf" or not array.size or not np.isfinite(array).all():
        raise InputError(f"{name} must be an array of finite real numbers, got {values!r:.80}")
    return array.astype(float)
