"""What is known about a polynomial network, in words and in numbers."""

from __future__ import annotations

from typing import Any

from edgeom.networks.polynomial.architecture import PolynomialArchitecture
from edgeom.networks.polynomial.identifiability import deciding_theorem
from edgeom.networks.polynomial.symmetries import Symmetries
from edgeom.networks.polynomial.variety import Neurovariety, expected_dimension

__all__ = ["network_facts", "network_numbers"]


def network_facts(network: PolynomialArchitecture) -> list[tuple[str, str]]:
    """Return what is known, as names and texts."""
    numbers = network_numbers(network)
    variety = Neurovariety(network.widths, network.activation, network.biases)
    dimension, expected = numbers["dimension"], numbers["expected dimension"]
    defect = (
        "" if dimension == expected else f", expected {expected}: defect {expected - dimension}"
    )
    theorem = deciding_theorem(network)
    identifiable = "finitely" if numbers["identifiable"] else "no"
    fact = variety.generic_ed_degree_fact()
    rank = "proved" if variety.rank.proved else f"wrong with probability < {variety.rank.error:.0e}"
    return [
        ("widths", ", ".join(map(str, network.widths)) + (", biases" if network.biases else "")),
        ("activation", ", ".join(dict.fromkeys(network.activation))),
        ("outputs", f"degree {network.degree}, {network.shape[1]} coefficients each"),
        ("parameters", str(network.parameter_count)),
        ("dimension", f"{dimension} of {network.ambient_dimension}{defect}"),
        ("rank", f"modulo a prime at random weights, {rank}"),
        ("filling", "yes" if numbers["filling"] else "no"),
        ("symmetries", str(Symmetries(network))),
        ("identifiable", identifiable + (f": {theorem}" if theorem else ", by the dimension")),
        ("generic ED degree", f"{fact.value}: {fact.reason}" if fact else "no formula is known"),
    ]


def network_numbers(network: PolynomialArchitecture) -> dict[str, Any]:
    """Return the numbers behind the facts."""
    variety = Neurovariety(network.widths, network.activation, network.biases)
    fact = variety.generic_ed_degree_fact()
    return {
        "widths": list(network.widths),
        "degrees": list(network.degrees),
        "parameters": network.parameter_count,
        "dimension": variety.dimension,
        "expected dimension": expected_dimension(network),
        "ambient dimension": network.ambient_dimension,
        "filling": variety.dimension == network.ambient_dimension,
        "identifiable": variety.dimension == network.parameter_count - network.scalings,
        "generic ED degree": fact and fact.value,
    }
