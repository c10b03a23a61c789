"""Fibres of a linear network: components, what tells them apart, and paths inside them."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgeom.errors import InputError
from edgeom.networks.linear.fibers import Fiber, FiberPath
from edgeom.networks.linear.network import LinearNetwork
from edgeom.networks.linear.paths import FramePath, Turn
from edgeom.varieties.base import random_orthogonal

seeds = st.integers(0, 2**32)
Weights = list[np.ndarray]


@st.composite
def fibers(draw: st.DrawFn, full: bool | None = None) -> Fiber:
    """A fibre over a random matrix: of rank r if `full`, of lower rank if not."""
    net = LinearNetwork(draw(st.lists(st.integers(1, 5), min_size=3, max_size=5)))
    lowest, highest = (net.rank if full else 0), (net.rank - (full is False))
    rank = draw(st.integers(lowest, highest))
    return net.fiber(random_matrix(net, rank, draw(seeds)))


def random_matrix(net: LinearNetwork, rank: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    (rows, cols), values = net.shape, np.exp(rng.normal(size=rank))
    return random_orthogonal(rows, rng)[:, :rank] * values @ random_orthogonal(cols, rng)[:rank]


def error(fiber: Fiber, weights: Weights) -> float:
    scale = np.abs(fiber.matrix).max() or np.prod([np.linalg.norm(w) for w in weights]) or 1
    return float(np.abs(fiber.network.multiply(weights) - fiber.matrix).max() / scale)


def largest_jump(path: FiberPath, n: int) -> float:
    vectors = np.array([np.concatenate([w.ravel() for w in ws]) for ws in path.samples(n)])
    return float(np.linalg.norm(np.diff(vectors, axis=0), axis=1).max())


def assert_path(fiber: Fiber, start: Weights, end: Weights) -> FiberPath:
    """There is a continuous path in the fibre from start to end."""
    path = fiber.path(start, end)
    assert all(map(np.array_equal, path(0), start)) and all(map(np.array_equal, path(1), end))
    assert max(error(fiber, weights) for weights in path.samples(50)) < 1e-10
    coarse, fine, finest = (largest_jump(path, 1 + n) for n in (60, 240, 960))
    assert fine < 0.5 * coarse + 1e-9 and finest < 0.5 * fine + 1e-9
    return path


def random_walk(net: LinearNetwork, weights: Weights, rng: np.random.Generator) -> Weights:
    """Walk in the fibre: steps in the kernel of the differential, Newton steps back.

    Small steps: where the fibre is curved most, the correction stays far below the step.
    """
    matrix, vector = net.multiply(weights), net.flatten(weights)
    for _ in range(60):
        derivative = net.differential(net.unflatten(vector))
        step = rng.normal(size=len(vector))
        step -= np.linalg.pinv(derivative, rcond=1e-8) @ (derivative @ step)
        vector = vector + 0.05 * step / max(1, np.linalg.norm(step))
        for _ in range(3):
            now = net.unflatten(vector)
            inverse = np.linalg.pinv(net.differential(now), rcond=1e-8)
            vector = vector - inverse @ (net.multiply(now) - matrix).ravel()
    return net.unflatten(vector)


@pytest.mark.parametrize(
    ("widths", "rank", "components"),
    [
        ([3, 1, 3], 1, 2),
        ([3, 1, 3], 0, 1),
        ([2, 2], 2, 1),  # a point
        ([2, 2, 2], 2, 2),  # GL(2)
        ([2, 2, 2], 1, 1),
        ([2, 3, 2], 2, 1),  # filling, the outer layers do not count
        ([2, 2, 3], 2, 2),
        ([3, 2, 2], 2, 2),
        ([4, 2, 3, 2, 4], 2, 4),
        ([4, 2, 2, 2, 4], 2, 8),
        ([4, 2, 2, 2, 4], 1, 1),
        ([1, 1, 1], 1, 2),  # a hyperbola
        ([1, 1, 1], 0, 1),  # two lines that meet
        ([1, 2, 1], 1, 1),
    ],
)
def test_components(widths: list[int], rank: int, components: int) -> None:
    fiber = LinearNetwork(widths).fiber(random_matrix(LinearNetwork(widths), rank, 0))
    assert fiber.rank == rank and fiber.components == components
    found = {fiber.invariant(fiber.sample(seed)) for seed in range(60)}
    assert len(found) == components
    assert found == set(product((1, -1), repeat=len(fiber.bottlenecks)))


@settings(max_examples=60)
@given(fibers(full=True))
def test_fiber_of_full_rank_has_a_component_for_every_choice_of_signs(fiber: Fiber) -> None:
    net = fiber.network
    assert fiber.bottlenecks == tuple(
        i for i in range(1, net.depth) if net.widths[i] == min(net.widths)
    )
    assert fiber.components == 2 ** len(fiber.bottlenecks)
    for component in product((1, -1), repeat=len(fiber.bottlenecks)):
        assert fiber.invariant(fiber.sample(3, component=component)) == component


@pytest.mark.slow
@settings(max_examples=60)
@given(fibers(full=False), seeds)
def test_fiber_of_lower_rank_is_connected(fiber: Fiber, seed: int) -> None:
    assert fiber.components == 1 and fiber.bottlenecks == ()
    start, end = fiber.sample(seed), fiber.sample(seed + 1)
    assert fiber.invariant(start) == () and fiber.same_component(start, end)
    assert_path(fiber, start, end)


@pytest.mark.slow
@settings(max_examples=60)
@given(fibers(full=True), seeds)
def test_paths_inside_components(fiber: Fiber, seed: int) -> None:
    start, end = fiber.sample(seed), fiber.sample(seed + 1)
    signs = fiber.invariant(start)
    path = assert_path(fiber, start, fiber.sample(seed + 1, component=signs))
    assert {fiber.invariant(weights) for weights in path.samples(10)} == {signs}
    if not fiber.same_component(start, end):
        with pytest.raises(InputError, match="different components"):
            fiber.path(start, end)


@settings(max_examples=40)
@given(fibers(), seeds)
def test_samples(fiber: Fiber, seed: int) -> None:
    weights = fiber.sample(seed)
    assert error(fiber, weights) < 1e-12 and fiber.contains(weights)
    assert all(map(np.array_equal, weights, fiber.sample(seed)))
    assert not all(map(np.array_equal, weights, fiber.sample(seed + 1)))


@pytest.mark.slow
@settings(max_examples=25)
@given(st.sampled_from([[2, 2, 2], [3, 2, 2, 3], [1, 1, 1, 2], [2, 1, 3, 1, 2]]), seeds)
def test_invariant_does_not_change_along_random_walks(widths: list[int], seed: int) -> None:
    net = LinearNetwork(widths)
    fiber = net.fiber(random_matrix(net, net.rank, seed))
    start = fiber.sample(seed)
    end = random_walk(net, start, np.random.default_rng(seed))
    assert not np.allclose(net.flatten(end), net.flatten(start), atol=1e-6)
    assert fiber.same_component(start, end)
    assert_path(fiber, start, end)


@settings(max_examples=60)
@given(fibers(), seeds)
def test_change_of_basis_at_one_layer(fiber: Fiber, seed: int) -> None:
    """GL(d_i) acts on the fibre; a negative determinant flips the sign of a bottleneck."""
    rng, net = np.random.default_rng(seed), fiber.network
    layer = int(rng.integers(1, net.depth))
    d = net.widths[layer]
    basis = random_orthogonal(d, rng) * np.exp(rng.normal(size=d)) @ random_orthogonal(d, rng)
    start = fiber.sample(seed)
    end = [*start]
    end[layer - 1], end[layer] = basis @ start[layer - 1], start[layer] @ np.linalg.inv(basis)
    sign = 1 if np.linalg.det(basis) > 0 else -1
    pairs = zip(fiber.bottlenecks, fiber.invariant(start), strict=True)
    assert fiber.invariant(end) == tuple(sign * s if i == layer else s for i, s in pairs)
    if sign > 0 or layer not in fiber.bottlenecks:
        assert_path(fiber, start, end)
    else:
        with pytest.raises(InputError, match=f"at the layers i = {layer} of width {d}"):
            fiber.path(start, end)


@pytest.mark.parametrize("widths", [[3, 3, 3], [3, 3, 4], [3, 4, 3, 5, 3]])
def test_invariant_of_a_square_product_is_its_determinant(widths: list[int]) -> None:
    net = LinearNetwork(widths)
    for seed in range(20):
        weights = net.random_weights(seed)
        fiber = net.fiber(net.multiply(weights))
        before = net.partial_products(weights)[0]
        dets = [np.linalg.det(before[i]) for i in fiber.bottlenecks]
        assert fiber.invariant(weights) == tuple(np.sign(dets).astype(int).tolist())


def test_path_of_lower_rank_passes_from_one_orientation_to_the_other() -> None:
    net = LinearNetwork([2, 2, 2])
    fiber = net.fiber(np.diag([1.0, 0.0]))
    start = [np.diag([1.0, 1.0]), np.diag([1.0, 0.0])]
    end = [np.diag([1.0, -1.0]), np.diag([1.0, 0.0])]
    path = assert_path(fiber, start, end)
    dets = [np.linalg.det(weights[0]) for weights in path.samples(31)]
    assert dets[0] == 1 and dets[-1] == -1 and min(map(abs, dets)) < 1e-12


def test_opposite_weights() -> None:
    """Frames turn by half a turn, each column in a plane of its own."""
    for d in (1, 2, 3, 4, 5):
        net = LinearNetwork([2, d, 2])
        start = net.random_weights(d)
        fiber = net.fiber(net.multiply(start))
        assert_path(fiber, start, start)
        if d != 1:
            assert_path(fiber, start, [-w for w in start])
        else:
            assert not fiber.same_component(start, [-w for w in start])


def test_fiber_over_zero() -> None:
    net = LinearNetwork([2, 3, 2, 2])
    fiber = net.fiber(np.zeros((2, 2)))
    assert fiber.rank == 0 and fiber.components == 1
    zero = [np.zeros(w.shape) for w in net.random_weights()]
    some = [net.random_weights(3)[0], np.zeros((2, 3)), np.eye(2)]
    assert_path(fiber, some, zero)
    assert_path(fiber, some, fiber.sample(1))
    assert not fiber.contains(net.random_weights(3))


def test_samples_over_zero_have_all_ranks() -> None:
    fiber = LinearNetwork([2, 2, 2]).fiber(np.zeros((2, 2)))
    ranks = {tuple(map(int, map(np.linalg.matrix_rank, fiber.sample(s)))) for s in range(60)}
    assert ranks >= {(2, 0), (1, 1), (0, 2)}


def test_one_layer() -> None:
    fiber = LinearNetwork([3, 2]).fiber([[1, 2, 3], [4, 5, 6]])
    assert fiber.components == 1 and fiber.invariant([fiber.matrix]) == ()
    assert np.allclose(fiber.sample(), [fiber.matrix])
    assert_path(fiber, [fiber.matrix], [fiber.matrix])


def test_matrix_near_lower_rank() -> None:
    net = LinearNetwork([2, 2, 2])
    matrix = np.diag([1, 1e-8])
    start, end = [np.eye(2), matrix], [np.diag([1, -1]), np.diag([1, -1e-8])]
    assert net.fiber(matrix).components == 2
    assert not net.fiber(matrix).same_component(start, end)
    assert_path(net.fiber(matrix), start, [3 * np.eye(2), matrix / 3])
    loose = net.fiber(matrix, tolerance=1e-6)
    assert loose.rank == 1 and loose.components == 1
    path = loose.path(start, end)
    assert max(error(loose, weights) for weights in path.samples(50)) < 1e-6


def test_weights_in_single_precision() -> None:
    net = LinearNetwork([4, 3, 5, 4])
    exact = net.fiber(random_matrix(net, 3, 0))
    start, end = ([w.astype(np.float32) for w in exact.sample(s, component=[1])] for s in (1, 2))
    with pytest.raises(InputError, match=r"differs from the matrix by .*e-0[678], the tolerance"):
        exact.path(start, end)
    loose = net.fiber(exact.matrix, tolerance=1e-5)
    path = loose.path(start, end)
    ends = max(error(loose, start), error(loose, end))
    assert max(error(loose, weights) for weights in path.samples(50)) < 3 * ends < 1e-5
    for t in (1 / 3, 2 / 3):  # the products of start and end differ by more than the jump
        for before, after in zip(path(t - 1e-12), path(t + 1e-12), strict=True):
            assert np.abs(before - after).max() < 1e-10


@pytest.mark.parametrize("scale", [1, 1e6])
def test_layers_of_different_scales(scale: float) -> None:
    """Rounding of frames of size 10^6 must not multiply with that of their inverses."""
    net = LinearNetwork([3, 2, 2, 3])
    first, second, third = start = net.random_weights(1)
    fiber = net.fiber(net.multiply(start))
    end = [np.diag([scale, 1e6 * scale]) @ first, second @ np.diag([1, 1e-6]), third / scale]
    for path in (fiber.path(start, end), fiber.path(end, start)):
        assert all(fiber.contains(weights) for weights in path.samples(50))
        assert max(error(fiber, weights) for weights in path.samples(50)) < 1e-11


def test_paths_that_rounding_takes_out_of_the_fibre_are_refused() -> None:
    net = LinearNetwork([3, 2, 2, 3])
    first, second, third = start = net.random_weights(1)
    fiber = net.fiber(net.multiply(start))
    end = [np.diag([1, 2.0**40]) @ first, second @ np.diag([1, 2.0**-40]), third]
    assert fiber.contains(end) and fiber.same_component(start, end)
    with pytest.raises(InputError, match=r"rounding takes the path out .* scale the layers alike"):
        fiber.path(start, end)


def test_scale_of_the_matrix_does_not_matter() -> None:
    net = LinearNetwork([3, 2, 3])
    for scale in (1e-100, 1e100):
        fiber = net.fiber(scale * random_matrix(net, 2, 0))
        assert fiber.rank == 2
        start, end = fiber.sample(1, component=[1]), fiber.sample(2, component=[1])
        path = fiber.path(start, end)
        assert max(error(fiber, weights) for weights in path.samples(20)) < 1e-10


@settings(max_examples=100)
@given(st.integers(1, 6), seeds, st.data())
def test_turn(d: int, seed: int, data: st.DataObject) -> None:
    rng = np.random.default_rng(seed)
    k = data.draw(st.integers(0, d))
    full = random_orthogonal(d, rng)
    signs = np.array(data.draw(st.lists(st.sampled_from([1, -1, 0]), min_size=d, max_size=d)))
    # columns that stay, that change sign, and that turn among themselves
    turning = np.flatnonzero(signs == 0)
    end = full * np.where(signs, signs, 1)
    end[:, turning] = end[:, turning] @ random_orthogonal(len(turning), rng)
    if np.linalg.det(full) * np.linalg.det(end) < 0 and k == d:
        end[:, 0] *= -1
    turn = Turn(full[:, :k], end[:, :k])
    assert np.allclose(turn(1, full[:, :k]), end[:, :k], atol=1e-13)
    assert np.array_equal(turn(0, full), full)
    for s in (0.3, 0.8):
        rotation = turn(s, np.eye(d))
        assert np.allclose(rotation.T @ rotation, np.eye(d), atol=1e-13)
        assert np.linalg.det(rotation) > 0


def test_turn_of_nearly_equal_and_nearly_opposite_frames() -> None:
    rng = np.random.default_rng(0)
    for size in (1e-6, 1e-10, 1e-13, 1e-15, 1e-17):
        for sign in (1, -1):
            start = random_orthogonal(6, rng)[:, :4]
            end = np.linalg.qr(start + size * rng.normal(size=start.shape))[0]
            end *= sign * np.sign(np.sum(end * start, axis=0))
            turn = Turn(start, end)
            assert np.allclose(turn(1, start), end, rtol=0, atol=3e-13)
            rotation = turn(0.5, np.eye(6))
            assert np.allclose(rotation.T @ rotation, np.eye(6), rtol=0, atol=1e-13)


@settings(max_examples=60)
@given(st.integers(1, 5), seeds, st.data())
def test_frames_keep_their_left_inverses(d: int, seed: int, data: st.DataObject) -> None:
    rng = np.random.default_rng(seed)
    k = data.draw(st.integers(1, d))
    pairs = []
    for _ in range(2):
        basis = random_orthogonal(d, rng) * np.exp(rng.normal(size=d)) @ random_orthogonal(d, rng)
        if np.linalg.det(basis) < 0 and k == d:
            basis[:, 0] *= -1
        pairs.append((basis[:, :k], np.linalg.inv(basis)[:k]))
    path = FramePath(*pairs)
    for s in (0, 0.2, 0.5, 0.9, 1):
        frame, inverse = path(s)
        assert np.allclose(inverse @ frame, np.eye(k), atol=1e-11)
        if s in (0, 1):
            assert np.allclose(frame, pairs[s][0]) and np.allclose(inverse, pairs[s][1])


NET = LinearNetwork([2, 1, 2])
FIBER = NET.fiber([[1, 0], [0, 0]])
POINT: Weights = [np.array([[1.0, 0.0]]), np.array([[1.0], [0.0]])]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: NET.fiber(np.eye(2)), "rank 2, widths .* rank at most 1: its fibre is empty"),
        (lambda: NET.fiber(np.ones((3, 2))), r"must have shape \(2, 2\) .* got \(3, 2\)"),
        (lambda: NET.fiber([[1, np.inf], [0, 0]]), "finite entries"),
        (lambda: NET.fiber([["a", "b"]]), "the matrix must be an array of numbers, got"),
        (lambda: NET.fiber(1.0), "must be a matrix"),
        (lambda: NET.fiber(np.zeros((2, 2)), tolerance=2), "tolerance must be between 0 and 1"),
        (lambda: NET.fiber(np.eye(2), tolerence=1e-8), "did you mean 'tolerance'"),
        (lambda: FIBER.check(POINT[:1]), "must be 2 matrices"),
        (lambda: FIBER.check([2 * w for w in POINT]), "do not lie in the fibre: .* by 3, the tol"),
        (lambda: FIBER.invariant([2 * w for w in POINT]), "do not lie in the fibre"),
        (lambda: FIBER.same_component(POINT, [2 * w for w in POINT]), "do not lie in the fibre"),
        (lambda: FIBER.path(POINT, [2 * w for w in POINT]), "do not lie in the fibre"),
        (lambda: FIBER.path(POINT, [-w for w in POINT]), "at the layers i = 1 of width 1"),
        (lambda: FIBER.path(POINT, POINT)(1.5), "t must be between 0 and 1, got 1.5"),
        (lambda: FIBER.path(POINT, POINT)(np.nan), "t must be between 0 and 1"),
        (lambda: FIBER.path(POINT, POINT)("x"), "t must be a number, got 'x'"),
        (lambda: FIBER.path(POINT, POINT).samples(1), "n must be at least 2"),
        (lambda: FIBER.sample(component=[1, 1]), r"one sign, .* layers \[1\]; got \[1, 1\]"),
        (lambda: FIBER.sample(component=[2]), "one sign, 1 or -1"),
        (lambda: FIBER.sample(component=1), "one sign, 1 or -1"),
        (lambda: FIBER.sample(-1), "seed must be at least 0"),
        (lambda: Fiber([2, 1, 2], np.eye(2)), "must be a LinearArchitecture, got list"),
        (lambda: FIBER.sample(components=[1]), "did you mean 'component'"),
    ],
)
def test_what_cannot_be_used(call, message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()


def test_contains() -> None:
    assert FIBER.contains(POINT) and not FIBER.contains([2 * w for w in POINT])
    with pytest.raises(InputError, match="must be 2 matrices"):
        FIBER.contains(POINT[:1])


def test_repr() -> None:
    assert repr(FIBER) == "Fiber(LinearNetwork([2, 1, 2]), rank=1, components=2)"
    assert repr(FIBER.path(POINT, POINT)) == "FiberPath(widths=[2, 1, 2], rank=1)"
