"""Tables of laws that users bring, problems of single samples, sums, and the same in LaTeX."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgeom as eg

V = eg.DeterminantalVariety(2, 2, rank=1)
MATRICES = np.array([eg.Metric.random(4, seed).matrix for seed in range(20)])


def wishart(rng: np.random.Generator) -> np.ndarray:
    f = rng.normal(size=(4, 4))
    return f.T @ f


@pytest.mark.parametrize("seed", range(3))
def test_a_function_can_draw_what_edgeom_draws(seed: int) -> None:
    own = eg.real_critical_table(V, 60, metric=wishart, seed=seed)
    known = eg.real_critical_table(V, 60, seed=seed)
    np.testing.assert_array_equal(own.samples.by_index, known.samples.by_index)
    np.testing.assert_allclose(own.samples.nearest, known.samples.nearest, rtol=1e-9)
    assert "metrics by a function, normal data" in own.caption


def test_metrics_and_data_in_many_forms() -> None:
    given = eg.real_critical_table(V, metric=MATRICES, law="my own law")
    assert len(given) == 20 and "20 samples, my own law, seed 0" in given.caption
    objects = eg.real_critical_table(V, 20, metric=lambda rng: eg.Metric.random(4, rng.integers(9)))
    weights = eg.real_critical_table(V, 20, metric=lambda rng: rng.uniform(1, 2, size=(2, 2)))
    fixed = eg.real_critical_table(V, 20, metric=MATRICES[0])
    points = eg.real_critical_table(V, 20, data=lambda rng: rng.uniform(size=(2, 2)))
    for table in (given, objects, weights, fixed, points):
        assert len(table) == 20 and table.counts.sum() == 20
        for k in (0, 7):
            found = table.problem(k).critical_points()
            assert (len(found.real), len(found.minima)) == (
                table.samples.real[k],
                table.samples.minima[k],
            )
            assert found.nearest.squared_distance == pytest.approx(table.samples.nearest[k])
    assert points.problem(3).data.min() > 0
    np.testing.assert_array_equal(given.problem(5).metric.matrix, MATRICES[5])


def test_problems_of_other_objectives_and_given_data() -> None:
    power = eg.real_critical_table(V, 5, objective=eg.PowerDistance.law(p=4))
    found = power.problem(2).critical_points()
    assert len(found.real) == power.samples.real[2]
    data = np.random.default_rng(0).normal(size=(5, 2, 2))
    given = eg.real_critical_table(V, data=data)
    np.testing.assert_array_equal(given.problem(4).data, data[4])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"metric": MATRICES[:, :3]}, r"shape \(4, 4\) or \(samples, 4, 4\).*got \(20, 3, 4\)"),
        ({"metric": MATRICES, "samples": 19}, "with samples = 19"),
        ({"metric": -MATRICES}, "metric of sample 0 must be symmetric and positive definite"),
        ({"metric": lambda rng: np.eye(3)}, r"metric\(rng\) of sample 0 must be a Metric"),
        ({"metric": lambda rng: "x"}, r"metric\(rng\) of sample 0 must be an array"),
        ({"metric": lambda rng: np.full((4, 4), np.nan)}, "of sample 0 must be symmetric"),
        ({"data": lambda rng: np.zeros(4)}, r"data\(rng\) of sample 0 must have shape \(2, 2\)"),
        ({"data": lambda rng: np.full((2, 2), np.inf)}, "must be finite"),
        (
            {"metric": wishart, "objective": eg.PowerDistance.law()},
            "metric is for the squared distance",
        ),
    ],
)
def test_what_is_no_law(options: dict[str, Any], message: str) -> None:
    with pytest.raises(eg.InputError, match=message):
        eg.real_critical_table(V, **{"samples": None, **options})


def test_runs_with_own_laws_are_kept_and_proved(tmp_path: Path) -> None:
    table = eg.real_critical_table(V, metric=MATRICES, law="own", out=tmp_path / "run")
    memory = eg.real_critical_table(V, metric=MATRICES, law="own")
    assert table.caption == memory.caption
    np.testing.assert_array_equal(table.samples.real, memory.samples.real)
    np.testing.assert_array_equal(table.problem(3).metric.matrix, MATRICES[3])
    assert eg.certify_run(tmp_path / "run").proved == 20
    again = eg.real_critical_table(V, metric=MATRICES, law="own", out=tmp_path / "run", resume=True)
    assert len(again) == 20
    with pytest.raises(eg.InputError, match=r"has the law 'own', got 'mine'; leave out law"):
        eg.real_critical_table(V, metric=MATRICES, law="mine", out=tmp_path / "run", resume=True)


def test_tables_are_added(tmp_path: Path) -> None:
    whole = eg.real_critical_table(V, 50)
    first = eg.real_critical_table(V, 30)
    rest = eg.real_critical_table(V, 20, first=30)
    both = first + rest
    np.testing.assert_array_equal(both.samples.by_index, whole.samples.by_index)
    assert both.caption == whole.caption
    assert (both.problem(40).data == whole.problem(40).data).all()
    other = both + eg.real_critical_table(V, 10, seed=4)
    assert "60 samples" in other.caption and "seeds 0, 4" in other.caption
    other.save(tmp_path / "sum.json")
    loaded = eg.load(tmp_path / "sum.json")
    assert loaded.caption == other.caption
    with pytest.raises(eg.InputError, match="read from a file that has no metrics"):
        loaded.problem(0)
    with pytest.raises(eg.InputError, match="share the samples 20 to 29 of seed 0"):
        first + eg.real_critical_table(V, 20, first=20)
    with pytest.raises(eg.InputError, match="added for one law"):
        first + eg.real_critical_table(V, 5, metric="weights", seed=1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"metric": "weights"}, "'a new map f and .*' and 'new entrywise weights"),
        ({"metric": eg.Metric.random(4, 0)}, "'a new map f and .*' and 'fixed metric"),
        ({"data": [[1, 2], [3, 5]]}, ".*normal data for each sample' and .*given data"),
    ],
)
def test_the_same_words_for_other_laws_are_not_added(options, message: str) -> None:
    table = eg.real_critical_table(V, 5, law="mine")
    other = eg.real_critical_table(V, 5, law="mine", first=5, **options)
    with pytest.raises(eg.InputError, match=f"one law of metric and data, got {message}"):
        table + other


def test_two_fixed_metrics_with_the_same_words_are_not_added() -> None:
    metrics = [eg.Metric.random(4, seed) for seed in (0, 1)]
    fixed = [eg.real_critical_table(V, 5, metric=m, law="w", seed=k) for k, m in enumerate(metrics)]
    with pytest.raises(
        eg.InputError, match=r"one law of metric and data, got .*seed 0.* and .*seed 1"
    ):
        fixed[0] + fixed[1]


def test_latex_with_shares_intervals_and_captions() -> None:
    table = eg.real_critical_table(V, 50)
    plain = table.to_latex()
    assert plain.startswith(r"\begin{tabular}") and "%" not in plain and "table}" not in plain
    text = table.to_latex(percent=True, interval=True, caption=True, label="tab:real")
    row = next(line for line in text.splitlines() if line.startswith("95"))
    shares = [part.strip() for part in row.split("&")]
    assert text.count(r"100.0\%") == 1
    low, high = table.interval(int(table.counts.sum(axis=0)[0]))
    assert shares[1] == rf"{100 * low:.1f}--{100 * high:.1f}\%"
    assert r"\label{tab:real}" in text and r"2$\times$2 matrices of rank $\le$ 1" in text
    assert r"\caption{Mine}" in table.to_latex(caption="Mine")
    words, signs = (
        r"100% of_x {a} $x_1^2$ 5$ a\b",
        r"100\% of\_x \{a\} $x_1^2$ 5\$ a\textbackslash{}b",
    )
    own = eg.real_critical_table(V, 5, law=words)
    assert signs in own.to_latex(caption=True) and signs in own.to_latex(caption=words)
    assert "| 100.0% |" in table.to_markdown(percent=True)
