"""What is known about a convolutional network, in words and numbers."""

from __future__ import annotations

from math import factorial, prod
from typing import TYPE_CHECKING

from edgeom.degrees.closed_forms import segre_ed_degree, segre_generic_ed_degree
from edgeom.networks.coincident_roots import CoincidentRootLocus

if TYPE_CHECKING:
    from edgeom.networks.convolutional import ConvolutionalNetwork

__all__ = ["network_facts"]

STRATA = 6  # the largest degree for which strata are listed


def network_facts(network: ConvolutionalNetwork) -> list[tuple[str, str]]:
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
        ("generic ED degree", _generic(network)),
        *_special(network),
        *_strata(network),
    ]


def _filling(network: ConvolutionalNetwork) -> str:
    if network.filling:
        return "yes: no strides and at most one filter of even width"
    if network.stride_one:
        count = network.even_widths
        return (
            f"no: {count} filters have even width, and end filters have at least {count} real roots"
        )
    return f"no: strides leave dimension {network.dim} of {network.end_filter_size}"


def _kind(network: ConvolutionalNetwork) -> str:
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


def _fibre(network: ConvolutionalNetwork) -> str:
    ways = prod(
        factorial(level.degree) // prod(map(factorial, level.degrees)) for level in network.levels
    )
    scales = network.depth - 1
    if scales == 0:
        return "one point"
    torus = "ℂ∖0" if scales == 1 else f"(ℂ∖0)^{scales}"
    return (
        f"{ways} × {torus} over ℂ; over ℝ {2**scales} components for every way to share the roots "
        "among real filters"
    )


def _generic(network: ConvolutionalNetwork) -> str:
    if len(network.levels) < 2:
        return "1: the closure is a linear space"
    sizes = network.segre_sizes
    value = segre_generic_ed_degree(sizes)
    return f"{value}, that of {'×'.join(map(str, sizes))} tensors of rank one"


def _special(network: ConvolutionalNetwork) -> list[tuple[str, str]]:
    """Return the ED degree for the plain coefficient metric, where a theorem gives it."""
    if len(network.levels) < 2 or not network.is_segre:
        return []
    value = segre_ed_degree(network.segre_sizes)
    return [("ED degree", f"{value} for the plain coefficient metric: singular vector tuples")]


def _strata(network: ConvolutionalNetwork) -> list[tuple[str, str]]:
    """Return generic ED degrees by root multiplicities, where a formula gives them."""
    degree = network.end_filter_size - 1
    if not network.stride_one or not 2 <= degree <= STRATA:
        return []
    texts = []
    for (pattern,) in network.strata()[1:]:
        fact = CoincidentRootLocus(degree, pattern).generic_ed_degree_fact()
        texts.append(f"({','.join(map(str, pattern))}) {'–' if fact is None else fact.value}")
    return [("strata", f"generic ED degrees by root multiplicities: {', '.join(texts)}")]
