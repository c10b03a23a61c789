"""Weights as training leaves them: how they come, polished, with losses of classification."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgeom as eg
from edgeom.networks.given import listed_weights
from edgeom.networks.polish import polish
from edgeom.objectives.base import Objective

PAGE = Path(__file__).resolve().parents[3] / "docs" / "how_to" / "training.md"
NET = eg.LinearNetwork([4, 2, 3])
SEEDS = range(3)


def quadratic(seed: int, net: eg.LinearNetwork = NET, samples: int = 30) -> eg.NetworkLoss:
    rng = np.random.default_rng(seed)
    cols, rows = net.widths[0], net.widths[-1]
    loss = eg.QuadraticLoss(rng.normal(size=(cols, samples)), rng.normal(size=(rows, samples)))
    return eg.NetworkLoss(net, loss)


class Model:
    """What a model of Keras or PyTorch offers."""

    def __init__(self, **methods: Any) -> None:
        for name, value in methods.items():
            setattr(self, name, lambda value=value: value)


@pytest.mark.parametrize("seed", SEEDS)
def test_weights_come_in_many_ways(seed: int, tmp_path: Path) -> None:
    first, second = weights = NET.random_weights(seed)
    np.savez(tmp_path / "w.npz", first, second)
    kernels = [first.T, np.zeros(2), second.T, np.zeros(3)]
    named = {"layers.10.weight": second, "layers.10.bias": np.zeros(3), "layers.2.weight": first}
    ways = [
        np.load(tmp_path / "w.npz"),
        {"W1": first, "W2": second},
        {"W2": second, "W1": first},
        {"encoder": first, "decoder": second},
        named,
        Model(state_dict=named),
        Model(get_weights=kernels),
        [kernels[0], kernels[2]],
        {"dense/kernel": kernels[0], "dense/bias": kernels[1], "dense_1/kernel": kernels[2]},
    ]
    for way in ways:
        for found, wanted in zip(NET.check(way), weights, strict=True):
            np.testing.assert_array_equal(found, wanted)


def test_what_weights_cannot_be() -> None:
    first, second = NET.random_weights(0)
    with pytest.raises(eg.InputError, match=r"bias that is not zero.*centre X and Y"):
        NET.check([first, np.ones(2), second, np.zeros(3)])
    same = eg.LinearNetwork([4, 2, 4])
    with pytest.raises(eg.InputError, match=r"kernels .* as in Keras.*\[W1.T, W2.T\]"):
        same.check([w.T for w in same.random_weights(0)])
    with pytest.raises(eg.InputError, match=r"kernels .* have to be transposed"):
        eg.LinearNetwork.from_weights([first.T, second.T])
    with pytest.raises(eg.InputError, match="weights must be a list of matrices, a dictionary"):
        listed_weights("weights.npz")


def test_biases_of_a_quadratic_loss_are_centred_away() -> None:
    """A critical point with a bias is one without, for centred data."""
    loss = quadratic(0).loss
    assert isinstance(loss, eg.QuadraticLoss)
    X, Y = loss.X - loss.X.mean(axis=1, keepdims=True), loss.Y
    centred = eg.QuadraticLoss(X, Y - Y.mean(axis=1, keepdims=True))
    m = eg.descend(eg.NetworkLoss(NET, centred), NET.random_weights(0))
    product = NET.multiply(m.weights)
    bias = (loss.Y - product @ loss.X).mean(axis=1)
    rest = product @ loss.X + bias[:, None] - loss.Y
    np.testing.assert_allclose(rest.sum(axis=1), 0, atol=1e-10)
    np.testing.assert_allclose(m.weights[1].T @ rest @ loss.X.T, 0, atol=1e-9)
    np.testing.assert_allclose(rest @ (m.weights[0] @ loss.X).T, 0, atol=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_polishing_goes_to_the_next_critical_point(seed: int) -> None:
    """Minima and saddles stay what they are; the way is not longer than the mistake."""
    loss = quadratic(seed)
    data = loss.loss
    assert isinstance(data, eg.QuadraticLoss)
    rng = np.random.default_rng(seed)
    for point, index in zip(*_points(data), strict=True):
        exact = NET.fiber(point).sample(seed)
        near = [w + 1e-4 * rng.normal(size=w.shape) for w in exact]
        found = polish(loss, near)
        error = np.linalg.norm(NET.flatten(near) - NET.flatten(exact))
        assert found.residual < 1e-13
        assert found.moved <= 1.1 * error / np.linalg.norm(NET.flatten(near))
        report = loss.classify(near, polish=True)
        assert report.kind == "pure" and report.index == index
        assert report.moved == found.moved and f"moved by {found.moved:.1e}" in str(report)
        np.testing.assert_array_equal(report.weights[0], found.weights[0])


def _points(loss: eg.QuadraticLoss) -> tuple[np.ndarray, np.ndarray]:
    known = eg.eckart_young(loss, 2)
    np.testing.assert_array_equal(known.points, eg.eckart_young(loss.data, 2, loss.metric).points)
    assert "for the metric" in str(known)
    return known.points, known.index


def test_a_loss_has_its_own_metric() -> None:
    with pytest.raises(eg.InputError, match="a loss brings its own metric"):
        eg.eckart_young(eg.SquaredDistance(np.eye(2)), 1, eg.Metric.euclidean(4))


def test_single_precision_is_polished_and_doubles_are_advised() -> None:
    loss = quadratic(1)
    exact = eg.descend(loss, NET.random_weights(1)).weights
    single = [w.astype(np.float32) for w in exact]
    assert loss.classify(single).type == "global minimum"
    doubles = [np.asarray(w, float) + 1e-6 for w in single]
    report = loss.classify(doubles)
    assert not report.critical and "polish=True" in str(report) and report.moved is None
    far = loss.classify(NET.random_weights(5), polish=True)
    assert not far.critical and "train longer" in str(far)


def test_samples_as_rows() -> None:
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(20, 4)), rng.normal(size=(20, 3))
    rows, columns = eg.QuadraticLoss(X, Y, samples="rows"), eg.QuadraticLoss(X.T, Y.T)
    assert rows.shape == (3, 4) and rows.value(np.ones((3, 4))) == columns.value(np.ones((3, 4)))
    with pytest.raises(eg.InputError, match="if samples are rows, say samples='rows'"):
        eg.QuadraticLoss(X, Y)
    with pytest.raises(eg.InputError, match="if samples are rows"):
        eg.CrossEntropyLoss(X, np.zeros(20))
    square = eg.QuadraticLoss(rng.normal(size=(20, 4)), rng.normal(size=(20, 4)))
    with pytest.raises(eg.InputError, match="if samples are rows"):
        eg.NetworkLoss(eg.LinearNetwork([4, 2, 4]), square)
    with pytest.raises(eg.InputError, match=r"have shape \(4, 4\)$"):
        eg.NetworkLoss(eg.LinearNetwork([4, 2, 4]), rows)
    with pytest.raises(eg.InputError, match="samples must be 'columns' or 'rows'"):
        eg.QuadraticLoss(X, Y, samples="row")


@pytest.mark.parametrize("seed", SEEDS)
def test_fewer_samples_than_inputs(seed: int) -> None:
    """Descents end at the least value of the formula; the study says that it is the only one."""
    net = eg.LinearNetwork([4, 2, 4])
    loss = quadratic(seed, net, samples=3)
    assert isinstance(loss.loss, eg.QuadraticLoss)
    least = loss.loss.least_value(2)
    assert loss.loss.value(loss.loss.nearest(2)) == pytest.approx(least, abs=1e-12)
    end = eg.descend(loss, net.random_weights(seed))
    assert end.value == pytest.approx(least)
    report = loss.classify(end.weights)
    assert report.type == "global minimum" and report.invariant == 2
    study = loss.bad_minima()
    assert (study.samples, study.with_bad_minima, study.undecided) == (1, 0, 0)
    assert study.theorem == "none, by Eckart and Young"
    with pytest.raises(eg.InputError, match="a given loss is one sample"):
        eg.bad_minima_study([4, 2, 4], loss.loss, samples=3)


def softmax(seed: int) -> eg.CrossEntropyLoss:
    rng = np.random.default_rng(seed)
    return eg.CrossEntropyLoss(rng.normal(size=(4, 40)), rng.integers(3, size=40))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("depth", [2, 3])
def test_types_are_decided_modulo_the_invariance(seed: int, depth: int) -> None:
    net = eg.LinearNetwork([4, *[1] * (depth - 1), 3])
    loss = eg.NetworkLoss(net, softmax(seed))
    report = loss.classify(eg.descend(loss, net.random_weights(seed)).weights)
    assert (report.kind, report.type, report.invariant) == ("pure", "local minimum", 1)
    assert report.flat == report.fibre + 1 and "1 by the invariance of ℓ" in str(report)
    moved = [w.copy() for w in report.weights]
    moved[-1] += 3.0  # the same number for every class
    again = loss.classify(moved)
    assert again.value == pytest.approx(report.value) and again.type == "local minimum"


def test_a_loss_says_what_it_is_invariant_under() -> None:
    given = softmax(0)
    parts: Any = (given.value, given.gradient, given.hessian)
    declared = eg.SmoothLoss(*parts, shape=(3, 4), invariance=(np.ones((3, 1)), np.zeros((4, 0))))
    assert declared.invariance()[0].shape == (3, 1)
    with pytest.raises(eg.InputError, match="changes in directions of its invariance"):
        eg.SmoothLoss(*parts, shape=(3, 4), invariance=(np.eye(3)[:, :1], np.zeros((4, 0))))


def smooth_losses() -> list[tuple[Objective, eg.SmoothLoss]]:
    rng = np.random.default_rng(7)
    logistic = eg.CrossEntropyLoss(
        rng.normal(size=(3, 20)), rng.choice([-1, 1], size=20), logistic=True
    )
    power = eg.PowerDistance(rng.normal(size=(2, 2)), 4)
    made: list[tuple[Objective, eg.SmoothLoss]] = []
    for loss in (softmax(1), logistic, power):
        shape = (loss.shape[0], loss.shape[1])
        made.append((loss, eg.SmoothLoss(loss.value, loss.gradient, shape=shape)))
    return made


@pytest.mark.parametrize("case", range(3))
def test_a_hessian_by_differences(case: int) -> None:
    loss, smooth = smooth_losses()[case]
    assert smooth.derivatives == "differences of the gradient" in repr(smooth)
    for size in (1.0, 10.0):
        point = size * np.random.default_rng(case).normal(size=loss.shape)
        exact = loss.hessian(point)
        assert np.abs(smooth.hessian(point) - exact).max() < 1e-9 * np.abs(exact).max() + 1e-12


def test_the_cross_entropy_is_that_of_its_derivatives() -> None:
    for loss, _ in smooth_losses():
        shape = (loss.shape[0], loss.shape[1])
        eg.SmoothLoss(loss.value, loss.gradient, loss.hessian, shape=shape)  # checks them


def test_probabilities_are_labels_too() -> None:
    given = softmax(2)
    same = eg.CrossEntropyLoss(given.X, given.Y)
    point = np.arange(12.0).reshape(3, 4)
    assert same.value(point) == given.value(point)
    two = eg.CrossEntropyLoss(given.X, given.Y[0] > 0.5)
    one = eg.CrossEntropyLoss(given.X, given.Y[0] > 0.5, logistic=True)
    assert one.value(point[:1]) == pytest.approx(two.value([np.zeros(4), point[0]]))


@pytest.mark.parametrize(
    ("labels", "options", "message"),
    [
        ([0, 1], {}, "one entry for each of the 3 samples"),
        ([0, 1, 1.5], {}, "integers from 0"),
        ([0, 1, 2], {"classes": 2}, "labels must be below 2"),
        ([0, 1, 2], {"logistic": True}, "labels must be below 2"),
        ([0, 1, 1], {"logistic": True, "classes": 3}, "two classes"),
        ([[0.5, 1, 1], [0.4, 0, 0]], {}, "add up to 1"),
        ([[0.5, 1, 1], [0.5, 0, 0]], {"classes": 3}, "probabilities of 2 classes"),
    ],
)
def test_what_is_no_label(labels: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(eg.InputError, match=message):
        eg.CrossEntropyLoss(np.eye(3), labels, **options)


def test_jax_finds_derivatives() -> None:
    jnp: Any = pytest.importorskip("jax.numpy")
    given = softmax(3)
    X, Y = given.X, given.Y

    def value(m: Any) -> Any:
        logits = m @ X
        return jnp.sum(jnp.log(jnp.sum(jnp.exp(logits), axis=0))) - jnp.sum(Y * logits)

    loss = eg.SmoothLoss(value, shape=(3, 4), convex=True)
    assert loss.derivatives == "jax"
    point = np.random.default_rng(0).normal(size=(3, 4))
    np.testing.assert_allclose(loss.gradient(point), given.gradient(point), atol=1e-12)
    np.testing.assert_allclose(loss.hessian(point), given.hessian(point), atol=1e-12)
    with pytest.raises(eg.InputError, match=r"jax cannot follow this function"):
        eg.SmoothLoss(lambda m: float(np.sum(np.tanh(m))), shape=(2, 2))


def test_jax_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(eg.EdgeomError, match=r"edgeom\[jax\]"):
        eg.SmoothLoss(lambda m: m.sum(), shape=(2, 2))


def test_a_run_in_its_plane() -> None:
    loss = quadratic(2)
    run = [NET.random_weights(2)]
    for _ in range(60):
        run.append([w - 2e-3 * g for w, g in zip(run[-1], loss.gradient(run[-1]), strict=True)])
    found = eg.loss_trajectory(loss, run, resolution=5)
    positions = np.array([NET.flatten(each) for each in run])
    assert found.orthonormal and found.path.shape == (61, 2)
    back = found.origin + found.path @ found.axes
    off = np.linalg.norm(positions - back) ** 2 / np.linalg.norm(positions - positions[-1]) ** 2
    assert found.explained == pytest.approx(1 - off) and "a run of 61 weights" in str(found)
    assert found.x[0] < found.path[:, 0].min() and found.y[-1] > found.path[:, 1].max()
    line = [[w + 0.1 * k for w in run[0]] for k in range(4)]
    with pytest.raises(eg.InputError, match="on a line, which makes no plane"):
        eg.loss_trajectory(loss, line)
    with pytest.raises(eg.InputError, match="at least three steps, got 2"):
        eg.loss_trajectory(loss, run[:2])
    nearly = [w + 1e-5 * np.cos(w) for w in line[2]]
    with pytest.raises(eg.InputError, match=r"on a line.*loss_trajectory"):
        eg.loss_plane(loss, [line[0], line[1], nearly])


@pytest.mark.slow
def test_the_recipe_for_pytorch_runs() -> None:
    pytest.importorskip("torch")
    code = next(
        b for b in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.S) if "torch" in b
    )
    names: dict[str, Any] = {}
    exec(compile(code, str(PAGE), "exec"), names)
    report, model, loss = names["report"], names["model"], names["loss"]
    assert (report.kind, report.type) == ("pure", "global minimum") and 0 < report.moved < 1e-3
    assert report.value == pytest.approx(loss.loss.least_value(2), rel=1e-12)
    for way in (model.state_dict(), list(model.parameters()), model.parameters()):
        assert loss.classify(way).value == pytest.approx(report.value)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_trained_networks_agree_with_reduced_rank_regression(seed: int) -> None:
    """Twenty networks of widths 4, 2, 4, trained in single precision by PyTorch."""
    torch: Any = pytest.importorskip("torch")
    torch.manual_seed(seed)
    X = torch.randn(50, 4)
    Y = X @ torch.randn(4, 4) + torch.randn(50, 4)
    model = torch.nn.Sequential(
        torch.nn.Linear(4, 2, bias=False), torch.nn.Linear(2, 4, bias=False)
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(1500):
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(model(X), Y).backward()
        optimizer.step()
    loss = eg.NetworkLoss(eg.LinearNetwork([4, 2, 4]), eg.QuadraticLoss(X, Y, samples="rows"))
    report = loss.classify(model)
    x, y = X.numpy().astype(float), Y.numpy().astype(float)
    least_squares = np.linalg.lstsq(x, y)[0]  # Izenman's reduced rank regression
    v = np.linalg.svd(x @ least_squares)[2][:2]
    assert report.type == "global minimum"
    np.testing.assert_allclose(
        loss.network.multiply(report.weights), (least_squares @ v.T @ v).T, atol=1e-10
    )
