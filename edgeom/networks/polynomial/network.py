"""Networks with polynomial activations: what they express, and what is known of that set.

A network of widths (d_0, ..., d_L) and activation ρ sends weights W_1, ..., W_L to the polynomial
map W_L ρ(W_{L-1} ⋯ ρ(W_1 x)). The closure of these maps is an algebraic variety, its neurovariety.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from edgeom.critical.counting import EDDegree, ed_degree, generic_ed_degree
from edgeom.critical.points import CriticalPoints
from edgeom.critical.problem import DistanceProblem
from edgeom.errors import InputError, keywords_checked
from edgeom.networks.arrays import Array, Weights, real_array, real_matrix
from edgeom.networks.polynomial.architecture import PolynomialArchitecture
from edgeom.networks.polynomial.facts import network_facts, network_numbers
from edgeom.networks.polynomial.fit import fitted
from edgeom.networks.polynomial.identifiability import Theorem, deciding_theorem
from edgeom.networks.polynomial.rank import Rank
from edgeom.networks.polynomial.real_image import RealImage, real_image
from edgeom.networks.polynomial.symmetries import Symmetries
from edgeom.networks.polynomial.variety import Neurovariety, expected_dimension
from edgeom.networks.polynomial.weights import WeightChart
from edgeom.objectives.metric import Metric

__all__ = ["PolynomialNetwork"]

REAL = 1e-9  # relative size of the imaginary parts of real weights


class PolynomialNetwork(PolynomialArchitecture):
    """A network with polynomial activations: the map from weights to polynomial maps.

    Parameters
    ----------
    widths : sequence of int
        (d_0, ..., d_L), the input first, with at least one hidden layer.
    degree : int or sequence of int
        r, or r_1, ..., r_{L-1}: the activations are the powers t^r.
    biases : bool
        Whether layers are affine maps. W_l then has d_{l-1} + 1 columns, the last one for biases.
    activation : sequence of numbers, text, or list of texts, optional
        In place of powers a polynomial, by its coefficients (a_0, a_1, ...) or as text in t; or
        texts for each hidden layer.

    Attributes
    ----------
    widths : tuple of int
    degrees : tuple of int
        Of the activations.
    degree : int
        Of the outputs.
    shape : tuple of int
        (outputs, monomials), that of the coefficients.
    monomials : list of tuples of int
        The monomials that outputs have, highest degree first, in lexicographic order.
    ambient_dimension : int
        outputs · monomials.
    parameter_count : int

    Raises
    ------
    InputError
        There is no hidden layer, a width is no positive integer, an activation has degree below 2,
        or outputs have too many coefficients.

    References
    ----------
    Kileel, Trager, Bruna, *On the Expressive Power of Deep Polynomial Neural Networks*,
    arXiv 1905.12207.

    Examples
    --------
    >>> network = PolynomialNetwork([2, 2, 1], 2)
    >>> network.map([[[1, 2], [3, 4]], [[5, 6]]])  # 5 (x + 2y)² + 6 (3x + 4y)²
    array([[ 59., 164., 116.]])
    >>> network.dimension, network.expected_dimension, network.filling
    (3, 3, True)
    >>> squares = PolynomialNetwork([2, 1, 2], 2)
    >>> print(squares.learning_degree("gaussian"), squares.learning_degree("uniform"))
    4 6
    """

    @keywords_checked
    def __init__(
        self,
        widths: Sequence[int],
        degree: int | Sequence[int] = 2,
        biases: bool = False,
        activation: Sequence[Any] | str | None = None,
    ) -> None:
        super().__init__(widths, degree, biases, activation)
        self._problems: dict[str, DistanceProblem] = {}

    def map(self, weights: Weights) -> Array:
        """Return the coefficients of the outputs, an array (outputs, monomials)."""
        flat = self.flatten(weights)
        return np.array(self.coefficients(flat.tolist()), float).reshape(self.shape)

    def outputs(self, weights: Weights, inputs: ArrayLike) -> Array:
        """Return the outputs (d_L, samples) for inputs (d_0, samples), layer by layer."""
        values = real_matrix(inputs, "inputs")
        if len(values) != self.widths[0]:
            raise InputError(
                f"inputs must be an array ({self.widths[0]}, samples), got shape {values.shape}"
            )
        for number, matrix in enumerate(self.check(weights)):
            given = np.vstack([values, np.ones(values.shape[1])]) if self.biases else values
            values = np.asarray(matrix @ given, float)
            if number < self.depth - 1:
                activation = [float(a) for a in self.activations[number]]
                values = np.asarray(np.polynomial.polynomial.polyval(values, activation), float)
        return values

    def differential(self, weights: Weights) -> Array:
        """Return the matrix of the differential of :meth:`map`, (coefficients, parameters)."""
        u = self.flatten(weights)
        dx = self.geometry.arrays(u=u[None])["dx"][0]
        return np.asarray(dx.reshape(self.ambient_dimension, self.parameter_count))

    def neurovariety(self) -> Neurovariety:
        """Return the closure of the functions of the network, in charts of its dimension."""
        return self._variety

    @cached_property
    def _variety(self) -> Neurovariety:
        return Neurovariety(self.widths, self.activation, self.biases)

    @property
    def rank(self) -> Rank:
        """The dimension of the neurovariety, with how it is known."""
        return self._variety.rank

    @property
    def dimension(self) -> int:
        """Dimension of the neurovariety, the rank of the differential at general weights."""
        return self.rank.value

    @property
    def expected_dimension(self) -> int:
        """Number of parameters without scalings, or of coefficients if that is less."""
        return expected_dimension(self)

    @property
    def defect(self) -> int:
        """Expected dimension minus dimension."""
        return self.expected_dimension - self.dimension

    @property
    def filling(self) -> bool:
        """Whether the neurovariety is the space of all coefficients."""
        return self.dimension == self.ambient_dimension

    @property
    def is_identifiable(self) -> bool:
        """Whether a general function has finitely many weights, up to scalings."""
        return self.dimension == self.parameter_count - self.scalings

    @property
    def theorem(self) -> Theorem | None:
        """A theorem that says whether weights are finitely identifiable, None where none is known.

        Examples
        --------
        >>> print(PolynomialNetwork([4, 3, 2], 2).theorem)
        decreasing widths: d_0 ≥ ... ≥ d_(L-1) ≥ 2, and the last degree is at least 3 or d_L ≥ 2 (Usevich, Borsoi, Dérand, Clausel, arXiv 2506.17093)
        """  # noqa: E501
        return deciding_theorem(self)

    @property
    def symmetries(self) -> Symmetries:
        """Scalings and permutations of hidden units."""
        return Symmetries(self)

    def same_function(self, v: Weights, w: Weights, tolerance: float = 1e-9) -> bool:
        """Whether two weights have the same function.

        Parameters
        ----------
        v, w : lists of arrays
        tolerance : float
            Coefficients that differ by this, relative to all, are equal; 0 decides exactly, for
            the rational numbers that doubles are.

        Examples
        --------
        >>> network = PolynomialNetwork([2, 2, 2], 3)
        >>> v = network.random_weights(seed=1)
        >>> network.same_function(v, network.symmetries.random(v, seed=2))
        True
        """
        if tolerance == 0:
            first, second = (self.coefficients(self._exact(weights)) for weights in (v, w))
            return first == second
        f, g = self.map(v), self.map(w)
        size = max(np.linalg.norm(f), np.linalg.norm(g))
        return bool(np.linalg.norm(f - g) <= tolerance * size)

    def _exact(self, weights: Weights) -> list[Fraction]:
        given: list[list[list[Any]]] = [[list(row) for row in matrix] for matrix in weights]  # type: ignore[arg-type,union-attr]
        self.check(given)
        return [_fraction(value) for matrix in given for row in matrix for value in row]

    def metric(self, inputs: str | ArrayLike | Metric) -> Metric:
        """Return the metric E‖f(x)‖² for random inputs: see :meth:`edgeom.Metric.from_moments`.

        Parameters
        ----------
        inputs : str, array (d_0, samples) or Metric
            "gaussian", "uniform", "sphere", or samples; a metric is returned as it is.
        """
        if isinstance(inputs, Metric):
            return inputs
        return Metric.from_moments(inputs, self.monomials, self.shape[0])

    def learning_degree(self, inputs: str | ArrayLike | Metric, seed: int = 0) -> EDDegree:
        """Return the number of critical points of E‖f(x) - g(x)‖² for a general teacher g.

        That is the ED degree of the neurovariety for the metric of the inputs.

        Parameters
        ----------
        inputs : str, array (d_0, samples) or Metric
            As for :meth:`metric`.
        seed : int
        """
        return ed_degree(self._variety, self.metric(inputs), seed=seed)

    def generic_ed_degree(self, seed: int = 0) -> EDDegree:
        """Return the number of critical points on the neurovariety for a generic metric."""
        return generic_ed_degree(self._variety, seed=seed)

    def bad_minima(
        self, data: ArrayLike, inputs: str | ArrayLike | Metric, seed: int = 0
    ) -> list[list[Array]]:
        """Return weights of local minima of the loss that are not global ones, the best first.

        These are the local minima on the neurovariety that real weights express, except for the
        first one. The least loss of weights may be lower than that of all of them, or be reached
        only in a limit, where real points of the neurovariety have no real weights.

        Parameters
        ----------
        data, inputs, seed
            As for :meth:`critical_points`.
        """
        points = self.critical_points(data, inputs, seed)
        found = [
            weights
            for point, weights in zip(points.real, self.weights_of(points), strict=True)
            if point.is_minimum and weights is not None
        ]
        return found[1:]

    def critical_points(
        self, data: ArrayLike, inputs: str | ArrayLike | Metric, seed: int = 0
    ) -> CriticalPoints:
        """Return all critical points of E‖f(x) - g(x)‖² on the neurovariety.

        Parameters
        ----------
        data : array (outputs, monomials)
            The coefficients of the teacher g.
        inputs : str, array (d_0, samples) or Metric
            As for :meth:`metric`.
        seed : int
        """
        return self._problem(inputs).at(data).critical_points(seed=seed)

    def _problem(self, inputs: str | ArrayLike | Metric) -> DistanceProblem:
        """Return the problem for inputs; those with a name are kept, with what they have found."""
        if not isinstance(inputs, str):
            return DistanceProblem(self._variety, self.metric(inputs))
        if inputs not in self._problems:
            self._problems[inputs] = DistanceProblem(self._variety, self.metric(inputs))
        return self._problems[inputs]

    def weights_of(self, points: CriticalPoints) -> list[list[Array] | None]:
        """Return balanced real weights of the real points that come first among critical points.

        Parameters
        ----------
        points : CriticalPoints
            Of a problem on :meth:`neurovariety`.

        Returns
        -------
        list
            None for a point without real weights, or for which none were found: it is a real
            point of the neurovariety, and none of the network may express it.
        """
        found: list[list[Array] | None] = []
        for i in np.flatnonzero(points.is_real):
            chart = points.charts[points.chart[i]].chart
            u = points.unknowns[i]
            if isinstance(chart, WeightChart) and np.abs(u.imag).max() <= REAL * np.abs(u).max():
                weights = self.unflatten(chart.weights(u.real.tolist()))
                found.append(self.symmetries.balanced(weights))
            else:
                found.append(self.find_weights(points.points[i].real))
        return found

    def real_image(self, function: Any, tolerance: float = 0) -> RealImage:
        """Tell whether a function has real weights, is a limit of such functions, or neither.

        It is decided for one hidden layer with a power as activation, and two inputs, or squares
        and one output (docs/explanation/polynomial_networks.md).

        Parameters
        ----------
        function : array (outputs, monomials)
            Coefficients: integers, fractions or doubles, which are taken as the rational numbers
            that they are.
        tolerance : float
            Relative size of singular values and of squared distances of roots that count as 0;
            for functions with rounding errors.

        Examples
        --------
        >>> network = PolynomialNetwork([2, 2, 2], 2)
        >>> [network.real_image([[1, 0, 0], row]).place for row in ([0, 0, 1], [0, 1, 0])]
        ['image', 'closure']
        >>> print(network.real_image([[1, 0, -1], [0, 1, 0]]))
        outside: the form of degree 2 that annihilates all outputs has complex roots
        """
        rows = [[_fraction(value) for value in row] for row in function]
        if (len(rows), *{len(row) for row in rows}) != self.shape:
            raise InputError(f"coefficients must have shape {self.shape}, got {function!r:.80}")
        return real_image(self, rows, tolerance)

    def facts(self) -> list[tuple[str, str]]:
        """Return what is known about the network, as names and texts.

        Examples
        --------
        >>> dict(PolynomialNetwork([3, 2, 1], 2).facts())["dimension"]
        '5 of 6, expected 6: defect 1'
        """
        return network_facts(self)

    def numbers(self) -> dict[str, Any]:
        """Return the numbers behind :meth:`facts`, by the same names, None where none is known."""
        return network_numbers(self)

    def find_weights(
        self, function: ArrayLike, seed: int = 0, tolerance: float = 1e-9
    ) -> list[Array] | None:
        """Look for real weights of a function, by least squares from random weights.

        Returns
        -------
        list of arrays, or None
            None means that none were found, which is no proof that there are none.
        """
        target = real_array(function, "the function")
        if target.shape != self.shape:
            raise InputError(f"the function must have shape {self.shape}, got {target.shape}")
        rng = np.random.default_rng(seed)
        size = float(np.linalg.norm(target)) or 1.0
        u, found = fitted(
            self.geometry,
            target.reshape(1, -1) / size,
            lambda count: rng.normal(size=(count, self.parameter_count)),
            tolerance,
        )
        if not found[0]:
            return None
        weights = self.unflatten(u[0])
        weights[-1] = weights[-1] * size
        return self.symmetries.balanced(weights)


def _fraction(value: Any) -> Fraction:
    """Return a number as a fraction, exactly."""
    try:
        return Fraction(value.item() if isinstance(value, np.generic) else value)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"coefficients and weights must be real numbers, got {value!r}") from None
