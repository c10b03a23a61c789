"""The loss of a linear network in its weights, and what kind of critical point weights are.

L = ℓ∘μ has critical points for two reasons: because μ(w) is critical for ℓ on the neuromanifold
(pure), or because dμ loses rank (spurious). Which of the two, and whether a point is a minimum or a
saddle, mostly follows from theorems; the Hessian of L decides the rest where it can.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from edgeom.errors import InputError, keywords_checked
from edgeom.networks.arrays import Array, Weights, check_type, relative_gradient
from edgeom.networks.convolutional.loss import ConvolutionalNetworkLoss
from edgeom.networks.convolutional.network import ConvolutionalNetwork
from edgeom.networks.linear.critical import NetworkCriticalPoints, network_critical_points
from edgeom.networks.linear.network import LinearNetwork
from edgeom.networks.linear.signs import hessian_signs, network_hessian
from edgeom.networks.linear.weights import WeightObjective
from edgeom.networks.polish import NOT_CRITICAL, report_on
from edgeom.networks.reports import REASONS, CriticalPointReport, Signs
from edgeom.objectives.base import Objective, algebraic
from edgeom.objectives.cross_entropy import CrossEntropyLoss
from edgeom.objectives.distances import QuadraticLoss
from edgeom.views import view

__all__ = ["CriticalPointReport", "NetworkLoss"]


class NetworkLoss:
    """The loss L = ℓ∘μ of a linear network in its weights.

    Weights are lists of arrays W_1 (d_1, d_0), ..., W_h (d_h, d_{h-1}), the first layer first, as
    NumPy arrays or anything NumPy reads; or dictionaries of them, such as .npz files and
    state_dicts, or models of PyTorch and Keras (docs/how_to/training.md).

    Parameters
    ----------
    network : LinearNetwork
        With a :class:`~edgeom.ConvolutionalNetwork` this makes a
        :class:`~edgeom.networks.convolutional.loss.ConvolutionalNetworkLoss`.
    loss : Objective
        On matrices of shape (d_h, d_0).

    Raises
    ------
    InputError
        The loss is not one, or takes matrices of another shape.

    Examples
    --------
    >>> import numpy as np
    >>> from edgeom.objectives.distances import SquaredDistance
    >>> loss = NetworkLoss(LinearNetwork([2, 1, 2]), SquaredDistance(np.diag([2.0, 1.0])))
    >>> loss.value([[[2, 0]], [[1], [0]]]), loss.gradient([[[0, 0]], [[1], [1]]])[0]
    (1.0, array([[-4., -2.]]))
    >>> print(loss.classify([[[0, 1]], [[0], [1]]]))
    pure critical point of L: saddle
      network   widths 2, 1, 2, not filling
      loss      4
      residual  0e+00, tolerance 1e-08
      ∇ℓ        0e+00 on the tangent space of the neuromanifold
      product   rank 1, r = 1
      dμ        rank 3, at most 3
      Hessian   1 negative, 2 positive, 1 flat eigenvalues, 1 of these in the kernel of dμ
      reason    dμ has maximal rank: μ is a submersion onto the smooth locus, and the type is that of μ(w) for ℓ on the neuromanifold
    """  # noqa: E501

    def __new__(cls, network: Any = None, loss: Any = None) -> Any:
        """Return the loss of this kind of network."""
        if isinstance(network, ConvolutionalNetwork):
            return ConvolutionalNetworkLoss(network, loss)
        return super().__new__(cls)

    def __init__(self, network: LinearNetwork, loss: Objective) -> None:
        if not isinstance(loss, Objective):
            raise InputError(
                f"loss must be an Objective, got {type(loss).__name__}; SmoothLoss makes one of "
                "functions"
            )
        check_type(network, LinearNetwork, "network")
        if loss.shape != network.shape:
            hint = ""
            if isinstance(loss, QuadraticLoss | CrossEntropyLoss) and loss.samples == "columns":
                hint = "; if samples are rows, say samples='rows' to the loss, or --samples rows"
            raise InputError(
                f"the loss takes matrices of shape {loss.shape}, products of a network of widths "
                f"{network.widths} have shape {network.shape}{hint}"
            )
        self.network = network
        self.loss = loss

    def __repr__(self) -> str:
        return f"NetworkLoss({self.network!r}, {self.loss!r})"

    def value(self, weights: Weights) -> float:
        """Return L(w)."""
        return self.loss.value(self.network.multiply(weights))

    @keywords_checked
    def critical_points(self, seed: int = 0) -> NetworkCriticalPoints:
        """Return all critical values of L, with weights that have them.

        Parameters
        ----------
        seed : int
            Of the random numbers.

        Returns
        -------
        NetworkCriticalPoints
            The real critical points of ℓ on matrices of each rank from r to 0, lifted to balanced
            weights and classified; the lists are complete, with their evidence.

        Raises
        ------
        InputError
            The loss has no rational gradient, as a SmoothLoss.
        DegenerateDataError
            There are infinitely many critical points, or multiple ones.
        IncompleteError
            The number of critical points could not be confirmed.

        Examples
        --------
        >>> from edgeom.objectives.powers import PowerDistance
        >>> data = [[2.0, 0.3], [-0.2, 1.9]]
        >>> loss = NetworkLoss(LinearNetwork([2, 1, 2]), PowerDistance(data))
        >>> points = loss.critical_points()
        >>> len(points.by_rank[1]), len(points.minima), len(points.bad_minima)
        (62, 2, 1)
        """
        return network_critical_points(self.network, self.loss, self.classify, seed)

    @keywords_checked
    def bad_minima(self, seed: int = 0, *, descents: int = 3) -> Any:
        """Tell whether this loss, which has to be convex, has local minima that are not global.

        Parameters
        ----------
        seed, descents : int
            As in :func:`edgeom.bad_minima_study`, of which this is a single sample.

        Returns
        -------
        BadMinimaStudy
            With the worst one, evidence and theorems; :meth:`critical_points` has all of them.

        Raises
        ------
        InputError
            The loss is not known to be convex.

        Examples
        --------
        >>> import edgeom as eg
        >>> loss = eg.PowerDistance([[2.0, 0.3], [-0.2, 1.9]])
        >>> found = NetworkLoss(LinearNetwork([2, 1, 2]), loss).bad_minima()
        >>> found.with_bad_minima, found.evidence
        (1, 'all critical points on the neuromanifold')
        """
        return view("bad_minima")(self, seed, descents=descents)

    def on_weights(self) -> WeightObjective:
        """Return L as an objective on the space of weights, to which others can be added.

        Raises
        ------
        InputError
            The loss has no rational gradient.

        Examples
        --------
        Without data pairs in general position a penalty makes critical points isolated (Mehta,
        Chen, Tang, Hauenstein, "The loss surface of deep linear networks viewed through the
        algebraic geometry lens", arXiv 1810.07716):

        >>> import edgeom as eg
        >>> loss = NetworkLoss(LinearNetwork([1, 1, 1]), eg.QuadraticLoss([[1.0]], [[2.0]]))
        >>> objective = loss.on_weights() + eg.ridge([0.3, 0.4])
        >>> len(eg.CriticalProblem(eg.AffineSpace(2), objective).critical_points())
        5
        """
        return WeightObjective(self.network, algebraic(self.loss))

    def gradient(self, weights: Weights) -> list[Array]:
        """Return ∂L/∂W_i = (W_h ⋯ W_{i+1})ᵀ ∇ℓ(μ(w)) (W_{i-1} ⋯ W_1)ᵀ for i = 1, ..., h."""
        before, after = self.network.partial_products(weights)
        g = self.loss.gradient(before[-1])
        return [after[i].T @ g @ before[i - 1].T for i in range(1, len(before))]

    def hessian(self, weights: Weights) -> Array:
        """Return the Hessian of L, (parameters, parameters), in the order of ``network.flatten``.

        Notes
        -----
        D²L(V, V) = ∇²ℓ(dμ V, dμ V) + ⟨∇ℓ, d²μ(V, V)⟩, where d²μ(V, V) is twice the sum over i < j
        of (W_h ⋯ W_{j+1}) V_j (W_{j-1} ⋯ W_{i+1}) V_i (W_{i-1} ⋯ W_1).
        """
        matrices = self.network.check(weights)
        g = self.loss.gradient(self.network.multiply(matrices))
        return network_hessian(self.network, self.loss, matrices, g)

    def residual(self, weights: Weights) -> float:
        """Return the relative size of the gradient, see :class:`CriticalPointReport`."""
        matrices = self.network.check(weights)
        terms = self.loss.gradient_size(self.network.multiply(matrices))
        norms = [float(np.linalg.norm(matrix, 2)) for matrix in matrices]
        return relative_gradient(self.gradient(matrices), norms, terms)

    @keywords_checked
    def classify(
        self,
        weights: Weights,
        *,
        tolerance: float = 1e-8,
        flat: float = 1e-6,
        polish: bool | None = None,
    ) -> CriticalPointReport:
        """Tell whether weights are a critical point of L, pure or spurious, and of which type.

        Parameters
        ----------
        weights : list of arrays, mapping, or model
            As for :class:`NetworkLoss`.
        tolerance : float
            Relative size up to which gradients and singular values count as zero.
        flat : float
            Size, relative to the largest, up to which an eigenvalue of the Hessian has no sign.
        polish : bool, optional
            Whether to classify the critical point next to the weights, found by Newton's method;
            the report says how far it was. By default so for weights in single precision. Unlike
            :func:`edgeom.descend` this does not leave saddles.

        Returns
        -------
        CriticalPointReport

        Raises
        ------
        InputError
            The weights do not fit the network, or a tolerance is not between 0 and 1.

        Notes
        -----
        Definitions and statements of Trager, Kohn, Bruna (arXiv 1910.01671). Critical weights w are
        *pure* if μ(w) is a smooth point of the neuromanifold and critical for ℓ restricted to it,
        else *spurious*. So in a filling network they are pure if and only if ∇ℓ(μ(w)) = 0, in
        another one if and only if μ(w) has rank r.

        The type, in this order:

        1. ℓ convex and ∇ℓ(μ(w)) = 0: a global minimum, pure or not. As everywhere, zero means
           within the tolerance: next to a degenerate minimum, such as that of Σ (M - Q)^8, the
           gradient is that small at matrices that are some way off.
        2. dμ of maximal rank, any ℓ: pure; a minimum, saddle or maximum of L if and only if μ(w) is
           one of ℓ on the neuromanifold. The indices are equal, and the flat directions are those
           of the fibre and of the neuromanifold. For the quadratic loss and metrics A ⊗ B a
           minimum is global.
        3. rank μ(w) < r and ∇ℓ(μ(w)) ≠ 0, any differentiable ℓ: spurious and a saddle. The fibre
           of μ(w) has points arbitrarily near w that are not critical,
           see :func:`edgeom.networks.linear.saddles.leave_saddle`.
        4. rank μ(w) < r and ∇ℓ(μ(w)) = 0, ℓ not known to be convex: the type of a nondegenerate
           minimum or maximum of ℓ at μ(w), or a saddle if the Hessian of L has both signs.

        5. ℓ(μ(w)) is the least value on matrices of rank at most r where that is known by Eckart
           and Young: a global minimum, though perhaps not an isolated one.

        Where ℓ does not change when some a vᵀ or u bᵀ is added to matrices, see
        :meth:`edgeom.objectives.base.Objective.invariance`, L does not when a vᵀ is added to W_h or
        u bᵀ to W_1. Case 2 leaves these directions out, as those of the fibre: the critical points
        in them form a manifold, and the Hessian across it decides (docs/how_to/training.md).

        What remains is undecided, as is case 2 if the Hessian on the neuromanifold is degenerate
        and has not both signs. Undecided are also weights whose gradient is small although that of
        ℓ on the tangent space is not: they may be on their way past a saddle.
        """
        return report_on(self, weights, self._classify, tolerance, flat, polish)

    def _classify(
        self, matrices: list[Array], tolerance: float, flat: float
    ) -> CriticalPointReport:
        """Classify weights as they are."""
        product = self.network.multiply(matrices)
        residual = self.residual(matrices)
        rank = self.network.product_rank(matrices, tolerance)
        functional = self._functional_residual(product, rank)
        found, signs = ("none", "none", ""), Signs(0, 0, 0, 0)
        if residual <= tolerance:
            found, signs = self._decided(matrices, product, rank, functional, tolerance, flat)
        kind, kind_type, reason = found
        return CriticalPointReport(
            network=self.network,
            value=self.loss.value(product),
            residual=residual,
            tolerance=tolerance,
            functional_residual=functional,
            kind=kind,
            type=kind_type,
            reason=reason and REASONS[reason],
            rank=rank,
            differential_rank=self.network.differential_rank(matrices, tolerance),
            **signs._asdict(),
            weights=tuple(matrices),
            advice="" if residual <= tolerance else NOT_CRITICAL,
        )

    def _decided(
        self,
        matrices: list[Array],
        product: Array,
        rank: int,
        functional: float,
        tolerance: float,
        flat: float,
    ) -> tuple[tuple[str, str, str], Signs]:
        """Return kind, type and reason of critical weights, and the signs of the Hessian."""
        maximal = self.network.has_maximal_differential(matrices, tolerance)
        size, close = float(np.linalg.norm(self.loss.gradient(product))), functional**2 <= tolerance
        stationary = size <= tolerance * self._terms(product)
        stationary |= self.network.filling and maximal and close
        signs = self._signs(matrices, maximal, stationary, flat)
        if maximal and not close:
            return ("undecided", "undecided", "near"), signs
        smooth = stationary if self.network.filling else rank == self.network.rank
        kind_type, reason = self._type(product, maximal, stationary, signs, flat)
        if kind_type == "undecided" and self._is_least(product, tolerance):
            kind_type, reason = "global minimum", "least value"
        return ("pure" if smooth else "spurious", kind_type, reason), signs

    def _terms(self, product: Array) -> float:
        """Return the size of the terms of ∇ℓ, positive."""
        return self.loss.gradient_size(product) or 1.0

    def _functional_residual(self, product: Array, rank: int) -> float:
        """Return the relative size of ∇ℓ on the tangent space of the neuromanifold."""
        g = self.loss.gradient(product)
        if not self.network.filling and rank == self.network.rank:
            u, _, v = np.linalg.svd(product)
            g = g - u[:, rank:] @ (u[:, rank:].T @ g @ v[rank:].T) @ v[rank:]
        return float(np.linalg.norm(g)) / self._terms(product)

    def _type(
        self, product: Array, maximal: bool, stationary: bool, signs: Signs, flat: float
    ) -> tuple[str, str]:
        """Return the type of critical weights and why, see :meth:`classify`."""
        if stationary and self.loss.convex:
            return "global minimum", "convex"
        if not maximal and not stationary:
            return "saddle", "rank"
        if signs.negative and signs.positive:
            return "saddle", "submersion" if maximal else "Hessian"
        if maximal and signs.flat == signs.fibre + signs.invariant:
            if not signs.negative and self.loss.minima_are_global:
                return "global minimum", "Eckart-Young"
            return ("local maximum" if signs.negative else "local minimum"), "submersion"
        if not maximal:
            values = np.linalg.eigvalsh(self.loss.hessian(product))
            bound = flat * np.abs(values).max()
            if values[0] > bound:
                return "local minimum", "minimum of ℓ"
            if values[-1] < -bound:
                return "local maximum", "maximum of ℓ"
        return "undecided", "flat"

    def _is_least(self, product: Array, tolerance: float) -> bool:
        """Whether ℓ has its least value on the neuromanifold, as far as that is known."""
        least = self.loss.least_value(self.network.rank)
        if least is None:
            return False
        scale = self.loss.value(np.zeros_like(product)) + abs(self.loss.value(product))
        return self.loss.value(product) - least <= tolerance * scale

    def _signs(self, matrices: list[Array], maximal: bool, stationary: bool, flat: float) -> Signs:
        """Count eigenvalues of the Hessian by sign.

        Where ∇ℓ is zero up to the tolerance it is left out: close to a degenerate minimum of ℓ it
        would hide the Hessian of ℓ.
        """
        g = self.loss.gradient(self.network.multiply(matrices))
        slope = np.zeros_like(g) if stationary else g
        hessian = network_hessian(self.network, self.loss, matrices, slope)
        return hessian_signs(self.network, self.loss, matrices, hessian, maximal, flat)
