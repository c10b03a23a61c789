"""The likelihood of counts, on cones: h = Σ a_i x_i - u_i log x_i.

On a cone X, by Euler's relation, the critical points of h are those of Σ u_i log p_i on the points
of X with Σ a_i p_i = 1, times Σ u_i: along the ray through x the derivative of h vanishes where
Σ a_i x_i = Σ u_i, and there the linear term has the role of the multiplier of Σ a_i p_i = 1. Where
all x_i are positive, h has a minimum on each ray, so its local minima are the local maxima of the
likelihood. The number of critical points for general counts is the maximum likelihood degree
(Hauenstein, Rodriguez, Sturmfels, "Maximum likelihood for matrices with rank constraints", arXiv
1210.0198).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgeom.errors import InputError, keywords_checked
from edgeom.homotopy.tape import Var
from edgeom.objectives.base import AlgebraicObjective
from edgeom.objectives.family import Array, ObjectiveFamily, is_multiple, real_array, with_weights
from edgeom.scaling import Coordinates

__all__ = ["KullbackLeibler", "LikelihoodFamily", "LogLikelihood"]


class LikelihoodFamily(ObjectiveFamily):
    """The functions Σ a_i x_i - u_i log x_i of x, with the counts u as parameters.

    Parameters
    ----------
    weights : array, optional
        The numbers a_i; by default a coordinate counts as often as it occurs among the entries of
        a point: off-diagonal entries of symmetric matrices twice.
    """

    name = kind = "likelihood"
    noun = "the likelihood"
    linear = True
    homogeneity = 1
    convex = coercive = True

    def __init__(self, weights: ArrayLike | None = None) -> None:
        self.weights = None if weights is None else real_array(weights, "weights").ravel()
        if self.weights is not None and not (self.weights > 0).all():
            raise InputError("weights of a likelihood must be positive")
        self.dimension = None if self.weights is None else len(self.weights)
        self.given = self.weights  #: those that were asked for

    @property
    def words(self) -> str | None:
        return with_weights(self.kind, self.given)

    @property
    def key(self) -> Hashable | None:
        return self.kind, None if self.weights is None else tuple(self.weights.tolist())

    def parameter_names(self, n: int) -> tuple[str, ...]:
        return tuple(f"u{i}" for i in range(1, n + 1))

    def on(self, weights: Array) -> ObjectiveFamily:
        if self.weights is not None or np.all(weights == 1):
            return self
        other = type(self)(weights)
        other.given = None
        return other

    def _weights(self, n: int) -> list[float]:
        return [1.0] * n if self.weights is None else self.weights.tolist()

    def weighs_like(self, weights: Array) -> bool:
        """Whether its weights are a multiple of these, exactly."""
        return is_multiple(self._weights(len(weights)), weights)

    def gradient(self, x: Sequence[Var], theta: Sequence[Var]) -> list[Var]:
        terms = zip(x, theta, self._weights(len(x)), strict=True)
        return [a - u / v for v, u, a in terms]

    def poles(self, x: Sequence[Var]) -> list[Var]:
        return list(x)

    def values(self, x: Array, theta: Array) -> Array:
        """Return h; where an entry is negative with log |x|, whose derivative is the same."""
        logarithm = np.log(np.abs(x)) if np.isrealobj(x) else np.log(x)
        return np.asarray(x @ np.array(self._weights(x.shape[-1])) - np.sum(theta * logarithm, -1))

    def defined(self, x: Array) -> NDArray[np.bool_]:
        return np.asarray((x > 0).all(axis=-1))

    def draw(self, rng: np.random.Generator, n: int) -> Array:
        return rng.integers(1, 101, size=n).astype(float)

    @property
    def law(self) -> str:
        return "counts from 1 to 100"

    def refuse(self, data: Array) -> None:
        if np.isrealobj(data) and not (data > 0).all():
            raise InputError(
                "the counts of a likelihood must be positive, got an entry "
                f"{np.asarray(data).min():.6g}; add a small number to zero counts"
            )

    def moved(self, coordinates: Coordinates) -> ObjectiveFamily:
        if any(coordinates.origin):
            return super().moved(coordinates)
        if coordinates.is_identity:
            return self
        return type(self)(np.array(self._weights(len(coordinates.scale))) * coordinates.scale)


class LogLikelihood(AlgebraicObjective):
    """Σ x_i - u_i log x_i for counts u: what is to be minimised to maximise the likelihood.

    On a cone, such as matrices of bounded rank, its critical points divided by Σ u are those of
    the log-likelihood Σ u_i log p_i on the points whose entries add up to 1, and with positive
    entries its local minima are the local maxima of the likelihood.

    Parameters
    ----------
    counts : array
        Positive, of the shape of the points.

    Raises
    ------
    InputError
        The counts are not a finite real array, or not positive.

    Examples
    --------
    >>> import edgeom as eg
    >>> V = eg.DeterminantalVariety(2, 2, rank=1)
    >>> (point,) = eg.CriticalProblem(V, LogLikelihood([[4, 2], [3, 1]])).critical_points()
    >>> point.point.round(12)  # the table of independent rows and columns with the same margins
    array([[4.2, 1.8],
           [2.8, 1.2]])
    """

    @keywords_checked
    def __init__(self, counts: ArrayLike) -> None:
        self.data = real_array(counts, "the counts")
        self.family = self.law()
        self.family.refuse(self.data)
        self.shape, self.name, self.convex = self.data.shape, self.family.name, True

    def value(self, point: ArrayLike) -> float:
        """Return h(x), infinite where an entry is not positive."""
        return super().value(point) if (self.check(point) > 0).all() else float("inf")

    @classmethod
    def law(cls) -> LikelihoodFamily:
        """Return the family of likelihoods, with independent counts from 1 to 100."""
        return LikelihoodFamily()


class DivergenceFamily(LikelihoodFamily):
    """The functions Σ q_i log(q_i / x_i) - q_i + x_i of x: likelihoods up to a constant."""

    name = "Kullback-Leibler divergence"
    kind = "divergence"
    noun = "the Kullback-Leibler divergence"

    def values(self, x: Array, theta: Array) -> Array:
        constant = np.sum(theta * (np.log(theta) - 1), -1)
        return np.asarray(super().values(x, theta) + constant)


class KullbackLeibler(LogLikelihood):
    """The divergence Σ q_i log(q_i / x_i) - q_i + x_i of positive data q from x.

    Parameters
    ----------
    counts : array
        q, positive.

    Examples
    --------
    >>> KullbackLeibler([1.0, 2.0]).value([1.0, 2.0])
    0.0
    """

    @classmethod
    def law(cls) -> LikelihoodFamily:
        """Return the family of divergences, with independent data from 1 to 100."""
        return DivergenceFamily()
