"""Every theorem on identifiability against the computed dimension of random architectures."""

from collections import Counter

import numpy as np
import pytest

import edgeom as eg
from edgeom.networks.polynomial.identifiability import THEOREMS


def random_network(rng: np.random.Generator) -> eg.PolynomialNetwork:
    depth = int(rng.integers(2, 5))
    widths = rng.integers(1, 5, depth + 1).tolist()
    if depth == 2 and rng.random() < 0.3:
        widths[-1] = 1
    degrees = rng.integers(2, 7 if depth == 2 else 4, depth - 1).tolist()
    return eg.PolynomialNetwork(widths, degrees)


@pytest.mark.parametrize("seed", [0, 1])
def test_theorems_agree_with_the_dimension(seed: int) -> None:
    rng, used = np.random.default_rng(seed), Counter[str]()
    for _ in range(250):
        network = random_network(rng)
        for theorem in THEOREMS:
            said = theorem(network)
            if said is not None:
                used[theorem.__name__] += 1
                assert said.identifiable == network.is_identifiable, (network, said)
    assert min(used[theorem.__name__] for theorem in THEOREMS) >= 5, used


@pytest.mark.parametrize(
    ("widths", "degree"), [((5, 7, 1), 3), ((3, 5, 1), 4), ((4, 9, 1), 4), ((5, 14, 1), 4)]
)
def test_exceptional_sums_of_powers(widths: tuple[int, ...], degree: int) -> None:
    network = eg.PolynomialNetwork(widths, degree)
    assert network.defect == 1 and not network.is_identifiable
    assert network.theorem is not None and "exceptional" in network.theorem.hypotheses


def test_which_theorem_decides() -> None:
    names = {
        (4, 3, 2): "decreasing widths",
        (2, 3, 2): "two-layer blocks",
        (3, 2, 1): "rotations",
        (2, 1, 2, 2): "bottleneck",
    }
    for widths, name in names.items():
        network = eg.PolynomialNetwork(widths, 2 if widths != (2, 3, 2) else 4)
        assert network.theorem is not None and network.theorem.name == name
        assert network.theorem.source in str(network.theorem)
    assert eg.PolynomialNetwork([3, 2, 2], 2, biases=True).theorem is None
