"""Critical points of the quadratic loss on the strata of convolutional networks."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import edgeom as eg
from edgeom.errors import DegenerateDataError, InputError
from edgeom.networks.convolutional.coincident_roots import bombieri_metric
from edgeom.networks.convolutional.critical import CriticalFilter, NetworkCriticalPoints
from edgeom.networks.convolutional.network import ConvolutionalNetwork
from edgeom.networks.convolutional.sharing import sharings
from tests.selection import first

CASES: list[tuple[tuple[int, ...], tuple[int, ...] | None]] = [
    ((2, 2), None),
    ((3, 2), None),
    ((2, 2, 2), None),
    ((2, 4), None),
    ((3, 3), None),
    ((2, 2, 3), None),
    ((2, 2, 2, 2), None),
    ((2, 2), (2, 1)),
    ((2, 2, 2), (1, 2, 1)),
    ((2, 2, 2), (2, 1, 1)),
    ((3, 2), (2, 1)),
]
each_case = pytest.mark.parametrize(("sizes", "strides"), first(6, CASES))


def problem(sizes: Any, strides: Any, seed: int) -> NetworkCriticalPoints:
    network = ConvolutionalNetwork(sizes, strides)
    rng = np.random.default_rng(seed)
    q = rng.normal(size=network.end_filter_size)
    if seed % 2:  # data with few real roots, away from the neuromanifold
        q += 2 * (np.arange(len(q)) % 2 == 0)
    metric = eg.Metric.random(len(q), seed) if seed % 3 == 0 else None
    return network.critical_points(q, metric)


def loss(found: NetworkCriticalPoints, filters: list[np.ndarray]) -> float:
    gap = found.network.multiply(filters) - found.data
    return float(gap @ found.metric.matrix @ gap)


def gradient(found: NetworkCriticalPoints, filters: Any) -> np.ndarray:
    gap = found.network.multiply(filters) - found.data
    return np.asarray(found.network.differential(filters).T @ found.metric.matrix @ gap)


def unflat(found: NetworkCriticalPoints, flat: np.ndarray) -> list[np.ndarray]:
    ends = np.cumsum(found.network.filter_sizes)[:-1]
    return np.split(flat, ends)


def descend(found: NetworkCriticalPoints, filters: list[np.ndarray], steps: int = 300) -> float:
    """Return the loss after damped Gauss-Newton steps, which never go up."""
    S = np.linalg.cholesky(found.metric.matrix).T
    flat, damping = np.concatenate(filters), 1e-2
    value = loss(found, filters)
    for _ in range(steps):
        now = unflat(found, flat)
        J = S @ found.network.differential(now)
        gap = S @ (found.network.multiply(now) - found.data)
        matrix = J.T @ J + damping * np.eye(len(flat))
        step = np.linalg.lstsq(matrix, -J.T @ gap, rcond=None)[0]
        new = loss(found, unflat(found, flat + step))
        if new < value:
            flat, value, damping = flat + step, new, damping / 3
        else:
            damping *= 4
        if damping > 1e12:
            break
    return value


def factorisations(one: CriticalFilter, network: ConvolutionalNetwork) -> Iterator[list[Any]]:
    """Yield filters with an end filter, for every way to share the roots (no strides)."""
    roots = np.roots(one.filter[::-1])
    pattern = one.roots[0]
    lines: list[np.ndarray] = []
    left = list(roots)
    for m, real in [(m, True) for m in pattern.real] + [(m, False) for m in pattern.pairs]:
        # the tightest group of m roots that are real, or above the real line
        groups = []
        for z in left:
            if not real and z.imag <= 0:
                continue
            near = sorted(left, key=lambda w: abs(w - z))[:m]
            spread = max(abs(w - z) for w in near) + (abs(np.mean(near).imag) if real else 0)
            groups.append((spread, near))
        near = min(groups, key=lambda group: group[0])[1]
        for w in near:
            left.remove(w)
        z = np.mean(near)
        if not real:
            for w in sorted(left, key=lambda w: abs(w - z.conjugate()))[:m]:
                left.remove(w)
        lines.append(np.array([-z.real, 1]) if real else np.array([abs(z) ** 2, -2 * z.real, 1]))
    for sharing in sharings(pattern, [k - 1 for k in network.filter_sizes]):
        filters = [np.ones(1)] * network.depth
        for column, line in zip(sharing, lines, strict=True):
            for layer, times in enumerate(column):
                for _ in range(times):
                    filters[layer] = np.convolve(filters[layer], line)
        end = network.multiply(filters)
        scale = (end @ one.filter) / (end @ end)
        yield [np.sign(scale) * filters[0] * abs(scale), *filters[1:]]


@each_case
@pytest.mark.parametrize("seed", first(1, [0, 1]))
def test_nearest_is_the_best_that_training_finds(sizes: Any, strides: Any, seed: int) -> None:
    found = problem(sizes, strides, seed)
    starts = [found.network.random_filters(s) for s in range(12)]
    trained = [descend(found, start) for start in starts]
    assert min(trained) == pytest.approx(found.nearest.squared_distance, rel=1e-3, abs=1e-9)
    assert min(trained) > found.nearest.squared_distance - 1e-9


@each_case
def test_critical_filters_are_critical(sizes: Any, strides: Any) -> None:
    for seed in range(2):
        found = problem(sizes, strides, seed)
        for one in found.filters:
            assert one.filters is None or one.in_neuromanifold
            if one.filters is not None:
                end = found.network.multiply(one.filters)
                assert np.linalg.norm(end - one.filter) < 1e-8 * np.linalg.norm(one.filter)
                assert np.abs(gradient(found, one.filters)).max() < 1e-7


@pytest.mark.parametrize("sizes", first(2, [[2, 2], [3, 2], [2, 2, 2], [3, 3], [2, 2, 3]]))
def test_without_them_no_factorisation_is_critical(sizes: Any) -> None:
    """Filters over a critical point are critical exactly when none has a multiple root."""
    seen = set()
    for seed in range(4):
        found = problem(sizes, None, seed)
        for one in found.inside:
            sizes_of_gradients = [
                np.linalg.norm(gradient(found, filters))
                for filters in factorisations(one, found.network)
            ]
            critical = min(sizes_of_gradients) < 1e-4
            assert critical == (one.filters is not None)
            seen.add(critical)
    assert True in seen


@pytest.mark.parametrize(
    "sizes",
    [
        *[(2, 2), (3, 2), (2, 2, 2)],
        *(pytest.param(s, marks=pytest.mark.slow) for s in [(2, 4), (2, 2, 2, 2), (2, 2, 3)]),
    ],
)
def test_local_minima_on_the_neuromanifold(sizes: Any) -> None:
    """No filters close to a factorisation of a minimum do better; from other points some do."""
    rng = np.random.default_rng(0)
    kinds = set()
    for seed in range(4):
        found = problem(sizes, None, seed)
        for one in found.inside:
            best = np.inf
            for filters in factorisations(one, found.network):
                for size in (1e-2, 3e-3):
                    for _ in range(15):
                        near = [f + size * rng.normal(size=f.shape) for f in filters]
                        best = min(best, loss(found, near))
                    if not one.is_minimum:
                        near = [f + size * rng.normal(size=f.shape) for f in filters]
                        best = min(best, descend(found, near, 40))
            at = one.squared_distance
            assert (best >= at - 1e-7) == one.is_minimum, (seed, one)
            kinds.add((one.is_minimum, one.roots[0].partition))
    assert {minimum for minimum, _ in kinds} == {True, False}


@pytest.mark.parametrize("strides", [(1, 2, 1), (2, 1, 1)])
def test_local_minima_with_strides(strides: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    kinds = set()
    for seed in range(6):
        found = problem((2, 2, 2), strides, seed)
        for one in found.inside:
            assert one.filters is not None
            best = np.inf
            for size in (1e-2, 3e-3):
                for _ in range(15):
                    near = [w + size * rng.normal(size=2) for w in one.filters]
                    best = min(best, loss(found, near))
                if not one.is_minimum:
                    best = min(best, descend(found, near, 40))
            assert (best >= one.squared_distance - 1e-9) == one.is_minimum, (seed, one)
            kinds.add((one.is_minimum, max(max(pattern) for pattern in one.stratum)))
    assert {(True, 2), (False, 2), (False, 1)} <= kinds


def hessian(found: NetworkCriticalPoints, filters: Any) -> np.ndarray:
    """Return the Hessian of half the loss in the filters, by central differences."""
    flat, step = np.concatenate(filters), 1e-5
    rows = [
        gradient(found, unflat(found, flat + step * unit))
        - gradient(found, unflat(found, flat - step * unit))
        for unit in np.eye(len(flat))
    ]
    return (np.array(rows) + np.array(rows).T) / (4 * step)


@each_case
def test_local_minima_for_the_filters(sizes: Any, strides: Any) -> None:
    """The Hessian is positive but for the scales exactly at these, whatever shares the roots."""
    kinds = set()
    for seed in range(4):
        found = problem(sizes, strides, seed)
        assert set(found.minima) <= set(found.filter_minima)
        for one in found.inside:
            if one.filters is None:
                assert not one.is_filter_minimum
                continue
            ways = [one.filters]
            if strides is None:
                ways += [w for w in factorisations(one, found.network)]
            for filters in ways:
                if np.abs(gradient(found, filters)).max() < 1e-7:
                    filters = found.network.balance(filters, one.filter)
                    values = np.sort(np.linalg.eigvalsh(hessian(found, filters)))
                    scales = found.network.depth - 1
                    small = np.sort(np.abs(values))
                    assert scales == 0 or small[scales - 1] < 1e-3 * small[scales]
                    assert (values[0] > -small[scales] / 2) == one.is_filter_minimum
            kinds.add((one.is_filter_minimum, one.is_minimum))
    assert (True, True) in kinds


def test_training_of_a_filling_network_can_end_at_a_bad_minimum() -> None:
    for sizes in ((3, 3), (2, 4)):
        network = ConvolutionalNetwork(sizes)
        found = network.critical_points(np.random.default_rng(100).normal(size=5))
        bad = [one for one in found.filter_minima if not one.is_minimum]
        assert bad and all(one.roots[0].real_roots > network.even_widths for one in bad)
        for one in bad:
            assert one.filters is not None
            for seed in range(3):
                rng = np.random.default_rng(seed)
                near = [w + 1e-3 * rng.normal(size=w.shape) for w in one.filters]
                assert descend(found, near) == pytest.approx(one.squared_distance, abs=1e-8)
    filling = ConvolutionalNetwork((3, 3)).critical_points(found.data)
    assert len(filling.minima) == 1 and len(filling.filter_minima) == 2
    assert filling.filter_minima[1].squared_distance == pytest.approx(0.9308214)
    assert filling.filter_minima[1].roots[0].real == (2, 1, 1)


def test_critical_points_print_as_a_summary() -> None:
    found = problem((3, 3), None, 0)
    assert repr(found) == str(found)
    lines = repr(found).splitlines()
    assert lines[1].endswith("in the neuromanifold  minima on it  minima for the filters")
    columns = np.array([line.split()[-3:] for line in lines[2:-1]], int).sum(axis=0)
    assert columns.tolist() == [len(found.inside), len(found.minima), len(found.filter_minima)]
    assert repr(found.nearest) == (
        f"squared distance {found.nearest.squared_distance:.6g}, roots {found.nearest.roots[0]}, "
        "index 0 on its stratum, in the neuromanifold, local minimum there, "
        "local minimum for the filters"
    )
    assert "array(" not in repr(found.filters)


@pytest.mark.slow
def test_filling_networks_have_one_minimum() -> None:
    double_pairs = 0
    for seed in range(12):
        found = problem((3, 3), None, seed)
        assert len(found.minima) == 1 and found.nearest.squared_distance < 1e-20
        double_pairs += sum(one.index == 0 and one.roots[0].pairs == (2,) for one in found.filters)
    assert double_pairs


@pytest.mark.slow
def test_minima_at_roots_of_multiplicity_two_and_three() -> None:
    patterns = set()
    for seed in range(16):
        patterns |= {one.stratum[0] for one in problem((2, 2, 2), None, seed).minima}
    assert patterns == {(1, 1, 1), (2, 1), (3,)}


@each_case
def test_strata_are_complete_and_described(sizes: Any, strides: Any) -> None:
    found = problem(sizes, strides, 2)
    network = found.network
    assert list(found.strata) == network.strata()
    assert len(found) == sum(len(points) for points in found.strata.values())
    assert len(found.filters) == sum(points.is_real.sum() for points in found.strata.values())
    distances = [one.squared_distance for one in found.filters]
    assert distances == sorted(distances)
    for one in found.filters:
        assert tuple(pattern.partition for pattern in one.roots) == one.stratum
        reals = [pattern.real_roots for pattern in one.roots]
        enough = [r >= level.odd for r, level in zip(reals, network.levels, strict=True)]
        assert one.in_neuromanifold == all(enough)
        assert one.is_minimum <= (one.in_neuromanifold and one.index == 0)
    assert found.nearest.is_minimum
    assert "root multiplicities" in str(found) and "nearest: squared distance" in str(found)


def test_data_on_the_neuromanifold_is_its_own_nearest_point() -> None:
    for sizes in ((2, 2), (2, 2, 2), (3, 2)):
        network = ConvolutionalNetwork(sizes)
        q = network.multiply(network.random_filters(5))
        near = network.critical_points(q).nearest
        assert near.squared_distance < 1e-20 and np.allclose(near.filter, q)
        assert near.filters is not None


def test_special_data() -> None:
    network = ConvolutionalNetwork((2, 2))
    # (1, 1, 1) is orthogonal to (1, -2, 1) and to the tangent space there
    with pytest.raises(DegenerateDataError, match=r"1 of 4 .* are (missing|singular)"):
        network.critical_points([1, 1, 1])
    found = network.critical_points([1, 1, 1], raise_incomplete=False)
    assert "3 of 4" in str(found)
    assert found.nearest.squared_distance == pytest.approx(1 / 3)
    with pytest.raises(DegenerateDataError, match="has roots that coincide further"):
        network.critical_points([1, 2, 1])
    near = network.critical_points([1, 2, 1], raise_incomplete=False).nearest
    assert near.squared_distance < 1e-20 and near.roots[0].real == (2,)


@pytest.mark.slow
def test_counts_on_the_strata() -> None:
    counts = {p: len(v) for p, v in problem((2, 2, 2, 2), None, 0).strata.items()}
    assert counts == {
        ((1, 1, 1, 1),): 1,
        ((2, 1, 1),): 10,
        ((3, 1),): 12,
        ((2, 2),): 13,
        ((4,),): 10,
    }
    q = np.random.default_rng(1).normal(size=5)
    special = ConvolutionalNetwork((2, 2, 2, 2)).critical_points(q, bombieri_metric(4))
    assert [len(points) for points in special.strata.values()] == [1, 4, 4, 7, 4]


def test_quadratic_loss_of_signals() -> None:
    network = ConvolutionalNetwork((2, 2))
    rng = np.random.default_rng(0)
    x = rng.normal(size=(5, 20))
    y = network.end_matrix([1.0, 0.4, 1.0], input_size=5) @ x
    y += 0.1 * rng.normal(size=y.shape)
    metric, q = network.quadratic_loss(x, y)
    found = network.critical_points(q, metric)
    assert not network.contains(q)
    assert found.nearest.roots[0].real == (2,)
    assert [len(points) for points in found.strata.values()] == [1, 4]


@pytest.mark.parametrize(
    ("data", "metric", "error", "message"),
    [
        ([1, 0, 1], bombieri_metric(2), DegenerateDataError, r"on the stratum \(\(2,\),\)"),
        ([0, 0, 0], None, InputError, "the data is 0"),
        ([1, np.nan, 1], None, InputError, "data must have finite entries"),
        ([1, 2, 3], eg.Metric.euclidean(4), InputError, "the metric has 4 coordinates"),
        ([1, 2, 3], eg.Metric.random_weights(3), InputError, "the metric positive definite"),
    ],
)
def test_bad_input(data: Any, metric: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        ConvolutionalNetwork((2, 2)).critical_points(data, metric)


def test_a_misspelt_keyword() -> None:
    with pytest.raises(InputError, match="did you mean 'metric'"):
        ConvolutionalNetwork((2, 2)).critical_points([1, 2, 3], metrics=None)  # type: ignore[call-arg]
