"""When the weights of a polynomial network are determined by its function, up to symmetries.

Weights are finitely identifiable if a general function has finitely many of them up to scalings of
hidden units: if the neurovariety has the dimension Σ d_l d_{l-1} - Σ d_l, the second sum over
hidden layers. The rank decides that for every network; here are the theorems that say so for whole
families, with their hypotheses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import comb

from edgeom.networks.polynomial.architecture import PolynomialArchitecture

__all__ = ["THEOREMS", "Theorem", "deciding_theorem"]

LOCAL = "Usevich, Borsoi, Dérand, Clausel, arXiv 2506.17093"
FORMS = "Alexander, Hirschowitz, Polynomial interpolation in several variables, 1995"
# variables, degree and number of powers for which forms are not as expected
EXCEPTIONS = ((5, 3, 7), (3, 4, 5), (4, 4, 9), (5, 4, 14))


@dataclass(frozen=True)
class Theorem:
    """What a theorem says about a network.

    Attributes
    ----------
    name : str
    identifiable : bool
        Whether weights are finitely identifiable.
    hypotheses : str
        What the theorem asks of the network, which holds here.
    source : str
    """

    name: str
    identifiable: bool
    hypotheses: str
    source: str

    def __str__(self) -> str:
        return f"{self.name}: {self.hypotheses} ({self.source})"


def _inner(network: PolynomialArchitecture) -> list[tuple[int, int, int, int]]:
    """Return (m, d, e, r) for each hidden layer: its width d, its degree r, and those around it.

    These are the width e of the next layer and the least width m of all layers before it.
    """
    widths = network.widths
    return [
        (min(widths[:i]), widths[i], widths[i + 1], r) for i, r in enumerate(network.degrees, 1)
    ]


def decreasing_widths(network: PolynomialArchitecture) -> Theorem | None:
    """Ask for widths that do not increase up to the last hidden layer.

    With two outputs or a degree of 3 at the end it is a case of :func:`two_layer_blocks`, with
    m = d ≥ 2 and r (d - 1) + min(d, e) ≥ 2d.
    """
    widths, last = network.widths, network.degrees[-1]
    falls = all(a >= b for a, b in pairwise(widths[:-1]))
    if falls and widths[-2] >= 2 and (last >= 3 or widths[-1] >= 2):
        hypotheses = "d_0 ≥ ... ≥ d_(L-1) ≥ 2, and the last degree is at least 3 or d_L ≥ 2"
        return Theorem("decreasing widths", True, hypotheses, LOCAL)
    return None


def large_degrees(network: PolynomialArchitecture) -> Theorem | None:
    """Ask for degrees r_l ≥ 2 d_l - 1, a case of :func:`two_layer_blocks`."""
    if min(network.widths[:-1]) < 2 or any(r < 2 * d - 1 for _, d, _, r in _inner(network)):
        return None
    hypotheses = "r_l ≥ 2 d_l - 1 for every hidden layer, no width 1 before the output"
    return Theorem("large degrees", True, hypotheses, LOCAL)


def two_layer_blocks(network: PolynomialArchitecture) -> Theorem | None:
    """Ask that every hidden layer with its neighbours is a unique decomposition of a tensor.

    The functions of a hidden layer of width d on general inputs of dimension m are sums of d terms
    c_i ⊗ a_i^r. The a_i and c_i have Kruskal ranks min(m, d) and min(d, e), and by Kruskal's
    theorem (for r + 1 factors Sidiropoulos, Bro) they are unique if r (min(m, d) - 1) + min(d, e)
    is at least 2d. A single term is always unique.
    """
    unique = all(
        d == 1 or r * (min(m, d) - 1) + min(d, e) >= 2 * d for m, d, e, r in _inner(network)
    )
    if not unique:
        return None
    hypotheses = (
        "r (min(m, d) - 1) + min(d, e) ≥ 2d, or d = 1, for the width d of every hidden layer, the "
        "width e of the next one and the least width m before it"
    )
    return Theorem("two-layer blocks", True, hypotheses, f"Kruskal; {LOCAL}")


def sums_of_powers(network: PolynomialArchitecture) -> Theorem | None:
    """Ask for one hidden layer and one output: sums of so many powers of linear forms."""
    if len(network.widths) > 3 or network.widths[2] > 1:
        return None
    n, h, _ = network.widths
    (r,) = network.degrees
    if r == 2:
        return None
    if (n, r, h) in EXCEPTIONS:
        return Theorem("sums of powers", False, "one of the exceptional cases", FORMS)
    fits = n * h <= comb(n + r - 1, r)
    relation = "≤" if fits else ">"
    hypotheses = f"one output, d_0 d_1 {relation} C(d_0 + r - 1, r), no exceptional case"
    return Theorem("sums of powers", fits, hypotheses, FORMS)


def too_many_parameters(network: PolynomialArchitecture) -> Theorem | None:
    """Ask for more parameters, without scalings, than coefficients."""
    if network.parameter_count - network.scalings <= network.ambient_dimension:
        return None
    hypotheses = "more parameters without scalings than coefficients"
    return Theorem("count of parameters", False, hypotheses, "dimension of fibres")


def sums_of_squares(network: PolynomialArchitecture) -> Theorem | None:
    """Ask for squares before one output: W_(L-1) ↦ R W_(L-1) keeps Σ c_i y_i² for R in O(c)."""
    if network.degrees[-1] != 2 or network.widths[-1] > 1 or network.widths[-2] < 2:
        return None
    hypotheses = "the last activation is a square, d_(L-1) ≥ 2 and d_L = 1"
    return Theorem("rotations", False, hypotheses, "the orthogonal group of Σ c_i y_i² acts")


def bottleneck(network: PolynomialArchitecture) -> Theorem | None:
    """Ask for a width 1 before a wider hidden layer, whose units are multiples of one power."""
    if all(m > 1 or d == 1 for m, d, _, _ in _inner(network)):
        return None
    hypotheses = "a width is 1 and a later hidden width at least 2"
    return Theorem("bottleneck", False, hypotheses, "multiples of one power of a form add up")


THEOREMS: tuple[Callable[[PolynomialArchitecture], Theorem | None], ...] = (
    decreasing_widths,
    large_degrees,
    two_layer_blocks,
    sums_of_powers,
    sums_of_squares,
    bottleneck,
    too_many_parameters,
)


def deciding_theorem(network: PolynomialArchitecture) -> Theorem | None:
    """Return the first theorem that says whether weights are finitely identifiable.

    All but the count of parameters are about powers as activations, without biases.

    Examples
    --------
    >>> print(deciding_theorem(PolynomialArchitecture([3, 3, 2], 2)).name)
    decreasing widths
    """
    if not network.is_homogeneous or network.biases:
        return too_many_parameters(network)
    found = (theorem(network) for theorem in THEOREMS)
    return next((theorem for theorem in found if theorem is not None), None)
