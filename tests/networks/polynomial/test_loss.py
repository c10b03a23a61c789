"""Critical weights of polynomial networks: pure and spurious ones, minima and saddles."""

import numpy as np
import pytest

import edgeom as eg
from edgeom.errors import InputError

QUADRATIC = eg.PolynomialNetwork([3, 2, 1], 2)


def loss_on(network: eg.PolynomialNetwork, data: np.ndarray, law: str) -> eg.PolynomialNetworkLoss:
    return eg.PolynomialNetworkLoss(network, eg.SquaredDistance(data, network.metric(law)))


@pytest.mark.parametrize(
    "network",
    [QUADRATIC, eg.PolynomialNetwork([2, 2, 2], activation=[0, 1, 0.5], biases=True)],
    ids=str,
)
def test_derivatives(network: eg.PolynomialNetwork) -> None:
    rng = np.random.default_rng(0)
    loss = loss_on(network, rng.normal(size=network.shape), "gaussian")
    w, v = rng.normal(size=(2, network.parameter_count))
    h = 1e-5

    def value(t: float) -> float:
        return loss.value(network.unflatten(w + t * v))

    gradient = network.flatten(loss.gradient(network.unflatten(w)))
    assert (value(h) - value(-h)) / (2 * h) == pytest.approx(gradient @ v, rel=1e-5)
    ahead, behind = (network.flatten(loss.gradient(network.unflatten(w + t * v))) for t in (h, -h))
    bend = loss.hessian(network.unflatten(w)) @ v
    assert np.allclose((ahead - behind) / (2 * h), bend, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("law", "seed"), [("gaussian", 0), ("gaussian", 1), ("uniform", 2)])
def test_critical_points_have_pure_weights_of_their_index(law: str, seed: int) -> None:
    data = np.random.default_rng(seed).normal(size=(1, 6))
    points = QUADRATIC.critical_points(data, law, seed=seed)
    loss = loss_on(QUADRATIC, data, law)
    weights = QUADRATIC.weights_of(points)
    assert len(weights) == len(points.real)
    for i, found in enumerate(weights):
        assert found is not None
        assert np.allclose(QUADRATIC.map(found), points[i].point, atol=1e-7)
        report = loss.classify(found)
        assert (report.kind, report.index) == ("pure", points[i].index)
        assert report.is_minimum == points[i].is_minimum and report.maximal_differential


@pytest.mark.parametrize("seed", [0, 1])
def test_weights_in_single_precision_are_polished(seed: int) -> None:
    data = np.random.default_rng(seed).normal(size=(1, 6))
    points = QUADRATIC.critical_points(data, "gaussian", seed=seed)
    loss = loss_on(QUADRATIC, data, "gaussian")
    for exact in QUADRATIC.weights_of(points):
        assert exact is not None
        rough = [w.astype(np.float32) for w in exact]
        report, wanted = loss.classify(rough), loss.classify(exact)
        assert (report.kind, report.type) == (wanted.kind, wanted.type) != ("none", "none")
        assert report.moved is not None and report.moved < 1e-5 and "polished" in str(report)
        as_they_are = loss.classify([w.astype(float) + 1e-5 for w in rough])
        assert not as_they_are.critical and "polish=True" in str(as_they_are)
    edge = loss.classify([w + 1e-5 for w in exact], tolerance=as_they_are.residual * 0.999)
    shown, _, bound = edge.residual_text.split()
    assert not edge.critical and shown.rstrip(",") != bound


@pytest.mark.slow
def test_minima_by_signature() -> None:
    """With gaussian inputs each signature of the three critical points has one minimum."""
    seen = set()
    for seed in range(8):
        data = np.random.default_rng(seed).normal(size=(1, 6))
        points = QUADRATIC.critical_points(data, "gaussian")
        signatures = {QUADRATIC.real_image(p.point, 1e-9).reason for p in points.real}
        bad = QUADRATIC.bad_minima(data, "gaussian")
        assert len(points.real) == 3
        assert len(signatures) == len(points.minima) == len(bad) + 1
        seen.add(len(signatures))
        loss = loss_on(QUADRATIC, data, "gaussian")
        assert all(loss.classify(weights).type == "local minimum" for weights in bad)
    assert seen == {1, 2}


def test_weights_of_smaller_networks_are_spurious() -> None:
    """A unit that is split, or one that is zero, keeps weights critical, at a singular point."""
    data = np.random.default_rng(4).normal(size=(1, 6))
    small = eg.PolynomialNetwork([3, 1, 1], 2)
    (first, last), *_ = small.weights_of(small.critical_points(data, "uniform"))
    loss = loss_on(QUADRATIC, data, "uniform")
    types = set()
    for share in (0.3, 1.7, 1):
        split = [np.vstack([first, first * (share != 1)]), np.hstack([share, 1 - share]) * last]
        report = loss.classify(split)
        assert report.critical and report.kind == "spurious" and report.smooth is False
        types.add(report.type)
    assert types == {"saddle", "undecided"}


def test_spurious_weights_of_a_filling_network() -> None:
    network = eg.PolynomialNetwork([2, 2, 1], 2)
    loss = loss_on(network, np.array([[2.0, 0.0, 1.0]]), "gaussian")
    zero = loss.classify([np.zeros((2, 2)), np.zeros((1, 2))])
    assert (zero.kind, zero.type) == ("spurious", "undecided")
    exact = loss.classify([np.eye(2), [[2, 1]]])
    assert (exact.kind, exact.type) == ("pure", "global minimum")
    away = loss.classify([np.eye(2), [[1, 1]]])
    assert (away.kind, away.type, away.critical) == ("none", "none", False)
    assert "not a critical point" in str(away) and "global minimum" in str(exact)


@pytest.mark.slow
def test_real_points_without_real_weights() -> None:
    network = eg.PolynomialNetwork([2, 2, 1], 4)
    data = np.random.default_rng(0).normal(size=(1, 5))
    points = network.critical_points(data, "uniform")
    for i, weights in enumerate(network.weights_of(points)):
        place = network.real_image(points[i].point, 1e-9).place
        assert place == ("outside" if weights is None else "image")


def test_what_does_not_fit() -> None:
    with pytest.raises(InputError, match="coefficients of"):
        eg.PolynomialNetworkLoss(QUADRATIC, eg.SquaredDistance([[1.0, 2.0]]))
    with pytest.raises(InputError, match="loss must be an Objective"):
        eg.PolynomialNetworkLoss(QUADRATIC, 3)  # type: ignore[arg-type]
