"""Tables of which nothing is counted, data that is all special, more than there is room for."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import edgeom as eg
from edgeom.limits import check_cost

MATRICES = eg.DeterminantalVariety(2, 2, rank=1)
EUCLIDEAN = MATRICES.default_metric
ELLIPSE = eg.AlgebraicVariety(["x^2 + 4*y^2 - 4"], "x, y")


def test_a_table_without_a_decided_sample_says_so() -> None:
    table = eg.real_critical_table(MATRICES, metric=EUCLIDEAN, data=[np.eye(2)] * 2)
    assert table.nothing == "No sample is decided" and "No sample is decided." in str(table)
    assert table.interval(0) == (0.0, 1.0)
    for axes in (table.plot(), table.histogram()):
        said = axes.texts[0].get_text()
        assert said == "No sample is decided\n2 samples: 0 undecided, 2 incomplete"


def test_data_that_is_all_special_is_recognised(tmp_path: Path) -> None:
    calls: list[object] = []
    for data, why in (
        (np.zeros((500, 2, 2)), "are singular points of the variety"),
        ([np.eye(2)] * 500, "have fewer than the 2 critical points"),
    ):
        for out in (None, tmp_path / "run"):
            with pytest.raises(eg.DegenerateDataError, match=f"all of 3 data points .* {why}"):
                eg.real_critical_table(
                    MATRICES,
                    metric=EUCLIDEAN,
                    data=data,
                    out=out,
                    progress=lambda *call: calls.append(call),
                )
    assert not calls and not list(tmp_path.iterdir())


def test_some_special_data_is_no_obstacle() -> None:
    data = np.random.default_rng(0).normal(size=(5, 2, 2))
    data[0], data[2] = np.eye(2), 0
    table = eg.real_critical_table(MATRICES, metric=EUCLIDEAN, data=data)
    assert table.incomplete == 2 and table.counts.sum() == 3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: eg.real_critical_table(ELLIPSE, 10**20), "at 2000 a second they would take 1.58e"),
        (lambda: eg.real_critical_table(ELLIPSE, 10**400), "would take inf years"),
        (lambda: eg.real_critical_table(ELLIPSE, 10**9), "without a folder .* GB of memory"),
        (
            lambda: eg.real_critical_table(ELLIPSE, 10**11, out="run"),
            "are free; free space, ask for fewer",
        ),
        (
            lambda: eg.real_critical_table(ELLIPSE, 10**9, out="run", shard_size=10**9),
            "a shard of 1000000000 samples",
        ),
        (
            lambda: eg.data_slice(ELLIPSE, [[0, 0], [1, 0], [0, 1]], grid=10**8),
            "a grid of 8e.08×8e.08 points, of grid=100000000 and refine=3,.* GB of memory",
        ),
        (
            lambda: eg.generic_ed_degree(eg.DeterminantalVariety(10**6, 10**6, rank=1)),
            "the exact count for 1000000×1000000 matrices would take about .* years",
        ),
    ],
)
def test_too_much_is_refused_with_its_cost(
    call, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("edgeom.tables.given.disk_usage", lambda path: SimpleNamespace(free=10**11))
    with pytest.raises(eg.EdgeomError, match=message):
        call()
    assert not list(tmp_path.iterdir())


def test_costs_in_words() -> None:
    check_cost("nothing")
    with pytest.raises(eg.InputError, match="a sum would take about 2 days, the limit is 3600"):
        check_cost("a sum", seconds=2 * 86400)
