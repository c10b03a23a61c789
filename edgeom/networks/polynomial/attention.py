"""Lightning self-attention: X ↦ V X Xᵀ Kᵀ Q X, without softmax, a cubic map of tokens.

Tokens are the columns of X. A permutation of tokens permutes the outputs, so the output at the
first token is enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import product
from typing import Any

from edgeom.errors import check_size
from edgeom.networks.polynomial.forms import Exponents, Form, monomials
from edgeom.networks.polynomial.variety import WeightVariety
from edgeom.networks.polynomial.weights import WeightMap
from edgeom.varieties.base import Fact
from edgeom.varieties.fields import kept_as

__all__ = ["AttentionNeurovariety", "AttentionWeights"]


class AttentionWeights(WeightMap):
    """The map from V (outputs, inputs), K and Q (rank, inputs) to the coefficients at one token.

    Parameters
    ----------
    inputs, outputs : int
        Lengths of tokens.
    rank : int
        Number of rows of K and Q.
    tokens : int
    """

    def __init__(self, inputs: int, outputs: int, rank: int, tokens: int) -> None:
        self.inputs, self.outputs, self.rank, self.tokens = inputs, outputs, rank, tokens
        self.parameter_count = (outputs + 2 * rank) * inputs
        self.shape = (outputs, len(self.monomials))

    @cached_property
    def monomials(self) -> list[Exponents]:
        """Exponents of the cubic monomials in the entries of X, row by row."""
        return monomials(self.inputs * self.tokens, [3])

    @property
    def rows(self) -> list[tuple[int, bool]]:
        values, keys = self.outputs * self.inputs, self.rank * self.inputs
        return [(values, True), (keys, False), (keys, False)]

    def coefficients(self, flat: Sequence[Any]) -> list[Any]:
        d, cut = self.inputs, self.outputs * self.inputs
        v = [flat[i * d : (i + 1) * d] for i in range(self.outputs)]
        keys = [flat[cut + i * d : cut + (i + 1) * d] for i in range(self.rank)]
        cut += self.rank * d
        queries = [flat[cut + i * d : cut + (i + 1) * d] for i in range(self.rank)]
        rows = []
        for row in v:
            form: Form = {}
            for j, k, m in product(range(d), repeat=3):  # V_j (X Xᵀ)_jk A_km X_m1, A = Kᵀ Q
                for i in range(self.rank):
                    value = row[j] * keys[i][k] * queries[i][m]
                    for token in range(self.tokens):
                        key = self._exponents((j, token), (k, token), (m, 0))
                        form[key] = form[key] + value if key in form else value
            rows.append(form)
        return [form.get(key, 0) for form in rows for key in self.monomials]

    def _exponents(self, *entries: tuple[int, int]) -> Exponents:
        places = [i * self.tokens + token for i, token in entries]
        return tuple(places.count(p) for p in range(self.inputs * self.tokens))


@kept_as(
    "attention {inputs} to {outputs} rank {rank} tokens {tokens}",
    inputs=int,
    outputs=int,
    rank=int,
    tokens=int,
)
class AttentionNeurovariety(WeightVariety):
    """The closure of the functions of one layer of lightning self-attention.

    Parameters
    ----------
    inputs, outputs : int
        Lengths of the tokens of X and of the output.
    rank : int
        Number of rows of K and Q.
    tokens : int
        Number of columns of X, at least 2.

    Notes
    -----
    Functions are determined by V and A = Kᵀ Q up to one scale for two tokens and more (Henry,
    Marchetti, Kohn, arXiv 2408.17221); the dimension is computed by the exact rank.

    Examples
    --------
    >>> V = AttentionNeurovariety(2, 1, rank=1, tokens=2)
    >>> V.dimension, V.shape  # 2 of V, 3 of A, less one scale
    (4, (1, 20))
    """

    def __init__(self, inputs: int, outputs: int, rank: int, tokens: int = 2) -> None:
        self.inputs = check_size(inputs, "inputs", 1)
        self.outputs = check_size(outputs, "outputs", 1)
        self.rank = check_size(rank, "rank", 1)
        self.tokens = check_size(tokens, "tokens", 2)
        super().__init__(AttentionWeights(self.inputs, self.outputs, self.rank, self.tokens), 0)
        self.dimension = self._exact_rank()

    def generic_ed_degree_fact(self) -> Fact | None:
        return None

    def __repr__(self) -> str:
        sizes = f"{self.inputs}, {self.outputs}, rank={self.rank}, tokens={self.tokens}"
        return f"AttentionNeurovariety({sizes})"

    def __str__(self) -> str:
        return (
            f"functions of self-attention from {self.inputs} to {self.outputs}, rank {self.rank}, "
            f"on {self.tokens} tokens"
        )
