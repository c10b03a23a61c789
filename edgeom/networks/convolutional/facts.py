"""What is known about a convolutional network, in words and numbers."""

from __future__ import annotations

from fractions import Fraction
from math import factorial, prod
from typing import Any

from edgeom.degrees.closed_forms import segre_ed_degree, segre_generic_ed_degree
from edgeom.networks.convolutional.coincident_roots import CoincidentRootLocus, convolve
from edgeom.networks.convolutional.factorization import Level
from edgeom.networks.convolutional.strata import ConvolutionalStrata

__all__ = ["network_facts", "network_numbers"]

STRATA = 6  # the largest degree for which strata are listed


def network_facts(network: ConvolutionalStrata) -> list[tuple[str, str]]:
    """Return facts as pairs of a name and a text, by formula: nothing is computed at length.

    Parameters
    ----------
    network : ConvolutionalNetwork

    Returns
    -------
    list of (str, str)
    """
    size = network.end_filter_size
    return [
        ("filter sizes", ", ".join(map(str, network.filter_sizes))),
        ("strides", ", ".join(map(str, network.strides))),
        ("end filter", f"size {size}, stride {network.end_stride}"),
        ("parameters", str(network.parameter_count)),
        ("dimension", f"{network.dim} of {size}"),
        ("filling", _filling(network)),
        ("neuromanifold", _kind(network)),
        ("general fibre", _fibre(network)),
        ("ED degree", _special(network)),
        ("generic ED degree", _generic(network)),
        *_strata(network),
    ]


def network_numbers(network: ConvolutionalStrata) -> dict[str, Any]:
    """Return the numbers behind the facts, by the same names, None where none is known.

    Parameters
    ----------
    network : ConvolutionalNetwork

    Returns
    -------
    dict of int, bool, list of int or None
        "general fibre" has the least and the greatest number of real components.
    """
    return {
        "filter sizes": list(network.filter_sizes),
        "strides": list(network.strides),
        "end filter": network.end_filter_size,
        "parameters": network.parameter_count,
        "dimension": network.dim,
        "filling": network.filling,
        "general fibre": list(_components(network)),
        "ED degree": _ed_degree(network),
        "generic ED degree": _generic_ed_degree(network),
    }


def _filling(network: ConvolutionalStrata) -> str:
    if network.filling:
        return "yes: no strides and at most one filter of even width"
    if network.stride_one:
        count = network.even_widths
        return (
            f"no: {count} filters have even width, and end filters have at least {count} real roots"
        )
    return f"no: strides leave dimension {network.dim} of {network.end_filter_size}"


def _kind(network: ConvolutionalStrata) -> str:
    if network.filling:
        return "all filters of this size"
    sizes = "×".join(map(str, network.segre_sizes))
    roots = [
        f"{level.odd} real roots" + (f" in z^{level.stride}" if level.stride > 1 else "")
        for level in network.levels
        if level.odd > 1
    ]
    limits = f", factors with at least {' and '.join(roots)}" if roots else ""
    if network.stride_one:
        return f"semi-algebraic, of full dimension: at least {network.even_widths} real roots"
    if len(network.levels) == 1:
        return f"in the linear space of filters in powers of z^{network.levels[0].stride}{limits}"
    if network.is_segre:
        return f"Segre variety of {sizes} tensors of rank one{limits}"
    return f"semi-algebraic; its closure is birational to the {sizes} Segre variety{limits}"


def _fibre(network: ConvolutionalStrata) -> str:
    ways = prod(
        factorial(level.degree) // prod(map(factorial, level.degrees)) for level in network.levels
    )
    scales = network.depth - 1
    if scales == 0:
        return "one point"
    torus = "ℂ∖0" if scales == 1 else f"(ℂ∖0)^{scales}"
    times = f"{ways} × " if ways > 1 else ""
    low, high = _components(network)
    count = f"{low}" if low == high else f"{low} to {high}, by the number of real roots"
    return f"{times}{torus} over ℂ; components over ℝ: {count}"


def _components(network: ConvolutionalStrata) -> tuple[int, int]:
    """Return the least and the greatest number of real components over general end filters."""
    ways = [_ways(level) for level in network.levels]
    signs = 2 ** (network.depth - 1)
    return signs * prod(map(min, ways)), signs * prod(map(max, ways))


def _ways(level: Level) -> list[int]:
    """Return in how many ways a form with simple roots is a product of forms of given degrees.

    One number for every number p of complex pairs. A factor of degree d with b of the pairs has
    d - 2b of the r real roots, so it is r! p! times the coefficient of y^p in the product of the
    polynomials Σ_b y^b / ((d - 2b)! b!).
    """
    series: list[Fraction] = [Fraction(1)]
    for d in level.degrees:
        terms = [Fraction(1, factorial(d - 2 * b) * factorial(b)) for b in range(d // 2 + 1)]
        series = convolve(series, terms)
    return [
        int(value * factorial(level.degree - 2 * p) * factorial(p))
        for p, value in enumerate(series)
    ]


def _generic_ed_degree(network: ConvolutionalStrata) -> int:
    return segre_generic_ed_degree(network.segre_sizes) if len(network.levels) > 1 else 1


def _generic(network: ConvolutionalStrata) -> str:
    value = _generic_ed_degree(network)
    if len(network.levels) < 2:
        return f"{value}: the closure is a linear space"
    return f"{value}, that of {'×'.join(map(str, network.segre_sizes))} tensors of rank one"


def _ed_degree(network: ConvolutionalStrata) -> int | None:
    """Return the ED degree for the plain coefficient metric, where a theorem gives it."""
    if len(network.levels) < 2:
        return 1
    return segre_ed_degree(network.segre_sizes) if network.is_segre else None


def _special(network: ConvolutionalStrata) -> str:
    value = _ed_degree(network)
    if value is None:
        return "no formula for the plain coefficient metric: count by ed_degree(neuromanifold())"
    reason = "singular vector tuples" if len(network.levels) > 1 else "a linear space"
    return f"{value} for the plain coefficient metric: {reason}"


def _strata(network: ConvolutionalStrata) -> list[tuple[str, str]]:
    """Return generic ED degrees by root multiplicities, where a formula gives them.

    Multiple roots matter where two filters can share one.
    """
    degree = network.end_filter_size - 1
    layers = sum(len(level.layers) for level in network.levels)
    if not network.stride_one or layers < 2 or degree > STRATA:
        return []
    texts = []
    for (pattern,) in network.strata()[1:]:
        fact = CoincidentRootLocus(degree, pattern).generic_ed_degree_fact()
        texts.append(f"({','.join(map(str, pattern))}) {'–' if fact is None else fact.value}")
    return [("strata", f"generic ED degrees by root multiplicities: {', '.join(texts)}")]
