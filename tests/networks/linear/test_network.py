"""Linear networks: the multiplication map, its differential, and the facts of an architecture."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgeom.degrees.closed_forms import determinantal_generic_ed_degree
from edgeom.errors import InputError
from edgeom.networks.linear.network import LinearNetwork

ALL_WIDTHS = [
    list(widths) for depth in (2, 3, 4) for widths in product((1, 2, 3), repeat=depth + 1)
]
widths_lists = st.lists(st.integers(1, 5), min_size=3, max_size=5)
seeds = st.integers(0, 2**32)


def deficient_weights(net: LinearNetwork, rng: np.random.Generator) -> list[np.ndarray]:
    """Weights whose factors have random ranks.

    Half of them are of small integers, many zero, so that kernels and images meet in every way.
    """
    weights = []
    for n, m in pairwise(net.widths):
        inner = int(rng.integers(0, min(m, n) + 1))
        left, right = rng.integers(-1, 2, size=(m, inner)), rng.integers(-1, 2, size=(inner, n))
        if rng.random() < 0.5:
            left, right = rng.normal(size=left.shape), rng.normal(size=right.shape)
        weights.append((left @ right).astype(float))
    return weights


def rank_of_matrix(matrix: np.ndarray, scale: float) -> int:
    return int(np.sum(np.linalg.svd(matrix, compute_uv=False) > 1e-9 * scale))


def rank_of_differential(net: LinearNetwork, weights: list[np.ndarray]) -> int:
    """The rank of the matrix itself, nothing but its singular values."""
    scale = max(np.linalg.norm(w, 2) for w in weights) ** (net.depth - 1)
    return rank_of_matrix(net.differential(weights), scale) if scale else 0


def test_facts_of_architectures() -> None:
    for widths in ALL_WIDTHS:
        net = LinearNetwork(widths)
        assert net.widths == tuple(widths) and net.depth == len(widths) - 1
        assert net.rank == min(widths) and net.shape == (widths[-1], widths[0])
        assert net.filling == (net.dim == widths[0] * widths[-1])
        assert net.parameter_count == sum(map(np.size, net.random_weights()))
        assert net.dim == rank_of_differential(net, net.random_weights(seed=3))
        assert net.dim == net.neuromanifold().dimension
        assert (net.singular_locus is None) == net.filling


def test_neuromanifold_and_its_singular_locus() -> None:
    net = LinearNetwork([4, 2, 3])
    manifold, singular = net.neuromanifold(), net.singular_locus
    assert manifold.shape == (3, 4) and singular is not None
    for rank in range(3):
        point = net.multiply(net.random_weights(seed=rank, rank=rank))
        assert manifold.contains(point)
        assert manifold.is_singular(point) == singular.contains(point) == (rank < 2)
    assert not manifold.contains(np.eye(3, 4))


@settings(max_examples=60)
@given(widths_lists, seeds)
def test_differential_is_the_derivative(widths: list[int], seed: int) -> None:
    net = LinearNetwork(widths)
    weights, direction = net.random_weights(seed), net.random_weights(seed + 1)
    expected = np.zeros(net.shape)
    for i in range(net.depth):  # the product is linear in each factor
        expected += net.multiply([*weights[:i], direction[i], *weights[i + 1 :]])
    found = net.differential(weights) @ net.flatten(direction)
    assert np.allclose(found.reshape(net.shape), expected, atol=1e-12)
    step = 1e-6 * net.flatten(direction)
    ends = [net.multiply(net.unflatten(net.flatten(weights) + s * step)) for s in (-1, 1)]
    assert np.allclose((ends[1] - ends[0]) / 2e-6, expected, atol=1e-6)


@settings(max_examples=400)
@given(widths_lists, seeds)
def test_rank_of_the_differential(widths: list[int], seed: int) -> None:
    net = LinearNetwork(widths)
    weights = deficient_weights(net, np.random.default_rng(seed))
    rank = rank_of_differential(net, weights)
    assert net.differential_rank(weights) == rank <= net.dim
    assert net.has_maximal_differential(weights) == (rank == net.dim)


@settings(max_examples=60)
@given(widths_lists.filter(lambda w: not LinearNetwork(w).filling), seeds)
def test_image_of_a_maximal_differential_is_the_tangent_space(widths: list[int], seed: int) -> None:
    net = LinearNetwork(widths)
    weights = net.random_weights(seed)
    left, _, right = np.linalg.svd(net.multiply(weights))
    tangents = net.differential(weights).T.reshape(-1, *net.shape)
    # tangent matrices at U Σ Vᵀ map the kernel into the image
    corner = left[:, net.rank :].T @ tangents @ right[net.rank :].T
    assert np.abs(corner).max() < 1e-12 * np.abs(tangents).max()


def test_filling_differential_can_be_maximal_at_a_product_of_lower_rank() -> None:
    net = LinearNetwork([2, 3, 2])
    weights = [np.zeros((3, 2)), np.eye(2, 3)]
    assert net.product_rank(weights) == 0
    assert net.has_maximal_differential(weights) and net.differential_rank(weights) == 4
    weights[1] = np.diag([1, 0]) @ weights[1]
    assert not net.has_maximal_differential(weights) and net.differential_rank(weights) == 2


def test_maximal_differential_needs_one_full_side_at_every_layer() -> None:
    net = LinearNetwork([2, 2, 2, 2])
    half, eye = np.diag([1, 0]), np.eye(2)
    for weights, maximal in [
        ([eye, eye, half], True),
        ([half, eye, eye], True),
        ([eye, half, eye], True),
        ([half, eye, half], False),
        ([half, half, eye], False),
    ]:
        assert net.has_maximal_differential(weights) == maximal
        assert rank_of_differential(net, weights) == net.differential_rank(weights)


@settings(max_examples=60)
@given(widths_lists, seeds, st.data())
def test_random_weights_of_given_rank(widths: list[int], seed: int, data: st.DataObject) -> None:
    net = LinearNetwork(widths)
    rank = data.draw(st.integers(0, net.rank))
    weights = net.random_weights(seed, rank=rank)
    assert net.product_rank(weights) == rank
    again = net.random_weights(seed, rank=rank)
    assert all(map(np.array_equal, weights, again))
    assert net.product_rank(net.random_weights(seed)) == net.rank


def test_rounding_does_not_hide_a_product_that_vanishes() -> None:
    rng = np.random.default_rng(0)
    turn = np.linalg.qr(rng.normal(size=(4, 4)))[0]
    weights = [turn[:, :2] @ rng.normal(size=(2, 3)), rng.normal(size=(3, 2)) @ turn[:, 2:].T]
    net = LinearNetwork.from_weights(weights)
    assert 0 < np.abs(net.multiply(weights)).max() < 1e-14
    assert net.product_rank(weights) == 0
    assert net.partial_ranks(weights) == ([3, 2, 0], [0, 2, 3])


def test_tolerance_decides_ranks() -> None:
    weights = [np.diag([1, 1e-6]), np.eye(2)]
    net = LinearNetwork.from_weights(weights)
    assert net.product_rank(weights) == 2 and net.product_rank(weights, tolerance=1e-5) == 1
    assert net.has_maximal_differential(weights)
    weights[1] = weights[0]
    assert net.has_maximal_differential(weights)
    assert not net.has_maximal_differential(weights, tolerance=1e-5)
    assert net.differential_rank(weights, tolerance=1e-5) == 3


@settings(max_examples=300)
@given(widths_lists, seeds, st.sampled_from([1e-2, 1e-6, 1e-10]))
def test_ranks_agree_whatever_the_tolerance(widths: list[int], seed: int, tolerance: float) -> None:
    """Singular values next to the tolerance multiply to some below it."""
    net, rng = LinearNetwork(widths), np.random.default_rng(seed)
    weights = [
        np.diag(10.0 ** rng.integers(-6, 1, size=max(m, n)))[:m, :n] for n, m in pairwise(widths)
    ]
    product = net.product_rank(weights, tolerance)
    rank = net.differential_rank(weights, tolerance)
    maximal = net.has_maximal_differential(weights, tolerance)
    assert maximal == (rank == net.dim) and rank <= net.dim
    if product == net.rank:
        assert maximal
    if not net.filling:
        assert maximal == (product == net.rank)
    ranks = net.partial_ranks(weights, tolerance)
    assert all(a + b - d <= product for b, a, d in zip(*ranks, net.widths, strict=True))
    assert ranks[0][-1] == ranks[1][0] == product


def test_small_singular_values_of_factors_decide_the_rank_of_the_product() -> None:
    net = LinearNetwork([3, 2, 3])
    weights = [np.diag([1, 1e-6, 0])[:2], np.diag([1, 1e-6, 0])[:, :2]]
    assert (net.product_rank(weights), net.differential_rank(weights)) == (2, 8)
    assert net.has_maximal_differential(weights)


@settings(max_examples=30)
@given(widths_lists, seeds)
def test_parameters_as_a_vector(widths: list[int], seed: int) -> None:
    net = LinearNetwork(widths)
    weights = net.random_weights(seed)
    vector = net.flatten(weights)
    assert vector.shape == (net.parameter_count,)
    assert np.array_equal(vector[: widths[0]], weights[0][0])
    assert all(map(np.array_equal, net.unflatten(vector), weights))


def test_partial_products() -> None:
    net = LinearNetwork([2, 3, 4, 1])
    weights = net.random_weights(1)
    before, after = net.partial_products(weights)
    assert [m.shape for m in before] == [(2, 2), (3, 2), (4, 2), (1, 2)]
    assert [m.shape for m in after] == [(1, 2), (1, 3), (1, 4), (1, 1)]
    for first, second in zip(before, after, strict=True):
        assert np.allclose(second @ first, net.multiply(weights), atol=1e-14)


def test_network_of_given_weights() -> None:
    weights = [np.ones((3, 2)), np.ones((4, 3)), np.ones((1, 4))]
    net = LinearNetwork.from_weights(weights)
    assert net == LinearNetwork([2, 3, 4, 1]) != LinearNetwork([2, 3, 1])
    assert len({net, LinearNetwork((2, 3, 4, 1))}) == 1
    assert repr(net) == "LinearNetwork([2, 3, 4, 1])"
    assert net.multiply(weights).tolist() == [[12, 12]]


class Tensor:
    """What NumPy sees of the tensors of other libraries."""

    def __init__(self, values: object, requires_grad: bool = False) -> None:
        self.values, self.requires_grad = values, requires_grad

    def __array__(self, dtype: object = None, copy: object = None) -> np.ndarray:
        if self.requires_grad:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad")
        return np.array(self.values, np.float32)


@pytest.mark.parametrize(
    "weights",
    [
        [[[1, 2], [3, 4]], [[1, 0], [1, 1]]],
        np.array([[[1, 2], [3, 4]], [[1, 0], [1, 1]]], np.int8),
        [Tensor([[1, 2], [3, 4]]), Tensor([[1, 0], [1, 1]])],
        (np.array(w, complex) for w in [[[1, 2], [3, 4]], [[1, 0], [1, 1]]]),
    ],
)
def test_whatever_numpy_takes_for_matrices(weights) -> None:
    found = LinearNetwork([2, 2, 2]).multiply(weights)
    assert found.dtype == float and found.tolist() == [[1, 2], [4, 6]]


def test_weights_are_not_shared_with_the_caller() -> None:
    weights = [np.ones((2, 2))]
    LinearNetwork([2, 2]).multiply(weights)[0, 0] = 7
    assert weights[0][0, 0] == 1


NET = LinearNetwork([2, 3, 2])
GOOD = [np.ones((3, 2)), np.ones((2, 3))]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: LinearNetwork([3]), "input and the output"),
        (lambda: LinearNetwork([]), "at least one entry"),
        (lambda: LinearNetwork([3, 0, 3]), r"widths\[1\] must be at least 1"),
        (lambda: LinearNetwork([3, 1.5, 3]), r"widths\[1\] must be an integer"),
        (lambda: LinearNetwork(3), "sequence of integers"),
        (lambda: LinearNetwork({3: 1, 4: 2}), "sequence of integers"),
        (lambda: LinearNetwork({3, 4}), "sequence of integers"),
        (lambda: LinearNetwork(width=[3, 1]), "did you mean 'widths'"),
        (lambda: NET.random_weights(seed=-1), "seed must be at least 0"),
        (lambda: NET.random_weights(seed="a"), "seed must be an integer"),
        (lambda: NET.check(GOOD[:1]), "must be 2 matrices .* got 1"),
        (lambda: NET.check(GOOD[::-1]), r"W_1 must have shape \(3, 2\) .* got \(2, 3\)"),
        (lambda: NET.check([GOOD[0], np.full((2, 3), np.nan)]), "W_2 must have finite entries"),
        (lambda: NET.check([GOOD[0], np.ones(6)]), r"W_2 must be a matrix.*\(6,\)"),
        (lambda: NET.check([GOOD[0], [[1, 2], [3]]]), "W_2 must be an array of numbers"),
        (lambda: NET.check([GOOD[0], [["a"]]]), "W_2 must be an array of numbers"),
        (lambda: NET.check([GOOD[0], [[1j]]]), "W_2 must be real"),
        (lambda: NET.check([GOOD[0], Tensor([], True)]), "W_2 must be .* requires grad"),
        (lambda: NET.check({"a": 1}), "W_1 must be a matrix"),
        (lambda: NET.check(7), "must be a list of matrices"),
        (lambda: LinearNetwork.from_weights([]), "at least one matrix"),
        (lambda: LinearNetwork.from_weights([np.ones((0, 2))]), "must be a matrix"),
        (lambda: LinearNetwork.from_weights([GOOD[0]] * 2), "must chain: W_2 .* W_1, the first"),
        (lambda: NET.unflatten(np.ones(5)), r"shape \(12,\), got \(5,\)"),
        (lambda: NET.random_weights(rank=3), r"between 0 and min\(widths\) = 2"),
        (lambda: NET.random_weights(ranks=1), "did you mean 'rank'"),
        (lambda: NET.product_rank(GOOD, tolerance=0), "tolerance must be between 0 and 1"),
        (lambda: NET.product_rank(GOOD, tolerance="x"), "tolerance must be a number"),
    ],
)
def test_what_cannot_be_used(call, message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()


def test_facts_as_texts() -> None:
    assert dict(LinearNetwork([3, 1, 3]).facts()) == {
        "widths": "3, 1, 3",
        "rank": "1",
        "parameters": "6",
        "dimension": "5 of 9",
        "filling": "no: the rank is at most 1",
        "neuromanifold": "3×3 matrices of rank ≤ 1",
        "singular locus": "the zero matrix",
        "general fibre": "dimension 1, 2 connected components",
        "ED degree": "3 for the Frobenius norm: Eckart-Young",
        "generic ED degree": "39: determinantal formula",
    }
    filling = dict(LinearNetwork([2, 3, 2]).facts())
    assert filling["neuromanifold"] == "all 2×2 matrices"
    assert filling["filling"] == "yes" and filling["singular locus"] == "empty"
    assert filling["ED degree"].startswith("1 ") and filling["generic ED degree"].startswith("1:")
    assert filling["general fibre"] == "dimension 8, 1 connected component"


def test_facts_of_large_networks() -> None:
    facts = dict(LinearNetwork([90, 45, 90]).facts())
    assert facts["ED degree"].startswith("103827421287553411369671120 for")
    digits = str(determinantal_generic_ed_degree(90, 90, 45))
    assert facts["generic ED degree"] == f"about 3.83·10^{len(digits) - 1}: determinantal formula"
    assert 382 <= int(digits[:3]) <= 383
    assert "not computed" in dict(LinearNetwork([784, 10, 784]).facts())["generic ED degree"]
    assert (
        dict(LinearNetwork([784, 500, 600]).facts())["dimension"] == f"{500 * 884} of {784 * 600}"
    )
